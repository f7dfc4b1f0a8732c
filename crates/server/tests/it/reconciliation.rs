//! 对账: a day's payments as the lender's books and as we have them.

use axum::http::StatusCode;
use serde_json::{Value, json};

use crate::actors::{ANHE, JIANGLAN, Partner, Staff};
use crate::app::TestApp;
use crate::batch::{Lender, looks};
use crate::disbursed::{receipt, released, reports};
use crate::money::{booking, books, drawn};

const DAY: &str = "2026-11-21";
const HEADER: &str = "payment_reference,loan_number,amount,paid_at";
const KIND: &str = "disbursement.reconciled.v1";
const OPENED: &str = "disbursement.incident_opened.v1";

/// A line of the lender's books.
fn line(reference: &str, loan: &str, amount: i64, paid_at_ms: &Value) -> String {
    let paid_at_ms = paid_at_ms.as_i64().expect("an instant");
    let paid_at = jiff::Timestamp::from_millisecond(paid_at_ms).expect("an instant");
    let loan = if loan.is_empty() {
        String::new()
    } else {
        format!("L-{loan}")
    };
    format!("{reference},{loan},{amount},{paid_at}")
}

async fn day(app: &TestApp, staff: &Staff) -> Value {
    let path = format!("/api/console/reconciliations/{DAY}");
    staff.get(app, &path).await.ok().json()
}

#[test]
fn a_day_whose_both_sides_say_the_same_is_clean_and_goes_out_line_by_line() {
    TestApp::run(async |app| {
        let lender = Lender::connects(app).await;
        let partner = Partner::of(app, ANHE);
        let (_, loan) = drawn(app, 1).await;
        let issued = released(app, &loan).await;
        reports(app, &partner, &loan.id, &receipt(&issued, "PAY-1"))
            .await
            .expect(StatusCode::CREATED);
        let staff = Staff::signs_in(app, "luoyifan").await;
        let waiting = day(app, &staff).await;
        assert_eq!(waiting["compared"], Value::Null);
        assert_eq!(
            waiting["ours"],
            json!({ "booked": 1, "booked_amount": 600_000, "released": 1, "paid": 1, "paid_amount": 600_000, "incidents": 0 })
        );
        let compare = format!("/api/console/reconciliations/{DAY}/compare");
        let early = staff.posts(app, &compare, json!({})).await;
        early.refused(409, "books_missing");

        let paid = line("PAY-1", &loan.id, 600_000, &issued["issued_at_ms"]);
        let text = format!("{HEADER}\n{paid}\n{paid}\n");
        lender.drops("payments-20261121.csv", &text);
        looks(app).await;
        let outcomes = lender.outcomes("payments-20261121-result.csv");
        assert_eq!(outcomes, ["done", "replayed"]);
        let clean = day(app, &staff).await["compared"].clone();
        assert_eq!(
            (&clean["outcome"], &clean["lines"], &clean["receipts"]),
            (&json!("clean"), &json!(1), &json!(1))
        );
        let id = clean["id"].as_str().expect("an id");
        let fact = app.fact(id, KIND).await;
        assert_eq!(
            (
                &fact["outcome"],
                &fact["lines_amount"],
                &fact["differences"]
            ),
            (&json!("clean"), &json!(600_000), &json!(0))
        );
        // Compared again it says the same, and says it once.
        staff.posts(app, &compare, json!({})).await.ok();
        assert_eq!(app.facts(id, KIND).await, 1);

        // Both sides get the day: over HTTP at once, as a file when it is over.
        let path = format!("/v1/reconciliations/{DAY}");
        let ours = partner.get(app, &path).await.ok().json();
        assert_eq!(ours["compared"]["outcome"], "clean");
        let lines = partner.get(app, &format!("{path}/lines?limit=2")).await;
        let lines = lines.ok().json();
        let events: Vec<&Value> = lines["rows"]
            .as_array()
            .expect("rows")
            .iter()
            .map(|line| &line["event"])
            .collect();
        assert_eq!(events, ["booked", "paid"]);
        let next = lines["next"].as_str().expect("another page");
        let rest = partner
            .get(app, &format!("{path}/lines?after={next}"))
            .await
            .ok()
            .json();
        assert_eq!(rest["rows"][0]["event"], "released");
        let other = Partner::of(app, JIANGLAN).get(app, &path).await.ok().json();
        assert_eq!(
            (&other["ours"]["booked"], &other["compared"]),
            (&json!(0), &Value::Null)
        );
        partner
            .get(app, "/v1/reconciliations/yesterday")
            .await
            .refused(422, "invalid_request");
        app.settle().await;
        app.advance_ms(24 * 3_600_000);
        looks(app).await;
        let file = lender.reads("reconciliation-20261121-1.csv");
        let number = format!("L-{}", loan.id);
        assert_eq!(file.lines().count(), 4, "{file}");
        assert!(file.lines().skip(1).all(|line| line.contains(&number)));
        assert!(file.contains("PAY-1") && !file.contains("3446"), "{file}");
    });
}

