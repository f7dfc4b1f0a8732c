//! Flip every byte of a bundle: each flip is caught and its part named. And
//! containers that other zip programs would accept are refused all the same.

use proof::bundle::{Code, Trust, Verdict, verify, write};

use crate::sample::{forgotten, journey, manifest_signer, trust};

pub struct Part {
    pub name: String,
    pub header: std::ops::Range<usize>,
    pub data: std::ops::Range<usize>,
    pub record: std::ops::Range<usize>,
}

fn u32_at(bytes: &[u8], at: usize) -> usize {
    u32::from_le_bytes(bytes[at..at + 4].try_into().unwrap()) as usize
}

/// A second reading of the container, by its directory only.
pub fn parts(bytes: &[u8]) -> (Vec<Part>, usize) {
    let end = bytes.len() - 22;
    let mut at = u32_at(bytes, end + 16);
    let mut parts = Vec::new();
    while at < end {
        let name_bytes = usize::from(u16::from_le_bytes([bytes[at + 28], bytes[at + 29]]));
        let (size, offset) = (u32_at(bytes, at + 20), u32_at(bytes, at + 42));
        let data = offset + 30 + name_bytes;
        parts.push(Part {
            name: String::from_utf8(bytes[at + 46..at + 46 + name_bytes].to_vec()).unwrap(),
            header: offset..data,
            data: data..data + size,
            record: at..at + 46 + name_bytes,
        });
        at += 46 + name_bytes;
    }
    (parts, end)
}

fn expected_part(parts: &[Part], end: usize, at: usize) -> String {
    for (number, part) in parts.iter().enumerate() {
        if part.data.contains(&at) {
            return part.name.clone();
        }
        if part.header.contains(&at) || part.record.contains(&at) {
            return format!("container/entry/{number}");
        }
    }
    assert!(at >= end);
    "container/end".into()
}

fn flip_all(bytes: &[u8], mask: impl Fn(usize) -> u8) {
    let (parts, end) = parts(bytes);
    let mut flipped = bytes.to_vec();
    for at in 0..bytes.len() {
        flipped[at] ^= mask(at);
        let report = verify(&flipped, &trust());
        assert_eq!(report.verdict, Verdict::Failed, "byte {at}");
        let wanted = expected_part(&parts, end, at);
        let named = report.failures.iter().any(|finding| finding.part == wanted);
        assert!(named, "byte {at}, {wanted}: {:?}", report.failures);
        flipped[at] = bytes[at];
    }
}

#[test]
fn every_flipped_byte_is_caught_and_its_part_named() {
    for contents in [journey(), forgotten()] {
        let bytes = write(&contents, &manifest_signer()).unwrap();
        flip_all(&bytes, |at| 1 << (at % 8));
    }
    let bytes = write(&journey(), &manifest_signer()).unwrap();
    flip_all(&bytes, |_| 0xff);
}

/// Flips data and mends the checksums, as a careful forger would: then the
/// digests and signatures alone must catch it.
#[test]
fn mending_the_checksums_does_not_help() {
    let bytes = write(&forgotten(), &manifest_signer()).unwrap();
    let (parts, _) = parts(&bytes);
    for part in &parts {
        for at in part.data.clone() {
            let mut forged = bytes.clone();
            forged[at] ^= 1 << (at % 8);
            let crc = crc32(&forged[part.data.clone()]).to_le_bytes();
            forged[part.header.start + 14..part.header.start + 18].copy_from_slice(&crc);
            forged[part.record.start + 16..part.record.start + 20].copy_from_slice(&crc);
            let report = verify(&forged, &trust());
            assert_eq!(report.verdict, Verdict::Failed, "byte {at}");
            assert!(
                report
                    .failures
                    .iter()
                    .all(|finding| finding.code != Code::CrcWrong)
            );
            let named = report
                .failures
                .iter()
                .any(|finding| finding.part == part.name);
            assert!(named, "byte {at} of {}: {:?}", part.name, report.failures);
        }
    }
}

/// Bit by bit, unlike the crate's tables.
pub fn crc32(bytes: &[u8]) -> u32 {
    let step = |crc: u32, _| (crc >> 1) ^ (0xEDB8_8320 * (crc & 1));
    !bytes.iter().fold(u32::MAX, |crc, byte| {
        (0..8).fold(crc ^ u32::from(*byte), step)
    })
}

/// A zip of the given entries with chosen irregularities.
#[derive(Default)]
struct Zip {
    comment: &'static [u8],
    extra: &'static [u8],
    date: u16,
    flags: u16,
    lead: &'static [u8],
}

