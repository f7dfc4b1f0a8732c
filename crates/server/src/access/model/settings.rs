//! What an institution sets for itself, within what the house's configuration gives; pure.

use serde::{Deserialize, Serialize};
use url::{Host, Url};

use super::{SecondFactorRule, filled};
use crate::config::Config;
use crate::error::{Field, Text};

/// Whether the institution's own pages may show ours inside a frame.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Embedding {
    #[default]
    Denied,
    /// By the return origins, and by no one else.
    Allowed,
}

/// Whether borrowers are reminded of instalments.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum DueReminders {
    #[default]
    On,
    /// The lender reminds them itself.
    Off,
}

impl DueReminders {
    /// Written only where it says something: settings before this one keep their digests.
    fn are_on(&self) -> bool {
        *self == Self::On
    }
}

/// An institution's own settings; what is absent follows the configuration. One canonical digest, so integers and words.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Settings {
    /// As signed under messages.
    pub short_name: String,
    pub hotline: String,
    /// `#rrggbb`, dark enough to be read on white and to bear white words.
    #[serde(default)]
    pub brand_colour: Option<String>,
    /// SHA-256 of the logo, hex; the picture is a file of its own.
    #[serde(default)]
    pub logo: Option<String>,
    /// A host name of the institution's that leads to this house; links are made from it.
    #[serde(default)]
    pub own_domain: Option<String>,
    /// Where borrowers may be sent back to, and who may embed the pages.
    #[serde(default)]
    pub return_origins: Vec<String>,
    #[serde(default)]
    pub embedding: Embedding,
    /// From this age the customer pages start in elder mode.
    #[serde(default)]
    pub elder_age: Option<i64>,
    /// Days a journey and its link last.
    #[serde(default)]
    pub valid_days: Option<i64>,
    /// Hours of standstill before the person of an unfinished journey is reminded; 0: never.
    #[serde(default)]
    pub remind_hours: Option<i64>,
    /// Days that sent messages, ended sessions, codes and tickets are kept; evidence is not touched.
    #[serde(default)]
    pub retention_days: Option<i64>,
    /// Whether borrowers are reminded of instalments by message.
    #[serde(default, skip_serializing_if = "DueReminders::are_on")]
    pub due_reminders: DueReminders,
    /// Whom a second factor is asked of, from their next sign-in on.
    #[serde(default)]
    pub second_factor: SecondFactorRule,
}

const ORIGINS_MAX: usize = 20;
const ORIGIN_CHARS_MAX: usize = 200;
pub const RETURN_URL_CHARS_MAX: usize = 500;
/// Contrast with white that words need (WCAG 2.2 AA), in thousandths.
const CONTRAST_MIN: u64 = 4_500;

impl Settings {
    pub fn elder_age(&self, config: &Config) -> i64 {
        self.elder_age.unwrap_or(config.disclosure.elder_age)
    }

    pub fn valid_days(&self, config: &Config) -> i64 {
        self.valid_days.unwrap_or(config.journey.valid_days)
    }

    pub fn remind_hours(&self, config: &Config) -> i64 {
        self.remind_hours.unwrap_or(config.journey.remind_hours)
    }

    pub fn retention_days(&self, config: &Config) -> i64 {
        self.retention_days.unwrap_or(config.access.retention_days)
    }

