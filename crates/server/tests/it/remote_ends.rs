//! A recording led by video meets whatever else becomes of recordings: every end, and single questions that come again.

use axum::http::{Method, StatusCode};
use serde_json::json;
use xiaobao::db::Read as _;
use xiaobao::values;

use crate::actors::{ANHE, Staff, institution_id};
use crate::app::TestApp;
use crate::recording::{Page, one, says};
use crate::recording_evidence::recorded;
use crate::remote::{does, rolls, takes, waits};

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
