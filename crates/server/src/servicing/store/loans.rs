//! Loans, one of each paid case.

use jiff::civil::Date;
use sea_orm::FromQueryResult;

use crate::db::{Migration, Read, Write};
use crate::error::{Error, Result};
use crate::servicing::model::{Loan, LoanId, State};
use crate::values;
use crate::vault::SubjectId;

#[derive(FromQueryResult)]
struct Row {
    id: String,
    case_id: String,
    subject_id: String,
    business_id: Option<String>,
    terms_digest: Option<String>,
    paid_on: String,
    state: String,
    ended_on: Option<String>,
    remind_on: Option<String>,
    opened_at_ms: i64,
    version: i64,
}

const COLUMNS: &str = "id, case_id, subject_id, business_id, terms_digest, paid_on, state, ended_on, remind_on, opened_at_ms, version";

/// A civil day as it is kept.
pub(super) fn day(text: &str) -> Result<Date> {
    text.parse()
        .map_err(|_| Error::internal("a day in a row of servicing"))
}

impl Row {
    fn loan(self) -> Result<Loan> {
        Ok(Loan {
            id: LoanId::stored(self.id),
            case: self.case_id,
            subject: SubjectId::stored(self.subject_id),
            business: self.business_id.map(SubjectId::stored),
            terms_digest: self.terms_digest,
            paid_on: day(&self.paid_on)?,
            state: State::parse(&self.state)
                .ok_or_else(|| Error::internal("unknown state of a loan"))?,
            ended_on: self.ended_on.as_deref().map(day).transpose()?,
            remind_on: self.remind_on.as_deref().map(day).transpose()?,
            opened_at_ms: self.opened_at_ms,
            version: self.version,
        })
    }
}

/// The loan of a case.
pub async fn find(view: &impl Read, case: &str) -> Result<Option<Loan>> {
    let sql =
        format!("SELECT {COLUMNS} FROM servicing_loans WHERE institution_id = $1 AND case_id = $2");
    let row: Option<Row> = view.one(&sql, values![view.institution()?, case]).await?;
    row.map(Row::loan).transpose()
}

/// As [`find`], locked until the transaction ends.
pub async fn lock(tx: &impl Read, case: &str) -> Result<Option<Loan>> {
    let sql = format!(
        "SELECT {COLUMNS} FROM servicing_loans WHERE institution_id = $1 AND case_id = $2{}",
        tx.for_update()
    );
    let row: Option<Row> = tx.one(&sql, values![tx.institution()?, case]).await?;
    row.map(Row::loan).transpose()
}

/// Keeps a loan; a second one of the same case at once is a conflict.
pub async fn insert(tx: &mut impl Write, loan: &Loan) -> Result<()> {
    let institution = tx.institution()?.clone();
    let inserted = tx
        .exec_unique(
            "INSERT INTO servicing_loans (institution_id, id, case_id, subject_id, business_id, terms_digest, paid_on, state,
                opened_at_ms, remind_on, version)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, 1)",
            values![
                &institution,
                &loan.id,
                loan.case.as_str(),
                &loan.subject,
                loan.business.as_ref().map(SubjectId::to_string),
                loan.terms_digest.as_deref(),
                loan.paid_on.to_string(),
                loan.state.as_str(),
                loan.opened_at_ms,
                loan.remind_on.map(|day| day.to_string())
            ],
        )
        .await?;
    inserted.map(drop).ok_or(Error::Conflict)
}

/// Stores what may change; someone else's change in between is a conflict.
pub async fn save(tx: &mut impl Write, loan: &Loan) -> Result<()> {
    let institution = tx.institution()?.clone();
    let saved = tx
        .exec(
            "UPDATE servicing_loans SET state = $4, ended_on = $5, version = version + 1
             WHERE institution_id = $1 AND id = $2 AND version = $3",
            values![
                &institution,
                &loan.id,
                loan.version,
                loan.state.as_str(),
                loan.ended_on.map(|day| day.to_string())
            ],
        )
        .await?;
    if saved == 1 {
        Ok(())
    } else {
        Err(Error::Conflict)
    }
}

pub const REMINDERS: Migration = Migration {
    name: "servicing_0003_reminders",
    sql: "
        ALTER TABLE servicing_loans ADD COLUMN remind_on TEXT;
        CREATE INDEX servicing_loans_remind_on ON servicing_loans (institution_id, remind_on);
    ",
};

/// Cases whose loans want a look on a day, the longest waiting first.
pub async fn to_remind(view: &impl Read, today: Date, limit: i64) -> Result<Vec<String>> {
    let rows: Vec<Case> = view
        .all(
            "SELECT case_id FROM servicing_loans WHERE institution_id = $1 AND remind_on <= $2
             ORDER BY remind_on, case_id LIMIT $3",
            values![view.institution()?, today.to_string(), limit],
        )
        .await?;
    Ok(rows.into_iter().map(|row| row.case_id).collect())
}

/// Sets the day on which a loan wants the next look.
pub async fn remind_next(tx: &mut impl Write, loan: &Loan, day: Option<Date>) -> Result<()> {
    let institution = tx.institution()?.clone();
    tx.exec(
        "UPDATE servicing_loans SET remind_on = $3 WHERE institution_id = $1 AND id = $2",
        values![&institution, &loan.id, day.map(|day| day.to_string())],
    )
    .await?;
    Ok(())
}

#[derive(FromQueryResult)]
struct Case {
    case_id: String,
}

/// Cases of a person or of a business that have a loan.
pub async fn of_subject(view: &impl Read, subject: &SubjectId, limit: i64) -> Result<Vec<String>> {
    let rows: Vec<Case> = view
        .all(
            "SELECT case_id FROM servicing_loans
             WHERE institution_id = $1 AND (subject_id = $2 OR business_id = $2) ORDER BY case_id LIMIT $3",
            values![view.institution()?, subject, limit],
        )
        .await?;
    Ok(rows.into_iter().map(|row| row.case_id).collect())
}

/// Removes the loan of a case with everything that was received for it.
pub async fn forget(tx: &mut impl Write, case: &str) -> Result<()> {
    let institution = tx.institution()?.clone();
    let statements = [
        "DELETE FROM servicing_asks WHERE institution_id = $1 AND case_id = $2",
        "DELETE FROM servicing_repayments WHERE institution_id = $1 AND case_id = $2",
        "DELETE FROM servicing_loans WHERE institution_id = $1 AND case_id = $2",
    ];
    for sql in statements {
        tx.exec(sql, values![&institution, case]).await?;
    }
    Ok(())
}
