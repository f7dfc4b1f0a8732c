//! The steps a product asks of a journey, their order, and how far one is; pure.

use serde::{Deserialize, Serialize};

use crate::error::Text;

/// A protection a journey must complete before money may move: one step of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Protection {
    /// What is done with the person's data, told before any of it is asked (PIPL 17).
    PersonalInformationNotice,
    /// Each separate consent on its own page, refusable (PIPL 23, 29).
    SeparateConsents,
    /// The person is who they say.
    Identity,
    /// 征信查询授权书: the bureau may be asked, for one purpose (征信业管理条例 18).
    CreditAuthority,
    /// The loan fits what the person earns and owes.
    Affordability,
    /// The lender's own decision.
    CreditDecision,
    /// Amount, periods, purpose and the person's own account.
    Drawdown,
    /// The statutory cost sheet: shown, read, understood, confirmed (金规〔2026〕2号).
    CostDisclosure,
    /// 双录: recorded before anything is signed, for the loans that need it.
    Recording,
    /// 签署: the contracts are signed, each by the person and the institution (电子签名法 13, 14).
    Signing,
    /// 放款前费用告知书: the total cost, once more, before the money moves (shown and confirmed, or signed on paper).
    TotalCostNotice,
}

impl Protection {
    /// What a person calls this step.
    pub fn title(self) -> Text {
        let (zh, en) = match self {
            Self::PersonalInformationNotice => ("个人信息告知", "Privacy notice"),
            Self::SeparateConsents => ("单独同意", "Separate consents"),
            Self::Identity => ("身份核验", "Identity check"),
            Self::CreditAuthority => ("征信查询授权", "Credit report authority"),
            Self::Affordability => ("还款能力", "What you can afford"),
            Self::CreditDecision => ("机构审批", "The lender's decision"),
            Self::Drawdown => ("借多少、怎么用", "Amount and use"),
            Self::CostDisclosure => ("综合融资成本明示", "Cost disclosure"),
            Self::Recording => ("双录", "Recording"),
            Self::Signing => ("签署合同", "Signing"),
            Self::TotalCostNotice => ("放款前费用告知", "Total cost before payment"),
        };
        Text::new(zh, en)
    }

    /// Whether this step asks for something about the person, which needs the notice first.
    fn asks_personal_items(self) -> bool {
        match self {
            Self::SeparateConsents
            | Self::Identity
            | Self::CreditAuthority
            | Self::Affordability
            | Self::Drawdown
            | Self::Recording => true,
            Self::PersonalInformationNotice
            | Self::CreditDecision
            | Self::CostDisclosure
            | Self::Signing
            | Self::TotalCostNotice => false,
        }
    }
}

/// How far one step is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Progress {
    /// The person's turn.
    Open,
    /// Somebody else's turn: a check is running, or the lender decides.
    Waiting,
    /// Goes on only with a member of staff.
    NeedsPerson,
    Refused,
    Done,
}

/// What is wrong with a list of steps.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mistake {
    Twice,
    CostDisclosureNotLast,
    DrawdownMisplaced,
    NoticeMissing,
    DecisionBeforeAffordability,
    SigningUnidentified,
}

impl Mistake {
    pub fn code(self) -> &'static str {
        match self {
            Self::Twice => "step_twice",
            Self::CostDisclosureNotLast => "cost_disclosure_not_last",
            Self::DrawdownMisplaced => "drawdown_misplaced",
            Self::NoticeMissing => "notice_missing",
            Self::DecisionBeforeAffordability => "decision_before_affordability",
            Self::SigningUnidentified => "signing_unidentified",
        }
    }

    pub fn text(self) -> Text {
        let (zh, en) = match self {
            Self::Twice => ("每个步骤只能出现一次。", "Each step comes once."),
            Self::CostDisclosureNotLast => (
                "成本明示是法定步骤，不可去掉，并且在最后；有双录、签署和放款前费用告知的，依次紧接在它之后。",
                "Cost disclosure is statutory, can't be left out and comes last; recording, signing and the total-cost notice, where asked, follow it directly and in this order.",
            ),
            Self::DrawdownMisplaced => (
                "用款步骤紧接在成本明示之前。",
                "Drawdown comes directly before cost disclosure.",
            ),
            Self::NoticeMissing => (
                "收集个人信息的步骤之前，须先有个人信息告知。",
                "The notice comes before any step that asks for personal information.",
            ),
            Self::DecisionBeforeAffordability => (
                "还款能力评估在机构审批之前。",
                "Affordability comes before the credit decision.",
            ),
            Self::SigningUnidentified => (
                "合同上有本人的姓名和证件号，签署之前须先有身份核验。",
                "Contracts bear the person's name and ID number: the identity check comes before signing.",
            ),
        };
        Text::new(zh, en)
    }
}

