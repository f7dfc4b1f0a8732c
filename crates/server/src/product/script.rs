//! A version's script in the console: read, proposed anew, and held against the version before.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use serde::{Deserialize, Serialize};
use utoipa_axum::routes;

use super::changes::{self, NodeChange};
use super::model::{self, Version};
use super::recording::{FIGURES, NodeKind, Recording, ScriptLimits};
use super::{ProductId, actions, store};
use crate::access::{Right, Staff};
use crate::ctx::Ctx;
use crate::error::{Error, Result, Text};
use crate::http::{Body, Path, Routes};
use crate::ledger;

pub fn routes() -> Routes {
    Routes::new()
        .routes(routes!(newest, propose))
        .routes(routes!(changes))
}

/// A kind of node, as an editor offers it.
#[derive(Serialize, utoipa::ToSchema)]
struct ScriptKind {
    kind: NodeKind,
    /// It names phrases that are right.
    asks: bool,
}

/// What an editor begins with.
#[derive(Serialize, utoipa::ToSchema)]
struct ScriptView {
    name: Text,
    code: String,
    /// The newest version; a proposal names it.
    version: i64,
    state: model::State,
    recording: Option<Recording>,
    kinds: Vec<ScriptKind>,
    /// What may stand in braces.
    figures: Vec<&'static str>,
    limits: ScriptLimits,
}

/// The newest version's recording, to be edited.
#[utoipa::path(get, path = "/api/console/products/{id}/recording", responses((status = 200, body = ScriptView)))]
async fn newest(
    State(ctx): State<Ctx>,
    staff: Staff,
    Path(id): Path<String>,
) -> Result<Json<ScriptView>> {
    staff.must(Right::ViewProducts)?;
    let view = ctx.db.read(&staff.institution).await?;
    let version = super::newest(&view, &ProductId::parse(&id)?).await?;
    let kind = |kind: NodeKind| ScriptKind {
        kind,
        asks: kind.asks(),
    };
    Ok(Json(ScriptView {
        name: version.definition.name,
        code: version.code,
        version: version.number,
        state: version.state,
        recording: version.definition.recording,
        kinds: NodeKind::ALL.map(kind).into(),
        figures: FIGURES.to_vec(),
        limits: ScriptLimits::ALL,
    }))
}

#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
struct ScriptProposal {
    /// The version that the proposer began with.
    base: i64,
    recording: Recording,
}

#[derive(Serialize, utoipa::ToSchema)]
struct ScriptProposed {
    version: i64,
    digest: String,
}

/// Proposes the product's next version with another recording; a second person releases it.
#[utoipa::path(post, path = "/api/console/products/{id}/recording", request_body = ScriptProposal, responses((status = 201, body = ScriptProposed)))]
async fn propose(
    State(ctx): State<Ctx>,
    staff: Staff,
    Path(id): Path<String>,
    Body(proposal): Body<ScriptProposal>,
) -> Result<(StatusCode, Json<ScriptProposed>)> {
    let id = ProductId::parse(&id)?;
    let ScriptProposal { base, recording } = proposal;
    let propose = || actions::revise_recording(&ctx, &staff, &id, base, &recording);
    let version = ledger::retrying(propose).await?;
    let proposed = ScriptProposed {
        version: version.number,
        digest: version.digest,
    };
    Ok((StatusCode::CREATED, Json(proposed)))
}

/// A version beside the one in force before it, else the one before it.
#[derive(Serialize, utoipa::ToSchema)]
struct VersionChanges {
    version: i64,
    /// None of a product's first version.
    against: Option<i64>,
    /// Parts of the definition that differ, what is recorded apart.
    parts: Vec<String>,
    old: Option<Recording>,
    new: Option<Recording>,
    nodes: Vec<NodeChange>,
}

/// What a version changes, for whoever approves it.
#[utoipa::path(get, path = "/api/console/products/{id}/versions/{number}/changes", responses((status = 200, body = VersionChanges)))]
async fn changes(
    State(ctx): State<Ctx>,
    staff: Staff,
    Path((id, number)): Path<(String, i64)>,
) -> Result<Json<VersionChanges>> {
    staff.must(Right::ViewProducts)?;
    let id = ProductId::parse(&id)?;
    let view = ctx.db.read(&staff.institution).await?;
    let rows = store::versions(&view, &id, i64::try_from(super::VERSIONS_MAX)?).await?;
    let versions: Vec<Version> = rows
        .into_iter()
        .map(store::Row::version)
        .collect::<Result<_>>()?;
    let this = versions.iter().find(|one| one.number == number);
    let this = this.ok_or_else(Error::not_found)?;
    let before = changes::before(&versions, number);
    let old = before.and_then(|one| one.definition.recording.clone());
    let new = this.definition.recording.clone();
    let script = |one: &Option<Recording>| {
        let script = one.as_ref().map(|one| one.script.clone());
        script.unwrap_or_default()
    };
    Ok(Json(VersionChanges {
        version: number,
        against: before.map(|one| one.number),
        parts: match before {
            Some(before) => changes::parts(&before.definition, &this.definition)?,
            None => Vec::new(),
        },
        nodes: changes::nodes(&script(&old), &script(&new)),
        old,
        new,
    }))
}
