//! A film out of its seal, for as long as one look at it takes: readable by nobody else, and gone behind it.

use std::fs::{self, OpenOptions};
use std::io::Write as _;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::PathBuf;

use crate::ctx::Ctx;
use crate::error::Result;
use crate::id;

/// One open film; dropping it removes the file.
pub struct Scratch {
    pub path: PathBuf,
}

impl Scratch {
    pub fn keep(ctx: &Ctx, bytes: &[u8]) -> Result<Self> {
        let folder = folder(ctx);
        fs::create_dir_all(&folder)?;
        let path = folder.join(id::body(ctx.clock.now_ms(), &ctx.random));
        let one = Self { path };
        let mut options = OpenOptions::new();
        let file = options.write(true).create_new(true).mode(0o600);
        file.open(&one.path)?.write_all(bytes)?;
        Ok(one)
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        if let Err(cause) = fs::remove_file(&self.path) {
            tracing::error!(%cause, "an open film could not be removed");
        }
    }
}

fn folder(ctx: &Ctx) -> PathBuf {
    ctx.config.data.folder.join("scratch")
}

/// Removes what a program that was killed left open.
pub fn sweep(ctx: &Ctx) -> Result<()> {
    match fs::remove_dir_all(folder(ctx)) {
        Err(cause) if cause.kind() != std::io::ErrorKind::NotFound => Err(cause.into()),
        Ok(()) | Err(_) => Ok(()),
    }
}
