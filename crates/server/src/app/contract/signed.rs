//! Receivers of calls that are signed as Standard Webhooks wants it: events, and items for partners.

use serde_json::{Value, json};
use url::Url;

use crate::clock;
use crate::ctx::Ctx;
use crate::error::Result;
use crate::http;
use crate::id;
use crate::identity::Kept;
use crate::outward::{self, Outcome};

/// What a receiver is sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Body {
    Event,
    Items,
}

/// Older than any receiver may accept: five minutes are allowed.
const STALE_MS: i64 = 600_000;

/// A key that nobody agreed upon.
const STRANGE: &str = "whsec_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=";

impl Body {
    fn of(self, ctx: &Ctx, id: &str, now_ms: i64) -> Value {
        let fresh = |prefix: &str| format!("{prefix}_{}", id::body(now_ms, &ctx.random));
        match self {
            Self::Event => json!({
                "type": "journey.completed",
                "timestamp": clock::timestamp(now_ms).to_string(),
                "data": { "institution": fresh("ins"), "id": fresh("jny"), "entry": 0 },
            }),
            Self::Items => json!({
                "v": 1,
                "provision": id,
                "consent": fresh("cns"),
                "journey": fresh("jny"),
                "items": { "name": "周桂兰", "phone": "10000000062" },
                "nonce": fresh("non"),
            }),
        }
    }

    fn prefix(self) -> &'static str {
        match self {
            Self::Event => "evt",
            Self::Items => "prv",
        }
    }
}

/// One call, right or wrong in one way.
struct Call {
    id: String,
    secret: String,
    at_ms: i64,
    signed: Vec<u8>,
    sent: Vec<u8>,
}

/// Tries every clause with one receiver.
pub async fn contract(ctx: &Ctx, url: &str, secret: &str, body: Body) -> Result<Vec<Kept>> {
    let Ok(url) = outward::parse(url, ctx.config.contract_reach()) else {
        return Ok(vec![("signed_accepts", Err("url_unfit"))]);
    };
    if http::sign(&[secret], "id", 0, b"").is_err() {
        return Ok(vec![("signed_accepts", Err("secret_malformed"))]);
    }
    let call = || {
        let now_ms = ctx.clock.now_ms();
        let id = format!("{}_{}", body.prefix(), id::body(now_ms, &ctx.random));
        let bytes = body.of(ctx, &id, now_ms).to_string().into_bytes();
        Call {
            id,
            secret: secret.to_owned(),
            at_ms: now_ms,
            signed: bytes.clone(),
            sent: bytes,
        }
    };
    let right = call();
    let mut forged = call();
    STRANGE.clone_into(&mut forged.secret);
    let mut stale = call();
    stale.at_ms -= STALE_MS;
    let mut changed = call();
    changed.sent.push(b' ');
    Ok(vec![
        ("signed_accepts", accepted(send(ctx, &url, &right).await?)),
        ("signed_repeats", accepted(send(ctx, &url, &right).await?)),
        ("signed_forged", refused(send(ctx, &url, &forged).await?)),
        ("signed_changed", refused(send(ctx, &url, &changed).await?)),
        ("signed_stale", refused(send(ctx, &url, &stale).await?)),
    ])
}

async fn send(ctx: &Ctx, url: &Url, call: &Call) -> Result<Outcome> {
    let signature = http::sign(&[&call.secret], &call.id, call.at_ms, &call.signed)?;
    let headers = [
        ("webhook-id", call.id.clone()),
        ("webhook-timestamp", (call.at_ms / 1_000).to_string()),
        ("webhook-signature", signature),
    ];
    outward::post(url, headers, call.sent.clone(), ctx.config.contract_reach()).await
}

fn accepted(outcome: Outcome) -> std::result::Result<(), &'static str> {
    match outcome {
        Outcome::Answered(200..=299) => Ok(()),
        Outcome::Answered(_) => Err("not_accepted"),
        Outcome::Failed(why) => Err(why),
    }
}

/// A clear no; whoever breaks down hasn't refused anything.
fn refused(outcome: Outcome) -> std::result::Result<(), &'static str> {
    match outcome {
        Outcome::Answered(400..=499) => Ok(()),
        Outcome::Answered(200..=299) => Err("stranger_answered"),
        Outcome::Answered(_) => Err("answer_status"),
        Outcome::Failed(why) => Err(why),
    }
}
