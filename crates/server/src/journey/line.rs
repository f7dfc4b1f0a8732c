//! What may be drawn: the lender's limit, less what other drawdowns of the same line took.

use jiff::civil::Date;

use super::kind::Kind;
use super::model::Journey;
use super::{JourneyId, store};
use crate::clock;
use crate::db::Read;
use crate::error::{Error, Result};
use crate::product::Definition;
use crate::suitability;

/// The room a drawdown has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Room {
    /// Fen; nothing may be drawn where it is below the product's least, as when the approval has lapsed.
    pub principal_max: i64,
    /// Last day on which it may be drawn.
    pub valid_until: Option<Date>,
}

const NOTHING: Room = Room {
    principal_max: 0,
    valid_until: None,
};

/// The room of a journey at its step `drawdown`: the product's most, the lender's limit, and what is left of the line.
pub async fn room(
    view: &impl Read,
    journey: &Journey,
    definition: &Definition,
    now_ms: i64,
) -> Result<Room> {
    let deciding = line_of(journey)?.unwrap_or(&journey.id);
    let Some(approved) = suitability::approved(view, deciding.as_str()).await? else {
        return match journey.kind {
            // A product without the lender's decision has the product's most.
            Kind::Loan => Ok(Room {
                principal_max: definition.principal_max,
                valid_until: None,
            }),
            Kind::Line | Kind::Drawdown | Kind::CoBorrower | Kind::Guarantor => Ok(NOTHING),
        };
    };
    if approved.lapsed(clock::civil_date(now_ms)) {
        return Ok(NOTHING);
    }
    let drawn = match line_of(journey)? {
        Some(line) => store::drawn(view, line, &journey.id, now_ms).await?,
        None => 0,
    };
    Ok(Room {
        principal_max: definition.principal_max.min(approved.limit - drawn),
        valid_until: approved.valid_until,
    })
}

/// Whether money may still rest on what the lender decided.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Bearing {
    Sound,
    /// The line of a drawdown was never granted, or its last day is over.
    LineNotInForce,
    /// The last day of the approval itself is over: the lender decides anew.
    ApprovalExpired,
}

/// What bears a journey: the line of a drawdown, the approval of every other; a product without one needs none.
pub async fn bearing(view: &impl Read, journey: &Journey, now_ms: i64) -> Result<Bearing> {
    let line = line_of(journey)?;
    let deciding = line.unwrap_or(&journey.id);
    let approved = suitability::approved(view, deciding.as_str()).await?;
    let today = clock::civil_date(now_ms);
    Ok(match (line, approved) {
        (Some(_), None) => Bearing::LineNotInForce,
        (Some(_), Some(approved)) if approved.lapsed(today) => Bearing::LineNotInForce,
        (None, Some(approved)) if approved.lapsed(today) => Bearing::ApprovalExpired,
        _ => Bearing::Sound,
    })
}

fn line_of(journey: &Journey) -> Result<Option<&JourneyId>> {
    match (journey.kind, &journey.line) {
        (Kind::Drawdown, None) => Err(Error::internal("a drawdown without its line")),
        (_, line) => Ok(line.as_ref()),
    }
}
