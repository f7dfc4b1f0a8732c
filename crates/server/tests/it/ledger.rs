//! The log from outside: order, checkpoints, proofs, tiles, bundles.

use std::collections::BTreeMap;

use proof::bundle::{Trust, Verdict};
use proof::checkpoint::{Checkpoint, VerifierKey};
use proof::tile::{TileId, decode_entries, entries_path, new_tiles};
use proof::tree::{
    TileMap, consistency_path, leaf_hash, node_hash, tiles_needed, verify_consistency,
    verify_inclusion,
};
use proof::{Hash, hex};
use serde_json::Value;
use xiaobao::db::{Read as _, Scope};
use xiaobao::ledger;

use crate::actors::{ANHE, Borrower, JIANGLAN, Partner, Someone, Staff, institution_id, loan};
use crate::app::{Site, TestApp};

/// The key of a log, as it tells it.
pub async fn log_key(site: &Site, code: &str) -> VerifierKey {
    let text = site.get(&format!("/log/{code}/vkey")).await.ok().text();
    text.trim().parse().expect("a key")
}

/// The published checkpoint, its signature checked.
pub async fn checkpoint(site: &Site, code: &str) -> Checkpoint {
    let note = site
        .get(&format!("/log/{code}/checkpoint"))
        .await
        .ok()
        .text();
    let known = [log_key(site, code).await];
    let (checkpoint, signers) =
        proof::checkpoint::verify(&note, &known).expect("a signed checkpoint");
    assert_eq!(signers.len(), 1);
    assert!(checkpoint.origin.ends_with(&format!("/log/{code}")));
    checkpoint
}

/// A tile as anyone may fetch it. A partial tile may have been replaced by its full one.
pub async fn tile(site: &Site, code: &str, id: TileId) -> Vec<u8> {
    let answer = site.get(&format!("/log/{code}/{}", id.path())).await;
    if answer.status.as_u16() == 404 {
        let full = TileId {
            width: proof::tile::WIDTH,
            ..id
        };
        let mut bytes = site
            .get(&format!("/log/{code}/{}", full.path()))
            .await
            .ok()
            .bytes;
        bytes.truncate(id.width as usize * 32);
        return bytes;
    }
    assert_eq!(
        answer.headers["cache-control"],
        "public, max-age=31536000, immutable"
    );
    answer.ok().bytes
}

#[derive(sea_orm::FromQueryResult)]
struct Row {
    case_id: String,
    case_no: i64,
    log_index: Option<i64>,
    commitment: Vec<u8>,
}

/// Every fact of one log in the order of its rows' places.
async fn rows(site: &Site, code: &str) -> Vec<Row> {
    let id = institution_id(site, code).await;
    let view = site.ctx.db.read(&id).await.expect("a view");
    let sql = "SELECT case_id, case_no, log_index, commitment FROM ledger_facts WHERE institution_id = $1 ORDER BY log_index";
    view.all(sql, xiaobao::values![&id]).await.expect("facts")
}

fn leaves(rows: &[Row]) -> Vec<Hash> {
    let hash = |row: &Row| -> Hash { row.commitment.as_slice().try_into().expect("32 bytes") };
    rows.iter()
        .map(|row| leaf_hash(&proof::fact::entry(&hash(row))))
        .collect()
}

/// RFC 6962 §2.1, as it is written there: the oracle.
pub fn root(leaves: &[Hash]) -> Hash {
    match leaves {
        [] => proof::digest::sha256(&[]),
        [leaf] => *leaf,
        _ => {
            let split = leaves.len().next_power_of_two() / 2;
            node_hash(&root(&leaves[..split]), &root(&leaves[split..]))
        }
    }
}

/// Grows anhe's log by journeys without a price: four facts each, and nothing to print.
async fn grow(app: &TestApp, from: u32, count: u32) {
    let lender = Partner::of(app, ANHE);
    for number in from..from + count {
        lender
            .opens(app, &Someone::adult(number), "hexiang", Value::Null)
            .await;
    }
}

