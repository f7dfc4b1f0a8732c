//! 放款应急: two people set aside what is missing, exactly that, and the token says so.

use axum::http::StatusCode;
use proof::checkpoint::VerifierKey;
use proof::release_token::ReleaseToken;
use serde_json::{Value, json};

use crate::actors::{ANHE, Opened, Partner, Staff};
use crate::app::{Answer, TestApp};
use crate::consent::withdraws;
use crate::disbursed::{findings, receipt, reports};
use crate::lines::drawn_of_line;
use crate::living::of_all_trades;
use crate::money::{booking, books, drawn, releases};

fn reason(missing: &[&str]) -> Value {
    json!({ "missing": missing, "words": "见证机构停机，借款人手术急用" })
}

#[test]
fn two_people_release_what_can_t_be_proved_and_the_token_says_so() {
    TestApp::run(async |app| {
        app.reconfigure(|config| config.journey.witnesses = 1).await;
        let (_, opened) = drawn(app, 1).await;
        let lender = Partner::of(app, ANHE);
        let one = Staff::signs_in(app, "heyun").await;
        let two = of_all_trades(app, ANHE).await;
        let path = format!("/api/console/journeys/{}/break-glass", opened.id);
        let right = reason(&["witness_quorum"]);
        let early = one.posts(app, &path, right.clone()).await;
        early.refused(409, "not_booked");
        let body = booking(app, &lender, &opened.id).await;
        books(app, &lender, &opened.id, "booked", &body)
            .await
            .expect(StatusCode::CREATED);
        app.settle().await;

        // Only who may, only with a reason, and only what is missing, all of it by name.
        let service = Staff::signs_in(app, "luoyifan").await;
        let without = service.posts(app, &path, right.clone()).await;
        without.refused(403, "right_missing");
        for (body, status, code) in [
            (reason(&[]), 409, "missing_otherwise"),
            (
                reason(&["witness_quorum", "approval_expired"]),
                409,
                "missing_otherwise",
            ),
            (
                json!({ "missing": ["witness_quorum"], "words": "急" }),
                422,
                "hold_reason",
            ),
        ] {
            let answer = one.posts(app, &path, body).await;
            answer.refused(status, code);
        }
        let asked = one.posts(app, &path, right.clone()).await.ok().json();
        assert_eq!(
            (&asked["state"], &asked["own"]),
            (&json!("asked"), &json!(true))
        );
        releases(app, &lender, &opened.id)
            .await
            .refused(409, "release_denied");
        let id = asked["id"].as_str().expect("an id");
        let agree = format!("{path}/{id}/agree");
        let own = one.posts(app, &agree, json!({})).await;
        own.refused(409, "break_glass_own");
        let stranger = of_all_trades(app, crate::actors::JIANGLAN).await;
        let foreign = stranger.posts(app, &agree, json!({})).await;
        foreign.refused(404, "not_found");
        let foreign = stranger.posts(app, &path, right).await;
        foreign.refused(404, "not_found");
        let agreed = two.posts(app, &agree, json!({})).await.ok().json();
        assert_eq!(agreed["state"], "agreed");

        let issued = releases(app, &lender, &opened.id).await;
        let issued = issued.expect(StatusCode::CREATED).json();
        let vkey = app.get("/log/anhe/vkey").await.ok().text();
        let known: [VerifierKey; 1] = [vkey.trim().parse().expect("a key")];
        let word = issued["token"].as_str().expect("a token");
        let token = ReleaseToken::verify(word, &known).expect("holds");
        let set = token.overridden.expect("an override");
        assert_eq!((token.v, token.break_glass), (2, true));
        assert_eq!(
            (set.id.as_str(), set.missing),
            (id, vec!["witness_quorum".to_owned()])
        );
        let fact = app.fact(&opened.id, "disbursement.break_glass.v1").await;
        assert_eq!(
            (&fact["decision"], &fact["missing"]),
            (&json!(id), &json!(["witness_quorum"]))
        );
        let kind = "journey.break_glass_agreed.v1";
        assert_eq!(app.facts(&opened.id, kind).await, 1);
        // It opens its own incident, and the payment adds none.
        let open = "/api/console/incidents?state=open&finding=break_glass";
        let incidents = service.get(app, open).await.ok().json();
        assert_eq!(incidents["rows"][0]["journey"], opened.id.as_str());
        let paid = reports(app, &lender, &opened.id, &receipt(&issued, "PAY-1")).await;
        let paid = paid.expect(StatusCode::CREATED).json();
        assert_eq!(findings(&paid), [""; 0]);
        // One decision is one token.
        let listed = format!("/api/console/break-glass?journey={}", opened.id);
        let rows = service.get(app, &listed).await.ok().json();
        assert_eq!(rows["rows"][0]["state"], "used");
        let theirs = stranger.get(app, "/api/console/break-glass").await;
        assert_eq!(theirs.ok().json()["rows"], json!([]));
    });
}

