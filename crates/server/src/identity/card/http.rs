//! The console's side: accounts that wait for a person, and what staff swear to.

use axum::Json;
use axum::extract::State;
use axum::response::Response;
use serde::{Deserialize, Serialize};
use utoipa_axum::routes;

use super::Card;
use super::actions::attest_card;
use crate::access::{Right, Staff};
use crate::ctx::Ctx;
use crate::db::Page;
use crate::error::{Error, Result};
use crate::http::{self, Body, Form, PageView, Paging, Path, Query, Routes, Table};
use crate::identity::model::{Answer, Origin, Phase, Reason, Verdict};
use crate::identity::store::cards;
use crate::ledger;
use crate::vault::{self, SubjectId};

pub fn routes() -> Routes {
    Routes::new().routes(routes!(list)).routes(routes!(attest))
}

/// The account of one journey.
#[derive(Serialize, utoipa::ToSchema)]
#[schema(as = AccountCheckRow)]
struct Row {
    /// The journey's.
    id: String,
    borrower_masked: String,
    account_masked: String,
    phase: Phase,
    answer: Option<Answer>,
    reason: Option<Reason>,
    provider: Option<String>,
    origin: Option<Origin>,
    tries: i64,
    /// Which card of this journey it is, from 1.
    round: i64,
    asked_at_ms: i64,
    settled_at_ms: Option<i64>,
    /// Somebody said that it is not theirs: a yes takes two people.
    denied_at_ms: Option<i64>,
    /// The caller is the one of the two who said yes.
    own: bool,
    /// One of the two said yes.
    seen: bool,
}

impl Row {
    fn of(staff: &Staff, card: Card, borrower_masked: String) -> Self {
        Self {
            id: card.case,
            borrower_masked,
            account_masked: card.account_masked,
            phase: card.phase,
            answer: card.answer,
            reason: card.reason,
            provider: card.provider,
            origin: card.origin,
            tries: card.tries,
            round: card.round,
            asked_at_ms: card.asked_at_ms,
            settled_at_ms: card.settled_at_ms,
            denied_at_ms: card.denied_at_ms,
            own: card.seen_by.as_deref() == Some(staff.id.as_str()),
            seen: card.seen_by.is_some(),
        }
    }
}

#[derive(Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
struct Filters {
    #[serde(default)]
    phase: String,
}

const TABLE: Table = Table {
    name: "accounts",
    columns: &[
        "id",
        "borrower_masked",
        "account_masked",
        "phase",
        "answer",
        "reason",
        "provider",
        "origin",
        "tries",
        "round",
        "asked_at_ms",
        "settled_at_ms",
        "denied_at_ms",
    ],
};

/// Accounts that loans are paid into, newest first.
#[utoipa::path(get, path = "/api/console/accounts", params(Filters, Paging, Form), responses((status = 200, body = PageView<Row>)))]
async fn list(
    State(ctx): State<Ctx>,
    staff: Staff,
    Query(filters): Query<Filters>,
    Query(paging): Query<Paging>,
    Query(form): Query<Form>,
) -> Result<Response> {
    staff.must(Right::ViewIdentity)?;
    if !filters.phase.is_empty() && Phase::parse(&filters.phase).is_none() {
        return Err(Error::field(
            "phase",
            "unknown_value",
            "没有这个状态。",
            "There is no such phase.",
        ));
    }
    let page = |paging| rows(&ctx, &staff, &filters.phase, paging);
    http::list(form, paging, TABLE, page).await
}

async fn rows(ctx: &Ctx, staff: &Staff, phase: &str, paging: Paging) -> Result<PageView<Row>> {
    let limit = paging.limit()?;
    let view = ctx.db.read(&staff.institution).await?;
    let found = cards::list(&view, phase, paging.after().unwrap_or(""), limit + 1).await?;
    let page = Page::cut(found, limit, |card| card.case.clone());
    let ids: Vec<SubjectId> = page.rows.iter().map(|card| card.subject.clone()).collect();
    let subjects = vault::subjects(ctx, &view, &ids).await?;
    Ok(page
        .map(|card| {
            let name = subjects.get(&card.subject).map(|s| s.name_masked.clone());
            Row::of(staff, card, name.unwrap_or_default())
        })
        .into())
}

/// Whose the account is, as a member of staff saw on the card or on the bank's paper.
#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
struct AccountAttestation {
    verdict: Verdict,
    /// Of the account as it was looked at.
    round: i64,
}

/// What a member of staff saw of an account.
#[utoipa::path(post, path = "/api/console/accounts/{id}/attest", request_body = AccountAttestation, responses((status = 200, body = Row)))]
async fn attest(
    State(ctx): State<Ctx>,
    staff: Staff,
    Path(id): Path<String>,
    Body(what): Body<AccountAttestation>,
) -> Result<Json<Row>> {
    ledger::retrying(|| attest_card(&ctx, &staff, &id, what.round, what.verdict)).await?;
    let view = ctx.db.read(&staff.institution).await?;
    let card = cards::find(&view, &id)
        .await?
        .ok_or_else(Error::not_found)?;
    let subject = vault::subject_in(&ctx, &view, &card.subject, &card.case).await?;
    Ok(Json(Row::of(&staff, card, subject.name_masked)))
}
