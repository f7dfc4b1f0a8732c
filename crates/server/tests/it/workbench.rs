//! 消保工作台: numbers after known acts, and only those that a person may see.

use std::collections::BTreeMap;

use axum::http::{Method, StatusCode};
use serde_json::{Value, json};

use crate::actors::{ANHE, Partner, Someone, Staff};
use crate::app::TestApp;
use crate::disbursed::{receipt, released, reports};
use crate::inspection::text;
use crate::living::waits_for_staff;
use crate::money::{OWN, booking, books, drawn};

const WAIT_MS: u64 = 600_000;

pub async fn workbench(app: &TestApp, staff: &Staff) -> Value {
    staff.get(app, "/api/console/workbench").await.ok().json()
}

fn tiles(workbench: &Value) -> BTreeMap<String, i64> {
    let tiles = workbench["tiles"].as_array().expect("tiles").iter();
    tiles
        .map(|tile| {
            let subject = text(&tile["subject"]).to_owned();
            (subject, tile["count"].as_i64().expect("a number"))
        })
        .collect()
}

pub fn tile(workbench: &Value, subject: &str) -> Value {
    let tiles = workbench["tiles"].as_array().expect("tiles");
    let found = tiles.iter().find(|tile| tile["subject"] == subject);
    found.unwrap_or_else(|| panic!("no {subject}")).clone()
}

/// What changed between two looks.
fn changed(before: &Value, after: &Value) -> BTreeMap<String, i64> {
    let (before, after) = (tiles(before), tiles(after));
    let deltas = after.into_iter().map(|(subject, count)| {
        let was = before.get(&subject).copied().unwrap_or_default();
        (subject, count - was)
    });
    deltas.filter(|(_, delta)| *delta != 0).collect()
}

fn of(pairs: &[(&str, i64)]) -> BTreeMap<String, i64> {
    let pairs = pairs.iter();
    pairs
        .map(|(subject, count)| ((*subject).to_owned(), *count))
        .collect()
}

async fn posts(app: &TestApp, staff: &Staff, path: &str, body: Value) -> Value {
    let answer = staff.send(app, Method::POST, path, Some(&body)).await;
    assert!(answer.status.is_success(), "{}", answer.text());
    answer.json()
}

#[test]
fn numbers_follow_what_happened() {
    TestApp::run(async |app| {
        app.settle().await;
        let staff = Staff::signs_in(app, "heyun").await;
        let service = Staff::signs_in(app, "luoyifan").await;
        let start = workbench(app, &staff).await;
        assert_eq!(tile(&start, "rectifications_overdue")["count"], 1);
        assert_eq!(tile(&start, "releases_blocked")["count"], 0);

        // Money that nobody booked: four incidents, of which one is handled.
        let lender = Partner::of(app, ANHE);
        let unbooked = lender
            .opens(app, &Someone::adult(7), "hexiang", Value::Null)
            .await;
        let body = json!({
            "net_amount": 1, "payee": { "account": OWN }, "paid_at_ms": 1, "payment_reference": "PAY-X"
        });
        let report = reports(app, &lender, &unbooked.id, &body).await;
        let report = report.expect(StatusCode::CREATED).json();
        let incidents = report["incidents"].as_array().expect("a list");
        let opened = i64::try_from(incidents.len()).expect("a count");
        let paid = workbench(app, &staff).await;
        assert_eq!(changed(&start, &paid), of(&[("incidents_open", opened)]));
        let path = format!(
            "/api/console/incidents/{}/handle",
            text(&incidents[0]["id"])
        );
        posts(app, &service, &path, json!({ "words": "已联系机构核实" })).await;
        let handled = workbench(app, &staff).await;
        let expected = of(&[("incidents_open", -1), ("incidents_handled", 1)]);
        assert_eq!(changed(&paid, &handled), expected);

        // A booked loan whose money is stopped.
        let (_, held) = drawn(app, 1).await;
        let body = booking(app, &lender, &held.id).await;
        books(app, &lender, &held.id, "held", &body)
            .await
            .expect(StatusCode::CREATED);
        app.settle().await;
        let booked = workbench(app, &staff).await;
        assert_eq!(tile(&booked, "releases_blocked")["count"], 0);
        let path = format!("/api/console/journeys/{}/money-holds", held.id);
        posts(app, &staff, &path, json!({ "words": "借款人来电有疑问" })).await;
        app.settle().await;
        // Many open pages ask for what is dear to reckon once a minute between them.
        let soon = workbench(app, &staff).await;
        assert_eq!(soon["glance_at_ms"], booked["glance_at_ms"]);
        assert_eq!(tile(&soon, "releases_blocked")["count"], 0);
        app.advance_ms(WAIT_MS);
        let stopped = workbench(app, &staff).await;
        let expected = of(&[("holds_standing", 1), ("releases_blocked", 1)]);
        assert_eq!(changed(&booked, &stopped), expected);
        let blocked = tile(&stopped, "releases_blocked");
        let reasons = blocked["reasons"].as_array().expect("reasons");
        assert_eq!(reasons.len(), 1, "{blocked}");
        assert_eq!(
            (reasons[0]["code"].clone(), reasons[0]["count"].clone()),
            (json!("held"), json!(1))
        );
        let since = tile(&stopped, "holds_standing")["oldest_ms"].as_i64();
        assert_eq!(
            stopped["now_ms"].as_i64().expect("now") - since.expect("a time"),
            i64::try_from(WAIT_MS).expect("small")
        );

        // Somebody would rather be seen by staff, and has no income that a rule could judge.
        let waiting = lender
            .opens(app, &Someone::adult(1), "hexiang", Value::Null)
            .await;
        waits_for_staff(app, ANHE, &waiting.id).await;
        let waits = workbench(app, &staff).await;
        let expected = of(&[("identities_waiting", 1), ("reviews_open", 1)]);
        assert_eq!(changed(&stopped, &waits), expected);
    });
}

