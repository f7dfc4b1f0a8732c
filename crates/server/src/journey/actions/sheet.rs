//! The step `cost_disclosure`: what a person does with the sheet.

use super::at_step;
use super::change::may_confirm;
use super::signing::prepare;
use crate::access::Customer;
use crate::contacts;
use crate::ctx::Ctx;
use crate::disclosure::{self, Answer};
use crate::error::Result;
use crate::journey::model::Refused;
use crate::ledger::Changed;
use crate::product::{self, Protection};

/// What a person can do with the sheet, one step at a time.
#[derive(Clone, Debug)]
pub enum Act {
    Show,
    Read,
    Answer(Vec<Answer>),
    Confirm,
}

/// Carries one act of the person out; acts that change nothing answer as if they had just been done.
pub async fn act(ctx: &Ctx, customer: &Customer, digest: &str, act: &Act) -> Result<()> {
    let mut at = at_step(ctx, customer, Protection::CostDisclosure).await?;
    let case = at.journey.id.as_str();
    let changed = match act {
        Act::Show => disclosure::show(&mut at.tx, case, digest).await?,
        Act::Read => disclosure::read(&mut at.tx, case, digest).await?,
        Act::Answer(answers) => disclosure::answer(&mut at.tx, case, digest, answers).await?,
        Act::Confirm => {
            let until_ms = contacts::relative_waits_until(ctx, &at.tx, case).await?;
            if let Some(until_ms) = until_ms {
                let wait_ms = until_ms - at.tx.now_ms();
                return Err(Refused::RelativeWaits { wait_ms }.into());
            }
            may_confirm(&at.tx, &at.journey).await?;
            disclosure::confirm(&mut at.tx, case, digest).await?
        }
    };
    if matches!(act, Act::Confirm) && changed == Changed::Yes {
        let journey = &at.journey;
        let version = product::version(&at.tx, &journey.product, journey.product_version).await?;
        let asked = journey.kind.asked(&version.definition.required);
        if asked.contains(&Protection::Signing) {
            prepare(&mut at.tx, journey, &version).await?;
        }
    }
    at.end(changed).await
}
