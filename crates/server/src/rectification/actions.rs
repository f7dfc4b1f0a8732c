//! Verbs: opened by whoever found it, done by whoever is responsible, accepted or given back by somebody else.

use jiff::civil::Date;

use super::facts::{Accepted, Done, Opened, Reassigned, Returned};
use super::model::{
    Money, Rectification, RectificationId, Said, Severity, State, digest, words_fit,
};
use super::refusal::Refused;
use super::store;
use crate::access::{self, Right, Staff};
use crate::clock;
use crate::ctx::Ctx;
use crate::error::{Error, Result};
use crate::inspection;
use crate::journey::{self, HoldId, JourneyId};
use crate::ledger::{self, Fact, Sworn, Tx};

/// A finding, on a draw, on a loan, or on one protection of it.
#[derive(Clone, Debug)]
pub struct New {
    pub draw: Option<String>,
    pub journey: Option<String>,
    pub column: Option<String>,
    pub severity: Severity,
    pub words: String,
    /// Id of a colleague.
    pub responsible: String,
    pub due: Date,
    /// On a loan only, and by whoever may stop money.
    pub money: Money,
}

/// As whom this room stops money, and why.
const ROOM: &str = "rectification";
const FINDING: &str = "finding";

fn said(tx: &Tx, words: &str) -> Said {
    Said {
        words: words.trim().to_owned(),
        by: tx.seat().id.clone(),
        at_ms: tx.now_ms(),
    }
}

/// A fact of a finding; of one on a journey, its body goes with that person's data.
async fn of(tx: &Tx, found: &Rectification, sworn: &impl Sworn) -> Result<Fact> {
    let fact = Fact::of(&found.id, sworn)?;
    let Some(journey) = &found.journey else {
        return Ok(fact);
    };
    let journey = journey::known(tx, &JourneyId::parse(journey)?).await?;
    Ok(fact.about(&journey.subject))
}

/// Whether a finding is on a loan whose person was destroyed.
async fn is_forgotten(tx: &Tx, journey: Option<&str>) -> Result<bool> {
    let ids: Vec<&str> = journey.into_iter().collect();
    journey::any_destroyed(tx, &ids).await
}

/// What is kept of a finding when something was said: no words where nobody would take them out again.
async fn kept(tx: &Tx, found: Rectification) -> Result<Rectification> {
    let forgotten = is_forgotten(tx, found.journey.as_deref()).await?;
    Ok(if forgotten { found.hush() } else { found })
}

fn unknown(path: &str) -> Error {
    Error::field(
        path,
        "unknown_value",
        "没有这个选项。",
        "There is no such value.",
    )
}

/// Opens a finding.
pub async fn open(ctx: &Ctx, staff: &Staff, new: &New) -> Result<Rectification> {
    staff.must(Right::OpenRectifications)?;
    if new.money == Money::Stops {
        staff.must(Right::HoldJourneys)?;
    }
    words_fit(new.words.trim())?;
    if new.draw.is_none() && new.journey.is_none() {
        return Err(unknown("journey"));
    }
    if let Some(column) = &new.column
        && (new.journey.is_none() || !journey::columns().iter().any(|one| one.code == *column))
    {
        return Err(unknown("column"));
    }
    let mut tx = ledger::begin(ctx, &staff.seat()).await?;
    Rectification::due_fits(new.due, clock::civil_date(tx.now_ms()))?;
    if let Some(draw) = &new.draw {
        inspection::exists(&tx, draw).await?;
    }
    if let Some(journey) = &new.journey {
        journey::exists(&tx, journey).await?;
    }
    if is_forgotten(&tx, new.journey.as_deref()).await? {
        return Err(Refused::Forgotten.into());
    }
    if !access::may(&tx, &new.responsible, Right::HandleRectifications).await? {
        return Err(Refused::ResponsibleUnfit.into());
    }
    let id = RectificationId::fresh(tx.now_ms(), &ctx.random);
    let hold = match (new.money, &new.journey) {
        (Money::Runs, _) => None,
        (Money::Stops, Some(journey)) => Some(stop(&mut tx, journey, &id).await?),
        (Money::Stops, None) => return Err(unknown("money")),
    };
    let found = Rectification {
        id,
        draw: new.draw.clone(),
        journey: new.journey.clone(),
        column: new.column.clone(),
        severity: new.severity,
        found: said(&tx, &new.words),
        responsible: new.responsible.clone(),
        hold: hold.map(|hold| hold.to_string()),
        due: new.due,
        state: State::Open,
        done: None,
        done_digest: None,
        returned: None,
        accepted_by: None,
        accepted_at_ms: None,
        version: 1,
    };
    store::insert(&mut tx, &found).await?;
    let fact = Opened {
        draw: found.draw.as_deref(),
        journey: found.journey.as_deref(),
        column: found.column.as_deref(),
        severity: found.severity,
        responsible: &found.responsible,
        due: found.due.to_string(),
        words_digest: &digest(&found.found.words),
        hold: found.hold.as_deref(),
    };
    let fact = of(&tx, &found, &fact).await?;
    ledger::commit(tx, fact).await?;
    Ok(found)
}

