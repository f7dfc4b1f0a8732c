//! What a snapshot said already: it answers the same question alike, so it is asked once.

use std::sync::{Arc, Mutex, PoisonError};

use sea_orm::{QueryResult, Value};

/// Answers kept; a view that asks more is walking through pages, which never ask twice.
const ANSWERS_MAX: usize = 64;
/// Rows of an answer that is kept; longer ones are lists, read once.
const ROWS_MAX: usize = 8;

/// Rows, as often as they are asked for.
pub(super) type Rows = Arc<[QueryResult]>;

/// How much of an answer is wanted; the same text means something else with each.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Wanted {
    First,
    All,
}

/// A statement with its values, and how much of the answer is wanted.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Question {
    pub wanted: Wanted,
    pub sql: String,
    pub values: Vec<Value>,
}

/// The answers of one read-only transaction.
#[derive(Debug, Default)]
pub(super) struct Answered {
    known: Mutex<Vec<(Question, Rows)>>,
}

impl Answered {
    pub fn known(&self, question: &Question) -> Option<Rows> {
        let known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        let found = known.iter().find(|(asked, _)| asked == question);
        found.map(|(_, rows)| rows.clone())
    }

    pub fn keep(&self, question: Question, rows: &Rows) {
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        if rows.len() <= ROWS_MAX && known.len() < ANSWERS_MAX {
            known.push((question, rows.clone()));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::db::{self, Read as _, Scope};
    use crate::error::Result;
    use crate::id::InstitutionId;

    #[tokio::test]
    async fn a_view_asks_the_same_thing_once_and_keeps_no_lists() -> Result<()> {
        let file = std::env::temp_dir().join(format!("xiaobao-asked-{}.db", std::process::id()));
        let db = db::connect(&format!("sqlite:{}", file.display()), 1).await?;
        let whose = InstitutionId::stored("ins_asked".to_owned());
        let counted = |many: i64| {
            format!(
                "WITH RECURSIVE counted(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM counted WHERE i < {many}) SELECT i FROM counted"
            )
        };
        let view = db.read(&whose).await?;
        let handle = view.handle();
        let few = counted(3);
        let all = handle.ask(Wanted::All, &few, vec![]).await?;
        let again = handle.ask(Wanted::All, &few, vec![]).await?;
        assert!(Arc::ptr_eq(&all, &again));
        let first = handle.ask(Wanted::First, &few, vec![]).await?;
        assert_eq!((all.len(), first.len()), (3, 1));

        let list = counted(ROWS_MAX as i64 + 1);
        let once = handle.ask(Wanted::All, &list, vec![]).await?;
        let twice = handle.ask(Wanted::All, &list, vec![]).await?;
        assert!(!Arc::ptr_eq(&once, &twice));
        drop(view);

        // Before the institution is known a view on PostgreSQL is no snapshot.
        let view = db.read(Scope::Unscoped).await?;
        let handle = view.handle();
        let once = handle.ask(Wanted::All, &few, vec![]).await?;
        let twice = handle.ask(Wanted::All, &few, vec![]).await?;
        assert!(!Arc::ptr_eq(&once, &twice));
        Ok(())
    }
}
