//! Print: lines of text in a picture, and the fields of an identity card.

mod identity_card;
mod lines;

pub use identity_card::{Day, Fault, IdentityCard, NumberFault, check_number};

use crate::NotPerformed;
use crate::models::{Models, PRINT_LINES, PRINT_TEXT};
use crate::picture::{Affine, Picture, Point};
use crate::runtime::Net;
use lines::Slant;

/// Shortest side that the finder of lines is shown, and longest, in pixels.
const SIDE_MIN: f32 = 736.0;
const SIDE_MAX: f32 = 1_600.0;
/// The finder works on squares of so many pixels.
const SQUARE: usize = 32;
/// Height and bounds of the width that the reader is shown, in pixels.
const TEXT_HEIGHT: usize = 48;
const TEXT_WIDTH_MIN: usize = 320;
const TEXT_WIDTH_MAX: usize = 1_920;
/// Lines of one picture; more are not read.
pub const LINES_MAX: usize = 80;

/// A line of print.
#[derive(Clone, Debug, serde::Serialize)]
pub struct Line {
    /// The characters.
    pub text: String,
    /// Mean certainty of its characters, from 0 to 1.
    pub certainty: f32,
    /// Its corners, clockwise from the upper left, in pixels.
    pub corners: [Point; 4],
}

/// The sense of print.
pub struct Print {
    finder: Net,
    reader: Net,
    characters: Vec<String>,
}

impl Print {
    /// Loads both models; the characters stand in the reader's own file.
    pub fn open(models: &Models) -> Result<Self, NotPerformed> {
        let reader = Net::load(models, &PRINT_TEXT)?;
        let list = reader
            .said("character")
            .ok_or(NotPerformed::Damaged(PRINT_TEXT.file))?;
        Ok(Self {
            finder: Net::load(models, &PRINT_LINES)?,
            characters: list.lines().map(str::to_owned).collect(),
            reader,
        })
    }

    /// The lines of a picture of which the reader is at least so sure, from the top down.
    pub fn read(
        &mut self,
        picture: &Picture,
        certainty_min: f32,
    ) -> Result<Vec<Line>, NotPerformed> {
        let mut found = Vec::new();
        for slant in self.find(picture)? {
            let (text, certainty) = self.text(picture, &slant)?;
            if certainty >= certainty_min && !text.trim().is_empty() {
                found.push(Line {
                    text: text.trim().to_owned(),
                    certainty,
                    corners: slant.corners(),
                });
            }
        }
        Ok(found)
    }

    fn find(&mut self, picture: &Picture) -> Result<Vec<Slant>, NotPerformed> {
        let (width, height) = (picture.width() as f32, picture.height() as f32);
        let grown = (SIDE_MIN / width.min(height)).max(1.0);
        let scale = grown.min(SIDE_MAX / width.max(height));
        let squares = |length: f32| ((length * scale / SQUARE as f32).round() as usize).max(1);
        let (columns, rows) = (squares(width) * SQUARE, squares(height) * SQUARE);
        let map = Affine {
            x: [width / columns as f32, 0.0, 0.0],
            y: [0.0, height / rows as f32, 0.0],
        };
        let view = signed(picture.view(&map, columns, rows));
        let (_, shares) = self.finder.through("x", &[1, 3, rows, columns], view)?;
        let mut slants = lines::slants(&shares, columns, rows);
        slants.truncate(LINES_MAX);
        slants
            .iter_mut()
            .for_each(|slant| slant.stretch(map.x[0], map.y[1]));
        lines::sort(&mut slants);
        Ok(slants)
    }

    fn text(&mut self, picture: &Picture, slant: &Slant) -> Result<(String, f32), NotPerformed> {
        let (map, width) = slant.map(TEXT_HEIGHT, TEXT_WIDTH_MAX);
        let view = signed(picture.view(&map, width, TEXT_HEIGHT));
        let padded = width.max(TEXT_WIDTH_MIN);
        let mut input = vec![0.0; 3 * TEXT_HEIGHT * padded];
        for (to, from) in input.chunks_mut(padded).zip(view.chunks(width)) {
            to[..width].copy_from_slice(from);
        }
        let (shape, shares) = self
            .reader
            .through("x", &[1, 3, TEXT_HEIGHT, padded], input)?;
        Ok(decode(&shares, shape[2], &self.characters))
    }
}

/// Planes from 0 to 255 as the models want them: blue first, from -1 to 1.
fn signed(mut planes: Vec<f32>) -> Vec<f32> {
    planes
        .iter_mut()
        .for_each(|value| *value = *value / 127.5 - 1.0);
    let plane = planes.len() / 3;
    let (red, rest) = planes.split_at_mut(plane);
    red.swap_with_slice(&mut rest[plane..]);
    planes
}

/// Characters of the likeliest class at each place: the first class is none, repetitions are one
/// character, and the class after the last character is a space.
fn decode(shares: &[f32], classes: usize, characters: &[String]) -> (String, f32) {
    let (mut text, mut sum, mut count, mut before) = (String::new(), 0.0, 0, 0);
    for place in shares.chunks_exact(classes.max(1)) {
        let likeliest = place.iter().enumerate().max_by(|a, b| a.1.total_cmp(b.1));
        let Some((class, share)) = likeliest else {
            break;
        };
        if class != 0 && class != before {
            text.push_str(characters.get(class - 1).map_or(" ", String::as_str));
            sum += share;
            count += 1;
        }
        before = class;
    }
    (text, if count > 0 { sum / count as f32 } else { 0.0 })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_become_characters() {
        let characters = ["甲".to_owned(), "乙".to_owned()];
        let place = |class: usize| {
            let mut shares = [0.1; 4];
            shares[class] = 0.7;
            shares
        };
        let shares: Vec<f32> = [1, 1, 0, 1, 2, 3].into_iter().flat_map(place).collect();
        let (text, certainty) = decode(&shares, 4, &characters);
        assert_eq!(text, "甲甲乙 ");
        assert!((certainty - 0.7).abs() < 1e-6);
        assert_eq!(decode(&[], 4, &characters), (String::new(), 0.0));
    }

    #[test]
    fn planes_change_places_and_sign() {
        assert_eq!(signed(vec![0.0, 127.5, 255.0]), [1.0, 0.0, -1.0]);
    }
}
