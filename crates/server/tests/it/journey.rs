//! The path of one loan, from the lender's request to the answer whether money may move.

use axum::http::StatusCode;
use proof::digest::sha256;
use serde_json::{Value, json};

use crate::actors::{ANHE, Borrower, Partner, Someone, journey_of, loan};
use crate::app::TestApp;

const DAY_MS: u64 = 86_400_000;

#[test]
fn a_loan_goes_all_the_way_and_each_answer_names_exactly_what_is_missing() {
    TestApp::run(async |app| {
        let lender = Partner::of(app, ANHE);
        let opened = lender
            .opens(app, &Someone::adult(1), "hexiang", loan())
            .await;
        let id = opened.id.as_str();
        assert_eq!(opened.body["state"], "open");
        assert_eq!(opened.body["required"], json!(["cost_disclosure"]));
        assert_eq!(opened.body["release"]["decision"], "denied");
        let all = [
            "sheet_not_shown",
            "sheet_not_read",
            "sheet_not_understood",
            "sheet_not_confirmed",
        ];
        let unproved = [&all[..], &["evidence_not_proved"]].concat();
        assert_eq!(lender.missing(app, id).await, unproved);
        app.settle().await;
        assert_eq!(lender.missing(app, id).await, all);

        let mut borrower = Borrower::with(&opened.url);
        let link = borrower.link(app).await.ok().json();
        assert_eq!(
            (&link["state"], &link["phone_masked"]),
            (&json!("open"), &json!("199****0001"))
        );
        let journey = borrower.enters(app, id).await;
        assert_eq!(
            (&journey["step"], &journey["audience"]),
            (&json!("read"), &json!("standard"))
        );
        assert_eq!(journey["sheet"]["digest"], opened.body["sheet_digest"]);
        assert_eq!(
            journey["sheet"]["terms_digest"],
            opened.body["terms_digest"]
        );
        let digest = borrower.digest(app).await;
        borrower.steps(app, "shown", &digest).await.ok();
        app.settle().await;
        assert_eq!(lender.missing(app, id).await, all[1..]);
        assert_eq!(borrower.reads(app).await["step"], "answer");
        app.settle().await;
        assert_eq!(lender.missing(app, id).await, all[2..]);
        assert_eq!(borrower.understands(app).await["step"], "confirm");
        app.settle().await;
        assert_eq!(lender.missing(app, id).await, all[3..]);
        let done = borrower.confirms(app).await;
        assert_eq!(
            (&done["step"], &done["state"]),
            (&json!("done"), &json!("completed"))
        );
        assert_eq!(done["proof"]["state"], "committed");
        // Nothing is missing but the proof, and without it no money moves.
        assert_eq!(lender.missing(app, id).await, ["evidence_not_proved"]);
        app.settle().await;
        assert_eq!(lender.missing(app, id).await, Vec::<String>::new());
        let release = lender.release(app, id).await;
        assert_eq!(release["terms_digest"], opened.body["terms_digest"]);
        assert!(release["proved_size"].as_i64() > Some(0));
        assert_eq!(borrower.journey(app).await["proof"]["state"], "proved");
    });
}

