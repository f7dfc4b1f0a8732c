//! Signing over HTTP.

mod templates;

use crate::http::Routes;

pub fn routes() -> Routes {
    Routes::new().merge(templates::routes())
}
