//! Batches that go out.

use jiff::civil::Date;
use sea_orm::FromQueryResult;

use crate::batch::OutgoingId;
use crate::batch::model::{Outgoing, Reach};
use crate::db::{Read, Write};
use crate::error::{Error, Result};
use crate::values;

#[derive(FromQueryResult)]
struct Row {
    id: String,
    day: String,
    part: i64,
    from_index: i64,
    to_index: i64,
    reach: String,
    manifest: String,
    made_at_ms: i64,
    delivered_at_ms: Option<i64>,
    deliveries: i64,
    version: i64,
}

impl Row {
    fn batch(self) -> Result<Outgoing> {
        Ok(Outgoing {
            id: OutgoingId::stored(self.id),
            day: self
                .day
                .parse()
                .map_err(|_| Error::internal("a batch's day is no date"))?,
            part: self.part,
            from: self.from_index,
            to: self.to_index,
            reach: Reach::parse(&self.reach)
                .ok_or_else(|| Error::internal("an unknown reach of a batch"))?,
            manifest: self.manifest,
            made_at_ms: self.made_at_ms,
            delivered_at_ms: self.delivered_at_ms,
            deliveries: self.deliveries,
            version: self.version,
        })
    }
}

const COLUMNS: &str = "id, day, part, from_index, to_index, reach, manifest, made_at_ms, delivered_at_ms, deliveries, version";

async fn one(view: &impl Read, id: &OutgoingId, lock: &str) -> Result<Option<Outgoing>> {
    let sql =
        format!("SELECT {COLUMNS} FROM batch_outgoing WHERE institution_id = $1 AND id = $2{lock}");
    let row: Option<Row> = view.one(&sql, values![view.institution()?, id]).await?;
    row.map(Row::batch).transpose()
}

/// One batch, locked inside a write.
pub async fn find(view: &impl Read, id: &OutgoingId) -> Result<Option<Outgoing>> {
    one(view, id, view.for_update()).await
}

/// One batch, as it is.
pub async fn look(view: &impl Read, id: &OutgoingId) -> Result<Option<Outgoing>> {
    one(view, id, "").await
}

/// The batch with the newest day and part.
pub async fn last(view: &impl Read) -> Result<Option<Outgoing>> {
    let sql = format!(
        "SELECT {COLUMNS} FROM batch_outgoing WHERE institution_id = $1 ORDER BY day DESC, part DESC LIMIT 1"
    );
    let row: Option<Row> = view.one(&sql, values![view.institution()?]).await?;
    row.map(Row::batch).transpose()
}

/// Batches that are not where they belong, oldest first.
pub async fn undelivered(view: &impl Read, limit: i64) -> Result<Vec<Outgoing>> {
    let sql = format!(
        "SELECT {COLUMNS} FROM batch_outgoing WHERE institution_id = $1 AND delivered_at_ms IS NULL
         ORDER BY day, part LIMIT $2"
    );
    let rows: Vec<Row> = view.all(&sql, values![view.institution()?, limit]).await?;
    rows.into_iter().map(Row::batch).collect()
}

/// Batches, newest day and part first, behind a day and part.
pub async fn list(
    view: &impl Read,
    after: Option<(Date, i64)>,
    limit: i64,
) -> Result<Vec<Outgoing>> {
    let (day, part) = after.map_or((String::new(), 0), |(day, part)| (day.to_string(), part));
    let sql = format!(
        "SELECT {COLUMNS} FROM batch_outgoing
         WHERE institution_id = $1 AND ($2 = '' OR day < $2 OR (day = $2 AND part < $3))
         ORDER BY day DESC, part DESC LIMIT $4"
    );
    let rows: Vec<Row> = view
        .all(&sql, values![view.institution()?, day, part, limit])
        .await?;
    rows.into_iter().map(Row::batch).collect()
}

/// False when the day and part are there already; roll back then.
pub async fn insert(tx: &mut impl Write, batch: &Outgoing) -> Result<bool> {
    let institution = tx.institution()?.clone();
    let inserted = tx
        .exec_unique(
            "INSERT INTO batch_outgoing (institution_id, id, day, part, from_index, to_index, reach, manifest, made_at_ms,
               deliveries, version)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, 0, 1)",
            values![
                &institution,
                &batch.id,
                batch.day.to_string(),
                batch.part,
                batch.from,
                batch.to,
                batch.reach.as_str(),
                batch.manifest.as_str(),
                batch.made_at_ms
            ],
        )
        .await?;
    Ok(inserted.is_some())
}

/// Saves what may change, if nobody else did meanwhile.
pub async fn save(tx: &mut impl Write, batch: &Outgoing) -> Result<()> {
    let institution = tx.institution()?.clone();
    let saved = tx
        .exec(
            "UPDATE batch_outgoing SET delivered_at_ms = $4, deliveries = $5, version = version + 1
             WHERE institution_id = $1 AND id = $2 AND version = $3",
            values![
                &institution,
                &batch.id,
                batch.version,
                batch.delivered_at_ms,
                batch.deliveries
            ],
        )
        .await?;
    if saved == 1 {
        Ok(())
    } else {
        Err(Error::Conflict)
    }
}
