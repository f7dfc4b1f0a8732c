//! Inputs and what our models make of them, written down for the originals to be compared with.

use crate::fixtures::FixtureError;
use crate::models::packages::FACE_API;
use crate::models::{FACE_DESCRIPTOR, FACE_DETECTOR, FACE_LANDMARKS, Models, SPEAKER};
use crate::picture::{Affine, Picture};
use crate::runtime::Net;
use crate::sound::{RATE, Sound};
use crate::speech::Speech;
use serde_json::{Value, json};
use std::path::Path;

/// Steps that the writer is compared at.
const STEPS: usize = 8;

/// Writes `NAME.in` and `NAME.out` for every converted model, little-endian floats each.
pub fn write(models: &Models, into: &Path) -> Result<Value, FixtureError> {
    std::fs::create_dir_all(into)?;
    let photograph = FACE_API
        .folder(models.folder())
        .join("package/demo/sample1.jpg");
    let picture = Picture::read(&std::fs::read(photograph)?)?;
    let squares = [
        (&FACE_DETECTOR, 416, Affine::zoom(0.0, 0.0, 1_920.0 / 416.0)),
        (&FACE_LANDMARKS, 112, Affine::zoom(782.0, 420.0, 2.8)),
        (&FACE_DESCRIPTOR, 150, Affine::zoom(782.0, 420.0, 2.0)),
    ];
    for (model, side, map) in squares {
        let view = picture.view(&map, side, side);
        floats(into, model.file, "in", &view)?;
        let (_, out) = Net::load(models, model)?.through("input", &[1, 3, side, side], view)?;
        floats(into, model.file, "out", &out)?;
    }
    let frames: Vec<f32> = (0..2 * 160 * 40).map(noise).collect();
    floats(into, SPEAKER.file, "in", &frames)?;
    let (_, out) = Net::load(models, &SPEAKER)?.through("mels", &[2, 160, 40], frames)?;
    floats(into, SPEAKER.file, "out", &out)?;
    let said = Speech::open(models)?.greedy(&chirps()?, STEPS)?;
    floats(into, "speech", "in", &said.picture)?;
    floats(into, "speech", "out", &said.weights)?;
    Ok(json!({ "folder": into, "tokens": said.tokens }))
}

fn floats(into: &Path, name: &str, side: &str, values: &[f32]) -> std::io::Result<()> {
    let bytes: Vec<u8> = values
        .iter()
        .flat_map(|value| value.to_le_bytes())
        .collect();
    std::fs::write(into.join(format!("{name}.{side}")), bytes)
}

/// A number from 0 to 1 that looks like chance and is always the same.
fn noise(at: usize) -> f32 {
    (at as f32 * 12.9898).sin().abs()
}

/// Six seconds of tones that rise and fall as a voice does.
fn chirps() -> Result<Sound, FixtureError> {
    let sample = |at: usize| {
        let time = at as f32 / RATE as f32;
        let pitch = 160.0 + 40.0 * (time * 4.0).sin();
        let tone = |times: f32| (std::f32::consts::TAU * pitch * times * time).sin() / times;
        let loud = (time * 9.0).sin().max(0.0);
        0.2 * loud * (tone(1.0) + tone(2.0) + tone(5.0) + 0.1 * noise(at))
    };
    Ok(Sound::from_samples((0..6 * RATE).map(sample).collect())?)
}
