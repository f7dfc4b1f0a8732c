//! Whether other houses stand behind the evidence that money rests on.

use super::actions::PARTIES_MAX;
use super::facts;
use super::model::Journey;
use super::store;
use crate::ctx::Ctx;
use crate::db::Read;
use crate::error::Result;
use crate::ledger::{self, Sworn as _};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Quorum {
    /// As many witnesses as are asked for, or none is.
    Stands,
    Lacking,
}

/// Whether enough witnesses cosigned a checkpoint over the evidence of a journey up to a number, of its line, and of whoever
/// answers for the loan.
pub async fn of(ctx: &Ctx, view: &impl Read, journey: &Journey, through_no: i64) -> Result<Quorum> {
    if ctx.config.journey.witnesses == 0 {
        return Ok(Quorum::Stands);
    }
    let mut cases = vec![(journey.id.to_string(), through_no)];
    cases.extend(journey.line.iter().map(|line| (line.to_string(), i64::MAX)));
    for party in store::parties_of(view, &journey.id, PARTIES_MAX).await? {
        let completed = ledger::latest(view, party.id.as_str(), facts::Completed::KIND).await?;
        let through_no = completed.map_or(i64::MAX, |entry| entry.no);
        cases.push((party.id.to_string(), through_no));
    }
    for (case, through_no) in cases {
        if over(ctx, view, &case, through_no).await? == Quorum::Lacking {
            return Ok(Quorum::Lacking);
        }
    }
    Ok(Quorum::Stands)
}

/// The same for the facts of one case up to a number.
pub async fn over(ctx: &Ctx, view: &impl Read, case: &str, through_no: i64) -> Result<Quorum> {
    let quorum = ctx.config.journey.witnesses;
    let stands = quorum == 0 || ledger::witnessed(ctx, view, case, through_no, quorum).await?;
    Ok(match stands {
        true => Quorum::Stands,
        false => Quorum::Lacking,
    })
}
