//! The wire of access, one file for each noun.

mod institutions;
mod keys;
mod links;
mod outbox;
mod settings;
mod staff;

use crate::http::Routes;

pub fn routes() -> Routes {
    Routes::new()
        .merge(staff::routes())
        .merge(institutions::routes())
        .merge(settings::routes())
        .merge(keys::routes())
        .merge(outbox::routes())
        .merge(links::routes())
}
