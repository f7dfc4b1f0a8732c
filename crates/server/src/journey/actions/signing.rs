//! The step `signing`.

use std::collections::HashMap;

use super::at_step;
use super::at_step::{finish, works_at};
use crate::access::{CodeSent, Customer};
use crate::ctx::Ctx;
use crate::error::{Error, Refuse as _, Result};
use crate::id::InstitutionId;
use crate::identity::{self, ForAct, Route};
use crate::journey::jobs::Sign;
use crate::journey::kind::Kind;
use crate::journey::model::{Journey, Refused};
use crate::journey::{JourneyId, steps, store};
use crate::ledger::{self, Changed, Seat, Tx};
use crate::product::{self, IdentityMethod, Protection, Version};
use crate::signing::{self, Ended, Outcome, Paper, Prepare, SealedPaper, Signer, Yes};
use crate::suitability;

const STEP: Protection = Protection::Signing;

/// Has the documents of a journey made, once its terms are confirmed.
pub(super) async fn prepare(tx: &mut Tx, journey: &Journey, version: &Version) -> Result<()> {
    let chosen = store::chosen(tx, &journey.id).await?;
    let (purpose, account_masked) = chosen
        .map(|chosen| (chosen.purpose, chosen.account_masked))
        .unzip();
    let purpose = purpose.and_then(|code| {
        let known = suitability::PURPOSES.iter().find(|one| one.code == code)?;
        Some(known.text())
    });
    signing::prepare(
        tx,
        Prepare {
            case: journey.id.as_str(),
            subject: &journey.subject,
            signer: journey.kind.signer(),
            documents: match journey.kind {
                Kind::Change => &version.definition.change_documents,
                _ => &version.definition.documents,
            },
            purpose,
            account_masked,
            until_ms: journey.expires_at_ms,
        },
    )
    .await?;
    Ok(())
}

/// The paper behind a PDF, read before the transaction that opens it.
pub async fn find_paper(ctx: &Ctx, customer: &Customer, digest: &str) -> Result<SealedPaper> {
    signing::paper(ctx, &customer.institution, &customer.case, digest).await
}

/// One document stands open before the person.
pub async fn open_paper(
    ctx: &Ctx,
    customer: &Customer,
    digest: &str,
    sealed: &SealedPaper,
) -> Result<Paper> {
    let mut at = at_step(ctx, customer, STEP).await?;
    let changed = signing::open(&mut at.tx, &customer.case, digest).await?;
    let paper = sealed.open(&mut at.tx).await?;
    match changed {
        Changed::Yes => at.end(Changed::Yes).await?,
        // That the file was opened once more is evidence all the same.
        Changed::No => ledger::commit_recorded(at.tx).await?,
    }
    Ok(paper)
}

/// What the person drew with a finger, for exactly this set.
pub async fn keep_handwriting(
    ctx: &Ctx,
    customer: &Customer,
    set_digest: &str,
    png: &[u8],
) -> Result<()> {
    let mut at = at_step(ctx, customer, STEP).await?;
    signing::may_draw(&mut at.tx, &customer.case, set_digest).await?;
    let subject = at.journey.subject.clone();
    drop(at);
    let case = customer.case.as_str();
    let drawn = signing::keep_handwriting(ctx, &customer.institution, case, &subject, png).await?;
    let mut at = at_step(ctx, customer, STEP).await?;
    let changed = signing::draw(&mut at.tx, case, set_digest, &drawn).await?;
    at.end(changed).await
}

/// Asks who the person is, for exactly this set.
pub async fn check_signer(
    ctx: &Ctx,
    customer: &Customer,
    set_digest: &str,
    sessions: &HashMap<IdentityMethod, String>,
) -> Result<()> {
    let mut at = at_step(ctx, customer, STEP).await?;
    let intent = signing::readied(&mut at.tx, &customer.case, set_digest).await?;
    let journey = &at.journey;
    let version = product::version(&at.tx, &journey.product, journey.product_version).await?;
    let now_ms = at.tx.now_ms();
    let methods = steps::identity_methods(&at.tx, journey, &version.definition, now_ms).await?;
    let act = ForAct {
        act: intent.id.as_str(),
        journey: journey.id.as_str(),
        subject: &journey.subject,
        digest: set_digest,
    };
    let changed = identity::start_for(&mut at.tx, act, &methods, sessions).await?;
    at.end(changed).await
}

/// The person would rather be seen by staff, for exactly this set.
pub async fn ask_person_for_signer(
    ctx: &Ctx,
    customer: &Customer,
    set_digest: &str,
    route: Route,
) -> Result<()> {
    let mut at = at_step(ctx, customer, STEP).await?;
    let intent = signing::readied(&mut at.tx, &customer.case, set_digest).await?;
    let act = ForAct {
        act: intent.id.as_str(),
        journey: at.journey.id.as_str(),
        subject: &at.journey.subject,
        digest: set_digest,
    };
    let changed = identity::ask_person_for(&mut at.tx, act, route).await?;
    at.end(changed).await
}

