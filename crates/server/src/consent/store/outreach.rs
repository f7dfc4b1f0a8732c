//! Marketing messages and provisions to partners; kept, because the law wants to know for three years.

use sea_orm::FromQueryResult;

use super::Whose;
use crate::clock::DAY_MS;
use crate::consent::model::ConsentId;
use crate::consent::outreach::{
    MESSAGES_DAYS, Message, MessageId, Provision, ProvisionId, Template, WorkState,
};
use crate::db::{Read, Write};
use crate::error::{Error, Result};
use crate::values;
use crate::vault::SubjectId;

#[derive(FromQueryResult)]
struct MessageRow {
    id: String,
    subject_id: String,
    case_id: String,
    consent_id: String,
    template: String,
    state: String,
    send_at_ms: i64,
    ended_at_ms: Option<i64>,
}

fn state(text: &str) -> Result<WorkState> {
    WorkState::parse(text).ok_or_else(|| Error::internal("unknown state of queued work"))
}

impl MessageRow {
    fn message(self) -> Result<Message> {
        Ok(Message {
            id: MessageId::stored(self.id),
            subject: SubjectId::stored(self.subject_id),
            case: self.case_id,
            consent: ConsentId::stored(self.consent_id),
            template: Template::parse(&self.template)
                .ok_or_else(|| Error::internal("unknown template"))?,
            state: state(&self.state)?,
            send_at_ms: self.send_at_ms,
            ended_at_ms: self.ended_at_ms,
        })
    }
}

pub async fn insert_message(tx: &mut impl Write, message: &Message) -> Result<()> {
    let institution = tx.institution()?.clone();
    tx.exec(
        "INSERT INTO consent_messages (institution_id, id, subject_id, case_id, consent_id, template, state, send_at_ms)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
        values![
            &institution,
            &message.id,
            &message.subject,
            message.case.as_str(),
            &message.consent,
            message.template.as_str(),
            message.state.as_str(),
            message.send_at_ms
        ],
    )
    .await?;
    Ok(())
}

/// One message, locked where the caller writes.
pub async fn message(view: &impl Read, id: &MessageId, lock: &str) -> Result<Message> {
    let sql = format!(
        "SELECT id, subject_id, case_id, consent_id, template, state, send_at_ms, ended_at_ms FROM consent_messages
         WHERE institution_id = $1 AND id = $2{lock}"
    );
    view.one::<MessageRow>(&sql, values![view.institution()?, id])
        .await?
        .ok_or_else(Error::not_found)?
        .message()
}

pub async fn end_message(
    tx: &mut impl Write,
    id: &MessageId,
    to: WorkState,
    now_ms: i64,
) -> Result<u64> {
    let institution = tx.institution()?.clone();
    tx.exec(
        "UPDATE consent_messages SET state = $3, ended_at_ms = $4
         WHERE institution_id = $1 AND id = $2 AND state = 'waiting'",
        values![&institution, id, to.as_str(), now_ms],
    )
    .await
}

#[derive(FromQueryResult)]
struct Count {
    n: i64,
}

/// Messages to a person, sent or waiting, within thirty days before or after an instant.
pub async fn messages_around(view: &impl Read, subject: &SubjectId, at_ms: i64) -> Result<i64> {
    let span_ms = MESSAGES_DAYS * DAY_MS;
    let count = view
        .one::<Count>(
            "SELECT COUNT(*) AS n FROM consent_messages
             WHERE institution_id = $1 AND subject_id = $2 AND state <> 'stopped' AND send_at_ms > $3 AND send_at_ms < $4",
            values![view.institution()?, subject, at_ms - span_ms, at_ms + span_ms],
        )
        .await?;
    Ok(count.map_or(0, |count| count.n))
}

#[derive(FromQueryResult)]
struct Sent {
    at_ms: Option<i64>,
}

/// When (UTC ms) the last message of a case to a person was sent.
pub async fn last_sent(view: &impl Read, subject: &SubjectId, case: &str) -> Result<Option<i64>> {
    let sent: Option<Sent> = view
        .one(
            "SELECT MAX(ended_at_ms) AS at_ms FROM consent_messages
             WHERE institution_id = $1 AND subject_id = $2 AND case_id = $3 AND state = 'done'",
            values![view.institution()?, subject, case],
        )
        .await?;
    Ok(sent.and_then(|row| row.at_ms))
}

