//! A look at a recording while it goes on: what came last is looked at for a moment, and what was noticed is told at once.
//!
//! Taking chunks never waits for it: each is laid on a desk in memory, and a look that finds no time is left out. What was
//! received lies on the disk sealed as ever; the newest seconds are kept in memory beside it and nowhere else, so that a look
//! opens nothing. The vault is opened once for a try: for the templates that faces are compared with, and for a segment's
//! head where another process took it.

mod desk;
mod look;
mod telling;

pub use desk::{Due, came, due, next};
pub use look::look;
