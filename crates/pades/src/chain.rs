//! From a certificate to something trusted, with everything that must hold on the way.

use der::asn1::ObjectIdentifier;

use crate::certificate::{Certificate, Critical, KeyUsage};
use crate::crl::Crl;
use crate::oid;

/// Certificates between the first and the trusted one, at the most.
const DEPTH_MAX: usize = 8;

/// Purposes with any of which a key may sign documents.
const SIGNING: [ObjectIdentifier; 5] = [
    oid::DOCUMENT_SIGNING,
    oid::EMAIL_PROTECTION,
    oid::ANY_PURPOSE,
    oid::MICROSOFT_DOCUMENT_SIGNING,
    oid::ADOBE_DOCUMENT_SIGNING,
];

/// What a verifier trusts and knows; nothing of it comes from the document.
#[derive(Clone, Debug, Default)]
pub struct Trust {
    /// Roots for signatures.
    pub anchors: Vec<Certificate>,
    /// Roots for timestamps.
    pub timestamp_anchors: Vec<Certificate>,
    /// Lists of revoked certificates.
    pub crls: Vec<Crl>,
}

/// What a certificate is used for where it is checked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Purpose {
    Signature,
    Timestamp,
}

/// Why a certificate is not trusted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ChainError {
    /// No way to a trusted certificate.
    #[error("no way to a trusted certificate")]
    Unknown,
    /// A certificate of the chain had not begun or was over.
    #[error("a certificate of the chain was not valid at that time")]
    Expired,
    /// A certificate of the chain was revoked by then.
    #[error("a certificate of the chain was revoked")]
    Revoked,
    /// A list of revoked certificates was there, but none that speaks for that time.
    #[error("no current word on whether a certificate was revoked")]
    RevocationUnknown,
    /// The certificate is not for this use.
    #[error("the certificate is not for this use")]
    Usage,
    /// A critical extension that nobody here understands.
    #[error("a critical extension is unknown")]
    Critical,
}

/// Finds a way from `leaf` over `pool` to an anchor that holds at `at_s`.
/// Where several ways exist, the first that holds counts, else the last one's fault is told.
pub(crate) fn check(
    leaf: &Certificate,
    pool: &[Certificate],
    trust: &Trust,
    purpose: Purpose,
    at_s: i64,
) -> Result<Vec<Certificate>, ChainError> {
    for_use(leaf, purpose)?;
    let anchors = match purpose {
        Purpose::Signature => &trust.anchors,
        Purpose::Timestamp => &trust.timestamp_anchors,
    };
    let walk = Walk {
        pool,
        anchors,
        crls: &trust.crls,
        at_s,
    };
    let mut path = vec![leaf.clone()];
    // Steps bound the whole search: a pool of look-alikes must not make it long.
    let mut steps = 256;
    walk.on(&mut path, &mut steps)?;
    Ok(path)
}

struct Walk<'a> {
    pool: &'a [Certificate],
    anchors: &'a [Certificate],
    crls: &'a [Crl],
    at_s: i64,
}

impl Walk<'_> {
    fn on(&self, path: &mut Vec<Certificate>, steps: &mut u32) -> Result<(), ChainError> {
        let current = path[path.len() - 1].clone();
        if current.extensions().unknown_critical > 0 {
            return Err(ChainError::Critical);
        }
        if self.at_s < current.not_before_s() || self.at_s > current.not_after_s() {
            return Err(ChainError::Expired);
        }
        if self.anchors.contains(&current) {
            return Ok(());
        }
        let mut fault = ChainError::Unknown;
        if path.len() > DEPTH_MAX {
            return Err(fault);
        }
        for issuer in self.anchors.iter().chain(self.pool) {
            if *steps == 0 {
                return Err(fault);
            }
            if path.contains(issuer) || !may_issue(issuer, &current, path.len() - 1) {
                continue;
            }
            *steps -= 1;
            if !current.signed_by(issuer) {
                continue;
            }
            if let Err(found) = self.revocation(&current, issuer) {
                fault = found;
                continue;
            }
            path.push(issuer.clone());
            match self.on(path, steps) {
                Ok(()) => return Ok(()),
                Err(found) => {
                    if found != ChainError::Unknown {
                        fault = found;
                    }
                    path.pop();
                }
            }
        }
        Err(fault)
    }

    /// Asks the issuer's lists; without any of them nothing is known to be revoked.
    fn revocation(
        &self,
        certificate: &Certificate,
        issuer: &Certificate,
    ) -> Result<(), ChainError> {
        let mut lists = self.crls.iter().filter(|crl| crl.by(issuer)).peekable();
        if lists.peek().is_none() {
            return Ok(());
        }
        if issuer
            .extensions()
            .usage
            .is_some_and(|usage| !usage.allows(KeyUsage::CRL_SIGN))
        {
            return Err(ChainError::RevocationUnknown);
        }
        let mut current = false;
        for list in lists {
            let revoked = list.revoked_at_s(certificate.serial());
            if revoked.is_some_and(|at_s| at_s <= self.at_s) {
                return Err(ChainError::Revoked);
            }
            // A list made after the moment speaks for it too: it names all revoked before.
            current |= list.next_update_s() >= self.at_s;
        }
        match current {
            true => Ok(()),
            false => Err(ChainError::RevocationUnknown),
        }
    }
}

/// Whether `issuer` is an authority that could have issued `subject` with `below`
/// intermediates between it and the end.
fn may_issue(issuer: &Certificate, subject: &Certificate, below: usize) -> bool {
    let own = issuer.extensions();
    let depth = match own.authority {
        Some(Some(most)) => u64::try_from(below).is_ok_and(|below| below <= most),
        Some(None) => true,
        None => false,
    };
    let keys = match (&subject.extensions().authority_key, &own.subject_key) {
        (Some(wanted), Some(own)) => wanted == own,
        _ => true,
    };
    let signs = own
        .usage
        .is_none_or(|usage| usage.allows(KeyUsage::CERTIFICATE_SIGN));
    depth && keys && signs && issuer.subject_der() == subject.issuer_der()
}

fn for_use(leaf: &Certificate, purpose: Purpose) -> Result<(), ChainError> {
    let own = leaf.extensions();
    let signs = KeyUsage::CONTENT_COMMITMENT | KeyUsage::DIGITAL_SIGNATURE;
    let bits = own.usage.is_none_or(|usage| usage.allows(signs));
    let purposes = match (purpose, &own.purposes) {
        (Purpose::Signature, None) => true,
        (Purpose::Signature, Some((list, _))) => {
            list.iter().any(|purpose| SIGNING.contains(purpose))
        }
        // RFC 3161 section 2.3: this purpose, alone and critical.
        (Purpose::Timestamp, Some((list, critical))) => {
            list.as_slice() == [oid::TIME_STAMPING] && *critical == Critical::Yes
        }
        (Purpose::Timestamp, None) => false,
    };
    match bits && purposes && own.authority.is_none() {
        true => Ok(()),
        false => Err(ChainError::Usage),
    }
}
