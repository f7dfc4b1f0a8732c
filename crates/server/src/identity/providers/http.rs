//! A provider behind HTTPS. The contract stands in docs/adapters.md.

use std::time::Duration;

use hmac::{Hmac, KeyInit as _, Mac as _};
use reqwest::StatusCode;
use serde::{Deserialize, Serialize};
use sha2::Sha256;
use subtle::ConstantTimeEq as _;
use zeroize::Zeroizing;

use super::super::model::{Answer, Reason};
use super::{Question, Reply};
use crate::config::IdentityProvider;
use crate::ctx::Ctx;
use crate::vault::Private;

const SIGNATURE: &str = "x-xiaobao-signature";
/// An answer is three short fields; whatever is longer is none.
const ANSWER_BYTES_MAX: usize = 4_096;

#[derive(Serialize)]
struct Asked<'a> {
    v: u32,
    check: &'a str,
    method: &'a str,
    name: &'a str,
    id_number: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    phone: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    bank_card: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    session: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    bound_to: Option<&'a str>,
}

#[derive(Deserialize)]
struct Answered {
    check: String,
    answer: Answer,
    reason: Option<String>,
}

/// Why an answer is none.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unheard {
    /// Nobody answered in time.
    Silent,
    Status(u16),
    TooLong,
    Forged,
    Form,
    /// It is about another question.
    OtherCheck,
}

impl Unheard {
    /// Stable.
    pub fn code(self) -> &'static str {
        match self {
            Self::Silent => "no_answer",
            Self::Status(_) => "answer_status",
            Self::TooLong => "answer_too_long",
            Self::Forged => "answer_signature",
            Self::Form => "answer_form",
            Self::OtherCheck => "answer_other_check",
        }
    }
}

/// Asks once. A refusal of the question itself is final; everything else unreadable may be asked again.
pub async fn reply(
    ctx: &Ctx,
    provider: &IdentityProvider,
    timeout_seconds: u64,
    question: &Question,
) -> Reply {
    let heard = hear(ctx, provider, timeout_seconds, question).await;
    heard.unwrap_or_else(|why| {
        let check = question.check.as_str();
        tracing::warn!(check, provider = provider.name, ?why, "no readable answer");
        Reply::Nothing
    })
}

/// As [`reply`], with what was wrong about an answer that is none.
pub async fn hear(
    ctx: &Ctx,
    provider: &IdentityProvider,
    timeout_seconds: u64,
    question: &Question,
) -> Result<Reply, Unheard> {
    let check = question.check.as_str();
    let clear = |item: &'_ Option<Private<String>>| item.as_ref().map(|p| p.expose().clone());
    let (phone, card) = (
        Zeroizing::new(clear(&question.phone).unwrap_or_default()),
        Zeroizing::new(clear(&question.bank_card).unwrap_or_default()),
    );
    let asked = Asked {
        v: 1,
        check,
        method: question.method.as_str(),
        name: question.name.expose(),
        id_number: question.id_number.expose(),
        phone: question.phone.is_some().then_some(phone.as_str()),
        bank_card: question.bank_card.is_some().then_some(card.as_str()),
        session: question.session.as_deref(),
        bound_to: question.bound_to.as_deref(),
    };
    let body = serde_json::to_vec(&asked).map_err(|_| Unheard::Form)?;
    let mut request = ctx
        .http
        .post(&provider.url)
        .timeout(Duration::from_secs(timeout_seconds))
        .bearer_auth(&provider.token)
        .header("content-type", "application/json")
        .header("idempotency-key", check);
    if !provider.secret.is_empty() {
        request = request.header(SIGNATURE, signature(&provider.secret, check, &body));
    }
    let answer = request.body(body).send().await;
    read(answer.map_err(|_| Unheard::Silent)?, provider, check).await
}

/// Reads an answer; what is wrong with it is told without repeating any of it.
async fn read(
    mut answer: reqwest::Response,
    provider: &IdentityProvider,
    check: &str,
) -> Result<Reply, Unheard> {
    let status = answer.status();
    let passing = [StatusCode::REQUEST_TIMEOUT, StatusCode::TOO_MANY_REQUESTS];
    if status.is_client_error() && !passing.contains(&status) {
        return Ok(Reply::Said(Answer::Unknown, Some(Reason::Rejected)));
    }
    if status != StatusCode::OK {
        return Err(Unheard::Status(status.as_u16()));
    }
    let signed = answer.headers().get(SIGNATURE).cloned();
    let mut body = Vec::new();
    while let Some(chunk) = answer.chunk().await.map_err(|_| Unheard::Silent)? {
        body.extend_from_slice(&chunk);
        if body.len() > ANSWER_BYTES_MAX {
            return Err(Unheard::TooLong);
        }
    }
    if !provider.secret.is_empty() {
        let right = signature(&provider.secret, check, &body);
        let given = signed.as_ref().map_or(&[][..], |value| value.as_bytes());
        if !bool::from(given.ct_eq(right.as_bytes())) {
            return Err(Unheard::Forged);
        }
    }
    let said: Answered = serde_json::from_slice(&body).map_err(|_| Unheard::Form)?;
    if said.check != check {
        return Err(Unheard::OtherCheck);
    }
    let reason = said
        .reason
        .map(|reason| Reason::parse(&reason).unwrap_or(Reason::Other));
    Ok(Reply::Said(said.answer, reason))
}

/// `v1=` and HMAC-SHA-256, hex, over the check's id, a full stop, and the body: an answer to another check proves nothing.
fn signature(secret: &str, check: &str, body: &[u8]) -> String {
    let mut mac =
        Hmac::<Sha256>::new_from_slice(secret.as_bytes()).expect("HMAC takes keys of any length");
    mac.update(check.as_bytes());
    mac.update(b".");
    mac.update(body);
    format!("v1={}", proof::hex::encode(&mac.finalize().into_bytes()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_signature_binds_the_body_to_its_check() {
        let signed = signature("secret", "chk_1", b"{}");
        assert_eq!(
            signed,
            "v1=073a2de21dc012d8a8ba96d0a1b46d8a53bf692788a93c455342cfcfeef6b286"
        );
        assert_ne!(signed, signature("secret", "chk_2", b"{}"));
        assert_ne!(signed, signature("secret", "chk_1", b"{ }"));
        assert_ne!(signed, signature("other", "chk_1", b"{}"));
    }
}
