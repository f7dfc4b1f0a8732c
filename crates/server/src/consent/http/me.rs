//! The person's own consents: all of them at a glance, and a way back from each.

use axum::Json;
use axum::extract::State;
use axum::response::Response;
use jiff::civil::Date;
use serde::Serialize;
use utoipa_axum::routes;

use crate::access::RightsHolder;
use crate::consent::actions;
use crate::consent::adverse::AdverseId;
use crate::consent::bureau::Denial;
use crate::consent::model::{Consent, ConsentId, ConsentKind, State as Decision};
use crate::consent::notice::{BureauPurpose, Document, Notice};
use crate::consent::store::{Whose, adverse, bureau, consents, notices};
use crate::consent::{print, read};
use crate::ctx::Ctx;
use crate::db::Page;
use crate::error::Result;
use crate::http::{self, Body, Nothing, PageView, Paging, Path, Query, Routes};
use crate::ledger::{self, Changed};

pub fn routes() -> Routes {
    Routes::new()
        .routes(routes!(mine))
        .routes(routes!(withdraw))
        .routes(routes!(receipt))
        .routes(routes!(queries))
        .routes(routes!(adverse_notices))
        .routes(routes!(adverse_seen))
}

/// Whether a decision can be taken back.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
enum WayBack {
    /// One tap.
    Withdraw,
    /// It rests on contract or law; there is no consent to withdraw.
    None,
    /// Over already: declined, withdrawn or expired.
    Over,
}

#[derive(Serialize, utoipa::ToSchema)]
#[schema(as = MyConsent)]
struct Mine {
    id: String,
    journey: String,
    kind: ConsentKind,
    state: Decision,
    way_back: WayBack,
    /// The whole notice, as it was shown.
    document: Document,
    decided_at_ms: Option<i64>,
    valid_until_ms: Option<i64>,
    withdrawn_at_ms: Option<i64>,
    receipt: bool,
}

fn mine_view(consent: Consent, notice: Notice, now_ms: i64) -> Mine {
    let way_back = match consent.state {
        Decision::Acknowledged => WayBack::None,
        _ if consent.live(now_ms) => WayBack::Withdraw,
        _ => WayBack::Over,
    };
    Mine {
        id: consent.id.to_string(),
        kind: consent.kind,
        state: consent.state,
        way_back,
        document: notice.document,
        decided_at_ms: consent.decided_at_ms,
        valid_until_ms: consent.valid_until_ms,
        withdrawn_at_ms: consent.withdrawn_at_ms,
        receipt: consent.receipt_digest.is_some(),
        journey: consent.case,
    }
}

/// What the person decided, newest first.
#[utoipa::path(get, path = "/api/h5/me/consents", params(Paging), responses((status = 200, body = PageView<Mine>)))]
async fn mine(
    State(ctx): State<Ctx>,
    holder: RightsHolder,
    Query(paging): Query<Paging>,
) -> Result<Json<PageView<Mine>>> {
    let limit = paging.limit()?;
    let view = ctx.db.read(&holder.customer.institution).await?;
    let filter = consents::Filter {
        whose: Whose::within(&holder.reach),
        ..consents::Filter::default()
    };
    let found = consents::list(&view, &filter, paging.after().unwrap_or(""), limit + 1).await?;
    let page = Page::cut(found, limit, |consent| consent.id.to_string());
    let now_ms = ctx.clock.now_ms();
    let mut rows = Vec::with_capacity(page.rows.len());
    for consent in page.rows {
        // What was only on the screen is no decision.
        if consent.state != Decision::Shown {
            let notice = notices::find(&view, &consent.notice).await?;
            rows.push(mine_view(consent, notice, now_ms));
        }
    }
    Ok(Json(PageView {
        rows,
        next: page.next,
    }))
}

/// Takes a consent back.
#[utoipa::path(post, path = "/api/h5/me/consents/{id}/withdraw", request_body = Nothing, responses((status = 200, body = Mine)))]
async fn withdraw(
    State(ctx): State<Ctx>,
    holder: RightsHolder,
    Path(id): Path<String>,
    Body(Nothing {}): Body<Nothing>,
) -> Result<Json<Mine>> {
    let id = ConsentId::parse(&id)?;
    ledger::retrying(|| withdraw_once(&ctx, &holder, &id)).await?;
    let view = ctx.db.read(&holder.customer.institution).await?;
    let consent = read::one_of(&view, &holder.reach, &id).await?;
    let notice = notices::find(&view, &consent.notice).await?;
    Ok(Json(mine_view(consent, notice, ctx.clock.now_ms())))
}

