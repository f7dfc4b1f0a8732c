//! A colleague leads: takes, asks, ends, hands over; and nobody waits for somebody who is gone.

use serde::Deserialize;

use super::correct::due;
use super::person::called;
use super::{another_segment, ask, begun_segment, give_up, may_run, record};
use crate::error::Result;
use crate::ledger::{Changed, Tx};
use crate::recording::facts;
use crate::recording::model::{
    Call, Media, Mode, Recording, RecordingId, Segment, State, Try, TryState, at,
};
use crate::recording::refusal::Refused;
use crate::recording::remote::Tend;
use crate::recording::remote::model::{Again, Fate, Lead, Over, Patience, QUEUE_MAX};
use crate::recording::room::Room;
use crate::recording::store::{self, desk, leads, segments, signals, tries};

/// Tries of one node that a colleague asks.
const LED_TRIES_MAX: usize = 20;
/// The person's film comes as long as a chunk came within this, ms.
const COMES_MS: i64 = 15_000;

/// The person begins to wait.
pub async fn wait(tx: &mut Tx, recording: &Recording) -> Result<()> {
    if i64::try_from(leads::waiting(tx, QUEUE_MAX).await?.len())? >= QUEUE_MAX {
        return Err(Refused::QueueFull.into());
    }
    let lead = Lead::fresh(recording.id.clone(), tx.now_ms());
    leads::insert(tx, &lead).await?;
    let fact = facts::PersonWaits {
        recording: recording.id.as_str(),
    };
    record(tx, recording, &fact)?;
    let Fate::Goes { until_ms } = lead.fate(tx.now_ms(), patience(tx)) else {
        return Ok(());
    };
    Tend::at(tx, &recording.id, until_ms).await
}

fn patience(tx: &Tx) -> Patience {
    let config = &tx.ctx().config.recording;
    Patience {
        agent_ms: config.agent_gone_seconds * 1_000,
        queue_ms: config.queue_minutes * 60_000,
    }
}

/// A led recording that runs, with who leads it, both locked.
async fn led(tx: &Tx, id: &RecordingId) -> Result<(Recording, Lead)> {
    let recording = store::lock(tx, id).await?;
    recording.must_be(Mode::Remote)?;
    recording.must_run()?;
    let lead = leads::lock(tx, id).await?.ok_or(Refused::NotLed)?;
    Ok((recording, lead))
}

/// The same, and the seat's own.
async fn own(tx: &Tx, id: &RecordingId) -> Result<(Recording, Lead)> {
    let (recording, lead) = led(tx, id).await?;
    lead.must_be_led_by(&tx.seat().id)?;
    Ok((recording, lead))
}

/// The seat takes the lead; exactly one does. Where nothing was recorded yet there must be room for it.
pub async fn take_lead(tx: &mut Tx, id: &RecordingId, room: Room) -> Result<Changed> {
    let (recording, mut lead) = led(tx, id).await?;
    let staff = tx.seat().id.clone();
    if lead.turn == 0 {
        if room == Room::Low {
            return Err(Refused::DiskLow.into());
        }
        may_run(tx).await?;
    }
    // Whoever takes two at once takes them one after the other.
    let now_ms = tx.now_ms();
    desk::seen(tx, &staff, now_ms).await?;
    let other = leads::of_agent(tx, &staff).await?;
    if other.is_some_and(|other| other != *id) {
        return Err(Refused::LeadsAnother.into());
    }
    if !lead.take(&staff, now_ms)? {
        return Ok(Changed::No);
    }
    signals::clear(tx, id).await?;
    leads::save(tx, &lead).await?;
    let fact = facts::LeadTaken {
        recording: id.as_str(),
        turn: lead.turn,
    };
    record(tx, &recording, &fact)?;
    Ok(Changed::Yes)
}

/// Gives the lead to a colleague, or to whoever is free: the person waits before everybody else.
pub async fn hand_over(tx: &mut Tx, id: &RecordingId, to: Option<&str>) -> Result<()> {
    let (recording, mut lead) = own(tx, id).await?;
    lead.may_turn()?;
    let_go(tx, &recording).await?;
    lead.give_back(Again::HandedOver, to, tx.now_ms());
    signals::clear(tx, id).await?;
    leads::save(tx, &lead).await?;
    let fact = facts::HandedOver {
        recording: id.as_str(),
        turn: lead.turn,
        colleague: to,
    };
    record(tx, &recording, &fact)
}

