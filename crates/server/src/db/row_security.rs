//! Row-level security on PostgreSQL: the database repeats what every statement says. Where the institution is not set,
//! or is another one, a scoped table holds nothing and takes nothing.
//!
//! Every table with an `institution_id` is fenced, its owner included, but for the few that are asked before the
//! institution is known.

use sea_orm::FromQueryResult;

use super::{Db, Engine, Read, Scope, Unrecorded};
use crate::error::{Refuse, Result, Text};
use crate::values;

/// The one policy of a fenced table.
const POLICY: &str = "of_the_institution";

/// Unset it is NULL or empty, which no institution is.
const OWN_ROWS: &str = "institution_id = current_setting('xiaobao.institution', true)";

/// How far row-level security binds the role that a program serves with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RowSecurity {
    /// Or the database is SQLite, which has none.
    Holds,
    /// It holds, but the role could end it, for the tables are its own.
    OwnerServes,
    /// These tables stand open.
    Missing(Vec<String>),
    /// The role is a superuser or may bypass it.
    Bypassed,
}

impl Refuse for RowSecurity {
    fn code(&self) -> &'static str {
        match self {
            Self::Holds | Self::OwnerServes | Self::Missing(_) => "row_security_missing",
            Self::Bypassed => "row_security_bypassed",
        }
    }
    fn text(&self) -> Text {
        match self {
            Self::Holds | Self::OwnerServes => Text::new(
                "服务所用的数据库角色拥有这些表；请用 database.owner_url 另设所有者角色。",
                "The database role that serves owns the tables; name another owner with database.owner_url.",
            ),
            Self::Missing(tables) => {
                let names = tables.join(", ");
                Text::new(
                    format!(
                        "这些表没有行级安全策略：{names}。请以所有者身份运行 xiaobao migrate。"
                    ),
                    format!(
                        "These tables have no row-level security: {names}. Run xiaobao migrate as their owner."
                    ),
                )
            }
            Self::Bypassed => Text::new(
                "服务所用的数据库角色是超级用户或可绕过行级安全；请为 database.url 换一个普通角色。",
                "The database role that serves is a superuser or may bypass row-level security; give database.url an ordinary role.",
            ),
        }
    }
}

#[derive(FromQueryResult)]
struct Table {
    name: String,
    scoped: bool,
    enabled: bool,
    forced: bool,
    /// Its only policy is ours.
    fenced: bool,
    owned: bool,
}

impl Table {
    /// Whether it is as it should be.
    fn right(&self, look_ups: &[&str]) -> bool {
        if self.scoped && !look_ups.contains(&self.name.as_str()) {
            self.enabled && self.forced && self.fenced
        } else {
            !self.enabled
        }
    }
}

async fn tables(view: &impl Read) -> Result<Vec<Table>> {
    let sql = format!(
        "SELECT c.relname::text AS name, c.relrowsecurity AS enabled, c.relforcerowsecurity AS forced,
           EXISTS (SELECT 1 FROM pg_attribute a
             WHERE a.attrelid = c.oid AND a.attname = 'institution_id' AND NOT a.attisdropped) AS scoped,
           (SELECT COUNT(*) = 1 AND bool_and(p.polname = '{POLICY}') FROM pg_policy p
             WHERE p.polrelid = c.oid) AS fenced,
           pg_has_role(c.relowner, 'USAGE') AS owned
         FROM pg_class c
         WHERE c.relnamespace = current_schema()::regnamespace AND c.relkind IN ('r', 'p') ORDER BY c.relname"
    );
    view.all(&sql, vec![]).await
}

/// Lets the owner see every row until the transaction's end or [`fence`], for migrations that change rows.
pub(super) async fn lift(tx: &mut Unrecorded) -> Result<()> {
    for Table { name, .. } in tables(tx).await?.iter().filter(|table| table.forced) {
        tx.handle
            .script(format!(
                "ALTER TABLE \"{name}\" NO FORCE ROW LEVEL SECURITY"
            ))
            .await?;
    }
    Ok(())
}

