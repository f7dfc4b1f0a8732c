//! The only source of randomness: the operating system's, or a seed in tests.

use std::sync::{Arc, Mutex};

use rand::rngs::StdRng;
use rand::{Rng, SeedableRng, TryRng};

/// Random bytes, from the operating system or from a seed.
#[derive(Clone, Debug)]
pub enum Random {
    System,
    Seeded(Arc<Mutex<StdRng>>),
}

impl Random {
    /// Repeatable randomness, for tests and simulations only.
    pub fn seeded(seed: u64) -> Self {
        Self::Seeded(Arc::new(Mutex::new(StdRng::seed_from_u64(seed))))
    }

    /// `N` fresh bytes.
    ///
    /// # Panics
    /// When the operating system has no randomness to give: going on would mint guessable secrets.
    pub fn bytes<const N: usize>(&self) -> [u8; N] {
        let mut out = [0u8; N];
        match self {
            Self::System => rand::rngs::SysRng
                .try_fill_bytes(&mut out)
                .expect("the operating system gives randomness"),
            Self::Seeded(rng) => {
                rng.lock()
                    .unwrap_or_else(std::sync::PoisonError::into_inner)
                    .fill_bytes(&mut out);
            }
        }
        out
    }
}
