//! What a lender's own side has to keep, tried against one that does and one that doesn't.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse as _, Response};
use axum::routing::{get, post};
use hmac::{Hmac, KeyInit as _, Mac as _};
use serde_json::{Value, json};
use standardwebhooks::Webhook;
use xiaobao::app::check_contract;
use xiaobao::config::{Exchange, Hook, IdentityProvider, Recipient, SmsAdapter};
use xiaobao::outward::Loopback;

use crate::app::TestApp;

const SECRET: &str = "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD";

/// How the lender's side behaves.
#[derive(Clone, Copy, PartialEq)]
enum Manner {
    Careful,
    /// Believes everybody.
    Careless,
    Down,
}

#[derive(Clone)]
struct Lender {
    manner: Manner,
    now_ms: i64,
    /// Bodies by path.
    heard: Arc<Mutex<BTreeMap<&'static str, Value>>>,
}

fn mac(check: &str, body: &[u8]) -> String {
    let mut mac = Hmac::<sha2::Sha256>::new_from_slice(b"identity secret").expect("a key");
    mac.update(&[check.as_bytes(), b".", body].concat());
    format!("v1={}", proof::hex::encode(&mac.finalize().into_bytes()))
}

fn text<'a>(headers: &'a HeaderMap, name: &str) -> &'a str {
    headers
        .get(name)
        .and_then(|value| value.to_str().ok())
        .unwrap_or("")
}

impl Lender {
    fn hears(&self, path: &'static str, body: &[u8]) -> Option<Response> {
        let said = serde_json::from_slice(body).expect("JSON");
        self.heard
            .lock()
            .expect("a lock")
            .entry(path)
            .or_insert(said);
        (self.manner == Manner::Down).then(|| StatusCode::BAD_GATEWAY.into_response())
    }

    fn knows(&self, right: bool) -> bool {
        right || self.manner == Manner::Careless
    }
}

async fn identity(State(lender): State<Lender>, headers: HeaderMap, body: Bytes) -> Response {
    if let Some(down) = lender.hears("identity", &body) {
        return down;
    }
    let check = text(&headers, "idempotency-key").to_owned();
    let right = text(&headers, "authorization") == "Bearer identity token"
        && text(&headers, "x-xiaobao-signature") == mac(&check, &body);
    if !lender.knows(right) {
        return StatusCode::UNAUTHORIZED.into_response();
    }
    let said = json!({ "check": check, "answer": "no", "reason": "no_record" }).to_string();
    (
        [("x-xiaobao-signature", mac(&check, said.as_bytes()))],
        said,
    )
        .into_response()
}

async fn sms(State(lender): State<Lender>, headers: HeaderMap, body: Bytes) -> Response {
    if let Some(down) = lender.hears("sms", &body) {
        return down;
    }
    let right = text(&headers, "authorization") == "Bearer sms token";
    if lender.knows(right) {
        StatusCode::ACCEPTED
    } else {
        StatusCode::FORBIDDEN
    }
    .into_response()
}

fn signed(lender: &Lender, path: &'static str, headers: &HeaderMap, body: &[u8]) -> Response {
    if let Some(down) = lender.hears(path, body) {
        return down;
    }
    let at: i64 = text(headers, "webhook-timestamp").parse().expect("seconds");
    let key = Webhook::new(SECRET).expect("a secret");
    let wanted = key
        .sign(text(headers, "webhook-id"), at, body)
        .expect("a signature");
    let right =
        (at - lender.now_ms / 1_000).abs() <= 300 && text(headers, "webhook-signature") == wanted;
    if lender.knows(right) {
        StatusCode::NO_CONTENT
    } else {
        StatusCode::UNAUTHORIZED
    }
    .into_response()
}

async fn hook(State(lender): State<Lender>, headers: HeaderMap, body: Bytes) -> Response {
    signed(&lender, "hook", &headers, &body)
}

async fn items(State(lender): State<Lender>, headers: HeaderMap, body: Bytes) -> Response {
    signed(&lender, "items", &headers, &body)
}

async fn back(State(lender): State<Lender>) -> StatusCode {
    if lender.manner == Manner::Down {
        StatusCode::BAD_GATEWAY
    } else {
        StatusCode::OK
    }
}

