//! Who is signed in, for how long, and what they may do.

use axum::body::Body;
use axum::http::{Method, Request, header};
use sea_orm::FromQueryResult;
use serde_json::json;
use xiaobao::access;
use xiaobao::db::{Read as _, Scope};
use xiaobao::ledger::Seat;

use crate::access::opened;
use crate::actors::{ANHE, JIANGLAN, Partner, Staff, institution_id};
use crate::app::{Site, TestApp};

/// What an hour of refused sign-ins leaves.
const REFUSED: &str = "access.sign_ins_refused.v1";

#[derive(FromQueryResult)]
struct Count {
    n: i64,
}

#[test]
fn five_wrong_passwords_pause_an_account_known_or_not() {
    TestApp::run(async |app| {
        let password = app.demo.accounts[0].password.clone();
        for account in ["luoyifan", "nobody"] {
            for _ in 0..5 {
                Staff::tries(app, ANHE, account, "wrong password")
                    .await
                    .refused(401, "login_wrong");
            }
            let paused = Staff::tries(app, ANHE, account, &password)
                .await
                .refused(429, "login_too_many");
            assert_eq!(paused.json()["error"]["retry_after_ms"], 300_000);
        }
        // Other accounts of the house are not paused.
        Staff::tries(app, ANHE, "shenqiao", &password).await.ok();
        // The same name elsewhere is another account.
        Staff::tries(app, JIANGLAN, "luoyifan", &password)
            .await
            .refused(401, "login_wrong");
        app.advance_ms(300_000);
        Staff::tries(app, ANHE, "nobody", &password)
            .await
            .refused(401, "login_wrong");
        Staff::tries(app, ANHE, "luoyifan", &password).await.ok();
        // A success clears the count.
        for _ in 0..4 {
            Staff::tries(app, ANHE, "luoyifan", "wrong password")
                .await
                .refused(401, "login_wrong");
        }
        Staff::tries(app, ANHE, "luoyifan", &password).await.ok();
        app.advance_ms(2 * 3_600_000);
        app.run_jobs().await;
        let anhe = institution_id(app, ANHE).await;
        let sworn = app.fact(anhe.as_str(), REFUSED).await;
        let admin = Staff::signs_in(app, "jiangtong").await;
        let luoyifan = admin.colleague(app, "luoyifan").await;
        let accounts = json!([{ "staff": luoyifan, "tries": 9 }]);
        let told = json!([sworn["tries"], sworn["unknown"], sworn["accounts"]]);
        assert_eq!(told, json!([15, 6, accounts]));
    });
}

#[test]
fn a_wrong_password_writes_the_same_whoever_it_is_for() {
    TestApp::run(async |app| {
        app.run_jobs().await;
        let written = async || {
            let view = app.whole().read(Scope::Unscoped).await.expect("a view");
            let mut counts = Vec::new();
            for sql in [
                "SELECT COUNT(*) AS n FROM ledger_facts",
                "SELECT COUNT(*) AS n FROM jobs_jobs WHERE kind = 'access.swear_refusals'",
                "SELECT COUNT(*) AS n FROM access_attempts",
                "SELECT COUNT(*) AS n FROM access_sessions",
            ] {
                let row: Option<Count> = view.one(sql, vec![]).await.expect("a query");
                counts.push(row.expect("a count").n);
            }
            counts
        };
        // Known, kept out, invited without a password, and nobody.
        let admin = Staff::signs_in(app, "jiangtong").await;
        let heyun = admin.colleague(app, "heyun").await;
        let path = format!("/api/console/staff/{heyun}/disable");
        assert_eq!(admin.post(app, &path).await.status.as_u16(), 204);
        crate::staff::invites(app, &admin, "wenxin", &[]).await;
        // What is counted of anybody is one row an hour.
        Staff::tries(app, ANHE, "somebody", "wrong password").await;
        let mut traces = Vec::new();
        for account in ["luoyifan", "heyun", "wenxin", "nobody"] {
            let before = written().await;
            Staff::tries(app, ANHE, account, "wrong password")
                .await
                .refused(401, "login_wrong");
            let after = written().await;
            let more = after
                .iter()
                .zip(&before)
                .map(|(after, before)| after - before);
            traces.push(more.collect::<Vec<_>>());
        }
        assert_eq!(traces, vec![vec![0, 0, 1, 0]; 4]);
        // How many facts there are is public: an hour of tries makes one, whoever they were for.
        for account in ["luoyifan", "heyun", "wenxin", "nobody"] {
            app.advance_ms(2 * 3_600_000);
            app.run_jobs().await;
            let at_ms = app.ctx.clock.now_ms();
            let before = written().await[0];
            for _ in 0..2 {
                Staff::tries(app, ANHE, account, "wrong password")
                    .await
                    .refused(401, "login_wrong");
            }
            app.advance_ms(2 * 3_600_000);
            app.run_jobs().await;
            assert_eq!(written().await[0] - before, 1, "{account}");
            let anhe = institution_id(app, ANHE).await;
            let sworn = app.fact(anhe.as_str(), REFUSED).await;
            let hour_ms = at_ms / 3_600_000 * 3_600_000;
            assert_eq!(sworn["from_ms"], hour_ms, "when it was, not when sworn to");
            assert_eq!(sworn["tries"], 2);
            assert_eq!(sworn["unknown"] == 2, account == "nobody");
        }
    });
}

