//! A house with everything it takes to sign: authorities, a seal, a timestamp service, a borrower.
#![allow(dead_code, reason = "each test takes what it needs")]

use std::cell::Cell;

use pades::timestamp::{Service, TimestampError};
use pades::{
    Appearance, Authority, Certification, Crl, Field, Lettering, LocalSigner, Order, PageAt, Place,
    PrivateKey, Rect, Request, Signer as _, Stamp, Subject, TOKEN_BYTES, Timestamps, Trust, Usage,
    Validity,
};

/// A sheet that the server printed with Typst.
pub const SHEET: &[u8] = include_bytes!("../fixtures/sheet.pdf");
/// A blank page in object streams.
pub const PACKED: &[u8] = include_bytes!("../fixtures/packed.pdf");
pub const INK: &[u8] = include_bytes!("../fixtures/handwriting.png");
pub const FONT: &[u8] = include_bytes!("../fixtures/lettering.otf");

/// 2026-11-22 06:19:00 UTC.
pub const NOON: i64 = 1_795_328_340;
const YEAR: i64 = 365 * 24 * 3600;
const POLICY: &str = "1.3.6.1.4.1.99999.1";

pub struct House {
    pub issuing: Authority,
    pub seal: LocalSigner,
    pub service: Service,
    pub trust: Trust,
    at_s: i64,
}

/// Bytes that differ from one `what` to the next, and always come the same.
pub fn bytes<const N: usize>(what: &str) -> [u8; N] {
    let digest = pades::sha256(what.as_bytes());
    let mut out = [0; N];
    out.copy_from_slice(&digest[..N]);
    out
}

pub fn key(what: &str) -> PrivateKey {
    PrivateKey::p256(&bytes(what)).expect("a digest is a key but once in 2^32")
}

impl House {
    pub fn at(at_s: i64) -> Self {
        let years = |count: i64| Validity {
            not_before_s: at_s - YEAR,
            not_after_s: at_s + count * YEAR,
        };
        let named = |name: &str| Subject {
            common_name: name.to_owned(),
            organization: Some("Example House".to_owned()),
            serial_number: None,
            country: Some("CN".to_owned()),
        };
        let root = Authority::root(key("root"), &named("Example Root"), bytes("1"), years(10))
            .expect("a root");
        let issuing = root
            .subordinate(
                key("issuing"),
                &named("Example Issuing CA"),
                bytes("2"),
                years(5),
            )
            .expect("an authority");
        let issue = |what: &str, name: &str, usage| {
            let key = key(what);
            let chain = issuing
                .issue(&Order {
                    subject: &named(name),
                    usage,
                    public_key: &key.public_key(),
                    serial: bytes(what),
                    validity: years(2),
                    uris: &[],
                })
                .expect("a certificate");
            (key, chain)
        };
        let (seal, seal_chain) = issue("seal", "江岚银行（演示） seal", Usage::Seal);
        let (stamp, stamp_chain) = issue("stamp", "Example Time Stamping", Usage::Timestamping);
        let anchor = issuing.anchor().clone();
        Self {
            seal: LocalSigner::new(seal, seal_chain).expect("the seal's own"),
            service: Service::new(stamp, stamp_chain, POLICY).expect("the service's own"),
            trust: Trust {
                anchors: vec![anchor.clone()],
                timestamp_anchors: vec![anchor],
                crls: Vec::new(),
            },
            issuing,
            at_s,
        }
    }

    /// A key for this act alone, certified for an hour.
    pub fn borrower(&self, act: &str) -> LocalSigner {
        let key = key(act);
        let subject = Subject {
            common_name: "周*".to_owned(),
            serial_number: Some(format!("idc-{act}")),
            ..Subject::default()
        };
        let uris = [
            format!("urn:example:identity-check:{act}"),
            format!("urn:example:document-set:sha256:{:064x}", 42),
        ];
        let chain = self
            .issuing
            .issue(&Order {
                subject: &subject,
                usage: Usage::SingleUse,
                public_key: &key.public_key(),
                serial: bytes(act),
                validity: Validity {
                    not_before_s: self.at_s - 300,
                    not_after_s: self.at_s + 3600,
                },
                uris: &uris,
            })
            .expect("a certificate");
        LocalSigner::new(key, chain).expect("the key's own")
    }

    pub fn clock(&self) -> Desk<'_> {
        Desk {
            service: &self.service,
            at_s: self.at_s,
            asked: Cell::new(0),
        }
    }

    pub fn crl(&self, revoked: &[pades::Revoked]) -> Crl {
        self.issuing
            .crl(7, self.at_s - 60, self.at_s + 86_400, revoked)
            .expect("a list")
    }
}

/// The house's timestamp service, asked in memory.
pub struct Desk<'a> {
    service: &'a Service,
    at_s: i64,
    asked: Cell<u64>,
}

impl Timestamps for Desk<'_> {
    fn ask(&self, request: &[u8]) -> Result<Vec<u8>, TimestampError> {
        self.asked.set(self.asked.get() + 1);
        let serial = bytes(&format!("token {}", self.asked.get()));
        self.service
            .answer(request, self.at_s, serial)
            .map_err(|fault| TimestampError::Service(Box::new(fault)))
    }
}

pub fn field(name: &str, label: &str, left: u16) -> Field {
    Field {
        name: name.to_owned(),
        label: label.to_owned(),
        place: Place::On {
            page: PageAt::Last,
            rect: Rect {
                left,
                bottom: 60,
                width: 200,
                height: 64,
            },
        },
    }
}

