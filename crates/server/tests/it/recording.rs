//! 双录: what was acknowledged is kept in its order, what machines couldn't check goes to a person, and nothing is signed before.

use axum::body::Body;
use axum::http::{Method, Request, StatusCode, header};
use proof::digest::sha256;
use proof::hex;
use serde_json::{Value, json};
use xiaobao::access;

use crate::actors::{ANHE, Borrower, Opened, Partner, Someone, Staff, loan};
use crate::app::{Answer, TestApp};
use crate::consent::decides;
use crate::steps::offers_with;

pub const AT: &str = "/api/h5/recording";

/// Releases a product that records.
async fn offers(app: &TestApp) {
    let parts = json!({
        "required": ["personal_information_notice", "cost_disclosure", "recording"],
        "notices": ["pi_notice"],
        "recording": script(),
    });
    offers_with(&app.ctx, parts).await.expect("released");
}

/// Two questions and a sentence, for every loan.
pub fn script() -> Value {
    let node = |code: &str, kind: &str, expects: Value, on_wrong: &str| {
        json!({
            "code": code, "kind": kind, "on_wrong": on_wrong, "answer_seconds": 8, "tries_max": 2,
            "spoken": { "zh": "本金{principal}元，共还{total}元。", "en": "{principal} yuan, {total} in all." },
            "expects": expects,
        })
    };
    json!({
        "basis": "policy",
        "when": { "always": true, "elders": true },
        "reviewed_percent": { "standard": 0, "elder": 100 },
        "script": [
            node("own_will", "answer", json!(["是的", "对"]), "again"),
            node("cost", "read_aloud", json!(["我已知晓全部成本"]), "again"),
        ],
    })
}

/// A borrower who confirmed the sheet of a product that records.
pub async fn due(app: &TestApp, number: u32) -> (Opened, Borrower) {
    offers(app).await;
    let lender = Partner::of(app, ANHE);
    let opened = lender
        .opens(app, &Someone::adult(number), "hexiang", loan())
        .await;
    let mut borrower = Borrower::with(&opened.url);
    borrower.enters(app, &opened.id).await;
    decides(&borrower, app, "pi_notice", "acknowledge").await;
    borrower.reads(app).await;
    borrower.understands(app).await;
    borrower.confirms(app).await;
    (opened, borrower)
}

pub async fn says(app: &TestApp, borrower: &Borrower, what: &str, body: Value) -> Answer {
    borrower.post(app, &format!("{AT}/{what}"), &body).await
}

pub async fn one(app: &TestApp, borrower: &Borrower) -> Value {
    borrower.get(app, AT).await.ok().json()["recording"].clone()
}

/// A page's recorder: chunks of one segment, chained as they come.
pub struct Page {
    pub recording: String,
    pub segment: i64,
    pub head: [u8; 32],
    pub next: i64,
}

impl Page {
    pub async fn starts(app: &TestApp, borrower: &Borrower) -> Self {
        says(app, borrower, "begin", json!({ "mode": "self_service" }))
            .await
            .ok();
        Self::rolls(app, borrower).await
    }

    /// The recorder of a recording that was begun.
    pub async fn rolls(app: &TestApp, borrower: &Borrower) -> Self {
        let started = says(app, borrower, "segments", json!({ "media": "video/webm" })).await;
        let view = started.ok().json()["recording"].clone();
        let recording = view["id"].as_str().expect("an id").to_owned();
        let segment = view["segment"].as_i64().expect("a segment");
        let first = format!("xiaobao/segment/v1{recording}/{segment}");
        Self {
            head: sha256(first.as_bytes()),
            recording,
            segment,
            next: 0,
        }
    }

    pub fn behind(&self, bytes: &[u8]) -> [u8; 32] {
        sha256(&[&b"xiaobao/chunk/v1"[..], &self.head, &sha256(bytes)].concat())
    }

