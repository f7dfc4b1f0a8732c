//! After a person's data was destroyed: what was written about their loans goes, archives of their evidence, and what leads to
//! them from rows of files.

use super::store;
use crate::batch;
use crate::ctx::Ctx;
use crate::error::Result;
use crate::id::InstitutionId;
use crate::inspection;
use crate::journey;
use crate::vault::SubjectId;

/// Cases that one turn looks at.
const CASES_MAX: i64 = 50;

/// Removes archives, words and rows' ids about every journey of a destroyed subject; a second run finds nothing left to do. So it is
/// too for what an older copy of the database brought back.
///
/// Without a fact: the destruction is one, and which words there were nobody shall know.
pub async fn forget(ctx: &Ctx, institution: &InstitutionId, subject: &SubjectId) -> Result<()> {
    let mut after = String::new();
    loop {
        let view = ctx.db.read(institution).await?;
        let cases = journey::of_subject(&view, subject, &after, CASES_MAX).await?;
        drop(view);
        let Some(last) = cases.last() else {
            return Ok(());
        };
        after = last.to_string();
        inspection::forget(ctx, institution, &cases).await?;
        let mut tx = ctx
            .db
            .begin_unrecorded(institution, "its destruction is a fact already")
            .await?;
        for case in &cases {
            store::forget(&mut tx, case).await?;
            batch::forget(&mut tx, case).await?;
        }
        tx.commit().await?;
    }
}
