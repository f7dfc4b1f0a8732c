//! What the floor above may know of a journey whose money moved.

use std::iter;

use super::{JourneyId, Kind, me, store};
use crate::access::RightsHolder;
use crate::db::Read;
use crate::error::Result;
use crate::ledger;
use crate::product::ProductId;
use crate::vault::{self, SubjectId};

/// One journey, as far as its loan rests on it.
#[derive(Clone, Debug)]
pub struct Known {
    pub id: JourneyId,
    pub kind: Kind,
    pub subject: SubjectId,
    /// The business that borrows, when one does.
    pub business: Option<SubjectId>,
    pub product: ProductId,
    pub product_version: i64,
    /// As the person's documents name them.
    pub borrower_masked: String,
    /// When its payment was first reported.
    pub paid_at_ms: Option<i64>,
}

impl From<super::model::Journey> for Known {
    fn from(journey: super::model::Journey) -> Self {
        Self {
            id: journey.id,
            kind: journey.kind,
            subject: journey.subject,
            business: journey.business.map(|one| one.id),
            product: journey.product,
            product_version: journey.product_version,
            borrower_masked: journey.borrower_masked,
            paid_at_ms: journey.disbursed_at_ms,
        }
    }
}

/// A journey by its id.
pub async fn known(view: &impl Read, id: &JourneyId) -> Result<Known> {
    Ok(store::find(view, id).await?.into())
}

/// A journey of the signed-in person; what their session doesn't reach is not found.
pub async fn own(view: &impl Read, holder: &RightsHolder, id: &str) -> Result<Known> {
    Ok(me::own(view, holder, id).await?.into())
}

/// Journeys of a person or of a business in order, after a cursor; also those that a destruction emptied.
pub async fn of_subject(
    view: &impl Read,
    subject: &SubjectId,
    after: &str,
    limit: i64,
) -> Result<Vec<JourneyId>> {
    store::of_subject(view, subject, after, limit).await
}

/// Whether the vault destroyed the person or the business of one of these journeys, also where nothing else was emptied yet; the
/// caller bounds their number.
pub async fn any_destroyed(view: &impl Read, ids: &[&str]) -> Result<bool> {
    let journeys = store::many(view, ids).await?;
    let subjects: Vec<&str> = journeys
        .iter()
        .flat_map(|one| iter::once(&one.subject).chain(one.business.as_ref().map(|one| &one.id)))
        .map(SubjectId::as_str)
        .collect();
    let facts = ledger::of_kinds(view, &subjects, &[vault::DESTROYED]).await?;
    Ok(!facts.is_empty())
}

/// Whether a destruction emptied a journey.
pub async fn is_forgotten(view: &impl Read, id: &JourneyId) -> Result<bool> {
    store::is_forgotten(view, id).await
}
