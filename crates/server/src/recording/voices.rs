//! The voice of a prompt: the institution's own recording of it, else one that a program makes of its words.
//!
//! What a program makes is kept in memory alone and bounded: words hold a loan's figures, which shall lie about nowhere.

use std::collections::VecDeque;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use axum::Json;
use axum::body::{Body, Bytes};
use axum::extract::rejection::BytesRejection;
use axum::extract::{DefaultBodyLimit, State};
use axum::http::{StatusCode, header};
use axum::response::Response;
use perception::media::{self, Bounds, Part};
use perception::sound::Sound;
use proof::digest::sha256;
use proof::hex;
use serde::Serialize;
use tokio::sync::{Semaphore, SemaphorePermit};
use utoipa_axum::routes;

use super::numerals::said;
use super::refusal::Refused;
use super::scratch::Scratch;
use super::script::Line;
use super::store;
use super::view::RecordingView;
use crate::access::{Right, Staff};
use crate::clock;
use crate::config::Voice as By;
use crate::ctx::Ctx;
use crate::error::{Error, Result};
use crate::http::{Path, Routes};
use crate::id::InstitutionId;
use crate::product::{self, NewVoice, VOICE_BYTES_MAX, Voice, VoiceMedia};

pub fn routes() -> Routes {
    Routes::new().routes(routes!(listen)).merge(
        Routes::new()
            .routes(routes!(upload))
            .layer(DefaultBodyLimit::max(VOICE_BYTES_MAX)),
    )
}

/// Seconds that a recording of a prompt may last.
const SECONDS: std::ops::RangeInclusive<f32> = 0.3..=60.0;
/// A sample from this on is heard.
const HEARD: f32 = 0.01;
/// What a program may take for one prompt, and to look at one upload.
const MADE_WITHIN: Duration = Duration::from_secs(4);
/// Programs that run at once, and how long one waits for its turn.
static AT_WORK: Semaphore = Semaphore::const_new(2);
const TURN_WITHIN: Duration = Duration::from_secs(3);
/// Made prompts that are kept, by their words' digest, and their bytes in all.
const MADE_MAX: usize = 128;
const MADE_BYTES_MAX: usize = 16 << 20;
static MADE: Mutex<VecDeque<(String, Bytes)>> = Mutex::new(VecDeque::new());

fn bounds() -> Bounds {
    Bounds {
        time: MADE_WITHIN,
        memory: 512 << 20,
        output: 4 << 20,
        part: Part {
            from_s: 0.0,
            until_s: *SECONDS.end() + 1.0,
        },
        ..Bounds::default()
    }
}

#[derive(Serialize, utoipa::ToSchema)]
struct VoiceKept {
    /// SHA-256 of the file, hex; a node names it.
    digest: String,
    media: VoiceMedia,
    ms: i64,
}

/// Keeps the institution's own recording of a prompt, to be named by a node of a draft.
#[utoipa::path(post, path = "/api/console/voices",
    request_body(content = Vec<u8>, content_type = "application/octet-stream"),
    responses((status = 201, body = VoiceKept)))]
async fn upload(
    State(ctx): State<Ctx>,
    staff: Staff,
    body: Result<Bytes, BytesRejection>,
) -> Result<(StatusCode, Json<VoiceKept>)> {
    staff.must(Right::ProposeProducts)?;
    let bytes = body.map_err(|_| Refused::VoiceTooLarge)?;
    let media = VoiceMedia::of(&bytes).ok_or(Refused::VoiceUnreadable)?;
    let turn = turn().await?;
    let scratch = Scratch::keep(&ctx, &bytes)?;
    let looked = tokio::task::spawn_blocking(move || {
        let sound = media::spoken(&scratch.path, &bounds());
        drop((scratch, turn));
        sound
    });
    let sound = looked.await?.map_err(|cause| {
        tracing::info!(%cause, "a prompt's recording can't be read");
        Refused::VoiceUnreadable
    })?;
    let new = NewVoice {
        media,
        ms: length_ms(&sound)?,
        bytes: bytes.to_vec(),
    };
    let ms = new.ms;
    let digest = product::keep_voice(&ctx, &staff, new).await?;
    Ok((StatusCode::CREATED, Json(VoiceKept { digest, media, ms })))
}

/// How long a prompt is in which something is heard.
fn length_ms(sound: &Sound) -> Result<i64, Refused> {
    if !SECONDS.contains(&sound.seconds()) {
        return Err(Refused::VoiceLength);
    }
    if !sound.samples().iter().any(|sample| sample.abs() >= HEARD) {
        return Err(Refused::VoiceSilent);
    }
    Ok((sound.seconds() * 1_000.0) as i64)
}

/// The institution's own recording of a prompt, to be listened to in the editor.
#[utoipa::path(get, path = "/api/console/voices/{digest}", params(("digest" = String, Path)), responses((status = 200, content_type = "application/octet-stream")))]
async fn listen(
    State(ctx): State<Ctx>,
    staff: Staff,
    Path(digest): Path<String>,
) -> Result<Response> {
    staff.must(Right::ViewProducts)?;
    let found = product::voice(&ctx, &staff.institution, &digest).await?;
    let (bytes, media) = found.ok_or_else(Error::not_found)?;
    answer(bytes.into(), media.as_str(), KEPT, &digest)
}