#[test]
fn a_staff_session_ends_by_idleness_by_age_and_by_signing_out() {
    TestApp::run(async |app| {
        let staff = Staff::signs_in(app, "luoyifan").await;
        let seen = staff.get(app, "/api/console/session").await.ok().json();
        assert_eq!(
            (&seen["account"], &seen["demo"]),
            (&json!("luoyifan"), &json!(true))
        );
        assert_eq!(seen["institution"]["code"], ANHE);
        // Half a working day, a look every 29 minutes.
        for _ in 0..24 {
            app.advance_ms(29 * 60_000);
            staff.get(app, "/api/console/session").await.ok();
        }
        app.advance_ms(29 * 60_000);
        staff
            .get(app, "/api/console/session")
            .await
            .refused(401, "session_expired");
        let staff = Staff::signs_in(app, "luoyifan").await;
        app.advance_ms(30 * 60_000);
        staff
            .get(app, "/api/console/journeys")
            .await
            .refused(401, "session_expired");
        let staff = Staff::signs_in(app, "luoyifan").await;
        let left = staff
            .send(app, Method::DELETE, "/api/console/session", None)
            .await;
        assert_eq!(
            (left.status.as_u16(), left.cookie(access::STAFF_COOKIE)),
            (204, String::new())
        );
        staff
            .get(app, "/api/console/session")
            .await
            .refused(401, "session_ended");
    });
}

async fn with_cookie(
    site: &Site,
    method: Method,
    path: &str,
    cookie: &str,
    own_page: bool,
) -> String {
    let mut request = Request::builder()
        .method(method)
        .uri(path)
        .header(header::COOKIE, cookie)
        .header(header::CONTENT_TYPE, "application/json");
    if own_page {
        request = request.header("x-xiaobao", "1");
    }
    let answer = site
        .send(request.body(Body::from("{}")).expect("a request"))
        .await;
    if answer.status.is_success() {
        "ok".to_owned()
    } else {
        answer.code()
    }
}

#[test]
fn a_write_from_another_site_is_refused() {
    TestApp::run(async |app| {
        let (opened, mut borrower) = opened(app, 1).await;
        borrower.enters(app, &opened.id).await;
        let cookie = borrower.cookie.clone().expect("a session");
        let cookie = format!("{}={cookie}", access::CUSTOMER_COOKIE);
        for path in ["/api/h5/person", "/api/h5/leave"] {
            assert_eq!(
                with_cookie(app, Method::POST, path, &cookie, false).await,
                "csrf"
            );
        }
        assert_eq!(
            with_cookie(app, Method::GET, "/api/h5/journey", &cookie, false).await,
            "ok"
        );
        assert_eq!(app.facts(&opened.id, "journey.person_asked.v1").await, 0);
        let staff = Staff::signs_in(app, "luoyifan").await;
        let cookie = format!("{}={}", access::STAFF_COOKIE, staff.cookie);
        let link = format!("/api/console/journeys/{}/link", opened.id);
        assert_eq!(
            with_cookie(app, Method::POST, &link, &cookie, false).await,
            "csrf"
        );
        assert_eq!(
            with_cookie(app, Method::POST, &link, &cookie, true).await,
            "ok"
        );
    });
}

