//! The database: one code path for SQLite (embedded, one writer) and PostgreSQL.
//!
//! Promises: every transaction knows the institution it works for; reads can't write; a write ends either through
//! `ledger::commit`, which leaves evidence, or through [`Db::begin_unrecorded`], which is for bookkeeping and says why.
//! On PostgreSQL row-level security repeats the institution of a transaction for every scoped table.
//! SQL uses `$1` placeholders and types both databases share: TEXT, BIGINT and bytes; instants are `_ms`, money is fen.

mod answered;
mod connect;
mod copy;
mod handle;
mod house;
mod migrate;
mod row_security;
mod statement;

use std::collections::HashMap;
use std::future::Future;
use std::sync::{Arc, RwLock};

pub use connect::{connect, sqlite_file};
pub use handle::Handle;
pub use house::{MIGRATIONS, house, settle};
pub use migrate::{Migration, Schema, applied, migrate};
pub use row_security::{RowSecurity, row_security};
use sea_orm::{FromQueryResult, Value};
pub use statement::Statement;

use self::answered::Wanted;
use self::handle::{Access, Pools};
use self::statement::{VALUES_MAX, together};
use crate::error::{Error, Kind, Refuse, Result, Text};
use crate::id::InstitutionId;

/// Binds values in order: `values![&id, now_ms, "text"]`.
#[macro_export]
macro_rules! values {
    ($($value:expr),* $(,)?) => { vec![$(sea_orm::Value::from($value)),*] };
}

/// Which institution a transaction may touch.
#[derive(Clone, Debug)]
pub enum Scope {
    /// One institution's rows.
    Institution(InstitutionId),
    /// Small look-up tables from before the institution is known: sessions, keys, links, jobs.
    /// On PostgreSQL every other table with an institution is empty then.
    Unscoped,
}

impl From<&InstitutionId> for Scope {
    fn from(id: &InstitutionId) -> Self {
        Self::Institution(id.clone())
    }
}

/// The two kinds of database underneath.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Engine {
    Sqlite,
    Postgres,
}

/// The database, cheap to clone.
#[derive(Clone, Debug)]
pub struct Db {
    pools: Pools,
    closed: Arc<RwLock<HashMap<String, String>>>,
}

/// Writes for an institution are closed; reads go on.
#[derive(Debug)]
struct WritesClosed;

impl Refuse for WritesClosed {
    fn code(&self) -> &'static str {
        "writes_sealed"
    }
    fn kind(&self) -> Kind {
        Kind::Conflict
    }
    fn text(&self) -> Text {
        Text::new(
            "证据账本与已公布的检查点不一致，写入已封存，等待人工处理；已有内容仍可查看。",
            "The evidence log does not extend its published checkpoint; writing is sealed until a person decides. Reading goes on.",
        )
    }
}

impl Db {
    fn new(pools: Pools) -> Self {
        Self {
            pools,
            closed: Arc::default(),
        }
    }

    pub fn engine(&self) -> Engine {
        self.pools.engine()
    }

    /// Closes every recorded write of one institution; reading goes on.
    pub fn close_writes(&self, institution: &InstitutionId, why: &str) {
        let mut closed = self
            .closed
            .write()
            .unwrap_or_else(std::sync::PoisonError::into_inner);
        closed.insert(institution.as_str().to_owned(), why.to_owned());
    }

    /// Why an institution's writes are closed, if they are.
    pub fn writes_closed(&self, institution: &InstitutionId) -> Option<String> {
        self.closed
            .read()
            .unwrap_or_else(std::sync::PoisonError::into_inner)
            .get(institution.as_str())
            .cloned()
    }

    /// A read-only view of one moment; unscoped on PostgreSQL, every statement is a look-up with a moment of its own.
    pub async fn read(&self, scope: impl Into<Scope>) -> Result<View> {
        Ok(View {
            handle: Handle::begin(&self.pools, Access::Read, scope.into()).await?,
        })
    }

    /// A write that leaves no fact: sessions, job rows, counters. `why` is for the reader of the code.
    pub async fn begin_unrecorded(
        &self,
        scope: impl Into<Scope>,
        _why: &'static str,
    ) -> Result<Unrecorded> {
        Ok(Unrecorded {
            handle: self.begin_write(scope.into()).await?,
        })
    }

    /// The write half of the keystone; only the ledger may end it.
    pub(crate) async fn begin_for_ledger(&self, institution: &InstitutionId) -> Result<Recorded> {
        if self.writes_closed(institution).is_some() {
            return Err(WritesClosed.into());
        }
        Ok(Recorded {
            handle: self.begin_write(institution.into()).await?,
        })
    }

    async fn begin_write(&self, scope: Scope) -> Result<Handle> {
        Handle::begin(&self.pools, Access::Write, scope).await
    }
}

/// Reading inside a transaction.
pub trait Read: Sync {
    fn handle(&self) -> &Handle;

    /// The institution this transaction is bound to; bind it in every statement on a scoped table.
    fn institution(&self) -> Result<&InstitutionId> {
        match &self.handle().scope {
            Scope::Institution(id) => Ok(id),
            Scope::Unscoped => Err(Error::internal(
                "a scoped statement in an unscoped transaction",
            )),
        }
    }

