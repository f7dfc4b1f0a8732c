//! Documents as readers of the bytes see them, and the errors of the door.

use std::borrow::Cow;
use std::path::Path;

use serde_json::{Value, json};

use super::{DATA_BYTES_MAX, Language, Meta, TypesetError, Typesetter};

const SHEET: &str = include_str!("../disclosure/sheet.typ");
const HEXIANG: &str = include_str!("fixtures/hexiang.json");

fn font_bytes() -> Vec<u8> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("assets/fonts/NotoSansSC-Regular.otf");
    std::fs::read(&path)
        .unwrap_or_else(|e| panic!("{}: {e}; `cargo dev` places it", path.display()))
}

fn typesetter() -> Typesetter {
    Typesetter::new([font_bytes()]).expect("the house font")
}

fn meta() -> Meta {
    Meta {
        title: "综合融资成本明示表".into(),
        author: "安禾消费金融".into(),
        language: Language::Chinese,
        created: "2026-11-20T02:21:07Z".parse().expect("an instant"),
        document_id: "jny_1/cost_sheet/1".into(),
        address: None,
    }
}

/// The demo loan, its plan repeated until it has `periods` rows.
fn hexiang(periods: usize) -> Value {
    let mut data: Value = serde_json::from_str(HEXIANG).expect("fixture");
    let rows = data["sheet"]["plan"].as_array_mut().expect("plan");
    let once = rows.clone();
    *rows = once.into_iter().cycle().take(periods).collect();
    for (i, row) in rows.iter_mut().enumerate() {
        row["no"] = json!(i + 1);
    }
    data
}

fn count(haystack: &[u8], needle: &str) -> usize {
    haystack
        .windows(needle.len())
        .filter(|w| *w == needle.as_bytes())
        .count()
}

fn pages(pdf: &[u8]) -> usize {
    count(pdf, "/Type/Page") - count(pdf, "/Type/Pages")
}

fn refused(template: &'static str, data: &Value) -> TypesetError {
    typesetter()
        .pdf(template, data, meta())
        .expect_err("no document")
}

#[test]
fn the_cost_sheet_is_an_archival_tagged_pdf_with_its_font_inside() {
    let pdf = typesetter()
        .pdf(SHEET, &hexiang(12), meta())
        .expect("a document");
    assert!(pdf.starts_with(b"%PDF-1.7"));
    for mark in [
        "<pdfaid:part>2</pdfaid:part>",
        "<pdfaid:conformance>B</pdfaid:conformance>",
        "/MarkInfo",
        "/StructTreeRoot",
        "/FontFile3",
        "+NotoSansSC-Regular",
        "<xmp:CreateDate>2026-11-20T02:21:07",
    ] {
        assert!(count(&pdf, mark) > 0, "{mark} is absent");
    }
    assert!(
        pdf.len() < 200_000,
        "{} bytes: the font is not a subset",
        pdf.len()
    );
}

#[test]
fn an_address_stands_as_a_code_on_the_first_page_and_moves_nothing() {
    let with = |address: Option<&str>| {
        let meta = Meta {
            address: address.map(str::to_owned),
            ..meta()
        };
        typesetter()
            .pdf(SHEET, &hexiang(36), meta)
            .expect("a document")
    };
    let bare = with(None);
    let coded = with(Some("https://xiaobao.example/r/AAAAAAAAAAAAAAAAAAAAAA"));
    let other = with(Some("https://xiaobao.example/r/AAAAAAAAAAAAAAAAAAAAAB"));
    assert_eq!(pages(&coded), pages(&bare));
    assert!(coded.len() > bare.len());
    assert_ne!(coded, other);
    assert!(count(&coded, "<pdfaid:part>2</pdfaid:part>") > 0);
    let long = typesetter().pdf(
        SHEET,
        &hexiang(12),
        Meta {
            address: Some("x".repeat(4_000)),
            ..meta()
        },
    );
    assert!(matches!(long, Err(TypesetError::Refused { .. })));
}

#[test]
fn the_same_input_gives_the_same_bytes_also_from_another_typesetter() {
    let (one, other) = (typesetter(), typesetter());
    let first = one.pdf(SHEET, &hexiang(36), meta()).expect("a document");
    assert_eq!(
        first,
        one.pdf(SHEET, &hexiang(36), meta()).expect("a document")
    );
    assert_eq!(
        first,
        other.pdf(SHEET, &hexiang(36), meta()).expect("a document")
    );
}

#[test]
fn renders_side_by_side_do_not_disturb_each_other() {
    let setter = typesetter();
    let alone = [12, 24, 36].map(|n| setter.pdf(SHEET, &hexiang(n), meta()).expect("a document"));
    std::thread::scope(|scope| {
        let crowd: Vec<_> = (0..6)
            .map(|i| {
                let setter = setter.clone();
                scope.spawn(move || setter.pdf(SHEET, &hexiang(12 * (i % 3 + 1)), meta()))
            })
            .collect();
        for (i, one) in crowd.into_iter().enumerate() {
            assert!(
                one.join().expect("no panic").expect("a document") == alone[i % 3],
                "render {i}"
            );
        }
    });
}

