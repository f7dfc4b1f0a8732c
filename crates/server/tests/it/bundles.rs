//! The bundles of a draw: one file, a manifest, and every bundle as anyone may check it.

use std::fs;
use std::path::PathBuf;

use axum::http::{Method, StatusCode};
use proof::bundle::{Trust, Verdict, verify};
use serde_json::{Value, json};
use xiaobao::db::{Scope, Write as _};
use xiaobao::id::InstitutionId;
use xiaobao::ledger::{self, Fact, Seat, Sworn};
use xiaobao::vault::{self, ItemKind};
use xiaobao::{journey, rectification, values};

use crate::actors::{ANHE, JIANGLAN, Partner, Someone, Staff, institution_id, loan};
use crate::app::{Answer, TestApp};
use crate::forgetting::destroyed;
use crate::inspection::{asks as asks_draw, decided, draws, text};
use crate::money::drawn;
use crate::parties::request;

const WEEK_MS: u64 = 7 * 86_400_000;
const HOUR_MS: u64 = 3_600_000;
const PROOF_MS: u64 = 300_000;
/// A job is tried so often.
const ATTEMPTS: usize = 16;

async fn asks(app: &TestApp, staff: &Staff, draw: &Value) -> Answer {
    let path = format!("/api/console/draws/{}/bundles", text(&draw["id"]));
    staff.send(app, Method::POST, &path, Some(&json!({}))).await
}

async fn newest(app: &TestApp, staff: &Staff, draw: &Value) -> Value {
    let path = format!("/api/console/draws/{}/bundles", text(&draw["id"]));
    staff.get(app, &path).await.ok().json()["rows"][0].clone()
}

async fn fetches(app: &TestApp, staff: &Staff, draw: &Value, bundles: &Value) -> Answer {
    let (draw, id) = (text(&draw["id"]), text(&bundles["id"]));
    let path = format!("/api/console/draws/{draw}/bundles/{id}/file");
    staff.get(app, &path).await
}

/// What lies at rest of archives: their parts, and their keys.
fn at_rest(app: &TestApp) -> (Vec<PathBuf>, usize) {
    let mut parts = Vec::new();
    let mut open = vec![app.folder.join("blobs/inspection")];
    while let Some(folder) = open.pop() {
        for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
            match entry.path() {
                path if path.is_dir() => open.push(path),
                path => parts.push(path),
            }
        }
    }
    let keys = fs::read_dir(app.folder.join("keys"))
        .expect("keys")
        .flatten();
    let keys = keys.filter(|key| key.file_name().to_string_lossy().starts_with("archive-"));
    (parts, keys.count())
}

/// An archive that is ready.
async fn ready(app: &TestApp, staff: &Staff, draw: &Value) -> Value {
    asks(app, staff, draw).await.expect(StatusCode::CREATED);
    app.settle().await;
    let ready = newest(app, staff, draw).await;
    assert_eq!(ready["state"], "ready");
    ready
}

/// Has a job fail for the last time.
async fn tries_in_vain(app: &TestApp) {
    // What waits for its moment comes a turn later.
    for _ in 0..=ATTEMPTS {
        app.run_jobs().await;
        app.advance_ms(HOUR_MS);
    }
}

async fn damages(app: &TestApp, sql: &str, id: &Value) {
    let tx = app
        .whole()
        .begin_unrecorded(Scope::Unscoped, "damage")
        .await;
    let mut tx = tx.expect("a transaction");
    let touched = tx.exec(sql, values![text(id)]).await.expect(sql);
    assert!(touched > 0, "{sql}");
    tx.commit().await.expect("damaged");
}

fn number(bytes: &[u8], at: usize, length: usize) -> usize {
    let field = bytes[at..at + length].iter().rev();
    field.fold(0, |number, byte| number << 8 | usize::from(*byte))
}

