//! What an update did to a signed document: only further signatures pass.

use std::collections::{HashMap, HashSet};

use crate::pdf::{Dict, Entry, File, Id, Object, PdfError};
use crate::sign::{fields, pages};

/// Something that a later update did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Change {
    /// A field that was reserved before was signed.
    Signed {
        /// The field's name.
        field: String,
    },
    /// A field that is not seen was added and signed.
    Added {
        /// The field's name.
        field: String,
    },
}

/// What lies between two states of a file, or the number of the first object whose change no
/// further signature explains.
pub(super) fn between(earlier: &File<'_>, later: &File<'_>) -> Result<Vec<Change>, u32> {
    if earlier.trailer.get("Root") != later.trailer.get("Root")
        || earlier.trailer.get("Info") != later.trailer.get("Info")
    {
        return Err(0);
    }
    let allowed = Allowed::of(earlier, later).map_err(|_| 0u32)?;
    for number in numbers(earlier, later) {
        if same_place(earlier, later, number) {
            continue;
        }
        let fault = |_: PdfError| number;
        let (before, after) = (value(earlier, number), value(later, number));
        let (before, after) = (before.map_err(fault)?, after.map_err(fault)?);
        let gone = matches!(earlier.entries.get(&number), None | Some(Entry::Free));
        if !gone && generation(earlier, number) != generation(later, number) {
            // References name the generation too, so they would lead nowhere.
            return Err(number);
        }
        match gone {
            // A new object means nothing by itself, unless something signed already pointed there.
            true if allowed.dangling.contains(&number) => return Err(number),
            true => {}
            false if same(earlier, &before, later, &after) => {}
            false => allowed
                .explain(number, &before, &after)
                .map_err(|()| number)?,
        }
    }
    Ok(allowed.changes)
}

fn numbers(earlier: &File<'_>, later: &File<'_>) -> Vec<u32> {
    let mut all: Vec<u32> = earlier
        .entries
        .keys()
        .chain(later.entries.keys())
        .copied()
        .collect();
    all.sort_unstable();
    all.dedup();
    all
}

/// Whether the object stands at the very same place, whose bytes are the same in both.
fn same_place(earlier: &File<'_>, later: &File<'_>, number: u32) -> bool {
    let (before, after) = (earlier.entries.get(&number), later.entries.get(&number));
    match (before, after) {
        (Some(Entry::At { offset, .. }), Some(_)) if before == after => {
            *offset < earlier.bytes.len()
        }
        (Some(Entry::Packed { container, .. }), Some(_)) if before == after => {
            matches!(earlier.entries.get(container), Some(Entry::At { .. }))
                && earlier.entries.get(container) == later.entries.get(container)
        }
        (None | Some(Entry::Free), None | Some(Entry::Free)) => true,
        _ => false,
    }
}

fn generation(file: &File<'_>, number: u32) -> u16 {
    match file.entries.get(&number) {
        Some(Entry::At { generation, .. }) => *generation,
        _ => 0,
    }
}

fn value(file: &File<'_>, number: u32) -> Result<Object, PdfError> {
    let generation = generation(file, number);
    file.object(Id { number, generation })
}

/// Whether two objects are alike, streams byte for byte.
fn same(earlier: &File<'_>, before: &Object, later: &File<'_>, after: &Object) -> bool {
    match (before, after) {
        (Object::Stream(one, bytes), Object::Stream(other, more)) => {
            one == other && earlier.bytes[bytes.clone()] == later.bytes[more.clone()]
        }
        _ => before == after,
    }
}

/// What further signatures explain.
struct Allowed {
    changes: Vec<Change>,
    /// Reserved fields that were signed: number of the field.
    filled: HashSet<u32>,
    /// New signed fields.
    added: HashSet<Id>,
    catalog: u32,
    /// The form, and its list of fields where it stands by itself.
    form: HashSet<u32>,
    /// Pages, and lists of annotations that stand by themselves.
    pages: HashSet<u32>,
    lists: HashSet<u32>,
    /// The document's information, whose date of change other programs keep up to date.
    info: Option<u32>,
    /// Numbers that signed objects point to although nothing was there.
    dangling: HashSet<u32>,
}

