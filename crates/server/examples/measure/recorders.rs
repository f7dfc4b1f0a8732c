//! People who confirmed their sheet and whose page has just begun to record: every step through the router, on a clock moved
//! by hand that ends before now.

use axum::Router;
use axum::body::Body;
use axum::extract::ConnectInfo;
use axum::http::{Method, Request, header};
use http_body_util::BodyExt as _;
use serde_json::{Value, json};
use std::net::SocketAddr;
use std::time::Duration;
use tower::ServiceExt as _;
use xiaobao::access;
use xiaobao::app::{handlers, router, seed, start};
use xiaobao::clock::Clock;
use xiaobao::config::{Config, SmsAdapter};
use xiaobao::ctx::Ctx;
use xiaobao::db::Scope;
use xiaobao::product::{self, Definition, Proposal};
use xiaobao::random::Random;
use xiaobao::vault::Private;
use xiaobao::{jobs, notify};

use crate::Outcome;
use crate::house::particulars;

const CODE: &str = "anhe";
/// Every sheet is read for this long, and all of them before now.
const READING_SECONDS: i64 = 1;

/// Somebody whose page records, in segment 1.
pub struct Recorder {
    pub recording: String,
    pub cookie: String,
}

/// Prepares as many in a fresh house of this configuration.
pub async fn prepared(mut config: Config, count: usize) -> Outcome<Vec<Recorder>> {
    config.sms.adapter = SmsAdapter::Outbox;
    config.server.strangers_per_minute_max = 1_000_000;
    config.server.readers_per_minute_max = 1_000_000;
    let before_ms = 120_000 + 2_000 * i64::try_from(count)?;
    let clock = Clock::mock(Clock::System.now_ms() - before_ms);
    let ctx = start(config, clock, Random::System).await?;
    let demo = seed(&ctx).await?;
    let staff = &demo.accounts[0].password;
    releases(&ctx, staff).await?;
    let key = demo.api_keys.iter().find(|key| key.institution == CODE);
    let site = Site {
        router: router(&ctx)?,
        key: key.ok_or("the demo's key")?.key.clone(),
        ctx,
    };
    let mut all = Vec::with_capacity(count);
    for number in 0..count {
        all.push(site.one(number).await?);
    }
    Ok(all)
}

/// 禾享贷 with three steps: the notice, the sheet, and a recording for everybody.
async fn releases(ctx: &Ctx, password: &str) -> Outcome {
    let mut json: Value = serde_json::from_str(include_str!("../../demo/hexiang.json"))?;
    let definition = json.as_object_mut().ok_or("a definition")?;
    for unused in ["identity", "documents", "change_documents"] {
        definition.remove(unused);
    }
    let text = json!({ "zh": "您知道全部成本吗？", "en": "Do you know every cost?" });
    definition.extend([
        ("required".to_owned(), json!(["personal_information_notice", "cost_disclosure", "recording"])),
        ("notices".to_owned(), json!(["pi_notice"])),
        ("reading_seconds".to_owned(), json!({ "standard": READING_SECONDS, "elder": READING_SECONDS })),
        (
            "recording".to_owned(),
            json!({
                "basis": "policy", "when": { "always": true, "elders": true },
                "reviewed_percent": { "standard": 0, "elder": 0 },
                "script": [{ "code": "cost", "kind": "answer", "on_wrong": "again", "answer_seconds": 8,
                    "tries_max": 2, "spoken": text, "expects": ["知道"] }],
            }),
        ),
    ]);
    let definition: Definition = serde_json::from_value(json)?;
    let password = Private::new(password.to_owned());
    let (proposer, _) = access::sign_in(ctx, CODE, "shenqiao", &password).await?;
    let (approver, _) = access::sign_in(ctx, CODE, "heyun", &password).await?;
    let code = "hexiang".to_owned();
    let version = product::propose(ctx, &proposer, &Proposal { code, definition }).await?;
    product::approve(ctx, &approver, &version.product, version.number).await?;
    Ok(())
}

struct Site {
    ctx: Ctx,
    router: Router,
    key: String,
}

