//! 合作机构名单: two people publish it, anyone reads it, and it stops a price.

use axum::http::Method;
use serde_json::{Value, json};
use xiaobao::product;
use xiaobao::vault::Private;

use crate::actors::{ANHE, Borrower, JIANGLAN, Partner, Someone, Staff, loan};
use crate::app::TestApp;

const ROSTER: &str = "/api/console/roster";

fn draft(name: &str, kind: &str) -> Value {
    json!({
        "name": name, "kind": kind, "credit_code": "91350100M000100Y43",
        "role": { "zh": "担保", "en": "Guarantees" }, "from": "2026-01-01", "until": "2026-12-31"
    })
}

async fn entry(app: &TestApp, staff: &Staff, name: &str) -> Value {
    let page = staff.get(app, ROSTER).await.ok().json();
    let rows = page["rows"].as_array().expect("rows").clone();
    rows.into_iter()
        .find(|row| row["name"] == name)
        .unwrap_or_else(|| panic!("no {name}"))
}

async fn withdraw(app: &TestApp, staff: &Staff, name: &str) {
    let id = entry(app, staff, name).await["id"].clone();
    let path = format!("{ROSTER}/{}/withdraw", id.as_str().expect("an id"));
    let body = json!({});
    let withdrawn = staff.send(app, Method::POST, &path, Some(&body)).await;
    assert_eq!(withdrawn.ok().json()["state"], "withdrawn");
}

#[test]
fn an_entry_is_published_by_two_people_and_then_seen_by_anyone() {
    TestApp::run(async |app| {
        let manager = Staff::signs_in(app, "shenqiao").await;
        let reviewer = Staff::signs_in(app, "heyun").await;
        let service = Staff::signs_in(app, "luoyifan").await;
        let body = draft("新合担保", "guarantor");
        service
            .send(app, Method::POST, ROSTER, Some(&body))
            .await
            .refused(403, "right_missing");
        let proposed = manager.send(app, Method::POST, ROSTER, Some(&body)).await;
        let proposed = proposed.expect(axum::http::StatusCode::CREATED).json();
        assert_eq!(
            (&proposed["state"], &proposed["live"]),
            (&json!("draft"), &json!(false))
        );
        let id = proposed["id"].as_str().expect("an id");
        let approve = format!("{ROSTER}/{id}/approve");
        let public = "/api/public/anhe/roster";
        let names = async || -> Vec<Value> {
            let rows = app.get(public).await.ok().json()["rows"].clone();
            let rows = rows.as_array().expect("rows").iter();
            rows.map(|row| row["name"].clone()).collect()
        };
        assert!(
            !names().await.contains(&json!("新合担保")),
            "a draft is nobody's business"
        );
        let other = json!({ "digest": "0".repeat(64) });
        let sent = reviewer
            .send(app, Method::POST, &approve, Some(&other))
            .await;
        sent.refused(409, "roster_other_content");
        let exact = json!({ "digest": proposed["digest"] });
        let sent = manager
            .send(app, Method::POST, &approve, Some(&exact))
            .await;
        sent.refused(403, "right_missing");
        let published = reviewer
            .send(app, Method::POST, &approve, Some(&exact))
            .await
            .ok();
        assert_eq!(published.json()["live"], true);
        assert!(names().await.contains(&json!("新合担保")));
        let partner = Partner::of(app, ANHE);
        assert!(
            partner
                .get(app, "/v1/roster")
                .await
                .ok()
                .text()
                .contains("新合担保")
        );
        let sent = reviewer
            .send(app, Method::POST, &approve, Some(&exact))
            .await;
        sent.refused(409, "roster_not_draft");
        // The last day is over.
        app.advance_ms(41 * 86_400_000);
        assert!(!names().await.contains(&json!("新合担保")));
        assert_eq!(app.facts(id, "roster.published.v1").await, 1);
        app.get("/api/public/nobody/roster")
            .await
            .refused(404, "not_found");
    });
}

#[test]
fn a_wrong_entry_is_refused_by_field_and_another_s_is_not_found() {
    TestApp::run(async |app| {
        let manager = Staff::signs_in(app, "shenqiao").await;
        let mut body = draft("新合担保", "guarantor");
        body["credit_code"] = json!("91350100M000100Y44");
        body["until"] = json!("2025-12-31");
        let refused = manager.send(app, Method::POST, ROSTER, Some(&body)).await;
        let error = refused.refused(422, "invalid_request").json();
        let codes: Vec<&Value> = error["error"]["fields"]
            .as_array()
            .expect("fields")
            .iter()
            .map(|field| &field["code"])
            .collect();
        assert_eq!(codes, ["credit_code_wrong", "out_of_range"]);
        let theirs = Staff::signs_in(app, "baolu").await;
        let ours = entry(app, &manager, "禾信融资担保").await;
        let path = format!("{ROSTER}/{}/approve", ours["id"].as_str().expect("an id"));
        let body = json!({ "digest": ours["digest"] });
        let sent = theirs.send(app, Method::POST, &path, Some(&body)).await;
        sent.refused(404, "not_found");
    });
}

