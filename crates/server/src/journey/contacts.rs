//! Third persons of a journey: how many may be named, who is, and the lender naming one.

use axum::Json;
use axum::extract::State;
use serde::{Deserialize, Serialize};
use utoipa_axum::routes;

use super::kind::Kind;
use super::model::Journey;
use super::{JourneyId, actions, store};
use crate::access::{Partner, Right, Scope, Staff};
use crate::consent::{self, ConsentKind};
use crate::contacts::{self, ContactView, Relation, Role};
use crate::ctx::Ctx;
use crate::db::View;
use crate::disclosure::Audience;
use crate::error::{Error, Result};
use crate::http::{Body, PageView, Path, Routes};
use crate::ledger;
use crate::product::Definition;
use crate::vault::{Private, ThirdPerson};

pub fn routes() -> Routes {
    Routes::new()
        .routes(routes!(name))
        .routes(routes!(all))
        .routes(routes!(of_journey))
}

/// A third person as somebody names them.
#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewContact {
    name: Private<String>,
    relation: Relation,
    phone: Private<String>,
    /// The borrower says that this person agrees to being named.
    agreed: bool,
}

impl NewContact {
    /// The relation and the person, once they agreed.
    pub fn given(self) -> Result<(Relation, ThirdPerson)> {
        let third = ThirdPerson {
            name: self.name,
            phone: self.phone,
        };
        if self.agreed {
            Ok((self.relation, third))
        } else {
            Err(Error::field(
                "agreed",
                "contact_not_asked",
                "请先征得对方同意，再填写对方的信息。",
                "Ask the person first, then name them.",
            ))
        }
    }
}

/// How many emergency contacts a journey may name: none for those who only answer for a loan, and for its change.
pub fn most(ctx: &Ctx, journey: &Journey, definition: &Definition) -> i64 {
    if journey.kind.is_party() || journey.kind == Kind::Change {
        0
    } else {
        definition.contacts.min(ctx.config.contacts.named_max)
    }
}

/// What the borrower may do about third persons, and whom they named here.
#[derive(Serialize, utoipa::ToSchema)]
pub struct ContactsOffer {
    /// How many emergency contacts may be named; none has to be.
    emergency_max: i64,
    /// The consent to a relative being told stands, so that one may be named.
    relative_consent: bool,
    /// Until when the sheet can't be confirmed, because a relative was told.
    relative_waits_until_ms: Option<i64>,
    named: Vec<ContactView>,
}

pub async fn offer(
    ctx: &Ctx,
    view: &View,
    journey: &Journey,
    definition: &Definition,
) -> Result<ContactsOffer> {
    let (case, now_ms) = (journey.id.as_str(), ctx.clock.now_ms());
    let relative_consent = journey.audience == Audience::Elder
        && consent::must(
            view,
            &journey.subject,
            case,
            ConsentKind::InformedRelative,
            now_ms,
        )
        .await?
        .is_ok();
    let mut named = contacts::of_case(view, case).await?;
    named.retain(|one| one.removed_at_ms.is_none());
    Ok(ContactsOffer {
        emergency_max: most(ctx, journey, definition),
        relative_consent,
        relative_waits_until_ms: contacts::relative_waits_until(ctx, view, case).await?,
        named: contacts::views(ctx, view, named).await?,
    })
}

async fn shown(ctx: &Ctx, view: &View, id: &str, role: Option<Role>) -> Result<Vec<ContactView>> {
    let journey = store::find(view, &JourneyId::parse(id)?).await?;
    let mut all = contacts::of_case(view, journey.id.as_str()).await?;
    all.retain(|one| role.is_none_or(|role| one.role == role));
    contacts::views(ctx, view, all).await
}

/// Names an emergency contact whom the borrower gave the lender; the person is told by message.
#[utoipa::path(post, path = "/v1/journeys/{id}/contacts", request_body = NewContact, responses((status = 200, body = PageView<ContactView>)))]
async fn name(
    State(ctx): State<Ctx>,
    partner: Partner,
    Path(id): Path<String>,
    Body(asked): Body<NewContact>,
) -> Result<Json<PageView<ContactView>>> {
    partner.must(Scope::WriteJourneys)?;
    let journey = JourneyId::parse(&id)?;
    let (relation, third) = asked.given()?;
    let seat = partner.seat();
    ledger::retrying(|| actions::name_contact_for(&ctx, &seat, &journey, relation, &third)).await?;
    let view = ctx.db.read(&partner.institution).await?;
    let rows = shown(&ctx, &view, &id, Some(Role::EmergencyContact)).await?;
    Ok(Json(PageView { rows, next: None }))
}

/// Emergency contacts of a journey, removed ones too, newest first.
#[utoipa::path(get, path = "/v1/journeys/{id}/contacts", responses((status = 200, body = PageView<ContactView>)))]
async fn all(
    State(ctx): State<Ctx>,
    partner: Partner,
    Path(id): Path<String>,
) -> Result<Json<PageView<ContactView>>> {
    partner.must(Scope::ReadJourneys)?;
    let view = ctx.db.read(&partner.institution).await?;
    let rows = shown(&ctx, &view, &id, Some(Role::EmergencyContact)).await?;
    Ok(Json(PageView { rows, next: None }))
}

/// Third persons of a journey, removed ones too, newest first.
#[utoipa::path(get, path = "/api/console/journeys/{id}/contacts", responses((status = 200, body = PageView<ContactView>)))]
async fn of_journey(
    State(ctx): State<Ctx>,
    staff: Staff,
    Path(id): Path<String>,
) -> Result<Json<PageView<ContactView>>> {
    staff.must(Right::ViewJourneys)?;
    let view = ctx.db.read(&staff.institution).await?;
    let rows = shown(&ctx, &view, &id, None).await?;
    Ok(Json(PageView { rows, next: None }))
}
