//! Members of staff.

use sea_orm::FromQueryResult;

use super::roles;
use crate::access::model::{ChangeKind, Invitee, NewStaff, Right, StaffId, StaffState, built_in};
use crate::db::{Page, Read, Write};
use crate::error::Result;
use crate::values;

#[derive(Clone, Debug, FromQueryResult)]
pub struct Row {
    pub id: String,
    pub account: String,
    pub name: String,
    pub badge: String,
    state: String,
    /// Given by the operator, beside those of the roles.
    rights: String,
    roles: String,
    password_hash: String,
    password_from: String,
    pub added_at_ms: i64,
}

impl Row {
    pub fn state(&self) -> StaffState {
        StaffState::parse(&self.state)
    }

    pub fn roles(&self) -> Vec<String> {
        self.roles
            .split(' ')
            .filter(|role| !role.is_empty())
            .map(str::to_owned)
            .collect()
    }

    /// What the given password is compared with; none for whoever can't sign in by password.
    pub fn password_hash(&self) -> Option<String> {
        let may = self.state() == StaffState::Active && self.has_password();
        may.then(|| self.password_hash.clone())
    }

    pub fn has_password(&self) -> bool {
        !self.password_hash.is_empty()
    }

    /// The colleague who alone gave link and word of the password, and so may have set it; empty where two people or the
    /// operator did.
    pub fn password_from(&self) -> &str {
        &self.password_from
    }

    /// Whether one colleague may have set the password.
    pub fn password_is_ones(&self) -> bool {
        !self.password_from.is_empty()
    }

    /// Whether this person sets a password by link and word once a change is agreed to: what one colleague alone gave is
    /// worth nothing beside what takes two.
    pub fn sets_password(&self, kind: ChangeKind) -> bool {
        match kind {
            ChangeKind::Roles => self.state() == StaffState::Invited || self.password_is_ones(),
            ChangeKind::Password => true,
            ChangeKind::SecondFactor => false,
        }
    }

    /// Whether this person, read again, is active and has the password they had when `found`.
    pub fn is_still(&self, found: &Self) -> bool {
        self.state() == StaffState::Active && self.password_hash == found.password_hash
    }

    /// Every right of this member of staff: their own and those of their roles.
    pub async fn all_rights(&self, view: &impl Read) -> Result<Vec<Right>> {
        let mut found = Right::parse_list(&self.rights);
        found.extend(roles::rights(view, &self.roles()).await?);
        Ok(Right::ALL
            .iter()
            .copied()
            .filter(|right| found.contains(right))
            .collect())
    }

    /// Whether two people are needed to put this member of staff in someone else's hands.
    pub fn is_guarded(&self) -> bool {
        let guarded = |rights: &[Right]| rights.iter().any(|right| right.is_guarded());
        guarded(&Right::parse_list(&self.rights))
            || self
                .roles()
                .iter()
                .filter_map(|role| built_in(role))
                .any(|role| guarded(role.rights))
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
        "INSERT INTO access_staff (institution_id, id, account, name, badge, state, rights, roles, password_hash, added_at_ms)
         VALUES ($1, $2, $3, $4, $5, 'active', $6, $7, $8, $9)",
        values![
            &institution,
            id,
            new.account.as_str(),
            new.name.as_str(),
            new.badge.as_str(),
            Right::list(&new.rights),
            new.roles.join(" "),
            password_hash,
            now_ms
        ],
    )
    .await?;
    Ok(())
}

pub async fn insert_invited(
    tx: &mut impl Write,
    id: &StaffId,
    new: &Invitee,
    roles: &[String],
    now_ms: i64,
) -> Result<()> {
    let institution = tx.institution()?.clone();
    tx.exec(
        "INSERT INTO access_staff (institution_id, id, account, name, badge, state, rights, roles, password_hash, added_at_ms)
         VALUES ($1, $2, $3, $4, $5, 'invited', '', $6, '', $7)",
        values![
            &institution,
            id,
            new.account.as_str(),
            new.name.as_str(),
            new.badge.as_str(),
            roles.join(" "),
            now_ms
        ],
    )
    .await?;
    Ok(())
}

pub async fn by_account(view: &impl Read, account: &str) -> Result<Option<Row>> {
    view.one(
        "SELECT id, account, name, badge, state, rights, roles, password_hash, password_from, added_at_ms FROM access_staff
         WHERE institution_id = $1 AND account = $2",
        values![view.institution()?, account],
    )
    .await
}

pub async fn by_id(view: &impl Read, id: &StaffId) -> Result<Option<Row>> {
    view.one(
        "SELECT id, account, name, badge, state, rights, roles, password_hash, password_from, added_at_ms FROM access_staff
         WHERE institution_id = $1 AND id = $2",
        values![view.institution()?, id],
    )
    .await
}

