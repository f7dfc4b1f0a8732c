//! Who borrows: a person, a sole trader, or a firm whose legal representative acts; and who answers for a loan beside
//! its borrower.

use axum::http::{Method, StatusCode};
use serde_json::{Value, json};

use crate::actors::{ANHE, Borrower, JIANGLAN, Opened, Partner, Someone, Staff, journey_of, loan};
use crate::app::TestApp;
use crate::consent::{decides, withdraws};
use crate::disbursed::{findings, receipt, released, reports};
use crate::steps::offers_with;

/// Invented, with right check characters: two sole traders and a firm.
const TRADER: &str = "92330106MA2DEM0015";
const FIRM: &str = "91320102MA2DEM005N";
const NAME: &str = "南京晨曦纸品有限公司";

fn business_loan() -> Value {
    json!({ "principal": 10_000_000, "periods": 12 })
}

pub fn request(someone: &Someone, kind: &str, name: &str, code: &str) -> Value {
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
        let opened = Opened::of(opened.expect(StatusCode::CREATED).json());
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

/// Names somebody in a loan.
async fn names(app: &TestApp, main: &str, role: &str, someone: &Someone) -> crate::app::Answer {
    // Ids of one instant have no order.
    app.advance_ms(1);
    let body = json!({ "role": role, "person": someone.json() });
    let path = format!("/v1/journeys/{main}/parties");
    Partner::of(app, ANHE).post(app, &path, &body).await
}

/// Passes through a sheet to its end.
async fn confirms(app: &TestApp, opened: &Opened) {
    // Another code for the same link.
    app.advance_ms(61_000);
    let mut person = Borrower::with(&opened.url);
    person.completes(app, &opened.id).await;
}

#[test]
fn the_money_waits_for_everybody_who_answers_for_it() {
    TestApp::run(async |app| {
        let anhe = Partner::of(app, ANHE);
        let main = anhe
            .opens(app, &Someone::adult(71), "hemiao", small_loan())
            .await;
        let joint = names(app, &main.id, "co_borrower", &Someone::adult(72)).await;
        let joint = Opened::of(joint.expect(StatusCode::CREATED).json());
        let again = names(app, &main.id, "co_borrower", &Someone::adult(72)).await;
        assert_eq!(again.ok().json()["id"], joint.id.as_str());
        let surety = names(app, &main.id, "guarantor", &Someone::adult(73)).await;
        let surety = Opened::of(surety.expect(StatusCode::CREATED).json());

        // Everybody's sheet is of the same terms, and says first what it means for them.
        let terms = main.body["terms_digest"].clone();
        for (opened, role, title) in [
            (&joint, "co_borrower", "您是共同借款人"),
            (&surety, "guarantor", "您是保证人"),
        ] {
            let path = format!("/v1/journeys/{}", opened.id);
            let seen = anhe.get(app, &path).await.ok().json();
            assert_eq!(
                (&seen["kind"], &seen["terms_digest"]),
                (&json!(role), &terms)
            );
            assert_eq!(seen["main"], main.id.as_str());
            let mut person = Borrower::with(&opened.url);
            person.enters(app, &opened.id).await;
            let sheet = person.journey(app).await["sheet"].clone();
            assert_eq!(sheet["key_terms"][0]["title"]["zh"], title);
            let release = anhe.missing(app, &opened.id).await;
            assert!(
                release.contains(&"party_releases_nothing".to_owned()),
                "{release:?}"
            );
        }
        confirms(app, &main).await;
        app.settle().await;
        let waiting = ["co_borrower_not_confirmed", "guarantor_not_confirmed"];
        assert_eq!(anhe.missing(app, &main.id).await, waiting);
        confirms(app, &joint).await;
        app.settle().await;
        assert_eq!(
            anhe.missing(app, &main.id).await,
            ["guarantor_not_confirmed"]
        );
        confirms(app, &surety).await;
        assert_eq!(anhe.missing(app, &main.id).await, ["evidence_not_proved"]);
        app.settle().await;
        assert_eq!(anhe.missing(app, &main.id).await, Vec::<String>::new());

        // Other terms are nobody's yet.
        let changed = json!({ "principal": 500_000, "periods": 6 });
        let path = format!("/v1/journeys/{}/loan", main.id);
        anhe.post(app, &path, &changed).await.ok();
        confirms(app, &main).await;
        app.settle().await;
        assert_eq!(anhe.missing(app, &main.id).await, waiting);
        confirms(app, &joint).await;
        confirms(app, &surety).await;
        app.settle().await;
        assert_eq!(anhe.missing(app, &main.id).await, Vec::<String>::new());
        assert_eq!(app.facts(&main.id, "journey.party_named.v1").await, 2);
    });
}

fn small_loan() -> Value {
    json!({ "principal": 600_000, "periods": 6 })
}

#[test]
fn nobody_answers_twice_or_for_themselves_and_the_price_is_the_loan_s() {
    TestApp::run(async |app| {
        let anhe = Partner::of(app, ANHE);
        let borrower = Someone::adult(74);
        let main = anhe.opens(app, &borrower, "hemiao", Value::Null).await;
        let refused = names(app, &main.id, "guarantor", &borrower).await;
        refused.refused(409, "party_is_borrower");
        let child = Someone::born("20101231", 1);
        let refused = names(app, &main.id, "guarantor", &child).await;
        refused.refused(422, "borrower_under_age");
        let refused = names(app, &main.id, "friend", &Someone::adult(75)).await;
        refused.refused(422, "invalid_request");
        let party = names(app, &main.id, "guarantor", &Someone::adult(75)).await;
        let party = Opened::of(party.expect(StatusCode::CREATED).json());
        assert_eq!(party.body["state"], "waiting_price");
        let refused = names(app, &main.id, "co_borrower", &Someone::adult(75)).await;
        refused.refused(409, "party_in_other_role");
        let refused = names(app, &party.id, "guarantor", &Someone::adult(76)).await;
        refused.refused(409, "party_misplaced");
        let path = format!("/v1/journeys/{}/loan", party.id);
        let refused = anhe.post(app, &path, &small_loan()).await;
        refused.refused(409, "price_of_main");
        let mut asked = journey_of(&Someone::adult(77), "hemiao", small_loan());
        asked["kind"] = json!("guarantor");
        let refused = anhe.asks(app, "k", &asked).await;
        refused.refused(409, "party_misplaced");
        for number in 78..82 {
            let named = names(app, &main.id, "guarantor", &Someone::adult(number)).await;
            named.expect(StatusCode::CREATED);
        }
        let refused = names(app, &main.id, "guarantor", &Someone::adult(82)).await;
        refused.refused(409, "too_many_parties");
        // The price comes for everybody at once.
        let path = format!("/v1/journeys/{}/loan", main.id);
        let priced = anhe.post(app, &path, &small_loan()).await.ok().json();
        let parties = priced["parties"].as_array().expect("parties");
        assert_eq!(parties.len(), 5);
        assert!(
            parties
                .iter()
                .all(|one| one["state"] == "open" && one["confirmed"] == false)
        );
        assert!(!priced.to_string().contains(&Someone::adult(75).name));
    });
}

#[test]
fn whoever_answers_for_a_loan_is_looked_at_until_the_money_moves() {
    TestApp::run(async |app| {
        let steps = json!([
            "personal_information_notice",
            "separate_consents",
            "cost_disclosure"
        ]);
        let parts = json!({ "required": steps, "notices": ["pi_notice", "provide_partner"] });
        offers_with(&app.ctx, parts).await.expect("released");
        let anhe = Partner::of(app, ANHE);
        let main = anhe
            .opens(app, &Someone::adult(83), "hexiang", loan())
            .await;
        let surety = names(app, &main.id, "guarantor", &Someone::adult(84)).await;
        let surety = Opened::of(surety.expect(StatusCode::CREATED).json());
        let mut people = Vec::new();
        for opened in [&main, &surety] {
            app.advance_ms(61_000);
            let mut person = Borrower::with(&opened.url);
            person.enters(app, &opened.id).await;
            decides(&person, app, "pi_notice", "acknowledge").await;
            decides(&person, app, "provide_partner", "give").await;
            person.reads(app).await;
            person.understands(app).await;
            person.confirms(app).await;
            people.push(person);
        }
        app.settle().await;
        let issued = released(app, &main).await;
        // Nobody is added to what a token says was confirmed by everybody.
        let late = names(app, &main.id, "co_borrower", &Someone::adult(85)).await;
        late.refused(409, "release_token_live");
        let service = Staff::signs_in(app, "luoyifan").await;
        let holds = format!("/api/console/journeys/{}/money-holds", surety.id);
        let why = json!({ "words": "保证人来电说不知情" });
        let hold = service.posts(app, &holds, why).await.ok().json();
        assert_eq!(anhe.missing(app, &main.id).await, ["held"]);
        assert_eq!(
            app.facts(&main.id, "disbursement.token_revoked.v1").await,
            1
        );
        let lift = format!("{holds}/{}/lift", hold[0]["id"].as_str().expect("an id"));
        let reviewer = Staff::signs_in(app, "heyun").await;
        reviewer.posts(app, &lift, json!({})).await.ok();
        withdraws(&people[1], app, "provide_to_partner").await.ok();
        app.settle().await;
        let missing = anhe.missing(app, &main.id).await;
        assert_eq!(missing, ["guarantor_not_confirmed"]);
        let paid = reports(app, &anhe, &main.id, &receipt(&issued, "PAY-1")).await;
        let paid = paid.expect(StatusCode::CREATED).json();
        assert_eq!(findings(&paid), ["token_revoked", "protection_missing"]);
        let late = names(app, &main.id, "co_borrower", &Someone::adult(85)).await;
        late.refused(409, "already_disbursed");
    });
}

#[test]
fn whoever_answers_for_a_loan_without_a_price_shows_the_step_they_are_at() {
    TestApp::run(async |app| {
        let parts = json!({
            "required": ["personal_information_notice", "drawdown", "cost_disclosure"],
            "notices": ["pi_notice"],
        });
        offers_with(&app.ctx, parts).await.expect("released");
        let lender = Partner::of(app, ANHE);
        let opened = lender
            .opens(app, &Someone::adult(68), "hexiang", Value::Null)
            .await;
        let path = format!("/v1/journeys/{}/parties", opened.id);
        let named = json!({ "role": "guarantor", "person": Someone::adult(69).json() });
        let party = lender.post(app, &path, &named).await;
        let party = party.expect(StatusCode::CREATED).json();
        assert_eq!(
            (&party["state"], &party["current"]),
            (
                &json!("waiting_price"),
                &json!("personal_information_notice")
            )
        );
    });
}
