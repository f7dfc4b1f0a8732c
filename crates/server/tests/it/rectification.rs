//! 整改: found by one, put right by another, accepted by a third.

use axum::http::{Method, StatusCode};
use serde_json::{Value, json};
use xiaobao::db::{Read as _, Scope};
use xiaobao::{journey, rectification, values};

use crate::actors::{ANHE, Partner, Someone, Staff, institution_id};
use crate::app::{Answer, Count, TestApp};
use crate::disbursed::{receipt, released, reports};
use crate::inspection::{draws, text};
use crate::money::{drawn, releases};

const DAY_MS: u64 = 86_400_000;
const TOKEN_MS: u64 = 600_000;
pub const LIST: &str = "/api/console/rectifications";

async fn posts(app: &TestApp, staff: &Staff, path: &str, body: Value) -> Answer {
    staff.send(app, Method::POST, path, Some(&body)).await
}

/// A finding on a loan's missing signature, due on Monday.
pub fn finding(journey: &str, responsible: &str) -> Value {
    json!({
        "journey": journey, "column": "signing", "severity": "major", "words": "合同缺少签署日期",
        "responsible": responsible, "due": "2026-11-23"
    })
}

pub async fn colleague(app: &TestApp, staff: &Staff, badge: &str) -> String {
    let path = format!("{LIST}/colleagues");
    let page = staff.get(app, &path).await.ok().json();
    let rows = page["rows"].as_array().expect("rows");
    let found = rows.iter().find(|row| text(&row["label"]).contains(badge));
    text(&found.expect("a colleague")["id"]).to_owned()
}

async fn rows(app: &TestApp, staff: &Staff, query: &str) -> usize {
    let page = staff.get(app, &format!("{LIST}{query}")).await.ok().json();
    page["rows"].as_array().expect("rows").len()
}

#[test]
fn a_finding_is_put_right_by_one_and_accepted_by_another() {
    TestApp::run(async |app| {
        let lender = Partner::of(app, ANHE);
        let loan = json!({ "principal": 600_000, "periods": 6 });
        let opened = lender.opens(app, &Someone::adult(1), "hemiao", loan).await;
        let finder = Staff::signs_in(app, "heyun").await;
        let responsible = colleague(app, &finder, "AH-0217").await;
        let made = posts(app, &finder, LIST, finding(&opened.id, &responsible)).await;
        let made = made.expect(StatusCode::CREATED).json();
        let (id, before) = (text(&made["id"]), rows(app, &finder, "").await);
        let path = |verb: &str| format!("{LIST}/{id}{verb}");
        assert_eq!(
            (made["state"].clone(), made["overdue"].clone()),
            (json!("open"), json!(false))
        );
        let fact = app.fact(id, "rectification.opened.v2").await;
        assert_eq!(fact["journey"], opened.id.as_str());
        assert_eq!(fact["column"], "signing");
        assert!(!fact.to_string().contains("合同"), "{fact}");

        // Its day passes.
        // The demo has one whose day is over.
        assert_eq!(rows(app, &finder, "?overdue=only").await, 1);
        app.advance_ms(3 * DAY_MS);
        let finder = Staff::signs_in(app, "heyun").await;
        let service = Staff::signs_in(app, "luoyifan").await;
        assert_eq!(rows(app, &finder, "?overdue=only").await, 2);
        assert_eq!(rows(app, &service, "?mine=only").await, 3);
        assert_eq!(rows(app, &finder, "?mine=only").await, 0);

        let said = json!({ "words": "已补签并通知借款人" });
        posts(app, &finder, &path("/done"), said.clone())
            .await
            .refused(403, "rectification_not_responsible");
        posts(app, &finder, &path("/accept"), json!({ "version": 1 }))
            .await
            .refused(409, "rectification_not_done");
        let done = posts(app, &service, &path("/done"), said.clone())
            .await
            .ok()
            .json();
        assert_eq!(
            (done["state"].clone(), done["own"].clone()),
            (json!("done"), json!(true))
        );
        assert_eq!(rows(app, &finder, "?overdue=only").await, 1);
        posts(app, &service, &path("/accept"), json!({ "version": 2 }))
            .await
            .refused(403, "right_missing");

        let back = json!({ "version": 2, "words": "还缺保证人的签署" });
        let back = posts(app, &finder, &path("/return"), back)
            .await
            .ok()
            .json();
        assert_eq!(back["state"], "open");
        assert_eq!(back["returned"]["words"], "还缺保证人的签署");
        posts(app, &service, &path("/done"), said).await.ok();
        posts(app, &finder, &path("/accept"), json!({ "version": 2 }))
            .await
            .refused(409, "rectification_changed");
        let accepted = posts(app, &finder, &path("/accept"), json!({ "version": 4 })).await;
        assert_eq!(accepted.ok().json()["state"], "accepted");
        for kind in ["done", "returned", "accepted"] {
            let times = app.facts(id, &format!("rectification.{kind}.v1")).await;
            assert_eq!(times, if kind == "done" { 2 } else { 1 }, "{kind}");
        }
        posts(app, &finder, &path("/accept"), json!({ "version": 5 }))
            .await
            .refused(409, "rectification_accepted");
        assert_eq!(rows(app, &finder, "").await, before);
        let narrowed = format!("?state=accepted&journey={}", opened.id);
        assert_eq!(rows(app, &finder, &narrowed).await, 1);
        let csv = finder
            .get(app, &format!("{LIST}?format=csv"))
            .await
            .ok()
            .text();
        assert!(csv.contains("合同缺少签署日期"), "{csv}");
    });
}

