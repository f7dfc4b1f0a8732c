//! `cargo dev`: the one entry for running, testing and measuring the project.
//!
//! Every command first finds what it needs, installs it where it may, and otherwise prints the
//! line that installs it.

mod bench;
mod browser;
mod checks;
mod command;
mod demo;
mod flows;
mod font;
mod intake;
mod marks;
mod models;
mod postgres;
mod relay;
mod release;
mod schemathesis;
mod serve;
mod signatures;
mod soak;
mod steps;
mod tools;
mod tree;
mod web;

use clap::{Parser, Subcommand};
use std::process::ExitCode;

#[derive(Parser)]
#[command(
    name = "cargo dev",
    bin_name = "cargo dev",
    about = "Run, test and measure Xiaobao"
)]
struct Dev {
    #[command(subcommand)]
    task: Task,
}

#[derive(Subcommand)]
enum Task {
    /// Build what is stale and serve the demo on one port
    Run(serve::Options),
    /// Run every check, cheap ones first
    Test(checks::Options),
    /// Build the programs as they are installed, pages and font inside
    Release,
    /// Write the web's types anew from the server's description of its API
    Types,
    /// Fetch, check and convert the models that look at recordings
    Models(models::Options),
    /// Fuzz, kill and load for long
    Soak(soak::Options),
    /// Measure, beside the peers that can be installed
    Bench(bench::Options),
}

fn main() -> ExitCode {
    let tree = tree::Tree::here();
    let outcome = match Dev::parse().task {
        Task::Run(options) => serve::run(&tree, &options),
        Task::Test(options) => checks::run(&tree, &options),
        Task::Release => release::run(&tree),
        Task::Types => web::schema(&tree, web::Schema::Write).map(drop),
        Task::Models(options) => models::run(&tree, &options),
        Task::Soak(options) => soak::run(&tree, &options),
        Task::Bench(options) => bench::run(&tree, &options),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            eprintln!("\n{failure}");
            ExitCode::FAILURE
        }
    }
}
