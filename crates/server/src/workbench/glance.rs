//! What is reckoned at most once a minute for everybody of an institution: it asks hundreds of rows and each blocked loan's
//! release, and every page that stands open asks each minute.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use crate::ctx::Ctx;
use crate::db::{Read as _, View};
use crate::error::Result;
use crate::id::InstitutionId;
use crate::journey::{self, Blocked, DayCount, StepCount};

/// How long a glance is good for.
const LASTS_MS: i64 = 60_000;
/// Days that the chart of journeys reaches back.
const DAYS: i64 = 30;

/// The whole as it stood at one moment.
#[derive(Debug)]
pub struct Glance {
    pub at_ms: i64,
    pub blocked: Blocked,
    pub days: Vec<DayCount>,
    pub steps: Vec<StepCount>,
}

/// The newest glance of each institution that this process took.
#[derive(Clone, Debug, Default)]
pub struct Glances(Arc<Mutex<HashMap<InstitutionId, Arc<Glance>>>>);

impl Glances {
    /// A glance of the view's institution, not older than a minute.
    pub async fn of(&self, ctx: &Ctx, view: &View) -> Result<Arc<Glance>> {
        let (institution, now_ms) = (view.institution()?, ctx.clock.now_ms());
        let known = self.lock().get(institution).cloned();
        if let Some(glance) = known.filter(|glance| now_ms - glance.at_ms < LASTS_MS) {
            return Ok(glance);
        }
        let glance = Arc::new(Glance {
            at_ms: now_ms,
            blocked: journey::blocked(ctx, view).await?,
            days: journey::by_day(view, DAYS, now_ms).await?,
            steps: journey::by_step(view, now_ms).await?,
        });
        self.lock().insert(institution.clone(), glance.clone());
        Ok(glance)
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, HashMap<InstitutionId, Arc<Glance>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
