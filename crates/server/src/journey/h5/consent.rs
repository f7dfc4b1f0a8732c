//! The steps `personal_information_notice`, `separate_consents` and `credit_authority`: one notice at a time.

use axum::Json;
use axum::extract::State;
use serde::{Deserialize, Serialize};
use utoipa_axum::routes;

use crate::access::{self, CodePurpose, CodeSent, Customer};
use crate::consent::{self, Choice, ConsentKind, Document, OneNotice};
use crate::ctx::Ctx;
use crate::error::Result;
use crate::http::{Body, Routes};
use crate::journey::actions::at_step;
use crate::journey::steps::asked;
use crate::journey::views::{CustomerJourney, customer_journey};
use crate::journey::{JourneyId, store};
use crate::ledger::{self, Changed};
use crate::product::{self, Protection};
use crate::vault::Private;

pub fn routes() -> Routes {
    Routes::new()
        .routes(routes!(notices))
        .routes(routes!(told_shown))
        .routes(routes!(told_acknowledged))
        .routes(routes!(consent_shown))
        .routes(routes!(consent_given))
        .routes(routes!(consent_declined))
        .routes(routes!(authority_shown))
        .routes(routes!(authority_code))
        .routes(routes!(authority_given))
        .routes(routes!(authority_declined))
}

/// One notice, never several: each is decided by itself.
#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
struct NoticeRef {
    notice: String,
    digest: String,
}

#[derive(Clone, Copy)]
enum Act {
    See,
    Choose(Choice),
}

async fn done(
    ctx: &Ctx,
    customer: &Customer,
    step: Protection,
    one: &NoticeRef,
    act: Act,
) -> Result<Json<CustomerJourney>> {
    ledger::retrying(|| act_once(ctx, customer, step, one, act)).await?;
    Ok(Json(customer_journey(ctx, customer).await?))
}

async fn act_once(
    ctx: &Ctx,
    customer: &Customer,
    step: Protection,
    one: &NoticeRef,
    act: Act,
) -> Result<()> {
    let mut at = at_step(ctx, customer, step).await?;
    let version = product::version(&at.tx, &at.journey.product, at.journey.product_version).await?;
    let asked = asked(&at.journey, &version.definition, at.tx.now_ms());
    let one = OneNotice {
        step,
        code: &one.notice,
        digest: &one.digest,
    };
    let changed = match act {
        Act::See => consent::see(&mut at.tx, &asked, one).await?,
        Act::Choose(choice) => consent::choose(&mut at.tx, &asked, one, choice, None).await?,
    };
    at.end(changed).await
}

/// The notice stands before the person.
#[utoipa::path(post, path = "/api/h5/steps/personal_information_notice/shown", request_body = NoticeRef, responses((status = 200, body = CustomerJourney)))]
async fn told_shown(
    State(ctx): State<Ctx>,
    customer: Customer,
    Body(one): Body<NoticeRef>,
) -> Result<Json<CustomerJourney>> {
    let step = Protection::PersonalInformationNotice;
    done(&ctx, &customer, step, &one, Act::See).await
}

/// The person took note.
#[utoipa::path(post, path = "/api/h5/steps/personal_information_notice/acknowledge", request_body = NoticeRef, responses((status = 200, body = CustomerJourney)))]
async fn told_acknowledged(
    State(ctx): State<Ctx>,
    customer: Customer,
    Body(one): Body<NoticeRef>,
) -> Result<Json<CustomerJourney>> {
    let step = Protection::PersonalInformationNotice;
    done(
        &ctx,
        &customer,
        step,
        &one,
        Act::Choose(Choice::Acknowledge),
    )
    .await
}

/// One consent stands before the person.
#[utoipa::path(post, path = "/api/h5/steps/separate_consents/shown", request_body = NoticeRef, responses((status = 200, body = CustomerJourney)))]
async fn consent_shown(
    State(ctx): State<Ctx>,
    customer: Customer,
    Body(one): Body<NoticeRef>,
) -> Result<Json<CustomerJourney>> {
    let step = Protection::SeparateConsents;
    done(&ctx, &customer, step, &one, Act::See).await
}

/// The person agrees to one notice.
#[utoipa::path(post, path = "/api/h5/steps/separate_consents/give", request_body = NoticeRef, responses((status = 200, body = CustomerJourney)))]
async fn consent_given(
    State(ctx): State<Ctx>,
    customer: Customer,
    Body(one): Body<NoticeRef>,
) -> Result<Json<CustomerJourney>> {
    let step = Protection::SeparateConsents;
    done(&ctx, &customer, step, &one, Act::Choose(Choice::Give)).await
}

/// The person does not agree to one notice.
#[utoipa::path(post, path = "/api/h5/steps/separate_consents/decline", request_body = NoticeRef, responses((status = 200, body = CustomerJourney)))]
async fn consent_declined(
    State(ctx): State<Ctx>,
    customer: Customer,
    Body(one): Body<NoticeRef>,
) -> Result<Json<CustomerJourney>> {
    let step = Protection::SeparateConsents;
    done(&ctx, &customer, step, &one, Act::Choose(Choice::Decline)).await
}

/// The credit authority stands before the person.
#[utoipa::path(post, path = "/api/h5/steps/credit_authority/shown", request_body = NoticeRef, responses((status = 200, body = CustomerJourney)))]
async fn authority_shown(
    State(ctx): State<Ctx>,
    customer: Customer,
    Body(one): Body<NoticeRef>,
) -> Result<Json<CustomerJourney>> {
    let step = Protection::CreditAuthority;
    done(&ctx, &customer, step, &one, Act::See).await
}

