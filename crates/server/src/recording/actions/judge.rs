//! What machines found in a recording, kept and sworn to.

use serde_json::{Value, json};
use zeroize::Zeroizing;

use super::opening::film;
use super::{heard_name, record, written_name};
use crate::ctx::Ctx;
use crate::error::{Error, Result};
use crate::id::InstitutionId;
use crate::ledger::{self, Changed, Seat, Tx};
use crate::recording::Senses;
use crate::recording::examine::{
    self, Asked, Biometrics, Check, Enrolled, Examined, Outcome, Sense,
};
use crate::recording::facts;
use crate::recording::model::{
    Call, Reason, Recording, RecordingId, State, Try, TryState, ended, settled, spent,
};
use crate::recording::scratch::Scratch;
use crate::recording::script::Line;
use crate::recording::store::{self, segments, tries};
use crate::vault::{self, Purpose};

/// How far a film's own time may run ahead of the recorder's clock.
const MARGIN_MS: i64 = 500;

/// One try with everything that it is held against, out of the vault.
pub struct TakenOut {
    pub case: String,
    pub line: Line,
    pub tried: Try,
    /// The segment up to the node's end.
    pub media: Zeroizing<Vec<u8>>,
    pub written: Option<Zeroizing<Vec<u8>>>,
    pub enrolled: Option<Enrolled>,
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
    // The keys' owner is locked no longer than this.
    ledger::commit_recorded(tx).await?;
    let media = film(ctx, &seat, &open, &chunks).await?;
    Ok(Some(TakenOut {
        case: recording.case,
        line,
        tried,
        media,
        written,
        enrolled,
    }))
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
    recording.sampled |= examined.checks.iter().any(is_noted);
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
    tried[place] = one;
    let lines = recording.lines()?.len();
    if recording.state == State::Running {
        settle(tx, &mut recording, settled(lines, &tried)).await?;
    }
    store::save(tx, &recording).await?;
    Ok(Changed::Yes)
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
    recording.state = state;
    recording.call = call;
    recording.ended_at_ms = Some(tx.now_ms());
    if let Some(reason) = call {
        let fact = facts::PersonCalled {
            recording: recording.id.as_str(),
            reason,
        };
        return record(tx, recording, &fact);
    }
    let fact = facts::Passed {
        recording: recording.id.as_str(),
        terms_digest: &recording.terms_digest,
        script_digest: &recording.script_digest,
        sampled: recording.sampled,
    };
    record(tx, recording, &fact)
}

fn line_of(recording: &Recording, one: &Try) -> Result<Line> {
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
fn enrolled_name(recording: &RecordingId) -> String {
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
        from_s: seconds(taken.tried.from_ms - MARGIN_MS),
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
        biometrics,
        enrolled: taken.enrolled.clone(),
    };
    let film = Scratch::keep(ctx, &taken.media)?;
    let senses = Senses::new(&ctx.config.recording);
    let examined = examine::examine(&senses, film.path.clone(), asked).await;
    examined.map_err(|busy| Error::Internal(Box::new(busy)))
}
