//! Who certifies the person's key, seals for the institution and stamps the time: services outside, or the house's own.

mod embedded;
mod outside;

use pades::timestamp::{Request, Token};
use pades::{Certificate, Trust};

pub use embedded::{Embedded, KEY};
use outside::Outside;

use super::refusal::Refused;
use super::tries::Origin;
use crate::access::{self, Institution};
use crate::config::{Mode, OwnAuthority};
use crate::ctx::Ctx;
use crate::db::Read as _;
use crate::error::Result;
use crate::ledger::Tx;
use crate::vault::Private;

/// A single-use certificate that is wanted.
pub struct Wanted<'a> {
    /// The attempt; the same for every try to ask.
    pub attempt: &'a str,
    pub name: &'a Private<String>,
    pub id_number: &'a Private<String>,
    /// DER of the SubjectPublicKeyInfo.
    pub public_key: &'a [u8],
    /// What it rests on: the identity check and the set.
    pub uris: &'a [String],
    pub now_s: i64,
}

/// The services of one institution.
pub enum Authority {
    Embedded(Box<Embedded>),
    Outside(Box<Outside>),
}

/// Whose services an institution uses; none where production has none configured.
pub fn origin(ctx: &Ctx, institution_code: &str) -> Option<Origin> {
    let signing = &ctx.config.signing;
    if signing.service(institution_code).is_some() {
        return Some(Origin::External);
    }
    match (ctx.config.server.mode, signing.own_authority) {
        (Mode::Demo, _) | (Mode::Production, OwnAuthority::Allowed) => Some(Origin::Embedded),
        (Mode::Production, OwnAuthority::Refused) => None,
    }
}

/// Refuses what nobody could sign.
pub async fn ready(tx: &Tx) -> Result<()> {
    let house = access::institution(tx, tx.institution()?).await?;
    origin(tx.ctx(), &house.code).ok_or(Refused::NotConfigured)?;
    Ok(())
}

/// Has the certificate of an attempt revoked outside; what the house's own authority revokes follows from its attempts.
pub async fn revoke(ctx: &Ctx, house: &Institution, attempt: &str) -> Result<()> {
    match ctx.config.signing.service(&house.code) {
        Some(service) => Outside::revoke(ctx, service, &house.code, attempt).await,
        // It was asked of a service outside, and only that can take it back.
        None => Err(Refused::NotConfigured.into()),
    }
}

impl Authority {
    /// Opens the services of an institution. Never inside a transaction.
    pub async fn open(ctx: &Ctx, house: &Institution) -> Result<Self> {
        match ctx.config.signing.service(&house.code) {
            Some(service) => {
                let outside = Outside::open(ctx, service, &house.code).await?;
                Ok(Self::Outside(Box::new(outside)))
            }
            None => Ok(Self::Embedded(Box::new(Embedded::open(ctx, house)?))),
        }
    }

    /// Certifies a key for one act; the new certificate first.
    pub async fn certify(&self, wanted: &Wanted<'_>) -> Result<Vec<Certificate>> {
        match self {
            Self::Embedded(own) => own.certify(wanted),
            Self::Outside(service) => service.certify(wanted).await,
        }
    }

    /// The institution's certificate and its issuers.
    pub fn seal_chain(&self) -> &[Certificate] {
        match self {
            Self::Embedded(own) => own.seal_chain(),
            Self::Outside(service) => service.seal_chain(),
        }
    }

    /// Signs with the institution's seal.
    pub async fn seal(&self, message: &[u8]) -> Result<Vec<u8>> {
        match self {
            Self::Embedded(own) => own.seal(message),
            Self::Outside(service) => service.seal(message).await,
        }
    }

    /// Stamps a signature with the time.
    pub async fn stamp(&self, ctx: &Ctx, signature: &[u8]) -> Result<Token> {
        let request = Request::over(signature, ctx.random.bytes::<16>());
        let now_s = ctx.clock.now_ms() / 1_000;
        let answer = match self {
            Self::Embedded(own) => own.stamp(&request.to_der(), now_s, ctx.random.bytes::<16>())?,
            Self::Outside(service) => service.stamp(request.to_der()).await?,
        };
        request
            .accept(&answer, self.trust(), now_s)
            .map_err(|cause| {
                tracing::warn!(%cause, "no usable timestamp");
                Refused::ServiceDown.into()
            })
    }

    /// Whom our own check of the result trusts.
    pub fn trust(&self) -> &Trust {
        match self {
            Self::Embedded(own) => own.trust(),
            Self::Outside(service) => service.trust(),
        }
    }
}
