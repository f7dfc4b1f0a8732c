//! Credit lines and their drawdowns are journeys of their own kind.

use axum::http::StatusCode;
use serde_json::{Value, json};
use xiaobao::journey;

use crate::actors::{ANHE, Borrower, Opened, Partner, Someone, Staff, journey_of, loan};
use crate::app::TestApp;
use crate::consent::{decides, withdraws};
use crate::disbursed::{findings, receipt, released, reports};
use crate::money::releases;
use crate::steps::{offers, offers_with};

const DAY_MS: u64 = 86_400_000;

fn of_kind(someone: &Someone, kind: &str, line: Option<&str>) -> Value {
    let mut body = journey_of(someone, "hexiang", Value::Null);
    body["kind"] = json!(kind);
    if let Some(line) = line {
        body["line"] = json!(line);
    }
    body
}

#[test]
fn a_line_asks_up_to_the_decision_has_no_price_and_releases_nothing() {
    TestApp::run(async |app| {
        let lender = Partner::of(app, ANHE);
        let someone = Someone::adult(1);
        // A product whose person does not draw down offers no line.
        let early = of_kind(&someone, "line", None);
        lender
            .asks(app, "early", &early)
            .await
            .refused(409, "line_not_offered");
        let steps = json!([
            "personal_information_notice",
            "credit_decision",
            "drawdown",
            "cost_disclosure"
        ]);
        offers(app, &steps).await.expect("released");
        let body = of_kind(&someone, "line", None);
        let line = lender.asks(app, "line", &body).await.json();
        assert_eq!(
            (&line["kind"], &line["state"], &line["granted"]),
            (&json!("line"), &json!("open"), &Value::Null)
        );
        assert_eq!(
            line["required"],
            json!(["personal_information_notice", "credit_decision"])
        );
        let id = line["id"].as_str().expect("an id");
        assert_eq!(lender.missing(app, id).await[0], "line_releases_nothing");
        lender
            .post(app, &format!("/v1/journeys/{id}/loan"), &loan())
            .await
            .refused(409, "line_has_no_price");

        // Nothing is drawn of a line that nobody granted, nor of somebody else's or of none.
        let drawn = of_kind(&someone, "drawdown", Some(id));
        lender
            .asks(app, "drawn", &drawn)
            .await
            .refused(409, "line_not_in_force");
        let other = of_kind(&Someone::adult(2), "drawdown", Some(id));
        lender
            .asks(app, "other", &other)
            .await
            .refused(409, "line_of_other");
        for (key, body) in [
            ("none", of_kind(&someone, "drawdown", None)),
            ("loan", of_kind(&someone, "loan", Some(id))),
        ] {
            let answer = lender.asks(app, key, &body).await;
            answer.refused(422, "invalid_request");
        }
        // With a step for it, amount and periods are the person's choice.
        let priced = journey_of(&someone, "hexiang", loan());
        lender
            .asks(app, "priced", &priced)
            .await
            .refused(409, "price_by_person");
    });
}

/// A product whose lender decides and whose person draws down.
async fn drawing_product(app: &TestApp) {
    let steps = json!([
        "personal_information_notice",
        "credit_decision",
        "drawdown",
        "cost_disclosure"
    ]);
    let parts = json!({ "required": steps, "notices": ["pi_notice"] });
    offers_with(&app.ctx, parts).await.expect("released");
}

async fn opens(app: &TestApp, key: &str, body: &Value) -> (Borrower, Opened) {
    let lender = Partner::of(app, ANHE);
    let opened = Opened::of(lender.asks(app, key, body).await.json());
    let mut borrower = Borrower::with(&opened.url);
    borrower.enters(app, &opened.id).await;
    (borrower, opened)
}

