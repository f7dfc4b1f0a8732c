//! One-time tickets by the digest of their secret, and where a case's borrower goes back to.

use sea_orm::FromQueryResult;

use crate::access::model::{LinkId, TicketId};
use crate::db::{Read, Write};
use crate::error::Result;
use crate::values;

#[derive(FromQueryResult)]
struct Row {
    id: String,
    link_id: String,
    expires_at_ms: i64,
    used_at_ms: Option<i64>,
}

/// A ticket without its secret.
#[derive(Clone, Debug)]
pub struct Ticket {
    pub id: TicketId,
    pub link: LinkId,
    pub expires_at_ms: i64,
    pub used_at_ms: Option<i64>,
}

impl From<Row> for Ticket {
    fn from(row: Row) -> Self {
        Self {
            id: TicketId::stored(row.id),
            link: LinkId::stored(row.link_id),
            expires_at_ms: row.expires_at_ms,
            used_at_ms: row.used_at_ms,
        }
    }
}

pub async fn insert(
    tx: &mut impl Write,
    id: &TicketId,
    digest: Vec<u8>,
    link: &LinkId,
    expires_at_ms: i64,
) -> Result<()> {
    let institution = tx.institution()?.clone();
    tx.exec(
        "INSERT INTO access_tickets (institution_id, id, secret_digest, link_id, expires_at_ms) VALUES ($1, $2, $3, $4, $5)",
        values![&institution, id, digest, link, expires_at_ms],
    )
    .await?;
    Ok(())
}

/// A ticket, locked until the transaction ends: of two entries at once the second finds it used.
pub async fn lock(tx: &impl Read, digest: Vec<u8>) -> Result<Option<Ticket>> {
    let sql = format!(
        "SELECT id, link_id, expires_at_ms, used_at_ms FROM access_tickets WHERE institution_id = $1 AND secret_digest = $2{}",
        tx.for_update()
    );
    let row = tx
        .one::<Row>(&sql, values![tx.institution()?, digest])
        .await?;
    Ok(row.map(Ticket::from))
}

/// A ticket, to learn which link it opens.
pub async fn find(view: &impl Read, digest: Vec<u8>) -> Result<Option<Ticket>> {
    let row = view
        .one::<Row>(
            "SELECT id, link_id, expires_at_ms, used_at_ms FROM access_tickets WHERE institution_id = $1 AND secret_digest = $2",
            values![view.institution()?, digest],
        )
        .await?;
    Ok(row.map(Ticket::from))
}

pub async fn used(tx: &mut impl Write, id: &TicketId, now_ms: i64) -> Result<()> {
    let institution = tx.institution()?.clone();
    tx.exec(
        "UPDATE access_tickets SET used_at_ms = $3 WHERE institution_id = $1 AND id = $2",
        values![&institution, id, now_ms],
    )
    .await?;
    Ok(())
}

/// Deletes tickets that ended before an instant.
pub async fn sweep(tx: &mut impl Write, before_ms: i64) -> Result<()> {
    let institution = tx.institution()?.clone();
    tx.exec(
        "DELETE FROM access_tickets WHERE institution_id = $1 AND expires_at_ms < $2",
        values![&institution, before_ms],
    )
    .await?;
    Ok(())
}

/// Notes where the borrower of a case goes back to.
pub async fn keep_return(tx: &mut impl Write, case: &str, address: &str) -> Result<()> {
    let institution = tx.institution()?.clone();
    tx.exec(
        "INSERT INTO access_returns (institution_id, case_id, address) VALUES ($1, $2, $3)",
        values![&institution, case, address],
    )
    .await?;
    Ok(())
}

#[derive(FromQueryResult)]
struct Return {
    address: String,
}

pub async fn return_of(view: &impl Read, case: &str) -> Result<Option<String>> {
    let row: Option<Return> = view
        .one(
            "SELECT address FROM access_returns WHERE institution_id = $1 AND case_id = $2",
            values![view.institution()?, case],
        )
        .await?;
    Ok(row.map(|row| row.address))
}
