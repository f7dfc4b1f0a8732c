//! The list in the console.

use std::collections::HashMap;
use std::collections::hash_map::Entry as Slot;

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use utoipa_axum::routes;

use super::model::{self, Draft, Entry, Kind};
use super::store::{self, Filter};
use super::{EntryId, actions};
use crate::access::{self, Right, Staff};
use crate::clock;
use crate::ctx::Ctx;
use crate::db::{Page, Read};
use crate::error::{Result, Text};
use crate::http::{self, Body, Form, Nothing, PageView, Paging, Path, Query, Routes, Table};
use crate::ledger;

pub fn routes() -> Routes {
    Routes::new()
        .routes(routes!(list, propose))
        .routes(routes!(approve))
        .routes(routes!(withdraw))
}

#[derive(Serialize, utoipa::ToSchema)]
#[schema(as = RosterRow)]
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

#[derive(Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
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

/// The list of cooperating institutions, drafts included.
#[utoipa::path(get, path = "/api/console/roster", params(Wanted, Form, Paging), responses((status = 200, body = PageView<Row>)))]
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

/// Proposes an entry.
#[utoipa::path(post, path = "/api/console/roster", request_body = Draft, responses((status = 201, body = Row)))]
async fn propose(
    State(ctx): State<Ctx>,
    staff: Staff,
    Body(draft): Body<Draft>,
) -> Result<(StatusCode, Json<Row>)> {
    let entry = ledger::retrying(|| actions::propose(&ctx, &staff, &draft)).await?;
    Ok((StatusCode::CREATED, answer(&ctx, &staff, entry).await?))
}

#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = RosterApproving)]
struct Approving {
    /// Of exactly the content that was read.
    digest: String,
}

/// Publishes a proposed entry: the second pair of eyes.
#[utoipa::path(post, path = "/api/console/roster/{id}/approve", request_body = Approving, responses((status = 200, body = Row)))]
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

/// Takes an entry off the list.
#[utoipa::path(post, path = "/api/console/roster/{id}/withdraw", request_body = Nothing, responses((status = 200, body = Row)))]
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
