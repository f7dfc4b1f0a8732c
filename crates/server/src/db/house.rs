//! Which house a database belongs to: one row, written once.

use sea_orm::FromQueryResult;

use super::{Db, Migration, Read, Scope, Write};
use crate::error::{Error, Result};
use crate::values;

pub const MIGRATIONS: &[Migration] = &[Migration {
    name: "db_0001_house",
    sql: "
        CREATE TABLE db_house (
            one BIGINT PRIMARY KEY CHECK (one = 1),
            id TEXT NOT NULL
        );
    ",
}];

#[derive(FromQueryResult)]
struct Row {
    id: String,
}

/// The id of this database's house, if it has one yet.
pub async fn house(view: &impl Read) -> Result<Option<String>> {
    let row: Option<Row> = view
        .one("SELECT id FROM db_house WHERE one = 1", vec![])
        .await?;
    Ok(row.map(|row| row.id))
}

/// Gives the database to a house, and answers whose it is: of two at once the first counts.
pub async fn settle(db: &Db, id: &str) -> Result<String> {
    let mut tx = db
        .begin_unrecorded(
            Scope::Unscoped,
            "whose database this is comes before any evidence",
        )
        .await?;
    tx.exec(
        "INSERT INTO db_house (one, id) VALUES (1, $1) ON CONFLICT (one) DO NOTHING",
        values![id],
    )
    .await?;
    let settled = house(&tx)
        .await?
        .ok_or_else(|| Error::internal("the house row did not come back"))?;
    tx.commit().await?;
    Ok(settled)
}
