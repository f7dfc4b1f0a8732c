//! Whether a loan fits the person, what the lender decides, and a human look at either.

use std::collections::BTreeSet;

use axum::http::{Method, StatusCode};
use serde_json::{Value, json};
use xiaobao::db::Write as _;
use xiaobao::error::Result;
use xiaobao::ledger::{self, Changed, Seat, SeatKind};
use xiaobao::product::Progress;
use xiaobao::suitability::{self, Burden, Declaration, Declare, Step};
use xiaobao::vault::{self, ItemKind, SubjectId};

use crate::actors::{
    ANHE, Borrower, Opened, Partner, Someone, Staff, institution_id, journey_of, loan,
};
use crate::app::{Answer, TestApp};
use crate::steps::offers;

/// A person at the step `affordability` of an open journey for 20,000 yuan.
struct Case {
    id: String,
    subject: SubjectId,
    seat: Seat,
}

/// The person of a case answers with this income, in fen.
pub async fn declared(app: &TestApp, someone: &Someone, case: &str, income: i64) {
    let said = answers("employed", income, "electronics");
    let case = person_of(app, someone, case).await;
    case.declares(app, 48, &said).await.expect("declared");
}

async fn case_of(app: &TestApp, someone: &Someone) -> Case {
    another_of(app, someone, "first").await
}

