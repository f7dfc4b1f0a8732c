//! The one filter that structure may hide in, and its predictors.

use super::object::{Dict, Object};
use super::{PdfError, UNPACKED_BYTES_MAX};

/// Unpacks a stream of structure; what it unpacks to is taken from `left`.
pub(super) fn unpack(dict: &Dict, data: &[u8], left: &mut usize) -> Result<Vec<u8>, PdfError> {
    let filter = match dict.get("Filter") {
        Some(Object::Array(list)) if list.len() == 1 => list.first(),
        other => other,
    };
    let out = match filter {
        None => data.to_vec(),
        Some(Object::Name(name)) if name == b"FlateDecode" => {
            miniz_oxide::inflate::decompress_to_vec_zlib_with_limit(data, *left)
                .map_err(|_| PdfError::Unsupported("a stream that does not unpack"))?
        }
        Some(_) => return Err(PdfError::Unsupported("a filter of structure")),
    };
    *left = left.checked_sub(out.len()).ok_or(PdfError::TooLarge)?;
    let parameters = match dict.get("DecodeParms") {
        Some(Object::Array(list)) if list.len() == 1 => list[0].dict(),
        Some(other) => other.dict(),
        None => None,
    };
    match parameters.and_then(|dict| dict.integer("Predictor")) {
        None | Some(1) => Ok(out),
        Some(10..=15) => {
            let columns = parameters
                .and_then(|dict| dict.integer("Columns"))
                .unwrap_or(1);
            let columns = usize::try_from(columns)
                .ok()
                .filter(|n| (1..=4096).contains(n));
            rows(&out, columns.ok_or(PdfError::Unsupported("a predictor"))?)
        }
        Some(_) => Err(PdfError::Unsupported("a predictor")),
    }
}

/// Undoes PNG's row filters for one byte a pixel.
fn rows(data: &[u8], columns: usize) -> Result<Vec<u8>, PdfError> {
    if !data.len().is_multiple_of(columns + 1) {
        return Err(PdfError::Unsupported("a predictor"));
    }
    let mut out = Vec::with_capacity(data.len());
    let mut above = vec![0u8; columns];
    for row in data.chunks(columns + 1) {
        let mut current = row[1..].to_vec();
        for index in 0..columns {
            let left = if index > 0 { current[index - 1] } else { 0 };
            let corner = if index > 0 { above[index - 1] } else { 0 };
            let up = above[index];
            let guess = match row[0] {
                0 => 0,
                1 => left,
                2 => up,
                3 => ((u16::from(left) + u16::from(up)) / 2) as u8,
                4 => paeth(left, up, corner),
                _ => return Err(PdfError::Unsupported("a predictor")),
            };
            current[index] = current[index].wrapping_add(guess);
        }
        out.extend_from_slice(&current);
        above = current;
    }
    Ok(out)
}

fn paeth(left: u8, up: u8, corner: u8) -> u8 {
    let (a, b, c) = (i16::from(left), i16::from(up), i16::from(corner));
    let guess = a + b - c;
    let (from_a, from_b, from_c) = ((guess - a).abs(), (guess - b).abs(), (guess - c).abs());
    if from_a <= from_b && from_a <= from_c {
        left
    } else if from_b <= from_c {
        up
    } else {
        corner
    }
}

/// Packs a stream's bytes.
pub(super) fn deflate(data: &[u8]) -> Vec<u8> {
    miniz_oxide::deflate::compress_to_vec_zlib(data, 6)
}

/// A fresh allowance for one file.
pub(super) fn allowance() -> usize {
    UNPACKED_BYTES_MAX
}