/// What has an address by its digest never changes.
const KEPT: &str = "private, max-age=86400, immutable";

/// Sound by its digest.
fn answer(bytes: Bytes, media: &str, keeping: &'static str, digest: &str) -> Result<Response> {
    Ok(Response::builder()
        .header(header::CONTENT_TYPE, media)
        .header(header::CACHE_CONTROL, keeping)
        .header(header::ETAG, format!("\"{digest}\""))
        .body(Body::from(bytes))?)
}

/// Whether a program makes what the institution has not recorded.
fn made_by(ctx: &Ctx) -> By {
    match ctx.config.recording.voice {
        By::EspeakNg if media::can_speak() => By::EspeakNg,
        By::EspeakNg | By::Browser => By::Browser,
    }
}

/// Where a made prompt is found. Words hold a loan's figures, so nobody may guess them by their address: the recording's id
/// goes in.
fn address(recording: &str, words: &str) -> String {
    let of = ["xiaobao/voice/v1", recording, "/", words].concat();
    hex::encode(&sha256(of.as_bytes()))
}

/// A view whose nodes name the voices that can be heard here.
pub fn voiced(ctx: &Ctx, mut view: RecordingView) -> RecordingView {
    let Some(one) = &mut view.recording else {
        return view;
    };
    if made_by(ctx) == By::EspeakNg {
        for node in one.nodes.iter_mut().filter(|node| node.voice.zh.is_none()) {
            node.voice.zh = Some(address(&one.id, &node.spoken.zh));
        }
    }
    view
}

/// One voice of a case's newest recording, by its digest.
pub async fn voice(
    ctx: &Ctx,
    institution: &InstitutionId,
    case: &str,
    digest: &str,
) -> Result<Response> {
    let read = ctx.db.read(institution).await?;
    let recording = store::newest(&read, case).await?;
    let recording = recording.ok_or(Refused::NotBegun)?;
    drop(read);
    let lines = recording.lines()?;
    let own = |voice: &Voice| [&voice.zh, &voice.en].contains(&&Some(digest.to_owned()));
    if lines.iter().any(|line| own(&line.voice)) {
        let found = product::voice(ctx, institution, digest).await?;
        let (bytes, media) = found.ok_or_else(|| Error::internal("a voice without its file"))?;
        return answer(bytes.into(), media.as_str(), KEPT, digest);
    }
    let of_words = |line: &&Line| address(recording.id.as_str(), &line.spoken.zh) == digest;
    let line = lines.iter().find(of_words).ok_or_else(Error::not_found)?;
    if made_by(ctx) == By::Browser {
        return Err(Error::not_found());
    }
    // Figures of a loan shall lie about nowhere.
    answer(
        made(ctx, &line.spoken.zh).await?,
        "audio/mpeg",
        "no-store",
        digest,
    )
}

/// A place among the programs that run, for as long as it is held.
async fn turn() -> Result<SemaphorePermit<'static>> {
    match clock::within(TURN_WITHIN, AT_WORK.acquire()).await {
        Some(Ok(turn)) => Ok(turn),
        Some(Err(_)) | None => Err(Refused::VoiceBusy.into()),
    }
}

/// Words spoken by a program, now or before.
async fn made(ctx: &Ctx, words: &str) -> Result<Bytes> {
    let key = hex::encode(&sha256(words.as_bytes()));
    if let Some(bytes) = known(&key) {
        return Ok(bytes);
    }
    let turn = turn().await?;
    // Whoever was before may have made the same.
    if let Some(bytes) = known(&key) {
        return Ok(bytes);
    }
    let words = said(words);
    let [text, wave] = [Scratch::keep(ctx, b"")?, Scratch::keep(ctx, b"")?];
    // The programs run on when the caller goes away, so their place goes with the thread.
    let spoken = tokio::task::spawn_blocking(move || {
        let spoken = media::mandarin(&words, [&text.path, &wave.path], &bounds());
        drop((text, wave, turn));
        spoken
    });
    let bytes = spoken.await?.map_err(|cause| {
        tracing::warn!(%cause, "a prompt was not spoken");
        Refused::VoiceBusy
    })?;
    let bytes = Bytes::from(bytes);
    let mut made = MADE.lock().unwrap_or_else(PoisonError::into_inner);
    made.push_back((key, bytes.clone()));
    let full = |made: &VecDeque<(String, Bytes)>| {
        made.len() > MADE_MAX
            || made.iter().map(|(_, one)| one.len()).sum::<usize>() > MADE_BYTES_MAX
    };
    while full(&made) {
        made.pop_front();
    }
    Ok(bytes)
}

/// A prompt that was made before; the one asked for last goes last.
fn known(key: &str) -> Option<Bytes> {
    let mut made = MADE.lock().unwrap_or_else(PoisonError::into_inner);
    let at = made.iter().position(|(known, _)| known == key)?;
    let one = made.remove(at)?;
    let bytes = one.1.clone();
    made.push_back(one);
    Some(bytes)
}

/// Says once, to whoever runs this, that prompts are not spoken as they wished.
pub fn warn_if_mute(ctx: &Ctx) {
    if ctx.config.recording.voice == By::EspeakNg && made_by(ctx) == By::Browser {
        tracing::warn!(
            "recording.voice is espeak-ng, but espeak-ng or ffmpeg is not installed: phones speak with their own voice"
        );
    }
}
