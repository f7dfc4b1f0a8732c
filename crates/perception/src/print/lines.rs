//! Lines of print as slanted rectangles, out of the share of print at each pixel.

use crate::picture::{Affine, Point};

/// Share from which a pixel is print, and mean share that a line must have.
const PRINT_FROM: f32 = 0.3;
const LINE_FROM: f32 = 0.5;
/// How far a line reaches beyond its core, in areas per perimeter.
const REACH: f32 = 1.6;
/// Pixels that a line's core must be high.
const HEIGHT_MIN: f32 = 3.0;
/// Cores that are looked at.
const CORES_MAX: usize = 1_000;

/// A rectangle at an angle.
#[derive(Clone, Copy, Debug)]
pub struct Slant {
    middle: Point,
    /// From the middle to the right edge.
    along: Point,
    /// From the middle to the lower edge.
    down: Point,
}

fn length(at: Point) -> f32 {
    at.x.hypot(at.y)
}

impl Slant {
    /// Stretches the plane it lies in.
    pub fn stretch(&mut self, x: f32, y: f32) {
        for at in [&mut self.middle, &mut self.along, &mut self.down] {
            at.x *= x;
            at.y *= y;
        }
    }

    /// Clockwise from the upper left.
    pub fn corners(&self) -> [Point; 4] {
        [(-1.0, -1.0), (1.0, -1.0), (1.0, 1.0), (-1.0, 1.0)].map(|(a, d)| Point {
            x: self.middle.x + a * self.along.x + d * self.down.x,
            y: self.middle.y + a * self.along.y + d * self.down.y,
        })
    }

    /// A view of it, so many pixels high, and the view's width.
    pub fn map(&self, height: usize, width_max: usize) -> (Affine, usize) {
        let ratio = length(self.along) / length(self.down).max(1.0);
        let width = ((ratio * height as f32).ceil() as usize).clamp(height / 3, width_max);
        let (along, down) = (2.0 / width as f32, 2.0 / height as f32);
        let map = Affine {
            x: [
                self.along.x * along,
                self.down.x * down,
                self.middle.x - self.along.x - self.down.x,
            ],
            y: [
                self.along.y * along,
                self.down.y * down,
                self.middle.y - self.along.y - self.down.y,
            ],
        };
        (map, width)
    }
}

/// Lines from the top down; those that share most of their height go from left to right.
pub fn sort(slants: &mut [Slant]) {
    slants.sort_by(|a, b| a.middle.y.total_cmp(&b.middle.y));
    let mut from = 0;
    for at in 1..=slants.len() {
        let ends = at == slants.len()
            || slants[at].middle.y - slants[at - 1].middle.y > length(slants[at - 1].down);
        if ends {
            slants[from..at].sort_by(|a, b| a.middle.x.total_cmp(&b.middle.x));
            from = at;
        }
    }
}

/// The lines in a picture of shares.
pub fn slants(shares: &[f32], width: usize, height: usize) -> Vec<Slant> {
    let mut seen = vec![false; shares.len().min(width * height)];
    let mut found = Vec::new();
    let mut cores = 0;
    for start in 0..seen.len() {
        if seen[start] || shares[start] < PRINT_FROM {
            continue;
        }
        cores += 1;
        if cores > CORES_MAX {
            break;
        }
        let (edge, mean) = core(shares, &mut seen, start, width, height);
        if mean >= LINE_FROM {
            found.extend(around(&edge));
        }
    }
    found
}

/// The pixels that hang together with `start`: the outer ones of every row, and the mean share.
fn core(
    shares: &[f32],
    seen: &mut [bool],
    start: usize,
    width: usize,
    height: usize,
) -> (Vec<Point>, f32) {
    let mut ends: std::collections::BTreeMap<usize, (usize, usize)> = Default::default();
    let (mut open, mut sum, mut count) = (vec![start], 0.0, 0);
    seen[start] = true;
    while let Some(at) = open.pop() {
        let (row, column) = (at / width, at % width);
        sum += shares[at];
        count += 1;
        let end = ends.entry(row).or_insert((column, column));
        *end = (end.0.min(column), end.1.max(column));
        for near_row in row.saturating_sub(1)..=(row + 1).min(height - 1) {
            for near_column in column.saturating_sub(1)..=(column + 1).min(width - 1) {
                let near = near_row * width + near_column;
                if !seen[near] && shares[near] >= PRINT_FROM {
                    seen[near] = true;
                    open.push(near);
                }
            }
        }
    }
    let corners = ends.into_iter().flat_map(|(row, (left, right))| {
        let (left, right, row) = (left as f32, right as f32 + 1.0, row as f32);
        [
            (left, row),
            (right, row),
            (left, row + 1.0),
            (right, row + 1.0),
        ]
    });
    let edge = corners.map(|(x, y)| Point { x, y }).collect();
    (edge, sum / count as f32)
}

