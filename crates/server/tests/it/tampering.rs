//! Whoever changes what was written is found out: by the audit, and at the next start.

use std::path::PathBuf;

use serde_json::json;
use xiaobao::db::{Read as _, Scope, Write as _};
use xiaobao::ledger;
use xiaobao::values;

use crate::actors::{
    ANHE, Borrower, JIANGLAN, Opened, Partner, Someone, Staff, institution_id, loan,
};
use crate::app::{TestApp, sqlite_file};
use crate::template;

/// Runs one statement behind the ledger's back.
async fn sql(app: &TestApp, statement: &str, values: Vec<sea_orm::Value>) -> u64 {
    let tx = app
        .whole()
        .begin_unrecorded(Scope::Unscoped, "tampering")
        .await;
    let mut tx = tx.expect("a transaction");
    let touched = tx.exec(statement, values).await.expect(statement);
    tx.commit().await.expect("tampered");
    touched
}

/// A file of anhe's log in the blob store.
async fn log_file(app: &TestApp, path: &str) -> PathBuf {
    let id = institution_id(app, ANHE).await;
    app.folder.join("blobs/log").join(id.as_str()).join(path)
}

/// Flips one bit in the middle of a file.
fn flip(path: &PathBuf) {
    let mut bytes = std::fs::read(path).unwrap_or_else(|_| panic!("{}", path.display()));
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    std::fs::write(path, bytes).expect("written");
}

