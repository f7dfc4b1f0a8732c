//! Who the person is: providers that answer, keep silent or lie; and staff who look for themselves.

use std::collections::HashMap;

use axum::http::StatusCode;
use jiff::civil::date;
use serde_json::{Value, json};
use xiaobao::error::Result;
use xiaobao::identity::{self, Route, Start, Validity};
use xiaobao::ledger::{self, Changed, Seat, SeatKind, Tx};
use xiaobao::product::{IdentityMethod, Progress};
use xiaobao::vault::{self, ItemKind, Private, SubjectId};

use crate::actors::{
    ANHE, Borrower, JIANGLAN, Opened, Partner, Someone, Staff, institution_id, journey_of, loan,
};
use crate::app::TestApp;
use crate::consent::{decides, told, withdraws};
use crate::steps::offers_with;

/// A person at the step `identity` of an open journey.
pub struct Case {
    pub id: String,
    subject: SubjectId,
    seat: Seat,
}

/// The person of a case is checked by every provider there is.
pub async fn checked(app: &TestApp, someone: &Someone, case: &str) {
    person_of(app, someone, case).await.is_checked(app).await;
}

pub async fn case_of(app: &TestApp, someone: &Someone) -> Case {
    let body = journey_of(someone, "hexiang", loan());
    let answer = Partner::of(app, ANHE)
        .asks(app, &someone.id_number, &body)
        .await;
    let opened = Opened::of(answer.expect(StatusCode::CREATED).json());
    person_of(app, someone, &opened.id).await
}

async fn person_of(app: &TestApp, someone: &Someone, case: &str) -> Case {
    let institution = institution_id(app, ANHE).await;
    let view = app.ctx.db.read(&institution).await.expect("a view");
    let found = vault::search(&app.ctx, &view, ItemKind::IdNumber, &someone.id_number).await;
    let subject = found.expect("a search").remove(0);
    Case {
        id: case.to_owned(),
        seat: Seat {
            institution,
            kind: SeatKind::Customer,
            id: subject.to_string(),
        },
        subject,
    }
}

impl Case {
    async fn begin(&self, app: &TestApp) -> Tx {
        ledger::begin(&app.ctx, &self.seat).await.expect("a write")
    }

    pub async fn starts(
        &self,
        app: &TestApp,
        methods: &[IdentityMethod],
        document: Validity,
        card: Option<&str>,
    ) -> Result<Changed> {
        let mut tx = self.begin(app).await;
        let card = card.map(Private::from);
        let start = Start {
            case: &self.id,
            subject: &self.subject,
            age: 48,
            methods,
            document,
            bank_card: card.as_ref(),
            sessions: &HashMap::new(),
        };
        let changed = identity::start(&mut tx, start).await?;
        if changed == Changed::Yes {
            ledger::commit_recorded(tx).await?;
        }
        Ok(changed)
    }

    /// Asks the methods of most products and lets every provider answer.
    pub async fn is_checked(&self, app: &TestApp) {
        let started = self
            .starts(app, &IdentityMethod::DEFAULT, good_document(), None)
            .await;
        assert_eq!(started.expect("started"), Changed::Yes);
        for _ in 0..6 {
            app.run_jobs().await;
            app.advance_ms(60_000);
        }
    }

    async fn goes_to(&self, app: &TestApp, route: Route) -> Result<Changed> {
        let mut tx = self.begin(app).await;
        let changed = identity::ask_person(&mut tx, &self.id, &self.subject, route).await?;
        if changed == Changed::Yes {
            ledger::commit_recorded(tx).await?;
        }
        Ok(changed)
    }

    pub async fn progress(&self, app: &TestApp) -> Progress {
        let view = app.ctx.db.read(&self.seat.institution).await;
        identity::progress(&view.expect("a view"), &self.id)
            .await
            .expect("a progress")
    }

    async fn is_seen_by(&self, app: &TestApp, staff: &Staff) -> Value {
        let path = format!("/api/console/identity/{}", self.id);
        staff.get(app, &path).await.ok().json()
    }
}

pub fn good_document() -> Validity {
    Validity::Until(date(2036, 5, 1))
}

