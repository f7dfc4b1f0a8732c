//! Verbs, inside the journey's transaction.

mod correct;
mod judge;
mod leading;
mod opening;
mod person;

use proof::digest::sha256;
use proof::hex;

pub use correct::{Lapse, correction_of, due};
pub use judge::{TakenOut, enrolled_name, examined, judged, line_of, taken_out};
pub use leading::{
    CalledOff, Leading, call_off, hand_over, lead, leave, start_agent_segment, take_lead, tend,
};
pub use opening::{Transcript, film, opened, played};
pub use person::{Said, call_person, end, give_up, reviewed};

use super::chain;
use super::facts;
use super::jobs::Watch;
use super::model::{
    BEGUN_MAX, CHUNKS_MAX, Challenge, Clock, Media, Mode, RECORDINGS_MAX, Reason, Recording,
    RecordingId, SEGMENTS_MAX, Segment, Side, State, Try, TryState, at, hangs, mark, until,
};
use super::refusal::Refused;
use super::retention::EraseDue;
use super::room::Room;
use super::script;
use super::store::{self, segments, tries};
use crate::disclosure::{self, Audience};
use crate::error::{Error, Result};
use crate::ledger::{Changed, Fact, Sworn, Tx};
use crate::product::{self, NodeKind, RecordingBasis};
use crate::vault::{self, Basis, ItemKind, Purpose, SubjectId};

/// Longest answer in writing, characters.
const WRITTEN_CHARS: std::ops::RangeInclusive<usize> = 1..=100;
/// So far the page's end of a led answer may lie from the colleague's, ms.
const LED_APART_MS: i64 = 3_000;
/// How long what was recorded may be looked at once it was begun: until everybody who must has, ms.
const LOOKED_AT_MS: i64 = 90 * 86_400_000;
/// How long it may be handed over as evidence, ms: what ends that is its erasure, or the end of the key.
const KEPT_MS: i64 = 36_525 * 86_400_000;

/// What the journey knows of whoever is recorded.
#[derive(Clone, Copy, Debug)]
pub struct Whom<'a> {
    pub case: &'a str,
    pub subject: &'a SubjectId,
    pub audience: Audience,
    pub definition: &'a product::Recording,
    pub room: Room,
}

/// Begins a recording about the confirmed sheet, or goes on with the one that runs.
pub async fn begin(tx: &mut Tx, whom: Whom<'_>, mode: Mode) -> Result<Changed> {
    let sheet = disclosure::find(tx, whom.case).await?;
    let sheet = sheet.filter(|sheet| sheet.progress.confirmed_at_ms.is_some());
    let shown = sheet.ok_or(Refused::NotRead)?.shown()?;
    let script = script::lines(&whom.definition.script, &shown.sheet);
    let script = proof::canonical::to_vec(&script)?;
    let script_digest = hex::encode(&sha256(&script));
    let mut corrects = None;
    let governing = store::governing(tx, whom.case).await?;
    if governing.is_some_and(|one| one.is_held()) {
        return Ok(Changed::No);
    }
    if let Some(newest) = store::lock_newest(tx, whom.case).await? {
        let same =
            newest.terms_digest == shown.terms_digest && newest.script_digest == script_digest;
        let same_way = newest.mode == mode;
        // What an answer or a check left to a person isn't talked away by another way of recording.
        let left = newest.call.is_some_and(|call| !call.is_wish())
            || hangs(&tries::list(tx, &newest.id).await?);
        match newest.state {
            State::Running if same && same_way => return Ok(Changed::No),
            State::Running if same => {
                let earlier = newest.clone();
                if give_up(tx, newest, "other_way").await? == State::NeedsPerson {
                    return Ok(Changed::Yes);
                }
                corrects = correct::goes_on(tx, &earlier).await?;
            }
            State::Running => end(tx, newest, "other_terms").await?,
            State::Passed if same => return Ok(Changed::No),
            State::NeedsPerson if same && (same_way || left) => return Ok(Changed::No),
            State::NeedsPerson | State::Ended if same => {
                corrects = correct::goes_on(tx, &newest).await?;
            }
            State::Passed | State::NeedsPerson | State::Ended => {}
        }
    }
    match whom.room {
        Room::Unneeded => {}
        Room::Low => return Err(Refused::DiskLow.into()),
        Room::Enough => may_begin(tx, whom.case, mode).await?,
    }
    let now_ms = tx.now_ms();
    let recording = Recording {
        id: RecordingId::fresh(now_ms, &tx.ctx().random),
        case: whom.case.to_owned(),
        subject: whom.subject.clone(),
        mode,
        state: State::Running,
        call: None,
        noticed_in: None,
        terms_digest: shown.terms_digest,
        script,
        script_digest,
        enrolled: None,
        begun_at_ms: now_ms,
        seen_at_ms: now_ms,
        ended_at_ms: None,
        sampled: sampled(tx, whom),
        reviewed_at_ms: None,
        revision: 1,
        version: 1,
    };
    store::insert(tx, &recording).await?;
    let basis = match whom.definition.basis {
        RecordingBasis::Law => Basis::LegalDuty,
        RecordingBasis::Policy => Basis::Contract,
    };
    let name = [ItemKind::Name];
    let print = [ItemKind::Name, ItemKind::IdNumber];
    let grants: [(Purpose, &[ItemKind], i64); 2] = [
        (Purpose::CheckRecording, &print, LOOKED_AT_MS),
        (Purpose::KeepRecording, &name, KEPT_MS),
    ];
    for (purpose, items, for_ms) in grants {
        vault::grant(tx, whom.subject, purpose, items, basis, now_ms + for_ms).await?;
    }
    let nodes = match &mut corrects {
        Some(correction) => correct::takes_over(tx, correction, &recording).await?,
        None => Vec::new(),
    };
    let begun = facts::Begun {
        recording: recording.id.as_str(),
        mode,
        script_digest: &recording.script_digest,
        terms_digest: &recording.terms_digest,
        corrects: corrects.as_ref().map(|one| one.of.as_str()),
        nodes,
    };
    record(tx, &recording, &begun)?;
    Watch::later(tx, &recording.id).await?;
    EraseDue::tomorrow(tx).await?;
    if mode == Mode::Remote {
        leading::wait(tx, &recording).await?;
    }
    Ok(Changed::Yes)
}

