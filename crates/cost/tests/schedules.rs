//! Schedules, conventions and settlements on small loans whose figures can be followed by hand.

use cost::{
    Basis, Charge, CostError, DayCount, Figures, Interval, Item, LoanTerms, Policy, Repayment,
    Standard, Subsidy, Text, Unit, early_settlement, figures, sheet,
};
use jiff::civil::{Date, date};

/// 6,000 yuan in 6 months at 12 %, one lender, no items.
fn loan() -> LoanTerms {
    LoanTerms::from_json(include_bytes!("fixtures/hemiao.json")).expect("a fixture is valid")
}

fn reckon(terms: &LoanTerms) -> Figures {
    figures(terms, &Policy::default()).expect("figures")
}

fn fee(code: &str, charge: Charge) -> Item {
    Item {
        code: code.into(),
        name: Text::new("费用", "Fee"),
        collector: "anhe".into(),
        charge,
    }
}

fn dues(terms: &LoanTerms) -> Vec<String> {
    reckon(terms)
        .rows
        .iter()
        .map(|row| row.due.to_string())
        .collect()
}

#[test]
fn month_ends_stay_month_ends() {
    let terms = LoanTerms {
        start: date(2026, 12, 31),
        first_due: date(2027, 1, 31),
        periods: 4,
        ..loan()
    };
    assert_eq!(
        dues(&terms),
        ["2027-01-31", "2027-02-28", "2027-03-31", "2027-04-30"]
    );
    // A first due date that February cut short aims at the 31st again.
    let terms = LoanTerms {
        start: date(2028, 1, 31),
        first_due: date(2028, 2, 29),
        periods: 3,
        ..loan()
    };
    assert_eq!(dues(&terms), ["2028-02-29", "2028-03-31", "2028-04-30"]);
    assert!(reckon(&terms).rows.iter().all(|row| row.days == 30));
}

#[test]
fn weeks_and_days_follow_the_calendar() {
    let week = Interval {
        unit: Unit::Week,
        count: 2,
    };
    let terms = LoanTerms {
        interval: week,
        day_count: DayCount::Act365,
        first_due: date(2026, 12, 5),
        periods: 3,
        ..loan()
    };
    assert_eq!(dues(&terms), ["2026-12-05", "2026-12-19", "2027-01-02"]);
    let day = Interval {
        unit: Unit::Day,
        count: 10,
    };
    let terms = LoanTerms {
        interval: day,
        day_count: DayCount::Act365,
        first_due: date(2026, 12, 1),
        periods: 2,
        ..loan()
    };
    assert_eq!(dues(&terms), ["2026-12-01", "2026-12-11"]);
}

#[test]
fn day_counts_reckon_their_own_days() {
    let interest = |day_count| {
        let terms = LoanTerms {
            day_count,
            repayment: Repayment::InterestFirst,
            principal: 3_600_000,
            ..loan()
        };
        let rows = reckon(&terms).rows;
        (rows[0].interest, rows[1].interest)
    };
    // 36,000 yuan at 12 %: November's last days and December's make 30 days, then 31.
    assert_eq!(interest(DayCount::Thirty360), (36_000, 36_000));
    assert_eq!(interest(DayCount::Act360), (36_000, 37_200));
    assert_eq!(interest(DayCount::Act365), (35_507, 36_690));
}

#[test]
fn a_360_day_year_on_actual_days_costs_more_than_it_says() {
    let terms = LoanTerms {
        day_count: DayCount::Act360,
        ..loan()
    };
    // 12 % × 365 / 360.
    assert_eq!(reckon(&terms).composite_ppm, 121_667);
}

