//! When a failed job runs again; pure.

use super::store::Verdict;

const ATTEMPTS_MAX: i64 = 16;
const PAUSE_MAX_MS: i64 = 3_600_000;
/// A sealed log waits for a person, and a full disk for room, which is no fault of the job.
const HOUSE_WAITS: [&str; 2] = ["writes_sealed", "disk_full"];
const HOUSE_PAUSE_MS: i64 = 60_000;

/// What becomes of a job that failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Next {
    pub verdict: Verdict,
    /// Attempts that count.
    pub attempts: i64,
    pub pause_ms: i64,
}

/// After the `attempts`-th attempt failed with an error code: again after 2, 4, 8 … seconds and at most an hour,
/// sixteen times in all. An attempt that met a sealed log or a full disk doesn't count.
pub fn after_failure(attempts: i64, code: &str) -> Next {
    if HOUSE_WAITS.contains(&code) {
        return Next {
            verdict: Verdict::Waiting,
            attempts: attempts - 1,
            pause_ms: HOUSE_PAUSE_MS,
        };
    }
    Next {
        verdict: if attempts >= ATTEMPTS_MAX {
            Verdict::Dead
        } else {
            Verdict::Waiting
        },
        attempts,
        pause_ms: (1_000_i64 << attempts.clamp(0, 20)).min(PAUSE_MAX_MS),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_grow_to_an_hour_and_the_sixteenth_failure_is_the_last() {
        let pauses: Vec<i64> = (1..=13)
            .map(|n| after_failure(n, "internal").pause_ms / 1000)
            .collect();
        assert_eq!(
            pauses,
            [2, 4, 8, 16, 32, 64, 128, 256, 512, 1024, 2048, 3600, 3600]
        );
        assert_eq!(after_failure(15, "internal").verdict, Verdict::Waiting);
        assert_eq!(after_failure(16, "internal").verdict, Verdict::Dead);
    }

    #[test]
    fn a_sealed_log_and_a_full_disk_cost_a_minute_and_no_attempt() {
        for code in HOUSE_WAITS {
            let next = after_failure(16, code);
            assert_eq!(
                (next.verdict, next.attempts, next.pause_ms),
                (Verdict::Waiting, 15, 60_000)
            );
        }
    }
}
