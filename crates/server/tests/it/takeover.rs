//! Attempts to get into somebody else's account, or around the second person.

use axum::http::Method;
use serde_json::{Value, json};
use xiaobao::access;

use crate::actors::{ANHE, Staff};
use crate::app::TestApp;
use crate::factors::{asks_of, enrols, half, second, tries};
use crate::staff::{PASSWORD, accepts, invites, joined_by_two, token, word};

const OWN_PASSWORD: &str = "/api/console/account/password";
const CHANGES: &str = "/api/console/staff-changes";
const PROOF: &str = "/api/console/account/proof";

#[test]
fn a_password_neither_clears_the_count_of_second_factors_nor_stands_for_one() {
    TestApp::run(async |app| {
        let staff = Staff::signs_in(app, "heyun").await;
        let (phone, _) = enrols(app, &staff).await;
        let current = app.demo.accounts[0].password.clone();
        let to = |new: &str| json!({ "current": current, "password": new });
        let refused = staff.posts(app, OWN_PASSWORD, to(&current)).await;
        let refused = refused.refused(422, "invalid_request").json();
        assert_eq!(refused["error"]["fields"][0]["code"], "password_unchanged");
        for _ in 0..4 {
            staff
                .posts(app, PROOF, json!({ "code": "000000" }))
                .await
                .refused(409, "second_factor_wrong");
        }
        let changed = staff.posts(app, OWN_PASSWORD, to(PASSWORD)).await;
        assert_eq!(changed.status.as_u16(), 204);
        staff
            .posts(app, PROOF, json!({ "code": "000000" }))
            .await
            .refused(409, "second_factor_wrong");
        staff
            .posts(app, PROOF, json!({ "code": phone.code(app, 1) }))
            .await
            .refused(429, "login_too_many");
        app.advance_ms(5 * 60_000);
        staff
            .posts(app, OWN_PASSWORD, to("another-long-phrase"))
            .await
            .refused(403, "proof_needed");
    });
}

#[test]
fn a_stranger_who_knows_an_id_pauses_nobody_s_second_step() {
    TestApp::run(async |app| {
        let staff = Staff::signs_in(app, "heyun").await;
        let (phone, _) = enrols(app, &staff).await;
        let admin = Staff::signs_in(app, "jiangtong").await;
        let id = admin.colleague(app, "heyun").await;
        for _ in 0..6 {
            Staff::tries(app, "second factor", &id, "wrong password").await;
        }
        let waiting = half(&tries(app, "heyun").await);
        second(app, &waiting, json!({ "code": phone.code(app, 1) }))
            .await
            .ok();
    });
}

#[test]
fn one_half_session_becomes_one_whole_session() {
    TestApp::run(async |app| {
        let staff = Staff::signs_in(app, "heyun").await;
        let (_, codes) = enrols(app, &staff).await;
        let waiting = half(&tries(app, "heyun").await);
        let (one, other) = futures::future::join(
            second(app, &waiting, json!({ "recovery_code": codes[0] })),
            second(app, &waiting, json!({ "recovery_code": codes[1] })),
        )
        .await;
        let mut got = [one.status.as_u16(), other.status.as_u16()];
        got.sort_unstable();
        assert_eq!(got, [200, 401]);
    });
}

#[test]
fn a_password_that_was_set_closes_every_other_way_to_set_one() {
    TestApp::run(async |app| {
        let (admin, other) = (
            Staff::signs_in(app, "jiangtong").await,
            Staff::signs_in(app, "luyuan").await,
        );
        let own = Staff::signs_in(app, "shenqiao").await;
        let id = admin.colleague(app, "shenqiao").await;
        let first = app.demo.accounts[0].password.clone();
        let reset = json!({ "kind": "password" });
        let proposes = async || {
            let path = format!("/api/console/staff/{id}/changes");
            let proposed = admin.posts(app, &path, reset.clone()).await.ok().json();
            let change = proposed["change"].as_str().expect("a change");
            let approve = format!("/api/console/staff-changes/{change}/approve");
            (approve, token(&proposed["invitation"]))
        };
        let (approve, link) = proposes().await;
        let agreed = other.post(app, &approve).await.ok().json();
        let body = json!({ "current": first, "password": "another-long-phrase" });
        let changed = own.posts(app, OWN_PASSWORD, body).await;
        assert_eq!(changed.status.as_u16(), 204);
        accepts(app, &link, &word(&agreed["word"]), "a-third-long-phrase")
            .await
            .refused(409, "invitation_closed");
        // Nor does a proposal that still waits; the same when a link set it.
        let (waiting, _) = proposes().await;
        let body = json!({ "current": "another-long-phrase", "password": PASSWORD });
        let changed = own.posts(app, OWN_PASSWORD, body).await;
        assert_eq!(changed.status.as_u16(), 204);
        other
            .post(app, &waiting)
            .await
            .refused(409, "change_closed");
        let (approve, link) = proposes().await;
        let agreed = other.post(app, &approve).await.ok().json();
        let set = accepts(app, &link, &word(&agreed["word"]), "a-third-long-phrase").await;
        assert!(!set.ok().cookie(access::STAFF_COOKIE).is_empty());
        Staff::tries(app, ANHE, "shenqiao", "a-third-long-phrase")
            .await
            .ok();
    });
}

