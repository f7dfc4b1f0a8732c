//! Recordings are looked at while they go on, one short look after another.

use super::actions;
use crate::ctx::Ctx;
use crate::error::Result;
use crate::recording;

/// Looks at what comes of recordings until `stop` resolves. A look that fails is left out: the node's end looks at everything.
pub async fn watch(ctx: Ctx, stop: impl Future<Output = ()>) {
    tokio::pin!(stop);
    loop {
        let due = tokio::select! {
            () = &mut stop => return,
            due = recording::next_due(&ctx) => due,
        };
        if let Err(cause) = actions::glance(&ctx, &due).await {
            tracing::warn!(%cause, "a look at a recording failed");
        }
    }
}

/// Looks at everything that came until now; gives how many things were told.
pub async fn look_around(ctx: &Ctx) -> Result<usize> {
    let mut told = 0;
    while let Some(due) = recording::due(ctx) {
        told += actions::glance(ctx, &due).await?;
    }
    Ok(told)
}
