//! The order of steps: a product lists them, and none can be jumped.

use serde_json::{Value, json};
use xiaobao::access;
use xiaobao::ctx::Ctx;
use xiaobao::product::{self, Definition, Proposal};
use xiaobao::vault::Private;

use crate::actors::{ANHE, Borrower, Partner, Someone, loan};
use crate::app::TestApp;

/// Proposes and releases a version of 禾享贷 with these steps; the code of the refusal where it is refused.
pub async fn offers(app: &TestApp, steps: &Value) -> Result<(), String> {
    offers_with(&app.ctx, json!({ "required": steps, "notices": [] })).await
}

/// The same with other parts of its definition.
pub async fn offers_with(ctx: &Ctx, parts: Value) -> Result<(), String> {
    let mut json: Value =
        serde_json::from_str(include_str!("../../demo/hexiang.json")).expect("JSON");
    let Value::Object(parts) = parts else {
        panic!("parts of a definition")
    };
    let definition = json.as_object_mut().expect("a definition");
    definition.remove("identity");
    definition.extend(parts);
    let required = definition["required"].clone();
    let asks = |step: &str| {
        let steps = required.as_array();
        steps.is_some_and(|steps| steps.contains(&json!(step)))
    };
    if !asks("recording") {
        definition.remove("recording");
    }
    if !asks("signing") {
        definition.remove("documents");
        definition.remove("change_documents");
    }
    let definition: Definition = serde_json::from_value(json).expect("a definition");
    let [proposer, approver] = ["shenqiao", "heyun"].map(|account| async move {
        let password = Private::from("xiaobao-demo-2026");
        let signed_in = access::sign_in(ctx, ANHE, account, &password).await;
        signed_in.expect("signs in").0
    });
    let proposal = Proposal {
        code: "hexiang".to_owned(),
        definition,
    };
    let version = match product::propose(ctx, &proposer.await, &proposal).await {
        Ok(version) => version,
        Err(xiaobao::error::Error::Invalid(fields)) => return Err(fields[0].code.to_string()),
        Err(other) => panic!("{other:?}"),
    };
    product::approve(ctx, &approver.await, &version.product, version.number)
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

#[test]
fn changed_terms_are_shown_again_and_the_older_ones_release_nothing() {
    TestApp::run(async |app| {
        let lender = Partner::of(app, ANHE);
        let opened = lender
            .opens(app, &Someone::adult(1), "hexiang", loan())
            .await;
        let id = opened.id.as_str();
        let mut borrower = Borrower::with(&opened.url);
        let done = borrower.completes(app, id).await;
        app.settle().await;
        let old = (
            done["sheet"]["digest"].as_str().expect("a digest"),
            done["sheet"]["terms_digest"].as_str().expect("a digest"),
        );
        let asked = format!("/v1/journeys/{id}/release?terms_digest={}", old.1);
        let answer = lender.get(app, &asked).await.ok().json();
        assert_eq!(answer["decision"], "allowed");

        // A smaller loan is another price: read, understood and confirmed anew.
        let other = json!({ "principal": 1_500_000, "periods": 12 });
        let path = format!("/v1/journeys/{id}/loan");
        let changed = lender.post(app, &path, &other).await.ok().json();
        assert_eq!(changed["state"], "open");
        assert_ne!(changed["sheet_digest"], old.0);
        app.settle().await;
        let answer = lender.get(app, &asked).await.ok().json();
        let codes: Vec<&str> = answer["missing"]
            .as_array()
            .expect("a list")
            .iter()
            .filter_map(|row| row["code"].as_str())
            .collect();
        assert_eq!(codes[0], "sheet_not_shown");
        assert!(codes.contains(&"terms_changed"), "{codes:?}");
        let late = borrower.steps(app, "confirm", old.0).await;
        late.refused(409, "sheet_changed");
        let journey = borrower.journey(app).await;
        assert_eq!(
            (&journey["step"], &journey["sheet"]["superseded"]),
            (&json!("read"), &json!(1))
        );

        borrower.reads(app).await;
        borrower.understands(app).await;
        let done = borrower.confirms(app).await;
        assert_eq!(done["state"], "completed");
        app.settle().await;
        assert_eq!(lender.missing(app, id).await, Vec::<String>::new());
        // The older terms stay in the evidence, and are refused for ever.
        let answer = lender.get(app, &asked).await.ok().json();
        assert_eq!(answer["missing"][0]["code"], "terms_changed");
        let zip = lender.bundle(app, id).await;
        let names = [
            "superseded-1-cost-sheet.json",
            "superseded-1-cost-sheet.pdf",
        ];
        for name in names {
            let name = format!("documents/{name}");
            let found = zip
                .windows(name.len())
                .any(|bytes| bytes == name.as_bytes());
            assert!(found, "{name} is in the bundle");
        }
        assert_eq!(app.facts(id, "disclosure.superseded.v1").await, 1);
    });
}
