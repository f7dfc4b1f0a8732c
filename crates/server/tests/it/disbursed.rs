//! Money that moved: always recorded, and what is wrong with it closed by two people.

use axum::http::StatusCode;
use serde_json::{Value, json};

use crate::actors::{ANHE, JIANGLAN, Opened, Partner, Someone, Staff};
use crate::app::{Answer, Site, TestApp};
use crate::money::{OWN, booking, books, drawn, releases};

const MINUTE_MS: i64 = 60_000;

/// A booked loan with a token for it.
pub async fn released(app: &TestApp, opened: &Opened) -> Value {
    let lender = Partner::of(app, ANHE);
    let body = booking(app, &lender, &opened.id).await;
    books(app, &lender, &opened.id, &opened.id, &body)
        .await
        .expect(StatusCode::CREATED);
    app.settle().await;
    let issued = releases(app, &lender, &opened.id).await;
    issued.expect(StatusCode::CREATED).json()
}

pub fn receipt(issued: &Value, reference: &str) -> Value {
    json!({
        "token": issued["token"], "net_amount": issued["amount"], "payee": { "account": OWN },
        "paid_at_ms": issued["issued_at_ms"], "payment_reference": reference, "channel_reference": "NPS-1"
    })
}

pub async fn reports(site: &Site, lender: &Partner, id: &str, body: &Value) -> Answer {
    lender
        .post(site, &format!("/v1/journeys/{id}/disbursed"), body)
        .await
}

pub fn findings(answer: &Value) -> Vec<String> {
    let incidents = answer["incidents"].as_array().expect("a list");
    let finding = |one: &Value| one["finding"].as_str().expect("a finding").to_owned();
    incidents.iter().map(finding).collect()
}

const NONE: [&str; 0] = [];

#[test]
fn money_that_moved_as_it_should_leaves_no_incident_and_ends_the_road() {
    TestApp::run(async |app| {
        let (borrower, opened) = drawn(app, 1).await;
        let lender = Partner::of(app, ANHE);
        let issued = released(app, &opened).await;
        let body = receipt(&issued, "PAY-1");
        let recorded = reports(app, &lender, &opened.id, &body).await;
        let recorded = recorded.expect(StatusCode::CREATED).json();
        assert_eq!(findings(&recorded), NONE);
        assert_eq!(recorded["payee_masked"], "***************3446");
        // Reported again it is the same payment; with another content it would hide one.
        let again = reports(app, &lender, &opened.id, &body).await.ok().json();
        assert_eq!(again, recorded);
        let mut other = body.clone();
        other["net_amount"] = json!(1);
        let fact = app.fact(&opened.id, "disbursement.paid.v1").await;
        assert_eq!(fact["findings"], json!([]));
        assert!(!fact.to_string().contains("3446"), "{fact}");
        let hidden = reports(app, &lender, &opened.id, &other).await;
        let hidden = hidden.expect(StatusCode::CREATED).json();
        assert_eq!(
            findings(&hidden),
            [
                "net_differs",
                "token_reused",
                "paid_twice",
                "reference_reused"
            ]
        );
        assert_eq!(app.facts(&opened.id, "disbursement.paid.v1").await, 2);

        let path = format!("/v1/journeys/{}", opened.id);
        let journey = lender.get(app, &path).await.ok().json();
        assert_eq!(journey["state"], "disbursed");
        assert_eq!(
            lender.missing(app, &opened.id).await[0],
            "already_disbursed"
        );
        releases(app, &lender, &opened.id)
            .await
            .refused(409, "release_denied");
        let again = booking(app, &lender, &opened.id).await;
        books(app, &lender, &opened.id, "again", &again)
            .await
            .refused(409, "already_disbursed");
        let cancel = format!("/v1/journeys/{}/cancel", opened.id);
        let late = lender.post(app, &cancel, &json!({})).await;
        late.refused(409, "already_disbursed");
        let mine = format!("/api/h5/me/loans/{}", opened.id);
        let late = borrower
            .post(app, &format!("{mine}/cancel"), &json!({}))
            .await;
        late.refused(409, "already_disbursed");
        assert_eq!(
            borrower.get(app, &mine).await.ok().json()["state"],
            "disbursed"
        );
        let staff = Staff::signs_in(app, "heyun").await;
        let list = staff
            .get(app, "/api/console/journeys?state=disbursed")
            .await;
        let list = list.ok().json();
        assert_eq!(list["rows"][0]["id"], opened.id.as_str());
        assert_eq!(list["rows"].as_array().map(Vec::len), Some(1));
    });
}

