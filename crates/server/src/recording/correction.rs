//! What a colleague wants recorded again: single nodes, each with its reason and its place in the film; pure.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::RecordingId;
use super::model::{Segment, Try, TryState, may_pass};
use super::refusal::Refused;
use crate::error::Text;

/// Why a node is recorded again, in words for the person; none of them says anything of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = RecordingFlaw)]
pub enum Flaw {
    /// The face can't be seen well.
    NotSeen,
    /// The answer can't be heard.
    NotHeard,
    /// What was said is no clear answer.
    Unclear,
    /// It was answered otherwise than was asked for.
    Differs,
    /// Somebody else is seen, heard, or helps.
    NotAlone,
    /// Act, digits or sentence are not as they were asked for.
    NotDone,
    /// The film breaks off.
    Interrupted,
}

impl Flaw {
    /// What the person is told.
    pub fn text(self) -> Text {
        let (zh, en) = match self {
            Self::NotSeen => (
                "脸没有看清，请在亮一点的地方正对镜头",
                "Your face was not seen well. Find more light and look straight at the camera",
            ),
            Self::NotHeard => (
                "声音没有听清，请靠近手机，找个安静的地方",
                "You were not heard well. Come closer, in a quiet place",
            ),
            Self::Unclear => (
                "没有听出明确的回答，请按屏幕上的问题回答",
                "No clear answer was heard. Answer the question on the screen",
            ),
            Self::Differs => (
                "回答和问题要求的不一样，请看清问题再答",
                "The answer was another than was asked for. Read the question again first",
            ),
            Self::NotAlone => (
                "画面或声音里有别人，请独自录制",
                "Somebody else was there. Please be alone",
            ),
            Self::NotDone => (
                "动作、数字或句子没有做完整，请慢一点",
                "The act, the digits or the sentence were not complete. Take your time",
            ),
            Self::Interrupted => (
                "这一段录像断了，请再录一次",
                "The film breaks off here. Record it once more",
            ),
        };
        Text::new(zh, en)
    }
}

/// One node that is to be recorded again.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = RecordingPick)]
pub struct Pick {
    /// Its number, from 1.
    pub node: i64,
    pub flaw: Flaw,
    /// Where it shows: a segment, and ms of it.
    pub segment: i64,
    pub at_ms: i64,
}

/// Nodes of a recording that are recorded again in another one, while the rest counts as it stands.
#[derive(Clone, Debug)]
pub struct Correction {
    /// The recording that is corrected.
    pub of: RecordingId,
    /// The newest recording that corrects it.
    pub by: Option<RecordingId>,
    pub picks: Vec<Pick>,
    /// The first instant at which everything must be recorded again.
    pub until_ms: i64,
    /// When nothing hung on it any more.
    pub over_at_ms: Option<i64>,
}

/// Longest film of a segment, ms.
const AT_MS_MAX: i64 = 6 * 3_600_000;

impl Correction {
    /// The nodes in their order.
    pub fn nodes(&self) -> Vec<i64> {
        nodes(&self.picks)
    }

    pub fn goes_on(&self, now_ms: i64) -> bool {
        self.over_at_ms.is_none() && now_ms < self.until_ms
    }
}

fn nodes(picks: &[Pick]) -> Vec<i64> {
    let sorted: BTreeSet<i64> = picks.iter().map(|pick| pick.node).collect();
    sorted.into_iter().collect()
}

/// Refuses picks that don't stand in the recording, and leaving out what nobody recorded.
pub fn may_pick(
    picks: &[Pick],
    lines: usize,
    due: &[i64],
    segments: &[Segment],
    tries: &[Try],
) -> Result<(), Refused> {
    let picked = nodes(picks);
    let stands = |pick: &Pick| {
        usize::try_from(pick.node).is_ok_and(|node| (1..=lines).contains(&node))
            && (0..=AT_MS_MAX).contains(&pick.at_ms)
            && segments.iter().any(|one| one.no == pick.segment)
    };
    if picked.len() != picks.len() || !picks.iter().all(stands) {
        return Err(Refused::NodesWrong);
    }
    // An answer that ended it is put right by no single question.
    if tries.iter().any(|one| one.state == TryState::Stopped) {
        return Err(Refused::Stopped);
    }
    let rest: Vec<i64> = due
        .iter()
        .copied()
        .filter(|node| !picked.contains(node))
        .collect();
    may_pass(&rest, tries).map_err(|_| Refused::NodesLeft)
}
