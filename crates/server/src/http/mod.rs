//! The wire: strict JSON in, one error shape out, request ids, limits, headers. Knows no business.

mod answer;
mod body;
mod layers;
mod paging;

pub use answer::{attachment, no_content};
pub use body::Body;
pub use layers::{cookie, layers, request_id, set_cookie};
pub use paging::{PageView, Paging};

/// Browser writes carry this header; other sites can't make a browser send it without asking first (CSRF).
pub const BROWSER_HEADER: &str = "x-xiaobao";
