//! The house that is killed: prepared by hand, served by the real program, and looked through at the end.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};

use rand::RngExt as _;
use rand::rngs::StdRng;
use serde_json::{Value, json};
use tokio::process::Command;
use xiaobao::access;
use xiaobao::app::{seed, start};
use xiaobao::clock::Clock;
use xiaobao::config::Config;
use xiaobao::db::Read as _;
use xiaobao::random::Random;
use xiaobao::values;

use super::phone::Phone;
use crate::actors::{ANHE, Borrower, Opened, Partner, Someone, Staff, institution_id, loan};
use crate::app::{Site, test_config};
use crate::consent::decides;
use crate::recording::script;
use crate::simulation::killed::{PROGRAM, Running, SERVE, begin, serving, settled};
use crate::steps::offers_with;
use crate::template;

/// The last steps before the real program serves are this long ago.
const PREPARED_BEFORE_MS: i64 = 15 * 60_000;
const MINUTE_MS: u64 = 60_000;

static HOUSES: AtomicU32 = AtomicU32::new(0);

/// A data folder and a database, with people who are about to record.
pub struct House {
    config: Config,
    /// Of the test's server, and the database's name there.
    postgres: Option<(String, String)>,
    people: Vec<(Opened, Borrower)>,
    recordings: Vec<String>,
    officer: String,
}

impl House {
    /// People who confirmed their sheet, each with a recording that was just begun.
    pub async fn prepared(people: u32) -> Self {
        let number = HOUSES.fetch_add(1, Ordering::SeqCst);
        let name = format!("xiaobao_it_filmed_{}_{number}", std::process::id());
        let mut config = test_config();
        config.data.folder = std::env::temp_dir().join(&name);
        let postgres = std::env::var("XIAOBAO_TEST_POSTGRES").ok();
        if let Some(admin) = &postgres {
            let (url, owner_url) = template::empty_database(admin, &name).await;
            (config.database.url, config.database.owner_url) = (url, owner_url);
        }
        let begins_ms = Clock::System.now_ms() - PREPARED_BEFORE_MS;
        let ctx = start(config.clone(), Clock::mock(begins_ms), Random::System).await;
        let site = Site::new(ctx.expect("the house opens"), None);
        let demo = seed(&site.ctx).await.expect("the demo world");
        let parts = json!({
            "required": ["personal_information_notice", "cost_disclosure", "recording"],
            "notices": ["pi_notice"],
            "recording": script(),
        });
        offers_with(&site.ctx, parts).await.expect("released");
        let key = demo.api_keys.iter().find(|key| key.institution == ANHE);
        let lender = Partner {
            key: key.expect("the demo's key").key.clone(),
        };
        let mut ready = Vec::new();
        let mut recordings = Vec::new();
        for number in 1..=people {
            let someone = Someone::adult(number);
            let opened = lender.opens(&site, &someone, "hexiang", loan()).await;
            let mut borrower = Borrower::with(&opened.url);
            borrower.enters(&site, &opened.id).await;
            decides(&borrower, &site, "pi_notice", "acknowledge").await;
            borrower.reads(&site).await;
            borrower.understands(&site).await;
            borrower.confirms(&site).await;
            let begun = json!({ "mode": "self_service" });
            let begun = borrower
                .post(&site, "/api/h5/recording/begin", &begun)
                .await;
            let id = begun.ok().json()["recording"]["id"].clone();
            recordings.push(id.as_str().expect("an id").to_owned());
            ready.push((opened, borrower));
        }
        let account = demo.accounts.iter().find(|one| one.account == "heyun");
        let account = account.expect("a demo account");
        let signed_in = Staff::tries(&site, ANHE, "heyun", &account.password).await;
        let officer = signed_in.ok().cookie(access::STAFF_COOKIE);
        assert!(
            site.ctx.clock.now_ms() < Clock::System.now_ms(),
            "time only runs forward"
        );
        Self {
            config,
            postgres: postgres.map(|admin| (admin, name)),
            people: ready,
            recordings,
            officer,
        }
    }

    pub fn phones(&self, dice: &mut StdRng) -> Vec<Phone> {
        let people = self.people.iter().zip(&self.recordings);
        (1..)
            .zip(people)
            .map(|(number, ((opened, borrower), recording))| {
                let cookie = borrower.cookie.clone().expect("who entered");
                let seed = dice.random();
                Phone::new(number, opened.id.clone(), cookie, recording.clone(), seed)
            })
            .collect()
    }

    fn folder(&self) -> &Path {
        &self.config.data.folder
    }

    /// The real program on this house.
    pub async fn begins(&self) -> Running {
        begin(self.folder(), &self.addresses()).await
    }

    /// The same, of which [`House::leaves_room`] may take the disk away.
    pub async fn begins_on_a_small_disk(&self) -> Running {
        // A file beyond the limit is an error like a full disk, and not the program's end.
        let mut shell = Command::new("sh");
        shell.args(["-c", "trap '' XFSZ; exec \"$0\" \"$@\"", PROGRAM]);
        shell.args(SERVE);
        serving(settled(shell, self.folder(), &self.addresses())).await
    }

    /// From now on no file of the program may grow beyond so many bytes; none: as they like.
    pub async fn leaves_room(running: &Running, bytes: Option<u64>) {
        let pid = running.child.id().expect("it runs").to_string();
        let most = bytes.map_or("unlimited".to_owned(), |bytes| bytes.to_string());
        let limit = format!("--fsize={most}:unlimited");
        let set = Command::new("prlimit")
            .args(["--pid", &pid, &limit])
            .status();
        assert!(set.await.expect("util-linux").success(), "{limit}");
    }

    fn addresses(&self) -> (String, String) {
        let database = &self.config.database;
        (database.url.clone(), database.owner_url.clone())
    }