/// The files of an archive, by what stands before each, as the end of the archive counts them.
fn files(archive: &[u8]) -> Vec<(String, Vec<u8>)> {
    let (mut at, mut files) = (0, Vec::new());
    while archive[at..].starts_with(b"PK\x03\x04") {
        let (bytes, name) = (number(archive, at + 18, 4), number(archive, at + 26, 2));
        let data = at + 30 + name;
        let name = String::from_utf8(archive[at + 30..data].to_vec()).expect("a name");
        files.push((name, archive[data..data + bytes].to_vec()));
        at = data + bytes;
    }
    let end = archive.len() - 22;
    assert!(archive[end..].starts_with(b"PK\x05\x06"));
    assert_eq!(number(archive, end + 10, 2), files.len());
    assert_eq!(number(archive, end + 16, 4), at, "the directory follows");
    files
}

fn files_of(draw: &Value) -> usize {
    let cases = draw["cases"].as_u64().expect("a number");
    usize::try_from(cases).expect("few")
}

#[test]
fn one_file_holds_every_bundle_and_each_is_checked_by_anyone() {
    TestApp::run(async |app| {
        for number in 1..=2 {
            drawn(app, number).await;
        }
        let staff = Staff::signs_in(app, "heyun").await;
        let draw = draws(app, &staff, json!({})).await;
        let asked = asks(app, &staff, &draw).await;
        let asked = asked.expect(StatusCode::CREATED).json();
        assert_eq!(asked["state"], "making");
        assert_eq!(
            asked["until_ms"].as_u64(),
            asked["asked_at_ms"].as_u64().map(|at| at + WEEK_MS)
        );
        fetches(app, &staff, &draw, &asked)
            .await
            .refused(409, "bundles_not_ready");
        asks(app, &staff, &draw)
            .await
            .refused(409, "bundles_running");
        app.settle().await;
        let ready = newest(app, &staff, &draw).await;
        assert_eq!(
            (ready["state"].clone(), ready["made"].clone()),
            (json!("ready"), draw["cases"].clone())
        );
        // At rest nothing of it can be read.
        let (parts, keys) = at_rest(app);
        assert_eq!((parts.len(), keys), (files_of(&draw) + 1, 1));
        for part in parts {
            let bytes = fs::read(&part).expect("a part");
            for plain in [&b"PK\x03\x04"[..], b"cases_digest", b"manifest"] {
                let told = bytes.windows(plain.len()).any(|window| window == plain);
                assert!(!told, "{part:?}");
            }
        }
        let path = format!(
            "/api/console/draws/{}/bundles/{}/file",
            text(&draw["id"]),
            text(&ready["id"])
        );
        let head = staff.send(app, Method::HEAD, &path, None).await.ok();
        assert_eq!(head.bytes, b"");
        let fetched = "inspection.bundles_fetched.v2";
        assert_eq!(app.facts(text(&draw["id"]), fetched).await, 0);
        let file = fetches(app, &staff, &draw, &ready).await.ok().bytes;
        assert_eq!(ready["bytes"], file.len());
        let digest = |bytes: &[u8]| proof::hex::encode(&proof::digest::sha256(bytes));
        assert_eq!(ready["sha256"], digest(&file).as_str());

        let mut files = files(&file).into_iter();
        let (name, manifest) = files.next().expect("a manifest");
        assert_eq!(name, "manifest.json");
        let manifest: Value = serde_json::from_slice(&manifest).expect("JSON");
        assert_eq!(manifest["cases_digest"], draw["cases_digest"]);
        let listed = manifest["bundles"].as_array().expect("bundles");
        let bundles: Vec<_> = files.collect();
        assert_eq!(listed.len(), bundles.len());
        assert_eq!(draw["cases"], bundles.len());
        for (listed, (name, bytes)) in listed.iter().zip(&bundles) {
            assert_eq!(text(&listed["file"]), name);
            assert_eq!(listed["sha256"], digest(bytes).as_str());
            assert_eq!(listed["destroyed"], false);
            let report = verify(bytes, &Trust::default());
            assert_eq!(report.failures, vec![], "{name}: {report:?}");
            assert_ne!(report.verdict, Verdict::Failed);
            assert!(name.contains(text(&listed["journey"])));
        }

        // Who took which file along, and when it goes.
        let id = text(&draw["id"]);
        let fact = app.fact(id, "inspection.bundles_fetched.v2").await;
        assert_eq!(fact["sha256"], ready["sha256"]);
        assert_eq!(app.facts(id, fetched).await, 1);
        let made = app.fact(id, "inspection.bundled.v2").await;
        assert_eq!(
            (&made["sha256"], &made["gaps"]),
            (&ready["sha256"], &json!(0))
        );
        // Whoever tells the cases may run twice.
        let twice = "INSERT INTO jobs_jobs (id, institution_id, kind, payload, run_at_ms, attempts, claims, state)
            SELECT id || '-twice', institution_id, kind, payload, run_at_ms, attempts, claims, state FROM jobs_jobs
            WHERE kind = 'inspection.tell_fetched' AND payload LIKE '%' || $1 || '%'";
        damages(app, twice, &ready["id"]).await;
        app.settle().await;
        let found = crate::inspection::cases(app, &staff, &draw, "").await;
        for case in &found {
            let taken = "journey.bundle_taken.v2";
            assert_eq!(app.facts(text(&case["journey"]), taken).await, 1);
            let taken = app.sworn(text(&case["journey"]), taken).await;
            assert_eq!(taken.seat.kind, "staff");
            assert_eq!(taken.data["archive_digest"], ready["sha256"]);
            assert_eq!(taken.data["fetch"], fact["fetch"]);
        }
        // A session that was left open gives nothing away.
        app.advance_ms(PROOF_MS);
        let stale = fetches(app, &staff, &draw, &ready).await;
        stale.refused(403, "proof_needed");
        asks(app, &staff, &draw).await.refused(403, "proof_needed");
        let service = Staff::signs_in(app, "luoyifan").await;
        fetches(app, &service, &draw, &ready)
            .await
            .refused(403, "right_missing");
        let foreign = Staff::signs_in(app, "baolu").await;
        fetches(app, &foreign, &draw, &ready)
            .await
            .refused(404, "not_found");
        let asked = foreign.get(app, path.trim_end_matches("/file")).await;
        asked.refused(404, "not_found");
        asks(app, &foreign, &draw).await.refused(404, "not_found");
        app.advance_ms(WEEK_MS);
        app.settle().await;
        let staff = Staff::signs_in(app, "heyun").await;
        let gone = newest(app, &staff, &draw).await;
        assert_eq!(gone["state"], "over");
        assert_eq!(at_rest(app), (vec![], 0));
        fetches(app, &staff, &draw, &gone)
            .await
            .refused(409, "bundles_not_ready");
    });
}

