//! Draws and their cases.

use std::collections::BTreeMap;

use sea_orm::FromQueryResult;

use super::model::{Asked, Case, Decided, Draw, DrawId, DrawState};
use super::population::PAGE;
use crate::db::{Migration, Read, Statement, Write};
use crate::error::{Error, Result};
use crate::id::InstitutionId;
use crate::journey::{Completeness, Outcome};
use crate::values;

pub const MIGRATIONS: &[Migration] = &[
    DRAWS,
    super::bundles::store::TABLES,
    POPULATION,
    super::bundles::store::GAPS,
];

const DRAWS: Migration = Migration {
    name: "inspection_0001_draws",
    sql: "
        CREATE TABLE inspection_draws (
            institution_id TEXT NOT NULL,
            id TEXT NOT NULL,
            from_day TEXT NOT NULL,
            to_day TEXT NOT NULL,
            product TEXT NOT NULL,
            partner TEXT NOT NULL,
            outcome TEXT NOT NULL,
            n BIGINT NOT NULL,
            words TEXT NOT NULL,
            root TEXT NOT NULL,
            size BIGINT NOT NULL,
            seed TEXT NOT NULL,
            state TEXT NOT NULL,
            population BIGINT NOT NULL,
            population_digest TEXT,
            cases BIGINT NOT NULL,
            cases_digest TEXT,
            asked_by TEXT NOT NULL,
            asked_at_ms BIGINT NOT NULL,
            drawn_at_ms BIGINT,
            look_at_ms BIGINT NOT NULL,
            PRIMARY KEY (institution_id, id)
        );
        CREATE INDEX inspection_draws_state ON inspection_draws (institution_id, state);
        CREATE TABLE inspection_cases (
            institution_id TEXT NOT NULL,
            draw_id TEXT NOT NULL,
            place BIGINT NOT NULL,
            journey_id TEXT NOT NULL,
            cells TEXT,
            gaps BIGINT NOT NULL,
            looked_at_ms BIGINT NOT NULL,
            PRIMARY KEY (institution_id, draw_id, place),
            UNIQUE (institution_id, draw_id, journey_id)
        );
    ",
};

/// Ids of a population, one a line, a page a row.
const POPULATION: Migration = Migration {
    name: "inspection_0003_population",
    sql: "
        ALTER TABLE inspection_draws ADD COLUMN met_at_ms BIGINT;
        CREATE TABLE inspection_population (
            institution_id TEXT NOT NULL,
            draw_id TEXT NOT NULL,
            page BIGINT NOT NULL,
            ids TEXT NOT NULL,
            PRIMARY KEY (institution_id, draw_id, page)
        );
    ",
};

#[derive(FromQueryResult)]
struct Row {
    id: String,
    from_day: String,
    to_day: String,
    product: String,
    partner: String,
    outcome: String,
    n: i64,
    words: String,
    root: String,
    size: i64,
    seed: String,
    state: String,
    population: i64,
    met_at_ms: Option<i64>,
    population_digest: Option<String>,
    cases: i64,
    cases_digest: Option<String>,
    asked_by: String,
    asked_at_ms: i64,
    drawn_at_ms: Option<i64>,
    look_at_ms: i64,
    look_failed_at_ms: Option<i64>,
}

const COLUMNS: &str = "id, from_day, to_day, product, partner, outcome, n, words, root, size, seed, state, population, met_at_ms,
    population_digest, cases, cases_digest, asked_by, asked_at_ms, drawn_at_ms, look_at_ms, look_failed_at_ms";

