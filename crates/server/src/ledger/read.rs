//! Reading the evidence: timelines, states, proofs.

use proof::checkpoint::Checkpoint;
use proof::note::Note;
use proof::release_token::ReleaseToken;
use proof::tree::inclusion_path;
use proof::witness::cosigned;
use serde_json::Value;

use super::tiles::StoredTiles;
use super::{SeatKind, Tx, store};
use crate::ctx::Ctx;
use crate::db::{Page, Read, Scope};
use crate::error::{Error, Result};
use crate::id::InstitutionId;

/// How far a fact has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = FactState)]
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
    pub case: String,
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
    let entries = rows.into_iter().map(entry).collect::<Result<Vec<_>>>()?;
    Ok(Page::cut(entries, limit, |entry| entry.no.to_string()))
}

/// The newest fact of a kind in a case.
pub async fn latest(view: &impl Read, case: &str, kind: &str) -> Result<Option<Entry>> {
    store::latest_of_kind(view, view.institution()?, case, kind)
        .await?
        .map(entry)
        .transpose()
}

/// When (UTC ms) the newest fact of a case was committed.
pub async fn still_since(view: &impl Read, case: &str) -> Result<Option<i64>> {
    store::newest_at(view, view.institution()?, case).await
}

/// How far a fact that was read with its proof has come.
pub(super) fn state_of(row: &store::FactRow) -> State {
    match (row.proved_at_ms, row.log_index) {
        (Some(_), _) => State::Proved,
        (None, Some(_)) => State::Sequenced,
        (None, None) => State::Committed,
    }
}

/// Every fact of some kinds in some cases, by case and in order; the caller bounds both.
pub async fn of_kinds(view: &impl Read, cases: &[&str], kinds: &[&str]) -> Result<Vec<Entry>> {
    if cases.is_empty() || kinds.is_empty() {
        return Ok(Vec::new());
    }
    let rows = store::facts_of_kinds(view, view.institution()?, cases, kinds).await?;
    rows.into_iter().map(entry).collect()
}

/// A fact's title columns come from its body: what was sworn is what is shown.
fn entry(row: store::FactRow) -> Result<Entry> {
    let fact = row
        .body
        .as_deref()
        .map(proof::fact::Fact::parse)
        .transpose()
        .map_err(|cause| Error::Internal(Box::new(cause)))?;
    let state = state_of(&row);
    let (kind, at_ms, seat_kind, seat_id, data) = match fact {
        Some(fact) => (
            fact.kind,
            fact.at_ms,
            fact.seat.kind,
            fact.seat.id,
            fact.data,
        ),
        None => (
            row.kind,
            row.at_ms,
            SeatKind::System.as_str().to_owned(),
            String::new(),
            Value::Null,
        ),
    };
    Ok(Entry {
        case: row.case_id,
        no: row.case_no,
        kind,
        at_ms,
        seat_kind,
        seat_id,
        data,
        index: row.log_index,
        state,
        proved_at_ms: row.proved_at_ms,
        commitment: proof::hex::encode(&row.commitment),
    })
}

/// A fact in its place in the log, without what it says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sequenced {
    pub index: i64,
    pub kind: String,
    pub case: String,
    pub at_ms: i64,
}

/// Facts of the view's institution from an index on, in the order of the log: what a follower reads.
pub async fn sequenced(view: &impl Read, from: i64, limit: i64) -> Result<Vec<Sequenced>> {
    let rows = store::log_facts(view, view.institution()?, from, limit).await?;
    let placed = rows.into_iter().map(|row| {
        Ok(Sequenced {
            index: row
                .log_index
                .ok_or_else(|| Error::internal("a sequenced fact without its index"))?,
            kind: row.kind,
            case: row.case_id,
            at_ms: row.at_ms,
        })
    });
    placed.collect()
}

/// As [`sequenced`], with what each fact says.
pub async fn entries(view: &impl Read, from: i64, limit: i64) -> Result<Vec<Entry>> {
    let rows = store::log_facts(view, view.institution()?, from, limit).await?;
    rows.into_iter().map(entry).collect()
}

/// How many entries the view's institution has sequenced.
pub async fn head(view: &impl Read) -> Result<i64> {
    Ok(store::log_of(view, view.institution()?).await?.head_size)
}

/// Every log's institution with the entries under its newest published checkpoint.
pub async fn published_sizes(ctx: &Ctx) -> Result<Vec<(InstitutionId, i64)>> {
    let view = ctx.db.read(Scope::Unscoped).await?;
    let logs = store::logs(&view).await?;
    Ok(logs
        .into_iter()
        .map(|log| (log.institution(), log.published_size))
        .collect())
}

/// Whether a case's facts up to a number are under a published checkpoint, and how many entries that one covers.
pub async fn proved(view: &impl Read, case: &str, through_no: i64) -> Result<(State, i64)> {
    let institution = view.institution()?;
    let log = store::log_of(view, institution).await?;
    let waiting = store::unproved(view, institution, case, through_no, log.published_size).await?;
    Ok((
        if waiting == 0 {
            State::Proved
        } else {
            State::Committed
        },
        log.published_size,
    ))
}

