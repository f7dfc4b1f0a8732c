//! Every try of every node: what was asked and drawn, where its answer lies, and what all of them come to; pure.

use perception::liveness;
use serde::{Deserialize, Serialize};

use super::{Call, Reason, RecordingId, Refused, State, Verdict};
use crate::recording::script::Line;

/// How far a page's clock may be from the server's before the server's counts, ms.
const CLOCK_APART_MAX: i64 = 4_000;

/// Where one try of a node stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = RecordingTryState)]
pub enum TryState {
    Open,
    /// The received recording is looked at.
    Checking,
    Passed,
    /// The node comes once more.
    Again,
    /// A colleague looks at it; the recording goes on.
    NeedsPerson,
    /// The recording ended here.
    Stopped,
}

impl TryState {
    const ALL: [Self; 6] = [
        Self::Open,
        Self::Checking,
        Self::Passed,
        Self::Again,
        Self::NeedsPerson,
        Self::Stopped,
    ];

    pub fn as_str(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Checking => "checking",
            Self::Passed => "passed",
            Self::Again => "again",
            Self::NeedsPerson => "needs_person",
            Self::Stopped => "stopped",
        }
    }

    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|one| one.as_str() == text)
    }
}

/// An act of the face that the server draws.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = RecordingAct)]
pub enum Act {
    Blink,
    TurnLeft,
    TurnRight,
    OpenMouth,
}

impl From<Act> for liveness::Act {
    fn from(act: Act) -> Self {
        match act {
            Act::Blink => Self::Blink,
            Act::TurnLeft => Self::TurnLeft,
            Act::TurnRight => Self::TurnRight,
            Act::OpenMouth => Self::OpenMouth,
        }
    }
}

/// What was drawn for a challenge.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[schema(as = RecordingChallenge)]
pub struct Challenge {
    /// Four digits.
    pub digits: String,
    pub acts: Vec<Act>,
}

impl Challenge {
    /// Out of random bytes; no digit twice in a row, and two different acts.
    pub fn drawn(chance: [u8; 16]) -> Self {
        // Closed eyes are hardly seen by the model of the face's points: nobody is asked for them.
        const ACTS: [Act; 3] = [Act::TurnLeft, Act::TurnRight, Act::OpenMouth];
        let mut digits = String::new();
        let mut last = None;
        for byte in &chance[..4] {
            let mut digit = byte % 10;
            if last == Some(digit) {
                digit = (digit + 1) % 10;
            }
            last = Some(digit);
            digits.push(char::from(b'0' + digit));
        }
        let first = usize::from(chance[4]) % ACTS.len();
        let second = (first + 1 + usize::from(chance[5]) % (ACTS.len() - 1)) % ACTS.len();
        Self {
            digits,
            acts: vec![ACTS[first], ACTS[second]],
        }
    }
}

/// One try of one node.
#[derive(Clone, Debug)]
pub struct Try {
    pub recording: RecordingId,
    /// Of the node, from 1.
    pub node: i64,
    /// From 1.
    pub no: i64,
    pub state: TryState,
    pub segment: i64,
    /// Where it lies in the segment, ms.
    pub from_ms: i64,
    pub until_ms: Option<i64>,
    /// Chunks that had come when it ended.
    pub chunks: Option<i64>,
    pub challenge: Option<Challenge>,
    /// An answer in writing instead of speech, sealed.
    pub written: Option<Vec<u8>>,
    /// What was heard, sealed.
    pub heard: Option<Vec<u8>>,
    pub reasons: Vec<Reason>,
    /// Every check with its score, as it was sworn to.
    pub checks: Option<String>,
    pub opened_at_ms: i64,
    pub ended_at_ms: Option<i64>,
    pub judged_at_ms: Option<i64>,
}

/// Marks of a node within its segment: the page's, unless its clock can't be right.
pub fn mark(page_ms: i64, server_ms: i64) -> (i64, Clock) {
    match (page_ms - server_ms).abs() <= CLOCK_APART_MAX {
        true => (page_ms, Clock::Right),
        false => (server_ms, Clock::Jumped),
    }
}

/// Where an answer ends: on a slow line the page says so long after it was given, but never before.
pub fn until(page_ms: i64, server_ms: i64) -> (i64, Clock) {
    match page_ms < server_ms {
        true => (page_ms, Clock::Right),
        false => mark(page_ms, server_ms),
    }
}

/// Whether a page's clock fits the server's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Clock {
    Right,
    Jumped,
}

/// The node to work at now, from 1: the one that is open, else the first that never was or comes once more.
pub fn at(due: &[i64], tries: &[Try]) -> Option<i64> {
    let newest = |node: i64| tries.iter().rev().find(|one| one.node == node);
    let nodes = due.iter().copied();
    let open = |node: &i64| newest(*node).is_some_and(|one| one.state == TryState::Open);
    let left = |node: &i64| newest(*node).is_none_or(|one| one.state == TryState::Again);
    nodes
        .clone()
        .find(open)
        .or_else(|| nodes.clone().find(left))
}

