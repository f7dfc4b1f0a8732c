//! A child process that can't take more than it is given.

use super::Bounds;
use crate::Unreadable;
use std::ffi::OsString;
use std::io::Read;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc;
use std::time::{Duration, Instant};

/// Sets the bounds of memory and of processor time for itself, then becomes the program.
const CONFINE: &str = r#"ulimit -v "$1" && ulimit -t "$2" && ulimit -c 0 && shift 2 && exec "$@""#;
/// Bytes that are kept of what it complains about.
const COMPLAINT_MAX: u64 = 4_096;

/// Runs a program and gives what it printed.
pub fn run(program: &str, words: &[OsString], bounds: &Bounds) -> Result<Vec<u8>, Unreadable> {
    let kilobytes = (bounds.memory >> 10).to_string();
    let seconds = bounds.time.as_secs().max(1).to_string();
    let mut child = Command::new("sh")
        .args(["-c", CONFINE, "sh", &kilobytes, &seconds, program])
        .args(words)
        .env_clear()
        .env("PATH", std::env::var_os("PATH").unwrap_or_default())
        .env("LC_ALL", "C")
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .map_err(|cause| Unreadable::Decoding(cause.to_string()))?;
    let out = read(child.stdout.take(), bounds.output + 1);
    let complaint = read(child.stderr.take(), COMPLAINT_MAX);
    let ended = Instant::now() + bounds.time;
    let found = out.recv_timeout(bounds.time);
    let Ok(bytes) = found else {
        end(&mut child);
        return Err(Unreadable::Bounds("time"));
    };
    if bytes.len() as u64 > bounds.output {
        end(&mut child);
        return Err(Unreadable::Bounds("output"));
    }
    let complaint = complaint
        .recv_timeout(ended.saturating_duration_since(Instant::now()))
        .unwrap_or_default();
    let status = wait(&mut child, ended);
    match status {
        Some(true) => Ok(bytes),
        Some(false) => Err(Unreadable::Decoding(last_line(&complaint))),
        None => Err(Unreadable::Bounds("time")),
    }
}

/// Reads a stream to its end or to so many bytes, in a thread of its own.
fn read(stream: Option<impl Read + Send + 'static>, limit: u64) -> mpsc::Receiver<Vec<u8>> {
    let (send, receive) = mpsc::channel();
    if let Some(stream) = stream {
        std::thread::spawn(move || {
            let mut bytes = Vec::new();
            // What could not be read is missing, and the program's end says why.
            let _ = stream.take(limit).read_to_end(&mut bytes);
            let _ = send.send(bytes);
        });
    }
    receive
}

/// Whether the program ended well; none where it had to be ended.
fn wait(child: &mut Child, until: Instant) -> Option<bool> {
    loop {
        match child.try_wait() {
            Ok(Some(status)) => return Some(status.success()),
            Ok(None) if Instant::now() < until => std::thread::sleep(Duration::from_millis(5)),
            _ => {
                end(child);
                return None;
            }
        }
    }
}

fn end(child: &mut Child) {
    // A child that is gone already needs no end.
    let _ = child.kill();
    let _ = child.wait();
}

/// The last line, without addresses and paths.
fn last_line(complaint: &[u8]) -> String {
    let text = String::from_utf8_lossy(complaint);
    let line = text.lines().rev().find(|line| !line.trim().is_empty());
    let words = line.unwrap_or("no reason was given").split_whitespace();
    words
        .filter(|word| !word.contains('/') && !word.contains("0x"))
        .collect::<Vec<_>>()
        .join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(words: &[&str]) -> Vec<OsString> {
        words.iter().map(OsString::from).collect()
    }

    fn bounds(time: Duration, output: u64) -> Bounds {
        Bounds {
            time,
            output,
            ..Bounds::default()
        }
    }

    #[test]
    fn a_program_that_goes_on_is_ended() {
        let started = Instant::now();
        let found = run(
            "sleep",
            &words(&["30"]),
            &bounds(Duration::from_millis(300), 10),
        );
        assert_eq!(found, Err(Unreadable::Bounds("time")));
        assert!(started.elapsed() < Duration::from_secs(10));
    }

    #[test]
    fn a_program_that_prints_too_much_is_ended() {
        let found = run("yes", &[], &bounds(Duration::from_secs(20), 1_000));
        assert_eq!(found, Err(Unreadable::Bounds("output")));
    }

    #[test]
    fn memory_is_bounded() {
        let hungry = words(&["-c", "x = bytearray(1 << 30); print(len(x))"]);
        let little = Bounds {
            memory: 256 << 20,
            ..Bounds::default()
        };
        assert!(matches!(
            run("python3", &hungry, &little),
            Err(Unreadable::Decoding(_))
        ));
    }

    #[test]
    fn paths_don_t_leave_in_complaints() {
        let said = b"x\n[mov @ 0x55d] /data/vault/7: Invalid data found\n\n";
        assert_eq!(last_line(said), "[mov @ Invalid data found");
        assert_eq!(last_line(b""), "no reason was given");
    }
}
