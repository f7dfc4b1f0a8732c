//! Witnesses: another house cosigns what extends, over real HTTP, and money waits for a quorum.

use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::http::{Request, StatusCode};
use proof::checkpoint::{self, Checkpoint, Signer, VerifierKey};
use proof::release_token::ReleaseToken;
use proof::witness::{self, cosigned};
use serde_json::json;
use xiaobao::config::Witness;
use xiaobao::db::{Read as _, Write as _};
use xiaobao::id::InstitutionId;
use xiaobao::outward::Loopback;
use xiaobao::{clock, ledger, values};

use crate::actors::{ANHE, JIANGLAN, Partner, Someone, Staff, institution_id, loan};
use crate::app::{Answer, Count, Site, TestApp};
use crate::money::{booking, books, drawn, releases};

/// Serves a house on loopback, as another house meets it.
async fn served(site: &Site) -> String {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await;
    let listener = listener.expect("a port");
    let at = listener.local_addr().expect("an address");
    let site = site.clone();
    let router = Router::new().fallback(move |request: Request<Body>| {
        let site = site.clone();
        async move {
            let answer = site.send(request).await;
            (answer.status, answer.headers, answer.bytes)
        }
    });
    tokio::spawn(async move { axum::serve(listener, router).await });
    format!("http://{at}/witness")
}

async fn line(site: &Site, path: &str) -> String {
    site.get(path).await.ok().text().trim_end().to_owned()
}

/// A house that cosigns the log of another one's lender.
async fn witness_of(app: &TestApp) -> TestApp {
    let log = line(app, "/log/anhe/vkey").await;
    let mut other = TestApp::start(77).await;
    other
        .reconfigure(|config| config.ledger.witnessed = vec![log])
        .await;
    other
}

async fn state(app: &TestApp) -> serde_json::Value {
    let staff = Staff::signs_in(app, "luoyifan").await;
    let log = staff.get(app, "/api/console/log").await.ok().json();
    log["witnesses"][0].clone()
}

async fn note(app: &TestApp) -> String {
    app.get("/log/anhe/checkpoint").await.ok().text()
}

#[test]
fn money_waits_until_a_witness_cosigned_the_evidence() {
    TestApp::run(async |app| {
        let other = witness_of(app).await;
        let vkey = line(&other, "/witness/vkey").await;
        let key: VerifierKey = vkey.parse().expect("a key");
        let nobody = "http://127.0.0.1:9/witness".to_owned();
        app.reconfigure(|config| {
            config.webhook.loopback = Loopback::Allowed;
            config.ledger.witnesses = vec![Witness { vkey, url: nobody }];
            config.journey.witnesses = 1;
        })
        .await;
        let (_, opened) = drawn(app, 1).await;
        let lender = Partner::of(app, ANHE);
        let right = booking(app, &lender, &opened.id).await;
        books(app, &lender, &opened.id, "right", &right)
            .await
            .expect(StatusCode::CREATED);
        app.settle().await;
        // Published all the same, and the state says who is missing.
        assert_eq!(lender.missing(app, &opened.id).await, ["witness_quorum"]);
        assert_eq!(cosigned(&note(app).await, std::slice::from_ref(&key)), 0);
        let silent = state(app).await;
        assert_eq!(
            (&silent["name"], &silent["size"]),
            (&key.name().into(), &0.into())
        );
        assert_eq!(silent["fault"], "no_connection");

        // It can be reached, and no fact is needed for it to be asked again.
        let url = served(&other).await;
        app.reconfigure(|config| config.ledger.witnesses[0].url = url)
            .await;
        app.advance_ms(61_000);
        app.settle().await;
        let seen = note(app).await;
        assert_eq!(cosigned(&seen, std::slice::from_ref(&key)), 1);
        let (covered, _) = checkpoint::verify(&seen, std::slice::from_ref(&key)).expect("cosigned");
        assert_eq!(lender.missing(app, &opened.id).await, [""; 0]);
        let token = releases(app, &lender, &opened.id).await;
        let word = token.expect(StatusCode::CREATED).json()["token"].clone();
        let log: VerifierKey = line(app, "/log/anhe/vkey").await.parse().expect("a key");
        let word = word.as_str().expect("a word");
        let token = ReleaseToken::verify(word, &[log]).expect("signed");
        assert_eq!(token.checkpoint.size, covered.size);
        assert_eq!(token.checkpoint.root, proof::hex::encode(&covered.root));

        // Growth from the size it knows.
        app.settle().await;
        let grown = note(app).await;
        assert_ne!(grown, seen);
        assert_eq!(cosigned(&grown, std::slice::from_ref(&key)), 1);
        let standing = state(app).await;
        assert_eq!(standing["fault"], serde_json::Value::Null);
        assert!(standing["size"].as_i64() > silent["size"].as_i64());

        // Who is trusted no more doesn't count, whatever was counted in their day.
        let distrusted = Signer::from_seed("witness.example/w", &[5; 32]).expect("a name");
        let vkey = distrusted.cosigner().to_string();
        app.reconfigure(|config| config.ledger.witnesses[0].vkey = vkey)
            .await;
        assert!(
            lender
                .missing(app, &opened.id)
                .await
                .contains(&"witness_quorum".to_owned())
        );
        other.finish().await;
    });
}

