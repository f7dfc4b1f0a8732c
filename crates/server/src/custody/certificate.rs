//! Issuing the certificate of a destruction: printed from the log's own entries, sworn to by its digest.

use super::facts::CertificateIssued;
use super::print::{document, print};
use super::store::{self, Certificate, Edition};
use crate::ctx::Ctx;
use crate::error::{Error, Result};
use crate::id::InstitutionId;
use crate::ledger::{self, Fact, Print, Seat, Sworn as _};
use crate::vault::{self, DestructionId};

/// How far the certificate of a destruction is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Issued {
    /// The facts have no place in the log yet.
    Waiting,
    Edition(Edition),
}

/// Prints the certificate as far as it can be claimed today; what was printed already is not printed again.
pub async fn issue(ctx: &Ctx, institution: &InstitutionId, id: &DestructionId) -> Result<Issued> {
    let view = ctx.db.read(institution).await?;
    let row = vault::destruction(&view, id).await?;
    let before = store::find(&view, id).await?.map(|one| one.edition);
    drop(view);
    if before == Some(Edition::Final) {
        return Ok(Issued::Edition(Edition::Final));
    }
    let Some(evidence) = vault::evidence(ctx, institution, &row).await? else {
        return Ok(Issued::Waiting);
    };
    let edition = match evidence.final_at_ms {
        Some(_) => Edition::Final,
        None => Edition::Provisional,
    };
    if before == Some(edition) {
        return Ok(Issued::Edition(edition));
    }
    let pdf = print(ctx, institution, &row, &evidence).await?;
    let digest = proof::hex::encode(&proof::digest::sha256(&pdf));
    let sm3 = proof::hex::encode(&proof::digest::sm3(&pdf));
    let bytes = i64::try_from(pdf.len())?;
    ctx.blobs
        .put_once(&blob_key(institution, &digest), pdf)
        .await?;

    let mut tx = ledger::begin(ctx, &Seat::system(institution, "custody")).await?;
    let certificate = Certificate {
        edition,
        digest,
        bytes,
        issued_at_ms: tx.now_ms(),
    };
    // Somebody else was first.
    if !store::put(&mut tx, id, &certificate).await? {
        return Ok(Issued::Edition(edition));
    }
    let issued = CertificateIssued {
        destruction: id.as_str(),
        edition,
        pdf_sha256: &certificate.digest,
        pdf_sm3: &sm3,
        bytes,
    };
    let print = Print {
        document: &document(&row, &evidence),
        case: &row.subject_id,
        kind: CertificateIssued::KIND,
        digest: &certificate.digest,
        subject: None,
    };
    ledger::hand_out(&mut tx, print).await?;
    ledger::commit(tx, Fact::of(&row.subject_id, &issued)?).await?;
    Ok(Issued::Edition(edition))
}

/// The bytes of a destruction's certificate in its newest edition.
pub async fn read(ctx: &Ctx, institution: &InstitutionId, id: &DestructionId) -> Result<Vec<u8>> {
    let view = ctx.db.read(institution).await?;
    let certificate = store::find(&view, id).await?.ok_or_else(Error::not_found)?;
    drop(view);
    ctx.blobs
        .get(&blob_key(institution, &certificate.digest))
        .await?
        .ok_or_else(|| Error::internal("a printed certificate is missing from the blob store"))
}

/// Where a printed certificate lies.
fn blob_key(institution: &InstitutionId, digest: &str) -> String {
    format!("custody/{institution}/{digest}.pdf")
}
