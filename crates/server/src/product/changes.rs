//! What a version changes, for the second pair of eyes; pure.

use serde::Serialize;
use serde_json::Value;

use super::model::State;
use super::model::{Definition, Version};
use super::recording::Node;

/// How a node of a script stands beside the version before.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum NodeChanged {
    Same,
    Added,
    Removed,
    Changed,
    /// Only its place is another.
    Moved,
}

/// One node, by its places in the two scripts, from 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct NodeChange {
    pub what: NodeChanged,
    pub old: Option<usize>,
    pub new: Option<usize>,
}

/// The version that a draft is held against: the one in force before it, else the one before it.
pub fn before(versions: &[Version], number: i64) -> Option<&Version> {
    let earlier = || versions.iter().filter(|one| one.number < number);
    let released = earlier().filter(|one| one.state == State::Released);
    let newest = |one: &&Version| one.number;
    released
        .max_by_key(newest)
        .or_else(|| earlier().max_by_key(newest))
}

/// Names of the parts of a definition that differ, what is recorded apart.
pub fn parts(old: &Definition, new: &Definition) -> serde_json::Result<Vec<String>> {
    let (Value::Object(old), Value::Object(new)) =
        (serde_json::to_value(old)?, serde_json::to_value(new)?)
    else {
        return Ok(Vec::new());
    };
    let mut names: Vec<&String> = old.keys().chain(new.keys()).collect();
    names.sort();
    names.dedup();
    let differs = |name: &&String| *name != "recording" && old.get(*name) != new.get(*name);
    Ok(names.into_iter().filter(differs).cloned().collect())
}

/// Two scripts node by node: those of the new one in their order, each removed one where it stood.
pub fn nodes(old: &[Node], new: &[Node]) -> Vec<NodeChange> {
    let place = |code: &str| old.iter().position(|node| node.code == code);
    let places: Vec<Option<usize>> = new.iter().map(|node| place(&node.code)).collect();
    let kept = longest_rising(&places);
    let mut found: Vec<NodeChange> = (0..)
        .zip(new.iter().zip(&places))
        .map(|(at, (node, was))| NodeChange {
            what: match was {
                None => NodeChanged::Added,
                Some(was) if old[*was] != *node => NodeChanged::Changed,
                Some(was) if !kept.contains(was) => NodeChanged::Moved,
                Some(_) => NodeChanged::Same,
            },
            old: *was,
            new: Some(at),
        })
        .collect();
    for gone in (0..old.len()).filter(|at| !places.contains(&Some(*at))) {
        let stays = |one: &NodeChange| {
            let old = one.old.filter(|was| *was < gone);
            old.is_some_and(|was| one.new.is_none() || kept.contains(&was))
        };
        let behind = found.iter().rposition(stays).map_or(0, |at| at + 1);
        found.insert(
            behind,
            NodeChange {
                what: NodeChanged::Removed,
                old: Some(gone),
                new: None,
            },
        );
    }
    found
}

/// Old places that keep their order among each other: the most of them, so that as few as can be are called moved.
fn longest_rising(places: &[Option<usize>]) -> Vec<usize> {
    let mut best: Vec<Vec<usize>> = Vec::new();
    for place in places.iter().flatten() {
        let before = best.iter().filter(|row| row.last() < Some(place));
        let mut row = before
            .max_by_key(|row| row.len())
            .cloned()
            .unwrap_or_default();
        row.push(*place);
        best.push(row);
    }
    best.into_iter().max_by_key(Vec::len).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::NodeChanged::{Added, Changed, Moved, Removed, Same};
    use super::*;
    use crate::error::Text;
    use crate::product::{NodeKind, OnWrong, Voice};

    /// A letter is a node's name; one in capitals has other words.
    fn script(letters: &str) -> Vec<Node> {
        let node = |letter: char| Node {
            code: letter.to_ascii_lowercase().to_string(),
            kind: NodeKind::Told,
            spoken: Text::new(letter.to_string(), "words"),
            voice: Voice::default(),
            expects: vec![],
            against: vec![],
            on_wrong: OnWrong::Again,
            answer_seconds: 3,
            tries_max: 1,
        };
        letters.chars().map(node).collect()
    }

    #[test]
    fn a_script_is_told_apart_node_by_node() {
        type Told = (NodeChanged, Option<usize>, Option<usize>);
        let cases: [(&str, &str, &[Told]); 6] = [
            (
                "ab",
                "ab",
                &[(Same, Some(0), Some(0)), (Same, Some(1), Some(1))],
            ),
            ("", "a", &[(Added, None, Some(0))]),
            (
                "ab",
                "b",
                &[(Removed, Some(0), None), (Same, Some(1), Some(0))],
            ),
            (
                "abc",
                "aBxc",
                &[
                    (Same, Some(0), Some(0)),
                    (Changed, Some(1), Some(1)),
                    (Added, None, Some(2)),
                    (Same, Some(2), Some(3)),
                ],
            ),
            // One that went to the front doesn't make the others move.
            (
                "abc",
                "cab",
                &[
                    (Moved, Some(2), Some(0)),
                    (Same, Some(0), Some(1)),
                    (Same, Some(1), Some(2)),
                ],
            ),
            (
                "abcd",
                "ad",
                &[
                    (Same, Some(0), Some(0)),
                    (Removed, Some(1), None),
                    (Removed, Some(2), None),
                    (Same, Some(3), Some(1)),
                ],
            ),
        ];
        for (old, new, told) in cases {
            let found: Vec<Told> = nodes(&script(old), &script(new))
                .into_iter()
                .map(|one| (one.what, one.old, one.new))
                .collect();
            assert_eq!(found, told, "{old} {new}");
        }
    }

    #[test]
    fn other_parts_of_a_definition_are_named() {
        let old: Definition =
            serde_json::from_str(include_str!("../../demo/yinling.json")).expect("JSON");
        let mut new = old.clone();
        assert_eq!(parts(&old, &new).expect("parts"), Vec::<String>::new());
        new.principal_max += 1;
        new.contacts = 2;
        new.recording = None;
        assert_eq!(
            parts(&old, &new).expect("parts"),
            ["contacts", "principal_max"]
        );
    }
}
