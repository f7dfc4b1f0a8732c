//! Members of staff.

use sea_orm::FromQueryResult;

use crate::access::Staff;
use crate::access::model::{NewStaff, Right, SessionId, StaffId};
use crate::db::{Read, Write};
use crate::error::Result;
use crate::id::InstitutionId;
use crate::values;

#[derive(FromQueryResult)]
pub struct Row {
    pub id: String,
    pub account: String,
    pub name: String,
    pub badge: String,
    pub rights: String,
    pub password_hash: String,
}

impl Row {
    /// The signed-in member of staff this row describes.
    pub fn actor(self, institution: InstitutionId, session: SessionId) -> Staff {
        Staff {
            id: StaffId::stored(self.id),
            institution,
            account: self.account,
            name: self.name,
            badge: self.badge,
            rights: Right::parse_list(&self.rights),
            session,
        }
    }
}

pub async fn insert(
    tx: &mut impl Write,
    id: &StaffId,
    new: &NewStaff,
    password_hash: &str,
    now_ms: i64,
) -> Result<()> {
    let institution = tx.institution()?.clone();
    tx.exec(
        "INSERT INTO access_staff (institution_id, id, account, name, badge, rights, password_hash, added_at_ms)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
        values![
            &institution,
            id,
            new.account.as_str(),
            new.name.as_str(),
            new.badge.as_str(),
            Right::list(&new.rights),
            password_hash,
            now_ms
        ],
    )
    .await?;
    Ok(())
}

pub async fn by_account(view: &impl Read, account: &str) -> Result<Option<Row>> {
    view.one(
        "SELECT id, account, name, badge, rights, password_hash FROM access_staff WHERE institution_id = $1 AND account = $2",
        values![view.institution()?, account],
    )
    .await
}

pub async fn by_id(view: &impl Read, id: &StaffId) -> Result<Option<Row>> {
    view.one(
        "SELECT id, account, name, badge, rights, password_hash FROM access_staff WHERE institution_id = $1 AND id = $2",
        values![view.institution()?, id],
    )
    .await
}
