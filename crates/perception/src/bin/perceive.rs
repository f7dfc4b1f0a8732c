//! Every sense by hand: `perceive faces A B`, `voices A B`, `speech A`, `print A`, `models`.

use clap::Parser;
use perception::command;
use perception::thresholds::Thresholds;
use std::process::ExitCode;

#[derive(Parser)]
#[command(name = "perceive", about = "What a recording shows and says, as JSON")]
struct Perceive {
    #[command(flatten)]
    options: command::Options,
}

fn main() -> ExitCode {
    match command::run(&Perceive::parse().options, &Thresholds::default()) {
        Ok(found) => {
            println!("{found:#}");
            ExitCode::SUCCESS
        }
        Err(failure) => {
            eprintln!("{failure}");
            ExitCode::FAILURE
        }
    }
}
