//! Nouns and decisions of products; pure.

use cost::{LoanTerms, Policy};
use jiff::Span;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use super::ProductId;
use super::cooling_off::CoolingOff;
use super::identity::IdentityMethod;
use super::recording::Recording;
use super::steps::Protection;
use crate::error::{Error, Field, Refuse, Text};
use crate::ledger::Seat;
use crate::vault::SubjectKind;

/// Minimum reading time by audience, in seconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ReadingSeconds {
    pub standard: i64,
    pub elder: i64,
}

/// One key term in plain words.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct KeyTerm {
    pub title: Text,
    pub body: Text,
}

/// What a version offers. Integers and words only, so that it has one canonical digest.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Definition {
    pub v: u32,
    pub name: Text,
    /// Terms of an example loan; a loan's own principal, periods and dates replace the example's.
    pub example: LoanTerms,
    /// Fen.
    pub principal_min: i64,
    pub principal_max: i64,
    pub periods_allowed: Vec<u32>,
    /// What a journey asks for, in this order.
    pub required: Vec<Protection>,
    pub reading_seconds: ReadingSeconds,
    pub key_terms: Vec<KeyTerm>,
    /// Answer to 'may you borrow without the guarantee?', where the product has one.
    pub without_guarantee: Option<Text>,
    /// How a person is made sure of; [`IdentityMethod::DEFAULT`] when empty. A way without machines always exists.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub identity: Vec<IdentityMethod>,
    /// Which kinds of borrowers it serves; natural persons alone when empty.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub borrowers: Vec<SubjectKind>,
    /// How many emergency contacts a borrower may name; none has to be named.
    #[serde(default, skip_serializing_if = "Definition::none")]
    pub contacts: i64,
    /// Days in which the borrower may give the money back without a reason, where the contract promises it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cooling_off: Option<CoolingOff>,
    /// What is recorded, and for which loans; with the step `recording`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub recording: Option<Recording>,
    /// Codes of the notices that its steps show, in this order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub notices: Vec<String>,
    /// Codes of the contract templates that its step `signing` has signed, in this order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub documents: Vec<String>,
    /// Codes of those that a change of a paid loan's terms has signed, in this order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub change_documents: Vec<String>,
}

/// What a lender asks for one loan.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Ask {
    /// Fen.
    pub principal: i64,
    pub periods: u32,
    /// Day the money is paid out; today when absent.
    pub start: Option<Date>,
    /// One period after the start when absent.
    pub first_due: Option<Date>,
}

/// A price further ahead than this would not be one.
const START_DAYS_MAX: i64 = 90;

impl Definition {
    /// Written only where it says something: definitions before this field keep their digests.
    fn none(contacts: &i64) -> bool {
        *contacts == 0
    }

    /// Whether it is for borrowers of a kind.
    pub fn serves(&self, kind: SubjectKind) -> bool {
        self.borrowers().contains(&kind)
    }

    /// The kinds of borrowers it is for.
    pub fn borrowers(&self) -> &[SubjectKind] {
        if self.borrowers.is_empty() {
            &[SubjectKind::Person]
        } else {
            &self.borrowers
        }
    }

    /// The methods by which a person is made sure of.
    pub fn identity_methods(&self) -> &[IdentityMethod] {
        if self.identity.is_empty() {
            &IdentityMethod::DEFAULT
        } else {
            &self.identity
        }
    }

    /// The same with another recording; where it asked for none, the step follows directly on the sheet.
    pub fn recorded(mut self, recording: Recording) -> Self {
        self.recording = Some(recording);
        if !self.required.contains(&Protection::Recording) {
            let is_sheet = |step: &Protection| *step == Protection::CostDisclosure;
            let sheet = self.required.iter().position(is_sheet);
            let behind = sheet.map_or(self.required.len(), |place| place + 1);
            self.required.insert(behind, Protection::Recording);
        }
        self
    }

    /// The terms of one loan of this version.
    pub fn terms(&self, ask: &Ask, today: Date) -> Result<LoanTerms, Vec<Field>> {
        let mut fields = Vec::new();
        if !(self.principal_min..=self.principal_max).contains(&ask.principal) {
            fields.push(Field::new(
                "loan.principal",
                "out_of_range",
                Text::new(
                    format!(
                        "金额应在 {} 至 {} 分之间。",
                        self.principal_min, self.principal_max
                    ),
                    format!(
                        "Principal is {} to {} fen.",
                        self.principal_min, self.principal_max
                    ),
                ),
            ));
        }
        if !self.periods_allowed.contains(&ask.periods) {
            fields.push(Field::new(
                "loan.periods",
                "not_offered",
                Text::new(
                    "该产品不提供这个期数。",
                    "The product does not offer this number of periods.",
                ),
            ));
        }
        let start = ask.start.unwrap_or(today);
        if start < today {
            fields.push(Field::new(
                "loan.start",
                "in_the_past",
                Text::new("放款日不能早于今天。", "The start can't lie before today."),
            ));
        }
        if start > today.saturating_add(Span::new().days(START_DAYS_MAX)) {
            fields.push(Field::new(
                "loan.start",
                "too_far_ahead",
                Text::new(
                    "放款日最多在 90 天以内。",
                    "The start lies at most 90 days ahead.",
                ),
            ));
        }
        let mut terms = self.example.clone();
        terms.principal = ask.principal;
        terms.periods = ask.periods;
        terms.start = start;
        terms.first_due = match ask.first_due {
            Some(due) => due,
            None => one_period_after(start, terms.interval).unwrap_or_else(|| {
                fields.push(Field::new(
                    "loan.start",
                    "out_of_range",
                    Text::new("日期超出范围。", "The date is out of range."),
                ));
                start
            }),
        };
        if fields.is_empty()
            && let Err(cause) = terms.validate()
        {
            fields.extend(fields_of(&cause, "loan."));
        }
        if fields.is_empty() {
            Ok(terms)
        } else {
            Err(fields)
        }
    }

