//! 还款提醒: a message three days before an instalment's day and one on it, at most once each, and none for what was received.
//!
//! A loan knows the next day on which it wants a look, so that a turn looks at no other. A day that nobody looked at is over:
//! nobody is reminded of the past.

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use super::facts;
use super::model::{Loan, REPAYMENTS_MAX, Repayment, State};
use super::plan::{self, Moment};
use super::store;
use super::view;
use crate::access::{self, DueReminders};
use crate::clock;
use crate::ctx::Ctx;
use crate::db::Write as _;
use crate::error::Result;
use crate::id::InstitutionId;
use crate::jobs::{self, Job};
use crate::journey::{self, JourneyId};
use crate::ledger::{self, Fact, Seat};
use crate::notify::{self, Sms, Template};
use crate::product;
use crate::vault::{self, ItemKind, Purpose};

/// Loans that one turn of the job looks at.
const LOANS_MAX: i64 = 200;

/// Has reminders looked after where any loan wants it now.
pub async fn look(ctx: &Ctx, institution: &InstitutionId) -> Result<()> {
    let now_ms = ctx.clock.now_ms();
    // What can wait is not sent at night.
    if notify::outside_quiet_hours(now_ms) > now_ms {
        return Ok(());
    }
    let today = clock::civil_date(now_ms);
    let view = ctx.db.read(institution).await?;
    let waiting = store::to_remind(&view, today, 1).await?;
    drop(view);
    if waiting.is_empty() {
        return Ok(());
    }
    let name = format!("servicing-remind-{institution}");
    let row = jobs::enqueue_named(institution, &name, &Remind {}, now_ms)?;
    let mut tx = ctx
        .db
        .begin_unrecorded(institution, "when to look is no evidence")
        .await?;
    tx.exec_together(vec![row]).await?;
    tx.commit().await?;
    ctx.jobs_enqueued.notify_one();
    Ok(())
}

/// Looks after the loans that want it today.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Remind {}

impl Job for Remind {
    const KIND: &'static str = "servicing.remind";

    async fn run(self, ctx: Ctx, institution: InstitutionId) -> Result<()> {
        let today = clock::civil_date(ctx.clock.now_ms());
        let view = ctx.db.read(&institution).await?;
        let cases = store::to_remind(&view, today, LOANS_MAX).await?;
        drop(view);
        for case in cases {
            // One loan that can't be looked at holds up no other.
            if let Err(cause) = ledger::retrying(|| one(&ctx, &institution, &case, today)).await {
                tracing::error!(case, %cause, "looking for an instalment that is due");
                tomorrow(&ctx, &institution, &case, today).await?;
            }
        }
        Ok(())
    }
}

/// Has a loan that can't be looked at wait for another day, so that it stands before no other.
async fn tomorrow(ctx: &Ctx, institution: &InstitutionId, case: &str, today: Date) -> Result<()> {
    let mut tx = ctx
        .db
        .begin_unrecorded(institution, "when to look next is no evidence")
        .await?;
    if let Some(loan) = store::lock(&tx, case).await? {
        store::remind_next(&mut tx, &loan, today.tomorrow().ok()).await?;
    }
    tx.commit().await
}

/// Reminds of one loan where its day is here, and sets the next day.
async fn one(ctx: &Ctx, institution: &InstitutionId, case: &str, today: Date) -> Result<()> {
    let tx = ledger::begin(ctx, &Seat::system(institution, "servicing")).await?;
    let Some(loan) = store::lock(&tx, case).await? else {
        return Ok(());
    };
    if loan.remind_on.is_none_or(|day| day > today) {
        return Ok(());
    }
    let running = loan.state == State::Running;
    let mut next = None;
    let mut due = None;
    if let Some(confirmed) = view::confirmed(&tx, &loan).await?.filter(|_| running) {
        next = plan::next_reminder(&confirmed.sheet.plan, today);
        let reported = store::repayments(&tx, case, i64::try_from(REPAYMENTS_MAX)?).await?;
        let settings = access::settings(&tx).await?.settings;
        let wanted = settings.due_reminders == DueReminders::On;
        due = missing(&confirmed, &reported, today).filter(|_| wanted);
    }
    drop(tx);
    let now_ms = ctx.clock.now_ms();
    let mut tx = ctx
        .db
        .begin_unrecorded(institution, "when to look next is no evidence")
        .await?;
    store::remind_next(&mut tx, &loan, next).await?;
    if let Some(due) = due {
        let send = SendReminder {
            case: case.to_owned(),
            no: due.no,
            moment: due.moment,
        };
        let name = message(&loan, due.no, due.moment);
        let row = jobs::enqueue_named(institution, &name, &send, now_ms)?;
        tx.exec_together(vec![row]).await?;
    }
    tx.commit().await?;
    ctx.jobs_enqueued.notify_one();
    Ok(())
}

