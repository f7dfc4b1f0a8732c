//! Recordings taken in over real HTTP, each a chunk of 60 to 100 KB a second as phones send them, by the program on one core.
//!
//! Each name begins with `recordings.` and the database, `sqlite` or `postgres`.
//! `a_core`: chunks acknowledged a second, which is how many recordings one core takes in at once.
//! `ack_p99_ms`: from the first byte sent to the whole acknowledgement, of the chunks of the measured time.
//! `fdatasync_p99_ms`: 4 KiB appended and synced on the same disk, right before the load; `…_loaded_…` the same while it runs.
//! `over_sync_ms`: how much of the acknowledgement the disk alone doesn't explain, both at p99.
//! `failed`, `lost`: answers that were none, and chunks that were acknowledged and aren't under the head at the end.

use std::fs::File;
use std::io::Write as _;
use std::path::Path;
use std::time::{Duration, Instant};

use proof::digest::sha256;
use proof::hex;
use reqwest::Client;
use tokio::task::JoinSet;
use xiaobao::access::CUSTOMER_COOKIE;

use crate::program::Program;
use crate::recorders::{Recorder, prepared};
use crate::{Outcome, figure, quantile};

/// Not measured: connections are made, statements are learnt.
const WARM_UP: Duration = Duration::from_secs(3);
const PACE: Duration = Duration::from_secs(1);
const CHUNK_BYTES: std::ops::Range<usize> = 60_000..100_000;
const SYNCS: usize = 400;

pub async fn run(count: usize, seconds: u64) -> Outcome {
    let prepare = async |config| prepared(config, count).await;
    let (program, recorders) = Program::prepared(prepare).await?;
    let engine = program.engine();
    let tell = |name: &str, value: f64| figure(&format!("recordings.{engine}.{name}"), value);
    let mut alone = syncs(&program.data, SYNCS, Duration::ZERO).await?;
    let begin = Instant::now() + WARM_UP;
    let end = begin + Duration::from_secs(seconds);
    let client = Client::builder()
        .no_proxy()
        .timeout(Duration::from_secs(30))
        .build()?;
    let mut sending = JoinSet::new();
    for (number, recorder) in recorders.into_iter().enumerate() {
        // Phones don't tick together.
        let late = PACE.mul_f64(number as f64 / count as f64);
        let phone = Phone {
            client: client.clone(),
            url: program.demo.url.clone(),
            recorder,
        };
        sending.spawn(phone.records(begin - WARM_UP + late, begin, end));
    }
    let folder = program.data.clone();
    let pause = Duration::from_secs(seconds) / SYNCS as u32;
    let beside = tokio::spawn(async move { syncs(&folder, SYNCS, pause).await });
    let mut all = Taken::default();
    while let Some(phone) = sending.join_next().await {
        let phone = phone??;
        all.waits.extend(phone.waits);
        all.failed += phone.failed;
        all.lost += phone.lost;
        all.behind_ms = all.behind_ms.max(phone.behind_ms);
    }
    let mut loaded = beside.await??;
    let (ack, sync) = (quantile(&mut all.waits, 0.99), quantile(&mut alone, 0.99));
    tell("a_core", all.waits.len() as f64 / seconds as f64);
    tell("ack_p50_ms", quantile(&mut all.waits, 0.5));
    tell("ack_p99_ms", ack);
    tell("fdatasync_p99_ms", sync);
    tell("fdatasync_loaded_p99_ms", quantile(&mut loaded, 0.99));
    tell("over_sync_ms", ack - sync);
    tell("behind_ms", all.behind_ms);
    tell("failed", all.failed as f64);
    tell("lost", all.lost as f64);
    program.close().await
}