/// Tries of a node that the person ended; one that a pause or a reload cut off costs none.
pub fn spent(node: i64, tries: &[Try]) -> i64 {
    let ended = |one: &&Try| one.node == node && one.ended_at_ms.is_some();
    tries.iter().filter(ended).map(|_| 1_i64).sum()
}

/// How a try that was looked at ends, when so many were spent with it; the last one is left to a person.
pub fn ended(verdict: Verdict, line: &Line, spent: i64) -> TryState {
    match verdict {
        Verdict::Passed => TryState::Passed,
        Verdict::Ends => TryState::Stopped,
        Verdict::Unchecked => TryState::NeedsPerson,
        Verdict::Failed if spent < i64::from(line.tries_max) => TryState::Again,
        Verdict::Failed => TryState::NeedsPerson,
    }
}

/// Whether a verdict is still to come, or one speaks against the person: no other recording talks it away.
pub fn hangs(tries: &[Try]) -> bool {
    tries.iter().any(|one| match one.state {
        TryState::Checking | TryState::Stopped => true,
        TryState::NeedsPerson => one.reasons.iter().any(|reason| reason.accuses()),
        TryState::Open | TryState::Passed | TryState::Again => false,
    })
}

/// Where the recording stands once every node was looked at; none while some are not.
pub fn settled(due: &[i64], tries: &[Try]) -> Option<(State, Option<Call>)> {
    if tries.iter().any(|one| one.state == TryState::Stopped) {
        return Some((State::NeedsPerson, Some(Call::Stopped)));
    }
    let newest = |node| tries.iter().rev().find(|one| one.node == node);
    let mut unsure = false;
    for node in due {
        match newest(*node)?.state {
            TryState::Passed => {}
            TryState::NeedsPerson => unsure = true,
            TryState::Open | TryState::Checking | TryState::Again | TryState::Stopped => {
                return None;
            }
        }
    }
    Some(match unsure {
        true => (State::NeedsPerson, Some(Call::Unsure)),
        false => (State::Passed, None),
    })
}

