//! The lender's duties around consent: bureau queries, tellings before a report, marketing, giving items to partners.

use axum::Json;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse as _, Response};
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use utoipa_axum::routes;

use super::kind::Kind;
use super::model::{Journey, State as Phase};
use super::partner::idempotency_key;
use super::{JourneyId, steps, store};
use crate::access::{Partner, Scope};
use crate::consent::{
    self, AdverseId, AdverseNotice, Arrears, Ask, BureauPurpose, Campaign, Coverage, Denial,
    Handover, Message, MessageId, Provision, ProvisionId, Query, QueryId, Standing, Template,
    WorkState,
};
use crate::ctx::Ctx;
use crate::db::Read;
use crate::error::{Error, Result, Text};
use crate::http::{Body, Path, Routes};
use crate::ledger::{self, Changed, Tx};

pub fn routes() -> Routes {
    Routes::new()
        .routes(routes!(check))
        .routes(routes!(authority))
        .routes(routes!(tell))
        .routes(routes!(told))
        .routes(routes!(queue_message))
        .routes(routes!(message))
        .routes(routes!(queue_provision))
        .routes(routes!(provision))
}

/// Begins a write about a journey, which alone says whom it is about.
async fn of_journey(ctx: &Ctx, partner: &Partner, journey: &str) -> Result<(Tx, Journey)> {
    let id = JourneyId::parse(journey)?;
    let tx = ledger::begin(ctx, &partner.seat()).await?;
    let journey = store::find(&tx, &id).await?;
    Ok((tx, journey))
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, utoipa::ToSchema)]
#[schema(as = CreditAnswer)]
#[serde(rename_all = "snake_case")]
enum Answer {
    Allowed,
    Refused,
}

#[derive(Serialize, utoipa::ToSchema)]
#[schema(as = CreditDenial)]
struct Reason {
    code: Denial,
    message: Text,
}

#[derive(Serialize, utoipa::ToSchema)]
#[schema(as = CreditQuery)]
struct QueryView {
    /// What the query to the bureau refers to.
    id: String,
    decision: Answer,
    reason: Option<Reason>,
    purpose: BureauPurpose,
    authority: Option<String>,
    valid_until_ms: Option<i64>,
    asked_at_ms: i64,
}

impl QueryView {
    fn of(query: Query) -> Self {
        Self {
            id: query.id.to_string(),
            decision: match query.denial {
                None => Answer::Allowed,
                Some(_) => Answer::Refused,
            },
            reason: query.denial.map(|code| Reason {
                code,
                message: code.text(),
            }),
            purpose: query.purpose,
            authority: query.authority,
            valid_until_ms: query.valid_until_ms,
            asked_at_ms: query.asked_at_ms,
        }
    }
}

/// Whether a journey is one still, for whoever asks the bureau about its person.
async fn standing(view: &impl Read, journey: &Journey, now_ms: i64) -> Result<Standing> {
    match steps::must_go_on(view, journey, now_ms).await {
        Ok(()) => Ok(Standing::InForce),
        Err(Error::Refused(_)) if journey.state == Phase::Completed => Ok(Standing::InForce),
        Err(Error::Refused(_)) => Ok(Standing::Over),
        Err(cause) => Err(cause),
    }
}

/// The ask of a call, by its idempotency key and what its body says.
fn keyed<T: Serialize>(
    ctx: &Ctx,
    partner: &Partner,
    headers: &HeaderMap,
    (path, body): (&str, &T),
) -> Result<Ask> {
    let key = idempotency_key(headers)?;
    let body = serde_json::to_vec(body)?;
    Ask::of(ctx, &partner.institution, (path, &key), &body)
}

#[derive(Deserialize, Serialize, utoipa::ToSchema)]
#[schema(as = CreditCheck)]
#[serde(deny_unknown_fields)]
struct CheckRequest {
    journey: String,
    purpose: BureauPurpose,
}

