//! Telling third persons, and what became of their messages.

use serde::{Deserialize, Serialize};

use super::actions::{self, record};
use super::facts;
use super::model::{Contact, ContactId, RemovedBy, Role, State};
use super::store;
use super::token;
use crate::access::{self, Reach};
use crate::clock::DAY_MS;
use crate::ctx::Ctx;
use crate::db::Read as _;
use crate::error::Result;
use crate::id::InstitutionId;
use crate::jobs::{Handler, Job, handler};
use crate::ledger::{self, Seat, Tx};
use crate::notify::{self, DeliveryState, Sms, Template};
use crate::vault::{self, Basis, EndReason, ItemKind, Purpose};

pub fn jobs() -> Vec<Handler> {
    vec![handler::<TellContact>(), handler::<NoteDelivery>()]
}

/// When the gateway is asked what became of a message, after it left.
const ASK_AFTER_MS: [i64; 5] = [0, 600_000, 3_600_000, DAY_MS, 3 * DAY_MS];
/// A contact may be opened to reach the borrower for so long at the most; the end of the relation ends it sooner.
const REACH_DAYS: i64 = 1_827;

/// Sends a third person their own message, once.
#[derive(Serialize, Deserialize)]
pub struct TellContact {
    pub contact: String,
}

impl Job for TellContact {
    const KIND: &'static str = "contacts.tell";

    async fn run(self, ctx: Ctx, institution: InstitutionId) -> Result<()> {
        tell(&ctx, &institution, &ContactId::parse(&self.contact)?).await
    }
}

/// Queues the message for when nobody is woken by it. Ends with what the naming rests on.
pub(super) async fn tell_later(tx: &mut Tx, contact: &Contact, now_ms: i64) -> Result<()> {
    let job = TellContact {
        contact: contact.id.to_string(),
    };
    let send_at_ms = notify::outside_quiet_hours(now_ms);
    tx.enqueue_resting_on(&job, send_at_ms, contact.rests_on())
        .await
}

async fn tell(ctx: &Ctx, institution: &InstitutionId, id: &ContactId) -> Result<()> {
    let seat = Seat::system(institution, TellContact::KIND);
    let mut tx = ledger::begin(ctx, &seat).await?;
    let contact = store::find(&tx, id, tx.for_update()).await?;
    let purpose = contact.role.told_for();
    let item = ItemKind::RelativePhone;
    if contact.state() != State::Named
        || !vault::may_open(&tx, &contact.person, item, purpose).await?
    {
        return Ok(());
    }
    let reach = access::reach(&tx, &contact.borrower, &contact.case).await?;
    if !matches!(reach, Reach::Person(_)) {
        // Meanwhile somebody else applied in the borrower's name, or they did with another phone: their identity decides.
        vault::end_grants_of_source(&mut tx, contact.rests_on(), EndReason::Finished).await?;
        return ledger::commit_recorded(tx).await;
    }
    let now_ms = tx.now_ms();
    let morning_ms = notify::outside_quiet_hours(now_ms);
    if morning_ms > now_ms {
        tell_later(&mut tx, &contact, now_ms).await?;
        let fact = facts::Postponed {
            contact: id.as_str(),
            send_at_ms: morning_ms,
        };
        record(&mut tx, &contact, &fact)?;
        return ledger::commit_recorded(tx).await;
    }
    if actions::told_enough(&tx, &contact.phone_index).await? {
        actions::remove(&mut tx, id, RemovedBy::NotTold, None).await?;
        return ledger::commit_recorded(tx).await;
    }
    let people = [contact.borrower.clone(), contact.person.clone()];
    let known = vault::subjects(ctx, &tx, &people).await?;
    let (Some(borrower), Some(person)) = (known.get(&contact.borrower), known.get(&contact.person))
    else {
        // The relation ended meanwhile, and the third person with it.
        actions::remove(&mut tx, id, RemovedBy::CaseOver, None).await?;
        return ledger::commit_recorded(tx).await;
    };
    let lender = access::institution(&tx, institution).await?;
    let key = ctx.keys.get_or_create(token::KEY, &ctx.random)?;
    let link = format!(
        "{}/h5/#/c/{}",
        access::base_url(ctx, &tx).await?,
        token::token(&key, &lender.code, id)
    );
    let phone = vault::open(&mut tx, &contact.person, &contact.case, item, purpose).await?;
    ledger::commit_recorded(tx).await?;
    let template = match contact.role {
        Role::EmergencyContact => Template::ContactNamed,
        Role::InformedRelative => Template::RelativeInformed,
    };
    let sms = Sms {
        id: id.as_str(),
        to: phone.expose(),
        to_masked: &person.phone_masked,
        template,
        values: vec![
            ("lender", lender.short_name),
            ("borrower", borrower.name_masked.clone()),
            ("link", link),
            ("hotline", lender.hotline),
        ],
        case: &contact.case,
    };
    notify::send(ctx, institution, sms).await?;
    told(ctx, &seat, id, template).await
}

