//! From the borrower's confirmation to the lender's books, and the token on which money may move.

use axum::http::{Method, StatusCode};
use proof::checkpoint::VerifierKey;
use proof::release_token::{Against, Payee, Payment, ReleaseToken};
use serde_json::{Value, json};

use crate::actors::{ANHE, Borrower, JIANGLAN, Opened, Partner, Someone, journey_of, loan};
use crate::app::{Answer, Site, TestApp};
use crate::consent::decides;
use crate::disbursed::{findings, receipt, reports};
use crate::steps::offers_with;

const MINUTE_MS: u64 = 60_000;
/// The borrower's own account.
pub const OWN: &str = "6222020200112233446";

/// A loan whose borrower chose amount and account, and confirmed the sheet.
pub async fn drawn(app: &TestApp, number: u32) -> (Borrower, Opened) {
    drawn_with(app, number, json!({})).await
}

/// The same of a product that is otherwise in some parts.
pub async fn drawn_with(app: &TestApp, number: u32, parts: Value) -> (Borrower, Opened) {
    let steps = json!(["personal_information_notice", "drawdown", "cost_disclosure"]);
    let mut all = json!({ "required": steps, "notices": ["pi_notice"] });
    if let (Some(all), Value::Object(parts)) = (all.as_object_mut(), parts) {
        all.extend(parts);
    }
    let parts = all;
    offers_with(&app.ctx, parts).await.expect("released");
    let body = journey_of(&Someone::adult(number), "hexiang", Value::Null);
    let answer = Partner::of(app, ANHE)
        .asks(app, &format!("drawn-{number}"), &body)
        .await;
    let opened = Opened::of(answer.expect(StatusCode::CREATED).json());
    let mut borrower = Borrower::with(&opened.url);
    borrower.enters(app, &opened.id).await;
    decides(&borrower, app, "pi_notice", "acknowledge").await;
    let choice =
        json!({ "principal": 600_000, "periods": 12, "purpose": "electronics", "account": OWN });
    borrower
        .post(app, "/api/h5/steps/drawdown/choose", &choice)
        .await
        .ok();
    app.run_jobs().await;
    borrower.reads(app).await;
    borrower.understands(app).await;
    borrower.confirms(app).await;
    app.settle().await;
    (borrower, opened)
}

/// What a lender books of a journey: the terms that the house shows it.
pub async fn booking(site: &Site, lender: &Partner, id: &str) -> Value {
    let journey = lender.get(site, &format!("/v1/journeys/{id}")).await.ok();
    let terms = journey.json()["terms"].clone();
    json!({
        "net_amount": terms["principal"], "terms": terms,
        "payee": { "account": OWN }, "loan_number": format!("L-{id}")
    })
}

/// Books under an idempotency key.
pub async fn books(site: &Site, lender: &Partner, id: &str, key: &str, body: &Value) -> Answer {
    let path = format!("/v1/journeys/{id}/booking");
    let headers = [("idempotency-key", key)];
    lender
        .send(site, Method::POST, &path, &headers, Some(body))
        .await
}

/// Asks for a token.
pub async fn releases(site: &Site, lender: &Partner, id: &str) -> Answer {
    let path = format!("/v1/journeys/{id}/release");
    lender.send(site, Method::POST, &path, &[], None).await
}

/// Paths and codes of what a refusal names.
fn named(answer: &Answer) -> Vec<(String, String)> {
    let fields = answer.json()["error"]["fields"].clone();
    let fields = fields.as_array().expect("fields").clone();
    let text = |value: &Value| value.as_str().expect("text").to_owned();
    fields
        .iter()
        .map(|field| (text(&field["path"]), text(&field["code"])))
        .collect()
}

fn codes(answer: &Answer) -> Vec<String> {
    named(answer).into_iter().map(|(_, code)| code).collect()
}

