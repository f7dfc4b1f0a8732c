use pades::{PdfError, verify};
use proptest::prelude::*;

use crate::house::{self, House, NOON, SHEET};

/// From one flipped byte to the next; a prime, so that no column of a table is always missed.
const STRIDE: usize = 211;

/// Where the contents of both signatures lie: their own bytes are not what they sign.
fn contents(pdf: &[u8]) -> Vec<std::ops::Range<usize>> {
    let mark = b"/Contents <";
    let starts = pdf
        .windows(mark.len())
        .enumerate()
        .filter(|(_, window)| window == mark);
    starts
        .map(|(at, _)| {
            let start = at + mark.len();
            let length = pdf[start..].iter().position(|byte| *byte == b'>').unwrap();
            start..start + length
        })
        .collect()
}

#[test]
fn every_flipped_byte_is_caught() {
    let house = House::at(NOON);
    let pdf = house::signed(&house);
    let gaps = contents(&pdf);
    assert_eq!(gaps.len(), 2);
    let mut tried = 0;
    for at in (0..pdf.len()).step_by(STRIDE) {
        if gaps.iter().any(|gap| gap.contains(&at)) {
            continue;
        }
        let mut flipped = pdf.clone();
        flipped[at] ^= 1 << (at % 8);
        if let Ok(report) = verify(&flipped, &house.trust, NOON) {
            assert!(!report.holds(), "byte {at}");
        }
        tried += 1;
    }
    assert!(tried > 300, "{tried}");
}

#[test]
fn bytes_of_the_document_break_both_signatures() {
    let house = House::at(NOON);
    let mut pdf = house::signed(&house);
    // Inside a font program, which nothing else looks at.
    pdf[40_000] ^= 1;
    let report = verify(&pdf, &house.trust, NOON).unwrap();
    for one in &report.signatures {
        assert_eq!(one.findings[0].code(), "digest", "{}", one.field);
    }
    // Bytes of the second update break the second signature only.
    let mut pdf = house::signed(&house);
    let reason = pdf
        .windows(7)
        .rposition(|window| window == b"/Reason")
        .unwrap();
    pdf[reason + 12] = b'0';
    let report = verify(&pdf, &house.trust, NOON).unwrap();
    assert!(report.signatures[0].holds());
    assert_eq!(report.signatures[1].findings[0].code(), "digest");
}

#[test]
fn the_room_behind_a_signature_stays_empty() {
    let house = House::at(NOON);
    let pdf = house::signed(&house);
    for gap in contents(&pdf) {
        let mut filled = pdf.clone();
        filled[gap.end - 9] = b'1';
        let report = verify(&filled, &house.trust, NOON).unwrap();
        assert!(!report.holds());
    }
}

#[test]
fn a_file_cut_anywhere_is_refused() {
    let house = House::at(NOON);
    let pdf = house::signed(&house);
    let last_byte = pdf.len() - 1;
    for end in (0..last_byte).step_by(977) {
        let cut = verify(&pdf[..end], &house.trust, NOON);
        assert!(cut.is_err(), "{end}");
    }
    let longer = [&pdf[..], b"%"].concat();
    assert_eq!(verify(&longer, &house.trust, NOON), Err(PdfError::Trailing));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// Whatever the bytes, there is an answer, and never a good one.
    #[test]
    fn hostile_bytes_get_an_answer(
        patches in prop::collection::vec((0usize..94_000, prop::collection::vec(any::<u8>(), 1..40)), 1..6),
    ) {
        let house = House::at(NOON);
        let mut pdf = SHEET.to_vec();
        for (at, bytes) in patches {
            let end = (at + bytes.len()).min(pdf.len());
            pdf[at..end].copy_from_slice(&bytes[..end - at]);
        }
        if let Ok(report) = verify(&pdf, &house.trust, NOON) {
            prop_assert!(!report.holds());
        }
        let field = &house::both()[0];
        let request = house::request(field, "a", NOON);
        if let Ok(signed) = pades::sign(&pdf, &request, &house.seal, None) {
            prop_assert!(verify(&signed, &house.trust, NOON).is_ok_and(|report| report.holds()));
        }
    }
}
