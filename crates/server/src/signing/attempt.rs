//! One try to sign a set: a key that lives for this act, two signatures on each document, and our own check of the result.

use std::time::Duration;

use futures::{StreamExt as _, TryStreamExt as _};
use pades::{Certificate, PrivateKey};
use zeroize::Zeroizing;

use super::actions::intents::{record, set_aside};
use super::authority::{self, Authority, Beside, Wanted};
use super::facts;
use super::files::{self, Kept};
use super::intent::{Ended, Intent, IntentId, State};
use super::jobs::Revoke;
use super::print::document_name;
use super::refusal::Refused;
use super::signatures::{Signing, unsound};
use super::store::{attempts, intents as store};
use super::tries::{Attempt, AttemptId, AttemptState, Origin, last_try, pause_ms};
use crate::access::{self, Institution};
use crate::clock;
use crate::ctx::Ctx;
use crate::error::{Error, Result};
use crate::id::InstitutionId;
use crate::identity;
use crate::jobs;
use crate::ledger::{self, Changed, Print, Seat, Sworn as _, Tx};
use crate::vault::{self, EndReason, ItemKind, Private, Purpose};

/// How long one try may take: a run of its job that is cut would leave the try to the next one.
const SIGN_MAX: Duration = jobs::RUN_MAX.saturating_sub(Duration::from_secs(60));
/// Documents that are signed at a time.
const AT_ONCE: usize = 4;
/// When to look again where not even a try could begin.
const TROUBLE_MS: i64 = 300_000;

/// A set that was signed and not yet sworn to.
pub struct Made {
    intent: IntentId,
    attempt: AttemptId,
    /// By place.
    documents: Vec<File>,
}

/// A signed document.
struct File {
    kept: Kept,
    /// Where SM2 is configured.
    sm2: Option<Beside>,
}

/// How a try ended.
pub enum Outcome {
    /// Nobody waits for a signature.
    Nothing,
    Made(Made),
    /// Something outside failed: again after so many milliseconds.
    Later(i64),
}

/// A try that holds everything it needs.
struct Begun {
    house: Institution,
    intent: Intent,
    set_digest: String,
    attempt: Attempt,
    name: Private<String>,
    id_number: Private<String>,
    check: String,
    /// The plain PDFs, by place.
    pdfs: Vec<Vec<u8>>,
    handwriting: Option<Zeroizing<Vec<u8>>>,
}

fn seat(institution: &InstitutionId) -> Seat {
    Seat::system(institution, "signing")
}

/// Tries to sign the newest set of a case. Safe to run twice and to be killed anywhere: a try that was cut off is abandoned
/// by the next one, and only what [`conclude`] swears to counts.
pub async fn attempt(ctx: &Ctx, institution: &InstitutionId, case: &str) -> Result<Outcome> {
    let begun = match ledger::retrying(|| begin(ctx, institution, case)).await {
        Ok(Some(begun)) => begun,
        Ok(None) => return Ok(Outcome::Nothing),
        // Nothing was written: a file that can't be read, or services that were configured away.
        Err(cause) => {
            tracing::error!(case, %cause, "no try to sign could begin");
            return Ok(Outcome::Later(TROUBLE_MS));
        }
    };
    let signed = clock::within(SIGN_MAX, sign(ctx, institution, &begun)).await;
    match signed.unwrap_or_else(|| Err(Refused::ServiceDown.into())) {
        Ok(documents) => Ok(Outcome::Made(Made {
            intent: begun.intent.id,
            attempt: begun.attempt.id,
            documents,
        })),
        Err(cause) => {
            tracing::warn!(attempt = begun.attempt.id.as_str(), %cause, "a set was not signed");
            let why = cause.code();
            ledger::retrying(|| give_up(ctx, institution, &begun, why)).await
        }
    }
}

