//! What a day's files say: journeys as they stand, decisions about consents, refusals, and the money that moved.

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::Date;
use serde_json::Value;

use super::table::Out;
use crate::clock;
use crate::ctx::Ctx;
use crate::db::View;
use crate::disbursement::{self, StatementLine};
use crate::error::Result;
use crate::journey::{self, Listed};
use crate::ledger::Entry;

/// A file's name before its label, its bytes and its rows.
pub type File = (&'static str, Vec<u8>, i64);

/// The files of some entries of the log.
pub async fn files(ctx: &Ctx, view: &View, entries: &[Entry]) -> Result<Vec<File>> {
    let cases: BTreeSet<&str> = entries.iter().map(|entry| entry.case.as_str()).collect();
    let mut journeys = BTreeMap::new();
    for case in cases {
        if let Some(listed) = journey::listed(ctx, view, case).await? {
            journeys.insert(listed.id.clone(), listed);
        }
    }
    let mut files = Vec::new();
    let mut end = |name: &'static str, out: Out| -> Result<()> {
        let (bytes, rows) = out.end()?;
        files.push((name, bytes, rows));
        Ok(())
    };
    let mut out = Out::new(JOURNEYS)?;
    for listed in journeys.values() {
        out.row(&journey_cells(listed))?;
    }
    end("journeys", out)?;
    let mut out = Out::new(CONSENTS)?;
    for entry in entries {
        if let Some(decision) = consent_of(&entry.kind) {
            out.row(&consent_cells(entry, decision, &journeys))?;
        }
    }
    end("consents", out)?;
    let mut out = Out::new(REFUSALS)?;
    for entry in entries {
        if let Some((step, made)) = refusal_of(entry) {
            out.row(&refusal_cells(entry, step, &made, &journeys))?;
        }
    }
    end("refusals", out)?;
    Ok(files)
}

/// Lines of a day's statement that are read at a time.
const STATEMENT_AT_ONCE: i64 = 1_000;

const STATEMENT: &[&str] = &[
    "id",
    "event",
    "at",
    "journey",
    "loan_number",
    "amount",
    "payment_reference",
    "paid_at",
    "token_sha256",
    "finding",
];

/// What we have of a day's money, for the lender to compare with its books: one file of so many lines from a cursor, and the
/// cursor behind it where more may follow.
pub async fn statement(
    view: &View,
    day: Date,
    mut after: String,
    rows_max: i64,
) -> Result<(File, Option<String>)> {
    let mut out = Out::new(STATEMENT)?;
    let mut left = rows_max;
    while left > 0 {
        let limit = left.min(STATEMENT_AT_ONCE);
        let page = disbursement::statement(view, day, &after, limit).await?;
        let Some(last) = page.last() else { break };
        after = last.id.clone();
        left -= i64::try_from(page.len())?;
        for line in page {
            out.row(&statement_cells(line))?;
        }
    }
    let (bytes, rows) = out.end()?;
    let next = (left == 0).then_some(after);
    Ok((("reconciliation", bytes, rows), next))
}

fn statement_cells(line: StatementLine) -> Vec<String> {
    vec![
        line.id,
        line.event,
        instant(line.at_ms),
        line.journey.unwrap_or_default(),
        line.loan_number.unwrap_or_default(),
        number(line.amount),
        line.payment_reference.unwrap_or_default(),
        line.paid_at_ms.map(instant).unwrap_or_default(),
        line.token_digest.unwrap_or_default(),
        line.finding.unwrap_or_default(),
    ]
}

const JOURNEYS: &[&str] = &[
    "journey",
    "reference",
    "kind",
    "line",
    "product",
    "product_version",
    "state",
    "principal",
    "periods",
    "composite_ppm",
    "terms_digest",
    "created_at",
    "updated_at",
];

/// Date and time in Asia/Shanghai with its offset, RFC 3339.
fn instant(at_ms: i64) -> String {
    format!("{}+08:00", clock::civil(at_ms))
}

fn number(value: Option<i64>) -> String {
    value.map(|value| value.to_string()).unwrap_or_default()
}

fn journey_cells(listed: &Listed) -> Vec<String> {
    vec![
        listed.id.clone(),
        listed.reference.clone(),
        listed.kind.to_owned(),
        listed.line.clone().unwrap_or_default(),
        listed.product.clone(),
        listed.product_version.to_string(),
        listed.state.to_owned(),
        number(listed.principal),
        number(listed.periods),
        number(listed.composite_ppm),
        listed.terms_digest.clone().unwrap_or_default(),
        instant(listed.created_at_ms),
        instant(listed.updated_at_ms),
    ]
}

const CONSENTS: &[&str] = &[
    "entry",
    "at",
    "journey",
    "reference",
    "consent",
    "notice",
    "kind",
    "decision",
    "valid_until",
    "notice_sha256",
];

