//! Bad input, and policies by date: each refusal has its code, its place and words in both languages.

use cost::policy::{LenderKind, LprEntry};
use cost::{Action, CostError, JSON_BYTES_MAX, LoanTerms, Policy, figures, sheet};
use jiff::civil::date;
use serde_json::{Value, json};

fn loan() -> Value {
    serde_json::from_str(include_str!("fixtures/hexiang.json")).expect("a fixture is JSON")
}

fn read(json: &Value) -> Result<LoanTerms, CostError> {
    LoanTerms::from_json(json.to_string().as_bytes())
}

/// The fixture with one value put at a JSON pointer.
fn with(pointer: &str, value: Value) -> Value {
    let mut terms = loan();
    *terms
        .pointer_mut(pointer)
        .unwrap_or_else(|| panic!("{pointer}")) = value;
    terms
}

#[test]
fn every_broken_rule_is_named() {
    let cases = [
        ("/v", json!(2), "v", "version_unknown"),
        ("/principal", json!(0), "principal", "out_of_range"),
        ("/principal", json!(-2_000_000), "principal", "out_of_range"),
        (
            "/principal",
            json!(1_000_000_000_001_i64),
            "principal",
            "out_of_range",
        ),
        ("/periods", json!(0), "periods", "out_of_range"),
        ("/periods", json!(601), "periods", "out_of_range"),
        (
            "/interval/count",
            json!(0),
            "interval.count",
            "out_of_range",
        ),
        (
            "/interval/count",
            json!(13),
            "interval.count",
            "out_of_range",
        ),
        (
            "/annual_rate_ppm",
            json!(-1),
            "annual_rate_ppm",
            "out_of_range",
        ),
        (
            "/annual_rate_ppm",
            json!(10_000_001),
            "annual_rate_ppm",
            "out_of_range",
        ),
        ("/start", json!("2026-12-21"), "first_due", "dates_reversed"),
        ("/start", json!("2028-01-01"), "first_due", "dates_reversed"),
        ("/start", json!("1989-12-31"), "start", "date_out_of_range"),
        (
            "/start",
            json!("2025-11-01"),
            "first_due",
            "first_period_too_long",
        ),
        (
            "/interval/unit",
            json!("week"),
            "day_count",
            "day_count_unit",
        ),
        ("/interval", json!({"unit": "month", "count": 12}), "", ""),
        (
            "/interest_free_periods",
            json!(13),
            "interest_free_periods",
            "out_of_range",
        ),
        (
            "/repayment",
            json!({"kind": "balloon", "balloon": 2_000_000}),
            "repayment.balloon",
            "out_of_range",
        ),
        (
            "/repayment",
            json!({"kind": "instalment_fee", "fee_ppm": 6000}),
            "annual_rate_ppm",
            "rate_with_fee",
        ),
        (
            "/subsidy",
            json!({"payer": "nobody", "ppm": 1, "periods": 1}),
            "subsidy.payer",
            "party_unknown",
        ),
        (
            "/subsidy",
            json!({"payer": "anhe", "ppm": 90_001, "periods": 1}),
            "subsidy.ppm",
            "out_of_range",
        ),
        (
            "/parties/0/share_ppm",
            json!(700_001),
            "parties",
            "shares_sum",
        ),
        (
            "/parties/0/share_ppm",
            json!(i64::MAX),
            "parties[0].share_ppm",
            "out_of_range",
        ),
        (
            "/parties/0/share_ppm",
            Value::Null,
            "parties[0].share_ppm",
            "share_missing",
        ),
        ("/parties/2/share_ppm", json!(1), "", "terms"),
        ("/parties/1/id", json!("anhe"), "parties[1].id", "duplicate"),
        ("/parties/1/id", json!("江岚"), "parties[1].id", "code_form"),
        (
            "/parties/1/name",
            json!(" "),
            "parties[1].name",
            "name_form",
        ),
        (
            "/parties/1/name",
            json!("a\u{7}"),
            "parties[1].name",
            "name_form",
        ),
        (
            "/parties/1/name",
            json!("名".repeat(121)),
            "parties[1].name",
            "name_form",
        ),
        ("/parties", json!([]), "parties", "lender_missing"),
        (
            "/items/0/collector",
            json!("nobody"),
            "items[0].collector",
            "party_unknown",
        ),
        (
            "/items/0/code",
            json!("interest"),
            "items[0].code",
            "duplicate",
        ),
        (
            "/items/0/charge/ppm",
            json!(-1),
            "items[0].charge.ppm",
            "out_of_range",
        ),
        (
            "/items/0/charge",
            json!({"kind": "deducted", "amount": 2_000_000}),
            "items",
            "nothing_received",
        ),
        (
            "/items/0/charge",
            json!({"kind": "upfront_rate", "ppm": 1_000_000}),
            "items",
            "nothing_received",
        ),
        (
            "/contingent/0/collector",
            json!("nobody"),
            "contingent[0].collector",
            "party_unknown",
        ),
        (
            "/contingent/1/code",
            json!("overdue_penalty"),
            "contingent[1].code",
            "duplicate",
        ),
        (
            "/contingent/2/standard/amount",
            json!(-1),
            "contingent[2].standard.amount",
            "out_of_range",
        ),
    ];
    for (pointer, value, path, code) in cases {
        let terms = match pointer {
            "/parties/2/share_ppm" => {
                let mut terms = loan();
                terms["parties"][2]["share_ppm"] = value;
                let Err(CostError::Invalid { fields }) = read(&terms) else {
                    panic!("{pointer}")
                };
                assert_eq!(fields[0].code, "share_not_lender");
                continue;
            }
            _ => with(pointer, value.clone()),
        };
        match read(&terms) {
            Ok(_) => assert!(code.is_empty(), "{pointer} = {value} was accepted"),
            Err(CostError::Invalid { fields }) => {
                let found = fields
                    .iter()
                    .find(|field| field.path == path && field.code == code);
                let found = found.unwrap_or_else(|| panic!("{pointer} = {value}: {fields:?}"));
                assert!(!found.zh.is_empty() && !found.en.is_empty());
            }
            Err(other) => panic!("{pointer} = {value}: {other:?}"),
        }
    }
}

