//! Signed calls between systems, as the Standard Webhooks specification 1.0 wants them: an id, a time and the body
//! under HMAC-SHA-256.

use axum::http::HeaderMap;
use standardwebhooks::{
    HEADER_WEBHOOK_ID, HEADER_WEBHOOK_SIGNATURE, HEADER_WEBHOOK_TIMESTAMP, Webhook, WebhookError,
};
use subtle::ConstantTimeEq as _;

use crate::error::{Error, Kind, Refuse, Result, Text};

/// How far a signed time may lie from ours.
const TOLERANCE_SECONDS: i64 = 300;

/// Why a signed call is not believed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Forged {
    Missing,
    Wrong,
    OutOfTime,
}

impl Refuse for Forged {
    fn code(&self) -> &'static str {
        match self {
            Self::Missing => "signature_missing",
            Self::Wrong => "signature_wrong",
            Self::OutOfTime => "signature_out_of_time",
        }
    }
    fn kind(&self) -> Kind {
        Kind::Unauthenticated
    }
    fn text(&self) -> Text {
        match self {
            Self::Missing => Text::new(
                "缺少签名（webhook-id、webhook-timestamp、webhook-signature）。",
                "The signature is missing (webhook-id, webhook-timestamp, webhook-signature).",
            ),
            Self::Wrong => Text::new("签名不对。", "The signature is wrong."),
            Self::OutOfTime => Text::new(
                "签名时间与当前时间相差超过五分钟。",
                "The signed time is more than five minutes away.",
            ),
        }
    }
}

/// The value of `webhook-signature`: one signature for each secret that is live, so that a receiver may change over.
pub fn sign(secrets: &[&str], id: &str, at_ms: i64, body: &[u8]) -> Result<String> {
    let signed: Result<Vec<String>, WebhookError> = secrets
        .iter()
        .map(|secret| Webhook::new(secret)?.sign(id, at_ms / 1000, body))
        .collect();
    Ok(signed.map_err(internal)?.join(" "))
}

/// Refuses a call whose signature or time is not right for the secret.
pub fn verify(secret: &str, headers: &HeaderMap, body: &[u8], now_ms: i64) -> Result<()> {
    let header = |name: &str| {
        let value = headers.get(name).and_then(|value| value.to_str().ok());
        value.ok_or(Forged::Missing)
    };
    let id = header(HEADER_WEBHOOK_ID)?;
    let given = header(HEADER_WEBHOOK_SIGNATURE)?;
    let at = header(HEADER_WEBHOOK_TIMESTAMP)?;
    let at: i64 = at.parse().map_err(|_| Forged::Wrong)?;
    if secret.is_empty() {
        // None is agreed upon.
        return Err(Forged::Wrong.into());
    }
    let wanted = Webhook::new(secret)
        .and_then(|key| key.sign(id, at, body))
        .map_err(internal)?;
    let right = given.split(' ').fold(false, |found, one| {
        found | bool::from(one.as_bytes().ct_eq(wanted.as_bytes()))
    });
    if !right {
        return Err(Forged::Wrong.into());
    }
    if (now_ms / 1000).abs_diff(at) > TOLERANCE_SECONDS.unsigned_abs() {
        return Err(Forged::OutOfTime.into());
    }
    Ok(())
}

fn internal(cause: WebhookError) -> Error {
    Error::Internal(Box::new(cause))
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECRET: &str = "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD";
    const NOW_MS: i64 = 1_795_226_400_000;

    fn headers(id: &str, at: &str, signature: &str) -> HeaderMap {
        let mut all = HeaderMap::new();
        for (name, value) in [
            (HEADER_WEBHOOK_ID, id),
            (HEADER_WEBHOOK_TIMESTAMP, at),
            (HEADER_WEBHOOK_SIGNATURE, signature),
        ] {
            if !value.is_empty() {
                all.insert(name, value.parse().expect("a header"));
            }
        }
        all
    }

    #[test]
    fn only_the_right_secret_id_time_and_body_are_believed() {
        let other = "whsec_AAFVsBQIhrscChlQIMV+b5sSYspob7oD";
        let good = sign(&[other, SECRET], "evt_1", NOW_MS, b"{}").expect("a signature");
        let now = "1795226400";
        let code = |secret: &str, headers: HeaderMap, body: &[u8], now_ms: i64| match verify(
            secret, &headers, body, now_ms,
        ) {
            Ok(()) => "ok",
            Err(error) => error.code(),
        };
        let whole = || headers("evt_1", now, &good);
        assert_eq!(code(SECRET, whole(), b"{}", NOW_MS), "ok");
        assert_eq!(code(other, whole(), b"{}", NOW_MS + 299_000), "ok");
        assert_eq!(
            code(SECRET, whole(), b"{}", NOW_MS + 301_000),
            "signature_out_of_time"
        );
        assert_eq!(code(SECRET, whole(), b"{ }", NOW_MS), "signature_wrong");
        let third = "whsec_BBFVsBQIhrscChlQIMV+b5sSYspob7oD";
        assert_eq!(code(third, whole(), b"{}", NOW_MS), "signature_wrong");
        assert_eq!(code("", whole(), b"{}", NOW_MS), "signature_wrong");
        for (id, at, signature, wanted) in [
            ("evt_2", now, good.as_str(), "signature_wrong"),
            ("evt_1", "1795226401", &good, "signature_wrong"),
            ("evt_1", "soon", &good, "signature_wrong"),
            ("evt_1", now, "v1,", "signature_wrong"),
            ("evt_1", now, "", "signature_missing"),
            ("", now, &good, "signature_missing"),
        ] {
            assert_eq!(
                code(SECRET, headers(id, at, signature), b"{}", NOW_MS),
                wanted,
                "{id} {at} {signature}"
            );
        }
    }
}
