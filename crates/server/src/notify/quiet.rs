//! Hours in which nobody wants a message that can wait; pure.

use crate::clock::{self, DAY_MS};

/// No message that can wait between these hours of Asia/Shanghai.
const QUIET_FROM: i8 = 21;
const QUIET_UNTIL: i8 = 8;
const HOUR_MS: i64 = 3_600_000;

/// The first instant from `at_ms` on that lies outside the quiet hours.
pub fn outside_quiet_hours(at_ms: i64) -> i64 {
    let civil = clock::civil(at_ms);
    let morning = |day_ms: i64| day_ms + i64::from(QUIET_UNTIL) * HOUR_MS;
    let today_ms = clock::start_of(civil.date());
    match civil.hour() {
        hour if hour < QUIET_UNTIL => morning(today_ms),
        hour if hour >= QUIET_FROM => morning(today_ms + DAY_MS),
        _ => at_ms,
    }
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    #[test]
    fn messages_wait_for_the_morning_at_the_edges_of_the_night() {
        let at = |day: i8, hour: i64, second: i64| {
            clock::start_of(date(2026, 11, day)) + hour * HOUR_MS + second * 1_000
        };
        let cases = [
            (at(21, 10, 0), at(21, 10, 0)),
            (at(21, 20, 3_599), at(21, 20, 3_599)),
            (at(21, 21, 0), at(22, 8, 0)),
            (at(21, 23, 3_599), at(22, 8, 0)),
            (at(22, 0, 0), at(22, 8, 0)),
            (at(22, 7, 3_599), at(22, 8, 0)),
            (at(22, 8, 0), at(22, 8, 0)),
            (
                at(30, 22, 0),
                clock::start_of(date(2026, 12, 1)) + 8 * HOUR_MS,
            ),
        ];
        for (asked, expected) in cases {
            assert_eq!(outside_quiet_hours(asked), expected, "{asked}");
        }
    }
}
