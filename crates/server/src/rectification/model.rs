//! Findings and how they are put right; pure.

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use super::refusal::Refused;
use crate::disbursement;

crate::id!(
    /// Something an inspection found.
    RectificationId,
    "rct"
);

/// What stands in place of words that went with a person's data.
pub const GONE: &str = "***";

/// How grave a finding is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = RectificationSeverity)]
pub enum Severity {
    Minor,
    Major,
    /// The borrower may have come to harm.
    Grave,
}

impl Severity {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Minor => "minor",
            Self::Major => "major",
            Self::Grave => "grave",
        }
    }

    pub fn parse(text: &str) -> Option<Self> {
        [Self::Minor, Self::Major, Self::Grave]
            .into_iter()
            .find(|one| one.as_str() == text)
    }
}

/// What a finding does to the money of its loan.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = RectificationMoney)]
pub enum Money {
    #[default]
    Runs,
    /// A hold stands until the finding is accepted.
    Stops,
}

/// Where a finding stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = RectificationState)]
pub enum State {
    Open,
    /// The responsible colleague says it is put right; somebody else is to agree.
    Done,
    Accepted,
}

impl State {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Done => "done",
            Self::Accepted => "accepted",
        }
    }

    pub fn parse(text: &str) -> Option<Self> {
        [Self::Open, Self::Done, Self::Accepted]
            .into_iter()
            .find(|state| state.as_str() == text)
    }
}

/// What somebody said, and when.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Said {
    pub words: String,
    pub by: String,
    pub at_ms: i64,
}

/// A finding.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rectification {
    pub id: RectificationId,
    pub draw: Option<String>,
    pub journey: Option<String>,
    /// A column of the matrix of completeness.
    pub column: Option<String>,
    pub severity: Severity,
    pub found: Said,
    pub responsible: String,
    /// The hold on its loan's money, which stands until it is accepted.
    pub hold: Option<String>,
    /// Its last day, in China.
    pub due: Date,
    pub state: State,
    pub done: Option<Said>,
    /// SHA-256 of those words, also once they are gone; none where an older version kept them.
    pub done_digest: Option<String>,
    /// Why it was given back last.
    pub returned: Option<Said>,
    pub accepted_by: Option<String>,
    pub accepted_at_ms: Option<i64>,
    pub version: i64,
}

const WORDS_CHARS: std::ops::RangeInclusive<usize> = 4..=500;

/// Words as staff may leave them: long enough to say something, and nobody's number.
pub fn words_fit(words: &str) -> Result<(), Refused> {
    let chars = words.chars().count();
    if !WORDS_CHARS.contains(&chars) || words.chars().any(|c| c.is_control() && c != '\n') {
        return Err(Refused::WordsLength);
    }
    if disbursement::tells_numbers(words) {
        return Err(Refused::WordsTellNumbers);
    }
    Ok(())
}

/// Words as facts show them.
pub fn digest(words: &str) -> String {
    proof::hex::encode(&proof::digest::sha256(words.as_bytes()))
}

/// A finding is put right within a year; one of an earlier inspection may be written down late.
const DUE_DAYS: std::ops::Range<i32> = -30..366;

impl Rectification {
    /// Its day is over and nobody said that it is put right.
    pub fn is_overdue(&self, today: Date) -> bool {
        self.state == State::Open && today > self.due
    }

    /// A day that lies neither long back nor far ahead.
    pub fn due_fits(due: Date, today: Date) -> Result<(), Refused> {
        if DUE_DAYS.contains(&(due - today).get_days()) {
            Ok(())
        } else {
            Err(Refused::DueDay)
        }
    }

    /// The responsible colleague says that it is put right; saying it anew takes the place of what was said before.
    pub fn finish(mut self, said: Said) -> Result<Self, Refused> {
        words_fit(&said.words)?;
        match self.state {
            State::Accepted => return Err(Refused::Accepted),
            _ if said.by != self.responsible => return Err(Refused::NotResponsible),
            State::Open | State::Done => {}
        }
        self.state = State::Done;
        self.done_digest = Some(digest(&said.words));
        self.done = Some(said);
        Ok(self)
    }

    /// Takes out what was said of it by now: who said it, when, and its digest stay.
    pub fn hush(mut self) -> Self {
        for said in [&mut self.done, &mut self.returned].into_iter().flatten() {
            GONE.clone_into(&mut said.words);
        }
        self
    }

    /// Somebody else puts it right from now on; what was said stays said by whoever said it.
    pub fn hand(mut self, responsible: &str) -> Result<Self, Refused> {
        match self.state {
            State::Accepted => return Err(Refused::Accepted),
            _ if self.responsible == responsible => return Err(Refused::SameResponsible),
            State::Open | State::Done => {}
        }
        self.responsible = responsible.to_owned();
        Ok(self)
    }

