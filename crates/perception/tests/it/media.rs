//! Recordings, sound and harmful.

use crate::{ffmpeg_there, make, scratch};
use perception::Unreadable;
use perception::media::{Bounds, Frame, Part, frames, sound};
use std::fs;
use std::time::{Duration, Instant};

const PICTURE: [&str; 4] = ["-f", "lavfi", "-i", "testsrc=d=3:s=640x480:r=10"];
const TONE: [&str; 4] = ["-f", "lavfi", "-i", "sine=d=3:f=440"];
const KINDS: [(&str, &[&str]); 3] = [
    (
        "a.webm",
        &["-c:v", "libvpx", "-deadline", "realtime", "-c:a", "libopus"],
    ),
    (
        "a.mp4",
        &["-c:v", "libx264", "-preset", "ultrafast", "-c:a", "aac"],
    ),
    (
        "fragmented.mp4",
        &[
            "-c:v",
            "libx264",
            "-preset",
            "ultrafast",
            "-c:a",
            "aac",
            "-movflags",
            "frag_keyframe+empty_moov",
        ],
    ),
];

#[test]
fn pictures_and_sound_come_out_of_what_browsers_record() {
    if !ffmpeg_there() {
        return;
    }
    let folder = scratch("recordings");
    for (name, how) in KINDS {
        let file = folder.join(name);
        make(&[&PICTURE[..], &TONE, how].concat(), &file);
        let found = frames(&file, 0.5, &Bounds::default()).unwrap();
        assert!((6..=7).contains(&found.len()), "{name}: {}", found.len());
        assert_eq!(
            (found[2].picture.width(), found[2].picture.height()),
            (640, 480)
        );
        assert_eq!(found[2].at_s, 1.0);
        let heard = sound(&file, &Bounds::default()).unwrap();
        assert!(
            (heard.seconds() - 3.0).abs() < 0.2,
            "{name}: {}",
            heard.seconds()
        );
        // Cut anywhere it gives an error or what is whole, and never hangs.
        let whole = fs::read(&file).unwrap();
        for share in [3, 10, 40, 70, 95] {
            let cut = folder.join(format!("cut-{share}-{name}"));
            fs::write(&cut, &whole[..whole.len() * share / 100]).unwrap();
            if let Ok(found) = frames(&cut, 0.5, &Bounds::default()) {
                assert!(found.len() <= 7, "{name} cut at {share} %");
            }
        }
    }
}

/// Twelve seconds that grow brighter, with a tone from the sixth on.
const BRIGHTER: [&str; 8] = [
    "-f",
    "lavfi",
    "-i",
    "color=black:d=12:s=64x48:r=15,format=gray,geq=lum='30+15*T',format=yuv420p",
    "-f",
    "lavfi",
    "-i",
    "sine=d=12:f=440,volume='gt(t,6)':eval=frame",
];
/// As a browser writes it: to be read on while it grows, with neither an index nor a length.
const GROWING: [(&str, &[&str]); 2] = [
    (
        "live.webm",
        &[
            "-c:v",
            "libvpx",
            "-deadline",
            "realtime",
            "-g",
            "100",
            "-c:a",
            "libopus",
            "-live",
            "1",
            "-cluster_time_limit",
            "1000",
        ],
    ),
    (
        "live.mp4",
        &[
            "-c:v",
            "libx264",
            "-preset",
            "ultrafast",
            "-g",
            "40",
            "-c:a",
            "aac",
            "-movflags",
            "frag_keyframe+empty_moov+default_base_moof",
        ],
    ),
];

fn part(from_s: f32, until_s: f32) -> Bounds {
    Bounds {
        part: Part { from_s, until_s },
        ..Bounds::default()
    }
}

/// The time that a picture of that film shows.
fn shown(frame: &Frame) -> f32 {
    let rgb = frame.picture.rgb();
    let mean = rgb.iter().map(|value| f32::from(*value)).sum::<f32>() / rgb.len() as f32;
    (mean - 30.0) / 15.0
}