#[test]
fn data_date_and_name_each_change_the_bytes() {
    let setter = typesetter();
    let first = setter.pdf(SHEET, &hexiang(12), meta()).expect("a document");
    let mut data = hexiang(12);
    data["sheet"]["total_repaid"] = json!(2151550);
    let later = Meta {
        created: "2026-11-20T02:21:08Z".parse().expect("an instant"),
        ..meta()
    };
    let renamed = Meta {
        document_id: "jny_2/cost_sheet/1".into(),
        ..meta()
    };
    assert_ne!(first, setter.pdf(SHEET, &data, meta()).expect("a document"));
    assert_ne!(
        first,
        setter.pdf(SHEET, &hexiang(12), later).expect("a document")
    );
    assert_ne!(
        first,
        setter
            .pdf(SHEET, &hexiang(12), renamed)
            .expect("a document")
    );
}

#[test]
fn a_long_plan_runs_over_more_pages() {
    let setter = typesetter();
    let short = pages(&setter.pdf(SHEET, &hexiang(12), meta()).expect("a document"));
    let long = pages(
        &setter
            .pdf(SHEET, &hexiang(120), meta())
            .expect("a document"),
    );
    assert_eq!((short, long), (2, 4));
}

#[test]
fn a_missing_font_is_named() {
    let none: [Vec<u8>; 0] = [];
    let error = Typesetter::new(none).expect_err("no fonts");
    assert_eq!(error.code(), "font_missing");
    assert!(error.text().zh.contains("Noto Sans SC"));
    assert!(error.text().en.contains("Noto Sans SC"));
}

#[test]
fn a_file_that_is_no_font_is_refused() {
    let files = [
        Cow::Owned(font_bytes()),
        Cow::Borrowed(b"not a font".as_slice()),
    ];
    let error = Typesetter::new(files).expect_err("a broken font");
    assert_eq!(error.code(), "font_invalid");
    assert_eq!(
        error.to_string(),
        "font file 1 (counted from 0) can't be read"
    );
}

#[test]
fn characters_without_a_glyph_are_listed_wherever_they_stand() {
    let hidden = "a\u{200b}b";
    let error = refused(
        "#json(\"/data.json\").at(0)",
        &json!(["周", {"x": ["𠔻🙂", hidden]}]),
    );
    assert_eq!(error.code(), "glyph_missing");
    let words = error.to_string();
    assert!(
        words.contains("U+1F642") && words.contains("U+200B"),
        "{words}"
    );
    assert!(!words.contains('周'), "{words}");
}

#[test]
fn a_glyph_missing_in_the_template_stops_the_export() {
    let error = refused("🙂", &json!({}));
    assert_eq!(error.code(), "template_failed");
}

#[test]
fn another_font_family_is_an_error_not_a_replacement() {
    let error = refused("#set text(font: \"Comic Sans\")\n你好", &json!({}));
    assert_eq!(error.code(), "template_failed");
    let cause = std::error::Error::source(&error)
        .expect("a cause")
        .to_string();
    assert!(
        cause.contains("template.typ line 1") && cause.contains("unknown font family"),
        "{cause}"
    );
}

#[test]
fn templates_reach_neither_files_nor_packages_nor_the_day() {
    for template in [
        "#read(\"/etc/passwd\")",
        "#include \"/other.typ\"",
        "#import \"@preview/cetz:0.3.0\"",
        "#datetime.today()",
    ] {
        assert_eq!(
            refused(template, &json!({})).code(),
            "template_failed",
            "{template}"
        );
    }
}

#[test]
fn data_is_text_and_never_markup_or_code() {
    let mut data = hexiang(12);
    data["borrower_masked"] = json!("#panic() $x$ *周* <a> @b");
    assert!(typesetter().pdf(SHEET, &data, meta()).is_ok());
}

#[test]
fn data_without_a_needed_field_names_the_line() {
    let mut data = hexiang(12);
    data.as_object_mut().expect("an object").remove("journey");
    let error = refused(SHEET, &data);
    assert_eq!(error.code(), "template_failed");
    let cause = std::error::Error::source(&error)
        .expect("a cause")
        .to_string();
    assert!(
        cause.contains("template.typ line") && cause.contains("journey"),
        "{cause}"
    );
}

#[test]
fn data_over_the_limit_is_refused_before_any_work() {
    let error = refused("x", &json!("a".repeat(DATA_BYTES_MAX)));
    assert_eq!(error.code(), "document_data_too_large");
}

#[test]
fn money_and_rates_are_printed_to_the_fen_with_separators() {
    // The template's own helpers, checked by itself: a wrong figure panics and fails the render.
    let helpers = SHEET.split("// ---- words").next().expect("helpers");
    let checks = r##"
#assert.eq(yuan(0), "0.00")
#assert.eq(yuan(5), "0.05")
#assert.eq(yuan(2151549), "21,515.49")
#assert.eq(yuan(100000), "1,000.00")
#assert.eq(yuan(99999), "999.99")
#assert.eq(yuan(123456789012), "1,234,567,890.12")
#assert.eq(yuan(-3), "−0.03")
#assert.eq(percent(138000), "13.80%")
#assert.eq(percent(0), "0.00%")
#assert.eq(percent(5), "0.00%")
#assert.eq(percent(50), "0.01%")
#assert.eq(percent(147066), "14.71%")
#assert.eq(percent(-4950), "−0.50%")
#assert.eq(points(5000), "0.50")
checked"##;
    let template: &'static str = Box::leak(format!("{helpers}{checks}").into_boxed_str());
    let made = typesetter().pdf(template, &hexiang(12), meta());
    assert!(made.is_ok(), "{:?}", made.err());
    let wrong: &'static str =
        Box::leak(format!("{helpers}#assert.eq(yuan(5), \"0.5\")").into_boxed_str());
    assert!(typesetter().pdf(wrong, &hexiang(12), meta()).is_err());
}
