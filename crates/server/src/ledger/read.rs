//! Reading the evidence: timelines, states, proofs.

use proof::tree::inclusion_path;
use serde_json::Value;

use super::tiles::StoredTiles;
use super::{SeatKind, store};
use crate::ctx::Ctx;
use crate::db::{Page, Read};
use crate::error::{Error, Result};
use crate::id::InstitutionId;

/// How far a fact has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum State {
    /// Durable in the database.
    Committed,
    /// Has its place in the log.
    Sequenced,
    /// Covered by a published checkpoint.
    Proved,
}

/// One fact of a case, as people read it.
#[derive(Debug)]
pub struct Entry {
    pub no: i64,
    pub kind: String,
    pub at_ms: i64,
    pub seat_kind: String,
    pub seat_id: String,
    pub data: Value,
    pub index: Option<i64>,
    pub state: State,
    pub proved_at_ms: Option<i64>,
    pub commitment: String,
}

/// Facts of one case in order.
pub async fn timeline(
    ctx: &Ctx,
    institution: &InstitutionId,
    case: &str,
    after_no: i64,
    limit: i64,
) -> Result<Page<Entry>> {
    let view = ctx.db.read(institution).await?;
    let rows = store::case_facts(&view, institution, case, after_no, limit + 1).await?;
    let mut entries = Vec::with_capacity(rows.len());
    for row in rows {
        entries.push(entry(&view, institution, row).await?);
    }
    Ok(Page::cut(entries, limit, |entry| entry.no.to_string()))
}

/// The newest fact of a kind in a case.
pub async fn latest(
    ctx: &Ctx,
    institution: &InstitutionId,
    case: &str,
    kind: &str,
) -> Result<Option<Entry>> {
    let view = ctx.db.read(institution).await?;
    match store::latest_of_kind(&view, institution, case, kind).await? {
        Some(row) => Ok(Some(entry(&view, institution, row).await?)),
        None => Ok(None),
    }
}

async fn entry(
    view: &impl Read,
    institution: &InstitutionId,
    row: store::FactRow,
) -> Result<Entry> {
    let proved = match row.log_index {
        Some(index) => store::checkpoint_covering(view, institution, index).await?,
        None => None,
    };
    let fact = row
        .body
        .as_deref()
        .map(proof::fact::Fact::parse)
        .transpose()
        .map_err(|cause| Error::Internal(Box::new(cause)))?;
    let (seat_kind, seat_id, data) = match fact {
        Some(fact) => (fact.seat.kind, fact.seat.id, fact.data),
        None => (
            SeatKind::System.as_str().to_owned(),
            String::new(),
            Value::Null,
        ),
    };
    Ok(Entry {
        no: row.case_no,
        kind: row.kind,
        at_ms: row.at_ms,
        seat_kind,
        seat_id,
        data,
        index: row.log_index,
        state: match (&proved, row.log_index) {
            (Some(_), _) => State::Proved,
            (None, Some(_)) => State::Sequenced,
            (None, None) => State::Committed,
        },
        proved_at_ms: proved.map(|checkpoint| checkpoint.at_ms),
        commitment: proof::hex::encode(&row.commitment),
    })
}

/// Whether every fact of a case is proved, and under which checkpoint size the newest of them is.
pub async fn proved_through(view: &impl Read, case: &str) -> Result<(State, i64)> {
    let institution = view.institution()?;
    let log = store::log_of(view, institution).await?;
    let mut after = 0;
    let mut state = State::Proved;
    loop {
        let rows = store::case_facts(view, institution, case, after, 500).await?;
        let Some(last) = rows.last() else {
            return Ok((state, log.published_size));
        };
        after = last.case_no;
        for row in &rows {
            match row.log_index {
                Some(index) if index < log.published_size => {}
                Some(_) if state == State::Proved => state = State::Sequenced,
                Some(_) => {}
                None => return Ok((State::Committed, log.published_size)),
            }
        }
    }
}

/// What proves one fact: recompute the commitment, the leaf, the path, compare with the signed root.
#[derive(Debug)]
pub struct Proof {
    pub fact: Vec<u8>,
    pub salt: [u8; 32],
    pub index: u64,
    pub tree_size: u64,
    pub path: Vec<proof::Hash>,
    pub checkpoint: String,
}

/// The proof of one fact under the latest checkpoint; not found while it is not published yet.
pub async fn proof_of(
    ctx: &Ctx,
    institution: &InstitutionId,
    case: &str,
    no: i64,
) -> Result<Proof> {
    let view = ctx.db.read(institution).await?;
    let rows = store::case_facts(&view, institution, case, no - 1, 1).await?;
    let row = rows
        .into_iter()
        .find(|row| row.case_no == no)
        .ok_or_else(Error::not_found)?;
    let checkpoint = store::last_checkpoint(&view, institution)
        .await?
        .ok_or_else(Error::not_found)?;
    drop(view);
    let index = row
        .log_index
        .filter(|index| *index < checkpoint.size)
        .ok_or_else(Error::not_found)?;
    let (index, size) = (u64::try_from(index)?, u64::try_from(checkpoint.size)?);
    let mut paths = paths(ctx, institution, size, vec![index]).await?;
    Ok(Proof {
        fact: row.body.ok_or_else(Error::not_found)?,
        salt: store::hash(row.salt.ok_or_else(Error::not_found)?)?,
        index,
        tree_size: size,
        path: paths
            .pop()
            .ok_or_else(|| Error::internal("no path came back"))?,
        checkpoint: checkpoint.note,
    })
}

/// Inclusion paths of several entries under one size, read from the published tiles.
pub async fn paths(
    ctx: &Ctx,
    institution: &InstitutionId,
    size: u64,
    indexes: Vec<u64>,
) -> Result<Vec<Vec<proof::Hash>>> {
    let tiles = StoredTiles {
        blobs: ctx.blobs.clone(),
        institution: institution.clone(),
    };
    tokio::task::spawn_blocking(move || {
        indexes
            .iter()
            .map(|index| inclusion_path(size, *index, &tiles).map_err(Error::from))
            .collect()
    })
    .await?
}

/// The log at a glance.
#[derive(Debug)]
pub struct LogState {
    pub code: String,
    pub origin: String,
    pub verifier: String,
    pub size: i64,
    pub published_size: i64,
    pub checkpoint_at_ms: Option<i64>,
    pub checkpoint: Option<String>,
    pub sealed: Option<String>,
}

pub async fn log_state(ctx: &Ctx, institution: &InstitutionId) -> Result<LogState> {
    let view = ctx.db.read(institution).await?;
    let log = store::log_of(&view, institution).await?;
    let last = store::last_checkpoint(&view, institution).await?;
    Ok(LogState {
        verifier: super::publish::signer(ctx, &log)?.verifier().to_string(),
        sealed: ctx.db.writes_closed(institution),
        checkpoint_at_ms: last.as_ref().map(|c| c.at_ms),
        checkpoint: last.map(|c| c.note),
        code: log.code,
        origin: log.origin,
        size: log.head_size,
        published_size: log.published_size,
    })
}
