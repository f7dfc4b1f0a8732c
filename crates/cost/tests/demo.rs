//! The demo products come out to the fen and to the published decimal.

use cost::{CostSheet, Lang, LoanTerms, Method, Policy, sheet, text};

fn terms(json: &str) -> LoanTerms {
    LoanTerms::from_json(json.as_bytes()).expect("a fixture is valid")
}

fn reckon(json: &str) -> CostSheet {
    sheet(&terms(json), &Policy::default()).expect("a fixture has figures")
}

/// The same loan under another annualisation method.
fn by(json: &str, method: Method) -> CostSheet {
    let mut policy = Policy::default();
    policy
        .methods
        .iter_mut()
        .for_each(|rule| rule.method = method);
    sheet(&terms(json), &policy).expect("a fixture has figures")
}

/// Percent with two decimals, half up.
fn two(ppm: i64) -> i64 {
    (ppm + 50) / 100
}

const HEXIANG: &str = include_str!("fixtures/hexiang.json");
const HEXIANG_FIXED: &str = include_str!("fixtures/hexiang_fixed.json");
const JIYONG: &str = include_str!("fixtures/jiyong.json");

#[test]
fn hexiang() {
    let sheet = reckon(HEXIANG);
    assert_eq!(sheet.composite.annual_ppm, 138_000);
    assert_eq!(
        (sheet.first_payment, sheet.last_payment, sheet.total_repaid),
        (182_903, 175_596, 2_151_549)
    );
    assert_eq!(
        (sheet.items[0].annual_ppm, sheet.items[0].total),
        (90_000, 98_835)
    );
    assert_eq!(
        (sheet.items[1].annual_ppm, sheet.items[1].total),
        (48_000, 52_714)
    );
    assert_eq!(
        (sheet.total_cost, sheet.net_received, sheet.rounding.residue),
        (151_549, 2_000_000, -1)
    );
    let interest: Vec<_> = sheet.items[0]
        .collectors
        .iter()
        .map(|to| (to.party.as_str(), to.total))
        .collect();
    assert_eq!(interest, [("anhe", 69_185), ("jianglan", 29_650)]);
    let penalties: Vec<_> = sheet
        .contingent
        .iter()
        .map(|charge| charge.annual_ppm)
        .collect();
    assert_eq!(penalties, [Some(135_000), Some(180_000), None]);
    assert!(!sheet.divergence.alert && sheet.ceilings.iter().all(|check| !check.exceeded));
    assert_eq!(sheet.plan.len(), 12);
    assert_eq!(
        (
            sheet.plan[11].balance,
            sheet.plan[11].due.to_string().as_str()
        ),
        (0, "2027-11-21")
    );
}

#[test]
fn hexiang_with_a_fixed_fee() {
    let sheet = reckon(HEXIANG_FIXED);
    assert_eq!(two(sheet.composite.annual_ppm), 1_556);
    assert_eq!(
        two(by(HEXIANG_FIXED, Method::FeeIrr).composite.annual_ppm),
        1_549
    );
    assert_eq!(two(sheet.all_in.simple_ppm), 1_541);
    assert!(!sheet.divergence.alert);
}

#[test]
fn hemiao() {
    let sheet = reckon(include_str!("fixtures/hemiao.json"));
    assert_eq!(
        (sheet.first_payment, sheet.last_payment),
        (106_000, 101_000)
    );
    assert_eq!(
        (
            sheet.items[0].total,
            sheet.composite.annual_ppm,
            sheet.rounding.residue
        ),
        (21_000, 120_000, 0)
    );
}

#[test]
fn yinling() {
    let sheet = reckon(include_str!("fixtures/yinling.json"));
    assert_eq!(
        (sheet.first_payment, sheet.composite.annual_ppm),
        (69_517, 78_000)
    );
    // Instalments are rounded, so the sum may be a few fen off the unrounded 342.01.
    assert!(
        (sheet.items[0].total - 34_201).abs() <= 3,
        "{}",
        sheet.items[0].total
    );
}

#[test]
fn jianglan_puhui() {
    let sheet = reckon(include_str!("fixtures/jianglan_puhui.json"));
    assert!(sheet.plan[..11].iter().all(|row| row.total == 90_000));
    assert_eq!(
        (
            sheet.last_payment,
            sheet.composite.annual_ppm,
            sheet.all_in.simple_ppm
        ),
        (10_090_000, 108_000, 108_000)
    );
}

#[test]
fn jiyong_raises_the_alert() {
    let sheet = reckon(JIYONG);
    // Three decimals of a percent, half up.
    assert_eq!((sheet.composite.annual_ppm + 5) / 10, 33_757);
    assert_eq!((sheet.all_in.simple_ppm + 5) / 10, 32_758);
    assert!(sheet.divergence.alert);
    assert_eq!(two(by(JIYONG, Method::FeeIrr).composite.annual_ppm), 3_310);
    let exceeded: Vec<_> = sheet
        .ceilings
        .iter()
        .filter(|check| check.exceeded)
        .map(|check| check.id.as_str())
        .collect();
    assert_eq!(exceeded, ["regulator_24", "consumer_finance_20"]);
    assert!(
        sheet.ceilings[0]
            .text
            .en
            .contains("exceeds configured threshold 24.00%")
    );
}

#[test]
fn text_says_every_figure() {
    let sheet = reckon(HEXIANG);
    for (lang, label) in [(Lang::Zh, "单利"), (Lang::En, "simple interest")] {
        let text = text(&sheet, lang);
        for part in [
            label,
            "13.80%",
            "21,515.49",
            "1,829.03",
            "1,755.96",
            "691.85",
            "296.50",
            "527.14",
            "13.50%",
            "2027-11-21",
        ] {
            assert!(text.contains(part), "{part} is missing in\n{text}");
        }
    }
}

#[test]
fn json_comes_back_as_it_was() {
    for json in [HEXIANG, HEXIANG_FIXED, JIYONG] {
        let terms = terms(json);
        let again: serde_json::Value = serde_json::to_value(&terms).unwrap();
        assert_eq!(
            again,
            serde_json::from_str::<serde_json::Value>(json).unwrap()
        );
        let sheet = reckon(json);
        let wire = serde_json::to_vec(&sheet).unwrap();
        assert_eq!(serde_json::from_slice::<CostSheet>(&wire).unwrap(), sheet);
    }
}
