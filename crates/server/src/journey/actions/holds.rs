//! Stopping a journey's money, letting it go again, and calling the loan off.

use super::money::LOANS_MAX;
use super::parties::PARTIES_MAX;
use crate::contacts;
use crate::ctx::Ctx;
use crate::disbursement::{self, Revoked};
use crate::error::Result;
use crate::journey::facts::{Cancelled, HoldLifted, HoldPlaced};
use crate::journey::holds::{self, HOLDS_MAX, Hold, HoldId};
use crate::journey::kind::Kind;
use crate::journey::model::{Journey, Refused, State};
use crate::journey::{JourneyId, store};
use crate::ledger::{self, Changed, Fact, Seat, Tx};
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
    stop(&mut tx, &journey, words, (&seat.id, None)).await?;
    ledger::commit_recorded(tx).await
}

/// Places a hold on a locked journey; tokens that are out count no more.
async fn stop(
    tx: &mut Tx,
    journey: &Journey,
    words: &str,
    (placed_by, about): (&str, Option<&str>),
) -> Result<HoldId> {
    let hold = Hold {
        id: HoldId::fresh(tx.now_ms(), &tx.ctx().random),
        words: words.to_owned(),
        about: about.map(str::to_owned),
        placed_by: placed_by.to_owned(),
        placed_at_ms: tx.now_ms(),
        lifted_by: None,
        lifted_at_ms: None,
    };
    store::insert_hold(tx, &journey.id, &hold).await?;
    // Not locked: whoever issues a token holds this journey, so its token is seen here or waits for the hold.
    for loan in store::resting_on(tx, journey, LOANS_MAX).await? {
        let case = loan.id.as_str();
        disbursement::revoke(tx, case, &loan.subject, Revoked::Stopped).await?;
    }
    let fact = HoldPlaced {
        hold: hold.id.as_str(),
        words_digest: &proof::hex::encode(&proof::digest::sha256(words.as_bytes())),
    };
    tx.record(Fact::of(&journey.id, &fact)?.about(&journey.subject));
    Ok(hold.id)
}

/// Stops the money of a journey for another room, which knows a reason against it, in that room's own transaction: a
/// complaint, a risk, a finding. The same room, reason and `about` again answer the hold that stands; two things that each stop
/// the loan are two holds, and the end of one leaves the other.
///
/// `room` and `reason` are codes (`complaint`, `fraud_suspected`), `about` is an id of the room's own; none of them is
/// anybody's data. No count bounds these: a room that must stop a loan always may. The caller commits.
pub async fn hold_for(
    tx: &mut Tx,
    id: &JourneyId,
    room: &'static str,
    reason: &'static str,
    about: &str,
) -> Result<HoldId> {
    let journey = store::lock(tx, id).await?;
    if store::is_forgotten(tx, id).await? {
        return Err(Refused::Forgotten.into());
    }
    let placed_by = holds::of_room(room);
    match store::standing_of(tx, id, &placed_by, (reason, about)).await? {
        Some(known) => Ok(known),
        None => stop(tx, &journey, reason, (&placed_by, Some(about))).await,
    }
}

/// Lifts what [`hold_for`] placed, by the room that placed it; nothing changes where it was lifted before.
pub async fn lift_for(
    tx: &mut Tx,
    id: &JourneyId,
    hold: &HoldId,
    room: &'static str,
) -> Result<Changed> {
    let journey = store::lock(tx, id).await?;
    let hold = store::lock_hold(tx, id, hold).await?;
    if hold.lifted_at_ms.is_some() {
        return Ok(Changed::No);
    }
    let hold = hold.lift_for(&holds::of_room(room), tx.now_ms())?;
    store::save_hold(tx, &hold).await?;
    let fact = HoldLifted {
        hold: hold.id.as_str(),
    };
    tx.record(Fact::of(id, &fact)?.about(&journey.subject));
    Ok(Changed::Yes)
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
    if journey.kind == Kind::Change && journey.state == State::Completed {
        return Err(Refused::ChangeInForce.into());
    }
    match cancel_now(&mut tx, journey).await? {
        Changed::Yes => ledger::commit_recorded(tx).await,
        Changed::No => Ok(()),
    }
}

/// Calls off a locked journey.
pub(super) async fn cancel_now(tx: &mut Tx, journey: Journey) -> Result<Changed> {
    let Some(cancelled) = journey.cancel(tx.now_ms())? else {
        return Ok(Changed::No);
    };
    let fact = cancelled_fact(&cancelled)?;
    call_off(tx, cancelled, fact).await?;
    Ok(Changed::Yes)
}

fn cancelled_fact(journey: &Journey) -> Result<Fact> {
    let fact = Cancelled {
        terms_digest: journey.terms_digest.as_deref(),
    };
    Ok(Fact::of(&journey.id, &fact)?.about(&journey.subject))
}

/// Ends a journey by a fact of its own, and with it those of whoever answers for its loan.
pub(super) async fn call_off(tx: &mut Tx, ended: Journey, fact: Fact) -> Result<()> {
    let (id, now_ms) = (ended.id.clone(), tx.now_ms());
    disbursement::revoke(tx, id.as_str(), &ended.subject, Revoked::Cancelled).await?;
    end(tx, &ended, fact).await?;
    for party in store::parties_of(tx, &id, PARTIES_MAX).await? {
        let party = store::lock(tx, &party.id).await?;
        // Whose own time was over has nothing left to call off.
        if let Ok(Some(party)) = party.cancel(now_ms) {
            let fact = cancelled_fact(&party)?;
            end(tx, &party, fact).await?;
        }
    }
    Ok(())
}

async fn end(tx: &mut Tx, ended: &Journey, fact: Fact) -> Result<()> {
    let case = ended.id.as_str();
    signing::supersede(tx, case, Ended::Cancelled).await?;
    store::save(tx, ended).await?;
    contacts::end_of_case(tx, case).await?;
    tx.record(fact);
    Ok(())
}