    async fn puts(
        &self,
        app: &TestApp,
        who: &Borrower,
        no: i64,
        bytes: &[u8],
        head: &str,
    ) -> Answer {
        let path = format!("{AT}/segments/{}/chunks/{no}", self.segment);
        let cookie = who.cookie.clone().unwrap_or_default();
        let call = Request::builder()
            .method(Method::PUT)
            .uri(&path)
            .header("x-xiaobao", "1")
            .header(header::CONTENT_TYPE, "application/octet-stream")
            .header(
                header::COOKIE,
                format!("{}={cookie}", access::CUSTOMER_COOKIE),
            );
        let call = match head {
            "" => call,
            _ => call.header("recording-chain", head),
        };
        app.send(call.body(Body::from(bytes.to_vec())).expect("a request"))
            .await
    }

    pub async fn records(&mut self, app: &TestApp, who: &Borrower, bytes: &[u8]) {
        let head = self.behind(bytes);
        let taken = self
            .puts(app, who, self.next, bytes, &hex::encode(&head))
            .await;
        self.next += 1;
        assert_eq!(taken.ok().json()["next_chunk"], self.next);
        self.head = head;
    }

    /// Asks a node, records two seconds of it and says that it was answered.
    pub async fn answers(&mut self, app: &TestApp, who: &Borrower, node: i64) -> Value {
        let at_ms = self.next * 1_000;
        let body = json!({ "segment": self.segment, "at_ms": at_ms });
        says(app, who, &format!("nodes/{node}/open"), body)
            .await
            .ok();
        for part in 0..2 {
            app.advance_ms(1_000);
            self.records(app, who, format!("{node}/{part}").as_bytes())
                .await;
        }
        let body = json!({
            "segment": self.segment, "until_ms": self.next * 1_000, "chunks": self.next,
        });
        let ended = says(app, who, &format!("nodes/{node}/end"), body).await;
        ended.ok().json()["recording"].clone()
    }
}

#[test]
fn what_was_acknowledged_is_kept_in_its_order_and_nothing_else_is() {
    TestApp::run(async |app| {
        let (opened, borrower) = due(app, 1).await;
        let mut page = Page::starts(app, &borrower).await;
        page.records(app, &borrower, b"one").await;
        let head = |bytes: &[u8]| hex::encode(&page.behind(bytes));
        let (right, zero) = (head(b"two"), "0".repeat(64));
        let giant = vec![1; (1 << 20) + 1];
        for (no, bytes, head, status, code) in [
            (1, &b""[..], &right, 422, "chunk_empty"),
            (1, &giant[..], &right, 422, "chunk_too_large"),
            (2, b"two", &right, 409, "chunk_out_of_order"),
            (1, b"two", &zero, 409, "chunk_chain_broken"),
            (0, b"another", &right, 409, "chunk_differs"),
        ] {
            let answer = page.puts(app, &borrower, no, bytes, head).await;
            answer.refused(status, code);
        }
        let headless = page.puts(app, &borrower, 1, b"two", "").await;
        headless.refused(422, "invalid_request");
        let again = page.puts(app, &borrower, 0, b"one", &zero).await;
        assert_eq!(again.ok().json()["next_chunk"], 1);
        let (_, stranger) = due(app, 2).await;
        let foreign = page.puts(app, &stranger, 1, b"two", &right).await;
        foreign.refused(409, "recording_not_begun");
        page.records(app, &borrower, b"two").await;

        // The whole house stops and comes back: what was acknowledged is there.
        app.restart().await;
        let view = one(app, &borrower).await;
        assert_eq!(
            (&view["next_chunk"], &view["head"]),
            (&json!(2), &json!(hex::encode(&page.head)))
        );
        page.records(app, &borrower, b"three").await;
        app.advance_ms(11_000);
        app.run_jobs().await;
        let sworn = app.fact(&opened.id, "recording.received.v1").await;
        assert_eq!(
            (&sworn["chunks"], &sworn["head"]),
            (&json!(3), &json!(hex::encode(&page.head)))
        );
    });
}