/// The smallest rectangle around points, grown to the whole line.
fn around(points: &[Point]) -> Option<Slant> {
    let hull = hull(points);
    let smallest = (0..hull.len())
        .filter_map(|at| {
            let (a, b) = (hull[at], hull[(at + 1) % hull.len()]);
            let (x, y) = (b.x - a.x, b.y - a.y);
            let length = x.hypot(y);
            (length > 0.0).then(|| extent(&hull, x / length, y / length))
        })
        .min_by(|a, b| area(a).total_cmp(&area(b)))?;
    // Print runs along the axis that is nearer to the picture's own, unless it stands upright.
    let mut slant = smallest;
    if slant.along.x.abs() < slant.along.y.abs() {
        (slant.along, slant.down) = (slant.down, slant.along);
    }
    if slant.along.x < 0.0 {
        slant.along = Point {
            x: -slant.along.x,
            y: -slant.along.y,
        };
    }
    if slant.down.y < 0.0 {
        slant.down = Point {
            x: -slant.down.x,
            y: -slant.down.y,
        };
    }
    let (half_width, half_height) = (length(slant.along), length(slant.down));
    if 2.0 * half_width.min(half_height) < HEIGHT_MIN {
        return None;
    }
    // Half of the reach on each side: area over perimeter, in halves.
    let reach = REACH * half_width * half_height / (half_width + half_height);
    let grow = |at: Point, half: f32| {
        let factor = (half + reach) / half;
        Point {
            x: at.x * factor,
            y: at.y * factor,
        }
    };
    slant.along = grow(slant.along, half_width);
    slant.down = grow(slant.down, half_height);
    Some(slant)
}

fn area(slant: &Slant) -> f32 {
    length(slant.along) * length(slant.down)
}

/// The rectangle along the direction `(x, y)` around a hull.
fn extent(hull: &[Point], x: f32, y: f32) -> Slant {
    let mut along = (f32::MAX, f32::MIN);
    let mut down = (f32::MAX, f32::MIN);
    for point in hull {
        let (a, d) = (point.x * x + point.y * y, point.y * x - point.x * y);
        along = (along.0.min(a), along.1.max(a));
        down = (down.0.min(d), down.1.max(d));
    }
    let middle = ((along.0 + along.1) / 2.0, (down.0 + down.1) / 2.0);
    let half = ((along.1 - along.0) / 2.0, (down.1 - down.0) / 2.0);
    Slant {
        middle: Point {
            x: middle.0 * x - middle.1 * y,
            y: middle.0 * y + middle.1 * x,
        },
        along: Point {
            x: half.0 * x,
            y: half.0 * y,
        },
        down: Point {
            x: -half.1 * y,
            y: half.1 * x,
        },
    }
}

/// The outline of points, without those inside.
fn hull(points: &[Point]) -> Vec<Point> {
    let mut sorted = points.to_vec();
    sorted.sort_by(|a, b| a.x.total_cmp(&b.x).then(a.y.total_cmp(&b.y)));
    let turn = |a: Point, b: Point, c: Point| (b.x - a.x) * (c.y - a.y) - (b.y - a.y) * (c.x - a.x);
    let half = |points: &mut dyn Iterator<Item = Point>| {
        let mut line: Vec<Point> = Vec::new();
        for point in points {
            while let [.., a, b] = line[..] {
                if turn(a, b, point) > 0.0 {
                    break;
                }
                line.pop();
            }
            line.push(point);
        }
        line.pop();
        line
    };
    let mut outline = half(&mut sorted.iter().copied());
    outline.extend(half(&mut sorted.iter().rev().copied()));
    outline
}

#[cfg(test)]
mod tests {
    use super::*;

    fn painted(width: usize, height: usize, inside: impl Fn(f32, f32) -> bool) -> Vec<f32> {
        let at = |place: usize| ((place % width) as f32 + 0.5, (place / width) as f32 + 0.5);
        (0..width * height)
            .map(|place| {
                if inside(at(place).0, at(place).1) {
                    0.9
                } else {
                    0.0
                }
            })
            .collect()
    }

    #[test]
    fn a_straight_line_is_found_and_grown() {
        let shares = painted(200, 100, |x, y| {
            (20.0..120.0).contains(&x) && (40.0..50.0).contains(&y)
        });
        let found = slants(&shares, 200, 100);
        assert_eq!(found.len(), 1);
        let [upper_left, .., lower_left] = found[0].corners();
        // 100 by 10 pixels: area 1,000, perimeter 220, reach 7.3 pixels on every side.
        assert!((upper_left.x - 12.7).abs() < 0.2 && (upper_left.y - 32.7).abs() < 0.2);
        assert!((lower_left.y - 57.3).abs() < 0.2);
    }

    #[test]
    fn a_slanted_line_keeps_its_slant() {
        let shares = painted(200, 200, |x, y| {
            let (along, down) = (x * 0.8 + y * 0.6 - 100.0, y * 0.8 - x * 0.6 - 20.0);
            along.abs() < 60.0 && down.abs() < 8.0
        });
        let found = slants(&shares, 200, 200);
        assert_eq!(found.len(), 1);
        assert!((found[0].along.y / found[0].along.x - 0.75).abs() < 0.05);
    }

    #[test]
    fn specks_and_doubtful_cores_are_no_lines() {
        assert!(slants(&painted(50, 50, |x, y| x < 2.0 && y < 2.0), 50, 50).is_empty());
        let doubtful: Vec<f32> = painted(50, 50, |x, y| x < 40.0 && y < 20.0)
            .iter()
            .map(|share| share * 0.4)
            .collect();
        assert!(slants(&doubtful, 50, 50).is_empty());
    }

    #[test]
    fn lines_go_from_the_top_and_the_left() {
        let at = |x: f32, y: f32| Slant {
            middle: Point { x, y },
            along: Point { x: 20.0, y: 0.0 },
            down: Point { x: 0.0, y: 8.0 },
        };
        let mut slants = [at(100.0, 52.0), at(10.0, 90.0), at(20.0, 50.0)];
        sort(&mut slants);
        let order: Vec<f32> = slants.iter().map(|slant| slant.middle.x).collect();
        assert_eq!(order, [20.0, 100.0, 10.0]);
    }
}
