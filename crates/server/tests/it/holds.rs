//! What stops the money beforehand: a hold until somebody else lifts it, and a loan that is called off.

use axum::http::{Method, StatusCode};
use serde_json::json;

use crate::actors::{ANHE, Borrower, JIANGLAN, Partner, Someone, Staff, loan};
use crate::app::TestApp;
use crate::disbursed::{findings, receipt, released, reports};
use crate::money::{booking, books, drawn, releases};

#[test]
fn a_hold_stops_the_money_until_somebody_else_lifts_it() {
    TestApp::run(async |app| {
        let (_, opened) = drawn(app, 1).await;
        let lender = Partner::of(app, ANHE);
        let issued = released(app, &opened).await;
        let [service, reviewer] = [
            Staff::signs_in(app, "luoyifan").await,
            Staff::signs_in(app, "heyun").await,
        ];
        let path = format!("/api/console/journeys/{}/money-holds", opened.id);
        let short = service.posts(app, &path, json!({ "words": "停" })).await;
        short.refused(422, "hold_reason");
        let why = json!({ "words": "借款人来电说有人代办" });
        let held = service.posts(app, &path, why).await.ok().json();
        assert_eq!(held[0]["own"], true);
        assert_eq!(lender.missing(app, &opened.id).await, ["held"]);
        app.settle().await;
        let denied = releases(app, &lender, &opened.id).await;
        let denied = denied.refused(409, "release_denied").json();
        assert_eq!(denied["error"]["fields"][0]["code"], "held");
        // The token that was out is revoked: whoever pays on it all the same is found.
        let revoked = app.fact(&opened.id, "disbursement.token_revoked.v1").await;
        assert_eq!(revoked["cause"], "stopped");
        let lift = format!("{path}/{}/lift", held[0]["id"].as_str().expect("an id"));
        service
            .posts(app, &lift, json!({}))
            .await
            .refused(409, "hold_own");
        let held_at_ms = app.ctx.clock.now_ms();
        app.advance_ms(1_000);
        let lifted = reviewer.posts(app, &lift, json!({})).await.ok().json();
        // What counts is when it was paid, not when it was reported.
        for (paid_at_ms, expected) in [
            (held_at_ms, &["token_revoked", "while_held"][..]),
            (
                held_at_ms + 1_000,
                &["token_reused", "token_revoked", "paid_twice"],
            ),
        ] {
            let mut body = receipt(&issued, &format!("PAY-{paid_at_ms}"));
            body["paid_at_ms"] = json!(paid_at_ms);
            let paid = reports(app, &lender, &opened.id, &body).await;
            let paid = paid.expect(StatusCode::CREATED).json();
            assert_eq!(findings(&paid), expected);
        }
        assert!(lifted[0]["lifted_by"].is_string());
        reviewer
            .posts(app, &lift, json!({}))
            .await
            .refused(409, "hold_lifted");
        let other = Staff::signs_in(app, "baolu").await;
        for foreign in [&path, &lift] {
            let body = json!({ "words": "四个字以上" });
            let body = if *foreign == lift { json!({}) } else { body };
            let answer = other.posts(app, foreign, body).await;
            answer.refused(404, "not_found");
        }
    });
}

#[test]
fn a_loan_is_called_off_free_of_charge_until_the_money_moves() {
    TestApp::run(async |app| {
        let (borrower, opened) = drawn(app, 1).await;
        let lender = Partner::of(app, ANHE);
        let issued = released(app, &opened).await;
        let path = format!("/api/h5/me/loans/{}", opened.id);
        let cancel = format!("{path}/cancel");
        let cancelled = borrower.post(app, &cancel, &json!({})).await.ok().json();
        assert_eq!(cancelled["state"], "cancelled");
        // Again changes nothing.
        borrower.post(app, &cancel, &json!({})).await.ok();
        assert_eq!(app.facts(&opened.id, "journey.cancelled.v1").await, 1);
        let revoked = app.fact(&opened.id, "disbursement.token_revoked.v1").await;
        assert_eq!(revoked["cause"], "cancelled");
        app.settle().await;
        assert_eq!(
            lender.missing(app, &opened.id).await[0],
            "journey_cancelled"
        );
        releases(app, &lender, &opened.id)
            .await
            .refused(409, "release_denied");
        let again = booking(app, &lender, &opened.id).await;
        books(app, &lender, &opened.id, "again", &again)
            .await
            .refused(409, "journey_cancelled");
        let link = format!("/v1/journeys/{}/link", opened.id);
        lender
            .post(app, &link, &json!({}))
            .await
            .refused(409, "journey_cancelled");
        // Money that moves all the same is found.
        let paid = reports(app, &lender, &opened.id, &receipt(&issued, "PAY-1")).await;
        assert_eq!(
            findings(&paid.expect(StatusCode::CREATED).json()),
            ["token_revoked", "while_held"]
        );

        // The lender may call one off too, at any step, and nobody else's.
        let waiting = lender
            .opens(app, &Someone::adult(5), "hemiao", loan())
            .await;
        let foreign = borrower
            .post(
                app,
                &format!("/api/h5/me/loans/{}/cancel", waiting.id),
                &json!({}),
            )
            .await;
        foreign.refused(404, "not_found");
        let path = format!("/v1/journeys/{}/cancel", waiting.id);
        Partner::of(app, JIANGLAN)
            .post(app, &path, &json!({}))
            .await
            .refused(404, "not_found");
        lender
            .send(app, Method::POST, &path, &[], Some(&json!({})))
            .await
            .expect(StatusCode::NO_CONTENT);
        let mut late = Borrower::with(&waiting.url);
        let seen = late.enters(app, &waiting.id).await;
        assert_eq!(seen["state"], "cancelled");
        late.post(app, "/api/h5/sheet/shown", &json!({ "sheet_digest": "" }))
            .await
            .refused(409, "journey_cancelled");
        let price = format!("/v1/journeys/{}/loan", waiting.id);
        let other = json!({ "principal": 1_000_000, "periods": 12 });
        lender
            .post(app, &price, &other)
            .await
            .refused(409, "journey_cancelled");
    });
}
