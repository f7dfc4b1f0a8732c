//! 补录: a colleague names single questions, and only these are recorded again, within their days.

use axum::http::{Method, StatusCode};
use serde_json::{Value, json};
use xiaobao::db::{Read as _, Write as _};
use xiaobao::ledger::{self, Seat};
use xiaobao::{recording, values, vault};

use crate::actors::{ANHE, Borrower, Opened, Staff, institution_id};
use crate::app::{Answer, TestApp};
use crate::recording::{Page, one, reviews};
use crate::recording_evidence::recorded;

/// Somebody whose recording waits, opened by the colleague who looks at it.
async fn waits(app: &TestApp) -> (Opened, Borrower, Page, Staff) {
    let (opened, borrower, page) = recorded(app).await;
    let officer = Staff::signs_in(app, "heyun").await;
    let open = format!("/api/console/recordings/{}/open", page.recording);
    officer
        .send(app, Method::POST, &open, Some(&json!({})))
        .await
        .ok();
    // Recordings of one instant have no order.
    app.advance_ms(1);
    (opened, borrower, page, officer)
}

async fn picks(app: &TestApp, staff: &Staff, id: &str, said: &str, nodes: Value) -> Answer {
    let body = json!({ "said": said, "nodes": nodes });
    let path = format!("/api/console/recordings/{id}/review");
    staff.send(app, Method::POST, &path, Some(&body)).await
}

fn pick(node: i64) -> Value {
    json!({ "node": node, "flaw": "not_heard", "segment": 1, "at_ms": 4_500 })
}

async fn shown(app: &TestApp, officer: &Staff, id: &str) -> Value {
    let path = format!("/api/console/recordings/{id}");
    officer.get(app, &path).await.ok().json()
}

#[test]
fn only_the_named_question_is_recorded_again_and_the_rest_counts() {
    TestApp::run(async |app| {
        let (opened, borrower, page, officer) = waits(app).await;
        let id = page.recording.as_str();
        for (said, nodes, status, code) in [
            ("passed", json!([pick(2)]), 422, "recording_nodes_wrong"),
            ("once_more", json!([pick(3)]), 422, "recording_nodes_wrong"),
            (
                "once_more",
                json!([pick(2), pick(2)]),
                422,
                "recording_nodes_wrong",
            ),
        ] {
            let answer = picks(app, &officer, id, said, nodes).await;
            answer.refused(status, code);
        }
        let done = picks(app, &officer, id, "once_more", json!([pick(2)])).await;
        done.expect(StatusCode::NO_CONTENT);
        let said = app.fact(&opened.id, "recording.reviewed.v1").await;
        assert_eq!(
            said["flaws"],
            json!([{ "node": "cost", "flaw": "not_heard", "segment": 1, "at_ms": 4_500 }])
        );
        app.run_jobs().await;
        let reminded = app.fact(&opened.id, "journey.reminded.v1").await;
        assert_eq!(reminded["template"], "record_again");

        // The person reads which question, why, and until when.
        let view = borrower.get(app, "/api/h5/recording").await.ok().json();
        let again = &view["again"];
        assert_eq!(again["until_ms"], said["correct_until_ms"]);
        assert_eq!(again["nodes"][0]["no"], 2);
        assert_eq!(again["nodes"][0]["code"], "not_heard");
        let mut second = Page::starts(app, &borrower).await;
        assert_ne!(second.recording, page.recording);
        let running = one(app, &borrower).await;
        assert_eq!(
            (&running["at"], &running["nodes"][0]["no"]),
            (&json!(2), &json!(2))
        );
        assert_eq!(running["nodes"].as_array().map(Vec::len), Some(1));
        let begun = app.fact(&opened.id, "recording.begun.v1").await;
        assert_eq!(
            (&begun["corrects"], &begun["nodes"]),
            (&json!(id), &json!(["cost"]))
        );
        for _ in 0..2 {
            second.answers(app, &borrower, 2).await;
            app.run_jobs().await;
        }
        assert_eq!(one(app, &borrower).await["state"], "needs_person");

        let id = second.recording.as_str();
        let open = format!("/api/console/recordings/{id}/open");
        officer
            .send(app, Method::POST, &open, Some(&json!({})))
            .await
            .ok();
        let page = shown(app, &officer, id).await;
        assert_eq!(page["nodes"][0]["counted_before"], true);
        reviews(app, &officer, id, "passed")
            .await
            .expect(StatusCode::NO_CONTENT);
        assert_eq!(borrower.journey(app).await["state"], "completed");
    });
}

