//! Any bytes are read, reserved in and judged without panic; nothing holds without trust.
#![no_main]

use libfuzzer_sys::fuzz_target;
use pades::{Field, PageAt, Place, Rect, Trust, reserve, verify};

const SIGNED: &[u8] = include_bytes!("../../tests/fixtures/outside/pyhanko.pdf");
const PACKED: &[u8] = include_bytes!("../../tests/fixtures/packed.pdf");

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
    let bytes = match choice % 4 {
        0 => data.to_vec(),
        1 => patched(SIGNED, data),
        2 => patched(PACKED, data),
        // Whatever stands before the end, there is one.
        _ => [b"%PDF-1.7\n", data, b"\nstartxref\n9\n%%EOF\n"].concat(),
    };
    if let Ok(report) = verify(&bytes, &Trust::default(), 0) {
        assert!(!report.holds());
    }
    let field = Field {
        name: "F".into(),
        label: "F".into(),
        place: Place::On {
            page: PageAt::Last,
            rect: Rect {
                left: 1,
                bottom: 2,
                width: 3,
                height: 4,
            },
        },
    };
    if let Ok(longer) = reserve(&bytes, &[field]) {
        assert!(longer.starts_with(&bytes));
        // What was written can be read again.
        assert!(
            verify(&longer, &Trust::default(), 0).is_ok()
                || verify(&bytes, &Trust::default(), 0).is_err()
        );
    }
});
