//! Who is at the other end: behind trusted proxies the address that the nearest of them saw.

use std::net::{IpAddr, SocketAddr};

use axum::extract::{ConnectInfo, Request};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderName, Uri, header};
use ipnet::IpNet;

use crate::error::{Error, Result};

const FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");

/// The address of a request's sender; [`seen_through`] has looked behind the proxies.
pub fn address(parts: &Parts) -> Result<IpAddr> {
    parts
        .extensions
        .get::<ConnectInfo<SocketAddr>>()
        .map(|ConnectInfo(peer)| peer.ip())
        .ok_or_else(|| Error::internal("a request from nowhere"))
}

/// The host that was asked: HTTP/1.1 names it in a header, HTTP/2 in the address.
pub fn asked_host<'a>(headers: &'a HeaderMap, uri: &'a Uri) -> Option<&'a str> {
    let named = headers.get(header::HOST).and_then(|v| v.to_str().ok());
    named.or_else(|| uri.authority().map(|authority| authority.as_str()))
}

/// Puts the sender's own address where the nearest proxy's stood.
pub fn seen_through(mut request: Request, trusted: &[IpNet]) -> Request {
    if let Some(ConnectInfo(peer)) = request.extensions().get::<ConnectInfo<SocketAddr>>() {
        let own = sender(peer.ip(), request.headers(), trusted);
        let seen = SocketAddr::new(own, peer.port());
        request.extensions_mut().insert(ConnectInfo(seen));
    }
    request
}

/// From the right, each proxy names whom it was asked by; the first one that is not trusted is the sender, for what it
/// says about others may be invented.
fn sender(peer: IpAddr, headers: &HeaderMap, trusted: &[IpNet]) -> IpAddr {
    let mut sender = peer.to_canonical();
    let lines: Vec<&str> = headers
        .get_all(FORWARDED_FOR)
        .iter()
        .map(|line| line.to_str().unwrap_or_default())
        .collect();
    for said in lines.iter().rev().flat_map(|line| line.rsplit(',')) {
        if !trusted.iter().any(|net| net.contains(&sender)) {
            break;
        }
        let Ok(before) = said.trim().parse::<IpAddr>() else {
            break;
        };
        sender = before.to_canonical();
    }
    sender
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_trusted_proxies_say_who_asked_them() {
        let trusted =
            ["127.0.0.0/8", "::1/128", "10.0.0.0/8"].map(|net| net.parse().expect("a net"));
        let cases: [(&str, &[&str], &str); 11] = [
            ("203.0.113.9", &[], "203.0.113.9"),
            ("203.0.113.9", &["198.51.100.1"], "203.0.113.9"),
            ("127.0.0.1", &[], "127.0.0.1"),
            ("127.0.0.1", &["198.51.100.1"], "198.51.100.1"),
            ("::ffff:127.0.0.1", &["198.51.100.1"], "198.51.100.1"),
            ("127.0.0.1", &["8.8.8.8, 198.51.100.1"], "198.51.100.1"),
            ("127.0.0.1", &["198.51.100.1, 10.1.2.3"], "198.51.100.1"),
            ("127.0.0.1", &["198.51.100.1", "10.1.2.3"], "198.51.100.1"),
            ("127.0.0.1", &["10.0.0.1,10.0.0.2"], "10.0.0.1"),
            ("127.0.0.1", &["198.51.100.1, nonsense"], "127.0.0.1"),
            ("::1", &["2001:db8::7"], "2001:db8::7"),
        ];
        for (peer, lines, expected) in cases {
            let mut headers = HeaderMap::new();
            for line in lines {
                headers.append(FORWARDED_FOR, line.parse().expect("a header"));
            }
            let found = sender(peer.parse().expect("an address"), &headers, &trusted);
            assert_eq!(found.to_string(), expected, "{peer} {lines:?}");
        }
    }
}