/// Opens what the try needs; an older one that was cut off is abandoned.
async fn begin(ctx: &Ctx, institution: &InstitutionId, case: &str) -> Result<Option<Begun>> {
    let view = ctx.db.read(institution).await?;
    let house = access::institution(&view, institution).await?;
    let Some(waiting) = store::newest(&view, case).await? else {
        return Ok(None);
    };
    drop(view);
    if waiting.state != State::Authorised {
        return Ok(None);
    }
    let origin = authority::origin(ctx, &house.code).ok_or(Refused::NotConfigured)?;
    let mut sealed = Vec::with_capacity(waiting.documents.len());
    for document in &waiting.documents {
        let digest = digest_of(document.pdf_digest.as_deref())?.to_owned();
        let bytes = files::sealed(ctx, institution, &waiting.case, &digest).await?;
        sealed.push((digest, bytes));
    }
    let drawn = match &waiting.handwriting {
        Some(digest) => Some(files::sealed(ctx, institution, &waiting.case, digest).await?),
        None => None,
    };
    let mut tx = ledger::begin(ctx, &seat(institution)).await?;
    let intent = store::lock(&tx, &waiting.id).await?;
    let Some(set_digest) = intent
        .set_digest
        .clone()
        .filter(|_| intent.state == State::Authorised)
    else {
        return Ok(None);
    };
    let older = attempts::newest(&tx, &intent.id).await?;
    let number = older.map_or(1, |older| older.number + 1);
    if let Some(cut_off) = attempts::open(&tx, &intent.id).await? {
        abandon(&mut tx, &intent, cut_off, "interrupted").await?;
    }
    let attempt = Attempt {
        id: AttemptId::fresh(tx.now_ms(), &ctx.random),
        intent: intent.id.clone(),
        number,
        state: AttemptState::Begun,
        origin,
        certificate: None,
        serial: None,
        ended_at_ms: None,
    };
    let now_ms = tx.now_ms();
    attempts::insert(&mut tx, &attempt, now_ms).await?;
    let vouched = identity::vouched(&tx, intent.id.as_str(), &set_digest)
        .await?
        .ok_or_else(|| Error::internal("an authorised set without its identity check"))?;
    let purpose = Purpose::SignContract;
    let Intent { case, subject, .. } = &intent;
    let name = vault::open(&mut tx, subject, case, ItemKind::Name, purpose).await?;
    let id_number = vault::open(&mut tx, subject, case, ItemKind::IdNumber, purpose).await?;
    let mut pdfs = Vec::with_capacity(sealed.len());
    for (digest, bytes) in &sealed {
        let plain = files::open(&mut tx, &intent.subject, digest, bytes).await?;
        pdfs.push(plain.to_vec());
    }
    // Nothing is drawn once the yes was said.
    let handwriting = match intent.handwriting.as_ref().zip(drawn) {
        Some((digest, sealed)) => {
            Some(files::open(&mut tx, &intent.subject, digest, &sealed).await?)
        }
        None => None,
    };
    ledger::commit_recorded(tx).await?;
    Ok(Some(Begun {
        house,
        set_digest,
        attempt,
        name,
        id_number,
        check: vouched
            .checks
            .first()
            .cloned()
            .unwrap_or_else(|| intent.id.to_string()),
        intent,
        pdfs,
        handwriting,
    }))
}

fn digest_of(digest: Option<&str>) -> Result<&str> {
    digest.ok_or_else(|| Error::internal("a set with a document that was never made"))
}

