//! From the borrower's confirmation to the lender's books and the money.

use proof::release_token::Override;

use super::break_glass::both_stand;
use crate::ctx::Ctx;
use crate::disbursement::{
    self, Book, BookedFact, Booking, Chosen, Ground, Hold, Issued, Loan, Outcome, Paid,
    Particulars, Payable, Protections, Received, Refused as Unbooked, Revoked,
};
use crate::disclosure;
use crate::error::Result;
use crate::id::InstitutionId;
use crate::journey::model::{Journey, Refused, State};
use crate::journey::quorum::{self, Quorum};
use crate::journey::release::{self, Denied, Missing};
use crate::journey::{JourneyId, store};
use crate::ledger::{self, Changed, Seat, Sworn as _, Tx};
use crate::product::{self, Protection};

/// A booking and whether this very request made it.
#[derive(Debug)]
pub struct Booked {
    pub booking: Booking,
    pub replayed: bool,
}

/// Books the loan of a completed journey, when the lender's books say what the borrower confirmed.
///
/// One that differs is refused by field, and that it was tried stays recorded.
pub async fn book(ctx: &Ctx, seat: &Seat, id: &JourneyId, asked: &Book) -> Result<Booked> {
    let mut tx = ledger::begin(ctx, seat).await?;
    let journey = store::lock(&tx, id).await?;
    let loan = loan(&tx, &journey).await?;
    match disbursement::book(&mut tx, &loan, asked).await? {
        Outcome::Again(booking) => Ok(Booked {
            booking,
            replayed: true,
        }),
        Outcome::Booked(booking) => {
            ledger::commit_recorded(tx).await?;
            Ok(Booked {
                booking,
                replayed: false,
            })
        }
        Outcome::Differs(fields) => {
            ledger::commit_recorded(tx).await?;
            Err(Unbooked::BookingDiffers(fields).into())
        }
    }
}

/// What the borrower of a completed journey confirmed.
async fn loan(tx: &Tx, journey: &Journey) -> Result<Loan> {
    if !journey.kind.is_loan() {
        return Err(Refused::NoLoan.into());
    }
    let sheet = disclosure::find(tx, journey.id.as_str()).await?;
    journey.must_go_on()?;
    let sheet = match (journey.state, sheet) {
        (State::Completed, Some(sheet)) => sheet,
        _ => return Err(Refused::NotCompleted.into()),
    };
    let version = product::version(tx, &journey.product, journey.product_version).await?;
    let asked = journey.kind.asked(&version.definition.required);
    let mark = store::chosen(tx, &journey.id)
        .await?
        .and_then(|chosen| chosen.account_mark);
    let chosen = match mark {
        Some(mark) => Chosen::ByBorrower(mark),
        // The borrower's own choice is gone, or from before marks were kept: nobody else makes it.
        None if asked.contains(&Protection::Drawdown) => return Err(Refused::NotCompleted.into()),
        None => Chosen::ByLender,
    };
    Ok(Loan {
        case: journey.id.to_string(),
        subject: journey.subject.clone(),
        terms: sheet.shown()?.sheet.terms,
        terms_digest: sheet.terms_digest,
        chosen,
    })
}

/// Issues the token on which the money may move, once every protection and the booking itself are proved, or two people set
/// aside what is missing.
pub async fn release(ctx: &Ctx, seat: &Seat, id: &JourneyId) -> Result<Issued> {
    let mut tx = ledger::begin(ctx, seat).await?;
    let journey = store::lock(&tx, id).await?;
    // A hold on either and a token for this one must not pass each other.
    store::lock_beneath(&tx, &journey).await?;
    let mut missing = release::ask(ctx, &tx, &journey, None).await?.missing;
    let case = journey.id.as_str();
    if let Some(booked) = ledger::latest(&tx, case, BookedFact::KIND).await? {
        if ledger::proved(&tx, case, booked.no).await?.0 != ledger::State::Proved {
            missing.push(release::not_proved());
        }
        let known = missing.iter().any(|one| one.code == release::QUORUM);
        if !known && quorum::over(ctx, &tx, case, booked.no).await? == Quorum::Lacking {
            missing.push(release::no_quorum());
        }
    }
    let ground = ground(&mut tx, &journey, missing).await?;
    let terms_digest = journey.terms_digest.as_deref().unwrap_or_default();
    let issued = disbursement::issue(&mut tx, case, terms_digest, ground).await?;
    ledger::commit_recorded(tx).await?;
    Ok(issued)
}

