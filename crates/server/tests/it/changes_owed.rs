//! A change of terms against what is really owed: nothing heavier in passing, no kind word over a harder loan, none while the
//! loan is held or over.

use axum::http::StatusCode;
use serde_json::{Value, json};

use crate::actors::{ANHE, Borrower, Opened, Partner, Someone, Staff};
use crate::app::TestApp;
use crate::changes::{CHANGED, changes, changes_for, cheaper, longer, paid, terms};
use crate::identity::checked;
use crate::servicing::{DAY_MS, follows, instalment, receives, stands};

/// Opens a change that should open.
async fn opens(app: &TestApp, loan: &str, key: &str, terms: &Value) -> Opened {
    let change = changes(app, loan, key, terms).await;
    Opened::of(change.expect(StatusCode::CREATED).json())
}

/// Everything a change asks where nothing was signed, up to the confirmation.
async fn reads_and_understands(app: &TestApp, number: u32, change: &Opened) -> Borrower {
    let mut borrower = Borrower::with(&change.url);
    borrower.enters(app, &change.id).await;
    checked(app, &Someone::adult(number), &change.id).await;
    borrower.reads(app).await;
    borrower.understands(app).await;
    borrower
}

async fn state(app: &TestApp, id: &str) -> Value {
    let path = format!("/v1/journeys/{id}");
    let seen = Partner::of(app, ANHE).get(app, &path).await.ok().json();
    seen["state"].clone()
}

#[test]
fn a_change_is_held_against_what_is_really_owed() {
    TestApp::run(async |app| {
        let (_, opened) = paid(app, 528).await;
        let (id, lender) = (opened.id.as_str(), Partner::of(app, ANHE));
        // Nothing was ever reported: the sheet says that it goes by the plan.
        let mut asked = cheaper(app, id).await;
        let first = opens(app, id, "c1", &asked).await;
        let compared = &first.body["change"]["compared"];
        assert_eq!(
            (&compared["owed"]["by"], &compared["dearer"]),
            (&json!("plan"), &json!([]))
        );
        // Principal that came ahead makes it another comparison: the one before is called off.
        let whole = asked["principal"].as_i64().expect("a sum");
        let ahead = whole / 3;
        let day = asked["start"].as_str().expect("a day").to_owned();
        let report = |reference: &str, kind: &str, amount: i64| json!({ "reference": reference, "kind": kind, "amount": amount, "day": day });
        receives(app, &lender, id, &report("R-1", "prepayment", ahead))
            .await
            .expect(StatusCode::CREATED);
        assert_eq!(state(app, &first.id).await, "cancelled");
        // Asking for it once more takes an express yes, and says what was deducted.
        app.advance_ms(1_000);
        let second = opens(app, id, "c2", &asked).await;
        let compared = &second.body["change"]["compared"];
        assert_eq!(
            (&compared["before"]["principal"], &compared["owed"]),
            (
                &json!(whole - ahead),
                &json!({ "by": "reports", "prepaid": ahead, "arrears": 0 })
            )
        );
        let dearer = compared["dearer"].as_array().expect("a list");
        assert!(dearer.contains(&json!("principal")), "{dearer:?}");
        let borrower = reads_and_understands(app, 528, &second).await;
        let sheet = borrower.journey(app).await["sheet"].clone();
        let first = sheet["key_terms"][0]["body"]["zh"].as_str();
        assert!(
            first.is_some_and(|body| body.contains("已经扣除您提前还的本金")),
            "{first:?}"
        );
        let digest = borrower.digest(app).await;
        borrower
            .steps(app, "confirm", &digest)
            .await
            .refused(409, "dearer_not_accepted");
        let cancel = format!("/v1/journeys/{}/cancel", second.id);
        lender
            .post(app, &cancel, &json!({}))
            .await
            .expect(StatusCode::NO_CONTENT);
        // The honest sum asks nothing, and what came ahead counts in it and nowhere else.
        asked["principal"] = json!(whole - ahead);
        let third = opens(app, id, "c3", &asked).await;
        assert_eq!(third.body["change"]["compared"]["dearer"], json!([]));
        let borrower = reads_and_understands(app, 528, &third).await;
        assert_eq!(borrower.confirms(app).await["state"], "completed");
        follows(app).await;
        let loan = stands(app, id).await;
        assert_eq!(
            (&loan["repaid"], &loan["prepaid"], &loan["next"]["due"]),
            (&json!(ahead), &json!(ahead), &asked["first_due"])
        );
        let path = format!("/v1/journeys/{id}/settlement-quote");
        let quote = lender.get(app, &path).await.ok().json();
        assert_eq!(
            (&quote["total"], &quote["prepaid"]),
            (&json!(whole - ahead), &json!(0))
        );
        // What is settled is changed no more, and a change that waits ends with it.
        let again = terms(app, id, |terms| terms["periods"] = json!(24)).await;
        let last = opens(app, id, "c4", &again).await;
        receives(
            app,
            &lender,
            id,
            &report("R-2", "settlement", whole - ahead),
        )
        .await
        .expect(StatusCode::CREATED);
        assert_eq!(state(app, &last.id).await, "cancelled");
        changes(app, id, "c5", &again)
            .await
            .refused(409, "loan_over");
    });
}

