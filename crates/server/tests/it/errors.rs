//! Bad input: a clear answer with a stable code in both languages, and nothing of it kept or repeated.

use axum::body::Body;
use axum::http::{Request, header};
use serde_json::{Value, json};

use crate::actors::{ANHE, Borrower, Partner, Someone, journey_of, loan};
use crate::app::{Answer, Site, TestApp};

/// Posts raw bytes as a lender's system.
async fn raw(
    site: &Site,
    partner: &Partner,
    path: &str,
    media_type: &str,
    body: Vec<u8>,
) -> Answer {
    let request = Request::post(path)
        .header(header::AUTHORIZATION, format!("Bearer {}", partner.key))
        .header(header::CONTENT_TYPE, media_type)
        .header("idempotency-key", "raw");
    site.send(request.body(Body::from(body)).expect("a request"))
        .await
}

fn valid() -> Value {
    journey_of(&Someone::adult(1), "hexiang", loan())
}

#[test]
fn a_body_that_is_no_json_is_named_as_such() {
    TestApp::run(async |app| {
        let lender = Partner::of(app, ANHE);
        let text = valid().to_string();
        let deep = "[".repeat(100_000);
        let mut padded = text.clone().into_bytes();
        padded.resize(1 << 20, b' ');
        let json = "application/json";
        let cases: Vec<(&str, &str, Vec<u8>, &str)> = vec![
            ("nothing", json, vec![], "body_not_json"),
            ("words", json, b"hello".to_vec(), "body_not_json"),
            (
                "cut short",
                json,
                text.as_bytes()[..text.len() - 1].to_vec(),
                "body_not_json",
            ),
            (
                "two bodies",
                json,
                format!("{text}{text}").into_bytes(),
                "body_not_json",
            ),
            ("nested deep", json, deep.into_bytes(), "invalid_request"),
            (
                "not UTF-8",
                json,
                b"{\"reference\":\"\xff\xfe\"}".to_vec(),
                "body_not_json",
            ),
            (
                "a bare NUL",
                json,
                b"{\"reference\":\"\0\"}".to_vec(),
                "body_not_json",
            ),
            (
                "a lone surrogate",
                json,
                br#"{"reference":"\ud800"}"#.to_vec(),
                "body_not_json",
            ),
            (
                "a comment",
                json,
                format!("/**/{text}").into_bytes(),
                "body_not_json",
            ),
            (
                "plain text",
                "text/plain",
                text.clone().into_bytes(),
                "body_not_json",
            ),
            (
                "a form",
                "application/x-www-form-urlencoded",
                b"a=b".to_vec(),
                "body_not_json",
            ),
            ("no type", "", text.clone().into_bytes(), "body_not_json"),
            ("a megabyte", json, padded, "body_too_large"),
        ];
        for (what, media_type, body, code) in cases {
            let answer = raw(app, &lender, "/v1/journeys", media_type, body).await;
            let status = match code {
                "body_too_large" => 413,
                "body_not_json" if media_type == json => 400,
                "body_not_json" => 415,
                _ => 422,
            };
            assert_eq!(
                (answer.status.as_u16(), answer.code().as_str()),
                (status, code),
                "{what}"
            );
        }
        let answer = raw(
            app,
            &lender,
            "/v1/journeys",
            "Application/JSON; charset=utf-8",
            text.into_bytes(),
        )
        .await;
        assert_eq!(answer.status.as_u16(), 201);
    });
}

/// One change to a valid request, and the field and code that must answer it.
struct Spoilt {
    at: &'static str,
    value: Value,
    path: &'static str,
    code: &'static str,
}

fn spoilt(at: &'static str, value: Value, path: &'static str, code: &'static str) -> Spoilt {
    Spoilt {
        at,
        value,
        path,
        code,
    }
}

