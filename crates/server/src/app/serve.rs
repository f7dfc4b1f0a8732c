//! One process: API, pages, sequencer and worker, with an orderly end.

use std::fs::{File, TryLockError};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use tokio::net::TcpListener;
use tokio::sync::Notify;

use super::{handlers, router};
use crate::clock;
use crate::ctx::Ctx;
use crate::error::{Refuse, Result, Text};
use crate::{jobs, ledger};

/// Claims the data folder for this process; local files and the embedded database serve one process at a time.
/// The claim ends with the process, however it ends.
pub fn claim(folder: &Path) -> Result<File> {
    std::fs::create_dir_all(folder)?;
    let lock = File::create(folder.join("serve.lock"))?;
    match lock.try_lock() {
        Ok(()) => Ok(lock),
        Err(TryLockError::WouldBlock) => Err(InUse.into()),
        Err(TryLockError::Error(cause)) => Err(cause.into()),
    }
}

#[derive(Debug)]
struct InUse;

impl Refuse for InUse {
    fn code(&self) -> &'static str {
        "data_folder_in_use"
    }
    fn text(&self) -> Text {
        Text::new(
            "另一个进程正在使用这个数据目录。",
            "Another process is using this data folder.",
        )
    }
}

/// How long requests and jobs in hand may take after the signal to stop.
const DRAIN: Duration = Duration::from_secs(20);

/// Serves until the process is told to stop; then drains requests, jobs and the sequencer, in that order.
pub async fn serve(ctx: Ctx, listener: TcpListener) -> Result<()> {
    let stop_requests = Arc::new(Notify::new());
    let stop_workers = Arc::new(Notify::new());
    let signal = stop_requests.clone();
    tokio::spawn(async move {
        told_to_stop().await;
        tracing::info!("stopping: finishing what is in hand");
        signal.notify_waiters();
    });

    let stop = stop_workers.clone();
    let worker = tokio::spawn(jobs::run(ctx.clone(), handlers(), async move {
        stop.notified().await
    }));
    let stop = stop_workers.clone();
    let sequencer = tokio::spawn(ledger::run(
        ctx.clone(),
        async move { stop.notified().await },
    ));

    let app = router(&ctx);
    let drained = stop_requests.clone();
    let serving =
        axum::serve(listener, app).with_graceful_shutdown(async move { drained.notified().await });
    tokio::select! {
        outcome = serving => outcome?,
        () = async { stop_requests.notified().await; clock::pause(DRAIN).await } => tracing::warn!("some requests were cut off"),
    }
    stop_workers.notify_waiters();
    let ended = async {
        worker.await?;
        sequencer.await
    };
    tokio::select! {
        outcome = ended => outcome?,
        () = clock::pause(DRAIN) => tracing::warn!("some jobs were cut off; they will run again"),
    }
    Ok(())
}

async fn told_to_stop() {
    let interrupt = tokio::signal::ctrl_c();
    match tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate()) {
        Ok(mut terminate) => {
            tokio::select! {
                _ = interrupt => {}
                _ = terminate.recv() => {}
            }
        }
        Err(cause) => {
            tracing::warn!(%cause, "no terminate signal; only interrupt stops the server");
            interrupt
                .await
                .unwrap_or_else(|cause| tracing::warn!(%cause, "no interrupt signal"));
        }
    }
}