#[test]
fn whatever_one_side_has_and_the_other_has_not_opens_an_incident_once() {
    TestApp::run(async |app| {
        let lender = Lender::connects(app).await;
        let partner = Partner::of(app, ANHE);
        let mut issued = Vec::new();
        let mut loans = Vec::new();
        for number in 1..=5 {
            let (_, loan) = drawn(app, number).await;
            issued.push(released(app, &loan).await);
            loans.push(loan);
        }
        let (_, tokenless) = drawn(app, 6).await;
        let body = booking(app, &partner, &tokenless.id).await;
        books(app, &partner, &tokenless.id, "tokenless", &body)
            .await
            .expect(StatusCode::CREATED);
        // The first as it should be, the second with another sum in the books, the third in no books at all.
        for at in 0..3 {
            let body = receipt(&issued[at], &format!("PAY-{at}"));
            reports(app, &partner, &loans[at].id, &body)
                .await
                .expect(StatusCode::CREATED);
        }
        app.advance_ms(10 * 60_000);
        let at = &issued[0]["issued_at_ms"];
        let at_3 = &issued[3]["issued_at_ms"];
        let text = [
            HEADER.to_owned(),
            line("PAY-0", &loans[0].id, 600_000, at),
            line("PAY-1", &loans[1].id, 590_000, at),
            // The fourth was paid and not reported, the fifth's token was left to run out.
            line("PAY-3", &loans[3].id, 600_000, at_3),
            line("PAY-6", &tokenless.id, 600_000, at),
            line("PAY-9", "", 1, at),
            "PAY-0,,1,2026-11-21T10:00:00+08:00".to_owned(),
            "PAY-8,,none,2026-11-21T10:00:00+08:00".to_owned(),
            "PAY-8,,1,yesterday".to_owned(),
        ]
        .join("\n");
        lender.drops("payments-20261121.csv", &text);
        looks(app).await;
        assert_eq!(
            lender.outcomes("payments-20261121-result.csv"),
            [
                "done",
                "differs sum_differs",
                "differs unreported",
                "differs no_token",
                "differs unknown_reference",
                "refused line_differs",
                "refused wrong_type amount",
                "refused wrong_type paid_at",
            ]
        );
        let staff = Staff::signs_in(app, "luoyifan").await;
        let found = async |finding: &str| {
            let path = format!("/api/console/incidents?finding={finding}");
            let page = staff.get(app, &path).await.ok().json();
            page["rows"].as_array().expect("rows").clone()
        };
        for (finding, journey) in [
            ("sum_differs", &loans[1].id),
            ("unreported", &loans[3].id),
            ("no_token", &tokenless.id),
            ("not_in_books", &loans[2].id),
            ("token_unpaid", &loans[4].id),
        ] {
            let rows = found(finding).await;
            assert_eq!(rows.len(), 1, "{finding}");
            assert_eq!(rows[0]["journey"], journey.as_str(), "{finding}");
        }
        let astray = found("unknown_reference").await;
        assert_eq!((astray.len(), &astray[0]["journey"]), (1, &Value::Null));
        let path = format!(
            "/api/console/incidents/{}",
            astray[0]["id"].as_str().expect("an id")
        );
        let page = staff.get(app, &path).await.ok().json();
        assert_eq!(
            (
                &page["payment"]["payment_reference"],
                &page["payment"]["payee_masked"]
            ),
            (&json!("PAY-9"), &Value::Null)
        );
        let compared = day(app, &staff).await["compared"].clone();
        assert_eq!(
            (
                &compared["outcome"],
                &compared["differences"],
                &compared["lines"],
                &compared["receipts"]
            ),
            (&json!("differs"), &json!(6), &json!(5), &json!(3))
        );
        let id = compared["id"].as_str().expect("an id").to_owned();
        let opened = app.facts("", OPENED).await;

        // Run twice it finds the same, and opens nothing anew; a late report takes one difference away.
        let compare = format!("/api/console/reconciliations/{DAY}/compare");
        staff.posts(app, &compare, json!({})).await.ok();
        assert_eq!(app.facts("", OPENED).await, opened);
        assert_eq!(app.facts(&id, KIND).await, 1);
        reports(app, &partner, &loans[3].id, &receipt(&issued[3], "PAY-3"))
            .await
            .expect(StatusCode::CREATED);
        let after = staff.posts(app, &compare, json!({})).await.ok().json();
        assert_eq!(after["compared"]["differences"], 5);
        assert_eq!(app.facts(&id, KIND).await, 2);
        let list = staff.get(app, "/api/console/reconciliations").await;
        let list = list.ok().json();
        assert_eq!(list["rows"][0]["day"], DAY);
        let stranger = Staff::signs_in(app, "baolu").await;
        let theirs = stranger.get(app, "/api/console/reconciliations").await;
        assert_eq!(theirs.ok().json()["rows"], json!([]));
    });
}
