//! Prompts in the institution's own voice: looked at when they come, named by digest in the version that two people release,
//! and heard by whoever is recorded.

use axum::body::Body;
use axum::http::{Method, Request, StatusCode, header};
use proof::digest::sha256;
use proof::hex;
use serde_json::{Value, json};
use xiaobao::access;

use crate::actors::{ANHE, Borrower, Partner, Someone, Staff, loan};
use crate::app::{Answer, TestApp};
use crate::consent::decides;
use crate::steps::offers_with;

/// Sixteen thousand samples a second of a tone this loud.
fn wave(seconds: usize, loud: f32) -> Vec<u8> {
    let samples: Vec<u8> = (0..seconds * 16_000)
        .map(|at| (at as f32 / 12.0).sin() * loud)
        .flat_map(|sample| ((sample * 32_767.0) as i16).to_le_bytes())
        .collect();
    let long = |number: usize| u32::try_from(number).expect("fits").to_le_bytes();
    [
        &b"RIFF"[..],
        &long(36 + samples.len()),
        b"WAVEfmt ",
        &long(16),
        &[1, 0, 1, 0],
        &long(16_000),
        &long(32_000),
        &[2, 0, 16, 0],
        b"data",
        &long(samples.len()),
        &samples,
    ]
    .concat()
}

async fn uploads(app: &TestApp, staff: &Staff, bytes: Vec<u8>) -> Answer {
    let cookie = format!("{}={}", access::STAFF_COOKIE, staff.cookie);
    let call = Request::builder()
        .method(Method::POST)
        .uri("/api/console/voices")
        .header("x-xiaobao", "1")
        .header(header::CONTENT_TYPE, "audio/wav")
        .header(header::COOKIE, cookie);
    app.send(call.body(Body::from(bytes)).expect("a request"))
        .await
}

fn script(voice: Value, words: &str) -> Value {
    json!({
        "basis": "policy",
        "when": { "always": true, "elders": true },
        "reviewed_percent": { "standard": 0, "elder": 100 },
        "script": [{
            "code": "late", "kind": "told", "on_wrong": "again", "answer_seconds": 3, "tries_max": 2,
            "spoken": { "zh": words, "en": "You are told." }, "voice": voice,
        }],
    })
}

/// A borrower who comes to the recording.
async fn confirmed(app: &TestApp) -> Borrower {
    let lender = Partner::of(app, ANHE);
    let opened = lender
        .opens(app, &Someone::adult(1), "hexiang", loan())
        .await;
    let mut borrower = Borrower::with(&opened.url);
    borrower.enters(app, &opened.id).await;
    decides(&borrower, app, "pi_notice", "acknowledge").await;
    borrower.reads(app).await;
    borrower.understands(app).await;
    borrower.confirms(app).await;
    borrower
}

/// The node of a recording that was begun.
async fn begins(app: &TestApp, borrower: &Borrower) -> Value {
    let begin = json!({ "mode": "self_service" });
    let view = borrower.post(app, "/api/h5/recording/begin", &begin).await;
    view.ok().json()["recording"]["nodes"][0].clone()
}

#[test]
fn a_prompt_is_heard_in_the_voice_that_two_people_released() {
    TestApp::run(async |app| {
        let manager = Staff::signs_in(app, "shenqiao").await;
        let file = wave(2, 0.4);
        let kept = uploads(app, &manager, file.clone()).await;
        let kept = kept.expect(StatusCode::CREATED).json();
        let digest = hex::encode(&sha256(&file));
        assert_eq!(
            kept,
            json!({ "digest": digest, "media": "audio/wav", "ms": 2_000 })
        );
        let again = uploads(app, &manager, file.clone()).await;
        assert_eq!(again.expect(StatusCode::CREATED).json(), kept);
        let path = format!("/api/console/voices/{digest}");
        assert_eq!(manager.get(app, &path).await.ok().bytes, file);
        let theirs = Staff::signs_in(app, "fangyuan").await;
        theirs.get(app, &path).await.refused(404, "not_found");

        let parts = json!({
            "required": ["personal_information_notice", "cost_disclosure", "recording"],
            "notices": ["pi_notice"],
            "recording": script(json!({ "zh": digest }), "逾期将计收罚息。"),
        });
        offers_with(&app.ctx, parts).await.expect("released");
        let borrower = confirmed(app).await;
        let heard = format!("/api/h5/recording/voices/{digest}");
        borrower
            .get(app, &heard)
            .await
            .refused(409, "recording_not_begun");
        let node = begins(app, &borrower).await;
        assert_eq!(node["voice"], json!({ "zh": digest }));
        let sound = borrower.get(app, &heard).await.ok();
        assert_eq!(sound.headers["content-type"], "audio/wav");
        let kept = sound.headers["cache-control"].to_str().expect("words");
        assert!(kept.contains("immutable"), "{kept}");
        assert_eq!(sound.bytes, file);
        let other = format!("/api/h5/recording/voices/{}", "0".repeat(64));
        borrower.get(app, &other).await.refused(404, "not_found");
    });
}