/// What somebody with access to everything but the signing key might do.
#[derive(Clone, Copy, Debug)]
enum Deed {
    /// A statement over anhe's rows; `$1` is anhe, `$2` the journey.
    Sql(&'static str),
    /// One bit of a file of the log; `{size}` is the checkpoint's.
    Flip(&'static str),
    Remove(&'static str),
}

const DEEDS: &[(&str, Deed)] = &[
    (
        "a body is changed",
        Deed::Sql(
            "UPDATE ledger_facts SET body = (SELECT body FROM ledger_facts WHERE institution_id = $1 AND case_id = $2 AND case_no = 2) WHERE institution_id = $1 AND case_id = $2 AND case_no = 1",
        ),
    ),
    (
        "a salt is changed",
        Deed::Sql(
            "UPDATE ledger_facts SET salt = (SELECT salt FROM ledger_facts WHERE institution_id = $1 AND case_id = $2 AND case_no = 2) WHERE institution_id = $1 AND case_id = $2 AND case_no = 1",
        ),
    ),
    (
        "a commitment is changed",
        Deed::Sql(
            "UPDATE ledger_facts SET commitment = (SELECT commitment FROM ledger_facts WHERE institution_id = $1 AND case_id = $2 AND case_no = 2) WHERE institution_id = $1 AND case_id = $2 AND case_no = 1",
        ),
    ),
    (
        "a fact is deleted",
        Deed::Sql(
            "DELETE FROM ledger_facts WHERE institution_id = $1 AND case_id = $2 AND case_no = 2",
        ),
    ),
    (
        "the newest fact is deleted",
        Deed::Sql(
            "DELETE FROM ledger_facts WHERE institution_id = $1 AND $2 <> '' AND log_index = (SELECT MAX(log_index) FROM ledger_facts WHERE institution_id = $1)",
        ),
    ),
    (
        "the newest fact is taken back to the waiting ones",
        Deed::Sql(
            "UPDATE ledger_facts SET log_index = NULL WHERE institution_id = $1 AND $2 <> '' AND log_index = (SELECT MAX(log_index) FROM ledger_facts WHERE institution_id = $1)",
        ),
    ),
    (
        "a fact gets another number",
        Deed::Sql(
            "UPDATE ledger_facts SET case_no = 1000 WHERE institution_id = $1 AND case_id = $2 AND case_no = 2",
        ),
    ),
    (
        "a fact moves to another case",
        Deed::Sql(
            "UPDATE ledger_facts SET case_id = 'jny_other', case_no = 1 WHERE institution_id = $1 AND case_id = $2 AND case_no = 2",
        ),
    ),
    (
        "a body and its salt vanish without a word",
        Deed::Sql(
            "UPDATE ledger_facts SET body = NULL, salt = NULL WHERE institution_id = $1 AND case_id = $2 AND case_no = 2",
        ),
    ),
    (
        "only a body vanishes",
        Deed::Sql(
            "UPDATE ledger_facts SET body = NULL WHERE institution_id = $1 AND case_id = $2 AND case_no = 2",
        ),
    ),
    (
        "a fact is given another kind",
        Deed::Sql(
            "UPDATE ledger_facts SET kind = 'journey.completed.v1' WHERE institution_id = $1 AND case_id = $2 AND case_no = 2",
        ),
    ),
    (
        "a fact is dated back",
        Deed::Sql(
            "UPDATE ledger_facts SET at_ms = at_ms - 86400000 WHERE institution_id = $1 AND case_id = $2 AND case_no = 2",
        ),
    ),
    (
        "a checkpoint's row is changed",
        Deed::Sql(
            "UPDATE ledger_checkpoints SET note = REPLACE(note, 'A', 'B') WHERE institution_id = $1 AND $2 <> ''",
        ),
    ),
    (
        "a checkpoint's row claims another size",
        Deed::Sql(
            "UPDATE ledger_checkpoints SET size = size - 1 WHERE institution_id = $1 AND $2 <> '' AND size = (SELECT MAX(size) FROM ledger_checkpoints WHERE institution_id = $1)",
        ),
    ),
    (
        "the head says less",
        Deed::Sql(
            "UPDATE ledger_logs SET head_size = head_size - 1 WHERE institution_id = $1 AND $2 <> ''",
        ),
    ),
    (
        "the head's root is another's",
        Deed::Sql(
            "UPDATE ledger_logs SET frontier = (SELECT frontier FROM ledger_logs WHERE institution_id <> $1 ORDER BY head_size DESC LIMIT 1) WHERE institution_id = $1 AND $2 <> ''",
        ),
    ),
    ("a leaf tile is changed", Deed::Flip("tile/0/000.p/{size}")),
    (
        "an entry tile is changed",
        Deed::Flip("tile/entries/000.p/{size}"),
    ),
    ("the checkpoint is changed", Deed::Flip("checkpoint")),
    ("a leaf tile is gone", Deed::Remove("tile/0/000.p/{size}")),
    (
        "an entry tile is gone",
        Deed::Remove("tile/entries/000.p/{size}"),
    ),
    ("the checkpoint is gone", Deed::Remove("checkpoint")),
];

async fn completed(app: &TestApp, number: u32) -> Opened {
    let lender = Partner::of(app, ANHE);
    let opened = lender
        .opens(app, &Someone::adult(number), "hexiang", loan())
        .await;
    Borrower::with(&opened.url).completes(app, &opened.id).await;
    app.settle().await;
    opened
}

#[test]
fn the_audit_finds_every_kind_of_tampering() {
    for (what, deed) in DEEDS {
        TestApp::run_damaged(async |app| {
            let opened = completed(app, 1).await;
            assert_eq!(app.faults().await, Vec::<String>::new());
            let anhe = institution_id(app, ANHE).await;
            let size = ledger::log_state(&app.ctx, &anhe)
                .await
                .expect("a log")
                .published_size;
            match deed {
                Deed::Sql(statement) => {
                    assert!(
                        sql(app, statement, values![&anhe, opened.id.as_str()]).await >= 1,
                        "{what}"
                    );
                }
                Deed::Flip(path) => {
                    flip(&log_file(app, &path.replace("{size}", &size.to_string())).await)
                }
                Deed::Remove(path) => {
                    let file = log_file(app, &path.replace("{size}", &size.to_string())).await;
                    std::fs::remove_file(file).expect("removed");
                }
            }
            let faults = app.faults().await;
            assert!(!faults.is_empty(), "{what} goes unseen");
        });
    }
}

#[derive(sea_orm::FromQueryResult)]
struct Head {
    head_size: i64,
    frontier: Vec<u8>,
}

async fn head(app: &TestApp) -> Head {
    let anhe = institution_id(app, ANHE).await;
    let view = app.ctx.db.read(&anhe).await.expect("a view");
    let sql = "SELECT head_size, frontier FROM ledger_logs WHERE institution_id = $1";
    view.one(sql, values![&anhe])
        .await
        .expect("a query")
        .expect("a head")
}

/// Puts the database back behind what was published, as a careless restore does.
async fn roll_back(app: &TestApp, to: &Head) {
    let anhe = institution_id(app, ANHE).await;
    for statement in [
        "DELETE FROM ledger_facts WHERE institution_id = $1 AND (log_index >= $2 OR log_index IS NULL)",
        "DELETE FROM ledger_checkpoints WHERE institution_id = $1 AND size > $2",
        "UPDATE ledger_logs SET head_size = $2, published_size = $2 WHERE institution_id = $1",
    ] {
        assert!(sql(app, statement, values![&anhe, to.head_size]).await >= 1);
    }
    let statement = "UPDATE ledger_logs SET frontier = $2 WHERE institution_id = $1";
    sql(app, statement, values![&anhe, to.frontier.clone()]).await;
}

/// What holds while anhe is sealed.
async fn only_reading_goes_on(app: &TestApp, opened: &Opened, borrower: &Borrower) {
    let lender = Partner::of(app, ANHE);
    let body = crate::actors::journey_of(&Someone::adult(50), "hexiang", loan());
    lender
        .asks(app, "sealed", &body)
        .await
        .refused(409, "writes_sealed");
    let link = format!("/v1/journeys/{}/link", opened.id);
    lender
        .post(app, &link, &json!({}))
        .await
        .refused(409, "writes_sealed");
    borrower
        .post(app, "/api/h5/person", &json!({}))
        .await
        .refused(409, "writes_sealed");
    borrower.journey(app).await;
    lender
        .get(app, &format!("/v1/journeys/{}", opened.id))
        .await
        .ok();
    let missing = lender.missing(app, &opened.id).await;
    assert!(
        missing.contains(&"evidence_sealed".to_owned()),
        "no money moves: {missing:?}"
    );
    // Staff must get in to see what is wrong.
    let staff = Staff::signs_in(app, "luoyifan").await;
    assert_eq!(
        staff.get(app, "/api/console/log").await.ok().json()["state"],
        "sealed"
    );
    staff.get(app, "/api/console/journeys").await.ok();
    app.get(&format!("/log/{ANHE}/checkpoint")).await.ok();
    // The other lender works on.
    let bank_loan = json!({ "principal": 10_000_000, "periods": 12 });
    Partner::of(app, JIANGLAN)
        .opens(app, &Someone::adult(51), "puhui", bank_loan)
        .await;
}

#[test]
fn a_database_behind_its_published_checkpoint_is_sealed() {
    TestApp::run_damaged(async |app| {
        let opened = Partner::of(app, ANHE)
            .opens(app, &Someone::adult(1), "hexiang", loan())
            .await;
        let mut borrower = Borrower::with(&opened.url);
        borrower.enters(app, &opened.id).await;
        app.settle().await;
        let early = head(app).await;
        completed(app, 2).await;
        roll_back(app, &early).await;
        let sealed = app.reopen().await;
        assert_eq!(
            sealed
                .iter()
                .map(|(code, _)| code.as_str())
                .collect::<Vec<_>>(),
            [ANHE]
        );
        only_reading_goes_on(app, &opened, &borrower).await;
        // Still so after another start: nothing heals by itself.
        assert_eq!(app.reopen().await.len(), 1);
        assert!(!app.faults().await.is_empty());
    });
}

#[test]
fn an_older_copy_of_the_database_file_is_sealed() {
    TestApp::run_damaged(async |app| {
        let Some(file) = sqlite_file(app) else {
            return;
        };
        let opened = Partner::of(app, ANHE)
            .opens(app, &Someone::adult(1), "hexiang", loan())
            .await;
        let mut borrower = Borrower::with(&opened.url);
        borrower.enters(app, &opened.id).await;
        // What the demo's other house has under way ends before, so that only one log is older.
        app.settle().await;
        app.advance_ms(60_000);
        app.settle().await;
        let copy = app.folder.join("copy.db");
        template::snapshot(&file, &copy).await;
        completed(app, 2).await;
        for suffix in ["-wal", "-shm"] {
            let log = app.folder.join(format!("xiaobao.db{suffix}"));
            if log.exists() {
                std::fs::remove_file(log).expect("removed");
            }
        }
        std::fs::rename(&copy, &file).expect("put back");
        assert_eq!(app.reopen().await.len(), 1);
        only_reading_goes_on(app, &opened, &borrower).await;
    });
}

#[test]
fn a_head_that_was_rolled_back_under_a_running_program_is_sealed_before_it_signs() {
    TestApp::run_damaged(async |app| {
        app.settle().await;
        let early = head(app).await;
        completed(app, 1).await;
        let published = app
            .get(&format!("/log/{ANHE}/checkpoint"))
            .await
            .ok()
            .text();
        roll_back(app, &early).await;
        let lender = Partner::of(app, ANHE);
        lender
            .opens(app, &Someone::adult(2), "hexiang", serde_json::Value::Null)
            .await;
        assert!(
            ledger::advance(&app.ctx).await.is_err(),
            "another history is not signed"
        );
        let body = crate::actors::journey_of(&Someone::adult(3), "hexiang", loan());
        lender
            .asks(app, "after", &body)
            .await
            .refused(409, "writes_sealed");
        let after = app
            .get(&format!("/log/{ANHE}/checkpoint"))
            .await
            .ok()
            .text();
        assert_eq!(after, published, "no second checkpoint over the first");
    });
}

/// What a program had not done yet when it ended while it published.
#[derive(Clone, Copy, Debug)]
enum EndedBefore {
    /// Facts have their places, no tile was written.
    Tiles,
    /// The tiles are there, the checkpoint is the old one.
    Checkpoint,
    /// The checkpoint is there, the database doesn't know of it.
    Row,
}

#[test]
fn a_program_that_ended_while_publishing_goes_on_where_it_was() {
    for instant in [
        EndedBefore::Tiles,
        EndedBefore::Checkpoint,
        EndedBefore::Row,
    ] {
        TestApp::run(async |app| {
            let opened = Partner::of(app, ANHE)
                .opens(app, &Someone::adult(1), "hexiang", loan())
                .await;
            app.settle().await;
            let anhe = institution_id(app, ANHE).await;
            let old = head(app).await;
            let tiles = log_file(app, "tile").await;
            let checkpoint = log_file(app, "checkpoint").await;
            let note = std::fs::read(&checkpoint).expect("a checkpoint");
            let before: Vec<PathBuf> = files(&tiles);
            let mut borrower = Borrower::with(&opened.url);
            borrower.completes(app, &opened.id).await;
            app.settle().await;
            let published = std::fs::read(&checkpoint).expect("a checkpoint");
            assert_ne!(note, published);
            // What such an end leaves behind, step by step backwards.
            sql(
                app,
                "UPDATE ledger_logs SET published_size = $2 WHERE institution_id = $1",
                values![&anhe, old.head_size],
            )
            .await;
            sql(
                app,
                "DELETE FROM ledger_checkpoints WHERE institution_id = $1 AND size > $2",
                values![&anhe, old.head_size],
            )
            .await;
            if !matches!(instant, EndedBefore::Row) {
                std::fs::write(&checkpoint, &note).expect("the old checkpoint");
            }
            if matches!(instant, EndedBefore::Tiles) {
                for file in files(&tiles)
                    .into_iter()
                    .filter(|file| !before.contains(file))
                {
                    std::fs::remove_file(file).expect("no such tile");
                }
            }
            app.restart().await;
            let lender = Partner::of(app, ANHE);
            assert_eq!(
                lender.missing(app, &opened.id).await,
                ["evidence_not_proved"],
                "{instant:?}"
            );
            app.prove().await;
            assert_eq!(
                lender.missing(app, &opened.id).await,
                Vec::<String>::new(),
                "{instant:?}"
            );
            assert_eq!(
                std::fs::read(&checkpoint).expect("a checkpoint"),
                published,
                "the very same one"
            );
            assert_eq!(app.faults().await, Vec::<String>::new());
        });
    }
}

/// Every file below a folder.
fn files(folder: &PathBuf) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).expect("a folder").flatten() {
        let path = entry.path();
        if path.is_dir() {
            found.extend(files(&path));
        } else {
            found.push(path);
        }
    }
    found
}
