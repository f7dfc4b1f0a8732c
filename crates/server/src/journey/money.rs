//! The lender's backend: book what was confirmed, and ask for leave to pay.

use axum::Json;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use serde::Serialize;
use utoipa_axum::routes;

use super::partner::idempotency_key;
use super::{JourneyId, actions};
use crate::access::{Partner, Scope};
use crate::ctx::Ctx;
use crate::disbursement::{
    Booking, BookingRequest, Finding, Incident, Issued, ReceiptRequest, Received,
};
use crate::error::Result;
use crate::http::{Body, Nothing, Path, Routes, no_content};
use crate::ledger;

pub fn routes() -> Routes {
    Routes::new()
        .routes(routes!(book))
        .routes(routes!(release))
        .routes(routes!(disbursed))
        .routes(routes!(cancel))
}

/// What the lender booked.
#[derive(Serialize, utoipa::ToSchema)]
struct BookingView {
    id: String,
    journey: String,
    loan_number: String,
    terms_digest: String,
    /// Fen.
    amount: i64,
    payee_masked: String,
    /// What stands for the account in a release token.
    payee_digest: String,
    booked_at_ms: i64,
}

impl From<Booking> for BookingView {
    fn from(booking: Booking) -> Self {
        Self {
            id: booking.id.to_string(),
            journey: booking.case,
            loan_number: booking.loan_number,
            terms_digest: booking.terms_digest,
            amount: booking.amount,
            payee_masked: booking.payee_masked,
            payee_digest: booking.payee_digest,
            booked_at_ms: booking.booked_at_ms,
        }
    }
}

/// Books a loan: what differs from what the borrower confirmed is refused by name.
#[utoipa::path(post, path = "/v1/journeys/{id}/booking", params(("idempotency-key" = String, Header, description = "1 to 128 visible ASCII characters, unique within the institution")), request_body = BookingRequest, responses((status = 201, body = BookingView), (status = 200, body = BookingView, description = "The same request again")))]
async fn book(
    State(ctx): State<Ctx>,
    partner: Partner,
    Path(id): Path<String>,
    headers: HeaderMap,
    Body(asked): Body<BookingRequest>,
) -> Result<(StatusCode, Json<BookingView>)> {
    partner.must(Scope::MoveMoney)?;
    let id = JourneyId::parse(&id)?;
    let key = idempotency_key(&headers)?;
    let asked = asked.book(&ctx, &partner.institution, &key)?;
    let seat = partner.seat();
    let booked = ledger::retrying(|| actions::book(&ctx, &seat, &id, &asked)).await?;
    let status = if booked.replayed {
        StatusCode::OK
    } else {
        StatusCode::CREATED
    };
    Ok((status, Json(booked.booking.into())))
}

/// Leave to pay one loan once.
#[derive(Serialize, utoipa::ToSchema)]
struct ReleaseTokenView {
    /// What the payment system is shown; `docs/ledger.md` has its form.
    token: String,
    journey: String,
    terms_digest: String,
    /// Fen.
    amount: i64,
    payee_digest: String,
    /// With the account it gives the digest above, hex.
    payee_salt: String,
    issued_at_ms: i64,
    expires_at_ms: i64,
}

impl From<Issued> for ReleaseTokenView {
    fn from(issued: Issued) -> Self {
        Self {
            token: issued.word,
            journey: issued.token.journey,
            terms_digest: issued.token.terms_digest,
            amount: issued.token.amount,
            payee_digest: issued.token.payee_digest,
            payee_salt: issued.payee_salt,
            issued_at_ms: issued.token.issued_at_ms,
            expires_at_ms: issued.token.expires_at_ms,
        }
    }
}

/// Issues a single-use token when the money may move; the refusal names everything missing.
#[utoipa::path(post, path = "/v1/journeys/{id}/release", responses((status = 201, body = ReleaseTokenView)))]
async fn release(
    State(ctx): State<Ctx>,
    partner: Partner,
    Path(id): Path<String>,
) -> Result<(StatusCode, Json<ReleaseTokenView>)> {
    partner.must(Scope::MoveMoney)?;
    let id = JourneyId::parse(&id)?;
    let seat = partner.seat();
    let issued = ledger::retrying(|| actions::release(&ctx, &seat, &id)).await?;
    Ok((StatusCode::CREATED, Json(issued.into())))
}

/// Something about the payment that somebody at the lender must look at.
#[derive(Serialize, utoipa::ToSchema)]
struct FoundIncident {
    id: String,
    finding: Finding,
}

impl From<&Incident> for FoundIncident {
    fn from(incident: &Incident) -> Self {
        Self {
            id: incident.id.to_string(),
            finding: incident.finding,
        }
    }
}

/// A payment as it is recorded.
#[derive(Serialize, utoipa::ToSchema)]
struct DisbursementView {
    id: String,
    journey: String,
    /// Fen.
    amount: i64,
    payee_masked: String,
    paid_at_ms: i64,
    recorded_at_ms: i64,
    /// Everything that is wrong with it; nothing when it is as it should be.
    incidents: Vec<FoundIncident>,
}

impl From<Received> for DisbursementView {
    fn from(received: Received) -> Self {
        Self {
            incidents: received.incidents.iter().map(FoundIncident::from).collect(),
            id: received.receipt.id.to_string(),
            journey: received.receipt.case,
            amount: received.receipt.amount,
            payee_masked: received.receipt.payee_masked,
            paid_at_ms: received.receipt.paid_at_ms,
            recorded_at_ms: received.receipt.recorded_at_ms,
        }
    }
}

/// Reports a payment that was made: always recorded, and what is wrong with it opens incidents.
#[utoipa::path(post, path = "/v1/journeys/{id}/disbursed", request_body = ReceiptRequest, responses((status = 201, body = DisbursementView), (status = 200, body = DisbursementView, description = "The same payment again")))]
async fn disbursed(
    State(ctx): State<Ctx>,
    partner: Partner,
    Path(id): Path<String>,
    Body(asked): Body<ReceiptRequest>,
) -> Result<(StatusCode, Json<DisbursementView>)> {
    partner.must(Scope::MoveMoney)?;
    let id = JourneyId::parse(&id)?;
    let paid = asked.paid(&ctx, &partner.institution)?;
    let seat = partner.seat();
    let received = ledger::retrying(|| actions::disbursed(&ctx, &seat, &id, &paid)).await?;
    let status = if received.replayed {
        StatusCode::OK
    } else {
        StatusCode::CREATED
    };
    Ok((status, Json(received.into())))
}

/// Calls a loan off before the money moved.
#[utoipa::path(post, path = "/v1/journeys/{id}/cancel", request_body = Nothing, responses((status = 204)))]
async fn cancel(
    State(ctx): State<Ctx>,
    partner: Partner,
    Path(id): Path<String>,
    Body(Nothing {}): Body<Nothing>,
) -> Result<Response> {
    partner.must(Scope::WriteJourneys)?;
    let id = JourneyId::parse(&id)?;
    let seat = partner.seat();
    ledger::retrying(|| actions::cancel(&ctx, &seat, &id)).await?;
    Ok(no_content())
}
