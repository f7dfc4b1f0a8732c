//! Journeys that their people left half-way: reminded twice at the most, never against their word, and given up on a page.

use axum::http::{Method, StatusCode};
use serde_json::json;
use xiaobao::db::{Scope, Write as _};
use xiaobao::notify;

use crate::actors::{
    ANHE, Borrower, Opened, Partner, Someone, Staff, institution_id, journey_of, loan,
};
use crate::app::TestApp;

const HOUR_MS: u64 = 3_600_000;

/// The reminders that reached the phone of a case, the newest first.
async fn reminded(app: &TestApp, case: &str) -> Vec<String> {
    let id = institution_id(app, ANHE).await;
    let page = notify::kept(&app.ctx, &id, None, 200)
        .await
        .expect("the outbox");
    let mine = page.rows.into_iter();
    mine.filter(|kept| kept.case_id == case && kept.template == "unfinished_journey")
        .map(|kept| kept.text)
        .collect()
}

/// Time passes in whole hours, with the jobs of each.
async fn hours(app: &TestApp, hours: u64) {
    for _ in 0..hours {
        app.advance_ms(HOUR_MS);
        app.run_jobs().await;
    }
}

/// A person who has read the sheet and left.
async fn left_half_way(app: &TestApp, number: u32) -> (Borrower, Opened) {
    let lender = Partner::of(app, ANHE);
    let opened = lender
        .opens(app, &Someone::adult(number), "hemiao", loan())
        .await;
    let mut borrower = Borrower::with(&opened.url);
    borrower.enters(app, &opened.id).await;
    borrower.reads(app).await;
    (borrower, opened)
}

#[test]
fn who_left_half_way_is_reminded_twice_and_then_left_in_peace() {
    TestApp::run(async |app| {
        let (_, opened) = left_half_way(app, 501).await;
        hours(app, 23).await;
        assert_eq!(reminded(app, &opened.id).await, Vec::<String>::new());
        hours(app, 2).await;
        let texts = reminded(app, &opened.id).await;
        assert_eq!(texts.len(), 1, "{texts:?}");
        assert!(texts[0].contains("还没有办完") && texts[0].contains("2026-11-28"));
        for never in ["http", "/h5/", "20000", "元", "验证码"] {
            assert!(!texts[0].contains(never), "{never} in {}", texts[0]);
        }
        let fact = app.fact(&opened.id, "journey.reminded.v1").await;
        assert_eq!(fact["number"], 1);
        let lender = Partner::of(app, ANHE);
        let path = format!("/v1/journeys/{}", opened.id);
        let seen = lender.get(app, &path).await.ok().json();
        assert_eq!(
            (&seen["reminders"]["state"], &seen["reminders"]["sent"]),
            (&json!("on"), &json!(1))
        );
        // A job that runs twice leads to no second message.
        let mut tx = app
            .ctx
            .db
            .begin_unrecorded(Scope::Unscoped, "a job that runs twice")
            .await
            .expect("a transaction");
        tx.exec(
            "INSERT INTO jobs_jobs (id, institution_id, kind, payload, run_at_ms, attempts, state)
             SELECT 'job_twice', institution_id, kind, payload, 0, 0, state FROM jobs_jobs
             WHERE kind = 'journey.remind' AND payload LIKE $1 LIMIT 1",
            xiaobao::values![format!("%{}%", opened.id)],
        )
        .await
        .expect("a copy");
        tx.commit().await.expect("committed");
        hours(app, 24).await;
        assert_eq!(reminded(app, &opened.id).await.len(), 1);
        // The second after three times as long; there is no third.
        hours(app, 49).await;
        assert_eq!(reminded(app, &opened.id).await.len(), 2);
        hours(app, 72).await;
        assert_eq!(reminded(app, &opened.id).await.len(), 2);
        assert_eq!(app.facts(&opened.id, "journey.expired.v1").await, 1);
        let seen = lender.get(app, &path).await.ok().json();
        assert_eq!(seen["reminders"]["state"], "over");
    });
}

#[test]
fn a_reminder_waits_for_the_morning_and_for_the_person_s_own_turn() {
    TestApp::run(async |app| {
        app.reconfigure(|config| config.journey.remind_hours = 12)
            .await;
        let (_, opened) = left_half_way(app, 502).await;
        // Who never came may not have the link; who waits for the lender has nothing to do.
        let lender = Partner::of(app, ANHE);
        let never = lender
            .opens(app, &Someone::adult(503), "hemiao", loan())
            .await;
        let waits = lender
            .opens(app, &Someone::adult(504), "hemiao", json!(null))
            .await;
        let mut waiting = Borrower::with(&waits.url);
        waiting.enters(app, &waits.id).await;
        // Ten in the evening.
        hours(app, 13).await;
        assert_eq!(reminded(app, &opened.id).await, Vec::<String>::new());
        hours(app, 8).await;
        assert_eq!(reminded(app, &opened.id).await, Vec::<String>::new());
        hours(app, 2).await;
        assert_eq!(reminded(app, &opened.id).await.len(), 1);
        hours(app, 48).await;
        for quiet in [&never.id, &waits.id] {
            assert_eq!(reminded(app, quiet).await, Vec::<String>::new());
        }
        // The lender fixed the price: now it is the person's turn.
        let path = format!("/v1/journeys/{}/loan", waits.id);
        lender.post(app, &path, &loan()).await.ok();
        hours(app, 36).await;
        assert_eq!(reminded(app, &waits.id).await.len(), 1);
    });
}

