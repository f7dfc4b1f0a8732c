//! Signing: exactly what was read, by exactly that person, with exactly that code; once.

use pades::{Trust, read_pem};
use serde_json::{Value, json};
use xiaobao::config::SigningService;
use xiaobao::ledger;
use xiaobao::signing::{self, Outcome};

use crate::actors::{ANHE, Borrower, Opened, Partner, Someone, codes, institution_id, loan};
use crate::app::TestApp;
use crate::consent::decides;
use crate::identity::checked;
use crate::steps::offers_with;

const DOCUMENTS: [&str; 5] = [
    "loan_contract",
    "guarantee_contract",
    "debit_authority",
    "certificate_authority",
    "purpose_commitment",
];

/// With those that only others sign.
const LISTED: [&str; 7] = [
    "loan_contract",
    "joint_loan_contract",
    "surety_contract",
    "guarantee_contract",
    "debit_authority",
    "certificate_authority",
    "purpose_commitment",
];

/// Has the product signed for, beside notice, identity and sheet.
pub async fn signing_product(app: &TestApp) {
    let parts = json!({
        "required": ["personal_information_notice", "identity", "cost_disclosure", "signing"],
        "identity": ["registry", "carrier", "network_id"],
        "notices": ["pi_notice"],
        "documents": LISTED,
    });
    offers_with(&app.ctx, parts).await.expect("offered");
}

/// A borrower whose documents are made, with the sheet confirmed.
pub async fn prepared(app: &TestApp, number: u32) -> (Borrower, Opened, Partner) {
    signing_product(app).await;
    opened_at(app, number).await
}

pub async fn opened_at(app: &TestApp, number: u32) -> (Borrower, Opened, Partner) {
    let partner = Partner::of(app, ANHE);
    let someone = Someone::adult(number);
    let opened = partner.opens(app, &someone, "hexiang", loan()).await;
    let mut borrower = Borrower::with(&opened.url);
    borrower.enters(app, &opened.id).await;
    decides(&borrower, app, "pi_notice", "acknowledge").await;
    checked(app, &someone, &opened.id).await;
    borrower.reads(app).await;
    borrower.understands(app).await;
    let confirmed = borrower.confirms(app).await;
    assert_eq!(
        (&confirmed["current"], &confirmed["step"]),
        (&json!("signing"), &json!("sign"))
    );
    app.run_jobs().await;
    (borrower, opened, partner)
}

pub async fn act(borrower: &Borrower, app: &TestApp, act: &str, body: Value) -> crate::app::Answer {
    let path = format!("/api/h5/steps/signing/{act}");
    borrower.post(app, &path, &body).await
}

/// The set on the screen, ready to be read.
pub async fn set(borrower: &Borrower, app: &TestApp) -> Value {
    let journey = borrower.journey(app).await;
    journey["signing"].clone()
}

pub async fn opens_all(borrower: &Borrower, app: &TestApp) -> String {
    let set = set(borrower, app).await;
    assert_eq!(set["state"], "ready", "{set}");
    for document in set["documents"].as_array().expect("documents") {
        let paper = act(
            borrower,
            app,
            "open",
            json!({ "digest": document["digest"] }),
        )
        .await;
        assert_eq!(paper.ok().json()["code"], document["code"]);
    }
    set["set_digest"].as_str().expect("a digest").to_owned()
}

/// The person was at the authority's own page, for this set alone.
pub async fn made_sure_of(borrower: &Borrower, app: &TestApp, set: &str) {
    let sessions = json!({ "network_id": format!("at-{}", &set[..40]) });
    let been = json!({ "set_digest": set, "sessions": sessions });
    act(borrower, app, "identity", been).await.ok();
    app.run_jobs().await;
}

pub async fn code(borrower: &Borrower, app: &TestApp, case: &str, set: &str) -> String {
    app.advance_ms(60_000);
    act(borrower, app, "code", json!({ "set_digest": set }))
        .await
        .ok();
    app.run_jobs().await;
    codes(app, ANHE, case).await.remove(0)
}

/// Everything up to the yes.
pub async fn authorises(borrower: &Borrower, app: &TestApp, case: &str) {
    let set = opens_all(borrower, app).await;
    made_sure_of(borrower, app, &set).await;
    let code = code(borrower, app, case, &set).await;
    act(
        borrower,
        app,
        "sign",
        json!({ "set_digest": set, "code": code }),
    )
    .await
    .ok();
}

pub async fn trust(app: &TestApp) -> Trust {
    let pem = app.get("/signing/anhe/anchor").await.ok().text();
    let anchors = read_pem(&pem).expect("a certificate");
    Trust {
        timestamp_anchors: anchors.clone(),
        anchors,
        crls: Vec::new(),
    }
}

