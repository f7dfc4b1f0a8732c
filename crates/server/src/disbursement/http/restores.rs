//! Restores in the console: what stops every token until somebody looked at the payments since.

use axum::Json;
use axum::extract::State;
use axum::response::Response;
use serde::{Deserialize, Serialize};
use utoipa_axum::routes;

use crate::access::{self, Right, Staff};
use crate::ctx::Ctx;
use crate::db::{Page, Read};
use crate::disbursement::actions;
use crate::disbursement::restore::{Restore, RestoreId};
use crate::disbursement::store::{self, Only};
use crate::error::{Error, Result};
use crate::http::{self, Body, Form, Nothing, PageView, Paging, Path, Query, Routes, Table};
use crate::ledger;

pub fn routes() -> Routes {
    Routes::new()
        .routes(routes!(list))
        .routes(routes!(reconciled))
}

/// The house came back from a backup.
#[derive(Serialize, utoipa::ToSchema)]
#[schema(as = RestoreRow)]
struct Row {
    id: String,
    backup: String,
    /// What came after it is lost.
    taken_at_ms: i64,
    restored_at_ms: i64,
    /// Who said that the payments since were reported again.
    reconciled_by: Option<String>,
    reconciled_at_ms: Option<i64>,
}

async fn row(view: &impl Read, restore: Restore) -> Result<Row> {
    let reconciled_by = match &restore.reconciled_by {
        Some(by) => Some(access::staff_label(view, by).await?),
        None => None,
    };
    Ok(Row {
        id: restore.id.to_string(),
        backup: restore.backup,
        taken_at_ms: restore.taken_at_ms,
        restored_at_ms: restore.restored_at_ms,
        reconciled_by,
        reconciled_at_ms: restore.reconciled_at_ms,
    })
}

const TABLE: Table = Table {
    name: "restores",
    columns: &[
        "id",
        "backup",
        "taken_at_ms",
        "restored_at_ms",
        "reconciled_by",
        "reconciled_at_ms",
    ],
};

/// `open` for those that nobody reconciled yet.
#[derive(Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
struct RestoreFilter {
    #[serde(default)]
    state: String,
}

impl RestoreFilter {
    fn only(&self) -> Result<Only> {
        match self.state.as_str() {
            "" => Ok(Only::All),
            "open" => Ok(Only::Open),
            _ => Err(Error::field(
                "state",
                "unknown_value",
                "没有这个状态。",
                "There is no such state.",
            )),
        }
    }
}

/// Restores of the house from a backup, newest first.
#[utoipa::path(get, path = "/api/console/restores", params(RestoreFilter, Paging, Form), responses((status = 200, body = PageView<Row>)))]
async fn list(
    State(ctx): State<Ctx>,
    staff: Staff,
    Query(filter): Query<RestoreFilter>,
    Query(paging): Query<Paging>,
    Query(form): Query<Form>,
) -> Result<Response> {
    staff.must(Right::ViewIncidents)?;
    let only = filter.only()?;
    http::list(form, paging, TABLE, async |paging: Paging| {
        let limit = paging.limit()?;
        let after = paging.after().unwrap_or("");
        let view = ctx.db.read(&staff.institution).await?;
        let found = store::restores(&view, only, after, limit + 1).await?;
        let page = Page::cut(found, limit, |restore| restore.id.to_string());
        let mut rows = Vec::with_capacity(page.rows.len());
        for restore in page.rows {
            rows.push(row(&view, restore).await?);
        }
        Ok(PageView {
            rows,
            next: page.next,
        })
    })
    .await
}

/// Says that the payments since the backup were reported again: tokens are issued from now on.
#[utoipa::path(post, path = "/api/console/restores/{id}/reconciled", request_body = Nothing, responses((status = 200, body = Row)))]
async fn reconciled(
    State(ctx): State<Ctx>,
    staff: Staff,
    Path(id): Path<String>,
    Body(Nothing {}): Body<Nothing>,
) -> Result<Json<Row>> {
    let id = RestoreId::parse(&id)?;
    let done = ledger::retrying(|| actions::reconcile_restore(&ctx, &staff, &id)).await?;
    let view = ctx.db.read(&staff.institution).await?;
    Ok(Json(row(&view, done).await?))
}
