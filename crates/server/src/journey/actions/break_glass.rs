//! Releasing money although protections are missing: asked by one, agreed to by another, used once.

use crate::access::{self, Right, StaffId};
use crate::clock::DAY_MS;
use crate::ctx::Ctx;
use crate::disbursement::{self, Refused as Unbooked};
use crate::error::Result;
use crate::journey::break_glass::{ASKED_MAX, BreakGlass, BreakGlassId};
use crate::journey::facts::{BreakGlassAgreed, BreakGlassAsked, BreakGlassRefused};
use crate::journey::model::Refused;
use crate::journey::release::{self, Decision, Denied};
use crate::journey::{JourneyId, store};
use crate::ledger::{self, Fact, Seat, Tx};

const WORDS_CHARS: std::ops::RangeInclusive<usize> = 4..=200;

/// Asks that a booked loan be released although exactly these protections are missing.
pub async fn ask_break_glass(
    ctx: &Ctx,
    seat: &Seat,
    id: &JourneyId,
    missing: &[String],
    words: &str,
) -> Result<BreakGlassId> {
    let words = words.trim();
    let fits = WORDS_CHARS.contains(&words.chars().count()) && !words.chars().any(char::is_control);
    if !fits || disbursement::tells_numbers(words) {
        return Err(Refused::HoldReason.into());
    }
    let mut tx = ledger::begin(ctx, seat).await?;
    let journey = store::lock(&tx, id).await?;
    let since_ms = tx.now_ms() - DAY_MS;
    if store::asked_break_glasses(&tx, id, since_ms).await? >= ASKED_MAX {
        return Err(Refused::BreakGlassTooOften.into());
    }
    let answer = release::ask(ctx, &tx, &journey, None).await?;
    if answer.decision == Decision::Allowed {
        return Err(Refused::NothingMissing.into());
    }
    let fixed = release::fixed(&answer.missing);
    if !fixed.is_empty() {
        return Err(Denied(fixed).into());
    }
    let mut named = missing.to_vec();
    named.sort();
    named.dedup();
    if named != release::codes(&answer.missing) {
        return Err(Refused::MissingOtherwise.into());
    }
    let terms_digest = journey.terms_digest.clone().ok_or(Unbooked::NotBooked)?;
    disbursement::must_be_booked(&tx, id.as_str(), &terms_digest).await?;
    let asked = BreakGlass {
        id: BreakGlassId::fresh(tx.now_ms(), &ctx.random),
        journey: id.clone(),
        terms_digest,
        missing: named,
        words: words.to_owned(),
        asked_by: seat.id.clone(),
        asked_at_ms: tx.now_ms(),
        agreed_by: None,
        agreed_at_ms: None,
        refused_by: None,
        refused_at_ms: None,
        used_at_ms: None,
        version: 1,
    };
    store::insert_break_glass(&mut tx, &asked).await?;
    let fact = BreakGlassAsked {
        decision: asked.id.as_str(),
        terms_digest: &asked.terms_digest,
        missing: &asked.missing,
        words_digest: &proof::hex::encode(&proof::digest::sha256(words.as_bytes())),
    };
    let fact = Fact::of(id, &fact)?.about(&journey.subject);
    ledger::commit(tx, fact).await?;
    Ok(asked.id)
}

/// Agrees to what a colleague asked for.
pub async fn agree_break_glass(
    ctx: &Ctx,
    seat: &Seat,
    id: &JourneyId,
    glass: &BreakGlassId,
) -> Result<()> {
    let mut tx = ledger::begin(ctx, seat).await?;
    let journey = store::lock(&tx, id).await?;
    let asked = store::lock_break_glass(&tx, id, glass).await?;
    let agreed = asked.agree(&seat.id, tx.now_ms())?;
    if !both_stand(&tx, &agreed).await? {
        return Err(Refused::BreakGlassFallen.into());
    }
    store::save_break_glass(&mut tx, &agreed).await?;
    let fact = BreakGlassAgreed {
        decision: agreed.id.as_str(),
        missing: &agreed.missing,
    };
    ledger::commit(tx, Fact::of(id, &fact)?.about(&journey.subject)).await
}

/// Whether whoever asked and whoever agreed are still there and still may: a decision falls with the standing of either.
pub async fn both_stand(tx: &Tx, one: &BreakGlass) -> Result<bool> {
    let mut both: Vec<&String> = [&one.asked_by].into_iter().chain(&one.agreed_by).collect();
    // Locked in one order, so that two decisions don't wait for each other.
    both.sort();
    for by in both {
        if !access::stands(tx, &StaffId::parse(by)?, Right::BreakGlass).await? {
            return Ok(false);
        }
    }
    Ok(true)
}

/// Takes back what one asked for, or says no to what a colleague asked for.
pub async fn refuse_break_glass(
    ctx: &Ctx,
    seat: &Seat,
    id: &JourneyId,
    glass: &BreakGlassId,
) -> Result<()> {
    let mut tx = ledger::begin(ctx, seat).await?;
    let journey = store::lock(&tx, id).await?;
    let asked = store::lock_break_glass(&tx, id, glass).await?;
    let refused = asked.refuse(&seat.id, tx.now_ms())?;
    store::save_break_glass(&mut tx, &refused).await?;
    let fact = BreakGlassRefused {
        decision: refused.id.as_str(),
    };
    ledger::commit(tx, Fact::of(id, &fact)?.about(&journey.subject)).await
}
