//! Loans over HTTP: the lender's backend, the borrower's pages, the console.

mod console;
mod h5;
mod partner;

use crate::http::Routes;

pub fn routes() -> Routes {
    Routes::new()
        .merge(partner::routes())
        .merge(h5::routes())
        .merge(console::routes())
}