#[test]
fn words_are_of_the_sheet_and_what_no_machine_could_check_goes_to_a_person() {
    TestApp::run(async |app| {
        let (opened, borrower) = due(app, 1).await;
        let early = says(app, &borrower, "segments", json!({ "media": "video/webm" })).await;
        early.refused(409, "recording_not_begun");
        let journey = borrower.journey(app).await;
        assert_eq!(journey["current"], "recording");
        let mut page = Page::starts(app, &borrower).await;
        let view = one(app, &borrower).await;
        let total = journey["sheet"]["sheet"]["total_repaid"]
            .as_i64()
            .expect("fen");
        let words = view["nodes"][0]["spoken"]["zh"].as_str().expect("words");
        assert!(words.contains(&cost::yuan(total)), "{words}");
        let late = says(
            app,
            &borrower,
            "nodes/2/open",
            json!({ "segment": 1, "at_ms": 0 }),
        )
        .await;
        late.refused(409, "recording_node_not_due");
        page.answers(app, &borrower, 1).await;
        // None of these bytes is a film.
        app.run_jobs().await;
        let view = one(app, &borrower).await;
        let first = &view["nodes"][0];
        assert_ne!(first["state"], "passed", "{first}");
        let lender = Partner::of(app, ANHE);
        app.settle().await;
        assert_eq!(lender.missing(app, &opened.id).await, ["not_recorded"]);
        assert_eq!(app.facts(&opened.id, "recording.passed.v1").await, 0);
    });
}

pub async fn reviews(app: &TestApp, staff: &Staff, id: &str, said: &str) -> Answer {
    let body = json!({ "said": said });
    let path = format!("/api/console/recordings/{id}/review");
    staff.send(app, Method::POST, &path, Some(&body)).await
}

#[test]
fn a_colleague_opens_what_was_recorded_and_says_what_it_shows() {
    TestApp::run(async |app| {
        let (opened, borrower) = due(app, 1).await;
        let mut page = Page::starts(app, &borrower).await;
        let officer = Staff::signs_in(app, "heyun").await;
        // Nothing of it is a film: twice each, then a person must look.
        for node in [1, 2] {
            for _ in 0..2 {
                page.answers(app, &borrower, node).await;
                app.run_jobs().await;
            }
        }
        let view = one(app, &borrower).await;
        assert_eq!(view["state"], "needs_person", "{view}");
        let id = page.recording.as_str();
        let waiting = officer
            .get(app, "/api/console/recordings?state=waiting")
            .await;
        assert_eq!(waiting.ok().json()["rows"][0]["id"], id);
        let unseen = reviews(app, &officer, id, "passed").await;
        unseen.refused(409, "recording_not_seen");
        let path = format!("/api/console/recordings/{id}");
        let open = Some(json!({}));
        let words = officer
            .send(app, Method::POST, &format!("{path}/open"), open.as_ref())
            .await;
        assert_eq!(words.ok().json()["words"].as_array().map(Vec::len), Some(4));
        let film = officer
            .send(
                app,
                Method::POST,
                &format!("{path}/segments/1/media"),
                open.as_ref(),
            )
            .await;
        assert_eq!(film.ok().bytes, b"1/01/11/01/12/02/12/02/1");
        reviews(app, &officer, id, "passed")
            .await
            .expect(StatusCode::NO_CONTENT);
        assert_eq!(borrower.journey(app).await["state"], "completed");
        app.settle().await;
        let lender = Partner::of(app, ANHE);
        assert_eq!(lender.missing(app, &opened.id).await, Vec::<String>::new());
        let again = reviews(app, &officer, id, "once_more").await;
        again.refused(409, "recording_not_waiting");
    });
}

