//! Payments made: always recorded, for the money has moved; what is wrong opens incidents.

use super::incidents::open;
use crate::clock;
use crate::db::Read;
use crate::disbursement::facts::Paid as PaidFact;
use crate::disbursement::incident::Incident;
use crate::disbursement::jobs::CompareAnew;
use crate::disbursement::payee;
use crate::disbursement::receipt::{Hold, Measure, Paid, Protections, Receipt, ReceiptId};
use crate::disbursement::store;
use crate::error::Result;
use crate::ledger::{Fact, Tx};
use crate::vault::SubjectId;

const MINUTE_MS: i64 = 60_000;

/// What the journey says of the loan that was paid.
#[derive(Clone, Debug)]
pub struct Payable {
    pub case: String,
    pub subject: SubjectId,
    /// Principal of the terms that were confirmed last, fen.
    pub principal: Option<i64>,
    pub hold: Hold,
    pub protections: Protections,
    pub particulars: Particulars,
}

/// Whether anything that leads to a person or an account may be kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Particulars {
    Kept,
    /// They were destroyed after their time.
    Destroyed,
}

/// A payment with what was found in it.
#[derive(Debug)]
pub struct Received {
    pub receipt: Receipt,
    pub incidents: Vec<Incident>,
    pub replayed: bool,
}

/// Records a payment. The same number with another content, or for another loan, is another payment, and is found.
pub async fn receive(tx: &mut Tx, loan: &Payable, paid: &Paid) -> Result<Received> {
    if let Some(known) = store::receipt_again(tx, &loan.case, paid).await? {
        return Ok(Received {
            incidents: store::incidents_of(tx, known.id.as_str()).await?,
            receipt: known,
            replayed: true,
        });
    }
    let now_ms = tx.now_ms();
    let booking = store::booking(tx, &loan.case).await?;
    let token = match &paid.word_digest {
        Some(digest) => store::lock_token(tx, digest).await?,
        None => None,
    };
    let namesake = store::receipt_by_reference(tx, &paid.payment_reference).await?;
    let earlier = store::first_receipt(tx, &loan.case).await?;
    let findings = paid.findings(&Measure {
        case: &loan.case,
        principal: booking
            .as_ref()
            .map(|booking| booking.amount)
            .or(loan.principal),
        booking: booking.as_ref(),
        token: token.as_ref(),
        earlier: earlier.as_ref(),
        namesake: namesake.as_ref(),
        hold: loan.hold,
        protections: loan.protections,
        now_ms,
    });
    let id = ReceiptId::fresh(now_ms, &tx.ctx().random);
    let salt = payee::salt(tx.ctx(), tx.institution()?, id.as_str())?;
    let payee_digest = proof::release_token::payee_digest(&salt, paid.payee.account.expose());
    let receipt = Receipt {
        id,
        case: loan.case.clone(),
        subject: loan.subject.clone(),
        token: token.as_ref().map(|token| token.id.to_string()),
        payment_reference: paid.payment_reference.clone(),
        channel_reference: paid.channel_reference.clone(),
        amount: paid.amount,
        account_mark: paid.payee.mark.clone(),
        payee_masked: paid.payee.masked.clone(),
        paid_at_ms: paid.paid_at_ms,
        request_digest: paid.request_digest.clone(),
        recorded_at_ms: now_ms,
    };
    store::insert_receipt(tx, &receipt).await?;
    compare_again(tx, &receipt).await?;
    if loan.particulars == Particulars::Destroyed {
        store::forget_receipts(tx, &loan.case).await?;
    }
    // Whose token it was: somebody has paid on it.
    if let Some(token) = token.filter(|token| token.used_at_ms.is_none()) {
        store::use_token(tx, &token.id, now_ms).await?;
    }
    let words: Vec<&str> = findings.iter().map(|finding| finding.as_str()).collect();
    let fact = PaidFact {
        receipt: receipt.id.as_str(),
        token: receipt.token.as_deref(),
        amount: receipt.amount,
        payee_digest: &proof::hex::encode(&payee_digest),
        paid_at_ms: receipt.paid_at_ms,
        findings: &words,
    };
    tx.record(Fact::of(&loan.case, &fact)?.about(&loan.subject));
    let mut incidents = Vec::with_capacity(findings.len());
    for finding in findings {
        let source = receipt.id.as_str();
        incidents.extend(open(tx, &loan.case, Some(&loan.subject), finding, source).await?);
    }
    Ok(Received {
        receipt,
        incidents,
        replayed: false,
    })
}

/// A day that was compared without a payment is compared anew, once for all that are reported within a minute.
async fn compare_again(tx: &mut Tx, receipt: &Receipt) -> Result<()> {
    let paid_on = clock::civil_date(receipt.paid_at_ms);
    // Whoever reports in the minute of a comparison is taken in by the next one.
    let minute = tx.now_ms() / MINUTE_MS + 2;
    for day in store::days_of(tx, paid_on, &receipt.payment_reference).await? {
        let name = format!("compare-{}-{day}-{minute}", tx.institution()?);
        let job = CompareAnew {
            day: day.to_string(),
        };
        tx.enqueue_named(&name, &job, minute * MINUTE_MS).await?;
    }
    Ok(())
}

/// The first payment of a case: when, by the lender's clock, and how much, in fen.
pub async fn paid(view: &impl Read, case: &str) -> Result<Option<(i64, i64)>> {
    let receipt = store::first_receipt(view, case).await?;
    Ok(receipt.map(|receipt| (receipt.paid_at_ms, receipt.amount)))
}
