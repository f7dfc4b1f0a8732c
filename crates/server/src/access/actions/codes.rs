//! One-time codes: asked for, delivered, entered.

use serde::Serialize;

use super::links::resolve;
use crate::access::facts::{
    CodeConfirmed, CodeRefused, CodeRequested, CodeSent as CodeSentFact, LinkOpened,
};
use crate::access::jobs::SendCode;
use crate::access::model::{CodeId, CodePurpose, LinkId, LinkRow, Opens};
use crate::access::refusal::Refusal;
use crate::access::store::{self, codes};
use crate::access::{Customer, session, token};
use crate::ctx::Ctx;
use crate::db::Read;
use crate::error::{Error, Result};
use crate::id::InstitutionId;
use crate::jobs::Job as _;
use crate::ledger::{self, Fact, Seat, SeatKind, Tx};
use crate::notify::{self, Sms, Template};
use crate::vault::{self, Basis, ItemKind, Private, Purpose};

/// The key file behind every code.
pub const CODES_KEY: &str = "codes";

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
    let mut tx = ledger::begin(ctx, &holder(&link.institution, &link.id)).await?;
    let sent = request(&mut tx, &link.id, CodePurpose::OpenLink, None).await?;
    ledger::commit_recorded(tx).await?;
    Ok(sent)
}

/// What a code confirms, and what its message says about it.
struct Bound<'a> {
    digest: &'a str,
    says: Vec<(&'static str, String)>,
}

