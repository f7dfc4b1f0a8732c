//! The desk in front of the vault: seen masked, opened with a reason, destroyed by two.

use axum::http::Method;
use proof::bundle::{Trust, Verdict, verify};
use serde_json::{Value, json};
use xiaobao::db::{Read as _, Scope};
use xiaobao::journey;
use xiaobao::ledger::{self, Seat};
use xiaobao::values;
use xiaobao::vault::{self, Basis, ItemKind, Private, Purpose, SubjectId};

use crate::actors::{
    ANHE, Borrower, JIANGLAN, Opened, Partner, Someone, Staff, institution_id, loan,
};
use crate::app::{Answer, Count, TestApp};
use crate::identity;

const A_DAY_MS: u64 = 86_400_000;

struct Desk {
    someone: Someone,
    opened: Opened,
    subject: SubjectId,
    /// May look and open, and propose or agree to a destruction.
    service: Staff,
}

impl Desk {
    async fn ready(app: &TestApp, number: u32) -> Self {
        let someone = Someone::adult(number);
        // Ids of one instant have no order.
        app.advance_ms(1);
        let opened = Partner::of(app, ANHE)
            .opens(app, &someone, "hexiang", loan())
            .await;
        let anhe = institution_id(app, ANHE).await;
        let view = app.ctx.db.read(&anhe).await.expect("a view");
        let found = vault::search(&app.ctx, &view, ItemKind::Phone, &someone.phone).await;
        let subject = found.expect("a search").remove(0);
        drop(view);
        let mut tx = ledger::begin(&app.ctx, &Seat::system(&anhe, "test"))
            .await
            .expect("a write");
        let address = Private::from("浙江省杭州市西湖区文三路 1 号");
        let whose = (&subject, opened.id.as_str());
        vault::keep(&mut tx, whose, ItemKind::Address, &address)
            .await
            .expect("kept");
        let until_ms = tx.now_ms() + 86_400_000;
        let phone = [ItemKind::Phone];
        vault::grant(
            &mut tx,
            &subject,
            Purpose::CallBack,
            &phone,
            Basis::Contract,
            until_ms,
        )
        .await
        .expect("granted");
        ledger::commit_recorded(tx).await.expect("committed");
        Self {
            someone,
            opened,
            subject,
            service: Staff::signs_in(app, "luoyifan").await,
        }
    }

    fn path(&self, rest: &str) -> String {
        format!("/api/console/subjects/{}{rest}", self.subject)
    }

    async fn card(&self, app: &TestApp) -> Value {
        self.service.get(app, &self.path("")).await.ok().json()
    }

    async fn posts(&self, app: &TestApp, staff: &Staff, rest: &str, body: Value) -> Answer {
        staff
            .send(app, Method::POST, &self.path(rest), Some(&body))
            .await
    }

    async fn opens(&self, app: &TestApp, item: &str, purpose: &str, reason: &str) -> Answer {
        let body = json!({ "item": item, "purpose": purpose, "reason": reason, "journey": self.opened.id });
        self.posts(app, &self.service, "/open", body).await
    }
}

/// One item of a card.
fn item<'a>(card: &'a Value, kind: &str) -> &'a Value {
    let mut items = card["items"].as_array().expect("items").iter();
    items.find(|item| item["item"] == kind).expect("the item")
}

