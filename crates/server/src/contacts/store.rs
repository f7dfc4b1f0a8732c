//! Third persons by case. A phone stands here only as its index.

use sea_orm::FromQueryResult;

use super::model::{Bar, Contact, ContactId, Relation, RemovedBy, Role, State};
use crate::access::Reach;
use crate::db::{Migration, Read, Write};
use crate::error::{Error, Result};
use crate::values;
use crate::vault::SubjectId;

pub const MIGRATIONS: &[Migration] = &[CONTACTS, REFUSALS];

const CONTACTS: Migration = Migration {
    name: "contacts_0001_contacts",
    sql: "
        CREATE TABLE contacts_contacts (
            institution_id TEXT NOT NULL,
            id TEXT NOT NULL,
            case_id TEXT NOT NULL,
            borrower_id TEXT NOT NULL,
            person_id TEXT NOT NULL,
            role TEXT NOT NULL,
            relation TEXT NOT NULL,
            consent_id TEXT,
            phone_index {bytes} NOT NULL,
            named_at_ms BIGINT NOT NULL,
            told_at_ms BIGINT,
            delivered TEXT,
            delivered_at_ms BIGINT,
            removed_at_ms BIGINT,
            removed_by TEXT,
            bar TEXT,
            version BIGINT NOT NULL,
            PRIMARY KEY (institution_id, id)
        );
        CREATE INDEX contacts_contacts_case ON contacts_contacts (institution_id, case_id);
        CREATE INDEX contacts_contacts_borrower ON contacts_contacts (institution_id, borrower_id, named_at_ms);
        CREATE INDEX contacts_contacts_phone ON contacts_contacts (institution_id, phone_index);
        CREATE INDEX contacts_contacts_consent ON contacts_contacts (institution_id, consent_id) WHERE consent_id IS NOT NULL;
    ",
};

const REFUSALS: Migration = Migration {
    name: "contacts_0002_refusals",
    sql: "
        CREATE TABLE contacts_refusals (
            institution_id TEXT NOT NULL,
            id TEXT NOT NULL,
            case_id TEXT NOT NULL,
            at_ms BIGINT NOT NULL,
            PRIMARY KEY (institution_id, id)
        );
        CREATE INDEX contacts_refusals_case ON contacts_refusals (institution_id, case_id, at_ms);
    ",
};

#[derive(FromQueryResult)]
struct Row {
    id: String,
    case_id: String,
    borrower_id: String,
    person_id: String,
    role: String,
    relation: String,
    consent_id: Option<String>,
    phone_index: Vec<u8>,
    named_at_ms: i64,
    told_at_ms: Option<i64>,
    delivered: Option<String>,
    delivered_at_ms: Option<i64>,
    removed_at_ms: Option<i64>,
    removed_by: Option<String>,
    bar: Option<String>,
    version: i64,
}

/// What a column says; a word that this version doesn't know is an error, never a default.
fn word<T>(text: Option<String>, parse: impl Fn(&str) -> Option<T>) -> Result<Option<T>> {
    text.map(|text| {
        parse(&text).ok_or_else(|| Error::internal("an unknown word about a third person"))
    })
    .transpose()
}

fn known<T>(text: String, parse: impl Fn(&str) -> Option<T>) -> Result<T> {
    word(Some(text), parse)?.ok_or_else(|| Error::internal("a third person without a word"))
}

fn delivery(text: &str) -> Option<State> {
    match text {
        "delivered" => Some(State::Delivered),
        "undelivered" => Some(State::Undelivered),
        _ => None,
    }
}

fn delivery_word(state: State) -> &'static str {
    match state {
        State::Delivered => "delivered",
        _ => "undelivered",
    }
}

impl Row {
    fn contact(self) -> Result<Contact> {
        Ok(Contact {
            id: ContactId::stored(self.id),
            case: self.case_id,
            borrower: SubjectId::stored(self.borrower_id),
            person: SubjectId::stored(self.person_id),
            role: known(self.role, Role::parse)?,
            relation: known(self.relation, Relation::parse)?,
            consent: self.consent_id,
            phone_index: self.phone_index,
            named_at_ms: self.named_at_ms,
            told_at_ms: self.told_at_ms,
            delivered: word(self.delivered, delivery)?,
            delivered_at_ms: self.delivered_at_ms,
            removed_at_ms: self.removed_at_ms,
            removed_by: word(self.removed_by, RemovedBy::parse)?,
            bar: word(self.bar, Bar::parse)?,
            version: self.version,
        })
    }
}

