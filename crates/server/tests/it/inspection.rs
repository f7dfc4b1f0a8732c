//! 迎检: loans drawn by lot, and the matrix of what each has.

use axum::http::{Method, StatusCode};
use proof::checkpoint::Checkpoint;
use proof::digest::{sha256, sha256_parts};
use serde_json::{Value, json};
use xiaobao::db::{Read as _, Scope, Write as _};
use xiaobao::values;

use crate::actors::{ANHE, Opened, Partner, Someone, Staff, institution_id};
use crate::app::{Answer, Count, TestApp};
use crate::disbursed::{receipt, released, reports};
use crate::money::{OWN, drawn};

/// What an inspector asks for, over the tests' month.
pub fn asked(change: Value) -> Value {
    let mut body = json!({ "from": "2026-11-01", "to": "2026-11-30", "n": 500 });
    let Value::Object(change) = change else {
        panic!("a change")
    };
    body.as_object_mut().expect("a body").extend(change);
    body
}

pub async fn asks(app: &TestApp, staff: &Staff, change: Value) -> Answer {
    let body = asked(change);
    staff
        .send(app, Method::POST, "/api/console/draws", Some(&body))
        .await
}

/// Publishes what decides the draws that were asked for, and has them drawn and looked at.
pub async fn decided(app: &TestApp) {
    app.settle().await;
    app.advance_ms(1_000);
    app.settle().await;
}

/// A draw that is done, its matrix looked at.
pub async fn draws(app: &TestApp, staff: &Staff, change: Value) -> Value {
    app.settle().await;
    let draw = asks(app, staff, change).await;
    let draw = draw.expect(StatusCode::CREATED).json();
    assert_eq!(draw["state"], "drawing");
    assert_eq!(draw["seed"], Value::Null, "nobody knows it yet");
    decided(app).await;
    let path = format!("/api/console/draws/{}", text(&draw["id"]));
    let draw = staff.get(app, &path).await.ok().json();
    assert_eq!(draw["state"], "drawn");
    assert_eq!(draw["looked"], draw["cases"]);
    draw
}

pub fn text(value: &Value) -> &str {
    value.as_str().expect("text")
}

pub async fn cases(app: &TestApp, staff: &Staff, draw: &Value, query: &str) -> Vec<Value> {
    let path = format!("/api/console/draws/{}/cases{query}", text(&draw["id"]));
    let page = staff.get(app, &path).await.ok().json();
    page["rows"].as_array().expect("rows").clone()
}

fn journeys(cases: &[Value]) -> Vec<String> {
    let id = |case: &Value| text(&case["journey"]).to_owned();
    cases.iter().map(id).collect()
}

/// A loan that was paid on its token.
async fn paid(app: &TestApp, number: u32) -> Opened {
    let (_, opened) = drawn(app, number).await;
    let lender = Partner::of(app, ANHE);
    let issued = released(app, &opened).await;
    let body = receipt(&issued, &format!("PAY-{number}"));
    let report = reports(app, &lender, &opened.id, &body).await;
    report.expect(StatusCode::CREATED);
    opened
}

