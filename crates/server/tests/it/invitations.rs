//! Invitations: a link and a word, in two hands where two people are needed.

use axum::http::StatusCode;
use serde_json::{Value, json};
use xiaobao::access;
use xiaobao::ledger::Seat;

use crate::actors::{ANHE, Staff};
use crate::app::TestApp;
use crate::staff::{PASSWORD, accepts, invites, joined, token, word};

#[test]
fn an_invitation_sets_a_password_once_and_lets_in() {
    TestApp::run(async |app| {
        let admin = Staff::signs_in(app, "jiangtong").await;
        let invited = invites(app, &admin, "wenxin", &["auditor"]).await;
        let (id, token) = (invited["id"].as_str().expect("an id"), token(&invited));
        let word = word(&invited);
        Staff::tries(app, ANHE, "wenxin", PASSWORD)
            .await
            .refused(401, "login_wrong");
        let shown = app
            .post("/api/console/invitation", &json!({ "token": token }))
            .await
            .ok()
            .json();
        assert_eq!(
            (&shown["account"], &shown["institution_code"]),
            (&json!("wenxin"), &json!(ANHE))
        );
        assert_eq!(shown["word_given"], true);
        for (password, code) in [
            ("short", "password_length"),
            ("hello-wenxin-2026", "password_account"),
            ("administrator1", "password_common"),
        ] {
            let refused = accepts(app, &token, &word, password)
                .await
                .refused(422, "invalid_request");
            assert_eq!(refused.json()["error"]["fields"][0]["code"], code);
        }
        let inside = accepts(app, &token, &word, PASSWORD).await.ok();
        let view = inside.json();
        assert_eq!(view["stage"], "full");
        assert!(
            view["staff"]["rights"]
                .as_array()
                .expect("rights")
                .contains(&json!("journey.view"))
        );
        accepts(app, &token, &word, PASSWORD)
            .await
            .refused(409, "invitation_closed");
        Staff::tries(app, ANHE, "wenxin", PASSWORD).await.ok();
        for (kind, count) in [
            ("access.staff_invited.v1", 1),
            ("access.invitation_made.v1", 1),
            ("access.invitation_word_given.v1", 1),
            ("access.invitation_accepted.v1", 1),
            ("access.signed_in.v2", 2),
        ] {
            assert_eq!(app.facts(id, kind).await, count, "{kind}");
        }
        // The secret is kept nowhere: the fact names the invitation only.
        let made = app.fact(id, "access.invitation_made.v1").await.to_string();
        assert!(!made.contains(&token));
        let given = app.fact(id, "access.invitation_word_given.v1").await;
        assert!(!given.to_string().contains(&word));
    });
}

#[test]
fn an_invitation_ends_by_time_by_a_newer_one_and_with_the_account() {
    TestApp::run(async |app| {
        let admin = Staff::signs_in(app, "jiangtong").await;
        for nonsense in [
            "",
            "anhe",
            "anhe.x",
            "nobody.xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx",
        ] {
            app.post("/api/console/invitation", &json!({ "token": nonsense }))
                .await
                .refused(404, "invitation_unknown");
        }
        let first = invites(app, &admin, "wenxin", &[]).await;
        let path = format!(
            "/api/console/staff/{}",
            first["id"].as_str().expect("an id")
        );
        let second = admin
            .post(app, &format!("{path}/invitation"))
            .await
            .ok()
            .json();
        accepts(app, &token(&first), &word(&first), PASSWORD)
            .await
            .refused(409, "invitation_closed");
        admin
            .post(app, &format!("{path}/disable"))
            .await
            .expect(StatusCode::NO_CONTENT);
        accepts(app, &token(&second), &word(&second), PASSWORD)
            .await
            .refused(409, "invitation_closed");
        admin
            .post(app, &format!("{path}/enable"))
            .await
            .expect(StatusCode::NO_CONTENT);
        let third = admin
            .post(app, &format!("{path}/invitation"))
            .await
            .ok()
            .json();
        app.advance_ms(72 * 3_600_000);
        accepts(app, &token(&third), &word(&third), PASSWORD)
            .await
            .refused(409, "invitation_closed");
    });
}

#[test]
fn a_new_password_for_a_colleague_takes_two_people() {
    TestApp::run(async |app| {
        let (admin, other) = (
            Staff::signs_in(app, "jiangtong").await,
            Staff::signs_in(app, "luyuan").await,
        );
        let (lost, id) = joined(app, &admin, "wenxin", &["auditor"]).await;
        let path = format!("/api/console/staff/{id}");
        admin
            .post(app, &format!("{path}/invitation"))
            .await
            .refused(409, "already_active");
        let proposed = admin
            .posts(
                app,
                &format!("{path}/changes"),
                json!({ "kind": "password" }),
            )
            .await
            .ok()
            .json();
        let change = proposed["change"].as_str().expect("a change");
        let link = token(&proposed["invitation"]);
        assert_eq!(proposed["invitation"]["word"], Value::Null);
        let approve = format!("/api/console/staff-changes/{change}/approve");
        let approved = other.post(app, &approve).await.ok().json();
        let word = word(&approved["word"]);
        accepts(app, &link, &word, "another-long-phrase").await.ok();
        lost.get(app, "/api/console/journeys")
            .await
            .refused(401, "session_ended");
        Staff::tries(app, ANHE, "wenxin", PASSWORD)
            .await
            .refused(401, "login_wrong");
        Staff::tries(app, ANHE, "wenxin", "another-long-phrase")
            .await
            .ok();
    });
}

