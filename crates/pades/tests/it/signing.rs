use pades::{
    Appearance, AppearanceError, Certification, Change, Coverage, Field, Lettering, PageAt,
    PdfError, Place, Prepared, Rect, Request, SignError, Signer as _, TOKEN_BYTES, prepare,
    reserve, sign, timestamp, verify,
};

use crate::attacks::{append, body};
use crate::house::{self, FONT, House, NOON, SHEET, both, bytes, field, request};

#[test]
fn two_parties_sign_one_after_the_other() {
    let house = House::at(NOON);
    let pdf = house::signed(&house);
    let report = verify(&pdf, &house.trust, NOON + 60).unwrap();
    assert!(report.holds(), "{report:?}");
    let [first, second] = &report.signatures[..] else {
        panic!("two signatures");
    };
    assert_eq!(first.field, "Borrower");
    assert_eq!(first.name.as_deref(), Some("周*"));
    assert_eq!(first.reason.as_deref(), Some("本人已阅读并同意"));
    assert_eq!(first.claimed_at.as_deref(), Some("D:20261122061900Z"));
    assert_eq!(first.stamped_at_s, Some(NOON));
    let signed = Change::Signed {
        field: "Institution".into(),
    };
    let changes = vec![signed];
    assert_eq!(first.coverage, Coverage::Earlier { changes });
    let signer = first.signer.as_ref().unwrap();
    assert_eq!(signer.subject_serial_number().as_deref(), Some("idc-act"));
    assert_eq!(signer.uris()[0], "urn:example:identity-check:act");
    assert_eq!(first.path.len(), 3);
    assert_eq!(second.coverage, Coverage::Whole);
    assert_eq!(report.field("Institution"), Some(second));
    assert_eq!(report.field("Guarantor"), None);
}

#[test]
fn earlier_bytes_never_change() {
    let house = House::at(NOON);
    let fields = both();
    let reserved = reserve(SHEET, &fields).unwrap();
    assert!(reserved.starts_with(SHEET));
    let once = sign(
        &reserved,
        &request(&fields[0], "a", NOON),
        &house.seal,
        None,
    )
    .unwrap();
    assert!(once.starts_with(&reserved));
    let twice = sign(&once, &request(&fields[1], "b", NOON), &house.seal, None).unwrap();
    assert!(twice.starts_with(&once));
    assert!(verify(&twice, &house.trust, NOON).unwrap().holds());
    // The same again gives the same bytes: nothing is drawn here.
    let again = sign(&once, &request(&fields[1], "b", NOON), &house.seal, None).unwrap();
    assert_eq!(again, twice);
}

#[test]
fn fields_that_nobody_reserved_are_made_unseen() {
    let house = House::at(NOON);
    let pdf = house::plain(&house);
    let report = verify(&pdf, &house.trust, NOON).unwrap();
    assert!(report.holds(), "{report:?}");
    let added = Change::Added {
        field: "Institution".into(),
    };
    let changes = vec![added];
    assert_eq!(report.signatures[0].coverage, Coverage::Earlier { changes });
    // One that is seen could cover the text, so it must have been there before.
    let once = sign(SHEET, &request(&both()[0], "a", NOON), &house.seal, None).unwrap();
    let twice = sign(&once, &request(&both()[1], "b", NOON), &house.seal, None).unwrap();
    let report = verify(&twice, &house.trust, NOON).unwrap();
    assert_eq!(report.signatures[0].findings[0].code(), "changed");
    assert!(report.signatures[1].holds());
    assert!(!report.holds());
}

