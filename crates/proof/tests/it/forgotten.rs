use proof::bundle::{Code, Verdict, verify, write};
use proof::fact::FORGOTTEN;
use serde_json::json;

use crate::bundle::{Spoil, refused};
use crate::sample::{self, case, forgotten, manifest_signer, trust};

#[test]
fn a_declared_gap_is_proved_to_be_one() {
    let report = verify(&write(&forgotten(), &manifest_signer()).unwrap(), &trust());
    assert_eq!((report.verdict, report.failures), (Verdict::Proved, vec![]));
    assert_eq!(report.facts[1].kind, None);
    let told = report
        .proved
        .iter()
        .find(|one| one.code == "forgotten")
        .unwrap();
    assert!(told.en.contains("2 was destroyed"), "{}", told.en);
    assert!(
        report
            .not_proved
            .iter()
            .all(|one| one.code != "forgotten_unlinked")
    );
}

#[test]
fn an_undeclared_gap_is_refused() {
    let breaks: [(&str, Spoil, &str, Code); 7] = [
        (
            "other declaration",
            |c| c.forgotten[0].by = 0,
            "forgotten/000002.json",
            Code::ForgottenUndeclared,
        ),
        (
            "no declaration",
            |c| c.forgetting.clear(),
            "forgotten/000002.json",
            Code::ForgottenUndeclared,
        ),
        (
            "other commitment",
            |c| c.forgotten[0].commitment[0] ^= 1,
            "forgotten/000002.json",
            Code::NotInLog,
        ),
        (
            "other number",
            |c| c.forgotten[0].case_no = 9,
            "facts/000002.json",
            Code::NumberGap,
        ),
        (
            "number in use",
            |c| c.forgotten[0].case_no = 3,
            "forgotten/000003.json",
            Code::NumberTwice,
        ),
        (
            "unused declaration",
            |c| c.forgotten.clear(),
            "forgetting/000001.fact.json",
            Code::ForgettingUnused,
        ),
        (
            "declaration not in the log",
            |c| c.forgetting[0].salt[0] ^= 1,
            "forgetting/000001.fact.json",
            Code::NotInLog,
        ),
    ];
    for (name, spoil, part, code) in breaks {
        let mut contents = forgotten();
        spoil(&mut contents);
        let found = refused(&contents);
        assert!(
            found.contains(&(part.to_owned(), code)),
            "{name}: {found:?}"
        );
    }
}

#[test]
fn the_next_fact_must_link_to_the_forgotten_one() {
    // Another forgotten entry of the same log, put at this case's gap.
    let mut log = sample::Log::new();
    let (mut journey, mut other) = (case("jny_1"), case("jny_2"));
    let first = log.append(&mut journey, "journey.created.v1", json!({}));
    let stray = log.append(&mut other, "journey.created.v1", json!({}));
    let second = log.append(&mut journey, "journey.opened.v1", json!({}));
    let third = log.append(&mut journey, "journey.completed.v1", json!({}));
    let by = log.append(&mut other, FORGOTTEN, json!({"indexes": [stray, second]}));
    let mut contents = log.contents(&[first, third]);
    contents.forgetting.push(log.proved(by));
    let mut gone = forgotten().forgotten.remove(0);
    (gone.commitment, gone.index, gone.path, gone.by) = (
        log.commitment(stray),
        stray as u64,
        log.path(stray),
        by as u64,
    );
    contents.forgotten.push(gone);
    assert_eq!(
        refused(&contents),
        [("facts/000003.json".into(), Code::LinkBroken)]
    );
}

#[test]
fn the_last_fact_can_not_be_forgotten_and_runs_are_told() {
    let mut log = sample::Log::new();
    let mut journey = case("jny_1");
    let created = log.append(&mut journey, "journey.created.v1", json!({}));
    let gone = [
        log.append(&mut journey, "journey.opened.v1", json!({})),
        log.append(&mut journey, "journey.read.v1", json!({})),
    ];
    let by = log.append(&mut journey, FORGOTTEN, json!({"indexes": gone}));
    let with = |facts: &[usize]| {
        let mut contents = log.contents(facts);
        for (index, case_no) in gone.into_iter().zip(2..) {
            let mut one = forgotten().forgotten.remove(0);
            (one.case_no, one.by, one.index) = (case_no, by as u64, index as u64);
            (one.commitment, one.path) = (log.commitment(index), log.path(index));
            contents.forgotten.push(one);
        }
        contents
    };
    // The declaration may be a fact of the case itself.
    let report = verify(
        &write(&with(&[created, by]), &manifest_signer()).unwrap(),
        &trust(),
    );
    assert_eq!(report.verdict, Verdict::Proved);
    let told = report
        .not_proved
        .iter()
        .find(|one| one.code == "forgotten_unlinked")
        .unwrap();
    assert!(told.en.contains("fact 2 belonged"), "{}", told.en);
    let mut last = with(&[created]);
    last.forgetting.push(log.proved(by));
    let found = refused(&last);
    assert!(
        found.contains(&("forgotten/000003.json".into(), Code::ForgottenLast)),
        "{found:?}"
    );
}
