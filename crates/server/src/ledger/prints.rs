//! Prints: documents that were handed out as PDF. Whoever holds one finds out by its code whether it is what was recorded.
//!
//! The code is derived from the document's stable name, so that it is known before the file is set, and a file that is
//! set twice is the same. It cannot be guessed, and what it opens names nobody.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use super::read::{State, state_of};
use super::{Tx, store};
use crate::ctx::Ctx;
use crate::db::{Read as _, Scope};
use crate::error::{Error, Result};
use crate::id::InstitutionId;
use crate::keys;

/// The key file from which codes follow.
const KEY: &str = "prints";
/// 128 bits: too many to try, few enough for a small picture.
const CODE_BYTES: usize = 16;
/// Facts of one kind in one case that are searched for a digest.
const FACTS_MAX: i64 = 1_000;

/// The address that a document's QR code opens. `document` is its stable name within the institution.
pub fn print_address(ctx: &Ctx, institution: &InstitutionId, document: &str) -> Result<String> {
    let code = code(ctx, institution, document)?;
    Ok(format!("{}/r/{code}", ctx.config.public_url()))
}

fn code(ctx: &Ctx, institution: &InstitutionId, document: &str) -> Result<String> {
    let key = ctx.keys.get_or_create(KEY, &ctx.random)?;
    let parts: [&[u8]; 3] = [
        b"xiaobao/print/v1",
        institution.as_str().as_bytes(),
        document.as_bytes(),
    ];
    Ok(URL_SAFE_NO_PAD.encode(&keys::mac(&key, &parts)[..CODE_BYTES]))
}

/// A document whose file a fact of this transaction names.
#[derive(Clone, Copy, Debug)]
pub struct Print<'a> {
    /// As given to [`print_address`].
    pub document: &'a str,
    /// Case and kind of the fact that names the file.
    pub case: &'a str,
    pub kind: &'a str,
    /// SHA-256 of the file in hexadecimal.
    pub digest: &'a str,
    /// The person whose forgetting takes the print along.
    pub subject: Option<&'a str>,
}

/// From this transaction on, the document's code says that exactly this file was recorded.
pub async fn hand_out(tx: &mut Tx, print: Print<'_>) -> Result<()> {
    let institution = tx.institution()?.clone();
    let code = code(tx.ctx(), &institution, print.document)?;
    store::insert_print(tx, &code, &print).await
}

/// What a code says about the document that bears it.
#[derive(Debug)]
pub struct Printed {
    /// The institution's code.
    pub institution: String,
    /// Kind of the fact that names the file: which document it is.
    pub kind: String,
    /// SHA-256 of the file in hexadecimal.
    pub digest: String,
    pub at_ms: i64,
    pub state: State,
    pub index: Option<i64>,
    pub proved_at_ms: Option<i64>,
}

/// What was recorded under a code; the same answer to a code that never was and to one whose fact was forgotten.
pub async fn printed(ctx: &Ctx, code: &str) -> Result<Printed> {
    let view = ctx.db.read(Scope::Unscoped).await?;
    let print = store::print_by_code(&view, code)
        .await?
        .ok_or_else(Error::not_found)?;
    drop(view);
    let institution = InstitutionId::stored(print.institution_id);
    let view = ctx.db.read(&institution).await?;
    let log = store::log_of(&view, &institution).await?;
    let facts = store::facts_of_kind(&view, &institution, &print.case_id, &print.kind, FACTS_MAX);
    let names = |body: &[u8]| {
        let digest = print.digest.as_bytes();
        body.windows(digest.len()).any(|part| part == digest)
    };
    let fact = facts
        .await?
        .into_iter()
        .find(|fact| fact.body.as_deref().is_some_and(names))
        .ok_or_else(Error::not_found)?;
    Ok(Printed {
        institution: log.code,
        state: state_of(&fact),
        kind: print.kind,
        digest: print.digest,
        at_ms: fact.at_ms,
        index: fact.log_index,
        proved_at_ms: fact.proved_at_ms,
    })
}
