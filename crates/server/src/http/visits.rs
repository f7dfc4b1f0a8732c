//! How often strangers come: requests without a login are counted by address, a minute at a time and over all nodes.

use std::net::IpAddr;

use axum::extract::FromRequestParts;
use axum::http::request::Parts;

use super::client::address;
use super::store;
use crate::ctx::Ctx;
use crate::db::Scope;
use crate::error::{Error, Kind, Refuse, Result, Text};

const MINUTE_MS: i64 = 60_000;

/// Counts that a process remembers at once; beyond it the database is asked more often.
const REMEMBERED_MAX: usize = 10_000;

/// Somebody nobody knows yet at a door: signing in, a link, a code. A handler that takes one is counted.
#[derive(Clone, Copy, Debug)]
pub struct Stranger;

/// Somebody who reads what is public. A handler that takes one is counted.
#[derive(Clone, Copy, Debug)]
pub struct Reader;

impl FromRequestParts<Ctx> for Stranger {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, ctx: &Ctx) -> Result<Self> {
        let most = ctx.config.server.strangers_per_minute_max;
        let counted = Count {
            what: b"stranger",
            most,
            share: 1,
        };
        counted.one_more(ctx, address(parts)?).await?;
        Ok(Self)
    }
}

impl FromRequestParts<Ctx> for Reader {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, ctx: &Ctx) -> Result<Self> {
        let most = ctx.config.server.readers_per_minute_max;
        let counted = Count {
            what: b"reader",
            most,
            // Whoever reads a log asks for one tile after the other: not each of them is worth a write.
            share: 50,
        };
        counted.one_more(ctx, address(parts)?).await?;
        Ok(Self)
    }
}

#[derive(Debug)]
struct TooManyVisits {
    again_ms: i64,
}

impl Refuse for TooManyVisits {
    fn code(&self) -> &'static str {
        "too_many_visits"
    }
    fn kind(&self) -> Kind {
        Kind::TooMany
    }
    fn text(&self) -> Text {
        Text::new(
            "来自这个网络地址的请求过于频繁，请稍后再试。",
            "Too many requests come from this network address; please try again a little later.",
        )
    }
    fn retry_after_ms(&self) -> Option<i64> {
        Some(self.again_ms)
    }
}

/// One kind of visits.
struct Count {
    what: &'static [u8],
    /// From one address within a minute.
    most: i64,
    /// How many a process takes from the database at a time.
    share: i64,
}

/// What a process remembers of an address in this minute.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Known {
    Nothing,
    /// Its share had room for this one.
    Within,
    /// No more before the minute's end.
    Full,
}

/// What is left of a share when there is nothing more to be had.
const NO_MORE: i64 = -1;

impl Count {
    async fn one_more(&self, ctx: &Ctx, address: IpAddr) -> Result<()> {
        let now_ms = ctx.clock.now_ms();
        let minute_ms = now_ms - now_ms.rem_euclid(MINUTE_MS);
        let digest = self.digest(address);
        let again_ms = minute_ms + MINUTE_MS - now_ms;
        match take(ctx, &digest, minute_ms) {
            Known::Within => return Ok(()),
            Known::Full => return Err(TooManyVisits { again_ms }.into()),
            Known::Nothing => {}
        }
        let mut tx = ctx
            .db
            .begin_unrecorded(Scope::Unscoped, "visits are a counter")
            .await?;
        let taken = store::count(&mut tx, &digest, minute_ms, self.share).await?;
        if taken == self.share {
            store::sweep(&mut tx, minute_ms - MINUTE_MS).await?;
        }
        tx.commit().await?;
        let granted = self.granted(taken);
        remember(ctx, digest, minute_ms, granted - 1);
        if granted > 0 {
            Ok(())
        } else {
            Err(TooManyVisits { again_ms }.into())
        }
    }

    /// How many of the newest share lie within the limit, when `taken` were taken by all nodes together.
    fn granted(&self, taken: i64) -> i64 {
        (self.most - (taken - self.share)).clamp(0, self.share)
    }

    /// Under which an address is counted. A home has a whole /64 of IPv6.
    fn digest(&self, address: IpAddr) -> [u8; 32] {
        let network = match address {
            IpAddr::V4(address) => address.octets().to_vec(),
            IpAddr::V6(address) => address.octets()[..8].to_vec(),
        };
        proof::digest::sha256(&[self.what, &network].concat())
    }
}

/// Takes one visit out of the remembered share.
fn take(ctx: &Ctx, digest: &[u8; 32], minute_ms: i64) -> Known {
    let mut shares = ctx
        .visits
        .lock()
        .unwrap_or_else(std::sync::PoisonError::into_inner);
    match shares.get_mut(digest) {
        Some((minute, left)) if *minute == minute_ms => match *left {
            NO_MORE => Known::Full,
            0 => Known::Nothing,
            _ => {
                *left -= 1;
                Known::Within
            }
        },
        _ => Known::Nothing,
    }
}

fn remember(ctx: &Ctx, digest: [u8; 32], minute_ms: i64, left: i64) {
    let mut shares = ctx
        .visits
        .lock()
        .unwrap_or_else(std::sync::PoisonError::into_inner);
    if shares.len() >= REMEMBERED_MAX {
        shares.clear();
    }
    shares.insert(digest, (minute_ms, left));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_share_ends_where_the_limit_does() {
        let count = |most, share| Count {
            what: b"x",
            most,
            share,
        };
        let cases = [
            ((120, 1), 1, 1),
            ((120, 1), 120, 1),
            ((120, 1), 121, 0),
            ((120, 50), 50, 50),
            ((120, 50), 100, 50),
            ((120, 50), 150, 20),
            ((120, 50), 200, 0),
            ((1, 50), 50, 1),
        ];
        for ((most, share), taken, expected) in cases {
            let granted = count(most, share).granted(taken);
            assert_eq!(granted, expected, "{most} {share} {taken}");
        }
    }

    #[test]
    fn a_home_is_one_network_and_kinds_of_visits_are_counted_apart() {
        let strangers = Count {
            what: b"stranger",
            most: 1,
            share: 1,
        };
        let readers = Count {
            what: b"reader",
            ..strangers
        };
        let at = |text: &str| text.parse::<IpAddr>().expect("an address");
        let digest = |text: &str| strangers.digest(at(text));
        assert_eq!(digest("2001:db8:1:2::1"), digest("2001:db8:1:2:ffff::9"));
        assert_ne!(digest("2001:db8:1:2::1"), digest("2001:db8:1:3::1"));
        assert_ne!(digest("203.0.113.1"), digest("203.0.113.2"));
        assert_ne!(digest("203.0.113.1"), readers.digest(at("203.0.113.1")));
    }
}
