//! Identity providers on loopback: real HTTP, with every kind of bad manners.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse as _, Redirect, Response};
use axum::routing::post;
use axum::{Json, Router};
use hmac::{Hmac, KeyInit as _, Mac as _};
use serde_json::{Value, json};
use sha2::Sha256;
use xiaobao::config::IdentityProvider;
use xiaobao::product::{IdentityMethod, Progress};

use crate::actors::Someone;
use crate::app::TestApp;
use crate::identity::{case_of, good_document};

/// How a provider on loopback behaves.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Manner {
    Says(&'static str),
    Slow,
    Breaks,
    Refuses,
    Babbles,
    SignsWrongly,
    AnswersOther,
    SendsAway,
    Floods,
}

/// A question as it arrived.
type Question = (HeaderMap, Vec<u8>);

#[derive(Clone)]
struct Provider {
    manner: Arc<Mutex<Manner>>,
    heard: Arc<Mutex<Vec<Question>>>,
}

impl Provider {
    fn hears(&self, headers: &HeaderMap, body: &[u8]) {
        let mut heard = self.heard.lock().expect("what was heard");
        heard.push((headers.clone(), body.to_vec()));
    }
}

const SECRET: &str = "a shared secret";

fn signature(secret: &str, check: &str, body: &[u8]) -> String {
    let mut mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).expect("a key");
    mac.update(&[check.as_bytes(), b".", body].concat());
    format!("v1={}", proof::hex::encode(&mac.finalize().into_bytes()))
}

async fn answers(
    State(provider): State<Provider>,
    headers: HeaderMap,
    body: axum::body::Bytes,
) -> Response {
    let manner = *provider.manner.lock().expect("a manner");
    provider.hears(&headers, &body);
    let check = headers["idempotency-key"]
        .to_str()
        .expect("an id")
        .to_owned();
    let said = |check: &str, answer: &str| {
        json!({ "check": check, "answer": answer, "reason": "mismatch" }).to_string()
    };
    let signed = |secret: &str, said: String| {
        let right = signature(secret, &check, said.as_bytes());
        ([("x-xiaobao-signature", right)], said).into_response()
    };
    match manner {
        Manner::Says(answer) => signed(SECRET, said(&check, answer)),
        Manner::Slow => {
            tokio::time::sleep(Duration::from_secs(3)).await;
            signed(SECRET, said(&check, "yes"))
        }
        Manner::Breaks => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
        Manner::Refuses => StatusCode::BAD_REQUEST.into_response(),
        Manner::Babbles => signed(SECRET, "<html>yes</html>".to_owned()),
        Manner::SignsWrongly => signed("another secret", said(&check, "yes")),
        Manner::AnswersOther => signed(SECRET, said("chk_other", "yes")),
        Manner::SendsAway => Redirect::temporary("/elsewhere").into_response(),
        Manner::Floods => Json("y".repeat(100_000)).into_response(),
    }
}

/// Puts a real provider on loopback in place of the simulator.
async fn provider(app: &mut TestApp) -> Provider {
    let provider = Provider {
        manner: Arc::new(Mutex::new(Manner::Breaks)),
        heard: Arc::default(),
    };
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0")
        .await
        .expect("a port");
    let at = listener.local_addr().expect("an address");
    let router = Router::new()
        .route("/checks", post(answers))
        .route("/elsewhere", post(answers))
        .with_state(provider.clone());
    tokio::spawn(async move { axum::serve(listener, router).await });
    app.reconfigure(|config| {
        config.identity.timeout_seconds = 1;
        config.identity.providers = IdentityMethod::DEFAULT
            .into_iter()
            .chain([IdentityMethod::NetworkId])
            .map(|method| IdentityProvider {
                name: "loopback".to_owned(),
                institution: "*".to_owned(),
                method: method.as_str().to_owned(),
                url: format!("http://{at}/checks"),
                token: "a token".to_owned(),
                secret: SECRET.to_owned(),
            })
            .collect();
    })
    .await;
    provider
}