async fn withdraw_once(ctx: &Ctx, holder: &RightsHolder, id: &ConsentId) -> Result<()> {
    let mut tx = ledger::begin(ctx, &holder.customer.seat()).await?;
    match actions::consents::withdraw(&mut tx, &holder.reach, id).await? {
        Changed::Yes => ledger::commit_recorded(tx).await,
        Changed::No => Ok(()),
    }
}

/// The receipt of a decision.
#[utoipa::path(get, path = "/api/h5/me/consents/{id}/receipt", responses((status = 200, content_type = "application/pdf")))]
async fn receipt(
    State(ctx): State<Ctx>,
    holder: RightsHolder,
    Path(id): Path<String>,
) -> Result<Response> {
    let view = ctx.db.read(&holder.customer.institution).await?;
    let consent = read::one_of(&view, &holder.reach, &ConsentId::parse(&id)?).await?;
    drop(view);
    let pdf = print::receipt(&ctx, &holder.customer.institution, &consent).await?;
    http::attachment(pdf, "application/pdf", "receipt.pdf")
}

#[derive(Serialize, utoipa::ToSchema)]
struct MyBureauQuery {
    id: String,
    journey: String,
    purpose: BureauPurpose,
    /// Why the lender was not let; `null` when it was.
    denial: Option<Denial>,
    asked_at_ms: i64,
}

/// Who asked to query the person's credit report, and what they were answered.
#[utoipa::path(get, path = "/api/h5/me/bureau-queries", params(Paging), responses((status = 200, body = PageView<MyBureauQuery>)))]
async fn queries(
    State(ctx): State<Ctx>,
    holder: RightsHolder,
    Query(paging): Query<Paging>,
) -> Result<Json<PageView<MyBureauQuery>>> {
    let limit = paging.limit()?;
    let view = ctx.db.read(&holder.customer.institution).await?;
    let (whose, after) = (Whose::within(&holder.reach), paging.after().unwrap_or(""));
    let found = bureau::list(&view, &whose, "", after, limit + 1).await?;
    let page = Page::cut(found, limit, |query| query.id.to_string());
    let page = page.map(|query| MyBureauQuery {
        id: query.id.to_string(),
        journey: query.case,
        purpose: query.purpose,
        denial: query.denial,
        asked_at_ms: query.asked_at_ms,
    });
    Ok(Json(page.into()))
}

#[derive(Serialize, utoipa::ToSchema)]
struct MyAdverseNotice {
    id: String,
    journey: String,
    /// Fen.
    overdue: i64,
    #[schema(value_type = String, format = Date)]
    due_date: Date,
    #[schema(value_type = String, format = Date)]
    report_on: Date,
    told_at_ms: i64,
    seen_at_ms: Option<i64>,
}

/// What the lender means to report to the bureau, told before.
#[utoipa::path(get, path = "/api/h5/me/adverse-notices", params(Paging), responses((status = 200, body = PageView<MyAdverseNotice>)))]
async fn adverse_notices(
    State(ctx): State<Ctx>,
    holder: RightsHolder,
    Query(paging): Query<Paging>,
) -> Result<Json<PageView<MyAdverseNotice>>> {
    let limit = paging.limit()?;
    let view = ctx.db.read(&holder.customer.institution).await?;
    let (whose, after) = (Whose::within(&holder.reach), paging.after().unwrap_or(""));
    let found = adverse::list(&view, &whose, after, limit + 1).await?;
    let page = Page::cut(found, limit, |notice| notice.id.to_string());
    let page = page.map(|notice| MyAdverseNotice {
        id: notice.id.to_string(),
        journey: notice.case,
        overdue: notice.arrears.overdue,
        due_date: notice.arrears.due_date,
        report_on: notice.arrears.report_on,
        told_at_ms: notice.told_at_ms,
        seen_at_ms: notice.seen_at_ms,
    });
    Ok(Json(page.into()))
}

/// The telling was on the person's screen: proof of its delivery.
#[utoipa::path(post, path = "/api/h5/me/adverse-notices/{id}/seen", request_body = Nothing, responses((status = 204)))]
async fn adverse_seen(
    State(ctx): State<Ctx>,
    holder: RightsHolder,
    Path(id): Path<String>,
    Body(Nothing {}): Body<Nothing>,
) -> Result<Response> {
    let id = AdverseId::parse(&id)?;
    ledger::retrying(|| async {
        let mut tx = ledger::begin(&ctx, &holder.customer.seat()).await?;
        match actions::adverse::see(&mut tx, &holder.reach, &id).await? {
            Changed::Yes => ledger::commit_recorded(tx).await,
            Changed::No => Ok(()),
        }
    })
    .await?;
    Ok(http::no_content())
}