impl Zip {
    fn pack(&self, entries: &[(&str, &[u8])]) -> Vec<u8> {
        let (mut out, mut directory) = (self.lead.to_vec(), Vec::new());
        for (name, data) in entries {
            let mut shared = vec![10, 0];
            shared.extend(self.flags.to_le_bytes());
            shared.extend([0, 0, 0, 0]);
            shared.extend(self.date.to_le_bytes());
            shared.extend(crc32(data).to_le_bytes());
            shared.extend((data.len() as u32).to_le_bytes());
            shared.extend((data.len() as u32).to_le_bytes());
            shared.extend((name.len() as u16).to_le_bytes());
            shared.extend((self.extra.len() as u16).to_le_bytes());
            let offset = out.len() as u32;
            out.extend(
                [
                    b"PK\x03\x04",
                    shared.as_slice(),
                    name.as_bytes(),
                    self.extra,
                    data,
                ]
                .concat(),
            );
            directory.extend(
                [
                    b"PK\x01\x02\x0a\x00",
                    shared.as_slice(),
                    &[0; 10],
                    &offset.to_le_bytes(),
                    name.as_bytes(),
                    self.extra,
                ]
                .concat(),
            );
        }
        let (count, start) = ((entries.len() as u16).to_le_bytes(), out.len() as u32);
        let size = (directory.len() as u32).to_le_bytes();
        out.extend(directory);
        let comment_bytes = (self.comment.len() as u16).to_le_bytes();
        out.extend(
            [
                b"PK\x05\x06\0\0\0\0".as_slice(),
                &count,
                &count,
                &size,
                &start.to_le_bytes(),
                &comment_bytes,
                self.comment,
            ]
            .concat(),
        );
        out
    }
}

fn entries(bytes: &[u8]) -> Vec<(String, Vec<u8>)> {
    let (parts, _) = parts(bytes);
    parts
        .into_iter()
        .map(|part| (part.name, bytes[part.data].to_vec()))
        .collect()
}

fn repack(zip: &Zip, entries: &[(String, Vec<u8>)]) -> Vec<u8> {
    let borrowed: Vec<(&str, &[u8])> = entries
        .iter()
        .map(|(name, data)| (name.as_str(), data.as_slice()))
        .collect();
    zip.pack(&borrowed)
}

#[test]
fn one_container_only() {
    let bytes = write(&journey(), &manifest_signer()).unwrap();
    let own = entries(&bytes);
    assert_eq!(repack(&Zip::default(), &own), bytes);
    let odd = [
        Zip {
            comment: b"hello",
            ..Zip::default()
        },
        Zip {
            extra: b"UT\0\0",
            ..Zip::default()
        },
        Zip {
            date: 0x21,
            ..Zip::default()
        },
        Zip {
            flags: 0x800,
            ..Zip::default()
        },
        Zip {
            lead: b"#!/bin/sh\n",
            ..Zip::default()
        },
    ];
    for zip in odd {
        let report = verify(&repack(&zip, &own), &trust());
        assert_eq!(report.verdict, Verdict::Failed);
        assert!(report.failures[0].part.starts_with("container"));
    }
    let trailing = [bytes.as_slice(), b"\0"].concat();
    assert_eq!(verify(&trailing, &trust()).verdict, Verdict::Failed);
}

#[test]
fn files_may_neither_come_nor_go() {
    let own = entries(&write(&journey(), &manifest_signer()).unwrap());
    let code = |list: &[(String, Vec<u8>)]| {
        let report = verify(&repack(&Zip::default(), list), &Trust::none());
        report
            .failures
            .into_iter()
            .map(|finding| (finding.part, finding.code))
            .collect::<Vec<_>>()
    };
    for gone in 0..own.len() {
        let mut fewer = own.clone();
        let (name, _) = fewer.remove(gone);
        assert!(
            code(&fewer).contains(&(name.clone(), Code::FileMissing)),
            "{name}"
        );
    }
    for extra in [
        "documents/zz.txt",
        "zz",
        "facts/000004.json",
        "facts/0004.json",
    ] {
        let mut more = own.clone();
        more.push((extra.into(), b"x".to_vec()));
        more.sort();
        assert!(
            code(&more).contains(&(extra.into(), Code::FileUnlisted)),
            "{extra}"
        );
    }
    let mut swapped = own.clone();
    swapped.swap(0, 1);
    assert_eq!(
        code(&swapped),
        [("container/entry/1".into(), Code::ContainerOrder)]
    );
    let mut twice = own.clone();
    twice.insert(1, own[0].clone());
    assert_eq!(
        code(&twice),
        [("container/entry/1".into(), Code::ContainerOrder)]
    );
    let mut climbing = own.clone();
    climbing.insert(0, ("../x".into(), Vec::new()));
    assert_eq!(
        code(&climbing),
        [("container/entry/0".into(), Code::ContainerName)]
    );
    let mut more_signatures = own;
    let (_, signature) = more_signatures
        .iter_mut()
        .find(|(name, _)| name == "manifest.sig")
        .unwrap();
    signature.extend_from_slice("— a AAAAAAAA\n".as_bytes());
    assert_eq!(
        code(&more_signatures),
        [("manifest.sig".into(), Code::SignatureMalformed)]
    );
}

#[test]
fn short_and_random_bytes_fail_quietly() {
    let bytes = write(&journey(), &manifest_signer()).unwrap();
    for length in (0..bytes.len()).step_by(7) {
        assert_eq!(
            verify(&bytes[..length], &trust()).verdict,
            Verdict::Failed,
            "{length}"
        );
        assert_eq!(
            verify(&bytes[length + 1..], &trust()).verdict,
            Verdict::Failed,
            "{length}"
        );
    }
    let mut many = [0; 22];
    many[..4].copy_from_slice(b"PK\x05\x06");
    many[8..12].copy_from_slice(&[0xff; 4]);
    assert_eq!(
        verify(&many, &trust()).failures[0].code,
        Code::TooManyEntries
    );
}