#[test]
fn whatever_is_wrong_with_a_payment_is_recorded_and_opens_an_incident() {
    TestApp::run(async |app| {
        let (_, one) = drawn(app, 1).await;
        let (_, two) = drawn(app, 2).await;
        let lender = Partner::of(app, ANHE);
        let first = released(app, &one).await;
        let second = released(app, &two).await;
        let at = |ms: i64| json!(first["issued_at_ms"].as_i64().expect("an instant") + ms);
        let mut altered = first["token"].as_str().expect("a token").to_owned();
        altered.replace_range(60..61, if &altered[60..61] == "A" { "B" } else { "A" });
        // Each on the first journey, whose own token is used by the first of them that shows it.
        let cases: [(&str, Value, &[&str]); 7] = [
            (
                "a part of the principal is kept back",
                json!({ "net_amount": 570_000, "token": null }),
                &["net_differs", "no_token"],
            ),
            (
                "somebody else's account",
                json!({ "payee": { "account": "6217000010001234567" }, "token": altered }),
                &["other_payee", "token_invalid", "paid_twice"],
            ),
            (
                "the token of another loan",
                json!({ "token": second["token"] }),
                &["token_foreign", "paid_twice"],
            ),
            (
                "after its time by the payer's clock",
                json!({ "paid_at_ms": at(11 * MINUTE_MS) }),
                &["token_expired", "paid_twice", "paid_ahead"],
            ),
            ("once more", json!({}), &["token_reused", "paid_twice"]),
            (
                "by a clock that is half a minute slow",
                json!({ "paid_at_ms": at(-MINUTE_MS / 2) }),
                &["token_reused", "paid_twice"],
            ),
            (
                "the other's again, and too much",
                json!({ "token": second["token"], "net_amount": 600_001 }),
                &["net_differs", "token_foreign", "token_reused", "paid_twice"],
            ),
        ];
        let mut opened = 0;
        for (number, (name, change, expected)) in cases.into_iter().enumerate() {
            let mut body = receipt(&first, &format!("PAY-{number}"));
            let Value::Object(change) = change else {
                panic!("a change")
            };
            body.as_object_mut().expect("a body").extend(change);
            let answer = reports(app, &lender, &one.id, &body).await;
            let answer = answer.expect(StatusCode::CREATED).json();
            assert_eq!(findings(&answer), expected, "{name}");
            opened += i64::try_from(expected.len()).expect("a count");
        }
        assert_eq!(app.facts(&one.id, "disbursement.paid.v1").await, 7);
        let kind = "disbursement.incident_opened.v1";
        assert_eq!(app.facts(&one.id, kind).await, opened);
        // A loan that was never booked, and one that is another institution's.
        let waiting = lender
            .opens(app, &Someone::adult(3), "hexiang", Value::Null)
            .await;
        let body = json!({
            "net_amount": 1, "payee": { "account": OWN }, "paid_at_ms": 1, "payment_reference": "PAY-X"
        });
        let answer = reports(app, &lender, &waiting.id, &body).await;
        let answer = answer.expect(StatusCode::CREATED).json();
        assert_eq!(
            findings(&answer),
            ["not_booked", "no_token", "protection_missing"]
        );
        reports(app, &Partner::of(app, JIANGLAN), &one.id, &body)
            .await
            .refused(404, "not_found");
        for (path, value) in [
            ("net_amount", json!(0)),
            ("paid_at_ms", json!(-1)),
            ("payment_reference", json!(" ")),
            ("channel_reference", json!("a\u{7}b")),
            ("channel_reference", json!("6222 0202 0011 2233 446")),
        ] {
            let mut bad = body.clone();
            bad[path] = value;
            let answer = reports(app, &lender, &one.id, &bad).await;
            let answer = answer.refused(422, "invalid_request");
            assert_eq!(answer.json()["error"]["fields"][0]["path"], path);
        }
    });
}

