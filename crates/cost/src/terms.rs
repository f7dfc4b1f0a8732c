//! The terms of one loan: everything the figures follow from.
//!
//! The JSON form is what the server digests (RFC 8785), so it holds integers, strings and ISO dates only.

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use crate::{CostError, Fen, Ppm, Text};

/// Largest JSON text [`LoanTerms::from_json`] looks at, in bytes.
pub const JSON_BYTES_MAX: usize = 64 * 1024;

/// One loan, as agreed: the source of every figure on the cost sheet.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct LoanTerms {
    /// Version of this form; 1.
    pub v: u32,
    /// Currency of every amount.
    pub currency: Currency,
    /// Contract principal in fen, 1 to 10^12.
    pub principal: Fen,
    /// Day the money is paid out.
    #[serde(with = "crate::iso_date")]
    pub start: Date,
    /// First due date.
    #[serde(with = "crate::iso_date")]
    pub first_due: Date,
    /// Number of periods, 1 to 600.
    pub periods: u32,
    /// Length of a period.
    pub interval: Interval,
    /// How principal and interest are repaid.
    pub repayment: Repayment,
    /// How days become years when interest is reckoned.
    pub day_count: DayCount,
    /// Contract interest rate a year, in ppm.
    pub annual_rate_ppm: Ppm,
    /// How many of the first periods bear no interest.
    #[serde(default)]
    pub interest_free_periods: u32,
    /// Interest that somebody else pays for the borrower.
    #[serde(default)]
    pub subsidy: Option<Subsidy>,
    /// Everyone who lends, guarantees, insures or brings the parties together.
    pub parties: Vec<Party>,
    /// Charges in normal performance, interest excepted.
    #[serde(default)]
    pub items: Vec<Item>,
    /// Charges that fall due only on default, misuse or early repayment.
    #[serde(default)]
    pub contingent: Vec<Contingent>,
}

impl LoanTerms {
    /// Reads and validates terms from JSON of at most [`JSON_BYTES_MAX`] bytes.
    ///
    /// # Errors
    /// [`CostError::TooLarge`], [`CostError::Malformed`] (unknown fields included) or [`CostError::Invalid`].
    pub fn from_json(json: &[u8]) -> Result<Self, CostError> {
        if json.len() > JSON_BYTES_MAX {
            return Err(CostError::TooLarge {
                bytes: json.len(),
                bytes_max: JSON_BYTES_MAX,
            });
        }
        let terms: Self = serde_json::from_slice(json).map_err(|error| CostError::Malformed {
            line: error.line(),
            column: error.column(),
            detail: error.to_string(),
        })?;
        terms.validate()?;
        Ok(terms)
    }

    /// Checks every rule a loan must keep before figures can be reckoned.
    ///
    /// # Errors
    /// [`CostError::Invalid`] with one entry per broken rule.
    pub fn validate(&self) -> Result<(), CostError> {
        let fields = crate::validate::check(self);
        if fields.is_empty() {
            Ok(())
        } else {
            Err(CostError::Invalid { fields })
        }
    }
}

/// Currencies the sheet knows; amounts are in its hundredth.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub enum Currency {
    /// Renminbi.
    #[serde(rename = "CNY")]
    Cny,
}

/// Length of a period: `count` units.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct Interval {
    /// Day, week or month.
    pub unit: Unit,
    /// How many of them; a period is at most a year.
    pub count: u32,
}

/// Unit of an [`Interval`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum Unit {
    /// One day.
    Day,
    /// Seven days.
    Week,
    /// One calendar month.
    Month,
}

/// How principal and interest come back.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "RepaymentJson", into = "RepaymentJson")]
pub enum Repayment {
    /// 等额本息: the same sum of principal and interest each period.
    LevelPayment,
    /// 等额本金: the same principal each period and interest on the rest.
    LevelPrincipal,
    /// 先息后本: interest each period, principal with the last.
    InterestFirst,
    /// 一次性还本付息: principal and interest once, at the end.
    Bullet,
    /// Level payments that leave a last sum open, due with the last period.
    Balloon {
        /// That last sum, in fen.
        balloon: Fen,
    },
    /// 分期手续费: equal principal and a fee on the original principal each period, shown as interest.
    InstalmentFee {
        /// Fee per period in ppm of the original principal.
        fee_ppm: Ppm,
    },
}

/// The tagged form; a struct, because tagged unit variants would let unknown fields pass.
#[derive(Clone, Copy, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
struct RepaymentJson {
    kind: RepaymentKind,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(nullable = false))]
    balloon: Option<Fen>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(nullable = false))]
    fee_ppm: Option<Ppm>,
}

#[derive(Clone, Copy, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
enum RepaymentKind {
    LevelPayment,
    LevelPrincipal,
    InterestFirst,
    Bullet,
    Balloon,
    InstalmentFee,
}

impl TryFrom<RepaymentJson> for Repayment {
    type Error = &'static str;

