//! One test's own house: database, blobs, keys, clock.

use std::net::SocketAddr;
use std::ops::Deref;
use std::path::PathBuf;
use std::sync::atomic::{AtomicU32, Ordering};

use axum::Router;
use axum::body::Body;
use axum::extract::ConnectInfo;
use axum::http::{HeaderMap, Request, StatusCode, header};
use http_body_util::BodyExt as _;
use serde_json::Value;
use tower::ServiceExt as _;
use xiaobao::app::{Demo, handlers, router, start};
use xiaobao::clock::Clock;
use xiaobao::config::{Config, Mode, SmsAdapter};
use xiaobao::ctx::Ctx;
use xiaobao::db::{Db, Read as _, Scope};
use xiaobao::random::Random;
use xiaobao::{jobs, ledger};

use crate::template::{self, Template};

/// 2026-11-21 10:00 in Shanghai.
pub const START_MS: i64 = 1_795_226_400_000;

/// The seed of a house's ids, keys and salts when a test doesn't choose one; the template's is 0.
const SEED: u64 = 1;

/// What came back.
#[derive(Debug)]
pub struct Answer {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub bytes: Vec<u8>,
}

impl Answer {
    #[track_caller]
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.bytes).unwrap_or_else(|_| panic!("not JSON: {}", self.text()))
    }

    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.bytes).into_owned()
    }

    /// The error's stable code; checks that both languages are there.
    #[track_caller]
    pub fn code(&self) -> String {
        let error = &self.json()["error"];
        for language in ["zh", "en"] {
            let message = error["message"][language].as_str();
            assert!(
                message.is_some_and(|m| !m.is_empty()),
                "no {language}: {error}"
            );
        }
        let request_id = error["request_id"].as_str();
        assert!(
            request_id.is_some_and(|id| id.starts_with("req_")),
            "{error}"
        );
        error["code"].as_str().expect("a code").to_owned()
    }

    #[track_caller]
    pub fn expect(self, status: StatusCode) -> Self {
        assert_eq!(self.status, status, "{}", self.text());
        self
    }

    /// Done.
    #[track_caller]
    pub fn ok(self) -> Self {
        self.expect(StatusCode::OK)
    }

    /// Refused with this status and code.
    #[track_caller]
    pub fn refused(self, status: u16, code: &str) -> Self {
        let got = (self.status.as_u16(), self.code());
        assert_eq!(got, (status, code.to_owned()), "{}", self.text());
        self
    }

    /// The value of a cookie that this answer sets.
    #[track_caller]
    pub fn cookie(&self, name: &str) -> String {
        let set = self.headers.get_all(header::SET_COOKIE);
        let mut values = set.iter().filter_map(|v| {
            let (key, rest) = v.to_str().ok()?.split_once('=')?;
            (key == name).then(|| rest.split(';').next().unwrap_or_default().to_owned())
        });
        values.next().unwrap_or_else(|| panic!("no cookie {name}"))
    }
}

/// A running house as the outside meets it; cheap to clone into tasks.
#[derive(Clone)]
pub struct Site {
    pub ctx: Ctx,
    router: Router,
    /// On PostgreSQL the superuser's connection: row-level security shows the program one institution at a time.
    superuser: Option<Db>,
}

impl Site {
    pub fn new(ctx: Ctx, superuser: Option<Db>) -> Self {
        let router = router(&ctx).expect("a router");
        Self {
            ctx,
            router,
            superuser,
        }
    }

    /// The database with every institution's rows.
    pub fn whole(&self) -> &Db {
        self.superuser.as_ref().unwrap_or(&self.ctx.db)
    }

