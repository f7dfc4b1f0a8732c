//! Verbs of disclosure. Each works inside the journey's transaction and records its own fact.

use cost::LoanTerms;

use super::facts;
use super::jobs::PrintSheet;
use super::model::{Prepare, Progress, SUPERSEDED_MAX, Sheet, ShownSheet};
use super::quiz::{Answer, Quiz};
use super::refusal::Refused;
use super::store;
use crate::error::{Error, Field, Result, Text};
use crate::ledger::{Changed, Fact, Sworn, Tx};
use crate::product::CoolingOff;

/// Makes the sheet of a case from final terms and has it printed; an older one is superseded and kept.
pub async fn prepare(tx: &mut Tx, what: Prepare) -> Result<(Sheet, ShownSheet)> {
    let sheet = cost::sheet(&what.terms, &what.policy).map_err(|cause| {
        Error::Invalid(vec![Field::new(
            "loan",
            cause.code(),
            Text::new(cause.zh(), cause.en()),
        )])
    })?;
    let terms_digest = terms_digest(&what.terms)?;
    let shown = ShownSheet {
        v: 1,
        case: what.case.clone(),
        institution: tx.seat().institution.to_string(),
        institution_name: what.institution_name,
        hotline: what.hotline,
        product: what.product,
        product_version: what.product_version,
        product_name: what.product_name,
        terms_digest: terms_digest.clone(),
        no_other_charges: sheet.no_other_charges.clone().into(),
        key_terms: what.key_terms,
        without_guarantee: what.without_guarantee,
        cooling_off: what.cooling_off,
        cooling_off_text: what.cooling_off.map(CoolingOff::text),
        business_masked: what.business_masked,
        sheet,
    };
    let document = proof::canonical::to_vec(&shown)?;
    let made = Sheet {
        case: what.case,
        subject: what.subject,
        sheet_digest: digest_of(&document),
        terms_digest,
        document,
        audience: what.audience,
        reading_ms: what.reading_ms,
        quiz: Quiz::of(&shown.sheet, tx.ctx().random.bytes::<2>()),
        progress: Progress::default(),
        pdf_digest: None,
        pdf_bytes: 0,
        prepared_at_ms: tx.now_ms(),
        version: 1,
    };
    supersede(tx, &made).await?;
    store::insert(tx, &made).await?;
    record(
        tx,
        &made,
        &facts::Prepared {
            terms_digest: &made.terms_digest,
            sheet_digest: &made.sheet_digest,
            product: &shown.product,
            product_version: shown.product_version,
            audience: made.audience,
            reading_ms: made.reading_ms,
            composite_ppm: shown.sheet.composite.annual_ppm,
            total_repaid: shown.sheet.total_repaid,
        },
    )?;
    tx.enqueue(&PrintSheet {
        case: made.case.clone(),
    })
    .await?;
    Ok((made, shown))
}

/// Sets the sheet in force aside for one of other terms.
async fn supersede(tx: &mut Tx, made: &Sheet) -> Result<()> {
    let Some(older) = store::try_lock(tx, &made.case).await? else {
        return Ok(());
    };
    let kept = store::superseded(tx, &made.case).await?.len();
    if kept >= SUPERSEDED_MAX {
        return Err(Refused::ChangedTooOften.into());
    }
    let now_ms = tx.now_ms();
    store::insert_superseded(tx, i64::try_from(kept)? + 1, &older, now_ms).await?;
    store::remove(tx, &older).await?;
    record(
        tx,
        &older,
        &facts::Superseded {
            sheet_digest: &older.sheet_digest,
            terms_digest: &older.terms_digest,
            step: older.step(),
            by_terms_digest: &made.terms_digest,
        },
    )
}

/// SHA-256 of canonical terms, hex: what a release is bound to.
pub fn terms_digest(terms: &LoanTerms) -> Result<String> {
    Ok(digest_of(&proof::canonical::to_vec(terms)?))
}

/// The sheet appeared on the person's screen.
pub async fn show(tx: &mut Tx, case: &str, digest: &str) -> Result<Changed> {
    let (sheet, changed) = store::lock(tx, case).await?.show(digest, tx.now_ms())?;
    if changed == Changed::Yes {
        store::save(tx, &sheet).await?;
        record(
            tx,
            &sheet,
            &facts::Shown {
                sheet_digest: &sheet.sheet_digest,
                reading_ms: sheet.reading_ms,
            },
        )?;
    }
    Ok(changed)
}

/// The person read to the end.
pub async fn read(tx: &mut Tx, case: &str, digest: &str) -> Result<Changed> {
    let (sheet, changed) = store::lock(tx, case).await?.read(digest, tx.now_ms())?;
    if changed == Changed::Yes {
        store::save(tx, &sheet).await?;
        let after_ms = tx.now_ms() - sheet.progress.shown_at_ms.unwrap_or(tx.now_ms());
        record(
            tx,
            &sheet,
            &facts::Read {
                sheet_digest: &sheet.sheet_digest,
                after_ms,
            },
        )?;
    }
    Ok(changed)
}

/// The person answered the two questions.
pub async fn answer(tx: &mut Tx, case: &str, digest: &str, answers: &[Answer]) -> Result<Changed> {
    let (sheet, changed) = store::lock(tx, case)
        .await?
        .answer(digest, answers, tx.now_ms())?;
    if changed == Changed::Yes {
        store::save(tx, &sheet).await?;
        let outcome = match sheet.progress.understood_at_ms {
            Some(_) => facts::Outcome::Right,
            None => facts::Outcome::Wrong,
        };
        let tries = sheet.progress.tries;
        record(
            tx,
            &sheet,
            &facts::Answered {
                sheet_digest: &sheet.sheet_digest,
                outcome,
                tries,
            },
        )?;
    }
    Ok(changed)
}

/// The person confirms exactly what was shown.
pub async fn confirm(tx: &mut Tx, case: &str, digest: &str) -> Result<Changed> {
    let (sheet, changed) = store::lock(tx, case).await?.confirm(digest, tx.now_ms())?;
    if changed == Changed::Yes {
        store::save(tx, &sheet).await?;
        record(
            tx,
            &sheet,
            &facts::Confirmed {
                sheet_digest: &sheet.sheet_digest,
                terms_digest: &sheet.terms_digest,
            },
        )?;
    }
    Ok(changed)
}

/// The link was opened anew; a reading that was not finished starts over.
pub async fn reopen(tx: &mut Tx, case: &str) -> Result<Changed> {
    if store::find(tx, case).await?.is_none() {
        return Ok(Changed::No);
    }
    let (sheet, changed) = store::lock(tx, case).await?.reopen();
    if changed == Changed::Yes {
        store::save(tx, &sheet).await?;
        record(
            tx,
            &sheet,
            &facts::Reopened {
                sheet_digest: &sheet.sheet_digest,
            },
        )?;
    }
    Ok(changed)
}

fn record<S: Sworn>(tx: &mut Tx, sheet: &Sheet, sworn: &S) -> Result<()> {
    tx.record(Fact::of(&sheet.case, sworn)?.about(&sheet.subject));
    Ok(())
}

pub(super) fn digest_of(bytes: &[u8]) -> String {
    proof::hex::encode(&proof::digest::sha256(bytes))
}
