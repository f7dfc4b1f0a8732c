//! Incidents: opened once, handled by one person, closed by another.

use crate::access::{Right, Staff};
use crate::ctx::Ctx;
use crate::db::Read as _;
use crate::disbursement::facts::{IncidentClosed, IncidentHandled, IncidentOpened};
use crate::disbursement::incident::{Finding, Handling, Incident, IncidentId, State};
use crate::disbursement::model::{number_fault, number_fits, telling};
use crate::disbursement::payee;
use crate::disbursement::store;
use crate::error::{Error, Result};
use crate::ledger::{self, Fact, Sworn, Tx};
use crate::vault::SubjectId;

/// Opens an incident; one that was found in the same source before is not opened again.
pub async fn open(
    tx: &mut Tx,
    case: &str,
    subject: Option<&SubjectId>,
    finding: Finding,
    source: &str,
) -> Result<Option<Incident>> {
    let incident = Incident {
        id: IncidentId::fresh(tx.now_ms(), &tx.ctx().random),
        case: case.to_owned(),
        subject: subject.cloned(),
        finding,
        source: source.to_owned(),
        state: State::Open,
        opened_at_ms: tx.now_ms(),
        handling: None,
        closed_by: None,
        closed_at_ms: None,
        version: 1,
    };
    if !store::insert_incident(tx, &incident).await? {
        return Ok(None);
    }
    let opened = IncidentOpened {
        incident: incident.id.as_str(),
        finding,
        source,
    };
    let fact = fact_of(&incident, &opened)?;
    tx.record(fact);
    Ok(Some(incident))
}

fn fact_of(incident: &Incident, sworn: &impl Sworn) -> Result<Fact> {
    let fact = Fact::of(&incident.case, sworn)?;
    Ok(match &incident.subject {
        Some(subject) => fact.about(subject),
        None => fact,
    })
}

/// Says what was done about an incident.
pub async fn handle(
    ctx: &Ctx,
    staff: &Staff,
    id: &IncidentId,
    words: &str,
    refund_reference: Option<&str>,
) -> Result<Incident> {
    staff.must(Right::HandleIncidents)?;
    if refund_reference.is_some_and(|number| !number_fits(number)) {
        return Err(Error::Invalid(vec![number_fault("refund_reference")]));
    }
    let seat = staff.seat();
    let mut tx = ledger::begin(ctx, &seat).await?;
    let incident = store::lock_incident(&tx, id).await?;
    if let Some(number) = refund_reference
        && pays_into(&tx, &incident, number).await?
    {
        return Err(Error::Invalid(vec![telling("refund_reference")]));
    }
    let incident = incident.handle(Handling {
        words: words.trim().to_owned(),
        refund_reference: refund_reference.map(str::to_owned),
        by: seat.id.clone(),
        at_ms: tx.now_ms(),
    })?;
    store::save_incident(&mut tx, &incident).await?;
    let refund = refund_reference.map(digest);
    let handled = IncidentHandled {
        incident: incident.id.as_str(),
        words_digest: &digest(words.trim()),
        refund_digest: refund.as_deref(),
    };
    let fact = fact_of(&incident, &handled)?;
    ledger::commit(tx, fact).await?;
    Ok(incident)
}

fn digest(words: &str) -> String {
    proof::hex::encode(&proof::digest::sha256(words.as_bytes()))
}

/// Whether a number is the account that was booked or paid.
async fn pays_into(tx: &Tx, incident: &Incident, number: &str) -> Result<bool> {
    let Some(digits) = payee::digits(number) else {
        return Ok(false);
    };
    let mark = payee::mark(tx.ctx(), tx.institution()?, &digits)?;
    let booked = store::booking(tx, &incident.case).await?;
    let paid = store::receipt(tx, &incident.source).await?;
    let marks = [
        booked.map(|booking| booking.account_mark),
        paid.map(|receipt| receipt.account_mark),
    ];
    Ok(marks
        .iter()
        .flatten()
        .any(|known| payee::same(known, &mark)))
}

/// Agrees with what somebody else did about an incident.
pub async fn close(ctx: &Ctx, staff: &Staff, id: &IncidentId, seen: i64) -> Result<Incident> {
    staff.must(Right::CloseIncidents)?;
    let seat = staff.seat();
    let mut tx = ledger::begin(ctx, &seat).await?;
    let incident = store::lock_incident(&tx, id)
        .await?
        .close(&seat.id, seen, tx.now_ms())?;
    store::save_incident(&mut tx, &incident).await?;
    let words = incident.handling.as_ref().map(|said| digest(&said.words));
    let closed = IncidentClosed {
        incident: incident.id.as_str(),
        finding: incident.finding,
        words_digest: &words.unwrap_or_default(),
    };
    let fact = fact_of(&incident, &closed)?;
    ledger::commit(tx, fact).await?;
    Ok(incident)
}
