//! The wire: the third person's own page, the borrower's list, and removal by staff.

use std::collections::HashMap;

use axum::Json;
use axum::extract::State;
use axum::response::Response;
use serde::{Deserialize, Serialize};
use utoipa_axum::routes;

use super::actions;
use super::model::{Bar, Contact, ContactId, Relation, RemovedBy, Role, State as Standing};
use super::refusal::Refused;
use super::{read, store, token};
use crate::access::{self, Institution, Reach, Right, RightsHolder, Staff};
use crate::ctx::Ctx;
use crate::db::Scope;
use crate::error::Result;
use crate::http::{Body, Nothing, PageView, Path, Routes, Stranger, no_content};
use crate::ledger::{self, Changed, Seat, SeatKind};
use crate::vault::{self, Private, Subject, SubjectId};

pub fn routes() -> Routes {
    Routes::new()
        .routes(routes!(looked))
        .routes(routes!(refused))
        .routes(routes!(mine))
        .routes(routes!(remove_mine))
        .routes(routes!(remove))
}

/// A third person from outside.
#[derive(Serialize, utoipa::ToSchema)]
pub struct ContactView {
    id: String,
    /// Their own subject, which the console opens by; absent once they are removed, whatever a legal hold keeps.
    person: Option<String>,
    journey: String,
    role: Role,
    relation: Relation,
    /// Empty once they are removed.
    name_masked: String,
    phone_masked: String,
    state: Standing,
    /// The consent it rests on, for an informed relative.
    consent: Option<String>,
    named_at_ms: i64,
    told_at_ms: Option<i64>,
    /// When their phone had the message, or when it failed.
    delivered_at_ms: Option<i64>,
    removed_at_ms: Option<i64>,
    removed_by: Option<RemovedBy>,
    /// Times that staff may still open their data within thirty days.
    openings_left: i64,
}

impl ContactView {
    pub(super) fn of(
        contact: Contact,
        known: &HashMap<SubjectId, Subject>,
        openings_left: i64,
    ) -> Self {
        let gone = contact.removed_at_ms.is_some();
        let person = known.get(&contact.person).filter(|_| !gone);
        let masked = |pick: fn(&Subject) -> &String| person.map(pick).cloned().unwrap_or_default();
        Self {
            name_masked: masked(|subject| &subject.name_masked),
            phone_masked: masked(|subject| &subject.phone_masked),
            // Who went with the borrower's relation left no row of their own.
            state: person.map_or(Standing::Removed, |_| contact.state()),
            person: person.map(|subject| subject.id.to_string()),
            id: contact.id.to_string(),
            journey: contact.case,
            role: contact.role,
            relation: contact.relation,
            consent: contact.consent,
            named_at_ms: contact.named_at_ms,
            told_at_ms: contact.told_at_ms,
            delivered_at_ms: contact.delivered_at_ms,
            removed_at_ms: contact.removed_at_ms,
            removed_by: contact.removed_by,
            openings_left,
        }
    }
}

#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
struct ContactToken {
    token: Private<String>,
}

/// What a third person's own page shows.
#[derive(Serialize, utoipa::ToSchema)]
struct ContactNotice {
    institution_name: String,
    institution_short_name: String,
    hotline: String,
    /// Who named them.
    borrower_masked: String,
    role: Role,
    phone_masked: String,
    named_at_ms: i64,
    removed_at_ms: Option<i64>,
}

/// What a third person keeps from their message leads to.
async fn resolve(ctx: &Ctx, given: &Private<String>) -> Result<(Institution, ContactId)> {
    let key = ctx.keys.get_or_create(token::KEY, &ctx.random)?;
    let (code, id) = token::read(&key, given.expose()).ok_or(Refused::LinkUnknown)?;
    let view = ctx.db.read(Scope::Unscoped).await?;
    let lender = access::institution_by_code(&view, code).await?;
    Ok((lender, id))
}

async fn notice(ctx: &Ctx, lender: Institution, id: &ContactId) -> Result<ContactNotice> {
    let view = ctx.db.read(&lender.id).await?;
    let contact = store::find(&view, id, "").await?;
    let people = [contact.borrower.clone(), contact.person.clone()];
    let known = vault::subjects(ctx, &view, &people).await?;
    let masked = |id: &SubjectId, pick: fn(&Subject) -> &String| {
        known.get(id).map(pick).cloned().unwrap_or_default()
    };
    Ok(ContactNotice {
        institution_name: lender.name,
        institution_short_name: lender.short_name,
        hotline: lender.hotline,
        borrower_masked: masked(&contact.borrower, |subject| &subject.name_masked),
        phone_masked: match contact.removed_at_ms {
            Some(_) => String::new(),
            None => masked(&contact.person, |subject| &subject.phone_masked),
        },
        role: contact.role,
        named_at_ms: contact.named_at_ms,
        removed_at_ms: contact.removed_at_ms,
    })
}

