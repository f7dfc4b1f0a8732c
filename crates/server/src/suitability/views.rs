//! How affordability and decision look to the person, and how far they are.

use jiff::civil::Date;
use serde::Serialize;

use super::decision::{Approved, Decision, GivenReason, Made, Ruling, Standing};
use super::model::{Burden, Case, Cause, Occupation, Outcome, Review, Step, Verdict};
use super::purposes::PURPOSES;
use super::reason::Reason;
use super::store;
use crate::db::Read;
use crate::error::{Result, Text};
use crate::product::Progress;

/// How far a step is.
pub async fn progress(view: &impl Read, case: &str, step: Step) -> Result<Progress> {
    let review = newest_review(view, case, step).await?;
    Ok(match step {
        Step::Affordability => of_case(store::find(view, case).await?.as_ref(), review.as_ref()),
        Step::CreditDecision => {
            of_decision(store::decision(view, case).await?.as_ref(), review.as_ref())
        }
    })
}

/// What may be drawn by the lender's approval of a case.
pub async fn approved(view: &impl Read, case: &str) -> Result<Option<Approved>> {
    Ok(store::decision(view, case)
        .await?
        .and_then(|decision| decision.approved()))
}

/// What a case was assessed for, once the person has answered.
pub async fn assessed(view: &impl Read, case: &str) -> Result<Option<Burden>> {
    Ok(store::find(view, case).await?.map(|case| case.burden))
}

async fn newest_review(view: &impl Read, case: &str, step: Step) -> Result<Option<Review>> {
    let reviews = store::reviews(view, case).await?;
    Ok(reviews.into_iter().rev().find(|review| review.step == step))
}

fn looked_at(review: Option<&Review>) -> bool {
    review.is_some_and(|review| review.verdict.is_none())
}

fn of_case(case: Option<&Case>, review: Option<&Review>) -> Progress {
    match case.map(|case| case.outcome) {
        None => Progress::Open,
        Some(Outcome::Pass) => Progress::Done,
        Some(Outcome::Held) => Progress::NeedsPerson,
        Some(Outcome::Refused) if looked_at(review) => Progress::NeedsPerson,
        Some(Outcome::Refused) => Progress::Refused,
    }
}

fn of_decision(decision: Option<&Decision>, review: Option<&Review>) -> Progress {
    match decision {
        Some(decision) if decision.approved().is_some() => Progress::Done,
        Some(decision) if decision.refused() && looked_at(review) => Progress::NeedsPerson,
        Some(decision) if decision.refused() => Progress::Refused,
        _ => Progress::Waiting,
    }
}

/// A look by staff, as the person sees it.
#[derive(Serialize, utoipa::ToSchema)]
struct ReviewView {
    cause: Cause,
    asked_at_ms: i64,
    due_at_ms: i64,
    verdict: Option<Verdict>,
    /// The reviewer's own words.
    words: Option<String>,
    closed_at_ms: Option<i64>,
}

impl From<Review> for ReviewView {
    fn from(review: Review) -> Self {
        Self {
            cause: review.cause,
            asked_at_ms: review.asked_at_ms,
            due_at_ms: review.due_at_ms,
            verdict: review.verdict,
            words: review.words,
            closed_at_ms: review.closed_at_ms,
        }
    }
}

/// One reason in words.
#[derive(Serialize, utoipa::ToSchema)]
pub struct ReasonView {
    code: String,
    text: Text,
}

impl From<Reason> for ReasonView {
    fn from(reason: Reason) -> Self {
        Self {
            code: reason.code().to_owned(),
            text: reason.text(),
        }
    }
}

impl From<GivenReason> for ReasonView {
    fn from(given: GivenReason) -> Self {
        Self {
            code: given.code,
            text: given.text,
        }
    }
}

/// Something to choose.
#[derive(Serialize, utoipa::ToSchema)]
#[schema(as = CodedChoice)]
struct Choice {
    code: &'static str,
    text: Text,
}

