//! 对账: a day's payments as the lender's books and as we have them.

use axum::http::StatusCode;
use serde_json::{Value, json};
use xiaobao::db::Write as _;

use crate::actors::{ANHE, JIANGLAN, Opened, Partner, Staff, institution_id};
use crate::app::TestApp;
use crate::batch::{Lender, looks, manifest, put};
use crate::disbursed::{receipt, released, reports};
use crate::money::{booking, books, drawn};

pub const DAY: &str = "2026-11-21";
/// The columns of the lender's books.
pub const HEADER: &str = "payment_reference,loan_number,amount,paid_at";
pub const KIND: &str = "disbursement.reconciled.v3";
const OPENED: &str = "disbursement.incident_opened.v1";

/// A line of the lender's books.
pub fn line(reference: &str, loan: &str, amount: i64, paid_at_ms: &Value) -> String {
    let paid_at_ms = paid_at_ms.as_i64().expect("an instant");
    let paid_at = jiff::Timestamp::from_millisecond(paid_at_ms).expect("an instant");
    let loan = if loan.is_empty() {
        String::new()
    } else {
        format!("L-{loan}")
    };
    format!("{reference},{loan},{amount},{paid_at}")
}

/// Payments of a day are handed in when it is over.
pub fn the_day_is_over(app: &TestApp) {
    app.advance_ms(24 * 3_600_000);
}