#[test]
fn anyone_with_the_population_finds_the_same_cases() {
    TestApp::run(async |app| {
        // Behind the draw of the demo.
        app.advance_ms(1);
        let lender = Partner::of(app, ANHE);
        for number in 1..=9 {
            let someone = Someone::adult(number);
            lender
                .opens(app, &someone, "hemiao", loan_of(600_000))
                .await;
        }
        let staff = Staff::signs_in(app, "heyun").await;
        let draw = draws(app, &staff, json!({ "n": 4, "words": "骰子 3 5 6" })).await;
        // Everything from here on is reckoned from the list, the log and the words alone.
        let path = format!("/api/console/draws/{}/population", text(&draw["id"]));
        let csv = staff.get(app, &path).await.ok().text();
        let mut lines = csv.lines();
        assert_eq!(lines.next(), Some("journey"));
        let ids: Vec<&str> = lines.collect();
        let everyone = staff
            .get(app, "/api/console/journeys?limit=200")
            .await
            .ok()
            .json();
        let rows = everyone["rows"].as_array().expect("rows");
        let mut all: Vec<&str> = rows.iter().map(|row| text(&row["id"])).collect();
        all.sort_unstable();
        assert_eq!(ids, all);
        assert_eq!(draw["population"], ids.len());
        let chained = ids.iter().fold(sha256(b""), |digest, id| {
            sha256_parts(&[&digest, id.as_bytes()])
        });
        assert_eq!(draw["population_digest"], proof::hex::encode(&chained));
        let root = first_root_over(app, text(&draw["id"])).await;
        assert_eq!(draw["checkpoint_root"], proof::hex::encode(&root));
        let seed = sha256_parts(&[b"xiaobao/draw/v1", &root, "骰子 3 5 6".as_bytes()]);
        assert_eq!(draw["seed"], proof::hex::encode(&seed));
        let mut places: Vec<_> = ids
            .iter()
            .map(|id| (sha256_parts(&[&seed, id.as_bytes()]), *id))
            .collect();
        places.sort();
        let first: Vec<&str> = places.iter().take(4).map(|(_, id)| *id).collect();
        let found = cases(app, &staff, &draw, "").await;
        assert_eq!(journeys(&found), first);
        let second = cases(app, &staff, &draw, "?limit=1&after=1").await;
        assert_eq!(journeys(&second), [first[1]]);
        let lines: String = first.iter().map(|id| format!("{id}\n")).collect();
        let digest = proof::hex::encode(&sha256(lines.as_bytes()));
        assert_eq!(draw["cases_digest"], digest.as_str());

        let id = text(&draw["id"]);
        let before = app.fact(id, "inspection.draw_asked.v2").await;
        let words = proof::hex::encode(&sha256("骰子 3 5 6".as_bytes()));
        assert_eq!(before["words_digest"], words.as_str());
        assert_eq!(before["n"], 4);
        let met = app.fact(id, "inspection.met.v1").await;
        assert_eq!(met["population"], draw["population"]);
        assert_eq!(met["population_digest"], draw["population_digest"]);
        let fact = app.fact(id, "inspection.drawn.v2").await;
        for field in ["checkpoint_root", "checkpoint_size", "seed", "population"] {
            assert_eq!(fact[field], draw[field], "{field}");
        }
        assert_eq!(fact["population_digest"], draw["population_digest"]);
        assert_eq!(fact["cases_digest"], digest.as_str());
        assert_eq!(fact["filter"]["outcome"], "any");
        for fact in [before, fact] {
            assert!(!fact.to_string().contains("骰子"), "{fact}");
        }
        // Another draw stands beside it, and the first stays.
        app.advance_ms(1);
        let other = draws(app, &staff, json!({ "n": 4 })).await;
        assert_ne!(other["seed"], draw["seed"]);
        let list = staff.get(app, "/api/console/draws").await.ok().json();
        let list: Vec<&str> = list["rows"]
            .as_array()
            .expect("rows")
            .iter()
            .map(|row| text(&row["id"]))
            .collect();
        assert_eq!(list[..2], [text(&other["id"]), id]);
        for path in [
            format!("/api/console/draws/{id}"),
            "/api/console/draws".to_owned(),
        ] {
            let gone = staff.send(app, Method::DELETE, &path, None).await;
            assert_eq!(gone.status, StatusCode::METHOD_NOT_ALLOWED);
        }
        let csv = staff
            .get(app, "/api/console/draws?format=csv")
            .await
            .ok()
            .text();
        assert!(csv.contains(id), "{csv}");
    });
}

/// The root of the smallest checkpoint that covers the newest population of a draw, as it was published.
pub async fn first_root_over(app: &TestApp, draw: &str) -> proof::Hash {
    #[derive(sea_orm::FromQueryResult)]
    struct Note {
        note: String,
    }
    let view = app.whole().read(Scope::Unscoped).await.expect("a view");
    let sql = "SELECT note FROM ledger_checkpoints WHERE size > $1 AND institution_id = $2 ORDER BY size LIMIT 1";
    let met: Count = view
        .one(
            "SELECT log_index AS n FROM ledger_facts WHERE case_id = $1 AND kind = 'inspection.met.v1' ORDER BY log_index DESC LIMIT 1",
            values![draw],
        )
        .await
        .expect("a query")
        .expect("the population");
    let note: Note = view
        .one(sql, values![met.n, &institution_id(app, ANHE).await])
        .await
        .expect("a query")
        .expect("published");
    let text = note.note.split("\n\n").next().expect("a text").to_owned() + "\n";
    Checkpoint::parse(&text).expect("a checkpoint").root
}

