//! Published examples hold to their published decimals.

use cost::vectors::{VectorError, check};

#[test]
fn every_vector_holds() {
    let report = check(include_str!("vectors/apr_examples.tsv")).unwrap();
    assert_eq!((report.passed, report.failed), (36, 0), "{report}");
    assert!(report.to_string().ends_with("36 passed, 0 failed"));
}

const HEAD: &str =
    "id\tsource\tmethod\tperiods_per_year\tflows_json\texpected_pct\tdecimals\tkind\tnote\n";

fn one(line: &str) -> Result<cost::vectors::Report, VectorError> {
    check(&format!("{HEAD}{line}\n"))
}

#[test]
fn a_wrong_figure_fails_and_says_so() {
    let report = one("a\t-\tregz\t12\t[[0,0,5000,1,1],[1,0,-230,24,1]]\t9.70\t2\t-\t").unwrap();
    assert_eq!((report.passed, report.failed), (0, 1));
    assert!(
        report.lines[0]
            .to_string()
            .starts_with("FAIL a regz expected 9.70% got 9.69%")
    );
    let report =
        one("a\t-\tregz\t12\t[[0,0,5000,1,1],[1,0,-230,24,1]]\t9.70\t2\t-\ttolerance=0.02")
            .unwrap();
    assert_eq!(report.passed, 1);
}

#[test]
fn a_vector_without_a_rate_fails_with_the_reason() {
    let report =
        one("a\t-\tcn_simple\t1\t[[0,0,-100,1,1],[1,0,230,1,1],[2,0,-132,1,1]]\t10\t2\t-\t")
            .unwrap();
    assert_eq!(report.failed, 1);
    assert!(
        report.to_string().contains("2 rates (10.0000%, 20.0000%)"),
        "{report}"
    );
}

#[test]
fn faulty_files_are_refused_by_line() {
    assert!(matches!(
        check(""),
        Err(VectorError::NoColumn { column: "id" })
    ));
    assert!(matches!(
        check("id\tmethod\n"),
        Err(VectorError::NoColumn {
            column: "periods_per_year"
        })
    ));
    for line in [
        "a\t-\tirr\t12\t[]\t1\t2\t-\t",
        "a\t-\teu\t0\t[]\t1\t2\t-\t",
        "a\t-\teu\t1/0\t[]\t1\t2\t-\t",
        "a\t-\teu\t1\t{}\t1\t2\t-\t",
        "a\t-\teu\t1\t[[0,0,1,1]]\t1\t2\t-\t",
        "a\t-\teu\t1\t[[0,0,1,1e9,1]]\t1\t2\t-\t",
        "a\t-\teu\t1\t[[-1,0,1,1,1]]\t1\t2\t-\t",
        "a\t-\tregz\t1\t[[\"1/2\",0,1,1,1]]\t1\t2\t-\t",
        "a\t-\teu\t1\t[]\tx\t2\t-\t",
        "a\t-\teu\t1\t[]\t1\t99\t-\t",
        "a",
    ] {
        assert!(
            matches!(one(line), Err(VectorError::Line { line: 2, .. })),
            "{line}"
        );
    }
}