/// Makes every signature; nothing of it counts before it is sworn to.
async fn sign(ctx: &Ctx, institution: &InstitutionId, begun: &Begun) -> Result<Vec<File>> {
    let authority = Authority::open(ctx, &begun.house).await?;
    // Lives in this function and is wiped at its end.
    let key = PrivateKey::p256_drawn(|| ctx.random.bytes::<32>()).map_err(unsound)?;
    let uris = [
        format!("urn:xiaobao:identity:{}", begun.check),
        format!("urn:xiaobao:documents:{}", begun.set_digest),
    ];
    let chain = authority
        .certify(&Wanted {
            attempt: begun.attempt.id.as_str(),
            name: &begun.name,
            id_number: &begun.id_number,
            public_key: &key.public_key(),
            uris: &uris,
            now_s: ctx.clock.now_ms() / 1_000,
        })
        .await?;
    let own = chain
        .first()
        .ok_or_else(|| Error::internal("a key without a certificate"))?;
    ledger::retrying(|| started(ctx, institution, begun, own)).await?;
    let signing = Signing {
        ctx,
        authority: &authority,
        name: begun.name.expose(),
        handwriting: begun.handwriting.as_ref().map(|png| png.as_slice()),
        key: &key,
        chain: &chain,
        institution_name: &begun.house.name,
    };
    let mut documents = Vec::with_capacity(begun.pdfs.len());
    for pdf in &begun.pdfs {
        let signing = &signing;
        documents.push(async move {
            let signed = signing.both(pdf).await?;
            let sm2 = signing.authority.beside(&signed).await?;
            let Intent { case, subject, .. } = &begun.intent;
            let kept = files::keep(ctx, institution, case, subject, &signed).await?;
            Ok(File { kept, sm2 })
        });
    }
    let signed = futures::stream::iter(documents).buffered(AT_ONCE);
    signed.try_collect().await
}

/// Swears to the certificate before anything is signed with its key.
async fn started(
    ctx: &Ctx,
    institution: &InstitutionId,
    begun: &Begun,
    certificate: &Certificate,
) -> Result<()> {
    let mut tx = ledger::begin(ctx, &seat(institution)).await?;
    let intent = store::lock(&tx, &begun.intent.id).await?;
    if intent.state != State::Authorised {
        return Err(Refused::OtherSet.into());
    }
    let fingerprint = proof::hex::encode(&certificate.fingerprint());
    let attempt = Attempt {
        state: AttemptState::Started,
        certificate: Some(fingerprint.clone()),
        serial: Some(proof::hex::encode(certificate.serial())),
        ..begun.attempt.clone()
    };
    attempts::save(&mut tx, &attempt).await?;
    let fact = facts::Started {
        intent: intent.id.as_str(),
        attempt: attempt.id.as_str(),
        number: attempt.number,
        certificate_sha256: &fingerprint,
        origin: attempt.origin,
    };
    record(&mut tx, &intent, &fact)?;
    ledger::commit_recorded(tx).await
}

/// Ends an open try without a signature that counts.
pub async fn abandon(tx: &mut Tx, intent: &Intent, attempt: Attempt, why: &str) -> Result<()> {
    let ended = Attempt {
        state: AttemptState::Abandoned,
        ended_at_ms: Some(tx.now_ms()),
        ..attempt
    };
    attempts::save(tx, &ended).await?;
    let fact = facts::Abandoned {
        intent: intent.id.as_str(),
        attempt: ended.id.as_str(),
        number: ended.number,
        why,
        certificate_sha256: ended.certificate.as_deref(),
    };
    record(tx, intent, &fact)?;
    if ended.origin == Origin::External {
        tx.enqueue(&Revoke {
            attempt: ended.id.to_string(),
        })
        .await?;
    }
    Ok(())
}

/// Something failed: the try is abandoned, and the page may say that another follows. After the last one the set ends,
/// and the person may have it made anew. A try that somebody else abandoned meanwhile is not followed by another.
async fn give_up(
    ctx: &Ctx,
    institution: &InstitutionId,
    begun: &Begun,
    why: &str,
) -> Result<Outcome> {
    let mut tx = ledger::begin(ctx, &seat(institution)).await?;
    let mut intent = store::lock(&tx, &begun.intent.id).await?;
    let open = attempts::open(&tx, &intent.id).await?;
    let Some(open) = open.filter(|one| one.id == begun.attempt.id) else {
        return Ok(Outcome::Nothing);
    };
    let number = open.number;
    abandon(&mut tx, &intent, open, why).await?;
    if last_try(number, why) {
        tracing::error!(set = intent.id.as_str(), why, "a set can't be signed");
        set_aside(&mut tx, intent, Ended::NotSigned).await?;
        ledger::commit_recorded(tx).await?;
        return Ok(Outcome::Nothing);
    }
    intent.delayed_at_ms = Some(tx.now_ms());
    store::save(&mut tx, &intent).await?;
    ledger::commit_recorded(tx).await?;
    Ok(Outcome::Later(pause_ms(number)))
}

