//! The demo's outbox: messages that a production system would have sent, shown in the console.

use sea_orm::FromQueryResult;

use super::Sms;
use crate::ctx::Ctx;
use crate::db::{Migration, Page, Read as _, Write};
use crate::error::Result;
use crate::id::InstitutionId;
use crate::values;

pub const MIGRATIONS: &[Migration] = &[Migration {
    name: "notify_0001_outbox",
    sql: "
        CREATE TABLE notify_outbox (
            id TEXT PRIMARY KEY,
            institution_id TEXT NOT NULL,
            at_ms BIGINT NOT NULL,
            to_masked TEXT NOT NULL,
            template TEXT NOT NULL,
            text TEXT NOT NULL,
            case_id TEXT NOT NULL
        );
        CREATE INDEX notify_outbox_page ON notify_outbox (institution_id, id);
    ",
}];

/// A kept message.
#[derive(Debug, FromQueryResult)]
pub struct Kept {
    pub id: String,
    pub at_ms: i64,
    pub to_masked: String,
    pub template: String,
    pub text: String,
    pub case_id: String,
}

pub(super) async fn keep(
    ctx: &Ctx,
    institution: &InstitutionId,
    sms: &Sms<'_>,
    text: &str,
) -> Result<()> {
    let now_ms = ctx.clock.now_ms();
    let id = format!("msg_{}", crate::id::body(now_ms, &ctx.random));
    let mut tx = ctx
        .db
        .begin_unrecorded(institution, "the demo outbox is no evidence")
        .await?;
    tx.exec(
        "INSERT INTO notify_outbox (id, institution_id, at_ms, to_masked, template, text, case_id)
         VALUES ($1, $2, $3, $4, $5, $6, $7)",
        values![
            id,
            institution,
            now_ms,
            sms.to_masked,
            sms.template.as_str(),
            text,
            sms.case
        ],
    )
    .await?;
    tx.commit().await
}

/// Kept messages, newest first.
pub async fn kept(
    ctx: &Ctx,
    institution: &InstitutionId,
    after: Option<&str>,
    limit: i64,
) -> Result<Page<Kept>> {
    let view = ctx.db.read(institution).await?;
    let rows = view
        .all::<Kept>(
            "SELECT id, at_ms, to_masked, template, text, case_id FROM notify_outbox
             WHERE institution_id = $1 AND ($2 = '' OR id < $2) ORDER BY id DESC LIMIT $3",
            values![institution, after.unwrap_or(""), limit + 1],
        )
        .await?;
    Ok(Page::cut(rows, limit, |row| row.id.clone()))
}

/// Deletes the kept messages of a case.
pub async fn forget(tx: &mut impl Write, case: &str) -> Result<()> {
    let institution = tx.institution()?.clone();
    tx.exec(
        "DELETE FROM notify_outbox WHERE institution_id = $1 AND case_id = $2",
        values![&institution, case],
    )
    .await?;
    Ok(())
}

/// Deletes messages that were kept before an instant.
pub async fn sweep(tx: &mut impl Write, before_ms: i64) -> Result<()> {
    let institution = tx.institution()?.clone();
    tx.exec(
        "DELETE FROM notify_outbox WHERE institution_id = $1 AND at_ms < $2",
        values![&institution, before_ms],
    )
    .await?;
    Ok(())
}
