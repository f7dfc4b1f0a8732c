//! Who acts in the tests: a lender's backend, its staff, and a borrower with a phone.

use axum::body::Body;
use axum::http::{Method, Request, StatusCode, header};
use serde_json::{Value, json};
use xiaobao::access;
use xiaobao::db::Scope;
use xiaobao::id::InstitutionId;
use xiaobao::notify;

use crate::app::{Answer, Site, TestApp};

/// The lender of most tests.
pub const ANHE: &str = "anhe";
/// The other one.
pub const JIANGLAN: &str = "jianglan";

/// An invented person.
#[derive(Clone, Debug)]
pub struct Someone {
    pub name: String,
    pub id_number: String,
    pub phone: String,
}

impl Someone {
    /// A person born on a day (`19880512`); `number` tells several apart.
    pub fn born(day: &str, number: u32) -> Self {
        let digits = format!("110101{day}{:03}", number % 1_000);
        let weights = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2];
        let sum: u32 = digits
            .bytes()
            .zip(weights)
            .map(|(d, w)| u32::from(d - b'0') * w)
            .sum();
        let check = char::from(b"10X98765432"[(sum % 11) as usize]);
        Self {
            name: format!(
                "试{}",
                char::from_u32(0x4e00 + number % 5_000).expect("a character")
            ),
            id_number: format!("{digits}{check}"),
            phone: format!("1990{:07}", 1_000_000 + number),
        }
    }

    /// Forty-eight in the tests' year.
    pub fn adult(number: u32) -> Self {
        Self::born("19780512", number)
    }

    pub fn json(&self) -> Value {
        json!({ "name": self.name, "id_number": self.id_number, "phone": self.phone })
    }
}

/// 20,000 yuan over twelve months, the loan of most tests.
pub fn loan() -> Value {
    json!({ "principal": 2_000_000, "periods": 12 })
}

/// A request for a journey; a null `loan` leaves the price open.
pub fn journey_of(someone: &Someone, product: &str, loan: Value) -> Value {
    let mut body =
        json!({ "reference": "LN-2026-0001", "product": product, "borrower": someone.json() });
    if !loan.is_null() {
        body["loan"] = loan;
    }
    body
}

/// The id of an institution by its code.
pub async fn institution_id(site: &Site, code: &str) -> InstitutionId {
    let view = site.ctx.db.read(Scope::Unscoped).await.expect("a view");
    access::institution_by_code(&view, code)
        .await
        .expect("the institution")
        .id
}

fn request(method: Method, path: &str, body: Option<&Value>) -> axum::http::request::Builder {
    let builder = Request::builder().method(method).uri(path);
    match body {
        Some(_) => builder.header(header::CONTENT_TYPE, "application/json"),
        None => builder,
    }
}

fn whole(builder: axum::http::request::Builder, body: Option<&Value>) -> Request<Body> {
    let body = body.map_or_else(Body::empty, |json| Body::from(json.to_string()));
    builder.body(body).expect("a request")
}

/// A lender's own system.
#[derive(Clone)]
pub struct Partner {
    pub key: String,
}

/// A journey as the partner got it back.
#[derive(Clone, Debug)]
pub struct Opened {
    pub id: String,
    pub url: String,
    pub body: Value,
}

impl Opened {
    pub fn of(body: Value) -> Self {
        let text = |value: &Value| value.as_str().expect("text").to_owned();
        Self {
            id: text(&body["id"]),
            url: text(&body["link"]["url"]),
            body,
        }
    }
}

impl Partner {
    pub fn of(app: &TestApp, code: &str) -> Self {
        let mut keys = app.demo.api_keys.iter();
        let found = keys
            .find(|key| key.institution == code)
            .expect("the demo's key");
        Self {
            key: found.key.clone(),
        }
    }

    pub async fn send(
        &self,
        site: &Site,
        method: Method,
        path: &str,
        headers: &[(&str, &str)],
        body: Option<&Value>,
    ) -> Answer {
        let mut builder = request(method, path, body)
            .header(header::AUTHORIZATION, format!("Bearer {}", self.key));
        for (name, value) in headers {
            builder = builder.header(*name, *value);
        }
        site.send(whole(builder, body)).await
    }

    pub async fn get(&self, site: &Site, path: &str) -> Answer {
        self.send(site, Method::GET, path, &[], None).await
    }

    pub async fn post(&self, site: &Site, path: &str, body: &Value) -> Answer {
        self.send(site, Method::POST, path, &[], Some(body)).await
    }

    /// Asks for a journey under an idempotency key.
    pub async fn asks(&self, site: &Site, key: &str, body: &Value) -> Answer {
        let headers = [("idempotency-key", key)];
        self.send(site, Method::POST, "/v1/journeys", &headers, Some(body))
            .await
    }

    /// The idempotency key that [`Partner::opens`] uses.
    pub fn key_of(someone: &Someone, product: &str) -> String {
        let digest = proof::digest::sha256(someone.phone.as_bytes());
        format!("{}-{product}", &proof::hex::encode(&digest)[..16])
    }

