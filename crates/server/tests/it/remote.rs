//! A colleague leads by video: who waits, who gets it, what the two pages tell each other, and both films.

use axum::body::Body;
use axum::http::{Method, Request, StatusCode, header};
use proof::digest::sha256;
use proof::hex;
use serde_json::{Value, json};
use xiaobao::access;

use crate::actors::{Borrower, Opened, Staff};
use crate::app::{Answer, TestApp};
use crate::recording::{Page, due, one, reviews, says};

const DESK: &str = "/api/console/recording-desk";

/// A borrower who waits for a colleague.
pub async fn waits(app: &TestApp, number: u32) -> (Opened, Borrower, String) {
    let (opened, borrower) = due(app, number).await;
    let begun = says(app, &borrower, "begin", json!({ "mode": "remote" })).await;
    let id = begun.ok().json()["recording"]["id"].clone();
    (opened, borrower, id.as_str().expect("an id").to_owned())
}

pub async fn does(app: &TestApp, staff: &Staff, id: &str, what: &str, body: Value) -> Answer {
    let path = format!("{DESK}/{id}/{what}");
    staff.send(app, Method::POST, &path, Some(&body)).await
}

pub async fn takes(app: &TestApp, staff: &Staff, id: &str) -> Answer {
    does(app, staff, id, "take", json!({})).await
}

/// The colleague's own recorder starts.
pub async fn rolls(app: &TestApp, staff: &Staff, id: &str) {
    let media = json!({ "media": "video/webm" });
    does(app, staff, id, "segments", media).await.ok();
}

/// The call as the person's page sees it now.
async fn call(app: &TestApp, borrower: &Borrower) -> Value {
    let path = "/api/h5/recording/call?after=0";
    borrower.get(app, path).await.ok().json()
}

async fn desk(app: &TestApp, staff: &Staff) -> Value {
    staff.get(app, DESK).await.ok().json()
}

/// Sends a chunk of a colleague's own film.
async fn films(
    app: &TestApp,
    staff: &Staff,
    (id, segment, no): (&str, i64, i64),
    bytes: &[u8],
    head: &[u8; 32],
) -> Answer {
    let path = format!("{DESK}/{id}/segments/{segment}/chunks/{no}");
    let request = Request::builder()
        .method(Method::PUT)
        .uri(&path)
        .header("x-xiaobao", "1")
        .header("recording-chain", hex::encode(head))
        .header(header::CONTENT_TYPE, "application/octet-stream")
        .header(
            header::COOKIE,
            format!("{}={}", access::STAFF_COOKIE, staff.cookie),
        );
    let body = Body::from(bytes.to_vec());
    app.send(request.body(body).expect("a request")).await
}

#[test]
fn who_waits_learns_their_place_and_one_of_two_colleagues_gets_them() {
    TestApp::run(async |app| {
        let (opened, first, id) = waits(app, 1).await;
        app.advance_ms(1_000);
        let (_, second, later) = waits(app, 2).await;
        assert_eq!(call(app, &first).await["place"], 1);
        let seen = call(app, &second).await;
        assert_eq!(
            (&seen["state"], &seen["place"]),
            (&json!("waiting"), &json!(2))
        );
        assert_eq!(seen["colleagues"], 0, "nobody is at a desk: they are told");
        let (he, luo) = (
            Staff::signs_in(app, "heyun").await,
            Staff::signs_in(app, "luoyifan").await,
        );
        let queue = desk(app, &he).await;
        let order: Vec<&str> = queue["waiting"]
            .as_array()
            .expect("rows")
            .iter()
            .map(|row| row["id"].as_str().expect("an id"))
            .collect();
        assert_eq!(order, [id.as_str(), later.as_str()]);
        assert_eq!(call(app, &second).await["colleagues"], 1);

        let (one, other) = futures::join!(takes(app, &he, &id), takes(app, &luo, &id));
        let (winner, loser, refused) = match one.status {
            StatusCode::OK => (&he, &luo, other),
            _ => (&luo, &he, one),
        };
        refused.refused(409, "recording_taken");
        takes(app, winner, &id).await.ok();
        assert_eq!(app.facts(&opened.id, "recording.taken.v1").await, 1);
        takes(app, winner, &later)
            .await
            .refused(409, "recording_leads_another");
        let led = call(app, &first).await;
        assert_eq!((&led["state"], &led["turn"]), (&json!("led"), &json!(1)));
        assert_eq!(call(app, &second).await["place"], 1);
        takes(app, loser, &later).await.ok();
    });
}

