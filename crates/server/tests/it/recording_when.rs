//! 双录: which loans are recorded, by how the borrower came and what the lender's risk rules say.

use axum::http::StatusCode;
use serde_json::{Value, json};

use crate::actors::{ANHE, Opened, Partner, Someone, journey_of, loan};
use crate::app::TestApp;
use crate::recording::script;
use crate::steps::offers_with;

/// Visits and marked loans are recorded, and no others.
async fn offers(app: &TestApp) {
    let mut recording = script();
    recording["when"] =
        json!({ "always": false, "elders": false, "channels": ["visit"], "flagged": true });
    let parts = json!({
        "required": ["personal_information_notice", "cost_disclosure", "recording"],
        "notices": ["pi_notice"],
        "recording": recording,
    });
    offers_with(&app.ctx, parts).await.expect("released");
}

/// Opens a journey with what the lender says of it.
async fn opens(app: &TestApp, number: u32, said: Value) -> Opened {
    let mut body = journey_of(&Someone::adult(number), "hexiang", loan());
    for (name, value) in said.as_object().expect("fields") {
        body[name] = value.clone();
    }
    let lender = Partner::of(app, ANHE);
    let answer = lender.asks(app, &format!("when-{number}"), &body).await;
    Opened::of(answer.expect(StatusCode::CREATED).json())
}

fn is_recorded(opened: &Opened) -> bool {
    let required = opened.body["required"].as_array().expect("steps");
    required.contains(&json!("recording"))
}

#[test]
fn channel_and_risk_mark_decide_whether_a_loan_is_recorded() {
    TestApp::run(async |app| {
        offers(app).await;
        let cases = [
            (json!({ "channel": "own" }), false),
            (json!({ "channel": "own", "risk_flag": true }), true),
            (json!({ "channel": "visit" }), true),
            // What nobody said may matter.
            (json!({}), true),
        ];
        for (number, (said, recorded)) in (81..).zip(cases) {
            let opened = opens(app, number, said.clone()).await;
            assert_eq!(is_recorded(&opened), recorded, "{said}");
            let facts = app.facts(&opened.id, "journey.came_by.v1").await;
            if said == json!({}) {
                assert_eq!(facts, 0);
                continue;
            }
            let fact = app.fact(&opened.id, "journey.came_by.v1").await;
            assert_eq!((facts, &fact["channel"]), (1, &said["channel"]));
            assert_eq!(fact["risk_flagged"], said["risk_flag"] == true);
        }
    });
}

#[test]
fn another_channel_under_one_key_is_another_request() {
    TestApp::run(async |app| {
        let lender = Partner::of(app, ANHE);
        let mut body = journey_of(&Someone::adult(85), "hexiang", loan());
        body["channel"] = json!("branch");
        let opened = lender.asks(app, "came", &body).await;
        opened.expect(StatusCode::CREATED);
        let again = lender.asks(app, "came", &body).await;
        again.expect(StatusCode::OK);
        body["channel"] = json!("visit");
        let other = lender.asks(app, "came", &body).await;
        other.refused(409, "idempotency_key_reused");
        body["channel"] = json!("fax");
        let unknown = lender.asks(app, "fax", &body).await;
        unknown.refused(422, "invalid_request");
    });
}