/// Refuses a colleague's yes to what nobody can have seen: an answer that ended it can't be talked away, and one that was not
/// recorded shows nothing.
pub fn may_pass(due: &[i64], tries: &[Try]) -> Result<(), Refused> {
    if tries.iter().any(|one| one.state == TryState::Stopped) {
        return Err(Refused::Stopped);
    }
    let answered = |node: &i64| {
        tries
            .iter()
            .any(|one| one.node == *node && one.ended_at_ms.is_some())
    };
    match due.iter().all(answered) {
        true => Ok(()),
        false => Err(Refused::Incomplete),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::Text;
    use crate::product::{NodeKind, OnWrong, Voice};

    fn line(tries_max: u8) -> Line {
        Line {
            code: "cost".into(),
            kind: NodeKind::Answer,
            spoken: Text::new("好吗", "Well?"),
            voice: Voice::default(),
            expects: vec!["好".into()],
            against: vec![],
            on_wrong: OnWrong::Again,
            answer_seconds: 5,
            tries_max,
        }
    }

    fn tried(node: i64, no: i64, state: TryState) -> Try {
        Try {
            recording: RecordingId::stored("rec_x".into()),
            node,
            no,
            state,
            segment: 1,
            from_ms: 0,
            until_ms: None,
            chunks: None,
            challenge: None,
            written: None,
            heard: None,
            reasons: vec![],
            checks: None,
            opened_at_ms: 0,
            ended_at_ms: None,
            judged_at_ms: None,
        }
    }

    #[test]
    fn what_is_drawn_is_four_digits_and_two_different_acts() {
        for byte in 0..=255u8 {
            let drawn = Challenge::drawn([byte; 16]);
            assert_eq!(drawn.digits.len(), 4);
            let digits = drawn.digits.as_bytes();
            assert!(digits.windows(2).all(|two| two[0] != two[1]), "{digits:?}");
            assert_ne!(drawn.acts[0], drawn.acts[1]);
        }
    }

    #[test]
    fn what_hangs_is_not_given_up() {
        let left = |reason| Try {
            reasons: vec![reason],
            ..tried(1, 1, TryState::NeedsPerson)
        };
        let cases = [
            (tried(1, 1, TryState::Checking), true),
            (tried(1, 1, TryState::Stopped), true),
            (tried(1, 1, TryState::Again), false),
            (left(Reason::SchemeWords), true),
            (left(Reason::Prompted), true),
            // Nobody could look, or the person couldn't be seen: another way may well help.
            (left(Reason::NoConsent), false),
            (left(Reason::NotPerformed), false),
            (left(Reason::FaceLost), false),
        ];
        for (one, wanted) in cases {
            assert_eq!(hangs(std::slice::from_ref(&one)), wanted, "{one:?}");
        }
    }

    #[test]
    fn reasons_come_to_a_verdict() {
        use Reason::{AnswerWrong, FaceLost, NoConsent, NotPerformed, SchemeWords};
        let cases: [(&[Reason], OnWrong, Verdict); 8] = [
            (&[Reason::Prompted], OnWrong::Stop, Verdict::Failed),
            (&[], OnWrong::Stop, Verdict::Passed),
            (&[AnswerWrong], OnWrong::Again, Verdict::Failed),
            (&[AnswerWrong], OnWrong::Stop, Verdict::Ends),
            (&[FaceLost], OnWrong::Stop, Verdict::Failed),
            (&[SchemeWords], OnWrong::Stop, Verdict::Unchecked),
            (
                &[NoConsent, NotPerformed],
                OnWrong::Again,
                Verdict::Unchecked,
            ),
            (&[NoConsent, FaceLost], OnWrong::Again, Verdict::Failed),
        ];
        for (reasons, on_wrong, verdict) in cases {
            assert_eq!(Reason::verdict(reasons, on_wrong), verdict, "{reasons:?}");
        }
    }

    #[test]
    fn the_last_try_is_left_to_a_person_and_nothing_is_passed_for_want_of_a_check() {
        for (verdict, spent, state) in [
            (Verdict::Failed, 1, TryState::Again),
            (Verdict::Failed, 2, TryState::NeedsPerson),
            (Verdict::Unchecked, 1, TryState::NeedsPerson),
            (Verdict::Ends, 1, TryState::Stopped),
            (Verdict::Passed, 2, TryState::Passed),
        ] {
            assert_eq!(ended(verdict, &line(2), spent), state);
        }
    }

    #[test]
    fn a_try_that_was_cut_off_costs_none() {
        let answered = |no| Try {
            ended_at_ms: Some(1),
            ..tried(1, no, TryState::Again)
        };
        let cut = |no| tried(1, no, TryState::Again);
        let other = tried(2, 1, TryState::Passed);
        for (tries, count) in [
            (vec![], 0),
            (vec![cut(1), cut(2)], 0),
            (vec![cut(1), answered(2), other, cut(3)], 1),
            (vec![answered(1), answered(2)], 2),
        ] {
            assert_eq!(spent(1, &tries), count, "{tries:?}");
        }
    }

    #[test]
    fn nodes_come_in_order_and_one_that_failed_comes_again() {
        use TryState::{Again, Checking, NeedsPerson, Open, Passed, Stopped};
        type Case = (&'static [(i64, i64, TryState)], Option<i64>, Option<State>);
        let cases: [Case; 8] = [
            (&[], Some(1), None),
            (&[(1, 1, Open)], Some(1), None),
            (&[(1, 1, Checking)], Some(2), None),
            (&[(1, 1, Again), (2, 1, Open)], Some(2), None),
            (&[(1, 1, Again), (2, 1, Passed)], Some(1), None),
            (
                &[(1, 1, Again), (2, 1, Passed), (1, 2, Passed)],
                None,
                Some(State::Passed),
            ),
            (
                &[(1, 1, NeedsPerson), (2, 1, Passed)],
                None,
                Some(State::NeedsPerson),
            ),
            (&[(1, 1, Stopped)], Some(2), Some(State::NeedsPerson)),
        ];
        for (tries, node, state) in cases {
            let tries: Vec<Try> = tries
                .iter()
                .map(|&(node, no, state)| tried(node, no, state))
                .collect();
            assert_eq!(at(&[1, 2], &tries), node, "{tries:?}");
            assert_eq!(
                settled(&[1, 2], &tries).map(|one| one.0),
                state,
                "{tries:?}"
            );
        }
    }

    #[test]
    fn a_colleague_passes_only_what_was_recorded() {
        let answered = |node| Try {
            ended_at_ms: Some(1),
            ..tried(node, 1, TryState::NeedsPerson)
        };
        let stopped = tried(2, 1, TryState::Stopped);
        for (tries, may) in [
            (vec![answered(1), answered(2)], Ok(())),
            (vec![answered(1)], Err(Refused::Incomplete)),
            (vec![answered(1), stopped], Err(Refused::Stopped)),
        ] {
            assert_eq!(may_pass(&[1, 2], &tries), may);
        }
    }

    #[test]
    fn a_clock_that_jumped_counts_for_nothing() {
        for (page, server, kept, clock) in [
            (1_000, 1_500, 1_000, Clock::Right),
            (-9_000, 1_500, 1_500, Clock::Jumped),
            (90_000, 1_500, 1_500, Clock::Jumped),
        ] {
            assert_eq!(mark(page, server), (kept, clock));
        }
        for (page, server, kept, clock) in [
            (2_000, 60_000, 2_000, Clock::Right),
            (61_000, 60_000, 61_000, Clock::Right),
            (90_000, 60_000, 60_000, Clock::Jumped),
        ] {
            assert_eq!(until(page, server), (kept, clock));
        }
    }
}
