//! Writes signed documents and the certificates that make them trusted, for independent readers.
//!
//! `cargo run -p xiaobao-pades --example oracle -- DIR [SECONDS]`, where SECONDS is the time of
//! signing since 1970; without it the documents are signed now.

#[path = "../tests/it/house.rs"]
mod house;

use std::fs;
use std::path::Path;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut words = std::env::args().skip(1);
    let folder = words.next().ok_or("usage: oracle DIR [SECONDS]")?;
    let at_s = match words.next() {
        Some(text) => text.parse()?,
        None => now_s()?,
    };
    let folder = Path::new(&folder);
    fs::create_dir_all(folder)?;
    for (name, bytes) in house::examples(at_s) {
        fs::write(folder.join(name), bytes)?;
    }
    Ok(())
}

#[allow(
    clippy::disallowed_methods,
    reason = "the crate has no clock; a program that uses it may"
)]
fn now_s() -> Result<i64, Box<dyn std::error::Error>> {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH)?;
    Ok(i64::try_from(since.as_secs())?)
}
