//! What can go wrong on the way to paper, with stable codes and words for people.

use std::fmt;

use typst::World;
use typst::WorldExt;
use typst::diag::SourceDiagnostic;

use super::world::Desk;
use crate::error::Text;

/// Why there is no document.
#[derive(Debug, thiserror::Error)]
pub enum TypesetError {
    /// The house font was not handed over.
    #[error("font family {family} is missing")]
    FontMissing { family: &'static str },
    /// A file given as a font can't be read as one.
    #[error("font file {index} (counted from 0) can't be read")]
    FontInvalid { index: usize },
    /// The data holds characters that the house font can't show.
    #[error("the font can't show {}", list(.characters))]
    GlyphMissing {
        /// The first few of them, each once.
        characters: Vec<char>,
    },
    /// The data is larger than a template may be given.
    #[error("template data of {bytes} bytes, at most {max}")]
    DataTooLarge { bytes: usize, max: usize },
    /// A property of the document can't be written into a PDF.
    #[error("document property refused: {why}")]
    Refused { why: String },
    /// The template and its data don't make a document.
    #[error("the template failed at {fault}")]
    TemplateFailed {
        fault: Fault,
        #[source]
        cause: Diagnostics,
    },
}

/// The stage at which a template failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// Evaluation or layout.
    Layout,
    /// It could be laid out, but only with a warning.
    Warning,
    /// It can't be written as an archival PDF.
    Export,
}

impl TypesetError {
    /// The stable code of this error.
    pub fn code(&self) -> &'static str {
        match self {
            Self::FontMissing { .. } => "font_missing",
            Self::FontInvalid { .. } => "font_invalid",
            Self::GlyphMissing { .. } => "glyph_missing",
            Self::DataTooLarge { .. } => "document_data_too_large",
            Self::Refused { .. } => "document_property_refused",
            Self::TemplateFailed { .. } => "template_failed",
        }
    }

    /// What happened, for people.
    pub fn text(&self) -> Text {
        match self {
            Self::FontMissing { family } => Text::new(
                format!("缺少字体 {family}，无法生成文件。请先放置字体再启动。"),
                format!(
                    "The font {family} is missing, so no document can be made. Place the font and start again."
                ),
            ),
            Self::FontInvalid { index } => Text::new(
                format!("第 {} 个字体文件无法读取，请重新放置。", index + 1),
                format!(
                    "Font file number {} can't be read. Place it again.",
                    index + 1
                ),
            ),
            Self::GlyphMissing { characters } => Text::new(
                format!("字体中没有这些字符：{}。文件未生成。", list(characters)),
                format!(
                    "The font does not have these characters: {}. No document was made.",
                    list(characters)
                ),
            ),
            Self::DataTooLarge { bytes, max } => Text::new(
                format!("文件内容过大（{bytes} 字节，上限 {max} 字节）。"),
                format!("The document's content is too large ({bytes} bytes, at most {max})."),
            ),
            Self::Refused { .. } => Text::new(
                "文件属性（标题、作者或日期）无法写入。",
                "A property of the document (title, author or date) can't be written.",
            ),
            Self::TemplateFailed { .. } => Text::new(
                "文件模板与数据不符，文件未生成。",
                "The template and its data don't fit together. No document was made.",
            ),
        }
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Layout => "layout",
            Self::Warning => "a warning",
            Self::Export => "export",
        })
    }
}

/// Typst's own words, with lines of the template where it gave them.
#[derive(Debug)]
pub struct Diagnostics(Vec<String>);

impl Diagnostics {
    /// Most messages kept of one failure.
    const MAX: usize = 8;

    pub(super) fn new(list: &[SourceDiagnostic], desk: &Desk<'_>) -> Self {
        Self(
            list.iter()
                .take(Self::MAX)
                .map(|one| line(one, desk))
                .collect(),
        )
    }
}

impl fmt::Display for Diagnostics {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.join("; "))
    }
}

impl std::error::Error for Diagnostics {}

fn line(one: &SourceDiagnostic, desk: &Desk<'_>) -> String {
    let place = one.span.id().and_then(|id| {
        let source = desk.source(id).ok()?;
        let at = source.lines().byte_to_line(desk.range(one.span)?.start)?;
        Some(format!(
            "{} line {}: ",
            id.get().vpath().get_without_slash(),
            at + 1
        ))
    });
    let hints: String = one
        .hints
        .iter()
        .map(|hint| format!(" ({})", hint.v))
        .collect();
    format!("{}{}{hints}", place.unwrap_or_default(), one.message)
}

/// Characters as people can look them up: the sign itself and its code point.
fn list(characters: &[char]) -> String {
    let shown: Vec<String> = characters
        .iter()
        .map(|&c| {
            let code = u32::from(c);
            if c.is_control() {
                format!("U+{code:04X}")
            } else {
                format!("{c} (U+{code:04X})")
            }
        })
        .collect();
    shown.join(", ")
}