#[test]
fn a_destroyed_person_is_a_gap_that_stops_no_archive() {
    TestApp::run(async |app| {
        let someone = Someone::adult(71);
        let (_, opened) = drawn(app, 71).await;
        app.settle().await;
        destroyed(app, &someone, &opened).await;
        app.settle().await;
        journey::advance(&app.ctx).await.expect("a turn");
        let staff = Staff::signs_in(app, "heyun").await;
        let draw = draws(app, &staff, json!({ "product": "hexiang" })).await;
        let ready = ready(app, &staff, &draw).await;
        let file = fetches(app, &staff, &draw, &ready).await.ok().bytes;
        let files = files(&file);
        assert_eq!(files.len(), files_of(&draw), "a manifest, and all but one");
        let manifest: Value = serde_json::from_slice(&files[0].1).expect("JSON");
        let listed = manifest["bundles"].as_array().expect("cases");
        let gaps: Vec<&Value> = listed
            .iter()
            .filter(|one| one["file"] == Value::Null)
            .collect();
        assert_eq!(gaps.len(), 1, "{manifest}");
        assert_eq!(gaps[0]["journey"], opened.id.as_str());
        assert_eq!(gaps[0]["destroyed"], true);
        assert_eq!(gaps[0]["why"], "evidence_not_proved");
        let made = app.fact(text(&draw["id"]), "inspection.bundled.v2").await;
        assert_eq!(made["gaps"], 1);
        app.settle().await;
        let taken = app.facts(&opened.id, "journey.bundle_taken.v2").await;
        assert_eq!(taken, 0, "nothing of theirs was given");
    });
}