/// Another journey of the same person.
async fn another_of(app: &TestApp, someone: &Someone, key: &str) -> Case {
    let body = journey_of(someone, "hexiang", loan());
    let key = format!("{key}-{}", someone.id_number);
    let answer = Partner::of(app, ANHE).asks(app, &key, &body).await;
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

fn answers(occupation: &str, income: i64, purpose: &str) -> Value {
    json!({ "occupation": occupation, "monthly_income": income, "monthly_debts": 0, "purpose": purpose })
}

impl Case {
    async fn declares(&self, app: &TestApp, age: i64, said: &Value) -> Result<Changed> {
        let declaration: Declaration = serde_json::from_value(said.clone()).expect("a declaration");
        let mut tx = ledger::begin(&app.ctx, &self.seat).await?;
        let what = Declare {
            case: &self.id,
            subject: &self.subject,
            age,
            burden: Burden {
                principal: 2_000_000,
                instalment: 182_903,
            },
            declaration: &declaration,
        };
        let changed = suitability::declare(&mut tx, what).await?;
        if changed == Changed::Yes {
            ledger::commit_recorded(tx).await?;
        }
        Ok(changed)
    }

    async fn asks_review(&self, app: &TestApp) -> Result<Changed> {
        let mut tx = ledger::begin(&app.ctx, &self.seat).await?;
        let step = Step::Affordability;
        let changed = suitability::ask_review(&mut tx, &self.id, &self.subject, step).await?;
        if changed == Changed::Yes {
            ledger::commit_recorded(tx).await?;
        }
        Ok(changed)
    }

    async fn progress(&self, app: &TestApp) -> Progress {
        let view = app.ctx.db.read(&self.seat.institution).await;
        suitability::progress(&view.expect("a view"), &self.id, Step::Affordability)
            .await
            .expect("a progress")
    }

    async fn view(&self, app: &TestApp, age: i64) -> Value {
        let view = app.ctx.db.read(&self.seat.institution).await;
        let shown = suitability::affordability(&view.expect("a view"), &self.id, age, 26).await;
        serde_json::to_value(shown.expect("a view of the step")).expect("JSON")
    }
}

async fn open_reviews(app: &TestApp, staff: &Staff) -> Vec<Value> {
    let page = staff.get(app, "/api/console/reviews?state=open").await;
    page.ok().json()["rows"].as_array().expect("rows").clone()
}

async fn closes(app: &TestApp, staff: &Staff, review: &str, verdict: &str) -> Answer {
    let body = json!({ "verdict": verdict, "words": "我们看过您的材料，和您通了电话。" });
    let path = format!("/api/console/reviews/{review}/close");
    staff.send(app, Method::POST, &path, Some(&body)).await
}

#[test]
fn most_people_pass_and_nothing_of_their_means_is_told() {
    TestApp::run(async |app| {
        let case = case_of(app, &Someone::adult(1)).await;
        assert_eq!(case.progress(app).await, Progress::Open);
        let said = answers("employed", 812_345, "electronics");
        assert_eq!(
            case.declares(app, 48, &said).await.expect("declared"),
            Changed::Yes
        );
        assert_eq!(case.progress(app).await, Progress::Done);
        let again = answers("employed", 1, "electronics");
        assert_eq!(
            case.declares(app, 48, &again).await.expect("no change"),
            Changed::No
        );
        let fact = app.fact(&case.id, "suitability.assessed.v1").await;
        assert_eq!(
            (&fact["outcome"], &fact["reasons"]),
            (&json!("pass"), &json!([]))
        );
        assert!(!fact.to_string().contains("812345"), "{fact}");
        // Sealed, and opened by nobody: the answers were in hand.
        assert_eq!(app.facts(case.subject.as_str(), "vault.opened.v1").await, 0);
        assert_eq!(
            case.asks_review(app).await.expect_err("nothing").code(),
            "nothing_refused"
        );
    });
}

#[test]
fn answers_out_of_range_are_refused_and_the_young_are_asked_whether_they_study() {
    TestApp::run(async |app| {
        let case = case_of(app, &Someone::born("20060315", 1)).await;
        for (age, said, code) in [
            (20, answers("employed", -1, "electronics"), "amount_range"),
            (
                20,
                answers("employed", i64::MAX, "electronics"),
                "amount_range",
            ),
            (20, answers("employed", 1, "anything"), "purpose_unknown"),
            (
                20,
                answers("employed", 500_000, "electronics"),
                "studying_missing",
            ),
        ] {
            let refused = case.declares(app, age, &said).await;
            assert_eq!(refused.expect_err("refused").code(), code, "{said}");
        }
        assert_eq!(case.view(app, 20).await["ask_studying"], "yes");
        assert_eq!(case.view(app, 26).await["ask_studying"], "no");
        assert_eq!(case.progress(app).await, Progress::Open);
    });
}

#[test]
fn a_student_is_refused_kindly_and_a_person_looks_on_request() {
    TestApp::run(async |app| {
        let case = case_of(app, &Someone::born("20060315", 1)).await;
        let mut said = answers("other", 800_000, "electronics");
        said["studying"] = json!("yes");
        case.declares(app, 20, &said).await.expect("declared");
        assert_eq!(case.progress(app).await, Progress::Refused);
        let shown = case.view(app, 20).await;
        assert_eq!(shown["reasons"][0]["code"], "student");
        let instead = shown["instead"]["zh"].as_str().expect("somewhere to turn");
        assert!(instead.contains("国家助学贷款"), "{instead}");

        let staff = Staff::signs_in(app, "heyun").await;
        assert_eq!(open_reviews(app, &staff).await.len(), 0);
        assert_eq!(case.asks_review(app).await.expect("asked"), Changed::Yes);
        assert_eq!(case.asks_review(app).await.expect("asked"), Changed::No);
        assert_eq!(case.progress(app).await, Progress::NeedsPerson);
        let rows = open_reviews(app, &staff).await;
        assert_eq!(
            (rows.len(), &rows[0]["cause"], &rows[0]["case"]),
            (1, &json!("asked"), &json!(case.id))
        );
        let review = rows[0]["id"].as_str().expect("an id");
        let service = Staff::signs_in(app, "luoyifan").await;
        closes(app, &service, review, "pass")
            .await
            .refused(403, "right_missing");
        let elsewhere = Staff::signs_in(app, "baolu").await;
        closes(app, &elsewhere, review, "pass")
            .await
            .refused(404, "not_found");
        let closed = closes(app, &staff, review, "refuse").await.ok().json();
        assert_eq!(closed["verdict"], "refuse");
        assert_eq!(case.progress(app).await, Progress::Refused);
        closes(app, &staff, review, "pass")
            .await
            .refused(409, "review_closed");
        assert_eq!(
            case.asks_review(app).await.expect_err("once").code(),
            "review_closed"
        );
        let shown = case.view(app, 20).await;
        assert_eq!(shown["review"]["words"], "我们看过您的材料，和您通了电话。");
        let fact = app.fact(&case.id, "suitability.reviewed.v1").await;
        assert!(fact["words_digest"].is_string() && !fact.to_string().contains("材料"));
    });
}

#[test]
fn what_the_rules_cannot_decide_is_held_and_nobody_reviews_their_own_refusal() {
    TestApp::run(async |app| {
        let case = case_of(app, &Someone::adult(1)).await;
        let said = answers("farmer", 0, "home");
        case.declares(app, 48, &said).await.expect("declared");
        assert_eq!(case.progress(app).await, Progress::NeedsPerson);
        let staff = Staff::signs_in(app, "heyun").await;
        let rows = open_reviews(app, &staff).await;
        assert_eq!(rows[0]["cause"], "held");
        let held = rows[0]["id"].as_str().expect("an id");
        closes(app, &staff, held, "refuse").await.ok();
        assert_eq!(case.progress(app).await, Progress::Refused);
        case.asks_review(app).await.expect("asked");
        let rows = open_reviews(app, &staff).await;
        let asked = rows[0]["id"].as_str().expect("an id");
        closes(app, &staff, asked, "pass")
            .await
            .refused(409, "review_own_decision");
        let csv = staff
            .get(app, "/api/console/reviews?format=csv")
            .await
            .ok()
            .text();
        assert!(csv.contains(held) && csv.contains(asked), "{csv}");
        // Found by journey or by the person's own number, narrowed by state, step and cause.
        let someone = Someone::adult(1);
        let phone = someone.phone.as_str();
        for (search, found) in [
            (json!({ "q": case.id }), vec![asked, held]),
            (json!({ "q": phone }), vec![asked, held]),
            (json!({ "q": phone, "state": "closed" }), vec![held]),
            (json!({ "q": phone, "cause": "asked" }), vec![asked]),
            (json!({ "q": phone, "step": "credit_decision" }), vec![]),
            (json!({ "q": Someone::adult(2).phone }), vec![]),
        ] {
            let path = "/api/console/reviews/search";
            let page = staff.send(app, Method::POST, path, Some(&search)).await;
            let page = page.ok().json();
            let rows = page["rows"].as_array().expect("rows");
            // Reviews of one instant have no order.
            let ids: BTreeSet<&str> = rows.iter().filter_map(|row| row["id"].as_str()).collect();
            assert_eq!(ids, BTreeSet::from_iter(found), "{search}");
        }
        let narrowed = format!("/api/console/reviews?cause=held&journey={}", case.id);
        let page = staff.get(app, &narrowed).await.ok().json();
        assert_eq!(page["rows"][0]["id"], held);
        let unknown = staff.get(app, "/api/console/reviews?cause=soul").await;
        unknown.refused(422, "invalid_request");
    });
}

#[test]
fn what_the_lender_knows_counts_and_comes_before_the_answers() {
    TestApp::run(async |app| {
        let case = case_of(app, &Someone::adult(1)).await;
        let lender = Partner::of(app, ANHE);
        let path = format!("/v1/journeys/{}/supplied", case.id);
        for (body, status, code) in [
            (
                json!({ "figures": { "credit_here": -1 } }),
                422,
                "amount_range",
            ),
            (json!({ "scene": { "mcc": 10_000 } }), 422, "scene_mcc"),
            (
                json!({ "figures": { "salary": 1 } }),
                422,
                "invalid_request",
            ),
        ] {
            lender.post(app, &path, &body).await.refused(status, code);
        }
        let known = json!({ "figures": { "credit_here": 19_000_000 }, "scene": { "mcc": 5732, "amount": 2_000_000 } });
        lender.post(app, &path, &known).await.ok();
        let fact = app.fact(&case.id, "suitability.supplied.v1").await;
        assert_eq!(fact, json!({ "figures": ["credit_here"], "mcc": 5732 }));
        let said = answers("employed", 9_000_000, "electronics");
        case.declares(app, 48, &said).await.expect("declared");
        assert_eq!(case.progress(app).await, Progress::Refused);
        assert_eq!(
            case.view(app, 48).await["reasons"][0]["code"],
            "credit_ceiling"
        );
        let opened = app.fact(case.subject.as_str(), "vault.opened.v1").await;
        assert_eq!(opened["purpose"], "assess_affordability");
        lender
            .post(app, &path, &known)
            .await
            .refused(409, "affordability_assessed");
    });
}

fn refusal() -> Value {
    json!({ "ruling": "refused", "made": "automatically",
        "reasons": [{ "code": "history", "text": { "zh": "近期有未还清的逾期", "en": "Recent payments are overdue" } }] })
}

#[test]
fn the_lender_s_refusal_is_explained_reviewed_and_may_be_decided_anew() {
    TestApp::run(async |app| {
        let steps = json!(["credit_decision", "cost_disclosure"]);
        offers(app, &steps).await.expect("released");
        let lender = Partner::of(app, ANHE);
        let opened = lender
            .opens(app, &Someone::adult(1), "hexiang", loan())
            .await;
        let path = format!("/v1/journeys/{}/decision", opened.id);
        let mut borrower = Borrower::with(&opened.url);
        let journey = borrower.enters(app, &opened.id).await;
        assert_eq!(
            journey["steps"][0],
            json!({ "protection": "credit_decision", "progress": "waiting" })
        );
        let mut speechless = refusal();
        speechless["reasons"] = json!([]);
        lender
            .post(app, &path, &speechless)
            .await
            .refused(422, "decision_reasons");
        lender.post(app, &path, &refusal()).await.ok();
        lender.post(app, &path, &refusal()).await.ok();
        assert_eq!(app.facts(&opened.id, "suitability.decided.v1").await, 1);
        let approval = json!({ "ruling": "approved", "made": "by_person", "limit": 2_000_000 });
        lender
            .post(app, &path, &approval)
            .await
            .refused(409, "decision_final");
        app.settle().await;
        assert_eq!(lender.missing(app, &opened.id).await[0], "credit_refused");

        let journey = borrower.journey(app).await;
        assert_eq!(
            journey["credit_decision"]["reasons"][0]["text"]["zh"],
            "近期有未还清的逾期"
        );
        let review = "/api/h5/steps/credit_decision/review";
        let asked = borrower.post(app, review, &json!({})).await.ok().json();
        assert_eq!(asked["steps"][0]["progress"], "needs_person");
        assert_eq!(asked["credit_decision"]["review"]["cause"], "asked");
        borrower
            .post(app, "/api/h5/steps/affordability/review", &json!({}))
            .await
            .refused(409, "step_not_asked");
        let staff = Staff::signs_in(app, "heyun").await;
        let rows = open_reviews(app, &staff).await;
        let id = rows[0]["id"].as_str().expect("an id");
        closes(app, &staff, id, "pass").await.ok();
        let journey = borrower.journey(app).await;
        assert_eq!(journey["steps"][0]["progress"], "waiting");
        assert_eq!(journey["credit_decision"]["ruling"], Value::Null);

        // Too small a limit for this loan: the lender is still waited for.
        let mut small = approval.clone();
        small["limit"] = json!(1_999_999);
        lender.post(app, &path, &small).await.ok();
        let journey = borrower.journey(app).await;
        assert_eq!(journey["steps"][0]["progress"], "waiting");
        let digest = borrower.digest(app).await;
        borrower
            .steps(app, "shown", &digest)
            .await
            .refused(409, "step_too_early");
        lender
            .post(
                app,
                &format!("/v1/journeys/{}/loan", opened.id),
                &json!({ "principal": 1_900_000, "periods": 12 }),
            )
            .await
            .ok();
        let journey = borrower.journey(app).await;
        assert_eq!(journey["current"], "cost_disclosure");
    });
}

#[test]
fn figures_supplied_for_one_loan_decide_no_other() {
    TestApp::run(async |app| {
        let someone = Someone::adult(1);
        let said = answers("employed", 9_000_000, "electronics");
        let supplies = async |case: &Case, credit_here: i64| {
            let body = json!({ "figures": { "credit_here": credit_here } });
            let path = format!("/v1/journeys/{}/supplied", case.id);
            Partner::of(app, ANHE).post(app, &path, &body).await.ok();
        };
        let first = case_of(app, &someone).await;
        supplies(&first, 19_000_000).await;
        // Nobody supplied anything for this one.
        let other = another_of(app, &someone, "other").await;
        other.declares(app, 48, &said).await.expect("declared");
        assert_eq!(other.progress(app).await, Progress::Done);
        // Newer figures for a third leave the first's in their place.
        let third = another_of(app, &someone, "third").await;
        supplies(&third, 100).await;
        first.declares(app, 48, &said).await.expect("declared");
        assert_eq!(first.progress(app).await, Progress::Refused);
        let reasons = first.view(app, 48).await["reasons"].clone();
        assert_eq!(reasons[0]["code"], "credit_ceiling");
        third.declares(app, 48, &said).await.expect("declared");
        assert_eq!(third.progress(app).await, Progress::Done);
        // From before cases kept their own: what is there now was not supplied for this one.
        let older = another_of(app, &someone, "older").await;
        supplies(&older, 100).await;
        let mut tx = app
            .ctx
            .db
            .begin_unrecorded(
                &institution_id(app, ANHE).await,
                "as an older house left it",
            )
            .await
            .expect("a transaction");
        tx.exec(
            "UPDATE suitability_supplied SET item_version = item_version + 1 WHERE case_id = $1",
            xiaobao::values![older.id.as_str()],
        )
        .await
        .expect("changed");
        tx.commit().await.expect("committed");
        older.declares(app, 48, &said).await.expect("declared");
        assert_eq!(older.progress(app).await, Progress::NeedsPerson);
        let reasons = older.view(app, 48).await["reasons"].clone();
        assert_eq!(reasons[0]["code"], "figures_unsure");
    });
}
