//! The desk in the console: who waits, one taken and led, handed over or called off, and the colleague's own film.

use axum::Json;
use axum::extract::{DefaultBodyLimit, State};
use axum::http::StatusCode;
use serde::{Deserialize, Serialize};
use utoipa_axum::routes;

use super::call::{self, Known, LeadView, NewSignal, lead_view, led_now};
use super::model::{Again, HERE_MS, Lead};
use crate::access::{self, Right, Staff};
use crate::ctx::Ctx;
use crate::error::Result;
use crate::http::{Body, Nothing, Path, Query, Routes};
use crate::ledger::{self, Changed};
use crate::recording::RecordingId;
use crate::recording::actions;
use crate::recording::intake::{self, Taken};
use crate::recording::model::{CHUNK_BYTES_MAX, Media, Side, TryState};
use crate::recording::refusal::Refused;
use crate::recording::room::{Room, room};
use crate::recording::sent::Sent;
use crate::recording::store::{self, desk, leads, tries};

pub fn routes() -> Routes {
    Routes::new()
        .routes(routes!(queue))
        .routes(routes!(take))
        .routes(routes!(live))
        .routes(routes!(tell))
        .routes(routes!(hand_over))
        .routes(routes!(segment))
        .merge(
            Routes::new()
                .routes(routes!(chunk))
                .layer(DefaultBodyLimit::max(CHUNK_BYTES_MAX)),
        )
}

/// Rows of the queue that the desk shows.
const SHOWN: i64 = 50;

/// Somebody who waits.
#[derive(Serialize, utoipa::ToSchema)]
#[schema(as = RecordingWaiting)]
struct Waiting {
    id: String,
    journey: String,
    asked_at_ms: i64,
    /// Why they wait once more.
    again: Option<Again>,
    /// A colleague handed it to the reader.
    for_me: bool,
    /// It waits for another colleague, by name and badge.
    waits_for: Option<String>,
    /// The person's page was seen just now.
    here: bool,
    /// Nodes that were passed.
    passed: i64,
    nodes: i64,
}

/// A colleague who may lead.
#[derive(Serialize, utoipa::ToSchema)]
#[schema(as = RecordingColleague)]
struct Colleague {
    id: String,
    label: String,
    /// At the desk just now.
    here: bool,
}

#[derive(Serialize, utoipa::ToSchema)]
struct RecordingDesk {
    /// Who was led before comes first, then who has waited longest.
    waiting: Vec<Waiting>,
    /// What the reader leads.
    mine: Option<String>,
    /// Everybody else who may lead.
    colleagues: Vec<Colleague>,
}

/// Who waits; that the reader sits at the desk is noted.
#[utoipa::path(get, path = "/api/console/recording-desk", responses((status = 200, body = RecordingDesk)))]
async fn queue(State(ctx): State<Ctx>, staff: Staff) -> Result<Json<RecordingDesk>> {
    staff.must(Right::LeadRecordings)?;
    seated(&ctx, &staff).await?;
    let read = ctx.db.read(&staff.institution).await?;
    let now_ms = ctx.clock.now_ms();
    let mut waiting = Vec::new();
    for lead in leads::waiting(&read, SHOWN).await? {
        waiting.push(waits(&read, &lead, staff.id.as_str(), now_ms).await?);
    }
    let seated = desk::since(&read, now_ms - HERE_MS).await?;
    let may = access::colleagues_with(&read, Right::LeadRecordings).await?;
    let others = may.into_iter().filter(|(id, _)| *id != staff.id);
    let mine = leads::of_agent(&read, staff.id.as_str()).await?;
    Ok(Json(RecordingDesk {
        waiting,
        mine: mine.map(|id| id.to_string()),
        colleagues: others
            .map(|(id, label)| Colleague {
                here: seated.iter().any(|one| one == id.as_str()),
                id: id.to_string(),
                label,
            })
            .collect(),
    }))
}

async fn waits(
    read: &impl crate::db::Read,
    lead: &Lead,
    reader: &str,
    now_ms: i64,
) -> Result<Waiting> {
    let recording = store::find(read, &lead.recording).await?;
    let meant = lead.waits_for(now_ms);
    let waits_for = match meant {
        Some(staff) if staff != reader => Some(access::staff_label(read, staff).await?),
        _ => None,
    };
    let tried = tries::list(read, &lead.recording).await?;
    let passed = tried.iter().filter(|one| one.state == TryState::Passed);
    Ok(Waiting {
        id: lead.recording.to_string(),
        journey: recording.case.clone(),
        asked_at_ms: lead.asked_at_ms,
        again: lead.again,
        for_me: meant == Some(reader),
        waits_for,
        here: lead.person_is_here(now_ms),
        passed: i64::try_from(passed.count())?,
        nodes: i64::try_from(recording.lines()?.len())?,
    })
}

async fn seated(ctx: &Ctx, staff: &Staff) -> Result<()> {
    let mut tx = ctx
        .db
        .begin_unrecorded(&staff.institution, "who sits at the desk is no evidence")
        .await?;
    desk::seen(&mut tx, staff.id.as_str(), ctx.clock.now_ms()).await?;
    tx.commit().await
}

/// Takes one who waits; of two who take the same one at once, one gets it.
#[utoipa::path(post, path = "/api/console/recording-desk/{id}/take", request_body = Nothing, responses((status = 200, body = LeadView)))]
async fn take(
    State(ctx): State<Ctx>,
    staff: Staff,
    Path(id): Path<String>,
    Body(Nothing {}): Body<Nothing>,
) -> Result<Json<LeadView>> {
    staff.must(Right::LeadRecordings)?;
    let id = RecordingId::parse(&id)?;
    let room = room(&ctx).await?;
    ledger::retrying(|| taken(&ctx, &staff, &id, room)).await?;
    Ok(Json(led_now(&ctx, &staff, &id).await?))
}