/// On what a token rests: on every protection, or on what two people decided about exactly those that are missing.
async fn ground(tx: &mut Tx, journey: &Journey, missing: Vec<Missing>) -> Result<Ground> {
    if missing.is_empty() {
        return Ok(Ground::Protected);
    }
    let now_ms = tx.now_ms();
    let codes = release::codes(&missing);
    let agreed = store::agreed_break_glass(tx, &journey.id).await?;
    let terms_digest = journey.terms_digest.as_deref();
    let Some(mut agreed) = agreed.filter(|one| one.covers(terms_digest, &codes, now_ms)) else {
        return Err(Denied(missing).into());
    };
    if !both_stand(tx, &agreed).await? {
        return Err(Denied(missing).into());
    }
    agreed.used_at_ms = Some(now_ms);
    store::save_break_glass(tx, &agreed).await?;
    Ok(Ground::BreakGlass(Override {
        id: agreed.id.to_string(),
        missing: codes,
    }))
}

/// Records that the money was paid out, whatever stands against it: it has moved. What is wrong opens incidents.
pub async fn disbursed(ctx: &Ctx, seat: &Seat, id: &JourneyId, paid: &Paid) -> Result<Received> {
    let mut tx = ledger::begin(ctx, seat).await?;
    let mut journey = store::lock(&tx, id).await?;
    let stopped = journey.state == State::Cancelled
        || store::stopped_at(&tx, &journey, paid.paid_at_ms).await? > 0;
    let particulars = match store::is_forgotten(&tx, id).await? {
        true => Particulars::Destroyed,
        false => Particulars::Kept,
    };
    let loan = Payable {
        case: journey.id.to_string(),
        subject: journey.subject.clone(),
        principal: journey.principal,
        hold: if stopped { Hold::Stands } else { Hold::None },
        protections: match particulars {
            Particulars::Kept => release::protections(&tx, &journey, tx.now_ms()).await?,
            // The steps went with the particulars.
            Particulars::Destroyed => Protections::Stand,
        },
        particulars,
    };
    let received = disbursement::receive(&mut tx, &loan, paid).await?;
    if received.replayed {
        return Ok(received);
    }
    if journey.disbursed_at_ms.is_none() {
        journey.disbursed_at_ms = Some(tx.now_ms());
        journey.updated_at_ms = tx.now_ms();
        store::save(&mut tx, &journey).await?;
    }
    ledger::commit_recorded(tx).await?;
    Ok(received)
}

/// Loans whose tokens one act looks at; of more, whoever pays on one is found.
pub(super) const LOANS_MAX: i64 = 200;

/// Somebody took a step back: tokens that rest on it count no more.
pub async fn revoke_lost(ctx: &Ctx, institution: &InstitutionId, id: &JourneyId) -> Result<()> {
    let view = ctx.db.read(institution).await?;
    let journey = store::find(&view, id).await?;
    let loans = store::resting_on(&view, &journey, LOANS_MAX).await?;
    drop(view);
    for loan in loans {
        ledger::retrying(|| revoke_if_lost(ctx, institution, &loan.id)).await?;
    }
    Ok(())
}

async fn revoke_if_lost(ctx: &Ctx, institution: &InstitutionId, id: &JourneyId) -> Result<()> {
    let mut tx = ledger::begin(ctx, &Seat::system(institution, "journey")).await?;
    let loan = store::lock(&tx, id).await?;
    if release::protections(&tx, &loan, tx.now_ms()).await? == Protections::Stand {
        return Ok(());
    }
    let cause = Revoked::ProtectionLost;
    match disbursement::revoke(&mut tx, id.as_str(), &loan.subject, cause).await? {
        Changed::Yes => ledger::commit_recorded(tx).await,
        Changed::No => Ok(()),
    }
}