#[test]
fn every_wrong_field_is_named_and_no_value_is_repeated() {
    TestApp::run(async |app| {
        let lender = Partner::of(app, ANHE);
        let huge = "长".repeat(80_000);
        let cases = vec![
            spoilt("/extra", json!(1), "extra", "unknown_field"),
            spoilt(
                "/borrower/email",
                json!("x@example.com"),
                "borrower.email",
                "unknown_field",
            ),
            spoilt("/loan/rate", json!(1), "loan.rate", "unknown_field"),
            spoilt("/reference", Value::Null, "reference", "wrong_type"),
            spoilt("/reference", json!(7), "reference", "wrong_type"),
            spoilt("/reference", json!(""), "reference", "malformed"),
            spoilt("/reference", json!("a b"), "reference", "malformed"),
            spoilt("/reference", json!("贷款第七号"), "reference", "malformed"),
            spoilt(
                "/reference",
                json!("x".repeat(65)),
                "reference",
                "malformed",
            ),
            spoilt("/reference", json!(huge), "reference", "malformed"),
            spoilt(
                "/product",
                json!("unheard-of"),
                "product",
                "unknown_product",
            ),
            spoilt(
                "/product",
                json!("'; DROP TABLE journey_journeys; --"),
                "product",
                "unknown_product",
            ),
            spoilt("/borrower", json!([]), "borrower", "wrong_type"),
            spoilt("/borrower/name", json!("X"), "borrower.name", "name_format"),
            spoilt(
                "/borrower/name",
                json!("王<script>"),
                "borrower.name",
                "name_format",
            ),
            spoilt(
                "/borrower/name",
                json!(huge),
                "borrower.name",
                "name_format",
            ),
            spoilt(
                "/borrower/id_number",
                json!("110101197805120010"),
                "borrower.id_number",
                "id_number_checksum",
            ),
            spoilt(
                "/borrower/id_number",
                json!("110101197802300010"),
                "borrower.id_number",
                "id_number_date",
            ),
            spoilt(
                "/borrower/id_number",
                json!("11010119780512001"),
                "borrower.id_number",
                "id_number_format",
            ),
            spoilt(
                "/borrower/id_number",
                json!(110_101),
                "borrower.id_number",
                "wrong_type",
            ),
            spoilt(
                "/borrower/phone",
                json!("2990000000"),
                "borrower.phone",
                "phone_format",
            ),
            spoilt(
                "/borrower/phone",
                json!("１９９０００００００１"),
                "borrower.phone",
                "phone_format",
            ),
            spoilt("/loan", json!("much"), "loan", "wrong_type"),
            spoilt(
                "/loan/principal",
                json!(-1),
                "loan.principal",
                "out_of_range",
            ),
            spoilt(
                "/loan/principal",
                json!(0),
                "loan.principal",
                "out_of_range",
            ),
            spoilt(
                "/loan/principal",
                json!(3_000_001),
                "loan.principal",
                "out_of_range",
            ),
            spoilt(
                "/loan/principal",
                json!(i64::MAX),
                "loan.principal",
                "out_of_range",
            ),
            spoilt(
                "/loan/principal",
                json!(u64::MAX),
                "loan.principal",
                "wrong_type",
            ),
            spoilt(
                "/loan/principal",
                json!(2_000_000.5),
                "loan.principal",
                "wrong_type",
            ),
            spoilt(
                "/loan/principal",
                json!("2000000"),
                "loan.principal",
                "wrong_type",
            ),
            spoilt("/loan/periods", json!(0), "loan.periods", "not_offered"),
            spoilt("/loan/periods", json!(5), "loan.periods", "not_offered"),
            spoilt("/loan/periods", json!(-12), "loan.periods", "wrong_type"),
            spoilt(
                "/loan/periods",
                json!(u64::MAX),
                "loan.periods",
                "wrong_type",
            ),
            spoilt(
                "/loan/start",
                json!("2026-11-20"),
                "loan.start",
                "in_the_past",
            ),
            spoilt(
                "/loan/start",
                json!("2026-02-30"),
                "loan.start",
                "wrong_type",
            ),
            spoilt("/loan/start", json!("tomorrow"), "loan.start", "wrong_type"),
            spoilt(
                "/loan/start",
                json!("-009999-01-01"),
                "loan.start",
                "in_the_past",
            ),
            spoilt(
                "/loan/start",
                json!("9999-12-31"),
                "loan.start",
                "too_far_ahead",
            ),
            spoilt("/loan/first_due", json!("2026-11-21"), "loan.first_due", ""),
            spoilt("/loan/first_due", json!("2026-11-01"), "loan.first_due", ""),
            spoilt("/loan/first_due", json!("9999-12-31"), "", ""),
        ];
        for Spoilt {
            at,
            value,
            path,
            code,
        } in cases
        {
            let mut body = valid();
            let (parent, key) = at.rsplit_once('/').expect("a pointer");
            body.pointer_mut(parent).expect("a parent")[key] = value.clone();
            let answer = lender
                .asks(app, "spoilt", &body)
                .await
                .refused(422, "invalid_request");
            let fields = answer.json()["error"]["fields"].clone();
            let field = &fields[0];
            assert!(
                field["path"].as_str().expect("a path").starts_with(path),
                "{at}: {fields}"
            );
            if !code.is_empty() {
                assert_eq!(
                    (&field["path"], &field["code"]),
                    (&json!(path), &json!(code)),
                    "{at}"
                );
            }
            for language in ["zh", "en"] {
                assert!(
                    field["message"][language]
                        .as_str()
                        .is_some_and(|m| !m.is_empty()),
                    "{at}"
                );
            }
            if let Some(text) = value.as_str().filter(|text| text.len() > 3) {
                assert!(!answer.text().contains(text), "{at} repeats what was sent");
            }
            for private in ["name", "id_number", "phone"] {
                let told = body["borrower"][private]
                    .as_str()
                    .is_some_and(|v| v.len() > 3 && answer.text().contains(v));
                assert!(!told, "{at} tells the {private}");
            }
        }
        for missing in [
            "/reference",
            "/product",
            "/borrower",
            "/borrower/name",
            "/loan/principal",
        ] {
            let mut body = valid();
            let (parent, key) = missing.rsplit_once('/').expect("a pointer");
            body.pointer_mut(parent)
                .and_then(Value::as_object_mut)
                .expect("an object")
                .remove(key);
            let answer = lender
                .asks(app, "spoilt", &body)
                .await
                .refused(422, "invalid_request");
            assert_eq!(
                answer.json()["error"]["fields"][0]["code"],
                "missing_field",
                "{missing}"
            );
        }
        for at in ["/reference", "/product", "/borrower/name"] {
            let mut body = valid();
            *body.pointer_mut(at).expect("a field") = json!("a\u{0}b");
            lender
                .asks(app, "spoilt", &body)
                .await
                .refused(422, "text_nul");
        }
        // Nothing of all this was kept, and the key is still free.
        assert_eq!(app.facts("", "journey.opened.v1").await, app.people());
        assert_eq!(
            lender.asks(app, "spoilt", &valid()).await.status.as_u16(),
            201
        );
    });
}

