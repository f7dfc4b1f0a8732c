//! What the two pages of a led recording tell each other so that their pictures find a way. Network addresses stand in it:
//! a turn that is over leaves nothing of it.

use sea_orm::FromQueryResult;

use crate::db::{Migration, Read, Write};
use crate::error::{Error, Result};
use crate::recording::RecordingId;
use crate::recording::model::Side;
use crate::recording::remote::model::SignalKind;
use crate::values;

/// Messages that stay; older ones are of connections that came to nothing.
const KEPT: i64 = 200;

pub const TABLE: Migration = Migration {
    name: "recording_0010_signals",
    sql: "
        CREATE TABLE recording_signals (
            institution_id TEXT NOT NULL,
            recording_id TEXT NOT NULL,
            no BIGINT NOT NULL,
            turn BIGINT NOT NULL,
            side TEXT NOT NULL,
            kind TEXT NOT NULL,
            body TEXT NOT NULL,
            PRIMARY KEY (institution_id, recording_id, no)
        );
    ",
};

/// One message.
#[derive(Clone, Debug)]
pub struct Signal {
    pub no: i64,
    pub kind: SignalKind,
    pub body: String,
}

#[derive(FromQueryResult)]
struct Row {
    no: i64,
    kind: String,
    body: String,
}

fn word(side: Side) -> &'static str {
    match side {
        Side::Person => "person",
        Side::Agent => "agent",
    }
}

/// What the other side said in a turn behind a number.
pub async fn said_to(
    view: &impl Read,
    recording: &RecordingId,
    turn: i64,
    reader: Side,
    after: i64,
) -> Result<Vec<Signal>> {
    let sql = "SELECT no, kind, body FROM recording_signals
         WHERE institution_id = $1 AND recording_id = $2 AND turn = $3 AND side <> $4 AND no > $5 ORDER BY no LIMIT 100";
    let values = values![view.institution()?, recording, turn, word(reader), after];
    let rows: Vec<Row> = view.all(sql, values).await?;
    let signal = |row: Row| {
        Ok(Signal {
            no: row.no,
            kind: SignalKind::parse(&row.kind)
                .ok_or_else(|| Error::internal("unknown kind of a signal"))?,
            body: row.body,
        })
    };
    rows.into_iter().map(signal).collect()
}

/// Keeps one message, under the lock of the lead.
pub async fn insert(
    tx: &mut impl Write,
    recording: &RecordingId,
    (turn, side): (i64, Side),
    signal: &Signal,
) -> Result<()> {
    let institution = tx.institution()?.clone();
    tx.exec(
        "DELETE FROM recording_signals WHERE institution_id = $1 AND recording_id = $2 AND no <= $3",
        values![&institution, recording, signal.no - KEPT],
    )
    .await?;
    tx.exec(
        "INSERT INTO recording_signals (institution_id, recording_id, no, turn, side, kind, body)
         VALUES ($1, $2, $3, $4, $5, $6, $7)",
        values![
            &institution,
            recording,
            signal.no,
            turn,
            word(side),
            signal.kind.as_str(),
            signal.body.as_str(),
        ],
    )
    .await?;
    Ok(())
}

/// A turn is over.
pub async fn clear(tx: &mut impl Write, recording: &RecordingId) -> Result<()> {
    let institution = tx.institution()?.clone();
    tx.exec(
        "DELETE FROM recording_signals WHERE institution_id = $1 AND recording_id = $2",
        values![&institution, recording],
    )
    .await?;
    Ok(())
}
