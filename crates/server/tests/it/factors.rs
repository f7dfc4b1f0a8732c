//! Second factors, sessions, and proving once more who one is.

use axum::http::Method;
use serde_json::{Value, json};
use totp_rs::{Algorithm, Builder, Secret};
use xiaobao::access;

use crate::actors::{ANHE, Staff};
use crate::app::{Answer, TestApp};

/// An authenticator app.
pub struct App(Vec<u8>);

impl App {
    /// Reads the text of the picture.
    fn scans(enrolment: &Value) -> Self {
        let uri = enrolment["uri"].as_str().expect("a text");
        let (_, rest) = uri.split_once("secret=").expect("a secret");
        let secret = rest.split('&').next().expect("a secret");
        let secret = Secret::try_from_base32(secret).expect("base 32");
        Self(secret.as_ref().to_vec())
    }

    /// The code some steps from now.
    pub fn code(&self, app: &TestApp, steps: i64) -> String {
        let totp = Builder::new()
            .with_algorithm(Algorithm::SHA1)
            .with_secret(self.0.clone())
            .build()
            .expect("an authenticator");
        let seconds = app.ctx.clock.now_ms() / 1000 + 30 * steps;
        totp.generate(seconds.unsigned_abs()).to_string()
    }
}

pub async fn tries(app: &TestApp, account: &str) -> Answer {
    let password = app.demo.accounts[0].password.clone();
    Staff::tries(app, ANHE, account, &password).await.ok()
}

pub fn half(answer: &Answer) -> Staff {
    Staff {
        cookie: answer.cookie(access::STAFF_COOKIE),
    }
}

pub async fn second(app: &TestApp, half: &Staff, body: Value) -> Answer {
    half.posts(app, "/api/console/session/second-factor", body)
        .await
}

/// Sets an authenticator up; answers it with the recovery codes.
pub async fn enrols(app: &TestApp, staff: &Staff) -> (App, Vec<String>) {
    let enrolment = staff
        .post(app, "/api/console/account/totp")
        .await
        .ok()
        .json();
    assert!(
        enrolment["picture"]
            .as_str()
            .expect("a picture")
            .starts_with("<svg ")
    );
    let phone = App::scans(&enrolment);
    let body = json!({ "code": phone.code(app, 0) });
    let codes = staff
        .posts(app, "/api/console/account/totp/confirm", body)
        .await
        .ok()
        .json();
    let codes = codes["codes"].as_array().expect("codes").clone();
    let codes = codes
        .iter()
        .map(|code| code.as_str().expect("text").to_owned());
    (phone, codes.collect())
}

#[test]
fn a_second_factor_is_asked_for_and_a_code_is_good_once() {
    TestApp::run(async |app| {
        let staff = Staff::signs_in(app, "heyun").await;
        let (phone, codes) = enrols(app, &staff).await;
        assert_eq!(codes.len(), 10);
        let answer = tries(app, "heyun").await;
        assert_eq!(
            (
                &answer.json()["stage"],
                &answer.json()["factors"],
                &answer.json()["staff"]
            ),
            (
                &json!("second_factor"),
                &json!(["totp", "recovery"]),
                &Value::Null
            )
        );
        let waiting = half(&answer);
        waiting
            .get(app, "/api/console/journeys")
            .await
            .refused(401, "second_factor_needed");
        waiting
            .get(app, "/api/console/session")
            .await
            .refused(401, "second_factor_needed");
        // The code that set it up was used; the clock may be off by one step, not by two.
        for steps in [0, 2, -2] {
            let body = json!({ "code": phone.code(app, steps) });
            second(app, &waiting, body)
                .await
                .refused(409, "second_factor_wrong");
        }
        let body = json!({ "code": phone.code(app, 1) });
        let inside = second(app, &waiting, body.clone()).await.ok();
        assert_eq!(inside.json()["stage"], "full");
        let inside = half(&inside);
        inside.get(app, "/api/console/journeys").await.ok();
        // The half session ended with the second step, and the code with its use.
        waiting
            .get(app, "/api/console/session")
            .await
            .refused(401, "session_ended");
        let again = half(&tries(app, "heyun").await);
        second(app, &again, body)
            .await
            .refused(409, "second_factor_wrong");
        // A half session doesn't wait long.
        app.advance_ms(5 * 60_000);
        let body = json!({ "code": phone.code(app, 0) });
        second(app, &again, body)
            .await
            .refused(401, "session_expired");
    });
}

