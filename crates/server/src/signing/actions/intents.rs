//! A set from its making to the person's yes. Each verb works inside the journey's transaction and records its own fact.

use cost::CostSheet;

use crate::access::{self, CodeId, CodePurpose, CodeSent, Customer};
use crate::clock;
use crate::db::Read;
use crate::disclosure;
use crate::error::{Error, Result, Text};
use crate::identity;
use crate::ledger::{Changed, Fact, Sworn, Tx};
use crate::signing::attempt::abandon;
use crate::signing::authority;
use crate::signing::facts::{self, TemplateNamed};
use crate::signing::files::Kept;
use crate::signing::intent::{DRAWINGS_MAX, Document, Ended, Intent, IntentId, Particulars, State};
use crate::signing::jobs::Render;
use crate::signing::paper::counterparties;
use crate::signing::refusal::Refused;
use crate::signing::store::{attempts, intents as store, templates};
use crate::signing::template::Signer;
use crate::vault::{self, Basis, EndReason, ItemKind, Purpose, SubjectId};

/// Sets of one case; whoever needs more has a case that needs a person.
const SETS_MAX: i64 = 50;
/// Signed documents are the person's for as long as their key lives.
const KEPT_DAYS: i64 = 36_525;

/// What the journey hands over to have a set made.
pub struct Prepare<'a> {
    pub case: &'a str,
    pub subject: &'a SubjectId,
    pub signer: Signer,
    /// Codes of the product's documents.
    pub documents: &'a [String],
    pub purpose: Option<Text>,
    pub account_masked: Option<String>,
    /// Until when the loan waits at the most.
    pub until_ms: i64,
}

/// Fixes what a person will sign: the templates in force and the terms confirmed. Nothing to sign is signed at once.
pub async fn prepare(tx: &mut Tx, what: Prepare<'_>) -> Result<Intent> {
    let sheet = disclosure::find(tx, what.case)
        .await?
        .ok_or_else(|| Error::internal("a set without a sheet"))?;
    let shown = sheet.shown()?;
    let now_ms = tx.now_ms();
    let number = store::newest(tx, what.case)
        .await?
        .map_or(1, |older| older.number + 1);
    if number > SETS_MAX {
        return Err(Refused::TooManySets.into());
    }
    let documents = chosen(tx, &what, &shown.sheet, now_ms).await?;
    // Templates may leave a co-borrower or guarantor nothing to sign, but a loan without a contract is a mistake.
    if documents.is_empty() && what.signer == Signer::Borrower {
        return Err(Refused::TemplateMissing.into());
    }
    let state = if documents.is_empty() {
        State::Signed
    } else {
        authority::ready(tx).await?;
        State::Preparing
    };
    let hours = tx.ctx().config.signing.valid_hours;
    let intent = Intent {
        id: IntentId::fresh(now_ms, &tx.ctx().random),
        case: what.case.to_owned(),
        subject: what.subject.clone(),
        number,
        state,
        signer: what.signer,
        terms_digest: sheet.terms_digest,
        set_digest: None,
        particulars: Particulars {
            purpose: what.purpose,
            account_masked: what.account_masked,
        },
        signed_at_ms: documents.is_empty().then_some(now_ms),
        documents: documents
            .iter()
            .map(|(document, _)| document.clone())
            .collect(),
        prepared_at_ms: now_ms,
        expires_at_ms: now_ms + hours * 3_600_000,
        delayed_at_ms: None,
        handwriting: None,
        drawings: 0,
        version: 1,
    };
    store::insert(tx, &intent).await?;
    let named = documents
        .iter()
        .map(|(document, digest)| TemplateNamed {
            code: &document.code,
            digest,
        })
        .collect();
    let prepared = facts::Prepared {
        intent: intent.id.as_str(),
        signer: intent.signer,
        terms_digest: &intent.terms_digest,
        templates: named,
        expires_at_ms: intent.expires_at_ms,
    };
    record(tx, &intent, &prepared)?;
    if intent.state == State::Preparing {
        grant(tx, &intent, what.until_ms).await?;
        tx.enqueue(&Render {
            intent: intent.id.to_string(),
        })
        .await?;
    }
    Ok(intent)
}

