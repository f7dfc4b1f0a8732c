//! One house with its people, its lender and its dice.

use std::sync::atomic::Ordering;

use axum::http::{Method, StatusCode};
use proof::checkpoint::Checkpoint;
use rand::rngs::StdRng;
use rand::{RngExt as _, SeedableRng as _};
use serde_json::{Value, json};
use xiaobao::app::handlers;
use xiaobao::clock::Clock;
use xiaobao::outward::Loopback;
use xiaobao::signing::{self, Outcome};
use xiaobao::{jobs, ledger, webhook};

use super::lender::{Fault, Inbox, Lender};
use super::phone::{Phone, card};
use super::{IN_A_HOUSE, closing};
use crate::actors::{ANHE, Borrower, Opened, Partner, Someone, Staff, institution_id, journey_of};
use crate::app::TestApp;
use crate::batch::Lender as Exchange;
use crate::ledger::checkpoint;
use crate::simulation::world::{Story, cut};
use crate::steps::offers_with;

/// People on their way at the same time.
const ON_THE_WAY: usize = 8;

/// What was reached, so that the simulation itself can be judged.
#[derive(Clone, Copy, Debug, Default)]
pub struct Tally {
    pub opened: usize,
    pub signed: usize,
    pub paid: usize,
    pub refused: usize,
    pub expired: usize,
    /// Pieces of work that were dropped half-way.
    pub cut: usize,
    /// Sets that were signed and not sworn to, when the program ended.
    pub unsworn: usize,
    pub restarts: usize,
    /// Messages that came again.
    pub repeated: usize,
    /// Payments that were not as they should be.
    pub injected: usize,
    pub clock_set_back: usize,
}

impl std::ops::AddAssign for Tally {
    fn add_assign(&mut self, other: Self) {
        self.opened += other.opened;
        self.signed += other.signed;
        self.paid += other.paid;
        self.refused += other.refused;
        self.expired += other.expired;
        self.cut += other.cut;
        self.unsworn += other.unsworn;
        self.restarts += other.restarts;
        self.repeated += other.repeated;
        self.injected += other.injected;
        self.clock_set_back += other.clock_set_back;
    }
}

/// One person's road.
pub struct Road {
    someone: Someone,
    /// Once the lender's request was answered.
    pub phone: Option<Phone>,
    /// Acts until the person gives up.
    pub(super) patience: u32,
}

pub struct Town {
    pub app: TestApp,
    pub exchange: Exchange,
    pub lender: Lender,
    pub roads: Vec<Road>,
    pub seen: Vec<Checkpoint>,
    pub tally: Tally,
    dice: StdRng,
    story: Story,
}

impl Town {
    pub async fn begin(seed: u64) -> Self {
        let mut app = TestApp::start(seed).await;
        let exchange = Exchange::connects(&mut app).await;
        app.reconfigure(|config| config.webhook.loopback = Loopback::Allowed)
            .await;
        // Every step there is; two contracts stand for a set.
        let parts = json!({
            "required": ["personal_information_notice", "separate_consents", "identity", "credit_authority",
                "affordability", "credit_decision", "drawdown", "cost_disclosure", "signing", "total_cost_notice"],
            "identity": ["registry", "carrier", "network_id"],
            "notices": ["pi_notice", "provide_partner", "credit_authority"],
            "documents": ["loan_contract", "certificate_authority"],
        });
        offers_with(&app.ctx, parts).await.expect("released");
        let (inbox, url) = Inbox::open().await;
        let staff = Staff::signs_in(&app, "heyun").await;
        let events = [
            "journey.opened",
            "affordability.assessed",
            "credit.decided",
            "contracts.signed",
            "journey.completed",
            "loan.booked",
            "release_token.issued",
            "loan.disbursed",
        ];
        let endpoint = json!({ "url": url, "events": events });
        let path = "/api/console/webhooks";
        let made = staff.send(&app, Method::POST, path, Some(&endpoint)).await;
        made.expect(StatusCode::CREATED);
        let lender = Lender {
            partner: Partner::of(&app, ANHE),
            inbox,
            loans: Default::default(),
        };
        app.settle().await;
        let seen = vec![checkpoint(&app, ANHE).await];
        Self {
            app,
            exchange,
            lender,
            roads: Vec::new(),
            seen,
            tally: Tally::default(),
            dice: StdRng::seed_from_u64(seed),
            story: Story::of(seed),
        }
    }

