//! Work that rests on a consent, and the lender's duties around it: it stops when the consent ends, and not before.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};

use axum::http::{HeaderMap, Method, StatusCode};
use serde_json::{Value, json};
use standardwebhooks::Webhook;
use xiaobao::config::Recipient;
use xiaobao::db::{Read as _, Scope};
use xiaobao::notify;
use xiaobao::outward::Loopback;

use crate::actors::{ANHE, Borrower, JIANGLAN, Partner, Someone, Staff, institution_id};
use crate::app::{Answer, Count, TestApp};
use crate::consent::{asked, decides, notice, reworded, told, withdraws};

const HOUR_MS: u64 = 3_600_000;
const DAY_MS: u64 = 24 * HOUR_MS;

/// A lender's ask under an idempotency key that was never used.
pub async fn posts_anew(app: &TestApp, lender: &Partner, path: &str, body: &Value) -> Answer {
    static NEXT: AtomicU64 = AtomicU64::new(0);
    let key = format!("anew-{}", NEXT.fetch_add(1, Ordering::Relaxed));
    let headers = [("idempotency-key", key.as_str())];
    lender
        .send(app, Method::POST, path, &headers, Some(body))
        .await
}

pub async fn posts(app: &TestApp, path: &str, body: Value) -> Answer {
    let lender = Partner::of(app, ANHE);
    posts_anew(app, &lender, path, &body).await
}

async fn gets(app: &TestApp, path: &str) -> Value {
    Partner::of(app, ANHE).get(app, path).await.ok().json()
}

/// Texts in the outbox of a template.
async fn sent(app: &TestApp, template: &str) -> Vec<String> {
    let id = institution_id(app, ANHE).await;
    let page = notify::kept(&app.ctx, &id, None, 200)
        .await
        .expect("the outbox");
    let mine = page.rows.into_iter().filter(|k| k.template == template);
    mine.map(|kept| kept.text).collect()
}

/// A borrower who answered everything in the way given for marketing.
pub async fn answered(app: &TestApp, marketing: &str) -> (Borrower, String) {
    let (borrower, id) = asked(app, 1).await;
    told(&borrower, app).await;
    decides(&borrower, app, "face_voice", "decline").await;
    decides(&borrower, app, "provide_partner", "give").await;
    decides(&borrower, app, "marketing", marketing).await;
    (borrower, id)
}

/// What the console lists for the borrower's own phone, for everybody, and for another institution's staff.
async fn listed(app: &TestApp, list: &str) -> Vec<Value> {
    let staff = Staff::signs_in(app, "luoyifan").await;
    let path = format!("/api/console/{list}");
    let rows = |page: Value| page["rows"].as_array().expect("rows").clone();
    let all = rows(staff.get(app, &path).await.ok().json());
    let stranger = Staff::signs_in(app, "qinmo").await;
    let theirs = rows(stranger.get(app, &path).await.ok().json());
    assert_eq!(theirs, Vec::<Value>::new(), "{list} of another institution");
    let someone = Someone::adult(1);
    let search = format!("{path}/search");
    for (q, found) in [
        (someone.phone.as_str(), all.len()),
        (Someone::adult(2).phone.as_str(), 0),
        (all[0]["journey"].as_str().expect("an id"), all.len()),
    ] {
        let body = json!({ "q": q });
        let page = staff.send(app, Method::POST, &search, Some(&body)).await;
        assert_eq!(rows(page.ok().json()).len(), found, "{list} {q}");
    }
    let unknown = staff.get(app, &format!("{path}?state=soul")).await;
    unknown.refused(422, "invalid_request");
    let csv = staff.get(app, &format!("{path}?format=csv")).await.ok();
    assert_eq!(csv.text().lines().count(), all.len() + 1, "{}", csv.text());
    for private in [&someone.phone, &someone.name, &someone.id_number] {
        assert!(!csv.text().contains(private.as_str()));
    }
    let first = format!("{path}?limit=1");
    let first = staff.get(app, &first).await.ok().json();
    assert_eq!(first["next"].is_null(), all.len() == 1);
    assert_eq!(first["rows"][0]["id"], all[0]["id"]);
    all
}

