//! Servers that help two pages find a way to each other, with credentials that last a short time: username is when they
//! end, credential its HMAC-SHA-1 (draft-uberti-behave-turn-rest-00).

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit as _, Mac as _};
use serde::Serialize;
use sha1::Sha1;

use crate::config;

/// What a page hands to its browser.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, utoipa::ToSchema)]
#[schema(as = RecordingIceServer)]
pub struct IceServer {
    pub urls: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub username: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub credential: Option<String>,
}

/// The configured servers at an instant; none by default.
pub fn servers(turn: &config::Turn, now_ms: i64) -> Vec<IceServer> {
    let relays = |url: &&String| url.starts_with("turn");
    let plain: Vec<String> = turn
        .urls
        .iter()
        .filter(|url| !relays(url))
        .cloned()
        .collect();
    let relayed: Vec<String> = turn.urls.iter().filter(relays).cloned().collect();
    let mut servers = Vec::new();
    if !plain.is_empty() {
        servers.push(IceServer {
            urls: plain,
            username: None,
            credential: None,
        });
    }
    if !relayed.is_empty() {
        let username = (now_ms / 1_000 + turn.valid_minutes * 60).to_string();
        servers.push(IceServer {
            urls: relayed,
            credential: Some(credential(&turn.secret, &username)),
            username: Some(username),
        });
    }
    servers
}

fn credential(secret: &str, username: &str) -> String {
    let mut mac =
        Hmac::<Sha1>::new_from_slice(secret.as_bytes()).expect("HMAC takes keys of any length");
    mac.update(username.as_bytes());
    STANDARD.encode(mac.finalize().into_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn credentials_are_those_of_the_draft_and_end() {
        let turn = config::Turn {
            urls: vec!["stun:s.example".into(), "turns:t.example:443".into()],
            secret: "north".into(),
            valid_minutes: 60,
        };
        let servers = servers(&turn, 1_700_000_000_123);
        assert_eq!(servers[0].urls, ["stun:s.example"]);
        assert_eq!(servers[0].credential, None);
        assert_eq!(servers[1].username.as_deref(), Some("1700003600"));
        // printf 1700003600 | openssl dgst -sha1 -hmac north -binary | base64
        assert_eq!(servers[1].credential.as_deref(), Some(VECTOR));
        assert_eq!(
            super::servers(&config::Turn::default(), 0),
            Vec::<IceServer>::new()
        );
    }

    const VECTOR: &str = "xF4I6gruVt/PjGbjajGu2UlidPk=";
}
