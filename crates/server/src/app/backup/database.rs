//! The database of a backup: SQLite's own copy of one instant, or what PostgreSQL's own programs write.

use std::path::Path;
use std::process::Stdio;

use sea_orm::FromQueryResult;
use tokio::process::Command;
use url::Url;

use super::refusal::Refused;
use crate::config::Config;
use crate::db::{self, Db, Engine, Read as _, Scope};
use crate::error::{Error, Result};

/// What the database is called in a backup.
pub fn file(engine: Engine) -> &'static str {
    match engine {
        Engine::Sqlite => "xiaobao.db",
        Engine::Postgres => "xiaobao.pgdump",
    }
}

/// Writes the whole database as it stands at one instant; its users are not disturbed.
pub async fn dump(config: &Config, db: &Db, folder: &Path) -> Result<()> {
    let file = folder.join(file(db.engine()));
    match db.engine() {
        Engine::Sqlite => db.copy(&file).await,
        Engine::Postgres => {
            must_match("pg_dump", db).await?;
            // Row-level security binds the owner too, and a dump that it cuts short must fail, not pass.
            let url = match config.database.backup_url.as_str() {
                "" => &config.database.url,
                url => url,
            };
            let mut call = client("pg_dump", url)?;
            call.args(["--format=custom", "--no-owner", "--no-privileges"])
                .arg("--file")
                .arg(&file);
            succeed("pg_dump", call).await.map(drop)
        }
    }
}

/// Refuses to restore over anything, into the other kind of database, or by a program that speaks another version than the server.
pub async fn must_take(config: &Config, engine: Engine) -> Result<()> {
    let empty = match (engine, db::sqlite_file(&config.database_url())) {
        (Engine::Sqlite, Some(file)) => !file.exists(),
        (Engine::Postgres, None) => {
            let db = db::connect(owner_url(config), 1).await?;
            must_match("pg_restore", &db).await?;
            db::applied(&db).await?.is_empty()
        }
        _ => return Err(Refused::OtherDatabase.into()),
    };
    match empty {
        true => Ok(()),
        false => Err(Refused::DatabaseNotEmpty.into()),
    }
}

/// Puts the database back, as a whole or not at all.
pub async fn load(config: &Config, engine: Engine, folder: &Path) -> Result<()> {
    let from = folder.join(file(engine));
    if let Some(file) = db::sqlite_file(&config.database_url()) {
        return super::parts::put_as(&from, file);
    }
    let url = owner_url(config);
    let mut call = client("pg_restore", url)?;
    call.args(["--exit-on-error", "--single-transaction"])
        .args(["--no-owner", "--no-privileges", "--dbname"])
        .arg(name(&address(url)?))
        .arg(&from);
    succeed("pg_restore", call).await.map(drop)
}

#[derive(FromQueryResult)]
struct Setting {
    server_version_num: String,
}

/// Refuses a program of another major version than the server: `pg_restore` sends settings that an older server doesn't know,
/// and that would only be seen on the day a backup is needed.
async fn must_match(name: &'static str, db: &Db) -> Result<()> {
    let view = db.read(Scope::Unscoped).await?;
    let setting: Option<Setting> = view.one("SHOW server_version_num", Vec::new()).await?;
    let number = setting.and_then(|setting| setting.server_version_num.parse::<u32>().ok());
    let server = number.ok_or_else(|| Error::internal("a server without a version"))? / 10_000;
    let mut call = Command::new(name);
    call.arg("--version")
        .stdin(Stdio::null())
        .kill_on_drop(true);
    let said = succeed(name, call).await?;
    let said = said.lines().next().unwrap_or_default().to_owned();
    match major(&said) == Some(server) {
        true => Ok(()),
        false => Err(Refused::ToolVersion { name, said, server }.into()),
    }
}

