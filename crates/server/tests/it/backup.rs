//! A backup is taken while the house works, and what comes back can be continued.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};

use axum::http::StatusCode;
use serde_json::json;
use xiaobao::access::STAFF_COOKIE;
use xiaobao::app::{BackupPlaces, restore, take_backup};
use xiaobao::error::Error;
use xiaobao::ledger;
use xiaobao::random::Random;

use crate::actors::{ANHE, Borrower, Partner, Someone, Staff, institution_id, loan};
use crate::app::{Site, TestApp};
use crate::inspection::draws;
use crate::money::{booking, books, drawn, releases};
use crate::template::on_sqlite;

/// Folders for one backup beside the test's own.
fn places(app: &TestApp, name: &str) -> BackupPlaces {
    let folder = |part: &str| app.folder.with_extension(format!("{name}-{part}"));
    BackupPlaces {
        data: folder("data"),
        keys: folder("keys"),
    }
}

fn gone(places: &BackupPlaces) {
    for folder in [&places.data, &places.keys] {
        let _ = fs::remove_dir_all(folder);
    }
}

async fn takes(app: &TestApp, places: &BackupPlaces) -> Result<usize, Error> {
    let mut config = app.ctx.config.clone();
    config.database.backup_url = app.superuser_url().unwrap_or_default();
    let seen = AtomicUsize::new(0);
    let head = take_backup(
        &config,
        &app.ctx.clock,
        &Random::System,
        places,
        &|done, _| seen.store(done, Ordering::SeqCst),
    )
    .await?;
    assert!(seen.into_inner() > 0, "progress was told");
    Ok(head.files)
}

#[test]
fn what_was_backed_up_under_load_comes_back_whole_and_goes_on() {
    TestApp::run(async |app| {
        let places = places(app, "load");
        let partner = Partner::of(app, ANHE);
        let first = partner
            .opens(app, &Someone::adult(1), "hexiang", loan())
            .await;
        app.settle().await;

        let busy = {
            let site = (**app).clone();
            let partner = Partner::of(app, ANHE);
            tokio::spawn(async move {
                for number in 100..130 {
                    partner
                        .opens(&site, &Someone::adult(number), "hexiang", loan())
                        .await;
                    ledger::advance(&site.ctx).await.expect("published");
                }
            })
        };
        takes(app, &places).await.expect("a backup");
        busy.await.expect("nobody was disturbed");

        let (config, database) = app.elsewhere().await;
        restore(&config, &places, None, &|_, _| {})
            .await
            .expect("restored");
        let moved = app.moved(&config, database.as_deref()).await;
        ledger::catch_up(&moved.ctx).await.expect("caught up");
        assert_eq!(ledger::check(&moved.ctx).await.expect("checked"), vec![]);
        assert_eq!(moved.faults().await, Vec::<String>::new());
        // Keys open what they sealed, and writing goes on.
        let mut borrower = Borrower::with(&first.url);
        borrower.enters(&moved, &first.id).await;
        partner
            .opens(&moved, &Someone::adult(200), "hexiang", loan())
            .await;
        moved.settle().await;
        assert_eq!(moved.faults().await, Vec::<String>::new());
        app.gone_from(&config, database.as_deref()).await;
        gone(&places);
    });
}

pub fn files_below(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).expect("a folder").flatten() {
        match entry.file_type().expect("a type").is_dir() {
            true => found.extend(files_below(&entry.path())),
            false => found.push(entry.path()),
        }
    }
    found.sort();
    found
}

#[test]
fn what_is_not_byte_for_byte_what_was_taken_is_not_put_back() {
    TestApp::run(async |app| {
        let (places, other) = (places(app, "one"), places(app, "other"));
        takes(app, &places).await.expect("a backup");
        assert_eq!(
            takes(app, &places).await.expect_err("refused").code(),
            "backup_folder_not_empty"
        );
        takes(app, &other).await.expect("another");
        let (config, database) = app.elsewhere().await;
        let tried = async |places: &BackupPlaces| {
            let refused = restore(&config, places, None, &|_, _| {}).await;
            assert_eq!(
                files_below(&config.data.folder),
                Vec::<PathBuf>::new(),
                "nothing was written"
            );
            refused.expect_err("refused").code()
        };

        let mixed = BackupPlaces {
            data: places.data.clone(),
            keys: other.keys.clone(),
        };
        assert_eq!(tried(&mixed).await, "backup_keys_of_another");
        let swapped = BackupPlaces {
            data: places.keys.clone(),
            keys: places.data.clone(),
        };
        assert_eq!(tried(&swapped).await, "backup_unreadable");

        for folder in [&places.data, &places.keys] {
            let files = files_below(folder).into_iter();
            // What the head says of the rest is compared with the rest; its own words are no evidence.
            for file in files.filter(|file| !file.ends_with("backup.json")) {
                let bytes = fs::read(&file).expect("a file");
                let mut flipped = bytes.clone();
                let middle = bytes.len() / 2;
                flipped[middle] ^= 1;
                fs::write(&file, flipped).expect("flipped");
                let code = tried(&places).await;
                assert_eq!(code, "backup_damaged", "{file:?}");
                fs::write(&file, bytes).expect("as it was");
            }
        }
        let lost = places.data.join("house-id");
        fs::rename(&lost, places.data.join("elsewhere")).expect("lost");
        assert_eq!(tried(&places).await, "backup_damaged");
        fs::rename(places.data.join("elsewhere"), &lost).expect("found");
        fs::remove_file(places.data.join("backup.json")).expect("cut off before its end");
        assert_eq!(tried(&places).await, "backup_unreadable");
        app.gone_from(&config, database.as_deref()).await;
        gone(&places);
        gone(&other);
    });
}

