//! What was drawn, and what it was drawn from.

use std::collections::BTreeMap;

use axum::extract::State;
use axum::http::header;
use axum::response::Response;
use futures::{StreamExt as _, stream};
use serde::{Deserialize, Serialize};
use utoipa_axum::routes;

use crate::access::{Right, Staff};
use crate::ctx::Ctx;
use crate::db::Page;
use crate::error::{Error, Result};
use crate::http::{self, Form, PageView, Paging, Path, Query, Routes, Table};
use crate::inspection::model::DrawId;
use crate::inspection::store::{self, Wanted};
use crate::journey::{self, Brief, Cell};

pub fn routes() -> Routes {
    Routes::new()
        .routes(routes!(population))
        .routes(routes!(cases))
}

/// The ids of the population in order, a line each: what anybody draws again from.
#[utoipa::path(get, path = "/api/console/draws/{id}/population", responses((status = 200, content_type = "text/csv")))]
async fn population(
    State(ctx): State<Ctx>,
    staff: Staff,
    Path(id): Path<String>,
) -> Result<Response> {
    staff.must(Right::ViewInspections)?;
    let view = ctx.db.read(&staff.institution).await?;
    let draw = store::find(&view, &DrawId::parse(&id)?).await?;
    drop(view);
    // Draws of older versions kept no list.
    draw.met_at_ms.ok_or_else(Error::not_found)?;
    let name = format!("{}-population.csv", draw.id);
    let title = stream::once(async { Ok::<_, Error>("journey\r\n".to_owned()) });
    let pages = stream::try_unfold(
        (ctx, staff.institution, draw.id, 0),
        |(ctx, institution, draw, page)| async move {
            let view = ctx.db.read(&institution).await?;
            let ids = store::population(&view, &draw, page).await?;
            drop(view);
            let lines = ids.map(|ids| ids.iter().map(|id| format!("{id}\r\n")).collect::<String>());
            Ok(lines.map(|lines| (lines, (ctx, institution, draw, page + 1))))
        },
    );
    Ok(Response::builder()
        .header(header::CONTENT_TYPE, "text/csv; charset=utf-8")
        .header(
            header::CONTENT_DISPOSITION,
            format!("attachment; filename=\"{name}\""),
        )
        .header(header::CACHE_CONTROL, "no-store")
        .body(axum::body::Body::from_stream(title.chain(pages)))?)
}

/// A case of a draw: one line of the matrix.
#[derive(Serialize, utoipa::ToSchema)]
struct DrawCase {
    /// From 1 on, in the order of the lot.
    place: i64,
    #[serde(flatten)]
    loan: Brief,
    /// By column; what the product version doesn't ask is not there.
    cells: BTreeMap<String, Cell>,
    looked_at_ms: Option<i64>,
}

const CASES: Table = Table {
    name: "draw-cases",
    columns: &[
        "place",
        "journey",
        "reference",
        "borrower_masked",
        "product",
        "product_version",
        "state",
        "principal",
        "created_at_ms",
        "paid_at_ms",
        "destroyed",
        "cells.personal_information_notice.state",
        "cells.separate_consents.state",
        "cells.identity.state",
        "cells.credit_authority.state",
        "cells.affordability.state",
        "cells.credit_decision.state",
        "cells.drawdown.state",
        "cells.cost_disclosure.state",
        "cells.recording.state",
        "cells.signing.state",
        "cells.total_cost_notice.state",
        "cells.release.state",
        "cells.payment.state",
        "looked_at_ms",
    ],
};

#[derive(Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
struct CaseFilter {
    /// `only` for the cases in which something is missing.
    #[serde(default)]
    gaps: String,
}

impl CaseFilter {
    fn wanted(&self) -> Result<Wanted> {
        match self.gaps.as_str() {
            "" => Ok(Wanted::All),
            "only" => Ok(Wanted::WithGaps),
            _ => Err(Error::field(
                "gaps",
                "unknown_value",
                "没有这个选项。",
                "There is no such value.",
            )),
        }
    }
}

/// The cases of a draw in the order of the lot, each with its line of the matrix.
#[utoipa::path(get, path = "/api/console/draws/{id}/cases", params(CaseFilter, Paging, Form), responses((status = 200, body = PageView<DrawCase>)))]
async fn cases(
    State(ctx): State<Ctx>,
    staff: Staff,
    Path(id): Path<String>,
    Query(filter): Query<CaseFilter>,
    Query(paging): Query<Paging>,
    Query(form): Query<Form>,
) -> Result<Response> {
    staff.must(Right::ViewInspections)?;
    let wanted = filter.wanted()?;
    let view = ctx.db.read(&staff.institution).await?;
    let id = store::find(&view, &DrawId::parse(&id)?).await?.id;
    drop(view);
    http::list(form, paging, CASES, async |paging: Paging| {
        let limit = paging.limit()?;
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
        let view = ctx.db.read(&staff.institution).await?;
        let found = store::cases(&view, &id, wanted, after, limit + 1).await?;
        let page = Page::cut(found, limit, |case| case.place.to_string());
        let ids: Vec<&str> = page.rows.iter().map(|case| case.journey.as_str()).collect();
        let mut loans = journey::briefs(&ctx, &view, &ids).await?;
        let mut rows = Vec::with_capacity(page.rows.len());
        for case in page.rows {
            let loan = loans.remove(&case.journey);
            rows.push(DrawCase {
                place: case.place,
                loan: loan.ok_or_else(|| Error::internal("a drawn journey is gone"))?,
                cells: case.cells.unwrap_or_default(),
                looked_at_ms: case.looked_at_ms,
            });
        }
        Ok(PageView {
            rows,
            next: page.next,
        })
    })
    .await
}
