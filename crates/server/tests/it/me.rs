//! What a person sees of everything they have with a lender.

use serde_json::{Value, json};
use xiaobao::access;
use xiaobao::db::{Read as _, Scope};
use xiaobao::ledger::{self, Seat};
use xiaobao::notify;
use xiaobao::values;
use xiaobao::vault::{self, ItemKind};

use crate::actors::{ANHE, Borrower, Partner, Someone, institution_id, loan};
use crate::app::{Count, TestApp};
use crate::consent_work::posts_anew;
use crate::{consent, identity};

#[test]
fn a_person_sees_all_of_their_loans_and_nobody_else_s() {
    TestApp::run(async |app| {
        let lender = Partner::of(app, ANHE);
        let someone = Someone::adult(1);
        let older = lender
            .opens(
                app,
                &someone,
                "hemiao",
                json!({ "principal": 600_000, "periods": 6 }),
            )
            .await;
        // Of one instant, ids have no order.
        app.advance_ms(1);
        let newer = lender.opens(app, &someone, "hexiang", loan()).await;
        let foreign = lender
            .opens(app, &Someone::adult(2), "hexiang", loan())
            .await;
        let mut borrower = Borrower::with(&newer.url);
        borrower.enters(app, &newer.id).await;
        let me = borrower.get(app, "/api/h5/me").await.ok().json();
        let ids: Vec<&str> = me["loans"]["rows"]
            .as_array()
            .expect("rows")
            .iter()
            .filter_map(|row| row["id"].as_str())
            .collect();
        assert_eq!(ids, [newer.id.as_str(), older.id.as_str()]);
        let path = format!("/api/h5/me/loans/{}", older.id);
        let one = borrower.get(app, &path).await.ok().json();
        assert_eq!(one["sheet"]["principal"], 600_000);
        let start = one["sheet"]["terms"]["start"].as_str().expect("a day");
        let day = borrower
            .get(app, &format!("{path}/settlement?on={start}"))
            .await
            .ok()
            .json();
        // On the first day nothing has accrued: what was lent is what ends it.
        assert_eq!(
            (&day["total"], &day["interest"]),
            (&json!(600_000), &json!(0))
        );
        borrower
            .get(app, &format!("{path}/settlement?on=2020-01-01"))
            .await
            .refused(422, "invalid_request");
        for part in ["", "/settlement?on=2026-12-01"] {
            let path = format!("/api/h5/me/loans/{}{part}", foreign.id);
            borrower.get(app, &path).await.refused(404, "not_found");
        }
    });
}

/// The ids of the loans that a borrower's page lists, and how far it says that it reaches.
async fn sees(borrower: &Borrower, app: &TestApp) -> (String, Vec<String>) {
    let me = borrower.get(app, "/api/h5/me").await.ok().json();
    let rows = me["loans"]["rows"].as_array().expect("rows");
    let id = |row: &Value| row["id"].as_str().expect("an id").to_owned();
    let reach = me["reach"].as_str().expect("a reach").to_owned();
    (reach, rows.iter().map(id).collect())
}

/// How many rows of a list of the person's own there are.
async fn rows(borrower: &Borrower, app: &TestApp, path: &str) -> usize {
    let page = borrower.get(app, path).await.ok().json();
    page["rows"].as_array().expect("rows").len()
}

