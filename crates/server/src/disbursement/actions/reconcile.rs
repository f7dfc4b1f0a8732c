//! 对账: the lender's books of a day, line by line, against what was reported, and the other way round.
//!
//! A comparison goes in runs of a bounded number of pages, each its own job, and may be begun again at any time: an incident
//! is opened once.

use jiff::civil::Date;

use super::books::look;
use super::incidents::open;
use crate::access::{Right, Staff};
use crate::clock;
use crate::ctx::Ctx;
use crate::db::{View, Write};
use crate::disbursement::day::{Comparison, Day, DayId, Phase};
use crate::disbursement::facts::Reconciled;
use crate::disbursement::incident::Finding;
use crate::disbursement::jobs::Compare;
use crate::disbursement::receipt::ReceiptId;
use crate::disbursement::refusal::Refused;
use crate::disbursement::store;
use crate::error::Result;
use crate::id::InstitutionId;
use crate::jobs;
use crate::ledger::{self, Fact, Seat};
use crate::vault::SubjectId;

/// Lines, payments or tokens that one transaction looks at.
const PAGE: i64 = 200;
/// Pages of one run: some thousand lines, well within the time that a job has.
const PAGES_A_RUN: usize = 10;

/// One difference, on its way to an incident.
struct Difference {
    finding: Finding,
    source: String,
    loan: Option<(String, SubjectId)>,
}

/// Has a day compared from its beginning, by jobs. `refused` says how many rows of the lender's files of the day were not
/// taken, where that is known anew.
pub async fn begin(
    ctx: &Ctx,
    institution: &InstitutionId,
    day: Date,
    refused: Option<i64>,
) -> Result<()> {
    let now_ms = ctx.clock.now_ms();
    let mut tx = ctx
        .db
        .begin_unrecorded(
            institution,
            "a comparison under way is no evidence; its end is",
        )
        .await?;
    let going = store::lock_comparison(&tx, day).await?;
    let known = store::day(&tx, day).await?;
    let begun = Comparison {
        said: Day {
            id: match (&going, &known) {
                (Some(going), _) => going.said.id.clone(),
                (None, Some(known)) => known.id.clone(),
                (None, None) => DayId::fresh(now_ms, &ctx.random),
            },
            day,
            lines: 0,
            lines_amount: 0,
            receipts: 0,
            receipts_amount: 0,
            differences: 0,
            forgotten: 0,
            refused: refused
                .or(going.as_ref().map(|going| going.said.refused))
                .or(known.as_ref().map(|known| known.refused))
                .unwrap_or_default(),
            compared_at_ms: now_ms,
            version: known.map_or(0, |known| known.version),
        },
        phase: Phase::Theirs,
        after: String::new(),
        version: going.map_or(0, |going| going.version),
    };
    store::put_comparison(&mut tx, &begun).await?;
    go_on(ctx, institution, &mut tx, &begun).await?;
    tx.commit().await?;
    ctx.jobs_enqueued.notify_one();
    Ok(())
}

/// Enqueues the run that goes on from what was put last.
async fn go_on(
    ctx: &Ctx,
    institution: &InstitutionId,
    tx: &mut impl Write,
    put: &Comparison,
) -> Result<()> {
    let run = Compare {
        day: put.said.day.to_string(),
        version: put.version + 1,
    };
    let row = jobs::enqueue(ctx, institution, &run, ctx.clock.now_ms(), None)?;
    tx.exec_together(vec![row]).await
}

/// One run: some pages from where a comparison is. A run of another version was overtaken, and does nothing.
pub async fn run(ctx: &Ctx, institution: &InstitutionId, day: Date, version: i64) -> Result<()> {
    let view = ctx.db.read(institution).await?;
    let going = store::comparison(&view, day).await?;
    drop(view);
    let Some(mut going) = going.filter(|going| going.version == version) else {
        return Ok(());
    };
    for _ in 0..PAGES_A_RUN {
        if going.phase == Phase::Over {
            break;
        }
        let found = page(ctx, institution, &mut going).await?;
        note(ctx, institution, &mut going.said, found).await?;
    }
    if going.phase == Phase::Over {
        return ledger::retrying(|| end(ctx, institution, &going)).await;
    }
    let mut tx = ctx
        .db
        .begin_unrecorded(
            institution,
            "a comparison under way is no evidence; its end is",
        )
        .await?;
    store::put_comparison(&mut tx, &going).await?;
    go_on(ctx, institution, &mut tx, &going).await?;
    tx.commit().await
}

/// Keeps what a comparison came to; one that says what was said before leaves no second fact.
async fn end(ctx: &Ctx, institution: &InstitutionId, going: &Comparison) -> Result<()> {
    let said = &going.said;
    let view = ctx.db.read(institution).await?;
    let known = store::day(&view, said.day).await?;
    drop(view);
    if known.is_some_and(|known| known.says(said)) {
        let mut tx = ctx
            .db
            .begin_unrecorded(
                institution,
                "a comparison under way is no evidence; its end is",
            )
            .await?;
        store::remove_comparison(&mut tx, going).await?;
        return tx.commit().await;
    }
    let mut tx = ledger::begin(ctx, &Seat::system(institution, "reconciliation")).await?;
    store::remove_comparison(&mut tx, going).await?;
    store::put_day(&mut tx, said).await?;
    let fact = Reconciled {
        day: &said.day.to_string(),
        outcome: said.outcome(),
        lines: said.lines,
        lines_amount: said.lines_amount,
        receipts: said.receipts,
        receipts_amount: said.receipts_amount,
        differences: said.differences,
        refused: said.refused,
        forgotten: said.forgotten,
    };
    ledger::commit(tx, Fact::of(&said.id, &fact)?).await
}

