//! Tables of consent. Documents are kept as their canonical bytes.

pub mod adverse;
pub mod asks;
pub mod bureau;
pub mod consents;
pub mod notices;
pub mod outreach;
pub mod replies;

use sea_orm::Value;

use crate::access::Reach;
use crate::db::{Migration, Write};
use crate::error::Result;
use crate::values;
use crate::vault::SubjectId;

/// Whose rows a list asks for; the default is everybody's.
#[derive(Clone, Debug, Default)]
pub struct Whose {
    /// Any of these people; `None` means anyone.
    pub subjects: Option<Vec<SubjectId>>,
    /// One journey; empty means any.
    pub case: String,
}

impl Whose {
    pub fn of(subject: &SubjectId) -> Self {
        Self {
            subjects: Some(vec![subject.clone()]),
            case: String::new(),
        }
    }

    /// What lies within a session's reach.
    pub fn within(reach: &Reach) -> Self {
        match reach {
            Reach::Person(subject) => Self::of(subject),
            Reach::Case(subject, case) => Self {
                case: case.clone(),
                ..Self::of(subject)
            },
        }
    }

    pub fn about(case: &str) -> Self {
        Self {
            subjects: None,
            case: case.to_owned(),
        }
    }

    /// The people as a condition whose values stand behind the others; `None` when it means nobody.
    fn people(&self, values: &mut Vec<Value>) -> Option<String> {
        let Some(subjects) = &self.subjects else {
            return Some(String::new());
        };
        let places: Vec<String> = subjects
            .iter()
            .map(|subject| {
                values.push(subject.into());
                format!("${}", values.len())
            })
            .collect();
        (!places.is_empty()).then(|| format!("AND subject_id IN ({})", places.join(",")))
    }
}

pub const MIGRATIONS: &[Migration] = &[
    NOTICES,
    DUTIES,
    replies::MIGRATION,
    asks::MIGRATION,
    asks::TIMES,
    notices::DRAFTS,
];

const NOTICES: Migration = Migration {
    name: "consent_0001_notices_and_consents",
    sql: "
        CREATE TABLE consent_notices (
            institution_id TEXT NOT NULL,
            id TEXT NOT NULL,
            code TEXT NOT NULL,
            number BIGINT NOT NULL,
            kind TEXT NOT NULL,
            state TEXT NOT NULL,
            document {bytes} NOT NULL,
            digest TEXT NOT NULL,
            proposed_by TEXT NOT NULL,
            published_by TEXT,
            created_at_ms BIGINT NOT NULL,
            valid_from_ms BIGINT,
            published_at_ms BIGINT,
            PRIMARY KEY (institution_id, id),
            UNIQUE (institution_id, code, number)
        );
        CREATE TABLE consent_consents (
            institution_id TEXT NOT NULL,
            id TEXT NOT NULL,
            subject_id TEXT NOT NULL,
            case_id TEXT NOT NULL,
            code TEXT NOT NULL,
            kind TEXT NOT NULL,
            notice_id TEXT NOT NULL,
            digest TEXT NOT NULL,
            state TEXT NOT NULL,
            shown_at_ms BIGINT NOT NULL,
            decided_at_ms BIGINT,
            valid_until_ms BIGINT,
            withdrawn_at_ms BIGINT,
            confirmed_by TEXT,
            receipt_digest TEXT,
            receipt_bytes BIGINT NOT NULL,
            version BIGINT NOT NULL,
            PRIMARY KEY (institution_id, id)
        );
        CREATE INDEX consent_consents_subject ON consent_consents (institution_id, subject_id, code, id);
        CREATE INDEX consent_consents_case ON consent_consents (institution_id, case_id, id);
    ",
};

const DUTIES: Migration = Migration {
    name: "consent_0002_duties",
    sql: "
        CREATE TABLE consent_queries (
            institution_id TEXT NOT NULL,
            id TEXT NOT NULL,
            subject_id TEXT NOT NULL,
            case_id TEXT NOT NULL,
            purpose TEXT NOT NULL,
            denial TEXT,
            authority TEXT,
            valid_until_ms BIGINT,
            asked_at_ms BIGINT NOT NULL,
            PRIMARY KEY (institution_id, id)
        );
        CREATE INDEX consent_queries_subject ON consent_queries (institution_id, subject_id, id);
        CREATE TABLE consent_messages (
            institution_id TEXT NOT NULL,
            id TEXT NOT NULL,
            subject_id TEXT NOT NULL,
            case_id TEXT NOT NULL,
            consent_id TEXT NOT NULL,
            template TEXT NOT NULL,
            state TEXT NOT NULL,
            send_at_ms BIGINT NOT NULL,
            ended_at_ms BIGINT,
            PRIMARY KEY (institution_id, id)
        );
        CREATE INDEX consent_messages_subject ON consent_messages (institution_id, subject_id, send_at_ms);
        CREATE INDEX consent_messages_consent ON consent_messages (institution_id, consent_id);
        CREATE TABLE consent_provisions (
            institution_id TEXT NOT NULL,
            id TEXT NOT NULL,
            subject_id TEXT NOT NULL,
            case_id TEXT NOT NULL,
            consent_id TEXT NOT NULL,
            recipient TEXT NOT NULL,
            items TEXT NOT NULL,
            state TEXT NOT NULL,
            nonce TEXT NOT NULL,
            digest TEXT,
            asked_at_ms BIGINT NOT NULL,
            ended_at_ms BIGINT,
            PRIMARY KEY (institution_id, id)
        );
        CREATE INDEX consent_provisions_consent ON consent_provisions (institution_id, consent_id);
        CREATE TABLE consent_adverse_notices (
            institution_id TEXT NOT NULL,
            id TEXT NOT NULL,
            subject_id TEXT NOT NULL,
            case_id TEXT NOT NULL,
            overdue BIGINT NOT NULL,
            due_date TEXT NOT NULL,
            report_on TEXT NOT NULL,
            told_at_ms BIGINT NOT NULL,
            sent_at_ms BIGINT,
            seen_at_ms BIGINT,
            PRIMARY KEY (institution_id, id),
            UNIQUE (institution_id, case_id, overdue, due_date, report_on)
        );
        CREATE INDEX consent_adverse_notices_subject ON consent_adverse_notices (institution_id, subject_id, id);
    ",
};

/// Deletes everything about a case whose person's data was destroyed.
pub async fn forget(tx: &mut impl Write, case: &str) -> Result<()> {
    let institution = tx.institution()?.clone();
    let statements = [
        "DELETE FROM consent_consents WHERE institution_id = $1 AND case_id = $2",
        "DELETE FROM consent_queries WHERE institution_id = $1 AND case_id = $2",
        "DELETE FROM consent_messages WHERE institution_id = $1 AND case_id = $2",
        "DELETE FROM consent_provisions WHERE institution_id = $1 AND case_id = $2",
        "DELETE FROM consent_adverse_notices WHERE institution_id = $1 AND case_id = $2",
    ];
    for sql in statements {
        tx.exec(sql, values![&institution, case]).await?;
    }
    Ok(())
}