#[test]
fn a_booking_is_what_was_confirmed_or_is_refused_field_by_field() {
    TestApp::run(async |app| {
        let (_, opened) = drawn(app, 1).await;
        let lender = Partner::of(app, ANHE);
        let right = booking(app, &lender, &opened.id).await;
        type Change = fn(&mut Value);
        let changes: [(Change, &str, &str); 7] = [
            (
                |b| b["terms"]["principal"] = json!(600_001),
                "terms.principal",
                "differs",
            ),
            (
                |b| b["terms"]["annual_rate_ppm"] = json!(1),
                "terms.annual_rate_ppm",
                "differs",
            ),
            (
                |b| b["terms"]["first_due"] = json!("2027-01-01"),
                "terms.first_due",
                "differs",
            ),
            (
                |b| b["terms"]["parties"] = json!([]),
                "terms.parties.0",
                "missing",
            ),
            (
                |b| b["net_amount"] = json!(590_000),
                "net_amount",
                "net_differs",
            ),
            (
                |b| b["net_amount"] = json!(-600_000),
                "net_amount",
                "net_differs",
            ),
            (
                |b| b["payee"]["account"] = json!("6222020200112233453"),
                "payee.account",
                "payee_differs",
            ),
        ];
        for (at, (change, path, code)) in changes.into_iter().enumerate() {
            let mut body = right.clone();
            change(&mut body);
            let answer = books(app, &lender, &opened.id, &format!("wrong-{at}"), &body).await;
            let answer = answer.refused(409, "booking_differs");
            let named = named(&answer);
            assert_eq!(named[0], (path.to_owned(), code.to_owned()), "{named:?}");
            assert!(!answer.text().contains("6222"), "{}", answer.text());
        }
        let kind = "disbursement.booking_refused.v1";
        assert_eq!(app.facts(&opened.id, kind).await, 7);
        let last = app.fact(&opened.id, kind).await;
        assert_eq!(last, json!({ "fields": ["payee.account"] }));

        let booked = books(app, &lender, &opened.id, "right", &right).await;
        let booked = booked.expect(StatusCode::CREATED).json();
        assert_eq!(booked["amount"], 600_000);
        assert_eq!(booked["payee_masked"], "***************3446");
        // The same request again, spelled with spaces, is the same booking.
        let mut again = right.clone();
        again["payee"]["account"] = json!("6222 0202 0011 2233 446");
        let again = books(app, &lender, &opened.id, "right", &again).await;
        assert_eq!(again.ok().json(), booked);
        let mut other = right.clone();
        other["loan_number"] = json!("L-2");
        books(app, &lender, &opened.id, "right", &other)
            .await
            .refused(409, "idempotency_key_reused");
        books(app, &lender, &opened.id, "second", &right)
            .await
            .refused(409, "already_booked");
        // One number of the lender's is one loan, and tells nobody's account.
        let (_, next) = drawn(app, 2).await;
        let mut theirs = booking(app, &lender, &next.id).await;
        theirs["loan_number"] = right["loan_number"].clone();
        books(app, &lender, &next.id, "theirs", &theirs)
            .await
            .refused(409, "loan_number_taken");
        theirs["loan_number"] = json!(format!("L{OWN}"));
        let telling = books(app, &lender, &next.id, "theirs", &theirs).await;
        let telling = telling.refused(422, "invalid_request");
        assert_eq!(codes(&telling), ["number_tells_account"]);
        let fact = app.fact(&opened.id, "disbursement.booked.v1").await;
        assert_eq!(fact["payee_named_by"], "borrower");
        assert_eq!(fact["payee_digest"], booked["payee_digest"]);
        assert!(!fact.to_string().contains("3446"), "{fact}");
    });
}

#[test]
fn a_booking_must_be_whole_and_the_journey_s_own() {
    TestApp::run(async |app| {
        let (_, opened) = drawn(app, 1).await;
        let lender = Partner::of(app, ANHE);
        let right = booking(app, &lender, &opened.id).await;
        let someone = Someone::adult(2);
        let body = journey_of(&someone, "hexiang", Value::Null);
        let waiting = Opened::of(lender.asks(app, "waiting", &body).await.json());
        books(app, &lender, &waiting.id, "early", &right)
            .await
            .refused(409, "journey_not_completed");
        books(app, &Partner::of(app, JIANGLAN), &opened.id, "a", &right)
            .await
            .refused(404, "not_found");
        books(app, &lender, &opened.id, "", &right)
            .await
            .refused(422, "idempotency_key_missing");
        type Change = fn(&mut Value);
        let changes: [(Change, &str); 5] = [
            (|b| b["payee"]["account"] = json!("12345"), "payee.account"),
            (
                |b| b["payee"]["account"] = json!("６２２２０２０２"),
                "payee.account",
            ),
            (|b| b["loan_number"] = json!(""), "loan_number"),
            (|b| b["loan_number"] = json!("a\nb"), "loan_number"),
            (|b| b["net_amount"] = json!(1.5), "net_amount"),
        ];
        for (change, path) in changes {
            let mut body = right.clone();
            change(&mut body);
            let answer = books(app, &lender, &opened.id, "bad", &body).await;
            assert_eq!(named(&answer.refused(422, "invalid_request"))[0].0, path);
        }
        // A giant is named in part, and one beyond the limit of bodies not at all.
        let mut giant = right.clone();
        giant["terms"]["parties"] = json!(vec![right["terms"]["parties"][0].clone(); 1_000]);
        let answer = books(app, &lender, &opened.id, "giant", &giant).await;
        assert_eq!(named(&answer.refused(409, "booking_differs")).len(), 50);
        giant["terms"]["parties"] = json!(vec![right["terms"]["parties"][0].clone(); 10_000]);
        books(app, &lender, &opened.id, "giant", &giant)
            .await
            .refused(413, "body_too_large");
        releases(app, &Partner::of(app, JIANGLAN), &opened.id)
            .await
            .refused(404, "not_found");
        releases(app, &lender, &opened.id)
            .await
            .refused(409, "not_booked");
    });
}

