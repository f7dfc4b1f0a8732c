//! Endpoints, deliveries with their attempts, and how far each log was followed.

mod deliveries;

pub use deliveries::*;
use sea_orm::FromQueryResult;

use super::EndpointId;
use super::model::{Endpoint, EventType, State};
use crate::db::{Migration, Read, Tally, Write};
use crate::error::{Error, Result};
use crate::values;

pub const MIGRATIONS: &[Migration] = &[Migration {
    name: "webhook_0001_endpoints",
    sql: "
        CREATE TABLE webhook_endpoints (
            institution_id TEXT NOT NULL,
            id TEXT NOT NULL,
            url TEXT NOT NULL,
            events TEXT NOT NULL,
            state TEXT NOT NULL,
            generation BIGINT NOT NULL,
            older_until_ms BIGINT,
            failing_since_ms BIGINT,
            created_at_ms BIGINT NOT NULL,
            version BIGINT NOT NULL,
            PRIMARY KEY (institution_id, id)
        );
        CREATE TABLE webhook_cursors (
            institution_id TEXT PRIMARY KEY,
            next_index BIGINT NOT NULL
        );
        CREATE TABLE webhook_deliveries (
            institution_id TEXT NOT NULL,
            id TEXT NOT NULL,
            endpoint_id TEXT NOT NULL,
            event_type TEXT NOT NULL,
            log_index BIGINT NOT NULL,
            case_id TEXT NOT NULL,
            happened_at_ms BIGINT NOT NULL,
            state TEXT NOT NULL,
            attempts BIGINT NOT NULL,
            round BIGINT NOT NULL,
            created_at_ms BIGINT NOT NULL,
            settled_at_ms BIGINT,
            PRIMARY KEY (institution_id, id)
        );
        CREATE UNIQUE INDEX webhook_deliveries_once ON webhook_deliveries (institution_id, endpoint_id, log_index);
        CREATE INDEX webhook_deliveries_page ON webhook_deliveries (institution_id, endpoint_id, id);
        CREATE TABLE webhook_attempts (
            institution_id TEXT NOT NULL,
            delivery_id TEXT NOT NULL,
            no BIGINT NOT NULL,
            at_ms BIGINT NOT NULL,
            duration_ms BIGINT NOT NULL,
            status BIGINT,
            failure TEXT,
            PRIMARY KEY (institution_id, delivery_id, no)
        );
    ",
}];

#[derive(FromQueryResult)]
struct Row {
    id: String,
    url: String,
    events: String,
    state: String,
    generation: i64,
    older_until_ms: Option<i64>,
    failing_since_ms: Option<i64>,
    created_at_ms: i64,
    version: i64,
}

impl Row {
    fn endpoint(self) -> Result<Endpoint> {
        Ok(Endpoint {
            id: EndpointId::stored(self.id),
            url: self.url,
            events: EventType::parse_list(&self.events),
            state: State::parse(&self.state)
                .ok_or_else(|| Error::internal("an unknown state of an endpoint"))?,
            generation: self.generation,
            older_until_ms: self.older_until_ms,
            failing_since_ms: self.failing_since_ms,
            created_at_ms: self.created_at_ms,
            version: self.version,
        })
    }
}

const COLUMNS: &str =
    "id, url, events, state, generation, older_until_ms, failing_since_ms, created_at_ms, version";

/// One endpoint, locked inside a write.
pub async fn find(view: &impl Read, id: &EndpointId) -> Result<Option<Endpoint>> {
    let lock = view.for_update();
    let row: Option<Row> = view
        .one(
            &format!(
                "SELECT {COLUMNS} FROM webhook_endpoints WHERE institution_id = $1 AND id = $2{lock}"
            ),
            values![view.institution()?, id],
        )
        .await?;
    row.map(Row::endpoint).transpose()
}