    /// Opens a journey; the key is derived from the person.
    pub async fn opens(
        &self,
        site: &Site,
        someone: &Someone,
        product: &str,
        loan: Value,
    ) -> Opened {
        let key = Self::key_of(someone, product);
        let answer = self
            .asks(site, &key, &journey_of(someone, product, loan))
            .await;
        Opened::of(answer.expect(StatusCode::CREATED).json())
    }

    pub async fn release(&self, site: &Site, id: &str) -> Value {
        self.get(site, &format!("/v1/journeys/{id}/release"))
            .await
            .ok()
            .json()
    }

    /// The codes of what is missing; empty when the money may move.
    pub async fn missing(&self, site: &Site, id: &str) -> Vec<String> {
        let release = self.release(site, id).await;
        let rows = release["missing"].as_array().expect("a list");
        let codes: Vec<String> = rows
            .iter()
            .map(|row| row["code"].as_str().expect("a code").to_owned())
            .collect();
        let decision = if codes.is_empty() {
            "allowed"
        } else {
            "denied"
        };
        assert_eq!(release["decision"], decision);
        codes
    }

    pub async fn bundle(&self, site: &Site, id: &str) -> Vec<u8> {
        self.get(site, &format!("/v1/journeys/{id}/bundle"))
            .await
            .ok()
            .bytes
    }
}

/// A signed-in member of staff.
#[derive(Clone)]
pub struct Staff {
    pub cookie: String,
}

impl Staff {
    pub async fn tries(site: &Site, institution: &str, account: &str, password: &str) -> Answer {
        let body = json!({ "institution": institution, "account": account, "password": password });
        site.post("/api/console/session", &body).await
    }

    /// Signs in with the demo's password.
    pub async fn signs_in(app: &TestApp, account: &str) -> Self {
        let mut accounts = app.demo.accounts.iter();
        let found = accounts
            .find(|a| a.account == account)
            .expect("a demo account");
        let answer = Self::tries(app, &found.institution, account, &found.password)
            .await
            .ok();
        Self {
            cookie: answer.cookie(access::STAFF_COOKIE),
        }
    }

    pub async fn send(
        &self,
        site: &Site,
        method: Method,
        path: &str,
        body: Option<&Value>,
    ) -> Answer {
        let builder = request(method, path, body)
            .header(
                header::COOKIE,
                format!("{}={}", access::STAFF_COOKIE, self.cookie),
            )
            .header("x-xiaobao", "1");
        site.send(whole(builder, body)).await
    }

    pub async fn get(&self, site: &Site, path: &str) -> Answer {
        self.send(site, Method::GET, path, None).await
    }

    pub async fn post(&self, site: &Site, path: &str) -> Answer {
        self.send(site, Method::POST, path, None).await
    }

    /// What a search answers.
    pub async fn finds(&self, site: &Site, q: &str) -> Vec<Value> {
        let body = json!({ "q": q });
        let page = self
            .send(
                site,
                Method::POST,
                "/api/console/journeys/search",
                Some(&body),
            )
            .await;
        page.ok().json()["rows"].as_array().expect("rows").clone()
    }

    /// The product with a code, as the list shows it.
    pub async fn product(&self, site: &Site, code: &str) -> Value {
        let page = self.get(site, "/api/console/products").await.ok().json();
        let rows = page["rows"].as_array().expect("rows").clone();
        rows.into_iter()
            .find(|row| row["code"] == code)
            .expect("the product")
    }
}

/// A borrower with a link in a message and a phone in the hand.
#[derive(Clone)]
pub struct Borrower {
    pub token: String,
    pub institution: String,
    pub cookie: Option<String>,
}

impl Borrower {
    /// Whoever got a link of anhe's.
    pub fn with(url: &str) -> Self {
        let token = url.split_once("/h5/#/j/").expect("a link").1.to_owned();
        Self {
            token,
            institution: ANHE.to_owned(),
            cookie: None,
        }
    }

    pub fn of(mut self, institution: &str) -> Self {
        self.institution = institution.to_owned();
        self
    }

    pub async fn link(&self, site: &Site) -> Answer {
        site.post("/api/h5/link", &json!({ "token": self.token }))
            .await
    }

    /// Asks for a code; time moves on, because messages of one instant have no order.
    pub async fn asks_code(&self, site: &Site) -> Answer {
        site.advance_ms(1);
        site.post("/api/h5/link/code", &json!({ "token": self.token }))
            .await
    }

    /// The newest code that reached the phone of a case.
    pub async fn reads_code(&self, site: &Site, case: &str) -> String {
        codes(site, &self.institution, case)
            .await
            .into_iter()
            .next()
            .expect("a message")
    }

    pub async fn tries_code(&self, site: &Site, code: &str) -> Answer {
        let body = json!({ "token": self.token, "code": code });
        site.post("/api/h5/link/enter", &body).await
    }

    /// Asks for a code, reads it from the phone and enters.
    pub async fn enters(&mut self, site: &Site, case: &str) -> Value {
        self.asks_code(site).await.ok();
        site.run_jobs().await;
        let code = self.reads_code(site, case).await;
        let answer = self.tries_code(site, &code).await.ok();
        self.cookie = Some(answer.cookie(access::CUSTOMER_COOKIE));
        answer.json()
    }

