//! Configuration: the embedded defaults, then a file, then the environment; unknown keys refuse to start.

mod bounds;
mod exchange;
mod record;
mod sale;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use config::{Environment, File, FileFormat};
use ipnet::IpNet;
use serde::Deserialize;

pub use exchange::{Batch, Contract, Exchange, Hook, Sftp};
pub use record::{Ledger, Witness};
pub use sale::{
    Checked, Consent, Contacts, Identity, IdentityProvider, Measure, OwnAuthority, Recipient,
    Recording, Rule, RuleAction, SealModule, Signing, SigningService, Sm2, Suitability, Turn,
    Voice,
};

use crate::error::{Error, Field, Result, Text};
use crate::outward::{self, Loopback, Reach};

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
    pub consent: Consent,
    pub contacts: Contacts,
    pub disclosure: Disclosure,
    pub identity: Identity,
    pub recording: Recording,
    pub signing: Signing,
    pub suitability: Suitability,
    pub vault: Vault,
    pub sms: Sms,
    pub outward: Outward,
    pub webhook: Webhook,
    pub batch: Batch,
    pub contract: Contract,
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
    pub metrics_listen: String,
    pub otlp_endpoint: String,
    pub public_url: String,
    pub tls_certificate: PathBuf,
    pub tls_key: PathBuf,
    pub trusted_proxies: Networks,
    pub strangers_per_minute_max: i64,
    pub readers_per_minute_max: i64,
    pub body_bytes_max: usize,
    pub request_seconds_max: u64,
}

impl Server {
    /// Whether traces have an address to go to, or none is named.
    fn otlp_is_fit(&self) -> bool {
        let named = || {
            let url = url::Url::parse(&self.otlp_endpoint).ok()?;
            let plain = url.username().is_empty() && url.password().is_none();
            Some(plain && url.has_host() && ["http", "https"].contains(&url.scheme()))
        };
        self.otlp_endpoint.is_empty() || named().unwrap_or(false)
    }
}

/// Networks as text with spaces between: `127.0.0.0/8 ::1/128`.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(try_from = "String")]
pub struct Networks(pub Vec<IpNet>);

