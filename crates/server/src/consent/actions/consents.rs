//! What a person does with notices; inside the caller's transaction, whose seat is the person.

use crate::access::{self, Reach};
use crate::clock::DAY_MS;
use crate::consent::facts::{Acknowledged, Decided, Declined, Given, Shown, Withdrawn};
use crate::consent::jobs::PrintReceipt;
use crate::consent::model::{Choice, Consent, ConsentId, ConsentKind, State};
use crate::consent::notice::Notice;
use crate::consent::refusal::Refused;
use crate::consent::store::{consents as store, notices, outreach};
use crate::contacts;
use crate::db::Read;
use crate::error::{Error, Result};
use crate::ledger::{Changed, Fact, Tx};
use crate::product::Protection;
use crate::vault::{self, Basis, EndReason, ItemKind, SubjectId};

/// Whom a journey asks, and about what.
#[derive(Clone, Copy, Debug)]
pub struct Asked<'a> {
    pub subject: &'a SubjectId,
    /// The journey.
    pub case: &'a str,
    /// Codes of the notices that its product asks for.
    pub notices: &'a [String],
    pub wording: Wording,
    /// Kinds that this person isn't asked for, or not yet.
    pub but: &'a [ConsentKind],
    /// UTC ms.
    pub at_ms: i64,
}

/// Which wording a decision must be about in order to count.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wording {
    /// The one in force: a changed notice asks anew (PIPL 14).
    InForce,
    /// The one that was decided about: the journey was completed under it.
    AsDecided,
}

/// One notice, named by code and by the digest of what was on the screen.
#[derive(Clone, Copy, Debug)]
pub struct OneNotice<'a> {
    pub step: Protection,
    pub code: &'a str,
    pub digest: &'a str,
}

impl Asked<'_> {
    /// The notice in force, when the journey asks for it in this step and it is still what the person saw.
    async fn notice(&self, view: &impl Read, one: OneNotice<'_>) -> Result<Notice> {
        if !self.notices.iter().any(|code| code == one.code) {
            return Err(Error::not_found());
        }
        let notice = notices::in_force(view, one.code, self.at_ms)
            .await?
            .filter(|notice| notice.kind().step() == one.step && !self.but.contains(&notice.kind()))
            .ok_or_else(Error::not_found)?;
        if notice.digest == one.digest {
            Ok(notice)
        } else {
            Err(Refused::NoticeChanged.into())
        }
    }

    async fn newest(&self, view: &impl Read, notice: &Notice) -> Result<Option<Consent>> {
        let reach = notice.kind().reach();
        let newest = store::newest(view, self.subject, self.case, notice.code(), reach).await?;
        let newest = counting(view, self.subject, self.case, newest).await?;
        Ok(newest.filter(|consent| consent.digest == notice.digest))
    }
}

/// The newest decision that counts in a case: one of its own, or another case's where both are sure to be the person's.
pub async fn counting(
    view: &impl Read,
    subject: &SubjectId,
    case: &str,
    newest_first: Vec<Consent>,
) -> Result<Option<Consent>> {
    for consent in newest_first {
        if consent.case == case
            || (is_sure(view, subject, case).await?
                && is_sure(view, subject, &consent.case).await?)
        {
            return Ok(Some(consent));
        }
    }
    Ok(None)
}

async fn is_sure(view: &impl Read, subject: &SubjectId, case: &str) -> Result<bool> {
    let reach = access::reach(view, subject, case).await?;
    Ok(matches!(reach, Reach::Person(_)))
}

/// How often one notice is shown in a case: whoever reads and declines it so often has been asked enough.
const ROUNDS_MAX: i64 = 20;