#[test]
fn long_lists_and_terms_are_refused() {
    for list in ["parties", "items", "contingent"] {
        let mut terms = loan();
        terms[list] = Value::Array(vec![terms[list][0].clone(); 33]);
        let Err(CostError::Invalid { fields }) = read(&terms) else {
            panic!("{list}")
        };
        assert!(
            fields
                .iter()
                .any(|field| field.path == list && field.code == "too_many")
        );
    }
    let mut terms = with("/interval/count", json!(12));
    terms["periods"] = json!(61);
    let Err(CostError::Invalid { fields }) = read(&terms) else {
        panic!("61 years")
    };
    assert_eq!(fields[0].code, "term_too_long");
}

#[test]
fn malformed_json_is_refused_with_its_place() {
    let text = loan().to_string();
    let broken = [
        String::new(),
        "null".into(),
        "{".into(),
        "[".repeat(10_000),
        text.replace("\"periods\":12", "\"periods\":12.0"),
        text.replace("\"periods\":12", "\"periods\":\"12\""),
        text.replace("\"periods\":12", "\"periods\":-12"),
        text.replace("\"periods\":12", "\"periods\":12,\"periods\":12"),
        text.replace("\"periods\":12", "\"periods\":12,\"discount\":1"),
        text.replace(
            "\"principal\":2000000",
            "\"principal\":99999999999999999999",
        ),
        text.replace("2026-11-21", "2026-02-30"),
        text.replace("2026-11-21", "2026-11-21T00:00"),
        text.replace("2026-11-21", "20261121"),
        text.replace(
            "\"kind\":\"level_payment\"",
            "\"kind\":\"level_payment\",\"balloon\":5",
        ),
        text.replace("\"kind\":\"level_payment\"", "\"kind\":\"balloon\""),
        text.replace(
            "\"kind\":\"level_payment\"",
            "\"kind\":\"level_payment\",\"more\":5",
        ),
        text.replace("\"kind\":\"amount\"", "\"kind\":\"amount\",\"ppm\":5"),
        text.replace("\"CNY\"", "\"USD\""),
        format!("{text} x"),
    ];
    for json in broken {
        assert_ne!(json, text);
        let error = LoanTerms::from_json(json.as_bytes()).expect_err(&json);
        assert_eq!(error.code(), "terms_malformed", "{json}");
        assert!(!error.zh().is_empty() && !error.en().is_empty());
    }
    let long = vec![b' '; JSON_BYTES_MAX + 1];
    assert_eq!(
        LoanTerms::from_json(&long).unwrap_err().code(),
        "terms_too_large"
    );
}

