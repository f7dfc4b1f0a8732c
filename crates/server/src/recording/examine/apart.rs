//! Whose voice each piece of an answer is: somebody who says it first is another voice in between.

use perception::sound::Sound;
use perception::voices::{Span, Voiceprint};

use super::Enrolled;
use super::found::{Check, Sense};
use super::senses::{Loaded, Node};

/// Seconds of a piece that a voice is told by, and of the shortest.
const PIECE_S: f32 = 1.6;
const SHORTEST_S: f32 = 1.2;
/// How much less alike than a voice that can't be told a piece is that is somebody else's: pieces of one voice came down to
/// 0.59, those of two up to 0.52 (2 persons, few pairs).
const APART: f32 = 0.06;
/// Pieces of one node that are looked at.
const PIECES_MAX: usize = 24;

/// The spans of whoever answers, and whether somebody else spoke in between; nothing is said of what is too short to tell.
pub fn apart(
    loaded: &mut Loaded,
    node: &Node<'_>,
    sound: &Sound,
    spans: &[Span],
    enrolled: &Enrolled,
) -> (Vec<Span>, Option<Check>) {
    let all = || spans.to_vec();
    if !node.asked.compares() {
        return (all(), None);
    }
    let mut told: Vec<(Span, Voiceprint)> = Vec::new();
    for piece in spans.iter().flat_map(pieces).take(PIECES_MAX) {
        let described = loaded
            .voices()
            .and_then(|sense| sense.describe_spans(sound, &[piece]));
        match described {
            Ok(Some(print)) => told.push((piece, print)),
            Ok(None) => {}
            Err(_) => {
                let check = Check::not_performed(Sense::OneVoice, "not_performed");
                return (all(), Some(check));
            }
        }
    }
    // Where nobody is known yet, whoever speaks longest at a time answers.
    let length = |span: &Span| span.to_s - span.from_s;
    let longest = told
        .iter()
        .max_by(|a, b| length(&a.0).total_cmp(&length(&b.0)));
    let Some(known) = enrolled.voice().or_else(|| Some(longest?.1.clone())) else {
        return (all(), None);
    };
    let limit = node.thresholds.voice_likeness_unsure_min - APART;
    let far = |(_, print): &&(Span, Voiceprint)| print.likeness(&known) < limit;
    let others: Vec<Span> = told.iter().filter(far).map(|(piece, _)| *piece).collect();
    let least = told
        .iter()
        .map(|(_, print)| print.likeness(&known))
        .fold(1.0, f32::min);
    if others.len() == told.len() {
        // Nobody but a stranger: that is said of the whole voice.
        return (all(), None);
    }
    let Some(first) = others.first() else {
        return (
            all(),
            Some(Check::passed(Sense::OneVoice).scored(least, limit)),
        );
    };
    let at_s = node.part.from_s + first.from_s;
    let check = Check::unsure(Sense::OneVoice, "prompted")
        .scored(least, limit)
        .at(Some(at_s));
    let own = spans
        .iter()
        .flat_map(pieces)
        .filter(|piece| !others.contains(piece))
        .collect();
    (own, Some(check))
}

/// A span in pieces that are long enough to tell a voice by, where it is.
fn pieces(span: &Span) -> Vec<Span> {
    let length = span.to_s - span.from_s;
    let count = ((length - SHORTEST_S) / PIECE_S).floor().max(0.0) as u16 + 1;
    let each = length / f32::from(count);
    (0..count)
        .map(|at| Span {
            from_s: span.from_s + f32::from(at) * each,
            to_s: span.from_s + f32::from(at + 1) * each,
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_spans_are_cut_and_short_ones_stay_whole() {
        let cut = |to_s: f32| pieces(&Span { from_s: 0.0, to_s });
        for (to_s, count) in [(0.4, 1), (1.2, 1), (2.7, 1), (2.9, 2), (4.5, 3), (30.5, 19)] {
            let found = cut(to_s);
            assert_eq!(found.len(), count, "{to_s}");
            assert!((found[count - 1].to_s - to_s).abs() < 1e-4);
            let shortest = found
                .iter()
                .all(|one| one.to_s - one.from_s >= to_s.min(1.2));
            assert!(shortest, "{found:?}");
        }
    }
}