/// Asks for a code with which the signed-in person confirms exactly what has a digest; the message says what it is. Older
/// codes for the purpose no longer count.
pub async fn ask_bound(
    tx: &mut Tx,
    customer: &Customer,
    purpose: CodePurpose,
    digest: &str,
    says: Vec<(&'static str, String)>,
) -> Result<CodeSent> {
    request(tx, &customer.link, purpose, Some(Bound { digest, says })).await
}

async fn request(
    tx: &mut Tx,
    link: &LinkId,
    purpose: CodePurpose,
    bound: Option<Bound<'_>>,
) -> Result<CodeSent> {
    let limits = &tx.ctx().config.access;
    let (code_wait_ms, valid_ms) = (
        limits.code_wait_seconds * 1000,
        limits.code_valid_seconds * 1000,
    );
    let now_ms = tx.now_ms();
    let link = store::links::lock(tx, link)
        .await?
        .ok_or(Refusal::LinkUnknown)?;
    let opens = match purpose {
        CodePurpose::OpenLink => link.opens(now_ms)?,
        CodePurpose::SignAuthority | CodePurpose::SignContracts => {
            link.must_be_open(now_ms)?;
            Opens::Journey
        }
    };
    codes::sent(tx, &link.id, purpose, now_ms)
        .await?
        .may_send(now_ms, code_wait_ms)?;
    let id = CodeId::fresh(tx.ctx().clock.now_ms(), &tx.ctx().random);
    let expires_at_ms = now_ms + valid_ms;
    let said = match &bound {
        Some(bound) => Some(serde_json::to_string(&bound.says)?),
        None => None,
    };
    let about = (bound.as_ref().map(|bound| bound.digest), said);
    codes::insert(tx, &id, &link.id, purpose, now_ms, expires_at_ms, about).await?;
    if opens == Opens::Rights {
        // What the contract allowed is over; the person's rights over their data are not.
        let (send, phone, law) = (Purpose::SendCode, [ItemKind::Phone], Basis::LegalDuty);
        vault::grant(tx, &link.subject, send, &phone, law, expires_at_ms).await?;
    }
    tx.enqueue(&SendCode {
        challenge: id.to_string(),
    })
    .await?;
    let fact = CodeRequested {
        link: link.id.as_str(),
        code: id.as_str(),
        purpose: purpose.as_str(),
        expires_at_ms,
    };
    tx.record(Fact::of(&link.case, &fact)?.about(&link.subject));
    Ok(CodeSent {
        code_wait_ms,
        valid_ms,
    })
}

/// Milliseconds until the link may ask for another code.
pub async fn wait_ms(ctx: &Ctx, view: &impl Read, link: &LinkRow) -> Result<i64> {
    let now_ms = ctx.clock.now_ms();
    let sent = codes::sent(view, &link.id, CodePurpose::OpenLink, now_ms).await?;
    Ok(sent.wait_ms(now_ms, ctx.config.access.code_wait_seconds * 1000))
}

/// Sends a code that was asked for. Safe to run twice: a code that was sent, used, has expired or is no longer the
/// link's newest is left alone.
pub async fn deliver(ctx: &Ctx, institution: &InstitutionId, id: &CodeId) -> Result<()> {
    let Some(delivery) = ledger::retrying(|| prepare(ctx, institution, id)).await? else {
        return Ok(());
    };
    let Delivery {
        purpose,
        link,
        phone,
        values,
    } = delivery;
    let to_masked = vault::mask_phone(phone.expose());
    let sms = Sms {
        id: id.as_str(),
        to: phone.expose(),
        to_masked: &to_masked,
        template: template(purpose),
        values,
        case: &link.case,
    };
    notify::send(ctx, institution, sms).await?;
    ledger::retrying(|| swear_sent(ctx, purpose, &link, id)).await
}

/// A message ready to leave.
struct Delivery {
    purpose: CodePurpose,
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
    let purpose = CodePurpose::parse(&code.purpose)
        .ok_or_else(|| Error::internal("a code for an unknown purpose"))?;
    let link_id = LinkId::stored(code.link_id.clone());
    // A late older code would only be entered in vain.
    if codes::newest(&tx, &link_id, purpose).await?.as_ref() != Some(id) {
        return Ok(None);
    }
    let link = store::links::by_id(&tx, &link_id)
        .await?
        .ok_or_else(|| Error::internal("a code without its link"))?;
    let lender = super::institutions::institution(&tx, institution).await?;
    let phone = vault::open(
        &mut tx,
        &link.subject,
        &link.case,
        ItemKind::Phone,
        Purpose::SendCode,
    )
    .await?;
    ledger::commit_recorded(tx).await?;
    let digits = token::code_digits(
        &ctx.keys.get_or_create(CODES_KEY, &ctx.random)?,
        id,
        purpose,
        &link_id,
        code.bound_to.as_deref(),
    );
    let mut values = vec![
        ("lender", lender.short_name),
        ("code", digits.expose().clone()),
        ("valid", valid(ctx.config.access.code_valid_seconds)),
    ];
    if let Some(said) = &code.said {
        let said: Vec<(String, String)> = serde_json::from_str(said)?;
        for name in template(purpose).names() {
            let given = said.iter().find(|(given, _)| given == name);
            values.extend(given.map(|(_, value)| (name, value.clone())));
        }
    }
    Ok(Some(Delivery {
        purpose,
        link,
        phone,
        values,
    }))
}

/// The wording that carries a code.
fn template(purpose: CodePurpose) -> Template {
    match purpose {
        CodePurpose::OpenLink => Template::OpenLink,
        CodePurpose::SignAuthority => Template::SignAuthority,
        CodePurpose::SignContracts => Template::SignContracts,
    }
}

/// The gateway took the message; a crash before this sends the same code once more.
async fn swear_sent(ctx: &Ctx, purpose: CodePurpose, link: &LinkRow, id: &CodeId) -> Result<()> {
    let mut tx = ledger::begin(ctx, &Seat::system(&link.institution, SendCode::KIND)).await?;
    let now_ms = tx.now_ms();
    codes::mark_sent(&mut tx, id, now_ms).await?;
    let fact = CodeSentFact {
        link: link.id.as_str(),
        code: id.as_str(),
        purpose: purpose.as_str(),
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
    well_formed(code)?;
    ledger::retrying(|| enter_once(ctx, &link.id, &link.institution, code)).await
}

fn well_formed(code: &str) -> Result<()> {
    if token::code_well_formed(code) {
        return Ok(());
    }
    Err(Error::field(
        "code",
        "code_format",
        "验证码是 6 位数字。",
        "A code has 6 digits.",
    ))
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
    link.opens(now_ms)?;
    let id = match spend(&mut tx, &link, CodePurpose::OpenLink, None, given).await? {
        Ok(id) => id,
        Err(refusal) => {
            ledger::commit_recorded(tx).await?;
            return Err(refusal.into());
        }
    };
    let (customer, secret) = session::start_customer(ctx, &mut tx, &link).await?;
    let fact = LinkOpened {
        link: link.id.as_str(),
        code: id.as_str(),
        session: customer.session_id(),
    };
    let fact = Fact::of(&link.case, &fact)?.about(&link.subject);
    ledger::commit(tx, fact).await?;
    Ok((customer, secret))
}

/// Enters the newest code for exactly what has a digest, in the signed-in person's own transaction; a code for anything else
/// is none.
///
/// A wrong code answers its refusal inside: that it was tried is in the transaction, which must end well all the same.
pub async fn confirm_bound(
    tx: &mut Tx,
    customer: &Customer,
    purpose: CodePurpose,
    digest: &str,
    given: &str,
) -> Result<Result<CodeId>> {
    well_formed(given)?;
    let link = store::links::lock(tx, &customer.link)
        .await?
        .ok_or(Refusal::LinkUnknown)?;
    let id = match spend(tx, &link, purpose, Some(digest), given).await? {
        Ok(id) => id,
        Err(refusal) => return Ok(Err(refusal.into())),
    };
    let fact = CodeConfirmed {
        link: link.id.as_str(),
        code: id.as_str(),
        purpose: purpose.as_str(),
        bound_to: digest,
    };
    tx.record(Fact::of(&link.case, &fact)?.about(&link.subject));
    Ok(Ok(id))
}

/// Marks the newest code of a locked link as used, or counts the try; the link's lock keeps two entries apart.
async fn spend(
    tx: &mut Tx,
    link: &LinkRow,
    purpose: CodePurpose,
    bound_to: Option<&str>,
    given: &str,
) -> Result<Result<CodeId, Refusal>> {
    let now_ms = tx.now_ms();
    let code = codes::lock_newest(tx, &link.id, purpose)
        .await?
        .filter(|code| code.live(now_ms) && code.bound_to.as_deref() == bound_to)
        .ok_or(Refusal::CodeExpired)?;
    let tries_max = tx.ctx().config.access.code_tries_max;
    if code.tries >= tries_max {
        return Err(Refusal::CodeExhausted.into());
    }
    let id = CodeId::stored(code.id);
    let key = tx.ctx().keys.get_or_create(CODES_KEY, &tx.ctx().random)?;
    let expected = token::code_digits(&key, &id, purpose, &link.id, bound_to);
    if token::code_equal(&expected, given) {
        codes::used(tx, &id, now_ms).await?;
        return Ok(Ok(id));
    }
    let tries = code.tries + 1;
    codes::tried(tx, &id, tries).await?;
    let tries_left = tries_max - tries;
    let fact = CodeRefused {
        link: link.id.as_str(),
        code: id.as_str(),
        tries_left,
    };
    tx.record(Fact::of(&link.case, &fact)?.about(&link.subject));
    Ok(Err(if tries_left > 0 {
        Refusal::CodeWrong { tries_left }
    } else {
        Refusal::CodeExhausted
    }))
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
