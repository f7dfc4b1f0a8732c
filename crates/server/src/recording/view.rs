//! A recording as the person's own page shows it.

use serde::Serialize;

use super::actions;
use super::correction::Flaw;
use super::model::{
    self, Act, CHUNK_BYTES_MAX, CHUNKS_MAX, Mode, Reason, Recording, SEGMENTS_MAX, State, Try,
    TryState,
};
use super::script::Line;
use super::store::{self, prompts, segments, tries};
use crate::db::Read;
use crate::error::{Result, Text};
use crate::product::{self, NodeKind, Progress, RecordingBasis, Voice};

/// What is asked of a case, and what was recorded.
#[derive(Clone, Debug, Serialize, utoipa::ToSchema)]
pub struct RecordingView {
    pub basis: RecordingBasis,
    pub why: Text,
    pub recording: Option<OneView>,
    /// What a colleague wants recorded again, while not all of it is.
    pub again: Option<AgainView>,
}

/// Nodes that are recorded again.
#[derive(Clone, Debug, Serialize, utoipa::ToSchema)]
#[schema(as = RecordingAgain)]
pub struct AgainView {
    /// From then on everything is.
    pub until_ms: i64,
    pub nodes: Vec<AgainNode>,
}

/// One of them, and why.
#[derive(Clone, Debug, Serialize, utoipa::ToSchema)]
#[schema(as = RecordingAgainNode)]
pub struct AgainNode {
    pub no: i64,
    pub spoken: Text,
    pub code: Flaw,
    pub message: Text,
}

/// The newest recording of a case.
#[derive(Clone, Debug, Serialize, utoipa::ToSchema)]
#[schema(as = OneRecording)]
pub struct OneView {
    pub id: String,
    pub mode: Mode,
    pub state: State,
    /// Grows with whatever changes here, chunks apart.
    pub version: i64,
    /// Where uploading goes on.
    pub segment: Option<i64>,
    pub next_chunk: i64,
    /// Hex; the chain's head behind the last chunk that is kept.
    pub head: Option<String>,
    /// Node to work at now, from 1.
    pub at: Option<i64>,
    /// Those that this recording goes through; single ones of the script where it corrects an earlier one.
    pub nodes: Vec<NodeView>,
    /// What was noticed, newest last.
    pub prompts: Vec<Prompt>,
    pub limits: Limits,
}

/// How a node stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = RecordingNodeState)]
pub enum NodeState {
    Waiting,
    Open,
    Checking,
    Passed,
    Again,
    NeedsPerson,
    Stopped,
}

impl From<TryState> for NodeState {
    fn from(state: TryState) -> Self {
        match state {
            TryState::Open => Self::Open,
            TryState::Checking => Self::Checking,
            TryState::Passed => Self::Passed,
            TryState::Again => Self::Again,
            TryState::NeedsPerson => Self::NeedsPerson,
            TryState::Stopped => Self::Stopped,
        }
    }
}

/// A reason with its words.
#[derive(Clone, Debug, Serialize, utoipa::ToSchema)]
#[schema(as = RecordingReasonView)]
pub struct ReasonView {
    pub code: Reason,
    pub message: Text,
}

/// Something that was noticed while recording.
#[derive(Clone, Debug, Serialize, utoipa::ToSchema)]
#[schema(as = RecordingPrompt)]
pub struct Prompt {
    pub no: i64,
    pub code: Reason,
    pub message: Text,
    pub node: i64,
    pub at_ms: i64,
}

/// One node.
#[derive(Clone, Debug, Serialize, utoipa::ToSchema)]
#[schema(as = RecordingNodeView)]
pub struct NodeView {
    pub no: i64,
    pub code: String,
    pub kind: NodeKind,
    pub spoken: Text,
    /// Sound that says them, by digest; where there is none the phone's own voice does.
    pub voice: Voice,
    /// The sentence to read.
    pub read_aloud: Option<String>,
    /// Drawn when the node is opened, like the acts.
    pub digits: Option<String>,
    pub acts: Vec<Act>,
    pub answer_seconds: u8,
    pub tries_left: i64,
    pub state: NodeState,
    /// The colleague who leads ended it: the page hands in what it recorded of it.
    pub hand_in: bool,
    pub reasons: Vec<ReasonView>,
}

/// What the page must keep to.
#[derive(Clone, Copy, Debug, Serialize, utoipa::ToSchema)]
#[schema(as = RecordingLimits)]
pub struct Limits {
    pub chunk_bytes_max: usize,
    pub segments_max: i64,
    pub seconds_max: i64,
}

/// Prompts that are shown at once.
const PROMPTS_MAX: i64 = 20;

