//! Attempts to get into somebody else's account, or around the second person.

use serde_json::json;
use xiaobao::access;

use crate::actors::{ANHE, Staff};
use crate::app::TestApp;
use crate::factors::{enrols, half, second, tries};
use crate::staff::{PASSWORD, accepts, joined, token};

const OWN_PASSWORD: &str = "/api/console/account/password";
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
        let (one, other) = tokio::join!(
            second(app, &waiting, json!({ "recovery_code": codes[0] })),
            second(app, &waiting, json!({ "recovery_code": codes[1] })),
        );
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
        let (own, id) = joined(app, &admin, "wenxin", &["auditor"]).await;
        let reset = json!({ "kind": "password" });
        let proposes = async || {
            let path = format!("/api/console/staff/{id}/changes");
            let proposed = admin.posts(app, &path, reset.clone()).await.ok().json();
            let change = proposed["change"].as_str().expect("a change");
            format!("/api/console/staff-changes/{change}/approve")
        };
        let approve = proposes().await;
        let link = other.post(app, &approve).await.ok().json();
        let waiting = proposes().await;
        let body = json!({ "current": PASSWORD, "password": "another-long-phrase" });
        let changed = own.posts(app, OWN_PASSWORD, body).await;
        assert_eq!(changed.status.as_u16(), 204);
        accepts(app, &token(&link["invitation"]), "a-third-long-phrase")
            .await
            .refused(409, "invitation_closed");
        other
            .post(app, &waiting)
            .await
            .refused(409, "change_closed");
        // The same when a link set it.
        let approve = proposes().await;
        let link = other.post(app, &approve).await.ok().json();
        let waiting = proposes().await;
        let set = accepts(app, &token(&link["invitation"]), "a-third-long-phrase").await;
        assert!(!set.ok().cookie(access::STAFF_COOKIE).is_empty());
        other
            .post(app, &waiting)
            .await
            .refused(409, "change_closed");
        Staff::tries(app, ANHE, "wenxin", "a-third-long-phrase")
            .await
            .ok();
    });
}