/// Who named this person, and for what.
#[utoipa::path(post, path = "/api/h5/contact", request_body = ContactToken, responses((status = 200, body = ContactNotice)), security(()))]
async fn looked(
    State(ctx): State<Ctx>,
    _: Stranger,
    Body(asked): Body<ContactToken>,
) -> Result<Json<ContactNotice>> {
    let (lender, id) = resolve(&ctx, &asked.token).await?;
    Ok(Json(notice(&ctx, lender, &id).await?))
}

#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
struct ContactRefusal {
    token: Private<String>,
    /// Who may not name this phone any more.
    bar: Bar,
}

/// The person wants none of it: their data goes at once.
#[utoipa::path(post, path = "/api/h5/contact/remove", request_body = ContactRefusal, responses((status = 200, body = ContactNotice)), security(()))]
async fn refused(
    State(ctx): State<Ctx>,
    _: Stranger,
    Body(asked): Body<ContactRefusal>,
) -> Result<Json<ContactNotice>> {
    let (lender, id) = resolve(&ctx, &asked.token).await?;
    let seat = Seat {
        institution: lender.id.clone(),
        kind: SeatKind::Link,
        id: id.to_string(),
    };
    remove_once(&ctx, &seat, &id, RemovedBy::Contact, Some(asked.bar)).await?;
    Ok(Json(notice(&ctx, lender, &id).await?))
}

async fn remove_once(
    ctx: &Ctx,
    seat: &Seat,
    id: &ContactId,
    by: RemovedBy,
    bar: Option<Bar>,
) -> Result<()> {
    ledger::retrying(|| async {
        let mut tx = ledger::begin(ctx, seat).await?;
        match actions::remove(&mut tx, id, by, bar).await? {
            Changed::Yes => ledger::commit_recorded(tx).await,
            Changed::No => Ok(()),
        }
    })
    .await
}

/// Whom the person named and did not remove, newest first.
#[utoipa::path(get, path = "/api/h5/me/contacts", responses((status = 200, body = PageView<ContactView>)))]
async fn mine(State(ctx): State<Ctx>, holder: RightsHolder) -> Result<Json<PageView<ContactView>>> {
    let view = ctx.db.read(&holder.customer.institution).await?;
    let (Reach::Person(borrower) | Reach::Case(borrower, _)) = &holder.reach;
    let mut contacts = store::of_borrower(&view, borrower).await?;
    contacts.retain(|one| holder.reach.covers(&one.borrower, &one.case));
    Ok(Json(PageView {
        rows: read::views(&ctx, &view, contacts).await?,
        next: None,
    }))
}

/// The person takes somebody out whom they named.
#[utoipa::path(post, path = "/api/h5/me/contacts/{id}/remove", request_body = Nothing, responses((status = 204)))]
async fn remove_mine(
    State(ctx): State<Ctx>,
    holder: RightsHolder,
    Path(id): Path<String>,
    Body(Nothing {}): Body<Nothing>,
) -> Result<Response> {
    let id = ContactId::parse(&id)?;
    let seat = holder.customer.seat();
    let view = ctx.db.read(&seat.institution).await?;
    let contact = store::find(&view, &id, "").await?;
    drop(view);
    holder.reach.must_cover(&contact.borrower, &contact.case)?;
    // Whoever may not be the person bars nobody to them.
    let bar = match holder.reach {
        Reach::Person(_) => Some(Bar::ThisBorrower),
        Reach::Case(..) => None,
    };
    remove_once(&ctx, &seat, &id, RemovedBy::Borrower, bar).await?;
    Ok(no_content())
}

#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
struct ContactRemoval {
    /// Who may not name this phone any more.
    bar: Bar,
}

/// Takes a third person out because they, or the borrower, asked.
#[utoipa::path(post, path = "/api/console/contacts/{id}/remove", request_body = ContactRemoval, responses((status = 204)))]
async fn remove(
    State(ctx): State<Ctx>,
    staff: Staff,
    Path(id): Path<String>,
    Body(asked): Body<ContactRemoval>,
) -> Result<Response> {
    staff.must(Right::OpenItems)?;
    let id = ContactId::parse(&id)?;
    remove_once(&ctx, &staff.seat(), &id, RemovedBy::Staff, Some(asked.bar)).await?;
    Ok(no_content())
}
