//! Reading third persons; nothing is opened.

use super::http::ContactView;
use super::model::{Contact, Role};
use super::store;
use crate::ctx::Ctx;
use crate::db::Read;
use crate::error::Result;
use crate::vault::{self, SubjectId};

const HOUR_MS: i64 = 3_600_000;

/// Third persons of a case, removed ones too, newest first.
pub async fn of_case(view: &impl Read, case: &str) -> Result<Vec<Contact>> {
    store::of_case(view, case).await
}

/// How third persons look from outside.
pub async fn views(
    ctx: &Ctx,
    view: &impl Read,
    contacts: Vec<Contact>,
) -> Result<Vec<ContactView>> {
    let people: Vec<SubjectId> = contacts.iter().map(|one| one.person.clone()).collect();
    let known = vault::subjects(ctx, view, &people).await?;
    let most = ctx.config.contacts.openings_per_month_max;
    let now_ms = ctx.clock.now_ms();
    let mut rows = Vec::with_capacity(contacts.len());
    for contact in contacts {
        let left = match contact.role {
            Role::EmergencyContact => {
                vault::openings_left(view, &contact.person, most, now_ms).await?
            }
            Role::InformedRelative => 0,
        };
        rows.push(ContactView::of(contact, &known, left));
    }
    Ok(rows)
}

/// Until when (UTC ms) the sheet of a case waits, because a relative was told and may want to talk first.
///
/// A message that never leaves holds nobody up: then the time counts from the naming.
pub async fn relative_waits_until(ctx: &Ctx, view: &impl Read, case: &str) -> Result<Option<i64>> {
    let wait_ms = ctx.config.contacts.relative_wait_hours * HOUR_MS;
    let all = store::of_case(view, case).await?;
    Ok(all
        .iter()
        .filter(|one| one.role == Role::InformedRelative && one.removed_at_ms.is_none())
        .map(|one| one.told_at_ms.unwrap_or(one.named_at_ms) + wait_ms)
        .filter(|until_ms| *until_ms > ctx.clock.now_ms())
        .max())
}
