//! Reading the list.

use cost::LoanTerms;

use super::obstacle::Live;
use super::store;
use crate::access;
use crate::clock;
use crate::db::Read;
use crate::error::Result;
use crate::ledger::Tx;

/// The list of the transaction's institution as it counts on the day of an instant.
pub async fn live(view: &impl Read, now_ms: i64) -> Result<Live> {
    let institution = access::institution(view, view.institution()?).await?;
    let day = clock::civil_date(now_ms);
    Ok(Live {
        entries: store::live(view, day, "", store::LIVE_MAX).await?,
        own: vec![institution.name, institution.short_name],
    })
}

/// Refuses terms that the list of the transaction's institution does not carry today.
pub async fn clear(tx: &Tx, terms: &LoanTerms) -> Result<()> {
    match live(tx, tx.now_ms()).await?.obstacles(terms).first() {
        Some(obstacle) => Err((*obstacle).into()),
        None => Ok(()),
    }
}
