//! Every figure of a loan, without words: the fast path.

use jiff::civil::Date;

use crate::annual::all_in;
use crate::charges::{charges, once};
use crate::method;
use crate::policy::{Method, Policy};
use crate::schedule::{Row, schedule};
use crate::sheet::{AllIn, Divergence};
use crate::{CostError, Fen, LoanTerms, Ppm};

/// Figures of one loan.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Figures {
    /// Principal less deducted charges.
    pub net_received: Fen,
    /// Charges paid separately at the start.
    pub paid_upfront: Fen,
    /// Sum of all instalments.
    pub total_repaid: Fen,
    /// Interest and all items.
    pub total_cost: Fen,
    /// First instalment with anything to pay.
    pub first_payment: Fen,
    /// Last instalment with anything to pay.
    pub last_payment: Fen,
    /// All periods, those with nothing to pay included.
    pub rows: Vec<Row>,
    /// Periodic items, period by period in the order of the terms: `row × items + item`.
    pub charges: Vec<Fen>,
    /// Interest first, then the items in the order of the terms.
    pub items: Vec<ItemFigures>,
    /// Sum of the items' yearly rates.
    pub composite_ppm: Ppm,
    /// Configured method.
    pub method: Method,
    /// Since when.
    pub method_since: Date,
    /// Internal rates of all flows.
    pub all_in: AllIn,
    /// Distance of composite and simple all-in rate.
    pub divergence: Divergence,
    /// Rounding residue within the last instalment.
    pub residue: Fen,
    /// Interest somebody else pays.
    pub subsidy: Fen,
}

/// One item over the whole loan.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ItemFigures {
    /// A year, by `method`.
    pub annual_ppm: Ppm,
    /// The method that gave it.
    pub method: Method,
    /// Sum over the loan.
    pub total: Fen,
}

/// Reckons schedule, items and every rate.
///
/// # Errors
/// [`CostError`]; see its variants.
pub fn figures(terms: &LoanTerms, policy: &Policy) -> Result<Figures, CostError> {
    terms.validate()?;
    let rule = policy.method_on(terms.start)?;
    let mut plan = schedule(terms)?;
    let sums = charges(terms, &mut plan.rows)?;

    let mut items = Vec::with_capacity(terms.items.len() + 1);
    let (annual_ppm, method) = method::interest(terms, &plan, rule.method)?;
    items.push(ItemFigures {
        annual_ppm,
        method,
        total: plan.rows.iter().map(|row| row.interest).sum(),
    });
    for (at, item) in terms.items.iter().enumerate() {
        let (annual_ppm, method) = method::item(terms, &plan, item.charge, rule.method)?;
        let periodic: Fen = sums
            .periodic
            .iter()
            .skip(at)
            .step_by(terms.items.len())
            .sum();
        items.push(ItemFigures {
            annual_ppm,
            method,
            total: once(terms, item.charge)? + periodic,
        });
    }
    let composite_ppm: Ppm = items.iter().map(|item| item.annual_ppm).sum();

    let net_received = terms.principal - sums.deducted;
    let mut flows = Vec::with_capacity(plan.rows.len() + 1);
    flows.push((net_received - sums.upfront) as f64);
    flows.extend(plan.rows.iter().map(|row| -(row.total as f64)));
    let all_in = all_in(terms, &plan, &flows)?;
    let apart = (composite_ppm - all_in.simple_ppm).abs();
    let threshold_ppm = policy.divergence_threshold_ppm;

    Ok(Figures {
        net_received,
        paid_upfront: sums.upfront,
        total_repaid: plan.rows.iter().map(|row| row.total).sum(),
        total_cost: items.iter().map(|item| item.total).sum(),
        first_payment: plan
            .rows
            .iter()
            .map(|row| row.total)
            .find(|total| *total > 0)
            .unwrap_or_default(),
        last_payment: plan
            .rows
            .iter()
            .map(|row| row.total)
            .rfind(|total| *total > 0)
            .unwrap_or_default(),
        charges: sums.periodic,
        items,
        composite_ppm,
        method: rule.method,
        method_since: rule.validity.valid_from,
        all_in,
        divergence: Divergence {
            ppm: apart,
            threshold_ppm,
            alert: apart > threshold_ppm,
        },
        residue: plan.residue,
        subsidy: plan.subsidy,
        rows: plan.rows,
    })
}
