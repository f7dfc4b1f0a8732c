//! Help at the counter, from the console: tablets, and scans of what was signed on paper.

use axum::Json;
use axum::body::Bytes;
use axum::extract::rejection::BytesRejection;
use axum::extract::{DefaultBodyLimit, State};
use axum::http::StatusCode;
use axum::response::Response;
use serde::{Deserialize, Serialize};
use utoipa_axum::routes;

use super::{JourneyId, actions, store};
use crate::access::{self, Right, Staff};
use crate::counter::{self, ScanId};
use crate::ctx::Ctx;
use crate::db::Page;
use crate::disclosure::{self, Seen};
use crate::error::Result;
use crate::http::{self, Body, Form, PageView, Paging, Path, Query, Routes, Table};
use crate::ledger;

pub fn routes() -> Routes {
    Routes::new()
        .routes(routes!(assist))
        .routes(routes!(list, keep))
        .routes(routes!(open))
        .routes(routes!(look))
        .routes(routes!(that_came_back))
        .routes(routes!(total_cost))
        // Only scans are that large.
        .layer(DefaultBodyLimit::max(counter::SCAN_BYTES_MAX))
}

/// What the tablet opens; the address is shown this once.
#[derive(Serialize, utoipa::ToSchema)]
struct AssistanceView {
    id: String,
    url: String,
    expires_at_ms: i64,
}

/// Readies a tablet at the counter.
#[utoipa::path(post, path = "/api/console/journeys/{id}/assist", responses((status = 200, body = AssistanceView)))]
async fn assist(
    State(ctx): State<Ctx>,
    staff: Staff,
    Path(id): Path<String>,
) -> Result<Json<AssistanceView>> {
    staff.must(Right::AssistBorrowers)?;
    let id = JourneyId::parse(&id)?;
    let (opened, link) = ledger::retrying(|| actions::assist(&ctx, &staff, &id)).await?;
    let view = ctx.db.read(&staff.institution).await?;
    let address = access::link_url(&ctx, &view, link.id.as_str()).await?;
    Ok(Json(AssistanceView {
        id: opened.assistance.id.to_string(),
        url: format!("{address}/{}", opened.token.expose()),
        expires_at_ms: opened.assistance.expires_at_ms,
    }))
}

/// Has the total-cost notice (放款前费用告知书) printed, to hand it over and scan it back signed.
#[utoipa::path(post, path = "/api/console/journeys/{id}/total-cost-notice", responses((status = 204)))]
async fn total_cost(
    State(ctx): State<Ctx>,
    staff: Staff,
    Path(id): Path<String>,
) -> Result<StatusCode> {
    staff.must(Right::AssistBorrowers)?;
    let id = JourneyId::parse(&id)?;
    ledger::retrying(|| actions::print_total_cost(&ctx, &staff, &id)).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// A scan that is kept.
#[derive(Serialize, utoipa::ToSchema)]
struct ScanView {
    id: String,
    /// SHA-256 of the document that was signed, hex.
    document: String,
    digest: String,
    media: &'static str,
    bytes: i64,
    kept_by: String,
    kept_at_ms: i64,
    /// Who must look at it before it counts.
    awaits: Option<Awaits>,
}

/// Whose eyes the scan of a total-cost notice waits for.
#[derive(Serialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = ScanAwaits)]
enum Awaits {
    /// The caller may say what it shows.
    You,
    /// The caller scanned it, or may not attest.
    Colleague,
}

#[derive(Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
struct Of {
    /// SHA-256 of the document that was printed and signed, hex.
    #[serde(default)]
    document: String,
}

#[derive(Serialize, utoipa::ToSchema)]
#[schema(as = ScanKeptView)]
struct KeptView {
    id: String,
}

/// Keeps the scan of a printed and signed document: a PDF, JPEG or PNG.
#[utoipa::path(post, path = "/api/console/journeys/{id}/scans", params(Of),
    request_body(content = Vec<u8>, content_type = "application/octet-stream"),
    responses((status = 201, body = KeptView)))]
async fn keep(
    State(ctx): State<Ctx>,
    staff: Staff,
    Path(id): Path<String>,
    Query(of): Query<Of>,
    body: Result<Bytes, BytesRejection>,
) -> Result<(StatusCode, Json<KeptView>)> {
    staff.must(Right::AssistBorrowers)?;
    let id = JourneyId::parse(&id)?;
    let bytes = body.map_err(|_| counter::Refusal::ScanTooLarge)?;
    let scan =
        ledger::retrying(|| actions::keep_scan(&ctx, &staff, &id, &of.document, &bytes)).await?;
    let view = KeptView {
        id: scan.to_string(),
    };
    Ok((StatusCode::CREATED, Json(view)))
}

