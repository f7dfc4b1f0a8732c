//! The wire: strict JSON in, one error shape out, request ids, limits, headers. Knows no business.

mod address;
mod answer;
mod body;
mod client;
mod csv;
mod frames;
mod layers;
mod paging;
mod same_origin;
mod signature;
mod store;
mod strict;
mod visits;

pub use address::{Path, Query};
pub use answer::{ErrorBody, attachment, no_content};
pub use body::{Body, Malformed, Nothing, parse};
pub use client::{address, asked_host};
pub use csv::{Form, Table, list};
pub use frames::{cookies_reach_frames, for_evidence, framed_by};
pub use layers::{cookie, layers, method_not_allowed, request_id, set_cookie};
pub use paging::{PageView, Paging};
pub use signature::{sign, verify};
pub use store::MIGRATIONS;
pub use visits::{Reader, Stranger};

use crate::ctx::Ctx;

/// Routes of a room together with their description; `app` merges both.
pub type Routes = utoipa_axum::router::OpenApiRouter<Ctx>;

/// Browser writes carry this header; other sites can't make a browser send it without asking first (CSRF).
pub const BROWSER_HEADER: &str = "x-xiaobao";
