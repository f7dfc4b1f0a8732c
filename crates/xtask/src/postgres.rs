//! A private PostgreSQL cluster that lives as long as the value and leaves nothing behind.

use crate::command::Call;
use crate::steps::{Failure, Result, While};
use crate::tools;
use crate::tree::Tree;
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Stdio};
use std::time::{Duration, Instant};

const PREFIX: &str = "xiaobao-postgres-";

/// Whether a commit waits for the disk.
#[derive(Clone, Copy)]
pub enum Durability {
    /// As in production; for figures.
    Real,
    /// Fast, and lost with the machine; for tests.
    Off,
}

impl Durability {
    /// The folder of clusters: a real disk where that matters, memory where the system offers it.
    pub fn disk(self) -> PathBuf {
        match self {
            Durability::Real => "/var/tmp".into(),
            Durability::Off => std::env::temp_dir(),
        }
    }
}

/// A running cluster.
pub struct Cluster {
    server: Child,
    folder: PathBuf,
    programs: PathBuf,
    port: u16,
    password: String,
}

impl Cluster {
    /// Makes and starts a cluster with a superuser of its own on a free loopback port.
    pub fn start(tree: &Tree, durability: Durability) -> Result<Self> {
        clear_stale(durability.disk());
        let programs = tools::postgres_programs()
            .ok_or_else(|| Failure::new("PostgreSQL's programs were not found"))?;
        let folder = durability
            .disk()
            .join(format!("{PREFIX}{}", std::process::id()));
        make_private(&folder)?;
        let password = random_word()?;
        let secret = folder.join("password");
        write_private(&secret, &password)?;
        let data = folder.join("data");
        as_server(programs.join("initdb"))
            .args([
                "--username=postgres",
                "--auth=scram-sha-256",
                "--encoding=UTF8",
                "--locale=C.UTF-8",
            ])
            .arg("--no-instructions")
            .arg(format!("--pwfile={}", secret.display()))
            .arg("-D")
            .arg(&data)
            .watched(tree, "initdb")?;
        let port = free_port()?;
        let server = spawn(tree, &programs, &data, port, durability)?;
        let mut cluster = Self {
            server,
            folder,
            programs,
            port,
            password,
        };
        cluster.wait(tree)?;
        Ok(cluster)
    }

    /// The superuser's address.
    pub fn url(&self) -> String {
        format!(
            "postgres://postgres:{}@127.0.0.1:{}/postgres",
            self.password, self.port
        )
    }

    /// Runs a client program of PostgreSQL against the cluster.
    pub fn client(&self, name: &str) -> Call {
        Call::new(self.programs.join(name))
            .env("PGPASSWORD", &self.password)
            .args(["-h", "127.0.0.1", "-U", "postgres", "-p"])
            .arg(self.port.to_string())
    }

    fn wait(&mut self, tree: &Tree) -> Result<()> {
        let started = Instant::now();
        while started.elapsed() < Duration::from_secs(30) {
            if let Some(status) = self.server.try_wait().could_not("ask after PostgreSQL")? {
                return Err(Failure::new(format!("PostgreSQL ended at once: {status}"))
                    .fix(self.see_log(tree)));
            }
            if self.client("pg_isready").arg("--quiet").holds() {
                return Ok(());
            }
            std::thread::sleep(Duration::from_millis(100));
        }
        Err(Failure::new("PostgreSQL did not answer within 30 seconds").fix(self.see_log(tree)))
    }

    fn see_log(&self, tree: &Tree) -> String {
        format!("tail {}", tree.short(&tree.logs().join("postgres.log")))
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        let data = self.folder.join("data");
        let stopped = as_server(self.programs.join("pg_ctl"))
            .args(["stop", "-m", "immediate", "-D"])
            .arg(&data)
            .holds();
        if !stopped {
            // Already gone, or beyond asking.
            let _ = self.server.kill();
        }
        let _ = self.server.wait();
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}

/// A port of the loopback address that nobody uses now.
pub fn free_port() -> Result<u16> {
    let listener = TcpListener::bind(("127.0.0.1", 0)).could_not("find a free port")?;
    Ok(listener
        .local_addr()
        .could_not("read the free port")?
        .port())
}

/// PostgreSQL refuses to run as root, so there it runs as its own account.
fn as_server(program: PathBuf) -> Call {
    let call = match tools::is_root() {
        true => Call::new("setpriv")
            .args([
                "--reuid=postgres",
                "--regid=postgres",
                "--init-groups",
                "--pdeathsig=INT",
                "--",
            ])
            .arg(program),
        false => Call::new("setpriv")
            .args(["--pdeathsig=INT", "--"])
            .arg(program),
    };
    call.dir(Path::new("/"))
}

fn spawn(
    tree: &Tree,
    programs: &Path,
    data: &Path,
    port: u16,
    durability: Durability,
) -> Result<Child> {
    let log = tree.logs().join("postgres.log");
    let log = std::fs::File::create(&log).could_not(format!("write {}", log.display()))?;
    let mut call = as_server(programs.join("postgres"))
        .arg("-D")
        .arg(data)
        .args([
            "-c",
            "listen_addresses=127.0.0.1",
            "-c",
            "max_connections=400",
            "-c",
            "shared_buffers=256MB",
        ])
        .args(["-c", "unix_socket_directories=", "-c"])
        .arg(format!("port={port}"));
    if let Durability::Off = durability {
        call = call.args([
            "-c",
            "fsync=off",
            "-c",
            "synchronous_commit=off",
            "-c",
            "full_page_writes=off",
        ]);
    }
    let errors = log.try_clone().could_not("share the log")?;
    call.bare()
        .stdout(log)
        .stderr(Stdio::from(errors))
        .spawn()
        .could_not("start PostgreSQL")
}

/// Makes a folder only its owner may enter, owned by the account that runs the server.
fn make_private(folder: &Path) -> Result<()> {
    let mut call = Call::new("install").args(["-d", "-m", "700"]);
    if tools::is_root() {
        call = call.args(["-o", "postgres", "-g", "postgres"]);
    }
    call.arg(folder).text().map(drop)
}

fn write_private(file: &Path, text: &str) -> Result<()> {
    std::fs::write(file, text).could_not("write the cluster's password")?;
    if tools::is_root() {
        Call::new("chown").arg("postgres").arg(file).text()?;
    }
    Ok(())
}

pub fn random_word() -> Result<String> {
    use std::io::Read;
    let mut bytes = [0_u8; 16];
    std::fs::File::open("/dev/urandom")
        .and_then(|mut source| source.read_exact(&mut bytes))
        .could_not("draw a random password")?;
    Ok(bytes.iter().map(|byte| format!("{byte:02x}")).collect())
}

/// Removes what a killed run left behind.
fn clear_stale(disk: PathBuf) {
    for entry in std::fs::read_dir(disk).into_iter().flatten().flatten() {
        let name = entry.file_name().to_string_lossy().into_owned();
        let Some(process) = name.strip_prefix(PREFIX) else {
            continue;
        };
        if !Path::new("/proc").join(process).exists() {
            // Another account's leftovers are not ours to remove.
            let _ = std::fs::remove_dir_all(entry.path());
        }
    }
}
