//! The documents of a journey: what the person may keep, and what the bundle carries.

use serde::Serialize;

use crate::consent;
use crate::ctx::Ctx;
use crate::db::{Read, View};
use crate::disclosure;
use crate::error::{Error, Result, Text};
use crate::ledger::{self, Document, Enclosed, Seat};
use crate::recording::{self, Films};
use crate::signing;

/// A document on offer.
#[derive(Clone, Debug, Serialize, utoipa::ToSchema)]
pub struct DocumentView {
    /// SHA-256, hex; also its address.
    pub digest: String,
    pub title: Text,
    pub kind: &'static str,
    pub bytes: i64,
}

/// Documents that exist by now: the sheet first, then the total-cost notice, what was signed and the receipts of decisions.
pub async fn offered(view: &impl Read, case: &str) -> Result<Vec<DocumentView>> {
    let sheet = disclosure::find(view, case).await?.and_then(|sheet| {
        sheet.pdf_digest.map(|digest| DocumentView {
            digest,
            title: Text::new("综合融资成本明示表", "Cost sheet"),
            kind: "cost_sheet",
            bytes: sheet.pdf_bytes,
        })
    });
    let receipts = consent::receipts(view, case).await?;
    let receipts = receipts.into_iter().map(|receipt| {
        let Text { zh, en } = receipt.notice.document.content.title;
        DocumentView {
            digest: receipt.digest,
            title: Text::new(format!("{zh}（凭证）"), format!("{en} (receipt)")),
            kind: "consent_receipt",
            bytes: receipt.consent.receipt_bytes,
        }
    });
    let signed = signing::signed(view, case).await?;
    let signed = signed.into_iter().map(|one| DocumentView {
        digest: one.digest,
        title: one.title,
        kind: "contract",
        bytes: one.bytes,
    });
    let issued = signing::issued(view, case).await?;
    let issued = issued.into_iter().map(|one| DocumentView {
        digest: one.digest,
        title: one.kind.title(),
        kind: one.kind.as_str(),
        bytes: one.bytes,
    });
    let newest = disclosure::notices(view, case).await?.into_iter().next();
    let notice = newest.and_then(|notice| {
        notice.pdf_digest.map(|digest| DocumentView {
            digest,
            title: Text::new("放款前费用告知书", "Total cost before payment"),
            kind: "total_cost_notice",
            bytes: notice.pdf_bytes,
        })
    });
    Ok(sheet
        .into_iter()
        .chain(notice)
        .chain(issued)
        .chain(signed)
        .chain(receipts)
        .collect())
}

/// A printed document as it is handed out.
pub struct Printed {
    pub bytes: Vec<u8>,
    pub file: &'static str,
}

/// One document of a case, by digest; a superseded sheet stays readable. Whoever opens a contract leaves a fact.
pub async fn read(ctx: &Ctx, seat: &Seat, case: &str, digest: &str) -> Result<Printed> {
    let institution = &seat.institution;
    let view = ctx.db.read(institution).await?;
    let receipt = consent::receipts(&view, case)
        .await?
        .into_iter()
        .find(|receipt| receipt.digest == digest);
    if let Some(receipt) = receipt {
        drop(view);
        return Ok(Printed {
            bytes: consent::receipt(ctx, institution, &receipt.consent).await?,
            file: "receipt.pdf",
        });
    }
    let issued = signing::issued(&view, case).await?;
    if let Some(one) = issued.into_iter().find(|one| one.digest == digest) {
        drop(view);
        let plain = signing::read(ctx, seat, case, &one.subject, digest).await?;
        return Ok(Printed {
            bytes: plain.to_vec(),
            file: one.kind.file(),
        });
    }
    if let Some(subject) = signing::holder(&view, case, digest).await? {
        drop(view);
        let plain = signing::read(ctx, seat, case, &subject, digest).await?;
        return Ok(Printed {
            bytes: plain.to_vec(),
            file: "contract.pdf",
        });
    }
    let notices = disclosure::notices(&view, case).await?;
    let is_notice = |digest: &str| {
        let mut printed = notices.iter().filter_map(|one| one.pdf_digest.as_deref());
        printed.any(|known| known == digest)
    };
    if is_notice(digest) {
        drop(view);
        return Ok(Printed {
            bytes: disclosure::printed(ctx, institution, case, digest).await?,
            file: "total-cost-notice.pdf",
        });
    }
    let printed = disclosure::find(&view, case)
        .await?
        .and_then(|sheet| sheet.pdf_digest)
        .into_iter()
        .chain(
            disclosure::superseded(&view, case)
                .await?
                .into_iter()
                .filter_map(|older| older.pdf_digest),
        )
        .find(|known| known == digest)
        .ok_or_else(Error::not_found)?;
    drop(view);
    Ok(Printed {
        bytes: disclosure::printed(ctx, institution, case, &printed).await?,
        file: "cost-sheet.pdf",
    })
}