#[test]
fn a_silent_witness_holds_up_no_log_but_its_own() {
    TestApp::run(async |app| {
        // It takes every call and never says a word.
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await;
        let listener = listener.expect("a port");
        let at = listener.local_addr().expect("an address");
        let silent = tokio::spawn(async move {
            let mut held = Vec::new();
            while let Ok((call, _)) = listener.accept().await {
                held.push(call);
            }
        });
        let key = signer().cosigner();
        let witness = Witness {
            vkey: key.to_string(),
            url: format!("http://{at}/witness"),
        };
        app.reconfigure(|config| {
            config.webhook.loopback = Loopback::Allowed;
            config.ledger.witnesses = vec![witness];
            config.ledger.witness_wait_ms = 10_000;
        })
        .await;
        // Nobody else may publish any more.
        app.advance_ms(60_000);
        // One log asks it, the other left it out for a while.
        let other = institution_id(app, JIANGLAN).await;
        let db = &app.ctx.db;
        let mut tx = db
            .begin_unrecorded(&other, "a witness that failed")
            .await
            .expect("a write");
        let failed = "INSERT INTO ledger_witnesses (institution_id, witness, size, failures, next_try_ms) VALUES ($1, $2, 0, 9, $3)";
        let until_ms = app.ctx.clock.now_ms() + 60_000;
        tx.exec(failed, values![&other, key.name(), until_ms])
            .await
            .expect("a row");
        tx.commit().await.expect("failed");
        let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
        let stopped = async {
            stopped.await.ok();
        };
        let sequencer = tokio::spawn(ledger::run(app.ctx.clone(), stopped));
        let lender = Partner::of(app, ANHE);
        lender
            .opens(app, &Someone::adult(1), "hemiao", loan())
            .await;
        let bank = Partner::of(app, JIANGLAN);
        for number in 2..=3 {
            let loan = json!({ "principal": 10_000_000, "periods": 12 });
            bank.opens(app, &Someone::adult(number), "puhui", loan)
                .await;
            let published = async {
                while !is_published(app, &other).await {
                    clock::pause(Duration::from_millis(50)).await;
                }
            };
            let published = clock::within(Duration::from_secs(5), published).await;
            assert!(published.is_some(), "held up, {number}");
        }
        let anhe = institution_id(app, ANHE).await;
        assert!(!is_published(app, &anhe).await, "still waits");
        silent.abort();
        stop.send(()).expect("it runs");
        sequencer.await.expect("it ends");
        assert!(is_published(app, &anhe).await);
    });
}

