//! Changing the terms of a paid loan: a journey of its own, with a sheet of the new terms and, where the loan was signed, a
//! signature.

use cost::LoanTerms;

use super::at_step;
use super::holds::cancel_now;
use super::open::{Opened, known_by, reference_fault};
use super::parties::PARTIES_MAX;
use super::price::{prepare, save_price, within_ceilings};
use crate::access::{self, Customer, Reach};
use crate::clock::{self, DAY_MS};
use crate::ctx::Ctx;
use crate::disclosure::{self, Audience};
use crate::error::{Error, Field, Result, Text};
use crate::journey::change::Reason;
use crate::journey::changes::{compared, confirmed, newest};
use crate::journey::comparison::{Comparison, Owed};
use crate::journey::jobs::Expire;
use crate::journey::kind::Kind;
use crate::journey::model::{Journey, Refused, State};
use crate::journey::store::Change;
use crate::journey::{JourneyId, facts, store};
use crate::ledger::{self, Changed, Fact, Tx};
use crate::product::{self, Protection, Version};
use crate::roster;
use crate::vault::{self, Basis, ItemKind, Purpose};

/// Changes of one loan; whoever needs more talks about another loan.
pub const CHANGES_MAX: i64 = 50;
/// New terms count from a day no further ahead than this.
const FROM_DAYS_MAX: i64 = 90;

/// What a lender sends to change a loan's terms.
#[derive(Clone, Debug)]
pub struct NewChange {
    /// The lender's own number.
    pub reference: String,
    pub reason: Reason,
    /// Of what is still owed, from the day on which they count.
    pub terms: LoanTerms,
    /// As in [`super::Opening`].
    pub idempotency_key: String,
    pub request_digest: String,
}

/// What the same request under the same key opened before.
pub async fn opened_before(tx: &Tx, asked: &NewChange) -> Result<Option<Opened>> {
    known_by(tx, &asked.idempotency_key, &asked.request_digest).await
}

/// Opens a change of a paid loan's terms, compared with what is really owed, in the transaction of the room that keeps the
/// loan: only that room can say so.
///
/// Nothing changes before the borrower has read, confirmed and, where the loan was signed, signed it.
pub async fn open_change(
    mut tx: Tx,
    loan: &JourneyId,
    asked: &NewChange,
    owed: Owed,
) -> Result<Opened> {
    if let Some(fault) = reference_fault(&asked.reference) {
        return Err(Error::Invalid(vec![fault]));
    }
    // Two changes of one loan at once: the second sees the first.
    let loan = store::lock(&tx, loan).await?;
    let version = product::version(&tx, &loan.product, loan.product_version).await?;
    let from = may_change(&tx, &loan, &version).await?;
    let before = confirmed(&tx, &from).await?;
    let older = before.shown()?.sheet;
    let faults = faults(&asked.terms, &older.terms, tx.now_ms())?;
    if !faults.is_empty() {
        return Err(Error::Invalid(faults));
    }
    if disclosure::terms_digest(&asked.terms)? == before.terms_digest {
        return Err(Refused::PriceFixed.into());
    }
    let policy = product::policy(&tx).await?;
    let sheet = cost::sheet(&asked.terms, &policy).map_err(|cause| terms_fault(&cause))?;
    let compared = Comparison::of(&older, &sheet, owed, &policy);
    if let Some(fault) = asked.reason.belied(&compared, &older.terms, &asked.terms) {
        return Err(Error::Invalid(vec![fault]));
    }
    let ctx = tx.ctx().clone();
    roster::clear(&tx, &asked.terms).await?;
    let own = access::settings(&tx).await?.settings;
    // Signed after the day it counts from, it would ask again for what was paid since.
    let counts_until_ms = clock::start_of(asked.terms.start) + DAY_MS;
    let valid_until_ms = tx.now_ms() + own.valid_days(&ctx.config) * DAY_MS;
    let expires_at_ms = valid_until_ms.min(counts_until_ms);
    let id = JourneyId::fresh(ctx.clock.now_ms(), &ctx.random);
    let subject = vault::subject(&ctx, &tx, &loan.subject).await?;
    let age = subject.age_on(clock::civil_date(tx.now_ms()))?;
    let (phone, basis) = ([ItemKind::Phone], Basis::Contract);
    let purpose = Purpose::SendCode;
    vault::grant(
        &mut tx,
        &loan.subject,
        purpose,
        &phone,
        basis,
        expires_at_ms,
    )
    .await?;
    access::create_link(&mut tx, id.as_str(), &loan.subject, expires_at_ms).await?;
    let journey = Journey {
        id,
        kind: Kind::Change,
        line: None,
        main: None,
        reference: asked.reference.clone(),
        borrower_masked: subject.name_masked,
        phone_masked: subject.phone_masked,
        audience: if age >= own.elder_age(&ctx.config) {
            Audience::Elder
        } else {
            Audience::Standard
        },
        state: State::WaitingPrice,
        principal: None,
        periods: None,
        composite_ppm: None,
        terms_digest: None,
        person_asked_at_ms: None,
        created_at_ms: tx.now_ms(),
        updated_at_ms: tx.now_ms(),
        expires_at_ms,
        disbursed_at_ms: None,
        version: 1,
        ..loan.clone()
    };
    let part = compared.key_term(asked.reason);
    let change = Change {
        id: journey.id.clone(),
        loan: loan.id.clone(),
        from,
        reason: asked.reason,
        compared: Some(compared),
        dearer_accepted_at_ms: None,
        completed_at_ms: None,
    };
    let (key, digest) = (&asked.idempotency_key, &asked.request_digest);
    store::insert(&mut tx, &journey, key, digest).await?;
    store::insert_change(&mut tx, &change).await?;
    let opened = facts::Opened {
        product: journey.product.as_str(),
        product_version: journey.product_version,
        subject: journey.subject.as_str(),
        audience: journey.audience,
        required: &journey.kind.asked(&version.definition.required),
        expires_at_ms,
    };
    tx.record(Fact::of(&journey.id, &opened)?.about(&journey.subject));
    let expire = Expire {
        journey: journey.id.to_string(),
    };
    tx.enqueue_at(&expire, expires_at_ms).await?;
    // Nobody is reminded of it: the lender began it, and silence is a no.
    let terms = asked.terms.clone();
    let (sheet, shown) = prepare(&mut tx, &journey, &version, terms, Some(part)).await?;
    within_ceilings(&shown, &version, &policy)?;
    let (journey, priced) = save_price(&mut tx, journey, &sheet, &shown).await?;
    let opened = facts::ChangeOpened {
        loan: loan.id.as_str(),
        change: journey.id.as_str(),
        reason: asked.reason,
        from_terms_digest: &before.terms_digest,
        to_terms_digest: &sheet.terms_digest,
    };
    for case in [&loan.id, &journey.id] {
        tx.record(Fact::of(case, &opened)?.about(&journey.subject));
    }
    ledger::commit(tx, priced).await?;
    Ok(Opened {
        journey,
        replayed: false,
    })
}

