//! Other terms for a loan that was paid out: old beside new, nothing dearer in passing, and never without its borrower.

use axum::http::{Method, StatusCode};
use serde_json::{Value, json};

use crate::actors::{ANHE, Borrower, JIANGLAN, Opened, Partner, Someone, Staff, journey_of, loan};
use crate::app::{Answer, TestApp};
use crate::disbursed::{receipt, released, reports};
use crate::identity::checked;
use crate::money::{booking, books, drawn, releases};
use crate::servicing::{follows, stands};
use crate::signing_set::{authorises, opened_at};
use crate::steps::offers_with;

const DAY_MS: u64 = 86_400_000;
pub const CHANGED: &str = "journey.terms_changed.v2";

/// A loan that was paid out, and its borrower.
pub async fn paid(app: &TestApp, number: u32) -> (Borrower, Opened) {
    let (borrower, opened) = drawn(app, number).await;
    let issued = released(app, &opened).await;
    let body = receipt(&issued, &format!("PAY-{number}"));
    reports(app, &Partner::of(app, ANHE), &opened.id, &body)
        .await
        .expect(StatusCode::CREATED);
    (borrower, opened)
}

/// The terms in force, changed by `with`.
pub async fn terms(app: &TestApp, loan: &str, with: impl FnOnce(&mut Value)) -> Value {
    let path = format!("/v1/journeys/{loan}/terms");
    let seen = Partner::of(app, ANHE).get(app, &path).await.ok().json();
    let mut terms = seen["terms"].clone();
    with(&mut terms);
    terms
}

/// Twice as much time.
pub async fn longer(app: &TestApp, loan: &str) -> Value {
    terms(app, loan, |terms| terms["periods"] = json!(24)).await
}

/// Half the yearly rate.
pub async fn cheaper(app: &TestApp, loan: &str) -> Value {
    terms(app, loan, |terms| {
        terms["annual_rate_ppm"] = json!(terms["annual_rate_ppm"].as_i64().expect("ppm") / 2);
    })
    .await
}

pub async fn changes(app: &TestApp, loan: &str, key: &str, terms: &Value) -> Answer {
    changes_for(app, loan, key, "extension", terms).await
}

pub async fn changes_for(app: &TestApp, loan: &str, key: &str, why: &str, terms: &Value) -> Answer {
    let path = format!("/v1/journeys/{loan}/changes");
    let body = json!({ "reference": "CHG-1", "reason": why, "terms": terms });
    let headers = [("idempotency-key", key)];
    let lender = Partner::of(app, ANHE);
    lender
        .send(app, Method::POST, &path, &headers, Some(&body))
        .await
}

