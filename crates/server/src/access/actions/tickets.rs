//! One-time tickets: the lender's own app has signed the person in, so its backend opens their link without a code;
//! and the way back into that app.

use url::Url;

use crate::access::Customer;
use crate::access::facts::{TicketEntered, TicketIssued};
use crate::access::model::{RETURN_URL_CHARS_MAX, TicketId};
use crate::access::refusal::Refusal;
use crate::access::store::{links, tickets};
use crate::access::{session, token};
use crate::ctx::Ctx;
use crate::db::Read;
use crate::error::{Error, Result};
use crate::id::InstitutionId;
use crate::ledger::{self, Fact, Seat, SeatKind, Tx};
use crate::vault::Private;

/// A ticket is good for the moment in which an app opens a page.
const VALID_MS: i64 = 60_000;

/// A ticket as its maker gets it.
#[derive(Clone, Debug)]
pub struct IssuedTicket {
    /// The address that opens the pages, once; the secret stands behind `#`.
    pub url: String,
    pub expires_at_ms: i64,
}

/// Makes a ticket to the living link of a case, in the caller's transaction; the fact says that the caller has signed the
/// person in.
pub async fn issue_ticket(tx: &mut Tx, case: &str) -> Result<IssuedTicket> {
    let now_ms = tx.now_ms();
    let link = links::live_of_case(tx, case, now_ms)
        .await?
        .ok_or(Refusal::LinkExpired)?;
    let institution = tx.institution()?.clone();
    let lender = super::institutions::institution(tx, &institution).await?;
    let base = super::links::base_url(tx.ctx(), tx).await?;
    let (id, secret) = (
        TicketId::fresh(now_ms, &tx.ctx().random),
        token::session_token(&tx.ctx().random),
    );
    let expires_at_ms = now_ms + VALID_MS;
    let digest = token::digest(secret.expose());
    tickets::insert(tx, &id, digest, &link.id, expires_at_ms).await?;
    let fact = TicketIssued {
        link: link.id.as_str(),
        ticket: id.as_str(),
        expires_at_ms,
        signed_in_by: "lender",
    };
    tx.record(Fact::of(case, &fact)?);
    let owner = institution
        .as_str()
        .trim_start_matches(InstitutionId::PREFIX)
        .trim_start_matches('_');
    Ok(IssuedTicket {
        url: format!(
            "{base}/h5/in/{}#/t/{owner}.{}",
            lender.code,
            secret.expose()
        ),
        expires_at_ms,
    })
}

/// Enters by a ticket; answers the borrower and their session's token. Older sessions of the case end.
pub async fn enter_by_ticket(ctx: &Ctx, ticket: &str) -> Result<(Customer, Private<String>)> {
    let (owner, secret) = ticket.split_once('.').ok_or(Refusal::TicketUnknown)?;
    let institution = InstitutionId::parse(&format!("{}_{owner}", InstitutionId::PREFIX))
        .map_err(|_| Refusal::TicketUnknown)?;
    let view = ctx.db.read(&institution).await?;
    let found = tickets::find(&view, token::digest(secret))
        .await?
        .ok_or(Refusal::TicketUnknown)?;
    drop(view);
    let holder = Seat {
        institution,
        kind: SeatKind::Link,
        id: found.link.to_string(),
    };
    ledger::retrying(|| enter_once(ctx, &holder, secret)).await
}

async fn enter_once(ctx: &Ctx, holder: &Seat, secret: &str) -> Result<(Customer, Private<String>)> {
    let mut tx = ledger::begin(ctx, holder).await?;
    let now_ms = tx.now_ms();
    let ticket = tickets::lock(&tx, token::digest(secret))
        .await?
        .ok_or(Refusal::TicketUnknown)?;
    if ticket.used_at_ms.is_some() {
        return Err(Refusal::TicketUsed.into());
    }
    if now_ms >= ticket.expires_at_ms {
        return Err(Refusal::TicketExpired.into());
    }
    let link = links::lock(&tx, &ticket.link)
        .await?
        .ok_or(Refusal::TicketUnknown)?;
    link.must_be_open(now_ms)?;
    tickets::used(&mut tx, &ticket.id, now_ms).await?;
    let (customer, secret) = session::start_customer(ctx, &mut tx, &link).await?;
    let fact = TicketEntered {
        link: link.id.as_str(),
        ticket: ticket.id.as_str(),
        session: customer.session_id(),
    };
    let fact = Fact::of(&link.case, &fact)?.about(&link.subject);
    ledger::commit(tx, fact).await?;
    Ok((customer, secret))
}

/// Notes where the borrower of a case goes back to, in the caller's transaction; only the institution's own origins.
pub async fn keep_return(tx: &mut Tx, case: &str, address: &str) -> Result<()> {
    let known = super::settings::settings(tx).await?.settings;
    if address.len() > RETURN_URL_CHARS_MAX {
        return Err(Error::field(
            "return_url",
            "text_length",
            "不超过 500 个字符。",
            "At most 500 characters.",
        ));
    }
    if !known.may_return_to(address) {
        return Err(Error::field(
            "return_url",
            "return_origin_unknown",
            "返回地址的来源不在本机构设置的名单内。",
            "The origin of the return address is not among the institution's settings.",
        ));
    }
    tickets::keep_return(tx, case, address).await
}

/// How the pages of a case talk to the lender's app.
#[derive(Clone, Debug, Default, PartialEq, Eq, serde::Serialize, utoipa::ToSchema)]
pub struct Leaving {
    /// Where 'back' leads, with the case and its state and nothing personal.
    pub return_url: Option<String>,
    /// Who may be told of steps, when the pages stand in a frame.
    pub embedders: Vec<String>,
}

/// The way out of a case that stands in a state.
pub async fn leaving(view: &impl Read, case: &str, state: &str) -> Result<Leaving> {
    let known = super::settings::settings(view).await?.settings;
    let address = tickets::return_of(view, case)
        .await?
        // An origin that was taken off the list since is no way out any more.
        .filter(|address| known.may_return_to(address));
    Ok(Leaving {
        return_url: address.and_then(|address| {
            let mut url = Url::parse(&address).ok()?;
            url.query_pairs_mut()
                .append_pair("journey", case)
                .append_pair("state", state);
            Some(url.to_string())
        }),
        embedders: known.embedders().to_vec(),
    })
}

/// Who may show an institution's pages in a frame, by its code; nobody for a code that is not there.
pub async fn embedders(ctx: &Ctx, code: &str) -> Result<Vec<String>> {
    let view = ctx.db.read(crate::db::Scope::Unscoped).await?;
    let Ok(lender) = super::institutions::institution_by_code(&view, code).await else {
        return Ok(Vec::new());
    };
    drop(view);
    let view = ctx.db.read(&lender.id).await?;
    let known = super::settings::settings(&view).await?.settings;
    Ok(known.embedders().to_vec())
}
