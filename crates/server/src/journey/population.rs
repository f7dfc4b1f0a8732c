//! Which loans somebody may draw from: by day, product, partner and how far they came.

use serde::{Deserialize, Serialize};

use super::JourneyId;
use super::store;
use crate::db::Read;
use crate::disbursement;
use crate::error::Result;
use crate::product::ProductId;

/// How far a loan must have come.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = LoanOutcome)]
pub enum Outcome {
    #[default]
    Any,
    /// Every step was done.
    Completed,
    /// A release token was issued.
    Released,
    /// A payment was reported.
    Paid,
}

impl Outcome {
    pub const ALL: [Self; 4] = [Self::Any, Self::Completed, Self::Released, Self::Paid];

    pub fn as_str(self) -> &'static str {
        match self {
            Self::Any => "any",
            Self::Completed => "completed",
            Self::Released => "released",
            Self::Paid => "paid",
        }
    }

    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|one| one.as_str() == text)
    }
}

/// Loans and drawdowns; a credit line and whoever answers for another's loan are no loans of their own.
#[derive(Clone, Debug)]
pub struct Population {
    /// Opened from then on, UTC ms.
    pub from_ms: i64,
    /// Opened before then, UTC ms.
    pub to_ms: i64,
    /// Product code; every product when empty.
    pub product: String,
    /// Only of these product versions, where they are named.
    pub versions: Option<Vec<(ProductId, i64)>>,
    pub outcome: Outcome,
}

/// A page of ids.
#[derive(Clone, Debug)]
pub struct Loans {
    pub ids: Vec<JourneyId>,
    /// Where the next page begins.
    pub next: Option<String>,
}

/// How many loans were opened in a population's days, of its product, and came as far as their rows say; counted up to a limit.
pub async fn opened(view: &impl Read, population: &Population, most: i64) -> Result<i64> {
    store::opened(view, population, most).await
}

/// Ids of a population in order, after a cursor; a page may hold fewer than there are behind it.
pub async fn loans(
    view: &impl Read,
    population: &Population,
    after: &str,
    limit: i64,
) -> Result<Loans> {
    let rows = store::loans(view, population, after, limit).await?;
    let whole = i64::try_from(rows.len())? == limit;
    let next = rows.last().filter(|_| whole).map(|row| row.id.clone());
    let mut rows: Vec<store::Drawable> = rows
        .into_iter()
        .filter(|row| match &population.versions {
            None => true,
            Some(versions) => versions.iter().any(|(product, number)| {
                (product.as_str(), *number) == (row.product_id.as_str(), row.product_version)
            }),
        })
        .collect();
    if population.outcome == Outcome::Released {
        let ids: Vec<&str> = rows.iter().map(|row| row.id.as_str()).collect();
        let released = disbursement::released(view, &ids).await?;
        rows.retain(|row| released.contains(&row.id));
    }
    let ids = rows.into_iter().map(|row| JourneyId::stored(row.id));
    Ok(Loans {
        ids: ids.collect(),
        next,
    })
}
