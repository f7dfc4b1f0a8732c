//! A file with its cross-reference: which object stands where, newest update first.

use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, HashMap};
use std::ops::Range;
use std::rc::Rc;

use super::filter;
use super::object::{Dict, Id, Object};
use super::parser::{Indirect, Parser};
use super::xref::{self, Entry, Style};
use super::{FILE_BYTES_MAX, PdfError, REVISIONS_MAX};

/// References followed from one to the next at the most.
const HOPS_MAX: usize = 8;

/// A file taken apart.
pub(crate) struct File<'a> {
    pub bytes: &'a [u8],
    pub entries: BTreeMap<u32, Entry>,
    pub trailer: Dict,
    pub style: Style,
    /// Offset of the newest cross-reference.
    pub newest: usize,
    containers: RefCell<HashMap<u32, Rc<Container>>>,
    left: RefCell<usize>,
    /// Bytes that may still be parsed: objects that share bytes must not make work without end.
    effort: Cell<usize>,
}

struct Container {
    data: Vec<u8>,
    /// Number of each object and where it begins in `data`.
    places: Vec<(u32, usize)>,
}

impl<'a> File<'a> {
    /// Reads the structure of a whole file that ends where it says.
    pub fn read(bytes: &'a [u8]) -> Result<Self, PdfError> {
        if bytes.len() > FILE_BYTES_MAX {
            return Err(PdfError::TooLarge);
        }
        if !bytes.starts_with(b"%PDF-1.") && !bytes.starts_with(b"%PDF-2.") {
            return Err(PdfError::NotPdf);
        }
        let newest = xref::end(bytes)?;
        let mut file = Self {
            bytes,
            entries: BTreeMap::new(),
            trailer: Dict::default(),
            style: Style::Table,
            newest,
            containers: RefCell::default(),
            left: RefCell::new(filter::allowance()),
            effort: Cell::new(8 * FILE_BYTES_MAX),
        };
        let mut at = newest;
        for revision in 0..REVISIONS_MAX {
            let section = xref::section(bytes, at, &mut file.left.borrow_mut())?;
            for (number, entry) in section.entries {
                file.entries.entry(number).or_insert(entry);
            }
            let previous = section.trailer.get("Prev").cloned();
            if revision == 0 {
                file.trailer = section.trailer;
                file.style = section.style;
            }
            match previous {
                None => return file.checked(),
                // Going only backwards also means never in a circle.
                Some(Object::Integer(earlier)) => {
                    let earlier = usize::try_from(earlier)
                        .ok()
                        .filter(|earlier| *earlier < at);
                    at = earlier
                        .ok_or(PdfError::Unsupported("a cross-reference that leads ahead"))?;
                }
                Some(_) => return Err(PdfError::Malformed(at)),
            }
        }
        Err(PdfError::TooLarge)
    }

    fn checked(self) -> Result<Self, PdfError> {
        if self.trailer.get("Encrypt").is_some() {
            return Err(PdfError::Encrypted);
        }
        self.trailer
            .reference("Root")
            .ok_or(PdfError::Missing("Root"))?;
        Ok(self)
    }

    /// One more than the highest object number.
    pub fn size(&self) -> u32 {
        let highest = self.entries.keys().next_back().copied().unwrap_or(0);
        let stated = self
            .trailer
            .integer("Size")
            .and_then(|size| u32::try_from(size).ok());
        stated.unwrap_or(0).max(highest + 1)
    }

    /// The object of that number and generation; `Null` where there is none.
    pub fn object(&self, id: Id) -> Result<Object, PdfError> {
        self.object_within(id, 0)
    }

    fn object_within(&self, id: Id, hops: usize) -> Result<Object, PdfError> {
        if hops > HOPS_MAX {
            return Err(PdfError::Reference(id.number));
        }
        match self.entries.get(&id.number) {
            None | Some(Entry::Free) => Ok(Object::Null),
            Some(Entry::At { generation, .. }) if *generation != id.generation => Ok(Object::Null),
            Some(Entry::At { .. }) => {
                let found = self.indirect(id)?;
                match (found.object, found.data) {
                    (Object::Dict(dict), Some(start)) => {
                        let range = self.data(&dict, start, id, hops)?;
                        Ok(Object::Stream(dict, range))
                    }
                    (object, _) => Ok(object),
                }
            }
            Some(Entry::Packed { .. }) if id.generation != 0 => Ok(Object::Null),
            Some(Entry::Packed { container, index }) => {
                let holder = self.container(*container, hops)?;
                let index = usize::try_from(*index).map_err(|_| PdfError::TooLarge)?;
                match holder.places.get(index) {
                    Some((number, place)) if *number == id.number => {
                        let mut parser = Parser::new(&holder.data, *place);
                        let object = parser.object(0);
                        self.spend(parser.at - place)?;
                        object
                    }
                    _ => Err(PdfError::Reference(id.number)),
                }
            }
        }
    }

