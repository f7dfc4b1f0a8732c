//! The real program, killed at any moment under load: nothing that was answered is lost, nothing is half-done.

use std::collections::BTreeMap;
use std::path::Path;
use std::process::Stdio;
use std::time::Duration;

use rand::rngs::StdRng;
use rand::{RngExt as _, SeedableRng as _};
use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt as _, BufReader};
use tokio::process::{Child, Command};
use xiaobao::app::Demo;

use crate::actors::{ANHE, Someone, journey_of, loan};
use crate::template;

pub const PROGRAM: &str = env!("CARGO_BIN_EXE_xiaobao");
/// On a free port, saying how to get in.
pub const SERVE: [&str; 6] = ["serve", "--demo", "--port", "0", "--print", "json"];
/// How often the program is killed, and how many callers it has.
const DEATHS: u32 = 4;
const CALLERS: u32 = 4;

/// A running program and how to get in.
pub struct Running {
    pub child: Child,
    pub demo: Demo,
}

impl Running {
    /// Ends it as a power cut would.
    pub async fn dies(mut self) {
        self.child.start_kill().expect("killed");
        self.child.wait().await.expect("gone");
    }
}

fn command(data: &Path, database: &(String, String)) -> Command {
    settled(Command::new(PROGRAM), data, database)
}

/// A command that will run the program, told where its house is.
pub fn settled(mut command: Command, data: &Path, (database, owner): &(String, String)) -> Command {
    command
        .env("XIAOBAO__DATA__FOLDER", data)
        .env("XIAOBAO__DATABASE__URL", database)
        .env("XIAOBAO__DATABASE__OWNER_URL", owner)
        .env("XIAOBAO__LOG__FILTER", "error")
        .stdin(Stdio::null())
        .kill_on_drop(true);
    command
}

pub async fn begin(data: &Path, database: &(String, String)) -> Running {
    let mut command = command(data, database);
    command.args(SERVE);
    serving(command).await
}

/// Starts the program and reads how to get in.
pub async fn serving(mut command: Command) -> Running {
    let mut child = command
        .stdout(Stdio::piped())
        .spawn()
        .expect("the program starts");
    let mut lines = BufReader::new(child.stdout.take().expect("its output")).lines();
    let line = lines
        .next_line()
        .await
        .expect("its output")
        .expect("a line before it ends");
    let demo = serde_json::from_str(&line).unwrap_or_else(|_| panic!("not how to get in: {line}"));
    Running { child, demo }
}

/// What was asked, by idempotency key, and the id that was answered, if an answer came.
type Asked = BTreeMap<String, (Value, Option<String>)>;

/// One lender's system that opens journeys one after the other until nobody answers any more.
async fn call(client: reqwest::Client, demo: Demo, caller: u32, from: u32) -> Asked {
    let key = demo
        .api_keys
        .iter()
        .find(|key| key.institution == ANHE)
        .expect("the demo's key")
        .key
        .clone();
    let mut asked = Asked::new();
    for number in from.. {
        let someone = Someone::adult(caller * 1_000 + number);
        let price = if number % 3 == 0 { loan() } else { Value::Null };
        let body = journey_of(&someone, "hexiang_fixed", price);
        let idempotency = format!("killed-{caller}-{number}");
        asked.insert(idempotency.clone(), (body.clone(), None));
        let sent = client
            .post(format!("{}/v1/journeys", demo.url))
            .bearer_auth(&key)
            .header("idempotency-key", &idempotency)
            .json(&body)
            .send()
            .await;
        let Ok(answer) = sent else { break };
        let status = answer.status();
        let Ok(opened) = answer.json::<Value>().await else {
            break;
        };
        assert_eq!(status, 201, "{opened}");
        let (id, url) = (
            opened["id"].as_str().expect("an id"),
            opened["link"]["url"].as_str().expect("a link"),
        );
        asked.insert(idempotency, (body, Some(id.to_owned())));
        // Codes make jobs, jobs make facts: something is always under way.
        let token = url.split_once("/j/").expect("a link").1;
        let code = client
            .post(format!("{}/api/h5/link/code", demo.url))
            .json(&json!({ "token": token }))
            .send();
        if code.await.is_err() {
            break;
        }
    }
    asked
}