/// Whether everything in a log is under its newest checkpoint.
async fn is_published(app: &TestApp, institution: &InstitutionId) -> bool {
    let view = app.ctx.db.read(institution).await.expect("a view");
    let head = ledger::head(&view).await.expect("a log");
    let placed: Option<Count> = view
        .one(
            "SELECT COUNT(*) AS n FROM ledger_facts WHERE institution_id = $1 AND log_index IS NULL",
            values![institution],
        )
        .await
        .expect("a query");
    drop(view);
    let sizes = ledger::published_sizes(&app.ctx).await.expect("logs");
    placed.is_some_and(|row| row.n == 0) && sizes.contains(&(institution.clone(), head))
}

/// Sends a body to the witness as it stands.
async fn shown(site: &Site, body: &str) -> Answer {
    let request = Request::post("/witness/add-checkpoint").body(Body::from(body.to_owned()));
    site.send(request.expect("a request")).await
}

/// A log of our own making, with a key of its own.
fn signer() -> Signer {
    Signer::from_seed("log.example/own", &[9; 32]).expect("a name")
}

fn signed(size: u64, root: [u8; 32], signer: &Signer) -> String {
    let checkpoint = Checkpoint {
        origin: signer.name().to_owned(),
        size,
        root,
        extensions: Vec::new(),
    };
    checkpoint::sign(&checkpoint, signer).expect("a checkpoint")
}

fn request(old_size: u64, checkpoint: String) -> String {
    let asked = witness::Request {
        old_size,
        path: Vec::new(),
        checkpoint,
    };
    asked.to_text()
}

#[test]
fn a_witness_answers_as_the_protocol_says_and_never_signs_two_histories() {
    TestApp::run(async |app| {
        let log = signer().verifier().to_string();
        app.reconfigure(|config| config.ledger.witnessed = vec![log])
            .await;
        let key: VerifierKey = line(app, "/witness/vkey").await.parse().expect("a key");
        let stranger = Signer::from_seed("log.example/other", &[9; 32]).expect("a name");
        let forger = Signer::from_seed("log.example/own", &[8; 32]).expect("a name");
        let refusals = [
            ("nothing like it".to_owned(), 400),
            (String::new(), 400),
            (request(0, signed(4, [4; 32], &stranger)), 404),
            (request(0, signed(4, [4; 32], &forger)), 403),
            (request(5, signed(4, [4; 32], &signer())), 400),
            (request(2, signed(4, [4; 32], &signer())), 409),
        ];
        for (body, status) in refusals {
            assert_eq!(shown(app, &body).await.status.as_u16(), status, "{body}");
        }

        // Two histories at once, many times: one is taken, and it stays the one.
        let forks: Vec<String> = (0..20)
            .map(|n| signed(4, [n % 2 + 1; 32], &signer()))
            .collect();
        let bodies: Vec<String> = forks.iter().map(|note| request(0, note.clone())).collect();
        let answers = futures::future::join_all(bodies.iter().map(|body| shown(app, body))).await;
        let taken: Vec<usize> = (0..20)
            .filter(|place| answers[*place].status == StatusCode::OK)
            .collect();
        assert_eq!(taken.len(), 1);
        let (first, answer) = (&forks[taken[0]], &answers[taken[0]]);
        let with = witness::add(first, &answer.text(), &key).expect("its own cosignature");
        assert_eq!(cosigned(&with, std::slice::from_ref(&key)), 1);
        for (place, refused) in answers
            .iter()
            .enumerate()
            .filter(|(place, _)| *place != taken[0])
        {
            assert_eq!(refused.status, StatusCode::CONFLICT, "{place}");
            assert_eq!(refused.text(), "4\n");
            let kind = refused.headers.get("content-type").expect("a type");
            assert_eq!(kind, witness::SIZE_TYPE);
        }
        app.restart().await;
        // The same again is signed again; the other one of that size never is.
        let again = shown(app, &request(4, first.clone())).await;
        assert_eq!(again.status, StatusCode::OK);
        let other = signed(4, [3; 32], &signer());
        assert_eq!(
            shown(app, &request(4, other)).await.status,
            StatusCode::CONFLICT
        );
        // A larger tree without a proof.
        let larger = signed(6, [6; 32], &signer());
        let unproved = shown(app, &request(4, larger)).await;
        assert_eq!(unproved.status, StatusCode::UNPROCESSABLE_ENTITY);
    });
}
