//! A borrower asks: to give the money back, or to settle early. What they ask is what they saw.

use jiff::civil::Date;

use super::open::opened;
use crate::clock;
use crate::ctx::Ctx;
use crate::error::{Error, Result};
use crate::journey::{self, Known, Waiting};
use crate::ledger::{self, Fact, Seat, Sworn, Tx};
use crate::servicing::asked::{ASKS_MAX, AskId, AskKind, Asked};
use crate::servicing::cooling_off::{last_day, offer};
use crate::servicing::facts;
use crate::servicing::model::{Loan, REPAYMENTS_MAX, Repayment, State};
use crate::servicing::plan::quote;
use crate::servicing::refusal::Refused;
use crate::servicing::store;
use crate::servicing::view::{self, Confirmed};

/// A running loan, locked, with what an ask is reckoned from.
struct Running {
    tx: Tx,
    loan: Loan,
    confirmed: Confirmed,
    reported: Vec<Repayment>,
    asked: Vec<Asked>,
    today: Date,
}

async fn running(ctx: &Ctx, seat: &Seat, known: &Known) -> Result<Running> {
    let mut tx = ledger::begin(ctx, seat).await?;
    let (loan, _) = opened(&mut tx, &known.id).await?.ok_or(Refused::NotPaid)?;
    if loan.state != State::Running {
        return Err(Refused::Over.into());
    }
    let case = known.id.as_str();
    let confirmed = view::confirmed(&tx, &loan)
        .await?
        .ok_or(Refused::NothingAgreed)?;
    let reported = store::repayments(&tx, case, i64::try_from(REPAYMENTS_MAX)?).await?;
    let asked = store::asks(&tx, case, i64::try_from(ASKS_MAX)?).await?;
    let today = clock::civil_date(tx.now_ms());
    Ok(Running {
        tx,
        loan,
        confirmed,
        reported,
        asked,
        today,
    })
}

impl Running {
    async fn keep(mut self, asked: &Asked, fact: &impl Sworn) -> Result<()> {
        if self.asked.len() >= ASKS_MAX {
            return Err(Refused::TooManyAsks.into());
        }
        store::insert_ask(&mut self.tx, asked).await?;
        let fact = Fact::of(&asked.case, fact)?.about(&self.loan.subject);
        ledger::commit(self.tx, fact).await
    }

    /// Whether a withdrawal stands, and its sum is to be given back.
    fn is_withdrawn(&self) -> bool {
        let stands = |one: &Asked| one.kind == AskKind::CoolingOff && one.by >= self.today;
        self.asked.iter().any(stands)
    }

    fn id(&self) -> AskId {
        AskId::fresh(self.tx.now_ms(), &self.tx.ctx().random)
    }
}

/// Withdraws from the loan within the days of its product, for exactly the sum that was seen; again changes nothing.
pub async fn cool_off(ctx: &Ctx, seat: &Seat, known: &Known, seen: i64) -> Result<()> {
    let mut running = running(ctx, seat, known).await?;
    let benefit = running.confirmed.cooling_off.ok_or(Refused::NoCoolingOff)?;
    let today = running.today;
    if running.is_withdrawn() {
        return Ok(());
    }
    let arrived = view::arrived(&running.tx, &running.loan).await?;
    let sheet = &running.confirmed.sheet;
    let offer = offer(benefit, sheet, &running.reported, arrived, today)
        .ok_or_else(|| Refused::CoolingOffOver(last_day(benefit, arrived)))?;
    if offer.total != seen {
        return Err(Refused::SumChanged.into());
    }
    // Nobody agrees to other terms of a loan that they give back.
    journey::end_change(&mut running.tx, &known.id, Waiting::Any).await?;
    let (id, now_ms) = (running.id(), running.tx.now_ms());
    let asked = Asked::cooling_off(id, &running.loan.case, &offer, today, now_ms);
    let loan = running.loan.id.to_string();
    let fact = facts::CoolingOffAsked {
        loan: &loan,
        principal: offer.principal,
        interest: offer.interest,
        received: offer.received,
        total: offer.total,
        refund: offer.refund,
        pay_by: &offer.pay_by.to_string(),
    };
    running.keep(&asked, &fact).await
}

/// How far ahead a borrower may settle, days.
const AHEAD_DAYS: i64 = 30;

/// Asks to settle on a day, for exactly the sum that was seen.
pub async fn settle(ctx: &Ctx, seat: &Seat, known: &Known, on: Date, seen: i64) -> Result<()> {
    let running = running(ctx, seat, known).await?;
    if running.is_withdrawn() {
        return Err(Refused::Withdrawn.into());
    }
    let today = running.today;
    if on < today || on > today.saturating_add(jiff::Span::new().days(AHEAD_DAYS)) {
        return Err(day_fault());
    }
    let counted = running.confirmed.counted(&running.reported);
    let quote = quote(&running.confirmed.sheet, &counted, on).ok_or_else(day_fault)?;
    if quote.total != seen {
        return Err(Refused::SumChanged.into());
    }
    let same =
        |one: &Asked| (one.kind, one.by, one.total) == (AskKind::Settlement, on, quote.total);
    // The newest is what stands.
    if running.asked.first().is_some_and(same) {
        return Ok(());
    }
    let (id, now_ms) = (running.id(), running.tx.now_ms());
    let asked = Asked::settlement(id, &running.loan.case, &quote, today, now_ms);
    let loan = running.loan.id.to_string();
    let fact = facts::SettlementAsked {
        loan: &loan,
        on: &on.to_string(),
        total: quote.total,
        saved: quote.saved,
    };
    running.keep(&asked, &fact).await
}

fn day_fault() -> Error {
    Error::field(
        "on",
        "out_of_range",
        "请选今天起 30 天以内的日子。",
        "Choose a day within the next 30.",
    )
}
