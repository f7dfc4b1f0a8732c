//! Notices of the demo.

use super::access::signed_in;
use super::houses::House;
use crate::consent::{self, Content};
use crate::ctx::Ctx;
use crate::error::Result;
use crate::id::InstitutionId;

/// Drafted by the product manager, published by the reviewer, like the products that show them.
pub(super) async fn notices(ctx: &Ctx, institution: &InstitutionId, house: &House) -> Result<()> {
    let [_, manager, reviewer, ..] = &house.staff;
    for (code, content) in house.notices {
        let view = ctx.db.read(institution).await?;
        let known = consent::newest_version(&view, code).await?;
        drop(view);
        let notice = match known {
            Some(notice) => notice,
            None => {
                let content: Content = serde_json::from_str(content)?;
                let manager = signed_in(ctx, house, manager).await?;
                consent::propose(ctx, &manager, code, &content).await?
            }
        };
        if notice.state == consent::NoticeState::Draft {
            let reviewer = signed_in(ctx, house, reviewer).await?;
            consent::publish(ctx, &reviewer, &notice.id, &notice.digest).await?;
        }
    }
    Ok(())
}
