use std::process::ExitCode;

use clap::Parser as _;
use mimalloc::MiMalloc;
use xiaobao::app::{Cli, execute};

/// Gives back what a burst took: each password check holds 19 MiB, which the system's own allocator would keep.
#[global_allocator]
static ALLOCATOR: MiMalloc = MiMalloc;

#[tokio::main]
async fn main() -> ExitCode {
    execute(Cli::parse()).await
}
