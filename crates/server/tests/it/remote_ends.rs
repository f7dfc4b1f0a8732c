//! A recording led by video meets whatever else becomes of recordings: every end, and single questions that come again.

use axum::http::{Method, StatusCode};
use serde_json::json;
use xiaobao::db::Read as _;
use xiaobao::values;

use crate::actors::{ANHE, Borrower, Staff, institution_id};
use crate::app::TestApp;
use crate::recording::{Page, due, one, reviews, says};
use crate::recording_evidence::recorded;
use crate::remote::{does, rolls, takes, waits};
use crate::workbench::{tile, workbench};

#[derive(sea_orm::FromQueryResult)]
struct Count {
    count: i64,
}

/// How many messages of two pages lie there.
async fn told(app: &TestApp) -> i64 {
    let anhe = institution_id(app, ANHE).await;
    let view = app.ctx.db.read(&anhe).await.expect("a view");
    let sql = "SELECT count(*) AS count FROM recording_signals WHERE institution_id = $1";
    let row: Option<Count> = view.one(sql, values![&anhe]).await.expect("a row");
    row.expect("a count").count
}

#[test]
fn nothing_of_how_two_pages_met_stays_whichever_way_it_ends() {
    TestApp::run(async |app| {
        let luo = Staff::signs_in(app, "luoyifan").await;
        for (number, what, body) in [
            (1, "call/leave", json!({})),
            (2, "person", json!({ "reason": "other" })),
            (3, "begin", json!({ "mode": "self_service" })),
        ] {
            let (_, borrower, id) = waits(app, number).await;
            takes(app, &luo, &id).await.ok();
            let candidate = json!({ "turn": 1, "kind": "candidate", "body": "198.51.100.7" });
            says(app, &borrower, "call/signals", candidate)
                .await
                .expect(StatusCode::NO_CONTENT);
            assert_eq!(told(app).await, 1);
            app.advance_ms(1);
            let ended = says(app, &borrower, what, body).await;
            assert!(ended.status.is_success(), "{what}: {}", ended.status);
            assert_eq!(told(app).await, 0, "{what}");
        }
    });
}

#[test]
fn a_single_question_may_be_led_and_stays_the_only_one_in_another_way() {
    TestApp::run(async |app| {
        let (opened, borrower, page) = recorded(app).await;
        let he = Staff::signs_in(app, "heyun").await;
        let path = format!("/api/console/recordings/{}", page.recording);
        he.send(app, Method::POST, &format!("{path}/open"), Some(&json!({})))
            .await
            .ok();
        let pick = json!({ "node": 2, "flaw": "not_heard", "segment": 1, "at_ms": 10 });
        let said = json!({ "said": "once_more", "nodes": [pick] });
        he.send(app, Method::POST, &format!("{path}/review"), Some(&said))
            .await
            .expect(StatusCode::NO_CONTENT);
        let luo = Staff::signs_in(app, "luoyifan").await;
        for mode in ["remote", "self_service", "remote"] {
            // Recordings of one instant have no order.
            app.advance_ms(1);
            says(app, &borrower, "begin", json!({ "mode": mode }))
                .await
                .ok();
            let begun = app.fact(&opened.id, "recording.begun.v1").await;
            assert_eq!(
                (&begun["mode"], &begun["corrects"], &begun["nodes"]),
                (&json!(mode), &json!(page.recording), &json!(["cost"]))
            );
        }
        let id = one(app, &borrower).await["id"].clone();
        let id = id.as_str().expect("an id");
        takes(app, &luo, id).await.ok();
        Page::rolls(app, &borrower).await;
        rolls(app, &luo, id).await;
        for (no, wanted) in [(1, StatusCode::CONFLICT), (2, StatusCode::OK)] {
            let asked = does(app, &luo, id, &format!("nodes/{no}/open"), json!({})).await;
            assert_eq!(asked.status, wanted, "question {no}");
        }
    });
}