async fn approves(app: &TestApp, id: &str, limit: i64, valid_until: &str) -> Value {
    let body = json!({ "ruling": "approved", "made": "automatically", "limit": limit, "valid_until": valid_until });
    let path = format!("/v1/journeys/{id}/decision");
    let lender = Partner::of(app, ANHE);
    lender.post(app, &path, &body).await.ok().json()
}

fn draws(principal: i64) -> Value {
    json!({ "principal": principal, "periods": 12, "purpose": "electronics", "account": "6222020200112233446" })
}

const CHOOSE: &str = "/api/h5/steps/drawdown/choose";

#[test]
fn drawdowns_of_one_moment_never_take_more_than_the_line() {
    TestApp::run(async |app| {
        drawing_product(app).await;
        let someone = Someone::adult(1);
        let (borrower, line) = opens(app, "line", &of_kind(&someone, "line", None)).await;
        decides(&borrower, app, "pi_notice", "acknowledge").await;
        // The lender's call is the last step of a line, and completes it.
        approves(app, &line.id, 2_000_000, "2026-11-24").await;
        assert_eq!(app.facts(&line.id, "journey.line_completed.v1").await, 1);
        let lender = Partner::of(app, ANHE);
        let path = format!("/v1/journeys/{}", line.id);
        let now = lender.get(app, &path).await.ok().json();
        assert_eq!(
            (&now["state"], &now["granted"]["left"]),
            (&json!("completed"), &json!(2_000_000))
        );

        let mut drawing = Vec::new();
        for number in 0..6 {
            let body = of_kind(&someone, "drawdown", Some(&line.id));
            drawing.push(opens(app, &format!("drawn-{number}"), &body).await);
        }
        let mut tasks = tokio::task::JoinSet::new();
        for (borrower, _) in &drawing {
            let (borrower, site) = (borrower.clone(), (**app).clone());
            tasks.spawn(async move { borrower.post(&site, CHOOSE, &draws(600_000)).await });
        }
        let mut codes = Vec::new();
        while let Some(answer) = tasks.join_next().await {
            let answer = answer.expect("no task panics");
            codes.push(if answer.status.is_success() {
                "drawn".to_owned()
            } else {
                answer.code()
            });
        }
        codes.sort();
        let over = "over_limit";
        assert_eq!(codes, ["drawn", "drawn", "drawn", over, over, over]);
        let now = lender.get(app, &path).await.ok().json();
        assert_eq!(now["granted"]["left"], 200_000);

        // The line's last day is over: nothing is drawn or released until the lender decides anew.
        app.advance_ms(4 * DAY_MS);
        let (mut borrower, drawn) = drawing.swap_remove(0);
        borrower.enters(app, &drawn.id).await;
        borrower
            .post(app, CHOOSE, &draws(150_000))
            .await
            .refused(409, "line_not_in_force");
        assert_eq!(lender.missing(app, &drawn.id).await[0], "line_not_in_force");
        approves(app, &line.id, 2_000_000, "2026-12-24").await;
        borrower.post(app, CHOOSE, &draws(150_000)).await.ok();
        let missing = lender.missing(app, &drawn.id).await;
        assert!(!missing.contains(&"line_not_in_force".to_owned()));
        assert_eq!(app.facts(&line.id, "journey.line_completed.v1").await, 1);
    });
}

