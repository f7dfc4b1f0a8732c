//! What a template can see: itself, its data, the document's properties and the fonts. Nothing else.

use typst::diag::{FileError, FileResult};
use typst::foundations::{Bytes, Datetime, Duration};
use typst::syntax::{FileId, RootedPath, Source, VirtualPath, VirtualRoot};
use typst::text::{Font, FontBook};
use typst::utils::LazyHash;
use typst::{Library, LibraryExt, World};

/// Runs before every template, so that no template can forget it.
const FRAME: &str = r##"#let meta = json("/meta.json")
#set document(title: meta.title, author: meta.author, date: auto)
#set text(font: meta.family, fallback: false, lang: meta.lang, region: meta.region)
#set page(background: if meta.code { context if here().page() == 1 {
  place(top + right, dx: -18mm, dy: 3mm, grid(
    columns: 2, column-gutter: 1.5mm, align: right + horizon,
    text(size: 6.5pt, fill: rgb("#55626E"))[扫码验真 \ #text(lang: "en")[Scan to verify]],
    image("/code.svg", height: 14mm),
  ))
} })
#include "/template.typ"
"##;

/// What all documents share; made once.
pub(super) struct Stock {
    library: LazyHash<Library>,
    book: LazyHash<FontBook>,
    /// Never empty; the first is the house font.
    fonts: Vec<Font>,
    frame: Source,
    template: FileId,
    data: FileId,
    meta: FileId,
    code: FileId,
}

impl Stock {
    /// `fonts` begins with the house font.
    pub(super) fn new(fonts: Vec<Font>) -> Self {
        Self {
            library: LazyHash::new(Library::default()),
            book: LazyHash::new(FontBook::from_fonts(&fonts)),
            fonts,
            frame: Source::new(file("/frame.typ"), FRAME.into()),
            template: file("/template.typ"),
            data: file("/data.json"),
            meta: file("/meta.json"),
            code: file("/code.svg"),
        }
    }

    pub(super) fn house_font(&self) -> &Font {
        &self.fonts[0]
    }
}

/// One document in the making.
pub(super) struct Desk<'a> {
    stock: &'a Stock,
    template: Source,
    data: Bytes,
    meta: Bytes,
    /// A QR code as SVG.
    code: Option<Bytes>,
}

impl<'a> Desk<'a> {
    pub(super) fn new(
        stock: &'a Stock,
        template: &str,
        data: Vec<u8>,
        meta: Vec<u8>,
        code: Option<String>,
    ) -> Self {
        Self {
            stock,
            template: Source::new(stock.template, template.into()),
            data: Bytes::new(data),
            meta: Bytes::new(meta),
            code: code.map(|svg| Bytes::new(svg.into_bytes())),
        }
    }
}

impl World for Desk<'_> {
    fn library(&self) -> &LazyHash<Library> {
        &self.stock.library
    }

    fn book(&self) -> &LazyHash<FontBook> {
        &self.stock.book
    }

    fn main(&self) -> FileId {
        self.stock.frame.id()
    }

    fn source(&self, id: FileId) -> FileResult<Source> {
        if id == self.stock.frame.id() {
            Ok(self.stock.frame.clone())
        } else if id == self.stock.template {
            Ok(self.template.clone())
        } else {
            Err(FileError::AccessDenied)
        }
    }

    fn file(&self, id: FileId) -> FileResult<Bytes> {
        if id == self.stock.data {
            Ok(self.data.clone())
        } else if id == self.stock.meta {
            Ok(self.meta.clone())
        } else if let Some(code) = self.code.as_ref().filter(|_| id == self.stock.code) {
            Ok(code.clone())
        } else {
            Err(FileError::AccessDenied)
        }
    }

    fn font(&self, index: usize) -> Option<Font> {
        self.stock.fonts.get(index).cloned()
    }

    fn today(&self, _: Option<Duration>) -> Option<Datetime> {
        // A document does not depend on the day it is rendered.
        None
    }
}

/// The id of a file that exists only in memory.
fn file(path: &'static str) -> FileId {
    // The paths are the constants above; they hold nothing that a virtual path refuses.
    let path = VirtualPath::new(path).expect("a plain path");
    RootedPath::new(VirtualRoot::Project, path).intern()
}
