//! What a lender offers: products and their versions.
//!
//! Promises: a version never changes once proposed; it is released only by an [`Approval`] of two different people over
//! its digest; a price that exceeds a blocking threshold is not released. A loan's terms come from a released version.

mod actions;
mod changes;
mod check;
mod cooling_off;
mod facts;
mod http;
mod identity;
mod jobs;
mod model;
mod recording;
mod script;
mod steps;
mod store;
mod view;
mod voices;

pub use actions::{Proposal, approve, propose, release};
pub use cooling_off::{CoolingOff, CoolingOffCost};
pub use http::routes;
pub use identity::IdentityMethod;
pub use jobs::jobs;
pub use model::{Approval, Ask, Definition, KeyTerm, ReadingSeconds, Refused, State, Version};
pub use recording::{
    Channel, FIGURES, Node, NodeKind, Occasion, OnWrong, Recording, RecordingBasis, RecordingWhen,
    Reviewed, Voice,
};
pub use steps::{Progress, Protection};
pub use store::{MIGRATIONS, drafts};
pub use view::{VERSIONS_MAX, by_code, newest, policy, released, version, versions};
pub use voices::{NewVoice, VOICE_BYTES_MAX, VoiceMedia, keep_voice, voice};

crate::id!(
    /// A product of one institution.
    ProductId,
    "prd"
);
