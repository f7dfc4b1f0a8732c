//! Events that leave the house: a real receiver on loopback checks them with the specification's own library.

use std::sync::{Arc, Mutex};

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse as _, Redirect, Response};
use axum::routing::post;
use serde_json::{Value, json};
use standardwebhooks::Webhook;
use xiaobao::outward::Loopback;
use xiaobao::webhook;

use crate::actors::{ANHE, Partner, Someone, Staff, loan};
use crate::app::{Answer, TestApp};

/// What came in: headers and body.
type Heard = (HeaderMap, Vec<u8>);

/// The lender's own system.
#[derive(Clone)]
struct Receiver {
    heard: Arc<Mutex<Vec<Heard>>>,
    answers: Arc<Mutex<StatusCode>>,
}

impl Receiver {
    async fn start(app: &mut TestApp) -> (Self, String) {
        let receiver = Self {
            heard: Arc::default(),
            answers: Arc::new(Mutex::new(StatusCode::NO_CONTENT)),
        };
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0")
            .await
            .expect("a port");
        let at = listener.local_addr().expect("an address");
        let router = Router::new()
            .route("/hooks", post(take))
            .with_state(receiver.clone());
        tokio::spawn(async move { axum::serve(listener, router).await });
        app.reconfigure(|config| config.webhook.loopback = Loopback::Allowed)
            .await;
        (receiver, format!("http://{at}/hooks"))
    }

    fn heard(&self) -> Vec<Heard> {
        self.heard.lock().expect("a lock").clone()
    }

    fn answers(&self, status: StatusCode) {
        *self.answers.lock().expect("a lock") = status;
    }
}

async fn take(State(receiver): State<Receiver>, headers: HeaderMap, body: Bytes) -> Response {
    receiver
        .heard
        .lock()
        .expect("a lock")
        .push((headers, body.to_vec()));
    let status = *receiver.answers.lock().expect("a lock");
    if status.is_redirection() {
        Redirect::temporary("/hooks").into_response()
    } else {
        status.into_response()
    }
}

/// The signature is right for the secret; the library's own look at the clock is not ours to test.
fn is_right(secret: &str, (headers, body): &Heard) -> bool {
    let text = |name: &str| headers[name].to_str().expect("text");
    let at: i64 = text("webhook-timestamp").parse().expect("seconds");
    let key = Webhook::new(secret).expect("a secret");
    let wanted = key.sign(text("webhook-id"), at, body).expect("a signature");
    text("webhook-signature")
        .split(' ')
        .any(|one| one == wanted)
}

async fn send(app: &TestApp, staff: &Staff, path: &str, body: Value) -> Answer {
    let path = format!("/api/console/webhooks{path}");
    staff
        .send(app, axum::http::Method::POST, &path, Some(&body))
        .await
}

async fn get(app: &TestApp, staff: &Staff, path: &str) -> Value {
    staff
        .get(app, &format!("/api/console/webhooks{path}"))
        .await
        .ok()
        .json()
}

/// A house with one endpoint: its id and secret.
async fn endpoint(app: &TestApp, staff: &Staff, url: &str) -> (String, String) {
    let body = json!({ "url": url, "events": ["journey.opened", "journey.priced"] });
    let made = send(app, staff, "", body)
        .await
        .expect(StatusCode::CREATED)
        .json();
    let text = |key: &str| made[key].as_str().expect("text").to_owned();
    (text("id"), text("secret"))
}

/// Everything is proved, told and tried.
async fn settle(app: &TestApp) {
    app.prove().await;
    webhook::advance(&app.ctx).await.expect("a turn");
    app.run_jobs().await;
}

