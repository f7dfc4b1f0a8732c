//! A page that records as `web/src/recording/queue.ts` does: chunks in their order, each kept until it is acknowledged, and
//! whoever comes back asks where to go on.

use proof::hex;
use rand::rngs::StdRng;
use rand::{RngExt as _, SeedableRng as _};
use serde_json::{Value, json};
use tokio::sync::watch;

use super::Tally;
use super::line::{Chunk, Heard, How, put};
use super::segment::Segment;

/// Every kind of disturbance.
pub const KINDS: [&str; 8] = [
    "killed",
    "cut in the middle",
    "answer lost",
    "loaded anew",
    "sent twice",
    "sent too early",
    "two tabs",
    "two tabs that differ",
];
/// A recording has at most 64 segments.
const RELOADS_MAX: usize = 50;

/// The program is gone, or the line is.
struct Gone;

type Outcome<T = ()> = Result<T, Gone>;

/// One person's page and everything it must not lose.
pub struct Phone {
    pub number: u32,
    pub journey: String,
    pub cookie: String,
    pub recording: String,
    pub segments: Vec<Segment>,
    pub tally: Tally,
    client: reqwest::Client,
    dice: StdRng,
    asked: bool,
}

impl Phone {
    pub fn new(number: u32, journey: String, cookie: String, recording: String, seed: u64) -> Self {
        Self {
            number,
            journey,
            cookie,
            segments: Vec::new(),
            recording,
            tally: Tally::new(),
            client: reqwest::Client::builder()
                .no_proxy()
                .build()
                .expect("a client"),
            dice: StdRng::seed_from_u64(seed),
            asked: false,
        }
    }

    pub fn name(&self) -> String {
        format!("phone {} ({})", self.number, self.recording)
    }

    fn newest(&mut self) -> &mut Segment {
        self.segments.last_mut().expect("a segment")
    }

    /// Asks where to go on, as a page does that finds the server again.
    pub async fn comes_back(&mut self, url: &str) {
        let Ok(view) = self.view(url).await else {
            panic!("{}: the program serves", self.name());
        };
        self.goes_on(&view);
    }

    fn goes_on(&mut self, view: &Value) {
        let one = &view["recording"];
        assert_eq!(one["id"], self.recording.as_str(), "{view}");
        assert_eq!(one["state"], "running", "{view}");
        // A segment that was begun, while nobody heard of it.
        let last = one["segment"].as_i64().unwrap_or(0);
        while (self.segments.len() as i64) < last {
            let no = self.segments.len() as i64 + 1;
            self.segments.push(Segment::new(&self.recording, no));
            self.asked = false;
        }
        assert_eq!(
            self.segments.len() as i64,
            last,
            "{}: no segment is lost",
            self.name()
        );
        let (whose, next) = (self.name(), one["next_chunk"].as_u64().expect("a number"));
        if let Some(newest) = self.segments.last_mut() {
            let head = one["head"].as_str().expect("a head");
            newest.must_fit(next as usize, head, &whose);
        }
    }

    async fn view(&self, url: &str) -> Outcome<Value> {
        let asked = self.client.get(format!("{url}/api/h5/recording"));
        let (status, view) = self.sent(asked).await?;
        assert_eq!(status, 200, "{}: {view}", self.name());
        Ok(view)
    }

    async fn says(&self, url: &str, what: &str, body: Value) -> Outcome<(u16, Value)> {
        let asked = self.client.post(format!("{url}/api/h5/recording/{what}"));
        self.sent(asked.json(&body)).await
    }

    async fn sent(&self, request: reqwest::RequestBuilder) -> Outcome<(u16, Value)> {
        let cookie = format!("{}={}", xiaobao::access::CUSTOMER_COOKIE, self.cookie);
        let request = request.header("x-xiaobao", "1").header("cookie", cookie);
        let answer = request.send().await.map_err(|_| Gone)?;
        let status = answer.status().as_u16();
        Ok((status, answer.json().await.map_err(|_| Gone)?))
    }

    /// Records and uploads over all kinds of lines until the program is gone.
    pub async fn records(mut self, url: String, gone: watch::Receiver<bool>) -> Self {
        while self.step(&url).await.is_ok() {}
        assert!(
            *gone.borrow(),
            "{}: no answer, and nobody killed it",
            self.name()
        );
        self.count("killed");
        self
    }

    fn count(&mut self, what: &'static str) {
        *self.tally.entry(what).or_default() += 1;
    }

