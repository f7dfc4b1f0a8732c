//! Verbs: named, removed. Telling is a job.

use super::facts;
use super::jobs::tell_later;
use super::model::{Bar, Contact, ContactId, Relation, RemovedBy, Role, State};
use super::refusal::Refused;
use super::store;
use crate::access::{self, Reach};
use crate::clock::DAY_MS;
use crate::db::Read as _;
use crate::error::{Error, Refuse as _, Result};
use crate::ledger::{Changed, Fact, Sworn, Tx};
use crate::vault::{self, Basis, ItemKind, Known, Private, Removal, SubjectId, ThirdPerson};

/// Whom one borrower may name within so many days, counting those who were removed: each gets a message.
const NAMED_MAX: i64 = 6;
/// How often a case may try to name somebody in vain within as many days: each refusal tells something.
const REFUSED_MAX: i64 = 6;
const NAMED_DAYS: i64 = 30;
/// Messages that one phone gets within as many days, whoever names it.
const TOLD_MAX: i64 = 3;
/// Other borrowers with the same phone among their third persons: a family may be as large, an agent is larger.
const BORROWERS_MAX: i64 = 4;
/// A message that could not leave for so long will not leave any more.
const TELL_DAYS: i64 = 7;

/// A third person about to be named.
#[derive(Debug)]
pub struct Naming<'a> {
    pub case: &'a str,
    pub borrower: &'a SubjectId,
    /// Who answers for the loan beside the borrower, each with the case of their own.
    pub parties: &'a [(SubjectId, String)],
    pub role: Role,
    pub relation: Relation,
    pub third: &'a ThirdPerson,
    /// How many of this role the case may have.
    pub most: i64,
    /// The consent it rests on, for an informed relative.
    pub consent: Option<&'a str>,
}

/// Names a third person and has them told; the same phone again in the same role changes nothing. A refusal that would
/// tell something of other people counts, and is written down by the caller's commit.
pub async fn name(tx: &mut Tx, naming: Naming<'_>) -> Result<Result<Changed, Refused>> {
    let third = naming.third;
    let faults = third.check();
    if !faults.is_empty() {
        return Err(Error::Invalid(faults));
    }
    naming.role.fits(naming.relation)?;
    let phone_index = vault::third_phone_index(tx, &third.phone)?;
    let mut live = store::of_case(tx, naming.case).await?;
    live.retain(|one| one.role == naming.role && one.removed_at_ms.is_none());
    if live.iter().any(|one| one.phone_index == phone_index) {
        return Ok(Ok(Changed::No));
    }
    if i64::try_from(live.len())? >= naming.most {
        return Err(Refused::TooMany.into());
    }
    let now_ms = tx.now_ms();
    let since_ms = since(now_ms);
    let reach = access::reach(tx, naming.borrower, naming.case).await?;
    if store::named_since(tx, &reach, naming.case, since_ms).await? >= NAMED_MAX
        || store::refused_since(tx, naming.case, since_ms).await? >= REFUSED_MAX
    {
        return Err(Refused::TooOften.into());
    }
    if let Some(refused) = barrier(tx, &naming, &reach, &phone_index).await? {
        let id = ContactId::fresh(now_ms, &tx.ctx().random);
        store::note_refused(tx, &id, naming.case, now_ms).await?;
        let fact = facts::NamingRefused {
            why: refused.code(),
        };
        tx.record(Fact::of(naming.case, &fact)?.about(naming.borrower));
        return Ok(Err(refused));
    }
    let kept_for = naming.role.kept_for();
    let person = vault::enrol_third(tx, naming.borrower, third, kept_for).await?;
    let contact = Contact {
        id: ContactId::fresh(now_ms, &tx.ctx().random),
        case: naming.case.to_owned(),
        borrower: naming.borrower.clone(),
        person: person.id,
        role: naming.role,
        relation: naming.relation,
        consent: naming.consent.map(str::to_owned),
        phone_index,
        named_at_ms: now_ms,
        told_at_ms: None,
        delivered: None,
        delivered_at_ms: None,
        removed_at_ms: None,
        removed_by: None,
        bar: None,
        version: 1,
    };
    store::insert(tx, &contact).await?;
    let fact = facts::Named {
        contact: contact.id.as_str(),
        person: contact.person.as_str(),
        role: contact.role,
        relation: contact.relation,
        consent: contact.consent.as_deref(),
    };
    record(tx, &contact, &fact)?;
    if matches!(reach, Reach::Person(_)) {
        have_told(tx, &contact).await?;
    }
    Ok(Ok(Changed::Yes))
}

fn since(now_ms: i64) -> i64 {
    now_ms - NAMED_DAYS * DAY_MS
}

/// Why this third person may not be named: each reason tells something of other people.
async fn barrier(
    tx: &Tx,
    naming: &Naming<'_>,
    reach: &Reach,
    phone_index: &[u8],
) -> Result<Option<Refused>> {
    if !is_third(tx, naming).await? {
        return Ok(Some(Refused::IsParty));
    }
    if store::barred(tx, phone_index, reach).await? {
        return Ok(Some(Refused::Barred));
    }
    if store::borrowers_with(tx, phone_index, naming.borrower).await? >= BORROWERS_MAX {
        return Ok(Some(Refused::OfMany));
    }
    let enough = told_enough(tx, phone_index).await?;
    Ok(enough.then_some(Refused::TooOften))
}

