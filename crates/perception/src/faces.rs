//! Faces: found, measured at 68 points, aligned, described and compared.

mod shape;

use crate::NotPerformed;
use crate::models::{FACE_DESCRIPTOR, FACE_DETECTOR, FACE_LANDMARKS, Models};
use crate::picture::{Affine, Picture, Point, Rect};
use crate::runtime::Net;

/// Points that describe a face, in the order of the iBUG set.
pub const POINTS: usize = 68;
/// Faces that one picture may show; more are not looked at.
pub const FACES_MAX: usize = 32;

/// Side of the square that the detector sees, in pixels.
const DETECTOR_SIDE: usize = 416;
/// Widths and heights that the detector expects, in cells of its grid.
const ANCHORS: [(f32, f32); 5] = [
    (1.603_231, 2.094_468),
    (6.041_143, 7.080_126),
    (2.882_459, 3.518_061),
    (4.266_906, 5.178_857),
    (9.041_765, 10.663_08),
];
/// Two boxes that share more than this are one face.
const OVERLAP_MAX: f32 = 0.4;
const LANDMARKS_SIDE: usize = 112;
const CHIP_SIDE: usize = 150;

/// A face in a picture.
#[derive(Clone, Debug, serde::Serialize)]
pub struct Face {
    /// Where it is.
    pub bounds: Rect,
    /// How sure the detector is, from 0 to 1.
    pub score: f32,
    /// Its 68 points.
    pub points: Vec<Point>,
}

impl Face {
    /// Between the middles of the eyes, in pixels.
    pub fn eye_distance(&self) -> f32 {
        let middle = |from: usize| {
            let eye = &self.points[from..from + 6];
            let sum = eye
                .iter()
                .fold((0.0, 0.0), |(x, y), point| (x + point.x, y + point.y));
            (sum.0 / 6.0, sum.1 / 6.0)
        };
        let (left, right) = (middle(36), middle(42));
        (left.0 - right.0).hypot(left.1 - right.1)
    }
}

/// What a face is compared by.
#[derive(Clone, PartialEq)]
pub struct Descriptor(Vec<f32>);

impl std::fmt::Debug for Descriptor {
    /// The numbers are biometric data.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Descriptor").finish_non_exhaustive()
    }
}

impl Descriptor {
    /// Length of a descriptor.
    pub const LENGTH: usize = 128;

    /// A kept descriptor; none where the length is another or a number is not finite.
    pub fn from_values(values: Vec<f32>) -> Option<Self> {
        let sound = values.len() == Self::LENGTH && values.iter().all(|value| value.is_finite());
        sound.then_some(Self(values))
    }

    /// The numbers, to be kept.
    pub fn values(&self) -> &[f32] {
        &self.0
    }

    /// Distance of two faces: 0 for the same picture, beyond
    /// [`crate::thresholds::Thresholds::face_distance_max`] for two persons.
    pub fn distance(&self, other: &Self) -> f32 {
        let squares = self.0.iter().zip(&other.0).map(|(a, b)| (a - b).powi(2));
        squares.sum::<f32>().sqrt()
    }
}

/// The sense of faces.
pub struct Faces {
    detector: Net,
    landmarks: Net,
    descriptor: Net,
}

impl Faces {
    /// Loads the three models.
    pub fn open(models: &Models) -> Result<Self, NotPerformed> {
        Ok(Self {
            detector: Net::load(models, &FACE_DETECTOR)?,
            landmarks: Net::load(models, &FACE_LANDMARKS)?,
            descriptor: Net::load(models, &FACE_DESCRIPTOR)?,
        })
    }

    /// The faces of a picture of which the detector is at least so sure, largest first.
    pub fn find(&mut self, picture: &Picture, score_min: f32) -> Result<Vec<Face>, NotPerformed> {
        let boxes = self.boxes(picture, score_min)?;
        let faces = boxes.into_iter().map(|(bounds, score)| {
            Ok(Face {
                bounds,
                score,
                points: self.measure(picture, &bounds)?,
            })
        });
        let mut faces = faces.collect::<Result<Vec<Face>, NotPerformed>>()?;
        faces.sort_by(|a, b| b.bounds.width.total_cmp(&a.bounds.width));
        Ok(faces)
    }

