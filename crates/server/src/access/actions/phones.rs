//! A phone that took another's place: the earlier one is told.

use crate::access::facts::PhoneChangeTold;
use crate::access::jobs::TellPhoneChange;
use crate::ctx::Ctx;
use crate::error::Result;
use crate::id::InstitutionId;
use crate::jobs::Job as _;
use crate::ledger::{self, Fact, Seat};
use crate::notify::{self, Sms, Template};
use crate::vault::{self, EndReason, ItemKind, Purpose, SubjectId};

/// Tells whoever has the earlier phone. Safe to run twice: once told, that phone is forgotten.
pub async fn tell_earlier(
    ctx: &Ctx,
    institution: &InstitutionId,
    subject: &SubjectId,
    case: &str,
) -> Result<()> {
    let seat = Seat::system(institution, TellPhoneChange::KIND);
    let mut tx = ledger::begin(ctx, &seat).await?;
    let (item, purpose) = (ItemKind::Phone, Purpose::TellChange);
    if !vault::may_open(&tx, subject, item, purpose).await? {
        drop(tx);
        return forget_earlier(ctx, institution, case).await;
    }
    let Some(phone) = vault::open_earlier_phone(&mut tx, subject, case).await? else {
        return Ok(());
    };
    let lender = super::institutions::institution(&tx, institution).await?;
    ledger::commit_recorded(tx).await?;
    let to_masked = vault::mask_phone(phone.expose());
    let sms = Sms {
        id: case,
        to: phone.expose(),
        to_masked: &to_masked,
        template: Template::PhoneChanged,
        values: vec![("lender", lender.short_name), ("hotline", lender.hotline)],
        case,
    };
    notify::send(ctx, institution, sms).await?;
    let mut tx = ledger::begin(ctx, &seat).await?;
    vault::forget_earlier_phone(&mut tx, case).await?;
    vault::end_grants_of_source(&mut tx, case, EndReason::Finished).await?;
    let fact = PhoneChangeTold {
        template: Template::PhoneChanged.as_str(),
    };
    ledger::commit(tx, Fact::of(case, &fact)?.about(subject)).await
}

/// The time to tell whoever has the earlier phone is over: a number that may be another person's by now is kept no more.
pub async fn forget_earlier(ctx: &Ctx, institution: &InstitutionId, case: &str) -> Result<()> {
    let mut tx = ctx
        .db
        .begin_unrecorded(institution, "that nobody was told is no evidence")
        .await?;
    vault::forget_earlier_phone(&mut tx, case).await?;
    tx.commit().await
}
