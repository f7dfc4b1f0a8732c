//! Messages that leave the house: SMS through a gateway over HTTP, or into the demo's visible outbox.
//!
//! Sending happens in jobs, never inside a transaction.

mod outbox;

pub use outbox::{Kept, MIGRATIONS, kept};
use serde::Serialize;

use crate::config::SmsAdapter;
use crate::ctx::Ctx;
use crate::error::{Error, Result};
use crate::id::InstitutionId;

/// One text message. `text` may hold a code: it goes to the gateway (or the demo outbox) and nowhere else.
pub struct Sms<'a> {
    pub to: &'a str,
    pub to_masked: &'a str,
    /// The template's id at the gateway.
    pub template: &'static str,
    pub text: String,
    /// What the message is about, for the outbox.
    pub case: &'a str,
}

#[derive(Serialize)]
struct GatewayRequest<'a> {
    to: &'a str,
    template: &'a str,
    text: &'a str,
}

/// Sends one message; an error means 'not accepted, try again'.
pub async fn send(ctx: &Ctx, institution: &InstitutionId, sms: Sms<'_>) -> Result<()> {
    match ctx.config.sms.adapter {
        SmsAdapter::Outbox => outbox::keep(ctx, institution, &sms).await,
        SmsAdapter::Http => {
            let settings = &ctx.config.sms;
            if settings.url.is_empty() {
                return Err(Error::internal("sms.url is not configured"));
            }
            let body = GatewayRequest {
                to: sms.to,
                template: sms.template,
                text: &sms.text,
            };
            let answer = ctx
                .http
                .post(&settings.url)
                .bearer_auth(&settings.token)
                .json(&body)
                .send()
                .await;
            answer?.error_for_status()?;
            Ok(())
        }
    }
}
