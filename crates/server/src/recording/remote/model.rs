//! Who leads a recording by video: a queue, one colleague at a time, and what becomes of it when somebody is gone; pure.

use serde::{Deserialize, Serialize};

use crate::recording::RecordingId;
use crate::recording::refusal::Refused;

/// People of one institution that wait at once.
pub const QUEUE_MAX: i64 = 200;
/// Leads of one recording.
pub const TURNS_MAX: i64 = 20;
/// How long a recording that was handed to one colleague waits for that one alone, ms.
pub const FOR_ONE_MS: i64 = 120_000;
/// Who wasn't seen for so long isn't here just now, ms.
pub const HERE_MS: i64 = 15_000;
/// A person who waits and isn't seen for so long has left, ms.
const LEFT_QUEUE_MS: i64 = 90_000;
/// A person who is led and isn't seen for so long has left, ms.
const LEFT_CALL_MS: i64 = 300_000;

/// Why the person waits once more.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = RecordingWaitsAgain)]
pub enum Again {
    /// Nothing was seen of the colleague any more.
    Gone,
    /// The colleague gave it to another one.
    HandedOver,
}

impl Again {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Gone => "gone",
            Self::HandedOver => "handed_over",
        }
    }

    pub fn parse(text: &str) -> Option<Self> {
        [Self::Gone, Self::HandedOver]
            .into_iter()
            .find(|one| one.as_str() == text)
    }
}

/// How a led recording ended without a verdict.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = RecordingCallOver)]
pub enum Over {
    /// The person hung up, or was gone.
    Left,
    /// No colleague was free in time.
    NobodyCame,
    CalledOff,
}

impl Over {
    const ALL: [Self; 3] = [Self::Left, Self::NobodyCame, Self::CalledOff];

    pub fn as_str(self) -> &'static str {
        match self {
            Self::Left => "left",
            Self::NobodyCame => "nobody_came",
            Self::CalledOff => "called_off",
        }
    }

    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|one| one.as_str() == text)
    }
}

/// How long anybody is waited for, ms.
#[derive(Clone, Copy, Debug)]
pub struct Patience {
    /// For a colleague of whom nothing is seen.
    pub agent_ms: i64,
    /// In the queue.
    pub queue_ms: i64,
}

/// What becomes of a led recording by itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fate {
    /// Nothing before this instant.
    Goes {
        until_ms: i64,
    },
    /// The person goes back to the front of the queue.
    AgentGone,
    Ends(Over),
}

/// Who leads one recording, or that nobody does yet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lead {
    pub recording: RecordingId,
    /// The colleague who leads now.
    pub agent: Option<String>,
    /// Whom it was handed to, and until when it waits for them alone.
    pub meant_for: Option<(String, i64)>,
    /// Everybody who led it, in order.
    pub led_by: Vec<String>,
    /// Before everybody who was not led yet.
    pub ahead: bool,
    pub again: Option<Again>,
    pub over: Option<Over>,
    /// Which lead it is, from 1; 0 before the first.
    pub turn: i64,
    pub asked_at_ms: i64,
    /// Since when it is as it is.
    pub since_ms: i64,
    pub person_seen_at_ms: i64,
    pub agent_seen_at_ms: i64,
    /// How many messages the two pages sent each other.
    pub signals: i64,
    /// Grows with whatever the pages should learn of.
    pub version: i64,
}

impl Lead {
    /// Somebody begins to wait.
    pub fn fresh(recording: RecordingId, now_ms: i64) -> Self {
        Self {
            recording,
            agent: None,
            meant_for: None,
            led_by: Vec::new(),
            ahead: false,
            again: None,
            over: None,
            turn: 0,
            asked_at_ms: now_ms,
            since_ms: now_ms,
            person_seen_at_ms: now_ms,
            agent_seen_at_ms: now_ms,
            signals: 0,
            version: 1,
        }
    }

    /// The only one who may take it now, if there is one.
    pub fn waits_for(&self, now_ms: i64) -> Option<&str> {
        let meant = self.meant_for.as_ref();
        meant
            .filter(|(_, until_ms)| now_ms < *until_ms)
            .map(|(staff, _)| staff.as_str())
    }

    /// A colleague takes it; false when it is theirs already.
    pub fn take(&mut self, staff: &str, now_ms: i64) -> Result<bool, Refused> {
        match self.agent.as_deref() {
            Some(agent) if agent == staff => return Ok(false),
            Some(_) => return Err(Refused::Taken),
            None => {}
        }
        if self.waits_for(now_ms).is_some_and(|one| one != staff) {
            return Err(Refused::ForColleague);
        }
        self.may_turn()?;
        self.agent = Some(staff.to_owned());
        if !self.was_led_by(staff) {
            self.led_by.push(staff.to_owned());
        }
        self.meant_for = None;
        self.again = None;
        self.turn += 1;
        self.since_ms = now_ms;
        self.agent_seen_at_ms = now_ms;
        Ok(true)
    }

    /// Whether one more lead may follow; nobody waits for one that can't be taken.
    pub fn may_turn(&self) -> Result<(), Refused> {
        match self.turn < TURNS_MAX {
            true => Ok(()),
            false => Err(Refused::HandedTooOften),
        }
    }

    /// Back to the front of the queue, for one colleague or for whoever is free.
    pub fn give_back(&mut self, why: Again, to: Option<&str>, now_ms: i64) {
        self.agent = None;
        self.meant_for = to.map(|staff| (staff.to_owned(), now_ms + FOR_ONE_MS));
        self.ahead = true;
        self.again = Some(why);
        self.since_ms = now_ms;
    }

