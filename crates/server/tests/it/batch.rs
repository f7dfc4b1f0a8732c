//! Files in and out, in a folder that house and lender share.

use std::fs;
use std::path::{Path, PathBuf};

use axum::http::Method;
use serde_json::{Value, json};
use xiaobao::batch;
use xiaobao::config::Exchange;

use crate::actors::{ANHE, JIANGLAN, Partner, Someone, Staff, loan};
use crate::app::TestApp;
use crate::living::of_all_trades;

const HOUR_MS: u64 = 3_600_000;

/// The lender's side of an exchange.
pub struct Lender {
    pub root: PathBuf,
}

impl Lender {
    /// Connects anhe's folder.
    pub async fn connects(app: &mut TestApp) -> Self {
        let root = app.folder.join("lender");
        let folder = root.clone();
        app.reconfigure(|config| {
            config.batch.exchanges = vec![Exchange {
                institution: ANHE.to_owned(),
                folder,
                sftp: None,
            }];
        })
        .await;
        for side in ["in", "out"] {
            fs::create_dir_all(root.join(side)).expect("a folder");
        }
        Self { root }
    }

    /// Names in a folder, sorted.
    pub fn names(&self, side: &str) -> Vec<String> {
        let entries = fs::read_dir(self.root.join(side)).expect("a folder");
        let mut names: Vec<String> = entries
            .map(|entry| {
                entry
                    .expect("an entry")
                    .file_name()
                    .into_string()
                    .expect("a name")
            })
            .collect();
        names.sort();
        names
    }

    pub fn reads(&self, name: &str) -> String {
        fs::read_to_string(self.root.join("out").join(name)).expect(name)
    }

    /// Drops a file with a manifest that is right.
    pub fn drops(&self, name: &str, text: &str) {
        let rows = text.lines().count() - 1;
        let said = manifest(name, text, rows);
        put(&self.root.join("in"), name, text);
        put(
            &self.root.join("in"),
            &format!("{name}.manifest.json"),
            &said,
        );
    }

    /// Result lines of a file, split, without the header.
    pub fn results(&self, name: &str) -> Vec<Vec<String>> {
        let text = self.reads(name);
        let mut reader = csv::Reader::from_reader(text.as_bytes());
        let header: Vec<&str> = reader.headers().expect("a header").iter().collect();
        assert_eq!(
            header,
            [
                "row",
                "outcome",
                "code",
                "field",
                "journey",
                "link",
                "message_zh",
                "message_en"
            ]
        );
        reader
            .records()
            .map(|record| record.expect("a row").iter().map(str::to_owned).collect())
            .collect()
    }

    /// Outcome, code and field of each row.
    pub fn outcomes(&self, name: &str) -> Vec<String> {
        let rows = self.results(name);
        rows.iter()
            .map(|row| row[1..4].join(" ").trim().to_owned())
            .collect()
    }
}

pub fn put(folder: &Path, name: &str, text: &str) {
    fs::write(folder.join(name), text).expect("written");
}

pub fn sha256(text: &str) -> String {
    proof::hex::encode(&proof::digest::sha256(text.as_bytes()))
}

pub fn manifest(name: &str, text: &str, rows: usize) -> String {
    json!({ "v": 1, "files": [{ "name": name, "rows": rows, "sha256": sha256(text) }] }).to_string()
}

/// One look at every exchange that is due, and whatever follows.
pub async fn looks(app: &TestApp) {
    app.advance_ms(60_000);
    batch::advance(&app.ctx).await.expect("a turn");
    app.run_jobs().await;
}

pub async fn rows(app: &TestApp, staff: &Staff, path: &str) -> Vec<Value> {
    let path = format!("/api/console/batches/{path}");
    let page = staff.get(app, &path).await.ok().json();
    page["rows"].as_array().expect("rows").clone()
}

