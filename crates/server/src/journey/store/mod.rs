//! Journeys.

mod break_glass;
mod changes;
mod drawdowns;
mod forget;
mod holds;
mod loans;
mod overview;
mod parties;
mod reminders;

pub use break_glass::{
    agreed_break_glass, asked_break_glasses, break_glass, break_glasses, insert_break_glass,
    lock_break_glass, save_break_glass,
};
pub use changes::{Change, change, changes_of, insert_change, save_change};
pub use drawdowns::{Chosen, chosen, drawdowns_of, drawn, put_chosen};
pub use forget::{cursor, forget, is_forgotten, move_on, of_subject, unforgotten};
pub use holds::{
    holds, insert_hold, lock_hold, save_hold, standing, standing_of, stopped_at, stopping,
};
pub use loans::{Drawable, forgotten_among, loans, many, opened};
pub use overview::{Counted, asked_glasses, by_day, holds_standing, on_their_way};
pub use parties::{lock_beneath, parties_of, resting_on};
pub use reminders::{put_reminders, reminders};
use sea_orm::FromQueryResult;

use super::JourneyId;
use super::kind::Kind;
use super::model::{Came, Journey, Represented, State};
use crate::db::{Migration, Read, Write};
use crate::disclosure::Audience;
use crate::error::{Error, Result};
use crate::product::{Channel, ProductId};
use crate::values;
use crate::vault::{BusinessKind, SubjectId};

pub const MIGRATIONS: &[Migration] = &[
    JOURNEYS,
    drawdowns::TABLES,
    BUSINESSES,
    parties::COLUMN,
    forget::TABLE,
    drawdowns::MARKS,
    drawdowns::ACCOUNTS,
    holds::TABLE,
    break_glass::TABLE,
    break_glass::REFUSED,
    reminders::TABLE,
    changes::TABLE,
    overview::INDEXES,
    changes::COMPARED,
    holds::ABOUT,
    CAME,
];

const CAME: Migration = Migration {
    name: "journey_0016_came",
    sql: "
        ALTER TABLE journey_journeys ADD COLUMN channel TEXT;
        ALTER TABLE journey_journeys ADD COLUMN risk_flagged BIGINT NOT NULL DEFAULT 0;
    ",
};

const BUSINESSES: Migration = Migration {
    name: "journey_0003_businesses",
    sql: "
        ALTER TABLE journey_journeys ADD COLUMN business_id TEXT;
        ALTER TABLE journey_journeys ADD COLUMN business_kind TEXT;
        ALTER TABLE journey_journeys ADD COLUMN business_masked TEXT;
    ",
};

const JOURNEYS: Migration = Migration {
    name: "journey_0001_journeys",
    sql: "
        CREATE TABLE journey_journeys (
            institution_id TEXT NOT NULL,
            id TEXT NOT NULL,
            reference TEXT NOT NULL,
            product_id TEXT NOT NULL,
            product_code TEXT NOT NULL,
            product_version BIGINT NOT NULL,
            subject_id TEXT NOT NULL,
            borrower_masked TEXT NOT NULL,
            phone_masked TEXT NOT NULL,
            audience TEXT NOT NULL,
            state TEXT NOT NULL,
            principal BIGINT,
            periods BIGINT,
            composite_ppm BIGINT,
            terms_digest TEXT,
            person_asked_at_ms BIGINT,
            idempotency_key TEXT NOT NULL,
            request_digest TEXT NOT NULL,
            created_at_ms BIGINT NOT NULL,
            updated_at_ms BIGINT NOT NULL,
            expires_at_ms BIGINT NOT NULL,
            version BIGINT NOT NULL,
            PRIMARY KEY (institution_id, id),
            UNIQUE (institution_id, idempotency_key)
        );
        CREATE INDEX journey_journeys_reference ON journey_journeys (institution_id, reference);
        CREATE INDEX journey_journeys_subject ON journey_journeys (institution_id, subject_id);
    ",
};

#[derive(FromQueryResult)]
struct Row {
    id: String,
    kind: String,
    line_id: Option<String>,
    main_id: Option<String>,
    reference: String,
    product_id: String,
    product_code: String,
    product_version: i64,
    subject_id: String,
    borrower_masked: String,
    phone_masked: String,
    business_id: Option<String>,
    business_kind: Option<String>,
    business_masked: Option<String>,
    channel: Option<String>,
    risk_flagged: i64,
    audience: String,
    state: String,
    principal: Option<i64>,
    periods: Option<i64>,
    composite_ppm: Option<i64>,
    terms_digest: Option<String>,
    person_asked_at_ms: Option<i64>,
    created_at_ms: i64,
    updated_at_ms: i64,
    expires_at_ms: i64,
    disbursed_at_ms: Option<i64>,
    version: i64,
}

