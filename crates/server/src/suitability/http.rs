//! The console's side: what was held or refused and waits for a human look.

use axum::Json;
use axum::extract::State;
use axum::response::Response;
use serde::{Deserialize, Serialize};
use utoipa_axum::routes;

use super::actions;
use super::model::{Cause, Review, ReviewId, Step, Verdict};
use super::store;
use super::views::ReasonView;
use crate::access::{self, Right, Staff};
use crate::ctx::Ctx;
use crate::db::Page;
use crate::error::{Error, Result};
use crate::http::{self, Body, Form, PageView, Paging, Path, Query, Routes, Table};
use crate::ledger;
use crate::vault::{self, ItemKind, Private, Subject, SubjectId};

pub fn routes() -> Routes {
    Routes::new()
        .routes(routes!(list))
        .routes(routes!(search))
        .routes(routes!(one))
        .routes(routes!(close))
}

/// One review in the list.
#[derive(Serialize, utoipa::ToSchema)]
#[schema(as = ReviewRow)]
struct Row {
    id: String,
    /// The journey's id.
    case: String,
    borrower_masked: String,
    phone_masked: String,
    step: Step,
    cause: Cause,
    asked_at_ms: i64,
    due_at_ms: i64,
    verdict: Option<Verdict>,
    closed_at_ms: Option<i64>,
}

impl Row {
    fn of(review: &Review, subject: Option<&Subject>) -> Self {
        Self {
            id: review.id.to_string(),
            case: review.case.clone(),
            borrower_masked: subject.map_or_else(String::new, |s| s.name_masked.clone()),
            phone_masked: subject.map_or_else(String::new, |s| s.phone_masked.clone()),
            step: review.step,
            cause: review.cause,
            asked_at_ms: review.asked_at_ms,
            due_at_ms: review.due_at_ms,
            verdict: review.verdict,
            closed_at_ms: review.closed_at_ms,
        }
    }
}

#[derive(Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
struct Filters {
    #[serde(default)]
    state: String,
    #[serde(default)]
    step: String,
    #[serde(default)]
    cause: String,
    #[serde(default)]
    journey: String,
}

impl Filters {
    fn filter(self) -> Result<store::Filter> {
        let open_or_closed = ["", "open", "closed"].contains(&self.state.as_str());
        for (path, known) in [
            ("state", open_or_closed),
            (
                "step",
                self.step.is_empty() || Step::parse(&self.step).is_some(),
            ),
            (
                "cause",
                self.cause.is_empty() || Cause::parse(&self.cause).is_some(),
            ),
        ] {
            if !known {
                return Err(Error::field(
                    path,
                    "unknown_value",
                    "没有这个选项。",
                    "There is no such value.",
                ));
            }
        }
        Ok(store::Filter {
            state: self.state,
            step: self.step,
            cause: self.cause,
            case: self.journey,
            subjects: None,
        })
    }
}

/// Looked for by a body, never by the address: a phone or ID number must not end in anyone's access log.
#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
struct ReviewSearch {
    /// A journey's id, a whole phone or a whole ID number.
    q: Private<String>,
    #[serde(default)]
    state: String,
    #[serde(default)]
    step: String,
    #[serde(default)]
    cause: String,
}

const SEARCH_CHARS_MAX: usize = 64;

/// Subjects that one phone or ID number may belong to; more would be a search by chance.
const SUBJECTS_MAX: usize = 20;

const TABLE: Table = Table {
    name: "reviews",
    columns: &[
        "id",
        "case",
        "borrower_masked",
        "phone_masked",
        "step",
        "cause",
        "asked_at_ms",
        "due_at_ms",
        "verdict",
        "closed_at_ms",
    ],
};

/// Reviews, newest first.
#[utoipa::path(get, path = "/api/console/reviews", params(Filters, Paging, Form), responses((status = 200, body = PageView<Row>)))]
async fn list(
    State(ctx): State<Ctx>,
    staff: Staff,
    Query(filters): Query<Filters>,
    Query(paging): Query<Paging>,
    Query(form): Query<Form>,
) -> Result<Response> {
    staff.must(Right::ReviewSuitability)?;
    let filter = filters.filter()?;
    let page = |paging| rows(&ctx, &staff, &filter, paging);
    http::list(form, paging, TABLE, page).await
}

