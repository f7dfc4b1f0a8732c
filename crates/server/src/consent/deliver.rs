//! What leaves the house under a consent or a duty: looked at again right before it leaves.

use serde_json::{Map, Value, json};
use zeroize::Zeroizing;

use super::adverse::AdverseId;
use super::facts::{AdverseSent, MessageSent, Provided, WorkStopped};
use super::jobs::{Provide, SendAdverse, SendMarketing};
use super::model::ConsentId;
use super::outreach::{MessageId, Provision, ProvisionId, WorkState};
use super::store::{adverse, consents, outreach};
use crate::access;
use crate::config::Recipient;
use crate::ctx::Ctx;
use crate::db::Read as _;
use crate::error::{Error, Result};
use crate::http;
use crate::id::InstitutionId;
use crate::jobs::Job as _;
use crate::ledger::{self, Fact, Seat, Tx};
use crate::notify::{self, Sms};
use crate::outward::{self, Outcome};
use crate::vault::{self, ItemKind, Purpose, SubjectId};

/// Begins a job's transaction and says whether the consent it rests on still lives; the consent stays locked.
async fn live(tx: &Tx, consent: &ConsentId) -> Result<bool> {
    Ok(consents::lock(tx, consent).await?.live(tx.now_ms()))
}

fn stopped(
    tx: &mut Tx,
    case: &str,
    subject: &SubjectId,
    work: &str,
    consent: &ConsentId,
) -> Result<()> {
    let fact = WorkStopped {
        work,
        consent: consent.as_str(),
    };
    tx.record(Fact::of(case, &fact)?.about(subject));
    Ok(())
}

/// Sends a marketing message, unless its consent ended; in the quiet hours it waits for the morning.
pub async fn marketing(ctx: &Ctx, institution: &InstitutionId, id: &MessageId) -> Result<()> {
    let seat = Seat::system(institution, SendMarketing::KIND);
    let mut tx = ledger::begin(ctx, &seat).await?;
    let message = outreach::message(&tx, id, tx.for_update()).await?;
    if message.state != WorkState::Waiting {
        return Ok(());
    }
    let now_ms = tx.now_ms();
    if !live(&tx, &message.consent).await? {
        outreach::end_message(&mut tx, id, WorkState::Stopped, now_ms).await?;
        let subject = &message.subject;
        stopped(
            &mut tx,
            &message.case,
            subject,
            id.as_str(),
            &message.consent,
        )?;
        return ledger::commit_recorded(tx).await;
    }
    let morning_ms = notify::outside_quiet_hours(now_ms);
    if morning_ms > now_ms {
        let again = SendMarketing {
            message: id.to_string(),
        };
        tx.enqueue_resting_on(&again, morning_ms, &message.consent)
            .await?;
        let fact = super::facts::MessageQueued {
            message: id.as_str(),
            consent: message.consent.as_str(),
            template: message.template.as_str(),
            send_at_ms: morning_ms,
        };
        return ledger::commit(tx, Fact::of(&message.case, &fact)?.about(&message.subject)).await;
    }
    let lender = access::institution(&tx, institution).await?;
    let phone = vault::open(
        &mut tx,
        &message.subject,
        &message.case,
        ItemKind::Phone,
        Purpose::Marketing,
    )
    .await?;
    ledger::commit_recorded(tx).await?;
    let to_masked = vault::mask_phone(phone.expose());
    let sms = Sms {
        id: id.as_str(),
        to: phone.expose(),
        to_masked: &to_masked,
        template: message.template.wording(),
        values: vec![("lender", lender.short_name)],
        case: &message.case,
    };
    notify::send(ctx, institution, sms).await?;
    let mut tx = ledger::begin(ctx, &seat).await?;
    let now_ms = tx.now_ms();
    outreach::end_message(&mut tx, id, WorkState::Done, now_ms).await?;
    let fact = MessageSent {
        message: id.as_str(),
        consent: message.consent.as_str(),
        template: message.template.as_str(),
    };
    ledger::commit(tx, Fact::of(&message.case, &fact)?.about(&message.subject)).await
}

