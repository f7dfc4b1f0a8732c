//! Any bytes give a report; only the committed bundles may hold.
#![no_main]

use libfuzzer_sys::fuzz_target;
use proof::bundle::{Trust, Verdict, verify};

const PLAIN: &[u8] = include_bytes!("../../tests/vectors/bundle.zip");
const FORGOTTEN: &[u8] = include_bytes!("../../tests/vectors/bundle-forgotten.zip");

/// Lays `data`, cut into runs of (offset, length, bytes), over `base`.
fn patched(base: &[u8], mut data: &[u8]) -> Vec<u8> {
    let mut bytes = base.to_vec();
    while let [high, low, length, rest @ ..] = data {
        let at = usize::from(u16::from_be_bytes([*high, *low])) % bytes.len();
        let length = usize::from(*length).min(rest.len()).min(bytes.len() - at);
        bytes[at..at + length].copy_from_slice(&rest[..length]);
        data = &rest[length..];
    }
    bytes
}

fuzz_target!(|data: &[u8]| {
    let Some((choice, data)) = data.split_first() else {
        return;
    };
    let bytes = match choice % 3 {
        0 => data.to_vec(),
        1 => patched(PLAIN, data),
        _ => patched(FORGOTTEN, data),
    };
    let report = verify(&bytes, &Trust::none());
    assert_eq!(
        report.verdict == Verdict::Failed,
        !report.failures.is_empty()
    );
    assert_ne!(report.verdict, Verdict::Proved);
    // The patches know no key of the bundles, so whatever holds is unaltered.
    if report.verdict == Verdict::Consistent && choice % 3 != 0 {
        assert!(bytes == PLAIN || bytes == FORGOTTEN);
    }
    assert!(!report.to_string().is_empty());
});