#[test]
fn an_approval_whose_last_day_is_over_draws_and_releases_nothing() {
    TestApp::run(async |app| {
        drawing_product(app).await;
        let body = journey_of(&Someone::adult(1), "hexiang", Value::Null);
        let (mut borrower, opened) = opens(app, "loan", &body).await;
        decides(&borrower, app, "pi_notice", "acknowledge").await;
        approves(app, &opened.id, 2_000_000, "2026-11-22").await;
        borrower.post(app, CHOOSE, &draws(600_000)).await.ok();
        let lender = Partner::of(app, ANHE);
        let expired = async || {
            let missing = lender.missing(app, &opened.id).await;
            missing.contains(&"approval_expired".to_owned())
        };
        assert!(!expired().await);
        app.advance_ms(2 * DAY_MS);
        borrower.enters(app, &opened.id).await;
        assert!(expired().await);
        borrower
            .post(app, CHOOSE, &draws(500_000))
            .await
            .refused(409, "approval_expired");
        // Only now does another decision take the place of the first.
        approves(app, &opened.id, 1_000_000, "2026-12-24").await;
        assert!(!expired().await);
        borrower.post(app, CHOOSE, &draws(500_000)).await.ok();
        let other = json!({ "ruling": "approved", "made": "automatically", "limit": 1 });
        let path = format!("/v1/journeys/{}/decision", opened.id);
        lender
            .post(app, &path, &other)
            .await
            .refused(409, "decision_final");
    });
}

/// A line of 20,000 yuan that rests on a consent, with its person, and a completed drawdown of 6,000.
pub async fn drawn_of_line(app: &TestApp) -> (Borrower, Opened, Opened) {
    let steps = json!([
        "personal_information_notice",
        "separate_consents",
        "credit_decision",
        "drawdown",
        "cost_disclosure"
    ]);
    let parts = json!({ "required": steps, "notices": ["pi_notice", "provide_partner"] });
    offers_with(&app.ctx, parts).await.expect("released");
    let someone = Someone::adult(1);
    let (granted, line) = opens(app, "line", &of_kind(&someone, "line", None)).await;
    decides(&granted, app, "pi_notice", "acknowledge").await;
    decides(&granted, app, "provide_partner", "give").await;
    approves(app, &line.id, 2_000_000, "2026-11-24").await;
    let body = of_kind(&someone, "drawdown", Some(&line.id));
    let (borrower, drawn) = opens(app, "drawn", &body).await;
    borrower.post(app, CHOOSE, &draws(600_000)).await.ok();
    app.run_jobs().await;
    borrower.reads(app).await;
    borrower.understands(app).await;
    borrower.confirms(app).await;
    app.settle().await;
    (granted, line, drawn)
}

#[test]
fn a_token_falls_with_what_stops_its_line_or_is_taken_back_from_it() {
    TestApp::run(async |app| {
        let (granted, line, drawn) = drawn_of_line(app).await;
        let lender = Partner::of(app, ANHE);
        released(app, &drawn).await;
        let [service, reviewer] = [
            Staff::signs_in(app, "luoyifan").await,
            Staff::signs_in(app, "heyun").await,
        ];
        let holds = format!("/api/console/journeys/{}/money-holds", line.id);
        let why = json!({ "words": "借款人来电说有人代办" });
        let hold = service.posts(app, &holds, why).await.ok().json();
        app.settle().await;
        assert_eq!(lender.missing(app, &drawn.id).await, ["held"]);
        let revoked = "disbursement.token_revoked.v1";
        assert_eq!(app.fact(&drawn.id, revoked).await["cause"], "stopped");
        let lift = format!("{holds}/{}/lift", hold[0]["id"].as_str().expect("an id"));
        reviewer.posts(app, &lift, json!({})).await.ok();
        app.settle().await;
        app.advance_ms(10 * 60_000);
        let issued = releases(app, &lender, &drawn.id).await;
        let issued = issued.expect(StatusCode::CREATED).json();

        // The log is followed: a consent that the line rests on ends the token too.
        withdraws(&granted, app, "provide_to_partner").await.ok();
        app.settle().await;
        journey::advance(&app.ctx).await.expect("a turn");
        assert_eq!(app.facts(&drawn.id, revoked).await, 2);
        let last = app.fact(&drawn.id, revoked).await;
        assert_eq!(last["cause"], "protection_lost");
        let paid = reports(app, &lender, &drawn.id, &receipt(&issued, "PAY-1")).await;
        let paid = paid.expect(StatusCode::CREATED).json();
        assert_eq!(findings(&paid), ["token_revoked", "protection_missing"]);
    });
}

