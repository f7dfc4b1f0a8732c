//! Kinds of journeys: a loan in one go, a credit line (授信) and each drawdown of it (支用), and what somebody passes who
//! answers for another's loan; pure.

use serde::{Deserialize, Serialize};

use super::model::Refused;
use crate::product::Protection;
use crate::signing::Signer;

/// What is asked of a co-borrower and of a guarantor, where the product asks it.
const OF_PARTY: [Protection; 6] = [
    Protection::PersonalInformationNotice,
    Protection::SeparateConsents,
    Protection::Identity,
    Protection::CreditAuthority,
    Protection::CostDisclosure,
    Protection::Signing,
];

/// What a journey is for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = JourneyKind)]
pub enum Kind {
    /// One loan, every step.
    #[default]
    Loan,
    /// 授信: the steps before drawdown; ends with the lender's limit and releases no money.
    Line,
    /// 支用: drawdown and cost sheet, within what is left of its line.
    Drawdown,
    /// 共同借款人: owes the whole of another journey's loan together with its borrower.
    CoBorrower,
    /// 变更: other terms for a loan that was paid out; releases no money.
    Change,
    /// 保证人: pays when the borrower of another journey doesn't.
    Guarantor,
}

impl Kind {
    const ALL: [Self; 6] = [
        Self::Loan,
        Self::Line,
        Self::Drawdown,
        Self::Change,
        Self::CoBorrower,
        Self::Guarantor,
    ];

    pub fn as_str(self) -> &'static str {
        match self {
            Self::Loan => "loan",
            Self::Line => "line",
            Self::Drawdown => "drawdown",
            Self::Change => "change",
            Self::CoBorrower => "co_borrower",
            Self::Guarantor => "guarantor",
        }
    }

    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == text)
    }

    /// In which part its person signs.
    pub fn signer(self) -> Signer {
        match self {
            Self::Loan | Self::Line | Self::Drawdown | Self::Change => Signer::Borrower,
            Self::CoBorrower => Signer::CoBorrower,
            Self::Guarantor => Signer::Guarantor,
        }
    }

    /// Belongs to another journey, whose loan it is about.
    pub fn is_party(self) -> bool {
        matches!(self, Self::CoBorrower | Self::Guarantor)
    }

    /// Money may be paid out for it.
    pub fn is_loan(self) -> bool {
        matches!(self, Self::Loan | Self::Drawdown)
    }

    /// Which of a product's steps a journey of this kind asks for, in order.
    pub fn asked(self, required: &[Protection]) -> Vec<Protection> {
        let at = required
            .iter()
            .position(|step| *step == Protection::Drawdown);
        match (self, at) {
            // What is about the loan is asked of its borrower alone.
            (Self::CoBorrower | Self::Guarantor, _) => required
                .iter()
                .copied()
                .filter(|step| OF_PARTY.contains(step))
                .collect(),
            // Whoever changes a loan is made sure of again, and signs again what was signed.
            (Self::Change, _) => {
                let signed = required.contains(&Protection::Signing);
                let signing = signed.then_some(Protection::Signing);
                [Protection::Identity, Protection::CostDisclosure]
                    .into_iter()
                    .chain(signing)
                    .collect()
            }
            (Self::Loan, _) | (_, None) => required.to_vec(),
            (Self::Line, Some(at)) => required[..at].to_vec(),
            (Self::Drawdown, Some(at)) => required[at..].to_vec(),
        }
    }

    /// A line needs a product whose lender decides and whose person draws down.
    pub fn offered(self, required: &[Protection]) -> Result<(), Refused> {
        let lines = [Protection::CreditDecision, Protection::Drawdown];
        let by_itself = matches!(self, Self::Loan | Self::Change) || self.is_party();
        if by_itself || lines.iter().all(|step| required.contains(step)) {
            Ok(())
        } else {
            Err(Refused::LineNotOffered)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Kind::{Change, CoBorrower, Drawdown, Guarantor, Line, Loan};
    use super::*;
    use Protection::{
        CostDisclosure as S, CreditDecision as L, Drawdown as D, Identity as I,
        PersonalInformationNotice as N, Signing as G,
    };

    #[test]
    fn a_line_ends_before_the_drawdown_a_drawdown_begins_there_and_a_party_has_its_own() {
        let all = [N, L, D, S];
        let cases: [(Kind, &[Protection], &[Protection], bool); 10] = [
            (Loan, &all, &all, true),
            (Line, &all, &[N, L], true),
            (Drawdown, &all, &[D, S], true),
            (Loan, &[S], &[S], true),
            (Line, &[N, L, S], &[N, L, S], false),
            (Drawdown, &[N, D, S], &[D, S], false),
            (CoBorrower, &all, &[N, S], true),
            (Guarantor, &all, &[N, S], true),
            (Change, &all, &[I, S], true),
            (Change, &[N, S, G], &[I, S, G], true),
        ];
        for (kind, required, asked, offered) in cases {
            assert_eq!(kind.asked(required), asked, "{kind:?}");
            assert_eq!(
                kind.offered(required).is_ok(),
                offered,
                "{kind:?} {required:?}"
            );
            assert_eq!(Kind::parse(kind.as_str()), Some(kind));
        }
    }
}