impl Row {
    fn draw(self) -> Result<Draw> {
        let unknown = || Error::internal("an unknown word in a row of inspection");
        Ok(Draw {
            id: DrawId::stored(self.id),
            asked: Asked {
                from: self.from_day.parse().map_err(|_| unknown())?,
                to: self.to_day.parse().map_err(|_| unknown())?,
                product: self.product,
                partner: self.partner,
                outcome: Outcome::parse(&self.outcome).ok_or_else(unknown)?,
                n: self.n,
                words: self.words,
            },
            // Empty until the lot is decided.
            decided: (!self.seed.is_empty()).then_some(Decided {
                root: self.root,
                size: self.size,
                seed: self.seed,
            }),
            state: DrawState::parse(&self.state).ok_or_else(unknown)?,
            population: self.population,
            met_at_ms: self.met_at_ms,
            population_digest: self.population_digest,
            cases: self.cases,
            cases_digest: self.cases_digest,
            asked_by: self.asked_by,
            asked_at_ms: self.asked_at_ms,
            drawn_at_ms: self.drawn_at_ms,
            look_at_ms: self.look_at_ms,
            look_failed_at_ms: self.look_failed_at_ms,
        })
    }
}

pub async fn insert(tx: &mut impl Write, draw: &Draw) -> Result<()> {
    let institution = tx.institution()?.clone();
    let asked = &draw.asked;
    tx.exec(
        "INSERT INTO inspection_draws (institution_id, id, from_day, to_day, product, partner, outcome, n, words, root, size, seed,
           state, population, cases, asked_by, asked_at_ms, look_at_ms)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, '', 0, '', $10, $11, $12, $13, $14, $15)",
        values![
            &institution,
            &draw.id,
            asked.from.to_string(),
            asked.to.to_string(),
            asked.product.as_str(),
            asked.partner.as_str(),
            asked.outcome.as_str(),
            asked.n,
            asked.words.as_str(),
            draw.state.as_str(),
            draw.population,
            draw.cases,
            draw.asked_by.as_str(),
            draw.asked_at_ms,
            draw.look_at_ms
        ],
    )
    .await?;
    Ok(())
}

#[derive(FromQueryResult)]
struct Count {
    count: i64,
}

/// How many draws are under way.
pub async fn drawing(view: &impl Read) -> Result<i64> {
    let row: Option<Count> = view
        .one(
            "SELECT COUNT(*) AS count FROM inspection_draws WHERE institution_id = $1 AND state = $2",
            values![view.institution()?, DrawState::Drawing.as_str()],
        )
        .await?;
    Ok(row.map_or(0, |row| row.count))
}

pub async fn find(view: &impl Read, id: &DrawId) -> Result<Draw> {
    let sql =
        format!("SELECT {COLUMNS} FROM inspection_draws WHERE institution_id = $1 AND id = $2");
    view.one::<Row>(&sql, values![view.institution()?, id])
        .await?
        .ok_or_else(Error::not_found)?
        .draw()
}

/// As [`find`], locked until the transaction ends.
pub async fn lock(tx: &impl Read, id: &DrawId) -> Result<Draw> {
    let sql = format!(
        "SELECT {COLUMNS} FROM inspection_draws WHERE institution_id = $1 AND id = $2{}",
        tx.for_update()
    );
    tx.one::<Row>(&sql, values![tx.institution()?, id])
        .await?
        .ok_or_else(Error::not_found)?
        .draw()
}

/// Draws newest first, after a cursor.
pub async fn list(view: &impl Read, after: &str, limit: i64) -> Result<Vec<Draw>> {
    let sql = format!(
        "SELECT {COLUMNS} FROM inspection_draws WHERE institution_id = $1 AND ($2 = '' OR id < $2) ORDER BY id DESC LIMIT $3"
    );
    let rows: Vec<Row> = view
        .all(&sql, values![view.institution()?, after, limit])
        .await?;
    rows.into_iter().map(Row::draw).collect()
}

/// Notes that the population was met, and removes the list of one met before.
pub async fn met(
    tx: &mut impl Write,
    id: &DrawId,
    (population, digest): (i64, &str),
    met_at_ms: i64,
) -> Result<()> {
    let institution = tx.institution()?.clone();
    tx.exec(
        "UPDATE inspection_draws SET population = $3, population_digest = $4, met_at_ms = $5 WHERE institution_id = $1 AND id = $2",
        values![&institution, id, population, digest, met_at_ms],
    )
    .await?;
    tx.exec(
        "DELETE FROM inspection_population WHERE institution_id = $1 AND draw_id = $2",
        values![&institution, id],
    )
    .await?;
    Ok(())
}