/// Milliseconds of so many appends of 4 KiB, each synced, with a pause behind each.
async fn syncs(folder: &Path, count: usize, pause: Duration) -> Outcome<Vec<f64>> {
    let path = folder.join("fdatasync");
    let mut file = File::create(&path)?;
    let mut waits = Vec::with_capacity(count);
    for _ in 0..count {
        let took = tokio::task::spawn_blocking({
            let mut file = file.try_clone()?;
            move || -> std::io::Result<f64> {
                let started = Instant::now();
                file.write_all(&[7; 4_096])?;
                file.sync_data()?;
                Ok(started.elapsed().as_secs_f64() * 1e3)
            }
        });
        waits.push(took.await??);
        tokio::time::sleep(pause).await;
    }
    file.flush()?;
    std::fs::remove_file(path)?;
    Ok(waits)
}

/// What came of one recording.
#[derive(Default)]
struct Taken {
    waits: Vec<f64>,
    failed: usize,
    lost: usize,
    /// How far a phone fell behind its own recorder.
    behind_ms: f64,
}

struct Phone {
    client: Client,
    url: String,
    recorder: Recorder,
}

impl Phone {
    /// A chunk a second; one that isn't acknowledged is sent again, as the page does.
    async fn records(self, first: Instant, begin: Instant, end: Instant) -> Outcome<Taken> {
        let mut taken = Taken::default();
        let mut head =
            sha256(format!("xiaobao/segment/v1{}/1", self.recorder.recording).as_bytes());
        let mut due = first;
        let mut no = 0;
        while due < end {
            tokio::time::sleep_until(due.into()).await;
            let bytes = chunk(&self.recorder.recording, no);
            let next = sha256(&[&b"xiaobao/chunk/v1"[..], &head, &sha256(&bytes)].concat());
            let behind = due.elapsed().as_secs_f64() * 1e3;
            taken.behind_ms = taken.behind_ms.max(behind);
            let started = Instant::now();
            let kept = self.puts(no, bytes, &hex::encode(&next)).await;
            let ended = Instant::now();
            due += PACE;
            if !kept {
                taken.failed += 1;
                continue;
            }
            (head, no) = (next, no + 1);
            if ended >= begin && ended < end {
                taken.waits.push((ended - started).as_secs_f64() * 1e3);
            }
        }
        let view = self.client.get(format!("{}/api/h5/recording", self.url));
        let view: serde_json::Value = view
            .header("cookie", self.cookie())
            .send()
            .await?
            .error_for_status()?
            .json()
            .await?;
        let one = &view["recording"];
        let there = (one["next_chunk"].as_u64(), one["head"].as_str());
        if there != (Some(no), Some(hex::encode(&head).as_str())) {
            taken.lost += 1;
        }
        Ok(taken)
    }

    fn cookie(&self) -> String {
        format!("{CUSTOMER_COOKIE}={}", self.recorder.cookie)
    }

    async fn puts(&self, no: u64, bytes: Vec<u8>, head: &str) -> bool {
        let path = format!("{}/api/h5/recording/segments/1/chunks/{no}", self.url);
        let sent = self
            .client
            .put(path)
            .header("x-xiaobao", "1")
            .header("cookie", self.cookie())
            .header("content-type", "application/octet-stream")
            .header("recording-chain", head)
            .body(bytes)
            .send()
            .await;
        match sent {
            // The whole answer, as the page reads it.
            Ok(answer) => answer.status() == 200 && answer.bytes().await.is_ok(),
            Err(_) => false,
        }
    }
}

/// Bytes that no file system could press together, of a length that varies.
fn chunk(recording: &str, no: u64) -> Vec<u8> {
    let seed = sha256(format!("{recording}/{no}").as_bytes());
    let wide = CHUNK_BYTES.end - CHUNK_BYTES.start;
    let length = CHUNK_BYTES.start + usize::from(u16::from_be_bytes([seed[0], seed[1]])) % wide;
    let mut state = u64::from_be_bytes(seed[..8].try_into().unwrap_or_default()) | 1;
    let mut bytes = Vec::with_capacity(length + 8);
    while bytes.len() < length {
        // xorshift64
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        bytes.extend(state.to_le_bytes());
    }
    bytes.truncate(length);
    bytes
}
