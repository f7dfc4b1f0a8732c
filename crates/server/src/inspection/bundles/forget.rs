//! After a person's data was destroyed: archives that hold a case of theirs go at once.

use super::{BundlesState, parts, store};
use crate::ctx::Ctx;
use crate::error::Result;
use crate::id::InstitutionId;
use crate::journey::JourneyId;

/// Removes the archives in which one of these cases lies; a second run finds nothing left to do.
pub async fn forget(ctx: &Ctx, institution: &InstitutionId, cases: &[JourneyId]) -> Result<()> {
    for case in cases {
        let view = ctx.db.read(institution).await?;
        let archives = store::living_with(&view, case).await?;
        drop(view);
        for id in archives {
            // First what lies there: a crash in between leaves an archive that the next run finds again.
            parts::remove(ctx, institution, &id).await?;
            let mut tx = ctx
                .db
                .begin_unrecorded(institution, "its destruction is a fact already")
                .await?;
            let mut bundles = store::lock(&tx, &id).await?;
            bundles.state = BundlesState::Over;
            store::save(&mut tx, &bundles).await?;
            tx.commit().await?;
        }
    }
    Ok(())
}