#[test]
fn the_list_is_searched_and_comes_as_a_file() {
    TestApp::run(async |app| {
        let manager = Staff::signs_in(app, "shenqiao").await;
        let names = async |query: &str| -> Vec<String> {
            let page = manager
                .get(app, &format!("{ROSTER}{query}"))
                .await
                .ok()
                .json();
            let rows = page["rows"].as_array().expect("rows").clone();
            rows.iter()
                .map(|row| row["name"].as_str().expect("a name").to_owned())
                .collect()
        };
        assert_eq!(names("?q=%E7%A6%BE%E4%BF%A1").await, ["禾信融资担保"]);
        assert_eq!(names("?q=91000000MA0DEM003M").await, ["青柚分期"]);
        assert_eq!(names("?kind=collection_agency").await, ["正和贷后"]);
        assert_eq!(
            names("?q=%25").await,
            Vec::<String>::new(),
            "a sign is a sign"
        );
        assert_eq!(names("?state=draft").await, Vec::<String>::new());
        let file = manager.get(app, &format!("{ROSTER}?format=csv")).await.ok();
        assert_eq!(file.text().lines().count(), 1 + 4);
        assert!(file.text().contains("91000000MA0DEM002J"));
    });
}

#[test]
fn a_collector_that_left_the_list_stops_prices_and_releases() {
    TestApp::run(async |app| {
        let lender = Partner::of(app, ANHE);
        let opened = lender
            .opens(app, &Someone::adult(1), "hexiang", loan())
            .await;
        let mut borrower = Borrower::with(&opened.url);
        borrower.completes(app, &opened.id).await;
        app.settle().await;
        assert_eq!(lender.missing(app, &opened.id).await, Vec::<String>::new());
        let waiting = lender
            .opens(app, &Someone::adult(2), "hexiang", Value::Null)
            .await;
        let manager = Staff::signs_in(app, "shenqiao").await;
        withdraw(app, &manager, "禾信融资担保").await;
        app.settle().await;
        assert_eq!(
            lender.missing(app, &opened.id).await,
            ["collector_unlisted"]
        );
        let path = format!("/v1/journeys/{}/loan", waiting.id);
        let priced = lender.post(app, &path, &loan()).await;
        priced.refused(409, "collector_unlisted");
        // Nobody else's list is touched.
        let bank = Partner::of(app, JIANGLAN);
        let ask = json!({ "principal": 10_000_000, "periods": 12 });
        bank.opens(app, &Someone::adult(3), "puhui", ask).await;
    });
}

#[test]
fn a_membership_fee_or_a_second_guarantor_is_not_released() {
    TestApp::run(async |app| {
        let reviewer = Staff::signs_in(app, "heyun").await;
        let membership = reviewer.product(app, "huiyuan").await;
        assert!(
            membership["alerts"]
                .as_array()
                .expect("alerts")
                .contains(&json!("membership_fee"))
        );
        let path = format!(
            "/api/console/products/{}/versions/1/approve",
            membership["id"].as_str().expect("an id")
        );
        reviewer
            .post(app, &path)
            .await
            .refused(409, "membership_fee");

        let password = Private::from("xiaobao-demo-2026");
        let (manager, _) = xiaobao::access::sign_in(&app.ctx, ANHE, "shenqiao", &password)
            .await
            .expect("signs in");
        let mut json: Value =
            serde_json::from_str(include_str!("../../demo/hexiang.json")).expect("JSON");
        let parties = json["example"]["parties"].as_array_mut().expect("parties");
        parties.push(json!({ "id": "more", "name": "禾信融资担保", "role": "guarantor" }));
        let proposal = product::Proposal {
            code: "twice".to_owned(),
            definition: serde_json::from_value(json).expect("a definition"),
        };
        let version = product::propose(&app.ctx, &manager, &proposal)
            .await
            .expect("proposed");
        let path = format!(
            "/api/console/products/{}/versions/1/approve",
            version.product
        );
        reviewer
            .post(app, &path)
            .await
            .refused(409, "second_guarantor");
        assert_eq!(
            app.facts(version.product.as_str(), "product.released.v1")
                .await,
            0
        );
    });
}