#[test]
fn an_odd_first_period_spreads_over_level_payments() {
    let terms = LoanTerms {
        repayment: Repayment::LevelPayment,
        first_due: date(2027, 1, 5),
        ..loan()
    };
    let figures = reckon(&terms);
    assert_eq!(figures.rows[0].days, 44);
    assert_eq!(figures.rows[0].interest, 8_800);
    assert_eq!(figures.rows[1].due, date(2027, 2, 5));
    assert!(
        figures.rows[..5]
            .iter()
            .all(|row| row.total == figures.first_payment)
    );
    assert!(
        (figures.last_payment - figures.first_payment).abs() <= 5
            && figures.residue == figures.last_payment - figures.first_payment
    );
    assert_eq!(figures.composite_ppm, 120_000);
    // Each convention has its own time for the 45 days; at its rate the payments are worth what was lent.
    let all_in = figures.all_in;
    let worth = |discount: &dyn Fn(f64) -> f64| {
        figures
            .rows
            .iter()
            .zip(0..)
            .map(|(row, k)| row.total as f64 * discount(f64::from(k)))
            .sum::<f64>()
    };
    let at = |ppm: i64| ppm as f64 / 1e6;
    let days = |k: f64| (figures.rows[k as usize].due - terms.start).get_days();
    let pboc = worth(&|k| (1.0 + at(all_in.compound_ppm)).powf(-f64::from(days(k)) / 365.0));
    // One month back from 5 January is 5 December: 14 odd days.
    let eu = worth(&|k| (1.0 + at(all_in.eu_aprc_ppm)).powf(-((k + 1.0) / 12.0 + 14.0 / 365.0)));
    let month = at(all_in.regz_ppm) / 12.0;
    let regz = worth(&|k| 1.0 / ((1.0 + month * 14.0 / 30.0) * (1.0 + month).powf(k + 1.0)));
    for (worth, convention) in [(pboc, "PBOC"), (eu, "EU"), (regz, "Regulation Z")] {
        assert!((worth - 600_000.0).abs() < 0.5, "{convention}: {worth}");
    }
    assert!(
        (12.0 * ((1.0 + at(all_in.compound_ppm)).powf(1.0 / 12.0) - 1.0) - at(all_in.simple_ppm))
            .abs()
            < 2e-6
    );
}

#[test]
fn a_first_period_beyond_its_payment_is_refused() {
    let terms = LoanTerms {
        repayment: Repayment::LevelPayment,
        annual_rate_ppm: 10_000_000,
        first_due: date(2027, 12, 1),
        periods: 600,
        ..loan()
    };
    let error = figures(&terms, &Policy::default()).unwrap_err();
    assert!(
        matches!(error, CostError::DebtGrows { .. } | CostError::Rate(_)),
        "{error:?}"
    );
}

#[test]
fn a_balloon_is_due_with_the_last_payment() {
    let terms = LoanTerms {
        repayment: Repayment::Balloon { balloon: 300_000 },
        ..loan()
    };
    let figures = reckon(&terms);
    // 3,000 amortise over 6 months at 1 %: 517.65; the other 3,000 bear 30 a month.
    assert_eq!(figures.first_payment, 54_765);
    // What rounding took from the payments before is in the last: 547.65 + 3,000 − 0.04.
    assert_eq!((figures.last_payment, figures.residue), (354_761, -4));
    assert_eq!(
        figures.rows.iter().map(|row| row.principal).sum::<i64>(),
        600_000
    );
    assert_eq!((figures.all_in.simple_ppm + 50) / 100, 1_200);
}

#[test]
fn a_bullet_pays_once() {
    let terms = LoanTerms {
        repayment: Repayment::Bullet,
        ..loan()
    };
    let sheet = sheet(&terms, &Policy::default()).unwrap();
    assert_eq!(sheet.plan.len(), 1);
    assert_eq!(
        (sheet.plan[0].no, sheet.plan[0].total, sheet.first_payment),
        (6, 636_000, 636_000)
    );
    assert_eq!(sheet.composite.annual_ppm, 120_000);
    // (1.06)² − 1 a year, and Regulation Z's one payment after half a year.
    assert_eq!(
        (
            sheet.all_in.compound_ppm,
            sheet.all_in.eu_aprc_ppm,
            sheet.all_in.regz_ppm
        ),
        (123_600, 123_600, 120_000)
    );
    // With a periodic item there is something to pay each month.
    let terms = LoanTerms {
        items: vec![fee("service", Charge::PeriodicFixed { amount: 100 })],
        ..terms
    };
    assert_eq!(
        cost::sheet(&terms, &Policy::default()).unwrap().plan.len(),
        6
    );
}

