//! Incidents in the console.

use axum::Json;
use axum::extract::State;
use axum::response::Response;
use serde::{Deserialize, Serialize};
use utoipa_axum::routes;

use crate::access::{self, Right, Staff};
use crate::ctx::Ctx;
use crate::db::{Page, View};
use crate::disbursement::actions;
use crate::disbursement::incident::{Finding, Incident, IncidentId, State as IncidentState};
use crate::disbursement::receipt::Receipt;
use crate::disbursement::store;
use crate::error::{Error, Result};
use crate::http::{self, Body, Form, PageView, Paging, Path, Query, Routes, Table};
use crate::ledger;
use crate::vault::{self, Subject, SubjectId};

pub fn routes() -> Routes {
    Routes::new()
        .routes(routes!(list))
        .routes(routes!(one))
        .routes(routes!(handle))
        .routes(routes!(close))
}

/// One incident in the list.
#[derive(Serialize, utoipa::ToSchema)]
#[schema(as = IncidentRow)]
struct Row {
    id: String,
    finding: Finding,
    state: IncidentState,
    /// The journey's id; nothing where a payment leads to no loan of ours.
    journey: Option<String>,
    borrower_masked: String,
    opened_at_ms: i64,
    closed_at_ms: Option<i64>,
}

impl Row {
    fn of(incident: &Incident, subject: Option<&Subject>) -> Self {
        Self {
            id: incident.id.to_string(),
            finding: incident.finding,
            state: incident.state,
            journey: incident.subject.as_ref().map(|_| incident.case.clone()),
            borrower_masked: subject.map_or_else(String::new, |s| s.name_masked.clone()),
            opened_at_ms: incident.opened_at_ms,
            closed_at_ms: incident.closed_at_ms,
        }
    }
}

#[derive(Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
struct Filters {
    #[serde(default)]
    state: String,
    #[serde(default)]
    finding: String,
    #[serde(default)]
    journey: String,
}

impl Filters {
    fn filter(self) -> Result<store::Filter> {
        for (path, text, known) in [
            (
                "state",
                &self.state,
                IncidentState::parse(&self.state).is_some(),
            ),
            (
                "finding",
                &self.finding,
                Finding::parse(&self.finding).is_some(),
            ),
        ] {
            if !text.is_empty() && !known {
                return Err(Error::field(
                    path,
                    "unknown_value",
                    "没有这个选项。",
                    "There is no such value.",
                ));
            }
        }
        Ok(store::Filter {
            state: self.state,
            finding: self.finding,
            case: self.journey,
        })
    }
}

const TABLE: Table = Table {
    name: "incidents",
    columns: &[
        "id",
        "finding",
        "state",
        "journey",
        "borrower_masked",
        "opened_at_ms",
        "closed_at_ms",
    ],
};

/// Incidents, newest first.
#[utoipa::path(get, path = "/api/console/incidents", params(Filters, Paging, Form), responses((status = 200, body = PageView<Row>)))]
async fn list(
    State(ctx): State<Ctx>,
    staff: Staff,
    Query(filters): Query<Filters>,
    Query(paging): Query<Paging>,
    Query(form): Query<Form>,
) -> Result<Response> {
    staff.must(Right::ViewIncidents)?;
    let filter = filters.filter()?;
    let page = |paging| rows(&ctx, &staff, &filter, paging);
    http::list(form, paging, TABLE, page).await
}

async fn rows(
    ctx: &Ctx,
    staff: &Staff,
    filter: &store::Filter,
    paging: Paging,
) -> Result<PageView<Row>> {
    let limit = paging.limit()?;
    let view = ctx.db.read(&staff.institution).await?;
    let incidents = store::list(&view, filter, paging.after().unwrap_or(""), limit + 1).await?;
    let page = Page::cut(incidents, limit, |incident| incident.id.to_string());
    let ids: Vec<SubjectId> = page
        .rows
        .iter()
        .filter_map(|one| one.subject.clone())
        .collect();
    let subjects = vault::subjects(ctx, &view, &ids).await?;
    Ok(page
        .map(|incident| {
            let subject = incident.subject.as_ref().and_then(|one| subjects.get(one));
            Row::of(&incident, subject)
        })
        .into())
}

/// The payment that an incident was found in.
#[derive(Serialize, utoipa::ToSchema)]
struct IncidentPayment {
    payment_reference: String,
    channel_reference: Option<String>,
    /// Fen that reached the payee.
    amount: i64,
    /// Fen that were booked; nothing where nothing was.
    booked: Option<i64>,
    /// Nothing where only the lender's books know of the payment.
    payee_masked: Option<String>,
    booked_payee_masked: Option<String>,
    paid_at_ms: i64,
    recorded_at_ms: i64,
}

/// What somebody says was done.
#[derive(Serialize, utoipa::ToSchema)]
struct IncidentHandling {
    words: String,
    refund_reference: Option<String>,
    by: String,
    at_ms: i64,
    /// Somebody else is to agree.
    own: bool,
}