#[test]
fn nobody_is_reminded_against_their_word_or_their_lender_s() {
    TestApp::run(async |app| {
        let (borrower, opened) = left_half_way(app, 505).await;
        let (done, completed) = left_half_way(app, 506).await;
        done.understands(app).await;
        done.confirms(app).await;
        let path = "/api/h5/reminders/decline";
        for _ in 0..2 {
            let seen = borrower.post(app, path, &json!({})).await.ok().json();
            assert_eq!(seen["reminders"]["state"], "declined");
        }
        let declined = "journey.reminders_declined.v1";
        assert_eq!(app.facts(&opened.id, declined).await, 1);
        let (_, other) = left_half_way(app, 507).await;
        let staff = Staff::signs_in(app, "heyun").await;
        let path = "/api/console/settings";
        let mut settings = staff.get(app, path).await.ok().json();
        assert_eq!(settings["defaults"]["remind_hours"], 24);
        hours(app, 26).await;
        assert_eq!(reminded(app, &opened.id).await, Vec::<String>::new());
        assert_eq!(reminded(app, &completed.id).await, Vec::<String>::new());
        assert_eq!(reminded(app, &other.id).await.len(), 1);
        // The institution sends none from now on: what waits already goes to nobody either.
        let staff = Staff::signs_in(app, "heyun").await;
        settings["settings"]["remind_hours"] = json!(0);
        let whole = json!({ "version": settings["version"], "settings": settings["settings"] });
        staff.send(app, Method::PUT, path, Some(&whole)).await.ok();
        hours(app, 80).await;
        assert_eq!(reminded(app, &other.id).await.len(), 1);
        let (borrower, _) = left_half_way(app, 508).await;
        let seen = borrower.journey(app).await;
        assert_eq!(seen["reminders"]["state"], "off");
    });
}

#[test]
fn a_person_gives_an_unfinished_journey_up() {
    TestApp::run(async |app| {
        let (borrower, opened) = left_half_way(app, 509).await;
        let path = "/api/h5/abandon";
        for _ in 0..2 {
            let seen = borrower.post(app, path, &json!({})).await.ok().json();
            assert_eq!(seen["state"], "cancelled");
        }
        let fact = app.fact(&opened.id, "journey.abandoned.v1").await;
        assert_eq!(fact["step"], "cost_disclosure");
        assert_eq!(app.facts(&opened.id, "journey.abandoned.v1").await, 1);
        assert_eq!(app.facts(&opened.id, "journey.cancelled.v1").await, 0);
        let digest = borrower.digest(app).await;
        borrower
            .steps(app, "confirm", &digest)
            .await
            .refused(409, "journey_cancelled");
        let lender = Partner::of(app, ANHE);
        let seen = lender
            .get(app, &format!("/v1/journeys/{}", opened.id))
            .await;
        let seen = seen.ok().json();
        assert_eq!(
            (&seen["state"], &seen["reminders"]["state"]),
            (&json!("cancelled"), &json!("over"))
        );
        hours(app, 30).await;
        assert_eq!(reminded(app, &opened.id).await, Vec::<String>::new());
    });
}

#[test]
fn what_is_done_is_called_off_and_not_given_up_and_a_guarantor_may_say_no() {
    TestApp::run(async |app| {
        let lender = Partner::of(app, ANHE);
        let opened = lender
            .opens(app, &Someone::adult(510), "hemiao", loan())
            .await;
        let named = json!({ "role": "guarantor", "person": Someone::adult(511).json() });
        let path = format!("/v1/journeys/{}/parties", opened.id);
        let party = lender.post(app, &path, &named).await;
        let party = Opened::of(party.expect(StatusCode::CREATED).json());
        let mut guarantor = Borrower::with(&party.url);
        guarantor.enters(app, &party.id).await;
        let given_up = guarantor.post(app, "/api/h5/abandon", &json!({})).await;
        assert_eq!(given_up.ok().json()["state"], "cancelled");
        let mut borrower = Borrower::with(&opened.url);
        borrower.completes(app, &opened.id).await;
        borrower
            .post(app, "/api/h5/abandon", &json!({}))
            .await
            .refused(409, "journey_completed");
        app.settle().await;
        assert_eq!(
            lender.missing(app, &opened.id).await,
            ["guarantor_not_confirmed"]
        );
        // Whoever gives the loan itself up takes those with them who answer for it.
        let body = journey_of(&Someone::adult(512), "hemiao", loan());
        let second = lender.asks(app, "second", &body).await;
        let second = Opened::of(second.expect(StatusCode::CREATED).json());
        let path = format!("/v1/journeys/{}/parties", second.id);
        let party = lender.post(app, &path, &named).await;
        let party = Opened::of(party.expect(StatusCode::CREATED).json());
        let mut borrower = Borrower::with(&second.url);
        borrower.enters(app, &second.id).await;
        borrower.post(app, "/api/h5/abandon", &json!({})).await.ok();
        assert_eq!(app.facts(&party.id, "journey.cancelled.v1").await, 1);
    });
}
