//! What may be drawn: the lender's limit, less what other drawdowns of the same line took, while the line stands.

use jiff::civil::Date;

use super::kind::Kind;
use super::model::Journey;
use super::steps::{self, Standing};
use super::{JourneyId, store};
use crate::clock;
use crate::db::Read;
use crate::error::{Error, Result};
use crate::product::{Definition, Progress, Protection};
use crate::suitability::{self, Approved};

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
    let deciding = deciding(journey)?;
    let Some(approved) = suitability::approved(view, deciding.as_str()).await? else {
        return match journey.kind {
            // A product without the lender's decision has the product's most.
            Kind::Loan => Ok(Room {
                principal_max: definition.principal_max,
                valid_until: None,
            }),
            Kind::Line | Kind::Drawdown | Kind::Change | Kind::CoBorrower | Kind::Guarantor => {
                Ok(NOTHING)
            }
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

/// Why money may not rest on what the lender decided any more.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unborne {
    /// The line of a drawdown was never granted, or its last day is over.
    LineNotInForce,
    /// The line's newest approval, whether in force or not, has no room for what was chosen.
    OverLimit,
    /// The last day of the approval itself is over: the lender decides anew.
    ApprovalExpired,
}

/// What does not bear a journey: the line of a drawdown, the approval of every other; a product without one needs none.
pub async fn unborne(view: &impl Read, journey: &Journey, now_ms: i64) -> Result<Vec<Unborne>> {
    let line = line_of(journey)?;
    let deciding = line.unwrap_or(&journey.id);
    let approved = suitability::approved(view, deciding.as_str()).await?;
    let today = clock::civil_date(now_ms);
    let Some(line) = line else {
        return Ok(match approved {
            Some(approved) if approved.lapsed(today) => vec![Unborne::ApprovalExpired],
            _ => Vec::new(),
        });
    };
    let others = store::drawn(view, line, &journey.id, now_ms).await?;
    Ok(of_line(approved, journey.principal, others, today))
}

/// Why a line does not bear a drawdown of `principal`, beside the `others` of it; fen. How much and how long are two questions:
/// nobody may set the first one aside. Pure.
fn of_line(
    approved: Option<Approved>,
    principal: Option<i64>,
    others: i64,
    today: Date,
) -> Vec<Unborne> {
    let lapsed = approved.is_none_or(|approved| approved.lapsed(today));
    let limit = approved.map_or(0, |approved| approved.limit);
    let over = principal.is_some_and(|principal| principal > limit - others);
    let why = [
        (lapsed, Unborne::LineNotInForce),
        (over, Unborne::OverLimit),
    ];
    why.into_iter()
        .filter_map(|(so, why)| so.then_some(why))
        .collect()
}

/// The protections that a drawdown's line lost since its completion, as by a withdrawn consent; none for other journeys.
pub async fn lacking(view: &impl Read, journey: &Journey, now_ms: i64) -> Result<Vec<Standing>> {
    let standings = standings(view, journey, now_ms).await?;
    Ok(standings
        .into_iter()
        .filter(|standing| standing.progress != Progress::Done)
        .collect())
}

/// The steps of a drawdown's line and how far each is for this drawdown; none for other journeys.
pub async fn standings(view: &impl Read, journey: &Journey, now_ms: i64) -> Result<Vec<Standing>> {
    let Some(line) = line_of(journey)? else {
        return Ok(Vec::new());
    };
    let line = store::find(view, line).await?;
    let mut standings = steps::standings(view, &line, now_ms).await?;
    let assessed = |one: &&mut Standing| one.protection == Protection::Affordability;
    if let Some(standing) = standings.iter_mut().find(assessed)
        && standing.progress == Progress::Done
        && !steps::fits(view, journey, line.id.as_str()).await?
    {
        standing.progress = Progress::Open;
    }
    Ok(standings)
}

/// The journey at which a loan is assessed and decided: its line, or itself.
pub fn deciding(journey: &Journey) -> Result<&JourneyId> {
    Ok(line_of(journey)?.unwrap_or(&journey.id))
}

fn line_of(journey: &Journey) -> Result<Option<&JourneyId>> {
    match (journey.kind, &journey.line) {
        (Kind::Drawdown, None) => Err(Error::internal("a drawdown without its line")),
        (_, line) => Ok(line.as_ref()),
    }
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    #[test]
    fn a_line_bears_what_its_newest_approval_has_room_for() {
        use Unborne::{LineNotInForce, OverLimit};
        let of = |limit, until| {
            Some(Approved {
                limit,
                valid_until: until,
            })
        };
        let last = Some(date(2026, 11, 24));
        let cases = [
            (
                "never granted",
                None,
                Some(1),
                0,
                &[LineNotInForce, OverLimit][..],
            ),
            ("never granted or chosen", None, None, 0, &[LineNotInForce]),
            (
                "lapsed",
                of(9, Some(date(2026, 11, 22))),
                Some(1),
                0,
                &[LineNotInForce],
            ),
            (
                "lapsed, and too little at that",
                of(9, Some(date(2026, 11, 22))),
                Some(5),
                5,
                &[LineNotInForce, OverLimit],
            ),
            ("last day", of(9, Some(date(2026, 11, 23))), Some(9), 0, &[]),
            ("all that is left", of(9, last), Some(4), 5, &[]),
            (
                "a fen more than is left",
                of(9, last),
                Some(5),
                5,
                &[OverLimit],
            ),
            (
                "others alone exceed it",
                of(9, None),
                Some(1),
                12,
                &[OverLimit],
            ),
            ("nothing chosen yet", of(9, None), None, 12, &[]),
        ];
        for (name, approved, principal, others, why) in cases {
            let found = of_line(approved, principal, others, date(2026, 11, 23));
            assert_eq!(found, why, "{name}");
        }
    }
}
