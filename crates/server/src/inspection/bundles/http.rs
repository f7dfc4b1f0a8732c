//! Bundles of a draw in the console.

use axum::Json;
use axum::body::Body;
use axum::extract::State;
use axum::http::{Method, StatusCode, header};
use axum::response::Response;
use futures::stream;
use serde::Serialize;
use utoipa_axum::routes;

use super::{Bundles, BundlesId, BundlesState, Kept, actions, archive, parts, store};
use crate::access::{self, Right, Staff};
use crate::ctx::Ctx;
use crate::db::{Page, Read};
use crate::error::{Error, Result};
use crate::http::{Body as Sent, Nothing, PageView, Paging, Path, Query, Routes};
use crate::id::InstitutionId;
use crate::inspection::model::DrawId;
use crate::inspection::store as draws;
use crate::ledger;

pub fn routes() -> Routes {
    Routes::new()
        .routes(routes!(list, create))
        .routes(routes!(one))
        .routes(routes!(file))
}

/// The bundles of a draw.
#[derive(Serialize, utoipa::ToSchema)]
struct DrawBundles {
    id: String,
    state: BundlesState,
    /// Cases done so far, of how many.
    made: i64,
    cases: i64,
    /// Of the whole file, once it is ready.
    bytes: i64,
    /// Hexadecimal.
    sha256: Option<String>,
    asked_by: String,
    asked_at_ms: i64,
    ready_at_ms: Option<i64>,
    /// Until when they are kept.
    until_ms: i64,
}

async fn shown(view: &impl Read, bundles: Bundles) -> Result<DrawBundles> {
    Ok(DrawBundles {
        id: bundles.id.to_string(),
        state: bundles.state,
        made: bundles.made,
        cases: bundles.cases,
        bytes: bundles.bytes,
        sha256: bundles.sha256,
        asked_by: access::staff_label(view, &bundles.asked_by).await?,
        asked_at_ms: bundles.asked_at_ms,
        ready_at_ms: bundles.ready_at_ms,
        until_ms: bundles.until_ms,
    })
}

/// Bundles of a draw that were made, newest first.
#[utoipa::path(get, path = "/api/console/draws/{id}/bundles", params(Paging), responses((status = 200, body = PageView<DrawBundles>)))]
async fn list(
    State(ctx): State<Ctx>,
    staff: Staff,
    Path(id): Path<String>,
    Query(paging): Query<Paging>,
) -> Result<Json<PageView<DrawBundles>>> {
    staff.must(Right::ViewInspections)?;
    let limit = paging.limit()?;
    let view = ctx.db.read(&staff.institution).await?;
    let draw = draws::find(&view, &DrawId::parse(&id)?).await?;
    let after = paging.after().unwrap_or("");
    let found = store::of_draw(&view, &draw.id, after, limit + 1).await?;
    let page = Page::cut(found, limit, |one| one.id.to_string());
    let mut rows = Vec::with_capacity(page.rows.len());
    for one in page.rows {
        rows.push(shown(&view, one).await?);
    }
    Ok(Json(PageView {
        rows,
        next: page.next,
    }))
}

/// Has the bundles of every case made in one file; a job makes them.
#[utoipa::path(post, path = "/api/console/draws/{id}/bundles", request_body = Nothing, responses((status = 201, body = DrawBundles)))]
async fn create(
    State(ctx): State<Ctx>,
    staff: Staff,
    Path(id): Path<String>,
    Sent(Nothing {}): Sent<Nothing>,
) -> Result<(StatusCode, Json<DrawBundles>)> {
    let id = DrawId::parse(&id)?;
    let bundles = ledger::retrying(|| actions::ask(&ctx, &staff, &id)).await?;
    let view = ctx.db.read(&staff.institution).await?;
    let shown = shown(&view, bundles).await?;
    Ok((StatusCode::CREATED, Json(shown)))
}

/// One archive that the reader may fetch now: refuses as the file would, and records nothing.
#[utoipa::path(get, path = "/api/console/draws/{id}/bundles/{bundles}", responses((status = 200, body = DrawBundles)))]
async fn one(
    State(ctx): State<Ctx>,
    staff: Staff,
    Path((id, bundles)): Path<(String, String)>,
) -> Result<Json<DrawBundles>> {
    let (draw, id) = (DrawId::parse(&id)?, BundlesId::parse(&bundles)?);
    let (bundles, _) = actions::ready(&ctx, &staff, &draw, &id).await?;
    let view = ctx.db.read(&staff.institution).await?;
    shown(&view, bundles).await.map(Json)
}

/// The file: a manifest, and the bundle of every case as `xiaobao-verify` takes it.
#[utoipa::path(get, path = "/api/console/draws/{id}/bundles/{bundles}/file", responses((status = 200, content_type = "application/zip")))]
async fn file(
    method: Method,
    State(ctx): State<Ctx>,
    staff: Staff,
    Path((id, bundles)): Path<(String, String)>,
) -> Result<Response> {
    let (draw, id) = (DrawId::parse(&id)?, BundlesId::parse(&bundles)?);
    // Who asks for the head alone is given nothing.
    let (bundles, files) = match method {
        Method::HEAD => actions::ready(&ctx, &staff, &draw, &id).await?,
        _ => ledger::retrying(|| actions::fetch(&ctx, &staff, &draw, &id)).await?,
    };
    let name = format!("{draw}.zip");
    let body = streamed(ctx, staff.institution, id, files)?;
    Ok(Response::builder()
        .header(header::CONTENT_TYPE, "application/zip")
        .header(
            header::CONTENT_DISPOSITION,
            format!("attachment; filename=\"{name}\""),
        )
        .header(header::CONTENT_LENGTH, bundles.bytes)
        .header(header::CACHE_CONTROL, "no-store")
        .body(body)?)
}

/// Part by part from the store to the wire.
fn streamed(ctx: Ctx, institution: InstitutionId, id: BundlesId, files: Vec<Kept>) -> Result<Body> {
    let written = files.iter().map(Kept::part).collect::<Result<Vec<_>>>()?;
    let mut end = archive::directory(&written);
    let mut files = files.into_iter();
    let next = move || files.next();
    let pieces = stream::try_unfold(
        (ctx, institution, id, next, end.take()),
        |(ctx, institution, id, mut next, mut end)| async move {
            let piece = match next() {
                Some(one) => {
                    let data = parts::get(&ctx, &institution, &id, one.place).await?;
                    let data = data.ok_or_else(|| Error::internal("an archive without a part"))?;
                    [&one.part()?.header()[..], &data].concat()
                }
                None => match end.take() {
                    Some(end) => end,
                    None => return Ok::<_, Error>(None),
                },
            };
            Ok(Some((piece, (ctx, institution, id, next, end))))
        },
    );
    Ok(Body::from_stream(pieces))
}
