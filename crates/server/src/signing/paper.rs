//! A template filled for one person and one loan: what the PDF is set from and what the page shows; pure.

use cost::{CostSheet, Repayment, Role, percent, yuan};
use serde::{Deserialize, Serialize};

use super::amounts::in_words;
use super::placeholder::{self, Placeholder, Values};
use super::template::{Clause, Counterparty, Document, Signer};
use crate::clock;
use crate::error::Text;

/// Who signs, in clear. Never printed in a log and never serialised but into what is sealed.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[schema(as = ContractSigner)]
#[serde(deny_unknown_fields)]
pub struct Person {
    pub name: String,
    pub id_number: String,
    pub phone: String,
    /// Where the money goes, masked; absent while nobody chose an account.
    pub account_masked: Option<String>,
}

impl std::fmt::Debug for Person {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("•••")
    }
}

/// One document, whole; its clauses hold the person's particulars.
#[derive(Clone, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
#[schema(as = ContractPaper)]
#[serde(deny_unknown_fields)]
pub struct Paper {
    pub v: u32,
    pub case: String,
    pub code: String,
    pub version: i64,
    /// SHA-256 of the template, hex.
    pub template_digest: String,
    pub title: Text,
    pub summary: Text,
    pub institution_name: String,
    pub hotline: String,
    pub signer: Signer,
    pub person: Person,
    /// Names of the other side.
    pub counterparties: Vec<String>,
    pub clauses: Vec<Clause>,
    pub sheet: CostSheet,
    /// SHA-256 of the canonical terms, hex.
    pub terms_digest: String,
    pub made_at_ms: i64,
}

/// What a paper is filled from.
pub struct Given<'a> {
    pub case: &'a str,
    pub signer: Signer,
    pub person: Person,
    pub purpose: Option<Text>,
    pub institution_name: &'a str,
    pub hotline: &'a str,
    pub sheet: &'a CostSheet,
    pub terms_digest: &'a str,
    pub made_at_ms: i64,
}

/// Names on the other side of a loan; none when the loan has no such party.
pub fn counterparties(
    counterparty: Counterparty,
    sheet: &CostSheet,
    institution: &str,
) -> Vec<String> {
    match counterparty {
        Counterparty::Institution => vec![institution.to_owned()],
        Counterparty::Lenders => named(sheet, Role::Lender),
        Counterparty::Guarantor => named(sheet, Role::Guarantor),
    }
}

fn named(sheet: &CostSheet, role: Role) -> Vec<String> {
    let parties = sheet.terms.parties.iter();
    parties
        .filter(|party| party.role == role)
        .map(|party| party.name.clone())
        .collect()
}

impl std::fmt::Debug for Paper {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Paper")
            .field("code", &self.code)
            .field("version", &self.version)
            .finish_non_exhaustive()
    }
}

impl Paper {
    /// Fills a template; `None` when it leaves something open that was checked to be closed.
    pub fn fill(document: &Document, template_digest: &str, given: &Given<'_>) -> Option<Self> {
        let values = values(given);
        let content = &document.content;
        let fill = |text: &Text| placeholder::fill(text, &values);
        let mut clauses = Vec::with_capacity(content.clauses.len());
        for clause in &content.clauses {
            clauses.push(Clause {
                heading: fill(&clause.heading)?,
                paragraphs: clause.paragraphs.iter().map(fill).collect::<Option<_>>()?,
                table: clause.table,
            });
        }
        Some(Self {
            v: 1,
            case: given.case.to_owned(),
            code: document.code.clone(),
            version: document.version,
            template_digest: template_digest.to_owned(),
            title: fill(&content.title)?,
            summary: fill(&content.summary)?,
            institution_name: given.institution_name.to_owned(),
            hotline: given.hotline.to_owned(),
            signer: given.signer,
            person: given.person.clone(),
            counterparties: counterparties(
                content.counterparty,
                given.sheet,
                given.institution_name,
            ),
            clauses,
            sheet: given.sheet.clone(),
            terms_digest: given.terms_digest.to_owned(),
            made_at_ms: given.made_at_ms,
        })
    }
}

