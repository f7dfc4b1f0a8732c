//! Epochs and what is wrapped under them. The epochs themselves serve the whole program and are unscoped.

use sea_orm::FromQueryResult;

use crate::db::{Migration, Read, Write};
use crate::error::{Error, Result};
use crate::values;
use crate::vault::model::SubjectId;

pub const MIGRATION: Migration = Migration {
    name: "vault_0003_epochs",
    sql: "
        CREATE TABLE vault_epochs (
            number BIGINT PRIMARY KEY,
            state TEXT NOT NULL,
            began_at_ms BIGINT NOT NULL,
            ended_at_ms BIGINT
        );
        CREATE INDEX vault_subjects_epoch ON vault_subjects (institution_id, epoch, id);
    ",
};

/// How far the life of an epoch's key has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// New subjects are wrapped under it.
    Current,
    /// Its subjects are being wrapped anew.
    Draining,
    /// Nothing is left on it; its key file goes.
    Emptied,
    /// Its key file is gone.
    Destroyed,
}

impl State {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Current => "current",
            Self::Draining => "draining",
            Self::Emptied => "emptied",
            Self::Destroyed => "destroyed",
        }
    }

    fn parse(text: &str) -> Result<Self> {
        [
            Self::Current,
            Self::Draining,
            Self::Emptied,
            Self::Destroyed,
        ]
        .into_iter()
        .find(|state| state.as_str() == text)
        .ok_or_else(|| Error::internal("an epoch in an unknown state"))
    }
}

/// One epoch.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Epoch {
    pub number: i64,
    pub state: State,
    pub began_at_ms: i64,
    /// When it left the state before this one; none while it is current.
    pub ended_at_ms: Option<i64>,
}

#[derive(FromQueryResult)]
struct Row {
    number: i64,
    state: String,
    began_at_ms: i64,
    ended_at_ms: Option<i64>,
}

impl Row {
    fn epoch(self) -> Result<Epoch> {
        Ok(Epoch {
            number: self.number,
            state: State::parse(&self.state)?,
            began_at_ms: self.began_at_ms,
            ended_at_ms: self.ended_at_ms,
        })
    }
}

/// Epochs whose key may still be needed, oldest first.
pub async fn living(view: &impl Read) -> Result<Vec<Epoch>> {
    let rows: Vec<Row> = view
        .all(
            "SELECT number, state, began_at_ms, ended_at_ms FROM vault_epochs WHERE state <> 'destroyed' ORDER BY number",
            vec![],
        )
        .await?;
    rows.into_iter().map(Row::epoch).collect()
}

/// Epochs, newest first.
pub async fn newest(view: &impl Read, limit: i64) -> Result<Vec<Epoch>> {
    let rows: Vec<Row> = view
        .all(
            "SELECT number, state, began_at_ms, ended_at_ms FROM vault_epochs ORDER BY number DESC LIMIT $1",
            values![limit],
        )
        .await?;
    rows.into_iter().map(Row::epoch).collect()
}

pub async fn epoch(view: &impl Read, number: i64) -> Result<Option<Epoch>> {
    let row: Option<Row> = view
        .one(
            "SELECT number, state, began_at_ms, ended_at_ms FROM vault_epochs WHERE number = $1",
            values![number],
        )
        .await?;
    row.map(Row::epoch).transpose()
}

/// The epoch that new subjects are wrapped under. It can't be replaced before this transaction ends.
pub async fn current(tx: &impl Write) -> Result<i64> {
    let sql = format!(
        "SELECT number, state, began_at_ms, ended_at_ms FROM vault_epochs WHERE state = 'current'{}",
        tx.for_share()
    );
    let row: Option<Row> = tx.one(&sql, vec![]).await?;
    // Replaced this very moment: the whole action is tried again.
    row.map(|row| row.number).ok_or(Error::Conflict)
}

pub async fn insert_epoch(tx: &mut impl Write, number: i64, now_ms: i64) -> Result<()> {
    tx.exec(
        "INSERT INTO vault_epochs (number, state, began_at_ms) VALUES ($1, 'current', $2)",
        values![number, now_ms],
    )
    .await?;
    Ok(())
}

/// Moves an epoch on; false when it was not in the state `from`.
pub async fn move_epoch(
    tx: &mut impl Write,
    number: i64,
    from: State,
    to: State,
    now_ms: i64,
) -> Result<bool> {
    let moved = tx
        .exec(
            "UPDATE vault_epochs SET state = $3, ended_at_ms = $4 WHERE number = $1 AND state = $2",
            values![number, from.as_str(), to.as_str(), now_ms],
        )
        .await?;
    Ok(moved == 1)
}

/// A subject whose key is to be wrapped anew.
#[derive(FromQueryResult)]
pub struct Wrapped {
    pub id: String,
    pub wrapped_key: Vec<u8>,
}

/// Some subjects of the transaction's institution under an epoch, locked; those in other hands are left for later.
pub async fn lock_wrapped(tx: &impl Write, epoch: i64, limit: i64) -> Result<Vec<Wrapped>> {
    let sql = format!(
        "SELECT id, wrapped_key FROM vault_subjects WHERE institution_id = $1 AND epoch = $2 ORDER BY id LIMIT $3{}",
        tx.for_update()
    );
    tx.all(&sql, values![tx.institution()?, epoch, limit]).await
}

pub async fn rewrap(
    tx: &mut impl Write,
    id: &SubjectId,
    epoch: i64,
    wrapped_key: Vec<u8>,
) -> Result<()> {
    let institution = tx.institution()?.clone();
    tx.exec(
        "UPDATE vault_subjects SET epoch = $3, wrapped_key = $4 WHERE institution_id = $1 AND id = $2",
        values![&institution, id, epoch, wrapped_key],
    )
    .await?;
    Ok(())
}

#[derive(FromQueryResult)]
struct Count {
    count: i64,
}

/// Subjects of the view's institution under an epoch.
pub async fn wrapped_count(view: &impl Read, epoch: i64) -> Result<i64> {
    let row: Option<Count> = view
        .one(
            "SELECT COUNT(*) AS count FROM vault_subjects WHERE institution_id = $1 AND epoch = $2",
            values![view.institution()?, epoch],
        )
        .await?;
    Ok(row.map_or(0, |row| row.count))
}

/// Sealed items of the view's institution whose subjects are under an epoch.
pub async fn item_count(view: &impl Read, epoch: i64) -> Result<i64> {
    let row: Option<Count> = view
        .one(
            "SELECT COUNT(*) AS count FROM (
               SELECT subject_id FROM vault_items WHERE institution_id = $1
               UNION ALL
               SELECT subject_id FROM vault_case_items WHERE institution_id = $1) i
             JOIN vault_subjects s ON s.id = i.subject_id
             WHERE s.institution_id = $1 AND s.epoch = $2",
            values![view.institution()?, epoch],
        )
        .await?;
    Ok(row.map_or(0, |row| row.count))
}

/// A subject's key as it is wrapped now.
pub async fn wrapped_now(view: &impl Read, id: &SubjectId) -> Result<Option<super::SubjectRow>> {
    view.one(
        "SELECT epoch, wrapped_key FROM vault_subjects WHERE institution_id = $1 AND id = $2",
        values![view.institution()?, id],
    )
    .await
}