/// May the bureau be asked about this borrower, now and for this?
#[utoipa::path(post, path = "/v1/credit-authority/check", params(("idempotency-key" = String, Header, description = "1 to 128 visible ASCII characters, unique within the institution")), request_body = CheckRequest, responses((status = 200, body = QueryView)))]
async fn check(
    State(ctx): State<Ctx>,
    partner: Partner,
    headers: HeaderMap,
    Body(asked): Body<CheckRequest>,
) -> Result<Json<QueryView>> {
    partner.must(Scope::CheckCredit)?;
    let ask = keyed(&ctx, &partner, &headers, ("credit-authority/check", &asked))?;
    let query = ledger::retrying(|| async {
        let (mut tx, journey) = of_journey(&ctx, &partner, &asked.journey).await?;
        let (subject, case) = (&journey.subject, journey.id.as_str());
        let standing = standing(&tx, &journey, tx.now_ms()).await?;
        if let Some(id) = ask.answered(&tx).await? {
            let query = consent::query(&tx, &QueryId::parse(&id)?).await?;
            let now = (standing, tx.now_ms());
            // What was allowed once may have been withdrawn since.
            let denial = consent::may_ask(&tx, subject, case, asked.purpose, now).await?;
            return match denial == query.denial {
                true => Ok(query),
                false => Err(consent::Refused::AnswerChanged.into()),
            };
        }
        let query = consent::ask_bureau(&mut tx, subject, case, asked.purpose, standing).await?;
        ask.note(&mut tx, query.id.as_str()).await?;
        ledger::commit_recorded(tx).await?;
        Ok(query)
    })
    .await?;
    Ok(Json(QueryView::of(query)))
}

#[derive(Serialize, utoipa::ToSchema)]
#[schema(as = CreditAuthorityPage)]
struct AuthorityView {
    /// For each purpose, whether the bureau may be asked now.
    purposes: Vec<PurposeView>,
    /// The newest fifty asks.
    queries: Vec<QueryView>,
}

#[derive(Serialize, utoipa::ToSchema)]
#[schema(as = CreditPurpose)]
struct PurposeView {
    purpose: BureauPurpose,
    decision: Answer,
    reason: Option<Reason>,
}

/// What the borrower lets the bureau be asked for, and every ask so far.
#[utoipa::path(get, path = "/v1/credit-authority/{journey}", responses((status = 200, body = AuthorityView)))]
async fn authority(
    State(ctx): State<Ctx>,
    partner: Partner,
    Path(id): Path<String>,
) -> Result<Json<AuthorityView>> {
    partner.must(Scope::CheckCredit)?;
    let view = ctx.db.read(&partner.institution).await?;
    let journey = store::find(&view, &JourneyId::parse(&id)?).await?;
    let case = journey.id.as_str();
    let now_ms = ctx.clock.now_ms();
    let now = (standing(&view, &journey, now_ms).await?, now_ms);
    let mut purposes = Vec::new();
    for purpose in BureauPurpose::ALL {
        let denial = consent::may_ask(&view, &journey.subject, case, purpose, now).await?;
        purposes.push(PurposeView {
            purpose,
            decision: match denial {
                None => Answer::Allowed,
                Some(_) => Answer::Refused,
            },
            reason: denial.map(|code| Reason {
                code,
                message: code.text(),
            }),
        });
    }
    let queries = consent::queries_of(&view, case).await?;
    Ok(Json(AuthorityView {
        purposes,
        queries: queries.into_iter().map(QueryView::of).collect(),
    }))
}

#[derive(Deserialize, utoipa::ToSchema)]
#[schema(as = AdverseRequest)]
#[serde(deny_unknown_fields)]
struct TellRequest {
    journey: String,
    /// Fen.
    overdue: i64,
    #[schema(value_type = String, format = Date)]
    due_date: Date,
    #[schema(value_type = String, format = Date)]
    report_on: Date,
}

#[derive(Serialize, utoipa::ToSchema)]
#[schema(as = AdverseNotice)]
struct AdverseView {
    id: String,
    journey: String,
    overdue: i64,
    #[schema(value_type = String, format = Date)]
    due_date: Date,
    #[schema(value_type = String, format = Date)]
    report_on: Date,
    coverage: Coverage,
    told_at_ms: i64,
    sent_at_ms: Option<i64>,
    /// When the phone had it, by the gateway's receipt.
    receipt_at_ms: Option<i64>,
    seen_at_ms: Option<i64>,
}

