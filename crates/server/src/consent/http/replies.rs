//! Replies: the gateway hands over what people answer. Its call is signed, it has no login.

use axum::body::Bytes;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::Response;
use serde::Deserialize;
use utoipa_axum::routes;

use crate::consent::actions::replies;
use crate::ctx::Ctx;
use crate::error::{Error, Result};
use crate::http::{self, Routes, no_content};
use crate::id::InstitutionId;
use crate::ledger;
use crate::vault::{self, Private};

pub fn routes() -> Routes {
    Routes::new().routes(routes!(reply))
}

#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
struct SmsReply {
    /// The gateway's id of the reply: 1 to 64 letters, digits and `._:-`; each is taken once.
    reply: String,
    /// Whose message was answered.
    institution: String,
    /// The phone that answered; `+86` or `86` may stand before its 11 digits.
    #[schema(value_type = String)]
    from: Private<String>,
    text: String,
}

const REPLY_CHARS_MAX: usize = 64;
const TEXT_CHARS_MAX: usize = 1_000;

/// A reply to a message: `R`, `TD` or 退订 takes back the consent to marketing.
#[utoipa::path(post, path = "/v1/sms-replies", request_body = SmsReply, responses((status = 204)), security(("signed_call" = [])))]
async fn reply(State(ctx): State<Ctx>, headers: HeaderMap, body: Bytes) -> Result<Response> {
    let secret = &ctx.config.sms.receipt_secret;
    http::verify(secret, &headers, &body, ctx.clock.now_ms())?;
    let SmsReply {
        reply,
        institution,
        from,
        text,
    } = http::parse(&body)?;
    let plain = |c: char| c.is_ascii_alphanumeric() || "._:-".contains(c);
    if !(1..=REPLY_CHARS_MAX).contains(&reply.len()) || !reply.chars().all(plain) {
        return Err(Error::field(
            "reply",
            "malformed",
            "1 至 64 个字母、数字或 ._:-。",
            "1 to 64 letters, digits or ._:-.",
        ));
    }
    if text.chars().count() > TEXT_CHARS_MAX {
        return Err(Error::field(
            "text",
            "text_length",
            "不超过 1000 个字。",
            "At most 1,000 characters.",
        ));
    }
    let from = vault::mobile(from.expose()).ok_or_else(|| {
        Error::field(
            "from",
            "phone_format",
            "手机号应为 11 位数字，以 1 开头，可带 +86。",
            "A mobile number has 11 digits and begins with 1; +86 may stand before it.",
        )
    })?;
    let institution = InstitutionId::parse(&institution)?;
    ledger::retrying(|| replies::take(&ctx, &institution, &reply, &from, &text)).await?;
    Ok(no_content())
}
