//! Tokens that were issued.

use std::collections::HashSet;

use sea_orm::FromQueryResult;

use crate::db::{Read, Write};
use crate::disbursement::model::{BookingId, Token, TokenId};
use crate::error::{Error, Result};
use crate::values;

#[derive(FromQueryResult)]
struct Row {
    id: String,
    case_id: String,
    booking_id: String,
    no: i64,
    word_digest: String,
    issued_at_ms: i64,
    expires_at_ms: i64,
    used_at_ms: Option<i64>,
    revoked_at_ms: Option<i64>,
    break_glass_id: Option<String>,
}

impl From<Row> for Token {
    fn from(row: Row) -> Self {
        Self {
            id: TokenId::stored(row.id),
            case: row.case_id,
            booking: BookingId::stored(row.booking_id),
            no: row.no,
            word_digest: row.word_digest,
            issued_at_ms: row.issued_at_ms,
            expires_at_ms: row.expires_at_ms,
            used_at_ms: row.used_at_ms,
            revoked_at_ms: row.revoked_at_ms,
            break_glass: row.break_glass_id,
        }
    }
}

const COLUMNS: &str = "id, case_id, booking_id, no, word_digest, issued_at_ms, expires_at_ms, used_at_ms, revoked_at_ms, break_glass_id";

/// The newest token of a case.
pub async fn last_token(view: &impl Read, case: &str) -> Result<Option<Token>> {
    let sql = format!(
        "SELECT {COLUMNS} FROM disbursement_tokens WHERE institution_id = $1 AND case_id = $2 ORDER BY no DESC LIMIT 1"
    );
    let row: Option<Row> = view.one(&sql, values![view.institution()?, case]).await?;
    Ok(row.map(Token::from))
}

#[derive(FromQueryResult)]
struct Case {
    case_id: String,
}

/// Which of some cases a token was ever issued for.
pub async fn cases_released(view: &impl Read, cases: &[&str]) -> Result<HashSet<String>> {
    if cases.is_empty() {
        return Ok(HashSet::new());
    }
    let places: Vec<String> = (0..cases.len()).map(|i| format!("${}", i + 2)).collect();
    let mut values = values![view.institution()?];
    values.extend(cases.iter().map(|case| sea_orm::Value::from(*case)));
    let sql = format!(
        "SELECT DISTINCT case_id FROM disbursement_tokens WHERE institution_id = $1 AND case_id IN ({})",
        places.join(",")
    );
    let rows: Vec<Case> = view.all(&sql, values).await?;
    Ok(rows.into_iter().map(|row| row.case_id).collect())
}

/// The newest token of a case whose time an instant lies in, but for clocks that differ by so much.
pub async fn token_at(
    view: &impl Read,
    case: &str,
    at_ms: i64,
    skew_ms: i64,
) -> Result<Option<Token>> {
    let sql = format!(
        "SELECT {COLUMNS} FROM disbursement_tokens
         WHERE institution_id = $1 AND case_id = $2 AND issued_at_ms <= $3 AND expires_at_ms > $4 ORDER BY no DESC LIMIT 1"
    );
    let values = values![view.institution()?, case, at_ms + skew_ms, at_ms - skew_ms];
    let row: Option<Row> = view.one(&sql, values).await?;
    Ok(row.map(Token::from))
}

/// Keeps a token; of two at once, one is a conflict.
pub async fn insert_token(tx: &mut impl Write, token: &Token) -> Result<()> {
    let institution = tx.institution()?.clone();
    let inserted = tx
        .exec_unique(
            "INSERT INTO disbursement_tokens (institution_id, id, case_id, booking_id, no, word_digest, issued_at_ms, expires_at_ms,
                break_glass_id)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
            values![
                &institution,
                &token.id,
                token.case.as_str(),
                &token.booking,
                token.no,
                token.word_digest.as_str(),
                token.issued_at_ms,
                token.expires_at_ms,
                token.break_glass.as_deref()
            ],
        )
        .await?;
    inserted.map(drop).ok_or(Error::Conflict)
}

/// The token whose word has this digest, locked until the transaction ends.
pub async fn lock_token(tx: &impl Read, word_digest: &str) -> Result<Option<Token>> {
    let sql = format!(
        "SELECT {COLUMNS} FROM disbursement_tokens WHERE institution_id = $1 AND word_digest = $2{}",
        tx.for_update()
    );
    let row: Option<Row> = tx
        .one(&sql, values![tx.institution()?, word_digest])
        .await?;
    Ok(row.map(Token::from))
}

/// Somebody paid on it.
pub async fn use_token(tx: &mut impl Write, id: &TokenId, now_ms: i64) -> Result<()> {
    let institution = tx.institution()?.clone();
    let saved = tx
        .exec(
            "UPDATE disbursement_tokens SET used_at_ms = $3 WHERE institution_id = $1 AND id = $2 AND used_at_ms IS NULL",
            values![&institution, id, now_ms],
        )
        .await?;
    once(saved)
}

/// Nobody may pay on it any more.
pub async fn revoke_token(tx: &mut impl Write, id: &TokenId, now_ms: i64) -> Result<()> {
    let institution = tx.institution()?.clone();
    let saved = tx
        .exec(
            "UPDATE disbursement_tokens SET revoked_at_ms = $3
             WHERE institution_id = $1 AND id = $2 AND used_at_ms IS NULL AND revoked_at_ms IS NULL",
            values![&institution, id, now_ms],
        )
        .await?;
    once(saved)
}

fn once(saved: u64) -> Result<()> {
    if saved == 1 {
        Ok(())
    } else {
        Err(Error::Conflict)
    }
}
