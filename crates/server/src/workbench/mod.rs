//! 消保工作台: what waits, for whoever signs in, and the whole at a glance.
//!
//! Promises: it shows only what the reader's rights open; every number is counted by the room that holds the rows, with a
//! bound, and leads to the list it was counted from. What is dear to reckon is at most a minute old, and
//! said to be; nothing else is kept.

mod glance;
mod http;
mod tiles;

pub use http::routes;
