//! Notices and decisions on the wire.

mod console;
mod me;

use crate::http::Routes;

pub fn routes() -> Routes {
    Routes::new().merge(console::routes()).merge(me::routes())
}
