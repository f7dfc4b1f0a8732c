//! Tables of cases for the assessment.

use jiff::civil::date;

use super::*;
use crate::config::Config;

fn rules(kind: InstitutionKind) -> Vec<Rule> {
    let config = Config::load(None).expect("defaults");
    config
        .suitability
        .in_force(kind.as_str(), date(2026, 11, 21))
}

/// Forty, employed, 8,000 yuan a month, no debts, 20,000 yuan for a washing machine and a sofa.
fn ordinary() -> Facts<'static> {
    Facts {
        lender: InstitutionKind::ConsumerFinance,
        age: 40,
        occupation: Occupation::Employed,
        studying: Studying::No,
        income: 800_000,
        debts: 0,
        supplied: Supplied::default(),
        instalment: 182_903,
        principal: 2_000_000,
        purpose: "electronics",
        scene: None,
    }
}

#[test]
fn each_fact_has_its_outcome_and_its_reason() {
    use Outcome::{Held, Pass, Refused};
    type Change = fn(&mut Facts<'static>);
    let cases: [(&str, Change, Outcome, &[Reason]); 22] = [
        ("ordinary", |_| {}, Pass, &[]),
        ("elder", |f| f.age = 62, Pass, &[]),
        ("minor", |f| f.age = 17, Refused, &[Reason::UnderAge]),
        (
            "student by occupation",
            |f| f.occupation = Occupation::Student,
            Refused,
            &[Reason::Student],
        ),
        (
            "student by answer",
            |f| f.studying = Studying::Yes,
            Refused,
            &[Reason::Student],
        ),
        ("55 % exactly", |f| f.debts = 440_000 - 182_903, Pass, &[]),
        (
            "a fen over 55 %",
            |f| f.debts = 440_001 - 182_903,
            Held,
            &[Reason::DebtService],
        ),
        (
            "70 % exactly",
            |f| f.debts = 560_000 - 182_903,
            Held,
            &[Reason::DebtService],
        ),
        (
            "over 70 %",
            |f| f.debts = 560_001 - 182_903,
            Refused,
            &[Reason::DebtService],
        ),
        ("no income", |f| f.income = 0, Held, &[Reason::NoIncome]),
        (
            "the lender knows of an income",
            |f| {
                f.income = 0;
                f.supplied.income = Some(800_000);
            },
            Pass,
            &[],
        ),
        (
            "declared far more than verified",
            |f| f.supplied.income = Some(500_000),
            Held,
            &[Reason::IncomeDiffers],
        ),
        (
            "verified income counts",
            |f| f.supplied.income = Some(250_000),
            Refused,
            &[Reason::DebtService],
        ),
        (
            "much credit elsewhere",
            |f| f.supplied.credit_total = Some(800_000 * 12 * 3 + 12),
            Held,
            &[Reason::CreditTotal],
        ),
        (
            "200,000 yuan with what stands here",
            |f| f.supplied.standing = Some(18_000_000),
            Pass,
            &[],
        ),
        (
            "a fen more",
            |f| f.supplied.standing = Some(18_000_001),
            Refused,
            &[Reason::CreditCeiling],
        ),
        (
            "a bank has no such ceiling",
            |f| {
                f.lender = InstitutionKind::Bank;
                f.supplied.standing = Some(90_000_000);
            },
            Pass,
            &[],
        ),
        (
            "stocks",
            |f| f.purpose = "stocks",
            Refused,
            &[Reason::PurposeForbidden],
        ),
        (
            "an unknown purpose",
            |f| f.purpose = "whatever",
            Refused,
            &[Reason::PurposeForbidden],
        ),
        (
            "another merchant",
            |f| {
                f.scene = Some(Scene {
                    mcc: 4722,
                    amount: None,
                });
            },
            Held,
            &[Reason::SceneOther],
        ),
        (
            "a purchase of a tenth",
            |f| {
                f.scene = Some(Scene {
                    mcc: 5732,
                    amount: Some(200_000),
                });
            },
            Held,
            &[Reason::SceneTooLarge],
        ),
        (
            "a refusal names no lesser reason",
            |f| {
                f.income = 0;
                f.purpose = "house";
                f.occupation = Occupation::Student;
            },
            Refused,
            &[Reason::Student, Reason::PurposeForbidden],
        ),
    ];
    for (name, change, outcome, reasons) in cases {
        let mut facts = ordinary();
        change(&mut facts);
        let assessed = assess(&facts, &rules(facts.lender));
        assert_eq!(
            (assessed.outcome, assessed.reasons.as_slice()),
            (outcome, reasons),
            "{name}"
        );
    }
}

#[test]
fn a_rule_may_have_a_students_second_repayer_looked_at_but_not_at_a_small_loan_company() {
    let mut facts = ordinary();
    facts.studying = Studying::Yes;
    let mut ask = rules(InstitutionKind::Bank);
    for rule in &mut ask {
        if rule.measure == Measure::Students {
            rule.action = RuleAction::Ask;
        }
    }
    for (lender, outcome, reason) in [
        (
            InstitutionKind::Bank,
            Outcome::Held,
            Reason::StudentSecondRepayer,
        ),
        (
            InstitutionKind::ConsumerFinance,
            Outcome::Held,
            Reason::StudentSecondRepayer,
        ),
        (
            InstitutionKind::SmallLoan,
            Outcome::Refused,
            Reason::Student,
        ),
    ] {
        facts.lender = lender;
        let assessed = assess(&facts, &ask);
        assert_eq!(
            (assessed.outcome, assessed.reasons),
            (outcome, vec![reason])
        );
        // Without any rule about students, the careful answer.
        assert_eq!(assess(&facts, &[]).outcome, Outcome::Refused);
    }
}

#[test]
fn figures_of_any_size_are_reckoned() {
    let mut facts = ordinary();
    (facts.income, facts.debts, facts.instalment) = (i64::MAX, i64::MAX, i64::MAX);
    (facts.principal, facts.supplied.standing) = (i64::MAX, Some(i64::MAX));
    facts.supplied.credit_total = Some(i64::MAX);
    let assessed = assess(&facts, &rules(facts.lender));
    assert_eq!(assessed.outcome, Outcome::Refused);
    facts.income = i64::MIN;
    assert_eq!(
        assess(&facts, &rules(facts.lender)).outcome,
        Outcome::Refused
    );
}

#[test]
fn rules_count_only_within_their_dates() {
    let config = Config::load(None).expect("defaults");
    let ceilings = |day| {
        let rules = config.suitability.in_force("consumer_finance", day);
        rules
            .iter()
            .filter(|rule| rule.measure == Measure::CreditCeiling)
            .count()
    };
    assert_eq!(ceilings(date(2024, 4, 17)), 0);
    assert_eq!(ceilings(date(2024, 4, 18)), 1);
}

#[test]
fn nobody_reviews_their_own_decision_and_nothing_is_decided_twice() {
    let review = Review {
        id: ReviewId::stored("rev_x".into()),
        case: "jny_x".into(),
        subject: SubjectId::stored("sub_x".into()),
        step: Step::Affordability,
        cause: Cause::Asked,
        decided_by: Some("stf_a".into()),
        asked_at_ms: 0,
        due_at_ms: 10,
        verdict: None,
        words: None,
        reviewer: None,
        closed_at_ms: None,
    };
    let close = |review: &Review, who: &str, words: &str| {
        review.clone().close(who, Verdict::Pass, words, 5)
    };
    assert_eq!(
        close(&review, "stf_a", "看过了，可以通过"),
        Err(Refused::OwnDecision)
    );
    assert_eq!(close(&review, "stf_b", " 好 "), Err(Refused::WordsLength));
    let closed = close(&review, "stf_b", " 看过了，可以通过 ").expect("closed");
    assert_eq!(closed.words.as_deref(), Some("看过了，可以通过"));
    assert_eq!(
        close(&closed, "stf_c", "看过了，可以通过"),
        Err(Refused::ReviewClosed)
    );
}

#[test]
fn an_assessment_covers_no_more_than_it_was_made_of() {
    let of = |principal, instalment| Burden {
        principal,
        instalment,
    };
    let assessed = of(2_000_000, 182_903);
    for (burden, covered) in [
        (assessed, true),
        (of(1_000_000, 100_000), true),
        (of(2_000_001, 100_000), false),
        (of(1_000_000, 182_904), false),
    ] {
        assert_eq!(assessed.covers(burden), covered, "{burden:?}");
    }
}
