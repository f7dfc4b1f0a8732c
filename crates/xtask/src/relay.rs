//! A TURN server on loopback, for pages that find no other way to each other.

use crate::command::Call;
use crate::postgres::{free_port, random_word};
use crate::steps::{Failure, Result, While};
use crate::tree::Tree;
use std::fs::{DirBuilder, File, OpenOptions};
use std::io::Write;
use std::net::TcpStream;
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::process::Child;
use std::time::{Duration, Instant};

/// How long it may take to listen.
const LISTENS_WITHIN: Duration = Duration::from_secs(20);

/// The relay and its folder; both end with the value.
pub struct Relay {
    server: Option<Child>,
    folder: PathBuf,
}

impl Relay {
    /// Starts coturn with a secret that is drawn anew.
    pub fn start(tree: &Tree) -> Result<Self> {
        let (port, secret) = (free_port()?, random_word()?);
        let folder = std::env::temp_dir().join(format!("xiaobao-relay-{}", std::process::id()));
        let _ = std::fs::remove_dir_all(&folder);
        DirBuilder::new()
            .mode(0o700)
            .create(&folder)
            .could_not("make the relay's folder")?;
        let mut relay = Self {
            server: None,
            folder,
        };
        let own = relay.folder.join("turnserver.conf");
        let place = relay.folder.display();
        keep(
            &own,
            &format!(
                "listening-ip=127.0.0.1\nrelay-ip=127.0.0.1\nlistening-port={port}\nrealm=xiaobao\n\
                 use-auth-secret\nstatic-auth-secret={secret}\nallow-loopback-peers\n\
                 no-tls\nno-dtls\nno-cli\nlog-file=stdout\nsimple-log\n\
                 userdb={place}/turndb\npidfile={place}/pid\n"
            ),
        )?;
        keep(
            &relay.settings(),
            &format!(
                "[recording.turn]\nurls = [\"turn:127.0.0.1:{port}\"]\nsecret = \"{secret}\"\n"
            ),
        )?;
        std::fs::create_dir_all(tree.logs()).could_not("make the log folder")?;
        let log = File::create(tree.logs().join("relay.log")).could_not("write relay.log")?;
        // The signal ends the relay even when this process is killed.
        let call = Call::new("setpriv")
            .args(["--pdeathsig=TERM", "--", "turnserver", "-c"])
            .arg(&own);
        let line = call.line();
        let server = call.bare().stdout(log).spawn();
        relay.server = Some(server.could_not("start the relay")?);
        let started = Instant::now();
        while TcpStream::connect(("127.0.0.1", port)).is_err() {
            if started.elapsed() > LISTENS_WITHIN {
                return Err(Failure::new("the relay did not come to listen").fix(line));
            }
            std::thread::sleep(Duration::from_millis(50));
        }
        Ok(relay)
    }

    /// The configuration of a server whose pages use it.
    pub fn settings(&self) -> PathBuf {
        self.folder.join("relay.toml")
    }
}

/// Both files hold the secret.
fn keep(file: &Path, text: &str) -> Result<()> {
    OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(file)
        .and_then(|mut file| file.write_all(text.as_bytes()))
        .could_not(format!("write {}", file.display()))
}

impl Drop for Relay {
    fn drop(&mut self) {
        if let Some(server) = &mut self.server {
            let _ = server.kill();
            let _ = server.wait();
        }
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}
