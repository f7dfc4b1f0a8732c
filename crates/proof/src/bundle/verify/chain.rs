use std::collections::{BTreeMap, BTreeSet};

use super::Files;
use crate::bundle::Forgotten;
use crate::bundle::layout::{Proof, Slot};
use crate::bundle::report::{Code, FactLine, Report};
use crate::checkpoint::Checkpoint;
use crate::fact::{self, Fact};
use crate::{Hash, hex, tree};

/// The case as its facts tell it.
#[derive(Default)]
pub(super) struct Chain {
    /// The facts that still have a body, by number.
    pub facts: BTreeMap<u64, Fact>,
    /// Numbers of forgotten facts.
    pub forgotten: BTreeSet<u64>,
    /// Numbers of forgotten facts that no following fact names as its predecessor.
    pub unlinked: BTreeSet<u64>,
    /// Numbers of facts whose time is before that of a fact ahead of them.
    pub backwards: Vec<u64>,
    /// The number up to which the case is complete.
    pub last: u64,
}

/// What stands at one number of the case.
struct Link {
    commitment: Hash,
    index: u64,
    fact: Option<Fact>,
}

struct Checker<'a, 'b> {
    files: &'b Files<'a>,
    checkpoint: &'b Checkpoint,
    report: &'b mut Report,
    links: BTreeMap<u64, Link>,
    /// Log indexes declared forgotten, by the log index of the fact that declares them.
    declared: BTreeMap<u64, BTreeSet<u64>>,
}

/// Checks every fact and proof, and that the case has no gap.
pub(super) fn check(files: &Files<'_>, checkpoint: &Checkpoint, report: &mut Report) -> Chain {
    let mut checker = Checker {
        files,
        checkpoint,
        report,
        links: BTreeMap::new(),
        declared: BTreeMap::new(),
    };
    checker.facts();
    let forgetting = checker.forgetting();
    checker.forgotten(&forgetting);
    checker.chain()
}

impl Checker<'_, '_> {
    fn facts(&mut self) {
        for (slot, path, bytes) in self.files.slots() {
            match slot {
                Slot::Fact(number) => self.fact(number, path, bytes),
                Slot::Proof(number) => self.needs_partner(path, Slot::Fact(number)),
                Slot::ForgettingProof(number) => {
                    self.needs_partner(path, Slot::ForgettingFact(number));
                }
                _ => {}
            }
        }
    }

    /// A proof without its fact.
    fn needs_partner(&mut self, path: &str, partner: Slot<'_>) {
        if self.files.get(&partner.path()).is_none() {
            self.report.fail(path, Code::FileUnexpected, "");
        }
    }

    fn fact(&mut self, number: u64, path: &str, bytes: &[u8]) {
        let proof_slot = Slot::Proof(number);
        let Some((fact, commitment, index)) = self.proved(path, bytes, proof_slot) else {
            return;
        };
        if fact.case_no != number {
            self.report.fail(path, Code::NumberWrong, fact.case_no);
        }
        if fact.case != self.files.manifest.case {
            self.report.fail(path, Code::OtherCase, &fact.case);
        }
        if fact.institution != self.files.manifest.institution {
            self.report
                .fail(path, Code::OtherInstitution, &fact.institution);
        }
        self.report.facts.push(FactLine {
            no: number,
            kind: Some(fact.kind.clone()),
            at_ms: Some(fact.at_ms),
            index,
            commitment: hex::encode(&commitment),
        });
        let link = Link {
            commitment,
            index,
            fact: Some(fact),
        };
        self.links.insert(number, link);
    }

    /// A fact with its commitment and log index, once it is shown to be in the log.
    fn proved(
        &mut self,
        path: &str,
        bytes: &[u8],
        proof_slot: Slot<'_>,
    ) -> Option<(Fact, Hash, u64)> {
        let proof_path = proof_slot.path();
        let proof = match self.files.get(&proof_path) {
            None => {
                self.report.fail(&proof_path, Code::FileMissing, "");
                None
            }
            Some(bytes) => {
                let proof = Proof::parse(bytes);
                if proof.is_none() {
                    self.report.fail(&proof_path, Code::ProofMalformed, "");
                }
                proof
            }
        };
        let fact = Fact::parse(bytes).and_then(|fact| {
            let indexes = fact.forgotten_indexes()?;
            Ok((fact, indexes))
        });
        let (fact, indexes) = fact
            .map_err(|why| self.report.fail(path, Code::FactMalformed, why))
            .ok()?;
        let proof = proof?;
        let commitment = fact::commitment(&proof.salt, bytes);
        if !self.in_log(&commitment, proof.index, &proof.path, path) {
            return None;
        }
        if let Some(indexes) = indexes {
            let own = indexes.into_iter().collect();
            self.declared.insert(proof.index, own);
        }
        Some((fact, commitment, proof.index))
    }

