//! What each item amounts to, period by period and in all.

use crate::money::{MILLION, part};
use crate::schedule::Row;
use crate::{Basis, Charge, CostError, Fen, LoanTerms};

/// Items at the start and before rounding.
pub(crate) struct Charges {
    /// Paid separately at the start, per item.
    pub(crate) upfront: Fen,
    /// Taken from the sum paid out, per item.
    pub(crate) deducted: Fen,
    /// Periodic amounts, period by period, in the order of the items.
    pub(crate) periodic: Vec<Fen>,
}

/// Reckons all items and adds the periodic ones to the rows.
pub(crate) fn charges(terms: &LoanTerms, rows: &mut [Row]) -> Result<Charges, CostError> {
    let mut sums = Charges {
        upfront: 0,
        deducted: 0,
        periodic: Vec::with_capacity(rows.len() * terms.items.len()),
    };
    for item in &terms.items {
        match item.charge {
            Charge::Upfront { .. } | Charge::UpfrontRate { .. } => {
                sums.upfront += once(terms, item.charge)?
            }
            Charge::Deducted { .. } | Charge::DeductedRate { .. } => {
                sums.deducted += once(terms, item.charge)?
            }
            Charge::Periodic { .. } | Charge::PeriodicFixed { .. } => {}
        }
    }
    for row in rows {
        for item in &terms.items {
            let amount = periodic(terms, item.charge, row.opening)?;
            row.charges += amount;
            sums.periodic.push(amount);
        }
        row.total += row.charges;
    }
    Ok(sums)
}

/// A one-off charge; 0 for a periodic one.
pub(crate) fn once(terms: &LoanTerms, charge: Charge) -> Result<Fen, CostError> {
    match charge {
        Charge::Upfront { amount } | Charge::Deducted { amount } => Ok(amount),
        Charge::UpfrontRate { ppm } | Charge::DeductedRate { ppm } => part(terms.principal, ppm),
        Charge::Periodic { .. } | Charge::PeriodicFixed { .. } => Ok(0),
    }
}

/// A periodic charge on a period that opens with this principal; 0 for a one-off one.
fn periodic(terms: &LoanTerms, charge: Charge, opening: Fen) -> Result<Fen, CostError> {
    match charge {
        Charge::Periodic {
            basis: Basis::Outstanding,
            ppm,
        } => part(opening, ppm),
        Charge::Periodic {
            basis: Basis::Original,
            ppm,
        } => part(terms.principal, ppm),
        Charge::PeriodicFixed { amount } => Ok(amount),
        Charge::Upfront { .. }
        | Charge::Deducted { .. }
        | Charge::UpfrontRate { .. }
        | Charge::DeductedRate { .. } => Ok(0),
    }
}

/// A charge in one period before rounding, in 10⁻⁶ fen; one-off charges are 0.
pub(crate) fn periodic_exact(terms: &LoanTerms, charge: Charge, opening: Fen) -> i128 {
    match charge {
        Charge::Periodic {
            basis: Basis::Outstanding,
            ppm,
        } => i128::from(opening) * i128::from(ppm),
        Charge::Periodic {
            basis: Basis::Original,
            ppm,
        } => i128::from(terms.principal) * i128::from(ppm),
        Charge::PeriodicFixed { amount } => i128::from(amount) * MILLION,
        Charge::Upfront { .. }
        | Charge::Deducted { .. }
        | Charge::UpfrontRate { .. }
        | Charge::DeductedRate { .. } => 0,
    }
}

/// A charge over the whole loan before rounding, in 10⁻⁶ fen.
pub(crate) fn total_exact(terms: &LoanTerms, charge: Charge, rows: &[Row]) -> i128 {
    match charge {
        Charge::Upfront { amount } | Charge::Deducted { amount } => i128::from(amount) * MILLION,
        Charge::UpfrontRate { ppm } | Charge::DeductedRate { ppm } => {
            i128::from(terms.principal) * i128::from(ppm)
        }
        Charge::Periodic { .. } | Charge::PeriodicFixed { .. } => rows
            .iter()
            .map(|row| periodic_exact(terms, charge, row.opening))
            .sum(),
    }
}