#[test]
fn terms_change_by_a_new_sheet_that_says_what_more_it_costs() {
    TestApp::run(async |app| {
        let (mut before, opened) = drawn(app, 520).await;
        let lender = Partner::of(app, ANHE);
        let asked = longer(app, &opened.id).await;
        changes(app, &opened.id, "c1", &asked)
            .await
            .refused(409, "loan_not_paid");
        let issued = released(app, &opened).await;
        reports(app, &lender, &opened.id, &receipt(&issued, "PAY-1"))
            .await
            .expect(StatusCode::CREATED);
        let change = changes(app, &opened.id, "c1", &asked).await;
        let change = Opened::of(change.expect(StatusCode::CREATED).json());
        assert_eq!(change.body["kind"], "change");
        assert_eq!(
            change.body["change"]["compared"]["dearer"],
            json!(["total"])
        );
        // The same request again is the same change; another one waits.
        let again = changes(app, &opened.id, "c1", &asked).await.ok().json();
        assert_eq!(again["id"], json!(change.id));
        let other = terms(app, &opened.id, |terms| terms["periods"] = json!(18)).await;
        changes(app, &opened.id, "c1", &other)
            .await
            .refused(409, "idempotency_key_reused");
        changes(app, &opened.id, "c2", &other)
            .await
            .refused(409, "change_open");
        // No money moves on it, and its terms are what they are.
        assert!(
            lender
                .missing(app, &change.id)
                .await
                .contains(&"change_releases_nothing".to_owned())
        );
        let body = booking(app, &lender, &change.id).await;
        books(app, &lender, &change.id, "b", &body)
            .await
            .refused(409, "no_loan");
        lender
            .post(app, &format!("/v1/journeys/{}/loan", change.id), &loan())
            .await
            .refused(409, "change_has_terms");

        let mut borrower = Borrower::with(&change.url);
        let seen = borrower.enters(app, &change.id).await;
        assert_eq!(
            (&seen["kind"], &seen["current"]),
            (&json!("change"), &json!("identity"))
        );
        let digest = borrower.digest(app).await;
        borrower
            .steps(app, "shown", &digest)
            .await
            .refused(409, "step_too_early");
        checked(app, &Someone::adult(520), &change.id).await;
        let seen = borrower.journey(app).await;
        let compared = &seen["change"]["compared"];
        assert_eq!(
            (
                &compared["before"]["periods"],
                &compared["after"]["periods"]
            ),
            (&json!(12), &json!(24))
        );
        let first = seen["sheet"]["key_terms"][0]["body"]["zh"].as_str();
        assert!(
            first.is_some_and(|body| body.contains("您一共要多还")),
            "{first:?}"
        );
        borrower.reads(app).await;
        borrower.understands(app).await;
        borrower
            .steps(app, "confirm", &digest)
            .await
            .refused(409, "dearer_not_accepted");
        let accept = "/api/h5/change/accept-dearer";
        borrower
            .post(app, accept, &json!({ "sheet_digest": "another" }))
            .await
            .refused(409, "sheet_changed");
        for _ in 0..2 {
            borrower
                .post(app, accept, &json!({ "sheet_digest": digest }))
                .await
                .ok();
        }
        assert_eq!(app.facts(&change.id, "journey.dearer_accepted.v1").await, 1);
        // Until then the older terms count.
        let path = format!("/v1/journeys/{}/terms", opened.id);
        let now = lender.get(app, &path).await.ok().json();
        assert_eq!(
            (&now["terms"]["periods"], &now["change"]),
            (&json!(12), &Value::Null)
        );
        let done = borrower.confirms(app).await;
        assert_eq!(done["state"], "completed");
        let now = lender.get(app, &path).await.ok().json();
        assert_eq!(
            (&now["terms"]["periods"], &now["change"]),
            (&json!(24), &json!(change.id))
        );
        let fact = app.fact(&opened.id, CHANGED).await;
        assert_eq!(fact["to_terms_digest"], now["terms_digest"]);
        assert_ne!(fact["from_terms_digest"], now["terms_digest"]);
        assert_eq!(fact["from"], now["terms"]["start"]);
        // One change is one event: its own case ends with its completion.
        assert_eq!(app.facts(&change.id, CHANGED).await, 0);
        // In force it is not called off any more.
        lender
            .post(
                app,
                &format!("/v1/journeys/{}/cancel", change.id),
                &json!({}),
            )
            .await
            .refused(409, "change_in_force");
        let seen = lender
            .get(app, &format!("/v1/journeys/{}", opened.id))
            .await;
        let seen = seen.ok().json();
        assert_eq!(seen["changes"][0]["id"], json!(change.id));
        // The loan is repaid by the plan of the change.
        follows(app).await;
        let loan = stands(app, &opened.id).await;
        assert_eq!(loan["plan"].as_array().map(Vec::len), Some(24));
        assert_eq!(loan["next"]["due"], now["terms"]["first_due"]);
        before.enters(app, &opened.id).await;
        let mine = format!("/api/h5/me/loans/{}", opened.id);
        let mine = before.get(app, &mine).await.ok().json();
        assert_eq!(mine["changes"][0]["state"], "completed");
    });
}

#[test]
fn what_is_cheaper_asks_nothing_more_and_the_next_change_starts_from_it() {
    TestApp::run(async |app| {
        let (_, opened) = paid(app, 521).await;
        let asked = cheaper(app, &opened.id).await;
        let change = changes(app, &opened.id, "c1", &asked).await;
        let change = Opened::of(change.expect(StatusCode::CREATED).json());
        assert_eq!(change.body["change"]["compared"]["dearer"], json!([]));
        let mut borrower = Borrower::with(&change.url);
        borrower.enters(app, &change.id).await;
        checked(app, &Someone::adult(521), &change.id).await;
        borrower.reads(app).await;
        borrower.understands(app).await;
        let done = borrower.confirms(app).await;
        assert_eq!(done["state"], "completed");
        // The same terms are no change any more; back to the older ones is a dearer one.
        changes(app, &opened.id, "c2", &asked)
            .await
            .refused(409, "price_already_final");
        let back = terms(app, &opened.id, |terms| {
            terms["annual_rate_ppm"] = json!(terms["annual_rate_ppm"].as_i64().expect("ppm") * 2);
        })
        .await;
        let second = changes(app, &opened.id, "c3", &back).await;
        let second = second.expect(StatusCode::CREATED).json();
        assert_eq!(
            second["change"]["compared"]["dearer"],
            json!(["total", "rate", "instalment"])
        );
    });
}

