//! Nobody signs in the person's absence: registers alone make sure of nobody, and no session serves twice.

use axum::http::Method;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::json;

use crate::actors::{ANHE, Staff};
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
        let settled = app.fact(&opened.id, "identity.act_settled.v1").await;
        assert_eq!(
            (&settled["digest"], &settled["verdict"]),
            (&json!(digest), &json!("yes"))
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

/// A line on white paper, as a phone's page draws it.
fn drawing(width: u32, height: u32, lines: u32) -> Vec<u8> {
    let mut samples = vec![255_u8; (width * height) as usize];
    for line in 0..lines {
        let from = ((height / 3 + line) * width + width / 4) as usize;
        samples[from..from + (width / 2) as usize].fill(0);
    }
    let mut png = Vec::new();
    let mut encoder = png::Encoder::new(&mut png, width, height);
    encoder.set_color(png::ColorType::Grayscale);
    let mut writer = encoder.write_header().expect("a header");
    writer.write_image_data(&samples).expect("a picture");
    writer.finish().expect("a file");
    png
}

#[test]
fn a_name_written_by_hand_stands_beside_the_signature() {
    TestApp::run(async |app| {
        let (borrower, opened, _) = prepared(app, 1).await;
        let digest = set(&borrower, app).await["set_digest"].clone();
        let png = drawing(600, 240, 3);
        let drawn = |png: &[u8]| json!({ "set_digest": digest, "png": STANDARD.encode(png) });
        act(&borrower, app, "handwriting", drawn(&png))
            .await
            .refused(409, "documents_not_opened");
        let digest = opens_all(&borrower, app).await;
        for (what, wrong) in [
            ("no picture", b"not a picture".to_vec()),
            ("an empty sheet", drawing(600, 240, 0)),
            ("a wall", drawing(2_000, 240, 3)),
            ("a longer file", [png.clone(), vec![0; 100_000]].concat()),
        ] {
            let answer = act(&borrower, app, "handwriting", drawn(&wrong)).await;
            assert_eq!(answer.code(), "handwriting_unusable", "{what}");
        }
        act(&borrower, app, "handwriting", drawn(&png)).await.ok();
        act(&borrower, app, "handwriting", drawn(&png)).await.ok();
        let fact = app.fact(&opened.id, "signing.handwritten.v1").await;
        let sha256 = proof::hex::encode(&proof::digest::sha256(&png));
        assert_eq!(fact["png_sha256"], json!(sha256));
        assert_eq!(app.facts(&opened.id, "signing.handwritten.v1").await, 1);
        assert_eq!(
            set(&borrower, app).await["handwriting_digest"],
            json!(sha256)
        );

        made_sure_of(&borrower, app, &digest).await;
        let code = code(&borrower, app, &opened.id, &digest).await;
        let yes = json!({ "set_digest": digest, "code": code });
        act(&borrower, app, "sign", yes).await.ok();
        act(&borrower, app, "handwriting", drawn(&drawing(600, 240, 4)))
            .await
            .refused(409, "signed_already");
        app.settle().await;
        let signed = app.fact(&opened.id, "signing.signed.v1").await;
        for document in signed["documents"].as_array().expect("documents") {
            let digest = document["signed_sha256"].as_str().expect("a digest");
            let path = format!("/api/h5/documents/{digest}");
            let pdf = borrower.get(app, &path).await.ok().bytes;
            let inked = pdf.windows(4).any(|part| part == b"/Ink");
            assert!(inked, "{} bears it", document["code"]);
        }
    });
}

#[test]
fn somebody_s_documents_are_nobody_else_s_and_a_doubtful_signer_goes_to_a_person() {
    TestApp::run(async |app| {
        let (borrower, opened, _) = prepared(app, 1).await;
        let (other, _, _) = opened_at(app, 2).await;
        let theirs = set(&borrower, app).await;
        let digest = theirs["documents"][0]["digest"].as_str().expect("a digest");
        act(&other, app, "open", json!({ "digest": digest }))
            .await
            .refused(409, "documents_changed");
        let path = format!("/api/h5/documents/{digest}");
        other.get(app, &path).await.refused(404, "not_found");
        borrower.get(app, &path).await.ok();

        let set_digest = opens_all(&borrower, app).await;
        let rather = json!({ "set_digest": set_digest, "route": "video_agent" });
        let asked = act(&borrower, app, "person", rather).await.ok().json();
        assert_eq!(asked["steps"][3]["progress"], "needs_person");
        let staff = Staff::signs_in(app, "luoyifan").await;
        let list = staff
            .get(app, "/api/console/identity?phase=needs_person")
            .await;
        let list = list.ok().json();
        let row = &list["rows"][0];
        assert_eq!(
            (&row["journey"], &row["bound_to"]),
            (&json!(opened.id), &json!(set_digest))
        );
        let path = format!(
            "/api/console/identity/{}/attest",
            row["id"].as_str().expect("an id")
        );
        let seen = ["document_original", "document_dates", "person_matches"];
        let attested = json!({ "route": "video_agent", "verdict": "yes", "seen": seen });
        let counter = crate::living::of_all_trades(app, ANHE).await;
        counter
            .send(app, Method::POST, &path, Some(&attested))
            .await
            .ok();
        let code = code(&borrower, app, &opened.id, &set_digest).await;
        act(
            &borrower,
            app,
            "sign",
            json!({ "set_digest": set_digest, "code": code }),
        )
        .await
        .ok();
        app.settle().await;
        let authorised = app.fact(&opened.id, "signing.authorised.v1").await;
        assert_eq!(
            (&authorised["route"], &authorised["checks"]),
            (&json!("video_agent"), &json!([]))
        );
        assert_eq!(app.facts(&opened.id, "signing.signed.v1").await, 1);
    });
}
