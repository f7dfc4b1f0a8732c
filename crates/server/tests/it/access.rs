//! Links and their codes, API keys, and the second pair of eyes.

use axum::body::Body;
use axum::http::{Request, header};
use serde_json::json;
use xiaobao::access;
use xiaobao::ledger::Seat;

use crate::actors::{
    ANHE, Borrower, JIANGLAN, Opened, Partner, Someone, Staff, institution_id, loan,
};
use crate::app::TestApp;

pub async fn opened(app: &TestApp, number: u32) -> (Opened, Borrower) {
    let lender = Partner::of(app, ANHE);
    let opened = lender
        .opens(app, &Someone::adult(number), "hexiang", loan())
        .await;
    let borrower = Borrower::with(&opened.url);
    (opened, borrower)
}

/// Another six digits than those given.
fn other_than(code: &str) -> String {
    let number: u32 = code.parse().expect("digits");
    format!("{:06}", (number + 1) % 1_000_000)
}

#[test]
fn another_code_waits_a_minute_and_only_the_newest_opens() {
    TestApp::run(async |app| {
        let (opened, borrower) = opened(app, 1).await;
        let sent = borrower.asks_code(app).await.ok().json();
        assert_eq!(sent, json!({ "code_wait_ms": 60_000, "valid_ms": 300_000 }));
        assert_eq!(borrower.link(app).await.ok().json()["code_wait_ms"], 60_000);
        app.advance_ms(58_000);
        let early = borrower.asks_code(app).await.refused(429, "code_too_soon");
        assert_eq!(early.json()["error"]["retry_after_ms"], 1_999);
        app.run_jobs().await;
        let first = borrower.reads_code(app, &opened.id).await;
        app.advance_ms(2_000);
        borrower.asks_code(app).await.ok();
        app.run_jobs().await;
        let second = borrower.reads_code(app, &opened.id).await;
        assert_ne!(first, second);
        borrower
            .tries_code(app, &first)
            .await
            .refused(409, "code_wrong");
        borrower.tries_code(app, &second).await.ok();
        assert_eq!(app.facts(&opened.id, "access.code_requested.v1").await, 2);
        assert_eq!(app.facts(&opened.id, "access.code_sent.v1").await, 2);
    });
}

#[test]
fn a_code_has_five_tries_five_minutes_and_one_use() {
    TestApp::run(async |app| {
        let (opened, borrower) = opened(app, 1).await;
        borrower
            .tries_code(app, "000000")
            .await
            .refused(409, "code_expired");
        borrower.asks_code(app).await.ok();
        app.run_jobs().await;
        let code = borrower.reads_code(app, &opened.id).await;
        for odd in ["", "12345", "1234567", "12345a", "１２３４５６", "12 456"] {
            borrower
                .tries_code(app, odd)
                .await
                .refused(422, "invalid_request");
        }
        let wrong = other_than(&code);
        for left in (1..=4).rev() {
            let answer = borrower
                .tries_code(app, &wrong)
                .await
                .refused(409, "code_wrong");
            assert!(answer.text().contains(&format!("还可再试 {left} 次")));
        }
        borrower
            .tries_code(app, &wrong)
            .await
            .refused(409, "code_exhausted");
        // The right one comes too late now.
        borrower
            .tries_code(app, &code)
            .await
            .refused(409, "code_exhausted");
        assert_eq!(app.facts(&opened.id, "access.code_refused.v1").await, 5);

        app.advance_ms(60_000);
        borrower.asks_code(app).await.ok();
        app.run_jobs().await;
        let code = borrower.reads_code(app, &opened.id).await;
        app.advance_ms(300_000);
        borrower
            .tries_code(app, &code)
            .await
            .refused(409, "code_expired");
        borrower.asks_code(app).await.ok();
        app.run_jobs().await;
        let code = borrower.reads_code(app, &opened.id).await;
        app.advance_ms(299_999);
        borrower.tries_code(app, &code).await.ok();
        borrower
            .tries_code(app, &code)
            .await
            .refused(409, "code_expired");
        assert_eq!(app.facts(&opened.id, "access.link_opened.v1").await, 1);
    });
}

#[test]
fn a_day_holds_ten_codes_a_link() {
    TestApp::run(async |app| {
        let (opened, borrower) = opened(app, 1).await;
        for _ in 0..10 {
            borrower.asks_code(app).await.ok();
            app.advance_ms(60_000);
        }
        let answer = borrower.asks_code(app).await.refused(429, "code_too_many");
        let wait = answer.json()["error"]["retry_after_ms"]
            .as_u64()
            .expect("a time");
        assert!(wait > 23 * 3_600_000);
        app.advance_ms(wait);
        borrower.asks_code(app).await.ok();
        assert_eq!(app.facts(&opened.id, "access.code_requested.v1").await, 11);
    });
}

#[test]
fn a_code_of_another_link_opens_nothing() {
    TestApp::run(async |app| {
        let (mine, me) = opened(app, 1).await;
        let (_, other) = opened(app, 2).await;
        me.asks_code(app).await.ok();
        other.asks_code(app).await.ok();
        app.run_jobs().await;
        let code = me.reads_code(app, &mine.id).await;
        other
            .tries_code(app, &code)
            .await
            .refused(409, "code_wrong");
        me.tries_code(app, &code).await.ok();
    });
}

