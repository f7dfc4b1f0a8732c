//! What pauses, reloads, full disks and killed programs leave of a recording.

use axum::http::header;
use serde_json::{Value, json};

use crate::actors::{ANHE, institution_id};
use crate::app::TestApp;
use crate::recording::{Page, due, one, says};

#[test]
fn whoever_is_cut_off_loses_no_try() {
    TestApp::run(async |app| {
        let (_, borrower) = due(app, 1).await;
        let mut page = Page::starts(app, &borrower).await;
        for _ in 0..3 {
            let body = json!({ "segment": page.segment, "at_ms": 0 });
            says(app, &borrower, "nodes/1/open", body).await.ok();
            page.records(app, &borrower, b"half a word").await;
            app.advance_ms(1_000);
            page = Page::starts(app, &borrower).await;
        }
        let first = one(app, &borrower).await["nodes"][0].clone();
        assert_eq!(
            (&first["state"], &first["tries_left"]),
            (&json!("again"), &json!(2))
        );
        // Nothing of it is a film: both tries are there, and the second is the last.
        for (state, left) in [("again", 1), ("needs_person", 0)] {
            page.answers(app, &borrower, 1).await;
            app.run_jobs().await;
            let first = one(app, &borrower).await["nodes"][0].clone();
            assert_eq!(
                (&first["state"], &first["tries_left"]),
                (&json!(state), &json!(left))
            );
        }
    });
}

#[test]
fn a_page_may_be_loaded_anew_often_but_not_for_ever() {
    TestApp::run(async |app| {
        let (_, borrower) = due(app, 1).await;
        Page::starts(app, &borrower).await;
        let again = json!({ "media": "video/webm" });
        for _ in 1..64 {
            says(app, &borrower, "segments", again.clone()).await.ok();
        }
        let last = says(app, &borrower, "segments", again).await;
        last.refused(409, "recording_segments_too_many");
        says(app, &borrower, "person", json!({ "reason": "device" }))
            .await
            .ok();
    });
}

#[test]
fn a_disk_that_fills_up_begins_no_recording_and_drops_none() {
    TestApp::run(async |app| {
        let (_, borrower) = due(app, 1).await;
        let mut page = Page::starts(app, &borrower).await;
        let (_, late) = due(app, 2).await;
        let (_, later) = due(app, 3).await;
        // As much as no disk has.
        app.reconfigure(|config| {
            config.recording.reserve_mib = 1_000_000_000;
        })
        .await;
        let begin = json!({ "mode": "self_service" });
        let low = says(app, &late, "begin", begin.clone()).await;
        assert!(low.headers.contains_key(header::RETRY_AFTER));
        assert!(low.json()["error"]["retry_after_ms"].as_i64() > Some(0));
        low.refused(503, "recording_disk_low");
        assert_eq!(one(app, &late).await, Value::Null);
        // The one that runs goes on, also behind a pause.
        page.records(app, &borrower, b"one").await;
        says(app, &borrower, "begin", begin.clone()).await.ok();
        says(app, &borrower, "segments", json!({ "media": "video/webm" }))
            .await
            .ok();
        // A colleague needs no room.
        let call = json!({ "reason": "device" });
        says(app, &late, "person", call).await.ok();
        assert_eq!(one(app, &late).await["state"], "needs_person");
        app.reconfigure(|config| config.recording.reserve_mib = 1)
            .await;
        says(app, &later, "begin", begin).await.ok();
    });
}

#[test]
fn a_file_without_its_row_goes_with_the_recording_s_end_and_no_other_does() {
    TestApp::run(async |app| {
        let (opened, borrower) = due(app, 1).await;
        let mut page = Page::starts(app, &borrower).await;
        page.records(app, &borrower, b"one").await;
        let institution = institution_id(app, ANHE).await;
        let folder = app
            .folder
            .join(format!("blobs/recording/{institution}/{}", page.recording));
        let names = || {
            let entries = std::fs::read_dir(&folder).expect("its folder").flatten();
            let mut names: Vec<_> = entries.map(|one| one.file_name()).collect();
            names.sort();
            names
        };
        let kept = names();
        assert_eq!(kept.len(), 1);
        // A program that died before the row; and one that died in the middle of the file.
        for stray in ["00000000000000000000000000", "00000000000000000000000001#1"] {
            std::fs::write(folder.join(stray), b"sealed").expect("a stray file");
        }
        app.advance_ms(31 * 60_000);
        app.run_jobs().await;
        assert_eq!(app.facts(&opened.id, "recording.ended.v1").await, 1);
        assert_eq!(names().len(), 3, "a chunk may still be on its way");
        app.advance_ms(10 * 60_000);
        app.run_jobs().await;
        assert_eq!(names(), kept);
    });
}
