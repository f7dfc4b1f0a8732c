//! Distinguished encoding (DER) by hand: what is digested keeps its very bytes.

use der::DateTime;
use der::asn1::ObjectIdentifier;

/// Bytes that are not DER, or not the structure expected.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not the expected DER structure")]
pub struct Malformed;

pub(crate) const BOOLEAN: u8 = 0x01;
pub(crate) const INTEGER: u8 = 0x02;
pub(crate) const BIT_STRING: u8 = 0x03;
pub(crate) const OCTET_STRING: u8 = 0x04;
pub(crate) const NULL: u8 = 0x05;
pub(crate) const OID: u8 = 0x06;
pub(crate) const ENUMERATED: u8 = 0x0a;
pub(crate) const UTF8_STRING: u8 = 0x0c;
pub(crate) const PRINTABLE_STRING: u8 = 0x13;
pub(crate) const UTC_TIME: u8 = 0x17;
pub(crate) const GENERALIZED_TIME: u8 = 0x18;
pub(crate) const SEQUENCE: u8 = 0x30;
pub(crate) const SET: u8 = 0x31;

/// The tag `[number]`, constructed.
pub(crate) const fn context(number: u8) -> u8 {
    0xa0 | number
}

/// The tag `[number]`, primitive.
pub(crate) const fn context_primitive(number: u8) -> u8 {
    0x80 | number
}

/// Tag, length and the joined parts.
pub(crate) fn tlv(tag: u8, parts: &[&[u8]]) -> Vec<u8> {
    let length: usize = parts.iter().map(|part| part.len()).sum();
    let mut out = Vec::with_capacity(length + 6);
    out.push(tag);
    let bytes = length.to_be_bytes();
    match u8::try_from(length) {
        Ok(short) if short < 0x80 => out.push(short),
        _ => {
            let skipped = bytes.iter().take_while(|byte| **byte == 0).count();
            let long = &bytes[skipped..];
            // At most eight, so it fits seven bits.
            out.push(0x80 | long.len() as u8);
            out.extend_from_slice(long);
        }
    }
    for part in parts {
        out.extend_from_slice(part);
    }
    out
}

pub(crate) fn sequence(parts: &[&[u8]]) -> Vec<u8> {
    tlv(SEQUENCE, parts)
}

/// A SET OF with its elements in DER's order, under `tag`.
pub(crate) fn set_of(tag: u8, mut elements: Vec<Vec<u8>>) -> Vec<u8> {
    elements.sort();
    let parts: Vec<&[u8]> = elements.iter().map(Vec::as_slice).collect();
    tlv(tag, &parts)
}

pub(crate) fn oid(oid: ObjectIdentifier) -> Vec<u8> {
    tlv(OID, &[oid.as_bytes()])
}

/// An INTEGER from big-endian bytes without sign.
pub(crate) fn unsigned(bytes: &[u8]) -> Vec<u8> {
    let skipped = bytes.iter().take_while(|byte| **byte == 0).count();
    match &bytes[skipped..] {
        [] => tlv(INTEGER, &[&[0]]),
        rest @ [first, ..] if *first >= 0x80 => tlv(INTEGER, &[&[0], rest]),
        rest => tlv(INTEGER, &[rest]),
    }
}

pub(crate) fn octets(bytes: &[u8]) -> Vec<u8> {
    tlv(OCTET_STRING, &[bytes])
}

/// A BIT STRING of whole bytes.
pub(crate) fn bits(bytes: &[u8]) -> Vec<u8> {
    tlv(BIT_STRING, &[&[0], bytes])
}

/// An algorithm identifier without parameters, or with NULL where the algorithm wants it.
pub(crate) fn algorithm(name: ObjectIdentifier, parameters: &[u8]) -> Vec<u8> {
    sequence(&[&oid(name), parameters])
}

/// The DER of NULL.
pub(crate) const NULL_DER: &[u8] = &[NULL, 0];

fn calendar(seconds: i64) -> Option<DateTime> {
    let since = std::time::Duration::from_secs(u64::try_from(seconds).ok()?);
    DateTime::from_unix_duration(since).ok()
}

