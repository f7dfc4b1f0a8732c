//! 双录质检 in the console: what waits for a colleague's eyes, what machines found, and the recording itself.

use axum::Json;
use axum::extract::State;
use axum::response::Response;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use utoipa_axum::routes;

use super::actions::{self, Transcript};
use super::correction::{Correction, Flaw, Pick};
use super::model::{
    Call, Media, Mode, Reason, Recording, RecordingId, Segment, Side, State as RecordingState, Try,
    TryState,
};
use super::retention::{self, Faces};
use super::store::{self, segments, tries};
use crate::access::{Right, Staff};
use crate::ctx::Ctx;
use crate::db::Page;
use crate::error::{Error, Result, Text};
use crate::http::{self, Body, Form, Nothing, PageView, Paging, Path, Query, Routes, Table};
use crate::ledger;
use crate::product::NodeKind;

pub fn routes() -> Routes {
    Routes::new()
        .routes(routes!(list))
        .routes(routes!(faces))
        .routes(routes!(one))
        .routes(routes!(open))
        .routes(routes!(media))
        .merge(super::preview::routes())
        .merge(super::voices::routes())
        .merge(super::remote::routes())
}

/// A recording in the list.
#[derive(Serialize, utoipa::ToSchema)]
#[schema(as = RecordingRow)]
struct Row {
    id: String,
    journey: String,
    mode: Mode,
    state: RecordingState,
    call: Option<Call>,
    /// Waits for a colleague although every check was passed.
    sampled: bool,
    begun_at_ms: i64,
    ended_at_ms: Option<i64>,
    reviewed_at_ms: Option<i64>,
}

impl From<&Recording> for Row {
    fn from(one: &Recording) -> Self {
        Self {
            id: one.id.to_string(),
            journey: one.case.clone(),
            mode: one.mode,
            state: one.state,
            call: one.call,
            sampled: one.sampled && one.state == RecordingState::Passed,
            begun_at_ms: one.begun_at_ms,
            ended_at_ms: one.ended_at_ms,
            reviewed_at_ms: one.reviewed_at_ms,
        }
    }
}

#[derive(Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
struct Filters {
    /// `waiting`: for a colleague's eyes; else a state, or nothing for all.
    #[serde(default)]
    state: String,
}

const TABLE: Table = Table {
    name: "recordings",
    columns: &[
        "id",
        "journey",
        "mode",
        "state",
        "call",
        "sampled",
        "begun_at_ms",
        "ended_at_ms",
        "reviewed_at_ms",
    ],
};

/// Recordings, newest first.
#[utoipa::path(get, path = "/api/console/recordings", params(Filters, Paging, Form), responses((status = 200, body = PageView<Row>)))]
async fn list(
    State(ctx): State<Ctx>,
    staff: Staff,
    Query(filters): Query<Filters>,
    Query(paging): Query<Paging>,
    Query(form): Query<Form>,
) -> Result<Response> {
    staff.must(Right::ReviewRecordings)?;
    let which = filters.state.as_str();
    if !["", "waiting"].contains(&which) && RecordingState::parse(which).is_none() {
        return Err(Error::field(
            "state",
            "unknown_value",
            "没有这个选项。",
            "There is no such value.",
        ));
    }
    http::list(form, paging, TABLE, async |paging: Paging| {
        let limit = paging.limit()?;
        let view = ctx.db.read(&staff.institution).await?;
        let found = store::list(&view, which, paging.after().unwrap_or(""), limit + 1).await?;
        let page = Page::cut(found, limit, |one| one.id.to_string());
        Ok(PageView {
            rows: page.rows.iter().map(Row::from).collect(),
            next: page.next,
        })
    })
    .await
}

/// Persons whose faces are stored, and from how many on the authority is told.
#[utoipa::path(get, path = "/api/console/recordings/faces", responses((status = 200, body = Faces)))]
async fn faces(State(ctx): State<Ctx>, staff: Staff) -> Result<Json<Faces>> {
    staff.must(Right::ReviewRecordings)?;
    let view = ctx.db.read(&staff.institution).await?;
    Ok(Json(retention::faces(&ctx, &view).await?))
}

