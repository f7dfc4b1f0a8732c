//! How a loan ends: settled early, given back within the days of the product; and what reminds of it until then.

use axum::http::StatusCode;
use serde_json::{Value, json};
use xiaobao::db::Write as _;
use xiaobao::{journey, servicing};

use crate::actors::{ANHE, Borrower, Partner, Someone, Staff, institution_id};
use crate::app::TestApp;
use crate::forgetting::destroyed;
use crate::prints;
use crate::servicing::{DAY_MS, follows, instalment, receives, runs, runs_with, stands};
use crate::settings::sets;

/// The proof of a loan that is over, as the borrower downloads it.
async fn proof(app: &TestApp, borrower: &Borrower, id: &str, kind: &str) -> Vec<u8> {
    let mine = format!("/api/h5/me/loans/{id}");
    let loan = borrower.get(app, &mine).await.ok().json();
    let documents = loan["documents"].as_array().expect("documents").clone();
    let one = documents.iter().find(|one| one["kind"] == kind);
    let digest = one.expect("a proof")["digest"].as_str().expect("a digest");
    let path = format!("{mine}/documents/{digest}");
    let pdf = borrower.get(app, &path).await.ok().bytes;
    assert_eq!(proof_of(&pdf), digest, "the file is what its address says");
    pdf
}

fn proof_of(pdf: &[u8]) -> String {
    ::proof::hex::encode(&::proof::digest::sha256(pdf))
}

#[test]
fn a_settlement_is_asked_as_it_was_seen_and_leaves_a_sealed_proof() {
    TestApp::run(async |app| {
        let (_, opened) = runs(app, 1).await;
        let (id, lender) = (opened.id.as_str(), Partner::of(app, ANHE));
        let mine = format!("/api/h5/me/loans/{id}/settlement-quote");
        app.advance_ms(10 * DAY_MS);
        let borrower = back(app, id).await;
        let quote = borrower.get(app, &mine).await.ok().json();
        assert_eq!(quote["on"], "2026-12-01");
        let total = quote["total"].as_i64().expect("a sum");
        assert_eq!(
            Some(total),
            quote["principal"]
                .as_i64()
                .zip(quote["accrued"].as_i64())
                .map(|(a, b)| a + b)
        );
        assert!(quote["saved"].as_i64() > Some(0), "{quote}");
        let theirs = format!("/v1/journeys/{id}/settlement-quote");
        assert_eq!(lender.get(app, &theirs).await.ok().json(), quote);
        let ask = |on: &str, total: i64| json!({ "on": on, "total": total });
        for (body, status, code) in [
            (ask("2026-12-01", total - 1), 409, "sum_changed"),
            (ask("2026-11-30", total), 422, "invalid_request"),
            (ask("2027-01-01", total), 422, "invalid_request"),
        ] {
            borrower.post(app, &mine, &body).await.refused(status, code);
        }
        let asked = ask("2026-12-01", total);
        let loan = borrower.post(app, &mine, &asked).await.ok().json();
        assert_eq!(
            (&loan["asked"]["kind"], &loan["asked"]["total"]),
            (&json!("settlement"), &json!(total))
        );
        borrower.post(app, &mine, &asked).await.ok();
        assert_eq!(app.facts(id, "servicing.settlement_asked.v1").await, 1);

        let settlement = json!({
            "reference": "S-1", "kind": "settlement", "amount": total, "day": "2026-12-01"
        });
        let kept = receives(app, &lender, id, &settlement).await;
        let kept = kept.expect(StatusCode::CREATED).json();
        assert_eq!(
            (&kept["findings"], &kept["state"]),
            (&json!([]), &json!("settled"))
        );
        borrower
            .post(app, &mine, &asked)
            .await
            .refused(409, "loan_over");
        app.settle().await;
        let fact = app.fact(id, "signing.issued.v1").await;
        assert_eq!(
            (&fact["document"], &fact["sealed"]),
            (&json!("settlement_proof"), &json!(true))
        );
        let pdf = proof(app, &borrower, id, "settlement_proof").await;
        assert_eq!(fact["pdf_sha256"], proof_of(&pdf));
        let now_s = app.ctx.clock.now_ms() / 1_000;
        let report = pades::verify(&pdf, &pades::Trust::default(), now_s).expect("a report");
        let fields: Vec<&str> = report
            .signatures
            .iter()
            .map(|one| one.field.as_str())
            .collect();
        assert_eq!(fields, ["Institution"]);
        let code = format!("{id}-settlement_proof");
        prints::is_known(app, &code).await;
        // It is part of the evidence.
        let bundle = lender.bundle(app, id).await;
        let named = b"settlement-proof.pdf";
        assert!(bundle.windows(named.len()).any(|piece| piece == named));
    });
}

