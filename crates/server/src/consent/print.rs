//! A decision on paper: the whole notice as it was shown, and what the person decided. PDF/A-2b.

use serde_json::json;

use super::jobs::blob_key;
use super::model::{Consent, State};
use super::notice::Notice;
use crate::clock;
use crate::ctx::Ctx;
use crate::error::{Error, Result, Text};
use crate::id::InstitutionId;
use crate::ledger;
use crate::typeset::{Language, Meta};

const TEMPLATE: &str = include_str!("receipt.typ");

/// The stable name of a decision's receipt.
pub(super) fn document(consent: &Consent) -> String {
    format!("{}-{}", consent.id, consent.state.as_str())
}

/// Renders a receipt; the same decision and the same masked name give the same bytes.
pub async fn print(
    ctx: &Ctx,
    institution: &InstitutionId,
    consent: &Consent,
    notice: &Notice,
    name_masked: &str,
) -> Result<Vec<u8>> {
    let at = |ms: i64| {
        clock::civil(ms)
            .strftime("%Y-%m-%d %H:%M:%S UTC+8")
            .to_string()
    };
    let decided_ms = consent.decided_at_ms.unwrap_or(consent.shown_at_ms);
    let data = json!({
        "document": notice.document,
        "person_masked": ctx.typesetter.printable(name_masked),
        "journey": consent.case,
        "consent": consent.id,
        "digest": consent.digest,
        "decision": words(consent.state),
        "decided_at": at(decided_ms),
        "confirmed_by": consent.confirmed_by,
        "valid_until": consent.valid_until_ms.map(at),
        "withdrawn_at": consent.withdrawn_at_ms.map(at),
    });
    let made_ms = consent.withdrawn_at_ms.unwrap_or(decided_ms);
    let meta = Meta {
        title: format!("{} {}", notice.document.content.title.zh, consent.id),
        author: notice.document.handler_name.clone(),
        language: Language::Chinese,
        created: clock::timestamp(made_ms),
        address: Some(ledger::print_address(ctx, institution, &document(consent))?),
        document_id: document(consent),
    };
    let typesetter = ctx.typesetter.clone();
    tokio::task::spawn_blocking(move || {
        typesetter
            .pdf(TEMPLATE, &data, meta)
            .map_err(|cause| Error::Internal(Box::new(cause)))
    })
    .await?
}

fn words(state: State) -> Text {
    let (zh, en) = match state {
        State::Shown => ("已展示，尚未决定", "Shown, not decided"),
        State::Acknowledged => ("已阅读并知悉", "Read and taken note of"),
        State::Given => ("同意", "Agreed"),
        State::Declined => ("不同意", "Not agreed"),
        State::Withdrawn => ("曾同意，已撤回", "Agreed, then withdrawn"),
    };
    Text::new(zh, en)
}

/// The bytes of a decision's receipt.
pub async fn receipt(ctx: &Ctx, institution: &InstitutionId, consent: &Consent) -> Result<Vec<u8>> {
    let digest = consent
        .receipt_digest
        .as_deref()
        .ok_or_else(Error::not_found)?;
    ctx.blobs
        .get(&blob_key(institution, &consent.case, digest))
        .await?
        .ok_or_else(|| Error::internal("a printed receipt is missing from the blob store"))
}
