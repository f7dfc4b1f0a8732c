//! A journey's link, and the way to a human.

use crate::access::{self, Customer};
use crate::clock;
use crate::ctx::Ctx;
use crate::disclosure;
use crate::error::Result;
use crate::journey::model::{Journey, State};
use crate::journey::{JourneyId, facts, store};
use crate::ledger::{self, Changed, Fact, Seat, Tx};
use crate::vault::{self, Basis, ItemKind, Purpose};

/// A reading that was not finished starts over when the link is opened anew.
pub async fn reopen(ctx: &Ctx, customer: &Customer) -> Result<()> {
    let mut tx = ledger::begin(ctx, &customer.seat()).await?;
    match disclosure::reopen(&mut tx, &customer.case).await? {
        Changed::Yes => ledger::commit_recorded(tx).await,
        Changed::No => Ok(()),
    }
}

/// The person asks to be called by a human; asking again changes nothing.
pub async fn ask_for_person(ctx: &Ctx, customer: &Customer) -> Result<()> {
    let mut tx = ledger::begin(ctx, &customer.seat()).await?;
    let mut journey = store::lock(&tx, &JourneyId::parse(&customer.case)?).await?;
    if journey.person_asked_at_ms.is_some() {
        return Ok(());
    }
    let wrong = disclosure::find(&tx, &customer.case)
        .await?
        .map_or(0, |sheet| sheet.progress.wrong);
    journey.person_asked_at_ms = Some(tx.now_ms());
    journey.updated_at_ms = tx.now_ms();
    store::save(&mut tx, &journey).await?;
    let fact = Fact::of(
        &journey.id,
        &facts::PersonAsked {
            wrong_answers: wrong,
        },
    )?
    .about(&journey.subject);
    ledger::commit(tx, fact).await
}

/// A new link for the borrower; older ones stop opening. A completed journey's documents stay within reach.
pub async fn renew_link(ctx: &Ctx, seat: &Seat, id: &JourneyId) -> Result<access::Link> {
    let mut tx = ledger::begin(ctx, seat).await?;
    let mut journey = store::lock(&tx, id).await?;
    journey.alive(tx.now_ms())?;
    let link = new_link(&mut tx, &journey).await?;
    journey.updated_at_ms = tx.now_ms();
    store::save(&mut tx, &journey).await?;
    ledger::commit_recorded(tx).await?;
    Ok(link)
}

/// A link that opens as long as the journey lives, or as long anew once it is completed.
pub(super) async fn new_link(tx: &mut Tx, journey: &Journey) -> Result<access::Link> {
    let until_ms = match journey.state {
        State::Completed => {
            let own = access::settings(tx).await?.settings;
            tx.now_ms() + own.valid_days(&tx.ctx().config) * clock::DAY_MS
        }
        _ => journey.expires_at_ms,
    };
    vault::grant(
        tx,
        &journey.subject,
        Purpose::SendCode,
        &[ItemKind::Phone],
        Basis::Contract,
        until_ms,
    )
    .await?;
    access::create_link(tx, journey.id.as_str(), &journey.subject, until_ms).await
}

/// A one-time way into a journey for a person whom the lender's own app has signed in.
pub async fn issue_ticket(ctx: &Ctx, seat: &Seat, id: &JourneyId) -> Result<access::IssuedTicket> {
    let mut tx = ledger::begin(ctx, seat).await?;
    let journey = store::lock(&tx, id).await?;
    journey.alive(tx.now_ms())?;
    let ticket = access::issue_ticket(&mut tx, id.as_str()).await?;
    ledger::commit_recorded(tx).await?;
    Ok(ticket)
}
