//! What a recording shows and says: faces, voices, speech, print and liveness.
//!
//! Every sense is one module over real models that run locally; none of them calls anywhere.
//! [`models`] fetches and checks those models, [`media`] takes pictures and sound out of a
//! recording. A sense whose model is missing, damaged or fails gives [`NotPerformed`]: a person
//! must look, and nothing is ever passed for want of a model.
//!
//! The crate knows nothing of lenders, databases or the web.

pub mod command;
mod evaluate;
pub mod faces;
pub mod fixtures;
mod input;
pub mod liveness;
pub mod media;
mod mel;
pub mod models;
mod parity;
pub mod picture;
pub mod print;
mod runtime;
pub mod sound;
pub mod speech;
pub mod thresholds;
pub mod voices;

pub use input::{NotPerformed, Unreadable};
