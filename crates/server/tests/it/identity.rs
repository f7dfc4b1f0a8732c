//! Who the person is: providers that answer, keep silent or lie; and staff who look for themselves.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse as _, Redirect, Response};
use axum::routing::post;
use axum::{Json, Router};
use hmac::{Hmac, KeyInit as _, Mac as _};
use jiff::civil::date;
use serde_json::{Value, json};
use sha2::Sha256;
use xiaobao::config::IdentityProvider;
use xiaobao::error::Result;
use xiaobao::identity::{self, Route, Start, Validity};
use xiaobao::ledger::{self, Changed, Seat, SeatKind, Tx};
use xiaobao::product::{IdentityMethod, Progress};
use xiaobao::vault::{self, ItemKind, Private, SubjectId};

use crate::actors::{
    ANHE, JIANGLAN, Opened, Partner, Someone, Staff, institution_id, journey_of, loan,
};
use crate::app::TestApp;

/// A person at the step `identity` of an open journey.
struct Case {
    id: String,
    subject: SubjectId,
    seat: Seat,
}

/// The person of a case is checked by every provider there is.
pub async fn checked(app: &TestApp, someone: &Someone, case: &str) {
    person_of(app, someone, case).await.is_checked(app).await;
}

async fn case_of(app: &TestApp, someone: &Someone) -> Case {
    let body = journey_of(someone, "hexiang", loan());
    let answer = Partner::of(app, ANHE)
        .asks(app, &someone.id_number, &body)
        .await;
    let opened = Opened::of(answer.expect(StatusCode::CREATED).json());
    person_of(app, someone, &opened.id).await
}

async fn person_of(app: &TestApp, someone: &Someone, case: &str) -> Case {
    let institution = institution_id(app, ANHE).await;
    let view = app.ctx.db.read(&institution).await.expect("a view");
    let found = vault::search(&app.ctx, &view, ItemKind::IdNumber, &someone.id_number).await;
    let subject = found.expect("a search").remove(0);
    Case {
        id: case.to_owned(),
        seat: Seat {
            institution,
            kind: SeatKind::Customer,
            id: subject.to_string(),
        },
        subject,
    }
}

impl Case {
    async fn begin(&self, app: &TestApp) -> Tx {
        ledger::begin(&app.ctx, &self.seat).await.expect("a write")
    }

    async fn starts(
        &self,
        app: &TestApp,
        methods: &[IdentityMethod],
        document: Validity,
        card: Option<&str>,
    ) -> Result<Changed> {
        let mut tx = self.begin(app).await;
        let card = card.map(Private::from);
        let start = Start {
            case: &self.id,
            subject: &self.subject,
            age: 48,
            methods,
            document,
            bank_card: card.as_ref(),
            sessions: &HashMap::new(),
        };
        let changed = identity::start(&mut tx, start).await?;
        if changed == Changed::Yes {
            ledger::commit_recorded(tx).await?;
        }
        Ok(changed)
    }

    /// Asks the methods of most products and lets every provider answer.
    async fn is_checked(&self, app: &TestApp) {
        let started = self
            .starts(app, &IdentityMethod::DEFAULT, good_document(), None)
            .await;
        assert_eq!(started.expect("started"), Changed::Yes);
        for _ in 0..6 {
            app.run_jobs().await;
            app.advance_ms(60_000);
        }
    }

    async fn goes_to(&self, app: &TestApp, route: Route) -> Result<Changed> {
        let mut tx = self.begin(app).await;
        let changed = identity::ask_person(&mut tx, &self.id, &self.subject, route).await?;
        if changed == Changed::Yes {
            ledger::commit_recorded(tx).await?;
        }
        Ok(changed)
    }

    async fn progress(&self, app: &TestApp) -> Progress {
        let view = app.ctx.db.read(&self.seat.institution).await;
        identity::progress(&view.expect("a view"), &self.id)
            .await
            .expect("a progress")
    }

    async fn is_seen_by(&self, app: &TestApp, staff: &Staff) -> Value {
        let path = format!("/api/console/identity/{}", self.id);
        staff.get(app, &path).await.ok().json()
    }
}

fn good_document() -> Validity {
    Validity::Until(date(2036, 5, 1))
}

#[test]
fn the_simulator_s_answers_lead_to_each_end_and_are_marked() {
    TestApp::run(async |app| {
        let staff = Staff::signs_in(app, "luoyifan").await;
        for (serial, progress, answers) in [
            (1, Progress::Done, json!(["yes", "yes"])),
            (991, Progress::Refused, json!(["no", null])),
            (992, Progress::NeedsPerson, json!(["unknown", "unknown"])),
            (993, Progress::NeedsPerson, json!(["unknown", "unknown"])),
            (994, Progress::Done, json!(["yes", "yes"])),
        ] {
            let case = case_of(app, &Someone::adult(serial)).await;
            assert_eq!(case.progress(app).await, Progress::Open);
            case.is_checked(app).await;
            assert_eq!(case.progress(app).await, progress, "{serial}");
            let seen = case.is_seen_by(app, &staff).await;
            let checks = seen["checks"].as_array().expect("checks");
            let said: Vec<&Value> = checks.iter().map(|check| &check["answer"]).collect();
            if serial != 991 {
                assert_eq!(json!(said), answers, "{serial}");
            }
            let fact = app.fact(&case.id, "identity.checked.v1").await;
            assert_eq!(fact["origin"], "simulated");
            // A second start changes nothing.
            let again = case
                .starts(app, &IdentityMethod::DEFAULT, good_document(), None)
                .await;
            assert_eq!(again.expect("no change"), Changed::No);
        }
    });
}