#[test]
fn a_subject_is_found_and_shown_masked_with_why_and_how_long() {
    TestApp::run(async |app| {
        let desk = Desk::ready(app, 41).await;
        for q in [&desk.someone.phone, &desk.someone.id_number] {
            let path = "/api/console/subjects/search";
            let found = desk
                .service
                .send(app, Method::POST, path, Some(&json!({ "q": q })))
                .await
                .ok()
                .json();
            assert_eq!(found["rows"][0]["id"], desk.subject.as_str());
        }
        let list = desk
            .service
            .get(app, "/api/console/subjects?limit=1")
            .await
            .ok()
            .json();
        assert_eq!(list["rows"][0]["id"], desk.subject.as_str(), "newest first");
        let file = desk
            .service
            .get(app, "/api/console/subjects?format=csv")
            .await;
        let card = desk.card(app).await;
        for text in [list.to_string(), card.to_string(), file.ok().text()] {
            for secret in [
                &desk.someone.name,
                &desk.someone.phone,
                &desk.someone.id_number,
            ] {
                assert!(!text.contains(secret.as_str()), "{text}");
            }
        }
        let address = item(&card, "address");
        assert_eq!(address["masked"], "浙江省杭州市***");
        assert_eq!(address["journey"], desk.opened.id.as_str());
        let phone = item(&card, "phone");
        assert_eq!(phone["class"], "C2");
        assert_eq!(phone["source"], "partner");
        assert_eq!(phone["retention"], "relation_end_plus_10_years");
        assert_eq!(phone["retention_years"], 10);
        assert!(card["days_left"].is_null(), "the relation lasts");
        let mut grants = card["grants"].as_array().expect("grants").iter();
        assert!(grants.any(|grant| grant["purpose"] == "call_back" && grant["live"] == true));
    });
}

#[test]
fn an_item_opens_for_a_purpose_and_a_reason_and_everybody_can_see_that() {
    TestApp::run(async |app| {
        let desk = Desk::ready(app, 42).await;
        let value = desk
            .opens(app, "phone", "call_back", "客户请求回电")
            .await
            .ok()
            .json();
        assert_eq!(value["value"], desk.someone.phone.as_str());
        assert_eq!(value["shown_ms"], 30_000);
        for (item, purpose, reason, status, code) in [
            ("phone", "marketing", "想推荐产品", 403, "grant_missing"),
            ("id_number", "call_back", "核对身份", 403, "grant_missing"),
            ("phone", "call_back", "", 422, "reason_missing"),
            (
                "phone",
                "call_back",
                "请回 13800000000",
                422,
                "reason_tells_numbers",
            ),
            ("face", "call_back", "看看", 422, "invalid_request"),
        ] {
            desk.opens(app, item, purpose, reason)
                .await
                .refused(status, code);
        }
        // Without a journey, at night: strange.
        app.advance_ms(13 * 3_600_000);
        let service = Staff::signs_in(app, "luoyifan").await;
        let body = json!({ "item": "phone", "purpose": "call_back", "reason": "夜间回电" });
        desk.posts(app, &service, "/open", body).await.ok();
        let reviewer = Staff::signs_in(app, "heyun").await;
        let path = "/api/console/openings?show=strange";
        let strange = reviewer.get(app, path).await.ok().json();
        assert_eq!(strange["rows"].as_array().expect("rows").len(), 1);
        assert_eq!(
            strange["rows"][0]["strange"],
            json!(["night", "no_journey"])
        );
        assert_eq!(strange["rows"][0]["reason"], "夜间回电");
        assert_eq!(strange["rows"][0]["by"], "罗一帆 AH-0217");
        service.get(app, path).await.refused(403, "right_missing");
        // The person sees roles, not names and not reasons.
        let mut borrower = Borrower::with(&desk.opened.url);
        borrower.enters(app, &desk.opened.id).await;
        let mine = borrower.get(app, "/api/h5/me/openings").await.ok();
        let text = mine.text();
        assert!(!text.contains("罗一帆") && !text.contains("回电"), "{text}");
        let mine = mine.json();
        let rows = mine["rows"].as_array().expect("rows");
        let seen: Vec<&str> = rows.iter().filter_map(|row| row["by"].as_str()).collect();
        assert_eq!(seen, ["system", "staff", "staff"]);
        assert_eq!(app.facts(desk.subject.as_str(), "vault.opened.v1").await, 3);
    });
}

