//! How a loan looks from outside.

use cost::CostSheet;
use jiff::civil::Date;
use serde::Serialize;

use super::asked::{ASKS_MAX, AskKind};
use super::cooling_off::{Arrived, Offer, offer};
use super::model::{Kind, Loan, Parts, REPAYMENTS_MAX, Repayment, State};
use super::owed::counted;
use super::plan::{self, Quote, Row, RowState, Sums};
use super::proof::{self, ProofState};
use super::refusal::Refused;
use super::store;
use crate::clock;
use crate::ctx::Ctx;
use crate::db::{Page, Read};
use crate::disbursement;
use crate::disclosure::{self, ShownSheet};
use crate::error::{Error, Result, Text};
use crate::http::{PageView, Paging};
use crate::journey::{self, JourneyId, Known, TermsChange};
use crate::product::{self, CoolingOff};

/// What the borrower confirmed.
pub struct Confirmed {
    pub sheet: CostSheet,
    pub cooling_off: Option<CoolingOff>,
    /// The changes that the sheet holds already, the oldest first.
    changes: Vec<TermsChange>,
    case: String,
}

impl Confirmed {
    /// What was received as this plan counts it.
    pub fn counted(&self, reported: &[Repayment]) -> Vec<Repayment> {
        counted(reported, &self.sheet.plan, &self.changes, &self.case)
    }
}

/// What the loan rests on: what was confirmed, and from a change's first instalment on the changed terms. None where nothing
/// had been confirmed.
pub async fn confirmed(view: &impl Read, loan: &Loan) -> Result<Option<Confirmed>> {
    let Some(shown) = at_first(view, loan).await? else {
        return Ok(None);
    };
    let changes = journey::changes_in_force(view, &JourneyId::parse(&loan.case)?).await?;
    let sheets = changes.iter().map(|one| one.sheet.clone());
    Ok(Some(Confirmed {
        sheet: sheets.fold(shown.sheet, plan::changed),
        cooling_off: shown.cooling_off,
        changes,
        case: loan.case.clone(),
    }))
}

/// What the borrower confirmed before the money moved.
async fn at_first(view: &impl Read, loan: &Loan) -> Result<Option<ShownSheet>> {
    let Some(digest) = &loan.terms_digest else {
        return Ok(None);
    };
    let in_force = disclosure::find(view, &loan.case).await?;
    if let Some(sheet) = in_force.filter(|sheet| sheet.terms_digest == *digest) {
        return Ok(Some(sheet.shown()?));
    }
    let older = disclosure::superseded(view, &loan.case).await?;
    let older = older.into_iter().find(|one| one.terms_digest == *digest);
    Ok(older.map(|one| one.shown()).transpose()?)
}

/// The money of a loan as it came.
pub async fn arrived(view: &impl Read, loan: &Loan) -> Result<Arrived> {
    let paid = disbursement::paid(view, &loan.case).await?;
    let (_, amount) = paid.ok_or_else(|| Error::internal("a loan that nobody paid"))?;
    Ok(Arrived {
        paid_on: loan.paid_on,
        told_on: clock::civil_date(loan.opened_at_ms),
        amount,
    })
}

/// One instalment of the plan and how far it is paid; amounts in fen.
#[derive(Serialize, utoipa::ToSchema)]
#[schema(as = LoanInstalment)]
struct Instalment {
    no: u32,
    due: Date,
    principal: i64,
    interest: i64,
    /// Every item beside the interest.
    fees: i64,
    total: i64,
    missing: i64,
    state: RowState,
}

impl From<Row<'_>> for Instalment {
    fn from(one: Row<'_>) -> Self {
        let row = one.row;
        Self {
            no: row.no,
            due: row.due,
            principal: row.principal,
            interest: row.interest,
            fees: row.items.iter().map(|item| item.amount).sum(),
            total: row.total,
            missing: one.missing,
            state: one.state,
        }
    }
}

/// What is to be paid next.
#[derive(Serialize, utoipa::ToSchema)]
#[schema(as = LoanNextDue)]
struct NextDue {
    no: u32,
    due: Date,
    /// Fen that are still missing of it.
    amount: i64,
}

/// A running loan, or one that ran.
#[derive(Serialize, utoipa::ToSchema)]
#[schema(as = RunningLoan)]
pub struct LoanView {
    id: String,
    journey: String,
    product_name: Text,
    /// The lender's number of the loan, where it booked one.
    loan_number: Option<String>,
    state: State,
    /// Civil day of the payment.
    paid_on: Date,
    /// Day from which the terms reckon interest; they stay as they were confirmed when the money came on another day.
    starts_on: Option<Date>,
    ended_on: Option<Date>,
    /// How far the proof of a loan that is over is.
    proof: Option<ProofState>,
    terms_digest: Option<String>,
    /// Empty where nothing had been confirmed.
    plan: Vec<Instalment>,
    /// Sum of the plan, fen like every sum here.
    total: i64,
    /// Everything received.
    repaid: i64,
    /// Of it ahead of the plan.
    prepaid: i64,
    overdue: i64,
    next: Option<NextDue>,
    /// What giving the money back today would take; absent where the product has no such days, or they are over.
    cooling_off: Option<Offer>,
    /// What the borrower asked for last, while it stands.
    asked: Option<AskedView>,
    /// The newest reports of money received.
    repayments: Vec<RepaymentRow>,
}

