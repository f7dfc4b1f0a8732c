//! What the code on a printed document tells whoever holds it.

use serde_json::Value;
use sha2::{Digest as _, Sha256};
use xiaobao::ledger;

use crate::actors::{ANHE, Borrower, Opened, Partner, Someone, institution_id, loan};
use crate::app::TestApp;
use crate::consent::decides;
use crate::steps::offers_with;

/// Where the code of an institution's document leads, asked by somebody who is not logged in.
async fn asks(app: &TestApp, document: &str) -> crate::app::Answer {
    let anhe = institution_id(app, ANHE).await;
    let address = ledger::print_address(&app.ctx, &anhe, document).expect("an address");
    let (_, code) = address.rsplit_once("/r/").expect("a code");
    assert_eq!(code.len(), 22, "{address}");
    app.get(&format!("/api/prints/{code}")).await
}

/// The name under which the code of a case's cost sheet goes.
pub async fn sheet_name(app: &TestApp, case: &str) -> String {
    let printed = app.fact(case, "disclosure.printed.v1").await;
    printed["sheet_digest"]
        .as_str()
        .expect("a digest")
        .to_owned()
}

pub async fn is_unknown(app: &TestApp, document: &str) {
    asks(app, document).await.refused(404, "not_found");
}

pub async fn is_known(app: &TestApp, document: &str) {
    asks(app, document).await.ok();
}

async fn says(app: &TestApp, document: &str) -> Value {
    asks(app, document).await.ok().json()
}

async fn opens(app: &TestApp) -> (Opened, Borrower) {
    let opened = Partner::of(app, ANHE)
        .opens(app, &Someone::adult(1), "hexiang", loan())
        .await;
    let mut borrower = Borrower::with(&opened.url);
    borrower.enters(app, &opened.id).await;
    (opened, borrower)
}

#[test]
fn the_code_on_a_sheet_tells_which_file_was_recorded_and_when_it_was_proved() {
    TestApp::run(async |app| {
        let (opened, borrower) = opens(app).await;
        app.settle().await;
        let name = sheet_name(app, &opened.id).await;
        let said = says(app, &name).await;
        let sha256 = said["sha256"].as_str().expect("a digest").to_owned();
        let path = format!("/api/h5/documents/{sha256}");
        let pdf = borrower.get(app, &path).await.ok();
        assert_eq!(proof::hex::encode(&Sha256::digest(&pdf.bytes)), sha256);
        assert_eq!(said["institution"], ANHE);
        assert_eq!(said["kind"], "disclosure.printed.v1");
        app.prove().await;
        let said = says(app, &name).await;
        assert_eq!(said["state"], "proved");
        assert!(said["entry"].as_i64().is_some_and(|entry| entry >= 0));
        assert!(said["proved_at_ms"].as_i64() >= said["at_ms"].as_i64());
        // Nothing but the document's own figures: no case, no person.
        let keys: Vec<&String> = said.as_object().expect("an object").keys().collect();
        let known = [
            "at_ms",
            "entry",
            "institution",
            "kind",
            "proved_at_ms",
            "sha256",
            "state",
        ];
        assert_eq!(keys, known);
    });
}

#[test]
fn a_receipt_has_a_code_of_its_own() {
    TestApp::run(async |app| {
        let required = serde_json::json!({
            "required": ["personal_information_notice", "separate_consents", "cost_disclosure"],
            "notices": ["pi_notice", "marketing"]
        });
        offers_with(&app.ctx, required).await.expect("released");
        let (opened, borrower) = opens(app).await;
        decides(&borrower, app, "pi_notice", "acknowledge").await;
        app.settle().await;
        let receipt = app.fact(&opened.id, "consent.receipt_printed.v1").await;
        let consent = receipt["consent"].as_str().expect("an id");
        let said = says(app, &format!("{consent}-acknowledged")).await;
        assert_eq!(said["kind"], "consent.receipt_printed.v1");
        assert_eq!(said["sha256"], receipt["pdf_sha256"]);
        is_unknown(app, &format!("{consent}-withdrawn")).await;
    });
}

#[test]
fn codes_that_never_were_are_all_unknown_alike() {
    TestApp::run(async |app| {
        is_unknown(app, "no such document").await;
        for code in ["x", "AAAAAAAAAAAAAAAAAAAAAA", "%27%20OR%201=1", "%00"] {
            let answer = app.get(&format!("/api/prints/{code}")).await;
            assert!(answer.status.is_client_error(), "{code}: {}", answer.text());
        }
        // The page itself is the same for every code, and keeps what it is shown to itself.
        for path in ["/r/AAAAAAAAAAAAAAAAAAAAAA", "/verify/"] {
            let page = app.get(path).await;
            let policy = page.headers["content-security-policy"].to_str();
            let policy = policy.expect("text");
            assert!(policy.starts_with("default-src 'none'"), "{policy}");
            assert!(policy.ends_with("frame-ancestors 'none'"), "{policy}");
        }
    });
}
