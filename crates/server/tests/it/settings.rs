//! What an institution sets for itself, what the operator may, and what is forgotten in time.

use axum::body::Body;
use axum::http::{Method, Request, StatusCode, header};
use serde_json::{Value, json};
use xiaobao::access;
use xiaobao::db::{Read as _, Scope, Write as _};

use crate::actors::{ANHE, Borrower, Partner, Someone, Staff, loan};
use crate::app::{Answer, Count, TestApp};
use crate::loosenings::agrees;

const SETTINGS: &str = "/api/console/settings";
const DAY_MS: u64 = 86_400_000;

async fn known(app: &TestApp, staff: &Staff) -> Value {
    staff.get(app, SETTINGS).await.ok().json()
}

/// Changes some settings of what is known.
pub async fn sets(app: &TestApp, staff: &Staff, change: Value) -> Answer {
    let mut body = known(app, staff).await;
    let asked = change.as_object().expect("settings").clone();
    let settings = body["settings"].as_object_mut().expect("settings");
    settings.extend(asked);
    let body = json!({ "version": body["version"], "settings": body["settings"] });
    staff.send(app, Method::PUT, SETTINGS, Some(&body)).await
}

#[test]
fn settings_come_into_force_by_version_and_leave_a_fact() {
    TestApp::run(async |app| {
        let staff = Staff::signs_in(app, "heyun").await;
        let before = known(app, &staff).await;
        assert_eq!(
            (&before["version"], &before["settings"]["short_name"]),
            (&json!(0), &json!("安禾消费金融"))
        );
        let change = json!({ "short_name": "安禾", "brand_colour": "#23407a", "valid_days": 3, "elder_age": 40 });
        let after = sets(app, &staff, change).await.ok().json();
        assert_eq!(after["version"], 1);
        let anhe = crate::actors::institution_id(app, ANHE).await;
        let fact = app.fact(anhe.as_str(), "access.settings_changed.v1").await;
        assert_eq!(
            fact["changed"],
            json!(["short_name", "brand_colour", "elder_age", "valid_days"])
        );
        // Someone who still looks at the old version is told.
        let stale = json!({ "version": 0, "settings": before["settings"] });
        let sent = staff.send(app, Method::PUT, SETTINGS, Some(&stale)).await;
        sent.refused(409, "settings_changed");
        // What follows: the age of elders, the days of a link, the name that signs.
        let opened = Partner::of(app, ANHE)
            .opens(app, &Someone::adult(1), "hexiang", loan())
            .await;
        let expires = opened.body["link"]["expires_at_ms"].as_i64().expect("ms");
        assert_eq!(expires - app.ctx.clock.now_ms(), 3 * DAY_MS as i64);
        let mut borrower = Borrower::with(&opened.url);
        let journey = borrower.enters(app, &opened.id).await;
        assert_eq!(journey["audience"], "elder");
        assert_eq!(journey["institution"]["short_name"], "安禾");
        let brand = app.get("/api/public/anhe/brand").await.ok().json();
        assert_eq!(
            (&brand["colour"], &brand["short_name"]),
            (&json!("#23407a"), &json!("安禾"))
        );
    });
}

#[test]
fn wrong_settings_are_refused_by_field_and_by_right() {
    TestApp::run(async |app| {
        let staff = Staff::signs_in(app, "heyun").await;
        for (change, path) in [
            (json!({ "brand_colour": "#ffff00" }), "brand_colour"),
            (json!({ "own_domain": "https://x.example" }), "own_domain"),
            (
                json!({ "return_origins": ["http://x.example"] }),
                "return_origins[0]",
            ),
            (json!({ "elder_age": 61 }), "elder_age"),
            (json!({ "retention_days": 0 }), "retention_days"),
            (json!({ "hotline": "" }), "hotline"),
        ] {
            let refused = sets(app, &staff, change)
                .await
                .refused(422, "invalid_request");
            assert_eq!(refused.json()["error"]["fields"][0]["path"], path);
        }
        let service = Staff::signs_in(app, "luoyifan").await;
        service
            .get(app, SETTINGS)
            .await
            .refused(403, "right_missing");
    });
}

