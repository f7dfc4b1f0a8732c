//! The operator's console: which institutions there are, and a new one.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use serde::{Deserialize, Serialize};
use utoipa_axum::routes;

use super::invitations::InvitedView;
use crate::access::actions::institutions::{self, FIRST_ADMINISTRATORS_MAX};
use crate::access::model::{Institution, InstitutionKind, Invitee, NewInstitution};
use crate::access::{Right, Staff};
use crate::ctx::Ctx;
use crate::error::{Error, Result};
use crate::http::{self, Body, Form, PageView, Paging, Path, Query, Routes, Table};

pub fn routes() -> Routes {
    Routes::new()
        .routes(routes!(list, found))
        .routes(routes!(invite_administrators))
}

#[derive(Serialize, utoipa::ToSchema)]
#[schema(as = InstitutionRow)]
struct Row {
    id: String,
    code: String,
    name: String,
    short_name: String,
    hotline: String,
    kind: &'static str,
}

impl From<Institution> for Row {
    fn from(institution: Institution) -> Self {
        Self {
            id: institution.id.to_string(),
            code: institution.code,
            name: institution.name,
            short_name: institution.short_name,
            hotline: institution.hotline,
            kind: institution.kind.as_str(),
        }
    }
}

const TABLE: Table = Table {
    name: "institutions",
    columns: &["id", "code", "name", "short_name", "hotline", "kind"],
};

/// Every institution of the house, for its operator.
#[utoipa::path(get, path = "/api/console/institutions", params(Form, Paging), responses((status = 200, body = PageView<Row>)))]
async fn list(
    State(ctx): State<Ctx>,
    staff: Staff,
    Query(form): Query<Form>,
    Query(paging): Query<Paging>,
) -> Result<Response> {
    http::list(form, paging, TABLE, async |paging: Paging| {
        let page = institutions::listed(&ctx, &staff, paging.after(), paging.limit()?).await?;
        Ok(PageView::from(page.map(Row::from)))
    })
    .await
}

#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
struct Founding {
    code: String,
    name: String,
    short_name: String,
    hotline: String,
    kind: String,
}

/// A new institution with its own log.
#[utoipa::path(post, path = "/api/console/institutions", request_body = Founding, responses((status = 201, body = Row)))]
async fn found(
    State(ctx): State<Ctx>,
    staff: Staff,
    Body(asked): Body<Founding>,
) -> Result<(StatusCode, Json<Row>)> {
    staff.must(Right::FoundInstitutions)?;
    let kind = InstitutionKind::parse(&asked.kind)
        .filter(|kind| *kind != InstitutionKind::Operator)
        .ok_or_else(|| {
            Error::field(
                "kind",
                "unknown_value",
                "不在允许的取值之内。",
                "Not among the allowed values.",
            )
        })?;
    let new = NewInstitution {
        code: asked.code,
        name: asked.name,
        short_name: asked.short_name,
        hotline: asked.hotline,
        kind,
    };
    let institution = institutions::found_by_operator(&ctx, &staff, new).await?;
    Ok((StatusCode::CREATED, Json(institution.into())))
}

/// Who runs an institution at first; everybody else is invited by them.
#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
struct FirstAdministrator {
    account: String,
    name: String,
    badge: String,
}

#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
struct FirstAdministrators {
    /// One or two; what takes two people waits until there are two.
    administrators: Vec<FirstAdministrator>,
}

/// Links with their words, in the order asked for, shown this once.
#[derive(Serialize, utoipa::ToSchema)]
struct InvitedAdministrators {
    rows: Vec<InvitedView>,
}

/// Invites the first administrators of an institution that nobody has signed in to.
#[utoipa::path(post, path = "/api/console/institutions/{code}/administrators", request_body = FirstAdministrators, responses((status = 200, body = InvitedAdministrators)))]
async fn invite_administrators(
    State(ctx): State<Ctx>,
    staff: Staff,
    Path(code): Path<String>,
    Body(asked): Body<FirstAdministrators>,
) -> Result<Json<InvitedAdministrators>> {
    staff.must(Right::FoundInstitutions)?;
    if !(1..=FIRST_ADMINISTRATORS_MAX).contains(&asked.administrators.len()) {
        return Err(Error::field(
            "administrators",
            "out_of_range",
            "应为一位或两位。",
            "One or two.",
        ));
    }
    let invitees: Vec<Invitee> = asked
        .administrators
        .into_iter()
        .map(|one| Invitee {
            account: one.account,
            name: one.name,
            badge: one.badge,
            roles: vec!["administrator".to_owned()],
        })
        .collect();
    let links = institutions::invite_administrators(&ctx, &staff, &code, &invitees).await?;
    Ok(Json(InvitedAdministrators {
        rows: links
            .iter()
            .map(|link| InvitedView::of(link, None))
            .collect(),
    }))
}
