//! The zip container in its one canonical form: stored entries in ascending
//! order of name, zero dates, no extras, comments, descriptors or gaps.

use super::report::{Code, Finding};
use super::{MAX_BYTES, MAX_ENTRIES};

const LOCAL: [u8; 4] = *b"PK\x03\x04";
const CENTRAL: [u8; 4] = *b"PK\x01\x02";
const END: [u8; 4] = *b"PK\x05\x06";
const LOCAL_BYTES: usize = 30;
const CENTRAL_BYTES: usize = 46;
const END_BYTES: usize = 22;

/// The most bytes of a name.
pub(super) const MAX_NAME_BYTES: usize = 200;

/// Part name of the record at the end of the container.
const END_PART: &str = "container/end";

/// One stored file.
#[derive(Clone, Copy)]
pub(super) struct Entry<'a> {
    pub name: &'a str,
    pub data: &'a [u8],
}

/// The container's bytes, or `None` where they would break its limits.
pub(super) fn encode(entries: &[Entry<'_>]) -> Option<Vec<u8>> {
    if entries.len() > MAX_ENTRIES {
        return None;
    }
    let mut out = Vec::new();
    let mut directory = Vec::new();
    for entry in entries {
        let size = u32::try_from(entry.data.len()).ok()?;
        let crc = crc32(entry.data);
        let offset = u32::try_from(out.len()).ok()?;
        out.extend_from_slice(&local_header(entry.name.as_bytes(), crc, size));
        out.extend_from_slice(entry.data);
        directory.extend_from_slice(&record(entry.name.as_bytes(), crc, size, offset));
        if out.len() + directory.len() > MAX_BYTES {
            return None;
        }
    }
    let end = end(entries.len(), directory.len(), out.len());
    out.extend_from_slice(&directory);
    out.extend_from_slice(&end);
    (out.len() <= MAX_BYTES).then_some(out)
}

/// Version 1.0, no flags, stored, zero time and date: the fields both headers share.
fn shared_fields(name: &[u8], crc: u32, size: u32) -> Vec<u8> {
    let mut fields = vec![10, 0, 0, 0, 0, 0, 0, 0, 0, 0];
    fields.extend_from_slice(&crc.to_le_bytes());
    fields.extend_from_slice(&size.to_le_bytes());
    fields.extend_from_slice(&size.to_le_bytes());
    fields.extend_from_slice(&(name.len() as u16).to_le_bytes());
    fields.extend_from_slice(&[0, 0]);
    fields
}

fn local_header(name: &[u8], crc: u32, size: u32) -> Vec<u8> {
    let mut header = LOCAL.to_vec();
    header.extend_from_slice(&shared_fields(name, crc, size));
    header.extend_from_slice(name);
    header
}

fn record(name: &[u8], crc: u32, size: u32, offset: u32) -> Vec<u8> {
    let mut record = CENTRAL.to_vec();
    record.extend_from_slice(&[10, 0]);
    record.extend_from_slice(&shared_fields(name, crc, size));
    // Comment length, disk number, internal and external attributes.
    record.extend_from_slice(&[0; 10]);
    record.extend_from_slice(&offset.to_le_bytes());
    record.extend_from_slice(name);
    record
}

fn end(entries: usize, directory_bytes: usize, directory_at: usize) -> Vec<u8> {
    let count = (entries as u16).to_le_bytes();
    let mut end = END.to_vec();
    end.extend_from_slice(&[0; 4]);
    end.extend_from_slice(&count);
    end.extend_from_slice(&count);
    end.extend_from_slice(&(directory_bytes as u32).to_le_bytes());
    end.extend_from_slice(&(directory_at as u32).to_le_bytes());
    end.extend_from_slice(&[0, 0]);
    end
}

/// Reads a container of exactly the form that [`encode`] writes.
///
/// Findings about an entry's data leave the entry readable, so that the checks
/// of content can go on; any other finding is the only one.
pub(super) fn decode(bytes: &[u8]) -> Result<(Vec<Entry<'_>>, Vec<Finding>), Finding> {
    if bytes.len() > MAX_BYTES {
        return Err(Finding::new("container", Code::BundleTooLarge, ""));
    }
    let broken_end = |why: &str| Finding::new(END_PART, Code::ContainerEnd, why);
    let Some((body, tail)) = bytes.split_last_chunk::<END_BYTES>() else {
        return Err(broken_end("shorter than an empty container"));
    };
    let count = usize::from(u16_at(tail, 10));
    let directory_at = u32_at(tail, 16) as usize;
    let directory_bytes = body.len().checked_sub(directory_at);
    if directory_bytes.map(|size| end(count, size, directory_at)) != Some(tail.to_vec()) {
        return Err(broken_end("the end record does not fit"));
    }
    if count > MAX_ENTRIES {
        return Err(Finding::new(END_PART, Code::TooManyEntries, ""));
    }
    let directory = &body[directory_at..];
    let mut entries: Vec<Entry<'_>> = Vec::with_capacity(count);
    let mut findings = Vec::new();
    let (mut at, mut data_at) = (0, 0);
    for number in 0..count {
        if at == directory.len() {
            return Err(broken_end("fewer entries than it counts"));
        }
        let (entry, crc) = entry(body, directory_at, &directory[at..], data_at)
            .map_err(|why| broken_entry(number, Code::ContainerEntry, why))?;
        at += CENTRAL_BYTES + entry.name.len();
        data_at += LOCAL_BYTES + entry.name.len() + entry.data.len();
        let named = |code| broken_entry(number, code, entry.name);
        if !is_name(entry.name) {
            return Err(named(Code::ContainerName));
        }
        if entries.last().is_some_and(|last| last.name >= entry.name) {
            return Err(named(Code::ContainerOrder));
        }
        if crc32(entry.data) != crc {
            findings.push(Finding::new(entry.name, Code::CrcWrong, ""));
        }
        entries.push(entry);
    }
    if at != directory.len() || data_at != directory_at {
        return Err(broken_end("bytes that belong to no entry"));
    }
    if findings.is_empty() && encode(&entries).as_deref() != Some(bytes) {
        return Err(Finding::new("container", Code::ContainerNotCanonical, ""));
    }
    Ok((entries, findings))
}

fn broken_entry(number: usize, code: Code, detail: &str) -> Finding {
    Finding::new(&format!("container/entry/{number}"), code, detail)
}

/// Reads one directory record and the header and data it points to, which must
/// agree; also gives the checksum they state.
fn entry<'a>(
    body: &'a [u8],
    data_end: usize,
    directory: &'a [u8],
    data_at: usize,
) -> Result<(Entry<'a>, u32), &'static str> {
    if directory.len() < CENTRAL_BYTES {
        return Err("directory record cut short");
    }
    let (crc, size) = (u32_at(directory, 16), u32_at(directory, 20));
    let name_bytes = usize::from(u16_at(directory, 28));
    let name = directory
        .get(CENTRAL_BYTES..CENTRAL_BYTES + name_bytes)
        .ok_or("directory record cut short")?;
    let offset = u32::try_from(data_at).map_err(|_| "offset")?;
    if record(name, crc, size, offset) != directory[..CENTRAL_BYTES + name_bytes] {
        return Err("directory record not canonical");
    }
    let header = local_header(name, crc, size);
    let start = data_at + header.len();
    if start > data_end || body[data_at..start] != header {
        return Err("header and directory differ");
    }
    let stop = start + size as usize;
    if stop > data_end {
        return Err("data cut short");
    }
    let name = std::str::from_utf8(name).map_err(|_| "name is not ASCII")?;
    let data = &body[start..stop];
    Ok((Entry { name, data }, crc))
}

/// Relative, forward slashes, segments of ASCII letters, digits and `. _ -`
/// that begin with a letter or digit: safe to unpack on every system.
pub(super) fn is_name(name: &str) -> bool {
    name.len() <= MAX_NAME_BYTES && name.split('/').all(is_segment)
}

/// One segment of a name.
pub(super) fn is_segment(segment: &str) -> bool {
    segment.starts_with(|first: char| first.is_ascii_alphanumeric())
        && !segment.ends_with('.')
        && segment
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || b"._-".contains(&byte))
}