#[test]
fn fifty_at_once_leave_no_gap_in_the_log_or_in_any_case() {
    TestApp::run(async |app| {
        let lender = Partner::of(app, ANHE);
        let mut shared = Vec::new();
        for number in 1..=5 {
            shared.push(
                lender
                    .opens(app, &Someone::adult(number), "hexiang", Value::Null)
                    .await,
            );
        }
        app.advance_ms(1);
        let mut tasks = tokio::task::JoinSet::new();
        for number in 0..50_u32 {
            let (site, lender) = ((**app).clone(), lender.clone());
            let borrower = Borrower::with(&shared[number as usize % 5].url);
            tasks.spawn(async move {
                match number % 5 {
                    0 | 1 => drop(
                        lender
                            .opens(&site, &Someone::adult(100 + number), "hexiang", Value::Null)
                            .await,
                    ),
                    2 | 3 => drop(borrower.link(&site).await.ok()),
                    _ => drop(borrower.tries_code(&site, "000000").await),
                }
                // Several sequencers at once, in the middle of everything.
                ledger::advance(&site.ctx).await.map(drop)
            });
        }
        while let Some(done) = tasks.join_next().await {
            done.expect("no task panics")
                .expect("a sequencer that came second is no error");
        }
        app.settle().await;
        let rows = rows(app, ANHE).await;
        assert!(rows.len() > 20 * 4 + 5 * 4);
        let mut cases: BTreeMap<&str, i64> = BTreeMap::new();
        for (index, row) in (0..).zip(&rows) {
            assert_eq!(row.log_index, Some(index));
            let last = cases.entry(&row.case_id).or_default();
            *last += 1;
            assert_eq!(row.case_no, *last, "{} follows its own order", row.case_id);
        }
        let published = checkpoint(app, ANHE).await;
        assert_eq!(published.size, rows.len() as u64);
        assert_eq!(published.root, root(&leaves(&rows)));
    });
}

#[test]
fn each_checkpoint_extends_the_one_before() {
    TestApp::run(async |app| {
        let mut seen = vec![checkpoint(app, ANHE).await];
        // Past 256 entries, so that partial tiles become full ones on the way.
        for (from, count) in [(1, 1), (2, 3), (5, 20), (25, 40), (65, 5)] {
            grow(app, from, count).await;
            app.prove().await;
            seen.push(checkpoint(app, ANHE).await);
        }
        let last = seen.last().expect("a checkpoint").clone();
        assert!(last.size > 256 && seen[0].size < 256);
        for pair in seen.windows(2) {
            let [old, new] = pair else { continue };
            assert!(old.size < new.size);
            let needed = tiles_needed(|reader| consistency_path(old.size, new.size, reader));
            let mut tiles = TileMap::default();
            for id in needed.expect("sizes in order") {
                tiles.0.insert(id, tile(app, ANHE, id).await);
            }
            let path = consistency_path(old.size, new.size, &tiles).expect("a path");
            verify_consistency(old.size, &old.root, new.size, &new.root, &path)
                .expect("it extends");
            let mut other = old.root;
            other[0] ^= 1;
            assert!(verify_consistency(old.size, &other, new.size, &new.root, &path).is_err());
        }
        // Nothing happened: nothing is published.
        app.prove().await;
        assert_eq!(checkpoint(app, ANHE).await, last);
    });
}