#[test]
fn what_can_t_be_changed_is_refused_by_name() {
    TestApp::run(async |app| {
        let (_, opened) = paid(app, 522).await;
        type Change = fn(&mut Value);
        let wrong: [(Change, &str); 4] = [
            (|terms| terms["start"] = json!("2026-11-20"), "out_of_range"),
            (
                |terms| terms["parties"][0]["name"] = json!("别家"),
                "parties_differ",
            ),
            (
                |terms| {
                    terms["items"] = json!([{ "code": "fee", "name": { "zh": "费", "en": "fee" },
                        "collector": terms["parties"][0]["id"], "charge": { "kind": "deducted", "amount": 100 } }]);
                },
                "nothing_paid_out",
            ),
            (|terms| terms["periods"] = json!(0), "terms_invalid"),
        ];
        for (change, code) in wrong {
            let asked = terms(app, &opened.id, change).await;
            let answer = changes(app, &opened.id, "wrong", &asked).await;
            assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY, "{code}");
            let error = answer.json();
            let fields = error["error"]["fields"].as_array().expect("fields").clone();
            if code != "terms_invalid" {
                assert!(fields.iter().any(|field| field["code"] == code), "{error}");
            }
        }
        // No journey of this kind is opened by itself, and none of a foreign loan.
        let lender = Partner::of(app, ANHE);
        let mut alone = journey_of(&Someone::adult(523), "hexiang", Value::Null);
        alone["kind"] = json!("change");
        lender
            .asks(app, "alone", &alone)
            .await
            .refused(409, "change_misplaced");
        let path = format!("/v1/journeys/{}/changes", opened.id);
        let asked = longer(app, &opened.id).await;
        let body = json!({ "reference": "CHG-1", "reason": "extension", "terms": asked });
        let headers = [("idempotency-key", "foreign")];
        Partner::of(app, JIANGLAN)
            .send(app, Method::POST, &path, &headers, Some(&body))
            .await
            .refused(404, "not_found");
        // One that nobody finished ends, and another may be opened.
        let first = changes(app, &opened.id, "c1", &asked).await;
        let first = Opened::of(first.expect(StatusCode::CREATED).json());
        app.advance_ms(8 * DAY_MS);
        app.run_jobs().await;
        assert_eq!(app.facts(&first.id, "journey.expired.v1").await, 1);
        let asked = terms(app, &opened.id, |terms| {
            terms["periods"] = json!(24);
            terms["start"] = json!("2026-12-21");
            terms["first_due"] = json!("2027-01-21");
        })
        .await;
        let second = changes(app, &opened.id, "c2", &asked).await;
        let second = Opened::of(second.expect(StatusCode::CREATED).json());
        let cancel = format!("/v1/journeys/{}/cancel", second.id);
        lender
            .post(app, &cancel, &json!({}))
            .await
            .expect(StatusCode::NO_CONTENT);
        changes(app, &opened.id, "c3", &asked)
            .await
            .expect(StatusCode::CREATED);
    });
}

#[test]
fn whoever_answers_for_a_loan_keeps_it_from_being_changed_without_them() {
    TestApp::run(async |app| {
        let lender = Partner::of(app, ANHE);
        let opened = lender
            .opens(app, &Someone::adult(524), "hemiao", loan())
            .await;
        let named = json!({ "role": "guarantor", "person": Someone::adult(525).json() });
        let path = format!("/v1/journeys/{}/parties", opened.id);
        let party = lender.post(app, &path, &named).await;
        let party = Opened::of(party.expect(StatusCode::CREATED).json());
        Borrower::with(&opened.url).completes(app, &opened.id).await;
        Borrower::with(&party.url).completes(app, &party.id).await;
        app.settle().await;
        let body = booking(app, &lender, &opened.id).await;
        books(app, &lender, &opened.id, "b", &body)
            .await
            .expect(StatusCode::CREATED);
        app.settle().await;
        let issued = releases(app, &lender, &opened.id).await;
        let issued = issued.expect(StatusCode::CREATED).json();
        reports(app, &lender, &opened.id, &receipt(&issued, "PAY-9"))
            .await
            .expect(StatusCode::CREATED);
        let asked = longer(app, &opened.id).await;
        changes(app, &opened.id, "c1", &asked)
            .await
            .refused(409, "change_has_parties");
    });
}

