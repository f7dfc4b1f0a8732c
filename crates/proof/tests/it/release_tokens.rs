//! Release tokens against vectors that another program made.

use proof::checkpoint::Signer;
use proof::release_token::{
    Against, Override, Payee, Payment, ReleaseToken, TokenError, payee_digest,
};
use proof::{hex, note};
use serde_json::Value;

fn vectors() -> Value {
    serde_json::from_str(include_str!("../vectors/release_token.json")).unwrap()
}

fn token(vectors: &Value) -> ReleaseToken {
    serde_json::from_value(vectors["fields"].clone()).unwrap()
}

fn known(vectors: &Value) -> note::VerifierKey {
    vectors["vkey"].as_str().unwrap().parse().unwrap()
}

#[test]
fn what_is_signed_here_is_what_another_program_signs_and_is_read_back() {
    let vectors = vectors();
    let token = token(&vectors);
    let seed = hex::decode32(vectors["seed"].as_str().unwrap()).unwrap();
    let signer = Signer::from_seed(&token.checkpoint.origin, &seed).unwrap();
    let word = token.sign(&signer).unwrap();
    assert_eq!(word, vectors["token"]);
    let read = ReleaseToken::verify(&word, &[known(&vectors)]).unwrap();
    assert_eq!(read, token);
    let salt = hex::decode32(vectors["salt"].as_str().unwrap()).unwrap();
    let digest = payee_digest(&salt, vectors["account"].as_str().unwrap());
    assert_eq!(hex::encode(&digest), token.payee_digest);
    let elsewhere = Signer::from_seed("xiaobao.example/log/jianglan", &seed).unwrap();
    assert!(token.sign(&elsewhere).is_err());
    assert!(ReleaseToken::verify(&word, &[]).is_err());
    assert!(ReleaseToken::verify(&word, &[elsewhere.verifier()]).is_err());
}

#[test]
fn everything_else_is_refused() {
    let vectors = vectors();
    let known = [known(&vectors)];
    let refused = vectors["refused"].as_object().unwrap();
    assert!(refused.len() > 12);
    for (name, word) in refused {
        let outcome = ReleaseToken::verify(word.as_str().unwrap(), &known);
        assert!(outcome.is_err(), "{name}: {outcome:?}");
    }
    let long = "xbrt1.".to_owned() + &"A".repeat(8 * 1024);
    let outcome = ReleaseToken::verify(&long, &known);
    assert_eq!(outcome, Err(TokenError::Malformed("too long")));
}

#[test]
fn every_altered_character_is_caught() {
    let vectors = vectors();
    let known = [known(&vectors)];
    let word = vectors["token"].as_str().unwrap();
    for at in 0..word.len() {
        let other = if &word[at..=at] == "A" { "B" } else { "A" };
        let altered = format!("{}{other}{}", &word[..at], &word[at + 1..]);
        assert!(ReleaseToken::verify(&altered, &known).is_err(), "{at}");
        assert!(
            ReleaseToken::verify(&word[..at], &known).is_err(),
            "cut {at}"
        );
    }
}

#[test]
fn a_token_pays_its_own_loan_to_its_own_payee_in_its_own_time() {
    let vectors = vectors();
    let token = token(&vectors);
    let text = |key: &str| vectors[key].as_str().unwrap().to_owned();
    let payee = |account: &str, salt: &str| Payee {
        account: account.to_owned(),
        salt: salt.to_owned(),
    };
    let right = Payment {
        at_ms: token.issued_at_ms,
        amount: token.amount,
        journey: token.journey.clone(),
        institution: Some(token.institution.clone()),
        terms_digest: Some(token.terms_digest.clone()),
        payee: payee(&text("account"), &text("salt")),
    };
    let with = |change: &dyn Fn(&mut Payment)| {
        let mut payment = right.clone();
        change(&mut payment);
        token.against(&payment)
    };
    let cases: [(Vec<Against>, Vec<Against>); 11] = [
        (with(&|_| {}), vec![]),
        (with(&|p| p.at_ms = token.expires_at_ms - 1), vec![]),
        (
            with(&|p| p.at_ms = token.expires_at_ms),
            vec![Against::Expired],
        ),
        (with(&|p| p.at_ms -= 1), vec![Against::NotYet]),
        (with(&|p| p.amount -= 1), vec![Against::OtherAmount]),
        (
            with(&|p| p.journey = "jny_2".into()),
            vec![Against::OtherJourney],
        ),
        (
            with(&|p| p.terms_digest = Some(String::new())),
            vec![Against::OtherTerms],
        ),
        (
            with(&|p| p.payee = payee("6222020200112233447", &text("salt"))),
            vec![Against::OtherPayee],
        ),
        (
            with(&|p| p.payee = payee(&text("account"), "")),
            vec![Against::OtherPayee],
        ),
        (
            with(&|p| p.institution = Some("ins_2".into())),
            vec![Against::OtherInstitution],
        ),
        (
            with(&|p| (p.institution, p.terms_digest) = (None, None)),
            vec![],
        ),
    ];
    for (at, (found, expected)) in cases.into_iter().enumerate() {
        assert_eq!(found, expected, "case {at}");
    }
    // Which loan and which account can't be left out.
    for absent in ["journey", "payee"] {
        let mut payment = serde_json::json!({
            "at_ms": 1, "amount": 1, "journey": "jny_1", "payee": { "account": "1", "salt": "" }
        });
        assert!(serde_json::from_value::<Payment>(payment.clone()).is_ok());
        payment.as_object_mut().unwrap().remove(absent);
        assert!(
            serde_json::from_value::<Payment>(payment).is_err(),
            "{absent}"
        );
    }
}

#[test]
fn an_override_names_what_it_sets_aside_and_needs_its_version() {
    let signer = Signer::from_seed("xiaobao.example/log/anhe", &[7; 32]).unwrap();
    let key = signer.verifier();
    let plain = token(&vectors());
    let over = |missing: &[&str]| Override {
        id: "brg_1".to_owned(),
        missing: missing.iter().map(|code| (*code).to_owned()).collect(),
    };
    let of = |v, break_glass, overridden| ReleaseToken {
        v,
        break_glass,
        overridden,
        ..plain.clone()
    };
    let right = of(2, true, Some(over(&["approval_expired", "witness_quorum"])));
    let word = right.sign(&signer).unwrap();
    assert_eq!(ReleaseToken::verify(&word, &[key]), Ok(right));
    for wrong in [
        of(1, true, Some(over(&["witness_quorum"]))),
        of(2, false, Some(over(&["witness_quorum"]))),
        of(2, true, None),
        of(2, true, Some(over(&[]))),
        of(2, true, Some(over(&["b", "a"]))),
        of(2, true, Some(over(&["a", "a"]))),
        of(2, true, Some(over(&["a b"]))),
    ] {
        let refused = wrong.sign(&signer);
        assert_eq!(refused, Err(TokenError::Field("override")), "{wrong:?}");
    }
}
