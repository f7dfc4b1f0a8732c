//! Help at the counter: who helped is evidence, and the code still comes from the borrower's own phone.

use axum::body::Body;
use axum::http::{Method, Request, StatusCode, header};
use serde_json::{Value, json};
use xiaobao::access;

use crate::actors::{ANHE, Borrower, Opened, Partner, Someone, Staff, institution_id, loan};
use crate::app::{Answer, TestApp};

const MINUTE_MS: u64 = 60_000;

struct Counter {
    opened: Opened,
    borrower: Borrower,
}

impl Counter {
    async fn of(app: &TestApp, number: u32) -> Self {
        let lender = Partner::of(app, ANHE);
        let opened = lender
            .opens(app, &Someone::adult(number), "hexiang", loan())
            .await;
        let borrower = Borrower::with(&opened.url);
        Self { opened, borrower }
    }

    /// The token of a tablet readied by a member of staff.
    async fn readies(&self, app: &TestApp) -> String {
        let staff = Staff::signs_in(app, "luoyifan").await;
        let path = format!("/api/console/journeys/{}/assist", self.opened.id);
        let view = staff.post(app, &path).await.ok().json();
        let url = view["url"].as_str().expect("an address");
        url.strip_prefix(&format!("{}/", self.opened.url))
            .expect("the borrower's own link, and a token")
            .to_owned()
    }

    /// Asks for a code and enters it with an assistance.
    async fn enters(&self, app: &TestApp, assistance: &str) -> Answer {
        self.borrower.asks_code(app).await.ok();
        app.settle().await;
        self.tries(app, assistance).await
    }

    async fn tries(&self, app: &TestApp, assistance: &str) -> Answer {
        let code = self.borrower.reads_code(app, &self.opened.id).await;
        let body = json!({ "token": self.borrower.token, "code": code, "assistance": assistance });
        app.post("/api/h5/link/enter", &body).await
    }
}

#[test]
fn who_helps_is_sworn_to_and_shown_to_the_borrower() {
    TestApp::run(async |app| {
        let counter = Counter::of(app, 1).await;
        let token = counter.readies(app).await;
        let journey = counter.enters(app, &token).await.ok().json();
        assert_eq!(journey["assisted_by"], "罗一帆 AH-0217");
        for kind in [
            "counter.assistance_started.v1",
            "counter.assistance_entered.v1",
        ] {
            assert_eq!(app.facts(&counter.opened.id, kind).await, 1, "{kind}");
        }
    });
}

#[test]
fn a_borrower_who_enters_alone_is_not_said_to_be_helped() {
    TestApp::run(async |app| {
        let mut counter = Counter::of(app, 2).await;
        counter.readies(app).await;
        let journey = counter.borrower.enters(app, &counter.opened.id).await;
        assert_eq!(journey["assisted_by"], json!(null));
        let entered = "counter.assistance_entered.v1";
        assert_eq!(app.facts(&counter.opened.id, entered).await, 0);
    });
}

#[test]
fn a_tablet_opens_once_within_half_an_hour_and_only_its_own_case() {
    TestApp::run(async |app| {
        let [counter, other] = [Counter::of(app, 3).await, Counter::of(app, 4).await];
        let token = counter.readies(app).await;
        let elsewhere = other.enters(app, &token).await;
        elsewhere.refused(404, "assistance_unknown");
        // Nothing was spent: the same code still opens the link.
        let code = other.borrower.reads_code(app, &other.opened.id).await;
        other.borrower.tries_code(app, &code).await.ok();

        counter.enters(app, &token).await.ok();
        app.advance_ms(2 * MINUTE_MS);
        let again = counter.enters(app, &token).await;
        again.refused(409, "assistance_over");

        let late = counter.readies(app).await;
        app.advance_ms(31 * MINUTE_MS);
        let left_about = counter.enters(app, &late).await;
        left_about.refused(409, "assistance_over");
    });
}

const SIGNED: &[u8] = b"%PDF-1.7\nsigned by hand";

/// A member of staff hands in a scan of a document.
pub async fn scans(
    app: &TestApp,
    staff: &Staff,
    case: &str,
    document: &str,
    bytes: &[u8],
) -> Answer {
    let request = Request::builder()
        .method(Method::POST)
        .uri(format!(
            "/api/console/journeys/{case}/scans?document={document}"
        ))
        .header(
            header::COOKIE,
            format!("{}={}", access::STAFF_COOKIE, staff.cookie),
        )
        .header("x-xiaobao", "1")
        .body(Body::from(bytes.to_vec()))
        .expect("a request");
    app.send(request).await
}

