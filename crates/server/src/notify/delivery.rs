//! What became of a message: handed over, delivered or not, as the gateway's receipts say.

use sea_orm::FromQueryResult;
use serde::Deserialize;

use super::Sms;
use crate::ctx::Ctx;
use crate::db::{Migration, Read, Write as _};
use crate::error::{Error, Result};
use crate::id::InstitutionId;
use crate::values;

pub const MIGRATIONS: &[Migration] = &[Migration {
    name: "notify_0002_messages",
    sql: "
        CREATE TABLE notify_messages (
            id TEXT NOT NULL,
            institution_id TEXT NOT NULL,
            case_id TEXT NOT NULL,
            template TEXT NOT NULL,
            state TEXT NOT NULL,
            begun_at_ms BIGINT NOT NULL,
            accepted_at_ms BIGINT,
            receipt_at_ms BIGINT,
            failure TEXT,
            PRIMARY KEY (institution_id, id)
        );
    ",
}];

/// How far a message has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DeliveryState {
    /// Not handed over yet.
    Sending,
    /// The gateway took it.
    Accepted,
    /// The gateway says that the phone has it.
    Delivered,
    /// The gateway says that the phone will not have it.
    Failed,
}

impl DeliveryState {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Sending => "sending",
            Self::Accepted => "accepted",
            Self::Delivered => "delivered",
            Self::Failed => "failed",
        }
    }

    fn stored(text: &str) -> Result<Self> {
        [Self::Sending, Self::Accepted, Self::Delivered, Self::Failed]
            .into_iter()
            .find(|state| state.as_str() == text)
            .ok_or_else(|| Error::internal("an unknown state of a message"))
    }
}

/// What is known of one message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Delivery {
    pub state: DeliveryState,
    /// When it was about to leave.
    pub begun_at_ms: i64,
    pub accepted_at_ms: Option<i64>,
    /// When the phone had it, or when it failed, by the gateway's clock.
    pub receipt_at_ms: Option<i64>,
    /// The gateway's own code.
    pub failure: Option<String>,
}

/// How a message ended, as a gateway says it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Ended {
    Delivered,
    Failed,
}

#[derive(FromQueryResult)]
struct Row {
    state: String,
    begun_at_ms: i64,
    accepted_at_ms: Option<i64>,
    receipt_at_ms: Option<i64>,
    failure: Option<String>,
}

/// What became of a message, if there is one with this id.
pub async fn delivery(view: &impl Read, message: &str) -> Result<Option<Delivery>> {
    let row = view
        .one::<Row>(
            "SELECT state, begun_at_ms, accepted_at_ms, receipt_at_ms, failure FROM notify_messages
             WHERE institution_id = $1 AND id = $2",
            values![view.institution()?, message],
        )
        .await?;
    row.map(|row| {
        Ok(Delivery {
            state: DeliveryState::stored(&row.state)?,
            begun_at_ms: row.begun_at_ms,
            accepted_at_ms: row.accepted_at_ms,
            receipt_at_ms: row.receipt_at_ms,
            failure: row.failure,
        })
    })
    .transpose()
}

/// Notes a message before it leaves, so that its receipt always finds it.
pub(super) async fn begin(ctx: &Ctx, institution: &InstitutionId, sms: &Sms<'_>) -> Result<()> {
    let mut tx = ctx
        .db
        .begin_unrecorded(institution, "how far a message has come is bookkeeping")
        .await?;
    tx.exec(
        "INSERT INTO notify_messages (id, institution_id, case_id, template, state, begun_at_ms)
         VALUES ($1, $2, $3, $4, 'sending', $5) ON CONFLICT (institution_id, id) DO NOTHING",
        values![
            sms.id,
            institution,
            sms.case,
            sms.template.as_str(),
            ctx.clock.now_ms()
        ],
    )
    .await?;
    tx.commit().await
}

/// The gateway took it. A receipt that was quicker stays.
pub(super) async fn accepted(ctx: &Ctx, institution: &InstitutionId, id: &str) -> Result<()> {
    let mut tx = ctx
        .db
        .begin_unrecorded(institution, "how far a message has come is bookkeeping")
        .await?;
    tx.exec(
        "UPDATE notify_messages SET accepted_at_ms = $3,
             state = CASE WHEN state = 'sending' THEN 'accepted' ELSE state END
         WHERE institution_id = $1 AND id = $2 AND accepted_at_ms IS NULL",
        values![institution, id, ctx.clock.now_ms()],
    )
    .await?;
    tx.commit().await
}

/// How far a gateway's clock may be from ours.
const SKEW_MS: i64 = 300_000;

/// Notes a receipt; days may be counted from its time, so that it lies between the sending and now. The first word stands, but a delivery after all replaces a failure.
pub(super) async fn ended(
    ctx: &Ctx,
    institution: &InstitutionId,
    id: &str,
    ended: Ended,
    at_ms: i64,
    failure: Option<&str>,
) -> Result<()> {
    let mut tx = ctx
        .db
        .begin_unrecorded(institution, "how far a message has come is bookkeeping")
        .await?;
    let known = delivery(&tx, id).await?.ok_or_else(Error::not_found)?;
    let possible = known.begun_at_ms - SKEW_MS..=ctx.clock.now_ms() + SKEW_MS;
    if !possible.contains(&at_ms) {
        return Err(Error::field(
            "at_ms",
            "out_of_range",
            "应在发送之后、现在之前（允许相差 5 分钟）。",
            "Between the sending and now, give or take five minutes.",
        ));
    }
    let news = match (known.state, ended) {
        (DeliveryState::Delivered, _) | (DeliveryState::Failed, Ended::Failed) => return Ok(()),
        (_, Ended::Delivered) => (DeliveryState::Delivered, None),
        (_, Ended::Failed) => (DeliveryState::Failed, failure),
    };
    tx.exec(
        "UPDATE notify_messages SET state = $3, receipt_at_ms = $4, failure = $5
         WHERE institution_id = $1 AND id = $2 AND state <> 'delivered'",
        values![institution, id, news.0.as_str(), at_ms, news.1],
    )
    .await?;
    tx.commit().await
}
