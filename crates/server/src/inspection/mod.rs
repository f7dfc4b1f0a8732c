//! 迎检: loans drawn by lot for a supervisor's or an internal inspection, and how complete the evidence of each is.
//!
//! Promises: what is asked for, and the inspector's words, are sworn to first, and then the population; its order follows from
//! those words and the root of the first published checkpoint over that second fact, which nobody at the console can know
//! before, for every fact is salted. A draw that failed meets its population anew, and a later root decides. The population is kept as a list of ids, and anyone who has it finds the same cases. A draw is never
//! deleted: each stays in the list, also one that was asked for again until it suited. Not promised: that whoever runs the
//! machine itself could not have made the log anew before its witnesses saw it. Whether a protection stands is said by the
//! journey, and no second reckoning exists here.

mod actions;
mod bundles;
mod facts;
mod http;
mod jobs;
mod lot;
mod model;
mod population;
mod refusal;
mod store;

pub use actions::{draw, exists, newest};
pub use bundles::forget::forget;
pub use bundles::parts::{FOLDER, KEYS};
pub use http::routes;
pub use jobs::jobs;
pub use model::{Asked, Draw, DrawId, DrawState};
pub use store::MIGRATIONS;
