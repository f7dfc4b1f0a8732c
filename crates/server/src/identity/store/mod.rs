//! The identity of each case, and the questions asked about it.

pub mod cards;

use sea_orm::FromQueryResult;

use super::model::{Act, Answer, Case, Check, CheckId, Freshness, Origin, Phase, Reason, Route};
use super::refusal::Refused;
use crate::db::{Migration, Read, Tally, Write};
use crate::error::{Error, Result};
use crate::product::IdentityMethod;
use crate::values;
use crate::vault::{GrantId, SubjectId};

pub const MIGRATIONS: &[Migration] = &[CASES, cards::TABLE, ACTS, SESSIONS, cards::DENIALS];

const CASES: Migration = Migration {
    name: "identity_0001_cases",
    sql: "
        CREATE TABLE identity_cases (
            institution_id TEXT NOT NULL,
            case_id TEXT NOT NULL,
            subject_id TEXT NOT NULL,
            phase TEXT NOT NULL,
            route TEXT NOT NULL,
            document TEXT,
            same_phone BIGINT NOT NULL,
            grant_id TEXT,
            asked_at_ms BIGINT NOT NULL,
            settled_at_ms BIGINT,
            version BIGINT NOT NULL,
            PRIMARY KEY (institution_id, case_id)
        );
        CREATE INDEX identity_cases_phase ON identity_cases (institution_id, phase, case_id);
        CREATE TABLE identity_checks (
            institution_id TEXT NOT NULL,
            case_id TEXT NOT NULL,
            method TEXT NOT NULL,
            id TEXT NOT NULL,
            session TEXT,
            answer TEXT,
            reason TEXT,
            provider TEXT,
            origin TEXT,
            tries BIGINT NOT NULL,
            answered_at_ms BIGINT,
            PRIMARY KEY (institution_id, case_id, method)
        );
    ",
};

/// A check for one act alone belongs to a journey and is about a digest.
const ACTS: Migration = Migration {
    name: "identity_0003_acts",
    sql: "
        ALTER TABLE identity_cases ADD COLUMN journey_id TEXT;
        ALTER TABLE identity_cases ADD COLUMN bound_to TEXT;
    ",
};

/// What an authority's own page gave answers one question, never another.
const SESSIONS: Migration = Migration {
    name: "identity_0004_sessions",
    sql: "
        UPDATE identity_checks SET session = NULL WHERE session IS NOT NULL AND EXISTS (
            SELECT 1 FROM identity_checks older WHERE older.institution_id = identity_checks.institution_id
              AND older.session = identity_checks.session AND older.id < identity_checks.id
        );
        CREATE UNIQUE INDEX identity_checks_session ON identity_checks (institution_id, session);
    ",
};

#[derive(FromQueryResult)]
struct CaseRow {
    case_id: String,
    subject_id: String,
    phase: String,
    route: String,
    document: Option<String>,
    same_phone: i64,
    grant_id: Option<String>,
    asked_at_ms: i64,
    settled_at_ms: Option<i64>,
    version: i64,
    journey_id: Option<String>,
    bound_to: Option<String>,
}

/// A stored word that this version doesn't know is an error, never a default.
fn known<T>(read: Option<T>) -> Result<T> {
    read.ok_or_else(|| Error::internal("an unknown word in a row of identity"))
}

fn maybe<T>(text: Option<String>, parse: impl Fn(&str) -> Option<T>) -> Result<Option<T>> {
    text.map(|text| known(parse(&text))).transpose()
}

impl CaseRow {
    fn case(self) -> Result<Case> {
        Ok(Case {
            case: self.case_id,
            act: self
                .journey_id
                .zip(self.bound_to)
                .map(|(journey, digest)| Act { journey, digest }),
            subject: SubjectId::stored(self.subject_id),
            phase: known(Phase::parse(&self.phase))?,
            route: known(Route::parse(&self.route))?,
            document: maybe(self.document, Freshness::parse)?,
            same_phone: self.same_phone,
            grant: self.grant_id.map(GrantId::stored),
            asked_at_ms: self.asked_at_ms,
            settled_at_ms: self.settled_at_ms,
            version: self.version,
        })
    }
}

