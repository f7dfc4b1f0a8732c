//! What others made: OpenSSL's tokens, pyHanko's signatures, qpdf's object streams.

use pades::timestamp::{TimestampError, Token};
use pades::{
    CmsError, Finding, KeyKind, LocalSigner, PrivateKey, Trust, read_pem, reserve, sign, verify,
};

use crate::house::{House, NOON, PACKED, both, request};

const CA: &str = include_str!("../fixtures/outside/ca.pem");
const SIGNER: &str = include_str!("../fixtures/outside/signer.pem");
const SIGNER_KEY: &[u8] = include_bytes!("../fixtures/outside/signer.p8");
const TWICE: &[u8] = include_bytes!("../fixtures/outside/pyhanko.pdf");
const TOKENS: [&[u8]; 2] = [
    include_bytes!("../fixtures/outside/openssl.tsr"),
    include_bytes!("../fixtures/outside/openssl-sha1.tsr"),
];

/// The day after the files were made.
const LATER: i64 = NOON + 86_400;

fn trust() -> Trust {
    let anchors = read_pem(CA).unwrap();
    Trust {
        timestamp_anchors: anchors.clone(),
        anchors,
        crls: Vec::new(),
    }
}

#[test]
fn tokens_of_openssl_hold() {
    for answer in TOKENS {
        // The answer's status, granted without a word, takes seven bytes after the outer header.
        let token = Token::read(&answer[9..]).unwrap();
        assert_eq!(token.policy(), "1.2.3.4.1");
        let service = token
            .check_over(b"stamped by OpenSSL", &trust(), LATER)
            .unwrap();
        assert_eq!(service.common_name().as_deref(), Some("Outside Clock"));
        let other = token.check_over(b"stamped by openssl", &trust(), LATER);
        assert!(matches!(other, Err(TimestampError::Imprint)));
    }
}

#[test]
fn signatures_of_pyhanko_hold() {
    let report = verify(TWICE, &trust(), LATER).unwrap();
    assert!(report.holds(), "{report:?}");
    let [first, second] = &report.signatures[..] else {
        panic!("two signatures");
    };
    assert_eq!(first.signer.as_ref().unwrap().key_kind(), KeyKind::Rsa);
    assert_eq!(first.stamped_at_s, None);
    assert!(
        second
            .stamped_at_s
            .is_some_and(|at_s| at_s > NOON && at_s < LATER)
    );
    let mut flipped = TWICE.to_vec();
    flipped[60] ^= 1;
    if let Ok(report) = verify(&flipped, &trust(), LATER) {
        let digest = Finding::Signature(CmsError::Digest);
        assert!(
            report
                .signatures
                .iter()
                .all(|one| one.findings.contains(&digest))
        );
    }
}

#[test]
fn packed_documents_are_signed_like_others() {
    let house = House::at(NOON);
    let fields = both();
    let reserved = reserve(PACKED, &fields).unwrap();
    let once = sign(
        &reserved,
        &request(&fields[0], "a", NOON),
        &house.seal,
        None,
    )
    .unwrap();
    let twice = sign(&once, &request(&fields[1], "b", NOON), &house.seal, None).unwrap();
    assert!(twice.starts_with(PACKED));
    let report = verify(&twice, &house.trust, NOON).unwrap();
    assert!(report.holds(), "{report:?}");
}

#[test]
fn rsa_signs_too() {
    let chain = [read_pem(SIGNER).unwrap(), read_pem(CA).unwrap()].concat();
    let signer = LocalSigner::new(PrivateKey::rsa(SIGNER_KEY).unwrap(), chain).unwrap();
    let pdf = sign(PACKED, &request(&both()[0], "a", LATER), &signer, None).unwrap();
    let report = verify(&pdf, &trust(), LATER).unwrap();
    assert!(report.holds(), "{report:?}");
}