/// The next page of whatever a comparison is at, and what was found in it; an empty one ends the phase.
async fn page(
    ctx: &Ctx,
    institution: &InstitutionId,
    going: &mut Comparison,
) -> Result<Vec<Difference>> {
    let view = ctx.db.read(institution).await?;
    let (found, last) = match going.phase {
        Phase::Theirs => theirs(&view, going).await?,
        Phase::Ours => ours(&view, going).await?,
        Phase::Unpaid => unpaid(&view, going, ctx.clock.now_ms()).await?,
        Phase::Over => (Vec::new(), None),
    };
    match last {
        Some(last) => going.after = last,
        None => {
            going.phase = going.phase.next();
            going.after.clear();
        }
    }
    Ok(found)
}

/// What a page holds, and its last id where it holds anything.
type Page = (Vec<Difference>, Option<String>);

/// Lines of the lender's books against ours.
async fn theirs(view: &View, going: &mut Comparison) -> Result<Page> {
    let said = &mut going.said;
    let page = store::lines(view, said.day, &going.after, PAGE).await?;
    let mut found = Vec::new();
    for line in &page {
        said.lines += 1;
        said.lines_amount += line.amount;
        let (finding, loan) = look(view, line).await?;
        found.extend(finding.map(|finding| Difference {
            finding,
            source: line.id.to_string(),
            loan,
        }));
    }
    Ok((found, page.last().map(|last| last.id.to_string())))
}

/// Payments of the day that were reported to us against the lender's books.
async fn ours(view: &View, going: &mut Comparison) -> Result<Page> {
    let said = &mut going.said;
    let (from_ms, to_ms) = bounds(said.day);
    let page = store::receipts_paid(view, from_ms, to_ms, &going.after, PAGE).await?;
    let last = page.last().map(|last| last.id.to_string());
    let mut found = Vec::new();
    for receipt in page {
        said.receipts += 1;
        said.receipts_amount += receipt.amount;
        if store::in_books(view, &receipt.payment_reference).await? {
            continue;
        }
        // Reported once its person's data was destroyed, nothing of it can lead to the books; what was found before stands.
        if receipt.is_forgotten() && !is_known(view, &receipt.id).await? {
            said.forgotten += 1;
            continue;
        }
        found.push(Difference {
            finding: Finding::NotInBooks,
            source: receipt.id.to_string(),
            loan: Some((receipt.case, receipt.subject)),
        });
    }
    Ok((found, last))
}

/// Whether a payment was found to be in no books while it could be looked for.
async fn is_known(view: &View, receipt: &ReceiptId) -> Result<bool> {
    let incidents = store::incidents_of(view, receipt.as_str()).await?;
    Ok(incidents
        .iter()
        .any(|incident| incident.finding == Finding::NotInBooks))
}

/// Tokens whose time ended that day and on which nobody paid, where no later one was issued and nothing was paid since.
async fn unpaid(view: &View, going: &Comparison, now_ms: i64) -> Result<Page> {
    let (from_ms, to_ms) = bounds(going.said.day);
    let to_ms = to_ms.min(now_ms);
    let page = store::unpaid_tokens(view, from_ms, to_ms, &going.after, PAGE).await?;
    let last = page.last().map(|last| last.id.clone());
    let found = page.into_iter().map(|token| Difference {
        finding: Finding::TokenUnpaid,
        source: token.id,
        loan: Some((token.case_id, SubjectId::stored(token.subject_id))),
    });
    Ok((found.collect(), last))
}

fn bounds(day: Date) -> (i64, i64) {
    let from_ms = clock::start_of(day);
    (from_ms, from_ms + clock::DAY_MS)
}

/// Opens what was found, once.
async fn note(
    ctx: &Ctx,
    institution: &InstitutionId,
    compared: &mut Day,
    found: Vec<Difference>,
) -> Result<()> {
    compared.differences += i64::try_from(found.len())?;
    if found.is_empty() {
        return Ok(());
    }
    let id = compared.id.as_str();
    ledger::retrying(|| open_all(ctx, institution, id, &found)).await
}

async fn open_all(
    ctx: &Ctx,
    institution: &InstitutionId,
    day: &str,
    found: &[Difference],
) -> Result<()> {
    let mut tx = ledger::begin(ctx, &Seat::system(institution, "reconciliation")).await?;
    let mut opened = 0;
    for one in found {
        let (case, subject) = match &one.loan {
            Some((case, subject)) => (case.as_str(), Some(subject)),
            None => (day, None),
        };
        let incident = open(&mut tx, case, subject, one.finding, &one.source).await?;
        opened += usize::from(incident.is_some());
    }
    match opened {
        0 => Ok(()),
        _ => ledger::commit_recorded(tx).await,
    }
}

/// A member of staff has a day compared anew, as after a payment was reported late.
pub async fn compare_anew(ctx: &Ctx, staff: &Staff, day: Date) -> Result<()> {
    staff.must(Right::HandleIncidents)?;
    let view = ctx.db.read(&staff.institution).await?;
    let going = store::comparison(&view, day).await?;
    if going.is_none() && store::day(&view, day).await?.is_none() {
        return Err(Refused::BooksMissing.into());
    }
    drop(view);
    begin(ctx, &staff.institution, day, None).await
}
