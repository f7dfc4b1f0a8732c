//! Contract templates: what a document says before anyone's name stands in it; pure.

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use super::placeholder;
use crate::error::{Field, Text};

crate::id!(
    /// One version of a contract template.
    TemplateId,
    "ctp"
);

const LINE_CHARS_MAX: usize = 100;
const PARAGRAPH_CHARS_MAX: usize = 2_000;
const CLAUSES_MAX: usize = 40;
const PARAGRAPHS_MAX: usize = 20;
const CODE_CHARS_MAX: usize = 40;

/// Who stands on the other side of a document.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Counterparty {
    /// The institution alone, as with an authority or a commitment.
    Institution,
    /// Everyone who lends, co-lenders included.
    Lenders,
    /// Whoever guarantees the loan; without one the document is not asked.
    Guarantor,
}

impl Counterparty {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Institution => "institution",
            Self::Lenders => "lenders",
            Self::Guarantor => "guarantor",
        }
    }
}

/// In which part a person signs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Signer {
    Borrower,
    CoBorrower,
    /// 保证人: pays when the borrower doesn't.
    Guarantor,
}

impl Signer {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Borrower => "borrower",
            Self::CoBorrower => "co_borrower",
            Self::Guarantor => "guarantor",
        }
    }

    pub fn parse(text: &str) -> Option<Self> {
        [Self::Borrower, Self::CoBorrower, Self::Guarantor]
            .into_iter()
            .find(|one| one.as_str() == text)
    }
}

/// A table that a clause carries, reckoned from the terms.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = ContractTable)]
pub enum Table {
    /// 还款计划.
    Plan,
    /// Interest and charges with their collectors.
    Charges,
    /// What is charged only on default, misuse or early repayment.
    Contingent,
}

/// One clause.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[schema(as = ContractClause)]
#[serde(deny_unknown_fields)]
pub struct Clause {
    pub heading: Text,
    pub paragraphs: Vec<Text>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub table: Option<Table>,
}

/// What a template says. Words and integers only, so that it has one canonical digest.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[schema(as = ContractContent)]
#[serde(deny_unknown_fields)]
pub struct Content {
    pub v: u32,
    pub title: Text,
    /// What signing it means, in one or two spoken sentences.
    pub summary: Text,
    pub counterparty: Counterparty,
    pub signers: Vec<Signer>,
    pub clauses: Vec<Clause>,
    /// Day from which the version counts; the day of its publication when absent.
    #[schema(value_type = Option<String>, format = Date)]
    pub valid_from: Option<Date>,
}

/// A template as two people put it into force; its canonical bytes are digested and kept.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[schema(as = ContractTemplate)]
#[serde(deny_unknown_fields)]
pub struct Document {
    pub v: u32,
    pub institution: String,
    pub code: String,
    pub version: i64,
    pub content: Content,
}

/// Where a version of a template stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = ContractTemplateState)]
pub enum TemplateState {
    Draft,
    Published,
}

impl TemplateState {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Draft => "draft",
            Self::Published => "published",
        }
    }

    pub fn parse(text: &str) -> Option<Self> {
        [Self::Draft, Self::Published]
            .into_iter()
            .find(|state| state.as_str() == text)
    }
}

/// One version of a template.
#[derive(Clone, Debug)]
pub struct Template {
    pub id: TemplateId,
    pub state: TemplateState,
    pub document: Document,
    /// SHA-256 of the canonical document, hex.
    pub digest: String,
    /// Seat id of the drafter.
    pub proposed_by: String,
    pub published_by: Option<String>,
    pub created_at_ms: i64,
    pub valid_from_ms: Option<i64>,
    pub published_at_ms: Option<i64>,
}

impl Template {
    pub fn code(&self) -> &str {
        &self.document.code
    }
}

/// A code is 2 to 40 of `a-z 0-9 _ -`.
pub fn code_well_formed(code: &str) -> bool {
    (2..=CODE_CHARS_MAX).contains(&code.len())
        && code
            .bytes()
            .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_' || b == b'-')
}

/// Collects what is wrong, by field.
struct Faults(Vec<Field>);

impl Faults {
    fn add(&mut self, path: &str, code: &'static str, zh: &'static str, en: &'static str) {
        self.0.push(Field::new(path, code, Text::new(zh, en)));
    }