/// One try of one node, as machines saw it.
#[derive(Serialize, utoipa::ToSchema)]
#[schema(as = RecordingTry)]
struct TryView {
    no: i64,
    state: TryState,
    segment: i64,
    from_ms: i64,
    until_ms: Option<i64>,
    reasons: Vec<super::view::ReasonView>,
    /// Each sense with outcome, score and threshold, as it was sworn to.
    #[schema(value_type = Option<Vec<Object>>)]
    checks: Option<Box<RawValue>>,
    judged_at_ms: Option<i64>,
}

impl TryView {
    fn of(one: &Try) -> Result<Self> {
        let checks = one.checks.clone();
        Ok(Self {
            no: one.no,
            state: one.state,
            segment: one.segment,
            from_ms: one.from_ms,
            until_ms: one.until_ms,
            reasons: one.reasons.iter().copied().map(Reason::view).collect(),
            checks: checks.map(RawValue::from_string).transpose()?,
            judged_at_ms: one.judged_at_ms,
        })
    }
}

/// A node of the script with its tries.
#[derive(Serialize, utoipa::ToSchema)]
#[schema(as = RecordingNodeReview)]
struct NodeReview {
    no: i64,
    code: String,
    kind: NodeKind,
    spoken: Text,
    expects: Vec<String>,
    tries: Vec<TryView>,
    /// Counts as it stands in the recording that this one corrects.
    counted_before: bool,
}

#[derive(Serialize, utoipa::ToSchema)]
#[schema(as = RecordingSegmentView)]
struct SegmentView {
    no: i64,
    /// Whose camera it is.
    side: Side,
    media: Media,
    chunks: i64,
    bytes: i64,
    /// Hex; the chain's head over its chunks.
    head: String,
    /// How many chunks the log knows of.
    sworn: i64,
    begun_at_ms: i64,
}

impl From<&Segment> for SegmentView {
    fn from(one: &Segment) -> Self {
        Self {
            no: one.no,
            side: one.side(),
            media: one.media,
            chunks: one.chunks,
            bytes: one.bytes,
            head: proof::hex::encode(&one.head),
            sworn: one.sworn,
            begun_at_ms: one.begun_at_ms,
        }
    }
}

#[derive(Serialize, utoipa::ToSchema)]
struct RecordingPage {
    #[serde(flatten)]
    row: Row,
    terms_digest: String,
    script_digest: String,
    nodes: Vec<NodeReview>,
    segments: Vec<SegmentView>,
    /// The reader opened it, and may say what it shows.
    opened: bool,
    /// When its films went, UTC ms.
    erased_at_ms: Option<i64>,
    /// What of it is, or was, recorded again.
    correction: Option<CorrectionView>,
    /// The recording that this one corrects.
    corrects: Option<String>,
    /// Of one under suspicion: the recording whose film shows why, where it is another.
    noticed_in: Option<String>,
}

/// Nodes that are recorded again.
#[derive(Serialize, utoipa::ToSchema)]
#[schema(as = RecordingCorrection)]
struct CorrectionView {
    picks: Vec<FlawView>,
    until_ms: i64,
    over_at_ms: Option<i64>,
    /// The newest recording that corrects it.
    by: Option<String>,
}

/// A node that is recorded again: why, and where it shows.
#[derive(Serialize, utoipa::ToSchema)]
#[schema(as = RecordingFlawView)]
struct FlawView {
    node: i64,
    flaw: Flaw,
    message: Text,
    segment: i64,
    at_ms: i64,
}

impl From<Correction> for CorrectionView {
    fn from(one: Correction) -> Self {
        let view = |pick: &Pick| FlawView {
            node: pick.node,
            flaw: pick.flaw,
            message: pick.flaw.text(),
            segment: pick.segment,
            at_ms: pick.at_ms,
        };
        Self {
            picks: one.picks.iter().map(view).collect(),
            until_ms: one.until_ms,
            over_at_ms: one.over_at_ms,
            by: one.by.map(|id| id.to_string()),
        }
    }
}

