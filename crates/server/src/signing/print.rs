//! A paper as PDF/A-2b, with room for two signatures on its last page; the same paper gives the same bytes.

use serde_json::json;

use super::paper::Paper;
use crate::clock;
use crate::ctx::Ctx;
use crate::error::{Error, Result};
use crate::typeset::{Language, Meta};

/// One layout for every template.
const LAYOUT: &str = include_str!("contract.typ");

/// Sets a paper; a character of the name that the font lacks becomes a full-width asterisk, the ID number beside it stays whole.
pub async fn print(ctx: &Ctx, paper: &Paper) -> Result<Vec<u8>> {
    let mut shown = paper.clone();
    shown.person.name = ctx.typesetter.printable(&paper.person.name);
    for clause in &mut shown.clauses {
        for paragraph in &mut clause.paragraphs {
            paragraph.zh = ctx.typesetter.printable(&paragraph.zh).into();
        }
    }
    let made_on = clock::civil_date(paper.made_at_ms).to_string();
    let data = json!({ "paper": shown, "made_on": made_on });
    let meta = Meta {
        title: format!("{} {}", paper.title.zh, paper.case),
        author: paper.institution_name.clone(),
        language: Language::Chinese,
        created: clock::timestamp(paper.made_at_ms),
        document_id: format!("{}-{}-{}", paper.case, paper.code, paper.terms_digest),
        // A draft: no fact names it yet, so no code could answer for it.
        address: None,
    };
    let typesetter = ctx.typesetter.clone();
    tokio::task::spawn_blocking(move || {
        typesetter
            .pdf(LAYOUT, &data, meta)
            .map_err(|cause| Error::Internal(Box::new(cause)))
    })
    .await?
}
