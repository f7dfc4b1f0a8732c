//! Parts of an address, with our own errors: a path that doesn't parse names nothing, a query that doesn't parse is invalid.

use axum::extract::{FromRequestParts, Request};
use axum::http::request::Parts;
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};
use serde::de::DeserializeOwned;

use crate::error::{Error, Result};

/// The variable parts of a path.
#[derive(Debug)]
pub struct Path<T>(pub T);

impl<S: Send + Sync, T: DeserializeOwned + Send> FromRequestParts<S> for Path<T> {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self> {
        let path = axum::extract::Path::from_request_parts(parts, state).await;
        path.map(|axum::extract::Path(value)| Self(value))
            .map_err(|_| Error::not_found())
    }
}

/// What stands behind `?`.
#[derive(Debug)]
pub struct Query<T>(pub T);

impl<S: Send + Sync, T: DeserializeOwned> FromRequestParts<S> for Query<T> {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self> {
        let query = axum::extract::Query::try_from_uri(&parts.uri);
        query
            .map(|axum::extract::Query(value)| Self(value))
            .map_err(|_| {
                Error::field(
                    "query",
                    "wrong_type",
                    "类型或格式不对。",
                    "Wrong type or format.",
                )
            })
    }
}

/// Nothing of ours has a NUL in its name, and PostgreSQL takes none in a text.
pub async fn without_nul(request: Request, next: Next) -> Response {
    let (path, query) = (request.uri().path(), request.uri().query());
    if path.contains("%00") {
        return Error::not_found().into_response();
    }
    if query.is_some_and(|query| query.contains("%00")) {
        return Error::field(
            "query",
            "text_nul",
            "不能含有空字符。",
            "A NUL character is not allowed.",
        )
        .into_response();
    }
    next.run(request).await
}
