//! Opening the database named in the configuration.

use std::path::Path;
use std::str::FromStr;
use std::time::Duration;

use sqlx::Connection as _;
use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous};
use sqlx::{Database, Sqlite, SqliteConnection};
use sqlx_core::transaction::TransactionManager as _;

use super::Db;
use super::handle::Pools;
use crate::error::Result;

const SQLITE_READERS_MAX: u32 = 4;
/// SQLite plans by what it counted of each table, and a connection counts when it opens: without, a look-up among a
/// million may walk them all (<https://sqlite.org/lang_analyze.html>, "periodically run PRAGMA optimize").
const SQLITE_COUNTED_EVERY: Duration = Duration::from_secs(3_600);
/// A PostgreSQL connection used this recently is taken for alive.
const TRUSTED_FOR: Duration = Duration::from_secs(2);

type Manager = <Sqlite as Database>::TransactionManager;

/// The file of an embedded database, as `sqlite:PATH` names it; none on PostgreSQL.
pub fn sqlite_file(url: &str) -> Option<&Path> {
    url.strip_prefix("sqlite:").map(Path::new)
}

/// Connects to `postgres://…`, or opens (and creates) `sqlite:PATH`.
pub async fn connect(url: &str, connections_max: u32) -> Result<Db> {
    match sqlite_file(url) {
        Some(path) => sqlite(path, connections_max).await,
        None => postgres(url, connections_max).await,
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
    // SQLite itself ends a transaction that meets a full disk; sqlx would wait for its end for ever.
    let settled = |connection: &SqliteConnection| Manager::get_transaction_depth(connection) == 0;
    let writer = SqlitePoolOptions::new()
        .before_acquire(move |connection, _| {
            let fit = settled(connection);
            Box::pin(async move { Ok(fit) })
        })
        .max_connections(1)
        .max_lifetime(SQLITE_COUNTED_EVERY)
        .acquire_timeout(Duration::from_secs(30))
        .connect_with(options.clone().pragma("optimize", "0x10002"))
        .await?;
    let readers = SqlitePoolOptions::new()
        .before_acquire(move |connection, _| {
            let fit = settled(connection);
            Box::pin(async move { Ok(fit) })
        })
        .max_connections(SQLITE_READERS_MAX.min(connections_max))
        .max_lifetime(SQLITE_COUNTED_EVERY)
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::db::{Read as _, Scope, Write as _};

    #[derive(sea_orm::FromQueryResult)]
    struct Step {
        detail: String,
    }

    #[tokio::test]
    async fn a_filled_file_is_counted_when_it_opens_and_its_best_index_chosen() -> Result<()> {
        let file = std::env::temp_dir().join(format!("xiaobao-counted-{}.db", std::process::id()));
        let url = format!("sqlite:{}", file.display());
        let mut tx = connect(&url, 1)
            .await?
            .begin_unrecorded(Scope::Unscoped, "a test fills a table")
            .await?;
        for sql in [
            "CREATE TABLE db_items (place TEXT, name TEXT, kind TEXT, PRIMARY KEY (place, name))",
            "CREATE INDEX db_items_kind ON db_items (place, kind)",
            "INSERT INTO db_items WITH RECURSIVE counted(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM counted WHERE i < 5000)
             SELECT 'here', 'name ' || i, 'kind ' || i FROM counted",
        ] {
            tx.exec(sql, vec![]).await?;
        }
        tx.commit().await?;
        let view = connect(&url, 1).await?.read(Scope::Unscoped).await?;
        let plan: Vec<Step> = view
            .all(
                "EXPLAIN QUERY PLAN SELECT name FROM db_items WHERE place = 'here' AND kind = 'kind 7' ORDER BY name DESC LIMIT 9",
                vec![],
            )
            .await?;
        let plan: Vec<String> = plan.into_iter().map(|step| step.detail).collect();
        assert!(
            plan.iter().any(|step| step.contains("db_items_kind")),
            "{plan:?}"
        );
        Ok(())
    }

    #[tokio::test]
    async fn a_full_disk_fails_one_write_and_not_the_next() -> Result<()> {
        let file = std::env::temp_dir().join(format!("xiaobao-full-{}.db", std::process::id()));
        let db = connect(&format!("sqlite:{}", file.display()), 1).await?;
        let why = "a test fills a table";
        let mut tx = db.begin_unrecorded(Scope::Unscoped, why).await?;
        tx.exec("CREATE TABLE db_items (name TEXT)", vec![]).await?;
        tx.commit().await?;
        // One row: of several SQLite would end the statement alone.
        let fill = "INSERT INTO db_items VALUES (hex(zeroblob(100000)))";
        let mut tx = db.begin_unrecorded(Scope::Unscoped, why).await?;
        // As much room as there is on a disk.
        tx.exec("PRAGMA max_page_count = 4", vec![]).await?;
        let full = tx.exec(fill, vec![]).await.expect_err("no room");
        assert!(
            crate::error::with_causes(&full).contains("full"),
            "{full:?}"
        );
        drop(tx);
        let mut tx = db.begin_unrecorded(Scope::Unscoped, why).await?;
        assert_eq!(tx.exec(fill, vec![]).await?, 1);
        tx.commit().await
    }
}