    pub fn must_be_led_by(&self, staff: &str) -> Result<(), Refused> {
        match self.agent.as_deref() == Some(staff) {
            true => Ok(()),
            false => Err(Refused::NotYours),
        }
    }

    pub fn was_led_by(&self, staff: &str) -> bool {
        self.led_by.iter().any(|one| one == staff)
    }

    /// Whether the person's page was seen just now.
    pub fn person_is_here(&self, now_ms: i64) -> bool {
        now_ms - self.person_seen_at_ms < HERE_MS
    }

    /// Whether the page of the colleague who leads was seen just now.
    pub fn agent_is_here(&self, now_ms: i64) -> bool {
        self.agent.is_some() && now_ms - self.agent_seen_at_ms < HERE_MS
    }

    /// What becomes of it by itself.
    pub fn fate(&self, now_ms: i64, patience: Patience) -> Fate {
        let ends = match &self.agent {
            Some(_) => [
                (self.agent_seen_at_ms + patience.agent_ms, Fate::AgentGone),
                (
                    self.person_seen_at_ms + LEFT_CALL_MS,
                    Fate::Ends(Over::Left),
                ),
            ],
            None => [
                (
                    self.person_seen_at_ms + LEFT_QUEUE_MS,
                    Fate::Ends(Over::Left),
                ),
                (
                    self.since_ms + patience.queue_ms,
                    Fate::Ends(Over::NobodyCame),
                ),
            ],
        };
        let first = ends.iter().min_by_key(|(at_ms, _)| *at_ms);
        match first {
            Some((at_ms, fate)) if *at_ms <= now_ms => *fate,
            Some((at_ms, _)) => Fate::Goes { until_ms: *at_ms },
            None => Fate::Goes { until_ms: now_ms },
        }
    }
}

/// What the two pages tell each other to find the way for their pictures.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = RecordingSignalKind)]
pub enum SignalKind {
    /// A page is there, or there again.
    Hello,
    Offer,
    Answer,
    Candidate,
}

impl SignalKind {
    const ALL: [Self; 4] = [Self::Hello, Self::Offer, Self::Answer, Self::Candidate];

    pub fn as_str(self) -> &'static str {
        match self {
            Self::Hello => "hello",
            Self::Offer => "offer",
            Self::Answer => "answer",
            Self::Candidate => "candidate",
        }
    }

    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|one| one.as_str() == text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PATIENCE: Patience = Patience {
        agent_ms: 30_000,
        queue_ms: 1_800_000,
    };

    fn waiting() -> Lead {
        Lead::fresh(RecordingId::stored("rec_x".into()), 0)
    }

    #[test]
    fn one_takes_it_and_taking_it_again_is_nothing_new() {
        let mut lead = waiting();
        assert_eq!(lead.take("a", 5), Ok(true));
        assert_eq!(lead.take("a", 6), Ok(false));
        assert_eq!(lead.take("b", 6), Err(Refused::Taken));
        assert_eq!(lead.must_be_led_by("b"), Err(Refused::NotYours));
        assert_eq!((lead.turn, lead.since_ms), (1, 5));
    }

    #[test]
    fn what_is_handed_over_waits_for_that_colleague_and_then_for_anyone() {
        let mut lead = waiting();
        assert_eq!(lead.take("a", 0), Ok(true));
        lead.give_back(Again::HandedOver, Some("b"), 1_000);
        assert!(lead.ahead);
        assert_eq!(lead.clone().take("c", 2_000), Err(Refused::ForColleague));
        assert_eq!(lead.clone().take("c", 1_000 + FOR_ONE_MS), Ok(true));
        assert_eq!(lead.take("b", 2_000), Ok(true));
        assert_eq!(lead.turn, 2);
        assert!(lead.was_led_by("a") && lead.was_led_by("b") && !lead.was_led_by("c"));
    }

    #[test]
    fn a_recording_isnt_handed_round_for_ever() {
        let mut lead = waiting();
        for turn in 1..=TURNS_MAX {
            assert_eq!(lead.take("a", turn), Ok(true));
            assert_eq!(lead.may_turn().is_ok(), turn < TURNS_MAX);
            lead.give_back(Again::Gone, None, turn);
        }
        assert_eq!(lead.take("a", 99), Err(Refused::HandedTooOften));
    }

    #[test]
    fn whoever_is_gone_is_waited_for_and_not_for_ever() {
        let mut lead = waiting();
        let at = |lead: &Lead, now_ms| lead.fate(now_ms, PATIENCE);
        assert_eq!(at(&lead, 0), Fate::Goes { until_ms: 90_000 });
        assert_eq!(at(&lead, 90_000), Fate::Ends(Over::Left));
        lead.person_seen_at_ms = 1_790_000;
        assert_eq!(
            at(&lead, 1_795_000),
            Fate::Goes {
                until_ms: 1_800_000
            }
        );
        assert_eq!(at(&lead, 1_800_000), Fate::Ends(Over::NobodyCame));
        assert_eq!(lead.take("a", 1_800_000), Ok(true));
        lead.person_seen_at_ms = 1_800_000;
        assert_eq!(
            at(&lead, 1_829_999),
            Fate::Goes {
                until_ms: 1_830_000
            }
        );
        assert_eq!(at(&lead, 1_830_000), Fate::AgentGone);
        lead.agent_seen_at_ms = 2_099_999;
        assert_eq!(at(&lead, 2_100_000), Fate::Ends(Over::Left));
    }
}
