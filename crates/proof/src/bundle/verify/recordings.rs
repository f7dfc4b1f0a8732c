use std::collections::{BTreeMap, BTreeSet};

use super::chain::Chain;
use super::files::Files;
use crate::bundle::layout::Slot;
use crate::bundle::report::{Code, Report, SegmentLine};
use crate::hex;
use crate::recording::{Received, Segment, received};

/// Reckons the head of every segment anew, and holds each film against its chunks.
pub(super) fn check(files: &Files<'_>, chain: &Chain, report: &mut Report) {
    let sworn = received(chain.facts.values());
    let mut listed = BTreeMap::new();
    for (slot, path, bytes) in files.slots() {
        let Slot::Segment(recording, number) = slot else {
            continue;
        };
        let own = |one: &Segment| one.recording == recording && one.segment == number;
        let Some(segment) = Segment::parse(bytes).filter(own) else {
            report.fail(path, Code::SegmentMalformed, "");
            continue;
        };
        let key = (recording.to_owned(), number);
        match sworn.get(&key) {
            None => report.fail(path, Code::SegmentUnsworn, ""),
            Some(sworn) => agrees(&segment, sworn, path, report),
        }
        listed.insert(key, segment);
    }
    let mut films = BTreeSet::new();
    for (slot, path, bytes) in files.slots() {
        let Slot::Film(recording, number, media) = slot else {
            continue;
        };
        let key = (recording.to_owned(), number);
        let segment = listed.get(&key).filter(|one| one.media == media);
        let Some(segment) = segment else {
            report.fail(path, Code::FilmUnbound, "");
            continue;
        };
        if segment.bytes() != Some(bytes.len() as u64) {
            report.fail(path, Code::FilmLengthWrong, bytes.len());
        }
        if let Some(chunk) = segment.first_other(bytes) {
            report.fail(path, Code::FilmChunkWrong, chunk);
        }
        films.insert(key);
    }
    report.segments = sworn
        .into_iter()
        .map(|(key, sworn)| SegmentLine {
            listed: listed.contains_key(&key),
            film: films.contains(&key),
            recording: key.0,
            segment: key.1,
            chunks: sworn.chunks,
            bytes: sworn.bytes,
            head: sworn
                .head
                .map_or_else(String::new, |head| hex::encode(&head)),
            fact: sworn.fact,
        })
        .collect();
}

fn agrees(segment: &Segment, sworn: &Received, path: &str, report: &mut Report) {
    let count = segment.chunks.len() as u64 == sworn.chunks;
    if !count || segment.bytes() != Some(sworn.bytes) || segment.media.as_str() != sworn.media {
        report.fail(path, Code::SegmentCountWrong, sworn.fact);
    }
    if sworn.head != Some(segment.head()) {
        report.fail(path, Code::SegmentHeadWrong, sworn.fact);
    }
}