#[test]
fn what_nobody_corrected_in_time_is_recorded_whole() {
    TestApp::run(async |app| {
        let (opened, borrower, page, officer) = waits(app).await;
        let id = page.recording.as_str();
        let done = picks(app, &officer, id, "once_more", json!([pick(1)])).await;
        done.expect(StatusCode::NO_CONTENT);
        // Half of it, and then nothing more comes: the question still stands alone.
        let silent = Page::starts(app, &borrower).await;
        app.advance_ms(40 * 60_000);
        app.run_jobs().await;
        let mut borrower = Borrower::with(&opened.url);
        borrower.enters(app, &opened.id).await;
        let another = Page::starts(app, &borrower).await;
        assert_ne!(another.recording, silent.recording);
        assert_eq!(
            one(app, &borrower).await["nodes"].as_array().map(Vec::len),
            Some(1)
        );
        app.advance_ms(40 * 60_000);
        app.run_jobs().await;
        let until = app.fact(&opened.id, "recording.reviewed.v1").await["correct_until_ms"].clone();
        let left = until.as_i64().expect("an instant") - app.ctx.clock.now_ms();
        app.advance_ms(left.unsigned_abs() + 1);
        app.run_jobs().await;
        assert_eq!(
            app.facts(&opened.id, "recording.correction_lapsed.v1")
                .await,
            1
        );
        let page = shown(app, &Staff::signs_in(app, "heyun").await, id).await;
        assert!(page["correction"]["over_at_ms"].is_i64(), "{page}");
    });
}

#[test]
fn templates_go_over_to_the_correction_and_die_with_the_verdict() {
    TestApp::run(async |app| {
        let (opened, borrower, page, officer) = waits(app).await;
        enrolled(app, &page.recording).await;
        let faces = officer.get(app, "/api/console/recordings/faces").await;
        assert_eq!(
            faces.ok().json(),
            json!({ "persons": 1, "warned_from": 90_000, "filing_from": 100_000 })
        );
        let done = picks(
            app,
            &officer,
            &page.recording,
            "once_more",
            json!([pick(2)]),
        )
        .await;
        done.expect(StatusCode::NO_CONTENT);
        let mut second = Page::starts(app, &borrower).await;
        assert_eq!(holders(app).await, [second.recording.as_str()]);
        for _ in 0..2 {
            second.answers(app, &borrower, 2).await;
            app.run_jobs().await;
        }
        let open = format!("/api/console/recordings/{}/open", second.recording);
        officer
            .send(app, Method::POST, &open, Some(&json!({})))
            .await
            .ok();
        reviews(app, &officer, &second.recording, "passed")
            .await
            .expect(StatusCode::NO_CONTENT);
        assert_eq!(holders(app).await, Vec::<String>::new());
        let gone = app.fact(&opened.id, "recording.templates_erased.v1").await;
        assert_eq!(gone["recording"], second.recording.as_str());
        let anhe = institution_id(app, ANHE).await;
        let view = app.ctx.db.read(&anhe).await.expect("a view");
        let faces = recording::faces(&app.ctx, &view).await.expect("a count");
        assert_eq!((faces.persons, faces.near()), (0, false));
    });
}

#[derive(sea_orm::FromQueryResult)]
struct Row {
    id: String,
    subject_id: String,
}

/// Recordings that hold templates.
async fn holders(app: &TestApp) -> Vec<String> {
    let anhe = institution_id(app, ANHE).await;
    let view = app.ctx.db.read(&anhe).await.expect("a view");
    let sql = "SELECT id, subject_id FROM recording_recordings WHERE institution_id = $1 AND enrolled IS NOT NULL";
    let rows: Vec<Row> = view.all(sql, values![&anhe]).await.expect("rows");
    rows.into_iter().map(|row| row.id).collect()
}

/// As if machines had seen a face in the film.
async fn enrolled(app: &TestApp, id: &str) {
    let anhe = institution_id(app, ANHE).await;
    let view = app.ctx.db.read(&anhe).await.expect("a view");
    let sql =
        "SELECT id, subject_id FROM recording_recordings WHERE institution_id = $1 AND id = $2";
    let row: Option<Row> = view.one(sql, values![&anhe, id]).await.expect("a row");
    let subject = row.expect("a recording").subject_id;
    let subject = vault::SubjectId::parse(&subject).expect("a subject");
    drop(view);
    let tx = ledger::begin(&app.ctx, &Seat::system(&anhe, "test"))
        .await
        .expect("a write");
    let sealed = vault::seal_file(&tx, &subject, &format!("{id}/enrolled"), b"{}").await;
    let sealed = sealed.expect("sealed");
    drop(tx);
    let begun = app.ctx.db.begin_unrecorded(&anhe, "test").await;
    let mut tx = begun.expect("a write");
    tx.exec(
        "UPDATE recording_recordings SET enrolled = $1 WHERE institution_id = $2 AND id = $3",
        values![sealed, &anhe, id],
    )
    .await
    .expect("written");
    tx.commit().await.expect("committed");
}
