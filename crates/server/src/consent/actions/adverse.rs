//! Telling before a report to the bureau.

use crate::access::Reach;
use crate::clock::{self, DAY_MS};
use crate::consent::adverse::{AdverseId, AdverseNotice, Arrears};
use crate::consent::facts::{AdverseSeen, AdverseTold};
use crate::consent::jobs::SendAdverse;
use crate::consent::refusal::Refused;
use crate::consent::store::adverse as store;
use crate::db::Read as _;
use crate::error::{Error, Field, Result, Text};
use crate::ledger::{Changed, Fact, Tx};
use crate::vault::{self, Basis, ItemKind, Purpose, SubjectId};

/// A report further away than this is no telling of it.
const AHEAD_DAYS_MAX: i64 = 366;
/// Two a month over the longest loan of most products; more would drown what matters.
const TELLINGS_MAX: i64 = 120;

/// Tells the person; the same telling again answers the first one.
pub async fn tell(
    tx: &mut Tx,
    subject: &SubjectId,
    case: &str,
    arrears: &Arrears,
) -> Result<(AdverseNotice, Changed)> {
    if let Some(known) = store::same(tx, case, arrears).await? {
        return Ok((known, Changed::No));
    }
    let days = tx.ctx().config.consent.adverse_days;
    check(arrears, days, tx.now_ms())?;
    if store::count(tx, case).await? >= TELLINGS_MAX {
        return Err(Refused::TooManyTellings.into());
    }
    let now_ms = tx.now_ms();
    let notice = AdverseNotice {
        id: AdverseId::fresh(now_ms, &tx.ctx().random),
        subject: subject.clone(),
        case: case.to_owned(),
        arrears: arrears.clone(),
        told_at_ms: now_ms,
        sent_at_ms: None,
        seen_at_ms: None,
    };
    store::insert(tx, &notice).await?;
    vault::grant_resting_on(
        tx,
        notice.id.as_str(),
        subject,
        Purpose::ReportCredit,
        &[ItemKind::Phone],
        Basis::LegalDuty,
        clock::start_of(arrears.report_on) + DAY_MS,
    )
    .await?;
    tx.enqueue(&SendAdverse {
        notice: notice.id.to_string(),
    })
    .await?;
    let fact = AdverseTold {
        notice: notice.id.as_str(),
        overdue: arrears.overdue,
        due_date: arrears.due_date.to_string(),
        report_on: arrears.report_on.to_string(),
    };
    tx.record(Fact::of(case, &fact)?.about(subject));
    Ok((notice, Changed::Yes))
}

fn check(arrears: &Arrears, days: i64, now_ms: i64) -> Result<()> {
    let mut faults = Vec::new();
    if arrears.overdue < 1 {
        faults.push(Field::new(
            "overdue",
            "out_of_range",
            Text::new("逾期金额应大于零。", "The overdue amount is above zero."),
        ));
    }
    let today = clock::civil_date(now_ms);
    if arrears.due_date >= today {
        faults.push(Field::new(
            "due_date",
            "not_overdue",
            Text::new("还没有逾期。", "Nothing is overdue yet."),
        ));
    }
    if clock::start_of(arrears.report_on) < clock::start_of(today) + days * DAY_MS {
        faults.push(Field::new(
            "report_on",
            "too_soon",
            Text::new(
                format!("至少提前 {days} 天告知。"),
                format!("Tell at least {days} days ahead."),
            ),
        ));
    }
    if clock::start_of(arrears.report_on) > clock::start_of(today) + AHEAD_DAYS_MAX * DAY_MS {
        faults.push(Field::new(
            "report_on",
            "too_far_ahead",
            Text::new("最多提前一年告知。", "Tell at most a year ahead."),
        ));
    }
    if faults.is_empty() {
        Ok(())
    } else {
        Err(Error::Invalid(faults))
    }
}

/// The person had it on the screen: the proof of delivery that no gateway can give.
pub async fn see(tx: &mut Tx, reach: &Reach, id: &AdverseId) -> Result<Changed> {
    let mut notice = store::find(tx, id, tx.for_update()).await?;
    reach.must_cover(&notice.subject, &notice.case)?;
    if notice.seen_at_ms.is_some() {
        return Ok(Changed::No);
    }
    notice.seen_at_ms = Some(tx.now_ms());
    store::mark(tx, &notice).await?;
    let fact = AdverseSeen {
        notice: notice.id.as_str(),
    };
    tx.record(Fact::of(&notice.case, &fact)?.about(&notice.subject));
    Ok(Changed::Yes)
}
