//! What an institution configures: annualisation methods, the divergence threshold and ceilings, each with dates.
//!
//! Nothing here is a legal statement.
//! Every entry carries its source and how sure that source is, and a lender replaces what it knows better.

mod default;

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use crate::{CostError, Ppm, Text};

/// Configuration that the figures and the sheet follow.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Policy {
    /// What kind of lender this is: only ceilings with it in their scope are checked.
    pub lender: LenderKind,
    /// Annualisation methods by the day the loan starts; the latest that applies wins.
    pub methods: Vec<MethodRule>,
    /// Distance of composite and all-in rate above which the sheet raises an alert.
    pub divergence_threshold_ppm: Ppm,
    /// Thresholds by the day the loan starts.
    pub ceilings: Vec<CeilingRule>,
    /// One-year loan prime rates by the day they apply from.
    pub lpr: Vec<LprEntry>,
}

impl Policy {
    /// The method for loans that start on `on`.
    ///
    /// # Errors
    /// [`CostError::NoMethod`] when none applies.
    pub fn method_on(&self, on: Date) -> Result<&MethodRule, CostError> {
        self.methods
            .iter()
            .filter(|rule| rule.validity.holds(on))
            .max_by_key(|rule| rule.validity.valid_from)
            .ok_or(CostError::NoMethod { on })
    }

    /// The one-year loan prime rate that applies on `on`.
    #[must_use]
    pub fn lpr_on(&self, on: Date) -> Option<&LprEntry> {
        self.lpr
            .iter()
            .filter(|entry| entry.valid_from <= on)
            .max_by_key(|entry| entry.valid_from)
    }

    /// The ceilings that apply to this lender's loans that start on `on`, with their thresholds.
    ///
    /// # Errors
    /// [`CostError::NoLpr`] when one is a multiple of an LPR that the table lacks.
    pub fn ceilings_on(&self, on: Date) -> Result<Vec<(&CeilingRule, Ppm)>, CostError> {
        self.ceilings
            .iter()
            .filter(|rule| rule.validity.holds(on) && rule.scope.contains(&self.lender))
            .map(|rule| match rule.threshold {
                Threshold::Fixed { ppm } => Ok((rule, ppm)),
                Threshold::LprMultiple { times } => {
                    let lpr = self.lpr_on(on).ok_or_else(|| CostError::NoLpr {
                        ceiling: rule.id.clone(),
                        on,
                    })?;
                    Ok((
                        rule,
                        lpr.ppm
                            .checked_mul(i64::from(times))
                            .ok_or(CostError::TooBig)?,
                    ))
                }
            })
            .collect()
    }
}

/// From when to when an entry applies; both days belong to it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Validity {
    /// First day.
    #[serde(with = "crate::iso_date")]
    pub valid_from: Date,
    /// Last day; open when absent.
    #[serde(default, with = "crate::iso_date::maybe")]
    pub valid_to: Option<Date>,
}

impl Validity {
    /// Whether `on` lies in it.
    #[must_use]
    pub fn holds(&self, on: Date) -> bool {
        self.valid_from <= on && self.valid_to.is_none_or(|last| on <= last)
    }
}

/// How sure an entry's source is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Confidence {
    /// Read in the published text.
    Published,
    /// Well known or reported by several, text not at hand.
    High,
    /// A digest or a reading of the text.
    Medium,
    /// Hearsay: configuration only.
    Low,
}

/// Kinds of lender that ceilings tell apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LenderKind {
    /// 银行.
    Bank,
    /// 消费金融公司.
    ConsumerFinance,
    /// 小额贷款公司.
    SmallLoan,
    /// Anyone without a licence (民间借贷).
    Private,
}

/// How an item becomes a yearly rate.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum Method {
    /// The item over Σ(principal owed × fraction of a year); one-off items the same way.
    AverageBalance,
    /// The contract's own rate where there is one (interest; periodic items in percent of outstanding principal),
    /// else the average balance.
    Nominal,
    /// The item's internal rate against principal-only flows × periods a year.
    FeeIrr,
}

/// A method and the loans it is for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MethodRule {
    /// Which method.
    pub method: Method,
    /// For loans that start in this time.
    pub validity: Validity,
    /// Where it comes from.
    pub source: String,
    /// How sure that is.
    pub confidence: Confidence,
}

/// A configured threshold for a rate.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CeilingRule {
    /// Stable id.
    pub id: String,
    /// Name.
    pub name: Text,
    /// For loans that start in this time.
    pub validity: Validity,
    /// The threshold.
    pub threshold: Threshold,
    /// Which rate is compared.
    pub measure: Measure,
    /// For whose loans.
    pub scope: Vec<LenderKind>,
    /// What follows when it is exceeded.
    pub action: Action,
    /// Where it comes from.
    pub source: String,
    /// How sure that is.
    pub confidence: Confidence,
}

/// A fixed rate or a multiple of the one-year LPR.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum Threshold {
    /// A yearly rate.
    Fixed {
        /// In ppm.
        ppm: Ppm,
    },
    /// So many times the one-year LPR of the day the loan starts.
    LprMultiple {
        /// How many times.
        times: u32,
    },
}

/// The rate a ceiling looks at.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Measure {
    /// The sum of the annualised items.
    Composite,
    /// The simple all-in internal rate.
    AllInSimple,
    /// The higher of the two.
    Higher,
}

/// What follows when a ceiling is exceeded, mildest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum Action {
    /// Say so.
    Warn,
    /// Somebody must approve.
    NeedsApproval,
    /// No release.
    Block,
}

/// A one-year loan prime rate.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LprEntry {
    /// First day it applies.
    #[serde(with = "crate::iso_date")]
    pub valid_from: Date,
    /// In ppm.
    pub ppm: Ppm,
    /// Where it comes from.
    pub source: String,
    /// How sure that is.
    pub confidence: Confidence,
}