#[test]
fn a_lot_is_decided_by_what_nobody_knows_when_it_is_asked_for() {
    TestApp::run(async |app| {
        let (_, early) = drawn(app, 1).await;
        let lender = Partner::of(app, ANHE);
        let staff = Staff::signs_in(app, "heyun").await;
        app.settle().await;
        let log = staff.get(app, "/log/anhe/checkpoint").await.ok().text();
        let known: u64 = log.lines().nth(1).expect("a size").parse().expect("a size");
        let asked = asks(app, &staff, json!({ "outcome": "completed", "n": 1 })).await;
        let asked = asked.expect(StatusCode::CREATED).json();
        let id = text(&asked["id"]);
        let path = format!("/api/console/draws/{id}");
        // The population is kept before the lot is decided; who comes as far later does not join it.
        app.run_jobs().await;
        let waiting = staff.get(app, &path).await.ok().json();
        assert_eq!(
            (&waiting["state"], &waiting["checkpoint_root"]),
            (&json!("drawing"), &Value::Null)
        );
        assert_eq!(waiting["population_at_ms"], app.ctx.clock.now_ms());
        let issued = released(app, &early).await;
        let report = reports(app, &lender, &early.id, &receipt(&issued, "PAY-1")).await;
        report.expect(StatusCode::CREATED);
        let (_, late) = drawn(app, 2).await;
        decided(app).await;
        let draw = staff.get(app, &path).await.ok().json();
        assert_eq!(draw["state"], "drawn");
        assert_eq!(draw["population"], waiting["population"]);
        assert!(draw["checkpoint_size"].as_u64() > Some(known));
        let list = staff.get(app, &format!("{path}/population")).await.ok();
        assert!(list.text().contains(&early.id), "{}", list.text());
        assert!(!list.text().contains(&late.id), "{}", list.text());
        // Asked twice with the same words: another lot.
        let other = draws(app, &staff, json!({ "outcome": "completed", "n": 1 })).await;
        assert_ne!(other["seed"], draw["seed"]);
    });
}

fn loan_of(principal: i64) -> Value {
    json!({ "principal": principal, "periods": 6 })
}

