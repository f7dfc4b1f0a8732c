//! Receipts: the gateway says whether a phone has a message. Its call is signed, it has no login.

use axum::body::Bytes;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::Response;
use serde::Deserialize;
use utoipa_axum::routes;

use super::delivery::{self, Ended};
use crate::ctx::Ctx;
use crate::error::{Error, Result};
use crate::http::{self, Routes, no_content};
use crate::id::InstitutionId;

pub fn routes() -> Routes {
    Routes::new().routes(routes!(receipt))
}

#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
struct SmsReceipt {
    /// As it was sent to the gateway.
    message: String,
    state: Ended,
    /// When the phone had it, or when it failed.
    at_ms: i64,
    /// The gateway's code for a failure: 1 to 64 letters, digits and `._:-`.
    failure: Option<String>,
}

const FAILURE_CHARS_MAX: usize = 64;

/// A receipt of the SMS gateway.
#[utoipa::path(post, path = "/v1/sms-receipts", request_body = SmsReceipt, responses((status = 204)), security(("signed_call" = [])))]
async fn receipt(State(ctx): State<Ctx>, headers: HeaderMap, body: Bytes) -> Result<Response> {
    let secret = &ctx.config.sms.receipt_secret;
    http::verify(secret, &headers, &body, ctx.clock.now_ms())?;
    let receipt: SmsReceipt = http::parse(&body)?;
    let plain = |c: char| c.is_ascii_alphanumeric() || "._:-".contains(c);
    let well_formed =
        |code: &str| (1..=FAILURE_CHARS_MAX).contains(&code.len()) && code.chars().all(plain);
    if receipt
        .failure
        .as_deref()
        .is_some_and(|code| !well_formed(code))
    {
        return Err(Error::field(
            "failure",
            "malformed",
            "1 至 64 个字母、数字或 ._:-。",
            "1 to 64 letters, digits or ._:-.",
        ));
    }
    let (institution, id) = receipt
        .message
        .split_once('/')
        .ok_or_else(Error::not_found)?;
    let institution = InstitutionId::parse(institution)?;
    delivery::ended(
        &ctx,
        &institution,
        id,
        receipt.state,
        receipt.at_ms,
        receipt.failure.as_deref(),
    )
    .await?;
    Ok(no_content())
}
