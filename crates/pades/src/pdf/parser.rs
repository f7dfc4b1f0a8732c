//! From bytes to objects. Strict, bounded in depth, linear in time.

use std::ops::Range;

use super::object::{Dict, Id, Object};
use super::{DEPTH_MAX, PdfError, VALUES_MAX};

/// Reads tokens of a file from some offset on.
pub(super) struct Parser<'a> {
    bytes: &'a [u8],
    pub at: usize,
    /// Values read so far.
    values: usize,
}

/// An indirect object as it stands in the file.
pub(crate) struct Indirect {
    pub id: Id,
    pub object: Object,
    /// Where each value of an outermost dictionary stands, in the order of its keys.
    pub spans: Vec<Range<usize>>,
    /// First byte of a stream's data.
    pub data: Option<usize>,
}

fn is_space(byte: u8) -> bool {
    matches!(byte, 0 | 9 | 10 | 12 | 13 | 32)
}

fn is_delimiter(byte: u8) -> bool {
    b"()<>[]{}/%".contains(&byte)
}

impl<'a> Parser<'a> {
    pub fn new(bytes: &'a [u8], at: usize) -> Self {
        Self {
            bytes,
            at,
            values: 0,
        }
    }

    pub fn fault(&self) -> PdfError {
        PdfError::Malformed(self.at)
    }

    pub fn peek(&self) -> Option<u8> {
        self.bytes.get(self.at).copied()
    }

    /// Passes over white space and comments.
    pub fn skip(&mut self) {
        while let Some(byte) = self.peek() {
            if is_space(byte) {
                self.at += 1;
            } else if byte == b'%' {
                while self
                    .peek()
                    .is_some_and(|byte| byte != b'\n' && byte != b'\r')
                {
                    self.at += 1;
                }
            } else {
                break;
            }
        }
    }

    /// Takes `word` if it stands here as a whole word.
    pub fn word(&mut self, word: &str) -> bool {
        let rest = self.bytes.get(self.at..).unwrap_or_default();
        let Some(after) = rest.strip_prefix(word.as_bytes()) else {
            return false;
        };
        let ends = after
            .first()
            .is_none_or(|byte| is_space(*byte) || is_delimiter(*byte));
        if ends {
            self.at += word.len();
        }
        ends
    }

    pub fn expect(&mut self, word: &str) -> Result<(), PdfError> {
        match self.word(word) {
            true => Ok(()),
            false => Err(self.fault()),
        }
    }

    /// Digits without sign.
    pub fn number(&mut self) -> Result<u64, PdfError> {
        let start = self.at;
        let mut value = 0u64;
        while let Some(digit @ b'0'..=b'9') = self.peek() {
            value = value
                .checked_mul(10)
                .and_then(|value| value.checked_add(u64::from(digit - b'0')))
                .ok_or(PdfError::Malformed(start))?;
            self.at += 1;
        }
        match self.at > start {
            true => Ok(value),
            false => Err(self.fault()),
        }
    }

    pub fn small(&mut self) -> Result<u32, PdfError> {
        let fault = self.fault();
        u32::try_from(self.number()?).map_err(|_| fault)
    }

    /// `12 0 obj`, the object, and the beginning of a stream where one follows.
    pub fn indirect(&mut self) -> Result<Indirect, PdfError> {
        let number = self.small()?;
        self.skip();
        let fault = self.fault();
        let generation = u16::try_from(self.number()?).map_err(|_| fault)?;
        self.skip();
        self.expect("obj")?;
        self.skip();
        let mut spans = Vec::new();
        let object = match self.bytes.get(self.at..self.at + 2) {
            Some(b"<<") => Object::Dict(self.dict(0, Some(&mut spans))?),
            _ => self.object(0)?,
        };
        self.skip();
        let mut data = None;
        if matches!(object, Object::Dict(_)) && self.word("stream") {
            match self.bytes.get(self.at..).unwrap_or_default() {
                [b'\r', b'\n', ..] => self.at += 2,
                [b'\n', ..] => self.at += 1,
                _ => return Err(self.fault()),
            }
            data = Some(self.at);
        } else {
            self.expect("endobj")?;
        }
        Ok(Indirect {
            id: Id { number, generation },
            object,
            spans,
            data,
        })
    }

