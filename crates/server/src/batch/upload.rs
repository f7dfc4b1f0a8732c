//! A day's payments handed in over HTTP, for lenders without an exchange of files: the same table, the same bounds.

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use super::IncomingId;
use super::incoming::hex;
use super::model::{DroppedFile, FileKind, FileState, Incoming, day_is_over, day_of};
use super::refusal::{FileFault, Refused};
use super::store::incoming as store;
use super::table::{BYTES_MAX, Table};
use super::taking::{self, Budget};
use crate::access::{Partner, Right, Staff};
use crate::ctx::Ctx;
use crate::db::Write as _;
use crate::disbursement::Refused as Reused;
use crate::error::Result;
use crate::id::InstitutionId;
use crate::jobs::{self, Job};
use crate::ledger::{self, Seat, SeatKind, Tx};

/// Takes a file of a day's payments; its rows follow in jobs. The same request again, or the same file, changes nothing.
pub async fn hand_in(
    ctx: &Ctx,
    partner: &Partner,
    day: Date,
    key: &str,
    bytes: &[u8],
) -> Result<Incoming> {
    let institution = &partner.institution;
    if bytes.len() as u64 > BYTES_MAX {
        return Err(FileFault::TooLarge.into());
    }
    let table = Table::read(FileKind::Payments, bytes)?;
    let sha256 = hex(bytes);
    // No manifest names it: the request's key takes its place.
    let manifest = hex(format!("xiaobao/payments-file/v1\n{key}").as_bytes());
    let file = DroppedFile {
        name: format!("payments-{}-{}.csv", day.strftime("%Y%m%d"), &sha256[..12]),
        rows: i64::try_from(table.rows())?,
        sha256,
    };
    day_is_over(&file.name, ctx.clock.now_ms())?;
    let view = ctx.db.read(institution).await?;
    if let Some(known) = store::by_manifest(&view, &manifest).await? {
        return match (known.name == file.name, known.sha256 == file.sha256) {
            (true, true) => Ok(known),
            _ => Err(Reused::KeyReused.into()),
        };
    }
    if let Some(known) = store::known(&view, &manifest, &file).await? {
        return Ok(known);
    }
    drop(view);
    let now_ms = ctx.clock.now_ms();
    let incoming = Incoming {
        id: IncomingId::fresh(now_ms, &ctx.random),
        name: file.name,
        kind: FileKind::Payments,
        sha256: file.sha256,
        manifest,
        state: FileState::Running,
        fault: None,
        rows: file.rows,
        rows_done: 0,
        rows_refused: 0,
        received_at_ms: now_ms,
        ended_at_ms: None,
        compared_at_ms: None,
        api_key: Some(partner.key.to_string()),
    };
    // A file without its row is never found; a row without its file would never end.
    let key = blob_key(institution, &incoming.id);
    ctx.blobs.put_once(&key, bytes.to_vec()).await?;
    let tx = match keep(ctx, partner, &incoming).await {
        Ok(tx) => tx,
        Err(refused) => {
            ctx.blobs.remove(&key).await?;
            return Err(refused);
        }
    };
    // After a commit that failed nobody knows whether the row stands, and its file stays.
    ledger::commit_recorded(tx).await?;
    Ok(incoming)
}

/// All but the commit.
async fn keep(ctx: &Ctx, partner: &Partner, incoming: &Incoming) -> Result<Tx> {
    let mut tx = ledger::begin(ctx, &partner.seat()).await?;
    taking::receive(&mut tx, incoming).await?;
    tx.enqueue(&Upload {
        id: incoming.id.to_string(),
        key: partner.key.to_string(),
    })
    .await?;
    Ok(tx)
}

/// Some rows of a file that was handed in; the next run goes on.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Upload {
    pub id: String,
    /// The API key that handed it in, under which its facts are sworn.
    pub key: String,
}

impl Upload {
    /// The system that handed it in.
    fn seat(&self, institution: &InstitutionId) -> Seat {
        Seat {
            institution: institution.clone(),
            kind: SeatKind::Partner,
            id: self.key.clone(),
        }
    }
}

impl Job for Upload {
    const KIND: &'static str = "batch.upload";

    async fn run(self, ctx: Ctx, institution: InstitutionId) -> Result<()> {
        let view = ctx.db.read(&institution).await?;
        let id = IncomingId::parse(&self.id)?;
        let seat = self.seat(&institution);
        let mut incoming = store::find(&view, &id).await?;
        drop(view);
        if incoming.state == FileState::Running {
            let table = match ctx.blobs.get(&blob_key(&institution, &id)).await? {
                Some(bytes) => Table::read(FileKind::Payments, &bytes),
                None => Err(FileFault::Missing),
            };
            incoming = match table {
                Ok(table) => {
                    let mut budget = Budget::default();
                    taking::go_on(&ctx, &seat, incoming, &table, &mut budget).await?
                }
                Err(fault) => taking::break_off(&ctx, &seat, &id, fault).await?,
            };
        }
        if incoming.state == FileState::Running {
            return go_on(&ctx, &institution, &self).await;
        }
        over(&ctx, &institution, &incoming).await
    }

    async fn given_up(self, ctx: Ctx, institution: InstitutionId) -> Result<()> {
        let view = ctx.db.read(&institution).await?;
        let id = IncomingId::parse(&self.id)?;
        let mut incoming = store::find(&view, &id).await?;
        drop(view);
        if incoming.state == FileState::Running {
            let seat = self.seat(&institution);
            let end = || taking::break_off(&ctx, &seat, &id, FileFault::GivenUp);
            incoming = ledger::retrying(end).await?;
        }
        over(&ctx, &institution, &incoming).await
    }
}

/// No row of the file is gone through any more: its day is compared, and nothing of it is kept.
async fn over(ctx: &Ctx, institution: &InstitutionId, incoming: &Incoming) -> Result<()> {
    if let Some(day) = day_of(&incoming.name) {
        taking::compare_day(ctx, institution, day, &[incoming]).await?;
    }
    ctx.blobs.remove(&blob_key(institution, &incoming.id)).await
}

/// A member of staff ends a file whose rows don't go on, however it came.
pub async fn end_early(ctx: &Ctx, staff: &Staff, id: &IncomingId) -> Result<Incoming> {
    staff.must(Right::SendBatches)?;
    let view = ctx.db.read(&staff.institution).await?;
    let running = store::find(&view, id).await?.state == FileState::Running;
    drop(view);
    if !running {
        return Err(Refused::FileOver.into());
    }
    let ended = taking::break_off(ctx, &staff.seat(), id, FileFault::EndedByStaff).await?;
    over(ctx, &staff.institution, &ended).await?;
    Ok(ended)
}

/// Enqueues the run that goes through the rows that are left.
async fn go_on(ctx: &Ctx, institution: &InstitutionId, upload: &Upload) -> Result<()> {
    let row = jobs::enqueue(ctx, institution, upload, ctx.clock.now_ms(), None)?;
    let mut tx = ctx
        .db
        .begin_unrecorded(institution, "how far a file is is no evidence")
        .await?;
    tx.exec_together(vec![row]).await?;
    tx.commit().await?;
    ctx.jobs_enqueued.notify_one();
    Ok(())
}

fn blob_key(institution: &InstitutionId, id: &IncomingId) -> String {
    format!("batch/{institution}/{id}/in.csv")
}