    /// What stands against releasing this version; thresholds are configuration, not verdicts of law.
    pub fn alerts(&self, policy: &Policy) -> Result<Vec<&'static str>, cost::CostError> {
        let sheet = cost::sheet(&self.example, policy)?;
        let mut alerts = Vec::new();
        if sheet.divergence.alert {
            alerts.push("divergence");
        }
        for (action, alert) in [
            (cost::Action::Block, "ceiling_blocked"),
            (cost::Action::NeedsApproval, "ceiling_needs_approval"),
            (cost::Action::Warn, "ceiling_warning"),
        ] {
            let mut ceilings = sheet.ceilings.iter();
            if ceilings.any(|one| one.exceeded && one.action == action) {
                alerts.push(alert);
            }
        }
        Ok(alerts)
    }
}

/// The same day one period later; the last of the month where that day is missing.
fn one_period_after(start: Date, interval: cost::Interval) -> Option<Date> {
    let count = i64::from(interval.count);
    let span = match interval.unit {
        cost::Unit::Day => Span::new().try_days(count),
        cost::Unit::Week => Span::new().try_weeks(count),
        cost::Unit::Month => Span::new().try_months(count),
    };
    start.checked_add(span.ok()?).ok()
}

/// The fields a cost error complains about, under a prefix.
pub(super) fn fields_of(cause: &cost::CostError, prefix: &str) -> Vec<Field> {
    match cause {
        cost::CostError::Invalid { fields } => fields
            .iter()
            .map(|f| {
                Field::new(
                    format!("{prefix}{}", f.path),
                    f.code.clone(),
                    Text::new(f.zh.clone(), f.en.clone()),
                )
            })
            .collect(),
        other => vec![Field::new(
            prefix.trim_end_matches('.'),
            other.code(),
            Text::new(other.zh(), other.en()),
        )],
    }
}

/// Where a version stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = ProductState)]
pub enum State {
    Draft,
    Released,
}

impl State {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Draft => "draft",
            Self::Released => "released",
        }
    }
}

/// A version of a product.
#[derive(Clone, Debug)]
pub struct Version {
    pub product: ProductId,
    pub code: String,
    pub number: i64,
    pub state: State,
    pub definition: Definition,
    /// SHA-256 of the canonical definition, hex.
    pub digest: String,
    /// Seat id of the proposer.
    pub proposed_by: String,
    pub created_at_ms: i64,
    pub released_at_ms: Option<i64>,
}

impl Version {
    /// Whether the two people who released this version saw it above a threshold that needs approval.
    pub fn approved_above_ceiling(&self, policy: &Policy) -> crate::error::Result<bool> {
        let alerts = self.definition.alerts(policy);
        let alerts = alerts.map_err(|cause| Error::Internal(Box::new(cause)))?;
        Ok(self.state == State::Released && alerts.contains(&"ceiling_needs_approval"))
    }
}

/// The consent of two different people to one exact definition.
#[derive(Clone, Debug)]
pub struct Approval {
    pub digest: String,
    pub proposer: String,
    pub approver: Seat,
}

impl Version {
    /// Releases this version, when the approval is for exactly it and by two people.
    pub fn release(
        mut self,
        approval: &Approval,
        alerts: &[&'static str],
        now_ms: i64,
    ) -> Result<Self, Refused> {
        if self.state == State::Released {
            return Err(Refused::AlreadyReleased);
        }
        if approval.digest != self.digest || approval.proposer != self.proposed_by {
            return Err(Refused::OtherVersion);
        }
        if approval.approver.id == self.proposed_by {
            return Err(Refused::FourEyes);
        }
        if alerts.contains(&"ceiling_blocked") {
            return Err(Refused::CeilingBlocked);
        }
        self.state = State::Released;
        self.released_at_ms = Some(now_ms);
        Ok(self)
    }
}

/// Why this room refuses.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refused {
    AlreadyReleased,
    OtherVersion,
    FourEyes,
    CeilingBlocked,
    NotOffered,
    /// Somebody proposed another version meanwhile.
    MovedOn,
    Unchanged,
    VoicesTooMany,
}

