//! What can go wrong, with stable codes and words in both languages.

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use crate::rate::RateError;

/// One broken rule of the terms.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FieldError {
    /// Where, as in `items[2].charge.ppm`.
    pub path: String,
    /// Stable code.
    pub code: String,
    /// What is wrong, in Chinese.
    pub zh: String,
    /// What is wrong, in English.
    pub en: String,
}

/// Why there are no figures.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum CostError {
    /// The JSON text is longer than allowed.
    #[error("{}", self.en())]
    TooLarge {
        /// Its length.
        bytes: usize,
        /// What is allowed.
        bytes_max: usize,
    },
    /// Not the JSON form of [`crate::LoanTerms`].
    #[error("{}", self.en())]
    Malformed {
        /// Line of the fault, from 1; 0 when unknown.
        line: usize,
        /// Column of the fault.
        column: usize,
        /// The parser's words.
        detail: String,
    },
    /// Terms that break rules, each named.
    #[error("{}", self.en())]
    Invalid {
        /// At least one.
        fields: Vec<FieldError>,
    },
    /// An instalment would not cover the interest of its period, so the debt would grow.
    #[error("{}", self.en())]
    DebtGrows {
        /// Period, from 1.
        no: u32,
    },
    /// The flows have no unique rate.
    #[error("{}", self.en())]
    Rate(#[from] RateError),
    /// The policy names no annualisation method for the day the loan starts.
    #[error("{}", self.en())]
    NoMethod {
        /// That day.
        on: Date,
    },
    /// A ceiling is a multiple of the LPR, but the table has none for the day the loan starts.
    #[error("{}", self.en())]
    NoLpr {
        /// The ceiling.
        ceiling: String,
        /// That day.
        on: Date,
    },
    /// The day asked for lies outside the loan.
    #[error("{}", self.en())]
    OutsideLoan {
        /// That day.
        on: Date,
        /// First day of the loan.
        start: Date,
        /// Last due date.
        end: Date,
    },
    /// A figure is beyond what a sheet can hold.
    #[error("{}", self.en())]
    TooBig,
}

impl CostError {
    /// Stable code for programs.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::TooLarge { .. } => "terms_too_large",
            Self::Malformed { .. } => "terms_malformed",
            Self::Invalid { .. } => "terms_invalid",
            Self::DebtGrows { .. } => "debt_grows",
            Self::Rate(error) => error.code(),
            Self::NoMethod { .. } => "no_method",
            Self::NoLpr { .. } => "no_lpr",
            Self::OutsideLoan { .. } => "outside_loan",
            Self::TooBig => "figure_too_big",
        }
    }

    /// What happened, in Chinese.
    #[must_use]
    pub fn zh(&self) -> String {
        match self {
            Self::TooLarge { bytes, bytes_max } => {
                format!("贷款条款有 {bytes} 字节，最多 {bytes_max} 字节")
            }
            Self::Malformed {
                line,
                column,
                detail,
            } => format!("贷款条款格式不对（第 {line} 行第 {column} 列）：{detail}"),
            Self::Invalid { fields } => {
                let all: Vec<_> = fields
                    .iter()
                    .map(|field| format!("{}：{}", field.path, field.zh))
                    .collect();
                format!("贷款条款有误：{}", all.join("；"))
            }
            Self::DebtGrows { no } => format!("第 {no} 期还款额不足以支付当期利息，欠款会增加"),
            Self::Rate(error) => error.zh(),
            Self::NoMethod { on } => format!("{on} 没有配置年化方法"),
            Self::NoLpr { ceiling, on } => {
                format!("阈值 {ceiling} 需要 {on} 的一年期 LPR，但表中没有")
            }
            Self::OutsideLoan { on, start, end } => {
                format!("{on} 不在借款期内（{start} 至 {end}）")
            }
            Self::TooBig => "数字超出明示表可容纳的范围".into(),
        }
    }

    /// What happened, in English.
    #[must_use]
    pub fn en(&self) -> String {
        match self {
            Self::TooLarge { bytes, bytes_max } => {
                format!("the loan terms have {bytes} bytes, at most {bytes_max} are allowed")
            }
            Self::Malformed {
                line,
                column,
                detail,
            } => {
                format!("the loan terms are malformed (line {line}, column {column}): {detail}")
            }
            Self::Invalid { fields } => {
                let all: Vec<_> = fields
                    .iter()
                    .map(|field| format!("{}: {}", field.path, field.en))
                    .collect();
                format!("the loan terms are invalid: {}", all.join("; "))
            }
            Self::DebtGrows { no } => {
                format!("instalment {no} would not cover its interest, so the debt would grow")
            }
            Self::Rate(error) => error.en(),
            Self::NoMethod { on } => format!("no annualisation method is configured for {on}"),
            Self::NoLpr { ceiling, on } => {
                format!("threshold {ceiling} needs the one-year LPR of {on}, which the table lacks")
            }
            Self::OutsideLoan { on, start, end } => {
                format!("{on} is outside the loan ({start} to {end})")
            }
            Self::TooBig => "a figure is beyond what the sheet can hold".into(),
        }
    }
}
