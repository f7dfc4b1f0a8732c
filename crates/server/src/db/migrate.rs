//! Migrations: each room lists its own, in order; each runs once, under a lock.

use super::{Db, Engine, Read, Scope, Write};
use crate::error::Result;
use crate::values;

/// One step of a room's tables. `sql` is shared by both databases but for `{bytes}` and `{serial}`.
#[derive(Clone, Copy, Debug)]
pub struct Migration {
    /// `room_0001_what`; never renamed once released.
    pub name: &'static str,
    pub sql: &'static str,
}

/// PostgreSQL advisory lock number of the migrator ("xbao").
const MIGRATION_LOCK: i64 = 0x7862_616f;

/// Applies what is missing, in the given order, and says what it applied.
pub async fn migrate(db: &Db, migrations: &[Migration]) -> Result<Vec<&'static str>> {
    let mut applied = Vec::new();
    // One transaction: both databases roll back table changes, so a failure leaves nothing half-done.
    let mut tx = db
        .begin_unrecorded(Scope::Unscoped, "tables come before any evidence")
        .await?;
    if db.engine() == Engine::Postgres {
        tx.one::<Empty>("SELECT pg_advisory_xact_lock($1)", values![MIGRATION_LOCK])
            .await?;
    }
    tx.exec(
        "CREATE TABLE IF NOT EXISTS db_migrations (name TEXT PRIMARY KEY)",
        vec![],
    )
    .await?;
    for migration in migrations {
        let done = tx
            .one::<Name>(
                "SELECT name FROM db_migrations WHERE name = $1",
                values![migration.name],
            )
            .await?;
        if done.is_some() {
            continue;
        }
        tx.handle
            .script(dialect(migration.sql, db.engine()))
            .await?;
        tx.exec(
            "INSERT INTO db_migrations (name) VALUES ($1)",
            values![migration.name],
        )
        .await?;
        applied.push(migration.name);
    }
    tx.commit().await?;
    Ok(applied)
}

fn dialect(sql: &str, engine: Engine) -> String {
    let (bytes, serial) = match engine {
        Engine::Sqlite => ("BLOB", "INTEGER PRIMARY KEY AUTOINCREMENT"),
        Engine::Postgres => ("BYTEA", "BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY"),
    };
    sql.replace("{bytes}", bytes).replace("{serial}", serial)
}

#[derive(sea_orm::FromQueryResult)]
struct Name {
    #[allow(dead_code, reason = "only its presence counts")]
    name: String,
}

/// A row nobody looks into.
struct Empty;

impl sea_orm::FromQueryResult for Empty {
    fn from_query_result(
        _: &sea_orm::QueryResult,
        _: &str,
    ) -> std::result::Result<Self, sea_orm::DbErr> {
        Ok(Self)
    }
}
