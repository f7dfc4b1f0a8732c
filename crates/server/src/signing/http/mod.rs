//! Signing over HTTP.

mod authority;
mod templates;

use crate::http::Routes;

pub fn routes() -> Routes {
    Routes::new()
        .merge(templates::routes())
        .merge(authority::routes())
}