/// The scans of a journey, oldest first.
#[utoipa::path(get, path = "/api/console/journeys/{id}/scans", responses((status = 200, body = PageView<ScanView>)))]
async fn list(
    State(ctx): State<Ctx>,
    staff: Staff,
    Path(id): Path<String>,
) -> Result<Json<PageView<ScanView>>> {
    staff.must(Right::ViewJourneys)?;
    let view = ctx.db.read(&staff.institution).await?;
    let journey = store::find(&view, &JourneyId::parse(&id)?).await?;
    let newest = disclosure::newest_notice(&view, journey.id.as_str()).await?;
    let paper = newest.and_then(|notice| notice.came_back);
    let mut rows = Vec::new();
    for scan in counter::scans(&view, journey.id.as_str()).await? {
        let waits = |scan: &counter::Scan| {
            let may = staff.must(Right::AttestIdentity).is_ok() && scan.staff != staff.id.as_str();
            let awaits = if may { Awaits::You } else { Awaits::Colleague };
            let paper = paper
                .as_ref()
                .filter(|paper| paper.scan == scan.id.as_str());
            paper.map(|_| awaits)
        };
        rows.push(ScanView {
            awaits: waits(&scan),
            kept_by: access::staff_label(&view, &scan.staff).await?,
            id: scan.id.to_string(),
            document: scan.document,
            digest: scan.digest,
            media: scan.media.as_str(),
            bytes: scan.bytes,
            kept_at_ms: scan.kept_at_ms,
        });
    }
    Ok(Json(PageView { rows, next: None }))
}

/// Opens a scan; the opening is a fact.
#[utoipa::path(post, path = "/api/console/journeys/{id}/scans/{scan}/open", responses((status = 200, content_type = "application/octet-stream")))]
async fn open(
    State(ctx): State<Ctx>,
    staff: Staff,
    Path((id, scan)): Path<(String, String)>,
) -> Result<Response> {
    // Whoever says that a paper is signed looks at it.
    staff
        .must(Right::AttestIdentity)
        .or_else(|_| staff.must(Right::AssistBorrowers))?;
    let (id, scan) = (JourneyId::parse(&id)?, ScanId::parse(&scan)?);
    let (scan, plain) = ledger::retrying(|| actions::open_scan(&ctx, &staff, &id, &scan)).await?;
    let name = format!("{}.{}", scan.id, scan.media.extension());
    http::attachment(plain.to_vec(), scan.media.as_str(), &name)
}

/// What a colleague saw on the scan of a total-cost notice.
#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = ScanLook)]
struct Look {
    seen: Seen,
}

/// Says what the scan of a total-cost notice shows; only a colleague's, and only signed does it count.
#[utoipa::path(post, path = "/api/console/journeys/{id}/scans/{scan}/look", request_body = Look, responses((status = 204)))]
async fn look(
    State(ctx): State<Ctx>,
    staff: Staff,
    Path((id, scan)): Path<(String, String)>,
    Body(look): Body<Look>,
) -> Result<StatusCode> {
    let (id, scan) = (JourneyId::parse(&id)?, ScanId::parse(&scan)?);
    let looks = || actions::look_at_total_cost(&ctx, &staff, &id, &scan, look.seen);
    ledger::retrying(looks).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// The scan of a total-cost notice that waits for a colleague's eyes.
#[derive(Serialize, utoipa::ToSchema)]
#[schema(as = TotalCostScanRow)]
struct CameBackView {
    /// The journey's.
    id: String,
    reference: String,
    borrower_masked: String,
    scan: String,
    scanned_by: String,
    scanned_at_ms: i64,
    /// The caller scanned it.
    own: bool,
}

const CAME_BACK: Table = Table {
    name: "total-cost-scans",
    columns: &[
        "id",
        "reference",
        "borrower_masked",
        "scan",
        "scanned_by",
        "scanned_at_ms",
    ],
};

/// Scans of total-cost notices that wait for a colleague's eyes, those of the newest journeys first.
#[utoipa::path(get, path = "/api/console/total-cost-scans", params(Paging, Form), responses((status = 200, body = PageView<CameBackView>)))]
async fn that_came_back(
    State(ctx): State<Ctx>,
    staff: Staff,
    Query(paging): Query<Paging>,
    Query(form): Query<Form>,
) -> Result<Response> {
    staff.must(Right::ViewIdentity)?;
    let page = |paging| waiting(&ctx, &staff, paging);
    http::list(form, paging, CAME_BACK, page).await
}

async fn waiting(ctx: &Ctx, staff: &Staff, paging: Paging) -> Result<PageView<CameBackView>> {
    let limit = paging.limit()?;
    let view = ctx.db.read(&staff.institution).await?;
    let after = paging.after().unwrap_or("");
    let notices = disclosure::that_came_back(&view, after, limit + 1).await?;
    let page = Page::cut(notices, limit, |notice| notice.case.clone());
    let mut rows = Vec::with_capacity(page.rows.len());
    for notice in page.rows {
        let journey = store::find(&view, &JourneyId::parse(&notice.case)?).await?;
        if let Some(paper) = notice.came_back {
            rows.push(CameBackView {
                id: notice.case,
                reference: journey.reference,
                borrower_masked: journey.borrower_masked,
                scanned_by: access::staff_label(&view, &paper.staff).await?,
                scanned_at_ms: paper.at_ms,
                own: paper.staff == staff.id.as_str(),
                scan: paper.scan,
            });
        }
    }
    Ok(PageView {
        rows,
        next: page.next,
    })
}
