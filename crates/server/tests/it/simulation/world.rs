//! One seed's world: its people, its journeys, its dice.

use std::pin::pin;
use std::task::Poll;

use rand::rngs::StdRng;
use rand::{RngExt as _, SeedableRng as _};
use serde_json::{Value, json};
use xiaobao::app::handlers;
use xiaobao::db::{Read as _, Scope};
use xiaobao::{jobs, ledger};

use super::{JOURNEYS, invariants};
use crate::actors::{ANHE, Borrower, Opened, Partner, Someone, codes, loan, right, wrong};
use crate::app::{Answer, Count, TestApp};

/// What was reached, so that the simulation itself can be judged.
#[derive(Clone, Copy, Debug, Default)]
pub struct Tally {
    pub confirmed: usize,
    pub allowed: usize,
    pub expired: usize,
    /// Pieces of work that were dropped half-way.
    pub cut: usize,
}

impl std::ops::AddAssign for Tally {
    fn add_assign(&mut self, other: Self) {
        self.confirmed += other.confirmed;
        self.allowed += other.allowed;
        self.expired += other.expired;
        self.cut += other.cut;
    }
}

/// One journey of the world.
pub struct Case {
    pub id: String,
    pub borrower: Borrower,
}

/// Says which seed it was when a test fails.
pub struct Story {
    seed: u64,
    steps: Vec<String>,
}

impl Story {
    pub fn of(seed: u64) -> Self {
        Self {
            seed,
            steps: Vec::new(),
        }
    }

    pub fn note(&mut self, step: String) {
        self.steps.push(step);
    }
}

impl Drop for Story {
    fn drop(&mut self) {
        if std::thread::panicking() {
            let last = self.steps.len().saturating_sub(30);
            eprintln!(
                "seed {}, {} steps, the last ones:",
                self.seed,
                self.steps.len()
            );
            self.steps[last..]
                .iter()
                .for_each(|step| eprintln!("  {step}"));
        }
    }
}

pub struct World {
    app: TestApp,
    lender: Partner,
    cases: Vec<Case>,
    dice: StdRng,
    story: Story,
    tally: Tally,
    /// Whom the last step concerned.
    touched: usize,
}

impl World {
    pub async fn begin(seed: u64) -> Self {
        let app = TestApp::start(seed).await;
        let lender = Partner::of(&app, ANHE);
        let story = Story::of(seed);
        Self {
            app,
            lender,
            cases: Vec::new(),
            dice: StdRng::seed_from_u64(seed),
            story,
            tally: Tally::default(),
            touched: 0,
        }
    }

    /// One random thing happens.
    pub async fn step(&mut self) {
        let new = self.cases.len() < JOURNEYS && self.dice.random_ratio(1, 12);
        if self.cases.is_empty() || new {
            return self.open().await;
        }
        match self.dice.random_range(0..100) {
            0..60 => self.person().await,
            60..66 => self.lender().await,
            66..80 => self.time(),
            80..88 => self.work().await,
            88..94 => self.cut_work().await,
            94..98 => self.cut_person().await,
            _ => self.restart().await,
        }
    }

    fn note(&mut self, step: String) {
        self.story.note(step);
    }

    async fn open(&mut self) {
        let number = self.cases.len() as u32 + 1;
        let birth = if self.dice.random() {
            "19600101"
        } else {
            "19850101"
        };
        let price = if self.dice.random_ratio(1, 4) {
            Value::Null
        } else {
            loan()
        };
        let opened = self
            .lender
            .opens(&self.app, &Someone::born(birth, number), "hexiang", price)
            .await;
        let Opened { id, url, .. } = opened;
        self.note(format!("open {id}"));
        self.cases.push(Case {
            id,
            borrower: Borrower::with(&url),
        });
    }

    fn any(&mut self) -> usize {
        self.touched = self.dice.random_range(0..self.cases.len());
        self.touched
    }

    /// The borrower does something, sensible or not.
    async fn person(&mut self) {
        let which = self.any();
        let act = self.dice.random_range(0..10);
        let (id, mut borrower) = (
            self.cases[which].id.clone(),
            self.cases[which].borrower.clone(),
        );
        let answer = self.act(&id, &mut borrower, act).await;
        let outcome = if answer.status.is_success() {
            "done".to_owned()
        } else {
            answer.code()
        };
        self.note(format!("{id} act {act}: {outcome}"));
        assert!(!answer.status.is_server_error(), "{}", answer.text());
        self.cases[which].borrower = borrower;
    }