const TEMPLATE: &str = "marketing_new_service";

pub fn message(journey: &str) -> Value {
    json!({ "journey": journey, "template": "new_service" })
}

#[test]
fn a_withdrawn_consent_stops_the_queued_message_and_refuses_the_next() {
    TestApp::run(async |app| {
        let (borrower, id) = answered(app, "give").await;
        let send_at_ms = app.ctx.clock.now_ms() + 3_600_000;
        let mut later = message(&id);
        later["send_at_ms"] = json!(send_at_ms);
        let queued = posts(app, "/v1/marketing-messages", later).await;
        let queued = queued.expect(StatusCode::CREATED).json();
        assert_eq!(
            (&queued["state"], &queued["send_at_ms"]),
            (&json!("waiting"), &json!(send_at_ms))
        );
        withdraws(&borrower, app, "marketing").await.ok();
        let fact = app.fact(&id, "consent.withdrawn.v1").await;
        assert_eq!(fact["jobs_cancelled"], 1);
        app.advance_ms(2 * HOUR_MS);
        app.run_jobs().await;
        assert_eq!(sent(app, TEMPLATE).await, Vec::<String>::new());
        let path = format!(
            "/v1/marketing-messages/{}",
            queued["id"].as_str().expect("an id")
        );
        assert_eq!(gets(app, &path).await["state"], "stopped");
        let stranger = Partner::of(app, JIANGLAN);
        let theirs = stranger.get(app, &path).await;
        theirs.refused(404, "not_found");
        posts(app, "/v1/marketing-messages", message(&id))
            .await
            .refused(409, "consent_withdrawn");
        assert_eq!(app.facts(&id, "consent.message_sent.v1").await, 0);
    });
}

#[test]
fn a_no_to_one_wording_ends_what_rests_on_every_other() {
    TestApp::run(async |app| {
        let (borrower, id) = answered(app, "give").await;
        let path = "/v1/marketing-messages";
        let mut later = message(&id);
        later["send_at_ms"] = json!(app.ctx.clock.now_ms() + 3_600_000);
        let first = posts(app, path, later.clone()).await;
        first.expect(StatusCode::CREATED);
        // A newer wording is agreed to: the message rested on words that are no longer the agreement.
        reworded(app, &notice(&borrower, app, "marketing").await).await;
        decides(&borrower, app, "marketing", "give").await;
        let second = posts(app, path, later).await;
        let second = second.expect(StatusCode::CREATED).json();
        // The next wording is refused; what rests on the one before ends with it.
        reworded(app, &notice(&borrower, app, "marketing").await).await;
        decides(&borrower, app, "marketing", "decline").await;
        assert!(app.facts(&id, "consent.withdrawn.v1").await >= 1);
        let path = format!("{path}/{}", second["id"].as_str().expect("an id"));
        assert_eq!(gets(app, &path).await["state"], "stopped");
        app.advance_ms(2 * HOUR_MS);
        app.run_jobs().await;
        assert_eq!(sent(app, TEMPLATE).await, Vec::<String>::new());
        posts(app, "/v1/marketing-messages", message(&id))
            .await
            .refused(409, "consent_missing");
    });
}

#[test]
fn messages_go_out_by_day_at_most_two_a_month_and_only_with_consent() {
    TestApp::run(async |app| {
        let (_, id) = answered(app, "give").await;
        // Half past ten at night: the message waits for eight in the morning.
        app.advance_ms(12 * HOUR_MS + HOUR_MS / 2);
        let night = posts(app, "/v1/marketing-messages", message(&id)).await;
        let night = night.expect(StatusCode::CREATED).json();
        let wait_ms = night["send_at_ms"].as_i64().expect("a time") - app.ctx.clock.now_ms();
        assert!(
            (wait_ms - 9 * 3_600_000 - 1_800_000).abs() < 60_000,
            "{wait_ms}"
        );
        app.run_jobs().await;
        assert_eq!(sent(app, TEMPLATE).await, Vec::<String>::new());
        app.advance_ms(10 * HOUR_MS);
        app.run_jobs().await;
        let texts = sent(app, TEMPLATE).await;
        assert_eq!(texts.len(), 1);
        assert!(texts[0].starts_with("【安禾消费金融】") && texts[0].contains("拒收请回复R"));
        posts(app, "/v1/marketing-messages", message(&id))
            .await
            .expect(StatusCode::CREATED);
        posts(app, "/v1/marketing-messages", message(&id))
            .await
            .refused(409, "marketing_too_many");
        app.advance_ms(31 * DAY_MS);
        posts(app, "/v1/marketing-messages", message(&id))
            .await
            .expect(StatusCode::CREATED);
    });
    TestApp::run(async |app| {
        let (_, id) = answered(app, "decline").await;
        posts(app, "/v1/marketing-messages", message(&id))
            .await
            .refused(409, "consent_missing");
    });
}