#[test]
fn the_matrix_says_of_every_protection_where_it_stands_and_what_proves_it() {
    TestApp::run(async |app| {
        let good = paid(app, 1).await;
        let (_, done) = drawn(app, 2).await;
        let lender = Partner::of(app, ANHE);
        let bad = lender
            .opens(app, &Someone::adult(3), "hexiang", Value::Null)
            .await;
        let body = json!({
            "net_amount": 1, "payee": { "account": OWN }, "paid_at_ms": 1, "payment_reference": "PAY-X"
        });
        reports(app, &lender, &bad.id, &body)
            .await
            .expect(StatusCode::CREATED);
        let staff = Staff::signs_in(app, "heyun").await;
        let draw = draws(app, &staff, json!({ "product": "hexiang" })).await;
        let found = cases(app, &staff, &draw, "").await;
        let of = |id: &str| {
            let mut all = found.iter();
            all.find(|case| case["journey"] == id).expect("drawn")["cells"].clone()
        };
        let states = |id: &str| -> Vec<(String, String)> {
            let cells = of(id);
            let cells = cells.as_object().expect("cells").iter();
            cells
                .map(|(column, cell)| (column.clone(), text(&cell["state"]).to_owned()))
                .collect()
        };
        let expected = |states: [&str; 5]| -> Vec<(String, String)> {
            let columns = [
                "cost_disclosure",
                "drawdown",
                "payment",
                "personal_information_notice",
                "release",
            ];
            let pair = |(column, state): (&str, &str)| (column.to_owned(), state.to_owned());
            columns.into_iter().zip(states).map(pair).collect()
        };
        let p = "proved";
        assert_eq!(states(&good.id), expected([p, p, p, p, p]));
        assert_eq!(states(&done.id), expected([p, p, "not_due", p, "not_due"]));
        assert_eq!(
            states(&bad.id),
            expected(["missing", "missing", p, "missing", "missing"])
        );
        // Each proof opens.
        let kinds = [
            ("cost_disclosure", "disclosure.confirmed.v1"),
            ("drawdown", "journey.drawdown_chosen.v2"),
            ("personal_information_notice", "consent.acknowledged.v1"),
            ("release", "disbursement.token_issued.v1"),
            ("payment", "disbursement.paid.v1"),
        ];
        for (column, kind) in kinds {
            let cell = of(&good.id)[column].clone();
            let path = format!(
                "/api/console/journeys/{}/timeline/{}/proof",
                text(&cell["case"]),
                cell["no"]
            );
            let proof = staff.get(app, &path).await.ok().json();
            assert!(text(&proof["fact"]).contains(kind), "{column}: {proof}");
        }
        // Sums, the cases with gaps, and all of it as a file.
        let sums = |code: &str| {
            let columns = draw["columns"].as_array().expect("columns");
            let mut found = columns.iter();
            found
                .find(|one| one["code"] == code)
                .expect("a column")
                .clone()
        };
        let release = sums("release");
        assert_eq!(
            (release["proved"].clone(), release["missing"].clone()),
            (json!(1), json!(1))
        );
        assert_eq!(draw["with_gaps"], 1);
        let gaps = cases(app, &staff, &draw, "?gaps=only").await;
        assert_eq!(journeys(&gaps), [bad.id.as_str()]);
        let path = format!(
            "/api/console/draws/{}/cases?format=csv&gaps=only",
            text(&draw["id"])
        );
        let csv = staff.get(app, &path).await.ok().text();
        let lines: Vec<&str> = csv.lines().collect();
        assert_eq!(lines.len(), 2, "{csv}");
        assert!(lines[0].contains("cells.cost_disclosure.state"), "{csv}");
        assert!(lines[1].contains("missing"), "{csv}");
    });
}

#[test]
fn a_population_is_narrowed_by_day_product_partner_and_how_far_loans_came() {
    TestApp::run(async |app| {
        let good = paid(app, 1).await;
        let (_, done) = drawn(app, 2).await;
        let staff = Staff::signs_in(app, "heyun").await;
        let people = app.people() - 1;
        let choices = staff
            .get(app, "/api/console/draws/choices")
            .await
            .ok()
            .json();
        let partners = choices["partners"].as_array().expect("partners");
        let guarantor = partners
            .iter()
            .find(|one| text(&one["name"]).contains("禾信"))
            .expect("the guarantor");
        let cases_of = [
            (json!({ "outcome": "paid" }), 1),
            (json!({ "outcome": "released" }), 1),
            (json!({ "outcome": "completed" }), 2),
            (json!({ "product": "hemiao" }), 1),
            (json!({ "from": "2026-11-22" }), 0),
            (json!({ "from": "2026-11-01", "to": "2026-11-20" }), 0),
            (json!({}), people + 2),
            (json!({ "partner": guarantor["id"] }), 4),
        ];
        for (change, population) in cases_of {
            let draw = draws(app, &staff, change.clone()).await;
            assert_eq!(draw["population"], population, "{change}");
            let ids = journeys(&cases(app, &staff, &draw, "").await);
            assert_eq!(
                ids.contains(&good.id),
                population != 0 && change["product"].is_null(),
                "{change}"
            );
            let with_done = [people + 2, 2, 4].contains(&population);
            assert_eq!(ids.contains(&done.id), with_done, "{change}");
        }
    });
}

