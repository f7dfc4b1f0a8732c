//! One node of a recording, held against what was asked: who is seen, what is done, what is said.
//!
//! Knows neither tables nor requests. The models are loaded once and serve on a thread of their own; what one node gives
//! depends on its media and its question alone. A sense whose model is missing performs nothing, and nothing is ever
//! passed for it: a person must look.

mod acts;
mod apart;
mod asked;
mod card;
mod enrolled;
mod found;
mod glance;
mod hearing;
mod lexicon;
mod senses;
mod sight;
mod still;

pub use asked::{Asked, Biometrics};
pub use card::Owner;
pub use enrolled::Enrolled;
pub use found::{Check, Examined, Outcome, Sense};
pub use glance::{Ears, Glance};
pub use perception::liveness::Act;
pub use senses::{Busy, Senses};

use std::path::PathBuf;

/// Looks at and listens to one node of the file as far as it has arrived; takes a minute at the most once it is its turn.
///
/// Safe to repeat: the same file and question give the same findings.
pub async fn examine(senses: &Senses, media: PathBuf, asked: Asked) -> Result<Examined, Busy> {
    senses.ask(media, asked).await
}

/// Looks at the newest seconds of a film that still grows; none where it shows nothing. Ends of nodes come first.
pub async fn glance(
    senses: &Senses,
    media: PathBuf,
    enrolled: Option<&Enrolled>,
) -> Result<Option<Glance>, Busy> {
    senses.peek(media, enrolled).await
}
