//! The house font, and whether it can show what is about to be printed.

use std::borrow::Cow;

use serde_json::Value;
use typst::foundations::Bytes;
use typst::text::Font;

use super::{FAMILY, TypesetError};

/// Most missing characters named in one error.
const MISSING_MAX: usize = 16;

/// Parses the font files; the house font comes first.
pub(super) fn load(
    files: impl Iterator<Item = Cow<'static, [u8]>>,
) -> Result<Vec<Font>, TypesetError> {
    let mut fonts = Vec::new();
    for (index, file) in files.enumerate() {
        let before = fonts.len();
        fonts.extend(Font::iter(Bytes::new(file)));
        if fonts.len() == before {
            return Err(TypesetError::FontInvalid { index });
        }
    }
    let house = fonts
        .iter()
        .position(|font| font.info().family == FAMILY)
        .ok_or(TypesetError::FontMissing { family: FAMILY })?;
    fonts.swap(0, house);
    Ok(fonts)
}

/// Fails with every (or the first few) character of `data` and `more` that `font` does not have.
///
/// Invisible characters count too: what can't be seen has no place in a document to be signed.
pub(super) fn must_cover(font: &Font, data: &Value, more: &[&str]) -> Result<(), TypesetError> {
    let mut missing = Vec::new();
    for text in more {
        note_missing(font, text, &mut missing);
    }
    let mut open = vec![data];
    while let Some(value) = open.pop() {
        match value {
            Value::String(text) => note_missing(font, text, &mut missing),
            Value::Array(values) => open.extend(values.iter().rev()),
            Value::Object(fields) => open.extend(fields.values()),
            Value::Null | Value::Bool(_) | Value::Number(_) => {}
        }
    }
    if missing.is_empty() {
        Ok(())
    } else {
        Err(TypesetError::GlyphMissing {
            characters: missing,
        })
    }
}

/// `text` with a full-width asterisk for every character that `font` does not have.
pub(super) fn printable(font: &Font, text: &str) -> String {
    text.chars()
        .map(|c| {
            if c == ' ' || font.info().coverage.contains(c.into()) {
                c
            } else {
                '＊'
            }
        })
        .collect()
}

fn note_missing(font: &Font, text: &str, missing: &mut Vec<char>) {
    for c in text.chars().filter(|c| !matches!(c, ' ' | '\n')) {
        if missing.len() < MISSING_MAX
            && !font.info().coverage.contains(c.into())
            && !missing.contains(&c)
        {
            missing.push(c);
        }
    }
}
