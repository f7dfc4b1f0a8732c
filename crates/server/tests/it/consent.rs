//! Notices and consents: nothing is decided about what was not shown, nothing is bundled, and what is taken back ends.

use serde_json::{Value, json};
use xiaobao::access;
use xiaobao::consent;
use xiaobao::product::{self, Definition, Proposal};
use xiaobao::vault::Private;

use crate::actors::{
    ANHE, Borrower, Opened, Partner, Someone, Staff, institution_id, journey_of, loan,
};
use crate::app::{Answer, Site, TestApp};

/// Every notice of the demo, in the order of the steps.
const NOTICES: [&str; 6] = [
    "pi_notice",
    "bureau_report_notice",
    "face_voice",
    "provide_partner",
    "marketing",
    "credit_authority",
];

/// A released product that asks for every step of notices before the sheet.
pub async fn asking_product(app: &TestApp, notices: &[&str]) -> &'static str {
    let mut definition: Definition =
        serde_json::from_str(include_str!("../../demo/hexiang.json")).expect("a definition");
    definition.required = serde_json::from_value(json!([
        "personal_information_notice",
        "separate_consents",
        "credit_authority",
        "cost_disclosure"
    ]))
    .expect("steps");
    definition.recording = None;
    definition.documents.clear();
    definition.change_documents.clear();
    definition.notices = notices.iter().map(|code| (*code).to_owned()).collect();
    let password = Private::new(app.demo.accounts[0].password.clone());
    let signed_in = async |account| {
        access::sign_in(&app.ctx, ANHE, account, &password)
            .await
            .expect("signs in")
            .0
    };
    let proposal = Proposal {
        code: "asking".to_owned(),
        definition,
    };
    let version = product::propose(&app.ctx, &signed_in("shenqiao").await, &proposal)
        .await
        .expect("proposes");
    product::approve(
        &app.ctx,
        &signed_in("heyun").await,
        &version.product,
        version.number,
    )
    .await
    .expect("approves");
    "asking"
}

/// A borrower inside a journey that asks for every notice.
pub async fn asked(app: &TestApp, number: u32) -> (Borrower, String) {
    asked_again(app, number, asking_product(app, &NOTICES).await).await
}

async fn asked_again(app: &TestApp, number: u32, product: &str) -> (Borrower, String) {
    let lender = Partner::of(app, ANHE);
    let body = journey_of(&Someone::adult(number), product, loan());
    let key = format!("{number}-{}", app.ctx.clock.now_ms());
    let opened = Opened::of(
        lender
            .asks(app, &key, &body)
            .await
            .expect(axum::http::StatusCode::CREATED)
            .json(),
    );
    let mut borrower = Borrower::with(&opened.url);
    borrower.enters(app, &opened.id).await;
    (borrower, opened.id)
}

/// The notice with a code as the borrower's page gets it.
pub async fn notice(borrower: &Borrower, app: &Site, code: &str) -> Value {
    let all = borrower.get(app, "/api/h5/notices").await.ok().json();
    let rows = all["rows"].as_array().expect("rows");
    let found = rows.iter().find(|row| row["notice"] == code);
    found.expect("the notice").clone()
}

/// One act about one notice, exactly as it is in force.
pub async fn act(borrower: &Borrower, app: &Site, code: &str, act: &str) -> Answer {
    app.advance_ms(1);
    let notice = notice(borrower, app, code).await;
    let step = notice["step"].as_str().expect("a step");
    let mut body = json!({ "notice": code, "digest": notice["digest"] });
    if (step, act) == ("credit_authority", "give") {
        body["code"] = json!(confirmation(borrower, app).await);
    }
    borrower
        .post(app, &format!("/api/h5/steps/{step}/{act}"), &body)
        .await
}

/// Where the code that confirms a credit authority is asked for.
pub const CODE: &str = "/api/h5/steps/credit_authority/code";

/// Asks for the code that confirms a credit authority, and reads it from the phone.
pub async fn confirmation(borrower: &Borrower, app: &Site) -> String {
    let notice = notice(borrower, app, "credit_authority").await;
    let body = json!({ "notice": "credit_authority", "digest": notice["digest"] });
    borrower.post(app, CODE, &body).await.ok();
    app.run_jobs().await;
    let journey = borrower.journey(app).await;
    let case = journey["id"].as_str().expect("an id");
    borrower.reads_code(app, case).await
}

/// Opens a notice and decides.
pub async fn decides(borrower: &Borrower, app: &Site, code: &str, choice: &str) -> Value {
    act(borrower, app, code, "shown").await.ok();
    act(borrower, app, code, choice).await.ok().json()
}

