//! Another institution's ids answer as if they did not exist, on every route there is.

use std::collections::BTreeSet;
use std::path::Path;

use axum::body::Body;
use axum::http::{Method, Request};
use serde_json::{Value, json};
use xiaobao::db::Scope;
use xiaobao::webhook;

use crate::actors::{ANHE, Borrower, JIANGLAN, Opened, Partner, Someone, Staff, loan};
use crate::app::{Answer, TestApp};
use crate::elsewhere::TRIED_ELSEWHERE;
use crate::living::{Living, of_all_trades, waits_for_staff};
use crate::routes::Caller::{self, Borrower as B, Partner as P, Staff as S};
use crate::routes::ROUTES;
use crate::routes::Reach::{Door, Ids, Own, Public, Read, Session};

/// The arguments of each `.route(` in a source text, as text.
fn route_calls(source: &str) -> Vec<String> {
    let mut calls = Vec::new();
    for piece in source.split(".route(").skip(1) {
        let mut depth = 1;
        let end = piece.char_indices().find_map(|(at, c)| {
            depth += i32::from(c == '(') - i32::from(c == ')');
            (depth == 0).then_some(at)
        });
        calls.push(piece[..end.expect("a closed call")].to_owned());
    }
    calls
}

fn source_files(folder: &Path, found: &mut Vec<String>) {
    for entry in std::fs::read_dir(folder).expect("a folder").flatten() {
        let path = entry.path();
        if path.is_dir() {
            source_files(&path, found);
        } else if path.extension().is_some_and(|e| e == "rs") {
            found.push(std::fs::read_to_string(path).expect("a source file"));
        }
    }
}

#[test]
fn the_table_above_names_every_route_described_or_not() {
    let mut sources = Vec::new();
    source_files(
        &Path::new(env!("CARGO_MANIFEST_DIR")).join("src"),
        &mut sources,
    );
    let mut found = BTreeSet::new();
    let described = xiaobao::app::openapi().expect("a description");
    for (path, item) in described["paths"].as_object().expect("paths") {
        for method in item.as_object().expect("operations").keys() {
            found.insert((method.to_uppercase(), path.clone()));
        }
    }
    for call in sources.iter().flat_map(|source| route_calls(source)) {
        let (_, rest) = call.split_once('"').expect("a path");
        let (path, handlers) = rest.split_once('"').expect("a path");
        let words: Vec<&str> = handlers
            .split(|c: char| !c.is_alphanumeric() && c != '(')
            .collect();
        for method in ["get", "post", "put", "patch", "delete", "any"] {
            if words
                .iter()
                .any(|word| word.starts_with(&format!("{method}(")))
            {
                found.insert((method.to_uppercase(), path.to_owned()));
            }
        }
    }
    let table: BTreeSet<(String, String)> = ROUTES
        .iter()
        .map(|(method, path, _)| ((*method).to_owned(), (*path).to_owned()))
        .collect();
    assert_eq!(table.len(), ROUTES.len(), "no route twice");
    assert_eq!(found, table);
    for (method, path, reach) in ROUTES {
        let open = matches!(reach, Public | Read | Door);
        let elsewhere = TRIED_ELSEWHERE.contains(&(method, path));
        let tried = open || elsewhere || !path.contains('{') || matches!(reach, Ids(_));
        assert!(tried, "{method} {path} takes an id: nobody tries another's");
    }
}

#[test]
fn who_is_not_known_is_counted_or_turned_away() {
    TestApp::run(async |app| {
        app.reconfigure(|config| {
            config.server.strangers_per_minute_max = 1;
            config.server.readers_per_minute_max = 1;
        })
        .await;
        for (method, path, reach) in ROUTES {
            let filled: String = path
                .split('/')
                .map(|part| if part.starts_with('{') { "1" } else { part })
                .collect::<Vec<_>>()
                .join("/");
            let asks = async || {
                let body = if *method == "GET" { "" } else { "{}" };
                let request = Request::builder()
                    .method(*method)
                    .uri(&filled)
                    .header("content-type", "application/json")
                    .header("x-xiaobao", "1")
                    .body(Body::from(body));
                app.send(request.expect("a request")).await
            };
            let what = format!("{method} {path}");
            match reach {
                Door | Read => {
                    app.advance_ms(60_000);
                    let first = asks().await.status.as_u16();
                    assert!(![401, 429].contains(&first), "{what}: {first}");
                    let second = asks().await.refused(429, "too_many_visits");
                    assert_eq!(second.headers["retry-after"], "60", "{what}");
                }
                Public => {
                    for _ in 0..3 {
                        let status = asks().await.status.as_u16();
                        assert!(![401, 429].contains(&status), "{what}: {status}");
                    }
                }
                Ids(_) | Own(_) | Session => {
                    let answer = asks().await;
                    assert_eq!(answer.status, 401, "{what}: {}", answer.text());
                }
            }
        }
    });
}

