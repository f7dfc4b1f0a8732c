//! The demo's outbox.

use axum::extract::State;
use axum::routing::get;
use axum::{Json, Router};
use serde::Serialize;

use crate::access::Staff;
use crate::access::model::Right;
use crate::config::Mode;
use crate::ctx::Ctx;
use crate::error::{Error, Result};
use crate::http::{PageView, Paging, Query};
use crate::notify;

pub fn routes() -> Router<Ctx> {
    Router::new().route("/api/console/outbox", get(outbox))
}

#[derive(Serialize)]
struct MessageView {
    id: String,
    at_ms: i64,
    to_masked: String,
    template: String,
    text: String,
    journey_id: Option<String>,
}

/// The demo's sent messages; elsewhere there is no such page, because they show codes.
async fn outbox(
    State(ctx): State<Ctx>,
    staff: Staff,
    Query(paging): Query<Paging>,
) -> Result<Json<PageView<MessageView>>> {
    if ctx.config.server.mode != Mode::Demo {
        return Err(Error::not_found());
    }
    staff.must(Right::ViewOutbox)?;
    let page = notify::kept(&ctx, &staff.institution, paging.after(), paging.limit()?).await?;
    Ok(Json(PageView::from(page.map(|kept| MessageView {
        id: kept.id,
        at_ms: kept.at_ms,
        to_masked: kept.to_masked,
        template: kept.template,
        text: kept.text,
        journey_id: Some(kept.case_id).filter(|case| case.starts_with("jny_")),
    }))))
}