/// `YYYYMMDDHHMMSS` in UTC; `None` before 1970 and after 9999.
pub(crate) fn digits(seconds: i64) -> Option<String> {
    let at = calendar(seconds)?;
    Some(format!(
        "{:04}{:02}{:02}{:02}{:02}{:02}",
        at.year(),
        at.month(),
        at.day(),
        at.hour(),
        at.minutes(),
        at.seconds()
    ))
}

/// GeneralizedTime in whole seconds of UTC.
pub(crate) fn generalized_time(seconds: i64) -> Result<Vec<u8>, Malformed> {
    let digits = digits(seconds).ok_or(Malformed)?;
    Ok(tlv(GENERALIZED_TIME, &[digits.as_bytes(), b"Z"]))
}

/// UTCTime through 2049, GeneralizedTime after, as RFC 5280 asks of certificates.
pub(crate) fn time(seconds: i64) -> Result<Vec<u8>, Malformed> {
    let digits = digits(seconds).ok_or(Malformed)?;
    match digits.as_str() < "2050" {
        true => Ok(tlv(UTC_TIME, &[&digits.as_bytes()[2..], b"Z"])),
        false => generalized_time(seconds),
    }
}

/// One element: its tag, its content and all its bytes.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Tlv<'a> {
    pub tag: u8,
    pub value: &'a [u8],
    pub whole: &'a [u8],
}

impl<'a> Tlv<'a> {
    /// A reader of the content, where the tag is `tag`.
    pub fn inside(self, tag: u8) -> Result<Reader<'a>, Malformed> {
        match self.tag == tag {
            true => Ok(Reader::new(self.value)),
            false => Err(Malformed),
        }
    }
}

/// Reads elements one after another.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Reader<'a> {
    rest: &'a [u8],
}

impl<'a> Reader<'a> {
    pub fn new(bytes: &'a [u8]) -> Self {
        Self { rest: bytes }
    }

    /// The content of the one element that `bytes` must be.
    pub fn only(bytes: &'a [u8], tag: u8) -> Result<Self, Malformed> {
        let mut reader = Self::new(bytes);
        let inside = reader.enter(tag)?;
        reader.finish()?;
        Ok(inside)
    }

    pub fn is_empty(&self) -> bool {
        self.rest.is_empty()
    }

    /// What was not read yet.
    pub fn rest(&self) -> &'a [u8] {
        self.rest
    }

    pub fn finish(&self) -> Result<(), Malformed> {
        match self.rest {
            [] => Ok(()),
            _ => Err(Malformed),
        }
    }

    /// The next element, whatever its tag. Definite lengths in their shortest form only.
    pub fn next(&mut self) -> Result<Tlv<'a>, Malformed> {
        let all = self.rest;
        let [tag, first, after @ ..] = all else {
            return Err(Malformed);
        };
        if tag & 0x1f == 0x1f {
            return Err(Malformed);
        }
        let (length, content) = match first {
            0..=0x7f => (usize::from(*first), after),
            0x81..=0x84 => {
                let count = usize::from(first & 0x7f);
                let (bytes, content) = after.split_at_checked(count).ok_or(Malformed)?;
                let length = bytes
                    .iter()
                    .fold(0usize, |sum, byte| (sum << 8) | usize::from(*byte));
                if length < 0x80 || bytes[0] == 0 {
                    return Err(Malformed);
                }
                (length, content)
            }
            _ => return Err(Malformed),
        };
        let (value, rest) = content.split_at_checked(length).ok_or(Malformed)?;
        self.rest = rest;
        Ok(Tlv {
            tag: *tag,
            value,
            whole: &all[..all.len() - rest.len()],
        })
    }

    /// The content of the next element, which must have this tag.
    pub fn expect(&mut self, tag: u8) -> Result<&'a [u8], Malformed> {
        let next = self.next()?;
        match next.tag == tag {
            true => Ok(next.value),
            false => Err(Malformed),
        }
    }

    /// Goes into the next element.
    pub fn enter(&mut self, tag: u8) -> Result<Reader<'a>, Malformed> {
        self.next()?.inside(tag)
    }

    /// The next element if it has this tag.
    pub fn optional(&mut self, tag: u8) -> Result<Option<Tlv<'a>>, Malformed> {
        match self.rest.first() {
            Some(first) if *first == tag => self.next().map(Some),
            _ => Ok(None),
        }
    }

    pub fn oid(&mut self) -> Result<ObjectIdentifier, Malformed> {
        ObjectIdentifier::from_bytes(self.expect(OID)?).map_err(|_| Malformed)
    }

    /// The algorithm's name; its parameters must be absent or NULL.
    pub fn algorithm(&mut self) -> Result<ObjectIdentifier, Malformed> {
        let mut inside = self.enter(SEQUENCE)?;
        let name = inside.oid()?;
        if let Some(parameters) = inside.optional(NULL)?
            && !parameters.value.is_empty()
        {
            return Err(Malformed);
        }
        inside.finish()?;
        Ok(name)
    }

    /// A whole number that fits 64 bits and is not negative.
    pub fn number(&mut self) -> Result<u64, Malformed> {
        let bytes = self.expect(INTEGER)?;
        match bytes {
            [first, ..] if *first < 0x80 && bytes.len() <= 9 => {
                let mut sum = 0u64;
                for byte in bytes {
                    sum = sum.checked_mul(256).ok_or(Malformed)? + u64::from(*byte);
                }
                Ok(sum)
            }
            _ => Err(Malformed),
        }
    }
}