const COLUMNS: &str = "id, case_id, borrower_id, person_id, role, relation, consent_id, phone_index, named_at_ms, told_at_ms,
    delivered, delivered_at_ms, removed_at_ms, removed_by, bar, version";
/// Third persons that one look at a case or a borrower holds, the newest.
const SHOWN_MAX: i64 = 50;

fn contacts(rows: Vec<Row>) -> Result<Vec<Contact>> {
    rows.into_iter().map(Row::contact).collect()
}

pub async fn insert(tx: &mut impl Write, contact: &Contact) -> Result<()> {
    let institution = tx.institution()?.clone();
    tx.exec(
        "INSERT INTO contacts_contacts
           (institution_id, id, case_id, borrower_id, person_id, role, relation, consent_id, phone_index, named_at_ms, version)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)",
        values![
            &institution,
            &contact.id,
            contact.case.as_str(),
            &contact.borrower,
            &contact.person,
            contact.role.as_str(),
            contact.relation.as_str(),
            contact.consent.clone(),
            contact.phone_index.clone(),
            contact.named_at_ms,
            contact.version
        ],
    )
    .await?;
    Ok(())
}

/// One third person; `lock` is the transaction's row lock, or empty.
pub async fn find(view: &impl Read, id: &ContactId, lock: &str) -> Result<Contact> {
    let sql = format!(
        "SELECT {COLUMNS} FROM contacts_contacts WHERE institution_id = $1 AND id = $2{lock}"
    );
    view.one::<Row>(&sql, values![view.institution()?, id])
        .await?
        .ok_or_else(Error::not_found)?
        .contact()
}

/// Writes what may change, unless somebody else was first.
pub async fn save(tx: &mut impl Write, contact: &Contact) -> Result<()> {
    let institution = tx.institution()?.clone();
    let saved = tx
        .exec(
            "UPDATE contacts_contacts SET told_at_ms = $4, delivered = $5, delivered_at_ms = $6, removed_at_ms = $7,
               removed_by = $8, bar = $9, version = version + 1
             WHERE institution_id = $1 AND id = $2 AND version = $3",
            values![
                &institution,
                &contact.id,
                contact.version,
                contact.told_at_ms,
                contact.delivered.map(delivery_word),
                contact.delivered_at_ms,
                contact.removed_at_ms,
                contact.removed_by.map(RemovedBy::as_str),
                contact.bar.map(Bar::as_str)
            ],
        )
        .await?;
    if saved == 1 {
        Ok(())
    } else {
        Err(Error::Conflict)
    }
}

/// Third persons of a case, removed ones too, newest first.
pub async fn of_case(view: &impl Read, case: &str) -> Result<Vec<Contact>> {
    let sql = format!(
        "SELECT {COLUMNS} FROM contacts_contacts WHERE institution_id = $1 AND case_id = $2 ORDER BY id DESC LIMIT $3"
    );
    contacts(
        view.all(&sql, values![view.institution()?, case, SHOWN_MAX])
            .await?,
    )
}

/// Third persons whom a borrower named and who are not removed, newest first.
pub async fn of_borrower(view: &impl Read, borrower: &SubjectId) -> Result<Vec<Contact>> {
    let sql = format!(
        "SELECT {COLUMNS} FROM contacts_contacts
         WHERE institution_id = $1 AND borrower_id = $2 AND removed_at_ms IS NULL ORDER BY id DESC LIMIT $3"
    );
    contacts(
        view.all(&sql, values![view.institution()?, borrower, SHOWN_MAX])
            .await?,
    )
}

/// Third persons whose naming rests on a consent and who are not removed.
pub async fn resting_on(view: &impl Read, consent: &str) -> Result<Vec<Contact>> {
    let sql = format!(
        "SELECT {COLUMNS} FROM contacts_contacts
         WHERE institution_id = $1 AND consent_id = $2 AND removed_at_ms IS NULL ORDER BY id LIMIT $3"
    );
    contacts(
        view.all(&sql, values![view.institution()?, consent, SHOWN_MAX])
            .await?,
    )
}

#[derive(FromQueryResult)]
struct Count {
    count: i64,
}

/// Whether a phone may not be named within a reach any more.
pub async fn barred(view: &impl Read, phone_index: &[u8], reach: &Reach) -> Result<bool> {
    let (column, whose) = match reach {
        Reach::Person(borrower) => ("borrower_id", borrower.as_str()),
        Reach::Case(_, case) => ("case_id", case.as_str()),
    };
    let sql = format!(
        "SELECT COUNT(*) AS count FROM contacts_contacts
         WHERE institution_id = $1 AND phone_index = $2 AND (bar = 'anybody' OR (bar = 'this_borrower' AND {column} = $3))"
    );
    let row: Option<Count> = view
        .one(
            &sql,
            values![view.institution()?, phone_index.to_vec(), whose],
        )
        .await?;
    Ok(row.is_some_and(|row| row.count > 0))
}