#[test]
fn a_part_is_looked_at_by_itself() {
    if !ffmpeg_there() {
        return;
    }
    let folder = scratch("parts");
    for (name, how) in GROWING {
        let file = folder.join(name);
        make(&[&BRIGHTER[..], how].concat(), &file);
        for (from_s, until_s, wanted) in [(0.0, 2.0, 8), (7.3, 9.3, 8), (11.0, 20.0, 4)] {
            let found = frames(&file, 0.25, &part(from_s, until_s)).unwrap();
            assert!(
                found.len().abs_diff(wanted) <= 1,
                "{name} from {from_s}: {}",
                found.len()
            );
            for frame in &found {
                let off = shown(frame) - frame.at_s;
                assert!(
                    off.abs() < 0.3,
                    "{name} at {}: {}",
                    frame.at_s,
                    shown(frame)
                );
            }
            assert!((found[0].at_s - from_s).abs() < 0.01);
        }
        let heard = sound(&file, &part(5.0, 7.5)).unwrap();
        assert!((heard.seconds() - 2.5).abs() < 0.1, "{}", heard.seconds());
        let loud = |from_s: f32, to_s: f32| {
            let part = heard.part(from_s, to_s).unwrap();
            part.samples().iter().any(|sample| sample.abs() > 0.05)
        };
        assert!(!loud(0.0, 0.9) && loud(1.2, 2.4), "{name}");
        for beyond in [part(30.0, 40.0), part(3.0, 3.0)] {
            assert_eq!(sound(&file, &beyond), Err(Unreadable::Empty), "{name}");
        }
    }
}

#[test]
fn what_has_arrived_of_a_growing_recording_is_looked_at() {
    if !ffmpeg_there() {
        return;
    }
    let folder = scratch("growing-parts");
    for (name, how) in GROWING {
        let whole = folder.join(name);
        make(&[&BRIGHTER[..], how].concat(), &whole);
        let whole = fs::read(&whole).unwrap();
        let file = folder.join(format!("arrived-{name}"));
        fs::write(&file, b"").unwrap();
        let mut arrived = Vec::new();
        // Cut anywhere, in the middle of a cluster too, and joined again piece by piece.
        for (at, chunk) in whole.chunks(whole.len() / 6 + 1).enumerate() {
            let mut open = fs::OpenOptions::new().append(true).open(&file).unwrap();
            std::io::Write::write_all(&mut open, chunk).unwrap();
            let found = frames(&file, 0.25, &part(1.0, 20.0)).unwrap_or_default();
            assert!(found.iter().all(|frame| frame.at_s >= 1.0));
            let right = |frame: &&Frame| (shown(frame) - frame.at_s).abs() < 0.3;
            assert_eq!(
                found.iter().filter(right).count(),
                found.len(),
                "{name}, chunk {at}"
            );
            arrived.push(found.len());
        }
        assert!(arrived.is_sorted(), "{name}: {arrived:?}");
        assert!(arrived[3] >= 20, "{name}: {arrived:?}");
        assert!((43..=45).contains(&arrived[5]), "{name}: {arrived:?}");
    }
}

#[test]
fn sound_that_begins_late_keeps_its_place() {
    if !ffmpeg_there() {
        return;
    }
    let file = scratch("late").join("late.webm");
    let late = ["-itsoffset", "1.5", "-f", "lavfi", "-i", "sine=d=2:f=440"];
    make(&[&PICTURE[..], &late, KINDS[0].1].concat(), &file);
    let heard = sound(&file, &Bounds::default()).unwrap();
    let loud = |from_s: f32, to_s: f32| {
        let part = heard.part(from_s, to_s).unwrap();
        part.samples().iter().any(|sample| sample.abs() > 0.05)
    };
    assert!(!loud(0.0, 1.4) && loud(1.6, 3.0), "{}", heard.seconds());
}