    /// Every mistake, by field. `house`: the address that all institutions' pages have without a domain of their own.
    pub fn check(&self, loopback: Loopback, house: &str) -> Vec<Field> {
        let mut fields = Vec::new();
        let mut wrong = |path: String, code: &'static str, zh: &'static str, en: &'static str| {
            fields.push(Field::new(path, code, Text::new(zh, en)));
        };
        for (path, value, max) in [
            ("short_name", &self.short_name, 20),
            ("hotline", &self.hotline, 30),
        ] {
            if !filled(value, max) {
                wrong(
                    path.to_owned(),
                    "text_length",
                    "必填，且不能过长。",
                    "Required, and not too long.",
                );
            }
        }
        if self.brand_colour.as_deref().is_some_and(|c| !readable(c)) {
            wrong(
                "brand_colour".to_owned(),
                "colour_unreadable",
                "应为 #rrggbb，且与白色的对比度不低于 4.5。",
                "A colour is #rrggbb with a contrast to white of 4.5 at least.",
            );
        }
        if self.own_domain.as_deref().is_some_and(|host| !domain(host)) {
            wrong(
                "own_domain".to_owned(),
                "domain_malformed",
                "应为小写域名，不含协议、端口和路径。",
                "A host name in lower case, without scheme, port or path.",
            );
        }
        let at_house = |host: &str| Url::parse(house).is_ok_and(|url| url.host_str() == Some(host));
        if self.own_domain.as_deref().is_some_and(at_house) {
            wrong(
                "own_domain".to_owned(),
                "domain_of_house",
                "这是本系统自己的域名，各机构共用，不能归一家所有。",
                "This host is the house's own, which all institutions share.",
            );
        }
        if self.return_origins.len() > ORIGINS_MAX {
            wrong(
                "return_origins".to_owned(),
                "out_of_range",
                "最多 20 个来源。",
                "20 origins at the most.",
            );
        }
        for (at, text) in self.return_origins.iter().enumerate() {
            if !origin_holds(text, loopback) {
                wrong(
                    format!("return_origins[{at}]"),
                    "origin_malformed",
                    "应为 https 来源，例如 https://app.example，不含路径。",
                    "An https origin without a path, such as https://app.example.",
                );
            }
        }
        for (path, value, range) in [
            ("elder_age", self.elder_age, 18..=60),
            ("valid_days", self.valid_days, 1..=90),
            ("remind_hours", self.remind_hours, 0..=336),
            ("retention_days", self.retention_days, 7..=3_650),
        ] {
            if value.is_some_and(|value| !range.contains(&value)) {
                wrong(
                    path.to_owned(),
                    "out_of_range",
                    "超出允许的范围。",
                    "Outside the allowed range.",
                );
            }
        }
        fields
    }

    /// The names of the settings that differ.
    pub fn changed(&self, other: &Self) -> Vec<&'static str> {
        [
            ("short_name", self.short_name != other.short_name),
            ("hotline", self.hotline != other.hotline),
            ("brand_colour", self.brand_colour != other.brand_colour),
            ("logo", self.logo != other.logo),
            ("own_domain", self.own_domain != other.own_domain),
            (
                "return_origins",
                self.return_origins != other.return_origins,
            ),
            ("embedding", self.embedding != other.embedding),
            ("elder_age", self.elder_age != other.elder_age),
            ("valid_days", self.valid_days != other.valid_days),
            ("remind_hours", self.remind_hours != other.remind_hours),
            (
                "retention_days",
                self.retention_days != other.retention_days,
            ),
            ("due_reminders", self.due_reminders != other.due_reminders),
            ("second_factor", self.second_factor != other.second_factor),
        ]
        .into_iter()
        .filter_map(|(name, differs)| differs.then_some(name))
        .collect()
    }

    /// Whether a borrower may be sent back to an address.
    pub fn may_return_to(&self, address: &str) -> bool {
        address.len() <= RETURN_URL_CHARS_MAX
            && Url::parse(address).is_ok_and(|url| {
                let origin = url.origin().ascii_serialization();
                url.username().is_empty()
                    && url.password().is_none()
                    && self.return_origins.contains(&origin)
            })
    }

    /// Who may show the pages inside a frame.
    pub fn embedders(&self) -> &[String] {
        match self.embedding {
            Embedding::Denied => &[],
            Embedding::Allowed => &self.return_origins,
        }
    }
}

/// Whether plain http on this very machine counts as an origin: in the demo, so that embedding can be tried.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Loopback {
    Allowed,
    Denied,
}

fn origin_holds(text: &str, loopback: Loopback) -> bool {
    let Ok(url) = Url::parse(text) else {
        return false;
    };
    let here = match url.host() {
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        Some(Host::Domain(name)) => name == "localhost",
        None => return false,
    };
    let scheme = match url.scheme() {
        "https" => true,
        "http" => here && loopback == Loopback::Allowed,
        _ => false,
    };
    let plain = |c: char| c.is_ascii_alphanumeric() || ".-:[]/".contains(c);
    // The very form that browsers send, so that it can stand in a header and be compared as text.
    scheme
        && text.len() <= ORIGIN_CHARS_MAX
        && text.chars().all(plain)
        && url.origin().ascii_serialization() == text
}

fn domain(host: &str) -> bool {
    host.len() <= 100
        && host.contains('.')
        && matches!(Host::parse(host), Ok(Host::Domain(parsed)) if parsed == host)
}

