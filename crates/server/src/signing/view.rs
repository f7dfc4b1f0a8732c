//! How signing looks to the person, how far it is, and which of its documents a case has.

use serde::Serialize;
use zeroize::Zeroizing;

use super::authority;
use super::files;
use super::intent::{Intent, State};
use super::paper::Paper;
use super::store::{attempts, intents as store};
use super::tries::Origin;
use crate::access;
use crate::ctx::Ctx;
use crate::db::Read;
use crate::error::{Error, Result, Text};
use crate::id::InstitutionId;
use crate::identity::{self, IdentityView};
use crate::ledger::{self, Seat, Tx};
use crate::product::{IdentityMethod, Progress};
use crate::vault::{Subject, SubjectId};

/// How far the step is.
pub async fn progress(
    view: &impl Read,
    case: &str,
    terms_digest: Option<&str>,
) -> Result<Progress> {
    let Some(intent) = store::newest(view, case).await? else {
        return Ok(Progress::Open);
    };
    if terms_digest != Some(intent.terms_digest.as_str()) {
        return Ok(Progress::Open);
    }
    Ok(match intent.state {
        State::Preparing | State::Authorised => Progress::Waiting,
        State::Superseded => Progress::Open,
        State::Signed => Progress::Done,
        State::Ready => match identity::progress(view, intent.id.as_str()).await? {
            Progress::Done | Progress::Open => Progress::Open,
            other => other,
        },
    })
}

/// One document as the person's page lists it.
#[derive(Serialize, utoipa::ToSchema)]
#[schema(as = SigningDocument)]
struct DocumentView {
    code: String,
    title: Text,
    /// SHA-256 of the PDF to be signed, hex; absent while it is being set.
    digest: Option<String>,
    bytes: i64,
    opened_at_ms: Option<i64>,
    /// SHA-256 of the signed PDF, hex; also its address.
    signed_digest: Option<String>,
}

/// What the person's pages need about this step.
#[derive(Serialize, utoipa::ToSchema)]
pub struct SigningView {
    state: State,
    /// What identity check, code and signature are bound to; absent while documents are being set.
    set_digest: Option<String>,
    documents: Vec<DocumentView>,
    /// SHA-256 of what the person drew for it, hex.
    handwriting_digest: Option<String>,
    /// The check made for this set alone.
    identity: IdentityView,
    /// The authority at whose own page the person could be, where the demo only plays it.
    simulated_authority: Option<IdentityMethod>,
    /// Whose certificates and timestamps it bears, or will bear.
    origin: Option<Origin>,
    expires_at_ms: i64,
    /// They can't be signed any more as they are; they can be made anew.
    expired: bool,
    /// A service outside did not answer; it is asked again without the person.
    delayed: bool,
    signed_at_ms: Option<i64>,
}

/// The step's view; of the product's `methods` those count in which the person takes part.
pub async fn view(
    ctx: &Ctx,
    view: &impl Read,
    case: &str,
    subject: &Subject,
    methods: &[IdentityMethod],
) -> Result<Option<SigningView>> {
    let Some(intent) = store::newest(view, case).await? else {
        return Ok(None);
    };
    let house = access::institution(view, view.institution()?).await?;
    let methods = identity::with_person(methods);
    let identity = identity::view(view, intent.id.as_str(), subject, &methods).await?;
    let mut methods = methods.into_iter();
    let simulated_authority = methods.find(|one| identity::simulated(ctx, &house.code, *one));
    let origin = match attempts::newest(view, &intent.id).await? {
        Some(attempt) => Some(attempt.origin),
        None => authority::origin(ctx, &house.code),
    };
    Ok(Some(SigningView {
        state: intent.state,
        set_digest: intent.set_digest.clone(),
        handwriting_digest: intent.handwriting.clone(),
        identity,
        simulated_authority,
        origin,
        expires_at_ms: intent.expires_at_ms,
        expired: intent.over(ctx.clock.now_ms()),
        delayed: intent.delayed_at_ms.is_some(),
        signed_at_ms: intent.signed_at_ms,
        documents: intent
            .documents
            .into_iter()
            .map(|document| DocumentView {
                code: document.code,
                title: document.title,
                digest: document.pdf_digest,
                bytes: document.pdf_bytes,
                opened_at_ms: document.opened_at_ms,
                signed_digest: document.signed_digest,
            })
            .collect(),
    }))
}

/// A signed document of a case.
pub struct SignedPdf {
    pub subject: SubjectId,
    /// Which set, from 1.
    pub set: i64,
    pub code: String,
    pub title: Text,
    /// SHA-256 of the signed PDF, hex.
    pub digest: String,
    pub bytes: i64,
}

/// Every signed document of a case, those of superseded sets too.
pub async fn signed(view: &impl Read, case: &str) -> Result<Vec<SignedPdf>> {
    let mut found = Vec::new();
    for intent in store::signed(view, case).await? {
        let Intent {
            subject,
            number,
            documents,
            ..
        } = intent;
        found.extend(documents.into_iter().filter_map(|document| {
            Some(SignedPdf {
                subject: subject.clone(),
                set: number,
                code: document.code,
                title: document.title,
                digest: document.signed_digest?,
                bytes: document.signed_bytes,
            })
        }));
    }
    Ok(found)
}

/// Whose document a digest names among those of a case, signed or to be signed.
pub async fn holder(view: &impl Read, case: &str, digest: &str) -> Result<Option<SubjectId>> {
    store::holder(view, case, digest).await
}

/// Opens a document of a case for a seat; the opening is sworn to.
pub async fn read(
    ctx: &Ctx,
    seat: &Seat,
    case: &str,
    subject: &SubjectId,
    digest: &str,
) -> Result<Zeroizing<Vec<u8>>> {
    let sealed = files::sealed(ctx, &seat.institution, case, digest).await?;
    let mut tx = ledger::begin(ctx, seat).await?;
    let plain = files::open(&mut tx, subject, digest, &sealed).await?;
    ledger::commit_recorded(tx).await?;
    Ok(plain)
}

/// The filled paper behind a PDF of the newest set, still sealed.
pub struct SealedPaper {
    subject: SubjectId,
    digest: String,
    sealed: Vec<u8>,
}

/// Finds the paper of a document that may be opened now.
pub async fn paper(
    ctx: &Ctx,
    institution: &InstitutionId,
    case: &str,
    pdf_digest: &str,
) -> Result<SealedPaper> {
    let view = ctx.db.read(institution).await?;
    let intent = store::newest(&view, case)
        .await?
        .ok_or_else(Error::not_found)?;
    drop(view);
    let digest = intent
        .documents
        .iter()
        .find(|document| document.pdf_digest.as_deref() == Some(pdf_digest))
        .and_then(|document| document.paper_digest.clone())
        .ok_or_else(|| Error::from(super::refusal::Refused::OtherSet))?;
    Ok(SealedPaper {
        sealed: files::sealed(ctx, institution, case, &digest).await?,
        subject: intent.subject,
        digest,
    })
}

impl SealedPaper {
    /// Opens it; the opening is a fact of this transaction.
    pub async fn open(&self, tx: &mut Tx) -> Result<Paper> {
        let plain = files::open(tx, &self.subject, &self.digest, &self.sealed).await?;
        Ok(serde_json::from_slice(&plain)?)
    }
}
