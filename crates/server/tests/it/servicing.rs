//! The loan after its money moved: its plan, what was received, and what is more than was agreed.

use axum::http::StatusCode;
use serde_json::{Value, json};
use xiaobao::servicing;

use crate::actors::{ANHE, Borrower, JIANGLAN, Opened, Partner, Staff};
use crate::app::{Answer, Site, TestApp};
use crate::disbursed::{receipt, released, reports};
use crate::money::{drawn, drawn_with};

pub const DAY_MS: u64 = 86_400_000;

/// A loan of 6,000 yuan in twelve parts whose money moved as it should.
pub async fn runs(app: &TestApp, number: u32) -> (Borrower, Opened) {
    runs_with(app, number, json!({})).await
}

/// The same of a product that is otherwise in some parts.
pub async fn runs_with(app: &TestApp, number: u32, parts: Value) -> (Borrower, Opened) {
    let (borrower, opened) = drawn_with(app, number, parts).await;
    let lender = Partner::of(app, ANHE);
    let issued = released(app, &opened).await;
    let body = receipt(&issued, &format!("PAY-{number}"));
    reports(app, &lender, &opened.id, &body)
        .await
        .expect(StatusCode::CREATED);
    follows(app).await;
    (borrower, opened)
}

/// The loans' follower has seen everything.
pub async fn follows(app: &TestApp) {
    app.settle().await;
    servicing::advance(&app.ctx).await.expect("a turn");
    app.settle().await;
}

/// How a loan stands, as its lender reads it.
pub async fn stands(app: &TestApp, id: &str) -> Value {
    let lender = Partner::of(app, ANHE);
    let path = format!("/v1/journeys/{id}/loan");
    lender.get(app, &path).await.ok().json()
}

pub async fn receives(site: &Site, lender: &Partner, id: &str, body: &Value) -> Answer {
    let path = format!("/v1/journeys/{id}/repayments");
    lender.post(site, &path, body).await
}

pub fn instalment(reference: &str, amount: i64, day: &str) -> Value {
    json!({ "reference": reference, "kind": "instalment", "amount": amount, "day": day })
}

#[test]
fn a_paid_case_becomes_one_loan_with_the_plan_that_was_confirmed() {
    TestApp::run(async |app| {
        let (_, waiting) = drawn(app, 2).await;
        let lender = Partner::of(app, ANHE);
        let path = format!("/v1/journeys/{}/loan", waiting.id);
        let early = lender.get(app, &path).await;
        early.refused(409, "loan_not_paid");
        let first = instalment("R-1", 100, "2026-11-21");
        let early = receives(app, &lender, &waiting.id, &first).await;
        early.refused(409, "loan_not_paid");

        let (borrower, opened) = runs(app, 1).await;
        follows(app).await;
        assert_eq!(app.facts(&opened.id, "servicing.opened.v1").await, 1);
        let loan = stands(app, &opened.id).await;
        assert_eq!(
            (&loan["state"], &loan["repaid"], &loan["overdue"]),
            (&json!("running"), &json!(0), &json!(0))
        );
        assert_eq!(loan["loan_number"], format!("L-{}", opened.id));
        let path = format!("/v1/journeys/{}", opened.id);
        let journey = lender.get(app, &path).await.ok().json();
        assert_eq!(loan["terms_digest"], journey["terms_digest"]);
        let plan = loan["plan"].as_array().expect("a plan");
        assert_eq!(plan.len(), 12);
        assert_eq!(plan[0]["due"], journey["terms"]["first_due"]);
        assert_eq!(loan["next"]["due"], plan[0]["due"]);
        assert_eq!(loan["next"]["amount"], plan[0]["total"]);
        let sum: i64 = plan.iter().filter_map(|one| one["total"].as_i64()).sum();
        assert_eq!(loan["total"], sum);
        // The borrower and the house see the same; another lender sees nothing.
        let mine = format!("/api/h5/me/loans/{}/running", opened.id);
        assert_eq!(borrower.get(app, &mine).await.ok().json(), loan);
        let other = format!("/api/h5/me/loans/{}/running", waiting.id);
        borrower.get(app, &other).await.refused(404, "not_found");
        let staff = Staff::signs_in(app, "heyun").await;
        let path = format!("/api/console/journeys/{}/loan", opened.id);
        assert_eq!(staff.get(app, &path).await.ok().json(), loan);
        let stranger = Partner::of(app, JIANGLAN);
        let path = format!("/v1/journeys/{}/loan", opened.id);
        stranger.get(app, &path).await.refused(404, "not_found");
        let theirs = receives(app, &stranger, &opened.id, &first).await;
        theirs.refused(404, "not_found");
    });
}

