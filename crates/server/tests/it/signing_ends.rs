//! What ends a set of contracts before it is signed: other terms, a loan called off, a step that is open again, time.

use axum::http::{Method, StatusCode};
use serde_json::json;
use xiaobao::signing::{self, Outcome};

use crate::actors::{ANHE, Borrower, Opened, Partner, Someone, Staff, institution_id, loan};
use crate::app::TestApp;
use crate::consent::{decides, notice, reworded};
use crate::identity::checked;
use crate::signing_set::{act, authorises, opened_at, opens_all, prepared, set};
use crate::steps::offers_with;

/// Said yes, signed, and killed before anyone swore to it.
async fn cut_off(app: &TestApp, borrower: &Borrower, id: &str) {
    authorises(borrower, app, id).await;
    let institution = institution_id(app, ANHE).await;
    let made = signing::attempt(&app.ctx, &institution, id).await;
    assert!(matches!(made, Ok(Outcome::Made(_))));
}

/// Nothing of the try counts: it is abandoned, and nothing was signed.
async fn abandoned(app: &TestApp, id: &str, ended: &str) {
    app.settle().await;
    let abandoned = app.fact(id, "signing.abandoned.v1").await;
    assert_eq!(abandoned["why"], "superseded");
    let started = app.fact(id, "signing.started.v1").await;
    assert_eq!(
        abandoned["certificate_sha256"],
        started["certificate_sha256"]
    );
    let superseded = app.fact(id, "signing.superseded.v1").await;
    assert_eq!(superseded["why"], ended);
    assert_eq!(app.facts(id, "signing.signed.v1").await, 0);
}

#[test]
fn a_try_ends_with_its_set() {
    TestApp::run(async |app| {
        let (borrower, repriced, partner) = prepared(app, 1).await;
        cut_off(app, &borrower, &repriced.id).await;
        let path = format!("/v1/journeys/{}/loan", repriced.id);
        let other = json!({ "principal": 1_000_000, "periods": 12 });
        partner.post(app, &path, &other).await.ok();
        abandoned(app, &repriced.id, "terms_changed").await;

        let (borrower, cancelled, _) = opened_at(app, 2).await;
        cut_off(app, &borrower, &cancelled.id).await;
        let path = format!("/v1/journeys/{}/cancel", cancelled.id);
        let called_off = partner.post(app, &path, &json!({})).await;
        called_off.expect(StatusCode::NO_CONTENT);
        abandoned(app, &cancelled.id, "cancelled").await;

        let (borrower, late, _) = opened_at(app, 3).await;
        cut_off(app, &borrower, &late.id).await;
        app.advance_ms(8 * 86_400_000);
        abandoned(app, &late.id, "expired").await;

        let list = app.get("/signing/anhe/crl").await.ok().bytes;
        pades::Crl::from_der(&list).expect("a list");
    });
}

#[test]
fn nobody_signs_for_a_loan_that_was_called_off() {
    TestApp::run(async |app| {
        crate::signing_set::signing_product(app).await;
        let partner = Partner::of(app, ANHE);
        let main = partner
            .opens(app, &Someone::adult(1), "hexiang", loan())
            .await;
        let named = json!({ "role": "guarantor", "person": Someone::adult(2).json() });
        let path = format!("/v1/journeys/{}/parties", main.id);
        let surety = partner.post(app, &path, &named).await;
        let surety = Opened::of(surety.expect(StatusCode::CREATED).json());
        let mut guarantor = Borrower::with(&surety.url);
        guarantor.enters(app, &surety.id).await;
        decides(&guarantor, app, "pi_notice", "acknowledge").await;
        checked(app, &Someone::adult(2), &surety.id).await;
        guarantor.reads(app).await;

        let path = format!("/v1/journeys/{}/cancel", main.id);
        for _ in 0..2 {
            let called_off = partner.post(app, &path, &json!({})).await;
            called_off.expect(StatusCode::NO_CONTENT);
        }
        assert_eq!(app.facts(&surety.id, "journey.cancelled.v1").await, 1);
        assert_eq!(guarantor.journey(app).await["state"], "cancelled");
        let digest = guarantor.digest(app).await;
        guarantor
            .steps(app, "read", &digest)
            .await
            .refused(409, "journey_cancelled");
    });
}

