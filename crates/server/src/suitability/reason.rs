//! Why an assessment does not simply pass, in words that a person can do something with.

use serde::Serialize;

use crate::error::Text;

/// One reason.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Reason {
    UnderAge,
    Student,
    StudentSecondRepayer,
    PurposeForbidden,
    SceneOther,
    SceneTooLarge,
    NoIncome,
    DebtService,
    CreditTotal,
    IncomeDiffers,
    CreditCeiling,
    FiguresUnsure,
}

impl Reason {
    const ALL: [Self; 12] = [
        Self::UnderAge,
        Self::Student,
        Self::StudentSecondRepayer,
        Self::PurposeForbidden,
        Self::SceneOther,
        Self::SceneTooLarge,
        Self::NoIncome,
        Self::DebtService,
        Self::CreditTotal,
        Self::IncomeDiffers,
        Self::CreditCeiling,
        Self::FiguresUnsure,
    ];

    /// Stable: stored, sworn to and sent.
    pub fn code(self) -> &'static str {
        match self {
            Self::UnderAge => "under_age",
            Self::Student => "student",
            Self::StudentSecondRepayer => "student_second_repayer",
            Self::PurposeForbidden => "purpose_forbidden",
            Self::SceneOther => "scene_other",
            Self::SceneTooLarge => "scene_too_large",
            Self::NoIncome => "no_income",
            Self::DebtService => "debt_service",
            Self::CreditTotal => "credit_total",
            Self::IncomeDiffers => "income_differs",
            Self::CreditCeiling => "credit_ceiling",
            Self::FiguresUnsure => "figures_unsure",
        }
    }

    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|one| one.code() == text)
    }

    pub fn text(self) -> Text {
        let (zh, en) = match self {
            Self::FiguresUnsure => (
                "贷款机构提供的收支数据可能不是为这笔借款提供的，想请工作人员核对一下。",
                "The figures from the lender may not have been meant for this loan; a colleague would like to check them.",
            ),
            Self::UnderAge => (
                "未满十八周岁不能借款。",
                "Nobody under eighteen can borrow.",
            ),
            Self::Student => (
                "您还在上学。这类借款不向在校学生提供，不是您做错了什么。",
                "You are still studying. This kind of loan is not offered to students; you have done nothing wrong.",
            ),
            Self::StudentSecondRepayer => (
                "您还在上学，须先有第二还款来源（如父母）的书面同意。",
                "You are still studying; someone who could repay for you (a parent, say) must agree in writing first.",
            ),
            Self::PurposeForbidden => (
                "您选的用途，这家机构不能放贷。",
                "This lender may not lend for the purpose you chose.",
            ),
            Self::SceneOther => (
                "您说的用途，和要付钱的商家对不上，想请工作人员和您核对一下。",
                "The purpose you named and the merchant to be paid don't match; a colleague would like to compare with you.",
            ),
            Self::SceneTooLarge => (
                "借的钱比要买的东西贵不少，想请工作人员和您核对一下。",
                "The loan is a good deal larger than the purchase; a colleague would like to compare with you.",
            ),
            Self::NoIncome => (
                "没有看到固定收入，想请工作人员和您聊聊怎么还。",
                "No regular income was seen; a colleague would like to talk with you about repaying.",
            ),
            Self::DebtService => (
                "每月要还的钱，占了您每月收入的很大一部分，还起来会很吃力。",
                "What you would repay each month takes a large part of what you earn; it would be hard to keep up.",
            ),
            Self::CreditTotal => (
                "您在别处的借款，和收入相比已经很多。",
                "You owe a great deal elsewhere already, compared with what you earn.",
            ),
            Self::IncomeDiffers => (
                "您填的收入，和我们核实到的差得比较多。",
                "The income you gave differs from what we could verify.",
            ),
            Self::CreditCeiling => (
                "加上您在这家机构已有的借款，超过了这类机构对一个人的最高额度。",
                "With what you owe this lender already, it would exceed the most this kind of lender may lend to one person.",
            ),
        };
        Text::new(zh, en)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_lead_back_and_every_reason_is_said_in_both_languages() {
        for reason in Reason::ALL {
            assert_eq!(Reason::parse(reason.code()), Some(reason));
            let text = reason.text();
            assert!(!text.zh.is_empty() && !text.en.is_empty());
        }
    }
}
