//! The audit: rebuilds every tree by code of its own, straight from RFC 6962, and compares it with all that was claimed.

use std::collections::{BTreeMap, BTreeSet};

use proof::checkpoint::Checkpoint;
use proof::tree::TileReader as _;
use sha2::{Digest as _, Sha256};

use super::publish::{published, signer};
use super::store;
use super::tiles::StoredTiles;
use crate::ctx::Ctx;
use crate::db::{Scope, View};
use crate::error::Result;
use crate::id::InstitutionId;

/// A page holds whole tiles, so that each tile is compared as it is rebuilt.
const FACTS_PER_PAGE: i64 = 16 * 256;
const CASES_PER_PAGE: i64 = 5_000;
/// Committed facts that may wait for their place while the audit reads.
const WAITING_MAX: i64 = 100_000;

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
    let view = ctx.db.read(Scope::Unscoped).await?;
    let logs = store::logs(&view).await?;
    drop(view);
    let mut findings = Vec::new();
    for log in logs {
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

/// One log's audit on its way.
struct Auditor {
    institution: InstitutionId,
    rebuilt: Rebuilt,
    chains: Chains,
    bodiless: BTreeSet<i64>,
    forgotten: BTreeSet<i64>,
    faults: Vec<String>,
}

async fn audit_log(ctx: &Ctx, log: &store::Log) -> Result<Finding> {
    let institution = log.institution();
    // The published checkpoint before the database: a running publisher can only make the database newer.
    let published = published(ctx, log).await?;
    let view = ctx.db.read(&institution).await?;
    let log = store::log_of(&view, &institution).await?;
    let checkpoints = store::checkpoints(&view, &institution).await?;
    let mut wanted: BTreeSet<u64> = checkpoints.iter().map(|c| c.size.unsigned_abs()).collect();
    let mut auditor = Auditor {
        institution: institution.clone(),
        rebuilt: Rebuilt::default(),
        chains: Chains::new(),
        bodiless: BTreeSet::new(),
        forgotten: BTreeSet::new(),
        faults: Vec::new(),
    };
    let latest = match published {
        Ok(Some(latest)) => {
            wanted.insert(latest.checkpoint.size);
            Some(latest.checkpoint)
        }
        Ok(None) => None,
        Err(why) => {
            auditor.faults.push(why);
            None
        }
    };
    let mut roots: BTreeMap<u64, [u8; 32]> = BTreeMap::from([(0, auditor.rebuilt.root())]);
    let covered = latest.as_ref().map_or(0, |checkpoint| checkpoint.size);
    let mut next = 0;
    loop {
        let page = store::log_facts(&view, &institution, next, FACTS_PER_PAGE).await?;
        if page.is_empty() {
            break;
        }
        let first = auditor.rebuilt.size;
        let mut entries = Vec::with_capacity(page.len());
        for row in &page {
            if row.log_index != Some(next) {
                auditor.faults.push(format!("entry {next} is missing"));
                next = row.log_index.unwrap_or(next);
            }
            auditor.check_fact(row, &format!("entry {next}"), Some(next));
            let entry = [&[1u8][..], &row.commitment].concat();
            auditor.rebuilt.add(&entry);
            entries.push(entry);
            if wanted.contains(&auditor.rebuilt.size) {
                roots.insert(auditor.rebuilt.size, auditor.rebuilt.root());
            }
            next += 1;
        }
        auditor
            .faults
            .extend(check_tiles(ctx, &institution, first, entries, covered).await?);
    }
    for row in store::waiting_facts(&view, &institution, WAITING_MAX).await? {
        auditor.check_fact(
            &row,
            &format!("waiting fact {} of {}", row.case_no, row.case_id),
            None,
        );
    }
    auditor.check_cases(&view).await?;
    for index in auditor.bodiless.difference(&auditor.forgotten) {
        auditor.faults.push(format!(
            "entry {index} has no body, and no fact says it was forgotten"
        ));
    }
    auditor.check_head(&log)?;
    let verifier = signer(ctx, &log)?.verifier();
    for row in &checkpoints {
        match proof::checkpoint::verify(&row.note, std::slice::from_ref(&verifier)) {
            Ok((claimed, signers))
                if !signers.is_empty() && claimed.size == row.size.unsigned_abs() =>
            {
                auditor.check_claim(&log, &claimed, &roots)
            }
            _ => auditor.faults.push(format!(
                "checkpoint {} is not signed, with this size, by this log's key",
                row.size
            )),
        }
    }
    if let Some(latest) = &latest {
        auditor.check_claim(&log, latest, &roots);
        if checkpoints
            .last()
            .is_some_and(|row| row.size.unsigned_abs() > latest.size)
        {
            auditor.faults.push(format!(
                "the published checkpoint {} is older than the newest known",
                latest.size
            ));
        }
        let tiles = StoredTiles {
            blobs: ctx.blobs.clone(),
            institution,
        };
        let (size, root) = (latest.size, latest.root);
        match tokio::task::spawn_blocking(move || proof::tree::root_at(size, &tiles)).await? {
            Ok(found) if found == root => {}
            Ok(_) => auditor.faults.push(format!(
                "the tiles lead to another root than checkpoint {size}"
            )),
            Err(cause) => auditor.faults.push(cause.to_string()),
        }
    }
    Ok(Finding {
        log: log.origin,
        facts: next,
        cases: auditor.chains.len(),
        checkpoints: checkpoints.len(),
        forgotten: auditor.bodiless.len(),
        faults: auditor.faults,
    })
}

impl Auditor {
    /// One fact against its commitment, its columns, its case.
    fn check_fact(&mut self, row: &store::FactRow, at: &str, index: Option<i64>) {
        let (seen, prev) = self.chains.remove(&row.case_id).unwrap_or_default();
        if row.case_no != seen + 1 {
            self.faults.push(format!(
                "{at}: fact {} of {} follows fact {seen}",
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
                    self.faults
                        .push(format!("{at}: the stored fact is not the one committed to"));
                }
                match proof::fact::Fact::parse(body) {
                    Ok(fact) => self.check_body(row, at, &fact, &prev),
                    Err(cause) => self.faults.push(format!("{at}: {cause}")),
                }
            }
            (None, None) => {
                self.bodiless.extend(index);
            }
            _ => self
                .faults
                .push(format!("{at}: body and salt must live and die together")),
        }
        self.chains
            .insert(row.case_id.clone(), (row.case_no, row.commitment.clone()));
    }

    fn check_body(
        &mut self,
        row: &store::FactRow,
        at: &str,
        fact: &proof::fact::Fact,
        prev: &[u8],
    ) {
        let chained = fact.prev.map(|hash| hash.to_vec()).unwrap_or_default() == prev;
        let placed = fact.institution == self.institution.as_str()
            && fact.case == row.case_id
            && i64::try_from(fact.case_no) == Ok(row.case_no);
        if !chained || !placed {
            self.faults
                .push(format!("{at}: the fact belongs elsewhere in its case"));
        }
        if fact.kind != row.kind || fact.at_ms != row.at_ms {
            self.faults.push(format!(
                "{at}: the columns say something else than the fact"
            ));
        }
        if let Ok(Some(indexes)) = fact.forgotten_indexes() {
            self.forgotten
                .extend(indexes.iter().filter_map(|i| i64::try_from(*i).ok()));
        }
    }

    /// The case rows say how many facts there were; one that vanished is noticed here.
    async fn check_cases(&mut self, view: &View) -> Result<()> {
        let mut after = String::new();
        let mut known = 0;
        loop {
            let page = store::cases(view, &self.institution, &after, CASES_PER_PAGE).await?;
            let Some(last) = page.last() else { break };
            after = last.case_id.clone();
            known += page.len();
            for case in &page {
                let (seen, commitment) =
                    self.chains.get(&case.case_id).cloned().unwrap_or_default();
                if case.facts != seen
                    || case.last_commitment.clone().unwrap_or_default() != commitment
                {
                    self.faults.push(format!(
                        "{} had {} facts, {seen} are there",
                        case.case_id, case.facts
                    ));
                }
            }
        }
        if known != self.chains.len() {
            self.faults.push(format!(
                "{} cases have facts, {known} are known",
                self.chains.len()
            ));
        }
        Ok(())
    }

    fn check_head(&mut self, log: &store::Log) -> Result<()> {
        if self.rebuilt.size != u64::try_from(log.head_size)? {
            self.faults.push(format!(
                "the head says {} entries, {} are there",
                log.head_size, self.rebuilt.size
            ));
        } else if proof::tree::Frontier::from_bytes(&log.frontier)?.root() != self.rebuilt.root() {
            self.faults.push("the head's root is another".to_owned());
        }
        Ok(())
    }

    fn check_claim(
        &mut self,
        log: &store::Log,
        claimed: &Checkpoint,
        roots: &BTreeMap<u64, [u8; 32]>,
    ) {
        if claimed.origin != log.origin || roots.get(&claimed.size) != Some(&claimed.root) {
            self.faults
                .push(format!("checkpoint {} claims another tree", claimed.size));
        }
    }
}

/// The published leaf tiles and entry bundles of one page, up to what the published checkpoint covers.
async fn check_tiles(
    ctx: &Ctx,
    institution: &InstitutionId,
    first: u64,
    mut entries: Vec<Vec<u8>>,
    covered: u64,
) -> Result<Vec<String>> {
    entries.truncate(usize::try_from(covered.saturating_sub(first))?);
    let tiles = StoredTiles {
        blobs: ctx.blobs.clone(),
        institution: institution.clone(),
    };
    tokio::task::spawn_blocking(move || {
        let wide = u64::from(proof::tile::WIDTH);
        let mut faults = Vec::new();
        for (index, chunk) in (first / wide..).zip(entries.chunks(wide as usize)) {
            let width = u32::try_from(chunk.len())?;
            let leaves: Vec<u8> = chunk
                .iter()
                .flat_map(|entry| -> [u8; 32] {
                    Sha256::new_with_prefix([0u8])
                        .chain_update(entry)
                        .finalize()
                        .into()
                })
                .collect();
            match tiles.tile(0, index, width) {
                Ok(bytes) if bytes.starts_with(&leaves) => {}
                Ok(_) => faults.push(format!("leaf tile {index} holds other leaves")),
                Err(cause) => faults.push(cause.to_string()),
            }
            match tiles.entries(index, width) {
                Ok(found) if found == chunk => {}
                Ok(_) => faults.push(format!("entry bundle {index} holds other entries")),
                Err(cause) => faults.push(cause.to_string()),
            }
        }
        Ok(faults)
    })
    .await?
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
