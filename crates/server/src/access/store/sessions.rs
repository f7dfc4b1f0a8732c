//! Sessions by the digest of their token.

use sea_orm::FromQueryResult;

use crate::access::model::{LinkRow, Method, SessionId, StaffId, Stage};
use crate::db::{Read, Write};
use crate::error::Result;
use crate::id::InstitutionId;
use crate::values;

/// Whose session it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    Staff,
    Customer,
}

impl Kind {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Staff => "staff",
            Self::Customer => "customer",
        }
    }
}

/// Ended by a newer opening of the same case, or by a newer link to it.
pub const REPLACED: &str = "replaced";
/// Ended by its owner.
pub const LEFT: &str = "left";
/// Ended from elsewhere: by its owner, by an administrator, or with the account or password.
pub const ENDED: &str = "ended";

#[derive(Debug, FromQueryResult)]
pub struct Row {
    pub id: String,
    pub institution_id: String,
    /// The member of staff, or the link.
    pub actor_id: String,
    pub case_id: Option<String>,
    pub subject_id: Option<String>,
    pub last_seen_ms: i64,
    pub expires_at_ms: i64,
    pub ended_why: Option<String>,
    pub stage: String,
    pub proved_at_ms: i64,
}

/// How a staff session begins.
pub struct Beginning<'a> {
    pub stage: Stage,
    pub method: Method,
    pub device: &'a str,
    pub network: &'a str,
    /// No earlier session came from this device and network.
    pub elsewhere: bool,
}

/// A session on its way in.
pub struct NewSession<'a> {
    pub id: &'a SessionId,
    pub digest: Vec<u8>,
    pub kind: Kind,
    pub institution: &'a InstitutionId,
    pub actor: &'a str,
    pub link: Option<&'a LinkRow>,
    /// How far it has come, or what it opens.
    pub stage: &'static str,
    /// None for borrowers.
    pub staff: Option<Beginning<'a>>,
    pub now_ms: i64,
    pub expires_at_ms: i64,
}

pub async fn insert(tx: &mut impl Write, new: NewSession<'_>) -> Result<()> {
    let begun = new.staff.unwrap_or(Beginning {
        stage: Stage::Full,
        method: Method::Password,
        device: "",
        network: "",
        elsewhere: false,
    });
    tx.exec(
        "INSERT INTO access_sessions
           (id, token_digest, kind, institution_id, actor_id, case_id, subject_id, created_at_ms, last_seen_ms, expires_at_ms,
            stage, method, device, network, elsewhere, proved_at_ms)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $8, $9, $10, $11, $12, $13, $14, $8)",
        values![
            new.id,
            new.digest,
            new.kind.as_str(),
            new.institution,
            new.actor,
            new.link.map(|link| link.case.clone()),
            new.link.map(|link| link.subject.to_string()),
            new.now_ms,
            new.expires_at_ms,
            new.stage,
            begun.method.as_str(),
            begun.device,
            begun.network,
            i64::from(begun.elsewhere)
        ],
    )
    .await?;
    Ok(())
}

pub async fn by_digest(view: &impl Read, kind: Kind, digest: Vec<u8>) -> Result<Option<Row>> {
    view.one(
        "SELECT id, institution_id, actor_id, case_id, subject_id, last_seen_ms, expires_at_ms, ended_why, stage, proved_at_ms
         FROM access_sessions WHERE token_digest = $1 AND kind = $2",
        values![digest, kind.as_str()],
    )
    .await
}

#[derive(FromQueryResult)]
struct How {
    method: String,
}

/// How a session began.
pub async fn method(view: &impl Read, id: &SessionId) -> Result<Option<String>> {
    let sql = "SELECT method FROM access_sessions WHERE id = $1";
    let row: Option<How> = view.one(sql, values![id]).await?;
    Ok(row.map(|row| row.method))
}

pub async fn seen(tx: &mut impl Write, id: &str, now_ms: i64) -> Result<()> {
    tx.exec(
        "UPDATE access_sessions SET last_seen_ms = $2 WHERE id = $1 AND last_seen_ms < $2",
        values![id, now_ms],
    )
    .await?;
    Ok(())
}

/// Ends a session; false when it had ended already.
pub async fn end(tx: &mut impl Write, id: &str, now_ms: i64) -> Result<bool> {
    let ended = tx
        .exec(
            "UPDATE access_sessions SET ended_at_ms = $2, ended_why = $3 WHERE id = $1 AND ended_at_ms IS NULL",
            values![id, now_ms, LEFT],
        )
        .await?;
    Ok(ended == 1)
}

#[derive(FromQueryResult)]
struct Living {
    ended_at_ms: Option<i64>,
}

/// Whether nobody has ended a session.
pub async fn is_open(view: &impl Read, id: &SessionId) -> Result<bool> {
    let row: Option<Living> = view
        .one(
            "SELECT ended_at_ms FROM access_sessions WHERE id = $1",
            values![id],
        )
        .await?;
    Ok(row.is_some_and(|row| row.ended_at_ms.is_none()))
}