#[test]
fn what_is_received_is_recorded_once_and_covers_the_plan() {
    TestApp::run(async |app| {
        let (_, opened) = runs(app, 1).await;
        let (id, lender) = (opened.id.as_str(), Partner::of(app, ANHE));
        let loan = stands(app, id).await;
        let due = loan["plan"][0]["total"].as_i64().expect("a sum");
        let day = "2026-11-21";
        let first = instalment("R-1", due, day);
        let kept = receives(app, &lender, id, &first).await;
        let kept = kept.expect(StatusCode::CREATED).json();
        assert_eq!(kept["findings"], json!([]));
        let again = receives(app, &lender, id, &first).await.ok().json();
        assert_eq!(again, kept);
        let mut other = first.clone();
        other["amount"] = json!(due + 1);
        let other = receives(app, &lender, id, &other).await;
        other.refused(409, "repayment_reference_reused");
        assert_eq!(app.facts(id, "servicing.repaid.v1").await, 1);
        let loan = stands(app, id).await;
        assert_eq!(loan["plan"][0]["state"], "paid");
        assert_eq!(
            (&loan["next"]["no"], &loan["repaid"]),
            (&json!(2), &json!(due))
        );

        // A part of it was not so.
        let back = |reference: &str, amount: i64| json!({ "reference": reference, "kind": "reversal", "amount": amount, "day": day, "reverses": "R-1" });
        let too_much = receives(app, &lender, id, &back("R-2", due + 1)).await;
        too_much.refused(409, "reverses_too_much");
        // Of one instant, ids have no order.
        app.advance_ms(1);
        let taken = receives(app, &lender, id, &back("R-2", 100)).await;
        taken.expect(StatusCode::CREATED);
        let loan = stands(app, id).await;
        assert_eq!(
            (&loan["next"]["no"], &loan["next"]["amount"]),
            (&json!(1), &json!(100))
        );
        assert_eq!(loan["repayments"].as_array().map(Vec::len), Some(2));
        let fact = app.fact(id, "servicing.repaid.v1").await;
        assert_eq!(fact["reverses"], kept["id"]);
        assert!(!fact.to_string().contains("R-1"), "{fact}");

        for (change, path) in [
            (json!({ "amount": 0 }), "amount"),
            (json!({ "day": "2026-11-23" }), "day"),
            (json!({ "reference": "张" }), "reference"),
            (
                json!({ "parts": { "principal": 1, "interest": 1 } }),
                "parts",
            ),
            (json!({ "reverses": "R-1" }), "reverses"),
        ] {
            let mut body = instalment("R-9", 100, day);
            body.as_object_mut()
                .expect("an object")
                .extend(change.as_object().expect("an object").clone());
            let refused = receives(app, &lender, id, &body).await;
            let refused = refused.refused(422, "invalid_request").json();
            assert_eq!(refused["error"]["fields"][0]["path"], path);
        }
        let path = format!("/v1/journeys/{id}/repayments?limit=1");
        let page = lender.get(app, &path).await.ok().json();
        assert_eq!(page["rows"][0]["reference"], "R-2");
        assert_eq!(page["next"], page["rows"][0]["id"]);
    });
}

#[test]
fn more_than_was_agreed_is_an_incident_that_two_people_close() {
    TestApp::run(async |app| {
        let (_, opened) = runs(app, 1).await;
        let (id, lender) = (opened.id.as_str(), Partner::of(app, ANHE));
        let plan = stands(app, id).await["plan"][0].clone();
        let part = |name: &str| plan[name].as_i64().expect("a sum");
        let mut body = instalment("R-1", part("total") + 5_000, "2026-11-21");
        body["parts"] = json!({
            "principal": part("principal"), "interest": part("interest"), "fees": part("fees") + 5_000
        });
        let kept = receives(app, &lender, id, &body).await;
        let kept = kept.expect(StatusCode::CREATED).json();
        assert_eq!(kept["findings"], json!(["charged_more_than_agreed"]));
        // The same report again opens no second one.
        let again = receives(app, &lender, id, &body).await.ok().json();
        assert_eq!(again["findings"], kept["findings"]);
        assert_eq!(app.facts(id, "disbursement.incident_opened.v1").await, 1);
        let staff = Staff::signs_in(app, "heyun").await;
        let list = "/api/console/incidents?finding=charged_more_than_agreed";
        let list = staff.get(app, list).await.ok().json();
        assert_eq!(list["rows"][0]["journey"], id);
        let one = format!(
            "/api/console/incidents/{}",
            list["rows"][0]["id"].as_str().expect("an id")
        );
        staff.get(app, &one).await.ok();
    });
}

