//! Recordings of prompts: what the institution keeps of each, by digest; the file itself lies in the blob store.

use sea_orm::FromQueryResult;

use crate::db::{Migration, Read, Write};
use crate::error::{Error, Result};
use crate::product::voices::VoiceMedia;
use crate::values;

pub const TABLE: Migration = Migration {
    name: "product_0003_voices",
    sql: "
        CREATE TABLE product_voices (
            institution_id TEXT NOT NULL,
            digest TEXT NOT NULL,
            media TEXT NOT NULL,
            bytes BIGINT NOT NULL,
            ms BIGINT NOT NULL,
            kept_by TEXT NOT NULL,
            kept_at_ms BIGINT NOT NULL,
            PRIMARY KEY (institution_id, digest)
        );
    ",
};

/// Those kept before this are taken for named: no version was asked.
pub const NAMED: Migration = Migration {
    name: "product_0004_voices_named",
    sql: "ALTER TABLE product_voices ADD COLUMN named BIGINT NOT NULL DEFAULT 1;",
};

#[derive(FromQueryResult)]
struct Row {
    media: String,
}

#[derive(FromQueryResult)]
struct Count {
    count: i64,
}

/// What is kept of one.
pub struct Kept<'a> {
    pub digest: &'a str,
    pub media: VoiceMedia,
    pub bytes: i64,
    pub ms: i64,
    /// Seat id.
    pub by: &'a str,
    pub at_ms: i64,
}

/// The kind of a recording that is kept.
pub async fn media_of(view: &impl Read, digest: &str) -> Result<Option<VoiceMedia>> {
    let row: Option<Row> = view
        .one(
            "SELECT media FROM product_voices WHERE institution_id = $1 AND digest = $2",
            values![view.institution()?, digest],
        )
        .await?;
    let known = |row: Row| {
        let media = VoiceMedia::ALL
            .into_iter()
            .find(|one| one.as_str() == row.media);
        media.ok_or_else(|| Error::internal("unknown media of a voice"))
    };
    row.map(known).transpose()
}

/// How many the institution keeps.
pub async fn count(view: &impl Read) -> Result<i64> {
    let kept: Option<Count> = view
        .one(
            "SELECT COUNT(*) AS count FROM product_voices WHERE institution_id = $1",
            values![view.institution()?],
        )
        .await?;
    Ok(kept.map_or(0, |kept| kept.count))
}

/// Notes one that no version names yet; none where the same was noted at this moment, and then nothing more may be done but to
/// roll back.
pub async fn insert(tx: &mut impl Write, kept: &Kept<'_>) -> Result<Option<u64>> {
    let institution = tx.institution()?.clone();
    tx.exec_unique(
        "INSERT INTO product_voices (institution_id, digest, media, bytes, ms, kept_by, kept_at_ms, named)
         VALUES ($1, $2, $3, $4, $5, $6, $7, 0)",
        values![
            &institution,
            kept.digest,
            kept.media.as_str(),
            kept.bytes,
            kept.ms,
            kept.by,
            kept.at_ms
        ],
    )
    .await
}

/// It came again: its days begin anew. False where it isn't kept.
pub async fn touch(tx: &mut impl Write, digest: &str, now_ms: i64) -> Result<bool> {
    let institution = tx.institution()?.clone();
    let touched = tx
        .exec(
            "UPDATE product_voices SET kept_at_ms = $1 WHERE institution_id = $2 AND digest = $3",
            values![now_ms, &institution, digest],
        )
        .await?;
    Ok(touched == 1)
}

/// A version names it, and from now on it stays. False where it isn't kept.
pub async fn name(tx: &mut impl Write, digest: &str) -> Result<bool> {
    let institution = tx.institution()?.clone();
    let named = tx
        .exec(
            "UPDATE product_voices SET named = 1 WHERE institution_id = $1 AND digest = $2",
            values![&institution, digest],
        )
        .await?;
    Ok(named == 1)
}

#[derive(FromQueryResult)]
struct Digest {
    digest: String,
}

/// Those that no version names and that came last before an instant.
pub async fn unnamed(view: &impl Read, before_ms: i64, limit: i64) -> Result<Vec<String>> {
    let rows: Vec<Digest> = view
        .all(
            "SELECT digest FROM product_voices WHERE institution_id = $1 AND named = 0 AND kept_at_ms < $2 ORDER BY digest LIMIT $3",
            values![view.institution()?, before_ms, limit],
        )
        .await?;
    Ok(rows.into_iter().map(|row| row.digest).collect())
}

/// One of those goes; false where it was named, or came again, meanwhile.
pub async fn remove(tx: &mut impl Write, digest: &str, before_ms: i64) -> Result<bool> {
    let institution = tx.institution()?.clone();
    let removed = tx
        .exec(
            "DELETE FROM product_voices WHERE institution_id = $1 AND digest = $2 AND named = 0 AND kept_at_ms < $3",
            values![&institution, digest, before_ms],
        )
        .await?;
    Ok(removed == 1)
}
