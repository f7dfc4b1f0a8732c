//! The house's own certificates and timestamps: for the demo, and where an institution chooses them knowingly. Not a third party.
//!
//! Every key and certificate follows from one key file, so every node has the same ones and nothing else is kept.

use pades::sm2::Sm2Key;
use pades::timestamp::Service;
use pades::{
    Authority, Certificate, Crl, LocalSigner, Order, PrivateKey, Reason, Revoked, Signer as _,
    Subject, Trust, Usage, Validity,
};

use super::{Beside, Wanted};
use crate::access::Institution;
use crate::ctx::Ctx;
use crate::error::{Error, Result};
use crate::keys::{self, Key};
use crate::signing::tries::Attempt;

/// The one key file.
pub const KEY: &str = "signing";

/// 2026-01-01 to 2046-01-01: the house's own certificates.
const HOUSE: Validity = Validity {
    not_before_s: 1_767_225_600,
    not_after_s: 2_398_377_600,
};
/// A single-use certificate begins a little early for clocks that are late. Its key is gone after the act, so it may last as
/// long as the loan is looked at: readers that know no timestamps call a document invalid when its certificate is over.
const EARLY_S: i64 = 300;
const SINGLE_USE_S: i64 = 10 * 365 * 86_400;
/// A list of revoked certificates is good for a week.
const LIST_S: i64 = 7 * 86_400;
/// The policy its timestamps name: RFC 3161's example space, which promises nothing.
const POLICY: &str = "1.3.6.1.4.1.57264.99.1";

/// The own services of one institution.
pub struct Embedded {
    issuing: Authority,
    stamps: Service,
    seal: LocalSigner,
    sm2: Sm2Key,
    trust: Trust,
}

/// What follows from the key file for one purpose, at the `draw`-th time of asking.
fn secret(key: &Key, what: &str, whose: &str, draw: u8) -> [u8; 32] {
    let parts: [&[u8]; 4] = [
        b"xiaobao/signing/v1",
        what.as_bytes(),
        whose.as_bytes(),
        &[draw],
    ];
    keys::mac(key, &parts)
}

fn derived(key: &Key, what: &str, whose: &str) -> Result<PrivateKey> {
    let mut draw = 0;
    PrivateKey::p256_drawn(|| {
        draw += 1;
        secret(key, what, whose, draw)
    })
    .map_err(inside)
}

fn derived_sm2(key: &Key, whose: &str) -> Result<Sm2Key> {
    (1..=8)
        .find_map(|draw| Sm2Key::new(&secret(key, "sm2", whose, draw)).ok())
        .ok_or_else(|| Error::internal("eight draws that make no key"))
}

fn serial(key: &Key, what: &str, whose: &str) -> [u8; 16] {
    let parts: [&[u8]; 3] = [
        b"xiaobao/signing/serial/v1",
        what.as_bytes(),
        whose.as_bytes(),
    ];
    let mut serial = [0; 16];
    serial.copy_from_slice(&keys::mac(key, &parts)[..16]);
    serial
}

fn inside(cause: impl std::error::Error + Send + Sync + 'static) -> Error {
    Error::Internal(Box::new(cause))
}

/// The bytes of a certificate's number as it is kept.
fn bytes_of(hex: &str) -> Result<Vec<u8>> {
    let digit = |at: usize| {
        hex.get(at..at + 2)
            .and_then(|two| u8::from_str_radix(two, 16).ok())
    };
    (0..hex.len())
        .step_by(2)
        .map(digit)
        .collect::<Option<_>>()
        .ok_or_else(|| Error::internal("a certificate's number is not hex"))
}

/// A certificate's name: words of at most sixty-four characters, as X.520 allows.
fn named(common_name: &str, organization: Option<&str>) -> Subject {
    Subject {
        common_name: common_name.chars().take(64).collect(),
        organization: organization.map(|name| name.chars().take(64).collect()),
        serial_number: None,
        country: Some("CN".to_owned()),
    }
}

