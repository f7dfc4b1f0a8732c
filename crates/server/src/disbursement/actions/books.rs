//! The lender's books of a day: lines are kept as they come, and looked at one by one.

use jiff::civil::Date;

use crate::clock;
use crate::ctx::Ctx;
use crate::db::Read;
use crate::disbursement::day::{Line, LineId, Ours};
use crate::disbursement::incident::Finding;
use crate::disbursement::receipt::SKEW_MS;
use crate::disbursement::refusal::Refused;
use crate::disbursement::store;
use crate::error::{Error, Result};
use crate::id::InstitutionId;
use crate::ledger::Changed;
use crate::vault::SubjectId;

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

impl InBooks {
    /// Whether it was paid on the day of the books, but for clocks that differ.
    fn is_of_its_day(&self) -> bool {
        let from_ms = clock::start_of(self.day);
        (from_ms - SKEW_MS..from_ms + clock::DAY_MS + SKEW_MS).contains(&self.paid_at_ms)
    }
}

/// Enters a line of the lender's books; the same again changes nothing, another one under its number is refused.
pub async fn enter(ctx: &Ctx, institution: &InstitutionId, said: &InBooks) -> Result<Entered> {
    if !said.is_of_its_day() {
        return Err(Error::field(
            "paid_at",
            "other_day",
            "支付时间不在文件所属的日期（北京时间）之内。",
            "It was not paid on the day of the file in Asia/Shanghai.",
        ));
    }
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
pub(super) async fn look(
    view: &impl Read,
    line: &Line,
) -> Result<(Option<Finding>, Option<(String, SubjectId)>)> {
    let receipt = store::receipt_like(view, &line.payment_reference, line.amount).await?;
    let namesake = store::earlier_line(view, line).await?;
    let booking = match &line.loan_number {
        Some(number) => store::booking_by_number(view, number).await?,
        None => None,
    };
    let token = match &booking {
        Some(booking) => store::token_at(view, &booking.case, line.paid_at_ms, SKEW_MS).await?,
        None => None,
    };
    let finding = line.finding(&Ours {
        namesake: namesake.as_ref(),
        receipt: receipt.as_ref(),
        booking: booking.as_ref(),
        token: token.as_ref(),
    });
    let loan = receipt
        .map(|receipt| (receipt.case, receipt.subject))
        .or(booking.map(|booking| (booking.case, booking.subject)));
    Ok((finding, loan))
}
