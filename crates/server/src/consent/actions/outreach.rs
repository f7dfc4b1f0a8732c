//! Queueing work that waits on a consent, and stopping it.

use super::consents::must;
use crate::clock::DAY_MS;
use crate::consent::facts::{MessageQueued, ProvisionQueued};
use crate::consent::jobs::{Provide, SendMarketing};
use crate::consent::model::{Consent, ConsentKind};
use crate::consent::outreach::{
    AHEAD_DAYS_MAX, MESSAGES_MAX, Message, MessageId, Provision, ProvisionId, Template, WorkState,
};
use crate::consent::refusal::Refused;
use crate::consent::store::{consents, notices, outreach as store};
use crate::error::{Error, Result};
use crate::ledger::{Fact, Tx};
use crate::notify::outside_quiet_hours;
use crate::vault::SubjectId;

/// A marketing message to be sent.
#[derive(Clone, Copy, Debug)]
pub struct Campaign {
    pub template: Template,
    /// Now when absent; moved to the morning when it falls into the quiet hours.
    pub send_at_ms: Option<i64>,
}

/// Queues a marketing message under the person's live consent, which it rests on.
pub async fn queue_message(
    tx: &mut Tx,
    subject: &SubjectId,
    case: &str,
    campaign: Campaign,
) -> Result<Message> {
    let now_ms = tx.now_ms();
    let consent = must(tx, subject, case, ConsentKind::Marketing, now_ms).await??;
    // One message is counted after the other.
    let consent = consents::lock(tx, &consent.id).await?;
    if !consent.live(now_ms) {
        return Err(Refused::Withdrawn.into());
    }
    let wanted_ms = campaign.send_at_ms.unwrap_or(now_ms).max(now_ms);
    if wanted_ms > now_ms + AHEAD_DAYS_MAX * DAY_MS {
        return Err(Error::field(
            "send_at_ms",
            "too_far_ahead",
            "最多提前 90 天。",
            "At most 90 days ahead.",
        ));
    }
    let send_at_ms = outside_quiet_hours(wanted_ms);
    if consent.expired(send_at_ms) {
        return Err(Refused::Expired.into());
    }
    if store::messages_around(tx, subject, send_at_ms).await? >= MESSAGES_MAX {
        return Err(Refused::TooManyMessages.into());
    }
    let message = Message {
        id: MessageId::fresh(now_ms, &tx.ctx().random),
        subject: subject.clone(),
        case: case.to_owned(),
        consent: consent.id,
        template: campaign.template,
        state: WorkState::Waiting,
        send_at_ms,
        ended_at_ms: None,
    };
    store::insert_message(tx, &message).await?;
    let job = SendMarketing {
        message: message.id.to_string(),
    };
    tx.enqueue_resting_on(&job, send_at_ms, &message.consent)
        .await?;
    let fact = MessageQueued {
        message: message.id.as_str(),
        consent: message.consent.as_str(),
        template: message.template.as_str(),
        send_at_ms,
    };
    tx.record(Fact::of(case, &fact)?.about(subject));
    Ok(message)
}

/// Items for a recipient that the notice names.
#[derive(Clone, Debug)]
pub struct Handover {
    pub recipient: String,
    pub items: Vec<String>,
}

/// Queues giving items to a partner under the person's live consent, which it rests on.
pub async fn queue_provision(
    tx: &mut Tx,
    subject: &SubjectId,
    case: &str,
    handover: &Handover,
) -> Result<Provision> {
    let now_ms = tx.now_ms();
    let consent = must(tx, subject, case, ConsentKind::ProvideToPartner, now_ms).await??;
    named(tx, &consent, handover).await?;
    let institution = tx.seat().institution.clone();
    let code = crate::access::institution(tx, &institution).await?.code;
    if tx
        .ctx()
        .config
        .recipient(&code, &handover.recipient)
        .is_none()
    {
        return Err(Refused::RecipientNotConnected.into());
    }
    let provision = Provision {
        id: ProvisionId::fresh(now_ms, &tx.ctx().random),
        subject: subject.clone(),
        case: case.to_owned(),
        consent: consent.id,
        recipient: handover.recipient.clone(),
        items: handover.items.clone(),
        state: WorkState::Waiting,
        nonce: proof::hex::encode(&tx.ctx().random.bytes::<32>()),
        digest: None,
        asked_at_ms: now_ms,
        ended_at_ms: None,
    };
    store::insert_provision(tx, &provision).await?;
    let job = Provide {
        provision: provision.id.to_string(),
    };
    tx.enqueue_resting_on(&job, now_ms, &provision.consent)
        .await?;
    let fact = ProvisionQueued {
        provision: provision.id.as_str(),
        consent: provision.consent.as_str(),
        recipient: &provision.recipient,
        items: &provision.items,
    };
    tx.record(Fact::of(case, &fact)?.about(subject));
    Ok(provision)
}

/// The recipient and every item stand in the notice that the person agreed to.
async fn named(tx: &Tx, consent: &Consent, handover: &Handover) -> Result<()> {
    let content = notices::find(tx, &consent.notice).await?.document.content;
    if !content
        .recipients
        .iter()
        .any(|recipient| recipient.code == handover.recipient)
    {
        return Err(Refused::RecipientNotNamed.into());
    }
    let items = &handover.items;
    let twice = |(i, item)| items[..i].contains(item);
    if items.is_empty() || items.iter().enumerate().any(twice) {
        return Err(Error::field(
            "items",
            "out_of_range",
            "至少列出一项，且不重复。",
            "List one item at least, each once.",
        ));
    }
    if items.iter().all(|item| content.items.contains(item)) {
        Ok(())
    } else {
        Err(Refused::ItemNotNamed.into())
    }
}