    /// `FOR UPDATE` where the database has row locks; SQLite's single writer needs none.
    fn for_update(&self) -> &'static str {
        match self.handle().engine {
            Engine::Sqlite => "",
            Engine::Postgres => " FOR UPDATE",
        }
    }

    /// `FOR SHARE` where the database has row locks.
    fn for_share(&self) -> &'static str {
        match self.handle().engine {
            Engine::Sqlite => "",
            Engine::Postgres => " FOR SHARE",
        }
    }

    /// `FOR UPDATE SKIP LOCKED` where the database has row locks.
    fn skip_locked(&self) -> &'static str {
        match self.handle().engine {
            Engine::Sqlite => "",
            Engine::Postgres => " FOR UPDATE SKIP LOCKED",
        }
    }

    /// At most one row.
    fn one<T: FromQueryResult>(
        &self,
        sql: &str,
        values: Vec<Value>,
    ) -> impl Future<Output = Result<Option<T>>> + Send {
        let handle = self.handle();
        async move {
            let rows = handle.ask(Wanted::First, sql, values).await?;
            let row = rows.first().map(|row| T::from_query_result(row, ""));
            Ok(row.transpose()?)
        }
    }

    /// All rows; the statement carries its own bound.
    fn all<T: FromQueryResult + Send>(
        &self,
        sql: &str,
        values: Vec<Value>,
    ) -> impl Future<Output = Result<Vec<T>>> + Send {
        let handle = self.handle();
        async move {
            let rows = handle.ask(Wanted::All, sql, values).await?;
            rows.iter()
                .map(|row| T::from_query_result(row, "").map_err(Error::from))
                .collect()
        }
    }
}

/// Writing inside a transaction.
pub trait Write: Read {
    /// Runs one statement and says how many rows it touched.
    fn exec(&mut self, sql: &str, values: Vec<Value>) -> impl Future<Output = Result<u64>> + Send {
        let handle = self.handle();
        async move { Ok(handle.execute(sql, values).await?) }
    }

    /// Runs writes that don't look at each other's rows, in one round trip where there is a network between.
    fn exec_together(
        &mut self,
        statements: Vec<Statement>,
    ) -> impl Future<Output = Result<()>> + Send {
        let handle = self.handle();
        async move {
            let (mut group, mut values) = (Vec::new(), 0);
            for statement in statements {
                values += statement.values.len();
                if handle.engine == Engine::Sqlite || values > VALUES_MAX {
                    values = statement.values.len();
                    handle.run(together(std::mem::take(&mut group))).await?;
                }
                group.push(statement);
            }
            handle.run(together(group)).await
        }
    }

    /// As [`Write::exec`], but a broken uniqueness rule answers `None`.
    ///
    /// On PostgreSQL the transaction is lost then: only roll back after a `None`.
    fn exec_unique(
        &mut self,
        sql: &str,
        values: Vec<Value>,
    ) -> impl Future<Output = Result<Option<u64>>> + Send {
        let handle = self.handle();
        async move {
            match handle.execute(sql, values).await {
                Ok(touched) => Ok(Some(touched)),
                Err(sqlx::Error::Database(cause)) if cause.is_unique_violation() => Ok(None),
                Err(cause) => Err(cause.into()),
            }
        }
    }
}

/// A read-only transaction; dropping it ends it.
#[derive(Debug)]
pub struct View {
    handle: Handle,
}

impl Read for View {
    fn handle(&self) -> &Handle {
        &self.handle
    }
}

/// A write transaction for bookkeeping; dropping it rolls back.
#[derive(Debug)]
pub struct Unrecorded {
    handle: Handle,
}

impl Unrecorded {
    pub async fn commit(self) -> Result<()> {
        self.handle.commit().await
    }
}

impl Read for Unrecorded {
    fn handle(&self) -> &Handle {
        &self.handle
    }
}

impl Write for Unrecorded {}

/// A write transaction that leaves evidence; dropping it rolls back.
#[derive(Debug)]
pub struct Recorded {
    handle: Handle,
}

impl Recorded {
    /// For `ledger::commit` alone, which has put the facts beside the change.
    pub(crate) async fn finish(self) -> Result<()> {
        self.handle.commit().await
    }
}

impl Read for Recorded {
    fn handle(&self) -> &Handle {
        &self.handle
    }
}

impl Write for Recorded {}

/// How many rows wait for somebody, and since when the oldest does.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, FromQueryResult)]
pub struct Tally {
    /// [`Tally::MOST`] where there are as many or more.
    pub count: i64,
    pub oldest_ms: Option<i64>,
}

impl Tally {
    /// Nobody counts further.
    pub const MOST: i64 = 1_000;
}

/// Rows of one keyset page, and where the next begins.
#[derive(Debug)]
pub struct Page<T> {
    pub rows: Vec<T>,
    pub next: Option<String>,
}

impl<T> Page<T> {
    /// Cuts `rows` (fetched with one row more than `limit`) into a page; `cursor` names a row.
    pub fn cut(mut rows: Vec<T>, limit: i64, cursor: impl Fn(&T) -> String) -> Self {
        let limit = usize::try_from(limit).unwrap_or(0);
        let more = rows.len() > limit;
        rows.truncate(limit);
        let next = if more { rows.last().map(cursor) } else { None };
        Self { rows, next }
    }

    pub fn map<U>(self, f: impl FnMut(T) -> U) -> Page<U> {
        Page {
            rows: self.rows.into_iter().map(f).collect(),
            next: self.next,
        }
    }
}