/// What was being asked when the lead ended is asked again.
async fn let_go(tx: &mut Tx, recording: &Recording) -> Result<()> {
    for mut one in tries::list(tx, &recording.id).await? {
        if one.state == TryState::Open {
            one.state = TryState::Again;
            tries::save(tx, &one).await?;
        }
    }
    // The pages learn of it.
    store::save(tx, recording).await
}

/// Why a colleague ends it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = RecordingCalledOff)]
pub enum CalledOff {
    /// The connection or a device doesn't serve.
    Technical,
    PersonWishes,
    /// Somebody tells them what to say, or they don't act for themselves: a reviewer looks before anything else.
    Suspicion,
}

/// The seat ends what they lead, or says afterwards what they suspect.
pub async fn call_off(tx: &mut Tx, id: &RecordingId, why: CalledOff) -> Result<Changed> {
    match why {
        CalledOff::Technical | CalledOff::PersonWishes => {
            let (recording, lead) = own(tx, id).await?;
            over(tx, recording, lead, Over::CalledOff).await?;
            Ok(Changed::Yes)
        }
        CalledOff::Suspicion => suspected(tx, id).await,
    }
}

/// Whoever leads a recording, or led it, suspects something: a reviewer looks at it, and at what the case has come to since,
/// before anything else. The case is locked.
async fn suspected(tx: &mut Tx, id: &RecordingId) -> Result<Changed> {
    let of = store::lock(tx, id).await?;
    let lead = leads::lock(tx, id).await?.ok_or(Refused::NotLed)?;
    match of.state {
        State::Running => lead.must_be_led_by(&tx.seat().id)?,
        _ if !lead.was_led_by(&tx.seat().id) => return Err(Refused::NotYours.into()),
        _ if !of.may_be_suspected(tx.now_ms()) => return Err(Refused::Over.into()),
        _ => {}
    }
    let newest = store::lock_newest(tx, &of.case).await?;
    let newest = newest.filter(|newest| newest.id != *id);
    let mut changed = Changed::No;
    for (recording, noticed_in) in [(Some(of), None), (newest, Some(id))] {
        // What somebody else suspects elsewhere is not yet said of this one.
        let said = |one: &Recording| {
            let own = one.noticed_in.is_none() || noticed_in.is_some();
            one.call == Some(Call::Suspicion) && own
        };
        let open = |one: &Recording| one.reviewed_at_ms.is_none() && !said(one);
        let Some(recording) = recording.filter(open) else {
            continue;
        };
        for one in segments::list(tx, &recording.id).await? {
            super::swear(tx, &recording, &one).await?;
        }
        called(tx, recording, Call::Suspicion, noticed_in).await?;
        changed = Changed::Yes;
    }
    Ok(changed)
}

/// The person hangs up, or waits no longer.
pub async fn leave(tx: &mut Tx, case: &str) -> Result<()> {
    let recording = super::running(tx, case).await?;
    recording.must_be(Mode::Remote)?;
    let lead = leads::lock(tx, &recording.id).await?;
    over(tx, recording, lead.ok_or(Refused::NotLed)?, Over::Left).await
}

async fn over(tx: &mut Tx, recording: Recording, mut lead: Lead, why: Over) -> Result<()> {
    for one in segments::list(tx, &recording.id).await? {
        super::swear(tx, &recording, &one).await?;
    }
    lead.over = Some(why);
    leads::save(tx, &lead).await?;
    give_up(tx, recording, why.as_str()).await?;
    Ok(())
}

/// Does what is due by itself; answers when to look again.
pub async fn tend(tx: &mut Tx, id: &RecordingId) -> Result<(Changed, Option<i64>)> {
    let Some(recording) = store::lock_kept(tx, id).await? else {
        return Ok((Changed::No, None));
    };
    let Some(mut lead) = leads::lock(tx, id).await? else {
        return Ok((Changed::No, None));
    };
    if recording.state != State::Running {
        return Ok((Changed::No, None));
    }
    let now_ms = tx.now_ms();
    match lead.fate(now_ms, patience(tx)) {
        Fate::Goes { until_ms } => Ok((Changed::No, Some(until_ms))),
        Fate::Ends(why) => {
            over(tx, recording, lead, why).await?;
            Ok((Changed::Yes, None))
        }
        Fate::AgentGone => {
            let colleague = lead.agent.clone().ok_or(Refused::NotLed)?;
            let fact = facts::AgentGone {
                recording: id.as_str(),
                turn: lead.turn,
                colleague: &colleague,
            };
            record(tx, &recording, &fact)?;
            if lead.may_turn().is_err() {
                over(tx, recording, lead, Over::NobodyCame).await?;
                return Ok((Changed::Yes, None));
            }
            let_go(tx, &recording).await?;
            lead.give_back(Again::Gone, None, now_ms);
            signals::clear(tx, id).await?;
            leads::save(tx, &lead).await?;
            let next = match lead.fate(now_ms, patience(tx)) {
                Fate::Goes { until_ms } => until_ms,
                Fate::AgentGone | Fate::Ends(_) => now_ms,
            };
            Ok((Changed::Yes, Some(next)))
        }
    }
}

