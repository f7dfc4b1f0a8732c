//! Pictures: read within bounds, and looked at through an affine map.

use crate::Unreadable;
use image::{DynamicImage, ImageDecoder, ImageFormat, ImageReader, Limits};
use std::io::Cursor;

/// Width or height that no picture may exceed, in pixels.
pub const SIDE_MAX: u32 = 8_192;
/// Bytes that decoding one picture may take.
const DECODE_BYTES_MAX: u64 = 256 << 20;

/// Red, green and blue bytes, row by row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Picture {
    width: usize,
    height: usize,
    rgb: Vec<u8>,
}

/// A place in a picture, in pixels from its upper left corner.
#[derive(Clone, Copy, Debug, Default, PartialEq, serde::Serialize)]
pub struct Point {
    /// To the right.
    pub x: f32,
    /// Downwards.
    pub y: f32,
}

/// A straight rectangle in a picture, in pixels.
#[derive(Clone, Copy, Debug, PartialEq, serde::Serialize)]
pub struct Rect {
    /// Left edge.
    pub x: f32,
    /// Upper edge.
    pub y: f32,
    /// Width.
    pub width: f32,
    /// Height.
    pub height: f32,
}

impl Rect {
    /// Shared part of two rectangles, from 0 to 1 of what they cover together.
    pub fn overlap(&self, other: &Self) -> f32 {
        let shared = |a: f32, a_length: f32, b: f32, b_length: f32| {
            ((a + a_length).min(b + b_length) - a.max(b)).max(0.0)
        };
        let both = shared(self.x, self.width, other.x, other.width)
            * shared(self.y, self.height, other.y, other.height);
        let all = self.width * self.height + other.width * other.height - both;
        if all > 0.0 { both / all } else { 0.0 }
    }
}

/// Where each pixel of a view comes from: `x' = a x + b y + c`, `y' = d x + e y + f`.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Affine {
    pub x: [f32; 3],
    pub y: [f32; 3],
}

impl Affine {
    /// A view of a straight rectangle, `scale` source pixels to one of the view.
    pub fn zoom(left: f32, top: f32, scale: f32) -> Self {
        Self {
            x: [scale, 0.0, left],
            y: [0.0, scale, top],
        }
    }

    pub fn apply(&self, x: f32, y: f32) -> Point {
        Point {
            x: self.x[0] * x + self.x[1] * y + self.x[2],
            y: self.y[0] * x + self.y[1] * y + self.y[2],
        }
    }
}

impl Picture {
    /// Reads JPEG or PNG, turned as the camera says it was held.
    pub fn read(bytes: &[u8]) -> Result<Self, Unreadable> {
        if bytes.is_empty() {
            return Err(Unreadable::Empty);
        }
        let mut reader = ImageReader::new(Cursor::new(bytes))
            .with_guessed_format()
            .map_err(|_| Unreadable::Picture)?;
        if !matches!(reader.format(), Some(ImageFormat::Jpeg | ImageFormat::Png)) {
            return Err(Unreadable::Picture);
        }
        let mut limits = Limits::default();
        limits.max_alloc = Some(DECODE_BYTES_MAX);
        reader.limits(limits);
        let mut decoder = reader.into_decoder().map_err(|_| Unreadable::Picture)?;
        let (width, height) = decoder.dimensions();
        if width > SIDE_MAX || height > SIDE_MAX {
            return Err(Unreadable::PictureSize(SIDE_MAX));
        }
        let orientation = decoder.orientation().map_err(|_| Unreadable::Picture)?;
        let mut picture = DynamicImage::from_decoder(decoder).map_err(|_| Unreadable::Picture)?;
        picture.apply_orientation(orientation);
        let rgb = picture.into_rgb8();
        let (width, height) = rgb.dimensions();
        Self::new(width as usize, height as usize, rgb.into_raw())
    }

    /// A picture of raw bytes; the length must fit.
    pub fn new(width: usize, height: usize, rgb: Vec<u8>) -> Result<Self, Unreadable> {
        let side = SIDE_MAX as usize;
        match () {
            () if width == 0 || height == 0 => Err(Unreadable::Empty),
            () if width > side || height > side => Err(Unreadable::PictureSize(SIDE_MAX)),
            () if rgb.len() != width * height * 3 => Err(Unreadable::Picture),
            () => Ok(Self { width, height, rgb }),
        }
    }

    /// Width in pixels.
    pub fn width(&self) -> usize {
        self.width
    }

