//! What happens with a journey that its person left half-way: they are reminded, or they end it.

use super::holds::call_off;
use crate::access::{self, Customer};
use crate::clock;
use crate::consent::WithdrawnFact;
use crate::ctx::Ctx;
use crate::db::{Read, Write as _};
use crate::error::Result;
use crate::id::InstitutionId;
use crate::journey::jobs::Remind;
use crate::journey::model::Journey;
use crate::journey::reminders::{self, Begun, Known, Turn, Withdrawn};
use crate::journey::{JourneyId, facts, steps, store};
use crate::ledger::{self, Fact, Seat, Sworn as _};
use crate::notify::{self, Sms, Template};
use crate::vault::{self, Basis, ItemKind, Purpose};
use crate::{jobs, product};

/// Reminds the person of a journey if it is time, or looks again later. Safe to run twice: one reminder is one message,
/// whatever happened in between.
pub async fn remind(ctx: &Ctx, institution: &InstitutionId, id: &JourneyId) -> Result<()> {
    let view = ctx.db.read(institution).await?;
    let journey = store::find(&view, id).await?;
    let now_ms = ctx.clock.now_ms();
    let turn = turn(ctx, &view, &journey, now_ms).await?;
    drop(view);
    let morning_ms = notify::outside_quiet_hours(now_ms);
    match turn {
        Turn::Never => Ok(()),
        Turn::Later(at_ms) => look_again(ctx, institution, id, at_ms).await,
        Turn::Now if morning_ms > now_ms => look_again(ctx, institution, id, morning_ms).await,
        Turn::Now => send(ctx, institution, id).await,
    }
}

/// What there is to do about a journey now.
async fn turn(ctx: &Ctx, view: &impl Read, journey: &Journey, now_ms: i64) -> Result<Turn> {
    let case = journey.id.as_str();
    let own = access::settings(view).await?.settings;
    let withdrawn = ledger::latest(view, case, WithdrawnFact::KIND).await?;
    // A party whose loan is over or was refused is asked nothing more.
    if let Some(main) = &journey.main {
        let main = store::find(view, main).await?;
        if steps::must_go_on(view, &main, now_ms).await.is_err() {
            return Ok(Turn::Never);
        }
    }
    Ok(reminders::turn(&Known {
        journey,
        reminders: &store::reminders(view, &journey.id).await?,
        steps: &steps::standings(view, journey, now_ms).await?,
        still_since_ms: ledger::still_since(view, case)
            .await?
            .unwrap_or(journey.created_at_ms),
        begun: match access::has_entered(view, case).await? {
            true => Begun::Yes,
            false => Begun::No,
        },
        withdrawn: match withdrawn {
            Some(_) => Withdrawn::Yes,
            None => Withdrawn::No,
        },
        hours: reminders::hours(journey.kind, own.remind_hours(&ctx.config)),
        now_ms,
    }))
}

async fn look_again(
    ctx: &Ctx,
    institution: &InstitutionId,
    id: &JourneyId,
    at_ms: i64,
) -> Result<()> {
    let mut tx = ctx
        .db
        .begin_unrecorded(institution, "when to look again is no evidence")
        .await?;
    // Named by its time: a job that ran twice leads to one.
    let name = format!("remind_{id}_{at_ms}");
    let job = Remind {
        journey: id.to_string(),
    };
    let again = jobs::enqueue_named(institution, &name, &job, at_ms)?;
    tx.exec_together(vec![again]).await?;
    tx.commit().await
}

/// How long one reminder may open the phone.
const OPEN_MS: i64 = reminders::HOUR_MS;

