//! The step `signing`: the documents, the check for exactly them, the code for exactly them, the yes.

use std::collections::HashMap;

use axum::Json;
use axum::extract::State;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::Deserialize;
use utoipa_axum::routes;

use crate::access::{CodeSent, Customer};
use crate::ctx::Ctx;
use crate::error::Result;
use crate::http::{Body, Nothing, Routes};
use crate::identity::Route;
use crate::journey::actions;
use crate::journey::views::{CustomerJourney, customer_journey};
use crate::ledger;
use crate::product::IdentityMethod;
use crate::signing::{self, Paper};
use crate::vault::Private;

pub fn routes() -> Routes {
    Routes::new()
        .routes(routes!(open))
        .routes(routes!(check))
        .routes(routes!(person))
        .routes(routes!(handwriting))
        .routes(routes!(code))
        .routes(routes!(sign))
        .routes(routes!(renew))
}

#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
struct PdfRef {
    /// SHA-256 of the PDF, hex.
    digest: String,
}

/// Opens one document to read; the PDF itself lies under `/api/h5/documents`.
#[utoipa::path(post, path = "/api/h5/steps/signing/open", request_body = PdfRef, responses((status = 200, body = Paper)))]
async fn open(
    State(ctx): State<Ctx>,
    customer: Customer,
    Body(one): Body<PdfRef>,
) -> Result<Json<Paper>> {
    let sealed = actions::find_paper(&ctx, &customer, &one.digest).await?;
    let paper =
        ledger::retrying(|| actions::open_paper(&ctx, &customer, &one.digest, &sealed)).await?;
    Ok(Json(paper))
}

#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
struct SetChecking {
    set_digest: String,
    /// Sessions of the authorities' own pages, which the lender's app hands over.
    #[serde(default)]
    sessions: HashMap<IdentityMethod, String>,
}

/// Has the person made sure of for exactly this set.
#[utoipa::path(post, path = "/api/h5/steps/signing/identity", request_body = SetChecking, responses((status = 200, body = CustomerJourney)))]
async fn check(
    State(ctx): State<Ctx>,
    customer: Customer,
    Body(asked): Body<SetChecking>,
) -> Result<Json<CustomerJourney>> {
    let SetChecking {
        set_digest,
        sessions,
    } = &asked;
    ledger::retrying(|| actions::check_signer(&ctx, &customer, set_digest, sessions)).await?;
    Ok(Json(customer_journey(&ctx, &customer).await?))
}

#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
struct SetByPerson {
    set_digest: String,
    route: Route,
}

/// The person would rather be seen by a human before signing.
#[utoipa::path(post, path = "/api/h5/steps/signing/person", request_body = SetByPerson, responses((status = 200, body = CustomerJourney)))]
async fn person(
    State(ctx): State<Ctx>,
    customer: Customer,
    Body(asked): Body<SetByPerson>,
) -> Result<Json<CustomerJourney>> {
    ledger::retrying(|| {
        actions::ask_person_for_signer(&ctx, &customer, &asked.set_digest, asked.route)
    })
    .await?;
    Ok(Json(customer_journey(&ctx, &customer).await?))
}

#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
struct SetDrawn {
    set_digest: String,
    /// A PNG of at most 96 KiB in base64.
    png: Private<String>,
}

/// Keeps what the person drew with a finger; it stands beside their signature in every document of exactly this set.
#[utoipa::path(post, path = "/api/h5/steps/signing/handwriting", request_body = SetDrawn, responses((status = 200, body = CustomerJourney)))]
async fn handwriting(
    State(ctx): State<Ctx>,
    customer: Customer,
    Body(drawn): Body<SetDrawn>,
) -> Result<Json<CustomerJourney>> {
    let png = STANDARD
        .decode(drawn.png.expose())
        .map_err(|_| signing::Refused::Handwriting)?;
    ledger::retrying(|| actions::keep_handwriting(&ctx, &customer, &drawn.set_digest, &png))
        .await?;
    Ok(Json(customer_journey(&ctx, &customer).await?))
}

#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
struct SetRef {
    set_digest: String,
}

/// Sends the code that signs exactly this set to the person's own phone.
#[utoipa::path(post, path = "/api/h5/steps/signing/code", request_body = SetRef, responses((status = 200, body = CodeSent)))]
async fn code(
    State(ctx): State<Ctx>,
    customer: Customer,
    Body(set): Body<SetRef>,
) -> Result<Json<CodeSent>> {
    let sent =
        ledger::retrying(|| actions::ask_signing_code(&ctx, &customer, &set.set_digest)).await?;
    Ok(Json(sent))
}

#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
struct SetSigned {
    set_digest: String,
    /// Six digits.
    code: Private<String>,
}

/// The person's yes to exactly this set; the signatures follow without them.
#[utoipa::path(post, path = "/api/h5/steps/signing/sign", request_body = SetSigned, responses((status = 200, body = CustomerJourney)))]
async fn sign(
    State(ctx): State<Ctx>,
    customer: Customer,
    Body(signed): Body<SetSigned>,
) -> Result<Json<CustomerJourney>> {
    ledger::retrying(|| {
        actions::authorise(&ctx, &customer, &signed.set_digest, signed.code.expose())
    })
    .await?;
    Ok(Json(customer_journey(&ctx, &customer).await?))
}

/// Has the documents made anew when the time to sign them is over.
#[utoipa::path(post, path = "/api/h5/steps/signing/renew", request_body = Nothing, responses((status = 200, body = CustomerJourney)))]
async fn renew(
    State(ctx): State<Ctx>,
    customer: Customer,
    Body(Nothing {}): Body<Nothing>,
) -> Result<Json<CustomerJourney>> {
    ledger::retrying(|| actions::renew_documents(&ctx, &customer)).await?;
    Ok(Json(customer_journey(&ctx, &customer).await?))
}
