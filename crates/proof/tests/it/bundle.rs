use proof::bundle::{BundleError, Code, Contents, Document, Trust, Verdict, verify, write};
use proof::checkpoint::{self, Checkpoint, Signer};
use proof::fact::Fact;
use serde_json::{Value, json};

use crate::sample::{self, ORIGIN, journey, log_signer, manifest_signer, trust, witness};

fn written(contents: &Contents) -> Vec<u8> {
    write(contents, &manifest_signer()).unwrap()
}

/// One way to spoil contents.
pub type Spoil = fn(&mut Contents);

/// The findings for contents that don't hold, as part and code.
pub fn refused(contents: &Contents) -> Vec<(String, Code)> {
    match write(contents, &manifest_signer()) {
        Err(BundleError::Unsound(findings)) => findings
            .into_iter()
            .map(|finding| (finding.part, finding.code))
            .collect(),
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_trusted_bundle_is_proved() {
    let bytes = written(&journey());
    let report = verify(&bytes, &trust());
    assert_eq!(report.failures, []);
    assert_eq!(report.verdict, Verdict::Proved);
    assert_eq!(report.institution.as_deref(), Some("anhe"));
    assert_eq!(report.case.as_deref(), Some("jny_1"));
    assert_eq!(report.origin.as_deref(), Some(ORIGIN));
    assert_eq!(report.tree_size, Some(5));
    let facts: Vec<_> = report
        .facts
        .iter()
        .map(|fact| (fact.no, fact.index))
        .collect();
    assert_eq!(facts, [(1, 0), (2, 2), (3, 4)]);
    assert_eq!(report.documents[0].bound_by, [2]);
    assert_eq!(report.timestamps, ["checkpoint.tsr"]);
    assert_eq!(report.witnesses[0].name, "witness.example/w1");
    let codes =
        |list: &[proof::bundle::Statement]| list.iter().map(|one| one.code).collect::<Vec<_>>();
    assert_eq!(
        codes(&report.proved),
        [
            "files_intact",
            "complete_up_to",
            "in_log",
            "log_signed",
            "manifest_signed",
            "witnessed",
            "documents_bound"
        ]
    );
    assert_eq!(
        codes(&report.not_proved),
        ["truth", "clock", "after", "twin", "timestamps"]
    );
    let complete = &report.proved[1];
    assert!(
        complete.en.contains("Complete up to 3") && complete.en.contains("nothing proved after")
    );
    assert!(complete.zh.contains("第 3 条"));
}

#[test]
fn without_anchors_the_signer_is_unknown() {
    let bytes = written(&journey());
    let report = verify(&bytes, &Trust::none());
    assert_eq!(
        (report.verdict, report.failures.len()),
        (Verdict::Consistent, 0)
    );
    let codes: Vec<_> = report.not_proved.iter().map(|one| one.code).collect();
    assert_eq!(
        codes,
        [
            "truth",
            "clock",
            "after",
            "twin",
            "log_unknown",
            "manifest_unknown",
            "no_witness",
            "timestamps"
        ]
    );
}

#[test]
fn both_signers_must_be_trusted() {
    let bytes = written(&journey());
    for own in [log_signer(), manifest_signer()] {
        let mut trust = Trust::none();
        trust.add(own.verifier());
        assert_eq!(verify(&bytes, &trust).verdict, Verdict::Consistent);
    }
    // A stranger's key under the log's name is no anchor.
    let mut trust = trust();
    let stranger = Signer::from_seed(ORIGIN, &[9; 32]).unwrap();
    let mut contents = journey();
    let (head, _) = checkpoint::verify(&contents.checkpoint, &[log_signer().verifier()]).unwrap();
    contents.checkpoint = checkpoint::sign(&head, &stranger).unwrap();
    contents.log_key = stranger.verifier();
    let forged = written(&contents);
    assert_eq!(verify(&forged, &trust).verdict, Verdict::Consistent);
    trust.add(stranger.verifier());
    assert_eq!(verify(&forged, &trust).verdict, Verdict::Proved);
}

#[test]
fn the_log_key_may_sign_the_manifest_but_a_stranger_not() {
    let contents = journey();
    let bytes = write(&contents, &log_signer()).unwrap();
    assert_eq!(verify(&bytes, &trust()).verdict, Verdict::Proved);
    for name in [
        "xiaobao.example/log/an",
        "xiaobao.example/log/anhe2",
        "witness.example/w1",
    ] {
        let stranger = Signer::from_seed(name, &[4; 32]).unwrap();
        let Err(BundleError::Unsound(findings)) = write(&contents, &stranger) else {
            panic!("{name}")
        };
        assert_eq!(findings[0].code, Code::SignerNameWrong);
        assert_eq!(findings[0].part, "keys/manifest.vkey");
    }
}

#[test]
fn a_trusted_witness_must_hold() {
    let mut contents = journey();
    let bytes = written(&contents);
    assert_eq!(verify(&bytes, &trust()).witnesses.len(), 1);
    // A cosignature over another time than it states.
    let mut note =
        proof::note::Note::parse(&checkpoint::sign(&head(&contents), &log_signer()).unwrap())
            .unwrap();
    let mut line = witness().cosign(note.text(), 7);
    line.signature[7] ^= 1;
    note.push(line);
    contents.checkpoint = note.to_text();
    let bytes = written(&contents);
    let report = verify(&bytes, &trust());
    assert_eq!(report.verdict, Verdict::Failed);
    assert_eq!(report.failures[0].code, Code::CheckpointSignatureWrong);
    assert_eq!(report.failures[0].part, "checkpoint");
    assert_eq!((report.proved.len(), report.witnesses.len()), (0, 0));
    // Who does not know the witness passes its line over.
    assert_eq!(verify(&bytes, &Trust::none()).verdict, Verdict::Consistent);
}

fn head(contents: &Contents) -> Checkpoint {
    checkpoint::verify(&contents.checkpoint, &[log_signer().verifier()])
        .unwrap()
        .0
}

#[test]
fn every_break_in_the_case_is_named() {
    let breaks: [(&str, Spoil, &str, Code); 12] = [
        (
            "missing middle",
            |c| drop(c.facts.remove(1)),
            "facts/000002.json",
            Code::NumberGap,
        ),
        (
            "missing first",
            |c| drop(c.facts.remove(0)),
            "facts/000001.json",
            Code::NumberGap,
        ),
        ("no facts", |c| c.facts.clear(), "facts", Code::NoFacts),
        (
            "salt",
            |c| c.facts[0].salt[0] ^= 1,
            "facts/000001.json",
            Code::NotInLog,
        ),
        (
            "index",
            |c| c.facts[1].index = 3,
            "facts/000002.json",
            Code::NotInLog,
        ),
        (
            "index outside",
            |c| c.facts[1].index = 99,
            "facts/000002.json",
            Code::NotInLog,
        ),
        (
            "path",
            |c| c.facts[1].path[0][0] ^= 1,
            "facts/000002.json",
            Code::NotInLog,
        ),
        (
            "path long",
            |c| c.facts[1].path.push([0; 32]),
            "facts/000002.json",
            Code::NotInLog,
        ),
        (
            "path absurd",
            |c| c.facts[1].path = vec![[0; 32]; 63],
            "proofs/000002.json",
            Code::ProofMalformed,
        ),
        (
            "case",
            |c| c.case = "jny_2".into(),
            "facts/000001.json",
            Code::OtherCase,
        ),
        (
            "institution",
            |c| c.institution = "other".into(),
            "facts/000001.json",
            Code::OtherInstitution,
        ),
        (
            "checkpoint",
            |c| c.checkpoint = c.checkpoint.replacen("\n5\n", "\n6\n", 1),
            "checkpoint",
            Code::CheckpointSignatureWrong,
        ),
    ];
    for (name, spoil, part, code) in breaks {
        let mut contents = journey();
        spoil(&mut contents);
        let found = refused(&contents);
        assert!(
            found.contains(&(part.to_owned(), code)),
            "{name}: {found:?}"
        );
    }
}

#[test]
fn a_changed_fact_is_not_in_the_log() {
    let mut contents = journey();
    let mut fact = Fact::parse(&contents.facts[2].bytes).unwrap();
    fact.data = json!({"answers": 1});
    contents.facts[2].bytes = fact.to_bytes().unwrap();
    assert!(refused(&contents).contains(&("facts/000003.json".into(), Code::NotInLog)));
}

#[test]
fn a_fact_that_links_elsewhere_breaks_the_case() {
    // The log itself holds a fact with a wrong link: in the log, yet no chain.
    let mut log = sample::Log::new();
    let mut journey = sample::case("jny_1");
    let first = log.append(&mut journey, "journey.created.v1", json!({}));
    journey.prev = Some([7; 32]);
    let second = log.append(&mut journey, "journey.completed.v1", json!({}));
    let found = refused(&log.contents(&[first, second]));
    assert_eq!(found, [("facts/000002.json".into(), Code::LinkBroken)]);
}

#[test]
fn a_fork_of_a_case_is_refused_by_its_number() {
    let mut log = sample::Log::new();
    let mut journey = sample::case("jny_1");
    let first = log.append(&mut journey, "journey.created.v1", json!({}));
    journey.next = 1;
    journey.prev = None;
    let twin = log.append(&mut journey, "journey.created.v1", json!({"twin": 1}));
    let doubled = write(&log.contents(&[first, twin]), &manifest_signer());
    assert!(matches!(doubled, Err(BundleError::Number(1))));
}

#[test]
fn a_clock_that_ran_backwards_is_told_not_failed() {
    let mut log = sample::Log::new();
    let mut journey = sample::case("jny_1");
    let first = log.append(&mut journey, "journey.created.v1", json!({}));
    let mut early = Fact::parse(&log.facts[first].0).unwrap();
    early.case_no = 2;
    early.prev = Some(log.commitment(first));
    early.at_ms -= 1;
    log.facts.push((early.to_bytes().unwrap(), [8; 32]));
    let report = verify(&written(&log.contents(&[first, first + 1])), &trust());
    assert_eq!(report.verdict, Verdict::Proved);
    let told = report
        .not_proved
        .iter()
        .find(|one| one.code == "clock_backwards")
        .unwrap();
    assert!(told.en.contains("2") && told.zh.contains("2"));
}

#[test]
fn documents_must_be_bound_by_a_whole_string() {
    let mut contents = journey();
    contents.documents.push(Document {
        name: "loose.txt".into(),
        media_type: "text/plain".into(),
        bytes: b"nobody names this".to_vec(),
    });
    assert_eq!(
        refused(&contents),
        [("documents/loose.txt".into(), Code::DocumentUnbound)]
    );
    // The key of a member is no statement about its value.
    let mut log = sample::Log::new();
    let mut journey = sample::case("jny_1");
    let digest = proof::hex::encode(&proof::digest::sha256(sample::DOCUMENT));
    let first = log.append(
        &mut journey,
        "journey.created.v1",
        Value::from_iter([(digest, 1)]),
    );
    let mut keyed = log.contents(&[first]);
    keyed.documents = self::journey().documents;
    assert_eq!(
        refused(&keyed),
        [("documents/cost-sheet.txt".into(), Code::DocumentUnbound)]
    );
}

#[test]
fn file_names_are_safe() {
    for name in [
        "",
        "../x",
        "a/b",
        ".hidden",
        "合同.pdf",
        "a b",
        "x".repeat(200).as_str(),
        "cost-sheet.txt",
        "COST-sheet.txt",
    ] {
        let mut contents = journey();
        let mut twin = contents.documents[0].clone();
        twin.name = name.to_owned();
        contents.documents.push(twin);
        let refused = write(&contents, &manifest_signer());
        assert!(matches!(refused, Err(BundleError::Name(_))), "{name}");
    }
    let mut contents = journey();
    contents.documents[0].media_type = "nonsense".into();
    assert_eq!(
        refused(&contents),
        [("documents/cost-sheet.txt".into(), Code::MediaTypeWrong)]
    );
}

#[test]
fn equal_contents_give_equal_bytes() {
    let mut shuffled = journey();
    shuffled.facts.reverse();
    assert_eq!(written(&journey()), written(&shuffled));
}

#[test]
fn reports_read_in_both_languages_and_as_json() {
    let report = verify(&written(&journey()), &trust());
    let text = report.to_string();
    for part in [
        "已证明",
        "PROVED",
        "cost-sheet.txt",
        "2026-11-21 18:00:00.000 +08:00",
        "nothing proved after",
    ] {
        assert!(text.contains(part), "{part}: {text}");
    }
    let json = serde_json::to_value(&report).unwrap();
    assert_eq!(json["verdict"], "proved");
    assert_eq!(json["documents"][0]["bound_by"], json!([2]));
    let failed = verify(b"not a zip", &trust());
    let json = serde_json::to_value(&failed).unwrap();
    assert_eq!(json["failures"][0]["code"], "container_end");
    assert_eq!(json["failures"][0]["part"], "container/end");
    for code in Code::ALL {
        let (zh, en) = code.texts();
        assert!(!zh.is_ascii() && en.is_ascii(), "{code:?}");
    }
}