/// The page's recorder starts: another segment.
pub async fn start_segment(tx: &mut Tx, case: &str, media: Media) -> Result<()> {
    let mut recording = running(tx, case).await?;
    if recording.mode == Mode::Remote {
        let lead = store::leads::find(tx, &recording.id).await?;
        // Who waits for the first colleague takes no place on the disk.
        lead.filter(|lead| lead.turn > 0).ok_or(Refused::NotLed)?;
    }
    let segment = another_segment(tx, &recording, None, media).await?;
    // What was under way in an earlier segment can't be ended there any more.
    for mut one in tries::list(tx, &recording.id).await? {
        if one.state == TryState::Open {
            one.state = TryState::Again;
            tries::save(tx, &one).await?;
        }
    }
    recording.seen_at_ms = tx.now_ms();
    store::save(tx, &recording).await?;
    begun_segment(tx, &recording, &segment)
}

/// Another segment of a side; numbers go through both sides.
async fn another_segment(
    tx: &mut Tx,
    recording: &Recording,
    agent: Option<&str>,
    media: Media,
) -> Result<Segment> {
    let earlier = segments::list(tx, &recording.id).await?;
    let no = i64::try_from(earlier.len())? + 1;
    let own = earlier
        .iter()
        .filter(|one| one.agent.is_some() == agent.is_some());
    if i64::try_from(own.count())? >= SEGMENTS_MAX {
        return Err(Refused::SegmentsTooMany.into());
    }
    let segment = Segment {
        head: chain::first(&recording.id, no),
        recording: recording.id.clone(),
        no,
        agent: agent.map(str::to_owned),
        media,
        chunks: 0,
        bytes: 0,
        sworn: 0,
        begun_at_ms: tx.now_ms(),
    };
    segments::insert(tx, &segment).await?;
    Ok(segment)
}

fn begun_segment(tx: &mut Tx, recording: &Recording, segment: &Segment) -> Result<()> {
    let begun = facts::SegmentBegun {
        recording: recording.id.as_str(),
        segment: segment.no,
        media: segment.media.as_str(),
        side: sworn_side(segment),
    };
    record(tx, recording, &begun)
}

/// The person's own side goes without saying.
fn sworn_side(segment: &Segment) -> Option<Side> {
    Some(segment.side()).filter(|side| *side == Side::Agent)
}

/// A node of the script is asked: what is drawn for it is drawn now.
pub async fn open_node(
    tx: &mut Tx,
    case: &str,
    node: i64,
    segment: i64,
    at_ms: i64,
) -> Result<Changed> {
    let recording = running(tx, case).await?;
    recording.must_be(Mode::SelfService)?;
    let segment = newest_segment(tx, &recording, segment).await?;
    ask(tx, recording, node, segment, at_ms).await
}