#[test]
fn a_signer_and_a_service_outside_may_take_their_time() {
    let house = House::at(NOON);
    let fields = both();
    let chain = house.seal.chain();
    let prepared = prepare(SHEET, &request(&fields[0], "a", NOON), chain).unwrap();
    let stored = prepared.pdf().to_vec();
    let open = verify(&stored, &house.trust, NOON).unwrap();
    assert_eq!(open.signatures[0].findings[0].code(), "contents");

    let resumed = Prepared::resume(stored, "Borrower", chain).unwrap();
    assert_eq!(resumed, prepared);
    let signature = house.seal.sign(resumed.to_be_signed()).unwrap();
    let question = timestamp::Request::over(&signature, bytes("n"));
    let answer = house
        .service
        .answer(&question.to_der(), NOON + 90, bytes("s"))
        .unwrap();
    let token = question.accept(&answer, &house.trust, NOON + 90).unwrap();
    let done = resumed.finish(&signature, Some(&token)).unwrap();
    let report = verify(&done, &house.trust, NOON + 99).unwrap();
    assert!(report.holds(), "{report:?}");
    assert_eq!(report.signatures[0].stamped_at_s, Some(NOON + 90));

    // What is finished, or was never there, is not taken up again.
    let late = Prepared::resume(done, "Borrower", chain);
    assert!(matches!(late, Err(SignError::FieldSigned)));
    let other = Prepared::resume(prepared.pdf().to_vec(), "Institution", chain);
    assert!(matches!(other, Err(SignError::FieldName)));
}

#[test]
fn a_service_may_build_the_whole_structure() {
    let house = House::at(NOON);
    let field = &both()[0];
    let open = |name| prepare(SHEET, &request(field, name, NOON), house.seal.chain()).unwrap();
    let done = |name| {
        let signature = house.seal.sign(open(name).to_be_signed()).unwrap();
        open(name).finish(&signature, None).unwrap()
    };
    let gap = |pdf: &[u8]| {
        let mark = b"/Contents <";
        let start = pdf
            .windows(mark.len())
            .rposition(|part| part == mark)
            .unwrap()
            + 10;
        let length = pdf[start..].iter().position(|byte| *byte == b'>').unwrap();
        start..start + length + 1
    };
    // The structure, taken out of a finished document.
    let structure = |pdf: &[u8]| -> Vec<u8> {
        let gap = gap(pdf);
        let text = std::str::from_utf8(&pdf[gap.start + 1..gap.end - 1]).unwrap();
        let bytes = |at| u8::from_str_radix(&text[at..at + 2], 16).unwrap();
        let all: Vec<u8> = (0..text.len()).step_by(2).map(bytes).collect();
        let length = usize::from(u16::from_be_bytes([all[2], all[3]])) + 4;
        all[..length].to_vec()
    };
    let pdf = done("a");
    let gap = gap(&pdf);
    let around = [&pdf[..gap.start], &pdf[gap.end..]].concat();
    assert_eq!(open("a").document_digest(), pades::sha256(&around));
    let cms = structure(&pdf);
    assert_eq!(open("a").fill(&cms).unwrap(), pdf);
    for wrong in [
        structure(&done("b")),
        cms[..cms.len() - 1].to_vec(),
        Vec::new(),
    ] {
        assert!(matches!(open("a").fill(&wrong), Err(SignError::Signature)));
    }
    let other = prepare(
        SHEET,
        &request(field, "a", NOON),
        house.borrower("x").chain(),
    )
    .unwrap();
    assert!(matches!(other.fill(&cms), Err(SignError::Signature)));
}

#[test]
fn what_does_not_belong_together_is_refused() {
    let house = House::at(NOON);
    let field = &both()[0];
    let open = || prepare(SHEET, &request(field, "a", NOON), house.seal.chain()).unwrap();
    let other = house.borrower("other").sign(open().to_be_signed()).unwrap();
    assert!(matches!(
        open().finish(&other, None),
        Err(SignError::Signature)
    ));
    let right = house.seal.sign(open().to_be_signed()).unwrap();
    let question = timestamp::Request::over(b"something else", bytes("n"));
    let answer = house
        .service
        .answer(&question.to_der(), NOON, bytes("s"))
        .unwrap();
    let token = question.accept(&answer, &house.trust, NOON).unwrap();
    assert!(matches!(
        open().finish(&right, Some(&token)),
        Err(SignError::Timestamp(timestamp::TimestampError::Imprint))
    ));
    let question = timestamp::Request::over(&right, bytes("n"));
    let answer = house
        .service
        .answer(&question.to_der(), NOON, bytes("s"))
        .unwrap();
    let token = question.accept(&answer, &house.trust, NOON).unwrap();
    let narrow = Request {
        token_bytes: 0,
        ..request(field, "a", NOON)
    };
    let narrow = prepare(SHEET, &narrow, house.seal.chain()).unwrap();
    let signature = house.seal.sign(narrow.to_be_signed()).unwrap();
    let question = timestamp::Request::over(&signature, bytes("n"));
    let answer = house
        .service
        .answer(&question.to_der(), NOON, bytes("s"))
        .unwrap();
    let fits_not = question.accept(&answer, &house.trust, NOON).unwrap();
    assert!(matches!(
        narrow.finish(&signature, Some(&fits_not)),
        Err(SignError::NoRoom { .. })
    ));
    assert!(open().finish(&right, Some(&token)).is_ok());
}

