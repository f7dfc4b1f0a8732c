//! Tellings before a report to the bureau.

use jiff::civil::Date;
use sea_orm::FromQueryResult;

use super::Whose;
use crate::consent::adverse::{AdverseId, AdverseNotice, Arrears};
use crate::db::{Read, Write};
use crate::error::{Error, Result};
use crate::values;
use crate::vault::SubjectId;

#[derive(FromQueryResult)]
struct Row {
    id: String,
    subject_id: String,
    case_id: String,
    overdue: i64,
    due_date: String,
    report_on: String,
    told_at_ms: i64,
    sent_at_ms: Option<i64>,
    seen_at_ms: Option<i64>,
}

fn day(text: &str) -> Result<Date> {
    text.parse()
        .map_err(|_| Error::internal("a stored date is damaged"))
}

impl Row {
    fn notice(self) -> Result<AdverseNotice> {
        Ok(AdverseNotice {
            id: AdverseId::stored(self.id),
            subject: SubjectId::stored(self.subject_id),
            case: self.case_id,
            arrears: Arrears {
                overdue: self.overdue,
                due_date: day(&self.due_date)?,
                report_on: day(&self.report_on)?,
            },
            told_at_ms: self.told_at_ms,
            sent_at_ms: self.sent_at_ms,
            seen_at_ms: self.seen_at_ms,
        })
    }
}

const COLUMNS: &str =
    "id, subject_id, case_id, overdue, due_date, report_on, told_at_ms, sent_at_ms, seen_at_ms";

/// One telling, locked where the caller writes.
pub async fn find(view: &impl Read, id: &AdverseId, lock: &str) -> Result<AdverseNotice> {
    let sql = format!(
        "SELECT {COLUMNS} FROM consent_adverse_notices WHERE institution_id = $1 AND id = $2{lock}"
    );
    view.one::<Row>(&sql, values![view.institution()?, id])
        .await?
        .ok_or_else(Error::not_found)?
        .notice()
}

/// The telling about exactly these arrears, if it was made.
pub async fn same(
    view: &impl Read,
    case: &str,
    arrears: &Arrears,
) -> Result<Option<AdverseNotice>> {
    let sql = format!(
        "SELECT {COLUMNS} FROM consent_adverse_notices
         WHERE institution_id = $1 AND case_id = $2 AND overdue = $3 AND due_date = $4 AND report_on = $5"
    );
    view.one::<Row>(
        &sql,
        values![
            view.institution()?,
            case,
            arrears.overdue,
            arrears.due_date.to_string(),
            arrears.report_on.to_string()
        ],
    )
    .await?
    .map(Row::notice)
    .transpose()
}

#[derive(FromQueryResult)]
struct Count {
    count: i64,
}

/// How many tellings there were about a journey.
pub async fn count(view: &impl Read, case: &str) -> Result<i64> {
    let row: Option<Count> = view
        .one(
            "SELECT COUNT(*) AS count FROM consent_adverse_notices WHERE institution_id = $1 AND case_id = $2",
            values![view.institution()?, case],
        )
        .await?;
    Ok(row.map_or(0, |row| row.count))
}

/// Tellings newest first, after a cursor.
pub async fn list(
    view: &impl Read,
    whose: &Whose,
    after: &str,
    limit: i64,
) -> Result<Vec<AdverseNotice>> {
    let mut values = values![view.institution()?, whose.case.as_str(), after, limit];
    let Some(people) = whose.people(&mut values) else {
        return Ok(Vec::new());
    };
    let sql = format!(
        "SELECT {COLUMNS} FROM consent_adverse_notices
         WHERE institution_id = $1 AND ($2 = '' OR case_id = $2) AND ($3 = '' OR id < $3) {people}
         ORDER BY id DESC LIMIT $4"
    );
    let rows: Vec<Row> = view.all(&sql, values).await?;
    rows.into_iter().map(Row::notice).collect()
}

pub async fn insert(tx: &mut impl Write, notice: &AdverseNotice) -> Result<()> {
    let institution = tx.institution()?.clone();
    let inserted = tx
        .exec_unique(
            "INSERT INTO consent_adverse_notices (institution_id, id, subject_id, case_id, overdue, due_date, report_on, told_at_ms)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
            values![
                &institution,
                &notice.id,
                &notice.subject,
                notice.case.as_str(),
                notice.arrears.overdue,
                notice.arrears.due_date.to_string(),
                notice.arrears.report_on.to_string(),
                notice.told_at_ms
            ],
        )
        .await?;
    // The same telling twice at once: the loser looks again and finds the winner's.
    if inserted.is_some() {
        Ok(())
    } else {
        Err(Error::Conflict)
    }
}

/// Notes when it was sent and seen.
pub async fn mark(tx: &mut impl Write, notice: &AdverseNotice) -> Result<()> {
    let institution = tx.institution()?.clone();
    tx.exec(
        "UPDATE consent_adverse_notices SET sent_at_ms = $3, seen_at_ms = $4 WHERE institution_id = $1 AND id = $2",
        values![
            &institution,
            &notice.id,
            notice.sent_at_ms,
            notice.seen_at_ms
        ],
    )
    .await?;
    Ok(())
}
