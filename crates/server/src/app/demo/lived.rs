//! What lies behind the demo on its first day: two loans that were lent, paid and received by the same requests as any others,
//! on a clock of their own. Only a fresh house has a past.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use jiff::ToSpan as _;
use jiff::civil::Date;
use serde_json::{Value, json};

use super::houses::{HOUSES, House, Price, Someone};
use super::journey::waiting_journey;
use super::lender::{self, Turn};
use super::{Demo, DemoLink, founded};
use crate::access;
use crate::app::{handlers, router, start};
use crate::clock::{self, Clock};
use crate::ctx::Ctx;
use crate::db::Scope;
use crate::error::{Error, Result};
use crate::ledger::{self, Seat};
use crate::{jobs, notify, servicing};

/// What became of a loan.
#[derive(Clone, Copy, PartialEq)]
enum Fate {
    /// Two instalments were received, the third comes in some days.
    Runs,
    /// The first instalment was received, and then everything.
    Settled,
}

const PEOPLE: [(Someone, Fate); 2] = [
    (
        someone("沈立群", "110101198109060036", "10000000045"),
        Fate::Runs,
    ),
    (
        someone("何素梅", "110101197402210043", "10000000052"),
        Fate::Settled,
    ),
];

const fn someone(name: &'static str, id_number: &'static str, phone: &'static str) -> Someone {
    Someone {
        name,
        id_number,
        phone,
        product: "hemiao",
        price: Price::Final {
            principal: 600_000,
            periods: 6,
        },
        business: None,
    }
}

/// Months from the payment to the instalment that comes next, and days until then.
const MONTHS: i32 = 3;
const AHEAD_DAYS: i32 = 3;
/// Turns that the lender may take over one payment.
const TURNS_MAX: usize = 10;

/// Whose link leads to a loan of the past: they are kept beside the data, so that a later start can print them again.
fn note(ctx: &Ctx) -> PathBuf {
    ctx.config.data.folder.join("demo-lived.json")
}

/// The links into the past, where there is one.
pub(super) fn links(ctx: &Ctx) -> Result<Vec<DemoLink>> {
    match std::fs::read(note(ctx)) {
        Ok(known) => Ok(serde_json::from_slice(&known)?),
        Err(cause) if cause.kind() == std::io::ErrorKind::NotFound => Ok(Vec::new()),
        Err(cause) => Err(cause.into()),
    }
}

/// Lends, pays and receives on a clock that begins months ago and ends before today, in a house that nobody has founded yet.
pub async fn live(ctx: &Ctx) -> Result<()> {
    let view = ctx.db.read(Scope::Unscoped).await?;
    let fresh = access::institutions(&view).await?.is_empty();
    drop(view);
    if !fresh {
        return Ok(());
    }
    let today = clock::civil_date(ctx.clock.now_ms());
    let begins = today
        .checked_add(AHEAD_DAYS.days())
        .and_then(|day| day.checked_sub(MONTHS.months()))
        .map_err(|cause| Error::Internal(Box::new(cause)))?;
    let clock = Clock::mock(morning(begins));
    let past = start(ctx.config.clone(), clock, ctx.random.clone()).await?;
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
    let mut demo = Demo {
        url: format!("http://{}", listener.local_addr()?),
        links: Vec::new(),
        accounts: Vec::new(),
        api_keys: Vec::new(),
    };
    for one in &HOUSES {
        founded(&past, one, &mut demo).await?;
    }
    let site = router(&past)?.into_make_service_with_connect_info::<SocketAddr>();
    let links = tokio::select! {
        ended = axum::serve(listener, site).into_future() => {
            ended?;
            return Err(Error::internal("the demo's past ended early"));
        }
        links = happens(&past, &demo, &HOUSES[0]) => links?,
    };
    std::fs::write(note(ctx), serde_json::to_vec(&links)?)?;
    Ok(())
}

/// Ten in the morning: nobody is sent anything at night.
fn morning(day: Date) -> i64 {
    clock::start_of(day) + 10 * clock::HOUR_MS
}

async fn happens(past: &Ctx, demo: &Demo, house: &House) -> Result<Vec<DemoLink>> {
    let mut links = Vec::new();
    for (someone, _) in &PEOPLE {
        links.push(lent(past, demo, house, someone).await?);
    }
    servicing::advance(past).await?;
    for no in 0..2 {
        for (link, (_, fate)) in links.iter().zip(&PEOPLE) {
            received(past, demo, link, no, *fate).await?;
        }
        settle(past).await?;
    }
    Ok(links)
}

/// Everything that waits is done, and published.
async fn settle(past: &Ctx) -> Result<()> {
    jobs::drain(past, &handlers()).await?;
    ledger::advance(past).await?;
    Ok(())
}

