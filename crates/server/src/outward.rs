//! Calling an address that somebody else chose, without reaching anyone's inside (SSRF).
//!
//! The name is resolved here, every address it has is looked at, and the connection goes to exactly those addresses:
//! a name that changes its mind in between changes nothing. Redirects are not followed.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::time::Duration;

use axum::http;
use ipnet::IpNet;
use reqwest::redirect::Policy;
use serde::Deserialize;
use url::{Host, Url};

use crate::clock;
use crate::error::Result;

const URL_CHARS_MAX: usize = 500;
const CALL_MAX: Duration = Duration::from_secs(15);
const ANSWER_BYTES_MAX: usize = 256 * 1024;
const CONNECT_MAX: Duration = Duration::from_secs(5);

/// Whether calls may go to this very machine, and without TLS then.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Loopback {
    Refused,
    Allowed,
}

/// What else may be called beside public addresses.
#[derive(Clone, Debug)]
pub struct Reach {
    pub loopback: Loopback,
    /// Inner networks that the operator opened.
    pub inner: Vec<IpNet>,
}

impl From<Loopback> for Reach {
    fn from(loopback: Loopback) -> Self {
        Self {
            loopback,
            inner: Vec::new(),
        }
    }
}

impl Reach {
    /// Whether an address may not be called: everything but public unicast and what was opened.
    fn forbids(&self, ip: IpAddr) -> bool {
        if self.inner.iter().any(|net| opens(net, ip)) {
            return false;
        }
        if ip.is_loopback() {
            return self.loopback == Loopback::Refused;
        }
        match ip {
            IpAddr::V4(ip) => forbidden_v4(ip),
            IpAddr::V6(ip) => forbidden_v6(ip),
        }
    }
}

/// What answers about a machine itself at clouds' inner addresses, beside link-local ones.
const METADATA: [IpAddr; 3] = [
    IpAddr::V4(Ipv4Addr::new(100, 100, 100, 200)),
    IpAddr::V4(Ipv4Addr::new(168, 63, 129, 16)),
    IpAddr::V6(Ipv6Addr::new(0xfd00, 0xec2, 0, 0, 0, 0, 0, 0x254)),
];

/// The reach for whatever an address leads to: inner networks only where it lies in them itself, so that nobody public
/// leads inside.
pub async fn reach_from(url: &str, reach: Reach) -> Reach {
    let lies_inside = match Url::parse(url) {
        Ok(url) => resolved(&url).await.is_ok_and(|found| {
            let inside = |ip| reach.inner.iter().any(|net| opens(net, ip));
            found.iter().all(|at| inside(at.ip()))
        }),
        Err(_) => false,
    };
    if lies_inside {
        return reach;
    }
    reach.loopback.into()
}

/// Whether an opened network opens an address. This machine, its links and what tells about it are opened only by an entry
/// for exactly that address.
fn opens(net: &IpNet, ip: IpAddr) -> bool {
    let exact = net.prefix_len() == net.max_prefix_len();
    net.contains(&ip) && (exact || !is_delicate(ip))
}

fn is_delicate(ip: IpAddr) -> bool {
    let link = match ip {
        IpAddr::V4(ip) => ip.is_link_local() || ip.is_broadcast(),
        IpAddr::V6(ip) => ip.is_unicast_link_local() || ip.to_ipv4_mapped().is_some(),
    };
    link || ip.is_loopback() || ip.is_unspecified() || ip.is_multicast() || METADATA.contains(&ip)
}

/// Whether a network may be opened: it lies wholly in a private range (RFC 1918, RFC 6598, RFC 4193), or is one address.
pub fn may_be_opened(net: &IpNet) -> bool {
    let private = [
        "10.0.0.0/8",
        "172.16.0.0/12",
        "192.168.0.0/16",
        "100.64.0.0/10",
        "fc00::/7",
    ];
    let mut private = private.iter().filter_map(|text| text.parse::<IpNet>().ok());
    net.prefix_len() == net.max_prefix_len() || private.any(|range| range.contains(net))
}

/// Why an address is none to call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unfit {
    /// No `https` address, or one with an account or a fragment, or too long.
    Form,
    /// It lies inside somebody's network.
    Inside,
}

/// How a call ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    Answered(u16),
    /// The stable name of what went wrong before an answer.
    Failed(&'static str),
}

