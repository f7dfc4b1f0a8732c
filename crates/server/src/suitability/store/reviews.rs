//! Looks by staff at held and refused steps.

use sea_orm::FromQueryResult;

use super::known;
use crate::db::{Migration, Read, Tally, Write};
use crate::error::{Error, Result};
use crate::suitability::model::{Cause, Review, ReviewId, Step, Verdict};
use crate::values;
use crate::vault::SubjectId;

#[derive(FromQueryResult)]
struct Row {
    id: String,
    case_id: String,
    subject_id: String,
    step: String,
    cause: String,
    decided_by: Option<String>,
    asked_at_ms: i64,
    due_at_ms: i64,
    verdict: Option<String>,
    words: Option<String>,
    reviewer: Option<String>,
    closed_at_ms: Option<i64>,
}

impl Row {
    fn review(self) -> Result<Review> {
        Ok(Review {
            id: ReviewId::stored(self.id),
            case: self.case_id,
            subject: SubjectId::stored(self.subject_id),
            step: known(Step::parse(&self.step))?,
            cause: known(Cause::parse(&self.cause))?,
            decided_by: self.decided_by,
            asked_at_ms: self.asked_at_ms,
            due_at_ms: self.due_at_ms,
            verdict: self
                .verdict
                .map(|text| known(Verdict::parse(&text)))
                .transpose()?,
            words: self.words,
            reviewer: self.reviewer,
            closed_at_ms: self.closed_at_ms,
        })
    }
}

const COLUMNS: &str = "id, case_id, subject_id, step, cause, decided_by, asked_at_ms, due_at_ms, verdict, words, reviewer, closed_at_ms";
/// A case is held once a step and reviewed once a step; a decision that was overturned may be followed by another.
const PER_CASE_MAX: i64 = 20;

pub const WAITING: Migration = Migration {
    name: "suitability_0003_reviews_waiting",
    sql: "CREATE INDEX suitability_reviews_waiting ON suitability_reviews (institution_id, due_at_ms) WHERE verdict IS NULL;",
};

/// Reviews without a verdict whose time is over at an instant.
pub async fn due(view: &impl Read, at_ms: i64) -> Result<Tally> {
    let row = view
        .one(
            "SELECT COUNT(*) AS count, MIN(asked_at_ms) AS oldest_ms FROM (
               SELECT asked_at_ms FROM suitability_reviews
               WHERE institution_id = $1 AND verdict IS NULL AND due_at_ms < $2 ORDER BY due_at_ms LIMIT $3) x",
            values![view.institution()?, at_ms, Tally::MOST],
        )
        .await?;
    Ok(row.unwrap_or_default())
}

/// Every review of a case, oldest first.
pub async fn reviews(view: &impl Read, case: &str) -> Result<Vec<Review>> {
    let sql = format!(
        "SELECT {COLUMNS} FROM suitability_reviews WHERE institution_id = $1 AND case_id = $2 ORDER BY id LIMIT $3"
    );
    view.all::<Row>(&sql, values![view.institution()?, case, PER_CASE_MAX])
        .await?
        .into_iter()
        .map(Row::review)
        .collect()
}

/// One review.
pub async fn review(view: &impl Read, id: &ReviewId) -> Result<Review> {
    let sql =
        format!("SELECT {COLUMNS} FROM suitability_reviews WHERE institution_id = $1 AND id = $2");
    view.one::<Row>(&sql, values![view.institution()?, id])
        .await?
        .ok_or_else(Error::not_found)?
        .review()
}

/// As [`review`], locked until the transaction ends.
pub async fn lock_review(tx: &impl Read, id: &ReviewId) -> Result<Review> {
    let sql = format!(
        "SELECT {COLUMNS} FROM suitability_reviews WHERE institution_id = $1 AND id = $2{}",
        tx.for_update()
    );
    tx.one::<Row>(&sql, values![tx.institution()?, id])
        .await?
        .ok_or_else(Error::not_found)?
        .review()
}

pub async fn insert_review(tx: &mut impl Write, new: &Review) -> Result<()> {
    let institution = tx.institution()?.clone();
    let inserted = tx
        .exec_unique(
            "INSERT INTO suitability_reviews (institution_id, id, case_id, subject_id, step, cause, decided_by, asked_at_ms,
                due_at_ms)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
            values![
                &institution,
                &new.id,
                new.case.as_str(),
                &new.subject,
                new.step.as_str(),
                new.cause.as_str(),
                new.decided_by.as_deref(),
                new.asked_at_ms,
                new.due_at_ms
            ],
        )
        .await?;
    inserted.map(drop).ok_or(Error::Conflict)
}

/// Closes an open review.
pub async fn save_review(tx: &mut impl Write, review: &Review) -> Result<()> {
    let institution = tx.institution()?.clone();
    let saved = tx
        .exec(
            "UPDATE suitability_reviews SET verdict = $3, words = $4, reviewer = $5, closed_at_ms = $6
             WHERE institution_id = $1 AND id = $2 AND verdict IS NULL",
            values![
                &institution,
                &review.id,
                review.verdict.map(Verdict::as_str),
                review.words.as_deref(),
                review.reviewer.as_deref(),
                review.closed_at_ms
            ],
        )
        .await?;
    if saved == 1 {
        Ok(())
    } else {
        Err(Error::Conflict)
    }
}

/// What a list asks for; empty strings ask for everything.
#[derive(Clone, Debug, Default)]
pub struct Filter {
    /// `open` or `closed`.
    pub state: String,
    pub step: String,
    pub cause: String,
    pub case: String,
    /// Any of these people; `None` means anyone.
    pub subjects: Option<Vec<SubjectId>>,
}

/// Reviews newest first, after a cursor.
pub async fn list(
    view: &impl Read,
    filter: &Filter,
    after: &str,
    limit: i64,
) -> Result<Vec<Review>> {
    let mut values = values![
        view.institution()?,
        filter.state.as_str(),
        after,
        limit,
        filter.step.as_str(),
        filter.cause.as_str(),
        filter.case.as_str()
    ];
    let people = match &filter.subjects {
        None => String::new(),
        Some(subjects) if subjects.is_empty() => return Ok(Vec::new()),
        Some(subjects) => {
            let places: Vec<String> = subjects
                .iter()
                .map(|subject| {
                    values.push(subject.into());
                    format!("${}", values.len())
                })
                .collect();
            format!("AND subject_id IN ({})", places.join(","))
        }
    };
    let sql = format!(
        "SELECT {COLUMNS} FROM suitability_reviews
         WHERE institution_id = $1 AND ($3 = '' OR id < $3)
           AND ($2 = '' OR ($2 = 'open' AND verdict IS NULL) OR ($2 = 'closed' AND verdict IS NOT NULL))
           AND ($5 = '' OR step = $5) AND ($6 = '' OR cause = $6) AND ($7 = '' OR case_id = $7) {people}
         ORDER BY id DESC LIMIT $4"
    );
    view.all::<Row>(&sql, values)
        .await?
        .into_iter()
        .map(Row::review)
        .collect()
}
