//! Addresses, searches and names that make no sense.

use axum::http::{Method, StatusCode};
use serde_json::{Value, json};

use crate::actors::{ANHE, Partner, Someone, Staff, journey_of, loan};
use crate::app::TestApp;

#[test]
fn addresses_that_make_no_sense_are_answered_in_the_same_shape() {
    TestApp::run(async |app| {
        let lender = Partner::of(app, ANHE);
        let opened = lender
            .opens(app, &Someone::adult(1), "hexiang", loan())
            .await;
        let staff = Staff::signs_in(app, "luoyifan").await;
        let journey = format!("/api/console/journeys/{}", opened.id);
        let cases = [
            (
                "/api/console/journeys?limit=0".to_owned(),
                422,
                "invalid_request",
            ),
            (
                "/api/console/journeys?limit=201".to_owned(),
                422,
                "invalid_request",
            ),
            (
                "/api/console/journeys?limit=many".to_owned(),
                422,
                "invalid_request",
            ),
            (
                "/api/console/journeys?state=lost".to_owned(),
                422,
                "invalid_request",
            ),
            (
                "/api/console/journeys?limit=-1".to_owned(),
                422,
                "invalid_request",
            ),
            (
                "/api/console/products?limit=x".to_owned(),
                422,
                "invalid_request",
            ),
            (
                "/api/console/outbox?limit=x".to_owned(),
                422,
                "invalid_request",
            ),
            (
                format!("{journey}/timeline?after=x"),
                422,
                "invalid_request",
            ),
            (
                format!("{journey}/timeline?limit=x"),
                422,
                "invalid_request",
            ),
            (format!("{journey}/timeline/x/proof"), 404, "not_found"),
            (format!("{journey}/timeline/0/proof"), 404, "not_found"),
            (
                format!("{journey}/timeline/-9223372036854775808/proof"),
                404,
                "not_found",
            ),
            (format!("{journey}/timeline/999999/proof"), 404, "not_found"),
            (format!("{journey}/documents/%00"), 404, "not_found"),
            (
                format!("{journey}/documents/..%2f..%2fkeys"),
                404,
                "not_found",
            ),
            ("/api/console/journeys/jny_%00".to_owned(), 404, "not_found"),
            ("/api/console/journeys/%ff%fe".to_owned(), 404, "not_found"),
            ("/api/console/journeys/x".to_owned(), 404, "not_found"),
            ("/api/console/products/prd_x".to_owned(), 404, "not_found"),
            ("/log/%00/checkpoint".to_owned(), 404, "not_found"),
            ("/log/nobody/checkpoint".to_owned(), 404, "not_found"),
            ("/log/anhe/tile/0/000.p/0".to_owned(), 404, "not_found"),
            (
                "/log/anhe/tile/0/..%2f..%2fcheckpoint".to_owned(),
                404,
                "not_found",
            ),
            ("/log/anhe/tile/9/x".to_owned(), 404, "not_found"),
            ("/nowhere".to_owned(), 404, "not_found"),
            ("/v2/journeys".to_owned(), 404, "not_found"),
            ("/console/../../etc/passwd".to_owned(), 404, "not_found"),
        ];
        for (path, status, code) in cases {
            let answer = staff.get(app, &path).await;
            assert_eq!(
                (answer.status.as_u16(), answer.code().as_str()),
                (status, code),
                "{path}"
            );
        }
        // A search for what can't be there finds nothing, on every database.
        for q in ["%27%3B--", "%F0%9F%92%A9", "%25%30%30", &"x".repeat(2_000)] {
            for query in [format!("product={q}"), format!("after={q}")] {
                let page = staff
                    .get(app, &format!("/api/console/journeys?{query}"))
                    .await
                    .ok()
                    .json();
                assert!(page["rows"].is_array(), "{query}");
            }
        }
        let search = "/api/console/journeys/search";
        for q in ["'; --", "💩", "%00", "10000000062' OR '1'='1"] {
            let page = staff
                .send(app, Method::POST, search, Some(&json!({ "q": q })))
                .await
                .ok()
                .json();
            assert_eq!(page["rows"], json!([]), "{q}");
        }
        for q in [
            json!(""),
            json!("  "),
            json!("a\tb"),
            json!("x".repeat(65)),
            json!(5),
            Value::Null,
        ] {
            let answer = staff
                .send(app, Method::POST, search, Some(&json!({ "q": q })))
                .await;
            answer.refused(422, "invalid_request");
        }
        for (method, path) in [
            (Method::DELETE, "/v1/journeys"),
            (Method::PUT, "/api/h5/journey"),
            (Method::POST, "/api/console/log"),
            (Method::PATCH, "/log/anhe/checkpoint"),
        ] {
            let answer = staff.send(app, method, path, None).await;
            assert_eq!(
                (answer.status.as_u16(), answer.code().as_str()),
                (405, "method_not_allowed"),
                "{path}"
            );
        }
    });
}