/// Reviews of one person or one journey.
#[utoipa::path(post, path = "/api/console/reviews/search", params(Paging), request_body = ReviewSearch, responses((status = 200, body = PageView<Row>)))]
async fn search(
    State(ctx): State<Ctx>,
    staff: Staff,
    Query(paging): Query<Paging>,
    Body(search): Body<ReviewSearch>,
) -> Result<Json<PageView<Row>>> {
    staff.must(Right::ReviewSuitability)?;
    let q = search.q.expose().trim();
    if q.is_empty() || q.chars().count() > SEARCH_CHARS_MAX || q.chars().any(char::is_control) {
        return Err(Error::field(
            "q",
            "malformed",
            "请输入 1 至 64 个字符。",
            "Type 1 to 64 characters.",
        ));
    }
    let mut filter = Filters {
        state: search.state,
        step: search.step,
        cause: search.cause,
        journey: String::new(),
    }
    .filter()?;
    if q.starts_with("jny_") {
        filter.case = q.to_owned();
    } else {
        let view = ctx.db.read(&staff.institution).await?;
        let mut subjects = Vec::new();
        for kind in [ItemKind::Phone, ItemKind::IdNumber] {
            subjects.extend(vault::search(&ctx, &view, kind, q).await?);
        }
        subjects.truncate(SUBJECTS_MAX);
        filter.subjects = Some(subjects);
    }
    Ok(Json(rows(&ctx, &staff, &filter, paging).await?))
}

async fn rows(
    ctx: &Ctx,
    staff: &Staff,
    filter: &store::Filter,
    paging: Paging,
) -> Result<PageView<Row>> {
    let limit = paging.limit()?;
    let view = ctx.db.read(&staff.institution).await?;
    let reviews = store::list(&view, filter, paging.after().unwrap_or(""), limit + 1).await?;
    let page = Page::cut(reviews, limit, |review| review.id.to_string());
    let ids: Vec<SubjectId> = page.rows.iter().map(|r| r.subject.clone()).collect();
    let subjects = vault::subjects(ctx, &view, &ids).await?;
    Ok(page
        .map(|review| Row::of(&review, subjects.get(&review.subject)))
        .into())
}

/// A review with what it is about.
#[derive(Serialize, utoipa::ToSchema)]
#[schema(as = ReviewPage)]
struct ReviewView {
    #[serde(flatten)]
    row: Row,
    reasons: Vec<ReasonView>,
    words: Option<String>,
    reviewer: Option<String>,
    /// Who decided what is looked at, when that was a member of staff: somebody else must look.
    decided_by: Option<String>,
}

/// One review with what it is about.
#[utoipa::path(get, path = "/api/console/reviews/{id}", responses((status = 200, body = ReviewView)))]
async fn one(
    State(ctx): State<Ctx>,
    staff: Staff,
    Path(id): Path<String>,
) -> Result<Json<ReviewView>> {
    staff.must(Right::ReviewSuitability)?;
    Ok(Json(
        review_view(&ctx, &staff, &ReviewId::parse(&id)?).await?,
    ))
}

async fn review_view(ctx: &Ctx, staff: &Staff, id: &ReviewId) -> Result<ReviewView> {
    let view = ctx.db.read(&staff.institution).await?;
    let review = store::review(&view, id).await?;
    let subject = vault::subject(ctx, &view, &review.subject).await?;
    let reasons = match review.step {
        Step::Affordability => {
            let case = store::find(&view, &review.case).await?;
            let ours = case.map_or_else(Vec::new, |case| case.reasons);
            ours.into_iter().map(ReasonView::from).collect()
        }
        Step::CreditDecision => {
            let decision = store::decision(&view, &review.case).await?;
            let theirs = decision.map_or_else(Vec::new, |decision| decision.given.reasons);
            theirs.into_iter().map(ReasonView::from).collect()
        }
    };
    let mut labels = Vec::new();
    for seat in [&review.reviewer, &review.decided_by] {
        labels.push(match seat {
            Some(id) => Some(access::staff_label(&view, id).await?),
            None => None,
        });
    }
    let decided_by = labels.pop().flatten();
    Ok(ReviewView {
        row: Row::of(&review, Some(&subject)),
        reasons,
        words: review.words,
        reviewer: labels.pop().flatten(),
        decided_by,
    })
}

#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
struct Closing {
    verdict: Verdict,
    words: String,
}

/// Concludes a review, with words for the person.
#[utoipa::path(post, path = "/api/console/reviews/{id}/close", request_body = Closing, responses((status = 200, body = ReviewView)))]
async fn close(
    State(ctx): State<Ctx>,
    staff: Staff,
    Path(id): Path<String>,
    Body(closing): Body<Closing>,
) -> Result<Json<ReviewView>> {
    let id = ReviewId::parse(&id)?;
    let Closing { verdict, words } = closing;
    ledger::retrying(|| actions::close_review(&ctx, &staff, &id, verdict, &words)).await?;
    Ok(Json(review_view(&ctx, &staff, &id).await?))
}
