//! How long films and templates are kept: no longer than a rule asks, and templates no longer than they are of use.

use serde::{Deserialize, Serialize};

use super::facts;
use super::intake;
use super::model::{Recording, RecordingId, State};
use super::refusal::Refused;
use super::store::{self, erasures, segments};
use crate::clock::{self, DAY_MS};
use crate::ctx::Ctx;
use crate::db::{Read, Write as _};
use crate::error::Result;
use crate::id::InstitutionId;
use crate::jobs::{self, Job};
use crate::ledger::{self, Fact, Seat, Tx};
use crate::vault::{self, Keeping, RetentionRule};

/// From so many stored faces on the cyberspace authority is told (人脸识别技术应用安全管理办法, in force since 2025-06-01).
pub const FILING_FROM: i64 = 100_000;

/// No rule lets a film go before this age: younger ones aren't even asked about.
const LEAST_MS: i64 = 3 * 365 * DAY_MS;
/// Recordings of one run.
const PART: i64 = 100;

impl Recording {
    /// Whether anything may still be compared with its templates: while it runs, or a colleague may have it corrected.
    pub fn compares(&self) -> bool {
        let unseen = self.reviewed_at_ms.is_none();
        match self.state {
            State::Running => true,
            State::NeedsPerson => unseen,
            State::Passed => unseen && self.sampled,
            State::Ended => false,
        }
    }
}

/// The templates of a recording go, which nothing will be compared with any more.
pub fn forget_templates(tx: &mut Tx, recording: &mut Recording) -> Result<()> {
    if recording.enrolled.take().is_none() {
        return Ok(());
    }
    let fact = facts::TemplatesErased {
        recording: recording.id.as_str(),
    };
    tx.record(Fact::of(&recording.case, &fact)?.about(&recording.subject));
    Ok(())
}

/// Refuses what needs a film that is gone.
pub async fn must_be_kept(view: &impl Read, id: &RecordingId) -> Result<()> {
    match erasures::at(view, id).await? {
        Some(_) => Err(Refused::Erased.into()),
        None => Ok(()),
    }
}

/// Looks daily for films that no rule keeps any more.
#[derive(Debug, Serialize, Deserialize)]
pub struct EraseDue {
    /// Recordings up to here were looked at today.
    pub after: String,
}

impl EraseDue {
    /// Has the institution's films looked at tomorrow, if that doesn't wait already.
    pub async fn tomorrow(tx: &mut Tx) -> Result<()> {
        let (name, at_ms) = next(&tx.seat().institution, tx.now_ms());
        let job = Self {
            after: String::new(),
        };
        tx.enqueue_named(&name, &job, at_ms).await
    }
}

/// The night after an instant has one look of each institution.
fn next(institution: &InstitutionId, now_ms: i64) -> (String, i64) {
    let day = clock::civil_date(now_ms + DAY_MS);
    let at_ms = clock::start_of(day) + 3 * 3_600_000;
    (format!("erase_recordings_{institution}_{day}"), at_ms)
}

impl Job for EraseDue {
    const KIND: &'static str = "recording.erase_due";

    async fn run(self, ctx: Ctx, institution: InstitutionId) -> Result<()> {
        let now_ms = ctx.clock.now_ms();
        let view = ctx.db.read(&institution).await?;
        let due = erasures::kept(&view, now_ms - LEAST_MS, &self.after, PART).await?;
        let left = !erasures::kept(&view, i64::MAX, "", 1).await?.is_empty();
        drop(view);
        for id in &due {
            ledger::retrying(|| erase(&ctx, &institution, id)).await?;
        }
        let full = i64::try_from(due.len())? == PART;
        let again = match due.last().filter(|_| full) {
            Some(last) => {
                let job = Self {
                    after: last.to_string(),
                };
                jobs::enqueue(&ctx, &institution, &job, now_ms, None)?
            }
            None if left => {
                let (name, at_ms) = next(&institution, now_ms);
                let job = Self {
                    after: String::new(),
                };
                jobs::enqueue_named(&institution, &name, &job, at_ms)?
            }
            None => return Ok(()),
        };
        let mut tx = ctx
            .db
            .begin_unrecorded(&institution, "when to look again is no evidence")
            .await?;
        tx.exec_together(vec![again]).await?;
        tx.commit().await
    }
}

/// Erases the film of one recording, where nothing keeps it.
async fn erase(ctx: &Ctx, institution: &InstitutionId, id: &RecordingId) -> Result<()> {
    let mut tx = ledger::begin(ctx, &Seat::system(institution, "recording")).await?;
    let recording = store::lock(&tx, id).await?;
    let rule = RetentionRule::of_recordings(ctx.config.recording.kept_years);
    if vault::keeping(&tx, &recording.subject, &rule).await? != Keeping::Over
        || erasures::at(&tx, id).await?.is_some()
    {
        return Ok(());
    }
    let parts = segments::list(&tx, id).await?;
    let now_ms = tx.now_ms();
    erasures::erase(&mut tx, id, now_ms).await?;
    let fact = facts::Erased {
        recording: id.as_str(),
        rule: rule.code,
        chunks: parts.iter().map(|one| one.chunks).sum(),
        bytes: parts.iter().map(|one| one.bytes).sum(),
    };
    tx.record(Fact::of(&recording.case, &fact)?.about(&recording.subject));
    let files = EraseFiles {
        recording: id.to_string(),
    };
    tx.enqueue(&files).await?;
    ledger::commit_recorded(tx).await
}

/// Removes the files of a recording whose rows are gone.
#[derive(Debug, Serialize, Deserialize)]
pub struct EraseFiles {
    pub recording: String,
}

impl Job for EraseFiles {
    const KIND: &'static str = "recording.erase_files";

    async fn run(self, ctx: Ctx, institution: InstitutionId) -> Result<()> {
        let folder = intake::blob(&institution, &self.recording);
        ctx.blobs.remove_folder(&folder).await
    }
}

/// How near an institution is to having to tell the authority.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, utoipa::ToSchema)]
#[schema(as = RecordingFaces)]
pub struct Faces {
    /// Persons whose templates are kept now.
    pub persons: i64,
    pub warned_from: i64,
    pub filing_from: i64,
}

impl Faces {
    pub fn near(&self) -> bool {
        self.persons >= self.warned_from
    }
}

/// Counts the stored faces of the institution.
pub async fn faces(ctx: &Ctx, view: &impl Read) -> Result<Faces> {
    Ok(Faces {
        persons: erasures::faces(view).await?,
        warned_from: ctx.config.recording.faces_warned_from,
        filing_from: FILING_FROM,
    })
}
