//! Subjects: searched, listed, seen from outside, and one item opened.

use axum::Json;
use axum::extract::State;
use axum::response::Response;
use serde::{Deserialize, Serialize};
use utoipa_axum::routes;

use crate::access::{self, Right, Staff};
use crate::ctx::Ctx;
use crate::db::View;
use crate::error::{Error, Result};
use crate::http::{self, Body, Form, PageView, Paging, Path, Query, Routes, Table};
use crate::ledger;
use crate::vault::{
    self, Card, ItemKind, Private, Purpose, Reason, Subject, SubjectId, SubjectKind,
};

pub fn routes() -> Routes {
    Routes::new()
        .routes(routes!(list))
        .routes(routes!(search))
        .routes(routes!(one))
        .routes(routes!(open))
}

/// A subject as lists show it.
#[derive(Serialize, utoipa::ToSchema)]
#[schema(as = SubjectRow)]
struct Row {
    id: String,
    /// Of a business, `id_number_masked` is its credit code.
    kind: SubjectKind,
    name_masked: String,
    id_number_masked: String,
    phone_masked: String,
}

impl From<Subject> for Row {
    fn from(subject: Subject) -> Self {
        Self {
            id: subject.id.to_string(),
            kind: subject.kind,
            name_masked: subject.name_masked,
            id_number_masked: subject.id_number_masked,
            phone_masked: subject.phone_masked,
        }
    }
}

const TABLE: Table = Table {
    name: "subjects",
    columns: &[
        "id",
        "kind",
        "name_masked",
        "id_number_masked",
        "phone_masked",
    ],
};

/// Subjects, newest first, masked.
#[utoipa::path(get, path = "/api/console/subjects", params(Paging, Form), responses((status = 200, body = PageView<Row>)))]
async fn list(
    State(ctx): State<Ctx>,
    staff: Staff,
    Query(paging): Query<Paging>,
    Query(form): Query<Form>,
) -> Result<Response> {
    staff.must(Right::ViewSubjects)?;
    let page = |paging| rows(&ctx, &staff, paging);
    http::list(form, paging, TABLE, page).await
}

async fn rows(ctx: &Ctx, staff: &Staff, paging: Paging) -> Result<PageView<Row>> {
    let view = ctx.db.read(&staff.institution).await?;
    let page = vault::list(ctx, &view, paging.after(), paging.limit()?).await?;
    Ok(page.map(Row::from).into())
}

/// Looked for by a body, never by the address: a phone or ID number must not end in anyone's access log.
#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = SubjectSearch)]
struct Search {
    /// A whole phone, ID number or credit code.
    q: Private<String>,
}

const SEARCH_CHARS_MAX: usize = 64;

/// Subjects with exactly this phone, ID number or credit code.
#[utoipa::path(post, path = "/api/console/subjects/search", request_body = Search, responses((status = 200, body = PageView<Row>)))]
async fn search(
    State(ctx): State<Ctx>,
    staff: Staff,
    Body(search): Body<Search>,
) -> Result<Json<PageView<Row>>> {
    staff.must(Right::ViewSubjects)?;
    let q = search.q.expose().trim();
    if q.is_empty() || q.chars().count() > SEARCH_CHARS_MAX {
        return Err(Error::field(
            "q",
            "malformed",
            "请输入 1 至 64 个字符。",
            "Type 1 to 64 characters.",
        ));
    }
    let view = ctx.db.read(&staff.institution).await?;
    let mut ids = Vec::new();
    for kind in [ItemKind::Phone, ItemKind::IdNumber, ItemKind::CreditCode] {
        ids.extend(vault::search(&ctx, &view, kind, q).await?);
    }
    let mut found = vault::subjects(&ctx, &view, &ids).await?;
    let rows = ids.iter().filter_map(|id| found.remove(id)).map(Row::from);
    Ok(Json(PageView {
        rows: rows.collect(),
        next: None,
    }))
}

/// An item from outside.
#[derive(Serialize, utoipa::ToSchema)]
#[schema(as = SubjectItem)]
struct ItemView {
    item: &'static str,
    /// The journey that it serves alone; absent for what serves all of them.
    journey: Option<String>,
    masked: String,
    version: i64,
    class: String,
    purpose: String,
    source: String,
    /// The longest retention rule that applies.
    retention: &'static str,
    retention_years: i16,
    retention_source: &'static str,
    updated_at_ms: i64,
}

/// One item of a grant.
#[derive(Serialize, utoipa::ToSchema)]
#[schema(as = SubjectGrant)]
struct GrantView {
    id: String,
    item: String,
    purpose: String,
    basis: String,
    /// The consent or relation it rests on.
    rests_on: Option<String>,
    granted_at_ms: i64,
    until_ms: i64,
    ended_at_ms: Option<i64>,
    ended_why: Option<String>,
    live: bool,
}

/// A legal hold that stands.
#[derive(Serialize, utoipa::ToSchema)]
#[schema(as = SubjectHold)]
struct HoldView {
    id: String,
    why: String,
    placed_by: String,
    placed_at_ms: i64,
}

/// A proposal that waits for the second person.
#[derive(Serialize, utoipa::ToSchema)]
#[schema(as = SubjectDestruction)]
struct ProposedView {
    id: String,
    why: String,
    proposed_by: String,
    proposed_at_ms: i64,
    /// The reader proposed it and can't be the second person.
    own: bool,
}

