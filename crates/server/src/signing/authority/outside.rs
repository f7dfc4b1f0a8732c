//! Services of others over HTTPS: a certification authority, a seal, RFC 3161 timestamps. The contract stands in docs/adapters.md.

use std::path::Path;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use pades::{Certificate, Trust};
use serde::{Deserialize, Serialize};

use super::{Beside, Wanted};
use crate::config::SigningService;
use crate::ctx::Ctx;
use crate::error::{Error, Result};
use crate::signing::refusal::Refused;

/// Certificates, a signature or a token are a few thousand bytes; whatever is longer is none.
const ANSWER_BYTES_MAX: usize = 128 * 1024;

/// The services of one institution.
pub struct Outside {
    ctx: Ctx,
    service: SigningService,
    institution: String,
    seal_chain: Vec<Certificate>,
    trust: Trust,
    /// DER of the SubjectPublicKeyInfo that configuration pins.
    sm2_key: Option<Vec<u8>>,
}

#[derive(Serialize)]
struct CertifyAsked<'a> {
    v: u32,
    /// The same for every try; a service answers it once.
    request: &'a str,
    institution: &'a str,
    name: &'a str,
    id_number: &'a str,
    /// Base64 of the SubjectPublicKeyInfo.
    public_key: String,
    uris: &'a [String],
}

#[derive(Serialize)]
struct SealAsked<'a> {
    v: u32,
    institution: &'a str,
    #[serde(flatten)]
    what: What,
}

/// What the seal is asked for; byte strings are base64.
#[derive(Serialize)]
#[serde(untagged)]
enum What {
    Chain {},
    Signature {
        to_be_signed: String,
    },
    /// An SM2 signature over e of GB/T 32918.2: nothing of the document leaves the house.
    Sm2 {
        algorithm: &'static str,
        digest: String,
    },
}

#[derive(Serialize)]
struct RevokeAsked<'a> {
    v: u32,
    revoke: &'a str,
    institution: &'a str,
}

/// Base64 of DER, the own certificate first.
#[derive(Deserialize)]
struct Chain {
    chain: Vec<String>,
}

#[derive(Deserialize)]
struct Sealed {
    signature: String,
}

/// What failed outside is for the log; the person reads that it is tried again.
fn down(what: &str, cause: &dyn std::fmt::Display) -> Error {
    tracing::warn!(what, %cause, "a signing service gave nothing usable");
    Refused::ServiceDown.into()
}

impl Outside {
    /// Everything but the seal, which [`Self::ask_seal`] asks for.
    pub fn open(ctx: &Ctx, service: &SigningService, institution: &str) -> Result<Self> {
        let pem = std::fs::read_to_string(&service.anchors)?;
        let anchors = pades::read_pem(&pem).map_err(|cause| Error::Internal(Box::new(cause)))?;
        let sm2_key = service.sm2_key.as_deref().map(pinned).transpose()?;
        Ok(Self {
            sm2_key,
            ctx: ctx.clone(),
            service: service.clone(),
            institution: institution.to_owned(),
            seal_chain: Vec::new(),
            trust: Trust {
                anchors: anchors.clone(),
                timestamp_anchors: anchors,
                crls: Vec::new(),
            },
        })
    }

    /// Asks for the seal's certificates.
    pub async fn ask_seal(&mut self) -> Result<()> {
        self.seal_chain = chain(&self.ask_to_seal(What::Chain {}).await?)?;
        Ok(())
    }

    async fn ask_to_seal(&self, what: What) -> Result<Vec<u8>> {
        let asked = SealAsked {
            v: 1,
            institution: &self.institution,
            what,
        };
        self.ask(&self.service.seal_url, &asked).await
    }

    /// Has something signed; the signature as it came.
    async fn signature(&self, what: What) -> Result<Vec<u8>> {
        let answer = self.ask_to_seal(what).await?;
        let sealed: Sealed =
            serde_json::from_slice(&answer).map_err(|cause| down("seal", &cause))?;
        STANDARD
            .decode(&sealed.signature)
            .map_err(|cause| down("seal", &cause))
    }

    pub async fn certify(&self, wanted: &Wanted<'_>) -> Result<Vec<Certificate>> {
        let asked = CertifyAsked {
            v: 1,
            request: wanted.attempt,
            institution: &self.institution,
            name: wanted.name.expose(),
            id_number: wanted.id_number.expose(),
            public_key: STANDARD.encode(wanted.public_key),
            uris: wanted.uris,
        };
        let certified = chain(&self.ask(&self.service.certificates_url, &asked).await?)?;
        let Some(own) = certified.first() else {
            return Err(down("certificate", &"there is none"));
        };
        let (named, uris) = (own.common_name().unwrap_or_default(), own.uris());
        let wrong = if own.public_key() != wanted.public_key {
            "it is for another key"
        } else if !named.contains(wanted.name.expose().as_str()) {
            "it is in another name"
        } else if !wanted.uris.iter().all(|uri| uris.contains(uri)) {
            "it does not name the identity check and the documents"
        } else {
            return Ok(certified);
        };
        Err(down("certificate", &wrong))
    }

