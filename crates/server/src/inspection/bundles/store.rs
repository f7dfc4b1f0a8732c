//! Archives that are made, and their parts.

use sea_orm::FromQueryResult;

use super::{Bundles, BundlesId, BundlesState, Kept};
use crate::db::{Migration, Read, Write};
use crate::error::{Error, Result};
use crate::inspection::model::DrawId;
use crate::journey::JourneyId;
use crate::values;

pub const TABLES: Migration = Migration {
    name: "inspection_0002_bundles",
    sql: "
        CREATE TABLE inspection_bundles (
            institution_id TEXT NOT NULL,
            id TEXT NOT NULL,
            draw_id TEXT NOT NULL,
            state TEXT NOT NULL,
            made BIGINT NOT NULL,
            cases BIGINT NOT NULL,
            bytes BIGINT NOT NULL,
            sha256 TEXT,
            asked_by TEXT NOT NULL,
            asked_at_ms BIGINT NOT NULL,
            ready_at_ms BIGINT,
            until_ms BIGINT,
            PRIMARY KEY (institution_id, id)
        );
        CREATE INDEX inspection_bundles_draw ON inspection_bundles (institution_id, draw_id, id);
        CREATE UNIQUE INDEX inspection_bundles_one ON inspection_bundles (institution_id, draw_id) WHERE state = 'making';
        CREATE TABLE inspection_parts (
            institution_id TEXT NOT NULL,
            bundles_id TEXT NOT NULL,
            place BIGINT NOT NULL,
            journey_id TEXT,
            name TEXT NOT NULL,
            bytes BIGINT NOT NULL,
            crc BIGINT NOT NULL,
            sha256 TEXT NOT NULL,
            PRIMARY KEY (institution_id, bundles_id, place)
        );
    ",
};

/// Archives may fail, are cleared away from the ask on, and list the cases that have no file.
pub const GAPS: Migration = Migration {
    name: "inspection_0004_gaps",
    sql: "
        ALTER TABLE inspection_parts ADD COLUMN gap TEXT;
        ALTER TABLE inspection_draws ADD COLUMN look_failed_at_ms BIGINT;
    ",
};

#[derive(FromQueryResult)]
struct Row {
    id: String,
    draw_id: String,
    state: String,
    made: i64,
    cases: i64,
    bytes: i64,
    sha256: Option<String>,
    asked_by: String,
    asked_at_ms: i64,
    ready_at_ms: Option<i64>,
    until_ms: Option<i64>,
}

const COLUMNS: &str =
    "id, draw_id, state, made, cases, bytes, sha256, asked_by, asked_at_ms, ready_at_ms, until_ms";

impl Row {
    fn bundles(self) -> Result<Bundles> {
        Ok(Bundles {
            id: BundlesId::stored(self.id),
            draw: DrawId::stored(self.draw_id),
            state: BundlesState::parse(&self.state)
                .ok_or_else(|| Error::internal("an unknown state of bundles"))?,
            made: self.made,
            cases: self.cases,
            bytes: self.bytes,
            sha256: self.sha256,
            asked_by: self.asked_by,
            asked_at_ms: self.asked_at_ms,
            ready_at_ms: self.ready_at_ms,
            // Of older versions, while they were being made: over at once.
            until_ms: self.until_ms.unwrap_or_default(),
        })
    }
}

/// Keeps what was asked for; false while others of the same draw are being made.
pub async fn insert(tx: &mut impl Write, new: &Bundles) -> Result<bool> {
    let institution = tx.institution()?.clone();
    let inserted = tx
        .exec_unique(
            "INSERT INTO inspection_bundles (institution_id, id, draw_id, state, made, cases, bytes, asked_by, asked_at_ms, until_ms)
             VALUES ($1, $2, $3, $4, 0, $5, 0, $6, $7, $8)",
            values![
                &institution,
                &new.id,
                &new.draw,
                new.state.as_str(),
                new.cases,
                new.asked_by.as_str(),
                new.asked_at_ms,
                new.until_ms
            ],
        )
        .await?;
    Ok(inserted.is_some())
}

pub async fn find(view: &impl Read, id: &BundlesId) -> Result<Bundles> {
    let sql =
        format!("SELECT {COLUMNS} FROM inspection_bundles WHERE institution_id = $1 AND id = $2");
    view.one::<Row>(&sql, values![view.institution()?, id])
        .await?
        .ok_or_else(Error::not_found)?
        .bundles()
}

/// As [`find`], locked until the transaction ends.
pub async fn lock(tx: &impl Read, id: &BundlesId) -> Result<Bundles> {
    let sql = format!(
        "SELECT {COLUMNS} FROM inspection_bundles WHERE institution_id = $1 AND id = $2{}",
        tx.for_update()
    );
    tx.one::<Row>(&sql, values![tx.institution()?, id])
        .await?
        .ok_or_else(Error::not_found)?
        .bundles()
}