const COLUMNS: &str = "case_id, subject_id, phase, route, document, same_phone, grant_id, asked_at_ms, settled_at_ms, version, journey_id, bound_to";

/// The identity of a case, once anything was begun.
pub async fn find(view: &impl Read, case: &str) -> Result<Option<Case>> {
    let sql =
        format!("SELECT {COLUMNS} FROM identity_cases WHERE institution_id = $1 AND case_id = $2");
    view.one::<CaseRow>(&sql, values![view.institution()?, case])
        .await?
        .map(CaseRow::case)
        .transpose()
}

/// As [`find`], locked until the transaction ends.
pub async fn lock(tx: &impl Read, case: &str) -> Result<Option<Case>> {
    let sql = format!(
        "SELECT {COLUMNS} FROM identity_cases WHERE institution_id = $1 AND case_id = $2{}",
        tx.for_update()
    );
    tx.one::<CaseRow>(&sql, values![tx.institution()?, case])
        .await?
        .map(CaseRow::case)
        .transpose()
}

pub async fn insert(tx: &mut impl Write, new: &Case) -> Result<()> {
    let institution = tx.institution()?.clone();
    let inserted = tx
        .exec_unique(
            "INSERT INTO identity_cases (institution_id, case_id, subject_id, phase, route, document, same_phone, grant_id,
                asked_at_ms, settled_at_ms, version, journey_id, bound_to)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, 1, $11, $12)",
            values![
                &institution,
                new.case.as_str(),
                &new.subject,
                new.phase.as_str(),
                new.route.as_str(),
                new.document.map(Freshness::as_str),
                new.same_phone,
                new.grant.as_ref().map(GrantId::as_str),
                new.asked_at_ms,
                new.settled_at_ms,
                new.act.as_ref().map(|act| act.journey.as_str()),
                new.act.as_ref().map(|act| act.digest.as_str())
            ],
        )
        .await?;
    inserted.map(drop).ok_or(Error::Conflict)
}