    fn try_from(json: RepaymentJson) -> Result<Self, Self::Error> {
        use RepaymentKind as Kind;
        match (json.kind, json.balloon, json.fee_ppm) {
            (Kind::LevelPayment, None, None) => Ok(Self::LevelPayment),
            (Kind::LevelPrincipal, None, None) => Ok(Self::LevelPrincipal),
            (Kind::InterestFirst, None, None) => Ok(Self::InterestFirst),
            (Kind::Bullet, None, None) => Ok(Self::Bullet),
            (Kind::Balloon, Some(balloon), None) => Ok(Self::Balloon { balloon }),
            (Kind::InstalmentFee, None, Some(fee_ppm)) => Ok(Self::InstalmentFee { fee_ppm }),
            _ => Err(
                "repayment: `balloon` goes with kind balloon and `fee_ppm` with kind instalment_fee, each exactly there",
            ),
        }
    }
}

impl From<Repayment> for RepaymentJson {
    fn from(repayment: Repayment) -> Self {
        use RepaymentKind as Kind;
        let (kind, balloon, fee_ppm) = match repayment {
            Repayment::LevelPayment => (Kind::LevelPayment, None, None),
            Repayment::LevelPrincipal => (Kind::LevelPrincipal, None, None),
            Repayment::InterestFirst => (Kind::InterestFirst, None, None),
            Repayment::Bullet => (Kind::Bullet, None, None),
            Repayment::Balloon { balloon } => (Kind::Balloon, Some(balloon), None),
            Repayment::InstalmentFee { fee_ppm } => (Kind::InstalmentFee, None, Some(fee_ppm)),
        };
        Self {
            kind,
            balloon,
            fee_ppm,
        }
    }
}

#[cfg(feature = "openapi")]
impl utoipa::PartialSchema for Repayment {
    fn schema() -> utoipa::openapi::RefOr<utoipa::openapi::Schema> {
        RepaymentJson::schema()
    }
}

#[cfg(feature = "openapi")]
impl utoipa::ToSchema for Repayment {
    fn schemas(found: &mut Vec<(String, utoipa::openapi::RefOr<utoipa::openapi::Schema>)>) {
        RepaymentJson::schemas(found);
    }
}

/// How days become a fraction of a year when interest is reckoned.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub enum DayCount {
    /// A regular month is 30 days of 360; an odd first period counts by 30E/360 with month ends as the 30th.
    #[serde(rename = "30/360")]
    Thirty360,
    /// Actual days of 360.
    #[serde(rename = "act/360")]
    Act360,
    /// Actual days of 365.
    #[serde(rename = "act/365")]
    Act365,
}

/// Interest paid by somebody else: the borrower's rate is lowered in the first periods.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct Subsidy {
    /// Id of the party that pays it.
    pub payer: String,
    /// How much of the annual rate it pays, in ppm.
    pub ppm: Ppm,
    /// For how many of the first periods.
    pub periods: u32,
}

/// Somebody with a part in the loan.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct Party {
    /// Short id that items refer to: lower-case letters, digits, `_` and `-`.
    pub id: String,
    /// Name as the borrower sees it.
    pub name: String,
    /// Its part.
    pub role: Role,
    /// Share of principal and interest; lenders only, all together 1,000,000.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(nullable = false))]
    pub share_ppm: Option<Ppm>,
}

/// Part of a [`Party`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// Puts up money.
    Lender,
    /// Guarantees repayment.
    Guarantor,
    /// Insures the loan.
    Insurer,
    /// Brings borrower and lender together.
    Platform,
    /// Anyone else.
    Other,
}

/// A charge in normal performance.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct Item {
    /// Stable code, unique among items; `interest` is taken.
    pub code: String,
    /// Name as the borrower sees it.
    pub name: Text,
    /// Id of the party that receives it.
    pub collector: String,
    /// How it is charged.
    pub charge: Charge,
}

/// How an [`Item`] is charged.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum Charge {
    /// Once, paid separately at the start.
    Upfront {
        /// Fen.
        amount: Fen,
    },
    /// Once, taken from the sum paid out.
    Deducted {
        /// Fen.
        amount: Fen,
    },
    /// Once, paid separately at the start.
    UpfrontRate {
        /// Of the principal.
        ppm: Ppm,
    },
    /// Once, taken from the sum paid out.
    DeductedRate {
        /// Of the principal.
        ppm: Ppm,
    },
    /// With every instalment.
    Periodic {
        /// What the rate is taken of.
        basis: Basis,
        /// Per period.
        ppm: Ppm,
    },
    /// With every instalment, always the same.
    PeriodicFixed {
        /// Fen per period.
        amount: Fen,
    },
}

/// What a periodic rate is taken of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum Basis {
    /// Principal still owed when the period begins.
    Outstanding,
    /// Principal of the contract.
    Original,
}

/// A charge that normal performance never meets.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct Contingent {
    /// Stable code, unique among contingent charges; `prepayment_fee` enters the early-settlement figure.
    pub code: String,
    /// Name as the borrower sees it.
    pub name: Text,
    /// Id of the party that receives it.
    pub collector: String,
    /// How it is reckoned.
    pub standard: Standard,
}

/// How a [`Contingent`] charge is reckoned.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum Standard {
    /// A yearly rate on the principal concerned (overdue, misused).
    Annual {
        /// A year.
        ppm: Ppm,
    },
    /// A fixed sum.
    Amount {
        /// Fen.
        amount: Fen,
    },
    /// Part of the principal repaid early.
    Percent {
        /// Of that principal.
        ppm: Ppm,
    },
}
