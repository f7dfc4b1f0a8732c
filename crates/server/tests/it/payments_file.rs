//! A day's payments over HTTP: as good as the file of an exchange.

use axum::body::Body;
use axum::http::{Method, Request, StatusCode, header};
use serde_json::{Value, json};
use xiaobao::db::Scope;

use crate::actors::{ANHE, JIANGLAN, Partner, Staff, institution_id};
use crate::app::{Answer, Site, TestApp};
use crate::backup::files_below;
use crate::living::of_all_trades;
use crate::reconciliation::{HEADER, line, paid, the_day_is_over};

const FILES: &str = "/v1/reconciliations/2026-11-21/files";

async fn hands_in(app: &Site, partner: &Partner, path: &str, key: &str, text: &str) -> Answer {
    let request = Request::builder()
        .method(Method::POST)
        .uri(path)
        .header(header::AUTHORIZATION, format!("Bearer {}", partner.key))
        .header(header::CONTENT_TYPE, "text/csv")
        .header("idempotency-key", key)
        .body(Body::from(text.to_owned()));
    app.send(request.expect("a request")).await
}

#[test]
fn a_day_handed_in_over_http_is_compared_like_any_other() {
    TestApp::run(async |app| {
        let (loan, at) = paid(app, 1, "PAY-0").await;
        the_day_is_over(app);
        let partner = Partner::of(app, ANHE);
        let text = format!(
            "{HEADER}\n{}\nPAY-8,,none,2026-11-21T10:00:00+08:00\n",
            line("PAY-0", &loan.id, 600_000, &at)
        );
        let taken = hands_in(app, &partner, FILES, "day", &text).await;
        let taken = taken.expect(StatusCode::ACCEPTED).json();
        assert_eq!(
            (&taken["state"], &taken["rows"], &taken["kind"]),
            (&json!("running"), &json!(2), &json!("payments"))
        );
        let id = taken["id"].as_str().expect("an id");
        // Before and after it was gone through, the same request is the same file, and so is the same file under another key.
        for key in ["day", "again"] {
            let same = hands_in(app, &partner, FILES, key, &text).await;
            assert_eq!(same.expect(StatusCode::ACCEPTED).json()["id"], id);
        }
        app.run_jobs().await;
        let one = format!("{FILES}/{id}");
        let done = partner.get(app, &one).await.ok().json();
        assert_eq!(
            (&done["state"], &done["rows_done"], &done["rows_refused"]),
            (&json!("ended"), &json!(2), &json!(1))
        );
        let rows = partner
            .get(app, &format!("{one}/rows?outcome=refused"))
            .await;
        let rows = rows.ok().json()["rows"].clone();
        assert_eq!(
            (&rows[0]["no"], &rows[0]["field"]),
            (&json!(2), &json!("amount"))
        );
        let day = partner.get(app, "/v1/reconciliations/2026-11-21").await;
        let compared = day.ok().json()["compared"].clone();
        assert_eq!(
            (
                &compared["lines"],
                &compared["refused"],
                &compared["outcome"]
            ),
            (&json!(1), &json!(1), &json!("differs"))
        );
        // Staff see it among the files that came in; nothing of it is kept but its lines.
        let staff = Staff::signs_in(app, "heyun").await;
        let files = staff.get(app, "/api/console/batches/incoming").await;
        assert_eq!(files.ok().json()["rows"][0]["id"], id);
        let files = files_below(&app.folder.join("blobs"));
        assert!(!files.is_empty() && !files.iter().any(|file| file.ends_with("in.csv")));

        let other = hands_in(app, &partner, FILES, "day", &format!("{HEADER}\n")).await;
        other.refused(409, "idempotency_key_reused");
        let stranger = Partner::of(app, JIANGLAN);
        for path in [one.clone(), format!("{one}/rows")] {
            stranger.get(app, &path).await.refused(404, "not_found");
        }
        let elsewhere = format!("/v1/reconciliations/2026-11-20/files/{id}");
        partner.get(app, &elsewhere).await.refused(404, "not_found");
    });
}