/// Whether anybody of the institution ever set a password.
pub async fn somebody_has_a_password(view: &impl Read) -> Result<bool> {
    let row: Option<Row> = view
        .one(
            "SELECT id, account, name, badge, state, rights, roles, password_hash, password_from, added_at_ms FROM access_staff
             WHERE institution_id = $1 AND password_hash <> '' LIMIT 1",
            values![view.institution()?],
        )
        .await?;
    Ok(row.is_some())
}

/// One member of staff, locked until the transaction ends.
pub async fn lock(tx: &impl Write, id: &StaffId) -> Result<Option<Row>> {
    let sql = format!(
        "SELECT id, account, name, badge, state, rights, roles, password_hash, password_from, added_at_ms FROM access_staff
         WHERE institution_id = $1 AND id = $2{}",
        tx.for_update()
    );
    tx.one(&sql, values![tx.institution()?, id]).await
}

/// Locks every administrator, so that the last two can't go at the same time; answers those who are active.
pub async fn lock_administrators(tx: &impl Write) -> Result<Vec<StaffId>> {
    let sql = format!(
        "SELECT id, account, name, badge, state, rights, roles, password_hash, password_from, added_at_ms FROM access_staff
         WHERE institution_id = $1 AND (roles LIKE '%administrator%' OR rights LIKE '%staff.manage%') ORDER BY id{}",
        tx.for_update()
    );
    let rows: Vec<Row> = tx.all(&sql, values![tx.institution()?]).await?;
    Ok(rows
        .into_iter()
        .filter(|row| row.state() == StaffState::Active && row.is_guarded())
        .map(|row| StaffId::stored(row.id))
        .collect())
}

pub async fn set_state(tx: &mut impl Write, id: &StaffId, state: StaffState) -> Result<()> {
    let institution = tx.institution()?.clone();
    tx.exec(
        "UPDATE access_staff SET state = $3 WHERE institution_id = $1 AND id = $2",
        values![&institution, id, state.as_str()],
    )
    .await?;
    Ok(())
}

pub async fn set_roles(tx: &mut impl Write, id: &StaffId, roles: &[String]) -> Result<()> {
    let institution = tx.institution()?.clone();
    tx.exec(
        "UPDATE access_staff SET roles = $3 WHERE institution_id = $1 AND id = $2",
        values![&institution, id, roles.join(" ")],
    )
    .await?;
    Ok(())
}

/// Sets a password, which came from one colleague or none; whoever was invited is active from now on.
pub async fn set_password(tx: &mut impl Write, id: &StaffId, hash: &str, from: &str) -> Result<()> {
    let institution = tx.institution()?.clone();
    tx.exec(
        "UPDATE access_staff SET password_hash = $3, password_from = $4,
           state = CASE WHEN state = 'invited' THEN 'active' ELSE state END
         WHERE institution_id = $1 AND id = $2",
        values![&institution, id, hash, from],
    )
    .await?;
    Ok(())
}

/// Takes a password away: whoever was active is invited again.
pub async fn take_password(tx: &mut impl Write, id: &StaffId) -> Result<()> {
    let institution = tx.institution()?.clone();
    tx.exec(
        "UPDATE access_staff SET password_hash = '', password_from = '',
           state = CASE WHEN state = 'active' THEN 'invited' ELSE state END
         WHERE institution_id = $1 AND id = $2",
        values![&institution, id],
    )
    .await?;
    Ok(())
}

/// What a list of staff is narrowed to; empty means all.
#[derive(Clone, Debug, Default)]
pub struct Filter {
    /// Part of name, account or badge.
    pub words: String,
    pub state: String,
}

/// Staff, newest first.
pub async fn page(
    view: &impl Read,
    filter: &Filter,
    after: Option<&str>,
    limit: i64,
) -> Result<Page<Row>> {
    let words = filter
        .words
        .to_lowercase()
        .replace('!', "!!")
        .replace('%', "!%")
        .replace('_', "!_");
    let rows: Vec<Row> = view
        .all(
            "SELECT id, account, name, badge, state, rights, roles, password_hash, password_from, added_at_ms FROM access_staff
             WHERE institution_id = $1 AND ($2 = '' OR id < $2) AND ($3 = '' OR state = $3)
               AND (LOWER(name) LIKE $4 ESCAPE '!' OR account LIKE $4 ESCAPE '!' OR LOWER(badge) LIKE $4 ESCAPE '!')
             ORDER BY id DESC LIMIT $5",
            values![
                view.institution()?,
                after.unwrap_or_default(),
                filter.state.as_str(),
                format!("%{words}%"),
                limit + 1
            ],
        )
        .await?;
    Ok(Page::cut(rows, limit, |row| row.id.clone()))
}
