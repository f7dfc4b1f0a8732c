//! The epochs of the vault's keys, and how far a rotation is.

use axum::Json;
use axum::extract::State;
use serde::Serialize;
use utoipa_axum::routes;

use crate::access::{Right, Staff};
use crate::ctx::Ctx;
use crate::error::Result;
use crate::http::Routes;
use crate::vault::{self, EpochFigures};

pub fn routes() -> Routes {
    Routes::new().routes(routes!(epochs))
}

/// One epoch's key.
#[derive(Serialize, utoipa::ToSchema)]
#[schema(as = EpochRow)]
struct Row {
    number: i64,
    /// `current`, `draining`, `emptied` or `destroyed`.
    state: &'static str,
    began_at_ms: i64,
    /// When it left the state before this one; absent while it is current.
    ended_at_ms: Option<i64>,
    /// The institution's persons and sealed items under it.
    subjects: i64,
    items: i64,
}

impl From<EpochFigures> for Row {
    fn from(epoch: EpochFigures) -> Self {
        Self {
            number: epoch.number,
            state: epoch.state.as_str(),
            began_at_ms: epoch.began_at_ms,
            ended_at_ms: epoch.ended_at_ms,
            subjects: epoch.subjects,
            items: epoch.items,
        }
    }
}

/// Epochs, and the rotation that goes on or comes next.
#[derive(Serialize, utoipa::ToSchema)]
#[schema(as = EpochsView)]
struct Epochs {
    /// When the current epoch is to be replaced.
    due_at_ms: i64,
    /// The epoch that is being replaced; absent while none is.
    draining: Option<i64>,
    /// The institution's persons still on that epoch, and those on the current one.
    left: i64,
    moved: i64,
    /// The newest 24, newest first.
    epochs: Vec<Row>,
}

/// The epochs of the vault's keys, with what the institution has under each.
#[utoipa::path(get, path = "/api/console/epochs", responses((status = 200, body = Epochs)))]
async fn epochs(State(ctx): State<Ctx>, staff: Staff) -> Result<Json<Epochs>> {
    staff.must(Right::ViewSubjects)?;
    let own = std::slice::from_ref(&staff.institution);
    let rotation = vault::rotation(&ctx, own).await?;
    let figures = vault::epoch_figures(&ctx, &staff.institution).await?;
    Ok(Json(Epochs {
        due_at_ms: rotation.due_at_ms,
        draining: rotation.draining,
        left: rotation.left,
        moved: rotation.moved,
        epochs: figures.into_iter().map(Row::from).collect(),
    }))
}
