//! Holds: what stops a journey's money until somebody else lifts it.

use axum::Json;
use axum::extract::State;
use serde::{Deserialize, Serialize};
use utoipa_axum::routes;

use super::model::Refused;
use super::{JourneyId, actions, store};
use crate::access::{self, Right, Staff};
use crate::ctx::Ctx;
use crate::db::Read;
use crate::error::Result;
use crate::http::{Body, Nothing, Path, Routes};
use crate::ledger;

crate::id!(
    /// A hold on a journey's money.
    HoldId,
    "jhd"
);

pub fn routes() -> Routes {
    Routes::new().routes(routes!(place)).routes(routes!(lift))
}

/// A hold, standing or lifted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hold {
    pub id: HoldId,
    /// Why, without anybody's data.
    pub words: String,
    pub placed_by: String,
    pub placed_at_ms: i64,
    pub lifted_by: Option<String>,
    pub lifted_at_ms: Option<i64>,
}

/// Holds that may stand on one journey at once, and that a page shows.
pub const HOLDS_MAX: i64 = 20;

impl Hold {
    /// Somebody other than the placer lets the money go.
    pub fn lift(mut self, by: &str, now_ms: i64) -> Result<Self, Refused> {
        if self.lifted_at_ms.is_some() {
            return Err(Refused::HoldLifted);
        }
        if self.placed_by == by {
            return Err(Refused::OwnHold);
        }
        self.lifted_by = Some(by.to_owned());
        self.lifted_at_ms = Some(now_ms);
        Ok(self)
    }
}

/// A hold as the console shows it.
#[derive(Serialize, utoipa::ToSchema)]
pub(super) struct MoneyHold {
    id: String,
    words: String,
    placed_by: String,
    placed_at_ms: i64,
    lifted_by: Option<String>,
    lifted_at_ms: Option<i64>,
    /// Somebody else is to lift it.
    own: bool,
}

/// The newest holds of a journey.
pub(super) async fn shown(
    view: &impl Read,
    staff: &Staff,
    journey: &JourneyId,
) -> Result<Vec<MoneyHold>> {
    let mut shown = Vec::new();
    for hold in store::holds(view, journey, HOLDS_MAX).await? {
        let lifted_by = match &hold.lifted_by {
            Some(by) => Some(access::staff_label(view, by).await?),
            None => None,
        };
        shown.push(MoneyHold {
            id: hold.id.to_string(),
            own: hold.placed_by == staff.id.as_str(),
            placed_by: access::staff_label(view, &hold.placed_by).await?,
            words: hold.words,
            placed_at_ms: hold.placed_at_ms,
            lifted_by,
            lifted_at_ms: hold.lifted_at_ms,
        });
    }
    Ok(shown)
}

#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
struct MoneyHoldReason {
    /// 4 to 200 characters, without anybody's data.
    words: String,
}

/// Stops the money of a journey; a token that is out counts no more.
#[utoipa::path(post, path = "/api/console/journeys/{id}/money-holds", request_body = MoneyHoldReason, responses((status = 200, body = Vec<MoneyHold>)))]
async fn place(
    State(ctx): State<Ctx>,
    staff: Staff,
    Path(id): Path<String>,
    Body(reason): Body<MoneyHoldReason>,
) -> Result<Json<Vec<MoneyHold>>> {
    staff.must(Right::HoldJourneys)?;
    let id = JourneyId::parse(&id)?;
    let seat = staff.seat();
    ledger::retrying(|| actions::place_hold(&ctx, &seat, &id, &reason.words)).await?;
    let view = ctx.db.read(&staff.institution).await?;
    Ok(Json(shown(&view, &staff, &id).await?))
}

/// Lifts a hold that somebody else placed.
#[utoipa::path(post, path = "/api/console/journeys/{id}/money-holds/{hold}/lift", request_body = Nothing, responses((status = 200, body = Vec<MoneyHold>)))]
async fn lift(
    State(ctx): State<Ctx>,
    staff: Staff,
    Path((id, hold)): Path<(String, String)>,
    Body(Nothing {}): Body<Nothing>,
) -> Result<Json<Vec<MoneyHold>>> {
    staff.must(Right::HoldJourneys)?;
    let id = JourneyId::parse(&id)?;
    let hold = HoldId::parse(&hold)?;
    let seat = staff.seat();
    ledger::retrying(|| actions::lift_hold(&ctx, &seat, &id, &hold)).await?;
    let view = ctx.db.read(&staff.institution).await?;
    Ok(Json(shown(&view, &staff, &id).await?))
}
