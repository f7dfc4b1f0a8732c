//! What a person sees of themselves: who looked at their data.

use axum::Json;
use axum::extract::State;
use serde::Serialize;
use utoipa_axum::routes;

use crate::access::{Reach, RightsHolder};
use crate::ctx::Ctx;
use crate::error::Result;
use crate::http::{PageView, Paging, Query, Routes};
use crate::vault::{self, Openings};

pub fn routes() -> Routes {
    Routes::new().routes(routes!(openings))
}

/// One opening as the person concerned sees it: a role, no names of staff.
#[derive(Serialize, utoipa::ToSchema)]
#[schema(as = MyOpening)]
struct Row {
    id: String,
    item: &'static str,
    purpose: &'static str,
    /// `staff`, `system`, `partner` (the lender's own system), `customer` (the person).
    by: String,
    at_ms: i64,
}

/// Who looked at my data, newest first.
#[utoipa::path(get, path = "/api/h5/me/openings", params(Paging), responses((status = 200, body = PageView<Row>)))]
async fn openings(
    State(ctx): State<Ctx>,
    holder: RightsHolder,
    Query(paging): Query<Paging>,
) -> Result<Json<PageView<Row>>> {
    let view = ctx.db.read(&holder.customer.institution).await?;
    let which = match &holder.reach {
        Reach::Person(subject) => Openings::Of(subject),
        Reach::Case(subject, case) => Openings::About(subject, case),
    };
    let page = vault::openings(&ctx, &view, which, paging.after(), paging.limit()?).await?;
    let rows = page.map(|row| Row {
        id: row.id.to_string(),
        item: row.item.as_str(),
        purpose: row.purpose.as_str(),
        by: row.seat_kind,
        at_ms: row.at_ms,
    });
    Ok(Json(rows.into()))
}
