//! A recording while it goes on: what was received is looked at second by second, and what was noticed is told at once.

use std::fs;

use axum::http::Method;
use serde_json::{Value, json};
use xiaobao::journey;

use crate::actors::Borrower;
use crate::app::TestApp;
use crate::recording::{AT, Page, due, one, says};
use crate::senses::{ALIVE, Heard, Studio, fixtures};

/// A film as a recorder gives it: its head with the first second or so, then second by second.
pub fn chunks(film: &[u8]) -> Vec<Vec<u8>> {
    const CLUSTER: &[u8] = b"\x1f\x43\xb6\x75";
    let begins: Vec<usize> = (1..film.len())
        .filter(|at| film[*at..].starts_with(CLUSTER))
        .skip(1)
        .step_by(4)
        .collect();
    let from = [0].into_iter().chain(begins.iter().copied());
    let to = begins.iter().copied().chain([film.len()]);
    from.zip(to)
        .map(|(from, to)| film[from..to].to_vec())
        .collect()
}

async fn opens(app: &TestApp, borrower: &Borrower, segment: i64, at_ms: i64, node: i64) {
    let body = json!({ "segment": segment, "at_ms": at_ms });
    says(app, borrower, &format!("nodes/{node}/open"), body)
        .await
        .ok();
}

async fn ends(app: &TestApp, borrower: &Borrower, page: &Page, node: i64) {
    let body =
        json!({ "segment": page.segment, "until_ms": page.next * 1_000, "chunks": page.next });
    says(app, borrower, &format!("nodes/{node}/end"), body)
        .await
        .ok();
}

async fn around(app: &TestApp) -> usize {
    journey::look_around(&app.ctx).await.expect("looks")
}

fn codes(view: &Value) -> Vec<String> {
    let prompts = view["prompts"].as_array().expect("prompts");
    let code = |one: &Value| one["code"].as_str().expect("a code").to_owned();
    prompts.iter().map(code).collect()
}

#[test]
fn a_second_face_is_told_while_the_node_goes_on_and_once() {
    let Some(studio) = fixtures().map(Studio) else {
        return;
    };
    let pair = ["obama.jpg", "biden.jpg"];
    let film = studio.film("live-two", &pair, ALIVE, &Heard::Dead);
    let film = fs::read(film).expect("a film");
    TestApp::run(async |app| {
        let (_, borrower) = due(app, 1).await;
        let chunks = chunks(&film);
        assert!(chunks.len() >= 3, "a second each");
        let (mut told, mut before, mut page) = (0, json!(0), None);
        // Nodes of other tests that wait for their turn come first: then it is recorded once more.
        for segment in 1..=20 {
            let mut recorder = Page::starts(app, &borrower).await;
            recorder.records(app, &borrower, &chunks[0]).await;
            assert_eq!(around(app).await, 0, "nothing is asked yet");
            opens(app, &borrower, segment, 0, 1).await;
            before = one(app, &borrower).await["version"].clone();
            for chunk in &chunks[1..] {
                app.advance_ms(1_000);
                recorder.records(app, &borrower, chunk).await;
            }
            told = around(app).await;
            page = Some(recorder);
            if told > 0 {
                break;
            }
        }
        let page = page.expect("a recorder");
        assert_eq!(told, 2);
        let path = format!("{AT}/live?after={before}");
        let live = borrower.send(app, Method::GET, &path, None).await;
        let live = live.ok().json()["recording"].clone();
        assert_eq!(codes(&live), ["no_sound", "second_face"]);
        assert!(live["version"].as_i64() > before.as_i64(), "{live}");
        assert_eq!(live["prompts"][1]["node"], 1);
        let words = live["prompts"][1]["message"]["zh"].as_str();
        assert!(words.is_some_and(|words| words.contains("独自")), "{live}");

        ends(app, &borrower, &page, 1).await;
        app.run_jobs().await;
        let view = one(app, &borrower).await;
        let reasons = view["nodes"][0]["reasons"].to_string();
        assert!(
            reasons.contains("second_face") && reasons.contains("no_sound"),
            "{reasons}"
        );
        let twice = codes(&view)
            .iter()
            .filter(|code| *code == "second_face")
            .count();
        assert_eq!(twice, 1, "{view}");
        assert_eq!(
            app.facts("", "vault.file_opened.v1").await,
            1,
            "only the end of the node opened it"
        );
    });
}

#[test]
fn what_is_no_film_is_passed_over_and_the_vault_is_opened_once_for_a_try() {
    TestApp::run(async |app| {
        let (_, borrower) = due(app, 1).await;
        let mut page = Page::starts(app, &borrower).await;
        // No head is so long: it is looked for once in what was kept.
        page.records(app, &borrower, &vec![7; 70_000]).await;
        opens(app, &borrower, 1, 0, 1).await;
        for _ in 0..4 {
            app.advance_ms(1_000);
            page.records(app, &borrower, b"\x1f\x43\xb6\x75 no film")
                .await;
            assert_eq!(around(app).await, 0);
        }
        assert_eq!(app.facts("", "vault.file_opened.v1").await, 1);
        let view = one(app, &borrower).await;
        assert_eq!(codes(&view), Vec::<String>::new());
        ends(app, &borrower, &page, 1).await;
        app.run_jobs().await;
        assert_eq!(app.facts("", "vault.file_opened.v1").await, 2);
        // Over: what still comes is neither taken nor looked at.
        let call = json!({ "reason": "other" });
        says(app, &borrower, "person", call).await.ok();
        assert_eq!(around(app).await, 0);
    });
}

#[test]
fn a_code_that_is_spoken_of_is_told_to_be_kept() {
    TestApp::run(async |app| {
        let (_, borrower) = due(app, 1).await;
        let mut page = Page::starts(app, &borrower).await;
        opens(app, &borrower, 1, 0, 1).await;
        let Some(studio) = fixtures().map(Studio) else {
            return;
        };
        let film = studio.film("live-code", &["obama.jpg"], ALIVE, &Heard::Room);
        let film = fs::read(film).expect("a film");
        for chunk in chunks(&film) {
            app.advance_ms(1_000);
            page.records(app, &borrower, &chunk).await;
        }
        let body = json!({
            "segment": 1, "until_ms": 3_000, "chunks": page.next, "written": "是的，他让我把验证码发给他",
        });
        says(app, &borrower, "nodes/1/end", body).await.ok();
        app.run_jobs().await;
        let view = one(app, &borrower).await;
        assert!(codes(&view).contains(&"code_said".to_owned()), "{view}");
        let judged = view["nodes"][0]["reasons"].to_string();
        assert!(
            !judged.contains("code_said"),
            "it decides nothing: {judged}"
        );
    });
}
