//! The audit: rebuilds every tree by code of its own, straight from RFC 6962, and compares it with all that was claimed.

use std::collections::{BTreeMap, BTreeSet};

use sha2::{Digest as _, Sha256};

use super::publish::signer;
use super::store;
use super::tiles::key;
use crate::ctx::Ctx;
use crate::db::Scope;
use crate::error::{Error, Result};

const FACTS_PER_PAGE: i64 = 5_000;

/// What the audit found out about one log.
#[derive(Debug)]
pub struct Finding {
    pub log: String,
    pub facts: i64,
    pub cases: usize,
    pub checkpoints: usize,
    /// Bodies that are gone because a `ledger.forgotten.v1` fact says so.
    pub forgotten: usize,
    /// Every disagreement, in words; none means the log holds.
    pub faults: Vec<String>,
}

/// Audits every log.
pub async fn audit(ctx: &Ctx) -> Result<Vec<Finding>> {
    let mut findings = Vec::new();
    for log in store::logs(&ctx.db.read(Scope::Unscoped).await?).await? {
        findings.push(audit_log(ctx, &log).await?);
    }
    Ok(findings)
}

/// A binary counter of subtree roots: the hashes of perfect subtrees, largest first, that RFC 6962 §2.1 splits a tree into.
#[derive(Default)]
struct Rebuilt {
    subtrees: Vec<(u64, [u8; 32])>,
    size: u64,
}

impl Rebuilt {
    fn add(&mut self, entry: &[u8]) {
        let mut hash: [u8; 32] = Sha256::new_with_prefix([0u8])
            .chain_update(entry)
            .finalize()
            .into();
        let mut width = 1;
        while self.subtrees.last().is_some_and(|(left, _)| *left == width) {
            if let Some((_, left)) = self.subtrees.pop() {
                hash = Self::inner(&left, &hash);
                width *= 2;
            }
        }
        self.subtrees.push((width, hash));
        self.size += 1;
    }

    fn inner(left: &[u8; 32], right: &[u8; 32]) -> [u8; 32] {
        Sha256::new_with_prefix([1u8])
            .chain_update(left)
            .chain_update(right)
            .finalize()
            .into()
    }

    fn root(&self) -> [u8; 32] {
        let mut peaks = self.subtrees.iter().rev().map(|(_, hash)| *hash);
        match peaks.next() {
            None => Sha256::digest([]).into(),
            Some(last) => peaks.fold(last, |right, left| Self::inner(&left, &right)),
        }
    }
}

/// Where each case stands: facts seen, and the last one's commitment.
type Chains = BTreeMap<String, (i64, Vec<u8>)>;

async fn audit_log(ctx: &Ctx, log: &store::Log) -> Result<Finding> {
    let institution = log.institution();
    let view = ctx.db.read(&institution).await?;
    let checkpoints = store::checkpoints(&view, &institution).await?;
    let mut faults = Vec::new();
    let mut rebuilt = Rebuilt::default();
    let mut roots: BTreeMap<u64, [u8; 32]> = BTreeMap::from([(0, rebuilt.root())]);
    let wanted: BTreeSet<u64> = checkpoints.iter().map(|c| c.size as u64).collect();
    let mut chains = Chains::new();
    let mut bodiless = BTreeSet::new();
    let mut forgotten = BTreeSet::new();
    let mut next = 0;
    loop {
        let page = store::log_facts(&view, &institution, next, FACTS_PER_PAGE).await?;
        let Some(last) = page.last() else { break };
        let end = last.log_index.unwrap_or(next) + 1;
        for row in &page {
            if row.log_index != Some(next) {
                faults.push(format!("entry {next} is missing"));
                next = row.log_index.unwrap_or(next);
            }
            check_fact(
                row,
                next,
                institution.as_str(),
                &mut chains,
                &mut bodiless,
                &mut forgotten,
                &mut faults,
            );
            rebuilt.add(&[&[1u8][..], &row.commitment].concat());
            if wanted.contains(&rebuilt.size) {
                roots.insert(rebuilt.size, rebuilt.root());
            }
            next += 1;
        }
        debug_assert_eq!(next, end);
    }
    for index in bodiless.difference(&forgotten) {
        faults.push(format!(
            "entry {index} has no body, and no fact says it was forgotten"
        ));
    }
    if rebuilt.size != u64::try_from(log.head_size)? {
        faults.push(format!(
            "the head says {} entries, {} are there",
            log.head_size, rebuilt.size
        ));
    } else if proof::tree::Frontier::from_bytes(&log.frontier)?.root() != rebuilt.root() {
        faults.push("the head's root is another".to_owned());
    }
    let verifier = signer(ctx, log)?.verifier();
    for row in &checkpoints {
        match proof::checkpoint::verify(&row.note, std::slice::from_ref(&verifier)) {
            Ok((claimed, signers)) if !signers.is_empty() => {
                if claimed.origin != log.origin || roots.get(&claimed.size) != Some(&claimed.root) {
                    faults.push(format!("checkpoint {} claims another tree", row.size));
                }
            }
            _ => faults.push(format!(
                "checkpoint {} is not signed by this log's key",
                row.size
            )),
        }
    }
    if let Some(row) = checkpoints.last() {
        let published = ctx.blobs.get(&key(&institution, "checkpoint")).await?;
        // A publisher may be ahead of its own row for a moment, never behind it.
        if published.is_none() {
            faults.push(format!(
                "checkpoint {} is missing from the blob store",
                row.size
            ));
        }
        check_tiles(ctx, log, row.size as u64, &mut faults).await?;
    }
    Ok(Finding {
        log: log.origin.clone(),
        facts: next,
        cases: chains.len(),
        checkpoints: checkpoints.len(),
        forgotten: bodiless.len(),
        faults,
    })
}

