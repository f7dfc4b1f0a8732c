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
    /// Why, without anybody's data; where a room placed it, the code of its reason.
    pub words: String,
    /// What in that room it is about.
    pub about: Option<String>,
    pub placed_by: String,
    pub placed_at_ms: i64,
    pub lifted_by: Option<String>,
    pub lifted_at_ms: Option<i64>,
}

/// Holds of staff that may stand on one journey at once, and lifted ones that fill a page.
pub const HOLDS_MAX: i64 = 20;
/// Standing ones that a page shows at the most: no count bounds those of rooms.
const SHOWN_MAX: i64 = 200;

impl Hold {
    /// Somebody other than the placer lets the money go.
    pub fn lift(mut self, by: &str, now_ms: i64) -> Result<Self, Refused> {
        if self.lifted_at_ms.is_some() {
            return Err(Refused::HoldLifted);
        }
        if self.placed_by == by {
            return Err(Refused::OwnHold);
        }
        if self.room().is_some() {
            return Err(Refused::HoldOfRoom);
        }
        self.lifted_by = Some(by.to_owned());
        self.lifted_at_ms = Some(now_ms);
        Ok(self)
    }

    /// The room that placed it lets the money go, where its reason is over.
    pub fn lift_for(mut self, room: &str, now_ms: i64) -> Result<Self, Refused> {
        if self.placed_by != room {
            return Err(Refused::HoldOfRoom);
        }
        self.lifted_by = Some(room.to_owned());
        self.lifted_at_ms = Some(now_ms);
        Ok(self)
    }

    /// What whoever asks for the money reads of it.
    pub fn said(&self) -> (&'static str, &'static str) {
        match self.room().map(|_| self.words.as_str()) {
            Some("finding") => (
                "检查发现的问题尚未验收，已止付",
                "A finding of an inspection stops the money until it is put right and accepted",
            ),
            _ => ("有未解除的止付", "The money is stopped by a hold"),
        }
    }

    /// The room that placed it; none where a member of staff did.
    pub fn room(&self) -> Option<&str> {
        self.placed_by.strip_prefix(ROOM)
    }
}

const ROOM: &str = "room:";

/// As whom a room places and lifts.
pub fn of_room(room: &str) -> String {
    format!("{ROOM}{room}")
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
    /// The room that placed it and lifts it itself; `words` is the code of its reason then.
    room: Option<String>,
    /// What in that room it is about.
    about: Option<String>,
}

/// The holds of a journey that stand, the newest first, then the newest lifted ones.
pub(super) async fn shown(
    view: &impl Read,
    staff: &Staff,
    journey: &JourneyId,
) -> Result<Vec<MoneyHold>> {
    let mut shown = Vec::new();
    let holds = store::holds(view, journey, SHOWN_MAX).await?;
    let page = usize::try_from(HOLDS_MAX)?;
    let fits = |(n, hold): &(usize, Hold)| *n < page || hold.lifted_at_ms.is_none();
    for (_, hold) in holds.into_iter().enumerate().filter(fits) {
        let room = hold.room().map(str::to_owned);
        let (placed_by, lifted_by) = match (&room, &hold.lifted_by) {
            (Some(room), lifted) => (room.clone(), lifted.as_ref().map(|_| room.clone())),
            (None, Some(by)) => (
                access::staff_label(view, &hold.placed_by).await?,
                Some(access::staff_label(view, by).await?),
            ),
            (None, None) => (access::staff_label(view, &hold.placed_by).await?, None),
        };
        shown.push(MoneyHold {
            id: hold.id.to_string(),
            own: hold.placed_by == staff.id.as_str(),
            room,
            about: hold.about,
            placed_by,
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
