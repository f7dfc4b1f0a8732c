//! Nouns and decisions of suitability; pure.

use serde::{Deserialize, Serialize};

use super::purposes::{Fit, Scene, purpose_of};
use super::reason::Reason;
use super::refusal::Refused;
use crate::access::InstitutionKind;
use crate::config::{Measure, Rule, RuleAction};
use crate::error::Text;
use crate::vault::SubjectId;

crate::id!(
    /// A look by a member of staff at one step of one case.
    ReviewId,
    "rev"
);

/// What a person lives on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Occupation {
    Employed,
    SelfEmployed,
    Farmer,
    Retired,
    Homemaker,
    Student,
    Unemployed,
    Other,
}

impl Occupation {
    pub const ALL: [Self; 8] = [
        Self::Employed,
        Self::SelfEmployed,
        Self::Farmer,
        Self::Retired,
        Self::Homemaker,
        Self::Student,
        Self::Unemployed,
        Self::Other,
    ];

    pub fn as_str(self) -> &'static str {
        match self {
            Self::Employed => "employed",
            Self::SelfEmployed => "self_employed",
            Self::Farmer => "farmer",
            Self::Retired => "retired",
            Self::Homemaker => "homemaker",
            Self::Student => "student",
            Self::Unemployed => "unemployed",
            Self::Other => "other",
        }
    }

    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|one| one.as_str() == text)
    }

    pub fn text(self) -> Text {
        let (zh, en) = match self {
            Self::Employed => ("上班", "Employed"),
            Self::SelfEmployed => ("做生意", "Self-employed"),
            Self::Farmer => ("务农", "Farming"),
            Self::Retired => ("退休", "Retired"),
            Self::Homemaker => ("操持家务", "At home"),
            Self::Student => ("在上学", "Studying"),
            Self::Unemployed => ("暂时没有工作", "Between jobs"),
            Self::Other => ("其他", "Something else"),
        };
        Text::new(zh, en)
    }
}

/// Whether the person is at a school or university now.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Studying {
    Yes,
    No,
}

/// Everything an assessment looks at. Money is fen, of a month where it recurs.
#[derive(Clone, Debug)]
pub struct Facts<'a> {
    pub lender: InstitutionKind,
    /// Whole years.
    pub age: i64,
    pub occupation: Occupation,
    pub studying: Studying,
    pub income: i64,
    pub debts: i64,
    /// What the lender knows; each may be absent.
    pub supplied: Supplied,
    /// The largest instalment of this loan.
    pub instalment: i64,
    pub principal: i64,
    pub purpose: &'a str,
    pub scene: Option<Scene>,
}

/// Figures from the lender's own systems, fen.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Supplied {
    /// Income of a month, verified.
    pub income: Option<i64>,
    /// All credit at other lenders.
    pub credit_total: Option<i64>,
    /// What stands at this institution already.
    pub standing: Option<i64>,
    pub whose: Whose,
}

/// Whether figures are those that were supplied for this case.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Whose {
    #[default]
    ThisCase,
    /// Others took their place before each case kept its own.
    Unsure,
}

/// What a loan asks of a person, fen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Burden {
    pub principal: i64,
    /// The largest one.
    pub instalment: i64,
}

impl Burden {
    /// What fits this fits the other too.
    pub fn covers(self, other: Self) -> bool {
        self.principal >= other.principal && self.instalment >= other.instalment
    }
}

/// What an assessment concludes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    Pass,
    /// A member of staff looks first.
    Held,
    Refused,
}

impl Outcome {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Pass => "pass",
            Self::Held => "held",
            Self::Refused => "refused",
        }
    }

    pub fn parse(text: &str) -> Option<Self> {
        [Self::Pass, Self::Held, Self::Refused]
            .into_iter()
            .find(|one| one.as_str() == text)
    }
}

/// An outcome with every reason for it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Assessment {
    pub outcome: Outcome,
    /// Those of the outcome: a refusal names why it refuses, not also what would have been looked at.
    pub reasons: Vec<Reason>,
}

const ADULT_YEARS: i64 = 18;

/// Does this loan fit what the person earns, owes and needs it for?
pub fn assess(facts: &Facts<'_>, rules: &[Rule]) -> Assessment {
    let mut found: Vec<(Outcome, Reason)> = Vec::new();
    if facts.age < ADULT_YEARS {
        found.push((Outcome::Refused, Reason::UnderAge));
    }
    if facts.studying == Studying::Yes || facts.occupation == Occupation::Student {
        found.push(student(facts.lender, rules));
    }
    match purpose_of(facts.purpose) {
        Some(purpose) if purpose.allowed(facts.lender) => {
            match facts
                .scene
                .map(|scene| scene.fit(facts.purpose, facts.principal))
            {
                Some(Fit::OtherPurpose) => found.push((Outcome::Held, Reason::SceneOther)),
                Some(Fit::TooLarge) => found.push((Outcome::Held, Reason::SceneTooLarge)),
                Some(Fit::Fits) | None => {}
            }
        }
        _ => found.push((Outcome::Refused, Reason::PurposeForbidden)),
    }
    found.extend(measured(facts, rules));
    let outcome = found
        .iter()
        .map(|(outcome, _)| *outcome)
        .max()
        .unwrap_or(Outcome::Pass);
    let mut reasons = Vec::new();
    for (weight, reason) in found {
        if weight == outcome && !reasons.contains(&reason) {
            reasons.push(reason);
        }
    }
    Assessment { outcome, reasons }
}