fn u16_at(bytes: &[u8], at: usize) -> u16 {
    u16::from_le_bytes([bytes[at], bytes[at + 1]])
}

fn u32_at(bytes: &[u8], at: usize) -> u32 {
    u32::from_le_bytes([bytes[at], bytes[at + 1], bytes[at + 2], bytes[at + 3]])
}

/// Eight tables for the reflected polynomial 0xEDB88320, so that eight bytes go at a time.
static CRC: [[u32; 256]; 8] = crc_tables();

const fn crc_tables() -> [[u32; 256]; 8] {
    let mut tables = [[0; 256]; 8];
    let mut byte = 0;
    while byte < 256 {
        let mut value = byte as u32;
        let mut bit = 0;
        while bit < 8 {
            value = (value >> 1) ^ (0xEDB8_8320 * (value & 1));
            bit += 1;
        }
        tables[0][byte] = value;
        byte += 1;
    }
    let mut table = 1;
    while table < 8 {
        let mut byte = 0;
        while byte < 256 {
            let last = tables[table - 1][byte];
            tables[table][byte] = (last >> 8) ^ tables[0][(last & 0xff) as usize];
            byte += 1;
        }
        table += 1;
    }
    tables
}

/// CRC-32 as zip files use it.
fn crc32(bytes: &[u8]) -> u32 {
    let (chunks, rest) = bytes.as_chunks::<8>();
    let mut crc = u32::MAX;
    for chunk in chunks {
        let word = u64::from_le_bytes(*chunk) ^ u64::from(crc);
        crc = word
            .to_le_bytes()
            .iter()
            .zip(CRC.iter().rev())
            .fold(0, |sum, (byte, table)| sum ^ table[usize::from(*byte)]);
    }
    for byte in rest {
        crc = (crc >> 8) ^ CRC[0][usize::from(crc as u8 ^ byte)];
    }
    !crc
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn crc_matches_the_published_check_value() {
        assert_eq!(crc32(b"123456789"), 0xCBF4_3926);
        assert_eq!(crc32(b""), 0);
    }

    #[test]
    fn names_are_safe_to_unpack() {
        for good in ["checkpoint", "facts/000001.json", "documents/A-b_c.pdf"] {
            assert!(is_name(good), "{good}");
        }
        for bad in [
            "",
            "/a",
            "a/",
            "../a",
            "a/../b",
            "a//b",
            ".a",
            "a\\b",
            "a b",
            "合同.pdf",
            "a.",
        ] {
            assert!(!is_name(bad), "{bad}");
        }
    }
}
