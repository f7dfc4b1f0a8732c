//! A whole case is destroyed, and nothing in the house remembers the person.

use std::fs;
use std::path::Path;

use axum::http::StatusCode;
use serde_json::{Value, json};
use xiaobao::db::{Read as _, Scope};
use xiaobao::vault::{self, ItemKind};
use xiaobao::{journey, rectification as findings, values};

use crate::actors::{
    ANHE, Borrower, Opened, Partner, Someone, Staff, institution_id, journey_of, loan,
};
use crate::app::TestApp;
use crate::consent::{decides, withdraws};
use crate::consent_work::posts_anew;
use crate::counter::{scans, sheet};
use crate::inspection;
use crate::money;
use crate::prints;
use crate::rectification;
use crate::secrets::{Row, Secrets, tables};
use crate::steps::offers_with;

const DAY_MS: u64 = 86_400_000;
const REFERENCE: &str = "LN-7788-ONLY-ONE";
const LOAN_NUMBER: &str = "L-7788-ONLY-ONE";
const WORDS: &str = "我们看过您的材料，也和您通了电话。";
const LENDER_WORDS: &str = "以往的还款都很准时";

/// A loan with everything that a person leaves behind; answers what they entered by and what must be forgotten.
async fn lived(app: &TestApp, someone: &Someone) -> (Borrower, Opened, Secrets) {
    let steps = json!([
        "personal_information_notice",
        "separate_consents",
        "affordability",
        "credit_decision",
        "drawdown",
        "cost_disclosure"
    ]);
    let notices = json!(["pi_notice", "provide_partner", "marketing"]);
    offers_with(&app.ctx, json!({ "required": steps, "notices": notices }))
        .await
        .expect("released");
    let lender = Partner::of(app, ANHE);
    let mut body = journey_of(someone, "hexiang", Value::Null);
    body["reference"] = json!(REFERENCE);
    let opened = lender.asks(app, REFERENCE, &body).await;
    let opened = Opened::of(opened.expect(StatusCode::CREATED).json());
    let id = opened.id.as_str();
    let mut borrower = Borrower::with(&opened.url);
    let journey = borrower.enters(app, id).await;
    decides(&borrower, app, "pi_notice", "acknowledge").await;
    decides(&borrower, app, "provide_partner", "give").await;
    decides(&borrower, app, "marketing", "give").await;
    let message = json!({ "journey": id, "template": "new_service" });
    let path = "/v1/marketing-messages";
    let queued = posts_anew(app, &lender, path, &message).await;
    queued.expect(StatusCode::CREATED);
    // A receipt of the consent, and another of its end.
    app.settle().await;
    withdraws(&borrower, app, "marketing").await.ok();

    let said = json!({ "occupation": "farmer", "monthly_income": 0, "monthly_debts": 0, "purpose": "home" });
    let declare = "/api/h5/steps/affordability/declare";
    borrower.post(app, declare, &said).await.ok();
    let reviewer = Staff::signs_in(app, "heyun").await;
    let open = reviewer.get(app, "/api/console/reviews?state=open").await;
    let review = open.ok().json()["rows"][0]["id"].clone();
    let close = format!(
        "/api/console/reviews/{}/close",
        review.as_str().expect("an id")
    );
    let verdict = json!({ "verdict": "pass", "words": WORDS });
    reviewer.posts(app, &close, verdict).await.ok();
    let given = json!({
        "ruling": "approved", "made": "by_person", "limit": 2_000_000,
        "reasons": [{ "code": "history", "text": { "zh": LENDER_WORDS, "en": "always in time" } }]
    });
    let decision = format!("/v1/journeys/{id}/decision");
    lender.post(app, &decision, &given).await.ok();
    let account = "6222020200112233446";
    let choice =
        json!({ "principal": 600_000, "periods": 12, "purpose": "home", "account": account });
    borrower
        .post(app, "/api/h5/steps/drawdown/choose", &choice)
        .await
        .ok();
    app.run_jobs().await;
    let chosen = borrower.journey(app).await;
    borrower.reads(app).await;
    borrower.understands(app).await;
    borrower.confirms(app).await;
    let staff = Staff::signs_in(app, "luoyifan").await;
    let document = sheet(app, &staff, id).await;
    let scan = scans(app, &staff, id, &document, b"%PDF-1.7\nsigned by hand").await;
    scan.expect(StatusCode::CREATED);
    let mut booked = money::booking(app, &lender, id).await;
    booked["loan_number"] = json!(LOAN_NUMBER);
    money::books(app, &lender, id, REFERENCE, &booked)
        .await
        .expect(StatusCode::CREATED);
    app.settle().await;

    let text = |value: &Value| value.as_str().expect("text").to_owned();
    let secrets = vec![
        ("the name", someone.name.clone()),
        ("the ID number", someone.id_number.clone()),
        ("the phone", someone.phone.clone()),
        ("the masked name", text(&journey["borrower_name_masked"])),
        ("the masked phone", text(&journey["phone_masked"])),
        ("the account", account.to_owned()),
        (
            "the masked account",
            text(&chosen["drawdown"]["account_masked"]),
        ),
        ("the lender's reference", REFERENCE.to_owned()),
        ("the lender's loan number", LOAN_NUMBER.to_owned()),
        ("a reviewer's words", WORDS.to_owned()),
        ("the lender's reasons", LENDER_WORDS.to_owned()),
    ];
    (borrower, opened, Secrets(secrets))
}

