//! Verbs inside a caller's transaction: each records its fact there.

mod enrol;
mod files;
mod grants;
mod items;

pub use enrol::enrol;
pub use files::{open_file, seal_file};
pub use grants::{end_grant, end_grants_of_source, grant, grant_resting_on};
pub use items::{keep, open};
