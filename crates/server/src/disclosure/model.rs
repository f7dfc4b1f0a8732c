//! Nouns and decisions of disclosure; pure.

use cost::{CostSheet, LoanTerms, Policy};
use serde::{Deserialize, Serialize};

use crate::error::Text;
use crate::ledger::Changed;
use crate::product::{CoolingOff, KeyTerm};

use super::quiz::{Answer, Quiz};
use super::refusal::Refused;

/// Who reads: decides the minimum reading time and how the pages look at first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Audience {
    Standard,
    /// By age, 60 and above by default (老年人权益保障法).
    Elder,
}

impl Audience {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Standard => "standard",
            Self::Elder => "elder",
        }
    }

    pub fn parse(text: &str) -> Option<Self> {
        match text {
            "standard" => Some(Self::Standard),
            "elder" => Some(Self::Elder),
            _ => None,
        }
    }
}

/// Exactly what a person is shown; its canonical bytes are digested, kept and put into the bundle.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ShownSheet {
    pub v: u32,
    pub case: String,
    pub institution: String,
    pub institution_name: String,
    pub hotline: String,
    pub product: String,
    pub product_version: i64,
    pub product_name: Text,
    /// SHA-256 of the canonical `LoanTerms`, hex.
    pub terms_digest: String,
    pub sheet: CostSheet,
    pub key_terms: Vec<KeyTerm>,
    pub without_guarantee: Option<Text>,
    pub no_other_charges: Text,
    /// What the contract promises of giving the money back, in its terms and in words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cooling_off: Option<CoolingOff>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cooling_off_text: Option<Text>,
    /// The business that borrows, when one does.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub business_masked: Option<String>,
}

/// What the journey hands over to have a sheet made.
#[derive(Clone, Debug)]
pub struct Prepare {
    pub case: String,
    pub subject: String,
    pub business_masked: Option<String>,
    pub institution_name: String,
    pub hotline: String,
    pub product: String,
    pub product_version: i64,
    pub product_name: Text,
    pub terms: LoanTerms,
    pub policy: Policy,
    pub key_terms: Vec<KeyTerm>,
    pub without_guarantee: Option<Text>,
    pub cooling_off: Option<CoolingOff>,
    pub audience: Audience,
    pub reading_ms: i64,
}

/// Where a person stands with a sheet.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Step {
    Read,
    Answer,
    Confirm,
    Done,
}

impl Step {
    /// The step that three instants leave open.
    pub fn at(read: Option<i64>, understood: Option<i64>, confirmed: Option<i64>) -> Self {
        match (read, understood, confirmed) {
            (_, _, Some(_)) => Self::Done,
            (_, Some(_), None) => Self::Confirm,
            (Some(_), None, None) => Self::Answer,
            (None, None, None) => Self::Read,
        }
    }
}

/// How far a person has come with a sheet, by the server's clock.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Progress {
    pub shown_at_ms: Option<i64>,
    pub read_at_ms: Option<i64>,
    pub wrong: i64,
    pub tries: i64,
    pub understood_at_ms: Option<i64>,
    pub confirmed_at_ms: Option<i64>,
    pub last_wrong_at_ms: Option<i64>,
}

/// Wrong answers after which a person is offered.
pub const WRONG_UNTIL_PERSON: i64 = 2;

/// A sheet of one case and how far the person has come with it.
#[derive(Clone, Debug)]
pub struct Sheet {
    pub case: String,
    pub subject: String,
    pub terms_digest: String,
    pub sheet_digest: String,
    /// The canonical bytes of [`ShownSheet`].
    pub document: Vec<u8>,
    pub audience: Audience,
    pub reading_ms: i64,
    pub quiz: Quiz,
    pub progress: Progress,
    /// SHA-256 of the printed sheet once it is made, hex.
    pub pdf_digest: Option<String>,
    pub pdf_bytes: i64,
    pub prepared_at_ms: i64,
    pub version: i64,
}

/// A sheet that a newer one replaced, because the terms changed before the money moved.
#[derive(Clone, Debug)]
pub struct Superseded {
    /// From 1, in the order in which they were replaced.
    pub no: i64,
    pub terms_digest: String,
    pub sheet_digest: String,
    /// The canonical bytes of [`ShownSheet`].
    pub document: Vec<u8>,
    /// SHA-256 of the printed sheet, if it was printed in time, hex.
    pub pdf_digest: Option<String>,
    pub superseded_at_ms: i64,
}

impl Superseded {
    /// What the person had been shown.
    pub fn shown(&self) -> serde_json::Result<ShownSheet> {
        serde_json::from_slice(&self.document)
    }
}