/// Whether a case's facts up to a number are under a checkpoint that so many of today's witnesses cosigned.
pub async fn witnessed(
    ctx: &Ctx,
    view: &impl Read,
    case: &str,
    through_no: i64,
    quorum: i64,
) -> Result<bool> {
    let institution = view.institution()?;
    let Some(newest) = newest_witnessed(ctx, view, quorum).await? else {
        return Ok(false);
    };
    let waiting = store::unproved(view, institution, case, through_no, newest.size).await?;
    Ok(waiting == 0)
}

/// The newest published checkpoint of the view's institution that so many of today's witnesses cosigned.
pub async fn witnessed_checkpoint(
    ctx: &Ctx,
    view: &impl Read,
    quorum: i64,
) -> Result<Option<Checkpoint>> {
    parsed(newest_witnessed(ctx, view, quorum).await?)
}

/// The stored number is of the witnesses of its day; who is trusted today counts.
async fn newest_witnessed(
    ctx: &Ctx,
    view: &impl Read,
    quorum: i64,
) -> Result<Option<store::CheckpointRow>> {
    let keys = ctx.config.ledger.cosigners();
    let rows = store::witnessed_checkpoints(view, view.institution()?, quorum).await?;
    let enough = |row: &store::CheckpointRow| {
        i64::try_from(cosigned(&row.note, &keys)).is_ok_and(|count| count >= quorum)
    };
    Ok(rows.into_iter().find(enough))
}

/// The newest published checkpoint of the view's institution.
pub async fn checkpoint(view: &impl Read) -> Result<Option<Checkpoint>> {
    parsed(store::last_checkpoint(view, view.institution()?).await?)
}

/// The first published checkpoint over a case's fact of a number; none while there is none.
pub async fn first_checkpoint_over(
    view: &impl Read,
    case: &str,
    no: i64,
) -> Result<Option<Checkpoint>> {
    parsed(store::first_checkpoint_over(view, view.institution()?, case, no).await?)
}

fn parsed(row: Option<store::CheckpointRow>) -> Result<Option<Checkpoint>> {
    let read = |row: store::CheckpointRow| Checkpoint::parse(Note::parse(&row.note)?.text());
    row.map(read)
        .transpose()
        .map_err(|cause| Error::Internal(Box::new(cause)))
}

/// A release token as one word, signed by the log of this transaction's institution.
pub async fn sign_release(tx: &Tx, token: &ReleaseToken) -> Result<String> {
    let log = store::log_of(tx, tx.institution()?).await?;
    token
        .sign(&super::publish::signer(tx.ctx(), &log)?)
        .map_err(|cause| Error::Internal(Box::new(cause)))
}

/// Every institution that has a log, in the order of their codes.
pub async fn institutions(view: &impl Read) -> Result<Vec<InstitutionId>> {
    let logs = store::logs(view).await?;
    Ok(logs.iter().map(store::Log::institution).collect())
}

/// Why an institution's evidence is sealed, if it is.
pub fn sealed(ctx: &Ctx, institution: &InstitutionId) -> Option<String> {
    ctx.db.writes_closed(institution)
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
    if no < 1 {
        return Err(Error::not_found());
    }
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
    /// Those of the configuration, in its order.
    pub witnesses: Vec<WitnessState>,
}

/// Where a witness stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WitnessState {
    pub name: String,
    /// Entries that it cosigned last.
    pub size: i64,
    pub cosigned_at_ms: Option<i64>,
    /// Stable name of what went wrong since.
    pub fault: Option<String>,
}

pub async fn log_state(ctx: &Ctx, institution: &InstitutionId) -> Result<LogState> {
    let view = ctx.db.read(institution).await?;
    let log = store::log_of(&view, institution).await?;
    let last = store::last_checkpoint(&view, institution).await?;
    let known = store::witnesses(&view, institution).await?;
    let keys = ctx.config.ledger.cosigners();
    let witnesses = keys.iter().map(|key| {
        let row = known.iter().find(|row| row.witness == key.name());
        WitnessState {
            name: key.name().to_owned(),
            size: row.map_or(0, |row| row.size),
            cosigned_at_ms: row.and_then(|row| row.cosigned_at_ms),
            fault: row.and_then(|row| row.fault.clone()),
        }
    });
    Ok(LogState {
        witnesses: witnesses.collect(),
        verifier: super::publish::signer(ctx, &log)?.verifier().to_string(),
        sealed: sealed(ctx, institution),
        checkpoint_at_ms: last.as_ref().map(|c| c.at_ms),
        checkpoint: last.map(|c| c.note),
        code: log.code,
        origin: log.origin,
        size: log.head_size,
        published_size: log.published_size,
    })
}