    /// Sends one request through the whole router, from this machine unless it says otherwise.
    pub async fn send(&self, mut request: Request<Body>) -> Answer {
        let here = ConnectInfo(SocketAddr::from(([127, 0, 0, 1], 40_000)));
        request.extensions_mut().get_or_insert(here);
        let response = self.router.clone().oneshot(request).await;
        let (parts, body) = response.expect("the router answers").into_parts();
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

    /// Posts a raw JSON body from our own page, without any login.
    pub async fn post(&self, path: &str, body: &Value) -> Answer {
        let request = Request::post(path)
            .header(header::CONTENT_TYPE, "application/json")
            .header("x-xiaobao", "1")
            .body(Body::from(body.to_string()));
        self.send(request.expect("a request")).await
    }

    pub fn advance_ms(&self, ms: u64) {
        self.ctx.clock.advance(std::time::Duration::from_millis(ms));
    }

    /// Runs every due job.
    pub async fn run_jobs(&self) {
        jobs::drain(&self.ctx, &handlers()).await.expect("jobs run");
    }

    /// Sequences and publishes everything committed so far.
    pub async fn prove(&self) {
        ledger::advance(&self.ctx)
            .await
            .expect("facts are sequenced and published");
    }

    pub async fn settle(&self) {
        self.run_jobs().await;
        self.prove().await;
    }

    /// Every disagreement that the audit finds, over all logs.
    pub async fn faults(&self) -> Vec<String> {
        let findings = ledger::audit(&self.ctx).await.expect("the audit runs");
        assert!(!findings.is_empty(), "there are logs");
        findings
            .into_iter()
            .flat_map(|finding| {
                assert!(finding.facts > 0, "{} holds facts", finding.log);
                finding.faults
            })
            .collect()
    }

    /// How many jobs of a kind wait, or were given up.
    pub async fn jobs(&self, kind: &str) -> i64 {
        let view = self.whole().read(Scope::Unscoped).await.expect("a view");
        let sql = "SELECT COUNT(*) AS n FROM jobs_jobs WHERE kind = $1";
        let row: Option<Count> = view
            .one(sql, xiaobao::values![kind])
            .await
            .expect("a query");
        row.map_or(0, |row| row.n)
    }

    /// How many facts of a kind a case holds; all cases when `case` is empty.
    pub async fn facts(&self, case: &str, kind: &str) -> i64 {
        let view = self.whole().read(Scope::Unscoped).await.expect("a view");
        let row: Count = view
            .one(
                "SELECT COUNT(*) AS n FROM ledger_facts WHERE ($1 = '' OR case_id = $1) AND kind = $2",
                xiaobao::values![case, kind],
            )
            .await
            .expect("a query")
            .expect("a row");
        row.n
    }

    /// The data of the newest fact of a kind in a case.
    pub async fn fact(&self, case: &str, kind: &str) -> Value {
        self.sworn(case, kind).await.data
    }

    /// The newest fact of a kind in a case.
    pub async fn sworn(&self, case: &str, kind: &str) -> proof::fact::Fact {
        let view = self.whole().read(Scope::Unscoped).await.expect("a view");
        let sql = "SELECT body FROM ledger_facts WHERE case_id = $1 AND kind = $2 ORDER BY case_no DESC LIMIT 1";
        let row: Option<FactBody> = view
            .one(sql, xiaobao::values![case, kind])
            .await
            .expect("a query");
        let body = row.unwrap_or_else(|| panic!("{case} has no {kind}")).body;
        proof::fact::Fact::parse(&body).expect("a fact")
    }
}

#[derive(sea_orm::FromQueryResult)]
struct FactBody {
    body: Vec<u8>,
}

/// A counted number.
#[derive(sea_orm::FromQueryResult)]
pub struct Count {
    pub n: i64,
}

/// A test's own house with the demo world in it.
pub struct TestApp {
    site: Site,
    pub demo: Demo,
    pub folder: PathBuf,
    template: Template,
    database: String,
    seed: u64,
}

impl Deref for TestApp {
    type Target = Site;

    fn deref(&self) -> &Site {
        &self.site
    }
}

static COUNTER: AtomicU32 = AtomicU32::new(0);

impl TestApp {
    /// How many people the demo has, each with one journey.
    pub fn people(&self) -> i64 {
        i64::try_from(self.demo.links.len()).expect("a count")
    }

    /// Whose data the demo keeps: its people, and the shop that one of them borrows for.
    pub fn subjects(&self) -> i64 {
        self.people() + 1
    }

    /// Runs a test in a fresh house; afterwards its jobs are done and its evidence holds.
    pub fn run(test: impl AsyncFnOnce(&mut TestApp)) {
        on_runtime(async {
            let mut app = Self::start(SEED).await;
            test(&mut app).await;
            app.finish().await;
        });
    }

    /// As [`TestApp::run`], for tests that damage the evidence: they audit themselves.
    pub fn run_damaged(test: impl AsyncFnOnce(&mut TestApp)) {
        on_runtime(async {
            let mut app = Self::start(SEED).await;
            test(&mut app).await;
            app.remove().await;
        });
    }

    /// A fresh house; `seed` decides every id, key and salt that is made in it.
    pub async fn start(seed: u64) -> Self {
        let postgres = std::env::var("XIAOBAO_TEST_POSTGRES").ok();
        let template = Template::ready(postgres).await;
        let number = COUNTER.fetch_add(1, Ordering::SeqCst);
        let name = format!("xiaobao-it-{}-{number}", std::process::id());
        let folder = std::env::temp_dir().join(&name);
        let database = name.replace('-', "_");
        let mut config = test_config();
        config.data.folder = folder.clone();
        config.database.url = template.copy(&folder, &database).await;
        let demo = template.demo();
        let ctx = start(config, Clock::mock(START_MS), Random::seeded(seed)).await;
        let superuser = template.superuser(&database).await;
        let site = Site::new(ctx.expect("the house opens"), superuser);
        Self {
            site,
            demo,
            folder,
            template,
            database,
            seed,
        }
    }

    /// The same data under a new process's eyes: whatever the old one held in memory is gone.
    pub async fn restart(&mut self) {
        let sealed = self.reopen().await;
        assert_eq!(sealed, vec![], "nothing is sealed after a restart");
    }

