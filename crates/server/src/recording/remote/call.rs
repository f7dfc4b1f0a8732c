//! What the two pages of a led recording see of each other, and what they tell each other.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::jobs::tend;
use super::model::{Again, Fate, HERE_MS, Lead, Over, Patience, QUEUE_MAX, SignalKind};
use super::turn::{self, IceServer};
use crate::access;
use crate::clock;
use crate::ctx::Ctx;
use crate::db::Read;
use crate::error::{Error, Result};
use crate::id::InstitutionId;
use crate::recording::RecordingId;
use crate::recording::model::{Call, Mode, Recording, Side, State};
use crate::recording::refusal::Refused;
use crate::recording::store::signals::Signal;
use crate::recording::store::{self, desk, leads, signals};
use crate::recording::view::{self, OneView};

/// Longest message between the pages, bytes: a description of many tracks and networks.
const SIGNAL_BYTES_MAX: usize = 16_384;
/// Who listens looks so often, and so many times.
const LOOK: Duration = Duration::from_millis(250);
const LOOKS: u32 = 20;
/// A page that listens is noted no more often than this, ms.
const NOTED_MS: i64 = 2_000;

/// How a led recording stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = RecordingCallState)]
pub enum CallState {
    Waiting,
    Led,
    Over,
}

/// A message of the other page.
#[derive(Clone, Debug, Serialize, utoipa::ToSchema)]
#[schema(as = RecordingSignal)]
pub struct SignalView {
    pub no: i64,
    pub kind: SignalKind,
    /// As the other page wrote it.
    pub body: String,
}

/// When somebody is at the desks.
#[derive(Clone, Copy, Debug, Serialize, utoipa::ToSchema)]
#[schema(as = RecordingDeskHours)]
pub struct Hours {
    pub opens: i64,
    pub closes: i64,
    /// Now.
    pub open: bool,
}

/// A led recording as either page sees it.
#[derive(Clone, Debug, Serialize, utoipa::ToSchema)]
#[schema(as = RecordingCallView)]
pub struct CallView {
    pub recording: String,
    pub state: CallState,
    /// Another one whenever something here or at the recording changed, messages apart.
    pub version: i64,
    /// Which lead it is, from 1; 0 before the first.
    pub turn: i64,
    /// Since when it is as it is.
    pub since_ms: i64,
    /// From 1, while waiting.
    pub place: Option<i64>,
    /// Colleagues at their desks.
    pub colleagues: i64,
    pub hours: Hours,
    /// Why they wait once more.
    pub again: Option<Again>,
    /// How it ended without a verdict.
    pub over: Option<Over>,
    /// Who leads, by name and badge.
    pub agent: Option<String>,
    /// The other page was seen just now.
    pub here: bool,
    /// Number of the last message of this call.
    pub signal: i64,
    /// What the other page said since the number that was asked for.
    pub signals: Vec<SignalView>,
    pub ice: Vec<IceServer>,
}

/// What a page knows already.
#[derive(Clone, Copy, Debug, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
pub struct Known {
    /// The version that the page has; 0 answers at once.
    #[serde(default)]
    pub after: i64,
    /// The last message that the page has of this turn; absent: only what comes from now on.
    #[serde(default)]
    pub signal: Option<i64>,
}

/// A led recording with its lead.
struct Led {
    recording: Recording,
    lead: Lead,
}

async fn led(read: &impl Read, id: &RecordingId) -> Result<Led> {
    let recording = store::find(read, id).await?;
    let lead = leads::find(read, id).await?.ok_or_else(Error::not_found)?;
    Ok(Led { recording, lead })
}

impl Led {
    fn version(&self) -> i64 {
        self.recording.revision + self.lead.version
    }

    fn state(&self) -> CallState {
        match (self.recording.state, &self.lead.agent) {
            (State::Running, None) => CallState::Waiting,
            (State::Running, Some(_)) => CallState::Led,
            _ => CallState::Over,
        }
    }

    fn here(&self, side: Side, now_ms: i64) -> bool {
        match side {
            Side::Person => self.lead.agent_is_here(now_ms),
            Side::Agent => self.lead.person_is_here(now_ms),
        }
    }
}

/// Whose newest recording is led; not found where none is.
pub async fn of_case(read: &impl Read, case: &str) -> Result<RecordingId> {
    let newest = store::newest(read, case).await?;
    let led = newest.filter(|one| one.mode == Mode::Remote);
    Ok(led.ok_or_else(Error::not_found)?.id)
}