#[test]
fn an_instalment_fee_is_shown_as_a_rate() {
    // 12,000 yuan in 12 months at 0.6 % of the original principal: headline 7.2 %.
    let repayment = Repayment::InstalmentFee { fee_ppm: 6_000 };
    let terms = LoanTerms {
        principal: 1_200_000,
        periods: 12,
        annual_rate_ppm: 0,
        repayment,
        ..loan()
    };
    let figures = reckon(&terms);
    assert_eq!(
        (figures.first_payment, figures.items[0].total),
        (107_200, 86_400)
    );
    assert_eq!(
        (figures.all_in.simple_ppm, figures.all_in.compound_ppm),
        (130_342, 138_418)
    );
    // 864 over an average of 6,500 for a year.
    assert_eq!(figures.composite_ppm, 132_923);
}

#[test]
fn interest_free_periods_and_subsidies_lower_what_the_borrower_pays() {
    let base = LoanTerms {
        repayment: Repayment::InterestFirst,
        ..loan()
    };
    let free = reckon(&LoanTerms {
        interest_free_periods: 2,
        ..base.clone()
    });
    assert_eq!(
        free.rows.iter().map(|row| row.interest).collect::<Vec<_>>(),
        [0, 0, 6_000, 6_000, 6_000, 6_000]
    );
    assert_eq!((free.first_payment, free.composite_ppm), (6_000, 80_000));

    let subsidy = Some(Subsidy {
        payer: "anhe".into(),
        ppm: 20_000,
        periods: 3,
    });
    let terms = LoanTerms { subsidy, ..base };
    let helped = sheet(&terms, &Policy::default()).unwrap();
    assert_eq!(
        (helped.first_payment, helped.items[0].total),
        (5_000, 33_000)
    );
    assert_eq!(
        helped.subsidy.as_ref().map(|subsidy| subsidy.total),
        Some(3_000)
    );
    assert_eq!(helped.composite.annual_ppm, 110_000);
}

#[test]
fn one_off_charges_raise_every_rate() {
    // PBOC 2021-3: 100,000 less 1,000 up front, 12 payments of 8,833.3: 12.80 % and 13.58 %.
    let terms = LoanTerms {
        principal: 10_000_000,
        periods: 12,
        repayment: Repayment::InstalmentFee { fee_ppm: 5_000 },
        annual_rate_ppm: 0,
        ..loan()
    };
    for charge in [
        Charge::Deducted { amount: 100_000 },
        Charge::UpfrontRate { ppm: 10_000 },
    ] {
        let figures = reckon(&LoanTerms {
            items: vec![fee("service", charge)],
            ..terms.clone()
        });
        assert_eq!((figures.all_in.simple_ppm + 50) / 100, 1_280);
        assert_eq!((figures.all_in.compound_ppm + 50) / 100, 1_358);
        // 1,000 over an average of 54,166.67 for a year.
        assert_eq!(figures.items[1].annual_ppm, 18_462);
    }
    let deducted = reckon(&LoanTerms {
        items: vec![fee("service", Charge::DeductedRate { ppm: 10_000 })],
        ..terms
    });
    assert_eq!(
        (deducted.net_received, deducted.paid_upfront),
        (9_900_000, 0)
    );
}

#[test]
fn weekly_loans_keep_52_weeks_and_365_days_apart() {
    let interval = Interval {
        unit: Unit::Week,
        count: 1,
    };
    let repayment = Repayment::InterestFirst;
    let terms = LoanTerms {
        interval,
        repayment,
        day_count: DayCount::Act365,
        annual_rate_ppm: 365_000,
        first_due: date(2026, 11, 28),
        ..loan()
    };
    let all_in = reckon(&terms).all_in;
    // 0.7 % a week exactly.
    assert_eq!((all_in.simple_ppm, all_in.regz_ppm), (365_000, 364_000));
    assert_eq!(
        all_in.eu_aprc_ppm,
        ((1.007_f64.powi(52) - 1.0) * 1e6).round() as i64
    );
    assert_eq!(
        all_in.compound_ppm,
        ((1.007_f64.powf(365.0 / 7.0) - 1.0) * 1e6).round() as i64
    );
}

