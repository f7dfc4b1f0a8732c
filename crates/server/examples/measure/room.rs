//! The smallest room there can be: loans whose stage changes. Its one action is built as every room's: lock the row,
//! change it under its version, enqueue a job, swear to a fact, all in one transaction.

use sea_orm::FromQueryResult;
use serde::{Deserialize, Serialize};
use xiaobao::app::schema;
use xiaobao::ctx::Ctx;
use xiaobao::db::{self, Db, Migration, Read as _, Schema, Scope, Write as _};
use xiaobao::error::{Error, Result};
use xiaobao::id::InstitutionId;
use xiaobao::jobs::Job;
use xiaobao::ledger::{self, Fact, Seat, Sworn};
use xiaobao::values;

const MIGRATIONS: &[Migration] = &[Migration {
    name: "bench_0001_loans",
    sql: "
        CREATE TABLE bench_loans (
            institution_id TEXT NOT NULL,
            id TEXT NOT NULL,
            stage BIGINT NOT NULL,
            updated_at_ms BIGINT NOT NULL,
            version BIGINT NOT NULL,
            PRIMARY KEY (institution_id, id)
        );
    ",
}];

/// Makes the table and its loans; gives their ids.
pub async fn furnish(
    ctx: &Ctx,
    owner: &Db,
    institution: &InstitutionId,
    count: usize,
) -> Result<Vec<String>> {
    let schema = Schema {
        migrations: MIGRATIONS.to_vec(),
        ..schema()
    };
    db::migrate(owner, &ctx.db, &schema).await?;
    let ids: Vec<String> = (0..count)
        .map(|number| format!("loan_{number:026}"))
        .collect();
    let mut tx = ctx
        .db
        .begin_unrecorded(Scope::from(institution), "the bench prepares itself")
        .await?;
    for id in &ids {
        tx.exec(
            "INSERT INTO bench_loans (institution_id, id, stage, updated_at_ms, version) VALUES ($1, $2, 0, 0, 1)",
            values![institution, id.as_str()],
        )
        .await?;
    }
    tx.commit().await?;
    Ok(ids)
}

/// What the job would work on.
#[derive(Serialize, Deserialize)]
struct Follow {
    loan: String,
}

impl Job for Follow {
    const KIND: &'static str = "bench.follow";

    async fn run(self, _: Ctx, _: InstitutionId) -> Result<()> {
        Ok(())
    }
}

#[derive(FromQueryResult)]
struct Loan {
    stage: i64,
    version: i64,
}

/// About as large as the peers' records: 256 bytes.
#[derive(Serialize)]
struct Moved<'a> {
    stage: i64,
    document: &'a str,
}

impl Sworn for Moved<'_> {
    const KIND: &'static str = "bench.moved.v1";
}

/// Moves a loan to its next stage.
pub async fn advance(ctx: &Ctx, seat: &Seat, id: &str) -> Result<()> {
    let mut tx = ledger::begin(ctx, seat).await?;
    let sql = format!(
        "SELECT stage, version FROM bench_loans WHERE institution_id = $1 AND id = $2{}",
        tx.for_update()
    );
    let loan: Loan = tx
        .one(&sql, values![tx.institution()?, id])
        .await?
        .ok_or_else(Error::not_found)?;
    let stage = loan.stage + 1;
    let values = values![tx.institution()?, id, loan.version, stage, tx.now_ms()];
    let saved = tx
        .exec(
            "UPDATE bench_loans SET stage = $4, updated_at_ms = $5, version = version + 1
             WHERE institution_id = $1 AND id = $2 AND version = $3",
            values,
        )
        .await?;
    if saved != 1 {
        return Err(Error::Conflict);
    }
    tx.enqueue(&Follow {
        loan: id.to_owned(),
    })
    .await?;
    ledger::commit(tx, fact(id, stage)?).await
}

/// So many facts of one loan, all in one transaction.
pub async fn recount(ctx: &Ctx, seat: &Seat, id: &str, facts: i64) -> Result<()> {
    let mut tx = ledger::begin(ctx, seat).await?;
    for stage in 0..facts {
        tx.record(fact(id, stage)?);
    }
    ledger::commit_recorded(tx).await
}

fn fact(id: &str, stage: i64) -> Result<Fact> {
    // A digest's 64 characters, twice: of terms and of a sheet.
    const DOCUMENT: &str = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a089f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08";
    Fact::of(
        id,
        &Moved {
            stage,
            document: DOCUMENT,
        },
    )
}
