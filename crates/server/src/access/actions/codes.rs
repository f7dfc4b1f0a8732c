//! One-time codes: asked for, delivered, entered.

use serde::Serialize;

use super::links::resolve;
use crate::access::facts::{CodeRefused, CodeRequested, CodeSent as CodeSentFact, LinkOpened};
use crate::access::jobs::SendCode;
use crate::access::model::{CodeId, CodePurpose, LinkId, LinkRow};
use crate::access::refusal::Refusal;
use crate::access::store::{self, codes};
use crate::access::{Customer, session, token};
use crate::ctx::Ctx;
use crate::db::Read;
use crate::error::{Error, Result};
use crate::id::InstitutionId;
use crate::jobs::Job as _;
use crate::ledger::{self, Fact, Seat, SeatKind};
use crate::notify::{self, Sms, Template};
use crate::vault::{self, ItemKind, Private, Purpose};

/// The key file behind every code.
pub const CODES_KEY: &str = "codes";
const PURPOSE: CodePurpose = CodePurpose::OpenLink;

/// What the page needs to count down.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct CodeSent {
    /// Until another code may be asked for.
    pub code_wait_ms: i64,
    /// How long this code is good.
    pub valid_ms: i64,
}

/// Whoever holds the link; nothing more is known before the code.
fn holder(institution: &InstitutionId, link: &LinkId) -> Seat {
    Seat {
        institution: institution.clone(),
        kind: SeatKind::Link,
        id: link.to_string(),
    }
}

/// Asks for a fresh code to the borrower's own phone; older codes of the link no longer count.
pub async fn send_code(ctx: &Ctx, token: &str) -> Result<CodeSent> {
    let link = resolve(ctx, token).await?;
    ledger::retrying(|| send_once(ctx, &link)).await
}

async fn send_once(ctx: &Ctx, link: &LinkRow) -> Result<CodeSent> {
    let limits = &ctx.config.access;
    let (code_wait_ms, valid_ms) = (
        limits.code_wait_seconds * 1000,
        limits.code_valid_seconds * 1000,
    );
    let mut tx = ledger::begin(ctx, &holder(&link.institution, &link.id)).await?;
    let now_ms = tx.now_ms();
    let link = store::links::lock(&tx, &link.id)
        .await?
        .ok_or(Refusal::LinkUnknown)?;
    link.must_be_open(now_ms)?;
    codes::sent(&tx, &link.id, PURPOSE, now_ms)
        .await?
        .may_send(now_ms, code_wait_ms)?;
    let (id, expires_at_ms) = (
        CodeId::fresh(ctx.clock.now_ms(), &ctx.random),
        now_ms + valid_ms,
    );
    codes::insert(&mut tx, &id, &link.id, PURPOSE, now_ms, expires_at_ms).await?;
    tx.enqueue(&SendCode {
        challenge: id.to_string(),
    })
    .await?;
    let fact = CodeRequested {
        link: link.id.as_str(),
        code: id.as_str(),
        purpose: PURPOSE.as_str(),
        expires_at_ms,
    };
    let fact = Fact::of(&link.case, &fact)?.about(&link.subject);
    ledger::commit(tx, fact).await?;
    Ok(CodeSent {
        code_wait_ms,
        valid_ms,
    })
}

/// Milliseconds until the link may ask for another code.
pub async fn wait_ms(ctx: &Ctx, view: &impl Read, link: &LinkRow) -> Result<i64> {
    let now_ms = ctx.clock.now_ms();
    let sent = codes::sent(view, &link.id, PURPOSE, now_ms).await?;
    Ok(sent.wait_ms(now_ms, ctx.config.access.code_wait_seconds * 1000))
}

/// Sends a code that was asked for. Safe to run twice: a code that was sent, used, has expired or is no longer the
/// link's newest is left alone.
pub async fn deliver(ctx: &Ctx, institution: &InstitutionId, id: &CodeId) -> Result<()> {
    let Some(delivery) = ledger::retrying(|| prepare(ctx, institution, id)).await? else {
        return Ok(());
    };
    let to_masked = vault::mask_phone(delivery.phone.expose());
    let sms = Sms {
        id: id.as_str(),
        to: delivery.phone.expose(),
        to_masked: &to_masked,
        template: Template::OpenLink,
        values: delivery.values,
        case: &delivery.link.case,
    };
    notify::send(ctx, institution, sms).await?;
    ledger::retrying(|| swear_sent(ctx, &delivery.link, id)).await
}