#[test]
fn data_is_destroyed_by_two_people_after_its_time_and_the_log_still_holds() {
    TestApp::run(async |app| {
        let desk = Desk::ready(app, 43).await;
        app.settle().await;
        let why = json!({ "why": "retention_over" });
        let proposes =
            async |staff: &Staff| desk.posts(app, staff, "/destruction", why.clone()).await;
        proposes(&desk.service).await.refused(409, "relation_lasts");
        let future = json!({ "on": "2027-01-01" });
        desk.posts(app, &desk.service, "/relation-end", future)
            .await
            .refused(422, "invalid_request");
        let today = json!({ "on": "2026-11-21" });
        let card = desk.posts(app, &desk.service, "/relation-end", today).await;
        assert_eq!(card.ok().json()["days_left"], 3_654);
        proposes(&desk.service).await.refused(409, "must_be_kept");

        app.advance_ms(3_654 * A_DAY_MS);
        let service = Staff::signs_in(app, "luoyifan").await;
        let reviewer = Staff::signs_in(app, "heyun").await;
        let held = desk.posts(app, &service, "/holds", json!({ "why": "litigation" }));
        let held = held.await.ok().json();
        proposes(&service).await.refused(409, "legal_hold");
        let hold = held["holds"][0]["id"].as_str().expect("a hold");
        let lift = format!("/holds/{hold}/lift");
        desk.posts(app, &reviewer, &lift, json!({})).await.ok();
        let card = proposes(&service).await.ok().json();
        proposes(&reviewer)
            .await
            .refused(409, "destruction_proposed");
        let id = card["proposed"]["id"].as_str().expect("a proposal");
        let approve = format!("/api/console/destructions/{id}/approve");
        service
            .post(app, &approve)
            .await
            .refused(409, "destruction_own");
        let stranger = Staff::signs_in(app, "baolu").await;
        stranger.post(app, &approve).await.refused(404, "not_found");
        // Every fact must have its place before it can be named.
        reviewer
            .post(app, &approve)
            .await
            .refused(409, "facts_waiting");
        app.settle().await;
        let answer = reviewer.post(app, &approve).await;
        assert_eq!(answer.status.as_u16(), 204, "{}", answer.text());
        reviewer
            .post(app, &approve)
            .await
            .refused(409, "destruction_done");

        reviewer
            .get(app, &desk.path(""))
            .await
            .refused(404, "not_found");
        let subject = desk.subject.as_str();
        let view = app.whole().read(Scope::Unscoped).await.expect("a view");
        for table in ["items", "case_items", "grants", "openings"] {
            let sql = format!("SELECT COUNT(*) AS n FROM vault_{table} WHERE subject_id = $1");
            let row: Option<Count> = view.one(&sql, values![subject]).await.expect("a query");
            assert_eq!(row.expect("a row").n, 0, "{table}");
        }
        let bodies = "SELECT COUNT(*) AS n FROM ledger_facts WHERE subject_id = $1 AND (body IS NOT NULL OR salt IS NOT NULL)";
        let row: Option<Count> = view.one(bodies, values![subject]).await.expect("a query");
        assert_eq!(row.expect("a row").n, 0, "facts about the subject");
        drop(view);
        let destroyed = app.fact(subject, "vault.destroyed.v1").await;
        assert_eq!(destroyed["items"], 5);
        let list = reviewer
            .get(app, "/api/console/destructions")
            .await
            .ok()
            .json();
        assert_eq!(list["rows"][0]["state"], "done");
        assert_eq!(list["rows"][0]["facts"], destroyed["facts"]);
        app.settle().await;
        assert_eq!(app.faults().await, Vec::<String>::new());
        certified(app, &reviewer, &stranger, id, subject).await;
        // The same person may come again, as somebody new.
        let anhe = institution_id(app, ANHE).await;
        let mut tx = ledger::begin(&app.ctx, &Seat::system(&anhe, "test"))
            .await
            .expect("a write");
        let again = vault::enrol(&mut tx, &desk.someone.person(), "jny_again").await;
        ledger::commit_recorded(tx).await.expect("committed");
        assert_ne!(again.expect("enrolled").id, desk.subject);
    });
}