#[test]
fn the_simulator_s_answers_lead_to_each_end_and_are_marked() {
    TestApp::run(async |app| {
        let staff = Staff::signs_in(app, "luoyifan").await;
        for (serial, progress, answers) in [
            (1, Progress::Done, json!(["yes", "yes"])),
            (991, Progress::Refused, json!(["no", null])),
            (992, Progress::NeedsPerson, json!(["unknown", "unknown"])),
            (993, Progress::NeedsPerson, json!(["unknown", "unknown"])),
            (994, Progress::Done, json!(["yes", "yes"])),
        ] {
            let case = case_of(app, &Someone::adult(serial)).await;
            assert_eq!(case.progress(app).await, Progress::Open);
            case.is_checked(app).await;
            assert_eq!(case.progress(app).await, progress, "{serial}");
            let seen = case.is_seen_by(app, &staff).await;
            let checks = seen["checks"].as_array().expect("checks");
            let said: Vec<&Value> = checks.iter().map(|check| &check["answer"]).collect();
            if serial != 991 {
                assert_eq!(json!(said), answers, "{serial}");
            }
            let fact = app.fact(&case.id, "identity.checked.v1").await;
            assert_eq!(fact["origin"], "simulated");
            // A second start changes nothing.
            let again = case
                .starts(app, &IdentityMethod::DEFAULT, good_document(), None)
                .await;
            assert_eq!(again.expect("no change"), Changed::No);
        }
    });
}

#[test]
fn documents_and_cards_are_looked_at_before_anyone_is_asked() {
    TestApp::run(async |app| {
        let case = case_of(app, &Someone::adult(1)).await;
        let card = [IdentityMethod::BankCard];
        for (methods, document, number, code) in [
            (
                &IdentityMethod::DEFAULT[..],
                Validity::Until(date(2026, 11, 20)),
                None,
                "document_expired",
            ),
            (
                &IdentityMethod::DEFAULT,
                Validity::Until(date(2066, 1, 1)),
                None,
                "document_date",
            ),
            (&card, good_document(), None, "bank_card_missing"),
            (
                &card,
                good_document(),
                Some("4111111111111112"),
                "invalid_request",
            ),
        ] {
            let refused = case.starts(app, methods, document, number).await;
            assert_eq!(refused.expect_err("refused").code(), code);
        }
        assert_eq!(case.progress(app).await, Progress::Open);
        let started = case
            .starts(app, &card, Validity::LongTerm, Some("4111111111111111"))
            .await;
        assert_eq!(started.expect("started"), Changed::Yes);
        app.run_jobs().await;
        assert_eq!(case.progress(app).await, Progress::Done);
        // What was opened was opened for this purpose only, and the reason to open it has ended.
        let opened = app.fact(case.subject.as_str(), "vault.opened.v1").await;
        assert_eq!(opened["purpose"], "verify_identity");
        let ended = app
            .fact(case.subject.as_str(), "vault.grant_ended.v1")
            .await;
        assert_eq!(ended["why"], "finished");
    });
}

#[test]
fn a_person_is_one_tap_away_and_staff_swear_only_to_what_they_saw() {
    TestApp::run(async |app| {
        let case = case_of(app, &Someone::adult(1)).await;
        let asked = case.goes_to(app, Route::VideoAgent).await;
        assert_eq!(asked.expect("asked"), Changed::Yes);
        assert_eq!(case.progress(app).await, Progress::NeedsPerson);
        let staff = Staff::signs_in(app, "luoyifan").await;
        let list = staff
            .get(app, "/api/console/identity?phase=needs_person")
            .await
            .ok()
            .json();
        assert_eq!(list["rows"][0]["id"], case.id.as_str());
        assert_eq!(list["rows"][0]["route"], "video_agent");
        let path = format!("/api/console/identity/{}/attest", case.id);
        let attest = async |staff: &Staff, verdict: &str, seen: Value| {
            let body = json!({ "route": "video_agent", "verdict": verdict, "seen": seen });
            staff
                .send(app, axum::http::Method::POST, &path, Some(&body))
                .await
        };
        let all = json!(["document_original", "document_dates", "person_matches"]);
        let without_right = Staff::signs_in(app, "shenqiao").await;
        attest(&without_right, "yes", all.clone())
            .await
            .refused(403, "right_missing");
        let elsewhere = Staff::signs_in(app, "qinmo").await;
        attest(&elsewhere, "yes", all.clone())
            .await
            .refused(404, "not_found");
        attest(&staff, "yes", json!(["document_original"]))
            .await
            .refused(422, "identity_seen_too_little");
        let attested = attest(&staff, "yes", all.clone()).await.ok().json();
        assert_eq!(attested["phase"], "verified");
        assert_eq!(case.progress(app).await, Progress::Done);
        attest(&staff, "no", json!([]))
            .await
            .refused(409, "identity_not_waiting");
        let too_late = case.goes_to(app, Route::Counter).await;
        assert_eq!(too_late.expect_err("settled").code(), "identity_settled");
        let csv = staff
            .get(app, "/api/console/identity?format=csv")
            .await
            .ok()
            .text();
        assert!(csv.contains(&case.id) && csv.contains("verified"), "{csv}");
        let other = institution_id(app, JIANGLAN).await;
        let view = app.ctx.db.read(&other).await.expect("a view");
        assert_eq!(
            identity::progress(&view, &case.id).await.expect("nothing"),
            Progress::Open
        );
    });
}