#[test]
fn a_suspicion_is_noted_after_the_person_hung_up_too() {
    TestApp::run(async |app| {
        let suspicion = json!({ "why": "suspicion" });
        let luo = Staff::signs_in(app, "luoyifan").await;
        let he = Staff::signs_in(app, "heyun").await;
        for (number, goes_on) in [(1, None), (2, Some("self_service")), (3, Some("remote"))] {
            let (opened, borrower, id) = waits(app, number).await;
            takes(app, &luo, &id).await.ok();
            leaves(app, &borrower).await;
            if let Some(mode) = goes_on {
                says(app, &borrower, "begin", json!({ "mode": mode }))
                    .await
                    .ok();
            }
            let newest = one(app, &borrower).await["id"].clone();
            assert_eq!(newest == id, goes_on.is_none());
            does(app, &he, &id, "call-off", suspicion.clone())
                .await
                .refused(403, "recording_not_yours");
            does(app, &luo, &id, "call-off", json!({ "why": "technical" }))
                .await
                .refused(409, "recording_over");
            let path = format!("/api/console/recording-desk/{id}");
            for stands in ["open", "said"] {
                let seen = luo.get(app, &path).await.ok().json();
                assert_eq!(seen["suspicion"], stands);
                does(app, &luo, &id, "call-off", suspicion.clone())
                    .await
                    .expect(StatusCode::NO_CONTENT);
            }
            // What was noticed stays where it was, and what came since names it.
            let called = app.facts(&opened.id, "recording.person_called.v1").await;
            assert_eq!(called, 1 + i64::from(goes_on.is_some()));
            let called = app.fact(&opened.id, "recording.person_called.v1").await;
            let noticed_in = goes_on.map(|_| &id);
            assert_eq!(
                (
                    &called["reason"],
                    &called["recording"],
                    &called["noticed_in"]
                ),
                (&json!("suspicion"), &newest, &json!(noticed_in))
            );
            for mode in ["self_service", "remote"] {
                says(app, &borrower, "begin", json!({ "mode": mode }))
                    .await
                    .ok();
                let now = one(app, &borrower).await;
                assert_eq!(
                    (&now["id"], &now["state"]),
                    (&newest, &json!("needs_person"))
                );
            }
            for one in [id.as_str(), newest.as_str().expect("an id")] {
                let open = format!("/api/console/recordings/{one}/open");
                he.send(app, Method::POST, &open, Some(&json!({})))
                    .await
                    .ok();
            }
            let newest = newest.as_str().expect("an id");
            let path = format!("/api/console/recordings/{newest}");
            let seen = he.get(app, &path).await.ok().json();
            assert_eq!(seen["noticed_in"], json!(noticed_in));
            let pick = json!({ "node": 1, "flaw": "not_heard", "segment": 1, "at_ms": 10 });
            let some = json!({ "said": "once_more", "nodes": [pick] });
            let review = format!("/api/console/recordings/{id}/review");
            he.send(app, Method::POST, &review, Some(&some))
                .await
                .refused(409, "recording_suspected");
            reviews(app, &he, &id, "once_more")
                .await
                .expect(StatusCode::NO_CONTENT);
            does(app, &luo, &id, "call-off", suspicion.clone())
                .await
                .refused(409, "recording_over");
        }
    });
}

#[test]
fn a_suspicion_holds_the_case_whatever_came_of_later_recordings() {
    TestApp::run(async |app| {
        let alone = json!({ "mode": "self_service" });
        let luo = Staff::signs_in(app, "luoyifan").await;
        let he = Staff::signs_in(app, "heyun").await;
        let (_, borrower, led) = waits(app, 1).await;
        takes(app, &luo, &led).await.ok();
        leaves(app, &borrower).await;
        says(app, &borrower, "begin", alone.clone()).await.ok();
        says(app, &borrower, "person", json!({ "reason": "other" }))
            .await
            .ok();
        let seen = one(app, &borrower).await["id"].clone();
        looks(app, &he, seen.as_str().expect("an id")).await;
        does(app, &luo, &led, "call-off", json!({ "why": "suspicion" }))
            .await
            .expect(StatusCode::NO_CONTENT);
        app.advance_ms(1);
        says(app, &borrower, "begin", alone.clone()).await.ok();
        let held = one(app, &borrower).await;
        assert_eq!(
            (&held["id"], &held["state"]),
            (&json!(led), &json!("needs_person"))
        );
        looks(app, &he, &led).await;
        says(app, &borrower, "begin", alone).await.ok();
        let goes_on = one(app, &borrower).await;
        assert_eq!(goes_on["state"], "running");
        assert!(goes_on["id"] != seen && goes_on["id"] != led);
    });
}

/// A reviewer opens a recording and wants another one.
async fn looks(app: &TestApp, staff: &Staff, id: &str) {
    let open = format!("/api/console/recordings/{id}/open");
    staff
        .send(app, Method::POST, &open, Some(&json!({})))
        .await
        .ok();
    reviews(app, staff, id, "once_more")
        .await
        .expect(StatusCode::NO_CONTENT);
}

/// The person hangs up, a moment before anything else.
async fn leaves(app: &mut TestApp, borrower: &Borrower) {
    says(app, borrower, "call/leave", json!({}))
        .await
        .expect(StatusCode::NO_CONTENT);
    app.advance_ms(1);
}