/// Has the population of a draw met anew.
pub async fn unmeet(tx: &mut impl Write, id: &DrawId) -> Result<()> {
    let institution = tx.institution()?.clone();
    tx.exec(
        "UPDATE inspection_draws SET met_at_ms = NULL WHERE institution_id = $1 AND id = $2",
        values![&institution, id],
    )
    .await?;
    Ok(())
}

/// Pages that one statement writes; each is some thirty kilobytes.
const PAGES_AT_ONCE: usize = 16;

/// The writes that keep the list of a population.
pub fn population_of(
    institution: &InstitutionId,
    id: &DrawId,
    ids: &[String],
) -> Result<Vec<Statement>> {
    let mut rows = Vec::with_capacity(ids.len() / PAGE + 1);
    for (page, ids) in ids.chunks(PAGE).enumerate() {
        rows.push(values![
            institution,
            id,
            i64::try_from(page)?,
            ids.join("\n")
        ]);
    }
    let head = "INSERT INTO inspection_population (institution_id, draw_id, page, ids) VALUES";
    let chunks = rows.chunks(PAGES_AT_ONCE);
    Ok(chunks.map(|rows| Statement::rows(head, rows, "")).collect())
}

#[derive(FromQueryResult)]
struct Ids {
    ids: String,
}

/// One page of a population's ids in order; none behind the last.
pub async fn population(view: &impl Read, id: &DrawId, page: i64) -> Result<Option<Vec<String>>> {
    let row: Option<Ids> = view
        .one(
            "SELECT ids FROM inspection_population WHERE institution_id = $1 AND draw_id = $2 AND page = $3",
            values![view.institution()?, id, page],
        )
        .await?;
    Ok(row.map(|row| row.ids.lines().map(str::to_owned).collect()))
}

/// Stores what a draw came to, once.
pub async fn save(tx: &mut impl Write, draw: &Draw) -> Result<()> {
    let institution = tx.institution()?.clone();
    let decided = draw.decided.as_ref();
    let saved = tx
        .exec(
            "UPDATE inspection_draws SET state = $4, root = $5, size = $6, seed = $7, cases = $8,
               cases_digest = $9, drawn_at_ms = $10
             WHERE institution_id = $1 AND id = $2 AND state <> $3",
            values![
                &institution,
                &draw.id,
                DrawState::Drawn.as_str(),
                draw.state.as_str(),
                decided.map_or("", |decided| decided.root.as_str()),
                decided.map_or(0, |decided| decided.size),
                decided.map_or("", |decided| decided.seed.as_str()),
                draw.cases,
                draw.cases_digest.as_deref(),
                draw.drawn_at_ms
            ],
        )
        .await?;
    if saved == 1 {
        Ok(())
    } else {
        Err(Error::Conflict)
    }
}

/// The writes that keep the drawn cases in their places.
pub fn cases_of(
    institution: InstitutionId,
    id: &DrawId,
    cases: &[String],
) -> Result<Vec<Statement>> {
    let mut rows = Vec::with_capacity(cases.len());
    for (place, journey) in cases.iter().enumerate() {
        let place = i64::try_from(place)? + 1;
        rows.push(values![
            &institution,
            id,
            place,
            journey.as_str(),
            0_i64,
            0_i64
        ]);
    }
    let head = "INSERT INTO inspection_cases (institution_id, draw_id, place, journey_id, gaps, looked_at_ms) VALUES";
    let chunks = rows.chunks(100);
    Ok(chunks.map(|rows| Statement::rows(head, rows, "")).collect())
}

#[derive(FromQueryResult)]
struct CaseRow {
    place: i64,
    journey_id: String,
    cells: Option<String>,
    looked_at_ms: i64,
}

