//! Staff: invited, given roles by the right number of people, kept out at once.

use serde_json::{Value, json};
use xiaobao::access;

use crate::actors::{ANHE, JIANGLAN, Staff};
use crate::app::{Answer, TestApp};
use crate::factors::enrols;
use crate::routes::ROUTES;

pub const PASSWORD: &str = "mountains-and-rivers";

/// What stands behind `#` in an invitation.
pub fn token(invited: &Value) -> String {
    let url = invited["url"].as_str().expect("a link");
    let (page, token) = url.split_once('#').expect("a token behind #");
    assert!(page.ends_with("/console/invitation"));
    token.to_owned()
}

pub async fn invites(app: &TestApp, admin: &Staff, account: &str, roles: &[&str]) -> Value {
    let body = json!({ "account": account, "name": "新同事", "badge": "AH-0900", "roles": roles });
    admin
        .posts(app, "/api/console/staff", body)
        .await
        .ok()
        .json()
}

/// The word that belongs to a link, where one person was shown both.
pub fn word(shown: &Value) -> String {
    shown["word"].as_str().expect("a word").to_owned()
}

pub async fn accepts(app: &TestApp, token: &str, word: &str, password: &str) -> Answer {
    let body = json!({ "token": token, "word": word, "password": password });
    app.post("/api/console/invitation/accept", &body).await
}

/// Somebody invited and inside.
pub async fn joined(
    app: &TestApp,
    admin: &Staff,
    account: &str,
    roles: &[&str],
) -> (Staff, String) {
    let invited = invites(app, admin, account, roles).await;
    let answer = accepts(app, &token(&invited), &word(&invited), PASSWORD)
        .await
        .ok();
    let staff = Staff {
        cookie: answer.cookie(access::STAFF_COOKIE),
    };
    (staff, invited["id"].as_str().expect("an id").to_owned())
}

/// Somebody invited by one administrator, agreed to by another, and inside.
pub async fn joined_by_two(
    app: &TestApp,
    (admin, other): (&Staff, &Staff),
    account: &str,
    roles: &[&str],
) -> (Staff, String) {
    let invited = invites(app, admin, account, roles).await;
    let change = invited["change"].as_str().expect("a change that waits");
    let approve = format!("/api/console/staff-changes/{change}/approve");
    let agreed = other.post(app, &approve).await.ok().json();
    let word = word(&agreed["word"]);
    let answer = accepts(app, &token(&invited), &word, PASSWORD).await.ok();
    let staff = Staff {
        cookie: answer.cookie(access::STAFF_COOKIE),
    };
    (staff, invited["id"].as_str().expect("an id").to_owned())
}

#[test]
fn an_administrator_is_made_by_two_people_neither_of_them_the_one() {
    TestApp::run(async |app| {
        let (admin, other) = (
            Staff::signs_in(app, "jiangtong").await,
            Staff::signs_in(app, "luyuan").await,
        );
        let invited = invites(app, &admin, "wenxin", &["administrator", "auditor"]).await;
        let change = invited["change"].as_str().expect("a change that waits");
        let approve = format!("/api/console/staff-changes/{change}/approve");
        let id = invited["id"].as_str().expect("an id");
        let path = format!("/api/console/staff/{id}");
        let roles = async |roles: &[&str]| {
            let shown = admin.get(app, &path).await.ok().json();
            assert_eq!(shown["roles"], json!(roles));
        };
        roles(&["auditor"]).await;
        admin
            .post(app, &approve)
            .await
            .refused(403, "second_person_needed");
        Staff::signs_in(app, "heyun")
            .await
            .post(app, &approve)
            .await
            .refused(403, "right_missing");
        // Another institution's administrator doesn't even learn that it exists.
        Staff::signs_in(app, "tangning")
            .await
            .post(app, &approve)
            .await
            .refused(404, "not_found");
        // The link passed through the proposer's hands: it opens nothing without the word of whoever agrees.
        assert_eq!(invited["word"], Value::Null);
        let waiting = other.get(app, "/api/console/staff-changes").await.ok();
        let waiting = waiting.json();
        assert_eq!(waiting["rows"][0]["gives_word"], true);
        assert_eq!(waiting["rows"][0]["may_approve"], true);
        accepts(app, &token(&invited), "0000-0000", PASSWORD)
            .await
            .refused(409, "invitation_word_awaited");
        let agreed = other.post(app, &approve).await.ok().json();
        accepts(app, &token(&invited), &word(&agreed["word"]), PASSWORD)
            .await
            .ok();
        roles(&["administrator", "auditor"]).await;
        let sworn = app.fact(id, "access.roles_changed.v1").await;
        let proposer = admin.colleague(app, "jiangtong").await;
        assert_eq!(sworn["proposed_by"], proposer.as_str());
        other
            .post(app, &approve)
            .await
            .refused(409, "change_closed");
        // A proposal waits a week.
        let body = json!({ "roles": ["administrator"] });
        let heyun = admin.colleague(app, "heyun").await;
        let waiting = admin
            .posts(app, &format!("/api/console/staff/{heyun}/roles"), body)
            .await
            .ok()
            .json();
        let late = waiting["change"].as_str().expect("a change").to_owned();
        app.advance_ms(7 * 86_400_000);
        let other = Staff::signs_in(app, "luyuan").await;
        other
            .post(app, &format!("/api/console/staff-changes/{late}/approve"))
            .await
            .refused(409, "change_closed");
        let open = other.get(app, "/api/console/staff-changes").await.ok();
        assert_eq!(open.json()["rows"], json!([]));
    });
}

