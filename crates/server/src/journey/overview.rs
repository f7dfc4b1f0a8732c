//! The whole at a glance: how journeys ended, where those under way are, and what keeps money back.

use std::collections::{BTreeMap, HashMap};

use serde::Serialize;

use super::break_glass::LASTS_MS;
use super::completeness::{Closed, STEPS};
use super::model::{Journey, State};
use super::{JourneyId, release, store};
use crate::clock;
use crate::ctx::Ctx;
use crate::db::{Read, Tally, View};
use crate::disbursement;
use crate::error::{Error, Result, Text};
use crate::product::{self, Definition, Protection};

pub use store::holds_standing;

/// Loans that were opened on one day and stand alike.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, utoipa::ToSchema)]
#[schema(as = JourneysOfDay)]
pub struct DayCount {
    #[schema(value_type = String)]
    pub day: jiff::civil::Date,
    pub state: State,
    pub count: i64,
}

/// Loans by the day they were opened and by how they stand now, over the last days.
pub async fn by_day(view: &impl Read, days: i64, now_ms: i64) -> Result<Vec<DayCount>> {
    let since_ms = clock::start_of(clock::civil_date(now_ms)) - (days - 1) * clock::DAY_MS;
    let rows = store::by_day(view, since_ms, now_ms).await?;
    let count = |row: store::Counted| {
        Ok(DayCount {
            day: clock::civil_date(row.day * clock::DAY_MS),
            state: State::parse(&row.state)
                .ok_or_else(|| Error::internal("unknown journey state"))?,
            count: row.count,
        })
    };
    rows.into_iter().map(count).collect()
}

/// Journeys that are at one step.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, utoipa::ToSchema)]
#[schema(as = JourneysAtStep)]
pub struct StepCount {
    pub step: Protection,
    pub count: i64,
}

/// Journeys under way that are looked at, the newest of them.
const LOOKED_MAX: i64 = 500;
const LOOKED_AT_ONCE: usize = 100;

/// Where the newest journeys under way are: each at the step behind the last that a fact closed.
pub async fn by_step(view: &View, now_ms: i64) -> Result<Vec<StepCount>> {
    let journeys = store::on_their_way(view, now_ms, LOOKED_MAX).await?;
    let mut definitions: HashMap<(String, i64), Definition> = HashMap::new();
    let mut counts = [0; STEPS.len()];
    for some in journeys.chunks(LOOKED_AT_ONCE) {
        let ids: Vec<&str> = some.iter().map(|journey| journey.id.as_str()).collect();
        let closed = Closed::of(view, &ids).await?;
        for journey in some {
            let key = (journey.product.to_string(), journey.product_version);
            if !definitions.contains_key(&key) {
                let version =
                    product::version(view, &journey.product, journey.product_version).await?;
                definitions.insert(key.clone(), version.definition);
            }
            let asked = definitions.get(&key).map(|one| journey.asked(one));
            let at = at_step(journey, &asked.unwrap_or_default(), &closed);
            if let Some(place) = STEPS.iter().position(|step| Some(*step) == at) {
                counts[place] += 1;
            }
        }
    }
    let counted = STEPS.into_iter().zip(counts);
    Ok(counted
        .map(|(step, count)| StepCount { step, count })
        .filter(|one| one.count > 0)
        .collect())
}

fn at_step(journey: &Journey, asked: &[Protection], closed: &Closed) -> Option<Protection> {
    let done = |step: &Protection| closed.stands(journey.id.as_str(), *step);
    let next = asked.iter().rposition(done).map_or(0, |last| last + 1);
    asked.get(next).or(asked.last()).copied()
}

/// Releases in an emergency that wait for the second person.
pub async fn glasses_asked(view: &impl Read, now_ms: i64) -> Result<Tally> {
    store::asked_glasses(view, now_ms - LASTS_MS).await
}

/// Loans whose money the lender wants to move and may not, and why.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Blocked {
    pub loans: Tally,
    /// By code, with its words: how many of the loans miss it.
    pub reasons: BTreeMap<&'static str, (Text, i64)>,
}

/// Booked loans of these days that are looked at, the newest of them.
const BLOCKED_MAX: i64 = 30;
const BLOCKED_DAYS: i64 = 30;

/// Loans that the lender booked, that are not paid, and whose release is denied; the newest of them.
pub async fn blocked(ctx: &Ctx, view: &View) -> Result<Blocked> {
    let now_ms = ctx.clock.now_ms();
    let since_ms = now_ms - BLOCKED_DAYS * clock::DAY_MS;
    let mut blocked = Blocked::default();
    for case in disbursement::booked_unpaid(view, since_ms, BLOCKED_MAX).await? {
        let journey = store::find(view, &JourneyId::parse(&case)?).await?;
        if journey.must_go_on().is_err() {
            continue;
        }
        let missing = release::ask(ctx, view, &journey, None).await?.missing;
        if missing.is_empty() {
            continue;
        }
        let since = [blocked.loans.oldest_ms, Some(journey.updated_at_ms)];
        blocked.loans.count += 1;
        blocked.loans.oldest_ms = since.into_iter().flatten().min();
        for one in missing {
            let reason = blocked.reasons.entry(one.code);
            reason.or_insert((one.message, 0)).1 += 1;
        }
    }
    Ok(blocked)
}
