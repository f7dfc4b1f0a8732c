//! Who borrows: a person, a sole trader, or a firm whose legal representative acts.

use axum::http::Method;
use serde_json::{Value, json};

use crate::actors::{ANHE, Borrower, JIANGLAN, Opened, Partner, Someone, Staff, journey_of, loan};
use crate::app::TestApp;

/// Invented, with right check characters: two sole traders and a firm.
const TRADER: &str = "92330106MA2DEM0015";
const FIRM: &str = "91320102MA2DEM005N";
const NAME: &str = "南京晨曦纸品有限公司";

fn business_loan() -> Value {
    json!({ "principal": 10_000_000, "periods": 12 })
}

fn request(someone: &Someone, kind: &str, name: &str, code: &str) -> Value {
    let mut body = journey_of(someone, "puhui", business_loan());
    body["borrower"]["business"] = json!({ "kind": kind, "name": name, "credit_code": code });
    body
}

#[test]
fn a_firm_borrows_and_its_representative_acts() {
    TestApp::run(async |app| {
        let someone = Someone::adult(61);
        let bank = Partner::of(app, JIANGLAN);
        let body = request(&someone, "firm", NAME, &FIRM.to_lowercase());
        let opened = bank.asks(app, "firm-1", &body).await;
        let opened = Opened::of(opened.expect(axum::http::StatusCode::CREATED).json());
        let business = opened.body["business"].clone();
        assert_eq!(business["kind"], "firm");
        assert_eq!(business["name_masked"], "南京******公司");
        // The same key with another business is another request.
        let other = request(&someone, "firm", "南京晨光纸品有限公司", FIRM);
        let again = bank.asks(app, "firm-1", &other).await;
        again.refused(409, "idempotency_key_reused");
        // The same firm again, represented by somebody else, is the same subject.
        let colleague = request(&Someone::adult(62), "firm", NAME, FIRM);
        let second = bank.asks(app, "firm-2", &colleague).await.json();
        assert_eq!(second["business"]["id"], business["id"]);

        let named = app.fact(&opened.id, "journey.business_named.v1").await;
        assert_eq!(named["business"], business["id"]);
        assert!(!named.to_string().contains(FIRM));
        // The code goes to the representative's phone.
        let mut borrower = Borrower::with(&opened.url).of(JIANGLAN);
        borrower.enters(app, &opened.id).await;
        let journey = borrower.journey(app).await;
        assert_eq!(journey["business"], business);

        let staff = Staff::signs_in(app, "qinmo").await;
        let path = "/api/console/subjects/search";
        let body = json!({ "q": FIRM });
        let found = staff.send(app, Method::POST, path, Some(&body)).await;
        let row = found.ok().json()["rows"][0].clone();
        assert_eq!(
            (&row["id"], &row["kind"]),
            (&business["id"], &json!("firm"))
        );
        assert_eq!(row["id_number_masked"], "9132**********005N");
        let card = format!(
            "/api/console/subjects/{}",
            row["id"].as_str().expect("an id")
        );
        let list = staff.get(app, "/api/console/journeys?limit=1").await.ok();
        for text in [
            staff.get(app, &card).await.ok().text(),
            list.text(),
            opened.body.to_string(),
            journey.to_string(),
        ] {
            assert!(!text.contains(NAME) && !text.contains(FIRM), "{text}");
        }
        let stranger = Staff::signs_in(app, "luoyifan").await;
        stranger.get(app, &card).await.refused(404, "not_found");
    });
}

#[test]
fn a_product_says_which_kinds_of_borrowers_it_is_for() {
    TestApp::run(async |app| {
        let someone = Someone::adult(63);
        let mut body = journey_of(&someone, "hexiang", loan());
        body["borrower"]["business"] =
            json!({ "kind": "sole_trader", "name": "杭州桂兰便利店", "credit_code": TRADER });
        let refused = Partner::of(app, ANHE).asks(app, "trader", &body).await;
        refused.refused(409, "borrower_kind_not_served");
        let bank = Partner::of(app, JIANGLAN);
        let trader = request(&someone, "sole_trader", "杭州桂兰便利店", TRADER);
        let opened = bank.asks(app, "trader", &trader).await.json();
        assert_eq!(opened["business"]["kind"], "sole_trader");
        let plain = journey_of(&Someone::adult(64), "puhui", business_loan());
        let opened = bank.asks(app, "person", &plain).await.json();
        assert!(opened["business"].is_null(), "{opened}");
    });
}

#[test]
fn a_wrong_registration_is_refused_by_its_field_and_not_repeated() {
    TestApp::run(async |app| {
        let someone = Someone::adult(65);
        let bank = Partner::of(app, JIANGLAN);
        for (kind, name, code, path, wrong) in [
            (
                "firm",
                NAME,
                "91320102MA2DEM0051",
                "credit_code",
                "credit_code_wrong",
            ),
            ("firm", NAME, TRADER, "credit_code", "credit_code_kind"),
            ("sole_trader", NAME, FIRM, "credit_code", "credit_code_kind"),
            ("firm", "", FIRM, "name", "text_length"),
        ] {
            let refused = bank
                .asks(app, "k", &request(&someone, kind, name, code))
                .await;
            let refused = refused.refused(422, "invalid_request");
            let field = refused.json()["error"]["fields"][0].clone();
            assert_eq!(field["path"], format!("borrower.business.{path}"));
            assert_eq!(field["code"], wrong);
            assert!(!refused.text().contains(code), "{}", refused.text());
        }
        for body in [
            json!("firm"),
            json!(["firm", NAME, FIRM]),
            json!({ "kind": "person" }),
        ] {
            let mut asked = request(&someone, "firm", NAME, FIRM);
            asked["borrower"]["business"] = body;
            bank.asks(app, "k", &asked)
                .await
                .refused(422, "invalid_request");
        }
    });
}
