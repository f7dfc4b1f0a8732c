use proof::fact::{Fact, FactError, MAX_BYTES, Seat, commitment, entry};
use proof::{digest, hex};
use serde_json::json;

fn fact() -> Fact {
    Fact {
        kind: "disclosure.sheet_confirmed.v1".into(),
        institution: "anhe".into(),
        case: "jny_1".into(),
        case_no: 2,
        prev: Some([0xab; 32]),
        at_ms: 1_795_255_200_000,
        seat: Seat {
            kind: "customer".into(),
            id: "cus_1".into(),
        },
        data: json!({"terms": "t", "amount": 2_000_000}),
    }
}

#[test]
fn bytes_are_pinned() {
    let prev = "ab".repeat(32);
    let wanted = format!(
        r#"{{"at_ms":1795255200000,"case":"jny_1","case_no":2,"data":{{"amount":2000000,"terms":"t"}},"institution":"anhe","kind":"disclosure.sheet_confirmed.v1","prev":"{prev}","seat":{{"id":"cus_1","kind":"customer"}},"v":1}}"#
    );
    let bytes = fact().to_bytes().unwrap();
    assert_eq!(String::from_utf8(bytes.clone()).unwrap(), wanted);
    assert_eq!(Fact::parse(&bytes).unwrap(), fact());
}

#[test]
fn commitment_and_entry_are_what_the_format_says() {
    let salt = [7; 32];
    let by_hand = [b"xiaobao/fact/v1".as_slice(), &salt, b"{}"].concat();
    let digest = commitment(&salt, b"{}");
    assert_eq!(digest, digest::sha256(&by_hand));
    assert_eq!(
        hex::encode(&entry(&digest)),
        format!("01{}", hex::encode(&digest))
    );
}

#[test]
fn digests_match_their_standards() {
    let sm3_abc = "66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0";
    assert_eq!(hex::encode(&digest::sm3(b"abc")), sm3_abc);
    let sha256_abc = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
    assert_eq!(hex::encode(&digest::sha256(b"abc")), sha256_abc);
    assert_eq!(hex::decode32(sha256_abc), Some(digest::sha256(b"abc")));
    for bad in [
        &sha256_abc.to_uppercase(),
        &sha256_abc[1..],
        &sha256_abc.replace('b', "g"),
    ] {
        assert_eq!(hex::decode32(bad), None);
    }
}

#[test]
fn each_rule_is_kept() {
    type Spoil = fn(&mut Fact);
    let broken: [(&str, Spoil); 14] = [
        ("kind", |fact| fact.kind = "Complaint.resolved.v1".into()),
        ("kind", |fact| fact.kind = "complaint.resolved".into()),
        ("kind", |fact| fact.kind = "complaint.resolved.v0".into()),
        ("kind", |fact| fact.kind = "resolved.v1".into()),
        ("kind", |fact| fact.kind = "complaint..resolved.v1".into()),
        ("institution", |fact| fact.institution = String::new()),
        ("case", |fact| fact.case = "合同".into()),
        ("case", |fact| fact.case = "x".repeat(129)),
        ("case_no", |fact| fact.case_no = 0),
        ("prev", |fact| fact.prev = None),
        ("prev", |fact| fact.case_no = 1),
        ("at_ms", |fact| fact.at_ms = -1),
        ("seat", |fact| fact.seat.id = "a b".into()),
        ("data", |fact| fact.data = json!([])),
    ];
    for (field, spoil) in broken {
        let mut fact = fact();
        spoil(&mut fact);
        let why = fact.to_bytes().unwrap_err();
        assert!(
            matches!(why, FactError::Field(name) if name == field),
            "{field}: {why}"
        );
    }
}

#[test]
fn size_is_bounded() {
    let mut fact = fact();
    fact.data = json!({"text": ""});
    let room = MAX_BYTES - fact.to_bytes().unwrap().len();
    fact.data = json!({"text": "x".repeat(room)});
    assert_eq!(fact.to_bytes().unwrap().len(), MAX_BYTES);
    fact.data = json!({"text": "x".repeat(room + 1)});
    assert!(matches!(fact.to_bytes(), Err(FactError::TooLarge(_))));
    assert!(matches!(
        Fact::parse(&vec![b' '; MAX_BYTES + 1]),
        Err(FactError::TooLarge(_))
    ));
}

#[test]
fn only_exact_keys_are_read() {
    let good = String::from_utf8(fact().to_bytes().unwrap()).unwrap();
    for (from, to) in [
        ("\"v\":1", "\"v\":2"),
        (",\"v\":1", ""),
        ("\"v\":1", "\"v\":1,\"w\":1"),
        (
            "\"kind\":\"customer\"",
            "\"kind\":\"customer\",\"name\":\"x\"",
        ),
        ("\"at_ms\":1795255200000", "\"at_ms\":\"1795255200000\""),
        (&format!("\"prev\":\"{}\",", "ab".repeat(32)), ""),
        ("\"abab", "\"ABab"),
        ("\"amount\":2000000", "\"amount\":2000000.5"),
    ] {
        let bad = good.replacen(from, to, 1);
        assert_ne!(bad, good, "{from}");
        assert!(Fact::parse(bad.as_bytes()).is_err(), "{bad}");
    }
}

#[test]
fn forgotten_indexes_ascend() {
    let mut fact = fact();
    assert_eq!(fact.forgotten_indexes().unwrap(), None);
    fact.kind = proof::fact::FORGOTTEN.into();
    fact.data = json!({"indexes": [3, 5], "subject": "sub_1"});
    assert_eq!(fact.forgotten_indexes().unwrap(), Some(vec![3, 5]));
    for bad in [
        json!({}),
        json!({"indexes": [5, 3]}),
        json!({"indexes": [3, 3]}),
        json!({"indexes": [-1]}),
    ] {
        fact.data = bad;
        assert!(fact.forgotten_indexes().is_err());
    }
}
