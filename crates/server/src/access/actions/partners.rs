//! Keys of partner systems.

use crate::access::facts::{ApiKeyIssued, ApiKeyRevoked};
use crate::access::model::ApiKeyId;
use crate::access::{store, token};
use crate::ctx::Ctx;
use crate::error::{Error, Result};
use crate::ledger::{self, Fact, Seat};
use crate::vault::Private;

/// Issues a key; its secret is shown this once and never again.
pub async fn issue_api_key(
    ctx: &Ctx,
    seat: &Seat,
    name: &str,
) -> Result<(ApiKeyId, Private<String>)> {
    if name.trim().is_empty() || name.chars().count() > 100 {
        return Err(Error::field(
            "name",
            "text_length",
            "必填，且不超过 100 个字符。",
            "Required, at most 100 characters.",
        ));
    }
    ledger::retrying(|| async {
        let mut tx = ledger::begin(ctx, seat).await?;
        let (id, secret, now_ms) = (
            ApiKeyId::fresh(ctx.clock.now_ms(), &ctx.random),
            token::api_key_secret(&ctx.random),
            tx.now_ms(),
        );
        store::partners::insert(&mut tx, &id, token::digest(secret.expose()), name, now_ms).await?;
        let fact = Fact::of(&id, &ApiKeyIssued { key: id.as_str() })?;
        ledger::commit(tx, fact).await?;
        Ok((id, secret))
    })
    .await
}

/// Stops a key at once.
pub async fn revoke_api_key(ctx: &Ctx, seat: &Seat, id: &ApiKeyId) -> Result<()> {
    ledger::retrying(|| async {
        let mut tx = ledger::begin(ctx, seat).await?;
        let now_ms = tx.now_ms();
        if !store::partners::revoke(&mut tx, id, now_ms).await? {
            return Err(Error::not_found());
        }
        let fact = Fact::of(id, &ApiKeyRevoked { key: id.as_str() })?;
        ledger::commit(tx, fact).await
    })
    .await
}