#[test]
fn a_token_pays_one_loan_once_and_anyone_can_check_it() {
    TestApp::run(async |app| {
        let (_, opened) = drawn(app, 1).await;
        let lender = Partner::of(app, ANHE);
        let right = booking(app, &lender, &opened.id).await;
        books(app, &lender, &opened.id, "right", &right)
            .await
            .expect(StatusCode::CREATED);
        // The booking itself must be under a checkpoint.
        let early = releases(app, &lender, &opened.id).await;
        assert_eq!(
            codes(&early.refused(409, "release_denied")),
            ["evidence_not_proved"]
        );
        app.settle().await;
        let issued = releases(app, &lender, &opened.id).await;
        let issued = issued.expect(StatusCode::CREATED).json();
        let vkey = app.get("/log/anhe/vkey").await.ok().text();
        let known: [VerifierKey; 1] = [vkey.trim().parse().expect("a key")];
        let word = issued["token"].as_str().expect("a token");
        let token = ReleaseToken::verify(word, &known).expect("holds");
        assert_eq!((token.amount, token.break_glass), (600_000, false));
        assert_eq!(token.journey, opened.id);
        assert_eq!(issued["terms_digest"], token.terms_digest.as_str());
        let published = app.get("/log/anhe/checkpoint").await.ok().text();
        let lines: Vec<&str> = published.lines().collect();
        assert_eq!(lines[0], token.checkpoint.origin);
        assert_eq!(lines[1], token.checkpoint.size.to_string());
        let payment = Payment {
            at_ms: token.issued_at_ms,
            amount: 600_000,
            journey: opened.id.clone(),
            institution: Some(token.institution.clone()),
            terms_digest: None,
            payee: Payee {
                account: OWN.to_owned(),
                salt: issued["payee_salt"].as_str().expect("a salt").to_owned(),
            },
        };
        assert_eq!(token.against(&payment), []);
        let elsewhere = Payment {
            journey: "jny_other".to_owned(),
            amount: 1,
            ..payment
        };
        assert_eq!(
            token.against(&elsewhere),
            [Against::OtherJourney, Against::OtherAmount]
        );
        // What stays here can't be paid on: the fact has a digest of the word, and nothing of the account.
        let fact = app.fact(&opened.id, "disbursement.token_issued.v1").await;
        let digest = proof::hex::encode(&proof::digest::sha256(word.as_bytes()));
        assert_eq!(fact["token_digest"], digest);

        let second = releases(app, &lender, &opened.id).await;
        let second = second.refused(409, "release_token_live");
        assert_eq!(second.json()["error"]["retry_after_ms"], 600_000);
        app.advance_ms(10 * MINUTE_MS - 1);
        let third = releases(app, &lender, &opened.id).await;
        assert_eq!(third.json()["error"]["retry_after_ms"], 1);
        app.advance_ms(1);
        let anew = releases(app, &lender, &opened.id).await;
        let anew = anew.expect(StatusCode::CREATED).json();
        assert_ne!(anew["token"], issued["token"]);
        let kind = "disbursement.token_issued.v1";
        assert_eq!(app.facts(&opened.id, kind).await, 2);
    });
}

#[test]
fn of_many_requests_at_once_one_gets_the_token() {
    TestApp::run(async |app| {
        let (_, opened) = drawn(app, 1).await;
        let lender = Partner::of(app, ANHE);
        let right = booking(app, &lender, &opened.id).await;
        let mut tasks = tokio::task::JoinSet::new();
        for number in 0..12 {
            let (site, lender, id, body) = (
                (**app).clone(),
                lender.clone(),
                opened.id.clone(),
                right.clone(),
            );
            let key = format!("key-{number}");
            tasks.spawn(async move { books(&site, &lender, &id, &key, &body).await });
        }
        let mut booked = 0;
        while let Some(answer) = tasks.join_next().await {
            let answer = answer.expect("no task panics");
            match answer.status {
                StatusCode::CREATED => booked += 1,
                _ => drop(answer.refused(409, "already_booked")),
            }
        }
        assert_eq!(booked, 1);
        app.settle().await;
        let mut tasks = tokio::task::JoinSet::new();
        for _ in 0..12 {
            let (site, lender, id) = ((**app).clone(), lender.clone(), opened.id.clone());
            tasks.spawn(async move { releases(&site, &lender, &id).await });
        }
        let mut issued = 0;
        while let Some(answer) = tasks.join_next().await {
            let answer = answer.expect("no task panics");
            match answer.status {
                StatusCode::CREATED => issued += 1,
                _ => drop(answer.refused(409, "release_token_live")),
            }
        }
        assert_eq!(issued, 1);
        let kind = "disbursement.token_issued.v1";
        assert_eq!(app.facts(&opened.id, kind).await, 1);
    });
}