#[test]
fn an_event_arrives_signed_once_its_fact_is_proved() {
    TestApp::run(async |app| {
        let (receiver, url) = Receiver::start(app).await;
        let staff = Staff::signs_in(app, "heyun").await;
        Partner::of(app, ANHE)
            .opens(app, &Someone::adult(1), "hexiang", loan())
            .await;
        app.advance_ms(1);
        let (id, secret) = endpoint(app, &staff, &url).await;
        settle(app).await;
        assert_eq!(receiver.heard().len(), 0, "what was before is not told");

        let opened = Partner::of(app, ANHE)
            .opens(app, &Someone::adult(2), "hexiang", loan())
            .await;
        webhook::advance(&app.ctx).await.expect("a turn");
        app.run_jobs().await;
        assert_eq!(receiver.heard().len(), 0, "not proved yet");
        settle(app).await;
        let heard = receiver.heard();
        assert_eq!(heard.len(), 2, "opened and priced");
        for one in &heard {
            assert!(is_right(&secret, one));
            assert!(
                !is_right("whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD", one),
                "a forged one"
            );
            let forged = (one.0.clone(), b"{}".to_vec());
            assert!(!is_right(&secret, &forged), "another body");
            let body: Value = serde_json::from_slice(&one.1).expect("JSON");
            assert_eq!(body["data"]["id"], opened.id.as_str());
            let text = String::from_utf8_lossy(&one.1).into_owned();
            let someone = Someone::adult(2);
            for private in [&someone.name, &someone.id_number, &someone.phone] {
                assert!(!text.contains(private.as_str()), "{text}");
            }
        }
        settle(app).await;
        assert_eq!(receiver.heard().len(), 2, "told once");

        let rows = get(app, &staff, &format!("/{id}/deliveries")).await["rows"].clone();
        let event = heard[1].0["webhook-id"].to_str().expect("text");
        // Both were begun in the same millisecond: neither is the newer one.
        let rows = rows.as_array().expect("rows");
        let row = rows.iter().find(|row| row["event"] == event);
        let row = row.expect("the event's delivery");
        assert_eq!(row["state"], "delivered");
        let delivery = row["id"].as_str().expect("an id").to_owned();
        let again = format!("/{id}/deliveries/{delivery}/replay");
        send(app, &staff, &again, json!({})).await.ok();
        send(app, &staff, &again, json!({}))
            .await
            .refused(409, "webhook_not_settled");
        app.run_jobs().await;
        let heard = receiver.heard();
        assert_eq!(heard[2].0["webhook-id"], event, "the same id once more");
        let answer = send(
            app,
            &staff,
            &format!("/{id}/replay"),
            json!({ "since_ms": 0 }),
        )
        .await;
        assert_eq!(answer.ok().json()["deliveries"], 2);
        app.run_jobs().await;
        assert_eq!(receiver.heard().len(), 5);
        let attempts = get(
            app,
            &staff,
            &format!("/{id}/deliveries/{delivery}/attempts"),
        )
        .await;
        assert_eq!(attempts.as_array().expect("rows").len(), 3);
        assert_eq!(attempts[2]["status"], 204);
    });
}

