//! The wire of custody.

mod destructions;
mod mine;
mod openings;
mod subjects;

use crate::http::Routes;

pub fn routes() -> Routes {
    Routes::new()
        .merge(subjects::routes())
        .merge(openings::routes())
        .merge(destructions::routes())
        .merge(mine::routes())
}