fn values(given: &Given<'_>) -> Values {
    let sheet = given.sheet;
    let terms = &sheet.terms;
    let same = |text: String| Text::new(text.clone(), text);
    let sum = |fen| same(yuan(fen));
    let names = |role| {
        let names = named(sheet, role);
        if names.is_empty() {
            Text::new("无", "none")
        } else {
            Text::new(names.join("、"), names.join(", "))
        }
    };
    let last_due = sheet.plan.last().map_or(terms.first_due, |row| row.due);
    Placeholder::ALL
        .iter()
        .map(|one| {
            let value = match one {
                Placeholder::Name => same(given.person.name.clone()),
                Placeholder::IdNumber => same(given.person.id_number.clone()),
                Placeholder::Phone => same(given.person.phone.clone()),
                Placeholder::Account => match &given.person.account_masked {
                    Some(account) => same(account.clone()),
                    None => Text::new("本人名下的收款账户", "the borrower's own account"),
                },
                Placeholder::Principal => sum(sheet.principal),
                Placeholder::PrincipalWords => same(in_words(sheet.principal)),
                Placeholder::Periods => same(terms.periods.to_string()),
                Placeholder::RepaymentMethod => repayment(terms.repayment),
                Placeholder::AnnualRate => same(percent(terms.annual_rate_ppm)),
                Placeholder::CompositeRate => same(percent(sheet.composite.annual_ppm)),
                Placeholder::TotalCost => sum(sheet.total_cost),
                Placeholder::TotalRepaid => sum(sheet.total_repaid),
                Placeholder::FirstPayment => sum(sheet.first_payment),
                Placeholder::Start => same(terms.start.to_string()),
                Placeholder::FirstDue => same(terms.first_due.to_string()),
                Placeholder::LastDue => same(last_due.to_string()),
                Placeholder::Purpose => match &given.purpose {
                    Some(purpose) => purpose.clone(),
                    None => Text::new("借款申请写明的用途", "the purpose of the application"),
                },
                Placeholder::Lenders => lenders(sheet),
                Placeholder::Guarantors => names(Role::Guarantor),
                Placeholder::Collectors => collectors(sheet),
                Placeholder::Institution => same(given.institution_name.to_owned()),
                Placeholder::Hotline => same(given.hotline.to_owned()),
                Placeholder::Case => same(given.case.to_owned()),
                Placeholder::TermsDigest => same(given.terms_digest.to_owned()),
                Placeholder::MadeOn => same(clock::civil_date(given.made_at_ms).to_string()),
            };
            (*one, value)
        })
        .collect()
}

/// Everyone who lends; with their shares when there are several.
fn lenders(sheet: &CostSheet) -> Text {
    let lenders: Vec<_> = sheet
        .terms
        .parties
        .iter()
        .filter(|party| party.role == Role::Lender)
        .collect();
    let one = |share: Option<i64>| share.filter(|_| lenders.len() > 1).map(percent);
    let zh: Vec<String> = lenders
        .iter()
        .map(|party| match one(party.share_ppm) {
            Some(share) => format!("{}（出资{share}）", party.name),
            None => party.name.clone(),
        })
        .collect();
    let en: Vec<String> = lenders
        .iter()
        .map(|party| match one(party.share_ppm) {
            Some(share) => format!("{} ({share} of the money)", party.name),
            None => party.name.clone(),
        })
        .collect();
    Text::new(zh.join("、"), en.join(", "))
}

fn collectors(sheet: &CostSheet) -> Text {
    let list = |name: fn(&cost::Text) -> &str, and: &str| {
        let items = sheet.items.iter().map(|item| {
            let names: Vec<&str> = item.collectors.iter().map(|c| c.name.as_str()).collect();
            format!("{}: {}", name(&item.name), names.join(and))
        });
        items.collect::<Vec<_>>()
    };
    let zh = list(|text| &text.zh, "、").join("；").replace(": ", "由");
    let en = list(|text| &text.en, ", ").join("; ");
    Text::new(format!("{zh}收取"), en)
}

fn repayment(repayment: Repayment) -> Text {
    let (zh, en) = match repayment {
        Repayment::LevelPayment => ("等额本息", "level payments"),
        Repayment::LevelPrincipal => ("等额本金", "level principal"),
        Repayment::InterestFirst => ("先息后本", "interest first, principal at the end"),
        Repayment::Bullet => ("一次性还本付息", "one payment at the end"),
        Repayment::Balloon { .. } => ("尾款分期", "instalments with a final balloon"),
        Repayment::InstalmentFee { .. } => ("分期手续费", "instalments with a fee"),
    };
    Text::new(zh, en)
}