/// Every journey that was answered is there; one whose answer got lost was opened once or never.
async fn nothing_is_lost(client: &reqwest::Client, demo: &Demo, asked: &Asked) {
    let key = &demo
        .api_keys
        .iter()
        .find(|key| key.institution == ANHE)
        .expect("the demo's key")
        .key;
    for (idempotency, (body, id)) in asked {
        let again = client
            .post(format!("{}/v1/journeys", demo.url))
            .bearer_auth(key)
            .header("idempotency-key", idempotency)
            .json(body)
            .send()
            .await
            .expect("an answer");
        let status = again.status().as_u16();
        let found: Value = again.json().await.expect("JSON");
        match id {
            Some(id) => assert_eq!(
                (status, found["id"].as_str()),
                (200, Some(id.as_str())),
                "{found}"
            ),
            None => assert!(status == 200 || status == 201, "{found}"),
        }
        assert!(
            found["link"]["url"].is_string() && found["required"].is_array(),
            "nothing is half-done: {found}"
        );
        assert_eq!(
            found["sheet_digest"].is_null(),
            body["loan"].is_null(),
            "{found}"
        );
    }
}

#[test]
fn a_killed_program_loses_nothing_that_it_answered() {
    crate::app::on_runtime(async {
        let data = std::env::temp_dir().join(format!("xiaobao-it-killed-{}", std::process::id()));
        let postgres = std::env::var("XIAOBAO_TEST_POSTGRES").ok();
        let name = format!("xiaobao_it_killed_{}", std::process::id());
        let database = match &postgres {
            Some(admin) => template::empty_database(admin, &name).await,
            None => Default::default(),
        };
        // Another test of this process may have been first.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let client = reqwest::Client::builder()
            .timeout(Duration::from_secs(60))
            .build()
            .expect("a client");
        let mut dice = StdRng::seed_from_u64(20_261_121);
        let mut asked = Asked::new();
        for death in 0..DEATHS {
            let mut running = begin(&data, &database).await;
            nothing_is_lost(&client, &running.demo, &asked).await;
            let mut callers = tokio::task::JoinSet::new();
            for caller in 1..=CALLERS {
                callers.spawn(call(
                    client.clone(),
                    running.demo.clone(),
                    caller,
                    1 + death * 200,
                ));
            }
            xiaobao::clock::pause(Duration::from_millis(dice.random_range(50..1_200))).await;
            running.child.start_kill().expect("killed");
            running.child.wait().await.expect("gone");
            let before = answered(&asked);
            while let Some(mine) = callers.join_next().await {
                asked.append(&mut mine.expect("no caller panics"));
            }
            assert!(
                answered(&asked) > before,
                "it was under load when it was killed"
            );
        }
        let mut running = begin(&data, &database).await;
        nothing_is_lost(&client, &running.demo, &asked).await;
        running.child.start_kill().expect("killed");
        running.child.wait().await.expect("gone");

        let audit = command(&data, &database)
            .arg("audit")
            .output()
            .await
            .expect("the audit runs");
        let said = String::from_utf8_lossy(&audit.stdout);
        assert!(audit.status.success(), "{said}");
        assert!(
            said.trim_end().ends_with("3 logs audited, 0 faults"),
            "{said}"
        );
        std::fs::remove_dir_all(&data).expect("the test's folder goes away");
        if let Some(admin) = &postgres {
            template::drop_database(admin, &name).await;
        }
    });
}

fn answered(asked: &Asked) -> usize {
    asked.values().filter(|(_, id)| id.is_some()).count()
}