/// A subject with everything that is kept about them, masked.
#[derive(Serialize, utoipa::ToSchema)]
#[schema(as = SubjectCard)]
pub(super) struct CardView {
    #[serde(flatten)]
    row: Row,
    created_at_ms: i64,
    relation_ended_at_ms: Option<i64>,
    /// Days until the retention rules let the data go; absent while the relation lasts.
    days_left: Option<i64>,
    items: Vec<ItemView>,
    grants: Vec<GrantView>,
    holds: Vec<HoldView>,
    proposed: Option<ProposedView>,
}

/// One subject from outside.
#[utoipa::path(get, path = "/api/console/subjects/{id}", responses((status = 200, body = CardView)))]
async fn one(
    State(ctx): State<Ctx>,
    staff: Staff,
    Path(id): Path<String>,
) -> Result<Json<CardView>> {
    staff.must(Right::ViewSubjects)?;
    let id = SubjectId::parse(&id)?;
    Ok(Json(card(&ctx, &staff, &id).await?))
}

pub(super) async fn card(ctx: &Ctx, staff: &Staff, id: &SubjectId) -> Result<CardView> {
    let view = ctx.db.read(&staff.institution).await?;
    let card = vault::card(ctx, &view, id).await?;
    card_view(&view, staff, card, ctx.clock.now_ms()).await
}

async fn card_view(view: &View, staff: &Staff, card: Card, now_ms: i64) -> Result<CardView> {
    let mut holds = Vec::with_capacity(card.holds.len());
    for hold in card.holds {
        holds.push(HoldView {
            id: hold.hold().to_string(),
            placed_by: access::staff_label(view, &hold.placed_by).await?,
            why: hold.why,
            placed_at_ms: hold.placed_at_ms,
        });
    }
    let proposed = match card.proposed {
        Some(row) => Some(ProposedView {
            own: row.proposed_by == staff.id.as_str(),
            proposed_by: access::staff_label(view, &row.proposed_by).await?,
            id: row.destruction().to_string(),
            why: row.why,
            proposed_at_ms: row.proposed_at_ms,
        }),
        None => None,
    };
    let items = card.items.into_iter().map(|item| ItemView {
        item: item.kind.as_str(),
        journey: item.row.case_id,
        masked: item.mask,
        version: item.row.version,
        class: item.row.class,
        purpose: item.row.purpose,
        source: item.row.source,
        retention: item.rule.code,
        retention_years: item.rule.years,
        retention_source: item.rule.source,
        updated_at_ms: item.row.updated_at_ms,
    });
    let grants = card.grants.into_iter().map(|grant| GrantView {
        live: grant.ended_at_ms.is_none() && grant.until_ms > now_ms,
        id: grant.id,
        item: grant.item,
        purpose: grant.purpose,
        basis: grant.basis,
        rests_on: grant.source,
        granted_at_ms: grant.granted_at_ms,
        until_ms: grant.until_ms,
        ended_at_ms: grant.ended_at_ms,
        ended_why: grant.ended_why,
    });
    Ok(CardView {
        row: card.subject.into(),
        created_at_ms: card.created_at_ms,
        relation_ended_at_ms: card.relation_ended_at_ms,
        days_left: card.days_left,
        items: items.collect(),
        grants: grants.collect(),
        holds,
        proposed,
    })
}

/// Which item is opened, for what, and why.
#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = SubjectOpen)]
struct Opening {
    item: String,
    purpose: String,
    /// 2 to 200 characters in one's own words, without anybody's numbers.
    reason: Private<String>,
    /// The journey it is about, whose own value is opened if it has one; an opening without one is listed as strange.
    journey: Option<String>,
}

/// An item in clear.
#[derive(Serialize, utoipa::ToSchema)]
#[schema(as = SubjectOpened)]
struct Opened {
    item: &'static str,
    value: String,
    /// The page hides it again after so long.
    shown_ms: i64,
}

const SHOWN_MS: i64 = 30_000;
const JOURNEY_CHARS_MAX: usize = 64;

/// Opens one item in clear, which is a fact that the person can see.
#[utoipa::path(post, path = "/api/console/subjects/{id}/open", request_body = Opening, responses((status = 200, body = Opened)))]
async fn open(
    State(ctx): State<Ctx>,
    staff: Staff,
    Path(id): Path<String>,
    Body(asked): Body<Opening>,
) -> Result<Json<Opened>> {
    staff.must_now(Right::OpenItems, ctx.clock.now_ms())?;
    let id = SubjectId::parse(&id)?;
    let unknown = |path: &str| {
        Error::field(
            path,
            "unknown_value",
            "没有这个取值。",
            "There is no such value.",
        )
    };
    let item = ItemKind::parse(&asked.item).ok_or_else(|| unknown("item"))?;
    let purpose = Purpose::parse(&asked.purpose).ok_or_else(|| unknown("purpose"))?;
    let case = asked.journey.filter(|journey| !journey.is_empty());
    let plain = |case: &String| {
        case.len() <= JOURNEY_CHARS_MAX
            && case.starts_with("jny_")
            && case.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_')
    };
    if case.as_ref().is_some_and(|case| !plain(case)) {
        return Err(unknown("journey"));
    }
    let reason = Reason {
        text: asked.reason,
        case,
    };
    let value = ledger::retrying(|| async {
        let mut tx = ledger::begin(&ctx, &staff.seat()).await?;
        let value = vault::open_explained(&mut tx, &id, item, purpose, &reason).await?;
        ledger::commit_recorded(tx).await?;
        Ok(value)
    })
    .await?;
    Ok(Json(Opened {
        item: item.as_str(),
        value: value.expose().clone(),
        shown_ms: SHOWN_MS,
    }))
}
