//! Comparisons that are under way: where each is, and what it says so far.

use jiff::civil::Date;
use sea_orm::FromQueryResult;

use super::days::date;
use crate::db::{Read, Write};
use crate::disbursement::day::{Comparison, Day, DayId, Phase};
use crate::error::{Error, Result};
use crate::values;

#[derive(FromQueryResult)]
struct Row {
    day: String,
    id: String,
    phase: String,
    after_id: String,
    lines: i64,
    lines_amount: i64,
    receipts: i64,
    receipts_amount: i64,
    differences: i64,
    refused: i64,
    forgotten: i64,
    begun_at_ms: i64,
    day_version: i64,
    version: i64,
}

impl Row {
    fn comparison(self) -> Result<Comparison> {
        Ok(Comparison {
            said: Day {
                id: DayId::stored(self.id),
                day: date(&self.day)?,
                lines: self.lines,
                lines_amount: self.lines_amount,
                receipts: self.receipts,
                receipts_amount: self.receipts_amount,
                differences: self.differences,
                refused: self.refused,
                forgotten: self.forgotten,
                compared_at_ms: self.begun_at_ms,
                version: self.day_version,
            },
            phase: Phase::parse(&self.phase)
                .ok_or_else(|| Error::internal("an unknown phase of a comparison"))?,
            after: self.after_id,
            version: self.version,
        })
    }
}

async fn one(view: &impl Read, day: Date, lock: &str) -> Result<Option<Comparison>> {
    let sql = format!(
        "SELECT day, id, phase, after_id, lines, lines_amount, receipts, receipts_amount, differences, refused, begun_at_ms,
            day_version, version, forgotten
         FROM disbursement_comparisons WHERE institution_id = $1 AND day = $2{lock}"
    );
    let values = values![view.institution()?, day.to_string()];
    let row: Option<Row> = view.one(&sql, values).await?;
    row.map(Row::comparison).transpose()
}

/// The comparison of a day, while one is under way.
pub async fn comparison(view: &impl Read, day: Date) -> Result<Option<Comparison>> {
    one(view, day, "").await
}

/// The same, locked until the transaction ends.
pub async fn lock_comparison(tx: &impl Read, day: Date) -> Result<Option<Comparison>> {
    one(tx, day, tx.for_update()).await
}

/// Keeps how far a comparison is; another run or a new beginning in between is a conflict.
pub async fn put_comparison(tx: &mut impl Write, going: &Comparison) -> Result<()> {
    let institution = tx.institution()?.clone();
    let said = &going.said;
    let put = tx
        .exec(
            "INSERT INTO disbursement_comparisons (institution_id, day, id, phase, after_id, lines, lines_amount, receipts,
                receipts_amount, differences, refused, begun_at_ms, day_version, version, forgotten)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14 + 1, $15)
             ON CONFLICT (institution_id, day) DO UPDATE SET phase = $4, after_id = $5, lines = $6, lines_amount = $7,
                receipts = $8, receipts_amount = $9, differences = $10, refused = $11, begun_at_ms = $12, day_version = $13,
                version = $14 + 1, forgotten = $15
             WHERE disbursement_comparisons.version = $14",
            values![
                &institution,
                said.day.to_string(),
                &said.id,
                going.phase.as_str(),
                going.after.as_str(),
                said.lines,
                said.lines_amount,
                said.receipts,
                said.receipts_amount,
                said.differences,
                said.refused,
                said.compared_at_ms,
                said.version,
                going.version,
                said.forgotten
            ],
        )
        .await?;
    if put == 1 {
        Ok(())
    } else {
        Err(Error::Conflict)
    }
}

/// Takes a comparison away that came to its end.
pub async fn remove_comparison(tx: &mut impl Write, going: &Comparison) -> Result<()> {
    let institution = tx.institution()?.clone();
    let removed = tx
        .exec(
            "DELETE FROM disbursement_comparisons WHERE institution_id = $1 AND day = $2 AND version = $3",
            values![&institution, going.said.day.to_string(), going.version],
        )
        .await?;
    if removed == 1 {
        Ok(())
    } else {
        Err(Error::Conflict)
    }
}
