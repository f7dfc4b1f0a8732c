//! Epoch keys: replaced while people work, cut off anywhere, and gone for good.

use std::fs;

use xiaobao::app::start;
use xiaobao::config::Cipher;
use xiaobao::db::{Read as _, Scope};
use xiaobao::ledger::{self, Seat};
use xiaobao::random::Random;
use xiaobao::values;
use xiaobao::vault::{self, Rotation, Step, SubjectId};

use crate::actors::{ANHE, JIANGLAN, Someone, institution_id};
use crate::app::{Count, Site, TestApp, sqlite_file};

const A_DAY_MS: u64 = 86_400_000;

/// Enrols people of a lender in one transaction.
async fn enrol(site: &Site, code: &str, numbers: std::ops::Range<u32>) -> Vec<SubjectId> {
    let institution = institution_id(site, code).await;
    let mut tx = ledger::begin(&site.ctx, &Seat::system(&institution, "test"))
        .await
        .expect("a transaction");
    let mut ids = Vec::new();
    for number in numbers {
        let person = Someone::adult(number).person();
        let case = format!("jny_epochs_{number}");
        let subject = vault::enrol(&mut tx, &person, &case)
            .await
            .expect("enrolled");
        ids.push(subject.id);
    }
    ledger::commit_recorded(tx).await.expect("committed");
    ids
}

/// How many of some subjects can be read.
async fn readable(site: &Site, code: &str, ids: &[SubjectId]) -> usize {
    let institution = institution_id(site, code).await;
    let view = site.ctx.db.read(&institution).await.expect("a view");
    let found = vault::subjects(&site.ctx, &view, ids).await;
    found.expect("readable").len()
}

async fn standing(site: &Site) -> Rotation {
    let mut institutions = Vec::new();
    for code in [ANHE, JIANGLAN] {
        institutions.push(institution_id(site, code).await);
    }
    vault::rotation(&site.ctx, &institutions)
        .await
        .expect("a standing")
}

async fn rotate(site: &Site, from: i64) {
    while vault::advance(&site.ctx, from).await.expect("a step") != Step::Idle {}
}

/// Rows of a table that fulfil a condition.
async fn count(site: &Site, sql: &str) -> i64 {
    let view = site.ctx.db.read(Scope::Unscoped).await.expect("a view");
    let row: Option<Count> = view.one(sql, values![]).await.expect("a query");
    row.expect("a row").n
}

#[test]
fn cut_off_between_any_two_steps_it_goes_on_and_everybody_stays_readable() {
    TestApp::run(async |app| {
        let ids = enrol(app, ANHE, 0..250).await;
        let mut newcomers = 0;
        let mut seen = Vec::new();
        loop {
            let step = vault::advance(&app.ctx, 1).await.expect("a step");
            app.restart().await;
            assert_eq!(readable(app, ANHE, &ids).await, ids.len(), "{step:?}");
            let number = 1_000 + newcomers;
            let newcomer = enrol(app, ANHE, number..number + 1).await;
            assert_eq!(readable(app, ANHE, &newcomer).await, 1, "{step:?}");
            newcomers += 1;
            if step == Step::Idle {
                break;
            }
            seen.push(step);
        }
        let moved: i64 = seen
            .iter()
            .filter_map(|step| match step {
                Step::Rewrapped(count) => Some(*count),
                _ => None,
            })
            .sum();
        // The demo's people and whoever came before the new epoch.
        assert!(moved >= 250, "{seen:?}");
        seen.retain(|step| !matches!(step, Step::Rewrapped(_)));
        let anhe = institution_id(app, ANHE).await;
        let view = app.ctx.db.read(Scope::Unscoped).await.expect("a view");
        let institutions = ledger::institutions(&view).await.expect("institutions");
        drop(view);
        assert!(institutions.len() > 1 && institutions.contains(&anhe));
        let mut expected = vec![Step::KeyMade, Step::Begun];
        expected.extend(institutions.into_iter().map(Step::Sworn));
        expected.extend([Step::Emptied, Step::KeyDestroyed, Step::Ended]);
        assert_eq!(seen, expected);
        assert!(!app.folder.join("keys/epoch-1.key").exists());
        assert!(app.folder.join("keys/epoch-2.key").exists());
        let checks = "SELECT COUNT(*) AS n FROM keys_checks WHERE name LIKE 'epoch-%'";
        assert_eq!(count(app, checks).await, 1);
        let fact = app.fact(anhe.as_str(), "vault.epoch_rotated.v1").await;
        assert_eq!((&fact["epoch"], &fact["replaced"]), (&2.into(), &1.into()));
        assert!(fact["subjects"].as_i64() >= Some(250), "{fact}");
        let now = standing(app).await;
        assert_eq!((now.current, now.draining, now.left), (2, None, 0));
        // Again, all the way.
        rotate(app, 2).await;
        app.restart().await;
        assert_eq!(readable(app, ANHE, &ids).await, ids.len());
        assert_eq!(standing(app).await.current, 3);
    });
}