/// A booking of the terms that a product shows as its example.
fn books_example() -> Value {
    let product: Value =
        serde_json::from_str(include_str!("../../demo/hexiang.json")).expect("JSON");
    json!({
        "terms": product["example"], "net_amount": 1, "loan_number": "L-1",
        "payee": { "account": "6222020200112233446" }
    })
}

/// Three callers of one institution.
struct Callers {
    partner: Partner,
    staff: Staff,
    borrower: Borrower,
    opened: Opened,
}

impl Callers {
    async fn of(app: &TestApp, institution: &str, product: &str, ask: Value) -> Self {
        let partner = Partner::of(app, institution);
        let opened = partner.opens(app, &Someone::adult(1), product, ask).await;
        let mut borrower = Borrower::with(&opened.url).of(institution);
        borrower.enters(app, &opened.id).await;
        waits_for_staff(app, institution, &opened.id).await;
        app.settle().await;
        Self {
            partner,
            staff: of_all_trades(app, institution).await,
            borrower,
            opened,
        }
    }

    /// The id in a route's path: one of ours that lives.
    async fn living(&self, app: &TestApp) -> Living {
        let first = async |path: &str, at: &str| {
            let found = self.staff.get(app, path).await.ok().json();
            found
                .pointer(at)
                .and_then(Value::as_str)
                .expect(path)
                .to_owned()
        };
        let key = json!({ "name": "another", "scopes": ["journeys.read"] });
        let path = "/api/console/keys";
        let issued = self.staff.send(app, Method::POST, path, Some(&key)).await;
        let journey = self.borrower.journey(app).await;
        let digest = journey["documents"][0]["digest"].as_str();
        let body = json!({ "q": Someone::adult(1).phone });
        let path = "/api/console/subjects/search";
        let found = self.staff.send(app, Method::POST, path, Some(&body)).await;
        let found = found.ok().json();
        let subject = found["rows"][0]["id"].as_str().expect("a subject");
        let path = format!("/api/console/subjects/{subject}/holds");
        let why = json!({ "why": "authority" });
        let held = self.staff.send(app, Method::POST, &path, Some(&why)).await;
        let held = held.ok().json();
        let path = "/api/console/webhooks";
        let told = json!({ "url": "https://lender.example/", "events": ["journey.opened"] });
        let made = self.staff.send(app, Method::POST, path, Some(&told)).await;
        let endpoint = made.json()["id"].clone();
        self.partner
            .opens(app, &Someone::adult(2), "hexiang", loan())
            .await;
        app.prove().await;
        webhook::advance(&app.ctx).await.expect("a turn");
        let endpoint = endpoint.as_str().expect("an endpoint");
        let role = json!({ "name": "another", "rights": ["journey.view"] });
        let role = self.staff.posts(app, "/api/console/roles", role).await;
        let role = role.ok().json();
        let path = format!("/api/console/webhooks/{endpoint}/deliveries");
        Living {
            subject: subject.to_owned(),
            hold: held["holds"][0]["id"].as_str().expect("a hold").to_owned(),
            product: self.staff.product(app, "jiyong").await["id"]
                .as_str()
                .expect("an id")
                .to_owned(),
            notice: first("/api/console/notices", "/rows/0/id").await,
            template: first("/api/console/contract-templates", "/rows/0/id").await,
            roster: first("/api/console/roster", "/rows/0/id").await,
            review: first("/api/console/reviews", "/rows/0/id").await,
            key: issued.json()["id"].as_str().expect("a key").to_owned(),
            journey: self.opened.id.clone(),
            endpoint: endpoint.to_owned(),
            delivery: first(&path, "/rows/0/id").await,
            digest: digest.expect("a digest").to_owned(),
            colleague: first("/api/console/staff", "/rows/0/id").await,
            role: role["id"].as_str().expect("a role").to_owned(),
        }
    }

