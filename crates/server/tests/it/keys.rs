//! API keys: what they may ask, from where, until when, and how one follows another.

use std::net::SocketAddr;

use axum::body::Body;
use axum::extract::ConnectInfo;
use axum::http::{Method, Request, StatusCode, header};
use serde_json::{Value, json};

use crate::actors::{Partner, Someone, Staff, journey_of, loan};
use crate::app::{Answer, TestApp};

const KEYS: &str = "/api/console/keys";
const DAY_MS: u64 = 86_400_000;

async fn issues(app: &TestApp, staff: &Staff, body: Value) -> (String, Partner) {
    let issued = staff.send(app, Method::POST, KEYS, Some(&body)).await;
    let issued = issued.expect(StatusCode::CREATED).json();
    let text = |field: &str| issued[field].as_str().expect("text").to_owned();
    (
        text("id"),
        Partner {
            key: text("secret"),
        },
    )
}

async fn key(app: &TestApp, staff: &Staff, id: &str) -> Value {
    let page = staff.get(app, KEYS).await.ok();
    assert!(!page.text().contains("xbk_"), "a list holds no secrets");
    let rows = page.json()["rows"].as_array().expect("rows").clone();
    rows.into_iter()
        .find(|row| row["id"] == id)
        .expect("the key")
}

#[test]
fn a_key_does_what_its_scopes_say_and_nothing_else() {
    TestApp::run(async |app| {
        let staff = Staff::signs_in(app, "heyun").await;
        let reading = json!({ "name": "报表", "scopes": ["journeys.read"] });
        let (id, reader) = issues(app, &staff, reading).await;
        let opened = Partner::of(app, "anhe")
            .opens(app, &Someone::adult(1), "hexiang", loan())
            .await;
        let path = format!("/v1/journeys/{}", opened.id);
        reader.get(app, &path).await.ok();
        let body = journey_of(&Someone::adult(2), "hexiang", loan());
        reader
            .asks(app, "key-1", &body)
            .await
            .refused(403, "scope_missing");
        reader
            .post(app, &format!("{path}/loan"), &loan())
            .await
            .refused(403, "scope_missing");
        reader
            .get(app, "/v1/roster")
            .await
            .refused(403, "scope_missing");
        assert_eq!(
            key(app, &staff, &id).await["last_used_ms"],
            json!(crate::app::START_MS)
        );
        let fact = app.fact(&id, "access.api_key_issued.v2").await;
        assert_eq!(fact["scopes"], json!(["journeys.read"]));
    });
}

#[test]
fn a_key_is_bound_to_its_networks() {
    TestApp::run(async |app| {
        let staff = Staff::signs_in(app, "heyun").await;
        let body = json!({
            "name": "core", "scopes": ["roster.read"], "networks": ["203.0.113.7/24", "2001:db8::/32"]
        });
        let (id, partner) = issues(app, &staff, body).await;
        let networks = &key(app, &staff, &id).await["networks"];
        assert_eq!(*networks, json!(["203.0.113.0/24", "2001:db8::/32"]));
        let asks = async |from: &str| -> Answer {
            let from: SocketAddr = from.parse().expect("an address");
            let request = Request::get("/v1/roster")
                .header(header::AUTHORIZATION, format!("Bearer {}", partner.key))
                .extension(ConnectInfo(from));
            app.send(request.body(Body::empty()).expect("a request"))
                .await
        };
        asks("203.0.113.200:9").await.ok();
        asks("[2001:db8::9]:9").await.ok();
        asks("[::ffff:203.0.113.9]:9").await.ok();
        asks("203.0.114.1:9")
            .await
            .refused(403, "address_not_allowed");
        partner
            .get(app, "/v1/roster")
            .await
            .refused(403, "address_not_allowed");
    });
}

#[test]
fn a_successor_and_its_predecessor_both_open_until_the_grace_is_over() {
    TestApp::run(async |app| {
        let staff = Staff::signs_in(app, "heyun").await;
        let body = json!({ "name": "core", "scopes": ["roster.read"], "days": 90 });
        let (id, old) = issues(app, &staff, body).await;
        let rotate = format!("{KEYS}/{id}/rotate");
        let grace = json!({ "grace_days": 31 });
        let sent = staff.send(app, Method::POST, &rotate, Some(&grace)).await;
        sent.refused(422, "invalid_request");
        let grace = json!({ "grace_days": 2 });
        let sent = staff.send(app, Method::POST, &rotate, Some(&grace)).await;
        let issued = sent.expect(StatusCode::CREATED).json();
        assert_eq!(
            issued["scopes"],
            json!(["roster.read"]),
            "as its predecessor"
        );
        let new = Partner {
            key: issued["secret"].as_str().expect("a secret").to_owned(),
        };
        assert_eq!(key(app, &staff, &id).await["state"], "grace");
        old.get(app, "/v1/roster").await.ok();
        new.get(app, "/v1/roster").await.ok();
        let again = staff.send(app, Method::POST, &rotate, Some(&grace)).await;
        again.refused(409, "api_key_ended");
        app.advance_ms(2 * DAY_MS);
        old.get(app, "/v1/roster")
            .await
            .refused(401, "api_key_expired");
        new.get(app, "/v1/roster").await.ok();
        let staff = Staff::signs_in(app, "heyun").await;
        let revoke = format!("{KEYS}/{}/revoke", issued["id"].as_str().expect("an id"));
        let sent = staff.post(app, &revoke).await;
        sent.expect(StatusCode::NO_CONTENT);
        new.get(app, "/v1/roster")
            .await
            .refused(401, "api_key_wrong");
        app.advance_ms(90 * DAY_MS);
    });
}

#[test]
fn keys_are_managed_by_whoever_may_and_only_their_own() {
    TestApp::run(async |app| {
        let service = Staff::signs_in(app, "luoyifan").await;
        let good = json!({ "name": "core", "scopes": ["roster.read"] });
        let sent = service.send(app, Method::POST, KEYS, Some(&good)).await;
        sent.refused(403, "right_missing");
        service.get(app, KEYS).await.refused(403, "right_missing");
        let ours = Staff::signs_in(app, "heyun").await;
        let (id, partner) = issues(app, &ours, good).await;
        let theirs = Staff::signs_in(app, "baolu").await;
        let revoke = format!("{KEYS}/{id}/revoke");
        theirs.post(app, &revoke).await.refused(404, "not_found");
        partner.get(app, "/v1/roster").await.ok();
        for (body, path) in [
            (json!({ "name": "", "scopes": ["roster.read"] }), "name"),
            (json!({ "name": "a", "scopes": [] }), "scopes"),
            (
                json!({ "name": "a", "scopes": ["everything"] }),
                "scopes[0]",
            ),
            (
                json!({ "name": "a", "scopes": ["roster.read"], "networks": ["10.0.0.0/33"] }),
                "networks[0]",
            ),
            (
                json!({ "name": "a", "scopes": ["roster.read"], "days": 0 }),
                "days",
            ),
        ] {
            let refused = ours.send(app, Method::POST, KEYS, Some(&body)).await;
            let refused = refused.refused(422, "invalid_request").json();
            assert_eq!(refused["error"]["fields"][0]["path"], path, "{body}");
        }
    });
}