    /// Height in pixels.
    pub fn height(&self) -> usize {
        self.height
    }

    /// The bytes, row by row.
    pub fn rgb(&self) -> &[u8] {
        &self.rgb
    }

    /// A view through `map`, as planes of red, green and blue from 0 to 255; black beyond the edge.
    /// Where the view is smaller than its source, every pixel is the mean of several places.
    pub(crate) fn view(&self, map: &Affine, width: usize, height: usize) -> Vec<f32> {
        let scale = (map.x[0].hypot(map.y[0])).max(map.x[1].hypot(map.y[1]));
        let places = (scale.round() as usize).clamp(1, 4);
        let share = 1.0 / places as f32;
        let mut planes = vec![0.0; width * height * 3];
        let (red, rest) = planes.split_at_mut(width * height);
        let (green, blue) = rest.split_at_mut(width * height);
        for row in 0..height {
            for column in 0..width {
                let mut sum = [0.0; 3];
                for down in 0..places {
                    for along in 0..places {
                        let x = column as f32 + (along as f32 + 0.5) * share;
                        let y = row as f32 + (down as f32 + 0.5) * share;
                        let at = map.apply(x, y);
                        self.add(at.x - 0.5, at.y - 0.5, &mut sum);
                    }
                }
                let at = row * width + column;
                let share = share * share;
                (red[at], green[at], blue[at]) = (sum[0] * share, sum[1] * share, sum[2] * share);
            }
        }
        planes
    }

    /// Adds the colour between four pixels.
    #[inline]
    fn add(&self, x: f32, y: f32, sum: &mut [f32; 3]) {
        if !(x > -1.0 && y > -1.0 && x < self.width as f32 && y < self.height as f32) {
            return;
        }
        let (left, top) = (x.floor(), y.floor());
        let (right, low) = (x - left, y - top);
        let (left, top) = (left as isize, top as isize);
        for (row, share_y) in [(top, 1.0 - low), (top + 1, low)] {
            for (column, share_x) in [(left, 1.0 - right), (left + 1, right)] {
                let inside = row >= 0
                    && column >= 0
                    && (row as usize) < self.height
                    && (column as usize) < self.width;
                if inside {
                    let at = (row as usize * self.width + column as usize) * 3;
                    let share = share_x * share_y;
                    for (sum, value) in sum.iter_mut().zip(&self.rgb[at..at + 3]) {
                        *sum += share * f32::from(*value);
                    }
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn chequered() -> Picture {
        let rgb = (0..16 * 8).flat_map(|at| [at as u8, 0, 255]).collect();
        Picture::new(16, 8, rgb).unwrap()
    }

    #[test]
    fn a_view_at_its_own_size_is_the_picture() {
        let picture = chequered();
        let view = picture.view(&Affine::zoom(0.0, 0.0, 1.0), 16, 8);
        assert!(
            view[..128]
                .iter()
                .enumerate()
                .all(|(at, value)| (*value - at as f32).abs() < 1e-3)
        );
        assert!(
            view[256..]
                .iter()
                .all(|value| (*value - 255.0).abs() < 1e-3)
        );
    }

    #[test]
    fn beyond_the_edge_is_black() {
        let view = chequered().view(&Affine::zoom(100.0, 0.0, 1.0), 4, 4);
        assert!(view.iter().all(|value| *value == 0.0));
    }

    #[test]
    fn what_is_no_picture_is_refused() {
        let png_of = |width: u32| {
            let mut bytes = b"\x89PNG\r\n\x1a\n\0\0\0\x0dIHDR".to_vec();
            bytes.extend(width.to_be_bytes());
            bytes.extend(width.to_be_bytes());
            bytes.extend([8, 2, 0, 0, 0, 0, 0, 0, 0]);
            bytes
        };
        let cases: [(&[u8], Unreadable); 4] = [
            (b"", Unreadable::Empty),
            (b"GIF89a", Unreadable::Picture),
            (b"\xff\xd8\xff\xe0\0\x10JFIF", Unreadable::Picture),
            (&png_of(100_000), Unreadable::Picture),
        ];
        for (bytes, wanted) in cases {
            assert_eq!(Picture::read(bytes).unwrap_err(), wanted);
        }
        assert_eq!(Picture::new(2, 2, vec![0; 11]), Err(Unreadable::Picture));
        assert_eq!(Picture::new(0, 2, vec![]), Err(Unreadable::Empty));
    }
}