#[test]
fn whom_one_administrator_could_be_gets_no_second_person_s_roles_with_it() {
    TestApp::run(async |app| {
        let (admin, other) = (
            Staff::signs_in(app, "jiangtong").await,
            Staff::signs_in(app, "luyuan").await,
        );
        // Link and word were one administrator's: they are inside themselves, with a factor and a password of their own.
        let (puppet, id) = joined(app, &admin, "wenxin", &["auditor"]).await;
        enrols(app, &puppet).await;
        let body = json!({ "current": PASSWORD, "password": "one-hand-alone-2026" });
        let changed = puppet
            .posts(app, "/api/console/account/password", body)
            .await;
        assert_eq!(changed.status.as_u16(), 204, "{}", changed.text());
        let path = format!("/api/console/staff/{id}");
        let proposes = async |by: &Staff| {
            let body = json!({ "roles": ["administrator"] });
            let waits = by.posts(app, &format!("{path}/roles"), body).await;
            waits.ok().json()
        };
        let deciding = |waits: &Value, how: &str| {
            let change = waits["change"].as_str().expect("a change");
            format!("/api/console/staff-changes/{change}/{how}")
        };
        let refused = proposes(&admin).await;
        let gone = json!({ "token": token(&refused["invitation"]) });
        let back = admin.post(app, &deciding(&refused, "refuse")).await;
        assert_eq!(back.status.as_u16(), 204);
        app.post("/api/console/invitation", &gone)
            .await
            .refused(409, "invitation_closed");
        let waits = proposes(&admin).await;
        assert_eq!(waits["invitation"]["word"], Value::Null);
        let listed = other.get(app, "/api/console/staff-changes").await.ok();
        assert_eq!(listed.json()["rows"][0]["gives_word"], true);
        // Nothing changed yet.
        puppet.get(app, "/api/console/journeys").await.ok();
        let agreed = other.post(app, &deciding(&waits, "approve")).await;
        let word = word(&agreed.ok().json()["word"]);
        puppet
            .get(app, "/api/console/journeys")
            .await
            .refused(401, "session_ended");
        Staff::tries(app, ANHE, "wenxin", "one-hand-alone-2026")
            .await
            .refused(401, "login_wrong");
        let shown = admin.get(app, &path).await.ok().json();
        assert_eq!(shown["state"], "invited");
        assert_eq!(
            shown["factors"],
            json!([]),
            "none of the one hand's is left"
        );
        let link = token(&waits["invitation"]);
        let inside = accepts(app, &link, &word, "another-long-phrase").await;
        let rights = inside.ok().json()["staff"]["rights"].to_string();
        assert!(rights.contains("staff.manage"), "{rights}");
        assert_eq!(app.facts(&id, "access.password_taken.v1").await, 1);
        // Two people's password stays where more is given.
        let body = json!({ "roles": ["administrator", "reviewer"] });
        let waits = admin.posts(app, &format!("{path}/roles"), body).await;
        let waits = waits.ok().json();
        assert_eq!(waits["invitation"], Value::Null);
        let agreed = other.post(app, &deciding(&waits, "approve")).await;
        assert_eq!(agreed.ok().json()["word"], Value::Null);
        Staff::tries(app, ANHE, "wenxin", "another-long-phrase")
            .await
            .ok();
        // Roles that waited while link and word were used by one hand wait no more.
        let plain = invites(app, &admin, "second.one", &["auditor"]).await;
        let path = format!("/api/console/staff/{}", plain["id"].as_str().expect("id"));
        let body = json!({ "roles": ["reviewer"] });
        let waits = admin.posts(app, &format!("{path}/roles"), body).await;
        let waits = waits.ok().json();
        accepts(app, &token(&plain), &self::word(&plain), PASSWORD)
            .await
            .ok();
        other
            .post(app, &deciding(&waits, "approve"))
            .await
            .refused(409, "change_closed");
    });
}