/// The notice appeared on the person's screen; a decision that stands is not asked for again.
pub async fn see(tx: &mut Tx, asked: &Asked<'_>, one: OneNotice<'_>) -> Result<Changed> {
    let notice = asked.notice(tx, one).await?;
    let now_ms = tx.now_ms();
    if let Some(known) = asked.newest(tx, &notice).await?
        && (matches!(known.state, State::Shown | State::Acknowledged) || known.live(now_ms))
    {
        return Ok(Changed::No);
    }
    if store::rounds(tx, asked.case, notice.code()).await? >= ROUNDS_MAX {
        return Err(Refused::TooManyRounds.into());
    }
    let consent = Consent {
        id: ConsentId::fresh(now_ms, &tx.ctx().random),
        subject: asked.subject.clone(),
        case: asked.case.to_owned(),
        code: notice.code().to_owned(),
        kind: notice.kind(),
        notice: notice.id,
        digest: notice.digest,
        state: State::Shown,
        shown_at_ms: now_ms,
        decided_at_ms: None,
        valid_until_ms: None,
        withdrawn_at_ms: None,
        confirmed_by: None,
        receipt_digest: None,
        receipt_bytes: 0,
        version: 1,
    };
    store::insert(tx, &consent).await?;
    record(tx, &consent, |about| {
        Fact::of(&consent.case, &Shown { about })
    })?;
    Ok(Changed::Yes)
}

/// The notice that a code is to confirm: it stands before the person.
pub async fn shown(view: &impl Read, asked: &Asked<'_>, one: OneNotice<'_>) -> Result<Notice> {
    let notice = asked.notice(view, one).await?;
    asked
        .newest(view, &notice)
        .await?
        .ok_or(Refused::NotShown)?;
    Ok(notice)
}

/// Whether the person's consent to exactly this notice stands, so that there is nothing left to confirm.
pub async fn stands(view: &impl Read, asked: &Asked<'_>, one: OneNotice<'_>) -> Result<bool> {
    let notice = asked.notice(view, one).await?;
    let known = asked.newest(view, &notice).await?;
    Ok(known.is_some_and(|consent| consent.live(asked.at_ms)))
}

/// The person's choice about one notice that was shown to them. `confirmed_by` is the id of the one-time code that
/// confirmed it, where one was asked for.
pub async fn choose(
    tx: &mut Tx,
    asked: &Asked<'_>,
    one: OneNotice<'_>,
    choice: Choice,
    confirmed_by: Option<String>,
) -> Result<Changed> {
    let notice = asked.notice(tx, one).await?;
    let shown = asked.newest(tx, &notice).await?.ok_or(Refused::NotShown)?;
    let shown = store::lock(tx, &shown.id).await?;
    let now_ms = tx.now_ms();
    let content = &notice.document.content;
    let valid_until_ms = content.valid_days.map(|days| now_ms + days * DAY_MS);
    let (consent, changed) = shown.choose(choice, confirmed_by, valid_until_ms, now_ms)?;
    if changed == Changed::No {
        return Ok(changed);
    }
    store::save(tx, &consent).await?;
    let reach = access::reach(tx, asked.subject, asked.case).await?;
    match choice {
        Choice::Acknowledge => {}
        Choice::Decline => {
            for other in others(tx, &reach, &consent).await? {
                let other = store::lock(tx, &other.id).await?;
                take_back(tx, &other).await?;
            }
        }
        Choice::Give => {
            replace_others(tx, &reach, &consent).await?;
            grant(tx, &consent, &content.items).await?;
        }
    }
    record(tx, &consent, |about| match choice {
        Choice::Acknowledge => Fact::of(&consent.case, &Acknowledged { about }),
        Choice::Decline => Fact::of(&consent.case, &Declined { about }),
        Choice::Give => Fact::of(
            &consent.case,
            &Given {
                about,
                valid_until_ms: consent.valid_until_ms,
                confirmed_by: consent.confirmed_by.as_deref(),
            },
        ),
    })?;
    print_receipt(tx, &consent).await?;
    Ok(changed)
}

/// Lets the vault open what the notice names, for its one purpose, until the consent ends.
async fn grant(tx: &mut Tx, consent: &Consent, items: &[String]) -> Result<()> {
    let mut items: Vec<ItemKind> = items
        .iter()
        .filter_map(|item| ItemKind::parse(item))
        .collect();
    // A face is compared with that of a named person, whether or not the notice lists the name again.
    if consent.kind == ConsentKind::FaceVoice {
        for needed in [ItemKind::Name, ItemKind::IdNumber] {
            if !items.contains(&needed) {
                items.push(needed);
            }
        }
    }
    let (Some(purpose), Some(until_ms)) = (consent.kind.purpose(), consent.valid_until_ms) else {
        return Ok(());
    };
    if items.is_empty() {
        return Ok(());
    }
    vault::grant_resting_on(
        tx,
        consent.id.as_str(),
        &consent.subject,
        purpose,
        &items,
        Basis::Consent,
        until_ms,
    )
    .await?;
    Ok(())
}

