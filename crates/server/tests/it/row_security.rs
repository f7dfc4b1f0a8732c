//! Row-level security on PostgreSQL: another institution's rows are not there, whatever a statement forgets to say.

use xiaobao::app::schema;
use xiaobao::db::{
    self, Db, Migration, Read as _, RowSecurity, Schema, Scope, Unrecorded, Write as _, connect,
};
use xiaobao::error::Error;
use xiaobao::id::InstitutionId;
use xiaobao::values;

use crate::actors::{ANHE, Partner, Someone, Staff, institution_id, loan};
use crate::app::{Count, TestApp};
use crate::template::on_sqlite;

#[derive(Debug, PartialEq, sea_orm::FromQueryResult)]
struct Fence {
    name: String,
    enabled: bool,
    forced: bool,
    /// Every policy with its commands, its roles and both its conditions.
    policies: String,
}

const OWN: &str = "(institution_id = current_setting('xiaobao.institution'::text, true))";

/// Every table with an institution, as the catalog tells it.
async fn fences(app: &TestApp) -> Vec<Fence> {
    let view = app.whole().read(Scope::Unscoped).await.expect("a view");
    let sql = "SELECT c.relname::text AS name, c.relrowsecurity AS enabled, c.relforcerowsecurity AS forced,
          COALESCE((SELECT string_agg(concat_ws(' ', p.polcmd, p.polroles, pg_get_expr(p.polqual, c.oid),
            pg_get_expr(p.polwithcheck, c.oid)), ';') FROM pg_policy p WHERE p.polrelid = c.oid), '') AS policies
        FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid
        WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p') AND a.attname = 'institution_id'
        ORDER BY c.relname";
    view.all(sql, values![]).await.expect("the catalog")
}

/// The scoped tables of a house with rows in most of them.
async fn scoped_tables(app: &TestApp) -> Vec<String> {
    let lender = Partner::of(app, ANHE);
    lender
        .opens(app, &Someone::adult(1), "hexiang", loan())
        .await;
    app.settle().await;
    let look_ups = schema().look_ups;
    let all = fences(app).await.into_iter();
    all.map(|fence| fence.name)
        .filter(|name| !look_ups.contains(&name.as_str()))
        .collect()
}

async fn count(db: &Db, scope: Scope, table: &str) -> i64 {
    let view = db.read(scope).await.expect("a view");
    let sql = format!("SELECT COUNT(*) AS n FROM {table}");
    let row: Option<Count> = view.one(&sql, values![]).await.expect("a count");
    row.expect("a row").n
}

async fn begin(db: &Db, scope: Scope) -> Unrecorded {
    db.begin_unrecorded(scope, "trying")
        .await
        .expect("a transaction")
}

/// PostgreSQL's code of a refused statement.
fn refused(outcome: Result<u64, Error>) -> String {
    let Err(Error::Internal(cause)) = outcome else {
        panic!("{outcome:?}");
    };
    let cause = cause.downcast_ref::<sqlx::Error>().expect("sqlx's");
    let database = cause.as_database_error().expect("the database's");
    database.code().expect("a code").into_owned()
}

#[test]
fn every_table_with_an_institution_is_fenced_but_the_look_ups() {
    TestApp::run(async |app| {
        let look_ups = schema().look_ups;
        if on_sqlite(&app.ctx) {
            let holds = db::row_security(&app.ctx.db, &look_ups).await;
            assert_eq!(holds.expect("an answer"), RowSecurity::Holds);
            return;
        }
        let fences = fences(app).await;
        assert!(fences.len() > look_ups.len() + 12, "{fences:?}");
        for fence in &fences {
            let open = look_ups.contains(&fence.name.as_str());
            let policies = if open {
                String::new()
            } else {
                format!("* {{0}} {OWN} {OWN}")
            };
            let expected = Fence {
                name: fence.name.clone(),
                enabled: !open,
                forced: !open,
                policies,
            };
            assert_eq!(*fence, expected);
        }
        assert!(
            look_ups
                .iter()
                .all(|name| fences.iter().any(|f| f.name == *name))
        );
        let serving = db::row_security(&app.ctx.db, &look_ups).await;
        assert_eq!(
            serving.expect("an answer"),
            RowSecurity::Holds,
            "nor does it own a table"
        );
    });
}

#[test]
fn without_its_institution_a_table_shows_nothing_and_takes_nothing() {
    TestApp::run(async |app| {
        if on_sqlite(&app.ctx) {
            // SQLite has only the statements; the house's tidy tests hold them.
            let anhe = institution_id(app, ANHE).await;
            assert!(count(&app.ctx.db, Scope::from(&anhe), "ledger_facts").await > 0);
            return;
        }
        let tables = scoped_tables(app).await;
        let anhe = institution_id(app, ANHE).await;
        let stranger = InstitutionId::fresh(0, &app.ctx.random);
        let mut filled = 0;
        for table in &tables {
            let all = count(app.whole(), Scope::Unscoped, table).await;
            let own = count(&app.ctx.db, Scope::from(&anhe), table).await;
            filled += usize::from(own > 0);
            assert!(own <= all, "{table}");
            for scope in [Scope::Unscoped, Scope::from(&stranger)] {
                let what = format!("{table} in {scope:?}");
                assert_eq!(count(&app.ctx.db, scope.clone(), table).await, 0, "{what}");
                let mut tx = begin(&app.ctx.db, scope.clone()).await;
                let sql = format!("UPDATE {table} SET institution_id = institution_id");
                assert_eq!(tx.exec(&sql, values![]).await.expect(&sql), 0, "{what}");
                let sql = format!("DELETE FROM {table}");
                assert_eq!(tx.exec(&sql, values![]).await.expect(&sql), 0, "{what}");
                let sql = format!("INSERT INTO {table} (institution_id) VALUES ($1)");
                let inserted = tx.exec(&sql, values![&anhe]).await;
                assert_eq!(refused(inserted), "42501", "{what}");
            }
            if own > 0 {
                // Nor can its own rows be given away.
                let mut tx = begin(&app.ctx.db, Scope::from(&anhe)).await;
                let sql = format!("UPDATE {table} SET institution_id = $1");
                let given = tx.exec(&sql, values![&stranger]).await;
                assert_eq!(refused(given), "42501", "{table}");
            }
            assert_eq!(
                count(app.whole(), Scope::Unscoped, table).await,
                all,
                "{table}"
            );
        }
        assert!(
            filled > 9,
            "only {filled} of {} tables were tried",
            tables.len()
        );
    });
}

