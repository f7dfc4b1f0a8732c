//! One process: API, pages, sequencer and worker, with an orderly end.

use std::fs::{File, TryLockError};
use std::net::SocketAddr;
use std::path::Path;
use std::sync::atomic::Ordering;
use std::time::Duration;

use axum_server::Handle;
use futures::future::BoxFuture;
use hyper_util::rt::{TokioExecutor, TokioTimer};
use hyper_util::server::conn::auto::Builder;
use tokio::net::TcpListener;
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::watch;
use tokio::task::{JoinError, JoinHandle};

use super::{handlers, router, tls};
use crate::clock;
use crate::config::Mode;
use crate::ctx::Ctx;
use crate::error::{Error, Refuse, Result, Text};
use crate::{batch, jobs, journey, ledger, recording, rectification, servicing, webhook};

/// Claims the data folder for this process; local files and the embedded database serve one process at a time.
/// The claim ends with the process, however it ends.
pub fn claim(folder: &Path) -> Result<File> {
    super::make_folder(folder)?;
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

/// After the signal, `/readyz` is red this long while requests are still taken, so that a balancer looks away first.
const LEAVING: Duration = Duration::from_secs(3);
/// Then requests in hand have this long,
const LAST_REQUESTS: Duration = Duration::from_secs(12);
/// then jobs,
const LAST_JOBS: Duration = Duration::from_secs(7);
/// then the sequencer: 25 seconds in all.
const LAST_FACTS: Duration = Duration::from_secs(3);

/// The head of a request must come within this; a silent HTTP/2 connection is asked for a sign of life after it.
const HEAD_MAX: Duration = Duration::from_secs(15);
/// Requests at once on one HTTP/2 connection.
const STREAMS_MAX: u32 = 100;

/// What is traced and not handed over yet has this long, beside all that.
const LAST_TRACES: Duration = Duration::from_secs(2);

/// How far the end has come; each step waits for the one before, at most for its time above.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Phase {
    Serving,
    LastJobs,
    LastFacts,
}

/// Serves until the process is told to stop; then drains requests, jobs and the sequencer, in that order.
/// A worker or sequencer that ends by itself stops the rest, and is an error. What runs `beside` them is cut off first.
pub async fn serve(ctx: Ctx, listener: TcpListener, beside: BoxFuture<'static, ()>) -> Result<()> {
    recording::sweep(&ctx)?;
    recording::warn_if_mute(&ctx);
    let (phase, phases) = watch::channel(Phase::Serving);
    let reached = |wanted: Phase| {
        let mut phases = phases.clone();
        // An error means that the sender is gone, which is the end too.
        async move {
            let _ = phases.wait_for(|now| *now >= wanted).await;
        }
    };
    let mut worker = tokio::spawn(jobs::run(ctx.clone(), handlers(), reached(Phase::LastJobs)));
    let mut sequencer = tokio::spawn(ledger::run(ctx.clone(), reached(Phase::LastFacts)));
    let handle = Handle::new();
    let mut events = tokio::spawn(webhook::run(ctx.clone(), reached(Phase::LastJobs)));
    let mut files = tokio::spawn(batch::run(ctx.clone(), reached(Phase::LastJobs)));
    let mut forgetting = tokio::spawn(journey::run(ctx.clone(), reached(Phase::LastJobs)));
    let mut loans = tokio::spawn(servicing::run(ctx.clone(), reached(Phase::LastJobs)));
    let mut glances = tokio::spawn(journey::watch(ctx.clone(), reached(Phase::LastJobs)));
    let mut findings = tokio::spawn(rectification::run(ctx.clone(), reached(Phase::LastJobs)));
    let mut site = tokio::spawn(site(&ctx, listener, handle.clone()).await?);
    let beside = tokio::spawn(beside);

    let early = tokio::select! {
        () = told_to_stop() => None,
        ended = &mut worker => Some(broken("the worker", ended)),
        ended = &mut events => Some(broken("the follower of events", ended)),
        ended = &mut files => Some(broken("the exchange of files", ended)),
        ended = &mut forgetting => Some(broken("the journeys' follower", ended)),
        ended = &mut loans => Some(broken("the loans' follower", ended)),
        ended = &mut glances => Some(broken("the looks at recordings", ended)),
        ended = &mut findings => Some(broken("the findings' follower", ended)),
        ended = &mut sequencer => Some(broken("the sequencer", ended)),
        ended = &mut site => return Err(broken("the listener", ended)),
    };
    tracing::info!("stopping: finishing what is in hand");
    beside.abort();
    ctx.stopping.store(true, Ordering::SeqCst);
    if ctx.config.server.mode == Mode::Production {
        clock::pause(LEAVING).await;
    }

    handle.graceful_shutdown(Some(LAST_REQUESTS));
    if !ended_within(LAST_REQUESTS, &mut site).await? {
        tracing::warn!("some requests were cut off");
        site.abort();
    }
    phase.send_replace(Phase::LastJobs);
    if !ended_within(LAST_JOBS, &mut worker).await? {
        tracing::warn!("some jobs were cut off; they will run again");
        worker.abort();
    }
    phase.send_replace(Phase::LastFacts);
    if !ended_within(LAST_FACTS, &mut sequencer).await? {
        tracing::warn!("the sequencer was cut off; the next start goes on from there");
        sequencer.abort();
    }
    // None is waited for any longer.
    let _ = clock::within(LAST_TRACES, ctx.traces.flush()).await;
    early.map_or(Ok(()), Err)
}