/// Every document that belongs into the evidence: notices as they were shown and the receipts of what was decided about
/// them, terms and sheet as digested, the printed sheet, and the same of those that were superseded.
async fn evidence(ctx: &Ctx, seat: &Seat, view: View, case: &str) -> Result<Vec<Document>> {
    let institution = seat.institution.clone();
    let sheet = disclosure::find(&view, case).await?;
    let superseded = disclosure::superseded(&view, case).await?;
    let receipts = consent::receipts(&view, case).await?;
    let signed = signing::signed(&view, case).await?;
    let notices = disclosure::notices(&view, case).await?;
    let issued = signing::issued(&view, case).await?;
    drop(view);
    let mut documents = Vec::new();
    for one in issued {
        let plain = signing::read(ctx, seat, case, &one.subject, &one.digest).await?;
        documents.push(sworn(one.kind.file(), plain.to_vec(), &one.digest)?);
    }
    for notice in notices {
        let file = |end: &str| format!("total-cost-{}.{end}", notice.no);
        documents.push(sworn(
            file("json"),
            notice.document.clone(),
            &notice.digest,
        )?);
        if let Some(digest) = &notice.pdf_digest {
            let bytes = disclosure::printed(ctx, &institution, case, digest).await?;
            documents.push(sworn(file("pdf"), bytes, digest)?);
        }
    }
    for one in signed {
        let plain = signing::read(ctx, seat, case, &one.subject, &one.digest).await?;
        let name = format!("contract-{}-{}.pdf", one.set, one.code.replace('_', "-"));
        documents.push(sworn(name, plain.to_vec(), &one.digest)?);
    }
    for (place, receipt) in receipts.into_iter().enumerate() {
        let file = |name: &str| format!("consent-{}-{name}", place + 1);
        let notice = proof::canonical::to_vec(&receipt.notice.document)?;
        documents.push(sworn(file("notice.json"), notice, &receipt.consent.digest)?);
        let bytes = consent::receipt(ctx, &institution, &receipt.consent).await?;
        documents.push(sworn(file("receipt.pdf"), bytes, &receipt.digest)?);
    }
    for older in superseded {
        let file = |name: &str| format!("superseded-{}-{name}", older.no);
        let terms = proof::canonical::to_vec(&older.shown()?.sheet.terms)?;
        documents.push(sworn(file("terms.json"), terms, &older.terms_digest)?);
        let sheet_file = file("cost-sheet.json");
        let pdf_file = file("cost-sheet.pdf");
        documents.push(sworn(sheet_file, older.document, &older.sheet_digest)?);
        if let Some(digest) = &older.pdf_digest {
            let bytes = disclosure::printed(ctx, &institution, case, digest).await?;
            documents.push(sworn(pdf_file, bytes, digest)?);
        }
    }
    let Some(sheet) = sheet else {
        return Ok(documents);
    };
    let terms = proof::canonical::to_vec(&sheet.shown()?.sheet.terms)?;
    documents.push(sworn("terms.json", terms, &sheet.terms_digest)?);
    documents.push(sworn(
        "cost-sheet.json",
        sheet.document,
        &sheet.sheet_digest,
    )?);
    if let Some(digest) = &sheet.pdf_digest {
        let bytes = disclosure::printed(ctx, &institution, case, digest).await?;
        documents.push(sworn("cost-sheet.pdf", bytes, digest)?);
    }
    Ok(documents)
}

/// The evidence bundle of a case, recordings by their digests. Whoever has contracts in it leaves a fact for each.
pub async fn bundle(ctx: &Ctx, seat: &Seat, case: &str) -> Result<Vec<u8>> {
    bundle_with(ctx, seat, case, Films::Left).await
}

/// As [`bundle`], with the films of recordings where they are asked for: a fact for each.
pub async fn bundle_with(ctx: &Ctx, seat: &Seat, case: &str, films: Films) -> Result<Vec<u8>> {
    let view = ctx.db.read(&seat.institution).await?;
    let enclosed = Enclosed {
        documents: evidence(ctx, seat, view, case).await?,
        segments: recording::evidence(ctx, seat, case, films).await?,
    };
    ledger::bundle(ctx, &seat.institution, case, enclosed).await
}

/// A document that is what its fact says; what would not match must not be left out in silence.
fn sworn(name: impl Into<String>, bytes: Vec<u8>, digest: &str) -> Result<Document> {
    let name = name.into();
    if proof::hex::encode(&proof::digest::sha256(&bytes)) != digest {
        return Err(Error::internal(format!("{name} is not what was sworn to")));
    }
    let media_type = if name.ends_with(".pdf") {
        "application/pdf"
    } else {
        "application/json"
    };
    Ok(Document {
        name,
        media_type: media_type.to_owned(),
        bytes,
    })
}
