//! The lender's backend: report what was received, and read how the loan stands.

use axum::Json;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use utoipa_axum::routes;

use crate::access::{Partner, Scope};
use crate::clock;
use crate::ctx::Ctx;
use crate::disbursement::Finding;
use crate::error::Result;
use crate::http::{Body, PageView, Paging, Path, Query, Routes};
use crate::journey::{self, ChangeRequest, JourneyId, JourneyView};
use crate::ledger;
use crate::servicing::actions::{self, Reported};
use crate::servicing::model::{RepaymentRequest, State as LoanState};
use crate::servicing::plan::Quote;
use crate::servicing::view::{self, LoanView, RepaymentRow};

pub fn routes() -> Routes {
    Routes::new()
        .routes(routes!(loan))
        .routes(routes!(quote))
        .routes(routes!(report))
        .routes(routes!(repayments))
        .routes(routes!(change))
}

/// A report as it is recorded.
#[derive(Serialize, utoipa::ToSchema)]
struct RepaymentView {
    #[serde(flatten)]
    repayment: RepaymentRow,
    /// Everything that is more than was agreed; each opened an incident.
    findings: Vec<Finding>,
    /// Of the loan, with this report.
    state: LoanState,
}

impl From<Reported> for RepaymentView {
    fn from(reported: Reported) -> Self {
        Self {
            repayment: reported.repayment.into(),
            findings: reported.findings,
            state: reported.state,
        }
    }
}

/// How a loan stands after its money moved.
#[utoipa::path(get, path = "/v1/journeys/{id}/loan", responses((status = 200, body = LoanView)))]
async fn loan(
    State(ctx): State<Ctx>,
    partner: Partner,
    Path(id): Path<String>,
) -> Result<Json<LoanView>> {
    partner.must(Scope::ReadJourneys)?;
    let view = ctx.db.read(&partner.institution).await?;
    let known = journey::known(&view, &JourneyId::parse(&id)?).await?;
    Ok(Json(view::loan(&ctx, &view, &known).await?))
}

/// The day of a settlement.
#[derive(Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
struct Day {
    /// Today when absent.
    on: Option<Date>,
}

/// What ends a loan on a day, with what is due and missing: nobody may ask more.
#[utoipa::path(get, path = "/v1/journeys/{id}/settlement-quote", params(Day), responses((status = 200, body = Quote)))]
async fn quote(
    State(ctx): State<Ctx>,
    partner: Partner,
    Path(id): Path<String>,
    Query(day): Query<Day>,
) -> Result<Json<Quote>> {
    partner.must(Scope::ReadJourneys)?;
    let view = ctx.db.read(&partner.institution).await?;
    let known = journey::known(&view, &JourneyId::parse(&id)?).await?;
    let on = day
        .on
        .unwrap_or_else(|| clock::civil_date(ctx.clock.now_ms()));
    Ok(Json(view::quote(&view, &known, on).await?))
}

/// Reports money received for a loan: always recorded, and what is more than agreed opens incidents.
#[utoipa::path(post, path = "/v1/journeys/{id}/repayments", request_body = RepaymentRequest, responses((status = 201, body = RepaymentView), (status = 200, body = RepaymentView, description = "The same report again")))]
async fn report(
    State(ctx): State<Ctx>,
    partner: Partner,
    Path(id): Path<String>,
    Body(asked): Body<RepaymentRequest>,
) -> Result<(StatusCode, Json<RepaymentView>)> {
    partner.must(Scope::MoveMoney)?;
    let id = JourneyId::parse(&id)?;
    let seat = partner.seat();
    let reported = ledger::retrying(|| actions::report(&ctx, &seat, &id, &asked)).await?;
    let status = if reported.replayed {
        StatusCode::OK
    } else {
        StatusCode::CREATED
    };
    Ok((status, Json(reported.into())))
}

/// Reports of money received, newest first.
#[utoipa::path(get, path = "/v1/journeys/{id}/repayments", params(Paging), responses((status = 200, body = PageView<RepaymentRow>)))]
async fn repayments(
    State(ctx): State<Ctx>,
    partner: Partner,
    Path(id): Path<String>,
    Query(paging): Query<Paging>,
) -> Result<Json<PageView<RepaymentRow>>> {
    partner.must(Scope::ReadJourneys)?;
    let view = ctx.db.read(&partner.institution).await?;
    let known = journey::known(&view, &JourneyId::parse(&id)?).await?;
    Ok(Json(view::repayments(&view, &known, &paging).await?))
}

/// Opens a change of a paid loan's terms, for its borrower to read, confirm and sign.
#[utoipa::path(post, path = "/v1/journeys/{id}/changes", params(("idempotency-key" = String, Header, description = "1 to 128 visible ASCII characters, unique within the institution")), request_body = ChangeRequest, responses((status = 201, body = JourneyView), (status = 200, body = JourneyView, description = "The same request again")))]
async fn change(
    State(ctx): State<Ctx>,
    partner: Partner,
    Path(id): Path<String>,
    headers: HeaderMap,
    Body(asked): Body<ChangeRequest>,
) -> Result<(StatusCode, Json<JourneyView>)> {
    partner.must(Scope::WriteJourneys)?;
    let key = journey::idempotency_key(&headers)?;
    let loan = JourneyId::parse(&id)?;
    let asked = asked.of(&ctx, &partner.institution, &loan, &key)?;
    let seat = partner.seat();
    let opened = ledger::retrying(|| actions::open_change(&ctx, &seat, &loan, &asked)).await?;
    let status = if opened.replayed {
        StatusCode::OK
    } else {
        StatusCode::CREATED
    };
    let view = journey::lender_view(&ctx, &opened.journey, &partner).await?;
    Ok((status, Json(view)))
}
