//! Help at the counter: who helped is evidence, and the code still comes from the borrower's own phone.

use serde_json::json;

use crate::actors::{ANHE, Borrower, Opened, Partner, Someone, Staff, loan};
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

#[test]
fn helping_needs_its_right() {
    TestApp::run(async |app| {
        let counter = Counter::of(app, 5).await;
        let staff = Staff::signs_in(app, "shenqiao").await;
        let path = format!("/api/console/journeys/{}/assist", counter.opened.id);
        staff.post(app, &path).await.refused(403, "right_missing");
    });
}
