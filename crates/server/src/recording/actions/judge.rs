//! What machines found in a recording, kept and sworn to.

use perception::media::Part;
use perception::print::Day;
use serde_json::{Value, json};
use zeroize::Zeroizing;

use super::correct::{corrected, due};
use super::opening::film;
use super::{heard_name, record, written_name};
use crate::clock;
use crate::ctx::Ctx;
use crate::db::Read;
use crate::error::{Error, Result};
use crate::id::InstitutionId;
use crate::ledger::{self, Changed, Seat, Tx};
use crate::product::NodeKind;
use crate::recording::Senses;
use crate::recording::examine::{
    self, Asked, Biometrics, Check, Enrolled, Examined, Outcome, Owner, Sense,
};
use crate::recording::facts;
use crate::recording::model::{
    Call, Mode, Reason, Recording, RecordingId, State, Try, TryState, ended, settled, spent,
};
use crate::recording::retention::forget_templates;
use crate::recording::scratch::Scratch;
use crate::recording::script::Line;
use crate::recording::store::{self, prompts, segments, signals, tries};
use crate::vault::{self, ItemKind, Purpose};

/// How far a film's own time may run ahead of the recorder's clock.
const MARGIN_MS: i64 = 500;
/// Prompts among which those of one try are looked for.
const PROMPTS_READ: i64 = 100;

/// One try with everything that it is held against, out of the vault.
pub struct TakenOut {
    pub case: String,
    pub line: Line,
    pub tried: Try,
    /// The segment up to the node's end.
    pub media: Zeroizing<Vec<u8>>,
    pub written: Option<Zeroizing<Vec<u8>>>,
    /// When the phone itself told the person something, ms of the segment.
    pub prompted: Vec<(i64, i64)>,
    pub enrolled: Option<Enrolled>,
    /// Whose card is to be seen.
    pub owner: Option<Owner>,
}

/// Opens what was received of the next try that waits; none when none does. The opening is a fact.
pub async fn taken_out(
    ctx: &Ctx,
    institution: &InstitutionId,
    id: &RecordingId,
) -> Result<Option<TakenOut>> {
    let seat = Seat::system(institution, "recording");
    let mut tx = ledger::begin(ctx, &seat).await?;
    let recording = store::find(&tx, id).await?;
    let tried = tries::list(&tx, id).await?;
    let waits = |one: &Try| one.state == TryState::Checking;
    let Some(tried) = tried.into_iter().find(waits) else {
        return Ok(None);
    };
    let line = line_of(&recording, &tried)?;
    let chunks = segments::chunks(&tx, id, tried.segment, tried.chunks.unwrap_or(0)).await?;
    let open = vault::open_parts(
        &mut tx,
        &recording.subject,
        id.as_str(),
        Purpose::CheckRecording,
    )
    .await?;
    let enrolled = match &recording.enrolled {
        Some(sealed) => {
            let plain = open.part(&enrolled_name(id), sealed)?;
            Some(serde_json::from_slice(&plain)?)
        }
        None => None,
    };
    let written = match &tried.written {
        Some(sealed) => Some(open.part(&written_name(&tried, id), sealed)?),
        None => None,
    };
    let prompted = match recording.mode {
        Mode::SelfService => prompted(&tx, &tried).await?,
        // Where a colleague leads, the phone shows what it tells and says none of it.
        Mode::Remote => Vec::new(),
    };
    let owner = match line.kind {
        NodeKind::Card => Some(owner(&mut tx, &recording).await?),
        NodeKind::Challenge | NodeKind::Answer | NodeKind::ReadAloud | NodeKind::Told => None,
    };
    // The keys' owner is locked no longer than this.
    ledger::commit_recorded(tx).await?;
    let media = film(ctx, &seat, &open, &chunks).await?;
    Ok(Some(TakenOut {
        case: recording.case,
        line,
        tried,
        media,
        written,
        prompted,
        enrolled,
        owner,
    }))
}

/// What is known of whoever should hold their card into the camera; opened for that alone, each a fact.
async fn owner(tx: &mut Tx, recording: &Recording) -> Result<Owner> {
    let today = clock::civil_date(tx.now_ms());
    let purpose = Purpose::CheckRecording;
    let (subject, case) = (&recording.subject, recording.case.as_str());
    Ok(Owner {
        name: vault::open(tx, subject, case, ItemKind::Name, purpose).await?,
        number: vault::open(tx, subject, case, ItemKind::IdNumber, purpose).await?,
        today: Day {
            year: today.year().unsigned_abs(),
            month: today.month().unsigned_abs(),
            day: today.day().unsigned_abs(),
        },
    })
}

