//! Journeys that money moves by, in bulk, for those who look over many of them.

use std::collections::HashSet;

use sea_orm::FromQueryResult;

use super::{COLUMNS, Row};
use crate::db::Read;
use crate::error::Result;
use crate::id;
use crate::journey::JourneyId;
use crate::journey::model::Journey;
use crate::journey::population::{Outcome, Population};
use crate::values;

/// A loan that may be drawn.
#[derive(Clone, Debug, FromQueryResult)]
pub struct Drawable {
    pub id: String,
    pub product_id: String,
    pub product_version: i64,
}

/// Loans and drawdowns of a population behind an id. Whether one was released is not asked here.
const OF_POPULATION: &str =
    "id > $2 AND kind IN ('loan', 'drawdown') AND created_at_ms >= $3 AND created_at_ms < $4
      AND ($5 = '' OR product_code = $5) AND ($6 <> 'completed' OR state = 'completed')
      AND ($6 <> 'paid' OR disbursed_at_ms IS NOT NULL)";

fn of_population(
    view: &impl Read,
    population: &Population,
    after: &str,
    limit: i64,
) -> Result<Vec<sea_orm::Value>> {
    // Ids are in the order of time: what was opened before the range need not be read.
    let floor = format!("{}_{}", JourneyId::PREFIX, id::floor(population.from_ms));
    Ok(values![
        view.institution()?,
        after.max(floor.as_str()),
        population.from_ms,
        population.to_ms,
        population.product.as_str(),
        Outcome::as_str(population.outcome),
        limit
    ])
}

#[derive(FromQueryResult)]
struct Count {
    n: i64,
}

/// How many loans and drawdowns a population has, counted up to a limit.
pub async fn opened(view: &impl Read, population: &Population, most: i64) -> Result<i64> {
    let sql = format!(
        "SELECT COUNT(*) AS n FROM (SELECT 1 AS one FROM journey_journeys WHERE institution_id = $1 AND {OF_POPULATION} LIMIT $7) x"
    );
    let row: Option<Count> = view
        .one(&sql, of_population(view, population, "", most)?)
        .await?;
    Ok(row.map_or(0, |row| row.n))
}

/// Loans and drawdowns of a population by id, after a cursor.
pub async fn loans(
    view: &impl Read,
    population: &Population,
    after: &str,
    limit: i64,
) -> Result<Vec<Drawable>> {
    let sql = format!(
        "SELECT id, product_id, product_version FROM journey_journeys WHERE institution_id = $1 AND {OF_POPULATION} ORDER BY id LIMIT $7"
    );
    view.all(&sql, of_population(view, population, after, limit)?)
        .await
}

/// Journeys by their ids, in no order; unknown ones are left out.
pub async fn many(view: &impl Read, ids: &[&str]) -> Result<Vec<Journey>> {
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let (places, values) = listed(view, ids)?;
    let sql = format!(
        "SELECT {COLUMNS} FROM journey_journeys WHERE institution_id = $1 AND id IN ({places})"
    );
    let rows: Vec<Row> = view.all(&sql, values).await?;
    rows.into_iter().map(Row::journey).collect()
}

#[derive(FromQueryResult)]
struct Id {
    id: String,
}

/// Which of some journeys a destruction emptied.
pub async fn forgotten_among(view: &impl Read, ids: &[&str]) -> Result<HashSet<String>> {
    if ids.is_empty() {
        return Ok(HashSet::new());
    }
    let (places, values) = listed(view, ids)?;
    let sql = format!(
        "SELECT id FROM journey_journeys WHERE institution_id = $1 AND id IN ({places}) AND forgotten_at_ms IS NOT NULL"
    );
    let rows: Vec<Id> = view.all(&sql, values).await?;
    Ok(rows.into_iter().map(|row| row.id).collect())
}

fn listed(view: &impl Read, ids: &[&str]) -> Result<(String, Vec<sea_orm::Value>)> {
    let places: Vec<String> = (0..ids.len()).map(|i| format!("${}", i + 2)).collect();
    let mut values = values![view.institution()?];
    values.extend(ids.iter().map(|id| sea_orm::Value::from(*id)));
    Ok((places.join(","), values))
}