/// Students are refused, unless a rule has a second person who repays looked at first; small-loan companies never lend.
fn student(lender: InstitutionKind, rules: &[Rule]) -> (Outcome, Reason) {
    let asked = rules
        .iter()
        .any(|rule| rule.measure == Measure::Students && rule.action == RuleAction::Ask);
    match lender {
        InstitutionKind::Bank | InstitutionKind::ConsumerFinance if asked => {
            (Outcome::Held, Reason::StudentSecondRepayer)
        }
        _ => (Outcome::Refused, Reason::Student),
    }
}

/// Everything that has a number.
fn measured(facts: &Facts<'_>, rules: &[Rule]) -> Vec<(Outcome, Reason)> {
    let income = facts.supplied.income.unwrap_or(facts.income);
    let share = |part: i64, whole: i64| {
        (whole > 0).then(|| i128::from(part.max(0)) * 1_000_000 / i128::from(whole))
    };
    let mut found = Vec::new();
    if facts.supplied.whose == Whose::Unsure {
        found.push((Outcome::Held, Reason::FiguresUnsure));
    }
    if income <= 0 {
        found.push((Outcome::Held, Reason::NoIncome));
    }
    for rule in rules {
        let (measured, reason) = match rule.measure {
            Measure::DebtService => (
                share(facts.debts.saturating_add(facts.instalment), income),
                Reason::DebtService,
            ),
            Measure::CreditTotal => (
                facts
                    .supplied
                    .credit_total
                    .and_then(|total| share(total, income.saturating_mul(12))),
                Reason::CreditTotal,
            ),
            Measure::IncomeDeclared => (
                facts
                    .supplied
                    .income
                    .and_then(|verified| share(facts.income, verified)),
                Reason::IncomeDiffers,
            ),
            Measure::CreditCeiling => (
                Some(
                    i128::from(facts.principal) + i128::from(facts.supplied.standing.unwrap_or(0)),
                ),
                Reason::CreditCeiling,
            ),
            Measure::Students => continue,
        };
        if measured.is_some_and(|value| value > i128::from(rule.value)) {
            let outcome = match rule.action {
                RuleAction::Ask => Outcome::Held,
                RuleAction::Refuse => Outcome::Refused,
            };
            found.push((outcome, reason));
        }
    }
    found
}

/// The affordability of one case.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Case {
    pub case: String,
    pub subject: SubjectId,
    pub outcome: Outcome,
    pub reasons: Vec<Reason>,
    pub purpose: String,
    /// What was assessed.
    pub burden: Burden,
    /// SHA-256 of the rules that were in force, hex.
    pub rules_digest: String,
    /// Seat id of the member of staff who decided last; none while only the program has.
    pub decided_by: Option<String>,
    pub declared_at_ms: i64,
    pub version: i64,
}

impl Case {
    /// It passed, but for less than this.
    pub fn outgrown(&self, burden: Burden) -> bool {
        self.outcome == Outcome::Pass && !self.burden.covers(burden)
    }
}

/// Which step of a case is looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = ReviewedStep)]
pub enum Step {
    Affordability,
    CreditDecision,
}

impl Step {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Affordability => "affordability",
            Self::CreditDecision => "credit_decision",
        }
    }

    pub fn parse(text: &str) -> Option<Self> {
        [Self::Affordability, Self::CreditDecision]
            .into_iter()
            .find(|one| one.as_str() == text)
    }
}

/// Why somebody looks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = ReviewCause)]
pub enum Cause {
    /// The assessment could not decide alone.
    Held,
    /// The person asked for a human to look at a refusal (PIPL 24).
    Asked,
}

impl Cause {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Held => "held",
            Self::Asked => "asked",
        }
    }

    pub fn parse(text: &str) -> Option<Self> {
        [Self::Held, Self::Asked]
            .into_iter()
            .find(|one| one.as_str() == text)
    }
}

/// What the reviewer concludes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = ReviewVerdict)]
pub enum Verdict {
    /// It may go on: what was held passes, what was refused is overturned.
    Pass,
    /// It may not: what was held is refused, what was refused stays so.
    Refuse,
}

impl Verdict {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Pass => "pass",
            Self::Refuse => "refuse",
        }
    }

    pub fn parse(text: &str) -> Option<Self> {
        [Self::Pass, Self::Refuse]
            .into_iter()
            .find(|one| one.as_str() == text)
    }
}

/// A look by a member of staff, open until there is a verdict.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Review {
    pub id: ReviewId,
    pub case: String,
    pub subject: SubjectId,
    pub step: Step,
    pub cause: Cause,
    /// Seat id of whoever decided what is looked at; none when that was the program or the lender's system.
    pub decided_by: Option<String>,
    pub asked_at_ms: i64,
    pub due_at_ms: i64,
    pub verdict: Option<Verdict>,
    /// Told to the person.
    pub words: Option<String>,
    pub reviewer: Option<String>,
    pub closed_at_ms: Option<i64>,
}

const WORDS_CHARS: std::ops::RangeInclusive<usize> = 4..=500;

impl Review {
    /// Somebody who did not decide it before looks and says why, in words for the person.
    pub fn close(
        mut self,
        reviewer: &str,
        verdict: Verdict,
        words: &str,
        now_ms: i64,
    ) -> Result<Self, Refused> {
        if self.verdict.is_some() {
            return Err(Refused::ReviewClosed);
        }
        if self.decided_by.as_deref() == Some(reviewer) {
            return Err(Refused::OwnDecision);
        }
        if !WORDS_CHARS.contains(&words.trim().chars().count()) {
            return Err(Refused::WordsLength);
        }
        self.verdict = Some(verdict);
        self.words = Some(words.trim().to_owned());
        self.reviewer = Some(reviewer.to_owned());
        self.closed_at_ms = Some(now_ms);
        Ok(self)
    }
}

#[cfg(test)]
#[path = "model_tests.rs"]
mod tests;