/// Archives of a draw, newest first.
pub async fn of_draw(
    view: &impl Read,
    draw: &DrawId,
    after: &str,
    limit: i64,
) -> Result<Vec<Bundles>> {
    let sql = format!(
        "SELECT {COLUMNS} FROM inspection_bundles
         WHERE institution_id = $1 AND draw_id = $2 AND ($3 = '' OR id < $3) ORDER BY id DESC LIMIT $4"
    );
    let values = values![view.institution()?, draw, after, limit];
    let rows: Vec<Row> = view.all(&sql, values).await?;
    rows.into_iter().map(Row::bundles).collect()
}

/// Stores how far an archive is.
pub async fn save(tx: &mut impl Write, bundles: &Bundles) -> Result<()> {
    let institution = tx.institution()?.clone();
    tx.exec(
        "UPDATE inspection_bundles SET state = $3, made = $4, bytes = $5, sha256 = $6, ready_at_ms = $7
         WHERE institution_id = $1 AND id = $2",
        values![
            &institution,
            &bundles.id,
            bundles.state.as_str(),
            bundles.made,
            bundles.bytes,
            bundles.sha256.as_deref(),
            bundles.ready_at_ms
        ],
    )
    .await?;
    Ok(())
}

/// Keeps a part, or that a case has none; told anew it takes the place of what was kept before.
pub async fn put_part(tx: &mut impl Write, id: &BundlesId, part: &Kept) -> Result<()> {
    let institution = tx.institution()?.clone();
    tx.exec(
        "INSERT INTO inspection_parts (institution_id, bundles_id, place, journey_id, name, bytes, crc, sha256, gap)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
         ON CONFLICT (institution_id, bundles_id, place) DO UPDATE SET name = $5, bytes = $6, crc = $7, sha256 = $8, gap = $9",
        values![
            &institution,
            id,
            part.place,
            part.journey.as_deref(),
            part.name.as_str(),
            part.bytes,
            part.crc,
            part.sha256.as_str(),
            part.gap.as_deref()
        ],
    )
    .await?;
    Ok(())
}

#[derive(FromQueryResult)]
struct PartRow {
    place: i64,
    journey_id: Option<String>,
    gap: Option<String>,
    name: String,
    bytes: i64,
    crc: i64,
    sha256: String,
}

/// The parts of an archive in order, and the cases without one; a draw bounds them.
pub async fn parts(view: &impl Read, id: &BundlesId) -> Result<Vec<Kept>> {
    let rows: Vec<PartRow> = view
        .all(
            "SELECT place, journey_id, gap, name, bytes, crc, sha256 FROM inspection_parts
             WHERE institution_id = $1 AND bundles_id = $2 ORDER BY place",
            values![view.institution()?, id],
        )
        .await?;
    Ok(rows
        .into_iter()
        .map(|row| Kept {
            place: row.place,
            journey: row.journey_id,
            gap: row.gap,
            name: row.name,
            bytes: row.bytes,
            crc: row.crc,
            sha256: row.sha256,
        })
        .collect())
}

#[derive(FromQueryResult)]
struct Given {
    place: i64,
    journey_id: String,
}

/// Cases whose evidence lies in an archive, after a place: with their places, gaps left out.
pub async fn given(
    view: &impl Read,
    id: &BundlesId,
    after: i64,
    limit: i64,
) -> Result<Vec<(i64, JourneyId)>> {
    let rows: Vec<Given> = view
        .all(
            "SELECT place, journey_id FROM inspection_parts
             WHERE institution_id = $1 AND bundles_id = $2 AND journey_id IS NOT NULL AND gap IS NULL AND place > $3
             ORDER BY place LIMIT $4",
            values![view.institution()?, id, after, limit],
        )
        .await?;
    rows.into_iter()
        .map(|row| Ok((row.place, JourneyId::parse(&row.journey_id)?)))
        .collect()
}

#[derive(FromQueryResult)]
struct Id {
    id: String,
}

/// Archives in which a case lies, will, or may have been left behind, as far as they are not over.
pub async fn living_with(view: &impl Read, case: &JourneyId) -> Result<Vec<BundlesId>> {
    let rows: Vec<Id> = view
        .all(
            "SELECT b.id FROM inspection_bundles b
             JOIN inspection_cases c ON c.institution_id = b.institution_id AND c.draw_id = b.draw_id AND c.journey_id = $2
             WHERE b.institution_id = $1 AND b.state <> 'over' ORDER BY b.id",
            values![view.institution()?, case],
        )
        .await?;
    Ok(rows
        .into_iter()
        .map(|row| BundlesId::stored(row.id))
        .collect())
}