#[test]
fn names_with_control_characters_sign_nobody_in() {
    TestApp::run(async |app| {
        let password = &app.demo.accounts[0].password;
        for (institution, account) in [("an\0he", "luoyifan"), ("anhe", "luo\0yifan")] {
            Staff::tries(app, institution, account, password)
                .await
                .refused(422, "text_nul");
        }
        for (institution, account) in [("", ""), ("ANHE", "luoyifan"), ("anhe", "luo\nyifan")] {
            Staff::tries(app, institution, account, password)
                .await
                .refused(401, "login_wrong");
        }
        Staff::tries(app, ANHE, "luoyifan", &"x".repeat(100_000))
            .await
            .refused(401, "login_wrong");
    });
}

#[test]
fn a_list_is_also_a_file_for_a_spreadsheet() {
    TestApp::run(async |app| {
        let lender = Partner::of(app, ANHE);
        let mut body = journey_of(&Someone::adult(1), "hexiang", loan());
        body["reference"] = json!("=1+1");
        app.advance_ms(1);
        lender
            .asks(app, "a-key", &body)
            .await
            .expect(StatusCode::CREATED);
        let staff = Staff::signs_in(app, "luoyifan").await;
        let path = "/api/console/journeys?format=csv&limit=1&product=hexiang";
        let answer = staff.get(app, path).await.ok();
        assert_eq!(answer.headers["content-type"], "text/csv; charset=utf-8");
        let disposition = "attachment; filename=\"journeys.csv\"";
        assert_eq!(answer.headers["content-disposition"], disposition);
        let text = answer.text();
        let text = text.strip_prefix('\u{feff}').expect("a byte order mark");
        let lines: Vec<&str> = text.split_terminator("\r\n").collect();
        let titles =
            "id,kind,reference,borrower_masked,phone_masked,business.name_masked,product.code,";
        assert!(lines[0].starts_with(titles), "{text}");
        assert_eq!(lines.len(), 4, "titles, this journey and the demo's two");
        assert!(lines[1].contains(",loan,'=1+1,"), "{text}");
        assert!(lines[1].ends_with(",2026-11-28 10:00:00"), "{text}");
        let path = "/api/console/journeys?format=xml";
        staff.get(app, path).await.refused(422, "invalid_request");
    });
}

#[test]
fn pages_of_a_list_follow_each_other_without_gap_or_repeat() {
    TestApp::run(async |app| {
        let lender = Partner::of(app, ANHE);
        let mut opened = Vec::new();
        for number in 1..=9 {
            app.advance_ms(1);
            opened.push(
                lender
                    .opens(app, &Someone::adult(number), "hexiang", loan())
                    .await
                    .id,
            );
        }
        let staff = Staff::signs_in(app, "luoyifan").await;
        let mut seen = Vec::new();
        let mut path = "/api/console/journeys?limit=4&product=hexiang".to_owned();
        loop {
            let page = staff.get(app, &path).await.ok().json();
            let rows = page["rows"].as_array().expect("rows").clone();
            assert!(rows.len() <= 4);
            seen.extend(
                rows.iter()
                    .map(|row| row["id"].as_str().expect("an id").to_owned()),
            );
            let Some(next) = page["next"].as_str() else {
                break;
            };
            path = format!("/api/console/journeys?limit=4&product=hexiang&after={next}");
        }
        opened.reverse();
        assert_eq!(seen[..9], opened, "newest first");
        assert_eq!(seen.len(), 11, "and the demo's own two");
        let timeline = format!("/api/console/journeys/{}/timeline", opened[0]);
        let (mut numbers, mut after) = (Vec::new(), String::new());
        loop {
            let page = staff
                .get(app, &format!("{timeline}?limit=2&after={after}"))
                .await
                .ok()
                .json();
            let rows = page["rows"].as_array().expect("rows").clone();
            numbers.extend(rows.iter().map(|row| row["no"].as_i64().expect("a number")));
            let Some(next) = page["next"].as_str() else {
                break;
            };
            after = next.to_owned();
        }
        let count = i64::try_from(numbers.len()).expect("few");
        assert_eq!(numbers, (1..=count).collect::<Vec<_>>());
        assert!(count >= 4);
    });
}
