//! One item opened, checked and recorded, beside what the disk alone takes; one subject looked up among a million.
//!
//! Each name goes on with the database, `sqlite` or `postgres`.
//! `vault.open_p99_ms`: a whole transaction, from lock and grant to the commit of the fact.
//! `vault.fdatasync_p99_ms`: 4 KiB written and synced, in turns with the openings, so that both meet the same disk.
//! `vault.open_over_sync_ms`: how much of the opening the disk alone doesn't explain, both at p99.
//! `vault.lookup_p99_ms`: by phone through the blind index, in a view of its own.

use std::fs::File;
use std::io::Write as _;
use std::time::Instant;

use xiaobao::clock::Clock;
use xiaobao::db::{Engine, Scope, Write as _};
use xiaobao::ledger;
use xiaobao::values;
use xiaobao::vault::{self, ItemKind, Purpose, SubjectId};

use crate::house::{House, bench_folder};
use crate::{Outcome, figure, quantile};

/// People with journeys, who are opened and looked up in turn.
const PEOPLE: usize = 200;
/// Rows of one statement while the house fills.
const ROWS: i64 = 50_000;

pub async fn run(turns: usize, subjects: i64) -> Outcome {
    House::during(Clock::System, async |house| {
        house.journeys(PEOPLE).await?;
        ledger::advance(&house.ctx).await?;
        open(house, turns).await?;
        fill(house, subjects).await?;
        look_up(house, turns).await
    })
    .await
}

fn tell(house: &House, name: &str, value: f64) {
    let engine = match house.ctx.db.engine() {
        Engine::Sqlite => "sqlite",
        Engine::Postgres => "postgres",
    };
    figure(&format!("vault.{name}.{engine}"), value);
}

fn phone(number: usize) -> String {
    format!("100{:08}", number % PEOPLE)
}

async fn subject(house: &House, number: usize) -> Outcome<SubjectId> {
    let view = house.ctx.db.read(&house.institution).await?;
    let found = vault::search(&house.ctx, &view, ItemKind::Phone, &phone(number)).await?;
    Ok(found.into_iter().next().ok_or("a person of the bench")?)
}

async fn open(house: &House, turns: usize) -> Outcome {
    let mut people = Vec::with_capacity(PEOPLE);
    for number in 0..PEOPLE {
        people.push(subject(house, number).await?);
    }
    let path = bench_folder()?.join(format!("fdatasync-{}", std::process::id()));
    let mut file = File::create(&path)?;
    let (mut opened, mut synced) = (Vec::new(), Vec::new());
    for turn in 0..turns {
        let started = Instant::now();
        file.write_all(&[7; 4_096])?;
        file.sync_data()?;
        synced.push(started.elapsed().as_secs_f64() * 1e3);
        let started = Instant::now();
        let mut tx = ledger::begin(&house.ctx, &house.seat()).await?;
        let id = &people[turn % PEOPLE];
        let (item, purpose) = (ItemKind::Phone, Purpose::SendCode);
        vault::open(&mut tx, id, "measured", item, purpose).await?;
        ledger::commit_recorded(tx).await?;
        opened.push(started.elapsed().as_secs_f64() * 1e3);
    }
    std::fs::remove_file(path)?;
    let (open, sync) = (quantile(&mut opened, 0.99), quantile(&mut synced, 0.99));
    tell(house, "open_p50_ms", quantile(&mut opened, 0.5));
    tell(house, "open_p99_ms", open);
    tell(house, "fdatasync_p99_ms", sync);
    tell(house, "open_over_sync_ms", open - sync);
    Ok(())
}

/// Fills the tables with subjects that nobody ever enrolled: only their number matters to an index.
async fn fill(house: &House, subjects: i64) -> Outcome {
    let (numbers, id, blind) = match house.ctx.db.engine() {
        Engine::Sqlite => (
            "(WITH RECURSIVE counted(i) AS (SELECT $2 UNION ALL SELECT i + 1 FROM counted WHERE i + 1 < $3) SELECT i FROM counted)",
            "'sub_' || printf('%026d', i)",
            "randomblob(32)",
        ),
        Engine::Postgres => (
            "generate_series($2::bigint, $3::bigint - 1) AS series(i)",
            "'sub_' || lpad(i::text, 26, '0')",
            "decode(md5(i::text) || md5((-i)::text), 'hex')",
        ),
    };
    let keys = format!(
        "INSERT INTO vault_subjects (institution_id, id, epoch, wrapped_key, created_at_ms)
         SELECT $1, {id}, 1, {blind}, 0 FROM {numbers}"
    );
    let items = format!(
        "INSERT INTO vault_items
           (institution_id, subject_id, item, version, sealed, blind, class, purpose, source, retention, updated_at_ms)
         SELECT $1, {id}, 'phone', 1, {blind}, {blind}, 'C2', 'loan', 'bench', 'relation_end', 0 FROM {numbers}"
    );
    let mut from = 0;
    while from < subjects {
        let to = (from + ROWS).min(subjects);
        let mut tx = house
            .ctx
            .db
            .begin_unrecorded(Scope::from(&house.institution), "the bench prepares itself")
            .await?;
        for sql in [&keys, &items] {
            tx.exec(sql, values![&house.institution, from, to]).await?;
        }
        tx.commit().await?;
        from = to;
    }
    Ok(())
}

async fn look_up(house: &House, turns: usize) -> Outcome {
    let mut waits = Vec::with_capacity(turns);
    for turn in 0..turns {
        let started = Instant::now();
        subject(house, turn).await?;
        waits.push(started.elapsed().as_secs_f64() * 1e3);
    }
    tell(house, "lookup_p50_ms", quantile(&mut waits, 0.5));
    tell(house, "lookup_p99_ms", quantile(&mut waits, 0.99));
    Ok(())
}