impl TryFrom<String> for Networks {
    type Error = ipnet::AddrParseError;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        let nets: Result<Vec<IpNet>, _> = text.split_whitespace().map(str::parse).collect();
        nets.map(Self)
    }
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Data {
    pub folder: PathBuf,
    /// MiB on each disk that is written to; with fewer the process is not ready.
    pub free_mib_min: u64,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Database {
    pub url: String,
    pub owner_url: String,
    pub backup_url: String,
    pub connections_max: u32,
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
    pub retention_days: i64,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Journey {
    pub valid_days: i64,
    pub remind_hours: i64,
    pub release_days: i64,
    pub token_minutes: i64,
    pub witnesses: i64,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Disclosure {
    pub elder_age: i64,
}

/// What personal data is sealed with.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
pub enum Cipher {
    #[serde(rename = "aes-256-gcm")]
    Aes256Gcm,
    #[serde(rename = "sm4-gcm")]
    Sm4Gcm,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Vault {
    pub cipher: Cipher,
    pub rotation_days: i64,
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
    pub receipt_secret: String,
    /// Ids at the gateway, by template or `institution/template`.
    pub templates: BTreeMap<String, String>,
}

/// Inner networks that may be called, by purpose and by the code of the institution they open to; none of them is an
/// institution's to set.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Outward {
    pub sign_in: BTreeMap<String, Networks>,
    pub webhook: BTreeMap<String, Networks>,
}

impl Outward {
    fn faults(&self) -> Vec<Field> {
        let named = |purpose: &'static str, nets| {
            let nets: &BTreeMap<String, Networks> = nets;
            nets.iter().map(move |(code, nets)| (purpose, code, nets))
        };
        named("sign_in", &self.sign_in)
            .chain(named("webhook", &self.webhook))
            .filter(|(.., nets)| !nets.0.iter().all(outward::may_be_opened))
            .map(|(purpose, code, _)| {
                Field::new(
                    format!("outward.{purpose}.{code}"),
                    "network_too_wide",
                    Text::new(
                        "只能放行内部网段，或写明的单个地址（/32、/128）。",
                        "Only private networks, or single addresses (/32, /128), can be opened.",
                    ),
                )
            })
            .collect()
    }
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Webhook {
    pub loopback: Loopback,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Demo {
    pub lender: Lender,
    pub reading_seconds_standard: i64,
    pub reading_seconds_elder: i64,
}

/// Who takes the lender's part in the demo.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Lender {
    Simulated,
    Absent,
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
    /// Loads defaults, then `file`, then `XIAOBAO__SECTION__KEY` variables; every number must be within its bounds.
    pub fn load(file: Option<&Path>) -> Result<Self> {
        Self::layered(file, Environment::with_prefix("XIAOBAO"))
    }

    fn layered(file: Option<&Path>, environment: Environment) -> Result<Self> {
        let mut layers =
            config::Config::builder().add_source(File::from_str(DEFAULTS, FileFormat::Toml));
        if let Some(path) = file {
            layers = layers.add_source(File::from(path).format(FileFormat::Toml));
        }
        // Variables stay text until a key wants a number: a token of digits keeps its zeros.
        let config: Self = layers
            .add_source(environment.prefix_separator("__").separator("__"))
            .build()
            .and_then(config::Config::try_deserialize)
            .map_err(|cause| Error::Internal(Box::new(cause)))?;
        refuse(config.out_of_bounds())?;
        Ok(config)
    }

    /// Where an institution's webhooks may go beside public addresses.
    pub fn webhook_reach(&self, code: &str) -> Reach {
        self.webhooks_to(self.outward.webhook.get(code))
    }

    /// The same for addresses that the operator names in this very configuration.
    pub fn contract_reach(&self) -> Reach {
        self.webhooks_to(self.outward.webhook.values())
    }

    fn webhooks_to<'a>(&self, nets: impl IntoIterator<Item = &'a Networks>) -> Reach {
        let inner = nets.into_iter().flat_map(|nets| nets.0.iter().copied());
        Reach {
            loopback: self.webhook.loopback,
            inner: inner.collect(),
        }
    }

    /// Rules between keys that types can't hold, for whoever serves or writes.
    pub fn check(&self) -> Result<()> {
        let mut faults = self.out_of_bounds();
        faults.extend(self.consent.faults(self.webhook.loopback));
        faults.extend(self.batch.faults());
        faults.extend(self.outward.faults());
        let quorum = self.journey.witnesses;
        faults.extend(self.ledger.faults(quorum, self.webhook.loopback));
        if self.server.mode == Mode::Production {
            if self.webhook.loopback == Loopback::Allowed {
                faults.push(Field::new(
                    "webhook.loopback",
                    "demo_only",
                    Text::new(
                        "事件推送到本机只能用于演示和开发。",
                        "Events to this very machine are for the demo and for development.",
                    ),
                ));
            }
            if self.sms.adapter == SmsAdapter::Outbox {
                faults.push(Field::new(
                    "sms.adapter",
                    "demo_only",
                    Text::new(
                        "outbox 会把验证码显示给员工，只能用于演示。",
                        "outbox shows codes to staff; only the demo may use it.",
                    ),
                ));
            } else if self.sms.url.is_empty() {
                faults.push(Field::new(
                    "sms.url",
                    "required",
                    Text::new(
                        "请填写短信网关地址，否则发不出验证码。",
                        "Name the SMS gateway; without it no code is sent.",
                    ),
                ));
            }
            faults.extend(self.identity.faults());
            faults.extend(self.signing.faults());
            if !self.server.public_url.starts_with("https://") {
                faults.push(Field::new(
                    "server.public_url",
                    "https_required",
                    Text::new(
                        "生产模式必须填写以 https:// 开头的访问地址。",
                        "In production this must begin with https://.",
                    ),
                ));
            }
        }
        let Server {
            tls_certificate,
            tls_key,
            ..
        } = &self.server;
        if tls_certificate.as_os_str().is_empty() != tls_key.as_os_str().is_empty() {
            faults.push(Field::new(
                "server.tls_key",
                "both_or_none",
                Text::new(
                    "tls_certificate 与 tls_key 须同时填写或同时留空。",
                    "Name tls_certificate and tls_key both, or neither.",
                ),
            ));
        }
        if !self.server.otlp_is_fit() {
            faults.push(Field::new(
                "server.otlp_endpoint",
                "malformed",
                Text::new(
                    "请填写采集器的完整地址，以 http:// 或 https:// 开头，不含账号；或留空。",
                    "Name the collector's whole address, http://… or https://… without an account, or leave it empty.",
                ),
            ));
        }
        refuse(faults)
    }

    /// The rules about places for files alone, for whoever only tries them.
    pub fn check_exchanges(&self) -> Result<()> {
        refuse(self.batch.faults())
    }

    /// Whether this server itself speaks TLS.
    pub fn is_tls(&self) -> bool {
        !self.server.tls_certificate.as_os_str().is_empty()
    }

    /// Whether browsers reach this server over TLS, its own or a proxy's.
    pub fn is_https(&self) -> bool {
        self.public_url().starts_with("https://")
    }

    /// The database's address, with the embedded default filled in.
    pub fn database_url(&self) -> String {
        if self.database.url.is_empty() {
            format!("sqlite:{}", self.data.folder.join("xiaobao.db").display())
        } else {
            self.database.url.clone()
        }
    }

    /// Where a recipient of an institution takes items.
    pub fn recipient(&self, institution: &str, code: &str) -> Option<&Recipient> {
        self.consent
            .recipients
            .iter()
            .find(|one| one.institution == institution && one.code == code)
    }

    /// How borrowers reach this server, without a trailing slash.
    pub fn public_url(&self) -> String {
        if self.server.public_url.is_empty() {
            let scheme = if self.is_tls() { "https" } else { "http" };
            format!("{scheme}://{}", self.server.listen)
        } else {
            self.server.public_url.trim_end_matches('/').to_owned()
        }
    }
}

/// All wrong keys at once.
fn refuse(faults: Vec<Field>) -> Result<()> {
    if faults.is_empty() {
        Ok(())
    } else {
        Err(Error::Invalid(faults))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(outcome: Result<impl std::fmt::Debug>) -> Vec<String> {
        match outcome.expect_err("refused") {
            Error::Invalid(fields) => fields.into_iter().map(|f| f.path).collect(),
            other => panic!("{other:?}"),
        }
    }

    fn with(variables: &[(&str, &str)]) -> Result<Config> {
        let variables = variables
            .iter()
            .map(|(key, value)| (format!("XIAOBAO__{key}"), (*value).to_owned()))
            .collect();
        let environment = Environment::with_prefix("XIAOBAO").source(Some(variables));
        Config::layered(None, environment)
    }

    #[test]
    fn production_needs_a_gateway_and_https_and_never_the_demo_outbox() {
        let mut config = with(&[]).expect("defaults are complete");
        assert_eq!(config.server.mode, Mode::Production);
        assert_eq!(refused(config.check()), ["sms.url", "server.public_url"]);
        config.sms.url = "https://gateway.example/send".to_owned();
        config.server.public_url = "https://xiaobao.example".to_owned();
        assert!(config.check().is_ok());
        config.sms.adapter = SmsAdapter::Outbox;
        assert_eq!(refused(config.check()), ["sms.adapter"]);
        config.server.mode = Mode::Demo;
        assert!(config.check().is_ok());
    }

    #[test]
    fn nothing_is_given_to_an_address_in_clear_or_inside() {
        let mut config = with(&[("SERVER__MODE", "demo")]).expect("loads");
        let code = |config: &Config| match config.check() {
            Ok(()) => "fit".to_owned(),
            Err(Error::Invalid(fields)) => format!("{} {}", fields[0].path, fields[0].code),
            Err(other) => panic!("{other:?}"),
        };
        let table = [
            ("https://partner.example/people", "fit"),
            ("http://partner.example/people", "https_required"),
            ("https://key@partner.example/", "https_required"),
            ("https://10.0.0.8/people", "target_forbidden"),
            ("https://[::ffff:127.0.0.1]/people", "target_forbidden"),
        ];
        for (url, expected) in table {
            config.consent.recipients = vec![Recipient {
                institution: "anhe".to_owned(),
                code: "hexin".to_owned(),
                url: url.to_owned(),
                secret: String::new(),
            }];
            let said = code(&config);
            assert_eq!(
                said.trim_start_matches("consent.recipients.anhe.hexin "),
                expected,
                "{url}"
            );
        }
    }

    #[test]
    fn traces_go_to_a_whole_address_or_nowhere() {
        let mut config = with(&[("SERVER__MODE", "demo")]).expect("loads");
        for (endpoint, fit) in [
            ("", true),
            ("http://127.0.0.1:4318/v1/traces", true),
            ("https://collector.inside/v1/traces", true),
            ("collector:4318", false),
            ("http://", false),
            ("https://me:word@collector.inside/", false),
        ] {
            config.server.otlp_endpoint = endpoint.to_owned();
            assert_eq!(config.check().is_ok(), fit, "{endpoint}");
        }
    }

    #[test]
    fn variables_become_numbers_only_where_a_number_is_wanted() {
        let config = with(&[
            ("SMS__TOKEN", "0012345"),
            ("ACCESS__STAFF_IDLE_MINUTES", "15"),
            ("SERVER__REQUEST_SECONDS_MAX", "5"),
            ("SERVER__MODE", "demo"),
        ])
        .expect("loads");
        assert_eq!(config.sms.token, "0012345");
        assert_eq!(config.access.staff_idle_minutes, 15);
        assert_eq!(config.server.request_seconds_max, 5);
        assert_eq!(config.server.mode, Mode::Demo);
        assert!(with(&[("ACCESS__STAFF_IDLE_MINUTES", "soon")]).is_err());
    }

    #[test]
    fn numbers_outside_their_bounds_are_all_named() {
        let outcome = with(&[
            ("LEDGER__PUBLISH_MS_MAX", "1001"),
            ("LEDGER__BATCH_FACTS_MAX", "0"),
            ("ACCESS__CUSTOMER_IDLE_MINUTES", "9"),
            ("DISCLOSURE__ELDER_AGE", "61"),
        ]);
        assert_eq!(
            refused(outcome),
            [
                "ledger.publish_ms_max",
                "ledger.batch_facts_max",
                "access.customer_idle_minutes",
                "disclosure.elder_age"
            ]
        );
    }

    #[test]
    fn thresholds_that_pass_everybody_or_nobody_refuse_to_start() {
        let config = with(&[("RECORDING__THRESHOLDS__FACE_DISTANCE_MAX", "0.45")]).expect("loads");
        let defaults = perception::thresholds::Thresholds::default();
        assert_eq!(config.recording.thresholds.face_distance_max, 0.45);
        assert_eq!(
            with(&[]).expect("loads").recording.thresholds,
            defaults,
            "the file says what the crate measured"
        );
        let outcome = with(&[
            ("RECORDING__THRESHOLDS__FACE_DISTANCE_MAX", "1.4"),
            ("RECORDING__THRESHOLDS__VOICE_LIKENESS_MIN", "nan"),
        ]);
        let keys = [
            "face_distance_max",
            "voice_likeness_min",
            "voice_likeness_unsure_min",
        ];
        assert_eq!(
            refused(outcome),
            keys.map(|key| format!("recording.thresholds.{key}"))
        );
    }

    #[test]
    fn an_unknown_key_refuses_to_start() {
        let path = std::env::temp_dir().join(format!("xiaobao-config-{}.toml", std::process::id()));
        std::fs::write(&path, "[server]\nlissen = \"x\"\n").expect("temporary file");
        let outcome = Config::load(Some(&path));
        std::fs::remove_file(&path).expect("temporary file");
        assert!(format!("{:?}", outcome.expect_err("misspelt key")).contains("lissen"));
        assert!(with(&[("SERVER__LISSEN", "x")]).is_err());
    }
}
