//! Whether files of a person may go before the person's data does.

use super::model::SubjectId;
use super::retention::Rule;
use super::store::{self, destructions as rows};
use crate::error::{Error, Result};
use crate::ledger::Tx;

/// What a rule says of files of a person now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Keeping {
    /// The relation lasts.
    Lasts,
    /// A legal hold stands.
    Held,
    /// The rule asks until this instant.
    Until(i64),
    /// Nothing asks any more.
    Over,
}

/// As the whole person is locked, no hold comes in between.
pub async fn keeping(tx: &Tx, subject: &SubjectId, rule: &Rule) -> Result<Keeping> {
    store::lock_subject(tx, subject)
        .await?
        .ok_or_else(Error::not_found)?;
    let relation = rows::relation(tx, subject)
        .await?
        .ok_or_else(Error::not_found)?;
    if !rows::holds(tx, subject).await?.is_empty() {
        return Ok(Keeping::Held);
    }
    let Some(ended_at_ms) = relation.relation_ended_at_ms else {
        return Ok(Keeping::Lasts);
    };
    let lapses_at_ms = rule.lapses_at_ms(ended_at_ms);
    Ok(match lapses_at_ms > tx.now_ms() {
        true => Keeping::Until(lapses_at_ms),
        false => Keeping::Over,
    })
}