    fn in_log(&mut self, commitment: &Hash, index: u64, path: &[Hash], part: &str) -> bool {
        let leaf = tree::leaf_hash(&fact::entry(commitment));
        let (size, root) = (self.checkpoint.size, &self.checkpoint.root);
        let held = tree::verify_inclusion(&leaf, index, size, path, root);
        held.map_err(|why| self.report.fail(part, Code::NotInLog, why))
            .is_ok()
    }

    /// The declarations that stand outside the case: log index and path of each.
    fn forgetting(&mut self) -> BTreeMap<u64, String> {
        let mut found = BTreeMap::new();
        let mut expected = 1;
        for (slot, path, bytes) in self.files.slots() {
            let Slot::ForgettingFact(number) = slot else {
                continue;
            };
            if number != expected {
                self.report.fail(path, Code::NumberGap, expected);
            }
            expected = number + 1;
            let proof_slot = Slot::ForgettingProof(number);
            let Some((fact, _, index)) = self.proved(path, bytes, proof_slot) else {
                continue;
            };
            if fact.institution != self.files.manifest.institution {
                self.report
                    .fail(path, Code::OtherInstitution, &fact.institution);
            }
            if found
                .last_key_value()
                .is_some_and(|(last, _)| *last >= index)
            {
                self.report.fail(path, Code::NumberTwice, index);
            }
            found.insert(index, path.to_owned());
        }
        found
    }

    fn forgotten(&mut self, forgetting: &BTreeMap<u64, String>) {
        let mut used = BTreeSet::new();
        for (slot, path, bytes) in self.files.slots() {
            let Slot::Forgotten(number) = slot else {
                continue;
            };
            let Some(gone) = Forgotten::parse(number, bytes) else {
                self.report.fail(path, Code::ForgottenMalformed, "");
                continue;
            };
            if !self.in_log(&gone.commitment, gone.index, &gone.path, path) {
                continue;
            }
            let declared = self.declared.get(&gone.by);
            if !declared.is_some_and(|indexes| indexes.contains(&gone.index)) {
                self.report.fail(path, Code::ForgottenUndeclared, gone.by);
            }
            used.insert(gone.by);
            if self.links.contains_key(&number) {
                self.report.fail(path, Code::NumberTwice, number);
                continue;
            }
            self.report.facts.push(FactLine {
                no: number,
                kind: None,
                at_ms: None,
                index: gone.index,
                commitment: hex::encode(&gone.commitment),
            });
            let link = Link {
                commitment: gone.commitment,
                index: gone.index,
                fact: None,
            };
            self.links.insert(number, link);
        }
        for (index, path) in forgetting {
            if !used.contains(index) {
                self.report.fail(path, Code::ForgettingUnused, "");
            }
        }
        self.report.facts.sort_by_key(|line| line.no);
    }

    fn chain(self) -> Chain {
        let mut chain = Chain::default();
        let Some((&last, _)) = self.links.last_key_value() else {
            self.report.fail("facts", Code::NoFacts, "");
            return chain;
        };
        chain.last = last;
        let mut expected = 1;
        let mut before: Option<(u64, Link)> = None;
        let mut latest = i64::MIN;
        let mut indexes = BTreeSet::new();
        for (number, link) in self.links {
            let path = match &link.fact {
                Some(_) => Slot::Fact(number).path(),
                None => Slot::Forgotten(number).path(),
            };
            if number != expected {
                let missing = Slot::Fact(expected).path();
                self.report.fail(&missing, Code::NumberGap, expected);
            }
            expected = number + 1;
            if !indexes.insert(link.index) {
                self.report.fail(&path, Code::NumberTwice, link.index);
            }
            let named = link.fact.as_ref().map(|fact| fact.prev);
            match (&before, named) {
                (Some((own, _)), None) if chain.forgotten.contains(own) => {
                    chain.unlinked.insert(*own);
                }
                (Some((own, previous)), Some(prev))
                    if own + 1 == number && prev != Some(previous.commitment) =>
                {
                    self.report.fail(&path, Code::LinkBroken, "");
                }
                _ => {}
            }
            match &link.fact {
                Some(fact) => {
                    if fact.at_ms < latest {
                        chain.backwards.push(number);
                    }
                    latest = latest.max(fact.at_ms);
                    chain.facts.insert(number, fact.clone());
                }
                None => {
                    chain.forgotten.insert(number);
                }
            }
            before = Some((number, link));
        }
        if chain.forgotten.contains(&last) {
            let path = Slot::Forgotten(last).path();
            self.report.fail(&path, Code::ForgottenLast, "");
        }
        chain
    }
}
