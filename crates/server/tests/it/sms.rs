//! Text messages: a real gateway on loopback, its templates, and its receipts.

use std::sync::{Arc, Mutex};

use axum::body::Body;
use axum::extract::State;
use axum::http::{HeaderMap, Method, Request, StatusCode, header};
use axum::routing::post;
use axum::{Json, Router};
use serde_json::{Value, json};
use xiaobao::config::SmsAdapter;
use xiaobao::notify::{self, Delivery, DeliveryState};

use crate::actors::{ANHE, Borrower, Partner, Someone, institution_id, loan};
use crate::app::{Answer, TestApp};
use crate::consent;
use crate::contacts;

const SECRET: &str = "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD";

/// What a gateway was asked, and with which key.
#[derive(Clone, Default)]
struct Gateway(Arc<Mutex<Vec<(String, Value)>>>);

impl Gateway {
    async fn of(app: &mut TestApp) -> Self {
        let gateway = Self::default();
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0")
            .await
            .expect("a port");
        let at = listener.local_addr().expect("an address");
        let router = Router::new()
            .route("/send", post(take))
            .with_state(gateway.clone());
        tokio::spawn(async move { axum::serve(listener, router).await });
        let institution = institution_id(app, ANHE).await;
        app.reconfigure(|config| {
            config.sms.adapter = SmsAdapter::Http;
            config.sms.url = format!("http://{at}/send");
            config.sms.token = "a token".to_owned();
            config.sms.receipt_secret = SECRET.to_owned();
            let key = format!("{institution}/open_link");
            config.sms.templates.insert(key, "SMS_217".to_owned());
        })
        .await;
        gateway
    }

    fn taken(&self) -> Vec<(String, Value)> {
        self.0.lock().expect("a lock").clone()
    }
}

/// Breaks down the first time, as gateways do.
async fn take(
    State(gateway): State<Gateway>,
    headers: HeaderMap,
    Json(body): Json<Value>,
) -> StatusCode {
    let key = headers[header::AUTHORIZATION]
        .to_str()
        .expect("text")
        .to_owned();
    let mut taken = gateway.0.lock().expect("a lock");
    taken.push((key, body));
    if taken.len() == 1 {
        StatusCode::BAD_GATEWAY
    } else {
        StatusCode::ACCEPTED
    }
}

async fn receipt(app: &TestApp, secret: &str, at_ms: i64, body: &Value) -> Answer {
    signed(app, "/v1/sms-receipts", secret, at_ms, body).await
}

/// A call of the gateway's own.
async fn signed(app: &TestApp, path: &str, secret: &str, at_ms: i64, body: &Value) -> Answer {
    let body = body.to_string();
    let key = standardwebhooks::Webhook::new(secret).expect("a secret");
    let at = at_ms / 1000;
    let signature = key.sign("rcp_1", at, body.as_bytes()).expect("a signature");
    let request = Request::post(path)
        .header("webhook-id", "rcp_1")
        .header("webhook-timestamp", at.to_string())
        .header("webhook-signature", signature)
        .body(Body::from(body));
    app.send(request.expect("a request")).await
}

async fn state(app: &TestApp, message: &str) -> Option<Delivery> {
    let (institution, id) = message.split_once('/').expect("two parts");
    let institution = institution_of(institution);
    let view = app.ctx.db.read(&institution).await.expect("a view");
    notify::delivery(&view, id).await.expect("a delivery")
}

fn institution_of(id: &str) -> xiaobao::id::InstitutionId {
    xiaobao::id::InstitutionId::parse(id).expect("an id")
}

