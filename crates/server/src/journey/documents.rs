//! The documents of a journey: what the person may keep, and what the bundle carries.

use serde::Serialize;

use crate::ctx::Ctx;
use crate::disclosure::{self, Sheet};
use crate::error::{Error, Result, Text};
use crate::id::InstitutionId;
use crate::ledger::Document;

/// A document on offer.
#[derive(Clone, Debug, Serialize)]
pub struct DocumentView {
    /// SHA-256, hex; also its address.
    pub digest: String,
    pub title: Text,
    pub kind: &'static str,
    pub bytes: i64,
}

/// Documents that exist by now.
pub fn offered(sheet: Option<&Sheet>) -> Vec<DocumentView> {
    sheet
        .and_then(|sheet| {
            sheet.pdf_digest.clone().map(|digest| DocumentView {
                digest,
                title: Text::new("综合融资成本明示表", "Cost sheet"),
                kind: "cost_sheet",
                bytes: sheet.pdf_bytes,
            })
        })
        .into_iter()
        .collect()
}

/// One document of a sheet, by digest.
pub async fn read(
    ctx: &Ctx,
    institution: &InstitutionId,
    sheet: Option<Sheet>,
    digest: &str,
) -> Result<Vec<u8>> {
    let known = sheet
        .and_then(|sheet| sheet.pdf_digest)
        .filter(|known| known == digest)
        .ok_or_else(Error::not_found)?;
    disclosure::printed(ctx, institution, &known).await
}

/// Every document that belongs into the evidence: terms and sheet as digested, and the printed sheet.
pub async fn evidence(
    ctx: &Ctx,
    institution: &InstitutionId,
    sheet: Option<Sheet>,
) -> Result<Vec<Document>> {
    let Some(sheet) = sheet else {
        return Ok(Vec::new());
    };
    let terms = proof::canonical::to_vec(&sheet.shown()?.sheet.terms)?;
    let document = |name: &str, bytes: Vec<u8>, digest: &str| {
        // What would not match its fact must not be left out in silence.
        if proof::hex::encode(&proof::digest::sha256(&bytes)) != digest {
            return Err(Error::internal(format!("{name} is not what was sworn to")));
        }
        let media_type = if name.ends_with(".pdf") {
            "application/pdf"
        } else {
            "application/json"
        };
        Ok(Document {
            name: name.to_owned(),
            media_type: media_type.to_owned(),
            bytes,
        })
    };
    let mut documents = vec![
        document("terms.json", terms, &sheet.terms_digest)?,
        document("cost-sheet.json", sheet.document, &sheet.sheet_digest)?,
    ];
    if let Some(digest) = &sheet.pdf_digest {
        let bytes = disclosure::printed(ctx, institution, digest).await?;
        documents.push(document("cost-sheet.pdf", bytes, digest)?);
    }
    Ok(documents)
}
