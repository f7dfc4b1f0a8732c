//! A chunk as a page sends it: its bytes are the body, the chain's head is a header.

use axum::body::Bytes;
use axum::extract::{FromRequest, Request};
use axum::http::StatusCode;

use super::intake::NewChunk;
use super::refusal::Refused;
use crate::error::{Error, Result};
use crate::http::Malformed;

/// The header with the chain's head behind a chunk, hex.
const CHAIN: &str = "recording-chain";

/// A chunk that came whole.
pub struct Sent {
    head: String,
    bytes: Bytes,
}

impl Sent {
    /// As the chunk of a segment under its number.
    pub fn chunk(&self, segment: i64, no: i64) -> NewChunk<'_> {
        NewChunk {
            segment,
            no,
            bytes: &self.bytes,
            head: &self.head,
        }
    }
}

impl<S: Send + Sync> FromRequest<S> for Sent {
    type Rejection = Error;

    async fn from_request(request: Request, state: &S) -> Result<Self> {
        let head = request.headers().get(CHAIN);
        let head = head.and_then(|value| value.to_str().ok());
        let head = head.ok_or_else(|| {
            Error::field(
                CHAIN,
                "missing",
                "缺少这一段的校验值。",
                "The chain's head behind this chunk is missing.",
            )
        })?;
        let head = head.to_owned();
        let bytes = Bytes::from_request(request, state).await;
        let bytes = bytes.map_err(|broken| match broken.status() {
            StatusCode::PAYLOAD_TOO_LARGE => Error::from(Refused::ChunkTooLarge),
            // The line broke in the middle of it.
            _ => Malformed::Unreadable.into(),
        })?;
        Ok(Self { head, bytes })
    }
}