#[test]
fn the_same_key_answers_the_same_journey_and_never_another_body() {
    TestApp::run(async |app| {
        let lender = Partner::of(app, ANHE);
        let body = journey_of(&Someone::adult(1), "hexiang", loan());
        let first = lender
            .asks(app, "k-1", &body)
            .await
            .expect(StatusCode::CREATED)
            .json();
        let again = lender.asks(app, "k-1", &body).await.ok().json();
        assert_eq!(
            (&again["id"], &again["link"]),
            (&first["id"], &first["link"])
        );
        let mut others = vec![journey_of(&Someone::adult(2), "hexiang", loan())];
        for (pointer, value) in [
            ("/reference", json!("LN-2026-0002")),
            ("/product", json!("hemiao")),
            ("/borrower/name", json!("试别")),
            ("/borrower/phone", json!("19900000009")),
            ("/loan/principal", json!(2_000_100)),
            ("/loan", Value::Null),
        ] {
            let mut other = body.clone();
            *other.pointer_mut(pointer).expect("a field") = value;
            others.push(other);
        }
        for other in others {
            lender
                .asks(app, "k-1", &other)
                .await
                .refused(409, "idempotency_key_reused");
        }
        for key in ["", "with space", "中文", &"k".repeat(129)] {
            let headers = [("idempotency-key", key)];
            let post = axum::http::Method::POST;
            let answer = lender
                .send(app, post, "/v1/journeys", &headers, Some(&body))
                .await;
            answer.refused(422, "idempotency_key_missing");
        }
        lender
            .post(app, "/v1/journeys", &body)
            .await
            .refused(422, "idempotency_key_missing");
        // Keys belong to an institution: another one's same key is another journey.
        let other = Partner::of(app, crate::actors::JIANGLAN);
        let body = journey_of(
            &Someone::adult(1),
            "puhui",
            json!({ "principal": 10_000_000, "periods": 12 }),
        );
        let theirs = other
            .asks(app, "k-1", &body)
            .await
            .expect(StatusCode::CREATED)
            .json();
        assert_ne!(theirs["id"], first["id"]);
        assert_eq!(
            app.facts(first["id"].as_str().expect("an id"), "journey.opened.v1")
                .await,
            1
        );
    });
}

#[test]
fn a_price_that_comes_later_brings_the_sheet_and_comes_only_once() {
    TestApp::run(async |app| {
        let lender = Partner::of(app, ANHE);
        let opened = lender
            .opens(app, &Someone::adult(1), "hexiang", Value::Null)
            .await;
        let id = opened.id.as_str();
        assert_eq!(opened.body["state"], "waiting_price");
        assert_eq!(
            (&opened.body["sheet_digest"], &opened.body["terms_digest"]),
            (&Value::Null, &Value::Null)
        );
        app.settle().await;
        assert_eq!(lender.missing(app, id).await, ["price_not_final"]);
        let mut borrower = Borrower::with(&opened.url);
        let waiting = borrower.enters(app, id).await;
        assert_eq!(
            (&waiting["step"], &waiting["state"]),
            (&json!("wait"), &json!("waiting_price"))
        );
        assert_eq!(
            (&waiting["sheet"], &waiting["documents"]),
            (&Value::Null, &json!([]))
        );
        borrower
            .steps(app, "shown", &"0".repeat(64))
            .await
            .refused(404, "not_found");

        let path = format!("/v1/journeys/{id}/loan");
        let too_much = json!({ "principal": 2_000_000_000_i64, "periods": 12 });
        lender
            .post(app, &path, &too_much)
            .await
            .refused(422, "invalid_request");
        let priced = lender.post(app, &path, &loan()).await.ok().json();
        assert_eq!(priced["state"], "open");
        assert!(priced["sheet_digest"].is_string() && priced["terms_digest"].is_string());
        lender
            .post(app, &path, &loan())
            .await
            .refused(409, "price_already_final");
        let journey = borrower.journey(app).await;
        assert_eq!(
            (&journey["step"], &journey["sheet"]["digest"]),
            (&json!("read"), &priced["sheet_digest"])
        );
        assert_eq!(journey["sheet"]["superseded"], 0);
        assert_eq!(app.facts(id, "journey.priced.v1").await, 1);
        assert_eq!(app.facts(id, "disclosure.prepared.v1").await, 1);
    });
}

