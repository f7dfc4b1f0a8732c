//! 放款前费用告知书: nobody is paid before they were told once more what it costs in all, on the phone or on paper.

use axum::http::StatusCode;
use serde_json::{Value, json};

use crate::actors::{ANHE, Borrower, Opened, Partner, Someone, Staff, loan};
use crate::app::{Answer, TestApp};
use crate::counter::scans;
use crate::steps::offers;

const STEP: &str = "/api/h5/steps/total_cost_notice";

/// A borrower who confirmed the sheet of a product that asks for the notice too.
async fn sheet_confirmed(app: &TestApp, number: u32) -> (Opened, Borrower) {
    let steps = json!(["cost_disclosure", "total_cost_notice"]);
    offers(app, &steps).await.expect("released");
    let lender = Partner::of(app, ANHE);
    let someone = Someone::adult(number);
    let opened = lender.opens(app, &someone, "hexiang", loan()).await;
    let mut borrower = Borrower::with(&opened.url);
    borrower.completes(app, &opened.id).await;
    (opened, borrower)
}

async fn shown(app: &TestApp, borrower: &Borrower) -> Value {
    let answer = borrower
        .post(app, &format!("{STEP}/shown"), &json!({}))
        .await;
    answer.ok().json()["total_cost"].clone()
}

async fn confirms(app: &TestApp, borrower: &Borrower, digest: &Value) -> Answer {
    let body = json!({ "notice_digest": digest });
    borrower.post(app, &format!("{STEP}/confirm"), &body).await
}

#[test]
fn the_money_waits_until_the_total_was_told_once_more_and_long_enough() {
    TestApp::run(async |app| {
        let (opened, borrower) = sheet_confirmed(app, 1).await;
        let id = opened.id.as_str();
        let lender = Partner::of(app, ANHE);
        app.settle().await;
        assert_eq!(lender.missing(app, id).await, ["total_cost_not_confirmed"]);
        let journey = borrower.journey(app).await;
        assert_eq!(journey["current"], "total_cost_notice");
        assert_eq!(journey["total_cost"], Value::Null);
        let early = confirms(app, &borrower, &json!("0".repeat(64))).await;
        early.refused(409, "total_cost_not_shown");

        let notice = shown(app, &borrower).await;
        let told = &notice["told"];
        let sheet = &journey["sheet"]["sheet"];
        for figure in [
            "principal",
            "net_received",
            "total_repaid",
            "total_cost",
            "first_payment",
        ] {
            assert_eq!(told[figure], sheet[figure], "{figure}");
        }
        assert_eq!(told["terms_digest"], journey["sheet"]["terms_digest"]);
        let charged: i64 = told["charges"]
            .as_array()
            .expect("a list")
            .iter()
            .map(|charge| charge["total"].as_i64().expect("fen"))
            .sum();
        assert_eq!(json!(charged), told["total_cost"]);

        let early = confirms(app, &borrower, &notice["digest"]).await;
        early.refused(409, "total_cost_reading_time");
        app.advance_ms(5_000);
        let other = confirms(app, &borrower, &json!("0".repeat(64))).await;
        other.refused(409, "total_cost_changed");
        let done = confirms(app, &borrower, &notice["digest"])
            .await
            .ok()
            .json();
        assert_eq!(
            (&done["state"], &done["current"]),
            (&json!("completed"), &Value::Null)
        );
        assert_eq!(done["total_cost"]["confirmed_by"], "phone");
        app.settle().await;
        assert_eq!(lender.missing(app, id).await, Vec::<String>::new());
        confirms(app, &borrower, &notice["digest"]).await.ok();
        assert_eq!(app.facts(id, "disclosure.total_cost_shown.v1").await, 1);
        assert_eq!(app.facts(id, "disclosure.total_cost_confirmed.v1").await, 1);

        let journey = borrower.journey(app).await;
        let documents = journey["documents"].as_array().expect("a list");
        let printed = documents
            .iter()
            .find(|one| one["kind"] == "total_cost_notice");
        let digest = printed.expect("it was printed")["digest"]
            .as_str()
            .expect("a digest");
        let pdf = borrower
            .get(app, &format!("/api/h5/documents/{digest}"))
            .await
            .ok();
        assert!(pdf.bytes.starts_with(b"%PDF-1.7"));
        let bundle = lender.bundle(app, id).await;
        let names = |name: &str| {
            bundle
                .windows(name.len())
                .any(|part| part == name.as_bytes())
        };
        assert!(names("total-cost-1.json") && names("total-cost-1.pdf"));
    });
}