#[test]
fn money_that_moved_takes_its_room_of_the_line_however_its_journey_ended() {
    TestApp::run(async |app| {
        let (_, line, drawn) = drawn_of_line(app).await;
        let lender = Partner::of(app, ANHE);
        let issued = released(app, &drawn).await;
        let path = format!("/v1/journeys/{}/cancel", drawn.id);
        lender
            .post(app, &path, &json!({}))
            .await
            .expect(StatusCode::NO_CONTENT);
        let left = async || {
            let path = format!("/v1/journeys/{}", line.id);
            lender.get(app, &path).await.ok().json()["granted"]["left"].clone()
        };
        assert_eq!(left().await, 2_000_000);
        reports(app, &lender, &drawn.id, &receipt(&issued, "PAY-1"))
            .await
            .expect(StatusCode::CREATED);
        assert_eq!(left().await, 1_400_000);
    });
}

#[test]
fn a_drawdown_releases_nothing_while_its_line_lacks_a_protection_or_room() {
    TestApp::run(async |app| {
        let (granted, line, drawn) = drawn_of_line(app).await;
        let lender = Partner::of(app, ANHE);
        let body = of_kind(&Someone::adult(1), "drawdown", Some(&line.id));
        let none = Vec::<String>::new();
        assert_eq!(lender.missing(app, &drawn.id).await, none);

        // What the line rests on is taken back after its completion: no money moves and nothing new is drawn.
        let (other, _) = opens(app, "other", &body).await;
        withdraws(&granted, app, "provide_to_partner").await.ok();
        app.settle().await;
        let missing = lender.missing(app, &drawn.id).await;
        assert_eq!(missing, ["consents_not_answered"]);
        let refused = other.post(app, CHOOSE, &draws(100_000)).await;
        refused.refused(409, "line_protection_missing");
        let late = lender.asks(app, "late", &body).await;
        late.refused(409, "line_protection_missing");
        decides(&granted, app, "provide_partner", "give").await;
        // What the money rests on is proved with it.
        let missing = lender.missing(app, &drawn.id).await;
        assert_eq!(missing, ["evidence_not_proved"]);
        app.settle().await;
        assert_eq!(lender.missing(app, &drawn.id).await, none);

        // The limit lapses and comes back lower than what was drawn under it.
        app.advance_ms(4 * DAY_MS);
        approves(app, &line.id, 599_999, "2026-11-26").await;
        app.settle().await;
        assert_eq!(lender.missing(app, &drawn.id).await, ["over_limit"]);
        // That it lapsed as well hides nothing: how much is nobody's to set aside.
        app.advance_ms(2 * DAY_MS);
        assert_eq!(
            lender.missing(app, &drawn.id).await,
            ["line_not_in_force", "over_limit"]
        );
    });
}

const DECLARE: &str = "/api/h5/steps/affordability/declare";

fn earns(monthly_income: i64) -> Value {
    json!({ "occupation": "employed", "monthly_income": monthly_income, "monthly_debts": 0, "purpose": "electronics" })
}

