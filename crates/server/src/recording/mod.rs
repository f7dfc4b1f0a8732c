//! 双录: the person records on their own phone, the system looks at what it received, and nothing that was acknowledged is lost.
//!
//! Promises: words hold the figures of the confirmed sheet and no others; a chunk is acknowledged once it is sealed, on the disk
//! and in its place in a chain whose head is sworn to; checks look at the received recording, never at what a page says of it;
//! what no machine could check goes to a person and is never passed; an answer that ends a recording can't be talked away;
//! other terms need another recording. Templates of faces and voices belong to one recording, under the person's own key.

mod actions;
mod chain;
mod correction;
mod evidence;
mod examine;
mod facts;
mod http;
mod intake;
mod jobs;
mod live;
mod model;
mod numerals;
mod preview;
mod reason;
mod refusal;
mod remote;
mod retention;
mod room;
mod scratch;
mod script;
mod sent;
mod store;
mod view;
mod voices;

pub use crate::product::NodeKind;
pub use actions::{
    CalledOff, Ending, Leading, Said, TakenOut, Whom, begin, call_off, call_person, correction_of,
    end_node, examined, judged, lead, open_node, reviewed, start_segment, taken_out,
};
pub use correction::{Correction, Pick};
pub use evidence::{Films, evidence};
pub use examine::{
    Act, Asked, Biometrics, Check, Ears, Enrolled, Examined, Glance, Outcome, Owner, Sense, Senses,
    examine, glance,
};
pub use facts::{Passed as PassedFact, PersonCalled as PersonCalledFact};
pub use http::routes;
pub use intake::forget_files;
pub use intake::{Taken, take};
pub use jobs::jobs;
pub use live::{Due, due, look as look_live, next as next_due};
pub use model::{CHUNK_BYTES_MAX, Call, Media, Mode, RecordingId};
pub use refusal::Refused;
pub use remote::{LeadView, led_now};
pub use retention::{Faces, faces};
pub use room::{Room, room};
pub use scratch::sweep;
pub use sent::Sent;
pub use store::leads::to_lead;
pub use store::{MIGRATIONS, case_of, forget, runs, to_review};
pub use view::{RecordingView, is_held, progress, revision, shown};
pub use voices::{voice, voiced, warn_if_mute};
