//! Turns a template and data into a PDF that may be kept for decades.
//!
//! What this room promises:
//! - Every document is PDF/A-2b, tagged, with an embedded subset of the house font.
//! - The same template, data and [`Meta`] give the same bytes on any machine: nothing here reads a clock, a file, a package or the network.
//! - A document with an address bears its QR code in the top margin of its first page, which templates leave free: 17 mm.
//! - A character the font does not have is an error, never an empty box on paper.
//! - Whatever Typst warns about is an error: a legal document has no small print about its own making.

mod error;
mod fonts;
mod world;

#[cfg(test)]
mod tests;

use std::borrow::Cow;
use std::sync::Arc;

use serde_json::{Value, json};
use typst::comemo;
use typst::diag::Warned;
use typst::foundations::{Datetime, Smart};
use typst_pdf::{PdfOptions, PdfStandard, PdfStandards, Timestamp};

pub use self::error::TypesetError;
use self::error::{Diagnostics, Fault};
use self::world::{Desk, Stock};
use crate::qr;

/// The one font family of the house; templates are set in it and nothing else.
pub const FAMILY: &str = "Noto Sans SC";

/// Largest data a template may be given, in bytes of JSON.
pub const DATA_BYTES_MAX: usize = 1024 * 1024;

/// The main language of a document, as screen readers and archives are told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Language {
    Chinese,
    English,
}

/// What a document says about itself outside its pages.
#[derive(Clone, Debug)]
pub struct Meta {
    pub title: String,
    pub author: String,
    pub language: Language,
    /// Creation instant written into the document; whole seconds are kept, in UTC.
    pub created: jiff::Timestamp,
    /// Stable name of this document; its hash becomes the PDF's identifier.
    pub document_id: String,
    /// Opened by a QR code in the first page's top margin; none is drawn without it.
    pub address: Option<String>,
}

/// Renders templates; loads its fonts once and is cheap to clone.
#[derive(Clone)]
pub struct Typesetter {
    stock: Arc<Stock>,
}

impl Typesetter {
    /// Loads the fonts.
    ///
    /// Takes whole font files; borrowed bytes are used where they are.
    /// Fails with `font_invalid` on a file that is no font and with `font_missing` when [`FAMILY`] is not among them.
    pub fn new<B>(fonts: impl IntoIterator<Item = B>) -> Result<Self, TypesetError>
    where
        B: Into<Cow<'static, [u8]>>,
    {
        let fonts = fonts::load(fonts.into_iter().map(Into::into))?;
        Ok(Self {
            stock: Arc::new(Stock::new(fonts)),
        })
    }

    /// `text` as it can be printed: characters the font does not have become a full-width asterisk.
    ///
    /// For masked names only, where a missing character says no less than the mask.
    pub fn printable(&self, text: &str) -> String {
        fonts::printable(self.stock.house_font(), text)
    }

    /// The house font's file, for whoever draws letters into a finished document.
    pub fn font(&self) -> &[u8] {
        self.stock.house_font().data().as_slice()
    }

    /// Renders `template` (Typst source) with `data` to a PDF file.
    ///
    /// The template reads its data by `json("/data.json")`; font, language and document properties are set before it runs.
    /// Takes tens of milliseconds of one core: asynchronous callers move it off their thread.
    pub fn pdf(
        &self,
        template: &'static str,
        data: &Value,
        meta: Meta,
    ) -> Result<Vec<u8>, TypesetError> {
        let data_bytes = bytes(data)?;
        if data_bytes.len() > DATA_BYTES_MAX {
            return Err(TypesetError::DataTooLarge {
                bytes: data_bytes.len(),
                max: DATA_BYTES_MAX,
            });
        }
        fonts::must_cover(self.stock.house_font(), data, &[&meta.title, &meta.author])?;
        let options = options(&meta)?;
        let (lang, region) = match meta.language {
            Language::Chinese => ("zh", "cn"),
            Language::English => ("en", "gb"),
        };
        let meta_bytes = bytes(&json!({
            "title": meta.title, "author": meta.author, "lang": lang, "region": region, "family": FAMILY,
            "code": meta.address.is_some(),
        }))?;
        let code = meta.address.as_deref().map(qr::svg).transpose();
        let code = code.map_err(|e| TypesetError::Refused { why: e.to_string() })?;
        let desk = Desk::new(&self.stock, template, data_bytes, meta_bytes, code);
        let made = make(&desk, &options);
        // Cached layout holds what was printed; it buys no time on the next borrower's data, so none stays.
        comemo::evict(0);
        made
    }
}

impl std::fmt::Debug for Typesetter {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Typesetter")
            .field("family", &FAMILY)
            .finish_non_exhaustive()
    }
}

/// Lays the document out and writes it; any warning stops it.
fn make(desk: &Desk<'_>, options: &PdfOptions) -> Result<Vec<u8>, TypesetError> {
    let failed = |fault: Fault, list: &[_]| TypesetError::TemplateFailed {
        fault,
        cause: Diagnostics::new(list, desk),
    };
    let Warned { output, warnings } = typst::compile(desk);
    let document = output.map_err(|errors| failed(Fault::Layout, &errors))?;
    if !warnings.is_empty() {
        return Err(failed(Fault::Warning, &warnings));
    }
    typst_pdf::pdf(&document, options).map_err(|errors| failed(Fault::Export, &errors))
}

/// The export settings: archival, tagged, dated and named by `meta` alone.
fn options(meta: &Meta) -> Result<PdfOptions, TypesetError> {
    let standards = PdfStandards::new(&[PdfStandard::A_2b]).map_err(|e| TypesetError::Refused {
        why: e.message().to_string(),
    })?;
    let created = meta.created.to_zoned(jiff::tz::TimeZone::UTC).datetime();
    let refused = || TypesetError::Refused {
        why: format!("creation date {created} can't be written"),
    };
    let part = |n: i8| u8::try_from(n).map_err(|_| refused());
    let date = Datetime::from_ymd_hms(
        i32::from(created.year()),
        part(created.month())?,
        part(created.day())?,
        part(created.hour())?,
        part(created.minute())?,
        part(created.second())?,
    )
    .ok_or_else(refused)?;
    Ok(PdfOptions {
        ident: Smart::Custom(meta.document_id.clone()),
        creator: Smart::Custom(Some("Xiaobao".into())),
        timestamp: Some(Timestamp::new_utc(date)),
        page_ranges: None,
        standards,
        tagged: true,
        pretty: false,
    })
}

fn bytes(value: &Value) -> Result<Vec<u8>, TypesetError> {
    serde_json::to_vec(value).map_err(|e| TypesetError::Refused { why: e.to_string() })
}
