//! The account a loan is paid into is the borrower's own: a provider says so, or a member of staff.

use axum::http::StatusCode;
use serde_json::{Value, json};

use crate::actors::{ANHE, Borrower, Opened, Partner, Someone, Staff, journey_of};
use crate::app::{Answer, TestApp};
use crate::consent::decides;
use crate::identity::checked;
use crate::signing_set::{authorises, set};
use crate::steps::offers_with;

const CHOOSE: &str = "/api/h5/steps/drawdown/choose";
const PERSON: &str = "/api/h5/steps/drawdown/person";

/// A person at the step `drawdown` of a loan.
struct Drawing {
    borrower: Borrower,
    id: String,
}

impl Drawing {
    /// The product asks for these steps before the lender's decision.
    async fn of(app: &TestApp, someone: &Someone, key: &str) -> Self {
        let lender = Partner::of(app, ANHE);
        let body = journey_of(someone, "hexiang", Value::Null);
        let opened = lender.asks(app, key, &body).await;
        let opened = Opened::of(opened.expect(StatusCode::CREATED).json());
        let mut borrower = Borrower::with(&opened.url);
        borrower.enters(app, &opened.id).await;
        decides(&borrower, app, "pi_notice", "acknowledge").await;
        let given = json!({ "ruling": "approved", "made": "automatically", "limit": 2_000_000 });
        let path = format!("/v1/journeys/{}/decision", opened.id);
        lender.post(app, &path, &given).await.ok();
        Self {
            borrower,
            id: opened.id,
        }
    }

    /// Names a card by its last digits, or keeps the one named before.
    async fn chooses(&self, app: &TestApp, account: Option<&str>) -> Answer {
        let mut choice = json!({ "principal": 600_000, "periods": 12, "purpose": "electronics" });
        if let Some(account) = account {
            choice["account"] = json!(account);
        }
        app.advance_ms(1);
        self.borrower.post(app, CHOOSE, &choice).await
    }

    /// How far the step is, and where the account stands.
    async fn stands(&self, app: &TestApp) -> (Value, Value) {
        let journey = self.borrower.journey(app).await;
        let mut steps = journey["steps"].as_array().expect("steps").iter();
        let step = steps.find(|step| step["protection"] == "drawdown");
        (
            step.expect("the step")["progress"].clone(),
            journey["drawdown"]["account"].clone(),
        )
    }

    async fn missing(&self, app: &TestApp) -> String {
        let codes = Partner::of(app, ANHE).missing(app, &self.id).await;
        codes.into_iter().next().unwrap_or_default()
    }
}

async fn product(app: &TestApp, identity: &Value) {
    let mut steps = vec!["personal_information_notice"];
    if !identity.is_null() {
        steps.push("identity");
    }
    steps.extend(["credit_decision", "drawdown", "cost_disclosure"]);
    let mut parts = json!({ "required": steps, "notices": ["pi_notice"] });
    if !identity.is_null() {
        parts["identity"] = identity.clone();
    }
    offers_with(&app.ctx, parts).await.expect("released");
}

fn stands(progress: &str, account: &str) -> (Value, Value) {
    (json!(progress), json!(account))
}

const CARDS: [&str; 6] = [
    "6222020200112233446",
    "6222020200112231002",
    "6222020200112231010",
    "6222020200112231028",
    "6222020200112231036",
    "6222020200112231044",
];

