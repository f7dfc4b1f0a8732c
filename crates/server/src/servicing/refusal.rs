//! Why servicing refuses, and in which words.

use jiff::civil::Date;

use crate::error::{Kind, Refuse, Text};

/// Why this room refuses.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refused {
    /// No payment of this case was reported.
    NotPaid,
    /// The same number with another content.
    ReferenceReused,
    NothingToReverse,
    ReversesTooMuch,
    /// A loan that is settled stays settled.
    SettlementStands,
    TooMany,
    /// Settled, or withdrawn from.
    Over,
    /// Nothing is proved of a loan that still runs.
    StillRuns,
    /// Nobody confirmed any terms that could be reckoned with.
    NothingAgreed,
    NoCoolingOff,
    /// The last day on which it could be asked.
    CoolingOffOver(Date),
    /// The borrower withdrew, and the sum of that is to be given back.
    Withdrawn,
    /// Another day, or something received, changed what is to be paid.
    SumChanged,
    TooManyAsks,
}

impl Refuse for Refused {
    fn code(&self) -> &'static str {
        match self {
            Self::NotPaid => "loan_not_paid",
            Self::ReferenceReused => "repayment_reference_reused",
            Self::NothingToReverse => "nothing_to_reverse",
            Self::ReversesTooMuch => "reverses_too_much",
            Self::SettlementStands => "settlement_stands",
            Self::TooMany => "too_many_repayments",
            Self::Over => "loan_over",
            Self::StillRuns => "loan_running",
            Self::NothingAgreed => "nothing_agreed",
            Self::NoCoolingOff => "no_cooling_off",
            Self::CoolingOffOver(_) => "cooling_off_over",
            Self::Withdrawn => "loan_withdrawn",
            Self::SumChanged => "sum_changed",
            Self::TooManyAsks => "too_many_asks",
        }
    }

    fn kind(&self) -> Kind {
        Kind::Conflict
    }

    fn text(&self) -> Text {
        match self {
            Self::NotPaid => Text::new(
                "这笔借款还没有放款记录。",
                "No payment of this loan was reported yet.",
            ),
            Self::ReferenceReused => Text::new(
                "该还款编号已用于另一份内容；报错了请用冲正更正。",
                "This number was reported with another content; a mistake is put right by a reversal.",
            ),
            Self::NothingToReverse => Text::new(
                "没有这个编号的还款可以冲正。",
                "There is no repayment of this number to reverse.",
            ),
            Self::ReversesTooMuch => Text::new(
                "冲正金额超过了该笔还款剩余的金额。",
                "The reversal is more than what is left of that repayment.",
            ),
            Self::SettlementStands => Text::new(
                "借款人已被告知结清，结清不能冲正。",
                "The borrower was told that nothing is owed; a settlement is not reversed.",
            ),
            Self::Over => Text::new("这笔借款已经结束。", "This loan is over."),
            Self::StillRuns => Text::new(
                "这笔借款还没有结束，没有可以出具的证明。",
                "This loan still runs; there is nothing to prove yet.",
            ),
            Self::NothingAgreed => Text::new(
                "放款时没有确认过任何条件，无法计算，请联系机构。",
                "No terms were confirmed when the money moved; nothing can be reckoned. Please ask the lender.",
            ),
            Self::NoCoolingOff => Text::new(
                "这个产品没有无理由退出期；可以随时提前结清。",
                "This product has no days of withdrawal; the loan may be settled early at any time.",
            ),
            Self::CoolingOffOver(last) => Text::new(
                format!("无理由退出期到 {last} 为止，已经过了；可以随时提前结清。"),
                format!(
                    "Withdrawing was possible until {last}; the loan may be settled early at any time."
                ),
            ),
            Self::Withdrawn => Text::new(
                "您已申请无理由退出，请按退出的金额退回，不用另办结清。",
                "You have withdrawn from this loan; give back that sum, nothing else needs settling.",
            ),
            Self::SumChanged => Text::new(
                "金额刚刚有变化，请看过最新的再确认。",
                "The sum has changed just now; look at it again before you confirm.",
            ),
            Self::TooManyAsks => Text::new(
                "这笔借款的申请次数已达上限，请联系机构。",
                "Too much was asked of this loan; please talk to the lender.",
            ),
            Self::TooMany => Text::new(
                "这笔借款的还款记录已达上限。",
                "This loan has as many reports as it may have.",
            ),
        }
    }
}