#[test]
fn nobody_widens_their_own_rights() {
    TestApp::run(async |app| {
        let admin = Staff::signs_in(app, "jiangtong").await;
        let own = admin.colleague(app, "jiangtong").await;
        let roles = format!("/api/console/staff/{own}/roles");
        admin
            .posts(
                app,
                &roles,
                json!({ "roles": ["administrator", "reviewer"] }),
            )
            .await
            .refused(403, "own_rights");
        let role = json!({ "name": "看产品", "rights": ["product.view"] });
        let made = admin.posts(app, "/api/console/roles", role.clone()).await;
        let role_id = made.ok().json()["id"].as_str().expect("an id").to_owned();
        let luyuan = Staff::signs_in(app, "luyuan").await;
        luyuan
            .posts(app, &roles, json!({ "roles": ["administrator", role_id] }))
            .await
            .ok();
        admin.get(app, "/api/console/products").await.ok();
        let path = format!("/api/console/roles/{role_id}");
        let wider =
            json!({ "name": "看产品", "rights": ["product.view", "roster.view"], "version": 1 });
        admin
            .posts(app, &path, wider.clone())
            .await
            .refused(403, "own_rights");
        for (right, code) in [
            ("staff.manage", "right_guarded"),
            ("outbox.view", "right_of_operator"),
        ] {
            let body = json!({ "name": "管人", "rights": [right] });
            let refused = admin.posts(app, "/api/console/roles", body).await;
            let refused = refused.refused(422, "invalid_request").json();
            assert_eq!(refused["error"]["fields"][0]["code"], code);
        }
        let listed = admin.get(app, "/api/console/roles").await.ok().text();
        assert!(!listed.contains("outbox.view"), "{listed}");
        // What two people give doesn't come in by a role that somebody has.
        let deciding = json!({ "name": "看产品", "rights": ["product.view", "product.approve"], "version": 1 });
        luyuan
            .posts(app, &path, deciding)
            .await
            .refused(409, "role_widens");
        admin
            .posts(app, "/api/console/roles", role)
            .await
            .refused(409, "role_name_taken");
        admin.delete(app, &path).await.refused(409, "role_held");
        let changed = luyuan.posts(app, &path, wider.clone()).await;
        assert_eq!(changed.status.as_u16(), 204);
        // Somebody else changed it meanwhile.
        luyuan
            .posts(app, &path, wider)
            .await
            .refused(409, "conflict");
        assert_eq!(app.facts(&role_id, "access.role_set.v1").await, 2);
        // What one has may be given back.
        let back = json!({ "roles": ["administrator"] });
        admin.posts(app, &roles, back).await.ok();
        let removed = admin.delete(app, &path).await;
        assert_eq!(removed.status.as_u16(), 204);
        admin
            .get(app, "/api/console/products")
            .await
            .refused(403, "right_missing");
    });
}

#[test]
fn whoever_is_disabled_is_out_at_once_and_one_administrator_stays() {
    TestApp::run(async |app| {
        let admin = Staff::signs_in(app, "jiangtong").await;
        let heyun = Staff::signs_in(app, "heyun").await;
        let id = admin.colleague(app, "heyun").await;
        let path = format!("/api/console/staff/{id}");
        let done = admin.post(app, &format!("{path}/disable")).await;
        assert_eq!(done.status.as_u16(), 204);
        heyun
            .get(app, "/api/console/journeys")
            .await
            .refused(401, "session_ended");
        let password = app.demo.accounts[0].password.clone();
        Staff::tries(app, ANHE, "heyun", &password)
            .await
            .refused(401, "login_wrong");
        let done = admin.post(app, &format!("{path}/enable")).await;
        assert_eq!(done.status.as_u16(), 204);
        heyun
            .get(app, "/api/console/journeys")
            .await
            .refused(401, "session_ended");
        Staff::tries(app, ANHE, "heyun", &password).await.ok();
        let own = admin.colleague(app, "jiangtong").await;
        admin
            .post(app, &format!("/api/console/staff/{own}/disable"))
            .await
            .refused(409, "own_account");
        let luyuan = admin.colleague(app, "luyuan").await;
        let done = admin
            .post(app, &format!("/api/console/staff/{luyuan}/disable"))
            .await;
        assert_eq!(done.status.as_u16(), 204);
        let alone = json!({ "roles": ["auditor"] });
        admin
            .posts(
                app,
                &format!("/api/console/staff/{own}/roles"),
                json!({ "roles": [] }),
            )
            .await
            .refused(409, "last_administrator");
        admin
            .posts(app, &format!("/api/console/staff/{own}/roles"), alone)
            .await
            .refused(403, "own_rights");
        assert_eq!(app.facts(&id, "access.staff_disabled.v1").await, 1);
        assert_eq!(app.facts(&id, "access.sessions_ended.v1").await, 1);
    });
}