    /// A colleague looks: every segment holds what was acknowledged, under the head that the page reckoned; and the film is
    /// what the page recorded, byte for byte.
    pub async fn looks_into(&self, url: &str, phone: &mut Phone) {
        let client = reqwest::Client::builder().no_proxy().build();
        let client = client.expect("a client");
        let cookie = format!("{}={}", access::STAFF_COOKIE, self.officer);
        let at = format!("{url}/api/console/recordings/{}", phone.recording);
        let asked = client.get(&at).header("cookie", &cookie).send().await;
        let page: Value = asked.expect("an answer").json().await.expect("JSON");
        let segments = page["segments"].as_array().expect("segments");
        assert_eq!(segments.len(), phone.segments.len(), "{}", phone.name());
        let posts = async |path: String| {
            let asked = client.post(format!("{at}{path}")).header("cookie", &cookie);
            let asked = asked.header("x-xiaobao", "1").json(&json!({}));
            let answer = asked.send().await.expect("an answer");
            assert_eq!(answer.status(), 200, "{path}");
            answer.bytes().await.expect("a whole answer")
        };
        posts("/open".to_owned()).await;
        let whose = phone.name();
        for (told, mine) in segments.iter().zip(&mut phone.segments) {
            let chunks = told["chunks"].as_u64().expect("a number") as usize;
            mine.must_fit(chunks, told["head"].as_str().expect("a head"), &whose);
            let sworn = told["sworn"].as_u64().expect("a number") as usize;
            assert!(sworn <= chunks, "{whose}: sworn to what never came");
            if mine.looked_at == chunks {
                continue;
            }
            let film = posts(format!("/segments/{}/media", mine.no)).await;
            assert!(
                film == mine.chunks[..chunks].concat(),
                "{whose}: another film"
            );
            mine.looked_at = chunks;
        }
    }

    /// Nobody comes back: what was received is sworn to, every recording ends, and nothing is left over.
    pub async fn closes(self, phones: &[Phone]) {
        let clock = Clock::mock(Clock::System.now_ms());
        let ctx = start(self.config.clone(), clock, Random::System).await;
        let site = Site::new(ctx.expect("the house opens"), None);
        // What a killed worker had in its hands comes back with its lease; then silence; then the sweep.
        for minutes in [6, 31, 11] {
            site.advance_ms(minutes * MINUTE_MS);
            site.settle().await;
        }
        for phone in phones {
            self.is_whole(&site, phone).await;
        }
        assert_eq!(site.faults().await, Vec::<String>::new());
        drop(site);
        std::fs::remove_dir_all(self.folder()).expect("the test's folder goes away");
        if let Some((admin, name)) = &self.postgres {
            template::drop_database(admin, name).await;
        }
    }

    async fn is_whole(&self, site: &Site, phone: &Phone) {
        let whose = phone.name();
        let institution = institution_id(site, ANHE).await;
        let view = site.ctx.db.read(&institution).await.expect("a view");
        let mine = |table: &str, column: &str| {
            format!(
                "SELECT {column} AS text FROM {table} WHERE institution_id = $1 AND recording_id = $2"
            )
        };
        let of = values![&institution, phone.recording.as_str()];
        let sql =
            "SELECT state AS text FROM recording_recordings WHERE institution_id = $1 AND id = $2";
        let state: Text = view
            .one(sql, of.clone())
            .await
            .expect("a query")
            .expect("a row");
        assert_eq!(state.text, "ended", "{whose}");
        let tries: Vec<Text> = view
            .all(&mine("recording_tries", "state"), of.clone())
            .await
            .expect("a query");
        assert!(
            tries.iter().all(|one| one.text != "checking"),
            "{whose}: {tries:?}"
        );

        let rows: Vec<Text> = view
            .all(&mine("recording_chunks", "file"), of)
            .await
            .expect("a query");
        let rows: BTreeSet<PathBuf> = rows.iter().map(|row| PathBuf::from(&row.text)).collect();
        let folder = self.folder().join(format!("blobs/recording/{institution}"));
        let entries = std::fs::read_dir(folder.join(&phone.recording)).expect("its folder");
        let files: BTreeSet<PathBuf> = entries
            .map(|one| Path::new(&phone.recording).join(one.expect("an entry").file_name()))
            .collect();
        assert_eq!(files, rows, "{whose}: as many files as rows");
        let kept: usize = phone.segments.iter().map(|one| one.acked).sum();
        assert_eq!(kept, rows.len(), "{whose}");

        let sql = "SELECT body FROM ledger_facts WHERE institution_id = $1 AND case_id = $2
             AND kind = 'recording.received.v1' ORDER BY case_no";
        let facts: Vec<Body> = view
            .all(sql, values![&institution, phone.journey.as_str()])
            .await
            .expect("a query");
        let mut sworn = vec![0; phone.segments.len()];
        for fact in facts {
            let data = proof::fact::Fact::parse(&fact.body).expect("a fact").data;
            let at = data["segment"].as_u64().expect("a number") as usize - 1;
            let chunks = data["chunks"].as_u64().expect("a number") as usize;
            assert!(chunks > sworn[at], "{whose}: sworn to twice, or back");
            assert_eq!(data["head"], phone.segments[at].head(chunks), "{whose}");
            sworn[at] = chunks;
        }
        let received: Vec<usize> = phone.segments.iter().map(|one| one.acked).collect();
        assert_eq!(sworn, received, "{whose}: every chunk is sworn to");
    }
}

#[derive(Debug, sea_orm::FromQueryResult)]
struct Text {
    text: String,
}

#[derive(sea_orm::FromQueryResult)]
struct Body {
    body: Vec<u8>,
}