#[test]
fn what_nobody_recorded_is_spoken_by_a_program_where_that_is_wanted() {
    TestApp::run(async |app| {
        let parts = json!({
            "required": ["personal_information_notice", "cost_disclosure", "recording"],
            "notices": ["pi_notice"],
            "recording": script(json!({}), "总还款{total}元，您清楚吗？"),
        });
        offers_with(&app.ctx, parts).await.expect("released");
        let borrower = confirmed(app).await;
        // The phone speaks as long as nobody asked for anything else.
        let node = begins(app, &borrower).await;
        assert_eq!(node["voice"], json!({}));
        app.reconfigure(|config| config.recording.voice = xiaobao::config::Voice::EspeakNg)
            .await;
        let node = begins(app, &borrower).await;
        assert_eq!(node["spoken"]["zh"], "总还款21,515.49元，您清楚吗？");
        assert_eq!(node["voice"]["en"], Value::Null);
        let address = node["voice"]["zh"].as_str().expect("an address");
        let heard = format!("/api/h5/recording/voices/{address}");
        let sound = borrower.get(app, &heard).await.ok();
        assert_eq!(sound.headers["content-type"], "audio/mpeg");
        // Its length is that of 二万一千五百一十五点四九 and the words around, at an unhurried pace.
        let file = std::env::temp_dir().join(format!("prompt-{address}"));
        std::fs::write(&file, &sound.bytes).expect("written");
        let spoken = perception::media::spoken(&file, &perception::media::Bounds::default());
        std::fs::remove_file(&file).expect("removed");
        let seconds = spoken.expect("sound").seconds();
        assert!((4.0..12.0).contains(&seconds), "{seconds}");
        // The very same again, out of memory.
        assert_eq!(borrower.get(app, &heard).await.ok().bytes, sound.bytes);
        // The address tells nobody the words: it is another in another recording.
        let words = hex::encode(&sha256("总还款21,515.49元，您清楚吗？".as_bytes()));
        assert_ne!(address, words);
        app.reconfigure(|config| config.recording.voice = xiaobao::config::Voice::Browser)
            .await;
        borrower.get(app, &heard).await.refused(404, "not_found");
    });
}

#[test]
fn what_no_version_came_to_name_is_kept_for_days_alone() {
    const DAY_MS: u64 = 86_400_000;
    TestApp::run(async |app| {
        let manager = Staff::signs_in(app, "shenqiao").await;
        let files = [0.2, 0.3, 0.4].map(|loud| wave(1, loud));
        for file in files.clone() {
            uploads(app, &manager, file)
                .await
                .expect(StatusCode::CREATED);
        }
        let [named, late, never] = files.clone().map(|file| hex::encode(&sha256(&file)));
        let parts = |voice: &str| {
            json!({
                "required": ["personal_information_notice", "cost_disclosure", "recording"],
                "notices": ["pi_notice"],
                "recording": script(json!({ "zh": voice }), "请听清楚。"),
            })
        };
        offers_with(&app.ctx, parts(&named))
            .await
            .expect("released");
        app.advance_ms(6 * DAY_MS);
        let manager = Staff::signs_in(app, "shenqiao").await;
        let [_, again, _] = files;
        uploads(app, &manager, again)
            .await
            .expect(StatusCode::CREATED);
        app.advance_ms(3 * DAY_MS);
        app.run_jobs().await;
        let manager = Staff::signs_in(app, "shenqiao").await;
        for (digest, kept) in [(&named, true), (&late, true), (&never, false)] {
            let path = format!("/api/console/voices/{digest}");
            let found = manager.get(app, &path).await;
            match kept {
                true => found.ok(),
                false => found.refused(404, "not_found"),
            };
        }
        // What is gone can't be named, and what came again still can.
        let offered = offers_with(&app.ctx, parts(&never)).await;
        assert_eq!(offered, Err("not_found".to_owned()));
        offers_with(&app.ctx, parts(&late)).await.expect("released");
        app.advance_ms(9 * DAY_MS);
        app.run_jobs().await;
        let manager = Staff::signs_in(app, "shenqiao").await;
        for digest in [&named, &late] {
            manager
                .get(app, &format!("/api/console/voices/{digest}"))
                .await
                .ok();
        }
    });
}

#[test]
fn what_can_t_be_heard_is_not_kept_and_figures_are_never_a_recording() {
    TestApp::run(async |app| {
        let manager = Staff::signs_in(app, "shenqiao").await;
        let mut torn = wave(1, 0.4);
        torn.truncate(30);
        let giant = vec![0; (1 << 20) + 1];
        for (bytes, status, code) in [
            (Vec::new(), 422, "voice_unreadable"),
            (
                b"#EXTM3U\nfile:///etc/passwd".to_vec(),
                422,
                "voice_unreadable",
            ),
            (torn, 422, "voice_unreadable"),
            (wave(1, 0.0), 422, "voice_silent"),
            (wave(0, 0.4), 422, "voice_unreadable"),
            (giant, 413, "voice_too_large"),
        ] {
            uploads(app, &manager, bytes).await.refused(status, code);
        }
        let reviewer = Staff::signs_in(app, "heyun").await;
        let no_right = uploads(app, &reviewer, wave(1, 0.4)).await;
        no_right.refused(403, "right_missing");
        let kept = uploads(app, &manager, wave(1, 0.4)).await;
        let digest = kept.expect(StatusCode::CREATED).json()["digest"].clone();
        let parts = |voice: Value, words: &str| {
            json!({
                "required": ["personal_information_notice", "cost_disclosure", "recording"],
                "notices": ["pi_notice"],
                "recording": script(voice, words),
            })
        };
        for (voice, words, code) in [
            (json!({ "zh": digest }), "共还{total}元。", "out_of_range"),
            (json!({ "zh": "0".repeat(64) }), "请听清楚。", "not_found"),
            (json!({ "en": "../x" }), "请听清楚。", "out_of_range"),
        ] {
            let offered = offers_with(&app.ctx, parts(voice, words)).await;
            assert_eq!(offered, Err(code.to_owned()), "{words}");
        }
    });
}