/// When the phone told the person something at a try: from the moment it was kept until it can't be speaking any more.
async fn prompted(view: &impl Read, tried: &Try) -> Result<Vec<(i64, i64)>> {
    let all = segments::list(view, &tried.recording).await?;
    let Some(segment) = all.into_iter().find(|one| one.no == tried.segment) else {
        return Ok(Vec::new());
    };
    let told = prompts::newest(view, &tried.recording, PROMPTS_READ).await?;
    // What is told of another try is shown, and spoken once nothing is answered.
    let within = |told: &&prompts::Told| {
        (told.node, told.attempt) == (tried.node, tried.no)
            && tried.ended_at_ms.is_none_or(|end| told.at_ms <= end)
    };
    let spoken = told.iter().filter(within).map(|told| {
        let from_ms = told.at_ms - segment.begun_at_ms;
        (from_ms, from_ms + told.code.spoken_ms())
    });
    Ok(spoken.collect())
}

/// Keeps what was found of a try, and ends the recording where that is the end.
pub async fn judged(tx: &mut Tx, one: &Try, examined: &Examined) -> Result<Changed> {
    let mut recording = store::lock(tx, &one.recording).await?;
    let mut tried = tries::list(tx, &recording.id).await?;
    let place = tried
        .iter()
        .position(|other| (other.node, other.no) == (one.node, one.no))
        .ok_or_else(|| Error::internal("a try that went away"))?;
    if tried[place].state != TryState::Checking {
        return Ok(Changed::No);
    }
    let now_ms = tx.now_ms();
    let mut one = tried[place].clone();
    let line = line_of(&recording, &one)?;
    one.reasons.extend(reasons(&examined.checks));
    let mut seen = Vec::new();
    one.reasons.retain(|reason| {
        let first = !seen.contains(reason);
        seen.push(*reason);
        first
    });
    let verdict = Reason::verdict(&one.reasons, line.on_wrong);
    one.state = ended(verdict, &line, spent(one.node, &tried));
    let checks: Value = examined.checks.iter().map(sworn).collect();
    one.checks = Some(serde_json::to_string(&checks)?);
    one.judged_at_ms = Some(now_ms);
    // Two voices come near to each other in short pieces, so it is asked once more, and a colleague looks afterwards.
    let prompted = one.reasons.contains(&Reason::Prompted);
    recording.sampled |= prompted || examined.checks.iter().any(is_noted);
    if let Some(heard) = &examined.heard {
        let name = heard_name(&one, &recording.id);
        let sealed = vault::seal_file(tx, &recording.subject, &name, heard.as_bytes()).await?;
        one.heard = Some(sealed);
    }
    if let Some(enrolled) = &examined.enrolled {
        let plain = Zeroizing::new(serde_json::to_vec(enrolled)?);
        let name = enrolled_name(&recording.id);
        let sealed = vault::seal_file(tx, &recording.subject, &name, &plain).await?;
        recording.enrolled = Some(sealed);
    }
    tries::save(tx, &one).await?;
    let fact = facts::Judged {
        recording: recording.id.as_str(),
        node: &line.code,
        attempt: one.no,
        state: one.state,
        reasons: &one.reasons,
        checks: &checks,
    };
    record(tx, &recording, &fact)?;
    tell(tx, &one, &examined.noticed).await?;
    tried[place] = one;
    if recording.state == State::Running {
        let due = due(tx, &recording).await?;
        settle(tx, &mut recording, settled(&due, &tried)).await?;
    }
    if !recording.compares() {
        forget_templates(tx, &mut recording)?;
    }
    store::save(tx, &recording).await?;
    Ok(Changed::Yes)
}

