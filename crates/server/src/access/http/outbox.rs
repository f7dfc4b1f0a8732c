//! The demo's outbox.

use axum::Json;
use axum::extract::State;
use serde::Serialize;
use utoipa_axum::routes;

use crate::access::Staff;
use crate::access::model::Right;
use crate::config::Mode;
use crate::ctx::Ctx;
use crate::error::{Error, Result};
use crate::http::{PageView, Paging, Query, Routes};
use crate::notify;

pub fn routes() -> Routes {
    Routes::new().routes(routes!(outbox))
}

#[derive(Serialize, utoipa::ToSchema)]
struct MessageView {
    id: String,
    at_ms: i64,
    to_masked: String,
    template: String,
    text: String,
    journey_id: Option<String>,
}

/// The demo's sent messages; elsewhere there is no such page, because they show codes.
#[utoipa::path(get, path = "/api/console/outbox", responses((status = 200, body = PageView<MessageView>)))]
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