/// The printed sheet of a case.
pub async fn sheet(app: &TestApp, staff: &Staff, case: &str) -> String {
    app.settle().await;
    let path = format!("/api/console/journeys/{case}");
    let journey = staff.get(app, &path).await.ok().json();
    let digest = &journey["documents"][0]["digest"];
    digest.as_str().expect("a printed sheet").to_owned()
}

#[test]
fn a_scan_is_kept_sealed_and_whoever_opens_it_leaves_a_fact() {
    TestApp::run(async |app| {
        let counter = Counter::of(app, 6).await;
        let case = &counter.opened.id;
        let staff = Staff::signs_in(app, "luoyifan").await;
        let document = sheet(app, &staff, case).await;
        let kept = scans(app, &staff, case, &document, SIGNED).await;
        let id = kept.expect(StatusCode::CREATED).json()["id"].clone();
        let id = id.as_str().expect("an id");

        let path = format!("/api/console/journeys/{case}/scans");
        let rows = staff.get(app, &path).await.ok().json()["rows"].clone();
        assert_eq!(rows[0]["document"], document);
        assert_eq!(rows[0]["media"], "application/pdf");
        assert_eq!(rows[0]["kept_by"], "罗一帆 AH-0217");
        assert_eq!(app.facts(case, "counter.scan_kept.v1").await, 1);

        let opened = staff.post(app, &format!("{path}/{id}/open")).await.ok();
        assert_eq!(opened.bytes, SIGNED);
        assert_eq!(app.facts("", "vault.file_opened.v1").await, 1);

        let stranger = Staff::signs_in(app, "baolu").await;
        let theirs = stranger.post(app, &format!("{path}/{id}/open")).await;
        theirs.refused(404, "not_found");
        let planted = scans(app, &stranger, case, &document, SIGNED).await;
        planted.refused(404, "not_found");
    });
}

#[test]
fn a_scan_that_is_none_or_belongs_to_nothing_is_refused() {
    TestApp::run(async |app| {
        let counter = Counter::of(app, 7).await;
        let case = &counter.opened.id;
        let staff = Staff::signs_in(app, "luoyifan").await;
        let document = sheet(app, &staff, case).await;
        let large = [SIGNED, &vec![0; 10 * 1024 * 1024]].concat();
        for (of, bytes, status, code) in [
            (&document, &b"<svg/>"[..], 415, "scan_media"),
            (&document, &large, 413, "scan_too_large"),
            (&"0".repeat(64), SIGNED, 422, "document_unknown"),
        ] {
            let answer = scans(app, &staff, case, of, bytes).await;
            answer.refused(status, code);
        }
        let path = format!("/api/console/journeys/{case}/scans");
        let rows: Value = staff.get(app, &path).await.ok().json()["rows"].clone();
        assert_eq!(rows, json!([]));
    });
}

#[test]
fn helping_needs_its_right() {
    TestApp::run(async |app| {
        let counter = Counter::of(app, 5).await;
        let staff = Staff::signs_in(app, "shenqiao").await;
        let path = format!("/api/console/journeys/{}/assist", counter.opened.id);
        staff.post(app, &path).await.refused(403, "right_missing");
    });
}

#[test]
fn a_case_with_enough_scans_keeps_no_further_file() {
    TestApp::run(async |app| {
        let counter = Counter::of(app, 8).await;
        let case = &counter.opened.id;
        let staff = Staff::signs_in(app, "luoyifan").await;
        let document = sheet(app, &staff, case).await;
        for _ in 0..50 {
            let kept = scans(app, &staff, case, &document, SIGNED).await;
            kept.expect(StatusCode::CREATED);
        }
        let over = scans(app, &staff, case, &document, SIGNED).await;
        over.refused(409, "scans_too_many");
        let institution = institution_id(app, ANHE).await;
        let folder = format!("counter/{institution}");
        let files = app.ctx.blobs.names(&folder).await.expect("a folder");
        assert_eq!(files.len(), 50);
    });
}

#[test]
fn a_completed_journey_is_helped_with_after_its_first_days_are_over() {
    TestApp::run(async |app| {
        let mut counter = Counter::of(app, 9).await;
        let case = counter.opened.id.clone();
        counter.borrower.completes(app, &case).await;
        app.advance_ms(60 * 24 * 60 * MINUTE_MS);
        let staff = Staff::signs_in(app, "luoyifan").await;
        let path = format!("/api/console/journeys/{case}/assist");
        let view = staff.post(app, &path).await.ok().json();
        let url = view["url"].as_str().expect("an address");
        let (link, _) = url.rsplit_once('/').expect("a link, and a token");
        let mut later = Borrower::with(link);
        let journey = later.enters(app, &case).await;
        assert_eq!(journey["state"], "completed");
    });
}
