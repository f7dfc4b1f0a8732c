//! May the bureau be asked: every ask is answered, kept and sworn to, the denied ones too.

use crate::consent::bureau::{Query, QueryId, Standing, decide};
use crate::consent::facts::BureauAsked;
use crate::consent::model::{ConsentKind, State};
use crate::consent::notice::BureauPurpose;
use crate::consent::store::{bureau as store, consents, notices};
use crate::error::Result;
use crate::ledger::{Fact, Tx};
use crate::vault::SubjectId;

/// Answers one ask for a journey's borrower.
pub async fn ask(
    tx: &mut Tx,
    subject: &SubjectId,
    case: &str,
    purpose: BureauPurpose,
    standing: Standing,
) -> Result<Query> {
    let now_ms = tx.now_ms();
    let newest = consents::newest_of_kind(tx, subject, case, ConsentKind::CreditBureau).await?;
    // A withdrawal at the same moment comes before or after, never in between.
    let authority = match newest.first() {
        Some(consent) => Some(consents::lock(tx, &consent.id).await?),
        None => None,
    };
    let purposes = match &authority {
        Some(consent) => {
            let notice = notices::find(tx, &consent.notice).await?;
            notice.document.content.bureau_purposes
        }
        None => Vec::new(),
    };
    let denial = decide(standing, authority.as_ref(), &purposes, purpose, now_ms).err();
    let given = authority.filter(|consent| consent.state == State::Given);
    let query = Query {
        id: QueryId::fresh(now_ms, &tx.ctx().random),
        subject: subject.clone(),
        case: case.to_owned(),
        purpose,
        denial,
        authority: given.as_ref().map(|consent| consent.id.to_string()),
        valid_until_ms: given.and_then(|consent| consent.valid_until_ms),
        asked_at_ms: now_ms,
    };
    store::insert(tx, &query).await?;
    let fact = BureauAsked {
        query: query.id.as_str(),
        purpose,
        denial,
        authority: query.authority.as_deref(),
    };
    tx.record(Fact::of(case, &fact)?.about(subject));
    Ok(query)
}
