//! The form of a document: its signature fields, where they stand, what fills them.

use std::collections::BTreeMap;
use std::ops::Range;

use super::{Certification, Request, SignError, appearance};
use crate::pdf::{Dict, File, Id, Object, PdfError, Update, text_string};

/// Fields of one document at the most.
const FIELDS_MAX: usize = 4096;
/// Pages walked at the most.
const PAGES_MAX: usize = 10_000;
/// Nodes between the root of the pages and a page at the most.
const PAGE_DEPTH_MAX: usize = 32;
/// Longest field name, in bytes.
const NAME_BYTES_MAX: usize = 127;

/// Printed, and not to be moved.
const WIDGET_FLAGS: i64 = 4 | 128;

/// A signature field.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Field {
    /// Its name, without dots; one field of a document has it.
    pub name: String,
    /// What a person is told about it.
    pub label: String,
    /// Where it is seen.
    pub place: Place,
}

/// Where a field is seen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// Nowhere; it belongs to the first page.
    Nowhere,
    /// On a page.
    On {
        /// Which one.
        page: PageAt,
        /// Where on it.
        rect: Rect,
    },
}

/// A page of a document.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PageAt {
    /// The last one.
    Last,
    /// By index, from 0.
    Index(usize),
}

/// A rectangle in points (1/72 inch) from the lower left corner of the page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rect {
    /// Left edge.
    pub left: u16,
    /// Lower edge.
    pub bottom: u16,
    /// Width, at least 1.
    pub width: u16,
    /// Height, at least 1.
    pub height: u16,
}

impl Rect {
    fn object(self) -> Object {
        let (left, bottom) = (i64::from(self.left), i64::from(self.bottom));
        let corners = [
            left,
            bottom,
            left + i64::from(self.width),
            bottom + i64::from(self.height),
        ];
        Object::Array(corners.map(Object::Integer).to_vec())
    }
}

/// A document's form with what an update does to it.
pub(super) struct Form<'f, 'a> {
    file: &'f File<'a>,
    /// The form's dictionary, and its number where it stands by itself.
    id: Option<Id>,
    dict: Dict,
    fields: Vec<Object>,
    pages: Vec<Id>,
    /// Names of fields added by this update.
    added: Vec<String>,
    /// New widgets by page.
    widgets: BTreeMap<Id, Vec<Id>>,
}

impl<'f, 'a> Form<'f, 'a> {
    pub fn read(file: &'f File<'a>) -> Result<Self, SignError> {
        let (_, catalog) = file.catalog()?;
        let id = catalog.reference("AcroForm");
        let dict = file.dict(&catalog, "AcroForm")?.unwrap_or_default();
        if dict.get("XFA").is_some() {
            return Err(PdfError::Unsupported("an XFA form").into());
        }
        let fields = file.array(&dict, "Fields")?;
        if fields.len() > FIELDS_MAX {
            return Err(PdfError::TooLarge.into());
        }
        Ok(Self {
            file,
            id,
            dict,
            fields,
            pages: pages(file)?,
            added: Vec::new(),
            widgets: BTreeMap::new(),
        })
    }

    /// Whether what was signed before allows another signature.
    pub fn may_sign(&self, certification: Certification) -> Result<(), SignError> {
        let signed = signatures(self.file)?;
        if certification != Certification::Approval && !signed.is_empty() {
            return Err(SignError::Certified);
        }
        match allowed(self.file)? {
            Some(1) => Err(SignError::Certified),
            _ => Ok(()),
        }
    }

    /// Adds an empty field.
    pub fn add(&mut self, update: &mut Update<'f, 'a>, field: &Field) -> Result<(), SignError> {
        let id = update.reserve();
        let mut dict = self.new_field(field, id)?;
        if let Place::On { rect, .. } = field.place {
            // An empty picture: PDF/A wants one of every widget that has a size.
            let empty = appearance::form(update, rect, None)?;
            dict.set("AP", normal(empty));
        }
        update.put(id, &Object::Dict(dict));
        Ok(())
    }

