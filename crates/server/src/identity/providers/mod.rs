//! Who is asked about a person: a real provider over HTTP, or the embedded simulator in the demo.

mod contract;
mod http;
mod simulator;

pub use contract::{Kept, contract};

use super::model::{Answer, CheckId, Origin, Reason};
use crate::config::Mode;
use crate::ctx::Ctx;
use crate::product::IdentityMethod;
use crate::vault::Private;

/// One question. Its particulars leave the house in the body of one request, and nowhere else.
pub struct Question {
    pub check: CheckId,
    pub method: IdentityMethod,
    pub name: Private<String>,
    pub id_number: Private<String>,
    pub phone: Option<Private<String>>,
    pub bank_card: Option<Private<String>>,
    pub session: Option<String>,
    /// SHA-256 of what the person is about to sign, hex, where the question is asked for that alone.
    pub bound_to: Option<String>,
    /// 1 is the first try.
    pub tries: i64,
}

/// What came back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reply {
    Said(Answer, Option<Reason>),
    /// Nothing readable; asking again may help.
    Nothing,
}

/// A reply and whose it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Heard {
    pub provider: String,
    pub origin: Origin,
    pub reply: Reply,
}

impl Heard {
    /// Nobody was asked.
    pub fn nobody() -> Self {
        Self::unknown("none", Reason::NoAnswer)
    }

    fn unknown(provider: &str, reason: Reason) -> Self {
        Self {
            provider: provider.to_owned(),
            origin: Origin::Real,
            reply: Reply::Said(Answer::Unknown, Some(reason)),
        }
    }
}

/// Whether the demo's simulator stands in for a provider.
pub fn simulated(ctx: &Ctx, institution_code: &str, method: IdentityMethod) -> bool {
    let provider = ctx
        .config
        .identity
        .provider(institution_code, method.as_str());
    provider.is_none() && ctx.config.server.mode == Mode::Demo
}

/// Asks whoever is configured for this institution and method. Never inside a transaction.
///
/// Without a provider the demo's simulator answers; in production nobody does, and a person decides.
pub async fn ask(ctx: &Ctx, institution_code: &str, question: &Question) -> Heard {
    let identity = &ctx.config.identity;
    let Some(provider) = identity.provider(institution_code, question.method.as_str()) else {
        return match simulated(ctx, institution_code, question.method) {
            true => Heard {
                provider: simulator::NAME.to_owned(),
                origin: Origin::Simulated,
                reply: simulator::reply(question.id_number.expose(), question.tries),
            },
            false => Heard::unknown("none", Reason::NotConfigured),
        };
    };
    if question.method.needs_session() && question.session.is_none() {
        return Heard::unknown(&provider.name, Reason::SessionMissing);
    }
    Heard {
        provider: provider.name.clone(),
        origin: Origin::Real,
        reply: http::reply(ctx, provider, identity.timeout_seconds, question).await,
    }
}
