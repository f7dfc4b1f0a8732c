//! The steps `affordability` and `credit_decision`: what the person answers, what the lender knows and decides.

use super::{at_step, finish};
use crate::access::Customer;
use crate::clock;
use crate::ctx::Ctx;
use crate::error::{Error, Result};
use crate::journey::model::Journey;
use crate::journey::{JourneyId, line, steps, store};
use crate::ledger::{self, Changed, Seat, Tx};
use crate::product::{self, Ask, Protection};
use crate::suitability::{
    self, Burden, Declaration, Declare, Figures, Given, Outcome, SceneGiven, Step, Supply, Weigh,
};
use crate::vault;

/// The person answers; what the loan costs a month is looked up, not asked.
pub async fn declare(ctx: &Ctx, customer: &Customer, said: &Declaration) -> Result<()> {
    let mut at = at_step(ctx, customer, Protection::Affordability).await?;
    let burden = burden(&at.tx, &at.journey).await?;
    let subject = vault::subject(ctx, &at.tx, &at.journey.subject).await?;
    let what = Declare {
        case: at.journey.id.as_str(),
        subject: &at.journey.subject,
        age: subject.age_on(clock::civil_date(at.tx.now_ms()))?,
        burden,
        declaration: said,
    };
    let changed = suitability::declare(&mut at.tx, what).await?;
    at.end(changed).await
}

/// What this loan asks; while the price is open, the most that the product offers over its longest time. What is
/// chosen beyond that is weighed once the price is final.
async fn burden(tx: &Tx, journey: &Journey) -> Result<Burden> {
    if let Some(burden) = steps::burden(tx, journey).await? {
        return Ok(burden);
    }
    let version = product::version(tx, &journey.product, journey.product_version).await?;
    let offer = &version.definition;
    let most = Ask {
        principal: offer.principal_max,
        periods: offer.periods_allowed.iter().copied().max().unwrap_or(1),
        start: None,
        first_due: None,
    };
    let today = clock::civil_date(tx.now_ms());
    let terms = offer.terms(&most, today).map_err(Error::Invalid)?;
    let sheet = cost::sheet(&terms, &product::policy(tx).await?)
        .map_err(|cause| Error::Internal(Box::new(cause)))?;
    Ok(steps::burden_of(&sheet))
}

/// Assesses again, by the answers that are kept, a price that asks more than was assessed; none where that is not needed
/// or the person must answer anew.
pub(super) async fn weigh(tx: &mut Tx, journey: &Journey) -> Result<Option<Outcome>> {
    let Some(burden) = steps::burden(tx, journey).await? else {
        return Ok(None);
    };
    let ctx = tx.ctx().clone();
    let subject = vault::subject(&ctx, tx, &journey.subject).await?;
    let what = Weigh {
        case: line::deciding(journey)?.as_str(),
        subject: &journey.subject,
        age: subject.age_on(clock::civil_date(tx.now_ms()))?,
        burden,
    };
    suitability::weigh(tx, what).await
}

/// The lender hands over what it knows, before the person answers.
pub async fn supply(
    ctx: &Ctx,
    seat: &Seat,
    id: &JourneyId,
    figures: &Figures,
    scene: Option<SceneGiven>,
) -> Result<Journey> {
    let mut tx = ledger::begin(ctx, seat).await?;
    let journey = store::lock(&tx, id).await?;
    journey.alive(tx.now_ms())?;
    let what = Supply {
        case: id.as_str(),
        subject: &journey.subject,
        figures,
        scene,
    };
    if suitability::supply(&mut tx, what).await? == Changed::Yes {
        ledger::commit_recorded(tx).await?;
    }
    Ok(journey)
}

/// The lender decides, once every earlier step is done.
pub async fn decide(ctx: &Ctx, seat: &Seat, id: &JourneyId, given: &Given) -> Result<Journey> {
    let mut tx = ledger::begin(ctx, seat).await?;
    let journey = store::lock(&tx, id).await?;
    journey.alive(tx.now_ms())?;
    let standings = steps::standings(&tx, &journey, tx.now_ms()).await?;
    steps::may(&standings, Protection::CreditDecision)?;
    let changed = suitability::decide(&mut tx, id.as_str(), &journey.subject, given).await?;
    if changed == Changed::Yes {
        finish(tx, journey.clone()).await?;
    }
    Ok(journey)
}

/// A human look at a refusal, asked for when the journey itself is over; the right to it is not (PIPL 24).
pub async fn ask_review(ctx: &Ctx, customer: &Customer, step: Step) -> Result<()> {
    let mut tx = ledger::begin(ctx, &customer.seat()).await?;
    let journey = store::lock(&tx, &JourneyId::parse(&customer.case)?).await?;
    let case = journey.id.as_str();
    match suitability::ask_review(&mut tx, case, &journey.subject, step).await? {
        Changed::Yes => ledger::commit_recorded(tx).await,
        Changed::No => Ok(()),
    }
}
