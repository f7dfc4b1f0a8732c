//! Facts and the cases they are chained in.

use std::collections::BTreeMap;

use sea_orm::FromQueryResult;

use crate::db::{Read, Statement, Unrecorded, Write};
use crate::error::{Error, Result};
use crate::id::InstitutionId;
use crate::ledger::{Fact, Tx};
use crate::values;

#[derive(FromQueryResult)]
struct CaseRow {
    case_id: String,
    facts: i64,
    last_at_ms: i64,
    last_commitment: Option<Vec<u8>>,
}

/// Rows of one multi-row insert at the most; SQLite allows 32,766 bound values.
const ROWS_PER_INSERT: usize = 500;

/// Numbers, chains and salts facts; gives the writes that store them.
///
/// Known cases stay locked until the commit, so numbers have no gaps. Of two transactions that begin one case at once,
/// the later breaks a uniqueness rule, which is a conflict.
pub async fn append(tx: &Tx, facts: Vec<Fact>) -> Result<Vec<Statement>> {
    let institution = tx.institution()?;
    let mut by_case: BTreeMap<String, Vec<Fact>> = BTreeMap::new();
    for fact in facts {
        by_case.entry(fact.case.clone()).or_default().push(fact);
    }
    let mut known = lock_cases(tx, by_case.keys()).await?;
    let (mut case_rows, mut fact_rows) = (Vec::new(), Vec::new());
    for (case, facts) in by_case {
        let row = known.remove(&case);
        let at_ms = after(row.as_ref().map_or(0, |row| row.last_at_ms), tx.now_ms());
        let mut case_no = row.as_ref().map_or(0, |row| row.facts);
        let mut prev = row
            .and_then(|row| row.last_commitment)
            .map(hash)
            .transpose()?;
        for fact in facts {
            case_no += 1;
            let body = proof::fact::Fact {
                kind: fact.kind.to_owned(),
                institution: institution.as_str().to_owned(),
                case: case.clone(),
                case_no: u64::try_from(case_no)?,
                prev,
                at_ms,
                seat: proof::fact::Seat {
                    kind: tx.seat().kind.as_str().to_owned(),
                    id: tx.seat().id.clone(),
                },
                data: fact.data,
            }
            .to_bytes()
            .map_err(|cause| Error::Internal(Box::new(cause)))?;
            let salt = tx.ctx().random.bytes::<32>();
            let commitment = proof::fact::commitment(&salt, &body);
            prev = Some(commitment);
            fact_rows.push(values![
                institution,
                case.as_str(),
                case_no,
                fact.kind,
                fact.subject,
                at_ms,
                body,
                salt.to_vec(),
                commitment.to_vec()
            ]);
        }
        let last = prev.ok_or_else(|| Error::internal("a case without facts"))?;
        case_rows.push(values![
            institution,
            case.as_str(),
            case_no,
            at_ms,
            last.to_vec()
        ]);
    }
    let cases = case_rows.chunks(ROWS_PER_INSERT).map(|rows| {
        Statement::rows(
            "INSERT INTO ledger_cases (institution_id, case_id, facts, last_at_ms, last_commitment) VALUES",
            rows,
            "ON CONFLICT (institution_id, case_id) DO UPDATE
             SET facts = excluded.facts, last_at_ms = excluded.last_at_ms, last_commitment = excluded.last_commitment",
        )
    });
    let facts = fact_rows.chunks(ROWS_PER_INSERT).map(|rows| {
        Statement::rows(
            "INSERT INTO ledger_facts
             (institution_id, case_id, case_no, kind, subject_id, at_ms, body, salt, commitment) VALUES",
            rows,
            "",
        )
    });
    Ok(cases.chain(facts).collect())
}

