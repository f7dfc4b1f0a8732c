//! Why suitability refuses an act, and in which words.

use crate::error::{Kind, Refuse, Text};

/// Why this room refuses.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refused {
    AmountRange,
    StudyingMissing,
    PurposeUnknown,
    SceneCode,
    /// The step was not refused, so there is nothing to look at again.
    NothingRefused,
    ReviewClosed,
    OwnDecision,
    WordsLength,
    DecisionFinal,
    LimitMissing,
    ReasonsMissing,
    LimitLapsed,
    /// The person has answered; what the lender knows comes too late.
    Assessed,
}

impl Refuse for Refused {
    fn code(&self) -> &'static str {
        match self {
            Self::AmountRange => "amount_range",
            Self::StudyingMissing => "studying_missing",
            Self::PurposeUnknown => "purpose_unknown",
            Self::SceneCode => "scene_mcc",
            Self::NothingRefused => "nothing_refused",
            Self::ReviewClosed => "review_closed",
            Self::OwnDecision => "review_own_decision",
            Self::WordsLength => "review_words_length",
            Self::DecisionFinal => "decision_final",
            Self::LimitMissing => "decision_limit",
            Self::ReasonsMissing => "decision_reasons",
            Self::LimitLapsed => "decision_valid_until",
            Self::Assessed => "affordability_assessed",
        }
    }

    fn kind(&self) -> Kind {
        match self {
            Self::NothingRefused
            | Self::ReviewClosed
            | Self::OwnDecision
            | Self::DecisionFinal
            | Self::Assessed => Kind::Conflict,
            _ => Kind::Invalid,
        }
    }

    fn text(&self) -> Text {
        match self {
            Self::AmountRange => Text::new(
                "金额应为 0 至 10 亿元，单位为分。",
                "An amount is between 0 and a thousand million yuan, in fen.",
            ),
            Self::StudyingMissing => Text::new(
                "请告诉我们您现在是否在上学。",
                "Please tell us whether you are studying now.",
            ),
            Self::PurposeUnknown => Text::new("请选择一个用途。", "Please choose a purpose."),
            Self::SceneCode => Text::new(
                "商户类别码应为四位数字（ISO 18245）。",
                "A merchant category code has four digits (ISO 18245).",
            ),
            Self::NothingRefused => Text::new(
                "这一步没有被拒绝，不需要复核。",
                "This step was not refused; there is nothing to review.",
            ),
            Self::ReviewClosed => {
                Text::new("这一件已经复核完毕。", "This review is closed already.")
            }
            Self::OwnDecision => Text::new(
                "不能复核自己做出的决定，请由另一位同事处理。",
                "Nobody reviews their own decision; a colleague must.",
            ),
            Self::WordsLength => Text::new(
                "请用 4 至 500 个字向借款人说明。",
                "Explain it to the borrower in 4 to 500 characters.",
            ),
            Self::DecisionFinal => Text::new(
                "审批结论已经给出，不能再改；复核推翻或额度到期后可重新提交。",
                "The decision is given and can't be changed; after a review has overturned it, or its limit has lapsed, a new one can.",
            ),
            Self::LimitMissing => Text::new(
                "批准时须给出额度（分，大于 0）；拒绝时不填。",
                "An approval names a limit above 0, in fen; a refusal names none.",
            ),
            Self::ReasonsMissing => Text::new(
                "拒绝时须给出 1 至 10 条可以向借款人解释的理由，代码由小写字母、数字和下划线组成，文字 1 至 300 字。",
                "A refusal names 1 to 10 reasons that can be explained: codes of lower-case letters, digits and underscores, words of 1 to 300 characters.",
            ),
            Self::Assessed => Text::new(
                "借款人已经作答并完成评估，不能再补充数据。",
                "The borrower has answered and is assessed; nothing can be added any more.",
            ),
            Self::LimitLapsed => Text::new(
                "额度有效期应在今天或以后。",
                "The limit must be valid today or later.",
            ),
        }
    }
}