impl Row {
    fn journey(self) -> Result<Journey> {
        let business = match (self.business_id, self.business_kind, self.business_masked) {
            (Some(id), Some(kind), Some(name_masked)) => Some(Represented {
                id: SubjectId::stored(id),
                kind: BusinessKind::parse(&kind)
                    .ok_or_else(|| Error::internal("unknown kind of business"))?,
                name_masked,
            }),
            _ => None,
        };
        let channel =
            |text: &str| Channel::parse(text).ok_or_else(|| Error::internal("unknown channel"));
        let channel = self.channel.as_deref().map(channel).transpose()?;
        Ok(Journey {
            business,
            came: Came {
                channel,
                risk_flagged: self.risk_flagged != 0,
            },
            id: JourneyId::stored(self.id),
            kind: Kind::parse(&self.kind).ok_or_else(|| Error::internal("unknown journey kind"))?,
            line: self.line_id.map(JourneyId::stored),
            main: self.main_id.map(JourneyId::stored),
            reference: self.reference,
            product: ProductId::stored(self.product_id),
            product_code: self.product_code,
            product_version: self.product_version,
            subject: SubjectId::stored(self.subject_id),
            borrower_masked: self.borrower_masked,
            phone_masked: self.phone_masked,
            audience: Audience::parse(&self.audience)
                .ok_or_else(|| Error::internal("unknown audience"))?,
            state: State::parse(&self.state)
                .ok_or_else(|| Error::internal("unknown journey state"))?,
            principal: self.principal,
            periods: self.periods,
            composite_ppm: self.composite_ppm,
            terms_digest: self.terms_digest,
            person_asked_at_ms: self.person_asked_at_ms,
            created_at_ms: self.created_at_ms,
            updated_at_ms: self.updated_at_ms,
            expires_at_ms: self.expires_at_ms,
            disbursed_at_ms: self.disbursed_at_ms,
            version: self.version,
        })
    }
}

const COLUMNS: &str = "id, kind, line_id, main_id, reference, product_id, product_code, product_version, subject_id, borrower_masked, phone_masked,
    business_id, business_kind, business_masked, channel, risk_flagged, audience, state, principal, periods, composite_ppm, terms_digest, person_asked_at_ms, created_at_ms, updated_at_ms,
    expires_at_ms, disbursed_at_ms, version";

pub async fn find(view: &impl Read, id: &JourneyId) -> Result<Journey> {
    let sql =
        format!("SELECT {COLUMNS} FROM journey_journeys WHERE institution_id = $1 AND id = $2");
    view.one::<Row>(&sql, values![view.institution()?, id])
        .await?
        .ok_or_else(Error::not_found)?
        .journey()
}

/// A journey, locked until the transaction ends.
pub async fn lock(tx: &impl Read, id: &JourneyId) -> Result<Journey> {
    let sql = format!(
        "SELECT {COLUMNS} FROM journey_journeys WHERE institution_id = $1 AND id = $2{}",
        tx.for_update()
    );
    tx.one::<Row>(&sql, values![tx.institution()?, id])
        .await?
        .ok_or_else(Error::not_found)?
        .journey()
}

#[derive(FromQueryResult)]
pub struct Keyed {
    pub id: String,
    pub request_digest: String,
}

pub async fn by_key(view: &impl Read, key: &str) -> Result<Option<Keyed>> {
    view.one(
        "SELECT id, request_digest FROM journey_journeys WHERE institution_id = $1 AND idempotency_key = $2",
        values![view.institution()?, key],
    )
    .await
}

