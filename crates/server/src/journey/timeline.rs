//! A journey's timeline in the console: every fact with its place in the log, and what proves it.

use axum::Json;
use axum::extract::State;
use serde::Serialize;
use serde_json::Value;
use utoipa_axum::routes;

use super::console::exists;
use super::words::title;
use crate::access::{self, Right, Staff};
use crate::ctx::Ctx;
use crate::error::{Error, Result, Text};
use crate::http::{PageView, Paging, Path, Query, Routes};
use crate::ledger::{self, SeatKind};

pub fn routes() -> Routes {
    Routes::new()
        .routes(routes!(timeline))
        .routes(routes!(proof))
}

#[derive(Serialize, utoipa::ToSchema)]
#[schema(as = FactActor)]
struct Actor {
    kind: String,
    label: String,
}

#[derive(Serialize, utoipa::ToSchema)]
#[schema(as = FactRow)]
struct EntryView {
    no: i64,
    kind: String,
    title: Text,
    at_ms: i64,
    actor: Actor,
    /// Nothing once the person is forgotten.
    #[schema(value_type = Option<BTreeMap<String, Value>>)]
    data: Value,
    entry: Option<i64>,
    state: ledger::State,
    proved_at_ms: Option<i64>,
    commitment: String,
}

/// The journey's facts in order.
#[utoipa::path(get, path = "/api/console/journeys/{id}/timeline", responses((status = 200, body = PageView<EntryView>)))]
async fn timeline(
    State(ctx): State<Ctx>,
    staff: Staff,
    Path(id): Path<String>,
    Query(paging): Query<Paging>,
) -> Result<Json<PageView<EntryView>>> {
    staff.must(Right::ViewJourneys)?;
    let id = exists(&ctx, &staff, &id).await?;
    let after = match paging.after() {
        None => 0,
        Some(cursor) => cursor.parse().map_err(|_| {
            Error::field(
                "after",
                "malformed",
                "翻页位置不对。",
                "The cursor is malformed.",
            )
        })?,
    };
    let page = ledger::timeline(
        &ctx,
        &staff.institution,
        id.as_str(),
        after,
        paging.limit()?,
    )
    .await?;
    let view = ctx.db.read(&staff.institution).await?;
    let mut rows = Vec::with_capacity(page.rows.len());
    for entry in page.rows {
        let label = if entry.seat_kind == SeatKind::Staff.as_str() {
            access::staff_label(&view, &entry.seat_id).await?
        } else {
            entry.seat_id
        };
        rows.push(EntryView {
            no: entry.no,
            title: title(&entry.kind),
            kind: entry.kind,
            at_ms: entry.at_ms,
            actor: Actor {
                kind: entry.seat_kind,
                label,
            },
            data: entry.data,
            entry: entry.index,
            state: entry.state,
            proved_at_ms: entry.proved_at_ms,
            commitment: entry.commitment,
        });
    }
    Ok(Json(PageView {
        rows,
        next: page.next,
    }))
}

#[derive(Serialize, utoipa::ToSchema)]
#[schema(as = FactProof)]
struct ProofView {
    fact: String,
    salt: String,
    index: u64,
    tree_size: u64,
    path: Vec<String>,
    checkpoint: String,
}

/// What proves one fact.
#[utoipa::path(get, path = "/api/console/journeys/{id}/timeline/{no}/proof", responses((status = 200, body = ProofView)))]
async fn proof(
    State(ctx): State<Ctx>,
    staff: Staff,
    Path((id, no)): Path<(String, u32)>,
) -> Result<Json<ProofView>> {
    staff.must(Right::ViewJourneys)?;
    let id = exists(&ctx, &staff, &id).await?;
    let proof = ledger::proof_of(&ctx, &staff.institution, id.as_str(), no.into()).await?;
    Ok(Json(ProofView {
        fact: String::from_utf8_lossy(&proof.fact).into_owned(),
        salt: proof::hex::encode(&proof.salt),
        index: proof.index,
        tree_size: proof.tree_size,
        path: proof
            .path
            .iter()
            .map(|hash| proof::hex::encode(hash))
            .collect(),
        checkpoint: proof.checkpoint,
    }))
}