#[test]
fn a_colleague_asks_and_ends_and_the_page_hands_in_what_it_recorded() {
    TestApp::run(async |app| {
        let (opened, borrower, id) = waits(app, 1).await;
        let luo = Staff::signs_in(app, "luoyifan").await;
        let taken = takes(app, &luo, &id).await.ok().json();
        assert_eq!(taken["recording"]["nodes"][0]["state"], "waiting");
        let open = async |no: i64, again: bool| {
            let body = json!({ "again": again });
            does(app, &luo, &id, &format!("nodes/{no}/open"), body).await
        };
        let end = async |no: i64| does(app, &luo, &id, &format!("nodes/{no}/end"), json!({})).await;
        open(1, false).await.refused(409, "recording_nothing_comes");
        let mut page = Page::rolls(app, &borrower).await;
        open(1, false)
            .await
            .refused(409, "recording_own_film_missing");
        rolls(app, &luo, &id).await;
        let alone = json!({ "segment": 1, "at_ms": 0 });
        says(app, &borrower, "nodes/1/open", alone)
            .await
            .refused(409, "recording_agent_leads");
        open(2, false).await.refused(409, "recording_node_not_due");
        for round in [1, 2] {
            open(1, false).await.ok();
            for part in 0..2 {
                app.advance_ms(1_000);
                page.records(app, &borrower, format!("{round}/{part}").as_bytes())
                    .await;
            }
            let handed = |page: &Page| json!({ "segment": page.segment, "until_ms": page.next * 1_000, "chunks": page.next });
            says(app, &borrower, "nodes/1/end", handed(&page))
                .await
                .refused(409, "recording_agent_leads");
            if round == 2 {
                // Nobody understood it: once more.
                open(1, true).await.ok();
                app.advance_ms(1_000);
                page.records(app, &borrower, b"once more").await;
            }
            let ended = end(1).await.ok().json();
            assert_eq!(ended["recording"]["nodes"][0]["hand_in"], true);
            // What was answered is not asked away while it comes.
            open(1, true).await.refused(409, "recording_node_not_open");
            assert_eq!(one(app, &borrower).await["nodes"][0]["hand_in"], true);
            says(app, &borrower, "nodes/1/end", handed(&page))
                .await
                .ok();
            // None of these bytes is a film: the first time it comes once more, then a person must look.
            app.run_jobs().await;
        }
        end(1).await.refused(409, "recording_node_not_open");
        let seen = one(app, &borrower).await;
        assert_eq!(seen["nodes"][0]["state"], "needs_person", "{seen}");
        assert_eq!(seen["at"], 2);
        assert_eq!(app.facts(&opened.id, "recording.node_asked.v1").await, 3);
        assert_eq!(app.facts(&opened.id, "recording.node_ended.v1").await, 2);
        // Who records alone is led by nobody, and the other way round.
        app.advance_ms(1);
        says(app, &borrower, "begin", json!({ "mode": "self_service" }))
            .await
            .ok();
        let over = app.fact(&opened.id, "recording.ended.v1").await;
        assert_eq!(over["reason"], "other_way");
        takes(
            app,
            &luo,
            one(app, &borrower).await["id"].as_str().expect("an id"),
        )
        .await
        .refused(409, "recording_not_led");
    });
}

#[test]
fn both_films_are_kept_each_by_its_own_side() {
    TestApp::run(async |app| {
        let (opened, borrower, id) = waits(app, 1).await;
        let (luo, he) = (
            Staff::signs_in(app, "luoyifan").await,
            Staff::signs_in(app, "heyun").await,
        );
        let media = || json!({ "media": "video/webm" });
        does(app, &luo, &id, "segments", media())
            .await
            .refused(403, "recording_not_yours");
        takes(app, &luo, &id).await.ok();
        let mut page = Page::rolls(app, &borrower).await;
        page.records(app, &borrower, b"person").await;
        let film = does(app, &luo, &id, "segments", media()).await.ok().json();
        assert_eq!(film["segment"], 2);
        let first = sha256(format!("xiaobao/segment/v1{id}/2").as_bytes());
        let head = sha256(&[&b"xiaobao/chunk/v1"[..], &first, &sha256(b"agent")].concat());
        for (who, segment, status, code) in [
            (&he, 2, 404, "recording_segment_unknown"),
            (&luo, 1, 404, "recording_segment_unknown"),
        ] {
            films(app, who, (&id, segment, 0), b"agent", &head)
                .await
                .refused(status, code);
        }
        let taken = films(app, &luo, (&id, 2, 0), b"agent", &head).await;
        assert_eq!(taken.ok().json()["next_chunk"], 1);
        films(app, &luo, (&id, 2, 0), b"agent", &head).await.ok();
        films(app, &luo, (&id, 2, 0), b"other", &head)
            .await
            .refused(409, "chunk_differs");
        // The person's page goes on in its own segment.
        page.records(app, &borrower, b"more").await;
        assert_eq!(one(app, &borrower).await["segment"], 1);
        let why = json!({ "why": "technical" });
        does(app, &luo, &id, "call-off", why)
            .await
            .expect(StatusCode::NO_CONTENT);
        // What the colleague's page still holds is taken for a while, the person's is not.
        let next = sha256(&[&b"xiaobao/chunk/v1"[..], &head, &sha256(b"last")].concat());
        films(app, &luo, (&id, 2, 1), b"last", &next).await.ok();
        app.advance_ms(11_000);
        app.run_jobs().await;
        let sworn = app.fact(&opened.id, "recording.received.v1").await;
        assert_eq!(
            (&sworn["side"], &sworn["chunks"], &sworn["head"]),
            (&json!("agent"), &json!(2), &json!(hex::encode(&next)))
        );
        app.advance_ms(600_000);
        films(app, &luo, (&id, 2, 2), b"late", &next)
            .await
            .refused(409, "recording_over");
        assert_eq!(call(app, &borrower).await["over"], "called_off");
        let shown = he.get(app, &format!("/api/console/recordings/{id}")).await;
        let shown = shown.ok().json();
        let sides: Vec<&Value> = shown["segments"]
            .as_array()
            .expect("segments")
            .iter()
            .map(|one| &one["side"])
            .collect();
        assert_eq!(sides, ["person", "agent"]);
    });
}

