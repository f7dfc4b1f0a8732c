//! Asking about an account, inside the journey's transaction; and what staff swear to, a whole action.

use super::job::AskCard;
use super::{Ask, Card};
use crate::access::{Right, Staff};
use crate::clock;
use crate::ctx::Ctx;
use crate::db::Read;
use crate::error::{Error, Result};
use crate::identity::actions::{ASKING_DAYS, items};
use crate::identity::facts::{CardAsked, CardAttested, CardPersonAsked};
use crate::identity::model::{CheckId, Phase, Verdict};
use crate::identity::refusal::Refused;
use crate::identity::store::{self, cards};
use crate::ledger::{self, Changed, Fact, Sworn, Tx};
use crate::product::IdentityMethod;
use crate::vault::{self, Basis, EndReason, Purpose, SubjectId};

/// An account that the person named in a case; the vault keeps it.
#[derive(Clone, Copy, Debug)]
pub struct Account<'a> {
    pub case: &'a str,
    pub subject: &'a SubjectId,
    /// Version of the vault's item.
    pub card_version: i64,
    pub masked: &'a str,
}

/// Has the bank card's provider asked whether an account is the person's own. What is known already is not asked again;
/// a card that is known not to be theirs is refused.
pub async fn ask_card(tx: &mut Tx, account: Account<'_>) -> Result<()> {
    let Account {
        case,
        subject,
        card_version,
        masked,
    } = account;
    if store::card_confirmed(tx, case, card_version).await? {
        return Ok(());
    }
    let known = cards::lock(tx, case).await?;
    let Ask::Round(round) = super::ask(known.as_ref(), card_version)? else {
        return Ok(());
    };
    if let Some(before) = &known {
        finished(tx, before).await?;
    }
    let until_ms = tx.now_ms() + ASKING_DAYS * clock::DAY_MS;
    let grant = vault::grant(
        tx,
        subject,
        Purpose::VerifyIdentity,
        &items(&[IdentityMethod::BankCard]),
        Basis::LegalDuty,
        until_ms,
    )
    .await?;
    let card = Card {
        id: CheckId::fresh(tx.now_ms(), &tx.ctx().random),
        case: case.to_owned(),
        subject: subject.clone(),
        card_version,
        account_masked: masked.to_owned(),
        phase: Phase::Checking,
        answer: None,
        reason: None,
        provider: None,
        origin: None,
        tries: 0,
        grant: Some(grant),
        round,
        asked_at_ms: tx.now_ms(),
        settled_at_ms: None,
        // Another card in between makes nobody forget that one was not theirs.
        denied_at_ms: known.as_ref().and_then(|before| before.denied_at_ms),
        seen_by: None,
        version: known.as_ref().map_or(0, |before| before.version),
    };
    cards::put(tx, &card).await?;
    tx.enqueue(&AskCard {
        case: case.to_owned(),
        card_version,
    })
    .await?;
    let asked = CardAsked {
        check: card.id.as_str(),
        card_version,
        round,
    };
    record(tx, &card, &asked)
}

/// Where an account of a case stands; none while it was never asked about.
pub async fn card_phase(view: &impl Read, case: &str, card_version: i64) -> Result<Option<Phase>> {
    if store::card_confirmed(view, case, card_version).await? {
        return Ok(Some(Phase::Verified));
    }
    let known = cards::find(view, case).await?;
    Ok(known
        .filter(|card| card.card_version == card_version)
        .map(|card| card.phase))
}

/// The person would have a member of staff look at the account.
pub async fn ask_card_person(tx: &mut Tx, case: &str) -> Result<Changed> {
    let card = cards::lock(tx, case).await?.ok_or_else(Error::not_found)?;
    let (card, changed) = card.ask_person()?;
    if changed == Changed::Yes {
        cards::put(tx, &card).await?;
        let asked = CardPersonAsked {
            card_version: card.card_version,
        };
        record(tx, &card, &asked)?;
    }
    Ok(changed)
}

/// A member of staff swears whether the account is the person's own: that of the round they looked at, and no later one.
pub async fn attest_card(
    ctx: &Ctx,
    staff: &Staff,
    case: &str,
    round: i64,
    verdict: Verdict,
) -> Result<()> {
    staff.must(Right::AttestIdentity)?;
    let mut tx = ledger::begin(ctx, &staff.seat()).await?;
    let waiting = cards::lock(&tx, case).await?.ok_or_else(Error::not_found)?;
    if waiting.round != round {
        return Err(Refused::OtherCard.into());
    }
    let card = waiting.attest(staff.id.as_str(), verdict, tx.now_ms())?;
    cards::put(&mut tx, &card).await?;
    let attested = CardAttested {
        card_version: card.card_version,
        verdict,
    };
    record(&mut tx, &card, &attested)?;
    if card.settled_at_ms.is_some() {
        finished(&mut tx, &card).await?;
    }
    ledger::commit_recorded(tx).await
}

/// Nobody needs to open the person's particulars for this card any more.
pub async fn finished(tx: &mut Tx, card: &Card) -> Result<()> {
    match &card.grant {
        Some(grant) => vault::end_grant(tx, grant, EndReason::Finished).await,
        None => Ok(()),
    }
}

pub fn record<S: Sworn>(tx: &mut Tx, card: &Card, sworn: &S) -> Result<()> {
    tx.record(Fact::of(&card.case, sworn)?.about(&card.subject));
    Ok(())
}
