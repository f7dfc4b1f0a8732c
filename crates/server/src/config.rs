//! Configuration: the embedded defaults, then a file, then the environment; unknown keys refuse to start.

use std::path::{Path, PathBuf};

use config::{Environment, File, FileFormat};
use serde::Deserialize;

use crate::error::{Error, Result};

/// Every key with its default and a comment.
pub const DEFAULTS: &str = include_str!("../config.default.toml");

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    pub server: Server,
    pub data: Data,
    pub database: Database,
    pub ledger: Ledger,
    pub access: Access,
    pub journey: Journey,
    pub disclosure: Disclosure,
    pub sms: Sms,
    pub demo: Demo,
    pub log: Log,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Mode {
    Demo,
    Production,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Server {
    pub mode: Mode,
    pub listen: String,
    pub public_url: String,
    pub body_bytes_max: usize,
    pub request_seconds_max: u64,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Data {
    pub folder: PathBuf,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Database {
    pub url: String,
    pub connections_max: u32,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Ledger {
    pub publish_ms_max: u64,
    pub batch_facts_max: i64,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Access {
    pub staff_idle_minutes: i64,
    pub staff_hours_max: i64,
    pub customer_idle_minutes: i64,
    pub code_valid_seconds: i64,
    pub code_tries_max: i64,
    pub code_wait_seconds: i64,
    pub login_failures_max: i64,
    pub login_pause_seconds: i64,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Journey {
    pub valid_days: i64,
    pub release_days: i64,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Disclosure {
    pub elder_age: i64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SmsAdapter {
    Outbox,
    Http,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Sms {
    pub adapter: SmsAdapter,
    pub url: String,
    pub token: String,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Demo {
    pub reading_seconds_standard: i64,
    pub reading_seconds_elder: i64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LogFormat {
    Text,
    Json,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Log {
    pub format: LogFormat,
    pub filter: String,
}

impl Config {
    /// Loads defaults, then `file`, then `XIAOBAO__SECTION__KEY` variables.
    pub fn load(file: Option<&Path>) -> Result<Self> {
        let mut layers =
            config::Config::builder().add_source(File::from_str(DEFAULTS, FileFormat::Toml));
        if let Some(path) = file {
            layers = layers.add_source(File::from(path).format(FileFormat::Toml));
        }
        let config: Self = layers
            .add_source(
                Environment::with_prefix("XIAOBAO")
                    .prefix_separator("__")
                    .separator("__")
                    .try_parsing(true),
            )
            .build()
            .and_then(config::Config::try_deserialize)
            .map_err(|cause| Error::Internal(Box::new(cause)))?;
        config.check()?;
        Ok(config)
    }

    /// Rules between keys that types can't hold.
    pub fn check(&self) -> Result<()> {
        if self.access.customer_idle_minutes < 10 {
            return Err(Error::internal(
                "access.customer_idle_minutes must be at least 10",
            ));
        }
        if self.server.mode == Mode::Production && self.sms.adapter == SmsAdapter::Outbox {
            return Err(Error::internal(
                "sms.adapter = \"outbox\" shows codes to staff and is refused in production",
            ));
        }
        Ok(())
    }

    /// The database's address, with the embedded default filled in.
    pub fn database_url(&self) -> String {
        if self.database.url.is_empty() {
            format!("sqlite:{}", self.data.folder.join("xiaobao.db").display())
        } else {
            self.database.url.clone()
        }
    }

    /// How borrowers reach this server, without a trailing slash.
    pub fn public_url(&self) -> String {
        if self.server.public_url.is_empty() {
            format!("http://{}", self.server.listen)
        } else {
            self.server.public_url.trim_end_matches('/').to_owned()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn defaults_load_but_production_refuses_the_demo_outbox() {
        let mut config = Config::load(None).expect("defaults are complete");
        assert_eq!(config.server.mode, Mode::Production);
        config.sms.adapter = SmsAdapter::Outbox;
        assert!(config.check().is_err());
        config.server.mode = Mode::Demo;
        assert!(config.check().is_ok());
    }

    #[test]
    fn an_unknown_key_refuses_to_start() {
        let path = std::env::temp_dir().join(format!("xiaobao-config-{}.toml", std::process::id()));
        std::fs::write(&path, "[server]\nlissen = \"x\"\n").expect("temporary file");
        let outcome = Config::load(Some(&path));
        std::fs::remove_file(&path).expect("temporary file");
        assert!(format!("{:?}", outcome.expect_err("misspelt key")).contains("lissen"));
    }
}