/// Two people destroy what is kept of a person, after its time.
pub async fn destroyed(app: &TestApp, someone: &Someone, opened: &Opened) -> Borrower {
    let anhe = institution_id(app, ANHE).await;
    let view = app.ctx.db.read(&anhe).await.expect("a view");
    let found = vault::search(&app.ctx, &view, ItemKind::Phone, &someone.phone).await;
    let subject = found.expect("a search").remove(0);
    drop(view);
    let path = |rest: &str| format!("/api/console/subjects/{subject}{rest}");
    let [service, _] = both(app).await;
    let today = json!({ "on": "2026-11-21" });
    service.posts(app, &path("/relation-end"), today).await.ok();
    app.advance_ms(3_654 * DAY_MS);
    // The person still looks at their loan on the last day.
    let renew = format!("/v1/journeys/{}/link", opened.id);
    let link = Partner::of(app, ANHE).post(app, &renew, &json!({})).await;
    let link = link.ok().json();
    let mut borrower = Borrower::with(link["url"].as_str().expect("an address"));
    borrower.enters(app, &opened.id).await;
    let [service, reviewer] = both(app).await;
    let why = json!({ "why": "retention_over" });
    let card = service.posts(app, &path("/destruction"), why).await;
    let id = card.ok().json()["proposed"]["id"].clone();
    app.settle().await;
    let id = id.as_str().expect("a proposal");
    let approve = format!("/api/console/destructions/{id}/approve");
    reviewer
        .post(app, &approve)
        .await
        .expect(StatusCode::NO_CONTENT);
    borrower
}

async fn both(app: &TestApp) -> [Staff; 2] {
    [
        Staff::signs_in(app, "luoyifan").await,
        Staff::signs_in(app, "heyun").await,
    ]
}

/// Files of the blob store whose path names a case.
fn files(folder: &Path, case: &str) -> Vec<String> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).expect("a folder").flatten() {
        let path = entry.path();
        if path.is_dir() {
            found.extend(files(&path, case));
        } else if path.to_string_lossy().contains(case) {
            found.push(path.to_string_lossy().into_owned());
        }
    }
    found
}

