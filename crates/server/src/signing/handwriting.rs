//! 手写签名: what the person drew with a finger. It stands beside their signature in every document of the set.

use pades::Handwriting;

use super::files::{self, Kept};
use super::refusal::Refused;
use crate::ctx::Ctx;
use crate::error::Result;
use crate::id::InstitutionId;
use crate::vault::SubjectId;

const BYTES_MAX: usize = 96 * 1024;
const WIDTH_MAX: u32 = 1_600;
const HEIGHT_MAX: u32 = 800;
/// A dot or an empty sheet is no name.
const DARK_MIN: usize = 200;

/// Whether a PNG may stand as somebody's handwriting.
fn check(png: &[u8]) -> Result<(), Refused> {
    if png.len() > BYTES_MAX {
        return Err(Refused::Handwriting);
    }
    let drawn = Handwriting::read(png).map_err(|_| Refused::Handwriting)?;
    let fits = drawn.width <= WIDTH_MAX && drawn.height <= HEIGHT_MAX;
    if fits && drawn.dark >= DARK_MIN {
        Ok(())
    } else {
        Err(Refused::Handwriting)
    }
}

/// Checks a PNG, seals it under the person's key and stores it; no set bears it yet.
pub async fn keep_handwriting(
    ctx: &Ctx,
    institution: &InstitutionId,
    case: &str,
    subject: &SubjectId,
    png: &[u8],
) -> Result<Kept> {
    check(png)?;
    files::keep(ctx, institution, case, subject, png).await
}
