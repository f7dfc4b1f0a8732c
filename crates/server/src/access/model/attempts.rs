//! Attempts on a secret.

use crate::access::refusal::Refusal;

/// Sign-in attempts on one account name.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Attempts {
    pub failures: i64,
    pub paused_until_ms: i64,
}

impl Attempts {
    /// Counts an attempt as failed before it is checked, so that attempts at once can't slip past the limit.
    pub fn count(self, now_ms: i64, failures_max: i64, pause_ms: i64) -> Result<Self, Refusal> {
        if self.paused_until_ms > now_ms {
            return Err(Refusal::LoginTooMany {
                retry_after_ms: self.paused_until_ms - now_ms,
            });
        }
        let failures = self.failures + 1;
        Ok(if failures >= failures_max {
            Self {
                failures: 0,
                paused_until_ms: now_ms + pause_ms,
            }
        } else {
            Self {
                failures,
                paused_until_ms: 0,
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_fifth_failure_starts_a_pause_and_the_pause_ends() {
        let mut attempts = Attempts::default();
        for _ in 0..5 {
            attempts = attempts.count(1_000, 5, 300_000).expect("counted");
        }
        assert_eq!(
            attempts.count(2_000, 5, 300_000),
            Err(Refusal::LoginTooMany {
                retry_after_ms: 299_000
            })
        );
        assert_eq!(
            attempts.count(301_000, 5, 300_000),
            Ok(Attempts {
                failures: 1,
                paused_until_ms: 0
            })
        );
    }
}