/// Seconds since 1970 of a GeneralizedTime in UTC; a fraction is cut off.
pub(crate) fn read_generalized_time(value: &[u8]) -> Result<i64, Malformed> {
    let text = std::str::from_utf8(value).map_err(|_| Malformed)?;
    let text = text.strip_suffix('Z').ok_or(Malformed)?;
    let (whole, fraction) = text.split_once('.').unwrap_or((text, "0"));
    let all_digits =
        |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    if whole.len() != 14 || !all_digits(whole) || !all_digits(fraction) {
        return Err(Malformed);
    }
    let part = |from: usize, to: usize| whole[from..to].parse::<u16>().map_err(|_| Malformed);
    let small =
        |from: usize| part(from, from + 2).and_then(|n| u8::try_from(n).map_err(|_| Malformed));
    let at = DateTime::new(
        part(0, 4)?,
        small(4)?,
        small(6)?,
        small(8)?,
        small(10)?,
        small(12)?,
    )
    .map_err(|_| Malformed)?;
    i64::try_from(at.unix_duration().as_secs()).map_err(|_| Malformed)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_have_one_spelling() {
        for length in [0usize, 1, 127, 128, 255, 256, 65_535, 65_536] {
            let der = octets(&vec![7; length]);
            let mut reader = Reader::new(&der);
            assert_eq!(reader.expect(OCTET_STRING).unwrap().len(), length);
            reader.finish().unwrap();
        }
        for bad in [
            &[4u8, 0x81, 5, 0, 0, 0, 0, 0][..],
            &[4, 0x82, 0, 0x80],
            &[4, 0x80, 0, 0],
            &[4, 5, 1],
            &[0x1f, 0x20, 0],
            &[4],
        ] {
            assert!(Reader::new(bad).next().is_err(), "{bad:02x?}");
        }
    }

    #[test]
    fn integers_and_times() {
        assert_eq!(unsigned(&[0, 0, 0x80]), [2, 2, 0, 0x80]);
        assert_eq!(unsigned(&[]), [2, 1, 0]);
        assert_eq!(Reader::new(&unsigned(&[1, 0])).number(), Ok(256));
        assert_eq!(Reader::new(&[2, 1, 0x80]).number(), Err(Malformed));
        assert_eq!(digits(1_795_328_340).as_deref(), Some("20261122061900"));
        assert_eq!(time(2_524_608_000).unwrap()[0], GENERALIZED_TIME);
        assert_eq!(time(2_524_607_999).unwrap()[0], UTC_TIME);
        assert_eq!(read_generalized_time(b"20261122061900Z"), Ok(1_795_328_340));
        assert_eq!(
            read_generalized_time(b"20261122061900.25Z"),
            Ok(1_795_328_340)
        );
        for bad in [
            "20261122061900",
            "20261322061900Z",
            "2026112206190Z",
            "20261122061900.Z",
        ] {
            assert_eq!(
                read_generalized_time(bad.as_bytes()),
                Err(Malformed),
                "{bad}"
            );
        }
    }
}
