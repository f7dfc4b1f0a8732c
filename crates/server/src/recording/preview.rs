//! A draft of a script as the phone would show it, with the figures of the product's own example, and every mistake of it.

use axum::Json;
use axum::extract::State;
use serde::Serialize;
use utoipa_axum::routes;

use super::script;
use super::view::{self, NodeView};
use crate::access::{Right, Staff};
use crate::ctx::Ctx;
use crate::error::{Error, Field, Result, Text};
use crate::http::{Body, Path, Routes};
use crate::product::{self, ProductId, Recording};

pub fn routes() -> Routes {
    Routes::new().routes(routes!(preview))
}

#[derive(Serialize, utoipa::ToSchema)]
struct ScriptPreview {
    /// Of the version that this draft would make, by field.
    mistakes: Vec<Field>,
    /// Who wants it recorded, as the phone says it.
    why: Text,
    /// The words with the figures of the example; of what is drawn nothing is known yet.
    nodes: Vec<NodeView>,
}

/// What a draft looks like and what is wrong with it; nothing is kept.
#[utoipa::path(post, path = "/api/console/products/{id}/recording/preview", request_body = product::Recording, responses((status = 200, body = ScriptPreview)))]
async fn preview(
    State(ctx): State<Ctx>,
    staff: Staff,
    Path(id): Path<String>,
    Body(draft): Body<Recording>,
) -> Result<Json<ScriptPreview>> {
    staff.must(Right::ProposeProducts)?;
    let read = ctx.db.read(&staff.institution).await?;
    let newest = product::newest(&read, &ProductId::parse(&id)?).await?;
    let policy = product::policy(&read).await?;
    let definition = newest.definition.recorded(draft.clone());
    let sheet = cost::sheet(&definition.example, &policy)
        .map_err(|cause| Error::Internal(Box::new(cause)))?;
    let lines = script::lines(&draft.script, &sheet);
    Ok(Json(ScriptPreview {
        mistakes: definition.check(),
        why: view::why(draft.basis),
        nodes: (1..)
            .zip(&lines)
            .map(|(no, line)| view::node(no, line, &[]))
            .collect(),
    }))
}
