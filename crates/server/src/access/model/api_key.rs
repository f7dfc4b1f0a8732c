//! A key of a lender's own system: what it may ask, from where, until when; pure.

use std::net::IpAddr;

use ipnet::IpNet;

use super::ApiKeyId;
use crate::access::refusal::Refusal;
use crate::clock::DAY_MS;
use crate::error::{Error, Field, Text};

/// What a partner's key may ask for; each route of `/v1` names the one it needs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Scope {
    ReadJourneys,
    WriteJourneys,
    MoveMoney,
    IssueTickets,
    ReadRoster,
    CheckCredit,
    UseConsents,
    ReadDestructions,
    UseWebhooks,
}

impl Scope {
    pub const ALL: [Self; 9] = [
        Self::ReadJourneys,
        Self::WriteJourneys,
        Self::MoveMoney,
        Self::IssueTickets,
        Self::ReadRoster,
        Self::CheckCredit,
        Self::UseConsents,
        Self::ReadDestructions,
        Self::UseWebhooks,
    ];

    /// Stable: stored, sworn to and sent.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::ReadJourneys => "journeys.read",
            Self::WriteJourneys => "journeys.write",
            Self::MoveMoney => "money.move",
            Self::IssueTickets => "tickets.issue",
            Self::ReadRoster => "roster.read",
            Self::CheckCredit => "credit.check",
            Self::UseConsents => "consents.use",
            Self::ReadDestructions => "destructions.read",
            Self::UseWebhooks => "webhooks.use",
        }
    }

    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|scope| scope.as_str() == text)
    }

    /// Scopes as one column. A scope this version doesn't know is not granted.
    pub fn parse_list(text: &str) -> Vec<Self> {
        text.split(' ').filter_map(Self::parse).collect()
    }

    pub fn list(scopes: &[Self]) -> String {
        Self::words(scopes).join(" ")
    }

    /// Each scope's name once, in the order of [`Scope::ALL`].
    pub fn words(scopes: &[Self]) -> Vec<&'static str> {
        Self::ALL
            .into_iter()
            .filter(|scope| scopes.contains(scope))
            .map(Self::as_str)
            .collect()
    }
}

/// A key to be issued.
#[derive(Clone, Debug)]
pub struct NewApiKey {
    /// Which system gets it.
    pub name: String,
    pub scopes: Vec<Scope>,
    /// Where it may be used from; anywhere when empty.
    pub networks: Vec<IpNet>,
    /// Whole days it lasts; until it is revoked when absent.
    pub days: Option<i64>,
}

const NETWORKS_MAX: usize = 50;
const DAYS_MAX: i64 = 1_826;
/// A replaced key may live on this long, so that a lender's systems change one after the other.
pub const GRACE_DAYS_MAX: i64 = 30;

impl NewApiKey {
    /// A key for everything, from anywhere, without an end.
    pub fn for_all(name: &str) -> Self {
        Self {
            name: name.to_owned(),
            scopes: Scope::ALL.to_vec(),
            networks: Vec::new(),
            days: None,
        }
    }

    pub fn check(&self) -> Result<(), Error> {
        let mut faults = Vec::new();
        let mut wrong = |path: &str, code: &'static str, zh: &'static str, en: &'static str| {
            faults.push(Field::new(path, code, Text::new(zh, en)));
        };
        if self.name.trim().is_empty()
            || self.name.chars().count() > 100
            || self.name.chars().any(char::is_control)
        {
            wrong(
                "name",
                "text_length",
                "必填，且不超过 100 个字符。",
                "Required, at most 100 characters.",
            );
        }
        if self.scopes.is_empty() {
            wrong(
                "scopes",
                "scopes_missing",
                "至少选择一项权限。",
                "Choose one scope at least.",
            );
        }
        if self.networks.len() > NETWORKS_MAX {
            wrong(
                "networks",
                "out_of_range",
                "最多 50 个地址段。",
                "50 networks at the most.",
            );
        }
        if self
            .days
            .is_some_and(|days| !(1..=DAYS_MAX).contains(&days))
        {
            wrong(
                "days",
                "out_of_range",
                "有效期为 1 至 1826 天。",
                "A key lasts 1 to 1,826 days.",
            );
        }
        if faults.is_empty() {
            Ok(())
        } else {
            Err(Error::Invalid(faults))
        }
    }

    pub fn expires_at_ms(&self, now_ms: i64) -> Option<i64> {
        self.days.map(|days| now_ms + days * DAY_MS)
    }
}

/// A key without its secret.
#[derive(Clone, Debug)]
pub struct ApiKey {
    pub id: ApiKeyId,
    pub name: String,
    pub scopes: Vec<Scope>,
    pub networks: Vec<IpNet>,
    pub issued_at_ms: i64,
    pub expires_at_ms: Option<i64>,
    pub revoked_at_ms: Option<i64>,
    /// To the minute.
    pub last_used_ms: Option<i64>,
    /// The key that takes this one's place.
    pub successor: Option<String>,
}