#[test]
fn nothing_is_restored_over_anything_and_what_was_destroyed_since_stays_marked() {
    TestApp::run(async |app| {
        let places = places(app, "since");
        takes(app, &places).await.expect("a backup");
        let anhe = institution_id(app, ANHE).await;
        let marker = format!("vault/destroyed/{anhe}/sub_00000000000000000000000001");
        let newer = app.folder.with_extension("newer");
        fs::create_dir_all(newer.join(&marker).parent().expect("a folder")).expect("a folder");
        fs::write(newer.join(&marker), b"").expect("a marker");

        let (mut config, database) = app.elsewhere().await;
        let refusal = async |config: &_| {
            let refused = restore(config, &places, Some(&newer), &|_, _| {}).await;
            refused.expect_err("refused").code()
        };
        fs::write(config.data.folder.join("something"), b"").expect("a file");
        // A folder beside the right one has no markers either.
        assert_eq!(refusal(&config).await, "backup_not_blobs");
        fs::create_dir(newer.join("log")).expect("a folder");
        assert_eq!(refusal(&config).await, "backup_folder_not_empty");
        fs::remove_file(config.data.folder.join("something")).expect("gone");
        let url = config.database.url.clone();
        config.database.url = match on_sqlite(&app.ctx) {
            true => "postgres://nobody@127.0.0.1:9/none".to_owned(),
            false => String::new(),
        };
        assert_eq!(refusal(&config).await, "backup_other_database");
        config.database.url = match on_sqlite(&app.ctx) {
            true => format!("sqlite:{}", app.folder.join("xiaobao.db").display()),
            false => {
                config.database.owner_url = app.owner_url().unwrap_or_default();
                app.ctx.config.database.url.clone()
            }
        };
        assert_eq!(refusal(&config).await, "backup_database_not_empty");

        config.database.url = url;
        if let Some(database) = &database {
            config.database.owner_url = app.owner_url_of(database).unwrap_or_default();
        }
        let restored = restore(&config, &places, Some(&newer), &|_, _| {}).await;
        assert_eq!(restored.expect("restored").marked, 1);
        assert!(config.data.folder.join("blobs").join(&marker).exists());
        app.gone_from(&config, database.as_deref()).await;
        fs::remove_dir_all(newer).expect("gone");
        gone(&places);
    });
}

#[test]
fn keys_do_not_lie_beside_what_they_open() {
    TestApp::run(async |app| {
        let mut places = places(app, "inside");
        places.keys = places.data.join("keys");
        assert_eq!(
            takes(app, &places).await.expect_err("refused").code(),
            "backup_keys_inside"
        );
        assert!(!places.data.exists());
    });
}

#[test]
fn who_is_destroyed_while_files_are_copied_stays_marked() {
    TestApp::run(async |app| {
        let places = places(app, "meanwhile");
        let mut config = app.ctx.config.clone();
        config.database.backup_url = app.superuser_url().unwrap_or_default();
        let anhe = institution_id(app, ANHE).await;
        let marker = format!("blobs/vault/destroyed/{anhe}/sub_00000000000000000000000002");
        let live = config.data.folder.join(&marker);
        let clock = &app.ctx.clock;
        take_backup(&config, clock, &Random::System, &places, &|_, _| {
            fs::create_dir_all(live.parent().expect("a folder")).expect("a folder");
            fs::write(&live, b"").expect("a marker");
        })
        .await
        .expect("a backup");
        assert!(places.data.join(&marker).exists());
        fs::remove_file(live).expect("gone");
        gone(&places);
    });
}