/// The cases that exist already, locked in the order of their names, so that no two transactions wait for each other.
async fn lock_cases(
    tx: &Tx,
    cases: impl ExactSizeIterator<Item = &String>,
) -> Result<BTreeMap<String, CaseRow>> {
    let places: Vec<String> = (2..cases.len() + 2).map(|i| format!("${i}")).collect();
    let mut values = values![tx.institution()?];
    values.extend(cases.map(|case| sea_orm::Value::from(case.as_str())));
    let sql = format!(
        "SELECT case_id, facts, last_at_ms, last_commitment FROM ledger_cases
         WHERE institution_id = $1 AND case_id IN ({}) ORDER BY case_id{}",
        places.join(","),
        tx.for_update()
    );
    let rows = tx.all::<CaseRow>(&sql, values).await?;
    Ok(rows
        .into_iter()
        .map(|row| (row.case_id.clone(), row))
        .collect())
}

/// How long a transaction may have waited for its case; a clock that went back further is shown as it is.
const WAIT_MS_MAX: i64 = 60_000;

/// The instant of a fact: one that waited for its case behind another must not seem older than that one.
fn after(last_at_ms: i64, now_ms: i64) -> i64 {
    if last_at_ms - now_ms < WAIT_MS_MAX {
        now_ms.max(last_at_ms)
    } else {
        now_ms
    }
}

pub fn hash(bytes: Vec<u8>) -> Result<proof::Hash> {
    bytes
        .try_into()
        .map_err(|_| Error::internal("a stored hash is not 32 bytes long"))
}

#[derive(FromQueryResult)]
pub struct Sequenced {
    pub log_index: i64,
    pub commitment: Vec<u8>,
}

/// Gives the next indexes to waiting facts, in the order they were stored; returns them sorted by index.
pub async fn assign(
    tx: &mut Unrecorded,
    institution: &InstitutionId,
    first: i64,
    limit: i64,
) -> Result<Vec<Sequenced>> {
    let mut rows: Vec<Sequenced> = tx
        .all(
            "UPDATE ledger_facts SET log_index = $2 + waiting.place - 1
             FROM (SELECT row_id, row_number() OVER (ORDER BY row_id) AS place FROM
                     (SELECT row_id FROM ledger_facts WHERE institution_id = $1 AND log_index IS NULL ORDER BY row_id LIMIT $3) AS next
                  ) AS waiting
             WHERE ledger_facts.institution_id = $1 AND ledger_facts.row_id = waiting.row_id
             RETURNING log_index, commitment",
            values![institution, first, limit],
        )
        .await?;
    rows.sort_unstable_by_key(|row| row.log_index);
    Ok(rows)
}

#[derive(FromQueryResult)]
struct Waiting {
    #[allow(dead_code, reason = "only its presence counts")]
    row_id: i64,
}

/// Whether any fact waits for its place; a read, so that an idle log never takes the writer.
pub async fn any_waiting(view: &impl Read, institution: &InstitutionId) -> Result<bool> {
    let waiting: Option<Waiting> = view
        .one("SELECT row_id FROM ledger_facts WHERE institution_id = $1 AND log_index IS NULL LIMIT 1", values![institution])
        .await?;
    Ok(waiting.is_some())
}

#[derive(FromQueryResult)]
struct Commitment {
    commitment: Vec<u8>,
}

/// Commitments of the half-open index range, in order; complete or an error.
pub async fn commitments(
    tx: &impl Read,
    institution: &InstitutionId,
    from: i64,
    to: i64,
) -> Result<Vec<proof::Hash>> {
    let rows: Vec<Commitment> = tx
        .all(
            "SELECT commitment FROM ledger_facts
             WHERE institution_id = $1 AND log_index >= $2 AND log_index < $3 ORDER BY log_index",
            values![institution, from, to],
        )
        .await?;
    if i64::try_from(rows.len())? != to - from {
        return Err(Error::internal("the log has a gap"));
    }
    rows.into_iter().map(|row| hash(row.commitment)).collect()
}

