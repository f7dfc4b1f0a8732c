//! What leaves the house about a journey in a list: nothing of the person but the lender's own number.

use super::views::state_at;
use super::{JourneyId, store};
use crate::ctx::Ctx;
use crate::db::{Read, View};
use crate::error::{Error, Result};

/// One journey, as it stands when it is listed.
#[derive(Clone, Debug)]
pub struct Listed {
    pub id: String,
    /// The lender's own number.
    pub reference: String,
    pub kind: &'static str,
    /// The line of a drawdown.
    pub line: Option<String>,
    /// Product code.
    pub product: String,
    pub product_version: i64,
    pub state: &'static str,
    /// Fen.
    pub principal: Option<i64>,
    pub periods: Option<i64>,
    pub composite_ppm: Option<i64>,
    pub terms_digest: Option<String>,
    pub created_at_ms: i64,
    pub updated_at_ms: i64,
}

/// Not found without a journey of this id.
pub async fn exists(view: &impl Read, id: &str) -> Result<()> {
    store::find(view, &JourneyId::parse(id)?).await.map(drop)
}

/// A journey by its id; anything else is none.
pub async fn listed(ctx: &Ctx, view: &View, id: &str) -> Result<Option<Listed>> {
    let Ok(id) = JourneyId::parse(id) else {
        return Ok(None);
    };
    let journey = match store::find(view, &id).await {
        Ok(journey) => journey,
        Err(cause) if cause.code() == Error::not_found().code() => return Ok(None),
        Err(cause) => return Err(cause),
    };
    Ok(Some(Listed {
        state: state_at(&journey, ctx.clock.now_ms()).as_str(),
        kind: journey.kind.as_str(),
        line: journey.line.as_ref().map(JourneyId::to_string),
        id: journey.id.to_string(),
        reference: journey.reference,
        product: journey.product_code,
        product_version: journey.product_version,
        principal: journey.principal,
        periods: journey.periods,
        composite_ppm: journey.composite_ppm,
        terms_digest: journey.terms_digest,
        created_at_ms: journey.created_at_ms,
        updated_at_ms: journey.updated_at_ms,
    }))
}
