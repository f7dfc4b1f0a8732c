//! The wire of access, one file for each noun.

mod keys;
mod links;
mod outbox;
mod staff;

use crate::http::Routes;

pub fn routes() -> Routes {
    Routes::new()
        .merge(staff::routes())
        .merge(keys::routes())
        .merge(outbox::routes())
        .merge(links::routes())
}
