//! How far a decision about a notice reaches, how often one is asked for, and asks that come twice.

use axum::http::{Method, StatusCode};
use serde_json::{Value, json};

use crate::actors::{ANHE, Borrower, Partner, Someone, loan};
use crate::app::TestApp;
use crate::consent::{act, decides, mine, notice, told, withdraws};
use crate::consent_work::{answered, message, posts};

#[test]
fn the_same_ask_under_the_same_key_is_answered_once() {
    TestApp::run(async |app| {
        let (borrower, id) = answered(app, "give").await;
        decides(&borrower, app, "credit_authority", "give").await;
        let lender = Partner::of(app, ANHE);
        let check = json!({ "journey": id, "purpose": "loan_review" });
        let other = json!({ "journey": id, "purpose": "post_loan" });
        let later = json!({ "journey": id, "template": "education" });
        for (path, body, other) in [
            ("/v1/credit-authority/check", &check, &other),
            ("/v1/marketing-messages", &message(&id), &later),
        ] {
            let asks = async |key: &str, body: &Value| {
                let headers = [("idempotency-key", key)];
                let headers = if key.is_empty() { &[][..] } else { &headers };
                lender
                    .send(app, Method::POST, path, headers, Some(body))
                    .await
            };
            let first = asks("once", body).await;
            assert!(first.status.is_success(), "{}", first.text());
            let again = asks("once", body).await.ok();
            assert_eq!(again.json()["id"], first.json()["id"], "{path}");
            asks("once", other)
                .await
                .refused(409, "idempotency_key_reused");
            asks("", body).await.refused(422, "idempotency_key_missing");
        }
        assert_eq!(app.facts(&id, "consent.bureau_asked.v1").await, 1);
        assert_eq!(app.facts(&id, "consent.message_queued.v1").await, 1);
    });
}

#[test]
fn an_unverified_application_steers_no_consent_of_the_owner_s() {
    TestApp::run(async |app| {
        let (owner, case) = answered(app, "give").await;
        let stranger = Someone {
            phone: "19909999999".to_owned(),
            ..Someone::adult(1)
        };
        let opened = Partner::of(app, ANHE)
            .opens(app, &stranger, "asking", loan())
            .await;
        let mut other = Borrower::with(&opened.url);
        other.enters(app, &opened.id).await;
        told(&other, app).await;
        decides(&other, app, "face_voice", "decline").await;
        decides(&other, app, "provide_partner", "decline").await;
        // What the owner decided is not the stranger's, and stays.
        let seen = notice(&other, app, "marketing").await;
        assert!(seen["state"].is_null(), "{seen}");
        decides(&other, app, "marketing", "decline").await;
        assert_eq!(mine(&owner, app, "marketing").await["state"], "given");
        posts(app, "/v1/marketing-messages", message(&case))
            .await
            .expect(StatusCode::CREATED);
        withdraws(&owner, app, "marketing").await.ok();
        decides(&other, app, "marketing", "give").await;
        posts(app, "/v1/marketing-messages", message(&case))
            .await
            .refused(409, "consent_withdrawn");
        posts(app, "/v1/marketing-messages", message(&opened.id))
            .await
            .expect(StatusCode::CREATED);
    });
}

#[test]
fn a_notice_that_was_declined_again_and_again_is_not_shown_any_more() {
    TestApp::run(async |app| {
        let (borrower, id) = answered(app, "decline").await;
        for _ in 1..20 {
            decides(&borrower, app, "marketing", "decline").await;
        }
        act(&borrower, app, "marketing", "shown")
            .await
            .refused(429, "notice_shown_too_often");
        assert_eq!(
            borrower.journey(app).await["current"],
            "credit_authority",
            "the choice stands: {id}"
        );
    });
}