#[test]
fn a_choice_that_asks_more_than_was_assessed_is_assessed_again_before_it_counts() {
    TestApp::run(async |app| {
        let steps = json!([
            "personal_information_notice",
            "affordability",
            "credit_decision",
            "drawdown",
            "cost_disclosure"
        ]);
        let parts = json!({ "required": steps, "notices": ["pi_notice"] });
        offers_with(&app.ctx, parts).await.expect("released");
        let someone = Someone::adult(1);
        let (granted, line) = opens(app, "line", &of_kind(&someone, "line", None)).await;
        decides(&granted, app, "pi_notice", "acknowledge").await;
        // 30,000 yuan over 24 months fits 4,000 yuan a month.
        granted.post(app, DECLARE, &earns(400_000)).await.ok();
        approves(app, &line.id, 3_000_000, "2026-12-24").await;
        let assessed = async || app.facts(&line.id, "suitability.assessed.v1").await;
        assert_eq!(assessed().await, 1);

        let body = of_kind(&someone, "drawdown", Some(&line.id));
        let (borrower, drawn) = opens(app, "drawn", &body).await;
        let chooses = async |principal: i64, periods: u32| {
            let mut choice = draws(principal);
            choice["periods"] = json!(periods);
            borrower.post(app, CHOOSE, &choice).await
        };
        // The same money over three months doesn't, and leaves no trace.
        chooses(3_000_000, 3).await.refused(409, "not_affordable");
        assert_eq!(app.facts(&drawn.id, "journey.priced.v1").await, 0);
        assert_eq!(assessed().await, 1);
        // A heavier one that fits is assessed by the answers that are kept; a lighter one needs nothing.
        chooses(2_000_000, 12).await.ok();
        assert_eq!(assessed().await, 2);
        chooses(1_000_000, 12).await.ok();
        assert_eq!(assessed().await, 2);
        app.run_jobs().await;
        let missing = Partner::of(app, ANHE).missing(app, &drawn.id).await;
        assert_eq!(missing[0], "sheet_not_shown");
    });
}

#[test]
fn a_price_that_grows_past_the_assessment_is_assessed_again() {
    TestApp::run(async |app| {
        let steps = json!([
            "personal_information_notice",
            "affordability",
            "cost_disclosure"
        ]);
        let parts = json!({ "required": steps, "notices": ["pi_notice"] });
        offers_with(&app.ctx, parts).await.expect("released");
        let body = journey_of(&Someone::adult(1), "hexiang", loan());
        let (borrower, opened) = opens(app, "loan", &body).await;
        decides(&borrower, app, "pi_notice", "acknowledge").await;
        borrower.post(app, DECLARE, &earns(400_000)).await.ok();
        let lender = Partner::of(app, ANHE);
        let path = format!("/v1/journeys/{}/loan", opened.id);
        for (principal, assessed, progress) in
            [(1_500_000, 1, "done"), (3_000_000, 2, "needs_person")]
        {
            let price = json!({ "principal": principal, "periods": 12 });
            lender.post(app, &path, &price).await.ok();
            let facts = app.facts(&opened.id, "suitability.assessed.v1").await;
            assert_eq!(facts, assessed, "{principal}");
            let journey = borrower.journey(app).await;
            assert_eq!(journey["steps"][1]["progress"], progress, "{principal}");
        }
        let missing = lender.missing(app, &opened.id).await;
        assert!(missing.contains(&"affordability_not_assessed".to_owned()));
    });
}

#[test]
fn a_later_decision_on_a_completed_loan_is_proved_too() {
    TestApp::run(async |app| {
        drawing_product(app).await;
        let body = journey_of(&Someone::adult(1), "hexiang", Value::Null);
        let (borrower, opened) = opens(app, "loan", &body).await;
        decides(&borrower, app, "pi_notice", "acknowledge").await;
        approves(app, &opened.id, 2_000_000, "2026-11-22").await;
        borrower.post(app, CHOOSE, &draws(600_000)).await.ok();
        app.run_jobs().await;
        borrower.reads(app).await;
        borrower.understands(app).await;
        borrower.confirms(app).await;
        app.settle().await;
        let lender = Partner::of(app, ANHE);
        let none = Vec::<String>::new();
        assert_eq!(lender.missing(app, &opened.id).await, none);
        app.advance_ms(2 * DAY_MS);
        assert_eq!(lender.missing(app, &opened.id).await, ["approval_expired"]);
        approves(app, &opened.id, 1_000_000, "2026-12-24").await;
        let missing = lender.missing(app, &opened.id).await;
        assert_eq!(missing, ["evidence_not_proved"]);
        app.settle().await;
        assert_eq!(lender.missing(app, &opened.id).await, none);
    });
}
