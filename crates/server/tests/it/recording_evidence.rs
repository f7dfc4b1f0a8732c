//! 双录 as evidence: what the bundle of a case holds of its recordings, for whom, and for how long.

use axum::http::{Method, StatusCode};
use proof::bundle::{Report, Trust, Verdict, verify};
use serde_json::{Value, json};
use xiaobao::db::Read as _;
use xiaobao::values;

use crate::actors::{ANHE, Borrower, Opened, Partner, Staff, institution_id};
use crate::app::{Answer, TestApp};
use crate::recording::{Page, due};

/// Both questions were answered until none was left, and a colleague must look.
pub async fn recorded(app: &TestApp) -> (Opened, Borrower, Page) {
    let (opened, borrower) = due(app, 1).await;
    let mut page = Page::starts(app, &borrower).await;
    for node in [1, 2] {
        for _ in 0..2 {
            page.answers(app, &borrower, node).await;
            app.run_jobs().await;
        }
    }
    (opened, borrower, page)
}

fn report(bytes: &[u8]) -> Report {
    let report = verify(bytes, &Trust::none());
    assert_eq!(report.verdict, Verdict::Consistent, "{report}");
    report
}

#[test]
fn the_bundle_names_every_chunk_and_holds_the_film_for_whoever_may_see_it() {
    TestApp::run(async |app| {
        let (opened, _, page) = recorded(app).await;
        app.settle().await;
        let lender = Partner::of(app, ANHE);
        let plain = lender.bundle(app, &opened.id).await;
        let [one] = &report(&plain).segments[..] else {
            panic!("one segment");
        };
        assert_eq!(
            (one.recording.as_str(), one.segment),
            (page.recording.as_str(), 1)
        );
        assert_eq!((one.chunks, one.listed, one.film), (8, true, false));

        let officer = Staff::signs_in(app, "heyun").await;
        let path = format!("/api/console/journeys/{}/bundle", opened.id);
        let film = format!("{path}?media=recording");
        let whole = officer.get(app, &film).await.ok();
        assert!(report(&whole.bytes).segments[0].film);
        let said = b"1/01/11/01/12/02/12/02/1";
        assert!(whole.bytes.windows(said.len()).any(|bytes| bytes == said));
        assert!(!plain.windows(said.len()).any(|bytes| bytes == said));
        let unknown = officer.get(app, &format!("{path}?media=all")).await;
        unknown.refused(422, "invalid_request");
        // Who serves customers may have the bundle, not the film.
        let agent = Staff::signs_in(app, "luoyifan").await;
        agent.get(app, &path).await.ok();
        agent.get(app, &film).await.expect(StatusCode::FORBIDDEN);
    });
}

#[test]
fn what_is_not_sworn_to_yet_travels_with_the_next_bundle() {
    TestApp::run(async |app| {
        let (opened, borrower) = due(app, 1).await;
        let mut page = Page::starts(app, &borrower).await;
        page.records(app, &borrower, b"one").await;
        app.advance_ms(11_000);
        app.run_jobs().await;
        page.records(app, &borrower, b"two").await;
        app.settle().await;
        let lender = Partner::of(app, ANHE);
        let before = report(&lender.bundle(app, &opened.id).await);
        assert_eq!(
            (before.segments[0].chunks, before.segments[0].bytes),
            (1, 3)
        );
        app.advance_ms(11_000);
        app.run_jobs().await;
        app.settle().await;
        let after = report(&lender.bundle(app, &opened.id).await);
        assert_eq!((after.segments[0].chunks, after.segments[0].bytes), (2, 6));
    });
}

const DAY_MS: u64 = 86_400_000;

#[derive(sea_orm::FromQueryResult)]
struct Whose {
    subject_id: String,
}

/// Whose recordings a case has.
async fn subject(app: &TestApp, case: &str) -> String {
    let anhe = institution_id(app, ANHE).await;
    let view = app.ctx.db.read(&anhe).await.expect("a view");
    let sql =
        "SELECT subject_id FROM recording_recordings WHERE institution_id = $1 AND case_id = $2";
    let row: Option<Whose> = view.one(sql, values![&anhe, case]).await.expect("a row");
    row.expect("a recording").subject_id
}

async fn posts(app: &TestApp, path: &str, body: Value) -> Answer {
    let service = Staff::signs_in(app, "luoyifan").await;
    service.send(app, Method::POST, path, Some(&body)).await
}

#[test]
fn films_go_once_no_rule_and_no_hold_keeps_them_and_verdicts_stay() {
    TestApp::run(async |app| {
        let (opened, _, page) = recorded(app).await;
        let path = format!("/api/console/subjects/{}", subject(app, &opened.id).await);
        let today = json!({ "on": "2026-11-21" });
        posts(app, &format!("{path}/relation-end"), today)
            .await
            .ok();
        let held = posts(app, &format!("{path}/holds"), json!({ "why": "complaint" })).await;
        let hold = held.ok().json()["holds"][0]["id"].clone();
        let erased = async || app.facts(&opened.id, "recording.erased.v1").await;
        // The rule's three years are over, the house's five are not; then a hold stands.
        for years in [4, 2] {
            app.advance_ms(years * 366 * DAY_MS);
            app.run_jobs().await;
            assert_eq!(erased().await, 0);
        }
        let lift = format!("{path}/holds/{}/lift", hold.as_str().expect("a hold"));
        posts(app, &lift, json!({})).await.ok();
        app.advance_ms(2 * DAY_MS);
        app.run_jobs().await;
        let fact = app.fact(&opened.id, "recording.erased.v1").await;
        assert_eq!(fact["rule"], "recording_relation_end_plus_own_years");
        assert_eq!((&fact["chunks"], &fact["bytes"]), (&json!(8), &json!(24)));
        let folder = format!(
            "recording/{}/{}",
            institution_id(app, ANHE).await,
            page.recording
        );
        let files = app.ctx.blobs.names(&folder).await.expect("a folder");
        assert_eq!(files, Vec::<String>::new());
        assert_eq!(app.facts(&opened.id, "recording.node_judged.v1").await, 4);

        let officer = Staff::signs_in(app, "heyun").await;
        let media = format!(
            "/api/console/recordings/{}/segments/1/media",
            page.recording
        );
        let gone = officer
            .send(app, Method::POST, &media, Some(&json!({})))
            .await;
        gone.refused(409, "recording_erased");
        app.settle().await;
        let bundle = Partner::of(app, ANHE).bundle(app, &opened.id).await;
        let left = &report(&bundle).segments[0];
        assert_eq!((left.chunks, left.listed, left.film), (8, false, false));
        app.advance_ms(2 * DAY_MS);
        app.run_jobs().await;
        assert_eq!(erased().await, 1);
    });
}
