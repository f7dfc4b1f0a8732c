//! TLS by configuration: a certificate chain and its key, read at the start and again at each SIGHUP.

use axum_server::tls_rustls::RustlsConfig;
use tokio::signal::unix::{SignalKind, signal};

use crate::config::Server;
use crate::ctx::Ctx;
use crate::error::{Error, Field, Result, Text};

/// What the server speaks; nothing for plain HTTP.
pub async fn of(server: &Server) -> Result<Option<RustlsConfig>> {
    if server.tls_certificate.as_os_str().is_empty() {
        return Ok(None);
    }
    let read = RustlsConfig::from_pem_file(&server.tls_certificate, &server.tls_key).await;
    read.map(Some).map_err(|cause| {
        Error::Invalid(vec![Field::new(
            "server.tls_certificate",
            "unreadable",
            Text::new(
                format!("证书或私钥读不出来：{cause}"),
                format!("Certificate or key can't be read: {cause}"),
            ),
        )])
    })
}

/// Takes a renewed certificate into use at each SIGHUP; one that can't be read leaves the old one in place.
pub async fn renewed(tls: RustlsConfig, ctx: Ctx) {
    let server = &ctx.config.server;
    let mut hang_ups = match signal(SignalKind::hangup()) {
        Ok(signals) => signals,
        Err(cause) => {
            return tracing::warn!(%cause, "no hang-up signal; a new certificate needs a restart");
        }
    };
    while hang_ups.recv().await.is_some() {
        match tls
            .reload_from_pem_file(&server.tls_certificate, &server.tls_key)
            .await
        {
            Ok(()) => tracing::info!("the certificate was read anew"),
            Err(cause) => {
                tracing::error!(%cause, "the new certificate can't be read; the old one stays")
            }
        }
    }
}
