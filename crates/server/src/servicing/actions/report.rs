//! Money received: always recorded; what is more than agreed opens incidents.

use jiff::civil::Date;

use super::open::opened;
use crate::clock;
use crate::ctx::Ctx;
use crate::disbursement::{self, Finding, Incident};
use crate::error::{Error, Result};
use crate::journey::{self, JourneyId, Waiting};
use crate::ledger::{self, Fact, Seat, Tx};
use crate::servicing::asked::{ASKS_MAX, Asked, withdrawn};
use crate::servicing::facts;
use crate::servicing::measure;
use crate::servicing::model::{
    How, Kind, Loan, REPAYMENTS_MAX, Repayment, RepaymentId, RepaymentRequest, State, reversed,
};
use crate::servicing::plan::Sums;
use crate::servicing::proof::{self, Prove};
use crate::servicing::refusal::Refused;
use crate::servicing::store;
use crate::servicing::view;
use crate::vault::{self, EndReason};

/// A report with what was found in it.
#[derive(Debug)]
pub struct Reported {
    pub repayment: Repayment,
    pub findings: Vec<Finding>,
    pub state: State,
    pub replayed: bool,
}

/// Records money received for a loan.
pub async fn report(
    ctx: &Ctx,
    seat: &Seat,
    case: &JourneyId,
    asked: &RepaymentRequest,
) -> Result<Reported> {
    asked.check(clock::civil_date(ctx.clock.now_ms()))?;
    let digest = asked.digest()?;
    let mut tx = ledger::begin(ctx, seat).await?;
    let Some((mut loan, _)) = opened(&mut tx, case).await? else {
        // Another institution's journey is not found; one of ours was not paid.
        journey::known(&tx, case).await?;
        return Err(Refused::NotPaid.into());
    };
    if asked.day < loan.paid_on {
        return Err(before_the_payment());
    }
    let limit = i64::try_from(REPAYMENTS_MAX)?;
    let mut reported = store::repayments(&tx, case.as_str(), limit).await?;
    if let Some(known) = reported.iter().find(|one| one.reference == asked.reference) {
        if known.request_digest != digest {
            return Err(Refused::ReferenceReused.into());
        }
        return Ok(Reported {
            findings: found_before(&tx, known).await?,
            repayment: known.clone(),
            state: loan.state,
            replayed: true,
        });
    }
    if reported.len() >= REPAYMENTS_MAX {
        return Err(Refused::TooMany.into());
    }
    if let Some(reference) = &asked.reverses {
        if loan.state != State::Running {
            return Err(Refused::SettlementStands.into());
        }
        reversed(&reported, reference, asked.amount)?;
    }
    let repayment = Repayment {
        id: RepaymentId::fresh(tx.now_ms(), &tx.ctx().random),
        case: case.to_string(),
        reference: asked.reference.clone(),
        kind: asked.kind,
        amount: asked.amount,
        day: asked.day,
        parts: asked.parts,
        reverses: asked.reverses.clone(),
        request_digest: digest,
        recorded_at_ms: tx.now_ms(),
    };
    store::insert_repayment(&mut tx, &repayment).await?;
    reported.push(repayment.clone());
    let confirmed = view::confirmed(&tx, &loan).await?;
    let counted = match &confirmed {
        Some(confirmed) => confirmed.counted(&reported),
        None => reported.clone(),
    };
    let sheet = confirmed.map(|confirmed| confirmed.sheet);
    let asks = store::asks(&tx, case.as_str(), i64::try_from(ASKS_MAX)?).await?;
    let withdrawal = withdrawn(&asks, repayment.day);
    let findings = measure::findings(sheet.as_ref(), &counted, loan.state, withdrawal);
    record(&mut tx, &loan, &repayment, &findings).await?;
    let last = sheet.and_then(|sheet| sheet.plan.last().map(|row| row.due));
    let end = End::of(&repayment, &reported, last, withdrawal);
    if let Some(end) = end.filter(|_| loan.state == State::Running) {
        over(&mut tx, &mut loan, end).await?;
    }
    // An instalment is what every comparison reckons with, unless something was late: anything else makes another sum of what
    // is owed.
    let of = match repayment.kind {
        Kind::Instalment => Waiting::WithArrears,
        _ => Waiting::Any,
    };
    journey::end_change(&mut tx, case, of).await?;
    ledger::commit_recorded(tx).await?;
    Ok(Reported {
        repayment,
        findings,
        state: loan.state,
        replayed: false,
    })
}

