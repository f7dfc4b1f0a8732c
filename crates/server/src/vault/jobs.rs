//! Replacing the epoch when it is due; remembering the destroyed outside the database.

use serde::{Deserialize, Serialize};

use super::actions::forget_third;
use super::epochs::{self, Step};
use super::model::SubjectId;
use crate::ctx::Ctx;
use crate::error::Result;
use crate::id::InstitutionId;
use crate::jobs::{self, Handler, Job};
use crate::ledger::{self, Seat};

pub fn jobs() -> Vec<Handler> {
    vec![
        jobs::handler::<RotateEpoch>(),
        jobs::handler::<RememberDestroyed>(),
        jobs::handler::<ForgetThird>(),
    ]
}

/// Steps of one run; more go into the next, so that a run ends well within its time.
const STEPS_MAX: usize = 200;

/// Replaces an epoch, and has the next one replaced when that is due.
#[derive(Serialize, Deserialize)]
pub struct RotateEpoch {
    pub from: i64,
    /// Which run of the same work.
    pub part: i64,
}

impl Job for RotateEpoch {
    const KIND: &'static str = "vault.rotate_epoch";

    async fn run(self, ctx: Ctx, institution: InstitutionId) -> Result<()> {
        for _ in 0..STEPS_MAX {
            if epochs::advance(&ctx, self.from).await? == Step::Idle {
                return epochs::schedule(&ctx).await;
            }
        }
        let next = Self {
            from: self.from,
            part: self.part + 1,
        };
        let now_ms = ctx.clock.now_ms();
        epochs::enqueue(&ctx, &institution, next, now_ms).await
    }
}

/// Notes beside the database that a subject was destroyed, so that an older copy can't bring it back.
#[derive(Serialize, Deserialize)]
pub struct RememberDestroyed {
    pub subject: String,
}

impl Job for RememberDestroyed {
    const KIND: &'static str = "vault.remember_destroyed";

    async fn run(self, ctx: Ctx, institution: InstitutionId) -> Result<()> {
        let key = format!("vault/destroyed/{institution}/{}", self.subject);
        ctx.blobs.put_once(&key, Vec::new()).await
    }
}

/// Forgets the facts about a removed third person, once all of them have their places in the log.
#[derive(Serialize, Deserialize)]
pub struct ForgetThird {
    pub subject: String,
}

impl Job for ForgetThird {
    const KIND: &'static str = "vault.forget_third";

    async fn run(self, ctx: Ctx, institution: InstitutionId) -> Result<()> {
        let mut tx = ledger::begin(&ctx, &Seat::system(&institution, Self::KIND)).await?;
        if forget_third(&mut tx, &SubjectId::parse(&self.subject)?).await? == 0 {
            return Ok(());
        }
        ledger::commit_recorded(tx).await
    }
}
