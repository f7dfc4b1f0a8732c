//! Nouns and decisions of the list; pure.

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use super::EntryId;
use crate::credit_code;
use crate::error::{self, Field, Refuse, Text};

/// What a cooperating institution does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = CooperationKind)]
pub enum Kind {
    /// Puts up part of the money.
    Lender,
    /// Vouches for the borrower.
    Guarantor,
    /// Insures the loan.
    Insurer,
    /// Brings borrower and lender together.
    Platform,
    /// Asks for overdue money on the lender's behalf.
    CollectionAgency,
    /// Anyone else the loan needs: payment, data, certificates.
    Service,
}

impl Kind {
    pub const ALL: [Self; 6] = [
        Self::Lender,
        Self::Guarantor,
        Self::Insurer,
        Self::Platform,
        Self::CollectionAgency,
        Self::Service,
    ];

    pub fn as_str(self) -> &'static str {
        match self {
            Self::Lender => "lender",
            Self::Guarantor => "guarantor",
            Self::Insurer => "insurer",
            Self::Platform => "platform",
            Self::CollectionAgency => "collection_agency",
            Self::Service => "service",
        }
    }

    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == text)
    }
}

/// What is proposed for the list. Words and dates only, so that it has one canonical digest.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = RosterDraft)]
pub struct Draft {
    /// As registered; a price names its parties by exactly this.
    pub name: String,
    pub kind: Kind,
    /// 统一社会信用代码, GB 32100-2015.
    pub credit_code: String,
    /// What it does for the borrower's loan, in plain words.
    pub role: Text,
    /// First day it counts.
    pub from: Date,
    /// Last day it counts; open when absent.
    pub until: Option<Date>,
}

const NAME_CHARS_MAX: usize = 100;
const ROLE_CHARS_MAX: usize = 200;

impl Draft {
    /// Every mistake, by field.
    pub fn check(&self) -> Vec<Field> {
        let mut fields = Vec::new();
        let filled = |text: &str, max: usize| {
            !text.trim().is_empty()
                && text.chars().count() <= max
                && !text.chars().any(char::is_control)
        };
        for (path, text, max) in [
            ("name", self.name.as_str(), NAME_CHARS_MAX),
            ("role.zh", &self.role.zh, ROLE_CHARS_MAX),
            ("role.en", &self.role.en, ROLE_CHARS_MAX),
        ] {
            if !filled(text, max) {
                fields.push(Field::new(
                    path,
                    "text_length",
                    Text::new("必填，且不能过长。", "Required, and not too long."),
                ));
            }
        }
        if !credit_code::holds(&self.credit_code) {
            fields.push(Field::new(
                "credit_code",
                "credit_code_wrong",
                Text::new(
                    "统一社会信用代码不对：应为 18 位，且校验码相符。",
                    "The unified social credit code is wrong: it has 18 characters, and the last checks the others.",
                ),
            ));
        }
        if self.until.is_some_and(|until| until < self.from) {
            fields.push(Field::new(
                "until",
                "out_of_range",
                Text::new(
                    "截止日不能早于起始日。",
                    "The last day can't lie before the first.",
                ),
            ));
        }
        fields
    }
}

/// Where an entry stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = RosterState)]
pub enum State {
    /// Waits for the second person.
    Draft,
    Published,
    Withdrawn,
}

impl State {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Draft => "draft",
            Self::Published => "published",
            Self::Withdrawn => "withdrawn",
        }
    }

    pub fn parse(text: &str) -> Option<Self> {
        [Self::Draft, Self::Published, Self::Withdrawn]
            .into_iter()
            .find(|state| state.as_str() == text)
    }
}

/// One entry of an institution's list.
#[derive(Clone, Debug)]
pub struct Entry {
    pub id: EntryId,
    pub content: Draft,
    /// SHA-256 of the canonical content, hex.
    pub digest: String,
    pub state: State,
    /// Seat ids.
    pub proposed_by: String,
    pub approved_by: Option<String>,
    pub created_at_ms: i64,
    pub published_at_ms: Option<i64>,
    pub withdrawn_at_ms: Option<i64>,
}

impl Entry {
    /// Publishes a draft when the approver is someone else and saw exactly this content.
    pub fn publish(mut self, approver: &str, digest: &str, now_ms: i64) -> Result<Self, Refused> {
        if self.state != State::Draft {
            return Err(Refused::NotDraft);
        }
        if digest != self.digest {
            return Err(Refused::OtherContent);
        }
        if approver == self.proposed_by {
            return Err(Refused::FourEyes);
        }
        self.state = State::Published;
        self.approved_by = Some(approver.to_owned());
        self.published_at_ms = Some(now_ms);
        Ok(self)
    }

