use pades::timestamp::{Request, Service, TimestampError, Token};
use pades::{ChainError, LocalSigner, Order, Signer as _, Subject, Trust, Usage, Validity, sha256};

use crate::house::{House, NOON, bytes, key};

fn question() -> Request {
    Request::new(sha256(b"text"), bytes("nonce"))
}

fn answer(house: &House, question: &Request) -> Vec<u8> {
    let serial = bytes("serial");
    house
        .service
        .answer(&question.to_der(), NOON, serial)
        .unwrap()
}

#[test]
fn a_token_says_what_was_when() {
    let house = House::at(NOON);
    let token = question()
        .accept(&answer(&house, &question()), &house.trust, NOON)
        .unwrap();
    assert_eq!(token.at_s(), NOON);
    assert_eq!(token.policy(), "1.3.6.1.4.1.99999.1");
    let again = Token::read(token.der()).unwrap();
    assert_eq!(again, token);
    let service = again.check_over(b"text", &house.trust, NOON).unwrap();
    assert_eq!(
        service.common_name().as_deref(),
        Some("Example Time Stamping")
    );
    let other = again.check_over(b"texu", &house.trust, NOON);
    assert!(matches!(other, Err(TimestampError::Imprint)));
}

#[test]
fn an_answer_belongs_to_its_question() {
    let house = House::at(NOON);
    let given = answer(&house, &question());
    let other_nonce = Request::new(sha256(b"text"), bytes("other"));
    let refused = other_nonce.accept(&given, &house.trust, NOON);
    assert!(matches!(refused, Err(TimestampError::Nonce)));
    let other_text = Request::new(sha256(b"other"), bytes("nonce"));
    let refused = other_text.accept(&given, &house.trust, NOON);
    assert!(matches!(refused, Err(TimestampError::Imprint)));
    let other_policy = question().under("1.2.3").unwrap();
    let refused = other_policy.accept(&given, &house.trust, NOON);
    assert!(matches!(refused, Err(TimestampError::Policy)));
    let early = question().accept(&given, &house.trust, NOON - 301);
    assert!(matches!(early, Err(TimestampError::Future)));
    assert!(question().under("no policy").is_err());
}

#[test]
fn the_service_refuses_what_it_does_not_do() {
    let house = House::at(NOON);
    let foreign = question().under("1.2.3").unwrap();
    let refused = foreign.accept(&answer(&house, &foreign), &house.trust, NOON);
    assert!(matches!(refused, Err(TimestampError::Refused(2))));
    let whole = question().to_der();
    for end in 0..whole.len() {
        let said = house.service.answer(&whole[..end], NOON, [1; 16]).unwrap();
        let refused = question().accept(&said, &house.trust, NOON);
        assert!(matches!(refused, Err(TimestampError::Refused(2))), "{end}");
    }
    let before_time = house.service.answer(&whole, -1, [1; 16]).unwrap();
    let refused = question().accept(&before_time, &house.trust, NOON);
    assert!(matches!(refused, Err(TimestampError::Refused(2))));
}

#[test]
fn only_a_trusted_clock_counts() {
    let house = House::at(NOON);
    let given = answer(&house, &question());
    let refused = question().accept(&given, &Trust::default(), NOON);
    assert!(matches!(
        refused,
        Err(TimestampError::Chain(ChainError::Unknown))
    ));
    // Being trusted for signatures is not being trusted for time.
    let signatures = Trust {
        timestamp_anchors: Vec::new(),
        ..house.trust.clone()
    };
    let refused = question().accept(&given, &signatures, NOON);
    assert!(matches!(
        refused,
        Err(TimestampError::Chain(ChainError::Unknown))
    ));
    // A seal is no clock.
    let seal = Service::new(key("seal"), house.seal.chain().to_vec(), "1.2.3").unwrap();
    let given = seal.answer(&question().to_der(), NOON, [1; 16]).unwrap();
    let refused = question().accept(&given, &house.trust, NOON);
    assert!(matches!(
        refused,
        Err(TimestampError::Chain(ChainError::Usage))
    ));
    // Neither is a clock whose certificate was over.
    let key = key("late");
    let subject = Subject::named("late");
    let order = Order {
        subject: &subject,
        usage: Usage::Timestamping,
        public_key: &key.public_key(),
        serial: bytes("late"),
        validity: Validity {
            not_before_s: NOON - 20,
            not_after_s: NOON - 10,
        },
        uris: &[],
    };
    let chain = house.issuing.issue(&order).unwrap();
    assert!(LocalSigner::new(self::key("other"), chain.clone()).is_err());
    let late = Service::new(key, chain, "1.2.3").unwrap();
    let given = late.answer(&question().to_der(), NOON, [1; 16]).unwrap();
    let refused = question().accept(&given, &house.trust, NOON);
    assert!(matches!(
        refused,
        Err(TimestampError::Chain(ChainError::Expired))
    ));
    assert!(Service::new(self::key("x"), house.seal.chain().to_vec(), "1.2.3").is_err());
}

#[test]
fn every_flipped_bit_of_an_answer_is_caught_or_means_nothing() {
    let house = House::at(NOON);
    let given = answer(&house, &question());
    let sound = question().accept(&given, &house.trust, NOON).unwrap();
    let mut caught = 0;
    for at in 0..given.len() {
        let mut flipped = given.clone();
        flipped[at] ^= 1 << (at % 8);
        match question().accept(&flipped, &house.trust, NOON) {
            // Certificates that the chain does not need, and a status that also grants.
            Ok(token) => {
                assert_eq!(token.at_s(), sound.at_s());
                assert_eq!(token.serial(), sound.serial());
            }
            Err(_) => caught += 1,
        }
    }
    assert!(caught * 10 > given.len() * 6, "{caught} of {}", given.len());
}
