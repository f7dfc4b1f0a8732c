//! Third persons: named by the borrower, told themselves, opened seldom and for one thing, gone when anybody asks.

use axum::http::{Method, StatusCode};
use serde_json::{Value, json};
use xiaobao::notify;
use xiaobao::vault::{self, ItemKind, SubjectId};

use crate::actors::{
    ANHE, Borrower, Opened, Partner, Someone, Staff, institution_id, journey_of, loan,
};
use crate::app::{Answer, TestApp};
use crate::consent::{asking_product, decides};

pub const NOTICES: [&str; 4] = [
    "pi_notice",
    "marketing",
    "informed_relative",
    "credit_authority",
];
const MONTH_MS: u64 = 30 * 86_400_000;

/// The borrower with their journey, before any step.
pub struct Case {
    pub borrower: Borrower,
    pub id: String,
    pub someone: Someone,
}

async fn opened(app: &TestApp, someone: Someone, product: &str) -> Case {
    let lender = Partner::of(app, ANHE);
    let key = format!("{}-{}", someone.phone, app.ctx.clock.now_ms());
    let body = journey_of(&someone, product, loan());
    let asked = lender.asks(app, &key, &body).await;
    let opened = Opened::of(asked.expect(StatusCode::CREATED).json());
    let mut borrower = Borrower::with(&opened.url);
    borrower.enters(app, &opened.id).await;
    Case {
        borrower,
        id: opened.id,
        someone,
    }
}

/// Someone who took note of the first notice.
pub async fn told(app: &TestApp, someone: Someone, product: &str) -> Case {
    let case = opened(app, someone, product).await;
    decides(&case.borrower, app, "pi_notice", "acknowledge").await;
    case
}

pub fn elder(number: u32) -> Someone {
    Someone::born("19640101", number)
}

pub const DAUGHTER: (&str, &str) = ("周晓梅", "10000000071");

fn person((name, phone): (&str, &str), relation: &str) -> Value {
    json!({ "name": name, "phone": phone, "relation": relation, "agreed": true })
}

impl Case {
    pub async fn names(&self, app: &TestApp, who: (&str, &str), relation: &str) -> Answer {
        app.advance_ms(1);
        let body = person(who, relation);
        self.borrower.post(app, "/api/h5/contacts", &body).await
    }

    pub async fn tells(&self, app: &TestApp, who: (&str, &str), relation: &str) -> Answer {
        app.advance_ms(1);
        let body = person(who, relation);
        self.borrower.post(app, "/api/h5/relative", &body).await
    }

    /// Texts that went to third persons of this case, newest first.
    pub async fn texts(&self, app: &TestApp) -> Vec<String> {
        let id = institution_id(app, ANHE).await;
        let page = notify::kept(&app.ctx, &id, None, 200).await;
        let mine = page.expect("the outbox").rows.into_iter();
        mine.filter(|kept| kept.case_id == self.id && !kept.template.ends_with("link"))
            .map(|kept| kept.text)
            .collect()
    }

    pub async fn seen_by(&self, app: &TestApp, staff: &Staff) -> Vec<Value> {
        let path = format!("/api/console/journeys/{}/contacts", self.id);
        let page = staff.get(app, &path).await.ok().json();
        page["rows"].as_array().expect("rows").clone()
    }
}

/// The token in a text.
pub fn token(text: &str) -> String {
    let rest = text.split_once("/h5/#/c/").expect("a link").1;
    let end = rest.find(|c: char| !c.is_ascii() || c == ',');
    rest[..end.unwrap_or(rest.len())].to_owned()
}

/// How many subjects are kept with this phone as a third person's.
pub async fn kept_with(app: &TestApp, phone: &str) -> usize {
    let view = app.ctx.db.read(&institution_id(app, ANHE).await).await;
    let view = view.expect("a view");
    let found = vault::search(&app.ctx, &view, ItemKind::RelativePhone, phone).await;
    found.expect("a search").len()
}

pub async fn opens(
    app: &TestApp,
    staff: &Staff,
    person: &str,
    item: &str,
    purpose: &str,
) -> Answer {
    app.advance_ms(1);
    let body = json!({ "item": item, "purpose": purpose, "reason": "三次拨打本人未接通" });
    let path = format!("/api/console/subjects/{person}/open");
    staff.send(app, Method::POST, &path, Some(&body)).await
}

