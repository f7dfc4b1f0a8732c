//! Passkeys (WebAuthn): whose site they belong to; pure.

use url::{Host, Url};

/// Passkeys of one person, at most.
pub const PASSKEYS_MAX: usize = 10;

/// How long a browser may take to ask its person.
pub const CEREMONY_MS: i64 = 5 * 60_000;

/// What a browser was asked to do with a passkey.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ceremony {
    Add,
    /// As second step, or to prove once more.
    Prove,
    /// To sign in with nothing else.
    SignIn,
}

impl Ceremony {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Add => "add",
            Self::Prove => "prove",
            Self::SignIn => "sign_in",
        }
    }
}

/// The site a browser's passkeys are bound to: the institution's own domain where the browser stands there, else the
/// house's. None where browsers have no passkeys, at a bare address; this very machine goes by its name.
pub fn passkey_site(host: &str, own_domain: Option<&str>, public_url: &str) -> Option<Url> {
    let name = host.rsplit_once(':').map_or(host, |(name, _)| name);
    if let Some(own) = own_domain.filter(|own| name.eq_ignore_ascii_case(own)) {
        return Url::parse(&format!("https://{own}")).ok();
    }
    let mut url = Url::parse(public_url).ok()?;
    let loopback = match url.host()? {
        Host::Domain(_) => return Some(url),
        Host::Ipv4(ip) => ip.is_loopback(),
        Host::Ipv6(ip) => ip.is_loopback(),
    };
    (loopback && url.set_host(Some("localhost")).is_ok()).then_some(url)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_passkey_belongs_to_the_site_its_browser_stands_at() {
        let own = Some("loan.example");
        let house = "https://house.example";
        let cases = [
            ("loan.example", own, house, Some("https://loan.example/")),
            (
                "LOAN.example:443",
                own,
                house,
                Some("https://loan.example/"),
            ),
            ("house.example", own, house, Some("https://house.example/")),
            // A host that is nobody's gets the house's: the browser itself refuses it.
            ("evil.example", own, house, Some("https://house.example/")),
            ("", None, house, Some("https://house.example/")),
            (
                "localhost:7100",
                None,
                "http://127.0.0.1:7100",
                Some("http://localhost:7100/"),
            ),
            (
                "[::1]:7100",
                None,
                "http://[::1]:7100",
                Some("http://localhost:7100/"),
            ),
            ("192.0.2.1", None, "https://192.0.2.1", None),
            ("house.example", None, "nonsense", None),
        ];
        for (host, own, public_url, expected) in cases {
            let found = passkey_site(host, own, public_url).map(|url| url.to_string());
            assert_eq!(found.as_deref(), expected, "{host}");
        }
    }
}
