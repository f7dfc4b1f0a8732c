//! Keeping and opening scans of what was signed on paper.

use proof::digest::{sha256, sm3};
use proof::hex;
use zeroize::Zeroizing;

use crate::access::Staff;
use crate::counter::facts::ScanKept;
use crate::counter::refusal::Refusal;
use crate::counter::scan::{BYTES_MAX, Media, SCANS_MAX, Scan, ScanId};
use crate::counter::store::scans as store;
use crate::ctx::Ctx;
use crate::db::Read;
use crate::error::{Error, Result};
use crate::id::InstitutionId;
use crate::ledger::{Fact, Tx};
use crate::vault::{self, Basis, ItemKind, Purpose, SubjectId};

/// A scan on its way in.
pub struct NewScan<'a> {
    pub case: &'a str,
    pub subject: &'a SubjectId,
    /// SHA-256 of the document it shows, hex; the caller knows that the case has it.
    pub document: &'a str,
    pub bytes: &'a [u8],
}

/// A scan under the person's key, not yet kept.
pub struct SealedScan {
    scan: Scan,
    sm3: String,
    sealed: Vec<u8>,
}

impl SealedScan {
    pub fn id(&self) -> &ScanId {
        &self.scan.id
    }
}

/// Checks and seals a scan of the member of staff whose transaction this is; nothing is written yet.
pub async fn seal_scan(tx: &Tx, staff: &Staff, new: NewScan<'_>) -> Result<SealedScan> {
    let media = Media::of(new.bytes)?;
    if new.bytes.len() > BYTES_MAX {
        return Err(Refusal::ScanTooLarge.into());
    }
    has_room(tx, new.case).await?;
    let scan = Scan {
        id: ScanId::fresh(tx.now_ms(), &tx.ctx().random),
        case: new.case.to_owned(),
        document: new.document.to_owned(),
        digest: hex::encode(&sha256(new.bytes)),
        media,
        bytes: i64::try_from(new.bytes.len())?,
        staff: staff.id.to_string(),
        kept_at_ms: tx.now_ms(),
    };
    Ok(SealedScan {
        sealed: vault::seal_file(tx, new.subject, scan.id.as_str(), new.bytes).await?,
        sm3: hex::encode(&sm3(new.bytes)),
        scan,
    })
}

async fn has_room(view: &impl Read, case: &str) -> Result<()> {
    let kept = store::of_case(view, case).await?;
    if i64::try_from(kept.len())? >= SCANS_MAX {
        return Err(Refusal::ScansTooMany.into());
    }
    Ok(())
}

/// Writes the sealed file, between two transactions. A file without its row is never found; a row without its file
/// would be a lie.
pub async fn store_scan(ctx: &Ctx, institution: &InstitutionId, sealed: &SealedScan) -> Result<()> {
    let key = blob_key(institution, &sealed.scan.case, &sealed.scan.id);
    ctx.blobs.put_once(&key, sealed.sealed.clone()).await
}

/// Removes the file of a scan that was not kept.
pub async fn remove_scan(
    ctx: &Ctx,
    institution: &InstitutionId,
    sealed: &SealedScan,
) -> Result<()> {
    let key = blob_key(institution, &sealed.scan.case, &sealed.scan.id);
    ctx.blobs.remove(&key).await
}

/// Keeps a scan whose file is stored; it may be opened until an instant, UTC ms.
pub async fn keep_scan(
    tx: &mut Tx,
    subject: &SubjectId,
    sealed: &SealedScan,
    until_ms: i64,
) -> Result<()> {
    let scan = &sealed.scan;
    has_room(tx, &scan.case).await?;
    store::insert(tx, scan).await?;
    vault::grant(
        tx,
        subject,
        Purpose::IssueDocument,
        &[ItemKind::Name],
        Basis::Contract,
        until_ms,
    )
    .await?;
    let fact = ScanKept {
        scan: scan.id.as_str(),
        document_sha256: &scan.document,
        scan_sha256: &scan.digest,
        scan_sm3: &sealed.sm3,
        media: scan.media.as_str(),
        bytes: scan.bytes,
    };
    tx.record(Fact::of(&scan.case, &fact)?.about(subject));
    Ok(())
}

/// A scan of a case with its file, still sealed.
pub async fn find_scan(
    ctx: &Ctx,
    institution: &InstitutionId,
    case: &str,
    id: &ScanId,
) -> Result<(Scan, Vec<u8>)> {
    let view = ctx.db.read(institution).await?;
    let scan = store::find(&view, case, id)
        .await?
        .ok_or_else(Error::not_found)?;
    drop(view);
    let sealed = ctx
        .blobs
        .get(&blob_key(institution, case, id))
        .await?
        .ok_or_else(|| Error::internal("a scan is missing from the blob store"))?;
    Ok((scan, sealed))
}

/// Opens a scan; the opening is a fact of this transaction.
pub async fn open_scan(
    tx: &mut Tx,
    subject: &SubjectId,
    scan: &Scan,
    sealed: &[u8],
) -> Result<Zeroizing<Vec<u8>>> {
    let name = scan.id.as_str();
    let plain = vault::open_file(tx, subject, name, sealed, Purpose::IssueDocument).await?;
    if hex::encode(&sha256(&plain)) != scan.digest {
        return Err(Error::internal("a scan is not what was sworn to"));
    }
    let (staff, now_ms) = (tx.seat().id.clone(), tx.now_ms());
    store::note_opening(tx, scan, &staff, now_ms).await?;
    Ok(plain)
}

/// Refuses whoever says what a scan shows and never opened it.
pub async fn must_have_opened(tx: &Tx, case: &str, id: &ScanId) -> Result<()> {
    if store::was_opened(tx, case, id, &tx.seat().id).await? {
        Ok(())
    } else {
        Err(Refusal::ScanNotOpened.into())
    }
}

/// Every scan of a case, oldest first.
pub async fn scans(view: &impl Read, case: &str) -> Result<Vec<Scan>> {
    store::of_case(view, case).await
}

/// Removes the files of every scan of a case.
pub async fn forget_files(ctx: &Ctx, institution: &InstitutionId, case: &str) -> Result<()> {
    ctx.blobs
        .remove_folder(&blob_folder(institution, case))
        .await
}

fn blob_key(institution: &InstitutionId, case: &str, id: &ScanId) -> String {
    format!("{}/{id}", blob_folder(institution, case))
}

fn blob_folder(institution: &InstitutionId, case: &str) -> String {
    format!("counter/{institution}/{case}")
}