#[test]
fn a_notice_of_other_terms_counts_for_nothing() {
    TestApp::run(async |app| {
        let (opened, mut borrower) = sheet_confirmed(app, 2).await;
        let id = opened.id.as_str();
        let old = shown(app, &borrower).await;
        app.advance_ms(5_000);
        confirms(app, &borrower, &old["digest"]).await.ok();
        let mut other = loan();
        other["principal"] = json!(1_900_000);
        let lender = Partner::of(app, ANHE);
        let path = format!("/v1/journeys/{id}/loan");
        lender.post(app, &path, &other).await.ok();
        app.advance_ms(60_000);
        borrower.completes(app, id).await;
        app.settle().await;
        assert_eq!(lender.missing(app, id).await, ["total_cost_not_confirmed"]);
        confirms(app, &borrower, &old["digest"]).await.ok();
        assert_eq!(lender.missing(app, id).await, ["total_cost_not_confirmed"]);
        let new = shown(app, &borrower).await;
        assert_ne!(new["digest"], old["digest"]);
        let stale = confirms(app, &borrower, &old["digest"]).await;
        stale.refused(409, "total_cost_changed");
        app.advance_ms(5_000);
        confirms(app, &borrower, &new["digest"]).await.ok();
        app.settle().await;
        assert_eq!(lender.missing(app, id).await, Vec::<String>::new());
    });
}

const SCANS: &str = "/api/console/total-cost-scans";

/// A member of staff prints the notice of a case; answers the digests of the sheet and of the notice.
async fn prints(app: &TestApp, staff: &Staff, id: &str) -> [String; 2] {
    let path = format!("/api/console/journeys/{id}");
    let print = format!("{path}/total-cost-notice");
    staff.post(app, &print).await.expect(StatusCode::NO_CONTENT);
    app.settle().await;
    let journey = staff.get(app, &path).await.ok().json();
    ["cost_sheet", "total_cost_notice"].map(|kind| {
        let documents = journey["documents"].as_array().expect("a list");
        let found = documents.iter().find(|one| one["kind"] == kind);
        let digest = &found.expect("printed")["digest"];
        digest.as_str().expect("a digest").to_owned()
    })
}

/// The id of a scan that was kept.
async fn scanned(app: &TestApp, staff: &Staff, id: &str, document: &str) -> String {
    let kept = scans(app, staff, id, document, b"%PDF-1.7\nsigned by hand").await;
    let kept = kept.expect(StatusCode::CREATED).json();
    kept["id"].as_str().expect("an id").to_owned()
}

async fn opens(app: &TestApp, staff: &Staff, id: &str, scan: &str) {
    let path = format!("/api/console/journeys/{id}/scans/{scan}/open");
    staff.post(app, &path).await.ok();
}

async fn looks(app: &TestApp, staff: &Staff, id: &str, scan: &str, seen: &str) -> Answer {
    let path = format!("/api/console/journeys/{id}/scans/{scan}/look");
    staff.posts(app, &path, json!({ "seen": seen })).await
}

#[test]
fn the_notice_signed_on_paper_counts_once_another_colleague_looked_at_it() {
    TestApp::run(async |app| {
        let (opened, borrower) = sheet_confirmed(app, 3).await;
        let id = opened.id.as_str();
        let lender = Partner::of(app, ANHE);
        let clerk = Staff::signs_in(app, "luoyifan").await;
        prints(app, &clerk, id).await;
        let [sheet, notice] = prints(app, &clerk, id).await;
        assert_eq!(app.facts(id, "disclosure.total_cost_prepared.v1").await, 1);
        let waiting = async |staff: &Staff| staff.get(app, SCANS).await.ok().json()["rows"].clone();

        scanned(app, &clerk, id, &sheet).await;
        assert_eq!(waiting(&clerk).await, json!([]), "only the notice waits");
        // Scans are listed by when they came.
        app.advance_ms(1);
        let scan = scanned(app, &clerk, id, &notice).await;
        app.settle().await;
        assert_eq!(lender.missing(app, id).await, ["total_cost_not_confirmed"]);
        assert_eq!(borrower.journey(app).await["state"], "open");
        let own = looks(app, &clerk, id, &scan, "signed").await;
        own.refused(409, "scan_own");

        let colleague = Staff::signs_in(app, "heyun").await;
        for (staff, own, awaits) in [(&clerk, true, "colleague"), (&colleague, false, "you")] {
            let rows = waiting(staff).await;
            assert_eq!(rows[0]["scan"], json!(scan));
            assert_eq!((&rows[0]["id"], &rows[0]["own"]), (&json!(id), &json!(own)));
            let path = format!("/api/console/journeys/{id}/scans");
            let kept = staff.get(app, &path).await.ok().json()["rows"].clone();
            assert_eq!(kept[0]["awaits"], Value::Null);
            assert_eq!(kept[1]["awaits"], awaits);
        }
        let other = looks(
            app,
            &colleague,
            id,
            "scn_00000000000000000000000000",
            "signed",
        )
        .await;
        other.refused(409, "scan_not_waiting");
        // Another's eyes are not one's own.
        opens(app, &clerk, id, &scan).await;
        for seen in ["signed", "not_signed"] {
            let unseen = looks(app, &colleague, id, &scan, seen).await;
            unseen.refused(409, "scan_not_opened");
        }
        opens(app, &colleague, id, &scan).await;
        looks(app, &colleague, id, &scan, "signed")
            .await
            .expect(StatusCode::NO_CONTENT);
        app.settle().await;
        assert_eq!(waiting(&clerk).await, json!([]));
        assert_eq!(lender.missing(app, id).await, Vec::<String>::new());
        let fact = app.fact(id, "disclosure.total_cost_confirmed.v1").await;
        assert_eq!(
            (&fact["by"], &fact["scan"]),
            (&json!("paper"), &json!(scan))
        );
        let looked = "disclosure.total_cost_scan_looked_at.v1";
        let seen = app.fact(id, looked).await;
        let kept = app.sworn(id, "counter.scan_kept.v1").await;
        assert_eq!(seen["scanned_by"], json!(kept.seat.id));
        assert_ne!(kept.seat.id, app.sworn(id, looked).await.seat.id);
        let journey = borrower.journey(app).await;
        assert_eq!(journey["state"], "completed");
        assert_eq!(journey["total_cost"]["confirmed_by"], "paper");
        let again = looks(app, &colleague, id, &scan, "signed").await;
        again.refused(409, "scan_not_waiting");
    });
}

