//! Looked for by a body, never by the address: a phone or ID number must not end in anyone's access log.

use crate::access::Staff;
use crate::consent::store::Whose;
use crate::ctx::Ctx;
use crate::error::{Error, Result};
use crate::vault::{self, ItemKind, Private};

const CHARS_MAX: usize = 64;

/// Subjects that one phone or ID number may belong to; more would be a search by chance.
const SUBJECTS_MAX: usize = 20;

/// Whom a journey's id, a whole phone or a whole ID number means.
pub async fn whose(ctx: &Ctx, staff: &Staff, q: &Private<String>) -> Result<Whose> {
    let q = q.expose().trim();
    if q.is_empty() || q.chars().count() > CHARS_MAX || q.chars().any(char::is_control) {
        return Err(Error::field(
            "q",
            "malformed",
            "请输入 1 至 64 个字符。",
            "Type 1 to 64 characters.",
        ));
    }
    if q.starts_with("jny_") {
        return Ok(Whose::about(q));
    }
    let view = ctx.db.read(&staff.institution).await?;
    let mut subjects = Vec::new();
    for kind in [ItemKind::Phone, ItemKind::IdNumber] {
        subjects.extend(vault::search(ctx, &view, kind, q).await?);
    }
    subjects.truncate(SUBJECTS_MAX);
    Ok(Whose {
        subjects: Some(subjects),
        case: String::new(),
    })
}

/// A filter that knows no such value.
pub fn unknown_value(path: &'static str) -> Error {
    Error::field(
        path,
        "unknown_value",
        "没有这个选项。",
        "There is no such value.",
    )
}
