//! Reading how far a case is with its sheet.

use super::model::Step;
use super::store;
use crate::db::Read;
use crate::error::Result;
use crate::product::Progress;

/// How far the step `cost_disclosure` of a case is.
pub async fn progress(view: &impl Read, case: &str) -> Result<Progress> {
    let steps = store::steps(view, &[case]).await?;
    Ok(match steps.get(case) {
        None => Progress::Waiting,
        Some(Step::Done) => Progress::Done,
        Some(Step::Read | Step::Answer | Step::Confirm) => Progress::Open,
    })
}