/// The documents that this person signs about this loan, with their templates' digests.
async fn chosen(
    view: &impl Read,
    what: &Prepare<'_>,
    sheet: &CostSheet,
    now_ms: i64,
) -> Result<Vec<(Document, String)>> {
    let institution = access::institution(view, view.institution()?).await?;
    let mut documents = Vec::new();
    for code in what.documents {
        let template = templates::in_force(view, code, now_ms)
            .await?
            .ok_or(Refused::TemplateMissing)?;
        let content = &template.document.content;
        let other_side = counterparties(content.counterparty, sheet, &institution.name);
        if !content.signers.contains(&what.signer) || other_side.is_empty() {
            continue;
        }
        let document = Document {
            place: i64::try_from(documents.len())? + 1,
            template: template.id.clone(),
            code: code.clone(),
            title: content.title.clone(),
            paper_digest: None,
            pdf_digest: None,
            pdf_bytes: 0,
            opened_at_ms: None,
            signed_digest: None,
            signed_bytes: 0,
        };
        documents.push((document, template.digest));
    }
    Ok(documents)
}

/// What making the papers opens until the loan waits no longer, and what opening them again needs for ever.
async fn grant(tx: &mut Tx, intent: &Intent, until_ms: i64) -> Result<()> {
    let making = [ItemKind::Name, ItemKind::IdNumber, ItemKind::Phone];
    let basis = Basis::Contract;
    vault::grant_resting_on(
        tx,
        intent.id.as_str(),
        &intent.subject,
        Purpose::SignContract,
        &making,
        basis,
        until_ms,
    )
    .await?;
    if !vault::may_open(tx, &intent.subject, ItemKind::Name, Purpose::KeepContract).await? {
        let kept_ms = tx.now_ms() + KEPT_DAYS * clock::DAY_MS;
        let name = [ItemKind::Name];
        vault::grant(
            tx,
            &intent.subject,
            Purpose::KeepContract,
            &name,
            basis,
            kept_ms,
        )
        .await?;
    }
    Ok(())
}

/// Sets the newest set of a case aside, signed or not; its documents stay readable where they were signed.
pub async fn supersede(tx: &mut Tx, case: &str, why: Ended) -> Result<Changed> {
    match store::lock_newest(tx, case).await? {
        Some(intent) if intent.state != State::Superseded => {
            set_aside(tx, intent, why).await?;
            Ok(Changed::Yes)
        }
        Some(_) | None => Ok(Changed::No),
    }
}

/// Ends a locked set, and with it a try to sign it.
pub async fn set_aside(tx: &mut Tx, mut intent: Intent, why: Ended) -> Result<()> {
    if let Some(open) = attempts::open(tx, &intent.id).await? {
        abandon(tx, &intent, open, "superseded").await?;
    }
    let from = intent.state;
    intent.state = State::Superseded;
    store::save(tx, &intent).await?;
    let fact = facts::Superseded {
        intent: intent.id.as_str(),
        from,
        why,
    };
    record(tx, &intent, &fact)?;
    vault::end_grants_of_source(tx, intent.id.as_str(), EndReason::Finished).await?;
    identity::end_act(tx, intent.id.as_str()).await
}

/// Whether the newest set of a case can't be signed any more and is to be made anew.
pub async fn over(view: &impl Read, case: &str, now_ms: i64) -> Result<bool> {
    let newest = store::newest(view, case).await?;
    Ok(newest.is_some_and(|intent| intent.over(now_ms)))
}

/// What became of a person's yes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Yes {
    /// Nobody said it, or it was acted on.
    None,
    /// It waits for its signatures.
    Stands,
    /// It waited too long.
    Over,
}

/// Whether a yes to the newest set of a case waits for its signatures.
pub async fn yes(view: &impl Read, case: &str, now_ms: i64) -> Result<Yes> {
    Ok(match store::newest(view, case).await? {
        Some(intent) if intent.yes_over(now_ms) => Yes::Over,
        Some(intent) if intent.state == State::Authorised => Yes::Stands,
        Some(_) | None => Yes::None,
    })
}

