//! Where what was booked differs from what was confirmed; pure.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::error::{Field, Text};

/// Fields named at the most; whoever differs in more has booked another loan.
const FIELDS_MAX: usize = 50;

/// Every differing field by its path, named in both languages.
pub fn differences(path: &str, confirmed: &Value, booked: &Value) -> Vec<Field> {
    let mut found = Vec::new();
    compare(path, confirmed, booked, &mut found);
    found
}

fn compare(path: &str, confirmed: &Value, booked: &Value, found: &mut Vec<Field>) {
    match (confirmed, booked) {
        (Value::Object(one), Value::Object(other)) => {
            let keys: BTreeSet<&String> = one.keys().chain(other.keys()).collect();
            for key in keys {
                let below = format!("{path}.{key}");
                pair(&below, one.get(key), other.get(key), found);
            }
        }
        (Value::Array(one), Value::Array(other)) => {
            for at in 0..one.len().max(other.len()) {
                let below = format!("{path}.{at}");
                pair(&below, one.get(at), other.get(at), found);
            }
        }
        (one, other) => {
            if one != other {
                add(path, "differs", found);
            }
        }
    }
}

fn pair(path: &str, confirmed: Option<&Value>, booked: Option<&Value>, found: &mut Vec<Field>) {
    match (confirmed, booked) {
        (Some(one), Some(other)) => compare(path, one, other, found),
        (Some(_), None) => add(path, "missing", found),
        (None, Some(_)) => add(path, "unexpected", found),
        (None, None) => {}
    }
}

fn add(path: &str, code: &'static str, found: &mut Vec<Field>) {
    if found.len() >= FIELDS_MAX {
        return;
    }
    let text = match code {
        "missing" => Text::new(
            "借款人确认的条件里有，入账内容里没有。",
            "The borrower confirmed it; the booking lacks it.",
        ),
        "unexpected" => Text::new(
            "借款人确认的条件里没有。",
            "Nothing that the borrower confirmed.",
        ),
        _ => Text::new(
            "与借款人确认的条件不一致。",
            "Not what the borrower confirmed.",
        ),
    };
    found.push(Field::new(path, code, text));
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn every_difference_is_named_by_its_path() {
        let confirmed = json!({
            "principal": 2_000_000, "subsidy": null,
            "parties": [{ "id": "lender" }, { "id": "fund" }],
            "repayment": { "kind": "level_payment" }
        });
        type Named = &'static [(&'static str, &'static str)];
        let cases: [(Value, Named); 6] = [
            (confirmed.clone(), &[]),
            (
                json!({ "principal": 2_000_001, "subsidy": null,
                    "parties": [{ "id": "lender" }, { "id": "fund" }], "repayment": { "kind": "level_payment" } }),
                &[("t.principal", "differs")],
            ),
            (
                json!({ "principal": 2_000_000, "subsidy": { "payer": "x" },
                    "parties": [{ "id": "lender" }], "repayment": { "kind": "bullet" } }),
                &[
                    ("t.parties.1", "missing"),
                    ("t.repayment.kind", "differs"),
                    ("t.subsidy", "differs"),
                ],
            ),
            (
                json!({ "principal": 2_000_000, "subsidy": null, "items": [],
                    "parties": [{ "id": "lender" }, { "id": "fund", "share": 1 }, 3], "repayment": { "kind": "level_payment" } }),
                &[
                    ("t.items", "unexpected"),
                    ("t.parties.1.share", "unexpected"),
                    ("t.parties.2", "unexpected"),
                ],
            ),
            (json!([]), &[("t", "differs")]),
            (
                json!({ "subsidy": null, "parties": "none", "repayment": null }),
                &[
                    ("t.parties", "differs"),
                    ("t.principal", "missing"),
                    ("t.repayment", "differs"),
                ],
            ),
        ];
        for (booked, expected) in cases {
            let found = differences("t", &confirmed, &booked);
            let named: Vec<(&str, &str)> = found
                .iter()
                .map(|field| (field.path.as_str(), &*field.code))
                .collect();
            assert_eq!(named, expected, "{booked}");
        }
    }

    #[test]
    fn a_giant_booking_is_named_in_part() {
        let giant = json!(vec![1; 10_000]);
        assert_eq!(differences("t", &json!([]), &giant).len(), FIELDS_MAX);
    }
}