#[test]
fn a_payment_is_recorded_whatever_it_was_called_and_wherever_it_went() {
    TestApp::run(async |app| {
        let (_, right) = drawn(app, 1).await;
        let (_, wrong) = drawn(app, 2).await;
        let lender = Partner::of(app, ANHE);
        let issued = released(app, &right).await;
        released(app, &wrong).await;
        // The payment of the one is reported for the other first, and then where it belongs.
        let body = receipt(&issued, "支付 2026/11/22-01");
        let astray = reports(app, &lender, &wrong.id, &body).await;
        let astray = astray.expect(StatusCode::CREATED).json();
        assert_eq!(findings(&astray), ["token_foreign"]);
        let belongs = reports(app, &lender, &right.id, &body).await;
        let belongs = belongs.expect(StatusCode::CREATED).json();
        assert_eq!(findings(&belongs), ["token_reused", "reference_reused"]);
        let again = reports(app, &lender, &right.id, &body).await.ok().json();
        assert_eq!(again["id"], belongs["id"]);
        // A wallet is no account, and a payee all the same.
        let mut wallet = receipt(&issued, "PAY-2");
        wallet["payee"]["account"] = json!("zhangsan@wallet");
        let wallet = reports(app, &lender, &right.id, &wallet).await;
        let wallet = wallet.expect(StatusCode::CREATED).json();
        assert_eq!(
            findings(&wallet),
            ["other_payee", "token_reused", "paid_twice"]
        );
        assert_eq!(wallet["payee_masked"], "***");
    });
}

#[test]
fn a_loan_paid_once_on_each_of_two_tokens_is_found() {
    TestApp::run(async |app| {
        let (_, opened) = drawn(app, 1).await;
        let lender = Partner::of(app, ANHE);
        let first = released(app, &opened).await;
        // The report of the first payment is late, and the lender's retry asks for another token.
        app.advance_ms(10 * MINUTE_MS as u64);
        let second = releases(app, &lender, &opened.id).await;
        let second = second.expect(StatusCode::CREATED).json();
        for (issued, reference, expected) in [
            (&first, "PAY-1", &NONE[..]),
            (&second, "PAY-2", &["paid_twice"]),
        ] {
            let paid = reports(app, &lender, &opened.id, &receipt(issued, reference)).await;
            let paid = paid.expect(StatusCode::CREATED).json();
            assert_eq!(findings(&paid), expected, "{reference}");
        }
    });
}

#[test]
fn nothing_but_time_ends_a_token_that_payers_check_offline() {
    TestApp::run(async |app| {
        let lender = Partner::of(app, ANHE);
        let (_, held) = drawn(app, 1).await;
        released(app, &held).await;
        let [service, reviewer] = [
            Staff::signs_in(app, "luoyifan").await,
            Staff::signs_in(app, "heyun").await,
        ];
        let path = format!("/api/console/journeys/{}/money-holds", held.id);
        let why = json!({ "words": "借款人来电说有人代办" });
        let hold = service.posts(app, &path, why).await.ok().json();
        let lift = format!("{path}/{}/lift", hold[0]["id"].as_str().expect("an id"));
        reviewer.posts(app, &lift, json!({})).await.ok();
        app.settle().await;
        // Revoked: its word is out all the same.
        releases(app, &lender, &held.id)
            .await
            .refused(409, "release_token_live");
        // Used, as by a report for the journey of another loan.
        let (_, spent) = drawn(app, 2).await;
        let issued = released(app, &spent).await;
        let astray = receipt(&issued, "PAY-1");
        reports(app, &lender, &held.id, &astray)
            .await
            .expect(StatusCode::CREATED);
        releases(app, &lender, &spent.id)
            .await
            .refused(409, "release_token_live");
        app.advance_ms(10 * MINUTE_MS as u64);
        releases(app, &lender, &spent.id)
            .await
            .expect(StatusCode::CREATED);
    });
}

