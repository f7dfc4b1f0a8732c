//! Scans of what was signed on paper; pure.

use super::refusal::Refusal;

crate::id!(
    /// One scanned document.
    ScanId,
    "scn"
);

/// Ten megabytes hold a dozen pages at 300 dpi.
pub const BYTES_MAX: usize = 10 * 1024 * 1024;
/// Scans of one case.
pub const SCANS_MAX: i64 = 50;

/// What a scan is, by its own first bytes and not by what the browser claims.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Media {
    Pdf,
    Jpeg,
    Png,
}

impl Media {
    pub fn of(bytes: &[u8]) -> Result<Self, Refusal> {
        match bytes {
            [b'%', b'P', b'D', b'F', b'-', ..] => Ok(Self::Pdf),
            [0xff, 0xd8, 0xff, ..] => Ok(Self::Jpeg),
            [0x89, b'P', b'N', b'G', b'\r', b'\n', 0x1a, b'\n', ..] => Ok(Self::Png),
            _ => Err(Refusal::ScanMedia),
        }
    }

    pub fn as_str(self) -> &'static str {
        match self {
            Self::Pdf => "application/pdf",
            Self::Jpeg => "image/jpeg",
            Self::Png => "image/png",
        }
    }

    pub fn parse(text: &str) -> Option<Self> {
        [Self::Pdf, Self::Jpeg, Self::Png]
            .into_iter()
            .find(|media| media.as_str() == text)
    }

    /// How a file of it is called.
    pub fn extension(self) -> &'static str {
        match self {
            Self::Pdf => "pdf",
            Self::Jpeg => "jpg",
            Self::Png => "png",
        }
    }
}

/// A scan that is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Scan {
    pub id: ScanId,
    pub case: String,
    /// SHA-256 of the document that was printed and signed, hex.
    pub document: String,
    /// SHA-256 of the scan itself, hex.
    pub digest: String,
    pub media: Media,
    pub bytes: i64,
    /// Who scanned it.
    pub staff: String,
    pub kept_at_ms: i64,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_scan_is_what_its_first_bytes_say() {
        for (bytes, media) in [
            (&b"%PDF-1.7\n"[..], Ok(Media::Pdf)),
            (&[0xff, 0xd8, 0xff, 0xe0], Ok(Media::Jpeg)),
            (b"\x89PNG\r\n\x1a\n....", Ok(Media::Png)),
            (b"<svg onload=alert(1)>", Err(Refusal::ScanMedia)),
            (b"MZ", Err(Refusal::ScanMedia)),
            (b"", Err(Refusal::ScanMedia)),
        ] {
            assert_eq!(Media::of(bytes), media);
        }
    }
}