#[test]
fn nothing_of_a_destroyed_person_is_left_in_any_column_or_file() {
    TestApp::run(async |app| {
        let someone = Someone::adult(61);
        let (_, opened, secrets) = lived(app, &someone).await;
        let blobs = app.folder.join("blobs");
        // A sheet, a scan, receipts of three decisions and of one end.
        assert_eq!(files(&blobs, &opened.id).len(), 6);
        let mut stranger = Someone::adult(62);
        stranger.name = "贺其他".to_owned();
        let other = Partner::of(app, ANHE)
            .opens(app, &stranger, "hemiao", loan())
            .await;
        let sheet = prints::sheet_name(app, &opened.id).await;
        let finder = Staff::signs_in(app, "heyun").await;
        let responsible = rectification::colleague(app, &finder, "AH-0217").await;
        let mut finding = rectification::finding(&opened.id, &responsible);
        finding["words"] = json!(format!("请联系{}补签", someone.name));
        let found = finder.posts(app, rectification::LIST, finding).await;
        let found = found.expect(StatusCode::CREATED).json();
        let borrower = destroyed(app, &someone, &opened).await;
        prints::is_unknown(app, &sheet).await;
        // Every way in is gone with the answer.
        borrower.link(app).await.refused(404, "link_unknown");
        let late = borrower.get(app, "/api/h5/journey").await;
        late.refused(401, "session_missing");

        app.prove().await;
        journey::advance(&app.ctx).await.expect("a turn");
        findings::advance(&app.ctx).await.expect("a turn");
        assert_eq!(files(&blobs, &opened.id), Vec::<String>::new());
        // Whatever is said of it so late leaves its digest alone.
        let path = format!("{}/{}", rectification::LIST, inspection::text(&found["id"]));
        let [service, staff] = both(app).await;
        let said = format!("已联系{}补签", someone.name);
        let late = async |staff: &Staff, verb: &str, body: Value| {
            let path = format!("{path}/{verb}");
            staff.posts(app, &path, body).await.ok().json()
        };
        let done = late(&service, "done", json!({ "words": said })).await;
        assert_eq!(done["done"]["words"], "***");
        let back = json!({ "version": done["version"], "words": said });
        let back = late(&staff, "return", back).await;
        assert_eq!(back["returned"]["words"], "***");
        let done = late(&service, "done", json!({ "words": said })).await;
        let accept = json!({ "version": done["version"] });
        late(&staff, "accept", accept).await;
        let fact = app
            .fact(inspection::text(&found["id"]), "rectification.accepted.v1")
            .await;
        let digest = proof::hex::encode(&proof::digest::sha256(said.as_bytes()));
        assert_eq!(fact["words_digest"], digest.as_str());
        let mut finding = rectification::finding(&opened.id, &responsible);
        finding["words"] = json!(said);
        finding["due"] = json!("2036-11-23");
        let another = staff.posts(app, rectification::LIST, finding).await;
        another.refused(409, "rectification_forgotten");
        let view = app.whole().read(Scope::Unscoped).await.expect("a view");
        let tables = tables(app, &view).await;
        assert!(tables.len() > 40, "{tables:?}");
        for table in &tables {
            let sql = format!("SELECT * FROM {table}");
            let rows: Vec<Row> = view.all(&sql, values![]).await.expect("rows");
            for Row(row) in &rows {
                secrets.must_not_be_in(row, table);
            }
        }
        drop(view);
        // What is left leads to nobody and still opens, and nobody else lost anything.
        let page = async |id: &str| {
            let path = format!("/api/console/journeys/{id}");
            staff.get(app, &path).await.ok().json()
        };
        let left = page(&opened.id).await;
        assert_eq!(
            (&left["state"], &left["borrower_masked"], &left["principal"]),
            (&json!("completed"), &json!("***"), &json!(600_000))
        );
        assert_eq!(left["documents"], json!([]));
        assert_ne!(page(&other.id).await["borrower_masked"], "***");
        let left = staff.get(app, &path).await.ok().json();
        assert_eq!(
            (&left["words"], &left["severity"]),
            (&json!("***"), &json!("major"))
        );
        // Another turn finds nothing.
        journey::advance(&app.ctx).await.expect("a turn");
        assert_eq!(app.facts("", "journey.forgotten.v1").await, 1);
        // A payment that is reported so late is kept, without what leads to anybody.
        let lender = Partner::of(app, ANHE);
        let late = json!({
            "net_amount": 600_000, "payee": { "account": "6222020200112233446" },
            "paid_at_ms": app.ctx.clock.now_ms(), "payment_reference": REFERENCE
        });
        let path = format!("/v1/journeys/{}/disbursed", opened.id);
        let kept = lender.post(app, &path, &late).await;
        let kept = kept.expect(StatusCode::CREATED).json();
        assert_eq!(kept["incidents"][0]["finding"], "no_token");
        let view = app.whole().read(Scope::Unscoped).await.expect("a view");
        let sql = "SELECT * FROM disbursement_receipts";
        let rows: Vec<Row> = view.all(sql, values![]).await.expect("rows");
        for Row(row) in &rows {
            secrets.must_not_be_in(row, "disbursement_receipts");
        }
        drop(view);
        let [service, _] = both(app).await;
        let hold = format!("/api/console/journeys/{}/money-holds", opened.id);
        let why = json!({ "words": "四个字以上的原因" });
        service
            .posts(app, &hold, why)
            .await
            .refused(409, "journey_forgotten");
    });
}