#[test]
fn the_bureau_is_asked_only_under_a_live_authority_for_the_purpose() {
    TestApp::run(async |app| {
        let (borrower, id) = answered(app, "decline").await;
        let ask = async |purpose: &str| {
            let body = json!({ "journey": id, "purpose": purpose });
            let answer = posts(app, "/v1/credit-authority/check", body).await;
            let json = answer.ok().json();
            let code = json["reason"]["code"].as_str().unwrap_or("allowed");
            let decision = json["decision"].as_str().expect("a decision");
            assert_eq!(decision == "allowed", code == "allowed", "{json}");
            code.to_owned()
        };
        assert_eq!(ask("loan_review").await, "authority_missing");
        decides(&borrower, app, "credit_authority", "give").await;
        assert_eq!(ask("loan_review").await, "allowed");
        assert_eq!(ask("guarantee_review").await, "authority_wrong_purpose");
        let path = format!("/v1/credit-authority/{id}");
        let page = gets(app, &path).await;
        assert_eq!(page["purposes"][0]["decision"], "allowed");
        assert_eq!(page["queries"].as_array().expect("asks").len(), 3);
        // The person sees every ask, the refused ones too.
        let mine = borrower
            .get(app, "/api/h5/me/bureau-queries")
            .await
            .ok()
            .json();
        assert_eq!(mine["rows"].as_array().expect("rows").len(), 3);
        let lender = Partner::of(app, ANHE);
        let again = async || {
            let body = json!({ "journey": id, "purpose": "loan_review" });
            let (path, key) = ("/v1/credit-authority/check", [("idempotency-key", "kept")]);
            lender
                .send(app, Method::POST, path, &key, Some(&body))
                .await
        };
        let first = again().await.ok().json();
        assert_eq!(again().await.ok().json(), first);
        withdraws(&borrower, app, "credit_bureau").await.ok();
        // What was allowed is not repeated after its authority ended.
        again().await.refused(409, "bureau_answer_changed");
        assert_eq!(ask("loan_review").await, "authority_withdrawn");
        assert_eq!(app.facts(&id, "consent.bureau_asked.v1").await, 5);
        let rows = listed(app, "bureau-queries").await;
        // Asks of one instant have no order.
        let mut denials: Vec<&str> = rows
            .iter()
            .map(|row| row["denial"].as_str().unwrap_or("allowed"))
            .collect();
        denials.sort_unstable();
        let expected = [
            "allowed",
            "allowed",
            "authority_missing",
            "authority_withdrawn",
            "authority_wrong_purpose",
        ];
        assert_eq!(denials, expected);
        // Another lender's system knows nothing of this journey.
        let stranger = Partner::of(app, JIANGLAN);
        let body = json!({ "journey": id, "purpose": "loan_review" });
        let path = "/v1/credit-authority/check";
        let answer = posts_anew(app, &stranger, path, &body).await;
        answer.refused(404, "not_found");
        // Asks are remembered for a week, and no longer.
        assert!(remembered(app).await > 1);
        app.advance_ms(8 * DAY_MS);
        ask("loan_review").await;
        assert_eq!(remembered(app).await, 1);
    });
    TestApp::run(async |app| {
        let (borrower, id) = answered(app, "decline").await;
        decides(&borrower, app, "credit_authority", "give").await;
        let cancel = format!("/api/h5/me/loans/{id}/cancel");
        borrower.post(app, &cancel, &json!({})).await.ok();
        let body = json!({ "journey": id, "purpose": "loan_review" });
        let answer = posts(app, "/v1/credit-authority/check", body).await.ok();
        assert_eq!(answer.json()["reason"]["code"], "journey_over");
        let page = gets(app, &format!("/v1/credit-authority/{id}")).await;
        assert_eq!(page["purposes"][0]["reason"]["code"], "journey_over");
    });
    TestApp::run(async |app| {
        app.reconfigure(|config| config.journey.valid_days = 60)
            .await;
        let (borrower, id) = answered(app, "decline").await;
        decides(&borrower, app, "credit_authority", "give").await;
        app.advance_ms(30 * DAY_MS);
        let body = json!({ "journey": id, "purpose": "loan_review" });
        let answer = posts(app, "/v1/credit-authority/check", body).await.ok();
        assert_eq!(answer.json()["reason"]["code"], "authority_expired");
    });
}

