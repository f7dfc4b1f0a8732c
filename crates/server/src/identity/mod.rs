//! Who the person is: providers are asked, or a member of staff looks at person and document.
//!
//! Promises: each question has one id for all its tries; an answer is yes, no or unknown, and only a clear no refuses;
//! particulars are opened under a grant for this purpose, leave in one request's body, and never inside a transaction;
//! a session of an authority's own page answers one question; a way without face and machines is one tap away until the identity is settled; what the simulator said is marked so.
//! An account that a loan is paid into is the person's own, by a provider or by a member of staff.
//!
//! Not here: a picture of anyone's face.

mod act;
mod actions;
mod card;
mod facts;
mod http;
mod jobs;
mod model;
mod providers;
mod refusal;
mod store;
mod views;

pub use act::{ForAct, Vouched, ask_person_for, end_act, start_for, vouched, with_person};
pub use actions::{Start, ask_person, attest, start};
pub use card::actions::{Account, ask_card, ask_card_person, card_phase};
pub use facts::SETTLED;
pub use http::routes;
pub use jobs::jobs;
pub use model::{Attestation, Phase, Route, Seen, Validity, Verdict};
pub use providers::{Kept, contract, simulated};
pub use refusal::Refused;
pub use store::{MIGRATIONS, forget, waiting_for_person};
pub use views::{IdentityView, progress, view};
