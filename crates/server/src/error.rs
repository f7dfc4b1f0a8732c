//! One error type for the whole house, and the words people see.
//!
//! A room refuses with its own enum ([`Refuse`]); everything unexpected is [`Error::Internal`], whose cause is logged once and never shown.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};

/// A sentence in both languages.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
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
    Malformed,
    TooLarge,
    MediaType,
    Invalid,
    Refused,
    Conflict,
    TooMany,
    NoRoom,
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
    /// What exactly is in the way, where that can be named.
    fn fields(&self) -> Vec<Field> {
        Vec::new()
    }
}

/// A refusal as it leaves the house.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    pub kind: Kind,
    pub code: &'static str,
    pub text: Text,
    pub retry_after_ms: Option<i64>,
    pub fields: Vec<Field>,
}

/// One field of a request that can't be accepted.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, utoipa::ToSchema)]
#[schema(as = ErrorField)]
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
    /// The disk is full, or the share of it that this program may use.
    #[error("no room: {0}")]
    Full(#[source] Box<dyn std::error::Error + Send + Sync>),
    #[error("internal: {0}")]
    Internal(#[source] Box<dyn std::error::Error + Send + Sync>),
}

pub type Result<T, E = Error> = std::result::Result<T, E>;

impl Error {
    /// An internal error from a plain sentence.
    pub fn internal(why: impl Into<String>) -> Self {
        Self::Internal(why.into().into())
    }

    /// Whatever broke beneath; a full disk is told from all else, because it passes.
    fn beneath(cause: Box<dyn std::error::Error + Send + Sync>) -> Self {
        match is_full(&*cause) {
            true => Self::Full(cause),
            false => Self::Internal(cause),
        }
    }

    /// The stable code of this error.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Refused(refusal) => refusal.code,
            Self::Invalid(_) => "invalid_request",
            Self::Conflict => "conflict",
            Self::Full(_) => "disk_full",
            Self::Internal(_) => "internal",
        }
    }

    /// The id does not exist, or belongs to someone else: both look the same from outside.
    pub fn not_found() -> Self {
        Self::Refused(Refusal {
            kind: Kind::NotFound,
            code: "not_found",
            text: Text::new("没有找到，或不属于您。", "Not found, or not yours."),
            retry_after_ms: None,
            fields: Vec::new(),
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
            fields: refuse.fields(),
        })
    }
}

impl From<sqlx::Error> for Error {
    fn from(cause: sqlx::Error) -> Self {
        // SQLSTATE, or SQLite's extended code.
        let code = cause
            .as_database_error()
            .and_then(|error| error.code().map(Cow::into_owned));
        match code.as_deref() {
            // The same action may simply be tried again.
            // PostgreSQL: serialization failure, deadlock, unique violation. SQLite: BUSY, BUSY_SNAPSHOT, unique violations.
            Some("40001" | "40P01" | "23505" | "5" | "517" | "2067" | "1555") => Self::Conflict,
            // PostgreSQL can't keep such a text; a NUL that no earlier check caught.
            Some("22021") => Self::field(
                "",
                "text_nul",
                "不能含有空字符。",
                "A NUL character is not allowed.",
            ),
            // Disk full, of PostgreSQL and of SQLite.
            Some("53100" | "13") => Self::Full(Box::new(cause)),
            _ => Self::beneath(Box::new(cause)),
        }
    }
}

/// Whether an error, or any beneath it, is a disk without room.
fn is_full(error: &(dyn std::error::Error + 'static)) -> bool {
    use std::io::ErrorKind::{FileTooLarge, QuotaExceeded, StorageFull};
    let mut next = Some(error);
    while let Some(one) = next {
        let kind = one
            .downcast_ref::<std::io::Error>()
            .map(std::io::Error::kind);
        if let Some(StorageFull | QuotaExceeded | FileTooLarge) = kind {
            return true;
        }
        next = one.source();
    }
    false
}

/// An error and everything beneath it, outermost first; for logs and operators. What a cause repeats of the one above
/// is left out.
pub fn with_causes(error: &(dyn std::error::Error + 'static)) -> String {
    let mut words = error.to_string();
    let mut cause = error.source();
    while let Some(deeper) = cause {
        let said = deeper.to_string();
        if !words.ends_with(&said) {
            words.push_str(": ");
            words.push_str(&said);
        }
        cause = deeper.source();
    }
    words
}

impl From<reqwest::Error> for Error {
    fn from(cause: reqwest::Error) -> Self {
        // An address may hold a gateway's secret.
        Self::Internal(Box::new(cause.without_url()))
    }
}

macro_rules! internal_from {
    ($($cause:ty),* $(,)?) => {
        $(impl From<$cause> for Error {
            fn from(cause: $cause) -> Self {
                Self::beneath(Box::new(cause))
            }
        })*
    };
}

internal_from!(
    std::io::Error,
    sea_orm::DbErr,
    serde_json::Error,
    csv::Error,
    object_store::Error,
    tokio::task::JoinError,
    proof::canonical::CanonicalError,
    proof::ProofError,
    proof::bundle::BundleError,
    axum::http::Error,
    std::num::TryFromIntError,
);

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, thiserror::Error)]
    #[error("the file is gone")]
    struct Inner;

    #[derive(Debug, thiserror::Error)]
    #[error("the print failed")]
    struct Outer(#[source] Inner);

    #[test]
    fn a_disk_without_room_is_told_from_a_broken_one() {
        use std::io::ErrorKind;
        for (kind, code) in [
            (ErrorKind::StorageFull, "disk_full"),
            (ErrorKind::QuotaExceeded, "disk_full"),
            (ErrorKind::FileTooLarge, "disk_full"),
            (ErrorKind::PermissionDenied, "internal"),
        ] {
            let source = Box::new(std::io::Error::from(kind));
            let store = "LocalFileSystem";
            let cause = object_store::Error::Generic { store, source };
            assert_eq!(Error::from(cause).code(), code, "{kind}");
        }
    }

    #[test]
    fn every_cause_is_told_once() {
        let error = Error::Internal(Box::new(Outer(Inner)));
        assert_eq!(
            with_causes(&error),
            "internal: the print failed: the file is gone"
        );
        assert_eq!(with_causes(&Error::internal("why")), "internal: why");
    }
}