    fn boxes(
        &mut self,
        picture: &Picture,
        score_min: f32,
    ) -> Result<Vec<(Rect, f32)>, NotPerformed> {
        let side = DETECTOR_SIDE;
        let longest = picture.width().max(picture.height()) as f32;
        let map = Affine::zoom(0.0, 0.0, longest / side as f32);
        let view = picture.view(&map, side, side);
        let (shape, out) = self.detector.through("input", &[1, 3, side, side], view)?;
        let grid = shape[3];
        let cell = longest / grid as f32;
        let at =
            |channel: usize, row: usize, column: usize| out[(channel * grid + row) * grid + column];
        let mut found = Vec::new();
        for (anchor, (width, height)) in ANCHORS.into_iter().enumerate() {
            for (row, column) in (0..grid).flat_map(|row| (0..grid).map(move |at| (row, at))) {
                let value = |which: usize| at(anchor * 5 + which, row, column);
                let score = sigmoid(value(4));
                if score < score_min {
                    continue;
                }
                let (width, height) = (
                    value(2).exp() * width * cell,
                    value(3).exp() * height * cell,
                );
                let x = (column as f32 + sigmoid(value(0))) * cell - width / 2.0;
                let y = (row as f32 + sigmoid(value(1))) * cell - height / 2.0;
                let bounds = within(picture, x, y, width, height);
                if bounds.width >= 8.0 && bounds.height >= 8.0 {
                    found.push((bounds, score));
                }
            }
        }
        Ok(apart(found))
    }

    fn measure(&mut self, picture: &Picture, bounds: &Rect) -> Result<Vec<Point>, NotPerformed> {
        let side = LANDMARKS_SIDE;
        // The network sees a square with the box in its middle.
        let longest = bounds.width.max(bounds.height);
        let left = bounds.x - (longest - bounds.width) / 2.0;
        let top = bounds.y - (longest - bounds.height) / 2.0;
        let view = picture.view(&Affine::zoom(left, top, longest / side as f32), side, side);
        let (_, out) = self.landmarks.through("input", &[1, 3, side, side], view)?;
        Ok(out
            .chunks_exact(2)
            .map(|pair| Point {
                x: left + pair[0] * longest,
                y: top + pair[1] * longest,
            })
            .collect())
    }

    /// What a found face is compared by.
    pub fn describe(&mut self, picture: &Picture, face: &Face) -> Result<Descriptor, NotPerformed> {
        let side = CHIP_SIDE;
        let map = shape::chip(&face.points, side as f32);
        let view = picture.view(&map, side, side);
        let (_, out) = self
            .descriptor
            .through("input", &[1, 3, side, side], view)?;
        Descriptor::from_values(out)
            .ok_or_else(|| NotPerformed::Runtime("a face without descriptor".into()))
    }
}

fn sigmoid(x: f32) -> f32 {
    1.0 / (1.0 + (-x).exp())
}

/// The part of a box that lies in the picture.
fn within(picture: &Picture, x: f32, y: f32, width: f32, height: f32) -> Rect {
    let (right, low) = (picture.width() as f32, picture.height() as f32);
    let (left, top) = (x.clamp(0.0, right), y.clamp(0.0, low));
    Rect {
        x: left,
        y: top,
        width: (x + width).clamp(left, right) - left,
        height: (y + height).clamp(top, low) - top,
    }
}

/// The surest box of each face.
fn apart(mut found: Vec<(Rect, f32)>) -> Vec<(Rect, f32)> {
    found.sort_by(|a, b| b.1.total_cmp(&a.1));
    let mut kept: Vec<(Rect, f32)> = Vec::new();
    for (bounds, score) in found {
        let new = kept
            .iter()
            .all(|(other, _)| bounds.overlap(other) <= OVERLAP_MAX);
        if new && kept.len() < FACES_MAX {
            kept.push((bounds, score));
        }
    }
    kept
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rect(x: f32, width: f32) -> Rect {
        Rect {
            x,
            y: 0.0,
            width,
            height: 10.0,
        }
    }

    #[test]
    fn of_boxes_that_share_most_the_surest_stays() {
        let found = vec![
            (rect(0.0, 10.0), 0.6),
            (rect(1.0, 10.0), 0.9),
            (rect(30.0, 10.0), 0.5),
        ];
        let kept = apart(found);
        assert_eq!(
            kept.iter().map(|(_, score)| *score).collect::<Vec<_>>(),
            [0.9, 0.5]
        );
    }

    #[test]
    fn descriptors_are_whole_or_not_at_all() {
        assert!(Descriptor::from_values(vec![0.0; 127]).is_none());
        assert!(Descriptor::from_values(vec![f32::NAN; 128]).is_none());
        let (zero, one) = (Descriptor(vec![0.0; 128]), Descriptor(vec![0.5; 128]));
        assert_eq!(zero.distance(&zero), 0.0);
        assert!((zero.distance(&one) - 32_f32.sqrt()).abs() < 1e-6);
    }
}
