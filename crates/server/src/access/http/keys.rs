//! API keys in the console.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use serde::{Deserialize, Serialize};
use utoipa_axum::routes;

use crate::access::actions::partners;
use crate::access::model::{ApiKey, ApiKeyId, KeyState, NewApiKey, Scope, network};
use crate::access::{Right, Staff};
use crate::ctx::Ctx;
use crate::error::{Error, Field, Result, Text};
use crate::http::{self, Body, Form, PageView, Paging, Path, Query, Routes, Table, no_content};

pub fn routes() -> Routes {
    Routes::new()
        .routes(routes!(list, issue))
        .routes(routes!(scopes))
        .routes(routes!(rotate))
        .routes(routes!(revoke))
}

#[derive(Serialize, utoipa::ToSchema)]
#[schema(as = KeyRow)]
struct Row {
    id: String,
    name: String,
    scopes: Vec<&'static str>,
    networks: Vec<String>,
    state: KeyState,
    issued_at_ms: i64,
    expires_at_ms: Option<i64>,
    revoked_at_ms: Option<i64>,
    last_used_ms: Option<i64>,
    successor: Option<String>,
}

impl Row {
    fn of(key: ApiKey, now_ms: i64) -> Self {
        Self {
            state: key.state(now_ms),
            id: key.id.to_string(),
            name: key.name,
            scopes: Scope::words(&key.scopes),
            networks: key.networks.iter().map(ToString::to_string).collect(),
            issued_at_ms: key.issued_at_ms,
            expires_at_ms: key.expires_at_ms,
            revoked_at_ms: key.revoked_at_ms,
            last_used_ms: key.last_used_ms,
            successor: key.successor,
        }
    }
}

const TABLE: Table = Table {
    name: "keys",
    columns: &[
        "id",
        "name",
        "scopes",
        "networks",
        "state",
        "issued_at_ms",
        "expires_at_ms",
        "revoked_at_ms",
        "last_used_ms",
        "successor",
    ],
};

/// API keys, newest first.
#[utoipa::path(get, path = "/api/console/keys", params(Form, Paging), responses((status = 200, body = PageView<Row>)))]
async fn list(
    State(ctx): State<Ctx>,
    staff: Staff,
    Query(form): Query<Form>,
    Query(paging): Query<Paging>,
) -> Result<Response> {
    staff.must(Right::ViewKeys)?;
    http::list(form, paging, TABLE, async |paging: Paging| {
        let view = ctx.db.read(&staff.institution).await?;
        let now_ms = ctx.clock.now_ms();
        let page = partners::api_keys(&view, paging.after(), paging.limit()?).await?;
        Ok(PageView::from(page.map(|key| Row::of(key, now_ms))))
    })
    .await
}

/// Every scope there is, for the form that chooses among them.
#[utoipa::path(get, path = "/api/console/keys/scopes", responses((status = 200, body = Vec<&'static str>)))]
async fn scopes(staff: Staff) -> Result<Json<Vec<&'static str>>> {
    staff.must(Right::ViewKeys)?;
    Ok(Json(Scope::words(&Scope::ALL)))
}

#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = KeyIssuing)]
struct Issuing {
    name: String,
    scopes: Vec<String>,
    #[serde(default)]
    networks: Vec<String>,
    /// Whole days the key lasts; until it is revoked when absent.
    days: Option<i64>,
}

/// The only answer that ever holds a secret.
#[derive(Serialize, utoipa::ToSchema)]
#[schema(as = KeyIssued)]
struct Issued {
    #[serde(flatten)]
    key: Row,
    secret: String,
}

impl Issuing {
    fn parse(self) -> Result<NewApiKey> {
        let mut faults = Vec::new();
        let mut parsed = NewApiKey {
            name: self.name,
            scopes: Vec::new(),
            networks: Vec::new(),
            days: self.days,
        };
        for (at, word) in self.scopes.iter().enumerate() {
            match Scope::parse(word) {
                Some(scope) => parsed.scopes.push(scope),
                None => faults.push(Field::new(
                    format!("scopes[{at}]"),
                    "scope_unknown",
                    Text::new("没有这项权限。", "There is no such scope."),
                )),
            }
        }
        for (at, text) in self.networks.iter().enumerate() {
            match network(text) {
                Ok(network) => parsed.networks.push(network),
                Err(_) => faults.push(Field::new(
                    format!("networks[{at}]"),
                    "network_malformed",
                    Text::new(
                        "应为 IP 地址或网段，例如 203.0.113.0/24。",
                        "An IP address or a network, such as 203.0.113.0/24.",
                    ),
                )),
            }
        }
        if faults.is_empty() {
            Ok(parsed)
        } else {
            Err(Error::Invalid(faults))
        }
    }
}

/// Issues a key; its secret is shown once.
#[utoipa::path(post, path = "/api/console/keys", request_body = Issuing, responses((status = 201, body = Issued)))]
async fn issue(
    State(ctx): State<Ctx>,
    staff: Staff,
    Body(asked): Body<Issuing>,
) -> Result<(StatusCode, Json<Issued>)> {
    staff.must_now(Right::ManageKeys, ctx.clock.now_ms())?;
    let new = asked.parse()?;
    let (key, secret) = partners::issue_api_key(&ctx, &staff.seat(), &new).await?;
    let issued = Issued {
        key: Row::of(key, ctx.clock.now_ms()),
        secret: secret.expose().clone(),
    };
    Ok((StatusCode::CREATED, Json(issued)))
}

#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = KeyRotating)]
struct Rotating {
    /// Days the old key lives on beside the new one, 0 to 30.
    grace_days: i64,
}

/// Issues the successor of a key.
#[utoipa::path(post, path = "/api/console/keys/{id}/rotate", request_body = Rotating, responses((status = 201, body = Issued)))]
async fn rotate(
    State(ctx): State<Ctx>,
    staff: Staff,
    Path(id): Path<String>,
    Body(asked): Body<Rotating>,
) -> Result<(StatusCode, Json<Issued>)> {
    staff.must_now(Right::ManageKeys, ctx.clock.now_ms())?;
    let id = ApiKeyId::parse(&id)?;
    let (key, secret) =
        partners::rotate_api_key(&ctx, &staff.seat(), &id, asked.grace_days).await?;
    let issued = Issued {
        key: Row::of(key, ctx.clock.now_ms()),
        secret: secret.expose().clone(),
    };
    Ok((StatusCode::CREATED, Json(issued)))
}

/// Ends a key at once.
#[utoipa::path(post, path = "/api/console/keys/{id}/revoke", responses((status = 204)))]
async fn revoke(State(ctx): State<Ctx>, staff: Staff, Path(id): Path<String>) -> Result<Response> {
    staff.must(Right::ManageKeys)?;
    partners::revoke_api_key(&ctx, &staff.seat(), &ApiKeyId::parse(&id)?).await?;
    Ok(no_content())
}