#[test]
fn the_charts_count_loans_by_day_and_journeys_by_step() {
    TestApp::run(async |app| {
        app.settle().await;
        let lender = Partner::of(app, ANHE);
        let staff = Staff::signs_in(app, "heyun").await;
        let (_, paid) = drawn(app, 1).await;
        let issued = released(app, &paid).await;
        let report = reports(app, &lender, &paid.id, &receipt(&issued, "PAY-1")).await;
        report.expect(StatusCode::CREATED);
        let (_, done) = drawn(app, 2).await;
        lender
            .opens(app, &Someone::adult(3), "hexiang", Value::Null)
            .await;
        app.settle().await;
        let seen = workbench(app, &staff).await;
        let count = |state: &str| -> i64 {
            let days = seen["days"].as_array().expect("days").iter();
            days.filter(|row| row["state"] == state)
                .map(|row| row["count"].as_i64().expect("a count"))
                .sum()
        };
        let list = staff
            .get(app, "/api/console/journeys?limit=200")
            .await
            .ok()
            .json();
        let rows = list["rows"].as_array().expect("rows");
        for state in [
            "disbursed",
            "completed",
            "open",
            "waiting_price",
            "expired",
            "cancelled",
        ] {
            let listed = rows.iter().filter(|row| row["state"] == state).count();
            assert_eq!(
                count(state),
                i64::try_from(listed).expect("a count"),
                "{state}"
            );
        }
        assert_eq!((count("disbursed"), count("completed")), (1, 1));
        assert_eq!(seen["days"][0]["day"], "2026-11-21");

        // Each under way is where its page says.
        let mut at: BTreeMap<String, i64> = BTreeMap::new();
        for row in rows {
            if ["open", "waiting_price"].contains(&text(&row["state"])) {
                let page = format!("/api/console/journeys/{}", text(&row["id"]));
                let page = staff.get(app, &page).await.ok().json();
                let steps = page["steps"].as_array().expect("steps");
                let current = steps.iter().find(|step| step["progress"] != "done");
                let step = text(&current.expect("a step")["protection"]).to_owned();
                *at.entry(step).or_default() += 1;
            }
        }
        let steps = seen["steps"].as_array().expect("steps").iter();
        let shown: BTreeMap<String, i64> = steps
            .map(|row| {
                (
                    text(&row["step"]).to_owned(),
                    row["count"].as_i64().expect("a count"),
                )
            })
            .collect();
        assert_eq!(shown, at);
        assert!(!at.is_empty() && !done.id.is_empty());
    });
}

#[test]
fn everyone_sees_what_their_rights_open() {
    TestApp::run(async |app| {
        for (account, sees, not) in [
            ("jiangtong", "staff_changes", "incidents_open"),
            ("luoyifan", "incidents_open", "product_drafts"),
            ("shenqiao", "releases_blocked", "incidents_open"),
            ("heyun", "product_drafts", "staff_changes"),
        ] {
            let staff = Staff::signs_in(app, account).await;
            let seen = workbench(app, &staff).await;
            let tiles = tiles(&seen);
            assert!(tiles.contains_key(sees), "{account}: {tiles:?}");
            assert!(!tiles.contains_key(not), "{account}: {tiles:?}");
            assert_eq!(seen["days"].is_null(), account == "jiangtong");
        }
        let other = Staff::signs_in(app, "baolu").await;
        let drafts = tile(&workbench(app, &other).await, "product_drafts");
        assert_eq!(
            drafts["count"], 0,
            "another institution's drafts are not counted"
        );
    });
}
