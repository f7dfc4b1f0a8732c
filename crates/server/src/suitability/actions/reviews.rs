//! A human look at a step: asked for, and closed.

use super::{digest_of, record};
use crate::access::{Right, Staff};
use crate::clock;
use crate::ctx::Ctx;
use crate::error::{Error, Result};
use crate::ledger::{self, Changed, Tx};
use crate::suitability::decision::Standing;
use crate::suitability::facts;
use crate::suitability::model::{Cause, Outcome, Review, ReviewId, Step, Verdict};
use crate::suitability::refusal::Refused;
use crate::suitability::store;
use crate::vault::SubjectId;

/// The person asks for a human to look at a refusal (PIPL 24); once a refusal.
pub async fn ask_review(
    tx: &mut Tx,
    case: &str,
    subject: &SubjectId,
    step: Step,
) -> Result<Changed> {
    let (refused, since_ms, decided_by) = match step {
        Step::Affordability => {
            let known = store::lock(tx, case)
                .await?
                .ok_or(Refused::NothingRefused)?;
            let refused = known.outcome == Outcome::Refused;
            (refused, known.declared_at_ms, known.decided_by)
        }
        Step::CreditDecision => {
            let known = store::lock_decision(tx, case)
                .await?
                .ok_or(Refused::NothingRefused)?;
            (known.refused(), known.decided_at_ms, None)
        }
    };
    if !refused {
        return Err(Refused::NothingRefused.into());
    }
    // A later decision after an overturned one is another refusal, and may be looked at too.
    let before = store::reviews(tx, case).await?.into_iter().find(|review| {
        review.step == step && review.cause == Cause::Asked && review.asked_at_ms >= since_ms
    });
    match before {
        Some(review) if review.verdict.is_none() => return Ok(Changed::No),
        Some(_) => return Err(Refused::ReviewClosed.into()),
        None => {}
    }
    begin_review(tx, case, subject, step, Cause::Asked, decided_by).await?;
    Ok(Changed::Yes)
}

/// Has staff look at a step of a case.
pub(super) async fn begin_review(
    tx: &mut Tx,
    case: &str,
    subject: &SubjectId,
    step: Step,
    cause: Cause,
    decided_by: Option<String>,
) -> Result<()> {
    let review = Review {
        id: ReviewId::fresh(tx.now_ms(), &tx.ctx().random),
        case: case.to_owned(),
        subject: subject.clone(),
        step,
        cause,
        decided_by,
        asked_at_ms: tx.now_ms(),
        due_at_ms: tx.now_ms() + tx.ctx().config.suitability.review_days * clock::DAY_MS,
        verdict: None,
        words: None,
        reviewer: None,
        closed_at_ms: None,
    };
    store::insert_review(tx, &review).await?;
    let fact = facts::ReviewAsked {
        review: review.id.as_str(),
        step,
        cause,
        due_at_ms: review.due_at_ms,
    };
    record(tx, case, subject, &fact)
}

/// A member of staff concludes a review, with words for the person.
pub async fn close_review(
    ctx: &Ctx,
    staff: &Staff,
    id: &ReviewId,
    verdict: Verdict,
    words: &str,
) -> Result<()> {
    staff.must(Right::ReviewSuitability)?;
    let seat = staff.seat();
    let mut tx = ledger::begin(ctx, &seat).await?;
    let review = store::lock_review(&tx, id)
        .await?
        .close(&seat.id, verdict, words, tx.now_ms())?;
    store::save_review(&mut tx, &review).await?;
    match review.step {
        Step::Affordability => {
            let mut case = store::lock(&tx, &review.case)
                .await?
                .ok_or_else(Error::not_found)?;
            case.outcome = match verdict {
                Verdict::Pass => Outcome::Pass,
                Verdict::Refuse => Outcome::Refused,
            };
            case.decided_by = Some(seat.id.clone());
            store::save(&mut tx, &case).await?;
        }
        Step::CreditDecision => {
            let mut decision = store::lock_decision(&tx, &review.case)
                .await?
                .ok_or_else(Error::not_found)?;
            if verdict == Verdict::Pass {
                decision.standing = Standing::Overturned;
                store::put_decision(&mut tx, &decision).await?;
            }
        }
    }
    let fact = facts::Reviewed {
        review: review.id.as_str(),
        step: review.step,
        cause: review.cause,
        verdict,
        words_digest: &digest_of(review.words.as_deref().unwrap_or_default().as_bytes()),
    };
    record(&mut tx, &review.case, &review.subject, &fact)?;
    ledger::commit_recorded(tx).await
}
