//! Booking: the lender's books say what the borrower confirmed, or nothing is booked.

use crate::db::Read as _;
use crate::disbursement::facts::{Booked, BookingRefused, BookingSuperseded, NamedBy};
use crate::disbursement::model::{Book, Booking, BookingId, Loan};
use crate::disbursement::payee::{self, Chosen};
use crate::disbursement::refusal::Refused;
use crate::disbursement::store;
use crate::error::{Field, Result};
use crate::ledger::{Fact, Tx};

/// How a booking ended.
#[derive(Debug)]
pub enum Outcome {
    Booked(Booking),
    /// The same request came before; nothing changes.
    Again(Booking),
    /// Nothing is booked; that it was tried is recorded.
    Differs(Vec<Field>),
}

/// Books a loan that equals what was confirmed; an older booking of other terms is superseded.
pub async fn book(tx: &mut Tx, loan: &Loan, asked: &Book) -> Result<Outcome> {
    if let Some(known) = store::booking_by_key(tx, &asked.idempotency_key).await? {
        if known.request_digest != asked.request_digest || known.booking.case != loan.case {
            return Err(Refused::KeyReused.into());
        }
        if known.superseded_at_ms.is_some() {
            return Err(Refused::BookingOutdated.into());
        }
        return Ok(Outcome::Again(known.booking));
    }
    if store::first_receipt(tx, &loan.case).await?.is_some() {
        return Err(Refused::AlreadyPaid.into());
    }
    let now_ms = tx.now_ms();
    let older = store::booking(tx, &loan.case).await?;
    if let Some(older) = &older {
        if older.terms_digest == loan.terms_digest {
            return Err(Refused::AlreadyBooked.into());
        }
        if let Some(token) = store::last_token(tx, &loan.case).await? {
            token.must_be_over(now_ms)?;
        }
    }
    let differing = loan.against(asked)?;
    if !differing.is_empty() {
        let fields: Vec<&str> = differing.iter().map(|field| field.path.as_str()).collect();
        let refused = BookingRefused { fields: &fields };
        tx.record(Fact::of(&loan.case, &refused)?.about(&loan.subject));
        return Ok(Outcome::Differs(differing));
    }
    if !store::take_number(tx, &asked.loan_number, &loan.case).await? {
        return Err(Refused::LoanNumberTaken.into());
    }
    if let Some(older) = older {
        store::supersede(tx, &older.id, now_ms).await?;
        let superseded = BookingSuperseded {
            booking: older.id.as_str(),
            by_terms_digest: &loan.terms_digest,
        };
        tx.record(Fact::of(&loan.case, &superseded)?.about(&loan.subject));
    }
    let id = BookingId::fresh(now_ms, &tx.ctx().random);
    let salt = payee::salt(tx.ctx(), tx.institution()?, id.as_str())?;
    let digest = proof::release_token::payee_digest(&salt, asked.account.expose());
    let booking = Booking {
        id,
        case: loan.case.clone(),
        subject: loan.subject.clone(),
        loan_number: asked.loan_number.clone(),
        terms_digest: loan.terms_digest.clone(),
        amount: asked.net_amount,
        payee_digest: proof::hex::encode(&digest),
        account_mark: asked.account_mark.clone(),
        payee_masked: asked.payee_masked.clone(),
        booked_at_ms: now_ms,
    };
    store::insert_booking(tx, &booking, asked).await?;
    let booked = Booked {
        booking: booking.id.as_str(),
        terms_digest: &booking.terms_digest,
        amount: booking.amount,
        payee_digest: &booking.payee_digest,
        payee_named_by: match loan.chosen {
            Chosen::ByBorrower(_) => NamedBy::Borrower,
            Chosen::ByLender => NamedBy::Lender,
        },
    };
    tx.record(Fact::of(&loan.case, &booked)?.about(&loan.subject));
    Ok(Outcome::Booked(booking))
}