fn check_fact(
    row: &store::FactRow,
    index: i64,
    institution: &str,
    chains: &mut Chains,
    bodiless: &mut BTreeSet<i64>,
    forgotten: &mut BTreeSet<i64>,
    faults: &mut Vec<String>,
) {
    let (seen, prev) = chains.remove(&row.case_id).unwrap_or_default();
    if row.case_no != seen + 1 {
        faults.push(format!(
            "entry {index}: fact {} of {} follows fact {seen}",
            row.case_no, row.case_id
        ));
    }
    match (&row.body, &row.salt) {
        (Some(body), Some(salt)) => {
            let commitment = Sha256::new_with_prefix(b"xiaobao/fact/v1")
                .chain_update(salt)
                .chain_update(body)
                .finalize();
            if commitment.as_slice() != row.commitment.as_slice() {
                faults.push(format!(
                    "entry {index}: the stored fact is not the one committed to"
                ));
            }
            match proof::fact::Fact::parse(body) {
                Ok(fact) => {
                    let chained = fact.prev.map(|hash| hash.to_vec()).unwrap_or_default() == prev;
                    let placed = fact.institution == institution
                        && fact.case == row.case_id
                        && i64::try_from(fact.case_no) == Ok(row.case_no);
                    if !chained || !placed {
                        faults.push(format!(
                            "entry {index}: the fact belongs elsewhere in its case"
                        ));
                    }
                    if let Ok(Some(indexes)) = fact.forgotten_indexes() {
                        forgotten.extend(indexes.iter().filter_map(|i| i64::try_from(*i).ok()));
                    }
                }
                Err(cause) => faults.push(format!("entry {index}: {cause}")),
            }
        }
        (None, None) => {
            bodiless.insert(index);
        }
        _ => faults.push(format!(
            "entry {index}: body and salt must live and die together"
        )),
    }
    chains.insert(row.case_id.clone(), (row.case_no, row.commitment.clone()));
}

/// The published tiles must give the checkpoint's root on their own.
async fn check_tiles(
    ctx: &Ctx,
    log: &store::Log,
    size: u64,
    faults: &mut Vec<String>,
) -> Result<()> {
    let tiles = super::tiles::StoredTiles {
        blobs: ctx.blobs.clone(),
        institution: log.institution(),
    };
    let view = ctx.db.read(&log.institution()).await?;
    let commitments =
        match store::commitments(&view, &log.institution(), 0, i64::try_from(size)?).await {
            Ok(commitments) => commitments,
            Err(Error::Internal(cause)) => {
                faults.push(cause.to_string());
                return Ok(());
            }
            Err(other) => return Err(other),
        };
    let found = tokio::task::spawn_blocking(move || -> Vec<String> {
        let mut faults = Vec::new();
        for id in proof::tile::new_tiles(0, size)
            .into_iter()
            .filter(|id| id.level == 0)
        {
            let first = (id.index * u64::from(proof::tile::WIDTH)) as usize;
            let expected: Vec<u8> = commitments[first..first + id.width as usize]
                .iter()
                .flat_map(|c| -> [u8; 32] {
                    Sha256::new_with_prefix([0u8, 1u8])
                        .chain_update(c)
                        .finalize()
                        .into()
                })
                .collect();
            match proof::tree::TileReader::tile(&tiles, id.level, id.index, id.width) {
                Ok(bytes) if bytes == expected => {}
                Ok(_) => faults.push(format!("{} holds other leaves", id.path())),
                Err(cause) => faults.push(cause.to_string()),
            }
        }
        faults
    })
    .await?;
    faults.extend(found);
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_rebuilt_tree_agrees_with_the_log_s_own() {
        let mut rebuilt = Rebuilt::default();
        let mut frontier = proof::tree::Frontier::new();
        assert_eq!(rebuilt.root(), frontier.root());
        for i in 0..300u32 {
            let entry = proof::fact::entry(&Sha256::digest(i.to_be_bytes()).into());
            rebuilt.add(&entry);
            frontier.push(proof::tree::leaf_hash(&entry));
            assert_eq!(rebuilt.root(), frontier.root(), "{} leaves", i + 1);
        }
    }
}
