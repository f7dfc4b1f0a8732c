//! One open transaction on either database. On sqlx directly, so that opening one takes a single round trip.

use sea_orm::{QueryResult, Value};
use sqlx::pool::PoolConnection;
use sqlx::{
    Arguments, AssertSqlSafe, Database, Encode, PgPool, Postgres, SqlSafeStr as _, Sqlite,
    SqlitePool, Transaction, Type,
};
use sqlx_core::transaction::TransactionManager as _;
use tokio::sync::Mutex;

use super::answered::{Answered, Question, Rows, Wanted};
use super::{Engine, Scope, Statement};
use crate::error::{Error, Result};

/// What sqlx itself says.
type Outcome<T> = std::result::Result<T, sqlx::Error>;

/// The open connections of a database.
#[derive(Clone, Debug)]
pub(super) enum Pools {
    Sqlite {
        writer: SqlitePool,
        readers: SqlitePool,
    },
    Postgres(PgPool),
}

impl Pools {
    pub(super) fn engine(&self) -> Engine {
        match self {
            Self::Sqlite { .. } => Engine::Sqlite,
            Self::Postgres(_) => Engine::Postgres,
        }
    }
}

/// What a transaction may do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Access {
    Read,
    Write,
}

/// One open transaction and the institution it works for.
#[derive(Debug)]
pub struct Handle {
    connection: Mutex<Connection>,
    /// Of a snapshot only: what is written or read elsewhere between two questions changes nothing there.
    answered: Option<Answered>,
    pub(super) engine: Engine,
    pub(super) scope: Scope,
}

#[derive(Debug)]
enum Connection {
    Sqlite(Transaction<'static, Sqlite>),
    Postgres(Lent),
}

impl Handle {
    pub(super) async fn begin(pools: &Pools, access: Access, scope: Scope) -> Result<Self> {
        let connection = match (pools, access, &scope) {
            (Pools::Sqlite { readers, .. }, Access::Read, _) => {
                Connection::Sqlite(readers.begin_with("BEGIN DEFERRED").await?)
            }
            // A deferred transaction that upgrades to a write gets BUSY at once.
            (Pools::Sqlite { writer, .. }, Access::Write, _) => {
                Connection::Sqlite(writer.begin_with("BEGIN IMMEDIATE").await?)
            }
            // Before the institution is known every statement is a look-up of its own.
            (Pools::Postgres(pool), Access::Read, Scope::Unscoped) => {
                Connection::Postgres(Lent::new(pool, None).await?)
            }
            (Pools::Postgres(pool), ..) => {
                Connection::Postgres(Lent::new(pool, Some(opening(access, &scope)?)).await?)
            }
        };
        let snapshot = access == Access::Read && matches!(scope, Scope::Institution(_));
        Ok(Self {
            connection: Mutex::new(connection),
            answered: snapshot.then(Answered::default),
            engine: pools.engine(),
            scope,
        })
    }

    /// The rows of a statement; a snapshot is asked the same thing once.
    pub(super) async fn ask(&self, wanted: Wanted, sql: &str, values: Vec<Value>) -> Result<Rows> {
        let sql = sql.to_owned();
        let question = Question {
            wanted,
            sql,
            values,
        };
        let Some(answered) = &self.answered else {
            return self.fetch(question).await;
        };
        if let Some(rows) = answered.known(&question) {
            return Ok(rows);
        }
        let rows = self.fetch(question.clone()).await?;
        answered.keep(question, &rows);
        Ok(rows)
    }

    async fn fetch(
        &self,
        Question {
            wanted,
            sql,
            values,
        }: Question,
    ) -> Result<Rows> {
        Ok(match &mut *self.connection.lock().await {
            Connection::Sqlite(tx) => {
                let query = bound::<Sqlite>(sql, values)?;
                match wanted {
                    Wanted::First => results(query.fetch_optional(&mut **tx).await?),
                    Wanted::All => results(query.fetch_all(&mut **tx).await?),
                }
            }
            Connection::Postgres(lent) => {
                let query = bound::<Postgres>(sql, values)?;
                match wanted {
                    Wanted::First => results(query.fetch_optional(&mut *lent.connection).await?),
                    Wanted::All => results(query.fetch_all(&mut *lent.connection).await?),
                }
            }
        })
    }