/// One recording: its script, and what was found at each node.
#[utoipa::path(get, path = "/api/console/recordings/{id}", responses((status = 200, body = RecordingPage)))]
async fn one(
    State(ctx): State<Ctx>,
    staff: Staff,
    Path(id): Path<String>,
) -> Result<Json<RecordingPage>> {
    staff.must(Right::ReviewRecordings)?;
    let view = ctx.db.read(&staff.institution).await?;
    let recording = store::find(&view, &RecordingId::parse(&id)?).await?;
    let tried = tries::list(&view, &recording.id).await?;
    let parts = segments::list(&view, &recording.id).await?;
    let due = actions::due(&view, &recording).await?;
    let erased_at_ms = store::erasures::at(&view, &recording.id).await?;
    let corrects = store::corrections::by(&view, &recording.id).await?;
    let correction = store::corrections::of(&view, &recording.id).await?;
    let mut nodes = Vec::new();
    for (no, line) in (1..).zip(recording.lines()?) {
        let of_node = tried.iter().filter(|one| one.node == no);
        nodes.push(NodeReview {
            no,
            code: line.code,
            kind: line.kind,
            spoken: line.spoken,
            expects: line.expects,
            tries: of_node.map(TryView::of).collect::<Result<_>>()?,
            counted_before: !due.contains(&no),
        });
    }
    Ok(Json(RecordingPage {
        row: Row::from(&recording),
        opened: store::reviews::opened(&view, &recording.id, staff.id.as_str()).await?,
        terms_digest: recording.terms_digest,
        script_digest: recording.script_digest,
        nodes,
        segments: parts.iter().map(SegmentView::from).collect(),
        erased_at_ms,
        noticed_in: recording.noticed_in.as_ref().map(ToString::to_string),
        correction: correction.map(CorrectionView::from),
        corrects: corrects.map(|one| one.of.to_string()),
    }))
}

#[derive(Serialize, utoipa::ToSchema)]
struct RecordingOpened {
    words: Vec<Transcript>,
}

/// Opens a recording, which is a fact: what was heard and written comes back, and its segments may be played.
#[utoipa::path(post, path = "/api/console/recordings/{id}/open", request_body = Nothing, responses((status = 200, body = RecordingOpened)))]
async fn open(
    State(ctx): State<Ctx>,
    staff: Staff,
    Path(id): Path<String>,
    Body(Nothing {}): Body<Nothing>,
) -> Result<Json<RecordingOpened>> {
    staff.must(Right::ReviewRecordings)?;
    let id = RecordingId::parse(&id)?;
    let seat = staff.seat();
    let words = ledger::retrying(|| actions::opened(&ctx, &seat, &id)).await?;
    Ok(Json(RecordingOpened { words }))
}

/// One segment of a recording that the reader opened, to be played; the opening is a fact.
#[utoipa::path(post, path = "/api/console/recordings/{id}/segments/{no}/media", params(("id" = String, Path), ("no" = i64, Path)), request_body = Nothing, responses((status = 200, content_type = "application/octet-stream")))]
async fn media(
    State(ctx): State<Ctx>,
    staff: Staff,
    Path((id, no)): Path<(String, i64)>,
    Body(Nothing {}): Body<Nothing>,
) -> Result<Response> {
    staff.must(Right::ReviewRecordings)?;
    let id = RecordingId::parse(&id)?;
    let (bytes, media) = actions::played(&ctx, &staff.seat(), &id, no).await?;
    let (kind, extension) = match media {
        Media::Webm => ("video/webm", "webm"),
        Media::Mp4 => ("video/mp4", "mp4"),
    };
    http::attachment(bytes, kind, &format!("{id}-{no}.{extension}"))
}