/// A document stands open before the person.
pub async fn open(tx: &mut Tx, case: &str, digest: &str) -> Result<Changed> {
    let now_ms = tx.now_ms();
    let (intent, changed) = current(tx, case).await?.open(digest, now_ms)?;
    if changed == Changed::No {
        return Ok(changed);
    }
    for document in &intent.documents {
        if document.pdf_digest.as_deref() == Some(digest) {
            store::save_document(tx, &intent.id, document).await?;
            let paper = document.paper_digest.as_deref();
            let opened = facts::Opened {
                intent: intent.id.as_str(),
                code: &document.code,
                paper_sha256: paper.ok_or(Refused::NotReady)?,
                pdf_sha256: digest,
            };
            record(tx, &intent, &opened)?;
        }
    }
    store::save(tx, &intent).await?;
    Ok(Changed::Yes)
}

/// The set that an identity check or a code is to be bound to: every document was opened, and it is the one shown.
pub async fn readied(tx: &mut Tx, case: &str, set_digest: &str) -> Result<Intent> {
    let intent = current(tx, case).await?;
    intent.may_authorise(set_digest, tx.now_ms())?;
    Ok(intent)
}

/// Refuses another drawing, before any file is stored for it.
pub async fn may_draw(tx: &mut Tx, case: &str, set_digest: &str) -> Result<()> {
    let intent = readied(tx, case, set_digest).await?;
    match intent.drawings {
        drawn if drawn < DRAWINGS_MAX => Ok(()),
        _ => Err(Refused::HandwritingTooOften.into()),
    }
}

/// From now on what the person drew stands beside their signature in every document of exactly this set.
pub async fn draw(tx: &mut Tx, case: &str, set_digest: &str, drawn: &Kept) -> Result<Changed> {
    let intent = readied(tx, case, set_digest).await?;
    let (intent, changed) = intent.draw(&drawn.sha256)?;
    if changed == Changed::Yes {
        store::save(tx, &intent).await?;
        let handwritten = facts::Handwritten {
            intent: intent.id.as_str(),
            set_digest,
            png_sha256: &drawn.sha256,
            bytes: drawn.bytes,
        };
        record(tx, &intent, &handwritten)?;
    }
    Ok(changed)
}

/// Sends the code that signs exactly this set, once the person was made sure of.
pub async fn ask_code(
    tx: &mut Tx,
    customer: &Customer,
    set_digest: &str,
    says: Vec<(&'static str, String)>,
) -> Result<CodeSent> {
    let intent = readied(tx, &customer.case, set_digest).await?;
    identity::vouched(tx, intent.id.as_str(), set_digest)
        .await?
        .ok_or(Refused::IdentityMissing)?;
    let purpose = CodePurpose::SignContracts;
    access::ask_bound(tx, customer, purpose, set_digest, says).await
}

/// The person's yes to exactly this set: the identity was checked for it and the code was sent for it.
///
/// A wrong code answers its refusal inside: that it was tried is in the transaction, which must end well all the same.
pub async fn authorise(
    tx: &mut Tx,
    customer: &Customer,
    set_digest: &str,
    given: &str,
) -> Result<Result<Changed>> {
    let mut intent = current(tx, &customer.case).await?;
    let same = intent.set_digest.as_deref() == Some(set_digest);
    // The answer may have been lost on its way, and the code with it.
    if same && matches!(intent.state, State::Authorised | State::Signed) {
        return Ok(Ok(Changed::No));
    }
    intent.may_authorise(set_digest, tx.now_ms())?;
    let vouched = identity::vouched(tx, intent.id.as_str(), set_digest)
        .await?
        .ok_or(Refused::IdentityMissing)?;
    let purpose = CodePurpose::SignContracts;
    let code: CodeId = match access::confirm_bound(tx, customer, purpose, set_digest, given).await?
    {
        Ok(code) => code,
        Err(wrong) => return Ok(Err(wrong)),
    };
    intent.state = State::Authorised;
    store::save(tx, &intent).await?;
    let authorised = facts::Authorised {
        intent: intent.id.as_str(),
        set_digest,
        route: vouched.route,
        checks: &vouched.checks,
        code: code.as_str(),
    };
    record(tx, &intent, &authorised)?;
    Ok(Ok(Changed::Yes))
}

/// The newest set of a case, locked.
pub async fn current(tx: &Tx, case: &str) -> Result<Intent> {
    let newest = store::lock_newest(tx, case).await?;
    Ok(newest.ok_or(Refused::NotReady)?)
}

pub fn record<S: Sworn>(tx: &mut Tx, intent: &Intent, sworn: &S) -> Result<()> {
    tx.record(Fact::of(&intent.case, sworn)?.about(&intent.subject));
    Ok(())
}
