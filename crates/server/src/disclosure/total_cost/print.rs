//! The notice on paper: one page of A4, to be signed by hand where no phone is.

use serde_json::json;

use super::Notice;
use crate::clock;
use crate::ctx::Ctx;
use crate::error::{Error, Result};
use crate::id::InstitutionId;
use crate::ledger;
use crate::typeset::{Language, Meta};

const TEMPLATE: &str = include_str!("notice.typ");

/// Renders the notice of a case; the same notice and the same masked name give the same bytes.
pub async fn print(
    ctx: &Ctx,
    institution: &InstitutionId,
    notice: &Notice,
    borrower_masked: &str,
) -> Result<Vec<u8>> {
    let told = notice.told()?;
    let data = json!({
        "told": told,
        "borrower_masked": ctx.typesetter.printable(borrower_masked),
        "notice_digest": notice.digest,
        "generated_at": clock::civil(notice.prepared_at_ms).strftime("%Y-%m-%d %H:%M:%S UTC+8").to_string(),
    });
    let meta = Meta {
        title: format!("放款前费用告知书 {}", told.case),
        author: told.institution_name,
        language: Language::Chinese,
        created: clock::timestamp(notice.prepared_at_ms),
        document_id: notice.digest.clone(),
        address: Some(ledger::print_address(ctx, institution, &notice.digest)?),
    };
    let typesetter = ctx.typesetter.clone();
    tokio::task::spawn_blocking(move || {
        typesetter
            .pdf(TEMPLATE, &data, meta)
            .map_err(|cause| Error::Internal(Box::new(cause)))
    })
    .await?
}