#[test]
fn an_own_domain_shows_its_owner_and_belongs_to_one() {
    TestApp::run(async |app| {
        let ours = Staff::signs_in(app, "heyun").await;
        let theirs = Staff::signs_in(app, "baolu").await;
        let change = json!({ "own_domain": "loan.anhe.example" });
        sets(app, &ours, change.clone()).await.ok();
        agrees(app, "jiangtong").await;
        sets(app, &theirs, change)
            .await
            .refused(409, "domain_taken");
        let brand = async |host: &str| -> Value {
            let request = Request::get("/api/public/brand").header(header::HOST, host);
            let answer = app
                .send(request.body(Body::empty()).expect("a request"))
                .await;
            answer.ok().json()
        };
        assert_eq!(brand("loan.anhe.example").await["code"], "anhe");
        assert_eq!(brand("LOAN.anhe.example:443").await["code"], "anhe");
        assert_eq!(brand("elsewhere.example").await, Value::Null);
        let opened = Partner::of(app, ANHE)
            .opens(app, &Someone::adult(1), "hexiang", loan())
            .await;
        assert!(
            opened.url.starts_with("https://loan.anhe.example/h5/#/j/"),
            "{}",
            opened.url
        );
        // Given up, it is free again.
        sets(app, &ours, json!({ "own_domain": null })).await.ok();
        assert_eq!(brand("loan.anhe.example").await, Value::Null);
        let change = json!({ "own_domain": "loan.anhe.example" });
        sets(app, &theirs, change.clone()).await.ok();
        sets(app, &ours, change).await.ok();
        agrees(app, "tangning").await;
        assert_eq!(brand("loan.anhe.example").await["code"], "jianglan");
        // Somebody else was first meanwhile.
        let colleague = Staff::signs_in(app, "jiangtong").await;
        let path = "/api/console/settings/loosenings";
        let rows = colleague.get(app, path).await.ok().json();
        let id = rows["rows"][0]["id"].as_str().expect("an id").to_owned();
        let late = colleague.post(app, &format!("{path}/{id}/approve")).await;
        late.refused(409, "domain_taken");
    });
}

/// A picture of one pixel with words beside it.
fn png() -> Vec<u8> {
    let chunk = |kind: &[u8; 4], data: &[u8]| {
        let length = u32::try_from(data.len()).expect("short").to_be_bytes();
        [&length, kind.as_slice(), data, &[0; 4]].concat()
    };
    let header = [0, 0, 0, 1, 0, 0, 0, 1, 8, 6, 0, 0, 0];
    [
        b"\x89PNG\r\n\x1a\n".to_vec(),
        chunk(b"IHDR", &header),
        chunk(b"tEXt", b"Author\0someone"),
        chunk(b"IDAT", b"x"),
        chunk(b"IEND", b""),
    ]
    .concat()
}

#[test]
fn a_logo_is_a_picture_and_nothing_else() {
    TestApp::run(async |app| {
        let staff = Staff::signs_in(app, "heyun").await;
        let puts = async |bytes: Vec<u8>| -> Answer {
            let cookie = format!("{}={}", access::STAFF_COOKIE, staff.cookie);
            let request = Request::put(format!("{SETTINGS}/logo"))
                .header(header::COOKIE, cookie)
                .header("x-xiaobao", "1")
                .header(header::CONTENT_TYPE, "image/png")
                .body(Body::from(bytes));
            app.send(request.expect("a request")).await
        };
        puts(b"<svg onload='alert(1)'/>".to_vec())
            .await
            .refused(422, "invalid_request");
        puts(png()).await.ok();
        let path = app.get("/api/public/anhe/brand").await.ok().json()["logo"]
            .as_str()
            .expect("a logo")
            .to_owned();
        let logo = app.get(&path).await.ok();
        assert_eq!(logo.headers[header::CONTENT_TYPE], "image/png");
        assert!(!logo.text().contains("someone"), "words are left out");
        let other = path.replace("/anhe/", "/jianglan/");
        app.get(&other).await.refused(404, "not_found");
        // A change of other settings keeps it.
        sets(app, &staff, json!({ "valid_days": 5 })).await.ok();
        app.get(&path).await.ok();
        let dropped = staff
            .send(app, Method::DELETE, &format!("{SETTINGS}/logo"), None)
            .await;
        dropped.ok();
        app.get(&path).await.refused(404, "not_found");
    });
}