#[test]
fn an_incident_is_closed_by_two_people_and_seen_by_nobody_else_s_house() {
    TestApp::run(async |app| {
        let (_, opened) = drawn(app, 1).await;
        let lender = Partner::of(app, ANHE);
        let issued = released(app, &opened).await;
        let mut body = receipt(&issued, "PAY-1");
        body["net_amount"] = json!(570_000);
        let recorded = reports(app, &lender, &opened.id, &body).await;
        let id = recorded.json()["incidents"][0]["id"].clone();
        let id = id.as_str().expect("an id");
        let path = format!("/api/console/incidents/{id}");
        let [service, reviewer] = [
            Staff::signs_in(app, "luoyifan").await,
            Staff::signs_in(app, "heyun").await,
        ];
        let list = "/api/console/incidents?state=open&finding=net_differs";
        let rows = service.get(app, list).await.ok().json();
        assert_eq!(rows["rows"][0]["id"], id);
        assert_eq!(rows["rows"][0]["journey"], opened.id.as_str());
        let csv = service.get(app, &format!("{list}&format=csv")).await.ok();
        assert!(csv.text().contains("net_differs"), "{}", csv.text());
        let unknown = service.get(app, "/api/console/incidents?state=lost").await;
        unknown.refused(422, "invalid_request");
        let page = service.get(app, &path).await.ok().json();
        assert_eq!(page["payment"]["amount"], 570_000);
        assert_eq!(page["payment"]["booked"], 600_000);

        let close = format!("{path}/close");
        let handle = format!("{path}/handle");
        let seen = |page: &Value| json!({ "version": page["version"] });
        reviewer
            .posts(app, &close, seen(&page))
            .await
            .refused(409, "incident_not_handled");
        let account = json!({ "words": "差额 300 元已退给借款人", "refund_reference": OWN });
        let account = service.posts(app, &handle, account).await;
        account.refused(422, "invalid_request");
        for (words, code) in [
            ("好", "incident_words_length"),
            ("退到 6222020200112233446", "incident_words_numbers"),
            ("退到 6222-0202-0011-2233-446", "incident_words_numbers"),
        ] {
            let answer = service.posts(app, &handle, json!({ "words": words })).await;
            answer.refused(422, code);
        }
        let said = json!({ "words": "差额 300 元已退给借款人", "refund_reference": "REF-1" });
        let handled = service.posts(app, &handle, said).await.ok().json();
        assert_eq!(
            (&handled["state"], &handled["handling"]["own"]),
            (&json!("handled"), &json!(true))
        );
        service
            .posts(app, &close, seen(&handled))
            .await
            .refused(403, "right_missing");
        // Told differently since: nobody agreed with that.
        let anew = json!({ "words": "无需处理，已与借款人说明" });
        let anew = service.posts(app, &handle, anew).await.ok().json();
        reviewer
            .posts(app, &close, seen(&handled))
            .await
            .refused(409, "incident_changed");
        let closed = reviewer.posts(app, &close, seen(&anew)).await.ok().json();
        assert_eq!(closed["state"], "closed");
        reviewer
            .posts(app, &close, seen(&closed))
            .await
            .refused(409, "incident_closed");
        let sha256 = |text: &str| proof::hex::encode(&proof::digest::sha256(text.as_bytes()));
        let kind = "disbursement.incident_handled.v2";
        assert_eq!(app.facts(&opened.id, kind).await, 2);
        let fact = app.fact(&opened.id, kind).await;
        assert_eq!(fact["refund_digest"], Value::Null);
        let fact = app
            .fact(&opened.id, "disbursement.incident_closed.v2")
            .await;
        assert_eq!(fact["words_digest"], sha256("无需处理，已与借款人说明"));
        let theirs = Staff::signs_in(app, "baolu").await;
        theirs.get(app, &path).await.refused(404, "not_found");
    });
}
