//! One test's own house: database, blobs, keys, clock.

use std::path::PathBuf;
use std::sync::atomic::{AtomicU32, Ordering};

use axum::body::Body;
use axum::http::{HeaderMap, Request, StatusCode, header};
use http_body_util::BodyExt as _;
use serde_json::Value;
use sqlx::{ConnectOptions as _, Connection as _};
use tower::ServiceExt as _;
use xiaobao::app::{Demo, handlers, router, seed, start};
use xiaobao::clock::Clock;
use xiaobao::config::{Config, Mode, SmsAdapter};
use xiaobao::ctx::Ctx;
use xiaobao::random::Random;
use xiaobao::{jobs, ledger};

/// 2026-11-21 10:00 in Shanghai.
pub const START_MS: i64 = 1_795_226_400_000;

/// A running house with the demo world in it.
pub struct TestApp {
    pub ctx: Ctx,
    pub demo: Demo,
    folder: PathBuf,
    postgres: Option<(String, String)>,
}

/// What came back.
#[derive(Debug)]
pub struct Answer {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub bytes: Vec<u8>,
}

impl Answer {
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.bytes)
            .unwrap_or_else(|_| panic!("not JSON: {}", String::from_utf8_lossy(&self.bytes)))
    }

    /// The error's stable code; checks that both languages are there.
    pub fn code(&self) -> String {
        let error = &self.json()["error"];
        for language in ["zh", "en"] {
            assert!(
                error["message"][language]
                    .as_str()
                    .is_some_and(|m| !m.is_empty()),
                "no {language} message: {error}"
            );
        }
        assert!(
            error["request_id"]
                .as_str()
                .is_some_and(|id| id.starts_with("req_")),
            "{error}"
        );
        error["code"].as_str().expect("a code").to_owned()
    }

    #[track_caller]
    pub fn expect(self, status: StatusCode) -> Self {
        assert_eq!(
            self.status,
            status,
            "{}",
            String::from_utf8_lossy(&self.bytes)
        );
        self
    }
}

static COUNTER: AtomicU32 = AtomicU32::new(0);

impl TestApp {
    /// Runs a test in a fresh house on each database; afterwards the evidence must hold.
    pub fn run<F: Future<Output = ()>>(test: impl Fn(TestApp) -> F) {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(2)
            .enable_all()
            .build()
            .expect("a runtime");
        runtime.block_on(async {
            let postgres = std::env::var("XIAOBAO_TEST_POSTGRES").ok();
            test(Self::start(postgres, 1).await).await;
        });
    }

    /// A fresh house; `seed` decides every id, key and salt of it.
    pub async fn start(postgres: Option<String>, random_seed: u64) -> Self {
        let name = format!(
            "xiaobao-it-{}-{}",
            std::process::id(),
            COUNTER.fetch_add(1, Ordering::SeqCst)
        );
        let folder = std::env::temp_dir().join(&name);
        let mut config = Config::load(None).expect("defaults");
        config.server.mode = Mode::Demo;
        config.sms.adapter = SmsAdapter::Outbox;
        config.data.folder = folder.clone();
        let postgres = match postgres {
            None => None,
            Some(admin) => {
                let database = name.replace('-', "_");
                config.database.url = create_database(&admin, &database).await;
                Some((admin, database))
            }
        };
        let ctx = Self::open(config, Clock::mock(START_MS), random_seed).await;
        let demo = seed(&ctx).await.expect("the demo world");
        Self {
            ctx,
            demo,
            folder,
            postgres,
        }
    }

    /// Opens (again) the house that a configuration names.
    pub async fn open(config: Config, clock: Clock, random_seed: u64) -> Ctx {
        start(config, clock, Random::seeded(random_seed))
            .await
            .expect("the house opens")
    }