#[test]
fn fields_have_one_name_and_one_signature() {
    let house = House::at(NOON);
    let fields = both();
    let once = sign(SHEET, &request(&fields[0], "a", NOON), &house.seal, None).unwrap();
    let twice = sign(&once, &request(&fields[0], "a", NOON), &house.seal, None);
    assert!(matches!(twice, Err(SignError::FieldSigned)));
    assert!(matches!(reserve(&once, &fields), Err(SignError::FieldName)));
    let same = [fields[0].clone(), fields[0].clone()];
    assert!(matches!(reserve(SHEET, &same), Err(SignError::FieldName)));
    for name in ["", "a.b", &"x".repeat(128)] {
        let named = [field(name, "", 0)];
        assert!(
            matches!(reserve(SHEET, &named), Err(SignError::FieldName)),
            "{name}"
        );
    }
}

#[test]
fn a_form_and_notes_of_the_documents_own_stay() {
    let house = House::at(NOON);
    let (page, text) = body(SHEET, "/Type/Page/");
    let (catalog, root) = body(SHEET, "/Type/Catalog");
    let with = |text: &str, more: &str| text.replacen("<<", &format!("<<{more}"), 1);
    let note = "<</Type/Annot/Subtype/Text/Rect[0 0 9 9]/Contents(n)/F 4>>";
    let input = "<</FT/Tx/T(Purpose)/V(tea)>>";
    let old = (300, note);
    let field = (301, input);
    let plain = (302, "[300 0 R]");
    let listed = (303, "[301 0 R]");
    let page = |more: &str| (page, with(&text, more));
    let root = |more: &str| (catalog, with(&root, more));
    // Lists and the form stand in their owners, or by themselves.
    for (page, root, form) in [
        (
            page("/Annots[300 0 R]"),
            root("/AcroForm<</Fields[301 0 R]>>"),
            "null",
        ),
        (
            page("/Annots 302 0 R"),
            root("/AcroForm 304 0 R"),
            "<</Fields 303 0 R>>",
        ),
        (
            page("/Annots 302 0 R"),
            root("/AcroForm<</Fields 303 0 R>>"),
            "null",
        ),
        (
            page("/Annots[300 0 R]"),
            root("/AcroForm 304 0 R"),
            "<</Fields[301 0 R]>>",
        ),
    ] {
        let form = (304, form);
        let own = [(page.0, page.1.as_str()), (root.0, root.1.as_str())];
        let pdf = append(
            SHEET,
            &[&own[..], &[old, field, plain, listed, form]].concat(),
        );
        for hidden in [Place::Nowhere, both()[0].place] {
            let named = |name: &str| Field {
                place: hidden,
                ..house::field(name, name, 60)
            };
            let fields = [named("Borrower"), named("Institution")];
            let pdf = match hidden {
                Place::Nowhere => pdf.clone(),
                Place::On { .. } => reserve(&pdf, &fields).unwrap(),
            };
            let once = sign(&pdf, &request(&fields[0], "a", NOON), &house.seal, None).unwrap();
            let twice = sign(&once, &request(&fields[1], "b", NOON), &house.seal, None).unwrap();
            let report = verify(&twice, &house.trust, NOON).unwrap();
            assert!(report.holds(), "{form:?} {:?}", report.signatures[0]);
            let other = sign(
                &pdf,
                &request(&named("Purpose"), "a", NOON),
                &house.seal,
                None,
            );
            assert!(matches!(other, Err(SignError::FieldKind)));
        }
    }
}

