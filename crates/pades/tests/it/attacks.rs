//! Attacks on signed documents that are known from the literature, in simple forms.

use pades::{Coverage, Finding, PdfError, reserve, sign, verify};

use crate::house::{self, House, NOON, SHEET, both, request};

/// Appends an update with these objects, as anybody could.
pub fn append(pdf: &[u8], objects: &[(u32, &str)]) -> Vec<u8> {
    let text = String::from_utf8_lossy(pdf);
    let after = |mark: &str| {
        let at = text.rfind(mark).unwrap() + mark.len();
        text[at..].split_whitespace().next().unwrap().to_owned()
    };
    let previous = after("startxref\n");
    let trailer = &text[text.rfind("trailer\n").unwrap()..];
    let size = number(trailer, "/Size ");
    let root = number(trailer, "/Root ");
    let mut out = pdf.to_vec();
    let mut table = String::from("xref\n");
    for (number, body) in objects {
        table += &format!("{number} 1\n{:010} 00000 n \n", out.len());
        out.extend(format!("{number} 0 obj\n{body}\nendobj\n").bytes());
    }
    let at = out.len();
    let info = number(trailer, "/Info ");
    let dict = format!("<</Size {size}/Root {root} 0 R/Info {info} 0 R/Prev {previous}>>");
    out.extend(format!("{table}trailer\n{dict}\nstartxref\n{at}\n%%EOF\n").bytes());
    out
}

fn number(text: &str, key: &str) -> u32 {
    let at = text.rfind(key).unwrap() + key.len();
    let digits: String = text[at..]
        .chars()
        .take_while(char::is_ascii_digit)
        .collect();
    digits.parse().unwrap()
}

/// The newest body of an object that contains `mark`.
pub fn body(pdf: &[u8], mark: &str) -> (u32, String) {
    let text: String = pdf.iter().map(|byte| char::from(*byte)).collect();
    let at = text.rfind(mark).unwrap();
    let begin = text[..at].rfind(" 0 obj").unwrap();
    let digits = text[..begin].rfind(|c: char| !c.is_ascii_digit()).unwrap() + 1;
    let end = at + text[at..].find("endobj").unwrap();
    (
        text[digits..begin].parse().unwrap(),
        text[begin + 6..end].trim().to_owned(),
    )
}

fn codes(pdf: &[u8], house: &House) -> Vec<Vec<&'static str>> {
    let report = verify(pdf, &house.trust, NOON).unwrap();
    assert!(!report.holds());
    let of = |one: &pades::SignatureReport| one.findings.iter().map(Finding::code).collect();
    report.signatures.iter().map(of).collect()
}

#[test]
fn nothing_that_is_shown_can_be_replaced() {
    let house = House::at(NOON);
    let pdf = house::signed(&house);
    let (page, text) = body(&pdf, "/Type/Page/");
    let (catalog, root) = body(&pdf, "/Type/Catalog");
    let (field, widget) = body(&pdf, "/T (Borrower)");
    let hidden = widget.replace("/F 132", "/F 2");
    assert_ne!(hidden, widget);
    for (number, changed) in [
        (page, text.replacen("<<", "<</Rotate 180 ", 1)),
        (catalog, root.replacen("<<", "<</OpenAction 1 0 R ", 1)),
        (field, hidden),
        (1, "<</Type/Pages/Count 0/Kids[]>>".to_owned()),
    ] {
        let attacked = append(&pdf, &[(number, &changed)]);
        match verify(&attacked, &house.trust, NOON) {
            Ok(report) => {
                assert!(!report.holds());
                for one in &report.signatures {
                    let finding = Finding::Changed { object: number };
                    assert_eq!(one.findings, [finding], "{changed}");
                }
            }
            // Without pages there is nothing to speak of.
            Err(fault) => assert_eq!((number, fault), (1, PdfError::Missing("Page"))),
        }
    }
}

#[test]
fn harmless_additions_are_seen_too() {
    let house = House::at(NOON);
    let pdf = house::signed(&house);
    let attacked = append(&pdf, &[(9_000, "(nobody points here)")]);
    let report = verify(&attacked, &house.trust, NOON).unwrap();
    // Each signature still holds over its state, but the last one does not cover the file.
    assert!(report.signatures.iter().all(pades::SignatureReport::holds));
    let changes = Vec::new();
    assert_eq!(report.signatures[1].coverage, Coverage::Earlier { changes });
    assert!(!report.holds());
}

#[test]
fn an_object_that_was_missing_can_not_come_later() {
    let house = House::at(NOON);
    // Something shown points to object 9000, which is not there yet.
    let (page, text) = body(SHEET, "/Type/Page/");
    let loaded = append(
        SHEET,
        &[(page, &text.replacen("<<", "<</Thumb 9000 0 R ", 1))],
    );
    let once = sign(&loaded, &request(&both()[0], "a", NOON), &house.seal, None).unwrap();
    assert!(verify(&once, &house.trust, NOON).unwrap().holds());
    let fired = append(&once, &[(9_000, "(new)")]);
    assert_eq!(codes(&fired, &house), [["changed"]]);
}

#[test]
fn a_new_generation_hides_what_was_there() {
    let house = House::at(NOON);
    let pdf = house::signed(&house);
    let (font, text) = body(&pdf, "/Type/FontDescriptor");
    let attacked = append(&pdf, &[(font, &text)]);
    let report = verify(&attacked, &house.trust, NOON).unwrap();
    assert!(report.signatures.iter().all(pades::SignatureReport::holds));
    // The same once more, under a generation that nothing points to.
    let hidden = String::from_utf8_lossy(&attacked[pdf.len()..])
        .replace(&format!("{font} 0 obj"), &format!("{font} 1 obj"))
        .replace(" 00000 n", " 00001 n");
    let attacked = [&pdf[..], hidden.as_bytes()].concat();
    assert_eq!(codes(&attacked, &house), [["changed"], ["changed"]]);
}

