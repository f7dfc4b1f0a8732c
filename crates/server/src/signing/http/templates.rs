//! Contract templates in the console.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Response};
use serde::{Deserialize, Serialize};
use utoipa_axum::routes;

use crate::access::{self, Right, Staff};
use crate::ctx::Ctx;
use crate::db::{Page, Read};
use crate::error::{Error, Result, Text};
use crate::http::{self, Body, Form, PageView, Paging, Path, Query, Routes, Table};
use crate::ledger;
use crate::signing::actions::templates as actions;
use crate::signing::preview;
use crate::signing::store::templates as store;
use crate::signing::template::{Content, Document, Template, TemplateId, TemplateState};

pub fn routes() -> Routes {
    Routes::new()
        .routes(routes!(list, propose))
        .routes(routes!(one))
        .routes(routes!(publish))
        .routes(routes!(sample))
}

#[derive(Serialize, utoipa::ToSchema)]
#[schema(as = ContractTemplateRow)]
struct Row {
    id: String,
    code: String,
    version: i64,
    title: Text,
    state: TemplateState,
    digest: String,
    proposed_by: String,
    published_by: Option<String>,
    created_at_ms: i64,
    valid_from_ms: Option<i64>,
    published_at_ms: Option<i64>,
}

async fn row(view: &impl Read, template: &Template) -> Result<Row> {
    let published_by = match &template.published_by {
        Some(by) => Some(access::staff_label(view, by).await?),
        None => None,
    };
    Ok(Row {
        id: template.id.to_string(),
        code: template.code().to_owned(),
        version: template.document.version,
        title: template.document.content.title.clone(),
        state: template.state,
        digest: template.digest.clone(),
        proposed_by: access::staff_label(view, &template.proposed_by).await?,
        published_by,
        created_at_ms: template.created_at_ms,
        valid_from_ms: template.valid_from_ms,
        published_at_ms: template.published_at_ms,
    })
}

const TABLE: Table = Table {
    name: "contract-templates",
    columns: &[
        "id",
        "code",
        "version",
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

/// Every version of every contract template, newest first.
#[utoipa::path(get, path = "/api/console/contract-templates", params(Form, Paging), responses((status = 200, body = PageView<Row>)))]
async fn list(
    State(ctx): State<Ctx>,
    staff: Staff,
    Query(paging): Query<Paging>,
    Query(form): Query<Form>,
) -> Result<Response> {
    staff.must(Right::ViewContracts)?;
    let page = async |paging: Paging| {
        let limit = paging.limit()?;
        let view = ctx.db.read(&staff.institution).await?;
        let found = store::list(&view, paging.after().unwrap_or(""), limit + 1).await?;
        let page = Page::cut(found, limit, |template| template.id.to_string());
        let mut rows = Vec::with_capacity(page.rows.len());
        for template in &page.rows {
            rows.push(row(&view, template).await?);
        }
        Ok(PageView {
            rows,
            next: page.next,
        })
    };
    http::list(form, paging, TABLE, page).await
}

#[derive(Serialize, utoipa::ToSchema)]
#[schema(as = ContractTemplatePage)]
struct View {
    #[serde(flatten)]
    row: Row,
    document: Document,
    /// The version that was in force when this one was looked at, for comparison.
    in_force: Option<Document>,
}

async fn view_of(ctx: &Ctx, staff: &Staff, template: Template) -> Result<View> {
    let view = ctx.db.read(&staff.institution).await?;
    let in_force = store::in_force(&view, template.code(), ctx.clock.now_ms()).await?;
    Ok(View {
        row: row(&view, &template).await?,
        document: template.document,
        in_force: in_force.map(|template| template.document),
    })
}

async fn found(ctx: &Ctx, staff: &Staff, id: &str) -> Result<Template> {
    staff.must(Right::ViewContracts)?;
    let view = ctx.db.read(&staff.institution).await?;
    store::find(&view, &TemplateId::parse(id)?).await
}

/// One version of a template, whole.
#[utoipa::path(get, path = "/api/console/contract-templates/{id}", responses((status = 200, body = View)))]
async fn one(State(ctx): State<Ctx>, staff: Staff, Path(id): Path<String>) -> Result<Json<View>> {
    let template = found(&ctx, &staff, &id).await?;
    Ok(Json(view_of(&ctx, &staff, template).await?))
}

#[derive(Deserialize, utoipa::ToSchema)]
#[schema(as = ContractTemplateDraft)]
#[serde(deny_unknown_fields)]
struct Draft {
    code: String,
    content: Content,
}

/// Drafts the next version of a template.
#[utoipa::path(post, path = "/api/console/contract-templates", request_body = Draft, responses((status = 201, body = View)))]
async fn propose(
    State(ctx): State<Ctx>,
    staff: Staff,
    Body(draft): Body<Draft>,
) -> Result<Response> {
    let template =
        ledger::retrying(|| actions::propose(&ctx, &staff, &draft.code, &draft.content)).await?;
    let view = view_of(&ctx, &staff, template).await?;
    Ok((StatusCode::CREATED, Json(view)).into_response())
}

/// What was checked: publishing is bound to exactly that.
#[derive(Deserialize, utoipa::ToSchema)]
#[schema(as = ContractTemplateChecked)]
#[serde(deny_unknown_fields)]
struct Checked {
    digest: String,
}

/// Puts a draft into force, by a second person.
#[utoipa::path(post, path = "/api/console/contract-templates/{id}/publish", request_body = Checked, responses((status = 200, body = View)))]
async fn publish(
    State(ctx): State<Ctx>,
    staff: Staff,
    Path(id): Path<String>,
    Body(checked): Body<Checked>,
) -> Result<Json<View>> {
    let id = TemplateId::parse(&id)?;
    let template =
        ledger::retrying(|| actions::publish(&ctx, &staff, &id, &checked.digest)).await?;
    Ok(Json(view_of(&ctx, &staff, template).await?))
}

/// Whose example loan fills the sample.
#[derive(Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
struct Example {
    /// Code of a released product.
    product: String,
}

/// A template set for an invented person and a product's example loan, to look at before it is published.
#[utoipa::path(get, path = "/api/console/contract-templates/{id}/sample", params(Example), responses((status = 200, content_type = "application/pdf")))]
async fn sample(
    State(ctx): State<Ctx>,
    staff: Staff,
    Path(id): Path<String>,
    Query(example): Query<Example>,
) -> Result<Response> {
    let template = found(&ctx, &staff, &id).await?;
    let pdf = preview::sample(&ctx, &staff.institution, &template, &example.product)
        .await?
        .ok_or_else(|| {
            Error::field(
                "product",
                "unknown_product",
                "没有这个产品。",
                "There is no such product.",
            )
        })?;
    http::attachment(pdf, "application/pdf", "sample.pdf")
}
