//! A day's comparison goes on in jobs, some pages each.

use serde::{Deserialize, Serialize};

use super::actions;
use super::day;
use crate::ctx::Ctx;
use crate::error::Result;
use crate::id::InstitutionId;
use crate::jobs::{Handler, Job, handler};
use crate::ledger;

pub fn jobs() -> Vec<Handler> {
    vec![handler::<Compare>(), handler::<CompareAnew>()]
}

/// One run of a comparison, from what it had come to in that version.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Compare {
    pub day: String,
    pub version: i64,
}

impl Job for Compare {
    const KIND: &'static str = "disbursement.compare";

    async fn run(self, ctx: Ctx, institution: InstitutionId) -> Result<()> {
        let day = day::parse(&self.day)?;
        actions::run_comparison(&ctx, &institution, day, self.version).await
    }
}

/// A payment of a day was reported after the day was compared.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CompareAnew {
    pub day: String,
}

impl Job for CompareAnew {
    const KIND: &'static str = "disbursement.compare_anew";

    async fn run(self, ctx: Ctx, institution: InstitutionId) -> Result<()> {
        let day = day::parse(&self.day)?;
        ledger::retrying(|| actions::begin_comparison(&ctx, &institution, day, None)).await
    }
}
