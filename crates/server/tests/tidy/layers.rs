//! Which room may know which: the floors and the edge table of ARCHITECTURE.md, compared with every path in the source.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;

use super::none;
use super::source::{Source, crate_paths, crate_root, sources, table, ticked};

type Edge = (String, String);

struct House {
    /// Floor of each room, 0 on top.
    floors: BTreeMap<String, usize>,
    /// Same-floor edges that the table allows.
    edges: BTreeSet<Edge>,
}

impl House {
    fn drawn() -> Self {
        let drawing = fs::read_to_string(crate_root().join("../../ARCHITECTURE.md"))
            .expect("ARCHITECTURE.md");
        let mut floors = BTreeMap::new();
        for (floor, row) in table(&drawing, "## Rooms").into_iter().enumerate() {
            for room in ticked(&row[1]) {
                assert_eq!(
                    floors.insert(room.clone(), floor),
                    None,
                    "{room} is drawn once"
                );
            }
        }
        let mut edges = BTreeSet::new();
        for row in table(&drawing, "## Edges") {
            let importer = row[0].trim_matches('`').to_owned();
            for imported in row[1].split(',').map(|room| room.trim().trim_matches('`')) {
                edges.insert((importer.clone(), imported.to_owned()));
            }
        }
        assert!(floors.len() > 10 && edges.len() > 5, "the drawing was read");
        Self { floors, edges }
    }
}

/// The room that a path of the crate leads into.
fn imported(path: &[String]) -> Option<&str> {
    match path.first()?.as_str() {
        // Macros live at the crate's root, whoever defines them.
        "values" => Some("db"),
        room => Some(room),
    }
}

/// Who imports whom, with a file that does it.
fn imports() -> BTreeMap<Edge, String> {
    let mut found = BTreeMap::new();
    for source in sources("src") {
        let Some(room) = source.room() else { continue };
        for path in crate_paths(&source.code) {
            let Some(other) = imported(&path) else {
                continue;
            };
            if other != room {
                found.insert((room.to_owned(), other.to_owned()), source.path.clone());
            }
        }
    }
    found
}

#[test]
fn every_room_is_drawn_and_every_drawn_room_is_there() {
    let drawn: BTreeSet<String> = House::drawn().floors.into_keys().collect();
    let there: BTreeSet<String> = sources("src")
        .iter()
        .filter_map(Source::room)
        .map(str::to_owned)
        .collect();
    assert_eq!(there, drawn);
}

#[test]
fn a_room_imports_only_lower_floors_and_its_edges() {
    let House { floors, edges } = House::drawn();
    let mut offences = Vec::new();
    let mut used = BTreeSet::new();
    for ((importer, imported), file) in imports() {
        let (Some(from), Some(to)) = (floors.get(&importer), floors.get(&imported)) else {
            offences.push(format!("{file}: {imported} is no room"));
            continue;
        };
        if to < from {
            offences.push(format!(
                "{file}: {importer} imports {imported} from a higher floor"
            ));
        } else if to == from {
            let edge = (importer.clone(), imported.clone());
            if !edges.contains(&edge) {
                offences.push(format!(
                    "{file}: {importer} imports {imported}, which no edge allows"
                ));
            }
            used.insert(edge);
        }
    }
    offences.extend(
        edges
            .difference(&used)
            .map(|(from, to)| format!("edge {from} to {to} is drawn, not used")),
    );
    none(offences);
}

#[test]
fn no_two_rooms_know_each_other_by_any_way_round() {
    let edges: BTreeSet<Edge> = imports().into_keys().collect();
    let mut reach: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for (from, to) in &edges {
        reach.entry(from).or_default().insert(to);
    }
    loop {
        let mut grown = reach.clone();
        for (from, seen) in &reach {
            let further = seen.iter().filter_map(|room| reach.get(room)).flatten();
            grown.entry(from).or_default().extend(further);
        }
        if grown == reach {
            break;
        }
        reach = grown;
    }
    let round = reach.iter().filter(|(room, seen)| seen.contains(*room));
    none(
        round
            .map(|(room, _)| format!("{room} leads back to itself"))
            .collect(),
    );
}

#[test]
fn a_room_has_one_door() {
    let mut offences = Vec::new();
    for source in sources("src") {
        let depth = source.path.matches('/').count();
        if depth != 2 || !source.path.ends_with("/mod.rs") {
            continue;
        }
        for line in source.code.lines().map(str::trim_start) {
            let visible = line.strip_prefix("pub").map(|rest| {
                let rest = rest.trim_start();
                rest.strip_prefix('(')
                    .and_then(|r| r.split_once(')'))
                    .map_or(rest, |(_, rest)| rest)
                    .trim_start()
            });
            if visible.is_some_and(|rest| rest.starts_with("mod ")) {
                offences.push(format!("{}: {line} opens a second door", source.path));
            }
        }
    }
    none(offences);
}

#[test]
fn the_roof_is_imported_by_nobody() {
    let into_app = imports()
        .into_iter()
        .filter(|((_, imported), _)| imported == "app");
    none(
        into_app
            .map(|((room, _), file)| format!("{file}: {room} imports app"))
            .collect(),
    );
}
