//! Migrations: each room lists its own, in order; each runs once, under a lock.

use super::{Db, Engine, Read, Scope, Write, row_security};
use crate::error::{Refuse, Result, Text};
use crate::values;

/// One step of a room's tables. `sql` is shared by both databases but for `{bytes}` and `{serial}`.
#[derive(Clone, Copy, Debug)]
pub struct Migration {
    /// `room_0001_what`; never renamed once released.
    pub name: &'static str,
    pub sql: &'static str,
}

/// What the tables of a house should be.
#[derive(Clone, Debug)]
pub struct Schema {
    /// In the order they run.
    pub migrations: Vec<Migration>,
    /// Tables with an institution that are asked before it is known, so that row-level security leaves them open.
    pub look_ups: Vec<&'static str>,
}

/// PostgreSQL advisory lock number of the migrator ("xbao").
const MIGRATION_LOCK: i64 = 0x7862_616f;

#[derive(Debug)]
struct OwnerNeeded;

impl Refuse for OwnerNeeded {
    fn code(&self) -> &'static str {
        "database_owner_needed"
    }
    fn text(&self) -> Text {
        Text::new(
            "数据表需要更新，而 database.url 的角色不能建表；请设置 database.owner_url，或先以所有者身份运行 xiaobao migrate。",
            "The tables must be brought up to date, and the role of database.url can't make tables: \
             set database.owner_url, or run xiaobao migrate as the owner first.",
        )
    }
}

/// Applies what is missing, in order, and says what it applied. `owner` makes the tables; the role of `server` is given
/// what it needs to serve from them. Both may be one.
pub async fn migrate(owner: &Db, server: &Db, schema: &Schema) -> Result<Vec<&'static str>> {
    let postgres = owner.engine() == Engine::Postgres;
    // One transaction: both databases roll back table changes, so a failure leaves nothing half-done.
    let mut tx = owner
        .begin_unrecorded(Scope::Unscoped, "tables come before any evidence")
        .await?;
    if postgres {
        tx.one::<Empty>("SELECT pg_advisory_xact_lock($1)", values![MIGRATION_LOCK])
            .await?;
    }
    if !postgres {
        tx.exec(MIGRATIONS_TABLE, vec![]).await?;
    }
    let done = done(&tx, owner.engine()).await?;
    let missing: Vec<&Migration> = schema
        .migrations
        .iter()
        .filter(|migration| !done.iter().any(|done| done == migration.name))
        .collect();
    if postgres && !missing.is_empty() {
        if !row_security::may_create(&tx).await? {
            return Err(OwnerNeeded.into());
        }
        tx.exec(MIGRATIONS_TABLE, vec![]).await?;
        row_security::lift(&mut tx).await?;
    }
    for migration in &missing {
        tx.handle
            .script(dialect(migration.sql, owner.engine()))
            .await?;
        tx.exec(
            "INSERT INTO db_migrations (name) VALUES ($1)",
            values![migration.name],
        )
        .await?;
    }
    if postgres {
        row_security::fence(&mut tx, &schema.look_ups).await?;
        let serving = row_security::role(&server.read(Scope::Unscoped).await?).await?;
        if serving != row_security::role(&tx).await?
            && let Some(role) = serving
        {
            row_security::grant(&mut tx, &role).await?;
        }
    }
    tx.commit().await?;
    Ok(missing.iter().map(|migration| migration.name).collect())
}

/// Names of the migrations that were applied; none in an empty database.
pub async fn applied(db: &Db) -> Result<Vec<String>> {
    done(&db.read(Scope::Unscoped).await?, db.engine()).await
}

async fn done(view: &impl Read, engine: Engine) -> Result<Vec<String>> {
    let there = match engine {
        Engine::Postgres => row_security::exists(view, "db_migrations").await?,
        Engine::Sqlite => {
            let table = view
                .one::<Name>(
                    "SELECT name FROM sqlite_master WHERE type = 'table' AND name = 'db_migrations'",
                    vec![],
                )
                .await?;
            table.is_some()
        }
    };
    if !there {
        return Ok(Vec::new());
    }
    let names: Vec<Name> = view
        .all("SELECT name FROM db_migrations ORDER BY name", vec![])
        .await?;
    Ok(names.into_iter().map(|row| row.name).collect())
}

const MIGRATIONS_TABLE: &str = "CREATE TABLE IF NOT EXISTS db_migrations (name TEXT PRIMARY KEY)";

fn dialect(sql: &str, engine: Engine) -> String {
    let (bytes, serial) = match engine {
        Engine::Sqlite => ("BLOB", "INTEGER PRIMARY KEY AUTOINCREMENT"),
        Engine::Postgres => ("BYTEA", "BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY"),
    };
    sql.replace("{bytes}", bytes).replace("{serial}", serial)
}

#[derive(sea_orm::FromQueryResult)]
struct Name {
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
