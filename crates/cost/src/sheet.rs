//! The cost sheet (综合融资成本明示表): its form. `build` fills it.

mod build;
mod plain;
mod words;

pub use build::sheet;
pub use plain::text;

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use crate::policy::{Action, Method};
use crate::{Fen, LoanTerms, Ppm, Role, Text};

/// Everything the borrower must see before the contract, as integers and words.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct CostSheet {
    /// Version of this form; 1.
    pub v: u32,
    /// What the figures follow from.
    pub terms: LoanTerms,
    /// Contract principal.
    pub principal: Fen,
    /// What arrives: principal less deducted charges.
    pub net_received: Fen,
    /// Charges paid separately at the start.
    pub paid_upfront: Fen,
    /// Sum of the plan's totals.
    pub total_repaid: Fen,
    /// Interest and all items, upfront and deducted ones included.
    pub total_cost: Fen,
    /// Total of the first instalment with anything to pay.
    pub first_payment: Fen,
    /// Total of the last instalment.
    pub last_payment: Fen,
    /// Interest first, then the items of the terms in their order.
    pub items: Vec<SheetItem>,
    /// The statutory sum of the annualised items.
    pub composite: Composite,
    /// The internal rate of all flows, four ways.
    pub all_in: AllIn,
    /// How far the two are apart.
    pub divergence: Divergence,
    /// Charges on default, misuse or early repayment.
    pub contingent: Vec<SheetContingent>,
    /// Interest somebody else pays.
    pub subsidy: Option<SheetSubsidy>,
    /// Instalments; periods with nothing to pay are left out.
    pub plan: Vec<PlanRow>,
    /// Where the fen went that rounding left over.
    pub rounding: Rounding,
    /// Configured thresholds in force on the day the loan starts.
    pub ceilings: Vec<CeilingCheck>,
    /// The statement that nothing else is charged.
    pub no_other_charges: Text,
}

/// One line of the sheet.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct SheetItem {
    /// `interest` or the item's code.
    pub code: String,
    /// Name.
    pub name: Text,
    /// How it is charged, in words.
    pub standard: Text,
    /// Annualised by `method`.
    pub annual_ppm: Ppm,
    /// The method that gave `annual_ppm`.
    pub method: Method,
    /// Sum over the loan.
    pub total: Fen,
    /// Who receives it, sums exact to the fen.
    pub collectors: Vec<Collector>,
}

/// Who receives how much of an item.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct Collector {
    /// Party id.
    pub party: String,
    /// Party name.
    pub name: String,
    /// Party role.
    pub role: Role,
    /// Sum over the loan.
    pub total: Fen,
}

/// A party that would receive something.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct PartyRef {
    /// Party id.
    pub party: String,
    /// Party name.
    pub name: String,
    /// Party role.
    pub role: Role,
}

/// Annual composite cost in normal performance: the sum of the items' annual rates.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct Composite {
    /// Sum of the items' `annual_ppm`.
    pub annual_ppm: Ppm,
    /// Configured method.
    pub method: Method,
    /// Since when it is configured.
    #[serde(with = "crate::iso_date")]
    pub method_since: Date,
    /// What the method does, in words.
    pub method_text: Text,
    /// 单利: these are simple rates.
    pub label: Text,
}

/// The internal rate of what the borrower receives and pays, annualised four ways.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct AllIn {
    /// PBOC 2021-3, simple (单利): periods a year × the period's rate.
    pub simple_ppm: Ppm,
    /// PBOC 2021-3, compound (复利, IRR).
    pub compound_ppm: Ppm,
    /// EU annual percentage rate of charge (Directive 2008/48/EC Annex I).
    pub eu_aprc_ppm: Ppm,
    /// US annual percentage rate (12 CFR 1026 Appendix J).
    pub regz_ppm: Ppm,
}

/// Distance between composite and simple all-in rate.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct Divergence {
    /// Never negative.
    pub ppm: Ppm,
    /// From the policy.
    pub threshold_ppm: Ppm,
    /// Whether `ppm` is above the threshold.
    pub alert: bool,
}

/// A charge that normal performance never meets.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct SheetContingent {
    /// Code.
    pub code: String,
    /// Name.
    pub name: Text,
    /// How it is reckoned, in words.
    pub standard: Text,
    /// The yearly rate, where it has one.
    pub annual_ppm: Option<Ppm>,
    /// Who would receive it.
    pub collector: PartyRef,
}

/// Interest that somebody else pays.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct SheetSubsidy {
    /// Who pays.
    pub payer: PartyRef,
    /// Over the whole loan.
    pub total: Fen,
    /// In words.
    pub text: Text,
}

/// One instalment.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct PlanRow {
    /// Period at whose end it is due, from 1.
    pub no: u32,
    /// Due date.
    #[serde(with = "crate::iso_date")]
    pub due: Date,
    /// Principal part.
    pub principal: Fen,
    /// Interest part.
    pub interest: Fen,
    /// Periodic items.
    pub items: Vec<PlanItem>,
    /// All of it.
    pub total: Fen,
    /// Principal still owed afterwards.
    pub balance: Fen,
}

/// One periodic item of an instalment.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct PlanItem {
    /// Item code.
    pub code: String,
    /// Fen.
    pub amount: Fen,
}

/// What rounding to the fen left over, and where it was put.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct Rounding {
    /// By how much the last instalment differs from a regular one because of rounding.
    pub residue: Fen,
    /// Always with the last instalment.
    pub placed: Placed,
    /// In words.
    pub text: Text,
}

/// Where a rounding residue goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum Placed {
    /// Into the last instalment.
    LastPayment,
}

/// One configured threshold against this loan; words, never a legal verdict.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct CeilingCheck {
    /// Id in the policy.
    pub id: String,
    /// Name.
    pub name: Text,
    /// The threshold on the day the loan starts.
    pub threshold_ppm: Ppm,
    /// The rate compared with it.
    pub measured_ppm: Ppm,
    /// What follows when it is exceeded.
    pub action: Action,
    /// Whether `measured_ppm` is above `threshold_ppm`.
    pub exceeded: bool,
    /// In words.
    pub text: Text,
}