/// The same person comes back through their link, days later.
async fn back(app: &TestApp, id: &str) -> Borrower {
    let renew = format!("/v1/journeys/{id}/link");
    let link = Partner::of(app, ANHE).post(app, &renew, &json!({})).await;
    let link = link.ok().json();
    let mut borrower = Borrower::with(link["url"].as_str().expect("an address"));
    borrower.enters(app, id).await;
    borrower
}

#[test]
fn a_borrower_withdraws_within_the_days_of_the_product_and_pays_what_they_saw() {
    TestApp::run(async |app| {
        let seven = json!({ "cooling_off": { "days": 7, "cost": "interest_for_days_used" } });
        let (borrower, opened) = runs_with(app, 1, seven).await;
        let (id, lender) = (opened.id.as_str(), Partner::of(app, ANHE));
        let sheet = borrower.journey(app).await["sheet"].clone();
        let promise = sheet["cooling_off"]["zh"].as_str().expect("a promise");
        assert!(promise.contains("7 天"), "{promise}");
        app.advance_ms(3 * DAY_MS);
        let borrower = back(app, id).await;
        let mine = format!("/api/h5/me/loans/{id}/cooling-off");
        let loan = stands(app, id).await;
        let offer = loan["cooling_off"].clone();
        // 6,000 yuan at 9 % for three days.
        assert_eq!(
            (&offer["principal"], &offer["interest"], &offer["total"]),
            (&json!(600_000), &json!(450), &json!(600_450))
        );
        assert_eq!(
            (&offer["last_day"], &offer["pay_by"]),
            (&json!("2026-11-28"), &json!("2026-11-28"))
        );
        let other = borrower
            .post(app, &mine, &json!({ "total": 600_000 }))
            .await;
        other.refused(409, "sum_changed");
        let yes = json!({ "total": 600_450 });
        let loan = borrower.post(app, &mine, &yes).await.ok().json();
        assert_eq!(loan["asked"]["kind"], "cooling_off");
        borrower.post(app, &mine, &yes).await.ok();
        let fact = app.fact(id, "servicing.cooling_off_asked.v1").await;
        assert_eq!(
            (&fact["total"], &fact["pay_by"]),
            (&json!(600_450), &json!("2026-11-28"))
        );
        assert_eq!(app.facts(id, "servicing.cooling_off_asked.v1").await, 1);

        // Two days later the sum is still the one that was seen.
        app.advance_ms(2 * DAY_MS);
        let borrower = back(app, id).await;
        let given_back = json!({
            "reference": "C-1", "kind": "settlement", "amount": 600_450, "day": "2026-11-26"
        });
        let kept = receives(app, &lender, id, &given_back).await;
        let kept = kept.expect(StatusCode::CREATED).json();
        assert_eq!(
            (&kept["findings"], &kept["state"]),
            (&json!([]), &json!("cooled_off"))
        );
        app.settle().await;
        proof(app, &borrower, id, "cooling_off_proof").await;
        assert_eq!(app.facts(id, "servicing.settled.v1").await, 0);
    });
}