/// A message ready to leave.
struct Delivery {
    link: LinkRow,
    phone: Private<String>,
    values: Vec<(&'static str, String)>,
}

/// Opens the phone number under its grant, which the vault swears to before anything leaves.
async fn prepare(ctx: &Ctx, institution: &InstitutionId, id: &CodeId) -> Result<Option<Delivery>> {
    let mut tx = ledger::begin(ctx, &Seat::system(institution, SendCode::KIND)).await?;
    let Some(code) = codes::lock(&tx, id).await? else {
        return Ok(None);
    };
    if code.sent_at_ms.is_some() || !code.live(tx.now_ms()) {
        return Ok(None);
    }
    let link_id = LinkId::stored(code.link_id);
    // A late older code would only be entered in vain.
    if codes::newest(&tx, &link_id, PURPOSE).await?.as_ref() != Some(id) {
        return Ok(None);
    }
    let link = store::links::by_id(&tx, &link_id)
        .await?
        .ok_or_else(|| Error::internal("a code without its link"))?;
    let lender = super::institutions::institution(&tx, institution).await?;
    let phone = vault::open(&mut tx, &link.subject, ItemKind::Phone, Purpose::SendCode).await?;
    ledger::commit_recorded(tx).await?;
    let digits = token::code_digits(
        &ctx.keys.get_or_create(CODES_KEY, &ctx.random)?,
        id,
        PURPOSE,
        &link_id,
    );
    let values = vec![
        ("lender", lender.short_name),
        ("code", digits.expose().clone()),
        ("valid", valid(ctx.config.access.code_valid_seconds)),
    ];
    Ok(Some(Delivery {
        link,
        phone,
        values,
    }))
}

/// The gateway took the message; a crash before this sends the same code once more.
async fn swear_sent(ctx: &Ctx, link: &LinkRow, id: &CodeId) -> Result<()> {
    let mut tx = ledger::begin(ctx, &Seat::system(&link.institution, SendCode::KIND)).await?;
    let now_ms = tx.now_ms();
    codes::mark_sent(&mut tx, id, now_ms).await?;
    let fact = CodeSentFact {
        link: link.id.as_str(),
        code: id.as_str(),
        purpose: PURPOSE.as_str(),
    };
    let fact = Fact::of(&link.case, &fact)?.about(&link.subject);
    ledger::commit(tx, fact).await
}

fn valid(seconds: i64) -> String {
    if seconds % 60 == 0 {
        format!("{}分钟", seconds / 60)
    } else {
        format!("{seconds}秒")
    }
}

/// Enters the newest code of a link; answers the borrower and their session's token. Older sessions of the case end.
pub async fn enter(ctx: &Ctx, token: &str, code: &str) -> Result<(Customer, Private<String>)> {
    let link = resolve(ctx, token).await?;
    if !token::code_well_formed(code) {
        return Err(Error::field(
            "code",
            "code_format",
            "验证码是 6 位数字。",
            "A code has 6 digits.",
        ));
    }
    ledger::retrying(|| enter_once(ctx, &link.id, &link.institution, code)).await
}

async fn enter_once(
    ctx: &Ctx,
    link: &LinkId,
    institution: &InstitutionId,
    given: &str,
) -> Result<(Customer, Private<String>)> {
    let mut tx = ledger::begin(ctx, &holder(institution, link)).await?;
    let now_ms = tx.now_ms();
    // Locked: of two right entries at once the second finds the code used.
    let link = store::links::lock(&tx, link)
        .await?
        .ok_or(Refusal::LinkUnknown)?;
    link.must_be_open(now_ms)?;
    let code = codes::lock_newest(&tx, &link.id, PURPOSE)
        .await?
        .filter(|code| code.live(now_ms))
        .ok_or(Refusal::CodeExpired)?;
    let tries_max = ctx.config.access.code_tries_max;
    if code.tries >= tries_max {
        return Err(Refusal::CodeExhausted.into());
    }
    let id = CodeId::stored(code.id);
    let expected = token::code_digits(
        &ctx.keys.get_or_create(CODES_KEY, &ctx.random)?,
        &id,
        PURPOSE,
        &link.id,
    );
    if !token::code_equal(&expected, given) {
        let tries = code.tries + 1;
        codes::tried(&mut tx, &id, tries).await?;
        let tries_left = tries_max - tries;
        let fact = CodeRefused {
            link: link.id.as_str(),
            code: id.as_str(),
            tries_left,
        };
        let fact = Fact::of(&link.case, &fact)?.about(&link.subject);
        ledger::commit(tx, fact).await?;
        let refusal = if tries_left > 0 {
            Refusal::CodeWrong { tries_left }
        } else {
            Refusal::CodeExhausted
        };
        return Err(refusal.into());
    }
    codes::used(&mut tx, &id, now_ms).await?;
    let (session, secret) = session::start_customer(ctx, &mut tx, &link).await?;
    let fact = LinkOpened {
        link: link.id.as_str(),
        code: id.as_str(),
        session: session.as_str(),
    };
    let fact = Fact::of(&link.case, &fact)?.about(&link.subject);
    ledger::commit(tx, fact).await?;
    let LinkRow {
        id,
        institution,
        case,
        subject,
        ..
    } = link;
    Ok((
        Customer {
            link: id,
            institution,
            case,
            subject,
            session,
        },
        secret,
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_message_names_the_lender_the_purpose_and_the_limit() {
        let values = vec![
            ("lender", "安禾消费金融".to_owned()),
            ("code", "012345".to_owned()),
            ("valid", valid(300)),
        ];
        assert_eq!(
            Template::OpenLink.render(&values).expect("a text"),
            "【安禾消费金融】验证码012345，用于打开您的借款成本明示表，5分钟内有效。工作人员不会索要，切勿告知他人。"
        );
        assert_eq!(valid(90), "90秒");
    }
}
