//! Forgetting a person: their facts' bodies and salts go, the tree keeps verifying.

use super::facts::Forgotten;
use super::{Fact, Tx, store};
use crate::error::{Kind, Refuse, Result, Text};

/// Indexes named by one fact: a fact has room for 32 KiB.
const INDEXES_PER_FACT: usize = 2_000;

/// Some facts have no place in the log yet, so nothing could name them.
#[derive(Debug)]
struct FactsWaiting;

impl Refuse for FactsWaiting {
    fn code(&self) -> &'static str {
        "facts_waiting"
    }
    fn kind(&self) -> Kind {
        Kind::Conflict
    }
    fn text(&self) -> Text {
        Text::new(
            "此人的部分事实尚未入账，请稍候一秒再试。",
            "Some of this person's facts have no place in the log yet; try again in a second.",
        )
    }
    fn retry_after_ms(&self) -> Option<i64> {
        Some(1_000)
    }
}

/// Deletes body and salt of every fact about a subject and the codes of what was printed for them, and swears to which log entries those were; says how many.
pub async fn forget(tx: &mut Tx, subject: impl ToString) -> Result<usize> {
    let subject = subject.to_string();
    let places = store::lock_about(tx, &subject).await?;
    let Some(indexes) = places.into_iter().collect::<Option<Vec<i64>>>() else {
        return Err(FactsWaiting.into());
    };
    store::forget_about(tx, &subject).await?;
    store::forget_prints(tx, &subject).await?;
    for indexes in indexes.chunks(INDEXES_PER_FACT) {
        let fact = Forgotten {
            subject: &subject,
            indexes,
        };
        tx.record(Fact::of(&subject, &fact)?);
    }
    Ok(indexes.len())
}
