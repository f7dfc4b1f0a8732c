//! One look: the newest film out of the desk, through the senses, to the person's page.

use super::desk::{self, Due, Known};
use crate::ctx::Ctx;
use crate::error::Result;
use crate::ledger::{self, Seat};
use crate::product::NodeKind;
use crate::recording::Senses;
use crate::recording::actions::{enrolled_name, film, line_of};
use crate::recording::examine::{self, Biometrics, Enrolled};
use crate::recording::model::{Reason, Recording, State, Try, TryState};
use crate::recording::scratch::Scratch;
use crate::recording::store::{self, prompts, segments, tries};
use crate::vault::{self, Purpose};

/// Looks at what came last of a recording, and keeps what is to be told; gives how many things that are.
pub async fn look(ctx: &Ctx, due: &Due, biometrics: Biometrics) -> Result<usize> {
    let id = &due.recording;
    let view = ctx.db.read(&due.institution).await?;
    let recording = store::find(&view, id).await?;
    if recording.state != State::Running {
        desk::leaves(ctx, id);
        return Ok(0);
    }
    let tried = tries::list(&view, id).await?;
    drop(view);
    let Some(segment) = desk::at(ctx, id, |watch| watch.segment) else {
        return Ok(0);
    };
    // What a colleague ended is only handed in.
    let open =
        |one: &Try| one.state == TryState::Open && one.until_ms.is_none() && one.segment == segment;
    let Some(tried) = tried.into_iter().find(open) else {
        return Ok(0);
    };
    let line = line_of(&recording, &tried)?;
    // A card before the camera is nobody's face.
    if line.kind == NodeKind::Card {
        return Ok(0);
    }
    know(ctx, due, &recording, &tried, biometrics).await?;
    let known = desk::at(ctx, id, |watch| {
        (watch.film(), watch.known.enrolled.clone())
    });
    let Some((Some(bytes), enrolled)) = known else {
        return Ok(0);
    };
    let enrolled = enrolled.filter(|_| biometrics == Biometrics::Consented);
    let scratch = Scratch::keep(ctx, &bytes)?;
    drop(bytes);
    let senses = Senses::new(&ctx.config.recording);
    let glance = examine::glance(&senses, scratch.path.clone(), enrolled.as_ref()).await;
    drop(scratch);
    let Ok(glance) = glance else {
        // Left out: what comes next is looked at.
        return Ok(0);
    };
    let now_ms = ctx.clock.now_ms();
    let told = desk::at(ctx, id, |watch| {
        let Some(glance) = glance else {
            // Where pictures begin anew seldom, more of the film shows one.
            watch.wide = true;
            return Vec::new();
        };
        let telling = &mut watch.known.telling;
        telling.tells(&glance, line.kind, tried.opened_at_ms, now_ms)
    });
    let told = told.unwrap_or_default();
    tell(ctx, due, &tried, &told).await?;
    Ok(told.len())
}

/// What a try is looked at with: made once for it, from memory where that suffices.
async fn know(
    ctx: &Ctx,
    due: &Due,
    recording: &Recording,
    tried: &Try,
    biometrics: Biometrics,
) -> Result<()> {
    let of = (tried.node, tried.no);
    let state = desk::at(ctx, &due.recording, |watch| {
        if watch.known.of != of {
            watch.known = Known {
                of,
                ..Known::default()
            };
        }
        let compares = biometrics == Biometrics::Consented && recording.enrolled.is_some();
        let lacks_face = compares && watch.known.enrolled.is_none();
        let lacks = watch.head.is_none() || lacks_face;
        let opens = lacks && !watch.known.opened;
        watch.known.opened |= opens;
        opens
    });
    if state != Some(true) {
        return Ok(());
    }
    let (head, enrolled) =
        ledger::retrying(|| opened(ctx, due, recording, tried, biometrics)).await?;
    desk::at(ctx, &due.recording, |watch| {
        if watch.head.is_none() && watch.segment == tried.segment {
            watch.learns(&head);
        }
        if watch.known.of == of {
            watch.known.enrolled = enrolled;
        }
    });
    Ok(())
}

/// Opens templates and the segment's first chunk; the opening is a fact.
async fn opened(
    ctx: &Ctx,
    due: &Due,
    recording: &Recording,
    tried: &Try,
    biometrics: Biometrics,
) -> Result<(Vec<u8>, Option<Enrolled>)> {
    let seat = Seat::system(&due.institution, "recording");
    let mut tx = ledger::begin(ctx, &seat).await?;
    let id = &due.recording;
    let first = segments::chunks(&tx, id, tried.segment, 1).await?;
    let open = vault::open_parts(
        &mut tx,
        &recording.subject,
        id.as_str(),
        Purpose::CheckRecording,
    )
    .await?;
    let enrolled = match (&recording.enrolled, biometrics) {
        (Some(sealed), Biometrics::Consented) => {
            let plain = open.part(&enrolled_name(id), sealed)?;
            Some(serde_json::from_slice(&plain)?)
        }
        _ => None,
    };
    ledger::commit_recorded(tx).await?;
    let head = film(ctx, &seat, &open, &first).await?;
    Ok((head.to_vec(), enrolled))
}

/// Keeps what is told, where its node still goes on; the page learns of it by the recording's revision.
async fn tell(ctx: &Ctx, due: &Due, tried: &Try, told: &[Reason]) -> Result<()> {
    if told.is_empty() {
        return Ok(());
    }
    let mut tx = ctx
        .db
        .begin_unrecorded(
            &due.institution,
            "what is told while recording is no evidence",
        )
        .await?;
    store::moved(&mut tx, &due.recording).await?;
    let all = tries::list(&tx, &due.recording).await?;
    let same = |one: &&Try| (one.node, one.no) == (tried.node, tried.no);
    if all
        .iter()
        .find(same)
        .is_none_or(|one| one.state != TryState::Open)
    {
        return Ok(());
    }
    let now_ms = ctx.clock.now_ms();
    for what in told {
        prompts::add(&mut tx, tried, *what, now_ms).await?;
    }
    tx.commit().await
}