    pub fn object(&mut self, depth: usize) -> Result<Object, PdfError> {
        // Two bytes of a file make a value of dozens.
        self.values += 1;
        if depth > DEPTH_MAX || self.values > VALUES_MAX {
            return Err(PdfError::TooLarge);
        }
        self.skip();
        let next = self.bytes.get(self.at + 1).copied();
        match self.peek().ok_or(PdfError::NotPdf)? {
            b'/' => self.name().map(Object::Name),
            b'(' => self.literal().map(Object::String),
            b'<' if next == Some(b'<') => self.dict(depth, None).map(Object::Dict),
            b'<' => self.hexadecimal().map(Object::String),
            b'[' => {
                self.at += 1;
                let mut items = Vec::new();
                loop {
                    self.skip();
                    if self.peek() == Some(b']') {
                        self.at += 1;
                        return Ok(Object::Array(items));
                    }
                    items.push(self.object(depth + 1)?);
                }
            }
            b'0'..=b'9' => self.number_or_reference(),
            b'+' | b'-' | b'.' => self.numeric(),
            _ if self.word("true") => Ok(Object::Bool(true)),
            _ if self.word("false") => Ok(Object::Bool(false)),
            _ if self.word("null") => Ok(Object::Null),
            _ => Err(self.fault()),
        }
    }

    /// A dictionary; a key that stands twice is refused, for readers differ about which counts.
    pub fn dict(
        &mut self,
        depth: usize,
        mut spans: Option<&mut Vec<Range<usize>>>,
    ) -> Result<Dict, PdfError> {
        self.at += 2;
        let mut dict = Dict::default();
        let mut keys = std::collections::HashSet::new();
        loop {
            self.skip();
            if self.bytes.get(self.at..self.at + 2) == Some(b">>") {
                self.at += 2;
                return Ok(dict);
            }
            if self.peek() != Some(b'/') {
                return Err(self.fault());
            }
            let key = self.name()?;
            if !keys.insert(key.clone()) {
                return Err(self.fault());
            }
            self.skip();
            let start = self.at;
            let value = self.object(depth + 1)?;
            if let Some(spans) = spans.as_deref_mut() {
                spans.push(start..self.at);
            }
            dict.0.push((key, value));
        }
    }

    fn name(&mut self) -> Result<Vec<u8>, PdfError> {
        self.at += 1;
        let mut name = Vec::new();
        while let Some(byte) = self.peek() {
            if is_space(byte) || is_delimiter(byte) {
                break;
            }
            self.at += 1;
            if byte == b'#' {
                let pair = self.bytes.get(self.at..self.at + 2).ok_or(self.fault())?;
                let (high, low) = (hex(pair[0]), hex(pair[1]));
                let (Some(high), Some(low)) = (high, low) else {
                    return Err(self.fault());
                };
                name.push(high << 4 | low);
                self.at += 2;
            } else {
                name.push(byte);
            }
        }
        Ok(name)
    }

    fn literal(&mut self) -> Result<Vec<u8>, PdfError> {
        self.at += 1;
        let mut out = Vec::new();
        let mut open = 1usize;
        loop {
            let byte = self.peek().ok_or(PdfError::NotPdf)?;
            self.at += 1;
            match byte {
                b'(' => open += 1,
                b')' => {
                    open -= 1;
                    if open == 0 {
                        return Ok(out);
                    }
                }
                b'\\' => {
                    self.escape(&mut out)?;
                    continue;
                }
                b'\r' => {
                    if self.peek() == Some(b'\n') {
                        self.at += 1;
                    }
                    out.push(b'\n');
                    continue;
                }
                _ => {}
            }
            out.push(byte);
        }
    }

    fn escape(&mut self, out: &mut Vec<u8>) -> Result<(), PdfError> {
        let byte = self.peek().ok_or(PdfError::NotPdf)?;
        self.at += 1;
        match byte {
            b'n' => out.push(b'\n'),
            b'r' => out.push(b'\r'),
            b't' => out.push(b'\t'),
            b'b' => out.push(8),
            b'f' => out.push(12),
            b'\n' => {}
            b'\r' => {
                if self.peek() == Some(b'\n') {
                    self.at += 1;
                }
            }
            b'0'..=b'7' => {
                let mut code = u16::from(byte - b'0');
                for _ in 0..2 {
                    if let Some(digit @ b'0'..=b'7') = self.peek() {
                        code = code * 8 + u16::from(digit - b'0');
                        self.at += 1;
                    }
                }
                // Overflow beyond a byte is ignored, as the standard says.
                out.push(code as u8);
            }
            other => out.push(other),
        }
        Ok(())
    }

