//! Changes of a paid loan's terms, and which terms are in force.

use std::collections::HashMap;

use axum::Json;
use axum::extract::State;
use cost::{CostSheet, LoanTerms};
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use utoipa_axum::routes;

use super::JourneyId;
use super::actions::{CHANGES_MAX, NewChange};
use super::change::Reason;
use super::comparison::{Comparison, Owed};
use super::kind::Kind;
use super::model::{Journey, Refused, State as JourneyState};
use super::request::mac;
use super::store::{self, Change};
use super::views::state_at;
use crate::access::{Partner, Scope};
use crate::clock;
use crate::ctx::Ctx;
use crate::db::Read;
use crate::disclosure::{self, Sheet};
use crate::error::{Error, Result};
use crate::http::{Path, Routes};
use crate::id::InstitutionId;
use crate::product;

pub fn routes() -> Routes {
    Routes::new().routes(routes!(terms))
}

/// The terms that a loan has on a day.
#[derive(Clone, Debug, Serialize, utoipa::ToSchema)]
#[schema(as = TermsInForce)]
pub struct InForce {
    pub terms: LoanTerms,
    /// SHA-256 of them, hex.
    pub terms_digest: String,
    /// The change that gave them; none while they are those of the loan itself.
    #[schema(value_type = Option<String>)]
    pub change: Option<JourneyId>,
}

/// The change whose terms come last, of changes with the newest first.
pub(super) fn newest(changes: &[Change]) -> Option<JourneyId> {
    let done = changes.iter().find(|one| one.completed_at_ms.is_some());
    done.map(|change| change.id.clone())
}

/// The terms of a loan that count on a day: a change counts from its own first day, before it the loan's own. Not found once
/// they were destroyed.
pub async fn terms_on(view: &impl Read, loan: &JourneyId, day: Date) -> Result<InForce> {
    let changes = store::changes_of(view, loan, CHANGES_MAX).await?;
    for change in changes.iter().filter(|one| one.completed_at_ms.is_some()) {
        let found = of_case(view, loan, Some(change.id.clone())).await?;
        if found.terms.start <= day {
            return Ok(found);
        }
    }
    of_case(view, loan, None).await
}

async fn of_case(view: &impl Read, loan: &JourneyId, change: Option<JourneyId>) -> Result<InForce> {
    let case = change.as_ref().unwrap_or(loan);
    let sheet = disclosure::find(view, case.as_str())
        .await?
        .ok_or_else(Error::not_found)?;
    Ok(InForce {
        terms: sheet.shown()?.sheet.terms,
        terms_digest: sheet.terms_digest,
        change,
    })
}

/// The sheet that the borrower of a case confirmed: what nobody confirmed are nobody's terms.
pub(super) async fn confirmed(view: &impl Read, case: &JourneyId) -> Result<Sheet> {
    let sheet = disclosure::find(view, case.as_str())
        .await?
        .ok_or_else(Error::not_found)?;
    if sheet.progress.confirmed_at_ms.is_none() {
        return Err(Refused::TermsUnconfirmed.into());
    }
    Ok(sheet)
}

/// A change that its borrower agreed to.
#[derive(Clone, Debug)]
pub struct TermsChange {
    pub id: JourneyId,
    pub opened_at_ms: i64,
    /// Of what was still owed, from its own first day on.
    pub sheet: CostSheet,
    /// Fen of what was late that its principal took in.
    pub carried: i64,
}

/// The agreed changes of a loan, the oldest first.
pub async fn changes_in_force(view: &impl Read, loan: &JourneyId) -> Result<Vec<TermsChange>> {
    let mut found = Vec::new();
    let changes = store::changes_of(view, loan, CHANGES_MAX).await?;
    let done = |one: &&Change| one.completed_at_ms.is_some();
    let journeys = journeys(view, changes.iter().filter(done)).await?;
    for change in changes.iter().filter(done).rev() {
        let journey = journeys.get(&change.id).ok_or_else(Error::not_found)?;
        found.push(TermsChange {
            id: change.id.clone(),
            opened_at_ms: journey.created_at_ms,
            sheet: confirmed(view, &change.id).await?.shown()?.sheet,
            carried: change.compared.as_ref().map_or(0, Comparison::carried),
        });
    }
    Ok(found)
}

/// The journeys of some changes, read at once.
async fn journeys(
    view: &impl Read,
    changes: impl Iterator<Item = &Change>,
) -> Result<HashMap<JourneyId, Journey>> {
    let ids: Vec<&str> = changes.map(|one| one.id.as_str()).collect();
    let found = store::many(view, &ids).await?;
    Ok(found.into_iter().map(|one| (one.id.clone(), one)).collect())
}