/// Stores what may change; someone else's change in between is a conflict.
pub async fn save(tx: &mut impl Write, case: &Case) -> Result<()> {
    let institution = tx.institution()?.clone();
    let saved = tx
        .exec(
            "UPDATE identity_cases SET phase = $4, route = $5, document = $6, same_phone = $7, grant_id = $8, asked_at_ms = $9,
                settled_at_ms = $10, version = version + 1
             WHERE institution_id = $1 AND case_id = $2 AND version = $3",
            values![
                &institution,
                case.case.as_str(),
                case.version,
                case.phase.as_str(),
                case.route.as_str(),
                case.document.map(Freshness::as_str),
                case.same_phone,
                case.grant.as_ref().map(GrantId::as_str),
                case.asked_at_ms,
                case.settled_at_ms
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
struct CheckRow {
    method: String,
    id: String,
    session: Option<String>,
    answer: Option<String>,
    reason: Option<String>,
    provider: Option<String>,
    origin: Option<String>,
    card_version: Option<i64>,
    tries: i64,
    answered_at_ms: Option<i64>,
}

impl CheckRow {
    fn check(self) -> Result<Check> {
        Ok(Check {
            id: CheckId::stored(self.id),
            method: known(IdentityMethod::parse(&self.method))?,
            session: self.session,
            answer: maybe(self.answer, Answer::parse)?,
            reason: maybe(self.reason, Reason::parse)?,
            provider: self.provider,
            origin: maybe(self.origin, Origin::parse)?,
            card_version: self.card_version,
            tries: self.tries,
            answered_at_ms: self.answered_at_ms,
        })
    }
}

/// Every question of a case; there are at most as many as methods.
pub async fn checks(view: &impl Read, case: &str) -> Result<Vec<Check>> {
    view.all::<CheckRow>(
        "SELECT method, id, session, answer, reason, provider, origin, card_version, tries, answered_at_ms FROM identity_checks
         WHERE institution_id = $1 AND case_id = $2 ORDER BY id",
        values![view.institution()?, case],
    )
    .await?
    .into_iter()
    .map(CheckRow::check)
    .collect()
}

pub async fn insert_check(tx: &mut impl Write, case: &str, new: &Check) -> Result<()> {
    let institution = tx.institution()?.clone();
    let inserted = tx
        .exec_unique(
            "INSERT INTO identity_checks (institution_id, case_id, method, id, session, tries) VALUES ($1, $2, $3, $4, $5, 0)",
            values![
                &institution,
                case,
                new.method.as_str(),
                &new.id,
                new.session.as_deref()
            ],
        )
        .await?;
    // A case asks each method once, its row being locked: what was there before is the session.
    inserted.map(drop).ok_or(Refused::SessionUsed.into())
}

/// Stores tries and answer of a question that has none yet.
pub async fn save_check(tx: &mut impl Write, case: &str, check: &Check) -> Result<()> {
    let institution = tx.institution()?.clone();
    let saved = tx
        .exec(
            "UPDATE identity_checks SET tries = $4, answer = $5, reason = $6, provider = $7, origin = $8, answered_at_ms = $9, card_version = $10
             WHERE institution_id = $1 AND case_id = $2 AND method = $3 AND answer IS NULL",
            values![
                &institution,
                case,
                check.method.as_str(),
                check.tries,
                check.answer.map(Answer::as_str),
                check.reason.map(Reason::as_str),
                check.provider.as_deref(),
                check.origin.map(Origin::as_str),
                check.answered_at_ms,
                check.card_version
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
struct Confirmed {
    id: String,
}

/// Whether the bank's provider said yes to exactly this card when the case's identity was made sure of.
pub async fn card_confirmed(view: &impl Read, case: &str, card_version: i64) -> Result<bool> {
    let found: Option<Confirmed> = view
        .one(
            "SELECT id FROM identity_checks
             WHERE institution_id = $1 AND case_id = $2 AND method = $3 AND answer = $4 AND card_version = $5",
            values![
                view.institution()?,
                case,
                IdentityMethod::BankCard.as_str(),
                Answer::Yes.as_str(),
                card_version
            ],
        )
        .await?;
    Ok(found.is_some_and(|row| !row.id.is_empty()))
}

/// Cases in a phase, or in any when it is empty; newest first, after a cursor.
pub async fn list(view: &impl Read, phase: &str, after: &str, limit: i64) -> Result<Vec<Case>> {
    let sql = format!(
        "SELECT {COLUMNS} FROM identity_cases
         WHERE institution_id = $1 AND ($2 = '' OR phase = $2) AND ($3 = '' OR case_id < $3)
         ORDER BY case_id DESC LIMIT $4"
    );
    view.all::<CaseRow>(&sql, values![view.institution()?, phase, after, limit])
        .await?
        .into_iter()
        .map(CaseRow::case)
        .collect()
}

/// Deletes everything about a case whose person's data was destroyed.
pub async fn forget(tx: &mut impl Write, case: &str) -> Result<()> {
    let institution = tx.institution()?.clone();
    let statements = [
        "DELETE FROM identity_cards WHERE institution_id = $1 AND case_id = $2",
        "DELETE FROM identity_checks WHERE institution_id = $1 AND case_id IN (
            SELECT case_id FROM identity_cases WHERE institution_id = $1 AND (case_id = $2 OR journey_id = $2))",
        "DELETE FROM identity_cases WHERE institution_id = $1 AND (case_id = $2 OR journey_id = $2)",
    ];
    for sql in statements {
        tx.exec(sql, values![&institution, case]).await?;
    }
    Ok(())
}

/// Cases, and accounts, that wait for a member of staff.
pub async fn waiting_for_person(view: &impl Read) -> Result<Tally> {
    let row = view
        .one(
            "SELECT COUNT(*) AS count, MIN(asked_at_ms) AS oldest_ms FROM (
               SELECT asked_at_ms FROM identity_cases WHERE institution_id = $1 AND phase = $2
               UNION ALL
               SELECT asked_at_ms FROM identity_cards WHERE institution_id = $1 AND phase = $2 LIMIT $3) x",
            values![
                view.institution()?,
                Phase::NeedsPerson.as_str(),
                Tally::MOST
            ],
        )
        .await?;
    Ok(row.unwrap_or_default())
}