/// Fences every scoped table that isn't yet, and opens look-up tables that are. What is right is left alone.
pub(super) async fn fence(tx: &mut Unrecorded, look_ups: &[&str]) -> Result<()> {
    for table in tables(tx).await? {
        if table.right(look_ups) {
            continue;
        }
        let name = &table.name;
        let sql = if table.scoped && !look_ups.contains(&name.as_str()) {
            format!(
                "ALTER TABLE \"{name}\" ENABLE ROW LEVEL SECURITY;
                 ALTER TABLE \"{name}\" FORCE ROW LEVEL SECURITY;
                 DROP POLICY IF EXISTS {POLICY} ON \"{name}\";
                 CREATE POLICY {POLICY} ON \"{name}\" USING ({OWN_ROWS}) WITH CHECK ({OWN_ROWS})"
            )
        } else {
            format!(
                "DROP POLICY IF EXISTS {POLICY} ON \"{name}\";
                 ALTER TABLE \"{name}\" NO FORCE ROW LEVEL SECURITY;
                 ALTER TABLE \"{name}\" DISABLE ROW LEVEL SECURITY"
            )
        };
        tx.handle.script(sql).await?;
    }
    Ok(())
}

#[derive(FromQueryResult)]
struct Name {
    name: String,
}

/// The role of a connection.
pub(super) async fn role(view: &impl Read) -> Result<Option<String>> {
    let row: Option<Name> = view
        .one("SELECT current_user::text AS name", vec![])
        .await?;
    Ok(row.map(|row| row.name))
}

/// Gives a serving role what it needs and nothing else: rows of every table, and a look at the migrations.
pub(super) async fn grant(tx: &mut Unrecorded, role: &str) -> Result<()> {
    let lacking: Vec<Name> = tx
        .all(
            "SELECT c.relname::text AS name FROM pg_class c
             WHERE c.relnamespace = current_schema()::regnamespace AND c.relkind IN ('r', 'p')
               AND NOT (has_table_privilege($1, c.oid, 'SELECT') AND (c.relname = 'db_migrations' OR (
                 has_table_privilege($1, c.oid, 'INSERT') AND has_table_privilege($1, c.oid, 'UPDATE')
                 AND has_table_privilege($1, c.oid, 'DELETE'))))
             ORDER BY c.relname",
            values![role],
        )
        .await?;
    let role = role.replace('"', "\"\"");
    for Name { name } in lacking {
        let rights = match name.as_str() {
            "db_migrations" => "SELECT",
            _ => "SELECT, INSERT, UPDATE, DELETE",
        };
        tx.handle
            .script(format!("GRANT {rights} ON TABLE \"{name}\" TO \"{role}\""))
            .await?;
    }
    Ok(())
}

#[derive(FromQueryResult)]
struct Answer {
    yes: bool,
}

async fn holds(view: &impl Read, sql: &str) -> Result<bool> {
    Ok(view
        .one::<Answer>(sql, vec![])
        .await?
        .is_some_and(|answer| answer.yes))
}

/// Whether the role may make tables.
pub(super) async fn may_create(view: &impl Read) -> Result<bool> {
    holds(
        view,
        "SELECT has_schema_privilege(current_schema(), 'CREATE') AS yes",
    )
    .await
}

/// Whether a table of this name is there.
pub(super) async fn exists(view: &impl Read, table: &str) -> Result<bool> {
    Ok(tables(view).await?.iter().any(|found| found.name == table))
}

/// How far row-level security binds the role of `db`.
pub async fn row_security(db: &Db, look_ups: &[&str]) -> Result<RowSecurity> {
    if db.engine() == Engine::Sqlite {
        return Ok(RowSecurity::Holds);
    }
    let view = db.read(Scope::Unscoped).await?;
    let above = "SELECT rolsuper OR rolbypassrls AS yes FROM pg_roles WHERE rolname = current_user";
    if holds(&view, above).await? {
        return Ok(RowSecurity::Bypassed);
    }
    let tables = tables(&view).await?;
    let open: Vec<String> = tables
        .iter()
        .filter(|table| !table.right(look_ups))
        .map(|table| table.name.clone())
        .collect();
    Ok(if !open.is_empty() {
        RowSecurity::Missing(open)
    } else if tables.iter().any(|table| table.owned) {
        RowSecurity::OwnerServes
    } else {
        RowSecurity::Holds
    })
}