    /// Takes an entry off the list; that protects, so one person is enough.
    pub fn withdraw(mut self, now_ms: i64) -> Result<Self, Refused> {
        if self.state == State::Withdrawn {
            return Err(Refused::AlreadyWithdrawn);
        }
        self.state = State::Withdrawn;
        self.withdrawn_at_ms = Some(now_ms);
        Ok(self)
    }

    /// Whether the entry counts on a day.
    pub fn counts_on(&self, day: Date) -> bool {
        self.state == State::Published
            && self.content.from <= day
            && self.content.until.is_none_or(|until| day <= until)
    }
}

/// Why this room refuses.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refused {
    NotDraft,
    OtherContent,
    FourEyes,
    AlreadyWithdrawn,
}

impl Refuse for Refused {
    fn code(&self) -> &'static str {
        match self {
            Self::NotDraft => "roster_not_draft",
            Self::OtherContent => "roster_other_content",
            Self::FourEyes => "four_eyes",
            Self::AlreadyWithdrawn => "roster_withdrawn",
        }
    }

    fn kind(&self) -> error::Kind {
        error::Kind::Conflict
    }

    fn text(&self) -> Text {
        match self {
            Self::NotDraft => Text::new(
                "该条目已经公布或撤下。",
                "This entry is published or withdrawn already.",
            ),
            Self::OtherContent => Text::new(
                "批准的内容与该条目不一致。",
                "The approval is for another content.",
            ),
            Self::FourEyes => Text::new(
                "提出人不能批准自己的条目，请另一位同事复核。",
                "Whoever proposed an entry can't approve it; a second person must.",
            ),
            Self::AlreadyWithdrawn => {
                Text::new("该条目已经撤下。", "This entry is withdrawn already.")
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    fn entry() -> Entry {
        Entry {
            id: EntryId::stored("ros_x".into()),
            content: Draft {
                name: "禾信融资担保".into(),
                kind: Kind::Guarantor,
                credit_code: "91350100M000100Y43".into(),
                role: Text::new("担保", "Guarantee"),
                from: date(2026, 1, 1),
                until: Some(date(2026, 12, 31)),
            },
            digest: "d".into(),
            state: State::Draft,
            proposed_by: "stf_a".into(),
            approved_by: None,
            created_at_ms: 0,
            published_at_ms: None,
            withdrawn_at_ms: None,
        }
    }

    #[test]
    fn publishing_needs_a_draft_the_exact_content_and_a_second_person() {
        let published = entry().publish("stf_b", "d", 5).expect("published");
        assert_eq!(published.published_at_ms, Some(5));
        assert_eq!(
            published.publish("stf_c", "d", 6).err(),
            Some(Refused::NotDraft)
        );
        assert_eq!(
            entry().publish("stf_a", "d", 5).err(),
            Some(Refused::FourEyes)
        );
        assert_eq!(
            entry().publish("stf_b", "e", 5).err(),
            Some(Refused::OtherContent)
        );
    }

    #[test]
    fn an_entry_counts_from_its_first_to_its_last_day_while_published() {
        let published = entry().publish("stf_b", "d", 5).expect("published");
        for (day, counts) in [
            (date(2025, 12, 31), false),
            (date(2026, 1, 1), true),
            (date(2026, 12, 31), true),
            (date(2027, 1, 1), false),
        ] {
            assert_eq!(published.counts_on(day), counts, "{day}");
            assert!(!entry().counts_on(day), "a draft never counts");
        }
        let withdrawn = published.withdraw(9).expect("withdrawn");
        assert!(!withdrawn.counts_on(date(2026, 6, 1)));
        assert_eq!(
            withdrawn.withdraw(10).err(),
            Some(Refused::AlreadyWithdrawn)
        );
    }

    #[test]
    fn every_mistake_is_named() {
        let mut draft = entry().content;
        assert_eq!(draft.check(), vec![]);
        draft.name = " ".into();
        draft.credit_code = "91350100M000100Y44".into();
        draft.until = Some(date(2025, 1, 1));
        draft.role = Text::new("担保\n", "Guarantee");
        let paths: Vec<String> = draft.check().into_iter().map(|f| f.path).collect();
        assert_eq!(paths, ["name", "role.zh", "credit_code", "until"]);
    }
}
