//! `cargo bench -p xiaobao-cost`: figures of whole loans and bare internal rates, one thread.

use cost::{LoanTerms, Policy, figures, rate, sheet};
use divan::Bencher;
use divan::counter::ItemsCount;

fn main() {
    divan::main();
}

/// Loans that differ in principal, rate and fee, so that nothing is learnt by heart.
fn loans(json: &str, periods: u32) -> Vec<LoanTerms> {
    let mut base = LoanTerms::from_json(json.as_bytes()).expect("a fixture is valid");
    base.periods = periods;
    (0..256)
        .map(|at| LoanTerms {
            principal: base.principal + 12_345 * at,
            annual_rate_ppm: base.annual_rate_ppm + 317 * at,
            ..base.clone()
        })
        .collect()
}

/// Runs `work` over all loans.
fn over(bencher: Bencher<'_, '_>, loans: &[LoanTerms], work: impl Fn(&LoanTerms) -> i64 + Sync) {
    bencher
        .counter(ItemsCount::new(loans.len()))
        .bench(|| loans.iter().map(&work).sum::<i64>());
}

const HEXIANG: &str = include_str!("../tests/fixtures/hexiang.json");

#[divan::bench(args = [12, 36, 360])]
fn figures_of_a_loan(bencher: Bencher<'_, '_>, periods: u32) {
    let policy = Policy::default();
    over(bencher, &loans(HEXIANG, periods), |terms| {
        figures(terms, &policy).map_or(0, |figures| figures.all_in.regz_ppm)
    });
}

#[divan::bench]
fn figures_with_an_odd_first_period(bencher: Bencher<'_, '_>) {
    let policy = Policy::default();
    let mut loans = loans(HEXIANG, 12);
    for terms in &mut loans {
        terms.first_due = jiff::civil::date(2027, 1, 5);
    }
    over(bencher, &loans, |terms| {
        figures(terms, &policy).map_or(0, |figures| figures.all_in.regz_ppm)
    });
}

#[divan::bench]
fn sheet_with_words(bencher: Bencher<'_, '_>) {
    let policy = Policy::default();
    over(bencher, &loans(HEXIANG, 12), |terms| {
        sheet(terms, &policy).map_or(0, |sheet| sheet.total_cost)
    });
}

#[divan::bench]
fn internal_rate_of_36_months(bencher: Bencher<'_, '_>) {
    let flows: Vec<Vec<f64>> = (0..256)
        .map(|at| {
            let mut flows = vec![-(3.2 + 0.01 * f64::from(at)) * 100.0; 37];
            flows[0] = 10_000.0;
            flows
        })
        .collect();
    bencher.counter(ItemsCount::new(flows.len())).bench(|| {
        flows
            .iter()
            .map(|flows| rate::irr_periodic(flows).unwrap_or(0.0))
            .sum::<f64>()
    });
}