/// Every mistake in the order of steps.
pub fn mistakes(steps: &[Protection]) -> Vec<Mistake> {
    let at = |wanted| steps.iter().position(|step| *step == wanted);
    let twice = steps
        .iter()
        .enumerate()
        .any(|(i, step)| steps[..i].contains(step));
    fn before(end: Protection, steps: &[Protection]) -> &[Protection] {
        steps.strip_suffix(&[end]).unwrap_or(steps)
    }
    let follow = [
        Protection::Recording,
        Protection::Signing,
        Protection::TotalCostNotice,
    ];
    let to_the_sheet = follow
        .into_iter()
        .rev()
        .fold(steps, |steps, end| before(end, steps));
    let follows = |step: &Protection| follow.contains(step);
    let sheet_last = to_the_sheet.last() == Some(&Protection::CostDisclosure)
        && !to_the_sheet.iter().any(follows);
    let drawdown_fits = at(Protection::Drawdown)
        .is_none_or(|i| steps.get(i + 1) == Some(&Protection::CostDisclosure));
    let told = at(Protection::PersonalInformationNotice).unwrap_or(steps.len());
    let untold = steps[..told].iter().any(|step| step.asks_personal_items());
    let hasty = matches!(
        (at(Protection::CreditDecision), at(Protection::Affordability)),
        (Some(decision), Some(affordability)) if decision < affordability
    );
    let unidentified = at(Protection::Signing).is_some() && at(Protection::Identity).is_none();
    [
        (twice, Mistake::Twice),
        (!sheet_last, Mistake::CostDisclosureNotLast),
        (!drawdown_fits, Mistake::DrawdownMisplaced),
        (untold, Mistake::NoticeMissing),
        (hasty, Mistake::DecisionBeforeAffordability),
        (unidentified, Mistake::SigningUnidentified),
    ]
    .into_iter()
    .filter_map(|(wrong, mistake)| wrong.then_some(mistake))
    .collect()
}

#[cfg(test)]
mod tests {
    use super::Protection::{
        Affordability as A, CostDisclosure as S, CreditAuthority as B, CreditDecision as L,
        Drawdown as D, Identity as I, PersonalInformationNotice as N, Recording as R,
        SeparateConsents as C, Signing as G, TotalCostNotice as T,
    };
    use super::*;

    #[test]
    fn the_order_of_steps_follows_the_law() {
        let cases: [(&[Protection], &[Mistake]); 25] = [
            (&[S], &[]),
            (&[N, I, S, G], &[]),
            (&[N, I, D, S, G], &[]),
            (&[S, T], &[]),
            (&[N, S, R], &[]),
            (&[N, I, D, S, R, G, T], &[]),
            (&[S, R], &[Mistake::NoticeMissing]),
            (&[N, I, S, G, R], &[Mistake::CostDisclosureNotLast]),
            (&[N, I, D, S, G, T], &[]),
            (&[N, I, S, T, G], &[Mistake::CostDisclosureNotLast]),
            (&[T, S], &[Mistake::CostDisclosureNotLast]),
            (&[N, S, G], &[Mistake::SigningUnidentified]),
            (&[N, I, G], &[Mistake::CostDisclosureNotLast]),
            (&[N, I, G, S], &[Mistake::CostDisclosureNotLast]),
            (
                &[N, I, S, G, G],
                &[Mistake::Twice, Mistake::CostDisclosureNotLast],
            ),
            (&[N, C, I, B, A, L, D, S], &[]),
            (&[L, S], &[]),
            (&[N, I, L, S], &[]),
            (&[], &[Mistake::CostDisclosureNotLast]),
            (&[S, S], &[Mistake::Twice]),
            (
                &[N, S, D],
                &[Mistake::CostDisclosureNotLast, Mistake::DrawdownMisplaced],
            ),
            (&[N, D, L, S], &[Mistake::DrawdownMisplaced]),
            (&[I, N, S], &[Mistake::NoticeMissing]),
            (&[B, S], &[Mistake::NoticeMissing]),
            (&[N, L, A, S], &[Mistake::DecisionBeforeAffordability]),
        ];
        for (steps, expected) in cases {
            assert_eq!(mistakes(steps), expected, "{steps:?}");
        }
    }
}
