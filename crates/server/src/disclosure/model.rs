//! Nouns and decisions of disclosure; pure.

use cost::{CostSheet, LoanTerms, Policy};
use serde::{Deserialize, Serialize};

use crate::error::{Kind, Refuse, Text};
use crate::product::KeyTerm;

/// Who reads: decides the minimum reading time and how the pages look at first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
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
}

/// What the journey hands over to have a sheet made.
#[derive(Clone, Debug)]
pub struct Prepare {
    pub case: String,
    pub subject: String,
    pub institution_name: String,
    pub hotline: String,
    pub product: String,
    pub product_version: i64,
    pub product_name: Text,
    pub terms: LoanTerms,
    pub policy: Policy,
    pub key_terms: Vec<KeyTerm>,
    pub without_guarantee: Option<Text>,
    pub audience: Audience,
    pub reading_ms: i64,
}

/// A comprehension question.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Question {
    /// How much is repaid in all?
    Total,
    /// How much is the first instalment?
    FirstPayment,
}

pub const QUESTIONS: [Question; 2] = [Question::Total, Question::FirstPayment];

/// The choices offered for one question, in fen; the right one is known to the server only.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Choices {
    pub question: Question,
    pub offered: Vec<i64>,
    pub right: i64,
}

/// The questions of one sheet.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Quiz(pub Vec<Choices>);

/// Names of the choices on the wire.
const CHOICE_IDS: [&str; 3] = ["a", "b", "c"];

impl Quiz {
    /// Two questions with three choices each; the wrong ones are sums a careless reader could take for the right one.
    pub fn of(sheet: &CostSheet, chance: [u8; 2]) -> Self {
        let total = pick(
            sheet.total_repaid,
            &[
                sheet.principal,
                sheet.total_repaid + sheet.total_cost,
                sheet.total_repaid + sheet.first_payment,
                sheet.total_repaid * 2,
            ],
            chance[0],
        );
        let first = pick(
            sheet.first_payment,
            &[
                sheet.principal / i64::from(sheet.terms.periods),
                sheet.first_payment + sheet.first_payment / 5,
                sheet.first_payment * 2,
                sheet.first_payment * 3,
            ],
            chance[1],
        );
        Self(vec![
            Choices {
                question: Question::Total,
                offered: total,
                right: sheet.total_repaid,
            },
            Choices {
                question: Question::FirstPayment,
                offered: first,
                right: sheet.first_payment,
            },
        ])
    }

    /// The choices of a question with their ids.
    pub fn choices(&self, question: Question) -> Vec<(&'static str, i64)> {
        self.0
            .iter()
            .filter(|c| c.question == question)
            .flat_map(|c| CHOICE_IDS.iter().copied().zip(c.offered.iter().copied()))
            .collect()
    }

    /// Whether every question was answered, each once and rightly.
    fn right(&self, answers: &[Answer]) -> bool {
        answers.len() == self.0.len()
            && self.0.iter().all(|choices| {
                let mut given = answers.iter().filter(|a| a.question == choices.question);
                let right = given.next().is_some_and(|a| {
                    self.choices(choices.question)
                        .iter()
                        .any(|(id, fen)| *id == a.choice && *fen == choices.right)
                });
                right && given.next().is_none()
            })
    }
}

/// The right sum and two others that differ from it and from each other, at a place chosen by `chance`.
fn pick(right: i64, wrong: &[i64], chance: u8) -> Vec<i64> {
    let mut offered: Vec<i64> = Vec::with_capacity(CHOICE_IDS.len());
    for sum in wrong {
        if *sum != right
            && *sum > 0
            && !offered.contains(sum)
            && offered.len() < CHOICE_IDS.len() - 1
        {
            offered.push(*sum);
        }
    }
    offered.insert(usize::from(chance) % (offered.len() + 1), right);
    offered
}

/// An answer as given.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Answer {
    pub question: Question,
    pub choice: String,
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

/// Whether a decision changed anything; what changed nothing leaves no fact.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Changed {
    Yes,
    No,
}

/// Why this room refuses.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refused {
    /// The person saw another sheet than the one in force.
    Changed,
    NotShown,
    ReadingTime {
        remaining_ms: i64,
    },
    NotRead,
    NotUnderstood,
    AnswerWait {
        wait_ms: i64,
    },
}

impl Refuse for Refused {
    fn code(&self) -> &'static str {
        match self {
            Self::Changed => "sheet_changed",
            Self::NotShown => "sheet_not_shown",
            Self::ReadingTime { .. } => "sheet_reading_time",
            Self::NotRead => "sheet_not_read",
            Self::NotUnderstood => "sheet_not_understood",
            Self::AnswerWait { .. } => "sheet_answer_wait",
        }
    }
    fn kind(&self) -> Kind {
        match self {
            Self::AnswerWait { .. } => Kind::TooMany,
            _ => Kind::Refused,
        }
    }
    fn text(&self) -> Text {
        match self {
            Self::Changed => Text::new(
                "明示表已更新，请看最新的一份。",
                "The cost sheet has changed; please read the current one.",
            ),
            Self::NotShown => Text::new("请先打开明示表。", "Please open the cost sheet first."),
            Self::ReadingTime { remaining_ms } => {
                let seconds = (remaining_ms + 999) / 1000;
                Text::new(
                    format!("请再阅读 {seconds} 秒。"),
                    format!("Please read for another {seconds} seconds."),
                )
            }
            Self::NotRead => Text::new(
                "请先读到明示表末尾。",
                "Please read the cost sheet to its end first.",
            ),
            Self::AnswerWait { wait_ms } => {
                let seconds = (wait_ms + 999) / 1000;
                Text::new(
                    format!("请再看看明示表，{seconds} 秒后再答；也可以和人工聊聊。"),
                    format!(
                        "Please look at the sheet again and answer in {seconds} seconds, or talk to a person."
                    ),
                )
            }
            Self::NotUnderstood => Text::new(
                "请先回答两个问题。",
                "Please answer the two questions first.",
            ),
        }
    }
    fn retry_after_ms(&self) -> Option<i64> {
        match self {
            Self::ReadingTime { remaining_ms } => Some(*remaining_ms),
            Self::AnswerWait { wait_ms } => Some(*wait_ms),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

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

    #[test]
    fn answers_must_be_complete_and_given_once() {
        let quiz = sheet().quiz;
        assert!(quiz.right(&answers("b", "a")));
        let mut doubled = answers("b", "a");
        doubled.push(doubled[0].clone());
        assert!(!quiz.right(&doubled));
        assert!(!quiz.right(&answers("b", "a")[..1]));
        assert!(!quiz.right(&answers("b", "z")));
    }

    #[test]
    fn choices_hold_the_right_sum_once_wherever_chance_puts_it() {
        for chance in 0..=255u8 {
            let offered = pick(100, &[100, 90, 90, 0, 120], chance);
            assert_eq!(offered.len(), 3);
            assert_eq!(offered.iter().filter(|s| **s == 100).count(), 1);
        }
    }
}