/// Swears to a set that was signed. A try that was abandoned meanwhile, or a set that no longer counts, changes nothing.
pub async fn conclude(tx: &mut Tx, made: &Made) -> Result<Changed> {
    let mut intent = store::lock(tx, &made.intent).await?;
    let newest = attempts::newest(tx, &intent.id).await?;
    let Some(attempt) = newest
        .filter(|one| intent.state == State::Authorised && one.id == made.attempt)
        .filter(|one| one.state == AttemptState::Started)
    else {
        return Ok(Changed::No);
    };
    if intent.documents.len() != made.documents.len() {
        return Err(Error::internal("a set that was signed in part"));
    }
    let now_ms = tx.now_ms();
    intent.state = State::Signed;
    intent.signed_at_ms = Some(now_ms);
    intent.delayed_at_ms = None;
    let mut documents = Vec::with_capacity(made.documents.len());
    for (document, file) in intent.documents.iter_mut().zip(&made.documents) {
        document.signed_digest = Some(file.kept.sha256.clone());
        document.signed_bytes = file.kept.bytes;
    }
    for (document, File { kept, .. }) in intent.documents.iter().zip(&made.documents) {
        store::save_document(tx, &intent.id, document).await?;
        // From now on the code on its first page answers for it.
        let print = Print {
            document: &document_name(&intent.id, document.place),
            case: &intent.case,
            kind: facts::Signed::KIND,
            digest: &kept.sha256,
            subject: Some(intent.subject.as_str()),
        };
        ledger::hand_out(tx, print).await?;
        documents.push(facts::SignedDocument {
            code: &document.code,
            pdf_sha256: digest_of(document.pdf_digest.as_deref())?,
            signed_sha256: &kept.sha256,
            signed_sm3: &kept.sm3,
            bytes: kept.bytes,
        });
    }
    store::save(tx, &intent).await?;
    let done = Attempt {
        state: AttemptState::Done,
        ended_at_ms: Some(now_ms),
        ..attempt
    };
    attempts::save(tx, &done).await?;
    let set_digest = digest_of(intent.set_digest.as_deref())?;
    let signed = facts::Signed {
        intent: intent.id.as_str(),
        attempt: done.id.as_str(),
        number: done.number,
        terms_digest: &intent.terms_digest,
        set_digest,
        documents,
    };
    record(tx, &intent, &signed)?;
    swear_sm2(tx, &intent, &done, &made.documents)?;
    let why = EndReason::Finished;
    vault::end_grants_of_source(tx, intent.id.as_str(), why).await?;
    Ok(Changed::Yes)
}

/// The institution's SM2 signatures beside the files, where they were made.
fn swear_sm2(tx: &mut Tx, intent: &Intent, done: &Attempt, files: &[File]) -> Result<()> {
    let mut documents = Vec::with_capacity(files.len());
    let mut key: Option<&[u8]> = None;
    for (document, file) in intent.documents.iter().zip(files) {
        let Some(Beside {
            public_key,
            signature,
        }) = &file.sm2
        else {
            continue;
        };
        if *key.get_or_insert(public_key) != public_key.as_slice() {
            return Err(Error::internal("one set under two SM2 keys"));
        }
        documents.push(facts::Sm2Document {
            code: &document.code,
            signed_sm3: &file.kept.sm3,
            signature: proof::hex::encode(signature),
        });
    }
    let Some(key) = key else { return Ok(()) };
    let signed = facts::SignedBeside {
        intent: intent.id.as_str(),
        attempt: done.id.as_str(),
        origin: done.origin,
        public_key: proof::hex::encode(key),
        documents,
    };
    record(tx, intent, &signed)
}
