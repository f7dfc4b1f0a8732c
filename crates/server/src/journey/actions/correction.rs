//! The person of a recording learns by message that some questions are recorded again, and until when.

use crate::access;
use crate::clock::{self, DAY_MS};
use crate::ctx::Ctx;
use crate::db::Write as _;
use crate::error::Result;
use crate::id::InstitutionId;
use crate::journey::jobs::RecordAgain;
use crate::journey::{JourneyId, facts, store};
use crate::ledger::{self, Fact, Seat, Tx};
use crate::notify::{self, Sms, Template};
use crate::recording::{self, RecordingId};
use crate::vault::{self, Basis, ItemKind, Purpose};
use crate::{jobs, product};

/// The last message comes so long before the days are over.
const BEFORE_MS: i64 = 2 * DAY_MS;
/// Messages about one correction.
const MESSAGES: i64 = 2;
/// How long one may open the phone.
const OPEN_MS: i64 = 3_600_000;

/// Has the person told at once.
pub async fn tell_correction(tx: &mut Tx, id: &RecordingId) -> Result<()> {
    let job = RecordAgain {
        recording: id.to_string(),
        nth: 1,
    };
    tx.enqueue(&job).await
}

/// Sends one message, unless it was recorded again by then, the days are over, or the person wants no reminders.
pub async fn remind_correction(
    ctx: &Ctx,
    institution: &InstitutionId,
    job: &RecordAgain,
) -> Result<()> {
    let now_ms = ctx.clock.now_ms();
    let morning_ms = notify::outside_quiet_hours(now_ms);
    if morning_ms > now_ms {
        return at(ctx, institution, job.nth, &job.recording, morning_ms).await;
    }
    let id = RecordingId::parse(&job.recording)?;
    let mut tx = ledger::begin(ctx, &Seat::system(institution, "journey")).await?;
    let journey = JourneyId::parse(&recording::case_of(&tx, &id).await?)?;
    let journey = store::lock(&tx, &journey).await?;
    let correction = recording::correction_of(&tx, &id, now_ms).await?;
    let Some(correction) = correction.filter(|one| one.by.is_none()) else {
        return Ok(());
    };
    let declined = store::reminders(&tx, &journey.id).await?.declined_at_ms;
    if journey.alive(now_ms).is_err() || (job.nth > 1 && declined.is_some()) {
        return Ok(());
    }
    let lender = access::institution(&tx, institution).await?;
    let version = product::version(&tx, &journey.product, journey.product_version).await?;
    let (phone, purpose) = (ItemKind::Phone, Purpose::RemindUnfinished);
    vault::grant(
        &mut tx,
        &journey.subject,
        purpose,
        &[phone],
        Basis::Contract,
        now_ms + OPEN_MS,
    )
    .await?;
    let case = journey.id.as_str();
    let number = vault::open(&mut tx, &journey.subject, case, phone, purpose).await?;
    let fact = facts::Reminded {
        number: job.nth,
        template: Template::RecordAgain.as_str(),
    };
    ledger::commit(tx, Fact::of(&journey.id, &fact)?.about(&journey.subject)).await?;
    let to_masked = vault::mask_phone(number.expose());
    // The same for the same message, however often it is sent.
    let message = format!("{id}-again-{}", job.nth);
    let last_day = clock::civil_date(correction.until_ms - 1);
    let sms = Sms {
        id: &message,
        to: number.expose(),
        to_masked: &to_masked,
        template: Template::RecordAgain,
        values: vec![
            ("lender", lender.short_name),
            ("product", version.definition.name.zh.into_owned()),
            ("questions", correction.nodes().len().to_string()),
            ("until", last_day.to_string()),
            ("hotline", lender.hotline),
        ],
        case,
    };
    notify::send(ctx, institution, sms).await?;
    let next_ms = (correction.until_ms - BEFORE_MS).max(now_ms + DAY_MS);
    if job.nth >= MESSAGES || next_ms >= correction.until_ms {
        return Ok(());
    }
    at(ctx, institution, job.nth + 1, &job.recording, next_ms).await
}

async fn at(
    ctx: &Ctx,
    institution: &InstitutionId,
    nth: i64,
    recording: &str,
    at_ms: i64,
) -> Result<()> {
    let mut tx = ctx
        .db
        .begin_unrecorded(institution, "when to look again is no evidence")
        .await?;
    // Named by its time: a job that ran twice leads to one.
    let name = format!("record_again_{recording}_{nth}_{at_ms}");
    let job = RecordAgain {
        recording: recording.to_owned(),
        nth,
    };
    let again = jobs::enqueue_named(institution, &name, &job, at_ms)?;
    tx.exec_together(vec![again]).await?;
    tx.commit().await
}