#[test]
fn a_contact_is_told_who_named_them_and_opened_only_to_reach_the_borrower() {
    TestApp::run(async |app| {
        let product = asking_product(app, &NOTICES).await;
        let case = opened(app, Someone::adult(81), product).await;
        let early = case.names(app, DAUGHTER, "child").await;
        early.refused(409, "step_too_early");
        decides(&case.borrower, app, "pi_notice", "acknowledge").await;
        assert_eq!(
            case.borrower.journey(app).await["contacts"]["emergency_max"],
            2
        );
        let named = case.names(app, DAUGHTER, "child").await.ok().json();
        let row = named["contacts"]["named"][0].clone();
        assert_eq!(
            (&row["state"], &row["name_masked"], &row["phone_masked"]),
            (&json!("named"), &json!("周**"), &json!("100****0071"))
        );
        // Once more is the same; nobody can be opened before they were told.
        case.names(app, DAUGHTER, "child").await.ok();
        assert_eq!(app.facts(&case.id, "contacts.named.v1").await, 1);
        let staff = Staff::signs_in(app, "luoyifan").await;
        let id = row["person"].as_str().expect("a subject").to_owned();
        let unknowing = opens(app, &staff, &id, "relative_phone", "reach_borrower").await;
        unknowing.refused(403, "grant_missing");

        app.settle().await;
        let texts = case.texts(app).await;
        let [text] = &texts[..] else {
            panic!("one message: {texts:?}")
        };
        assert!(
            text.contains("试*") && text.contains("/h5/#/c/anhe."),
            "{text}"
        );
        for private in [
            &case.someone.phone,
            "20000",
            "20,000",
            "13.80",
            "逾期",
            "欠",
        ] {
            assert!(!text.contains(private), "{private}: {text}");
        }
        let rows = case.seen_by(app, &staff).await;
        assert_eq!(
            (&rows[0]["state"], &rows[0]["openings_left"]),
            (&json!("delivered"), &json!(3))
        );
        assert_eq!(app.facts(&case.id, "contacts.delivered.v1").await, 1);

        for purpose in ["tell_contact", "marketing", "call_back", "inform_relative"] {
            let other = opens(app, &staff, &id, "relative_phone", purpose).await;
            other.refused(403, "contact_purpose");
        }
        for _ in 0..3 {
            let shown = opens(app, &staff, &id, "relative_phone", "reach_borrower").await;
            assert_eq!(shown.ok().json()["value"], DAUGHTER.1);
        }
        let often = opens(app, &staff, &id, "relative_name", "reach_borrower").await;
        often.refused(429, "contact_opened_too_often");
        app.advance_ms(MONTH_MS);
        let staff = Staff::signs_in(app, "luoyifan").await;
        let again = opens(app, &staff, &id, "relative_name", "reach_borrower").await;
        assert_eq!(again.ok().json()["value"], DAUGHTER.0);
        // A person who names somebody can be asked by nobody else.
        let stranger = Staff::signs_in(app, "qinmo").await;
        let path = format!("/api/console/journeys/{}/contacts", case.id);
        stranger.get(app, &path).await.refused(404, "not_found");
    });
}

#[test]
fn a_contact_removes_themselves_by_the_link_and_stays_out() {
    TestApp::run(async |app| {
        let product = asking_product(app, &NOTICES).await;
        let case = told(app, Someone::adult(82), product).await;
        case.names(app, DAUGHTER, "child").await.ok();
        app.settle().await;
        let token = token(&case.texts(app).await[0]);
        let look = app
            .post("/api/h5/contact", &json!({ "token": token }))
            .await;
        let look = look.ok().json();
        assert_eq!(
            (
                &look["borrower_masked"],
                &look["phone_masked"],
                &look["role"]
            ),
            (
                &json!("试*"),
                &json!("100****0071"),
                &json!("emergency_contact")
            )
        );
        for wrong in [
            "",
            "anhe",
            &token[1..],
            &format!("{token}a"),
            &token.replace("anhe", "jianglan"),
        ] {
            let body = json!({ "token": wrong, "bar": "anybody" });
            let unknown = app.post("/api/h5/contact/remove", &body).await;
            unknown.refused(404, "contact_link_unknown");
        }
        assert_eq!(kept_with(app, DAUGHTER.1).await, 1);
        let staff = Staff::signs_in(app, "luoyifan").await;
        let person = case.seen_by(app, &staff).await[0]["person"].clone();
        let person = person.as_str().expect("a subject");

        let body = json!({ "token": token, "bar": "this_borrower" });
        let gone = app.post("/api/h5/contact/remove", &body).await.ok().json();
        assert!(
            gone["removed_at_ms"].is_i64() && gone["phone_masked"] == "",
            "{gone}"
        );
        assert_eq!(kept_with(app, DAUGHTER.1).await, 0);
        let over = opens(app, &staff, person, "relative_phone", "reach_borrower").await;
        over.refused(404, "not_found");
        let rows = case.seen_by(app, &staff).await;
        assert_eq!(
            (
                &rows[0]["state"],
                &rows[0]["removed_by"],
                &rows[0]["name_masked"]
            ),
            (&json!("removed"), &json!("contact"), &json!(""))
        );
        let fact = app.fact(&case.id, "contacts.refused.v1").await;
        assert_eq!(fact["bar"], "this_borrower");
        case.names(app, DAUGHTER, "friend")
            .await
            .refused(409, "contact_refused");
        let other = told(app, Someone::adult(83), product).await;
        other.names(app, DAUGHTER, "friend").await.ok();
        app.settle().await;
        // Who has enough says so once, also after the removal.
        let body = json!({ "token": token, "bar": "anybody" });
        app.post("/api/h5/contact/remove", &body).await.ok();
        let third = told(app, Someone::adult(84), product).await;
        third
            .names(app, DAUGHTER, "friend")
            .await
            .refused(409, "contact_refused");
        // The facts about the third person's own subject are forgotten.
        app.settle().await;
        app.advance_ms(60_000);
        app.settle().await;
        assert_eq!(app.facts(person, "vault.third_removed.v1").await, 1);
        assert_eq!(app.facts(person, "ledger.forgotten.v1").await, 1);
        let id = SubjectId::parse(person).expect("an id");
        let view = app.ctx.db.read(&institution_id(app, ANHE).await).await;
        let seen = vault::subject(&app.ctx, &view.expect("a view"), &id).await;
        assert_eq!(seen.expect_err("gone").code(), "not_found");
    });
}