#[test]
fn the_sheet_waits_until_the_account_is_known_to_be_the_borrower_s_own() {
    TestApp::run(async |app| {
        product(app, &Value::Null).await;
        let drawing = Drawing::of(app, &Someone::adult(1), "first").await;
        // Staff see at which step it is as long as it has no price.
        let staff = Staff::signs_in(app, "luoyifan").await;
        let listed = async || {
            let row = staff.finds(app, &drawing.id).await.remove(0);
            (row["state"].clone(), row["current"].clone())
        };
        let unpriced = (json!("waiting_price"), json!("drawdown"));
        assert_eq!(listed().await, unpriced);
        drawing
            .chooses(app, None)
            .await
            .refused(422, "invalid_request");
        drawing.chooses(app, Some(CARDS[0])).await.ok();
        assert_eq!(listed().await, (json!("open"), Value::Null));
        assert_eq!(drawing.stands(app).await, stands("waiting", "checking"));
        assert_eq!(drawing.missing(app).await, "account_not_checked");
        let digest = drawing.borrower.digest(app).await;
        let early = drawing.borrower.steps(app, "shown", &digest).await;
        early.refused(409, "step_too_early");
        app.run_jobs().await;
        assert_eq!(drawing.stands(app).await, stands("done", "verified"));
        drawing.borrower.steps(app, "shown", &digest).await.ok();
        let chosen = app.fact(&drawing.id, "journey.drawdown_chosen.v2").await;
        let checked = app.fact(&drawing.id, "identity.card_checked.v1").await;
        assert_eq!(chosen["account_version"], checked["card_version"]);
        assert_eq!(
            (&checked["answer"], &checked["origin"]),
            (&json!("yes"), &json!("simulated"))
        );
        // The same card again is not asked about again.
        drawing.chooses(app, Some(CARDS[0])).await.ok();
        drawing.chooses(app, None).await.ok();
        app.run_jobs().await;
        assert_eq!(app.facts(&drawing.id, "identity.card_asked.v1").await, 1);
    });
}

#[test]
fn a_card_of_somebody_else_is_refused_kindly_and_a_person_may_look() {
    TestApp::run(async |app| {
        product(app, &Value::Null).await;
        // The simulator says no to everything about this person.
        let drawing = Drawing::of(app, &Someone::adult(991), "first").await;
        for card in &CARDS[..5] {
            drawing.chooses(app, Some(card)).await.ok();
            app.run_jobs().await;
            assert_eq!(drawing.stands(app).await, stands("refused", "refused"));
            let again = drawing.chooses(app, Some(card)).await;
            again.refused(409, "card_not_theirs");
        }
        assert_eq!(drawing.missing(app).await, "account_refused");
        let sixth = drawing.chooses(app, Some(CARDS[5])).await;
        sixth.refused(409, "cards_too_many");
        let kept = drawing.borrower.journey(app).await;
        assert_ne!(kept["drawdown"]["account_masked"], Value::Null);

        drawing.borrower.post(app, PERSON, &json!({})).await.ok();
        drawing.borrower.post(app, PERSON, &json!({})).await.ok();
        assert_eq!(
            drawing.stands(app).await,
            stands("needs_person", "needs_person")
        );
        assert_eq!(drawing.missing(app).await, "account_not_checked");
        let asked = app.facts(&drawing.id, "identity.card_person_asked.v1");
        assert_eq!(asked.await, 1);
        let staff = Staff::signs_in(app, "luoyifan").await;
        let waiting = "/api/console/accounts?phase=needs_person";
        let rows = staff.get(app, waiting).await.ok().json();
        assert_eq!(rows["rows"][0]["id"], json!(drawing.id));
        assert_eq!(rows["rows"][0]["answer"], "no");
        for private in [&CARDS[4], &Someone::adult(991).name.as_str()] {
            assert!(!rows.to_string().contains(*private), "{rows}");
        }
        let path = format!("/api/console/accounts/{}/attest", drawing.id);
        let stranger = Staff::signs_in(app, "baolu").await;
        let yes = json!({ "verdict": "yes", "round": 5 });
        // Who looked at an earlier card says nothing about this one.
        let earlier = json!({ "verdict": "yes", "round": 4 });
        let earlier = staff.posts(app, &path, earlier).await;
        earlier.refused(409, "card_changed");
        let foreign = stranger.posts(app, &path, yes.clone()).await;
        foreign.refused(404, "not_found");
        // The bank said no: one person alone does not turn that into a yes.
        let one = staff.posts(app, &path, yes.clone()).await.ok().json();
        assert_eq!(
            (&one["phase"], &one["own"]),
            (&json!("needs_person"), &json!(true))
        );
        let alone = staff.posts(app, &path, yes.clone()).await;
        alone.refused(409, "attestation_own");
        let colleague = Staff::signs_in(app, "heyun").await;
        colleague.posts(app, &path, yes.clone()).await.ok();
        let twice = colleague.posts(app, &path, yes).await;
        twice.refused(409, "identity_not_waiting");
        assert_eq!(drawing.stands(app).await, stands("done", "verified"));
        let settled = drawing.borrower.post(app, PERSON, &json!({})).await;
        settled.refused(409, "identity_settled");
    });
}

