//! The two comprehension questions; pure.

use cost::CostSheet;
use serde::{Deserialize, Serialize};

/// A comprehension question.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Question {
    /// How much is repaid in all?
    Total,
    /// How much is the first instalment?
    FirstPayment,
}

pub const QUESTIONS: [Question; 2] = [Question::Total, Question::FirstPayment];

/// The choices offered for one question, in fen; the right one is known to the server only.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Choices {
    pub question: Question,
    pub offered: Vec<i64>,
    pub right: i64,
}

/// The questions of one sheet.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Quiz(pub Vec<Choices>);

/// Names of the choices on the wire.
const CHOICE_IDS: [&str; 3] = ["a", "b", "c"];

impl Quiz {
    /// Two questions with three choices each; the wrong ones are sums a careless reader could take for the right one.
    pub fn of(sheet: &CostSheet, chance: [u8; 2]) -> Self {
        let total = pick(
            sheet.total_repaid,
            &[
                sheet.principal,
                sheet.total_repaid + sheet.total_cost,
                sheet.total_repaid + sheet.first_payment,
                sheet.total_repaid * 2,
            ],
            chance[0],
        );
        let first = pick(
            sheet.first_payment,
            &[
                sheet.principal / i64::from(sheet.terms.periods),
                sheet.first_payment + sheet.first_payment / 5,
                sheet.first_payment * 2,
                sheet.first_payment * 3,
            ],
            chance[1],
        );
        Self(vec![
            Choices {
                question: Question::Total,
                offered: total,
                right: sheet.total_repaid,
            },
            Choices {
                question: Question::FirstPayment,
                offered: first,
                right: sheet.first_payment,
            },
        ])
    }

    /// The choices of a question with their ids.
    pub fn choices(&self, question: Question) -> Vec<(&'static str, i64)> {
        self.0
            .iter()
            .filter(|c| c.question == question)
            .flat_map(|c| CHOICE_IDS.iter().copied().zip(c.offered.iter().copied()))
            .collect()
    }

    /// Whether every question was answered, each once and rightly.
    pub fn right(&self, answers: &[Answer]) -> bool {
        answers.len() == self.0.len()
            && self.0.iter().all(|choices| {
                let mut given = answers.iter().filter(|a| a.question == choices.question);
                let right = given.next().is_some_and(|a| {
                    self.choices(choices.question)
                        .iter()
                        .any(|(id, fen)| *id == a.choice && *fen == choices.right)
                });
                right && given.next().is_none()
            })
    }
}

/// The right sum and two others that differ from it and from each other, at a place chosen by `chance`.
fn pick(right: i64, wrong: &[i64], chance: u8) -> Vec<i64> {
    let mut offered: Vec<i64> = Vec::with_capacity(CHOICE_IDS.len());
    for sum in wrong {
        if *sum != right
            && *sum > 0
            && !offered.contains(sum)
            && offered.len() < CHOICE_IDS.len() - 1
        {
            offered.push(*sum);
        }
    }
    offered.insert(usize::from(chance) % (offered.len() + 1), right);
    offered
}

/// An answer as given.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Answer {
    pub question: Question,
    pub choice: String,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answers(total: &str, first: &str) -> Vec<Answer> {
        vec![
            Answer {
                question: Question::Total,
                choice: total.into(),
            },
            Answer {
                question: Question::FirstPayment,
                choice: first.into(),
            },
        ]
    }

    #[test]
    fn answers_must_be_complete_and_given_once() {
        let quiz = Quiz(vec![
            Choices {
                question: Question::Total,
                offered: vec![1, 2, 3],
                right: 2,
            },
            Choices {
                question: Question::FirstPayment,
                offered: vec![7, 8, 9],
                right: 7,
            },
        ]);
        assert!(quiz.right(&answers("b", "a")));
        let mut doubled = answers("b", "a");
        doubled.push(doubled[0].clone());
        assert!(!quiz.right(&doubled));
        assert!(!quiz.right(&answers("b", "a")[..1]));
        assert!(!quiz.right(&answers("b", "z")));
    }

    #[test]
    fn choices_hold_the_right_sum_once_wherever_chance_puts_it() {
        for chance in 0..=255u8 {
            let offered = pick(100, &[100, 90, 90, 0, 120], chance);
            assert_eq!(offered.len(), 3);
            assert_eq!(offered.iter().filter(|s| **s == 100).count(), 1);
        }
    }
}
