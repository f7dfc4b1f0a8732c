//! Notices: drafted by one person, put into force by another.

use crate::access::{self, Right, Staff};
use crate::clock;
use crate::consent::facts::{NoticeProposed, NoticePublished};
use crate::consent::model::NoticeId;
use crate::consent::notice::{Content, Document, Notice, NoticeState, code_well_formed};
use crate::consent::refusal::Refused;
use crate::consent::store::notices as store;
use crate::ctx::Ctx;
use crate::error::{Error, Result};
use crate::ledger::{self, Fact};

/// Drafts the next version of a notice, new or known by its code.
pub async fn propose(ctx: &Ctx, staff: &Staff, code: &str, content: &Content) -> Result<Notice> {
    staff.must(Right::ProposeNotices)?;
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
    let newest = store::versions(&tx, code, 1).await?.pop();
    if newest
        .as_ref()
        .is_some_and(|newest| newest.kind() != content.kind)
    {
        return Err(Refused::NoticeOtherKind.into());
    }
    let handler = access::institution(&tx, &staff.institution).await?;
    let document = Document {
        v: 1,
        institution: handler.id.to_string(),
        handler_name: handler.name,
        handler_contact: handler.hotline,
        code: code.to_owned(),
        version: newest.map_or(1, |newest| newest.document.version + 1),
        content: content.clone(),
    };
    let bytes = proof::canonical::to_vec(&document)?;
    let notice = Notice {
        id: NoticeId::fresh(ctx.clock.now_ms(), &ctx.random),
        state: NoticeState::Draft,
        document,
        digest: proof::hex::encode(&proof::digest::sha256(&bytes)),
        proposed_by: staff.seat().id,
        published_by: None,
        created_at_ms: tx.now_ms(),
        valid_from_ms: None,
        published_at_ms: None,
    };
    store::insert(&mut tx, &notice, &bytes).await?;
    let fact = Fact::of(
        &notice.id,
        &NoticeProposed {
            code,
            version: notice.document.version,
            kind: notice.kind(),
            digest: &notice.digest,
        },
    )?;
    ledger::commit(tx, fact).await?;
    Ok(notice)
}

/// A second person puts exactly this digest into force, from its day on but never backwards.
pub async fn publish(ctx: &Ctx, staff: &Staff, id: &NoticeId, digest: &str) -> Result<Notice> {
    staff.must(Right::PublishNotices)?;
    let mut tx = ledger::begin(ctx, &staff.seat()).await?;
    let mut notice = store::lock(&tx, id).await?;
    if notice.digest != digest {
        return Err(Refused::NoticeChanged.into());
    }
    if notice.state == NoticeState::Published {
        return Err(Refused::NoticePublished.into());
    }
    if notice.proposed_by == staff.seat().id {
        return Err(Refused::SamePerson.into());
    }
    let now_ms = tx.now_ms();
    let valid_from_ms = notice
        .document
        .content
        .valid_from
        .map_or(now_ms, |day| clock::start_of(day).max(now_ms));
    notice.state = NoticeState::Published;
    notice.published_by = Some(staff.seat().id);
    notice.published_at_ms = Some(now_ms);
    notice.valid_from_ms = Some(valid_from_ms);
    store::publish(&mut tx, &notice).await?;
    let fact = Fact::of(
        &notice.id,
        &NoticePublished {
            code: notice.code(),
            version: notice.document.version,
            kind: notice.kind(),
            digest: &notice.digest,
            proposer: &notice.proposed_by,
            publisher: &staff.seat().id,
            valid_from_ms,
        },
    )?;
    ledger::commit(tx, fact).await?;
    Ok(notice)
}
