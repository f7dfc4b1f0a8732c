//! The real program with the demo world, for steps that meet it from outside.

use crate::command::Call;
use crate::postgres::free_port;
use crate::steps::{Failure, Result, While};
use crate::tree::Tree;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdout, Stdio};
use std::sync::mpsc;
use std::time::Duration;

/// The demo server and its data; both end with the value.
pub struct Demo {
    server: Child,
    data: PathBuf,
    port: u16,
    /// The one JSON line the server prints when it is ready.
    pub said: String,
}

impl Demo {
    /// Starts the program that the tests have built; `name` tells its folder and its log from others, `config` is a file of
    /// settings that come before the others.
    pub fn start(
        tree: &Tree,
        name: &str,
        settings: &[(&str, &str)],
        config: Option<&Path>,
    ) -> Result<Self> {
        let data = std::env::temp_dir().join(format!("xiaobao-{name}-{}", std::process::id()));
        let log = tree.logs().join(format!("{name}-server.log"));
        let written = tree.short(&log);
        let port = free_port()?;
        let log = std::fs::File::create(&log).could_not(format!("write {}", log.display()))?;
        // The signal ends the server even when this process is killed.
        let call = Call::new("setpriv")
            .args(["--pdeathsig=TERM", "--"])
            .arg(tree.built("debug", "xiaobao"))
            .args(["serve", "--demo", "--print", "json", "--data"])
            .arg(&data)
            .arg("--port")
            .arg(port.to_string())
            .dir(&tree.root);
        let call = match config {
            Some(file) => call.arg("--config").arg(file),
            None => call,
        };
        let call = settings
            .iter()
            .fold(call, |call, (name, value)| call.env(name, value));
        let mut server = call
            .bare()
            .stdout(Stdio::piped())
            .stderr(log)
            .spawn()
            .could_not("start the server")?;
        let output = server.stdout.take();
        let mut demo = Self {
            server,
            data,
            port,
            said: String::new(),
        };
        demo.said = output.and_then(first_json_line).ok_or_else(|| {
            Failure::new("the server printed no JSON line within 120 seconds")
                .fix(format!("tail {written}"))
        })?;
        Ok(demo)
    }

    /// Where it listens.
    pub fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    /// Its data folder.
    pub fn folder(&self) -> &Path {
        &self.data
    }
}

impl Drop for Demo {
    fn drop(&mut self) {
        let _ = self.server.kill();
        let _ = self.server.wait();
        let _ = std::fs::remove_dir_all(&self.data);
    }
}

/// The first line that is a JSON object; what follows it is read and dropped, lest the pipe fill.
fn first_json_line(output: ChildStdout) -> Option<String> {
    let (send, receive) = mpsc::channel();
    std::thread::spawn(move || {
        for line in BufReader::new(output)
            .lines()
            .map_while(std::result::Result::ok)
        {
            if line.starts_with('{') {
                // Nobody listens any more after the first.
                let _ = send.send(line);
            }
        }
    });
    receive.recv_timeout(Duration::from_secs(120)).ok()
}