#[test]
fn what_is_handed_over_waits_before_everybody_for_one_colleague_first() {
    TestApp::run(async |app| {
        let (opened, borrower, id) = waits(app, 1).await;
        app.advance_ms(1_000);
        let (_, _, later) = waits(app, 2).await;
        let (luo, he) = (
            Staff::signs_in(app, "luoyifan").await,
            Staff::signs_in(app, "heyun").await,
        );
        takes(app, &luo, &later).await.ok();
        let heyun = desk(app, &luo).await["colleagues"][0]["id"].clone();
        let unknown = json!({ "to": "stf_00000000000000000000000000" });
        does(app, &luo, &later, "hand-over", unknown)
            .await
            .refused(422, "recording_no_colleague");
        does(app, &he, &later, "hand-over", json!({}))
            .await
            .refused(403, "recording_not_yours");
        does(app, &luo, &later, "hand-over", json!({ "to": heyun }))
            .await
            .expect(StatusCode::NO_CONTENT);
        let queue = desk(app, &he).await;
        let first = &queue["waiting"][0];
        assert_eq!(
            (&first["id"], &first["for_me"]),
            (&json!(later), &json!(true))
        );
        assert_eq!(call(app, &borrower).await["place"], 2);
        takes(app, &luo, &later)
            .await
            .refused(409, "recording_for_colleague");
        takes(app, &he, &later).await.ok();
        // To whoever is free, and taken again: another turn.
        does(app, &he, &later, "hand-over", json!({}))
            .await
            .expect(StatusCode::NO_CONTENT);
        let again = takes(app, &luo, &later).await.ok().json();
        assert_eq!(again["call"]["turn"], 3);
        takes(app, &he, &id).await.ok();
        assert_eq!(app.facts(&opened.id, "recording.handed_over.v1").await, 0);
    });
}

#[test]
fn what_the_pages_tell_each_other_reaches_those_two_alone() {
    TestApp::run(async |app| {
        let (_, borrower, id) = waits(app, 1).await;
        let (_, stranger, _) = waits(app, 2).await;
        let (luo, he, jiang) = (
            Staff::signs_in(app, "luoyifan").await,
            Staff::signs_in(app, "heyun").await,
            Staff::signs_in(app, "baolu").await,
        );
        let offer = |turn: i64, body: &str| json!({ "turn": turn, "kind": "offer", "body": body });
        let tells =
            async |who: &Staff, turn: i64| does(app, who, &id, "signals", offer(turn, "way")).await;
        let path = "/api/h5/recording/call/signals";
        borrower
            .post(app, path, &offer(1, "too early"))
            .await
            .refused(409, "recording_turn_over");
        takes(app, &luo, &id).await.ok();
        tells(&luo, 1).await.expect(StatusCode::NO_CONTENT);
        tells(&luo, 2).await.refused(409, "recording_turn_over");
        tells(&he, 1).await.refused(403, "recording_not_yours");
        tells(&jiang, 1).await.refused(404, "not_found");
        for (who, status, code) in [
            (&he, 403, "recording_not_yours"),
            (&jiang, 404, "not_found"),
        ] {
            let seen = who.get(app, &format!("{DESK}/{id}?after=0&signal=0")).await;
            seen.refused(status, code);
            does(app, who, &id, "nodes/1/open", json!({}))
                .await
                .refused(status, code);
            does(app, who, &id, "call-off", json!({ "why": "technical" }))
                .await
                .refused(status, code);
        }
        takes(app, &jiang, &id).await.refused(404, "not_found");
        let heard = async |who: &Borrower| {
            let path = "/api/h5/recording/call?after=0&signal=0";
            who.get(app, path).await.ok().json()["signals"].clone()
        };
        assert_eq!(heard(&borrower).await[0]["body"], "way");
        assert_eq!(heard(&stranger).await, json!([]));
        stranger
            .post(app, path, &offer(1, "not mine"))
            .await
            .refused(409, "recording_turn_over");
        let giant = "x".repeat(16_385);
        borrower
            .post(app, path, &offer(1, &giant))
            .await
            .refused(422, "recording_signal_too_large");
        borrower
            .post(app, path, &offer(1, "back"))
            .await
            .expect(StatusCode::NO_CONTENT);
        let live = luo
            .get(app, &format!("{DESK}/{id}?after=0&signal=1"))
            .await
            .ok()
            .json();
        let said = &live["call"]["signals"];
        assert_eq!((&said[0]["body"], &said[1]), (&json!("back"), &Value::Null));
        // The turn is over: nothing of it stays.
        does(app, &luo, &id, "hand-over", json!({}))
            .await
            .expect(StatusCode::NO_CONTENT);
        takes(app, &luo, &id).await.ok();
        assert_eq!(heard(&borrower).await, json!([]));
    });
}

