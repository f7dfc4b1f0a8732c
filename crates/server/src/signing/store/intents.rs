//! Sets of documents to sign, and their documents.

use sea_orm::FromQueryResult;

use crate::db::{Read, Write};
use crate::error::{Error, Result, Text};
use crate::signing::intent::{Document, Intent, IntentId, State};
use crate::signing::template::{Signer, TemplateId};
use crate::signing::tries::Attempt;
use crate::values;
use crate::vault::SubjectId;

#[derive(FromQueryResult)]
struct Row {
    id: String,
    case_id: String,
    subject_id: String,
    number: i64,
    state: String,
    signer: String,
    terms_digest: String,
    set_digest: Option<String>,
    particulars: String,
    prepared_at_ms: i64,
    expires_at_ms: i64,
    signed_at_ms: Option<i64>,
    delayed_at_ms: Option<i64>,
    handwriting: Option<String>,
    drawings: i64,
    version: i64,
}

const COLUMNS: &str = "id, case_id, subject_id, number, state, signer, terms_digest, set_digest, particulars, prepared_at_ms, expires_at_ms, signed_at_ms, delayed_at_ms, handwriting, drawings, version";

/// A stored word that this version doesn't know is an error, never a default.
fn known<T>(read: Option<T>) -> Result<T> {
    read.ok_or_else(|| Error::internal("an unknown word in a row of signing"))
}

impl Row {
    fn intent(self, documents: Vec<Document>) -> Result<Intent> {
        Ok(Intent {
            id: IntentId::stored(self.id),
            case: self.case_id,
            subject: SubjectId::stored(self.subject_id),
            number: self.number,
            state: known(State::parse(&self.state))?,
            signer: known(Signer::parse(&self.signer))?,
            terms_digest: self.terms_digest,
            set_digest: self.set_digest,
            particulars: serde_json::from_str(&self.particulars)?,
            documents,
            prepared_at_ms: self.prepared_at_ms,
            expires_at_ms: self.expires_at_ms,
            signed_at_ms: self.signed_at_ms,
            delayed_at_ms: self.delayed_at_ms,
            handwriting: self.handwriting,
            drawings: self.drawings,
            version: self.version,
        })
    }
}

#[derive(FromQueryResult)]
struct DocumentRow {
    place: i64,
    template_id: String,
    code: String,
    title_zh: String,
    title_en: String,
    paper_digest: Option<String>,
    pdf_digest: Option<String>,
    pdf_bytes: i64,
    opened_at_ms: Option<i64>,
    signed_digest: Option<String>,
    signed_bytes: i64,
}

/// The documents of a set, in order; no set has more than a product lists.
async fn documents(view: &impl Read, intent: &str) -> Result<Vec<Document>> {
    let rows: Vec<DocumentRow> = view
        .all(
            "SELECT place, template_id, code, title_zh, title_en, paper_digest, pdf_digest, pdf_bytes, opened_at_ms, signed_digest,
                signed_bytes FROM signing_documents
             WHERE institution_id = $1 AND intent_id = $2 ORDER BY place",
            values![view.institution()?, intent],
        )
        .await?;
    Ok(rows
        .into_iter()
        .map(|row| Document {
            place: row.place,
            template: TemplateId::stored(row.template_id),
            code: row.code,
            title: Text::new(row.title_zh, row.title_en),
            paper_digest: row.paper_digest,
            pdf_digest: row.pdf_digest,
            pdf_bytes: row.pdf_bytes,
            opened_at_ms: row.opened_at_ms,
            signed_digest: row.signed_digest,
            signed_bytes: row.signed_bytes,
        })
        .collect())
}

async fn whole(view: &impl Read, row: Option<Row>) -> Result<Option<Intent>> {
    match row {
        Some(row) => {
            let documents = documents(view, &row.id).await?;
            row.intent(documents).map(Some)
        }
        None => Ok(None),
    }
}

