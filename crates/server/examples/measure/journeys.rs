//! Whole journeys at once over real HTTP, from the lender's request over every step of 禾享贷 to the token on which money may move.
//! No error is allowed: the first one ends the bench.
//!
//! `step …` lines tell how long each request took, and each wait for what the program does in the background; the times a
//! person needs to read are in neither.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use reqwest::{Client, Method, RequestBuilder};
use serde_json::{Value, json};
use tokio::task::JoinSet;

use crate::house::particulars;
use crate::program::Program;
use crate::{Outcome, figure, quantile};

/// How often the person's page asks whether it goes on.
const LOOK: Duration = Duration::from_millis(500);
/// Whoever waits longer meets an error.
const WAIT_MAX: Duration = Duration::from_secs(300);
/// For the whole part.
const RUN_MAX: Duration = Duration::from_secs(900);
const CARD: &str = "6222020200112233446";

/// Milliseconds by name.
type Times = BTreeMap<&'static str, Vec<f64>>;
/// Codes that reached phones, by journey, oldest first.
type Codes = Arc<Mutex<HashMap<String, Vec<String>>>>;

pub async fn run(count: usize) -> Outcome {
    let program = Program::start().await?;
    let whole = tokio::time::timeout(RUN_MAX, all(&program, count)).await;
    let (times, seconds) = whole.map_err(|_| "the journeys took too long")??;
    let engine = program.engine();
    let tell = |name: &str, value: f64| figure(&format!("journeys.{engine}.{name}"), value);
    tell("per_minute", count as f64 / seconds * 60.0);
    let requests = times.iter().filter(|(name, _)| !name.starts_with("wait"));
    let mut requests: Vec<f64> = requests.flat_map(|(_, waits)| waits.clone()).collect();
    tell("requests_s", requests.len() as f64 / seconds);
    tell("request_p50_ms", quantile(&mut requests, 0.5));
    tell("request_p99_ms", quantile(&mut requests, 0.99));
    // Whoever fails ends the bench before this line.
    tell("failed", 0.0);
    println!(
        "step {:<24} {:>6} {:>9} {:>9} {:>9}",
        engine, "n", "p50 ms", "p95 ms", "p99 ms"
    );
    for (name, mut waits) in times {
        let [p50, p95, p99] = [0.5, 0.95, 0.99].map(|share| quantile(&mut waits, share));
        println!(
            "step {name:<24} {:>6} {p50:>9.1} {p95:>9.1} {p99:>9.1}",
            waits.len()
        );
    }
    program.close().await
}

/// Walks all of them; gives the times and the seconds it took.
async fn all(program: &Program, count: usize) -> Outcome<(Times, f64)> {
    let client = Client::builder()
        .no_proxy()
        .timeout(Duration::from_secs(60))
        .build()?;
    let codes = Codes::default();
    let post = tokio::spawn(delivers(
        client.clone(),
        program.demo.clone(),
        codes.clone(),
    ));
    let started = Instant::now();
    let mut walking = JoinSet::new();
    for number in 0..count {
        let walker = Walker {
            client: client.clone(),
            base: program.demo.url.clone(),
            key: program.key()?.to_owned(),
            case: String::new(),
            cookie: String::new(),
            codes: codes.clone(),
            read: 0,
            times: Times::new(),
        };
        walking.spawn(walker.walks(number));
    }
    let mut times = Times::new();
    while let Some(walked) = walking.join_next().await {
        for (name, waits) in walked?? {
            times.entry(name).or_default().extend(waits);
        }
    }
    let seconds = started.elapsed().as_secs_f64();
    post.abort();
    Ok((times, seconds))
}