#[test]
fn a_real_provider_is_believed_only_when_it_answers_as_agreed() {
    TestApp::run(async |app| {
        let provider = provider(app).await;
        for (number, manner, progress, reason) in [
            (1, Manner::Says("yes"), Progress::Done, json!("mismatch")),
            (2, Manner::Says("no"), Progress::Refused, json!("mismatch")),
            (
                3,
                Manner::Says("unknown"),
                Progress::NeedsPerson,
                json!("mismatch"),
            ),
            (
                4,
                Manner::Says("maybe"),
                Progress::NeedsPerson,
                json!("no_answer"),
            ),
            (5, Manner::Slow, Progress::NeedsPerson, json!("no_answer")),
            (6, Manner::Breaks, Progress::NeedsPerson, json!("no_answer")),
            (7, Manner::Refuses, Progress::NeedsPerson, json!("rejected")),
            (
                8,
                Manner::Babbles,
                Progress::NeedsPerson,
                json!("no_answer"),
            ),
            (
                9,
                Manner::SignsWrongly,
                Progress::NeedsPerson,
                json!("no_answer"),
            ),
            (
                10,
                Manner::AnswersOther,
                Progress::NeedsPerson,
                json!("no_answer"),
            ),
            (
                11,
                Manner::SendsAway,
                Progress::NeedsPerson,
                json!("no_answer"),
            ),
            (
                12,
                Manner::Floods,
                Progress::NeedsPerson,
                json!("no_answer"),
            ),
        ] {
            *provider.manner.lock().expect("a manner") = manner;
            provider.heard.lock().expect("what was heard").clear();
            let someone = Someone::adult(number);
            let case = case_of(app, &someone).await;
            case.is_checked(app).await;
            assert_eq!(case.progress(app).await, progress, "{manner:?}");
            let fact = app.fact(&case.id, "identity.checked.v1").await;
            assert_eq!(fact["reason"], reason, "{manner:?}");
            assert_eq!(
                (&fact["origin"], &fact["provider"]),
                (&json!("real"), &json!("loopback"))
            );
            let heard = provider.heard.lock().expect("what was heard");
            // One question has one id, however often it is asked; nobody asks for ever.
            let ids: std::collections::BTreeSet<&[u8]> = heard
                .iter()
                .map(|(headers, _)| headers["idempotency-key"].as_bytes())
                .collect();
            assert!(
                ids.len() <= 2 && heard.len() <= 8,
                "{manner:?} {}",
                heard.len()
            );
            for (headers, body) in heard.iter() {
                assert_eq!(headers["authorization"], "Bearer a token");
                let id = headers["idempotency-key"].to_str().expect("an id");
                assert_eq!(headers["x-xiaobao-signature"], signature(SECRET, id, body));
                let asked: Value = serde_json::from_slice(body).expect("JSON");
                assert_eq!(asked["id_number"], someone.id_number.as_str());
                assert_eq!(asked["phone"].is_null(), asked["method"] == "registry");
            }
        }
    });
}

#[test]
fn an_authority_s_own_page_needs_a_session_and_a_provider_that_recovers_is_heard() {
    TestApp::run(async |app| {
        let provider = provider(app).await;
        let case = case_of(app, &Someone::adult(1)).await;
        case.starts(app, &[IdentityMethod::NetworkId], good_document(), None)
            .await
            .expect("started");
        app.run_jobs().await;
        let fact = app.fact(&case.id, "identity.checked.v1").await;
        assert_eq!(fact["reason"], "session_missing");
        assert!(provider.heard.lock().expect("what was heard").is_empty());

        let case = case_of(app, &Someone::adult(2)).await;
        case.starts(app, &[IdentityMethod::Registry], good_document(), None)
            .await
            .expect("started");
        app.run_jobs().await;
        assert_eq!(case.progress(app).await, Progress::Waiting);
        *provider.manner.lock().expect("a manner") = Manner::Says("yes");
        app.advance_ms(5_000);
        app.run_jobs().await;
        assert_eq!(case.progress(app).await, Progress::Done);
        let fact = app.fact(&case.id, "identity.checked.v1").await;
        assert_eq!(fact["tries"], 2);
        assert_eq!(app.facts(&case.id, "identity.unanswered.v1").await, 1);
    });
}
