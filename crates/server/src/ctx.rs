//! What every room is handed: clock, randomness, database, files, keys, configuration. Nothing of the business.

use std::collections::HashMap;
use std::ops::Deref;
use std::sync::atomic::AtomicBool;
use std::sync::{Arc, Mutex};

use tokio::sync::Notify;

use crate::blobs::Blobs;
use crate::clock::Clock;
use crate::config::Config;
use crate::db::Db;
use crate::keys::Keys;
use crate::meters::Meters;
use crate::random::Random;
use crate::traces::Traces;
use crate::typeset::Typesetter;

/// The context of one running program, cheap to clone.
#[derive(Clone)]
pub struct Ctx(Arc<Ground>);

/// The ground floor.
pub struct Ground {
    pub config: Config,
    pub clock: Clock,
    pub random: Random,
    pub db: Db,
    pub blobs: Blobs,
    pub keys: Keys,
    pub typesetter: Typesetter,
    pub http: reqwest::Client,
    pub meters: Meters,
    pub traces: Traces,
    /// Rung when facts were committed, so that the sequencer need not poll fast.
    pub facts_committed: Notify,
    /// Rung when jobs were enqueued.
    pub jobs_enqueued: Notify,
    /// Visits that this process may still let in, by who comes and in which minute; see `http`.
    pub visits: Mutex<HashMap<[u8; 32], (i64, i64)>>,
    /// True once the process was told to stop; it takes no new visitors then.
    pub stopping: AtomicBool,
}

impl Ctx {
    pub fn new(ground: Ground) -> Self {
        Self(Arc::new(ground))
    }
}

impl Deref for Ctx {
    type Target = Ground;

    fn deref(&self) -> &Ground {
        &self.0
    }
}
