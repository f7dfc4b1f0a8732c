//! Checking the signatures of a document, and what was done to it after each.

mod changes;
mod report;

use std::ops::Range;

pub use changes::Change;
pub use report::{Coverage, Finding, Report, SignatureReport};

use crate::asn1::Reader;
use crate::certificate::Certificate;
use crate::chain::{self, Purpose, Trust};
use crate::cms::SignedData;
use crate::pdf::{Dict, File, Id, Object, PdfError};
use crate::sign::{allowed, signatures};
use crate::timestamp::Token;

/// Signatures checked in one document at the most.
const SIGNATURES_MAX: usize = 32;

/// Checks every signature of a document against what the caller trusts, at `now_s` seconds since
/// 1970. A signature with a sound timestamp is judged by the time that one gives.
///
/// # Errors
/// [`PdfError`] where the file can't be read as one that every reader sees alike;
/// then no statement about its signatures is possible.
pub fn verify(pdf: &[u8], trust: &Trust, now_s: i64) -> Result<Report, PdfError> {
    let file = File::read(pdf)?;
    let all = signatures(&file)?;
    if all.len() > SIGNATURES_MAX {
        return Err(PdfError::TooLarge);
    }
    let mut found = Vec::new();
    for (field, _, id) in all {
        found.push(examine(&file, field, id, trust, now_s)?);
    }
    found.sort_by_key(|one| one.signed_bytes);
    Ok(Report { signatures: found })
}

fn examine(
    file: &File<'_>,
    field: String,
    id: Id,
    trust: &Trust,
    now_s: i64,
) -> Result<SignatureReport, PdfError> {
    let mut report = SignatureReport::of(field);
    let place = match place(file, id) {
        Ok(place) => place,
        Err(_) => {
            report.findings.push(Finding::ByteRange);
            return Ok(report);
        }
    };
    report.name = place.dict.text("Name");
    report.reason = place.dict.text("Reason");
    report.claimed_at = place.dict.text("M");
    report.signed_bytes = place.after.end;
    if !place.dict.is_name("SubFilter", "ETSI.CAdES.detached") {
        report.findings.push(Finding::Format);
    }
    coverage(file, &place, &mut report)?;
    let signed = [
        &file.bytes[..place.contents.start],
        &file.bytes[place.after.clone()],
    ];
    contents(&place.cms, &signed, trust, now_s, &mut report);
    Ok(report)
}

/// Whether the signature covers the file's end, or a whole earlier state of it with nothing
/// forbidden after.
fn coverage(file: &File<'_>, place: &Place, report: &mut SignatureReport) -> Result<(), PdfError> {
    let end = place.after.end;
    if end == file.bytes.len() {
        report.coverage = Coverage::Whole;
        return Ok(());
    }
    let Ok(earlier) = File::read(&file.bytes[..end]) else {
        report.findings.push(Finding::ByteRange);
        return Ok(());
    };
    // The earlier state must already hold this very signature.
    let held = signatures(&earlier)?
        .iter()
        .any(|(field, _, _)| *field == report.field);
    if !held {
        report.findings.push(Finding::ByteRange);
        return Ok(());
    }
    match changes::between(&earlier, file) {
        Ok(changes) => {
            if allowed(&earlier)? == Some(1) && !changes.is_empty() {
                report.findings.push(Finding::Certification);
            }
            report.coverage = Coverage::Earlier { changes };
        }
        Err(number) => {
            report.coverage = Coverage::Earlier {
                changes: Vec::new(),
            };
            report.findings.push(Finding::Changed { object: number });
        }
    }
    Ok(())
}

fn contents(cms: &[u8], signed: &[&[u8]], trust: &Trust, now_s: i64, report: &mut SignatureReport) {
    let Ok(data) = SignedData::read(cms) else {
        report.findings.push(Finding::Contents);
        return;
    };
    let signer: Certificate = match data.check(signed) {
        Ok(signer) if data.content.is_none() => signer.clone(),
        Ok(_) => {
            report.findings.push(Finding::Contents);
            return;
        }
        Err(fault) => {
            report.findings.push(Finding::Signature(fault));
            report.signer = data.signer().ok().cloned();
            return;
        }
    };
    let mut at_s = now_s;
    match data.token() {
        Ok(None) => {}
        Ok(Some(token)) => match Token::read(token).and_then(|token| {
            token.check_over(data.signature, trust, now_s)?;
            Ok(token)
        }) {
            Ok(token) => {
                at_s = token.at_s();
                report.stamped_at_s = Some(at_s);
            }
            Err(fault) => report.findings.push(Finding::Timestamp(fault.to_string())),
        },
        Err(_) => report.findings.push(Finding::Contents),
    }
    match chain::check(&signer, &data.certificates, trust, Purpose::Signature, at_s) {
        Ok(path) => report.path = path,
        Err(fault) => report.findings.push(Finding::Chain(fault)),
    }
    report.signer = Some(signer);
}

/// Where a signature stands and what it says about itself.
pub(crate) struct Place {
    pub dict: Dict,
    /// `<` through `>` of the contents.
    pub contents: Range<usize>,
    /// The signed bytes after the contents.
    pub after: Range<usize>,
    cms: Vec<u8>,
}

/// Reads a signature's dictionary. Its byte range must leave out its own contents, whole and
/// alone; the contents must be hexadecimal, with nothing but zeros after the structure.
pub(crate) fn place(file: &File<'_>, id: Id) -> Result<Place, PdfError> {
    let missing = PdfError::Missing("ByteRange");
    let found = file.indirect(id)?;
    let Object::Dict(dict) = found.object else {
        return Err(missing);
    };
    let at = dict.0.iter().position(|(key, _)| key == b"Contents");
    let contents = found.spans[at.ok_or(missing)?].clone();
    let Some(Object::Array(range)) = dict.get("ByteRange") else {
        return Err(missing);
    };
    let number = |item: &Object| match item {
        Object::Integer(value) => usize::try_from(*value).map_err(|_| missing),
        _ => Err(missing),
    };
    let numbers: Vec<usize> = range.iter().map(number).collect::<Result<_, _>>()?;
    let [0, gap, begin, length] = numbers[..] else {
        return Err(missing);
    };
    let end = begin.checked_add(length).ok_or(missing)?;
    if gap != contents.start || begin != contents.end || end > file.bytes.len() {
        return Err(missing);
    }
    let (Some(b"<"), Some(Object::String(bytes))) =
        (file.bytes.get(gap..gap + 1), dict.get("Contents"))
    else {
        return Err(missing);
    };
    let inside = &file.bytes[contents.start + 1..contents.end - 1];
    if !inside.iter().all(u8::is_ascii_hexdigit) {
        return Err(missing);
    }
    // Of an open place, with zeros only, this makes an empty element that is no signature.
    let cms = match Reader::new(bytes).next() {
        Ok(first) if bytes[first.whole.len()..].iter().all(|byte| *byte == 0) => {
            first.whole.to_vec()
        }
        _ => return Err(missing),
    };
    Ok(Place {
        dict,
        contents,
        after: begin..end,
        cms,
    })
}