/// How far the step is: a recording about other terms counts for nothing, unless somebody must look at it first.
pub async fn progress(
    view: &impl Read,
    case: &str,
    terms_digest: Option<&str>,
) -> Result<Progress> {
    let governing = store::governing(view, case).await?;
    let of_terms =
        governing.filter(|one| one.is_held() || Some(one.terms_digest.as_str()) == terms_digest);
    Ok(of_terms.map_or(Progress::Open, |one| one.progress()))
}

/// What the person's page shows.
pub async fn shown(
    view: &impl Read,
    case: &str,
    definition: &product::Recording,
    now_ms: i64,
) -> Result<RecordingView> {
    let governing = store::governing(view, case).await?;
    let again = match &governing {
        Some(recording) => again(view, recording, now_ms).await?,
        None => None,
    };
    let recording = match governing {
        Some(recording) => Some(one(view, recording).await?),
        None => None,
    };
    Ok(RecordingView {
        basis: definition.basis,
        why: why(definition.basis),
        recording,
        again,
    })
}

/// What is recorded again, before and while it is.
async fn again(view: &impl Read, recording: &Recording, now_ms: i64) -> Result<Option<AgainView>> {
    if matches!(recording.state, State::Passed | State::NeedsPerson) {
        return Ok(None);
    }
    let Some(correction) = actions::correction_of(view, &recording.id, now_ms).await? else {
        return Ok(None);
    };
    let lines = recording.lines()?;
    let mut nodes = Vec::new();
    for (no, line) in (1..).zip(lines) {
        let picked = correction.picks.iter().find(|pick| pick.node == no);
        nodes.extend(picked.map(|pick| AgainNode {
            no,
            spoken: line.spoken,
            code: pick.flaw,
            message: pick.flaw.text(),
        }));
    }
    Ok(Some(AgainView {
        until_ms: correction.until_ms,
        nodes,
    }))
}

/// How often the recording changed that a case's page shows; 0 where there is none.
pub async fn revision(view: &impl Read, case: &str) -> Result<i64> {
    let governing = store::governing(view, case).await?;
    Ok(governing.map_or(0, |one| one.revision))
}

/// Whether somebody must look at a recording of a case before anything else.
pub async fn is_held(view: &impl Read, case: &str) -> Result<bool> {
    let governing = store::governing(view, case).await?;
    Ok(governing.is_some_and(|one| one.is_held()))
}

/// A recording as the pages show it.
pub async fn one(view: &impl Read, recording: Recording) -> Result<OneView> {
    let tried = tries::list(view, &recording.id).await?;
    let last = segments::newest_of_person(view, &recording.id).await?;
    let told = prompts::newest(view, &recording.id, PROMPTS_MAX).await?;
    let lines = recording.lines()?;
    let due = actions::due(view, &recording).await?;
    let running = recording.state == State::Running;
    let numbered = (1..).zip(&lines);
    Ok(OneView {
        at: model::at(&due, &tried).filter(|_| running),
        nodes: numbered
            .filter(|(no, _)| due.contains(no))
            .map(|(no, line)| node(no, line, &tried))
            .collect(),
        prompts: told.into_iter().map(Prompt::from).collect(),
        id: recording.id.to_string(),
        mode: recording.mode,
        state: recording.state,
        version: recording.revision,
        segment: last.as_ref().map(|one| one.no),
        next_chunk: last.as_ref().map_or(0, |one| one.chunks),
        head: last.map(|one| proof::hex::encode(&one.head)),
        limits: Limits {
            chunk_bytes_max: CHUNK_BYTES_MAX,
            segments_max: SEGMENTS_MAX,
            seconds_max: CHUNKS_MAX,
        },
    })
}

/// One node of a script, and how far it is.
pub fn node(no: i64, line: &Line, tried: &[Try]) -> NodeView {
    let newest = tried.iter().rev().find(|one| one.node == no);
    let drawn = newest
        .filter(|one| one.state == TryState::Open)
        .and_then(|one| one.challenge.clone());
    let (digits, acts) = drawn.map(|drawn| (drawn.digits, drawn.acts)).unzip();
    let again = newest.filter(|one| !matches!(one.state, TryState::Open | TryState::Checking));
    NodeView {
        no,
        code: line.code.clone(),
        kind: line.kind,
        spoken: line.spoken.clone(),
        voice: line.voice.clone(),
        read_aloud: (line.kind == NodeKind::ReadAloud)
            .then(|| line.expects.first().cloned())
            .flatten(),
        digits,
        acts: acts.unwrap_or_default(),
        answer_seconds: line.answer_seconds,
        tries_left: i64::from(line.tries_max) - model::spent(no, tried),
        state: newest.map_or(NodeState::Waiting, |one| one.state.into()),
        hand_in: newest.is_some_and(|one| one.state == TryState::Open && one.until_ms.is_some()),
        reasons: again.map_or_else(Vec::new, |one| {
            one.reasons.iter().copied().map(Reason::view).collect()
        }),
    }
}

