use pades::{
    Authority, Certificate, CertificateError, ChainError, Crl, Finding, IssueError, KeyError,
    LocalSigner, Order, PrivateKey, Reason, Revoked, SignError, Signer, Subject, Usage, Validity,
    read_pem, sign, to_pem, verify,
};

use crate::house::{House, NOON, SHEET, both, bytes, key, request};

const VALIDITY: Validity = Validity {
    not_before_s: NOON - 10,
    not_after_s: NOON + 1000,
};

fn order<'a>(subject: &'a Subject, public_key: &'a [u8], usage: Usage) -> Order<'a> {
    Order {
        subject,
        usage,
        public_key,
        serial: bytes("serial"),
        validity: VALIDITY,
        uris: &[],
    }
}

/// What a signature by this signer is judged at `at_s`.
fn judged(house: &House, signer: &dyn Signer, at_s: i64) -> Option<Finding> {
    let field = &both()[0];
    let pdf = sign(SHEET, &request(field, "a", NOON), signer, None).unwrap();
    let report = verify(&pdf, &house.trust, at_s).unwrap();
    report.signatures[0].findings.first().cloned()
}

#[test]
fn a_certificate_says_what_was_ordered() {
    let house = House::at(NOON);
    let signer = house.borrower("act");
    let [own, issuing, root] = signer.chain() else {
        panic!("three certificates");
    };
    assert_eq!(own.common_name().as_deref(), Some("周*"));
    assert_eq!(own.subject_serial_number().as_deref(), Some("idc-act"));
    assert_eq!(own.organization(), None);
    assert_eq!(own.uris().len(), 2);
    assert_eq!(own.not_before_s(), NOON - 300);
    assert_eq!(own.not_after_s(), NOON + 3600);
    assert_eq!(own.public_key(), key("act").public_key());
    assert_eq!(issuing.organization().as_deref(), Some("Example House"));
    let text: String = signer.chain().iter().map(to_pem).collect();
    assert_eq!(
        read_pem(&text).unwrap(),
        [own.clone(), issuing.clone(), root.clone()]
    );
    assert!(text.lines().all(|line| line.len() <= 64));
}

#[test]
fn orders_that_make_no_certificate_are_refused() {
    let house = House::at(NOON);
    let public = key("x").public_key();
    let issue = |subject: &Subject, public: &[u8]| {
        house.issuing.issue(&order(subject, public, Usage::Seal))
    };
    let good = Subject::named("x");
    assert!(issue(&good, &public).is_ok());
    let country = |text: &str| Subject {
        country: Some(text.into()),
        ..good.clone()
    };
    let number = Subject {
        serial_number: Some("号".into()),
        ..good.clone()
    };
    for bad in [
        Subject::named(""),
        Subject::named(&"x".repeat(201)),
        country("cn"),
        country("CHN"),
        number,
    ] {
        let refused = issue(&bad, &public);
        assert!(matches!(refused, Err(IssueError::Order(_))), "{bad:?}");
    }
    let refused = issue(&good, b"no key");
    assert!(matches!(
        refused,
        Err(IssueError::Order(CertificateError::Key))
    ));
    let seal = house.seal.chain().to_vec();
    let none = Authority::open(key("seal"), seal);
    assert!(matches!(none, Err(IssueError::NotAuthority)));
    let chain = house.issuing.chain().to_vec();
    assert!(Authority::open(key("issuing"), chain.clone()).is_ok());
    assert!(Authority::open(key("root"), chain).is_err());
}

#[test]
fn a_signer_is_its_certificates_own() {
    let house = House::at(NOON);
    let chain = house.seal.chain().to_vec();
    let wrong = LocalSigner::new(key("other"), chain);
    assert!(matches!(wrong, Err(SignError::Certificate)));
    assert!(PrivateKey::p256(&[0; 32]).is_err());
    let stuck = PrivateKey::p256_drawn(|| [0xff; 32]);
    assert!(matches!(stuck, Err(KeyError::Unusable)));
    assert!(PrivateKey::rsa(b"no key").is_err());
    assert_eq!(format!("{:?}", key("seal")), "PrivateKey(P-256)");
}