#[test]
fn an_application_by_whoever_knows_the_number_renews_no_relation() {
    TestApp::run(async |app| {
        let desk = Desk::ready(app, 44).await;
        let today = json!({ "on": "2026-11-21" });
        desk.posts(app, &desk.service, "/relation-end", today)
            .await
            .ok();
        let stranger = Someone {
            name: "王小明".to_owned(),
            phone: "19909999999".to_owned(),
            ..desk.someone.clone()
        };
        let newer = Partner::of(app, ANHE)
            .opens(app, &stranger, "hemiao", loan())
            .await;
        let card = desk.service.get(app, &desk.path("")).await.ok().json();
        assert!(!card["relation_ended_at_ms"].is_null());
        assert_eq!(card["phone_masked"], "199****0044");
        let own = |kind: &str| {
            let items = card["items"].as_array().expect("items").clone();
            let of = |row: &Value| row["item"] == kind && row["journey"] == newer.id.as_str();
            items.into_iter().find(of).expect("the newer case's own")["masked"].clone()
        };
        assert_eq!([own("name"), own("phone")], ["王**", "199****9999"]);
        // Whose identity is verified came back.
        identity::checked(app, &stranger, &newer.id).await;
        let card = desk.service.get(app, &desk.path("")).await.ok().json();
        assert!(card["relation_ended_at_ms"].is_null());
        assert_eq!(
            (&card["name_masked"], &card["phone_masked"]),
            (&json!("王**"), &json!("199****9999"))
        );
    });
}

/// A destruction that was just sequenced gets its certificate, and the final one once its epoch is over.
async fn certified(app: &TestApp, staff: &Staff, stranger: &Staff, id: &str, subject: &str) {
    let path = format!("/api/console/destructions/{id}/certificate");
    let partner_path = format!("/v1/destructions/{id}/certificate");
    staff.get(app, &path).await.refused(404, "not_found");
    app.advance_ms(2_000);
    app.run_jobs().await;
    let provisional = staff.get(app, &path).await.ok().bytes;
    assert!(provisional.starts_with(b"%PDF-1."));
    assert_eq!(
        sworn(app, subject, "provisional").await,
        sha256(&provisional)
    );
    stranger.get(app, &path).await.refused(404, "not_found");
    let figures = staff.get(app, "/api/console/epochs").await.ok().json();
    assert_eq!(figures["epochs"][0]["state"], "current");
    let subjects = figures["moved"].as_i64().expect("a number");
    // Each person of the demo has name, ID number and phone, and their masked forms.
    assert!(subjects > 0 && figures["epochs"][0]["items"].as_i64() >= Some(4 * subjects));

    while vault::advance(&app.ctx, 1).await.expect("a step") != vault::Step::Idle {}
    app.prove().await;
    app.advance_ms(A_DAY_MS);
    app.run_jobs().await;
    let fetched = async |code: &str| {
        let partner = Partner::of(app, code);
        partner
            .send(app, Method::GET, &partner_path, &[], None)
            .await
    };
    let last = fetched(ANHE).await.ok().bytes;
    fetched(JIANGLAN).await.refused(404, "not_found");
    assert_ne!(last, provisional);
    assert_eq!(sworn(app, subject, "final").await, sha256(&last));
    let path = "/v1/destructions?limit=1";
    let partner = Partner::of(app, ANHE);
    let list = partner.send(app, Method::GET, path, &[], None).await;
    let list = list.ok().json();
    let row = &list["rows"][0];
    assert_eq!(
        (&row["id"], &row["certificate"]),
        (&json!(id), &json!("final"))
    );
    assert_eq!(
        row["kinds"],
        json!(["address", "id_number", "name", "phone"])
    );
    assert_eq!(row["certificate_digest"], sha256(&last));
    let figures = figures_of(app, "luoyifan").await;
    let states = [0, 1].map(|at| figures["epochs"][at]["state"].clone());
    assert_eq!(states, ["current", "destroyed"]);
    // Nothing is left to print.
    app.advance_ms(60 * A_DAY_MS);
    app.run_jobs().await;
    let issued = app.facts(subject, "custody.certificate_issued.v1").await;
    assert_eq!(issued, 2);
}

