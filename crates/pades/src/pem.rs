//! PEM armour (RFC 7468).

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

/// `der` between BEGIN and END lines.
#[must_use]
pub fn armour(label: &str, der: &[u8]) -> String {
    let text = STANDARD.encode(der);
    let mut out = format!("-----BEGIN {label}-----\n");
    for line in text.as_bytes().chunks(64) {
        out.extend(line.iter().copied().map(char::from));
        out.push('\n');
    }
    out.push_str(&format!("-----END {label}-----\n"));
    out
}

/// Everything under `label`, in order; text between is passed over.
/// `None` where armour is open or holds no base64.
#[must_use]
pub fn open(label: &str, text: &str) -> Option<Vec<Vec<u8>>> {
    let (begin, end) = (
        format!("-----BEGIN {label}-----"),
        format!("-----END {label}-----"),
    );
    let mut found = Vec::new();
    let mut rest = text;
    while let Some((_, after)) = rest.split_once(&begin) {
        let (body, next) = after.split_once(&end)?;
        let body: String = body.split_ascii_whitespace().collect();
        found.push(STANDARD.decode(body).ok()?);
        rest = next;
    }
    Some(found)
}