#[test]
fn a_certificate_counts_in_its_time_and_for_its_use() {
    let house = House::at(NOON);
    let borrower = house.borrower("act");
    assert_eq!(judged(&house, &borrower, NOON), None);
    for at_s in [NOON - 301, NOON + 3601] {
        let found = judged(&house, &borrower, at_s);
        assert_eq!(found, Some(Finding::Chain(ChainError::Expired)));
    }
    let stamping = key("x");
    let subject = Subject::named("x");
    let public = stamping.public_key();
    let wrong = order(&subject, &public, Usage::Timestamping);
    let signer = LocalSigner::new(stamping, house.issuing.issue(&wrong).unwrap()).unwrap();
    let found = judged(&house, &signer, NOON);
    assert_eq!(found, Some(Finding::Chain(ChainError::Usage)));
}

#[test]
fn only_authorities_issue() {
    let house = House::at(NOON);
    let subject = Subject::named("x");
    let public = key("x").public_key();
    // A seal's key signs a certificate in its own name: the chain has no authority in it.
    let forged = Authority::root(key("seal"), &subject, bytes("9"), VALIDITY).unwrap();
    let chain = forged
        .issue(&order(&subject, &public, Usage::Seal))
        .unwrap();
    let signer = LocalSigner::new(key("x"), chain).unwrap();
    let found = judged(&house, &signer, NOON);
    assert_eq!(found, Some(Finding::Chain(ChainError::Unknown)));
    // An authority that may have none below it makes one all the same.
    let below = house
        .issuing
        .subordinate(key("below"), &subject, bytes("8"), VALIDITY)
        .unwrap();
    let chain = below.issue(&order(&subject, &public, Usage::Seal)).unwrap();
    let signer = LocalSigner::new(key("x"), chain).unwrap();
    let found = judged(&house, &signer, NOON);
    assert_eq!(found, Some(Finding::Chain(ChainError::Unknown)));
}

#[test]
fn revocation_is_asked_where_lists_are_there() {
    let mut house = House::at(NOON);
    let borrower = house.borrower("act");
    let revoked = |at_s| Revoked {
        serial: borrower.chain()[0].serial().to_vec(),
        at_s,
        reason: Reason::KeyCompromise,
    };
    for (at_s, wanted) in [
        (NOON - 1, Some(Finding::Chain(ChainError::Revoked))),
        (NOON + 1, None),
    ] {
        house.trust.crls = vec![house.crl(&[revoked(at_s)])];
        assert_eq!(judged(&house, &borrower, NOON), wanted);
    }
    // A list of the past doesn't speak for today.
    house.trust.crls = vec![house.issuing.crl(1, NOON - 100, NOON - 50, &[]).unwrap()];
    let found = judged(&house, &borrower, NOON);
    assert_eq!(found, Some(Finding::Chain(ChainError::RevocationUnknown)));
    // Somebody else's list says nothing about this house.
    let other = Authority::root(key("other"), &Subject::named("o"), bytes("o"), VALIDITY).unwrap();
    house.trust.crls = vec![
        other
            .crl(1, NOON - 5, NOON + 5, &[revoked(NOON - 1)])
            .unwrap(),
    ];
    assert_eq!(judged(&house, &borrower, NOON), None);
}

#[test]
fn altered_certificates_and_lists_are_caught() {
    let house = House::at(NOON);
    let der = house.seal.chain()[0].der();
    let mut taken = 0;
    for at in 0..der.len() {
        let mut flipped = der.to_vec();
        flipped[at] ^= 0x01;
        if let Ok(certificate) = Certificate::from_der(&flipped) {
            assert_ne!(&certificate, &house.seal.chain()[0]);
            taken += 1;
        }
        assert!(Certificate::from_der(&der[..at]).is_err());
    }
    assert!(taken > 0 && taken < der.len());
    let list = house.crl(&[]);
    assert_eq!(Crl::from_der(list.der()).unwrap(), list);
    assert!(Crl::from_der(&list.der()[1..]).is_err());
    assert_eq!(list.next_update_s(), NOON + 86_400);
    assert_eq!(list.this_update_s(), NOON - 60);
}