/// How often the terms of one case may change.
pub const SUPERSEDED_MAX: usize = 16;

/// After this many wrong answers each further try waits, twice as long every time; a person stays on offer.
const WRONG_UNTIL_WAIT: i64 = 3;
const WAIT_MS: i64 = 5_000;
const WAIT_MS_MAX: i64 = 600_000;

impl Sheet {
    /// What the person was shown.
    pub fn shown(&self) -> serde_json::Result<ShownSheet> {
        serde_json::from_slice(&self.document)
    }

    /// Milliseconds until another try at the questions.
    pub fn wait_ms(&self, now_ms: i64) -> i64 {
        let beyond = self.progress.wrong - WRONG_UNTIL_WAIT;
        match self.progress.last_wrong_at_ms {
            Some(last) if beyond >= 0 => {
                let wait = (WAIT_MS << beyond.min(8)).min(WAIT_MS_MAX);
                (last + wait - now_ms).clamp(0, wait)
            }
            _ => 0,
        }
    }

    pub fn step(&self) -> Step {
        let progress = &self.progress;
        Step::at(
            progress.read_at_ms,
            progress.understood_at_ms,
            progress.confirmed_at_ms,
        )
    }

    /// Milliseconds of reading still due.
    pub fn remaining_ms(&self, now_ms: i64) -> i64 {
        match self.progress.shown_at_ms {
            None => self.reading_ms,
            Some(shown) => (shown + self.reading_ms - now_ms).clamp(0, self.reading_ms),
        }
    }

    /// The sheet appeared on the screen; the clock starts once.
    pub fn show(mut self, digest: &str, now_ms: i64) -> Result<(Self, Changed), Refused> {
        self.same(digest)?;
        if self.progress.shown_at_ms.is_some() {
            return Ok((self, Changed::No));
        }
        self.progress.shown_at_ms = Some(now_ms);
        Ok((self, Changed::Yes))
    }

    /// The person reached the end; refused before the reading time is over.
    pub fn read(mut self, digest: &str, now_ms: i64) -> Result<(Self, Changed), Refused> {
        self.same(digest)?;
        if self.progress.read_at_ms.is_some() {
            return Ok((self, Changed::No));
        }
        if self.progress.shown_at_ms.is_none() {
            return Err(Refused::NotShown);
        }
        let remaining_ms = self.remaining_ms(now_ms);
        if remaining_ms > 0 {
            return Err(Refused::ReadingTime { remaining_ms });
        }
        self.progress.read_at_ms = Some(now_ms);
        Ok((self, Changed::Yes))
    }

    /// The person answered the questions; wrong answers are counted, never punished.
    pub fn answer(
        mut self,
        digest: &str,
        answers: &[Answer],
        now_ms: i64,
    ) -> Result<(Self, Changed), Refused> {
        self.same(digest)?;
        if self.progress.understood_at_ms.is_some() {
            return Ok((self, Changed::No));
        }
        if self.progress.read_at_ms.is_none() {
            return Err(self.unread(now_ms));
        }
        let wait_ms = self.wait_ms(now_ms);
        if wait_ms > 0 {
            return Err(Refused::AnswerWait { wait_ms });
        }
        self.progress.tries += 1;
        if self.quiz.right(answers) {
            self.progress.understood_at_ms = Some(now_ms);
        } else {
            self.progress.wrong += 1;
            self.progress.last_wrong_at_ms = Some(now_ms);
        }
        Ok((self, Changed::Yes))
    }

    /// The person confirms exactly this sheet.
    pub fn confirm(mut self, digest: &str, now_ms: i64) -> Result<(Self, Changed), Refused> {
        self.same(digest)?;
        if self.progress.confirmed_at_ms.is_some() {
            return Ok((self, Changed::No));
        }
        if self.progress.read_at_ms.is_none() {
            return Err(self.unread(now_ms));
        }
        if self.progress.understood_at_ms.is_none() {
            return Err(Refused::NotUnderstood);
        }
        self.progress.confirmed_at_ms = Some(now_ms);
        Ok((self, Changed::Yes))
    }

    /// The link was opened anew: unfinished reading starts over, finished steps stay.
    pub fn reopen(mut self) -> (Self, Changed) {
        if self.progress.shown_at_ms.is_none() || self.progress.read_at_ms.is_some() {
            return (self, Changed::No);
        }
        self.progress.shown_at_ms = None;
        (self, Changed::Yes)
    }

    fn same(&self, digest: &str) -> Result<(), Refused> {
        if digest == self.sheet_digest {
            Ok(())
        } else {
            Err(Refused::Changed)
        }
    }

