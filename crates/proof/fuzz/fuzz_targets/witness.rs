//! Any text is refused or read in its only spelling, and any answer adds only what holds.
#![no_main]

use libfuzzer_sys::fuzz_target;
use proof::checkpoint::{self, Checkpoint, Signer};
use proof::witness::{Head, Request, add, cosigned, extends};

fuzz_target!(|data: &[u8]| {
    let Ok(text) = std::str::from_utf8(data) else {
        return;
    };
    let signer = |name, seed| Signer::from_seed(name, &[seed; 32]).expect("a name");
    let own = Checkpoint {
        origin: "log.example/a".into(),
        size: 3,
        root: [5; 32],
        extensions: Vec::new(),
    };
    if let Ok(asked) = Request::parse(text) {
        assert_eq!(asked.to_text(), text);
        // From nothing to a tree no proof leads but the empty one.
        if let Ok(head) = extends(&Head::none(), &asked, &own) {
            assert!(asked.old_size == 0 && asked.path.is_empty());
            assert_eq!(head.size, 3);
        }
    }
    let note = checkpoint::sign(&own, &signer("log.example/a", 1)).expect("a checkpoint");
    let witness = signer("witness.example/w", 2).cosigner();
    // Nobody but the witness makes its line.
    assert!(add(&note, text, &witness).is_err());
    assert_eq!(cosigned(&note, &[witness]), 0);
});
