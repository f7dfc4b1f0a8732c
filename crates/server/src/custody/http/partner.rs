//! Destructions for the lender's own systems: what to delete there too, and the certificate.

use axum::Json;
use axum::extract::State;
use axum::response::Response;
use serde::Serialize;
use utoipa_axum::routes;

use crate::access::{Partner, Scope};
use crate::ctx::Ctx;
use crate::custody::certificate;
use crate::custody::store::{self, Edition};
use crate::error::Result;
use crate::http::{self, PageView, Paging, Path, Query, Routes};
use crate::vault::{self, DestructionId, DestructionRow};

pub fn routes() -> Routes {
    Routes::new()
        .routes(routes!(list))
        .routes(routes!(certified))
}

/// A destruction, without anybody's name.
#[derive(Serialize, utoipa::ToSchema)]
#[schema(as = PartnerDestruction)]
struct Row {
    id: String,
    subject_id: String,
    why: String,
    /// `proposed` or `done`.
    state: String,
    /// Which kinds of items were destroyed; empty before.
    kinds: Vec<&'static str>,
    destroyed_at_ms: Option<i64>,
    items: i64,
    facts: i64,
    /// Absent until the certificate is printed.
    certificate: Option<Edition>,
    /// SHA-256 of the certificate, hex.
    certificate_digest: Option<String>,
}

/// Destructions, newest first.
#[utoipa::path(get, path = "/v1/destructions", params(Paging), responses((status = 200, body = PageView<Row>)))]
async fn list(
    State(ctx): State<Ctx>,
    partner: Partner,
    Query(paging): Query<Paging>,
) -> Result<Json<PageView<Row>>> {
    partner.must(Scope::ReadDestructions)?;
    let view = ctx.db.read(&partner.institution).await?;
    let page = vault::destroyed(&view, paging.after(), paging.limit()?).await?;
    let ids: Vec<DestructionId> = page.rows.iter().map(DestructionRow::destruction).collect();
    let mut certificates = store::of(&view, &ids).await?;
    let rows = page.map(|row| {
        let certificate = certificates.remove(&row.destruction());
        Row {
            id: row.destruction().to_string(),
            kinds: row.kinds().iter().map(|kind| kind.as_str()).collect(),
            subject_id: row.subject_id,
            why: row.why,
            state: row.state,
            destroyed_at_ms: row.approved_at_ms,
            items: row.items,
            facts: row.facts,
            certificate: certificate.as_ref().map(|one| one.edition),
            certificate_digest: certificate.map(|one| one.digest),
        }
    });
    Ok(Json(rows.into()))
}

/// The certificate of a destruction, PDF/A.
#[utoipa::path(get, path = "/v1/destructions/{id}/certificate", responses((status = 200, content_type = "application/pdf")))]
async fn certified(
    State(ctx): State<Ctx>,
    partner: Partner,
    Path(id): Path<String>,
) -> Result<Response> {
    partner.must(Scope::ReadDestructions)?;
    let id = DestructionId::parse(&id)?;
    let pdf = certificate::read(&ctx, &partner.institution, &id).await?;
    http::attachment(pdf, "application/pdf", &format!("{id}.pdf"))
}
