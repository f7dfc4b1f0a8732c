//! Keys of partner systems.

use crate::access::facts::{ApiKeyIssued, ApiKeyRevoked, ApiKeyRotated};
use crate::access::model::{ApiKey, ApiKeyId, GRACE_DAYS_MAX, KeyState, NewApiKey, Scope};
use crate::access::refusal::Refusal;
use crate::access::{store, token};
use crate::clock::DAY_MS;
use crate::ctx::Ctx;
use crate::db::{Page, Read};
use crate::error::{Error, Result};
use crate::ledger::{self, Fact, Seat, Tx};
use crate::vault::Private;

/// Issues a key; its secret is shown this once and never again.
pub async fn issue_api_key(
    ctx: &Ctx,
    seat: &Seat,
    new: &NewApiKey,
) -> Result<(ApiKey, Private<String>)> {
    new.check()?;
    ledger::retrying(|| async {
        let mut tx = ledger::begin(ctx, seat).await?;
        let expires_at_ms = new.expires_at_ms(tx.now_ms());
        let (key, secret) = issue(ctx, &mut tx, new, expires_at_ms).await?;
        ledger::commit_recorded(tx).await?;
        Ok((key, secret))
    })
    .await
}

async fn issue(
    ctx: &Ctx,
    tx: &mut Tx,
    new: &NewApiKey,
    expires_at_ms: Option<i64>,
) -> Result<(ApiKey, Private<String>)> {
    let secret = token::api_key_secret(&ctx.random);
    let key = ApiKey {
        id: ApiKeyId::fresh(ctx.clock.now_ms(), &ctx.random),
        name: new.name.clone(),
        scopes: new.scopes.clone(),
        networks: new.networks.clone(),
        issued_at_ms: tx.now_ms(),
        expires_at_ms,
        revoked_at_ms: None,
        last_used_ms: None,
        successor: None,
    };
    store::partners::insert(tx, &key, token::digest(secret.expose())).await?;
    let fact = ApiKeyIssued {
        key: key.id.as_str(),
        scopes: Scope::words(&key.scopes),
        networks: key.networks.iter().map(ToString::to_string).collect(),
        expires_at_ms,
    };
    tx.record(Fact::of(&key.id, &fact)?);
    Ok((key, secret))
}

/// Gives a live key a successor with a fresh secret; both open until the grace is over.
pub async fn rotate_api_key(
    ctx: &Ctx,
    seat: &Seat,
    id: &ApiKeyId,
    grace_days: i64,
) -> Result<(ApiKey, Private<String>)> {
    if !(0..=GRACE_DAYS_MAX).contains(&grace_days) {
        return Err(Error::field(
            "grace_days",
            "out_of_range",
            "宽限期为 0 至 30 天。",
            "The grace is 0 to 30 days.",
        ));
    }
    ledger::retrying(|| async {
        let mut tx = ledger::begin(ctx, seat).await?;
        let now_ms = tx.now_ms();
        let mut old = store::partners::lock(&tx, id)
            .await?
            .ok_or_else(Error::not_found)?;
        if old.state(now_ms) != KeyState::Live {
            return Err(Refusal::ApiKeyEnded.into());
        }
        let new = NewApiKey {
            name: old.name.clone(),
            scopes: old.scopes.clone(),
            networks: old.networks.clone(),
            days: None,
        };
        // A successor lasts as long as its predecessor was meant to last, from now on.
        let expires_at_ms = old
            .expires_at_ms
            .map(|end_ms| now_ms + (end_ms - old.issued_at_ms));
        let (key, secret) = issue(ctx, &mut tx, &new, expires_at_ms).await?;
        let grace_ms = now_ms + grace_days * DAY_MS;
        let ends_at_ms = old
            .expires_at_ms
            .map_or(grace_ms, |end_ms| end_ms.min(grace_ms));
        old.expires_at_ms = Some(ends_at_ms);
        old.successor = Some(key.id.to_string());
        store::partners::save_end(&mut tx, &old).await?;
        let fact = ApiKeyRotated {
            key: id.as_str(),
            successor: key.id.as_str(),
            expires_at_ms: ends_at_ms,
        };
        let fact = Fact::of(id, &fact)?;
        ledger::commit(tx, fact).await?;
        Ok((key, secret))
    })
    .await
}

/// Stops a key at once.
pub async fn revoke_api_key(ctx: &Ctx, seat: &Seat, id: &ApiKeyId) -> Result<()> {
    ledger::retrying(|| async {
        let mut tx = ledger::begin(ctx, seat).await?;
        let mut key = store::partners::lock(&tx, id)
            .await?
            .filter(|key| key.revoked_at_ms.is_none())
            .ok_or_else(Error::not_found)?;
        key.revoked_at_ms = Some(tx.now_ms());
        store::partners::save_end(&mut tx, &key).await?;
        let fact = Fact::of(id, &ApiKeyRevoked { key: id.as_str() })?;
        ledger::commit(tx, fact).await
    })
    .await
}

/// The keys of the view's institution, newest first.
pub async fn api_keys(view: &impl Read, after: Option<&str>, limit: i64) -> Result<Page<ApiKey>> {
    let rows = store::partners::list(view, after.unwrap_or(""), limit + 1).await?;
    Ok(Page::cut(rows, limit, |key| key.id.to_string()))
}
