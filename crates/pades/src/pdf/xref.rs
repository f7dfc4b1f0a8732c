//! Cross-references: tables and streams, one section at a time.

use std::ops::Range;

use super::filter;
use super::object::{Dict, Object};
use super::parser::Parser;
use super::{OBJECTS_MAX, PdfError};

/// Where an object stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Entry {
    Free,
    At { offset: usize, generation: u16 },
    Packed { container: u32, index: u32 },
}

/// How a file writes its cross-reference; an update does it the same way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Style {
    Table,
    Stream,
}

/// One cross-reference and the trailer with it.
pub(super) struct Section {
    pub entries: Vec<(u32, Entry)>,
    pub trailer: Dict,
    pub style: Style,
}

/// The cross-reference at this offset; what it unpacks to is taken from `left`.
pub(super) fn section(bytes: &[u8], at: usize, left: &mut usize) -> Result<Section, PdfError> {
    let mut parser = Parser::new(bytes, at);
    match parser.word("xref") {
        true => table(bytes, parser),
        false => stream(bytes, parser, left),
    }
}

fn table(bytes: &[u8], mut parser: Parser<'_>) -> Result<Section, PdfError> {
    let mut entries = Vec::new();
    loop {
        parser.skip();
        if parser.word("trailer") {
            break;
        }
        let first = parser.small()?;
        parser.skip();
        let count = parser.small()?;
        parser.skip();
        for step in 0..count {
            let number = first
                .checked_add(step)
                .filter(|number| *number < OBJECTS_MAX);
            let number = number.ok_or(PdfError::TooLarge)?;
            let line = bytes.get(parser.at..parser.at + 20);
            let entry = line.and_then(table_entry).ok_or(parser.fault())?;
            entries.push((number, entry));
            parser.at += 20;
        }
    }
    parser.skip();
    let Object::Dict(trailer) = parser.object(0)? else {
        return Err(parser.fault());
    };
    if trailer.get("XRefStm").is_some() {
        return Err(PdfError::Unsupported("a hybrid cross-reference"));
    }
    once(&entries)?;
    Ok(Section {
        entries,
        trailer,
        style: Style::Table,
    })
}

fn stream(bytes: &[u8], mut parser: Parser<'_>, left: &mut usize) -> Result<Section, PdfError> {
    let found = parser.indirect()?;
    let (Object::Dict(dict), Some(start)) = (found.object, found.data) else {
        return Err(parser.fault());
    };
    if !dict.is_name("Type", "XRef") {
        return Err(parser.fault());
    }
    let range = data_range(bytes, start, dict.get("Length"))?;
    let data = filter::unpack(&dict, &bytes[range], left)?;
    let widths = numbers(dict.get("W"));
    let widths: [usize; 3] = widths.try_into().map_err(|_| PdfError::Missing("W"))?;
    let width: usize = widths.iter().sum();
    if width == 0 || widths.iter().any(|width| *width > 8) {
        return Err(PdfError::Missing("W"));
    }
    let size = dict
        .integer("Size")
        .and_then(|size| usize::try_from(size).ok());
    let index = match dict.get("Index") {
        Some(index) => numbers(Some(index)),
        None => vec![0, size.ok_or(PdfError::Missing("Size"))?],
    };
    let (runs, []) = index.as_chunks::<2>() else {
        return Err(PdfError::Missing("Index"));
    };
    let mut rows = data.chunks_exact(width);
    let mut entries = Vec::new();
    for [first, count] in runs {
        // Rows bound the loop, whatever the count says.
        for (step, row) in rows.by_ref().take(*count).enumerate() {
            let number = u32::try_from(first + step)
                .ok()
                .filter(|number| *number < OBJECTS_MAX);
            let number = number.ok_or(PdfError::TooLarge)?;
            let (kind, rest) = row.split_at(widths[0]);
            let (second, third) = rest.split_at(widths[1]);
            let kind = if widths[0] == 0 { 1 } else { big(kind) };
            let entry = stream_entry(kind, big(second), big(third));
            entries.push((number, entry.ok_or(parser.fault())?));
        }
    }
    once(&entries)?;
    Ok(Section {
        entries,
        trailer: dict,
        style: Style::Stream,
    })
}

