//! What keeps a subject's data, and its destruction by two people.

use axum::Json;
use axum::extract::State;
use axum::response::Response;
use serde::{Deserialize, Serialize};
use utoipa_axum::routes;

use super::subjects::{CardView, card};
use crate::access::{self, Right, Staff};
use crate::ctx::Ctx;
use crate::custody::certificate;
use crate::custody::jobs::{Certify, SEQUENCED_MS};
use crate::custody::store::{self, Edition};
use crate::error::{Error, Result};
use crate::http::{self, Body, Form, PageView, Paging, Path, Query, Routes, Table, no_content};
use crate::ledger;
use crate::vault::{
    self, DestroyReason, DestructionId, DestructionRow, HoldId, HoldReason, SubjectId,
};

pub fn routes() -> Routes {
    Routes::new()
        .routes(routes!(end_relation))
        .routes(routes!(hold))
        .routes(routes!(lift))
        .routes(routes!(propose))
        .routes(routes!(list))
        .routes(routes!(approve))
        .routes(routes!(certified))
}

/// On which day the relation ended.
#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
struct RelationEnd {
    /// `YYYY-MM-DD`, in Shanghai; not in the future.
    on: String,
}

/// The relation with a subject ended: the retention rules count from that day.
#[utoipa::path(post, path = "/api/console/subjects/{id}/relation-end", request_body = RelationEnd, responses((status = 200, body = CardView)))]
async fn end_relation(
    State(ctx): State<Ctx>,
    staff: Staff,
    Path(id): Path<String>,
    Body(asked): Body<RelationEnd>,
) -> Result<Json<CardView>> {
    staff.must_now(Right::DestroySubjects, ctx.clock.now_ms())?;
    let id = SubjectId::parse(&id)?;
    let on = asked.on.parse().map_err(|_| {
        Error::field(
            "on",
            "date_format",
            "日期应形如 2026-11-22。",
            "A date looks like 2026-11-22.",
        )
    })?;
    ledger::retrying(|| async {
        let mut tx = ledger::begin(&ctx, &staff.seat()).await?;
        vault::end_relation(&mut tx, &id, on).await?;
        ledger::commit_recorded(tx).await
    })
    .await?;
    Ok(Json(card(&ctx, &staff, &id).await?))
}

/// Why the data must stay.
#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
struct NewHold {
    why: HoldReason,
}

/// Keeps a subject's data whatever the rules say.
#[utoipa::path(post, path = "/api/console/subjects/{id}/holds", request_body = NewHold, responses((status = 200, body = CardView)))]
async fn hold(
    State(ctx): State<Ctx>,
    staff: Staff,
    Path(id): Path<String>,
    Body(asked): Body<NewHold>,
) -> Result<Json<CardView>> {
    staff.must(Right::DestroySubjects)?;
    let id = SubjectId::parse(&id)?;
    ledger::retrying(|| async {
        let mut tx = ledger::begin(&ctx, &staff.seat()).await?;
        vault::hold(&mut tx, &id, asked.why).await?;
        ledger::commit_recorded(tx).await
    })
    .await?;
    Ok(Json(card(&ctx, &staff, &id).await?))
}

/// Lifts a hold.
#[utoipa::path(post, path = "/api/console/subjects/{id}/holds/{hold}/lift", responses((status = 200, body = CardView)))]
async fn lift(
    State(ctx): State<Ctx>,
    staff: Staff,
    Path((id, hold)): Path<(String, String)>,
) -> Result<Json<CardView>> {
    staff.must_now(Right::DestroySubjects, ctx.clock.now_ms())?;
    let (id, hold) = (SubjectId::parse(&id)?, HoldId::parse(&hold)?);
    ledger::retrying(|| async {
        let mut tx = ledger::begin(&ctx, &staff.seat()).await?;
        vault::lift_hold(&mut tx, &id, &hold).await?;
        ledger::commit_recorded(tx).await
    })
    .await?;
    Ok(Json(card(&ctx, &staff, &id).await?))
}

/// Why the data may go.
#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
struct Proposal {
    why: DestroyReason,
}

/// Proposes to destroy a subject's data; refused while a rule or a hold keeps it.
#[utoipa::path(post, path = "/api/console/subjects/{id}/destruction", request_body = Proposal, responses((status = 200, body = CardView)))]
async fn propose(
    State(ctx): State<Ctx>,
    staff: Staff,
    Path(id): Path<String>,
    Body(asked): Body<Proposal>,
) -> Result<Json<CardView>> {
    staff.must(Right::DestroySubjects)?;
    let id = SubjectId::parse(&id)?;
    ledger::retrying(|| async {
        let mut tx = ledger::begin(&ctx, &staff.seat()).await?;
        vault::propose_destruction(&mut tx, &id, asked.why).await?;
        ledger::commit_recorded(tx).await
    })
    .await?;
    Ok(Json(card(&ctx, &staff, &id).await?))
}

