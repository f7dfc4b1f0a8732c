//! What access does without a request: sending a code, swearing to refused sign-ins, and forgetting what is no evidence.

use serde::{Deserialize, Serialize};

use super::actions::{codes, phones, refusals, retention};
use super::model::CodeId;
use crate::ctx::Ctx;
use crate::error::Result;
use crate::id::InstitutionId;
use crate::jobs::{Handler, Job, handler};
use crate::vault::SubjectId;

pub fn jobs() -> Vec<Handler> {
    vec![
        handler::<SendCode>(),
        handler::<TellPhoneChange>(),
        handler::<ForgetEarlierPhone>(),
        handler::<Sweep>(),
        handler::<SwearRefusals>(),
    ]
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

/// Tells the phone that was a person's until a case's own took its place.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TellPhoneChange {
    pub subject: String,
    pub case: String,
}

impl Job for TellPhoneChange {
    const KIND: &'static str = "access.tell_phone_change";

    async fn run(self, ctx: Ctx, institution: InstitutionId) -> Result<()> {
        let subject = SubjectId::parse(&self.subject)?;
        phones::tell_earlier(&ctx, &institution, &subject, &self.case).await
    }
}

/// Forgets the phone that was a person's, told or not.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ForgetEarlierPhone {
    pub case: String,
}

impl Job for ForgetEarlierPhone {
    const KIND: &'static str = "access.forget_earlier_phone";

    async fn run(self, ctx: Ctx, institution: InstitutionId) -> Result<()> {
        phones::forget_earlier(&ctx, &institution, &self.case).await
    }
}

/// Deletes, day by day, what an institution no longer keeps.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Sweep {}

impl Job for Sweep {
    const KIND: &'static str = "access.sweep";

    async fn run(self, ctx: Ctx, institution: InstitutionId) -> Result<()> {
        retention::sweep(&ctx, &institution).await
    }
}

/// Swears to an hour's refused sign-ins. The hour counts from 1970 in UTC.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SwearRefusals {
    pub hour: i64,
}

impl Job for SwearRefusals {
    const KIND: &'static str = "access.swear_refusals";

    async fn run(self, ctx: Ctx, institution: InstitutionId) -> Result<()> {
        refusals::swear(&ctx, &institution, self.hour).await
    }
}
