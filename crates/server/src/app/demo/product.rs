//! Products of the demo.

use super::access::signed_in;
use super::houses::{House, Wish};
use crate::ctx::Ctx;
use crate::error::Result;
use crate::id::InstitutionId;
use crate::product::{self, Definition, Proposal, State};

/// Proposed by the product manager, approved by the reviewer: four eyes in the demo too.
pub(super) async fn products(ctx: &Ctx, institution: &InstitutionId, house: &House) -> Result<()> {
    let [_, manager, reviewer, ..] = &house.staff;
    for offer in house.products {
        let view = ctx.db.read(institution).await?;
        let known = match product::by_code(&view, offer.code).await? {
            Some(id) => Some(product::version(&view, &id, 1).await?),
            None => None,
        };
        drop(view);
        let version = match known {
            Some(version) => version,
            None => {
                let mut definition: Definition = serde_json::from_str(offer.definition)?;
                definition.reading_seconds.standard = ctx.config.demo.reading_seconds_standard;
                definition.reading_seconds.elder = ctx.config.demo.reading_seconds_elder;
                let manager = signed_in(ctx, house, manager).await?;
                product::propose(
                    ctx,
                    &manager,
                    &Proposal {
                        code: offer.code.to_owned(),
                        definition,
                    },
                )
                .await?
            }
        };
        if version.state == State::Draft && offer.released == Wish::Released {
            let reviewer = signed_in(ctx, house, reviewer).await?;
            product::approve(ctx, &reviewer, &version.product, version.number).await?;
        }
    }
    Ok(())
}
