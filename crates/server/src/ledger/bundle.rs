//! The evidence of one case in one file that anyone can check offline (`docs/ledger.md`, "Bundle").

use proof::bundle::{Contents, ProvedFact};

use super::publish::signer;
use super::read::paths;
use super::store;
use crate::ctx::Ctx;
use crate::error::{Error, Kind, Refuse, Result, Text};
use crate::id::InstitutionId;

/// A document of the case; some fact must name its SHA-256.
#[derive(Clone, Debug)]
pub struct Document {
    pub name: String,
    pub media_type: String,
    pub bytes: Vec<u8>,
}

#[derive(Debug)]
struct NothingProved;

impl Refuse for NothingProved {
    fn code(&self) -> &'static str {
        "evidence_not_proved"
    }
    fn kind(&self) -> Kind {
        Kind::Conflict
    }
    fn text(&self) -> Text {
        Text::new(
            "证据尚未公布检查点，请稍候一秒再试。",
            "The evidence is not under a checkpoint yet; try again in a second.",
        )
    }
    fn retry_after_ms(&self) -> Option<i64> {
        Some(1_000)
    }
}

/// Files of a bundle that are not facts or their proofs.
const FILES_APART: usize = 64;

/// Builds the bundle of a case under the latest checkpoint: its facts up to the first that is not proved yet.
pub async fn bundle(
    ctx: &Ctx,
    institution: &InstitutionId,
    case: &str,
    documents: Vec<Document>,
) -> Result<Vec<u8>> {
    let view = ctx.db.read(institution).await?;
    let log = store::log_of(&view, institution).await?;
    let checkpoint = store::last_checkpoint(&view, institution)
        .await?
        .ok_or(NothingProved)?;
    // Two files a fact, and room for documents, keys and the manifest: a longer case is complete up to n.
    let limit = i64::try_from((proof::bundle::MAX_ENTRIES - FILES_APART) / 2)?;
    let rows = store::case_facts(&view, institution, case, 0, limit).await?;
    drop(view);
    let size = u64::try_from(checkpoint.size)?;
    let proved: Vec<(u64, store::FactRow)> = rows
        .into_iter()
        .map_while(|row| {
            let index = u64::try_from(row.log_index?).ok()?;
            (index < size).then_some((index, row))
        })
        .collect();
    if proved.is_empty() {
        return Err(NothingProved.into());
    }
    let paths = paths(
        ctx,
        institution,
        size,
        proved.iter().map(|(index, _)| *index).collect(),
    )
    .await?;
    let facts = proved
        .into_iter()
        .zip(paths)
        .map(|((index, row), path)| {
            let gone = || Error::internal("a fact of the case has no body");
            Ok(ProvedFact {
                bytes: row.body.ok_or_else(gone)?,
                salt: store::hash(row.salt.ok_or_else(gone)?)?,
                index,
                path,
            })
        })
        .collect::<Result<Vec<_>>>()?;
    let signer = signer(ctx, &log)?;
    // A document named by a fact that is not proved yet travels with the next bundle.
    let named: Vec<String> = facts
        .iter()
        .map(|fact| String::from_utf8_lossy(&fact.bytes).into_owned())
        .collect();
    let documents = documents
        .into_iter()
        .filter(|document| {
            let digest = proof::hex::encode(&proof::digest::sha256(&document.bytes));
            named.iter().any(|fact| fact.contains(&digest))
        })
        .map(|document| proof::bundle::Document {
            name: document.name,
            media_type: document.media_type,
            bytes: document.bytes,
        })
        .collect();
    let contents = Contents {
        institution: institution.as_str().to_owned(),
        case: case.to_owned(),
        facts,
        forgotten: Vec::new(),
        forgetting: Vec::new(),
        checkpoint: checkpoint.note,
        log_key: signer.verifier(),
        documents,
        timestamps: Vec::new(),
    };
    tokio::task::spawn_blocking(move || {
        proof::bundle::write(&contents, &signer).map_err(Error::from)
    })
    .await?
}