/// An address as it may be stored: `https`, or `http` to loopback where the configuration allows that.
pub fn parse(text: &str, reach: impl Into<Reach>) -> Result<Url, Unfit> {
    let reach = reach.into();
    let url = Url::parse(text).map_err(|_| Unfit::Form)?;
    let plain = url.username().is_empty() && url.password().is_none() && url.fragment().is_none();
    let scheme = match url.scheme() {
        "https" => true,
        "http" => reach.loopback == Loopback::Allowed,
        _ => false,
    };
    if text.chars().count() > URL_CHARS_MAX || !plain || !scheme {
        return Err(Unfit::Form);
    }
    let literal = match url.host().ok_or(Unfit::Form)? {
        Host::Ipv4(ip) => Some(IpAddr::V4(ip)),
        Host::Ipv6(ip) => Some(IpAddr::V6(ip)),
        Host::Domain(_) => None,
    };
    match literal {
        Some(ip) if reach.forbids(ip) => Err(Unfit::Inside),
        _ => Ok(url),
    }
}

fn forbidden_v4(ip: Ipv4Addr) -> bool {
    let [a, b, c, _] = ip.octets();
    ip.is_private()
        || ip.is_loopback()
        || ip.is_link_local()
        || ip.is_documentation()
        || a == 0
        || a >= 224
        || (a == 100 && (64..128).contains(&b))
        || (a == 192 && b == 0 && c == 0)
        || (a == 192 && b == 88 && c == 99)
        || (a == 198 && (b == 18 || b == 19))
}

/// Global unicast is 2000::/3; inside it some ranges carry IPv4 addresses or are for documentation.
fn forbidden_v6(ip: Ipv6Addr) -> bool {
    let [a, b, ..] = ip.segments();
    a & 0xe000 != 0x2000
        || a == 0x2002
        || (a == 0x2001 && b < 0x0200)
        || (a == 0x2001 && b == 0x0db8)
        || (a == 0x3fff && b < 0x1000)
}

/// Why a question got no answer: a stable name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Unanswered(pub &'static str);

impl std::fmt::Display for Unanswered {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.0)
    }
}

impl std::error::Error for Unanswered {}

/// Sends a request and reads the answer, up to a bound.
pub async fn ask(
    request: http::Request<Vec<u8>>,
    reach: Reach,
) -> Result<http::Response<Vec<u8>>, Unanswered> {
    let asked = clock::within(CALL_MAX, read(request, reach)).await;
    asked.unwrap_or(Err(Unanswered("timeout")))
}

async fn read(
    request: http::Request<Vec<u8>>,
    reach: Reach,
) -> Result<http::Response<Vec<u8>>, Unanswered> {
    let (parts, body) = request.into_parts();
    let url = parse(&parts.uri.to_string(), reach.clone()).map_err(|_| Unanswered("url"))?;
    let client = guarded(&url, &reach).await.map_err(Unanswered)?;
    let client = client.build().map_err(|_| Unanswered("client"))?;
    let sent = client
        .request(parts.method, url)
        .headers(parts.headers)
        .body(body)
        .send();
    let mut answer = sent.await.map_err(|cause| Unanswered(failure(&cause)))?;
    let mut whole = http::Response::new(Vec::new());
    *whole.status_mut() = answer.status();
    *whole.headers_mut() = answer.headers().clone();
    while let Some(part) = answer
        .chunk()
        .await
        .map_err(|cause| Unanswered(failure(&cause)))?
    {
        if whole.body().len() + part.len() > ANSWER_BYTES_MAX {
            return Err(Unanswered("answer_too_long"));
        }
        whole.body_mut().extend_from_slice(&part);
    }
    Ok(whole)
}

fn failure(cause: &reqwest::Error) -> &'static str {
    if cause.is_timeout() {
        "timeout"
    } else if cause.is_connect() {
        "no_connection"
    } else {
        "broken_off"
    }
}

