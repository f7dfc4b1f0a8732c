//! Making a day's files once, and laying them where the lender fetches them at least once.

use super::facts::{Delivered, Made, SentAgain};
use super::model::{Cut, ENTRIES_MAX, Listed, Manifest, Outgoing, Reach, Slot, due};
use super::refusal::Refused;
use super::store::outgoing as store;
use super::transport::{Outcome, Place};
use super::{OutgoingId, lines};
use crate::access::{Institution, Right, Staff};
use crate::clock;
use crate::ctx::Ctx;
use crate::db::{Read, View};
use crate::error::{Error, Result};
use crate::id::InstitutionId;
use crate::ledger::{self, Entry, Fact, Seat};

/// Days that one turn makes.
const MADE_MAX: usize = 8;

/// Entries that are read at a time.
const READ_AT_ONCE: i64 = 1_000;

/// Makes every batch that is due; the next turn goes on where this one stopped.
pub async fn make_due(ctx: &Ctx, institution: &Institution) -> Result<()> {
    for _ in 0..MADE_MAX {
        let view = ctx.db.read(&institution.id).await?;
        let last = store::last(&view).await?;
        let hour = ctx.config.batch.out_hour;
        let Some(slot) = due(last.as_ref(), ctx.clock.now_ms(), hour) else {
            return Ok(());
        };
        let made = make(ctx, view, institution, slot).await?;
        ledger::retrying(|| keep(ctx, &institution.id, &made)).await?;
    }
    Ok(())
}

/// Entries of the slot's day that are under a checkpoint, and whether they are all of them.
async fn entries_of(view: &View, slot: Slot, published: i64) -> Result<(Vec<Entry>, Reach)> {
    let end_ms = clock::start_of(slot.day) + clock::DAY_MS;
    let most = published.min(slot.from + ENTRIES_MAX);
    let mut entries: Vec<Entry> = Vec::new();
    let mut at = slot.from;
    while at < most {
        let read = ledger::entries(view, at, READ_AT_ONCE.min(most - at)).await?;
        if read.is_empty() {
            break;
        }
        at += i64::try_from(read.len())?;
        for entry in read {
            // The log is in the order of time but for writers of the same moment.
            if entry.at_ms >= end_ms {
                return Ok((entries, Reach::Whole));
            }
            entries.push(entry);
        }
    }
    let reach = if at < published {
        Reach::Part
    } else {
        Reach::Whole
    };
    Ok((entries, reach))
}

async fn make(ctx: &Ctx, view: View, institution: &Institution, slot: Slot) -> Result<Outgoing> {
    let log = ledger::log_state(ctx, &institution.id).await?;
    let (entries, reach) = entries_of(&view, slot, log.published_size).await?;
    let files = lines::files(ctx, &view, &entries).await?;
    let now_ms = ctx.clock.now_ms();
    let id = OutgoingId::fresh(now_ms, &ctx.random);
    let mut listed = Vec::new();
    let label = slot.label();
    for (name, bytes, rows) in files {
        let name = format!("{name}-{label}.csv");
        listed.push(lay(ctx, &institution.id, &id, name, bytes, rows).await?);
    }
    if reach == Reach::Whole {
        let (mut next, mut no) = (Some(String::new()), 0);
        while let Some(after) = next {
            let rows_max = ctx.config.batch.statement_rows_max;
            let ((name, bytes, rows), more) =
                lines::statement(&view, slot.day, after, rows_max).await?;
            next = more;
            no += 1;
            let name = match no {
                1 => format!("{name}-{label}.csv"),
                _ if rows == 0 => break,
                _ => format!("{name}-{label}-{no}.csv"),
            };
            listed.push(lay(ctx, &institution.id, &id, name, bytes, rows).await?);
        }
    }
    drop(view);
    let to = slot.from + i64::try_from(entries.len())?;
    let manifest = Manifest {
        v: 1,
        institution: institution.code.clone(),
        day: slot.day,
        part: slot.part,
        made_at: clock::timestamp(now_ms).to_string(),
        log: Cut {
            origin: log.origin,
            from: slot.from,
            to,
            checkpoint: log.checkpoint.unwrap_or_default(),
        },
        files: listed,
    };
    Ok(Outgoing {
        id,
        day: slot.day,
        part: slot.part,
        from: slot.from,
        to,
        reach,
        manifest: serde_json::to_string_pretty(&manifest)?,
        made_at_ms: now_ms,
        delivered_at_ms: None,
        deliveries: 0,
        version: 1,
    })
}

