//! The step `total_cost_notice`: the last figures before the money moves, on the phone or on paper.

use super::at_step;
use super::at_step::{finish, works_at};
use crate::access::{Customer, Right, Staff};
use crate::counter::{self, ScanId};
use crate::ctx::Ctx;
use crate::db::Read;
use crate::disclosure::{self, Seen, Whom};
use crate::error::Result;
use crate::journey::model::Journey;
use crate::journey::{JourneyId, steps, store};
use crate::ledger::{self, Changed, Tx};
use crate::product::Protection;

const STEP: Protection = Protection::TotalCostNotice;

/// The notice stands before the person.
pub async fn show_total_cost(ctx: &Ctx, customer: &Customer) -> Result<()> {
    let mut at = at_step(ctx, customer, STEP).await?;
    let payee = steps::payee(&at.tx, &at.journey).await?;
    let changed = disclosure::show_notice(&mut at.tx, whom(&at.journey, payee.as_deref())).await?;
    at.end(changed).await
}

/// The person knows exactly this.
pub async fn confirm_total_cost(ctx: &Ctx, customer: &Customer, digest: &str) -> Result<()> {
    let mut at = at_step(ctx, customer, STEP).await?;
    let changed = disclosure::confirm_notice(&mut at.tx, at.journey.id.as_str(), digest).await?;
    at.end(changed).await
}

/// Staff have the notice printed, to hand it over.
pub async fn print_total_cost(ctx: &Ctx, staff: &Staff, id: &JourneyId) -> Result<()> {
    let mut tx = ledger::begin(ctx, &staff.seat()).await?;
    let journey = store::lock(&tx, id).await?;
    journey.alive(tx.now_ms())?;
    works_at(&tx, &journey, STEP).await?;
    let payee = steps::payee(&tx, &journey).await?;
    let (_, changed) =
        disclosure::prepare_notice(&mut tx, whom(&journey, payee.as_deref())).await?;
    match changed {
        Changed::Yes => ledger::commit_recorded(tx).await,
        Changed::No => Ok(()),
    }
}

/// A printed document came back: where it is the notice in force, its scan waits for a colleague's eyes.
pub(super) async fn came_back(
    tx: &mut Tx,
    journey: &Journey,
    document: &str,
    scan: &str,
) -> Result<()> {
    let standings = steps::standings(tx, journey, tx.now_ms()).await?;
    let turn = journey.alive(tx.now_ms()).is_ok() && steps::may(&standings, STEP).is_ok();
    // Another document, or the same one after its time: the scan is kept, and no more.
    if !turn || !is_in_force(tx, journey).await? {
        return Ok(());
    }
    disclosure::came_back(tx, journey.id.as_str(), document, scan).await
}

/// Another member of staff than the one who scanned it opened the paper that came back, and says what it shows.
pub async fn look_at_total_cost(
    ctx: &Ctx,
    staff: &Staff,
    id: &JourneyId,
    scan: &ScanId,
    seen: Seen,
) -> Result<()> {
    staff.must(Right::AttestIdentity)?;
    let mut tx = ledger::begin(ctx, &staff.seat()).await?;
    let journey = store::lock(&tx, id).await?;
    if seen == Seen::Signed {
        journey.alive(tx.now_ms())?;
        works_at(&tx, &journey, STEP).await?;
        if !is_in_force(&tx, &journey).await? {
            return Err(disclosure::Refused::NoticeChanged.into());
        }
    }
    disclosure::looked_at(&mut tx, journey.id.as_str(), scan.as_str(), seen).await?;
    counter::must_have_opened(&tx, journey.id.as_str(), scan).await?;
    match seen {
        Seen::Signed => finish(tx, journey).await,
        _ => ledger::commit_recorded(tx).await,
    }
}

/// Whether there is a notice that still says what is so.
async fn is_in_force(view: &impl Read, journey: &Journey) -> Result<bool> {
    let payee = steps::payee(view, journey).await?;
    let shown = disclosure::notice_view(view, journey.id.as_str(), payee.as_deref(), 0).await?;
    Ok(shown.is_some())
}

fn whom<'a>(journey: &'a Journey, payee: Option<&'a str>) -> Whom<'a> {
    Whom {
        case: journey.id.as_str(),
        audience: journey.audience,
        payee,
    }
}