#[test]
fn what_is_received_of_what_was_late_calls_off_the_change_that_took_it_in() {
    TestApp::run(async |app| {
        let (_, opened) = paid(app, 533).await;
        let (id, lender) = (opened.id.as_str(), Partner::of(app, ANHE));
        let first_due = terms(app, id, |_| {}).await["first_due"].clone();
        let first_due = first_due.as_str().expect("a day");
        // Nothing is late yet: an instalment is what the comparison reckons with.
        let asked = cheaper(app, id).await;
        let first = opens(app, id, "c1", &asked).await;
        let start = asked["start"].as_str().expect("a day");
        receives(app, &lender, id, &instalment("R-1", 100, start))
            .await
            .expect(StatusCode::CREATED);
        assert_ne!(state(app, &first.id).await, "cancelled");
        app.advance_ms(35 * DAY_MS);
        follows(app).await;
        let asked = terms(app, id, |terms| {
            terms["start"] = json!("2027-01-05");
            terms["first_due"] = json!("2027-02-05");
        })
        .await;
        let second = opens(app, id, "c2", &asked).await;
        let owed = &second.body["change"]["compared"]["owed"];
        assert!(owed["arrears"].as_i64() > Some(0), "{owed}");
        receives(app, &lender, id, &instalment("R-2", 100, first_due))
            .await
            .expect(StatusCode::CREATED);
        assert_eq!(state(app, &second.id).await, "cancelled");
    });
}

#[test]
fn a_kind_reason_over_a_harder_loan_is_refused() {
    TestApp::run(async |app| {
        let (_, opened) = paid(app, 529).await;
        let longer = longer(app, &opened.id).await;
        let shorter = terms(app, &opened.id, |terms| terms["periods"] = json!(6)).await;
        for (why, asked, code) in [
            ("rate_reduction", &longer, "not_a_reduction"),
            ("due_date", &longer, "more_than_the_day"),
            ("extension", &shorter, "not_an_extension"),
        ] {
            let answer = changes_for(app, &opened.id, why, why, asked).await;
            assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY, "{why}");
            let error = answer.json();
            let field = &error["error"]["fields"][0];
            assert_eq!(
                (&field["path"], &field["code"]),
                (&json!("reason"), &json!(code))
            );
        }
        // The same terms under their own name are asked about.
        let opened = changes_for(app, &opened.id, "c", "restructuring", &shorter).await;
        let opened = opened.expect(StatusCode::CREATED).json();
        assert_eq!(
            opened["change"]["compared"]["dearer"],
            json!(["instalment", "sooner"])
        );
    });
}

