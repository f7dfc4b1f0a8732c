//! One error type for the whole house, and the words people see.
//!
//! A room refuses with its own enum ([`Refuse`]); everything unexpected is [`Error::Internal`], whose cause is logged once and never shown.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};

/// A sentence in both languages.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Text {
    pub zh: Cow<'static, str>,
    pub en: Cow<'static, str>,
}

impl Text {
    /// Builds a sentence from its Chinese and its English form.
    pub fn new(zh: impl Into<Cow<'static, str>>, en: impl Into<Cow<'static, str>>) -> Self {
        Self {
            zh: zh.into(),
            en: en.into(),
        }
    }
}

impl From<cost::Text> for Text {
    fn from(text: cost::Text) -> Self {
        Self::new(text.zh, text.en)
    }
}

/// What kind of answer a refusal is; decides the HTTP status.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    Unauthenticated,
    Forbidden,
    NotFound,
    MethodNotAllowed,
    Invalid,
    Refused,
    Conflict,
    TooMany,
    Unavailable,
}

/// What a room says when it refuses: a stable code and a sentence.
pub trait Refuse: std::fmt::Debug {
    fn code(&self) -> &'static str;
    fn text(&self) -> Text;
    fn kind(&self) -> Kind {
        Kind::Refused
    }
    fn retry_after_ms(&self) -> Option<i64> {
        None
    }
}

/// A refusal as it leaves the house.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    pub kind: Kind,
    pub code: &'static str,
    pub text: Text,
    pub retry_after_ms: Option<i64>,
}

/// One field of a request that can't be accepted.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Field {
    /// Dotted path inside the request body.
    pub path: String,
    pub code: Cow<'static, str>,
    pub message: Text,
}

impl Field {
    pub fn new(path: impl Into<String>, code: impl Into<Cow<'static, str>>, message: Text) -> Self {
        Self {
            path: path.into(),
            code: code.into(),
            message,
        }
    }
}

/// Everything that can go wrong, as callers see it.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error("{}", .0.code)]
    Refused(Refusal),
    #[error("invalid request: {}", .0.iter().map(|f| f.path.as_str()).collect::<Vec<_>>().join(", "))]
    Invalid(Vec<Field>),
    /// Two writers met; the whole action may be tried again.
    #[error("conflict with a concurrent change")]
    Conflict,
    #[error("internal: {0}")]
    Internal(#[source] Box<dyn std::error::Error + Send + Sync>),
}

pub type Result<T, E = Error> = std::result::Result<T, E>;

impl Error {
    /// An internal error from a plain sentence.
    pub fn internal(why: impl Into<String>) -> Self {
        Self::Internal(why.into().into())
    }

    /// The stable code of this error.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Refused(refusal) => refusal.code,
            Self::Invalid(_) => "invalid_request",
            Self::Conflict => "conflict",
            Self::Internal(_) => "internal",
        }
    }

    /// The id does not exist, or belongs to someone else: both look the same from outside.
    pub fn not_found() -> Self {
        Self::Refused(Refusal {
            kind: Kind::NotFound,
            code: "not_found",
            text: Text::new("没有找到,或不属于您。", "Not found, or not yours."),
            retry_after_ms: None,
        })
    }

    /// One wrong field.
    pub fn field(path: &str, code: &'static str, zh: &'static str, en: &'static str) -> Self {
        Self::Invalid(vec![Field::new(path, code, Text::new(zh, en))])
    }
}

impl<R: Refuse> From<R> for Error {
    fn from(refuse: R) -> Self {
        Self::Refused(Refusal {
            kind: refuse.kind(),
            code: refuse.code(),
            text: refuse.text(),
            retry_after_ms: refuse.retry_after_ms(),
        })
    }
}

impl From<sea_orm::DbErr> for Error {
    fn from(cause: sea_orm::DbErr) -> Self {
        if is_transient(&cause) {
            Self::Conflict
        } else {
            Self::Internal(Box::new(cause))
        }
    }
}

/// True for errors after which the same action may simply be tried again.
fn is_transient(cause: &sea_orm::DbErr) -> bool {
    let (sea_orm::DbErr::Exec(runtime)
    | sea_orm::DbErr::Query(runtime)
    | sea_orm::DbErr::Conn(runtime)) = cause
    else {
        return false;
    };
    let sea_orm::RuntimeErr::SqlxError(sqlx) = runtime else {
        return false;
    };
    let code = sqlx.as_database_error().and_then(|e| e.code());
    // PostgreSQL: serialization failure, deadlock, unique violation. SQLite: BUSY, BUSY_SNAPSHOT, unique violations.
    matches!(
        code.as_deref(),
        Some("40001" | "40P01" | "23505" | "5" | "517" | "2067" | "1555")
    )
}

macro_rules! internal_from {
    ($($cause:ty),* $(,)?) => {
        $(impl From<$cause> for Error {
            fn from(cause: $cause) -> Self {
                Self::Internal(Box::new(cause))
            }
        })*
    };
}

internal_from!(
    std::io::Error,
    serde_json::Error,
    object_store::Error,
    tokio::task::JoinError,
    proof::canonical::CanonicalError,
    proof::ProofError,
    proof::bundle::BundleError,
    reqwest::Error,
    axum::http::Error,
    std::num::TryFromIntError,
);
