//! Taking one file: its rows go through some at a time, and the day of its payments is compared when all came.

use jiff::civil::Date;

use super::facts::{Ended, NotTaken, Received};
use super::model::{Incoming, Row};
use super::refusal::FileFault;
use super::store::incoming as store;
use super::table::Table;
use super::{IncomingId, rows};
use crate::ctx::Ctx;
use crate::disbursement;
use crate::error::{Refuse as _, Result};
use crate::id::InstitutionId;
use crate::ledger::{self, Fact, Seat, SeatKind, Tx};

/// Rows that one turn goes through; the next turn goes on.
pub const ROWS_AT_ONCE: i64 = 500;

/// What is left of a turn.
pub struct Budget(i64);

impl Default for Budget {
    fn default() -> Self {
        Self(ROWS_AT_ONCE)
    }
}

/// The lender's own system, known by the file it dropped.
pub fn seat(institution: &InstitutionId, id: &IncomingId) -> Seat {
    Seat {
        institution: institution.clone(),
        kind: SeatKind::Partner,
        id: id.to_string(),
    }
}

/// Keeps that a file was taken; its rows follow.
pub async fn receive(tx: &mut Tx, incoming: &Incoming) -> Result<()> {
    store::insert(tx, incoming).await?;
    let fact = Received {
        kind: incoming.kind,
        sha256: &incoming.sha256,
        rows: incoming.rows,
    };
    tx.record(Fact::of(&incoming.id, &fact)?);
    Ok(())
}

/// Goes through the rows that are left, as far as the budget reaches; behind the last the file is ended.
pub async fn go_on(
    ctx: &Ctx,
    seat: &Seat,
    mut incoming: Incoming,
    table: &Table,
    budget: &mut Budget,
) -> Result<Incoming> {
    while incoming.rows_done < incoming.rows && budget.0 > 0 {
        let no = incoming.rows_done + 1;
        let Some(record) = table.row(no) else { break };
        let row = rows::run(ctx, seat, &incoming, no, &record).await?;
        let mark = rows::mark(&incoming, &record);
        incoming = note(ctx, &seat.institution, incoming, &row, mark).await?;
        budget.0 -= 1;
    }
    if incoming.rows_done == incoming.rows {
        incoming = ledger::retrying(|| end(ctx, seat, &incoming.id)).await?;
    }
    Ok(incoming)
}

/// Notes how a row ended, and how far the file is.
async fn note(
    ctx: &Ctx,
    institution: &InstitutionId,
    incoming: Incoming,
    row: &Row,
    mark: Option<String>,
) -> Result<Incoming> {
    let mut tx = ctx
        .db
        .begin_unrecorded(institution, "how far a file is is no evidence")
        .await?;
    let now = store::advance(&mut tx, incoming, row, mark.as_deref()).await?;
    tx.commit().await?;
    Ok(now)
}

async fn end(ctx: &Ctx, seat: &Seat, id: &IncomingId) -> Result<Incoming> {
    let mut tx = ledger::begin(ctx, seat).await?;
    let now_ms = tx.now_ms();
    let ended = store::end(&mut tx, id, now_ms).await?;
    let fact = Ended {
        rows: ended.rows,
        refused: ended.rows_refused,
    };
    ledger::commit(tx, Fact::of(id, &fact)?).await?;
    Ok(ended)
}

/// The rows that are left are not gone through.
pub async fn break_off(
    ctx: &Ctx,
    seat: &Seat,
    id: &IncomingId,
    fault: FileFault,
) -> Result<Incoming> {
    let mut tx = ledger::begin(ctx, seat).await?;
    let now_ms = tx.now_ms();
    let broken = store::break_off(&mut tx, id, fault, now_ms).await?;
    let fact = NotTaken {
        sha256: &broken.sha256,
        reason: fault.code(),
    };
    ledger::commit(tx, Fact::of(id, &fact)?).await?;
    Ok(broken)
}

/// Keeps which of some files staff ended, once the lender was told: dropped again they begin anew.
pub async fn answered(ctx: &Ctx, institution: &InstitutionId, files: &[&Incoming]) -> Result<()> {
    let by_staff = |file: &&&Incoming| file.fault == Some(FileFault::EndedByStaff);
    let mut tx = ctx
        .db
        .begin_unrecorded(institution, "how far a file is is no evidence")
        .await?;
    for file in files.iter().filter(by_staff) {
        store::answered(&mut tx, &file.id, ctx.clock.now_ms()).await?;
    }
    tx.commit().await
}

/// Has a day compared, once for files that came together: the last of them to end begins it, for what is not entered yet
/// would be a difference. What was refused whole leaves nothing to compare, unless more came.
pub async fn compare_day(
    ctx: &Ctx,
    institution: &InstitutionId,
    day: Date,
    files: &[&Incoming],
) -> Result<()> {
    if files.iter().all(|file| file.compared_at_ms.is_some()) {
        return Ok(());
    }
    let view = ctx.db.read(institution).await?;
    let came = store::of_day(&view, day).await?;
    drop(view);
    if came.running > 0 {
        return Ok(());
    }
    if came.taken > 0 {
        let begin = || disbursement::begin_comparison(ctx, institution, day, Some(came.refused));
        ledger::retrying(begin).await?;
    }
    let mut tx = ctx
        .db
        .begin_unrecorded(institution, "how far a file is is no evidence")
        .await?;
    for file in files {
        store::compared(&mut tx, &file.id, ctx.clock.now_ms()).await?;
    }
    tx.commit().await
}
