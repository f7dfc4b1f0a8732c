//! Configuration of the sale floor: who is asked about a person's identity, and what a loan must fit.

use jiff::civil::Date;
use perception::models::Models;
use perception::thresholds::Thresholds;
use serde::{Deserialize, Serialize};

use crate::error::{Field, Text};
use crate::outward::{self, Loopback, Unfit};

/// Identity checks.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Identity {
    pub timeout_seconds: u64,
    pub tries_max: i64,
    pub expiring_days: i64,
    pub long_term_age: i64,
    #[serde(default)]
    pub providers: Vec<IdentityProvider>,
}

/// One provider for one method, of one institution or of all.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct IdentityProvider {
    /// As facts and the console name it.
    pub name: String,
    /// An institution's code; `*` is every institution that has none of its own.
    pub institution: String,
    /// As `product::IdentityMethod` spells it.
    pub method: String,
    pub url: String,
    /// Sent as `Authorization: Bearer …`.
    pub token: String,
    /// Signs questions and answers (HMAC-SHA-256); unsigned when empty.
    #[serde(default)]
    pub secret: String,
}

impl Identity {
    /// Whom an institution asks by a method: its own provider first, then everybody's.
    pub fn provider(&self, institution: &str, method: &str) -> Option<&IdentityProvider> {
        let of = |whose: &str| {
            self.providers
                .iter()
                .find(|one| one.method == method && one.institution == whose)
        };
        of(institution).or_else(|| of("*"))
    }

    /// Particulars of a person leave the house encrypted or not at all.
    pub(super) fn faults(&self) -> Vec<Field> {
        let plain = |provider: &&IdentityProvider| !provider.url.starts_with("https://");
        self.providers
            .iter()
            .filter(plain)
            .map(|provider| {
                Field::new(
                    format!("identity.providers.{}", provider.name),
                    "https_required",
                    Text::new(
                        "核验服务的地址必须以 https:// 开头。",
                        "A provider's address must begin with https://.",
                    ),
                )
            })
            .collect()
    }
}

/// Signing contracts.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Signing {
    pub valid_hours: i64,
    pub timeout_seconds: u64,
    pub own_authority: OwnAuthority,
    pub sm2: Sm2,
    #[serde(default)]
    pub services: Vec<SigningService>,
    #[serde(default)]
    pub seals: Vec<SealModule>,
}

/// Whether the institution also signs each document with SM2 (GB/T 32918), beside the file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Sm2 {
    None,
    Beside,
}

/// Whether production may sign with the house's own certificates and timestamps, which are no third party's.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OwnAuthority {
    Refused,
    Allowed,
}

/// Who certifies, seals and stamps for one institution, or for all.
#[derive(Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SigningService {
    /// An institution's code; `*` is every institution that has none of its own.
    pub institution: String,
    pub certificates_url: String,
    /// Empty where the seal's key lies in a module.
    #[serde(default)]
    pub seal_url: String,
    /// RFC 3161 over HTTP.
    pub timestamps_url: String,
    /// Sent as `Authorization: Bearer …`; nothing when empty.
    #[serde(default)]
    pub token: String,
    /// A PEM file of the roots that our own check trusts.
    pub anchors: std::path::PathBuf,
    /// A PEM file of the public SM2 key that the service signs with; needed where documents are signed with SM2 too.
    #[serde(default)]
    pub sm2_key: Option<std::path::PathBuf>,
}

impl std::fmt::Debug for SigningService {
    /// The token is a secret.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SigningService")
            .field("institution", &self.institution)
            .finish_non_exhaustive()
    }
}

/// A seal whose key lies in a hardware module, reached by PKCS #11.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SealModule {
    /// An institution's code: a seal is one institution's.
    pub institution: String,
    /// The module maker's library.
    pub library: std::path::PathBuf,
    /// The token's label.
    pub token: String,
    /// The private key's label.
    pub key: String,
    /// A file that holds the user's PIN, nothing else.
    pub pin_file: std::path::PathBuf,
    /// PEM: the seal's certificate first, then its issuers up to the root, which our own check trusts.
    pub chain: std::path::PathBuf,
}

impl Signing {
    /// Whose services an institution uses: its own first, then everybody's.
    pub fn service(&self, institution: &str) -> Option<&SigningService> {
        let of = |whose: &str| self.services.iter().find(|one| one.institution == whose);
        of(institution).or_else(|| of("*"))
    }

    /// The module that keeps an institution's seal.
    pub fn seal(&self, institution: &str) -> Option<&SealModule> {
        self.seals.iter().find(|one| one.institution == institution)
    }