#[test]
fn a_wrong_word_is_counted_and_the_fifth_ends_the_link() {
    TestApp::run(async |app| {
        let admin = Staff::signs_in(app, "jiangtong").await;
        let invited = invites(app, &admin, "wenxin", &["auditor"]).await;
        let id = invited["id"].as_str().expect("an id");
        let (link, right) = (token(&invited), word(&invited));
        for malformed in ["", "0000", "UUUU-UUUU", "0000-0000-0000"] {
            let refused = accepts(app, &link, malformed, PASSWORD).await;
            let refused = refused.refused(422, "invalid_request").json();
            assert_eq!(refused["error"]["fields"][0]["code"], "word_format");
        }
        for _ in 0..4 {
            accepts(app, &link, "0000-0000", PASSWORD)
                .await
                .refused(409, "invitation_word_wrong");
        }
        let fact = app.fact(id, "access.invitation_word_refused.v1").await;
        assert_eq!(fact["tries_left"], 1);
        accepts(app, &link, "0000-0000", PASSWORD)
            .await
            .refused(409, "invitation_word_wrong");
        accepts(app, &link, &right, PASSWORD)
            .await
            .refused(409, "invitation_closed");
        assert_eq!(app.facts(id, "access.invitation_accepted.v1").await, 0);
        // The word of one link is none of another.
        let path = format!("/api/console/staff/{id}/invitation");
        let again = admin.post(app, &path).await.ok().json();
        let (next, fits) = (token(&again), word(&again));
        accepts(app, &next, &right, PASSWORD)
            .await
            .refused(409, "invitation_word_wrong");
        let typed = fits.replace('-', " ").to_lowercase();
        accepts(app, &next, &typed, PASSWORD).await.ok();
    });
}

#[test]
fn link_and_word_of_what_takes_two_people_never_come_to_one() {
    TestApp::run(async |app| {
        let (admin, other) = (
            Staff::signs_in(app, "jiangtong").await,
            Staff::signs_in(app, "luyuan").await,
        );
        // Whoever made the newest link can't be the one who gives its word.
        let invited = invites(app, &admin, "wenxin", &["reviewer"]).await;
        let id = invited["id"].as_str().expect("an id");
        let again = format!("/api/console/staff/{id}/invitation");
        let relinked = other.post(app, &again).await.ok().json();
        assert_eq!(relinked["word"], Value::Null);
        let change = invited["change"].as_str().expect("a change that waits");
        let approve = format!("/api/console/staff-changes/{change}/approve");
        other
            .post(app, &approve)
            .await
            .refused(403, "second_person_needed");
        let relinked = admin.post(app, &again).await.ok().json();
        let agreed = other.post(app, &approve).await.ok().json();
        admin
            .post(app, &again)
            .await
            .refused(403, "second_person_needed");
        // Lost before it was used: another link takes two people again, and the older word is worth nothing.
        let path = format!("/api/console/staff/{id}/changes");
        let proposed = other
            .posts(app, &path, json!({ "kind": "password" }))
            .await
            .ok()
            .json();
        let old = word(&agreed["word"]);
        accepts(app, &token(&relinked), &old, PASSWORD)
            .await
            .refused(409, "invitation_closed");
        let change = proposed["change"].as_str().expect("a change");
        let approve = format!("/api/console/staff-changes/{change}/approve");
        let agreed = admin.post(app, &approve).await.ok().json();
        let link = token(&proposed["invitation"]);
        accepts(app, &link, &old, PASSWORD)
            .await
            .refused(409, "invitation_word_wrong");
        accepts(app, &link, &word(&agreed["word"]), PASSWORD)
            .await
            .ok();
        // A word that one person had from a plain invitation ends when roles that take two are agreed to.
        let plain = invites(app, &admin, "second.one", &["auditor"]).await;
        let path = format!(
            "/api/console/staff/{}/roles",
            plain["id"].as_str().expect("an id")
        );
        let waits = admin
            .posts(app, &path, json!({ "roles": ["reviewer"] }))
            .await
            .ok()
            .json();
        let change = waits["change"].as_str().expect("a change");
        let approve = format!("/api/console/staff-changes/{change}/approve");
        let agreed = other.post(app, &approve).await.ok().json();
        accepts(app, &token(&plain), &word(&plain), PASSWORD)
            .await
            .refused(409, "invitation_word_wrong");
        accepts(app, &token(&plain), &word(&agreed["word"]), PASSWORD)
            .await
            .ok();
        // A proposal taken back takes its link along.
        let path = format!("/api/console/staff/{id}/changes");
        let proposed = admin
            .posts(app, &path, json!({ "kind": "password" }))
            .await
            .ok()
            .json();
        let change = proposed["change"].as_str().expect("a change");
        let refuse = format!("/api/console/staff-changes/{change}/refuse");
        admin
            .post(app, &refuse)
            .await
            .expect(StatusCode::NO_CONTENT);
        let gone = json!({ "token": token(&proposed["invitation"]) });
        app.post("/api/console/invitation", &gone)
            .await
            .refused(409, "invitation_closed");
    });
}

