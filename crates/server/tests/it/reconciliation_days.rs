//! 对账: when a day may be compared, and when no more.

use axum::http::StatusCode;
use serde_json::json;
use xiaobao::db::{Read as _, Scope};
use xiaobao::{disbursement, journey, rectification, values};

use crate::actors::{ANHE, Partner, Staff, institution_id};
use crate::app::TestApp;
use crate::batch::{Lender, looks};
use crate::disbursed::{receipt, released, reports};
use crate::money::drawn;
use crate::reconciliation::{DAY, HEADER, KIND, day, line, paid, the_day_is_over};

#[test]
fn a_day_is_told_when_it_is_over_and_holds_what_was_paid_on_it() {
    TestApp::run(async |app| {
        let lender = Lender::connects(app).await;
        let (loan, at) = paid(app, 1, "PAY-0").await;
        let name = "payments-20261121.csv";
        let result = "payments-20261121-result.csv";
        let early = json!(at.as_i64().expect("an instant") - 24 * 3_600_000);
        let text = format!(
            "{HEADER}\n{}\n{}\n",
            line("PAY-0", &loan.id, 600_000, &at),
            line("PAY-1", &loan.id, 600_000, &early)
        );
        lender.drops(name, &text);
        looks(app).await;
        assert_eq!(lender.outcomes(result), ["refused file_day_not_over"]);
        assert_eq!(app.facts("", KIND).await, 0);
        // Byte for byte the same manifest, once the day is over.
        the_day_is_over(app);
        lender.drops(name, &text);
        looks(app).await;
        let outcomes = lender.outcomes(result);
        assert_eq!(outcomes, ["done", "refused other_day paid_at"]);
        assert_eq!(app.facts("", KIND).await, 1);
    });
}

async fn forgets(app: &TestApp, case: &str) {
    let institution = institution_id(app, ANHE).await;
    let db = &app.ctx.db;
    let tx = db.begin_unrecorded(&institution, "a destruction of a test");
    let mut tx = tx.await.expect("a write");
    let now_ms = app.ctx.clock.now_ms();
    let forgotten = disbursement::forget(&mut tx, case, now_ms).await;
    forgotten.expect("forgotten");
    tx.commit().await.expect("forgotten");
}

#[test]
fn what_was_said_of_a_day_stands_once_its_people_were_destroyed_and_what_comes_late_is_found() {
    TestApp::run(async |app| {
        let lender = Lender::connects(app).await;
        let (_, loan) = drawn(app, 1).await;
        let issued = released(app, &loan).await;
        let partner = Partner::of(app, ANHE);
        let report = async |reference| {
            let payment = receipt(&issued, reference);
            let told = reports(app, &partner, &loan.id, &payment).await;
            told.expect(StatusCode::CREATED);
        };
        report("PAY-0").await;
        let (unbooked, _) = paid(app, 2, "PAY-1").await;
        app.advance_ms(24 * 3_600_000);
        let at = &issued["issued_at_ms"];
        let text = format!("{HEADER}\n{}\n", line("PAY-0", &loan.id, 600_000, at));
        lender.drops("payments-20261121.csv", &text);
        looks(app).await;
        forgets(app, &loan.id).await;
        forgets(app, &unbooked.id).await;
        let staff = Staff::signs_in(app, "luoyifan").await;
        let compare = format!("/api/console/reconciliations/{DAY}/compare");
        let said = async || {
            let compared = day(app, &staff).await["compared"].clone();
            let fields = ["outcome", "lines", "receipts", "differences", "forgotten"];
            json!(fields.map(|field| compared[field].clone()))
        };
        staff.posts(app, &compare, json!({})).await.ok();
        app.run_jobs().await;
        let stands = json!(["differs", 1, 2, 1, 0]);
        assert_eq!(said().await, stands);
        assert_eq!(app.facts("", KIND).await, 1);

        // Reported for a destroyed case, whatever day it names; and a payment that nobody knows.
        report("PAY-9").await;
        forgets(app, &loan.id).await;
        let late = format!("{HEADER}\n{}\n", line("PAY-2", "", 1, at));
        lender.drops("payments-20261121-2.csv", &late);
        looks(app).await;
        let found = json!(["differs", 2, 3, 2, 1]);
        assert_eq!(said().await, found);
        assert_eq!(app.facts("", KIND).await, 2);
    });
}

#[derive(sea_orm::FromQueryResult)]
struct Noted {
    journey_id: Option<String>,
    mark: Option<String>,
}

#[test]
fn rows_lead_to_nobody_once_their_people_were_destroyed_and_still_belong_together() {
    TestApp::run(async |app| {
        let lender = Lender::connects(app).await;
        let (loan, at) = paid(app, 1, "PAY-0").await;
        the_day_is_over(app);
        let right = line("PAY-0", &loan.id, 600_000, &at);
        let typo = right.replace(",600000,", ",6000.00,");
        for (name, row) in [("", typo), ("-2", right)] {
            let name = format!("payments-20261121{name}.csv");
            lender.drops(&name, &format!("{HEADER}\n{row}\n"));
            looks(app).await;
        }
        let noted = async || -> Vec<Noted> {
            let view = app.whole().read(Scope::Unscoped).await.expect("a view");
            let sql = "SELECT journey_id, mark FROM batch_rows ORDER BY incoming_id, no";
            view.all(sql, values![]).await.expect("rows")
        };
        let guessed =
            proof::digest::sha256(format!("xiaobao/payment-row/v1\n{DAY}\nPAY-0").as_bytes());
        let guessed = Some(proof::hex::encode(&guessed));
        let before = noted().await;
        assert!(before.iter().all(|row| row.mark == guessed));
        assert_eq!(before[1].journey_id.as_deref(), Some(loan.id.as_str()));

        let anhe = institution_id(app, ANHE).await;
        let view = app.ctx.db.read(&anhe).await.expect("a view");
        let case = journey::JourneyId::parse(&loan.id).expect("an id");
        let subject = journey::known(&view, &case).await.expect("known").subject;
        drop(view);
        rectification::forget_again(&app.ctx, &anhe, &subject)
            .await
            .expect("forgotten");
        let after = noted().await;
        assert!(
            after
                .iter()
                .all(|row| row.journey_id.is_none() && row.mark != guessed)
        );
        // What came right counts no more, and stays so.
        assert_eq!(after[0].mark, after[1].mark);
        let staff = Staff::signs_in(app, "luoyifan").await;
        let compare = format!("/api/console/reconciliations/{DAY}/compare");
        staff.posts(app, &compare, json!({})).await.ok();
        app.run_jobs().await;
        assert_eq!(day(app, &staff).await["compared"]["refused"], 0);
    });
}