    fn hexadecimal(&mut self) -> Result<Vec<u8>, PdfError> {
        self.at += 1;
        let mut digits = Vec::new();
        loop {
            let byte = self.peek().ok_or(PdfError::NotPdf)?;
            self.at += 1;
            match hex(byte) {
                Some(digit) => digits.push(digit),
                None if byte == b'>' => break,
                None if is_space(byte) => {}
                None => return Err(self.fault()),
            }
        }
        if digits.len() % 2 == 1 {
            digits.push(0);
        }
        let (pairs, _) = digits.as_chunks::<2>();
        Ok(pairs.iter().map(|[high, low]| high << 4 | low).collect())
    }

    /// A number, or a reference where `0 R` follows.
    fn number_or_reference(&mut self) -> Result<Object, PdfError> {
        let start = self.at;
        if let Ok(number) = self.small()
            && self.peek().is_some_and(is_space)
        {
            self.skip();
            if let Ok(generation) = self.number()
                && self.peek().is_some_and(is_space)
            {
                self.skip();
                if let Ok(generation) = u16::try_from(generation)
                    && self.word("R")
                {
                    return Ok(Object::Reference(Id { number, generation }));
                }
            }
        }
        self.at = start;
        self.numeric()
    }

    fn numeric(&mut self) -> Result<Object, PdfError> {
        let start = self.at;
        while self
            .peek()
            .is_some_and(|byte| byte.is_ascii_digit() || b"+-.".contains(&byte))
        {
            self.at += 1;
        }
        let text = &self.bytes[start..self.at];
        let body = text.strip_prefix(b"-").or(text.strip_prefix(b"+"));
        let body = body.unwrap_or(text);
        let points = body.iter().filter(|byte| **byte == b'.').count();
        let digits = body.iter().filter(|byte| byte.is_ascii_digit()).count();
        let ends = self
            .peek()
            .is_none_or(|byte| is_space(byte) || is_delimiter(byte));
        if !ends || digits == 0 || points > 1 || digits + points != body.len() {
            return Err(PdfError::Malformed(start));
        }
        if points == 1 {
            return Ok(Object::Real(text.to_vec()));
        }
        let value = std::str::from_utf8(text)
            .ok()
            .and_then(|text| text.parse().ok());
        value.map(Object::Integer).ok_or(PdfError::Malformed(start))
    }
}

pub(super) fn hex(digit: u8) -> Option<u8> {
    match digit {
        b'0'..=b'9' => Some(digit - b'0'),
        b'a'..=b'f' => Some(digit - b'a' + 10),
        b'A'..=b'F' => Some(digit - b'A' + 10),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<Object, PdfError> {
        Parser::new(text.as_bytes(), 0).object(0)
    }

    #[test]
    fn objects_are_read_and_written_alike() {
        for text in [
            "<</A [1 2 0 R -3.5]/B (text)/C <00FF>/D null/E true>>",
            "[/Name#20x [] <<>>]",
            "9223372036854775807",
        ] {
            assert_eq!(read(text).unwrap().to_bytes(), text.as_bytes());
        }
        assert_eq!(
            read(
                r"(a\(b\)\101\\ (in) \
c)"
            ),
            Ok(Object::String(b"a(b)A\\ (in) c".to_vec()))
        );
        assert_eq!(read("<1 2 3>"), Ok(Object::String(vec![0x12, 0x30])));
    }

    #[test]
    fn hostile_text_is_refused() {
        for text in [
            "",
            "<<",
            "<</A",
            "<</A 1 /A 2>>",
            "[",
            "(",
            "<zz>",
            "1.2.3",
            "--1",
            "99999999999999999999",
            "/a#g0",
            "truex",
            "<</A 1 2>>",
            "R",
        ] {
            assert!(read(text).is_err(), "{text}");
        }
        let deep = "[".repeat(100_000);
        let wide = format!("[{}]", "1 ".repeat(VALUES_MAX));
        for large in [deep, wide] {
            assert_eq!(read(&large), Err(PdfError::TooLarge));
        }
    }
}
