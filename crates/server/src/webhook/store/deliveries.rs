//! Events on their way.

use sea_orm::FromQueryResult;

use crate::db::{Read, Write};
use crate::error::{Error, Result};
use crate::values;
use crate::webhook::model::{DeliveryState, EventType};
use crate::webhook::{DeliveryId, EndpointId};

/// One event on its way to one endpoint.
#[derive(Clone, Debug)]
pub struct Delivery {
    pub id: DeliveryId,
    pub endpoint: EndpointId,
    pub event: EventType,
    /// The fact's place in the institution's log.
    pub index: i64,
    pub case: String,
    pub happened_at_ms: i64,
    pub state: DeliveryState,
    /// Attempts of this round.
    pub attempts: i64,
    /// How often it was sent anew; a job of an earlier round does nothing.
    pub round: i64,
    pub created_at_ms: i64,
    pub settled_at_ms: Option<i64>,
}

#[derive(FromQueryResult)]
struct Row {
    id: String,
    endpoint_id: String,
    event_type: String,
    log_index: i64,
    case_id: String,
    happened_at_ms: i64,
    state: String,
    attempts: i64,
    round: i64,
    created_at_ms: i64,
    settled_at_ms: Option<i64>,
}

impl Row {
    fn delivery(self) -> Result<Delivery> {
        let unknown = || Error::internal("an unknown word in a delivery");
        Ok(Delivery {
            id: DeliveryId::stored(self.id),
            endpoint: EndpointId::stored(self.endpoint_id),
            event: EventType::parse(&self.event_type).ok_or_else(unknown)?,
            index: self.log_index,
            case: self.case_id,
            happened_at_ms: self.happened_at_ms,
            state: DeliveryState::parse(&self.state).ok_or_else(unknown)?,
            attempts: self.attempts,
            round: self.round,
            created_at_ms: self.created_at_ms,
            settled_at_ms: self.settled_at_ms,
        })
    }
}

const COLUMNS: &str =
    "id, endpoint_id, event_type, log_index, case_id, happened_at_ms, state, attempts, round,
    created_at_ms, settled_at_ms";

/// Adds a delivery; false when this endpoint has this event already.
pub async fn add(tx: &mut impl Write, delivery: &Delivery) -> Result<bool> {
    let institution = tx.institution()?.clone();
    let added = tx
        .exec(
            "INSERT INTO webhook_deliveries (institution_id, id, endpoint_id, event_type, log_index, case_id,
               happened_at_ms, state, attempts, round, created_at_ms)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
             ON CONFLICT (institution_id, endpoint_id, log_index) DO NOTHING",
            values![
                &institution,
                &delivery.id,
                &delivery.endpoint,
                delivery.event.as_str(),
                delivery.index,
                delivery.case.as_str(),
                delivery.happened_at_ms,
                delivery.state.as_str(),
                delivery.attempts,
                delivery.round,
                delivery.created_at_ms
            ],
        )
        .await?;
    Ok(added == 1)
}

pub async fn delivery(view: &impl Read, id: &DeliveryId) -> Result<Option<Delivery>> {
    let row: Option<Row> = view
        .one(
            &format!(
                "SELECT {COLUMNS} FROM webhook_deliveries WHERE institution_id = $1 AND id = $2"
            ),
            values![view.institution()?, id],
        )
        .await?;
    row.map(Row::delivery).transpose()
}

/// Deliveries of one endpoint, newest first.
pub async fn deliveries(
    view: &impl Read,
    endpoint: &EndpointId,
    after: &str,
    limit: i64,
) -> Result<Vec<Delivery>> {
    let rows: Vec<Row> = view
        .all(
            &format!(
                "SELECT {COLUMNS} FROM webhook_deliveries
                 WHERE institution_id = $1 AND endpoint_id = $2 AND ($3 = '' OR id < $3) ORDER BY id DESC LIMIT $4"
            ),
            values![view.institution()?, endpoint, after, limit],
        )
        .await?;
    rows.into_iter().map(Row::delivery).collect()
}

/// Settled deliveries of one endpoint for what happened from an instant on, oldest first.
pub async fn settled_since(
    view: &impl Read,
    endpoint: &EndpointId,
    since_ms: i64,
    limit: i64,
) -> Result<Vec<Delivery>> {
    let rows: Vec<Row> = view
        .all(
            &format!(
                "SELECT {COLUMNS} FROM webhook_deliveries
                 WHERE institution_id = $1 AND endpoint_id = $2 AND happened_at_ms >= $3 AND state <> 'waiting'
                 ORDER BY log_index LIMIT $4"
            ),
            values![view.institution()?, endpoint, since_ms, limit],
        )
        .await?;
    rows.into_iter().map(Row::delivery).collect()
}

/// Notes where a delivery is, if it is still in the same round and at the attempt it was read at.
pub async fn note(
    tx: &mut impl Write,
    read: &Delivery,
    state: DeliveryState,
    attempts: i64,
    settled_at_ms: Option<i64>,
) -> Result<bool> {
    let institution = tx.institution()?.clone();
    let noted = tx
        .exec(
            "UPDATE webhook_deliveries SET state = $3, attempts = $4, settled_at_ms = $5
             WHERE institution_id = $1 AND id = $2 AND round = $6 AND attempts = $7",
            values![
                &institution,
                &read.id,
                state.as_str(),
                attempts,
                settled_at_ms,
                read.round,
                read.attempts
            ],
        )
        .await?;
    Ok(noted == 1)
}

/// Begins another round.
pub async fn again(tx: &mut impl Write, read: &Delivery) -> Result<()> {
    let institution = tx.institution()?.clone();
    let begun = tx
        .exec(
            "UPDATE webhook_deliveries SET state = 'waiting', attempts = 0, round = round + 1, settled_at_ms = NULL
             WHERE institution_id = $1 AND id = $2 AND round = $3 AND state <> 'waiting'",
            values![&institution, &read.id, read.round],
        )
        .await?;
    if begun == 1 {
        Ok(())
    } else {
        Err(Error::Conflict)
    }
}

/// One call of one delivery; nothing of what was said.
#[derive(Clone, Debug, FromQueryResult)]
pub struct Attempt {
    pub no: i64,
    pub at_ms: i64,
    pub duration_ms: i64,
    pub status: Option<i64>,
    pub failure: Option<String>,
}

/// Adds an attempt behind the earlier ones.
pub async fn attempted(
    tx: &mut impl Write,
    delivery: &DeliveryId,
    attempt: &Attempt,
) -> Result<()> {
    let institution = tx.institution()?.clone();
    tx.exec(
        "INSERT INTO webhook_attempts (institution_id, delivery_id, no, at_ms, duration_ms, status, failure)
         SELECT $1, $2, COALESCE(MAX(no), 0) + 1, $3, $4, $5, $6 FROM webhook_attempts
         WHERE institution_id = $1 AND delivery_id = $2",
        values![
            &institution,
            delivery,
            attempt.at_ms,
            attempt.duration_ms,
            attempt.status,
            attempt.failure.as_deref()
        ],
    )
    .await?;
    Ok(())
}

/// Attempts of one delivery in order.
pub async fn attempts(view: &impl Read, delivery: &DeliveryId, limit: i64) -> Result<Vec<Attempt>> {
    view.all(
        "SELECT no, at_ms, duration_ms, status, failure FROM webhook_attempts
         WHERE institution_id = $1 AND delivery_id = $2 ORDER BY no LIMIT $3",
        values![view.institution()?, delivery, limit],
    )
    .await
}
