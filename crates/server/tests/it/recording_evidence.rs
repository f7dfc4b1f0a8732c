//! 双录 as evidence: what the bundle of a case holds of its recordings, for whom, and for how long.

use axum::http::StatusCode;
use proof::bundle::{Report, Trust, Verdict, verify};

use crate::actors::{ANHE, Borrower, Opened, Partner, Staff};
use crate::app::TestApp;
use crate::recording::{Page, due};

/// Both questions were answered until none was left, and a colleague must look.
async fn recorded(app: &TestApp) -> (Opened, Borrower, Page) {
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
