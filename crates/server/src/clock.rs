//! The only place that knows what time it is, and the only place that waits.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use jiff::tz::TimeZone;

/// A clock; real in production, moved by hand in tests and in the demo's past.
#[derive(Clone, Debug)]
pub enum Clock {
    System,
    Mock(Arc<AtomicI64>),
}

impl Clock {
    /// A clock that stands still at `ms` until it is moved.
    pub fn mock(ms: i64) -> Self {
        Self::Mock(Arc::new(AtomicI64::new(ms)))
    }

    /// Now, in UTC milliseconds.
    pub fn now_ms(&self) -> i64 {
        match self {
            #[allow(
                clippy::disallowed_methods,
                reason = "the one place that asks the system"
            )]
            Self::System => jiff::Timestamp::now().as_millisecond(),
            Self::Mock(ms) => ms.load(Ordering::SeqCst),
        }
    }

    /// Moves a mock clock; the system clock does not move for anyone.
    pub fn advance(&self, by: Duration) {
        if let Self::Mock(ms) = self {
            ms.fetch_add(by.as_millis() as i64, Ordering::SeqCst);
        }
    }
}

/// China has kept UTC+8 without daylight saving since 1991; a fixed offset needs no zone database on the machine.
fn shanghai() -> TimeZone {
    TimeZone::fixed(jiff::tz::offset(8))
}

/// Date and time in Asia/Shanghai at an instant.
pub fn civil(at_ms: i64) -> jiff::civil::DateTime {
    timestamp(at_ms).to_zoned(shanghai()).datetime()
}

/// The civil date in Asia/Shanghai at an instant.
pub fn civil_date(at_ms: i64) -> jiff::civil::Date {
    civil(at_ms).date()
}

/// Milliseconds of a day.
pub const HOUR_MS: i64 = 3_600_000;
pub const DAY_MS: i64 = 86_400_000;

/// The first instant of a civil date in Asia/Shanghai, UTC ms.
pub fn start_of(date: jiff::civil::Date) -> i64 {
    date.to_zoned(shanghai())
        .map_or(0, |zoned| zoned.timestamp().as_millisecond())
}

/// An instant from UTC milliseconds, clamped to what a calendar can hold.
pub fn timestamp(at_ms: i64) -> jiff::Timestamp {
    jiff::Timestamp::from_millisecond(at_ms).unwrap_or(if at_ms < 0 {
        jiff::Timestamp::MIN
    } else {
        jiff::Timestamp::MAX
    })
}

/// Measures how long something takes, in real time.
#[derive(Clone, Copy, Debug)]
pub struct Stopwatch(std::time::Instant);

impl Stopwatch {
    #[allow(
        clippy::disallowed_methods,
        reason = "the one place that asks the system"
    )]
    pub fn start() -> Self {
        Self(std::time::Instant::now())
    }

    pub fn elapsed(self) -> Duration {
        self.0.elapsed()
    }
}

/// Waits for something in real time, but not longer than `limit`.
pub async fn within<T>(limit: Duration, work: impl Future<Output = T>) -> Option<T> {
    tokio::time::timeout(limit, work).await.ok()
}

/// Waits in real time; the only sleep in the house.
pub async fn pause(duration: Duration) {
    tokio::time::sleep(duration).await;
}