#[test]
fn a_failing_receiver_is_tried_again_and_in_the_end_paused() {
    TestApp::run(async |app| {
        let (receiver, url) = Receiver::start(app).await;
        let staff = Staff::signs_in(app, "heyun").await;
        let (id, _) = endpoint(app, &staff, &url).await;
        receiver.answers(StatusCode::TEMPORARY_REDIRECT);
        Partner::of(app, ANHE)
            .opens(app, &Someone::adult(1), "hexiang", loan())
            .await;
        settle(app).await;
        assert_eq!(receiver.heard().len(), 2, "redirects are not followed");
        app.advance_ms(4_000);
        app.run_jobs().await;
        assert_eq!(receiver.heard().len(), 2, "not yet");
        app.advance_ms(1_000);
        app.run_jobs().await;
        assert_eq!(receiver.heard().len(), 4);
        receiver.answers(StatusCode::INTERNAL_SERVER_ERROR);
        for _ in 0..4 {
            app.advance_ms(24 * 3_600_000);
            app.run_jobs().await;
        }
        app.advance_ms(24 * 3_600_000);
        app.run_jobs().await;
        let staff = Staff::signs_in(app, "heyun").await;
        let row = get(app, &staff, "").await["rows"][0].clone();
        assert_eq!(
            (row["id"].as_str(), row["state"].as_str()),
            (Some(id.as_str()), Some("paused"))
        );
        assert_eq!(app.facts(&id, "webhook.stopped.v1").await, 1);
        let silent = receiver.heard().len();
        app.advance_ms(24 * 3_600_000);
        app.run_jobs().await;
        assert_eq!(
            receiver.heard().len(),
            silent,
            "a paused endpoint is left alone"
        );
        let staff = Staff::signs_in(app, "heyun").await;
        send(
            app,
            &staff,
            &format!("/{id}/replay"),
            json!({ "since_ms": 0 }),
        )
        .await
        .refused(409, "webhook_disabled");

        receiver.answers(StatusCode::OK);
        send(app, &staff, &format!("/{id}/resume"), json!({}))
            .await
            .ok();
        send(
            app,
            &staff,
            &format!("/{id}/replay"),
            json!({ "since_ms": 0 }),
        )
        .await
        .ok();
        app.run_jobs().await;
        let rows = get(app, &staff, &format!("/{id}/deliveries")).await["rows"].clone();
        let states: Vec<_> = rows
            .as_array()
            .expect("rows")
            .iter()
            .map(|row| row["state"].clone())
            .collect();
        assert_eq!(states, ["delivered", "delivered"]);
    });
}

#[test]
fn a_new_secret_signs_beside_the_older_until_its_grace_is_over() {
    TestApp::run(async |app| {
        let (receiver, url) = Receiver::start(app).await;
        let staff = Staff::signs_in(app, "heyun").await;
        let (id, first) = endpoint(app, &staff, &url).await;
        let turned = send(
            app,
            &staff,
            &format!("/{id}/rotate"),
            json!({ "grace_hours": 1 }),
        )
        .await
        .ok()
        .json();
        let second = turned["secret"].as_str().expect("a secret").to_owned();
        assert_ne!(first, second);
        Partner::of(app, ANHE)
            .opens(app, &Someone::adult(1), "hexiang", loan())
            .await;
        settle(app).await;
        assert!(
            receiver
                .heard()
                .iter()
                .all(|one| is_right(&first, one) && is_right(&second, one))
        );
        app.advance_ms(3_600_000);
        Partner::of(app, ANHE)
            .opens(app, &Someone::adult(2), "hexiang", loan())
            .await;
        settle(app).await;
        let last = receiver.heard().pop().expect("an event");
        assert!(is_right(&second, &last) && !is_right(&first, &last));
    });
}

#[test]
fn no_inner_address_is_taken_and_no_stranger_sees_an_endpoint() {
    TestApp::run(async |app| {
        let staff = Staff::signs_in(app, "heyun").await;
        for (url, code) in [
            ("https://169.254.169.254/latest", "webhook_target_forbidden"),
            (
                "https://[::ffff:169.254.169.254]/",
                "webhook_target_forbidden",
            ),
            ("https://2130706433/", "webhook_target_forbidden"),
            ("http://lender.example/", "webhook_url"),
        ] {
            let body = json!({ "url": url, "events": ["journey.opened"] });
            send(app, &staff, "", body).await.refused(422, code);
        }
        let body = json!({ "url": "https://lender.example/", "events": [] });
        send(app, &staff, "", body)
            .await
            .refused(422, "invalid_request");
        let (id, _) = endpoint(app, &staff, "https://lender.example/hooks").await;
        let other = Staff::signs_in(app, "baolu").await;
        assert_eq!(get(app, &other, "").await["rows"], json!([]));
        for (path, body) in [
            ("rotate", json!({ "grace_hours": 1 })),
            ("disable", json!({})),
            ("resume", json!({})),
            ("replay", json!({ "since_ms": 0 })),
        ] {
            send(app, &other, &format!("/{id}/{path}"), body)
                .await
                .refused(404, "not_found");
        }
        let path = format!("/api/console/webhooks/{id}/deliveries");
        other.get(app, &path).await.refused(404, "not_found");
        let service = Staff::signs_in(app, "luoyifan").await;
        service
            .get(app, "/api/console/webhooks")
            .await
            .refused(403, "right_missing");
    });
}

