//! The certificate of a destruction: once its facts are in the log, and again when it has become final.

use serde::{Deserialize, Serialize};

use super::certificate::{Issued, issue};
use super::store::Edition;
use crate::clock::DAY_MS;
use crate::ctx::Ctx;
use crate::db::Write as _;
use crate::error::Result;
use crate::id::InstitutionId;
use crate::jobs::{self, Handler, Job, handler};
use crate::vault::{self, DestructionId};

pub fn jobs() -> Vec<Handler> {
    vec![handler::<Certify>()]
}

/// Facts are in the log within a second, normally.
pub(super) const SEQUENCED_MS: i64 = 2_000;

/// Prints the certificate of a destruction, and comes back until it is the final one.
#[derive(Serialize, Deserialize)]
pub struct Certify {
    pub destruction: String,
    /// Which run of the same work.
    pub part: i64,
}

impl Job for Certify {
    const KIND: &'static str = "custody.certify";

    async fn run(self, ctx: Ctx, institution: InstitutionId) -> Result<()> {
        let id = DestructionId::parse(&self.destruction)?;
        let now_ms = ctx.clock.now_ms();
        let again_at_ms = match issue(&ctx, &institution, &id).await? {
            Issued::Edition(Edition::Final) => return Ok(()),
            Issued::Waiting => now_ms + SEQUENCED_MS,
            Issued::Edition(Edition::Provisional) => {
                let due_at_ms = vault::rotation(&ctx, &[]).await?.due_at_ms;
                due_at_ms.max(now_ms + DAY_MS)
            }
        };
        let next = Self {
            part: self.part + 1,
            ..self
        };
        let name = format!("custody-certify-{id}-{}", next.part);
        let row = jobs::enqueue_named(&institution, &name, &next, again_at_ms)?;
        let mut tx = ctx
            .db
            .begin_unrecorded(&institution, "when to print a certificate is no evidence")
            .await?;
        tx.exec_together(vec![row]).await?;
        tx.commit().await
    }
}
