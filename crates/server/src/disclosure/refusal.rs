//! Why disclosure refuses, and in which words.

use crate::error::{Kind, Refuse, Text};

/// Why this room refuses.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refused {
    /// The person saw another sheet than the one in force.
    Changed,
    /// The terms changed more often than one journey may bear.
    ChangedTooOften,
    NotShown,
    ReadingTime {
        remaining_ms: i64,
    },
    NotRead,
    NotUnderstood,
    AnswerWait {
        wait_ms: i64,
    },
    /// The person saw another notice than the one in force.
    NoticeChanged,
    NoticeNotShown,
    NoticeReadingTime {
        remaining_ms: i64,
    },
    /// Somebody looked at it already, or another took its place.
    ScanNotWaiting,
    /// Whoever scanned it does not say as well that it is signed.
    ScanOwn,
}

impl Refuse for Refused {
    fn code(&self) -> &'static str {
        match self {
            Self::Changed => "sheet_changed",
            Self::ChangedTooOften => "terms_changed_too_often",
            Self::NotShown => "sheet_not_shown",
            Self::ReadingTime { .. } => "sheet_reading_time",
            Self::NotRead => "sheet_not_read",
            Self::NotUnderstood => "sheet_not_understood",
            Self::AnswerWait { .. } => "sheet_answer_wait",
            Self::NoticeChanged => "total_cost_changed",
            Self::NoticeNotShown => "total_cost_not_shown",
            Self::NoticeReadingTime { .. } => "total_cost_reading_time",
            Self::ScanNotWaiting => "scan_not_waiting",
            Self::ScanOwn => "scan_own",
        }
    }
    fn kind(&self) -> Kind {
        match self {
            Self::AnswerWait { .. } => Kind::TooMany,
            _ => Kind::Refused,
        }
    }
    fn text(&self) -> Text {
        match self {
            Self::Changed => Text::new(
                "明示表已更新，请看最新的一份。",
                "The cost sheet has changed; please read the current one.",
            ),
            Self::ChangedTooOften => Text::new(
                "这笔业务的条件已变更太多次，请重新发起一笔。",
                "The terms of this journey have changed too often; please open a new one.",
            ),
            Self::NotShown => Text::new("请先打开明示表。", "Please open the cost sheet first."),
            Self::NoticeChanged => Text::new(
                "费用告知书已更新，请看最新的一份。",
                "The notice of the total cost has changed; please read the current one.",
            ),
            Self::NoticeNotShown => Text::new(
                "请先打开费用告知书。",
                "Please open the notice of the total cost first.",
            ),
            Self::ReadingTime { remaining_ms } | Self::NoticeReadingTime { remaining_ms } => {
                let seconds = (remaining_ms + 999) / 1000;
                Text::new(
                    format!("请再阅读 {seconds} 秒。"),
                    format!("Please read for another {seconds} seconds."),
                )
            }
            Self::ScanNotWaiting => Text::new(
                "这份扫描件不在等待查看。",
                "This scan does not wait to be looked at.",
            ),
            Self::ScanOwn => Text::new(
                "这份扫描件是您存入的，请由另一位同事查看。",
                "You handed in this scan; another colleague must look at it.",
            ),
            Self::NotRead => Text::new(
                "请先读到明示表末尾。",
                "Please read the cost sheet to its end first.",
            ),
            Self::AnswerWait { wait_ms } => {
                let seconds = (wait_ms + 999) / 1000;
                Text::new(
                    format!("请再看看明示表，{seconds} 秒后再答；也可以和人工聊聊。"),
                    format!(
                        "Please look at the sheet again and answer in {seconds} seconds, or talk to a person."
                    ),
                )
            }
            Self::NotUnderstood => Text::new(
                "请先回答两个问题。",
                "Please answer the two questions first.",
            ),
        }
    }
    fn retry_after_ms(&self) -> Option<i64> {
        match self {
            Self::ReadingTime { remaining_ms } | Self::NoticeReadingTime { remaining_ms } => {
                Some(*remaining_ms)
            }
            Self::AnswerWait { wait_ms } => Some(*wait_ms),
            _ => None,
        }
    }
}
