use std::process::ExitCode;

use clap::Parser as _;
use xiaobao::app::{Cli, execute};

#[tokio::main]
async fn main() -> ExitCode {
    execute(Cli::parse()).await
}
