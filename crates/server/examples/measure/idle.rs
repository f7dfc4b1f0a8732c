//! Memory of a server that waits: the demo, freshly started, ten seconds later.

use std::io::{BufRead as _, BufReader};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use crate::house::bench_folder;
use crate::{Outcome, figure};

const REST: Duration = Duration::from_secs(10);

pub fn run() -> Outcome {
    let data = bench_folder()?.join(format!("idle-{}", std::process::id()));
    // The server lies one folder above the examples.
    let here = std::env::current_exe()?;
    let program = here
        .ancestors()
        .nth(2)
        .ok_or("this program does not lie in a build folder")?
        .join("xiaobao");
    let mut server = Server(
        Command::new(&program)
            .args([
                "serve", "--demo", "--port", "0", "--print", "json", "--data",
            ])
            .arg(&data)
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .map_err(|cause| format!("{}: {cause}", program.display()))?,
    );
    let outcome = measure(&mut server.0);
    drop(server);
    std::fs::remove_dir_all(&data)?;
    outcome
}

fn measure(server: &mut Child) -> Outcome {
    let out = server.stdout.take().ok_or("the server has an output")?;
    let mut line = String::new();
    BufReader::new(out).read_line(&mut line)?;
    if line.is_empty() {
        return Err("the server ended before it served".into());
    }
    std::thread::sleep(REST);
    let status = std::fs::read_to_string(format!("/proc/{}/status", server.id()))?;
    let kib: f64 = status
        .lines()
        .find_map(|line| line.strip_prefix("VmRSS:")?.trim().strip_suffix(" kB"))
        .ok_or("no VmRSS in /proc")?
        .parse()?;
    figure("idle.mb", kib * 1_024.0 / 1e6);
    Ok(())
}

/// Ends with the value.
struct Server(Child);

impl Drop for Server {
    fn drop(&mut self) {
        // Already gone, or beyond asking.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}