#[test]
fn a_link_that_is_cut_changed_or_made_up_is_unknown() {
    TestApp::run(async |app| {
        let (_, borrower) = opened(app, 1).await;
        let token = borrower.token.clone();
        let flipped = |at: usize| {
            let mut bytes = token.clone().into_bytes();
            bytes[at] = if bytes[at] == b'a' { b'b' } else { b'a' };
            String::from_utf8(bytes).expect("ASCII")
        };
        let cut = token[..token.len() - 1].to_owned();
        for token in [
            String::new(),
            ".".repeat(49),
            flipped(0),
            flipped(30),
            cut,
            "令".repeat(30),
        ] {
            let stranger = Borrower {
                token,
                ..borrower.clone()
            };
            stranger.link(app).await.refused(404, "link_unknown");
            stranger.asks_code(app).await.refused(404, "link_unknown");
            stranger
                .tries_code(app, "123456")
                .await
                .refused(404, "link_unknown");
        }
    });
}

#[test]
fn a_key_works_until_it_is_revoked() {
    TestApp::run(async |app| {
        let anhe = institution_id(app, ANHE).await;
        let seat = Seat::system(&anhe, "test");
        let new = access::NewApiKey::for_all("second");
        let (key, secret) = access::issue_api_key(&app.ctx, &seat, &new)
            .await
            .expect("a key");
        let id = key.id;
        let partner = Partner {
            key: secret.expose().clone(),
        };
        let opened = partner
            .opens(app, &Someone::adult(1), "hexiang", loan())
            .await;
        let path = format!("/v1/journeys/{}", opened.id);
        partner.get(app, &path).await.ok();
        let jianglan = Seat::system(&institution_id(app, JIANGLAN).await, "test");
        let foreign = access::revoke_api_key(&app.ctx, &jianglan, &id).await;
        assert_eq!(foreign.expect_err("not theirs").code(), "not_found");
        partner.get(app, &path).await.ok();
        access::revoke_api_key(&app.ctx, &seat, &id)
            .await
            .expect("revoked");
        partner.get(app, &path).await.refused(401, "api_key_wrong");
        let again = access::revoke_api_key(&app.ctx, &seat, &id).await;
        assert_eq!(again.expect_err("gone").code(), "not_found");
        // The lender's other key still works.
        Partner::of(app, ANHE).get(app, &path).await.ok();
        for (value, code) in [
            (String::new(), "api_key_missing"),
            ("Basic eHg6eHg=".to_owned(), "api_key_missing"),
            ("Bearer".to_owned(), "api_key_missing"),
            ("Bearer ".to_owned(), "api_key_wrong"),
            ("Bearer xbk_wrong".to_owned(), "api_key_wrong"),
            (format!("Bearer {}", id.as_str()), "api_key_wrong"),
        ] {
            let request = Request::get(&path).header(header::AUTHORIZATION, &value);
            let answer = app
                .send(request.body(Body::empty()).expect("a request"))
                .await;
            answer.refused(401, code);
        }
    });
}

#[test]
fn a_version_is_released_by_a_second_person_with_the_right() {
    TestApp::run(async |app| {
        let proposer = Staff::signs_in(app, "shenqiao").await;
        let reviewer = Staff::signs_in(app, "heyun").await;
        let draft = proposer.product(app, "jiyong").await;
        assert_eq!(draft["state"], "draft");
        let path = format!(
            "/api/console/products/{}/versions/1/approve",
            draft["id"].as_str().expect("an id")
        );
        proposer
            .post(app, &path)
            .await
            .refused(403, "right_missing");
        let unknown = path.replace("versions/1", "versions/2");
        reviewer.post(app, &unknown).await.refused(404, "not_found");
        let released = reviewer.post(app, &path).await.ok().json();
        assert_eq!(released["state"], "released");
        reviewer
            .post(app, &path)
            .await
            .refused(409, "product_already_released");
        assert_eq!(
            app.facts(draft["id"].as_str().expect("an id"), "product.released.v1")
                .await,
            1
        );
    });
}

#[test]
fn nobody_approves_what_they_proposed_themselves() {
    TestApp::run(async |app| {
        let anhe = institution_id(app, ANHE).await;
        let seat = Seat::system(&anhe, "test");
        let password = xiaobao::vault::Private::from("a long password");
        let new = access::NewStaff {
            account: "both".to_owned(),
            name: "双权".to_owned(),
            badge: "AH-9".to_owned(),
            password: password.clone(),
            rights: access::Right::ALL.to_vec(),
            roles: vec![],
        };
        access::add_staff(&app.ctx, &seat, new)
            .await
            .expect("added");
        let (both, _) = access::sign_in(&app.ctx, ANHE, "both", &password)
            .await
            .expect("signs in");
        let definition =
            serde_json::from_str(include_str!("../../demo/hemiao.json")).expect("a definition");
        let proposal = xiaobao::product::Proposal {
            code: "hemiao".to_owned(),
            definition,
        };
        let version = xiaobao::product::propose(&app.ctx, &both, &proposal)
            .await
            .expect("proposed");
        assert_eq!(version.number, 2);
        let answer = Staff::tries(app, ANHE, "both", "a long password")
            .await
            .ok();
        let both = Staff {
            cookie: answer.cookie(access::STAFF_COOKIE),
        };
        let path = format!(
            "/api/console/products/{}/versions/2/approve",
            version.product
        );
        both.post(app, &path).await.refused(409, "four_eyes");
        let reviewer = Staff::signs_in(app, "heyun").await;
        assert_eq!(reviewer.post(app, &path).await.ok().json()["version"], 2);
    });
}