/// Tells the person by message what would be reported, and when.
pub async fn adverse_notice(ctx: &Ctx, institution: &InstitutionId, id: &AdverseId) -> Result<()> {
    let seat = Seat::system(institution, SendAdverse::KIND);
    let mut tx = ledger::begin(ctx, &seat).await?;
    let notice = adverse::find(&tx, id, tx.for_update()).await?;
    if notice.sent_at_ms.is_some() {
        return Ok(());
    }
    let lender = access::institution(&tx, institution).await?;
    let phone = vault::open(
        &mut tx,
        &notice.subject,
        &notice.case,
        ItemKind::Phone,
        Purpose::ReportCredit,
    )
    .await?;
    ledger::commit_recorded(tx).await?;
    let arrears = &notice.arrears;
    let to_masked = vault::mask_phone(phone.expose());
    let sms = Sms {
        id: id.as_str(),
        to: phone.expose(),
        to_masked: &to_masked,
        template: notify::Template::AdverseNotice,
        values: vec![
            ("lender", lender.short_name),
            ("product", format!("{}到期的借款", arrears.due_date)),
            ("amount", cost::yuan(arrears.overdue)),
            ("report_on", arrears.report_on.to_string()),
            ("hotline", lender.hotline),
        ],
        case: &notice.case,
    };
    notify::send(ctx, institution, sms).await?;
    let mut tx = ledger::begin(ctx, &seat).await?;
    let mut now = adverse::find(&tx, id, tx.for_update()).await?;
    now.sent_at_ms = Some(tx.now_ms());
    adverse::mark(&mut tx, &now).await?;
    let fact = AdverseSent {
        notice: id.as_str(),
    };
    ledger::commit(tx, Fact::of(&now.case, &fact)?.about(&now.subject)).await
}

/// Gives items to a partner, unless the consent ended.
pub async fn provision(ctx: &Ctx, institution: &InstitutionId, id: &ProvisionId) -> Result<()> {
    let seat = Seat::system(institution, Provide::KIND);
    let mut tx = ledger::begin(ctx, &seat).await?;
    let provision = outreach::provision(&tx, id, tx.for_update()).await?;
    if provision.state != WorkState::Waiting {
        return Ok(());
    }
    let now_ms = tx.now_ms();
    if !live(&tx, &provision.consent).await? {
        outreach::end_provision(&mut tx, id, WorkState::Stopped, None, now_ms).await?;
        let subject = &provision.subject;
        stopped(
            &mut tx,
            &provision.case,
            subject,
            id.as_str(),
            &provision.consent,
        )?;
        return ledger::commit_recorded(tx).await;
    }
    let lender = access::institution(&tx, institution).await?;
    let recipient = ctx
        .config
        .recipient(&lender.code, &provision.recipient)
        .ok_or_else(|| Error::internal("a recipient is configured no more"))?
        .clone();
    let body = body(&mut tx, &provision).await?;
    ledger::commit_recorded(tx).await?;
    let digest = proof::hex::encode(&proof::digest::sha256(&body));
    post(ctx, &recipient, id, &body).await?;
    let mut tx = ledger::begin(ctx, &seat).await?;
    let now_ms = tx.now_ms();
    outreach::end_provision(&mut tx, id, WorkState::Done, Some(&digest), now_ms).await?;
    let fact = Provided {
        provision: id.as_str(),
        consent: provision.consent.as_str(),
        recipient: &provision.recipient,
        items: &provision.items,
        digest: &digest,
    };
    ledger::commit(
        tx,
        Fact::of(&provision.case, &fact)?.about(&provision.subject),
    )
    .await
}

/// The canonical body; the nonce keeps its digest from telling anything about the items.
async fn body(tx: &mut Tx, provision: &Provision) -> Result<Zeroizing<Vec<u8>>> {
    let (mut items, purpose) = (Map::new(), Purpose::ProvideToPartner);
    let (subject, case) = (&provision.subject, &provision.case);
    for item in &provision.items {
        let kind = ItemKind::parse(item).ok_or_else(|| Error::internal("unknown item"))?;
        let value = vault::open(tx, subject, case, kind, purpose).await?;
        items.insert(item.clone(), Value::String(value.expose().clone()));
    }
    let body = json!({
        "v": 1,
        "provision": provision.id,
        "consent": provision.consent,
        "journey": provision.case,
        "items": items,
        "nonce": provision.nonce,
    });
    Ok(Zeroizing::new(proof::canonical::to_vec(&body)?))
}

/// Posts a body, signed by Standard Webhooks; an error means 'not accepted, try again'.
async fn post(ctx: &Ctx, recipient: &Recipient, id: &ProvisionId, body: &[u8]) -> Result<()> {
    let loopback = ctx.config.webhook.loopback;
    let Ok(url) = outward::parse(&recipient.url, loopback) else {
        return Err(Error::internal("a recipient's address is none to send to"));
    };
    let now_ms = ctx.clock.now_ms();
    // The library's error may repeat the secret.
    let signature = http::sign(&[recipient.secret.as_str()], id.as_str(), now_ms, body)
        .map_err(|_| Error::internal("a recipient's secret is no base64"))?;
    let headers = [
        ("webhook-id", id.to_string()),
        ("webhook-timestamp", (now_ms / 1_000).to_string()),
        ("webhook-signature", signature),
    ];
    match outward::post(&url, headers, body.to_vec(), loopback).await? {
        Outcome::Answered(200..=299) => Ok(()),
        Outcome::Answered(status) => {
            Err(Error::internal(format!("the recipient answered {status}")))
        }
        Outcome::Failed(why) => Err(Error::internal(format!(
            "the recipient was not reached: {why}"
        ))),
    }
}