/// Whether a loan's terms may change now; answers the journey whose terms are in force.
async fn may_change(tx: &Tx, loan: &Journey, version: &Version) -> Result<JourneyId> {
    if store::is_forgotten(tx, &loan.id).await? {
        return Err(Refused::Forgotten.into());
    }
    not_held(tx, loan).await?;
    let required = &version.definition.required;
    if required.contains(&Protection::Signing) && version.definition.change_documents.is_empty() {
        return Err(Refused::ChangeNotOffered.into());
    }
    // Whoever answers for the loan answers for what they confirmed, and for nothing else.
    let parties = store::parties_of(tx, &loan.id, PARTIES_MAX).await?;
    if !parties.is_empty() {
        return Err(Refused::ChangeHasParties.into());
    }
    let changes = store::changes_of(tx, &loan.id, CHANGES_MAX).await?;
    if i64::try_from(changes.len())? >= CHANGES_MAX {
        return Err(Refused::TooManyChanges.into());
    }
    if let Some(last) = changes.first()
        && last.completed_at_ms.is_none()
        && store::find(tx, &last.id).await?.alive(tx.now_ms()).is_ok()
    {
        return Err(Refused::ChangeOpen.into());
    }
    // The link goes to the person's own phone: it must be sure that this is who borrowed.
    match access::reach(tx, &loan.subject, loan.id.as_str()).await? {
        Reach::Person(_) => Ok(newest(&changes).unwrap_or_else(|| loan.id.clone())),
        Reach::Case(..) => Err(Refused::BorrowerUnsure.into()),
    }
}

/// What stops a loan's money stops other terms for it.
async fn not_held(tx: &Tx, loan: &Journey) -> Result<()> {
    match store::stopping(tx, loan).await? {
        None => Ok(()),
        Some(_) => Err(Refused::LoanHeld.into()),
    }
}

/// Whether anything may be done about a change now: not while it or its loan is held.
pub(super) async fn may_go_on(tx: &Tx, change: &Journey) -> Result<()> {
    not_held(tx, change).await?;
    let change = store::change(tx, &change.id).await?;
    not_held(tx, &store::find(tx, &change.loan).await?).await
}

/// Which change that is under way is called off.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Waiting {
    Any,
    /// One that was compared with something late.
    WithArrears,
}

impl Waiting {
    fn holds(self, change: &Change) -> bool {
        let late = |compared: &Comparison| compared.owed.arrears > 0;
        change.completed_at_ms.is_none()
            && (self == Self::Any || change.compared.as_ref().is_some_and(late))
    }
}

/// Calls off the change of a loan that is under way, in the transaction of the room that keeps the loan: what it was compared
/// with is not so any more.
pub async fn end_change(tx: &mut Tx, loan: &JourneyId, of: Waiting) -> Result<()> {
    let changes = store::changes_of(tx, loan, 1).await?;
    let Some(last) = changes.first().filter(|one| of.holds(one)) else {
        return Ok(());
    };
    let journey = store::lock(tx, &last.id).await?;
    let waits = matches!(journey.state, State::WaitingPrice | State::Open);
    if waits && journey.alive(tx.now_ms()).is_ok() {
        cancel_now(tx, journey).await?;
    }
    Ok(())
}

