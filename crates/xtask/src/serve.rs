//! `cargo dev run`: builds what is stale and becomes the demo server.

use crate::command::Call;
use crate::steps::{Failure, Result, step};
use crate::tools::{self, Need};
use crate::tree::Tree;
use crate::{font, models, web};
use std::os::unix::process::CommandExt;
use std::path::PathBuf;

/// Options of `cargo dev run`.
#[derive(clap::Args)]
pub struct Options {
    /// Port for the API, the console and the borrower's pages
    #[arg(long, default_value_t = 8420)]
    port: u16,
    /// Folder that keeps the demo's database and documents
    #[arg(long, default_value = "data")]
    data: PathBuf,
}

/// Prepares everything, then hands this process over to the server.
pub fn run(tree: &Tree, options: &Options) -> Result<()> {
    step("programs", || {
        Ok(tools::ensure(tree, &[Need::Node, Need::Pip, Need::Ffmpeg])?.into())
    })?;
    step("font", || font::ready(tree))?;
    if let Err(failure) = step("models", || models::ready(tree)) {
        println!("… recordings will be looked at by a person: {failure}");
    }
    step("web packages", || web::packages(tree))?;
    step("web pages", || web::built(tree))?;
    step("server", || server(tree))?;
    let program = tree.built("debug", "xiaobao");
    println!();
    let call = Call::new(&program)
        .dir(&tree.root)
        .args(["serve", "--demo", "--data"])
        .arg(&options.data)
        .arg("--port")
        .arg(options.port.to_string());
    let line = call.line();
    // `exec` comes back only when it failed.
    let cause = call.bare().exec();
    Err(Failure::new(format!("could not start {}: {cause}", program.display())).fix(line))
}

/// Builds the whole workspace, so that features match those of the tests.
fn server(tree: &Tree) -> Result<crate::steps::Note> {
    if !tree.built("debug", "xiaobao").is_file() {
        println!("… the first build takes about ten minutes on two cores");
    }
    Call::cargo(tree)
        .args(["build", "--workspace"])
        .watched(tree, "build")?;
    Ok("built".into())
}
