//! Contract tests of a lender's own side: every adapter that the configuration names is tried as the house would use it.

mod signed;
mod words;

pub use words::words;

use crate::config::SmsAdapter;
use crate::ctx::Ctx;
use crate::error::{Error, Result};
use crate::id::{self, InstitutionId};
use crate::notify::{self, Sms, Template};
use crate::outward;
use crate::{batch, identity};

/// Whether one clause is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verdict {
    /// Which adapter, such as `identity/carrier-a`.
    pub subject: String,
    /// Stable, such as `identity_answers`.
    pub clause: &'static str,
    /// The stable name of what was wrong.
    pub outcome: std::result::Result<(), &'static str>,
}

/// Tries everything that is configured.
pub async fn check(ctx: &Ctx) -> Result<Vec<Verdict>> {
    let mut all = Vec::new();
    let mut add = |subject: String, kept: Vec<identity::Kept>| {
        all.extend(kept.into_iter().map(|(clause, outcome)| Verdict {
            subject: subject.clone(),
            clause,
            outcome,
        }));
    };
    for provider in &ctx.config.identity.providers {
        let kept = identity::contract(ctx, provider).await;
        add(format!("identity/{}", provider.name), kept);
    }
    if ctx.config.sms.adapter == SmsAdapter::Http && !ctx.config.sms.url.is_empty() {
        add("sms".to_owned(), sms(ctx).await);
    }
    for recipient in &ctx.config.consent.recipients {
        let kept = signed::contract(ctx, &recipient.url, &recipient.secret, signed::Body::Items);
        add(format!("recipient/{}", recipient.code), kept.await?);
    }
    for (no, hook) in ctx.config.contract.webhooks.iter().enumerate() {
        let kept = signed::contract(ctx, &hook.url, &hook.secret, signed::Body::Event);
        add(format!("webhook/{}", no + 1), kept.await?);
    }
    for (no, url) in ctx.config.contract.return_urls.iter().enumerate() {
        let kept = vec![("return_opens", opens(ctx, url).await)];
        add(format!("return_url/{}", no + 1), kept);
    }
    for exchange in &ctx.config.batch.exchanges {
        let kept = batch::contract(ctx, exchange).await;
        add(format!("files/{}", exchange.institution), kept);
    }
    Ok(all)
}

/// Whether the borrower's way back leads anywhere.
async fn opens(ctx: &Ctx, url: &str) -> std::result::Result<(), &'static str> {
    let url = outward::parse(url, ctx.config.contract_reach()).map_err(|_| "url_unfit")?;
    match ctx.http.get(url).send().await {
        Ok(answer) if answer.status().is_success() || answer.status().is_redirection() => Ok(()),
        Ok(_) => Err("answer_status"),
        Err(_) => Err("no_answer"),
    }
}

/// The gateway takes a message, the same one again as the same, and none under another token.
async fn sms(ctx: &Ctx) -> Vec<identity::Kept> {
    let now_ms = ctx.clock.now_ms();
    let institution = InstitutionId::stored(format!("ins_{}", id::body(now_ms, &ctx.random)));
    let offer = async |id: &str, token: &str| {
        let sms = Sms {
            id,
            to: &ctx.config.contract.phone,
            to_masked: "",
            template: Template::OpenLink,
            values: vec![
                ("lender", "接口合约检查".to_owned()),
                ("code", "000000".to_owned()),
                ("valid", "5分钟".to_owned()),
            ],
            case: "",
        };
        notify::offer(ctx, &institution, &sms, token).await
    };
    let (token, stranger) = (&ctx.config.sms.token, format!("{}x", ctx.config.sms.token));
    let taken = |outcome: Result<()>| outcome.map_err(|_: Error| "not_accepted");
    let first = taken(offer("cod_contract", token).await);
    let mut kept = vec![("sms_accepts", first)];
    // A gateway that takes nothing at all has turned nobody away.
    if first.is_ok() {
        kept.push(("sms_repeats", taken(offer("cod_contract", token).await)));
        let strange = offer("cod_stranger", &stranger).await;
        let refused = strange.map_or(Ok(()), |()| Err("stranger_answered"));
        kept.push(("sms_token", refused));
    }
    kept
}