/// Takes note of both notices.
pub async fn told(borrower: &Borrower, app: &TestApp) {
    decides(borrower, app, "pi_notice", "acknowledge").await;
    decides(borrower, app, "bureau_report_notice", "acknowledge").await;
}

/// The id of the person's newest decision of a kind.
pub async fn mine(borrower: &Borrower, app: &TestApp, kind: &str) -> Value {
    let all = borrower.get(app, "/api/h5/me/consents").await.ok().json();
    let rows = all["rows"].as_array().expect("rows");
    let found = rows.iter().find(|row| row["kind"] == kind);
    found.expect("a decision").clone()
}

pub async fn withdraws(borrower: &Borrower, app: &TestApp, kind: &str) -> Answer {
    app.advance_ms(1);
    let id = mine(borrower, app, kind).await["id"]
        .as_str()
        .expect("an id")
        .to_owned();
    let path = format!("/api/h5/me/consents/{id}/withdraw");
    borrower.post(app, &path, &json!({})).await
}

#[test]
fn each_notice_is_shown_and_answered_by_itself_and_declining_the_optional_costs_nothing() {
    TestApp::run(async |app| {
        let (borrower, id) = asked(app, 1).await;
        assert_eq!(
            borrower.journey(app).await["current"],
            "personal_information_notice"
        );
        // Nothing is decided about what was not on the screen, and nothing comes before its turn.
        let unseen = act(&borrower, app, "pi_notice", "acknowledge").await;
        unseen.refused(409, "notice_not_shown");
        let early = act(&borrower, app, "marketing", "shown").await;
        early.refused(409, "step_too_early");
        // What only tells asks for no consent.
        act(&borrower, app, "pi_notice", "shown").await.ok();
        let body = json!({ "notice": "pi_notice", "digest": "0" });
        let other = borrower
            .post(
                app,
                "/api/h5/steps/personal_information_notice/acknowledge",
                &body,
            )
            .await;
        other.refused(409, "notice_changed");
        told(&borrower, app).await;
        assert_eq!(borrower.journey(app).await["current"], "separate_consents");

        // Several at once are refused, whatever form the bundle takes.
        let give = "/api/h5/steps/separate_consents/give";
        for bundle in [
            json!({ "notice": ["face_voice", "marketing"], "digest": "0" }),
            json!([{ "notice": "face_voice", "digest": "0" }]),
            json!({ "notices": ["face_voice", "marketing"], "digest": "0" }),
        ] {
            let answer = borrower.post(app, give, &bundle).await;
            assert!(answer.status.is_client_error(), "{}", answer.text());
        }
        // A notice of another step is none of this one.
        let bureau = notice(&borrower, app, "credit_authority").await;
        let smuggled = json!({ "notice": "credit_authority", "digest": bureau["digest"] });
        borrower
            .post(app, give, &smuggled)
            .await
            .refused(404, "not_found");

        decides(&borrower, app, "face_voice", "decline").await;
        decides(&borrower, app, "marketing", "decline").await;
        // The partner's consent is needed for this product: declined, the step stays open and may be read again.
        let open = decides(&borrower, app, "provide_partner", "decline").await;
        assert_eq!(open["current"], "separate_consents");
        let done = decides(&borrower, app, "provide_partner", "give").await;
        assert_eq!(done["current"], "credit_authority");
        let sheet = decides(&borrower, app, "credit_authority", "give").await;
        assert_eq!(sheet["current"], "cost_disclosure");
        assert_eq!(app.facts(&id, "consent.given.v1").await, 2);
        assert_eq!(app.facts(&id, "consent.declined.v1").await, 3);
        assert_eq!(app.facts(&id, "consent.acknowledged.v1").await, 2);

        borrower.reads(app).await;
        borrower.understands(app).await;
        assert_eq!(borrower.confirms(app).await["state"], "completed");
        app.settle().await;
        let lender = Partner::of(app, ANHE);
        assert_eq!(lender.missing(app, &id).await, Vec::<String>::new());
        // What was told and decided belongs to the person and to the evidence, word for word.
        let journey = borrower.journey(app).await;
        let documents = journey["documents"].as_array().expect("documents");
        let kinds: Vec<&str> = documents
            .iter()
            .filter_map(|d| d["kind"].as_str())
            .collect();
        assert_eq!(kinds[0], "cost_sheet");
        assert_eq!(kinds[1..], ["consent_receipt"; 7]);
        let zip = lender.bundle(app, &id).await;
        for document in &documents[1..] {
            let digest = document["digest"].as_str().expect("a digest");
            let path = format!("/api/h5/documents/{digest}");
            let pdf = borrower.get(app, &path).await.ok();
            assert!(pdf.bytes.starts_with(b"%PDF-"));
        }
        for place in 1..=7 {
            for name in ["notice.json", "receipt.pdf"] {
                let name = format!("documents/consent-{place}-{name}");
                let found = zip
                    .windows(name.len())
                    .any(|bytes| bytes == name.as_bytes());
                assert!(found, "{name} is in the bundle");
            }
        }
        // A newer wording that is only looked at, in the next loan, holds nothing of this one back.
        reworded(app, &notice(&borrower, app, "marketing").await).await;
        let (next, _) = asked_again(app, 1, "asking").await;
        told(&next, app).await;
        act(&next, app, "marketing", "shown").await.ok();
        app.settle().await;
        assert_eq!(lender.missing(app, &id).await, Vec::<String>::new());
    });
}