/// The listener with the router behind it, in TLS or plain; it ends when `handle` says so.
async fn site(
    ctx: &Ctx,
    listener: TcpListener,
    handle: Handle<SocketAddr>,
) -> Result<BoxFuture<'static, std::io::Result<()>>> {
    let listener = listener.into_std()?;
    let router = router(ctx)?.into_make_service_with_connect_info::<SocketAddr>();
    Ok(match tls::of(&ctx.config.server).await? {
        Some(tls) => {
            tokio::spawn(tls::renewed(tls.clone(), ctx.clone()));
            let mut server = axum_server::from_tcp_rustls(listener, tls)?.handle(handle);
            patient(server.http_builder());
            Box::pin(server.serve(router))
        }
        None => {
            // Nothing to read anew, and the signal must not end the program.
            drop(signal(SignalKind::hangup())?);
            let mut server = axum_server::from_tcp(listener)?.handle(handle);
            patient(server.http_builder());
            Box::pin(server.serve(router))
        }
    })
}

/// Whoever sends the head of a request drop by drop is cut off.
fn patient(builder: &mut Builder<TokioExecutor>) {
    builder
        .http1()
        .timer(TokioTimer::new())
        .header_read_timeout(HEAD_MAX);
    builder
        .http2()
        .timer(TokioTimer::new())
        .keep_alive_interval(HEAD_MAX)
        .max_concurrent_streams(STREAMS_MAX);
}

/// Waits for a task at most for `limit`; true when it ended.
async fn ended_within<T>(limit: Duration, task: &mut JoinHandle<T>) -> Result<bool> {
    if task.is_finished() {
        return Ok(true);
    }
    match clock::within(limit, task).await {
        Some(ended) => ended.map(|_| true).map_err(Error::from),
        None => Ok(false),
    }
}

/// What is said when a part that should run for ever ended.
fn broken<T>(part: &str, ended: Result<T, JoinError>) -> Error {
    let why = match ended {
        Ok(_) => "it returned".to_owned(),
        Err(cause) => cause.to_string(),
    };
    tracing::error!(part, why, "a part of the server ended by itself");
    Error::internal(format!("{part} ended by itself: {why}"))
}

async fn told_to_stop() {
    let interrupt = tokio::signal::ctrl_c();
    match signal(SignalKind::terminate()) {
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
