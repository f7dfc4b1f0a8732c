//! Asking witnesses (C2SP tlog-witness): each is shown that a checkpoint extends the tree it cosigned last.
//!
//! Publishing waits for them a bounded time and goes on without whoever is silent; a witness that failed is left out for
//! a while, and a checkpoint that nothing follows is shown again until all have cosigned it.

use std::time::Duration;

use proof::checkpoint::VerifierKey;
use proof::tree::consistency_path;
use proof::witness::{Request, SIZE_TYPE, add, cosigned};

use super::publish::Published;
use super::store::{self, WitnessRow};
use super::tiles::StoredTiles;
use crate::clock;
use crate::config::Witness;
use crate::ctx::Ctx;
use crate::db::Read;
use crate::error::Result;
use crate::id::InstitutionId;
use crate::outward::{self, Loopback, Reach, Unanswered};

/// Longest time for which a witness that failed is left out.
const LEFT_OUT_MAX_MS: i64 = 60_000;
/// A first answer may name the size that the witness knows.
const ASKED_MAX: usize = 2;

/// What kept a witness from cosigning: a stable name.
type Fault = &'static str;

/// The checkpoint with the cosignatures it has, and how many of the witnesses' that are.
pub struct Cosigned {
    pub note: String,
    pub witnesses: i64,
}

/// Whether the last checkpoint's row lacks a witness that may be asked again, or doesn't know of all its lines.
pub async fn due(ctx: &Ctx, view: &impl Read) -> Result<bool> {
    let keys = ctx.config.ledger.cosigners();
    if keys.is_empty() {
        return Ok(false);
    }
    let institution = view.institution()?;
    let Some(last) = store::last_checkpoint(view, institution).await? else {
        return Ok(false);
    };
    let known = store::witnesses(view, institution).await?;
    let now_ms = ctx.clock.now_ms();
    let left_out = |key: &VerifierKey| {
        let mut rows = known.iter().filter(|row| row.witness == key.name());
        rows.any(|row| row.next_try_ms > now_ms)
    };
    let lacks = |key: &VerifierKey| cosigned(&last.note, std::slice::from_ref(key)) == 0;
    let counted = i64::try_from(cosigned(&last.note, &keys))?;
    Ok(last.cosigned != counted || keys.iter().any(|key| lacks(key) && !left_out(key)))
}

/// Shows a checkpoint to every witness that has not cosigned it and is not left out; its tiles are written already.
pub async fn gather(
    ctx: &Ctx,
    institution: &InstitutionId,
    published: &Published,
) -> Result<Cosigned> {
    let config = &ctx.config.ledger;
    let keys = config.cosigners();
    let mut note = published.note.clone();
    let view = ctx.db.read(institution).await?;
    let known = store::witnesses(&view, institution).await?;
    drop(view);
    let (now_ms, wait) = (
        ctx.clock.now_ms(),
        Duration::from_millis(config.witness_wait_ms),
    );
    let asked = config.witnesses.iter().zip(&keys).filter_map(|(at, key)| {
        let mine = known.iter().find(|row| row.witness == key.name());
        let row = mine.cloned().unwrap_or_else(|| WitnessRow {
            witness: key.name().to_owned(),
            ..WitnessRow::default()
        });
        let has = cosigned(&note, std::slice::from_ref(key)) == 1;
        (!has && row.next_try_ms <= now_ms).then_some((at, key, row))
    });
    let asking = asked.map(|(at, key, row)| async move {
        let answer = clock::within(wait, ask(ctx, institution, published, (at, key), row.size));
        (key, row, answer.await.unwrap_or(Err("timeout")))
    });
    let answers = futures::future::join_all(asking).await;
    let mut rows = Vec::with_capacity(answers.len());
    for (key, row, answer) in answers {
        let added = answer.and_then(|line| add(&note, &line, key).map_err(|_| "bad_cosignature"));
        rows.push(match added {
            Ok(more) => {
                note = more;
                WitnessRow {
                    size: i64::try_from(published.checkpoint.size)?,
                    cosigned_at_ms: Some(ctx.clock.now_ms()),
                    failures: 0,
                    fault: None,
                    next_try_ms: 0,
                    ..row
                }
            }
            Err(fault) => {
                tracing::warn!(witness = row.witness, %institution, fault, "no cosignature");
                let failures = row.failures + 1;
                let pause = (500_i64 << failures.clamp(1, 7)).min(LEFT_OUT_MAX_MS);
                WitnessRow {
                    failures,
                    fault: Some(fault.to_owned()),
                    next_try_ms: ctx.clock.now_ms() + pause,
                    ..row
                }
            }
        });
    }
    if !rows.is_empty() {
        let mut tx = ctx
            .db
            .begin_unrecorded(institution, "what a witness answered is its own to prove")
            .await?;
        for row in &rows {
            store::put_witness(&mut tx, institution, row).await?;
        }
        tx.commit().await?;
    }
    Ok(Cosigned {
        witnesses: i64::try_from(cosigned(&note, &keys))?,
        note,
    })
}

