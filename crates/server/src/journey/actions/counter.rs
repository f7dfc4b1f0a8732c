//! Help at the counter: a tablet readied for the borrower of a journey.

use crate::access::{self, Customer, Staff};
use crate::counter::{self, Opened};
use crate::ctx::Ctx;
use crate::error::Result;
use crate::journey::{JourneyId, store};
use crate::ledger;
use crate::vault::Private;

/// A member of staff readies a tablet; answers the assistance and the link it opens.
pub async fn assist(ctx: &Ctx, staff: &Staff, id: &JourneyId) -> Result<(Opened, access::Link)> {
    let mut tx = ledger::begin(ctx, &staff.seat()).await?;
    let journey = store::lock(&tx, id).await?;
    journey.alive(tx.now_ms())?;
    let link = match access::live_link(ctx, &tx, id.as_str()).await? {
        Some(link) => link,
        None => {
            let until_ms = journey.expires_at_ms;
            access::create_link(&mut tx, id.as_str(), &journey.subject, until_ms).await?
        }
    };
    let opened = counter::start(&mut tx, staff, id.as_str(), &journey.subject).await?;
    ledger::commit_recorded(tx).await?;
    Ok((opened, link))
}

/// The borrower entered on that tablet.
pub async fn enter_assisted(ctx: &Ctx, customer: &Customer, token: &Private<String>) -> Result<()> {
    let mut tx = ledger::begin(ctx, &customer.seat()).await?;
    counter::enter(&mut tx, customer, token.expose()).await?;
    ledger::commit_recorded(tx).await
}
