//! A lender's ask under an idempotency key: the same again is answered with what came of the first.

use crate::clock::DAY_MS;
use crate::consent::refusal::Refused;
use crate::consent::store::asks as store;
use crate::ctx::Ctx;
use crate::error::{Error, Result};
use crate::id::InstitutionId;
use crate::keys;
use crate::ledger::Tx;

/// Days for which an ask is remembered: longer than any system tries again.
const KEPT_DAYS: i64 = 7;

/// What a lender asks for, by keyed digests of its key and of what it says.
#[derive(Debug)]
pub struct Ask {
    key: String,
    content: String,
}

impl Ask {
    /// `path` and `body` are the call's; whatever a lender puts into its key, what is stored tells nothing of it.
    pub fn of(
        ctx: &Ctx,
        institution: &InstitutionId,
        (path, key): (&str, &str),
        body: &[u8],
    ) -> Result<Self> {
        let secret = ctx.keys.get_or_create("idempotency", &ctx.random)?;
        let mac = |what: &[u8], text: &[u8]| {
            let parts: [&[u8]; 4] = [path.as_bytes(), institution.as_str().as_bytes(), what, text];
            proof::hex::encode(&keys::mac(&secret, &parts))
        };
        Ok(Self {
            key: mac(b"key", key.as_bytes()),
            content: mac(b"body", body),
        })
    }

    /// The id of what came of the same ask before; another ask under the same key is refused.
    pub async fn answered(&self, tx: &Tx) -> Result<Option<String>> {
        let Some(known) = store::find(tx, &self.key).await? else {
            return Ok(None);
        };
        if known.content == self.content {
            Ok(Some(known.answer_id))
        } else {
            Err(Refused::KeyReused.into())
        }
    }

    /// Notes what came of it. The same ask twice at once: the loser looks again and finds the winner's.
    pub async fn note(&self, tx: &mut Tx, answer: &str) -> Result<()> {
        let now_ms = tx.now_ms();
        store::sweep(tx, now_ms - KEPT_DAYS * DAY_MS).await?;
        let row = store::Row {
            content: self.content.clone(),
            answer_id: answer.to_owned(),
        };
        if store::insert(tx, &self.key, row, now_ms).await? {
            Ok(())
        } else {
            Err(Error::Conflict)
        }
    }
}