async fn send(ctx: &Ctx, institution: &InstitutionId, id: &JourneyId) -> Result<()> {
    let seat = Seat::system(institution, "journey");
    let mut tx = ledger::begin(ctx, &seat).await?;
    let journey = store::lock(&tx, id).await?;
    // The person may have come back, or said no, a moment ago.
    if turn(ctx, &tx, &journey, tx.now_ms()).await? != Turn::Now {
        return Ok(());
    }
    let nth = store::reminders(&tx, id).await?.sent + 1;
    let lender = access::institution(&tx, institution).await?;
    let version = product::version(&tx, &journey.product, journey.product_version).await?;
    let (subject, phone) = (&journey.subject, ItemKind::Phone);
    let (purpose, until_ms) = (Purpose::RemindUnfinished, tx.now_ms() + OPEN_MS);
    vault::grant(
        &mut tx,
        subject,
        purpose,
        &[phone],
        Basis::Contract,
        until_ms,
    )
    .await?;
    let number = vault::open(&mut tx, subject, id.as_str(), phone, purpose).await?;
    ledger::commit_recorded(tx).await?;
    let to_masked = vault::mask_phone(number.expose());
    // The same for the same reminder, however often it is sent.
    let message = format!("{id}-reminder-{nth}");
    let sms = Sms {
        id: &message,
        to: number.expose(),
        to_masked: &to_masked,
        template: Template::UnfinishedJourney,
        values: vec![
            ("lender", lender.short_name),
            ("product", version.definition.name.zh.into_owned()),
            (
                "until",
                clock::civil_date(journey.expires_at_ms).to_string(),
            ),
            ("hotline", lender.hotline),
        ],
        case: id.as_str(),
    };
    notify::send(ctx, institution, sms).await?;
    sent(ctx, &seat, id, nth).await
}

/// Notes that a reminder left, and looks again when the next may be due.
async fn sent(ctx: &Ctx, seat: &Seat, id: &JourneyId, nth: i64) -> Result<()> {
    let mut tx = ledger::begin(ctx, seat).await?;
    let journey = store::lock(&tx, id).await?;
    let mut reminders = store::reminders(&tx, id).await?;
    if reminders.sent >= nth {
        return Ok(());
    }
    reminders.sent = nth;
    reminders.last_sent_at_ms = Some(tx.now_ms());
    store::put_reminders(&mut tx, id, &reminders).await?;
    let again = Remind {
        journey: id.to_string(),
    };
    tx.enqueue(&again).await?;
    let fact = facts::Reminded {
        number: nth,
        template: Template::UnfinishedJourney.as_str(),
    };
    ledger::commit(tx, Fact::of(id, &fact)?.about(&journey.subject)).await
}

/// The person wants no reminders; again changes nothing.
pub async fn decline_reminders(ctx: &Ctx, customer: &Customer) -> Result<()> {
    let mut tx = ledger::begin(ctx, &customer.seat()).await?;
    let journey = store::lock(&tx, &JourneyId::parse(&customer.case)?).await?;
    let mut reminders = store::reminders(&tx, &journey.id).await?;
    if reminders.declined_at_ms.is_some() {
        return Ok(());
    }
    reminders.declined_at_ms = Some(tx.now_ms());
    store::put_reminders(&mut tx, &journey.id, &reminders).await?;
    let fact = facts::RemindersDeclined {
        reminders_sent: reminders.sent,
    };
    ledger::commit(tx, Fact::of(&journey.id, &fact)?.about(&journey.subject)).await
}

/// The person gives an unfinished journey up, whatever kind it is; again changes nothing.
pub async fn abandon(ctx: &Ctx, customer: &Customer) -> Result<()> {
    let mut tx = ledger::begin(ctx, &customer.seat()).await?;
    let journey = store::lock(&tx, &JourneyId::parse(&customer.case)?).await?;
    let standings = steps::standings(&tx, &journey, tx.now_ms()).await?;
    let Some(ended) = journey.abandon(tx.now_ms())? else {
        return Ok(());
    };
    let fact = Fact::of(
        &ended.id,
        &facts::Abandoned {
            step: steps::current(&standings),
            terms_digest: ended.terms_digest.as_deref(),
        },
    )?
    .about(&ended.subject);
    call_off(&mut tx, ended, fact).await?;
    ledger::commit_recorded(tx).await
}
