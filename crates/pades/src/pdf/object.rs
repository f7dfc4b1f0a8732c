//! Objects of a PDF file and how they are written.

use std::ops::Range;

/// Number and generation of an indirect object.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Id {
    pub number: u32,
    pub generation: u16,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Object {
    Null,
    Bool(bool),
    Integer(i64),
    /// Kept as written, so that nothing is rounded.
    Real(Vec<u8>),
    String(Vec<u8>),
    Name(Vec<u8>),
    Array(Vec<Object>),
    Dict(Dict),
    Reference(Id),
    /// A stream's dictionary and where its bytes lie in the file.
    Stream(Dict, Range<usize>),
}

/// A dictionary; the order of its keys is kept.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Dict(pub Vec<(Vec<u8>, Object)>);

impl Dict {
    pub fn get(&self, key: &str) -> Option<&Object> {
        let found = self.0.iter().find(|(name, _)| name == key.as_bytes());
        found.map(|(_, value)| value)
    }

    pub fn set(&mut self, key: &str, value: Object) {
        match self.0.iter_mut().find(|(name, _)| name == key.as_bytes()) {
            Some(entry) => entry.1 = value,
            None => self.0.push((key.as_bytes().to_vec(), value)),
        }
    }

    pub fn with(mut self, key: &str, value: Object) -> Self {
        self.set(key, value);
        self
    }

    pub fn integer(&self, key: &str) -> Option<i64> {
        match self.get(key) {
            Some(Object::Integer(value)) => Some(*value),
            _ => None,
        }
    }

    pub fn reference(&self, key: &str) -> Option<Id> {
        match self.get(key) {
            Some(Object::Reference(id)) => Some(*id),
            _ => None,
        }
    }

    pub fn is_name(&self, key: &str, name: &str) -> bool {
        matches!(self.get(key), Some(Object::Name(found)) if found == name.as_bytes())
    }

    /// A text string's characters.
    pub fn text(&self, key: &str) -> Option<String> {
        match self.get(key) {
            Some(Object::String(bytes)) => Some(read_text(bytes)),
            _ => None,
        }
    }
}

impl Object {
    pub fn name(name: &str) -> Self {
        Self::Name(name.as_bytes().to_vec())
    }

    pub fn dict(&self) -> Option<&Dict> {
        match self {
            Self::Dict(dict) | Self::Stream(dict, _) => Some(dict),
            _ => None,
        }
    }

    /// Writes the object; a stream can't be written this way and becomes its dictionary.
    pub fn write(&self, out: &mut Vec<u8>) {
        match self {
            Self::Null => out.extend_from_slice(b"null"),
            Self::Bool(true) => out.extend_from_slice(b"true"),
            Self::Bool(false) => out.extend_from_slice(b"false"),
            Self::Integer(value) => out.extend_from_slice(value.to_string().as_bytes()),
            Self::Real(text) => out.extend_from_slice(text),
            Self::String(bytes) => write_string(bytes, out),
            Self::Name(name) => write_name(name, out),
            Self::Array(items) => {
                out.push(b'[');
                for (index, item) in items.iter().enumerate() {
                    if index > 0 {
                        out.push(b' ');
                    }
                    item.write(out);
                }
                out.push(b']');
            }
            Self::Dict(dict) | Self::Stream(dict, _) => dict.write(out),
            Self::Reference(id) => {
                out.extend_from_slice(format!("{} {} R", id.number, id.generation).as_bytes());
            }
        }
    }

    pub fn to_bytes(&self) -> Vec<u8> {
        let mut out = Vec::new();
        self.write(&mut out);
        out
    }

    /// Calls `each` with every reference inside.
    pub fn references(&self, each: &mut impl FnMut(Id)) {
        match self {
            Self::Reference(id) => each(*id),
            Self::Array(items) => items.iter().for_each(|item| item.references(each)),
            Self::Dict(dict) | Self::Stream(dict, _) => {
                dict.0.iter().for_each(|(_, value)| value.references(each));
            }
            _ => {}
        }
    }
}

impl Dict {
    pub fn write(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(b"<<");
        for (key, value) in &self.0 {
            write_name(key, out);
            out.push(b' ');
            value.write(out);
        }
        out.extend_from_slice(b">>");
    }
}

fn write_name(name: &[u8], out: &mut Vec<u8>) {
    out.push(b'/');
    for byte in name {
        match byte {
            b'#' | b'(' | b')' | b'<' | b'>' | b'[' | b']' | b'{' | b'}' | b'/' | b'%' => {
                out.extend_from_slice(format!("#{byte:02X}").as_bytes());
            }
            0x21..=0x7e => out.push(*byte),
            _ => out.extend_from_slice(format!("#{byte:02X}").as_bytes()),
        }
    }
}

fn write_string(bytes: &[u8], out: &mut Vec<u8>) {
    let plain = |byte: &u8| matches!(byte, 0x20..=0x7e) && !b"()\\".contains(byte);
    if bytes.iter().all(plain) {
        out.push(b'(');
        out.extend_from_slice(bytes);
        out.push(b')');
    } else {
        out.push(b'<');
        for byte in bytes {
            out.extend_from_slice(format!("{byte:02X}").as_bytes());
        }
        out.push(b'>');
    }
}

/// A text string: ASCII as it is, anything else in UTF-16 with its mark.
pub(crate) fn text_string(text: &str) -> Object {
    if text.bytes().all(|byte| matches!(byte, 0x20..=0x7e)) {
        return Object::String(text.as_bytes().to_vec());
    }
    let mut bytes = vec![0xfe, 0xff];
    for unit in text.encode_utf16() {
        bytes.extend_from_slice(&unit.to_be_bytes());
    }
    Object::String(bytes)
}

fn read_text(bytes: &[u8]) -> String {
    match bytes {
        [0xfe, 0xff, rest @ ..] => {
            let (pairs, _) = rest.as_chunks::<2>();
            let units: Vec<u16> = pairs.iter().map(|pair| u16::from_be_bytes(*pair)).collect();
            String::from_utf16_lossy(&units)
        }
        [0xef, 0xbb, 0xbf, rest @ ..] => String::from_utf8_lossy(rest).into_owned(),
        // The first half of PDFDocEncoding is ASCII; of the rest nothing is compared here.
        _ => bytes.iter().map(|byte| char::from(*byte)).collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_survives() {
        for text in ["Borrower", "借款人", "a(b)\\c", "𠮷"] {
            let dict = Dict::default().with("T", text_string(text));
            assert_eq!(dict.text("T").as_deref(), Some(text));
        }
    }

    #[test]
    fn names_and_strings_are_escaped() {
        let dict = Dict::default()
            .with("A B", Object::name("x/y#"))
            .with("S", Object::String(b"a(b".to_vec()));
        let mut out = Vec::new();
        dict.write(&mut out);
        assert_eq!(out, b"<</A#20B /x#2Fy#23/S <612862>>>");
    }
}
