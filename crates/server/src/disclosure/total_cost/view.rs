//! Reading how far a case is with its notice.

use serde::Serialize;

use super::{By, Notice, Told};
use crate::db::Read;
use crate::disclosure::store::{self, notices};
use crate::error::Result;
use crate::product::Progress;

/// The notice as the borrower's pages show it.
#[derive(Clone, Debug, Serialize, utoipa::ToSchema)]
#[schema(as = TotalCostView)]
pub struct NoticeView {
    digest: String,
    told: Told,
    min_ms: i64,
    remaining_ms: i64,
    shown_at_ms: Option<i64>,
    confirmed_at_ms: Option<i64>,
    confirmed_by: Option<By>,
}

/// How far the step is: a notice of other terms, or for another account, counts for nothing.
pub async fn progress(view: &impl Read, case: &str, payee: Option<&str>) -> Result<Progress> {
    let done = match in_force(view, case, payee).await? {
        Some(notice) => notice.confirmed.is_some(),
        None => false,
    };
    Ok(if done { Progress::Done } else { Progress::Open })
}

/// The notice in force, once it stood before the person.
pub async fn shown(
    view: &impl Read,
    case: &str,
    payee: Option<&str>,
    now_ms: i64,
) -> Result<Option<NoticeView>> {
    let Some(notice) = in_force(view, case, payee).await? else {
        return Ok(None);
    };
    Ok(Some(NoticeView {
        told: notice.told()?,
        min_ms: notice.reading_ms,
        remaining_ms: notice.remaining_ms(now_ms),
        shown_at_ms: notice.shown_at_ms,
        confirmed_at_ms: notice.confirmed.map(|(at_ms, _)| at_ms),
        confirmed_by: notice.confirmed.map(|(_, by)| by),
        digest: notice.digest,
    }))
}

async fn in_force(view: &impl Read, case: &str, payee: Option<&str>) -> Result<Option<Notice>> {
    let Some(notice) = notices::newest(view, case).await? else {
        return Ok(None);
    };
    let Some(sheet) = store::find(view, case).await? else {
        return Ok(None);
    };
    let told = notice.told()?;
    let same = told.sheet_digest == sheet.sheet_digest && told.payee.as_deref() == payee;
    Ok(same.then_some(notice))
}
