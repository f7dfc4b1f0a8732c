//! What is seen in a field: handwriting, and lines of text drawn as outlines.
//!
//! Outlines need no font in the document, so PDF/A asks for none.

use std::fmt::Write as _;

use ttf_parser::{Face, OutlineBuilder};

use super::{Rect, SignError};
use crate::pdf::{Dict, Id, Object, Update};

/// Longest picture read, in bytes.
const PICTURE_BYTES_MAX: usize = 2 * 1024 * 1024;
/// Largest picture, in pixels.
const PICTURE_PIXELS_MAX: u64 = 4_000_000;
/// Lines of text at the most.
const LINES_MAX: usize = 12;
/// Characters in a line at the most.
const LINE_CHARS_MAX: usize = 80;
/// From one line to the next, in heights of a letter.
const LEADING: f32 = 1.35;

/// What is seen in a field.
#[derive(Clone, Copy, Debug, Default)]
pub struct Appearance<'a> {
    /// A PNG, at most 2 MiB and four million pixels; what is transparent becomes white.
    pub handwriting: Option<&'a [u8]>,
    /// Text; beside the handwriting where there is one.
    pub lettering: Option<Lettering<'a>>,
}

/// A picture of somebody's handwriting, looked at before it is drawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Handwriting {
    /// In pixels.
    pub width: u32,
    pub height: u32,
    /// Pixels that are darker than half; an empty sheet has none.
    pub dark: usize,
}

impl Handwriting {
    /// Reads a PNG as [`Appearance`] would.
    pub fn read(png: &[u8]) -> Result<Self, AppearanceError> {
        let picture = Picture::read(png)?;
        let colours = match picture.space {
            "DeviceGray" => 1,
            _ => 3,
        };
        let pixels = picture.samples.chunks_exact(colours);
        let dark = pixels.filter(|pixel| pixel.iter().all(|part| *part < 128));
        Ok(Self {
            width: picture.width,
            height: picture.height,
            dark: dark.count(),
        })
    }
}

/// Lines of text in a typeface.
#[derive(Clone, Copy, Debug)]
pub struct Lettering<'a> {
    /// An OpenType or TrueType font that has every character.
    pub font: &'a [u8],
    /// At most twelve lines of eighty characters.
    pub lines: &'a [&'a str],
}

/// Why a field's picture can't be drawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AppearanceError {
    /// Not a PNG, or one too large.
    #[error("not a PNG, or too large")]
    Picture,
    /// Not a font.
    #[error("not a font")]
    Font,
    /// The font lacks this character.
    #[error("the font has no {0:?}")]
    Glyph(char),
    /// Too many or too long lines.
    #[error("too many or too long lines")]
    Lines,
}

/// Adds the form that a widget shows; an empty one for nothing.
pub(super) fn form(
    update: &mut Update<'_, '_>,
    rect: Rect,
    appearance: Option<&Appearance<'_>>,
) -> Result<Id, SignError> {
    let mut content = String::new();
    let mut resources = Dict::default();
    if let Some(appearance) = appearance {
        let full = (f32::from(rect.width), f32::from(rect.height));
        let share = match appearance.lettering {
            Some(_) => 0.5,
            None => 1.0,
        };
        let mut begin = 0.0;
        if let Some(png) = appearance.handwriting {
            let picture = Picture::read(png)?;
            let box_ = (full.0 * share, full.1);
            picture.place(box_, &mut content);
            let ink = Dict::default().with("Ink", Object::Reference(picture.add(update)));
            resources.set("XObject", Object::Dict(ink));
            begin = box_.0;
        }
        if let Some(lettering) = &appearance.lettering {
            draw(lettering, (begin, full.0 - begin), full.1, &mut content)?;
        }
    }
    let corners = [0, 0, i64::from(rect.width), i64::from(rect.height)];
    let dict = Dict::default()
        .with("Type", Object::name("XObject"))
        .with("Subtype", Object::name("Form"))
        .with("BBox", Object::Array(corners.map(Object::Integer).to_vec()))
        .with("Resources", Object::Dict(resources));
    Ok(update.add_stream(dict, content.as_bytes()))
}

/// A picture of one byte a grey pixel or three a coloured one.
struct Picture {
    width: u32,
    height: u32,
    space: &'static str,
    samples: Vec<u8>,
}

impl Picture {
    fn read(png: &[u8]) -> Result<Self, AppearanceError> {
        Self::decode(png).ok_or(AppearanceError::Picture)
    }

    fn decode(bytes: &[u8]) -> Option<Self> {
        if bytes.len() > PICTURE_BYTES_MAX {
            return None;
        }
        let limits = png::Limits {
            bytes: 32 * 1024 * 1024,
        };
        let mut decoder = png::Decoder::new_with_limits(std::io::Cursor::new(bytes), limits);
        decoder.set_transformations(png::Transformations::normalize_to_color8());
        let mut reader = decoder.read_info().ok()?;
        let (width, height) = (reader.info().width, reader.info().height);
        if u64::from(width) * u64::from(height) > PICTURE_PIXELS_MAX {
            return None;
        }
        let mut raw = vec![0; reader.output_buffer_size()?];
        let frame = reader.next_frame(&mut raw).ok()?;
        raw.truncate(frame.buffer_size());
        let over = |value: u8, alpha: u8| {
            let (value, alpha) = (u16::from(value), u16::from(alpha));
            // At most 255.
            ((value * alpha + 255 * (255 - alpha)) / 255) as u8
        };
        let (space, samples) = match frame.color_type {
            png::ColorType::Grayscale => ("DeviceGray", raw),
            png::ColorType::Rgb => ("DeviceRGB", raw),
            png::ColorType::GrayscaleAlpha => {
                let (pixels, _) = raw.as_chunks::<2>();
                let grey = pixels.iter().map(|[grey, alpha]| over(*grey, *alpha));
                ("DeviceGray", grey.collect())
            }
            png::ColorType::Rgba => {
                let (pixels, _) = raw.as_chunks::<4>();
                let colour = pixels.iter().flat_map(|[red, green, blue, alpha]| {
                    [red, green, blue].map(|part| over(*part, *alpha))
                });
                ("DeviceRGB", colour.collect())
            }
            png::ColorType::Indexed => return None,
        };
        Some(Self {
            width,
            height,
            space,
            samples,
        })
    }