/// Proposes or sets roles of a colleague; answers the change that waits.
async fn sets_roles(app: &TestApp, by: &Staff, id: &str, roles: &[&str]) -> Value {
    let path = format!("/api/console/staff/{id}/roles");
    let answer = by.posts(app, &path, json!({ "roles": roles })).await;
    answer.ok().json()["change"].clone()
}

async fn approves(app: &TestApp, by: &Staff, change: &Value) -> crate::app::Answer {
    let change = change.as_str().expect("a change that waits");
    by.post(app, &format!("{CHANGES}/{change}/approve")).await
}

async fn roles_of(app: &TestApp, by: &Staff, id: &str) -> Value {
    let shown = by.get(app, &format!("/api/console/staff/{id}")).await;
    shown.ok().json()["roles"].clone()
}

#[test]
fn roles_that_decide_or_could_do_great_harm_wait_for_a_second_person() {
    TestApp::run(async |app| {
        let (admin, other) = (
            Staff::signs_in(app, "jiangtong").await,
            Staff::signs_in(app, "luyuan").await,
        );
        let own = json!({ "name": "管密钥", "rights": ["key.manage"] });
        let own = admin
            .posts(app, "/api/console/roles", own)
            .await
            .ok()
            .json();
        let own = own["id"].as_str().expect("an id");
        let listed = admin.get(app, "/api/console/roles").await.ok().json();
        for (role, waits) in [
            ("administrator", true),
            ("integrator", true),
            ("service", true),
            ("counter", true),
            ("officer", true),
            ("emergency", true),
            ("privacy", true),
            ("reviewer", true),
            (own, true),
            ("product_manager", false),
            ("auditor", false),
        ] {
            let account = format!("new.{}", role.to_lowercase().replace('_', "-"));
            let invited = invites(app, &admin, &account[..account.len().min(30)], &[role]).await;
            assert_eq!(invited["change"].is_string(), waits, "{role}");
            let id = invited["id"].as_str().expect("an id");
            let given = if waits { json!([]) } else { json!([role]) };
            assert_eq!(roles_of(app, &admin, id).await, given, "{role}");
            let rows = listed["rows"].as_array().expect("rows");
            let row = rows.iter().find(|row| row["id"] == role).expect("the role");
            assert_eq!(row["two_people"], waits, "{role}");
        }
        // The same for somebody who is there already: the two halves never come from one hand.
        let id = admin.colleague(app, "shenqiao").await;
        let change = sets_roles(app, &admin, &id, &["product_manager", "reviewer"]).await;
        assert_eq!(roles_of(app, &admin, &id).await, json!(["product_manager"]));
        approves(app, &admin, &change)
            .await
            .refused(403, "second_person_needed");
        approves(app, &other, &change).await.ok();
        let both = json!(["product_manager", "reviewer"]);
        assert_eq!(roles_of(app, &admin, &id).await, both);
    });
}

#[test]
fn a_proposal_of_roles_falls_with_newer_roles_and_with_either_person_s_standing() {
    TestApp::run(async |app| {
        let (admin, other) = (
            Staff::signs_in(app, "jiangtong").await,
            Staff::signs_in(app, "luyuan").await,
        );
        let heyun = admin.colleague(app, "heyun").await;
        let shenqiao = admin.colleague(app, "shenqiao").await;
        let both = (&admin, &other);
        let (third, wenxin) = joined_by_two(app, both, "wenxin", &["administrator"]).await;
        // Roles that were taken since don't come back by an older proposal.
        let stale = sets_roles(app, &admin, &shenqiao, &["product_manager", "reviewer"]).await;
        sets_roles(app, &other, &shenqiao, &[]).await;
        approves(app, &other, &stale)
            .await
            .refused(409, "change_closed");
        // Nor by somebody who is no administrator any more.
        let stale = sets_roles(app, &third, &shenqiao, &["reviewer"]).await;
        assert!(
            sets_roles(app, &admin, &wenxin, &["auditor"])
                .await
                .is_null()
        );
        approves(app, &other, &stale)
            .await
            .refused(409, "change_closed");
        // Two administrators are left: neither is demoted, one may be kept out.
        let luyuan = admin.colleague(app, "luyuan").await;
        let path = format!("/api/console/staff/{luyuan}");
        admin
            .posts(app, &format!("{path}/roles"), json!({ "roles": [] }))
            .await
            .refused(409, "last_administrator");
        let by_luyuan = sets_roles(app, &other, &shenqiao, &["reviewer"]).await;
        let about = sets_roles(app, &other, &heyun, &["administrator"]).await;
        for id in [&luyuan, &heyun] {
            let done = admin
                .post(app, &format!("/api/console/staff/{id}/disable"))
                .await;
            assert_eq!(done.status.as_u16(), 204);
        }
        for change in [by_luyuan, about] {
            approves(app, &admin, &change)
                .await
                .refused(409, "change_closed");
        }
    });
}