/// What was decided, by the kind of the fact.
fn consent_of(kind: &str) -> Option<&'static str> {
    Some(match kind {
        "consent.acknowledged.v1" => "acknowledged",
        "consent.given.v1" => "given",
        "consent.declined.v1" => "declined",
        "consent.withdrawn.v1" => "withdrawn",
        _ => return None,
    })
}

fn word(data: &Value, key: &str) -> String {
    data[key].as_str().unwrap_or_default().to_owned()
}

fn beginning(entry: &Entry, journeys: &BTreeMap<String, Listed>) -> Vec<String> {
    let reference = journeys
        .get(&entry.case)
        .map(|known| known.reference.clone());
    vec![
        number(entry.index),
        instant(entry.at_ms),
        entry.case.clone(),
        reference.unwrap_or_default(),
    ]
}

fn consent_cells(
    entry: &Entry,
    decision: &str,
    journeys: &BTreeMap<String, Listed>,
) -> Vec<String> {
    let mut cells = beginning(entry, journeys);
    let until = entry.data["valid_until_ms"].as_i64().map(instant);
    cells.extend([
        word(&entry.data, "consent"),
        word(&entry.data, "code"),
        word(&entry.data, "kind"),
        decision.to_owned(),
        until.unwrap_or_default(),
        word(&entry.data, "digest"),
    ]);
    cells
}

const REFUSALS: &[&str] = &[
    "entry",
    "at",
    "journey",
    "reference",
    "step",
    "made",
    "reasons",
];

/// The step that refused, and who decided where that is said.
fn refusal_of(entry: &Entry) -> Option<(&'static str, String)> {
    match entry.kind.as_str() {
        "identity.refused.v1" => {
            let made = match entry.data["route"].as_str() {
                Some("checks") => "automatically",
                Some(_) => "by_person",
                None => "",
            };
            Some(("identity", made.to_owned()))
        }
        "suitability.assessed.v1" if entry.data["outcome"] == "refused" => {
            Some(("affordability", "automatically".to_owned()))
        }
        "suitability.decided.v1" if entry.data["ruling"] == "refused" => {
            Some(("credit_decision", word(&entry.data, "made")))
        }
        _ => None,
    }
}

fn refusal_cells(
    entry: &Entry,
    step: &str,
    made: &str,
    journeys: &BTreeMap<String, Listed>,
) -> Vec<String> {
    let mut cells = beginning(entry, journeys);
    let reasons = entry.data["reasons"].as_array();
    let codes: Vec<&str> = reasons
        .into_iter()
        .flatten()
        .filter_map(Value::as_str)
        .collect();
    cells.extend([step.to_owned(), made.to_owned(), codes.join(" ")]);
    cells
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::ledger::State;

    fn entry(kind: &str, data: Value) -> Entry {
        Entry {
            case: "jny_1".into(),
            no: 1,
            kind: kind.into(),
            at_ms: 1_795_226_400_000,
            seat_kind: "customer".into(),
            seat_id: String::new(),
            data,
            index: Some(9),
            state: State::Sequenced,
            proved_at_ms: None,
            commitment: String::new(),
        }
    }

    #[test]
    fn a_refusal_names_its_step_and_its_reasons() {
        let refused = |kind: &str, data: Value| {
            let entry = entry(kind, data);
            refusal_of(&entry)
                .map(|(step, made)| refusal_cells(&entry, step, &made, &BTreeMap::new()).join(","))
        };
        let at = "9,2026-11-21T10:00:00+08:00,jny_1,";
        assert_eq!(
            refused(
                "suitability.assessed.v1",
                json!({"outcome":"refused","reasons":["student","debt"]})
            ),
            Some(format!("{at},affordability,automatically,student debt"))
        );
        assert_eq!(
            refused(
                "suitability.decided.v1",
                json!({"ruling":"refused","made":"by_person","reasons":["overdue"]})
            ),
            Some(format!("{at},credit_decision,by_person,overdue"))
        );
        assert_eq!(
            refused("suitability.decided.v1", json!({"ruling":"approved"})),
            None
        );
        assert_eq!(
            refused("suitability.assessed.v1", json!({"outcome":"pass"})),
            None
        );
        // Forgotten: the kind stays, the rest is gone.
        assert_eq!(
            refused("identity.refused.v1", Value::Null),
            Some(format!("{at},identity,,"))
        );
    }

    #[test]
    fn only_decisions_about_consents_are_listed() {
        let data = json!({"consent":"cns_1","code":"pi","kind":"personal_information","digest":"ab","valid_until_ms":null});
        let cells = consent_cells(&entry("consent.given.v1", data), "given", &BTreeMap::new());
        assert_eq!(cells.len(), CONSENTS.len());
        assert_eq!(
            cells[4..].join(","),
            "cns_1,pi,personal_information,given,,ab"
        );
        assert_eq!(consent_of("consent.shown.v1"), None);
        assert_eq!(consent_of("consent.withdrawn.v1"), Some("withdrawn"));
    }
}