#[test]
fn a_suspicion_is_cleared_by_somebody_else_and_not_for_ever_voiced() {
    const DAY_MS: u64 = 86_400_000;
    TestApp::run(async |app| {
        let suspicion = json!({ "why": "suspicion" });
        let he = Staff::signs_in(app, "heyun").await;
        let (_, borrower, id) = waits(app, 1).await;
        takes(app, &he, &id).await.ok();
        leaves(app, &borrower).await;
        let alone = json!({ "mode": "self_service" });
        says(app, &borrower, "begin", alone).await.ok();
        does(app, &he, &id, "call-off", suspicion.clone())
            .await
            .expect(StatusCode::NO_CONTENT);
        // Nobody led this one; the suspicion is theirs all the same.
        let newest = one(app, &borrower).await["id"].clone();
        let newest = newest.as_str().expect("an id");
        let open = format!("/api/console/recordings/{newest}/open");
        he.send(app, Method::POST, &open, Some(&json!({})))
            .await
            .ok();
        reviews(app, &he, newest, "once_more")
            .await
            .refused(403, "recording_led_by_reviewer");

        let (_, borrower, id) = waits(app, 2).await;
        takes(app, &he, &id).await.ok();
        leaves(app, &borrower).await;
        app.advance_ms(30 * DAY_MS);
        let he = Staff::signs_in(app, "heyun").await;
        does(app, &he, &id, "call-off", suspicion)
            .await
            .refused(409, "recording_over");
    });
}

#[test]
fn who_waits_for_a_colleague_takes_no_place_of_who_records() {
    TestApp::run(async |app| {
        app.reconfigure(|config| config.recording.running_max = 1)
            .await;
        let (_, borrower, _) = waits(app, 1).await;
        for _ in 0..20 {
            leaves(app, &borrower).await;
            says(app, &borrower, "begin", json!({ "mode": "remote" }))
                .await
                .ok();
        }
        let media = json!({ "media": "video/webm" });
        says(app, &borrower, "segments", media)
            .await
            .refused(409, "recording_not_led");
        let waiting = one(app, &borrower).await["id"].clone();
        let (_, other) = due(app, 2).await;
        let alone = json!({ "mode": "self_service" });
        says(app, &other, "begin", alone.clone()).await.ok();
        // Once a colleague takes it, it takes one.
        let luo = Staff::signs_in(app, "luoyifan").await;
        let waiting = waiting.as_str().expect("an id");
        takes(app, &luo, waiting)
            .await
            .refused(429, "recordings_full");
        says(app, &other, "person", json!({ "reason": "other" }))
            .await
            .ok();
        app.reconfigure(|config| config.recording.reserve_mib = 1_000_000_000)
            .await;
        takes(app, &luo, waiting)
            .await
            .refused(503, "recording_disk_low");
        app.reconfigure(|config| config.recording.reserve_mib = 1)
            .await;
        takes(app, &luo, waiting).await.ok();
        let (_, third) = due(app, 3).await;
        says(app, &third, "begin", alone)
            .await
            .refused(429, "recordings_full");
    });
}

#[test]
fn nobody_is_handed_over_to_where_no_more_leads_follow() {
    TestApp::run(async |app| {
        let (opened, borrower, id) = waits(app, 1).await;
        let luo = Staff::signs_in(app, "luoyifan").await;
        for turn in 1..=20 {
            let taken = takes(app, &luo, &id).await.ok().json();
            assert_eq!(taken["call"]["turn"], turn);
            let given = does(app, &luo, &id, "hand-over", json!({})).await;
            match turn {
                20 => given.refused(409, "recording_handed_too_often"),
                _ => given.expect(StatusCode::NO_CONTENT),
            };
        }
        // The last one is gone: the person is told, waits for nobody, and the log says who it was.
        app.advance_ms(31_000);
        let call = borrower.get(app, "/api/h5/recording/call?after=0").await;
        let call = call.ok().json();
        assert_eq!(
            (&call["state"], &call["over"]),
            (&json!("over"), &json!("nobody_came"))
        );
        let gone = app.fact(&opened.id, "recording.agent_gone.v1").await;
        assert_eq!(gone["turn"], 20);
    });
}

#[test]
fn who_waits_is_on_the_workbench() {
    TestApp::run(async |app| {
        let he = Staff::signs_in(app, "heyun").await;
        let (_, _, id) = waits(app, 1).await;
        let asked_ms = app.ctx.clock.now_ms();
        app.advance_ms(1);
        for (taken, [lead, review]) in [
            (None, [1, 0]),
            (Some("take"), [0, 0]),
            (Some("call-off"), [0, 1]),
        ] {
            let body = match taken {
                Some("call-off") => json!({ "why": "suspicion" }),
                _ => json!({}),
            };
            if let Some(what) = taken {
                let done = does(app, &he, &id, what, body).await;
                assert!(done.status.is_success(), "{what}");
            }
            let seen = workbench(app, &he).await;
            let waiting = tile(&seen, "recordings_to_lead");
            assert_eq!(waiting["count"], lead, "{taken:?}");
            if lead == 1 {
                assert_eq!(waiting["oldest_ms"], asked_ms);
            }
            assert_eq!(tile(&seen, "recordings_to_review")["count"], review);
        }
    });
}
