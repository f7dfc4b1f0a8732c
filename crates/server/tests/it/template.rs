//! The demo world, seeded once per build of the tests and copied for each test: password hashing and printing are slow.

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::json;
use sqlx::{ConnectOptions as _, Connection as _, PgConnection};
use xiaobao::app::{Demo, handlers, seed, start};
use xiaobao::clock::Clock;
use xiaobao::config::Config;
use xiaobao::ctx::Ctx;
use xiaobao::db::{Db, Engine, connect};
use xiaobao::random::Random;
use xiaobao::{jobs, ledger};

use crate::app::{START_MS, test_config};
use crate::steps::offers_with;

/// The role the program serves with: neither superuser nor owner nor able to bypass row-level security.
const ROLE: &str = "xiaobao_it";
/// The role that makes the tables.
const OWNER: &str = "xiaobao_it_owner";

/// A seeded house that is only ever copied.
pub struct Template {
    /// Data folder of the template; its database too when it is SQLite's.
    folder: PathBuf,
    /// The superuser's address, when the tests run on PostgreSQL.
    admin: Option<String>,
    database: String,
}

impl Template {
    /// Finds the template of this very build, or makes it; other test processes wait meanwhile.
    pub async fn ready(admin: Option<String>) -> Self {
        let stamp = build_stamp();
        let database = format!("xiaobao_it_template_{stamp}");
        let place = match &admin {
            None => "sqlite".to_owned(),
            Some(url) => format!("postgres-{}", port(url)),
        };
        let home = Path::new(env!("CARGO_TARGET_TMPDIR")).join("it-templates");
        fs::create_dir_all(&home).expect("a folder for templates");
        let lock = fs::File::create(home.join(".lock")).expect("a lock file");
        lock.lock().expect("the template's lock");
        let folder = home.join(format!("{stamp}-{place}"));
        let template = Self {
            folder,
            admin,
            database,
        };
        if !template.exists().await {
            remove_others(&home, &stamp);
            template.make().await;
        }
        template
    }

    async fn exists(&self) -> bool {
        if !self.folder.join("demo.json").exists() {
            return false;
        }
        let Some(admin) = &self.admin else {
            return true;
        };
        let mut conn = superuser(admin).await;
        let sql = format!(
            "SELECT 1 FROM pg_database WHERE datname = '{}'",
            self.database
        );
        let found = sqlx::query(sqlx::AssertSqlSafe(sql))
            .fetch_optional(&mut conn)
            .await;
        found.expect("PostgreSQL answers").is_some()
    }

    async fn make(&self) {
        let making = self.folder.with_extension("making");
        for stale in [&making, &self.folder] {
            if stale.exists() {
                fs::remove_dir_all(stale).expect("a stale template goes away");
            }
        }
        let mut config = test_config();
        config.data.folder = making.clone();
        if let Some(admin) = &self.admin {
            let name = &self.database;
            let drop = format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)");
            run(
                admin,
                &[
                    &make_role(ROLE),
                    &make_role(OWNER),
                    &drop,
                    &format!("CREATE DATABASE {name} OWNER {OWNER}"),
                ],
            )
            .await;
            config.database.url = role_url(ROLE, admin, name);
            config.database.owner_url = role_url(OWNER, admin, name);
        }
        let demo = seeded(config).await;
        match &self.admin {
            // A copy without the write-ahead log; the pool's own files are left behind.
            None => {
                let file = making.join("xiaobao.db");
                snapshot(&file, &making.join("copy.db")).await;
                for leftover in ["xiaobao.db", "xiaobao.db-wal", "xiaobao.db-shm"] {
                    let _ = fs::remove_file(making.join(leftover));
                }
                fs::rename(making.join("copy.db"), file).expect("the template's database");
            }
            Some(admin) => {
                let end = format!(
                    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{}'",
                    self.database
                );
                run(admin, &[&end]).await;
            }
        }
        let json = serde_json::to_vec(&demo).expect("JSON");
        fs::write(making.join("demo.json"), json).expect("the template's demo");
        fs::rename(&making, &self.folder).expect("the template");
    }

    /// Copies the template; answers the database's address (empty: the folder's own SQLite file).
    pub async fn copy(&self, folder: &Path, database: &str) -> String {
        // A process of the same number may have been killed in the middle of a test.
        let _ = fs::remove_dir_all(folder);
        copy_folder(&self.folder, folder);
        let Some(admin) = &self.admin else {
            return String::new();
        };
        let create = format!(
            "CREATE DATABASE {database} TEMPLATE {} OWNER {OWNER}",
            self.database
        );
        run(admin, &[&create]).await;
        role_url(ROLE, admin, database)
    }

    /// The superuser's connection to a copy on PostgreSQL.
    pub async fn superuser(&self, database: &str) -> Option<Db> {
        let connected = connect(&self.superuser_url(database)?, 2).await;
        Some(connected.expect("PostgreSQL answers"))
    }

    pub fn superuser_url(&self, database: &str) -> Option<String> {
        let (server, _) = self.admin.as_ref()?.rsplit_once('/')?;
        Some(format!("{server}/{database}"))
    }

    /// On PostgreSQL an empty database; its addresses for the role that serves and for the one that owns it.
    pub async fn empty(&self, database: &str) -> Option<(String, String)> {
        Some(empty_database(self.admin.as_ref()?, database).await)
    }

    /// The address of a copy for the role that owns its tables.
    pub fn owner_url(&self, database: &str) -> Option<String> {
        Some(role_url(OWNER, self.admin.as_ref()?, database))
    }

    pub async fn drop_copy(&self, database: &str) {
        if let Some(admin) = &self.admin {
            drop_database(admin, database).await;
        }
    }

    /// How to get in.
    pub fn demo(&self) -> Demo {
        let json = fs::read(self.folder.join("demo.json")).expect("the template's demo");
        serde_json::from_slice(&json).expect("JSON")
    }
}

