//! Roles.

use axum::Json;
use axum::extract::State;
use axum::response::Response;
use serde::{Deserialize, Serialize};
use utoipa_axum::routes;

use crate::access::Staff;
use crate::access::actions::roles;
use crate::access::model::{BUILT_IN, NewRole, Right, RoleId, is_in_a_role};
use crate::access::store;
use crate::ctx::Ctx;
use crate::error::{Error, Result, Text};
use crate::http::{Body, Path, Routes, no_content};

pub fn routes() -> Routes {
    Routes::new()
        .routes(routes!(list, make))
        .routes(routes!(change, remove))
}

#[derive(Serialize, utoipa::ToSchema)]
struct RoleView {
    /// Code of a built-in role, id of an own one.
    id: String,
    name: Text,
    rights: Vec<&'static str>,
    /// Takes two people to give.
    two_people: bool,
    /// 0 for built-in roles, which nobody changes.
    version: i64,
}

#[derive(Serialize, utoipa::ToSchema)]
struct RightView {
    code: &'static str,
    /// Comes only with a built-in role.
    guarded: bool,
    /// A role with it takes two people to give.
    two_people: bool,
}

#[derive(Serialize, utoipa::ToSchema)]
struct RolesView {
    rows: Vec<RoleView>,
    rights: Vec<RightView>,
}

fn codes(rights: &[Right]) -> Vec<&'static str> {
    rights.iter().map(|right| right.as_str()).collect()
}

fn take_two(rights: &[Right]) -> bool {
    rights.iter().any(|right| right.takes_two())
}

/// Roles, and the rights that roles are made of.
#[utoipa::path(get, path = "/api/console/roles", responses((status = 200, body = RolesView)))]
async fn list(State(ctx): State<Ctx>, staff: Staff) -> Result<Json<RolesView>> {
    staff.must(Right::ViewStaff)?;
    let view = ctx.db.read(&staff.institution).await?;
    let built_in = BUILT_IN.iter().map(|role| RoleView {
        id: role.code.to_owned(),
        name: Text::new(role.zh, role.en),
        rights: codes(role.rights),
        two_people: take_two(role.rights),
        version: 0,
    });
    let own = store::roles::all(&view).await?;
    let own = own.into_iter().map(|role| RoleView {
        name: Text::new(role.name.clone(), role.name),
        rights: codes(&role.rights),
        two_people: take_two(&role.rights),
        version: role.version,
        id: role.id.to_string(),
    });
    Ok(Json(RolesView {
        rows: built_in.chain(own).collect(),
        rights: Right::ALL
            .iter()
            .filter(|right| is_in_a_role(**right))
            .map(|right| RightView {
                code: right.as_str(),
                guarded: right.is_guarded(),
                two_people: right.takes_two(),
            })
            .collect(),
    }))
}

#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
struct RoleRequest {
    name: String,
    rights: Vec<String>,
    /// As it was seen; for a new role 0.
    #[serde(default)]
    version: i64,
}

impl RoleRequest {
    fn role(self) -> Result<NewRole> {
        let rights = self.rights.iter().map(|right| Right::parse(right));
        let rights: Option<Vec<Right>> = rights.collect();
        let rights = rights.ok_or_else(|| {
            Error::field(
                "rights",
                "unknown_value",
                "没有这项权限。",
                "There is no such right.",
            )
        })?;
        Ok(NewRole {
            name: self.name.trim().to_owned(),
            rights,
        })
    }
}

#[derive(Serialize, utoipa::ToSchema)]
struct RoleMade {
    id: String,
}

/// Makes a role.
#[utoipa::path(post, path = "/api/console/roles", request_body = RoleRequest, responses((status = 200, body = RoleMade)))]
async fn make(
    State(ctx): State<Ctx>,
    staff: Staff,
    Body(body): Body<RoleRequest>,
) -> Result<Json<RoleMade>> {
    let id = roles::make_role(&ctx, &staff, &body.role()?).await?;
    Ok(Json(RoleMade { id: id.to_string() }))
}

/// Changes a role as it was seen.
#[utoipa::path(post, path = "/api/console/roles/{id}", request_body = RoleRequest, responses((status = 204)))]
async fn change(
    State(ctx): State<Ctx>,
    staff: Staff,
    Path(id): Path<String>,
    Body(body): Body<RoleRequest>,
) -> Result<Response> {
    let version = body.version;
    roles::change_role(&ctx, &staff, &RoleId::parse(&id)?, version, &body.role()?).await?;
    Ok(no_content())
}

/// Removes a role nobody has.
#[utoipa::path(delete, path = "/api/console/roles/{id}", responses((status = 204)))]
async fn remove(State(ctx): State<Ctx>, staff: Staff, Path(id): Path<String>) -> Result<Response> {
    roles::remove_role(&ctx, &staff, &RoleId::parse(&id)?).await?;
    Ok(no_content())
}
