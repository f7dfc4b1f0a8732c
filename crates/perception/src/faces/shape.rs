//! The mean face, and the similarity that lays a face upon it.

use crate::picture::{Affine, Point};

/// Points 17 to 67 of dlib's mean face (CC0), in shares of its width.
const MEAN_X: [f32; 51] = [
    0.000213256,
    0.0752622,
    0.18113,
    0.29077,
    0.393397,
    0.586856,
    0.689483,
    0.799124,
    0.904991,
    0.98004,
    0.490127,
    0.490127,
    0.490127,
    0.490127,
    0.36688,
    0.426036,
    0.490127,
    0.554217,
    0.613373,
    0.121737,
    0.187122,
    0.265825,
    0.334606,
    0.260918,
    0.182743,
    0.645647,
    0.714428,
    0.793132,
    0.858516,
    0.79751,
    0.719335,
    0.254149,
    0.340985,
    0.428858,
    0.490127,
    0.551395,
    0.639268,
    0.726104,
    0.642159,
    0.556721,
    0.490127,
    0.423532,
    0.338094,
    0.290379,
    0.428096,
    0.490127,
    0.552157,
    0.689874,
    0.553364,
    0.490127,
    0.42689,
];
const MEAN_Y: [f32; 51] = [
    0.106454, 0.038915, 0.0187482, 0.0344891, 0.0773906, 0.0773906, 0.0344891, 0.0187482, 0.038915,
    0.106454, 0.203352, 0.307009, 0.409805, 0.515625, 0.587326, 0.609345, 0.628106, 0.609345,
    0.587326, 0.216423, 0.178758, 0.179852, 0.231733, 0.245099, 0.244077, 0.231733, 0.179852,
    0.178758, 0.216423, 0.244077, 0.245099, 0.780233, 0.745405, 0.727388, 0.742578, 0.727388,
    0.745405, 0.780233, 0.864805, 0.902192, 0.909281, 0.902192, 0.864805, 0.784792, 0.778746,
    0.785343, 0.778746, 0.784792, 0.824182, 0.831803, 0.824182,
];
/// Room around the mean face, in shares of its width.
const MARGIN: f32 = 0.25;

/// Brows and lower lip move too much to align by.
fn steady(point: usize) -> bool {
    !matches!(point, 0..=26 | 55..=59 | 65..=67)
}

/// Where the pixels of an aligned square of `side` pixels come from.
pub fn chip(points: &[Point], side: f32) -> Affine {
    let place = |share: f32| (MARGIN + share) / (2.0 * MARGIN + 1.0) * side;
    let pairs = points
        .iter()
        .enumerate()
        .filter(|(at, _)| steady(*at))
        .map(|(at, point)| {
            let mean = Point {
                x: place(MEAN_X[at - 17]),
                y: place(MEAN_Y[at - 17]),
            };
            (mean, *point)
        })
        .collect::<Vec<_>>();
    similarity(&pairs)
}

/// The turn, scale and shift that bring each first point nearest to its second.
fn similarity(pairs: &[(Point, Point)]) -> Affine {
    let count = pairs.len().max(1) as f32;
    let mean = |of: fn(&(Point, Point)) -> Point| {
        let (x, y) = pairs
            .iter()
            .map(of)
            .fold((0.0, 0.0), |(x, y), point| (x + point.x, y + point.y));
        (x / count, y / count)
    };
    let (from, to) = (mean(|pair| pair.0), mean(|pair| pair.1));
    let (mut along, mut across, mut spread) = (0.0, 0.0, f32::EPSILON);
    for (a, b) in pairs {
        let (ax, ay) = (a.x - from.0, a.y - from.1);
        let (bx, by) = (b.x - to.0, b.y - to.1);
        along += ax * bx + ay * by;
        across += ax * by - ay * bx;
        spread += ax * ax + ay * ay;
    }
    let (cos, sin) = (along / spread, across / spread);
    Affine {
        x: [cos, -sin, to.0 - cos * from.0 + sin * from.1],
        y: [sin, cos, to.1 - sin * from.0 - cos * from.1],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_turned_and_grown_face_is_laid_back() {
        let turned = |x: f32, y: f32| Point {
            x: 1.6 * x - 1.2 * y + 30.0,
            y: 1.2 * x + 1.6 * y - 7.0,
        };
        let pairs: Vec<_> = [(1.0, 2.0), (10.0, 3.0), (4.0, 40.0), (25.0, 25.0)]
            .map(|(x, y)| (Point { x, y }, turned(x, y)))
            .into();
        let map = similarity(&pairs);
        let (found, wanted) = (map.apply(5.0, 6.0), turned(5.0, 6.0));
        assert!((found.x - wanted.x).abs() < 1e-3 && (found.y - wanted.y).abs() < 1e-3);
    }
}