pub async fn day(app: &TestApp, staff: &Staff) -> Value {
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

        the_day_is_over(app);
        let staff = Staff::signs_in(app, "luoyifan").await;
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
        let going = staff.posts(app, &compare, json!({})).await.ok().json();
        assert_eq!(going["comparing"], true);
        app.run_jobs().await;
        assert_eq!(day(app, &staff).await["comparing"], false);
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
        the_day_is_over(app);
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
        assert_eq!(compared["refused"], 3);
        let id = compared["id"].as_str().expect("an id").to_owned();
        let opened = app.facts("", OPENED).await;

        // Run twice it finds the same, and opens nothing anew; a late report takes one difference away.
        let compare = format!("/api/console/reconciliations/{DAY}/compare");
        staff.posts(app, &compare, json!({})).await.ok();
        app.run_jobs().await;
        assert_eq!(app.facts("", OPENED).await, opened);
        assert_eq!(app.facts(&id, KIND).await, 1);
        reports(app, &partner, &loans[3].id, &receipt(&issued[3], "PAY-3"))
            .await
            .expect(StatusCode::CREATED);
        // Nobody has to ask for it.
        app.advance_ms(2 * 60_000);
        app.run_jobs().await;
        let after = day(app, &staff).await;
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

/// A loan that was paid on its token, reported under a number.
pub async fn paid(app: &TestApp, number: u32, reference: &str) -> (Opened, Value) {
    let (_, loan) = drawn(app, number).await;
    let issued = released(app, &loan).await;
    let partner = Partner::of(app, ANHE);
    reports(app, &partner, &loan.id, &receipt(&issued, reference))
        .await
        .expect(StatusCode::CREATED);
    (loan, issued["issued_at_ms"].clone())
}

#[test]
fn a_day_is_never_clean_while_rows_of_its_file_were_not_taken() {
    TestApp::run(async |app| {
        let lender = Lender::connects(app).await;
        let (loan, at) = paid(app, 1, "PAY-0").await;
        // The second of two lines under one number is refused: nobody knows what it was.
        let text = format!(
            "{HEADER}\n{}\n{}\n",
            line("PAY-0", &loan.id, 600_000, &at),
            line("PAY-0", &loan.id, 590_000, &at)
        );
        the_day_is_over(app);
        let staff = Staff::signs_in(app, "luoyifan").await;
        lender.drops("payments-20261121.csv", &text);
        looks(app).await;
        let said = async || {
            let compared = day(app, &staff).await["compared"].clone();
            let id = compared["id"].as_str().expect("an id").to_owned();
            let fact = app.fact(&id, KIND).await;
            assert_eq!(fact["outcome"], compared["outcome"]);
            assert_eq!(fact["refused"], compared["refused"]);
            (compared["outcome"].clone(), compared["refused"].clone())
        };
        let differs = json!("differs");
        assert_eq!(said().await, (differs.clone(), json!(1)));
        let compare = format!("/api/console/reconciliations/{DAY}/compare");
        staff.posts(app, &compare, json!({})).await.ok();
        app.run_jobs().await;
        assert_eq!(said().await, (differs.clone(), json!(1)), "compared anew");

        // Nor while a file of the day was not taken at all; that one may come again.
        let text = format!("{HEADER}\n{}\n", line("PAY-7", "", 1, &at));
        let wrong = manifest("payments-20261121-2.csv", &text, 3);
        let folder = lender.root.join("in");
        put(&folder, "payments-20261121-2.csv", &text);
        put(&folder, "payments-20261121-2.csv.manifest.json", &wrong);
        looks(app).await;
        assert_eq!(said().await, (differs.clone(), json!(4)));
        lender.drops("payments-20261121-2.csv", &text);
        looks(app).await;
        assert_eq!(said().await, (differs.clone(), json!(1)));

        // The lender's newest word about a payment counts, and a refused one that came right counts no more.
        let typo = line("PAY-7", "", 1, &at).replace(",1,", ",1.0,");
        let right = line("PAY-0", &loan.id, 600_000, &at);
        lender.drops("payments-20261121-3.csv", &format!("{HEADER}\n{typo}\n"));
        looks(app).await;
        assert_eq!(said().await, (differs.clone(), json!(2)));
        let text = format!("{HEADER}\n{}\n{right}\n", line("PAY-7", "", 1, &at));
        lender.drops("payments-20261121-4.csv", &text);
        looks(app).await;
        assert_eq!(said().await, (differs, json!(0)), "one leads nowhere");
    });
}

#[test]
fn days_without_payments_are_alike_and_each_is_compared() {
    TestApp::run(async |app| {
        let lender = Lender::connects(app).await;
        the_day_is_over(app);
        let staff = Staff::signs_in(app, "luoyifan").await;
        for day in ["20261120", "20261121"] {
            lender.drops(&format!("payments-{day}.csv"), &format!("{HEADER}\n"));
            looks(app).await;
        }
        let list = staff.get(app, "/api/console/reconciliations").await;
        let rows = list.ok().json()["rows"].clone();
        let days: Vec<(&Value, &Value)> = rows
            .as_array()
            .expect("rows")
            .iter()
            .map(|row| (&row["day"], &row["outcome"]))
            .collect();
        let clean = json!("clean");
        assert_eq!(
            days,
            [(&json!(DAY), &clean), (&json!("2026-11-20"), &clean)]
        );
    });
}

#[test]
fn a_number_on_two_days_and_a_loan_that_nobody_booked_are_found() {
    TestApp::run(async |app| {
        let lender = Lender::connects(app).await;
        let (loan, at) = paid(app, 1, "PAY-1").await;
        let (_, other_at) = paid(app, 2, "PAY-2").await;
        let text = format!(
            "{HEADER}\n{}\n{}\n",
            line("PAY-1", &loan.id, 600_000, &at),
            line("PAY-2", "nobody", 600_000, &other_at)
        );
        app.advance_ms(2 * 24 * 3_600_000);
        lender.drops("payments-20261121.csv", &text);
        looks(app).await;
        let outcomes = lender.outcomes("payments-20261121-result.csv");
        assert_eq!(outcomes, ["done", "differs loan_differs"]);
        let next_day = json!(at.as_i64().expect("an instant") + 24 * 3_600_000);
        let again = line("PAY-1", &loan.id, 600_000, &next_day);
        lender.drops("payments-20261122.csv", &format!("{HEADER}\n{again}\n"));
        looks(app).await;
        let outcomes = lender.outcomes("payments-20261122-result.csv");
        assert_eq!(outcomes, ["differs reference_reused"]);
        let staff = Staff::signs_in(app, "luoyifan").await;
        let path = "/api/console/reconciliations/2026-11-22";
        let next = staff.get(app, path).await.ok().json();
        assert_eq!(next["compared"]["outcome"], "differs");
        let path = "/api/console/incidents?finding=reference_reused";
        let found = staff.get(app, path).await.ok().json();
        assert_eq!(found["rows"][0]["journey"], loan.id.as_str());
    });
}

#[test]
fn a_long_day_is_compared_in_several_runs_and_goes_out_in_several_files() {
    TestApp::run(async |app| {
        let lender = Lender::connects(app).await;
        app.reconfigure(|config| config.batch.statement_rows_max = 2_000)
            .await;
        let (loan, at) = paid(app, 1, "PAY-0").await;
        let institution = institution_id(app, ANHE).await;
        let mut tx = app
            .ctx
            .db
            .begin_unrecorded(&institution, "lines of a test")
            .await
            .expect("a write");
        // More than one run looks at; each is unknown to us.
        for no in 0..2_100_i64 {
            let sql = "INSERT INTO disbursement_lines (institution_id, id, day, payment_reference, amount, paid_at_ms, kept_at_ms)
                VALUES ($1, $2, $3, $4, 1, 1, 1)";
            let id = format!("rln_{no:026}");
            let values = xiaobao::values![&institution, id, DAY, format!("PAY-X{no}")];
            tx.exec(sql, values).await.expect("a line");
        }
        tx.commit().await.expect("lines");
        let text = format!("{HEADER}\n{}\n", line("PAY-0", &loan.id, 600_000, &at));
        the_day_is_over(app);
        lender.drops("payments-20261121.csv", &text);
        looks(app).await;
        let staff = Staff::signs_in(app, "luoyifan").await;
        let compared = day(app, &staff).await["compared"].clone();
        let (lines, differences) = (&compared["lines"], &compared["differences"]);
        assert_eq!((lines, differences), (&json!(2_101), &json!(2_100)));
        assert_eq!(compared["lines_amount"], 602_100);
        app.settle().await;
        app.advance_ms(24 * 3_600_000);
        looks(app).await;
        let first = lender.reads("reconciliation-20261122-1.csv");
        let second = lender.reads("reconciliation-20261122-1-2.csv");
        // The incidents, on the day they were found.
        let lines = first.lines().count() + second.lines().count();
        assert_eq!((first.lines().count(), lines), (2_001, 2_102));
        let last = first.lines().last().expect("a line");
        assert!(!second.contains(last));
    });
}

#[test]
fn two_loans_never_share_a_number_however_fast_they_are_booked() {
    TestApp::run(async |app| {
        let partner = Partner::of(app, ANHE);
        let mut tasks = tokio::task::JoinSet::new();
        for number in 1..=4 {
            let (_, loan) = drawn(app, number).await;
            let mut body = booking(app, &partner, &loan.id).await;
            body["loan_number"] = json!("L-SHARED");
            let (partner, site) = (partner.clone(), (**app).clone());
            tasks.spawn(async move {
                let key = format!("shared-{number}");
                books(&site, &partner, &loan.id, &key, &body).await
            });
        }
        let mut codes = Vec::new();
        while let Some(answer) = tasks.join_next().await {
            let answer = answer.expect("no task panics");
            codes.push(match answer.status {
                StatusCode::CREATED => "booked".to_owned(),
                _ => answer.code(),
            });
        }
        codes.sort();
        let taken = "loan_number_taken";
        assert_eq!(codes, ["booked", taken, taken, taken]);
    });
}