#[test]
fn a_recovery_code_opens_once_and_fresh_ones_replace_the_old() {
    TestApp::run(async |app| {
        let staff = Staff::signs_in(app, "heyun").await;
        let (_, codes) = enrols(app, &staff).await;
        let id = Staff::signs_in(app, "jiangtong")
            .await
            .colleague(app, "heyun")
            .await;
        let waiting = half(&tries(app, "heyun").await);
        let typed = codes[0].to_uppercase().replace('-', " ");
        let body = json!({ "recovery_code": typed });
        let inside = half(&second(app, &waiting, body).await.ok());
        let account = inside.get(app, "/api/console/account").await.ok().json();
        assert_eq!(account["recovery_codes_left"], 9);
        assert_eq!(
            app.fact(&id, "access.recovery_code_used.v1").await["left"],
            9
        );
        let waiting = half(&tries(app, "heyun").await);
        for wrong in [codes[0].as_str(), "aaaa-bbbb-cccc-dddd", ""] {
            second(app, &waiting, json!({ "recovery_code": wrong }))
                .await
                .refused(409, "second_factor_wrong");
        }
        let fresh = inside
            .post(app, "/api/console/account/recovery-codes")
            .await
            .ok()
            .json();
        assert_eq!(fresh["codes"].as_array().expect("codes").len(), 10);
        second(app, &waiting, json!({ "recovery_code": codes[1] }))
            .await
            .refused(409, "second_factor_wrong");
        second(
            app,
            &waiting,
            json!({ "code": "123456", "recovery_code": codes[1] }),
        )
        .await
        .refused(422, "invalid_request");
        let body = json!({ "recovery_code": fresh["codes"][0] });
        second(app, &waiting, body).await.ok();
    });
}

#[test]
fn five_wrong_codes_pause_the_second_step_for_every_sign_in_of_the_person() {
    TestApp::run(async |app| {
        let staff = Staff::signs_in(app, "heyun").await;
        let (phone, _) = enrols(app, &staff).await;
        let waiting = half(&tries(app, "heyun").await);
        for _ in 0..5 {
            second(app, &waiting, json!({ "code": "000000" }))
                .await
                .refused(409, "second_factor_wrong");
        }
        let other = half(&tries(app, "heyun").await);
        for one in [&waiting, &other] {
            let paused = second(app, one, json!({ "code": phone.code(app, 1) })).await;
            let paused = paused.refused(429, "login_too_many").json();
            assert_eq!(paused["error"]["retry_after_ms"], 300_000);
        }
        // Nobody slips past by way of another door.
        staff
            .posts(
                app,
                "/api/console/account/proof",
                json!({ "code": phone.code(app, 1) }),
            )
            .await
            .refused(429, "login_too_many");
        app.advance_ms(300_000);
        let later = half(&tries(app, "heyun").await);
        second(app, &later, json!({ "code": phone.code(app, 0) }))
            .await
            .ok();
        assert_eq!(app.facts("", "access.second_factor_refused.v1").await, 5);
    });
}

/// Sets whom the institution asks for a second factor.
pub async fn asks_of(app: &TestApp, admin: &Staff, rule: &str) {
    let path = "/api/console/settings";
    let known = admin.get(app, path).await.ok().json();
    let mut settings = known["settings"].clone();
    settings["second_factor"] = json!(rule);
    let body = json!({ "version": known["version"], "settings": settings });
    let set = admin.send(app, Method::PUT, path, Some(&body)).await;
    assert_eq!(set.ok().json()["settings"]["second_factor"], rule);
}

#[test]
fn where_the_institution_asks_for_a_second_factor_it_is_set_up_before_anything_else() {
    TestApp::run(async |app| {
        let admin = Staff::signs_in(app, "jiangtong").await;
        // A colleague who could do no great harm isn't asked.
        asks_of(app, &admin, "privileged").await;
        assert_eq!(tries(app, "shenqiao").await.json()["stage"], "full");
        assert_eq!(tries(app, "luoyifan").await.json()["stage"], "enrol");
        asks_of(app, &admin, "everyone").await;
        assert_eq!(tries(app, "shenqiao").await.json()["stage"], "enrol");
        let answer = tries(app, "heyun").await;
        assert_eq!(answer.json()["stage"], "enrol");
        let staff = half(&answer);
        staff
            .get(app, "/api/console/journeys")
            .await
            .refused(403, "second_factor_missing");
        staff
            .post(app, "/api/console/account/recovery-codes")
            .await
            .refused(403, "second_factor_missing");
        enrols(app, &staff).await;
        staff.get(app, "/api/console/journeys").await.ok();
        staff
            .post(app, "/api/console/account/totp")
            .await
            .refused(409, "second_factor_exists");
        // Others are asked by their next sign-in.
        admin.get(app, "/api/console/staff").await.ok();
        assert_eq!(tries(app, "luyuan").await.json()["stage"], "enrol");
        let done = staff.delete(app, "/api/console/account/totp").await;
        assert_eq!(done.status.as_u16(), 204);
        assert_eq!(tries(app, "heyun").await.json()["stage"], "enrol");
    });
}

