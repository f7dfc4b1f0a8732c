//! Who certifies the person's key, seals for the institution and stamps the time: services outside, or the house's own.

mod embedded;
mod library;
mod module;
mod outside;

use pades::timestamp::{Request, Token};
use pades::{Certificate, Trust};

pub use embedded::{Embedded, KEY};
use module::Module;
use outside::Outside;

use super::refusal::Refused;
use super::tries::Origin;
use crate::access::{self, Institution};
use crate::config::{Mode, OwnAuthority, Sm2};
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

/// Who certifies and stamps, and seals where no module does.
enum Services {
    Embedded(Box<Embedded>),
    Outside(Box<Outside>),
}

/// The services of one institution.
pub struct Authority {
    services: Services,
    /// Keeps the seal's key, where one is configured.
    module: Option<Module>,
    trust: Trust,
    sm2: Sm2,
}

/// The institution's SM2 signature over a file, beside it.
pub struct Beside {
    /// DER of the SubjectPublicKeyInfo.
    pub public_key: Vec<u8>,
    /// DER of r and s (GB/T 35276).
    pub signature: Vec<u8>,
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
        let signing = &ctx.config.signing;
        let module = signing.seal(&house.code);
        let module = module.map(|place| Module::open(ctx, place)).transpose()?;
        let services = match signing.service(&house.code) {
            Some(service) => {
                let mut outside = Outside::open(ctx, service, &house.code)?;
                if module.is_none() {
                    outside.ask_seal().await?;
                }
                Services::Outside(Box::new(outside))
            }
            None => Services::Embedded(Box::new(Embedded::open(ctx, house)?)),
        };
        let mut trust = match &services {
            Services::Embedded(own) => own.trust().clone(),
            Services::Outside(service) => service.trust().clone(),
        };
        // Beside the house's own authority nobody else names the seal's root; a service outside does, in its anchors.
        if let (Services::Embedded(_), Some(module)) = (&services, &module) {
            trust.anchors.extend(module.chain().last().cloned());
        }
        Ok(Self {
            services,
            module,
            trust,
            sm2: signing.sm2,
        })
    }

    /// Certifies a key for one act; the new certificate first.
    pub async fn certify(&self, wanted: &Wanted<'_>) -> Result<Vec<Certificate>> {
        match &self.services {
            Services::Embedded(own) => own.certify(wanted),
            Services::Outside(service) => service.certify(wanted).await,
        }
    }

    /// The institution's certificate and its issuers.
    pub fn seal_chain(&self) -> &[Certificate] {
        match (&self.module, &self.services) {
            (Some(module), _) => module.chain(),
            (None, Services::Embedded(own)) => own.seal_chain(),
            (None, Services::Outside(service)) => service.seal_chain(),
        }
    }

    /// Signs with the institution's seal.
    pub async fn seal(&self, message: &[u8]) -> Result<Vec<u8>> {
        match (&self.module, &self.services) {
            (Some(module), _) => module.seal(message).await,
            (None, Services::Embedded(own)) => own.seal(message),
            (None, Services::Outside(service)) => service.seal(message).await,
        }
    }

    /// Signs a finished file with SM2, where that is configured; checked before it counts.
    pub async fn beside(&self, file: &[u8]) -> Result<Option<Beside>> {
        let beside = match (self.sm2, &self.services) {
            (Sm2::None, _) => return Ok(None),
            (Sm2::Beside, Services::Embedded(own)) => own.beside(file)?,
            (Sm2::Beside, Services::Outside(service)) => service.beside(file).await?,
        };
        if pades::sm2::holds(&beside.public_key, file, &beside.signature) {
            return Ok(Some(beside));
        }
        tracing::error!("an SM2 signature does not hold");
        Err(Refused::NotVerified.into())
    }

    /// Stamps a signature with the time.
    pub async fn stamp(&self, ctx: &Ctx, signature: &[u8]) -> Result<Token> {
        let request = Request::over(signature, ctx.random.bytes::<16>());
        let now_s = ctx.clock.now_ms() / 1_000;
        let answer = match &self.services {
            Services::Embedded(own) => {
                own.stamp(&request.to_der(), now_s, ctx.random.bytes::<16>())?
            }
            Services::Outside(service) => service.stamp(request.to_der()).await?,
        };
        request
            .accept(&answer, self.trust(), now_s)
            .map_err(|cause| {
                tracing::warn!(%cause, "no usable timestamp");
                Refused::ServiceDown.into()
            })
    }

    /// Whom our own check of the result trusts: for the institution's signature; a person's must be [`Self::certified`] too.
    pub fn trust(&self) -> &Trust {
        &self.trust
    }

    /// Whether the way of a person's certificate ends where the services do, and not at the root of the seal's module.
    pub fn certified(&self, path: &[Certificate]) -> bool {
        let anchors = match &self.services {
            Services::Embedded(own) => &own.trust().anchors,
            Services::Outside(service) => &service.trust().anchors,
        };
        let end = path.last().map(Certificate::fingerprint);
        anchors.iter().any(|one| Some(one.fingerprint()) == end)
    }
}
