//! What stops the money beforehand: a hold until somebody else lifts it, and a loan that is called off.

use axum::http::{Method, StatusCode};
use serde_json::json;
use xiaobao::journey::{self, JourneyId};
use xiaobao::ledger::{self, Changed, Seat};

use crate::actors::{ANHE, Borrower, JIANGLAN, Partner, Someone, Staff, institution_id, loan};
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
fn another_room_stops_the_money_and_lets_it_go_itself() {
    TestApp::run(async |app| {
        let (_, opened) = drawn(app, 1).await;
        let lender = Partner::of(app, ANHE);
        released(app, &opened).await;
        let institution = institution_id(app, ANHE).await;
        let seat = Seat::system(&institution, "complaint");
        let id = JourneyId::parse(&opened.id).expect("an id");
        let mut tx = ledger::begin(&app.ctx, &seat).await.expect("begins");
        let reason = "complaint_pending";
        let hold = journey::hold_for(&mut tx, &id, "complaint", reason, "cpl_1").await;
        let hold = hold.expect("a hold");
        // The same reason again is the same hold.
        let again = journey::hold_for(&mut tx, &id, "complaint", reason, "cpl_1").await;
        assert_eq!(again.expect("a hold"), hold);
        ledger::commit_recorded(tx).await.expect("placed");
        assert_eq!(app.facts(&opened.id, "journey.hold_placed.v1").await, 1);
        let revoked = app.fact(&opened.id, "disbursement.token_revoked.v1").await;
        assert_eq!(revoked["cause"], "stopped");
        assert_eq!(lender.missing(app, &opened.id).await, ["held"]);
        // Nobody else lifts it, neither staff nor another room.
        let staff = Staff::signs_in(app, "heyun").await;
        let path = format!("/api/console/journeys/{}", opened.id);
        let seen = staff.get(app, &path).await.ok().json();
        assert_eq!(
            (&seen["holds"][0]["room"], &seen["holds"][0]["words"]),
            (&json!("complaint"), &json!(reason))
        );
        let lift = format!("{path}/money-holds/{hold}/lift");
        let refused = staff.posts(app, &lift, json!({})).await;
        refused.refused(409, "hold_of_room");
        let mut tx = ledger::begin(&app.ctx, &seat).await.expect("begins");
        let other = journey::lift_for(&mut tx, &id, &hold, "risk").await;
        assert!(other.is_err(), "{other:?}");
        for expected in [Changed::Yes, Changed::No] {
            let lifted = journey::lift_for(&mut tx, &id, &hold, "complaint").await;
            assert_eq!(lifted.expect("lifted"), expected);
        }
        ledger::commit_recorded(tx).await.expect("lifted");
        app.settle().await;
        assert!(lender.missing(app, &opened.id).await.is_empty());
    });
}

#[test]
fn every_standing_hold_is_shown_and_rooms_leave_staff_their_own() {
    TestApp::run(async |app| {
        let (_, opened) = drawn(app, 1).await;
        let [service, reviewer] = [
            Staff::signs_in(app, "luoyifan").await,
            Staff::signs_in(app, "heyun").await,
        ];
        let path = format!("/api/console/journeys/{}/money-holds", opened.id);
        let why = json!({ "words": "借款人来电说有人代办" });
        let first = service.posts(app, &path, why.clone()).await.ok().json();
        let institution = institution_id(app, ANHE).await;
        let seat = Seat::system(&institution, "complaint");
        let id = JourneyId::parse(&opened.id).expect("an id");
        app.advance_ms(1_000);
        let mut tx = ledger::begin(&app.ctx, &seat).await.expect("begins");
        for n in 0..20 {
            let about = format!("cpl_{n}");
            let held = journey::hold_for(&mut tx, &id, "complaint", "complaint_pending", &about);
            held.await.expect("a hold");
        }
        ledger::commit_recorded(tx).await.expect("placed");
        app.advance_ms(1_000);
        // Twenty of a room leave room for one of staff, and the oldest is still there to be lifted.
        let shown = reviewer.posts(app, &path, why).await.ok().json();
        let shown = shown.as_array().expect("a list");
        assert_eq!(shown.len(), 22);
        assert_eq!(shown[21]["id"], first[0]["id"]);
        // What was lifted comes after what stands.
        let newest = shown[0]["id"].as_str().expect("an id");
        let lift = format!("{path}/{newest}/lift");
        let left = service.posts(app, &lift, json!({})).await.ok().json();
        let left = left.as_array().expect("a list");
        assert_eq!(left.len(), 21);
        assert!(left.iter().all(|one| one["lifted_at_ms"].is_null()));
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
