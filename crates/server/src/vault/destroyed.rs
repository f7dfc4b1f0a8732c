//! What proves that a destruction was carried out.

use super::epochs;
use super::facts::{Destroyed, DestructionProposed, EpochRotated};
use super::model::DestructionId;
use super::store::destructions::{self, DestructionRow};
use crate::ctx::Ctx;
use crate::db::Read;
use crate::error::{Error, Result};
use crate::id::InstitutionId;
use crate::ledger::{self, Sworn as _};

/// Facts of a case read at once.
const FACTS_PAGE: i64 = 200;

/// A destruction of the view's institution.
pub async fn destruction(view: &impl Read, id: &DestructionId) -> Result<DestructionRow> {
    destructions::destruction(view, id)
        .await?
        .ok_or_else(Error::not_found)
}

/// The entries of the institution's log that tell of one destruction.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Evidence {
    pub proposed: i64,
    pub destroyed: i64,
    /// Commitment of the fact of the destruction, hex.
    pub commitment: String,
    /// Entries that name what was forgotten.
    pub forgetting: Vec<i64>,
    /// Entries whose bodies are gone, ascending.
    pub forgotten: Vec<i64>,
    /// When the key of the subject's epoch was destroyed, which makes the destruction final.
    pub final_at_ms: Option<i64>,
    /// The entry that says the institution had left that epoch.
    pub rotated: Option<i64>,
}

/// The evidence of a destruction that was carried out; none while one of its facts has no place in the log yet.
pub async fn evidence(
    ctx: &Ctx,
    institution: &InstitutionId,
    row: &DestructionRow,
) -> Result<Option<Evidence>> {
    let (mut proposed, mut destroyed, mut forgetting) = (None, None, Vec::new());
    let (mut commitment, mut forgotten) = (String::new(), Vec::new());
    let mut after = 0;
    loop {
        let page = ledger::timeline(ctx, institution, &row.subject_id, after, FACTS_PAGE).await?;
        for fact in page.rows {
            after = fact.no;
            match fact.kind.as_str() {
                DestructionProposed::KIND => proposed = fact.index,
                Destroyed::KIND => (destroyed, commitment) = (fact.index, fact.commitment),
                proof::fact::FORGOTTEN => {
                    let Some(index) = fact.index else {
                        return Ok(None);
                    };
                    forgetting.push(index);
                    let named = fact.data["indexes"].as_array();
                    forgotten.extend(named.into_iter().flatten().filter_map(|one| one.as_i64()));
                }
                _ => {}
            }
        }
        if page.next.is_none() {
            break;
        }
    }
    let (Some(proposed), Some(destroyed)) = (proposed, destroyed) else {
        return Ok(None);
    };
    let final_at_ms = match row.epoch {
        Some(epoch) => epochs::destroyed_at_ms(ctx, epoch).await?,
        None => None,
    };
    let rotated = match final_at_ms {
        Some(_) => {
            let view = ctx.db.read(institution).await?;
            let newest = ledger::latest(&view, institution.as_str(), EpochRotated::NAME).await?;
            newest.and_then(|fact| fact.index)
        }
        None => None,
    };
    Ok(Some(Evidence {
        proposed,
        destroyed,
        commitment,
        forgetting,
        forgotten,
        final_at_ms,
        rotated,
    }))
}