/// The newest set of a case.
pub async fn newest(view: &impl Read, case: &str) -> Result<Option<Intent>> {
    let sql = format!(
        "SELECT {COLUMNS} FROM signing_intents WHERE institution_id = $1 AND case_id = $2 ORDER BY number DESC LIMIT 1"
    );
    let row = view.one(&sql, values![view.institution()?, case]).await?;
    whole(view, row).await
}

/// As [`newest`], locked until the transaction ends.
pub async fn lock_newest(tx: &impl Read, case: &str) -> Result<Option<Intent>> {
    let sql = format!(
        "SELECT {COLUMNS} FROM signing_intents WHERE institution_id = $1 AND case_id = $2 ORDER BY number DESC LIMIT 1{}",
        tx.for_update()
    );
    let row = tx.one(&sql, values![tx.institution()?, case]).await?;
    whole(tx, row).await
}

/// One set.
pub async fn find(view: &impl Read, id: &IntentId) -> Result<Intent> {
    let sql =
        format!("SELECT {COLUMNS} FROM signing_intents WHERE institution_id = $1 AND id = $2");
    let row = view.one(&sql, values![view.institution()?, id]).await?;
    whole(view, row).await?.ok_or_else(Error::not_found)
}

/// The set of a try; none once its person is forgotten.
pub async fn of_attempt(view: &impl Read, attempt: &Attempt) -> Result<Option<Intent>> {
    match attempt.intent.as_str() {
        "" => Ok(None),
        _ => find(view, &attempt.intent).await.map(Some),
    }
}

/// One set, locked until the transaction ends.
pub async fn lock(tx: &impl Read, id: &IntentId) -> Result<Intent> {
    let sql = format!(
        "SELECT {COLUMNS} FROM signing_intents WHERE institution_id = $1 AND id = $2{}",
        tx.for_update()
    );
    let row = tx.one(&sql, values![tx.institution()?, id]).await?;
    whole(tx, row).await?.ok_or_else(Error::not_found)
}

/// The signed sets of a case, oldest first; sets of one case are as few as its sheets and days.
pub async fn signed(view: &impl Read, case: &str) -> Result<Vec<Intent>> {
    let sql = format!(
        "SELECT {COLUMNS} FROM signing_intents WHERE institution_id = $1 AND case_id = $2 AND signed_at_ms IS NOT NULL ORDER BY number"
    );
    let rows: Vec<Row> = view.all(&sql, values![view.institution()?, case]).await?;
    let mut found = Vec::with_capacity(rows.len());
    for row in rows {
        let documents = documents(view, &row.id).await?;
        found.push(row.intent(documents)?);
    }
    Ok(found)
}

pub async fn insert(tx: &mut impl Write, intent: &Intent) -> Result<()> {
    let institution = tx.institution()?.clone();
    let inserted = tx
        .exec_unique(
            "INSERT INTO signing_intents (institution_id, id, case_id, subject_id, number, state, signer, terms_digest, set_digest,
                particulars, prepared_at_ms, expires_at_ms, signed_at_ms, delayed_at_ms, version)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, NULL, 1)",
            values![
                &institution,
                &intent.id,
                intent.case.as_str(),
                &intent.subject,
                intent.number,
                intent.state.as_str(),
                intent.signer.as_str(),
                intent.terms_digest.as_str(),
                intent.set_digest.as_deref(),
                serde_json::to_string(&intent.particulars)?,
                intent.prepared_at_ms,
                intent.expires_at_ms,
                intent.signed_at_ms
            ],
        )
        .await?;
    if inserted.is_none() {
        return Err(Error::Conflict);
    }
    for document in &intent.documents {
        tx.exec(
            "INSERT INTO signing_documents (institution_id, intent_id, place, template_id, code, title_zh, title_en, pdf_bytes, signed_bytes)
             VALUES ($1, $2, $3, $4, $5, $6, $7, 0, 0)",
            values![
                &institution,
                &intent.id,
                document.place,
                &document.template,
                document.code.as_str(),
                document.title.zh.to_string(),
                document.title.en.to_string()
            ],
        )
        .await?;
    }
    Ok(())
}