/// Sends the code that confirms exactly the credit authority that was shown to the person's own phone.
#[utoipa::path(post, path = "/api/h5/steps/credit_authority/code", request_body = NoticeRef, responses((status = 200, body = CodeSent)))]
async fn authority_code(
    State(ctx): State<Ctx>,
    customer: Customer,
    Body(one): Body<NoticeRef>,
) -> Result<Json<CodeSent>> {
    let sent = ledger::retrying(|| ask_once(&ctx, &customer, &one)).await?;
    Ok(Json(sent))
}

async fn ask_once(ctx: &Ctx, customer: &Customer, one: &NoticeRef) -> Result<CodeSent> {
    let step = Protection::CreditAuthority;
    let mut at = at_step(ctx, customer, step).await?;
    let version = product::version(&at.tx, &at.journey.product, at.journey.product_version).await?;
    let asked = asked(&at.journey, &version.definition, at.tx.now_ms());
    let one = OneNotice {
        step,
        code: &one.notice,
        digest: &one.digest,
    };
    let notice = consent::shown(&at.tx, &asked, one).await?;
    let (purpose, says) = (CodePurpose::SignAuthority, notice.authority_words());
    let sent = access::ask_bound(&mut at.tx, customer, purpose, &notice.digest, says).await?;
    ledger::commit_recorded(at.tx).await?;
    Ok(sent)
}

/// The authority that was shown, and the code that confirms it.
#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
struct SignedNotice {
    notice: String,
    digest: String,
    /// Six digits.
    code: Private<String>,
}

/// The person lets the bureau be asked, confirmed by the code.
#[utoipa::path(post, path = "/api/h5/steps/credit_authority/give", request_body = SignedNotice, responses((status = 200, body = CustomerJourney)))]
async fn authority_given(
    State(ctx): State<Ctx>,
    customer: Customer,
    Body(one): Body<SignedNotice>,
) -> Result<Json<CustomerJourney>> {
    ledger::retrying(|| sign_once(&ctx, &customer, &one)).await?;
    Ok(Json(customer_journey(&ctx, &customer).await?))
}

async fn sign_once(ctx: &Ctx, customer: &Customer, signed: &SignedNotice) -> Result<()> {
    let step = Protection::CreditAuthority;
    let mut at = at_step(ctx, customer, step).await?;
    let version = product::version(&at.tx, &at.journey.product, at.journey.product_version).await?;
    let asked = asked(&at.journey, &version.definition, at.tx.now_ms());
    let one = OneNotice {
        step,
        code: &signed.notice,
        digest: &signed.digest,
    };
    // The answer may have been lost on its way, and the code with it.
    if consent::stands(&at.tx, &asked, one).await? {
        return at.end(Changed::No).await;
    }
    let purpose = CodePurpose::SignAuthority;
    let (digest, given) = (&signed.digest, signed.code.expose());
    let code = match access::confirm_bound(&mut at.tx, customer, purpose, digest, given).await? {
        Ok(code) => code.to_string(),
        Err(wrong) => {
            ledger::commit_recorded(at.tx).await?;
            return Err(wrong);
        }
    };
    let changed = consent::choose(&mut at.tx, &asked, one, Choice::Give, Some(code)).await?;
    at.end(changed).await
}

/// The person does not let the bureau be asked.
#[utoipa::path(post, path = "/api/h5/steps/credit_authority/decline", request_body = NoticeRef, responses((status = 200, body = CustomerJourney)))]
async fn authority_declined(
    State(ctx): State<Ctx>,
    customer: Customer,
    Body(one): Body<NoticeRef>,
) -> Result<Json<CustomerJourney>> {
    let step = Protection::CreditAuthority;
    done(&ctx, &customer, step, &one, Act::Choose(Choice::Decline)).await
}

/// A notice of this journey, whole, and what the person decided about it.
#[derive(Serialize, utoipa::ToSchema)]
#[schema(as = JourneyNotice)]
struct NoticeView {
    step: Protection,
    notice: String,
    kind: ConsentKind,
    digest: String,
    document: Document,
    state: Option<consent::State>,
    decided_at_ms: Option<i64>,
    valid_until_ms: Option<i64>,
}

#[derive(Serialize, utoipa::ToSchema)]
#[schema(as = JourneyNotices)]
struct Notices {
    rows: Vec<NoticeView>,
}

/// Every notice of the journey, whole, in the order of its steps.
#[utoipa::path(get, path = "/api/h5/notices", responses((status = 200, body = Notices)))]
async fn notices(State(ctx): State<Ctx>, customer: Customer) -> Result<Json<Notices>> {
    let view = ctx.db.read(&customer.institution).await?;
    let journey = store::find(&view, &JourneyId::parse(&customer.case)?).await?;
    let version = product::version(&view, &journey.product, journey.product_version).await?;
    let asked = asked(&journey, &version.definition, ctx.clock.now_ms());
    let mut rows = Vec::new();
    for step in &version.definition.required {
        let offers = consent::offered(&view, &asked, *step).await?;
        rows.extend(offers.into_iter().flatten().map(|offer| NoticeView {
            step: *step,
            notice: offer.notice.document.code.clone(),
            kind: offer.notice.document.content.kind,
            digest: offer.notice.digest,
            document: offer.notice.document,
            state: offer.decision.as_ref().map(|decision| decision.state),
            decided_at_ms: offer.decision.as_ref().and_then(|d| d.decided_at_ms),
            valid_until_ms: offer.decision.and_then(|d| d.valid_until_ms),
        }));
    }
    Ok(Json(Notices { rows }))
}
