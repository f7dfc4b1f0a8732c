//! What loosens who gets in, or moves where borrowers are led, takes two people; what tightens it takes one.

use axum::http::Method;
use serde_json::{Value, json};

use crate::actors::{JIANGLAN, Staff, institution_id};
use crate::app::TestApp;
use crate::factors::asks_of;

const SETTINGS: &str = "/api/console/settings";
const LOOSENINGS: &str = "/api/console/settings/loosenings";
const PROVIDER: &str = "/api/console/sign-in-provider";

async fn set(app: &TestApp, by: &Staff, change: impl Fn(&mut Value)) -> Value {
    let known = by.get(app, SETTINGS).await.ok().json();
    let mut settings = known["settings"].clone();
    change(&mut settings);
    let body = json!({ "version": known["version"], "settings": settings });
    let put = by.send(app, Method::PUT, SETTINGS, Some(&body)).await;
    put.ok().json()
}

async fn open(app: &TestApp, reader: &Staff) -> Vec<Value> {
    let listed = reader.get(app, LOOSENINGS).await.ok().json();
    listed["rows"].as_array().expect("rows").clone()
}

/// A colleague agrees to everything that waits.
pub async fn agrees(app: &TestApp, account: &str) {
    let colleague = Staff::signs_in(app, account).await;
    for row in open(app, &colleague).await {
        let agreed = colleague.post(app, &deciding(&row, "approve")).await;
        assert_eq!(agreed.status.as_u16(), 204, "{}", agreed.text());
    }
}

fn deciding(row: &Value, how: &str) -> String {
    format!("{LOOSENINGS}/{}/{how}", row["id"].as_str().expect("an id"))
}

#[test]
fn a_looser_rule_of_second_factors_waits_and_the_rest_counts_at_once() {
    TestApp::run(async |app| {
        let (admin, other) = (
            Staff::signs_in(app, "tangning").await,
            Staff::signs_in(app, "hanyu").await,
        );
        // Tightening takes one person.
        asks_of(app, &admin, "privileged").await;
        assert_eq!(open(app, &admin).await, Vec::<Value>::new());
        let saved = set(app, &admin, |settings| {
            settings["second_factor"] = json!("off");
            settings["valid_days"] = json!(9);
        })
        .await;
        assert_eq!(saved["settings"]["second_factor"], "privileged");
        assert_eq!(saved["settings"]["valid_days"], 9);
        let waiting = open(app, &admin).await;
        assert_eq!(waiting[0]["loosening"], json!({ "second_factor": "off" }));
        assert_eq!(waiting[0]["may_approve"], false);
        admin
            .post(app, &deciding(&waiting[0], "approve"))
            .await
            .refused(403, "second_person_needed");
        Staff::signs_in(app, "jiangtong")
            .await
            .post(app, &deciding(&waiting[0], "approve"))
            .await
            .refused(404, "not_found");
        assert_eq!(open(app, &other).await[0]["may_approve"], true);
        let agreed = other.post(app, &deciding(&waiting[0], "approve")).await;
        assert_eq!(agreed.status.as_u16(), 204);
        let now = other.get(app, SETTINGS).await.ok().json();
        assert_eq!(now["settings"]["second_factor"], "off");
        assert_eq!(now["settings"]["valid_days"], 9);
        other
            .post(app, &deciding(&waiting[0], "approve"))
            .await
            .refused(409, "change_closed");
        let house = institution_id(app, JIANGLAN).await;
        for (kind, count) in [
            ("access.loosening_proposed.v1", 1),
            ("access.loosening_approved.v1", 1),
            ("access.settings_changed.v1", 3),
        ] {
            assert_eq!(app.facts(house.as_str(), kind).await, count, "{kind}");
        }
    });
}

#[test]
fn a_provider_of_sign_ins_is_named_by_two_people_and_dropped_by_one() {
    TestApp::run(async |app| {
        let (admin, other) = (
            Staff::signs_in(app, "tangning").await,
            Staff::signs_in(app, "hanyu").await,
        );
        let names = async |by: &Staff, issuer: &str| {
            let provider = json!({ "issuer": issuer, "client_id": "xiaobao", "claim": "preferred_username", "acr": "anything", "amr": null });
            let body = json!({ "provider": provider, "secret": "a-client-secret" });
            by.send(app, Method::PUT, PROVIDER, Some(&body)).await
        };
        let known = async || {
            let shown = admin.get(app, PROVIDER).await.ok().json();
            shown["provider"]["issuer"].clone()
        };
        names(&admin, "https://10.1.2.3/")
            .await
            .refused(422, "invalid_request");
        names(&admin, "https://first.example/").await.ok();
        names(&admin, "https://id.example/").await.ok();
        assert_eq!(known().await, Value::Null, "nobody comes in by it yet");
        let listed = admin.get(app, LOOSENINGS).await.ok().text();
        assert!(!listed.contains("a-client-secret"));
        let waiting = open(app, &other).await;
        assert_eq!(waiting.len(), 1, "the newest alone");
        let provider = &waiting[0]["loosening"]["sign_in_provider"];
        assert_eq!(provider["issuer"], "https://id.example/");
        let refused = admin.post(app, &deciding(&waiting[0], "refuse")).await;
        assert_eq!(refused.status.as_u16(), 204);
        other
            .post(app, &deciding(&waiting[0], "approve"))
            .await
            .refused(409, "change_closed");
        names(&admin, "https://id.example/").await.ok();
        let waiting = open(app, &other).await;
        let agreed = other.post(app, &deciding(&waiting[0], "approve")).await;
        assert_eq!(agreed.status.as_u16(), 204);
        assert_eq!(known().await, "https://id.example/");
        let dropped = admin.send(app, Method::DELETE, PROVIDER, None).await;
        assert_eq!(dropped.status.as_u16(), 204);
        assert_eq!(known().await, Value::Null);
        // A proposal falls with the standing of whoever made it.
        names(&admin, "https://id.example/").await.ok();
        let waiting = open(app, &other).await;
        let id = other.colleague(app, "tangning").await;
        let path = format!("/api/console/staff/{id}/disable");
        assert_eq!(other.post(app, &path).await.status.as_u16(), 204);
        other
            .post(app, &deciding(&waiting[0], "approve"))
            .await
            .refused(409, "change_closed");
    });
}