/// What new terms must keep of the older ones, by field.
fn faults(terms: &LoanTerms, before: &LoanTerms, now_ms: i64) -> Result<Vec<Field>> {
    let mut fields = Vec::new();
    if let Err(cause) = terms.validate() {
        return Err(terms_fault(&cause));
    }
    let today = clock::civil_date(now_ms);
    let last = clock::civil_date(now_ms + FROM_DAYS_MAX * DAY_MS);
    if terms.start < today || terms.start > last || terms.start < before.start {
        fields.push(Field::new(
            "terms.start",
            "out_of_range",
            Text::new(
                "新条件从今天起 90 天以内的某一天开始，不早于现行条件。",
                "New terms count from a day within 90 days from today, and not before those in force.",
            ),
        ));
    }
    if terms.parties != before.parties || terms.currency != before.currency {
        fields.push(Field::new(
            "terms.parties",
            "parties_differ",
            Text::new(
                "条件变更不能更换出借、担保等各方。",
                "A change of terms does not change who lends, guarantees or takes part.",
            ),
        ));
    }
    let deducted = |item: &cost::Item| {
        matches!(
            item.charge,
            cost::Charge::Deducted { .. } | cost::Charge::DeductedRate { .. }
        )
    };
    if terms.items.iter().any(deducted) {
        fields.push(Field::new(
            "terms.items",
            "nothing_paid_out",
            Text::new(
                "条件变更不放款，不能从放款中扣费。",
                "A change pays nothing out from which a charge could be deducted.",
            ),
        ));
    }
    Ok(fields)
}

fn terms_fault(cause: &cost::CostError) -> Error {
    Error::Invalid(vec![Field::new(
        "terms",
        cause.code(),
        Text::new(cause.zh(), cause.en()),
    )])
}

/// The person says yes to a change's costing more, of exactly this sheet.
pub async fn accept_dearer(ctx: &Ctx, customer: &Customer, digest: &str) -> Result<()> {
    let mut at = at_step(ctx, customer, Protection::CostDisclosure).await?;
    if at.journey.kind != Kind::Change {
        return Err(Refused::StepNotAsked.into());
    }
    let mut change = store::change(&at.tx, &at.journey.id).await?;
    let sheet = disclosure::find(&at.tx, change.id.as_str()).await?;
    if sheet.is_none_or(|sheet| sheet.sheet_digest != digest) {
        return Err(disclosure::Refused::Changed.into());
    }
    let dearer = compared(&at.tx, &change).await?.dearer;
    if dearer.is_empty() || change.dearer_accepted_at_ms.is_some() {
        return at.end(Changed::No).await;
    }
    change.dearer_accepted_at_ms = Some(at.tx.now_ms());
    store::save_change(&mut at.tx, &change).await?;
    let fact = facts::DearerAccepted {
        sheet_digest: digest,
        dearer: &dearer,
    };
    at.tx
        .record(Fact::of(&change.id, &fact)?.about(&at.journey.subject));
    at.end(Changed::Yes).await
}

/// Nothing that costs more is confirmed in passing.
pub(super) async fn may_confirm(tx: &Tx, journey: &Journey) -> Result<()> {
    if journey.kind != Kind::Change {
        return Ok(());
    }
    let change = store::change(tx, &journey.id).await?;
    let dearer = !compared(tx, &change).await?.dearer.is_empty();
    if dearer && change.dearer_accepted_at_ms.is_none() {
        return Err(Refused::DearerNotAccepted.into());
    }
    Ok(())
}

/// The last step of a change is done: its terms are those of the loan from their first day on, and the loan's case says so.
pub(super) async fn come_into_force(tx: &mut Tx, journey: &Journey) -> Result<()> {
    let mut change = store::change(tx, &journey.id).await?;
    let loan = store::lock(tx, &change.loan).await?;
    for held in [journey, &loan] {
        not_held(tx, held).await?;
    }
    let before = disclosure::find(tx, change.from.as_str())
        .await?
        .ok_or(Refused::Forgotten)?;
    let compared = compared(tx, &change).await?;
    change.completed_at_ms = Some(tx.now_ms());
    store::save_change(tx, &change).await?;
    let to_terms_digest = journey
        .terms_digest
        .as_deref()
        .ok_or_else(|| Error::internal("a change without terms"))?;
    let fact = facts::TermsChanged {
        loan: loan.id.as_str(),
        change: change.id.as_str(),
        reason: change.reason,
        from: &compared.from.to_string(),
        from_terms_digest: &before.terms_digest,
        to_terms_digest,
    };
    tx.record(Fact::of(&loan.id, &fact)?.about(&journey.subject));
    Ok(())
}