/// How many asks under a key are remembered.
async fn remembered(app: &TestApp) -> i64 {
    let view = app.whole().read(Scope::Unscoped).await.expect("a view");
    let sql = "SELECT COUNT(*) AS n FROM consent_asks";
    let row: Option<Count> = view.one(sql, vec![]).await.expect("a query");
    row.expect("a row").n
}

#[test]
fn reporting_is_covered_only_days_after_the_person_was_reached() {
    TestApp::run(async |app| {
        let (mut borrower, id) = answered(app, "decline").await;
        let body = |report_on: &str| json!({ "journey": id, "overdue": 182_903, "due_date": "2026-11-15", "report_on": report_on });
        // Nobody owes anything yet.
        let early = posts(app, "/v1/adverse-notices", body("2026-12-01")).await;
        early.refused(409, "adverse_no_loan");
        decides(&borrower, app, "credit_authority", "give").await;
        app.advance_ms(60_000);
        borrower.completes(app, &id).await;
        let far = posts(app, "/v1/adverse-notices", body("2027-11-30")).await;
        assert_eq!(far.json()["error"]["fields"][0]["code"], "too_far_ahead");
        let soon = posts(app, "/v1/adverse-notices", body("2026-11-25")).await;
        assert_eq!(soon.json()["error"]["fields"][0]["code"], "too_soon");
        let told = posts(app, "/v1/adverse-notices", body("2026-12-01")).await;
        let told = told.expect(StatusCode::CREATED).json();
        let again = posts(app, "/v1/adverse-notices", body("2026-12-01")).await;
        assert_eq!(again.ok().json()["id"], told["id"]);
        let path = format!(
            "/v1/adverse-notices/{}",
            told["id"].as_str().expect("an id")
        );
        assert_eq!(gets(app, &path).await["coverage"], "not_sent");
        let stranger = Partner::of(app, JIANGLAN);
        let theirs = stranger.get(app, &path).await;
        theirs.refused(404, "not_found");
        app.run_jobs().await;
        assert!(sent(app, "adverse_notice").await[0].contains("应还1,829.03元"));
        app.advance_ms(2 * DAY_MS);
        // The demo's outbox delivers at once; the days to pay or explain still run.
        assert_eq!(gets(app, &path).await["coverage"], "too_soon");
        borrower.enters(app, &id).await;
        let mine = borrower
            .get(app, "/api/h5/me/adverse-notices")
            .await
            .ok()
            .json();
        assert_eq!(mine["rows"][0]["overdue"], 182_903);
        let seen = format!(
            "/api/h5/me/adverse-notices/{}/seen",
            told["id"].as_str().expect("an id")
        );
        for _ in 0..2 {
            borrower
                .post(app, &seen, &json!({}))
                .await
                .expect(StatusCode::NO_CONTENT);
        }
        assert_eq!(app.facts(&id, "consent.adverse_seen.v1").await, 1);
        app.advance_ms(3 * DAY_MS);
        assert_eq!(gets(app, &path).await["coverage"], "covered");
        let rows = listed(app, "adverse-notices").await;
        assert_eq!(
            (&rows[0]["coverage"], &rows[0]["overdue"]),
            (&json!("covered"), &json!(182_903))
        );
        for proof in ["sent_at_ms", "receipt_at_ms", "seen_at_ms"] {
            assert!(rows[0][proof].is_i64(), "{proof}");
        }
    });
}