    async fn calls(&self, app: &TestApp, caller: Caller, method: Method, path: &str) -> Answer {
        let body = match path.rsplit('/').next() {
            Some("loan") => Some(loan()),
            Some("parties") => {
                Some(json!({ "role": "guarantor", "person": Someone::adult(90).json() }))
            }
            Some("contacts") if method == Method::POST => Some(
                json!({ "name": "周晓梅", "phone": "10000000071", "relation": "child", "agreed": true }),
            ),
            Some("close") => Some(json!({ "verdict": "refuse", "words": "看过了，暂不能办理" })),
            Some("supplied") => Some(json!({})),
            Some("booking") => Some(books_example()),
            Some("changes") => Some(json!({
                "reference": "CHG-1", "reason": "extension", "terms": books_example()["terms"]
            })),
            Some("disbursed") => Some(json!({
                "net_amount": 1, "payee": { "account": "6222020200112233446" }, "paid_at_ms": 1,
                "payment_reference": "PAY-1"
            })),
            Some("repayments") if method == Method::POST => Some(json!({
                "reference": "RP-1", "kind": "instalment", "amount": 1, "day": "2026-11-21"
            })),
            Some("settlement-quote") if method == Method::POST => {
                Some(json!({ "on": "2026-11-21", "total": 1 }))
            }
            Some("cooling-off") => Some(json!({ "total": 1 })),
            Some("cancel" | "proof") => Some(json!({})),
            Some("money-holds") => Some(json!({ "words": "等待核实" })),
            Some("decision") => {
                Some(json!({ "ruling": "approved", "made": "by_person", "limit": 1 }))
            }
            Some("open") => {
                Some(json!({ "item": "phone", "purpose": "send_code", "reason": "核对" }))
            }
            Some("relation-end") => Some(json!({ "on": "2026-11-20" })),
            Some("holds") => Some(json!({ "why": "complaint" })),
            Some("destruction") => Some(json!({ "why": "person_asked" })),
            Some("attest") if path.contains("/accounts/") => {
                Some(json!({ "verdict": "no", "round": 1 }))
            }
            Some("attest") => Some(json!({ "route": "counter", "verdict": "no", "seen": [] })),
            Some("rotate") if path.contains("/webhooks/") => Some(json!({ "grace_hours": 1 })),
            Some("rotate") => Some(json!({ "grace_days": 1 })),
            Some("replay") if !path.contains("/deliveries/") => Some(json!({ "since_ms": 0 })),
            Some("replay" | "disable" | "resume") => Some(json!({})),
            Some("approve") if path.contains("/roster/") => Some(json!({ "digest": "" })),
            Some("publish") => Some(json!({ "digest": "" })),
            Some("withdraw") => Some(json!({})),
            _ if method == Method::POST && path.starts_with("/api/console/roles/") => {
                Some(json!({ "name": "another", "rights": ["journey.view"], "version": 1 }))
            }
            _ => None,
        };
        match caller {
            P => {
                let headers = [("idempotency-key", "any")];
                self.partner
                    .send(app, method, path, &headers, body.as_ref())
                    .await
            }
            S => self.staff.send(app, method, path, body.as_ref()).await,
            B => self.borrower.send(app, method, path, body.as_ref()).await,
        }
    }
}

