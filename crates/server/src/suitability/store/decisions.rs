//! The lender's decision on each case. What it gave is kept as it came, as JSON.

use sea_orm::FromQueryResult;

use super::known;
use crate::db::{Read, Write};
use crate::error::{Error, Result};
use crate::suitability::decision::{Decision, Standing};
use crate::values;
use crate::vault::SubjectId;

#[derive(FromQueryResult)]
struct Row {
    case_id: String,
    subject_id: String,
    given: String,
    standing: String,
    decided_at_ms: i64,
    version: i64,
}

impl Row {
    fn decision(self) -> Result<Decision> {
        Ok(Decision {
            case: self.case_id,
            subject: SubjectId::stored(self.subject_id),
            given: serde_json::from_str(&self.given)?,
            standing: known(Standing::parse(&self.standing))?,
            decided_at_ms: self.decided_at_ms,
            version: self.version,
        })
    }
}

const SELECT: &str = "SELECT case_id, subject_id, given, standing, decided_at_ms, version
    FROM suitability_decisions WHERE institution_id = $1 AND case_id = $2";

/// The decision on a case, if there was one.
pub async fn decision(view: &impl Read, case: &str) -> Result<Option<Decision>> {
    view.one::<Row>(SELECT, values![view.institution()?, case])
        .await?
        .map(Row::decision)
        .transpose()
}

/// As [`decision`], locked until the transaction ends.
pub async fn lock_decision(tx: &impl Read, case: &str) -> Result<Option<Decision>> {
    let sql = format!("{SELECT}{}", tx.for_update());
    tx.one::<Row>(&sql, values![tx.institution()?, case])
        .await?
        .map(Row::decision)
        .transpose()
}

/// Stores a decision in place of the version it was read as; someone else's in between is a conflict.
pub async fn put_decision(tx: &mut impl Write, decision: &Decision) -> Result<()> {
    let institution = tx.institution()?.clone();
    let put = tx
        .exec(
            "INSERT INTO suitability_decisions (institution_id, case_id, subject_id, given, standing, decided_at_ms, version)
             VALUES ($1, $2, $3, $4, $5, $6, 1)
             ON CONFLICT (institution_id, case_id) DO UPDATE SET
               given = excluded.given, standing = excluded.standing, decided_at_ms = excluded.decided_at_ms,
               version = suitability_decisions.version + 1
             WHERE suitability_decisions.version = $7",
            values![
                &institution,
                decision.case.as_str(),
                &decision.subject,
                serde_json::to_string(&decision.given)?,
                decision.standing.as_str(),
                decision.decided_at_ms,
                decision.version
            ],
        )
        .await?;
    if put == 1 {
        Ok(())
    } else {
        Err(Error::Conflict)
    }
}