#[test]
fn acts_that_could_do_great_harm_ask_for_a_fresh_proof() {
    TestApp::run(async |app| {
        let admin = Staff::signs_in(app, "jiangtong").await;
        let id = admin.colleague(app, "heyun").await;
        let disable = format!("/api/console/staff/{id}/disable");
        app.advance_ms(5 * 60_000);
        admin.post(app, &disable).await.refused(403, "proof_needed");
        admin.get(app, "/api/console/staff").await.ok();
        let proof = "/api/console/account/proof";
        admin
            .posts(app, proof, json!({ "password": "not my password" }))
            .await
            .refused(409, "second_factor_wrong");
        let password = app.demo.accounts[0].password.clone();
        let body = json!({ "password": password });
        let proved = admin.posts(app, proof, body.clone()).await;
        assert_eq!(proved.status.as_u16(), 204);
        // With a second factor a password alone proves nothing any more.
        let (phone, _) = enrols(app, &admin).await;
        app.advance_ms(5 * 60_000);
        admin.post(app, &disable).await.refused(403, "proof_needed");
        admin
            .posts(app, proof, body)
            .await
            .refused(409, "second_factor_wrong");
        admin.post(app, &disable).await.refused(403, "proof_needed");
        let proved = admin
            .posts(app, proof, json!({ "code": phone.code(app, 0) }))
            .await;
        assert_eq!(proved.status.as_u16(), 204);
        let done = admin.post(app, &disable).await;
        assert_eq!(done.status.as_u16(), 204);
        assert_eq!(app.facts("", "access.proved_again.v1").await, 2);
    });
}

#[test]
fn sessions_are_seen_and_ended_and_an_ended_one_opens_nothing() {
    TestApp::run(async |app| {
        let here = Staff::signs_in(app, "heyun").await;
        let path = "/api/console/account/sessions";
        let rows = async |staff: &Staff| {
            let list = staff.get(app, path).await.ok().json();
            list["rows"].as_array().expect("rows").clone()
        };
        let before = rows(&here).await.len();
        let stolen = Staff::signs_in(app, "heyun").await;
        let third = Staff::signs_in(app, "heyun").await;
        let listed = rows(&here).await;
        assert_eq!(listed.len(), before + 2);
        let current: Vec<&Value> = listed.iter().filter(|row| row["current"] == true).collect();
        assert_eq!(current.len(), 1);
        let theirs = rows(&stolen).await;
        let theirs = theirs
            .iter()
            .find(|row| row["current"] == true)
            .expect("its own");
        let one = format!("{path}/{}", theirs["id"].as_str().expect("an id"));
        assert_eq!(here.delete(app, &one).await.status.as_u16(), 204);
        stolen
            .get(app, "/api/console/journeys")
            .await
            .refused(401, "session_ended");
        here.delete(app, &one).await.refused(404, "not_found");
        let others = here.post(app, &format!("{path}/end-others")).await;
        assert_eq!(others.status.as_u16(), 204);
        third
            .get(app, "/api/console/journeys")
            .await
            .refused(401, "session_ended");
        // An administrator sees and ends them too; a colleague does not.
        let admin = Staff::signs_in(app, "jiangtong").await;
        let id = admin.colleague(app, "heyun").await;
        let sessions = format!("/api/console/staff/{id}/sessions");
        let seen = admin.get(app, &sessions).await.ok().json();
        assert_eq!(seen["rows"].as_array().expect("rows").len(), 1);
        here.delete(app, &sessions)
            .await
            .refused(403, "right_missing");
        assert_eq!(admin.delete(app, &sessions).await.status.as_u16(), 204);
        here.get(app, "/api/console/journeys")
            .await
            .refused(401, "session_ended");
        assert_eq!(app.facts(&id, "access.sessions_ended.v1").await, 3);
    });
}

#[test]
fn a_new_password_ends_the_other_sessions() {
    TestApp::run(async |app| {
        let here = Staff::signs_in(app, "heyun").await;
        let other = Staff::signs_in(app, "heyun").await;
        let current = app.demo.accounts[0].password.clone();
        let path = "/api/console/account/password";
        let new = "mountains-and-rivers";
        here.posts(
            app,
            path,
            json!({ "current": "wrong password", "password": new }),
        )
        .await
        .refused(409, "second_factor_wrong");
        here.posts(
            app,
            path,
            json!({ "current": current, "password": "my-heyun-password" }),
        )
        .await
        .refused(422, "invalid_request");
        let changed = here
            .posts(app, path, json!({ "current": current, "password": new }))
            .await;
        assert_eq!(changed.status.as_u16(), 204);
        here.get(app, "/api/console/journeys").await.ok();
        other
            .get(app, "/api/console/journeys")
            .await
            .refused(401, "session_ended");
        Staff::tries(app, ANHE, "heyun", &current)
            .await
            .refused(401, "login_wrong");
        Staff::tries(app, ANHE, "heyun", new).await.ok();
    });
}
