//! The composition root: mounts every room's routes, jobs and migrations. Imports all, imported by none.

mod backup;
mod commands;
mod contract;
mod demo;
mod house;
mod metrics;
mod openapi;
mod pages;
mod probes;
mod serve;
mod tls;

use std::os::unix::fs::DirBuilderExt as _;
use std::path::Path;
use std::sync::atomic::AtomicBool;

use axum::Router;
use serde_json::Value;

pub use backup::{Places as BackupPlaces, restore, take as take_backup};
pub use commands::{Cli, execute};
pub use contract::{Verdict, check as check_contract};
pub use metrics::read as read_metrics;

use crate::blobs::Blobs;
use crate::clock::Clock;
use crate::config::Config;
use crate::ctx::{Ctx, Ground};
use crate::db::{self, Schema};
use crate::error::{Error, Result};
use crate::http::Routes;
use crate::jobs::Handler;
use crate::keys::{self, Keys};
use crate::meters::Meters;
use crate::random::Random;
use crate::traces::Traces;
use crate::typeset::Typesetter;
use crate::{
    access, batch, consent, contacts, counter, custody, disbursement, disclosure, http, identity,
    inspection, jobs, journey, ledger, notify, product, recording, rectification, roster,
    servicing, signing, suitability, vault, webhook, workbench,
};

pub use demo::{Demo, seed};

/// Every room's tables, lowest floor first.
pub fn schema() -> Schema {
    let migrations = [
        db::MIGRATIONS,
        keys::MIGRATIONS,
        http::MIGRATIONS,
        jobs::MIGRATIONS,
        &notify::migrations(),
        ledger::MIGRATIONS,
        vault::MIGRATIONS,
        access::MIGRATIONS,
        custody::MIGRATIONS,
        roster::MIGRATIONS,
        product::MIGRATIONS,
        contacts::MIGRATIONS,
        consent::MIGRATIONS,
        counter::MIGRATIONS,
        disbursement::MIGRATIONS,
        disclosure::MIGRATIONS,
        identity::MIGRATIONS,
        recording::MIGRATIONS,
        signing::MIGRATIONS,
        suitability::MIGRATIONS,
        journey::MIGRATIONS,
        servicing::MIGRATIONS,
        webhook::MIGRATIONS,
        batch::MIGRATIONS,
        inspection::MIGRATIONS,
        rectification::MIGRATIONS,
    ]
    .concat();
    Schema {
        migrations,
        look_ups: [jobs::LOOK_UPS, ledger::LOOK_UPS, access::LOOK_UPS].concat(),
    }
}

/// Every room's lasting key files; those of the logs are tied to the database by the logs themselves.
fn key_names() -> Vec<&'static str> {
    [
        vault::KEYS,
        access::KEYS,
        contacts::KEYS,
        disbursement::KEYS,
        signing::KEYS,
        webhook::KEYS,
        &["idempotency"],
    ]
    .concat()
}

/// Every room's jobs.
pub fn handlers() -> Vec<Handler> {
    [
        vault::jobs(),
        access::jobs(),
        product::jobs(),
        custody::jobs(),
        contacts::jobs(),
        consent::jobs(),
        disclosure::jobs(),
        identity::jobs(),
        recording::jobs(),
        signing::jobs(),
        journey::jobs(),
        servicing::jobs(),
        webhook::jobs(),
        batch::jobs(),
        disbursement::jobs(),
        inspection::jobs(),
    ]
    .concat()
}

/// Every described route, by room.
fn rooms() -> Routes {
    openapi::merge(vec![
        ("notify", notify::routes()),
        ("ledger", ledger::routes()),
        ("access", access::routes()),
        ("custody", custody::routes()),
        ("roster", roster::routes()),
        ("product", product::routes()),
        ("contacts", contacts::routes()),
        ("consent", consent::routes()),
        ("identity", identity::routes()),
        ("recording", recording::routes()),
        ("signing", signing::routes()),
        ("suitability", suitability::routes()),
        ("disbursement", disbursement::routes()),
        ("journey", journey::routes()),
        ("servicing", servicing::routes()),
        ("webhook", webhook::routes()),
        ("batch", batch::routes()),
        ("inspection", inspection::routes()),
        ("rectification", rectification::routes()),
        ("workbench", workbench::routes()),
        ("app", probes::routes()),
    ])
}

/// The description of the API, OpenAPI 3.1.
pub fn openapi() -> Result<Value> {
    openapi::document(&rooms())
}

/// The whole site: every room's routes, the pages, the probes, and what each request passes.
pub fn router(ctx: &Ctx) -> Result<Router> {
    let rooms = rooms();
    let described = openapi::routes(&openapi::document(&rooms)?);
    let site = Router::from(rooms)
        .merge(described)
        .merge(pages::routes())
        .method_not_allowed_fallback(http::method_not_allowed);
    Ok(http::layers(site, ctx).with_state(ctx.clone()))
}

/// The owner of the tables works alone, and only at the start.
const OWNER_CONNECTIONS: u32 = 1;

/// Builds the context from configuration; opens the database and brings its tables up to date. The first start behind a
/// restore tells every institution.
pub async fn start(config: Config, clock: Clock, random: Random) -> Result<Ctx> {
    // Two TLS providers may be linked; one must be named before the first handshake. Whoever comes later, or at the same
    // moment in one process, finds it named: that is no error.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let folder: &Path = &config.data.folder;
    make_folder(folder)?;
    let db = db::connect(&config.database_url(), config.database.connections_max).await?;
    let owner = match config.database.owner_url.as_str() {
        "" => db.clone(),
        url => db::connect(url, OWNER_CONNECTIONS).await?,
    };
    let applied = db::migrate(&owner, &db, &schema()).await?;
    if !applied.is_empty() {
        tracing::info!(count = applied.len(), "tables brought up to date");
    }
    house::same(&db, folder, &clock, &random).await?;
    let keys = Keys::open(&folder.join("keys"))?;
    keys::register(&keys, &db, &random, &key_names()).await?;
    vault::open_epochs(&keys, &db, &clock, &random).await?;
    let http = reqwest::Client::builder()
        .timeout(std::time::Duration::from_secs(10))
        // Nothing that holds particulars follows anyone to another address.
        .redirect(reqwest::redirect::Policy::none())
        .build()?;
    let ctx = Ctx::new(Ground {
        blobs: Blobs::local(&folder.join("blobs"))?,
        keys,
        typesetter: Typesetter::new(pages::fonts())
            .map_err(|cause| Error::Internal(Box::new(cause)))?,
        meters: Meters::default(),
        traces: Traces::to(&config.server.otlp_endpoint, http.clone())?,
        http,
        facts_committed: tokio::sync::Notify::new(),
        jobs_enqueued: tokio::sync::Notify::new(),
        visits: std::sync::Mutex::default(),
        stopping: AtomicBool::new(false),
        config,
        clock,
        random,
        db,
    });
    backup::tell(&ctx).await?;
    Ok(ctx)
}

/// Makes the data folder for this account alone: database, keys and tiles lie in it.
fn make_folder(folder: &Path) -> Result<()> {
    Ok(std::fs::DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(folder)?)
}
