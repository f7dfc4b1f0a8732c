//! Reminding a person of a journey that they left half-way: twice at the most, and never against their word; pure.
//!
//! A reminder says how to go on with what the person began themselves, and offers nothing: it is part of making the contract
//! they asked for (个人信息保护法 art. 13), not marketing, so that no consent to marketing carries it and no withdrawal of one
//! ends it. Whoever does not want it says so on the page, once. It bears no link: nobody should learn to tap links in messages
//! about loans.

use serde::Serialize;

use super::kind::Kind;
use super::model::{Journey, State};
use super::steps::Standing;
use crate::product::Progress;

pub const HOUR_MS: i64 = 3_600_000;
/// How many times the institution's hours pass before each: whoever did not come back after one is not pressed.
const PAUSES: [i64; 2] = [1, 3];

/// How many hours an institution waits before the first; 0 where none come. A change is begun by the lender and may cost more:
/// nobody is pressed towards it, and silence is a no.
pub fn hours(kind: Kind, set: i64) -> i64 {
    match kind {
        Kind::Change => 0,
        Kind::Loan | Kind::Line | Kind::Drawdown | Kind::CoBorrower | Kind::Guarantor => set,
    }
}

/// What is known of a journey's reminders.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Reminders {
    pub sent: i64,
    pub last_sent_at_ms: Option<i64>,
    /// The person wants none.
    pub declined_at_ms: Option<i64>,
}

/// Whether reminders may come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = RemindersState)]
pub enum Standby {
    On,
    /// The institution sends none.
    Off,
    /// The person wants none.
    Declined,
    /// The last one was sent, or the journey is over.
    Over,
}

/// A journey's reminders, as its person and its lender see them.
#[derive(Clone, Copy, Debug, Serialize, utoipa::ToSchema)]
pub struct RemindersView {
    state: Standby,
    sent: i64,
    last_sent_at_ms: Option<i64>,
}

impl Reminders {
    /// `set`: the hours that the institution waits before the first; 0 when it sends none.
    pub fn view(&self, kind: Kind, state: State, set: i64) -> RemindersView {
        let hours = hours(kind, set);
        let unfinished = matches!(state, State::WaitingPrice | State::Open);
        RemindersView {
            state: match self.declined_at_ms {
                Some(_) => Standby::Declined,
                None if hours == 0 => Standby::Off,
                None if !unfinished || self.pause(hours).is_none() => Standby::Over,
                None => Standby::On,
            },
            sent: self.sent,
            last_sent_at_ms: self.last_sent_at_ms,
        }
    }

    /// How long nothing may have happened before the next; none after the last.
    fn pause(&self, hours: i64) -> Option<i64> {
        let times = usize::try_from(self.sent)
            .ok()
            .and_then(|at| PAUSES.get(at))?;
        Some(times * hours * HOUR_MS)
    }
}

/// What there is to do about a journey.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Turn {
    Never,
    /// Nothing before this instant.
    Later(i64),
    Now,
}

/// What is known when the question is asked.
pub struct Known<'a> {
    pub journey: &'a Journey,
    pub reminders: &'a Reminders,
    pub steps: &'a [Standing],
    /// The newest thing that happened in the case.
    pub still_since_ms: i64,
    /// Whether the person began at all: the link of whoever never did may have gone astray.
    pub begun: Begun,
    /// Whether they took a consent back: that was a no, and nobody asks again.
    pub withdrawn: Withdrawn,
    pub hours: i64,
    pub now_ms: i64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Begun {
    Yes,
    No,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Withdrawn {
    Yes,
    No,
}

/// Whether to remind now. Only while it is the person's own turn: nobody is pressed to wait for somebody else.
pub fn turn(known: &Known<'_>) -> Turn {
    let (journey, now_ms) = (known.journey, known.now_ms);
    let unfinished = matches!(journey.state, State::WaitingPrice | State::Open);
    let over = !unfinished || journey.alive(now_ms).is_err();
    let stopped = known.reminders.declined_at_ms.is_some() || known.withdrawn == Withdrawn::Yes;
    if over || stopped || known.hours == 0 {
        return Turn::Never;
    }
    let Some(pause_ms) = known.reminders.pause(known.hours) else {
        return Turn::Never;
    };
    let due_ms = known.still_since_ms + pause_ms;
    let refused = known
        .steps
        .iter()
        .any(|one| one.progress == Progress::Refused);
    let next = known
        .steps
        .iter()
        .find(|one| one.progress != Progress::Done);
    let theirs = next.is_some_and(|one| one.progress == Progress::Open);
    if now_ms < due_ms {
        Turn::Later(due_ms)
    } else if refused || !theirs || known.begun == Begun::No {
        Turn::Later(now_ms + pause_ms)
    } else {
        Turn::Now
    }
}
