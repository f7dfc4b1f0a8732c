//! The house came back from a backup, and what was paid since must be looked at first; pure.

use super::receipt::SKEW_MS;
use super::refusal::Refused;

crate::id!(
    /// One institution's share in the restore of a backup.
    RestoreId,
    "rst"
);

/// No token lives longer, whatever `journey.token_minutes` was when it was issued; nor does an emergency decision.
const TOKEN_MS_MAX: i64 = 60 * 60_000;

/// A restore, until somebody says that the payments since the backup were reported again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Restore {
    pub id: RestoreId,
    /// `bak_…`, as `backup.json` names it.
    pub backup: String,
    /// When the backup was taken: what came after it is lost.
    pub taken_at_ms: i64,
    pub restored_at_ms: i64,
    pub reconciled_by: Option<String>,
    pub reconciled_at_ms: Option<i64>,
}

impl Restore {
    /// Somebody says that the payments since were reported again. What was issued before the house was lost, nobody here
    /// knows, and payers check it offline: refused until all of it is over.
    pub fn reconcile(mut self, by: &str, now_ms: i64) -> Result<Self, Refused> {
        if self.reconciled_at_ms.is_some() {
            return Err(Refused::RestoreReconciled);
        }
        let over_at_ms = self.restored_at_ms + TOKEN_MS_MAX + SKEW_MS;
        if now_ms < over_at_ms {
            return Err(Refused::RestoreTooRecent(over_at_ms - now_ms));
        }
        self.reconciled_by = Some(by.to_owned());
        self.reconciled_at_ms = Some(now_ms);
        Ok(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_restore_is_reconciled_once_and_not_while_a_token_from_before_may_live() {
        let restore = Restore {
            id: RestoreId::stored("rst_1".to_owned()),
            backup: "bak_1".to_owned(),
            taken_at_ms: 1,
            restored_at_ms: 2,
            reconciled_by: None,
            reconciled_at_ms: None,
        };
        let early = restore.clone().reconcile("a", 3_660_001);
        assert_eq!(early, Err(Refused::RestoreTooRecent(1)));
        let done = restore.reconcile("a", 3_660_002).expect("reconciled");
        assert_eq!(
            (done.reconciled_by.as_deref(), done.reconciled_at_ms),
            (Some("a"), Some(3_660_002))
        );
        assert_eq!(
            done.reconcile("b", 3_660_003),
            Err(Refused::RestoreReconciled)
        );
    }
}