/// Brings every message of the demo's outbox to the phone it is for.
async fn delivers(client: Client, demo: xiaobao::app::Demo, codes: Codes) -> Outcome {
    let staff = demo.accounts.first().ok_or("the demo has staff")?;
    let body = json!({ "institution": staff.institution, "account": staff.account, "password": staff.password });
    let signing_in = client.post(format!("{}/api/console/session", demo.url));
    let answer = signing_in
        .header("x-xiaobao", "1")
        .json(&body)
        .send()
        .await?;
    let cookie = cookie(&answer.error_for_status()?)?;
    let mut known = std::collections::HashSet::new();
    loop {
        let page = client.get(format!("{}/api/console/outbox?limit=200", demo.url));
        let page: Value = page.header("cookie", &cookie).send().await?.json().await?;
        // The newest comes first.
        for row in page["rows"].as_array().into_iter().flatten().rev() {
            let text = |key: &str| row[key].as_str().unwrap_or_default().to_owned();
            let Some((_, after)) = row["text"].as_str().and_then(|t| t.split_once("验证码"))
            else {
                continue;
            };
            if known.insert(text("id")) {
                let code = after.chars().take(6).collect();
                let mut codes = codes.lock().map_err(|_| "the post stopped")?;
                codes.entry(text("journey_id")).or_default().push(code);
            }
        }
        tokio::time::sleep(LOOK / 2).await;
    }
}

fn cookie(answer: &reqwest::Response) -> Outcome<String> {
    let set = answer.headers().get("set-cookie").ok_or("a session")?;
    let whole = set.to_str()?;
    Ok(whole.split(';').next().unwrap_or_default().to_owned())
}

/// A borrower with a phone, and the lender's system beside.
struct Walker {
    client: Client,
    base: String,
    key: String,
    case: String,
    cookie: String,
    codes: Codes,
    /// Codes of the phone that were used.
    read: usize,
    times: Times,
}

impl Walker {
    async fn walks(mut self, number: usize) -> Outcome<Times> {
        self.comes(number).await?;
        self.decides("personal_information_notice", "acknowledge")
            .await?;
        self.decides("separate_consents", "give").await?;
        let sessions = json!({ "network_id": format!("been-{}", self.case) });
        let sure = json!({ "document": "long_term", "sessions": sessions });
        self.posts("identity", "steps/identity/start", sure).await?;
        self.until("wait: identity", "credit_authority").await?;
        self.decides("credit_authority", "give").await?;
        let means = json!({ "occupation": "employed", "monthly_income": 1_200_000,
            "monthly_debts": 0, "purpose": "electronics" });
        self.posts("affordability", "steps/affordability/declare", means)
            .await?;
        let approval = json!({ "ruling": "approved", "made": "automatically", "limit": 2_000_000 });
        self.lender("decision", Method::POST, "/decision", Some(approval))
            .await?;
        let choice = json!({ "principal": 600_000, "periods": 12, "purpose": "electronics", "account": CARD });
        self.posts("drawdown", "steps/drawdown/choose", choice)
            .await?;
        self.until("wait: account", "cost_disclosure").await?;
        self.reads().await?;
        self.signs().await?;
        self.is_told().await?;
        self.is_released().await?;
        Ok(self.times)
    }

    /// Sends a request and keeps how long it took; whatever is no success is an error.
    async fn times(&mut self, name: &'static str, request: RequestBuilder) -> Outcome<Value> {
        let started = Instant::now();
        let answer = request.send().await?;
        let status = answer.status();
        if let Some(set) = answer.headers().get("set-cookie") {
            let whole = set.to_str()?;
            self.cookie = whole.split(';').next().unwrap_or_default().to_owned();
        }
        let bytes = answer.bytes().await?;
        let took = started.elapsed().as_secs_f64() * 1e3;
        self.times.entry(name).or_default().push(took);
        if !status.is_success() {
            let said = String::from_utf8_lossy(&bytes);
            return Err(format!("{name}: {status} {said}").into());
        }
        Ok(serde_json::from_slice(&bytes)?)
    }

    async fn lender(
        &mut self,
        name: &'static str,
        method: Method,
        path: &str,
        body: Option<Value>,
    ) -> Outcome<Value> {
        let url = format!("{}/v1/journeys/{}{path}", self.base, self.case);
        let mut request = self.client.request(method, url).bearer_auth(&self.key);
        request = request.header(
            "idempotency-key",
            format!("{}-{}", path.trim_start_matches('/'), self.case),
        );
        if let Some(body) = body {
            request = request.json(&body);
        }
        self.times(name, request).await
    }