    fn spend(&self, bytes: usize) -> Result<(), PdfError> {
        let left = self.effort.get().checked_sub(bytes);
        self.effort.set(left.ok_or(PdfError::TooLarge)?);
        Ok(())
    }

    /// An object that stands by itself in the file, with where its parts stand.
    pub fn indirect(&self, id: Id) -> Result<Indirect, PdfError> {
        let Some(Entry::At { offset, .. }) = self.entries.get(&id.number) else {
            return Err(PdfError::Reference(id.number));
        };
        let mut parser = Parser::new(self.bytes, *offset);
        let found = parser.indirect()?;
        self.spend(parser.at - offset)?;
        match found.id == id {
            true => Ok(found),
            false => Err(PdfError::Reference(id.number)),
        }
    }

    /// Where a stream's bytes lie.
    fn data(
        &self,
        dict: &Dict,
        start: usize,
        id: Id,
        hops: usize,
    ) -> Result<Range<usize>, PdfError> {
        let length = match dict.get("Length") {
            Some(Object::Reference(length)) if *length != id => {
                Some(self.object_within(*length, hops + 1)?)
            }
            other => other.cloned(),
        };
        xref::data_range(self.bytes, start, length.as_ref())
    }

    fn container(&self, number: u32, hops: usize) -> Result<Rc<Container>, PdfError> {
        if let Some(found) = self.containers.borrow().get(&number) {
            return Ok(Rc::clone(found));
        }
        let id = Id {
            number,
            generation: 0,
        };
        let Some(Entry::At { .. }) = self.entries.get(&number) else {
            return Err(PdfError::Reference(number));
        };
        let Object::Stream(dict, range) = self.object_within(id, hops + 1)? else {
            return Err(PdfError::Reference(number));
        };
        if !dict.is_name("Type", "ObjStm") {
            return Err(PdfError::Reference(number));
        }
        let data = filter::unpack(&dict, &self.bytes[range], &mut self.left.borrow_mut())?;
        let positive = |key| {
            dict.integer(key)
                .and_then(|value| usize::try_from(value).ok())
        };
        let (count, first) = (positive("N"), positive("First"));
        let (Some(count), Some(first)) = (count, first) else {
            return Err(PdfError::Missing("N or First"));
        };
        let mut places = Vec::new();
        let mut parser = Parser::new(&data, 0);
        for _ in 0..count {
            parser.skip();
            let number = parser.small()?;
            parser.skip();
            let place = usize::try_from(parser.small()?)
                .ok()
                .and_then(|at| at.checked_add(first));
            let place = place.filter(|at| *at < data.len());
            places.push((number, place.ok_or(PdfError::Reference(number))?));
        }
        let container = Rc::new(Container { data, places });
        self.containers
            .borrow_mut()
            .insert(number, Rc::clone(&container));
        Ok(container)
    }

    /// Follows a reference to what it means.
    pub fn resolve(&self, object: &Object) -> Result<Object, PdfError> {
        let mut current = object.clone();
        for _ in 0..HOPS_MAX {
            match current {
                Object::Reference(id) => current = self.object(id)?,
                found => return Ok(found),
            }
        }
        Err(PdfError::Unsupported("references to references"))
    }

    /// The value under `key`, references followed; `Null` where there is none.
    pub fn value(&self, dict: &Dict, key: &str) -> Result<Object, PdfError> {
        match dict.get(key) {
            Some(value) => self.resolve(value),
            None => Ok(Object::Null),
        }
    }

    /// The dictionary under `key`.
    pub fn dict(&self, dict: &Dict, key: &'static str) -> Result<Option<Dict>, PdfError> {
        match self.value(dict, key)? {
            Object::Dict(found) => Ok(Some(found)),
            Object::Null => Ok(None),
            _ => Err(PdfError::Missing(key)),
        }
    }

    /// The array under `key`; empty where there is none.
    pub fn array(&self, dict: &Dict, key: &'static str) -> Result<Vec<Object>, PdfError> {
        match self.value(dict, key)? {
            Object::Array(items) => Ok(items),
            Object::Null => Ok(Vec::new()),
            _ => Err(PdfError::Missing(key)),
        }
    }

    /// The document's catalog and its number.
    pub fn catalog(&self) -> Result<(Id, Dict), PdfError> {
        let id = self
            .trailer
            .reference("Root")
            .ok_or(PdfError::Missing("Root"))?;
        match self.object(id)? {
            Object::Dict(dict) => Ok((id, dict)),
            _ => Err(PdfError::Missing("Root")),
        }
    }
}