/// Signs in at a copy of the house.
async fn signs_in_at(app: &TestApp, moved: &Site, account: &str) -> Staff {
    let mut accounts = app.demo.accounts.iter();
    let found = accounts.find(|a| a.account == account);
    let found = found.expect("a demo account");
    let answer = Staff::tries(moved, &found.institution, account, &found.password).await;
    Staff {
        cookie: answer.ok().cookie(STAFF_COOKIE),
    }
}

#[test]
fn after_a_restore_nobody_gets_a_token_until_staff_looked_at_what_was_paid_since() {
    TestApp::run(async |app| {
        let places = places(app, "money");
        let (_, loan) = drawn(app, 1).await;
        let partner = Partner::of(app, ANHE);
        let body = booking(app, &partner, &loan.id).await;
        books(app, &partner, &loan.id, "booked", &body)
            .await
            .expect(StatusCode::CREATED);
        app.settle().await;
        let [service, stranger, reviewer] = [
            Staff::signs_in(app, "luoyifan").await,
            Staff::signs_in(app, "baolu").await,
            Staff::signs_in(app, "heyun").await,
        ];
        takes(app, &places).await.expect("a backup");
        let (config, database) = app.elsewhere().await;
        let restored = restore(&config, &places, None, &|_, _| {}).await;
        let head = restored.expect("restored").head;
        // Cut off before anybody was told, and once more before the marker went: each start goes on from there.
        let marker = config.data.folder.join("restored.json");
        let untold = fs::read(&marker).expect("a marker");
        drop(app.moved(&config, database.as_deref()).await);
        assert!(!marker.exists());
        fs::write(&marker, untold).expect("a marker");
        let moved = app.moved(&config, database.as_deref()).await;
        assert!(!marker.exists());
        moved.settle().await;

        let path = format!("/v1/journeys/{}/release", loan.id);
        let missing = partner.missing(&moved, &loan.id).await;
        assert_eq!(missing, ["restored_not_reconciled"]);
        let answer = partner.get(&moved, &path).await.ok().json();
        assert_eq!(answer["can_be_set_aside"], false);
        releases(&moved, &partner, &loan.id)
            .await
            .refused(409, "release_denied");
        let open = "/api/console/restores?state=open";
        let rows = service.get(&moved, open).await.ok().json()["rows"].clone();
        assert_eq!(rows.as_array().map(Vec::len), Some(1));
        assert_eq!(rows[0]["backup"], json!(head.backup));
        let id = rows[0]["id"].as_str().expect("an id");
        let say = format!("/api/console/restores/{id}/reconciled");
        let without = service.posts(&moved, &say, json!({})).await;
        without.refused(403, "right_missing");
        let foreign = stranger.posts(&moved, &say, json!({})).await;
        foreign.refused(404, "not_found");
        // Tokens from before the restore may still be paid on.
        let early = reviewer.posts(&moved, &say, json!({})).await;
        early.refused(409, "restore_too_recent");
        app.advance_ms(5 * 60_000);
        let stale = reviewer.posts(&moved, &say, json!({})).await;
        stale.refused(403, "proof_needed");
        app.advance_ms(56 * 60_000);
        let reviewer = signs_in_at(app, &moved, "heyun").await;
        let service = signs_in_at(app, &moved, "luoyifan").await;
        reviewer.posts(&moved, &say, json!({})).await.ok();
        let again = reviewer.posts(&moved, &say, json!({})).await;
        again.refused(409, "restore_reconciled");
        let rows = service.get(&moved, open).await.ok().json()["rows"].clone();
        assert_eq!(rows, json!([]));
        releases(&moved, &partner, &loan.id)
            .await
            .expect(StatusCode::CREATED);
        moved.settle().await;
        assert_eq!(moved.faults().await, Vec::<String>::new());
        app.gone_from(&config, database.as_deref()).await;
        gone(&places);
    });
}

#[test]
fn an_archive_of_an_inspection_lies_in_no_backup() {
    TestApp::run(async |app| {
        drawn(app, 1).await;
        let staff = Staff::signs_in(app, "heyun").await;
        let draw = draws(app, &staff, json!({ "outcome": "completed" })).await;
        let id = draw["id"].as_str().expect("an id");
        let path = format!("/api/console/draws/{id}/bundles");
        let asked = staff.posts(app, &path, json!({})).await;
        asked.expect(StatusCode::CREATED);
        app.settle().await;
        let is_archive = |path: &PathBuf| {
            let path = path.to_string_lossy();
            path.contains("/blobs/inspection/") || path.contains("/archive-")
        };
        let lies = files_below(&app.folder).into_iter().filter(is_archive);
        assert!(lies.count() > 2, "parts and a key");
        let places = places(app, "archive");
        takes(app, &places).await.expect("a backup");
        for folder in [&places.data, &places.keys] {
            let mut files = files_below(folder).into_iter();
            assert_eq!(files.find(is_archive), None);
        }
        gone(&places);
    });
}