/// A second person agrees, and the data is gone.
#[utoipa::path(post, path = "/api/console/destructions/{id}/approve", responses((status = 204)))]
async fn approve(State(ctx): State<Ctx>, staff: Staff, Path(id): Path<String>) -> Result<Response> {
    staff.must_now(Right::DestroySubjects, ctx.clock.now_ms())?;
    let id = DestructionId::parse(&id)?;
    ledger::retrying(|| async {
        let mut tx = ledger::begin(&ctx, &staff.seat()).await?;
        let subject = vault::destroy(&mut tx, &id).await?;
        access::forget(&mut tx, &subject).await?;
        let certify = Certify {
            destruction: id.to_string(),
            part: 0,
        };
        let soon_ms = tx.now_ms() + SEQUENCED_MS;
        tx.enqueue_at(&certify, soon_ms).await?;
        ledger::commit_recorded(tx).await
    })
    .await?;
    Ok(no_content())
}

/// A destruction.
#[derive(Serialize, utoipa::ToSchema)]
#[schema(as = DestructionRow)]
struct Row {
    id: String,
    subject_id: String,
    why: String,
    /// `proposed` or `done`.
    state: String,
    proposed_by: String,
    proposed_at_ms: i64,
    approved_by: Option<String>,
    approved_at_ms: Option<i64>,
    /// Items destroyed, with what is derived from them.
    items: i64,
    /// Facts about the subject whose bodies the ledger forgot.
    facts: i64,
    /// The certificate's edition: `provisional` until the epoch's key is destroyed too; absent until it is printed.
    certificate: Option<Edition>,
    /// SHA-256 of the certificate, hex.
    certificate_digest: Option<String>,
}

const TABLE: Table = Table {
    name: "destructions",
    columns: &[
        "id",
        "subject_id",
        "why",
        "state",
        "proposed_by",
        "proposed_at_ms",
        "approved_by",
        "approved_at_ms",
        "items",
        "facts",
        "certificate",
        "certificate_digest",
    ],
};

/// Destructions, newest first.
#[utoipa::path(get, path = "/api/console/destructions", params(Paging, Form), responses((status = 200, body = PageView<Row>)))]
async fn list(
    State(ctx): State<Ctx>,
    staff: Staff,
    Query(paging): Query<Paging>,
    Query(form): Query<Form>,
) -> Result<Response> {
    staff.must(Right::ViewSubjects)?;
    let page = |paging| rows(&ctx, &staff, paging);
    http::list(form, paging, TABLE, page).await
}

async fn rows(ctx: &Ctx, staff: &Staff, paging: Paging) -> Result<PageView<Row>> {
    let view = ctx.db.read(&staff.institution).await?;
    let page = vault::destroyed(&view, paging.after(), paging.limit()?).await?;
    let ids: Vec<DestructionId> = page.rows.iter().map(DestructionRow::destruction).collect();
    let mut certificates = store::of(&view, &ids).await?;
    let mut rows = Vec::with_capacity(page.rows.len());
    for row in page.rows {
        let certificate = certificates.remove(&row.destruction());
        let approved_by = match &row.approved_by {
            Some(id) => Some(access::staff_label(&view, id).await?),
            None => None,
        };
        rows.push(Row {
            id: row.destruction().to_string(),
            proposed_by: access::staff_label(&view, &row.proposed_by).await?,
            approved_by,
            subject_id: row.subject_id,
            why: row.why,
            state: row.state,
            proposed_at_ms: row.proposed_at_ms,
            approved_at_ms: row.approved_at_ms,
            items: row.items,
            facts: row.facts,
            certificate: certificate.as_ref().map(|one| one.edition),
            certificate_digest: certificate.map(|one| one.digest),
        });
    }
    Ok(PageView {
        rows,
        next: page.next,
    })
}

/// The certificate of a destruction, PDF/A.
#[utoipa::path(get, path = "/api/console/destructions/{id}/certificate", responses((status = 200, content_type = "application/pdf")))]
async fn certified(
    State(ctx): State<Ctx>,
    staff: Staff,
    Path(id): Path<String>,
) -> Result<Response> {
    staff.must(Right::ViewSubjects)?;
    let id = DestructionId::parse(&id)?;
    let pdf = certificate::read(&ctx, &staff.institution, &id).await?;
    http::attachment(pdf, "application/pdf", &format!("{id}.pdf"))
}