    fn unread(&self, now_ms: i64) -> Refused {
        match self.remaining_ms(now_ms) {
            0 => Refused::NotRead,
            remaining_ms => Refused::ReadingTime { remaining_ms },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::disclosure::quiz::{Choices, Question};

    fn sheet() -> Sheet {
        let quiz = Quiz(vec![
            Choices {
                question: Question::Total,
                offered: vec![1, 2, 3],
                right: 2,
            },
            Choices {
                question: Question::FirstPayment,
                offered: vec![7, 8, 9],
                right: 7,
            },
        ]);
        Sheet {
            case: "jny_x".into(),
            subject: "sub_x".into(),
            terms_digest: "t".into(),
            sheet_digest: "s".into(),
            document: vec![],
            audience: Audience::Standard,
            reading_ms: 10_000,
            quiz,
            progress: Progress::default(),
            pdf_digest: None,
            pdf_bytes: 0,
            prepared_at_ms: 0,
            version: 1,
        }
    }

    fn answers(total: &str, first: &str) -> Vec<Answer> {
        vec![
            Answer {
                question: Question::Total,
                choice: total.into(),
            },
            Answer {
                question: Question::FirstPayment,
                choice: first.into(),
            },
        ]
    }

    #[test]
    fn nothing_can_be_skipped_or_hurried() {
        let sheet = sheet();
        assert_eq!(
            sheet.clone().confirm("s", 0).unwrap_err(),
            Refused::ReadingTime {
                remaining_ms: 10_000
            }
        );
        assert_eq!(
            sheet.clone().read("s", 99_000).unwrap_err(),
            Refused::NotShown
        );
        assert_eq!(
            sheet.clone().show("other", 0).unwrap_err(),
            Refused::Changed
        );
        let (sheet, _) = sheet.show("s", 1_000).unwrap();
        assert_eq!(
            sheet.clone().read("s", 10_999).unwrap_err(),
            Refused::ReadingTime { remaining_ms: 1 }
        );
        assert_eq!(
            sheet.clone().confirm("s", 60_000).unwrap_err(),
            Refused::NotRead
        );
        let (sheet, _) = sheet.read("s", 11_000).unwrap();
        assert_eq!(
            sheet.clone().confirm("s", 12_000).unwrap_err(),
            Refused::NotUnderstood
        );
        let (sheet, _) = sheet.answer("s", &answers("a", "a"), 12_000).unwrap();
        assert_eq!((sheet.step(), sheet.progress.wrong), (Step::Answer, 1));
        let (sheet, _) = sheet.answer("s", &answers("b", "a"), 13_000).unwrap();
        assert_eq!(sheet.step(), Step::Confirm);
        let (sheet, _) = sheet.confirm("s", 14_000).unwrap();
        assert_eq!(sheet.step(), Step::Done);
        assert_eq!(sheet.confirm("s", 15_000).unwrap().1, Changed::No);
    }

    #[test]
    fn showing_twice_does_not_restart_the_clock_but_a_new_opening_does() {
        let (sheet, _) = sheet().show("s", 1_000).unwrap();
        let (sheet, changed) = sheet.show("s", 9_000).unwrap();
        assert_eq!((changed, sheet.remaining_ms(9_000)), (Changed::No, 2_000));
        let (sheet, _) = sheet.reopen();
        assert_eq!(sheet.remaining_ms(9_000), 10_000);
        // A clock that goes backwards can't lengthen the reading beyond its minimum.
        let (sheet, _) = sheet.show("s", 9_000).unwrap();
        assert_eq!(sheet.remaining_ms(0), 10_000);
    }

    #[test]
    fn guessing_waits_longer_each_time_and_leaves_no_trace() {
        let (sheet, _) = sheet().show("s", 0).unwrap();
        let (mut sheet, _) = sheet.read("s", 10_000).unwrap();
        for _ in 0..3 {
            (sheet, _) = sheet.answer("s", &answers("a", "a"), 20_000).unwrap();
        }
        let refused = sheet
            .clone()
            .answer("s", &answers("b", "a"), 20_001)
            .unwrap_err();
        assert_eq!(refused, Refused::AnswerWait { wait_ms: 4_999 });
        let (sheet, _) = sheet.answer("s", &answers("a", "a"), 25_000).unwrap();
        assert_eq!(sheet.wait_ms(25_000), 10_000);
        let (sheet, _) = sheet.answer("s", &answers("b", "a"), 35_000).unwrap();
        assert_eq!(sheet.step(), Step::Confirm);
    }
}