/// `#rrggbb` with enough contrast to white.
fn readable(colour: &str) -> bool {
    let Some(hex) = colour.strip_prefix('#').filter(|hex| hex.len() == 6) else {
        return false;
    };
    if !hex.bytes().all(|b| b.is_ascii_hexdigit()) {
        return false;
    }
    let Ok(rgb) = u32::from_str_radix(hex, 16) else {
        return false;
    };
    let channel = |shift: u32| linear(u64::from((rgb >> shift) & 0xff));
    // Luminance in millionths, by WCAG's weights.
    let luminance = (2_126 * channel(16) + 7_152 * channel(8) + 722 * channel(0)) / 10_000;
    1_050_000 * 1_000 >= CONTRAST_MIN * (luminance + 50_000)
}

/// A channel (0 to 255) without its gamma, in millionths.
fn linear(channel: u64) -> u64 {
    let share = channel as f64 / 255.0;
    let linear = if share <= 0.040_45 {
        share / 12.92
    } else {
        ((share + 0.055) / 1.055).powf(2.4)
    };
    (linear * 1e6).round() as u64
}

#[cfg(test)]
mod tests {
    use super::*;

    fn settings() -> Settings {
        Settings {
            short_name: "安禾".into(),
            hotline: "400".into(),
            ..Settings::default()
        }
    }

    #[test]
    fn a_colour_can_be_read_on_white() {
        for (colour, good) in [
            ("#0f6b5c", true),
            ("#767676", true),
            ("#777777", false),
            ("#ffffff", false),
            ("#000000", true),
            ("#12345", false),
            ("0f6b5c", false),
            ("#gggggg", false),
            ("#+12345", false),
        ] {
            assert_eq!(readable(colour), good, "{colour}");
        }
    }

    #[test]
    fn an_origin_is_https_and_nothing_more() {
        for (text, good) in [
            ("https://app.example", true),
            ("https://app.example:8443", true),
            ("https://app.example/", false),
            ("https://app.example/path", false),
            ("https://APP.example", false),
            ("https://user@app.example", false),
            ("http://app.example", false),
            ("http://127.0.0.1:9000", false),
            ("javascript:alert(1)", false),
            ("null", false),
            ("https://*.example", false),
            ("https://a.example; script-src *", false),
        ] {
            assert_eq!(origin_holds(text, Loopback::Denied), good, "{text}");
        }
        assert!(origin_holds("http://127.0.0.1:9000", Loopback::Allowed));
        assert!(!origin_holds("http://app.example", Loopback::Allowed));
    }

    #[test]
    fn a_borrower_returns_to_a_known_origin_only() {
        let mut settings = settings();
        settings.return_origins = vec!["https://app.example".into()];
        for (address, good) in [
            ("https://app.example/loan?no=1", true),
            ("https://app.example.evil.example/loan", false),
            ("https://app.example@evil.example/", false),
            ("https://user:pass@app.example/", false),
            ("http://app.example/", false),
            ("//app.example/", false),
            ("javascript:alert(1)//https://app.example", false),
        ] {
            assert_eq!(settings.may_return_to(address), good, "{address}");
        }
        let long = format!("https://app.example/{}", "a".repeat(500));
        assert!(!settings.may_return_to(&long));
    }

    #[test]
    fn every_mistake_is_named_and_so_is_every_change() {
        let mut wrong = settings();
        let house = "https://house.example";
        assert_eq!(wrong.check(Loopback::Denied, house), vec![]);
        wrong.hotline.clear();
        wrong.own_domain = Some("https://loan.example".into());
        wrong.return_origins = vec!["https://app.example".into(), "x".into()];
        wrong.elder_age = Some(61);
        let paths: Vec<String> = wrong
            .check(Loopback::Denied, house)
            .into_iter()
            .map(|f| f.path)
            .collect();
        let expected = ["hotline", "own_domain", "return_origins[1]", "elder_age"];
        assert_eq!(paths, expected);
        let changed = ["hotline", "own_domain", "return_origins", "elder_age"];
        assert_eq!(wrong.changed(&settings()), changed);
        let at_house = Settings {
            own_domain: Some("house.example".into()),
            ..settings()
        };
        let faults = at_house.check(Loopback::Denied, house);
        assert_eq!(faults[0].code, "domain_of_house");
    }

    #[test]
    fn nobody_embeds_unless_it_is_allowed() {
        let mut settings = settings();
        settings.return_origins = vec!["https://app.example".into()];
        assert!(settings.embedders().is_empty());
        settings.embedding = Embedding::Allowed;
        assert_eq!(settings.embedders(), ["https://app.example"]);
    }
}