    /// Both languages say something, not too much, and leave open only what can be filled.
    fn text(&mut self, path: &str, text: &Text, chars_max: usize) {
        let filled = |part: &str| {
            !part.trim().is_empty()
                && part.chars().count() <= chars_max
                && !part.chars().any(char::is_control)
        };
        if !filled(&text.zh) || !filled(&text.en) {
            self.add(
                path,
                "text_length",
                "中英文都要写明，且不能过长。",
                "Say it in both languages, and not too long.",
            );
        }
        for part in [&text.zh, &text.en] {
            if let Some(name) = placeholder::unknown(part) {
                self.0.push(Field::new(
                    path,
                    "unknown_placeholder",
                    Text::new(
                        format!("没有占位符 {{{name}}}。"),
                        format!("There is no placeholder {{{name}}}."),
                    ),
                ));
            }
        }
    }
}

impl Content {
    /// Everything that is missing, too much or unknown, by field.
    pub fn check(&self) -> Vec<Field> {
        let mut faults = Faults(Vec::new());
        if self.v != 1 {
            faults.add("v", "out_of_range", "版本号应为 1。", "The version is 1.");
        }
        faults.text("title", &self.title, LINE_CHARS_MAX);
        faults.text("summary", &self.summary, PARAGRAPH_CHARS_MAX);
        let twice = |(at, signer)| self.signers[..at].contains(signer);
        if self.signers.is_empty() || self.signers.iter().enumerate().any(twice) {
            faults.add(
                "signers",
                "required",
                "须写明由谁签署，每种一次。",
                "Say who signs, each once.",
            );
        }
        if self.clauses.is_empty() || self.clauses.len() > CLAUSES_MAX {
            faults.add(
                "clauses",
                "out_of_range",
                "应有 1 至 40 条。",
                "1 to 40 clauses.",
            );
        }
        for (place, clause) in self.clauses.iter().enumerate() {
            let path = |field: &str| format!("clauses.{place}.{field}");
            faults.text(&path("heading"), &clause.heading, LINE_CHARS_MAX);
            let count = clause.paragraphs.len();
            if count > PARAGRAPHS_MAX || (count == 0 && clause.table.is_none()) {
                faults.add(
                    &path("paragraphs"),
                    "out_of_range",
                    "每条须有内容，最多 20 段。",
                    "A clause says something, in 20 paragraphs at the most.",
                );
            }
            for (at, paragraph) in clause.paragraphs.iter().enumerate() {
                let path = path(&format!("paragraphs.{at}"));
                faults.text(&path, paragraph, PARAGRAPH_CHARS_MAX);
            }
        }
        faults.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn content() -> Content {
        let text = || Text::new("借款人{name}", "{name} borrows");
        Content {
            v: 1,
            title: Text::new("合同", "Contract"),
            summary: text(),
            counterparty: Counterparty::Lenders,
            signers: vec![Signer::Borrower],
            clauses: vec![Clause {
                heading: text(),
                paragraphs: vec![text()],
                table: None,
            }],
            valid_from: None,
        }
    }

    #[test]
    fn a_template_says_who_signs_what_and_leaves_open_only_what_can_be_filled() {
        assert_eq!(content().check(), vec![]);
        type Spoil = fn(&mut Content);
        let cases: [(Spoil, &str, &str); 10] = [
            (|c| c.v = 2, "v", "out_of_range"),
            (|c| c.title.en = "".into(), "title", "text_length"),
            (
                |c| c.title.zh = "合同".repeat(51).into(),
                "title",
                "text_length",
            ),
            (
                |c| c.summary.zh = "{soul}".into(),
                "summary",
                "unknown_placeholder",
            ),
            (|c| c.signers.clear(), "signers", "required"),
            (|c| c.signers.push(Signer::Borrower), "signers", "required"),
            (|c| c.clauses.clear(), "clauses", "out_of_range"),
            (
                |c| c.clauses[0].paragraphs.clear(),
                "clauses.0.paragraphs",
                "out_of_range",
            ),
            (
                |c| c.clauses[0].heading.zh = "a\u{7}".into(),
                "clauses.0.heading",
                "text_length",
            ),
            (
                |c| c.clauses[0].paragraphs[0].en = "{name".into(),
                "clauses.0.paragraphs.0",
                "unknown_placeholder",
            ),
        ];
        for (spoil, path, code) in cases {
            let mut spoilt = content();
            spoil(&mut spoilt);
            let faults = spoilt.check();
            let found: Vec<(&str, &str)> = faults
                .iter()
                .map(|fault| (fault.path.as_str(), &*fault.code))
                .collect();
            assert_eq!(found, [(path, code)]);
        }
    }
}
