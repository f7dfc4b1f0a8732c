//! What this room swears to. The case of a template is its id, of everything else the journey.

use serde::Serialize;

use super::intent::{Ended, State};
use super::issued::IssuedKind;
use super::template::Signer;
use super::tries::Origin;
use crate::identity::Route;
use crate::ledger::Sworn;

macro_rules! sworn {
    ($($name:ident => $kind:literal),* $(,)?) => {
        $(impl Sworn for $name<'_> {
            const KIND: &'static str = $kind;
        })*
    };
}

sworn! {
    TemplateProposed => "signing.template_proposed.v1",
    TemplatePublished => "signing.template_published.v1",
    Prepared => "signing.prepared.v1",
    Rendered => "signing.rendered.v1",
    Ready => "signing.ready.v1",
    Opened => "signing.opened.v2",
    Handwritten => "signing.handwritten.v1",
    Authorised => "signing.authorised.v1",
    Started => "signing.started.v1",
    Abandoned => "signing.abandoned.v1",
    Revoked => "signing.revoked.v1",
    Signed => "signing.signed.v1",
    SignedBeside => "signing.signed_beside.v2",
    Superseded => "signing.superseded.v1",
    Issued => "signing.issued.v1",
}

/// A version of a contract template was drafted.
#[derive(Serialize)]
pub struct TemplateProposed<'a> {
    pub code: &'a str,
    pub version: i64,
    pub digest: &'a str,
}

/// Two people put a version into force.
#[derive(Serialize)]
pub struct TemplatePublished<'a> {
    pub code: &'a str,
    pub version: i64,
    pub digest: &'a str,
    pub proposer: &'a str,
    pub publisher: &'a str,
    pub valid_from_ms: i64,
}

/// A template that a set is made from.
#[derive(Serialize)]
pub struct TemplateNamed<'a> {
    pub code: &'a str,
    pub digest: &'a str,
}

/// What a person will sign was fixed; without templates there is nothing to sign.
#[derive(Serialize)]
pub struct Prepared<'a> {
    pub intent: &'a str,
    pub signer: Signer,
    pub terms_digest: &'a str,
    pub templates: Vec<TemplateNamed<'a>>,
    pub expires_at_ms: i64,
}

/// One document exists.
#[derive(Serialize)]
pub struct Rendered<'a> {
    pub intent: &'a str,
    pub code: &'a str,
    /// Of the filled paper that the page shows, canonical JSON.
    pub paper_sha256: &'a str,
    pub pdf_sha256: &'a str,
    pub pdf_sm3: &'a str,
    pub bytes: i64,
}

/// Every document exists: what an identity check and a code are bound to.
#[derive(Serialize)]
pub struct Ready<'a> {
    pub intent: &'a str,
    /// SHA-256 of canonical JSON: case, intent, terms, and of each document what the page shows and the PDF.
    pub set_digest: &'a str,
}

/// A document stood open before the person.
#[derive(Serialize)]
pub struct Opened<'a> {
    pub intent: &'a str,
    pub code: &'a str,
    /// What the page showed; the PDF was set from the same.
    pub paper_sha256: &'a str,
    pub pdf_sha256: &'a str,
}

/// The person drew their name, to stand beside their signature in exactly this set.
#[derive(Serialize)]
pub struct Handwritten<'a> {
    pub intent: &'a str,
    pub set_digest: &'a str,
    pub png_sha256: &'a str,
    pub bytes: i64,
}

/// The person said yes to exactly this set.
#[derive(Serialize)]
pub struct Authorised<'a> {
    pub intent: &'a str,
    pub set_digest: &'a str,
    /// How the person was made sure of, for this set alone.
    pub route: Route,
    /// Ids of the questions that providers answered; none when staff attested.
    pub checks: &'a [String],
    /// Id of the one-time code.
    pub code: &'a str,
}

/// A try began: its certificate is known, and nothing is signed yet.
#[derive(Serialize)]
pub struct Started<'a> {
    pub intent: &'a str,
    pub attempt: &'a str,
    pub number: i64,
    pub certificate_sha256: &'a str,
    pub origin: Origin,
}

/// A try ended without a signature that counts. The house's own authority lists its certificate as revoked from now on, a
/// service outside is asked to.
#[derive(Serialize)]
pub struct Abandoned<'a> {
    pub intent: &'a str,
    pub attempt: &'a str,
    pub number: i64,
    /// `interrupted`, `superseded` with its set, or the stable code of what failed.
    pub why: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub certificate_sha256: Option<&'a str>,
}

/// The service outside took an abandoned try's certificate back.
#[derive(Serialize)]
pub struct Revoked<'a> {
    pub attempt: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub certificate_sha256: Option<&'a str>,
}

/// One signed document.
#[derive(Serialize)]
pub struct SignedDocument<'a> {
    pub code: &'a str,
    pub pdf_sha256: &'a str,
    pub signed_sha256: &'a str,
    pub signed_sm3: &'a str,
    pub bytes: i64,
}

/// Every document bears both signatures.
#[derive(Serialize)]
pub struct Signed<'a> {
    pub intent: &'a str,
    pub attempt: &'a str,
    pub number: i64,
    pub terms_digest: &'a str,
    pub set_digest: &'a str,
    pub documents: Vec<SignedDocument<'a>>,
}

/// One signed document's SM2 signature.
#[derive(Serialize)]
pub struct Sm2Document<'a> {
    pub code: &'a str,
    pub signed_sm3: &'a str,
    /// Hex of DER: r and s over the signed PDF (GB/T 32918, identifier of GM/T 0009).
    pub signature: String,
}

/// The institution signed every document of the set with SM2 too; the signatures stand here and nowhere else.
#[derive(Serialize)]
pub struct SignedBeside<'a> {
    pub intent: &'a str,
    pub attempt: &'a str,
    /// Whose key it is: the house's own, derived from its key file, or the one that configuration pins for a service outside.
    pub origin: Origin,
    /// Hex of DER: the SubjectPublicKeyInfo.
    pub public_key: String,
    pub documents: Vec<Sm2Document<'a>>,
}

/// The set is no longer the one to sign.
#[derive(Serialize)]
pub struct Superseded<'a> {
    pub intent: &'a str,
    /// Where it stood.
    pub from: State,
    pub why: Ended,
}

/// The institution alone sealed a document for the person.
#[derive(Serialize)]
pub struct Issued<'a> {
    pub document: IssuedKind,
    pub pdf_sha256: &'a str,
    pub pdf_sm3: &'a str,
    pub bytes: i64,
    /// Not where production has no services to seal with.
    pub sealed: bool,
}