#[test]
fn what_was_never_recorded_is_passed_by_nobody() {
    TestApp::run(async |app| {
        let (_, borrower) = due(app, 1).await;
        let page = Page::starts(app, &borrower).await;
        let call = json!({ "reason": "device" });
        says(app, &borrower, "person", call).await.ok();
        let officer = Staff::signs_in(app, "heyun").await;
        let id = page.recording.as_str();
        let path = format!("/api/console/recordings/{id}/open");
        officer
            .send(app, Method::POST, &path, Some(&json!({})))
            .await
            .ok();
        let passed = reviews(app, &officer, id, "passed").await;
        passed.refused(409, "recording_incomplete");
        reviews(app, &officer, id, "once_more")
            .await
            .expect(StatusCode::NO_CONTENT);
        // Recordings of one instant have no order.
        app.advance_ms(1);
        let another = Page::starts(app, &borrower).await;
        assert_ne!(another.recording, page.recording);
    });
}

#[test]
fn a_page_that_claims_more_than_it_sent_is_not_believed() {
    TestApp::run(async |app| {
        let (_, borrower) = due(app, 1).await;
        let mut page = Page::starts(app, &borrower).await;
        let open = json!({ "segment": 1, "at_ms": 0 });
        says(app, &borrower, "nodes/1/open", open).await.ok();
        page.records(app, &borrower, b"one").await;
        app.advance_ms(2_000);
        for (end, code) in [
            (
                json!({ "segment": 1, "until_ms": 2_000, "chunks": 2 }),
                "recording_chunks_missing",
            ),
            (
                json!({ "segment": 2, "until_ms": 2_000, "chunks": 1 }),
                "recording_node_not_open",
            ),
        ] {
            let answer = says(app, &borrower, "nodes/1/end", end).await;
            answer.refused(409, code);
        }
        // Its clock says that an hour went by.
        let end = json!({ "segment": 1, "until_ms": 3_600_000, "chunks": 1 });
        says(app, &borrower, "nodes/1/end", end).await.ok();
        app.run_jobs().await;
        let view = one(app, &borrower).await;
        let reasons = view["nodes"][0]["reasons"].to_string();
        assert!(reasons.contains("clock_jumped"), "{reasons}");
    });
}

#[test]
fn a_recording_that_nobody_goes_on_with_is_ended_and_another_begins() {
    TestApp::run(async |app| {
        let (opened, borrower) = due(app, 1).await;
        let mut page = Page::starts(app, &borrower).await;
        page.records(app, &borrower, b"one").await;
        app.advance_ms(25 * 60_000);
        page.records(app, &borrower, b"two").await;
        app.advance_ms(6 * 60_000);
        app.run_jobs().await;
        assert_eq!(one(app, &borrower).await["state"], "running");
        app.advance_ms(25 * 60_000);
        app.run_jobs().await;
        assert_eq!(one(app, &borrower).await["state"], "ended");
        let head = hex::encode(&page.behind(b"three"));
        let late = page.puts(app, &borrower, 2, b"three", &head).await;
        late.refused(409, "recording_over");
        let ended = app.fact(&opened.id, "recording.ended.v1").await;
        assert_eq!(ended["reason"], "silent");
        let another = Page::starts(app, &borrower).await;
        assert_ne!(another.recording, page.recording);
    });
}

#[test]
fn who_does_not_want_to_be_recorded_reaches_a_person() {
    TestApp::run(async |app| {
        let (opened, borrower) = due(app, 1).await;
        Page::starts(app, &borrower).await;
        let call = json!({ "reason": "refused" });
        says(app, &borrower, "person", call).await.ok();
        let journey = borrower.journey(app).await;
        let steps = journey["steps"].as_array().expect("steps");
        let step = steps.iter().find(|one| one["protection"] == "recording");
        assert_eq!(step.expect("the step")["progress"], "needs_person");
        let called = app.fact(&opened.id, "recording.person_called.v1").await;
        assert_eq!(called["reason"], "refused");
        let unknown = borrower
            .send(app, Method::GET, "/api/h5/recording/live?after=0", None)
            .await;
        unknown.expect(StatusCode::OK);
    });
}
