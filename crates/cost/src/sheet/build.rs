//! From figures to the sheet: adds the words and the collectors.

use super::words;
use super::{
    CeilingCheck, Collector, Composite, CostSheet, PartyRef, Placed, PlanItem, PlanRow, Rounding,
    SheetContingent, SheetItem, SheetSubsidy,
};
use crate::policy::{Measure, Policy};
use crate::{
    Charge, CostError, Fen, FieldError, Figures, LoanTerms, Party, Role, Standard, Text, figures,
    split,
};

/// The whole cost sheet of a loan, words in both languages included.
///
/// # Errors
/// [`CostError`]; see its variants.
pub fn sheet(terms: &LoanTerms, policy: &Policy) -> Result<CostSheet, CostError> {
    let figures = figures(terms, policy)?;
    Ok(CostSheet {
        v: 1,
        principal: terms.principal,
        net_received: figures.net_received,
        paid_upfront: figures.paid_upfront,
        total_repaid: figures.total_repaid,
        total_cost: figures.total_cost,
        first_payment: figures.first_payment,
        last_payment: figures.last_payment,
        items: items(terms, &figures)?,
        composite: Composite {
            annual_ppm: figures.composite_ppm,
            method: figures.method,
            method_since: figures.method_since,
            method_text: words::method(figures.method),
            label: Text::new("单利", "simple interest"),
        },
        all_in: figures.all_in,
        divergence: figures.divergence,
        contingent: contingent(terms)?,
        subsidy: subsidy(terms, figures.subsidy)?,
        plan: plan(terms, &figures),
        rounding: Rounding {
            residue: figures.residue,
            placed: Placed::LastPayment,
            text: words::rounding(figures.residue),
        },
        ceilings: ceilings(terms, policy, &figures)?,
        no_other_charges: words::no_other_charges(),
        terms: terms.clone(),
    })
}

fn items(terms: &LoanTerms, figures: &Figures) -> Result<Vec<SheetItem>, CostError> {
    let mut lines = Vec::with_capacity(figures.items.len());
    let names = std::iter::once(None).chain(terms.items.iter().map(Some));
    for (item, sums) in names.zip(&figures.items) {
        let (code, name, standard, collectors) = match item {
            None => (
                "interest".into(),
                words::interest_name(),
                words::interest(terms),
                lenders(&terms.parties, sums.total),
            ),
            Some(item) => {
                let PartyRef { party, name, role } = party(terms, &item.collector)?;
                let collectors = vec![Collector {
                    party,
                    name,
                    role,
                    total: sums.total,
                }];
                (
                    item.code.clone(),
                    item.name.clone(),
                    words::charge(item.charge),
                    collectors,
                )
            }
        };
        lines.push(SheetItem {
            code,
            name,
            standard,
            annual_ppm: sums.annual_ppm,
            method: sums.method,
            total: sums.total,
            collectors,
        });
    }
    Ok(lines)
}

/// Interest goes to the lenders by their shares, to the fen.
fn lenders(parties: &[Party], total: Fen) -> Vec<Collector> {
    let lenders: Vec<&Party> = parties
        .iter()
        .filter(|party| party.role == Role::Lender)
        .collect();
    let shares: Vec<_> = lenders
        .iter()
        .map(|lender| lender.share_ppm.unwrap_or_default())
        .collect();
    lenders
        .iter()
        .zip(split(total, &shares))
        .map(|(lender, total)| Collector {
            party: lender.id.clone(),
            name: lender.name.clone(),
            role: lender.role,
            total,
        })
        .collect()
}

/// A party by id; validated terms name only known ones.
fn party(terms: &LoanTerms, id: &str) -> Result<PartyRef, CostError> {
    let party = terms
        .parties
        .iter()
        .find(|party| party.id == id)
        .ok_or_else(|| CostError::Invalid {
            fields: vec![FieldError {
                path: "parties".into(),
                code: "party_unknown".into(),
                zh: format!("缺少参与方 {id}"),
                en: format!("party {id} is missing"),
            }],
        })?;
    Ok(PartyRef {
        party: party.id.clone(),
        name: party.name.clone(),
        role: party.role,
    })
}

fn contingent(terms: &LoanTerms) -> Result<Vec<SheetContingent>, CostError> {
    let line = |charge: &crate::Contingent| {
        Ok(SheetContingent {
            code: charge.code.clone(),
            name: charge.name.clone(),
            standard: words::standard(charge.standard),
            annual_ppm: match charge.standard {
                Standard::Annual { ppm } => Some(ppm),
                Standard::Amount { .. } | Standard::Percent { .. } => None,
            },
            collector: party(terms, &charge.collector)?,
        })
    };
    terms.contingent.iter().map(line).collect()
}

fn subsidy(terms: &LoanTerms, total: Fen) -> Result<Option<SheetSubsidy>, CostError> {
    let Some(subsidy) = &terms.subsidy else {
        return Ok(None);
    };
    Ok(Some(SheetSubsidy {
        payer: party(terms, &subsidy.payer)?,
        total,
        text: words::subsidy(subsidy),
    }))
}

fn plan(terms: &LoanTerms, figures: &Figures) -> Vec<PlanRow> {
    let width = terms.items.len();
    let is_periodic = |charge| {
        matches!(
            charge,
            Charge::Periodic { .. } | Charge::PeriodicFixed { .. }
        )
    };
    let mut plan = Vec::with_capacity(figures.rows.len());
    for (at, row) in figures
        .rows
        .iter()
        .enumerate()
        .filter(|(_, row)| row.total > 0)
    {
        let amounts = &figures.charges[at * width..(at + 1) * width];
        let items = terms
            .items
            .iter()
            .zip(amounts)
            .filter(|(item, _)| is_periodic(item.charge));
        plan.push(PlanRow {
            no: row.no,
            due: row.due,
            principal: row.principal,
            interest: row.interest,
            items: items
                .map(|(item, amount)| PlanItem {
                    code: item.code.clone(),
                    amount: *amount,
                })
                .collect(),
            total: row.total,
            balance: row.balance,
        });
    }
    plan
}

fn ceilings(
    terms: &LoanTerms,
    policy: &Policy,
    figures: &Figures,
) -> Result<Vec<CeilingCheck>, CostError> {
    let checks = policy
        .ceilings_on(terms.start)?
        .into_iter()
        .map(|(rule, threshold_ppm)| {
            let measured_ppm = match rule.measure {
                Measure::Composite => figures.composite_ppm,
                Measure::AllInSimple => figures.all_in.simple_ppm,
                Measure::Higher => figures.composite_ppm.max(figures.all_in.simple_ppm),
            };
            let exceeded = measured_ppm > threshold_ppm;
            CeilingCheck {
                id: rule.id.clone(),
                name: rule.name.clone(),
                threshold_ppm,
                measured_ppm,
                action: rule.action,
                exceeded,
                text: words::ceiling(measured_ppm, threshold_ppm, &rule.name),
            }
        });
    Ok(checks.collect())
}