    pub async fn send(
        &self,
        site: &Site,
        method: Method,
        path: &str,
        body: Option<&Value>,
    ) -> Answer {
        let mut builder = request(method, path, body).header("x-xiaobao", "1");
        if let Some(cookie) = &self.cookie {
            builder = builder.header(
                header::COOKIE,
                format!("{}={cookie}", access::CUSTOMER_COOKIE),
            );
        }
        site.send(whole(builder, body)).await
    }

    pub async fn get(&self, site: &Site, path: &str) -> Answer {
        self.send(site, Method::GET, path, None).await
    }

    pub async fn post(&self, site: &Site, path: &str, body: &Value) -> Answer {
        self.send(site, Method::POST, path, Some(body)).await
    }

    pub async fn journey(&self, site: &Site) -> Value {
        self.get(site, "/api/h5/journey").await.ok().json()
    }

    /// One step with the sheet: `shown`, `read` or `confirm`.
    pub async fn steps(&self, site: &Site, step: &str, digest: &str) -> Answer {
        self.post(
            site,
            &format!("/api/h5/sheet/{step}"),
            &json!({ "sheet_digest": digest }),
        )
        .await
    }

    pub async fn answers(&self, site: &Site, digest: &str, choices: &[(String, String)]) -> Answer {
        let answers: Vec<Value> = choices
            .iter()
            .map(|(q, c)| json!({ "question": q, "choice": c }))
            .collect();
        let body = json!({ "sheet_digest": digest, "answers": answers });
        self.post(site, "/api/h5/sheet/answers", &body).await
    }

    /// The digest of the sheet on the screen.
    pub async fn digest(&self, site: &Site) -> String {
        let journey = self.journey(site).await;
        journey["sheet"]["digest"]
            .as_str()
            .expect("a sheet")
            .to_owned()
    }

    /// Opens the sheet and reads for as long as it takes.
    pub async fn reads(&self, site: &Site) -> Value {
        let digest = self.digest(site).await;
        let shown = self.steps(site, "shown", &digest).await.ok().json();
        let remaining = shown["sheet"]["reading"]["remaining_ms"]
            .as_u64()
            .expect("a time");
        site.advance_ms(remaining);
        self.steps(site, "read", &digest).await.ok().json()
    }

    /// Answers rightly.
    pub async fn understands(&self, site: &Site) -> Value {
        let journey = self.journey(site).await;
        let digest = journey["sheet"]["digest"].as_str().expect("a sheet");
        self.answers(site, digest, &right(&journey))
            .await
            .ok()
            .json()
    }

    pub async fn confirms(&self, site: &Site) -> Value {
        let digest = self.digest(site).await;
        self.steps(site, "confirm", &digest).await.ok().json()
    }

    /// Everything from the message to the confirmation.
    pub async fn completes(&mut self, site: &Site, case: &str) -> Value {
        self.enters(site, case).await;
        self.reads(site).await;
        self.understands(site).await;
        self.confirms(site).await
    }
}

/// Codes sent about a case, newest first.
pub async fn codes(site: &Site, institution: &str, case: &str) -> Vec<String> {
    let id = institution_id(site, institution).await;
    let page = notify::kept(&site.ctx, &id, None, 200)
        .await
        .expect("the outbox");
    let mine = page.rows.into_iter().filter(|kept| kept.case_id == case);
    mine.filter_map(|kept| {
        let (_, after) = kept.text.split_once("验证码")?;
        Some(after.chars().take(6).collect())
    })
    .collect()
}

/// The choice of each question whose label is the sum given.
pub fn choices(journey: &Value, total: i64, first_payment: i64) -> Vec<(String, String)> {
    let questions = journey["sheet"]["quiz"]["questions"]
        .as_array()
        .expect("questions");
    let sums = [("total", total), ("first_payment", first_payment)];
    sums.iter()
        .map(|(id, fen)| {
            let question = questions
                .iter()
                .find(|q| q["id"] == *id)
                .expect("the question");
            let label = format!("{} 元", cost::yuan(*fen));
            let offered = question["choices"].as_array().expect("choices");
            let choice = offered
                .iter()
                .find(|c| c["label"]["zh"] == label)
                .expect("the sum");
            (
                (*id).to_owned(),
                choice["id"].as_str().expect("an id").to_owned(),
            )
        })
        .collect()
}

/// The right answers, read off the sheet.
pub fn right(journey: &Value) -> Vec<(String, String)> {
    let fen = |field: &str| journey["sheet"]["sheet"][field].as_i64().expect("fen");
    choices(journey, fen("total_repaid"), fen("first_payment"))
}

/// Answers that are both wrong: each question's first choice that isn't right.
pub fn wrong(journey: &Value) -> Vec<(String, String)> {
    let right = right(journey);
    right
        .into_iter()
        .map(|(question, choice)| {
            let other = ["a", "b"]
                .into_iter()
                .find(|id| *id != choice)
                .expect("another");
            (question, other.to_owned())
        })
        .collect()
}
