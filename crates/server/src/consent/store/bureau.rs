//! Every ask whether the bureau may be queried.

use sea_orm::FromQueryResult;

use super::Whose;
use crate::consent::bureau::{Denial, Query, QueryId};
use crate::consent::notice::BureauPurpose;
use crate::db::{Read, Write};
use crate::error::{Error, Result};
use crate::values;
use crate::vault::SubjectId;

#[derive(FromQueryResult)]
struct Row {
    id: String,
    subject_id: String,
    case_id: String,
    purpose: String,
    denial: Option<String>,
    authority: Option<String>,
    valid_until_ms: Option<i64>,
    asked_at_ms: i64,
}

impl Row {
    fn query(self) -> Result<Query> {
        let denial = match self.denial {
            None => None,
            Some(text) => Some(
                Denial::parse(&text).ok_or_else(|| Error::internal("unknown denial of a query"))?,
            ),
        };
        Ok(Query {
            id: QueryId::stored(self.id),
            subject: SubjectId::stored(self.subject_id),
            case: self.case_id,
            purpose: BureauPurpose::parse(&self.purpose)
                .ok_or_else(|| Error::internal("unknown purpose of a query"))?,
            denial,
            authority: self.authority,
            valid_until_ms: self.valid_until_ms,
            asked_at_ms: self.asked_at_ms,
        })
    }
}

/// One ask.
pub async fn find(view: &impl Read, id: &QueryId) -> Result<Query> {
    view.one::<Row>(
        "SELECT id, subject_id, case_id, purpose, denial, authority, valid_until_ms, asked_at_ms
         FROM consent_queries WHERE institution_id = $1 AND id = $2",
        values![view.institution()?, id],
    )
    .await?
    .ok_or_else(Error::not_found)?
    .query()
}

pub async fn insert(tx: &mut impl Write, query: &Query) -> Result<()> {
    let institution = tx.institution()?.clone();
    tx.exec(
        "INSERT INTO consent_queries (institution_id, id, subject_id, case_id, purpose, denial, authority, valid_until_ms, asked_at_ms)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
        values![
            &institution,
            &query.id,
            &query.subject,
            query.case.as_str(),
            query.purpose.as_str(),
            query.denial.map(Denial::as_str),
            query.authority.clone(),
            query.valid_until_ms,
            query.asked_at_ms
        ],
    )
    .await?;
    Ok(())
}

/// Asks newest first, after a cursor; `outcome` narrows to one when it is not empty.
pub async fn list(
    view: &impl Read,
    whose: &Whose,
    outcome: &str,
    after: &str,
    limit: i64,
) -> Result<Vec<Query>> {
    let mut values = values![
        view.institution()?,
        whose.case.as_str(),
        outcome,
        after,
        limit
    ];
    let Some(people) = whose.people(&mut values) else {
        return Ok(Vec::new());
    };
    let sql = format!(
        "SELECT id, subject_id, case_id, purpose, denial, authority, valid_until_ms, asked_at_ms FROM consent_queries
         WHERE institution_id = $1 AND ($2 = '' OR case_id = $2)
           AND ($3 = '' OR CASE WHEN denial IS NULL THEN 'allowed' ELSE 'refused' END = $3)
           AND ($4 = '' OR id < $4) {people}
         ORDER BY id DESC LIMIT $5"
    );
    let rows: Vec<Row> = view.all(&sql, values).await?;
    rows.into_iter().map(Row::query).collect()
}
