//! A template as it would look: an invented person, a product's example loan.

use super::paper::{Given, Paper, Person};
use super::print::print;
use super::template::Template;
use crate::access;
use crate::ctx::Ctx;
use crate::error::{Error, Result, Text};
use crate::id::InstitutionId;
use crate::product;

/// The sample as PDF; none when the institution has no such released product.
pub async fn sample(
    ctx: &Ctx,
    institution: &InstitutionId,
    template: &Template,
    product: &str,
) -> Result<Option<Vec<u8>>> {
    let view = ctx.db.read(institution).await?;
    let Some(product) = product::by_code(&view, product).await? else {
        return Ok(None);
    };
    let Some(version) = product::released(&view, &product).await? else {
        return Ok(None);
    };
    let house = access::institution(&view, institution).await?;
    let policy = product::policy(&view).await?;
    drop(view);
    let sheet = cost::sheet(&version.definition.example, &policy)
        .map_err(|cause| Error::Internal(Box::new(cause)))?;
    let content = &template.document.content;
    let given = Given {
        case: "SAMPLE",
        signer: content
            .signers
            .first()
            .copied()
            .ok_or_else(|| Error::internal("a template that nobody signs"))?,
        person: Person {
            name: "样张".to_owned(),
            id_number: "000000000000000000".to_owned(),
            phone: "00000000000".to_owned(),
            account_masked: Some("6222**********0000".to_owned()),
        },
        purpose: Some(Text::new("家用电器", "household appliances")),
        institution_name: &house.name,
        hotline: &house.hotline,
        sheet: &sheet,
        terms_digest: "SAMPLE",
        made_at_ms: ctx.clock.now_ms(),
    };
    let paper = Paper::fill(&template.document, &template.digest, &given)
        .ok_or_else(|| Error::internal("a template with a gap that nothing fills"))?;
    Ok(Some(print(ctx, &paper, None).await?))
}