#[test]
fn a_paper_that_is_not_signed_counts_for_nothing_and_another_may_come() {
    TestApp::run(async |app| {
        let (opened, mut borrower) = sheet_confirmed(app, 6).await;
        let id = opened.id.as_str();
        let lender = Partner::of(app, ANHE);
        let clerk = Staff::signs_in(app, "luoyifan").await;
        let colleague = Staff::signs_in(app, "heyun").await;
        let [_, notice] = prints(app, &clerk, id).await;
        let blank = scanned(app, &clerk, id, &notice).await;
        opens(app, &colleague, id, &blank).await;
        looks(app, &colleague, id, &blank, "not_signed")
            .await
            .expect(StatusCode::NO_CONTENT);
        app.settle().await;
        assert_eq!(lender.missing(app, id).await, ["total_cost_not_confirmed"]);
        let first = scanned(app, &clerk, id, &notice).await;
        let second = scanned(app, &clerk, id, &notice).await;
        let replaced = looks(app, &colleague, id, &first, "signed").await;
        replaced.refused(409, "scan_not_waiting");

        let mut other = loan();
        other["principal"] = json!(1_900_000);
        let path = format!("/v1/journeys/{id}/loan");
        lender.post(app, &path, &other).await.ok();
        let stale = looks(app, &colleague, id, &second, "signed").await;
        stale.refused(409, "step_too_early");
        app.advance_ms(60_000);
        borrower.completes(app, id).await;
        let stale = looks(app, &colleague, id, &second, "signed").await;
        stale.refused(409, "total_cost_changed");
        prints(app, &clerk, id).await;
        let rows = clerk.get(app, SCANS).await.ok().json()["rows"].clone();
        assert_eq!(
            rows,
            json!([]),
            "a newer notice: nothing of the older waits"
        );
    });
}

#[test]
fn nobody_is_told_before_the_sheet_is_confirmed_and_no_step_is_invented() {
    TestApp::run(async |app| {
        let steps = json!(["cost_disclosure", "total_cost_notice"]);
        let lender = Partner::of(app, ANHE);
        let unasked = lender
            .opens(app, &Someone::adult(4), "hexiang", loan())
            .await;
        offers(app, &steps).await.expect("released");
        let asked = lender
            .opens(app, &Someone::adult(5), "hexiang", loan())
            .await;
        for (opened, code) in [(&unasked, "step_not_asked"), (&asked, "step_too_early")] {
            let mut borrower = Borrower::with(&opened.url);
            borrower.enters(app, &opened.id).await;
            let told = borrower
                .post(app, &format!("{STEP}/shown"), &json!({}))
                .await;
            told.refused(409, code);
            let staff = Staff::signs_in(app, "luoyifan").await;
            let path = format!("/api/console/journeys/{}/total-cost-notice", opened.id);
            staff.post(app, &path).await.refused(409, code);
        }
        let misplaced = json!(["total_cost_notice", "cost_disclosure"]);
        let refused = offers(app, &misplaced).await;
        assert_eq!(refused, Err("cost_disclosure_not_last".to_owned()));
    });
}