#[test]
fn nobody_waits_for_somebody_who_is_gone() {
    TestApp::run(async |app| {
        let (opened, borrower, id) = waits(app, 1).await;
        let luo = Staff::signs_in(app, "luoyifan").await;
        takes(app, &luo, &id).await.ok();
        Page::rolls(app, &borrower).await;
        rolls(app, &luo, &id).await;
        does(app, &luo, &id, "nodes/1/open", json!({})).await.ok();
        // Nothing is seen of the colleague: the person's own page finds it out.
        app.advance_ms(29_000);
        assert_eq!(call(app, &borrower).await["state"], "led");
        app.advance_ms(2_000);
        let back = call(app, &borrower).await;
        assert_eq!(
            (&back["state"], &back["again"], &back["place"]),
            (&json!("waiting"), &json!("gone"), &json!(1))
        );
        assert_eq!(one(app, &borrower).await["nodes"][0]["state"], "again");
        let gone = app.fact(&opened.id, "recording.agent_gone.v1").await;
        assert_eq!(gone["turn"], 1);
        let late = luo.get(app, &format!("{DESK}/{id}")).await;
        late.refused(403, "recording_not_yours");
        takes(app, &luo, &id).await.ok();
        // Nor is the person waited for longer than that; both are told.
        for _ in 0..11 {
            app.advance_ms(28_000);
            luo.get(app, &format!("{DESK}/{id}")).await.ok();
        }
        app.run_jobs().await;
        let seen = luo.get(app, &format!("{DESK}/{id}")).await.ok().json();
        assert_eq!(
            (&seen["call"]["state"], &seen["call"]["over"]),
            (&json!("over"), &json!("left"))
        );
        assert_eq!(call(app, &borrower).await["over"], "left");
        // Who waits is told when nobody was free.
        app.advance_ms(1);
        says(app, &borrower, "begin", json!({ "mode": "remote" }))
            .await
            .ok();
        for _ in 0..31 {
            app.advance_ms(60_000);
            app.run_jobs().await;
            call(app, &borrower).await;
            desk(app, &luo).await;
        }
        assert_eq!(call(app, &borrower).await["over"], "nobody_came");
        assert_eq!(desk(app, &luo).await["waiting"], json!([]));
    });
}

#[test]
fn who_led_a_recording_does_not_say_what_it_shows_and_a_suspicion_is_looked_at() {
    TestApp::run(async |app| {
        let (opened, borrower, id) = waits(app, 1).await;
        let he = Staff::signs_in(app, "heyun").await;
        takes(app, &he, &id).await.ok();
        does(app, &he, &id, "call-off", json!({ "why": "suspicion" }))
            .await
            .expect(StatusCode::NO_CONTENT);
        let called = app.fact(&opened.id, "recording.person_called.v1").await;
        assert_eq!(called["reason"], "suspicion");
        says(app, &borrower, "person", json!({ "reason": "unsure" }))
            .await
            .refused(422, "recording_not_a_wish");
        // Neither way of recording talks it away.
        for mode in ["self_service", "remote"] {
            says(app, &borrower, "begin", json!({ "mode": mode }))
                .await
                .ok();
            assert_eq!(one(app, &borrower).await["id"], id);
        }
        let open = json!({});
        let path = format!("/api/console/recordings/{id}/open");
        he.send(app, Method::POST, &path, Some(&open)).await.ok();
        reviews(app, &he, &id, "once_more")
            .await
            .refused(403, "recording_led_by_reviewer");
    });
}
