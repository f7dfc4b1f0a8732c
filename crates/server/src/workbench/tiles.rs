//! One number each: what waits, and since when.

use jiff::ToSpan as _;
use serde::Serialize;

use crate::access::{self, Right, Staff};
use crate::clock;
use crate::ctx::Ctx;
use crate::db::{Tally, View};
use crate::error::{Error, Result, Text};
use crate::journey::Blocked;
use crate::{
    batch, consent, disbursement, identity, journey, product, recording, rectification, roster,
    signing, suitability, vault, webhook,
};

/// What a tile is about; the page knows which list it leads to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = WorkbenchSubject)]
pub enum Subject {
    RectificationsOverdue,
    /// To be put right within three days.
    RectificationsSoon,
    ReviewsOverdue,
    ReviewsOpen,
    /// Booked, not paid, and the release is denied.
    ReleasesBlocked,
    HoldsStanding,
    IncidentsOpen,
    /// Days of the last thirty whose two sides differ.
    DaysDiffering,
    IdentitiesWaiting,
    /// Recordings that wait for somebody's eyes.
    RecordingsToReview,
    /// People who wait at this moment for a colleague to lead theirs.
    RecordingsToLead,
    /// Of the last seven days.
    OpeningsStrange,
    WebhooksFailing,
    ExchangeTroubled,
    /// Nearly as many stored faces as the authority is to be told of.
    FacesStored,
    // What waits for a second person.
    GlassesAsked,
    IncidentsHandled,
    RectificationsDone,
    ProductDrafts,
    NoticeDrafts,
    TemplateDrafts,
    RosterDrafts,
    StaffChanges,
    Loosenings,
    DestructionsProposed,
}

/// Why something is held up.
#[derive(Clone, Debug, Serialize, utoipa::ToSchema)]
pub struct WorkbenchReason {
    pub code: &'static str,
    pub message: Text,
    pub count: i64,
}

/// One number.
#[derive(Clone, Debug, Serialize, utoipa::ToSchema)]
#[schema(as = WorkbenchTile)]
pub struct Tile {
    pub subject: Subject,
    /// 1,000 where there are as many or more.
    pub count: i64,
    /// Since when the oldest of them waits.
    pub oldest_ms: Option<i64>,
    /// Of blocked releases, the most frequent first.
    pub reasons: Vec<WorkbenchReason>,
}

const SOON_DAYS: i64 = 3;
const DIFFERING_DAYS: i64 = 30;
const STRANGE_DAYS: i64 = 7;

/// The tiles that somebody's rights open; what is blocked is told, where they may see it.
pub async fn of(
    ctx: &Ctx,
    view: &View,
    staff: &Staff,
    blocked: Option<&Blocked>,
) -> Result<Vec<Tile>> {
    let mut desk = Desk {
        staff,
        tiles: Vec::new(),
    };
    due(ctx, view, &mut desk).await?;
    money(ctx, view, &mut desk, blocked).await?;
    trouble(ctx, view, &mut desk).await?;
    second(ctx, view, &mut desk).await?;
    Ok(desk.tiles)
}

/// What is on somebody's desk so far.
struct Desk<'a> {
    staff: &'a Staff,
    tiles: Vec<Tile>,
}

impl Desk<'_> {
    fn sees(&self, right: Right) -> bool {
        self.staff.must(right).is_ok()
    }

    fn put(&mut self, subject: Subject, tally: Tally) {
        self.tiles.push(Tile {
            subject,
            count: tally.count,
            oldest_ms: tally.oldest_ms,
            reasons: Vec::new(),
        });
    }
}

/// What has a last day.
async fn due(ctx: &Ctx, view: &View, desk: &mut Desk<'_>) -> Result<()> {
    let now_ms = ctx.clock.now_ms();
    if desk.sees(Right::ViewRectifications) {
        let today = clock::civil_date(now_ms);
        let until = today
            .checked_add((SOON_DAYS + 1).days())
            .map_err(|cause| Error::Internal(Box::new(cause)))?;
        let overdue = rectification::overdue(view, today).await?;
        desk.put(Subject::RectificationsOverdue, overdue);
        let soon = rectification::soon(view, today, until).await?;
        desk.put(Subject::RectificationsSoon, soon);
    }
    if desk.sees(Right::ReviewSuitability) {
        let overdue = suitability::reviews_due(view, now_ms).await?;
        desk.put(Subject::ReviewsOverdue, overdue);
        let open = suitability::reviews_due(view, i64::MAX).await?;
        desk.put(Subject::ReviewsOpen, open);
    }
    Ok(())
}

