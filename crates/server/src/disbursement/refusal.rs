//! Why disbursement refuses, and in which words.

use crate::error::{Field, Kind, Refuse, Text};

/// Why this room refuses.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Refused {
    /// The fields that differ.
    BookingDiffers(Vec<Field>),
    AlreadyBooked,
    KeyReused,
    NotBooked,
    /// The terms changed since.
    BookingOutdated,
    /// Milliseconds until it is over.
    TokenLive(i64),
    NoCheckpoint,
    AlreadyPaid,
    /// Another loan is booked under this number of the lender's.
    LoanNumberTaken,
    /// The lender's books name another payment under this number.
    LineDiffers,
    /// Nothing of the lender's came for that day.
    BooksMissing,
    WordsLength,
    WordsTellNumbers,
    NotHandled,
    OwnHandling,
    /// Somebody said something else since it was read.
    HandlingChanged,
    IncidentClosed,
    /// Somebody said so already.
    RestoreReconciled,
    /// Milliseconds until no token from before lives any more.
    RestoreTooRecent(i64),
}

impl Refuse for Refused {
    fn code(&self) -> &'static str {
        match self {
            Self::BookingDiffers(_) => "booking_differs",
            Self::AlreadyBooked => "already_booked",
            Self::KeyReused => "idempotency_key_reused",
            Self::NotBooked => "not_booked",
            Self::BookingOutdated => "booking_outdated",
            Self::TokenLive(_) => "release_token_live",
            Self::NoCheckpoint => "evidence_not_proved",
            Self::AlreadyPaid => "already_disbursed",
            Self::LoanNumberTaken => "loan_number_taken",
            Self::LineDiffers => "line_differs",
            Self::BooksMissing => "books_missing",
            Self::WordsLength => "incident_words_length",
            Self::WordsTellNumbers => "incident_words_numbers",
            Self::NotHandled => "incident_not_handled",
            Self::OwnHandling => "incident_own_handling",
            Self::HandlingChanged => "incident_changed",
            Self::IncidentClosed => "incident_closed",
            Self::RestoreReconciled => "restore_reconciled",
            Self::RestoreTooRecent(_) => "restore_too_recent",
        }
    }

    fn kind(&self) -> Kind {
        match self {
            Self::WordsLength | Self::WordsTellNumbers => Kind::Invalid,
            _ => Kind::Conflict,
        }
    }

    fn fields(&self) -> Vec<Field> {
        match self {
            Self::BookingDiffers(fields) => fields.clone(),
            _ => Vec::new(),
        }
    }

    fn retry_after_ms(&self) -> Option<i64> {
        match self {
            Self::TokenLive(left) | Self::RestoreTooRecent(left) => Some(*left),
            _ => None,
        }
    }

    fn text(&self) -> Text {
        match self {
            Self::BookingDiffers(_) => Text::new(
                "入账内容与借款人确认的不一致，见 fields；没有入账，也不能放款。",
                "The booking is not what the borrower confirmed; see fields. Nothing is booked, and no money may move.",
            ),
            Self::AlreadyBooked => Text::new(
                "这笔借款已经入账；条件重新披露后才能另行入账。",
                "This loan is booked already; another booking needs other terms, disclosed anew.",
            ),
            Self::KeyReused => Text::new(
                "该 Idempotency-Key 已用于另一份内容。",
                "This Idempotency-Key was used with another body.",
            ),
            Self::NotBooked => Text::new(
                "尚未入账，请先提交入账。",
                "Not booked yet; book the loan first.",
            ),
            Self::BookingOutdated => Text::new(
                "入账之后条件已变更，请按新条件重新入账。",
                "The terms changed after the booking; book the new ones.",
            ),
            Self::TokenLive(_) => Text::new(
                "已有一个放款令牌在有效期内，作废或用过也仍能通过离线核验；须等它过期。",
                "A release token is out; even used or revoked it verifies offline until it is over. Wait until then.",
            ),
            Self::AlreadyPaid => Text::new("这笔借款已经放款。", "This loan is paid out already."),
            Self::LineDiffers => Text::new(
                "这一天的账里，同一支付编号已有另一笔。",
                "The books of that day name another payment under this number.",
            ),
            Self::BooksMissing => Text::new(
                "这一天还没有收到机构的付款文件，无从核对。",
                "The lender's file of that day is not here yet; there is nothing to compare with.",
            ),
            Self::LoanNumberTaken => Text::new(
                "该借据号已用于另一笔借款的入账。",
                "Another loan is booked under this loan number.",
            ),
            Self::WordsLength => Text::new(
                "请用 4 至 500 个字说明处理情况。",
                "Say in 4 to 500 characters what was done.",
            ),
            Self::WordsTellNumbers => Text::new(
                "说明里不要写账号、证件号或手机号。",
                "Leave accounts, ID numbers and phones out.",
            ),
            Self::NotHandled => Text::new(
                "还没有人说明处理情况。",
                "Nobody has said yet what was done.",
            ),
            Self::OwnHandling => Text::new(
                "须由另一位同事确认关闭。",
                "A colleague must agree and close it.",
            ),
            Self::HandlingChanged => Text::new(
                "处理说明已更新，请看过最新的再确认。",
                "What was done is told differently now; read it before you agree.",
            ),
            Self::IncidentClosed => {
                Text::new("这个事项已经关闭。", "This incident is closed already.")
            }
            Self::RestoreReconciled => {
                Text::new("已有同事确认过。", "A colleague said so already.")
            }
            Self::RestoreTooRecent(left) => {
                let minutes = left.unsigned_abs().div_ceil(60_000);
                Text::new(
                    format!(
                        "恢复之前签发的放款令牌可能仍能通过离线核验，请 {minutes} 分钟后再确认。"
                    ),
                    format!(
                        "Release tokens from before the restore may still verify offline; say so in {minutes} minutes."
                    ),
                )
            }
            Self::NoCheckpoint => Text::new(
                "证据尚未公布检查点，请稍候再试。",
                "The evidence is not under a published checkpoint yet; try again in a moment.",
            ),
        }
    }
}