#[test]
fn a_day_goes_out_whole_once_it_is_over() {
    TestApp::run(async |app| {
        let lender = Lender::connects(app).await;
        let someone = Someone::adult(1);
        let opened = Partner::of(app, ANHE)
            .opens(app, &someone, "hexiang", loan())
            .await;
        app.prove().await;
        looks(app).await;
        // The day before the test's first: nothing of today is in it.
        assert_eq!(
            lender.names("out"),
            [
                "consents-20261120-1.csv",
                "journeys-20261120-1.csv",
                "manifest-20261120-1.json",
                "reconciliation-20261120-1.csv",
                "refusals-20261120-1.csv"
            ]
        );
        assert_eq!(lender.reads("journeys-20261120-1.csv").lines().count(), 1);

        // 2026-11-22 01:00: too early. 02:00: yesterday, once.
        app.advance_ms(15 * HOUR_MS);
        looks(app).await;
        assert_eq!(lender.names("out").len(), 5);
        app.advance_ms(HOUR_MS);
        looks(app).await;
        looks(app).await;
        assert_eq!(lender.names("out").len(), 10);
        let journeys = lender.reads("journeys-20261121-1.csv");
        let lines: Vec<&str> = journeys.lines().collect();
        assert_eq!(
            lines[0],
            "journey,reference,kind,line,product,product_version,state,principal,periods,composite_ppm,terms_digest,created_at,updated_at"
        );
        let ours = lines.iter().find(|line| line.starts_with(&opened.id));
        let began = format!("{},LN-2026-0001,loan,,hexiang,", opened.id);
        let stands = |line: &&str| line.starts_with(&began) && line.contains(",open,2000000,12,");
        assert!(ours.is_some_and(stands), "{lines:?}");
        for name in lender.names("out") {
            let text = lender.reads(&name);
            for private in [&someone.name, &someone.id_number, &someone.phone] {
                assert!(!text.contains(private.as_str()), "{name} names a person");
            }
        }
        let manifest: Value =
            serde_json::from_str(&lender.reads("manifest-20261121-1.json")).expect("JSON");
        for file in manifest["files"].as_array().expect("files") {
            let text = lender.reads(file["name"].as_str().expect("a name"));
            assert_eq!(file["sha256"], sha256(&text).as_str());
            assert_eq!(file["rows"], text.lines().count() - 1);
            assert_eq!(file["bytes"], text.len());
        }
        let (from, to) = (&manifest["log"]["from"], &manifest["log"]["to"]);
        assert!(from.as_i64() < to.as_i64(), "{manifest}");
        let note = manifest["log"]["checkpoint"].as_str().expect("a note");
        let size: i64 = note
            .lines()
            .nth(1)
            .expect("a size")
            .parse()
            .expect("a number");
        assert!(
            size >= to.as_i64().expect("a number"),
            "the checkpoint covers it"
        );
        assert_eq!(app.facts("", "batch.made.v1").await, 2);
        assert_eq!(app.facts("", "batch.delivered.v1").await, 2);

        // Three days without the program: each comes, the next begins where the last ended.
        app.advance_ms(72 * HOUR_MS);
        looks(app).await;
        let staff = Staff::signs_in(app, "heyun").await;
        let sent = rows(app, &staff, "outgoing").await;
        let days: Vec<&str> = sent
            .iter()
            .map(|row| row["day"].as_str().expect("a day"))
            .collect();
        assert_eq!(
            days,
            [
                "2026-11-24",
                "2026-11-23",
                "2026-11-22",
                "2026-11-21",
                "2026-11-20"
            ]
        );
        let older = rows(app, &staff, "outgoing?after=2026-11-22.1&limit=1").await;
        assert_eq!(older[0], sent[3]);
        for pair in sent.windows(2) {
            assert_eq!(pair[0]["from"], pair[1]["to"]);
        }
    });
}

#[test]
fn a_batch_is_made_once_and_delivered_when_the_place_is_there() {
    TestApp::run(async |app| {
        let lender = Lender::connects(app).await;
        fs::remove_dir_all(&lender.root).expect("gone");
        fs::write(&lender.root, "no folder").expect("written");
        looks(app).await;
        let staff = Staff::signs_in(app, "heyun").await;
        let state = async || {
            staff
                .get(app, "/api/console/batches/exchange")
                .await
                .ok()
                .json()
        };
        let troubled = state().await;
        assert_eq!(troubled["kind"], "folder");
        assert_eq!(troubled["trouble"]["code"], "exchange_folder");
        let since = troubled["trouble"]["since_ms"].clone();
        looks(app).await;
        assert_eq!(
            state().await["trouble"]["since_ms"],
            since,
            "since the beginning"
        );
        let made = rows(app, &staff, "outgoing").await;
        assert_eq!((made.len(), &made[0]["delivered_at_ms"]), (1, &Value::Null));

        fs::remove_file(&lender.root).expect("gone");
        looks(app).await;
        assert_eq!(state().await["trouble"], Value::Null);
        assert_eq!(lender.names("out").len(), 5);
        let id = made[0]["id"].as_str().expect("an id").to_owned();
        let path = format!("/api/console/batches/outgoing/{id}");
        let one = staff.get(app, &path).await.ok().json();
        let name = one["files"][0]["name"].as_str().expect("a name").to_owned();
        let file = staff.get(app, &format!("{path}/files/{name}")).await.ok();
        assert_eq!(file.text(), lender.reads(&name));
        staff
            .get(app, &format!("{path}/files/else.csv"))
            .await
            .refused(404, "not_found");

        // Once more, on request: the same files.
        fs::remove_file(lender.root.join("out").join(&name)).expect("gone");
        let send = format!("{path}/send");
        staff
            .send(app, Method::POST, &send, Some(&json!({})))
            .await
            .ok();
        staff
            .send(app, Method::POST, &send, Some(&json!({})))
            .await
            .refused(409, "batch_not_delivered");
        looks(app).await;
        assert_eq!(file.text(), lender.reads(&name));
        assert_eq!(app.facts(&id, "batch.delivered.v1").await, 2);
        assert_eq!(app.facts(&id, "batch.sent_again.v1").await, 1);
        assert_eq!(app.facts("", "batch.made.v1").await, 1);

        let foreign = of_all_trades(app, JIANGLAN).await;
        for path in [path.clone(), format!("{path}/files/{name}")] {
            foreign.get(app, &path).await.refused(404, "not_found");
        }
        foreign
            .send(app, Method::POST, &send, Some(&json!({})))
            .await
            .refused(404, "not_found");
        assert_eq!(rows(app, &foreign, "outgoing").await.len(), 0);
        let none = foreign
            .get(app, "/api/console/batches/exchange")
            .await
            .ok()
            .json();
        assert_eq!(none["kind"], "none");
    });
}
