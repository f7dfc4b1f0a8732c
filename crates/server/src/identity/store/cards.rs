//! The newest account of each case.

use sea_orm::FromQueryResult;

use super::{known, maybe};
use crate::db::{Migration, Read, Write};
use crate::error::{Error, Result};
use crate::identity::card::Card;
use crate::identity::model::{Answer, CheckId, Origin, Phase, Reason};
use crate::values;
use crate::vault::{GrantId, SubjectId};

/// Which card a bank's answer was about is known from here on.
pub const TABLE: Migration = Migration {
    name: "identity_0002_cards",
    sql: "
        ALTER TABLE identity_checks ADD COLUMN card_version BIGINT;
        CREATE TABLE identity_cards (
            institution_id TEXT NOT NULL,
            case_id TEXT NOT NULL,
            subject_id TEXT NOT NULL,
            id TEXT NOT NULL,
            card_version BIGINT NOT NULL,
            account_masked TEXT NOT NULL,
            phase TEXT NOT NULL,
            answer TEXT,
            reason TEXT,
            provider TEXT,
            origin TEXT,
            tries BIGINT NOT NULL,
            grant_id TEXT,
            round BIGINT NOT NULL,
            asked_at_ms BIGINT NOT NULL,
            settled_at_ms BIGINT,
            version BIGINT NOT NULL,
            PRIMARY KEY (institution_id, case_id)
        );
        CREATE INDEX identity_cards_phase ON identity_cards (institution_id, phase, case_id);
    ",
};

/// Who said no, and who of two said yes.
pub const DENIALS: Migration = Migration {
    name: "identity_0005_denials",
    sql: "
        ALTER TABLE identity_cards ADD COLUMN denied_at_ms BIGINT;
        ALTER TABLE identity_cards ADD COLUMN seen_by TEXT;
        UPDATE identity_cards SET denied_at_ms = COALESCE(settled_at_ms, asked_at_ms) WHERE answer = 'no' OR phase = 'refused';
    ",
};

#[derive(FromQueryResult)]
struct Row {
    case_id: String,
    subject_id: String,
    id: String,
    card_version: i64,
    account_masked: String,
    phase: String,
    answer: Option<String>,
    reason: Option<String>,
    provider: Option<String>,
    origin: Option<String>,
    tries: i64,
    grant_id: Option<String>,
    round: i64,
    asked_at_ms: i64,
    settled_at_ms: Option<i64>,
    denied_at_ms: Option<i64>,
    seen_by: Option<String>,
    version: i64,
}

impl Row {
    fn card(self) -> Result<Card> {
        Ok(Card {
            id: CheckId::stored(self.id),
            case: self.case_id,
            subject: SubjectId::stored(self.subject_id),
            card_version: self.card_version,
            account_masked: self.account_masked,
            phase: known(Phase::parse(&self.phase))?,
            answer: maybe(self.answer, Answer::parse)?,
            reason: maybe(self.reason, Reason::parse)?,
            provider: self.provider,
            origin: maybe(self.origin, Origin::parse)?,
            tries: self.tries,
            grant: self.grant_id.map(GrantId::stored),
            round: self.round,
            asked_at_ms: self.asked_at_ms,
            settled_at_ms: self.settled_at_ms,
            denied_at_ms: self.denied_at_ms,
            seen_by: self.seen_by,
            version: self.version,
        })
    }
}

const COLUMNS: &str = "case_id, subject_id, id, card_version, account_masked, phase, answer, reason, provider, origin, tries,
    grant_id, round, asked_at_ms, settled_at_ms, denied_at_ms, seen_by, version";

pub async fn find(view: &impl Read, case: &str) -> Result<Option<Card>> {
    let sql =
        format!("SELECT {COLUMNS} FROM identity_cards WHERE institution_id = $1 AND case_id = $2");
    view.one::<Row>(&sql, values![view.institution()?, case])
        .await?
        .map(Row::card)
        .transpose()
}

/// As [`find`], locked until the transaction ends.
pub async fn lock(tx: &impl Read, case: &str) -> Result<Option<Card>> {
    let sql = format!(
        "SELECT {COLUMNS} FROM identity_cards WHERE institution_id = $1 AND case_id = $2{}",
        tx.for_update()
    );
    tx.one::<Row>(&sql, values![tx.institution()?, case])
        .await?
        .map(Row::card)
        .transpose()
}

/// Stores a card, or puts it in the place of the case's former one; someone else's change in between is a conflict.
pub async fn put(tx: &mut impl Write, card: &Card) -> Result<()> {
    let institution = tx.institution()?.clone();
    let put = tx
        .exec(
            "INSERT INTO identity_cards (institution_id, case_id, subject_id, id, card_version, account_masked, phase, answer,
                reason, provider, origin, tries, grant_id, round, asked_at_ms, settled_at_ms, denied_at_ms, seen_by, version)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $18, $19, $17 + 1)
             ON CONFLICT (institution_id, case_id) DO UPDATE SET id = $4, card_version = $5, account_masked = $6, phase = $7,
                answer = $8, reason = $9, provider = $10, origin = $11, tries = $12, grant_id = $13, round = $14,
                asked_at_ms = $15, settled_at_ms = $16, denied_at_ms = $18, seen_by = $19, version = $17 + 1
             WHERE identity_cards.version = $17",
            values![
                &institution,
                card.case.as_str(),
                &card.subject,
                &card.id,
                card.card_version,
                card.account_masked.as_str(),
                card.phase.as_str(),
                card.answer.map(Answer::as_str),
                card.reason.map(Reason::as_str),
                card.provider.as_deref(),
                card.origin.map(Origin::as_str),
                card.tries,
                card.grant.as_ref().map(GrantId::as_str),
                card.round,
                card.asked_at_ms,
                card.settled_at_ms,
                card.version,
                card.denied_at_ms,
                card.seen_by.as_deref()
            ],
        )
        .await?;
    if put == 1 {
        Ok(())
    } else {
        Err(Error::Conflict)
    }
}

/// Accounts in a phase, or in any when it is empty; newest first, after a cursor.
pub async fn list(view: &impl Read, phase: &str, after: &str, limit: i64) -> Result<Vec<Card>> {
    let sql = format!(
        "SELECT {COLUMNS} FROM identity_cards
         WHERE institution_id = $1 AND ($2 = '' OR phase = $2) AND ($3 = '' OR case_id < $3)
         ORDER BY case_id DESC LIMIT $4"
    );
    view.all::<Row>(&sql, values![view.institution()?, phase, after, limit])
        .await?
        .into_iter()
        .map(Row::card)
        .collect()
}
