//! The money moved: the loan runs.

use jiff::civil::Date;

use crate::clock;
use crate::ctx::Ctx;
use crate::error::Result;
use crate::id::InstitutionId;
use crate::journey::{self, JourneyId};
use crate::ledger::{self, Changed, Fact, Seat, Tx};
use crate::servicing::facts;
use crate::servicing::model::{Loan, LoanId, State};
use crate::servicing::plan;
use crate::servicing::store;
use crate::servicing::view;
use crate::vault::{self, Basis, ItemKind, Purpose};
use crate::{disbursement, disclosure};

/// For ever, as far as a borrower is concerned; a destruction ends it.
const KEPT_DAYS: i64 = 36_525;

/// Opens the loan of a paid case; a second run finds the first one's.
pub async fn open(ctx: &Ctx, institution: &InstitutionId, case: &JourneyId) -> Result<()> {
    let view = ctx.db.read(institution).await?;
    let known = store::find(&view, case.as_str()).await?;
    drop(view);
    if known.is_some() {
        return Ok(());
    }
    let mut tx = ledger::begin(ctx, &Seat::system(institution, "servicing")).await?;
    match opened(&mut tx, case).await? {
        Some((_, Changed::Yes)) => ledger::commit_recorded(tx).await,
        Some((_, Changed::No)) | None => Ok(()),
    }
}

/// The loan of a paid case, locked, or opened by this transaction; none where nothing was paid, or the person's data is gone.
pub async fn opened(tx: &mut Tx, case: &JourneyId) -> Result<Option<(Loan, Changed)>> {
    if let Some(loan) = store::lock(tx, case.as_str()).await? {
        return Ok(Some((loan, Changed::No)));
    }
    let Some((paid_at_ms, _)) = disbursement::paid(tx, case.as_str()).await? else {
        return Ok(None);
    };
    if journey::is_forgotten(tx, case).await? {
        return Ok(None);
    }
    let known = journey::known(tx, case).await?;
    // A change pays nothing out: what was reported of it is an incident, and no second loan of the same money.
    if !known.kind.is_loan() {
        return Ok(None);
    }
    let now_ms = tx.now_ms();
    let today = clock::civil_date(now_ms);
    let mut loan = Loan {
        id: LoanId::fresh(now_ms, &tx.ctx().random),
        case: case.to_string(),
        subject: known.subject,
        business: known.business,
        terms_digest: confirmed(tx, case).await?,
        // A payment system's clock may be ahead; nobody was paid tomorrow.
        paid_on: clock::civil_date(paid_at_ms.min(now_ms)),
        state: State::Running,
        ended_on: None,
        remind_on: None,
        opened_at_ms: now_ms,
        version: 1,
    };
    if let Some(confirmed) = view::confirmed(tx, &loan).await? {
        let plan = &confirmed.sheet.plan;
        loan.remind_on = plan::next_reminder(plan, today.yesterday().unwrap_or(today));
        let last = plan.last().map_or(today, |row| row.due);
        may_remind(tx, &loan, last).await?;
    }
    store::insert(tx, &loan).await?;
    keep_readable(tx, &loan).await?;
    let fact = facts::Opened {
        loan: loan.id.as_str(),
        terms_digest: loan.terms_digest.as_deref(),
        paid_on: &loan.paid_on.to_string(),
    };
    tx.record(Fact::of(case, &fact)?.about(&loan.subject));
    Ok(Some((loan, Changed::Yes)))
}

/// Reminding rests on the contract, and ends with the loan; of what is late for so long a reminder says nothing new.
async fn may_remind(tx: &mut Tx, loan: &Loan, last: Date) -> Result<()> {
    let until_ms = clock::start_of(last) + 31 * clock::DAY_MS;
    let (purpose, items, basis) = (Purpose::RemindDue, [ItemKind::Phone], Basis::Contract);
    let source = loan.id.as_str();
    vault::grant_resting_on(tx, source, &loan.subject, purpose, &items, basis, until_ms).await?;
    Ok(())
}

/// What the borrower is handed of this loan names them, and stays readable as their contracts do.
async fn keep_readable(tx: &mut Tx, loan: &Loan) -> Result<()> {
    let (item, purpose) = (ItemKind::Name, Purpose::KeepContract);
    if vault::may_open(tx, &loan.subject, item, purpose).await? {
        return Ok(());
    }
    let until_ms = tx.now_ms() + KEPT_DAYS * clock::DAY_MS;
    vault::grant(
        tx,
        &loan.subject,
        purpose,
        &[item],
        Basis::Contract,
        until_ms,
    )
    .await?;
    Ok(())
}

/// The terms that were booked, or else confirmed.
async fn confirmed(tx: &Tx, case: &JourneyId) -> Result<Option<String>> {
    if let Some(booking) = disbursement::booking(tx, case.as_str()).await? {
        return Ok(Some(booking.terms_digest));
    }
    let sheet = disclosure::find(tx, case.as_str()).await?;
    Ok(sheet
        .filter(|sheet| sheet.progress.confirmed_at_ms.is_some())
        .map(|sheet| sheet.terms_digest))
}