    fn is_over(&self, road: &Road) -> bool {
        let Some(phone) = &road.phone else {
            return false;
        };
        road.patience == 0 || self.lender.loans[&phone.case].is_over()
    }

    /// Everybody who was to come has come, and got to the end or gave up.
    pub fn is_quiet(&self) -> bool {
        self.roads.len() == IN_A_HOUSE && self.roads.iter().all(|road| self.is_over(road))
    }

    /// One random thing happens.
    pub async fn step(&mut self) {
        let on_the_way = self.roads.iter().filter(|road| !self.is_over(road)).count();
        if self.roads.len() < IN_A_HOUSE && on_the_way < ON_THE_WAY && self.dice.random_ratio(1, 6)
        {
            self.comes();
        }
        let done = match self.dice.random_range(0..200) {
            0..92 => self.person().await,
            92..136 => {
                let site = (*self.app).clone();
                self.lender.acts(&site, &mut self.dice).await
            }
            136..164 => self.work().await,
            164..174 => self.cut_work().await,
            174..184 => self.cut_person().await,
            184..187 => self.cut_lender().await,
            187..193 => self.time(),
            193 => self.set_back(),
            194..197 => self.restart().await,
            197..199 => self.dies_unsworn().await,
            _ => self.moods(),
        };
        self.story.note(done);
    }

    /// The lender will ask for somebody's journey.
    fn comes(&mut self) {
        let number = self.roads.len() as u32 + 1;
        let gives_up = self.dice.random_ratio(1, 10);
        self.roads.push(Road {
            someone: Someone::adult(number),
            phone: None,
            patience: if gives_up {
                self.dice.random_range(1..25)
            } else {
                u32::MAX
            },
        });
    }

    fn any(&mut self) -> Option<usize> {
        let open: Vec<usize> = (0..self.roads.len())
            .filter(|at| !self.is_over(&self.roads[*at]))
            .collect();
        (!open.is_empty()).then(|| open[self.dice.random_range(0..open.len())])
    }

    async fn person(&mut self) -> String {
        match self.any() {
            Some(at) => self.goes_on(at).await,
            None => "nobody is there".to_owned(),
        }
    }

    /// The person does the next thing, once the lender has asked for the journey; the same request again is the same journey.
    async fn goes_on(&mut self, at: usize) -> String {
        let site = (*self.app).clone();
        let road = &mut self.roads[at];
        let Some(phone) = &mut road.phone else {
            let body = journey_of(&road.someone, "hexiang", Value::Null);
            let key = Partner::key_of(&road.someone, "hexiang");
            let answer = self.lender.partner.asks(&site, &key, &body).await;
            assert!(answer.status.is_success(), "{}", answer.text());
            let Opened { id, url, .. } = Opened::of(answer.json());
            let card = card(at);
            let fault = Fault::drawn(&mut self.dice);
            self.tally.opened += 1;
            self.lender.takes(&id, &card, fault);
            let told = format!("{id} opened, {fault:?}");
            road.phone = Some(Phone {
                borrower: Borrower::with(&url),
                case: id,
                card,
            });
            return told;
        };
        let answer = phone.goes_on(&site, &mut self.dice).await;
        road.patience = road.patience.saturating_sub(1);
        assert!(!answer.status.is_server_error(), "{}", answer.text());
        let outcome = match answer.status.is_success() {
            true => "goes on".to_owned(),
            false => answer.code(),
        };
        format!("{} {outcome}", phone.case)
    }

    async fn work(&mut self) -> String {
        match self.dice.random_range(0..5) {
            0..2 => {
                self.app.run_jobs().await;
                "jobs".to_owned()
            }
            2 => {
                webhook::advance(&self.app.ctx).await.expect("a turn");
                "events".to_owned()
            }
            _ => {
                self.app.prove().await;
                self.seen.push(checkpoint(&self.app, ANHE).await);
                "sequence and publish".to_owned()
            }
        }
    }

    /// A worker, a sequencer or a follower is dropped in the middle of what it does.
    async fn cut_work(&mut self) -> String {
        let polls = self.dice.random_range(1..60);
        let ctx = self.app.ctx.clone();
        let work = self.dice.random_range(0..4);
        let done = cut(polls, async {
            match work {
                0 => ledger::advance(&ctx).await.map(drop),
                1 => webhook::advance(&ctx).await.map(drop),
                _ => jobs::drain(&ctx, &handlers()).await.map(drop),
            }
        });
        let done = done.await;
        self.tally.cut += usize::from(done.is_none());
        let told = format!(
            "work {work} dropped after {polls} polls: {}",
            done.is_none()
        );
        if let Some(done) = done {
            done.expect("work that was not dropped ends well");
        }
        told
    }