/// What the person's pages need about the step `affordability`.
#[derive(Serialize, utoipa::ToSchema)]
pub struct AffordabilityView {
    progress: Progress,
    occupations: Vec<Choice>,
    purposes: Vec<Choice>,
    /// Whether the answers must say if the person studies.
    ask_studying: Asked,
    reasons: Vec<ReasonView>,
    /// Where a student can turn instead.
    instead: Option<Text>,
    review: Option<ReviewView>,
}

impl AffordabilityView {
    /// As the journey's order sees the step: a price that grew past the assessment opens it again.
    pub fn standing(self, progress: Progress) -> Self {
        Self { progress, ..self }
    }
}

/// Whether a question is put.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
enum Asked {
    Yes,
    No,
}

/// The step's view for a person of this age.
pub async fn affordability(
    view: &impl Read,
    case: &str,
    age: i64,
    ask_below: i64,
) -> Result<AffordabilityView> {
    let known = store::find(view, case).await?;
    let review = newest_review(view, case, Step::Affordability).await?;
    let reasons = known.as_ref().map_or(&[][..], |case| &case.reasons);
    let student = reasons.contains(&Reason::Student);
    let passed = known
        .as_ref()
        .is_some_and(|case| case.outcome == Outcome::Pass);
    Ok(AffordabilityView {
        progress: of_case(known.as_ref(), review.as_ref()),
        occupations: Occupation::ALL
            .into_iter()
            .map(|occupation| Choice {
                code: occupation.as_str(),
                text: occupation.text(),
            })
            .collect(),
        purposes: PURPOSES
            .iter()
            .map(|purpose| Choice {
                code: purpose.code,
                text: purpose.text(),
            })
            .collect(),
        ask_studying: if age < ask_below {
            Asked::Yes
        } else {
            Asked::No
        },
        reasons: if passed {
            Vec::new()
        } else {
            reasons.iter().copied().map(ReasonView::from).collect()
        },
        instead: student.then(student_aid),
        review: review.map(ReviewView::from),
    })
}

/// 国家助学贷款: cheaper and made for this.
fn student_aid() -> Text {
    Text::new(
        "上学要用钱，可以申请国家助学贷款：在校期间利息由国家补贴，不收手续费，毕业后再慢慢还。问学校的学生资助中心，或家乡县（区）的学生资助管理中心；全国学生资助管理中心网站：www.xszz.edu.cn。",
        "If you need money for your studies, you can apply for a state student loan: the state pays the interest while you study, there are no fees, and you repay after graduating. Ask your school's student aid office or the one of your home county; the national centre is at www.xszz.edu.cn.",
    )
}

/// What the person's pages need about the step `credit_decision`.
#[derive(Serialize, utoipa::ToSchema)]
pub struct DecisionView {
    progress: Progress,
    ruling: Option<Ruling>,
    made: Option<Made>,
    /// Fen.
    limit: Option<i64>,
    valid_until: Option<Date>,
    reasons: Vec<ReasonView>,
    review: Option<ReviewView>,
}

/// The step's view.
pub async fn credit_decision(view: &impl Read, case: &str) -> Result<DecisionView> {
    let decision = store::decision(view, case).await?;
    let review = newest_review(view, case, Step::CreditDecision).await?;
    let progress = of_decision(decision.as_ref(), review.as_ref());
    let given = decision
        .filter(|decision| decision.standing == Standing::InForce)
        .map(|decision| decision.given);
    Ok(DecisionView {
        progress,
        ruling: given.as_ref().map(|given| given.ruling),
        made: given.as_ref().map(|given| given.made),
        limit: given.as_ref().and_then(|given| given.limit),
        valid_until: given.as_ref().and_then(|given| given.valid_until),
        reasons: given.map_or_else(Vec::new, |given| {
            given.reasons.into_iter().map(ReasonView::from).collect()
        }),
        review: review.map(ReviewView::from),
    })
}
