//! Opening the database named in the configuration.

use std::path::Path;
use std::str::FromStr;
use std::time::Duration;

use sqlx::Connection as _;
use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous};

use super::Db;
use super::handle::Pools;
use crate::error::Result;

const SQLITE_READERS_MAX: u32 = 4;
/// A PostgreSQL connection used this recently is taken for alive.
const TRUSTED_FOR: Duration = Duration::from_secs(2);

/// Connects to `postgres://…`, or opens (and creates) `sqlite:PATH`.
pub async fn connect(url: &str, connections_max: u32) -> Result<Db> {
    if let Some(path) = url.strip_prefix("sqlite:") {
        sqlite(Path::new(path), connections_max).await
    } else {
        postgres(url, connections_max).await
    }
}

async fn sqlite(path: &Path, connections_max: u32) -> Result<Db> {
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
        .await?;
    let readers = SqlitePoolOptions::new()
        .max_connections(SQLITE_READERS_MAX.min(connections_max))
        .acquire_timeout(Duration::from_secs(30))
        // What is meant to read can't write, whatever statement it is given.
        .connect_with(options.pragma("query_only", "ON"))
        .await?;
    Ok(Db::new(Pools::Sqlite { writer, readers }))
}

async fn postgres(url: &str, connections_max: u32) -> Result<Db> {
    let options = PgConnectOptions::from_str(url)?.application_name("xiaobao");
    let pool = PgPoolOptions::new()
        .max_connections(connections_max)
        .acquire_timeout(Duration::from_secs(30))
        // Only a connection that rested may have died unseen; asking every time costs a round trip an action.
        .test_before_acquire(false)
        .before_acquire(|connection, about| {
            Box::pin(
                async move { Ok(about.idle_for < TRUSTED_FOR || connection.ping().await.is_ok()) },
            )
        })
        .connect_with(options)
        .await?;
    Ok(Db::new(Pools::Postgres(pool)))
}