#[test]
fn an_inner_network_opens_to_its_own_institution_alone() {
    TestApp::run(async |app| {
        app.reconfigure(|config| {
            let nets = "10.20.0.0/16".to_owned().try_into().expect("networks");
            config.outward.webhook = [(ANHE.to_owned(), nets)].into();
        })
        .await;
        let body = json!({ "url": "https://10.20.0.7/hooks", "events": ["journey.opened"] });
        let ours = Staff::signs_in(app, "heyun").await;
        send(app, &ours, "", body.clone())
            .await
            .expect(StatusCode::CREATED);
        let theirs = Staff::signs_in(app, "baolu").await;
        send(app, &theirs, "", body)
            .await
            .refused(422, "webhook_target_forbidden");
    });
}

#[test]
fn a_name_that_leads_inside_is_never_called() {
    TestApp::run(async |app| {
        let staff = Staff::signs_in(app, "heyun").await;
        let (id, _) = endpoint(app, &staff, "https://localhost/hooks").await;
        Partner::of(app, ANHE)
            .opens(app, &Someone::adult(1), "hexiang", loan())
            .await;
        settle(app).await;
        let rows = get(app, &staff, &format!("/{id}/deliveries")).await["rows"].clone();
        let delivery = rows[0]["id"].as_str().expect("an id");
        let attempts = get(
            app,
            &staff,
            &format!("/{id}/deliveries/{delivery}/attempts"),
        )
        .await;
        assert_eq!(attempts[0]["failure"], "target_forbidden");
        send(app, &staff, &format!("/{id}/disable"), json!({}))
            .await
            .ok();
    });
}

#[test]
fn the_lender_s_own_systems_see_deliveries_and_ask_for_them_again() {
    TestApp::run(async |app| {
        let (receiver, url) = Receiver::start(app).await;
        let staff = Staff::signs_in(app, "heyun").await;
        let (id, _) = endpoint(app, &staff, &url).await;
        let lender = Partner::of(app, ANHE);
        app.advance_ms(1);
        lender
            .opens(app, &Someone::adult(1), "hexiang", loan())
            .await;
        settle(app).await;
        let known = lender.get(app, "/v1/webhooks").await.ok().json();
        assert_eq!(known["rows"][0]["id"], id.as_str());
        assert!(!known.to_string().contains("whsec_"), "no secret is shown");
        let path = format!("/v1/webhooks/{id}/deliveries");
        let sent = lender.get(app, &path).await.ok().json();
        assert_eq!(sent["rows"].as_array().expect("rows").len(), 2);
        let delivery = sent["rows"][0]["id"].as_str().expect("an id");
        let tried = format!("{path}/{delivery}/attempts");
        let tried = lender.get(app, &tried).await.ok().json();
        assert_eq!(tried[0]["status"], 204);
        let again = format!("{path}/{delivery}/replay");
        lender.post(app, &again, &json!({})).await.ok();
        app.run_jobs().await;
        assert_eq!(receiver.heard().len(), 3);
        let since = format!("/v1/webhooks/{id}/replay");
        let answer = lender.post(app, &since, &json!({ "since_ms": 0 })).await;
        assert_eq!(answer.ok().json()["deliveries"], 2);
        // Who asked is evidence: the key, not a member of staff.
        assert_eq!(app.facts(&id, "webhook.replayed.v1").await, 2);
    });
}