    /// A request is dropped in the middle; the person finds the page as it was.
    async fn cut_person(&mut self) -> String {
        let Some(at) = self.any() else {
            return "nobody is there".to_owned();
        };
        let polls = self.dice.random_range(1..60);
        let site = (*self.app).clone();
        let road = &self.roads[at];
        let finished = match &road.phone {
            Some(phone) => {
                let mut phone = phone.clone();
                let finished = cut(polls, phone.goes_on(&site, &mut self.dice)).await;
                let told = finished.is_some();
                if told {
                    self.roads[at].phone = Some(phone);
                }
                told
            }
            None => {
                let body = journey_of(&road.someone, "hexiang", Value::Null);
                let key = Partner::key_of(&road.someone, "hexiang");
                let asked = self.lender.partner.asks(&site, &key, &body);
                cut(polls, asked).await.is_some()
            }
        };
        self.tally.cut += usize::from(!finished);
        format!("person {at} dropped after {polls} polls: {}", !finished)
    }

    async fn cut_lender(&mut self) -> String {
        let polls = self.dice.random_range(1..40);
        let site = (*self.app).clone();
        let done = cut(polls, self.lender.acts(&site, &mut self.dice)).await;
        self.tally.cut += usize::from(done.is_none());
        format!("lender dropped after {polls} polls: {done:?}")
    }

    fn time(&mut self) -> String {
        let ms = match self.dice.random_range(0..60) {
            0..40 => self.dice.random_range(1_000..60_000),
            40..58 => self.dice.random_range(60_000..1_200_000),
            // Over midnight, now and then.
            _ => self.dice.random_range(3_600_000..40_000_000),
        };
        self.app.advance_ms(ms);
        format!("{ms} ms pass")
    }

    /// Somebody sets the machine's clock right.
    fn set_back(&mut self) -> String {
        let ms = self.dice.random_range(1..30_000);
        if let Clock::Mock(now) = &self.app.ctx.clock {
            now.fetch_sub(ms, Ordering::SeqCst);
        }
        self.tally.clock_set_back += 1;
        format!("the clock is set back by {ms} ms")
    }

    async fn restart(&mut self) -> String {
        self.app.restart().await;
        self.tally.restarts += 1;
        "restart".to_owned()
    }

    /// The program ends between signing a set and swearing to it.
    async fn dies_unsworn(&mut self) -> String {
        let institution = institution_id(&self.app, ANHE).await;
        for phone in self.roads.iter().filter_map(|road| road.phone.as_ref()) {
            let made = signing::attempt(&self.app.ctx, &institution, &phone.case).await;
            if let Ok(Outcome::Made(_)) = made {
                let told = format!("{} signed, and never sworn to", phone.case);
                self.tally.unsworn += 1;
                self.restart().await;
                return told;
            }
        }
        "nothing to sign".to_owned()
    }

    /// The lender's endpoint is down, or up again.
    fn moods(&mut self) -> String {
        let was = self.lender.inbox.failing.fetch_xor(true, Ordering::SeqCst);
        format!("the endpoint answers: {was}")
    }

    /// The storm is over: what was left lying is picked up, and the evidence is looked at.
    pub async fn end(mut self) -> Tally {
        self.lender.inbox.failing.store(false, Ordering::SeqCst);
        self.restart().await;
        self.wait_out().await;
        closing::reconciles(&mut self).await;
        // Whoever gave up has a week.
        self.app.advance_ms(8 * 86_400_000);
        self.wait_out().await;
        closing::holds(&mut self).await;
        let tally = self.tally;
        self.app.finish().await;
        tally
    }

    /// Leases of workers that ended run out, failed tries and events wait their turn.
    async fn wait_out(&mut self) {
        for _ in 0..6 {
            self.app.settle().await;
            webhook::advance(&self.app.ctx).await.expect("a turn");
            self.app.advance_ms(1_900_000);
        }
        self.app.settle().await;
        self.seen.push(checkpoint(&self.app, ANHE).await);
    }
}