    fn new_field(&mut self, field: &Field, id: Id) -> Result<Dict, SignError> {
        let name = field.name.as_str();
        let usable = !name.is_empty() && name.len() <= NAME_BYTES_MAX && !name.contains('.');
        let taken = self.added.iter().any(|other| other == name);
        if !usable || taken || find(self.file, name)?.is_some() {
            return Err(SignError::FieldName);
        }
        let (page, rect) = match field.place {
            Place::Nowhere => (0, Object::Array(vec![Object::Integer(0); 4])),
            Place::On { rect, .. } if rect.width == 0 || rect.height == 0 => {
                return Err(SignError::Place);
            }
            Place::On { page, rect } => match page {
                PageAt::Last => (self.pages.len().saturating_sub(1), rect.object()),
                PageAt::Index(index) => (index, rect.object()),
            },
        };
        let page = *self.pages.get(page).ok_or(SignError::Place)?;
        self.added.push(name.to_owned());
        self.fields.push(Object::Reference(id));
        self.widgets.entry(page).or_default().push(id);
        Ok(Dict::default()
            .with("Type", Object::name("Annot"))
            .with("Subtype", Object::name("Widget"))
            .with("FT", Object::name("Sig"))
            .with("T", text_string(name))
            .with("TU", text_string(&field.label))
            .with("F", Object::Integer(WIDGET_FLAGS))
            .with("Rect", rect)
            .with("P", Object::Reference(page)))
    }

    /// Puts a signature into its field, which is made where it is not there.
    pub fn sign(
        &mut self,
        update: &mut Update<'f, 'a>,
        request: &Request<'_>,
        signature: Id,
    ) -> Result<(), SignError> {
        let (id, mut dict) = match find(self.file, &request.field.name)? {
            Some((id, dict)) => (id, empty_field(dict)?),
            None => {
                let id = update.reserve();
                (id, self.new_field(request.field, id)?)
            }
        };
        if let Some(rect) = size(&dict) {
            let form = appearance::form(update, rect, request.appearance.as_ref())?;
            dict.set("AP", normal(form));
        }
        dict.set("V", Object::Reference(signature));
        update.put(id, &Object::Dict(dict));
        Ok(())
    }

    /// Writes what changed: the form, the pages with new widgets, the catalog.
    pub fn write(
        mut self,
        update: &mut Update<'f, 'a>,
        catalog_entries: Vec<(&str, Object)>,
    ) -> Result<(), SignError> {
        let (catalog_id, mut catalog) = self.file.catalog()?;
        let mut catalog_changed = !catalog_entries.is_empty();
        for (key, value) in catalog_entries {
            catalog.set(key, value);
        }
        if !self.added.is_empty() {
            for (page, widgets) in std::mem::take(&mut self.widgets) {
                self.annotate(update, page, &widgets)?;
            }
            match self.dict.reference("Fields") {
                Some(list) => update.put(list, &Object::Array(self.fields)),
                None => self.dict.set("Fields", Object::Array(self.fields)),
            }
            // Signatures exist; append only.
            self.dict.set("SigFlags", Object::Integer(3));
            let form = Object::Dict(self.dict);
            match (self.id, catalog.get("AcroForm").is_some()) {
                (Some(id), _) => update.put(id, &form),
                (None, inside) => {
                    // A form that stood in the catalog stays there.
                    let form = match inside {
                        true => form,
                        false => Object::Reference(update.add(&form)),
                    };
                    catalog.set("AcroForm", form);
                    catalog_changed = true;
                }
            }
        }
        if catalog_changed {
            update.put(catalog_id, &Object::Dict(catalog));
        }
        Ok(())
    }

    fn annotate(
        &self,
        update: &mut Update<'f, 'a>,
        page: Id,
        widgets: &[Id],
    ) -> Result<(), SignError> {
        let Object::Dict(mut dict) = self.file.object(page)? else {
            return Err(PdfError::Missing("Page").into());
        };
        let mut list = self.file.array(&dict, "Annots")?;
        list.extend(widgets.iter().map(|id| Object::Reference(*id)));
        match dict.reference("Annots") {
            Some(id) => update.put(id, &Object::Array(list)),
            None => {
                dict.set("Annots", Object::Array(list));
                update.put(page, &Object::Dict(dict));
            }
        }
        Ok(())
    }
}

fn normal(form: Id) -> Object {
    Object::Dict(Dict::default().with("N", Object::Reference(form)))
}

/// The size of a widget that is seen.
fn size(dict: &Dict) -> Option<Rect> {
    let Some(Object::Array(corners)) = dict.get("Rect") else {
        return None;
    };
    let number = |index: usize| match corners.get(index) {
        Some(Object::Integer(value)) => u16::try_from(*value).ok(),
        _ => None,
    };
    let (left, bottom, right, top) = (number(0)?, number(1)?, number(2)?, number(3)?);
    let rect = Rect {
        left,
        bottom,
        width: right.checked_sub(left)?,
        height: top.checked_sub(bottom)?,
    };
    (rect.width > 0 && rect.height > 0).then_some(rect)
}