/// Connects a lender's side, and gives every broken clause with its code.
async fn broken(app: &mut TestApp, manner: Manner) -> (Lender, usize, Vec<String>) {
    let lender = Lender {
        manner,
        now_ms: app.ctx.clock.now_ms(),
        heard: Arc::default(),
    };
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0")
        .await
        .expect("a port");
    let at = format!("http://{}", listener.local_addr().expect("an address"));
    let router = Router::new()
        .route("/identity", post(identity))
        .route("/sms", post(sms))
        .route("/hook", post(hook))
        .route("/items", post(items))
        .route("/back", get(back))
        .with_state(lender.clone());
    tokio::spawn(async move { axum::serve(listener, router).await });
    let folder = app.folder.join("lender");
    if manner == Manner::Down {
        std::fs::write(&folder, "no folder").expect("written");
    }
    app.reconfigure(|config| {
        config.webhook.loopback = Loopback::Allowed;
        config.identity.providers = vec![IdentityProvider {
            name: "carrier-a".to_owned(),
            institution: "*".to_owned(),
            method: "carrier".to_owned(),
            url: format!("{at}/identity"),
            token: "identity token".to_owned(),
            secret: "identity secret".to_owned(),
        }];
        config.sms.adapter = SmsAdapter::Http;
        config.sms.url = format!("{at}/sms");
        config.sms.token = "sms token".to_owned();
        config.consent.recipients = vec![Recipient {
            institution: "anhe".to_owned(),
            code: "hexin".to_owned(),
            url: format!("{at}/items"),
            secret: SECRET.to_owned(),
        }];
        config.contract.webhooks = vec![Hook {
            url: format!("{at}/hook"),
            secret: SECRET.to_owned(),
        }];
        config.contract.return_urls = vec![format!("{at}/back")];
        config.batch.exchanges = vec![Exchange {
            institution: "anhe".to_owned(),
            folder,
            sftp: None,
        }];
    })
    .await;
    let verdicts = check_contract(&app.ctx).await.expect("a check");
    let broken = verdicts.iter().filter_map(|verdict| {
        let code = verdict.outcome.err()?;
        Some(format!("{} {} {code}", verdict.subject, verdict.clause))
    });
    (lender, verdicts.len(), broken.collect())
}

/// Names of fields, with those of objects inside.
fn shape(value: &Value) -> Vec<String> {
    let mut names = Vec::new();
    for (name, inner) in value.as_object().into_iter().flatten() {
        names.push(name.clone());
        // What stands in `items` and `values` depends on the notice and the template.
        if !["items", "values"].contains(&name.as_str()) {
            names.extend(shape(inner).iter().map(|one| format!("{name}.{one}")));
        }
    }
    names.sort();
    names
}

/// The JSON examples of docs/adapters.md, by a field that only one of them has.
fn example(field: &str) -> Value {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/adapters.md");
    let text = std::fs::read_to_string(path).expect("the page");
    let blocks = text.split("```").skip(1).step_by(2);
    let mut found = blocks.filter_map(|block| {
        let at = block.find("\n{")?;
        let said: Value = serde_json::from_str(block[at..].trim()).ok()?;
        said.get(field).is_some().then_some(said)
    });
    found
        .next()
        .unwrap_or_else(|| panic!("no example with {field}"))
}

#[test]
fn a_lender_that_keeps_the_contract_passes_and_is_asked_as_the_page_says() {
    TestApp::run(async |app| {
        let (lender, all, broken) = broken(app, Manner::Careful).await;
        assert_eq!(broken, Vec::<String>::new());
        assert_eq!(all, 4 + 3 + 5 + 5 + 1 + 2);
        let heard = lender.heard.lock().expect("a lock").clone();
        for (path, field) in [
            ("identity", "id_number"),
            ("sms", "template"),
            ("hook", "timestamp"),
            ("items", "provision"),
        ] {
            assert_eq!(shape(&heard[path]), shape(&example(field)), "{path}");
        }
        let out = std::fs::read_dir(app.folder.join("lender/out")).expect("the folder");
        assert_eq!(out.count(), 0, "what was laid there for the check is gone");
    });
}

#[test]
fn whoever_believes_everybody_breaks_the_contract() {
    TestApp::run(async |app| {
        let (_, _, broken) = broken(app, Manner::Careless).await;
        let wanted = [
            "identity/carrier-a identity_token stranger_answered",
            "identity/carrier-a identity_signature stranger_answered",
            "sms sms_token stranger_answered",
            "recipient/hexin signed_forged stranger_answered",
            "recipient/hexin signed_changed stranger_answered",
            "recipient/hexin signed_stale stranger_answered",
            "webhook/1 signed_forged stranger_answered",
            "webhook/1 signed_changed stranger_answered",
            "webhook/1 signed_stale stranger_answered",
        ];
        assert_eq!(broken, wanted);
    });
}

#[test]
fn whoever_is_down_has_refused_nobody() {
    TestApp::run(async |app| {
        let (_, _, broken) = broken(app, Manner::Down).await;
        let has = |line: &str| assert!(broken.iter().any(|one| one == line), "{line}: {broken:?}");
        has("identity/carrier-a identity_answers answer_status");
        has("identity/carrier-a identity_token answer_status");
        has("sms sms_accepts not_accepted");
        has("recipient/hexin signed_accepts not_accepted");
        has("webhook/1 signed_forged answer_status");
        has("return_url/1 return_opens answer_status");
        has("files/anhe files_list exchange_folder");
        has("files/anhe files_put exchange_folder");
    });
}