#[test]
fn terms_that_change_are_confirmed_and_booked_anew_and_never_while_a_token_is_out() {
    TestApp::run(async |app| {
        let lender = Partner::of(app, ANHE);
        let opened = lender
            .opens(app, &Someone::adult(1), "hexiang", loan())
            .await;
        let mut borrower = Borrower::with(&opened.url);
        borrower.completes(app, &opened.id).await;
        app.settle().await;
        let first = booking(app, &lender, &opened.id).await;
        books(app, &lender, &opened.id, "first", &first)
            .await
            .expect(StatusCode::CREATED);
        let fact = app.fact(&opened.id, "disbursement.booked.v1").await;
        assert_eq!(
            fact["payee_named_by"], "lender",
            "nobody asked the borrower"
        );
        app.settle().await;
        let older = releases(app, &lender, &opened.id).await;
        let older = older.expect(StatusCode::CREATED).json();
        let path = format!("/v1/journeys/{}/loan", opened.id);
        let other = json!({ "principal": 1_000_000, "periods": 12 });
        let early = lender.post(app, &path, &other).await;
        let early = early.refused(409, "release_token_live");
        assert_eq!(early.json()["error"]["retry_after_ms"], 600_000);
        app.advance_ms(10 * MINUTE_MS);
        lender.post(app, &path, &other).await.ok();
        // Neither the older booking nor one of unconfirmed terms moves money.
        books(app, &lender, &opened.id, "second", &first)
            .await
            .refused(409, "journey_not_completed");
        borrower.enters(app, &opened.id).await;
        borrower.reads(app).await;
        borrower.understands(app).await;
        borrower.confirms(app).await;
        app.settle().await;
        releases(app, &lender, &opened.id)
            .await
            .refused(409, "booking_outdated");
        let stale = books(app, &lender, &opened.id, "second", &first).await;
        assert_eq!(
            named(&stale.refused(409, "booking_differs"))[0].0,
            "terms.principal"
        );
        let second = booking(app, &lender, &opened.id).await;
        books(app, &lender, &opened.id, "third", &second)
            .await
            .expect(StatusCode::CREATED);
        let kind = "disbursement.booking_superseded.v1";
        assert_eq!(app.facts(&opened.id, kind).await, 1);
        app.settle().await;
        let issued = releases(app, &lender, &opened.id).await;
        let issued = issued.expect(StatusCode::CREATED).json();
        assert_eq!(issued["amount"], 1_000_000);
        // The request of the older booking is no answer any more.
        books(app, &lender, &opened.id, "first", &first)
            .await
            .refused(409, "booking_outdated");
        // Paid under the older terms, whatever the sum: it is the booking that tells.
        let mut late = receipt(&older, "PAY-1");
        late["net_amount"] = json!(1_000_000);
        let late = reports(app, &lender, &opened.id, &late).await;
        let late = late.expect(StatusCode::CREATED).json();
        assert_eq!(findings(&late), ["token_outdated"]);
    });
}

#[test]
fn a_token_needs_every_protection_and_the_witnesses_that_are_asked_for() {
    TestApp::run(async |app| {
        app.reconfigure(|config| config.journey.witnesses = 1).await;
        let (_, opened) = drawn(app, 1).await;
        let lender = Partner::of(app, ANHE);
        let right = booking(app, &lender, &opened.id).await;
        books(app, &lender, &opened.id, "right", &right)
            .await
            .expect(StatusCode::CREATED);
        app.settle().await;
        assert_eq!(lender.missing(app, &opened.id).await, ["witness_quorum"]);
        let denied = releases(app, &lender, &opened.id).await;
        assert_eq!(
            codes(&denied.refused(409, "release_denied")),
            ["witness_quorum"]
        );
        let kind = "disbursement.token_issued.v1";
        assert_eq!(app.facts(&opened.id, kind).await, 0);
    });
}
