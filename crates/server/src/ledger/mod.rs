//! The evidence: every write of the house ends here, as a fact that anyone can check.
//!
//! Promises: a change and its fact are one transaction ([`begin`] … [`commit`]); facts of a case are numbered and chained;
//! each institution has one append-only log (RFC 6962, tlog-tiles) whose checkpoints are published within a second;
//! when the log does not extend what was published, writing is sealed. Other houses cosign the checkpoints as witnesses, and
//! this one cosigns theirs. Formats: `docs/ledger.md`.
//!
//! Not here: personal data. Facts hold ids, digests and commitments.

mod audit;
mod bundle;
mod cosign;
mod facts;
mod follow;
mod forget;
mod http;
mod prints;
mod publish;
mod read;
mod seal;
mod sequence;
mod store;
mod tiles;
mod witness;

pub use audit::{Finding, audit};
pub use bundle::{Document, Enclosed, bundle};
pub use follow::{Follower, follow, follow_once};
pub use forget::forget;
pub use prints::{Print, Printed, hand_out, print_address, printed};
pub use publish::catch_up;
pub use read::{
    Entry, LogState, Proof, Sequenced, State, WitnessState, checkpoint, entries,
    first_checkpoint_over, head, institutions, latest, log_state, of_kinds, proof_of, proved,
    published_sizes, sealed, sequenced, sign_release, still_since, timeline, witnessed,
    witnessed_checkpoint,
};
pub use seal::check;
pub use sequence::{advance, run};
use serde::Serialize;
use serde_json::Value;
pub use store::{LOOK_UPS, MIGRATIONS};
pub use witness::KEY_FILE as WITNESS_KEY_FILE;

use crate::ctx::Ctx;
use crate::db::{Handle, Read, Recorded, Statement, Write};
use crate::error::{Error, Result};
use crate::http::Routes;
use crate::id::InstitutionId;
use crate::jobs::{self, Job};
use crate::traces::Span;

pub fn routes() -> Routes {
    http::routes().merge(witness::routes())
}

/// Who acts, for which institution.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Seat {
    pub institution: InstitutionId,
    pub kind: SeatKind,
    /// The actor's typed id.
    pub id: String,
}

/// The kinds of actors that can be sworn to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SeatKind {
    Staff,
    Customer,
    /// Whoever holds a borrower's link and has not entered its code: perhaps the borrower, perhaps not.
    Link,
    Partner,
    /// The program itself: jobs, seeding, expiry.
    System,
}

impl SeatKind {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Staff => "staff",
            Self::Customer => "customer",
            Self::Link => "link",
            Self::Partner => "partner",
            Self::System => "system",
        }
    }
}

impl Seat {
    /// The program itself, acting for an institution.
    pub fn system(institution: &InstitutionId, part: &str) -> Self {
        Self {
            institution: institution.clone(),
            kind: SeatKind::System,
            id: part.to_owned(),
        }
    }
}

/// What a room swears to: a versioned past participle and its data, kept for ever.
pub trait Sworn: Serialize {
    /// `room.participle.vN`.
    const KIND: &'static str;
}

/// A fact on its way into the log.
#[derive(Clone, Debug)]
pub struct Fact {
    case: String,
    kind: &'static str,
    subject: Option<String>,
    data: Value,
}

impl Fact {
    /// A fact of a case (a journey, a product, an institution …).
    pub fn of<S: Sworn>(case: impl ToString, sworn: &S) -> Result<Self> {
        Ok(Self {
            case: case.to_string(),
            kind: S::KIND,
            subject: None,
            data: serde_json::to_value(sworn)?,
        })
    }

    /// Names the person whose forgetting takes this fact's body along.
    #[must_use]
    pub fn about(mut self, subject: impl ToString) -> Self {
        self.subject = Some(subject.to_string());
        self
    }
}

/// Whether a decision changed anything; what changed nothing leaves no fact.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Changed {
    Yes,
    No,
}

/// A write transaction that can only end with evidence. Dropping it rolls back.
pub struct Tx {
    ctx: Ctx,
    seat: Seat,
    inner: Recorded,
    facts: Vec<Fact>,
    /// Rows of jobs, which nobody reads before the commit; they leave together with the facts.
    jobs: Vec<Statement>,
    now_ms: i64,
    trace: Span,
}

impl Read for Tx {
    fn handle(&self) -> &Handle {
        self.inner.handle()
    }
}

impl Write for Tx {}

impl Tx {
    /// The one instant of this transaction, UTC ms.
    pub fn now_ms(&self) -> i64 {
        self.now_ms
    }

    pub fn ctx(&self) -> &Ctx {
        &self.ctx
    }

    pub fn seat(&self) -> &Seat {
        &self.seat
    }