#[test]
fn figures_check_terms_that_were_built_in_code() {
    let mut terms = read(&loan()).unwrap();
    terms.principal = -1;
    assert_eq!(
        figures(&terms, &Policy::default()).unwrap_err().code(),
        "terms_invalid"
    );
}

#[test]
fn a_rate_beyond_writing_is_an_error() {
    let mut terms = read(&with(
        "/items/0/charge",
        json!({"kind": "deducted", "amount": 1_999_999}),
    ))
    .unwrap();
    terms.periods = 1;
    assert_eq!(
        figures(&terms, &Policy::default()).unwrap_err().code(),
        "rate_out_of_range"
    );
}

#[test]
fn methods_and_thresholds_follow_the_date() {
    let policy = Policy::default();
    let mut terms = read(&loan()).unwrap();
    assert_eq!(
        figures(&terms, &policy).unwrap().method_since,
        date(2026, 8, 1)
    );
    (terms.start, terms.first_due) = (date(2026, 7, 31), date(2026, 8, 31));
    assert_eq!(
        figures(&terms, &policy).unwrap().method_since,
        date(2021, 3, 31)
    );
    (terms.start, terms.first_due) = (date(2021, 3, 30), date(2021, 4, 30));
    assert_eq!(
        figures(&terms, &policy).unwrap_err(),
        CostError::NoMethod {
            on: date(2021, 3, 30)
        }
    );
}

#[test]
fn ceilings_have_scope_date_and_multiple() {
    let ids = |policy: &Policy, on| -> Vec<(String, i64)> {
        policy
            .ceilings_on(on)
            .unwrap()
            .into_iter()
            .map(|(rule, ppm)| (rule.id.clone(), ppm))
            .collect()
    };
    let of = |lender| Policy {
        lender,
        ..Policy::default()
    };
    let day = date(2026, 11, 21);
    assert_eq!(
        ids(&of(LenderKind::Bank), day),
        [("regulator_24".into(), 240_000)]
    );
    assert_eq!(
        ids(&of(LenderKind::ConsumerFinance), date(2026, 3, 31)),
        [("regulator_24".into(), 240_000)]
    );
    assert_eq!(
        ids(&of(LenderKind::Private), day),
        [("private_4_lpr".into(), 120_000)]
    );
    let small = of(LenderKind::SmallLoan);
    assert_eq!(ids(&small, day), [("small_loan_24".into(), 240_000)]);
    assert_eq!(
        ids(&small, date(2027, 12, 31)),
        [
            ("small_loan_24".into(), 240_000),
            ("small_loan_4_lpr".into(), 120_000)
        ]
    );
    // A newer LPR moves the multiple from its own day on.
    let mut policy = of(LenderKind::Private);
    let mut newer: LprEntry = policy.lpr[0].clone();
    (newer.valid_from, newer.ppm) = (date(2026, 11, 20), 29_000);
    policy.lpr.push(newer);
    assert_eq!(ids(&policy, day)[0].1, 116_000);
    assert_eq!(ids(&policy, date(2026, 11, 19))[0].1, 120_000);
    policy.lpr.clear();
    assert_eq!(policy.ceilings_on(day).unwrap_err().code(), "no_lpr");
}

#[test]
fn a_threshold_is_exceeded_only_above_it() {
    let terms = read(&loan()).unwrap();
    let mut policy = Policy::default();
    for (ppm, exceeded) in [(137_999, true), (138_000, false)] {
        policy.ceilings.truncate(1);
        policy.ceilings[0].threshold = cost::policy::Threshold::Fixed { ppm };
        policy.ceilings[0].measure = cost::policy::Measure::Composite;
        let check = &sheet(&terms, &policy).unwrap().ceilings[0];
        assert_eq!(
            (check.exceeded, check.action),
            (exceeded, Action::NeedsApproval)
        );
        assert_eq!(
            check.text.zh.contains("超过设定阈值") && !check.text.zh.contains("未超过"),
            exceeded
        );
    }
}

#[test]
fn a_policy_is_data() {
    let policy = Policy::default();
    let wire = serde_json::to_string(&policy).unwrap();
    assert_eq!(serde_json::from_str::<Policy>(&wire).unwrap(), policy);
    assert!(
        serde_json::from_str::<Policy>(&wire.replacen("\"lender\"", "\"x\":1,\"lender\"", 1))
            .is_err()
    );
}