    async fn step(&mut self, url: &str) -> Outcome {
        if self.segments.is_empty() {
            return self.loads_anew(url).await;
        }
        for _ in 0..self.dice.random_range(1..3) {
            let length = match self.dice.random_range(0..20) {
                0 => self.dice.random_range(100_000..300_000),
                _ => self.dice.random_range(1..16_000),
            };
            let mut bytes = vec![0; length];
            self.dice.fill(&mut bytes[..]);
            self.newest().keep(bytes);
        }
        match self.dice.random_range(0..100) {
            0..9 => self.is_cut(url).await,
            9..18 => self.is_unheard(url).await,
            18..23 if self.segments.len() < RELOADS_MAX => {
                self.count("loaded anew");
                self.loads_anew(url).await
            }
            23..30 => self.sends_twice(url).await,
            30..37 => self.runs_ahead(url).await,
            37..44 => self.two_tabs(url).await,
            44..50 => self.two_that_differ(url).await,
            50..55 => self.asks_and_answers(url).await,
            _ => {
                self.sends_next(url).await?;
                self.sends_next(url).await
            }
        }
    }

    async fn loads_anew(&mut self, url: &str) -> Outcome {
        let (status, view) = self
            .says(url, "segments", json!({ "media": "video/webm" }))
            .await?;
        assert_eq!(status, 200, "{}: {view}", self.name());
        self.goes_on(&view);
        Ok(())
    }

    /// The place of the first chunk that wasn't acknowledged: segments in their order, as the queue does.
    fn waiting(&self) -> Option<(usize, usize)> {
        let at = self
            .segments
            .iter()
            .position(|one| one.acked < one.chunks.len())?;
        Some((at, self.segments[at].acked))
    }

    async fn puts(&self, url: &str, (at, no): (usize, usize), how: How) -> Heard {
        let segment = &self.segments[at];
        let chunk = Chunk {
            cookie: &self.cookie,
            segment: segment.no,
            no,
            bytes: &segment.chunks[no],
            head: &segment.head(no + 1),
        };
        put(url, &chunk, how).await
    }

    fn how(&mut self) -> How {
        match self.dice.random_range(0..4) {
            0 => How::Slowly(self.dice.random_range(1..12)),
            _ => How::Whole,
        }
    }

    async fn sends_next(&mut self, url: &str) -> Outcome {
        let Some((at, no)) = self.waiting() else {
            return Ok(());
        };
        let how = self.how();
        let heard = self.puts(url, (at, no), how).await;
        self.is_told((at, no), heard)
    }

    /// What an answer to a chunk that was due means.
    fn is_told(&mut self, (at, no): (usize, usize), heard: Heard) -> Outcome {
        match heard {
            Heard::Answer(200, taken) => {
                let next = taken["next_chunk"].as_u64().expect("a number") as usize;
                let segment = &mut self.segments[at];
                assert!(next > no && next <= segment.chunks.len(), "{taken}");
                segment.acked = next;
                Ok(())
            }
            // Two tabs met in the database: the page sends it again.
            Heard::Answer(409, said) if said["error"]["code"] == "conflict" => Ok(()),
            Heard::Answer(status, said) => panic!("{}: {no}: {status} {said}", self.name()),
            Heard::Nothing => Err(Gone),
        }
    }

    async fn is_cut(&mut self, url: &str) -> Outcome {
        let Some((at, no)) = self.waiting() else {
            return Ok(());
        };
        let most = self
            .dice
            .random_range(0..self.segments[at].chunks[no].len());
        self.puts(url, (at, no), How::CutAt(most)).await;
        self.count("cut in the middle");
        self.finds_its_place(url).await
    }

    async fn is_unheard(&mut self, url: &str) -> Outcome {
        let Some(place) = self.waiting() else {
            return Ok(());
        };
        let pause_ms = self.dice.random_range(0..30);
        self.puts(url, place, How::Unheard(pause_ms)).await;
        self.count("answer lost");
        self.finds_its_place(url).await
    }

    /// Behind a line that broke: asks, and sends again what wasn't kept.
    async fn finds_its_place(&mut self, url: &str) -> Outcome {
        let view = self.view(url).await?;
        self.goes_on(&view);
        self.sends_next(url).await
    }

    async fn sends_twice(&mut self, url: &str) -> Outcome {
        self.sends_next(url).await?;
        let sent = (0..self.segments.len())
            .rev()
            .find(|at| self.segments[*at].acked > 0);
        let Some(at) = sent else { return Ok(()) };
        let no = self.dice.random_range(0..self.segments[at].acked);
        let heard = self.puts(url, (at, no), How::Whole).await;
        let kept = self.segments[at].acked as u64;
        match heard {
            Heard::Answer(200, taken) => assert_eq!(taken["next_chunk"], kept, "{}", self.name()),
            Heard::Answer(status, said) => panic!("{}: {status} {said}", self.name()),
            Heard::Nothing => return Err(Gone),
        }
        self.count("sent twice");
        Ok(())
    }

