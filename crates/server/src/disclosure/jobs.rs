//! After the price is final, the sheet is printed once.

use serde::{Deserialize, Serialize};

use super::facts::{Printed, TotalCostPrinted};
use super::print::print;
use super::store::{self, notices};
use super::total_cost;
use crate::ctx::Ctx;
use crate::error::{Error, Result};
use crate::id::InstitutionId;
use crate::jobs::{Handler, Job, handler};
use crate::ledger::{self, Fact, Print, Seat, Sworn, Tx};
use crate::vault::{self, SubjectId};

pub fn jobs() -> Vec<Handler> {
    vec![handler::<PrintSheet>(), handler::<PrintNotice>()]
}

/// Prints the sheet of a case; a second run finds the first one's digest and does nothing.
#[derive(Serialize, Deserialize)]
pub struct PrintSheet {
    pub case: String,
}

impl Job for PrintSheet {
    const KIND: &'static str = "disclosure.print_sheet";

    async fn run(self, ctx: Ctx, institution: InstitutionId) -> Result<()> {
        let view = ctx.db.read(&institution).await?;
        let sheet = store::find(&view, &self.case)
            .await?
            .ok_or_else(Error::not_found)?;
        if sheet.pdf_digest.is_some() {
            return Ok(());
        }
        let subject = SubjectId::parse(&sheet.subject)?;
        let subject = vault::subject_in(&ctx, &view, &subject, &self.case).await?;
        drop(view);
        let pdf = print(&ctx, &institution, &sheet, subject.name_masked).await?;
        let made = keep(&ctx, &institution, &self.case, pdf).await?;
        let mut tx = ledger::begin(&ctx, &Seat::system(&institution, "disclosure")).await?;
        let printed_digest = sheet.sheet_digest;
        let mut sheet = store::lock(&tx, &self.case).await?;
        // Other terms in between: what was printed is not the sheet in force, whose own job prints it.
        if sheet.pdf_digest.is_some() || sheet.sheet_digest != printed_digest {
            return Ok(());
        }
        sheet.pdf_digest = Some(made.digest.clone());
        sheet.pdf_bytes = made.bytes;
        store::save(&mut tx, &sheet).await?;
        let printed = Printed {
            sheet_digest: &sheet.sheet_digest,
            pdf_sha256: &made.digest,
            pdf_sm3: &made.sm3,
            bytes: made.bytes,
        };
        let of = (sheet.case.as_str(), sheet.subject.as_str());
        hand_out(tx, of, (&sheet.sheet_digest, &made), &printed).await
    }
}

/// Prints the total-cost notice in force; a second run finds the first one's digest and does nothing.
#[derive(Serialize, Deserialize)]
pub struct PrintNotice {
    pub case: String,
}

impl Job for PrintNotice {
    const KIND: &'static str = "disclosure.print_notice";

    async fn run(self, ctx: Ctx, institution: InstitutionId) -> Result<()> {
        let view = ctx.db.read(&institution).await?;
        let Some(notice) = notices::newest(&view, &self.case).await? else {
            return Ok(());
        };
        if notice.pdf_digest.is_some() {
            return Ok(());
        }
        let subject = SubjectId::parse(&notice.subject)?;
        let subject = vault::subject_in(&ctx, &view, &subject, &self.case).await?;
        drop(view);
        let pdf =
            total_cost::print::print(&ctx, &institution, &notice, &subject.name_masked).await?;
        let made = keep(&ctx, &institution, &self.case, pdf).await?;
        let mut tx = ledger::begin(&ctx, &Seat::system(&institution, "disclosure")).await?;
        let newest = notices::lock(&tx, &self.case).await?;
        // A newer one in between prints itself.
        let Some(mut newest) = newest.filter(|one| one.no == notice.no) else {
            return Ok(());
        };
        if newest.pdf_digest.is_some() {
            return Ok(());
        }
        newest.pdf_digest = Some(made.digest.clone());
        newest.pdf_bytes = made.bytes;
        notices::save(&mut tx, &newest).await?;
        let printed = TotalCostPrinted {
            notice_digest: &newest.digest,
            pdf_sha256: &made.digest,
            pdf_sm3: &made.sm3,
            bytes: made.bytes,
        };
        let of = (newest.case.as_str(), newest.subject.as_str());
        hand_out(tx, of, (&newest.digest, &made), &printed).await
    }
}

/// A printed file where it lies for good.
struct Made {
    digest: String,
    sm3: String,
    bytes: i64,
}

/// Puts a printed file of a case away, before the transaction that swears to it.
async fn keep(ctx: &Ctx, institution: &InstitutionId, case: &str, pdf: Vec<u8>) -> Result<Made> {
    let made = Made {
        digest: super::actions::digest_of(&pdf),
        sm3: proof::hex::encode(&proof::digest::sm3(&pdf)),
        bytes: i64::try_from(pdf.len())?,
    };
    let key = blob_key(institution, case, &made.digest);
    ctx.blobs.put_once(&key, pdf).await?;
    Ok(made)
}

/// Hands a printed file out under the digest of what it prints, and swears to it.
async fn hand_out<S: Sworn>(
    mut tx: Tx,
    (case, subject): (&str, &str),
    (document, made): (&str, &Made),
    printed: &S,
) -> Result<()> {
    let print = Print {
        document,
        case,
        kind: S::KIND,
        digest: &made.digest,
        subject: Some(subject),
    };
    ledger::hand_out(&mut tx, print).await?;
    ledger::commit(tx, Fact::of(case, printed)?.about(subject)).await
}

/// Where a printed sheet or notice lies.
pub(super) fn blob_key(institution: &InstitutionId, case: &str, digest: &str) -> String {
    format!("{}/{digest}.pdf", blob_folder(institution, case))
}

/// Where everything printed for a case lies.
fn blob_folder(institution: &InstitutionId, case: &str) -> String {
    format!("disclosure/{institution}/{case}")
}

/// Removes everything that was printed for a case.
pub async fn forget_files(ctx: &Ctx, institution: &InstitutionId, case: &str) -> Result<()> {
    ctx.blobs
        .remove_folder(&blob_folder(institution, case))
        .await
}
