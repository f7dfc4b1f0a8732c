//! The wire of access, one file for each noun.

mod keys;
mod links;
mod outbox;
mod staff;

use axum::Router;

use crate::ctx::Ctx;

pub fn routes() -> Router<Ctx> {
    Router::new()
        .merge(staff::routes())
        .merge(keys::routes())
        .merge(outbox::routes())
        .merge(links::routes())
}
