//! What custody swears to. Case: the subject that is gone; about nobody.

use serde::Serialize;

use super::store::Edition;
use crate::ledger::Sworn;

/// The certificate of a destruction was printed.
#[derive(Debug, Serialize)]
pub struct CertificateIssued<'a> {
    pub destruction: &'a str,
    pub edition: Edition,
    pub pdf_sha256: &'a str,
    pub pdf_sm3: &'a str,
    pub bytes: i64,
}

impl Sworn for CertificateIssued<'_> {
    const KIND: &'static str = "custody.certificate_issued.v1";
}