/// Sends the code that signs exactly this set.
pub async fn ask_signing_code(
    ctx: &Ctx,
    customer: &Customer,
    set_digest: &str,
) -> Result<CodeSent> {
    let mut at = at_step(ctx, customer, STEP).await?;
    let (Some(principal), Some(ppm)) = (at.journey.principal, at.journey.composite_ppm) else {
        return Err(Error::internal("a set without a price"));
    };
    let yuan = match principal % 100 {
        0 => (principal / 100).to_string(),
        fen => format!("{}.{fen:02}", principal / 100),
    };
    let document = match (at.journey.kind, at.journey.kind.signer()) {
        (Kind::Change, _) => "借款变更协议",
        (_, Signer::Borrower) => "借款合同",
        (_, Signer::CoBorrower) => "共同借款合同",
        (_, Signer::Guarantor) => "保证合同",
    };
    let says = vec![
        ("amount", yuan),
        ("document", document.to_owned()),
        ("rate", cost::percent(ppm)),
    ];
    let sent = signing::ask_code(&mut at.tx, customer, set_digest, says).await?;
    ledger::commit_recorded(at.tx).await?;
    Ok(sent)
}

/// The person's yes to exactly this set; a job signs it.
pub async fn authorise(ctx: &Ctx, customer: &Customer, set_digest: &str, code: &str) -> Result<()> {
    let mut at = at_step(ctx, customer, STEP).await?;
    let changed = match signing::authorise(&mut at.tx, customer, set_digest, code).await? {
        Ok(changed) => changed,
        Err(wrong) => {
            ledger::commit_recorded(at.tx).await?;
            return Err(wrong);
        }
    };
    if changed == Changed::Yes {
        let job = Sign {
            journey: at.journey.id.to_string(),
        };
        at.tx.enqueue(&job).await?;
    }
    at.end(changed).await
}

/// Makes the documents anew that can't be signed any more as they are.
pub async fn renew_documents(ctx: &Ctx, customer: &Customer) -> Result<()> {
    let mut at = at_step(ctx, customer, STEP).await?;
    let now_ms = at.tx.now_ms();
    if !signing::over(&at.tx, &customer.case, now_ms).await? {
        return Err(signing::Refused::NotExpired.into());
    }
    signing::supersede(&mut at.tx, &customer.case, Ended::Expired).await?;
    let journey = &at.journey;
    let version = product::version(&at.tx, &journey.product, journey.product_version).await?;
    prepare(&mut at.tx, journey, &version).await?;
    at.end(Changed::Yes).await
}

/// Signs what a journey's person said yes to. Answers after how long to try again, where it is held or something outside failed.
pub async fn sign(ctx: &Ctx, institution: &InstitutionId, id: &JourneyId) -> Result<Option<i64>> {
    let tx = signs(ctx, institution).await?;
    let journey = store::lock(&tx, id).await?;
    match may_sign(&tx, &journey).await? {
        May::Sign => drop(tx),
        May::Wait => return Ok(Some(HELD_MS)),
        May::Never(why) => {
            set_aside(tx, &journey, why).await?;
            return Ok(None);
        }
    }
    match signing::attempt(ctx, institution, id.as_str()).await? {
        Outcome::Nothing => Ok(None),
        Outcome::Later(pause_ms) => Ok(Some(pause_ms)),
        Outcome::Made(made) => ledger::retrying(|| conclude(ctx, institution, id, &made)).await,
    }
}

async fn signs(ctx: &Ctx, institution: &InstitutionId) -> Result<Tx> {
    ledger::begin(ctx, &Seat::system(institution, "signing")).await
}

/// What becomes of a yes: much may have happened since.
enum May {
    Sign,
    /// Held; lifted, the yes is as good as before.
    Wait,
    Never(Ended),
}

/// How soon a hold is asked after again, ms.
const HELD_MS: i64 = 300_000;

/// Whether what the person said yes to may be signed now.
async fn may_sign(tx: &Tx, journey: &Journey) -> Result<May> {
    let now_ms = tx.now_ms();
    match signing::yes(tx, journey.id.as_str(), now_ms).await? {
        Yes::None => return Ok(May::Sign),
        Yes::Over => return Ok(May::Never(Ended::Expired)),
        Yes::Stands => {}
    }
    if journey.alive(now_ms).is_err() {
        return Ok(May::Never(Ended::Expired));
    }
    match works_at(tx, journey, STEP).await {
        Ok(_) => Ok(May::Sign),
        Err(Error::Refused(why)) if why.code == Refused::LoanHeld.code() => Ok(May::Wait),
        Err(Error::Refused(_)) => Ok(May::Never(Ended::StepReopened)),
        Err(other) => Err(other),
    }
}

/// Ends a set whose yes can't be acted on any more.
async fn set_aside(mut tx: Tx, journey: &Journey, why: Ended) -> Result<()> {
    signing::supersede(&mut tx, journey.id.as_str(), why).await?;
    ledger::commit_recorded(tx).await
}

async fn conclude(
    ctx: &Ctx,
    institution: &InstitutionId,
    id: &JourneyId,
    made: &signing::Made,
) -> Result<Option<i64>> {
    let mut tx = signs(ctx, institution).await?;
    let journey = store::lock(&tx, id).await?;
    match may_sign(&tx, &journey).await? {
        May::Sign => {}
        May::Wait => return Ok(Some(HELD_MS)),
        May::Never(why) => {
            set_aside(tx, &journey, why).await?;
            return Ok(None);
        }
    }
    if signing::conclude(&mut tx, made).await? == Changed::Yes {
        finish(tx, journey).await?;
    }
    Ok(None)
}