#[test]
fn the_borrower_s_bodies_are_as_strict() {
    TestApp::run(async |app| {
        let lender = Partner::of(app, ANHE);
        let opened = lender
            .opens(app, &Someone::adult(1), "hexiang", loan())
            .await;
        let mut borrower = Borrower::with(&opened.url);
        for (path, body, field, code) in [
            ("/api/h5/link", json!({}), "token", "missing_field"),
            ("/api/h5/link", json!({ "token": 5 }), "token", "wrong_type"),
            (
                "/api/h5/link",
                json!({ "token": "x", "more": 1 }),
                "more",
                "unknown_field",
            ),
            (
                "/api/h5/link/code",
                json!({ "Token": "x" }),
                "Token",
                "unknown_field",
            ),
            (
                "/api/h5/link/enter",
                json!({ "token": borrower.token }),
                "code",
                "missing_field",
            ),
            (
                "/api/h5/link/enter",
                json!({ "token": borrower.token, "code": 123_456 }),
                "code",
                "wrong_type",
            ),
            (
                "/api/console/session",
                json!({ "institution": "anhe", "account": "x" }),
                "password",
                "missing_field",
            ),
        ] {
            let answer = app.post(path, &body).await.refused(422, "invalid_request");
            let first = &answer.json()["error"]["fields"][0];
            assert!(
                first["path"]
                    .as_str()
                    .is_some_and(|p| p == field || p == "."),
                "{path}: {first}"
            );
            assert_eq!(first["code"], code, "{path} {body}");
        }
        borrower.enters(app, &opened.id).await;
        let digest = borrower.digest(app).await;
        for (path, body) in [
            ("/api/h5/sheet/shown", json!({})),
            ("/api/h5/sheet/shown", json!({ "sheet_digest": null })),
            (
                "/api/h5/sheet/confirm",
                json!({ "sheet_digest": digest, "at_ms": 1 }),
            ),
            (
                "/api/h5/sheet/answers",
                json!({ "sheet_digest": digest, "answers": {} }),
            ),
            (
                "/api/h5/sheet/answers",
                json!({ "sheet_digest": digest, "answers": [{ "question": "colour", "choice": "a" }] }),
            ),
            ("/api/h5/person", json!({ "why": "x" })),
        ] {
            borrower
                .post(app, path, &body)
                .await
                .refused(422, "invalid_request");
        }
        let many: Vec<Value> = vec![json!({ "question": "total", "choice": "a" }); 10_000];
        let flood = json!({ "sheet_digest": digest, "answers": many });
        borrower
            .post(app, "/api/h5/sheet/answers", &flood)
            .await
            .refused(413, "body_too_large");
    });
}
