//! Nobody signs in the person's absence: registers alone make sure of nobody, and no session serves twice.

use serde_json::json;

use crate::app::TestApp;
use crate::signing_set::{act, code, made_sure_of, opened_at, opens_all, prepared, set};

#[test]
fn registers_alone_make_sure_of_no_signer() {
    TestApp::run(async |app| {
        let (borrower, opened, _) = prepared(app, 1).await;
        let digest = opens_all(&borrower, app).await;
        assert_eq!(
            set(&borrower, app).await["identity"]["methods"],
            json!(["network_id"])
        );
        let alone = json!({ "set_digest": digest });
        act(&borrower, app, "identity", alone.clone()).await.ok();
        app.run_jobs().await;
        let identity = set(&borrower, app).await["identity"].clone();
        assert_eq!(
            (&identity["progress"], &identity["checks"]),
            (&json!("needs_person"), &json!([]))
        );
        act(&borrower, app, "code", alone.clone())
            .await
            .refused(409, "signing_identity_missing");
        let bound = app.fact(&opened.id, "identity.bound.v1").await;
        assert_eq!(bound["checks"], json!([]));
        // Nothing is begun twice, and the authority's page is still open to them.
        act(&borrower, app, "identity", alone).await.ok();
        assert_eq!(app.facts(&opened.id, "identity.bound.v1").await, 1);
        made_sure_of(&borrower, app, &digest).await;
        let identity = set(&borrower, app).await["identity"].clone();
        assert_eq!(
            (&identity["progress"], &identity["checks"][0]["method"]),
            (&json!("done"), &json!("network_id"))
        );
        code(&borrower, app, &opened.id, &digest).await;
    });
}

#[test]
fn a_session_of_an_authority_s_page_serves_one_question() {
    TestApp::run(async |app| {
        let (first, _, _) = prepared(app, 1).await;
        let (second, opened, _) = opened_at(app, 2).await;
        let one = opens_all(&first, app).await;
        made_sure_of(&first, app, &one).await;
        let other = opens_all(&second, app).await;
        let used = json!({ "network_id": format!("at-{}", &one[..40]) });
        let replayed = json!({ "set_digest": other, "sessions": used });
        act(&second, app, "identity", replayed)
            .await
            .refused(409, "session_used");
        assert_eq!(app.facts(&opened.id, "identity.bound.v1").await, 0);
        // Whoever would rather see a person may think better of it, too.
        let rather = json!({ "set_digest": other, "route": "counter" });
        act(&second, app, "person", rather).await.ok();
        made_sure_of(&second, app, &other).await;
        let identity = set(&second, app).await["identity"].clone();
        assert_eq!(
            (&identity["progress"], &identity["route"]),
            (&json!("done"), &json!("checks"))
        );
    });
}
