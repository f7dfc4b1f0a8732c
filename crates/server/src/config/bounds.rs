//! The bounds of every number in the configuration.

use super::Config;
use crate::error::{Field, Text};

/// One row for each number: its key, as written in the file, and the least and most it may be.
macro_rules! bounds {
    ($config:expr; $($section:ident.$key:ident: $least:literal to $most:literal,)*) => {
        [$((
            concat!(stringify!($section), ".", stringify!($key)),
            i128::try_from($config.$section.$key).unwrap_or(i128::MAX),
            $least,
            $most,
        )),*]
    };
}

impl Config {
    /// Every number outside its bounds.
    pub(super) fn out_of_bounds(&self) -> Vec<Field> {
        // One second is what the marks of the log promise; readers who are slow need ten minutes; the statutory age
        // of an elder is the latest; until the next rotation an old copy of the database could bring destroyed data
        // back.
        let rows: [(&str, i128, i128, i128); _] = bounds! { self;
            server.strangers_per_minute_max: 1 to 1_000_000,
            server.readers_per_minute_max: 1 to 1_000_000,
            server.body_bytes_max: 1_024 to 16_777_216,
            server.request_seconds_max: 1 to 600,
            data.free_mib_min: 0 to 1_000_000_000,
            database.connections_max: 4 to 1_000,
            ledger.publish_ms_max: 50 to 1_000,
            ledger.batch_facts_max: 1 to 100_000,
            ledger.witness_wait_ms: 100 to 10_000,
            access.staff_idle_minutes: 1 to 1_440,
            access.staff_hours_max: 1 to 24,
            access.customer_idle_minutes: 10 to 720,
            access.code_valid_seconds: 30 to 3_600,
            access.code_tries_max: 1 to 20,
            access.code_wait_seconds: 1 to 3_600,
            access.login_failures_max: 1 to 100,
            access.login_pause_seconds: 1 to 86_400,
            access.retention_days: 7 to 3_650,
            journey.valid_days: 1 to 365,
            journey.remind_hours: 0 to 336,
            journey.release_days: 1 to 365,
            journey.token_minutes: 1 to 60,
            journey.witnesses: 0 to 64,
            batch.look_seconds: 5 to 3_600,
            batch.out_hour: 0 to 23,
            batch.statement_rows_max: 1 to 1_000_000,
            consent.adverse_days: 1 to 60,
            contacts.named_max: 0 to 2,
            contacts.openings_per_month_max: 1 to 10,
            contacts.relative_wait_hours: 0 to 72,
            disclosure.elder_age: 18 to 60,
            vault.rotation_days: 1 to 90,
            recording.running_max: 1 to 100_000,
            recording.idle_minutes: 5 to 1_440,
            recording.reserve_mib: 0 to 1_024,
            recording.correction_days: 1 to 60,
            recording.kept_years: 3 to 30,
            recording.faces_warned_from: 1 to 100_000,
            recording.agent_gone_seconds: 10 to 300,
            recording.queue_minutes: 1 to 240,
            recording.desk_opens: 0 to 24,
            recording.desk_closes: 0 to 24,
            identity.timeout_seconds: 1 to 60,
            signing.valid_hours: 1 to 720,
            signing.timeout_seconds: 1 to 60,
            identity.tries_max: 1 to 10,
            identity.expiring_days: 0 to 365,
            suitability.review_days: 1 to 30,
            suitability.ask_studying_below_age: 18 to 35,
            demo.reading_seconds_standard: 1 to 3_600,
            demo.reading_seconds_elder: 1 to 3_600,
        };
        rows.into_iter()
            .filter(|(_, value, least, most)| value < least || value > most)
            .map(|(key, _, least, most)| {
                Field::new(
                    key,
                    "out_of_range",
                    Text::new(
                        format!("应在 {least} 至 {most} 之间。"),
                        format!("Must lie between {least} and {most}."),
                    ),
                )
            })
            .chain(self.recording.faults())
            .collect()
    }
}