#[test]
fn what_is_no_table_of_payments_is_refused_whole() {
    TestApp::run(async |app| {
        let partner = Partner::of(app, ANHE);
        let long = format!("{HEADER}\n{}", "P,,1,2026-11-21T10:00:00Z\n".repeat(10_001));
        let large = "x".repeat(5 * 1024 * 1024);
        let day = "/v1/reconciliations/yesterday/files";
        for (path, key, text, status, code) in [
            (FILES, "a", "name\n1\n", 422, "file_header"),
            (FILES, "b", long.as_str(), 422, "file_too_many_rows"),
            (FILES, "c", large.as_str(), 413, "file_too_large"),
            (FILES, "", HEADER, 422, "idempotency_key_missing"),
            (day, "d", HEADER, 422, "invalid_request"),
            (FILES, "e", HEADER, 422, "file_day_not_over"),
        ] {
            let answer = hands_in(app, &partner, path, key, text).await;
            answer.refused(status, code);
        }
        let staff = Staff::signs_in(app, "heyun").await;
        let files = staff.get(app, "/api/console/batches/incoming").await;
        assert_eq!(files.ok().json()["rows"], json!(Vec::<Value>::new()));
    });
}

#[test]
fn a_day_in_several_files_is_compared_behind_the_last_of_them() {
    TestApp::run(async |app| {
        let (one, at) = paid(app, 1, "PAY-1").await;
        let (two, at_two) = paid(app, 2, "PAY-2").await;
        the_day_is_over(app);
        let partner = Partner::of(app, ANHE);
        // More than one turn goes through, and the second payment behind it.
        let long = format!(
            "{HEADER}\n{}{}\n",
            "PAY-8,,none,2026-11-21T10:00:00+08:00\n".repeat(501),
            line("PAY-2", &two.id, 600_000, &at_two)
        );
        let short = format!("{HEADER}\n{}\n", line("PAY-1", &one.id, 600_000, &at));
        let mut ids = Vec::new();
        for (key, text) in [("short", &short), ("long", &long)] {
            let taken = hands_in(app, &partner, FILES, key, text).await;
            let taken = taken.expect(StatusCode::ACCEPTED).json();
            ids.push(taken["id"].as_str().expect("an id").to_owned());
        }
        app.run_jobs().await;
        let day = partner.get(app, "/v1/reconciliations/2026-11-21").await;
        let compared = day.ok().json()["compared"].clone();
        assert_eq!(
            (
                &compared["lines"],
                &compared["differences"],
                &compared["refused"]
            ),
            (&json!(2), &json!(0), &json!(501))
        );
        let opened = app.facts("", "disbursement.incident_opened.v1").await;
        assert_eq!(opened, 0, "nothing is missing but what was not entered yet");
        assert_eq!(app.facts("", "disbursement.reconciled.v3").await, 1);
        // Whose key reported the day, the evidence says.
        let booked = app.sworn(&one.id, "disbursement.booked.v1").await;
        for id in &ids {
            for kind in ["batch.received.v1", "batch.ended.v1"] {
                let seat = app.sworn(id, kind).await.seat;
                assert_eq!(seat.id, booked.seat.id, "{kind}");
            }
        }
    });
}

#[test]
fn under_one_key_one_file_is_taken_however_fast_they_come() {
    TestApp::run(async |app| {
        the_day_is_over(app);
        let partner = Partner::of(app, ANHE);
        let mut tasks = tokio::task::JoinSet::new();
        for number in 1..=4 {
            let (partner, site) = (partner.clone(), (**app).clone());
            let text = format!("{HEADER}\nPAY-{number},,1,2026-11-21T10:00:00+08:00\n");
            tasks.spawn(async move { hands_in(&site, &partner, FILES, "one", &text).await });
        }
        let mut codes = Vec::new();
        while let Some(answer) = tasks.join_next().await {
            let answer = answer.expect("no task panics");
            codes.push(match answer.status {
                StatusCode::ACCEPTED => "accepted".to_owned(),
                _ => answer.code(),
            });
        }
        codes.sort();
        let reused = "idempotency_key_reused";
        assert_eq!(codes, ["accepted", reused, reused, reused]);
        assert_eq!(app.facts("", "batch.received.v1").await, 1);
    });
}