/// Asks a node that is due, at a moment of a segment.
async fn ask(
    tx: &mut Tx,
    mut recording: Recording,
    node: i64,
    segment: Segment,
    at_ms: i64,
) -> Result<Changed> {
    let lines = recording.lines()?;
    let tried = tries::list(tx, &recording.id).await?;
    let open = |one: &Try| one.node == node && one.state == TryState::Open;
    if tried.iter().any(open) {
        return Ok(Changed::No);
    }
    if at(&due(tx, &recording).await?, &tried) != Some(node) {
        return Err(Refused::NotThisNode.into());
    }
    let line = usize::try_from(node - 1).ok().and_then(|i| lines.get(i));
    let line = line.ok_or(Refused::NotThisNode)?;
    let now_ms = tx.now_ms();
    let (from_ms, clock) = mark(at_ms, now_ms - segment.begun_at_ms);
    let challenge = match line.kind {
        NodeKind::Challenge => Some(Challenge::drawn(tx.ctx().random.bytes())),
        NodeKind::Answer | NodeKind::ReadAloud | NodeKind::Told | NodeKind::Card => None,
    };
    let earlier = tried.iter().filter(|one| one.node == node).count();
    let one = Try {
        recording: recording.id.clone(),
        node,
        no: i64::try_from(earlier)? + 1,
        state: TryState::Open,
        segment: segment.no,
        from_ms: from_ms.max(0),
        until_ms: None,
        chunks: None,
        challenge,
        written: None,
        heard: None,
        reasons: jumped(clock),
        checks: None,
        opened_at_ms: now_ms,
        ended_at_ms: None,
        judged_at_ms: None,
    };
    tries::insert(tx, &one).await?;
    recording.seen_at_ms = now_ms;
    store::save(tx, &recording).await?;
    let asked = facts::Asked {
        recording: recording.id.as_str(),
        node: &line.code,
        attempt: one.no,
        segment: segment.no,
        from_ms: one.from_ms,
        challenge: one.challenge.as_ref(),
    };
    record(tx, &recording, &asked)?;
    Ok(Changed::Yes)
}

/// How the person says that they answered.
pub struct Ending<'a> {
    pub segment: i64,
    /// Where the answer ends, ms of the segment.
    pub until_ms: i64,
    /// How many chunks of the segment hold it.
    pub chunks: i64,
    pub written: Option<&'a str>,
}

/// A node was answered; answers which recording is to be looked at, where it wasn't known before.
pub async fn end_node(
    tx: &mut Tx,
    case: &str,
    node: i64,
    ending: Ending<'_>,
) -> Result<Option<RecordingId>> {
    let mut recording = running(tx, case).await?;
    let tried = tries::list(tx, &recording.id).await?;
    let newest = tried.into_iter().rev().find(|one| one.node == node);
    let mut one = newest.ok_or(Refused::NodeNotOpen)?;
    match one.state {
        // Where a colleague leads, they end the node; the page hands in what it recorded.
        TryState::Open if recording.mode == Mode::Remote && one.until_ms.is_none() => {
            return Err(Refused::AgentLeads.into());
        }
        TryState::Open if one.segment == ending.segment => {}
        TryState::Checking => return Ok(None),
        _ => return Err(Refused::NodeNotOpen.into()),
    }
    let segment = newest_segment(tx, &recording, ending.segment).await?;
    if !(1..=CHUNKS_MAX).contains(&ending.chunks) {
        return Err(Refused::MarksWrong.into());
    }
    if segment.chunks < ending.chunks {
        return Err(Refused::ChunksMissing.into());
    }
    let now_ms = tx.now_ms();
    let (until_ms, clock) = until(ending.until_ms, now_ms - segment.begun_at_ms);
    // Where a colleague ended it, the page only says it in its own clock.
    let until_ms = match one.until_ms {
        Some(led) => until_ms.clamp(led - LED_APART_MS, led + LED_APART_MS),
        None => until_ms,
    };
    if until_ms <= one.from_ms {
        return Err(Refused::MarksWrong.into());
    }
    let lines = recording.lines()?;
    let line = usize::try_from(node - 1).ok().and_then(|i| lines.get(i));
    let line = line.ok_or(Refused::NotThisNode)?;
    if let Some(words) = ending.written {
        let words = words.trim();
        if !WRITTEN_CHARS.contains(&words.chars().count()) || words.chars().any(char::is_control) {
            return Err(Refused::WrittenLength.into());
        }
        let name = written_name(&one, &recording.id);
        let sealed = vault::seal_file(tx, &recording.subject, &name, words.as_bytes()).await?;
        one.written = Some(sealed);
    }
    one.state = TryState::Checking;
    one.until_ms = Some(until_ms);
    one.chunks = Some(segment.chunks);
    one.ended_at_ms = Some(now_ms);
    one.reasons.extend(jumped(clock));
    one.reasons.dedup();
    tries::save(tx, &one).await?;
    recording.seen_at_ms = now_ms;
    store::save(tx, &recording).await?;
    let answered = facts::Answered {
        recording: recording.id.as_str(),
        node: &line.code,
        attempt: one.no,
        segment: segment.no,
        until_ms,
        by: match one.written {
            Some(_) => "writing",
            None => "speech",
        },
    };
    record(tx, &recording, &answered)?;
    swear(tx, &recording, &segment).await?;
    Ok(Some(recording.id))
}