#[test]
fn nobody_is_a_contact_who_is_no_third_person_or_too_many() {
    TestApp::run(async |app| {
        let product = asking_product(app, &NOTICES).await;
        let other = told(app, Someone::adult(87), product).await;
        let case = told(app, Someone::adult(85), product).await;
        let lender = Partner::of(app, ANHE);
        let party = Someone::adult(86);
        let body = json!({ "role": "guarantor", "person": party.json() });
        let path = format!("/v1/journeys/{}/parties", case.id);
        lender
            .post(app, &path, &body)
            .await
            .expect(StatusCode::CREATED);
        let own = case.someone.clone();
        for (name, phone) in [
            (DAUGHTER.0, own.phone.as_str()),
            (own.name.as_str(), DAUGHTER.1),
            (DAUGHTER.0, party.phone.as_str()),
            (party.name.as_str(), DAUGHTER.1),
        ] {
            let refused = case.names(app, (name, phone), "friend").await;
            refused.refused(409, "contact_is_party");
        }
        for (field, value, path) in [
            ("name", json!("周"), "name"),
            ("phone", json!("12"), "phone"),
            ("agreed", json!(false), "agreed"),
            ("relation", json!("soul"), "relation"),
        ] {
            let mut body = person(DAUGHTER, "child");
            body[field] = value;
            let answer = case.borrower.post(app, "/api/h5/contacts", &body).await;
            let answer = answer.refused(422, "invalid_request");
            assert!(answer.json()["error"]["fields"].to_string().contains(path));
            assert!(!answer.text().contains(DAUGHTER.1));
        }
        case.names(app, DAUGHTER, "child").await.ok();
        case.names(app, ("周建军", "10000000072"), "sibling")
            .await
            .ok();
        let third = case.names(app, ("周建国", "10000000073"), "other").await;
        third.refused(409, "too_many_contacts");
        // The borrower takes one out; the same number does not come back.
        let list = "/api/h5/me/contacts";
        let rows = case.borrower.get(app, list).await.ok().json();
        let id = rows["rows"][0]["id"].as_str().expect("an id").to_owned();
        let path = format!("{list}/{id}/remove");
        let theirs = other.borrower.post(app, &path, &json!({})).await;
        theirs.refused(404, "not_found");
        let removed = case.borrower.post(app, &path, &json!({})).await;
        removed.expect(StatusCode::NO_CONTENT);
        let back = case.names(app, ("周建军", "10000000072"), "sibling").await;
        back.refused(409, "contact_refused");
        // Staff take the other one out, those of this institution.
        let rows = case.borrower.get(app, list).await.ok().json();
        let id = rows["rows"][0]["id"].as_str().expect("an id").to_owned();
        let (path, body) = (
            format!("/api/console/contacts/{id}/remove"),
            json!({ "bar": "this_borrower" }),
        );
        let stranger = Staff::signs_in(app, "qinmo").await;
        let theirs = stranger.send(app, Method::POST, &path, Some(&body)).await;
        assert!(["not_found", "right_missing"].contains(&theirs.code().as_str()));
        let staff = Staff::signs_in(app, "luoyifan").await;
        let removed = staff.send(app, Method::POST, &path, Some(&body)).await;
        removed.expect(StatusCode::NO_CONTENT);
        assert_eq!(kept_with(app, DAUGHTER.1).await, 0);
        // Nobody is told by a message that was not sent yet.
        app.settle().await;
        assert_eq!(case.texts(app).await, Vec::<String>::new());
        // Six in a month, whoever was removed since.
        for number in 1..=4 {
            let phone = format!("1000000010{number}");
            case.names(app, ("周某某", &phone), "other").await.ok();
            let rows = case.borrower.get(app, list).await.ok().json();
            let id = rows["rows"][0]["id"].as_str().expect("an id").to_owned();
            let path = format!("{list}/{id}/remove");
            case.borrower.post(app, &path, &json!({})).await;
        }
        let seventh = case.names(app, ("周某某", "10000000109"), "other").await;
        seventh.refused(429, "contacts_named_too_often");
    });
}