#[test]
fn another_card_in_between_makes_nobody_forget_a_no() {
    TestApp::run(async |app| {
        product(app, &Value::Null).await;
        // The simulator says no to everything about this person.
        let drawing = Drawing::of(app, &Someone::adult(991), "first").await;
        for card in &CARDS[..2] {
            drawing.chooses(app, Some(card)).await.ok();
            app.run_jobs().await;
        }
        // The first once more, and the bank takes its time.
        drawing.chooses(app, Some(CARDS[0])).await.ok();
        drawing.borrower.post(app, PERSON, &json!({})).await.ok();
        let path = format!("/api/console/accounts/{}/attest", drawing.id);
        let yes = json!({ "verdict": "yes", "round": 3 });
        let staff = Staff::signs_in(app, "luoyifan").await;
        let one = staff.posts(app, &path, yes.clone()).await.ok().json();
        assert_eq!(one["phase"], "needs_person");
        let colleague = Staff::signs_in(app, "heyun").await;
        let two = colleague.posts(app, &path, yes).await.ok().json();
        assert_eq!(two["phase"], "verified");
    });
}

#[test]
fn contracts_name_the_account_that_is_paid() {
    TestApp::run(async |app| {
        let parts = json!({
            "required": ["personal_information_notice", "identity", "drawdown", "cost_disclosure", "signing"],
            "identity": ["registry", "carrier", "network_id"],
            "notices": ["pi_notice"],
            "documents": ["loan_contract", "debit_authority", "purpose_commitment"],
        });
        offers_with(&app.ctx, parts).await.expect("released");
        let someone = Someone::adult(1);
        let body = journey_of(&someone, "hexiang", Value::Null);
        let opened = Partner::of(app, ANHE).asks(app, "first", &body).await;
        let opened = Opened::of(opened.expect(StatusCode::CREATED).json());
        let mut borrower = Borrower::with(&opened.url);
        borrower.enters(app, &opened.id).await;
        decides(&borrower, app, "pi_notice", "acknowledge").await;
        checked(app, &someone, &opened.id).await;
        let drawing = Drawing {
            borrower,
            id: opened.id,
        };
        drawing.chooses(app, Some(CARDS[0])).await.ok();
        app.run_jobs().await;
        drawing.borrower.reads(app).await;
        drawing.borrower.understands(app).await;
        drawing.borrower.confirms(app).await;
        app.run_jobs().await;
        let before = set(&drawing.borrower, app).await;
        assert_eq!(before["state"], "ready");

        // Another account is another set, to be read anew; the same one again changes nothing.
        drawing.chooses(app, Some(CARDS[1])).await.ok();
        app.run_jobs().await;
        let after = set(&drawing.borrower, app).await;
        assert_eq!(after["state"], "ready");
        assert_ne!(after["set_digest"], before["set_digest"]);
        drawing.chooses(app, None).await.ok();
        assert_eq!(
            set(&drawing.borrower, app).await["set_digest"],
            after["set_digest"]
        );
        assert_eq!(app.facts(&drawing.id, "signing.superseded.v1").await, 1);

        // Another loan of theirs is about to name another account.
        let body = journey_of(&someone, "hexiang", Value::Null);
        let other = Partner::of(app, ANHE).asks(app, "second", &body).await;
        let other = Opened::of(other.expect(StatusCode::CREATED).json());
        let mut borrower = Borrower::with(&other.url);
        borrower.enters(app, &other.id).await;
        decides(&borrower, app, "pi_notice", "acknowledge").await;
        checked(app, &someone, &other.id).await;
        let elsewhere = Drawing {
            borrower,
            id: other.id,
        };

        // From the person's yes on, what they said yes to is what is paid.
        authorises(&drawing.borrower, app, &drawing.id).await;
        elsewhere.chooses(app, Some(CARDS[3])).await.ok();
        let late = drawing.chooses(app, Some(CARDS[2])).await;
        late.refused(409, "price_already_final");
        app.run_jobs().await;
        let journey = drawing.borrower.journey(app).await;
        assert_eq!(journey["state"], "completed");
        let late = drawing.chooses(app, Some(CARDS[2])).await;
        late.refused(409, "price_already_final");
    });
}

