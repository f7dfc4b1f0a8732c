//! The cost sheet: nothing skipped, nothing hurried, nobody stuck.

use serde_json::{Value, json};

use crate::actors::{ANHE, Borrower, Opened, Partner, Someone, loan, right, wrong};
use crate::app::TestApp;

async fn reader(app: &TestApp, number: u32) -> (Opened, Borrower) {
    let lender = Partner::of(app, ANHE);
    let opened = lender
        .opens(app, &Someone::adult(number), "hexiang", loan())
        .await;
    let mut borrower = Borrower::with(&opened.url);
    borrower.enters(app, &opened.id).await;
    (opened, borrower)
}

#[test]
fn no_client_can_hurry_or_skip() {
    TestApp::run(async |app| {
        let (opened, borrower) = reader(app, 1).await;
        let digest = borrower.digest(app).await;
        let answers = right(&borrower.journey(app).await);
        borrower
            .steps(app, "read", &digest)
            .await
            .refused(409, "sheet_not_shown");
        let early = borrower
            .steps(app, "confirm", &digest)
            .await
            .refused(409, "sheet_reading_time");
        assert_eq!(early.json()["error"]["retry_after_ms"], 15_000);
        assert_eq!(early.headers["retry-after"], "15");
        borrower
            .answers(app, &digest, &answers)
            .await
            .refused(409, "sheet_reading_time");

        let shown = borrower.steps(app, "shown", &digest).await.ok().json();
        assert_eq!(shown["sheet"]["reading"]["min_ms"], 15_000);
        app.advance_ms(14_999);
        for step in ["read", "confirm"] {
            let early = borrower
                .steps(app, step, &digest)
                .await
                .refused(409, "sheet_reading_time");
            assert_eq!(early.json()["error"]["retry_after_ms"], 1);
        }
        // Showing again neither restarts nor shortens the clock.
        let again = borrower.steps(app, "shown", &digest).await.ok().json();
        assert_eq!(again["sheet"]["reading"]["remaining_ms"], 1);
        app.advance_ms(1);
        borrower
            .steps(app, "confirm", &digest)
            .await
            .refused(409, "sheet_not_read");
        borrower
            .answers(app, &digest, &answers)
            .await
            .refused(409, "sheet_not_read");
        borrower.steps(app, "read", &digest).await.ok();
        borrower
            .steps(app, "confirm", &digest)
            .await
            .refused(409, "sheet_not_understood");
        borrower.answers(app, &digest, &answers).await.ok();
        assert_eq!(app.facts(&opened.id, "disclosure.confirmed.v1").await, 0);
        borrower.steps(app, "confirm", &digest).await.ok();
        for kind in ["shown", "read", "answered", "confirmed"] {
            assert_eq!(
                app.facts(&opened.id, &format!("disclosure.{kind}.v1"))
                    .await,
                1,
                "{kind}"
            );
        }
    });
}

#[test]
fn only_exactly_what_was_shown_can_be_confirmed() {
    TestApp::run(async |app| {
        let (_, borrower) = reader(app, 1).await;
        let (_, other) = reader(app, 2).await;
        let foreign = other.digest(app).await;
        let answers = right(&borrower.journey(app).await);
        let upper = borrower.digest(app).await.to_uppercase();
        for digest in [foreign.as_str(), "", "0", upper.as_str()] {
            for step in ["shown", "read", "confirm"] {
                borrower
                    .steps(app, step, digest)
                    .await
                    .refused(409, "sheet_changed");
            }
            borrower
                .answers(app, digest, &answers)
                .await
                .refused(409, "sheet_changed");
        }
        borrower.reads(app).await;
        borrower.understands(app).await;
        borrower
            .steps(app, "confirm", &foreign)
            .await
            .refused(409, "sheet_changed");
        assert_eq!(borrower.confirms(app).await["step"], "done");
    });
}

#[test]
fn confirming_twice_is_one_fact() {
    TestApp::run(async |app| {
        let (opened, borrower) = reader(app, 1).await;
        borrower.reads(app).await;
        borrower.understands(app).await;
        let first = borrower.confirms(app).await;
        app.advance_ms(1_000);
        let second = borrower.confirms(app).await;
        let at = |journey: &Value| journey["sheet"]["confirmed_at_ms"].as_i64();
        assert!(at(&first).is_some());
        assert_eq!(at(&first), at(&second));
        assert_eq!(app.facts(&opened.id, "disclosure.confirmed.v1").await, 1);
        assert_eq!(app.facts(&opened.id, "journey.completed.v1").await, 1);
        // Steps that are behind stay as they were.
        let digest = borrower.digest(app).await;
        for step in ["shown", "read"] {
            assert_eq!(
                borrower.steps(app, step, &digest).await.ok().json()["step"],
                "done"
            );
        }
    });
}

