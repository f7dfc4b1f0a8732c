//! Tables of products. Definitions are kept as their canonical bytes.

pub mod voices;

use sea_orm::FromQueryResult;

use super::ProductId;
use super::model::{Definition, State, Version};
use crate::db::{Migration, Read, Tally, Write};
use crate::error::{Error, Result};
use crate::values;

pub const MIGRATIONS: &[Migration] = &[PRODUCTS, DRAFTS, voices::TABLE, voices::NAMED];

const DRAFTS: Migration = Migration {
    name: "product_0002_drafts",
    sql: "CREATE INDEX product_versions_drafts ON product_versions (institution_id, created_at_ms) WHERE state = 'draft';",
};

const PRODUCTS: Migration = Migration {
    name: "product_0001_products",
    sql: "
        CREATE TABLE product_products (
            institution_id TEXT NOT NULL,
            id TEXT NOT NULL,
            code TEXT NOT NULL,
            PRIMARY KEY (institution_id, id),
            UNIQUE (institution_id, code)
        );
        CREATE TABLE product_versions (
            institution_id TEXT NOT NULL,
            product_id TEXT NOT NULL,
            number BIGINT NOT NULL,
            state TEXT NOT NULL,
            definition {bytes} NOT NULL,
            digest TEXT NOT NULL,
            proposed_by TEXT NOT NULL,
            approved_by TEXT,
            created_at_ms BIGINT NOT NULL,
            released_at_ms BIGINT,
            PRIMARY KEY (institution_id, product_id, number)
        );
    ",
};

#[derive(FromQueryResult)]
pub struct Row {
    product_id: String,
    code: String,
    number: i64,
    state: String,
    definition: Vec<u8>,
    digest: String,
    proposed_by: String,
    pub approved_by: Option<String>,
    created_at_ms: i64,
    released_at_ms: Option<i64>,
}

impl Row {
    pub fn version(self) -> Result<Version> {
        let definition: Definition = serde_json::from_slice(&self.definition)?;
        let state = match self.state.as_str() {
            "draft" => State::Draft,
            "released" => State::Released,
            other => return Err(Error::internal(format!("unknown product state {other}"))),
        };
        Ok(Version {
            product: ProductId::stored(self.product_id),
            code: self.code,
            number: self.number,
            state,
            definition,
            digest: self.digest,
            proposed_by: self.proposed_by,
            created_at_ms: self.created_at_ms,
            released_at_ms: self.released_at_ms,
        })
    }
}

const COLUMNS: &str = "v.product_id, p.code, v.number, v.state, v.definition, v.digest, v.proposed_by, v.approved_by, v.created_at_ms, v.released_at_ms";
const FROM: &str = "FROM product_versions v JOIN product_products p ON p.institution_id = v.institution_id AND p.id = v.product_id";

#[derive(FromQueryResult)]
struct Found {
    id: String,
}

pub async fn product_by_code(tx: &impl Read, code: &str) -> Result<Option<ProductId>> {
    let found: Option<Found> = tx
        .one(
            "SELECT id FROM product_products WHERE institution_id = $1 AND code = $2",
            values![tx.institution()?, code],
        )
        .await?;
    Ok(found.map(|row| ProductId::stored(row.id)))
}

pub async fn insert_product(tx: &mut impl Write, id: &ProductId, code: &str) -> Result<bool> {
    let institution = tx.institution()?.clone();
    let inserted = tx
        .exec_unique(
            "INSERT INTO product_products (institution_id, id, code) VALUES ($1, $2, $3)",
            values![&institution, id, code],
        )
        .await?;
    Ok(inserted.is_some())
}

/// Versions of every product, the newest first.
pub async fn every(tx: &impl Read, limit: i64) -> Result<Vec<Row>> {
    tx.all(
        &format!("SELECT {COLUMNS} {FROM} WHERE v.institution_id = $1 ORDER BY v.created_at_ms DESC, v.product_id LIMIT $2"),
        values![tx.institution()?, limit],
    )
    .await
}

