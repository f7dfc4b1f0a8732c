//! Other terms for a running loan, held against what it really owes.

use super::open::opened;
use crate::clock;
use crate::ctx::Ctx;
use crate::error::Result;
use crate::journey::{self, JourneyId, NewChange, Opened};
use crate::ledger::{self, Seat};
use crate::servicing::asked::{ASKS_MAX, withdrawn};
use crate::servicing::model::{REPAYMENTS_MAX, State};
use crate::servicing::owed::{Known, owed};
use crate::servicing::refusal::Refused;
use crate::servicing::store;
use crate::servicing::view;

/// Opens a change of a running loan's terms; the same key with the same body answers the same journey.
pub async fn open_change(
    ctx: &Ctx,
    seat: &Seat,
    case: &JourneyId,
    asked: &NewChange,
) -> Result<Opened> {
    let mut tx = ledger::begin(ctx, seat).await?;
    if let Some(before) = journey::opened_before(&tx, asked).await? {
        return Ok(before);
    }
    let Some((loan, _)) = opened(&mut tx, case).await? else {
        // Another institution's journey is not found; one of ours was not paid.
        journey::known(&tx, case).await?;
        return Err(Refused::NotPaid.into());
    };
    if loan.state != State::Running {
        return Err(Refused::Over.into());
    }
    let today = clock::civil_date(tx.now_ms());
    let asks = store::asks(&tx, case.as_str(), i64::try_from(ASKS_MAX)?).await?;
    if withdrawn(&asks, today).is_some() {
        return Err(Refused::Withdrawn.into());
    }
    let confirmed = view::confirmed(&tx, &loan)
        .await?
        .ok_or(Refused::NothingAgreed)?;
    let limit = i64::try_from(REPAYMENTS_MAX)?;
    let reported = store::repayments(&tx, case.as_str(), limit).await?;
    let known = match reported.is_empty() {
        true => Known::No,
        false => Known::Yes,
    };
    let owed = owed(
        &confirmed.sheet,
        &confirmed.counted(&reported),
        known,
        today,
        asked.terms.start,
    );
    journey::open_change(tx, case, asked, owed).await
}