/// `cargo dev test` shows what was signed to readers that share no code with ours.
fn handed_out(name: &str, bytes: &[u8]) {
    if let Some(folder) = std::env::var_os("XIAOBAO_TEST_SIGNED") {
        let extension = if name == "root" { "pem" } else { "pdf" };
        let file = std::path::Path::new(&folder).join(format!("{name}.{extension}"));
        std::fs::write(file, bytes).expect("a file");
    }
}

#[test]
fn the_borrower_signs_what_was_shown_and_keeps_it() {
    TestApp::run(async |app| {
        let (borrower, opened, partner) = prepared(app, 1).await;
        let id = &opened.id;
        assert!(
            partner
                .missing(app, id)
                .await
                .contains(&"contracts_not_signed".to_owned())
        );
        let before = set(&borrower, app).await;
        assert_eq!(before["origin"], "embedded");
        let listed = before["documents"].as_array().expect("documents");
        let listed: Vec<&str> = listed
            .iter()
            .filter_map(|one| one["code"].as_str())
            .collect();
        assert_eq!(listed, DOCUMENTS);
        authorises(&borrower, app, id).await;
        let house = institution_id(app, ANHE).await;
        let outbox = xiaobao::notify::kept(&app.ctx, &house, None, 50);
        let texts = outbox.await.expect("the outbox").rows;
        let sms = texts
            .iter()
            .find(|one| one.text.contains("正在签署"))
            .expect("a message");
        assert!(
            sms.text.starts_with(
                "【安禾消费金融】您正在签署20000元借款合同，综合融资成本年化13.80%。验证码"
            ) && sms
                .text
                .ends_with("，5分钟内有效，工作人员不会索要，切勿告知他人。"),
            "{}",
            sms.text
        );
        let waiting = borrower.journey(app).await;
        assert_eq!(waiting["signing"]["state"], "authorised");
        let ended = app.facts("", "vault.grant_ended.v1").await;
        app.settle().await;
        let done = borrower.journey(app).await;
        assert_eq!(
            (&done["state"], &done["step"]),
            (&json!("completed"), &json!("done"))
        );
        for kind in ["prepared", "ready", "authorised", "started", "signed"] {
            assert_eq!(
                app.facts(id, &format!("signing.{kind}.v1")).await,
                1,
                "{kind}"
            );
        }
        for kind in ["rendered.v1", "opened.v2"] {
            assert_eq!(app.facts(id, &format!("signing.{kind}")).await, 5, "{kind}");
        }
        let rendered = app.fact(id, "signing.rendered.v1").await;
        let shown = app.fact(id, "signing.opened.v2").await;
        assert_eq!(shown["paper_sha256"], rendered["paper_sha256"]);
        let bound = app.fact(id, "identity.bound.v1").await;
        let authorised = app.fact(id, "signing.authorised.v1").await;
        assert_eq!(bound["digest"], authorised["set_digest"]);
        assert_eq!(bound["checks"], authorised["checks"]);
        assert_eq!(partner.missing(app, id).await, Vec::<String>::new());

        let trust = trust(app).await;
        let root = app.get("/signing/anhe/anchor").await.ok().bytes;
        handed_out("root", &root);
        let now_s = app.ctx.clock.now_ms() / 1_000;
        let signed = app.fact(id, "signing.signed.v1").await;
        for document in signed["documents"].as_array().expect("documents") {
            let digest = document["signed_sha256"].as_str().expect("a digest");
            let path = format!("/api/h5/me/loans/{id}/documents/{digest}");
            let pdf = borrower.get(app, &path).await.ok().bytes;
            let report = pades::verify(&pdf, &trust, now_s).expect("a report");
            assert!(report.holds(), "{:?}", report.signatures);
            let fields: Vec<&str> = report
                .signatures
                .iter()
                .map(|one| one.field.as_str())
                .collect();
            assert_eq!(fields, ["Borrower", "Institution"]);
            let person = report.signatures[0].signer.as_ref().expect("a signer");
            assert_eq!(person.common_name(), Some(Someone::adult(1).name));
            let set = authorised["set_digest"].as_str().expect("a digest");
            assert!(person.uris().iter().any(|uri| uri.ends_with(set)));
            handed_out(document["code"].as_str().expect("a code"), &pdf);
            let mut altered = pdf.clone();
            altered[pdf.len() / 3] ^= 1;
            let altered = pades::verify(&altered, &trust, now_s);
            assert!(!altered.is_ok_and(|report| report.holds()));
        }
        // The code on a document's first page answers for exactly the signed file.
        let anhe = institution_id(app, ANHE).await;
        let intent = signed["intent"].as_str().expect("an id");
        let address = ledger::print_address(&app.ctx, &anhe, &format!("{intent}-1"));
        let address = address.expect("an address");
        let (_, code) = address.rsplit_once("/r/").expect("a code");
        let said = app.get(&format!("/api/prints/{code}")).await.ok().json();
        assert_eq!(
            (&said["sha256"], &said["kind"]),
            (
                &signed["documents"][0]["signed_sha256"],
                &json!("signing.signed.v1")
            )
        );
        // Nobody opens name, ID number and phone for a set that is signed.
        assert_eq!(app.facts("", "vault.grant_ended.v1").await, ended + 1);
        let bundle = partner.bundle(app, id).await;
        let inside = |name: &str| bundle.windows(name.len()).any(|w| w == name.as_bytes());
        assert!(inside("contract-1-loan-contract.pdf") && inside("contract-1-debit-authority.pdf"));
    });
}

