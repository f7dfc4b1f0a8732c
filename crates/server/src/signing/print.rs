//! A paper as PDF/A-2b, with room for two signatures on its last page; the same paper gives the same bytes.

use serde_json::json;

use super::intent::IntentId;
use super::paper::Paper;
use crate::clock;
use crate::ctx::Ctx;
use crate::error::{Error, Result};
use crate::typeset::{Language, Meta};

/// One layout for every template.
const LAYOUT: &str = include_str!("contract.typ");

/// The name under which the code of a document goes. It answers once the document is signed.
pub fn document_name(intent: &IntentId, place: i64) -> String {
    format!("{intent}-{place}")
}

/// The paper as it can be printed, and so as it is shown: a character that the font lacks becomes a full-width asterisk; the ID
/// number beside a name stays whole.
pub fn printable(ctx: &Ctx, mut paper: Paper) -> Paper {
    paper.person.name = ctx.typesetter.printable(&paper.person.name);
    for clause in &mut paper.clauses {
        for paragraph in &mut clause.paragraphs {
            paragraph.zh = ctx.typesetter.printable(&paragraph.zh).into();
        }
    }
    paper
}

/// Sets a paper. The code on its first page opens `address`, where there is one.
pub async fn print(ctx: &Ctx, paper: &Paper, address: Option<String>) -> Result<Vec<u8>> {
    let made_on = clock::civil_date(paper.made_at_ms).to_string();
    let data = json!({ "paper": paper, "made_on": made_on });
    let meta = Meta {
        title: format!("{} {}", paper.title.zh, paper.case),
        author: paper.institution_name.clone(),
        language: Language::Chinese,
        created: clock::timestamp(paper.made_at_ms),
        document_id: format!("{}-{}-{}", paper.case, paper.code, paper.terms_digest),
        address,
    };
    let typesetter = ctx.typesetter.clone();
    tokio::task::spawn_blocking(move || {
        typesetter
            .pdf(LAYOUT, &data, meta)
            .map_err(|cause| Error::Internal(Box::new(cause)))
    })
    .await?
}