/// The versions of a product, newest first.
pub async fn versions(tx: &impl Read, product: &ProductId, limit: i64) -> Result<Vec<Row>> {
    tx.all(
        &format!("SELECT {COLUMNS} {FROM} WHERE v.institution_id = $1 AND v.product_id = $2 ORDER BY v.number DESC LIMIT $3"),
        values![tx.institution()?, product, limit],
    )
    .await
}

pub async fn version(tx: &impl Read, product: &ProductId, number: i64) -> Result<Option<Row>> {
    tx.one(
        &format!("SELECT {COLUMNS} {FROM} WHERE v.institution_id = $1 AND v.product_id = $2 AND v.number = $3"),
        values![tx.institution()?, product, number],
    )
    .await
}

/// A version, locked until the transaction ends.
pub async fn lock_version(tx: &impl Read, product: &ProductId, number: i64) -> Result<Option<Row>> {
    let of = if tx.for_update().is_empty() {
        ""
    } else {
        " FOR UPDATE OF v"
    };
    tx.one(
        &format!("SELECT {COLUMNS} {FROM} WHERE v.institution_id = $1 AND v.product_id = $2 AND v.number = $3{of}"),
        values![tx.institution()?, product, number],
    )
    .await
}

pub async fn newest_released(tx: &impl Read, product: &ProductId) -> Result<Option<Row>> {
    tx.one(
        &format!(
            "SELECT {COLUMNS} {FROM} WHERE v.institution_id = $1 AND v.product_id = $2 AND v.state = 'released'
             ORDER BY v.number DESC LIMIT 1"
        ),
        values![tx.institution()?, product],
    )
    .await
}

/// The newest version of each product, by id, after a cursor.
pub async fn newest(tx: &impl Read, after: &str, limit: i64) -> Result<Vec<Row>> {
    tx.all(
        &format!(
            "SELECT {COLUMNS} {FROM} WHERE v.institution_id = $1 AND v.product_id > $2
             AND v.number = (SELECT MAX(n.number) FROM product_versions n WHERE n.institution_id = $1 AND n.product_id = v.product_id)
             ORDER BY v.product_id LIMIT $3"
        ),
        values![tx.institution()?, after, limit],
    )
    .await
}

/// Stores a draft; another one of the same number that came first is a conflict.
pub async fn insert_version(
    tx: &mut impl Write,
    version: &Version,
    definition: &[u8],
) -> Result<()> {
    let institution = tx.institution()?.clone();
    let inserted = tx.exec_unique(
        "INSERT INTO product_versions (institution_id, product_id, number, state, definition, digest, proposed_by, created_at_ms)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
        values![
            &institution,
            &version.product,
            version.number,
            version.state.as_str(),
            definition.to_vec(),
            version.digest.as_str(),
            version.proposed_by.as_str(),
            version.created_at_ms
        ],
    )
    .await?;
    inserted.map(|_| ()).ok_or(Error::Conflict)
}

/// Stores a release; a version that moved in the meantime is a conflict.
pub async fn save_release(tx: &mut impl Write, version: &Version, approver: &str) -> Result<()> {
    let institution = tx.institution()?.clone();
    let saved = tx
        .exec(
            "UPDATE product_versions SET state = $4, released_at_ms = $5, approved_by = $6
             WHERE institution_id = $1 AND product_id = $2 AND number = $3 AND state = 'draft'",
            values![
                &institution,
                &version.product,
                version.number,
                version.state.as_str(),
                version.released_at_ms,
                approver
            ],
        )
        .await?;
    if saved == 1 {
        Ok(())
    } else {
        Err(Error::Conflict)
    }
}

/// Newest versions that wait for the second person.
pub async fn drafts(view: &impl Read) -> Result<Tally> {
    let row = view
        .one(
            "SELECT COUNT(*) AS count, MIN(created_at_ms) AS oldest_ms FROM (
               SELECT v.created_at_ms FROM product_versions v WHERE v.institution_id = $1 AND v.state = 'draft' AND NOT EXISTS (
                 SELECT 1 FROM product_versions n WHERE n.institution_id = $1 AND n.product_id = v.product_id AND n.number > v.number)
               ORDER BY v.created_at_ms LIMIT $2) x",
            values![view.institution()?, Tally::MOST],
        )
        .await?;
    Ok(row.unwrap_or_default())
}
