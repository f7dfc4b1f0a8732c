//! A seal whose key lies in a hardware module and never leaves it: PKCS #11 (OASIS 2.40), the module maker's own library.

use std::time::Duration;

use pades::Certificate;

use super::library::{self, Unsigned};
use crate::config::SealModule;
use crate::ctx::Ctx;
use crate::error::{Error, Result};
use crate::signing::refusal::Refused;

/// The seal of one institution.
pub struct Module {
    place: SealModule,
    chain: Vec<Certificate>,
    timeout: Duration,
}

impl Module {
    pub fn open(ctx: &Ctx, place: &SealModule) -> Result<Self> {
        let pem = std::fs::read_to_string(&place.chain)?;
        let chain = pades::read_pem(&pem).map_err(|cause| Error::Internal(Box::new(cause)))?;
        if chain.is_empty() {
            return Err(Error::internal("a seal without a certificate"));
        }
        // Before anybody is asked for a certificate of the person.
        library::pin_may_fit(place).map_err(|cause| down(place, &cause))?;
        Ok(Self {
            place: place.clone(),
            chain,
            timeout: Duration::from_secs(ctx.config.signing.timeout_seconds),
        })
    }

    pub fn chain(&self) -> &[Certificate] {
        &self.chain
    }

    /// Signs with SHA-256 by the certificate's algorithm.
    pub async fn seal(&self, message: &[u8]) -> Result<Vec<u8>> {
        let kind = self.chain[0].key_kind();
        library::sign(&self.place, kind, message, self.timeout)
            .await
            .map_err(|cause| down(&self.place, &cause))
    }
}

/// What failed in the module is for the log; the person reads that it is tried again.
fn down(place: &SealModule, cause: &Unsigned) -> Error {
    let institution = place.institution.as_str();
    tracing::warn!(institution, %cause, "a module set no seal");
    Refused::ServiceDown.into()
}
