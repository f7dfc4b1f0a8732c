//! The credit authority: confirmed by a code to the person's own phone, for exactly what was shown.

use serde_json::{Value, json};

use crate::actors::{ANHE, Partner, institution_id};
use crate::app::TestApp;
use crate::consent::{CODE, act, asked, confirmation, decides, notice, reworded, told};

#[test]
fn a_credit_authority_is_confirmed_by_a_code_to_the_person_s_own_phone() {
    TestApp::run(async |app| {
        let (borrower, id) = asked(app, 1).await;
        let link_code = borrower.reads_code(app, &id).await;
        let authority = notice(&borrower, app, "credit_authority").await;
        let digest = authority["digest"].clone();
        let about = json!({ "notice": "credit_authority", "digest": digest });
        let early = borrower.post(app, CODE, &about).await;
        early.refused(409, "step_too_early");
        told(&borrower, app).await;
        for optional in ["face_voice", "marketing"] {
            decides(&borrower, app, optional, "decline").await;
        }
        decides(&borrower, app, "provide_partner", "give").await;
        // A code is for what stands on the screen.
        let unseen = borrower.post(app, CODE, &about).await;
        unseen.refused(409, "notice_not_shown");
        act(&borrower, app, "credit_authority", "shown").await.ok();
        let other = json!({ "notice": "credit_authority", "digest": "0" });
        let other = borrower.post(app, CODE, &other).await;
        other.refused(409, "notice_changed");
        let gives = async |code: Value| {
            let body = json!({ "notice": "credit_authority", "digest": digest, "code": code });
            let path = "/api/h5/steps/credit_authority/give";
            borrower.post(app, path, &body).await
        };
        let live = async || {
            let path = format!("/v1/credit-authority/{id}");
            let page = Partner::of(app, ANHE).get(app, &path).await.ok().json();
            page["purposes"][0]["decision"] == "allowed"
        };
        // A tap alone gives nothing, and a code for another purpose is worth nothing here.
        assert_eq!(gives(Value::Null).await.status, 422);
        gives(json!("12345")).await.refused(422, "invalid_request");
        gives(json!(link_code)).await.refused(409, "code_expired");
        let code = confirmation(&borrower, app).await;
        borrower
            .post(app, CODE, &about)
            .await
            .refused(429, "code_too_soon");
        let anhe = institution_id(app, ANHE).await;
        let sent = xiaobao::notify::kept(&app.ctx, &anhe, None, 200).await;
        let mut sent = sent.expect("the outbox").rows.into_iter();
        let said = sent.find(|one| one.text.contains(&code)).expect("it").text;
        let wanted = format!(
            "为贷款审批、贷后管理查询您的个人信用报告（征信查询授权书第1版）。验证码{code}"
        );
        assert!(said.contains(&wanted), "{said}");
        let other = if code == "000000" { "000001" } else { "000000" };
        gives(json!(other)).await.refused(409, "code_wrong");
        assert!(!live().await);
        assert_eq!(app.facts(&id, "access.code_refused.v1").await, 1);
        assert_eq!(app.facts(&id, "access.code_confirmed.v2").await, 0);
        let done = gives(json!(code)).await.ok().json();
        assert_eq!(done["current"], "cost_disclosure");
        assert!(live().await);
        let confirmed = app.fact(&id, "access.code_confirmed.v2").await;
        assert_eq!(confirmed["purpose"], "sign_authority");
        assert_eq!(confirmed["bound_to"], digest);
        // The answer was lost on its way: the same again is no second consent and needs no second code.
        gives(json!(code)).await.ok();
        assert_eq!(app.facts(&id, "access.code_confirmed.v2").await, 1);
        let all = app.facts(&id, "consent.given.v1").await;
        assert_eq!(all, 2);
    });
}

#[test]
fn a_code_confirms_the_authority_it_was_asked_for_and_no_later_wording() {
    TestApp::run(async |app| {
        let (borrower, id) = asked(app, 1).await;
        told(&borrower, app).await;
        for optional in ["face_voice", "marketing"] {
            decides(&borrower, app, optional, "decline").await;
        }
        decides(&borrower, app, "provide_partner", "give").await;
        act(&borrower, app, "credit_authority", "shown").await.ok();
        let code = confirmation(&borrower, app).await;
        let before = notice(&borrower, app, "credit_authority").await;
        reworded(app, &before).await;
        act(&borrower, app, "credit_authority", "shown").await.ok();
        let now = notice(&borrower, app, "credit_authority").await;
        assert_ne!(now["digest"], before["digest"]);
        let path = "/api/h5/steps/credit_authority/give";
        let gives = async |code: &str| {
            let body =
                json!({ "notice": "credit_authority", "digest": now["digest"], "code": code });
            borrower.post(app, path, &body).await
        };
        gives(&code).await.refused(409, "code_expired");
        assert_eq!(app.facts(&id, "access.code_confirmed.v2").await, 0);
        app.advance_ms(60_000);
        let fresh = confirmation(&borrower, app).await;
        gives(&fresh).await.ok();
    });
}