#[test]
fn who_comes_too_late_or_has_no_such_days_is_told_so() {
    TestApp::run(async |app| {
        let seven = json!({ "cooling_off": { "days": 7, "cost": "none" } });
        let (borrower, opened) = runs_with(app, 1, seven).await;
        let mine = |id: &str| format!("/api/h5/me/loans/{id}/cooling-off");
        let (stranger, other) = runs_with(app, 2, json!({ "cooling_off": null })).await;
        assert_eq!(stands(app, &other.id).await["cooling_off"], Value::Null);
        let ask = json!({ "total": 600_000 });
        let none = stranger.post(app, &mine(&other.id), &ask).await;
        none.refused(409, "no_cooling_off");
        let theirs = stranger.post(app, &mine(&opened.id), &ask).await;
        theirs.refused(404, "not_found");
        // More than what was promised is found.
        borrower.post(app, &mine(&opened.id), &ask).await.ok();
        let lender = Partner::of(app, ANHE);
        let too_much = json!({
            "reference": "C-1", "kind": "settlement", "amount": 600_001, "day": "2026-11-21"
        });
        let kept = receives(app, &lender, &opened.id, &too_much).await;
        let kept = kept.expect(StatusCode::CREATED).json();
        assert_eq!(kept["findings"], json!(["settled_above_quote"]));
        let (_, third) = runs(app, 3).await;
        app.advance_ms(8 * DAY_MS);
        let late = back(app, &third.id).await;
        assert_eq!(stands(app, &third.id).await["cooling_off"], Value::Null);
        let late = late.post(app, &mine(&third.id), &ask).await;
        let late = late.refused(409, "cooling_off_over");
        assert!(late.text().contains("2026-11-28"), "{}", late.text());
    });
}

/// Everything that a day brings: followers, jobs, proofs.
async fn passes(app: &TestApp, days: u64) {
    app.advance_ms(days * DAY_MS);
    for _ in 0..2 {
        servicing::advance(&app.ctx).await.expect("a turn");
        app.settle().await;
    }
}

#[test]
fn a_borrower_is_reminded_before_and_on_the_day_once_each_and_not_for_what_was_received() {
    TestApp::run(async |app| {
        let (_, opened) = runs(app, 1).await;
        let (id, lender) = (opened.id.as_str(), Partner::of(app, ANHE));
        let kind = "servicing.reminded.v1";
        let sent = async |template: &str| {
            let staff = Staff::signs_in(app, "luoyifan").await;
            let outbox = staff.get(app, "/api/console/outbox?limit=100").await;
            let outbox = outbox.ok().json();
            let rows = outbox["rows"].as_array().expect("rows").clone();
            let of = |row: &&Value| row["template"] == template;
            rows.iter().filter(of).count()
        };
        passes(app, 26).await;
        assert_eq!(app.facts(id, kind).await, 0);
        passes(app, 1).await;
        let fact = app.fact(id, kind).await;
        assert_eq!(
            (&fact["no"], &fact["due_date"], &fact["moment"]),
            (&json!(1), &json!("2026-12-21"), &json!("ahead"))
        );
        assert_eq!(sent("due_soon").await, 1);
        passes(app, 0).await;
        passes(app, 1).await;
        assert_eq!((app.facts(id, kind).await, sent("due_soon").await), (1, 1));
        passes(app, 2).await;
        assert_eq!((app.facts(id, kind).await, sent("due_today").await), (2, 1));
        // The second instalment was received ahead: nobody is reminded of it.
        let plan = stands(app, id).await["plan"].clone();
        let due = |at: usize| plan[at]["total"].as_i64().expect("a sum");
        let both = instalment("R-1", due(0) + due(1), "2026-12-21");
        receives(app, &lender, id, &both)
            .await
            .expect(StatusCode::CREATED);
        for _ in 0..32 {
            passes(app, 1).await;
        }
        assert_eq!(app.facts(id, kind).await, 2);
        // The third one again.
        for _ in 0..28 {
            passes(app, 1).await;
        }
        assert_eq!(app.fact(id, kind).await["no"], 3);
    });
}

#[test]
fn an_institution_may_leave_reminders_out_and_a_settled_loan_has_none() {
    TestApp::run(async |app| {
        runs(app, 1).await;
        let (_, over) = runs(app, 2).await;
        let lender = Partner::of(app, ANHE);
        let settlement = json!({
            "reference": "S-1", "kind": "settlement", "amount": 600_000, "day": "2026-11-21"
        });
        receives(app, &lender, &over.id, &settlement)
            .await
            .expect(StatusCode::CREATED);
        let manager = Staff::signs_in(app, "heyun").await;
        let off = json!({ "due_reminders": "off" });
        sets(app, &manager, off).await.ok();
        passes(app, 27).await;
        assert_eq!(app.facts("", "servicing.reminded.v1").await, 0);
    });
}

