#![doc = include_str!("../README.md")]
#![warn(missing_docs)]

mod annual;
mod calendar;
mod charges;
mod error;
mod figures;
mod iso_date;
mod method;
mod money;
pub mod policy;
pub mod rate;
mod schedule;
mod settlement;
pub mod sheet;
mod terms;
mod text;
mod validate;
pub mod vectors;

pub use error::{CostError, FieldError};
pub use figures::{Figures, ItemFigures, figures};
pub use money::split;
pub use policy::{Action, Method, Policy};
pub use rate::RateError;
pub use schedule::Row;
pub use settlement::{EarlySettlement, SettlementItem, early_settlement};
pub use sheet::{Collector, CostSheet, sheet, text};
pub use terms::{
    Basis, Charge, Contingent, Currency, DayCount, Interval, Item, JSON_BYTES_MAX, LoanTerms,
    Party, Repayment, Role, Standard, Subsidy, Unit,
};
pub use text::{Lang, Text, percent, yuan};

/// Money in hundredths of the currency unit.
pub type Fen = i64;
/// A rate in parts per million: 1 % is 10,000.
pub type Ppm = i64;
