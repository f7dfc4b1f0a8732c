//! The relative whom an elder wants told: by a consent of its own, once, without a figure.

use axum::http::StatusCode;
use serde_json::json;

use crate::actors::{ANHE, Partner, Someone, Staff};
use crate::app::TestApp;
use crate::consent::{asking_product, decides, mine, withdraws};
use crate::contacts::{DAUGHTER, NOTICES, elder, kept_with, opens, told};

#[test]
fn an_elder_s_relative_is_told_under_a_consent_and_no_more_once_it_ends() {
    TestApp::run(async |app| {
        let product = asking_product(app, &NOTICES).await;
        // Who is no elder is not even asked.
        let young = told(app, Someone::adult(71), product).await;
        decides(&young.borrower, app, "marketing", "decline").await;
        assert_eq!(
            young.borrower.journey(app).await["current"],
            "credit_authority"
        );
        let refused = young.tells(app, DAUGHTER, "child").await;
        refused.refused(409, "contacts_not_offered");

        let case = told(app, elder(72), product).await;
        decides(&case.borrower, app, "marketing", "decline").await;
        assert_eq!(
            case.borrower.journey(app).await["current"],
            "separate_consents"
        );
        case.tells(app, DAUGHTER, "child")
            .await
            .refused(409, "consent_missing");
        let journey = decides(&case.borrower, app, "informed_relative", "give").await;
        assert_eq!(journey["contacts"]["relative_consent"], true);
        case.tells(app, DAUGHTER, "friend")
            .await
            .refused(409, "contact_no_relative");
        case.tells(app, DAUGHTER, "child").await.ok();
        let second = case.tells(app, ("周建军", "10000000072"), "child").await;
        second.refused(409, "too_many_contacts");
        app.settle().await;
        let texts = case.texts(app).await;
        assert_eq!(texts.len(), 1, "{texts:?}");
        assert!(texts[0].contains("希望家人知道"), "{texts:?}");
        for figure in ["20000", "20,000", "13.8", "元"] {
            assert!(!texts[0].contains(figure), "{figure}");
        }
        let staff = Staff::signs_in(app, "luoyifan").await;
        let row = case.seen_by(app, &staff).await.remove(0);
        assert_eq!(
            (&row["role"], &row["state"], &row["relation"]),
            (
                &json!("informed_relative"),
                &json!("delivered"),
                &json!("child")
            )
        );
        let person = row["person"].as_str().expect("a subject");
        for purpose in ["reach_borrower", "inform_relative"] {
            let never = opens(app, &staff, person, "relative_phone", purpose).await;
            assert_eq!(never.status, StatusCode::FORBIDDEN);
        }
        // The lender's own system is told of no relative.
        let path = format!("/v1/journeys/{}/contacts", case.id);
        let rows = Partner::of(app, ANHE).get(app, &path).await.ok().json();
        assert_eq!(rows["rows"], json!([]));

        withdraws(&case.borrower, app, "informed_relative")
            .await
            .ok();
        assert_eq!(kept_with(app, DAUGHTER.1).await, 0);
        let fact = app.fact(&case.id, "contacts.removed.v1").await;
        assert_eq!(fact["by"], "consent_ended");
        case.tells(app, DAUGHTER, "child")
            .await
            .refused(409, "consent_withdrawn");

        // Withdrawn before it left: nothing leaves.
        let quick = told(app, elder(73), product).await;
        decides(&quick.borrower, app, "marketing", "decline").await;
        decides(&quick.borrower, app, "informed_relative", "give").await;
        quick.tells(app, DAUGHTER, "child").await.ok();
        withdraws(&quick.borrower, app, "informed_relative")
            .await
            .ok();
        let fact = app.fact(&quick.id, "consent.withdrawn.v1").await;
        assert_eq!(fact["jobs_cancelled"], 1);
        app.settle().await;
        assert_eq!(quick.texts(app).await, Vec::<String>::new());
        assert_eq!(
            mine(&quick.borrower, app, "informed_relative").await["state"],
            "withdrawn"
        );
    });
}

#[test]
fn the_sheet_waits_for_the_talk_with_the_relative_where_the_house_wants_it() {
    TestApp::run(async |app| {
        app.reconfigure(|config| config.contacts.relative_wait_hours = 2)
            .await;
        crate::steps::offers_with(
            &app.ctx,
            json!({
                "required": ["personal_information_notice", "separate_consents", "cost_disclosure"],
                "notices": ["pi_notice", "informed_relative"],
            }),
        )
        .await
        .expect("released");
        let mut case = told(app, elder(74), "hexiang").await;
        decides(&case.borrower, app, "informed_relative", "give").await;
        case.tells(app, DAUGHTER, "child").await.ok();
        app.settle().await;
        case.borrower.reads(app).await;
        case.borrower.understands(app).await;
        let digest = case.borrower.digest(app).await;
        let early = case.borrower.steps(app, "confirm", &digest).await;
        let early = early.refused(409, "relative_waits").json();
        assert!(
            early["error"]["retry_after_ms"].as_i64() > Some(3_600_000),
            "{early}"
        );
        app.advance_ms(2 * 3_600_000);
        case.borrower.enters(app, &case.id).await;
        let journey = case.borrower.journey(app).await;
        assert!(journey["contacts"]["relative_waits_until_ms"].is_null());
        if journey["step"] == "read" {
            case.borrower.reads(app).await;
            case.borrower.understands(app).await;
        }
        case.borrower.confirms(app).await;
    });
}