async fn adverse_view(ctx: &Ctx, partner: &Partner, notice: AdverseNotice) -> Result<AdverseView> {
    let view = ctx.db.read(&partner.institution).await?;
    let receipt_at_ms = consent::adverse_receipt(&view, &notice.id).await?;
    let days = ctx.config.consent.adverse_days;
    Ok(AdverseView {
        id: notice.id.to_string(),
        coverage: notice.coverage(receipt_at_ms, days, ctx.clock.now_ms()),
        journey: notice.case,
        overdue: notice.arrears.overdue,
        due_date: notice.arrears.due_date,
        report_on: notice.arrears.report_on,
        told_at_ms: notice.told_at_ms,
        sent_at_ms: notice.sent_at_ms,
        receipt_at_ms,
        seen_at_ms: notice.seen_at_ms,
    })
}

/// Tells the borrower of a loan before bad information is reported.
#[utoipa::path(post, path = "/v1/adverse-notices", request_body = TellRequest, responses((status = 200, body = AdverseView), (status = 201, body = AdverseView)))]
async fn tell(
    State(ctx): State<Ctx>,
    partner: Partner,
    Body(asked): Body<TellRequest>,
) -> Result<Response> {
    partner.must(Scope::CheckCredit)?;
    let arrears = Arrears {
        overdue: asked.overdue,
        due_date: asked.due_date,
        report_on: asked.report_on,
    };
    let (notice, changed) = ledger::retrying(|| async {
        let (mut tx, journey) = of_journey(&ctx, &partner, &asked.journey).await?;
        let (subject, case) = (&journey.subject, journey.id.as_str());
        // A line owes nothing, and a change is no loan of its own: what is overdue is its loan's.
        let none = matches!(journey.kind, Kind::Line | Kind::Change);
        if none || journey.state != Phase::Completed {
            return Err(consent::Refused::NoLoan.into());
        }
        let (notice, changed) = consent::tell_adverse(&mut tx, subject, case, &arrears).await?;
        if changed == Changed::Yes {
            ledger::commit_recorded(tx).await?;
        }
        Ok((notice, changed))
    })
    .await?;
    let status = match changed {
        Changed::Yes => StatusCode::CREATED,
        Changed::No => StatusCode::OK,
    };
    Ok((status, Json(adverse_view(&ctx, &partner, notice).await?)).into_response())
}

/// Whether reporting is covered by now.
#[utoipa::path(get, path = "/v1/adverse-notices/{id}", responses((status = 200, body = AdverseView)))]
async fn told(
    State(ctx): State<Ctx>,
    partner: Partner,
    Path(id): Path<String>,
) -> Result<Json<AdverseView>> {
    partner.must(Scope::CheckCredit)?;
    let view = ctx.db.read(&partner.institution).await?;
    let notice = consent::adverse_notice(&view, &AdverseId::parse(&id)?).await?;
    drop(view);
    Ok(Json(adverse_view(&ctx, &partner, notice).await?))
}

#[derive(Deserialize, Serialize, utoipa::ToSchema)]
#[schema(as = MarketingRequest)]
#[serde(deny_unknown_fields)]
struct MessageRequest {
    journey: String,
    template: Template,
    send_at_ms: Option<i64>,
}

#[derive(Serialize, utoipa::ToSchema)]
#[schema(as = MarketingMessage)]
struct MessageView {
    id: String,
    journey: String,
    consent: String,
    template: Template,
    state: WorkState,
    send_at_ms: i64,
    ended_at_ms: Option<i64>,
}

fn message_view(message: Message) -> MessageView {
    MessageView {
        id: message.id.to_string(),
        journey: message.case,
        consent: message.consent.to_string(),
        template: message.template,
        state: message.state,
        send_at_ms: message.send_at_ms,
        ended_at_ms: message.ended_at_ms,
    }
}

/// Queues a marketing message under a live consent.
#[utoipa::path(post, path = "/v1/marketing-messages", params(("idempotency-key" = String, Header, description = "1 to 128 visible ASCII characters, unique within the institution")), request_body = MessageRequest, responses((status = 201, body = MessageView), (status = 200, body = MessageView, description = "The same request again")))]
async fn queue_message(
    State(ctx): State<Ctx>,
    partner: Partner,
    headers: HeaderMap,
    Body(asked): Body<MessageRequest>,
) -> Result<Response> {
    partner.must(Scope::UseConsents)?;
    let ask = keyed(&ctx, &partner, &headers, ("marketing-messages", &asked))?;
    let campaign = Campaign {
        template: asked.template,
        send_at_ms: asked.send_at_ms,
    };
    let (status, message) = ledger::retrying(|| async {
        let (mut tx, journey) = of_journey(&ctx, &partner, &asked.journey).await?;
        if let Some(id) = ask.answered(&tx).await? {
            let known = consent::message(&tx, &MessageId::parse(&id)?).await?;
            return Ok((StatusCode::OK, known));
        }
        let (subject, case) = (&journey.subject, journey.id.as_str());
        let message = consent::queue_message(&mut tx, subject, case, campaign).await?;
        ask.note(&mut tx, message.id.as_str()).await?;
        ledger::commit_recorded(tx).await?;
        Ok((StatusCode::CREATED, message))
    })
    .await?;
    Ok((status, Json(message_view(message))).into_response())
}

