//! The lender's own backend, as far as the demo needs one: it decides about the demo's borrowers once it is its turn, and pays
//! them where the account is the lender's to name.
//!
//! It has nothing but what a lender has: a key, and the API as docs/api.md describes it.

use std::time::Duration;

use serde_json::{Value, json};

use super::{Demo, DemoLink};
use crate::clock;
use crate::config::Lender;
use crate::ctx::Ctx;

/// Short enough to wait for on the phone.
const LOOK: Duration = Duration::from_secs(3);
/// After an answer that made no sense.
const REST: Duration = Duration::from_secs(60);

/// What every borrower of the demo may draw, fen.
const LIMIT: i64 = 2_000_000;

/// How far one journey is for the lender.
pub(super) enum Turn {
    NotYet,
    Over,
}

/// Looks after every journey of the demo until each is decided.
pub async fn decides(ctx: Ctx, demo: Demo) {
    if ctx.config.demo.lender == Lender::Absent {
        return;
    }
    let mut open: Vec<&DemoLink> = demo.links.iter().collect();
    let mut pause = LOOK;
    while !open.is_empty() {
        clock::pause(pause).await;
        pause = LOOK;
        let mut still = Vec::new();
        for link in open {
            match look(&ctx, &demo, link).await {
                Ok(Turn::Over) => {}
                Ok(Turn::NotYet) => still.push(link),
                Err(cause) => {
                    let cause = cause.without_url();
                    tracing::warn!(%cause, journey = link.journey, "the demo's lender");
                    pause = REST;
                    still.push(link);
                }
            }
        }
        open = still;
    }
}

/// Asks how one journey stands, and decides where that is all it waits for.
pub(super) async fn look(ctx: &Ctx, demo: &Demo, link: &DemoLink) -> reqwest::Result<Turn> {
    let keys = &mut demo.api_keys.iter();
    let Some(key) = keys.find(|key| key.institution == link.institution) else {
        return Ok(Turn::Over);
    };
    let address = format!("{}/v1/journeys/{}", demo.url, link.journey);
    let answer = ctx.http.get(&address).bearer_auth(&key.key).send().await?;
    let journey: Value = answer.error_for_status()?.json().await?;
    let missing: Vec<&str> = journey["release"]["missing"]
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(|one| one["code"].as_str())
        .collect();
    if ["expired", "cancelled", "disbursed"]
        .contains(&journey["state"].as_str().unwrap_or_default())
    {
        return Ok(Turn::Over);
    }
    match missing.first() {
        None => pay(ctx, &address, &key.key, &journey).await,
        // Steps are missed in their order: it is the lender's turn when nothing is missed before its own.
        Some(&"credit_not_decided") => {
            let approval = json!({ "ruling": "approved", "made": "automatically", "limit": LIMIT });
            let decided = send(ctx, &format!("{address}/decision"), &key.key, &approval).await?;
            decided.error_for_status()?;
            Ok(Turn::NotYet)
        }
        Some(_) => Ok(Turn::NotYet),
    }
}

/// An account that no bank has.
const ACCOUNT: &str = "6222020200112233446";

/// Books what was confirmed and pays it out, once the booking is proved. A borrower who chose an account told it to nobody
/// but the page: the demo's lender doesn't know it, and leaves the money where it is.
async fn pay(ctx: &Ctx, address: &str, key: &str, journey: &Value) -> reqwest::Result<Turn> {
    let required = journey["required"].as_array();
    if required.is_some_and(|steps| steps.contains(&json!("drawdown"))) {
        return Ok(Turn::Over);
    }
    let (terms, number) = (&journey["terms"], &journey["reference"]);
    let booking = json!({
        "terms": terms, "net_amount": terms["principal"], "payee": { "account": ACCOUNT }, "loan_number": number
    });
    let booked = send(ctx, &format!("{address}/booking"), key, &booking).await?;
    booked.error_for_status()?;
    let released = send(ctx, &format!("{address}/release"), key, &Value::Null).await?;
    if !released.status().is_success() {
        return Ok(Turn::NotYet);
    }
    let token: Value = released.json().await?;
    let paid = json!({
        "token": token["token"], "net_amount": token["amount"], "payee": { "account": ACCOUNT },
        "paid_at_ms": ctx.clock.now_ms(), "payment_reference": format!("PAY-{}", number.as_str().unwrap_or_default())
    });
    let paid = send(ctx, &format!("{address}/disbursed"), key, &paid).await?;
    paid.error_for_status()?;
    Ok(Turn::Over)
}

/// Posts as the lender; the same address is asked for the same thing under the same key.
async fn send(
    ctx: &Ctx,
    address: &str,
    key: &str,
    body: &Value,
) -> reqwest::Result<reqwest::Response> {
    let request = ctx
        .http
        .post(address)
        .bearer_auth(key)
        .header("idempotency-key", address);
    match body {
        Value::Null => request.send().await,
        body => request.json(body).send().await,
    }
}
