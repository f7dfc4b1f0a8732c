//! The house as a whole: serving, tables, audit.

use std::process::ExitCode;

use clap::Args;
use futures::FutureExt as _;
use futures::future::{BoxFuture, join};

use super::{Place, Print, open};
use crate::app::{demo, metrics, schema, serve as server};
use crate::config::{Exchange, Mode, SmsAdapter};
use crate::ctx::Ctx;
use crate::db::{self, RowSecurity};
use crate::error::{Refuse as _, Result};
use crate::outward::Loopback;
use crate::{access, journey, ledger, rectification, servicing, vault};

#[derive(Debug, Args)]
pub struct Serve {
    /// Demo mode: invented people, visible outbox. Seeds an empty database.
    #[arg(long)]
    demo: bool,
    /// Overrides the port of server.listen.
    #[arg(long)]
    port: Option<u16>,
    /// How the addresses and demo accounts are printed.
    #[arg(long, value_enum, default_value_t = Print::Text)]
    print: Print,
}

pub async fn serve(place: &Place, options: Serve) -> Result<ExitCode> {
    let mut config = place.config()?;
    if options.demo {
        config.server.mode = Mode::Demo;
        config.sms.adapter = SmsAdapter::Outbox;
        config.webhook.loopback = Loopback::Allowed;
        if config.batch.exchanges.is_empty() {
            config.batch.exchanges.push(Exchange {
                institution: "anhe".to_owned(),
                folder: config.data.folder.join("lender/anhe"),
                sftp: None,
            });
        }
    }
    if let Some(port) = options.port {
        let host = config
            .server
            .listen
            .rsplit_once(':')
            .map_or("127.0.0.1", |(host, _)| host)
            .to_owned();
        config.server.listen = format!("{host}:{port}");
    }
    config.check()?;
    let listener = tokio::net::TcpListener::bind(&config.server.listen).await?;
    // Port 0 asks for any free port; links must name the one that was given.
    config.server.listen = listener.local_addr()?.to_string();
    let metrics_listener = match config.server.metrics_listen.as_str() {
        "" => None,
        address => Some(tokio::net::TcpListener::bind(address).await?),
    };
    let _only_one = server::claim(&config.data.folder)?;
    let ctx = open(config).await?;
    fenced(&ctx).await?;
    ledger::check(&ctx).await?;
    let beside: BoxFuture<'static, ()> = match ctx.config.server.mode {
        Mode::Demo => {
            demo::live(&ctx).await?;
            let demo = demo::seed(&ctx).await?;
            demo::print(&demo, options.print)?;
            Box::pin(demo::decides(ctx.clone(), demo))
        }
        Mode::Production => {
            demo::refuse(&ctx).await?;
            Box::pin(std::future::ready(()))
        }
    };
    destroy_again(&ctx).await?;
    vault::schedule(&ctx).await?;
    access::schedule(&ctx).await?;
    let beside: BoxFuture<'static, ()> = match metrics_listener {
        None => beside,
        Some(listener) => Box::pin(join(beside, metrics::serve(ctx.clone(), listener)).map(drop)),
    };
    tracing::info!(address = ctx.config.public_url(), "serving");
    server::serve(ctx, listener, beside).await?;
    Ok(ExitCode::SUCCESS)
}

/// Wipes what an older copy of the database brought back.
pub(super) async fn destroy_again(ctx: &Ctx) -> Result<()> {
    for (institution, subject) in vault::brought_back(ctx).await? {
        journey::forget_again(ctx, &institution, &subject).await?;
        servicing::forget_again(ctx, &institution, &subject).await?;
        rectification::forget_again(ctx, &institution, &subject).await?;
        vault::wipe_again(ctx, &institution, &subject).await?;
    }
    Ok(())
}

/// Production serves only with a role that row-level security binds; the demo says so and goes on.
async fn fenced(ctx: &Ctx) -> Result<()> {
    match db::row_security(&ctx.db, &schema().look_ups).await? {
        RowSecurity::Holds => {}
        RowSecurity::OwnerServes => {
            tracing::warn!("{}", RowSecurity::OwnerServes.text().en);
        }
        weak if ctx.config.server.mode == Mode::Production => return Err(weak.into()),
        weak => tracing::warn!("{}", weak.text().en),
    }
    Ok(())
}

pub async fn migrate(place: &Place) -> Result<ExitCode> {
    place.open().await?;
    Ok(ExitCode::SUCCESS)
}

pub async fn audit(place: &Place) -> Result<ExitCode> {
    audited(&place.open().await?).await
}

/// Audits every log and prints what was found.
pub(super) async fn audited(ctx: &Ctx) -> Result<ExitCode> {
    let findings = ledger::audit(ctx).await?;
    let mut faults = 0;
    for finding in &findings {
        println!(
            "{}: {} facts, {} cases, {} checkpoints, {} forgotten, {} faults",
            finding.log,
            finding.facts,
            finding.cases,
            finding.checkpoints,
            finding.forgotten,
            finding.faults.len()
        );
        finding
            .faults
            .iter()
            .for_each(|fault| println!("  FAULT {fault}"));
        faults += finding.faults.len();
    }
    println!("{} logs audited, {faults} faults", findings.len());
    Ok(if faults == 0 {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}