#[test]
fn a_reader_of_an_older_moment_still_reads() {
    TestApp::run(async |app| {
        let ids = enrol(app, ANHE, 0..3).await;
        let anhe = institution_id(app, ANHE).await;
        let view = app.ctx.db.read(&anhe).await.expect("a view");
        // The view's moment begins with its first statement.
        assert_eq!(
            vault::subjects(&app.ctx, &view, &ids)
                .await
                .expect("before")
                .len(),
            3
        );
        rotate(app, 1).await;
        assert_eq!(
            vault::subjects(&app.ctx, &view, &ids)
                .await
                .expect("after")
                .len(),
            3
        );
    });
}

#[test]
fn an_epoch_is_replaced_when_it_is_due_and_its_successor_too() {
    TestApp::run(async |app| {
        let waiting = "SELECT COUNT(*) AS n FROM jobs_jobs WHERE kind = 'vault.rotate_epoch'";
        for _ in 0..2 {
            vault::schedule(&app.ctx).await.expect("scheduled");
        }
        assert_eq!(count(app, waiting).await, 1);
        app.advance_ms(29 * A_DAY_MS);
        app.run_jobs().await;
        assert_eq!(standing(app).await.current, 1);
        app.advance_ms(2 * A_DAY_MS);
        app.run_jobs().await;
        assert_eq!(standing(app).await.current, 2);
        assert_eq!(count(app, waiting).await, 1);
        app.advance_ms(31 * A_DAY_MS);
        app.run_jobs().await;
        assert_eq!(standing(app).await.current, 3);
        assert_eq!(standing(app).await.draining, None);
    });
}

#[test]
fn an_old_copy_of_the_database_finds_no_key() {
    TestApp::run_damaged(async |app| {
        let Some(file) = sqlite_file(app) else { return };
        let copy = app.folder.join("old-copy.db");
        let sql = format!("VACUUM INTO '{}'", copy.display());
        let mut connection = sqlx_connection(&file).await;
        sqlx::query(sqlx::AssertSqlSafe(sql))
            .execute(&mut connection)
            .await
            .expect("a copy");
        rotate(app, 1).await;
        let mut config = app.ctx.config.clone();
        config.database.url = format!("sqlite:{}", copy.display());
        let opened = start(config, app.ctx.clock.clone(), Random::seeded(77)).await;
        let refused = opened.err().expect("refused");
        assert_eq!(refused.code(), "key_missing");
        assert!(
            !app.folder.join("keys/epoch-1.key").exists(),
            "none is made"
        );
        fs::remove_file(copy).expect("the copy goes away");
    });
}

async fn sqlx_connection(file: &std::path::Path) -> sqlx::SqliteConnection {
    use sqlx::Connection as _;
    sqlx::SqliteConnection::connect(&format!("sqlite:{}", file.display()))
        .await
        .expect("a connection")
}

#[test]
fn another_cipher_seals_what_is_new_and_opens_what_is_old() {
    TestApp::run(async |app| {
        let old = enrol(app, ANHE, 0..2).await;
        let mut config = app.ctx.config.clone();
        config.vault.cipher = Cipher::Sm4Gcm;
        let ctx = start(config, app.ctx.clock.clone(), Random::seeded(78)).await;
        let mut sm4 = Site::clone(app);
        sm4.ctx = ctx.expect("the house opens");
        let new = enrol(&sm4, ANHE, 2..4).await;
        for site in [&sm4, &**app] {
            assert_eq!(readable(site, ANHE, &old).await, 2);
            assert_eq!(readable(site, ANHE, &new).await, 2);
        }
        let view = app.whole().read(Scope::Unscoped).await.expect("a view");
        for (ids, format) in [(&old, 1), (&new, 2)] {
            let row: Option<Sealed> = view
                .one(
                    "SELECT sealed FROM vault_items WHERE subject_id = $1 AND item = 'phone'",
                    values![&ids[0]],
                )
                .await
                .expect("a query");
            assert_eq!(row.expect("an item").sealed[0], format);
        }
        // The next rotation wraps every key with the cipher of the day.
        rotate(&sm4, 1).await;
        assert_eq!(readable(app, ANHE, &old).await, 2);
    });
}

#[derive(sea_orm::FromQueryResult)]
struct Sealed {
    sealed: Vec<u8>,
}

#[test]
fn a_damaged_envelope_is_a_stable_refusal_that_tells_nothing() {
    TestApp::run_damaged(async |app| {
        let ids = enrol(app, ANHE, 0..1).await;
        let anhe = institution_id(app, ANHE).await;
        let mut tx = app
            .ctx
            .db
            .begin_unrecorded(&anhe, "test")
            .await
            .expect("a transaction");
        let broken = vec![1_u8; 60];
        xiaobao::db::Write::exec(
            &mut tx,
            "UPDATE vault_items SET sealed = $3 WHERE institution_id = $1 AND subject_id = $2",
            values![&anhe, &ids[0], broken],
        )
        .await
        .expect("damaged");
        tx.commit().await.expect("committed");
        let view = app.ctx.db.read(&anhe).await.expect("a view");
        let error = vault::subjects(&app.ctx, &view, &ids)
            .await
            .expect_err("refused");
        assert_eq!(error.code(), "envelope_damaged");
        assert_eq!(error.to_string(), "envelope_damaged");
    });
}
