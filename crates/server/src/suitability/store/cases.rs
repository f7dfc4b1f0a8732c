//! What was known and concluded about each case.

use sea_orm::FromQueryResult;

use super::known;
use crate::db::{Read, Write};
use crate::error::{Error, Result};
use crate::suitability::model::{Burden, Case, Outcome};
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
struct Handed {
    item_version: i64,
}

/// The version of the person's figures that were supplied for a case, if any were.
pub async fn supplied(view: &impl Read, case: &str) -> Result<Option<i64>> {
    let row: Option<Handed> = view
        .one(
            "SELECT item_version FROM suitability_supplied WHERE institution_id = $1 AND case_id = $2",
            values![view.institution()?, case],
        )
        .await?;
    Ok(row.map(|row| row.item_version))
}

/// Notes which version of the figures was supplied for a case; a later one replaces it.
pub async fn put_supplied(tx: &mut impl Write, case: &str, version: i64) -> Result<()> {
    let institution = tx.institution()?.clone();
    tx.exec(
        "INSERT INTO suitability_supplied (institution_id, case_id, item_version) VALUES ($1, $2, $3)
         ON CONFLICT (institution_id, case_id) DO UPDATE SET item_version = excluded.item_version",
        values![&institution, case, version],
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
    principal: i64,
    instalment: i64,
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
            burden: Burden {
                principal: self.principal,
                instalment: self.instalment,
            },
            rules_digest: self.rules_digest,
            decided_by: self.decided_by,
            declared_at_ms: self.declared_at_ms,
            version: self.version,
        })
    }
}

const SELECT: &str = "SELECT case_id, subject_id, outcome, reasons, purpose, principal, instalment, rules_digest, decided_by,
    declared_at_ms, version FROM suitability_cases WHERE institution_id = $1 AND case_id = $2";

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

/// Stores an assessment in place of the version it was read as; someone else's in between is a conflict.
pub async fn put(tx: &mut impl Write, case: &Case) -> Result<()> {
    let institution = tx.institution()?.clone();
    let put = tx
        .exec(
            "INSERT INTO suitability_cases (institution_id, case_id, subject_id, outcome, reasons, purpose, principal,
                instalment, rules_digest, decided_by, declared_at_ms, version)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, 1)
             ON CONFLICT (institution_id, case_id) DO UPDATE SET
               outcome = excluded.outcome, reasons = excluded.reasons, purpose = excluded.purpose,
               principal = excluded.principal, instalment = excluded.instalment, rules_digest = excluded.rules_digest,
               decided_by = excluded.decided_by, declared_at_ms = excluded.declared_at_ms,
               version = suitability_cases.version + 1
             WHERE suitability_cases.version = $12",
            values![
                &institution,
                case.case.as_str(),
                &case.subject,
                case.outcome.as_str(),
                codes(&case.reasons),
                case.purpose.as_str(),
                case.burden.principal,
                case.burden.instalment,
                case.rules_digest.as_str(),
                case.decided_by.as_deref(),
                case.declared_at_ms,
                case.version
            ],
        )
        .await?;
    if put == 1 {
        Ok(())
    } else {
        Err(Error::Conflict)
    }
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