#[test]
fn tiles_over_http_are_the_ones_made_from_scratch() {
    TestApp::run(async |app| {
        grow(app, 1, 30).await;
        app.prove().await;
        grow(app, 31, 40).await;
        app.prove().await;
        let rows = rows(app, ANHE).await;
        let leaves = leaves(&rows);
        let size = leaves.len() as u64;
        assert_eq!(checkpoint(app, ANHE).await.size, size);
        let wide = proof::tile::WIDTH as usize;
        let mut levels = 0;
        for id in new_tiles(0, size) {
            let span = wide.pow(u32::from(id.level));
            let first = id.index as usize * wide;
            let hashes: Vec<Hash> = (first..first + id.width as usize)
                .map(|i| root(&leaves[i * span..(i + 1) * span]))
                .collect();
            assert_eq!(
                tile(app, ANHE, id).await,
                hashes.as_flattened(),
                "{}",
                id.path()
            );
            levels = levels.max(id.level);
        }
        assert_eq!(levels, 1, "a level above the leaves was compared too");
        let mut entries = Vec::new();
        for (index, chunk) in (0..).zip(rows.chunks(wide)) {
            let path = entries_path(index, chunk.len() as u32);
            let bytes = app.get(&format!("/log/{ANHE}/{path}")).await.ok().bytes;
            entries.extend(decode_entries(&bytes).expect("entries"));
        }
        assert_eq!(entries.len(), rows.len());
        for (entry, row) in entries.iter().zip(&rows) {
            assert_eq!(entry, &[&[1][..], &row.commitment].concat());
        }
    });
}

#[test]
fn every_fact_of_a_case_is_proved_to_whoever_asks() {
    TestApp::run(async |app| {
        let lender = Partner::of(app, ANHE);
        let opened = lender
            .opens(app, &Someone::adult(1), "hexiang", loan())
            .await;
        Borrower::with(&opened.url).completes(app, &opened.id).await;
        let staff = Staff::signs_in(app, "luoyifan").await;
        let timeline = format!("/api/console/journeys/{}/timeline", opened.id);
        let before = staff.get(app, &timeline).await.ok().json();
        assert!(
            before["rows"]
                .as_array()
                .expect("rows")
                .iter()
                .all(|row| row["state"] == "committed")
        );
        staff
            .get(app, &format!("{timeline}/1/proof"))
            .await
            .refused(404, "not_found");
        app.settle().await;
        grow(app, 10, 3).await;
        app.prove().await;
        let known = checkpoint(app, ANHE).await;
        let rows = staff.get(app, &timeline).await.ok().json()["rows"]
            .as_array()
            .expect("rows")
            .clone();
        assert!(rows.len() >= 10);
        let mut prev: Option<Hash> = None;
        for (no, row) in (1..).zip(&rows) {
            assert_eq!(
                (row["no"].as_u64(), &row["state"]),
                (Some(no), &Value::from("proved"))
            );
            let proof = staff
                .get(app, &format!("{timeline}/{no}/proof"))
                .await
                .ok()
                .json();
            let text = |key: &str| proof[key].as_str().expect("text").to_owned();
            let hash = |hexed: &str| -> Hash { hex::decode32(hexed).expect("32 bytes") };
            let commitment = proof::fact::commitment(&hash(&text("salt")), text("fact").as_bytes());
            assert_eq!(
                hex::encode(&commitment),
                row["commitment"].as_str().expect("hex")
            );
            let path: Vec<Hash> = proof["path"]
                .as_array()
                .expect("a path")
                .iter()
                .map(|h| hash(h.as_str().expect("hex")))
                .collect();
            let index = proof["index"].as_u64().expect("an index");
            assert_eq!(row["entry"].as_u64(), Some(index));
            let leaf = leaf_hash(&proof::fact::entry(&commitment));
            verify_inclusion(&leaf, index, known.size, &path, &known.root).expect("proved");
            assert!(verify_inclusion(&leaf, index + 1, known.size, &path, &known.root).is_err());
            let fact = proof::fact::Fact::parse(text("fact").as_bytes()).expect("a fact");
            assert_eq!(
                (fact.case.as_str(), fact.case_no, fact.prev),
                (opened.id.as_str(), no, prev)
            );
            assert_eq!(&fact.data, &row["data"]);
            prev = Some(commitment);
        }
    });
}