/// A booked loan that only lacks its witnesses.
async fn unwitnessed(app: &mut TestApp) -> Opened {
    app.reconfigure(|config| config.journey.witnesses = 1).await;
    let (_, opened) = drawn(app, 1).await;
    books_it(app, &opened).await;
    opened
}

async fn books_it(app: &TestApp, opened: &Opened) {
    let lender = Partner::of(app, ANHE);
    let body = booking(app, &lender, &opened.id).await;
    books(app, &lender, &opened.id, "booked", &body)
        .await
        .expect(StatusCode::CREATED);
    app.settle().await;
}

/// The address of a release that one asks for.
async fn asks(app: &TestApp, one: &Staff, opened: &Opened) -> String {
    let path = format!("/api/console/journeys/{}/break-glass", opened.id);
    let asked = one.posts(app, &path, reason(&["witness_quorum"])).await;
    let asked = asked.ok().json();
    format!("{path}/{}", asked["id"].as_str().expect("an id"))
}

async fn says(app: &TestApp, staff: &Staff, glass: &str, verb: &str) -> Answer {
    staff
        .posts(app, &format!("{glass}/{verb}"), json!({}))
        .await
}

#[test]
fn a_decision_falls_with_the_standing_of_whoever_asked() {
    TestApp::run(async |app| {
        let opened = unwitnessed(app).await;
        let lender = Partner::of(app, ANHE);
        let one = Staff::signs_in(app, "heyun").await;
        let two = of_all_trades(app, ANHE).await;
        let agreed = asks(app, &one, &opened).await;
        says(app, &two, &agreed, "agree").await.ok();
        let waits = asks(app, &one, &opened).await;
        let admin = Staff::signs_in(app, "jiangtong").await;
        let heyun = admin.colleague(app, "heyun").await;
        let disable = format!("/api/console/staff/{heyun}/disable");
        admin
            .post(app, &disable)
            .await
            .expect(StatusCode::NO_CONTENT);
        let late = says(app, &two, &waits, "agree").await;
        late.refused(409, "break_glass_fallen");
        releases(app, &lender, &opened.id)
            .await
            .refused(409, "release_denied");
    });
}

