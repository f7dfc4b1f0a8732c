//! Why the counter says no.

use crate::error::{Kind, Refuse, Text};

/// Why the counter says no.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refusal {
    AssistanceUnknown,
    AssistanceOver,
    ScanMedia,
    ScanTooLarge,
    ScansTooMany,
    /// Whoever says what a scan shows has not had it before them.
    ScanNotOpened,
    DocumentUnknown,
}

impl Refuse for Refusal {
    fn code(&self) -> &'static str {
        match self {
            Self::AssistanceUnknown => "assistance_unknown",
            Self::AssistanceOver => "assistance_over",
            Self::ScanMedia => "scan_media",
            Self::ScanTooLarge => "scan_too_large",
            Self::ScansTooMany => "scans_too_many",
            Self::ScanNotOpened => "scan_not_opened",
            Self::DocumentUnknown => "document_unknown",
        }
    }

    fn kind(&self) -> Kind {
        match self {
            Self::AssistanceUnknown => Kind::NotFound,
            Self::AssistanceOver | Self::ScansTooMany | Self::ScanNotOpened => Kind::Conflict,
            Self::ScanMedia => Kind::MediaType,
            Self::ScanTooLarge => Kind::TooLarge,
            Self::DocumentUnknown => Kind::Invalid,
        }
    }

    fn text(&self) -> Text {
        match self {
            Self::AssistanceUnknown => Text::new(
                "没有这次协助，请工作人员重新发起。",
                "There is no such assistance; ask the member of staff to start anew.",
            ),
            Self::AssistanceOver => Text::new(
                "这次协助已用过或已超过三十分钟，请工作人员重新发起。",
                "This assistance was used or is older than thirty minutes; ask the member of staff to start anew.",
            ),
            Self::ScanMedia => Text::new(
                "扫描件应为 PDF、JPEG 或 PNG。",
                "A scan is a PDF, a JPEG or a PNG.",
            ),
            Self::ScanTooLarge => Text::new("扫描件不能超过 10 MB。", "A scan has at most 10 MB."),
            Self::ScansTooMany => Text::new(
                "这笔业务的扫描件已达 50 份。",
                "Fifty scans are kept for this case already.",
            ),
            Self::ScanNotOpened => Text::new(
                "您还没有打开过这份扫描件，请先打开查看。",
                "You have not opened this scan yet; open it and look at it first.",
            ),
            Self::DocumentUnknown => Text::new(
                "这笔业务没有这份文件，不能归入扫描件。",
                "This case has no such document; a scan can't belong to it.",
            ),
        }
    }
}