    async fn posts(&mut self, name: &'static str, path: &str, body: Value) -> Outcome<Value> {
        let request = self.client.post(format!("{}/api/h5/{path}", self.base));
        let request = request
            .header("x-xiaobao", "1")
            .header("cookie", &self.cookie);
        self.times(name, request.json(&body)).await
    }

    async fn gets(&mut self, name: &'static str, path: &str) -> Outcome<Value> {
        let request = self.client.get(format!("{}/api/h5/{path}", self.base));
        self.times(name, request.header("cookie", &self.cookie))
            .await
    }

    /// Asks until the page shows what is waited for.
    async fn page(&mut self, name: &'static str, shows: impl Fn(&Value) -> bool) -> Outcome<Value> {
        let started = Instant::now();
        loop {
            let journey = self.gets("journey", "journey").await?;
            if shows(&journey) {
                let took = started.elapsed().as_secs_f64() * 1e3;
                self.times.entry(name).or_default().push(took);
                return Ok(journey);
            }
            if started.elapsed() > WAIT_MAX {
                return Err(format!("{name}: {journey}").into());
            }
            tokio::time::sleep(LOOK).await;
        }
    }

    async fn until(&mut self, name: &'static str, step: &str) -> Outcome<Value> {
        self.page(name, |journey| journey["current"] == step).await
    }

    /// The next code that reaches the phone.
    async fn code(&mut self) -> Outcome<String> {
        let started = Instant::now();
        loop {
            let codes = self.codes.lock().map_err(|_| "the post stopped")?.clone();
            if let Some(code) = codes.get(&self.case).and_then(|mine| mine.get(self.read)) {
                self.read += 1;
                let took = started.elapsed().as_secs_f64() * 1e3;
                self.times.entry("wait: message").or_default().push(took);
                return Ok(code.clone());
            }
            if started.elapsed() > WAIT_MAX {
                return Err("no message came".into());
            }
            tokio::time::sleep(LOOK / 4).await;
        }
    }

    async fn comes(&mut self, number: usize) -> Outcome {
        let (id_number, phone) = particulars(number);
        let body = json!({ "reference": format!("LN-{number}"), "product": "hexiang",
            "borrower": { "name": "周桂兰", "id_number": id_number, "phone": phone } });
        let request = self.client.post(format!("{}/v1/journeys", self.base));
        let request = request
            .bearer_auth(&self.key)
            .header("idempotency-key", format!("bench-{number}"));
        let opened = self.times("open", request.json(&body)).await?;
        self.case = opened["id"].as_str().ok_or("an id")?.to_owned();
        let url = opened["link"]["url"].as_str().ok_or("a link")?;
        let (_, token) = url.rsplit_once('/').ok_or("a link ends in its token")?;
        self.posts("code", "link/code", json!({ "token": token }))
            .await?;
        let code = self.code().await?;
        self.posts(
            "enter",
            "link/enter",
            json!({ "token": token, "code": code }),
        )
        .await?;
        Ok(())
    }

    /// Every notice of a step, one after the other.
    async fn decides(&mut self, step: &'static str, choice: &str) -> Outcome {
        let notices = self.gets("notices", "notices").await?;
        let rows = notices["rows"].as_array().cloned().unwrap_or_default();
        for row in rows.into_iter().filter(|row| row["step"] == step) {
            let mut one = json!({ "notice": row["notice"], "digest": row["digest"] });
            self.posts("notice shown", &format!("steps/{step}/shown"), one.clone())
                .await?;
            if step == "credit_authority" {
                self.posts("code", "steps/credit_authority/code", one.clone())
                    .await?;
                one["code"] = json!(self.code().await?);
            }
            self.posts("notice decided", &format!("steps/{step}/{choice}"), one)
                .await?;
        }
        Ok(())
    }

