//! Evidence that left the house in an archive of many journeys.

use super::facts::BundleTaken;
use super::{JourneyId, store};
use crate::error::Result;
use crate::ledger::{self, Fact, Sworn as _, Tx};

/// Swears in each journey that the seat of this transaction was given its evidence, once for each hand-out; says in how many.
/// One whose person was destroyed has nothing that could be given.
pub async fn bundle_taken(
    tx: &mut Tx,
    journeys: &[JourneyId],
    fetch: &str,
    archive: &str,
    archive_digest: &str,
) -> Result<usize> {
    let ids: Vec<&str> = journeys.iter().map(JourneyId::as_str).collect();
    let mut done = store::forgotten_among(tx, &ids).await?;
    let said = ledger::of_kinds(tx, &ids, &[BundleTaken::KIND]).await?;
    let said = said.into_iter().filter(|fact| fact.data["fetch"] == fetch);
    done.extend(said.map(|fact| fact.case));
    let mut told = 0;
    for journey in store::many(tx, &ids).await? {
        if done.contains(journey.id.as_str()) {
            continue;
        }
        let fact = BundleTaken {
            archive,
            fetch,
            archive_digest,
        };
        tx.record(Fact::of(&journey.id, &fact)?.about(&journey.subject));
        told += 1;
    }
    Ok(told)
}
