//! The published list: for anyone, and for the lender's own systems.

use axum::Json;
use axum::extract::State;
use jiff::civil::Date;
use serde::Serialize;
use utoipa_axum::routes;

use super::model::{Entry, Kind};
use super::store;
use crate::access::{self, Partner, Scope};
use crate::clock;
use crate::ctx::Ctx;
use crate::db::{self, Page};
use crate::error::{Result, Text};
use crate::http::{PageView, Paging, Path, Query, Reader, Routes};
use crate::id::InstitutionId;

pub fn routes() -> Routes {
    Routes::new()
        .routes(routes!(public))
        .routes(routes!(partner))
}

#[derive(Serialize, utoipa::ToSchema)]
#[schema(as = RosterEntry)]
struct Row {
    id: String,
    name: String,
    kind: Kind,
    credit_code: String,
    role: Text,
    from: Date,
    until: Option<Date>,
    published_at_ms: Option<i64>,
}

impl From<Entry> for Row {
    fn from(entry: Entry) -> Self {
        Self {
            id: entry.id.to_string(),
            name: entry.content.name,
            kind: entry.content.kind,
            credit_code: entry.content.credit_code,
            role: entry.content.role,
            from: entry.content.from,
            until: entry.content.until,
            published_at_ms: entry.published_at_ms,
        }
    }
}

/// What anyone may know of a lender.
#[derive(Serialize, utoipa::ToSchema)]
#[schema(as = LenderView)]
struct Lender {
    code: String,
    name: String,
    short_name: String,
    hotline: String,
}

#[derive(Serialize, utoipa::ToSchema)]
struct PublicList {
    institution: Lender,
    /// The day for which the list holds.
    day: Date,
    #[serde(flatten)]
    page: PageView<Row>,
}

async fn page(ctx: &Ctx, institution: &InstitutionId, paging: &Paging) -> Result<PageView<Row>> {
    let limit = paging.limit()?;
    let view = ctx.db.read(institution).await?;
    let day = clock::civil_date(ctx.clock.now_ms());
    let rows = store::live(&view, day, paging.after().unwrap_or(""), limit + 1).await?;
    let page = Page::cut(rows, limit, |entry| entry.id.to_string());
    Ok(page.map(Row::from).into())
}

/// A lender's published list, for anyone.
#[utoipa::path(get, path = "/api/public/{institution}/roster", params(Paging), responses((status = 200, body = PublicList)), security(()))]
async fn public(
    State(ctx): State<Ctx>,
    _: Reader,
    Path(code): Path<String>,
    Query(paging): Query<Paging>,
) -> Result<Json<PublicList>> {
    let view = ctx.db.read(db::Scope::Unscoped).await?;
    let lender = access::institution_by_code(&view, &code).await?;
    drop(view);
    Ok(Json(PublicList {
        page: page(&ctx, &lender.id, &paging).await?,
        day: clock::civil_date(ctx.clock.now_ms()),
        institution: Lender {
            code: lender.code,
            name: lender.name,
            short_name: lender.short_name,
            hotline: lender.hotline,
        },
    }))
}

/// The published list.
#[utoipa::path(get, path = "/v1/roster", params(Paging), responses((status = 200, body = PageView<Row>)))]
async fn partner(
    State(ctx): State<Ctx>,
    partner: Partner,
    Query(paging): Query<Paging>,
) -> Result<Json<PageView<Row>>> {
    partner.must(Scope::ReadRoster)?;
    Ok(Json(page(&ctx, &partner.institution, &paging).await?))
}
