//! The one way in which a person works at a step, whichever room holds it.

use super::change::{come_into_force, may_go_on};
use crate::access::Customer;
use crate::ctx::Ctx;
use crate::error::{Error, Result};
use crate::journey::kind::Kind;
use crate::journey::model::{Journey, State};
use crate::journey::steps::{self, Standing};
use crate::journey::{JourneyId, facts, store};
use crate::ledger::{self, Changed, Fact, Tx};
use crate::product::{Progress, Protection};
use crate::suitability;
use crate::vault;

/// A step the person works at now: the journey is locked and alive, and every earlier step is done.
///
/// The room's verb runs in `tx`, with the journey's id as its case and the journey's subject.
pub struct AtStep {
    pub tx: Tx,
    pub journey: Journey,
    /// From this step on; how far they are is looked up when the act is over.
    remaining: Vec<Protection>,
}

/// Begins the person's act at one step, in a transaction of theirs.
pub async fn at_step(ctx: &Ctx, customer: &Customer, protection: Protection) -> Result<AtStep> {
    let id = JourneyId::parse(&customer.case)?;
    let tx = ledger::begin(ctx, &customer.seat()).await?;
    let journey = store::lock(&tx, &id).await?;
    journey.alive(tx.now_ms())?;
    let standings = works_at(&tx, &journey, protection).await?;
    let remaining = standings
        .iter()
        .map(|Standing { protection, .. }| *protection)
        .skip_while(|step| *step != protection)
        .collect();
    Ok(AtStep {
        tx,
        journey,
        remaining,
    })
}

/// Where a journey stands, if a step of it may be worked at now.
pub async fn works_at(tx: &Tx, journey: &Journey, protection: Protection) -> Result<Vec<Standing>> {
    let now_ms = tx.now_ms();
    // Nobody answers for a loan that is over or was refused.
    if let Some(main) = &journey.main {
        steps::must_go_on(tx, &store::find(tx, main).await?, now_ms).await?;
    }
    if journey.kind == Kind::Change {
        may_go_on(tx, journey).await?;
    }
    let standings = steps::standings(tx, journey, now_ms).await?;
    steps::may(&standings, protection)?;
    Ok(standings)
}

impl AtStep {
    /// Ends the act: nothing is written when nothing changed, and the last step completes the journey.
    pub async fn end(self, changed: Changed) -> Result<()> {
        let Self {
            tx,
            journey,
            remaining,
        } = self;
        if changed == Changed::No {
            return Ok(());
        }
        for protection in remaining {
            if steps::progress(&tx, &journey, protection, tx.now_ms()).await? != Progress::Done {
                // The room's own fact is the evidence of this step.
                return ledger::commit_recorded(tx).await;
            }
        }
        complete(tx, journey).await
    }
}

/// Ends a write of the lender's that may have been the last step of a journey.
pub async fn finish(tx: Tx, journey: Journey) -> Result<()> {
    let standings = steps::standings(&tx, &journey, tx.now_ms()).await?;
    if journey.state == State::Completed || steps::current(&standings).is_some() {
        return ledger::commit_recorded(tx).await;
    }
    complete(tx, journey).await
}

/// Every step is done: the journey is completed, and the write with it.
async fn complete(mut tx: Tx, journey: Journey) -> Result<()> {
    let journey = journey.complete(tx.now_ms())?;
    store::save(&mut tx, &journey).await?;
    // Before anything of the person's: the loan is locked ahead of them everywhere.
    if journey.kind == Kind::Change {
        come_into_force(&mut tx, &journey).await?;
    }
    vault::renew_relation(&mut tx, &journey.subject).await?;
    if let Some(business) = &journey.business {
        vault::renew_relation(&mut tx, &business.id).await?;
    }
    let fact = match journey.kind {
        Kind::Line => {
            let approved = suitability::approved(&tx, journey.id.as_str())
                .await?
                .ok_or_else(|| Error::internal("a completed line without an approval"))?;
            let completed = facts::LineCompleted {
                limit: approved.limit,
                valid_until: approved.valid_until.map(|date| date.to_string()),
            };
            Fact::of(&journey.id, &completed)?
        }
        Kind::Loan | Kind::Drawdown | Kind::Change | Kind::CoBorrower | Kind::Guarantor => {
            // A completion without terms must never be sworn to.
            let terms_digest = journey
                .terms_digest
                .as_deref()
                .ok_or_else(|| Error::internal("a completed journey without final terms"))?;
            Fact::of(&journey.id, &facts::Completed { terms_digest })?
        }
    };
    ledger::commit(tx, fact.about(&journey.subject)).await
}
