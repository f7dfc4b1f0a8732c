//! The lender's own app: tickets in, addresses back, frames by the institution's own origins.

use axum::http::{Method, StatusCode, header};
use serde_json::{Value, json};
use xiaobao::access;

use crate::actors::{ANHE, Borrower, JIANGLAN, Opened, Partner, Someone, Staff, journey_of, loan};
use crate::app::{Answer, TestApp};
use crate::loosenings::agrees;

async fn allows(app: &TestApp, origins: &[&str]) {
    let staff = Staff::signs_in(app, "heyun").await;
    let path = "/api/console/settings";
    let mut known = staff.get(app, path).await.ok().json();
    known["settings"]["return_origins"] = json!(origins);
    known["settings"]["embedding"] = json!("allowed");
    let body = json!({ "version": known["version"], "settings": known["settings"] });
    staff.send(app, Method::PUT, path, Some(&body)).await.ok();
    agrees(app, "jiangtong").await;
}

async fn ticket(app: &TestApp, lender: &Partner, journey: &str) -> String {
    let path = format!("/v1/journeys/{journey}/ticket");
    let issued = lender.post(app, &path, &json!({})).await;
    let body = issued.expect(StatusCode::CREATED).json();
    let (address, ticket) = body["url"]
        .as_str()
        .and_then(|url| url.split_once("#/t/"))
        .expect("a ticket");
    assert!(address.ends_with("/h5/in/anhe"), "{address}");
    ticket.to_owned()
}

async fn enters(app: &TestApp, ticket: &str) -> Answer {
    app.post("/api/h5/ticket", &json!({ "ticket": ticket }))
        .await
}

fn inside(opened: &Opened, answer: &Answer) -> Borrower {
    let mut borrower = Borrower::with(&opened.url);
    borrower.cookie = Some(answer.cookie(access::CUSTOMER_COOKIE));
    borrower
}

async fn opens(app: &TestApp, number: u32) -> (Partner, Opened) {
    let lender = Partner::of(app, ANHE);
    let opened = lender
        .opens(app, &Someone::adult(number), "hexiang", loan())
        .await;
    (lender, opened)
}

#[test]
fn a_ticket_opens_once_without_a_code_and_says_who_signed_the_person_in() {
    TestApp::run(async |app| {
        let (lender, opened) = opens(app, 1).await;
        let given = ticket(app, &lender, &opened.id).await;
        let entered = enters(app, &given).await.ok();
        assert_eq!(entered.json()["id"], opened.id.as_str());
        inside(&opened, &entered).journey(app).await;
        enters(app, &given).await.refused(409, "ticket_used");
        let issued = app.fact(&opened.id, "access.ticket_issued.v1").await;
        let used = app.fact(&opened.id, "access.ticket_entered.v1").await;
        assert_eq!(issued["signed_in_by"], "lender");
        assert_eq!(issued["ticket"], used["ticket"]);
        assert!(
            used["session"]
                .as_str()
                .expect("a session")
                .starts_with("ses_")
        );
        assert_eq!(app.facts(&opened.id, "access.code_requested.v1").await, 0);
    });
}

#[test]
fn a_ticket_is_good_for_a_minute_and_never_for_anything_else() {
    TestApp::run(async |app| {
        let (lender, opened) = opens(app, 1).await;
        let late = ticket(app, &lender, &opened.id).await;
        app.advance_ms(60_000);
        enters(app, &late).await.refused(409, "ticket_expired");
        let given = ticket(app, &lender, &opened.id).await;
        let (owner, secret) = given.split_once('.').expect("two parts");
        let bank = crate::actors::institution_id(app, JIANGLAN).await;
        let bank = bank.as_str().trim_start_matches("ins_").to_owned();
        for wrong in [
            String::new(),
            ".".to_owned(),
            owner.to_owned(),
            format!("{owner}."),
            format!("{owner}.{secret}x"),
            format!("{bank}.{secret}"),
            format!("nobody.{secret}"),
        ] {
            enters(app, &wrong).await.refused(404, "ticket_unknown");
        }
        enters(app, &given).await.ok();
        // A link that was replaced takes its tickets along.
        let old = ticket(app, &lender, &opened.id).await;
        lender
            .post(app, &format!("/v1/journeys/{}/link", opened.id), &json!({}))
            .await
            .ok();
        enters(app, &old).await.refused(409, "link_expired");
        // Another lender's journey is not there.
        let theirs = Partner::of(app, JIANGLAN);
        let path = format!("/v1/journeys/{}/ticket", opened.id);
        theirs
            .post(app, &path, &json!({}))
            .await
            .refused(404, "not_found");
    });
}