#[test]
fn whoever_asked_takes_it_back_and_a_colleague_says_no() {
    TestApp::run(async |app| {
        let opened = unwitnessed(app).await;
        let lender = Partner::of(app, ANHE);
        let one = Staff::signs_in(app, "heyun").await;
        let two = of_all_trades(app, ANHE).await;
        let back = asks(app, &one, &opened).await;
        let taken = says(app, &one, &back, "refuse").await.ok().json();
        assert_eq!(
            (&taken["state"], &taken["own"]),
            (&json!("refused"), &json!(true))
        );
        let late = says(app, &two, &back, "agree").await;
        late.refused(409, "break_glass_over");
        // Also what was agreed to, until the token is out.
        let agreed = asks(app, &one, &opened).await;
        says(app, &two, &agreed, "agree").await.ok();
        says(app, &two, &agreed, "refuse").await.ok();
        releases(app, &lender, &opened.id)
            .await
            .refused(409, "release_denied");
        let kind = "journey.break_glass_refused.v1";
        assert_eq!(app.facts(&opened.id, kind).await, 2);
        let service = Staff::signs_in(app, "luoyifan").await;
        let without = says(app, &service, &agreed, "refuse").await;
        without.refused(403, "right_missing");
        let stranger = of_all_trades(app, crate::actors::JIANGLAN).await;
        let foreign = says(app, &stranger, &agreed, "refuse").await;
        foreign.refused(404, "not_found");
        for _ in 2..20 {
            asks(app, &one, &opened).await;
        }
        let path = format!("/api/console/journeys/{}/break-glass", opened.id);
        let more = one.posts(app, &path, reason(&["witness_quorum"])).await;
        more.refused(409, "break_glass_too_often");
        app.advance_ms(24 * 3_600_000);
        let one = Staff::signs_in(app, "heyun").await;
        let later = one.posts(app, &path, reason(&["witness_quorum"])).await;
        later.ok();
    });
}

#[test]
fn what_was_lost_beside_what_two_people_named_is_found() {
    TestApp::run(async |app| {
        app.reconfigure(|config| config.journey.witnesses = 1).await;
        let (granted, _, opened) = drawn_of_line(app).await;
        books_it(app, &opened).await;
        let lender = Partner::of(app, ANHE);
        let one = Staff::signs_in(app, "heyun").await;
        let two = of_all_trades(app, ANHE).await;
        let glass = asks(app, &one, &opened).await;
        says(app, &two, &glass, "agree").await.ok();
        let issued = releases(app, &lender, &opened.id).await;
        let issued = issued.expect(StatusCode::CREATED).json();
        withdraws(&granted, app, "provide_to_partner").await.ok();
        let paid = reports(app, &lender, &opened.id, &receipt(&issued, "PAY-1")).await;
        let paid = paid.expect(StatusCode::CREATED).json();
        assert_eq!(findings(&paid), ["protection_missing"]);
    });
}

#[test]
fn nobody_sets_aside_what_a_colleague_stopped() {
    TestApp::run(async |app| {
        app.reconfigure(|config| config.journey.witnesses = 1).await;
        let (_, opened) = drawn(app, 1).await;
        let lender = Partner::of(app, ANHE);
        let body = booking(app, &lender, &opened.id).await;
        books(app, &lender, &opened.id, "booked", &body)
            .await
            .expect(StatusCode::CREATED);
        app.settle().await;
        let one = Staff::signs_in(app, "heyun").await;
        let two = of_all_trades(app, ANHE).await;
        let path = format!("/api/console/journeys/{}/break-glass", opened.id);
        let asks = async || {
            let asked = one.posts(app, &path, reason(&["witness_quorum"])).await;
            let asked = asked.ok().json();
            format!("{path}/{}/agree", asked["id"].as_str().expect("an id"))
        };
        let agree = asks().await;
        two.posts(app, &agree, json!({})).await.ok();
        // Something else went missing since: that was not set aside, and can't be.
        let holds = format!("/api/console/journeys/{}/money-holds", opened.id);
        let why = json!({ "words": "借款人来电说有人代办" });
        two.posts(app, &holds, why).await.ok();
        app.settle().await;
        releases(app, &lender, &opened.id)
            .await
            .refused(409, "release_denied");
        let held = one
            .posts(app, &path, reason(&["held", "witness_quorum"]))
            .await;
        let held = held.refused(409, "release_denied").json();
        let fields = held["error"]["fields"].as_array().expect("fields").clone();
        assert_eq!((fields.len(), &fields[0]["code"]), (1, &json!("held")));
    });
}
