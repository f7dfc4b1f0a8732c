//! The lender's own credit decision; pure.

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use super::refusal::Refused;
use crate::error::Text;
use crate::vault::SubjectId;

/// What the lender decided.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Ruling {
    Approved,
    Refused,
}

impl Ruling {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Approved => "approved",
            Self::Refused => "refused",
        }
    }

    pub fn parse(text: &str) -> Option<Self> {
        [Self::Approved, Self::Refused]
            .into_iter()
            .find(|one| one.as_str() == text)
    }
}

/// Who decided: a person owed an explanation and a review when it was no person (PIPL 24).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Made {
    Automatically,
    ByPerson,
}

impl Made {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Automatically => "automatically",
            Self::ByPerson => "by_person",
        }
    }

    pub fn parse(text: &str) -> Option<Self> {
        [Self::Automatically, Self::ByPerson]
            .into_iter()
            .find(|one| one.as_str() == text)
    }
}

/// One reason of the lender's, told to the person as it is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct GivenReason {
    pub code: String,
    pub text: Text,
}

/// A decision as the lender sends it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Given {
    pub ruling: Ruling,
    pub made: Made,
    /// Fen; with an approval only.
    pub limit: Option<i64>,
    /// Last day on which the limit may be drawn; with an approval only.
    pub valid_until: Option<Date>,
    #[serde(default)]
    pub reasons: Vec<GivenReason>,
}

const REASONS_MAX: usize = 10;
const CODE_CHARS: std::ops::RangeInclusive<usize> = 1..=40;
const TEXT_CHARS: std::ops::RangeInclusive<usize> = 1..=300;
/// A thousand million yuan, in fen.
pub const FEN_MAX: i64 = 100_000_000_000;

impl Given {
    /// An approval has a limit, a refusal has reasons that can be explained.
    pub fn check(&self, today: Date) -> Result<(), Refused> {
        let limit_fits = match self.ruling {
            Ruling::Approved => self
                .limit
                .is_some_and(|limit| (1..=FEN_MAX).contains(&limit)),
            Ruling::Refused => self.limit.is_none() && self.valid_until.is_none(),
        };
        if !limit_fits {
            return Err(Refused::LimitMissing);
        }
        if self.valid_until.is_some_and(|until| until < today) {
            return Err(Refused::LimitLapsed);
        }
        let well_said = |text: &str| {
            TEXT_CHARS.contains(&text.trim().chars().count()) && !text.chars().any(char::is_control)
        };
        let named = self.reasons.iter().all(|reason| {
            CODE_CHARS.contains(&reason.code.len())
                && reason
                    .code
                    .bytes()
                    .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_')
                && well_said(&reason.text.zh)
                && well_said(&reason.text.en)
        });
        let enough = self.ruling == Ruling::Approved || !self.reasons.is_empty();
        if named && enough && self.reasons.len() <= REASONS_MAX {
            Ok(())
        } else {
            Err(Refused::ReasonsMissing)
        }
    }
}

/// Whether a decision stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Standing {
    InForce,
    /// A review overturned it; the lender decides anew.
    Overturned,
}

impl Standing {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::InForce => "in_force",
            Self::Overturned => "overturned",
        }
    }

    pub fn parse(text: &str) -> Option<Self> {
        [Self::InForce, Self::Overturned]
            .into_iter()
            .find(|one| one.as_str() == text)
    }
}

/// The decision of one case.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Decision {
    pub case: String,
    pub subject: SubjectId,
    pub given: Given,
    pub standing: Standing,
    pub decided_at_ms: i64,
    pub version: i64,
}

/// What a person may draw by an approval.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Approved {
    /// Fen.
    pub limit: i64,
    pub valid_until: Option<Date>,
}

impl Approved {
    /// Its last day is over.
    pub fn lapsed(&self, today: Date) -> bool {
        self.valid_until.is_some_and(|until| today > until)
    }
}

impl Decision {
    /// What may be drawn; nothing by a refusal or an overturned decision.
    pub fn approved(&self) -> Option<Approved> {
        match (self.given.ruling, self.standing, self.given.limit) {
            (Ruling::Approved, Standing::InForce, Some(limit)) => Some(Approved {
                limit,
                valid_until: self.given.valid_until,
            }),
            _ => None,
        }
    }

    /// Another decision may take its place: a review overturned it, or its limit's last day is over.
    pub fn gives_way(&self, today: Date) -> bool {
        self.standing == Standing::Overturned
            || self
                .approved()
                .is_some_and(|approved| approved.lapsed(today))
    }

    pub fn refused(&self) -> bool {
        self.given.ruling == Ruling::Refused && self.standing == Standing::InForce
    }
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    fn reason(code: &str, zh: &str) -> GivenReason {
        GivenReason {
            code: code.to_owned(),
            text: Text::new(zh.to_owned(), "words"),
        }
    }

    fn approved() -> Given {
        Given {
            ruling: Ruling::Approved,
            made: Made::Automatically,
            limit: Some(2_000_000),
            valid_until: Some(date(2027, 1, 1)),
            reasons: vec![],
        }
    }

    fn refused() -> Given {
        Given {
            ruling: Ruling::Refused,
            made: Made::Automatically,
            limit: None,
            valid_until: None,
            reasons: vec![reason("income", "收入不足以支持这笔还款")],
        }
    }

    #[test]
    fn an_approval_has_a_limit_and_a_refusal_reasons() {
        type Change = fn(&mut Given);
        let cases: [(&str, Given, Change, Result<(), Refused>); 12] = [
            ("approval", approved(), |_| {}, Ok(())),
            ("refusal", refused(), |_| {}, Ok(())),
            ("open end", approved(), |g| g.valid_until = None, Ok(())),
            (
                "no limit",
                approved(),
                |g| g.limit = None,
                Err(Refused::LimitMissing),
            ),
            (
                "limit 0",
                approved(),
                |g| g.limit = Some(0),
                Err(Refused::LimitMissing),
            ),
            (
                "limit of a refusal",
                refused(),
                |g| g.limit = Some(1),
                Err(Refused::LimitMissing),
            ),
            (
                "over yesterday",
                approved(),
                |g| g.valid_until = Some(date(2026, 11, 20)),
                Err(Refused::LimitLapsed),
            ),
            (
                "no reasons",
                refused(),
                |g| g.reasons.clear(),
                Err(Refused::ReasonsMissing),
            ),
            (
                "an empty reason",
                refused(),
                |g| g.reasons.push(reason("age", " ")),
                Err(Refused::ReasonsMissing),
            ),
            (
                "a code in words",
                refused(),
                |g| g.reasons.push(reason("Too Young", "年龄")),
                Err(Refused::ReasonsMissing),
            ),
            (
                "too many",
                refused(),
                |g| g.reasons = vec![g.reasons[0].clone(); 11],
                Err(Refused::ReasonsMissing),
            ),
            (
                "too long",
                refused(),
                |g| g.reasons.push(reason("long", &"长".repeat(301))),
                Err(Refused::ReasonsMissing),
            ),
        ];
        for (name, mut given, change, outcome) in cases {
            change(&mut given);
            assert_eq!(given.check(date(2026, 11, 21)), outcome, "{name}");
        }
    }
}