    /// The same data under a new process's eyes.
    pub async fn restarted(self, random_seed: u64) -> Self {
        let ctx = Self::open(self.ctx.config.clone(), self.ctx.clock.clone(), random_seed).await;
        let sealed = ledger::check(&ctx).await.expect("the seal check runs");
        assert_eq!(sealed, vec![], "nothing is sealed after a restart");
        Self { ctx, ..self }
    }

    /// Sends one request through the whole router.
    pub async fn send(&self, request: Request<Body>) -> Answer {
        let response = router(&self.ctx)
            .oneshot(request)
            .await
            .expect("the router answers");
        let (parts, body) = response.into_parts();
        let bytes = body
            .collect()
            .await
            .expect("a whole body")
            .to_bytes()
            .to_vec();
        Answer {
            status: parts.status,
            headers: parts.headers,
            bytes,
        }
    }

    pub async fn get(&self, path: &str) -> Answer {
        self.send(Request::get(path).body(Body::empty()).expect("a request"))
            .await
    }

    /// Posts a raw JSON body without any login.
    pub async fn post(&self, path: &str, body: &str) -> Answer {
        let request = Request::post(path)
            .header(header::CONTENT_TYPE, "application/json")
            .header("x-xiaobao", "1")
            .body(Body::from(body.to_owned()));
        self.send(request.expect("a request")).await
    }

    pub fn advance_ms(&self, ms: u64) {
        self.ctx.clock.advance(std::time::Duration::from_millis(ms));
    }

    /// Runs every due job, then sequences and publishes.
    pub async fn settle(&self) {
        jobs::drain(&self.ctx, &handlers()).await.expect("jobs run");
        ledger::advance(&self.ctx)
            .await
            .expect("facts are sequenced and published");
    }

    /// Ends the test: everything settled, every log audited, everything removed.
    pub async fn finish(self) {
        self.settle().await;
        for finding in ledger::audit(&self.ctx).await.expect("the audit runs") {
            assert_eq!(finding.faults, Vec::<String>::new(), "{}", finding.log);
            assert!(finding.facts > 0, "{} holds facts", finding.log);
        }
        drop(self.ctx);
        if let Some((admin, database)) = self.postgres {
            drop_database(&admin, &database).await;
        }
        std::fs::remove_dir_all(&self.folder).expect("the test's folder goes away");
    }
}

/// The role the program connects as: neither owner nor superuser.
const ROLE: &str = "xiaobao_it";

async fn create_database(admin: &str, database: &str) -> String {
    let options: sqlx::postgres::PgConnectOptions =
        admin.parse().expect("XIAOBAO_TEST_POSTGRES is an address");
    let mut conn = options.connect().await.expect("PostgreSQL answers");
    // Two tests may make the role at the same moment; the second finds it made.
    let role = format!(
        "DO $$ BEGIN CREATE ROLE {ROLE} LOGIN PASSWORD '{ROLE}'; EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL; END $$"
    );
    sqlx::raw_sql(sqlx::AssertSqlSafe(role))
        .execute(&mut conn)
        .await
        .expect("a role");
    let create = format!("CREATE DATABASE {database} OWNER {ROLE}");
    sqlx::raw_sql(sqlx::AssertSqlSafe(create))
        .execute(&mut conn)
        .await
        .expect("a database");
    conn.close().await.expect("goodbye");
    let (scheme, rest) = admin.split_once("://").expect("an address");
    let host = rest.rsplit_once('@').map_or(rest, |(_, host)| host);
    let host = host.split('/').next().unwrap_or(host);
    format!("{scheme}://{ROLE}:{ROLE}@{host}/{database}")
}

async fn drop_database(admin: &str, database: &str) {
    let options: sqlx::postgres::PgConnectOptions = admin.parse().expect("an address");
    let mut conn = options.connect().await.expect("PostgreSQL answers");
    let sql = format!("DROP DATABASE {database} WITH (FORCE)");
    sqlx::raw_sql(sqlx::AssertSqlSafe(sql))
        .execute(&mut conn)
        .await
        .expect("the test's database goes away");
}
