//! The sheet on paper: PDF/A-2b with an embedded Chinese font.

use serde_json::json;

use super::jobs::blob_key;
use super::model::Sheet;
use crate::clock;
use crate::ctx::Ctx;
use crate::error::{Error, Result};
use crate::id::InstitutionId;
use crate::ledger;
use crate::typeset::{Language, Meta};

const TEMPLATE: &str = include_str!("sheet.typ");

/// Renders the sheet of a case; the same sheet and the same masked name give the same bytes.
pub async fn print(
    ctx: &Ctx,
    institution: &InstitutionId,
    sheet: &Sheet,
    borrower_masked: String,
) -> Result<Vec<u8>> {
    let shown = sheet.shown()?;
    let prepared = clock::civil(sheet.prepared_at_ms);
    let borrower_masked = match &shown.business_masked {
        Some(business) => format!("{business}（{borrower_masked}代表）"),
        None => borrower_masked,
    };
    let borrower_masked = ctx.typesetter.printable(&borrower_masked);
    let data = json!({
        "institution": { "name": shown.institution_name, "hotline": shown.hotline },
        "product": { "name": shown.product_name },
        "borrower_masked": borrower_masked,
        "journey": shown.case,
        "terms_digest": sheet.terms_digest,
        "sheet_digest": sheet.sheet_digest,
        "sheet": shown.sheet,
        "key_terms": shown.key_terms,
        "without_guarantee": shown.without_guarantee,
        "cooling_off": shown.cooling_off_text,
        "no_other_charges": shown.no_other_charges,
        "generated_at": prepared.strftime("%Y-%m-%d %H:%M:%S UTC+8").to_string(),
    });
    let meta = Meta {
        title: format!("综合融资成本明示表 {}", shown.case),
        author: shown.institution_name,
        language: Language::Chinese,
        created: clock::timestamp(sheet.prepared_at_ms),
        document_id: sheet.sheet_digest.clone(),
        address: Some(ledger::print_address(
            ctx,
            institution,
            &sheet.sheet_digest,
        )?),
    };
    let typesetter = ctx.typesetter.clone();
    tokio::task::spawn_blocking(move || {
        typesetter
            .pdf(TEMPLATE, &data, meta)
            .map_err(|cause| Error::Internal(Box::new(cause)))
    })
    .await?
}

/// The printed sheet's bytes.
pub async fn printed(
    ctx: &Ctx,
    institution: &InstitutionId,
    case: &str,
    digest: &str,
) -> Result<Vec<u8>> {
    ctx.blobs
        .get(&blob_key(institution, case, digest))
        .await?
        .ok_or_else(|| Error::internal("a printed sheet is missing from the blob store"))
}
