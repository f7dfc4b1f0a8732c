//! Contract templates of the demo.

use super::access::signed_in;
use super::houses::House;
use crate::ctx::Ctx;
use crate::error::Result;
use crate::id::InstitutionId;
use crate::signing::{self, Content, TemplateState};

/// Drafted by the product manager, published by the reviewer, like the notices.
pub(super) async fn contracts(ctx: &Ctx, institution: &InstitutionId, house: &House) -> Result<()> {
    let [_, manager, reviewer, ..] = &house.staff;
    for (code, content) in house.contracts {
        let view = ctx.db.read(institution).await?;
        let known = signing::newest_template(&view, code).await?;
        drop(view);
        let template = match known {
            Some(template) => template,
            None => {
                let content: Content = serde_json::from_str(content)?;
                let manager = signed_in(ctx, house, manager).await?;
                signing::propose(ctx, &manager, code, &content).await?
            }
        };
        if template.state == TemplateState::Draft {
            let reviewer = signed_in(ctx, house, reviewer).await?;
            signing::publish(ctx, &reviewer, &template.id, &template.digest).await?;
        }
    }
    Ok(())
}
