//! Reading: which notices a journey still asks for, and how far that is.

use super::actions::consents::{Asked, Wording, counting};
use super::adverse::{AdverseId, AdverseNotice};
use super::bureau::{Denial, Query, QueryId, Standing, decide};
use super::model::{Consent, ConsentId, ConsentKind, State};
use super::notice::{BureauPurpose, Necessity, Notice};
use super::outreach::{Message, MessageId, Provision, ProvisionId};
use super::store::{Whose, adverse, bureau, consents, notices, outreach};
use crate::access::Reach;
use crate::db::Read;
use crate::error::Result;
use crate::notify::{self, DeliveryState};
use crate::product::{Progress, Protection};
use crate::vault::SubjectId;

/// A notice in force and what the person decided about exactly it.
#[derive(Clone, Debug)]
pub struct Offer {
    pub notice: Notice,
    pub decision: Option<Consent>,
}

/// What a journey asks for in a step, in the product's order; nothing when a notice that is asked for isn't in force.
pub async fn offered(
    view: &impl Read,
    asked: &Asked<'_>,
    step: Protection,
) -> Result<Option<Vec<Offer>>> {
    let in_force = notices::all_in_force(view, asked.notices, asked.at_ms).await?;
    let mut offers = Vec::new();
    for code in asked.notices {
        let Some(notice) = in_force.iter().find(|notice| notice.code() == code) else {
            return Ok(None);
        };
        if notice.kind().step() != step || asked.but.contains(&notice.kind()) {
            continue;
        }
        let (subject, case, reach) = (asked.subject, asked.case, notice.kind().reach());
        let newest = match asked.wording {
            Wording::InForce => consents::newest(view, subject, case, code, reach).await?,
            Wording::AsDecided => {
                consents::newest_decided(view, subject, case, code, reach).await?
            }
        };
        let decision = counting(view, subject, case, newest)
            .await?
            .filter(|consent| {
                asked.wording == Wording::AsDecided || consent.digest == notice.digest
            });
        offers.push(Offer {
            notice: notice.clone(),
            decision,
        });
    }
    Ok(Some(offers))
}

/// How far a step of notices is.
pub async fn progress(view: &impl Read, asked: &Asked<'_>, step: Protection) -> Result<Progress> {
    Ok(match offered(view, asked, step).await? {
        None => Progress::NeedsPerson,
        Some(offers) => standing(&offers, step, asked),
    })
}

/// Pure: every notice of a step is answered. What isn't necessary may be answered either way.
fn standing(offers: &[Offer], step: Protection, asked: &Asked<'_>) -> Progress {
    // A step that must tell or ask something and has nothing to say is no step a person can finish.
    if offers.is_empty() && step != Protection::SeparateConsents {
        return Progress::NeedsPerson;
    }
    let answered = |offer: &Offer| match (&offer.decision, offer.notice.document.content.necessity)
    {
        (None, _) => false,
        (Some(consent), Necessity::Necessary) => match (consent.state, asked.wording) {
            (State::Acknowledged, _) | (State::Given, Wording::AsDecided) => true,
            _ => consent.live(asked.at_ms),
        },
        (Some(consent), Necessity::Optional) => consent.state != State::Shown,
    };
    if offers.iter().all(answered) {
        Progress::Done
    } else {
        Progress::Open
    }
}

/// The newest version of a notice, in force or not.
pub async fn newest_version(view: &impl Read, code: &str) -> Result<Option<Notice>> {
    Ok(notices::versions(view, code, 1).await?.pop())
}

/// A printed receipt and what it is about.
#[derive(Clone, Debug)]
pub struct Receipt {
    pub consent: Consent,
    /// SHA-256 of the file, hex.
    pub digest: String,
    pub notice: Notice,
}

/// The printed receipts of what was decided in a journey, oldest first.
pub async fn receipts(view: &impl Read, case: &str) -> Result<Vec<Receipt>> {
    let filter = consents::Filter {
        whose: Whose::about(case),
        ..consents::Filter::default()
    };
    let mut receipts = Vec::new();
    for consent in consents::list(view, &filter, "", RECEIPTS_MAX).await? {
        let Some(digest) = consent.receipt_digest.clone() else {
            continue;
        };
        receipts.push(Receipt {
            notice: notices::find(view, &consent.notice).await?,
            digest,
            consent,
        });
    }
    receipts.reverse();
    Ok(receipts)
}

/// More decisions than this in one journey would be no journey.
const RECEIPTS_MAX: i64 = 100;

/// One decision within a session's reach.
pub async fn one_of(view: &impl Read, reach: &Reach, id: &ConsentId) -> Result<Consent> {
    let consent = consents::find(view, id).await?;
    reach.must_cover(&consent.subject, &consent.case)?;
    Ok(consent)
}

/// Why the bureau may not be asked for a purpose now; `None` when it may. Nothing is recorded.
pub async fn may_ask(
    view: &impl Read,
    subject: &SubjectId,
    case: &str,
    purpose: BureauPurpose,
    (standing, now_ms): (Standing, i64),
) -> Result<Option<Denial>> {
    let kind = ConsentKind::CreditBureau;
    let newest = consents::newest_of_kind(view, subject, case, kind).await?;
    let authority = newest.into_iter().next();
    let purposes = match &authority {
        Some(consent) => {
            let notice = notices::find(view, &consent.notice).await?;
            notice.document.content.bureau_purposes
        }
        None => Vec::new(),
    };
    Ok(decide(standing, authority.as_ref(), &purposes, purpose, now_ms).err())
}

/// One ask whether the bureau may be queried.
pub async fn query(view: &impl Read, id: &QueryId) -> Result<Query> {
    bureau::find(view, id).await
}

/// Asks about one journey, newest first.
pub async fn queries_of(view: &impl Read, case: &str) -> Result<Vec<Query>> {
    bureau::list(view, &Whose::about(case), "", "", QUERIES_MAX).await
}

/// What the lender gets to see of older asks at once.
const QUERIES_MAX: i64 = 50;

/// One telling before a report.
pub async fn adverse_notice(view: &impl Read, id: &AdverseId) -> Result<AdverseNotice> {
    adverse::find(view, id, "").await
}

/// When the phone had the message of a telling, by the gateway's receipt.
pub async fn adverse_receipt(view: &impl Read, id: &AdverseId) -> Result<Option<i64>> {
    let delivery = notify::delivery(view, id.as_str()).await?;
    Ok(delivery
        .filter(|delivery| delivery.state == DeliveryState::Delivered)
        .and_then(|delivery| delivery.receipt_at_ms))
}

/// One marketing message.
pub async fn message(view: &impl Read, id: &MessageId) -> Result<Message> {
    outreach::message(view, id, "").await
}

/// One provision to a partner.
pub async fn provision(view: &impl Read, id: &ProvisionId) -> Result<Provision> {
    outreach::provision(view, id, "").await
}