#[test]
fn whoever_comes_back_has_what_one_person_may_give() {
    TestApp::run(async |app| {
        let (admin, other) = (
            Staff::signs_in(app, "jiangtong").await,
            Staff::signs_in(app, "luyuan").await,
        );
        let (both, roles) = ((&admin, &other), ["administrator", "auditor"]);
        let (_, id) = joined_by_two(app, both, "wenxin", &roles).await;
        for act in ["disable", "enable"] {
            let done = admin
                .post(app, &format!("/api/console/staff/{id}/{act}"))
                .await;
            assert_eq!(done.status.as_u16(), 204);
        }
        assert_eq!(roles_of(app, &admin, &id).await, json!(["auditor"]));
        let shown = admin.get(app, &format!("/api/console/staff/{id}")).await;
        let change = shown.ok().json()["changes"][0]["id"].clone();
        approves(app, &admin, &change)
            .await
            .refused(403, "second_person_needed");
        approves(app, &other, &change).await.ok();
        let all = json!(["administrator", "auditor"]);
        assert_eq!(roles_of(app, &admin, &id).await, all);
    });
}

#[test]
fn who_gains_what_asks_for_a_second_factor_sets_one_up_at_once() {
    TestApp::run(async |app| {
        let (admin, other) = (
            Staff::signs_in(app, "jiangtong").await,
            Staff::signs_in(app, "luyuan").await,
        );
        asks_of(app, &admin, "privileged").await;
        let staff = Staff::signs_in(app, "shenqiao").await;
        let id = admin.colleague(app, "shenqiao").await;
        staff.get(app, "/api/console/products").await.ok();
        let change = sets_roles(app, &admin, &id, &["integrator", "product_manager"]).await;
        approves(app, &other, &change).await.ok();
        let opens = async || staff.get(app, "/api/console/products").await;
        opens().await.refused(403, "second_factor_missing");
        enrols(app, &staff).await;
        opens().await.ok();
        let removed = staff.delete(app, "/api/console/account/totp").await;
        assert_eq!(removed.status.as_u16(), 204);
        opens().await.refused(403, "second_factor_missing");
    });
}

#[test]
fn a_proposal_that_nobody_can_agree_to_any_more_holds_no_role() {
    TestApp::run(async |app| {
        let admin = Staff::signs_in(app, "jiangtong").await;
        let role = json!({ "name": "管密钥", "rights": ["key.manage"] });
        let role = admin
            .posts(app, "/api/console/roles", role)
            .await
            .ok()
            .json();
        let role = role["id"].as_str().expect("an id");
        let id = admin.colleague(app, "shenqiao").await;
        assert!(sets_roles(app, &admin, &id, &[role]).await.is_string());
        let path = format!("/api/console/roles/{role}");
        admin.delete(app, &path).await.refused(409, "role_held");
        app.advance_ms(7 * 86_400_000);
        let admin = Staff::signs_in(app, "jiangtong").await;
        let removed = admin.delete(app, &path).await;
        assert_eq!(removed.status.as_u16(), 204);
    });
}

#[test]
fn what_opens_or_ends_asks_for_a_fresh_proof() {
    TestApp::run(async |app| {
        let staff = Staff::signs_in(app, "heyun").await;
        app.advance_ms(5 * 60_000);
        let subject = "/api/console/subjects/sub_x";
        let opening = json!({ "item": "phone", "purpose": "call_back", "reason": "回电" });
        let cases = [
            (
                Method::DELETE,
                "/api/console/settings/logo".to_owned(),
                None,
            ),
            (Method::POST, format!("{subject}/open"), Some(opening)),
            (
                Method::POST,
                format!("{subject}/relation-end"),
                Some(json!({ "on": "2026-11-21" })),
            ),
            (Method::POST, format!("{subject}/holds/hld_x/lift"), None),
        ];
        for (method, path, body) in cases {
            staff
                .send(app, method, &path, body.as_ref())
                .await
                .refused(403, "proof_needed");
        }
    });
}
