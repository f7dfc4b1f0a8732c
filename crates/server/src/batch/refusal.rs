//! Why this room refuses.

use crate::error::{Kind, Refuse, Text};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refused {
    /// Nothing is configured for the institution.
    NotConnected,
    /// It was not handed over yet.
    NotDelivered,
    /// No row of the file is left.
    FileOver,
}

impl Refuse for Refused {
    fn code(&self) -> &'static str {
        match self {
            Self::NotConnected => "exchange_not_connected",
            Self::NotDelivered => "batch_not_delivered",
            Self::FileOver => "file_not_running",
        }
    }
    fn kind(&self) -> Kind {
        Kind::Conflict
    }
    fn text(&self) -> Text {
        match self {
            Self::NotConnected => Text::new(
                "本机构没有配置文件交换，请联系运维。",
                "No exchange of files is configured for this institution; ask the operator.",
            ),
            Self::NotDelivered => Text::new(
                "这一批还在等待交付，无需重发。",
                "This batch still waits for its delivery; there is nothing to send again.",
            ),
            Self::FileOver => Text::new(
                "这个文件已经处理完，没有余下的行。",
                "This file is done with; no row of it is left.",
            ),
        }
    }
}

/// Why a dropped file is not taken at all.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FileFault {
    Manifest,
    Missing,
    TooLarge,
    Digest,
    Name,
    Encoding,
    Header,
    Form,
    Rows,
    TooManyRows,
    /// More may still be paid on the day that it tells of.
    DayNotOver,
    /// Going through it failed as often as it may.
    GivenUp,
    EndedByStaff,
}

impl FileFault {
    pub const ALL: [Self; 13] = [
        Self::Manifest,
        Self::Missing,
        Self::TooLarge,
        Self::Digest,
        Self::Name,
        Self::Encoding,
        Self::Header,
        Self::Form,
        Self::Rows,
        Self::TooManyRows,
        Self::DayNotOver,
        Self::GivenUp,
        Self::EndedByStaff,
    ];

    pub fn parse(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|one| one.code() == code)
    }

    /// Whether the same manifest may find the same file in order another time.
    pub fn passes(self) -> bool {
        matches!(self, Self::Missing | Self::DayNotOver | Self::Digest)
    }
}

impl Refuse for FileFault {
    fn kind(&self) -> Kind {
        match self {
            Self::TooLarge => Kind::TooLarge,
            _ => Kind::Invalid,
        }
    }
    fn code(&self) -> &'static str {
        match self {
            Self::Manifest => "manifest_malformed",
            Self::Missing => "file_missing",
            Self::TooLarge => "file_too_large",
            Self::Digest => "file_digest",
            Self::Name => "file_name",
            Self::Encoding => "file_encoding",
            Self::Header => "file_header",
            Self::Form => "file_form",
            Self::Rows => "file_rows",
            Self::TooManyRows => "file_too_many_rows",
            Self::DayNotOver => "file_day_not_over",
            Self::GivenUp => "file_given_up",
            Self::EndedByStaff => "file_ended_by_staff",
        }
    }
    fn text(&self) -> Text {
        match self {
            Self::Manifest => Text::new(
                "清单不是规定格式的 JSON。",
                "The manifest is not the JSON that is agreed upon.",
            ),
            Self::Missing => Text::new(
                "清单所列的文件不在目录里。",
                "A file that the manifest names is not there.",
            ),
            Self::TooLarge => Text::new("文件超过 4 MiB。", "The file has more than 4 MiB."),
            Self::Digest => Text::new(
                "文件内容与清单的 SHA-256 不符。",
                "The file is not the one whose SHA-256 the manifest names.",
            ),
            Self::Name => Text::new(
                "文件名应以 requests-、decisions- 或 supplied- 开头，或为 payments- 加日期，以 .csv 结尾。",
                "A file's name begins with requests-, decisions- or supplied-, or is payments- and a day, and ends in .csv.",
            ),
            Self::Encoding => Text::new("文件不是 UTF-8。", "The file is not UTF-8."),
            Self::Header => Text::new(
                "表头缺少必需的列，或有不认识的列。",
                "The header lacks a required column, or names an unknown one.",
            ),
            Self::Form => Text::new(
                "文件不是规范的 CSV（RFC 4180）。",
                "The file is not well-formed CSV (RFC 4180).",
            ),
            Self::Rows => Text::new(
                "行数与清单不符。",
                "The file has another number of rows than the manifest says.",
            ),
            Self::TooManyRows => Text::new(
                "文件超过 10,000 行。",
                "The file has more than 10,000 rows.",
            ),
            Self::DayNotOver => Text::new(
                "文件所属的日期（北京时间）还没有结束，请在次日再交。",
                "The day of the file is not over in Asia/Shanghai; hand it in on the next day.",
            ),
            Self::GivenUp => Text::new(
                "系统多次处理失败，余下的行没有处理，请重新交来。",
                "Going through it failed too often and the rows that are left were not; hand it in anew.",
            ),
            Self::EndedByStaff => Text::new(
                "机构工作人员已结束这个文件，余下的行没有处理。",
                "Staff ended this file; the rows that are left were not gone through.",
            ),
        }
    }
}
