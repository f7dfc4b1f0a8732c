//! The list in the console.

use std::collections::HashMap;
use std::collections::hash_map::Entry as Slot;

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use axum::routing::{get, post};
use axum::{Json, Router};
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use super::model::{self, Draft, Entry, Kind};
use super::store::{self, Filter};
use super::{EntryId, actions};
use crate::access::{self, Right, Staff};
use crate::clock;
use crate::ctx::Ctx;
use crate::db::{Page, Read};
use crate::error::{Result, Text};
use crate::http::{self, Body, Form, PageView, Paging, Path, Query, Table};
use crate::ledger;

pub fn routes() -> Router<Ctx> {
    Router::new()
        .route("/api/console/roster", get(list).post(propose))
        .route("/api/console/roster/{id}/approve", post(approve))
        .route("/api/console/roster/{id}/withdraw", post(withdraw))
}

#[derive(Serialize)]
struct Row {
    id: String,
    name: String,
    kind: Kind,
    credit_code: String,
    role: Text,
    from: Date,
    until: Option<Date>,
    state: model::State,
    /// Whether it counts today.
    live: bool,
    digest: String,
    proposed_by: String,
    approved_by: Option<String>,
    created_at_ms: i64,
    published_at_ms: Option<i64>,
    withdrawn_at_ms: Option<i64>,
}

/// Names of colleagues, each asked for once.
#[derive(Default)]
struct Labels(HashMap<String, String>);

impl Labels {
    async fn of(&mut self, view: &impl Read, id: &str) -> Result<String> {
        Ok(match self.0.entry(id.to_owned()) {
            Slot::Occupied(known) => known.get().clone(),
            Slot::Vacant(slot) => slot.insert(access::staff_label(view, id).await?).clone(),
        })
    }
}

async fn row(view: &impl Read, labels: &mut Labels, entry: Entry, today: Date) -> Result<Row> {
    Ok(Row {
        live: entry.counts_on(today),
        id: entry.id.to_string(),
        proposed_by: labels.of(view, &entry.proposed_by).await?,
        approved_by: match &entry.approved_by {
            Some(by) => Some(labels.of(view, by).await?),
            None => None,
        },
        name: entry.content.name,
        kind: entry.content.kind,
        credit_code: entry.content.credit_code,
        role: entry.content.role,
        from: entry.content.from,
        until: entry.content.until,
        state: entry.state,
        digest: entry.digest,
        created_at_ms: entry.created_at_ms,
        published_at_ms: entry.published_at_ms,
        withdrawn_at_ms: entry.withdrawn_at_ms,
    })
}

#[derive(Deserialize)]
struct Wanted {
    #[serde(default)]
    q: String,
    #[serde(default)]
    kind: String,
    #[serde(default)]
    state: String,
}

const TABLE: Table = Table {
    name: "roster",
    columns: &[
        "id",
        "name",
        "kind",
        "credit_code",
        "role.zh",
        "role.en",
        "from",
        "until",
        "state",
        "live",
        "proposed_by",
        "approved_by",
        "created_at_ms",
        "published_at_ms",
        "withdrawn_at_ms",
        "digest",
    ],
};

async fn list(
    State(ctx): State<Ctx>,
    staff: Staff,
    Query(wanted): Query<Wanted>,
    Query(form): Query<Form>,
    Query(paging): Query<Paging>,
) -> Result<Response> {
    staff.must(Right::ViewRoster)?;
    let filter = &Filter {
        q: wanted.q.trim().to_owned(),
        kind: wanted.kind,
        state: wanted.state,
    };
    http::list(form, paging, TABLE, async |paging| {
        page(&ctx, &staff, filter, &paging).await
    })
    .await
}

async fn page(ctx: &Ctx, staff: &Staff, filter: &Filter, paging: &Paging) -> Result<PageView<Row>> {
    let limit = paging.limit()?;
    let view = ctx.db.read(&staff.institution).await?;
    let today = clock::civil_date(ctx.clock.now_ms());
    let mut labels = Labels::default();
    let mut rows = Vec::new();
    for entry in store::list(&view, filter, paging.after().unwrap_or(""), limit + 1).await? {
        rows.push(row(&view, &mut labels, entry, today).await?);
    }
    Ok(Page::cut(rows, limit, |row| row.id.clone()).into())
}

async fn answer(ctx: &Ctx, staff: &Staff, entry: Entry) -> Result<Json<Row>> {
    let view = ctx.db.read(&staff.institution).await?;
    let today = clock::civil_date(ctx.clock.now_ms());
    Ok(Json(
        row(&view, &mut Labels::default(), entry, today).await?,
    ))
}

async fn propose(
    State(ctx): State<Ctx>,
    staff: Staff,
    Body(draft): Body<Draft>,
) -> Result<(StatusCode, Json<Row>)> {
    let entry = ledger::retrying(|| actions::propose(&ctx, &staff, &draft)).await?;
    Ok((StatusCode::CREATED, answer(&ctx, &staff, entry).await?))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Approving {
    /// Of exactly the content that was read.
    digest: String,
}

async fn approve(
    State(ctx): State<Ctx>,
    staff: Staff,
    Path(id): Path<String>,
    Body(asked): Body<Approving>,
) -> Result<Json<Row>> {
    let id = EntryId::parse(&id)?;
    let entry = ledger::retrying(|| actions::approve(&ctx, &staff, &id, &asked.digest)).await?;
    answer(&ctx, &staff, entry).await
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Nothing {}

async fn withdraw(
    State(ctx): State<Ctx>,
    staff: Staff,
    Path(id): Path<String>,
    Body(Nothing {}): Body<Nothing>,
) -> Result<Json<Row>> {
    let id = EntryId::parse(&id)?;
    let entry = ledger::retrying(|| actions::withdraw(&ctx, &staff, &id)).await?;
    answer(&ctx, &staff, entry).await
}