/// What a product lists whose loans, and whose changes of them, are signed.
fn signs() -> Value {
    json!({
        "required": ["personal_information_notice", "identity", "cost_disclosure", "signing"],
        "identity": ["registry", "carrier", "network_id"],
        "notices": ["pi_notice"],
        "documents": ["loan_contract"],
        "change_documents": ["loan_change"],
    })
}

/// A loan that was signed and paid out.
async fn signed(app: &TestApp, number: u32) -> Opened {
    let (borrower, opened, lender) = opened_at(app, number).await;
    authorises(&borrower, app, &opened.id).await;
    app.settle().await;
    let body = booking(app, &lender, &opened.id).await;
    books(app, &lender, &opened.id, &opened.id, &body)
        .await
        .expect(StatusCode::CREATED);
    app.settle().await;
    let issued = releases(app, &lender, &opened.id).await;
    let issued = issued.expect(StatusCode::CREATED).json();
    let body = receipt(&issued, &format!("PAY-{number}"));
    reports(app, &lender, &opened.id, &body)
        .await
        .expect(StatusCode::CREATED);
    opened
}

/// Opens a cheaper change of a signed loan, whose borrower comes as far as its signature.
async fn confirmed(app: &TestApp, number: u32, opened: &Opened) -> (Borrower, Opened) {
    let asked = cheaper(app, &opened.id).await;
    let change = changes(app, &opened.id, "c1", &asked).await;
    let change = Opened::of(change.expect(StatusCode::CREATED).json());
    let mut again = Borrower::with(&change.url);
    again.enters(app, &change.id).await;
    checked(app, &Someone::adult(number), &change.id).await;
    again.reads(app).await;
    again.understands(app).await;
    let seen = again.confirms(app).await;
    assert_eq!(seen["current"], "signing");
    app.run_jobs().await;
    (again, change)
}

#[test]
fn what_was_signed_is_signed_anew() {
    TestApp::run(async |app| {
        let mut parts = signs();
        offers_with(&app.ctx, parts.clone()).await.expect("offered");
        let opened = signed(app, 526).await;
        let (again, change) = confirmed(app, 526, &opened).await;
        let set = again.journey(app).await["signing"].clone();
        assert_eq!(set["documents"][0]["code"], "loan_change");
        assert_eq!(app.facts(&opened.id, CHANGED).await, 0);
        authorises(&again, app, &change.id).await;
        app.settle().await;
        assert_eq!(again.journey(app).await["state"], "completed");
        assert_eq!(app.facts(&opened.id, CHANGED).await, 1);
        // A product that lists nothing to sign for a change has none.
        parts["change_documents"] = json!([]);
        offers_with(&app.ctx, parts).await.expect("offered");
        let opened = signed(app, 527).await;
        let asked = longer(app, &opened.id).await;
        changes(app, &opened.id, "c2", &asked)
            .await
            .refused(409, "change_not_offered");
    });
}

#[test]
fn a_yes_to_a_change_waits_until_the_hold_is_lifted() {
    TestApp::run(async |app| {
        offers_with(&app.ctx, signs()).await.expect("offered");
        let opened = signed(app, 528).await;
        let (again, change) = confirmed(app, 528, &opened).await;
        authorises(&again, app, &change.id).await;
        // The loan is stopped before the job comes to sign.
        let service = Staff::signs_in(app, "luoyifan").await;
        let reviewer = Staff::signs_in(app, "heyun").await;
        let path = format!("/api/console/journeys/{}/money-holds", opened.id);
        let why = json!({ "words": "借款人来电说有人代办" });
        let held = service.posts(app, &path, why).await.ok().json();
        for _ in 0..2 {
            app.settle().await;
            app.advance_ms(600_000);
        }
        for kind in ["signing.started.v1", "signing.superseded.v1"] {
            assert_eq!(app.facts(&change.id, kind).await, 0, "{kind}");
        }
        let lift = format!("{path}/{}/lift", held[0]["id"].as_str().expect("an id"));
        reviewer.posts(app, &lift, json!({})).await.ok();
        app.settle().await;
        assert_eq!(app.facts(&change.id, "signing.signed.v1").await, 1);
        assert_eq!(app.facts(&opened.id, CHANGED).await, 1);
    });
}
