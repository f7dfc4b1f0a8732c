//! Tables of the counter.

pub mod assistances;
pub mod scans;

use crate::db::{Migration, Write};
use crate::error::Result;
use crate::values;

pub const MIGRATIONS: &[Migration] = &[
    Migration {
    name: "counter_0001_assistances",
    sql: "
        CREATE TABLE counter_assistances (
            institution_id TEXT NOT NULL,
            id TEXT NOT NULL,
            case_id TEXT NOT NULL,
            staff_id TEXT NOT NULL,
            token_digest {bytes} NOT NULL,
            started_at_ms BIGINT NOT NULL,
            expires_at_ms BIGINT NOT NULL,
            entered_at_ms BIGINT,
            session_id TEXT,
            PRIMARY KEY (institution_id, id)
        );
        CREATE INDEX counter_assistances_case ON counter_assistances (institution_id, case_id, session_id);
    ",
},
    Migration {
        name: "counter_0002_scans",
        sql: "
        CREATE TABLE counter_scans (
            institution_id TEXT NOT NULL,
            id TEXT NOT NULL,
            case_id TEXT NOT NULL,
            document TEXT NOT NULL,
            digest TEXT NOT NULL,
            media TEXT NOT NULL,
            bytes BIGINT NOT NULL,
            staff_id TEXT NOT NULL,
            kept_at_ms BIGINT NOT NULL,
            PRIMARY KEY (institution_id, id)
        );
        CREATE INDEX counter_scans_case ON counter_scans (institution_id, case_id, id);
    ",
    },
    Migration {
        name: "counter_0003_openings",
        sql: "
        CREATE TABLE counter_openings (
            institution_id TEXT NOT NULL,
            case_id TEXT NOT NULL,
            scan_id TEXT NOT NULL,
            staff_id TEXT NOT NULL,
            opened_at_ms BIGINT NOT NULL,
            PRIMARY KEY (institution_id, case_id, scan_id, staff_id)
        );
    ",
    },
];

/// Deletes everything about a case whose person's data was destroyed.
pub async fn forget(tx: &mut impl Write, case: &str) -> Result<()> {
    let institution = tx.institution()?.clone();
    let statements = [
        "DELETE FROM counter_assistances WHERE institution_id = $1 AND case_id = $2",
        "DELETE FROM counter_openings WHERE institution_id = $1 AND case_id = $2",
        "DELETE FROM counter_scans WHERE institution_id = $1 AND case_id = $2",
    ];
    for sql in statements {
        tx.exec(sql, values![&institution, case]).await?;
    }
    Ok(())
}