#[test]
fn an_expired_journey_takes_no_step_and_says_so_everywhere() {
    TestApp::run(async |app| {
        let lender = Partner::of(app, ANHE);
        let opened = lender
            .opens(app, &Someone::adult(1), "hexiang", loan())
            .await;
        let waiting = lender
            .opens(app, &Someone::adult(2), "hexiang", Value::Null)
            .await;
        let finished = lender
            .opens(app, &Someone::adult(3), "hexiang", loan())
            .await;
        Borrower::with(&finished.url)
            .completes(app, &finished.id)
            .await;
        app.settle().await;
        app.advance_ms(7 * DAY_MS - 60_000);
        let mut borrower = Borrower::with(&opened.url);
        borrower.enters(app, &opened.id).await;
        let digest = borrower.digest(app).await;
        borrower.steps(app, "shown", &digest).await.ok();
        app.advance_ms(60_000);
        // Before any job has said so, the time itself counts.
        assert!(
            lender
                .missing(app, &opened.id)
                .await
                .contains(&"journey_expired".to_owned())
        );
        let link = borrower.link(app).await.ok().json();
        assert_eq!(link["state"], "ended");
        borrower
            .steps(app, "read", &digest)
            .await
            .refused(401, "session_expired");
        let price = format!("/v1/journeys/{}/loan", waiting.id);
        lender
            .post(app, &price, &loan())
            .await
            .refused(409, "journey_expired");
        let link = format!("/v1/journeys/{}/link", opened.id);
        lender
            .post(app, &link, &json!({}))
            .await
            .refused(409, "journey_expired");
        let seen = lender
            .get(app, &format!("/v1/journeys/{}", opened.id))
            .await
            .ok()
            .json();
        assert_eq!(
            (&seen["state"], &seen["link"]),
            (&json!("expired"), &Value::Null)
        );
        app.settle().await;
        for id in [&opened.id, &waiting.id] {
            assert_eq!(app.facts(id, "journey.expired.v1").await, 1);
            assert!(
                lender
                    .missing(app, id)
                    .await
                    .contains(&"journey_expired".to_owned())
            );
        }
        // What was completed in time stays completed.
        assert_eq!(app.facts(&finished.id, "journey.expired.v1").await, 0);
        assert_eq!(
            lender.missing(app, &finished.id).await,
            Vec::<String>::new()
        );
    });
}

#[test]
fn a_new_link_ends_the_old_one() {
    TestApp::run(async |app| {
        let lender = Partner::of(app, ANHE);
        let opened = lender
            .opens(app, &Someone::adult(1), "hexiang", loan())
            .await;
        let old = Borrower::with(&opened.url);
        old.asks_code(app).await.ok();
        app.run_jobs().await;
        let code = old.reads_code(app, &opened.id).await;
        let path = format!("/v1/journeys/{}/link", opened.id);
        let renewed = lender.post(app, &path, &json!({})).await.ok().json();
        let url = renewed["url"].as_str().expect("a link");
        assert_ne!(url, opened.url);
        assert_eq!(
            renewed["expires_at_ms"],
            opened.body["link"]["expires_at_ms"]
        );
        assert_eq!(old.link(app).await.ok().json()["state"], "expired");
        old.asks_code(app).await.refused(409, "link_expired");
        old.tries_code(app, &code)
            .await
            .refused(409, "link_expired");
        let mut new = Borrower::with(url);
        // A code that was sent for the old link opens nothing.
        new.tries_code(app, &code)
            .await
            .refused(409, "code_expired");
        new.completes(app, &opened.id).await;
        let seen = lender
            .get(app, &format!("/v1/journeys/{}", opened.id))
            .await
            .ok()
            .json();
        assert_eq!(seen["link"]["url"], url);
    });
}

#[test]
fn a_person_may_be_asked_for_at_any_step_and_only_once() {
    TestApp::run(async |app| {
        let lender = Partner::of(app, ANHE);
        let opened = lender
            .opens(app, &Someone::adult(1), "hexiang", loan())
            .await;
        let mut borrower = Borrower::with(&opened.url);
        borrower.enters(app, &opened.id).await;
        let asked = borrower
            .post(app, "/api/h5/person", &json!({}))
            .await
            .ok()
            .json();
        let at = asked["person_asked_at_ms"].as_i64();
        assert!(at.is_some());
        assert_eq!(asked["step"], "read");
        app.advance_ms(5_000);
        let again = borrower
            .post(app, "/api/h5/person", &json!({}))
            .await
            .ok()
            .json();
        assert_eq!(again["person_asked_at_ms"].as_i64(), at);
        assert_eq!(app.facts(&opened.id, "journey.person_asked.v1").await, 1);
        borrower.reads(app).await;
        borrower.understands(app).await;
        assert_eq!(borrower.confirms(app).await["step"], "done");
    });
}

