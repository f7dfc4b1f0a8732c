//! A browser that changes something must stand on one of our own pages (CSRF). Browsers say where they stand and can't be
//! made to lie about it; other programs say nothing and carry no cookies by themselves.

use axum::extract::Request;
use axum::http::{HeaderMap, HeaderName, Uri, header};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};
use url::{Position, Url};

use super::asked_host;
use crate::ctx::Ctx;
use crate::error::{Error, Kind, Refuse, Text};

const FETCH_SITE: HeaderName = HeaderName::from_static("sec-fetch-site");

#[derive(Debug)]
struct OtherSite;

impl Refuse for OtherSite {
    fn code(&self) -> &'static str {
        "other_site"
    }
    fn kind(&self) -> Kind {
        Kind::Forbidden
    }
    fn text(&self) -> Text {
        Text::new(
            "这个请求来自另一个网站的页面，已拒绝。",
            "This request comes from another site's page and was refused.",
        )
    }
}

/// Refuses what another site's page makes a browser send, unless it only reads.
pub async fn same_origin(ctx: Ctx, request: Request, next: Next) -> Response {
    if request.method().is_safe() || own(request.headers(), request.uri(), &ctx.config.public_url())
    {
        next.run(request).await
    } else {
        Error::from(OtherSite).into_response()
    }
}

/// Whether a request's headers name our own site, or no page at all.
fn own(headers: &HeaderMap, uri: &Uri, public_url: &str) -> bool {
    // The browser itself compared the page's origin with the address it asks.
    if let Some(site) = headers.get(FETCH_SITE) {
        return site == "same-origin" || site == "none";
    }
    // Browsers that are too old for it still name the origin.
    let Some(origin) = headers.get(header::ORIGIN) else {
        return true;
    };
    let Some(origin) = origin.to_str().ok().and_then(|text| Url::parse(text).ok()) else {
        return false;
    };
    let host = |url: &Url| url[Position::BeforeHost..Position::AfterPort].to_owned();
    let asked = asked_host(headers, uri);
    let public = Url::parse(public_url).ok().map(|url| host(&url));
    let origin = host(&origin);
    Some(origin.as_str()) == asked || Some(origin) == public
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_of_another_site_is_not_ours() {
        let cases: [(&[(&str, &str)], bool); 13] = [
            (&[], true),
            (&[("sec-fetch-site", "same-origin")], true),
            (&[("sec-fetch-site", "none")], true),
            (&[("sec-fetch-site", "same-site")], false),
            (&[("sec-fetch-site", "cross-site")], false),
            (
                &[
                    ("sec-fetch-site", "cross-site"),
                    ("origin", "https://xiaobao.example"),
                ],
                false,
            ),
            (&[("origin", "https://xiaobao.example")], true),
            (
                &[("origin", "https://loan.example"), ("host", "loan.example")],
                true,
            ),
            (
                &[
                    ("origin", "https://loan.example:8443"),
                    ("host", "loan.example:8443"),
                ],
                true,
            ),
            (
                &[
                    ("origin", "https://loan.example:8443"),
                    ("host", "loan.example"),
                ],
                false,
            ),
            (
                &[("origin", "https://evil.example"), ("host", "loan.example")],
                false,
            ),
            (&[("origin", "null")], false),
            (&[("origin", "https://xiaobao.example.evil.example")], false),
        ];
        for (said, expected) in cases {
            let mut headers = HeaderMap::new();
            for (name, value) in said {
                let name: HeaderName = name.parse().expect("a name");
                headers.insert(name, value.parse().expect("a value"));
            }
            assert_eq!(
                own(&headers, &Uri::from_static("/"), "https://xiaobao.example"),
                expected,
                "{said:?}"
            );
        }
    }
}
