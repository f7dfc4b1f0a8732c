//! 对账: the lender's books of a day, line by line, against what was reported, and the other way round.
//!
//! Lines are kept as they come; the comparison goes page by page and may be run again: an incident is opened once.

use jiff::civil::Date;

use super::incidents::open;
use crate::access::{Right, Staff};
use crate::clock;
use crate::ctx::Ctx;
use crate::db::Read;
use crate::disbursement::day::{Day, DayId, Line, LineId, Ours};
use crate::disbursement::facts::Reconciled;
use crate::disbursement::incident::Finding;
use crate::disbursement::refusal::Refused;
use crate::disbursement::store;
use crate::error::Result;
use crate::id::InstitutionId;
use crate::ledger::{self, Changed, Fact, Seat};
use crate::vault::SubjectId;

/// Lines, payments or tokens that one transaction looks at.
const PAGE: i64 = 200;

/// A payment that the lender's books name.
#[derive(Clone, Debug)]
pub struct InBooks {
    pub day: Date,
    pub payment_reference: String,
    pub loan_number: Option<String>,
    /// Fen.
    pub amount: i64,
    pub paid_at_ms: i64,
}

/// A line as it was entered, and how it compares now.
#[derive(Debug)]
pub struct Entered {
    pub finding: Option<Finding>,
    pub case: Option<String>,
    pub changed: Changed,
}

/// Enters a line of the lender's books; the same again changes nothing, another one under its number is refused.
pub async fn enter(ctx: &Ctx, institution: &InstitutionId, said: &InBooks) -> Result<Entered> {
    let now_ms = ctx.clock.now_ms();
    let line = Line {
        id: LineId::fresh(now_ms, &ctx.random),
        day: said.day,
        payment_reference: said.payment_reference.clone(),
        loan_number: said.loan_number.clone(),
        amount: said.amount,
        paid_at_ms: said.paid_at_ms,
        kept_at_ms: now_ms,
    };
    let mut tx = ctx
        .db
        .begin_unrecorded(
            institution,
            "a line of the lender's is no evidence; its comparison is",
        )
        .await?;
    let known = store::insert_line(&mut tx, &line).await?;
    tx.commit().await?;
    let same = |known: &Line| {
        let of = |line: &Line| (line.loan_number.clone(), line.amount, line.paid_at_ms);
        of(known) == of(&line)
    };
    let (line, changed) = match known {
        Some(known) if !same(&known) => return Err(Refused::LineDiffers.into()),
        Some(known) => (known, Changed::No),
        None => (line, Changed::Yes),
    };
    let view = ctx.db.read(institution).await?;
    let (finding, loan) = look(&view, &line).await?;
    Ok(Entered {
        finding,
        case: loan.map(|(case, _)| case),
        changed,
    })
}

/// How a line compares, and whose loan it is where it leads to one.
async fn look(
    view: &impl Read,
    line: &Line,
) -> Result<(Option<Finding>, Option<(String, SubjectId)>)> {
    let receipt = store::receipt_like(view, &line.payment_reference, line.amount).await?;
    let booking = match &line.loan_number {
        Some(number) => store::booking_by_number(view, number).await?,
        None => None,
    };
    let token = match &booking {
        Some(booking) => store::token_at(view, &booking.case, line.paid_at_ms).await?,
        None => None,
    };
    let finding = line.finding(&Ours {
        receipt: receipt.as_ref(),
        booking: booking.as_ref(),
        token: token.as_ref(),
    });
    let loan = receipt
        .map(|receipt| (receipt.case, receipt.subject))
        .or(booking.map(|booking| (booking.case, booking.subject)));
    Ok((finding, loan))
}

/// One difference, on its way to an incident.
struct Difference {
    finding: Finding,
    source: String,
    loan: Option<(String, SubjectId)>,
}

