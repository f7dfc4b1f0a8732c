//! After a person's data was destroyed: what the rooms of this floor hold about their cases goes too.
//!
//! What is left of a journey are ids, a product, sums and dates, which lead to nobody.

use super::facts::Forgotten;
use super::{JourneyId, store};
use crate::access;
use crate::ctx::Ctx;
use crate::db::Write;
use crate::error::Result;
use crate::id::InstitutionId;
use crate::ledger::{self, Fact, Seat};
use crate::vault::SubjectId;
use crate::{
    consent, contacts, counter, disbursement, disclosure, identity, notify, recording, signing,
    suitability,
};

/// Cases that one transaction empties.
const CASES_MAX: i64 = 50;

/// Empties every case of a destroyed subject; a second run finds nothing left to do.
pub async fn forget(ctx: &Ctx, institution: &InstitutionId, subject: &SubjectId) -> Result<()> {
    loop {
        let cases = cases_left(ctx, institution, subject).await?;
        if cases.is_empty() {
            return Ok(());
        }
        let mut tx = ledger::begin(ctx, &Seat::system(institution, "journey")).await?;
        empty(&mut tx, subject, &cases, ctx.clock.now_ms()).await?;
        let fact = Forgotten {
            subject: subject.as_str(),
            journeys: i64::try_from(cases.len())?,
        };
        // About nobody: it must outlive the subject.
        ledger::commit(tx, Fact::of(subject, &fact)?).await?;
    }
}

/// As the destruction did, for what an older copy of the database brought back.
///
/// Without facts: the log of such a copy is older than its published checkpoint, so writing is sealed.
pub async fn forget_again(
    ctx: &Ctx,
    institution: &InstitutionId,
    subject: &SubjectId,
) -> Result<()> {
    loop {
        let cases = cases_left(ctx, institution, subject).await?;
        let mut tx = ctx
            .db
            .begin_unrecorded(institution, "its destruction is a fact already")
            .await?;
        access::forget(&mut tx, subject).await?;
        empty(&mut tx, subject, &cases, ctx.clock.now_ms()).await?;
        tx.commit().await?;
        if cases.is_empty() {
            return Ok(());
        }
    }
}

/// Cases of a subject that still say something; their files are gone when this answers.
async fn cases_left(
    ctx: &Ctx,
    institution: &InstitutionId,
    subject: &SubjectId,
) -> Result<Vec<JourneyId>> {
    let view = ctx.db.read(institution).await?;
    let cases = store::unforgotten(&view, subject, CASES_MAX).await?;
    drop(view);
    for case in &cases {
        let case = case.as_str();
        consent::forget_files(ctx, institution, case).await?;
        disclosure::forget_files(ctx, institution, case).await?;
        counter::forget_files(ctx, institution, case).await?;
        recording::forget_files(ctx, institution, case).await?;
        signing::forget_files(ctx, institution, case).await?;
    }
    Ok(cases)
}

/// A business takes the whole case with it: its sheet names it, and nothing in the case is without it.
async fn empty(
    tx: &mut impl Write,
    subject: &SubjectId,
    cases: &[JourneyId],
    now_ms: i64,
) -> Result<()> {
    for case in cases {
        store::forget(tx, case, now_ms).await?;
        let case = case.as_str();
        notify::forget(tx, case).await?;
        counter::forget(tx, case).await?;
        disbursement::forget(tx, case, now_ms).await?;
        disclosure::forget(tx, case).await?;
        identity::forget(tx, case).await?;
        recording::forget(tx, case).await?;
        signing::forget(tx, case, now_ms).await?;
        suitability::forget(tx, case).await?;
        consent::forget(tx, case).await?;
        contacts::forget(tx, case).await?;
    }
    tracing::info!(
        subject = subject.as_str(),
        cases = cases.len(),
        "cases of a destroyed subject were emptied"
    );
    Ok(())
}
