//! Policies of pages that differ from the rest: shown inside another's frame, with a session that reaches in there, or checking files that must stay where they are.

use axum::http::{HeaderValue, header};
use axum::response::Response;

use super::layers::CSP;
use crate::error::Result;

const NOBODY: &str = "frame-ancestors 'none'";

/// Lets exactly these origins show a page in a frame. Browsers then heed this instead of `X-Frame-Options`.
pub fn framed_by(response: &mut Response, origins: &[String]) -> Result<()> {
    if origins.is_empty() {
        return Ok(());
    }
    let policy = CSP.replace(NOBODY, &format!("frame-ancestors {}", origins.join(" ")));
    response.headers_mut().insert(
        header::CONTENT_SECURITY_POLICY,
        HeaderValue::from_str(&policy).map_err(axum::http::Error::from)?,
    );
    Ok(())
}

/// For the page that checks evidence: its own scripts and styles, questions to this host, and nothing else.
const EVIDENCE: &str = "default-src 'none'; script-src 'self'; worker-src 'self'; style-src 'self'; img-src 'self'; \
                        connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/// Gives the page that checks evidence its policy.
pub fn for_evidence(response: &mut Response) {
    response.headers_mut().insert(
        header::CONTENT_SECURITY_POLICY,
        HeaderValue::from_static(EVIDENCE),
    );
}

/// Lets the cookies of this answer reach our pages in another site's frame, kept apart for each site that frames them.
/// Browsers take such cookies over TLS only; without it a frame of the same site still works.
pub fn cookies_reach_frames(response: &mut Response) -> Result<()> {
    let set: Vec<HeaderValue> = response
        .headers_mut()
        .get_all(header::SET_COOKIE)
        .iter()
        .cloned()
        .collect();
    response.headers_mut().remove(header::SET_COOKIE);
    for cookie in set {
        let text = String::from_utf8_lossy(cookie.as_bytes()).into_owned();
        let text = text.replace(
            "SameSite=Strict; Secure",
            "SameSite=None; Secure; Partitioned",
        );
        response.headers_mut().append(
            header::SET_COOKIE,
            HeaderValue::from_str(&text).map_err(axum::http::Error::from)?,
        );
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use axum::response::IntoResponse as _;

    use super::*;

    fn header(response: &Response, name: header::HeaderName) -> String {
        let value = response.headers().get(name).expect("the header");
        value.to_str().expect("text").to_owned()
    }

    #[test]
    fn a_page_names_who_may_frame_it_and_keeps_the_rest_of_its_policy() {
        let mut response = ().into_response();
        framed_by(&mut response, &[]).expect("nothing to do");
        assert!(response.headers().is_empty());
        let origins = ["https://a.example".to_owned(), "https://b.example".into()];
        framed_by(&mut response, &origins).expect("a header");
        let policy = header(&response, header::CONTENT_SECURITY_POLICY);
        assert!(policy.ends_with("frame-ancestors https://a.example https://b.example"));
        assert!(policy.starts_with("default-src 'self'"));
    }

    #[test]
    fn only_a_cookie_over_tls_reaches_frames() {
        for (set, reaches) in [
            ("a=b; HttpOnly; SameSite=Strict; Secure", true),
            ("a=b; HttpOnly; SameSite=Strict", false),
        ] {
            let mut response = ().into_response();
            let value = HeaderValue::from_static(set);
            response.headers_mut().append(header::SET_COOKIE, value);
            cookies_reach_frames(&mut response).expect("headers");
            let text = header(&response, header::SET_COOKIE);
            assert_eq!(text.contains("SameSite=None; Secure; Partitioned"), reaches);
            assert!(text.contains("HttpOnly"));
        }
    }
}