/// Where a stream's bytes lie; its length must lead to its end.
pub(super) fn data_range(
    bytes: &[u8],
    start: usize,
    length: Option<&Object>,
) -> Result<Range<usize>, PdfError> {
    let Some(Object::Integer(length)) = length else {
        return Err(PdfError::Missing("Length"));
    };
    let end = usize::try_from(*length)
        .ok()
        .and_then(|length| start.checked_add(length))
        .filter(|end| *end <= bytes.len())
        .ok_or(PdfError::Malformed(start))?;
    let mut parser = Parser::new(bytes, end);
    match bytes.get(end..).unwrap_or_default() {
        [b'\r', b'\n', ..] => parser.at += 2,
        [b'\r' | b'\n', ..] => parser.at += 1,
        _ => {}
    }
    parser.expect("endstream")?;
    parser.skip();
    parser.expect("endobj")?;
    Ok(start..end)
}

/// The offset after the last `startxref`; after the end there may be one line end only.
pub(super) fn end(bytes: &[u8]) -> Result<usize, PdfError> {
    const WORD: &[u8] = b"startxref";
    let last = bytes.windows(WORD.len()).rposition(|window| window == WORD);
    let mut parser = Parser::new(bytes, last.ok_or(PdfError::NotPdf)? + WORD.len());
    let space = |parser: &mut Parser<'_>| {
        while matches!(parser.peek(), Some(b'\r' | b'\n' | b' ')) {
            parser.at += 1;
        }
    };
    space(&mut parser);
    let offset = usize::try_from(parser.number()?).map_err(|_| PdfError::NotPdf)?;
    space(&mut parser);
    match bytes[parser.at..].strip_prefix(b"%%EOF") {
        Some(b"" | b"\n" | b"\r" | b"\r\n") => Ok(offset),
        Some(_) => Err(PdfError::Trailing),
        None => Err(PdfError::NotPdf),
    }
}

/// No object may be told of twice in one section.
fn once(entries: &[(u32, Entry)]) -> Result<(), PdfError> {
    let mut seen = std::collections::HashSet::new();
    match entries.iter().find(|(number, _)| !seen.insert(*number)) {
        Some((number, _)) => Err(PdfError::Reference(*number)),
        None => Ok(()),
    }
}

/// `0000012345 00000 n` and two bytes of line end.
fn table_entry(line: &[u8]) -> Option<Entry> {
    let text = std::str::from_utf8(line).ok()?;
    let digits = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
    let (offset, generation) = (text.get(0..10)?, text.get(11..16)?);
    let marks = (
        text.get(10..11)?,
        text.get(16..17)?,
        text.get(17..18)?,
        text.get(18..20)?,
    );
    if !digits(offset) || !digits(generation) || marks.0 != " " || marks.1 != " " {
        return None;
    }
    if !matches!(marks.3, " \n" | " \r" | "\r\n") {
        return None;
    }
    match marks.2 {
        "f" => Some(Entry::Free),
        "n" => Some(Entry::At {
            offset: offset.parse().ok()?,
            generation: generation.parse().ok()?,
        }),
        _ => None,
    }
}

fn stream_entry(kind: u64, second: u64, third: u64) -> Option<Entry> {
    match kind {
        0 => Some(Entry::Free),
        1 => Some(Entry::At {
            offset: usize::try_from(second).ok()?,
            generation: u16::try_from(third).ok()?,
        }),
        2 => Some(Entry::Packed {
            container: u32::try_from(second).ok()?,
            index: u32::try_from(third).ok()?,
        }),
        _ => None,
    }
}

fn big(bytes: &[u8]) -> u64 {
    bytes
        .iter()
        .fold(0, |sum, byte| sum << 8 | u64::from(*byte))
}

/// The whole numbers of an array; empty where one is anything else.
fn numbers(object: Option<&Object>) -> Vec<usize> {
    let Some(Object::Array(items)) = object else {
        return Vec::new();
    };
    let number = |item: &Object| match item {
        Object::Integer(value) => usize::try_from(*value).ok().filter(|n| *n <= 1 << 30),
        _ => None,
    };
    let read: Option<Vec<usize>> = items.iter().map(number).collect();
    read.unwrap_or_default()
}