#[test]
fn a_withdrawn_consent_ends_its_grants_and_only_those() {
    TestApp::run(async |app| {
        let (borrower, id) = asked(app, 1).await;
        told(&borrower, app).await;
        decides(&borrower, app, "marketing", "give").await;
        decides(&borrower, app, "provide_partner", "give").await;
        app.run_jobs().await;
        let before = mine(&borrower, app, "marketing").await;
        assert_eq!(
            (&before["way_back"], &before["receipt"]),
            (&json!("withdraw"), &json!(true))
        );
        let after = withdraws(&borrower, app, "marketing").await.ok().json();
        assert_eq!(
            (&after["state"], &after["way_back"]),
            (&json!("withdrawn"), &json!("over"))
        );
        let fact = app.fact(&id, "consent.withdrawn.v1").await;
        assert_eq!(
            (&fact["grants_ended"], &fact["jobs_cancelled"]),
            (&json!(1), &json!(0))
        );
        // Again: nothing happens, nothing is sworn to twice.
        withdraws(&borrower, app, "marketing").await.ok();
        assert_eq!(app.facts(&id, "consent.withdrawn.v1").await, 1);
        // The other consent and its grant stand.
        let other = mine(&borrower, app, "provide_to_partner").await;
        assert_eq!(other["way_back"], "withdraw");
        // What was only told can't be taken back, and says so.
        withdraws(&borrower, app, "personal_information")
            .await
            .refused(409, "notice_only_told");
        // The receipt of the withdrawal is another paper than that of the consent.
        app.run_jobs().await;
        let path = format!(
            "/api/h5/me/consents/{}/receipt",
            after["id"].as_str().expect("an id")
        );
        let receipt = borrower.get(app, &path).await.ok();
        assert!(receipt.bytes.starts_with(b"%PDF-"));
        assert_eq!(app.facts(&id, "consent.receipt_printed.v1").await, 5);
    });
}

#[test]
fn a_changed_notice_asks_anew_and_takes_two_people() {
    TestApp::run(async |app| {
        let (borrower, _) = asked(app, 1).await;
        let old = notice(&borrower, app, "pi_notice").await;
        decides(&borrower, app, "pi_notice", "acknowledge").await;
        let manager = Staff::signs_in(app, "shenqiao").await;
        let reviewer = Staff::signs_in(app, "heyun").await;
        let mut content = old["document"]["content"].clone();
        content["purpose"]["zh"] = json!("另一个目的。");
        let draft = json!({ "code": "pi_notice", "content": content });
        let post = axum::http::Method::POST;
        let drafted = manager
            .send(app, post.clone(), "/api/console/notices", Some(&draft))
            .await
            .expect(axum::http::StatusCode::CREATED)
            .json();
        assert_eq!(
            (&drafted["version"], &drafted["state"]),
            (&json!(2), &json!("draft"))
        );
        // A draft changes nothing for anyone.
        assert_eq!(
            notice(&borrower, app, "pi_notice").await["state"],
            "acknowledged"
        );
        let path = format!(
            "/api/console/notices/{}/publish",
            drafted["id"].as_str().expect("an id")
        );
        let digest = json!({ "digest": drafted["digest"] });
        let itself = manager.send(app, post.clone(), &path, Some(&digest)).await;
        itself.refused(403, "right_missing");
        let other = json!({ "digest": old["digest"] });
        let other = reviewer.send(app, post.clone(), &path, Some(&other)).await;
        other.refused(409, "notice_changed");
        reviewer
            .send(app, post.clone(), &path, Some(&digest))
            .await
            .ok();
        let twice = reviewer.send(app, post.clone(), &path, Some(&digest)).await;
        twice.refused(409, "notice_published");
        let now = notice(&borrower, app, "pi_notice").await;
        assert_eq!(
            (&now["state"], &now["document"]["version"]),
            (&Value::Null, &json!(2))
        );
        assert_eq!(
            borrower.journey(app).await["current"],
            "personal_information_notice"
        );
        // A code keeps its kind, and a notice that says too little is none.
        let mut other = draft.clone();
        other["content"]["kind"] = json!("informed_relative");
        other["content"]["valid_days"] = json!(30);
        other["content"]["necessity"] = json!("optional");
        manager
            .send(app, post.clone(), "/api/console/notices", Some(&other))
            .await
            .refused(409, "notice_other_kind");
        let mut poor = draft;
        poor["content"]["retention"]["zh"] = json!("");
        let answer = manager
            .send(app, post, "/api/console/notices", Some(&poor))
            .await;
        assert_eq!(answer.json()["error"]["fields"][0]["path"], "retention");
    });
}