/// The call at once.
pub async fn shown(
    ctx: &Ctx,
    institution: &InstitutionId,
    id: &RecordingId,
    side: Side,
    known: Known,
) -> Result<CallView> {
    let read = ctx.db.read(institution).await?;
    let led = led(&read, id).await?;
    view(ctx, &read, &led, side, known).await
}

async fn view(
    ctx: &Ctx,
    read: &impl Read,
    led: &Led,
    side: Side,
    known: Known,
) -> Result<CallView> {
    let now_ms = ctx.clock.now_ms();
    let Led { recording, lead } = led;
    let state = led.state();
    let said = match known.signal {
        Some(after) if state == CallState::Led => {
            signals::said_to(read, &recording.id, lead.turn, side, after).await?
        }
        _ => Vec::new(),
    };
    let agent = match &lead.agent {
        Some(staff) => Some(access::staff_label(read, staff).await?),
        None => None,
    };
    let place = match state {
        CallState::Waiting => place(read, &recording.id).await?,
        CallState::Led | CallState::Over => None,
    };
    let seated = desk::since(read, now_ms - HERE_MS).await?;
    let last = said.last().map(|one| one.no);
    Ok(CallView {
        recording: recording.id.to_string(),
        state,
        version: led.version(),
        turn: lead.turn,
        since_ms: lead.since_ms,
        place,
        colleagues: i64::try_from(seated.len())?,
        hours: hours(ctx, now_ms),
        again: lead.again,
        over: lead.over,
        agent,
        here: led.here(side, now_ms),
        // More may have been said than one answer holds.
        signal: last.unwrap_or(lead.signals),
        signals: said.into_iter().map(SignalView::from).collect(),
        ice: match state {
            CallState::Led => turn::servers(&ctx.config.recording.turn, now_ms),
            CallState::Waiting | CallState::Over => Vec::new(),
        },
    })
}

impl From<Signal> for SignalView {
    fn from(one: Signal) -> Self {
        Self {
            no: one.no,
            kind: one.kind,
            body: one.body,
        }
    }
}

async fn place(read: &impl Read, id: &RecordingId) -> Result<Option<i64>> {
    let all = leads::waiting(read, QUEUE_MAX).await?;
    let before = all.iter().position(|one| one.recording == *id);
    let before = before.map(i64::try_from).transpose()?;
    Ok(before.map(|before| before + 1))
}

fn hours(ctx: &Ctx, now_ms: i64) -> Hours {
    let config = &ctx.config.recording;
    let (opens, closes) = (config.desk_opens, config.desk_closes);
    let hour = i64::from(clock::civil(now_ms).hour());
    Hours {
        opens,
        closes,
        open: (opens..closes).contains(&hour),
    }
}

/// Answers as soon as something is new to a page, or after five seconds; that the page listens is noted.
pub async fn live(
    ctx: &Ctx,
    institution: &InstitutionId,
    id: &RecordingId,
    side: Side,
    known: Known,
) -> Result<CallView> {
    note(ctx, institution, id, side).await?;
    let mut here = None;
    for _ in 0..LOOKS {
        let read = ctx.db.read(institution).await?;
        let led = led(&read, id).await?;
        drop(read);
        let now_ms = ctx.clock.now_ms();
        if due(ctx, &led, now_ms) {
            tend(ctx, institution, id).await?;
            continue;
        }
        let seen = led.here(side, now_ms);
        let news = led.version() != known.after
            || *here.get_or_insert(seen) != seen
            || known.signal.is_some_and(|known| known < led.lead.signals);
        if news || led.state() == CallState::Over {
            break;
        }
        clock::pause(LOOK).await;
    }
    shown(ctx, institution, id, side, known).await
}

/// Whether somebody was waited for long enough: whoever listens learns of it at once.
fn due(ctx: &Ctx, led: &Led, now_ms: i64) -> bool {
    let config = &ctx.config.recording;
    let patience = Patience {
        agent_ms: config.agent_gone_seconds * 1_000,
        queue_ms: config.queue_minutes * 60_000,
    };
    led.state() != CallState::Over && !matches!(led.lead.fate(now_ms, patience), Fate::Goes { .. })
}