    async fn act(&mut self, id: &str, borrower: &mut Borrower, act: u32) -> Answer {
        let site = (*self.app).clone();
        match act {
            0 => borrower.asks_code(&site).await,
            1 | 2 => {
                site.run_jobs().await;
                let known = codes(&site, ANHE, id).await;
                // The newest, an older one, or a guess.
                let at = self
                    .dice
                    .random_range(0..known.len().max(1) + 1)
                    .saturating_sub(1);
                let code = known
                    .get(at)
                    .cloned()
                    .unwrap_or_else(|| "000000".to_owned());
                let answer = borrower.tries_code(&site, &code).await;
                if answer.status.is_success() {
                    borrower.cookie = Some(answer.cookie(xiaobao::access::CUSTOMER_COOKIE));
                }
                answer
            }
            3..=8 => {
                let seen = borrower.get(&site, "/api/h5/journey").await;
                if !seen.status.is_success() {
                    return seen;
                }
                let journey = seen.json();
                let mut digest = journey["sheet"]["digest"]
                    .as_str()
                    .unwrap_or("none")
                    .to_owned();
                if self.dice.random_ratio(1, 12) {
                    digest = "0".repeat(64);
                }
                let unpriced = journey["sheet"].is_null();
                let shown = !journey["sheet"]["reading"]["shown_at_ms"].is_null();
                // Mostly what the page offers next, now and then anything.
                let step = match (journey["step"].as_str(), self.dice.random_range(0..9)) {
                    (_, 0) => "shown",
                    (_, 1) => "read",
                    (_, 2) => "confirm",
                    (Some("read"), _) if !shown => "shown",
                    (Some("read"), _) => "read",
                    (Some("confirm" | "done"), _) => "confirm",
                    _ => "answers",
                };
                match step {
                    "answers" if unpriced => borrower.answers(&site, &digest, &[]).await,
                    "answers" if self.dice.random() => {
                        borrower.answers(&site, &digest, &right(&journey)).await
                    }
                    "answers" => borrower.answers(&site, &digest, &wrong(&journey)).await,
                    step => borrower.steps(&site, step, &digest).await,
                }
            }
            _ => borrower.post(&site, "/api/h5/person", &json!({})).await,
        }
    }

    /// The lender gives a price, maybe again, or a new link.
    async fn lender(&mut self) {
        let which = self.any();
        let id = self.cases[which].id.clone();
        if self.dice.random() {
            let answer = self
                .lender
                .post(&self.app, &format!("/v1/journeys/{id}/loan"), &loan())
                .await;
            assert!(!answer.status.is_server_error(), "{}", answer.text());
            return self.note(format!("{id} price: {}", answer.status));
        }
        let answer = self
            .lender
            .post(&self.app, &format!("/v1/journeys/{id}/link"), &json!({}))
            .await;
        assert!(!answer.status.is_server_error(), "{}", answer.text());
        self.note(format!("{id} link: {}", answer.status));
        if answer.status.is_success() {
            let fresh = Borrower::with(answer.json()["url"].as_str().expect("a link"));
            let cookie = self.cases[which].borrower.cookie.take();
            self.cases[which].borrower = Borrower { cookie, ..fresh };
        }
    }

    fn time(&mut self) {
        let ms = match self.dice.random_range(0..120) {
            0..90 => self.dice.random_range(1_000..40_000),
            90..116 => self.dice.random_range(60_000..900_000),
            116..119 => self.dice.random_range(3_600_000..86_400_000),
            // Past the end of every open journey, now and then.
            _ => self.dice.random_range(4 * 86_400_000..8 * 86_400_000),
        };
        self.pass(ms);
    }

    pub fn pass(&mut self, ms: u64) {
        self.app.advance_ms(ms);
        self.note(format!("{ms} ms pass"));
    }

    async fn work(&mut self) {
        if self.dice.random() {
            self.app.run_jobs().await;
            self.note("jobs".to_owned());
        } else {
            self.app.prove().await;
            self.note("sequence and publish".to_owned());
        }
    }

    /// A worker or a sequencer is dropped in the middle of what it does.
    async fn cut_work(&mut self) {
        let polls = self.dice.random_range(1..40);
        let ctx = self.app.ctx.clone();
        let finished = if self.dice.random() {
            cut(polls, async {
                jobs::drain(&ctx, &handlers()).await.map(drop)
            })
            .await
        } else {
            cut(polls, async { ledger::advance(&ctx).await.map(drop) }).await
        };
        self.tally.cut += usize::from(finished.is_none());
        self.note(format!(
            "work dropped after {polls} polls: {}",
            finished.is_none()
        ));
        if let Some(done) = finished {
            done.expect("work that was not dropped ends well");
        }
    }

