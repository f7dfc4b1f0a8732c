//! `cargo dev release`: the programs as they are installed, with the pages and the font inside.

use crate::command::Call;
use crate::steps::{Note, Result, step};
use crate::tools::{self, Need};
use crate::tree::Tree;
use crate::{font, web};

/// Builds server and verifier for release and says where they lie.
pub fn run(tree: &Tree) -> Result<()> {
    step(
        "programs",
        || Ok(tools::ensure(tree, &[Need::Node])?.into()),
    )?;
    step("font", || font::ready(tree))?;
    step("web packages", || web::packages(tree))?;
    step("web pages", || web::built(tree))?;
    step("release", || built(tree))?;
    for name in ["xiaobao", "xiaobao-verify"] {
        println!("{}", tree.short(&tree.built("release", name)));
    }
    Ok(())
}

fn built(tree: &Tree) -> Result<Note> {
    Call::cargo(tree)
        .args(["build", "--release", "--locked", "--bins"])
        .args(["-p", "xiaobao", "-p", "xiaobao-proof"])
        .watched(tree, "release")?;
    Ok("built".into())
}