/// Stops the money of a loan until the finding is accepted.
async fn stop(tx: &mut Tx, journey: &str, finding: &RectificationId) -> Result<HoldId> {
    let journey = JourneyId::parse(journey)?;
    let hold = journey::hold_for(tx, &journey, ROOM, FINDING, finding.as_str()).await?;
    // Asked under the journey's lock: a payment is seen here, or waits for the hold.
    match journey::known(tx, &journey).await?.paid_at_ms {
        Some(_) => Err(Refused::MoneyMoved.into()),
        None => Ok(hold),
    }
}

/// Gives a finding to another colleague, as where the responsible one left.
pub async fn reassign(
    ctx: &Ctx,
    staff: &Staff,
    id: &RectificationId,
    responsible: &str,
) -> Result<Rectification> {
    staff.must(Right::OpenRectifications)?;
    let mut tx = ledger::begin(ctx, &staff.seat()).await?;
    let found = store::lock(&tx, id).await?.hand(responsible)?;
    if !access::may(&tx, responsible, Right::HandleRectifications).await? {
        return Err(Refused::ResponsibleUnfit.into());
    }
    store::save(&mut tx, &found).await?;
    let fact = of(&tx, &found, &Reassigned { responsible }).await?;
    ledger::commit(tx, fact).await?;
    Ok(found)
}

/// Says that a finding is put right; somebody else is to agree.
pub async fn done(
    ctx: &Ctx,
    staff: &Staff,
    id: &RectificationId,
    words: &str,
) -> Result<Rectification> {
    staff.must(Right::HandleRectifications)?;
    let mut tx = ledger::begin(ctx, &staff.seat()).await?;
    let found = store::lock(&tx, id).await?.finish(said(&tx, words))?;
    let found = kept(&tx, found).await?;
    store::save(&mut tx, &found).await?;
    let fact = Done {
        words_digest: &digest(words.trim()),
    };
    let fact = of(&tx, &found, &fact).await?;
    ledger::commit(tx, fact).await?;
    Ok(found)
}

/// Agrees with what somebody else did; a hold that the finding placed is lifted.
pub async fn accept(
    ctx: &Ctx,
    staff: &Staff,
    id: &RectificationId,
    seen: i64,
) -> Result<Rectification> {
    staff.must(Right::AcceptRectifications)?;
    let mut tx = ledger::begin(ctx, &staff.seat()).await?;
    let found = store::lock(&tx, id).await?;
    let found = found.accept(&tx.seat().id, seen, tx.now_ms())?;
    store::save(&mut tx, &found).await?;
    if let (Some(journey), Some(hold)) = (&found.journey, &found.hold) {
        let (journey, hold) = (JourneyId::parse(journey)?, HoldId::parse(hold)?);
        journey::lift_for(&mut tx, &journey, &hold, ROOM).await?;
    }
    let of_words = || found.done.as_ref().map(|done| digest(&done.words));
    let words = found.done_digest.clone().or_else(of_words);
    let fact = Accepted {
        words_digest: &words.unwrap_or_default(),
    };
    let fact = of(&tx, &found, &fact).await?;
    ledger::commit(tx, fact).await?;
    Ok(found)
}

/// Gives back what somebody else did, and says why.
pub async fn give_back(
    ctx: &Ctx,
    staff: &Staff,
    id: &RectificationId,
    (seen, words): (i64, &str),
) -> Result<Rectification> {
    staff.must(Right::AcceptRectifications)?;
    let mut tx = ledger::begin(ctx, &staff.seat()).await?;
    let found = store::lock(&tx, id).await?;
    let found = kept(&tx, found.give_back(said(&tx, words), seen)?).await?;
    store::save(&mut tx, &found).await?;
    let fact = Returned {
        words_digest: &digest(words.trim()),
    };
    let fact = of(&tx, &found, &fact).await?;
    ledger::commit(tx, fact).await?;
    Ok(found)
}
