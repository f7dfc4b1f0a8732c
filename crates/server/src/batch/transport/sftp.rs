//! A lender's SFTP server, through OpenSSH's own `sftp`: one session a call, the server's key pinned, our key from a file.

use std::fmt::Write as _;
use std::path::PathBuf;
use std::process::Stdio;
use std::time::Duration;

use tokio::fs;
use tokio::io::AsyncWriteExt as _;
use tokio::process::Command;

use super::{Found, Outcome, Trouble};
use crate::clock;
use crate::config::Sftp;
use crate::ctx::Ctx;
use crate::id;

/// A session that takes longer is broken off; well within a job's own time.
const SESSION_MAX: Duration = Duration::from_secs(100);

/// How this program reaches one server.
pub struct Session<'a> {
    ctx: &'a Ctx,
    server: &'a Sftp,
}

/// A folder of one session's files; whatever is left in it goes with it.
struct Desk(PathBuf);

impl Drop for Desk {
    fn drop(&mut self) {
        // Nothing can be done here; the names never come again.
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

impl<'a> Session<'a> {
    pub fn new(ctx: &'a Ctx, server: &'a Sftp) -> Self {
        Self { ctx, server }
    }

    pub async fn list(&self, side: &str) -> Outcome<Vec<Found>> {
        let desk = self.desk().await?;
        let said = self
            .run(
                &desk,
                &format!("-mkdir {0}\nls -ln {0}\n", self.folder(side)),
            )
            .await?;
        Ok(said.lines().filter_map(listed).collect())
    }

    pub async fn get(&self, side: &str, name: &str, bytes_max: u64) -> Outcome<Vec<u8>> {
        let desk = self.desk().await?;
        let local = desk.0.join("got");
        let lines = format!("get {}/{name} {}\n", self.folder(side), quoted(&local));
        self.run(&desk, &lines).await?;
        let about = fs::metadata(&local).await.map_err(|_| Trouble::Failed)?;
        if about.len() > bytes_max {
            return Ok(vec![
                0;
                usize::try_from(bytes_max + 1).unwrap_or(usize::MAX)
            ]);
        }
        fs::read(&local).await.map_err(|_| Trouble::Failed)
    }

    pub async fn put(&self, side: &str, files: &[(String, Vec<u8>)]) -> Outcome<()> {
        let desk = self.desk().await?;
        let folder = self.folder(side);
        let mut lines = format!("-mkdir {folder}\n");
        for (no, (name, bytes)) in files.iter().enumerate() {
            let local = desk.0.join(no.to_string());
            fs::write(&local, bytes)
                .await
                .map_err(|_| Trouble::Failed)?;
            let partial = format!("{folder}/.{name}.partial");
            // Servers without OpenSSH's extension don't rename onto a file that is there.
            let _ = writeln!(lines, "put {} {partial}", quoted(&local));
            let _ = writeln!(
                lines,
                "-rm {folder}/{name}\nrename {partial} {folder}/{name}"
            );
        }
        self.run(&desk, &lines).await.map(drop)
    }

    pub async fn remove(&self, side: &str, name: &str) -> Outcome<()> {
        let desk = self.desk().await?;
        let lines = format!("rm {}/{name}\n", self.folder(side));
        self.run(&desk, &lines).await.map(drop)
    }

    pub async fn rename(&self, side: &str, from: &str, to: &str) -> Outcome<()> {
        let desk = self.desk().await?;
        let folder = self.folder(side);
        let lines = format!("-rm {folder}/{to}\nrename {folder}/{from} {folder}/{to}\n");
        self.run(&desk, &lines).await.map(drop)
    }

    /// The configuration holds no character that would need quotes.
    fn folder(&self, side: &str) -> String {
        format!("{}/{side}", self.server.folder.trim_end_matches('/'))
    }

    /// Files with particulars of people lie here for as long as one session, in a folder of this account alone.
    async fn desk(&self) -> Outcome<Desk> {
        let all = self.ctx.config.data.folder.join("exchange");
        let own = id::body(self.ctx.clock.now_ms(), &self.ctx.random);
        let desk = Desk(all.join(own));
        fs::create_dir_all(&desk.0)
            .await
            .map_err(|_| Trouble::Failed)?;
        let host = match self.server.port {
            22 => self.server.host.clone(),
            port => format!("[{}]:{port}", self.server.host),
        };
        let known = format!("{host} {}\n", self.server.host_key);
        fs::write(desk.0.join("known_hosts"), known)
            .await
            .map_err(|_| Trouble::Failed)?;
        Ok(desk)
    }

    async fn run(&self, desk: &Desk, lines: &str) -> Outcome<String> {
        let known = quoted(&desk.0.join("known_hosts"));
        let port = self.server.port.to_string();
        let mut command = Command::new("sftp");
        command
            .args(["-b", "-", "-F", "none", "-P", &port])
            .arg("-i")
            .arg(&self.server.key_file);
        for option in [
            "BatchMode=yes",
            "LogLevel=ERROR",
            "StrictHostKeyChecking=yes",
            "GlobalKnownHostsFile=none",
            "UpdateHostKeys=no",
            "IdentitiesOnly=yes",
            "IdentityAgent=none",
            "PreferredAuthentications=publickey",
            "ConnectTimeout=15",
            "ServerAliveInterval=15",
            "ServerAliveCountMax=2",
            &format!("UserKnownHostsFile={known}"),
        ] {
            command.args(["-o", option]);
        }
        command
            .arg(format!(
                "{}@{}",
                self.server.user,
                bracketed(&self.server.host)
            ))
            .env("LC_ALL", "C")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .kill_on_drop(true);
        let session = async {
            let mut child = command.spawn()?;
            if let Some(mut input) = child.stdin.take() {
                input.write_all(lines.as_bytes()).await?;
            }
            child.wait_with_output().await
        };
        let Some(ended) = clock::within(SESSION_MAX, session).await else {
            return Err(Trouble::Silent);
        };
        let output = ended.map_err(|cause| {
            tracing::error!(%cause, "sftp could not be run; install the OpenSSH client");
            Trouble::Failed
        })?;
        if output.status.success() {
            return Ok(String::from_utf8_lossy(&output.stdout).into_owned());
        }
        let said = String::from_utf8_lossy(&output.stderr);
        let trouble = meant(&said);
        tracing::warn!(code = ?trouble, host = self.server.host, "sftp");
        Err(trouble)
    }
}

fn bracketed(host: &str) -> String {
    if host.contains(':') {
        format!("[{host}]")
    } else {
        host.to_owned()
    }
}

fn quoted(path: &std::path::Path) -> String {
    format!("\"{}\"", path.display())
}

/// A line of `ls -ln`: `-rw-r--r--    1 1000     1000         1234 Nov 22 03:00 in/name`. Only plain files count.
fn listed(line: &str) -> Option<Found> {
    let mut words = line.split_whitespace();
    words.next().filter(|mode| mode.starts_with('-'))?;
    let bytes = words.nth(3)?.parse().ok()?;
    let path = words.nth(3)?;
    if words.next().is_some() {
        return None;
    }
    let name = path.rsplit('/').next()?.to_owned();
    Some(Found { name, bytes })
}

/// What OpenSSH's words mean; they are not kept, for they may name paths.
fn meant(said: &str) -> Trouble {
    let has = |words: &[&str]| words.iter().any(|word| said.contains(word));
    if has(&[
        "Host key verification failed",
        "host key",
        "HOST IDENTIFICATION",
    ]) {
        Trouble::HostKey
    } else if has(&["Permission denied", "Too many authentication failures"]) {
        Trouble::Denied
    } else if has(&["timed out", "Timeout"]) {
        Trouble::Silent
    } else if has(&[
        "Connection refused",
        "Could not resolve",
        "No route",
        "unreachable",
    ]) {
        Trouble::Unreachable
    } else {
        Trouble::Failed
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_plain_files_with_a_size_are_listed() {
        let line =
            "-rw-r--r--    ? 1000     1000         1234 Nov 22 03:00 exchange/in/requests-1.csv";
        let found = listed(line).expect("a file");
        assert_eq!((found.name.as_str(), found.bytes), ("requests-1.csv", 1234));
        for other in [
            "sftp> ls -ln in",
            "",
            "drwxr-xr-x    ? 0 0 4096 Nov 22 03:00 in/folder",
            "lrwxrwxrwx    ? 0 0 11 Nov 22 03:00 in/link.csv",
            "-rw-r--r--    ? 0 0 x Nov 22 03:00 in/a",
            "-rw-r--r--    ? 0 0 1 Nov 22 03:00 in/a b",
        ] {
            assert_eq!(listed(other), None, "{other}");
        }
    }

    #[test]
    fn what_the_program_says_has_a_stable_name() {
        let table = [
            (
                "No ED25519 host key is known for x and you have requested strict checking.\nHost key verification failed.",
                Trouble::HostKey,
            ),
            (
                "x@y: Permission denied (publickey).\nConnection closed",
                Trouble::Denied,
            ),
            (
                "ssh: connect to host x port 1: Connection refused",
                Trouble::Unreachable,
            ),
            ("ssh: Could not resolve hostname x", Trouble::Unreachable),
            (
                "ssh: connect to host x port 22: Connection timed out",
                Trouble::Silent,
            ),
            ("File \"/in/x\" not found.", Trouble::Failed),
        ];
        for (said, wanted) in table {
            assert_eq!(meant(said), wanted, "{said}");
        }
    }
}
