//! Services outside, as an institution would name them: an authority, a seal, timestamps, on this very machine.

use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use axum::body::Bytes;
use axum::extract::State;
use axum::http::StatusCode;
use axum::routing::post;
use axum::{Json, Router};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use pades::sm2::Sm2Key;
use pades::timestamp::Service;
use pades::{
    Authority, Certificate, LocalSigner, Order, PrivateKey, Signer as _, Subject, Usage, Validity,
};
use serde_json::{Value, json};
use xiaobao::clock::Clock;
use xiaobao::config::{SigningService, Sm2};

use crate::app::TestApp;
use crate::signing_set::{authorises, prepared, set};

const YEARS: Validity = Validity {
    not_before_s: 1_767_225_600,
    not_after_s: 2_398_377_600,
};

/// What the three services are, and what they heard.
pub struct Services {
    url: String,
    anchors: PathBuf,
    pub sm2: Vec<u8>,
    heard: Arc<Heard>,
}

struct Heard {
    clock: Clock,
    root: Authority,
    seal: LocalSigner,
    stamps: Service,
    sm2: Sm2Key,
    certified: AtomicUsize,
    revoked: Mutex<Vec<Value>>,
    asked_to_seal: Mutex<Vec<Value>>,
    silent: AtomicBool,
}

fn key(seed: u8) -> PrivateKey {
    PrivateKey::p256(&[seed; 32]).expect("a key")
}

fn chain(certificates: &[Certificate]) -> Value {
    let each = certificates.iter().map(|one| STANDARD.encode(one.der()));
    json!({ "chain": each.collect::<Vec<_>>() })
}

fn text(value: &Value) -> &str {
    value.as_str().expect("text")
}

async fn certificates(State(heard): State<Arc<Heard>>, Json(asked): Json<Value>) -> Json<Value> {
    if asked.get("revoke").is_some() {
        heard.revoked.lock().expect("heard").push(asked);
        return Json(json!({}));
    }
    heard.certified.fetch_add(1, Ordering::SeqCst);
    let public_key = STANDARD.decode(text(&asked["public_key"])).expect("base64");
    let uris = asked["uris"].as_array().expect("uris");
    let uris: Vec<String> = uris.iter().map(|uri| text(uri).to_owned()).collect();
    let mut serial = [0; 16];
    serial.copy_from_slice(&proof::digest::sha256(&public_key)[..16]);
    let now_s = heard.clock.now_ms() / 1_000;
    let issued = heard.root.issue(&Order {
        subject: &Subject::named(text(&asked["name"])),
        usage: Usage::SingleUse,
        public_key: &public_key,
        serial,
        validity: Validity {
            not_before_s: now_s - 300,
            not_after_s: now_s + 86_400,
        },
        uris: &uris,
    });
    Json(chain(&issued.expect("a certificate")))
}

async fn seal(State(heard): State<Arc<Heard>>, Json(asked): Json<Value>) -> Json<Value> {
    heard
        .asked_to_seal
        .lock()
        .expect("heard")
        .push(asked.clone());
    let bytes = |value: &Value| STANDARD.decode(text(value)).expect("base64");
    let signature = match (asked.get("digest"), asked.get("to_be_signed")) {
        (Some(digest), _) => {
            let digest: [u8; 32] = bytes(digest).try_into().expect("32 bytes");
            heard.sm2.sign_digest(&digest).expect("a signature")
        }
        (None, Some(message)) => heard.seal.sign(&bytes(message)).expect("a signature"),
        (None, None) => return Json(chain(heard.seal.chain())),
    };
    Json(json!({ "signature": STANDARD.encode(signature) }))
}

async fn stamps(State(heard): State<Arc<Heard>>, asked: Bytes) -> Result<Vec<u8>, StatusCode> {
    if heard.silent.load(Ordering::SeqCst) {
        std::future::pending::<()>().await;
    }
    let now_s = heard.clock.now_ms() / 1_000;
    let answer = heard.stamps.answer(&asked, now_s, [9; 16]);
    answer.map_err(|_| StatusCode::BAD_REQUEST)
}

impl Services {
    pub async fn open(app: &TestApp) -> Self {
        let root = Authority::root(key(11), &Subject::named("Outside root"), [1; 16], YEARS);
        let root = root.expect("a root");
        let certified = |seed: u8, name: &str, usage| {
            let own = key(seed);
            let order = Order {
                subject: &Subject::named(name),
                usage,
                public_key: &own.public_key(),
                serial: [seed; 16],
                validity: YEARS,
                uris: &[],
            };
            let chain = root.issue(&order).expect("a certificate");
            (own, chain)
        };
        let (own, chain) = certified(12, "Outside seal", Usage::Seal);
        let seal_signer = LocalSigner::new(own, chain).expect("a seal");
        let (own, chain) = certified(13, "Outside time", Usage::Timestamping);
        let stamps_of = Service::new(own, chain, "1.3.6.1.4.1.57264.99.2").expect("stamps");
        let sm2 = Sm2Key::new(&[14; 32]).expect("a key");
        let anchors = app.folder.join("outside.pem");
        std::fs::write(&anchors, pades::to_pem(root.anchor())).expect("a file");
        let public = sm2.public_key_info();
        let heard = Arc::new(Heard {
            clock: app.ctx.clock.clone(),
            root,
            seal: seal_signer,
            stamps: stamps_of,
            sm2,
            certified: AtomicUsize::new(0),
            revoked: Mutex::default(),
            asked_to_seal: Mutex::default(),
            silent: AtomicBool::new(false),
        });
        let router = Router::new()
            .route("/certificates", post(certificates))
            .route("/seal", post(seal))
            .route("/stamps", post(stamps))
            .with_state(heard.clone());
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await;
        let listener = listener.expect("a port");
        let url = format!("http://{}", listener.local_addr().expect("an address"));
        tokio::spawn(async move { axum::serve(listener, router).await });
        Self {
            url,
            anchors,
            sm2: public,
            heard,
        }
    }