/// Where a marketing message stands.
#[utoipa::path(get, path = "/v1/marketing-messages/{id}", responses((status = 200, body = MessageView)))]
async fn message(
    State(ctx): State<Ctx>,
    partner: Partner,
    Path(id): Path<String>,
) -> Result<Json<MessageView>> {
    partner.must(Scope::UseConsents)?;
    let view = ctx.db.read(&partner.institution).await?;
    let message = consent::message(&view, &MessageId::parse(&id)?).await?;
    Ok(Json(message_view(message)))
}

#[derive(Deserialize, Serialize, utoipa::ToSchema)]
#[schema(as = ProvisionRequest)]
#[serde(deny_unknown_fields)]
struct ProvisionRequest {
    journey: String,
    recipient: String,
    items: Vec<String>,
}

#[derive(Serialize, utoipa::ToSchema)]
#[schema(as = Provision)]
struct ProvisionView {
    id: String,
    journey: String,
    consent: String,
    recipient: String,
    items: Vec<String>,
    state: WorkState,
    digest: Option<String>,
    asked_at_ms: i64,
    ended_at_ms: Option<i64>,
}

fn provision_view(provision: Provision) -> ProvisionView {
    ProvisionView {
        id: provision.id.to_string(),
        journey: provision.case,
        consent: provision.consent.to_string(),
        recipient: provision.recipient,
        items: provision.items,
        state: provision.state,
        digest: provision.digest,
        asked_at_ms: provision.asked_at_ms,
        ended_at_ms: provision.ended_at_ms,
    }
}

/// Queues giving items to a partner under a live consent, while the journey is neither over nor refused.
#[utoipa::path(post, path = "/v1/provisions", params(("idempotency-key" = String, Header, description = "1 to 128 visible ASCII characters, unique within the institution")), request_body = ProvisionRequest, responses((status = 201, body = ProvisionView), (status = 200, body = ProvisionView, description = "The same request again")))]
async fn queue_provision(
    State(ctx): State<Ctx>,
    partner: Partner,
    headers: HeaderMap,
    Body(asked): Body<ProvisionRequest>,
) -> Result<Response> {
    partner.must(Scope::UseConsents)?;
    let ask = keyed(&ctx, &partner, &headers, ("provisions", &asked))?;
    let handover = Handover {
        recipient: asked.recipient,
        items: asked.items,
    };
    let (status, provision) = ledger::retrying(|| async {
        let (mut tx, journey) = of_journey(&ctx, &partner, &asked.journey).await?;
        if let Some(id) = ask.answered(&tx).await? {
            let known = consent::provision(&tx, &ProvisionId::parse(&id)?).await?;
            return Ok((StatusCode::OK, known));
        }
        let (subject, case) = (&journey.subject, journey.id.as_str());
        steps::must_go_on(&tx, &journey, tx.now_ms()).await?;
        let provision = consent::queue_provision(&mut tx, subject, case, &handover).await?;
        ask.note(&mut tx, provision.id.as_str()).await?;
        ledger::commit_recorded(tx).await?;
        Ok((StatusCode::CREATED, provision))
    })
    .await?;
    Ok((status, Json(provision_view(provision))).into_response())
}

/// Where giving items to a partner stands.
#[utoipa::path(get, path = "/v1/provisions/{id}", responses((status = 200, body = ProvisionView)))]
async fn provision(
    State(ctx): State<Ctx>,
    partner: Partner,
    Path(id): Path<String>,
) -> Result<Json<ProvisionView>> {
    partner.must(Scope::UseConsents)?;
    let view = ctx.db.read(&partner.institution).await?;
    let provision = consent::provision(&view, &ProvisionId::parse(&id)?).await?;
    Ok(Json(provision_view(provision)))
}
