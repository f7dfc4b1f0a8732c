//! The lot: which cases of a population are drawn; pure.
//!
//! The seed is `SHA-256("xiaobao/draw/v1" ‖ root ‖ words)` over the 32 bytes of the root of the first published checkpoint over
//! the population, and the inspector's words in UTF-8; a case's place is `SHA-256(seed ‖ id)`, and the first n by place are drawn.

use std::collections::BTreeSet;

use proof::Hash;
use proof::digest::{sha256, sha256_parts};

/// What the order of a population follows from.
pub fn seed(root: &Hash, words: &str) -> Hash {
    sha256_parts(&[b"xiaobao/draw/v1", root, words.as_bytes()])
}

/// Goes through a population in the order of its ids and keeps the first n by place.
#[derive(Debug)]
pub struct Lot {
    seed: Hash,
    n: usize,
    first: BTreeSet<(Hash, String)>,
    population: i64,
    digest: Hash,
}

impl Lot {
    pub fn new(seed: Hash, n: usize) -> Self {
        Self {
            seed,
            n,
            first: BTreeSet::new(),
            population: 0,
            digest: sha256(b""),
        }
    }

    /// The next case of the population.
    pub fn meet(&mut self, id: &str) {
        self.population += 1;
        self.digest = sha256_parts(&[&self.digest, id.as_bytes()]);
        let place = sha256_parts(&[&self.seed, id.as_bytes()]);
        self.first.insert((place, id.to_owned()));
        if self.first.len() > self.n {
            self.first.pop_last();
        }
    }

    /// How many cases were met.
    pub fn population(&self) -> i64 {
        self.population
    }

    /// The whole population in one value: from SHA-256 of nothing on, SHA-256 of the value so far and the next id.
    pub fn population_digest(&self) -> String {
        proof::hex::encode(&self.digest)
    }

    /// The drawn cases by place.
    pub fn drawn(self) -> Vec<String> {
        self.first.into_iter().map(|(_, id)| id).collect()
    }
}

/// A population that was met whole, in one value.
pub fn digest_of_population(ids: &[String]) -> String {
    let mut lot = Lot::new(sha256(b""), 0);
    ids.iter().for_each(|id| lot.meet(id));
    lot.population_digest()
}

/// The drawn cases in one value: SHA-256 of their ids, each with a line feed behind it.
pub fn digest(cases: &[String]) -> String {
    let lines: String = cases.iter().map(|id| format!("{id}\n")).collect();
    proof::hex::encode(&sha256(lines.as_bytes()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ids(count: usize) -> Vec<String> {
        (0..count).map(|n| format!("jny_{n:04}")).collect()
    }

    fn drawn(seed: Hash, n: usize, ids: &[String]) -> Vec<String> {
        let mut lot = Lot::new(seed, n);
        ids.iter().for_each(|id| lot.meet(id));
        lot.drawn()
    }

    #[test]
    fn the_first_n_by_place_are_drawn_and_more_of_them_only_add() {
        let all = ids(100);
        let mine = seed(&[7; 32], "17 4 9");
        let mut places: Vec<(Hash, String)> = all
            .iter()
            .map(|id| (sha256(&[&mine[..], id.as_bytes()].concat()), id.clone()))
            .collect();
        places.sort();
        let order: Vec<String> = places.into_iter().map(|(_, id)| id).collect();
        for n in [1, 10, 99, 100, 500] {
            let expected: Vec<String> = order.iter().take(n).cloned().collect();
            assert_eq!(drawn(mine, n, &all), expected, "{n}");
        }
        assert_eq!(drawn(mine, 3, &[]), Vec::<String>::new());
    }

    #[test]
    fn another_root_or_other_words_draw_others_and_the_same_draw_the_same() {
        let all = ids(200);
        let of = |root: u8, words: &str| drawn(seed(&[root; 32], words), 10, &all);
        assert_eq!(of(1, ""), of(1, ""));
        assert_ne!(of(1, ""), of(2, ""));
        assert_ne!(of(1, ""), of(1, "a"));
    }

    #[test]
    fn the_population_is_counted_and_bound() {
        let met = |ids: &[String]| {
            let mut lot = Lot::new([0; 32], 1);
            ids.iter().for_each(|id| lot.meet(id));
            (lot.population(), lot.population_digest())
        };
        let all = ids(5);
        assert_eq!(met(&all).0, 5);
        assert_ne!(met(&all).1, met(&all[1..]).1);
        assert_eq!(met(&[]).1, proof::hex::encode(&sha256(b"")));
        assert_eq!(digest(&[]), proof::hex::encode(&sha256(b"")));
        assert_eq!(
            digest(&["a".to_owned(), "b".to_owned()]),
            proof::hex::encode(&sha256(b"a\nb\n"))
        );
    }
}