impl CaseRow {
    fn case(self) -> Result<Case> {
        let cells: Option<BTreeMap<_, _>> = self
            .cells
            .as_deref()
            .map(serde_json::from_str)
            .transpose()?;
        Ok(Case {
            place: self.place,
            journey: self.journey_id,
            looked_at_ms: cells.is_some().then_some(self.looked_at_ms),
            cells,
        })
    }
}

const CASE_COLUMNS: &str = "place, journey_id, cells, looked_at_ms";

/// Which cases are wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wanted {
    All,
    /// Those in which something is missing.
    WithGaps,
}

/// Cases of a draw in order, after a place.
pub async fn cases(
    view: &impl Read,
    id: &DrawId,
    wanted: Wanted,
    after: i64,
    limit: i64,
) -> Result<Vec<Case>> {
    let gaps = i64::from(wanted == Wanted::WithGaps);
    let sql = format!(
        "SELECT {CASE_COLUMNS} FROM inspection_cases
         WHERE institution_id = $1 AND draw_id = $2 AND place > $3 AND gaps >= $4 ORDER BY place LIMIT $5"
    );
    let rows: Vec<CaseRow> = view
        .all(&sql, values![view.institution()?, id, after, gaps, limit])
        .await?;
    rows.into_iter().map(CaseRow::case).collect()
}

/// Cases that were not looked at since they should be.
pub async fn unlooked(view: &impl Read, draw: &Draw, limit: i64) -> Result<Vec<Case>> {
    let sql = format!(
        "SELECT {CASE_COLUMNS} FROM inspection_cases
         WHERE institution_id = $1 AND draw_id = $2 AND (cells IS NULL OR looked_at_ms < $3) ORDER BY place LIMIT $4"
    );
    let rows: Vec<CaseRow> = view
        .all(
            &sql,
            values![view.institution()?, &draw.id, draw.look_at_ms, limit],
        )
        .await?;
    rows.into_iter().map(CaseRow::case).collect()
}

/// Keeps what a look at one case found.
pub async fn looked(
    tx: &mut impl Write,
    id: &DrawId,
    found: &Completeness,
    now_ms: i64,
) -> Result<()> {
    let institution = tx.institution()?.clone();
    tx.exec(
        "UPDATE inspection_cases SET cells = $4, gaps = $5, looked_at_ms = $6
         WHERE institution_id = $1 AND draw_id = $2 AND journey_id = $3",
        values![
            &institution,
            id,
            &found.journey,
            serde_json::to_string(&found.cells)?,
            i64::try_from(found.gaps())?,
            now_ms
        ],
    )
    .await?;
    Ok(())
}

/// Has every case looked at anew.
pub async fn look_again(tx: &mut impl Write, id: &DrawId, now_ms: i64) -> Result<()> {
    let institution = tx.institution()?.clone();
    tx.exec(
        "UPDATE inspection_draws SET look_at_ms = $3, look_failed_at_ms = NULL WHERE institution_id = $1 AND id = $2",
        values![&institution, id, now_ms],
    )
    .await?;
    Ok(())
}

/// Notes that nobody looks any more.
pub async fn look_failed(tx: &mut impl Write, id: &DrawId, now_ms: i64) -> Result<()> {
    let institution = tx.institution()?.clone();
    tx.exec(
        "UPDATE inspection_draws SET look_failed_at_ms = $3 WHERE institution_id = $1 AND id = $2",
        values![&institution, id, now_ms],
    )
    .await?;
    Ok(())
}

/// Moves a draw that is not drawn from one state to another; false where it stood otherwise.
pub async fn turn(
    tx: &mut impl Write,
    id: &DrawId,
    from: DrawState,
    to: DrawState,
) -> Result<bool> {
    let institution = tx.institution()?.clone();
    let turned = tx
        .exec(
            "UPDATE inspection_draws SET state = $4 WHERE institution_id = $1 AND id = $2 AND state = $3",
            values![&institution, id, from.as_str(), to.as_str()],
        )
        .await?;
    Ok(turned == 1)
}