/// Posts a body; an answer's body is not read.
pub async fn post(
    url: &Url,
    headers: [(&'static str, String); 3],
    body: Vec<u8>,
    reach: impl Into<Reach>,
) -> Result<Outcome> {
    match clock::within(CALL_MAX, call(url, headers, body, &reach.into())).await {
        Some(outcome) => outcome,
        None => Ok(Outcome::Failed("timeout")),
    }
}

async fn call(
    url: &Url,
    headers: [(&'static str, String); 3],
    body: Vec<u8>,
    reach: &Reach,
) -> Result<Outcome> {
    let client = match guarded(url, reach).await {
        Ok(client) => client,
        Err(why) => return Ok(Outcome::Failed(why)),
    };
    let mut request = client
        .build()?
        .post(url.clone())
        .header("content-type", "application/json");
    for (name, value) in headers {
        request = request.header(name, value);
    }
    Ok(match request.body(body).send().await {
        Ok(answer) => Outcome::Answered(answer.status().as_u16()),
        Err(cause) => Outcome::Failed(failure(&cause)),
    })
}

/// Every address of a host; at least one.
async fn resolved(url: &Url) -> Result<Vec<SocketAddr>, &'static str> {
    let (Some(host), Some(port)) = (url.host(), url.port_or_known_default()) else {
        return Err("url");
    };
    let found: Vec<SocketAddr> = match host {
        Host::Ipv4(ip) => vec![SocketAddr::from((ip, port))],
        Host::Ipv6(ip) => vec![SocketAddr::from((ip, port))],
        Host::Domain(name) => match tokio::net::lookup_host((name, port)).await {
            Ok(found) => found.collect(),
            Err(_) => return Err("name_unknown"),
        },
    };
    if found.is_empty() {
        return Err("name_unknown");
    }
    Ok(found)
}

/// A client that reaches a host at addresses which were looked at, and nowhere else.
async fn guarded(url: &Url, reach: &Reach) -> Result<reqwest::ClientBuilder, &'static str> {
    let found = resolved(url).await?;
    if found.iter().any(|at| reach.forbids(at.ip())) {
        return Err("target_forbidden");
    }
    let mut client = reqwest::Client::builder()
        .no_proxy()
        .redirect(Policy::none())
        .connect_timeout(CONNECT_MAX)
        .timeout(CALL_MAX)
        .user_agent("xiaobao/1");
    if let Some(Host::Domain(name)) = url.host() {
        client = client.resolve_to_addrs(name, &found);
    }
    Ok(client)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn forbidden(ip: IpAddr, loopback: Loopback) -> bool {
        Reach::from(loopback).forbids(ip)
    }

    #[test]
    fn no_inner_address_is_ever_a_target() {
        let inside = [
            "0.0.0.0",
            "0.1.2.3",
            "10.0.0.1",
            "100.64.0.1",
            "100.127.255.255",
            "127.0.0.1",
            "127.9.9.9",
            "169.254.169.254",
            "172.16.0.1",
            "172.31.255.255",
            "192.0.0.8",
            "192.0.2.1",
            "192.88.99.1",
            "192.168.1.1",
            "198.18.0.1",
            "198.51.100.7",
            "203.0.113.9",
            "224.0.0.1",
            "240.0.0.1",
            "255.255.255.255",
            "::",
            "::1",
            "::127.0.0.1",
            "::ffff:127.0.0.1",
            "::ffff:169.254.169.254",
            "::ffff:8.8.8.8",
            "64:ff9b::a9fe:a9fe",
            "100::1",
            "2001::1",
            "2001:db8::1",
            "2002:7f00:1::",
            "3fff::1",
            "fc00::1",
            "fd00:ec2::254",
            "fe80::1",
            "fec0::1",
            "ff02::1",
        ];
        for text in inside {
            let ip: IpAddr = text.parse().expect("an address");
            assert!(forbidden(ip, Loopback::Refused), "{text}");
            let near = ip.is_loopback();
            assert_eq!(forbidden(ip, Loopback::Allowed), !near, "{text}");
        }
        for text in [
            "1.1.1.1",
            "100.63.0.1",
            "100.128.0.1",
            "172.32.0.1",
            "223.5.5.5",
            "2400:3200::1",
            "2606:4700::1111",
        ] {
            assert!(
                !forbidden(text.parse().expect("an address"), Loopback::Refused),
                "{text}"
            );
        }
    }

    #[test]
    fn an_opened_network_opens_what_lies_in_it_and_never_the_machine_itself() {
        let nets = [
            "10.20.0.0/16",
            "100.64.0.0/10",
            "fd00::/8",
            "169.254.1.1/32",
        ];
        let nets = nets.map(|net| net.parse::<IpNet>().expect("a network"));
        let reach = Reach {
            loopback: Loopback::Refused,
            inner: nets.to_vec(),
        };
        let table = [
            ("10.20.0.1", true),
            ("10.20.255.255", true),
            ("10.21.0.1", false),
            ("192.168.1.1", false),
            ("100.64.0.1", true),
            ("100.100.100.200", false),
            ("fd12::1", true),
            ("fd00:ec2::254", false),
            ("::ffff:10.20.0.1", false),
            ("169.254.1.1", true),
            ("169.254.169.254", false),
            ("127.0.0.1", false),
            ("::1", false),
            ("0.0.0.0", false),
            ("1.1.1.1", true),
        ];
        for (text, open) in table {
            let ip = text.parse().expect("an address");
            assert_eq!(!reach.forbids(ip), open, "{text}");
        }
        assert!(parse("https://10.20.0.1/realms/x", reach.clone()).is_ok());
        assert_eq!(parse("http://10.20.0.1/", reach).err(), Some(Unfit::Form));
        for everything in [
            "0.0.0.0/0",
            "::/0",
            "127.0.0.0/8",
            "169.254.0.0/16",
            "fe80::/10",
        ] {
            let net: IpNet = everything.parse().expect("a network");
            assert!(!may_be_opened(&net), "{everything}");
            let reach = Reach {
                loopback: Loopback::Refused,
                inner: vec![net],
            };
            for text in ["127.0.0.1", "::1", "169.254.169.254", "fe80::1"] {
                assert!(
                    reach.forbids(text.parse().expect("an address")),
                    "{everything} {text}"
                );
            }
        }
        for net in [
            "10.0.0.0/8",
            "10.1.0.0/16",
            "192.168.7.0/24",
            "fd12:3456::/32",
            "127.0.0.1/32",
        ] {
            assert!(may_be_opened(&net.parse().expect("a network")), "{net}");
        }
    }

    #[test]
    fn an_address_in_any_spelling_is_looked_at() {
        let table: &[(&str, Option<Unfit>)] = &[
            ("https://lender.example/hooks?x=1", None),
            ("https://lender.example:8443/", None),
            ("https://1.1.1.1/", None),
            ("http://lender.example/", Some(Unfit::Form)),
            ("ftp://lender.example/", Some(Unfit::Form)),
            ("file:///etc/passwd", Some(Unfit::Form)),
            ("https://user@lender.example/", Some(Unfit::Form)),
            ("https://user:word@lender.example/", Some(Unfit::Form)),
            ("https://lender.example/#x", Some(Unfit::Form)),
            ("lender.example", Some(Unfit::Form)),
            ("", Some(Unfit::Form)),
            ("https://127.0.0.1/", Some(Unfit::Inside)),
            ("https://2130706433/", Some(Unfit::Inside)),
            ("https://0x7f000001/", Some(Unfit::Inside)),
            ("https://017700000001/", Some(Unfit::Inside)),
            ("https://127.1/", Some(Unfit::Inside)),
            ("https://169.254.169.254/latest", Some(Unfit::Inside)),
            ("https://2852039166/", Some(Unfit::Inside)),
            ("https://[::1]/", Some(Unfit::Inside)),
            ("https://[::ffff:169.254.169.254]/", Some(Unfit::Inside)),
            ("https://[::ffff:a9fe:a9fe]/", Some(Unfit::Inside)),
            ("https://[fd00:ec2::254]/", Some(Unfit::Inside)),
        ];
        for (text, wanted) in table {
            assert_eq!(parse(text, Loopback::Refused).err(), *wanted, "{text}");
        }
        let long = format!("https://lender.example/{}", "x".repeat(500));
        assert_eq!(parse(&long, Loopback::Refused).err(), Some(Unfit::Form));
        assert!(parse("http://127.0.0.1:9/", Loopback::Allowed).is_ok());
        assert_eq!(
            parse("http://10.0.0.1/", Loopback::Allowed).err(),
            Some(Unfit::Inside)
        );
    }

    fn runtime() -> tokio::runtime::Runtime {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build();
        runtime.expect("a runtime")
    }

    #[test]
    fn what_is_public_leads_nobody_inside() {
        let reach = Reach {
            loopback: Loopback::Refused,
            inner: vec!["10.20.0.0/16".parse().expect("a network")],
        };
        for (issuer, inner) in [
            ("https://10.20.0.7/realms/x", 1),
            ("https://10.21.0.7/realms/x", 0),
            ("https://1.1.1.1/realms/x", 0),
            ("https://localhost/realms/x", 0),
            ("nonsense", 0),
        ] {
            let found = runtime().block_on(reach_from(issuer, reach.clone()));
            assert_eq!(found.inner.len(), inner, "{issuer}");
            assert_eq!(found.loopback, Loopback::Refused);
        }
    }

    #[test]
    fn a_name_that_leads_inside_is_not_called() {
        let outcome = runtime().block_on(async {
            let url = parse("https://localhost:9/", Loopback::Refused).expect("a name");
            let headers = ["a", "b", "c"].map(|name| (name, String::new()));
            post(&url, headers, Vec::new(), Loopback::Refused).await
        });
        assert_eq!(
            outcome.expect("an outcome"),
            Outcome::Failed("target_forbidden")
        );
    }
}