#[test]
fn the_lender_names_a_contact_and_an_agent_s_phone_is_nobody_s_family() {
    TestApp::run(async |app| {
        let product = asking_product(app, &NOTICES).await;
        let lender = Partner::of(app, ANHE);
        app.reconfigure(|config| config.journey.valid_days = 90)
            .await;
        for number in 0..5 {
            let case = opened(app, Someone::adult(90 + number), product).await;
            let path = format!("/v1/journeys/{}/contacts", case.id);
            let answer = lender.post(app, &path, &person(DAUGHTER, "friend")).await;
            let answer = match number {
                // Three messages in a month are enough for anybody.
                3 => {
                    answer.refused(429, "contacts_named_too_often");
                    app.advance_ms(MONTH_MS);
                    lender.post(app, &path, &person(DAUGHTER, "friend")).await
                }
                4 => {
                    answer.refused(409, "contact_of_many");
                    continue;
                }
                _ => answer,
            };
            assert_eq!(answer.ok().json()["rows"][0]["state"], "named");
            app.settle().await;
            let rows = lender.get(app, &path).await.ok().json();
            assert_eq!(rows["rows"][0]["state"], "delivered");
            assert!(!rows.to_string().contains(DAUGHTER.1));
        }
        // A product that asks for nobody takes nobody.
        let plain = lender
            .opens(
                app,
                &Someone::adult(96),
                "hemiao",
                json!({ "principal": 600_000, "periods": 6 }),
            )
            .await;
        let path = format!("/v1/journeys/{}/contacts", plain.id);
        let refused = lender.post(app, &path, &person(DAUGHTER, "friend")).await;
        refused.refused(409, "contacts_not_offered");
    });
}

#[test]
fn contacts_go_with_the_relation_and_with_a_journey_that_came_to_nothing() {
    TestApp::run(async |app| {
        let product = asking_product(app, &NOTICES).await;
        let case = told(app, Someone::adult(97), product).await;
        case.names(app, DAUGHTER, "child").await.ok();
        let other = told(app, Someone::adult(98), product).await;
        other
            .names(app, ("周建军", "10000000072"), "friend")
            .await
            .ok();
        app.settle().await;
        let institution = institution_id(app, ANHE).await;
        let seat = xiaobao::ledger::Seat::system(&institution, "test");
        let mut tx = xiaobao::ledger::begin(&app.ctx, &seat)
            .await
            .expect("a write");
        let phone = &case.someone.phone;
        let found = vault::search(&app.ctx, &tx, ItemKind::Phone, phone).await;
        let subject = found.expect("a search").remove(0);
        let today = xiaobao::clock::civil_date(app.ctx.clock.now_ms());
        vault::end_relation(&mut tx, &subject, today)
            .await
            .expect("ended");
        xiaobao::ledger::commit_recorded(tx)
            .await
            .expect("committed");
        app.settle().await;
        assert_eq!(kept_with(app, DAUGHTER.1).await, 0);
        let staff = Staff::signs_in(app, "luoyifan").await;
        assert_eq!(case.seen_by(app, &staff).await[0]["state"], "removed");
        assert_eq!(kept_with(app, "10000000072").await, 1);
        app.advance_ms(366 * 86_400_000);
        app.settle().await;
        assert_eq!(kept_with(app, "10000000072").await, 0);
        let fact = app.fact(&other.id, "contacts.removed.v1").await;
        assert_eq!(fact["by"], "case_over");
    });
}

#[test]
fn nobody_is_woken_by_being_named() {
    TestApp::run(async |app| {
        let product = asking_product(app, &NOTICES).await;
        let hour = xiaobao::clock::civil(app.ctx.clock.now_ms()).hour();
        let until_night = (22 - i64::from(hour)).rem_euclid(24);
        app.advance_ms(u64::try_from(until_night).expect("hours") * 3_600_000);
        let case = told(app, Someone::adult(99), product).await;
        case.names(app, DAUGHTER, "child").await.ok();
        app.settle().await;
        assert_eq!(case.texts(app).await, Vec::<String>::new());
        app.advance_ms(11 * 3_600_000);
        app.settle().await;
        assert_eq!(case.texts(app).await.len(), 1);
    });
}