async fn taken(ctx: &Ctx, staff: &Staff, id: &RecordingId, room: Room) -> Result<()> {
    let mut tx = ledger::begin(ctx, &staff.seat()).await?;
    match actions::take_lead(&mut tx, id, room).await? {
        Changed::Yes => ledger::commit_recorded(tx).await,
        Changed::No => Ok(()),
    }
}

/// What the reader leads: script, findings, and what the person's page said. Answers when something is new, or after five seconds.
#[utoipa::path(get, path = "/api/console/recording-desk/{id}", params(("id" = String, Path), Known), responses((status = 200, body = LeadView)))]
async fn live(
    State(ctx): State<Ctx>,
    staff: Staff,
    Path(id): Path<String>,
    Query(known): Query<Known>,
) -> Result<Json<LeadView>> {
    staff.must(Right::LeadRecordings)?;
    let id = RecordingId::parse(&id)?;
    // Before anything is noted or waited for: whose it is.
    lead_view(&ctx, &staff, &id, known).await?;
    call::live(&ctx, &staff.institution, &id, Side::Agent, known).await?;
    Ok(Json(lead_view(&ctx, &staff, &id, known).await?))
}

/// Tells the person's page how to find this one.
#[utoipa::path(post, path = "/api/console/recording-desk/{id}/signals", request_body = NewSignal, responses((status = 204)))]
async fn tell(
    State(ctx): State<Ctx>,
    staff: Staff,
    Path(id): Path<String>,
    Body(new): Body<NewSignal>,
) -> Result<StatusCode> {
    staff.must(Right::LeadRecordings)?;
    let id = RecordingId::parse(&id)?;
    let from = (Side::Agent, Some(staff.id.as_str()));
    call::tell(&ctx, &staff.institution, &id, from, new).await?;
    Ok(StatusCode::NO_CONTENT)
}

#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
struct RecordingHandOver {
    /// A colleague who may lead; absent: whoever is free.
    #[serde(default)]
    to: Option<String>,
}

/// Hands over what the reader leads: the person waits before everybody else, two minutes for that colleague alone.
#[utoipa::path(post, path = "/api/console/recording-desk/{id}/hand-over", request_body = RecordingHandOver, responses((status = 204)))]
async fn hand_over(
    State(ctx): State<Ctx>,
    staff: Staff,
    Path(id): Path<String>,
    Body(asked): Body<RecordingHandOver>,
) -> Result<StatusCode> {
    staff.must(Right::LeadRecordings)?;
    let id = RecordingId::parse(&id)?;
    let to = asked.to.as_deref();
    ledger::retrying(|| handed_over(&ctx, &staff, &id, to)).await?;
    Ok(StatusCode::NO_CONTENT)
}

async fn handed_over(ctx: &Ctx, staff: &Staff, id: &RecordingId, to: Option<&str>) -> Result<()> {
    let mut tx = ledger::begin(ctx, &staff.seat()).await?;
    if let Some(to) = to
        && (to == staff.id.as_str() || !access::may(&tx, to, Right::LeadRecordings).await?)
    {
        return Err(Refused::NoColleague.into());
    }
    actions::hand_over(&mut tx, id, to).await?;
    ledger::commit_recorded(tx).await
}

#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
struct RecordingAgentSegment {
    media: Media,
}

/// The number of a segment that begins.
#[derive(Serialize, utoipa::ToSchema)]
struct RecordingAgentFilm {
    segment: i64,
}

/// The reader's own recorder starts: a segment of their side.
#[utoipa::path(post, path = "/api/console/recording-desk/{id}/segments", request_body = RecordingAgentSegment, responses((status = 200, body = RecordingAgentFilm)))]
async fn segment(
    State(ctx): State<Ctx>,
    staff: Staff,
    Path(id): Path<String>,
    Body(asked): Body<RecordingAgentSegment>,
) -> Result<Json<RecordingAgentFilm>> {
    staff.must(Right::LeadRecordings)?;
    let id = RecordingId::parse(&id)?;
    let segment = ledger::retrying(|| begun(&ctx, &staff, &id, asked.media)).await?;
    Ok(Json(RecordingAgentFilm { segment }))
}

async fn begun(ctx: &Ctx, staff: &Staff, id: &RecordingId, media: Media) -> Result<i64> {
    let mut tx = ledger::begin(ctx, &staff.seat()).await?;
    let no = actions::start_agent_segment(&mut tx, id, media).await?;
    ledger::commit_recorded(tx).await?;
    Ok(no)
}

/// Takes one chunk of the reader's own film; the answer says that it is kept. The same chunk again is fine.
#[utoipa::path(put, path = "/api/console/recording-desk/{id}/segments/{segment}/chunks/{no}",
    params(("id" = String, Path), ("segment" = i64, Path), ("no" = i64, Path), ("Recording-Chain" = String, Header)),
    request_body(content = Vec<u8>, content_type = "application/octet-stream"),
    responses((status = 200, body = Taken)))]
async fn chunk(
    State(ctx): State<Ctx>,
    staff: Staff,
    Path((id, segment, no)): Path<(String, i64, i64)>,
    sent: Sent,
) -> Result<Json<Taken>> {
    staff.must(Right::LeadRecordings)?;
    let id = RecordingId::parse(&id)?;
    let new = sent.chunk(segment, no);
    let taken =
        intake::take_of_agent(&ctx, &staff.institution, &id, staff.id.as_str(), new).await?;
    Ok(Json(taken))
}
