//! Strict JSON bodies: bounded, typed, unknown fields refused, the wrong field named.

use axum::body::Bytes;
use axum::extract::{FromRequest, Request};
use axum::http::{StatusCode, header};
use serde::Deserialize;
use serde::de::DeserializeOwned;

use super::strict::Strict;
use crate::error::{Error, Field, Kind, Refuse, Result, Text};

/// A JSON body of type `T`. `T` denies unknown fields itself.
#[derive(Debug)]
pub struct Body<T>(pub T);

/// The body of a call that needs no words: `{}`.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Nothing {}

/// What a body is refused for before anybody reads what it says.
#[derive(Debug)]
pub enum Malformed {
    /// By its own content type.
    OtherType,
    NotJson,
    TooLarge,
    Unreadable,
    Nul,
}

impl Refuse for Malformed {
    fn code(&self) -> &'static str {
        match self {
            Self::OtherType | Self::NotJson => "body_not_json",
            Self::TooLarge => "body_too_large",
            Self::Unreadable => "body_unreadable",
            Self::Nul => "text_nul",
        }
    }
    fn kind(&self) -> Kind {
        match self {
            Self::OtherType => Kind::MediaType,
            Self::NotJson | Self::Unreadable => Kind::Malformed,
            Self::TooLarge => Kind::TooLarge,
            Self::Nul => Kind::Invalid,
        }
    }
    fn text(&self) -> Text {
        match self {
            Self::OtherType | Self::NotJson => Text::new(
                "请求体应为 JSON（Content-Type: application/json）。",
                "The body must be JSON (Content-Type: application/json).",
            ),
            Self::TooLarge => Text::new("请求体过大。", "The body is too large."),
            Self::Unreadable => Text::new("请求体没有完整到达。", "The body did not arrive whole."),
            Self::Nul => Text::new("不能含有空字符。", "A NUL character is not allowed."),
        }
    }
}

impl<S: Send + Sync, T: DeserializeOwned> FromRequest<S> for Body<T> {
    type Rejection = Error;

    async fn from_request(request: Request, state: &S) -> Result<Self> {
        let json = request
            .headers()
            .get(header::CONTENT_TYPE)
            .and_then(|v| v.to_str().ok())
            .is_some_and(|v| {
                v.split(';')
                    .next()
                    .is_some_and(|t| t.trim().eq_ignore_ascii_case("application/json"))
            });
        if !json {
            return Err(Malformed::OtherType.into());
        }
        let bytes = Bytes::from_request(request, state)
            .await
            .map_err(|rejection| {
                if rejection.status() == StatusCode::PAYLOAD_TOO_LARGE {
                    Malformed::TooLarge
                } else {
                    Malformed::Unreadable
                }
            })?;
        parse(&bytes).map(Self)
    }
}

/// Parses bytes as `T`; the error names the field but never repeats its value.
pub fn parse<T: DeserializeOwned>(bytes: &[u8]) -> Result<T> {
    let mut reader = serde_json::Deserializer::from_slice(bytes);
    let parsed: Result<T, _> = serde_path_to_error::deserialize(Strict(&mut reader));
    let value = parsed.map_err(|cause| {
        let path = cause.path().to_string();
        let inner = cause.into_inner();
        if inner.is_syntax() || inner.is_eof() {
            return Error::from(Malformed::NotJson);
        }
        let said = inner.to_string();
        let (code, message) = if said.starts_with("unknown field") {
            (
                "unknown_field",
                Text::new("没有这个字段。", "There is no such field."),
            )
        } else if said.starts_with("missing field") {
            (
                "missing_field",
                Text::new("缺少必填字段。", "A required field is missing."),
            )
        } else if said.starts_with("unknown variant") {
            (
                "unknown_value",
                Text::new("不是允许的取值。", "Not one of the allowed values."),
            )
        } else {
            (
                "wrong_type",
                Text::new("类型或格式不对。", "Wrong type or format."),
            )
        };
        Error::Invalid(vec![Field::new(path, code, message)])
    })?;
    reader.end().map_err(|_| Error::from(Malformed::NotJson))?;
    if holds_nul(bytes) {
        return Err(Malformed::Nul.into());
    }
    Ok(value)
}

/// Whether some string of well-formed JSON holds a NUL, which only the escape `\u0000` can write.
fn holds_nul(json: &[u8]) -> bool {
    let mut rest = json;
    while let Some(at) = rest.iter().position(|byte| *byte == b'\\') {
        rest = &rest[at..];
        if rest.starts_with(b"\\u0000") {
            return true;
        }
        rest = rest.get(2..).unwrap_or_default();
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(serde::Deserialize, Debug)]
    #[serde(deny_unknown_fields)]
    #[allow(dead_code, reason = "only parsed")]
    struct Loan {
        principal: i64,
    }

    #[test]
    fn each_mistake_has_its_own_code_and_no_value_is_repeated() {
        let code = |body: &str| match parse::<Loan>(body.as_bytes()) {
            Ok(_) => "ok".to_owned(),
            Err(Error::Invalid(fields)) => fields[0].code.to_string(),
            Err(other) => other.code().to_owned(),
        };
        assert_eq!(code(r#"{"principal":1}"#), "ok");
        assert_eq!(code(r#"{"principal":1,"x":2}"#), "unknown_field");
        assert_eq!(code("{}"), "missing_field");
        assert_eq!(code(r#"{"principal":"secret"}"#), "wrong_type");
        assert_eq!(code(r#"{"principal":1.5}"#), "wrong_type");
        assert_eq!(code("[1]"), "wrong_type");
        assert_eq!(code(r#"{"principal":1}{}"#), "body_not_json");
        assert_eq!(code("{"), "body_not_json");
        assert!(holds_nul(br#"{"a":"b\u0000"}"#) && !holds_nul(br#"{"a":"b\\u0000"}"#));
        let said = format!("{:?}", parse::<Loan>(br#"{"principal":"secret"}"#));
        assert!(!said.contains("secret"));
    }
}
