//! 远程双录: a colleague leads the person by video. The pictures go from page to page; each page records its own side.
//!
//! Promises: one colleague leads at a time, and of two who take it at once one gets it; whoever waits is told honestly who is
//! there, and nobody waits for ever; a colleague who is gone gives the person back to the front of the queue; the pages'
//! messages reach only the two of this turn, and nothing of them stays behind it.

mod call;
mod desk;
mod h5;
mod jobs;
pub mod model;
mod turn;

pub use call::{LeadView, led_now};
pub use jobs::Tend;

use crate::http::Routes;

pub fn routes() -> Routes {
    h5::routes().merge(desk::routes())
}