    /// Has the certificate of an attempt revoked.
    pub async fn revoke(
        ctx: &Ctx,
        service: &SigningService,
        institution: &str,
        attempt: &str,
    ) -> Result<()> {
        let asked = RevokeAsked {
            v: 1,
            revoke: attempt,
            institution,
        };
        ask(ctx, service, &service.certificates_url, &asked).await?;
        Ok(())
    }

    pub fn seal_chain(&self) -> &[Certificate] {
        &self.seal_chain
    }

    pub async fn seal(&self, message: &[u8]) -> Result<Vec<u8>> {
        let to_be_signed = STANDARD.encode(message);
        self.signature(What::Signature { to_be_signed }).await
    }

    /// Signs a file with the SM2 key that is pinned (identifier of GM/T 0009); only e leaves the house.
    pub async fn beside(&self, file: &[u8]) -> Result<Beside> {
        let public_key = self.sm2_key.clone().ok_or(Refused::NotConfigured)?;
        let digest = pades::sm2::digest(&public_key, file).ok_or(Refused::NotConfigured)?;
        let asked = What::Sm2 {
            algorithm: "sm2",
            digest: STANDARD.encode(digest),
        };
        Ok(Beside {
            signature: self.signature(asked).await?,
            public_key,
        })
    }

    /// RFC 3161 over HTTP, as its section 3.4 has it.
    pub async fn stamp(&self, request: Vec<u8>) -> Result<Vec<u8>> {
        let url = &self.service.timestamps_url;
        let media = "application/timestamp-query";
        post(&self.ctx, &self.service, url, media, request).await
    }

    pub fn trust(&self) -> &Trust {
        &self.trust
    }

    async fn ask(&self, url: &str, asked: &impl Serialize) -> Result<Vec<u8>> {
        ask(&self.ctx, &self.service, url, asked).await
    }
}

/// The one SM2 key of a file.
fn pinned(path: &Path) -> Result<Vec<u8>> {
    let pem = std::fs::read_to_string(path)?;
    pades::sm2::read_public_key(&pem).ok_or_else(|| Error::internal("no SM2 key in PEM"))
}

async fn ask(
    ctx: &Ctx,
    service: &SigningService,
    url: &str,
    asked: &impl Serialize,
) -> Result<Vec<u8>> {
    let body = serde_json::to_vec(asked)?;
    post(ctx, service, url, "application/json", body).await
}

async fn post(
    ctx: &Ctx,
    service: &SigningService,
    url: &str,
    media: &'static str,
    body: Vec<u8>,
) -> Result<Vec<u8>> {
    let timeout = Duration::from_secs(ctx.config.signing.timeout_seconds);
    let mut request = ctx
        .http
        .post(url)
        .timeout(timeout)
        .header("content-type", media);
    if !service.token.is_empty() {
        request = request.bearer_auth(&service.token);
    }
    let answer = request.body(body).send().await;
    let mut answer = answer.map_err(|cause| down(url, &cause.without_url()))?;
    if !answer.status().is_success() {
        return Err(down(url, &answer.status()));
    }
    let mut bytes = Vec::new();
    loop {
        let chunk = answer.chunk().await;
        match chunk.map_err(|cause| down(url, &cause.without_url()))? {
            Some(chunk) => bytes.extend_from_slice(&chunk),
            None => return Ok(bytes),
        }
        if bytes.len() > ANSWER_BYTES_MAX {
            return Err(down(url, &"the answer is too long"));
        }
    }
}

fn chain(answer: &[u8]) -> Result<Vec<Certificate>> {
    let given: Chain =
        serde_json::from_slice(answer).map_err(|cause| down("certificates", &cause))?;
    let mut certificates = Vec::with_capacity(given.chain.len());
    for one in &given.chain {
        let der = STANDARD
            .decode(one)
            .map_err(|cause| down("certificates", &cause))?;
        certificates
            .push(Certificate::from_der(&der).map_err(|cause| down("certificates", &cause))?);
    }
    if certificates.is_empty() {
        return Err(down("certificates", &"there are none"));
    }
    Ok(certificates)
}