#[test]
fn places_lie_inside_the_document() {
    let place = |page, width| Field {
        place: Place::On {
            page,
            rect: Rect {
                left: 0,
                bottom: 0,
                width,
                height: 10,
            },
        },
        ..field("F", "", 0)
    };
    assert!(reserve(SHEET, &[place(PageAt::Index(1), 10)]).is_ok());
    for wrong in [place(PageAt::Index(2), 10), place(PageAt::Last, 0)] {
        assert!(matches!(reserve(SHEET, &[wrong]), Err(SignError::Place)));
    }
}

#[test]
fn a_certified_document_takes_what_it_allows() {
    let house = House::at(NOON);
    let fields = both();
    let certified = |certification| {
        let reserved = reserve(SHEET, &fields).unwrap();
        let first = Request {
            certification,
            ..request(&fields[0], "a", NOON)
        };
        sign(&reserved, &first, &house.seal, None).unwrap()
    };
    let second = request(&fields[1], "b", NOON);
    let open = certified(Certification::FillAndSign);
    let both = sign(&open, &second, &house.seal, None).unwrap();
    assert!(verify(&both, &house.trust, NOON).unwrap().holds());
    let shut = certified(Certification::Final);
    let refused = sign(&shut, &second, &house.seal, None);
    assert!(matches!(refused, Err(SignError::Certified)));
    let late = Request {
        certification: Certification::Final,
        ..second
    };
    let refused = sign(&open, &late, &house.seal, None);
    assert!(matches!(refused, Err(SignError::Certified)));
}

#[test]
fn pictures_are_drawn_or_refused() {
    let house = House::at(NOON);
    let field = &both()[0];
    let attempt = |appearance| {
        let seen = Request {
            appearance: Some(appearance),
            ..request(field, "a", NOON)
        };
        sign(SHEET, &seen, &house.seal, None)
    };
    let text = |font, lines| Appearance {
        handwriting: None,
        lettering: Some(Lettering { font, lines }),
    };
    assert!(attempt(text(FONT, &["周*"])).is_ok());
    let long = "周".repeat(81);
    let wide = [long.as_str()];
    let cases: [(Appearance<'_>, AppearanceError); 5] = [
        (text(FONT, &["x"]), AppearanceError::Glyph('x')),
        (text(b"font", &["x"]), AppearanceError::Font),
        (text(FONT, &[""; 13]), AppearanceError::Lines),
        (text(FONT, &wide), AppearanceError::Lines),
        (
            Appearance {
                handwriting: Some(SHEET),
                lettering: None,
            },
            AppearanceError::Picture,
        ),
    ];
    for (appearance, wanted) in cases {
        match attempt(appearance) {
            Err(SignError::Appearance(found)) => assert_eq!(found, wanted),
            other => panic!("{wanted}: {:?}", other.map(|pdf| pdf.len())),
        }
    }
}

#[test]
fn what_is_no_document_is_not_signed() {
    let house = House::at(NOON);
    let attempt = |pdf: &[u8]| {
        let one = sign(pdf, &request(&both()[0], "a", NOON), &house.seal, None);
        match one {
            Err(SignError::Pdf(fault)) => Some(fault),
            _ => None,
        }
    };
    assert_eq!(attempt(b""), Some(PdfError::NotPdf));
    assert_eq!(attempt(&SHEET[..SHEET.len() - 7]), Some(PdfError::NotPdf));
    assert_eq!(
        attempt(&[SHEET, b"\nmore"].concat()),
        Some(PdfError::Trailing)
    );
    let field = &both()[0];
    let wide = Request {
        token_bytes: TOKEN_BYTES * 4,
        ..request(field, "a", NOON)
    };
    let wide = prepare(SHEET, &wide, house.seal.chain());
    assert!(matches!(wide, Err(SignError::NoRoom { .. })));
    let none = prepare(SHEET, &request(field, "a", NOON), &[]);
    assert!(matches!(none, Err(SignError::Certificate)));
    let long = "x".repeat(1025);
    let long = prepare(SHEET, &request(field, &long, NOON), house.seal.chain());
    assert!(matches!(long, Err(SignError::Text)));
}