#[test]
fn what_does_not_fit_is_refused_and_others_are_not_found() {
    TestApp::run(async |app| {
        let lender = Partner::of(app, ANHE);
        let loan = json!({ "principal": 600_000, "periods": 6 });
        let opened = lender.opens(app, &Someone::adult(1), "hemiao", loan).await;
        let staff = Staff::signs_in(app, "heyun").await;
        let right = colleague(app, &staff, "AH-0217").await;
        let administrator = "stf_00000000000000000000000000";
        let change = |change: Value| {
            let mut body = finding(&opened.id, &right);
            let fields = change.as_object().expect("a change").clone();
            body.as_object_mut().expect("a body").extend(fields);
            body
        };
        for (body, status, code) in [
            (json!({ "words": "短" }), 422, "rectification_words_length"),
            (
                json!({ "words": "证件 110101198805120039" }),
                422,
                "rectification_words_numbers",
            ),
            (json!({ "due": "2026-10-20" }), 422, "rectification_due_day"),
            (
                json!({ "responsible": administrator }),
                422,
                "rectification_responsible_unfit",
            ),
            (json!({ "column": "colour" }), 422, "invalid_request"),
            (json!({ "severity": "mild" }), 422, "invalid_request"),
            (
                json!({ "journey": null, "column": null }),
                422,
                "invalid_request",
            ),
            (
                json!({ "journey": "jny_00000000000000000000000000" }),
                404,
                "not_found",
            ),
            (
                json!({ "draw": "drw_00000000000000000000000000" }),
                404,
                "not_found",
            ),
        ] {
            let answer = posts(app, &staff, LIST, change(body.clone())).await;
            assert_eq!(
                (answer.status.as_u16(), answer.code()),
                (status, code.to_owned()),
                "{body}"
            );
        }
        let draw = draws(app, &staff, json!({})).await;
        let on_draw = json!({ "draw": draw["id"], "journey": null, "column": null });
        let made = posts(app, &staff, LIST, change(on_draw)).await;
        let made = made.expect(StatusCode::CREATED).json();
        let path = format!("?draw={}", text(&draw["id"]));
        assert_eq!(rows(app, &staff, &path).await, 1);

        let foreign = Staff::signs_in(app, "baolu").await;
        let path = |verb: &str| format!("{LIST}/{}{verb}", text(&made["id"]));
        foreign.get(app, &path("")).await.refused(404, "not_found");
        for (verb, body) in [
            ("/done", json!({ "words": "已补签并通知借款人" })),
            ("/accept", json!({ "version": 1 })),
            ("/reassign", json!({ "responsible": right })),
            (
                "/return",
                json!({ "version": 1, "words": "还缺保证人的签署" }),
            ),
        ] {
            let answer = posts(app, &foreign, &path(verb), body).await;
            answer.refused(404, "not_found");
        }
        let theirs = posts(app, &foreign, LIST, finding(&opened.id, &right)).await;
        theirs.refused(404, "not_found");
        let bad = staff.get(app, &format!("{LIST}?overdue=maybe")).await;
        bad.refused(422, "invalid_request");
        let products = Staff::signs_in(app, "shenqiao").await;
        posts(app, &products, LIST, finding(&opened.id, &right))
            .await
            .refused(403, "right_missing");
        let administrator = Staff::signs_in(app, "jiangtong").await;
        administrator
            .get(app, LIST)
            .await
            .refused(403, "right_missing");
    });
}