#[test]
fn of_fifty_at_once_one_enters() {
    TestApp::run(async |app| {
        let (lender, opened) = opens(app, 1).await;
        let given = ticket(app, &lender, &opened.id).await;
        let answers = futures::future::join_all((0..50).map(|_| enters(app, &given))).await;
        let entered = answers
            .iter()
            .filter(|a| a.status == StatusCode::OK)
            .count();
        assert_eq!(entered, 1);
        for answer in answers.into_iter().filter(|a| a.status != StatusCode::OK) {
            answer.refused(409, "ticket_used");
        }
        assert_eq!(app.facts(&opened.id, "access.ticket_entered.v1").await, 1);
    });
}

#[test]
fn the_second_to_enter_ends_the_first_with_a_clear_message() {
    TestApp::run(async |app| {
        let (lender, opened) = opens(app, 1).await;
        let mut by_code = Borrower::with(&opened.url);
        by_code.enters(app, &opened.id).await;
        let given = ticket(app, &lender, &opened.id).await;
        let entered = enters(app, &given).await.ok();
        let by_ticket = inside(&opened, &entered);
        by_code
            .get(app, "/api/h5/journey")
            .await
            .refused(401, "session_replaced");
        by_ticket.journey(app).await;
        app.advance_ms(61_000);
        by_code.enters(app, &opened.id).await;
        by_ticket
            .get(app, "/api/h5/journey")
            .await
            .refused(401, "session_replaced");
    });
}

#[test]
fn a_borrower_returns_to_the_institution_s_own_origins_only() {
    TestApp::run(async |app| {
        let lender = Partner::of(app, ANHE);
        let body = |number: u32, address: &str| {
            let mut body = journey_of(&Someone::adult(number), "hexiang", loan());
            body["return_url"] = json!(address);
            body
        };
        let address = "https://app.anhe.example/loans/7?tab=1#here";
        let early = lender.asks(app, "early", &body(1, address)).await;
        let fields = early.refused(422, "invalid_request").json();
        assert_eq!(fields["error"]["fields"][0]["path"], "return_url");
        assert_eq!(
            fields["error"]["fields"][0]["code"],
            "return_origin_unknown"
        );
        allows(app, &["https://app.anhe.example"]).await;
        for wrong in [
            "https://evil.example/",
            "https://app.anhe.example.evil.example/",
            "https://app.anhe.example@evil.example/",
            "javascript:alert(1)",
            "/loans/7",
        ] {
            let refused = lender.asks(app, "wrong", &body(1, wrong)).await;
            refused.refused(422, "invalid_request");
        }
        let opened = lender.asks(app, "good", &body(1, address)).await;
        let opened = Opened::of(opened.expect(StatusCode::CREATED).json());
        let again = lender
            .asks(app, "good", &body(1, "https://app.anhe.example/"))
            .await;
        again.refused(409, "idempotency_key_reused");
        let mut borrower = Borrower::with(&opened.url);
        let journey = borrower.enters(app, &opened.id).await;
        let back = format!(
            "https://app.anhe.example/loans/7?tab=1&journey={}&state=open#here",
            opened.id
        );
        assert_eq!(journey["leaving"]["return_url"], back);
        borrower.reads(app).await;
        borrower.understands(app).await;
        let done = borrower.confirms(app).await;
        let back = done["leaving"]["return_url"].as_str().expect("an address");
        assert!(back.contains("&state=completed"), "{back}");
        // An origin that was taken back is no way out any more.
        allows(app, &["https://other.anhe.example"]).await;
        assert_eq!(
            borrower.journey(app).await["leaving"]["return_url"],
            Value::Null
        );
    });
}

#[test]
fn only_the_institution_s_origins_show_its_pages_in_a_frame() {
    TestApp::run(async |app| {
        let policy = async |path: &str| -> String {
            let page = app.get(path).await;
            let value = &page.headers[header::CONTENT_SECURITY_POLICY];
            value.to_str().expect("text").to_owned()
        };
        let nobody = "frame-ancestors 'none'";
        assert!(policy("/h5/in/anhe").await.ends_with(nobody));
        allows(app, &["https://app.anhe.example", "https://m.anhe.example"]).await;
        let ours = "frame-ancestors https://app.anhe.example https://m.anhe.example";
        assert!(policy("/h5/in/anhe").await.ends_with(ours));
        for path in ["/h5/", "/h5/in/jianglan", "/h5/in/nobody", "/console/"] {
            assert!(policy(path).await.ends_with(nobody), "{path}");
        }
    });
}