#[test]
fn where_borrowers_are_led_is_moved_by_two_people() {
    TestApp::run(async |app| {
        let (admin, other) = (
            Staff::signs_in(app, "tangning").await,
            Staff::signs_in(app, "hanyu").await,
        );
        let saved = set(app, &admin, |settings| {
            settings["own_domain"] = json!("loan.jianglan.example");
            settings["return_origins"] = json!(["https://app.example", "https://more.example"]);
            settings["embedding"] = json!("allowed");
            settings["hotline"] = json!("95500");
        })
        .await;
        assert_eq!(saved["settings"]["hotline"], "95500");
        assert_eq!(saved["settings"]["own_domain"], Value::Null);
        assert_eq!(saved["settings"]["return_origins"], json!([]));
        assert_eq!(saved["settings"]["embedding"], "denied");
        let rows = open(app, &other).await.into_iter();
        let mut waiting: Vec<Value> = rows.map(|row| row["loosening"].clone()).collect();
        waiting.sort_by_key(Value::to_string);
        let origins = json!(["https://app.example", "https://more.example"]);
        let expected = [
            json!({ "embedding": "allowed" }),
            json!({ "own_domain": "loan.jianglan.example" }),
            json!({ "return_origins": origins }),
        ];
        assert_eq!(waiting, expected);
        for row in open(app, &admin).await {
            let alone = admin.post(app, &deciding(&row, "approve")).await;
            alone.refused(403, "second_person_needed");
        }
        agrees(app, "hanyu").await;
        let known = async || other.get(app, SETTINGS).await.ok().json()["settings"].clone();
        let settings = known().await;
        assert_eq!(settings["own_domain"], "loan.jianglan.example");
        assert_eq!(settings["return_origins"], origins);
        assert_eq!(settings["embedding"], "allowed");
        // Ending is one person's; what was dropped meanwhile doesn't come back with an older proposal.
        let more = |settings: &mut Value| {
            settings["return_origins"] = json!(["https://more.example", "https://third.example"]);
        };
        set(app, &admin, more).await;
        agrees(app, "hanyu").await;
        let kept = json!(["https://more.example", "https://third.example"]);
        assert_eq!(known().await["return_origins"], kept);
        set(app, &admin, |settings| {
            settings["own_domain"] = Value::Null;
            settings["embedding"] = json!("denied");
        })
        .await;
        let settings = known().await;
        assert_eq!(settings["own_domain"], Value::Null);
        assert_eq!(settings["embedding"], "denied");
        assert_eq!(open(app, &other).await, Vec::<Value>::new());
    });
}

#[test]
fn the_house_s_own_host_is_no_institution_s() {
    TestApp::run(async |app| {
        app.reconfigure(|config| config.server.public_url = "http://house.example/".to_owned())
            .await;
        let admin = Staff::signs_in(app, "tangning").await;
        let known = admin.get(app, SETTINGS).await.ok().json();
        let mut settings = known["settings"].clone();
        settings["own_domain"] = json!("house.example");
        let body = json!({ "version": known["version"], "settings": settings });
        let put = admin.send(app, Method::PUT, SETTINGS, Some(&body)).await;
        let refused = put.refused(422, "invalid_request").json();
        assert_eq!(
            refused["error"]["fields"][0]["code"],
            json!("domain_of_house")
        );
    });
}

#[test]
fn an_inner_network_that_the_operator_opened_takes_a_provider() {
    TestApp::run(async |app| {
        let provider = json!({ "issuer": "https://10.1.2.3/realms/x", "client_id": "xiaobao", "claim": "preferred_username", "acr": null, "amr": null });
        let body = json!({ "provider": provider, "secret": "a-client-secret" });
        let admin = Staff::signs_in(app, "tangning").await;
        admin
            .send(app, Method::PUT, PROVIDER, Some(&body))
            .await
            .refused(422, "invalid_request");
        app.reconfigure(|config| {
            let nets = "10.1.0.0/16".to_owned().try_into().expect("networks");
            config.outward.sign_in = [(JIANGLAN.to_owned(), nets)].into();
        })
        .await;
        let admin = Staff::signs_in(app, "tangning").await;
        admin
            .send(app, Method::PUT, PROVIDER, Some(&body))
            .await
            .ok();
        // It opens to nobody else of the house.
        let stranger = Staff::signs_in(app, "jiangtong").await;
        stranger
            .send(app, Method::PUT, PROVIDER, Some(&body))
            .await
            .refused(422, "invalid_request");
    });
}
