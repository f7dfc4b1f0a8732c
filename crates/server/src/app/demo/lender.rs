//! The lender's own backend, as far as the demo needs one: it decides about the demo's borrowers once it is its turn.
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
enum Turn {
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
async fn look(ctx: &Ctx, demo: &Demo, link: &DemoLink) -> reqwest::Result<Turn> {
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
    if !missing.contains(&"credit_not_decided") || journey["state"] == "expired" {
        return Ok(Turn::Over);
    }
    // Steps are missed in their order: it is the lender's turn when nothing is missed before its own.
    if missing.first() != Some(&"credit_not_decided") {
        return Ok(Turn::NotYet);
    }
    let approval = json!({ "ruling": "approved", "made": "automatically", "limit": LIMIT });
    ctx.http
        .post(format!("{address}/decision"))
        .bearer_auth(&key.key)
        .json(&approval)
        .send()
        .await?
        .error_for_status()?;
    Ok(Turn::Over)
}