    /// Adds a fact of a lower room to this transaction.
    pub fn record(&mut self, fact: Fact) {
        self.facts.push(fact);
    }

    /// Enqueues a job that runs soon after the commit.
    pub async fn enqueue<J: Job>(&mut self, job: &J) -> Result<()> {
        self.enqueue_at(job, self.now_ms).await
    }

    /// Enqueues a job that runs after the commit, not before `run_at_ms`.
    pub async fn enqueue_at<J: Job>(&mut self, job: &J, run_at_ms: i64) -> Result<()> {
        let job = jobs::enqueue(&self.ctx, &self.seat.institution, job, run_at_ms, None)?;
        self.jobs.push(job);
        Ok(())
    }

    /// As [`Tx::enqueue_at`], under a name of its own: while a job of that name waits or runs, nothing is added.
    pub async fn enqueue_named<J: Job>(
        &mut self,
        name: &str,
        job: &J,
        run_at_ms: i64,
    ) -> Result<()> {
        let job = jobs::enqueue_named(&self.seat.institution, name, job, run_at_ms)?;
        self.jobs.push(job);
        Ok(())
    }

    /// As [`Tx::enqueue_at`], for a job that [`Tx::cancel_resting_on`] the same tag stops.
    pub async fn enqueue_resting_on<J: Job>(
        &mut self,
        job: &J,
        run_at_ms: i64,
        rests_on: impl ToString,
    ) -> Result<()> {
        let tag = rests_on.to_string();
        let job = jobs::enqueue(
            &self.ctx,
            &self.seat.institution,
            job,
            run_at_ms,
            Some(&tag),
        )?;
        self.jobs.push(job);
        Ok(())
    }

    /// Cancels every job that rests on a tag, with this transaction; says how many.
    pub async fn cancel_resting_on(&mut self, rests_on: impl ToString) -> Result<u64> {
        let institution = self.seat.institution.clone();
        jobs::cancel_resting_on(self, &institution, &rests_on.to_string()).await
    }
}

/// Opens a write for the seat's institution; refused while its log is sealed.
pub async fn begin(ctx: &Ctx, seat: &Seat) -> Result<Tx> {
    let trace = ctx.traces.transaction();
    let inner = ctx.db.begin_for_ledger(&seat.institution).await?;
    Ok(Tx {
        ctx: ctx.clone(),
        seat: seat.clone(),
        inner,
        facts: Vec::new(),
        jobs: Vec::new(),
        now_ms: ctx.clock.now_ms(),
        trace,
    })
}

/// Ends a write: numbers, chains, salts and stores its facts, and commits all of it or nothing.
pub async fn commit(mut tx: Tx, fact: Fact) -> Result<()> {
    tx.facts.push(fact);
    commit_recorded(tx).await
}

/// Ends a write whose facts were all recorded by lower rooms; one without any is refused.
pub async fn commit_recorded(mut tx: Tx) -> Result<()> {
    if tx.facts.is_empty() {
        return Err(Error::internal("a write without evidence"));
    }
    let facts = std::mem::take(&mut tx.facts);
    let mut writes = std::mem::take(&mut tx.jobs);
    writes.extend(store::append(&tx, facts).await?);
    tx.exec_together(writes).await?;
    let Tx {
        ctx, inner, trace, ..
    } = tx;
    inner.finish().await?;
    trace.committed();
    ctx.facts_committed.notify_one();
    ctx.jobs_enqueued.notify_one();
    Ok(())
}

/// How often an action that met a concurrent change is tried again.
const RETRIES_MAX: u32 = 5;

/// Runs an action again when it met a concurrent change; every try is a transaction of its own.
pub async fn retrying<T, F: Future<Output = Result<T>>>(
    mut action: impl FnMut() -> F,
) -> Result<T> {
    let mut tries = 0;
    loop {
        match action().await {
            Err(Error::Conflict) if tries < RETRIES_MAX => {
                tries += 1;
                crate::clock::pause(std::time::Duration::from_millis(5 << tries)).await;
            }
            outcome => return outcome,
        }
    }
}

/// Starts the log of a new institution. `code` names it in addresses: `/log/{code}/checkpoint`.
pub async fn found(tx: &mut Tx, code: &str) -> Result<()> {
    let host = tx.ctx.config.public_url();
    let host = host
        .split_once("://")
        .map_or(host.as_str(), |(_, rest)| rest)
        .to_owned();
    let institution = tx.institution()?.clone();
    tx.ctx
        .keys
        .get_or_create(&key_name(&institution), &tx.ctx.random)?;
    store::insert_log(tx, &institution, code, &format!("{host}/log/{code}")).await
}

/// The key file of an institution's log.
fn key_name(institution: &InstitutionId) -> String {
    format!("log-{}", institution.as_str().replace('_', "-"))
}
