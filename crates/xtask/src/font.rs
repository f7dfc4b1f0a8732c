//! The Chinese font the server embeds: from a pinned package, checked by digest at every start.

use crate::command::Call;
use crate::steps::{Failure, Note, Result, While};
use crate::tools::{self, Need};
use crate::tree::Tree;
use std::path::Path;

const PACKAGE: &str = "pylopdf-fonts-zh-cn";
const FILE: &str = "NotoSansSC-Regular.otf";
/// SHA-256 of the font file (Noto Sans SC Regular, SIL Open Font License 1.1).
const DIGEST: &str = "faa6c9df652116dde789d351359f3d7e5d2285a2b2a1f04a2d7244df706d5ea9";

/// Puts the font where the server's build finds it.
pub fn ready(tree: &Tree) -> Result<Note> {
    let place = tree.root.join("crates/server/assets/fonts").join(FILE);
    if place.is_file() && digest(&place)? == DIGEST {
        return Ok("Noto Sans SC, checked".into());
    }
    tools::ensure(tree, &[Need::Pip])?;
    let unpacked = tools::unpack(tree, PACKAGE)?;
    let inside = unpacked.join("pylopdf_fonts_zh_cn").join(FILE);
    let found = digest(&inside)?;
    if found != DIGEST {
        return Err(Failure::new(format!(
            "{FILE} has digest {found}, not the pinned one"
        )));
    }
    let folder = place.parent().unwrap_or(&tree.root);
    std::fs::create_dir_all(folder).could_not("make the font folder")?;
    // By a copy beside it: the build folder may lie on another disk, and a build may be reading.
    let beside = place.with_extension("part");
    std::fs::copy(&inside, &beside).could_not("copy the font")?;
    std::fs::rename(&beside, &place).could_not("place the font")?;
    std::fs::remove_dir_all(&unpacked).could_not("tidy up")?;
    Ok("Noto Sans SC, fetched and checked".into())
}

fn digest(file: &Path) -> Result<String> {
    let line = Call::new("sha256sum").arg(file).text()?;
    Ok(line.split(' ').next().unwrap_or_default().to_owned())
}