pub async fn insert(
    tx: &mut impl Write,
    journey: &Journey,
    key: &str,
    request_digest: &str,
) -> Result<()> {
    let institution = tx.institution()?.clone();
    let business = journey.business.as_ref();
    let inserted = tx
        .exec_unique(
            "INSERT INTO journey_journeys (institution_id, id, reference, product_id, product_code, product_version, subject_id,
                borrower_masked, phone_masked, audience, state, idempotency_key, request_digest, created_at_ms,
                updated_at_ms, expires_at_ms, kind, line_id, business_id, business_kind, business_masked, main_id, channel, risk_flagged, version)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $14, $15, $16, $17, $18, $19, $20, $21, $22, $23, 1)",
            values![
                &institution,
                &journey.id,
                journey.reference.as_str(),
                &journey.product,
                journey.product_code.as_str(),
                journey.product_version,
                &journey.subject,
                journey.borrower_masked.as_str(),
                journey.phone_masked.as_str(),
                journey.audience.as_str(),
                journey.state.as_str(),
                key,
                request_digest,
                journey.created_at_ms,
                journey.expires_at_ms,
                journey.kind.as_str(),
                journey.line.as_ref().map(JourneyId::to_string),
                business.map(|one| one.id.to_string()),
                business.map(|one| one.kind.as_str()),
                business.map(|one| one.name_masked.as_str()),
                journey.main.as_ref().map(JourneyId::to_string),
                journey.came.channel.map(Channel::as_str),
                i64::from(journey.came.risk_flagged)
            ],
        )
        .await?;
    // Two requests with one key at once: the loser looks again and finds the winner's journey.
    if inserted.is_some() {
        Ok(())
    } else {
        Err(Error::Conflict)
    }
}

/// Stores what may change; someone else's change in between is a conflict.
pub async fn save(tx: &mut impl Write, journey: &Journey) -> Result<()> {
    let institution = tx.institution()?.clone();
    let saved = tx
        .exec(
            "UPDATE journey_journeys SET state = $4, principal = $5, periods = $6, composite_ppm = $7, terms_digest = $8,
                person_asked_at_ms = $9, updated_at_ms = $10, disbursed_at_ms = $11, version = version + 1
             WHERE institution_id = $1 AND id = $2 AND version = $3",
            values![
                &institution,
                &journey.id,
                journey.version,
                journey.state.as_str(),
                journey.principal,
                journey.periods,
                journey.composite_ppm,
                journey.terms_digest.clone(),
                journey.person_asked_at_ms,
                journey.updated_at_ms,
                journey.disbursed_at_ms
            ],
        )
        .await?;
    if saved == 1 {
        Ok(())
    } else {
        Err(Error::Conflict)
    }
}

/// What a list asks for; empty strings ask for everything.
#[derive(Clone, Debug, Default)]
pub struct Filter {
    pub id: String,
    pub reference: String,
    /// Any of these people or businesses; empty means anyone.
    pub subjects: Vec<SubjectId>,
    pub state: String,
    pub product: String,
}

/// The state as people see it: money that moved comes first, and an expiry that no job has recorded yet counts already.
const STATE_NOW: &str = "CASE WHEN disbursed_at_ms IS NOT NULL THEN 'disbursed' WHEN state IN ('open', 'waiting_price') AND expires_at_ms <= $8 THEN 'expired' ELSE state END";

/// Journeys newest first, after a cursor.
pub async fn list(
    view: &impl Read,
    filter: &Filter,
    now_ms: i64,
    after: &str,
    limit: i64,
) -> Result<Vec<Journey>> {
    let mut values = values![
        view.institution()?,
        filter.state.as_str(),
        filter.product.as_str(),
        after,
        limit,
        filter.id.as_str(),
        filter.reference.as_str(),
        now_ms
    ];
    let searching =
        !filter.id.is_empty() || !filter.reference.is_empty() || !filter.subjects.is_empty();
    let places: Vec<String> = filter
        .subjects
        .iter()
        .map(|subject| {
            values.push(subject.into());
            format!("${}", values.len())
        })
        .collect();
    let subjects = if places.is_empty() {
        String::new()
    } else {
        let places = places.join(",");
        format!(" OR subject_id IN ({places}) OR business_id IN ({places})")
    };
    let search = if searching {
        format!("(id = $6 OR reference = $7{subjects})")
    } else {
        "($6 = '' AND $7 = '')".to_owned()
    };
    let sql = format!(
        "SELECT {COLUMNS} FROM journey_journeys
         WHERE institution_id = $1 AND ($2 = '' OR {STATE_NOW} = $2) AND ($3 = '' OR product_code = $3) AND ($4 = '' OR id < $4)
           AND {search}
         ORDER BY id DESC LIMIT $5"
    );
    view.all::<Row>(&sql, values)
        .await?
        .into_iter()
        .map(Row::journey)
        .collect()
}