    /// As configuration names them; plain http stays on this machine.
    pub fn named(&self) -> SigningService {
        SigningService {
            institution: "*".to_owned(),
            certificates_url: format!("{}/certificates", self.url),
            seal_url: format!("{}/seal", self.url),
            timestamps_url: format!("{}/stamps", self.url),
            token: String::new(),
            anchors: self.anchors.clone(),
            sm2_key: None,
        }
    }

    fn asked_to_seal(&self) -> Vec<Value> {
        self.heard.asked_to_seal.lock().expect("heard").clone()
    }

    fn timestamps(&self, silent: bool) {
        self.heard.silent.store(silent, Ordering::SeqCst);
    }
}

/// An SM2 key in a file, as configuration pins it.
fn pinned(app: &TestApp, name: &str, info: &[u8]) -> PathBuf {
    let path = app.folder.join(name);
    std::fs::write(&path, pades::pem::armour("PUBLIC KEY", info)).expect("a file");
    path
}

#[test]
fn a_silent_timestamp_service_behind_a_fast_authority_is_waited_for() {
    TestApp::run(async |app| {
        let (borrower, opened, _) = prepared(app, 1).await;
        let id = opened.id.as_str();
        authorises(&borrower, app, id).await;
        let services = Services::open(app).await;
        let named = services.named();
        app.reconfigure(|config| {
            config.signing.services = vec![named];
            config.signing.timeout_seconds = 3;
        })
        .await;
        services.timestamps(true);
        for number in 1..=2 {
            app.run_jobs().await;
            let abandoned = app.fact(id, "signing.abandoned.v1").await;
            assert_eq!(
                (&abandoned["why"], &abandoned["number"]),
                (&json!("signing_service_down"), &json!(number))
            );
            let waiting = set(&borrower, app).await;
            assert_eq!(
                (&waiting["state"], &waiting["delayed"]),
                (&json!("authorised"), &json!(true))
            );
            assert_eq!(app.facts(id, "signing.signed.v1").await, 0);
            app.advance_ms(20_000);
        }
        services.timestamps(false);
        app.settle().await;
        let signed = app.fact(id, "signing.signed.v1").await;
        assert_eq!(signed["number"], 3);
        for kind in ["signing.signed.v1", "journey.completed.v1"] {
            assert_eq!(app.facts(id, kind).await, 1, "{kind}");
        }
        // Each try had a certificate of its own, and the lost ones were taken back.
        assert_eq!(services.heard.certified.load(Ordering::SeqCst), 3);
        assert_eq!(app.facts(id, "signing.revoked.v1").await, 2);
        assert_eq!(services.heard.revoked.lock().expect("heard").len(), 2);
        // The seal was set once on each document, by the try that counts.
        let sealed = services.asked_to_seal();
        let set_on = sealed
            .iter()
            .filter(|one| one.get("to_be_signed").is_some());
        let documents = signed["documents"].as_array().expect("documents");
        assert_eq!(set_on.count(), documents.len());
    });
}

#[test]
fn a_service_signs_with_sm2_by_the_digest_and_the_pinned_key_alone() {
    TestApp::run(async |app| {
        let (borrower, opened, _) = prepared(app, 1).await;
        let id = opened.id.as_str();
        authorises(&borrower, app, id).await;
        let services = Services::open(app).await;
        let other = Sm2Key::new(&[15; 32]).expect("a key").public_key_info();
        let other = pinned(app, "other.pem", &other);
        let right = pinned(app, "sm2.pem", &services.sm2);
        for (key, why) in [
            (None, "signing_not_configured"),
            (Some(other), "signature_not_verified"),
        ] {
            let named = services.named();
            app.reconfigure(|config| {
                config.signing.sm2 = Sm2::Beside;
                config.signing.services = vec![SigningService {
                    sm2_key: key,
                    ..named
                }];
            })
            .await;
            app.run_jobs().await;
            assert_eq!(app.fact(id, "signing.abandoned.v1").await["why"], why);
            app.advance_ms(20_000);
        }
        let named = services.named();
        app.reconfigure(|config| {
            config.signing.services = vec![SigningService {
                sm2_key: Some(right),
                ..named
            }];
        })
        .await;
        app.settle().await;
        let beside = app.fact(id, "signing.signed_beside.v2").await;
        assert_eq!(
            (&beside["origin"], &beside["public_key"]),
            (
                &json!("external"),
                &json!(proof::hex::encode(&services.sm2))
            )
        );
        // No more of a document than a digest or a few signed attributes ever left the house.
        let asked = services.asked_to_seal();
        let digests = asked.iter().filter(|one| one["algorithm"] == "sm2");
        assert!(digests.count() >= 5);
        for one in &asked {
            assert!(one.to_string().len() < 1_000, "{one}");
            assert!(one.get("digest").is_none() || one.get("to_be_signed").is_none());
        }
    });
}
