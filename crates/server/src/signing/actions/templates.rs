//! Contract templates: drafted by one person, put into force by another.

use crate::access::{Right, Staff};
use crate::clock;
use crate::ctx::Ctx;
use crate::error::{Error, Result};
use crate::ledger::{self, Fact};
use crate::signing::facts::{TemplateProposed, TemplatePublished};
use crate::signing::refusal::Refused;
use crate::signing::store::templates as store;
use crate::signing::template::{
    Content, Document, Template, TemplateId, TemplateState, code_well_formed,
};

/// Drafts the next version of a template, new or known by its code.
pub async fn propose(ctx: &Ctx, staff: &Staff, code: &str, content: &Content) -> Result<Template> {
    staff.must(Right::ProposeContracts)?;
    let fields = content.check();
    if !fields.is_empty() {
        return Err(Error::Invalid(fields));
    }
    if !code_well_formed(code) {
        return Err(Error::field(
            "code",
            "code_format",
            "代码为 2 至 40 个小写字母、数字、_ 或 -。",
            "A code is 2 to 40 lower-case letters, digits, _ or -.",
        ));
    }
    let mut tx = ledger::begin(ctx, &staff.seat()).await?;
    let newest = store::newest(&tx, code).await?;
    let document = Document {
        v: 1,
        institution: staff.institution.to_string(),
        code: code.to_owned(),
        version: newest.map_or(1, |newest| newest.document.version + 1),
        content: content.clone(),
    };
    let bytes = proof::canonical::to_vec(&document)?;
    let template = Template {
        id: TemplateId::fresh(ctx.clock.now_ms(), &ctx.random),
        state: TemplateState::Draft,
        document,
        digest: proof::hex::encode(&proof::digest::sha256(&bytes)),
        proposed_by: staff.seat().id,
        published_by: None,
        created_at_ms: tx.now_ms(),
        valid_from_ms: None,
        published_at_ms: None,
    };
    store::insert(&mut tx, &template, &bytes).await?;
    let fact = Fact::of(
        &template.id,
        &TemplateProposed {
            code,
            version: template.document.version,
            digest: &template.digest,
        },
    )?;
    ledger::commit(tx, fact).await?;
    Ok(template)
}

/// A second person puts exactly this digest into force, from its day on but never backwards.
pub async fn publish(ctx: &Ctx, staff: &Staff, id: &TemplateId, digest: &str) -> Result<Template> {
    staff.must(Right::PublishContracts)?;
    let mut tx = ledger::begin(ctx, &staff.seat()).await?;
    let mut template = store::lock(&tx, id).await?;
    if template.digest != digest {
        return Err(Refused::TemplateChanged.into());
    }
    if template.state == TemplateState::Published {
        return Err(Refused::TemplatePublished.into());
    }
    if template.proposed_by == staff.seat().id {
        return Err(Refused::SamePerson.into());
    }
    // What this program can't fill must not come into force, whichever version drafted it.
    let fields = template.document.content.check();
    if !fields.is_empty() {
        return Err(Error::Invalid(fields));
    }
    let now_ms = tx.now_ms();
    let valid_from_ms = template
        .document
        .content
        .valid_from
        .map_or(now_ms, |day| clock::start_of(day).max(now_ms));
    template.state = TemplateState::Published;
    template.published_by = Some(staff.seat().id);
    template.published_at_ms = Some(now_ms);
    template.valid_from_ms = Some(valid_from_ms);
    store::publish(&mut tx, &template).await?;
    let fact = Fact::of(
        &template.id,
        &TemplatePublished {
            code: template.code(),
            version: template.document.version,
            digest: &template.digest,
            proposer: &template.proposed_by,
            publisher: &staff.seat().id,
            valid_from_ms,
        },
    )?;
    ledger::commit(tx, fact).await?;
    Ok(template)
}