#[test]
fn wrong_answers_offer_a_person_and_never_end_the_way() {
    TestApp::run(async |app| {
        let (opened, borrower) = reader(app, 1).await;
        let journey = borrower.reads(app).await;
        let digest = borrower.digest(app).await;
        for (tries, offered) in [(1, false), (2, true), (3, true), (4, true)] {
            let after = borrower
                .answers(app, &digest, &wrong(&journey))
                .await
                .ok()
                .json();
            let quiz = &after["sheet"]["quiz"];
            assert_eq!(
                (&quiz["tries"], &quiz["wrong"]),
                (&json!(tries), &json!(tries))
            );
            assert_eq!(quiz["person_offered"], offered, "{tries}");
            assert_eq!(after["step"], "answer");
            borrower
                .steps(app, "confirm", &digest)
                .await
                .refused(409, "sheet_not_understood");
            if tries >= 3 {
                // Guessing waits, longer each time; even the right answer does.
                let early = borrower.answers(app, &digest, &right(&journey)).await;
                let early = early.refused(429, "sheet_answer_wait").json();
                let wait = early["error"]["retry_after_ms"].as_u64().expect("a time");
                assert_eq!(wait, 5_000 << (tries - 3));
                app.advance_ms(wait);
            }
        }
        // Half an answer, a doubled one or one that was never offered is wrong too, not an error.
        let both = right(&journey);
        let doubled = [both.clone(), both.clone()].concat();
        let strange = [
            both[0].clone(),
            ("first_payment".to_owned(), "z".to_owned()),
        ];
        for odd in [&both[..1], &doubled[..], &strange[..], &[]] {
            let after = borrower.answers(app, &digest, odd).await.ok().json();
            assert_eq!(after["sheet"]["quiz"]["understood_at_ms"], Value::Null);
            app.advance_ms(600_000);
        }
        let asked = borrower
            .post(app, "/api/h5/person", &json!({}))
            .await
            .ok()
            .json();
        assert!(asked["person_asked_at_ms"].is_i64());
        assert_eq!(borrower.understands(app).await["step"], "confirm");
        assert_eq!(borrower.confirms(app).await["step"], "done");
        assert_eq!(app.facts(&opened.id, "disclosure.answered.v1").await, 9);
    });
}

#[test]
fn the_choices_do_not_tell_which_is_right() {
    TestApp::run(async |app| {
        let mut places = std::collections::BTreeSet::new();
        for number in 1..=8 {
            let (_, borrower) = reader(app, number).await;
            app.advance_ms(60_000);
            let journey = borrower.journey(app).await;
            let quiz = &journey["sheet"]["quiz"];
            for question in quiz["questions"].as_array().expect("questions") {
                let keys: Vec<&String> = question.as_object().expect("an object").keys().collect();
                assert_eq!(keys, ["choices", "id", "text"]);
                let choices = question["choices"].as_array().expect("choices");
                let mut labels: Vec<&str> = Vec::new();
                for (choice, id) in choices.iter().zip(["a", "b", "c"]) {
                    let keys: Vec<&String> =
                        choice.as_object().expect("an object").keys().collect();
                    assert_eq!(keys, ["id", "label"]);
                    assert_eq!(choice["id"], id);
                    labels.push(choice["label"]["zh"].as_str().expect("a label"));
                }
                labels.sort_unstable();
                labels.dedup();
                assert_eq!(labels.len(), 3, "three different sums");
            }
            places.extend(
                right(&journey)
                    .into_iter()
                    .map(|(question, place)| format!("{question} {place}")),
            );
        }
        assert!(places.len() > 3, "the right one moves about: {places:?}");
    });
}

#[test]
fn a_new_opening_ends_the_older_session_and_restarts_unfinished_reading() {
    TestApp::run(async |app| {
        let (opened, first) = reader(app, 1).await;
        let digest = first.digest(app).await;
        first.steps(app, "shown", &digest).await.ok();
        app.advance_ms(60_000);
        let mut second = Borrower::with(&opened.url);
        let entered = second.enters(app, &opened.id).await;
        assert_eq!(entered["sheet"]["reading"]["shown_at_ms"], Value::Null);
        assert_eq!(entered["sheet"]["reading"]["remaining_ms"], 15_000);
        assert_eq!(app.facts(&opened.id, "disclosure.reopened.v1").await, 1);
        first
            .get(app, "/api/h5/journey")
            .await
            .refused(401, "session_replaced");
        for step in ["shown", "read", "confirm"] {
            first
                .steps(app, step, &digest)
                .await
                .refused(401, "session_replaced");
        }
        second
            .steps(app, "read", &digest)
            .await
            .refused(409, "sheet_not_shown");
        second.reads(app).await;
        // What was finished stays finished for the third.
        app.advance_ms(60_000);
        let mut third = Borrower::with(&opened.url);
        let entered = third.enters(app, &opened.id).await;
        assert_eq!(entered["step"], "answer");
        assert_eq!(app.facts(&opened.id, "disclosure.reopened.v1").await, 1);
        second
            .get(app, "/api/h5/journey")
            .await
            .refused(401, "session_replaced");
        third.understands(app).await;
        assert_eq!(third.confirms(app).await["step"], "done");
        // The finished journey opens again and shows the papers.
        app.advance_ms(60_000);
        let mut later = Borrower::with(&opened.url);
        let entered = later.enters(app, &opened.id).await;
        assert_eq!(entered["step"], "done");
        assert_eq!(entered["documents"].as_array().map(Vec::len), Some(1));
    });
}