    /// As large as the box allows, in its middle.
    fn place(&self, (width, height): (f32, f32), content: &mut String) {
        let ratio = self.width as f32 / self.height as f32;
        let (wide, high) = match width / height > ratio {
            true => (height * ratio, height),
            false => (width, width / ratio),
        };
        let (left, low) = ((width - wide) / 2.0, (height - high) / 2.0);
        content.push_str("q ");
        numbers(content, &[wide, 0.0, 0.0, high, left, low]);
        content.push_str("cm /Ink Do Q\n");
    }

    fn add(&self, update: &mut Update<'_, '_>) -> Id {
        let dict = Dict::default()
            .with("Type", Object::name("XObject"))
            .with("Subtype", Object::name("Image"))
            .with("Width", Object::Integer(i64::from(self.width)))
            .with("Height", Object::Integer(i64::from(self.height)))
            .with("ColorSpace", Object::name(self.space))
            .with("BitsPerComponent", Object::Integer(8));
        update.add_stream(dict, &self.samples)
    }
}

/// Draws the lines into the box from `left`, as large as they fit.
fn draw(
    lettering: &Lettering<'_>,
    (left, width): (f32, f32),
    height: f32,
    content: &mut String,
) -> Result<(), AppearanceError> {
    let lines = lettering.lines;
    let long = |line: &&str| line.chars().count() > LINE_CHARS_MAX;
    if lines.len() > LINES_MAX || lines.iter().any(long) {
        return Err(AppearanceError::Lines);
    }
    let face = Face::parse(lettering.font, 0).map_err(|_| AppearanceError::Font)?;
    let em = f32::from(face.units_per_em());
    let mut drawn = Vec::new();
    let mut widest = 1.0f32;
    for line in lines {
        let (path, advance) = outline(&face, line)?;
        widest = widest.max(advance);
        drawn.push(path);
    }
    let pad = (height * 0.05).min(4.0);
    let by_height = (height - 2.0 * pad) / (LEADING * lines.len().max(1) as f32);
    let by_width = (width - 2.0 * pad) * em / widest;
    let size = by_height.min(by_width).clamp(0.5, 12.0);
    let block = size * LEADING * lines.len() as f32;
    let mut baseline = (height + block) / 2.0 - size * 1.05;
    content.push_str("0 g\n");
    for path in drawn {
        let scale = size / em;
        content.push_str("q ");
        numbers(content, &[scale, 0.0, 0.0, scale, left + pad, baseline]);
        content.push_str("cm\n");
        content.push_str(&path);
        content.push_str("f Q\n");
        baseline -= size * LEADING;
    }
    Ok(())
}

/// The path of one line and its length, in units of the font.
fn outline(face: &Face<'_>, line: &str) -> Result<(String, f32), AppearanceError> {
    let mut pen = Pen::default();
    for character in line.chars() {
        let glyph = face
            .glyph_index(character)
            .ok_or(AppearanceError::Glyph(character))?;
        // Blanks have no outline.
        face.outline_glyph(glyph, &mut pen);
        pen.advance += f32::from(face.glyph_hor_advance(glyph).unwrap_or_default());
    }
    Ok((pen.path, pen.advance))
}

#[derive(Default)]
struct Pen {
    path: String,
    advance: f32,
    at: (f32, f32),
}

impl Pen {
    fn add(&mut self, points: &[(f32, f32)], operator: &str) {
        for (x, y) in points {
            numbers(&mut self.path, &[x + self.advance, *y]);
        }
        self.path.push_str(operator);
        self.path.push('\n');
        if let Some(last) = points.last() {
            self.at = *last;
        }
    }
}

impl OutlineBuilder for Pen {
    fn move_to(&mut self, x: f32, y: f32) {
        self.add(&[(x, y)], "m");
    }

    fn line_to(&mut self, x: f32, y: f32) {
        self.add(&[(x, y)], "l");
    }

    fn quad_to(&mut self, x1: f32, y1: f32, x: f32, y: f32) {
        // PDF has cubic curves only.
        let (x0, y0) = self.at;
        let first = (x0 + (x1 - x0) * 2.0 / 3.0, y0 + (y1 - y0) * 2.0 / 3.0);
        let second = (x + (x1 - x) * 2.0 / 3.0, y + (y1 - y) * 2.0 / 3.0);
        self.add(&[first, second, (x, y)], "c");
    }

    fn curve_to(&mut self, x1: f32, y1: f32, x2: f32, y2: f32, x: f32, y: f32) {
        self.add(&[(x1, y1), (x2, y2), (x, y)], "c");
    }

    fn close(&mut self) {
        self.add(&[], "h");
    }
}

/// Numbers as content streams write them: no exponent, no needless zeros.
fn numbers(out: &mut String, values: &[f32]) {
    for value in values {
        let mut text = String::new();
        // Writing to a string can't fail.
        let _ = write!(text, "{value:.4}");
        let short = text.trim_end_matches('0').trim_end_matches('.');
        out.push_str(if short == "-0" { "0" } else { short });
        out.push(' ');
    }
}
