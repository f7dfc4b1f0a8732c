//! Kinds of journeys: a loan in one go, or a credit line (授信) and each drawdown of it (支用); pure.

use serde::{Deserialize, Serialize};

use super::model::Refused;
use crate::product::Protection;

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
}

impl Kind {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Loan => "loan",
            Self::Line => "line",
            Self::Drawdown => "drawdown",
        }
    }

    pub fn parse(text: &str) -> Option<Self> {
        [Self::Loan, Self::Line, Self::Drawdown]
            .into_iter()
            .find(|kind| kind.as_str() == text)
    }

    /// Which of a product's steps a journey of this kind asks for, in order.
    pub fn asked(self, required: &[Protection]) -> &[Protection] {
        let at = required
            .iter()
            .position(|step| *step == Protection::Drawdown);
        match (self, at) {
            (Self::Loan, _) | (_, None) => required,
            (Self::Line, Some(at)) => &required[..at],
            (Self::Drawdown, Some(at)) => &required[at..],
        }
    }

    /// A line needs a product whose lender decides and whose person draws down.
    pub fn offered(self, required: &[Protection]) -> Result<(), Refused> {
        let lines = [Protection::CreditDecision, Protection::Drawdown];
        if self == Self::Loan || lines.iter().all(|step| required.contains(step)) {
            Ok(())
        } else {
            Err(Refused::LineNotOffered)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Kind::{Drawdown, Line, Loan};
    use super::*;
    use Protection::{
        CostDisclosure as S, CreditDecision as L, Drawdown as D, PersonalInformationNotice as N,
    };

    #[test]
    fn a_line_ends_before_the_drawdown_and_a_drawdown_begins_there() {
        let all = [N, L, D, S];
        let cases: [(Kind, &[Protection], &[Protection], bool); 6] = [
            (Loan, &all, &all, true),
            (Line, &all, &[N, L], true),
            (Drawdown, &all, &[D, S], true),
            (Loan, &[S], &[S], true),
            (Line, &[N, L, S], &[N, L, S], false),
            (Drawdown, &[N, D, S], &[D, S], false),
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