#[test]
fn the_first_administrators_come_by_the_operator_and_only_into_an_empty_house() {
    TestApp::run(async |app| {
        let operator = Staff::signs_in(app, "weiran").await;
        let house = json!({ "code": "xinli", "name": "新立小额贷款（演示）", "short_name": "新立小贷", "hotline": "400-000-0003", "kind": "small_loan" });
        let founded = operator
            .posts(app, "/api/console/institutions", house)
            .await;
        let founded = founded.expect(StatusCode::CREATED).json();
        let path = "/api/console/institutions/xinli/administrators";
        let person =
            |account: &str| json!({ "account": account, "name": "新同事", "badge": "XL-1" });
        let both = json!({ "administrators": [person("first.one"), person("other.one")] });
        for administrators in [
            json!([]),
            json!([person("aaa"), person("bbb"), person("ccc")]),
        ] {
            let asked = json!({ "administrators": administrators });
            let refused = operator.posts(app, path, asked).await;
            let refused = refused.refused(422, "invalid_request").json();
            assert_eq!(refused["error"]["fields"][0]["path"], "administrators");
        }
        Staff::signs_in(app, "jiangtong")
            .await
            .posts(app, path, both.clone())
            .await
            .refused(403, "right_missing");
        let nowhere = "/api/console/institutions/nobody/administrators";
        operator
            .posts(app, nowhere, both.clone())
            .await
            .refused(404, "not_found");
        let lost = operator.posts(app, path, both.clone()).await.ok().json();
        let invited = operator.posts(app, path, both.clone()).await.ok().json();
        let (first, other) = (&invited["rows"][0], &invited["rows"][1]);
        assert_eq!(lost["rows"][0]["id"], first["id"], "the same person");
        let old = &lost["rows"][0];
        accepts(app, &token(old), &word(old), PASSWORD)
            .await
            .refused(409, "invitation_closed");
        for one in [first, other] {
            let inside = accepts(app, &token(one), &word(one), PASSWORD).await;
            let staff = inside.ok().json()["staff"].clone();
            assert_eq!(staff["institution"]["code"], "xinli");
            assert!(
                staff["rights"]
                    .as_array()
                    .expect("rights")
                    .contains(&json!("staff.manage"))
            );
        }
        operator
            .posts(app, path, both)
            .await
            .refused(409, "administrators_exist");
        let id = first["id"].as_str().expect("an id");
        assert_eq!(app.facts(id, "access.staff_invited.v1").await, 1);
        let house = crate::actors::institution_id(app, "operator").await;
        let sworn = app
            .fact(house.as_str(), "access.administrators_invited_for.v1")
            .await;
        assert_eq!(sworn["institution"], founded["id"]);
    });
}

#[test]
fn the_operator_s_command_invites_with_every_role_and_says_the_word_apart() {
    TestApp::run(async |app| {
        let institution = crate::actors::institution_id(app, ANHE).await;
        let seat = Seat::system(&institution, "operator");
        let new = access::Invitee {
            account: "third.one".to_owned(),
            name: "新同事".to_owned(),
            badge: "AH-0901".to_owned(),
            roles: vec!["administrator".to_owned()],
        };
        let invited = access::invite_by_operator(&app.ctx, &seat, &new)
            .await
            .expect("an invitation");
        let word = invited.word.expect("a word");
        let shown = json!({ "url": invited.url.expose() });
        assert!(!invited.url.expose().contains(word.expose()));
        let inside = accepts(app, &token(&shown), word.expose(), PASSWORD).await;
        assert_eq!(inside.ok().json()["stage"], "full");
        let again = access::invite_by_operator(&app.ctx, &seat, &new).await;
        assert_eq!(again.expect_err("known").code(), "account_taken");
        let unknown = access::Invitee {
            account: "fourth.one".to_owned(),
            roles: vec!["nobody".to_owned()],
            ..new
        };
        let refused = access::invite_by_operator(&app.ctx, &seat, &unknown).await;
        assert_eq!(refused.expect_err("no role").code(), "invalid_request");
    });
}