fn before_the_payment() -> Error {
    Error::field(
        "day",
        "before_the_payment",
        "收款日不能早于放款日。",
        "Nothing is received before the loan was paid out.",
    )
}

async fn found_before(tx: &Tx, known: &Repayment) -> Result<Vec<Finding>> {
    let incidents = disbursement::incidents_of(tx, known.id.as_str()).await?;
    Ok(incidents
        .iter()
        .map(|incident: &Incident| incident.finding)
        .collect())
}

async fn record(
    tx: &mut Tx,
    loan: &Loan,
    repayment: &Repayment,
    findings: &[Finding],
) -> Result<()> {
    let source = repayment.id.as_str();
    let words: Vec<&str> = findings.iter().map(|finding| finding.as_str()).collect();
    // A lender's own number may say anything: what is reversed is named by our id.
    let reverses = match &repayment.reverses {
        None => None,
        Some(reference) => store::repayment_id(tx, &loan.case, reference).await?,
    };
    let fact = facts::Repaid {
        repayment: source,
        kind: repayment.kind,
        amount: repayment.amount,
        day: &repayment.day.to_string(),
        principal: repayment.parts.map(|parts| parts.principal),
        interest: repayment.parts.map(|parts| parts.interest),
        fees: repayment.parts.map(|parts| parts.fees),
        penalty: repayment.parts.map(|parts| parts.penalty),
        reverses: reverses.as_deref(),
        findings: &words,
    };
    tx.record(Fact::of(&loan.case, &fact)?.about(&loan.subject));
    for finding in findings {
        disbursement::open_incident(tx, &loan.case, Some(&loan.subject), *finding, source).await?;
    }
    Ok(())
}

/// How a report ends a loan.
#[derive(Clone, Copy, Debug)]
struct End {
    on: Date,
    /// None where the borrower withdrew.
    how: Option<How>,
    /// Everything received, fen.
    repaid: i64,
}

impl End {
    /// Only the lender's word ends a loan: a sum of ours may hold what was late, mistyped, or comes back from a bank.
    fn of(
        repayment: &Repayment,
        reported: &[Repayment],
        last: Option<Date>,
        withdrawal: Option<&Asked>,
    ) -> Option<Self> {
        if repayment.kind != Kind::Settlement {
            return None;
        }
        let how = match last {
            _ if withdrawal.is_some() => None,
            Some(last) if repayment.day >= last => Some(How::ByPlan),
            _ => Some(How::Early),
        };
        Some(Self {
            on: repayment.day,
            how,
            repaid: Sums::of(reported).total(),
        })
    }
}

/// Ends the loan and has its proof made.
async fn over(tx: &mut Tx, loan: &mut Loan, end: End) -> Result<()> {
    loan.ended_on = Some(end.on);
    let on = end.on.to_string();
    let fact = match end.how {
        Some(how) => {
            loan.state = State::Settled;
            let settled = facts::Settled {
                loan: loan.id.as_str(),
                how,
                on: &on,
                repaid: end.repaid,
            };
            Fact::of(&loan.case, &settled)?
        }
        None => {
            loan.state = State::CooledOff;
            let cooled_off = facts::CooledOff {
                loan: loan.id.as_str(),
                on: &on,
                repaid: end.repaid,
            };
            Fact::of(&loan.case, &cooled_off)?
        }
    };
    store::save(tx, loan).await?;
    tx.record(fact.about(&loan.subject));
    // Nothing is left to be reminded of.
    vault::end_grants_of_source(tx, loan.id.as_str(), EndReason::Finished).await?;
    let job = Prove {
        case: loan.case.clone(),
    };
    tx.enqueue_named(&proof::name(loan), &job, tx.now_ms())
        .await
}