/// Puts a notice in force anew, by two people, with another purpose.
pub async fn reworded(app: &TestApp, before: &Value) {
    let manager = Staff::signs_in(app, "shenqiao").await;
    let reviewer = Staff::signs_in(app, "heyun").await;
    let mut content = before["document"]["content"].clone();
    content["purpose"]["zh"] = json!("另一个目的。");
    let draft = json!({ "code": before["notice"], "content": content });
    let post = axum::http::Method::POST;
    let path = "/api/console/notices";
    let drafted = manager.send(app, post.clone(), path, Some(&draft)).await;
    let drafted = drafted.expect(axum::http::StatusCode::CREATED).json();
    let path = format!("{path}/{}/publish", drafted["id"].as_str().expect("an id"));
    let digest = json!({ "digest": drafted["digest"] });
    reviewer.send(app, post, &path, Some(&digest)).await.ok();
}

#[test]
fn a_product_whose_notice_is_not_in_force_asks_for_a_person() {
    TestApp::run(async |app| {
        let product = asking_product(app, &["pi_notice", "nowhere"]).await;
        let (borrower, _) = asked_again(app, 1, product).await;
        let journey = borrower.journey(app).await;
        assert_eq!(journey["steps"][0]["progress"], "needs_person");
    });
}

#[test]
fn marketing_is_asked_of_the_person_once_the_rest_with_every_journey() {
    TestApp::run(async |app| {
        let (borrower, _) = asked(app, 1).await;
        told(&borrower, app).await;
        decides(&borrower, app, "marketing", "decline").await;
        decides(&borrower, app, "face_voice", "decline").await;
        let (again, _) = asked_again(app, 1, "asking").await;
        assert_eq!(notice(&again, app, "marketing").await["state"], "declined");
        assert_eq!(
            notice(&again, app, "face_voice").await["state"],
            Value::Null
        );
    });
}

#[test]
fn staff_see_decisions_masked_and_only_their_own_institution_s() {
    TestApp::run(async |app| {
        let (borrower, id) = asked(app, 1).await;
        told(&borrower, app).await;
        let staff = Staff::signs_in(app, "luoyifan").await;
        let list = staff.get(app, "/api/console/consents").await.ok();
        let rows = list.json()["rows"].as_array().expect("rows").clone();
        assert_eq!(rows.len(), 2);
        assert_eq!(
            (&rows[0]["journey"], &rows[0]["phone_masked"]),
            (&json!(id), &json!("199****0001"))
        );
        let csv = staff
            .get(app, "/api/console/consents?format=csv")
            .await
            .ok();
        assert!(csv.text().contains("pi_notice") && !csv.text().contains("19910000001"));
        let post = axum::http::Method::POST;
        let search = json!({ "q": Someone::adult(1).phone });
        let found = staff
            .send(app, post, "/api/console/consents/search", Some(&search))
            .await;
        assert_eq!(found.ok().json()["rows"].as_array().expect("rows").len(), 2);
        let unknown = staff.get(app, "/api/console/consents?kind=soul").await;
        unknown.refused(422, "invalid_request");

        let stranger = Staff::signs_in(app, "qinmo").await;
        let theirs = stranger.get(app, "/api/console/consents").await.ok().json();
        assert_eq!(theirs["rows"], json!([]));
        let notices = stranger.get(app, "/api/console/notices").await.ok().json();
        let institution = institution_id(app, ANHE).await;
        let view = app.ctx.db.read(&institution).await.expect("a view");
        let ours = consent::newest_version(&view, "pi_notice").await;
        let ours = ours.expect("reads").expect("a notice");
        let ids: Vec<&Value> = notices["rows"]
            .as_array()
            .expect("rows")
            .iter()
            .map(|row| &row["id"])
            .collect();
        assert!(!ids.contains(&&json!(ours.id)));
        let path = format!("/api/console/notices/{}", ours.id);
        stranger.get(app, &path).await.refused(404, "not_found");
    });
}