/// What a borrower asked for.
#[derive(Serialize, utoipa::ToSchema)]
#[schema(as = LoanAsked)]
struct AskedView {
    kind: AskKind,
    asked_on: Date,
    /// The last day on which the sum holds.
    by: Date,
    /// Fen.
    total: i64,
}

/// How many reports stand with the loan itself.
const NEWEST: i64 = 24;

/// One report of money received.
#[derive(Serialize, utoipa::ToSchema)]
pub struct RepaymentRow {
    id: String,
    reference: String,
    kind: Kind,
    /// Fen.
    amount: i64,
    day: Date,
    parts: Option<Parts>,
    reverses: Option<String>,
    recorded_at_ms: i64,
}

impl From<Repayment> for RepaymentRow {
    fn from(one: Repayment) -> Self {
        Self {
            id: one.id.to_string(),
            reference: one.reference,
            kind: one.kind,
            amount: one.amount,
            day: one.day,
            parts: one.parts,
            reverses: one.reverses,
            recorded_at_ms: one.recorded_at_ms,
        }
    }
}

/// The loan of a journey; refused while nothing was paid.
pub async fn loan(ctx: &Ctx, view: &impl Read, known: &Known) -> Result<LoanView> {
    let case = known.id.as_str();
    let loan = store::find(view, case).await?.ok_or(Refused::NotPaid)?;
    let version = product::version(view, &known.product, known.product_version).await?;
    let limit = i64::try_from(REPAYMENTS_MAX)?;
    let reported = store::repayments(view, case, limit).await?;
    let confirmed = confirmed(view, &loan).await?;
    let counted = match &confirmed {
        Some(confirmed) => confirmed.counted(&reported),
        None => reported.clone(),
    };
    let (sheet, benefit) = match confirmed {
        Some(confirmed) => (Some(confirmed.sheet), confirmed.cooling_off),
        None => (None, None),
    };
    let sums = Sums::of(&reported);
    let today = clock::civil_date(ctx.clock.now_ms());
    let settled = loan.state != State::Running;
    let rows = match &sheet {
        Some(sheet) if settled => {
            let instalments = Sums::of(&counted).instalments;
            plan::rows_over(&sheet.plan, instalments, today)
        }
        Some(sheet) => plan::rows_known(&sheet.plan, &counted, today),
        None => Vec::new(),
    };
    let late = rows.iter().filter(|one| one.state == RowState::Overdue);
    let ahead = |one: &&Row<'_>| matches!(one.state, RowState::Due | RowState::Coming);
    let asks = store::asks(view, case, i64::try_from(ASKS_MAX)?).await?;
    let asked = asks.into_iter().next();
    let newest = store::repayment_page(view, case, "", NEWEST).await?;
    let cooling_off = match (&sheet, benefit) {
        (Some(sheet), Some(benefit)) if !settled => {
            let arrived = arrived(view, &loan).await?;
            offer(benefit, sheet, &reported, arrived, today)
        }
        _ => None,
    };
    let proof = proof::state(view, view.institution()?, &loan).await?;
    Ok(LoanView {
        id: loan.id.to_string(),
        journey: loan.case.clone(),
        product_name: version.definition.name,
        loan_number: disbursement::booking(view, case)
            .await?
            .map(|booking| booking.loan_number),
        state: loan.state,
        paid_on: loan.paid_on,
        starts_on: sheet.as_ref().map(|sheet| sheet.terms.start),
        ended_on: loan.ended_on,
        proof,
        terms_digest: loan.terms_digest,
        total: sheet.as_ref().map_or(0, |sheet| sheet.total_repaid),
        repaid: sums.total(),
        prepaid: sums.prepaid,
        overdue: late.map(|one| one.missing).sum(),
        next: rows.iter().find(ahead).map(|one| NextDue {
            no: one.row.no,
            due: one.row.due,
            amount: one.missing,
        }),
        cooling_off,
        asked: asked
            .filter(|one| !settled && one.by >= today)
            .map(|one| AskedView {
                kind: one.kind,
                asked_on: one.asked_on,
                by: one.by,
                total: (one.total + one.received - sums.total()).max(0),
            }),
        plan: rows.into_iter().map(Instalment::from).collect(),
        repayments: newest.into_iter().map(RepaymentRow::from).collect(),
    })
}

/// Reports of money received for a journey's loan, newest first.
pub async fn repayments(
    view: &impl Read,
    known: &Known,
    paging: &Paging,
) -> Result<PageView<RepaymentRow>> {
    let limit = paging.limit()?;
    let after = paging.after().unwrap_or("");
    let found = store::repayment_page(view, known.id.as_str(), after, limit + 1).await?;
    let page = Page::cut(found, limit, |one| one.id.to_string());
    Ok(page.map(RepaymentRow::from).into())
}

/// What ends a journey's loan on a day; refused where it is over, or nothing can be reckoned.
pub async fn quote(view: &impl Read, known: &Known, on: Date) -> Result<Quote> {
    let case = known.id.as_str();
    let loan = store::find(view, case).await?.ok_or(Refused::NotPaid)?;
    if loan.state != State::Running {
        return Err(Refused::Over.into());
    }
    let confirmed = confirmed(view, &loan)
        .await?
        .ok_or(Refused::NothingAgreed)?;
    let reported = store::repayments(view, case, i64::try_from(REPAYMENTS_MAX)?).await?;
    plan::quote(&confirmed.sheet, &confirmed.counted(&reported), on).ok_or_else(|| {
        Error::field(
            "on",
            "out_of_range",
            "这一天还没有起息。",
            "The loan had not begun on that day.",
        )
    })
}