    async fn runs_ahead(&mut self, url: &str) -> Outcome {
        let Some((at, no)) = self.waiting() else {
            return Ok(());
        };
        if no + 1 >= self.segments[at].chunks.len() {
            return self.sends_next(url).await;
        }
        match self.puts(url, (at, no + 1), How::Whole).await {
            Heard::Answer(409, said) => {
                assert_eq!(
                    said["error"]["code"],
                    "chunk_out_of_order",
                    "{}",
                    self.name()
                );
            }
            Heard::Answer(status, said) => panic!("{}: {status} {said}", self.name()),
            Heard::Nothing => return Err(Gone),
        }
        self.count("sent too early");
        self.finds_its_place(url).await
    }

    async fn two_tabs(&mut self, url: &str) -> Outcome {
        let Some(place) = self.waiting() else {
            return Ok(());
        };
        let how = self.how();
        let (one, other) = tokio::join!(
            self.puts(url, place, how),
            self.puts(url, place, How::Whole)
        );
        for heard in [one, other] {
            self.is_told(place, heard)?;
        }
        self.count("two tabs");
        Ok(())
    }

    /// Two tabs that recorded different things under one number: exactly one of them is kept.
    async fn two_that_differ(&mut self, url: &str) -> Outcome {
        while let Some(place) = self.waiting() {
            if place == (self.segments.len() - 1, self.newest().chunks.len() - 1) {
                break;
            }
            self.sends_next(url).await?;
        }
        let Some((at, no)) = self.waiting() else {
            return Ok(());
        };
        let other = vec![self.number as u8; self.dice.random_range(1..9_000)];
        let segment = &mut self.segments[at];
        let head = hex::encode(&segment.behind(no, &other));
        segment.rival = Some(other.clone());
        let rival = Chunk {
            cookie: &self.cookie,
            segment: self.segments[at].no,
            no,
            bytes: &other,
            head: &head,
        };
        let (mine, theirs) = tokio::join!(
            self.puts(url, (at, no), How::Whole),
            put(url, &rival, How::Whole)
        );
        let view = self.view(url).await?;
        self.goes_on(&view);
        let won = |heard: &Heard| matches!(heard, Heard::Answer(200, _));
        if let (Heard::Answer(..), Heard::Answer(..)) = (&mine, &theirs) {
            assert!(
                won(&mine) != won(&theirs),
                "{}: {mine:?} {theirs:?}",
                self.name()
            );
        }
        for heard in [&mine, &theirs] {
            if let Heard::Answer(409, said) = heard {
                assert_eq!(said["error"]["code"], "chunk_differs", "{}", self.name());
            }
        }
        self.count("two tabs that differ");
        Ok(())
    }

    /// The first question is asked, or answered where it was asked before: machines look at it while everything else goes on.
    async fn asks_and_answers(&mut self, url: &str) -> Outcome {
        while self.waiting().is_some() {
            self.sends_next(url).await?;
        }
        let newest = self.newest();
        let (segment, chunks) = (newest.no, newest.acked);
        let at_ms = newest.begun.elapsed().as_millis() as u64;
        let (what, body) = match self.asked {
            false => ("open", json!({ "segment": segment, "at_ms": at_ms })),
            true => (
                "end",
                json!({ "segment": segment, "until_ms": at_ms, "chunks": chunks }),
            ),
        };
        let (status, said) = self.says(url, &format!("nodes/1/{what}"), body).await?;
        let known = [
            "recording_node_not_due",
            "recording_node_not_open",
            "recording_marks_wrong",
        ];
        let refused = said["error"]["code"].as_str().unwrap_or_default();
        assert!(
            status == 200 || known.contains(&refused),
            "{}: {status} {said}",
            self.name()
        );
        if status == 200 {
            self.asked = !self.asked;
        }
        Ok(())
    }

    pub async fn begins_a_segment(&mut self, url: &str) {
        assert!(self.loads_anew(url).await.is_ok(), "{}", self.name());
    }

    pub fn keeps(&mut self, bytes: Vec<u8>) {
        self.newest().keep(bytes);
    }

    /// Sends the next chunk once, whatever comes of it.
    pub async fn tries(&mut self, url: &str) -> (u16, Value) {
        let place = self.waiting().expect("a chunk that waits");
        match self.puts(url, place, How::Whole).await {
            Heard::Answer(200, taken) => {
                let told = self.is_told(place, Heard::Answer(200, taken.clone()));
                assert!(told.is_ok());
                (200, taken)
            }
            Heard::Answer(status, said) => (status, said),
            Heard::Nothing => panic!("{}: no answer", self.name()),
        }
    }

    /// Uploads what is left.
    pub async fn hands_in(&mut self, url: &str) {
        while self.waiting().is_some() {
            assert!(
                self.sends_next(url).await.is_ok(),
                "{}: nobody kills it now",
                self.name()
            );
        }
    }
}