/// Lays one file of a batch down.
async fn lay(
    ctx: &Ctx,
    institution: &InstitutionId,
    id: &OutgoingId,
    name: String,
    bytes: Vec<u8>,
    rows: i64,
) -> Result<Listed> {
    let file = Listed {
        name,
        rows,
        bytes: i64::try_from(bytes.len())?,
        sha256: proof::hex::encode(&proof::digest::sha256(&bytes)),
    };
    let key = blob_key(institution, id, &file.name);
    ctx.blobs.put_once(&key, bytes).await?;
    Ok(file)
}

/// Keeps a batch, unless another node made the same one.
async fn keep(ctx: &Ctx, institution: &InstitutionId, made: &Outgoing) -> Result<()> {
    let mut tx = ledger::begin(ctx, &Seat::system(institution, "batch")).await?;
    if !store::insert(&mut tx, made).await? {
        return Ok(());
    }
    let digest = proof::hex::encode(&proof::digest::sha256(made.manifest.as_bytes()));
    let fact = Made {
        day: made.day,
        part: made.part,
        from: made.from,
        to: made.to,
        files: &manifest(made)?.files,
        manifest_sha256: &digest,
    };
    ledger::commit(tx, Fact::of(&made.id, &fact)?).await
}

/// What a batch's manifest says.
pub fn manifest(batch: &Outgoing) -> Result<Manifest> {
    Ok(serde_json::from_str(&batch.manifest)?)
}

fn blob_key(institution: &InstitutionId, id: &OutgoingId, name: &str) -> String {
    format!("batch/{institution}/{id}/{name}")
}

/// One file of a batch.
pub async fn file(
    ctx: &Ctx,
    institution: &InstitutionId,
    batch: &Outgoing,
    name: &str,
) -> Result<Vec<u8>> {
    let known = manifest(batch)?.files.iter().any(|file| file.name == name);
    if !known {
        return Err(Error::not_found());
    }
    let found = ctx
        .blobs
        .get(&blob_key(institution, &batch.id, name))
        .await?;
    found.ok_or_else(|| Error::internal("a batch without its file"))
}

/// Batches that one turn delivers.
const DELIVERED_MAX: i64 = 8;

/// Lays every batch that waits into the place, the manifest last.
pub async fn deliver(
    ctx: &Ctx,
    institution: &InstitutionId,
    place: &Place<'_>,
) -> Result<Outcome<()>> {
    let view = ctx.db.read(institution).await?;
    let waiting = store::undelivered(&view, DELIVERED_MAX).await?;
    drop(view);
    for batch in waiting {
        let mut files = Vec::new();
        for listed in manifest(&batch)?.files {
            let bytes = file(ctx, institution, &batch, &listed.name).await?;
            files.push((listed.name, bytes));
        }
        let slot = Slot {
            day: batch.day,
            part: batch.part,
            from: batch.from,
        };
        let name = format!("manifest-{}.json", slot.label());
        files.push((name, batch.manifest.clone().into_bytes()));
        if let Err(trouble) = place.put(&files).await {
            return Ok(Err(trouble));
        }
        ledger::retrying(|| delivered(ctx, institution, &batch.id)).await?;
    }
    Ok(Ok(()))
}

async fn delivered(ctx: &Ctx, institution: &InstitutionId, id: &OutgoingId) -> Result<()> {
    let mut tx = ledger::begin(ctx, &Seat::system(institution, "batch")).await?;
    let mut batch = store::find(&tx, id).await?.ok_or_else(Error::not_found)?;
    batch.delivered_at_ms = Some(tx.now_ms());
    batch.deliveries += 1;
    store::save(&mut tx, &batch).await?;
    let fact = Delivered {
        deliveries: batch.deliveries,
    };
    ledger::commit(tx, Fact::of(id, &fact)?).await
}

/// Has a delivered batch laid there once more; the files are the same.
pub async fn send_again(ctx: &Ctx, staff: &Staff, id: &OutgoingId) -> Result<Outgoing> {
    staff.must(Right::SendBatches)?;
    let mut tx = ledger::begin(ctx, &staff.seat()).await?;
    let mut batch = store::find(&tx, id).await?.ok_or_else(Error::not_found)?;
    if batch.delivered_at_ms.take().is_none() {
        return Err(Refused::NotDelivered.into());
    }
    store::save(&mut tx, &batch).await?;
    ledger::commit(tx, Fact::of(id, &SentAgain {})?).await?;
    Ok(batch)
}

/// One batch, as it is.
pub async fn look(view: &impl Read, id: &OutgoingId) -> Result<Outgoing> {
    store::look(view, id).await?.ok_or_else(Error::not_found)
}
