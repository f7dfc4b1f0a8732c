//! Being a witness (C2SP tlog-witness): this house cosigns other houses' checkpoints that extend what it cosigned before.
//!
//! The new head is durable before the signature leaves, so that not even a crash makes it sign two histories.

use axum::body::Bytes;
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use proof::checkpoint::{self, Signer};
use proof::witness::{Refusal, Request, SIZE_TYPE, answer, extends};
use utoipa_axum::routes;

use super::store;
use crate::ctx::Ctx;
use crate::db::Scope;
use crate::error::{Error, Result};
use crate::http::{Reader, Routes};

/// The key file of this house as a witness; a lost one is made anew, for what it signed stands without it.
const KEY: &str = "witness";
/// Its file in the folder of keys, which no restore brings back.
pub const KEY_FILE: &str = "witness.key";

const TEXT: &str = "text/plain; charset=utf-8";

pub fn routes() -> Routes {
    Routes::new()
        .routes(routes!(add_checkpoint))
        .routes(routes!(vkey))
}

fn signer(ctx: &Ctx) -> Result<Signer> {
    let url = ctx.config.public_url();
    let host = url.split_once("://").map_or(url.as_str(), |(_, rest)| rest);
    let key = ctx.keys.get_or_create(KEY, &ctx.random)?;
    Signer::from_seed(&format!("{host}/witness"), &key)
        .map_err(|cause| Error::Internal(Box::new(cause)))
}

/// The verifier key with which this house cosigns.
#[utoipa::path(get, path = "/witness/vkey", responses((status = 200, content_type = "text/plain")))]
async fn vkey(State(ctx): State<Ctx>, _: Reader) -> Result<Response> {
    let line = format!("{}\n", signer(&ctx)?.cosigner());
    Ok(said(StatusCode::OK, TEXT, line))
}

/// Cosigns a checkpoint of a log that this house witnesses, as C2SP tlog-witness has it.
#[utoipa::path(post, path = "/witness/add-checkpoint", request_body(content = String, content_type = "text/plain"),
    responses(
        (status = 200, content_type = "text/plain", description = "The cosignature line"),
        (status = 400, description = "Malformed, or the old size is beyond the checkpoint's"),
        (status = 403, description = "Not signed by the log's key"),
        (status = 404, description = "No log that is witnessed here"),
        (status = 409, content_type = "text/x.tlog.size", description = "The size that was cosigned last"),
        (status = 422, description = "The proof does not hold"),
    ))]
async fn add_checkpoint(State(ctx): State<Ctx>, _: Reader, body: Bytes) -> Result<Response> {
    let text = std::str::from_utf8(&body).ok();
    let Some(request) = text.and_then(|text| Request::parse(text).ok()) else {
        return Ok(refused(StatusCode::BAD_REQUEST, "malformed"));
    };
    // The origin is the first line of the note, before anything is known of it.
    let origin = request.checkpoint.lines().next().unwrap_or_default();
    let Some(log) = ctx.config.ledger.witnessed_log(origin) else {
        return Ok(refused(StatusCode::NOT_FOUND, "log_unknown"));
    };
    let Ok((new, _)) = checkpoint::verify(&request.checkpoint, std::slice::from_ref(&log)) else {
        return Ok(refused(StatusCode::FORBIDDEN, "log_key_unknown"));
    };
    let now_ms = ctx.clock.now_ms();
    let mut tx = ctx
        .db
        .begin_unrecorded(
            Scope::Unscoped,
            "a witness's memory is proved by its signatures",
        )
        .await?;
    let known = store::lock_witnessed(&mut tx, origin, now_ms).await?;
    let head = match extends(&known, &request, &new) {
        Ok(head) => head,
        Err(Refusal::OldBeyondNew) => {
            return Ok(refused(StatusCode::BAD_REQUEST, "old_size_beyond"));
        }
        Err(Refusal::Known(size)) => {
            return Ok(said(StatusCode::CONFLICT, SIZE_TYPE, format!("{size}\n")));
        }
        Err(Refusal::Unproved(_)) => {
            return Ok(refused(StatusCode::UNPROCESSABLE_ENTITY, "unproved"));
        }
    };
    if head != known {
        store::save_witnessed(&mut tx, origin, &head, now_ms).await?;
    }
    tx.commit().await?;
    let line = answer(
        &request.checkpoint,
        &signer(&ctx)?,
        now_ms.unsigned_abs() / 1_000,
    )
    .map_err(|cause| Error::Internal(Box::new(cause)))?;
    Ok(said(StatusCode::OK, TEXT, line))
}

/// The protocol's answers are for programs of other makers: a status, and one word for people.
fn refused(status: StatusCode, why: &'static str) -> Response {
    said(status, TEXT, format!("{why}\n"))
}

fn said(status: StatusCode, media_type: &'static str, text: String) -> Response {
    (status, [(header::CONTENT_TYPE, media_type)], text).into_response()
}