pub fn both() -> [Field; 2] {
    [
        field("Borrower", "借款人签名", 60),
        field("Institution", "机构签章", 300),
    ]
}

pub fn request<'a>(field: &'a Field, name: &'a str, at_s: i64) -> Request<'a> {
    Request {
        field,
        name,
        reason: "本人已阅读并同意",
        at_s,
        appearance: None,
        certification: Certification::Approval,
        token_bytes: TOKEN_BYTES,
    }
}

pub fn stamp<'a>(desk: &'a Desk<'a>, trust: &'a Trust, what: &str) -> Stamp<'a> {
    Stamp {
        service: desk,
        trust,
        nonce: bytes(what),
    }
}

/// The sheet signed by the borrower, then sealed by the institution, both B-T.
pub fn signed(house: &House) -> Vec<u8> {
    let desk = house.clock();
    let fields = both();
    let at_s = house.at_s;
    let reserved = pades::reserve(SHEET, &fields).expect("room for two fields");
    let borrower = house.borrower("act");
    let lines = ["周*", "2026-11-22 14:19 身份核验通过"];
    let first = Request {
        appearance: Some(Appearance {
            handwriting: Some(INK),
            lettering: Some(Lettering {
                font: FONT,
                lines: &lines,
            }),
        }),
        certification: Certification::FillAndSign,
        ..request(&fields[0], "周*", at_s)
    };
    let once = pades::sign(
        &reserved,
        &first,
        &borrower,
        Some(stamp(&desk, &house.trust, "a")),
    )
    .expect("the borrower signs");
    let lines = ["江岚银行（演示）", "2026-11-22 14:19"];
    let second = Request {
        appearance: Some(Appearance {
            handwriting: None,
            lettering: Some(Lettering {
                font: FONT,
                lines: &lines,
            }),
        }),
        ..request(&fields[1], "江岚银行（演示）", at_s)
    };
    pades::sign(
        &once,
        &second,
        &house.seal,
        Some(stamp(&desk, &house.trust, "b")),
    )
    .expect("the institution seals")
}

/// A document in object streams, signed in two reserved fields, level B-T.
pub fn packed(house: &House) -> Vec<u8> {
    let desk = house.clock();
    let fields = both();
    let reserved = pades::reserve(PACKED, &fields).expect("room for two fields");
    let first = request(&fields[0], "周*", house.at_s);
    let borrower = house.borrower("packed");
    let stamped = stamp(&desk, &house.trust, "c");
    let once = pades::sign(&reserved, &first, &borrower, Some(stamped)).expect("signed");
    let second = request(&fields[1], "江岚银行（演示）", house.at_s);
    let stamped = stamp(&desk, &house.trust, "d");
    pades::sign(&once, &second, &house.seal, Some(stamped)).expect("sealed")
}

/// Two invisible fields, made by the signatures themselves, level B-B.
pub fn plain(house: &House) -> Vec<u8> {
    let hidden = |name: &str| Field {
        name: name.to_owned(),
        label: name.to_owned(),
        place: Place::Nowhere,
    };
    let (first, second) = (hidden("Borrower"), hidden("Institution"));
    let bare = |field| Request {
        token_bytes: 0,
        ..request(field, "Zhou", house.at_s)
    };
    let once = pades::sign(SHEET, &bare(&first), &house.borrower("plain"), None).expect("signed");
    pades::sign(&once, &bare(&second), &house.seal, None).expect("sealed")
}

/// Files for readers that are not ours.
pub fn examples(at_s: i64) -> Vec<(&'static str, Vec<u8>)> {
    let house = House::at(at_s);
    let signed = signed(&house);
    let mut flipped = signed.clone();
    // A byte of the document itself, far from every structure.
    flipped[40_000] ^= 1;
    let pem = |chain: &[pades::Certificate]| -> Vec<u8> {
        chain
            .iter()
            .map(pades::to_pem)
            .collect::<String>()
            .into_bytes()
    };
    let question = pades::timestamp::Request::new(pades::sha256(SHEET), bytes("question"));
    let answer = house.clock().ask(&question.to_der()).expect("an answer");
    let borrower = house.borrower("act");
    let revoked = pades::Revoked {
        serial: borrower.chain()[0].serial().to_vec(),
        at_s: at_s - 10,
        reason: pades::Reason::Superseded,
    };
    let chain = house.issuing.chain();
    let sm2 = pades::sm2::Sm2Key::new(&bytes("sm2")).expect("a key");
    let sm2_public = pades::pem::armour("PUBLIC KEY", &sm2.public_key_info());
    vec![
        ("sm2.pem", sm2_public.into_bytes()),
        ("sheet.sm2", sm2.sign(SHEET).expect("a signature")),
        ("root.pem", pem(&chain[1..])),
        ("issuing.pem", pem(&chain[..1])),
        ("borrower.pem", pem(&borrower.chain()[..1])),
        ("seal.pem", pem(&house.seal.chain()[..1])),
        (
            "revoked.crl.pem",
            house.crl(&[revoked]).to_pem().into_bytes(),
        ),
        ("sheet.pdf", SHEET.to_vec()),
        ("question.tsq", question.to_der()),
        ("answer.tsr", answer),
        ("plain.pdf", plain(&house)),
        ("packed.pdf", packed(&house)),
        ("signed.pdf", signed),
        ("flipped.pdf", flipped),
    ]
}