#[test]
fn a_yes_counts_only_while_the_earlier_steps_stand() {
    TestApp::run(async |app| {
        let (borrower, opened, _) = prepared(app, 1).await;
        let id = &opened.id;
        authorises(&borrower, app, id).await;
        // The notice in force is another one before the job comes to sign.
        reworded(app, &notice(&borrower, app, "pi_notice").await).await;
        app.settle().await;
        assert_eq!(app.facts(id, "signing.started.v1").await, 0);
        let superseded = app.fact(id, "signing.superseded.v1").await;
        assert_eq!(
            (&superseded["from"], &superseded["why"]),
            (&json!("authorised"), &json!("step_reopened"))
        );
        act(&borrower, app, "renew", json!({}))
            .await
            .refused(409, "step_too_early");
        decides(&borrower, app, "pi_notice", "acknowledge").await;
        assert_eq!(set(&borrower, app).await["expired"], true);
        act(&borrower, app, "renew", json!({})).await.ok();
        app.run_jobs().await;
        authorises(&borrower, app, id).await;
        app.settle().await;
        assert_eq!(app.facts(id, "signing.signed.v1").await, 1);
        assert_eq!(borrower.journey(app).await["state"], "completed");
        // What is signed stays so, whatever the job is asked afterwards.
        let institution = institution_id(app, ANHE).await;
        let again = signing::attempt(&app.ctx, &institution, id).await;
        assert!(matches!(again, Ok(Outcome::Nothing)));
    });
}

#[test]
fn a_yes_waits_for_services_a_day_beyond_its_set_and_no_longer() {
    TestApp::run(async |app| {
        let (mut borrower, opened, _) = prepared(app, 1).await;
        let id = &opened.id;
        authorises(&borrower, app, id).await;
        app.reconfigure(|config| {
            config.server.mode = xiaobao::config::Mode::Production;
        })
        .await;
        // Nobody is configured who certifies: no try can begin, and no job dies of it.
        let institution = institution_id(app, ANHE).await;
        let tried = signing::attempt(&app.ctx, &institution, id).await;
        assert!(matches!(tried, Ok(Outcome::Later(_))));
        for _ in 0..3 {
            app.run_jobs().await;
            app.advance_ms(24 * 3_600_000);
        }
        app.run_jobs().await;
        assert_eq!(app.facts(id, "signing.started.v1").await, 0);
        let superseded = app.fact(id, "signing.superseded.v1").await;
        assert_eq!(superseded["why"], "expired");
        app.reconfigure(|config| config.server.mode = xiaobao::config::Mode::Demo)
            .await;
        borrower.enters(app, id).await;
        assert_eq!(set(&borrower, app).await["expired"], true);
        act(&borrower, app, "renew", json!({})).await.ok();
    });
}

#[test]
fn a_borrower_is_never_given_an_empty_set() {
    TestApp::run(async |app| {
        let parts = json!({
            "required": ["personal_information_notice", "identity", "cost_disclosure", "signing"],
            "notices": ["pi_notice"],
            "documents": ["purpose_commitment"],
        });
        offers_with(&app.ctx, parts).await.expect("offered");
        // Two people leave the borrower nothing to sign.
        let manager = Staff::signs_in(app, "shenqiao").await;
        let reviewer = Staff::signs_in(app, "heyun").await;
        let path = "/api/console/contract-templates";
        let list = manager.get(app, path).await.ok().json();
        let rows = list["rows"].as_array().expect("rows");
        let old = rows.iter().find(|row| row["code"] == "purpose_commitment");
        let old = old.expect("a template")["id"].as_str().expect("an id");
        let old = manager.get(app, &format!("{path}/{old}")).await.ok().json();
        let mut content = old["document"]["content"].clone();
        content["signers"] = json!(["co_borrower"]);
        let draft = json!({ "code": "purpose_commitment", "content": content });
        let drafted = manager.send(app, Method::POST, path, Some(&draft)).await;
        let drafted = drafted.expect(StatusCode::CREATED).json();
        let path = format!("{path}/{}/publish", drafted["id"].as_str().expect("an id"));
        let digest = json!({ "digest": drafted["digest"] });
        let published = reviewer.send(app, Method::POST, &path, Some(&digest)).await;
        published.ok();

        let someone = Someone::adult(1);
        let partner = Partner::of(app, ANHE);
        let opened = partner.opens(app, &someone, "hexiang", loan()).await;
        let mut borrower = Borrower::with(&opened.url);
        borrower.enters(app, &opened.id).await;
        decides(&borrower, app, "pi_notice", "acknowledge").await;
        checked(app, &someone, &opened.id).await;
        borrower.reads(app).await;
        borrower.understands(app).await;
        let digest = borrower.digest(app).await;
        borrower
            .steps(app, "confirm", &digest)
            .await
            .refused(409, "contract_template_missing");
        assert_eq!(app.facts(&opened.id, "journey.completed.v1").await, 0);
    });
}