/// One endpoint, as it is.
pub async fn look(view: &impl Read, id: &EndpointId) -> Result<Option<Endpoint>> {
    let row: Option<Row> = view
        .one(
            &format!(
                "SELECT {COLUMNS} FROM webhook_endpoints WHERE institution_id = $1 AND id = $2"
            ),
            values![view.institution()?, id],
        )
        .await?;
    row.map(Row::endpoint).transpose()
}

/// Endpoints, newest first.
pub async fn endpoints(view: &impl Read, after: &str, limit: i64) -> Result<Vec<Endpoint>> {
    let rows: Vec<Row> = view
        .all(
            &format!(
                "SELECT {COLUMNS} FROM webhook_endpoints
                 WHERE institution_id = $1 AND ($2 = '' OR id < $2) ORDER BY id DESC LIMIT $3"
            ),
            values![view.institution()?, after, limit],
        )
        .await?;
    rows.into_iter().map(Row::endpoint).collect()
}

pub async fn insert(tx: &mut impl Write, endpoint: &Endpoint) -> Result<()> {
    let institution = tx.institution()?.clone();
    tx.exec(
        "INSERT INTO webhook_endpoints
           (institution_id, id, url, events, state, generation, created_at_ms, version)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
        values![
            &institution,
            &endpoint.id,
            endpoint.url.as_str(),
            EventType::list(&endpoint.events),
            endpoint.state.as_str(),
            endpoint.generation,
            endpoint.created_at_ms,
            endpoint.version
        ],
    )
    .await?;
    Ok(())
}

/// Saves what may change, if nobody else did meanwhile.
pub async fn save(tx: &mut impl Write, endpoint: &Endpoint) -> Result<()> {
    let institution = tx.institution()?.clone();
    let saved = tx
        .exec(
            "UPDATE webhook_endpoints SET state = $3, generation = $4, older_until_ms = $5, failing_since_ms = $6,
               version = version + 1
             WHERE institution_id = $1 AND id = $2 AND version = $7",
            values![
                &institution,
                &endpoint.id,
                endpoint.state.as_str(),
                endpoint.generation,
                endpoint.older_until_ms,
                endpoint.failing_since_ms,
                endpoint.version
            ],
        )
        .await?;
    if saved == 1 {
        Ok(())
    } else {
        Err(Error::Conflict)
    }
}

#[derive(FromQueryResult)]
struct Cursor {
    next_index: i64,
}

/// The entry of the log that is looked at next; none while the institution never had an endpoint.
pub async fn cursor(view: &impl Read) -> Result<Option<i64>> {
    let row: Option<Cursor> = view
        .one(
            "SELECT next_index FROM webhook_cursors WHERE institution_id = $1",
            values![view.institution()?],
        )
        .await?;
    Ok(row.map(|row| row.next_index))
}

/// Begins to follow the log at an entry, unless it is followed already.
pub async fn begin_at(tx: &mut impl Write, next_index: i64) -> Result<()> {
    let institution = tx.institution()?.clone();
    tx.exec(
        "INSERT INTO webhook_cursors (institution_id, next_index) VALUES ($1, $2)
         ON CONFLICT (institution_id) DO NOTHING",
        values![&institution, next_index],
    )
    .await?;
    Ok(())
}

/// Moves on; false when another node was there first.
pub async fn move_on(tx: &mut impl Write, from: i64, to: i64) -> Result<bool> {
    let institution = tx.institution()?.clone();
    let moved = tx
        .exec(
            "UPDATE webhook_cursors SET next_index = $3 WHERE institution_id = $1 AND next_index = $2",
            values![&institution, from, to],
        )
        .await?;
    Ok(moved == 1)
}

/// Endpoints that fail.
pub async fn failing(view: &impl Read) -> Result<Tally> {
    let row = view
        .one(
            "SELECT COUNT(*) AS count, MIN(failing_since_ms) AS oldest_ms FROM (
               SELECT failing_since_ms FROM webhook_endpoints
               WHERE institution_id = $1 AND failing_since_ms IS NOT NULL ORDER BY id LIMIT $2) x",
            values![view.institution()?, Tally::MOST],
        )
        .await?;
    Ok(row.unwrap_or_default())
}
