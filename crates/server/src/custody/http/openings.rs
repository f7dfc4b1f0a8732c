//! Who opened what, for colleagues.

use std::collections::HashMap;

use axum::extract::State;
use axum::response::Response;
use serde::{Deserialize, Serialize};
use utoipa_axum::routes;

use crate::access::{self, Right, Staff};
use crate::ctx::Ctx;
use crate::error::Result;
use crate::http::{self, Form, PageView, Paging, Path, Query, Routes, Table};
use crate::vault::{self, Openings, SubjectId};

pub fn routes() -> Routes {
    Routes::new()
        .routes(routes!(list))
        .routes(routes!(of_subject))
}

/// One opening.
#[derive(Serialize, utoipa::ToSchema)]
#[schema(as = OpeningRow)]
struct Row {
    id: String,
    subject_id: String,
    subject_masked: String,
    item: &'static str,
    purpose: &'static str,
    seat_kind: String,
    /// Name and badge of a member of staff, else the seat's id.
    by: String,
    at_ms: i64,
    journey_id: Option<String>,
    reason: Option<String>,
    /// `many`, `night`, `no_journey`.
    strange: Vec<&'static str>,
}

const TABLE: Table = Table {
    name: "openings",
    columns: &[
        "id",
        "subject_id",
        "subject_masked",
        "item",
        "purpose",
        "seat_kind",
        "by",
        "at_ms",
        "journey_id",
        "reason",
        "strange",
    ],
};

#[derive(Clone, Copy, Default, PartialEq, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = OpeningFilter)]
enum Show {
    #[default]
    All,
    Strange,
}

#[derive(Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
struct Filters {
    #[serde(default)]
    #[param(inline)]
    show: Show,
}

/// Openings of everybody, newest first; those that somebody should look at, or all.
#[utoipa::path(get, path = "/api/console/openings", params(Filters, Paging, Form), responses((status = 200, body = PageView<Row>)))]
async fn list(
    State(ctx): State<Ctx>,
    staff: Staff,
    Query(filters): Query<Filters>,
    Query(paging): Query<Paging>,
    Query(form): Query<Form>,
) -> Result<Response> {
    staff.must(Right::ViewOpenings)?;
    let which = match filters.show {
        Show::All => Openings::All,
        Show::Strange => Openings::Strange,
    };
    let page = |paging| rows(&ctx, &staff, which, paging);
    http::list(form, paging, TABLE, page).await
}

/// Openings of one subject's items, newest first.
#[utoipa::path(get, path = "/api/console/subjects/{id}/openings", params(Paging, Form), responses((status = 200, body = PageView<Row>)))]
async fn of_subject(
    State(ctx): State<Ctx>,
    staff: Staff,
    Path(id): Path<String>,
    Query(paging): Query<Paging>,
    Query(form): Query<Form>,
) -> Result<Response> {
    staff.must(Right::ViewSubjects)?;
    let id = SubjectId::parse(&id)?;
    let view = ctx.db.read(&staff.institution).await?;
    vault::subject(&ctx, &view, &id).await?;
    drop(view);
    let page = |paging| rows(&ctx, &staff, Openings::Of(&id), paging);
    http::list(form, paging, TABLE, page).await
}

async fn rows(
    ctx: &Ctx,
    staff: &Staff,
    which: Openings<'_>,
    paging: Paging,
) -> Result<PageView<Row>> {
    let view = ctx.db.read(&staff.institution).await?;
    let page = vault::openings(ctx, &view, which, paging.after(), paging.limit()?).await?;
    let ids: Vec<SubjectId> = page.rows.iter().map(|row| row.subject.clone()).collect();
    let subjects = vault::subjects(ctx, &view, &ids).await?;
    let mut names: HashMap<String, String> = HashMap::new();
    for row in &page.rows {
        if !names.contains_key(&row.seat_id) {
            let label = access::staff_label(&view, &row.seat_id).await?;
            names.insert(row.seat_id.clone(), label);
        }
    }
    let rows = page.map(|row| Row {
        subject_masked: subjects
            .get(&row.subject)
            .map_or_else(String::new, |subject| subject.name_masked.clone()),
        by: names.get(&row.seat_id).cloned().unwrap_or_default(),
        id: row.id.to_string(),
        subject_id: row.subject.to_string(),
        item: row.item.as_str(),
        purpose: row.purpose.as_str(),
        seat_kind: row.seat_kind,
        at_ms: row.at_ms,
        journey_id: row.case,
        reason: row.reason.map(|reason| reason.expose().clone()),
        strange: row.strange.iter().map(|one| one.as_str()).collect(),
    });
    Ok(rows.into())
}