/// An empty database; answers its address for the role that serves and for the one that owns it.
pub async fn empty_database(admin: &str, database: &str) -> (String, String) {
    let create = format!("CREATE DATABASE {database} OWNER {OWNER}");
    run(admin, &[&make_role(ROLE), &make_role(OWNER), &create]).await;
    (
        role_url(ROLE, admin, database),
        role_url(OWNER, admin, database),
    )
}

pub async fn drop_database(admin: &str, database: &str) {
    run(admin, &[&format!("DROP DATABASE {database} WITH (FORCE)")]).await;
}

async fn seeded(config: Config) -> Demo {
    let ctx = start(config, Clock::mock(START_MS), Random::seeded(0))
        .await
        .expect("the house opens");
    let demo = seed(&ctx).await.expect("the demo world");
    // Most tests are about one step: in their world 禾享贷 asks for its sheet alone.
    let sheet_alone = json!({ "required": ["cost_disclosure"], "notices": [] });
    offers_with(&ctx, sheet_alone).await.expect("released");
    jobs::drain(&ctx, &handlers()).await.expect("jobs run");
    ledger::advance(&ctx).await.expect("facts are published");
    demo
}

/// One consistent file of a living SQLite database.
pub async fn snapshot(from: &Path, to: &Path) {
    let options = sqlx::sqlite::SqliteConnectOptions::new().filename(from);
    let mut conn = options.connect().await.expect("the database opens");
    let sql = format!("VACUUM INTO '{}'", to.display());
    sqlx::raw_sql(sqlx::AssertSqlSafe(sql))
        .execute(&mut conn)
        .await
        .expect("a snapshot");
    conn.close().await.expect("goodbye");
}

pub fn on_sqlite(ctx: &Ctx) -> bool {
    ctx.db.engine() == Engine::Sqlite
}

/// Tells one build of these tests from the next.
fn build_stamp() -> String {
    let program = std::env::current_exe()
        .and_then(fs::metadata)
        .expect("this program's file");
    let changed = program.modified().expect("a time of change");
    let since = changed
        .duration_since(std::time::UNIX_EPOCH)
        .expect("after 1970");
    format!("{:x}_{:x}", since.as_nanos(), program.len())
}

/// Templates of older builds are of no use any more.
fn remove_others(home: &Path, stamp: &str) {
    for entry in fs::read_dir(home).expect("the templates' folder").flatten() {
        let name = entry.file_name().to_string_lossy().into_owned();
        if name != ".lock" && !name.starts_with(stamp) {
            fs::remove_dir_all(entry.path()).expect("an old template goes away");
        }
    }
}

fn copy_folder(from: &Path, to: &Path) {
    fs::create_dir_all(to).expect("a folder");
    for entry in fs::read_dir(from).expect("a folder").flatten() {
        let target = to.join(entry.file_name());
        if entry.file_type().expect("a file type").is_dir() {
            copy_folder(&entry.path(), &target);
        } else {
            fs::copy(entry.path(), target).expect("a copied file");
        }
    }
}

/// Two test processes may make it at once.
fn make_role(role: &str) -> String {
    format!(
        "DO $$ BEGIN CREATE ROLE {role} LOGIN PASSWORD '{role}';
         EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL; END $$"
    )
}

async fn superuser(admin: &str) -> PgConnection {
    let options: sqlx::postgres::PgConnectOptions =
        admin.parse().expect("XIAOBAO_TEST_POSTGRES is an address");
    options.connect().await.expect("PostgreSQL answers")
}

async fn run(admin: &str, statements: &[&str]) {
    let mut conn = superuser(admin).await;
    for sql in statements {
        let done = sqlx::raw_sql(sqlx::AssertSqlSafe((*sql).to_owned()))
            .execute(&mut conn)
            .await;
        done.unwrap_or_else(|cause| panic!("{sql}: {cause}"));
    }
    conn.close().await.expect("goodbye");
}

/// `host:port` of an address.
fn host(admin: &str) -> &str {
    let rest = admin.split_once("://").map_or(admin, |(_, rest)| rest);
    let rest = rest.rsplit_once('@').map_or(rest, |(_, host)| host);
    rest.split('/').next().unwrap_or(rest)
}

fn port(admin: &str) -> &str {
    host(admin)
        .rsplit_once(':')
        .map_or("5432", |(_, port)| port)
}

fn role_url(role: &str, admin: &str, database: &str) -> String {
    format!("postgres://{role}:{role}@{}/{database}", host(admin))
}
