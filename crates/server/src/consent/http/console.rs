//! Notices and consents in the console.

use std::collections::HashMap;

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Response};
use serde::{Deserialize, Serialize};
use utoipa_axum::routes;

use super::search::{unknown_value, whose};
use crate::access::{self, Right, Staff};
use crate::consent::actions::notices as actions;
use crate::consent::model::{ConsentKind, NoticeId, State as Decision};
use crate::consent::notice::{Content, Document, Notice, NoticeState};
use crate::consent::store::{Whose, consents, notices};
use crate::ctx::Ctx;
use crate::db::{Page, Read};
use crate::error::{Result, Text};
use crate::http::{self, Body, Form, PageView, Paging, Path, Query, Routes, Table};
use crate::ledger;
use crate::vault::{self, Private, SubjectId};

pub fn routes() -> Routes {
    Routes::new()
        .routes(routes!(list, propose))
        .routes(routes!(one))
        .routes(routes!(publish))
        .routes(routes!(decisions))
        .routes(routes!(search))
}

#[derive(Serialize, utoipa::ToSchema)]
struct NoticeRow {
    id: String,
    code: String,
    version: i64,
    kind: ConsentKind,
    title: Text,
    state: NoticeState,
    digest: String,
    proposed_by: String,
    published_by: Option<String>,
    created_at_ms: i64,
    valid_from_ms: Option<i64>,
    published_at_ms: Option<i64>,
}

async fn notice_row(view: &impl Read, notice: &Notice) -> Result<NoticeRow> {
    let published_by = match &notice.published_by {
        Some(by) => Some(access::staff_label(view, by).await?),
        None => None,
    };
    Ok(NoticeRow {
        id: notice.id.to_string(),
        code: notice.code().to_owned(),
        version: notice.document.version,
        kind: notice.kind(),
        title: notice.document.content.title.clone(),
        state: notice.state,
        digest: notice.digest.clone(),
        proposed_by: access::staff_label(view, &notice.proposed_by).await?,
        published_by,
        created_at_ms: notice.created_at_ms,
        valid_from_ms: notice.valid_from_ms,
        published_at_ms: notice.published_at_ms,
    })
}

const NOTICES: Table = Table {
    name: "notices",
    columns: &[
        "id",
        "code",
        "version",
        "kind",
        "title.zh",
        "state",
        "digest",
        "proposed_by",
        "published_by",
        "created_at_ms",
        "valid_from_ms",
        "published_at_ms",
    ],
};

/// Every version of every notice, newest first.
#[utoipa::path(get, path = "/api/console/notices", params(Form, Paging), responses((status = 200, body = PageView<NoticeRow>)))]
async fn list(
    State(ctx): State<Ctx>,
    staff: Staff,
    Query(paging): Query<Paging>,
    Query(form): Query<Form>,
) -> Result<Response> {
    staff.must(Right::ViewConsents)?;
    let page = async |paging: Paging| {
        let limit = paging.limit()?;
        let view = ctx.db.read(&staff.institution).await?;
        let found = notices::list(&view, paging.after().unwrap_or(""), limit + 1).await?;
        let page = Page::cut(found, limit, |notice| notice.id.to_string());
        let mut rows = Vec::with_capacity(page.rows.len());
        for notice in &page.rows {
            rows.push(notice_row(&view, notice).await?);
        }
        Ok(PageView {
            rows,
            next: page.next,
        })
    };
    http::list(form, paging, NOTICES, page).await
}

#[derive(Serialize, utoipa::ToSchema)]
#[schema(as = NoticePage)]
struct NoticeView {
    #[serde(flatten)]
    row: NoticeRow,
    document: Document,
    /// The version that was in force when this one was looked at, for comparison.
    in_force: Option<Document>,
}

async fn notice_view(ctx: &Ctx, staff: &Staff, notice: Notice) -> Result<NoticeView> {
    let view = ctx.db.read(&staff.institution).await?;
    let in_force = notices::in_force(&view, notice.code(), ctx.clock.now_ms()).await?;
    Ok(NoticeView {
        row: notice_row(&view, &notice).await?,
        document: notice.document,
        in_force: in_force.map(|notice| notice.document),
    })
}

/// One version of a notice, whole.
#[utoipa::path(get, path = "/api/console/notices/{id}", responses((status = 200, body = NoticeView)))]
async fn one(
    State(ctx): State<Ctx>,
    staff: Staff,
    Path(id): Path<String>,
) -> Result<Json<NoticeView>> {
    staff.must(Right::ViewConsents)?;
    let view = ctx.db.read(&staff.institution).await?;
    let notice = notices::find(&view, &NoticeId::parse(&id)?).await?;
    drop(view);
    Ok(Json(notice_view(&ctx, &staff, notice).await?))
}

#[derive(Deserialize, utoipa::ToSchema)]
#[schema(as = NoticeDraft)]
#[serde(deny_unknown_fields)]
struct Draft {
    code: String,
    content: Content,
}

/// Drafts the next version of a notice.
#[utoipa::path(post, path = "/api/console/notices", request_body = Draft, responses((status = 201, body = NoticeView)))]
async fn propose(
    State(ctx): State<Ctx>,
    staff: Staff,
    Body(draft): Body<Draft>,
) -> Result<Response> {
    let notice =
        ledger::retrying(|| actions::propose(&ctx, &staff, &draft.code, &draft.content)).await?;
    let view = notice_view(&ctx, &staff, notice).await?;
    Ok((StatusCode::CREATED, Json(view)).into_response())
}

/// What was checked: publishing is bound to exactly that.
#[derive(Deserialize, utoipa::ToSchema)]
#[schema(as = NoticeChecked)]
#[serde(deny_unknown_fields)]
struct Checked {
    digest: String,
}

