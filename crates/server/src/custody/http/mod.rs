//! The wire of custody.

mod destructions;
mod epochs;
mod mine;
mod openings;
mod partner;
mod subjects;

use crate::http::Routes;

pub fn routes() -> Routes {
    Routes::new()
        .merge(subjects::routes())
        .merge(openings::routes())
        .merge(destructions::routes())
        .merge(epochs::routes())
        .merge(mine::routes())
        .merge(partner::routes())
}