#[test]
fn a_check_for_documents_that_nobody_signs_any_more_ends_with_them() {
    TestApp::run(async |app| {
        let (borrower, opened, partner) = prepared(app, 1).await;
        let digest = opens_all(&borrower, app).await;
        let rather = json!({ "set_digest": digest, "route": "video_agent" });
        act(&borrower, app, "person", rather).await.ok();
        let staff = crate::living::of_all_trades(app, ANHE).await;
        let path = "/api/console/identity?phase=needs_person";
        let waiting = staff.get(app, path).await.ok().json();
        let check = waiting["rows"][0]["id"].as_str().expect("an id").to_owned();
        let cancel = format!("/v1/journeys/{}/cancel", opened.id);
        let called_off = partner.post(app, &cancel, &json!({})).await;
        called_off.expect(StatusCode::NO_CONTENT);
        let waiting = staff.get(app, path).await.ok().json();
        assert_eq!(waiting["rows"], json!([]));
        let seen = ["document_original", "document_dates", "person_matches"];
        let attested = json!({ "route": "video_agent", "verdict": "yes", "seen": seen });
        let path = format!("/api/console/identity/{check}/attest");
        let late = staff.send(app, Method::POST, &path, Some(&attested)).await;
        late.refused(409, "identity_not_waiting");
        assert_eq!(app.facts(&opened.id, "identity.act_settled.v1").await, 0);
    });
}

#[test]
fn a_guarantor_signs_a_guarantee_and_is_told_so() {
    TestApp::run(async |app| {
        crate::signing_set::signing_product(app).await;
        let partner = Partner::of(app, ANHE);
        let main = partner
            .opens(app, &Someone::adult(1), "hexiang", loan())
            .await;
        let named = json!({ "role": "guarantor", "person": Someone::adult(2).json() });
        let path = format!("/v1/journeys/{}/parties", main.id);
        let surety = partner.post(app, &path, &named).await;
        let surety = Opened::of(surety.expect(StatusCode::CREATED).json());
        let mut guarantor = Borrower::with(&surety.url);
        guarantor.enters(app, &surety.id).await;
        decides(&guarantor, app, "pi_notice", "acknowledge").await;
        checked(app, &Someone::adult(2), &surety.id).await;
        guarantor.reads(app).await;
        guarantor.understands(app).await;
        guarantor.confirms(app).await;
        app.run_jobs().await;
        let documents = set(&guarantor, app).await["documents"].clone();
        let codes: Vec<&str> = documents
            .as_array()
            .expect("documents")
            .iter()
            .filter_map(|one| one["code"].as_str())
            .collect();
        assert_eq!(codes, ["surety_contract", "certificate_authority"]);
        authorises(&guarantor, app, &surety.id).await;
        let anhe = institution_id(app, ANHE).await;
        let kept = xiaobao::notify::kept(&app.ctx, &anhe, None, 50).await;
        let texts = kept.expect("the outbox").rows;
        assert!(
            texts
                .iter()
                .any(|one| one.text.contains("正在签署20000元保证合同")),
            "the message names what is signed"
        );
        app.settle().await;
        assert_eq!(app.facts(&surety.id, "signing.signed.v1").await, 1);
    });
}
