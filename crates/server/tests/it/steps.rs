//! The order of steps: a product lists them, and none can be jumped.

use serde_json::{Value, json};
use xiaobao::access;
use xiaobao::product::{self, Definition, Proposal};
use xiaobao::vault::Private;

use crate::actors::{ANHE, Borrower, Partner, Someone, loan};
use crate::app::TestApp;

/// Proposes and releases a version of 禾享贷 with these steps; the code of the refusal where it is refused.
async fn offers(app: &TestApp, steps: &Value) -> Result<(), String> {
    let mut json: Value =
        serde_json::from_str(include_str!("../../demo/hexiang.json")).expect("JSON");
    json["required"] = steps.clone();
    let definition: Definition = serde_json::from_value(json).expect("a definition");
    let [proposer, approver] = ["shenqiao", "heyun"].map(|account| async move {
        let password = Private::from("xiaobao-demo-2026");
        let signed_in = access::sign_in(&app.ctx, ANHE, account, &password).await;
        signed_in.expect("signs in").0
    });
    let proposal = Proposal {
        code: "hexiang".to_owned(),
        definition,
    };
    let version = match product::propose(&app.ctx, &proposer.await, &proposal).await {
        Ok(version) => version,
        Err(xiaobao::error::Error::Invalid(fields)) => return Err(fields[0].code.to_string()),
        Err(other) => panic!("{other:?}"),
    };
    product::approve(&app.ctx, &approver.await, &version.product, version.number)
        .await
        .expect("approved");
    Ok(())
}

#[test]
fn a_product_with_steps_out_of_order_is_not_even_proposed() {
    TestApp::run(async |app| {
        for (steps, code) in [
            (json!([]), "cost_disclosure_not_last"),
            (json!(["cost_disclosure", "cost_disclosure"]), "step_twice"),
            (json!(["identity", "cost_disclosure"]), "notice_missing"),
        ] {
            assert_eq!(offers(app, &steps).await, Err(code.to_owned()), "{steps}");
        }
    });
}

#[test]
fn a_later_step_waits_for_the_earlier_ones_and_the_release_names_them_in_order() {
    TestApp::run(async |app| {
        let steps = json!(["personal_information_notice", "identity", "cost_disclosure"]);
        offers(app, &steps).await.expect("released");
        let lender = Partner::of(app, ANHE);
        let opened = lender
            .opens(app, &Someone::adult(1), "hexiang", loan())
            .await;
        assert_eq!(opened.body["required"], steps);
        app.settle().await;
        assert_eq!(
            lender.missing(app, &opened.id).await,
            [
                "notice_not_acknowledged",
                "identity_not_checked",
                "sheet_not_shown",
                "sheet_not_read",
                "sheet_not_understood",
                "sheet_not_confirmed",
            ]
        );
        let mut borrower = Borrower::with(&opened.url);
        let journey = borrower.enters(app, &opened.id).await;
        assert_eq!(journey["current"], "personal_information_notice");
        assert_eq!(
            journey["steps"][2],
            json!({ "protection": "cost_disclosure", "progress": "open" })
        );
        let digest = borrower.digest(app).await;
        for act in ["shown", "read", "confirm"] {
            let early = borrower.steps(app, act, &digest).await;
            early.refused(409, "step_too_early");
        }
        // What was refused left no trace: the reading clock has not started.
        assert_eq!(app.facts(&opened.id, "disclosure.shown.v1").await, 0);
    });
}
