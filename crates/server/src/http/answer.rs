//! How errors and files leave the house.

use axum::Json;
use axum::body::Body;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Serialize;

use super::layers::request_id;
use crate::error::{Error, Field, Kind, Result, Text, with_causes};

/// When somebody may have made room, ms.
const FULL_FOR_MS: i64 = 10_000;

/// Every refusal has this body.
#[derive(Serialize, utoipa::ToSchema)]
pub struct ErrorBody {
    error: ErrorDetail,
}

#[derive(Serialize, utoipa::ToSchema)]
struct ErrorDetail {
    /// Stable.
    code: &'static str,
    /// For people; may be worded better one day.
    message: Text,
    request_id: String,
    /// What is wrong with an `invalid_request`, what differs, what is missing.
    fields: Vec<Field>,
    /// When the same request may work.
    retry_after_ms: Option<i64>,
}

impl IntoResponse for Error {
    fn into_response(self) -> Response {
        let code = self.code();
        let (status, message, fields, retry_after_ms) = match self {
            Self::Refused(refusal) => (
                status(refusal.kind),
                refusal.text,
                refusal.fields,
                refusal.retry_after_ms,
            ),
            Self::Invalid(fields) => (
                StatusCode::UNPROCESSABLE_ENTITY,
                Text::new(
                    "请求内容有误，请按 fields 逐项修改。",
                    "The request has mistakes; see fields.",
                ),
                fields,
                None,
            ),
            Self::Conflict => (
                StatusCode::CONFLICT,
                Text::new(
                    "同时有另一处修改，请重试；没有任何内容丢失。",
                    "Someone changed this at the same moment; please try again. Nothing is lost.",
                ),
                Vec::new(),
                Some(200),
            ),
            Self::Full(cause) => {
                tracing::error!(
                    request_id = request_id(),
                    error = with_causes(&*cause),
                    "no room on the disk"
                );
                (
                    StatusCode::SERVICE_UNAVAILABLE,
                    Text::new(
                        "服务器的存储空间暂时不够，这一次没有存下；已存下的都在，请稍后再试。",
                        "The server has no room to keep this just now; what it kept is safe. Please try again shortly.",
                    ),
                    Vec::new(),
                    Some(FULL_FOR_MS),
                )
            }
            Self::Internal(cause) => {
                tracing::error!(
                    request_id = request_id(),
                    error = with_causes(&*cause),
                    "request failed"
                );
                (
                    StatusCode::INTERNAL_SERVER_ERROR,
                    Text::new(
                        "系统出错了，已记录；您的内容没有丢失，请稍后再试。",
                        "Something broke on our side and was noted; nothing of yours is lost. Please try again later.",
                    ),
                    Vec::new(),
                    None,
                )
            }
        };
        let body = ErrorBody {
            error: ErrorDetail {
                code,
                message,
                request_id: request_id(),
                fields,
                retry_after_ms,
            },
        };
        let mut response = (status, Json(body)).into_response();
        if let Some(ms) = retry_after_ms {
            response.headers_mut().insert(
                header::RETRY_AFTER,
                HeaderValue::from((ms.max(0) as u64).div_ceil(1000)),
            );
        }
        response
    }
}

fn status(kind: Kind) -> StatusCode {
    match kind {
        Kind::Unauthenticated => StatusCode::UNAUTHORIZED,
        Kind::Forbidden => StatusCode::FORBIDDEN,
        Kind::NotFound => StatusCode::NOT_FOUND,
        Kind::MethodNotAllowed => StatusCode::METHOD_NOT_ALLOWED,
        Kind::Malformed => StatusCode::BAD_REQUEST,
        Kind::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
        Kind::MediaType => StatusCode::UNSUPPORTED_MEDIA_TYPE,
        Kind::Invalid => StatusCode::UNPROCESSABLE_ENTITY,
        Kind::Refused | Kind::Conflict => StatusCode::CONFLICT,
        Kind::TooMany => StatusCode::TOO_MANY_REQUESTS,
        Kind::NoRoom => StatusCode::SERVICE_UNAVAILABLE,
        Kind::Unavailable => StatusCode::GATEWAY_TIMEOUT,
    }
}

/// A file to keep: never sniffed, never cached by others. `name` is ASCII.
pub fn attachment(bytes: Vec<u8>, media_type: &'static str, name: &str) -> Result<Response> {
    Ok(Response::builder()
        .header(header::CONTENT_TYPE, media_type)
        .header(
            header::CONTENT_DISPOSITION,
            format!("attachment; filename=\"{name}\""),
        )
        .header(header::CACHE_CONTROL, "no-store")
        .body(Body::from(bytes))?)
}

/// Done, nothing to say.
pub fn no_content() -> Response {
    StatusCode::NO_CONTENT.into_response()
}