/// Takes a consent back at any time: the grants and the queued work that rest on it end with it, and nothing else.
pub async fn withdraw(tx: &mut Tx, reach: &Reach, id: &ConsentId) -> Result<Changed> {
    let given = store::lock(tx, id).await?;
    reach.must_cover(&given.subject, &given.case)?;
    let changed = take_back(tx, &given).await?;
    if changed == Changed::Yes {
        // Who says no to one wording of a notice says no to every other.
        for other in others(tx, reach, &given).await? {
            let other = store::lock(tx, &other.id).await?;
            take_back(tx, &other).await?;
        }
    }
    Ok(changed)
}

/// Consents to other wordings of the same notice, as far as the person's session reaches.
async fn others(tx: &Tx, reach: &Reach, consent: &Consent) -> Result<Vec<Consent>> {
    let (subject, case) = (&consent.subject, consent.case.as_str());
    let mut given = store::given(tx, subject, case, &consent.code, consent.kind.reach()).await?;
    given.retain(|other| other.id != consent.id && reach.covers(&other.subject, &other.case));
    Ok(given)
}

/// A newer consent stands in the place of those to other wordings: nothing rests on them any more.
async fn replace_others(tx: &mut Tx, reach: &Reach, consent: &Consent) -> Result<()> {
    let now_ms = tx.now_ms();
    for other in others(tx, reach, consent).await? {
        vault::end_grants_of_source(tx, other.id.as_str(), EndReason::Replaced).await?;
        tx.cancel_resting_on(&other.id).await?;
        contacts::end_resting_on(tx, other.id.as_str()).await?;
        outreach::stop_resting_on(tx, &other.id, now_ms).await?;
    }
    Ok(())
}

async fn take_back(tx: &mut Tx, given: &Consent) -> Result<Changed> {
    let (mut consent, changed) = given.clone().withdraw(tx.now_ms())?;
    if changed == Changed::No {
        return Ok(changed);
    }
    let id = &given.id;
    // The receipt then says both: given, and taken back.
    consent.receipt_digest = None;
    store::save(tx, &consent).await?;
    let grants_ended = vault::end_grants_of_source(tx, id.as_str(), EndReason::Withdrawn).await?;
    let jobs_cancelled = tx.cancel_resting_on(id).await?;
    contacts::end_resting_on(tx, id.as_str()).await?;
    let now_ms = tx.now_ms();
    outreach::stop_resting_on(tx, id, now_ms).await?;
    record(tx, &consent, |about| {
        Fact::of(
            &consent.case,
            &Withdrawn {
                about,
                grants_ended,
                jobs_cancelled,
            },
        )
    })?;
    print_receipt(tx, &consent).await?;
    Ok(changed)
}

/// The consent that work in a case may rest on now, or why there is none; for kinds that reach the person, another case's
/// too, where both are sure to be the person's.
pub async fn must(
    view: &impl Read,
    subject: &SubjectId,
    case: &str,
    kind: ConsentKind,
    now_ms: i64,
) -> Result<Result<Consent, Refused>> {
    let newest = store::newest_of_kind(view, subject, case, kind).await?;
    Ok(match counting(view, subject, case, newest).await? {
        Some(consent) if consent.live(now_ms) => Ok(consent),
        Some(consent) => Err(match consent.state {
            State::Withdrawn => Refused::Withdrawn,
            State::Given => Refused::Expired,
            State::Shown | State::Acknowledged | State::Declined => Refused::Missing,
        }),
        None => Err(Refused::Missing),
    })
}

async fn print_receipt(tx: &mut Tx, consent: &Consent) -> Result<()> {
    tx.enqueue(&PrintReceipt {
        consent: consent.id.to_string(),
    })
    .await
}

fn record(
    tx: &mut Tx,
    consent: &Consent,
    fact: impl FnOnce(Decided<'_>) -> Result<Fact>,
) -> Result<()> {
    let about = Decided {
        consent: consent.id.as_str(),
        notice: consent.notice.as_str(),
        code: &consent.code,
        kind: consent.kind,
        digest: &consent.digest,
    };
    let fact = fact(about)?.about(&consent.subject);
    tx.record(fact);
    Ok(())
}
