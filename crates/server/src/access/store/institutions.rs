//! Institutions; few, and named in addresses.

use sea_orm::FromQueryResult;

use crate::access::model::{Institution, InstitutionKind, NewInstitution};
use crate::db::{Read, Write};
use crate::error::{Error, Result};
use crate::id::InstitutionId;
use crate::values;

#[derive(FromQueryResult)]
struct Row {
    id: String,
    code: String,
    name: String,
    short_name: String,
    hotline: String,
    kind: String,
}

impl Row {
    fn institution(self) -> Result<Institution> {
        let kind = InstitutionKind::parse(&self.kind)
            .ok_or_else(|| Error::internal("an institution of unknown kind"))?;
        let Self {
            id,
            code,
            name,
            short_name,
            hotline,
            ..
        } = self;
        Ok(Institution {
            id: InstitutionId::stored(id),
            code,
            name,
            short_name,
            hotline,
            kind,
        })
    }
}

/// More institutions than any operator has.
const ALL_MAX: i64 = 1000;

pub async fn insert(
    tx: &mut impl Write,
    id: &InstitutionId,
    new: &NewInstitution,
    now_ms: i64,
) -> Result<()> {
    tx.exec(
        "INSERT INTO access_institutions (id, code, name, short_name, hotline, kind, founded_at_ms)
         VALUES ($1, $2, $3, $4, $5, $6, $7)",
        values![
            id,
            new.code.as_str(),
            new.name.as_str(),
            new.short_name.as_str(),
            new.hotline.as_str(),
            new.kind.as_str(),
            now_ms
        ],
    )
    .await?;
    Ok(())
}

pub async fn by_id(view: &impl Read, id: &InstitutionId) -> Result<Option<Institution>> {
    let sql =
        "SELECT id, code, name, short_name, hotline, kind FROM access_institutions WHERE id = $1";
    view.one::<Row>(sql, values![id])
        .await?
        .map(Row::institution)
        .transpose()
}

pub async fn by_code(view: &impl Read, code: &str) -> Result<Option<Institution>> {
    let sql =
        "SELECT id, code, name, short_name, hotline, kind FROM access_institutions WHERE code = $1";
    view.one::<Row>(sql, values![code])
        .await?
        .map(Row::institution)
        .transpose()
}

pub async fn all(view: &impl Read) -> Result<Vec<Institution>> {
    let sql = "SELECT id, code, name, short_name, hotline, kind FROM access_institutions ORDER BY code LIMIT $1";
    view.all::<Row>(sql, values![ALL_MAX])
        .await?
        .into_iter()
        .map(Row::institution)
        .collect()
}

/// Institutions by code, after a cursor.
pub async fn list(view: &impl Read, after: &str, limit: i64) -> Result<Vec<Institution>> {
    let sql = "SELECT id, code, name, short_name, hotline, kind FROM access_institutions WHERE code > $1 ORDER BY code LIMIT $2";
    view.all::<Row>(sql, values![after, limit])
        .await?
        .into_iter()
        .map(Row::institution)
        .collect()
}

/// What the settings say stands where everything else reads it.
pub async fn rename(tx: &mut impl Write, short_name: &str, hotline: &str) -> Result<()> {
    let institution = tx.institution()?.clone();
    tx.exec(
        "UPDATE access_institutions SET short_name = $2, hotline = $3 WHERE id = $1",
        values![&institution, short_name, hotline],
    )
    .await?;
    Ok(())
}

/// True for the first sweep of a day.
pub async fn swept(tx: &mut impl Write, day: i64) -> Result<bool> {
    let institution = tx.institution()?.clone();
    let first = tx
        .exec(
            "UPDATE access_institutions SET swept_day = $2 WHERE id = $1 AND swept_day < $2",
            values![&institution, day],
        )
        .await?;
    Ok(first == 1)
}