    async fn reads(&mut self) -> Outcome {
        let journey = self.gets("journey", "journey").await?;
        let sheet = &journey["sheet"];
        let of = json!({ "sheet_digest": sheet["digest"] });
        let shown = self.posts("sheet shown", "sheet/shown", of.clone()).await?;
        let left = shown["sheet"]["reading"]["remaining_ms"]
            .as_u64()
            .unwrap_or(0);
        tokio::time::sleep(Duration::from_millis(left + 50)).await;
        self.posts("sheet read", "sheet/read", of.clone()).await?;
        let mut answers = Vec::new();
        for (question, figure) in [
            ("total", "total_repaid"),
            ("first_payment", "first_payment"),
        ] {
            let label = format!(
                "{} 元",
                cost::yuan(sheet["sheet"][figure].as_i64().unwrap_or(0))
            );
            let questions = sheet["quiz"]["questions"].as_array();
            let asked = questions
                .into_iter()
                .flatten()
                .find(|one| one["id"] == question);
            let choices = asked.and_then(|one| one["choices"].as_array()).cloned();
            let choice = choices
                .into_iter()
                .flatten()
                .find(|one| one["label"]["zh"] == label.as_str());
            let choice = choice.ok_or("a right answer")?["id"].clone();
            answers.push(json!({ "question": question, "choice": choice }));
        }
        let mut answered = of.clone();
        answered["answers"] = json!(answers);
        self.posts("sheet answers", "sheet/answers", answered)
            .await?;
        self.posts("sheet confirm", "sheet/confirm", of).await?;
        Ok(())
    }

    async fn signs(&mut self) -> Outcome {
        let ready = |journey: &Value| journey["signing"]["state"] == "ready";
        let journey = self.page("wait: contracts", ready).await?;
        let set = &journey["signing"];
        for document in set["documents"].as_array().into_iter().flatten() {
            let one = json!({ "digest": document["digest"] });
            self.posts("contract open", "steps/signing/open", one)
                .await?;
        }
        let digest = set["set_digest"].as_str().ok_or("a digest")?.to_owned();
        let of = json!({ "set_digest": digest });
        let mut been = of.clone();
        been["sessions"] = json!({ "network_id": format!("at-{}", &digest[..40]) });
        self.posts("signer", "steps/signing/identity", been).await?;
        let sure = |journey: &Value| journey["signing"]["identity"]["progress"] == "done";
        self.page("wait: signer", sure).await?;
        self.posts("code", "steps/signing/code", of.clone()).await?;
        let mut yes = of;
        yes["code"] = json!(self.code().await?);
        self.posts("sign", "steps/signing/sign", yes).await?;
        self.until("wait: signed", "total_cost_notice").await?;
        Ok(())
    }

    async fn is_told(&mut self) -> Outcome {
        let shown = self
            .posts("total shown", "steps/total_cost_notice/shown", json!({}))
            .await?;
        let notice = json!({ "notice_digest": shown["total_cost"]["digest"] });
        // As long as it must stand before the person.
        tokio::time::sleep(Duration::from_millis(5_100)).await;
        self.posts("total confirm", "steps/total_cost_notice/confirm", notice)
            .await?;
        Ok(())
    }

    async fn is_released(&mut self) -> Outcome {
        let journey = self.lender("lender reads", Method::GET, "", None).await?;
        let terms = &journey["terms"];
        let booking = json!({ "net_amount": terms["principal"], "terms": terms,
            "payee": { "account": CARD }, "loan_number": format!("L-{}", self.case) });
        self.lender("booking", Method::POST, "/booking", Some(booking))
            .await?;
        let started = Instant::now();
        // The booking itself must be under a checkpoint: no error, and the lender is told what is missing.
        loop {
            let asked = self
                .lender("release asked", Method::GET, "/release", None)
                .await?;
            let url = format!("{}/v1/journeys/{}/release", self.base, self.case);
            let sent = Instant::now();
            let answer = self.client.post(url).bearer_auth(&self.key).send().await?;
            let (status, said): (_, Value) = (answer.status(), answer.json().await?);
            if status == 201 {
                let took = sent.elapsed().as_secs_f64() * 1e3;
                self.times.entry("release").or_default().push(took);
                let waited = (sent - started).as_secs_f64() * 1e3;
                self.times.entry("wait: proved").or_default().push(waited);
                return said["token"]
                    .as_str()
                    .map(drop)
                    .ok_or_else(|| "a token".into());
            }
            let unproved = said["error"]["fields"][0]["code"] == "evidence_not_proved";
            if !unproved || started.elapsed() > WAIT_MAX {
                return Err(format!("release: {status} {said} {asked}").into());
            }
            tokio::time::sleep(LOOK).await;
        }
    }
}