/// Stores what may change of a set; someone else's change in between is a conflict.
pub async fn save(tx: &mut impl Write, intent: &Intent) -> Result<()> {
    let institution = tx.institution()?.clone();
    let saved = tx
        .exec(
            "UPDATE signing_intents SET state = $4, set_digest = $5, signed_at_ms = $6, delayed_at_ms = $7, handwriting = $8, drawings = $9,
                version = version + 1
             WHERE institution_id = $1 AND id = $2 AND version = $3",
            values![
                &institution,
                &intent.id,
                intent.version,
                intent.state.as_str(),
                intent.set_digest.as_deref(),
                intent.signed_at_ms,
                intent.delayed_at_ms,
                intent.handwriting.as_deref(),
                intent.drawings
            ],
        )
        .await?;
    if saved == 1 {
        Ok(())
    } else {
        Err(Error::Conflict)
    }
}

/// Stores what may change of a document; its set is locked.
pub async fn save_document(
    tx: &mut impl Write,
    intent: &IntentId,
    document: &Document,
) -> Result<()> {
    let institution = tx.institution()?.clone();
    let saved = tx
        .exec(
            "UPDATE signing_documents SET paper_digest = $4, pdf_digest = $5, pdf_bytes = $6, opened_at_ms = $7, signed_digest = $8,
                signed_bytes = $9
             WHERE institution_id = $1 AND intent_id = $2 AND place = $3",
            values![
                &institution,
                intent,
                document.place,
                document.paper_digest.as_deref(),
                document.pdf_digest.as_deref(),
                document.pdf_bytes,
                document.opened_at_ms,
                document.signed_digest.as_deref(),
                document.signed_bytes
            ],
        )
        .await?;
    if saved == 1 {
        Ok(())
    } else {
        Err(Error::Conflict)
    }
}

#[derive(FromQueryResult)]
struct Holder {
    subject_id: String,
}

/// Whose document a digest names among those of a case.
pub async fn holder(view: &impl Read, case: &str, digest: &str) -> Result<Option<SubjectId>> {
    let row: Option<Holder> = view
        .one(
            "SELECT i.subject_id AS subject_id FROM signing_intents i
             JOIN signing_documents d ON d.institution_id = i.institution_id AND d.intent_id = i.id
             WHERE i.institution_id = $1 AND i.case_id = $2 AND (d.pdf_digest = $3 OR d.signed_digest = $3) LIMIT 1",
            values![view.institution()?, case, digest],
        )
        .await?;
    Ok(row.map(|row| SubjectId::stored(row.subject_id)))
}

/// Deletes everything about a case whose person's data was destroyed.
pub async fn forget(tx: &mut impl Write, case: &str, now_ms: i64) -> Result<()> {
    let institution = tx.institution()?.clone();
    let of_case = "SELECT id FROM signing_intents WHERE institution_id = $1 AND case_id = $2";
    let statements = [
        format!(
            "DELETE FROM signing_documents WHERE institution_id = $1 AND intent_id IN ({of_case})"
        ),
        // A try that was under way must not count: its certificate goes on the list of revoked ones.
        format!(
            "UPDATE signing_attempts SET intent_id = '', ended_at_ms = COALESCE(ended_at_ms, {now_ms}),
                state = CASE WHEN state IN ('begun', 'started') THEN 'abandoned' ELSE state END
             WHERE institution_id = $1 AND intent_id IN ({of_case})"
        ),
        "DELETE FROM signing_intents WHERE institution_id = $1 AND case_id = $2".to_owned(),
        "DELETE FROM signing_issued WHERE institution_id = $1 AND case_id = $2".to_owned(),
    ];
    for sql in statements {
        tx.exec(&sql, values![&institution, case]).await?;
    }
    Ok(())
}