#[test]
fn what_leads_elsewhere_is_refused() {
    let folder = scratch("elsewhere");
    let secret = folder.join("secret");
    fs::write(&secret, b"secret").unwrap();
    let lists = [
        "#EXTM3U\n#EXT-X-VERSION:3\n#EXTINF:1,\nfile:///etc/passwd\n#EXT-X-ENDLIST\n".to_owned(),
        "#EXTM3U\n#EXTINF:1,\nhttp://127.0.0.1:9/x.ts\n#EXT-X-ENDLIST\n".to_owned(),
        format!("ffconcat version 1.0\nfile {}\n", secret.display()),
        "<?xml version=\"1.0\"?><MPD><BaseURL>http://127.0.0.1:9/</BaseURL></MPD>".to_owned(),
        "<svg><image href=\"file:///etc/passwd\"/></svg>".to_owned(),
    ];
    for (at, list) in lists.iter().enumerate() {
        for ending in ["m3u8", "webm", "mp4"] {
            let file = folder.join(format!("{at}.{ending}"));
            fs::write(&file, list).unwrap();
            assert_eq!(sound(&file, &Bounds::default()), Err(Unreadable::Container));
            let found = frames(&file, 1.0, &Bounds::default());
            assert_eq!(found.unwrap_err(), Unreadable::Container);
        }
    }
}

#[test]
fn a_list_behind_a_recordings_first_bytes_is_not_followed() {
    if !ffmpeg_there() {
        return;
    }
    let folder = scratch("behind");
    let heads: [&[u8]; 4] = [
        b"\x1a\x45\xdf\xa3",
        b"\0\0\0\x18ftypisom\0\0\0\0isomiso2",
        b"RIFF\0\0\0\0WAVE",
        b"OggS",
    ];
    for (at, head) in heads.into_iter().enumerate() {
        for tail in [
            &b"\n#EXTM3U\n#EXTINF:1,\nfile:///etc/passwd\n"[..],
            &[0; 64],
            &[0xff; 4096],
            b"",
        ] {
            let file = folder.join(at.to_string());
            fs::write(&file, [head, tail].concat()).unwrap();
            for found in [
                sound(&file, &Bounds::default()).map(drop),
                frames(&file, 1.0, &Bounds::default()).map(drop),
            ] {
                let refused = matches!(
                    found,
                    Err(Unreadable::Decoding(_) | Unreadable::Empty | Unreadable::Container)
                );
                assert!(refused, "{at}: {found:?}");
            }
        }
    }
}

#[test]
fn what_grows_without_end_is_cut_off() {
    if !ffmpeg_there() {
        return;
    }
    let folder = scratch("growing");
    let black = folder.join("black.mp4");
    let long = ["-f", "lavfi", "-i", "color=black:d=600:s=1280x720:r=5"];
    let how = ["-c:v", "libx264", "-preset", "ultrafast", "-crf", "51"];
    make(&[&long[..], &how].concat(), &black);
    let size = fs::metadata(&black).unwrap().len();
    assert!(size < 3_000_000, "{size} bytes stand for 8 GB");
    let little = Bounds {
        output: 20 << 20,
        ..Bounds::default()
    };
    let started = Instant::now();
    let found = frames(&black, 0.2, &little).unwrap_err();
    assert_eq!(found, Unreadable::Bounds("output"));
    let hurried = Bounds {
        time: Duration::from_millis(400),
        ..Bounds::default()
    };
    assert_eq!(
        frames(&black, 0.2, &hurried).unwrap_err(),
        Unreadable::Bounds("time")
    );
    assert!(started.elapsed() < Duration::from_secs(60));
    let narrow = Bounds {
        pixels: 640 * 480,
        ..Bounds::default()
    };
    assert!(matches!(
        frames(&black, 1.0, &narrow),
        Err(Unreadable::Decoding(_) | Unreadable::Empty)
    ));
}

#[test]
fn no_file_and_no_bytes_are_said_to_be_so() {
    let folder = scratch("nothing");
    let empty = folder.join("empty.webm");
    fs::write(&empty, b"").unwrap();
    assert_eq!(sound(&empty, &Bounds::default()), Err(Unreadable::Empty));
    let absent = sound(&folder.join("absent.webm"), &Bounds::default());
    assert!(matches!(absent, Err(Unreadable::Decoding(_))));
}
