//! Receipts of decisions, and work that waits on a consent or a duty.

use serde::{Deserialize, Serialize};

use super::adverse::AdverseId;
use super::deliver;
use super::facts::ReceiptPrinted;
use super::model::{ConsentId, State};
use super::outreach::{MessageId, ProvisionId};
use super::print::{document, print};
use super::store::{consents, notices};
use crate::ctx::Ctx;
use crate::error::Result;
use crate::id::InstitutionId;
use crate::jobs::{Handler, Job, handler};
use crate::ledger::{self, Fact, Print, Seat, Sworn as _};
use crate::vault;

pub fn jobs() -> Vec<Handler> {
    vec![
        handler::<PrintReceipt>(),
        handler::<SendMarketing>(),
        handler::<SendAdverse>(),
        handler::<Provide>(),
    ]
}

/// Prints the receipt of a decision as it stands; a second run finds the first one's digest and does nothing.
#[derive(Serialize, Deserialize)]
pub struct PrintReceipt {
    pub consent: String,
}

impl Job for PrintReceipt {
    const KIND: &'static str = "consent.print_receipt";

    async fn run(self, ctx: Ctx, institution: InstitutionId) -> Result<()> {
        let id = ConsentId::parse(&self.consent)?;
        let view = ctx.db.read(&institution).await?;
        let consent = consents::find(&view, &id).await?;
        if consent.receipt_digest.is_some() || consent.state == State::Shown {
            return Ok(());
        }
        let notice = notices::find(&view, &consent.notice).await?;
        let subject = vault::subject_in(&ctx, &view, &consent.subject, &consent.case).await?;
        drop(view);
        let pdf = print(&ctx, &institution, &consent, &notice, &subject.name_masked).await?;
        let digest = proof::hex::encode(&proof::digest::sha256(&pdf));
        let sm3 = proof::hex::encode(&proof::digest::sm3(&pdf));
        let bytes = i64::try_from(pdf.len())?;
        ctx.blobs
            .put_once(&blob_key(&institution, &consent.case, &digest), pdf)
            .await?;

        let mut tx = ledger::begin(&ctx, &Seat::system(&institution, "consent")).await?;
        let mut now = consents::lock(&tx, &id).await?;
        // Withdrawn meanwhile: that enqueued a receipt of its own.
        if now.receipt_digest.is_some() || now.state != consent.state {
            return Ok(());
        }
        now.receipt_digest = Some(digest.clone());
        now.receipt_bytes = bytes;
        consents::save(&mut tx, &now).await?;
        let printed = ReceiptPrinted {
            consent: id.as_str(),
            digest: &now.digest,
            pdf_sha256: &digest,
            pdf_sm3: &sm3,
            bytes,
        };
        let print = Print {
            document: &document(&now),
            case: &now.case,
            kind: ReceiptPrinted::KIND,
            digest: &digest,
            subject: Some(now.subject.as_str()),
        };
        ledger::hand_out(&mut tx, print).await?;
        let fact = Fact::of(&now.case, &printed)?.about(&now.subject);
        ledger::commit(tx, fact).await
    }
}

/// Sends a marketing message while its consent lives.
#[derive(Serialize, Deserialize)]
pub struct SendMarketing {
    pub message: String,
}

impl Job for SendMarketing {
    const KIND: &'static str = "consent.send_marketing";

    async fn run(self, ctx: Ctx, institution: InstitutionId) -> Result<()> {
        deliver::marketing(&ctx, &institution, &MessageId::parse(&self.message)?).await
    }
}

/// Tells the person before bad information is reported.
#[derive(Serialize, Deserialize)]
pub struct SendAdverse {
    pub notice: String,
}

impl Job for SendAdverse {
    const KIND: &'static str = "consent.send_adverse_notice";

    async fn run(self, ctx: Ctx, institution: InstitutionId) -> Result<()> {
        deliver::adverse_notice(&ctx, &institution, &AdverseId::parse(&self.notice)?).await
    }
}

/// Gives items to a partner while the consent lives.
#[derive(Serialize, Deserialize)]
pub struct Provide {
    pub provision: String,
}

impl Job for Provide {
    const KIND: &'static str = "consent.provide";

    async fn run(self, ctx: Ctx, institution: InstitutionId) -> Result<()> {
        deliver::provision(&ctx, &institution, &ProvisionId::parse(&self.provision)?).await
    }
}

/// Where a printed receipt lies.
pub(super) fn blob_key(institution: &InstitutionId, case: &str, digest: &str) -> String {
    format!("{}/{digest}.pdf", blob_folder(institution, case))
}

/// Where everything printed for a case lies.
fn blob_folder(institution: &InstitutionId, case: &str) -> String {
    format!("consent/{institution}/{case}")
}

/// Removes everything that was printed for a case.
pub async fn forget_files(ctx: &Ctx, institution: &InstitutionId, case: &str) -> Result<()> {
    ctx.blobs
        .remove_folder(&blob_folder(institution, case))
        .await
}