/// The witness's cosignature line, not yet checked.
async fn ask(
    ctx: &Ctx,
    institution: &InstitutionId,
    published: &Published,
    (at, key): (&Witness, &VerifierKey),
    known_size: i64,
) -> std::result::Result<String, Fault> {
    let new_size = published.checkpoint.size;
    let mut old_size = u64::try_from(known_size).unwrap_or(0);
    for _ in 0..ASKED_MAX {
        if old_size > new_size {
            // It cosigned entries that this log no longer has, or never had.
            tracing::error!(witness = key.name(), %institution, old_size, new_size, "a witness knows a larger tree");
            return Err("larger_tree_known");
        }
        let request = Request {
            old_size,
            path: path(ctx, institution, old_size, new_size).await?,
            checkpoint: published.note.clone(),
        };
        let answer = post(ctx, &at.url, request.to_text())
            .await
            .map_err(|Unanswered(why)| why)?;
        let text = std::str::from_utf8(answer.body()).map_err(|_| "malformed_answer")?;
        let is_size = answer
            .headers()
            .get("content-type")
            .is_some_and(|kind| kind.as_bytes() == SIZE_TYPE.as_bytes());
        match answer.status().as_u16() {
            200 => return Ok(text.to_owned()),
            409 if is_size => old_size = text.trim_end().parse().map_err(|_| "malformed_answer")?,
            403 => return Err("key_unknown_there"),
            404 => return Err("log_unknown_there"),
            409 | 422 => return Err("not_an_extension_there"),
            _ => return Err("refused"),
        }
    }
    Err("not_an_extension_there")
}

async fn path(
    ctx: &Ctx,
    institution: &InstitutionId,
    old: u64,
    new: u64,
) -> std::result::Result<Vec<proof::Hash>, Fault> {
    let tiles = StoredTiles {
        blobs: ctx.blobs.clone(),
        institution: institution.clone(),
    };
    let read = tokio::task::spawn_blocking(move || consistency_path(old, new, &tiles)).await;
    match read {
        Ok(Ok(path)) => Ok(path),
        _ => Err("tiles_unreadable"),
    }
}

async fn post(
    ctx: &Ctx,
    url: &str,
    body: String,
) -> std::result::Result<axum::http::Response<Vec<u8>>, Unanswered> {
    let request =
        axum::http::Request::post(format!("{}/add-checkpoint", url.trim_end_matches('/')))
            .header("content-type", "text/plain; charset=utf-8")
            .body(body.into_bytes())
            .map_err(|_| Unanswered("url"))?;
    outward::ask(request, reach(ctx.config.webhook.loopback)).await
}

/// Witnesses are public; one on this very machine is for development.
fn reach(loopback: Loopback) -> Reach {
    loopback.into()
}