async fn note(ctx: &Ctx, institution: &InstitutionId, id: &RecordingId, side: Side) -> Result<()> {
    let read = ctx.db.read(institution).await?;
    let led = led(&read, id).await?;
    drop(read);
    let now_ms = ctx.clock.now_ms();
    let seen_ms = match side {
        Side::Person => led.lead.person_seen_at_ms,
        Side::Agent => led.lead.agent_seen_at_ms,
    };
    if now_ms - seen_ms < NOTED_MS || led.state() == CallState::Over {
        return Ok(());
    }
    let mut tx = ctx
        .db
        .begin_unrecorded(institution, "when a page was last seen is no evidence")
        .await?;
    leads::seen(&mut tx, id, side, now_ms).await?;
    tx.commit().await
}

/// A message for the other page.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = RecordingNewSignal)]
pub struct NewSignal {
    pub turn: i64,
    pub kind: SignalKind,
    /// At most 16 KiB; the server reads nothing of it.
    pub body: String,
}

/// Keeps a message for the other page of this turn.
pub async fn tell(
    ctx: &Ctx,
    institution: &InstitutionId,
    id: &RecordingId,
    (side, staff): (Side, Option<&str>),
    new: NewSignal,
) -> Result<()> {
    if new.body.len() > SIGNAL_BYTES_MAX {
        return Err(Refused::SignalTooLarge.into());
    }
    let mut tx = ctx
        .db
        .begin_unrecorded(institution, "how two pages find each other is no evidence")
        .await?;
    // Whoever ends it meanwhile comes before or behind: nothing is kept of a turn that is over.
    let recording = store::lock(&tx, id).await?;
    let lead = leads::lock(&tx, id).await?.ok_or_else(Error::not_found)?;
    recording.must_run()?;
    if let Some(staff) = staff {
        lead.must_be_led_by(staff)?;
    }
    if lead.agent.is_none() || lead.turn != new.turn {
        return Err(Refused::TurnOver.into());
    }
    let signal = Signal {
        no: lead.signals + 1,
        kind: new.kind,
        body: new.body,
    };
    signals::insert(&mut tx, id, (lead.turn, side), &signal).await?;
    leads::count_signal(&mut tx, id).await?;
    tx.commit().await
}

/// A led recording as the colleague who leads sees it.
#[derive(Clone, Debug, Serialize, utoipa::ToSchema)]
#[schema(as = RecordingLeadView)]
pub struct LeadView {
    pub call: CallView,
    pub journey: String,
    /// The script with what was found until now.
    pub recording: OneView,
    /// When the person's last piece of film came.
    pub film_at_ms: Option<i64>,
    /// What the colleague may say after its end, and whether they did.
    pub suspicion: Suspicion,
}

/// How a suspicion of a recording stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = RecordingSuspicion)]
pub enum Suspicion {
    /// It may be said.
    Open,
    Said,
    /// It is too late for it, or a reviewer has looked.
    Closed,
}

impl Suspicion {
    fn of(recording: &Recording, now_ms: i64) -> Self {
        match recording.call {
            Some(Call::Suspicion) if recording.noticed_in.is_none() => Self::Said,
            _ if recording.may_be_suspected(now_ms) => Self::Open,
            _ => Self::Closed,
        }
    }
}

/// The same, once the colleague did something.
pub async fn led_now(ctx: &Ctx, staff: &access::Staff, id: &RecordingId) -> Result<LeadView> {
    let known = Known {
        after: 0,
        signal: None,
    };
    lead_view(ctx, staff, id, known).await
}

/// What the colleague who leads a recording sees at once; nobody else does.
pub async fn lead_view(
    ctx: &Ctx,
    staff: &access::Staff,
    id: &RecordingId,
    known: Known,
) -> Result<LeadView> {
    let read = ctx.db.read(&staff.institution).await?;
    let led = led(&read, id).await?;
    // Who led it until its end still sees how it ended.
    let over = led.recording.state != State::Running && led.lead.was_led_by(staff.id.as_str());
    if !over {
        led.lead.must_be_led_by(staff.id.as_str())?;
    }
    let newest = store::segments::newest_of_person(&read, id).await?;
    let film_at_ms = match newest {
        Some(one) => store::segments::last_chunk_of(&read, id, one.no).await?,
        None => None,
    };
    Ok(LeadView {
        call: view(ctx, &read, &led, Side::Agent, known).await?,
        suspicion: Suspicion::of(&led.recording, ctx.clock.now_ms()),
        journey: led.recording.case.clone(),
        recording: view::one(&read, led.recording).await?,
        film_at_ms,
    })
}