/// Whether a key opens.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum KeyState {
    Live,
    /// Lives on beside its successor until the grace is over.
    Grace,
    Expired,
    Revoked,
}

impl ApiKey {
    pub fn state(&self, now_ms: i64) -> KeyState {
        if self.revoked_at_ms.is_some() {
            KeyState::Revoked
        } else if self.expires_at_ms.is_some_and(|end_ms| now_ms >= end_ms) {
            KeyState::Expired
        } else if self.successor.is_some() {
            KeyState::Grace
        } else {
            KeyState::Live
        }
    }

    /// Refuses a key that ended, or a caller from elsewhere; an unknown address is elsewhere.
    pub fn must_open(&self, from: Option<IpAddr>, now_ms: i64) -> Result<(), Refusal> {
        match self.state(now_ms) {
            KeyState::Revoked => return Err(Refusal::ApiKeyWrong),
            KeyState::Expired => return Err(Refusal::ApiKeyExpired),
            KeyState::Live | KeyState::Grace => {}
        }
        let inside = |from: IpAddr| {
            let from = from.to_canonical();
            self.networks.iter().any(|network| network.contains(&from))
        };
        if self.networks.is_empty() || from.is_some_and(inside) {
            Ok(())
        } else {
            Err(Refusal::AddressNotAllowed)
        }
    }

    /// Networks as one column.
    pub fn parse_networks(text: &str) -> Result<Vec<IpNet>, ipnet::AddrParseError> {
        text.split_whitespace().map(network).collect()
    }
}

/// A network, or one address by itself.
pub fn network(text: &str) -> Result<IpNet, ipnet::AddrParseError> {
    match text.parse::<IpAddr>() {
        Ok(one) => Ok(IpNet::from(one)),
        Err(_) => text.parse::<IpNet>().map(|network| network.trunc()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(networks: &str) -> ApiKey {
        ApiKey {
            id: ApiKeyId::stored("key_x".into()),
            name: "core".into(),
            scopes: vec![Scope::ReadJourneys],
            networks: ApiKey::parse_networks(networks).expect("networks"),
            issued_at_ms: 0,
            expires_at_ms: Some(100),
            revoked_at_ms: None,
            last_used_ms: None,
            successor: None,
        }
    }

    #[test]
    fn a_key_opens_from_its_networks_only() {
        let cases = [
            ("", Some("203.0.113.9"), Ok(())),
            ("", None, Ok(())),
            ("203.0.113.0/24", Some("203.0.113.9"), Ok(())),
            ("203.0.113.0/24", Some("::ffff:203.0.113.9"), Ok(())),
            ("203.0.113.9", Some("203.0.113.9"), Ok(())),
            ("2001:db8::/32 10.0.0.0/8", Some("2001:db8::1"), Ok(())),
            (
                "203.0.113.0/24",
                Some("203.0.114.1"),
                Err(Refusal::AddressNotAllowed),
            ),
            (
                "203.0.113.0/24",
                Some("2001:db8::1"),
                Err(Refusal::AddressNotAllowed),
            ),
            ("203.0.113.0/24", None, Err(Refusal::AddressNotAllowed)),
        ];
        for (networks, from, outcome) in cases {
            let address = from.map(|text| text.parse().expect("an address"));
            assert_eq!(
                key(networks).must_open(address, 99),
                outcome,
                "{networks} {from:?}"
            );
        }
    }

    #[test]
    fn a_key_ends_by_time_and_by_hand_and_lives_on_beside_its_successor() {
        let mut key = key("");
        assert_eq!(key.state(99), KeyState::Live);
        assert_eq!(key.must_open(None, 100), Err(Refusal::ApiKeyExpired));
        key.successor = Some("key_y".into());
        assert_eq!(key.state(99), KeyState::Grace);
        assert_eq!(key.must_open(None, 99), Ok(()));
        key.revoked_at_ms = Some(5);
        assert_eq!(key.must_open(None, 6), Err(Refusal::ApiKeyWrong));
    }

    #[test]
    fn scopes_have_distinct_names_and_unknown_ones_are_not_granted() {
        assert_eq!(Scope::parse_list(&Scope::list(&Scope::ALL)), Scope::ALL);
        assert_eq!(
            Scope::parse_list("everything roster.read"),
            [Scope::ReadRoster]
        );
    }

    #[test]
    fn a_network_is_kept_without_its_host_part() {
        assert_eq!(
            network("10.1.2.3/8").expect("a network").to_string(),
            "10.0.0.0/8"
        );
        assert!(network("10.1.2.3/33").is_err() && network("example").is_err());
    }
}
