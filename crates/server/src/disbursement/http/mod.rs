//! The console's side, and the lender's view of a day.

mod days;
mod incidents;
mod restores;

use crate::http::Routes;

pub fn routes() -> Routes {
    Routes::new()
        .merge(incidents::routes())
        .merge(days::routes())
        .merge(restores::routes())
}
