//! Loan applications over HTTP: ours on both databases and a FastAPI peer by turns, under the same load on the same machine.

use crate::bench::{ROUND_SECONDS, ROUNDS, WEB_PEERS, peer};
use crate::command::Call;
use crate::marks::{Figures, number};
use crate::postgres::{Cluster, free_port};
use crate::steps::{Failure, Note, Result, While};
use crate::tools;
use crate::tree::Tree;
use std::net::TcpStream;
use std::process::{Child, Stdio};
use std::time::{Duration, Instant};

const CLIENTS: u32 = 32;
/// As many as the machine of the marks has cores.
const WORKERS: u32 = 2;
const START_MAX: Duration = Duration::from_secs(30);
const WHOSE: [&str; 3] = ["fastapi", "postgres", "sqlite"];

/// Measures by turns, because a disk's own speed flips between minutes; the middle round of each counts.
pub fn run(tree: &Tree, cluster: &Cluster, figures: &mut Figures) -> Result<Note> {
    let peer = Peer::start(tree, cluster)?;
    let mut rounds: Vec<(String, Vec<f64>)> = Vec::new();
    for _ in 0..ROUNDS {
        let against = load(tree).args(["--against", &peer.url]);
        let postgres = load(tree).env("XIAOBAO_BENCH_POSTGRES", cluster.url());
        for (whose, call) in WHOSE.into_iter().zip([against, postgres, load(tree)]) {
            let lines = call.watched(tree, &format!("bench-intake-{whose}"))?;
            for (name, value) in Figures::default().take(&lines) {
                match rounds.iter_mut().find(|(known, _)| *known == name) {
                    Some((_, values)) => values.push(value),
                    None => rounds.push((name, vec![value])),
                }
            }
        }
    }
    for (name, values) in rounds {
        // A middle could hide a failure of one round.
        match name.ends_with("_failed") {
            true => figures.set(&name, values.iter().sum()),
            false => figures.set_middle(&name, values),
        }
    }
    let of = |name: String| figures.get(&name).map_or("?".into(), number);
    let said = WHOSE.map(|whose| {
        let (rate, p99) = (
            of(format!("intake.{whose}")),
            of(format!("intake.{whose}_p99_ms")),
        );
        let failed = of(format!("intake.{whose}_failed"));
        format!("{whose} {rate}/s, p99 {p99} ms, {failed} failed")
    });
    Ok(said.join("; ").into())
}

fn load(tree: &Tree) -> Call {
    Call::new(tree.built("release", "examples/measure"))
        .arg("intake")
        .args(["--clients", &CLIENTS.to_string()])
        .args(["--seconds", &ROUND_SECONDS.to_string()])
        .dir(&tree.root)
}

/// The peer as it would be run: uvicorn with uvloop and httptools; it ends with the value.
struct Peer {
    child: Child,
    url: String,
}

impl Peer {
    fn start(tree: &Tree, cluster: &Cluster) -> Result<Self> {
        let python = tools::venv(tree, "web-peers", &WEB_PEERS)?;
        let drop = cluster.client("dropdb").args(["--if-exists", "intake"]);
        drop.text()?;
        cluster.client("createdb").arg("intake").text()?;
        let address = cluster.url();
        let (server, _) = address
            .rsplit_once('/')
            .ok_or_else(|| Failure::new("an address ends in a name"))?;
        let port = free_port()?;
        let log = tree.logs().join("intake-peer.log");
        let log = std::fs::File::create(&log).could_not(format!("write {}", log.display()))?;
        let errors = log.try_clone().could_not("share the log")?;
        let child = Call::new(python)
            .args(["-m", "uvicorn", "intake:app", "--host", "127.0.0.1"])
            .args([
                "--port",
                &port.to_string(),
                "--workers",
                &WORKERS.to_string(),
            ])
            .args(["--loop", "uvloop", "--http", "httptools"])
            .args(["--no-access-log", "--log-level", "warning"])
            .arg("--app-dir")
            .arg(peer("intake.py").with_file_name(""))
            .env("DATABASE_URL", format!("{server}/intake"))
            .env("PYTHONDONTWRITEBYTECODE", "1")
            .bare()
            .stdout(log)
            .stderr(Stdio::from(errors))
            .spawn()
            .could_not("start uvicorn")?;
        let mut started = Self {
            child,
            url: format!("http://127.0.0.1:{port}"),
        };
        started.wait(port)?;
        Ok(started)
    }

    fn wait(&mut self, port: u16) -> Result<()> {
        let begun = Instant::now();
        while begun.elapsed() < START_MAX {
            if let Some(status) = self.child.try_wait().could_not("ask after uvicorn")? {
                return Err(Failure::new(format!("uvicorn ended at once: {status}"))
                    .fix("tail target/dev-logs/intake-peer.log"));
            }
            if TcpStream::connect(("127.0.0.1", port)).is_ok() {
                return Ok(());
            }
            std::thread::sleep(Duration::from_millis(100));
        }
        Err(Failure::new("uvicorn did not listen within 30 seconds"))
    }
}

impl Drop for Peer {
    fn drop(&mut self) {
        // The supervisor ends its workers when it is asked to; killed it would leave them behind.
        let pid = self.child.id().to_string();
        let asked = Call::new("kill").arg(pid).holds();
        if !asked {
            let _ = self.child.kill();
        }
        let _ = self.child.wait();
    }
}
