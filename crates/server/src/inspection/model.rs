//! Draws and their cases; pure.

use std::collections::BTreeMap;

use jiff::civil::Date;
use serde::Serialize;

use crate::clock;
use crate::disbursement;
use crate::error::{Field, Text};
use crate::journey::{Cell, Outcome};

crate::id!(
    /// Loans drawn by lot.
    DrawId,
    "drw"
);

/// Cases of one draw at the most.
pub const CASES_MAX: i64 = 500;
/// Loans that a draw is made from at the most.
pub const POPULATION_MAX: i64 = 1_000_000;
/// Days that a draw reaches over at the most; three years, as long as files are looked at.
const DAYS_MAX: i64 = 1_096;
const WORDS_CHARS_MAX: usize = 64;
const NAME_CHARS_MAX: usize = 64;

/// What an inspector asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Asked {
    /// First and last civil day on which a loan was opened.
    pub from: Date,
    pub to: Date,
    /// Product code; every product when empty.
    pub product: String,
    /// A party of the loan by its short id in the product's terms; any when empty.
    pub partner: String,
    pub outcome: Outcome,
    pub n: i64,
    /// Anything the inspector brings along, such as dice thrown on the spot.
    pub words: String,
}

impl Asked {
    /// Every mistake, by field.
    pub fn check(&self) -> Vec<Field> {
        let mut fields = Vec::new();
        let mut wrong = |path: &str, code: &'static str, zh: &'static str, en: &'static str| {
            fields.push(Field::new(path, code, Text::new(zh, en)));
        };
        let days = (clock::start_of(self.to) - clock::start_of(self.from)) / clock::DAY_MS;
        if !(0..DAYS_MAX).contains(&days) {
            wrong(
                "to",
                "out_of_range",
                "止日不早于起日，最长三年。",
                "The last day is not before the first, and within three years of it.",
            );
        }
        if !(1..=CASES_MAX).contains(&self.n) {
            wrong(
                "n",
                "out_of_range",
                "一次抽 1 至 500 笔。",
                "A draw has 1 to 500 cases.",
            );
        }
        let fits = |text: &str, most: usize| {
            text.chars().count() <= most && !text.chars().any(char::is_control)
        };
        for (path, text) in [("product", &self.product), ("partner", &self.partner)] {
            if !fits(text, NAME_CHARS_MAX) {
                wrong(path, "text_length", "过长。", "Too long.");
            }
        }
        if !fits(&self.words, WORDS_CHARS_MAX) || disbursement::tells_numbers(&self.words) {
            wrong(
                "words",
                "words_unfit",
                "最多 64 个字，不要写账号、证件号或手机号。",
                "At most 64 characters, without accounts, ID numbers or phones.",
            );
        }
        fields
    }
}

/// How far a draw is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum DrawState {
    /// The population is being gone through, or the checkpoint over it is not published yet.
    Drawing,
    Drawn,
    /// Nobody tries any more; asked again, its population is gone through anew, and a later checkpoint decides.
    Failed,
}

impl DrawState {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Drawing => "drawing",
            Self::Drawn => "drawn",
            Self::Failed => "failed",
        }
    }

    pub fn parse(text: &str) -> Option<Self> {
        [Self::Drawing, Self::Drawn, Self::Failed]
            .into_iter()
            .find(|state| state.as_str() == text)
    }
}

/// What decides a lot: the first published checkpoint over the population.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Decided {
    /// Of the checkpoint, hexadecimal.
    pub root: String,
    /// Entries under it.
    pub size: i64,
    /// Hexadecimal.
    pub seed: String,
}

/// A draw.
#[derive(Clone, Debug)]
pub struct Draw {
    pub id: DrawId,
    pub asked: Asked,
    /// Once it is drawn.
    pub decided: Option<Decided>,
    pub state: DrawState,
    /// Loans of the population, once it was met.
    pub population: i64,
    /// When the population was gone through; its list is kept from then on.
    pub met_at_ms: Option<i64>,
    /// Once it is drawn, like the two below.
    pub population_digest: Option<String>,
    pub cases: i64,
    pub cases_digest: Option<String>,
    pub asked_by: String,
    pub asked_at_ms: i64,
    pub drawn_at_ms: Option<i64>,
    /// Since when the matrix is to be looked at anew.
    pub look_at_ms: i64,
    /// Nobody looks any more, although not every case was looked at.
    pub look_failed_at_ms: Option<i64>,
}

/// A case of a draw with its line of the matrix.
#[derive(Clone, Debug)]
pub struct Case {
    /// From 1 on, in the order of the lot.
    pub place: i64,
    pub journey: String,
    /// By column; nothing before the first look.
    pub cells: Option<BTreeMap<String, Cell>>,
    pub looked_at_ms: Option<i64>,
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    fn asked() -> Asked {
        Asked {
            from: date(2026, 11, 1),
            to: date(2026, 11, 30),
            product: String::new(),
            partner: String::new(),
            outcome: Outcome::Any,
            n: 10,
            words: "骰子 3 5 6".to_owned(),
        }
    }

    #[test]
    fn what_is_asked_for_is_bounded_and_names_nobody() {
        type Change = fn(&mut Asked);
        let cases: [(Change, &[&str]); 10] = [
            (|_| {}, &[]),
            (|a| a.to = a.from, &[]),
            (|a| a.to = date(2026, 10, 31), &["to"]),
            (|a| a.to = date(2029, 11, 1), &["to"]),
            (|a| a.n = 0, &["n"]),
            (|a| a.n = 501, &["n"]),
            (|a| a.words = "字".repeat(65), &["words"]),
            (|a| a.words = "110101198805120039".to_owned(), &["words"]),
            (|a| a.words = "a\u{7}".to_owned(), &["words"]),
            (
                |a| (a.product, a.partner) = ("p".repeat(65), "q".repeat(65)),
                &["product", "partner"],
            ),
        ];
        for (change, expected) in cases {
            let mut asked = asked();
            change(&mut asked);
            let paths: Vec<String> = asked.check().into_iter().map(|f| f.path).collect();
            assert_eq!(paths, expected, "{asked:?}");
        }
    }
}