#[test]
fn a_signature_can_not_be_moved_or_taken_away() {
    let house = House::at(NOON);
    let pdf = house::signed(&house);
    let (field, widget) = body(&pdf, "/T (Borrower)");
    let begin = widget.find("/V ").unwrap();
    let bare = format!("{}>>", &widget[..begin]);
    let report = verify(&append(&pdf, &[(field, &bare)]), &house.trust, NOON).unwrap();
    assert_eq!(report.signatures.len(), 1);
    assert!(!report.holds());
    let (other, seal) = body(&pdf, "/T (Institution)");
    let moved = widget.replace("(Borrower)", "(Institution)");
    let swapped = append(&pdf, &[(other, &moved), (field, &seal)]);
    for found in codes(&swapped, &house) {
        assert!(
            found.contains(&"changed") || found.contains(&"byte_range"),
            "{found:?}"
        );
    }
}

#[test]
fn the_range_leaves_out_the_contents_and_nothing_else() {
    let house = House::at(NOON);
    let pdf = house::signed(&house);
    let at = pdf
        .windows(14)
        .rposition(|window| window == b"/ByteRange [0 ")
        .unwrap()
        + 14;
    let text: Vec<u64> = String::from_utf8_lossy(&pdf[at..at + 26])
        .split_whitespace()
        .map(|word| word.parse().unwrap())
        .collect();
    let [gap, begin, length] = text[..] else {
        panic!("three numbers");
    };
    for [gap, begin, length] in [
        [gap - 10, begin, length],
        [gap, begin + 10, length - 10],
        [gap, begin, length - 1],
        [gap, begin, length + 1],
        [gap, gap, length],
        [begin, gap, length],
        [gap, 99_999_999, length],
    ] {
        let mut attacked = pdf.clone();
        let numbers = format!("{:26}", format!("{gap} {begin} {length}"));
        attacked[at..at + 26].copy_from_slice(numbers.as_bytes());
        let report = verify(&attacked, &house.trust, NOON).unwrap();
        assert!(report.field("Borrower").unwrap().holds());
        let findings = &report.field("Institution").unwrap().findings;
        let codes: Vec<_> = findings.iter().map(Finding::code).collect();
        assert!(codes == ["byte_range"] || codes == ["digest"], "{codes:?}");
        assert!(!report.holds());
    }
}

#[test]
fn a_form_that_brings_more_than_fields_is_seen() {
    let house = House::at(NOON);
    let once = sign(SHEET, &request(&both()[0], "a", NOON), &house.seal, None).unwrap();
    let (form, text) = body(&once, "/SigFlags");
    let attacked = append(
        &once,
        &[(form, &text.replacen("<<", "<</NeedAppearances true ", 1))],
    );
    assert_eq!(codes(&attacked, &house), [["changed"]]);
}

#[test]
fn nothing_may_follow_where_the_certification_says_so() {
    let house = House::at(NOON);
    let fields = both();
    let reserved = reserve(SHEET, &fields).unwrap();
    let last = pades::Request {
        certification: pades::Certification::Final,
        ..request(&fields[0], "a", NOON)
    };
    let shut = sign(&reserved, &last, &house.seal, None).unwrap();
    // Another program signs all the same: what it appends is what ours appends without the rule.
    let open = sign(
        &reserved,
        &request(&fields[0], "a", NOON),
        &house.seal,
        None,
    )
    .unwrap();
    let both = sign(&open, &request(&fields[1], "b", NOON), &house.seal, None).unwrap();
    let (field, filled) = body(&both, "/T (Institution)");
    let attacked = append(&shut, &[(field, &filled)]);
    let report = verify(&attacked, &house.trust, NOON).unwrap();
    let certified = report.field("Borrower").unwrap();
    assert!(certified.findings.contains(&Finding::Certification));
}

#[test]
fn files_that_readers_see_differently_are_not_read() {
    let house = House::at(NOON);
    let tail = |text: &str| {
        let mut pdf = SHEET.to_vec();
        let at = pdf
            .windows(7)
            .rposition(|window| window == b"trailer")
            .unwrap();
        pdf.truncate(at);
        pdf.extend(text.bytes());
        verify(&pdf, &house.trust, NOON)
    };
    let end = "startxref\n89164\n%%EOF";
    for (trailer, wanted) in [
        ("<</Size 246/Root 245 0 R/Root 1 0 R>>", None),
        (
            "<</Size 246/Root 245 0 R/XRefStm 10>>",
            Some(PdfError::Unsupported("a hybrid cross-reference")),
        ),
        (
            "<</Size 246/Root 245 0 R/Encrypt 10 0 R>>",
            Some(PdfError::Encrypted),
        ),
        (
            "<</Size 246/Root 245 0 R/Prev 89164>>",
            Some(PdfError::Unsupported("a cross-reference that leads ahead")),
        ),
        ("<</Size 246>>", Some(PdfError::Missing("Root"))),
        ("<</Size 246/Root 244 0 R>>", None),
    ] {
        let found = tail(&format!("trailer\n{trailer}\n{end}"));
        match wanted {
            Some(fault) => assert_eq!(found, Err(fault), "{trailer}"),
            None => assert!(found.is_err(), "{trailer}"),
        }
    }
}