/// A fact as stored.
#[derive(Debug, FromQueryResult)]
pub struct FactRow {
    pub case_id: String,
    pub case_no: i64,
    pub kind: String,
    pub at_ms: i64,
    pub body: Option<Vec<u8>>,
    pub salt: Option<Vec<u8>>,
    pub commitment: Vec<u8>,
    pub log_index: Option<i64>,
    /// When the first checkpoint that covers it was published.
    pub proved_at_ms: Option<i64>,
}

pub(super) const FACT_COLUMNS: &str =
    "case_id, case_no, kind, at_ms, body, salt, commitment, log_index";

pub(super) const PROVED_AT: &str = "(SELECT c.at_ms FROM ledger_checkpoints c
     WHERE c.institution_id = f.institution_id AND c.size > f.log_index ORDER BY c.size LIMIT 1) AS proved_at_ms";
/// Where nobody asks when.
const NOT_ASKED: &str = "CAST(NULL AS BIGINT) AS proved_at_ms";

/// Facts of one case after a number, in order.
pub async fn case_facts(
    tx: &impl Read,
    institution: &InstitutionId,
    case: &str,
    after_no: i64,
    limit: i64,
) -> Result<Vec<FactRow>> {
    tx.all(
        &format!(
            "SELECT {FACT_COLUMNS}, {PROVED_AT} FROM ledger_facts f
             WHERE institution_id = $1 AND case_id = $2 AND case_no > $3 ORDER BY case_no LIMIT $4"
        ),
        values![institution, case, after_no, limit],
    )
    .await
}

/// Facts of one log from an index on, in order.
pub async fn log_facts(
    tx: &impl Read,
    institution: &InstitutionId,
    from: i64,
    limit: i64,
) -> Result<Vec<FactRow>> {
    tx.all(
        &format!(
            "SELECT {FACT_COLUMNS}, {NOT_ASKED} FROM ledger_facts
             WHERE institution_id = $1 AND log_index >= $2 ORDER BY log_index LIMIT $3"
        ),
        values![institution, from, limit],
    )
    .await
}

/// The newest fact of a kind in a case.
pub async fn latest_of_kind(
    tx: &impl Read,
    institution: &InstitutionId,
    case: &str,
    kind: &str,
) -> Result<Option<FactRow>> {
    tx.one(
        &format!(
            "SELECT {FACT_COLUMNS}, {PROVED_AT} FROM ledger_facts f
             WHERE institution_id = $1 AND case_id = $2 AND kind = $3 ORDER BY case_no DESC LIMIT 1"
        ),
        values![institution, case, kind],
    )
    .await
}

/// Every fact of some kinds in some cases, by case and in order.
pub async fn facts_of_kinds(
    tx: &impl Read,
    institution: &InstitutionId,
    cases: &[&str],
    kinds: &[&str],
) -> Result<Vec<FactRow>> {
    let places = |from: usize, count: usize| {
        let places: Vec<String> = (from..from + count).map(|i| format!("${i}")).collect();
        places.join(",")
    };
    let sql = format!(
        "SELECT {FACT_COLUMNS}, {PROVED_AT} FROM ledger_facts f
         WHERE institution_id = $1 AND case_id IN ({}) AND kind IN ({}) ORDER BY case_id, case_no",
        places(2, cases.len()),
        places(2 + cases.len(), kinds.len())
    );
    let mut values = values![institution];
    values.extend(
        cases
            .iter()
            .chain(kinds)
            .map(|text| sea_orm::Value::from(*text)),
    );
    tx.all(&sql, values).await
}

#[derive(FromQueryResult)]
struct At {
    last_at_ms: i64,
}

/// When the newest fact of a case was committed.
pub async fn newest_at(
    tx: &impl Read,
    institution: &InstitutionId,
    case: &str,
) -> Result<Option<i64>> {
    let row: Option<At> = tx
        .one(
            "SELECT last_at_ms FROM ledger_cases WHERE institution_id = $1 AND case_id = $2",
            values![institution, case],
        )
        .await?;
    Ok(row.map(|row| row.last_at_ms))
}

#[derive(FromQueryResult)]
struct Count {
    count: i64,
}