#[test]
fn a_settlement_ends_the_loan_and_stands() {
    TestApp::run(async |app| {
        let (borrower, opened) = runs(app, 1).await;
        let (id, lender) = (opened.id.as_str(), Partner::of(app, ANHE));
        let settlement = json!({
            "reference": "S-1", "kind": "settlement", "amount": 700_000, "day": "2026-11-21"
        });
        let kept = receives(app, &lender, id, &settlement).await;
        let kept = kept.expect(StatusCode::CREATED).json();
        assert_eq!(
            kept["findings"],
            json!(["charged_more_than_agreed", "settled_above_quote"])
        );
        assert_eq!(kept["state"], "settled");
        let fact = app.fact(id, "servicing.settled.v1").await;
        assert_eq!(
            (&fact["how"], &fact["repaid"]),
            (&json!("early"), &json!(700_000))
        );
        let mine = format!("/api/h5/me/loans/{id}/running");
        let loan = borrower.get(app, &mine).await.ok().json();
        assert_eq!(
            (&loan["state"], &loan["next"]),
            (&json!("settled"), &Value::Null)
        );
        assert_eq!(loan["ended_on"], "2026-11-21");
        let back = json!({
            "reference": "S-2", "kind": "reversal", "amount": 1, "day": "2026-11-21", "reverses": "S-1"
        });
        let back = receives(app, &lender, id, &back).await;
        back.refused(409, "settlement_stands");
        // Whatever comes later is kept, and found.
        let later = receives(app, &lender, id, &instalment("R-1", 1, "2026-11-21")).await;
        let later = later.expect(StatusCode::CREATED).json();
        assert_eq!(later["findings"], json!(["charged_more_than_agreed"]));
        assert_eq!(app.facts(id, "servicing.settled.v1").await, 1);
    });
}

#[test]
fn only_the_lenders_word_settles_a_loan() {
    TestApp::run(async |app| {
        let (_, opened) = runs(app, 1).await;
        let (id, lender) = (opened.id.as_str(), Partner::of(app, ANHE));
        let total = stands(app, id).await["total"].as_i64().expect("a sum");
        app.advance_ms(400 * DAY_MS);
        let loan = stands(app, id).await;
        // Nobody reported anything: what is late only the lender knows.
        assert_eq!(
            (&loan["overdue"], &loan["next"], &loan["plan"][0]["state"]),
            (&json!(0), &Value::Null, &json!("unsure"))
        );
        let almost = instalment("R-1", total - 100, "2027-11-20");
        let kept = receives(app, &lender, id, &almost).await;
        kept.expect(StatusCode::CREATED);
        assert_eq!(stands(app, id).await["overdue"], 100);
        // All of it, and the bank takes it back two days later: no sum of ours ends a loan.
        let last = instalment("R-2", 100, "2027-11-21");
        let kept = receives(app, &lender, id, &last).await;
        assert_eq!(kept.expect(StatusCode::CREATED).json()["state"], "running");
        assert_eq!(app.facts(id, "servicing.settled.v1").await, 0);
        let back = json!({
            "reference": "R-3", "kind": "reversal", "amount": 100, "day": "2027-11-23", "reverses": "R-2"
        });
        let back = receives(app, &lender, id, &back).await;
        back.expect(StatusCode::CREATED);
        let settled = json!({
            "reference": "S-1", "kind": "settlement", "amount": 100, "day": "2027-11-24"
        });
        let kept = receives(app, &lender, id, &settled).await;
        assert_eq!(kept.expect(StatusCode::CREATED).json()["state"], "settled");
        assert_eq!(app.fact(id, "servicing.settled.v1").await["how"], "by_plan");
    });
}

#[test]
fn overdue_interest_covers_no_instalment_and_nothing_came_before_the_payment() {
    TestApp::run(async |app| {
        let (_, opened) = runs(app, 1).await;
        let (id, lender) = (opened.id.as_str(), Partner::of(app, ANHE));
        let early = instalment("R-0", 100, "2026-11-20");
        let early = receives(app, &lender, id, &early).await;
        early.refused(422, "invalid_request");
        let first = stands(app, id).await["plan"][0].clone();
        let sum = |part: &str| first[part].as_i64().expect("a sum");
        app.advance_ms(40 * DAY_MS);
        let mut late = instalment("R-1", sum("total"), "2026-12-31");
        late["parts"] = json!({
            "principal": sum("principal") - 40, "interest": sum("interest"), "fees": sum("fees"), "penalty": 40
        });
        receives(app, &lender, id, &late)
            .await
            .expect(StatusCode::CREATED);
        let loan = stands(app, id).await;
        assert_eq!(
            (&loan["repaid"], &loan["plan"][0]["missing"]),
            (&json!(sum("total")), &json!(40))
        );
    });
}