/// Compares a day with the lender's books that were entered for it, both ways; a difference opens an incident.
pub async fn compare(ctx: &Ctx, institution: &InstitutionId, day: Date) -> Result<Day> {
    let view = ctx.db.read(institution).await?;
    let known = store::day(&view, day).await?;
    drop(view);
    let now_ms = ctx.clock.now_ms();
    let id = match &known {
        Some(known) => known.id.clone(),
        None => DayId::fresh(now_ms, &ctx.random),
    };
    let mut compared = Day {
        id,
        day,
        lines: 0,
        lines_amount: 0,
        receipts: 0,
        receipts_amount: 0,
        differences: 0,
        compared_at_ms: now_ms,
        version: known.as_ref().map_or(0, |known| known.version),
    };
    theirs(ctx, institution, &mut compared).await?;
    ours(ctx, institution, &mut compared).await?;
    unpaid(ctx, institution, &mut compared).await?;
    if known.is_some_and(|known| known.says(&compared)) {
        return Ok(compared);
    }
    keep(ctx, institution, &compared).await?;
    Ok(compared)
}

async fn keep(ctx: &Ctx, institution: &InstitutionId, compared: &Day) -> Result<()> {
    let mut tx = ledger::begin(ctx, &Seat::system(institution, "reconciliation")).await?;
    store::put_day(&mut tx, compared).await?;
    let fact = Reconciled {
        day: &compared.day.to_string(),
        outcome: compared.outcome(),
        lines: compared.lines,
        lines_amount: compared.lines_amount,
        receipts: compared.receipts,
        receipts_amount: compared.receipts_amount,
        differences: compared.differences,
    };
    ledger::commit(tx, Fact::of(&compared.id, &fact)?).await
}

/// Every line of the lender's books against ours.
async fn theirs(ctx: &Ctx, institution: &InstitutionId, compared: &mut Day) -> Result<()> {
    let mut after = String::new();
    loop {
        let view = ctx.db.read(institution).await?;
        let page = store::lines(&view, compared.day, &after, PAGE).await?;
        let Some(last) = page.last() else {
            return Ok(());
        };
        after = last.id.to_string();
        let mut found = Vec::new();
        for line in &page {
            compared.lines += 1;
            compared.lines_amount += line.amount;
            let (finding, loan) = look(&view, line).await?;
            found.extend(finding.map(|finding| Difference {
                finding,
                source: line.id.to_string(),
                loan,
            }));
        }
        drop(view);
        note(ctx, institution, compared, found).await?;
    }
}

/// Every payment of the day that was reported to us against the lender's books.
async fn ours(ctx: &Ctx, institution: &InstitutionId, compared: &mut Day) -> Result<()> {
    let (from_ms, to_ms) = bounds(compared.day);
    let mut after = String::new();
    loop {
        let view = ctx.db.read(institution).await?;
        let page = store::receipts_paid(&view, from_ms, to_ms, &after, PAGE).await?;
        let Some(last) = page.last() else {
            return Ok(());
        };
        after = last.id.to_string();
        let mut found = Vec::new();
        for receipt in page {
            compared.receipts += 1;
            compared.receipts_amount += receipt.amount;
            if store::in_books(&view, &receipt.payment_reference).await? {
                continue;
            }
            found.push(Difference {
                finding: Finding::NotInBooks,
                source: receipt.id.to_string(),
                loan: Some((receipt.case, receipt.subject)),
            });
        }
        drop(view);
        note(ctx, institution, compared, found).await?;
    }
}

/// Tokens whose time ended that day and on which nobody paid, where no later one was issued and nothing was paid since.
async fn unpaid(ctx: &Ctx, institution: &InstitutionId, compared: &mut Day) -> Result<()> {
    let (from_ms, to_ms) = bounds(compared.day);
    let to_ms = to_ms.min(ctx.clock.now_ms());
    let mut after = String::new();
    loop {
        let view = ctx.db.read(institution).await?;
        let page = store::unpaid_tokens(&view, from_ms, to_ms, &after, PAGE).await?;
        drop(view);
        let Some(last) = page.last() else {
            return Ok(());
        };
        after = last.id.clone();
        let found = page.into_iter().map(|token| Difference {
            finding: Finding::TokenUnpaid,
            source: token.id,
            loan: Some((token.case_id, SubjectId::stored(token.subject_id))),
        });
        note(ctx, institution, compared, found.collect()).await?;
    }
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
pub async fn compare_anew(ctx: &Ctx, staff: &Staff, day: Date) -> Result<Day> {
    staff.must(Right::HandleIncidents)?;
    let view = ctx.db.read(&staff.institution).await?;
    store::day(&view, day).await?.ok_or(Refused::BooksMissing)?;
    drop(view);
    compare(ctx, &staff.institution, day).await
}