#[test]
fn a_session_of_one_kind_is_none_of_the_other() {
    TestApp::run(async |app| {
        let (opened, mut borrower) = opened(app, 1).await;
        borrower.enters(app, &opened.id).await;
        let stolen = borrower.cookie.clone().expect("a session");
        let staff = Staff::signs_in(app, "luoyifan").await;
        let (as_staff, as_customer) = (access::STAFF_COOKIE, access::CUSTOMER_COOKIE);
        let cases = [
            (format!("{as_staff}={stolen}"), "/api/console/journeys"),
            (format!("{as_customer}={}", staff.cookie), "/api/h5/journey"),
            (format!("{as_customer}={stolen}"), "/api/console/journeys"),
            (
                format!("{as_staff}=; {as_customer}={stolen}"),
                "/api/console/session",
            ),
            (format!("{as_customer}=\"\""), "/api/h5/journey"),
            (
                format!("{as_customer}={}", "x".repeat(5_000)),
                "/api/h5/journey",
            ),
            ("nonsense".to_owned(), "/api/h5/journey"),
        ];
        for (cookie, path) in cases {
            let code = with_cookie(app, Method::GET, path, &cookie, true).await;
            assert_eq!(code, "session_missing", "{path}");
        }
        for cookie in [staff.cookie.as_str(), stolen.as_str()] {
            Partner {
                key: cookie.to_owned(),
            }
            .get(app, &format!("/v1/journeys/{}", opened.id))
            .await
            .refused(401, "api_key_wrong");
        }
    });
}

#[test]
fn cookies_are_kept_from_scripts_other_sites_and_other_paths() {
    TestApp::run(async |app| {
        let (opened, borrower) = opened(app, 1).await;
        borrower.asks_code(app).await.ok();
        app.run_jobs().await;
        let code = borrower.reads_code(app, &opened.id).await;
        let answer = borrower.tries_code(app, &code).await.ok();
        let cookie = answer.headers["set-cookie"]
            .to_str()
            .expect("text")
            .to_owned();
        for part in ["Path=/api/h5", "HttpOnly", "SameSite=Strict"] {
            assert!(cookie.contains(part), "{cookie}");
        }
        for (name, part) in [
            ("cache-control", "no-store"),
            ("content-security-policy", "frame-ancestors 'none'"),
            ("referrer-policy", "no-referrer"),
            ("x-content-type-options", "nosniff"),
        ] {
            assert!(
                answer.headers[name].to_str().expect("text").contains(part),
                "{name}"
            );
        }
        assert!(
            answer.headers["x-request-id"]
                .to_str()
                .expect("text")
                .starts_with("req_")
        );
    });
}

#[test]
fn leaving_ends_the_session_and_the_link_opens_again() {
    TestApp::run(async |app| {
        let (opened, mut borrower) = opened(app, 1).await;
        borrower.enters(app, &opened.id).await;
        let left = borrower.post(app, "/api/h5/leave", &json!({})).await;
        assert_eq!(left.status.as_u16(), 204);
        borrower
            .get(app, "/api/h5/journey")
            .await
            .refused(401, "session_ended");
        app.advance_ms(60_000);
        borrower.enters(app, &opened.id).await;
        borrower.journey(app).await;
    });
}

#[test]
fn each_page_of_the_console_asks_for_its_right() {
    TestApp::run(async |app| {
        let (opened, _) = opened(app, 1).await;
        app.settle().await;
        let anhe = institution_id(app, ANHE).await;
        let seat = Seat::system(&anhe, "test");
        let new = access::NewStaff {
            account: "guest".to_owned(),
            name: "访客".to_owned(),
            badge: "AH-0".to_owned(),
            password: "a long password".into(),
            rights: vec![],
            roles: vec![],
        };
        access::add_staff(&app.ctx, &seat, new)
            .await
            .expect("added");
        let answer = Staff::tries(app, ANHE, "guest", "a long password")
            .await
            .ok();
        let guest = Staff {
            cookie: answer.cookie(access::STAFF_COOKIE),
        };
        let service = Staff::signs_in(app, "luoyifan").await;
        let product = service.product(app, "hexiang").await["id"]
            .as_str()
            .expect("an id")
            .to_owned();
        let journey = format!("/api/console/journeys/{}", opened.id);
        let paths = [
            "/api/console/journeys".to_owned(),
            journey.clone(),
            format!("{journey}/timeline"),
            format!("{journey}/timeline/1/proof"),
            format!("{journey}/release"),
            format!("{journey}/bundle"),
            format!("/api/console/products/{product}"),
            "/api/console/products".to_owned(),
            "/api/console/outbox".to_owned(),
            "/api/console/log".to_owned(),
        ];
        for path in &paths {
            let refused = guest.get(app, path).await.refused(403, "right_missing");
            assert!(refused.text().contains(".view"), "{path} names the right");
            service.get(app, path).await.ok();
            let stranger = Staff {
                cookie: "x".repeat(43),
            };
            stranger
                .get(app, path)
                .await
                .refused(401, "session_missing");
        }
        for path in [
            format!("{journey}/link"),
            format!("/api/console/products/{product}/versions/1/approve"),
        ] {
            guest.post(app, &path).await.refused(403, "right_missing");
        }
    });
}