#[test]
fn a_finding_stops_the_money_until_it_is_accepted() {
    TestApp::run(async |app| {
        let (_, opened) = drawn(app, 1).await;
        released(app, &opened).await;
        let lender = Partner::of(app, ANHE);
        let finder = Staff::signs_in(app, "heyun").await;
        let service = Staff::signs_in(app, "luoyifan").await;
        let responsible = colleague(app, &finder, "AH-0217").await;
        let stopping = |journey: &str| {
            let mut body = finding(journey, &responsible);
            body["money"] = json!("stops");
            body
        };
        let mut made = Vec::new();
        for _ in 0..2 {
            let one = posts(app, &finder, LIST, stopping(&opened.id)).await;
            made.push(one.expect(StatusCode::CREATED).json());
        }
        let fact = app
            .fact(text(&made[0]["id"]), "rectification.opened.v2")
            .await;
        assert_eq!(fact["hold"], made[0]["hold"]);
        assert_ne!(made[0]["hold"], made[1]["hold"], "each stops it for itself");
        let revoked = app.fact(&opened.id, "disbursement.token_revoked.v1").await;
        assert_eq!(revoked["cause"], "stopped");
        app.settle().await;
        let denied = releases(app, &lender, &opened.id).await;
        let denied = denied.refused(409, "release_denied").json();
        let why = &denied["error"]["fields"][0];
        assert_eq!(why["code"], "held");
        assert!(text(&why["message"]["zh"]).contains("检查发现"), "{why}");
        // Nobody lifts it by hand; the page of the loan leads to the finding.
        let page = format!("/api/console/journeys/{}", opened.id);
        let seen = finder.get(app, &page).await.ok().json();
        let about = seen["holds"].as_array().expect("holds").iter();
        let about: Vec<&str> = about.map(|hold| text(&hold["about"])).collect();
        assert!(about.contains(&text(&made[0]["id"])), "{about:?}");
        let lift = format!("{page}/money-holds/{}/lift", text(&made[0]["hold"]));
        let lifted = posts(app, &service, &lift, json!({})).await;
        lifted.refused(409, "hold_of_room");
        // Each acceptance lets go what its finding held, and no more.
        for (one, left) in made.iter().zip([vec!["held"], vec![]]) {
            let path = |verb: &str| format!("{LIST}/{}{verb}", text(&one["id"]));
            let said = json!({ "words": "已补签并通知借款人" });
            posts(app, &service, &path("/done"), said).await.ok();
            assert_eq!(lender.missing(app, &opened.id).await[0], "held");
            let accepted = posts(app, &finder, &path("/accept"), json!({ "version": 2 })).await;
            assert_eq!(accepted.ok().json()["hold"], one["hold"]);
            app.settle().await;
            assert_eq!(lender.missing(app, &opened.id).await, left);
        }
        assert_eq!(app.facts(&opened.id, "journey.hold_lifted.v1").await, 2);
        // The revoked token's time must be over first.
        app.advance_ms(TOKEN_MS);
        let issued = releases(app, &lender, &opened.id).await;
        let issued = issued.expect(StatusCode::CREATED).json();
        let report = reports(app, &lender, &opened.id, &receipt(&issued, "PAY-1")).await;
        report.expect(StatusCode::CREATED);
        // What moved can't be stopped, and a draw has no money of its own.
        let late = posts(app, &finder, LIST, stopping(&opened.id)).await;
        late.refused(409, "rectification_money_moved");
        let draw = draws(app, &finder, json!({})).await;
        let mut body = stopping("");
        body["journey"] = Value::Null;
        body["column"] = Value::Null;
        body["draw"] = draw["id"].clone();
        let nothing = posts(app, &finder, LIST, body).await;
        nothing.refused(422, "invalid_request");
        assert_eq!(app.facts("", "journey.hold_placed.v1").await, 2);
    });
}