#[test]
fn nobody_s_answer_is_for_a_person() {
    TestApp::run(async |app| {
        product(app, &Value::Null).await;
        for (serial, key) in [(992, "unknown"), (993, "silent")] {
            let drawing = Drawing::of(app, &Someone::adult(serial), key).await;
            drawing.chooses(app, Some(CARDS[0])).await.ok();
            for _ in 0..6 {
                app.run_jobs().await;
                app.advance_ms(60_000);
            }
            let now = drawing.stands(app).await;
            assert_eq!(now, stands("needs_person", "needs_person"), "{key}");
        }
    });
}

#[test]
fn a_card_that_identity_confirmed_is_not_asked_about_again() {
    TestApp::run(async |app| {
        product(app, &json!(["bank_card"])).await;
        let someone = Someone::adult(1);
        let lender = Partner::of(app, ANHE);
        let body = journey_of(&someone, "hexiang", Value::Null);
        let opened = Opened::of(lender.asks(app, "first", &body).await.json());
        let mut borrower = Borrower::with(&opened.url);
        borrower.enters(app, &opened.id).await;
        decides(&borrower, app, "pi_notice", "acknowledge").await;
        let start = json!({ "document": { "until": "2036-05-01" }, "bank_card": CARDS[0] });
        let path = "/api/h5/steps/identity/start";
        borrower.post(app, path, &start).await.ok();
        app.run_jobs().await;
        let given = json!({ "ruling": "approved", "made": "automatically", "limit": 2_000_000 });
        let path = format!("/v1/journeys/{}/decision", opened.id);
        lender.post(app, &path, &given).await.ok();
        let drawing = Drawing {
            borrower,
            id: opened.id,
        };
        drawing.chooses(app, Some(CARDS[0])).await.ok();
        assert_eq!(drawing.stands(app).await, stands("done", "verified"));
        assert_eq!(app.facts(&drawing.id, "identity.card_asked.v1").await, 0);
        // Another card is another question.
        drawing.chooses(app, Some(CARDS[1])).await.ok();
        assert_eq!(drawing.stands(app).await, stands("waiting", "checking"));
        assert_eq!(app.facts(&drawing.id, "identity.card_asked.v1").await, 1);
    });
}

#[test]
fn a_card_that_another_journey_names_leaves_this_one_s_in_its_place() {
    TestApp::run(async |app| {
        product(app, &Value::Null).await;
        let someone = Someone::adult(1);
        let first = Drawing::of(app, &someone, "first").await;
        first.chooses(app, Some(CARDS[0])).await.ok();
        app.run_jobs().await;
        let second = Drawing::of(app, &someone, "second").await;
        second.chooses(app, Some(CARDS[1])).await.ok();
        assert_eq!(first.stands(app).await, stands("done", "verified"));
        assert_eq!(second.stands(app).await, stands("waiting", "checking"));
        first.chooses(app, None).await.ok();
        assert_eq!(first.stands(app).await, stands("done", "verified"));
    });
}