impl From<prompts::Told> for Prompt {
    fn from(told: prompts::Told) -> Self {
        Self {
            no: told.no,
            code: told.code,
            message: told.code.text(),
            node: told.node,
            at_ms: told.at_ms,
        }
    }
}

/// Who wants it recorded.
pub fn why(basis: RecordingBasis) -> Text {
    match basis {
        RecordingBasis::Law => Text::new(
            "法规要求当面签约的个人贷款录音录像（个人贷款管理办法第二十六条）。",
            "The law asks that personal loans signed face to face are recorded (个人贷款管理办法, art. 26).",
        ),
        RecordingBasis::Policy => Text::new(
            "法规没有强制要求；这是贷款机构为保护您自己定的规矩：证明是您本人、自愿、知道全部费用。",
            "No law compels this. It is the lender's own rule, for your protection: it proves that it was you, of your own will, knowing every cost.",
        ),
    }
}

impl Reason {
    /// With its words.
    pub fn view(self) -> ReasonView {
        ReasonView {
            code: self,
            message: self.text(),
        }
    }

    /// How long a phone speaks that, ms, from when it is told at the latest.
    pub fn spoken_ms(self) -> i64 {
        const BEGINS_MS: i64 = 1_500;
        const CHARACTER_MS: i64 = 250;
        let characters = self.text().zh.chars().count();
        BEGINS_MS + CHARACTER_MS * i64::try_from(characters).unwrap_or(0)
    }

    /// What the person is told.
    pub fn text(self) -> Text {
        let (zh, en) = match self {
            Self::FaceLost => (
                "看不清您的脸，请正对镜头",
                "Your face was lost. Look straight at the camera",
            ),
            Self::SecondFace => (
                "画面里还有别人，请独自录制",
                "Somebody else is in the picture. Please be alone",
            ),
            Self::OtherFace => ("与开始时不是同一个人", "This isn't the person who began"),
            Self::ActNotDone => (
                "没有看到要求的动作，请慢一点再做一次",
                "The act was not seen. Do it once more, slowly",
            ),
            Self::DigitsWrong => (
                "没有听清四位数字，请一个一个读",
                "The digits were not understood. Read them one by one",
            ),
            Self::AnswerWrong => (
                "您的回答与要求不符",
                "Your answer is not the one that is needed",
            ),
            Self::AnswerUnclear => (
                "没有听清，请靠近手机再说一遍",
                "That was not understood. Come closer and say it once more",
            ),
            Self::Silence => (
                "没有听到声音，请大声一点",
                "Nothing was heard. Speak up, please",
            ),
            Self::OtherVoice => (
                "声音与开始时不同，请本人回答",
                "The voice isn't the one that began. Answer yourself, please",
            ),
            Self::SchemeWords => (
                "听到了常见骗局里的说法，会有人工与您核实；验证码不要告诉任何人",
                "Words of a common fraud were heard, and a colleague will ask you about it. Tell nobody any code",
            ),
            Self::StillPicture => (
                "画面不动，请本人面对镜头",
                "The picture doesn't move. Be before the camera yourself",
            ),
            Self::NoSound => (
                "录像里没有声音，请检查麦克风",
                "The recording has no sound. Check the microphone",
            ),
            Self::ClockJumped => (
                "手机时间跳动，请再答一次",
                "The phone's clock jumped. Answer once more",
            ),
            Self::NotPerformed => (
                "机器没能检查，由人工查看",
                "Machines could not check this; a colleague looks at it",
            ),
            Self::NoConsent => (
                "您没有同意比对人脸和声音，由人工查看",
                "You didn't agree to comparing face and voice; a colleague looks at it",
            ),
            Self::MediaBroken => (
                "这段录像打不开，请再录一次",
                "This part can't be played. Record it once more",
            ),
            Self::Prompted => (
                "听到有别人在说话，请自己回答；会有人工与您核实",
                "Somebody else was heard speaking. Answer yourself, please; a colleague will ask you about it",
            ),
            Self::CardUnreadable => (
                "看不清身份证上的字，请拿稳、避开反光再拍一次",
                "The card could not be read. Hold it still and out of the glare, once more",
            ),
            Self::CardOtherPerson => (
                "身份证上的姓名或号码与申请人不符",
                "Name or number on the card isn't the applicant's",
            ),
            Self::CardFaceDiffers => (
                "身份证照片与本人不像，会由人工核对",
                "The card's photo doesn't clearly show you; a colleague compares them",
            ),
            Self::CardExpired => (
                "身份证已过有效期，会由人工与您联系",
                "The card has run out; a colleague will ask you about it",
            ),
            Self::CodeSaid => (
                "验证码不要告诉任何人，工作人员也不会要",
                "Never tell anybody a code; staff never ask for one",
            ),
        };
        Text::new(zh, en)
    }
}