fn empty_field(dict: Dict) -> Result<Dict, SignError> {
    if !dict.is_name("FT", "Sig") || dict.get("Kids").is_some() {
        return Err(SignError::FieldKind);
    }
    match dict.get("V") {
        Some(_) => Err(SignError::FieldSigned),
        None => Ok(dict),
    }
}

/// Every field at the form's first level.
pub(crate) fn fields(file: &File<'_>) -> Result<Vec<(Id, Dict)>, PdfError> {
    let (_, catalog) = file.catalog()?;
    let Some(form) = file.dict(&catalog, "AcroForm")? else {
        return Ok(Vec::new());
    };
    let list = file.array(&form, "Fields")?;
    if list.len() > FIELDS_MAX {
        return Err(PdfError::TooLarge);
    }
    let mut found = Vec::new();
    for item in list {
        let Object::Reference(id) = item else {
            return Err(PdfError::Missing("a field's number"));
        };
        if let Object::Dict(dict) = file.object(id)? {
            found.push((id, dict));
        }
    }
    Ok(found)
}

fn find(file: &File<'_>, name: &str) -> Result<Option<(Id, Dict)>, PdfError> {
    let all = fields(file)?;
    let named = |(_, dict): &(Id, Dict)| dict.text("T").as_deref() == Some(name);
    Ok(all.into_iter().find(named))
}

/// Signed fields: name, field and signature.
pub(crate) fn signatures(file: &File<'_>) -> Result<Vec<(String, Id, Id)>, PdfError> {
    let mut found = Vec::new();
    for (id, dict) in fields(file)? {
        if !dict.is_name("FT", "Sig") || dict.get("V").is_none() {
            continue;
        }
        let value = dict.reference("V").ok_or(PdfError::Missing("V"))?;
        let name = dict.text("T").ok_or(PdfError::Missing("T"))?;
        found.push((name, id, value));
    }
    Ok(found)
}

/// What a certifying signature allows after it: 1 nothing, 2 filling and signing, 3 notes too.
pub(crate) fn allowed(file: &File<'_>) -> Result<Option<i64>, PdfError> {
    let (_, catalog) = file.catalog()?;
    let Some(permissions) = file.dict(&catalog, "Perms")? else {
        return Ok(None);
    };
    let Some(signature) = file.dict(&permissions, "DocMDP")? else {
        return Ok(None);
    };
    for reference in file.array(&signature, "Reference")? {
        let Object::Dict(reference) = file.resolve(&reference)? else {
            continue;
        };
        if reference.is_name("TransformMethod", "DocMDP") {
            let parameters = file.dict(&reference, "TransformParams")?;
            return Ok(parameters.and_then(|dict| dict.integer("P")).or(Some(2)));
        }
    }
    Err(PdfError::Missing("DocMDP"))
}

/// Where the still empty contents of a field's signature lie.
pub(super) fn open_contents(file: &File<'_>, name: &str) -> Result<Range<usize>, SignError> {
    let all = signatures(file)?;
    let found = all.iter().find(|(other, _, _)| other == name);
    let (_, _, signature) = found.ok_or(SignError::FieldName)?;
    let place = crate::verify::place(file, *signature)?;
    let inside = &file.bytes[place.contents.start + 1..place.contents.end - 1];
    let last = place.after.end == file.bytes.len();
    match last && inside.iter().all(|byte| *byte == b'0') {
        true => Ok(place.contents),
        false => Err(SignError::FieldSigned),
    }
}

/// Every page in order.
pub(crate) fn pages(file: &File<'_>) -> Result<Vec<Id>, PdfError> {
    let (_, catalog) = file.catalog()?;
    let root = catalog
        .reference("Pages")
        .ok_or(PdfError::Missing("Pages"))?;
    let mut pages = Vec::new();
    let mut open = vec![(root, 0)];
    let mut steps = 0;
    while let Some((id, depth)) = open.pop() {
        steps += 1;
        if steps > 2 * PAGES_MAX || depth > PAGE_DEPTH_MAX {
            return Err(PdfError::TooLarge);
        }
        let Object::Dict(dict) = file.object(id)? else {
            return Err(PdfError::Missing("Page"));
        };
        if dict.is_name("Type", "Page") {
            pages.push(id);
            continue;
        }
        for kid in file.array(&dict, "Kids")?.iter().rev() {
            match kid {
                Object::Reference(kid) => open.push((*kid, depth + 1)),
                _ => return Err(PdfError::Missing("Kids")),
            }
        }
    }
    Ok(pages)
}
