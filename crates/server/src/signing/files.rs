//! Files of a set: sealed under the person's key, written once, found by the digest of what is inside.

use zeroize::Zeroizing;

use crate::ctx::Ctx;
use crate::error::{Error, Result};
use crate::id::InstitutionId;
use crate::ledger::{self, Seat, Tx};
use crate::vault::{self, Purpose, SubjectId};

/// A file that is kept.
pub struct Kept {
    /// Of the plain file, hex.
    pub sha256: String,
    pub sm3: String,
    pub bytes: i64,
}

pub fn sha256(bytes: &[u8]) -> String {
    proof::hex::encode(&proof::digest::sha256(bytes))
}

/// Seals and stores a file. Sealing the same file again would give other bytes: one that is there stays.
pub async fn keep(
    ctx: &Ctx,
    institution: &InstitutionId,
    case: &str,
    subject: &SubjectId,
    plain: &[u8],
) -> Result<Kept> {
    let kept = Kept {
        sha256: sha256(plain),
        sm3: proof::hex::encode(&proof::digest::sm3(plain)),
        bytes: i64::try_from(plain.len())?,
    };
    let key = blob_key(institution, case, &kept.sha256);
    if ctx.blobs.get(&key).await?.is_none() {
        // Only the key is read; nothing is written that would need a fact.
        let tx = ledger::begin(ctx, &Seat::system(institution, "signing")).await?;
        let sealed = vault::seal_file(&tx, subject, &kept.sha256, plain).await?;
        drop(tx);
        ctx.blobs.put_once(&key, sealed).await?;
    }
    Ok(kept)
}

/// A file, still sealed; read before the transaction that opens it.
pub async fn sealed(
    ctx: &Ctx,
    institution: &InstitutionId,
    case: &str,
    digest: &str,
) -> Result<Vec<u8>> {
    ctx.blobs
        .get(&blob_key(institution, case, digest))
        .await?
        .ok_or_else(|| Error::internal("a document is missing from the blob store"))
}

/// Opens a file; the opening is a fact of this transaction.
pub async fn open(
    tx: &mut Tx,
    subject: &SubjectId,
    digest: &str,
    sealed: &[u8],
) -> Result<Zeroizing<Vec<u8>>> {
    let plain = vault::open_file(tx, subject, digest, sealed, Purpose::KeepContract).await?;
    if sha256(&plain) != digest {
        return Err(Error::internal("a document is not what was sworn to"));
    }
    Ok(plain)
}

fn blob_key(institution: &InstitutionId, case: &str, digest: &str) -> String {
    format!("{}/{digest}", blob_folder(institution, case))
}

/// Where every file of a case lies.
fn blob_folder(institution: &InstitutionId, case: &str) -> String {
    format!("signing/{institution}/{case}")
}

/// Removes every file of a case.
pub async fn forget_files(ctx: &Ctx, institution: &InstitutionId, case: &str) -> Result<()> {
    ctx.blobs
        .remove_folder(&blob_folder(institution, case))
        .await
}