#[test]
fn a_code_alone_never_suffices_and_none_signs_another_set() {
    TestApp::run(async |app| {
        let (borrower, opened, partner) = prepared(app, 1).await;
        let id = &opened.id;
        let first = set(&borrower, app).await["set_digest"].clone();
        let asked = json!({ "set_digest": first });
        act(&borrower, app, "code", asked.clone())
            .await
            .refused(409, "documents_not_opened");
        let digest = opens_all(&borrower, app).await;
        act(&borrower, app, "code", asked.clone())
            .await
            .refused(409, "signing_identity_missing");
        let login = borrower.reads_code(app, id).await;
        let yes = json!({ "set_digest": digest, "code": login });
        act(&borrower, app, "sign", yes)
            .await
            .refused(409, "signing_identity_missing");
        made_sure_of(&borrower, app, &digest).await;
        let sent = code(&borrower, app, id, &digest).await;
        assert_ne!(sent, login);
        let wrong = if sent == "000000" { "000001" } else { "000000" };
        for (given, code) in [(wrong, "code_wrong"), (login.as_str(), "code_wrong")] {
            let yes = json!({ "set_digest": digest, "code": given });
            assert_eq!(act(&borrower, app, "sign", yes).await.code(), code);
        }
        let other = json!({ "set_digest": "0".repeat(64), "code": sent });
        act(&borrower, app, "sign", other)
            .await
            .refused(409, "documents_changed");

        // Other terms: what was read, checked and coded is worth nothing for them.
        let path = format!("/v1/journeys/{id}/loan");
        partner
            .post(
                app,
                &path,
                &json!({ "principal": 1_000_000, "periods": 12 }),
            )
            .await
            .ok();
        let superseded = app.fact(id, "signing.superseded.v1").await;
        assert_eq!(superseded["why"], "terms_changed");
        let yes = json!({ "set_digest": digest, "code": sent });
        act(&borrower, app, "sign", yes.clone())
            .await
            .refused(409, "step_too_early");
        borrower.reads(app).await;
        borrower.understands(app).await;
        borrower.confirms(app).await;
        app.run_jobs().await;
        act(&borrower, app, "sign", yes)
            .await
            .refused(409, "documents_changed");
        let second = opens_all(&borrower, app).await;
        assert_ne!(second, digest);
        let yes = json!({ "set_digest": second, "code": sent });
        act(&borrower, app, "sign", yes.clone())
            .await
            .refused(409, "signing_identity_missing");
        made_sure_of(&borrower, app, &second).await;
        assert_eq!(
            act(&borrower, app, "sign", yes).await.code(),
            "code_expired"
        );
        assert_eq!(app.facts(id, "signing.authorised.v1").await, 0);
    });
}

