//! What happens to products without a request.

use serde::{Deserialize, Serialize};

use super::store::voices as store;
use super::voices::{VOICES_MAX, blob};
use crate::clock::{self, DAY_MS};
use crate::ctx::Ctx;
use crate::db::Statement;
use crate::error::Result;
use crate::id::InstitutionId;
use crate::jobs::{self, Handler, Job, handler};

pub fn jobs() -> Vec<Handler> {
    vec![handler::<DropVoices>()]
}

/// So long a recording of a prompt that no version names is kept since it last came, ms.
const UNNAMED_MS: i64 = 7 * DAY_MS;

/// Removes recordings of prompts that no version came to name.
#[derive(Debug, Serialize, Deserialize)]
pub struct DropVoices {}

impl DropVoices {
    /// Has the institution's looked at once all of this day have had their days.
    pub fn after(institution: &InstitutionId, now_ms: i64) -> Result<Statement> {
        let day = clock::civil_date(now_ms + UNNAMED_MS + DAY_MS);
        let name = format!("drop_voices_{institution}_{day}");
        jobs::enqueue_named(institution, &name, &Self {}, clock::start_of(day))
    }
}

impl Job for DropVoices {
    const KIND: &'static str = "product.drop_voices";

    async fn run(self, ctx: Ctx, institution: InstitutionId) -> Result<()> {
        let before_ms = ctx.clock.now_ms() - UNNAMED_MS;
        let view = ctx.db.read(&institution).await?;
        let found = store::unnamed(&view, before_ms, VOICES_MAX).await?;
        drop(view);
        for digest in found {
            let why = "what no version names was never in use";
            let mut tx = ctx.db.begin_unrecorded(&institution, why).await?;
            // Whoever keeps or names it at this moment waits for this row.
            if store::remove(&mut tx, &digest, before_ms).await? {
                ctx.blobs.remove(&blob(&institution, &digest)).await?;
                tx.commit().await?;
            }
        }
        Ok(())
    }
}