#[test]
fn documents_and_cards_are_looked_at_before_anyone_is_asked() {
    TestApp::run(async |app| {
        let case = case_of(app, &Someone::adult(1)).await;
        let card = [IdentityMethod::BankCard];
        for (methods, document, number, code) in [
            (
                &IdentityMethod::DEFAULT[..],
                Validity::Until(date(2026, 11, 20)),
                None,
                "document_expired",
            ),
            (
                &IdentityMethod::DEFAULT,
                Validity::Until(date(2066, 1, 1)),
                None,
                "document_date",
            ),
            (&card, good_document(), None, "bank_card_missing"),
            (
                &card,
                good_document(),
                Some("4111111111111112"),
                "invalid_request",
            ),
        ] {
            let refused = case.starts(app, methods, document, number).await;
            assert_eq!(refused.expect_err("refused").code(), code);
        }
        assert_eq!(case.progress(app).await, Progress::Open);
        let started = case
            .starts(app, &card, Validity::LongTerm, Some("4111111111111111"))
            .await;
        assert_eq!(started.expect("started"), Changed::Yes);
        app.run_jobs().await;
        assert_eq!(case.progress(app).await, Progress::Done);
        // What was opened was opened for this purpose only, and the reason to open it has ended.
        let opened = app.fact(case.subject.as_str(), "vault.opened.v1").await;
        assert_eq!(opened["purpose"], "verify_identity");
        let ended = app
            .fact(case.subject.as_str(), "vault.grant_ended.v1")
            .await;
        assert_eq!(ended["why"], "finished");
    });
}

#[test]
fn a_person_is_one_tap_away_and_staff_swear_only_to_what_they_saw() {
    TestApp::run(async |app| {
        let case = case_of(app, &Someone::adult(1)).await;
        let asked = case.goes_to(app, Route::VideoAgent).await;
        assert_eq!(asked.expect("asked"), Changed::Yes);
        assert_eq!(case.progress(app).await, Progress::NeedsPerson);
        let staff = Staff::signs_in(app, "luoyifan").await;
        let list = staff
            .get(app, "/api/console/identity?phase=needs_person")
            .await
            .ok()
            .json();
        assert_eq!(list["rows"][0]["id"], case.id.as_str());
        assert_eq!(list["rows"][0]["route"], "video_agent");
        let path = format!("/api/console/identity/{}/attest", case.id);
        let attest = async |staff: &Staff, verdict: &str, seen: Value| {
            let body = json!({ "route": "video_agent", "verdict": verdict, "seen": seen });
            staff
                .send(app, axum::http::Method::POST, &path, Some(&body))
                .await
        };
        let all = json!(["document_original", "document_dates", "person_matches"]);
        let without_right = Staff::signs_in(app, "shenqiao").await;
        attest(&without_right, "yes", all.clone())
            .await
            .refused(403, "right_missing");
        let elsewhere = Staff::signs_in(app, "qinmo").await;
        attest(&elsewhere, "yes", all.clone())
            .await
            .refused(404, "not_found");
        attest(&staff, "yes", json!(["document_original"]))
            .await
            .refused(422, "identity_seen_too_little");
        let attested = attest(&staff, "yes", all.clone()).await.ok().json();
        assert_eq!(attested["phase"], "verified");
        assert_eq!(case.progress(app).await, Progress::Done);
        attest(&staff, "no", json!([]))
            .await
            .refused(409, "identity_not_waiting");
        let too_late = case.goes_to(app, Route::Counter).await;
        assert_eq!(too_late.expect_err("settled").code(), "identity_settled");
        let csv = staff
            .get(app, "/api/console/identity?format=csv")
            .await
            .ok()
            .text();
        assert!(csv.contains(&case.id) && csv.contains("verified"), "{csv}");
        let other = institution_id(app, JIANGLAN).await;
        let view = app.ctx.db.read(&other).await.expect("a view");
        assert_eq!(
            identity::progress(&view, &case.id).await.expect("nothing"),
            Progress::Open
        );
    });
}

#[test]
fn a_clear_no_is_not_the_end_and_a_shared_phone_is_only_a_sign() {
    TestApp::run(async |app| {
        let first = case_of(app, &Someone::adult(1)).await;
        let mut twin = Someone::adult(991);
        twin.phone = Someone::adult(1).phone;
        let case = case_of(app, &twin).await;
        case.is_checked(app).await;
        assert_eq!(case.progress(app).await, Progress::Refused);
        let staff = Staff::signs_in(app, "luoyifan").await;
        assert_eq!(case.is_seen_by(app, &staff).await["same_phone"], 1);
        case.goes_to(app, Route::Counter).await.expect("asked");
        assert_eq!(case.progress(app).await, Progress::NeedsPerson);
        first.is_checked(app).await;
        assert_eq!(first.progress(app).await, Progress::Done);
    });
}

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