    /// A request is dropped in the middle, as when a browser goes away or a process ends.
    async fn cut_person(&mut self) {
        let which = self.any();
        let (act, polls) = (self.dice.random_range(3..10), self.dice.random_range(1..25));
        let (id, mut borrower) = (
            self.cases[which].id.clone(),
            self.cases[which].borrower.clone(),
        );
        let finished = cut(polls, self.act(&id, &mut borrower, act)).await;
        self.tally.cut += usize::from(finished.is_none());
        self.note(format!(
            "{id} act {act} dropped after {polls} polls: {}",
            finished.is_none()
        ));
    }

    async fn restart(&mut self) {
        self.app.restart().await;
        self.note("restart".to_owned());
    }

    /// Holds the promises against whom the last step concerned.
    pub async fn check_touched(&self) {
        if let Some(case) = self.cases.get(self.touched) {
            invariants::check(&self.app, &self.lender, case).await;
        }
    }

    /// Holds the promises against everybody.
    pub async fn check_all(&self) {
        for case in &self.cases {
            invariants::check(&self.app, &self.lender, case).await;
        }
    }

    /// The storm is over: what was left lying is picked up, and who is still in time can finish.
    pub async fn end(mut self) -> Tally {
        self.app.restart().await;
        // Leases of workers that ended run out, failed tries wait their turn.
        for _ in 0..4 {
            self.app.settle().await;
            self.app.advance_ms(400_000);
        }
        for at in 0..self.cases.len() {
            self.finish(at).await;
        }
        self.app.settle().await;
        self.check_all().await;
        for case in &self.cases {
            let state = self
                .lender
                .get(&self.app, &format!("/v1/journeys/{}", case.id))
                .await
                .ok()
                .json();
            let missing = self.lender.missing(&self.app, &case.id).await;
            match state["state"].as_str() {
                Some("completed") => {
                    self.tally.confirmed += 1;
                    let lapsed = missing.iter().all(|code| code == "price_lapsed");
                    assert!(lapsed, "{} is completed and proved: {missing:?}", case.id);
                    self.tally.allowed += usize::from(missing.is_empty());
                }
                Some("expired") => self.tally.expired += 1,
                other => panic!("{} is left in state {other:?}", case.id),
            }
        }
        let view = self.app.ctx.db.read(Scope::Unscoped).await.expect("a view");
        // What waits for its day by design.
        let sql = "SELECT COUNT(*) AS n FROM jobs_jobs
                   WHERE state = 'dead' OR kind NOT IN ('journey.expire', 'journey.remind', 'access.sweep')";
        let left: Count = view
            .one(sql, vec![])
            .await
            .expect("a query")
            .expect("a row");
        drop(view);
        assert_eq!(left.n, 0, "every job was done in the end");
        let tally = self.tally;
        self.app.finish().await;
        tally
    }

    /// Nobody who is in time meets a dead end.
    async fn finish(&mut self, at: usize) {
        let id = self.cases[at].id.clone();
        let path = format!("/v1/journeys/{id}");
        let state = self.lender.get(&self.app, &path).await.ok().json()["state"].clone();
        if state == "expired" || state == "completed" {
            return;
        }
        if state == "waiting_price" {
            self.lender
                .post(&self.app, &format!("{path}/loan"), &loan())
                .await
                .ok();
        }
        let renewed = self
            .lender
            .post(&self.app, &format!("{path}/link"), &json!({}))
            .await
            .ok()
            .json();
        let mut borrower = Borrower::with(renewed["url"].as_str().expect("a link"));
        let mut journey = borrower.enters(&self.app, &id).await;
        if journey["step"] == "read" {
            journey = borrower.reads(&self.app).await;
        }
        if journey["step"] == "answer" {
            self.app.advance_ms(600_000);
            journey = borrower.understands(&self.app).await;
        }
        assert_eq!(journey["step"], "confirm", "{id}");
        borrower.confirms(&self.app).await;
        self.note(format!("{id} finishes"));
    }
}

/// Polls a piece of work a number of times and then drops it; the answer if it was faster.
pub async fn cut<T>(polls: u32, work: impl Future<Output = T>) -> Option<T> {
    let mut left = polls;
    let mut work = pin!(work);
    std::future::poll_fn(|context| {
        if left == 0 {
            return Poll::Ready(None);
        }
        left -= 1;
        match work.as_mut().poll(context) {
            Poll::Ready(done) => Poll::Ready(Some(done)),
            Poll::Pending if left == 0 => Poll::Ready(None),
            Poll::Pending => Poll::Pending,
        }
    })
    .await
}
