//! A release token has one spelling, and nobody makes one up.
#![no_main]

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use libfuzzer_sys::fuzz_target;
use proof::checkpoint::Signer;
use proof::note;
use proof::release_token::{PREFIX, ReleaseToken};

fuzz_target!(|data: &[u8]| {
    let Ok(text) = std::str::from_utf8(data) else {
        return;
    };
    let signer = Signer::from_seed("a", &[1; 32]).expect("a name");
    let known = [signer.verifier()];
    assert!(ReleaseToken::verify(text, &known).is_err(), "made up");
    // What the log's key did sign is read as it was written, or refused.
    let Ok(note) = note::sign(text, &signer) else {
        return;
    };
    let word = format!("{PREFIX}{}", URL_SAFE_NO_PAD.encode(note));
    if let Ok(token) = ReleaseToken::verify(&word, &known) {
        assert_eq!(token.sign(&signer).expect("a token that was read"), word);
    }
});
