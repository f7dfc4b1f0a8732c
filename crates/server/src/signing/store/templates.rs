//! Contract templates: every version that was ever drafted.

use sea_orm::FromQueryResult;

use crate::db::{Migration, Read, Tally, Write};
use crate::error::{Error, Result};
use crate::signing::template::{Template, TemplateId, TemplateState};
use crate::values;

#[derive(FromQueryResult)]
struct Row {
    id: String,
    state: String,
    document: Vec<u8>,
    digest: String,
    proposed_by: String,
    published_by: Option<String>,
    created_at_ms: i64,
    valid_from_ms: Option<i64>,
    published_at_ms: Option<i64>,
}

impl Row {
    fn template(self) -> Result<Template> {
        Ok(Template {
            id: TemplateId::stored(self.id),
            state: TemplateState::parse(&self.state)
                .ok_or_else(|| Error::internal("unknown template state"))?,
            document: serde_json::from_slice(&self.document)?,
            digest: self.digest,
            proposed_by: self.proposed_by,
            published_by: self.published_by,
            created_at_ms: self.created_at_ms,
            valid_from_ms: self.valid_from_ms,
            published_at_ms: self.published_at_ms,
        })
    }
}

const COLUMNS: &str = "id, state, document, digest, proposed_by, published_by, created_at_ms, valid_from_ms, published_at_ms";

fn templates(rows: Vec<Row>) -> Result<Vec<Template>> {
    rows.into_iter().map(Row::template).collect()
}

pub async fn find(view: &impl Read, id: &TemplateId) -> Result<Template> {
    let sql =
        format!("SELECT {COLUMNS} FROM signing_templates WHERE institution_id = $1 AND id = $2");
    view.one::<Row>(&sql, values![view.institution()?, id])
        .await?
        .ok_or_else(Error::not_found)?
        .template()
}

/// One version, locked until the transaction ends.
pub async fn lock(tx: &impl Read, id: &TemplateId) -> Result<Template> {
    let sql = format!(
        "SELECT {COLUMNS} FROM signing_templates WHERE institution_id = $1 AND id = $2{}",
        tx.for_update()
    );
    tx.one::<Row>(&sql, values![tx.institution()?, id])
        .await?
        .ok_or_else(Error::not_found)?
        .template()
}

/// The newest version of a code, draft or not.
pub async fn newest(view: &impl Read, code: &str) -> Result<Option<Template>> {
    let sql = format!(
        "SELECT {COLUMNS} FROM signing_templates WHERE institution_id = $1 AND code = $2 ORDER BY number DESC LIMIT 1"
    );
    view.one::<Row>(&sql, values![view.institution()?, code])
        .await?
        .map(Row::template)
        .transpose()
}

/// The version of a code that was in force at an instant.
pub async fn in_force(view: &impl Read, code: &str, at_ms: i64) -> Result<Option<Template>> {
    let sql = format!(
        "SELECT {COLUMNS} FROM signing_templates
         WHERE institution_id = $1 AND code = $2 AND state = 'published' AND valid_from_ms <= $3
         ORDER BY valid_from_ms DESC, number DESC LIMIT 1"
    );
    view.one::<Row>(&sql, values![view.institution()?, code, at_ms])
        .await?
        .map(Row::template)
        .transpose()
}

/// Every version, newest first, after a cursor.
pub async fn list(view: &impl Read, after: &str, limit: i64) -> Result<Vec<Template>> {
    let sql = format!(
        "SELECT {COLUMNS} FROM signing_templates
         WHERE institution_id = $1 AND ($2 = '' OR id < $2) ORDER BY id DESC LIMIT $3"
    );
    templates(
        view.all(&sql, values![view.institution()?, after, limit])
            .await?,
    )
}

pub async fn insert(tx: &mut impl Write, template: &Template, document: &[u8]) -> Result<()> {
    let institution = tx.institution()?.clone();
    let inserted = tx
        .exec_unique(
            "INSERT INTO signing_templates (institution_id, id, code, number, state, document, digest, proposed_by, created_at_ms)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
            values![
                &institution,
                &template.id,
                template.code(),
                template.document.version,
                template.state.as_str(),
                document.to_vec(),
                template.digest.as_str(),
                template.proposed_by.as_str(),
                template.created_at_ms
            ],
        )
        .await?;
    // Two drafts at once: the loser looks again and takes the next number.
    if inserted.is_some() {
        Ok(())
    } else {
        Err(Error::Conflict)
    }
}

/// Puts a draft into force; nothing else about it changes, ever.
pub async fn publish(tx: &mut impl Write, template: &Template) -> Result<()> {
    let institution = tx.institution()?.clone();
    let saved = tx
        .exec(
            "UPDATE signing_templates SET state = $3, published_by = $4, valid_from_ms = $5, published_at_ms = $6
             WHERE institution_id = $1 AND id = $2 AND state = 'draft'",
            values![
                &institution,
                &template.id,
                template.state.as_str(),
                template.published_by.clone(),
                template.valid_from_ms,
                template.published_at_ms
            ],
        )
        .await?;
    if saved == 1 {
        Ok(())
    } else {
        Err(Error::Conflict)
    }
}

pub const DRAFTS: Migration = Migration {
    name: "signing_0005_template_drafts",
    sql: "CREATE INDEX signing_templates_drafts ON signing_templates (institution_id, created_at_ms) WHERE state = 'draft';",
};

/// Newest versions that wait for the second person.
pub async fn drafts(view: &impl Read) -> Result<Tally> {
    let row = view
        .one(
            "SELECT COUNT(*) AS count, MIN(created_at_ms) AS oldest_ms FROM (
               SELECT v.created_at_ms FROM signing_templates v WHERE v.institution_id = $1 AND v.state = 'draft' AND NOT EXISTS (
                 SELECT 1 FROM signing_templates n WHERE n.institution_id = $1 AND n.code = v.code AND n.number > v.number)
               ORDER BY v.created_at_ms LIMIT $2) x",
            values![view.institution()?, Tally::MOST],
        )
        .await?;
    Ok(row.unwrap_or_default())
}
