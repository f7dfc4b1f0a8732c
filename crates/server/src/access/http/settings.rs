//! Settings in the console, and what anyone may see of a brand.

use axum::Json;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, HeaderValue, Uri, header};
use axum::response::{IntoResponse as _, Response};
use serde::{Deserialize, Serialize};
use utoipa_axum::routes;

use crate::access::actions::institutions::{institution, institution_by_code};
use crate::access::actions::settings;
use crate::access::model::Settings;
use crate::access::store::settings::Stored;
use crate::access::{Right, Staff};
use crate::ctx::Ctx;
use crate::db;
use crate::error::Result;
use crate::http::{Body, Path, Reader, Routes, asked_host};

pub fn routes() -> Routes {
    Routes::new()
        .routes(routes!(show, change))
        .routes(routes!(set_logo, drop_logo))
        .routes(routes!(brand_of_host))
        .routes(routes!(brand_of_code))
        .routes(routes!(logo))
}

#[derive(Serialize, utoipa::ToSchema)]
struct SettingsView {
    version: i64,
    changed_at_ms: i64,
    settings: Settings,
    /// What counts where the institution set nothing.
    defaults: Defaults,
}

#[derive(Serialize, utoipa::ToSchema)]
#[schema(as = SettingsDefaults)]
struct Defaults {
    elder_age: i64,
    valid_days: i64,
    remind_hours: i64,
    retention_days: i64,
}

fn view(ctx: &Ctx, stored: Stored) -> Json<SettingsView> {
    let nothing = Settings::default();
    Json(SettingsView {
        version: stored.version,
        changed_at_ms: stored.changed_at_ms,
        settings: stored.settings,
        defaults: Defaults {
            elder_age: nothing.elder_age(&ctx.config),
            valid_days: nothing.valid_days(&ctx.config),
            remind_hours: nothing.remind_hours(&ctx.config),
            retention_days: nothing.retention_days(&ctx.config),
        },
    })
}

/// The institution's settings.
#[utoipa::path(get, path = "/api/console/settings", responses((status = 200, body = SettingsView)))]
async fn show(State(ctx): State<Ctx>, staff: Staff) -> Result<Json<SettingsView>> {
    staff.must(Right::ViewSettings)?;
    let read = ctx.db.read(&staff.institution).await?;
    Ok(view(&ctx, settings::settings(&read).await?))
}

#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = SettingsChange)]
struct Change {
    /// The version these settings were made from.
    version: i64,
    settings: Settings,
}

/// Other settings, made from a version of them. A looser rule of second factors waits for a second person.
#[utoipa::path(put, path = "/api/console/settings", request_body = Change, responses((status = 200, body = SettingsView)))]
async fn change(
    State(ctx): State<Ctx>,
    staff: Staff,
    Body(asked): Body<Change>,
) -> Result<Json<SettingsView>> {
    staff.must_now(Right::ManageSettings, ctx.clock.now_ms())?;
    let stored = settings::change_by_staff(&ctx, &staff, asked.version, &asked.settings).await?;
    Ok(view(&ctx, stored))
}

/// Another logo.
#[utoipa::path(put, path = "/api/console/settings/logo", request_body(content = Vec<u8>, content_type = "image/png"), responses((status = 200, body = SettingsView)))]
async fn set_logo(State(ctx): State<Ctx>, staff: Staff, png: Bytes) -> Result<Json<SettingsView>> {
    staff.must_now(Right::ManageSettings, ctx.clock.now_ms())?;
    let stored = settings::change_logo(&ctx, &staff.seat(), Some(&png)).await?;
    Ok(view(&ctx, stored))
}

/// No logo.
#[utoipa::path(delete, path = "/api/console/settings/logo", responses((status = 200, body = SettingsView)))]
async fn drop_logo(State(ctx): State<Ctx>, staff: Staff) -> Result<Json<SettingsView>> {
    staff.must_now(Right::ManageSettings, ctx.clock.now_ms())?;
    let stored = settings::change_logo(&ctx, &staff.seat(), None).await?;
    Ok(view(&ctx, stored))
}

/// How an institution looks.
#[derive(Serialize, utoipa::ToSchema)]
struct Brand {
    code: String,
    name: String,
    short_name: String,
    hotline: String,
    colour: Option<String>,
    /// The path of its logo.
    logo: Option<String>,
}

async fn brand(ctx: &Ctx, id: &crate::id::InstitutionId) -> Result<Brand> {
    let read = ctx.db.read(id).await?;
    let lender = institution(&read, id).await?;
    let stored = settings::settings(&read).await?;
    Ok(Brand {
        logo: stored
            .settings
            .logo
            .map(|digest| format!("/api/public/{}/logo/{digest}", lender.code)),
        colour: stored.settings.brand_colour,
        code: lender.code,
        name: lender.name,
        short_name: lender.short_name,
        hotline: lender.hotline,
    })
}

/// The brand of the host that was asked; none when it is nobody's own.
#[utoipa::path(get, path = "/api/public/brand", responses((status = 200, body = Option<Brand>)), security(()))]
async fn brand_of_host(
    State(ctx): State<Ctx>,
    _: Reader,
    headers: HeaderMap,
    uri: Uri,
) -> Result<Json<Option<Brand>>> {
    let owner = match asked_host(&headers, &uri) {
        Some(host) => settings::institution_of_host(&ctx, host).await?,
        None => None,
    };
    Ok(Json(match owner {
        Some(id) => Some(brand(&ctx, &id).await?),
        None => None,
    }))
}

/// The brand of an institution.
#[utoipa::path(get, path = "/api/public/{institution}/brand", responses((status = 200, body = Brand)), security(()))]
async fn brand_of_code(
    State(ctx): State<Ctx>,
    _: Reader,
    Path(code): Path<String>,
) -> Result<Json<Brand>> {
    let read = ctx.db.read(db::Scope::Unscoped).await?;
    let lender = institution_by_code(&read, &code).await?;
    drop(read);
    Ok(Json(brand(&ctx, &lender.id).await?))
}

/// The logo in force.
#[utoipa::path(get, path = "/api/public/{institution}/logo/{digest}", responses((status = 200, content_type = "image/png")), security(()))]
async fn logo(
    State(ctx): State<Ctx>,
    _: Reader,
    Path((code, digest)): Path<(String, String)>,
) -> Result<Response> {
    let read = ctx.db.read(db::Scope::Unscoped).await?;
    let lender = institution_by_code(&read, &code).await?;
    drop(read);
    let png = settings::logo(&ctx, &lender.id, &digest).await?;
    let mut response = png.into_response();
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("image/png"));
    let lasting = HeaderValue::from_static("public, max-age=31536000, immutable");
    headers.insert(header::CACHE_CONTROL, lasting);
    Ok(response)
}
