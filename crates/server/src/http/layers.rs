//! What every request passes: an id, limits, a panic guard, headers that keep browsers honest.

use std::time::Duration;

use axum::Router;
use axum::extract::{DefaultBodyLimit, MatchedPath, Request};
use axum::http::{HeaderMap, HeaderName, HeaderValue, header};
use axum::middleware::{Next, from_fn};
use axum::response::{IntoResponse, Response};
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::set_header::SetResponseHeaderLayer;

use super::address::without_nul;
use super::client::seen_through;
use super::same_origin::same_origin;
use crate::clock::{self, Stopwatch};
use crate::ctx::Ctx;
use crate::error::{Error, Kind, Refuse, Result, Text};

tokio::task_local! {
    static REQUEST_ID: String;
}

/// The id of the request being served; `-` outside of one.
pub fn request_id() -> String {
    REQUEST_ID
        .try_with(Clone::clone)
        .unwrap_or_else(|_| "-".to_owned())
}

/// Scripts, styles and pictures only from here; frames and films only for files that the page itself holds; no plugins, no referrer.
pub(super) const CSP: &str = "default-src 'self'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; media-src 'self' blob:; \
                   connect-src 'self'; frame-src blob:; object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'";

/// Only our own pages may ask for camera and microphone; nobody for the rest.
const PERMISSIONS: &str =
    "camera=(self), microphone=(self), geolocation=(), payment=(), usb=(), browsing-topics=()";

/// A browser that was here once never comes without TLS again, for a year.
const ONE_YEAR: &str = "max-age=31536000";

/// Wraps the whole router.
pub fn layers(router: Router<Ctx>, ctx: &Ctx) -> Router<Ctx> {
    let fixed = |name: HeaderName, value: &'static str| {
        SetResponseHeaderLayer::if_not_present(name, HeaderValue::from_static(value))
    };
    let server = &ctx.config.server;
    let longest = Duration::from_secs(server.request_seconds_max);
    let (ids, own_pages) = (ctx.clone(), ctx.clone());
    let router = router
        .layer(DefaultBodyLimit::max(server.body_bytes_max))
        .layer(from_fn(without_nul))
        .layer(from_fn(move |request: Request, next: Next| {
            same_origin(own_pages.clone(), request, next)
        }))
        .layer(from_fn(move |request: Request, next: Next| async move {
            match clock::within(longest, next.run(request)).await {
                Some(response) => response,
                None => Error::from(NoAnswer::TooSlow).into_response(),
            }
        }))
        .layer(CatchPanicLayer::custom(|_| {
            Error::internal("a handler panicked").into_response()
        }))
        .layer(fixed(header::CONTENT_SECURITY_POLICY, CSP))
        .layer(fixed(header::REFERRER_POLICY, "no-referrer"))
        .layer(fixed(header::X_CONTENT_TYPE_OPTIONS, "nosniff"))
        .layer(fixed(header::X_FRAME_OPTIONS, "DENY"))
        .layer(fixed(
            HeaderName::from_static("cross-origin-opener-policy"),
            "same-origin",
        ))
        .layer(fixed(
            HeaderName::from_static("cross-origin-resource-policy"),
            "same-origin",
        ))
        .layer(fixed(
            HeaderName::from_static("permissions-policy"),
            PERMISSIONS,
        ))
        .layer(fixed(header::CACHE_CONTROL, "no-store"))
        .layer(from_fn(move |request: Request, next: Next| {
            let trusted = &ids.config.server.trusted_proxies;
            let request = seen_through(request, &trusted.0);
            identified(ids.clone(), request, next)
        }));
    if ctx.config.is_https() {
        router.layer(fixed(header::STRICT_TRANSPORT_SECURITY, ONE_YEAR))
    } else {
        router
    }
}

#[derive(Debug)]
enum NoAnswer {
    OtherMethod,
    TooSlow,
}

impl Refuse for NoAnswer {
    fn code(&self) -> &'static str {
        match self {
            Self::OtherMethod => "method_not_allowed",
            Self::TooSlow => "request_too_slow",
        }
    }
    fn kind(&self) -> Kind {
        match self {
            Self::OtherMethod => Kind::MethodNotAllowed,
            Self::TooSlow => Kind::Unavailable,
        }
    }
    fn text(&self) -> Text {
        match self {
            Self::OtherMethod => Text::new(
                "此地址不支持这种请求方法。",
                "This address does not take this method.",
            ),
            Self::TooSlow => Text::new(
                "处理时间过长，已停止等待；请稍后查看结果或重试。",
                "This took too long, so we stopped waiting; look again later, or try again.",
            ),
        }
    }
}

/// Answers a known address asked with another method.
pub async fn method_not_allowed() -> Error {
    NoAnswer::OtherMethod.into()
}

async fn identified(ctx: Ctx, request: Request, next: Next) -> Response {
    let id = format!("req_{}", crate::id::body(ctx.clock.now_ms(), &ctx.random));
    let (method, path) = (request.method().clone(), request.uri().path().to_owned());
    let route = request.extensions().get::<MatchedPath>().cloned();
    let route = route.as_ref().map(MatchedPath::as_str);
    let watch = Stopwatch::start();
    let span = ctx
        .traces
        .request(method.as_str(), route, request.headers());
    let served = REQUEST_ID.scope(id.clone(), next.run(request));
    let mut response = span.during(served).await;
    let status = response.status().as_u16();
    span.answered(status);
    ctx.meters
        .request(method.as_str(), route, status, watch.elapsed());
    tracing::debug!(request_id = id, %method, path, status, "served");
    if let Ok(value) = HeaderValue::from_str(&id) {
        response.headers_mut().insert("x-request-id", value);
    }
    response
}

/// A browser takes a cookie of this name only over TLS, for this host alone and all of it: no neighbour can set it.
const HOST_ONLY: &str = "__Host-";

fn cookie_name(ctx: &Ctx, name: &str) -> String {
    let prefix = if ctx.config.is_https() { HOST_ONLY } else { "" };
    format!("{prefix}{name}")
}

/// A cookie's value, if the browser sent it.
pub fn cookie(ctx: &Ctx, headers: &HeaderMap, name: &str) -> Option<String> {
    let name = cookie_name(ctx, name);
    headers
        .get_all(header::COOKIE)
        .iter()
        .filter_map(|v| v.to_str().ok())
        .flat_map(|v| v.split(';'))
        .filter_map(|pair| pair.trim().split_once('='))
        .find(|(key, _)| *key == name)
        .map(|(_, value)| value.to_owned())
}

/// Sets (or with an empty value clears) a session cookie; without TLS for one part of the site only.
pub fn set_cookie(
    ctx: &Ctx,
    response: &mut Response,
    name: &str,
    value: &str,
    path: &str,
) -> Result<()> {
    let (path, secure) = if ctx.config.is_https() {
        ("/", "; Secure")
    } else {
        (path, "")
    };
    let name = cookie_name(ctx, name);
    let life = if value.is_empty() { "; Max-Age=0" } else { "" };
    let text = format!("{name}={value}; Path={path}; HttpOnly; SameSite=Strict{secure}{life}");
    response.headers_mut().append(
        header::SET_COOKIE,
        HeaderValue::from_str(&text).map_err(axum::http::Error::from)?,
    );
    Ok(())
}
