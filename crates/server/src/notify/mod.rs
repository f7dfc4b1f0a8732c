//! Messages that leave the house: SMS through a gateway over HTTP, or into the demo's visible outbox.
//!
//! Promises: a message says only what a registered wording says; it is sent in jobs, never inside a transaction; its
//! id is its own for ever, so that sending twice is one message to the gateway; what became of it can be asked.

mod delivery;
mod http;
mod outbox;
mod quiet;
mod template;

use std::collections::BTreeMap;

pub use delivery::{Delivery, DeliveryState, delivery};
pub use http::routes;
pub use outbox::{Kept, forget, kept, sweep};
pub use quiet::outside_quiet_hours;
use serde::Serialize;
pub use template::Template;

use crate::config::{Config, SmsAdapter};
use crate::ctx::Ctx;
use crate::db::Migration;
use crate::error::{Error, Field, Result, Text};
use crate::id::InstitutionId;

/// This room's tables.
pub fn migrations() -> Vec<Migration> {
    [outbox::MIGRATIONS, delivery::MIGRATIONS].concat()
}

/// One text message. Its values may hold a code: they go to the gateway (or the demo outbox) and nowhere else.
pub struct Sms<'a> {
    /// The sender's own id for it, unique within the institution.
    pub id: &'a str,
    pub to: &'a str,
    pub to_masked: &'a str,
    pub template: Template,
    pub values: Vec<(&'static str, String)>,
    /// What the message is about.
    pub case: &'a str,
}

#[derive(Serialize)]
struct GatewayRequest<'a> {
    /// The same for the same message, however often it is sent.
    message: String,
    to: &'a str,
    /// The template's id at the gateway.
    template: &'a str,
    values: BTreeMap<&'static str, &'a str>,
    /// The whole text, for gateways without templates.
    text: &'a str,
}

/// Sends one message; an error means 'not accepted, try again'.
pub async fn send(ctx: &Ctx, institution: &InstitutionId, sms: Sms<'_>) -> Result<()> {
    let text = sms.template.render(&sms.values)?;
    delivery::begin(ctx, institution, &sms).await?;
    match ctx.config.sms.adapter {
        SmsAdapter::Outbox => {
            outbox::keep(ctx, institution, &sms, &text).await?;
            delivery::accepted(ctx, institution, sms.id).await?;
            let now_ms = ctx.clock.now_ms();
            // Whoever looks into the outbox has it.
            delivery::ended(
                ctx,
                institution,
                sms.id,
                delivery::Ended::Delivered,
                now_ms,
                None,
            )
            .await
        }
        SmsAdapter::Http => {
            hand_over(ctx, institution, &sms, &text, &ctx.config.sms.token).await?;
            delivery::accepted(ctx, institution, sms.id).await
        }
    }
}

/// Offers a message to the gateway under some token, and keeps nothing of it: for trying a gateway.
pub async fn offer(
    ctx: &Ctx,
    institution: &InstitutionId,
    sms: &Sms<'_>,
    token: &str,
) -> Result<()> {
    let text = sms.template.render(&sms.values)?;
    hand_over(ctx, institution, sms, &text, token).await
}

async fn hand_over(
    ctx: &Ctx,
    institution: &InstitutionId,
    sms: &Sms<'_>,
    text: &str,
    token: &str,
) -> Result<()> {
    let settings = &ctx.config.sms;
    if settings.url.is_empty() {
        return Err(Error::internal("sms.url is not configured"));
    }
    let body = GatewayRequest {
        message: format!("{institution}/{}", sms.id),
        to: sms.to,
        template: gateway_template(&ctx.config, institution, sms.template),
        values: sms
            .values
            .iter()
            .map(|(name, value)| (*name, value.as_str()))
            .collect(),
        text,
    };
    let answer = ctx
        .http
        .post(&settings.url)
        .bearer_auth(token)
        .json(&body)
        .send()
        .await;
    answer?.error_for_status()?;
    Ok(())
}

/// The gateway's id of a template: an institution's own, else the house's, else our name for it.
fn gateway_template<'a>(
    config: &'a Config,
    institution: &InstitutionId,
    template: Template,
) -> &'a str {
    let named = &config.sms.templates;
    named
        .get(&format!("{institution}/{}", template.as_str()))
        .or_else(|| named.get(template.as_str()))
        .map_or(template.as_str(), String::as_str)
}

/// Refuses a configuration that names a template nobody sends.
pub fn check(config: &Config) -> Result<()> {
    let known = |key: &str| {
        let name = key.split_once('/').map_or(key, |(_, name)| name);
        Template::parse(name).is_some()
    };
    let faults: Vec<Field> = config
        .sms
        .templates
        .keys()
        .filter(|key| !known(key))
        .map(|key| {
            let why = Text::new("没有这个短信模板。", "There is no such SMS template.");
            Field::new(format!("sms.templates.{key}"), "unknown_value", why)
        })
        .collect();
    if faults.is_empty() {
        Ok(())
    } else {
        Err(Error::Invalid(faults))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_institution_s_own_template_goes_before_the_house_s() {
        let mut config = Config::load(None).expect("defaults");
        let ours = InstitutionId::stored("ins_ours".into());
        let theirs = InstitutionId::stored("ins_theirs".into());
        let id =
            |config: &Config, who| gateway_template(config, who, Template::OpenLink).to_owned();
        assert_eq!(id(&config, &ours), "open_link");
        for (key, value) in [("open_link", "SMS_1"), ("ins_ours/open_link", "SMS_2")] {
            config.sms.templates.insert(key.into(), value.into());
        }
        assert_eq!(
            (id(&config, &ours), id(&config, &theirs)),
            ("SMS_2".into(), "SMS_1".into())
        );
        assert!(check(&config).is_ok());
        config
            .sms
            .templates
            .insert("ins_ours/hello".into(), "SMS_3".into());
        assert!(check(&config).is_err());
    }
}