type Taken = Arc<Mutex<Vec<(HeaderMap, Vec<u8>)>>>;

/// A partner's own server on loopback; answers where it listens and what it took.
async fn receiver() -> (String, Taken) {
    let taken: Taken = Arc::default();
    let kept = taken.clone();
    let app = axum::Router::new().route(
        "/people",
        axum::routing::post(async move |headers: HeaderMap, body: axum::body::Bytes| {
            kept.lock().expect("a list").push((headers, body.to_vec()));
            StatusCode::NO_CONTENT
        }),
    );
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0")
        .await
        .expect("a port");
    let address = listener.local_addr().expect("an address");
    tokio::spawn(async move { axum::serve(listener, app).await });
    (format!("http://{address}/people"), taken)
}

#[test]
fn a_partner_gets_exactly_what_was_agreed_to_signed_and_nothing_after_a_withdrawal() {
    let secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
    TestApp::run(async |app| {
        let (url, taken) = receiver().await;
        app.reconfigure(|config| {
            config.webhook.loopback = Loopback::Allowed;
            config.consent.recipients.push(Recipient {
                institution: ANHE.to_owned(),
                code: "hexin".to_owned(),
                url,
                secret: secret.to_owned(),
            });
        })
        .await;
        let (borrower, id) = answered(app, "decline").await;
        let ask = |recipient: &str, items: Value| json!({ "journey": id, "recipient": recipient, "items": items });
        let path = "/v1/provisions";
        for (body, code) in [
            (ask("nobody", json!(["name"])), "recipient_not_named"),
            (ask("hexin", json!(["bank_card"])), "item_not_named"),
            (ask("jianglan", json!(["name"])), "recipient_not_connected"),
        ] {
            posts(app, path, body).await.refused(409, code);
        }
        let queued = posts(app, path, ask("hexin", json!(["name", "phone"]))).await;
        let queued = queued.expect(StatusCode::CREATED).json();
        app.run_jobs().await;
        let (headers, body) = taken.lock().expect("a list").pop().expect("a body");
        let sent: Value = serde_json::from_slice(&body).expect("JSON");
        let keys: Vec<&String> = sent["items"].as_object().expect("items").keys().collect();
        assert_eq!(keys, ["name", "phone"]);
        let seconds = headers["webhook-timestamp"].to_str().expect("text");
        let expected = Webhook::new(secret)
            .expect("a secret")
            .sign(
                queued["id"].as_str().expect("an id"),
                seconds.parse().expect("seconds"),
                &body,
            )
            .expect("a signature");
        assert_eq!(headers["webhook-signature"], expected.as_str());
        let done = format!("{path}/{}", queued["id"].as_str().expect("an id"));
        let stranger = Partner::of(app, JIANGLAN);
        let theirs = stranger.get(app, &done).await;
        theirs.refused(404, "not_found");
        let done = gets(app, &done).await;
        let digest = proof::hex::encode(&proof::digest::sha256(&body));
        assert_eq!(
            (&done["state"], &done["digest"]),
            (&json!("done"), &json!(digest))
        );
        assert_eq!(app.fact(&id, "consent.provided.v1").await["digest"], digest);
        let rows = listed(app, "provisions").await;
        assert_eq!(
            (&rows[0]["state"], &rows[0]["digest"]),
            (&json!("done"), &json!(digest))
        );

        posts(app, path, ask("hexin", json!(["name"])))
            .await
            .expect(StatusCode::CREATED);
        // An address inside a network is not called, whatever the configuration came to say.
        app.reconfigure(|config| config.webhook.loopback = Loopback::Refused)
            .await;
        app.run_jobs().await;
        assert!(taken.lock().expect("a list").is_empty());
        withdraws(&borrower, app, "provide_to_partner").await.ok();
        app.run_jobs().await;
        assert!(taken.lock().expect("a list").is_empty());
        posts(app, path, ask("hexin", json!(["name"])))
            .await
            .refused(409, "consent_withdrawn");
    });
}
