//! Appending to a file: new and changed objects, a cross-reference, an end. Earlier bytes stay.

use std::collections::BTreeMap;
use std::ops::Range;

use super::file::File;
use super::object::{Dict, Id, Object};
use super::xref::Style;
use super::{FILE_BYTES_MAX, OBJECTS_MAX, PdfError};
use crate::digest;

/// What is to be appended.
pub(crate) struct Update<'f, 'a> {
    pub file: &'f File<'a>,
    next: u32,
    bodies: BTreeMap<u32, (u16, Vec<u8>)>,
}

/// Where a signature's open places lie in the written file.
pub(crate) struct Slot {
    /// The three numbers of the byte range after the first, blanks included.
    pub byte_range: Range<usize>,
    /// `<` through `>` of the contents.
    pub contents: Range<usize>,
}

impl<'f, 'a> Update<'f, 'a> {
    pub fn new(file: &'f File<'a>) -> Self {
        Self {
            file,
            next: file.size(),
            bodies: BTreeMap::new(),
        }
    }

    /// A new number, to be filled with [`Update::put`].
    pub fn reserve(&mut self) -> Id {
        let id = Id {
            number: self.next,
            generation: 0,
        };
        self.next += 1;
        id
    }

    pub fn put(&mut self, id: Id, object: &Object) {
        self.put_bytes(id, object.to_bytes());
    }

    pub fn put_bytes(&mut self, id: Id, body: Vec<u8>) {
        self.bodies.insert(id.number, (id.generation, body));
    }

    pub fn add(&mut self, object: &Object) -> Id {
        let id = self.reserve();
        self.put(id, object);
        id
    }

    /// Adds a stream, packed.
    pub fn add_stream(&mut self, dict: Dict, data: &[u8]) -> Id {
        let packed = super::filter::deflate(data);
        let length = i64::try_from(packed.len()).unwrap_or(i64::MAX);
        let dict = dict
            .with("Filter", Object::name("FlateDecode"))
            .with("Length", Object::Integer(length));
        let mut body = Vec::new();
        dict.write(&mut body);
        body.extend_from_slice(b"\nstream\n");
        body.extend_from_slice(&packed);
        body.extend_from_slice(b"\nendstream");
        let id = self.reserve();
        self.put_bytes(id, body);
        id
    }

    /// The longer file, and where the body of `sought` begins in it.
    pub fn finish(mut self, sought: Option<Id>) -> Result<(Vec<u8>, usize), PdfError> {
        let appended: usize = self.bodies.values().map(|(_, body)| body.len() + 64).sum();
        if self.file.bytes.len() + appended > FILE_BYTES_MAX || self.next + 1 >= OBJECTS_MAX {
            return Err(PdfError::TooLarge);
        }
        let mut out = Vec::with_capacity(self.file.bytes.len() + appended + 1024);
        out.extend_from_slice(self.file.bytes);
        if !out.ends_with(b"\n") {
            out.push(b'\n');
        }
        let mut places: Vec<(u32, usize, u16)> = Vec::new();
        let mut begins = 0;
        for (number, (generation, body)) in &self.bodies {
            places.push((*number, out.len(), *generation));
            out.extend_from_slice(format!("{number} {generation} obj\n").as_bytes());
            if sought.is_some_and(|id| id.number == *number) {
                begins = out.len();
            }
            out.extend_from_slice(body);
            out.extend_from_slice(b"\nendobj\n");
        }
        let at = out.len();
        let trailer = self.trailer();
        match self.file.style {
            Style::Table => write_table(&mut out, &places, trailer, self.next),
            Style::Stream => {
                let own = self.reserve();
                places.push((own.number, at, 0));
                write_stream(&mut out, &places, trailer, own)?;
            }
        }
        out.extend_from_slice(format!("startxref\n{at}\n%%EOF\n").as_bytes());
        Ok((out, begins))
    }

    fn trailer(&self) -> Dict {
        let old = &self.file.trailer;
        let mut trailer = Dict::default();
        for key in ["Root", "Info"] {
            if let Some(value) = old.get(key) {
                trailer.set(key, value.clone());
            }
        }
        let fresh = Object::String(digest::sha256(self.file.bytes)[..16].to_vec());
        let first = match old.get("ID") {
            Some(Object::Array(pair)) if pair.len() == 2 => pair[0].clone(),
            _ => fresh.clone(),
        };
        trailer.set("ID", Object::Array(vec![first, fresh]));
        let newest = i64::try_from(self.file.newest).unwrap_or(i64::MAX);
        trailer.with("Prev", Object::Integer(newest))
    }
}

/// Runs of following numbers.
fn runs(places: &[(u32, usize, u16)]) -> Vec<&[(u32, usize, u16)]> {
    places
        .chunk_by(|before, after| before.0 + 1 == after.0)
        .collect()
}

fn write_table(out: &mut Vec<u8>, places: &[(u32, usize, u16)], trailer: Dict, size: u32) {
    out.extend_from_slice(b"xref\n");
    for run in runs(places) {
        out.extend_from_slice(format!("{} {}\n", run[0].0, run.len()).as_bytes());
        for (_, offset, generation) in run {
            out.extend_from_slice(format!("{offset:010} {generation:05} n \n").as_bytes());
        }
    }
    out.extend_from_slice(b"trailer\n");
    trailer
        .with("Size", Object::Integer(i64::from(size)))
        .write(out);
    out.push(b'\n');
}

fn write_stream(
    out: &mut Vec<u8>,
    places: &[(u32, usize, u16)],
    trailer: Dict,
    own: Id,
) -> Result<(), PdfError> {
    let mut data = Vec::new();
    let mut index = Vec::new();
    for run in runs(places) {
        index.push(Object::Integer(i64::from(run[0].0)));
        index.push(Object::Integer(run.len() as i64));
        for (_, offset, generation) in run {
            data.push(1);
            let offset = u32::try_from(*offset).map_err(|_| PdfError::TooLarge)?;
            data.extend_from_slice(&offset.to_be_bytes());
            data.extend_from_slice(&generation.to_be_bytes());
        }
    }
    let widths = [1, 4, 2].map(Object::Integer).to_vec();
    let dict = trailer
        .with("Type", Object::name("XRef"))
        .with("Size", Object::Integer(i64::from(own.number) + 1))
        .with("Index", Object::Array(index))
        .with("W", Object::Array(widths))
        .with("Length", Object::Integer(data.len() as i64));
    out.extend_from_slice(format!("{} 0 obj\n", own.number).as_bytes());
    dict.write(out);
    out.extend_from_slice(b"\nstream\n");
    out.extend_from_slice(&data);
    out.extend_from_slice(b"\nendstream\nendobj\n");
    Ok(())
}