    /// Particulars of a person leave the house encrypted or not at all, and every service knows who seals.
    pub(super) fn faults(&self) -> Vec<Field> {
        self.services
            .iter()
            .filter_map(|service| self.fault(service))
            .collect()
    }

    fn fault(&self, service: &SigningService) -> Option<Field> {
        let fault = |code, message| {
            let field = format!("signing.services.{}", service.institution);
            Some(Field::new(field, code, message))
        };
        let elsewhere = service.seal_url.is_empty();
        let urls = [
            &service.certificates_url,
            &service.timestamps_url,
            &service.seal_url,
        ];
        let asked = if elsewhere { &urls[..2] } else { &urls[..] };
        if asked.iter().any(|url| !url.starts_with("https://")) {
            return fault(
                "https_required",
                Text::new(
                    "签署服务的地址必须以 https:// 开头。",
                    "A signing service's addresses must begin with https://.",
                ),
            );
        }
        if elsewhere && self.seal(&service.institution).is_none() {
            return fault(
                "seal_missing",
                Text::new(
                    "请填写签章服务地址，或为该机构配置密码机中的签章。",
                    "Name a seal service, or the institution's seal in a module.",
                ),
            );
        }
        if elsewhere && self.sm2 == Sm2::Beside {
            return fault(
                "sm2_without_service",
                Text::new(
                    "国密签名由签章服务作出，请填写其地址。",
                    "SM2 signatures are made by a seal service: name its address.",
                ),
            );
        }
        if self.sm2 == Sm2::Beside && service.sm2_key.is_none() {
            return fault(
                "sm2_key_missing",
                Text::new(
                    "请填写签章服务的国密公钥文件，没有固定的公钥不能使用国密签名。",
                    "Name the file of the service's public SM2 key; a key that nobody pinned signs nothing.",
                ),
            );
        }
        None
    }
}

/// What is recorded, how much of it at once, and what looks at it.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Recording {
    pub running_max: i64,
    pub idle_minutes: i64,
    /// MiB kept free for each recording that runs, and for one more.
    pub reserve_mib: u64,
    pub correction_days: i64,
    pub kept_years: i16,
    pub faces_warned_from: i64,
    pub agent_gone_seconds: i64,
    pub queue_minutes: i64,
    pub desk_opens: i64,
    pub desk_closes: i64,
    pub turn: Turn,
    /// The folder with the models; empty: the usual one.
    pub models: std::path::PathBuf,
    pub voice: Voice,
    pub thresholds: Thresholds,
}

/// Who speaks a prompt that the institution did not record itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Voice {
    /// The phone's own voice, where it has one.
    Browser,
    /// A program beside this one, where it is installed; Mandarin alone.
    EspeakNg,
}

/// Servers that help two pages find a way to each other.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Turn {
    pub urls: Vec<String>,
    /// Shared with the TURN servers.
    pub secret: String,
    pub valid_minutes: i64,
}

impl Turn {
    /// Addresses that no browser takes, and relays without their secret.
    fn faults(&self) -> Vec<Field> {
        let known = |url: &String| {
            let scheme = url.split_once(':').map(|(scheme, _)| scheme);
            matches!(scheme, Some("stun" | "stuns" | "turn" | "turns"))
        };
        let mut faults = Vec::new();
        if !(5..=1_440).contains(&self.valid_minutes) {
            faults.push(Field::new(
                "recording.turn.valid_minutes",
                "out_of_range",
                Text::new("应在 5 至 1440 之间。", "Must lie between 5 and 1440."),
            ));
        }
        if !self.urls.iter().all(known) {
            faults.push(Field::new(
                "recording.turn.urls",
                "turn_url_unknown",
                Text::new(
                    "地址应以 stun:、stuns:、turn: 或 turns: 开头。",
                    "Addresses begin with stun:, stuns:, turn: or turns:.",
                ),
            ));
        }
        if self.secret.is_empty() && self.urls.iter().any(|url| url.starts_with("turn")) {
            faults.push(Field::new(
                "recording.turn.secret",
                "turn_secret_missing",
                Text::new(
                    "TURN 服务器需要共享密钥。",
                    "A TURN server needs the shared secret.",
                ),
            ));
        }
        faults
    }
}

impl Recording {
    /// Where the models lie.
    pub fn models_folder(&self) -> std::path::PathBuf {
        match self.models.as_os_str().is_empty() {
            true => Models::usual_folder(),
            false => self.models.clone(),
        }
    }

