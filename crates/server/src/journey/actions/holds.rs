//! Stopping a journey's money, letting it go again, and calling the loan off.

use super::money::LOANS_MAX;
use super::parties::PARTIES_MAX;
use crate::contacts;
use crate::ctx::Ctx;
use crate::disbursement::{self, Revoked};
use crate::error::Result;
use crate::journey::facts::{Cancelled, HoldLifted, HoldPlaced};
use crate::journey::holds::{HOLDS_MAX, Hold, HoldId};
use crate::journey::kind::Kind;
use crate::journey::model::Refused;
use crate::journey::{JourneyId, store};
use crate::ledger::{self, Fact, Seat};
use crate::signing::{self, Ended};

const WORDS_CHARS: std::ops::RangeInclusive<usize> = 4..=200;

/// Stops the money of a journey, and of every loan that rests on it, until somebody else lifts the hold; tokens that are out
/// count no more.
pub async fn place_hold(ctx: &Ctx, seat: &Seat, id: &JourneyId, words: &str) -> Result<()> {
    let words = words.trim();
    let fits = WORDS_CHARS.contains(&words.chars().count()) && !words.chars().any(char::is_control);
    if !fits || disbursement::tells_numbers(words) {
        return Err(Refused::HoldReason.into());
    }
    let mut tx = ledger::begin(ctx, seat).await?;
    let journey = store::lock(&tx, id).await?;
    if store::is_forgotten(&tx, id).await? {
        return Err(Refused::Forgotten.into());
    }
    if store::standing(&tx, id).await? >= HOLDS_MAX {
        return Err(Refused::TooManyHolds.into());
    }
    let hold = Hold {
        id: HoldId::fresh(tx.now_ms(), &ctx.random),
        words: words.to_owned(),
        placed_by: seat.id.clone(),
        placed_at_ms: tx.now_ms(),
        lifted_by: None,
        lifted_at_ms: None,
    };
    store::insert_hold(&mut tx, id, &hold).await?;
    // Not locked: whoever issues a token holds this journey, so its token is seen here or waits for the hold.
    for loan in store::resting_on(&tx, &journey, LOANS_MAX).await? {
        let case = loan.id.as_str();
        disbursement::revoke(&mut tx, case, &loan.subject, Revoked::Stopped).await?;
    }
    let fact = HoldPlaced {
        hold: hold.id.as_str(),
        words_digest: &proof::hex::encode(&proof::digest::sha256(words.as_bytes())),
    };
    ledger::commit(tx, Fact::of(id, &fact)?.about(&journey.subject)).await
}

/// Lifts a hold that somebody else placed.
pub async fn lift_hold(ctx: &Ctx, seat: &Seat, id: &JourneyId, hold: &HoldId) -> Result<()> {
    let mut tx = ledger::begin(ctx, seat).await?;
    let journey = store::lock(&tx, id).await?;
    let hold = store::lock_hold(&tx, id, hold)
        .await?
        .lift(&seat.id, tx.now_ms())?;
    store::save_hold(&mut tx, &hold).await?;
    let fact = HoldLifted {
        hold: hold.id.as_str(),
    };
    ledger::commit(tx, Fact::of(id, &fact)?.about(&journey.subject)).await
}

/// Calls a loan off before the money moved, at no cost; a token that is out is revoked first. Nobody answers for it any
/// more either. Again changes nothing.
pub async fn cancel(ctx: &Ctx, seat: &Seat, id: &JourneyId) -> Result<()> {
    let mut tx = ledger::begin(ctx, seat).await?;
    let journey = store::lock(&tx, id).await?;
    if journey.kind == Kind::Line || journey.kind.is_party() {
        return Err(Refused::NoLoan.into());
    }
    let Some(cancelled) = journey.cancel(tx.now_ms())? else {
        return Ok(());
    };
    disbursement::revoke(&mut tx, id.as_str(), &cancelled.subject, Revoked::Cancelled).await?;
    let mut ended = vec![cancelled];
    for party in store::parties_of(&tx, id, PARTIES_MAX).await? {
        let party = store::lock(&tx, &party.id).await?;
        // Whose own time was over has nothing left to call off.
        if let Ok(Some(party)) = party.cancel(tx.now_ms()) {
            ended.push(party);
        }
    }
    for one in &ended {
        signing::supersede(&mut tx, one.id.as_str(), Ended::Cancelled).await?;
        store::save(&mut tx, one).await?;
        contacts::end_of_case(&mut tx, one.id.as_str()).await?;
        let fact = Cancelled {
            terms_digest: one.terms_digest.as_deref(),
        };
        tx.record(Fact::of(&one.id, &fact)?.about(&one.subject));
    }
    ledger::commit_recorded(tx).await
}