impl Allowed {
    fn of(earlier: &File<'_>, later: &File<'_>) -> Result<Self, PdfError> {
        let before: HashMap<Id, Dict> = fields(earlier)?.into_iter().collect();
        let (catalog, root) = earlier.catalog()?;
        let mut found = Self {
            changes: Vec::new(),
            filled: HashSet::new(),
            added: HashSet::new(),
            catalog: catalog.number,
            form: HashSet::new(),
            pages: HashSet::new(),
            lists: HashSet::new(),
            info: earlier.trailer.reference("Info").map(|id| id.number),
            dangling: dangling(earlier)?,
        };
        for (id, dict) in fields(later)? {
            let name = dict.text("T").unwrap_or_default();
            let signed = dict.is_name("FT", "Sig") && dict.reference("V").is_some();
            match before.get(&id) {
                Some(old) if old.get("V").is_none() && signed => {
                    found.filled.insert(id.number);
                    found.changes.push(Change::Signed { field: name });
                }
                Some(_) => {}
                // A field that is seen could cover what was signed; it must have been reserved.
                None if signed && unseen(&dict) => {
                    found.added.insert(id);
                    found.changes.push(Change::Added { field: name });
                }
                None => return Err(PdfError::Missing("a reserved field")),
            }
        }
        if let Some(form) = root.reference("AcroForm") {
            found.form.insert(form.number);
        }
        if root.get("AcroForm").is_none() {
            let (_, root) = later.catalog()?;
            let form = later.dict(&root, "AcroForm")?.unwrap_or_default();
            let plain = |(key, _): &(Vec<u8>, Object)| key == b"Fields" || key == b"SigFlags";
            if !form.0.iter().all(plain) {
                return Err(PdfError::Unsupported("a new form with more than fields"));
            }
        }
        if let Some(form) = earlier.dict(&root, "AcroForm")?
            && let Some(list) = form.reference("Fields")
        {
            found.lists.insert(list.number);
        }
        for page in pages(earlier)? {
            found.pages.insert(page.number);
            if let Object::Dict(dict) = earlier.object(page)?
                && let Some(list) = dict.reference("Annots")
            {
                found.lists.insert(list.number);
            }
        }
        Ok(found)
    }

    fn explain(&self, number: u32, before: &Object, after: &Object) -> Result<(), ()> {
        if self.lists.contains(&number) {
            return self.grown(Some(before), Some(after));
        }
        let (Object::Dict(before), Object::Dict(after)) = (before, after) else {
            return Err(());
        };
        if self.filled.contains(&number) {
            return differ_only(before, after, &["V", "AP"]).map(drop);
        }
        if self.info == Some(number) {
            return differ_only(before, after, &["ModDate", "Producer"]).map(drop);
        }
        if number == self.catalog {
            let changed = differ_only(before, after, &["AcroForm"])?;
            return match changed.contains(&"AcroForm") {
                true => self.new_form(before.get("AcroForm"), after.get("AcroForm")),
                false => Ok(()),
            };
        }
        if self.form.contains(&number) {
            return self.form_grown(before, after);
        }
        if self.pages.contains(&number) {
            differ_only(before, after, &["Annots"])?;
            return self.grown(before.get("Annots"), after.get("Annots"));
        }
        Err(())
    }

    fn new_form(&self, before: Option<&Object>, after: Option<&Object>) -> Result<(), ()> {
        match (before, after) {
            // What a new form holds was looked at field by field.
            (None, Some(Object::Reference(_))) => Ok(()),
            (Some(Object::Dict(before)), Some(Object::Dict(after))) => {
                self.form_grown(before, after)
            }
            _ => Err(()),
        }
    }

    fn form_grown(&self, before: &Dict, after: &Dict) -> Result<(), ()> {
        differ_only(before, after, &["Fields", "SigFlags"])?;
        if after
            .get("SigFlags")
            .is_some_and(|flags| *flags != Object::Integer(3))
        {
            return Err(());
        }
        match before.get("Fields") == after.get("Fields") {
            true => Ok(()),
            false => self.grown(before.get("Fields"), after.get("Fields")),
        }
    }

    /// Whether a list only gained new signature fields at its end.
    fn grown(&self, before: Option<&Object>, after: Option<&Object>) -> Result<(), ()> {
        let none = Vec::new();
        let before = match before {
            None => &none,
            Some(Object::Array(items)) => items,
            Some(_) => return Err(()),
        };
        let Some(Object::Array(after)) = after else {
            return Err(());
        };
        let (head, tail) = after.split_at_checked(before.len()).ok_or(())?;
        let ours = |item: &Object| matches!(item, Object::Reference(id) if self.added.contains(id));
        match head == before.as_slice() && tail.iter().all(ours) {
            true => Ok(()),
            false => Err(()),
        }
    }
}

/// The keys among `may` that differ; an error where any other does.
fn differ_only<'k>(before: &Dict, after: &Dict, may: &[&'k str]) -> Result<Vec<&'k str>, ()> {
    let old: HashMap<&[u8], &Object> = by_key(before);
    let new = by_key(after);
    let mut changed = Vec::new();
    for key in old.keys().chain(new.keys()) {
        if old.get(key) == new.get(key) {
            continue;
        }
        let one = may.iter().find(|one| one.as_bytes() == *key);
        changed.push(*one.ok_or(())?);
    }
    Ok(changed)
}

fn by_key(dict: &Dict) -> HashMap<&[u8], &Object> {
    let pairs = dict.0.iter();
    pairs.map(|(key, value)| (key.as_slice(), value)).collect()
}

fn unseen(dict: &Dict) -> bool {
    let zero = vec![Object::Integer(0); 4];
    dict.is_name("Subtype", "Widget")
        && dict.get("AP").is_none()
        && matches!(dict.get("Rect"), Some(Object::Array(rect)) if *rect == zero)
}

fn dangling(file: &File<'_>) -> Result<HashSet<u32>, PdfError> {
    let mut found = HashSet::new();
    for (number, entry) in &file.entries {
        if *entry == Entry::Free {
            continue;
        }
        value(file, *number)?.references(&mut |id| {
            if matches!(file.entries.get(&id.number), None | Some(Entry::Free)) {
                found.insert(id.number);
            }
        });
    }
    Ok(found)
}