/// Ends every borrower's session of a case.
pub async fn replace_customers(
    tx: &mut impl Write,
    institution: &InstitutionId,
    case: &str,
    now_ms: i64,
) -> Result<()> {
    tx.exec(
        "UPDATE access_sessions SET ended_at_ms = $3, ended_why = $4
         WHERE institution_id = $1 AND case_id = $2 AND kind = 'customer' AND ended_at_ms IS NULL",
        values![institution, case, now_ms, REPLACED],
    )
    .await?;
    Ok(())
}

/// Deletes the sessions of the transaction's institution that expired before an instant.
pub async fn sweep(tx: &mut impl Write, before_ms: i64) -> Result<()> {
    let institution = tx.institution()?.clone();
    tx.exec(
        "DELETE FROM access_sessions WHERE institution_id = $1 AND expires_at_ms < $2",
        values![&institution, before_ms],
    )
    .await?;
    Ok(())
}

/// A member of staff's session as a list shows it.
#[derive(Clone, Debug, FromQueryResult)]
pub struct Shown {
    pub id: String,
    pub method: String,
    pub device: String,
    pub network: String,
    pub elsewhere: i64,
    pub created_at_ms: i64,
    pub last_seen_ms: i64,
}

/// Live sessions of one member of staff, at most; a further one ends the oldest.
pub const LIVE_MAX: i64 = 20;

/// Live sessions of a member of staff, newest first.
pub async fn live_of_staff(
    view: &impl Read,
    institution: &InstitutionId,
    staff: &StaffId,
    now_ms: i64,
    idle_ms: i64,
) -> Result<Vec<Shown>> {
    view.all(
        "SELECT id, method, device, network, elsewhere, created_at_ms, last_seen_ms FROM access_sessions
         WHERE institution_id = $1 AND actor_id = $2 AND kind = 'staff' AND stage <> 'second_factor'
           AND ended_at_ms IS NULL AND expires_at_ms > $3 AND last_seen_ms > $4
         ORDER BY id DESC LIMIT $5",
        values![institution, staff, now_ms, now_ms - idle_ms, LIVE_MAX + 1],
    )
    .await
}

/// Ends sessions of a member of staff from elsewhere: all, or all but one, or one. Answers which.
pub async fn end_of_staff(
    tx: &mut impl Write,
    institution: &InstitutionId,
    staff: &StaffId,
    which: Which<'_>,
    now_ms: i64,
) -> Result<Vec<String>> {
    let (only, but) = match which {
        Which::All => ("", ""),
        Which::AllBut(session) => ("", session.as_str()),
        Which::One(session) => (session.as_str(), ""),
    };
    let rows: Vec<Ended> = tx
        .all(
            "UPDATE access_sessions SET ended_at_ms = $5, ended_why = $6
             WHERE institution_id = $1 AND actor_id = $2 AND kind = 'staff' AND ended_at_ms IS NULL AND expires_at_ms > $5
               AND ($3 = '' OR id = $3) AND id <> $4 RETURNING id",
            values![institution, staff, only, but, now_ms, ENDED],
        )
        .await?;
    let mut ids: Vec<String> = rows.into_iter().map(|row| row.id).collect();
    ids.sort_unstable();
    Ok(ids)
}

/// Which sessions of a person.
#[derive(Clone, Copy, Debug)]
pub enum Which<'a> {
    All,
    AllBut(&'a SessionId),
    One(&'a SessionId),
}

#[derive(FromQueryResult)]
struct Ended {
    id: String,
}

#[derive(FromQueryResult)]
struct Before {
    all_times: i64,
    from_here: i64,
}

/// Whether earlier sessions are known, none of them from this device and network.
pub async fn from_elsewhere(
    view: &impl Read,
    institution: &InstitutionId,
    staff: &StaffId,
    device: &str,
    network: &str,
) -> Result<bool> {
    let row: Option<Before> = view
        .one(
            "SELECT COUNT(*) AS all_times, COALESCE(SUM(CASE WHEN device = $3 AND network = $4 THEN 1 ELSE 0 END), 0) AS from_here
             FROM access_sessions
             WHERE institution_id = $1 AND actor_id = $2 AND kind = 'staff' AND stage <> 'second_factor'",
            values![institution, staff, device, network],
        )
        .await?;
    Ok(row.is_some_and(|row| row.all_times > 0 && row.from_here == 0))
}

/// The person proved once more who they are.
pub async fn proved(tx: &mut impl Write, id: &SessionId, now_ms: i64) -> Result<()> {
    tx.exec(
        "UPDATE access_sessions SET proved_at_ms = $2 WHERE id = $1",
        values![id, now_ms],
    )
    .await?;
    Ok(())
}

/// Sends the whole sessions of a member of staff back to setting up a second factor.
pub async fn back_to_enrol(
    tx: &mut impl Write,
    institution: &InstitutionId,
    staff: &StaffId,
) -> Result<()> {
    tx.exec(
        "UPDATE access_sessions SET stage = 'enrol'
         WHERE institution_id = $1 AND actor_id = $2 AND kind = 'staff' AND stage = 'full' AND ended_at_ms IS NULL",
        values![institution, staff],
    )
    .await?;
    Ok(())
}

/// The session went a stage further.
pub async fn set_stage(tx: &mut impl Write, id: &SessionId, stage: Stage) -> Result<()> {
    tx.exec(
        "UPDATE access_sessions SET stage = $2 WHERE id = $1",
        values![id, stage.as_str()],
    )
    .await?;
    Ok(())
}