impl Refuse for Refused {
    fn code(&self) -> &'static str {
        match self {
            Self::AlreadyReleased => "product_already_released",
            Self::OtherVersion => "product_other_version",
            Self::FourEyes => "four_eyes",
            Self::CeilingBlocked => "ceiling_blocked",
            Self::NotOffered => "product_not_released",
            Self::MovedOn => "product_moved_on",
            Self::Unchanged => "product_unchanged",
            Self::VoicesTooMany => "voices_too_many",
        }
    }
    fn text(&self) -> Text {
        match self {
            Self::AlreadyReleased => {
                Text::new("该版本已经发布。", "This version is released already.")
            }
            Self::OtherVersion => Text::new(
                "批准的内容与该版本不一致。",
                "The approval is for another content.",
            ),
            Self::FourEyes => Text::new(
                "提出人不能批准自己的版本，请另一位同事复核。",
                "Whoever proposed a version can't approve it; a second person must.",
            ),
            Self::CeilingBlocked => Text::new(
                "综合成本超过已配置的阈值，按配置不予发布。",
                "The composite cost exceeds a configured threshold whose action is to block.",
            ),
            Self::NotOffered => Text::new(
                "该产品没有已发布的版本。",
                "The product has no released version.",
            ),
            Self::MovedOn => Text::new(
                "这期间有同事提出了更新的版本，没有提交；您的改动还在，请对照后再提出。",
                "A colleague proposed a newer version meanwhile, so nothing was proposed. What you wrote is kept; compare and propose again.",
            ),
            Self::Unchanged => Text::new(
                "与最新版本完全一样，没有可提出的改动。",
                "It is the same as the newest version; there is nothing to propose.",
            ),
            Self::VoicesTooMany => Text::new(
                "录音太多了，不能再上传。",
                "There are too many recordings of prompts; no more are taken.",
            ),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::id::InstitutionId;
    use crate::ledger::SeatKind;

    fn version() -> Version {
        let example = include_str!("../../demo/hexiang.json");
        let definition: Definition = serde_json::from_str(example).expect("demo definition");
        Version {
            product: ProductId::stored("prd_x".into()),
            code: "hexiang".into(),
            number: 1,
            state: State::Draft,
            definition,
            digest: "d".into(),
            proposed_by: "stf_a".into(),
            created_at_ms: 0,
            released_at_ms: None,
        }
    }

    fn approval(digest: &str, approver: &str) -> Approval {
        let institution = InstitutionId::stored("ins_x".into());
        let approver = Seat {
            institution,
            kind: SeatKind::Staff,
            id: approver.into(),
        };
        Approval {
            digest: digest.into(),
            proposer: "stf_a".into(),
            approver,
        }
    }

    #[test]
    fn release_needs_two_people_the_exact_content_and_no_blocking_threshold() {
        let cases: [(&str, &str, &[&'static str], Option<Refused>); 5] = [
            ("d", "stf_b", &[], None),
            ("d", "stf_b", &["divergence"], None),
            ("d", "stf_a", &[], Some(Refused::FourEyes)),
            ("e", "stf_b", &[], Some(Refused::OtherVersion)),
            (
                "d",
                "stf_b",
                &["ceiling_blocked"],
                Some(Refused::CeilingBlocked),
            ),
        ];
        for (digest, approver, alerts, refused) in cases {
            let outcome = version().release(&approval(digest, approver), alerts, 5);
            assert_eq!(
                outcome.as_ref().err(),
                refused.as_ref(),
                "{digest} {approver} {alerts:?}"
            );
        }
    }

    #[test]
    fn a_first_recording_comes_directly_behind_the_sheet_and_a_later_one_moves_nothing() {
        let whole = version().definition;
        let recording = whole.recording.clone().expect("recorded");
        let mut without = whole.clone();
        without.recording = None;
        without
            .required
            .retain(|step| *step != Protection::Recording);
        assert_eq!(without.recorded(recording.clone()), whole);
        assert_eq!(whole.clone().recorded(recording), whole);
    }

    #[test]
    fn terms_follow_the_offer_and_name_the_wrong_field() {
        let definition = version().definition;
        let today = jiff::civil::date(2026, 11, 21);
        let ask = |principal, periods| Ask {
            principal,
            periods,
            start: None,
            first_due: None,
        };
        let terms = definition
            .terms(&ask(2_000_000, 12), today)
            .expect("offered");
        assert_eq!(
            (terms.start, terms.first_due),
            (today, jiff::civil::date(2026, 12, 21))
        );
        let path = |ask: Ask| {
            definition.terms(&ask, today).expect_err("refused")[0]
                .path
                .clone()
        };
        assert_eq!(path(ask(-5, 12)), "loan.principal");
        assert_eq!(path(ask(2_000_000, 13)), "loan.periods");
        let past = Ask {
            start: Some(jiff::civil::date(2026, 11, 20)),
            ..ask(2_000_000, 12)
        };
        assert_eq!(path(past), "loan.start");
        let backwards = Ask {
            first_due: Some(jiff::civil::date(2026, 1, 1)),
            ..ask(2_000_000, 12)
        };
        assert!(path(backwards).starts_with("loan."));
    }
}