impl Embedded {
    pub fn open(ctx: &Ctx, house: &Institution) -> Result<Self> {
        let key = ctx.keys.get_or_create(KEY, &ctx.random)?;
        let whose = house.id.as_str();
        let root = Authority::root(
            derived(&key, "root", "")?,
            &named("Xiaobao demonstration root, not a third party", None),
            serial(&key, "root", ""),
            HOUSE,
        )
        .map_err(inside)?;
        let issuing = root
            .subordinate(
                derived(&key, "issuing", whose)?,
                &named("Xiaobao demonstration issuer", Some(&house.name)),
                serial(&key, "issuing", whose),
                HOUSE,
            )
            .map_err(inside)?;
        let certified = |key_of: &str, subject: &Subject, usage| -> Result<_> {
            let own = derived(&key, key_of, whose)?;
            let order = Order {
                subject,
                usage,
                public_key: &own.public_key(),
                serial: serial(&key, key_of, whose),
                validity: HOUSE,
                uris: &[],
            };
            let chain = issuing.issue(&order).map_err(inside)?;
            Ok((own, chain))
        };
        let clock = named("Xiaobao demonstration timestamps", Some(&house.name));
        let (own, chain) = certified("stamps", &clock, Usage::Timestamping)?;
        let stamps = Service::new(own, chain, POLICY).map_err(inside)?;
        let (own, chain) = certified("seal", &named(&house.name, Some(&house.name)), Usage::Seal)?;
        let seal = LocalSigner::new(own, chain).map_err(inside)?;
        let anchor = root.anchor().clone();
        Ok(Self {
            issuing,
            stamps,
            seal,
            sm2: derived_sm2(&key, whose)?,
            trust: Trust {
                anchors: vec![anchor.clone()],
                timestamp_anchors: vec![anchor],
                crls: Vec::new(),
            },
        })
    }

    pub fn certify(&self, wanted: &Wanted<'_>) -> Result<Vec<Certificate>> {
        let subject = Subject {
            // The act, in letters that a certificate's number may have.
            serial_number: Some(wanted.attempt.replace('_', "-")),
            ..named(wanted.name.expose(), None)
        };
        let mut number = [0; 16];
        number.copy_from_slice(&proof::digest::sha256(wanted.public_key)[..16]);
        self.issuing
            .issue(&Order {
                subject: &subject,
                usage: Usage::SingleUse,
                public_key: wanted.public_key,
                serial: number,
                validity: Validity {
                    not_before_s: wanted.now_s - EARLY_S,
                    not_after_s: wanted.now_s + SINGLE_USE_S,
                },
                uris: wanted.uris,
            })
            .map_err(inside)
    }

    pub fn seal_chain(&self) -> &[Certificate] {
        self.seal.chain()
    }

    pub fn seal(&self, message: &[u8]) -> Result<Vec<u8>> {
        self.seal.sign(message).map_err(inside)
    }

    pub fn beside(&self, file: &[u8]) -> Result<Beside> {
        Ok(Beside {
            public_key: self.sm2.public_key_info(),
            signature: self.sm2.sign(file).map_err(inside)?,
        })
    }

    pub fn stamp(&self, request: &[u8], now_s: i64, serial: [u8; 16]) -> Result<Vec<u8>> {
        self.stamps.answer(request, now_s, serial).map_err(inside)
    }

    pub fn trust(&self) -> &Trust {
        &self.trust
    }

    /// The root certificate as PEM: what whoever checks a document of the demo puts into their store.
    pub fn anchor_pem(&self) -> String {
        let anchors = self.trust.anchors.iter();
        anchors.map(pades::to_pem).collect()
    }

    /// The list of certificates whose attempt was abandoned.
    pub fn revoked(&self, attempts: &[Attempt], now_s: i64) -> Result<Crl> {
        let mut revoked = Vec::with_capacity(attempts.len());
        for attempt in attempts {
            let (Some(serial), Some(ended_at_ms)) = (&attempt.serial, attempt.ended_at_ms) else {
                continue;
            };
            revoked.push(Revoked {
                serial: bytes_of(serial)?,
                at_s: ended_at_ms / 1_000,
                reason: Reason::CessationOfOperation,
            });
        }
        let number = u64::try_from(now_s).unwrap_or(0);
        self.issuing
            .crl(number, now_s, now_s + LIST_S, &revoked)
            .map_err(inside)
    }
}