async fn figures_of(app: &TestApp, account: &str) -> Value {
    let staff = Staff::signs_in(app, account).await;
    staff.get(app, "/api/console/epochs").await.ok().json()
}

fn sha256(bytes: &[u8]) -> String {
    proof::hex::encode(&proof::digest::sha256(bytes))
}

/// The digest of the newest certificate that the log swears to.
async fn sworn(app: &TestApp, subject: &str, edition: &str) -> String {
    let fact = app.fact(subject, "custody.certificate_issued.v1").await;
    assert_eq!(fact["edition"], edition);
    fact["pdf_sha256"].as_str().expect("a digest").to_owned()
}

#[test]
fn the_bundle_of_a_case_tells_what_was_forgotten() {
    TestApp::run(async |app| {
        let desk = Desk::ready(app, 44).await;
        app.settle().await;
        let anhe = institution_id(app, ANHE).await;
        // A fact of the journey that is about nobody stays.
        let mut tx = ledger::begin(&app.ctx, &Seat::system(&anhe, "test"))
            .await
            .expect("a write");
        ledger::forget(&mut tx, &desk.subject)
            .await
            .expect("forgotten");
        ledger::commit(
            tx,
            ledger::Fact::of(&desk.opened.id, &Noted { note: "after" }).expect("a fact"),
        )
        .await
        .expect("committed");
        app.prove().await;
        let bytes = ledger::bundle(
            &app.ctx,
            &anhe,
            &desk.opened.id,
            ledger::Enclosed::default(),
        )
        .await
        .expect("a bundle");
        let report = verify(&bytes, &Trust::default());
        assert_eq!(report.failures, vec![], "{report:?}");
        assert_ne!(report.verdict, Verdict::Failed);
        assert!(report.facts.iter().any(|fact| fact.kind.is_none()));
        let told = report.proved.iter().find(|one| one.code == "forgotten");
        assert!(told.is_some(), "{:?}", report.proved);
    });
}

#[derive(serde::Serialize)]
struct Noted {
    note: &'static str,
}

impl ledger::Sworn for Noted {
    const KIND: &'static str = "test.noted.v1";
}

#[test]
fn what_an_older_copy_brings_back_is_wiped_before_anybody_is_served() {
    TestApp::run_damaged(async |app| {
        let desk = Desk::ready(app, 45).await;
        let anhe = institution_id(app, ANHE).await;
        // As the job after a destruction leaves it; the database knows nothing of it.
        let key = format!("vault/destroyed/{anhe}/{}", desk.subject);
        app.ctx
            .blobs
            .put_once(&key, Vec::new())
            .await
            .expect("noted");
        let back = vault::brought_back(&app.ctx).await.expect("checked");
        assert_eq!(back, [(anhe.clone(), desk.subject.clone())]);
        journey::forget_again(&app.ctx, &anhe, &desk.subject)
            .await
            .expect("emptied");
        vault::wipe_again(&app.ctx, &anhe, &desk.subject)
            .await
            .expect("wiped");
        let staff = &desk.service;
        let path = format!("/api/console/journeys/{}", desk.opened.id);
        let left = staff.get(app, &path).await.ok().json();
        assert_eq!(left["borrower_masked"], "***");
        let view = app.ctx.db.read(&anhe).await.expect("a view");
        let gone = vault::subject(&app.ctx, &view, &desk.subject).await;
        assert_eq!(gone.expect_err("gone").code(), "not_found");
        drop(view);
        let back = vault::brought_back(&app.ctx).await.expect("checked");
        assert_eq!(back, []);
    });
}
