//! Notes, checkpoints and keys have one spelling: what is read is written back.
#![no_main]

use libfuzzer_sys::fuzz_target;
use proof::canonical;
use proof::checkpoint::{self, Checkpoint, VerifierKey};
use proof::fact::Fact;
use proof::note::Note;

const KEY: &str = "sum.golang.org+033de0ae+Ac4zctda0e5eza+HJyk9SxEdh+s3Ux18htTTAD8OuAn8";

fuzz_target!(|data: &[u8]| {
    if let Ok(fact) = Fact::parse(data) {
        assert_eq!(fact.to_bytes().expect("a fact that was read"), data);
    }
    if let Ok(value) = canonical::parse(data) {
        assert_eq!(
            canonical::to_vec(&value).expect("a value that was read"),
            data
        );
    }
    let Ok(text) = std::str::from_utf8(data) else {
        return;
    };
    if let Ok(note) = Note::parse(text) {
        assert_eq!(note.to_text(), text);
    }
    if let Ok(checkpoint) = Checkpoint::parse(text) {
        assert_eq!(checkpoint.to_text(), text);
    }
    if let Ok(key) = text.parse::<VerifierKey>() {
        assert_eq!(key.to_string(), text);
    }
    let key = KEY.parse().expect("a key of the Go checksum database");
    assert!(
        checkpoint::verify(text, &[key]).is_err() || text.contains("go.sum database tree"),
        "a signature was made up"
    );
});