#[test]
fn a_fact_is_proved_within_a_second() {
    TestApp::run(async |app| {
        let stop = std::sync::Arc::new(tokio::sync::Notify::new());
        let told = stop.clone();
        let sequencer = tokio::spawn(ledger::run(app.ctx.clone(), async move {
            told.notified().await
        }));
        let lender = Partner::of(app, ANHE);
        // The lease of whoever made the template is over.
        app.advance_ms(11_000);
        let opened = lender
            .opens(app, &Someone::adult(1), "hexiang", Value::Null)
            .await;
        let begun = std::time::Instant::now();
        while lender
            .missing(app, &opened.id)
            .await
            .contains(&"evidence_not_proved".to_owned())
        {
            assert!(begun.elapsed().as_secs() < 20, "never proved");
            xiaobao::clock::pause(std::time::Duration::from_millis(20)).await;
        }
        // A busy machine may take longer than the second it takes otherwise, not a multiple of it.
        assert!(begun.elapsed().as_millis() < 5_000, "{:?}", begun.elapsed());
        stop.notify_one();
        sequencer.await.expect("it ends when told");
        let view = app.ctx.db.read(Scope::Unscoped).await.expect("a view");
        drop(view);
        // Whoever publishes next waits for the lease to end.
        app.advance_ms(11_000);
    });
}

#[test]
fn a_bundle_is_proved_offline_and_any_flipped_byte_is_named() {
    TestApp::run(async |app| {
        let lender = Partner::of(app, ANHE);
        let opened = lender
            .opens(app, &Someone::adult(1), "hexiang", loan())
            .await;
        let path = format!("/v1/journeys/{}/bundle", opened.id);
        lender
            .get(app, &path)
            .await
            .refused(409, "evidence_not_proved");
        Borrower::with(&opened.url).completes(app, &opened.id).await;
        app.settle().await;
        let bundle = lender.bundle(app, &opened.id).await;
        let mut trust = Trust::none();
        trust.add(log_key(app, ANHE).await);
        let report = proof::bundle::verify(&bundle, &trust);
        assert_eq!(
            (report.verdict, &report.failures),
            (Verdict::Proved, &vec![])
        );
        assert_eq!(report.case.as_deref(), Some(opened.id.as_str()));
        let kinds: Vec<&str> = report
            .facts
            .iter()
            .filter_map(|fact| fact.kind.as_deref())
            .collect();
        for kind in [
            "journey.opened.v1",
            "disclosure.shown.v1",
            "disclosure.confirmed.v1",
            "journey.completed.v1",
        ] {
            assert!(kinds.contains(&kind), "{kind} in {kinds:?}");
        }
        let names: Vec<&str> = report
            .documents
            .iter()
            .map(|document| document.name.as_str())
            .collect();
        assert_eq!(names, ["cost-sheet.json", "cost-sheet.pdf", "terms.json"]);
        assert!(
            report
                .documents
                .iter()
                .all(|document| !document.bound_by.is_empty())
        );

        // Without the key from outside nobody knows who signed; with another's key neither.
        assert_eq!(
            proof::bundle::verify(&bundle, &Trust::none()).verdict,
            Verdict::Consistent
        );
        let mut others = Trust::none();
        others.add(log_key(app, JIANGLAN).await);
        assert_ne!(
            proof::bundle::verify(&bundle, &others).verdict,
            Verdict::Proved
        );

        // Offsets spread over the whole file, a different bit each time.
        let step = bundle.len() / 200 + 1;
        for (turn, at) in (0..bundle.len()).step_by(step).enumerate() {
            let mut flipped = bundle.clone();
            flipped[at] ^= 1 << (turn % 8);
            let report = proof::bundle::verify(&flipped, &trust);
            assert_eq!(report.verdict, Verdict::Failed, "byte {at}");
            let finding = report
                .failures
                .first()
                .unwrap_or_else(|| panic!("byte {at} is not named"));
            assert!(!finding.part.is_empty() && !finding.zh.is_empty() && !finding.en.is_empty());
        }
        let cut = proof::bundle::verify(&bundle[..bundle.len() - 1], &trust);
        assert_eq!(cut.verdict, Verdict::Failed);
        // The console gives the same file.
        let staff = Staff::signs_in(app, "luoyifan").await;
        let theirs = staff
            .get(app, &format!("/api/console/journeys/{}/bundle", opened.id))
            .await
            .ok();
        assert_eq!(theirs.headers["content-type"], "application/zip");
        assert!(
            theirs.bytes == bundle,
            "canonical: the same evidence is the same file"
        );
    });
}
