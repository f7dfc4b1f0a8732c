//! Phones that belong to one case: its own until identity is verified, and the earlier one that is still to be told.

use sea_orm::FromQueryResult;

use crate::db::{Migration, Read, Write};
use crate::error::Result;
use crate::values;
use crate::vault::model::SubjectId;

pub const MIGRATION: Migration = Migration {
    name: "vault_0008_case_phones",
    sql: "
        CREATE TABLE vault_case_phones (
            institution_id TEXT NOT NULL,
            case_id TEXT NOT NULL,
            role TEXT NOT NULL,
            subject_id TEXT NOT NULL,
            version BIGINT NOT NULL,
            sealed {bytes} NOT NULL,
            mask {bytes} NOT NULL,
            blind {bytes},
            kept_at_ms BIGINT NOT NULL,
            PRIMARY KEY (institution_id, case_id, role)
        );
        CREATE INDEX vault_case_phones_blind ON vault_case_phones (institution_id, blind, subject_id);
        CREATE INDEX vault_case_phones_subject ON vault_case_phones (institution_id, subject_id);
    ",
};

/// What a case has a phone for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// The application came with it; the person's own stays as it is.
    Own,
    /// It was the person's until this case's took its place.
    Earlier,
}

impl Role {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Own => "own",
            Self::Earlier => "earlier",
        }
    }
}

/// A sealed phone.
#[derive(FromQueryResult)]
pub struct PhoneRow {
    /// Which value of the person's phone it was; 0 while it is the case's alone.
    pub version: i64,
    pub sealed: Vec<u8>,
    pub mask: Vec<u8>,
    pub blind: Option<Vec<u8>>,
}

pub async fn find(
    view: &impl Read,
    subject: &SubjectId,
    case: &str,
    role: Role,
) -> Result<Option<PhoneRow>> {
    view.one(
        "SELECT version, sealed, mask, blind FROM vault_case_phones
         WHERE institution_id = $1 AND case_id = $2 AND role = $3 AND subject_id = $4",
        values![view.institution()?, case, role.as_str(), subject],
    )
    .await
}

#[derive(FromQueryResult)]
struct Counted {
    phones: i64,
}

/// Whether any case of a subject has a phone in this role.
pub async fn any(view: &impl Read, subject: &SubjectId, role: Role) -> Result<bool> {
    let row: Option<Counted> = view
        .one(
            "SELECT COUNT(*) AS phones FROM vault_case_phones
             WHERE institution_id = $1 AND subject_id = $2 AND role = $3",
            values![view.institution()?, subject, role.as_str()],
        )
        .await?;
    Ok(row.is_some_and(|row| row.phones > 0))
}

pub async fn insert(
    tx: &mut impl Write,
    subject: &SubjectId,
    (case, role): (&str, Role),
    row: PhoneRow,
    now_ms: i64,
) -> Result<()> {
    let institution = tx.institution()?.clone();
    tx.exec(
        "INSERT INTO vault_case_phones
           (institution_id, case_id, role, subject_id, version, sealed, mask, blind, kept_at_ms)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
        values![
            &institution,
            case,
            role.as_str(),
            subject,
            row.version,
            row.sealed,
            row.mask,
            row.blind,
            now_ms
        ],
    )
    .await?;
    Ok(())
}

pub async fn delete(tx: &mut impl Write, case: &str, role: Role) -> Result<()> {
    let institution = tx.institution()?.clone();
    tx.exec(
        "DELETE FROM vault_case_phones WHERE institution_id = $1 AND case_id = $2 AND role = $3",
        values![&institution, case, role.as_str()],
    )
    .await?;
    Ok(())
}

#[derive(FromQueryResult)]
struct Found {
    subject_id: String,
}

/// Subjects one of whose cases has this phone, at most `limit`.
pub async fn find_by_blind(view: &impl Read, blind: Vec<u8>, limit: i64) -> Result<Vec<SubjectId>> {
    let rows: Vec<Found> = view
        .all(
            "SELECT DISTINCT subject_id FROM vault_case_phones
             WHERE institution_id = $1 AND blind = $2 ORDER BY subject_id DESC LIMIT $3",
            values![view.institution()?, blind, limit],
        )
        .await?;
    let id = |row: Found| SubjectId::stored(row.subject_id);
    Ok(rows.into_iter().map(id).collect())
}
