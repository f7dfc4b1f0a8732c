//! Opening the database named in the configuration.

use std::path::Path;
use std::str::FromStr;
use std::time::Duration;

use sea_orm::{SqlxPostgresConnector, SqlxSqliteConnector};
use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous};

use super::{Db, Engine};
use crate::error::{Error, Result};

const SQLITE_READERS_MAX: u32 = 4;

/// Connects to `postgres://…`, or opens (and creates) `sqlite:PATH`.
pub async fn connect(url: &str, connections_max: u32) -> Result<Db> {
    if let Some(path) = url.strip_prefix("sqlite:") {
        sqlite(Path::new(path)).await
    } else {
        postgres(url, connections_max).await
    }
}

async fn sqlite(path: &Path) -> Result<Db> {
    let options = SqliteConnectOptions::new()
        .filename(path)
        .create_if_missing(true)
        .journal_mode(SqliteJournalMode::Wal)
        // FULL: a commit that was answered survives a power cut.
        .synchronous(SqliteSynchronous::Full)
        .busy_timeout(Duration::from_secs(10))
        .foreign_keys(true);
    let writer = SqlitePoolOptions::new()
        .max_connections(1)
        .acquire_timeout(Duration::from_secs(30))
        .connect_with(options.clone())
        .await
        .map_err(internal)?;
    let readers = SqlitePoolOptions::new()
        .max_connections(SQLITE_READERS_MAX)
        .acquire_timeout(Duration::from_secs(30))
        // What is meant to read can't write, whatever statement it is given.
        .connect_with(options.pragma("query_only", "ON"))
        .await
        .map_err(internal)?;
    Ok(Db::new(
        SqlxSqliteConnector::from_sqlx_sqlite_pool(writer),
        SqlxSqliteConnector::from_sqlx_sqlite_pool(readers),
        Engine::Sqlite,
    ))
}

async fn postgres(url: &str, connections_max: u32) -> Result<Db> {
    let options = PgConnectOptions::from_str(url)
        .map_err(internal)?
        .application_name("xiaobao");
    let pool = PgPoolOptions::new()
        .max_connections(connections_max)
        .acquire_timeout(Duration::from_secs(30))
        .connect_with(options)
        .await
        .map_err(internal)?;
    let conn = SqlxPostgresConnector::from_sqlx_postgres_pool(pool);
    Ok(Db::new(conn.clone(), conn, Engine::Postgres))
}

fn internal(cause: sqlx::Error) -> Error {
    Error::Internal(Box::new(cause))
}