/// What a borrower would be reminded of.
struct Due {
    no: u32,
    day: Date,
    missing: i64,
    moment: Moment,
}

/// Nobody is reminded of what only the lender knows.
fn missing(confirmed: &view::Confirmed, reported: &[Repayment], today: Date) -> Option<Due> {
    let counted = confirmed.counted(reported);
    let rows = plan::rows_known(&confirmed.sheet.plan, &counted, today);
    if !plan::is_known(&rows, &counted) {
        return None;
    }
    let (row, moment) = plan::reminder(&rows, today)?;
    Some(Due {
        no: row.row.no,
        day: row.row.due,
        missing: row.missing,
        moment,
    })
}

/// Names one reminder for ever: it is sent once.
fn message(loan: &Loan, no: u32, moment: Moment) -> String {
    format!("{}-{no}-{}", loan.id, moment.as_str())
}

/// Sends one reminder; the gateway takes a message of its name once.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SendReminder {
    pub case: String,
    pub no: u32,
    pub moment: Moment,
}

impl Job for SendReminder {
    const KIND: &'static str = "servicing.send_reminder";

    async fn run(self, ctx: Ctx, institution: InstitutionId) -> Result<()> {
        let seat = Seat::system(&institution, "servicing");
        let mut tx = ledger::begin(&ctx, &seat).await?;
        let Some(loan) = store::find(&tx, &self.case).await? else {
            return Ok(());
        };
        let today = clock::civil_date(tx.now_ms());
        let (item, purpose) = (ItemKind::Phone, Purpose::RemindDue);
        let Some(confirmed) = view::confirmed(&tx, &loan).await? else {
            return Ok(());
        };
        let reported = store::repayments(&tx, &self.case, i64::try_from(REPAYMENTS_MAX)?).await?;
        // A job that waited: what was received meanwhile, or whose day is over, is not sent any more.
        let still = missing(&confirmed, &reported, today)
            .filter(|due| (due.no, due.moment) == (self.no, self.moment));
        let (State::Running, Some(due)) = (loan.state, still) else {
            return Ok(());
        };
        if !vault::may_open(&tx, &loan.subject, item, purpose).await? {
            return Ok(());
        }
        let lender = access::institution(&tx, &institution).await?;
        let person = vault::subject_in(&ctx, &tx, &loan.subject, &self.case).await?;
        let known = journey::known(&tx, &JourneyId::parse(&self.case)?).await?;
        let version = product::version(&tx, &known.product, known.product_version).await?;
        let phone = vault::open(&mut tx, &loan.subject, &self.case, item, purpose).await?;
        ledger::commit_recorded(tx).await?;
        let template = match self.moment {
            Moment::Ahead => Template::DueSoon,
            Moment::OnTheDay => Template::DueToday,
        };
        let id = message(&loan, self.no, self.moment);
        let sms = Sms {
            id: &id,
            to: phone.expose(),
            to_masked: &person.phone_masked,
            template,
            values: vec![
                ("lender", lender.short_name),
                ("product", version.definition.name.zh.into_owned()),
                ("no", self.no.to_string()),
                ("amount", cost::yuan(due.missing)),
                ("due", due.day.to_string()),
                ("hotline", lender.hotline),
            ],
            case: &self.case,
        };
        notify::send(&ctx, &institution, sms).await?;
        // Sworn only once the message was taken; a run that is cut here sends the same one again, which counts once.
        let tx = ledger::begin(&ctx, &seat).await?;
        let fact = facts::Reminded {
            loan: loan.id.as_str(),
            no: due.no,
            due_date: &due.day.to_string(),
            amount: due.missing,
            moment: due.moment,
        };
        ledger::commit(tx, Fact::of(&self.case, &fact)?.about(&loan.subject)).await
    }
}