#[test]
fn from_sixty_on_the_reading_is_longer_and_the_session_patient() {
    TestApp::run(async |app| {
        let lender = Partner::of(app, ANHE);
        for (number, birth, audience, min_ms) in [
            (1, "19661121", "elder", 30_000),
            (2, "19661122", "standard", 15_000),
        ] {
            let opened = lender
                .opens(app, &Someone::born(birth, number), "hexiang", loan())
                .await;
            let mut borrower = Borrower::with(&opened.url);
            let journey = borrower.enters(app, &opened.id).await;
            assert_eq!(journey["audience"], audience, "{birth}");
            assert_eq!(journey["sheet"]["reading"]["min_ms"], min_ms);
            let idle = journey["idle_timeout_ms"].as_u64().expect("a time");
            assert!(idle >= 600_000);
            // Nobody is thrown out for reading slowly, nor is a session endless.
            app.advance_ms(idle - 1);
            borrower.journey(app).await;
            app.advance_ms(idle - 1);
            assert_eq!(borrower.journey(app).await["step"], "read");
            // A minute's grace: when they were last seen is noted once a minute.
            app.advance_ms(idle + 60_000);
            borrower
                .get(app, "/api/h5/journey")
                .await
                .refused(401, "session_expired");
            borrower.completes(app, &opened.id).await;
        }
    });
}

#[test]
fn the_sheet_names_every_item_its_collector_and_the_plan() {
    TestApp::run(async |app| {
        let (_, borrower) = reader(app, 1).await;
        let journey = borrower.journey(app).await;
        let sheet = &journey["sheet"]["sheet"];
        let number = |path: &str| {
            sheet
                .pointer(path)
                .and_then(Value::as_i64)
                .unwrap_or_else(|| panic!("{path}"))
        };
        assert_eq!(number("/principal"), 2_000_000);
        assert_eq!(
            number("/total_repaid"),
            number("/principal") + number("/total_cost")
        );
        let items = sheet["items"].as_array().expect("items");
        let totals: i64 = items
            .iter()
            .map(|item| item["total"].as_i64().expect("fen"))
            .sum();
        assert_eq!(totals, number("/total_cost"));
        let rates: i64 = items
            .iter()
            .map(|item| item["annual_ppm"].as_i64().expect("ppm"))
            .sum();
        assert_eq!(rates, number("/composite/annual_ppm"));
        for item in items {
            let collectors = item["collectors"].as_array().expect("collectors");
            let parts: i64 = collectors
                .iter()
                .map(|c| c["total"].as_i64().expect("fen"))
                .sum();
            assert_eq!(parts, item["total"].as_i64().expect("fen"), "{item}");
        }
        let plan = sheet["plan"].as_array().expect("a plan");
        assert_eq!(plan.len(), 12);
        let paid: i64 = plan
            .iter()
            .map(|row| row["total"].as_i64().expect("fen"))
            .sum();
        assert_eq!(paid, number("/total_repaid"));
        let principal: i64 = plan
            .iter()
            .map(|row| row["principal"].as_i64().expect("fen"))
            .sum();
        assert_eq!(principal, number("/principal"));
        assert_eq!(plan[11]["balance"], 0);
        assert!(
            !sheet["contingent"]
                .as_array()
                .expect("contingent costs")
                .is_empty()
        );
        for text in ["no_other_charges", "without_guarantee"] {
            for language in ["zh", "en"] {
                assert!(
                    journey["sheet"][text][language]
                        .as_str()
                        .is_some_and(|t| !t.is_empty()),
                    "{text}"
                );
            }
        }
        assert!(
            !journey["sheet"]["key_terms"]
                .as_array()
                .expect("key terms")
                .is_empty()
        );
        // The terms on the sheet are the ones whose digest everything else names.
        let terms: cost::LoanTerms = serde_json::from_value(sheet["terms"].clone()).expect("terms");
        let canonical = proof::canonical::to_vec(&terms).expect("canonical");
        let digest = proof::hex::encode(&proof::digest::sha256(&canonical));
        assert_eq!(journey["sheet"]["terms_digest"], digest);
    });
}
