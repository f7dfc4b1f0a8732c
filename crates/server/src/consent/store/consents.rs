//! What people decided: one row a showing, so that no decision is ever overwritten.

use sea_orm::FromQueryResult;

use super::Whose;
use crate::consent::model::{Consent, ConsentId, ConsentKind, NoticeId, Reach, State};
use crate::db::{Read, Write};
use crate::error::{Error, Result};
use crate::values;
use crate::vault::SubjectId;

#[derive(FromQueryResult)]
struct Row {
    id: String,
    subject_id: String,
    case_id: String,
    code: String,
    kind: String,
    notice_id: String,
    digest: String,
    state: String,
    shown_at_ms: i64,
    decided_at_ms: Option<i64>,
    valid_until_ms: Option<i64>,
    withdrawn_at_ms: Option<i64>,
    confirmed_by: Option<String>,
    receipt_digest: Option<String>,
    receipt_bytes: i64,
    version: i64,
}

impl Row {
    fn consent(self) -> Result<Consent> {
        Ok(Consent {
            id: ConsentId::stored(self.id),
            subject: SubjectId::stored(self.subject_id),
            case: self.case_id,
            code: self.code,
            kind: ConsentKind::parse(&self.kind)
                .ok_or_else(|| Error::internal("unknown kind of consent"))?,
            notice: NoticeId::stored(self.notice_id),
            digest: self.digest,
            state: State::parse(&self.state)
                .ok_or_else(|| Error::internal("unknown state of a consent"))?,
            shown_at_ms: self.shown_at_ms,
            decided_at_ms: self.decided_at_ms,
            valid_until_ms: self.valid_until_ms,
            withdrawn_at_ms: self.withdrawn_at_ms,
            confirmed_by: self.confirmed_by,
            receipt_digest: self.receipt_digest,
            receipt_bytes: self.receipt_bytes,
            version: self.version,
        })
    }
}

const COLUMNS: &str = "id, subject_id, case_id, code, kind, notice_id, digest, state, shown_at_ms, decided_at_ms, valid_until_ms,
    withdrawn_at_ms, confirmed_by, receipt_digest, receipt_bytes, version";

fn consents(rows: Vec<Row>) -> Result<Vec<Consent>> {
    rows.into_iter().map(Row::consent).collect()
}

/// One decision, locked until the transaction ends.
pub async fn lock(tx: &impl Read, id: &ConsentId) -> Result<Consent> {
    let sql = format!(
        "SELECT {COLUMNS} FROM consent_consents WHERE institution_id = $1 AND id = $2{}",
        tx.for_update()
    );
    tx.one::<Row>(&sql, values![tx.institution()?, id])
        .await?
        .ok_or_else(Error::not_found)?
        .consent()
}

pub async fn find(view: &impl Read, id: &ConsentId) -> Result<Consent> {
    let sql =
        format!("SELECT {COLUMNS} FROM consent_consents WHERE institution_id = $1 AND id = $2");
    view.one::<Row>(&sql, values![view.institution()?, id])
        .await?
        .ok_or_else(Error::not_found)?
        .consent()
}

/// Wordings and cases in which one notice of a person is looked at.
const LOOKED_AT_MAX: i64 = 100;

/// The newest decisions of a person about a code, within a journey or wherever they were made; newest first.
pub async fn newest(
    view: &impl Read,
    subject: &SubjectId,
    case: &str,
    code: &str,
    reach: Reach,
) -> Result<Vec<Consent>> {
    of_code(view, subject, case, (code, reach), "").await
}

/// As [`newest`], leaving out what was only shown.
pub async fn newest_decided(
    view: &impl Read,
    subject: &SubjectId,
    case: &str,
    code: &str,
    reach: Reach,
) -> Result<Vec<Consent>> {
    let decided = "AND state <> 'shown'";
    of_code(view, subject, case, (code, reach), decided).await
}

#[derive(FromQueryResult)]
struct Count {
    count: i64,
}

/// How often a notice was shown in a journey, whatever was decided.
pub async fn rounds(view: &impl Read, case: &str, code: &str) -> Result<i64> {
    let row: Option<Count> = view
        .one(
            "SELECT COUNT(*) AS count FROM consent_consents WHERE institution_id = $1 AND case_id = $2 AND code = $3",
            values![view.institution()?, case, code],
        )
        .await?;
    Ok(row.map_or(0, |row| row.count))
}

