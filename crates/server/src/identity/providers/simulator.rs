//! Answers without a register, for demonstrations and tests: decided by the serial digits of the ID number.

use super::super::model::{Answer, Reason};
use super::Reply;

/// As facts name it.
pub const NAME: &str = "simulator";

/// Digits 15 to 17 of the ID number decide: `991` no, `992` unknown, `993` never an answer, `994` an answer only at the
/// second try; anyone else is a yes.
pub fn reply(id_number: &str, tries: i64) -> Reply {
    match id_number.get(14..17) {
        Some("991") => Reply::Said(Answer::No, Some(Reason::Mismatch)),
        Some("992") => Reply::Said(Answer::Unknown, Some(Reason::NoRecord)),
        Some("993") => Reply::Nothing,
        Some("994") if tries < 2 => Reply::Nothing,
        _ => Reply::Said(Answer::Yes, None),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn serials_decide_and_everybody_else_is_known() {
        let id = |serial: &str| format!("11010119880512{serial}9");
        for (serial, tries, expected) in [
            ("991", 1, Reply::Said(Answer::No, Some(Reason::Mismatch))),
            (
                "992",
                1,
                Reply::Said(Answer::Unknown, Some(Reason::NoRecord)),
            ),
            ("993", 9, Reply::Nothing),
            ("994", 1, Reply::Nothing),
            ("994", 2, Reply::Said(Answer::Yes, None)),
            ("003", 1, Reply::Said(Answer::Yes, None)),
        ] {
            assert_eq!(reply(&id(serial), tries), expected, "{serial} {tries}");
        }
    }
}