/// Old beside new, of one change: what its sheet says.
pub(super) async fn compared(view: &impl Read, change: &Change) -> Result<Comparison> {
    if let Some(compared) = &change.compared {
        return Ok(compared.clone());
    }
    let mut sheets = Vec::with_capacity(2);
    for case in [&change.from, &change.id] {
        let sheet = disclosure::find(view, case.as_str())
            .await?
            .ok_or_else(Error::not_found)?;
        sheets.push(sheet.shown()?.sheet);
    }
    let policy = product::policy(view).await?;
    Ok(Comparison::of(
        &sheets[0],
        &sheets[1],
        Owed::AS_PLANNED,
        &policy,
    ))
}

/// A change as its person and its lender see it.
#[derive(Serialize, utoipa::ToSchema)]
pub(super) struct ChangeView {
    /// The journey whose loan it changes.
    loan: String,
    reason: Reason,
    compared: Comparison,
    /// When the person said yes to its costing more.
    dearer_accepted_at_ms: Option<i64>,
    completed_at_ms: Option<i64>,
}

/// What a journey of this kind changes; none of other kinds, and once it was destroyed.
pub(super) async fn shown(view: &impl Read, journey: &Journey) -> Result<Option<ChangeView>> {
    if journey.kind != Kind::Change || store::is_forgotten(view, &journey.id).await? {
        return Ok(None);
    }
    let change = store::change(view, &journey.id).await?;
    Ok(Some(ChangeView {
        loan: change.loan.to_string(),
        reason: change.reason,
        compared: compared(view, &change).await?,
        dearer_accepted_at_ms: change.dearer_accepted_at_ms,
        completed_at_ms: change.completed_at_ms,
    }))
}

/// A change of a loan, in a list.
#[derive(Serialize, utoipa::ToSchema)]
pub(super) struct ChangeRow {
    /// Its own journey.
    id: String,
    reason: Reason,
    state: JourneyState,
    /// The day from which its terms count.
    from: Option<Date>,
    completed_at_ms: Option<i64>,
}

/// The newest changes of a loan.
pub(super) async fn of(view: &impl Read, loan: &Journey, now_ms: i64) -> Result<Vec<ChangeRow>> {
    let changes = store::changes_of(view, &loan.id, CHANGES_MAX).await?;
    let journeys = journeys(view, changes.iter()).await?;
    let mut rows = Vec::with_capacity(changes.len());
    for change in changes {
        let journey = journeys.get(&change.id).ok_or_else(Error::not_found)?;
        rows.push(ChangeRow {
            state: state_at(journey, now_ms),
            from: change.compared.as_ref().map(|one| one.from),
            id: change.id.to_string(),
            reason: change.reason,
            completed_at_ms: change.completed_at_ms,
        });
    }
    Ok(rows)
}

/// What a lender sends to change a loan's terms.
#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ChangeRequest {
    reference: String,
    reason: Reason,
    /// Of what is still owed: `principal` is that sum, `start` the day from which they count.
    terms: LoanTerms,
}

impl ChangeRequest {
    /// What it asks of one loan, under a key of the institution's.
    pub fn of(
        self,
        ctx: &Ctx,
        institution: &InstitutionId,
        loan: &JourneyId,
        key: &str,
    ) -> Result<NewChange> {
        let terms = serde_json::to_vec(&self.terms)?;
        let request: [&[u8]; 5] = [
            b"change",
            loan.as_str().as_bytes(),
            self.reference.as_bytes(),
            self.reason.as_str().as_bytes(),
            &terms,
        ];
        Ok(NewChange {
            idempotency_key: mac(ctx, institution, &[b"key", key.as_bytes()])?,
            request_digest: mac(ctx, institution, &request)?,
            reference: self.reference,
            reason: self.reason,
            terms: self.terms,
        })
    }
}

/// The terms of a loan that count today.
#[utoipa::path(get, path = "/v1/journeys/{id}/terms", responses((status = 200, body = InForce)))]
async fn terms(
    State(ctx): State<Ctx>,
    partner: Partner,
    Path(id): Path<String>,
) -> Result<Json<InForce>> {
    partner.must(Scope::ReadJourneys)?;
    let view = ctx.db.read(&partner.institution).await?;
    let loan = store::find(&view, &JourneyId::parse(&id)?).await?;
    confirmed(&view, &loan.id).await?;
    let today = clock::civil_date(ctx.clock.now_ms());
    Ok(Json(terms_on(&view, &loan.id, today).await?))
}
