//! Signing when the house itself or the services around it are in trouble: the journey waits, says so, and goes on later.

use std::path::PathBuf;

use serde_json::json;
use xiaobao::config::SigningService;

use crate::actors::{ANHE, institution_id};
use crate::app::TestApp;
use crate::signing_set::{act, authorises, prepared, set};
use crate::simulation::cut;

/// A disk that takes no file of contracts any more: whatever is written there fails, what is there stays.
struct FullDisk {
    folder: PathBuf,
    aside: PathBuf,
}

impl FullDisk {
    async fn of(app: &TestApp) -> Self {
        let institution = institution_id(app, ANHE).await;
        let folder = app.folder.join(format!("blobs/signing/{institution}"));
        let aside = folder.with_extension("aside");
        std::fs::create_dir_all(&folder).expect("a folder");
        std::fs::rename(&folder, &aside).expect("set aside");
        std::fs::write(&folder, "no folder").expect("an obstacle");
        Self { folder, aside }
    }

    fn has_room_again(self) {
        std::fs::remove_file(&self.folder).expect("the obstacle goes");
        std::fs::rename(&self.aside, &self.folder).expect("put back");
    }
}

#[test]
fn a_disk_that_fills_while_contracts_are_set_holds_them_back_and_loses_nothing() {
    TestApp::run(async |app| {
        let (borrower, opened, partner) = prepared(app, 1).await;
        let id = opened.id.as_str();
        // Other terms: the set is made anew, and the disk is full at whatever point the seed says.
        for (polls, principal) in [(0, 1_000_000), (15, 1_100_000), (40, 1_200_000)] {
            let rendered = "signing.rendered.v1";
            let before = app.facts(id, rendered).await;
            let path = format!("/v1/journeys/{id}/loan");
            let other = json!({ "principal": principal, "periods": 12 });
            partner.post(app, &path, &other).await.ok();
            borrower.reads(app).await;
            borrower.understands(app).await;
            borrower.confirms(app).await;
            let ctx = app.ctx.clone();
            let jobs = xiaobao::app::handlers();
            cut(polls, xiaobao::jobs::drain(&ctx, &jobs)).await;
            let disk = FullDisk::of(app).await;
            // The lease of the worker that was cut off runs out.
            app.advance_ms(300_000);
            app.run_jobs().await;
            let waiting = set(&borrower, app).await;
            assert_eq!(waiting["state"], "preparing", "{polls}");
            let digest = json!({ "set_digest": "0".repeat(64) });
            act(&borrower, app, "code", digest)
                .await
                .refused(409, "documents_not_ready");
            assert_eq!(app.jobs("signing.render").await, 1);
            assert_eq!(app.get("/healthz").await.status, 200);
            disk.has_room_again();
            app.advance_ms(60_000);
            app.run_jobs().await;
            assert_eq!(set(&borrower, app).await["state"], "ready", "{polls}");
            assert_eq!(app.facts(id, rendered).await - before, 5, "{polls}");
        }
        authorises(&borrower, app, id).await;
        app.settle().await;
        assert_eq!(app.facts(id, "signing.signed.v1").await, 1);
        assert_eq!(partner.missing(app, id).await, Vec::<String>::new());
    });
}

#[test]
fn a_disk_that_is_full_when_the_set_is_signed_costs_a_try_and_no_more() {
    TestApp::run(async |app| {
        let (borrower, opened, _) = prepared(app, 1).await;
        let id = opened.id.as_str();
        authorises(&borrower, app, id).await;
        let sent = app.facts("", "vault.opened.v1").await;
        let disk = FullDisk::of(app).await;
        for _ in 0..2 {
            app.run_jobs().await;
            app.advance_ms(600_000);
        }
        let waiting = set(&borrower, app).await;
        assert_eq!(waiting["state"], "authorised");
        assert_eq!(app.facts(id, "signing.signed.v1").await, 0);
        // A try that can't even read what is to be signed opens nothing of the person.
        assert_eq!(app.facts("", "vault.opened.v1").await, sent);
        disk.has_room_again();
        app.advance_ms(600_000);
        app.settle().await;
        assert_eq!(app.facts(id, "signing.signed.v1").await, 1);
        assert_eq!(app.facts(id, "journey.completed.v1").await, 1);
    });
}

#[test]
fn an_authority_that_is_slow_is_not_waited_for_with_the_person_in_hand() {
    TestApp::run_damaged(async |app| {
        let (borrower, opened, _) = prepared(app, 1).await;
        let id = opened.id.as_str();
        authorises(&borrower, app, id).await;
        // It takes every call and never says a word.
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await;
        let listener = listener.expect("a port");
        let url = format!("https://{}/", listener.local_addr().expect("an address"));
        let silent = tokio::spawn(async move {
            let mut held = Vec::new();
            while let Ok((call, _)) = listener.accept().await {
                held.push(call);
            }
        });
        let anchors = app.folder.join("anchors.pem");
        let pem = app.get("/signing/anhe/anchor").await.ok().text();
        std::fs::write(&anchors, pem).expect("a file");
        app.reconfigure(|config| {
            config.signing.services = vec![SigningService {
                institution: "*".to_owned(),
                certificates_url: url.clone(),
                seal_url: url.clone(),
                timestamps_url: url,
                token: String::new(),
                anchors,
                sm2_key: None,
            }];
        })
        .await;
        // Meanwhile the page answers.
        let site = (**app).clone();
        let waits = tokio::spawn(async move { site.run_jobs().await });
        let page = borrower.journey(app).await;
        assert_eq!(page["signing"]["state"], "authorised");
        waits.await.expect("it gives up");
        let abandoned = app.fact(id, "signing.abandoned.v1").await;
        assert_eq!(abandoned["why"], "signing_service_down");
        assert_eq!(abandoned["certificate_sha256"], json!(null));
        assert_eq!(set(&borrower, app).await["delayed"], true);
        silent.abort();
        app.reconfigure(|config| config.signing.services.clear())
            .await;
        app.advance_ms(600_000);
        app.settle().await;
        assert_eq!(app.facts(id, "signing.signed.v1").await, 1);
        assert_eq!(borrower.journey(app).await["state"], "completed");
        // Nobody knows whether it certified a key after all, and only it can take that back: that is not forgotten.
        assert_eq!(app.jobs("signing.revoke").await, 1);
        assert_eq!(app.faults().await, Vec::<String>::new());
    });
}
