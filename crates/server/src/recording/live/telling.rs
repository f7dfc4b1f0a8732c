//! What is told of what was just seen and heard: once, and again only where it comes back or stays. Pure.

use crate::product::NodeKind;
use crate::recording::examine::{Ears, Glance};
use crate::recording::model::Reason;

/// Pictures that must say the same.
const LOST_MIN: usize = 3;
const MORE_MIN: usize = 2;
const OTHERS_MIN: usize = 2;
/// How long nobody speaks before it is said, ms of the try.
const QUIET_MS: i64 = 6_000;
/// What stays is told again after so long, ms, and so often at the most.
const AGAIN_MS: i64 = 10_000;
const TOLD_MAX: usize = 3;

/// What was told in one try.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Telling {
    told: Vec<Told>,
    /// Somebody was heard.
    heard: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Told {
    what: Reason,
    at_ms: i64,
    count: usize,
    /// It went away since.
    over: bool,
}

/// What a look found, whether it was told or not.
fn found(glance: &Glance, kind: NodeKind, open_ms: i64, heard: bool) -> Vec<Reason> {
    let speaks = kind != NodeKind::Told;
    let rows = [
        (
            glance.pictures >= LOST_MIN && glance.lost == glance.pictures,
            Reason::FaceLost,
        ),
        (
            speaks && !heard && glance.heard == Ears::Quiet && open_ms >= QUIET_MS,
            Reason::Silence,
        ),
        (speaks && glance.heard == Ears::Dead, Reason::NoSound),
        (
            glance.compared >= OTHERS_MIN && glance.others == glance.compared,
            Reason::OtherFace,
        ),
        (glance.more >= MORE_MIN, Reason::SecondFace),
    ];
    let stands = rows.into_iter().filter(|(stands, _)| *stands);
    stands.map(|(_, what)| what).collect()
}

impl Telling {
    /// What is to be told now, the most urgent last.
    pub fn tells(
        &mut self,
        glance: &Glance,
        kind: NodeKind,
        opened_at_ms: i64,
        now_ms: i64,
    ) -> Vec<Reason> {
        self.heard |= glance.heard == Ears::Voice;
        let found = found(glance, kind, now_ms - opened_at_ms, self.heard);
        for told in &mut self.told {
            told.over |= !found.contains(&told.what);
        }
        let mut said = Vec::new();
        for what in found {
            let before = self.told.iter_mut().find(|told| told.what == what);
            let Some(told) = before else {
                self.told.push(Told {
                    what,
                    at_ms: now_ms,
                    count: 1,
                    over: false,
                });
                said.push(what);
                continue;
            };
            let due = told.over || now_ms - told.at_ms >= AGAIN_MS;
            if due && told.count < TOLD_MAX {
                (told.at_ms, told.count, told.over) = (now_ms, told.count + 1, false);
                said.push(what);
            }
        }
        said
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn glance(pictures: usize, lost: usize, more: usize, heard: Ears) -> Glance {
        Glance {
            pictures,
            lost,
            more,
            heard,
            ..Glance::default()
        }
    }

    #[test]
    fn what_some_pictures_say_together_is_found() {
        use Ears::{Closed, Dead, Quiet, Voice};
        use NodeKind::{Answer, Told};
        let other = Glance {
            compared: 3,
            others: 3,
            ..glance(4, 0, 0, Voice)
        };
        let one_of_three = Glance { others: 1, ..other };
        let cases = [
            (glance(4, 0, 0, Voice), Answer, 9_000, vec![]),
            (glance(4, 3, 0, Voice), Answer, 0, vec![]),
            (glance(4, 4, 0, Voice), Answer, 0, vec![Reason::FaceLost]),
            (glance(2, 2, 0, Voice), Answer, 0, vec![]),
            (glance(4, 0, 1, Voice), Answer, 0, vec![]),
            (glance(4, 0, 2, Voice), Answer, 0, vec![Reason::SecondFace]),
            (other, Answer, 0, vec![Reason::OtherFace]),
            (one_of_three, Answer, 0, vec![]),
            (glance(4, 0, 0, Dead), Answer, 0, vec![Reason::NoSound]),
            (glance(4, 0, 0, Dead), Told, 0, vec![]),
            (glance(4, 0, 0, Closed), Answer, 9_000, vec![]),
            (glance(4, 0, 0, Quiet), Answer, 5_999, vec![]),
            (glance(4, 0, 0, Quiet), Answer, 6_000, vec![Reason::Silence]),
            (glance(4, 0, 0, Quiet), Told, 9_000, vec![]),
        ];
        for (glance, kind, open_ms, wanted) in cases {
            let said = Telling::default().tells(&glance, kind, 0, open_ms);
            assert_eq!(said, wanted, "{glance:?} {kind:?} {open_ms}");
        }
    }

    #[test]
    fn what_stays_is_not_told_at_every_look() {
        let lost = glance(4, 4, 0, Ears::Voice);
        let seen = glance(4, 0, 0, Ears::Quiet);
        let mut telling = Telling::default();
        let mut tells = |glance: &Glance, now_ms| {
            telling
                .tells(glance, NodeKind::Answer, 0, now_ms)
                .contains(&Reason::FaceLost)
        };
        let told: Vec<bool> = [
            (&lost, 1_000),
            (&lost, 2_000),
            (&lost, 10_999),
            (&lost, 11_000),
            (&seen, 12_000),
            (&lost, 13_000),
            (&seen, 14_000),
            (&lost, 60_000),
        ]
        .map(|(glance, now_ms)| tells(glance, now_ms))
        .to_vec();
        assert_eq!(told, [true, false, false, true, false, true, false, false]);
        // Whoever spoke once is not told that nobody is heard.
        assert!(telling.heard);
    }
}