/// Every consent to any wording of a notice that was given and not taken back, newest first.
pub async fn given(
    view: &impl Read,
    subject: &SubjectId,
    case: &str,
    code: &str,
    reach: Reach,
) -> Result<Vec<Consent>> {
    let given = "AND state = 'given'";
    of_code(view, subject, case, (code, reach), given).await
}

async fn of_code(
    view: &impl Read,
    subject: &SubjectId,
    case: &str,
    (code, reach): (&str, Reach),
    which: &str,
) -> Result<Vec<Consent>> {
    let case = match reach {
        Reach::Case => case,
        Reach::Person => "",
    };
    let sql = format!(
        "SELECT {COLUMNS} FROM consent_consents
         WHERE institution_id = $1 AND subject_id = $2 AND code = $3 AND ($4 = '' OR case_id = $4) {which}
         ORDER BY id DESC LIMIT $5"
    );
    let values = values![view.institution()?, subject, code, case, LOOKED_AT_MAX];
    consents(view.all(&sql, values).await?)
}

/// The newest decisions of a person of a kind that were made, within a journey or wherever the kind reaches; newest first.
pub async fn newest_of_kind(
    view: &impl Read,
    subject: &SubjectId,
    case: &str,
    kind: ConsentKind,
) -> Result<Vec<Consent>> {
    let case = match kind.reach() {
        Reach::Case => case,
        Reach::Person => "",
    };
    let sql = format!(
        "SELECT {COLUMNS} FROM consent_consents
         WHERE institution_id = $1 AND subject_id = $2 AND kind = $3 AND ($4 = '' OR case_id = $4) AND state <> 'shown'
         ORDER BY id DESC LIMIT $5"
    );
    let values = values![
        view.institution()?,
        subject,
        kind.as_str(),
        case,
        LOOKED_AT_MAX
    ];
    consents(view.all(&sql, values).await?)
}

/// What a list asks for; empty strings ask for everything.
#[derive(Clone, Debug, Default)]
pub struct Filter {
    pub whose: Whose,
    pub kind: String,
    pub state: String,
}

/// Decisions newest first, after a cursor.
pub async fn list(
    view: &impl Read,
    filter: &Filter,
    after: &str,
    limit: i64,
) -> Result<Vec<Consent>> {
    let mut values = values![
        view.institution()?,
        filter.whose.case.as_str(),
        filter.kind.as_str(),
        filter.state.as_str(),
        after,
        limit
    ];
    let Some(people) = filter.whose.people(&mut values) else {
        return Ok(Vec::new());
    };
    let sql = format!(
        "SELECT {COLUMNS} FROM consent_consents
         WHERE institution_id = $1 AND ($2 = '' OR case_id = $2) AND ($3 = '' OR kind = $3) AND ($4 = '' OR state = $4)
           AND ($5 = '' OR id < $5) {people}
         ORDER BY id DESC LIMIT $6"
    );
    consents(view.all(&sql, values).await?)
}

pub async fn insert(tx: &mut impl Write, consent: &Consent) -> Result<()> {
    let institution = tx.institution()?.clone();
    tx.exec(
        "INSERT INTO consent_consents (institution_id, id, subject_id, case_id, code, kind, notice_id, digest, state,
            shown_at_ms, receipt_bytes, version)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, 0, 1)",
        values![
            &institution,
            &consent.id,
            &consent.subject,
            consent.case.as_str(),
            consent.code.as_str(),
            consent.kind.as_str(),
            &consent.notice,
            consent.digest.as_str(),
            consent.state.as_str(),
            consent.shown_at_ms
        ],
    )
    .await?;
    Ok(())
}

/// Stores what may change; someone else's change in between is a conflict.
pub async fn save(tx: &mut impl Write, consent: &Consent) -> Result<()> {
    let institution = tx.institution()?.clone();
    let saved = tx
        .exec(
            "UPDATE consent_consents SET state = $4, decided_at_ms = $5, valid_until_ms = $6, withdrawn_at_ms = $7,
                confirmed_by = $8, receipt_digest = $9, receipt_bytes = $10, version = version + 1
             WHERE institution_id = $1 AND id = $2 AND version = $3",
            values![
                &institution,
                &consent.id,
                consent.version,
                consent.state.as_str(),
                consent.decided_at_ms,
                consent.valid_until_ms,
                consent.withdrawn_at_ms,
                consent.confirmed_by.clone(),
                consent.receipt_digest.clone(),
                consent.receipt_bytes
            ],
        )
        .await?;
    if saved == 1 {
        Ok(())
    } else {
        Err(Error::Conflict)
    }
}