#[test]
fn regulation_z_counts_a_long_single_payment_in_years() {
    let terms = LoanTerms {
        principal: 100_000,
        repayment: Repayment::Bullet,
        annual_rate_ppm: 0,
        ..loan()
    };
    let with = |periods, amount| LoanTerms {
        periods,
        items: vec![fee("all", Charge::Deducted { amount })],
        ..terms.clone()
    };
    // Shape of example 5iii: 18 months, one year compounds and half accrues simply.
    let rate = reckon(&with(18, 11_910)).all_in.regz_ppm as f64 / 1e6;
    assert!(
        (88_090.0 * (1.0 + rate) * (1.0 + rate / 2.0) - 100_000.0).abs() < 0.1,
        "{rate}"
    );
    let rate = reckon(&with(6, 4_215)).all_in.regz_ppm;
    assert_eq!(rate, 88_010);
}

#[test]
fn settlement_follows_the_days() {
    let mut terms = LoanTerms {
        items: vec![fee(
            "guarantee",
            Charge::Periodic {
                basis: Basis::Outstanding,
                ppm: 3_000,
            },
        )],
        ..loan()
    };
    let at = |terms: &LoanTerms, on: Date| early_settlement(terms, on).unwrap();
    let first_day = at(&terms, date(2026, 11, 21));
    assert_eq!(
        (first_day.total, first_day.periods_due, first_day.interest),
        (600_000, 0, 0)
    );
    // Ten days into the second period: 5,000 yuan at 12 % is 16.67, a third of the 15-yuan fee is 5.
    let tenth = at(&terms, date(2026, 12, 31));
    assert_eq!(
        (
            tenth.principal,
            tenth.interest,
            tenth.interest_days,
            tenth.items[0].amount
        ),
        (500_000, 1_500, 9, 450)
    );
    let tenth = at(&terms, date(2027, 1, 1));
    assert_eq!(
        (
            tenth.interest,
            tenth.interest_days,
            tenth.items[0].amount,
            tenth.periods_due
        ),
        (1_667, 10, 500, 1)
    );
    assert_eq!(tenth.total, 502_167);
    // The plan's rest: five payments of 1,000 with 150 interest and 45 fee on the way down.
    assert_eq!(tenth.saved, 500_000 + 15_000 + 4_500 - 502_167);
    terms.contingent[2].standard = Standard::Percent { ppm: 10_000 };
    assert_eq!(at(&terms, date(2027, 1, 1)).prepayment_fee, 5_000);
    let last = at(&terms, date(2027, 5, 21));
    assert_eq!((last.total, last.prepayment_fee, last.saved), (0, 0, 0));
    for on in [date(2026, 11, 20), date(2027, 5, 22)] {
        assert_eq!(
            early_settlement(&terms, on).unwrap_err().code(),
            "outside_loan"
        );
    }
}

#[test]
fn a_bullet_settles_with_all_its_interest() {
    let terms = LoanTerms {
        repayment: Repayment::Bullet,
        ..loan()
    };
    let settled = early_settlement(&terms, date(2027, 3, 6)).unwrap();
    // Three months and 15 days of 1 % a month.
    assert_eq!(
        (settled.interest_days, settled.interest, settled.total),
        (105, 21_000, 621_000)
    );
}

#[test]
fn the_smallest_and_the_largest_loan_hold() {
    let one = LoanTerms {
        principal: 1,
        periods: 600,
        repayment: Repayment::LevelPayment,
        ..loan()
    };
    let figures = reckon(&one);
    assert_eq!((figures.total_repaid, figures.rows.len()), (1, 600));
    let largest = LoanTerms {
        principal: 1_000_000_000_000,
        periods: 600,
        repayment: Repayment::LevelPayment,
        annual_rate_ppm: 49_000,
        ..loan()
    };
    let figures = reckon(&largest);
    assert_eq!(
        figures.rows.iter().map(|row| row.principal).sum::<i64>(),
        1_000_000_000_000
    );
    assert_eq!(figures.all_in.simple_ppm, 49_000);
}
