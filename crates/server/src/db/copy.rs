//! A copy of an embedded database.

use std::path::Path;

use super::Db;
use super::handle::Pools;
use crate::error::{Error, Result};

impl Db {
    /// Writes the whole embedded database, as it stands at one instant, into a new file; others write on meanwhile.
    /// PostgreSQL has programs of its own for that.
    pub async fn copy(&self, to: &Path) -> Result<()> {
        let Pools::Sqlite { writer, .. } = &self.pools else {
            return Err(Error::internal("only an embedded database is copied"));
        };
        sqlx::query("VACUUM INTO $1")
            .bind(to.to_string_lossy().into_owned())
            .execute(writer)
            .await?;
        Ok(())
    }
}