    /// Rows touched; sqlx's own error, so that the caller can tell a broken uniqueness rule.
    pub(super) async fn execute(&self, sql: &str, values: Vec<Value>) -> Outcome<u64> {
        Ok(match &mut *self.connection.lock().await {
            Connection::Sqlite(tx) => bound::<Sqlite>(sql.to_owned(), values)?
                .execute(&mut **tx)
                .await?
                .rows_affected(),
            Connection::Postgres(lent) => bound::<Postgres>(sql.to_owned(), values)?
                .execute(&mut *lent.connection)
                .await?
                .rows_affected(),
        })
    }

    pub(super) async fn run(&self, statement: Option<Statement>) -> Result<()> {
        if let Some(Statement { sql, values }) = statement {
            self.execute(&sql, values).await?;
        }
        Ok(())
    }

    /// Several statements without values, for migrations.
    pub(super) async fn script(&self, sql: String) -> Result<()> {
        let script = sqlx::raw_sql(AssertSqlSafe(sql));
        match &mut *self.connection.lock().await {
            Connection::Sqlite(tx) => script.execute(&mut **tx).await.map(|_| ())?,
            Connection::Postgres(lent) => {
                script.execute(&mut *lent.connection).await.map(|_| ())?;
            }
        }
        Ok(())
    }

    pub(super) async fn commit(self) -> Result<()> {
        match self.connection.into_inner() {
            Connection::Sqlite(tx) => tx.commit().await?,
            Connection::Postgres(lent) => lent.commit().await?,
        }
        Ok(())
    }
}

/// A PostgreSQL connection of the pool, in a transaction or, for look-ups, in none. Dropping it rolls back.
#[derive(Debug)]
struct Lent {
    connection: PoolConnection<Postgres>,
    state: State,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    /// Whether the server has begun a transaction is not known.
    Opening,
    Known,
}

type Manager = <Postgres as Database>::TransactionManager;

impl Lent {
    async fn new(pool: &PgPool, opening: Option<String>) -> Outcome<Self> {
        let mut lent = Self {
            connection: pool.acquire().await?,
            state: State::Known,
        };
        if let Some(opening) = opening {
            lent.state = State::Opening;
            let opening = AssertSqlSafe(opening).into_sql_str();
            Manager::begin(&mut lent.connection, Some(opening)).await?;
            lent.state = State::Known;
        }
        Ok(lent)
    }

    async fn commit(mut self) -> Outcome<()> {
        Manager::commit(&mut self.connection).await
    }
}

impl Drop for Lent {
    fn drop(&mut self) {
        match self.state {
            // A caller that gave up while `BEGIN` was on its way: the next user must not find themselves in there.
            State::Opening => self.connection.close_on_drop(),
            // Does nothing outside a transaction.
            State::Known => Manager::start_rollback(&mut self.connection),
        }
    }
}

/// `BEGIN` together with the institution that row-level security asks for.
fn opening(access: Access, scope: &Scope) -> Result<String> {
    let begin = match access {
        Access::Read => "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY",
        Access::Write => "BEGIN",
    };
    let Scope::Institution(id) = scope else {
        return Ok(begin.to_owned());
    };
    // `SET` takes no bound values; an id has no character that could end the quotes.
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_';
    if !id.as_str().bytes().all(plain) {
        return Err(Error::internal("an institution id with strange characters"));
    }
    Ok(format!("{begin}; SET LOCAL xiaobao.institution = '{id}'"))
}

type Query<D> = sqlx::query::Query<'static, D, <D as Database>::Arguments>;

/// A statement with its values: the three types both databases share.
fn bound<D: Database>(sql: String, values: Vec<Value>) -> Outcome<Query<D>>
where
    for<'v> Option<i64>: Encode<'v, D> + Type<D>,
    for<'v> Option<String>: Encode<'v, D> + Type<D>,
    for<'v> Option<Vec<u8>>: Encode<'v, D> + Type<D>,
    D::Arguments: sqlx::IntoArguments<D>,
{
    let mut arguments = D::Arguments::default();
    for value in values {
        let added = match value {
            Value::BigInt(number) => arguments.add(number),
            Value::Int(number) => arguments.add(number.map(i64::from)),
            Value::String(text) => arguments.add(text),
            Value::Bytes(bytes) => arguments.add(bytes),
            other => Err(format!("no column holds {other:?}").into()),
        };
        added.map_err(sqlx::Error::Encode)?;
    }
    Ok(sqlx::query_with(AssertSqlSafe(sql), arguments))
}

fn results<R: Into<QueryResult>>(rows: impl IntoIterator<Item = R>) -> Rows {
    rows.into_iter().map(Into::into).collect()
}