/// How many other borrowers have a phone among their third persons now.
pub async fn borrowers_with(view: &impl Read, phone_index: &[u8], but: &SubjectId) -> Result<i64> {
    let row: Option<Count> = view
        .one(
            "SELECT COUNT(DISTINCT borrower_id) AS count FROM contacts_contacts
             WHERE institution_id = $1 AND phone_index = $2 AND borrower_id <> $3 AND removed_at_ms IS NULL",
            values![view.institution()?, phone_index.to_vec(), but],
        )
        .await?;
    Ok(row.map_or(0, |row| row.count))
}

/// How many were named in a case since an instant; of a person also those whom another case had told. Whom an unverified
/// application names nobody tells, and it's no concern of the person's.
pub async fn named_since(
    view: &impl Read,
    reach: &Reach,
    case: &str,
    since_ms: i64,
) -> Result<i64> {
    let (Reach::Person(borrower) | Reach::Case(borrower, _)) = reach;
    let told_since_ms = match reach {
        Reach::Person(_) => since_ms,
        Reach::Case(..) => i64::MAX,
    };
    let row: Option<Count> = view
        .one(
            "SELECT COUNT(*) AS count FROM contacts_contacts
             WHERE institution_id = $1 AND borrower_id = $2 AND ((case_id = $3 AND named_at_ms >= $4) OR told_at_ms >= $5)",
            values![view.institution()?, borrower, case, since_ms, told_since_ms],
        )
        .await?;
    Ok(row.map_or(0, |row| row.count))
}

/// How often somebody was not named in a case since an instant.
pub async fn refused_since(view: &impl Read, case: &str, since_ms: i64) -> Result<i64> {
    let row: Option<Count> = view
        .one(
            "SELECT COUNT(*) AS count FROM contacts_refusals WHERE institution_id = $1 AND case_id = $2 AND at_ms >= $3",
            values![view.institution()?, case, since_ms],
        )
        .await?;
    Ok(row.map_or(0, |row| row.count))
}

/// Notes that somebody was not named.
pub async fn note_refused(
    tx: &mut impl Write,
    id: &ContactId,
    case: &str,
    now_ms: i64,
) -> Result<()> {
    let institution = tx.institution()?.clone();
    tx.exec(
        "INSERT INTO contacts_refusals (institution_id, id, case_id, at_ms) VALUES ($1, $2, $3, $4)",
        values![&institution, id, case, now_ms],
    )
    .await?;
    Ok(())
}

/// How often a phone was told since an instant, whoever named it.
pub async fn told_since(view: &impl Read, phone_index: &[u8], since_ms: i64) -> Result<i64> {
    let row: Option<Count> = view
        .one(
            "SELECT COUNT(*) AS count FROM contacts_contacts
             WHERE institution_id = $1 AND phone_index = $2 AND told_at_ms >= $3",
            values![view.institution()?, phone_index.to_vec(), since_ms],
        )
        .await?;
    Ok(row.map_or(0, |row| row.count))
}

/// Whom a phone's owner was told of after an instant, and did not refuse for everybody; so many at a time.
pub async fn told_at_phone(
    view: &impl Read,
    phone_index: &[u8],
    after_ms: i64,
) -> Result<Vec<Contact>> {
    let sql = format!(
        "SELECT {COLUMNS} FROM contacts_contacts
         WHERE institution_id = $1 AND phone_index = $2 AND (bar IS NULL OR bar <> 'anybody') AND told_at_ms > $3
         ORDER BY id DESC LIMIT $4"
    );
    let values = values![
        view.institution()?,
        phone_index.to_vec(),
        after_ms,
        SHOWN_MAX
    ];
    contacts(view.all(&sql, values).await?)
}

/// Deletes what a destroyed person's case holds; a phone that nobody may name stays barred, as an index alone.
pub async fn forget(tx: &mut impl Write, case: &str) -> Result<()> {
    let institution = tx.institution()?.clone();
    tx.exec(
        "DELETE FROM contacts_contacts
         WHERE institution_id = $1 AND case_id = $2 AND (bar IS NULL OR bar <> 'anybody')",
        values![&institution, case],
    )
    .await?;
    tx.exec(
        "DELETE FROM contacts_refusals WHERE institution_id = $1 AND case_id = $2",
        values![&institution, case],
    )
    .await?;
    Ok(())
}
