//! Personal information: sealed at rest, found by blind index, opened only under a live grant.
//!
//! Promises: one subject per institution and ID number, whose name and
//! phone change only with verified identity; what an application says serves its own case; every field is sealed under its subject's own key, which is
//! wrapped by an epoch key kept outside the database; whoever opens an item names a purpose, needs a grant for it and
//! leaves a fact; masked forms need no grant. A third person is kept for whoever named them, under a key of their own,
//! opened for staff only to reach that person and seldom, and gone at once when anybody asks. A lost or swapped key file is an error, never a fresh start.
//!
//! Not here: personal data in a fact, an error or a log line. [`Private`] can't be printed or serialised.

mod actions;
mod business;
mod card;
mod destroyed;
mod epochs;
mod facts;
mod item;
mod jobs;
mod keeping;
mod keyring;
mod model;
mod opening;
mod person;
mod private;
mod read;
mod retention;
mod seal;
mod store;
mod third;

pub use actions::{
    OpenFile, brought_back, destroy, end_grant, end_grants_of_source, end_relation, enrol,
    enrol_business, enrol_third, establish, forget_earlier_phone, grant, grant_resting_on, hold,
    keep, lift_hold, may_open, open, open_earlier_phone, open_explained, open_file, open_parts,
    openings_left, propose_destruction, remove_third, renew_relation, seal_file, seal_part,
    third_phone_index, wipe_again,
};
pub use business::{Business, BusinessKind};
pub use card::{Card, Openings, card, destroyed, list, openings};
pub use destroyed::{Evidence, destruction, evidence};
pub use epochs::{
    EpochFigures, Rotation, Step, advance, figures as epoch_figures, open as open_epochs, rotation,
    schedule,
};
pub use item::{ItemKind, document_until, document_valid};
pub use jobs::jobs;
pub use keeping::{Keeping, keeping};
pub use model::{
    Basis, DestroyReason, DestructionId, EndReason, GrantId, HoldId, HoldReason, Purpose, Subject,
    SubjectId, SubjectKind, mask_phone,
};
pub use opening::{Opening, Reason};
pub use person::{Person, birth_date, mobile};
pub use private::Private;
pub use read::{
    Known, has, has_one_phone, kept, others_with_phone, search, subject, subject_in, subjects,
};
pub use retention::Rule as RetentionRule;
pub use store::MIGRATIONS;
pub use store::destructions::DestructionRow;
pub use store::epochs::State as EpochState;
pub use store::openings::{destructions_proposed, strange_since};
pub use third::{Removal, ThirdPerson};

/// The kind of the fact that a subject's data was destroyed; its case is the subject.
pub const DESTROYED: &str = facts::Destroyed::NAME;

/// The key files of this room; those of the epochs are tied to the database by [`open_epochs`].
pub const KEYS: &[&str] = &[keyring::BLIND];
