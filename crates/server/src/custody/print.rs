//! The certificate on paper: what was destroyed, by whom, and where the log says so. PDF/A-2b, without personal data of
//! the subject.

use serde_json::{Value, json};

use crate::access;
use crate::clock;
use crate::ctx::Ctx;
use crate::error::{Error, Result, Text};
use crate::id::InstitutionId;
use crate::ledger;
use crate::typeset::{Language, Meta};
use crate::vault::{DestructionRow, Evidence, ItemKind};

const TEMPLATE: &str = include_str!("certificate.typ");

/// Runs of log entries printed; the log itself names them all.
const RUNS_MAX: usize = 200;

/// The stable name of an edition of a destruction's certificate.
pub(super) fn document(row: &DestructionRow, evidence: &Evidence) -> String {
    format!("{}-{}", row.destruction(), evidence.final_at_ms.is_some())
}

/// Renders a certificate; the same destruction and the same evidence give the same bytes.
pub async fn print(
    ctx: &Ctx,
    institution: &InstitutionId,
    row: &DestructionRow,
    evidence: &Evidence,
) -> Result<Vec<u8>> {
    let (Some(approver), Some(approved_at_ms)) = (&row.approved_by, row.approved_at_ms) else {
        return Err(Error::internal("a destruction that was not carried out"));
    };
    let view = ctx.db.read(institution).await?;
    let lender = access::institution(&view, institution).await?;
    let proposer = access::staff_label(&view, &row.proposed_by).await?;
    let approver = access::staff_label(&view, approver).await?;
    drop(view);
    let log = ledger::log_state(ctx, institution).await?;
    let kinds: Vec<Value> = row
        .kinds()
        .into_iter()
        .map(|kind| json!({ "name": words(kind), "class": kind.class().as_str() }))
        .collect();
    let runs = runs(&evidence.forgotten);
    let data = json!({
        "institution": lender.name,
        "hotline": lender.hotline,
        "destruction": row.destruction(),
        "subject": row.subject_id,
        "why": reason(&row.why),
        "proposer": ctx.typesetter.printable(&proposer),
        "proposed_at": at(row.proposed_at_ms),
        "approver": ctx.typesetter.printable(&approver),
        "approved_at": at(approved_at_ms),
        "kinds": kinds,
        "items": row.items,
        "facts": row.facts,
        "epoch": row.epoch,
        "final_at": evidence.final_at_ms.map(at),
        "origin": log.origin,
        "proposed": evidence.proposed,
        "destroyed": evidence.destroyed,
        "commitment": evidence.commitment,
        "forgetting": evidence.forgetting,
        "rotated": evidence.rotated,
        "forgotten": runs.iter().take(RUNS_MAX).collect::<Vec<_>>(),
        "forgotten_more": runs.len().saturating_sub(RUNS_MAX),
    });
    let made_ms = evidence.final_at_ms.unwrap_or(approved_at_ms);
    let meta = Meta {
        title: format!("个人信息销毁证明 {}", row.destruction()),
        author: lender.name,
        language: Language::Chinese,
        created: clock::timestamp(made_ms),
        address: Some(ledger::print_address(
            ctx,
            institution,
            &document(row, evidence),
        )?),
        document_id: document(row, evidence),
    };
    let typesetter = ctx.typesetter.clone();
    tokio::task::spawn_blocking(move || {
        typesetter
            .pdf(TEMPLATE, &data, meta)
            .map_err(|cause| Error::Internal(Box::new(cause)))
    })
    .await?
}

fn at(ms: i64) -> String {
    clock::civil(ms)
        .strftime("%Y-%m-%d %H:%M:%S UTC+8")
        .to_string()
}

/// Ascending numbers as runs: `3–9`, `12`.
fn runs(numbers: &[i64]) -> Vec<String> {
    let follow = |a: &i64, b: &i64| a + 1 == *b;
    let runs = numbers.chunk_by(follow).filter_map(|run| {
        Some(match (run.first()?, run.last()?) {
            (first, last) if first == last => first.to_string(),
            (first, last) => format!("{first}–{last}"),
        })
    });
    runs.collect()
}

fn reason(why: &str) -> Text {
    match why {
        "person_asked" => Text::new("本人要求删除", "The person asked for it"),
        _ => Text::new("保存期限届满", "Every retention rule had run out"),
    }
}

fn words(kind: ItemKind) -> Text {
    let (zh, en) = match kind {
        ItemKind::Name => ("姓名", "Name"),
        ItemKind::IdNumber => ("证件号码", "ID number"),
        ItemKind::Phone => ("手机号码", "Mobile number"),
        ItemKind::IdDocumentUntil => ("证件有效期", "Validity of the ID document"),
        ItemKind::BankCard => ("银行卡号", "Bank card number"),
        ItemKind::MonthlyIncome => ("月收入", "Monthly income"),
        ItemKind::MonthlyDebts => ("每月还债", "Monthly debt payments"),
        ItemKind::Occupation => ("职业", "Occupation"),
        ItemKind::SuppliedFigures => ("收入与信用数据", "Figures of income and credit"),
        ItemKind::Address => ("地址", "Address"),
        ItemKind::RelativeName => ("亲友姓名", "Relative's name"),
        ItemKind::RelativePhone => ("亲友手机号码", "Relative's mobile number"),
        ItemKind::BusinessName => ("企业或商户名称", "Name of the business"),
        ItemKind::CreditCode => ("统一社会信用代码", "Unified social credit code"),
    };
    Text::new(zh, en)
}

#[cfg(test)]
mod tests {
    use super::runs;

    #[test]
    fn neighbours_are_one_run() {
        for (numbers, printed) in [
            (&[][..], &[][..]),
            (&[7], &["7"]),
            (&[3, 4, 5, 9, 11, 12], &["3–5", "9", "11–12"]),
        ] {
            assert_eq!(runs(numbers), printed, "{numbers:?}");
        }
    }
}
