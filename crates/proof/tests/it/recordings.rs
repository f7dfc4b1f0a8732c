//! Segments of recordings in a bundle: the head is reckoned anew, and a film is its chunks.

use proof::bundle::{Code, Contents, verify, write};
use proof::digest::sha256;
use proof::hex;
use proof::recording::{Chunk, Media, Segment};
use serde_json::json;

use crate::bundle::{Spoil, refused};
use crate::sample::{Log, case, manifest_signer, trust};

const RECORDING: &str = "rec_00000000000000000000000001";

fn segment(segment: u64, chunks: &[&[u8]]) -> Segment {
    let chunk = |bytes: &&[u8]| Chunk {
        bytes: bytes.len() as u64,
        sha256: sha256(bytes),
    };
    Segment {
        recording: RECORDING.into(),
        segment,
        media: Media::Webm,
        chunks: chunks.iter().map(chunk).collect(),
        film: None,
    }
}

/// Two segments were received, the first of them in two parts; its film is there, the second's is not.
pub fn recorded() -> Contents {
    let mut log = Log::new();
    let mut journey = case("jny_1");
    let mut first = segment(1, &[b"header", b"one", b"two"]);
    first.film = Some(b"headeronetwo".to_vec());
    let second = segment(2, &[b"again"]);
    let mut begun = first.clone();
    begun.cut(1);
    let mut facts = vec![log.append(&mut journey, "journey.created.v1", json!({}))];
    for one in [&begun, &second, &first] {
        let data = json!({
            "recording": one.recording, "segment": one.segment, "media": one.media.as_str(),
            "chunks": one.chunks.len(), "bytes": one.bytes(), "head": hex::encode(&one.head()),
        });
        facts.push(log.append(&mut journey, "recording.received.v1", data));
    }
    let mut contents = log.contents(&facts);
    contents.segments = vec![first, second];
    contents
}

#[test]
fn heads_are_reckoned_anew_and_films_are_their_chunks() {
    let bytes = write(&recorded(), &manifest_signer()).unwrap();
    let report = verify(&bytes, &trust());
    assert_eq!(report.failures, []);
    let held: Vec<_> = report
        .segments
        .iter()
        .map(|one| (one.segment, one.chunks, one.fact, one.listed, one.film))
        .collect();
    assert_eq!(held, [(1, 3, 4, true, true), (2, 1, 3, true, false)]);
    let told = |code: &str| {
        let mut all = report.proved.iter().chain(&report.not_proved);
        all.find(|one| one.code == code).map(|one| one.en.clone())
    };
    assert!(told("recordings_chained").is_some_and(|text| text.contains("names: 2")));
    assert!(told("films_absent").is_some_and(|text| text.contains("digests: 1")));
}

#[test]
fn what_was_sworn_to_is_told_where_no_list_of_chunks_is_left() {
    let mut erased = recorded();
    erased.segments.clear();
    let bytes = write(&erased, &manifest_signer()).unwrap();
    let report = verify(&bytes, &trust());
    assert_eq!(report.failures, []);
    assert!(report.segments.iter().all(|one| !one.listed && !one.film));
    assert_eq!(report.segments.len(), 2);
}

fn film(contents: &mut Contents) -> &mut Vec<u8> {
    contents.segments[0].film.as_mut().unwrap()
}

#[test]
fn a_chunk_that_is_missing_changed_or_elsewhere_is_named() {
    use Code::{
        FilmChunkWrong, FilmLengthWrong, SegmentCountWrong, SegmentHeadWrong, SegmentUnsworn,
    };
    let cases: [(Spoil, &str, &[Code]); 7] = [
        (|c| film(c)[7] ^= 1, "segment-1.webm", &[FilmChunkWrong]),
        (
            |c| film(c).truncate(9),
            "segment-1.webm",
            &[FilmLengthWrong, FilmChunkWrong],
        ),
        (
            |c| c.segments[0].cut(2),
            "segment-1.json",
            &[SegmentCountWrong, SegmentHeadWrong],
        ),
        (
            |c| c.segments[1].chunks[0].sha256 = sha256(b"other"),
            "segment-2.json",
            &[SegmentHeadWrong],
        ),
        (
            |c| {
                c.segments[0].film = None;
                c.segments[0].chunks.swap(1, 2);
            },
            "segment-1.json",
            &[SegmentHeadWrong],
        ),
        (
            |c| c.segments[1].media = Media::Mp4,
            "segment-2.json",
            &[SegmentCountWrong],
        ),
        (
            |c| c.segments[1].segment = 3,
            "segment-3.json",
            &[SegmentUnsworn],
        ),
    ];
    for (spoil, part, codes) in cases {
        let mut contents = recorded();
        spoil(&mut contents);
        let part = format!("recording/{RECORDING}/{part}");
        let wanted: Vec<_> = codes.iter().map(|code| (part.clone(), *code)).collect();
        assert_eq!(refused(&contents), wanted);
    }
}

#[test]
fn a_list_without_chunks_is_none() {
    let mut contents = recorded();
    contents.segments[0].film = None;
    contents.segments[0].chunks.clear();
    let codes: Vec<_> = refused(&contents).into_iter().map(|one| one.1).collect();
    assert_eq!(codes, [Code::SegmentMalformed]);
}