#[test]
fn another_institution_s_ids_do_not_exist() {
    TestApp::run(async |app| {
        let ours = Callers::of(app, ANHE, "hexiang", loan()).await;
        let bank_loan = json!({ "principal": 10_000_000, "periods": 12 });
        let theirs = Callers::of(app, JIANGLAN, "puhui", bank_loan).await;
        let living = ours.living(app).await;
        let facts = |app: &TestApp| {
            let site = (**app).clone();
            async move {
                (
                    site.facts("", "access.link_created.v1").await,
                    site.facts("", "product.released.v1").await,
                )
            }
        };
        let before = facts(app).await;
        for (method, path, reach) in ROUTES {
            let Ids(caller) = reach else { continue };
            let filled = living.filled(path);
            let method: Method = method.parse().expect("a method");
            let foreign = theirs.calls(app, *caller, method.clone(), &filled).await;
            let got = (foreign.status.as_u16(), foreign.code());
            assert_eq!(got, (404, "not_found".to_owned()), "{method} {path}");
            for id in living.all() {
                assert!(!foreign.text().contains(id), "{path} repeats the id");
            }
        }
        assert_eq!(facts(app).await, before, "nothing was done for a stranger");
        // The same calls by their owner do find something: the table isn't empty talk.
        for (method, path, reach) in ROUTES {
            let Ids(caller) = reach else { continue };
            let filled = living.filled(path);
            let method: Method = method.parse().expect("a method");
            let own = ours.calls(app, *caller, method, &filled).await;
            assert!(
                own.status.is_success() || own.status == 409,
                "{path}: {}",
                own.text()
            );
        }
    });
}

/// A request that asked for a second connection while it held its own would wait for itself, and under load so would
/// every other: here there is only one left. (Opening the house on PostgreSQL takes two: a lock, and what it guards.)
#[test]
fn one_connection_is_enough_for_every_route() {
    TestApp::run(async |app| {
        app.reconfigure(|config| config.database.connections_max = 2)
            .await;
        let ours = Callers::of(app, ANHE, "hexiang", loan()).await;
        let living = ours.living(app).await;
        let held = app.ctx.db.read(Scope::Unscoped).await.expect("a view");
        for (method, path, reach) in ROUTES {
            let (Ids(caller) | Own(caller)) = reach else {
                continue;
            };
            let filled = if path.contains('{') {
                living.filled(path)
            } else {
                (*path).to_owned()
            };
            let method: Method = method.parse().expect("a method");
            let answer = ours.calls(app, *caller, method, &filled).await;
            assert!(answer.status.as_u16() < 500, "{path}: {}", answer.text());
        }
        drop(held);
        app.settle().await;
    });
}

#[test]
fn lists_show_only_what_is_one_s_own() {
    TestApp::run(async |app| {
        let ours = Callers::of(app, ANHE, "hexiang", loan()).await;
        let bank_loan = json!({ "principal": 10_000_000, "periods": 12 });
        let theirs = Callers::of(app, JIANGLAN, "puhui", bank_loan).await;
        for (method, path, reach) in ROUTES {
            let Own(S) = reach else { continue };
            let method: Method = method.parse().expect("a method");
            let pages = [&ours, &theirs].map(|callers| callers.calls(app, S, method.clone(), path));
            let [own, foreign] = pages;
            let (own, foreign) = (own.await.ok().json(), foreign.await.ok().json());
            let ids = |page: &Value| -> BTreeSet<String> {
                let rows = page["rows"]
                    .as_array()
                    .cloned()
                    .unwrap_or_else(|| vec![page.clone()]);
                let key = |row: &Value| {
                    row["id"]
                        .as_str()
                        .or(row["origin"].as_str())
                        .map(str::to_owned)
                };
                rows.iter().map(|row| key(row).expect("an id")).collect()
            };
            let (own, foreign) = (ids(&own), ids(&foreign));
            assert!(
                !own.is_empty() && !foreign.is_empty(),
                "{path} shows something"
            );
            assert!(own.is_disjoint(&foreign), "{path}");
        }
        // Neither id, reference nor phone finds another's journey.
        let phone = Someone::adult(1).phone;
        for q in [ours.opened.id.as_str(), "LN-2026-0001", phone.as_str()] {
            let found = theirs.staff.finds(app, q).await;
            assert!(
                found.iter().all(|row| row["id"] != ours.opened.id.as_str()),
                "{q}"
            );
            let found = ours.staff.finds(app, q).await;
            assert_eq!(found.len(), 1, "{q}");
            assert_eq!(found[0]["id"], ours.opened.id.as_str());
        }
        // A cursor of another's list leads nowhere new.
        let path = format!("/api/console/journeys?after={}", ours.opened.id);
        let page = theirs.staff.get(app, &path).await.ok().json();
        assert!(
            page["rows"]
                .as_array()
                .expect("rows")
                .iter()
                .all(|row| row["product"]["code"] == "puhui")
        );
    });
}