/// What keeps money back, or went wrong with it.
async fn money(
    ctx: &Ctx,
    view: &View,
    desk: &mut Desk<'_>,
    blocked: Option<&Blocked>,
) -> Result<()> {
    if let Some(blocked) = blocked {
        desk.put(Subject::ReleasesBlocked, blocked.loans);
        if let Some(tile) = desk.tiles.last_mut() {
            let reasons = blocked.reasons.iter();
            let reasons = reasons.map(|(code, (message, count))| WorkbenchReason {
                code,
                message: message.clone(),
                count: *count,
            });
            tile.reasons = reasons.collect();
            tile.reasons.sort_by_key(|reason| -reason.count);
        }
        let holds = journey::holds_standing(view).await?;
        desk.put(Subject::HoldsStanding, holds);
    }
    if desk.sees(Right::ViewIncidents) {
        let open = disbursement::incidents_open(view).await?;
        desk.put(Subject::IncidentsOpen, open);
        let from_ms = ctx.clock.now_ms() - DIFFERING_DAYS * clock::DAY_MS;
        let differing = disbursement::days_differing(view, clock::civil_date(from_ms)).await?;
        desk.put(Subject::DaysDiffering, differing);
    }
    Ok(())
}

/// People who wait, and what is not as it should be.
async fn trouble(ctx: &Ctx, view: &View, desk: &mut Desk<'_>) -> Result<()> {
    if desk.sees(Right::ViewIdentity) {
        let waiting = identity::waiting_for_person(view).await?;
        desk.put(Subject::IdentitiesWaiting, waiting);
    }
    if desk.sees(Right::ReviewRecordings) {
        let waiting = recording::to_review(view).await?;
        desk.put(Subject::RecordingsToReview, waiting);
    }
    if desk.sees(Right::LeadRecordings) {
        let waiting = recording::to_lead(view).await?;
        desk.put(Subject::RecordingsToLead, waiting);
    }
    if desk.sees(Right::ViewOpenings) {
        let since_ms = ctx.clock.now_ms() - STRANGE_DAYS * clock::DAY_MS;
        let strange = vault::strange_since(view, since_ms).await?;
        desk.put(Subject::OpeningsStrange, strange);
    }
    if desk.sees(Right::ViewWebhooks) {
        let failing = webhook::failing(view).await?;
        desk.put(Subject::WebhooksFailing, failing);
    }
    if desk.sees(Right::ReviewRecordings) {
        let faces = recording::faces(ctx, view).await?;
        if faces.near() {
            let tally = Tally {
                count: faces.persons.min(Tally::MOST),
                oldest_ms: None,
            };
            desk.put(Subject::FacesStored, tally);
        }
    }
    if desk.sees(Right::ViewBatches) {
        let troubled = batch::troubled(view).await?;
        desk.put(Subject::ExchangeTroubled, troubled);
    }
    Ok(())
}

/// What somebody did, and somebody else is to agree with.
async fn second(ctx: &Ctx, view: &View, desk: &mut Desk<'_>) -> Result<()> {
    let now_ms = ctx.clock.now_ms();
    if desk.sees(Right::BreakGlass) {
        let asked = journey::glasses_asked(view, now_ms).await?;
        desk.put(Subject::GlassesAsked, asked);
    }
    if desk.sees(Right::CloseIncidents) {
        let handled = disbursement::incidents_handled(view).await?;
        desk.put(Subject::IncidentsHandled, handled);
    }
    if desk.sees(Right::AcceptRectifications) {
        let done = rectification::to_accept(view).await?;
        desk.put(Subject::RectificationsDone, done);
    }
    if desk.sees(Right::ApproveProducts) {
        desk.put(Subject::ProductDrafts, product::drafts(view).await?);
    }
    if desk.sees(Right::PublishNotices) {
        desk.put(Subject::NoticeDrafts, consent::notice_drafts(view).await?);
    }
    if desk.sees(Right::PublishContracts) {
        let drafts = signing::template_drafts(view).await?;
        desk.put(Subject::TemplateDrafts, drafts);
    }
    if desk.sees(Right::ApproveRoster) {
        desk.put(Subject::RosterDrafts, roster::drafts(view).await?);
    }
    if desk.sees(Right::ManageStaff) {
        let changes = access::changes_waiting(view, now_ms).await?;
        desk.put(Subject::StaffChanges, changes);
    }
    if desk.sees(Right::ManageSettings) {
        let loosenings = access::loosenings_waiting(view, now_ms).await?;
        desk.put(Subject::Loosenings, loosenings);
    }
    if desk.sees(Right::DestroySubjects) {
        let proposed = vault::destructions_proposed(view).await?;
        desk.put(Subject::DestructionsProposed, proposed);
    }
    Ok(())
}
