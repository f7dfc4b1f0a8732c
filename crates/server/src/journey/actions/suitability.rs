//! The steps `affordability` and `credit_decision`: what the person answers, what the lender knows and decides.

use super::{at_step, finish};
use crate::access::Customer;
use crate::clock;
use crate::ctx::Ctx;
use crate::disclosure;
use crate::error::{Error, Result};
use crate::journey::model::Journey;
use crate::journey::{JourneyId, steps, store};
use crate::ledger::{self, Changed, Seat, Tx};
use crate::product::{self, Ask, Protection};
use crate::suitability::{self, Declaration, Declare, Figures, Given, SceneGiven, Supply};
use crate::vault;

/// The person answers; what the loan costs a month is looked up, not asked.
pub async fn declare(ctx: &Ctx, customer: &Customer, said: &Declaration) -> Result<()> {
    let mut at = at_step(ctx, customer, Protection::Affordability).await?;
    let (principal, instalment) = burden(&at.tx, &at.journey).await?;
    let subject = vault::subject(ctx, &at.tx, &at.journey.subject).await?;
    let what = Declare {
        case: at.journey.id.as_str(),
        subject: &at.journey.subject,
        age: subject.age_on(clock::civil_date(at.tx.now_ms()))?,
        principal,
        instalment,
        declaration: said,
    };
    let changed = suitability::declare(&mut at.tx, what).await?;
    at.end(changed).await
}

/// Principal and largest instalment of this loan; while the price is open, of the most that the product offers.
async fn burden(tx: &Tx, journey: &Journey) -> Result<(i64, i64)> {
    let sheet = match disclosure::find(tx, journey.id.as_str()).await? {
        Some(sheet) => sheet.shown()?.sheet,
        None => {
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
            cost::sheet(&terms, &product::policy(tx).await?)
                .map_err(|cause| Error::Internal(Box::new(cause)))?
        }
    };
    let largest = sheet.plan.iter().map(|part| part.total).max().unwrap_or(0);
    Ok((sheet.principal, largest))
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