/// An incident with what it is about.
#[derive(Serialize, utoipa::ToSchema)]
#[schema(as = IncidentPage)]
struct IncidentView {
    #[serde(flatten)]
    row: Row,
    payment: Option<IncidentPayment>,
    handling: Option<IncidentHandling>,
    closed_by: Option<String>,
    /// What closing it must name.
    version: i64,
}

/// One incident.
#[utoipa::path(get, path = "/api/console/incidents/{id}", responses((status = 200, body = IncidentView)))]
async fn one(
    State(ctx): State<Ctx>,
    staff: Staff,
    Path(id): Path<String>,
) -> Result<Json<IncidentView>> {
    staff.must(Right::ViewIncidents)?;
    let id = IncidentId::parse(&id)?;
    Ok(Json(incident_view(&ctx, &staff, &id).await?))
}

async fn incident_view(ctx: &Ctx, staff: &Staff, id: &IncidentId) -> Result<IncidentView> {
    let view = ctx.db.read(&staff.institution).await?;
    let incident = store::incident(&view, id).await?;
    let subjects = vault::subjects(ctx, &view, incident.subject.as_slice()).await?;
    let subject = incident.subject.as_ref().and_then(|one| subjects.get(one));
    let payment = match store::receipt(&view, &incident.source).await? {
        Some(receipt) => Some(payment(&view, receipt).await?),
        None => in_books(&view, &incident).await?,
    };
    let handling = match &incident.handling {
        Some(said) => Some(IncidentHandling {
            words: said.words.clone(),
            refund_reference: said.refund_reference.clone(),
            by: access::staff_label(&view, &said.by).await?,
            at_ms: said.at_ms,
            own: said.by == staff.id.as_str(),
        }),
        None => None,
    };
    let closed_by = match &incident.closed_by {
        Some(by) => Some(access::staff_label(&view, by).await?),
        None => None,
    };
    Ok(IncidentView {
        row: Row::of(&incident, subject),
        payment,
        handling,
        closed_by,
        version: incident.version,
    })
}

async fn payment(view: &View, receipt: Receipt) -> Result<IncidentPayment> {
    let booking = store::booking(view, &receipt.case).await?;
    Ok(IncidentPayment {
        payment_reference: receipt.payment_reference,
        channel_reference: receipt.channel_reference,
        amount: receipt.amount,
        booked: booking.as_ref().map(|booking| booking.amount),
        payee_masked: Some(receipt.payee_masked),
        booked_payee_masked: booking.map(|booking| booking.payee_masked),
        paid_at_ms: receipt.paid_at_ms,
        recorded_at_ms: receipt.recorded_at_ms,
    })
}

/// A payment that the lender's books name.
async fn in_books(view: &View, incident: &Incident) -> Result<Option<IncidentPayment>> {
    let Some(line) = store::line(view, &incident.source).await? else {
        return Ok(None);
    };
    let booking = store::booking(view, &incident.case).await?;
    Ok(Some(IncidentPayment {
        payment_reference: line.payment_reference,
        channel_reference: None,
        amount: line.amount,
        booked: booking.as_ref().map(|booking| booking.amount),
        payee_masked: None,
        booked_payee_masked: booking.map(|booking| booking.payee_masked),
        paid_at_ms: line.paid_at_ms,
        recorded_at_ms: line.kept_at_ms,
    }))
}

#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
struct IncidentWords {
    /// 4 to 500 characters, without anybody's data.
    words: String,
    /// The number of the payment that gave money back.
    refund_reference: Option<String>,
}

/// Says what was done; somebody else is to agree.
#[utoipa::path(post, path = "/api/console/incidents/{id}/handle", request_body = IncidentWords, responses((status = 200, body = IncidentView)))]
async fn handle(
    State(ctx): State<Ctx>,
    staff: Staff,
    Path(id): Path<String>,
    Body(said): Body<IncidentWords>,
) -> Result<Json<IncidentView>> {
    let id = IncidentId::parse(&id)?;
    let refund = said.refund_reference.as_deref();
    ledger::retrying(|| actions::handle(&ctx, &staff, &id, &said.words, refund)).await?;
    Ok(Json(incident_view(&ctx, &staff, &id).await?))
}

#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
struct IncidentAgreement {
    /// Of the incident as it was read: other words are not agreed with.
    version: i64,
}

/// Agrees with what somebody else did, which closes the incident.
#[utoipa::path(post, path = "/api/console/incidents/{id}/close", request_body = IncidentAgreement, responses((status = 200, body = IncidentView)))]
async fn close(
    State(ctx): State<Ctx>,
    staff: Staff,
    Path(id): Path<String>,
    Body(agreed): Body<IncidentAgreement>,
) -> Result<Json<IncidentView>> {
    let id = IncidentId::parse(&id)?;
    ledger::retrying(|| actions::close(&ctx, &staff, &id, agreed.version)).await?;
    Ok(Json(incident_view(&ctx, &staff, &id).await?))
}