/// One loan from the request to the payment.
async fn lent(past: &Ctx, demo: &Demo, house: &House, someone: &Someone) -> Result<DemoLink> {
    let institution = super::access::institution(past, house).await?;
    let seat = Seat::system(&institution, "demo");
    let link = waiting_journey(past, &seat, house.code, someone).await?;
    let (_, token) = link
        .url
        .split_once("/j/")
        .ok_or_else(|| Error::internal("no link"))?;
    let mut phone = Phone {
        past,
        url: &demo.url,
        cookie: String::new(),
    };
    phone
        .post("/api/h5/link/code", &json!({ "token": token }))
        .await?;
    jobs::drain(past, &handlers()).await?;
    let page = notify::kept(past, &institution, None, 20).await?;
    let mine = page
        .rows
        .into_iter()
        .find(|one| one.case_id == link.journey);
    let code: String = mine
        .as_ref()
        .and_then(|one| one.text.split_once("验证码"))
        .map(|(_, after)| after.chars().take(6).collect())
        .ok_or_else(|| Error::internal("no code"))?;
    phone
        .enter(&json!({ "token": token, "code": code }))
        .await?;
    let seen = phone.get("/api/h5/journey").await?;
    let sheet = json!({ "sheet_digest": seen["sheet"]["digest"] });
    let shown = phone.post("/api/h5/sheet/shown", &sheet).await?;
    let reading = shown["sheet"]["reading"]["remaining_ms"].as_u64();
    past.clock
        .advance(Duration::from_millis(reading.unwrap_or(0)));
    let read = phone.post("/api/h5/sheet/read", &sheet).await?;
    let answers = json!({ "sheet_digest": seen["sheet"]["digest"], "answers": answers(&read) });
    phone.post("/api/h5/sheet/answers", &answers).await?;
    phone.post("/api/h5/sheet/confirm", &sheet).await?;
    for _ in 0..TURNS_MAX {
        settle(past).await?;
        if let Turn::Over = lender::look(past, demo, &link).await.map_err(outside)? {
            settle(past).await?;
            return Ok(link);
        }
    }
    Err(Error::internal("the demo's lender paid nothing"))
}

/// The right answer of each question, read off the sheet.
fn answers(journey: &Value) -> Vec<Value> {
    let sheet = &journey["sheet"];
    let questions = sheet["quiz"]["questions"].as_array().into_iter().flatten();
    questions
        .filter_map(|question| {
            let fen = match question["id"].as_str()? {
                "total" => sheet["sheet"]["total_repaid"].as_i64()?,
                _ => sheet["sheet"]["first_payment"].as_i64()?,
            };
            let label = format!("{} 元", cost::yuan(fen));
            let mut choices = question["choices"].as_array()?.iter();
            let right = choices.find(|one| one["label"]["zh"] == label)?;
            Some(json!({ "question": question["id"], "choice": right["id"] }))
        })
        .collect()
}

/// The lender reports what it received on the day of an instalment.
async fn received(past: &Ctx, demo: &Demo, link: &DemoLink, no: usize, fate: Fate) -> Result<()> {
    let keys = &mut demo.api_keys.iter();
    let key = keys
        .find(|one| one.institution == link.institution)
        .ok_or_else(|| Error::internal("no key"))?;
    let address = format!("{}/v1/journeys/{}", demo.url, link.journey);
    let get = async |path: &str| {
        let asked = past.http.get(format!("{address}/{path}"));
        body(asked.bearer_auth(&key.key)).await
    };
    let row = get("loan").await?["plan"][no].clone();
    let due = row["due"].as_str().and_then(|day| day.parse::<Date>().ok());
    let due = due.ok_or_else(|| Error::internal("no plan"))?;
    let wait = morning(due) - past.clock.now_ms();
    past.clock
        .advance(Duration::from_millis(u64::try_from(wait).unwrap_or(0)));
    let (kind, amount) = match fate {
        Fate::Settled if no > 0 => (
            "settlement",
            get("settlement-quote").await?["total"].clone(),
        ),
        Fate::Runs | Fate::Settled => ("instalment", row["total"].clone()),
    };
    let report = json!({
        "reference": format!("R-{}-{}", link.journey, no + 1), "kind": kind, "amount": amount, "day": due.to_string()
    });
    let reported = past
        .http
        .post(format!("{address}/repayments"))
        .json(&report);
    body(reported.bearer_auth(&key.key)).await?;
    Ok(())
}

async fn body(request: reqwest::RequestBuilder) -> Result<Value> {
    let answer = request.send().await.map_err(outside)?;
    let answer = answer.error_for_status().map_err(outside)?;
    answer.json().await.map_err(outside)
}

fn outside(cause: reqwest::Error) -> Error {
    Error::Internal(Box::new(cause.without_url()))
}

/// The phone of somebody in the demo's past.
struct Phone<'a> {
    past: &'a Ctx,
    url: &'a str,
    cookie: String,
}

impl Phone<'_> {
    async fn get(&self, path: &str) -> Result<Value> {
        let request = self.past.http.get(format!("{}{path}", self.url));
        body(request.header("cookie", &self.cookie)).await
    }

    fn sends(&self, path: &str, said: &Value) -> reqwest::RequestBuilder {
        let request = self.past.http.post(format!("{}{path}", self.url));
        let request = request.header("x-xiaobao", "1").json(said);
        request.header("cookie", &self.cookie)
    }

    async fn post(&self, path: &str, said: &Value) -> Result<Value> {
        body(self.sends(path, said)).await
    }

    async fn enter(&mut self, said: &Value) -> Result<()> {
        let answer = self.sends("/api/h5/link/enter", said).send().await;
        let answer = answer
            .and_then(reqwest::Response::error_for_status)
            .map_err(outside)?;
        let given = answer.headers().get("set-cookie");
        let cookie = given.and_then(|one| one.to_str().ok()?.split(';').next());
        self.cookie = cookie
            .ok_or_else(|| Error::internal("no session"))?
            .to_owned();
        Ok(())
    }
}