/// Tells what was found, and what was only noticed; what was told while the try went on is not told twice.
async fn tell(tx: &mut Tx, one: &Try, noticed: &[&'static str]) -> Result<()> {
    let before = prompts::newest(tx, &one.recording, PROMPTS_READ).await?;
    let told = |code: Reason| {
        let mut of_try = before
            .iter()
            .filter(|told| (told.node, told.attempt) == (one.node, one.no));
        of_try.any(|told| told.code == code)
    };
    let noticed = noticed.iter().filter_map(|code| Reason::parse(code));
    let now_ms = tx.now_ms();
    for code in one.reasons.iter().copied().chain(noticed) {
        if !told(code) {
            prompts::add(tx, one, code, now_ms).await?;
        }
    }
    Ok(())
}

/// What all nodes come to, where they come to anything.
async fn settle(
    tx: &mut Tx,
    recording: &mut Recording,
    end: Option<(State, Option<Call>)>,
) -> Result<()> {
    let Some((state, call)) = end else {
        return Ok(());
    };
    for segment in segments::list(tx, &recording.id).await? {
        super::swear(tx, recording, &segment).await?;
    }
    signals::clear(tx, &recording.id).await?;
    recording.state = state;
    recording.call = call;
    recording.ended_at_ms = Some(tx.now_ms());
    if let Some(reason) = call {
        let fact = facts::PersonCalled {
            recording: recording.id.as_str(),
            reason,
            noticed_in: None,
        };
        return record(tx, recording, &fact);
    }
    let fact = facts::Passed {
        recording: recording.id.as_str(),
        terms_digest: &recording.terms_digest,
        script_digest: &recording.script_digest,
        sampled: recording.sampled,
    };
    record(tx, recording, &fact)?;
    corrected(tx, recording).await
}

/// What was asked at a try.
pub fn line_of(recording: &Recording, one: &Try) -> Result<Line> {
    let lines = recording.lines()?;
    let line = usize::try_from(one.node - 1)
        .ok()
        .and_then(|i| lines.into_iter().nth(i));
    line.ok_or_else(|| Error::internal("a try of no node"))
}

/// A voice that can't be told by a short answer: the node stands, and a colleague looks at the recording afterwards.
fn is_noted(check: &Check) -> bool {
    (check.sense, check.outcome) == (Sense::SameVoice, Outcome::Unsure)
}

/// Reasons of the checks that were not passed.
fn reasons(checks: &[Check]) -> Vec<Reason> {
    let missed = checks
        .iter()
        .filter(|check| check.outcome != Outcome::Passed && !is_noted(check));
    // What has no words of its own is as if nobody had looked.
    let reason = |code| Reason::parse(code).unwrap_or(Reason::NotPerformed);
    missed
        .map(|check| check.code.map_or(Reason::NotPerformed, reason))
        .collect()
}

fn sworn(check: &Check) -> Value {
    json!({
        "sense": check.sense,
        "outcome": check.outcome,
        "code": check.code,
        "score_ppm": check.score_ppm,
        "threshold_ppm": check.threshold_ppm,
        "at_ms": check.at_ms,
    })
}

/// What the templates of a recording are sealed under.
pub fn enrolled_name(recording: &RecordingId) -> String {
    format!("{recording}/enrolled")
}

/// Has machines look at what was taken out.
pub async fn examined(ctx: &Ctx, taken: &TakenOut, biometrics: Biometrics) -> Result<Examined> {
    let seconds = |ms: i64| ms as f32 / 1_000.0;
    let challenge = taken.tried.challenge.clone();
    let (digits, acts) = challenge.map(|drawn| (drawn.digits, drawn.acts)).unzip();
    let written = match &taken.written {
        Some(bytes) => Some(std::str::from_utf8(bytes).map_err(|e| Error::Internal(Box::new(e)))?),
        None => None,
    };
    let asked = Asked {
        from_s: seconds((taken.tried.from_ms - MARGIN_MS).max(0)),
        until_s: seconds(taken.tried.until_ms.unwrap_or(taken.tried.from_ms) + MARGIN_MS),
        kind: taken.line.kind,
        digits,
        acts: acts
            .unwrap_or_default()
            .into_iter()
            .map(Into::into)
            .collect(),
        expects: taken.line.expects.clone(),
        against: taken.line.against.clone(),
        written: written.map(str::to_owned),
        prompted: taken
            .prompted
            .iter()
            .map(|&(from_ms, until_ms)| Part {
                from_s: seconds(from_ms),
                until_s: seconds(until_ms),
            })
            .collect(),
        biometrics,
        enrolled: taken.enrolled.clone(),
        owner: taken.owner.clone(),
    };
    let film = Scratch::keep(ctx, &taken.media)?;
    let senses = Senses::new(&ctx.config.recording);
    let examined = examine::examine(&senses, film.path.clone(), asked).await;
    examined.map_err(|busy| Error::Internal(Box::new(busy)))
}
