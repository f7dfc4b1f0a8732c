//! Lenders.

use super::{filled, plain};
use crate::error::{Error, Field, Text};
use crate::id::InstitutionId;

/// What kind of lender an institution is; ceilings and rules differ.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum InstitutionKind {
    ConsumerFinance,
    Bank,
    SmallLoan,
    /// Runs this house for the others; lends nothing and sees nobody's borrowers.
    Operator,
}

impl InstitutionKind {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::ConsumerFinance => "consumer_finance",
            Self::Bank => "bank",
            Self::SmallLoan => "small_loan",
            Self::Operator => "operator",
        }
    }

    pub fn parse(text: &str) -> Option<Self> {
        [
            Self::ConsumerFinance,
            Self::Bank,
            Self::SmallLoan,
            Self::Operator,
        ]
        .into_iter()
        .find(|kind| kind.as_str() == text)
    }
}

/// A lender (tenant).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Institution {
    pub id: InstitutionId,
    /// Short and lasting; names the institution in addresses.
    pub code: String,
    pub name: String,
    /// As signed under messages.
    pub short_name: String,
    pub hotline: String,
    pub kind: InstitutionKind,
}

/// An institution to be founded.
#[derive(Clone, Debug)]
pub struct NewInstitution {
    /// 2 to 20 of `a-z 0-9 -`.
    pub code: String,
    pub name: String,
    pub short_name: String,
    pub hotline: String,
    pub kind: InstitutionKind,
}

impl NewInstitution {
    pub fn check(&self) -> Result<(), Error> {
        let mut faults = Vec::new();
        if !plain(&self.code, 2, 20, b"-") {
            faults.push(Field::new(
                "code",
                "code_format",
                Text::new(
                    "代码应为 2 至 20 个小写字母、数字或短横线。",
                    "A code is 2 to 20 lower-case letters, digits or hyphens.",
                ),
            ));
        }
        for (path, value, max) in [
            ("name", &self.name, 100),
            ("short_name", &self.short_name, 20),
            ("hotline", &self.hotline, 30),
        ] {
            if !filled(value, max) {
                faults.push(Field::new(
                    path,
                    "text_length",
                    Text::new("必填，且不能过长。", "Required, and not too long."),
                ));
            }
        }
        if faults.is_empty() {
            Ok(())
        } else {
            Err(Error::Invalid(faults))
        }
    }
}