/// Of a program's own words: `pg_dump (PostgreSQL) 15.18 (Debian 15.18-0+deb12u1)`.
fn major(said: &str) -> Option<u32> {
    let (_, version) = said.split_once("(PostgreSQL) ")?;
    let digits = version.split(|c: char| !c.is_ascii_digit()).next()?;
    digits.parse().ok()
}

fn owner_url(config: &Config) -> &str {
    match config.database.owner_url.as_str() {
        "" => &config.database.url,
        url => url,
    }
}

/// A program of PostgreSQL with the address in its environment, where other accounts can't read it.
fn client(program: &str, url: &str) -> Result<Command> {
    let url = address(url)?;
    let mut call = Command::new(program);
    call.env("PGDATABASE", name(&url))
        .stdin(Stdio::null())
        .kill_on_drop(true);
    let query = |wanted: &str| {
        let found = url.query_pairs().find(|(key, _)| key == wanted);
        found.map(|(_, value)| value.into_owned())
    };
    let host = query("host").or_else(|| url.host_str().map(plain));
    let values = [
        ("PGHOST", host),
        ("PGPORT", url.port().map(|port| port.to_string())),
        ("PGUSER", Some(plain(url.username()))),
        ("PGPASSWORD", url.password().map(plain)),
        ("PGSSLMODE", query("sslmode")),
        ("PGSSLROOTCERT", query("sslrootcert")),
    ];
    for (key, value) in values {
        if let Some(value) = value.filter(|value| !value.is_empty()) {
            call.env(key, value);
        }
    }
    Ok(call)
}

fn address(url: &str) -> Result<Url> {
    Url::parse(url).map_err(|_| Error::internal("the database's address is not a URL"))
}

fn name(url: &Url) -> String {
    plain(url.path().trim_start_matches('/'))
}

/// Text of an address without its percent signs.
fn plain(text: &str) -> String {
    let pair = format!("x={}", text.replace('+', "%2B"));
    let found = url::form_urlencoded::parse(pair.as_bytes()).next();
    found.map_or_else(String::new, |(_, value)| value.into_owned())
}

/// What a program said on its standard output.
async fn succeed(name: &'static str, mut call: Command) -> Result<String> {
    let failed = |said: String| Error::from(Refused::Tool { name, said });
    let output = call
        .output()
        .await
        .map_err(|cause| failed(cause.to_string()))?;
    if output.status.success() {
        return Ok(String::from_utf8_lossy(&output.stdout).into_owned());
    }
    let said = String::from_utf8_lossy(&output.stderr);
    Err(failed(said.lines().take(3).collect::<Vec<_>>().join(" ")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_goes_into_the_environment_and_never_onto_the_command_line() {
        let url = "postgres://xiaobao_backup:a%40b+c@db.internal:6432/house?sslmode=verify-full";
        let call = client("pg_dump", url).expect("an address");
        let call = call.as_std();
        let env = |key: &str| {
            let found = call.get_envs().find(|(name, _)| *name == key);
            found
                .and_then(|(_, value)| value?.to_str())
                .map(str::to_owned)
        };
        let expected = [
            ("PGHOST", "db.internal"),
            ("PGPORT", "6432"),
            ("PGUSER", "xiaobao_backup"),
            ("PGPASSWORD", "a@b+c"),
            ("PGDATABASE", "house"),
            ("PGSSLMODE", "verify-full"),
        ];
        for (key, value) in expected {
            assert_eq!(env(key).as_deref(), Some(value), "{key}");
        }
        assert_eq!(call.get_args().count(), 0);
    }

    #[test]
    fn a_program_says_which_version_it_speaks() {
        for (said, major) in [
            (
                "pg_dump (PostgreSQL) 15.18 (Debian 15.18-0+deb12u1)",
                Some(15),
            ),
            ("pg_restore (PostgreSQL) 17beta1", Some(17)),
            ("pg_dump (PostgreSQL) 18.1", Some(18)),
            ("pg_dump (EnterpriseDB) 15.18", None),
            ("", None),
        ] {
            assert_eq!(super::major(said), major, "{said}");
        }
    }
}