#[test]
fn a_message_goes_by_its_template_and_its_receipt_is_believed_only_when_signed() {
    TestApp::run(async |app| {
        let gateway = Gateway::of(app).await;
        let partner = Partner::of(app, ANHE);
        let opened = partner
            .opens(app, &Someone::adult(1), "hexiang", loan())
            .await;
        Borrower::with(&opened.url).asks_code(app).await.ok();
        app.run_jobs().await;
        app.advance_ms(3_000);
        app.run_jobs().await;
        let taken = gateway.taken();
        assert_eq!(taken.len(), 2, "the breakdown, then once more");
        assert_eq!(taken[0], taken[1], "the same message under the same id");
        let (key, asked) = &taken[1];
        assert_eq!(key, "Bearer a token");
        assert_eq!(asked["template"], "SMS_217");
        let code = asked["values"]["code"].as_str().expect("a code");
        assert!(
            asked["text"]
                .as_str()
                .is_some_and(|text| text.contains(code))
        );
        let message = asked["message"].as_str().expect("an id").to_owned();
        let accepted = state(app, &message).await.expect("known");
        assert_eq!(accepted.state, DeliveryState::Accepted);

        let now_ms = app.ctx.clock.now_ms();
        let failed =
            json!({ "message": message, "state": "failed", "at_ms": now_ms, "failure": "MK:0001" });
        let other = "whsec_AAFVsBQIhrscChlQIMV+b5sSYspob7oD";
        for wrong_ms in [now_ms - 400_000, now_ms + 301_000] {
            let mut body = failed.clone();
            body["at_ms"] = json!(wrong_ms);
            let answer = receipt(app, SECRET, now_ms, &body).await;
            answer.refused(422, "invalid_request");
        }
        receipt(app, other, now_ms, &failed)
            .await
            .refused(401, "signature_wrong");
        receipt(app, SECRET, now_ms - 301_000, &failed)
            .await
            .refused(401, "signature_out_of_time");
        app.post("/v1/sms-receipts", &failed)
            .await
            .refused(401, "signature_missing");
        assert_eq!(
            state(app, &message).await,
            Some(accepted),
            "nothing was believed"
        );

        let named = json!({ "message": message, "state": "failed", "at_ms": now_ms, "failure": "林晓 13800000000" });
        receipt(app, SECRET, now_ms, &named)
            .await
            .refused(422, "invalid_request");
        for strange in ["nothing", "ins_x/cod_1", "/", &message[..message.len() - 1]] {
            let body = json!({ "message": strange, "state": "delivered", "at_ms": now_ms });
            receipt(app, SECRET, now_ms, &body)
                .await
                .refused(404, "not_found");
        }

        receipt(app, SECRET, now_ms, &failed)
            .await
            .expect(StatusCode::NO_CONTENT);
        let known = state(app, &message).await.expect("known");
        assert_eq!(
            (known.state, known.failure.as_deref()),
            (DeliveryState::Failed, Some("MK:0001"))
        );
        let delivered = json!({ "message": message, "state": "delivered", "at_ms": now_ms + 5 });
        for _ in 0..2 {
            receipt(app, SECRET, now_ms, &delivered)
                .await
                .expect(StatusCode::NO_CONTENT);
        }
        receipt(app, SECRET, now_ms, &failed)
            .await
            .expect(StatusCode::NO_CONTENT);
        let known = state(app, &message).await.expect("known");
        assert_eq!(
            (known.state, known.failure),
            (DeliveryState::Delivered, None)
        );
        assert_eq!(known.receipt_at_ms, Some(now_ms + 5));
    });
}

#[test]
fn without_a_secret_no_receipt_is_taken() {
    TestApp::run(async |app| {
        let body = json!({ "message": "a/b", "state": "delivered", "at_ms": 1 });
        let now_ms = app.ctx.clock.now_ms();
        receipt(app, SECRET, now_ms, &body)
            .await
            .refused(401, "signature_wrong");
    });
}

/// A reply that the gateway hands over.
async fn reply(app: &TestApp, id: &str, from: &str, text: &str) -> Answer {
    let institution = institution_id(app, ANHE).await;
    let body = json!({ "reply": id, "institution": institution, "from": from, "text": text });
    signed(
        app,
        "/v1/sms-replies",
        SECRET,
        app.ctx.clock.now_ms(),
        &body,
    )
    .await
}

