//! Verbs inside a caller's transaction: each records its fact there.

mod destroy;
mod enrol;
mod files;
mod grants;
mod items;
mod own;
mod third;

pub(super) use destroy::days_left;
pub use destroy::{
    brought_back, destroy, end_relation, hold, lift_hold, propose_destruction, renew_relation,
    wipe_again,
};
pub use enrol::{enrol, enrol_business};
pub use files::{OpenFile, open_file, open_parts, seal_file, seal_part};
pub use grants::{end_grant, end_grants_of_source, grant, grant_resting_on, may_open};
pub use items::{keep, open, open_explained};
pub use own::{establish, forget_earlier_phone, open_earlier_phone};
pub(super) use third::forget_third;
pub use third::{enrol_third, openings_left, remove_third, third_phone_index};
