//! Files that travel inside the binary: the web apps and the font for print.

use std::borrow::Cow;

use axum::Router;
use axum::body::Body;
use axum::extract::State;
use axum::http::header;
use axum::response::{IntoResponse as _, Redirect, Response};
use axum::routing::get;
use rust_embed::RustEmbed;

use crate::access;
use crate::ctx::Ctx;
use crate::error::{Error, Kind, Refuse, Result, Text};
use crate::http::{self, Path};

#[derive(RustEmbed)]
#[folder = "../../web/dist"]
#[allow_missing = true]
struct Web;

#[derive(RustEmbed)]
#[folder = "assets/fonts"]
#[allow_missing = true]
struct Fonts;

/// The fonts for print.
pub fn fonts() -> Vec<Cow<'static, [u8]>> {
    Fonts::iter()
        .filter_map(|name| Fonts::get(&name))
        .map(|file| file.data)
        .collect()
}

pub fn routes() -> Router<Ctx> {
    Router::new()
        .route("/", get(|| async { Redirect::temporary("/console/") }))
        .route("/h5", get(|| async { Redirect::permanent("/h5/") }))
        .route(
            "/console",
            get(|| async { Redirect::permanent("/console/") }),
        )
        .route("/h5/", get(|| async { page("h5", "") }))
        .route("/console/", get(|| async { page("console", "") }))
        .route("/verify", get(|| async { Redirect::permanent("/verify/") }))
        .route("/verify/", get(|| async { evidence("") }))
        .route(
            "/verify/{*path}",
            get(|Path(path): Path<String>| async move { evidence(&path) }),
        )
        .route("/r/{code}", get(|| async { evidence("") }))
        .route("/h5/in/{code}", get(framed))
        .route(
            "/h5/{*path}",
            get(|Path(path): Path<String>| async move { page("h5", &path) }),
        )
        .route(
            "/console/{*path}",
            get(|Path(path): Path<String>| async move { page("console", &path) }),
        )
        .fallback(|| async { Error::not_found() })
}

/// The borrower's pages as an institution's own app opens them: its origins may show them in a frame, if it says so.
async fn framed(State(ctx): State<Ctx>, Path(code): Path<String>) -> Result<Response> {
    let mut response = page("h5", "").into_response();
    http::framed_by(&mut response, &access::embedders(&ctx, &code).await?)?;
    Ok(response)
}

/// A file of the page that checks evidence.
fn evidence(path: &str) -> Response {
    let mut response = page("verify", path).into_response();
    http::for_evidence(&mut response);
    response
}

#[derive(Debug)]
struct NotBuilt;

impl Refuse for NotBuilt {
    fn code(&self) -> &'static str {
        "web_not_built"
    }
    fn kind(&self) -> Kind {
        Kind::NotFound
    }
    fn text(&self) -> Text {
        Text::new(
            "网页尚未构建，请运行 cargo dev run。",
            "The web pages are not built; run cargo dev run.",
        )
    }
}

/// A file of an app, or its index page for every path that is not a file.
fn page(app: &str, path: &str) -> Result<Response> {
    let asset = Web::get(&format!("{app}/{path}")).filter(|_| !path.is_empty());
    if let Some(file) = asset {
        // Built names carry their content's hash.
        let cache = if path.starts_with("assets/") {
            "public, max-age=31536000, immutable"
        } else {
            "no-cache"
        };
        return answer(file, cache);
    }
    if path.contains('.') {
        return Ok(Error::not_found().into_response());
    }
    answer(
        Web::get(&format!("{app}/index.html")).ok_or(NotBuilt)?,
        "no-cache",
    )
}

fn answer(file: rust_embed::EmbeddedFile, cache: &'static str) -> Result<Response> {
    Ok(Response::builder()
        .header(header::CONTENT_TYPE, file.metadata.mimetype())
        .header(header::CACHE_CONTROL, cache)
        .body(Body::from(file.data))?)
}
