//! The borrower's link: made for a case, derived again whenever its address is needed.

use crate::access::facts::{LinkCreated, LinkOpened, TicketEntered};
use crate::access::model::{Link, LinkId, LinkRow};
use crate::access::refusal::Refusal;
use crate::access::{store, token};
use crate::ctx::Ctx;
use crate::db::{Read, Scope};
use crate::error::Result;
use crate::keys::Key;
use crate::ledger::{self, Fact, Sworn as _, Tx};
use crate::vault::SubjectId;

/// The key file behind every link's token.
pub const LINKS_KEY: &str = "links";

/// Makes a link of a subject to a case, in the caller's transaction; older links of the case stop opening,
/// and what was opened through them ends.
pub async fn create_link(
    tx: &mut Tx,
    case: &str,
    subject: &SubjectId,
    expires_at_ms: i64,
) -> Result<Link> {
    let (link, now_ms) = (
        Link {
            id: LinkId::fresh(tx.now_ms(), &tx.ctx().random),
            expires_at_ms,
        },
        tx.now_ms(),
    );
    let replaced = store::links::revoke_of_case(tx, case, now_ms).await?;
    // Whoever entered through an older link is out too.
    let institution = tx.institution()?.clone();
    store::sessions::replace_customers(tx, &institution, case, now_ms).await?;
    store::links::insert(tx, &link, case, subject, now_ms).await?;
    let fact = LinkCreated {
        link: link.id.as_str(),
        expires_at_ms,
        replaced: replaced.iter().map(String::as_str).collect(),
    };
    tx.record(Fact::of(case, &fact)?.about(subject));
    Ok(link)
}

/// Whether somebody ever entered through a link of a case.
pub async fn has_entered(view: &impl Read, case: &str) -> Result<bool> {
    for kind in [LinkOpened::KIND, TicketEntered::KIND] {
        if ledger::latest(view, case, kind).await?.is_some() {
            return Ok(true);
        }
    }
    Ok(false)
}

/// The address to send to the borrower, from the link's id. The token stands behind `#`, so that no server log ever holds it.
pub async fn link_url(ctx: &Ctx, view: &impl Read, link: &str) -> Result<String> {
    Ok(format!(
        "{}/h5/#/j/{}",
        base_url(ctx, view).await?,
        token::link_token(&links_key(ctx)?, &LinkId::parse(link)?)
    ))
}

/// Where the pages of the view's institution are: its own domain, else the house's address.
pub async fn base_url(ctx: &Ctx, view: &impl Read) -> Result<String> {
    let known = super::settings::settings(view).await?.settings;
    Ok(match known.own_domain {
        Some(host) => format!("https://{host}"),
        None => ctx.config.public_url(),
    })
}

/// The link of a case that opens now, if there is one.
pub async fn live_link(ctx: &Ctx, view: &impl Read, case: &str) -> Result<Option<Link>> {
    store::links::live_of_case(view, case, ctx.clock.now_ms()).await
}

/// What a token leads to, also when it no longer opens.
pub async fn resolve(ctx: &Ctx, token: &str) -> Result<LinkRow> {
    let id = token::read_link_token(&links_key(ctx)?, token).ok_or(Refusal::LinkUnknown)?;
    let view = ctx.db.read(Scope::Unscoped).await?;
    Ok(store::links::by_id(&view, &id)
        .await?
        .ok_or(Refusal::LinkUnknown)?)
}

fn links_key(ctx: &Ctx) -> Result<Key> {
    ctx.keys.get_or_create(LINKS_KEY, &ctx.random)
}