    /// What somebody else may agree or disagree with, in the version they saw.
    fn second(&self, by: &str, seen: i64) -> Result<(), Refused> {
        match (self.state, &self.done) {
            (State::Accepted, _) => Err(Refused::Accepted),
            (State::Done, _) if seen != self.version => Err(Refused::Changed),
            (State::Done, Some(done)) if done.by == by => Err(Refused::OwnWork),
            (State::Done, Some(_)) => Ok(()),
            _ => Err(Refused::NotDone),
        }
    }

    /// Somebody else agrees.
    pub fn accept(mut self, by: &str, seen: i64, now_ms: i64) -> Result<Self, Refused> {
        self.second(by, seen)?;
        self.state = State::Accepted;
        self.accepted_by = Some(by.to_owned());
        self.accepted_at_ms = Some(now_ms);
        Ok(self)
    }

    /// Somebody else does not agree: it is open again, its day is the same.
    pub fn give_back(mut self, said: Said, seen: i64) -> Result<Self, Refused> {
        words_fit(&said.words)?;
        self.second(&said.by, seen)?;
        self.state = State::Open;
        self.returned = Some(said);
        Ok(self)
    }
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    fn finding() -> Rectification {
        Rectification {
            id: RectificationId::stored("rct_1".to_owned()),
            draw: None,
            journey: Some("jny_1".to_owned()),
            column: Some("signing".to_owned()),
            severity: Severity::Major,
            found: says("合同缺少签署", "a"),
            responsible: "b".to_owned(),
            hold: None,
            done_digest: None,
            due: date(2026, 11, 25),
            state: State::Open,
            done: None,
            returned: None,
            accepted_by: None,
            accepted_at_ms: None,
            version: 1,
        }
    }

    fn says(words: &str, by: &str) -> Said {
        Said {
            words: words.to_owned(),
            by: by.to_owned(),
            at_ms: 2,
        }
    }

    #[test]
    fn the_responsible_finishes_and_somebody_else_agrees_or_gives_back() {
        let right = || says("已补签并通知", "b");
        assert_eq!(
            finding().finish(says("已补签", "b")),
            Err(Refused::WordsLength)
        );
        assert_eq!(
            finding().finish(says("已补签并通知", "a")),
            Err(Refused::NotResponsible)
        );
        assert_eq!(finding().accept("c", 1, 3), Err(Refused::NotDone));
        let done = finding().finish(right()).expect("done");
        assert_eq!(done.clone().accept("b", 1, 3), Err(Refused::OwnWork));
        assert_eq!(done.clone().accept("c", 2, 3), Err(Refused::Changed));
        let back = done.clone().give_back(says("还缺保证人的", "c"), 1);
        let back = back.expect("given back");
        assert_eq!(back.state, State::Open);
        let accepted = back.finish(right()).expect("again").accept("a", 1, 3);
        let accepted = accepted.expect("accepted");
        assert_eq!(accepted.state, State::Accepted);
        assert_eq!(accepted.clone().accept("c", 1, 3), Err(Refused::Accepted));
        assert_eq!(accepted.clone().finish(right()), Err(Refused::Accepted));
        let late = accepted.give_back(says("还缺保证人的", "c"), 1);
        assert_eq!(late, Err(Refused::Accepted));
    }

    #[test]
    fn a_finding_is_handed_on_until_it_is_accepted() {
        let right = |by| says("已补签并通知", by);
        assert_eq!(finding().hand("b"), Err(Refused::SameResponsible));
        let handed = finding().hand("c").expect("handed");
        assert_eq!(
            handed.clone().finish(right("b")),
            Err(Refused::NotResponsible)
        );
        let done = handed.finish(right("c")).expect("done");
        // What c did waits for somebody else still, whoever is responsible now.
        let handed = done.hand("d").expect("handed");
        assert_eq!(handed.clone().accept("c", 1, 3), Err(Refused::OwnWork));
        let accepted = handed.accept("d", 1, 3).expect("accepted");
        assert_eq!(accepted.hand("e"), Err(Refused::Accepted));
    }

    #[test]
    fn a_finding_is_overdue_once_its_day_is_over_and_nothing_was_done() {
        let open = finding();
        assert!(!open.is_overdue(date(2026, 11, 25)));
        assert!(open.is_overdue(date(2026, 11, 26)));
        let done = open.finish(says("已补签并通知", "b")).expect("done");
        assert!(!done.is_overdue(date(2026, 11, 26)));
    }

    #[test]
    fn words_name_nobody_and_the_day_is_near() {
        assert_eq!(
            words_fit("身份证 110101198805120039 有误"),
            Err(Refused::WordsTellNumbers)
        );
        assert_eq!(words_fit("缺少签署日期"), Ok(()));
        let today = date(2026, 11, 22);
        for (due, fits) in [
            (date(2026, 11, 22), true),
            (date(2027, 11, 22), true),
            (date(2026, 10, 23), true),
            (date(2026, 10, 22), false),
            (date(2027, 11, 24), false),
        ] {
            assert_eq!(Rectification::due_fits(due, today).is_ok(), fits, "{due}");
        }
    }
}
