//! How the identity of a case looks to the person, and how far it is.

use serde::Serialize;

use super::model::{Answer, Case, Check, Freshness, Phase, Route};
use super::store;
use crate::db::Read;
use crate::error::Result;
use crate::product::{IdentityMethod, Progress};

/// How far the step is.
pub async fn progress(view: &impl Read, case: &str) -> Result<Progress> {
    Ok(store::find(view, case)
        .await?
        .map_or(Progress::Open, |case| progress_of(&case)))
}

fn progress_of(case: &Case) -> Progress {
    match case.phase {
        Phase::Checking => Progress::Waiting,
        Phase::NeedsPerson => Progress::NeedsPerson,
        Phase::Verified => Progress::Done,
        Phase::Refused => Progress::Refused,
        // A new act asks anew.
        Phase::Ended => Progress::Open,
    }
}

/// One question as the person sees it: asked or answered. Why an answer is not a yes is for staff.
#[derive(Serialize, utoipa::ToSchema)]
#[schema(as = IdentityCheck)]
struct CheckView {
    method: IdentityMethod,
    answer: Option<Answer>,
}

/// What the person's pages need about this step.
#[derive(Serialize, utoipa::ToSchema)]
pub struct IdentityView {
    progress: Progress,
    id_number_masked: String,
    phone_masked: String,
    /// What will be asked, or was.
    methods: Vec<IdentityMethod>,
    checks: Vec<CheckView>,
    route: Option<Route>,
    document: Option<Freshness>,
}

/// The step's view; `methods` are those of the product.
pub async fn view(
    view: &impl Read,
    case: &str,
    subject: &crate::vault::Subject,
    methods: &[IdentityMethod],
) -> Result<IdentityView> {
    let known = store::find(view, case).await?;
    let checks = store::checks(view, case).await?;
    Ok(IdentityView {
        progress: known.as_ref().map_or(Progress::Open, progress_of),
        id_number_masked: subject.id_number_masked.clone(),
        phone_masked: subject.phone_masked.clone(),
        methods: methods.to_vec(),
        checks: checks.iter().map(check_view).collect(),
        route: known.as_ref().map(|case| case.route),
        document: known.and_then(|case| case.document),
    })
}

fn check_view(check: &Check) -> CheckView {
    CheckView {
        method: check.method,
        answer: check.answer,
    }
}