#[test]
fn the_loan_of_a_destroyed_person_goes_with_their_data() {
    TestApp::run(async |app| {
        let (_, opened) = runs(app, 1).await;
        let (_, other) = runs(app, 2).await;
        let (id, lender) = (opened.id.as_str(), Partner::of(app, ANHE));
        let first = instalment("R-1", 100, "2026-11-21");
        receives(app, &lender, id, &first)
            .await
            .expect(StatusCode::CREATED);
        destroyed(app, &Someone::adult(1), &opened).await;
        for _ in 0..2 {
            app.settle().await;
            journey::advance(&app.ctx).await.expect("a turn");
            servicing::advance(&app.ctx).await.expect("a turn");
        }
        let path = format!("/v1/journeys/{id}/loan");
        lender.get(app, &path).await.refused(409, "loan_not_paid");
        assert_eq!(app.facts("", "servicing.forgotten.v1").await, 1);
        // What is reported so late opens nothing again, and nobody else lost anything.
        let late = receives(app, &lender, id, &first).await;
        late.refused(409, "loan_not_paid");
        stands(app, &other.id).await;
    });
}

/// Writes past the house's own doors, as a fault would.
async fn meddles(app: &TestApp, sql: &str, case: &str) {
    let institution = institution_id(app, ANHE).await;
    let mut tx = app
        .ctx
        .db
        .begin_unrecorded(&institution, "a fault")
        .await
        .expect("a transaction");
    let written = tx.exec(sql, xiaobao::values![case]).await.expect("written");
    assert_eq!(written, 1);
    tx.commit().await.expect("committed");
}

#[test]
fn a_proof_that_could_not_be_made_is_said_and_made_again() {
    TestApp::run(async |app| {
        let lender = Partner::of(app, ANHE);
        let staff = Staff::signs_in(app, "luoyifan").await;
        // Given up, or lost without a trace.
        let faults = [
            "UPDATE jobs_jobs SET state = 'dead' WHERE kind = 'servicing.prove' AND payload LIKE '%' || $1 || '%'",
            "DELETE FROM jobs_jobs WHERE kind = 'servicing.prove' AND payload LIKE '%' || $1 || '%'",
        ];
        for (number, fault) in (1..).zip(faults) {
            let (borrower, opened) = runs(app, number).await;
            let id = opened.id.as_str();
            let path = format!("/api/console/journeys/{id}/loan/proof");
            let early = staff.posts(app, &path, json!({})).await;
            early.refused(409, "loan_running");
            let whole = stands(app, id).await["total"].clone();
            let all = json!({ "reference": "R-1", "kind": "settlement", "amount": whole, "day": "2026-11-21" });
            receives(app, &lender, id, &all)
                .await
                .expect(StatusCode::CREATED);
            assert_eq!(stands(app, id).await["proof"], "making");
            meddles(app, fault, id).await;
            app.settle().await;
            assert_eq!(stands(app, id).await["proof"], "failed");
            let again = staff.posts(app, &path, json!({})).await.ok().json();
            assert_eq!(again["proof"], "making");
            app.settle().await;
            assert_eq!(stands(app, id).await["proof"], "issued");
            proof(app, &borrower, id, "settlement_proof").await;
        }
    });
}

#[test]
fn a_loan_that_can_t_be_looked_at_holds_up_no_other() {
    TestApp::run(async |app| {
        let (_, broken) = runs(app, 1).await;
        let (_, sound) = runs(app, 2).await;
        let lender = Partner::of(app, ANHE);
        receives(
            app,
            &lender,
            &broken.id,
            &instalment("R-1", 100, "2026-11-21"),
        )
        .await
        .expect(StatusCode::CREATED);
        let fault = "UPDATE servicing_repayments SET kind = 'nothing' WHERE case_id = $1";
        meddles(app, fault, &broken.id).await;
        app.advance_ms(27 * DAY_MS);
        follows(app).await;
        let kind = "servicing.reminded.v1";
        assert_eq!(app.facts(&sound.id, kind).await, 1);
        assert_eq!(app.facts(&broken.id, kind).await, 0);
        // It waits for another day, and stands before nobody until then.
        let waits = "UPDATE servicing_loans SET remind_on = remind_on WHERE case_id = $1 AND remind_on = '2026-12-19'";
        meddles(app, waits, &broken.id).await;
    });
}
