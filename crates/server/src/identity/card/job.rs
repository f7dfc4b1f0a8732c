//! Asking the bank card's provider: open what it needs, close the transaction, ask, write the answer down.

use serde::{Deserialize, Serialize};

use super::Card;
use super::actions::{finished, record};
use crate::access;
use crate::ctx::Ctx;
use crate::db::Read as _;
use crate::error::Result;
use crate::id::InstitutionId;
use crate::identity::facts::{CardChecked, Unanswered};
use crate::identity::jobs::{PAUSE_MS, question};
use crate::identity::model::{Answer, Phase, Reason};
use crate::identity::providers::{self, Heard, Question, Reply};
use crate::identity::store::cards;
use crate::jobs::Job;
use crate::ledger::{self, Seat, Tx};
use crate::product::IdentityMethod;
use crate::vault::{self, ItemKind, Purpose};

/// Asks about one card of one case; a run after the answer, or after another card took its place, does nothing.
#[derive(Serialize, Deserialize)]
pub struct AskCard {
    pub case: String,
    pub card_version: i64,
}

impl Job for AskCard {
    const KIND: &'static str = "identity.ask_card";

    async fn run(self, ctx: Ctx, institution: InstitutionId) -> Result<()> {
        let seat = Seat::system(&institution, "identity");
        let Some((code, question)) = self.prepare(&ctx, &seat).await? else {
            return Ok(());
        };
        let heard = providers::ask(&ctx, &code, &question).await;
        ledger::retrying(|| self.write_down(&ctx, &seat, &heard)).await
    }
}

impl AskCard {
    /// Opens what the provider must be told and counts the try; nothing once no answer is needed.
    async fn prepare(&self, ctx: &Ctx, seat: &Seat) -> Result<Option<(String, Question)>> {
        let mut tx = ledger::begin(ctx, seat).await?;
        let Some(mut card) = self.open_card(&tx).await? else {
            return Ok(None);
        };
        // Another journey of the person put another card in its place: this one is chosen anew.
        let kept = vault::kept(&tx, (&card.subject, &card.case), ItemKind::BankCard).await?;
        if kept != Some(self.card_version) {
            return Ok(None);
        }
        let purpose = Purpose::VerifyIdentity;
        if !vault::may_open(&tx, &card.subject, ItemKind::BankCard, purpose).await? {
            let late = Heard::nobody();
            self.settle(
                &mut tx,
                card,
                &late,
                (Answer::Unknown, Some(Reason::NoAnswer)),
            )
            .await?;
            ledger::commit_recorded(tx).await?;
            return Ok(None);
        }
        card.tries += 1;
        cards::put(&mut tx, &card).await?;
        let question = question(
            &mut tx,
            (&card.subject, &card.case),
            (card.id, IdentityMethod::BankCard, card.tries),
            purpose,
        )
        .await?;
        let code = access::institution(&tx, tx.institution()?).await?.code;
        ledger::commit_recorded(tx).await?;
        Ok(Some((code, question)))
    }

    /// The card, while an answer is still wanted.
    async fn open_card(&self, tx: &Tx) -> Result<Option<Card>> {
        let card = cards::lock(tx, &self.case).await?;
        Ok(card
            .filter(|card| card.card_version == self.card_version && card.phase == Phase::Checking))
    }

    async fn write_down(&self, ctx: &Ctx, seat: &Seat, heard: &Heard) -> Result<()> {
        let mut tx = ledger::begin(ctx, seat).await?;
        let Some(card) = self.open_card(&tx).await? else {
            return Ok(());
        };
        let said = match heard.reply {
            Reply::Said(answer, reason) => (answer, reason),
            Reply::Nothing if card.tries < ctx.config.identity.tries_max => {
                let unanswered = Unanswered {
                    method: IdentityMethod::BankCard,
                    provider: &heard.provider,
                    tries: card.tries,
                };
                record(&mut tx, &card, &unanswered)?;
                let pause_ms = PAUSE_MS << (card.tries - 1).clamp(0, 10);
                let again = Self {
                    case: self.case.clone(),
                    card_version: self.card_version,
                };
                let due_ms = tx.now_ms() + pause_ms;
                tx.enqueue_at(&again, due_ms).await?;
                return ledger::commit_recorded(tx).await;
            }
            Reply::Nothing => (Answer::Unknown, Some(Reason::NoAnswer)),
        };
        self.settle(&mut tx, card, heard, said).await?;
        ledger::commit_recorded(tx).await
    }

    async fn settle(
        &self,
        tx: &mut Tx,
        card: Card,
        heard: &Heard,
        (answer, reason): (Answer, Option<Reason>),
    ) -> Result<()> {
        let mut card = card.heard(answer, reason, tx.now_ms());
        card.provider = Some(heard.provider.clone());
        card.origin = Some(heard.origin);
        cards::put(tx, &card).await?;
        let checked = CardChecked {
            check: card.id.as_str(),
            card_version: card.card_version,
            answer,
            reason,
            provider: &heard.provider,
            origin: heard.origin,
            tries: card.tries,
        };
        record(tx, &card, &checked)?;
        match card.phase {
            Phase::Verified | Phase::Refused | Phase::Ended => finished(tx, &card).await,
            Phase::Checking | Phase::NeedsPerson => Ok(()),
        }
    }
}