#[test]
fn a_clear_no_is_not_the_end_and_a_shared_phone_is_only_a_sign() {
    TestApp::run(async |app| {
        let first = case_of(app, &Someone::adult(1)).await;
        let mut twin = Someone::adult(991);
        twin.phone = Someone::adult(1).phone;
        let case = case_of(app, &twin).await;
        case.is_checked(app).await;
        assert_eq!(case.progress(app).await, Progress::Refused);
        let staff = Staff::signs_in(app, "luoyifan").await;
        assert_eq!(case.is_seen_by(app, &staff).await["same_phone"], 1);
        case.goes_to(app, Route::Counter).await.expect("asked");
        assert_eq!(case.progress(app).await, Progress::NeedsPerson);
        first.is_checked(app).await;
        assert_eq!(first.progress(app).await, Progress::Done);
    });
}

#[test]
fn a_face_is_compared_only_under_a_consent_of_its_own_and_another_way_remains() {
    TestApp::run(async |app| {
        let asks = async |methods: Value| {
            let parts = json!({
                "required": ["personal_information_notice", "separate_consents", "identity", "cost_disclosure"],
                "notices": ["pi_notice", "bureau_report_notice", "face_voice"],
                "identity": methods,
            });
            offers_with(&app.ctx, parts).await
        };
        // A session of the authority's page serves one question.
        let document = |session: u32| {
            let sessions = json!({ "face_authority": format!("session-{session}") });
            json!({ "document": { "until": "2036-05-01" }, "sessions": sessions })
        };
        // Anyone may know name and number: a register's yes shows nothing of who applies.
        let alone = asks(json!(["registry"])).await.expect_err("refused");
        assert_eq!(alone, "out_of_range");
        let methods = json!(["face_authority", "registry"]);
        asks(methods.clone()).await.expect("released");
        let (borrower, id) = at_identity(app, 2, "give").await;
        let journey = borrower.journey(app).await;
        assert_eq!(journey["identity"]["methods"], methods);
        let path = "/api/h5/steps/identity/start";
        borrower.post(app, path, &document(2)).await.ok();
        app.run_jobs().await;
        let fact = app.fact(&id, "identity.started.v1").await;
        assert_eq!(fact["methods"], methods);
        assert_eq!(borrower.journey(app).await["current"], "cost_disclosure");
        let (borrower, id) = at_identity(app, 1, "decline").await;
        let journey = borrower.journey(app).await;
        assert_eq!(journey["identity"]["methods"], json!([]));
        let started = borrower.post(app, path, &document(1)).await.ok().json();
        assert_eq!(started["identity"]["progress"], "needs_person");
        assert_eq!(app.facts(&id, "identity.verified.v1").await, 0);
        // Where the face was the only machine, a person stands in for it; nothing passes unasked.
        asks(json!(["face_authority"])).await.expect("released");
        let (borrower, id) = at_identity(app, 4, "give").await;
        borrower.post(app, path, &document(4)).await.ok();
        // Taken back while the question is on its way: it is not asked.
        withdraws(&borrower, app, "face_voice").await.ok();
        app.run_jobs().await;
        let fact = app.fact(&id, "identity.checked.v1").await;
        assert_eq!(
            (&fact["answer"], &fact["reason"]),
            (&json!("unknown"), &json!("consent_ended"))
        );
        let progress = &borrower.journey(app).await["identity"]["progress"];
        assert_eq!(progress, "needs_person");

        let (borrower, id) = at_identity(app, 3, "decline").await;
        let journey = borrower.journey(app).await;
        assert_eq!(journey["identity"]["methods"], json!([]));
        let person = json!({ "route": "counter" });
        let path = "/api/h5/steps/identity/person";
        let asked = borrower.post(app, path, &person).await.ok().json();
        assert_eq!(asked["identity"]["progress"], "needs_person");
        let path = "/api/h5/steps/identity/start";
        let started = borrower.post(app, path, &document(3)).await.ok().json();
        assert_eq!(started["identity"]["progress"], "needs_person");
        assert_eq!(app.facts(&id, "identity.verified.v1").await, 0);
    });
}

/// A borrower who was told, decided about the face, and stands before the identity check.
async fn at_identity(app: &TestApp, number: u32, choice: &str) -> (Borrower, String) {
    let lender = Partner::of(app, ANHE);
    let opened = lender
        .opens(app, &Someone::adult(number), "hexiang", loan())
        .await;
    let mut borrower = Borrower::with(&opened.url);
    borrower.enters(app, &opened.id).await;
    told(&borrower, app).await;
    let journey = decides(&borrower, app, "face_voice", choice).await;
    assert_eq!(journey["current"], "identity");
    (borrower, opened.id)
}