#[test]
fn a_look_is_repeated_when_it_is_asked_for() {
    TestApp::run(async |app| {
        let (_, opened) = drawn(app, 1).await;
        let staff = Staff::signs_in(app, "heyun").await;
        let draw = draws(app, &staff, json!({ "outcome": "completed" })).await;
        let state =
            async || cases(app, &staff, &draw, "").await[0]["cells"]["payment"]["state"].clone();
        assert_eq!(state().await, "not_due");
        let lender = Partner::of(app, ANHE);
        let issued = released(app, &opened).await;
        let report = reports(app, &lender, &opened.id, &receipt(&issued, "PAY-1")).await;
        report.expect(StatusCode::CREATED);
        app.settle().await;
        assert_eq!(
            state().await,
            "not_due",
            "the matrix is as it was looked at"
        );
        app.advance_ms(1_000);
        let path = format!("/api/console/draws/{}/look", text(&draw["id"]));
        let asked = staff.send(app, Method::POST, &path, Some(&json!({}))).await;
        assert_eq!(asked.ok().json()["looked"], 0);
        app.settle().await;
        assert_eq!(state().await, "proved");
        assert_eq!(app.facts(text(&draw["id"]), "inspection.drawn.v2").await, 1);
    });
}

#[test]
fn bad_draws_are_refused_and_others_are_not_found() {
    TestApp::run(async |app| {
        let staff = Staff::signs_in(app, "heyun").await;
        for (change, path) in [
            (json!({ "n": 0 }), "n"),
            (json!({ "n": 501 }), "n"),
            (json!({ "to": "2026-10-01" }), "to"),
            (json!({ "words": "13800138000" }), "words"),
            (json!({ "product": "nothing" }), "product"),
            (json!({ "partner": "nobody" }), "partner"),
            (json!({ "outcome": "lost" }), "outcome"),
            (json!({ "from": "yesterday" }), "from"),
        ] {
            let answer = asks(app, &staff, change.clone()).await;
            let answer = answer.refused(422, "invalid_request");
            assert_eq!(
                answer.json()["error"]["fields"][0]["path"],
                path,
                "{change}"
            );
        }
        // That of the demo waits for its moment.
        decided(app).await;
        for _ in 0..3 {
            asks(app, &staff, json!({}))
                .await
                .expect(StatusCode::CREATED);
        }
        asks(app, &staff, json!({}))
            .await
            .refused(429, "draws_running");
        decided(app).await;
        let draw = draws(app, &staff, json!({})).await;
        let id = text(&draw["id"]);
        let bad = staff
            .get(app, &format!("/api/console/draws/{id}/cases?gaps=some"))
            .await;
        bad.refused(422, "invalid_request");
        let bad = staff
            .get(app, &format!("/api/console/draws/{id}/cases?after=x"))
            .await;
        bad.refused(422, "invalid_request");

        let foreign = Staff::signs_in(app, "baolu").await;
        for path in [
            format!("/api/console/draws/{id}"),
            format!("/api/console/draws/{id}/cases"),
            format!("/api/console/draws/{id}/population"),
        ] {
            foreign.get(app, &path).await.refused(404, "not_found");
        }
        let path = format!("/api/console/draws/{id}/look");
        let look = foreign
            .send(app, Method::POST, &path, Some(&json!({})))
            .await;
        look.refused(404, "not_found");
        // A partner's loans of versions that can't all be seen are never left out in silence.
        let choices = staff.get(app, "/api/console/draws/choices").await.ok();
        let partner = choices.json()["partners"][0]["id"].clone();
        let tx = app.whole().begin_unrecorded(Scope::Unscoped, "many").await;
        let mut tx = tx.expect("a transaction");
        let mut versions = 1;
        while versions < 1_000 {
            let sql = "INSERT INTO product_versions
                SELECT institution_id, product_id, number + (SELECT MAX(number) FROM product_versions), state, definition, digest,
                  proposed_by, approved_by, created_at_ms, released_at_ms
                FROM product_versions WHERE institution_id = $1";
            let anhe = institution_id(app, ANHE).await;
            versions += tx.exec(sql, values![&anhe]).await.expect("more");
        }
        tx.commit().await.expect("written");
        let many = asks(app, &staff, json!({ "partner": partner })).await;
        many.refused(422, "draw_versions_too_many");
        // Whoever sells looks at nobody's draws.
        let service = Staff::signs_in(app, "luoyifan").await;
        for path in ["", &format!("/{id}/population")] {
            let path = format!("/api/console/draws{path}");
            let seen = service.get(app, &path).await;
            seen.refused(403, "right_missing");
        }
        asks(app, &service, json!({}))
            .await
            .refused(403, "right_missing");
    });
}
