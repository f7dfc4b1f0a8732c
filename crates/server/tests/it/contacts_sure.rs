//! Third persons while it isn't sure who named them, and when what they were named for is over.

use axum::http::{Method, StatusCode};
use serde_json::json;
use xiaobao::journey;

use crate::actors::{ANHE, Partner, Someone, Staff};
use crate::app::TestApp;
use crate::consent::asking_product;
use crate::contacts::{Case, DAUGHTER, NOTICES, kept_with, opens, token, told};
use crate::identity;
use crate::steps::offers_with;

/// Whoever knows an ID number and applies in its owner's name, with a phone of their own.
async fn stranger_to(app: &TestApp, owner: &Case, product: &str) -> Case {
    let stranger = Someone {
        phone: "19909999999".to_owned(),
        ..owner.someone.clone()
    };
    told(app, stranger, product).await
}

#[test]
fn nobody_learns_by_naming_whose_phone_is_known() {
    TestApp::run(async |app| {
        let product = asking_product(app, &NOTICES).await;
        let owner = told(app, Someone::adult(101), product).await;
        let stranger = stranger_to(app, &owner, product).await;
        // The owner's phone is like any other to them.
        let phone = owner.someone.phone.as_str();
        stranger.names(app, ("王小明", phone), "friend").await.ok();
        for attempt in 0..6 {
            let own = stranger
                .names(app, ("王小明", "19909999999"), "friend")
                .await;
            own.refused(409, "contact_is_party");
            let refused = app.facts(&stranger.id, "contacts.naming_refused.v1").await;
            assert_eq!(refused, attempt + 1);
        }
        for phone in ["19909999999", phone, "10000000079"] {
            let more = stranger.names(app, ("王小花", phone), "friend").await;
            if phone == owner.someone.phone {
                // Named already: that changes nothing.
                more.ok();
            } else {
                more.refused(429, "contacts_named_too_often");
            }
        }
        // The owner came with their own phone, whoever else applies in their name.
        let own = owner.names(app, ("王小明", phone), "friend").await;
        own.refused(409, "contact_is_party");
        // What the stranger did costs the owner nothing.
        owner.names(app, DAUGHTER, "child").await.ok();
        let list = "/api/h5/me/contacts";
        let rows = stranger.borrower.get(app, list).await.ok().json();
        let id = rows["rows"][0]["id"].as_str().expect("an id").to_owned();
        let path = format!("{list}/{id}/remove");
        let removed = stranger.borrower.post(app, &path, &json!({})).await;
        removed.expect(StatusCode::NO_CONTENT);
        assert_eq!(kept_with(app, phone).await, 0);
    });
}

#[test]
fn nobody_is_told_before_it_is_sure_who_named_them() {
    TestApp::run(async |app| {
        let product = asking_product(app, &NOTICES).await;
        let owner = told(app, Someone::adult(102), product).await;
        let stranger = stranger_to(app, &owner, product).await;
        stranger.names(app, DAUGHTER, "child").await.ok();
        app.settle().await;
        let staff = Staff::signs_in(app, "luoyifan").await;
        assert_eq!(stranger.texts(app).await, Vec::<String>::new());
        assert_eq!(stranger.seen_by(app, &staff).await[0]["state"], "named");
        // Bars of a case that may be a stranger's bar nobody to the owner.
        let list = "/api/h5/me/contacts";
        let rows = stranger.borrower.get(app, list).await.ok().json();
        let id = rows["rows"][0]["id"].as_str().expect("an id").to_owned();
        let path = format!("{list}/{id}/remove");
        stranger.borrower.post(app, &path, &json!({})).await;
        owner.names(app, DAUGHTER, "child").await.ok();
        app.settle().await;
        assert_eq!(owner.texts(app).await, Vec::<String>::new());
        identity::checked(app, &owner.someone, &owner.id).await;
        for _ in 0..2 {
            app.settle().await;
            journey::advance(&app.ctx).await.expect("a turn");
        }
        app.settle().await;
        let phones = owner.texts(app).await;
        assert_eq!(phones.len(), 1, "{phones:?}");
        assert_eq!(owner.seen_by(app, &staff).await[0]["state"], "delivered");
    });
}

#[test]
fn who_is_not_sure_any_more_by_morning_waits_for_identity() {
    TestApp::run(async |app| {
        let product = asking_product(app, &NOTICES).await;
        let hour = xiaobao::clock::civil(app.ctx.clock.now_ms()).hour();
        let until_night = (22 - i64::from(hour)).rem_euclid(24);
        app.advance_ms(u64::try_from(until_night).expect("hours") * 3_600_000);
        let doubted = told(app, Someone::adult(100), product).await;
        let other = ("周建军", "10000000072");
        doubted.names(app, other, "sibling").await.ok();
        let stranger = stranger_to(app, &doubted, product).await;
        app.advance_ms(11 * 3_600_000);
        app.settle().await;
        assert_eq!(doubted.texts(app).await, Vec::<String>::new());
        identity::checked(app, &doubted.someone, &doubted.id).await;
        for _ in 0..2 {
            app.settle().await;
            journey::advance(&app.ctx).await.expect("a turn");
        }
        app.settle().await;
        assert_eq!(doubted.texts(app).await.len(), 1);
        assert_eq!(stranger.texts(app).await, Vec::<String>::new());
    });
}