#[test]
fn a_stranger_with_the_id_number_sees_nothing_of_the_owner_s_before_identity_is_verified() {
    TestApp::run(async |app| {
        let lender = Partner::of(app, ANHE);
        let (owner, older) = consent::asked(app, 1).await;
        consent::told(&owner, app).await;
        consent::decides(&owner, app, "marketing", "give").await;
        let given = consent::mine(&owner, app, "marketing").await;
        let given = given["id"].as_str().expect("an id");

        let stranger = Someone {
            phone: "19909999999".to_owned(),
            ..Someone::adult(1)
        };
        let newer = lender.opens(app, &stranger, "hexiang", loan()).await;
        let mut borrower = Borrower::with(&newer.url);
        borrower.enters(app, &newer.id).await;
        let own = ("case".to_owned(), vec![newer.id.clone()]);
        assert_eq!(sees(&borrower, app).await, own);
        let path = format!("/api/h5/me/loans/{older}");
        for part in ["", "/settlement?on=2026-12-01"] {
            let path = format!("{path}{part}");
            borrower.get(app, &path).await.refused(404, "not_found");
        }
        let after = format!("/api/h5/me?after={}", newer.id);
        let next = borrower.get(app, &after).await.ok().json();
        assert_eq!(next["loans"]["rows"], json!([]));
        assert_eq!(rows(&borrower, app, "/api/h5/me/consents").await, 0);
        let consent = format!("/api/h5/me/consents/{given}");
        borrower
            .post(app, &format!("{consent}/withdraw"), &json!({}))
            .await
            .refused(404, "not_found");
        borrower
            .get(app, &format!("{consent}/receipt"))
            .await
            .refused(404, "not_found");
        // Only that the code of this very case was sent.
        assert_eq!(rows(&borrower, app, "/api/h5/me/openings").await, 1);
        for list in ["bureau-queries", "adverse-notices"] {
            let path = format!("/api/h5/me/{list}");
            assert_eq!(rows(&borrower, app, &path).await, 0, "{list}");
        }

        identity::checked(app, &stranger, &newer.id).await;
        borrower.enters(app, &newer.id).await;
        let all = ("person".to_owned(), vec![newer.id.clone(), older.clone()]);
        assert_eq!(sees(&borrower, app).await, all);
        borrower.get(app, &path).await.ok();
        assert!(rows(&borrower, app, "/api/h5/me/openings").await > 2);
        borrower
            .post(app, &format!("{consent}/withdraw"), &json!({}))
            .await
            .ok();
    });
}

#[test]
fn whoever_applied_first_sees_nothing_of_a_later_application_from_another_phone() {
    TestApp::run(async |app| {
        let lender = Partner::of(app, ANHE);
        let (first, older) = consent::asked(app, 1).await;
        let own = ("person".to_owned(), vec![older.clone()]);
        assert_eq!(sees(&first, app).await, own);
        let owner = Someone {
            phone: "19909999999".to_owned(),
            ..Someone::adult(1)
        };
        let newer = lender.opens(app, &owner, "hexiang", loan()).await;
        let case = ("case".to_owned(), vec![older]);
        assert_eq!(sees(&first, app).await, case);
        let path = format!("/api/h5/me/loans/{}", newer.id);
        first.get(app, &path).await.refused(404, "not_found");
    });
}

/// The masked number that the newest message about a case went to.
async fn told_at(app: &TestApp, case: &str) -> String {
    let id = institution_id(app, ANHE).await;
    let page = notify::kept(&app.ctx, &id, None, 200).await;
    let rows = page.expect("the outbox").rows;
    let newest = rows.into_iter().find(|kept| kept.case_id == case);
    newest.expect("a message").to_masked
}

/// How many people the desk finds by a phone.
async fn found(app: &TestApp, phone: &str) -> usize {
    let view = app.ctx.db.read(&institution_id(app, ANHE).await).await;
    let found = vault::search(&app.ctx, &view.expect("a view"), ItemKind::Phone, phone).await;
    found.expect("a search").len()
}

#[test]
fn another_phone_serves_only_its_own_case_until_identity_is_verified() {
    TestApp::run(async |app| {
        let lender = Partner::of(app, ANHE);
        let someone = Someone::adult(1);
        let older = lender.opens(app, &someone, "hexiang", loan()).await;
        let moved = Someone {
            phone: "19909999999".to_owned(),
            ..someone.clone()
        };
        let newer = lender.opens(app, &moved, "hexiang", loan()).await;
        let (before, after) = ("199****0001", "199****9999");
        let (mut first, mut second) = (Borrower::with(&older.url), Borrower::with(&newer.url));
        first.enters(app, &older.id).await;
        second.enters(app, &newer.id).await;
        assert_eq!(told_at(app, &older.id).await, before);
        assert_eq!(told_at(app, &newer.id).await, after);
        for (borrower, masked) in [(&first, before), (&second, after)] {
            let link = borrower.link(app).await.ok().json();
            let me = borrower.get(app, "/api/h5/me").await.ok().json();
            let seen = [
                &link["phone_masked"],
                &me["phone_masked"],
                &borrower.journey(app).await["phone_masked"],
            ];
            assert_eq!(seen, [masked; 3]);
        }
        for borrower in [&first, &second] {
            assert_eq!(sees(borrower, app).await.0, "case");
        }
        assert_eq!(found(app, &someone.phone).await, 1);
        assert_eq!(found(app, &moved.phone).await, 1);

        // Messages of one instant have no order.
        app.advance_ms(1);
        identity::checked(app, &moved, &newer.id).await;
        // The phone that was the person's hears of it, and nothing later.
        assert_eq!(told_at(app, &newer.id).await, before);
        first.enters(app, &older.id).await;
        assert_eq!(told_at(app, &older.id).await, after);
        let link = first.link(app).await.ok().json();
        assert_eq!(link["phone_masked"], after);
        assert_eq!(found(app, &someone.phone).await, 0);
        assert_eq!(found(app, &moved.phone).await, 1);
        // Whoever came by the earlier phone and was never verified sees their own case alone.
        assert_eq!(sees(&first, app).await.0, "case");
        assert_eq!(sees(&second, app).await.0, "person");
        let told = app.facts(&newer.id, "access.phone_change_told.v1").await;
        assert_eq!(told, 1);
    });
}

