//! Whether one still picture was held where a camera should be.

use perception::faces::Face;
use perception::picture::Picture;

use super::sight::Seen;

/// Squares that a picture is divided into.
const COLUMNS: usize = 64;
const ROWS: usize = 48;
/// Pictures with a face that are needed to tell.
const PICTURES_MIN: usize = 8;
/// A still picture that was compressed as film changes no more than this between two pictures: brightness of the face's
/// squares, of 255, and places of its points in shares of the distance of the eyes. Whoever lives breathes, looks and
/// speaks, and moves several times as far.
const CHANGE_MAX: f32 = 0.5;
const SHIFT_MAX: f32 = 0.008;
/// Share of the pairs of pictures that must be so.
const PAIRS: f32 = 0.9;

/// How bright each square of a picture is.
pub struct Squares(Vec<f32>);

impl Squares {
    pub fn of(picture: &Picture) -> Self {
        let (width, height, rgb) = (picture.width(), picture.height(), picture.rgb());
        let mut sums = vec![(0_u32, 0_u32); COLUMNS * ROWS];
        // Every other pixel says as much in a quarter of the time.
        for row in (0..height).step_by(2) {
            for column in (0..width).step_by(2) {
                let at = (row * width + column) * 3;
                let square = row * ROWS / height * COLUMNS + column * COLUMNS / width;
                let brightness = rgb[at..at + 3].iter().map(|value| u32::from(*value));
                sums[square].0 += brightness.sum::<u32>();
                sums[square].1 += 3;
            }
        }
        let mean = |(sum, count): (u32, u32)| sum as f32 / count.max(1) as f32;
        Self(sums.into_iter().map(mean).collect())
    }

    /// Mean change within the box of a face, of pictures of this size.
    fn change(&self, other: &Self, face: &Face, size: (usize, usize)) -> f32 {
        let scale = |at: f32, all: usize, parts: usize| {
            ((at / all.max(1) as f32 * parts as f32) as usize).min(parts)
        };
        let bounds = &face.bounds;
        let columns = scale(bounds.x, size.0, COLUMNS)
            ..=scale(bounds.x + bounds.width, size.0, COLUMNS).min(COLUMNS - 1);
        let rows = scale(bounds.y, size.1, ROWS)
            ..=scale(bounds.y + bounds.height, size.1, ROWS).min(ROWS - 1);
        let squares =
            rows.flat_map(|row| columns.clone().map(move |column| row * COLUMNS + column));
        let (mut sum, mut count) = (0.0, 0_usize);
        for square in squares {
            sum += (self.0[square] - other.0[square]).abs();
            count += 1;
        }
        sum / count.max(1) as f32
    }
}

/// How far the points of a face went between two pictures, in shares of the distance of its eyes.
fn shift(a: &Face, b: &Face) -> f32 {
    let far = a.points.iter().zip(&b.points);
    let sum: f32 = far.map(|(a, b)| (a.x - b.x).hypot(a.y - b.y)).sum();
    sum / a.points.len().max(1) as f32 / a.eye_distance().max(1.0)
}

/// Whether nothing of the face moved in all of the time; not said of a few pictures.
pub fn is_still(seen: &[Seen]) -> bool {
    let shown: Vec<&Seen> = seen.iter().filter(|seen| !seen.faces.is_empty()).collect();
    if shown.len() < PICTURES_MIN {
        return false;
    }
    let unmoved = shown.windows(2).filter(|two| {
        let (a, b) = (&two[0], &two[1]);
        a.size == b.size
            && shift(&a.faces[0], &b.faces[0]) <= SHIFT_MAX
            && a.squares.change(&b.squares, &a.faces[0], a.size) <= CHANGE_MAX
    });
    unmoved.count() as f32 >= PAIRS * (shown.len() - 1) as f32
}