#[test]
fn the_printed_sheet_is_a_pdf_with_the_digest_that_was_sworn_to() {
    TestApp::run(async |app| {
        let lender = Partner::of(app, ANHE);
        let opened = lender
            .opens(app, &Someone::adult(1), "hexiang", loan())
            .await;
        let mut borrower = Borrower::with(&opened.url);
        assert_eq!(
            borrower.enters(app, &opened.id).await["documents"]
                .as_array()
                .map(Vec::len),
            Some(1)
        );
        borrower.reads(app).await;
        borrower.understands(app).await;
        let done = borrower.confirms(app).await;
        let document = &done["documents"][0];
        let digest = document["digest"].as_str().expect("a digest");
        let pdf = borrower
            .get(app, &format!("/api/h5/documents/{digest}"))
            .await
            .ok();
        assert_eq!(pdf.headers["content-type"], "application/pdf");
        assert!(pdf.bytes.starts_with(b"%PDF"), "a PDF");
        assert_eq!(document["bytes"].as_u64(), Some(pdf.bytes.len() as u64));
        assert_eq!(proof::hex::encode(&sha256(&pdf.bytes)), digest);
        let printed = app.fact(&opened.id, "disclosure.printed.v1").await;
        assert_eq!(printed["pdf_sha256"], digest);
        assert_eq!(
            printed["pdf_sm3"],
            proof::hex::encode(&proof::digest::sm3(&pdf.bytes))
        );
        assert_eq!(printed["sheet_digest"], opened.body["sheet_digest"]);
        let unknown = format!("/api/h5/documents/{}", "0".repeat(64));
        borrower.get(app, &unknown).await.refused(404, "not_found");
        // Printing again gives no second fact and no second document.
        app.settle().await;
        assert_eq!(app.facts(&opened.id, "disclosure.printed.v1").await, 1);
    });
}

#[test]
fn every_released_product_leads_to_a_release() {
    TestApp::run(async |app| {
        let lender = Partner::of(app, ANHE);
        let offers = [("hexiang_fixed", 3_000_000, 12), ("hemiao", 600_000, 6)];
        for (number, (product, principal, periods)) in (1..).zip(offers) {
            let ask = json!({ "principal": principal, "periods": periods });
            let opened = lender
                .opens(app, &Someone::adult(number), product, ask)
                .await;
            let done = Borrower::with(&opened.url).completes(app, &opened.id).await;
            assert_eq!(done["step"], "done", "{product}");
            app.settle().await;
            assert_eq!(
                lender.missing(app, &opened.id).await,
                Vec::<String>::new(),
                "{product}"
            );
        }
        let draft = journey_of(
            &Someone::adult(9),
            "jiyong",
            json!({ "principal": 1_000_000, "periods": 12 }),
        );
        lender
            .asks(app, "draft", &draft)
            .await
            .refused(409, "product_not_released");
        // Two people released a price below the threshold; one above it needs their approval first.
        let dear = journey_of(
            &Someone::adult(9),
            "hexiang_fixed",
            json!({ "principal": 300_000, "periods": 12 }),
        );
        lender
            .asks(app, "dear", &dear)
            .await
            .refused(409, "ceiling_needs_approval");
        let unknown = journey_of(&Someone::adult(9), "puhui", loan());
        lender
            .asks(app, "unknown", &unknown)
            .await
            .refused(422, "invalid_request");
    });
}

#[test]
fn nobody_under_eighteen_is_given_a_journey() {
    TestApp::run(async |app| {
        let lender = Partner::of(app, ANHE);
        let tomorrow = journey_of(&Someone::born("20081122", 1), "hexiang", loan());
        lender
            .asks(app, "young", &tomorrow)
            .await
            .refused(422, "borrower_under_age");
        assert_eq!(
            app.facts("", "vault.enrolled.v1").await,
            app.subjects(),
            "only the demo's subjects are kept"
        );
        let today = Someone::born("20081121", 2);
        lender.opens(app, &today, "hexiang", loan()).await;
    });
}
