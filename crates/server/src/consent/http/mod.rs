//! Notices and decisions on the wire.

mod console;
mod duties;
mod me;
mod replies;
mod search;

use crate::http::Routes;

pub fn routes() -> Routes {
    Routes::new()
        .merge(console::routes())
        .merge(duties::routes())
        .merge(me::routes())
        .merge(replies::routes())
}