/// Facts of a case, up to a number, that no published checkpoint covers yet.
pub async fn unproved(
    view: &impl Read,
    institution: &InstitutionId,
    case: &str,
    through_no: i64,
    published_size: i64,
) -> Result<i64> {
    let row: Option<Count> = view
        .one(
            "SELECT COUNT(*) AS count FROM ledger_facts
             WHERE institution_id = $1 AND case_id = $2 AND case_no <= $3 AND (log_index IS NULL OR log_index >= $4)",
            values![institution, case, through_no, published_size],
        )
        .await?;
    Ok(row.map_or(0, |row| row.count))
}

/// A case's bookkeeping row.
#[derive(Debug, FromQueryResult)]
pub struct CaseTail {
    pub case_id: String,
    pub facts: i64,
    pub last_commitment: Option<Vec<u8>>,
}

/// Every case of a log, in order of its id, after a cursor.
pub async fn cases(
    view: &impl Read,
    institution: &InstitutionId,
    after: &str,
    limit: i64,
) -> Result<Vec<CaseTail>> {
    view.all(
        "SELECT case_id, facts, last_commitment FROM ledger_cases
         WHERE institution_id = $1 AND case_id > $2 ORDER BY case_id LIMIT $3",
        values![institution, after, limit],
    )
    .await
}

/// Facts that wait for their place, in the order they will get one.
pub async fn waiting_facts(
    view: &impl Read,
    institution: &InstitutionId,
    limit: i64,
) -> Result<Vec<FactRow>> {
    view.all(
        &format!(
            "SELECT {FACT_COLUMNS}, {NOT_ASKED} FROM ledger_facts WHERE institution_id = $1 AND log_index IS NULL ORDER BY row_id LIMIT $2"
        ),
        values![institution, limit],
    )
    .await
}

#[derive(FromQueryResult)]
struct Placed {
    log_index: Option<i64>,
}

/// Places of the facts about a subject that still have a body, in order, those without one first; locked.
pub async fn lock_about(tx: &impl Write, subject: &str) -> Result<Vec<Option<i64>>> {
    let sql = format!(
        "SELECT log_index FROM ledger_facts
         WHERE institution_id = $1 AND subject_id = $2 AND body IS NOT NULL ORDER BY log_index{}",
        tx.for_update()
    );
    let rows: Vec<Placed> = tx.all(&sql, values![tx.institution()?, subject]).await?;
    Ok(rows.into_iter().map(|row| row.log_index).collect())
}

/// Deletes body and salt of the facts about a subject.
pub async fn forget_about(tx: &mut impl Write, subject: &str) -> Result<u64> {
    let institution = tx.institution()?.clone();
    tx.exec(
        "UPDATE ledger_facts SET body = NULL, salt = NULL
         WHERE institution_id = $1 AND subject_id = $2 AND body IS NOT NULL",
        values![&institution, subject],
    )
    .await
}

#[derive(FromQueryResult)]
struct About {
    subject_id: String,
}

/// Facts that say what of a case was forgotten: they stand in the cases of the people concerned.
pub async fn declarations(
    view: &impl Read,
    institution: &InstitutionId,
    case: &str,
) -> Result<Vec<FactRow>> {
    let people: Vec<About> = view
        .all(
            "SELECT DISTINCT subject_id FROM ledger_facts
             WHERE institution_id = $1 AND case_id = $2 AND body IS NULL AND subject_id IS NOT NULL",
            values![institution, case],
        )
        .await?;
    let mut found = Vec::new();
    for About { subject_id } in people {
        let rows: Vec<FactRow> = view
            .all(
                &format!(
                    "SELECT {FACT_COLUMNS}, {NOT_ASKED} FROM ledger_facts
                     WHERE institution_id = $1 AND case_id = $2 AND kind = $3 ORDER BY case_no"
                ),
                values![institution, subject_id, proof::fact::FORGOTTEN],
            )
            .await?;
        found.extend(rows);
    }
    Ok(found)
}