#[test]
fn the_operator_founds_institutions_and_sees_nobody_s_borrowers() {
    TestApp::run(async |app| {
        let operator = Staff::signs_in(app, "weiran").await;
        let page = operator.get(app, "/api/console/institutions").await.ok();
        let codes: Vec<Value> = page.json()["rows"]
            .as_array()
            .expect("rows")
            .iter()
            .map(|row| row["code"].clone())
            .collect();
        assert_eq!(codes, ["anhe", "jianglan", "operator"]);
        let body = json!({
            "code": "xinhe", "name": "新禾小贷（测试）", "short_name": "新禾", "hotline": "400", "kind": "small_loan"
        });
        let path = "/api/console/institutions";
        let founded = operator.send(app, Method::POST, path, Some(&body)).await;
        let founded = founded.expect(StatusCode::CREATED).json();
        let id = founded["id"].as_str().expect("an id");
        assert_eq!(app.facts(id, "access.institution_founded.v1").await, 1);
        let house = crate::actors::institution_id(app, "operator").await;
        let fact = app
            .fact(house.as_str(), "access.institution_founded_for.v1")
            .await;
        assert_eq!(fact["code"], "xinhe");
        let again = operator.send(app, Method::POST, path, Some(&body)).await;
        again.refused(409, "institution_exists");
        let mut another = body.clone();
        another["code"] = json!("second-operator");
        another["kind"] = json!("operator");
        let sent = operator.send(app, Method::POST, path, Some(&another)).await;
        sent.refused(422, "invalid_request");
        for path in [
            "/api/console/journeys",
            "/api/console/products",
            "/api/console/keys",
        ] {
            operator.get(app, path).await.refused(403, "right_missing");
        }
        // The right alone makes no operator.
        let anhe = crate::actors::institution_id(app, ANHE).await;
        let seat = xiaobao::ledger::Seat::system(&anhe, "test");
        let password = xiaobao::vault::Private::from("a long password");
        let new = access::NewStaff {
            account: "everything".to_owned(),
            name: "everything".to_owned(),
            badge: "everything".to_owned(),
            password,
            rights: access::Right::ALL.to_vec(),
            roles: vec![],
        };
        access::add_staff(&app.ctx, &seat, new)
            .await
            .expect("added");
        let signed_in = Staff::tries(app, ANHE, "everything", "a long password").await;
        let staff = Staff {
            cookie: signed_in.ok().cookie(access::STAFF_COOKIE),
        };
        staff.get(app, path).await.refused(403, "operator_only");
        let sent = staff.send(app, Method::POST, path, Some(&body)).await;
        sent.refused(403, "operator_only");
    });
}

#[test]
fn what_is_no_evidence_is_forgotten_in_time_and_evidence_stays() {
    TestApp::run(async |app| {
        let opened = Partner::of(app, ANHE)
            .opens(app, &Someone::adult(1), "hexiang", loan())
            .await;
        let mut borrower = Borrower::with(&opened.url);
        borrower.completes(app, &opened.id).await;
        app.settle().await;
        let staff = Staff::signs_in(app, "heyun").await;
        sets(app, &staff, json!({ "retention_days": 10 }))
            .await
            .ok();
        let rows = async |table: &str| -> i64 {
            let view = app
                .ctx
                .db
                .read(xiaobao::db::Scope::Unscoped)
                .await
                .expect("a view");
            let anhe = crate::actors::institution_id(app, ANHE).await;
            drop(view);
            let view = app.ctx.db.read(&anhe).await.expect("a view");
            let sql = format!("SELECT COUNT(*) AS n FROM {table} WHERE institution_id = $1");
            let row: Option<crate::app::Count> =
                xiaobao::db::Read::one(&view, &sql, xiaobao::values![&anhe])
                    .await
                    .expect("a query");
            row.expect("a row").n
        };
        let kept = ["access_sessions", "access_codes", "notify_outbox"];
        for table in kept {
            assert!(rows(table).await > 0, "{table}");
        }
        let facts = rows("ledger_facts").await;
        app.advance_ms(5 * DAY_MS);
        app.run_jobs().await;
        for table in kept {
            assert!(rows(table).await > 0, "{table} is not old yet");
        }
        for _ in 0..10 {
            app.advance_ms(DAY_MS);
            app.run_jobs().await;
        }
        for table in kept {
            assert_eq!(rows(table).await, 0, "{table}");
        }
        assert!(rows("ledger_facts").await >= facts);
    });
}

#[test]
fn an_older_house_is_swept_too_and_asking_twice_changes_nothing() {
    TestApp::run(async |app| {
        let sweeps = async || {
            let view = app.ctx.db.read(Scope::Unscoped).await.expect("a view");
            let count: Option<Count> = view
                .one(
                    "SELECT COUNT(*) AS n FROM jobs_jobs WHERE kind = 'access.sweep'",
                    vec![],
                )
                .await
                .expect("a count");
            count.expect("a row").n
        };
        let founded = sweeps().await;
        assert!(founded >= 2, "each institution was founded with its own");
        let why = "a house from before there was sweeping";
        let tx = app.ctx.db.begin_unrecorded(Scope::Unscoped, why).await;
        let mut tx = tx.expect("a write");
        tx.exec("DELETE FROM jobs_jobs WHERE kind = 'access.sweep'", vec![])
            .await
            .expect("deleted");
        tx.commit().await.expect("committed");
        for _ in 0..2 {
            access::schedule(&app.ctx).await.expect("scheduled");
            assert_eq!(sweeps().await, founded);
        }
        // They run, and each sees to the next day's.
        app.advance_ms(86_400_000);
        app.run_jobs().await;
        assert_eq!(sweeps().await, founded);
    });
}