/// Notes that the message left; from now on an emergency contact may be opened to reach the borrower.
async fn told(ctx: &Ctx, seat: &Seat, id: &ContactId, template: Template) -> Result<()> {
    let mut tx = ledger::begin(ctx, seat).await?;
    let mut contact = store::find(&tx, id, tx.for_update()).await?;
    let now_ms = tx.now_ms();
    if contact.told_at_ms.is_some() {
        return Ok(());
    }
    contact.told_at_ms = Some(now_ms);
    store::save(&mut tx, &contact).await?;
    if contact.removed_at_ms.is_none() {
        vault::end_grants_of_source(&mut tx, contact.rests_on(), EndReason::Finished).await?;
        if contact.role == Role::EmergencyContact {
            vault::grant_resting_on(
                &mut tx,
                contact.rests_on(),
                &contact.person,
                Purpose::ReachBorrower,
                &[ItemKind::RelativeName, ItemKind::RelativePhone],
                Basis::Consent,
                now_ms + REACH_DAYS * DAY_MS,
            )
            .await?;
        }
    }
    for after_ms in ASK_AFTER_MS {
        let ask = NoteDelivery {
            contact: id.to_string(),
        };
        tx.enqueue_at(&ask, now_ms + after_ms).await?;
    }
    let fact = facts::Told {
        contact: id.as_str(),
        template: template.as_str(),
    };
    record(&mut tx, &contact, &fact)?;
    ledger::commit_recorded(tx).await
}

/// Swears to what the gateway said about a message, if that is news.
#[derive(Serialize, Deserialize)]
pub struct NoteDelivery {
    pub contact: String,
}

impl Job for NoteDelivery {
    const KIND: &'static str = "contacts.note_delivery";

    async fn run(self, ctx: Ctx, institution: InstitutionId) -> Result<()> {
        let id = ContactId::parse(&self.contact)?;
        let mut tx = ledger::begin(&ctx, &Seat::system(&institution, Self::KIND)).await?;
        let contact = store::find(&tx, &id, tx.for_update()).await?;
        let Some(delivery) = notify::delivery(&tx, id.as_str()).await? else {
            return Ok(());
        };
        let word = match delivery.state {
            DeliveryState::Delivered => State::Delivered,
            DeliveryState::Failed => State::Undelivered,
            DeliveryState::Sending | DeliveryState::Accepted => return Ok(()),
        };
        let at_ms = delivery.receipt_at_ms.unwrap_or(tx.now_ms());
        let Some(noted) = contact.note_delivery(word, at_ms) else {
            return Ok(());
        };
        store::save(&mut tx, &noted).await?;
        let contact = id.as_str();
        match word {
            State::Delivered => {
                record(&mut tx, &noted, &facts::Delivered { contact, at_ms })?;
            }
            _ => record(&mut tx, &noted, &facts::Undelivered { contact, at_ms })?,
        }
        ledger::commit_recorded(tx).await
    }
}