#[test]
fn the_serving_role_can_t_lift_the_fence() {
    TestApp::run(async |app| {
        if on_sqlite(&app.ctx) {
            return assert!(schema().look_ups.len() < 12, "the exceptions stay few");
        }
        for sql in [
            "ALTER TABLE access_staff DISABLE ROW LEVEL SECURITY",
            "ALTER TABLE access_staff NO FORCE ROW LEVEL SECURITY",
            "DROP POLICY of_the_institution ON access_staff",
            "CREATE POLICY mine ON access_staff USING (true)",
            "CREATE TABLE access_mine (id TEXT)",
            "TRUNCATE access_staff",
            "DELETE FROM db_migrations",
            "SET SESSION AUTHORIZATION xiaobao_it_owner",
            "SET ROLE xiaobao_it_owner",
        ] {
            let mut tx = begin(&app.ctx.db, Scope::Unscoped).await;
            assert_eq!(refused(tx.exec(sql, values![]).await), "42501", "{sql}");
        }
        let mut newer = schema();
        newer.migrations.push(Migration {
            name: "access_9999_newer",
            sql: "ALTER TABLE access_staff ADD COLUMN newer TEXT",
        });
        let outcome = db::migrate(&app.ctx.db, &app.ctx.db, &newer).await;
        let code = outcome.expect_err("it owns nothing").code();
        assert_eq!(code, "database_owner_needed");
    });
}

#[test]
fn a_fence_that_is_missing_is_noticed_and_put_back_by_the_owner() {
    TestApp::run(async |app| {
        let look_ups = schema().look_ups;
        let Some(owner) = app.owner_url() else {
            let again = db::migrate(&app.ctx.db, &app.ctx.db, &schema()).await;
            return assert_eq!(again.expect("nothing to do"), Vec::<&str>::new());
        };
        let owner = connect(&owner, 1).await.expect("PostgreSQL answers");
        let noticed = async |db: &Db| db::row_security(db, &look_ups).await.expect("an answer");
        assert_eq!(noticed(&owner).await, RowSecurity::OwnerServes);
        assert_eq!(noticed(app.whole()).await, RowSecurity::Bypassed);
        for sql in [
            "ALTER TABLE access_staff DISABLE ROW LEVEL SECURITY",
            "ALTER TABLE access_staff NO FORCE ROW LEVEL SECURITY",
            "DROP POLICY of_the_institution ON access_staff",
        ] {
            let mut tx = begin(&owner, Scope::Unscoped).await;
            tx.exec(sql, values![]).await.expect(sql);
            tx.commit().await.expect(sql);
            let open = RowSecurity::Missing(vec!["access_staff".to_owned()]);
            assert_eq!(noticed(&app.ctx.db).await, open, "{sql}");
            let applied = db::migrate(&owner, &app.ctx.db, &schema()).await;
            assert_eq!(applied.expect("fenced again"), Vec::<&str>::new());
            assert_eq!(noticed(&app.ctx.db).await, RowSecurity::Holds, "{sql}");
        }
    });
}

#[test]
fn a_migration_sees_the_rows_of_every_institution() {
    TestApp::run(async |app| {
        let newer = Schema {
            migrations: vec![Migration {
                name: "access_9999_badges",
                sql: "UPDATE access_staff SET badge = 'new'; CREATE TABLE access_9999 (institution_id TEXT)",
            }],
            ..schema()
        };
        let owner = match app.owner_url() {
            Some(url) => connect(&url, 1).await.expect("PostgreSQL answers"),
            None => app.ctx.db.clone(),
        };
        let applied = db::migrate(&owner, &app.ctx.db, &newer).await;
        assert_eq!(applied.expect("migrated"), ["access_9999_badges"]);
        let left = count(
            app.whole(),
            Scope::Unscoped,
            "access_staff WHERE badge <> 'new'",
        )
        .await;
        assert_eq!(left, 0);
        let holds = db::row_security(&app.ctx.db, &newer.look_ups).await;
        assert_eq!(
            holds.expect("an answer"),
            RowSecurity::Holds,
            "the new table too"
        );
        let staff = Staff::signs_in(app, "heyun").await;
        let session = staff.get(app, "/api/console/session").await.ok().json();
        assert_eq!(session["badge"], "new");
        assert_eq!(count(&app.ctx.db, Scope::Unscoped, "access_9999").await, 0);
    });
}
