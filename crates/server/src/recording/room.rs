//! Room on the disk: those that run come before one more.

use super::store;
use crate::ctx::Ctx;
use crate::db::Scope;
use crate::disk::{self, MIB};
use crate::error::Result;
use crate::ledger;

/// Whether one more recording has room to come to its end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Room {
    Enough,
    Low,
    /// Nothing will be recorded: a colleague is called.
    Unneeded,
}

/// Looks at the disk as it is now: beside what the house itself needs there must be room for every recording that runs, of
/// all institutions, and for one more.
pub async fn room(ctx: &Ctx) -> Result<Room> {
    let unscoped = ctx.db.read(Scope::Unscoped).await?;
    let institutions = ledger::institutions(&unscoped).await?;
    drop(unscoped);
    let mut running = 0;
    for institution in &institutions {
        running += store::running(&ctx.db.read(institution).await?).await?;
    }
    let config = &ctx.config;
    let needed = needed(
        running,
        config.recording.reserve_mib,
        config.data.free_mib_min,
    );
    let tight = disk::crowded(config)?.is_some();
    match tight || disk::free(&disk::blobs(config))? < needed {
        true => Ok(Room::Low),
        false => Ok(Room::Enough),
    }
}

/// Bytes that must be free for one more recording beside so many.
fn needed(running: i64, each_mib: u64, house_mib: u64) -> u64 {
    let recordings = u64::try_from(running).unwrap_or(0).saturating_add(1);
    let mib = recordings.saturating_mul(each_mib);
    mib.saturating_add(house_mib).saturating_mul(MIB)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_recording_that_runs_has_its_room_before_one_more() {
        for (running, each, house, mib) in [
            (0, 64, 512, 576),
            (9, 64, 512, 1_152),
            (2_000, 64, 512, 128_576),
            (0, 0, 0, 0),
            (-1, 64, 0, 64),
        ] {
            assert_eq!(needed(running, each, house), mib * MIB);
        }
        assert_eq!(needed(i64::MAX, u64::MAX, 1), u64::MAX);
    }
}