#[test]
fn an_earlier_phone_that_nobody_can_be_told_at_is_forgotten() {
    TestApp::run(async |app| {
        let anhe = institution_id(app, ANHE).await;
        let lender = Partner::of(app, ANHE);
        let someone = Someone::adult(1);
        lender.opens(app, &someone, "hexiang", loan()).await;
        let moved = Someone {
            phone: "19909999999".to_owned(),
            ..someone.clone()
        };
        let newer = lender.opens(app, &moved, "hexiang", loan()).await;
        let view = app.ctx.db.read(&anhe).await.expect("a view");
        let known = vault::search(&app.ctx, &view, ItemKind::IdNumber, &someone.id_number).await;
        let subject = known.expect("a search").remove(0);
        drop(view);
        let mut tx = ledger::begin(&app.ctx, &Seat::system(&anhe, "test"))
            .await
            .expect("a write");
        access::verified(&mut tx, &subject, &newer.id)
            .await
            .expect("verified");
        ledger::commit_recorded(tx).await.expect("committed");
        let earlier = async || {
            let view = app.whole().read(Scope::Unscoped).await.expect("a view");
            let sql = "SELECT COUNT(*) AS n FROM vault_case_items WHERE item = 'earlier_phone' AND case_id = $1";
            let row: Option<Count> = view
                .one(sql, values![newer.id.as_str()])
                .await
                .expect("a query");
            row.expect("a row").n
        };
        assert_eq!(earlier().await, 1);
        // The gateway was away for longer than it may be told.
        app.advance_ms(8 * 86_400_000);
        app.run_jobs().await;
        assert_eq!(earlier().await, 0);
        let told = app.facts(&newer.id, "access.phone_change_told.v1").await;
        assert_eq!(told, 0);
        assert_eq!(found(app, &moved.phone).await, 1);
    });
}

#[test]
fn rights_outlive_the_link_and_steps_do_not() {
    TestApp::run(async |app| {
        let lender = Partner::of(app, ANHE);
        let (mut borrower, case) = consent::asked(app, 1).await;
        consent::told(&borrower, app).await;
        consent::decides(&borrower, app, "marketing", "give").await;
        app.advance_ms(400 * 3_600_000);
        app.run_jobs().await;
        let provision = json!({ "journey": case, "recipient": "hexin", "items": ["name"] });
        posts_anew(app, &lender, "/v1/provisions", &provision)
            .await
            .refused(409, "journey_expired");
        let link = borrower.link(app).await.ok().json();
        assert_eq!(link["state"], "ended");

        let journey = borrower.enters(app, &case).await;
        assert_eq!(
            (&journey["opens"], &journey["state"]),
            (&json!("rights"), &json!("expired"))
        );
        assert_eq!(
            (&journey["steps"], &journey["sheet"]),
            (&json!([]), &Value::Null)
        );
        let here = borrower.journey(app).await;
        assert_eq!(here["opens"], "rights");
        assert_eq!(
            sees(&borrower, app).await,
            ("person".to_owned(), vec![case.clone()])
        );
        assert!(rows(&borrower, app, "/api/h5/me/openings").await > 0);
        consent::withdraws(&borrower, app, "marketing").await.ok();
        borrower.post(app, "/api/h5/person", &json!({})).await.ok();
        borrower
            .get(app, "/api/h5/notices")
            .await
            .refused(409, "rights_only");
        borrower
            .post(
                app,
                "/api/h5/steps/credit_authority/code",
                &json!({ "notice": "credit_authority", "digest": "0" }),
            )
            .await
            .refused(409, "rights_only");
        // Nothing was refused, so there is nothing to look at again.
        borrower
            .post(app, "/api/h5/steps/credit_decision/review", &json!({}))
            .await
            .refused(409, "nothing_refused");
        borrower.post(app, "/api/h5/leave", &json!({})).await;
        borrower
            .get(app, "/api/h5/me")
            .await
            .refused(401, "session_ended");
    });
}