#[test]
fn colleagues_are_found_paged_and_put_into_a_file_within_the_house() {
    TestApp::run(async |app| {
        let admin = Staff::signs_in(app, "jiangtong").await;
        let search = async |q: &str| {
            let page = admin
                .posts(app, "/api/console/staff/search", json!({ "q": q }))
                .await
                .ok()
                .json();
            let rows = page["rows"].as_array().expect("rows").clone();
            rows.iter()
                .map(|row| row["account"].as_str().expect("an account").to_owned())
                .collect::<Vec<_>>()
        };
        assert_eq!(search("何芸").await, ["heyun"]);
        assert_eq!(search("AH-0217").await, ["luoyifan"]);
        assert_eq!(search("%").await, Vec::<String>::new());
        assert_eq!(search("qinmo").await, Vec::<String>::new());
        let mut seen = Vec::new();
        let mut after = String::new();
        loop {
            let path = format!("/api/console/staff?limit=2&after={after}");
            let page = admin.get(app, &path).await.ok().json();
            for row in page["rows"].as_array().expect("rows") {
                seen.push(row["account"].as_str().expect("an account").to_owned());
            }
            match page["next"].as_str() {
                Some(next) => after = next.to_owned(),
                None => break,
            }
        }
        seen.sort();
        assert_eq!(
            seen,
            ["heyun", "jiangtong", "luoyifan", "luyuan", "shenqiao"]
        );
        let file = admin.get(app, "/api/console/staff?format=csv").await.ok();
        assert_eq!(file.text().lines().count(), 6);
        assert!(!file.text().contains("argon2"));
        Staff::tries(app, JIANGLAN, "heyun", &app.demo.accounts[0].password)
            .await
            .refused(401, "login_wrong");
    });
}

#[test]
fn another_house_s_colleagues_roles_changes_and_sessions_do_not_exist() {
    TestApp::run(async |app| {
        let admin = Staff::signs_in(app, "jiangtong").await;
        let stranger = Staff::signs_in(app, "tangning").await;
        let invited = invites(app, &admin, "wenxin", &["administrator"]).await;
        let role = json!({ "name": "another", "rights": ["journey.view"] });
        let made = admin.posts(app, "/api/console/roles", role.clone()).await;
        let made = made.ok().json();
        let own = admin.get(app, "/api/console/account/sessions").await;
        let own = own.ok().json();
        let living = |value: &Value| value.as_str().expect("an id").to_owned();
        let session = living(&own["rows"][0]["id"]);
        let ids = [
            ("/api/console/staff/", admin.colleague(app, "heyun").await),
            ("/api/console/staff-changes/", living(&invited["change"])),
            ("/api/console/roles/", living(&made["id"])),
            ("/api/console/account/sessions/", session.clone()),
        ];
        let mut tried = 0;
        for (method, path, _) in ROUTES.iter().filter(|(_, path, _)| path.contains('{')) {
            let Some((_, id)) = ids.iter().find(|(start, _)| path.starts_with(start)) else {
                continue;
            };
            let filled = path.replace("{id}", id).replace("{session}", &session);
            let body = match path.rsplit('/').next() {
                Some("roles") => Some(json!({ "roles": ["auditor"] })),
                Some("changes") => Some(json!({ "kind": "password" })),
                _ if *method == "POST" && path.contains("/roles/") => Some(role.clone()),
                _ => None,
            };
            let method = method.parse().expect("a method");
            let answer = stranger.send(app, method, &filled, body.as_ref()).await;
            let got = (answer.status.as_u16(), answer.code());
            assert_eq!(got, (404, "not_found".to_owned()), "{path}");
            tried += 1;
        }
        assert!(tried >= 14, "{tried}");
        for path in ["/api/console/roles", "/api/console/staff-changes"] {
            let (ours, theirs) = (admin.get(app, path).await, stranger.get(app, path).await);
            let (ours, theirs) = (ours.ok().text(), theirs.ok().text());
            let living = ids.iter().filter(|(_, id)| ours.contains(id.as_str()));
            let seen: Vec<_> = living.map(|(_, id)| theirs.contains(id.as_str())).collect();
            assert_eq!(seen, [false], "{path}");
        }
        // Nor does a colleague's session, at one's own account.
        Staff::signs_in(app, "heyun")
            .await
            .delete(app, &format!("/api/console/account/sessions/{session}"))
            .await
            .refused(404, "not_found");
        admin.get(app, "/api/console/staff").await.ok();
    });
}
