//! The public face of the logs: checkpoints and tiles, as C2SP tlog-tiles wants them, and what a printed document's code
//! says. No login: they reveal nothing.

use axum::Json;
use axum::body::Body;
use axum::extract::State;
use axum::http::header;
use axum::response::Response;
use proof::tile::{self, TilePath};
use serde::Serialize;
use utoipa_axum::routes;

use super::read::State as FactState;
use super::tiles::key;
use super::{prints, store};
use crate::ctx::Ctx;
use crate::db::Scope;
use crate::error::{Error, Result};
use crate::http::{Path, Reader, Routes};

pub fn routes() -> Routes {
    Routes::new()
        .routes(routes!(checkpoint))
        .routes(routes!(vkey))
        .routes(routes!(tile_at))
        .routes(routes!(print))
}

async fn find(ctx: &Ctx, code: &str) -> Result<store::Log> {
    let view = ctx.db.read(Scope::Unscoped).await?;
    store::log_by_code(&view, code)
        .await?
        .ok_or_else(Error::not_found)
}

/// The newest signed checkpoint.
#[utoipa::path(get, path = "/log/{code}/checkpoint", responses((status = 200, content_type = "text/plain")))]
async fn checkpoint(
    State(ctx): State<Ctx>,
    _: Reader,
    Path(code): Path<String>,
) -> Result<Response> {
    let log = find(&ctx, &code).await?;
    let note = ctx
        .blobs
        .get(&key(&log.institution(), "checkpoint"))
        .await?
        .ok_or_else(Error::not_found)?;
    answer(note, "text/plain; charset=utf-8", "no-cache")
}

/// The log's verifier key.
#[utoipa::path(get, path = "/log/{code}/vkey", responses((status = 200, content_type = "text/plain")))]
async fn vkey(State(ctx): State<Ctx>, _: Reader, Path(code): Path<String>) -> Result<Response> {
    let log = find(&ctx, &code).await?;
    let line = format!("{}\n", super::publish::signer(&ctx, &log)?.verifier());
    answer(line.into_bytes(), "text/plain; charset=utf-8", "no-cache")
}

/// A tile of the log.
#[utoipa::path(get, path = "/log/{code}/tile/{*path}", params(("code" = String, Path), ("path" = String, Path, description = "Level, index and width, as C2SP tlog-tiles writes them")), responses((status = 200, content_type = "application/octet-stream")))]
async fn tile_at(
    State(ctx): State<Ctx>,
    _: Reader,
    Path((code, rest)): Path<(String, String)>,
) -> Result<Response> {
    let path = tile::parse_path(&format!("tile/{rest}")).map_err(|_| Error::not_found())?;
    let log = find(&ctx, &code).await?;
    let name = match path {
        TilePath::Hashes(id) => id.path(),
        TilePath::Entries { index, width } => tile::entries_path(index, width),
    };
    let bytes = ctx
        .blobs
        .get(&key(&log.institution(), &name))
        .await?
        .ok_or_else(Error::not_found)?;
    // A tile never changes: its width is part of its name.
    answer(
        bytes,
        "application/octet-stream",
        "public, max-age=31536000, immutable",
    )
}

/// What anyone who holds a printed document may know of it.
#[derive(Serialize, utoipa::ToSchema)]
struct PrintView {
    /// The institution's code; its name is at `/api/public/{institution}/brand`.
    institution: String,
    /// Kind of the fact that names the file: which document it is.
    kind: String,
    /// SHA-256 of the file, in hexadecimal.
    sha256: String,
    /// When it was recorded, UTC ms.
    at_ms: i64,
    state: FactState,
    /// Its entry in the log, from 0.
    entry: Option<i64>,
    proved_at_ms: Option<i64>,
}

/// What was recorded under the code that a printed document bears.
#[utoipa::path(get, path = "/api/prints/{code}", responses((status = 200, body = PrintView)), security(()))]
async fn print(
    State(ctx): State<Ctx>,
    _: Reader,
    Path(code): Path<String>,
) -> Result<Json<PrintView>> {
    let printed = prints::printed(&ctx, &code).await?;
    Ok(Json(PrintView {
        institution: printed.institution,
        kind: printed.kind,
        sha256: printed.digest,
        at_ms: printed.at_ms,
        state: printed.state,
        entry: printed.index,
        proved_at_ms: printed.proved_at_ms,
    }))
}

fn answer(bytes: Vec<u8>, media_type: &'static str, cache: &'static str) -> Result<Response> {
    Ok(Response::builder()
        .header(header::CONTENT_TYPE, media_type)
        .header(header::CACHE_CONTROL, cache)
        .body(Body::from(bytes))?)
}