#[test]
fn a_file_that_nobody_can_go_through_ends_with_its_job_or_by_staff() {
    TestApp::run_damaged(async |app| {
        the_day_is_over(app);
        let partner = Partner::of(app, ANHE);
        let staff = Staff::signs_in(app, "heyun").await;
        let institution = institution_id(app, ANHE).await;
        let mut ids = Vec::new();
        for (key, reference) in [
            ("given-up", "PAY-1"),
            ("ended", "PAY-2"),
            ("stays", "PAY-3"),
        ] {
            let text = format!("{HEADER}\n{reference},,1,2026-11-21T10:00:00+08:00\n");
            let taken = hands_in(app, &partner, FILES, key, &text).await;
            let taken = taken.expect(StatusCode::ACCEPTED).json();
            let id = taken["id"].as_str().expect("an id").to_owned();
            // A link that leads to itself stands where the file was: no run can read it.
            let file = app
                .folder
                .join(format!("blobs/batch/{institution}/{id}/in.csv"));
            std::fs::remove_file(&file).expect("the file goes");
            if key == "stays" {
                // Nor can anybody remove it.
                std::fs::create_dir(&file).expect("an obstacle");
            } else {
                std::os::unix::fs::symlink(&file, &file).expect("an obstacle");
            }
            ids.push(id);
        }
        let end = |id: &str| format!("/api/console/batches/incoming/{id}/end");
        let of = async |id: &str| partner.get(app, &format!("{FILES}/{id}")).await.ok().json();
        app.run_jobs().await;
        assert_eq!(of(&ids[1]).await["state"], "running");
        staff.posts(app, &end(&ids[1]), json!({})).await.ok();
        assert_eq!(of(&ids[1]).await["fault"]["code"], "file_ended_by_staff");
        let again = staff.posts(app, &end(&ids[1]), json!({})).await;
        again.refused(409, "file_not_running");
        let service = Staff::signs_in(app, "luoyifan").await;
        let without = service.posts(app, &end(&ids[0]), json!({})).await;
        without.refused(403, "right_missing");
        let stranger = of_all_trades(app, JIANGLAN).await;
        let foreign = stranger.posts(app, &end(&ids[0]), json!({})).await;
        foreign.refused(404, "not_found");
        for _ in 0..15 {
            app.advance_ms(3_600_000);
            app.run_jobs().await;
        }
        assert_eq!(of(&ids[0]).await["fault"]["code"], "file_given_up");
        assert_eq!(of(&ids[2]).await["fault"]["code"], "file_missing");
        // What could not be left as it should be is tried again; only the first is dead.
        let jobs = async || {
            let view = app.ctx.db.read(Scope::Unscoped).await.expect("a view");
            let counts = xiaobao::jobs::counts(&view, app.ctx.clock.now_ms()).await;
            let counts = counts.expect("counts");
            (counts.waiting, counts.dead)
        };
        let (waiting, dead) = jobs().await;
        assert_eq!(dead, 1);
        let blob = format!("blobs/batch/{institution}/{}/in.csv", ids[2]);
        std::fs::remove_dir(app.folder.join(blob)).expect("the obstacle goes");
        app.advance_ms(3_600_000);
        app.run_jobs().await;
        assert_eq!(jobs().await, (waiting - 1, 1));
        for id in &ids {
            let fact = app.fact(id, "batch.not_taken.v1").await;
            assert_eq!(fact["reason"], of(id).await["fault"]["code"]);
        }
        assert_eq!(app.faults().await, Vec::<String>::new());
    });
}
