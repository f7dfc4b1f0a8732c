//! Asking a provider: open what it needs, close the transaction, ask, write the answer down.

use serde::{Deserialize, Serialize};

use super::actions::{answered, record};
use super::card::job::AskCard;
use super::model::{Answer, Case, Check, CheckId, Origin, Phase, Reason};
use super::providers::{self, Heard, Question, Reply};
use super::{facts, store};
use crate::access;
use crate::ctx::Ctx;
use crate::db::Read as _;
use crate::error::{Error, Result};
use crate::id::InstitutionId;
use crate::jobs::{Handler, Job, handler};
use crate::ledger::{self, Seat, Tx};
use crate::product::IdentityMethod;
use crate::vault::{self, ItemKind, Purpose, SubjectId};

pub fn jobs() -> Vec<Handler> {
    vec![handler::<Ask>(), handler::<AskCard>()]
}

/// The first pause before asking again; each further one is twice as long.
pub(super) const PAUSE_MS: i64 = 5_000;

/// Asks one provider about one case; a run after the answer does nothing.
#[derive(Serialize, Deserialize)]
pub struct Ask {
    pub case: String,
    pub method: IdentityMethod,
}

impl Job for Ask {
    const KIND: &'static str = "identity.ask";

    async fn run(self, ctx: Ctx, institution: InstitutionId) -> Result<()> {
        let seat = Seat::system(&institution, "identity");
        let Some((code, question)) = self.prepare(&ctx, &seat).await? else {
            return Ok(());
        };
        let heard = providers::ask(&ctx, &code, &question).await;
        ledger::retrying(|| self.write_down(&ctx, &seat, &heard)).await
    }
}

/// Opens what a method needs to be told; each opening is a fact of this transaction.
pub(super) async fn question(
    tx: &mut Tx,
    (subject, case): (&SubjectId, &str),
    (check, method, tries): (CheckId, IdentityMethod, i64),
    purpose: Purpose,
) -> Result<Question> {
    let phone = match method.needs_phone() {
        true => Some(vault::open(tx, subject, case, ItemKind::Phone, purpose).await?),
        false => None,
    };
    let bank_card = match method {
        IdentityMethod::BankCard => {
            Some(vault::open(tx, subject, case, ItemKind::BankCard, purpose).await?)
        }
        _ => None,
    };
    Ok(Question {
        check,
        method,
        name: vault::open(tx, subject, case, ItemKind::Name, purpose).await?,
        id_number: vault::open(tx, subject, case, ItemKind::IdNumber, purpose).await?,
        phone,
        bank_card,
        session: None,
        bound_to: None,
        tries,
    })
}

impl Ask {
    /// What the question opens items for: a face under its own consent, the rest under the grant of the check.
    fn purpose(&self) -> Purpose {
        match self.method {
            IdentityMethod::FaceAuthority => Purpose::CompareFace,
            _ => Purpose::VerifyIdentity,
        }
    }

    /// Opens what the provider must be told and counts the try; nothing once the case needs no answer.
    async fn prepare(&self, ctx: &Ctx, seat: &Seat) -> Result<Option<(String, Question)>> {
        let mut tx = ledger::begin(ctx, seat).await?;
        let Some((case, mut check)) = self.open_question(&tx).await? else {
            return Ok(None);
        };
        let purpose = self.purpose();
        if !vault::may_open(&tx, &case.subject, ItemKind::Name, purpose).await? {
            check.answer = Some(Answer::Unknown);
            check.reason = Some(Reason::ConsentEnded);
            // Nobody was asked.
            check.provider = Some("none".to_owned());
            check.origin = Some(Origin::Real);
            check.answered_at_ms = Some(tx.now_ms());
            answered(&mut tx, case, &check).await?;
            ledger::commit_recorded(tx).await?;
            return Ok(None);
        }
        check.tries += 1;
        if self.method == IdentityMethod::BankCard {
            let whose = (&case.subject, case.journey());
            check.card_version = vault::kept(&tx, whose, ItemKind::BankCard).await?;
        }
        store::save_check(&mut tx, &self.case, &check).await?;
        let asked = (check.id, self.method, check.tries);
        let about = (&case.subject, case.journey());
        let question = Question {
            session: check.session,
            bound_to: case.act.as_ref().map(|act| act.digest.clone()),
            ..question(&mut tx, about, asked, purpose).await?
        };
        let code = access::institution(&tx, tx.institution()?).await?.code;
        ledger::commit_recorded(tx).await?;
        Ok(Some((code, question)))
    }

    /// The case and its question, while an answer is still wanted.
    async fn open_question(&self, tx: &Tx) -> Result<Option<(Case, Check)>> {
        let case = store::lock(tx, &self.case)
            .await?
            .ok_or_else(Error::not_found)?;
        let check = store::checks(tx, &self.case)
            .await?
            .into_iter()
            .find(|check| check.method == self.method && check.answer.is_none());
        Ok(check
            .filter(|_| case.phase == Phase::Checking)
            .map(|check| (case, check)))
    }

    async fn write_down(&self, ctx: &Ctx, seat: &Seat, heard: &Heard) -> Result<()> {
        let mut tx = ledger::begin(ctx, seat).await?;
        let Some((case, mut check)) = self.open_question(&tx).await? else {
            return Ok(());
        };
        let (answer, reason) = match heard.reply {
            Reply::Said(answer, reason) => (answer, reason),
            Reply::Nothing if check.tries < ctx.config.identity.tries_max => {
                let unanswered = facts::Unanswered {
                    method: self.method,
                    provider: &heard.provider,
                    tries: check.tries,
                };
                record(&mut tx, &case, &unanswered)?;
                let pause_ms = PAUSE_MS << (check.tries - 1).clamp(0, 10);
                let again = Self {
                    case: self.case.clone(),
                    method: self.method,
                };
                let due_ms = tx.now_ms() + pause_ms;
                tx.enqueue_at(&again, due_ms).await?;
                return ledger::commit_recorded(tx).await;
            }
            Reply::Nothing => (Answer::Unknown, Some(Reason::NoAnswer)),
        };
        check.answer = Some(answer);
        check.reason = reason;
        check.provider = Some(heard.provider.clone());
        check.origin = Some(heard.origin);
        check.answered_at_ms = Some(tx.now_ms());
        answered(&mut tx, case, &check).await?;
        ledger::commit_recorded(tx).await
    }
}
