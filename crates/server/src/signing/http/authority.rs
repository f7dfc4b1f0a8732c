//! What whoever checks a signature of the house's own authority needs: its root certificate and its list of revoked ones.

use axum::body::Body;
use axum::extract::State;
use axum::http::header;
use axum::response::Response;
use utoipa_axum::routes;

use crate::access::{self, Institution};
use crate::clock::DAY_MS;
use crate::ctx::Ctx;
use crate::db::Scope;
use crate::error::{Error, Result};
use crate::http::{Path, Reader, Routes};
use crate::signing::authority::{self, Embedded};
use crate::signing::refusal::Refused;
use crate::signing::store::attempts;
use crate::signing::tries::Origin;

/// As long as a single-use certificate lasts.
const LISTED_MS: i64 = 10 * 365 * DAY_MS;

/// Certificates of one list at the most, some megabytes: as many tries as failed in years of trouble.
const LISTED_MAX: i64 = 50_000;

pub fn routes() -> Routes {
    Routes::new()
        .routes(routes!(anchor))
        .routes(routes!(revoked))
}

/// An institution that signs with the house's own authority, or once did; any other has none here.
async fn own(ctx: &Ctx, code: &str) -> Result<Institution> {
    let view = ctx.db.read(Scope::Unscoped).await?;
    let house = access::institution_by_code(&view, code).await?;
    drop(view);
    if authority::origin(ctx, code) == Some(Origin::Embedded) {
        return Ok(house);
    }
    let view = ctx.db.read(&house.id).await?;
    match attempts::any_embedded(&view).await? {
        true => Ok(house),
        false => Err(Error::not_found()),
    }
}

fn file(bytes: Vec<u8>, media_type: &'static str) -> Result<Response> {
    Ok(Response::builder()
        .header(header::CONTENT_TYPE, media_type)
        .header(header::CACHE_CONTROL, "no-cache")
        .body(Body::from(bytes))?)
}

/// The root certificate as PEM. Not a third party's.
#[utoipa::path(get, path = "/signing/{code}/anchor", responses((status = 200, content_type = "application/x-pem-file")))]
async fn anchor(State(ctx): State<Ctx>, _: Reader, Path(code): Path<String>) -> Result<Response> {
    let house = own(&ctx, &code).await?;
    let pem = Embedded::open(&ctx, &house)?.anchor_pem();
    file(pem.into_bytes(), "application/x-pem-file")
}

/// Certificates whose attempt to sign was abandoned, as a CRL (RFC 5280).
#[utoipa::path(get, path = "/signing/{code}/crl", responses((status = 200, content_type = "application/pkix-crl")))]
async fn revoked(State(ctx): State<Ctx>, _: Reader, Path(code): Path<String>) -> Result<Response> {
    let house = own(&ctx, &code).await?;
    let now_ms = ctx.clock.now_ms();
    let view = ctx.db.read(&house.id).await?;
    let attempts = attempts::revoked(&view, now_ms - LISTED_MS, LISTED_MAX + 1).await?;
    drop(view);
    // A list that leaves one out is none.
    if attempts.len() > usize::try_from(LISTED_MAX)? {
        tracing::error!(code, "more certificates were revoked than one list holds");
        return Err(Refused::ListTooLong.into());
    }
    let list = Embedded::open(&ctx, &house)?.revoked(&attempts, now_ms / 1_000)?;
    file(list.der().to_vec(), "application/pkix-crl")
}