    /// As [`TestApp::restart`], with another configuration.
    pub async fn reconfigure(&mut self, change: impl FnOnce(&mut Config)) {
        let mut config = self.site.ctx.config.clone();
        change(&mut config);
        let sealed = self.reopen_with(config).await;
        assert_eq!(sealed, vec![], "nothing is sealed after a restart");
    }

    /// As [`TestApp::restart`], but answers which logs the check at start sealed.
    pub async fn reopen(&mut self) -> Vec<(String, String)> {
        self.reopen_with(self.site.ctx.config.clone()).await
    }

    async fn reopen_with(&mut self, config: Config) -> Vec<(String, String)> {
        // The same seed again would mint the same ids again.
        self.seed += 1_000_003;
        let random = Random::seeded(self.seed);
        let clock = self.site.ctx.clock.clone();
        let ctx = start(config, clock, random).await;
        let superuser = self.site.superuser.take();
        self.site = Site::new(ctx.expect("the house opens again"), superuser);
        ledger::check(&self.site.ctx)
            .await
            .expect("the check at start runs")
    }

    /// Ends the test: everything settled, no job failed, every log audited, everything removed.
    pub async fn finish(self) {
        self.settle().await;
        let view = self.ctx.db.read(Scope::Unscoped).await.expect("a view");
        let failed: Vec<Failed> = view
            .all(
                "SELECT kind, last_error FROM jobs_jobs WHERE last_error IS NOT NULL",
                vec![],
            )
            .await
            .expect("a query");
        assert_eq!(failed, vec![], "jobs failed");
        drop(view);
        assert_eq!(self.faults().await, Vec::<String>::new());
        self.remove().await;
    }

    /// Where a copy of this house can go: an empty data folder and, on PostgreSQL, an empty database beside this one.
    pub async fn elsewhere(&self) -> (Config, Option<String>) {
        let mut config = self.site.ctx.config.clone();
        config.data.folder = self.folder.with_extension("elsewhere");
        std::fs::create_dir(&config.data.folder).expect("a folder");
        let database = format!("{}_elsewhere", self.database);
        let made = self.template.empty(&database).await;
        if let Some((url, owner_url)) = made {
            config.database.url = url;
            config.database.owner_url = owner_url;
            return (config, Some(database));
        }
        (config, None)
    }

    /// A house that was put together elsewhere, as the outside meets it.
    pub async fn moved(&self, config: &Config, database: Option<&str>) -> Site {
        let clock = self.site.ctx.clock.clone();
        let ctx = start(config.clone(), clock, Random::seeded(self.seed + 77)).await;
        let superuser = match database {
            Some(database) => self.template.superuser(database).await,
            None => None,
        };
        Site::new(ctx.expect("the house opens elsewhere"), superuser)
    }

    /// Takes away what [`TestApp::elsewhere`] made.
    pub async fn gone_from(&self, config: &Config, database: Option<&str>) {
        if let Some(database) = database {
            self.template.drop_copy(database).await;
        }
        std::fs::remove_dir_all(&config.data.folder).expect("the folder goes away");
    }

    pub fn owner_url_of(&self, database: &str) -> Option<String> {
        self.template.owner_url(database)
    }

    /// On PostgreSQL the superuser's address of this house's database.
    pub fn superuser_url(&self) -> Option<String> {
        self.template.superuser_url(&self.database)
    }

    /// On PostgreSQL the address for the role that owns the tables.
    pub fn owner_url(&self) -> Option<String> {
        self.template.owner_url(&self.database)
    }

    async fn remove(self) {
        drop(self.site);
        self.template.drop_copy(&self.database).await;
        std::fs::remove_dir_all(&self.folder).expect("the test's folder goes away");
    }
}

#[derive(Debug, PartialEq, sea_orm::FromQueryResult)]
struct Failed {
    kind: String,
    last_error: String,
}

pub fn on_runtime(work: impl Future<Output = ()>) {
    let mut builder = tokio::runtime::Builder::new_multi_thread();
    let runtime = builder.worker_threads(2).enable_all().build();
    runtime.expect("a runtime").block_on(work);
}

/// The configuration of every test: the defaults, with the demo's outbox for codes.
pub fn test_config() -> Config {
    let mut config = Config::load(None).expect("defaults");
    config.server.mode = Mode::Demo;
    config.sms.adapter = SmsAdapter::Outbox;
    // The clock stands still, and everybody comes from the same address.
    config.server.strangers_per_minute_max = 1_000_000;
    config.server.readers_per_minute_max = 1_000_000;
    config
}

/// The folder that holds a house's own SQLite file; none on PostgreSQL.
pub fn sqlite_file(app: &TestApp) -> Option<PathBuf> {
    template::on_sqlite(&app.ctx).then(|| app.folder.join("xiaobao.db"))
}