#[test]
fn new_terms_count_from_their_day_and_nobody_is_pressed_towards_them() {
    TestApp::run(async |app| {
        let (_, opened) = paid(app, 530).await;
        let id = opened.id.as_str();
        let asked = terms(app, id, |terms| {
            terms["periods"] = json!(24);
            terms["start"] = json!("2026-11-27");
            terms["first_due"] = json!("2026-12-27");
        })
        .await;
        let change = opens(app, id, "c1", &asked).await;
        let mut borrower = reads_and_understands(app, 530, &change).await;
        // Left half-way for days: the lender began it, and silence is a no.
        for _ in 0..4 {
            app.advance_ms(DAY_MS);
            app.run_jobs().await;
        }
        assert_eq!(app.facts(&change.id, "journey.reminded.v1").await, 0);
        let path = format!("/v1/journeys/{}", change.id);
        let seen = Partner::of(app, ANHE).get(app, &path).await.ok().json();
        assert_eq!(seen["reminders"]["state"], "off");
        borrower.enters(app, &change.id).await;
        let digest = borrower.digest(app).await;
        borrower
            .post(
                app,
                "/api/h5/change/accept-dearer",
                &json!({ "sheet_digest": digest }),
            )
            .await
            .ok();
        assert_eq!(borrower.confirms(app).await["state"], "completed");
        let fact = app.fact(id, CHANGED).await;
        assert_eq!(fact["from"], "2026-11-27");
        let now = terms(app, id, |_| {}).await;
        assert_eq!(now["periods"], 12);
        app.advance_ms(3 * DAY_MS);
        let then = terms(app, id, |_| {}).await;
        assert_eq!(then["periods"], 24);
    });
}

#[test]
fn a_hold_on_a_change_or_on_its_loan_stops_the_change() {
    TestApp::run(async |app| {
        let (_, opened) = paid(app, 531).await;
        let id = opened.id.as_str();
        let asked = cheaper(app, id).await;
        let change = opens(app, id, "c1", &asked).await;
        let borrower = reads_and_understands(app, 531, &change).await;
        let [service, reviewer] = [
            Staff::signs_in(app, "luoyifan").await,
            Staff::signs_in(app, "heyun").await,
        ];
        let digest = borrower.digest(app).await;
        let why = json!({ "words": "借款人来电说有人代办" });
        let [own, path] = [change.id.as_str(), id]
            .map(|case| format!("/api/console/journeys/{case}/money-holds"));
        let held = service.posts(app, &own, why.clone()).await.ok().json();
        borrower
            .steps(app, "confirm", &digest)
            .await
            .refused(409, "loan_held");
        let lift = format!("{own}/{}/lift", held[0]["id"].as_str().expect("an id"));
        reviewer.posts(app, &lift, json!({})).await.ok();
        let held = service.posts(app, &path, why).await.ok().json();
        borrower
            .steps(app, "confirm", &digest)
            .await
            .refused(409, "loan_held");
        let cancel = format!("/v1/journeys/{}/cancel", change.id);
        let lender = Partner::of(app, ANHE);
        lender
            .post(app, &cancel, &json!({}))
            .await
            .expect(StatusCode::NO_CONTENT);
        changes(app, id, "c2", &asked)
            .await
            .refused(409, "loan_held");
        let lift = format!("{path}/{}/lift", held[0]["id"].as_str().expect("an id"));
        reviewer.posts(app, &lift, json!({})).await.ok();
        opens(app, id, "c2", &asked).await;
    });
}

#[test]
fn a_change_is_no_loan_that_could_be_overdue() {
    TestApp::run(async |app| {
        let (before, opened) = paid(app, 532).await;
        let id = opened.id.as_str();
        let asked = cheaper(app, id).await;
        let change = opens(app, id, "c1", &asked).await;
        // Whoever is still inside with their loan is not inside with its change, nor the other way round.
        let inside = async |borrower: &Borrower| {
            let link = json!({ "token": borrower.token });
            let seen = borrower.post(app, "/api/h5/link", &link).await.ok().json();
            seen["inside"].clone()
        };
        assert_eq!(inside(&before).await, json!(true));
        let elsewhere = Borrower {
            cookie: before.cookie.clone(),
            ..Borrower::with(&change.url)
        };
        assert_eq!(inside(&elsewhere).await, json!(false));
        let borrower = reads_and_understands(app, 532, &change).await;
        assert_eq!(inside(&borrower).await, json!(true));
        assert_eq!(borrower.confirms(app).await["state"], "completed");
        let notice = json!({ "journey": change.id, "overdue": 100, "due_date": "2026-11-20", "report_on": "2026-12-01" });
        let lender = Partner::of(app, ANHE);
        lender
            .post(app, "/v1/adverse-notices", &notice)
            .await
            .refused(409, "adverse_no_loan");
    });
}