#[test]
fn contacts_go_with_a_loan_that_is_called_off_or_refused_and_their_own_no_is_heard_after_all() {
    TestApp::run(async |app| {
        let product = asking_product(app, &NOTICES).await;
        let case = told(app, Someone::adult(103), product).await;
        case.names(app, DAUGHTER, "child").await.ok();
        app.settle().await;
        let token = token(&case.texts(app).await[0]);
        let path = format!("/api/h5/me/loans/{}/cancel", case.id);
        case.borrower.post(app, &path, &json!({})).await.ok();
        assert_eq!(kept_with(app, DAUGHTER.1).await, 0);
        let fact = app.fact(&case.id, "contacts.removed.v1").await;
        assert_eq!(fact["by"], "case_over");
        let body = json!({ "token": token, "bar": "this_borrower" });
        app.post("/api/h5/contact/remove", &body).await.ok();
        let fact = app.fact(&case.id, "contacts.refused.v1").await;
        assert_eq!(fact["bar"], "this_borrower");
        let again = told(app, case.someone.clone(), product).await;
        let refused = again.names(app, DAUGHTER, "child").await;
        refused.refused(409, "contact_refused");

        let steps = json!({
            "required": ["personal_information_notice", "affordability", "cost_disclosure"],
            "notices": ["pi_notice"],
            "contacts": 2,
        });
        offers_with(&app.ctx, steps).await.expect("released");
        let student = told(app, Someone::adult(104), "hexiang").await;
        student.names(app, DAUGHTER, "friend").await.ok();
        app.settle().await;
        assert_eq!(kept_with(app, DAUGHTER.1).await, 1);
        let said = json!({ "occupation": "student", "monthly_income": 0, "monthly_debts": 0, "purpose": "electronics" });
        let path = "/api/h5/steps/affordability/declare";
        let declared = student.borrower.post(app, path, &said).await.ok().json();
        assert_eq!(declared["affordability"]["progress"], "refused");
        app.settle().await;
        journey::advance(&app.ctx).await.expect("a turn");
        app.settle().await;
        assert_eq!(kept_with(app, DAUGHTER.1).await, 0);
        let fact = app.fact(&student.id, "contacts.removed.v1").await;
        assert_eq!(fact["by"], "case_over");
    });
}

#[test]
fn a_hold_keeps_a_removed_contact_from_everybody_until_it_is_lifted() {
    TestApp::run(async |app| {
        let product = asking_product(app, &NOTICES).await;
        let case = told(app, Someone::adult(105), product).await;
        case.names(app, DAUGHTER, "child").await.ok();
        app.settle().await;
        let token = token(&case.texts(app).await[0]);
        let staff = Staff::signs_in(app, "luoyifan").await;
        let person = case.seen_by(app, &staff).await[0]["person"].clone();
        let person = person.as_str().expect("a subject").to_owned();
        let path = format!("/api/console/subjects/{person}/holds");
        let why = json!({ "why": "litigation" });
        let held = staff.send(app, Method::POST, &path, Some(&why)).await;
        let hold = held.ok().json()["holds"][0]["id"].clone();
        let body = json!({ "token": token, "bar": "anybody" });
        let gone = app.post("/api/h5/contact/remove", &body).await.ok().json();
        assert_eq!(gone["phone_masked"], "");
        let row = case.seen_by(app, &staff).await[0].clone();
        assert_eq!(
            (&row["state"], &row["name_masked"], &row["person"]),
            (&json!("removed"), &json!(""), &json!(null))
        );
        assert_eq!(app.facts(&case.id, "contacts.withheld.v1").await, 1);
        assert_eq!(app.facts(&case.id, "contacts.removed.v1").await, 0);
        assert_eq!(kept_with(app, DAUGHTER.1).await, 1);
        let over = opens(app, &staff, &person, "relative_phone", "reach_borrower").await;
        over.refused(403, "grant_missing");
        let lift = format!("{path}/{}/lift", hold.as_str().expect("an id"));
        let lifted = staff.send(app, Method::POST, &lift, Some(&json!({}))).await;
        assert!(lifted.status.is_success() || lifted.code() == "not_found");
        assert_eq!(kept_with(app, DAUGHTER.1).await, 0);
        assert_eq!(app.facts(&person, "vault.third_removed.v1").await, 1);
    });
}

#[test]
fn a_no_to_something_new_takes_nobody_from_a_loan_that_runs() {
    TestApp::run(async |app| {
        let steps = json!({
            "required": ["personal_information_notice", "credit_decision", "cost_disclosure"],
            "notices": ["pi_notice"],
            "contacts": 2,
        });
        offers_with(&app.ctx, steps).await.expect("released");
        let case = told(app, Someone::adult(105), "hexiang").await;
        let lender = Partner::of(app, ANHE);
        let path = format!("/v1/journeys/{}/decision", case.id);
        let yes = json!({
            "ruling": "approved", "made": "automatically", "limit": 2_000_000, "valid_until": "2026-11-25",
        });
        lender.post(app, &path, &yes).await.ok();
        case.names(app, DAUGHTER, "friend").await.ok();
        case.borrower.reads(app).await;
        case.borrower.understands(app).await;
        let done = case.borrower.confirms(app).await;
        assert_eq!(done["state"], "completed");
        // The approval lapses, and the lender decides anew.
        app.advance_ms(6 * 86_400_000);
        let no = json!({
            "ruling": "refused", "made": "automatically",
            "reasons": [{ "code": "history", "text": { "zh": "近期有未还清的逾期", "en": "Recent payments are overdue" } }],
        });
        lender.post(app, &path, &no).await.ok();
        for _ in 0..2 {
            app.settle().await;
            journey::advance(&app.ctx).await.expect("a turn");
        }
        app.settle().await;
        assert_eq!(app.facts(&case.id, "contacts.removed.v1").await, 0);
        assert_eq!(kept_with(app, DAUGHTER.1).await, 1);
    });
}
