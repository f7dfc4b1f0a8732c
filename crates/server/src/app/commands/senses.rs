//! The senses by hand, and the models that they need.

use std::process::ExitCode;

use perception::command::{self, Options};

use super::Place;
use crate::error::{Error, Result};

/// Prints what one sense found, with the house's models and thresholds.
pub fn perceive(place: &Place, mut options: Options) -> Result<ExitCode> {
    let recording = place.config()?.recording;
    options.models.get_or_insert(recording.models_folder());
    let found = command::run(&options, &recording.thresholds)
        .map_err(|cause| Error::Internal(Box::new(cause)))?;
    println!("{found:#}");
    Ok(ExitCode::SUCCESS)
}