/// Whether a phone had as many messages lately as anybody must bear.
pub(super) async fn told_enough(tx: &Tx, phone_index: &[u8]) -> Result<bool> {
    Ok(store::told_since(tx, phone_index, since(tx.now_ms())).await? >= TOLD_MAX)
}

/// Whether a third person is neither the borrower nor anybody who answers for the loan, by phone or by name. Where it is
/// not sure who another party is, only what their own case came with is looked at.
async fn is_third(tx: &Tx, naming: &Naming<'_>) -> Result<bool> {
    let third = naming.third;
    let parties = naming.parties.iter().map(|(of, case)| (of, case.as_str()));
    for (party, case) in std::iter::once((naming.borrower, naming.case)).chain(parties) {
        // The borrower came with what serves their case, whoever they turn out to be.
        let known = match access::reach(tx, party, case).await? {
            _ if case == naming.case => Known::Serving,
            Reach::Person(_) => Known::Serving,
            Reach::Case(..) => Known::Own,
        };
        for (kind, value) in [
            (ItemKind::Phone, &third.phone),
            (ItemKind::Name, &third.name),
        ] {
            if vault::has(tx.ctx(), tx, (party, case), known, (kind, value)).await? {
                return Ok(false);
            }
        }
    }
    Ok(true)
}

/// Lets a third person be told, and queues their message.
async fn have_told(tx: &mut Tx, contact: &Contact) -> Result<()> {
    let now_ms = tx.now_ms();
    // Telling somebody that their data is kept is a duty (PIPL 17); telling more rests on the borrower's consent.
    let basis = match contact.consent {
        Some(_) => Basis::Consent,
        None => Basis::LegalDuty,
    };
    vault::grant_resting_on(
        tx,
        contact.rests_on(),
        &contact.person,
        contact.role.told_for(),
        &[ItemKind::RelativePhone],
        basis,
        now_ms + TELL_DAYS * DAY_MS,
    )
    .await?;
    tell_later(tx, contact, now_ms).await
}

/// A case's person is who they say: whoever was named before is told now.
pub async fn tell_named(tx: &mut Tx, case: &str) -> Result<Changed> {
    let mut told = Changed::No;
    for contact in store::of_case(tx, case).await? {
        let reach = access::reach(tx, &contact.borrower, case).await?;
        let purpose = contact.role.told_for();
        if contact.state() != State::Named
            || !matches!(reach, Reach::Person(_))
            || vault::may_open(tx, &contact.person, ItemKind::RelativePhone, purpose).await?
        {
            continue;
        }
        have_told(tx, &contact).await?;
        told = Changed::Yes;
    }
    Ok(told)
}

/// Removes a third person: their key, grants and message go at once. Their phone is barred as somebody wishes.
pub async fn remove(
    tx: &mut Tx,
    id: &ContactId,
    by: RemovedBy,
    bar: Option<Bar>,
) -> Result<Changed> {
    let known = store::find(tx, id, tx.for_update()).await?;
    let gone = known.removed_at_ms.is_some();
    let (removed, changed) = known.remove(by, bar, tx.now_ms());
    if changed == Changed::No {
        return Ok(changed);
    }
    store::save(tx, &removed).await?;
    if !gone {
        tx.cancel_resting_on(&removed.id).await?;
        let contact = removed.id.as_str();
        match vault::remove_third(tx, &removed.person).await? {
            Removal::Gone => record(tx, &removed, &facts::Removed { contact, by })?,
            Removal::Held => record(tx, &removed, &facts::Withheld { contact, by })?,
        }
    }
    if let (RemovedBy::Contact, Some(bar)) = (by, bar) {
        let contact = removed.id.as_str();
        record(tx, &removed, &facts::Refused { contact, bar })?;
    }
    Ok(changed)
}

/// A consent ended: whoever was named under it goes. They may be named again under another.
pub async fn end_resting_on(tx: &mut Tx, consent: &str) -> Result<()> {
    for contact in store::resting_on(tx, consent).await? {
        remove(tx, &contact.id, RemovedBy::ConsentEnded, None).await?;
    }
    Ok(())
}

/// A case ended without a loan: nobody is to be reached any more.
pub async fn end_of_case(tx: &mut Tx, case: &str) -> Result<Changed> {
    let mut ended = Changed::No;
    for contact in store::of_case(tx, case).await? {
        if remove(tx, &contact.id, RemovedBy::CaseOver, None).await? == Changed::Yes {
            ended = Changed::Yes;
        }
    }
    Ok(ended)
}

/// Whoever has this phone wants no messages: they go from every case of which they were told after `after_ms`, when
/// something else was last sent there, and nobody names them again.
pub async fn refuse_told(
    tx: &mut Tx,
    phone: &Private<String>,
    after_ms: Option<i64>,
) -> Result<()> {
    let index = vault::third_phone_index(tx, phone)?;
    loop {
        // One that is refused is not listed again.
        let told = store::told_at_phone(tx, &index, after_ms.unwrap_or(0)).await?;
        if told.is_empty() {
            return Ok(());
        }
        for contact in told {
            let (by, bar) = (RemovedBy::Contact, Some(Bar::Anybody));
            remove(tx, &contact.id, by, bar).await?;
        }
    }
}

pub(super) fn record<S: Sworn>(tx: &mut Tx, contact: &Contact, sworn: &S) -> Result<()> {
    tx.record(Fact::of(&contact.case, sworn)?.about(&contact.borrower));
    Ok(())
}