impl Site {
    async fn asks(
        &self,
        method: Method,
        path: &str,
        who: (&'static str, &str),
        body: Option<Value>,
    ) -> Outcome<(Value, Option<String>)> {
        let mut request = Request::builder()
            .method(method)
            .uri(path)
            .header("x-xiaobao", "1")
            .header(who.0, who.1);
        let body = match body {
            Some(json) => {
                request = request.header(header::CONTENT_TYPE, "application/json");
                Body::from(json.to_string())
            }
            None => Body::empty(),
        };
        let mut request = request.body(body)?;
        let here = SocketAddr::from(([127, 0, 0, 1], 40_000));
        request.extensions_mut().insert(ConnectInfo(here));
        let (parts, body) = self.router.clone().oneshot(request).await?.into_parts();
        let bytes = body.collect().await?.to_bytes();
        if !parts.status.is_success() {
            let said = String::from_utf8_lossy(&bytes);
            return Err(format!("{path}: {} {said}", parts.status).into());
        }
        let set = parts.headers.get(header::SET_COOKIE);
        let cookie = set.and_then(|set| set.to_str().ok());
        let cookie = cookie.and_then(|set| set.split(';').next()?.split_once('='));
        let cookie = cookie.map(|(_, value)| value.to_owned());
        Ok((
            serde_json::from_slice(&bytes).unwrap_or(Value::Null),
            cookie,
        ))
    }

    async fn one(&self, number: usize) -> Outcome<Recorder> {
        let (id_number, phone) = particulars(number);
        let body = json!({ "reference": format!("LN-{number}"), "product": "hexiang",
            "loan": { "principal": 2_000_000, "periods": 12 },
            "borrower": { "name": "周桂兰", "id_number": id_number, "phone": phone } });
        let opened = self.opens(number, body).await?;
        let url = opened["link"]["url"].as_str().ok_or("a link")?;
        let (_, token) = url.rsplit_once('/').ok_or("a link ends in its token")?;
        let case = opened["id"].as_str().ok_or("an id")?;
        let nobody = ("x-bench", "1");
        let posts =
            |path: &'static str, body: Value| self.asks(Method::POST, path, nobody, Some(body));
        posts("/api/h5/link/code", json!({ "token": token })).await?;
        jobs::drain(&self.ctx, &handlers()).await?;
        let code = self.code(case).await?;
        let entered = posts(
            "/api/h5/link/enter",
            json!({ "token": token, "code": code }),
        )
        .await?;
        let cookie = entered.1.ok_or("a session")?;
        let recording = self.to_the_recording(&cookie).await?;
        Ok(Recorder { recording, cookie })
    }

    async fn opens(&self, number: usize, body: Value) -> Outcome<Value> {
        let mut request = Request::post("/v1/journeys")
            .header(header::AUTHORIZATION, format!("Bearer {}", self.key))
            .header("idempotency-key", format!("recorder-{number}"))
            .header(header::CONTENT_TYPE, "application/json")
            .body(Body::from(body.to_string()))?;
        let here = SocketAddr::from(([127, 0, 0, 1], 40_000));
        request.extensions_mut().insert(ConnectInfo(here));
        let answer = self.router.clone().oneshot(request).await?;
        let status = answer.status();
        let bytes = answer.into_body().collect().await?.to_bytes();
        match status.is_success() {
            true => Ok(serde_json::from_slice(&bytes)?),
            false => Err(format!("{status} {}", String::from_utf8_lossy(&bytes)).into()),
        }
    }

    /// The code that reached the phone of a case.
    async fn code(&self, case: &str) -> Outcome<String> {
        let view = self.ctx.db.read(Scope::Unscoped).await?;
        let institution = access::institution_by_code(&view, CODE).await?.id;
        drop(view);
        let page = notify::kept(&self.ctx, &institution, None, 20).await?;
        let mut mine = page.rows.into_iter().filter(|kept| kept.case_id == case);
        let text = mine.next().ok_or("a message")?.text;
        let (_, after) = text.split_once("验证码").ok_or("a code")?;
        Ok(after.chars().take(6).collect())
    }

    /// Reads, understands and confirms the sheet, and begins to record.
    async fn to_the_recording(&self, cookie: &str) -> Outcome<String> {
        let cookie = format!("{}={cookie}", access::CUSTOMER_COOKIE);
        let posts = |path: String, body: Value| {
            let cookie = cookie.clone();
            async move {
                let who = ("cookie", cookie.as_str());
                Ok::<_, Box<dyn std::error::Error + Send + Sync>>(
                    self.asks(Method::POST, &path, who, Some(body)).await?.0,
                )
            }
        };
        let who = ("cookie", cookie.as_str());
        let (notices, _) = self.asks(Method::GET, "/api/h5/notices", who, None).await?;
        for row in notices["rows"].as_array().into_iter().flatten() {
            let step = row["step"].as_str().ok_or("a step")?;
            let one = json!({ "notice": row["notice"], "digest": row["digest"] });
            for act in ["shown", "acknowledge"] {
                posts(format!("/api/h5/steps/{step}/{act}"), one.clone()).await?;
            }
        }
        let (journey, _) = self.asks(Method::GET, "/api/h5/journey", who, None).await?;
        let sheet = &journey["sheet"];
        let of = json!({ "sheet_digest": sheet["digest"] });
        posts("/api/h5/sheet/shown".into(), of.clone()).await?;
        self.ctx
            .clock
            .advance(Duration::from_millis(READING_SECONDS as u64 * 1_000));
        posts("/api/h5/sheet/read".into(), of.clone()).await?;
        let mut answers = Vec::new();
        for (question, fen) in [
            ("total", "total_repaid"),
            ("first_payment", "first_payment"),
        ] {
            let label = format!(
                "{} 元",
                cost::yuan(sheet["sheet"][fen].as_i64().unwrap_or(0))
            );
            let asked = sheet["quiz"]["questions"].as_array().into_iter().flatten();
            let asked = asked.filter(|one| one["id"] == question);
            let choices = asked.flat_map(|one| one["choices"].as_array()).flatten();
            let choice = choices
                .into_iter()
                .find(|one| one["label"]["zh"] == label.as_str());
            let choice = choice.ok_or("a right answer")?["id"].clone();
            answers.push(json!({ "question": question, "choice": choice }));
        }
        let mut answered = of.clone();
        answered["answers"] = json!(answers);
        posts("/api/h5/sheet/answers".into(), answered).await?;
        posts("/api/h5/sheet/confirm".into(), of).await?;
        let begun = json!({ "mode": "self_service" });
        posts("/api/h5/recording/begin".into(), begun).await?;
        let segment = json!({ "media": "video/webm" });
        let view = posts("/api/h5/recording/segments".into(), segment).await?;
        let id = view["recording"]["id"].as_str().ok_or("a recording")?;
        Ok(id.to_owned())
    }
}
