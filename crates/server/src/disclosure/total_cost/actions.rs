//! Verbs of the total-cost notice, inside the journey's transaction.

use super::{CameBack, NOTICES_MAX, Notice, Seen, Told, reading_ms};
use crate::disclosure::actions::digest_of;
use crate::disclosure::facts;
use crate::disclosure::jobs::PrintNotice;
use crate::disclosure::model::Audience;
use crate::disclosure::refusal::Refused;
use crate::disclosure::store::{self, notices};
use crate::error::{Error, Result};
use crate::ledger::{Changed, Fact, Sworn, Tx};

/// What the journey knows of whoever is told.
#[derive(Clone, Copy, Debug)]
pub struct Whom<'a> {
    pub case: &'a str,
    pub audience: Audience,
    /// Mask of the account the money goes to, where the person chose one.
    pub payee: Option<&'a str>,
}

/// The notice in force: the newest while it still says what is so, else one made now. An older one stays as it is.
pub async fn prepare(tx: &mut Tx, whom: Whom<'_>) -> Result<(Notice, Changed)> {
    let sheet = store::lock(tx, whom.case).await?;
    if sheet.progress.confirmed_at_ms.is_none() {
        return Err(Refused::NotRead.into());
    }
    let told = Told::of(
        sheet.shown()?,
        &sheet.sheet_digest,
        whom.payee.map(str::to_owned),
    )
    .ok_or_else(|| Error::internal("a confirmed sheet without a plan"))?;
    let document = proof::canonical::to_vec(&told)?;
    let digest = digest_of(&document);
    let newest = notices::lock(tx, whom.case).await?;
    let no = match newest {
        Some(notice) if notice.digest == digest => return Ok((notice, Changed::No)),
        Some(mut older) => {
            // What came back signed was another notice.
            if older.came_back.take().is_some() {
                notices::save(tx, &older).await?;
            }
            older.no + 1
        }
        None => 1,
    };
    if no > NOTICES_MAX {
        return Err(Refused::ChangedTooOften.into());
    }
    let made = Notice {
        case: sheet.case,
        subject: sheet.subject,
        no,
        digest,
        document,
        reading_ms: reading_ms(whom.audience),
        shown_at_ms: None,
        read_at_ms: None,
        confirmed: None,
        came_back: None,
        pdf_digest: None,
        pdf_bytes: 0,
        prepared_at_ms: tx.now_ms(),
        version: 1,
    };
    notices::insert(tx, &made).await?;
    record(
        tx,
        &made,
        &facts::TotalCostPrepared {
            notice_digest: &made.digest,
            sheet_digest: &told.sheet_digest,
            terms_digest: &told.terms_digest,
            total_repaid: told.total_repaid,
            reading_ms: made.reading_ms,
        },
    )?;
    tx.enqueue(&PrintNotice {
        case: made.case.clone(),
    })
    .await?;
    Ok((made, Changed::Yes))
}

/// The notice stands before the person; made first where there is none that still says what is so.
pub async fn show(tx: &mut Tx, whom: Whom<'_>) -> Result<Changed> {
    let (notice, prepared) = prepare(tx, whom).await?;
    let (notice, changed) = notice.show(tx.now_ms());
    if changed == Changed::No {
        return Ok(prepared);
    }
    notices::save(tx, &notice).await?;
    record(
        tx,
        &notice,
        &facts::TotalCostShown {
            notice_digest: &notice.digest,
            reading_ms: notice.reading_ms,
        },
    )?;
    Ok(Changed::Yes)
}

/// The person says on the phone that they know exactly this.
pub async fn confirm(tx: &mut Tx, case: &str, digest: &str) -> Result<Changed> {
    let newest = notices::lock(tx, case).await?;
    let notice = newest.ok_or(Refused::NoticeNotShown)?;
    let (notice, changed) = notice.confirm(digest, tx.now_ms())?;
    if changed == Changed::Yes {
        confirmed(tx, &notice, None).await?;
    }
    Ok(changed)
}

/// A printed document came back and was scanned: where it is the notice in force, it waits for a colleague's eyes.
/// The scan has a fact of its own.
pub async fn came_back(tx: &mut Tx, case: &str, document: &str, scan: &str) -> Result<()> {
    let Some(notice) = notices::lock(tx, case).await? else {
        return Ok(());
    };
    let paper = CameBack {
        scan: scan.to_owned(),
        staff: tx.seat().id.clone(),
        at_ms: tx.now_ms(),
    };
    let (notice, changed) = notice.came_back(document, paper);
    if changed == Changed::Yes {
        notices::save(tx, &notice).await?;
    }
    Ok(())
}

/// The seat looked at the scan that waits: signed, the notice is confirmed; else another scan may come.
pub async fn looked_at(tx: &mut Tx, case: &str, scan: &str, seen: Seen) -> Result<()> {
    let newest = notices::lock(tx, case).await?;
    let notice = newest.ok_or(Refused::ScanNotWaiting)?;
    let (notice, scanned_by) = notice.looked_at(scan, &tx.seat().id, seen, tx.now_ms())?;
    record(
        tx,
        &notice,
        &facts::TotalCostScanLookedAt {
            notice_digest: &notice.digest,
            scan,
            scanned_by: &scanned_by,
            seen,
        },
    )?;
    match seen {
        Seen::Signed => confirmed(tx, &notice, Some(scan)).await,
        _ => notices::save(tx, &notice).await,
    }
}

async fn confirmed(tx: &mut Tx, notice: &Notice, scan: Option<&str>) -> Result<()> {
    let Some((_, by)) = notice.confirmed else {
        return Err(Error::internal("a notice that was not confirmed"));
    };
    notices::save(tx, notice).await?;
    let told = notice.told()?;
    record(
        tx,
        notice,
        &facts::TotalCostConfirmed {
            notice_digest: &notice.digest,
            terms_digest: &told.terms_digest,
            by,
            scan,
        },
    )
}

fn record<S: Sworn>(tx: &mut Tx, notice: &Notice, sworn: &S) -> Result<()> {
    tx.record(Fact::of(&notice.case, sworn)?.about(&notice.subject));
    Ok(())
}