/// Puts a draft into force, by a second person.
#[utoipa::path(post, path = "/api/console/notices/{id}/publish", request_body = Checked, responses((status = 200, body = NoticeView)))]
async fn publish(
    State(ctx): State<Ctx>,
    staff: Staff,
    Path(id): Path<String>,
    Body(checked): Body<Checked>,
) -> Result<Json<NoticeView>> {
    let id = NoticeId::parse(&id)?;
    let notice = ledger::retrying(|| actions::publish(&ctx, &staff, &id, &checked.digest)).await?;
    Ok(Json(notice_view(&ctx, &staff, notice).await?))
}

#[derive(Serialize, utoipa::ToSchema)]
#[schema(as = ConsentRow)]
struct DecisionRow {
    id: String,
    person_masked: String,
    phone_masked: String,
    journey: String,
    notice: String,
    notice_version: i64,
    title: Text,
    kind: ConsentKind,
    state: Decision,
    shown_at_ms: i64,
    decided_at_ms: Option<i64>,
    valid_until_ms: Option<i64>,
    withdrawn_at_ms: Option<i64>,
    digest: String,
    receipt_digest: Option<String>,
}

const DECISIONS: Table = Table {
    name: "consents",
    columns: &[
        "id",
        "person_masked",
        "phone_masked",
        "journey",
        "notice",
        "notice_version",
        "title.zh",
        "kind",
        "state",
        "shown_at_ms",
        "decided_at_ms",
        "valid_until_ms",
        "withdrawn_at_ms",
        "digest",
        "receipt_digest",
    ],
};

#[derive(Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
struct Filters {
    #[serde(default)]
    journey: String,
    #[serde(default)]
    kind: String,
    #[serde(default)]
    state: String,
}

impl Filters {
    fn filter(self) -> Result<consents::Filter> {
        if !self.kind.is_empty() && ConsentKind::parse(&self.kind).is_none() {
            return Err(unknown_value("kind"));
        }
        if !self.state.is_empty() && Decision::parse(&self.state).is_none() {
            return Err(unknown_value("state"));
        }
        Ok(consents::Filter {
            whose: Whose::about(&self.journey),
            kind: self.kind,
            state: self.state,
        })
    }
}

/// What people decided, newest first.
#[utoipa::path(get, path = "/api/console/consents", params(Filters, Form, Paging), responses((status = 200, body = PageView<DecisionRow>)))]
async fn decisions(
    State(ctx): State<Ctx>,
    staff: Staff,
    Query(filters): Query<Filters>,
    Query(paging): Query<Paging>,
    Query(form): Query<Form>,
) -> Result<Response> {
    let filter = filters.filter()?;
    let page = |paging| rows(&ctx, &staff, &filter, paging);
    http::list(form, paging, DECISIONS, page).await
}

/// Looked for by a body, never by the address: a phone or ID number must not end in anyone's access log.
#[derive(Deserialize, utoipa::ToSchema)]
#[schema(as = ConsentSearch)]
#[serde(deny_unknown_fields)]
struct Search {
    q: Private<String>,
    #[serde(default)]
    kind: String,
    #[serde(default)]
    state: String,
}

/// Decisions of one person or one journey.
#[utoipa::path(post, path = "/api/console/consents/search", params(Paging), request_body = Search, responses((status = 200, body = PageView<DecisionRow>)))]
async fn search(
    State(ctx): State<Ctx>,
    staff: Staff,
    Query(paging): Query<Paging>,
    Body(search): Body<Search>,
) -> Result<Json<PageView<DecisionRow>>> {
    staff.must(Right::ViewConsents)?;
    let filter = consents::Filter {
        whose: whose(&ctx, &staff, &search.q).await?,
        ..Filters {
            journey: String::new(),
            kind: search.kind,
            state: search.state,
        }
        .filter()?
    };
    Ok(Json(rows(&ctx, &staff, &filter, paging).await?))
}

async fn rows(
    ctx: &Ctx,
    staff: &Staff,
    filter: &consents::Filter,
    paging: Paging,
) -> Result<PageView<DecisionRow>> {
    staff.must(Right::ViewConsents)?;
    let limit = paging.limit()?;
    let view = ctx.db.read(&staff.institution).await?;
    let found = consents::list(&view, filter, paging.after().unwrap_or(""), limit + 1).await?;
    let page = Page::cut(found, limit, |consent| consent.id.to_string());
    let ids: Vec<SubjectId> = page.rows.iter().map(|row| row.subject.clone()).collect();
    let people = vault::subjects(ctx, &view, &ids).await?;
    let mut known: HashMap<String, Notice> = HashMap::new();
    let mut rows = Vec::with_capacity(page.rows.len());
    for consent in page.rows {
        let key = consent.notice.to_string();
        if !known.contains_key(&key) {
            known.insert(key.clone(), notices::find(&view, &consent.notice).await?);
        }
        let Some(notice) = known.get(&key) else {
            continue;
        };
        let person = people.get(&consent.subject);
        rows.push(DecisionRow {
            id: consent.id.to_string(),
            person_masked: person.map_or_else(String::new, |p| p.name_masked.clone()),
            phone_masked: person.map_or_else(String::new, |p| p.phone_masked.clone()),
            journey: consent.case,
            notice: consent.code,
            notice_version: notice.document.version,
            title: notice.document.content.title.clone(),
            kind: consent.kind,
            state: consent.state,
            shown_at_ms: consent.shown_at_ms,
            decided_at_ms: consent.decided_at_ms,
            valid_until_ms: consent.valid_until_ms,
            withdrawn_at_ms: consent.withdrawn_at_ms,
            digest: consent.digest,
            receipt_digest: consent.receipt_digest,
        });
    }
    Ok(PageView {
        rows,
        next: page.next,
    })
}