#[test]
fn a_finding_whose_colleague_left_is_handed_on() {
    TestApp::run(async |app| {
        let lender = Partner::of(app, ANHE);
        let loan = json!({ "principal": 600_000, "periods": 6 });
        let opened = lender.opens(app, &Someone::adult(1), "hemiao", loan).await;
        let finder = Staff::signs_in(app, "heyun").await;
        let service = Staff::signs_in(app, "luoyifan").await;
        let first = colleague(app, &finder, "AH-0217").await;
        let made = posts(app, &finder, LIST, finding(&opened.id, &first)).await;
        let made = made.expect(StatusCode::CREATED).json();
        let path = |verb: &str| format!("{LIST}/{}{verb}", text(&made["id"]));
        let page = finder.get(app, &format!("{LIST}/colleagues")).await.ok();
        let rows = page.json()["rows"].as_array().expect("rows").clone();
        let other = rows.iter().find(|row| row["id"] != first.as_str());
        let other = text(&other.expect("another colleague")["id"]).to_owned();
        let hand = |to: &str| json!({ "responsible": to });
        let same = posts(app, &finder, &path("/reassign"), hand(&first)).await;
        same.refused(409, "rectification_same_responsible");
        let nobody = "stf_00000000000000000000000000";
        let unfit = posts(app, &finder, &path("/reassign"), hand(nobody)).await;
        unfit.refused(422, "rectification_responsible_unfit");
        let mine = posts(app, &service, &path("/reassign"), hand(&other)).await;
        mine.refused(403, "right_missing");
        let handed = posts(app, &finder, &path("/reassign"), hand(&other)).await;
        let handed = handed.ok().json();
        assert_eq!(
            (&handed["state"], &handed["version"]),
            (&json!("open"), &json!(2))
        );
        let fact = app
            .fact(text(&made["id"]), "rectification.reassigned.v1")
            .await;
        assert_eq!(fact["responsible"], other.as_str());
        let said = json!({ "words": "已补签并通知借款人" });
        posts(app, &service, &path("/done"), said)
            .await
            .refused(403, "rectification_not_responsible");
    });
}

#[test]
fn what_is_accepted_after_a_destruction_is_what_was_said_before() {
    TestApp::run(async |app| {
        let lender = Partner::of(app, ANHE);
        let loan = json!({ "principal": 600_000, "periods": 6 });
        let opened = lender.opens(app, &Someone::adult(1), "hemiao", loan).await;
        let finder = Staff::signs_in(app, "heyun").await;
        let service = Staff::signs_in(app, "luoyifan").await;
        let responsible = colleague(app, &finder, "AH-0217").await;
        let made = posts(app, &finder, LIST, finding(&opened.id, &responsible)).await;
        let made = made.expect(StatusCode::CREATED).json();
        let id = text(&made["id"]);
        let path = |verb: &str| format!("{LIST}/{id}{verb}");
        let words = "已补签并通知借款人";
        let said = json!({ "words": words });
        posts(app, &service, &path("/done"), said).await.ok();
        let anhe = institution_id(app, ANHE).await;
        let view = app.ctx.db.read(&anhe).await.expect("a view");
        let case = journey::JourneyId::parse(&opened.id).expect("an id");
        let subject = journey::known(&view, &case).await.expect("known").subject;
        drop(view);
        rectification::forget_again(&app.ctx, &anhe, &subject)
            .await
            .expect("forgotten");
        let emptied = finder.get(app, &path("")).await.ok().json();
        assert_eq!(emptied["done"]["words"], "***");
        let seen = json!({ "version": emptied["version"] });
        posts(app, &finder, &path("/accept"), seen).await.ok();
        let digest = proof::hex::encode(&proof::digest::sha256(words.as_bytes()));
        for kind in ["rectification.done.v1", "rectification.accepted.v1"] {
            assert_eq!(app.fact(id, kind).await["words_digest"], digest.as_str());
        }
        // Each fact of it goes with the person.
        let view = app.whole().read(Scope::Unscoped).await.expect("a view");
        let sql = "SELECT COUNT(*) AS n FROM ledger_facts WHERE case_id = $1 AND subject_id = $2";
        let about: Option<Count> = view.one(sql, values![id, &subject]).await.expect("a query");
        assert_eq!(about.expect("a row").n, 3);
    });
}