#[test]
fn a_set_whose_time_is_over_is_made_anew_and_a_second_yes_signs_nothing_twice() {
    TestApp::run(async |app| {
        let (borrower, opened, _) = prepared(app, 1).await;
        let id = &opened.id;
        act(&borrower, app, "renew", json!({}))
            .await
            .refused(409, "signing_not_expired");
        let digest = opens_all(&borrower, app).await;
        app.advance_ms(24 * 3_600_000);
        let mut borrower = borrower;
        app.advance_ms(60_000);
        borrower.enters(app, id).await;
        assert_eq!(set(&borrower, app).await["expired"], true);
        act(&borrower, app, "identity", json!({ "set_digest": digest }))
            .await
            .refused(409, "signing_expired");
        act(&borrower, app, "renew", json!({})).await.ok();
        app.run_jobs().await;
        let second = opens_all(&borrower, app).await;
        assert_ne!(second, digest);
        made_sure_of(&borrower, app, &second).await;
        let code = code(&borrower, app, id, &second).await;
        let yes = json!({ "set_digest": second, "code": code });
        // Two tabs at once, and once more after the answer was lost.
        let (one, other) = futures::join!(
            act(&borrower, app, "sign", yes.clone()),
            act(&borrower, app, "sign", yes.clone())
        );
        one.ok();
        other.ok();
        app.settle().await;
        act(&borrower, app, "sign", yes).await.ok();
        app.settle().await;
        for kind in ["authorised", "signed"] {
            assert_eq!(
                app.facts(id, &format!("signing.{kind}.v1")).await,
                1,
                "{kind}"
            );
        }
        assert_eq!(app.facts(id, "journey.completed.v1").await, 1);
    });
}

#[test]
fn a_try_that_was_cut_off_is_abandoned_and_its_certificate_revoked() {
    TestApp::run(async |app| {
        let (borrower, opened, _) = prepared(app, 1).await;
        let id = &opened.id;
        authorises(&borrower, app, id).await;
        let institution = institution_id(app, ANHE).await;
        // Signed, and killed before anyone swore to it.
        let made = signing::attempt(&app.ctx, &institution, id).await;
        assert!(matches!(made, Ok(Outcome::Made(_))));
        let cut_off = app.fact(id, "signing.started.v1").await;
        assert_eq!(app.facts(id, "signing.signed.v1").await, 0);
        app.restart().await;
        app.settle().await;
        let abandoned = app.fact(id, "signing.abandoned.v1").await;
        assert_eq!(abandoned["why"], "interrupted");
        assert_eq!(
            abandoned["certificate_sha256"],
            cut_off["certificate_sha256"]
        );
        assert_eq!(app.facts(id, "signing.signed.v1").await, 1);
        let signed = app.fact(id, "signing.signed.v1").await;
        assert_eq!(signed["number"], 2);
        let list = app.get("/signing/anhe/crl").await.ok().bytes;
        pades::Crl::from_der(&list).expect("a list");
        let trust = Trust {
            crls: vec![pades::Crl::from_der(&list).expect("a list")],
            ..trust(app).await
        };
        let digest = signed["documents"][0]["signed_sha256"]
            .as_str()
            .expect("a digest");
        let path = format!("/api/h5/documents/{digest}");
        let pdf = borrower.get(app, &path).await.ok().bytes;
        let now_s = app.ctx.clock.now_ms() / 1_000;
        let report = pades::verify(&pdf, &trust, now_s).expect("a report");
        let person = report.signatures[0].signer.clone().expect("a signer");
        assert_eq!(
            json!(proof::hex::encode(&person.fingerprint())),
            app.fact(id, "signing.started.v1").await["certificate_sha256"]
        );
    });
}

#[test]
fn services_that_are_down_are_waited_for() {
    TestApp::run_damaged(async |app| {
        let (borrower, opened, _) = prepared(app, 1).await;
        let id = &opened.id;
        authorises(&borrower, app, id).await;
        let anchors = app.folder.join("anchors.pem");
        let pem = app.get("/signing/anhe/anchor").await.ok().text();
        std::fs::write(&anchors, pem).expect("a file");
        let nobody = "https://127.0.0.1:9/".to_owned();
        app.reconfigure(|config| {
            config.signing.services = vec![SigningService {
                institution: "*".to_owned(),
                certificates_url: nobody.clone(),
                seal_url: nobody.clone(),
                timestamps_url: nobody.clone(),
                token: String::new(),
                anchors,
                sm2_key: None,
            }];
        })
        .await;
        app.run_jobs().await;
        let abandoned = app.fact(id, "signing.abandoned.v1").await;
        assert_eq!(abandoned["why"], "signing_service_down");
        let waiting = set(&borrower, app).await;
        assert_eq!(
            (&waiting["state"], &waiting["delayed"]),
            (&json!("authorised"), &json!(true))
        );
        app.reconfigure(|config| config.signing.services.clear())
            .await;
        app.advance_ms(5_000);
        app.settle().await;
        assert_eq!(app.facts(id, "signing.signed.v1").await, 1);
        assert_eq!(borrower.journey(app).await["state"], "completed");
        // Only the service that was asked can take its certificate back, and that it did not is not forgotten.
        assert_eq!(app.jobs("signing.revoke").await, 1);
        assert_eq!(app.facts(id, "signing.revoked.v1").await, 0);
        assert_eq!(app.faults().await, Vec::<String>::new());
    });
}