#[test]
fn telling_goes_on_the_next_day_and_leaves_gaps_out() {
    TestApp::run_damaged(async |app| {
        for number in 73..=74 {
            drawn(app, number).await;
        }
        let staff = Staff::signs_in(app, "heyun").await;
        let draw = draws(app, &staff, json!({ "outcome": "completed", "n": 2 })).await;
        let ready = ready(app, &staff, &draw).await;
        let places = [
            "UPDATE inspection_parts SET gap = 'evidence_not_proved' WHERE bundles_id = $1 AND place = 1",
            "UPDATE inspection_parts SET journey_id = 'x' || journey_id WHERE bundles_id = $1 AND place = 2",
            "UPDATE inspection_parts SET journey_id = SUBSTR(journey_id, 2) WHERE bundles_id = $1 AND place = 2",
        ];
        for _ in 0..2 {
            fetches(app, &staff, &draw, &ready).await.ok();
        }
        damages(app, places[0], &ready["id"]).await;
        damages(app, places[1], &ready["id"]).await;
        tries_in_vain(app).await;
        let taken = "journey.bundle_taken.v2";
        assert_eq!(app.facts("", taken).await, 0);
        damages(app, places[2], &ready["id"]).await;
        app.advance_ms(24 * HOUR_MS);
        app.settle().await;
        let staff = Staff::signs_in(app, "heyun").await;
        let found = crate::inspection::cases(app, &staff, &draw, "").await;
        for (case, told) in found.iter().zip([0, 2]) {
            assert_eq!(app.facts(text(&case["journey"]), taken).await, told);
        }
        // From the moment on at which the log knows of a destruction, before anything else was emptied.
        fetches(app, &staff, &draw, &ready).await.ok();
        let anhe = institution_id(app, ANHE).await;
        let view = app.ctx.db.read(&anhe).await.expect("a view");
        let case = journey::JourneyId::parse(text(&found[1]["journey"])).expect("an id");
        let subject = journey::known(&view, &case).await.expect("known").subject;
        drop(view);
        knows_destroyed(app, &anhe, subject.as_str()).await;
        fetches(app, &staff, &draw, &ready)
            .await
            .refused(409, "bundles_not_ready");
    });
}

#[test]
fn a_destroyed_business_takes_its_archive_along_at_once() {
    TestApp::run(async |app| {
        let code = "91320102MA2DEM005N";
        let body = request(&Someone::adult(75), "firm", "南京晨曦纸品有限公司", code);
        let opened = Partner::of(app, JIANGLAN).asks(app, "firm-1", &body).await;
        let opened = opened.expect(StatusCode::CREATED).json();
        let staff = Staff::signs_in(app, "baolu").await;
        let draw = draws(app, &staff, json!({})).await;
        let ready = ready(app, &staff, &draw).await;
        fetches(app, &staff, &draw, &ready).await.ok();
        let bank = institution_id(app, JIANGLAN).await;
        knows_destroyed(app, &bank, text(&opened["business"]["id"])).await;
        fetches(app, &staff, &draw, &ready)
            .await
            .refused(409, "bundles_not_ready");
    });
}

/// The log says that a subject was destroyed; nothing was emptied yet.
async fn knows_destroyed(app: &TestApp, institution: &InstitutionId, subject: &str) {
    let tx = ledger::begin(&app.ctx, &Seat::system(institution, "test")).await;
    let fact = Fact::of(subject, &Destroyed {}).expect("a fact");
    let tx = tx.expect("a write");
    ledger::commit(tx, fact).await.expect("sworn to");
}

#[derive(serde::Serialize)]
struct Destroyed {}

impl Sworn for Destroyed {
    const KIND: &'static str = vault::DESTROYED;
}