/// Refuses one recording too many, of a case or at this moment; whoever waits for a colleague takes no place yet.
async fn may_begin(tx: &Tx, case: &str, mode: Mode) -> Result<()> {
    let (recorded, begun) = store::counts(tx, case).await?;
    if recorded >= RECORDINGS_MAX || begun >= BEGUN_MAX {
        return Err(Refused::TooOften.into());
    }
    match mode {
        Mode::SelfService => may_run(tx).await,
        Mode::Remote => Ok(()),
    }
}

/// Refuses one recording too many at this moment.
async fn may_run(tx: &Tx) -> Result<()> {
    if store::running(tx).await? >= tx.ctx().config.recording.running_max {
        return Err(Refused::Full.into());
    }
    Ok(())
}

/// Whether a person looks at it even if every check is passed: by lot, which nobody learns before the end.
fn sampled(tx: &Tx, whom: Whom<'_>) -> bool {
    let share = match whom.audience {
        Audience::Standard => whom.definition.reviewed_percent.standard,
        Audience::Elder => whom.definition.reviewed_percent.elder,
    };
    let [high, low] = tx.ctx().random.bytes();
    u16::from_be_bytes([high, low]) % 100 < u16::from(share)
}

fn jumped(clock: Clock) -> Vec<Reason> {
    match clock {
        Clock::Right => Vec::new(),
        Clock::Jumped => vec![Reason::ClockJumped],
    }
}

/// Swears to what came of a segment since it was last sworn to.
pub async fn swear(tx: &mut Tx, recording: &Recording, segment: &Segment) -> Result<()> {
    if segment.chunks == segment.sworn {
        return Ok(());
    }
    segments::sworn(tx, segment).await?;
    let received = facts::Received {
        recording: recording.id.as_str(),
        segment: segment.no,
        media: segment.media.as_str(),
        chunks: segment.chunks,
        bytes: segment.bytes,
        head: &hex::encode(&segment.head),
        side: sworn_side(segment),
    };
    record(tx, recording, &received)
}

/// The case's newest recording, locked, while it runs.
async fn running(tx: &Tx, case: &str) -> Result<Recording> {
    let newest = store::lock_newest(tx, case).await?;
    let recording = newest.ok_or(Refused::NotBegun)?;
    recording.must_run()?;
    Ok(recording)
}

/// The page records in one segment at a time, the newest; locked.
async fn newest_segment(tx: &Tx, recording: &Recording, no: i64) -> Result<Segment> {
    let newest = segments::newest_of_person(tx, &recording.id).await?;
    if newest.map(|one| one.no) != Some(no) {
        return Err(Refused::SegmentUnknown.into());
    }
    let locked = segments::lock(tx, &recording.id, no).await?;
    locked.ok_or_else(|| Error::internal("a segment that went away"))
}

/// What an answer in writing is sealed under.
fn written_name(one: &Try, recording: &RecordingId) -> String {
    format!("{recording}/written/{}/{}", one.node, one.no)
}

/// What the words that were heard are sealed under.
fn heard_name(one: &Try, recording: &RecordingId) -> String {
    format!("{recording}/heard/{}/{}", one.node, one.no)
}

fn record<S: Sworn>(tx: &mut Tx, recording: &Recording, sworn: &S) -> Result<()> {
    tx.record(Fact::of(&recording.case, sworn)?.about(&recording.subject));
    Ok(())
}
