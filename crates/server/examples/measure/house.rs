//! A house to measure: own folder, own database, the demo's institutions, and borrowers as many as needed.

use std::path::PathBuf;

use futures::{StreamExt as _, TryStreamExt as _};
use sqlx::{AssertSqlSafe, ConnectOptions as _, Connection as _};

use url::Url;
use xiaobao::access;
use xiaobao::app::{seed, start};
use xiaobao::clock::Clock;
use xiaobao::config::{Config, Mode, SmsAdapter};
use xiaobao::ctx::Ctx;
use xiaobao::db::{self, Db};
use xiaobao::id::InstitutionId;
use xiaobao::journey::{self, Came, Opening};
use xiaobao::ledger::{self, Seat};
use xiaobao::product::Ask;
use xiaobao::random::Random;
use xiaobao::vault::{Person, Private};

use crate::Outcome;

/// The demo institution that is measured.
const CODE: &str = "anhe";
/// Borrowers let in at the same time while the house is prepared.
const OPENERS: usize = 8;

/// A house that lasts as long as one part of the bench.
pub struct House {
    pub ctx: Ctx,
    pub institution: InstitutionId,
    /// Makes tables; the house itself serves as a role that row-level security binds.
    pub owner: Db,
    folder: PathBuf,
    database: Option<OnServer>,
}

/// A database of its own on the PostgreSQL server that is measured, with a role that serves from it and owns nothing.
pub struct OnServer {
    server: String,
    name: String,
    pub url: String,
    pub owner_url: String,
}

impl OnServer {
    /// One with this name, where `XIAOBAO_BENCH_POSTGRES` names a server.
    pub async fn asked_for(name: &str) -> Outcome<Option<Self>> {
        let Ok(server) = std::env::var("XIAOBAO_BENCH_POSTGRES") else {
            return Ok(None);
        };
        let password = format!("bench-{name}");
        let role = format!("CREATE ROLE {name} LOGIN PASSWORD '{password}'");
        on_server(&server, role).await?;
        on_server(&server, format!("CREATE DATABASE {name}")).await?;
        let (address, _) = server.rsplit_once('/').ok_or("an address ends in a name")?;
        let owner_url = format!("{address}/{name}");
        let mut serving = Url::parse(&owner_url)?;
        let named = serving.set_username(name);
        named
            .and_then(|()| serving.set_password(Some(&password)))
            .map_err(|()| "an address names its host")?;
        Ok(Some(Self {
            url: serving.to_string(),
            owner_url,
            name: name.to_owned(),
            server,
        }))
    }

    pub async fn drop(self) -> Outcome {
        let Self { server, name, .. } = &self;
        on_server(server, format!("DROP DATABASE {name} WITH (FORCE)")).await?;
        on_server(server, format!("DROP ROLE {name}")).await
    }
}

/// The bench's folder inside the build folder.
pub fn bench_folder() -> Outcome<PathBuf> {
    let program = std::env::current_exe()?;
    // target/release/examples/measure
    let target = program.ancestors().nth(3);
    Ok(target
        .ok_or("this program does not lie in a build folder")?
        .join("bench"))
}

impl House {
    /// Does some work in a fresh house, has its evidence audited, and takes the house away whatever happened.
    pub async fn during(clock: Clock, work: impl AsyncFnOnce(&Self) -> Outcome) -> Outcome {
        let house = Self::open(clock).await?;
        let outcome = match work(&house).await {
            Ok(()) => house.audit().await,
            failed => failed,
        };
        house.close().await?;
        outcome
    }

    /// A fresh house with the demo world in it.
    async fn open(clock: Clock) -> Outcome<Self> {
        let name = format!("xiaobao_bench_{}", std::process::id());
        let folder = bench_folder()?.join(&name);
        let mut config = Config::load(None)?;
        config.server.mode = Mode::Demo;
        config.sms.adapter = SmsAdapter::Outbox;
        config.data.folder = folder.clone();
        let database = OnServer::asked_for(&name).await?;
        if let Some(made) = &database {
            config.database.url = made.url.clone();
            config.database.owner_url = made.owner_url.clone();
        }
        let owner_url = config.database.owner_url.clone();
        let ctx = start(config, clock, Random::System).await?;
        let owner = match owner_url.as_str() {
            "" => ctx.db.clone(),
            url => db::connect(url, 1).await?,
        };
        seed(&ctx).await?;
        let view = ctx.db.read(xiaobao::db::Scope::Unscoped).await?;
        let institution = access::institution_by_code(&view, CODE).await?.id;
        drop(view);
        Ok(Self {
            ctx,
            institution,
            owner,
            folder,
            database,
        })
    }

    pub fn seat(&self) -> Seat {
        Seat::system(&self.institution, "bench")
    }

    /// Opens `count` journeys without a price, for as many people.
    pub async fn journeys(&self, count: usize) -> Outcome<Vec<String>> {
        let journeys = futures::stream::iter((0..count).map(|number| self.journey(number, None)));
        journeys.buffer_unordered(OPENERS).try_collect().await
    }

    /// Opens the journey of one person, with a loan when its price is final.
    pub async fn journey(&self, number: usize, loan: Option<Ask>) -> Outcome<String> {
        let opening = Opening {
            kind: journey::Kind::Loan,
            line: None,
            reference: format!("BENCH-{number}"),
            product: "hexiang_fixed".to_owned(),
            borrower: person(number),
            business: None,
            loan,
            return_url: None,
            came: Came::default(),
            idempotency_key: format!("bench-{number}"),
            request_digest: String::new(),
        };
        let seat = self.seat();
        let opened = ledger::retrying(|| journey::open(&self.ctx, &seat, &opening)).await?;
        Ok(opened.journey.id.to_string())
    }

    /// Rebuilds every log by separate code: a figure of a house whose evidence doesn't hold is no figure.
    async fn audit(&self) -> Outcome {
        ledger::advance(&self.ctx).await?;
        for finding in ledger::audit(&self.ctx).await? {
            if let Some(fault) = finding.faults.first() {
                return Err(format!("{}: {fault}", finding.log).into());
            }
        }
        Ok(())
    }

    async fn close(self) -> Outcome {
        drop(self.ctx);
        drop(self.owner);
        if let Some(database) = self.database {
            database.drop().await?;
        }
        Ok(std::fs::remove_dir_all(&self.folder)?)
    }
}

async fn on_server(server: &str, sql: String) -> Outcome {
    let options: sqlx::postgres::PgConnectOptions = server.parse()?;
    let mut conn = options.connect().await?;
    sqlx::raw_sql(AssertSqlSafe(sql)).execute(&mut conn).await?;
    Ok(conn.close().await?)
}

/// An invented person of full age.
fn person(number: usize) -> Person {
    let (id_number, phone) = particulars(number);
    Person {
        name: Private::new("周桂兰".to_owned()),
        id_number: Private::new(id_number),
        phone: Private::new(phone),
    }
}

/// An ID number (GB 11643: 110101, birth date, serial, check character) and a phone of their own.
pub fn particulars(number: usize) -> (String, String) {
    let (serial, day) = (number % 1_000, number / 1_000);
    let digits = format!(
        "110101{}{:02}{:02}{serial:03}",
        1970 + day / 336 % 30,
        1 + day / 28 % 12,
        1 + day % 28
    );
    let weights = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2];
    let sum: usize = digits
        .bytes()
        .zip(weights)
        .map(|(digit, weight)| usize::from(digit - b'0') * weight)
        .sum();
    let check = b"10X98765432"[sum % 11] as char;
    (format!("{digits}{check}"), format!("100{number:08}"))
}
