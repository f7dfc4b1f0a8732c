//! Help at the counter: a tablet readied for the borrower of a journey, and scans of what they signed on paper.

use super::link::new_link;
use super::total_cost;
use crate::access::{self, Customer, Staff};
use crate::clock;
use crate::counter::{self, NewScan, Opened, ScanId};
use crate::ctx::Ctx;
use crate::error::Result;
use crate::journey::{JourneyId, documents, store};
use crate::ledger;
use crate::vault::Private;
use zeroize::Zeroizing;

/// A member of staff readies a tablet; answers the assistance and the link it opens.
pub async fn assist(ctx: &Ctx, staff: &Staff, id: &JourneyId) -> Result<(Opened, access::Link)> {
    let mut tx = ledger::begin(ctx, &staff.seat()).await?;
    let journey = store::lock(&tx, id).await?;
    journey.alive(tx.now_ms())?;
    let link = match access::live_link(ctx, &tx, id.as_str()).await? {
        Some(link) => link,
        None => new_link(&mut tx, &journey).await?,
    };
    let opened = counter::start(&mut tx, staff, id.as_str(), &journey.subject).await?;
    ledger::commit_recorded(tx).await?;
    Ok((opened, link))
}

/// The borrower entered on that tablet.
pub async fn enter_assisted(ctx: &Ctx, customer: &Customer, token: &Private<String>) -> Result<()> {
    let mut tx = ledger::begin(ctx, &customer.seat()).await?;
    counter::enter(&mut tx, customer, token.expose()).await?;
    ledger::commit_recorded(tx).await
}

/// Evidence on paper may be opened as long as consumer-protection records are kept (令〔2020〕第5号 art. 18: three years).
const SCAN_DAYS: i64 = 3 * 366;

/// Keeps the scan of a document of this journey that was printed and signed by hand.
pub async fn keep_scan(
    ctx: &Ctx,
    staff: &Staff,
    id: &JourneyId,
    document: &str,
    bytes: &[u8],
) -> Result<ScanId> {
    let tx = ledger::begin(ctx, &staff.seat()).await?;
    let journey = store::find(&tx, id).await?;
    let offered = documents::offered(&tx, id.as_str()).await?;
    if !offered.iter().any(|one| one.digest == document) {
        return Err(counter::Refusal::DocumentUnknown.into());
    }
    let new = NewScan {
        case: id.as_str(),
        subject: &journey.subject,
        document,
        bytes,
    };
    let sealed = counter::seal_scan(&tx, staff, new).await?;
    drop(tx);
    counter::store_scan(ctx, &staff.institution, &sealed).await?;
    let mut tx = ledger::begin(ctx, &staff.seat()).await?;
    let journey = store::lock(&tx, id).await?;
    let until_ms = tx.now_ms() + SCAN_DAYS * clock::DAY_MS;
    if let Err(refused) = counter::keep_scan(&mut tx, &journey.subject, &sealed, until_ms).await {
        drop(tx);
        // Nothing will ever name this file. After a commit that failed nobody knows that, and it stays.
        counter::remove_scan(ctx, &staff.institution, &sealed).await?;
        return Err(refused);
    }
    let scan = sealed.id();
    total_cost::came_back(&mut tx, &journey, document, scan.as_str()).await?;
    ledger::commit_recorded(tx).await?;
    Ok(scan.clone())
}

/// Opens a scan of a journey; the opening is sworn to.
pub async fn open_scan(
    ctx: &Ctx,
    staff: &Staff,
    id: &JourneyId,
    scan: &ScanId,
) -> Result<(counter::Scan, Zeroizing<Vec<u8>>)> {
    let (scan, sealed) = counter::find_scan(ctx, &staff.institution, id.as_str(), scan).await?;
    let mut tx = ledger::begin(ctx, &staff.seat()).await?;
    let journey = store::find(&tx, id).await?;
    let plain = counter::open_scan(&mut tx, &journey.subject, &scan, &sealed).await?;
    ledger::commit_recorded(tx).await?;
    Ok((scan, plain))
}