#[test]
fn a_reply_takes_the_consent_to_marketing_back_once_and_for_that_phone() {
    TestApp::run(async |app| {
        app.reconfigure(|config| config.sms.receipt_secret = SECRET.to_owned())
            .await;
        let (borrower, case) = consent::asked(app, 1).await;
        consent::told(&borrower, app).await;
        consent::decides(&borrower, app, "marketing", "give").await;
        let phone = Someone::adult(1).phone;
        let state = async || {
            let mine = consent::mine(&borrower, app, "marketing").await;
            mine["state"].as_str().expect("a state").to_owned()
        };
        for (id, from, text) in [
            ("mo-1", phone.as_str(), "谢谢"),
            ("mo-2", "19900000000", "R"),
        ] {
            let answer = reply(app, id, from, text).await;
            answer.expect(StatusCode::NO_CONTENT);
            assert_eq!(state().await, "given", "{text}");
        }
        for wrong in ["", "10690000", "+8519900000", "8612345"] {
            reply(app, "mo-0", wrong, "R")
                .await
                .refused(422, "invalid_request");
        }
        // What goes to another phone of the same person's is no concern of this one.
        let elsewhere = Someone {
            phone: "19909999999".to_owned(),
            ..Someone::adult(1)
        };
        Partner::of(app, ANHE)
            .opens(app, &elsewhere, "hexiang", loan())
            .await;
        reply(app, "mo-5", &elsewhere.phone, "R")
            .await
            .expect(StatusCode::NO_CONTENT);
        assert_eq!(state().await, "given");
        // Gateways write the country's code before it, or don't.
        let written = format!("+86{phone}");
        for _ in 0..2 {
            let answer = reply(app, "mo-3", &written, "r").await;
            answer.expect(StatusCode::NO_CONTENT);
            assert_eq!(state().await, "withdrawn");
        }
        assert_eq!(app.facts(&case, "consent.withdrawn.v1").await, 1);
        assert_eq!(app.facts("", "consent.opted_out.v1").await, 3);
        let body = json!({ "reply": "mo-4", "institution": "ins_x", "from": phone, "text": "R" });
        app.post("/v1/sms-replies", &body)
            .await
            .refused(401, "signature_missing");
        reply(app, "m o", &phone, "R")
            .await
            .refused(422, "invalid_request");
    });
}

#[test]
fn whoever_was_named_by_a_borrower_is_heard_by_a_reply_too() {
    TestApp::run(async |app| {
        app.reconfigure(|config| config.sms.receipt_secret = SECRET.to_owned())
            .await;
        let product = consent::asking_product(app, &contacts::NOTICES).await;
        let case = contacts::told(app, Someone::adult(61), product).await;
        case.names(app, contacts::DAUGHTER, "child").await.ok();
        app.settle().await;
        let phone = format!("86{}", contacts::DAUGHTER.1);
        reply(app, "mo-1", &phone, "退订")
            .await
            .expect(StatusCode::NO_CONTENT);
        assert_eq!(contacts::kept_with(app, contacts::DAUGHTER.1).await, 0);
        let fact = app.fact(&case.id, "contacts.refused.v1").await;
        assert_eq!(fact["bar"], "anybody");
    });
}

#[test]
fn a_no_to_an_advertisement_is_none_to_being_somebody_s_contact() {
    TestApp::run(async |app| {
        app.reconfigure(|config| config.sms.receipt_secret = SECRET.to_owned())
            .await;
        let product = consent::asking_product(app, &contacts::NOTICES).await;
        let daughter = contacts::told(app, Someone::adult(62), product).await;
        consent::decides(&daughter.borrower, app, "marketing", "give").await;
        // Somebody else names her, and she is told; an advertisement comes later.
        let mother = contacts::told(app, Someone::adult(63), product).await;
        let phone = daughter.someone.phone.clone();
        mother.names(app, ("周晓梅", &phone), "child").await.ok();
        app.settle().await;
        app.advance_ms(1_000);
        let body = json!({ "journey": daughter.id, "template": "new_service" });
        let headers = [("idempotency-key", "once")];
        let sent = Partner::of(app, ANHE)
            .send(
                app,
                Method::POST,
                "/v1/marketing-messages",
                &headers,
                Some(&body),
            )
            .await;
        sent.expect(StatusCode::CREATED);
        app.settle().await;
        reply(app, "mo-1", &phone, "R")
            .await
            .expect(StatusCode::NO_CONTENT);
        let mine = consent::mine(&daughter.borrower, app, "marketing").await;
        assert_eq!(mine["state"], "withdrawn");
        assert_eq!(app.facts(&mother.id, "contacts.refused.v1").await, 0);
        // Said again it is the same no; what she is told of later has one of its own.
        reply(app, "mo-2", &phone, "R")
            .await
            .expect(StatusCode::NO_CONTENT);
        let aunt = contacts::told(app, Someone::adult(64), product).await;
        aunt.names(app, ("周晓梅", &phone), "child").await.ok();
        app.settle().await;
        reply(app, "mo-3", &phone, "R")
            .await
            .expect(StatusCode::NO_CONTENT);
        assert_eq!(app.facts(&aunt.id, "contacts.refused.v1").await, 1);
        assert_eq!(app.facts(&mother.id, "contacts.refused.v1").await, 0);
    });
}