/// What waits on a consent waits no more.
pub async fn stop_resting_on(tx: &mut impl Write, consent: &ConsentId, now_ms: i64) -> Result<()> {
    let institution = tx.institution()?.clone();
    tx.exec(
        "UPDATE consent_messages SET state = 'stopped', ended_at_ms = $3
         WHERE institution_id = $1 AND consent_id = $2 AND state = 'waiting'",
        values![&institution, consent, now_ms],
    )
    .await?;
    tx.exec(
        "UPDATE consent_provisions SET state = 'stopped', ended_at_ms = $3
         WHERE institution_id = $1 AND consent_id = $2 AND state = 'waiting'",
        values![&institution, consent, now_ms],
    )
    .await?;
    Ok(())
}

#[derive(FromQueryResult)]
struct ProvisionRow {
    id: String,
    subject_id: String,
    case_id: String,
    consent_id: String,
    recipient: String,
    items: String,
    state: String,
    nonce: String,
    digest: Option<String>,
    asked_at_ms: i64,
    ended_at_ms: Option<i64>,
}

impl ProvisionRow {
    fn provision(self) -> Result<Provision> {
        Ok(Provision {
            id: ProvisionId::stored(self.id),
            subject: SubjectId::stored(self.subject_id),
            case: self.case_id,
            consent: ConsentId::stored(self.consent_id),
            recipient: self.recipient,
            items: self.items.split(' ').map(str::to_owned).collect(),
            state: state(&self.state)?,
            nonce: self.nonce,
            digest: self.digest,
            asked_at_ms: self.asked_at_ms,
            ended_at_ms: self.ended_at_ms,
        })
    }
}

pub async fn insert_provision(tx: &mut impl Write, provision: &Provision) -> Result<()> {
    let institution = tx.institution()?.clone();
    tx.exec(
        "INSERT INTO consent_provisions (institution_id, id, subject_id, case_id, consent_id, recipient, items, state, nonce, asked_at_ms)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
        values![
            &institution,
            &provision.id,
            &provision.subject,
            provision.case.as_str(),
            &provision.consent,
            provision.recipient.as_str(),
            provision.items.join(" "),
            provision.state.as_str(),
            provision.nonce.as_str(),
            provision.asked_at_ms
        ],
    )
    .await?;
    Ok(())
}

/// One provision, locked where the caller writes.
pub async fn provision(view: &impl Read, id: &ProvisionId, lock: &str) -> Result<Provision> {
    let sql = format!(
        "SELECT id, subject_id, case_id, consent_id, recipient, items, state, nonce, digest, asked_at_ms, ended_at_ms
         FROM consent_provisions WHERE institution_id = $1 AND id = $2{lock}"
    );
    view.one::<ProvisionRow>(&sql, values![view.institution()?, id])
        .await?
        .ok_or_else(Error::not_found)?
        .provision()
}

/// Provisions newest first, after a cursor; `state` narrows to one when it is not empty.
pub async fn provisions(
    view: &impl Read,
    whose: &Whose,
    state: &str,
    after: &str,
    limit: i64,
) -> Result<Vec<Provision>> {
    let mut values = values![
        view.institution()?,
        whose.case.as_str(),
        state,
        after,
        limit
    ];
    let Some(people) = whose.people(&mut values) else {
        return Ok(Vec::new());
    };
    let sql = format!(
        "SELECT id, subject_id, case_id, consent_id, recipient, items, state, nonce, digest, asked_at_ms, ended_at_ms
         FROM consent_provisions
         WHERE institution_id = $1 AND ($2 = '' OR case_id = $2) AND ($3 = '' OR state = $3)
           AND ($4 = '' OR id < $4) {people}
         ORDER BY id DESC LIMIT $5"
    );
    let rows: Vec<ProvisionRow> = view.all(&sql, values).await?;
    rows.into_iter().map(ProvisionRow::provision).collect()
}

pub async fn end_provision(
    tx: &mut impl Write,
    id: &ProvisionId,
    to: WorkState,
    digest: Option<&str>,
    now_ms: i64,
) -> Result<u64> {
    let institution = tx.institution()?.clone();
    tx.exec(
        "UPDATE consent_provisions SET state = $3, digest = $4, ended_at_ms = $5
         WHERE institution_id = $1 AND id = $2 AND state = 'waiting'",
        values![&institution, id, to.as_str(), digest, now_ms],
    )
    .await
}
