//! A ZIP of stored files whose parts are written one after the other, so that no more than one is ever in memory; pure.

const LOCAL: [u8; 4] = *b"PK\x03\x04";
const CENTRAL: [u8; 4] = *b"PK\x01\x02";
const END: [u8; 4] = *b"PK\x05\x06";
/// 1980-01-01, the earliest day that the format knows.
const DATE: u16 = 33;

/// One file of an archive.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Part {
    pub name: String,
    pub crc: u32,
    pub bytes: u32,
}

impl Part {
    /// Version 2.0, names in UTF-8, stored, midnight: the fields both headers share.
    fn shared(&self) -> Vec<u8> {
        let mut fields = Vec::with_capacity(26);
        let words: [u16; 5] = [20, 0x0800, 0, 0, DATE];
        words
            .iter()
            .for_each(|word| fields.extend(word.to_le_bytes()));
        for word in [self.crc, self.bytes, self.bytes] {
            fields.extend(word.to_le_bytes());
        }
        let name = u16::try_from(self.name.len()).unwrap_or(u16::MAX);
        fields.extend(name.to_le_bytes());
        fields.extend([0, 0]);
        fields
    }

    /// What stands before the file's bytes.
    pub fn header(&self) -> Vec<u8> {
        [&LOCAL[..], &self.shared(), self.name.as_bytes()].concat()
    }

    fn record(&self, offset: u32) -> Vec<u8> {
        let mut record = [&CENTRAL[..], &[20, 0], &self.shared(), &[0; 10]].concat();
        record.extend(offset.to_le_bytes());
        record.extend(self.name.as_bytes());
        record
    }
}

/// What stands behind the last file; nothing where the whole would be too large for the format.
pub fn directory(parts: &[Part]) -> Option<Vec<u8>> {
    let count = u16::try_from(parts.len()).ok()?;
    let (mut directory, mut offset) = (Vec::new(), 0_u32);
    for part in parts {
        directory.extend(part.record(offset));
        let header = u32::try_from(part.header().len()).ok()?;
        offset = offset.checked_add(header)?.checked_add(part.bytes)?;
    }
    let bytes = u32::try_from(directory.len()).ok()?;
    offset.checked_add(bytes)?;
    directory.extend(END);
    directory.extend([0; 4]);
    directory.extend(count.to_le_bytes());
    directory.extend(count.to_le_bytes());
    directory.extend(bytes.to_le_bytes());
    directory.extend(offset.to_le_bytes());
    directory.extend([0, 0]);
    Some(directory)
}

/// CRC-32 as ZIP reckons it.
pub fn crc32(bytes: &[u8]) -> u32 {
    let table: [u32; 256] = std::array::from_fn(|n| {
        let step = |crc: u32, _| (crc >> 1) ^ (0xedb8_8320 & (crc & 1).wrapping_neg());
        (0..8).fold(u32::try_from(n).unwrap_or_default(), step)
    });
    let crc = bytes.iter().fold(u32::MAX, |crc, byte| {
        (crc >> 8) ^ table[usize::from(crc.to_le_bytes()[0] ^ byte)]
    });
    !crc
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_check_value_is_that_of_the_standard() {
        assert_eq!(crc32(b"123456789"), 0xcbf4_3926);
        assert_eq!(crc32(b""), 0);
    }

    #[test]
    fn an_archive_too_large_for_the_format_is_none() {
        let part = |bytes| Part {
            name: "a".to_owned(),
            crc: 0,
            bytes,
        };
        assert!(directory(&[part(u32::MAX), part(1)]).is_none());
        let whole = directory(&[part(3)]).expect("a directory");
        assert_eq!(whole.len(), 46 + 1 + 22);
    }
}
