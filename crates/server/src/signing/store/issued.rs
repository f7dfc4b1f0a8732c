//! Documents that the institution alone sealed.

use sea_orm::FromQueryResult;

use crate::db::{Migration, Read, Write};
use crate::error::{Error, Result};
use crate::signing::issued::{Issued, IssuedKind};
use crate::values;
use crate::vault::SubjectId;

pub const TABLE: Migration = Migration {
    name: "signing_0004_issued",
    sql: "
        CREATE TABLE signing_issued (
            institution_id TEXT NOT NULL,
            case_id TEXT NOT NULL,
            kind TEXT NOT NULL,
            subject_id TEXT NOT NULL,
            digest TEXT NOT NULL,
            bytes BIGINT NOT NULL,
            issued_at_ms BIGINT NOT NULL,
            PRIMARY KEY (institution_id, case_id, kind)
        );
    ",
};

#[derive(FromQueryResult)]
struct Row {
    kind: String,
    subject_id: String,
    digest: String,
    bytes: i64,
}

/// What a case was handed; one of each kind.
pub async fn list(view: &impl Read, case: &str) -> Result<Vec<Issued>> {
    let rows: Vec<Row> = view
        .all(
            "SELECT kind, subject_id, digest, bytes FROM signing_issued WHERE institution_id = $1 AND case_id = $2 ORDER BY kind",
            values![view.institution()?, case],
        )
        .await?;
    let issued = rows.into_iter().map(|row| {
        Ok(Issued {
            subject: SubjectId::stored(row.subject_id),
            kind: IssuedKind::parse(&row.kind)
                .ok_or_else(|| Error::internal("an unknown word in a row of signing"))?,
            digest: row.digest,
            bytes: row.bytes,
        })
    });
    issued.collect()
}

/// Keeps a document; false when the case has one of its kind.
pub async fn insert(tx: &mut impl Write, case: &str, issued: &Issued, now_ms: i64) -> Result<bool> {
    let institution = tx.institution()?.clone();
    let inserted = tx
        .exec(
            "INSERT INTO signing_issued (institution_id, case_id, kind, subject_id, digest, bytes, issued_at_ms)
             VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT (institution_id, case_id, kind) DO NOTHING",
            values![
                &institution,
                case,
                issued.kind.as_str(),
                &issued.subject,
                issued.digest.as_str(),
                issued.bytes,
                now_ms
            ],
        )
        .await?;
    Ok(inserted == 1)
}