#[test]
fn an_archive_goes_with_whoever_in_it_is_destroyed() {
    TestApp::run(async |app| {
        let someone = Someone::adult(72);
        let lender = Partner::of(app, ANHE);
        lender.opens(app, &someone, "hemiao", loan()).await;
        let staff = Staff::signs_in(app, "heyun").await;
        let draw = draws(app, &staff, json!({ "product": "hemiao" })).await;
        let other = draws(app, &staff, json!({ "product": "hexiang", "n": 2 })).await;
        let mine = ready(app, &staff, &draw).await;
        let theirs = ready(app, &staff, &other).await;
        let anhe = institution_id(app, ANHE).await;
        let view = app.ctx.db.read(&anhe).await.expect("a view");
        let found = vault::search(&app.ctx, &view, ItemKind::Phone, &someone.phone).await;
        let subject = found.expect("a search").remove(0);
        drop(view);
        rectification::forget_again(&app.ctx, &anhe, &subject)
            .await
            .expect("forgotten");
        assert_eq!(newest(app, &staff, &draw).await["state"], "over");
        let gone = fetches(app, &staff, &draw, &mine).await;
        gone.refused(409, "bundles_not_ready");
        fetches(app, &staff, &other, &theirs).await.ok();
        assert_eq!(at_rest(app).1, 1);
        // A part that is gone is found out before anybody is told to have it.
        let (parts, _) = at_rest(app);
        fs::remove_file(&parts[0]).expect("gone");
        let gone = fetches(app, &staff, &other, &theirs).await;
        gone.refused(409, "bundles_not_ready");
        let id = text(&other["id"]);
        assert_eq!(app.facts(id, "inspection.bundles_fetched.v2").await, 1);
    });
}

#[test]
fn what_failed_for_the_last_time_says_so_and_may_be_asked_for_again() {
    TestApp::run_damaged(async |app| {
        drawn(app, 1).await;
        let staff = Staff::signs_in(app, "heyun").await;
        let draw = draws(app, &staff, json!({ "outcome": "completed" })).await;
        let asked = asks(app, &staff, &draw).await;
        asked.expect(StatusCode::CREATED);
        fs::remove_dir_all(app.folder.join("blobs/disclosure")).expect("sheets are lost");
        tries_in_vain(app).await;
        let staff = Staff::signs_in(app, "heyun").await;
        assert_eq!(newest(app, &staff, &draw).await["state"], "failed");
        assert_eq!(at_rest(app), (vec![], 0));
        asks(app, &staff, &draw).await.expect(StatusCode::CREATED);

        // A draw whose population was lost on the way.
        let asked = asks_draw(app, &staff, json!({})).await;
        let asked = asked.expect(StatusCode::CREATED).json();
        let path = |rest: &str| format!("/api/console/draws/{}{rest}", text(&asked["id"]));
        let again = async |staff: &Staff| {
            let path = path("/again");
            staff.send(app, Method::POST, &path, Some(&json!({}))).await
        };
        again(&staff).await.refused(409, "draw_not_failed");
        let foreign = Staff::signs_in(app, "baolu").await;
        again(&foreign).await.refused(404, "not_found");
        app.settle().await;
        let lost = "UPDATE inspection_population SET page = page + 1 WHERE draw_id = $1";
        damages(app, lost, &asked["id"]).await;
        tries_in_vain(app).await;
        let staff = Staff::signs_in(app, "heyun").await;
        let failed = staff.get(app, &path("")).await.ok().json();
        assert_eq!(failed["state"], "failed");
        let found = "UPDATE inspection_population SET page = page - 1 WHERE draw_id = $1";
        damages(app, found, &asked["id"]).await;
        app.prove().await;
        assert_eq!(again(&staff).await.ok().json()["state"], "drawing");
        decided(app).await;
        let drawn = staff.get(app, &path("")).await.ok().json();
        assert_eq!(
            (&drawn["state"], &drawn["n"]),
            (&json!("drawn"), &json!(500))
        );

        // A look that can't be finished.
        let cells = "UPDATE journey_journeys SET product_version = 999 WHERE id IN
            (SELECT journey_id FROM inspection_cases WHERE draw_id = $1 AND place = 1)";
        damages(app, cells, &asked["id"]).await;
        app.advance_ms(1);
        let look = async |staff: &Staff| {
            let path = path("/look");
            staff
                .send(app, Method::POST, &path, Some(&json!({})))
                .await
                .ok()
        };
        look(&staff).await;
        tries_in_vain(app).await;
        let staff = Staff::signs_in(app, "heyun").await;
        let page = staff.get(app, &path("")).await.ok().json();
        assert_ne!(page["look_failed_at_ms"], Value::Null);
        let cells = cells.replace("999", "1");
        damages(app, &cells, &asked["id"]).await;
        assert_eq!(look(&staff).await.json()["look_failed_at_ms"], Value::Null);
        app.run_jobs().await;
        let page = staff.get(app, &path("")).await.ok().json();
        assert_eq!(page["looked"], page["cases"]);
    });
}
