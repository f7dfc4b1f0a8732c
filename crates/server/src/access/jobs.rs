//! What access does without a request: sending a code.

use serde::{Deserialize, Serialize};

use super::actions::codes;
use super::model::CodeId;
use crate::ctx::Ctx;
use crate::error::Result;
use crate::id::InstitutionId;
use crate::jobs::{Handler, Job, handler};

pub fn jobs() -> Vec<Handler> {
    vec![handler::<SendCode>()]
}

/// Sends the code of a challenge to the person's phone. The digits are derived when they are sent.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SendCode {
    pub challenge: String,
}

impl Job for SendCode {
    const KIND: &'static str = "access.send_code";

    async fn run(self, ctx: Ctx, institution: InstitutionId) -> Result<()> {
        codes::deliver(&ctx, &institution, &CodeId::parse(&self.challenge)?).await
    }
}