    /// Every threshold that would let everything or nothing pass, with its bounds.
    pub(super) fn faults(&self) -> Vec<Field> {
        let at = &self.thresholds;
        let rows = [
            ("face_score_min", at.face_score_min, 0.2, 0.9),
            ("face_distance_max", at.face_distance_max, 0.3, 0.6),
            ("eye_distance_min", at.eye_distance_min, 16.0, 200.0),
            ("voice_likeness_min", at.voice_likeness_min, 0.6, 0.95),
            (
                "voice_likeness_unsure_min",
                at.voice_likeness_unsure_min,
                0.4,
                at.voice_likeness_min,
            ),
            ("speech_certainty_min", at.speech_certainty_min, 0.1, 0.9),
            ("speech_silence_max", at.speech_silence_max, 0.1, 0.95),
            ("speech_doubt_max", at.speech_doubt_max, 0.0, 0.5),
            ("speech_margin_min", at.speech_margin_min, 0.5, 20.0),
            ("print_certainty_min", at.print_certainty_min, 0.2, 0.99),
        ];
        rows.into_iter()
            .filter(|(_, value, least, most)| !(*least..=*most).contains(value))
            .map(|(key, _, least, most)| {
                Field::new(
                    format!("recording.thresholds.{key}"),
                    "out_of_range",
                    Text::new(
                        format!("应在 {least} 至 {most} 之间。"),
                        format!("Must lie between {least} and {most}."),
                    ),
                )
            })
            .chain(self.turn.faults())
            .collect()
    }
}

/// Affordability and refusals.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Suitability {
    pub review_days: i64,
    pub ask_studying_below_age: i64,
    pub rules: Vec<Rule>,
}

/// A threshold or policy with its dates and its source.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Rule {
    pub measure: Measure,
    pub action: RuleAction,
    /// A kind of institution; absent: every kind.
    pub lender: Option<String>,
    pub from: Date,
    /// The first day on which it counts no more.
    pub until: Option<Date>,
    /// In the measure's own unit.
    pub value: i64,
    pub source: String,
    pub checked: Checked,
}

/// What a rule measures.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Measure {
    /// Payments of a month with this loan's, in ppm of the income of a month.
    DebtService,
    /// All credit elsewhere, in ppm of the income of a year.
    CreditTotal,
    /// Declared income, in ppm of the income that the lender verified.
    IncomeDeclared,
    /// Principal and what stands at this institution already, fen.
    CreditCeiling,
    /// Lending to a student at all; the value counts nothing.
    Students,
}

/// What follows when a threshold is exceeded.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum RuleAction {
    /// A member of staff looks first.
    Ask,
    Refuse,
}

/// How far a source was checked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Checked {
    /// The text or an official copy was read.
    Read,
    /// Only press or a digest was.
    Press,
    /// From general knowledge.
    Known,
    /// The institution's own choice.
    Own,
}

impl Suitability {
    /// The rules in force for a kind of institution on a day.
    pub fn in_force(&self, lender: &str, day: Date) -> Vec<Rule> {
        let counts = |rule: &&Rule| {
            rule.lender.as_deref().is_none_or(|kind| kind == lender)
                && rule.from <= day
                && rule.until.is_none_or(|until| day < until)
        };
        self.rules.iter().filter(counts).cloned().collect()
    }
}

/// Third persons whom borrowers name.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Contacts {
    pub named_max: i64,
    pub openings_per_month_max: i64,
    pub relative_wait_hours: i64,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Consent {
    pub adverse_days: i64,
    pub recipients: Vec<Recipient>,
}

impl Consent {
    /// What a person agreed to give leaves encrypted, and for nobody's inner network.
    pub(super) fn faults(&self, loopback: Loopback) -> Vec<Field> {
        let unfit = self.recipients.iter().filter_map(|recipient| {
            let why = outward::parse(&recipient.url, loopback).err()?;
            Some((recipient, why))
        });
        unfit
            .map(|(recipient, why)| {
                let path = format!("consent.recipients.{}.{}", recipient.institution, recipient.code);
                match why {
                    Unfit::Form => Field::new(
                        path,
                        "https_required",
                        Text::new(
                            "接收方的地址必须以 https:// 开头，不含账号和 # 部分。",
                            "A recipient's address begins with https:// and has neither account nor fragment.",
                        ),
                    ),
                    Unfit::Inside => Field::new(
                        path,
                        "target_forbidden",
                        Text::new(
                            "接收方的地址在内部网络，个人信息不会发往那里。",
                            "A recipient's address lies in an internal network; nothing is sent there.",
                        ),
                    ),
                }
            })
            .collect()
    }
}

/// Where a partner takes what a person agreed to give it.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Recipient {
    /// The institution's code.
    pub institution: String,
    /// The recipient's code in the institution's notices.
    pub code: String,
    pub url: String,
    pub secret: String,
}
