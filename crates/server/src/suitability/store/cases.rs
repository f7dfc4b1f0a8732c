//! What was known and concluded about each case.

use sea_orm::FromQueryResult;

use super::known;
use crate::db::{Read, Write};
use crate::error::{Error, Result};
use crate::suitability::model::{Case, Outcome};
use crate::suitability::reason::Reason;
use crate::values;
use crate::vault::SubjectId;

/// Where the money is spent, as the lender told.
#[derive(Clone, Copy, Debug, FromQueryResult)]
pub struct Scene {
    pub mcc: i64,
    pub amount: Option<i64>,
}

pub async fn scene(view: &impl Read, case: &str) -> Result<Option<Scene>> {
    view.one(
        "SELECT mcc, amount FROM suitability_scenes WHERE institution_id = $1 AND case_id = $2",
        values![view.institution()?, case],
    )
    .await
}

/// Keeps a scene; a later one replaces it.
pub async fn insert_scene(tx: &mut impl Write, case: &str, scene: Scene) -> Result<()> {
    let institution = tx.institution()?.clone();
    tx.exec(
        "INSERT INTO suitability_scenes (institution_id, case_id, mcc, amount) VALUES ($1, $2, $3, $4)
         ON CONFLICT (institution_id, case_id) DO UPDATE SET mcc = excluded.mcc, amount = excluded.amount",
        values![&institution, case, scene.mcc, scene.amount],
    )
    .await?;
    Ok(())
}

#[derive(FromQueryResult)]
struct Row {
    case_id: String,
    subject_id: String,
    outcome: String,
    reasons: String,
    purpose: String,
    rules_digest: String,
    decided_by: Option<String>,
    declared_at_ms: i64,
    version: i64,
}

impl Row {
    fn case(self) -> Result<Case> {
        let reasons = self.reasons.split(' ').filter(|code| !code.is_empty());
        Ok(Case {
            case: self.case_id,
            subject: SubjectId::stored(self.subject_id),
            outcome: known(Outcome::parse(&self.outcome))?,
            reasons: reasons
                .map(|code| known(Reason::parse(code)))
                .collect::<Result<_>>()?,
            purpose: self.purpose,
            rules_digest: self.rules_digest,
            decided_by: self.decided_by,
            declared_at_ms: self.declared_at_ms,
            version: self.version,
        })
    }
}

const SELECT: &str = "SELECT case_id, subject_id, outcome, reasons, purpose, rules_digest, decided_by, declared_at_ms, version
    FROM suitability_cases WHERE institution_id = $1 AND case_id = $2";

/// The affordability of a case, once the person has answered.
pub async fn find(view: &impl Read, case: &str) -> Result<Option<Case>> {
    view.one::<Row>(SELECT, values![view.institution()?, case])
        .await?
        .map(Row::case)
        .transpose()
}

/// As [`find`], locked until the transaction ends.
pub async fn lock(tx: &impl Read, case: &str) -> Result<Option<Case>> {
    let sql = format!("{SELECT}{}", tx.for_update());
    tx.one::<Row>(&sql, values![tx.institution()?, case])
        .await?
        .map(Row::case)
        .transpose()
}

fn codes(reasons: &[Reason]) -> String {
    let codes: Vec<&str> = reasons.iter().map(|reason| reason.code()).collect();
    codes.join(" ")
}

pub async fn insert(tx: &mut impl Write, new: &Case) -> Result<()> {
    let institution = tx.institution()?.clone();
    let inserted = tx
        .exec_unique(
            "INSERT INTO suitability_cases (institution_id, case_id, subject_id, outcome, reasons, purpose, rules_digest,
                decided_by, declared_at_ms, version)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, 1)",
            values![
                &institution,
                new.case.as_str(),
                &new.subject,
                new.outcome.as_str(),
                codes(&new.reasons),
                new.purpose.as_str(),
                new.rules_digest.as_str(),
                new.decided_by.as_deref(),
                new.declared_at_ms
            ],
        )
        .await?;
    inserted.map(drop).ok_or(Error::Conflict)
}

/// Stores what a review may change; someone else's change in between is a conflict.
pub async fn save(tx: &mut impl Write, case: &Case) -> Result<()> {
    let institution = tx.institution()?.clone();
    let saved = tx
        .exec(
            "UPDATE suitability_cases SET outcome = $4, decided_by = $5, version = version + 1
             WHERE institution_id = $1 AND case_id = $2 AND version = $3",
            values![
                &institution,
                case.case.as_str(),
                case.version,
                case.outcome.as_str(),
                case.decided_by.as_deref()
            ],
        )
        .await?;
    if saved == 1 {
        Ok(())
    } else {
        Err(Error::Conflict)
    }
}
