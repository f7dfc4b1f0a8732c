//! The evidence of one case in one file that anyone can check offline (`docs/ledger.md`, "Bundle").

use std::collections::{BTreeMap, BTreeSet};

use proof::bundle::{Contents, Forgotten, ProvedFact};
use proof::recording::Segment;

use super::publish::signer;
use super::read::paths;
use super::store;
use crate::ctx::Ctx;
use crate::db::View;
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

/// What goes into a bundle beside facts and their proofs.
#[derive(Debug, Default)]
pub struct Enclosed {
    pub documents: Vec<Document>,
    pub segments: Vec<Segment>,
}

impl Enclosed {
    /// Files that they become, a film beside each segment, and the few that every bundle has.
    fn files(&self) -> usize {
        16 + self.documents.len() + 2 * self.segments.len()
    }
}

/// Files of a bundle that may be enclosed.
const FILES_APART_MAX: usize = proof::bundle::MAX_ENTRIES / 2;

/// Builds the bundle of a case under the latest checkpoint: its facts up to the first that is not proved yet, documents that
/// these name, and segments as far as these say that they were received.
pub async fn bundle(
    ctx: &Ctx,
    institution: &InstitutionId,
    case: &str,
    enclosed: Enclosed,
) -> Result<Vec<u8>> {
    let apart = enclosed.files();
    if apart > FILES_APART_MAX {
        return Err(Error::internal("more files than a bundle may have"));
    }
    let Enclosed {
        documents,
        segments,
    } = enclosed;
    let view = ctx.db.read(institution).await?;
    let log = store::log_of(&view, institution).await?;
    let checkpoint = store::last_checkpoint(&view, institution)
        .await?
        .ok_or(NothingProved)?;
    // Two files a fact, and room for documents, keys and the manifest: a longer case is complete up to n.
    let limit = i64::try_from((proof::bundle::MAX_ENTRIES - apart) / 2)?;
    let rows = store::case_facts(&view, institution, case, 0, limit).await?;
    let size = u64::try_from(checkpoint.size)?;
    let declared = declared(&view, institution, case, size).await?;
    drop(view);
    let mut proved: Vec<(u64, store::FactRow)> = rows
        .into_iter()
        .map_while(|row| {
            let index = u64::try_from(row.log_index?).ok()?;
            let told = row.body.is_some() || declared.by.contains_key(&index);
            (index < size && told).then_some((index, row))
        })
        .collect();
    // What follows the last fact that can still be read proves nothing to anyone.
    while proved.last().is_some_and(|(_, row)| row.body.is_none()) {
        proved.pop();
    }
    if proved.is_empty() {
        return Err(NothingProved.into());
    }
    let needed: BTreeSet<u64> = proved
        .iter()
        .filter(|(_, row)| row.body.is_none())
        .filter_map(|(index, _)| declared.by.get(index).copied())
        .filter(|by| proved.iter().all(|(index, _)| index != by))
        .collect();
    let forgetting: Vec<(u64, store::FactRow)> = declared
        .rows
        .into_iter()
        .filter(|(index, _)| needed.contains(index))
        .collect();
    let paths = paths(
        ctx,
        institution,
        size,
        proved
            .iter()
            .chain(&forgetting)
            .map(|(index, _)| *index)
            .collect(),
    )
    .await?;
    let mut paths = paths.into_iter();
    let (mut facts, mut forgotten) = (Vec::new(), Vec::new());
    for ((index, row), path) in proved.into_iter().zip(&mut paths) {
        match declared.by.get(&index) {
            Some(by) if row.body.is_none() => forgotten.push(Forgotten {
                case_no: u64::try_from(row.case_no)?,
                commitment: store::hash(row.commitment)?,
                index,
                path,
                by: *by,
            }),
            _ => facts.push(proved_fact(index, row, path)?),
        }
    }
    let forgetting = forgetting
        .into_iter()
        .zip(paths)
        .map(|((index, row), path)| proved_fact(index, row, path))
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
    let segments = as_sworn(&facts, segments)?;
    let contents = Contents {
        institution: institution.as_str().to_owned(),
        case: case.to_owned(),
        facts,
        forgotten,
        forgetting,
        checkpoint: checkpoint.note,
        log_key: signer.verifier(),
        documents,
        segments,
        timestamps: Vec::new(),
    };
    tokio::task::spawn_blocking(move || {
        proof::bundle::write(&contents, &signer).map_err(Error::from)
    })
    .await?
}

/// Segments as the newest proved fact says of each; one that was received later travels with the next bundle.
fn as_sworn(facts: &[ProvedFact], segments: Vec<Segment>) -> Result<Vec<Segment>> {
    if segments.is_empty() {
        return Ok(segments);
    }
    let parsed = facts
        .iter()
        .map(|one| proof::fact::Fact::parse(&one.bytes))
        .collect::<std::result::Result<Vec<_>, _>>()
        .map_err(|cause| Error::Internal(Box::new(cause)))?;
    let received = proof::recording::received(&parsed);
    let mut sworn = Vec::new();
    for mut one in segments {
        let Some(said) = received.get(&(one.recording.clone(), one.segment)) else {
            continue;
        };
        let chunks = usize::try_from(said.chunks)?;
        if (1..=one.chunks.len()).contains(&chunks) {
            one.cut(chunks);
            sworn.push(one);
        }
    }
    Ok(sworn)
}

fn proved_fact(index: u64, row: store::FactRow, path: Vec<proof::Hash>) -> Result<ProvedFact> {
    let gone = || Error::internal("a fact of the case has no body");
    Ok(ProvedFact {
        bytes: row.body.ok_or_else(gone)?,
        salt: store::hash(row.salt.ok_or_else(gone)?)?,
        index,
        path,
    })
}

/// What proved facts say was forgotten.
struct Declared {
    /// The declaring entry of each forgotten one.
    by: BTreeMap<u64, u64>,
    rows: Vec<(u64, store::FactRow)>,
}

async fn declared(
    view: &View,
    institution: &InstitutionId,
    case: &str,
    size: u64,
) -> Result<Declared> {
    let mut declared = Declared {
        by: BTreeMap::new(),
        rows: Vec::new(),
    };
    for row in store::declarations(view, institution, case).await? {
        let (Some(index), Some(body)) = (row.log_index, &row.body) else {
            continue;
        };
        let index = u64::try_from(index)?;
        let fact = proof::fact::Fact::parse(body).map_err(|c| Error::Internal(Box::new(c)))?;
        let indexes = fact
            .forgotten_indexes()
            .map_err(|c| Error::Internal(Box::new(c)))?;
        if index < size {
            let gone = indexes.unwrap_or_default();
            declared
                .by
                .extend(gone.into_iter().map(|gone| (gone, index)));
            declared.rows.push((index, row));
        }
    }
    Ok(declared)
}