/// What a colleague does with a node.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Leading {
    Open,
    /// It is asked once more, whatever was answered until now.
    Again,
    End,
}

/// The seat asks a node, asks it again, or ends it.
pub async fn lead(tx: &mut Tx, id: &RecordingId, node: i64, what: Leading) -> Result<Changed> {
    let (mut recording, _) = own(tx, id).await?;
    let segment = segments::newest_of_person(tx, id).await?;
    let segment = segment.ok_or(Refused::NothingComes)?;
    let mine = segments::newest_of_agent(tx, id, &tx.seat().id).await?;
    let mut tried = tries::list(tx, id).await?;
    let open = |one: &&mut Try| one.node == node && one.state == TryState::Open;
    let open = tried.iter_mut().find(open);
    match (what, open) {
        (Leading::Open, Some(_)) => Ok(Changed::No),
        (Leading::Open | Leading::Again, open) => {
            if let Some(one) = open {
                // What was ended is being handed in, unless the page is gone.
                let ended_ms = one.until_ms.map(|ms| segment.begun_at_ms + ms);
                if ended_ms.is_some_and(|ended_ms| tx.now_ms() - ended_ms < COMES_MS) {
                    return Err(Refused::NodeNotOpen.into());
                }
                one.state = TryState::Again;
                tries::save(tx, one).await?;
                // An answer was thrown away: somebody else looks at that, too.
                recording.sampled = true;
            } else if at(&due(tx, &recording).await?, &tried) != Some(node) {
                return Err(Refused::NotThisNode.into());
            }
            if tried.iter().filter(|one| one.node == node).count() >= LED_TRIES_MAX {
                return Err(Refused::AskedTooOften.into());
            }
            comes(tx, &segment, Refused::NothingComes).await?;
            let mine = mine.ok_or(Refused::OwnFilmMissing)?;
            comes(tx, &mine, Refused::OwnFilmMissing).await?;
            let at_ms = tx.now_ms() - segment.begun_at_ms;
            ask(tx, recording, node, segment, at_ms).await
        }
        (Leading::End, Some(one)) => ended(tx, recording, &segment, one).await,
        (Leading::End, None) => Err(Refused::NodeNotOpen.into()),
    }
}

/// Nobody is asked while nothing of them, or of whoever asks, is recorded.
async fn comes(tx: &Tx, segment: &Segment, refused: Refused) -> Result<()> {
    let last = segments::last_chunk_of(tx, &segment.recording, segment.no).await?;
    let newest_ms = last.unwrap_or(0).max(segment.begun_at_ms);
    match tx.now_ms() - newest_ms < COMES_MS {
        true => Ok(()),
        false => Err(refused.into()),
    }
}

async fn ended(
    tx: &mut Tx,
    mut recording: Recording,
    segment: &Segment,
    one: &mut Try,
) -> Result<Changed> {
    if one.until_ms.is_some() {
        return Ok(Changed::No);
    }
    let until_ms = tx.now_ms() - segment.begun_at_ms;
    if until_ms <= one.from_ms {
        return Err(Refused::MarksWrong.into());
    }
    one.until_ms = Some(until_ms);
    tries::save(tx, one).await?;
    recording.seen_at_ms = tx.now_ms();
    store::save(tx, &recording).await?;
    let lines = recording.lines()?;
    let line = usize::try_from(one.node - 1)
        .ok()
        .and_then(|i| lines.get(i));
    let fact = facts::NodeEnded {
        recording: recording.id.as_str(),
        node: &line.ok_or(Refused::NotThisNode)?.code,
        attempt: one.no,
    };
    record(tx, &recording, &fact)?;
    Ok(Changed::Yes)
}

/// The recorder of the colleague who leads starts: a segment of their own side.
pub async fn start_agent_segment(tx: &mut Tx, id: &RecordingId, media: Media) -> Result<i64> {
    let (recording, _) = own(tx, id).await?;
    let staff = tx.seat().id.clone();
    let segment = another_segment(tx, &recording, Some(&staff), media).await?;
    begun_segment(tx, &recording, &segment)?;
    Ok(segment.no)
}
